//! The mail channel's fault menu: one file a fault, one station, the ledger as judge; reports in every order.

use std::sync::Arc;

use conformance::{MailPeer, Peer as _, Rig, Spec, check};
use partner_sim::pecoto::{Protection, Report, Step, Trouble};
use partner_sim::{Certificate, SmtpFaults};
use scheduler_core::consignment::Status;
use scheduler_core::partner::Value;
use scheduler_core::returned::ReturnState;

use crate::{LARGE, SILENCE, content};

/// One trouble, played once on the file of that name; how the file must stand after the first run, why, and how often the server must have it then.
struct Dish {
    name: &'static str,
    trouble: Trouble,
    taken: bool,
    size: usize,
    fate: (Status, &'static str, usize),
}

fn dish(name: &'static str, trouble: Trouble, taken: bool, fate: (Status, &'static str, usize)) -> Dish {
    Dish { name, trouble, taken, size: 3000, fate }
}

fn reply(code: u16, text: &str) -> Trouble {
    Trouble::Reply { code, text: text.to_owned() }
}

const SENT: (Status, &str, usize) = (Status::Deposited, "", 1);
const LOST: (Status, &str, usize) = (Status::Uncertain, "smtp-unanswered", 0);
const RECEIVED: (Status, &str, usize) = (Status::Uncertain, "smtp-unanswered", 1);

