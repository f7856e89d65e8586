//! Traces (R8) and the live picture (R7).

use std::fs;

use scheduler_core::clock::Clock;
use scheduler_core::consignment::Status;
use scheduler_core::live;
use scheduler_core::memory::Script;
use scheduler_core::station::{Options, Station};
use scheduler_core::stop::Stopper;
use scheduler_core::trace::Entry;

use crate::support::{House, count, drive};

/// Words without what changes from one run to the next.
fn words(entry: &Entry) -> String {
    match entry {
        Entry::Opened { lane, .. } => format!("session on {lane}"),
        Entry::Phase { phase } => format!("phase {phase:?}"),
        Entry::Sending { size, attempt, scenario, .. } => {
            format!("sending {size} bytes for {scenario}, attempt {attempt}")
        }
        Entry::Deposited { name, words, .. } => format!("deposited {name}: {words:?}"),
        Entry::Refused { name, why, contact, .. } => format!("refused {name}: {why:?}\ncall {contact:?}"),
        Entry::Listed { offers, fresh } => format!("{offers} offers, {fresh} new"),
        Entry::Offered { name, key } => format!("offered {name} as {key}"),
        Entry::Collected { name, size, proven, .. } => format!("collected {name}, {size} bytes, proven: {proven}"),
        Entry::Published { .. } => "published".to_owned(),
        Entry::Closed { sent, received } => format!("closed, {sent} sent, {received} received"),
        Entry::Interrupted => "interrupted".to_owned(),
        Entry::Chain { seq, .. } => format!("chain at {seq}"),
        other => format!("{other:?}"),
    }
}

fn options() -> Options {
    Options {
        phrases: std::sync::Arc::new(|entry, _| words(entry)),
        clock: Clock::starting_at("2026-11-22T23:30:00Z".parse().unwrap()),
        ..House::options(Stopper::default().listener())
    }
}

/// A log without its instants.
fn log(house: &House, name: &str) -> String {
    let text = fs::read_to_string(house.path("logs").join(name)).unwrap();
    let line = |line: &str| if line.starts_with(' ') { line.to_owned() } else { line[21..].to_owned() };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

async fn one_session(house: &House) {
    house.memory.script("1.xml", [Script::Refuse]);
    for number in 0..2 {
        house.drop_file(&format!("{number}.xml"), format!("content {number}"));
    }
    house.memory.offer("VILLE", "key", "in.xml", b"content");
    let mut setup = house.setup();
    setup.scenarios[0].ordered = true;
    setup.lanes.get_mut(&House::lane("VILLE")).unwrap().profile.retrieve.after_send = true;
    let station = Station::open(setup, options()).await.unwrap();
    station.run_once(scheduler_core::station::Until::Settled).await.unwrap();
}

#[tokio::test]
async fn a_session_tells_its_story_in_order() {
    let house = House::new();
    one_session(&house).await;
    let told = log(&house, "last.log");
    let (story, end) = told.rsplit_once('\n').unwrap();
    assert!(end.starts_with("chain at "), "{end}");
    insta::assert_snapshot!(story, @r#"
    session on VILLE.memory
    phase Gateway
    sending 9 bytes for letters, attempt 1
    deposited 0.xml: Some("received")
    sending 9 bytes for letters, attempt 1
    refused 1.xml: Why { code: "memory-refused", words: Some("we will not have it") }
                         call Some("The partner, 01 02 03 04 05")
    phase Receive
    offered in.xml as key
    1 offers, 1 new
    collected in.xml, 7 bytes, proven: true
    published
    phase Disconnect
    closed, 1 sent, 1 received
    "#);
}

/// The day is the station's: half past eleven at night in London is the next day in Paris.
#[tokio::test]
async fn sessions_are_kept_by_day_and_the_day_ends_with_the_chain() {
    let house = House::new();
    one_session(&house).await;
    let first = log(&house, "20261123.log");
    assert!(first.starts_with(&log(&house, "last.log")));
    assert!(first.lines().last().unwrap().starts_with("chain at "));
    house.drop_file("2.xml", "content 2");
    drop(
        Station::open(house.setup(), options()).await.unwrap().run_once(scheduler_core::station::Until::Settled).await,
    );
    let day = log(&house, "20261123.log");
    assert!(day.starts_with(&first) && day.ends_with(day.lines().last().unwrap()));
    assert!(day[first.len()..].contains("deposited 2.xml"));
    assert_eq!(log(&house, "last.log").matches("session on").count(), 1);
}

#[test]
fn the_trace_of_a_session_that_a_crash_cut_is_filed_at_the_next_start() {
    let house = House::new();
    house.memory.script("a.xml", [Script::Stall]);
    house.drop_file("a.xml", "content");
    let setup = house.setup();
    for wakes in (10..400).step_by(5) {
        house.live_and_die(setup.clone(), Clock::system, wakes);
        if !house.names("logs/sessions").is_empty() {
            break;
        }
    }
    crate::support::block_on(async { drop(house.open(setup).await) });
    assert_eq!(house.names("logs/sessions"), [""; 0]);
    let last = log(&house, "last.log");
    let ends: Vec<_> = last.lines().rev().take(2).collect();
    assert!(ends[0].starts_with("Chain") && ends[1].starts_with("Interrupted"), "{last}");
}

#[tokio::test]
async fn the_live_picture_is_published_while_it_runs_and_removed_after() {
    let house = House::new();
    house.memory.transfers_take(std::time::Duration::from_millis(20));
    for number in 0..3 {
        house.drop_file(&format!("{number}.xml"), format!("content {number}"));
    }
    let stopper = Stopper::default();
    let station = Station::open(house.setup(), House::options(stopper.listener())).await.unwrap();
    let mut seen = false;
    drive(&station, &stopper, async |station| {
        let published = live::read(&house.data());
        seen |= published.as_ref().is_some_and(|live| live.pid == std::process::id() && live.at.is_some());
        let complete = published.is_some_and(|live| live.deposited == 3 && live.accepted == 3 && live.lanes.is_empty());
        complete && count(station, Status::Deposited).await == 3
    })
    .await;
    assert!(seen);
    assert!(!live::file(&house.data()).exists());
    assert!(live::read(&house.data()).is_none());
}
