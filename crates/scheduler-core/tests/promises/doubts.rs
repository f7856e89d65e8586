//! Where the partner can tell, the station asks about its doubts by itself, later and later, and says when.

use std::time::Duration;

use scheduler_core::consignment::Status;
use scheduler_core::journal::{Event, LaneEvent, LaneRow};
use scheduler_core::memory::Script;
use scheduler_core::setup::Setup;
use scheduler_core::station::{Station, Until};

use crate::support::{House, PROFILE, count};

/// One file that the partner received and nobody can tell about.
fn furnished(answers: impl IntoIterator<Item = Script>) -> House {
    let house = House::new();
    house.memory.reconcile(true);
    house.memory.script("a.xml", [Script::CutAfterReceived]);
    house.memory.script("ask:a.xml", answers);
    house.drop_file("a.xml", "content");
    house
}

fn patient(house: &House) -> Setup {
    let (mut setup, hour) = (house.setup(), Duration::from_secs(3600));
    (setup.settings.retry_first, setup.settings.retry_max) = (hour, hour * 24);
    setup
}

async fn lane(station: &Station) -> LaneRow {
    station.reader().small().await.unwrap().lane(&House::lane(PROFILE))
}

/// Nothing else is to be sent or collected: the doubt alone opens the session.
#[tokio::test]
async fn a_doubt_opens_a_session_by_itself() {
    let house = furnished([]);
    house.serve_until(house.setup(), async |station| count(station, Status::Deposited).await == 1).await;
    assert_eq!(house.held_by_partner(), ["a.xml"]);
    assert_eq!(house.memory.sessions(), (2, 2));
}

/// A partner that cannot say yet is asked again, each time in a session of its own.
#[tokio::test]
async fn a_partner_that_cannot_say_is_asked_again() {
    let house = furnished(vec![Script::CannotSay; 3]);
    house.serve_until(house.setup(), async |station| count(station, Status::Deposited).await == 1).await;
    assert_eq!(house.memory.sessions(), (5, 5));
}

/// Not before its time: the wait is journalled, told, grows, and a single pass does not wait for it.
#[tokio::test]
async fn asking_again_waits_longer_each_time_and_says_until_when() {
    let house = furnished(vec![Script::CannotSay; 20]);
    drop(house.run_once(house.setup()).await);
    let asked = house.memory.sessions().0;
    assert!(asked >= 2, "asked, and not waited for");
    let mut waits = Vec::new();
    for file in ["b.xml", "c.xml"] {
        // Any session asks, whatever it was opened for.
        house.drop_file(file, file);
        let station = house.run_once(patient(&house)).await;
        let now = scheduler_core::clock::Clock::system().now();
        waits.push(lane(&station).await.asks_again.unwrap().duration_since(now).as_secs() / 3600);
        drop(station);
        let station = house.run_once(patient(&house)).await;
        assert_eq!(count(&station, Status::Uncertain).await, 1);
    }
    assert_eq!(house.memory.sessions().0, asked + 2, "no session before its time");
    // An hour at least, doubled each time, less the spread of a tenth.
    assert!(waits[0] >= 1 && waits[1] > waits[0], "{waits:?}");
    let log = std::fs::read_to_string(house.path("logs/last.log")).unwrap();
    assert!(log.contains("DoubtsLeft { files: 1, until:"), "{log}");
}

/// A new doubt is asked about at once, whatever patience an older one earned.
#[tokio::test]
async fn a_new_doubt_is_asked_about_at_once() {
    let house = furnished([Script::CannotSay, Script::CannotSay]);
    drop(house.run_once(house.setup()).await);
    drop(house.run_once(patient(&house)).await);
    house.memory.script("b.xml", [Script::CutAfterReceived]);
    house.drop_file("b.xml", "another");
    // The session that breaks rests for a moment only.
    let station = house.run_once(house.setup()).await;
    let told = station.reader().with_status(Status::Uncertain, 10).await.unwrap();
    assert!(told.is_empty(), "{told:?}");
}

/// What breaks while asking is a broken session like any other: it rests, and the files that wait leave in the next.
#[tokio::test]
async fn a_session_that_breaks_while_asking_rests() {
    let house = furnished([Script::CutBefore]);
    let station = house.open(house.setup()).await;
    station.run_once(Until::NothingDue).await.unwrap();
    drop(station);
    house.drop_file("b.xml", "another");
    let station = house.run_once(house.setup()).await;
    assert_eq!(count(&station, Status::Deposited).await, 2);
    let events = station.reader().events_after(0, u32::MAX).await.unwrap();
    let rested = |event: &Event| matches!(event, Event::Lane { what: LaneEvent::Rested { why, .. }, .. } if why.code == "memory-cut");
    assert!(events.iter().any(|recorded| rested(&recorded.event)));
}
