//! INSEE's servers: their fault menu on deposits, their sessions that end, their pacing, one of them that is down.

use std::sync::Arc;
use std::time::Duration;

use conformance::{AireppnetPeer, Peer as _, Rig, Spec, check};
use partner_sim::{Fault, FaultPlan, On, RetryAfter};
use scheduler_core::consignment::Status;
use scheduler_core::partner::Value;
use scheduler_core::request::Command;

use crate::{LARGE, SILENCE, content};

/// One fault, played once on the file of that name; how it must stand after the first run, why, and how often INSEE must have it then.
struct Dish {
    name: &'static str,
    fault: Fault,
    /// Whether the file is taken although the fault hides it; `None` = as the fault alone would have it.
    taken: Option<bool>,
    size: usize,
    fate: (Status, &'static str, usize),
}

const SENT: (Status, &str, usize) = (Status::Deposited, "", 1);
const LOST: (Status, &str, usize) = (Status::Uncertain, "aireppnet-deposit-unanswered", 0);
const RECEIVED: (Status, &str, usize) = (Status::Uncertain, "aireppnet-deposit-unanswered", 1);
const REFUSED: (Status, &str, usize) = (Status::Refused, "aireppnet-deposit-refused", 0);

fn dish(name: &'static str, fault: Fault, taken: Option<bool>, fate: (Status, &'static str, usize)) -> Dish {
    Dish { name, fault, taken, size: 3000, fate }
}

fn large(name: &'static str, fault: Fault) -> Dish {
    Dish { size: LARGE, ..dish(name, fault, None, SENT) }
}

