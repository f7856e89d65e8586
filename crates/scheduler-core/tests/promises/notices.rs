//! Notices land on the right consignment, whenever they come.

use jiff::{SignedDuration, Timestamp};
use scheduler_core::clock::Clock;
use scheduler_core::consignment::{Says, Status, Why};
use scheduler_core::memory::Script;
use scheduler_core::station::Until;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use crate::support::{House, count};

fn now() -> Timestamp {
    Clock::system().now()
}

fn undelivered() -> Says {
    Says::Undelivered { why: Why::code("not-authorised") }
}

#[tokio::test]
async fn a_notice_moves_a_deposited_file_on_once() {
    let house = House::new();
    house.drop_file("a.xml", "content");
    drop(house.run_once(house.setup()).await);
    for _ in 0..3 {
        house.memory.notify("VILLE", "mail-1", "a.xml", Says::Delivered, now());
    }
    let station = house.run_once(house.setup()).await;
    assert_eq!(count(&station, Status::Delivered).await, 1);
    let id = house.consignments().await[0].id;
    let evidenced = station.reader().events_of(id).await.unwrap().len();
    drop(station);
    let station = house.run_once(house.setup()).await;
    assert_eq!(station.reader().events_of(id).await.unwrap().len(), evidenced, "told again, nothing happens");
}

/// The notice comes before the file is even there, and is kept.
#[tokio::test]
async fn an_early_notice_waits_for_its_file() {
    let house = House::new();
    house.memory.notify("VILLE", "mail-1", "a.xml", Says::Delivered, now());
    drop(house.run_once(house.setup()).await);
    house.drop_file("a.xml", "content");
    let station = house.run_once(house.setup()).await;
    assert_eq!(count(&station, Status::Delivered).await, 1);
}

#[tokio::test]
async fn a_notice_settles_a_doubt_and_nothing_is_sent_twice() {
    for (says, expected) in [
        (Says::Deposited, Status::Deposited),
        (Says::Delivered, Status::Delivered),
        (Says::Opened, Status::Opened),
        (undelivered(), Status::Undelivered),
    ] {
        let house = House::new();
        house.memory.script("a.xml", [Script::CutAfterReceived]);
        house.drop_file("a.xml", "content");
        let station = house.run_once(house.setup()).await;
        assert_eq!(count(&station, Status::Uncertain).await, 1);
        drop(station);
        house.memory.notify("VILLE", "mail-1", "a.xml", says, now());
        let station = house.run_once(house.setup()).await;
        assert_eq!(count(&station, expected).await, 1, "{expected}");
        assert_eq!(house.memory.ledger().len(), 1);
    }
}

/// Nothing that was refused, given up or not sent yet is moved by a notice that bears its name.
#[tokio::test]
async fn a_notice_never_revives_what_did_not_leave() {
    let house = House::new();
    house.memory.script("a.xml", [Script::Refuse]);
    house.drop_file("a.xml", "content");
    drop(house.run_once(house.setup()).await);
    house.memory.notify("VILLE", "mail-1", "a.xml", Says::Delivered, now());
    let station = house.run_once(house.setup()).await;
    assert_eq!(count(&station, Status::Refused).await, 1);
}

/// Of two files of one name, the notice is about the one that left last before it.
#[tokio::test]
async fn a_notice_goes_to_the_file_that_left_last_before_it() {
    let house = House::new();
    house.drop_file("a.xml", "first");
    drop(house.run_once(house.setup()).await);
    let between = now();
    house.drop_file("a.xml", "second");
    drop(house.run_once(house.setup()).await);
    house.memory.notify("VILLE", "late mail about the first", "a.xml", undelivered(), between);
    house.memory.notify("VILLE", "mail about the second", "a.xml", Says::Delivered, now());
    drop(house.run_once(house.setup()).await);
    let statuses: Vec<_> = house.consignments().await.iter().map(|row| row.state.status()).collect();
    assert_eq!(statuses, [Status::Undelivered, Status::Delivered]);
}

/// A mail box full of mails about other people's files hides nothing.
#[tokio::test]
async fn notices_about_nothing_never_hide_the_others() {
    let house = House::new();
    let long_ago = now() - SignedDuration::from_hours(1);
    for number in 0..1200 {
        house.memory.notify("VILLE", &format!("foreign-{number:05}"), "unknown.xml", Says::Delivered, long_ago);
    }
    house.drop_file("a.xml", "content");
    drop(house.run_once(house.setup()).await);
    house.memory.notify("VILLE", "ours", "a.xml", Says::Delivered, now());
    let station = house.run_once(house.setup()).await;
    assert_eq!(count(&station, Status::Delivered).await, 1);
}

/// A notice that matches nothing is looked at once, not at each look of a station that runs; and again when a file may be what it is about.
#[tokio::test]
async fn a_notice_that_matches_nothing_is_not_looked_at_again_in_vain() {
    let house = House::new();
    house.memory.notify("VILLE", "mail-1", "a.xml", Says::Delivered, now());
    let station = house.open(house.setup()).await;
    station.run_once(Until::NothingDue).await.unwrap();
    // Whoever reads it now fails.
    let change = async |sql: &'static str| {
        let mut journal =
            SqliteConnectOptions::new().filename(house.data().join("journal.sqlite")).connect().await.unwrap();
        sqlx::raw_sql(sql).execute(&mut journal).await.unwrap();
    };
    change("UPDATE evidence SET doc = 'x' || doc").await;
    station.run_once(Until::NothingDue).await.unwrap();
    change("UPDATE evidence SET doc = substr(doc, 2)").await;
    house.drop_file("a.xml", "content");
    station.run_once(Until::NothingDue).await.unwrap();
    assert_eq!(count(&station, Status::Delivered).await, 1);
}
