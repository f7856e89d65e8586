//! What an operator decides is done as said, with a name and a reason, and never more than that.

use std::fs;
use std::time::Duration;

use scheduler_core::account::Operator;
use scheduler_core::consignment::{Consignment, ConsignmentEvent, Status, Verdict};
use scheduler_core::id::Id;
use scheduler_core::journal::{Event, PauseEvent, Reader, RequestEvent};
use scheduler_core::memory::Script;
use scheduler_core::request::{Command, LONGEST_REASON};
use scheduler_core::setup::Setup;
use scheduler_core::station::{Station, Until};

use crate::support::{House, PROFILE, assert_one_story};

/// One request by an account; how it ended.
pub(crate) async fn ask(station: &Station, command: Command, account: &str) -> RequestEvent {
    let id = station.serve(command, account, Until::NothingDue).await.unwrap();
    station.reader().request(id).await.unwrap().unwrap().ended.unwrap()
}

pub(crate) fn done(touched: &[Id]) -> RequestEvent {
    RequestEvent::Done { touched: touched.to_vec() }
}

pub(crate) fn refusal(end: &RequestEvent) -> &str {
    match end {
        RequestEvent::Failed { why } => &why.code,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn resend(id: Id) -> Command {
    Command::Resend { id, why: "lost over there".to_owned() }
}

async fn of(station: &Station, id: Id) -> Consignment {
    station.reader().consignment(id).await.unwrap().unwrap()
}

/// A file in one state.
async fn file_that(house: &House, setup: Setup, script: Option<Script>) -> (Station, Id) {
    house.memory.script("a.xml", script);
    house.drop_file("a.xml", "content");
    let station = house.open(setup).await;
    station.run_once(Until::NothingDue).await.unwrap();
    let id = house.consignments().await[0].id;
    (station, id)
}

fn waiting() -> Option<Script> {
    Some(Script::Later(Some("2999-01-01T00:00:00Z".parse().unwrap())))
}

#[tokio::test]
async fn what_waits_is_tried_at_once() {
    let house = House::new();
    let (station, id) = file_that(&house, house.setup(), waiting()).await;
    assert_eq!(of(&station, id).await.state.status(), Status::Waiting);
    assert_eq!(ask(&station, resend(id), "martin").await, done(&[id]));
    assert_eq!(of(&station, id).await.state.status(), Status::Deposited);
    assert_eq!(house.held_by_partner(), ["a.xml"]);
}

#[tokio::test]
async fn a_resting_partner_is_tried_at_once_and_a_refused_password_is_not() {
    let house = House::new();
    let mut setup = house.setup();
    (setup.settings.retry_first, setup.settings.retry_max) = (Duration::from_secs(3600), Duration::from_secs(3600));
    house.memory.script("connect", [Script::Unreachable]);
    let (station, id) = file_that(&house, setup.clone(), None).await;
    assert_eq!(of(&station, id).await.state.status(), Status::Queued);
    assert_eq!(ask(&station, resend(id), "martin").await, done(&[id]));
    assert_eq!(of(&station, id).await.state.status(), Status::Deposited);
    drop(station);

    house.memory.script("connect", [Script::BadPassword]);
    house.drop_file("b.xml", "more");
    let station = house.open(setup).await;
    station.run_once(Until::NothingDue).await.unwrap();
    let id = house.consignments().await[1].id;
    ask(&station, resend(id), "martin").await;
    assert_eq!(of(&station, id).await.state.status(), Status::Queued);
    assert!(station.reader().small().await.unwrap().lane(&House::lane(PROFILE)).suspended.is_some());
}

#[tokio::test]
async fn what_is_uncertain_or_held_is_never_resent() {
    let house = House::new();
    let (station, id) = file_that(&house, house.setup(), Some(Script::CutAfterReceived)).await;
    assert_eq!(refusal(&ask(&station, resend(id), "martin").await), "resend-uncertain");
    house.drop_file("empty.xml", "");
    station.run_once(Until::NothingDue).await.unwrap();
    let held = house.consignments().await[1].id;
    assert_eq!(refusal(&ask(&station, resend(held), "martin").await), "resend-held");
    let unknown = Id::from_i64(1).unwrap();
    assert_eq!(refusal(&ask(&station, resend(unknown), "martin").await), "unknown-sending");
    assert_eq!(house.memory.ledger().len(), 1);
}

/// The same bytes leave under another identifier, whatever the duplicate check would say, and each names the other.
#[tokio::test]
async fn a_settled_file_leaves_once_more_as_another() {
    for (script, expected) in [(None, 2), (Some(Script::Refuse), 1)] {
        let house = House::new();
        let mut setup = house.setup();
        setup.scenarios[0].duplicate_window = Some(Duration::from_secs(3600));
        setup.scenarios[0].backup = Some(house.path("backup"));
        let (station, old) = file_that(&house, setup, script).await;
        let before = of(&station, old).await;
        let RequestEvent::Done { touched } = ask(&station, resend(old), "martin").await else { panic!("refused") };
        let [_, new] = touched[..] else { panic!("{touched:?}") };
        let (was, is) = (of(&station, old).await, of(&station, new).await);
        assert_eq!((was.sent_again, is.facts.again_of), (Some(new), Some(old)));
        assert_eq!((&was.state, was.changed), (&before.state, before.changed), "the old one stays what it was");
        assert_eq!((is.state.status(), &is.facts.sha256), (Status::Deposited, &was.facts.sha256));
        let ledger = house.memory.ledger();
        assert_eq!(ledger.len(), expected);
        assert!(ledger.iter().all(|row| row.bytes == b"content"));
        let events = station.reader().events_of(old).await.unwrap();
        let told = events.iter().any(|recorded| {
            matches!(&recorded.event, Event::Consignment {
            what: ConsignmentEvent::SentAgain { by, who, why }, ..
        } if *by == new && who == "martin" && why == "lost over there")
        });
        assert!(told, "{events:?}");
        // Asked twice by mistake, it does not leave a third time.
        assert_eq!(refusal(&ask(&station, resend(old), "martin").await), "resend-superseded");
        assert_eq!(house.memory.ledger().len(), expected);
        assert_one_story(station.reader()).await;
    }
}

#[tokio::test]
async fn bytes_that_are_gone_or_changed_are_not_resent() {
    let house = House::new();
    let (station, id) = file_that(&house, house.setup(), None).await;
    let stored = house.data().join("store").join(id.to_string());
    fs::remove_file(&stored).unwrap();
    assert_eq!(refusal(&ask(&station, resend(id), "martin").await), "resend-bytes-missing");
    fs::write(&stored, "contents").unwrap();
    assert_eq!(refusal(&ask(&station, resend(id), "martin").await), "resend-bytes-changed");
    assert_eq!(house.names("data/store"), [id.to_string()], "nothing is left of it");
    assert_eq!((house.consignments().await.len(), house.memory.ledger().len()), (1, 1));
}

#[tokio::test]
async fn a_decision_without_a_reason_is_refused() {
    let house = House::new();
    let (station, id) = file_that(&house, house.setup(), Some(Script::CutAfterLost)).await;
    let verdict = Verdict::NotDeposited;
    for (why, code) in [(" \t".to_owned(), "reason-missing"), ("x".repeat(LONGEST_REASON + 1), "reason-too-long")] {
        let why = || why.clone();
        let commands = [
            Command::Resolve { id, verdict, why: why() },
            Command::Release { id, why: why() },
            Command::Resend { id, why: why() },
            Command::Cancel { id, why: why() },
            Command::Link { id, to: id, why: why() },
            Command::Unlink { id, why: why() },
            Command::Dismiss { id, why: why() },
        ];
        for command in commands {
            let asked = format!("{command:?}");
            assert_eq!(refusal(&ask(&station, command, "martin").await), code, "{asked}");
        }
    }
    assert_eq!(of(&station, id).await.state.status(), Status::Uncertain);
}

/// Every decision and every pause tells who and why; a claim that is not the account is kept beside it.
#[tokio::test]
async fn who_and_why_are_journalled() {
    let house = House::new();
    let (station, id) = file_that(&house, house.setup(), Some(Script::CutAfterLost)).await;
    let why = || "confirmed by telephone".to_owned();
    let claims = Operator { account: Some("martin".to_owned()), claimed: Some("dupont".to_owned()) };
    let pause = Command::Pause { scope: "all".to_owned(), why: Some(why()) };
    let request = station.serve(pause, claims, Until::NothingDue).await.unwrap();
    let row = station.reader().request(request).await.unwrap().unwrap();
    assert_eq!((row.who.as_str(), row.claimed.as_deref()), ("martin", Some("dupont")));
    ask(&station, Command::Resume { scope: "all".to_owned(), why: Some(why()) }, "martin").await;
    ask(&station, Command::Cancel { id, why: why() }, "martin").await;
    let events = Reader::open(&house.data()).await.unwrap().events_after(0, u32::MAX).await.unwrap();
    let told = |event: &Event| match event {
        Event::Pause { what: PauseEvent::Paused { who, why: Some(why) }, .. }
        | Event::Pause { what: PauseEvent::Unpaused { who, why: Some(why) }, .. }
        | Event::Consignment { what: ConsignmentEvent::Cancelled { who, why }, .. } => {
            who == "martin" && why == "confirmed by telephone"
        }
        _ => false,
    };
    assert_eq!(events.iter().filter(|recorded| told(&recorded.event)).count(), 3);
}
