//! What every channel promises, asked of each in the same words.

use std::sync::Arc;

use conformance::{Peer, Rig, Spec, Trouble, check};
use scheduler_core::consignment::Status;
use scheduler_core::request::Command;
use scheduler_core::returned::{Completeness, ReturnState};

use crate::{LARGE, content, peers};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_arrive_once_byte_for_byte() {
    for (way, peer) in peers(&["VILLE", "CCAS"]).await {
        let rig = Rig::open(peer, Spec::of(&["VILLE", "CCAS"])).await;
        for (profile, name) in
            [("VILLE", "a.xml"), ("VILLE", "été & co.xml"), ("CCAS", "b.xml"), ("CCAS", "c \"d\";e=f.xml")]
        {
            rig.put(profile, name, &content(name, 100_000));
        }
        rig.settle().await;
        assert_eq!(rig.with(Status::Deposited).await.len(), 4, "{way}");
        assert_eq!(rig.peer.received().len(), 4, "{way}");
        for row in rig.consignments().await {
            let received = rig.peer.received();
            let found = received.iter().find(|reception| reception.sha256 == row.facts.sha256).unwrap();
            assert_eq!((&found.name, found.account.as_str()), (&row.facts.name, row.facts.lane.profile()), "{way}");
        }
        let (opened, closed) = rig.peer.sessions();
        assert_eq!((opened, closed), (2, 2), "{way}: one session a lane, each closed");
        check::contract(&rig).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_trouble_ends_as_it_must() {
    let troubles = [
        ("good.for", Trouble::RefusedForGood, Status::Refused),
        ("now.for", Trouble::RefusedForNow, Status::Deposited),
        ("before.cut", Trouble::CutBefore, Status::Deposited),
        ("lost.unanswered", Trouble::UnansweredLost, Status::Uncertain),
        ("received.unanswered", Trouble::UnansweredReceived, Status::Uncertain),
    ];
    for (way, peer) in peers(&["VILLE"]).await {
        let named: Vec<_> = troubles.iter().map(|(name, trouble, _)| (*name, *trouble)).collect();
        peer.trouble(&named);
        let rig = Rig::open(peer, Spec::of(&["VILLE"])).await;
        for (name, trouble, _) in &troubles {
            rig.put("VILLE", name, &content(name, if *trouble == Trouble::CutBefore { LARGE } else { 1000 }));
        }
        rig.put("VILLE", "good", &content("good", 1000));
        rig.settle().await;
        for (name, _, status) in troubles.iter().chain(&[("good", Trouble::RefusedForNow, Status::Deposited)]) {
            let row = rig.named(name).await;
            assert_eq!(row.state.status(), *status, "{way}: {name} {:?}", row.state);
        }
        check::contract(&rig).await;
        assert_eq!(rig.peer.received().len(), 4, "{way}");
        rig.resolve_by_ledger().await;
        check::contract(&rig).await;
        assert_eq!(rig.with(Status::Deposited).await.len(), 5, "{way}");
        assert_eq!(rig.peer.received().len(), 5, "{way}");
        let (opened, closed) = rig.peer.sessions();
        assert_eq!(opened, closed, "{way}: every session is closed, whatever happened");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_tried_once_and_waits_for_somebody() {
    for (way, peer) in peers(&["VILLE"]).await {
        peer.trouble(&[("", Trouble::WrongPassword)]);
        let mut rig = Rig::open(peer, Spec::of(&["VILLE"])).await;
        rig.put("VILLE", "a.xml", &content("a.xml", 10));
        rig.settle().await;
        assert_ne!(rig.suspended("VILLE").await, "", "{way}");
        assert!(rig.named("a.xml").await.state.status().is_pending(), "{way}");
        rig.reopen(|_| {}).await;
        rig.settle().await;
        assert_eq!(rig.peer.received(), [], "{way}: the same password is not tried again, even after a restart");
        rig.reopen(|spec| spec.secret_version = "2".to_owned()).await;
        rig.settle().await;
        assert_eq!(rig.suspended("VILLE").await, "", "{way}");
        assert_eq!(rig.named("a.xml").await.state.status(), Status::Deposited, "{way}");
        check::contract(&rig).await;

        rig.peer.trouble(&[("", Trouble::WrongPassword)]);
        rig.put("VILLE", "b.xml", &content("b.xml", 10));
        rig.settle().await;
        assert_ne!(rig.suspended("VILLE").await, "", "{way}");
        rig.ask(Command::Resume { scope: "profile:VILLE".to_owned(), why: None }).await;
        rig.settle().await;
        assert_eq!(rig.named("b.xml").await.state.status(), Status::Deposited, "{way}");
        check::contract(&rig).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn returns_arrive_once_and_a_broken_one_is_told() {
    let collecting = |(_, peer): &(_, Arc<dyn Peer>)| peer.channel().capabilities().retrieve;
    for (way, peer) in peers(&["VILLE"]).await.into_iter().filter(collecting) {
        let files = [("R1", 70_000), ("R2", 10), ("R3", 1), ("RCUT", 5000), ("R4", 10)];
        for (name, size) in files {
            peer.offer("VILLE", name, &content(name, size));
        }
        peer.trouble(&[("RCUT", Trouble::CutRead)]);
        let rig = Rig::open(peer, Spec::of(&["VILLE"])).await;
        rig.retrieve().await;
        rig.settle().await;
        rig.retrieve().await;
        let rows = rig.returns().await;
        assert_eq!(rows.len(), files.len(), "{way}");
        for (name, size) in files {
            let row = rows.iter().find(|row| row.offer.name == name).unwrap();
            let place = rig.root().join("returned/VILLE").join(name);
            let cut = name == "RCUT";
            if cut && way.starts_with("http,") | way.starts_with("http ") | (way == "http") | way.starts_with("mail") {
                let collected = row.collected.clone().unwrap();
                assert_eq!(collected.completeness, Completeness::Unproven, "{way}: no one can tell");
            } else if cut {
                assert!(matches!(row.state, ReturnState::Incomplete { .. }), "{way}: {:?}", row.state);
                assert!(!row.offer.key.is_empty() && !place.exists(), "{way}");
            } else {
                assert_eq!(row.state, ReturnState::Disposed, "{way}: {name}");
                assert_eq!(std::fs::read(&place).unwrap(), content(name, size), "{way}: {name}");
            }
        }
        let (opened, closed) = rig.peer.sessions();
        assert_eq!(opened, closed, "{way}");
        check::contract(&rig).await;
    }
}
