//! One bad file, one dead partner: the rest goes on (P8). Pacing that a batch needs (P7).

use std::sync::Arc;
use std::time::Duration;

use conformance::{GatewayPeer, Peer, Rig, Spec, Trouble, check};
use partner_sim::FaultPlan;
use scheduler_core::consignment::Status;
use scheduler_core::partner::{Channel, Section, Value};
use scheduler_core::stop::StopLevel;

use crate::{LARGE, content, peers};

const GOOD: usize = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_poison_file_among_many() {
    for (way, peer) in peers(&["VILLE"]).await {
        peer.trouble(&[("poison", Trouble::RefusedForGood), ("venom", Trouble::UnansweredLost)]);
        let rig = Rig::open(peer, Spec::of(&["VILLE"])).await;
        for name in ["poison", "venom", "plain"] {
            rig.put("VILLE", name, &content(name, 100));
        }
        for index in 0..GOOD {
            rig.put("VILLE", &format!("good {index}"), &content(&format!("good {index}"), 100));
        }
        rig.settle().await;
        assert_eq!(rig.with(Status::Deposited).await.len(), GOOD + 1, "{way}");
        assert_eq!((rig.with(Status::Refused).await.len(), rig.with(Status::Uncertain).await.len()), (1, 1), "{way}");
        check::contract(&rig).await;
    }
}

/// A file that breaks every session it is tried in, and is tried again for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_breaks_every_session_does_not_starve_the_others() {
    let peer = Arc::new(GatewayPeer::start(&["VILLE"], |gateway| gateway.plain_http()).await);
    peer.faults(FaultPlan::new().upload().named("poison").cut_request_at(1000));
    let rig = Rig::open(peer.clone(), Spec::of(&["VILLE"])).await;
    rig.put("VILLE", "a poison", &content("poison", LARGE));
    for index in 0..5 {
        rig.put("VILLE", &format!("good {index}"), &content(&format!("good {index}"), 100));
    }
    // Each run does what is due: a few are enough for the others, and never for the poison.
    for _ in 0..40 {
        rig.pass().await;
        if peer.count("received") == 5 {
            break;
        }
    }
    assert_eq!(peer.count("received"), 5);
    assert!(rig.named("a poison").await.state.status().is_pending());
    check::contract(&rig).await;
}

/// The gateway for one profile, a machine that accepts and never answers for the other.
struct Half {
    good: GatewayPeer,
    black_hole: String,
}

impl Peer for Half {
    fn channel(&self) -> &'static dyn Channel {
        self.good.channel()
    }

    fn profile(&self, account: &str) -> Section {
        let mut section = self.good.profile(account);
        if account == "CCAS" {
            section.insert("base_url", Value::Text(self.black_hole.clone()));
        }
        section
    }

    fn trouble(&self, troubles: &[(&str, Trouble)]) {
        self.good.trouble(troubles);
    }

    fn offer(&self, account: &str, name: &str, bytes: &[u8]) {
        self.good.offer(account, name, bytes);
    }

    fn received(&self) -> Vec<conformance::Reception> {
        self.good.received()
    }

    fn sessions(&self) -> (usize, usize) {
        self.good.sessions()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_black_hole_stalls_nobody_else() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let black_hole = format!("http://{}", listener.local_addr().unwrap());
    let (called, mut calls) = tokio::sync::mpsc::unbounded_channel();
    let hole = tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((connection, _)) = listener.accept().await {
            held.push(connection);
            let _ = called.send(());
        }
    });
    let good = GatewayPeer::start(&["VILLE"], |gateway| gateway.plain_http()).await;
    let hour = Value::Duration(Duration::from_secs(3600));
    let spec = Spec::of(&["VILLE", "CCAS"]).with("timeout_answer", hour.clone()).with("timeout_stall", hour);
    let rig = Rig::open(Arc::new(Half { good, black_hole }), spec).await;
    rig.put("CCAS", "swallowed.xml", &content("swallowed.xml", 10));
    let stop = async {
        calls.recv().await.unwrap();
        // Only now is the other lane given its work: the black hole holds its own.
        for index in 0..GOOD {
            rig.put("VILLE", &format!("good {index}"), &content(&format!("good {index}"), 100));
        }
        while rig.peer.received().len() < GOOD {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        while rig.stopper.press() != StopLevel::Now {}
    };
    let (ran, ()) = tokio::join!(rig.station().run(), stop);
    ran.unwrap();
    hole.abort();
    assert_eq!(rig.with(Status::Deposited).await.len(), GOOD);
    assert_eq!(rig.named("swallowed.xml").await.state.status(), Status::Queued, "nothing of it left");
    check::contract(&rig).await;
}

const BATCH: Duration = Duration::from_millis(150);

async fn paced(delay: Duration, batch: Duration) -> (Arc<GatewayPeer>, Rig) {
    let peer =
        Arc::new(GatewayPeer::start(&["VILLE", "CCAS"], |gateway| gateway.plain_http().batch_delay(batch)).await);
    let spec = Spec { delay_up: delay, sessions: 2, ..Spec::of(&["VILLE", "CCAS"]) };
    let rig = Rig::open(peer.clone(), spec).await;
    for index in 0..6 {
        let (profile, name) = (["VILLE", "CCAS"][index % 2], format!("{index}.xml"));
        rig.put(profile, &name, &content(&name, 1000));
    }
    (peer, rig)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pacing_loses_nothing_to_the_batch() {
    let (peer, mut rig) = paced(BATCH + BATCH / 5, BATCH).await;
    rig.settle().await;
    assert_eq!((peer.count("received"), peer.count("lost")), (6, 0));
    for index in 0..4 {
        rig.reopen(|_| {}).await;
        let (profile, name) = (["VILLE", "CCAS"][index % 2], format!("later {index}.xml"));
        rig.put(profile, &name, &content(&name, 1000));
        rig.settle().await;
    }
    assert_eq!((peer.count("received"), peer.count("lost")), (10, 0), "restarts keep the gap");
    check::contract(&rig).await;
}

/// The control of the test above: without pacing the same batch does lose files, and says yes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_pacing_the_batch_loses_files() {
    let (peer, rig) = paced(Duration::ZERO, Duration::from_secs(5)).await;
    rig.settle().await;
    assert!(peer.count("lost") > 0);
    assert_eq!(rig.with(Status::Deposited).await.len(), 6, "the gateway said yes to each: only its mails could tell");
}
