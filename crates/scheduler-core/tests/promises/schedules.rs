//! A schedule asks for its collection once: whatever stops the station, and however its clock is set.

use jiff::civil::time;
use jiff::{SignedDuration, Timestamp};
use scheduler_core::clock::Clock;
use scheduler_core::journal::{Event, LaneEvent, LaneRow, Reader};
use scheduler_core::request::Command;
use scheduler_core::schedule::Schedule;
use scheduler_core::setup::Setup;
use scheduler_core::station::{Options, Station, Until};
use scheduler_core::stop::Stopper;

use crate::support::{House, PROFILE, block_on, drive};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Collected every day at noon, in Paris; nothing is to be sent.
fn furnished() -> (House, Setup) {
    let house = House::new();
    let mut setup = house.setup();
    let retrieve = &mut setup.lanes.get_mut(&House::lane(PROFILE)).unwrap().profile.retrieve;
    retrieve.schedule = Schedule::new(vec![time(12, 0, 0, 0)], None);
    (house, setup)
}

async fn open(setup: &Setup, clock: &Clock) -> Station {
    let options = Options { clock: clock.clone(), ..House::options(Stopper::default().listener()) };
    Station::open(setup.clone(), options).await.unwrap()
}

/// One pass that begins when the clock shows that.
async fn pass(setup: &Setup, now: &str) -> Station {
    let station = open(setup, &Clock::starting_at(at(now))).await;
    station.run_once(Until::NothingDue).await.unwrap();
    station
}

async fn lane_events(reader: &Reader) -> Vec<LaneEvent> {
    let events = reader.events_after(0, u32::MAX).await.unwrap().into_iter();
    let of_lane = |event| if let Event::Lane { what, .. } = event { Some(what) } else { None };
    events.filter_map(|recorded| of_lane(recorded.event)).collect()
}

/// The occurrences that asked for a collection, and how often a schedule began to be followed.
async fn told(reader: &Reader) -> (Vec<Timestamp>, usize) {
    let events = lane_events(reader).await;
    let occurrence =
        |event: &LaneEvent| if let LaneEvent::Scheduled { occurrence } = event { Some(*occurrence) } else { None };
    let followed = events.iter().filter(|event| matches!(event, LaneEvent::ScheduleFollowed { .. }));
    (events.iter().filter_map(occurrence).collect(), followed.count())
}

async fn lane(reader: &Reader) -> LaneRow {
    reader.small().await.unwrap().lane(&House::lane(PROFILE))
}

#[tokio::test]
async fn the_service_collects_at_the_hour_and_a_second_start_does_not() {
    let (house, setup) = furnished();
    house.memory.offer(PROFILE, "key", "in.xml", b"a return");
    drop(pass(&setup, "2026-11-22T08:00:00+01:00").await);
    let (stopper, clock) = (Stopper::default(), Clock::starting_at(at("2026-11-22T11:59:59.9+01:00")));
    let options = Options { clock, ..House::options(stopper.listener()) };
    let station = Station::open(setup.clone(), options).await.unwrap();
    drive(&station, &stopper, async |station| {
        house.names("received/VILLE").len() == 1
            && lane(station.reader()).await.schedule.is_some_and(|mark| mark.owed.is_none())
    })
    .await;
    drop(station);
    let station = pass(&setup, "2026-11-22T12:00:30+01:00").await;
    assert_eq!(told(station.reader()).await, (vec![at("2026-11-22T12:00:00+01:00")], 1));
    assert_eq!(house.memory.sessions().0, 1);
}

/// The system's own planner starts a pass a day, sometimes late, sometimes twice, sometimes not at all.
#[tokio::test]
async fn passes_of_a_planner_collect_what_became_due_since_the_last() {
    let (house, setup) = furnished();
    for (now, sessions) in [
        ("2026-11-22T12:00:05+01:00", 0),
        ("2026-11-23T12:00:05+01:00", 1),
        ("2026-11-23T12:00:09+01:00", 1),
        ("2026-11-24T11:59:00+01:00", 1),
        ("2026-11-24T18:00:00+01:00", 2),
        ("2026-12-24T10:00:00+01:00", 3),
        ("2026-12-24T11:00:00+01:00", 3),
        ("2026-12-24T12:00:00+01:00", 4),
    ] {
        drop(pass(&setup, now).await);
        assert_eq!(house.memory.sessions().0, sessions, "{now}");
    }
}

