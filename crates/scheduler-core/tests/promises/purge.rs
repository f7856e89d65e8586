//! What is finished and old goes, with its bytes and its traces; nothing else ever does.

use std::fs;

use jiff::Timestamp;
use scheduler_core::audit;
use scheduler_core::clock::Clock;
use scheduler_core::consignment::Status;
use scheduler_core::journal::{Event, RequestEvent, StationEvent};
use scheduler_core::purge::purgeable;
use scheduler_core::request::Command;
use scheduler_core::station::{Station, Until};
use scheduler_core::stop::Stopper;

use crate::support::{House, count};

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

async fn open(house: &House, now: &str) -> Station {
    let options = House::options(Stopper::default().listener());
    Station::open(
        house.setup(),
        scheduler_core::station::Options { clock: Clock::starting_at(instant(now)), ..options },
    )
    .await
    .unwrap()
}

async fn pass(house: &House, now: &str) -> Station {
    let station = open(house, now).await;
    station.run_once(Until::NothingDue).await.unwrap();
    station.serve(Command::Retrieve { profile: None }, "agent", Until::NothingDue).await.unwrap();
    station
}

async fn purge(station: &Station, before: &str) -> RequestEvent {
    let command = Command::Purge { before: instant(before), why: "eight years have passed".to_owned() };
    let id = station.serve(command, "agent", Until::NothingDue).await.unwrap();
    station.reader().request(id).await.unwrap().unwrap().ended.unwrap()
}

async fn certificates(station: &Station) -> Vec<(u64, u64, u64)> {
    let events = station.reader().events_after(0, u32::MAX).await.unwrap();
    events
        .into_iter()
        .filter_map(|recorded| match recorded.event {
            Event::Station { what: StationEvent::Purged(said) } => Some((said.consignments, said.returns, said.traces)),
            _ => None,
        })
        .collect()
}

/// In 2017 a file was sent, an empty one held and a return collected; in 2026 another was sent.
async fn nine_years() -> House {
    let house = House::new();
    house.drop_file("old.xml", "nine years old");
    house.drop_file("empty.xml", "");
    house.memory.offer("VILLE", "61000", "ACQUIT.xml", b"received");
    drop(pass(&house, "2017-05-02T08:00:00Z").await);
    house.drop_file("young.xml", "of this year");
    drop(pass(&house, "2026-05-02T08:00:00Z").await);
    house
}

#[tokio::test]
async fn what_is_finished_and_old_goes_and_the_rest_stays_proven() {
    let house = nine_years().await;
    let station = open(&house, "2026-11-22T08:00:00Z").await;
    let before = "2018-11-22T00:00:00Z";
    let told = purgeable(station.reader(), &house.setup(), instant(before)).await.unwrap();
    assert_eq!((told.consignments, told.returns, told.bytes, told.traces), (1, 1, 22, 1));
    let stored = || fs::read_dir(house.data().join("store")).unwrap().count();
    assert_eq!(stored(), 4);
    assert!(matches!(purge(&station, before).await, RequestEvent::Done { .. }));
    assert_eq!(certificates(&station).await, [(1, 0, 0), (0, 1, 0), (0, 0, 1)]);
    assert_eq!(stored(), 2, "the held one and the young one");
    assert_eq!((count(&station, Status::Deposited).await, count(&station, Status::Held).await), (1, 1));
    assert_eq!(
        fs::read_dir(house.path("logs"))
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().file_name() == "20170502.log")
            .count(),
        0
    );
    assert!(house.path("logs/20260502.log").exists());
    let found = audit::audit(&house.data(), None, |_| {}).await.unwrap();
    assert!(found.is_sound() && found.unknown.is_empty(), "{found:?}");
    assert!(matches!(purge(&station, before).await, RequestEvent::Done { .. }), "again: nothing to do");
    assert_eq!(certificates(&station).await.len(), 3);
}

/// What was sent within the time in which duplicates are looked for stays, whoever asks.
#[tokio::test]
async fn what_is_young_is_never_purged() {
    let house = nine_years().await;
    let station = open(&house, "2026-11-22T08:00:00Z").await;
    let RequestEvent::Failed { why } = purge(&station, "2026-01-01T00:00:00Z").await else { panic!("purged") };
    assert_eq!(why.code, "purge-too-young");
    assert!(why.words.unwrap().starts_with("2025-10-18T08:00:0"), "400 days before");
    assert_eq!(certificates(&station).await, []);
}

/// The process dies between the certificate and the bytes: the next start drops them.
#[tokio::test]
async fn bytes_that_a_crash_left_behind_go_at_the_next_start() {
    let house = nine_years().await;
    let kept = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(house.data().join("store")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), kept.path().join(entry.file_name())).unwrap();
    }
    let station = open(&house, "2026-11-22T08:00:00Z").await;
    purge(&station, "2018-11-22T00:00:00Z").await;
    // As if nothing had followed the certificate: no stop in order, every byte still there.
    let head = station.reader().head().await.unwrap();
    drop(station);
    for entry in fs::read_dir(kept.path()).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), house.data().join("store").join(entry.file_name())).unwrap();
    }
    let killed = open(&house, "2026-11-22T08:00:05Z").await;
    assert!(killed.reader().head().await.unwrap().seq > head.seq);
    drop(killed);
    drop(open(&house, "2026-11-22T08:00:10Z").await);
    assert_eq!(fs::read_dir(house.data().join("store")).unwrap().count(), 2);
}

async fn ask(station: &Station, command: Command) {
    let id = station.serve(command, "agent", Until::NothingDue).await.unwrap();
    let ended = station.reader().request(id).await.unwrap().unwrap().ended.unwrap();
    assert!(matches!(ended, RequestEvent::Done { .. }), "{ended:?}");
}

/// What is left of a sending that went: a decision that waited for a second person, and a younger return that was said to be about it.
#[tokio::test]
async fn nothing_waits_for_what_went() {
    let house = nine_years().await;
    house.memory.offer("VILLE", "61001", "late.xml", b"about something else after all");
    let mut setup = house.setup();
    setup.settings.four_eyes = true;
    let options = House::options(Stopper::default().listener());
    let clock = Clock::starting_at(instant("2026-11-22T08:00:00Z"));
    let station = Station::open(setup, scheduler_core::station::Options { clock, ..options }).await.unwrap();
    ask(&station, Command::Retrieve { profile: None }).await;
    let why = || "because".to_owned();
    let old = house.consignments().await.into_iter().find(|row| row.facts.name == "old.xml").unwrap().id;
    let late = station.reader().called_returns("late.xml").await.unwrap().remove(0).id;
    ask(&station, Command::Link { id: late, to: old, why: why() }).await;
    ask(&station, Command::Resend { id: old, why: why() }).await;
    assert_eq!(station.reader().small().await.unwrap().proposals, [old].into());
    assert!(matches!(purge(&station, "2018-11-22T00:00:00Z").await, RequestEvent::Done { .. }));
    assert_eq!(station.reader().consignment(old).await.unwrap(), None);
    assert_eq!(station.reader().small().await.unwrap().proposals, [].into());
    ask(&station, Command::Unlink { id: late, why: why() }).await;
    assert_eq!(station.reader().returned(late).await.unwrap().unwrap().about, None);
    assert!(audit::audit(&house.data(), None, |_| {}).await.unwrap().is_sound());
}
