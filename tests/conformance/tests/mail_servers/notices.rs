//! The four mails of the gateway, in a mailbox of a real Dovecot: over IMAP and POP3, with TLS from the first byte or later.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use conformance::rig::gather;
use conformance::{GatewayPeer, Peer, Reception, Rig, Spec, Trouble, check};
use partner_sim::{Fault, FaultPlan};
use scheduler_core::consignment::Status;
use scheduler_core::journal::Event;
use scheduler_core::notice::LeftAlone;
use scheduler_core::partner::{Channel, Section, Value};
use tempfile::TempDir;

use super::servers::{MAIRIE, PASSWORD, Servers};
use super::{LONG, until};

/// The sender of the gateway's mails.
const GATEWAY: &str = "xfb@xfb-gateway.invalid";
/// A password that is nobody's.
const WRONG: &str = "CANARI-WRONG-PASSWORD";

/// How the mailbox is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    Imap,
    ImapStartTls,
    Pop3,
    Pop3StartTls,
}

impl Reading {
    const ALL: [Self; 4] = [Self::Imap, Self::ImapStartTls, Self::Pop3, Self::Pop3StartTls];

    fn protocol(self) -> &'static str {
        if matches!(self, Self::Imap | Self::ImapStartTls) { "imap" } else { "pop3" }
    }
}

/// A simulated gateway whose mails somebody carries into a real mailbox.
struct Mailing {
    gateway: GatewayPeer,
    servers: Servers,
    mails: TempDir,
    reading: Reading,
}

impl Mailing {
    /// `None` where the servers cannot run.
    async fn start(reading: Reading, plan: FaultPlan) -> Option<Arc<Self>> {
        let servers = Servers::mailboxes()?;
        let mails = tempfile::tempdir().unwrap();
        let folder = mails.path().to_owned();
        let gateway =
            GatewayPeer::start(&["VILLE"], |gateway| gateway.plain_http().mails_by_account(folder).faults(plan)).await;
        fs::write(mails.path().join("authority.pem"), servers.authority_pem()).unwrap();
        Some(Arc::new(Self { gateway, servers, mails, reading }))
    }

    /// The mails that the gateway wrote and nobody carried yet, oldest first.
    fn written(&self) -> Vec<PathBuf> {
        let mut paths = Vec::new();
        gather(&self.mails.path().join("VILLE/new"), &mut paths);
        paths.sort();
        paths
    }

    /// Carries the gateway's mails into the mailbox; how many.
    fn carry(&self) -> usize {
        let paths = self.written();
        for path in &paths {
            self.deliver(&format!("carried{}", path.file_name().unwrap().display()), &fs::read(path).unwrap());
            fs::remove_file(path).unwrap();
        }
        paths.len()
    }

    fn deliver(&self, name: &str, bytes: &[u8]) {
        self.servers.deliver(MAIRIE, name, bytes);
    }

    /// A mail of somebody's own making.
    fn forge(&self, name: &str, from: &str, subject: &str, body: &str) {
        let mail = format!(
            "From: <{from}>\r\nTo: <{MAIRIE}>\r\nSubject: {subject}\r\nMessage-ID: <{name}@somewhere.invalid>\r\n\r\n{body}\r\n"
        );
        self.deliver(name, mail.as_bytes());
    }

    /// Subjects of mails that bear any flag.
    fn flagged(&self) -> Vec<String> {
        let listed = self.servers.doveadm(&["-f", "tab", "fetch", "-u", MAIRIE, "flags hdr.subject", "all"]);
        let rows = listed.lines().skip(1).filter_map(|line| line.split_once('\t'));
        let kept = rows.filter(|(flags, _)| !flags.replace("\\Recent", "").trim().is_empty());
        kept.map(|(_, subject)| subject.to_owned()).collect()
    }

    fn count(&self) -> usize {
        self.servers.doveadm(&["-f", "tab", "fetch", "-u", MAIRIE, "uid", "all"]).lines().count() - 1
    }
}