#[tokio::test]
async fn what_a_held_back_lane_should_have_collected_is_collected_once_it_goes_again() {
    let (house, setup) = furnished();
    let station = pass(&setup, "2026-11-22T08:00:00+01:00").await;
    let scope = || format!("profile:{PROFILE}");
    station.serve(Command::Pause { scope: scope(), why: None }, "operator", Until::NothingDue).await.unwrap();
    drop(station);
    for now in ["2026-11-22T12:00:01+01:00", "2026-11-24T13:00:00+01:00"] {
        drop(pass(&setup, now).await);
    }
    assert_eq!(house.memory.sessions().0, 0);
    let station = open(&setup, &Clock::starting_at(at("2026-11-24T14:00:00+01:00"))).await;
    let row = lane(station.reader()).await;
    assert!(row.retrieval_wanted);
    assert_eq!(row.schedule.unwrap().owed, Some(at("2026-11-24T12:00:00+01:00")));
    station.serve(Command::Resume { scope: scope(), why: None }, "operator", Until::NothingDue).await.unwrap();
    station.run_once(Until::NothingDue).await.unwrap();
    assert_eq!(house.memory.sessions().0, 1);
    let mark = lane(station.reader()).await.schedule.unwrap();
    assert!(mark.owed.is_none() && mark.collected.is_some());
    let trace = std::fs::read_to_string(house.path("logs/last.log")).unwrap();
    assert!(trace.contains("Scheduled"), "{trace}");
}

/// Killed at any moment of the pass that finds the hour overdue.
#[test]
fn a_kill_neither_forgets_an_hour_nor_asks_twice() {
    let (mut wakes, mut between) = (1, 0);
    loop {
        let (house, setup) = furnished();
        house.memory.offer(PROFILE, "key", "in.xml", b"a return");
        block_on(async { drop(pass(&setup, "2026-11-22T08:00:00+01:00").await) });
        let noon = || Clock::starting_at(at("2026-11-22T12:00:01+01:00"));
        let ended = house.live_and_die(setup.clone(), noon, wakes);
        between += usize::from(!ended && block_on(asked_and_not_collected(&house)));
        while !house.live_and_die(setup.clone(), noon, usize::MAX) {}
        block_on(async {
            let reader = Reader::open(&house.data()).await.unwrap();
            assert_eq!(told(&reader).await.0, [at("2026-11-22T12:00:00+01:00")], "killed at wake-up {wakes}");
            // A kill in the middle of a read that consumes leaves a return that is told to be incomplete.
            let incomplete = reader.returns_with_status("incomplete", 9).await.unwrap().len();
            assert_eq!(house.names("received/VILLE").len() + incomplete, 1, "killed at wake-up {wakes}");
            assert!(!lane(&reader).await.retrieval_wanted);
        });
        if ended {
            break;
        }
        wakes += 1;
    }
    assert!(between > 0, "no kill fell between the asking and the collecting");
}

async fn asked_and_not_collected(house: &House) -> bool {
    let row = lane(&Reader::open(&house.data()).await.unwrap()).await;
    row.retrieval_wanted && row.schedule.is_some_and(|mark| mark.owed.is_some())
}

/// An operator, or a time server, sets the clock of a running station.
#[tokio::test]
async fn a_clock_that_is_set_under_a_running_station_is_noticed() {
    let (house, setup) = furnished();
    let (stopper, clock) = (Stopper::default(), Clock::starting_at(at("2026-11-22T08:00:00+01:00")));
    let options = Options { clock: clock.clone(), ..House::options(stopper.listener()) };
    let station = Station::open(setup, options).await.unwrap();
    let noon = |day: i64| at("2026-11-22T12:00:00+01:00") + SignedDuration::from_hours(24 * day);
    // What the clock is set to, and what the journal then tells.
    let mut steps = vec![
        (None, (vec![], 1)),
        (Some(noon(3) + SignedDuration::from_hours(6)), (vec![noon(3)], 1)),
        (Some(noon(2) + SignedDuration::from_hours(23)), (vec![noon(3)], 2)),
        (Some(noon(4)), (vec![noon(3), noon(4)], 2)),
        (Some(noon(0)), (vec![noon(3), noon(4)], 3)),
        (Some(noon(1)), (vec![noon(3), noon(4), noon(1)], 3)),
        (Some(noon(6)), (vec![noon(3), noon(4), noon(1), noon(6)], 3)),
    ]
    .into_iter();
    let mut expected = steps.next().map(|(_, told)| told).unwrap();
    drive(&station, &stopper, async |station| {
        let found = told(station.reader()).await;
        assert!(found.0.len() <= expected.0.len() && found.1 <= expected.1, "{found:?}, not {expected:?}");
        if found != expected {
            return false;
        }
        let Some((set, next)) = steps.next() else { return true };
        clock.set(set.unwrap());
        expected = next;
        false
    })
    .await;
    drop(station);
    assert_eq!(told(&Reader::open(&house.data()).await.unwrap()).await, expected);
}
