//! Returns find the sendings that they are about by exact identifiers, whichever comes first; the rest is an operator's.

use scheduler_core::answers::Tray;
use scheduler_core::clock::Clock;
use scheduler_core::consignment::Status;
use scheduler_core::id::Id;
use scheduler_core::journal::RequestEvent;
use scheduler_core::matching::suggestion;
use scheduler_core::memory::Script;
use scheduler_core::request::Command;
use scheduler_core::returned::Return;
use scheduler_core::station::{Station, Until};

use crate::decisions::{ask, done, refusal};
use crate::support::{House, PROFILE, assert_one_story, count};

const IDENTITY: &str = "BUDGET2026N17";

fn pes(house: &House, name: &str) {
    house.drop_file(name, format!("ID={IDENTITY}/001\n{name}"));
}

/// Collects and settles everything.
async fn collect(station: &Station) -> Vec<Return> {
    station.serve(Command::Retrieve { profile: None }, "martin", Until::NothingDue).await.unwrap();
    station.run_once(Until::NothingDue).await.unwrap();
    let mut rows = station.reader().last_returns(10).await.unwrap();
    rows.reverse();
    rows
}

fn link(id: Id, to: Id) -> Command {
    Command::Link { id, to, why: "same slip".to_owned() }
}

#[tokio::test]
async fn an_exact_identifier_links_both_ways() {
    let house = House::new();
    pes(&house, "a.xml");
    let station = house.run_once(house.setup()).await;
    house.memory.offer(PROFILE, "1", "RCT290G", format!("<NomFic V=\"{IDENTITY}\"/>").as_bytes());
    house.memory.offer(PROFILE, "2", "a.ack", b"about a.xml, perhaps");
    let returns = collect(&station).await;
    let sent = house.consignments().await.remove(0);
    assert_eq!((returns[0].about, returns[1].about), (Some(sent.id), None), "likeness links nothing");
    assert_eq!(sent.answers, [returns[0].id]);
    assert_one_story(station.reader()).await;
}

/// The return is there while its sending is in doubt, or not even accepted; it is kept, and linked when the sending is known.
#[tokio::test]
async fn a_return_that_comes_first_is_linked_later() {
    let house = House::new();
    let station = house.run_once(house.setup()).await;
    house.memory.offer(PROFILE, "1", "RCT290G", IDENTITY.as_bytes());
    assert_eq!(collect(&station).await[0].about, None);
    house.memory.script("a.xml", [Script::CutAfterReceived]);
    pes(&house, "a.xml");
    station.run_once(Until::NothingDue).await.unwrap();
    assert_eq!(count(&station, Status::Uncertain).await, 1);
    let sent = house.consignments().await.remove(0);
    let row = station.reader().last_returns(1).await.unwrap().remove(0);
    assert_eq!((row.about, &sent.answers[..]), (Some(sent.id), &[row.id][..]));
}

#[tokio::test]
async fn two_sendings_of_one_identity_are_left_to_an_operator() {
    let house = House::new();
    pes(&house, "a.xml");
    pes(&house, "b.xml");
    let station = house.run_once(house.setup()).await;
    house.memory.offer(PROFILE, "1", "RCT290G", IDENTITY.as_bytes());
    let row = collect(&station).await.remove(0);
    assert_eq!(row.about, None);
    let tray = Tray::read(station.reader(), Clock::system().now(), 10).await.unwrap();
    let candidates = tray.matcher().candidates(&row, IDENTITY.as_bytes());
    assert_eq!((tray.orphans.len(), candidates.len(), suggestion(&candidates)), (1, 2, None));

    let sent = house.consignments().await;
    assert_eq!(ask(&station, link(row.id, sent[1].id), "martin").await, done(&[row.id]));
    assert!(refusal(&ask(&station, link(row.id, sent[0].id), "martin").await).contains("illegal"), "linked already");
    let unlink = || Command::Unlink { id: row.id, why: "the other one".to_owned() };
    assert_eq!(ask(&station, unlink(), "martin").await, done(&[row.id]));
    assert!(matches!(ask(&station, unlink(), "martin").await, RequestEvent::Failed { .. }));
    assert_eq!(ask(&station, link(row.id, sent[0].id), "martin").await, done(&[row.id]));
    let sent = house.consignments().await;
    assert_eq!((&sent[0].answers[..], &sent[1].answers[..]), (&[row.id][..], &[][..]));
    assert_one_story(station.reader()).await;
}

/// What an operator unlinked or dismissed is never linked again by itself.
#[tokio::test]
async fn an_operator_has_the_last_word() {
    let house = House::new();
    pes(&house, "a.xml");
    let station = house.run_once(house.setup()).await;
    house.memory.offer(PROFILE, "1", "RCT290G", IDENTITY.as_bytes());
    let row = collect(&station).await.remove(0);
    ask(&station, Command::Unlink { id: row.id, why: "not this one".to_owned() }, "martin").await;
    house.drop_file("other.xml", "other");
    station.run_once(Until::NothingDue).await.unwrap();
    let row = station.reader().returned(row.id).await.unwrap().unwrap();
    assert_eq!(row.about, None);
    ask(&station, Command::Dismiss { id: row.id, why: "monthly report".to_owned() }, "martin").await;
    let tray = Tray::read(station.reader(), Clock::system().now(), 10).await.unwrap();
    assert_eq!(tray.orphans, []);
}

#[tokio::test]
async fn what_does_not_exist_is_not_linked() {
    let house = House::new();
    pes(&house, "a.xml");
    let station = house.run_once(house.setup()).await;
    let sent = house.consignments().await.remove(0).id;
    assert_eq!(refusal(&ask(&station, link(sent, sent), "martin").await), "unknown-return");
    house.memory.offer(PROFILE, "1", "RCT290G", b"nothing");
    let row = collect(&station).await.remove(0);
    assert_eq!(refusal(&ask(&station, link(row.id, row.id), "martin").await), "unknown-sending");
}