impl Peer for Mailing {
    fn channel(&self) -> &'static dyn Channel {
        self.gateway.channel()
    }

    fn profile(&self, account: &str) -> Section {
        let text = |text: &str| Value::Text(text.to_owned());
        let ports = &self.servers.ports;
        let (port, security) = match self.reading {
            Reading::Imap => (ports.imaps, "tls"),
            Reading::ImapStartTls => (ports.imap, "starttls"),
            Reading::Pop3 => (ports.pop3s, "tls"),
            Reading::Pop3StartTls => (ports.pop3, "starttls"),
        };
        let mut section = self.gateway.profile(account);
        for (field, value) in [
            ("notices_server", text("localhost")),
            ("notices_kind", text(self.reading.protocol())),
            ("notices_security", text(security)),
            ("notices_port", Value::Integer(port.into())),
            ("notices_user", text(MAIRIE)),
            ("notices_password", Value::Secret(PASSWORD.into())),
            ("notices_ca", Value::Path(self.mails.path().join("authority.pem"))),
            ("notices_from", text(GATEWAY)),
            ("notices_every", Value::Duration(Duration::from_millis(1))),
        ] {
            section.insert(field, value);
        }
        section
    }

    fn trouble(&self, troubles: &[(&str, Trouble)]) {
        self.gateway.trouble(troubles);
    }

    fn offer(&self, account: &str, name: &str, bytes: &[u8]) {
        self.gateway.offer(account, name, bytes);
    }

    fn received(&self) -> Vec<Reception> {
        self.gateway.received()
    }

    fn sessions(&self) -> (usize, usize) {
        self.gateway.sessions()
    }
}

/// Runs the station until it says so of its mailbox.
async fn until_left(rig: &Rig, left: &LeftAlone) {
    let (end, lane) = (Instant::now() + LONG, rig.lane("VILLE"));
    loop {
        rig.settle().await;
        let found = rig.station().live().notices.get(&lane).map(|row| row.left.clone()).unwrap_or_default();
        if (found.unknown, found.others) == (left.unknown, left.others) {
            return;
        }
        assert!(Instant::now() < end, "{found:?}");
    }
}

/// How often notices moved a file on.
async fn evidenced(rig: &Rig, name: &str) -> usize {
    let id = rig.named(name).await.id;
    let events = rig.station().reader().events_of(id).await.unwrap();
    let is_told = |event: &Event| matches!(event, Event::Consignment { what, .. } if what.name() == "evidenced");
    events.iter().filter(|recorded| is_told(&recorded.event)).count()
}