async fn play(protection: Protection, spec: Spec, menu: &[Dish]) {
    let peer = Arc::new(MailPeer::start(&["VILLE"], |server| server.protection(protection).reports([])).await);
    peer.faults(menu.iter().fold(SmtpFaults::new(), |plan, dish| {
        let rule = plan.message(dish.name).once();
        let rule = if dish.taken { rule.taken() } else { rule };
        rule.with(dish.trouble.clone())
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
    assert_eq!(peer.server().faults_fired(), menu.len() as u64, "every fault was played, once");
    rig.reopen(|spec| spec.fields.clear()).await;
    rig.resolve_by_ledger().await;
    check::contract(&rig).await;
    let refused = menu.iter().filter(|dish| dish.fate.0 == Status::Refused).count();
    assert_eq!(rig.with(Status::Deposited).await.len(), menu.len() - refused);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_to_a_whole_message() {
    let refused = |code| (Status::Refused, code, 0);
    for protection in [Protection::StartTls, Protection::Implicit] {
        let menu = [
            dish("greylisted", reply(450, "4.2.0 try again"), false, SENT),
            dish("disk full", reply(452, "4.3.1 disk"), false, SENT),
            dish("closing", reply(421, "4.3.2 closing"), false, SENT),
            dish("virus", reply(554, "5.7.1 virus"), false, refused("smtp-message-refused")),
            dish("too large after all", reply(552, "5.3.4 too large"), false, refused("smtp-too-large")),
            dish("nonsense and received", reply(334, "what"), true, RECEIVED),
            dish("cut and lost", Trouble::Cut, false, LOST),
            dish("cut and received", Trouble::Cut, true, RECEIVED),
            Dish { size: LARGE, ..dish("cut at 1000", Trouble::CutAt { at: 1000 }, false, SENT) },
            Dish { size: LARGE, ..dish("cut at 100000", Trouble::CutAt { at: 100_000 }, false, SENT) },
        ];
        play(protection, Spec::of(&["VILLE"]), &menu).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_never_come() {
    let menu = [
        dish("silence and lost", Trouble::Stall, false, LOST),
        dish("silence and received", Trouble::Stall, true, RECEIVED),
    ];
    play(Protection::StartTls, Spec::of(&["VILLE"]).impatient(SILENCE), &menu).await;
}

/// Each step fails twice, in every way that passes by itself; the file arrives once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trouble_at_every_step_passes() {
    let steps = [Step::Connect, Step::Hello, Step::StartTls, Step::LogIn, Step::Sender, Step::Recipient, Step::Data];
    for step in steps {
        let plan = SmtpFaults::new().on(step).nth(1).reply(450, "4.3.0 later").on(step).nth(2).cut();
        let plan = plan.on(step).nth(3).reply(421, "4.3.2 closing");
        let peer = Arc::new(MailPeer::start(&["VILLE"], |server| server.reports([]).faults(plan)).await);
        let rig = Rig::open(peer.clone(), Spec::of(&["VILLE"])).await;
        rig.put("VILLE", "a.txt", &content("a.txt", 100));
        rig.settle().await;
        assert_eq!(
            rig.named("a.txt").await.state.status(),
            Status::Deposited,
            "{step:?}: {}",
            rig.suspended("VILLE").await
        );
        assert_eq!((peer.server().faults_fired(), peer.count("received")), (3, 1), "{step:?}");
        check::contract(&rig).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_recipient_fails_the_file_and_no_other() {
    let plan = SmtpFaults::new().on(Step::Recipient).nth(1).reply(550, "5.1.1 unknown recipient");
    let peer = Arc::new(MailPeer::start(&["VILLE"], |server| server.reports([]).faults(plan)).await);
    let rig = Rig::open(peer.clone(), Spec::of(&["VILLE"])).await;
    rig.put("VILLE", "a.txt", &content("a.txt", 100));
    rig.settle().await;
    rig.put("VILLE", "b.txt", &content("b.txt", 100));
    rig.settle().await;
    let why = rig.named("a.txt").await.state.why().cloned().unwrap();
    assert_eq!(why.code, "smtp-recipient-refused");
    assert_eq!(why.words.as_deref(), Some("550 5.1.1 unknown recipient"));
    assert_eq!(rig.named("b.txt").await.state.status(), Status::Deposited);
    check::contract(&rig).await;
}

/// What only somebody can mend: one attempt, then the profile waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_an_operator_can_mend_is_tried_once() {
    let wrong = [Certificate::OtherAuthority, Certificate::Expired, Certificate::OtherName];
    for certificate in wrong {
        let peer = Arc::new(MailPeer::start(&["VILLE"], |server| server.certificate(certificate)).await);
        let rig = Rig::open(peer.clone(), Spec::of(&["VILLE"])).await;
        rig.put("VILLE", "a.txt", b"a");
        rig.settle().await;
        assert_eq!(rig.suspended("VILLE").await, "smtp-tls-refused", "{certificate:?}");
        assert_eq!(peer.ledger(), [], "nothing was said");
        check::contract(&rig).await;
    }
    for (step, code, expected) in [
        (Step::Connect, 554, "smtp-service-refused"),
        (Step::StartTls, 502, "smtp-tls-missing"),
        (Step::LogIn, 535, "smtp-login-refused"),
    ] {
        let plan = SmtpFaults::new().on(step).reply(code, "no");
        let peer = Arc::new(MailPeer::start(&["VILLE"], |server| server.faults(plan)).await);
        let rig = Rig::open(peer.clone(), Spec::of(&["VILLE"])).await;
        rig.put("VILLE", "a.txt", b"a");
        rig.settle().await;
        rig.settle().await;
        assert_eq!(rig.suspended("VILLE").await, expected);
        assert_eq!(peer.server().faults_fired(), 1, "{step:?}");
        check::contract(&rig).await;
    }
}

/// Larger than the profile allows: held before anything is connected. Larger than the server announces: refused before a byte of it leaves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_large_never_leaves() {
    let peer = Arc::new(MailPeer::start(&["VILLE"], |server| server.size(Some(400_000))).await);
    let rig = Rig::open(peer.clone(), Spec::of(&["VILLE"]).with("largest_message", Value::Integer(1))).await;
    rig.put("VILLE", "profile.bin", &content("profile.bin", 800_000));
    rig.settle().await;
    let held = rig.named("profile.bin").await;
    assert_eq!((held.state.status(), held.state.why().unwrap().code.as_str()), (Status::Held, "too-large"));
    assert_eq!(peer.ledger(), [], "nobody was called");
    rig.put("VILLE", "server.bin", &content("server.bin", 500_000));
    rig.settle().await;
    let refused = rig.named("server.bin").await;
    assert_eq!(
        (refused.state.status(), refused.state.why().unwrap().code.as_str()),
        (Status::Refused, "smtp-too-large")
    );
    assert!(peer.ledger().iter().all(|line| line.name.is_none()), "no byte of it left");
    check::contract(&rig).await;
}

/// Every order in which the reports of one message may come, and some twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_in_any_order() {
    use Report::{Delayed, Deleted, Delivered, Displayed, Failed, Relayed};
    use Status::{Deposited, Opened, Undelivered};
    let menu: [(&[Report], Status); 12] = [
        (&[], Deposited),
        (&[Delayed], Deposited),
        (&[Relayed], Deposited),
        (&[Delivered], Status::Delivered),
        (&[Delayed, Delivered], Status::Delivered),
        (&[Delivered, Delayed], Status::Delivered),
        (&[Delivered, Displayed], Opened),
        (&[Displayed, Delivered, Delayed], Opened),
        (&[Delayed, Displayed, Displayed, Delivered], Opened),
        (&[Delivered, Deleted], Status::Delivered),
        (&[Failed], Undelivered),
        (&[Delayed, Failed, Failed], Undelivered),
    ];
    let name = |index: usize| format!("f{index}.txt");
    let each = menu.iter().enumerate();
    let plan = each.fold(SmtpFaults::new(), |plan, (index, (reports, _))| plan.message(name(index)).reports(*reports));
    let peer = Arc::new(MailPeer::start(&["VILLE"], |server| server.faults(plan)).await);
    let mut rig = Rig::open(peer.clone(), Spec::of(&["VILLE"])).await;
    for index in 0..menu.len() {
        rig.put("VILLE", &name(index), &content(&name(index), 100));
    }
    for _ in 0..2 {
        rig.settle().await;
        for (index, (reports, status)) in menu.iter().enumerate() {
            let row = rig.named(&name(index)).await;
            assert_eq!(row.state.status(), *status, "{reports:?}: {:?}", row.state);
            assert!(row.identifiers["message-id"].starts_with(&row.id.to_string()));
            assert!(!row.identifiers.contains_key("consignment"), "{:?}", row.identifiers);
        }
        check::contract(&rig).await;
        // The same mails again, after a restart: nothing moves.
        rig.reopen(|_| {}).await;
    }
}

/// The connection was cut after the final dot: the reports say what became of it, and nothing is sent twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_doubt_is_settled_by_the_reports() {
    let menu = [
        ("delivered", vec![Report::Delivered], Status::Delivered),
        ("displayed", vec![Report::Displayed], Status::Opened),
        ("delayed", vec![Report::Delayed], Status::Deposited),
        ("failed", vec![Report::Failed], Status::Undelivered),
    ];
    for (name, reports, status) in menu {
        let plan = SmtpFaults::new().message(name).once().taken().cut();
        let peer = Arc::new(MailPeer::start(&["VILLE"], |server| server.reports(reports).faults(plan)).await);
        let rig = Rig::open(peer.clone(), Spec::of(&["VILLE"])).await;
        rig.put("VILLE", name, &content(name, 100));
        rig.settle().await;
        rig.settle().await;
        assert_eq!(rig.named(name).await.state.status(), status, "{name}");
        assert_eq!(peer.count("received"), 1, "{name}");
        check::contract(&rig).await;
    }
}

/// Reports of another's message, and forged ones, move nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_that_does_not_know_the_identity_moves_nothing() {
    let peer = Arc::new(MailPeer::start(&["VILLE"], |server| server.reports([])).await);
    let rig = Rig::open(peer.clone(), Spec::of(&["VILLE"])).await;
    rig.put("VILLE", "a.txt", b"a");
    rig.settle().await;
    let row = rig.named("a.txt").await;
    let real = row.identifiers["message-id"].clone();
    let forged = format!("{}.0000000000000000@saint-eloi.invalid", row.id);
    let report = |id: &str, key: &str| {
        format!(
            "From: <x@y>\r\nMessage-ID: <{key}@y>\r\nContent-Type: multipart/report; report-type=disposition-notification; boundary=\"x\"\r\n\r\n--x\r\n\
             Content-Type: message/disposition-notification\r\n\r\nFinal-Recipient: rfc822; x@y\r\nOriginal-Message-ID: <{id}>\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n\r\n--x--\r\n"
        )
    };
    let mailbox = peer.mailbox("VILLE").join("new");
    std::fs::write(mailbox.join("1.eml"), report(&forged, "forged")).unwrap();
    rig.settle().await;
    assert_eq!(rig.named("a.txt").await.state.status(), Status::Deposited);
    std::fs::write(mailbox.join("2.eml"), report(&real, "real")).unwrap();
    rig.settle().await;
    assert_eq!(rig.named("a.txt").await.state.status(), Status::Opened);
    check::contract(&rig).await;
}

/// An answer announces itself; its files are returns; the mail goes once all of them are safe, and a stranger's never.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_are_collected_and_then_disposed_of() {
    for (then, left) in [("keep", 3), ("delete", 1), ("seen", 3)] {
        let peer = Arc::new(MailPeer::start(&["VILLE"], |server| server).await);
        let spec = Spec::of(&["VILLE"]).with("answers_then", Value::Text(then.to_owned()));
        let mut rig = Rig::open(peer.clone(), spec).await;
        peer.offer("VILLE", "été.txt", b"one");
        peer.offer("VILLE", "two.txt", &content("two", 200_000));
        let mailbox = peer.mailbox("VILLE");
        let stranger = "From: <x@y>\r\nSubject: gift\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=evil.txt\r\n\r\nboo\r\n";
        std::fs::write(mailbox.join("new/stranger.eml"), stranger).unwrap();
        rig.settle().await;
        rig.reopen(|_| {}).await;
        rig.retrieve().await;
        let rows = rig.returns().await;
        assert_eq!(rows.len(), 2, "{then}: {rows:?}");
        assert!(rows.iter().all(|row| row.state == ReturnState::Disposed), "{then}: {rows:?}");
        assert_eq!(std::fs::read(rig.root().join("returned/VILLE/été.txt")).unwrap(), b"one");
        let mails = |part: &str| std::fs::read_dir(mailbox.join(part)).unwrap().count();
        assert_eq!(mails("new") + mails("cur"), left, "{then}");
        assert_eq!(mails("cur"), if then == "seen" { 2 } else { 0 }, "{then}");
        check::contract(&rig).await;
    }
}
