//! A pass does not wait for ever for a disk that refuses, and loses nothing of what it knows.

use std::time::Duration;

use scheduler_core::consignment::Status;
use scheduler_core::station::Until;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _};

use crate::support::{House, count};

async fn journal(house: &House) -> SqliteConnection {
    SqliteConnectOptions::new().filename(house.data().join("journal.sqlite")).connect().await.unwrap()
}

/// From now on the journal refuses the events of these names.
async fn refuse(house: &House, events: &[&str]) {
    let refused: Vec<_> = events.iter().map(|name| format!("NEW.body LIKE '%\"event\":\"{name}\"%'")).collect();
    let sql = format!(
        "CREATE TRIGGER broken BEFORE INSERT ON events WHEN {} BEGIN SELECT RAISE(FAIL, 'no disk'); END",
        refused.join(" OR ")
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut journal(house).await).await.unwrap();
}

/// The answer of the partner cannot be journalled, nor anything else after it: the pass ends, says why, and the next start knows the answer.
#[tokio::test]
async fn an_answer_that_the_disk_refuses_is_known_at_the_next_start() {
    let house = House::new();
    let mut station = house.open(house.setup()).await;
    station.give_up_after(Duration::from_millis(20));
    refuse(&house, &["deposited", "closed", "stopped"]).await;
    house.drop_file("a.xml", "content");
    house.drop_file("b.xml", "another");
    let error = station.run_once(Until::NothingDue).await.unwrap_err();
    assert_eq!(error.code(), "journal-database");
    assert!(station.live().problems.contains_key("journal-database"));
    assert_eq!(house.memory.ledger().len(), 1, "nothing more is sent");
    drop(station);
    sqlx::raw_sql("DROP TRIGGER broken").execute(&mut journal(&house).await).await.unwrap();
    let station = house.open(house.setup()).await;
    assert_eq!(count(&station, Status::Deposited).await, 1);
    assert_eq!(house.names("sent"), ["a.xml"]);
    station.run_once(Until::NothingDue).await.unwrap();
    assert_eq!(house.held_by_partner(), ["a.xml", "b.xml"]);
    assert!(!house.names("data").iter().any(|name| name.starts_with("unjournalled-")));
}

/// The disk refuses before anything is sent.
#[tokio::test]
async fn an_intent_that_the_disk_refuses_ends_the_pass() {
    let house = House::new();
    let mut station = house.open(house.setup()).await;
    station.give_up_after(Duration::from_millis(20));
    refuse(&house, &["intended", "closed"]).await;
    house.drop_file("a.xml", "content");
    station.run_once(Until::NothingDue).await.unwrap();
    assert!(station.live().problems.contains_key("journal-database"));
    assert_eq!(house.memory.ledger().len(), 0);
}