fn doubtful() -> FaultPlan {
    let plan = FaultPlan::new().upload().named("received").once().taken().status_500();
    let plan = plan.upload().named("lost").once().status_500();
    let refused = Fault::PartnerNotAuthorised { reason: "site fermé".to_owned() };
    plan.mail().named("refused").with(refused)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mails_settle_doubts_and_nothing_else_is_touched() {
    for reading in Reading::ALL {
        let Some(peer) = Mailing::start(reading, doubtful()).await else { return };
        // Somebody reads the same mailbox; somebody else would like to be believed; and what is long past stays past.
        peer.forge("human", "maire@mairie.invalid", "Transfert du bureau", "Fichier : lost");
        peer.forge("forged", "xfb@xfb-gateway.example", "Transfert correct", "Fichier : lost");
        peer.forge("maintenance", GATEWAY, "Maintenance", "Fichier : lost");
        peer.forge("nameless", GATEWAY, "Transfert correct", "Bonjour");
        let mut rig = Rig::open(peer.clone(), Spec::of(&["VILLE"])).await;
        for name in ["received", "lost", "refused", "good"] {
            rig.put("VILLE", name, name.as_bytes());
        }
        rig.settle().await;
        for (name, status) in [
            ("received", Status::Uncertain),
            ("lost", Status::Uncertain),
            ("refused", Status::Deposited),
            ("good", Status::Deposited),
        ] {
            assert_eq!(rig.named(name).await.state.status(), status, "{name}, before any mail, {reading:?}");
        }
        assert_eq!(peer.carry(), 3);
        for (name, status) in
            [("received", Status::Delivered), ("refused", Status::Undelivered), ("good", Status::Delivered)]
        {
            until(&rig, name, status).await;
        }
        let why = rig.named("refused").await.state.why().cloned().unwrap();
        assert_eq!((why.code.as_str(), why.words.as_deref()), ("xfb-partner-not-authorised", Some("site fermé")));
        until_left(&rig, &LeftAlone { unknown: 3, others: 1, last: None }).await;
        // Again after a restart, and no event more.
        rig.reopen(|_| {}).await;
        until_left(&rig, &LeftAlone { unknown: 3, others: 1, last: None }).await;
        assert_eq!(rig.named("lost").await.state.status(), Status::Uncertain, "{reading:?}");
        assert_eq!(evidenced(&rig, "received").await, 1, "{reading:?}");
        assert_eq!(peer.count(), 7, "nothing is deleted");
        let flagged = peer.flagged();
        let untouched = |subject: &String| !["Maintenance", "Transfert du bureau"].contains(&subject.as_str());
        assert!(flagged.iter().all(untouched), "{reading:?}: {flagged:?}");
        assert!(reading.protocol() == "pop3" || flagged.is_empty(), "{reading:?}: {flagged:?}");
        check::contract(&rig).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_availability_notice_in_the_mailbox_brings_the_return() {
    for reading in [Reading::Imap, Reading::Pop3] {
        let Some(peer) = Mailing::start(reading, FaultPlan::new()).await else { return };
        let mut rig = Rig::open(peer.clone(), Spec::of(&["VILLE"])).await;
        rig.settle().await;
        peer.offer("VILLE", "R1", b"R1");
        assert_eq!(peer.carry(), 1);
        let end = Instant::now() + LONG;
        while rig.returns().await.is_empty() {
            assert!(Instant::now() < end);
            rig.settle().await;
        }
        rig.reopen(|_| {}).await;
        rig.settle().await;
        assert_eq!(peer.gateway.count("login"), 1, "a notice asks once, also after a restart");
    }
}

/// Before the file is even sent, late, twice, once more under another name, in any order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notices_come_in_any_order() {
    for reading in [Reading::Imap, Reading::Pop3] {
        let Some(peer) = Mailing::start(reading, FaultPlan::new()).await else { return };
        peer.forge("early", GATEWAY, "Transfert correct", "Fichier : early\r\nTaille : 5\r\nIdentifiant : 9001");
        let rig = Rig::open(peer.clone(), Spec::of(&["VILLE"])).await;
        rig.settle().await;
        for name in ["early", "first", "second"] {
            rig.put("VILLE", name, name.as_bytes());
            rig.settle().await;
        }
        until(&rig, "early", Status::Delivered).await;
        let written = peer.written();
        assert_eq!(written.len(), 3);
        for (number, path) in written.iter().rev().enumerate() {
            let bytes = fs::read(path).unwrap();
            peer.deliver(&format!("{number}a"), &bytes);
            peer.deliver(&format!("{number}b"), &bytes);
            let text =
                String::from_utf8_lossy(&bytes).replace("@xfb-gateway.invalid>\r\nMIME", "@resent.invalid>\r\nMIME");
            assert!(text.contains("@resent.invalid>"), "{text}");
            peer.deliver(&format!("{number}c"), text.as_bytes());
        }
        for name in ["first", "second"] {
            until(&rig, name, Status::Delivered).await;
        }
        rig.settle().await;
        for name in ["first", "second"] {
            assert_eq!(evidenced(&rig, name).await, 1, "{name}, {reading:?}");
        }
        check::contract(&rig).await;
    }
}

/// What arrived before the days that are looked back is left alone, whatever it says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_look_goes_back_so_many_days() {
    let Some(peer) = Mailing::start(Reading::Imap, doubtful()).await else { return };
    peer.forge("old", GATEWAY, "Transfert correct", "Fichier : lost");
    let old = fs::OpenOptions::new().write(true).open(peer.servers.maildir(MAIRIE).join("new/old")).unwrap();
    old.set_modified(SystemTime::now() - Duration::from_secs(40 * 86_400)).unwrap();
    peer.forge("young", GATEWAY, "Maintenance", "");
    let mut rig = Rig::open(peer.clone(), Spec::of(&["VILLE"])).await;
    rig.put("VILLE", "lost", b"lost");
    until_left(&rig, &LeftAlone { unknown: 1, others: 0, last: None }).await;
    assert_eq!(rig.named("lost").await.state.status(), Status::Uncertain);
    rig.reopen(|spec| spec.fields.push(("notices_days", Value::Integer(60)))).await;
    until(&rig, "lost", Status::Delivered).await;
}

/// The mailbox's server dies, between looks and in the middle of them: files are sent as before, and its mails count once it is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailbox_that_dies_stops_no_sending() {
    for reading in [Reading::Imap, Reading::Pop3] {
        let Some(peer) = Mailing::start(reading, FaultPlan::new()).await else { return };
        let rig = Rig::open(peer.clone(), Spec::of(&["VILLE"])).await;
        peer.servers.stop_mailboxes();
        rig.put("VILLE", "a.xml", b"a");
        rig.settle().await;
        assert_eq!(rig.named("a.xml").await.state.status(), Status::Deposited);
        let trouble = rig.station().live().notices[&rig.lane("VILLE")].trouble.clone().unwrap();
        assert_eq!(trouble.code, "mailbox-unreachable", "{reading:?}");
        assert_eq!(rig.lane_row("VILLE").await.notices_suspended, None);
        for number in 0..200 {
            peer.forge(&format!("junk{number}"), "a@b.invalid", "Transfert correct", "");
        }
        assert_eq!(peer.carry(), 1);
        peer.servers.dovecot().unwrap();
        let (killed, over) = (AtomicBool::new(false), AtomicBool::new(false));
        let looked = async {
            let end = Instant::now() + LONG;
            while !killed.load(Ordering::SeqCst) {
                assert!(Instant::now() < end, "nobody was killed");
                rig.settle().await;
            }
            until(&rig, "a.xml", Status::Delivered).await;
            over.store(true, Ordering::SeqCst);
        };
        let kill = async {
            while !killed.load(Ordering::SeqCst) {
                killed.store(peer.servers.kill_session(reading.protocol()), Ordering::SeqCst);
                tokio::task::yield_now().await;
            }
        };
        tokio::join!(looked, kill);
        until_left(&rig, &LeftAlone { unknown: 200, others: 0, last: None }).await;
        assert_eq!(peer.gateway.count("received"), 1);
        check::contract(&rig).await;
    }
}

