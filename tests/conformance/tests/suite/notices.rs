//! The four mails, from the simulator's maildir to the journal.

use std::sync::Arc;

use conformance::{GatewayPeer, Peer as _, Rig, Spec, check};
use partner_sim::{Fault, FaultPlan, MailCharset};
use scheduler_core::consignment::{State, Status};
use scheduler_core::partner::Value;
use tempfile::TempDir;

use crate::content;

/// A gateway that mails, one folder an account, and a station that reads VILLE's.
async fn mailing(plan: FaultPlan, charset: MailCharset) -> (TempDir, Arc<GatewayPeer>, Rig) {
    let mails = tempfile::tempdir().unwrap();
    let folder = mails.path().to_owned();
    let peer = GatewayPeer::start(&["VILLE"], |gateway| {
        gateway.plain_http().mails_by_account(folder).mail_charset(charset).mail_copies(2).faults(plan)
    })
    .await;
    let peer = Arc::new(peer);
    // The gateway opens an account's maildir at its first mail.
    std::fs::create_dir_all(mails.path().join("VILLE/new")).unwrap();
    let spec = Spec::of(&["VILLE"]).with("notices", Value::Path(mails.path().join("VILLE")));
    let rig = Rig::open(peer.clone(), spec).await;
    (mails, peer, rig)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mails_move_files_on_whatever_the_answer_was() {
    for charset in [MailCharset::Latin1, MailCharset::Utf8] {
        let plan = FaultPlan::new()
            .upload()
            .named("received unanswered")
            .once()
            .taken()
            .status_500()
            .upload()
            .named("lost unanswered")
            .once()
            .status_500()
            .mail()
            .named("not authorised")
            .with(Fault::PartnerNotAuthorised { reason: "site fermé".to_owned() })
            .mail()
            .named("unknown")
            .with(Fault::UnknownFile { reason: "disparu".to_owned() })
            .mail()
            .named("silent")
            .with(Fault::NoMail);
        let (_mails, peer, rig) = mailing(plan, charset).await;
        let names = ["été.xml", "received unanswered", "lost unanswered", "not authorised", "unknown", "silent"];
        for name in names {
            rig.put("VILLE", name, &content(name, 100));
        }
        rig.settle().await;
        check::contract(&rig).await;
        let mut states = Vec::new();
        for name in names {
            states.push(rig.named(name).await.state);
        }
        let statuses: Vec<Status> = states.iter().map(State::status).collect();
        use Status::{Delivered, Deposited, Uncertain, Undelivered};
        assert_eq!(statuses, [Delivered, Delivered, Uncertain, Undelivered, Undelivered, Deposited]);
        let why =
            |state: &State| state.why().map(|why| (why.code.clone(), why.words.clone().unwrap_or_default())).unwrap();
        assert_eq!(why(&states[3]), ("xfb-partner-not-authorised".to_owned(), "site fermé".to_owned()));
        assert_eq!(why(&states[4]), ("xfb-unknown-file".to_owned(), "disparu".to_owned()));
        assert!(rig.named("été.xml").await.identifiers.contains_key("local_ident"));
        assert_eq!(peer.count("received"), 5);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_availability_notice_brings_the_return() {
    let (_mails, peer, mut rig) = mailing(FaultPlan::new(), MailCharset::Latin1).await;
    rig.settle().await;
    assert_eq!(peer.ledger(), []);
    peer.offer("VILLE", "R1", b"R1");
    rig.settle().await;
    assert_eq!((rig.returns().await.len(), peer.count("served")), (1, 1));
    rig.reopen(|_| {}).await;
    rig.settle().await;
    assert_eq!(peer.count("login"), 1, "a notice asks once, also after a restart");
}

/// Two profiles, one folder: the same name, the same size, at the same time. Each mail counts for its addressee only.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shared_folder_settles_nobody_elses_doubt() {
    for lost in ["VILLE", "CCAS"] {
        let mails = tempfile::tempdir().unwrap();
        let folder = mails.path().to_owned();
        let plan = FaultPlan::new().upload().account(lost).once().status_500().upload().once().taken().status_500();
        let peer =
            GatewayPeer::start(&["VILLE", "CCAS"], |gateway| gateway.plain_http().mails(folder).faults(plan)).await;
        let peer = Arc::new(Addressed { gateway: peer, mails: mails.path().to_owned() });
        let rig = Rig::open(peer.clone(), Spec::of(&["VILLE", "CCAS"])).await;
        rig.put("VILLE", "same.xml", b"VILLE");
        rig.put("CCAS", "same.xml", b"CCAS.");
        rig.settle().await;
        rig.settle().await;
        for row in rig.consignments().await {
            let expected = if row.facts.lane.profile() == lost { Status::Uncertain } else { Status::Delivered };
            assert_eq!(row.state.status(), expected, "{} when {lost}'s was lost", row.facts.lane);
        }
        check::contract(&rig).await;
    }
}

/// A gateway whose profiles share a folder of mails, each with its own address.
struct Addressed {
    gateway: GatewayPeer,
    mails: std::path::PathBuf,
}

impl conformance::Peer for Addressed {
    fn channel(&self) -> &'static dyn scheduler_core::partner::Channel {
        self.gateway.channel()
    }

    fn profile(&self, account: &str) -> scheduler_core::partner::Section {
        let mut section = self.gateway.profile(account);
        section.insert("notices", Value::Path(self.mails.clone()));
        section.insert("notices_to", Value::Text(format!("{account}@station.invalid")));
        section
    }

    fn trouble(&self, troubles: &[(&str, conformance::Trouble)]) {
        self.gateway.trouble(troubles);
    }

    fn offer(&self, account: &str, name: &str, bytes: &[u8]) {
        self.gateway.offer(account, name, bytes);
    }

    fn received(&self) -> Vec<conformance::Reception> {
        self.gateway.received()
    }

    fn sessions(&self) -> (usize, usize) {
        self.gateway.sessions()
    }
}
