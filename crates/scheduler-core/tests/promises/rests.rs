//! What rests after failures goes on as soon as something was achieved, or an operator says so.

use std::time::Duration;

use scheduler_core::consignment::Status;
use scheduler_core::journal::{Event, LaneEvent};
use scheduler_core::memory::Script;
use scheduler_core::request::Command;
use scheduler_core::station::{Station, Until};
use scheduler_core::stop::Stopper;

use crate::support::{House, count};

async fn lane_events(station: &Station) -> Vec<LaneEvent> {
    let events = station.reader().events_after(0, u32::MAX).await.unwrap();
    let of_lane = |event| match event {
        Event::Lane { what, .. } => Some(what),
        _ => None,
    };
    events.into_iter().filter_map(|recorded| of_lane(recorded.event)).collect()
}

/// The session that sends one file and breaks at the next is no failure: the silence does not grow.
#[tokio::test]
async fn progress_resets_the_count_of_failures() {
    let house = House::new();
    house.memory.script("connect", [Script::Unreachable, Script::Unreachable]);
    house.memory.script("b.xml", [Script::CutBefore, Script::CutBefore]);
    house.drop_file("a.xml", "first");
    house.drop_file("b.xml", "second");
    let station = house.run_once(house.setup()).await;
    assert_eq!(count(&station, Status::Deposited).await, 2);
    let events = lane_events(&station).await;
    let resets: Vec<bool> = events.iter().map(|event| matches!(event, LaneEvent::Recovered)).collect();
    // Twice out of reach; one sent, then a break; a break alone; a whole session.
    assert_eq!(resets, [false, false, true, false, true], "{events:?}");
}

#[tokio::test]
async fn resuming_lifts_the_rest_of_the_end_point_too() {
    for scope in ["all", "profile:VILLE"] {
        let house = House::new();
        house.memory.script("connect", [Script::Unreachable]);
        house.drop_file("a.xml", "content");
        let mut setup = house.setup();
        let hour = Duration::from_secs(3600);
        (setup.settings.retry_first, setup.settings.retry_max) = (hour, hour);
        let station = house.open(setup).await;
        station.run_once(Until::NothingDue).await.unwrap();
        assert!(station.reader().small().await.unwrap().gate("memory").rests.is_some());
        let resume = Command::Resume { scope: scope.to_owned(), why: None };
        station.serve(resume, "operator", Until::NothingDue).await.unwrap();
        assert!(station.reader().small().await.unwrap().gate("memory").rests.is_none(), "{scope}");
        station.run_once(Until::NothingDue).await.unwrap();
        assert_eq!(house.held_by_partner(), ["a.xml"], "{scope}");
    }
}

/// What our own stop breaks off is nobody's failure: the next start does not wait.
#[tokio::test]
async fn a_session_that_our_stop_broke_off_leaves_no_rest() {
    let house = House::new();
    house.memory.script("a.xml", [Script::Stall]);
    house.drop_file("a.xml", "content");
    let stopper = Stopper::default();
    let station = Station::open(house.setup(), House::options(stopper.listener())).await.unwrap();
    let stopped = async {
        while count(&station, Status::Sending).await == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        stopper.press();
        stopper.press();
    };
    let (run, ()) = tokio::join!(station.run(), stopped);
    run.unwrap();
    let events = lane_events(&station).await;
    assert!(!events.iter().any(|event| matches!(event, LaneEvent::Rested { .. })), "{events:?}");
}
