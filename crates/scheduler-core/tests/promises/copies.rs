//! The second copy of what the partner received is made in whatever way the station learns of it, once.

use std::fs;

use jiff::Timestamp;
use scheduler_core::clock::Clock;
use scheduler_core::consignment::{Says, Status, Verdict, Why};
use scheduler_core::memory::Script;
use scheduler_core::request::Command;
use scheduler_core::station::Until;

use crate::support::{House, count};

fn now() -> Timestamp {
    Clock::system().now()
}

/// A doubt about a file that the partner received.
async fn doubtful() -> House {
    let house = House::new();
    house.memory.script("a.xml", [Script::CutAfterReceived]);
    house.drop_file("a.xml", "content");
    let station = house.run_once(house.setup()).await;
    assert_eq!(count(&station, Status::Uncertain).await, 1);
    assert_eq!(house.names("sent"), [""; 0], "nobody knows yet");
    house
}

/// The copy stands; taken away by the operator it does not come back.
async fn assert_copied_once(house: &House, case: &str) {
    assert_eq!(fs::read(house.path("sent/a.xml")).unwrap(), b"content", "{case}");
    fs::remove_file(house.path("sent/a.xml")).unwrap();
    drop(house.run_once(house.setup()).await);
    assert_eq!(house.names("sent"), [""; 0], "{case}");
}

#[tokio::test]
async fn a_doubt_that_a_notice_settles_has_its_copy() {
    for says in [Says::Deposited, Says::Delivered, Says::Opened] {
        let house = doubtful().await;
        house.memory.notify("VILLE", "mail-1", "a.xml", says.clone(), now());
        drop(house.open(house.setup()).await);
        assert_copied_once(&house, &format!("{says:?}")).await;
    }
}

#[tokio::test]
async fn what_the_partner_never_took_has_none() {
    let house = doubtful().await;
    house.memory.notify("VILLE", "mail-1", "a.xml", Says::Undelivered { why: Why::code("not-authorised") }, now());
    drop(house.run_once(house.setup()).await);
    assert_eq!(house.names("sent"), [""; 0]);
}

#[tokio::test]
async fn a_doubt_that_an_operator_settles_has_its_copy() {
    let house = doubtful().await;
    let id = house.consignments().await[0].id;
    let verdict = Command::Resolve { id, verdict: Verdict::Deposited, why: "asked".to_owned() };
    house.open(house.setup()).await.serve(verdict, "operator", Until::NothingDue).await.unwrap();
    assert_copied_once(&house, "resolved").await;
}

#[tokio::test]
async fn a_doubt_that_the_partner_settles_has_its_copy() {
    let house = doubtful().await;
    house.memory.reconcile(true);
    house.drop_file("b.xml", "another");
    drop(house.run_once(house.setup()).await);
    assert_eq!(house.names("sent"), ["a.xml", "b.xml"]);
    fs::remove_file(house.path("sent/b.xml")).unwrap();
    assert_copied_once(&house, "reconciled").await;
}

/// What could not be copied, for whatever reason, is owed: the next start makes it.
#[tokio::test]
async fn a_copy_that_failed_is_made_later() {
    let house = House::new();
    fs::write(house.path("sent"), "no folder").unwrap();
    house.drop_file("a.xml", "content");
    let station = house.run_once(house.setup()).await;
    assert_eq!(count(&station, Status::Deposited).await, 1);
    assert!(station.live().problems.contains_key("sent-copy-failed"));
    drop(station);
    fs::remove_file(house.path("sent")).unwrap();
    drop(house.open(house.setup()).await);
    assert_copied_once(&house, "at the next start").await;
}

/// A copy that is owed keeps nothing back, not even where nothing may pass a file that is not settled.
#[tokio::test]
async fn a_copy_that_is_owed_lets_the_next_file_leave() {
    let house = House::new();
    fs::write(house.path("sent"), "no folder").unwrap();
    let mut setup = house.setup();
    setup.scenarios[0].ordered = true;
    for name in ["a.xml", "b.xml"] {
        house.drop_file(name, name);
    }
    let station = house.run_once(setup).await;
    assert_eq!(count(&station, Status::Deposited).await, 2);
    assert_eq!(station.pending().await.unwrap(), 0);
}