/// Sends a file for every fault, then lets the truth settle what is doubtful.
async fn play(https: bool, spec: Spec, menu: &[Dish]) {
    let peer = AireppnetPeer::start(&["VILLE"], |servers| if https { servers } else { servers.plain_http() }).await;
    let peer = Arc::new(peer);
    peer.servers().set_faults(menu.iter().fold(FaultPlan::new(), |plan, dish| {
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
        let received = peer.received().into_iter().filter(|reception| reception.name == *name);
        assert_eq!(received.count(), *count, "{name}");
    }
    assert_eq!(peer.servers().faults_fired(), menu.len() as u64, "every fault was played, once");
    rig.reopen(|spec| spec.fields.clear()).await;
    rig.resolve_by_ledger().await;
    check::contract(&rig).await;
    let refused = menu.iter().filter(|dish| dish.fate.0 == Status::Refused).count();
    assert_eq!(rig.with(Status::Deposited).await.len(), menu.len() - refused);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_say_no_or_nothing() {
    let elsewhere = Fault::RedirectElsewhere { url: "http://127.0.0.1:9/".to_owned() };
    let hint = Fault::RefuseForNow { retry_after: Some(RetryAfter::Seconds(0)) };
    let cut = |at| Fault::CutResponseAt { at, close_notify: false };
    for https in [false, true] {
        let menu = [
            dish("refused for good", Fault::RefuseForGood { words: "Registre inconnu".to_owned() }, None, REFUSED),
            dish("refused for now", Fault::RefuseForNow { retry_after: None }, None, SENT),
            dish("refused with a hint", hint.clone(), None, SENT),
            dish("session ended", Fault::SessionExpired, None, SENT),
            dish("log-in form", Fault::WrongPassword, None, SENT),
            dish("500 and lost", Fault::Status500, None, LOST),
            dish("500 and received", Fault::Status500, Some(true), RECEIVED),
            dish("unknown page and lost", Fault::UnknownHtml, None, LOST),
            dish("unknown page and received", Fault::UnknownHtml, Some(true), RECEIVED),
            dish("sent elsewhere and received", elsewhere.clone(), Some(true), RECEIVED),
            dish("endless headers and lost", Fault::EndlessHeaders, None, LOST),
            dish("endless page and received", Fault::EndlessListing, Some(true), RECEIVED),
            dish("answer cut at 0", cut(0), None, RECEIVED),
            dish("answer cut at 20", cut(20), None, RECEIVED),
            dish("answer cut at 200", cut(200), None, RECEIVED),
            dish("answer cut in its last record", Fault::CutLastRecord, None, RECEIVED),
        ];
        play(https, Spec::of(&["VILLE"]), &menu).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_never_come() {
    for https in [false, true] {
        let menu = [
            dish("silence and lost", Fault::Stall, None, LOST),
            dish("silence and received", Fault::Stall, Some(true), RECEIVED),
            dish("receipt that comes too late", Fault::LateYes { late: SILENCE * 3 }, None, RECEIVED),
            dish("read in part, then silence", Fault::StallRequestAt { at: 1000 }, None, LOST),
            dish("byte by byte", Fault::SlowLoris { pause: SILENCE / 20 }, None, RECEIVED),
        ];
        play(https, Spec::of(&["VILLE"]).impatient(SILENCE), &menu).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_break_off_early_are_sent_again() {
    for https in [false, true] {
        let cut = |at| Fault::CutRequestAt { at };
        let menu = [large("cut at 0", cut(0)), large("cut at 700", cut(700)), large("cut at 1000001", cut(1_000_001))];
        play(https, Spec::of(&["VILLE"]), &menu).await;
    }
}

/// The body is complete with its last byte: cut one byte earlier it is worthless.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_request_cut_around_its_last_byte() {
    let peer = Arc::new(AireppnetPeer::start(&["VILLE"], |servers| servers.plain_http()).await);
    let places: Vec<u64> = (0..1400).step_by(50).collect();
    let name = |index: usize| format!("f{index:04}.038");
    let cuts = places.iter().enumerate();
    peer.servers().set_faults(
        cuts.fold(FaultPlan::new(), |plan, (index, at)| plan.upload().named(name(index)).once().cut_request_at(*at)),
    );
    let rig = Rig::open(peer.clone(), Spec::of(&["VILLE"])).await;
    for index in 0..places.len() {
        rig.put("VILLE", &name(index), &content(&name(index), 200));
    }
    rig.settle().await;
    check::contract(&rig).await;
    let (whole, partial) = (peer.count("received"), peer.count("incomplete"));
    assert!(whole > 0 && partial > 0, "{whole} whole bodies, {partial} partial ones");
    rig.resolve_by_ledger().await;
    check::contract(&rig).await;
    assert_eq!(peer.count("received"), places.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trouble_on_the_way_in_passes() {
    for on in [On::Portal, On::Login, On::Entry, On::Form] {
        for fault in [
            Fault::RefuseForNow { retry_after: None },
            Fault::RefuseForNow { retry_after: Some(RetryAfter::Seconds(0)) },
            Fault::Status500,
            Fault::UnknownHtml,
            Fault::SessionExpired,
            Fault::CutResponseAt { at: 0, close_notify: false },
            Fault::CutBodyAt { at: 40, close_notify: false },
            Fault::OversizeListing { bytes: 2 << 20 },
        ] {
            // A form that is not there, and a refused log-in, wait for somebody: no other page means that.
            let waits =
                matches!((on, &fault), (On::Form, Fault::UnknownHtml) | (On::Login | On::Entry, Fault::SessionExpired));
            let peer = Arc::new(AireppnetPeer::start(&["VILLE"], |servers| servers.plain_http()).await);
            peer.servers().set_faults(FaultPlan::new().on(on).once().with(fault.clone()));
            let rig = Rig::open(peer.clone(), Spec::of(&["VILLE"])).await;
            rig.put("VILLE", "a.038", &content("a.038", 100));
            rig.settle().await;
            check::contract(&rig).await;
            let suspended = rig.suspended("VILLE").await;
            assert_eq!(!suspended.is_empty(), waits, "{on:?} {fault:?}: {suspended}");
            if waits {
                rig.ask(Command::Resume { scope: "all".to_owned(), why: None }).await;
                rig.settle().await;
            }
            assert_eq!(rig.named("a.038").await.state.status(), Status::Deposited, "{on:?} {fault:?}");
            assert_eq!(peer.count("received"), 1);
        }
    }
}

/// The pacing is longer than the server's patience: every file finds its session ended, and none is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_that_end_while_the_pacing_is_waited_for_are_opened_again() {
    let (pacing, idle) = (Duration::from_millis(500), Duration::from_millis(250));
    let peer = AireppnetPeer::start(&["VILLE", "CCAS"], |servers| servers.plain_http().pacing(pacing).idle(idle)).await;
    let peer = Arc::new(peer);
    let spec = Spec { delay_up: pacing + pacing / 5, ..Spec::of(&["VILLE", "CCAS"]) };
    let rig = Rig::open(peer.clone(), spec).await;
    for index in 0..6 {
        let (profile, name) = (["VILLE", "CCAS"][index % 2], format!("{index}.038"));
        rig.put(profile, &name, &content(&name, 1000));
    }
    rig.settle().await;
    assert_eq!((peer.count("received"), peer.count("lost"), peer.count("refused")), (6, 0, 0));
    assert!(peer.count("login") > 2, "sessions did end");
    check::contract(&rig).await;
}

/// The control of the test above.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_pacing_files_are_lost() {
    let peer = AireppnetPeer::start(&["VILLE"], |servers| servers.plain_http().pacing(Duration::from_secs(5))).await;
    let peer = Arc::new(peer);
    let rig = Rig::open(peer.clone(), Spec::of(&["VILLE"])).await;
    for name in ["a", "b", "c"] {
        rig.put("VILLE", name, &content(name, 100));
    }
    rig.settle().await;
    assert_eq!((peer.count("received"), peer.count("lost")), (1, 2), "the server said yes to each");
}

/// One of three servers is down: its file waits, those of the others leave in the same session.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_down_stops_its_own_files_only() {
    let peer = Arc::new(AireppnetPeer::start(&["VILLE"], |servers| servers.plain_http()).await.all_named());
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dead = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let mut spec = Spec::of(&["VILLE"]).with("elections_fr_url", Value::Text(dead));
    spec.further.push(["ELECTIONS", "VILLE", "elections-fr"]);
    let mut rig = Rig::open(peer.clone(), spec).await;
    for index in 0..5 {
        for inbox in ["ELECTIONS", "VILLE"] {
            rig.put(inbox, &format!("{inbox}{index}"), &content(&format!("{inbox}{index}"), 100));
        }
    }
    rig.pass().await;
    assert_eq!(rig.with(Status::Deposited).await.len(), 5, "état civil goes on");
    assert_eq!(peer.count("login"), 1, "in one session");
    for row in rig.with(Status::Waiting).await {
        assert_eq!(row.state.why().unwrap().code, "aireppnet-connect-failed");
    }
    rig.reopen(|spec| spec.fields.clear()).await;
    rig.settle().await;
    assert_eq!(rig.with(Status::Deposited).await.len(), 10);
    let servers = peer.ledger().into_iter().filter(|line| line.kind == "received").filter_map(|line| line.stage);
    assert_eq!(servers.filter(|server| server == "elections-fr").count(), 5, "each to its own server");
    check::contract(&rig).await;
}

/// Findings hold a file before any connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_found_in_a_file_holds_it() {
    let peer = Arc::new(AireppnetPeer::start(&["VILLE"], |servers| servers.plain_http()).await);
    let rig = Rig::open(peer.clone(), Spec::of(&["VILLE"])).await;
    rig.put("VILLE", "broken.xml", b"<?xml version=\"1.0\"?><envoi><bulletin></envoi>");
    rig.settle().await;
    let held = rig.named("broken.xml").await;
    assert_eq!(held.state.status(), Status::Held);
    assert_eq!(held.state.why().unwrap().code, "aireppnet-xml-malformed");
    assert_eq!(peer.ledger(), [], "nobody logged in");
    rig.ask(Command::Release { id: held.id, why: "seen".to_owned() }).await;
    rig.settle().await;
    assert_eq!(rig.named("broken.xml").await.state.status(), Status::Deposited, "an operator may know better");
    let deposited = rig.named("broken.xml").await;
    assert!(deposited.identifiers.contains_key("reference"));
    assert!(deposited.receipt.unwrap().contains("Accusé de dépôt"), "the result page is kept");
}