/// Tried once, not again after a restart, until there is another password; nothing tells it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_of_the_mailbox_is_tried_once() {
    for reading in [Reading::Imap, Reading::Pop3] {
        let Some(peer) = Mailing::start(reading, FaultPlan::new()).await else { return };
        let spec = Spec::of(&["VILLE"]).with("notices_password", Value::Secret(WRONG.into()));
        let mut rig = Rig::open(peer.clone(), spec).await;
        for name in ["a.xml", "b.xml"] {
            rig.put("VILLE", name, name.as_bytes());
            rig.settle().await;
            assert_eq!(rig.named(name).await.state.status(), Status::Deposited, "{reading:?}");
            rig.reopen(|_| {}).await;
        }
        peer.carry();
        rig.settle().await;
        let (why, _) = rig.lane_row("VILLE").await.notices_suspended.unwrap();
        assert_eq!((why.code.as_str(), rig.suspended("VILLE").await.as_str()), ("mailbox-login-refused", ""));
        let logs = peer.servers.logs();
        assert_eq!(logs.matches("auth failed").count(), 1, "{logs}");
        let mut shown = format!("{:?} {:?} {:?}", rig.events().await, rig.station(), rig.setup());
        rig.reopen(|spec| {
            spec.fields.clear();
            "2".clone_into(&mut spec.secret_version);
        })
        .await;
        for name in ["a.xml", "b.xml"] {
            until(&rig, name, Status::Delivered).await;
        }
        shown += &format!("{:?} {:?}", rig.events().await, rig.station().live());
        let mut files = Vec::new();
        gather(rig.root(), &mut files);
        let told: Vec<String> =
            files.iter().map(|file| String::from_utf8_lossy(&fs::read(file).unwrap()).into_owned()).collect();
        for text in told.iter().chain([&shown]) {
            assert!(!text.contains(WRONG) && !text.contains(PASSWORD), "{text}");
        }
    }
}
