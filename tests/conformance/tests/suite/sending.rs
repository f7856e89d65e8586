//! The gateway's fault menu on uploads: one file a fault, one station, the ledger as judge.

use std::sync::Arc;

use conformance::{GatewayPeer, Rig, Spec, check};
use jiff::SignedDuration;
use partner_sim::{Fault, FaultPlan, RetryAfter};
use scheduler_core::consignment::{ConsignmentEvent, Status};
use scheduler_core::journal::Event;
use scheduler_core::partner::Value;
use scheduler_core::request::Command;

use crate::{LARGE, SILENCE, content};

/// One fault, played once on the file of that name.
struct Dish {
    name: &'static str,
    fault: Fault,
    /// Whether the file is taken although the fault hides it; `None` = as the fault alone would have it.
    taken: Option<bool>,
    size: usize,
    fate: Fate,
}

/// How the file must stand after the first run, why, and how often the gateway must have it then.
type Fate = (Status, &'static str, usize);

const SENT: Fate = (Status::Deposited, "", 1);
const LOST: Fate = (Status::Uncertain, "xfb-upload-unanswered", 0);
const RECEIVED: Fate = (Status::Uncertain, "xfb-upload-unanswered", 1);
const REFUSED: Fate = (Status::Refused, "xfb-upload-refused", 0);

fn dish(name: &'static str, fault: Fault, taken: Option<bool>, fate: Fate) -> Dish {
    Dish { name, fault, taken, size: 3000, fate }
}

fn large(name: &'static str, fault: Fault, fate: Fate) -> Dish {
    Dish { size: LARGE, ..dish(name, fault, None, fate) }
}

/// Sends a file for every fault, over http or https, then lets the truth settle what is doubtful.
async fn play(https: bool, spec: Spec, menu: &[Dish]) {
    let peer =
        Arc::new(GatewayPeer::start(&["VILLE"], |gateway| if https { gateway } else { gateway.plain_http() }).await);
    peer.faults(menu.iter().fold(FaultPlan::new(), |plan, dish| {
        let rule = plan.upload().named(dish.name).once();
        let rule = match dish.taken {
            Some(true) => rule.taken(),
            Some(false) => rule.not_taken(),
            None => rule,
        };
        rule.with(dish.fault.clone())
    }));
    let mut rig = Rig::open(peer.clone(), spec).await;
    for dish in menu {
        rig.put("VILLE", dish.name, &content(dish.name, dish.size));
    }
    rig.settle().await;
    check::contract(&rig).await;
    for Dish { name, fate: (status, code, count), .. } in menu {
        let row = rig.named(name).await;
        assert_eq!(row.state.status(), *status, "{name}: {:?}", row.state);
        assert_eq!(row.state.why().map_or("", |why| why.code.as_str()), *code, "{name}");
        let ledger = peer.ledger();
        let received = ledger.iter().filter(|line| line.kind == "received" && line.name.as_deref() == Some(name));
        assert_eq!(received.count(), *count, "{name}");
    }
    assert_eq!(peer.gateway().faults_fired(), menu.len() as u64, "every fault was played, once");
    rig.reopen(|spec| spec.fields.clear()).await;
    rig.resolve_by_ledger().await;
    check::contract(&rig).await;
    let refused = menu.iter().filter(|dish| dish.fate.0 == Status::Refused).count();
    assert_eq!(rig.with(Status::Deposited).await.len(), menu.len() - refused);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_say_no_or_nothing() {
    let words = |words: &str| Fault::RefuseForGood { words: words.to_owned() };
    let elsewhere = Fault::RedirectElsewhere { url: "http://127.0.0.1:9/depot-xt".to_owned() };
    for https in [false, true] {
        play(
            https,
            Spec::of(&["VILLE"]),
            &[
                dish("refused for good", words("File not received: unknown partner"), None, REFUSED),
                dish("refused in french", words("Fichier rejeté"), None, REFUSED),
                dish("refused for now", Fault::RefuseForNow { retry_after: None }, None, SENT),
                dish("session expired", Fault::SessionExpired, None, SENT),
                dish("500 and lost", Fault::Status500, None, LOST),
                dish("500 and received", Fault::Status500, Some(true), RECEIVED),
                dish("unknown page and lost", Fault::UnknownHtml, None, LOST),
                dish("unknown page and received", Fault::UnknownHtml, Some(true), RECEIVED),
                dish("sent elsewhere and lost", elsewhere.clone(), None, LOST),
                dish("sent elsewhere and received", elsewhere.clone(), Some(true), RECEIVED),
                dish("endless headers and lost", Fault::EndlessHeaders, None, LOST),
                dish("endless headers and received", Fault::EndlessHeaders, Some(true), RECEIVED),
            ],
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_never_come() {
    let late = SILENCE * 3;
    for https in [false, true] {
        play(
            https,
            Spec::of(&["VILLE"]).impatient(SILENCE),
            &[
                dish("silence and lost", Fault::Stall, None, LOST),
                dish("silence and received", Fault::Stall, Some(true), RECEIVED),
                dish("yes that comes too late", Fault::LateYes { late }, None, RECEIVED),
                dish("read in part, then silence", Fault::StallRequestAt { at: 1000 }, None, LOST),
                dish("byte by byte", Fault::SlowLoris { pause: SILENCE / 20 }, None, RECEIVED),
            ],
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_break_off_early_are_sent_again() {
    for https in [false, true] {
        play(
            https,
            Spec::of(&["VILLE"]),
            &[
                large("cut at 0", Fault::CutRequestAt { at: 0 }, SENT),
                large("cut at 1", Fault::CutRequestAt { at: 1 }, SENT),
                large("cut at 700", Fault::CutRequestAt { at: 700 }, SENT),
                large("cut at 100000", Fault::CutRequestAt { at: 100_000 }, SENT),
                large("cut at 1000001", Fault::CutRequestAt { at: 1_000_001 }, SENT),
            ],
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_partners_hint_is_kept() {
    let hint = |seconds| Some(RetryAfter::Seconds(seconds));
    let date = Some(RetryAfter::Date("Fri, 31 Dec 2100 23:59:59 GMT".to_owned()));
    for (retry_after, at_least) in [(hint(3600), 3500), (date, 23 * 3600)] {
        let peer = Arc::new(GatewayPeer::start(&["VILLE", "CCAS"], |gateway| gateway.plain_http()).await);
        peer.faults(FaultPlan::new().upload().once().refuse_for_now(retry_after));
        let rig = Rig::open(peer.clone(), Spec::of(&["VILLE"])).await;
        rig.put("VILLE", "a.xml", &content("a.xml", 10));
        rig.put("VILLE", "b.xml", &content("b.xml", 10));
        rig.pass().await;
        let events = rig.events().await;
        let postponed = events.iter().find_map(|recorded| match &recorded.event {
            Event::Consignment { what: ConsignmentEvent::Postponed { until, .. }, .. } => {
                Some(until.duration_since(recorded.at))
            }
            _ => None,
        });
        assert!(postponed.unwrap() >= SignedDuration::from_secs(at_least), "{postponed:?}");
        assert_eq!(rig.with(Status::Waiting).await.len(), 1);
        assert_eq!(rig.with(Status::Queued).await.len(), 1, "the end point rests for everybody");
        rig.pass().await;
        assert_eq!(peer.count("received"), 0);
        check::contract(&rig).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_refused_at_an_upload_is_not_tried_again() {
    let peer = Arc::new(GatewayPeer::start(&["VILLE"], |gateway| gateway).await);
    peer.faults(FaultPlan::new().upload().wrong_password());
    let rig = Rig::open(peer.clone(), Spec::of(&["VILLE"])).await;
    for name in ["a.xml", "b.xml", "c.xml"] {
        rig.put("VILLE", name, &content(name, 10));
    }
    rig.settle().await;
    assert_eq!(rig.suspended("VILLE").await, "xfb-login-refused");
    assert_eq!((peer.count("refused-login"), peer.count("received")), (1, 0), "one attempt, whatever waits");
    assert!(rig.consignments().await.iter().all(|row| row.state.status().is_pending()));
    check::contract(&rig).await;
    peer.faults(FaultPlan::new());
    rig.ask(Command::Resume { scope: "all".to_owned(), why: None }).await;
    rig.settle().await;
    assert_eq!(rig.with(Status::Deposited).await.len(), 3);
    check::contract(&rig).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_without_the_fields_suspends_before_any_byte_leaves() {
    let names = partner_sim::FieldNames {
        destination: "A".to_owned(),
        application: "B".to_owned(),
        ..partner_sim::FieldNames::default()
    };
    let peer = Arc::new(GatewayPeer::start(&["VILLE"], |gateway| gateway.plain_http().fields(names)).await);
    let wrong = [("destination", "A"), ("application", "NOT_THERE")];
    let wrong = wrong.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    let spec = Spec::of(&["VILLE"]).with("fields", Value::Texts(wrong));
    let mut rig = Rig::open(peer.clone(), spec).await;
    rig.put("VILLE", "a.xml", &content("a.xml", 10));
    rig.settle().await;
    assert_eq!(rig.suspended("VILLE").await, "xfb-form-unmapped");
    assert!(peer.ledger().iter().all(|line| line.name.is_none()), "no upload was begun");
    rig.reopen(|spec| spec.fields.clear()).await;
    rig.ask(Command::Resume { scope: "all".to_owned(), why: None }).await;
    rig.settle().await;
    assert_eq!(rig.with(Status::Deposited).await.len(), 1);
    let line = peer.ledger().into_iter().find(|line| line.kind == "received").unwrap();
    let sent = [line.destination, line.application, line.subject].map(Option::unwrap_or_default);
    assert_eq!(sent, ["C175", "GRCT450", "HÉLIOS"]);
}
