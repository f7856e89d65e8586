//! «Collect after each sending» holds, whatever cuts the station or the session in between.

use std::time::Duration;

use scheduler_core::clock::Clock;
use scheduler_core::journal::Reader;
use scheduler_core::memory::Script;
use scheduler_core::request::Command;
use scheduler_core::setup::Setup;
use scheduler_core::station::Spool;

use crate::support::{House, PROFILE, block_on};

/// One return waits at the partner.
fn furnished() -> (House, Setup) {
    let house = House::new();
    house.memory.offer(PROFILE, "key", "in.xml", b"a return");
    let mut setup = house.setup();
    setup.lanes.get_mut(&House::lane(PROFILE)).unwrap().profile.retrieve.after_send = true;
    (house, setup)
}

/// The session breaks after one file was sent, at one that nobody can tell about: nothing is left to send, and the return comes all the same.
#[tokio::test]
async fn a_session_that_breaks_after_a_sending_is_followed_by_one_that_collects() {
    let (house, setup) = furnished();
    house.memory.script("b.xml", [Script::CutAfterLost]);
    house.drop_file("a.xml", "first");
    house.drop_file("b.xml", "second");
    drop(house.run_once(setup).await);
    assert_eq!(house.names("received/VILLE").len(), 1);
}

/// Killed at any moment, started again with nothing more to send.
#[test]
fn a_kill_between_sending_and_collecting_forgets_nothing() {
    let (mut wakes, mut cut_between) = (1, 0);
    loop {
        let (house, setup) = furnished();
        house.drop_file("a.xml", "content");
        let ended = house.live_and_die(setup.clone(), Clock::system, wakes);
        let sent = house.names("sent").len();
        cut_between += usize::from(sent == 1 && house.names("received/VILLE").is_empty());
        house.settle(&setup);
        // A kill in Committing leaves a doubt, which is no sending.
        let doubtful = house.names("sent").is_empty();
        // A kill in the middle of a read that consumes leaves a return that is told to be incomplete.
        let seen = block_on(async {
            let reader = Reader::open(&house.data()).await.unwrap();
            house.names("received/VILLE").len() + reader.returns_with_status("incomplete", 9).await.unwrap().len()
        });
        assert!(doubtful || seen == 1, "killed at wake-up {wakes}");
        if ended {
            break;
        }
        wakes += 2;
    }
    assert!(cut_between > 0, "no kill fell between the two");
}

/// Each return is collected minutes after the one before; what is wished meanwhile may be about something that was not listed.
#[tokio::test]
async fn a_wish_that_comes_after_the_listing_is_not_done_by_it() {
    let house = House::new();
    for name in ["1", "2", "3", "4", "5", "6"] {
        house.memory.offer(PROFILE, name, name, name.as_bytes());
    }
    let mut setup = house.setup();
    setup.lanes.get_mut(&House::lane(PROFILE)).unwrap().profile.delay_down = Some(Duration::from_millis(250));
    let spool = Spool::open(&house.data()).unwrap();
    let wish = || spool.leave(&Command::Retrieve { profile: None }, "agent", Clock::system().now()).unwrap();
    let (first, mut second) = (wish(), None);
    let collected = || house.names("received/VILLE").len();
    house
        .serve_until(setup, async |station| {
            if second.is_none() && collected() > 0 {
                house.memory.offer(PROFILE, "late", "late", b"late");
                second = Some(wish());
            }
            let wanted = station.reader().small().await.unwrap().lane(&House::lane(PROFILE)).retrieval_wanted;
            let asked = station.reader().request(second.unwrap_or(first)).await.unwrap();
            second.is_some() && asked.is_some_and(|asked| asked.ended.is_some()) && !wanted
        })
        .await;
    assert_eq!(collected(), 7);
}
