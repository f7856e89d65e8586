//! Connections cut at every place: of the answer to an upload, of the end of the request.

use std::sync::Arc;

use conformance::{GatewayPeer, Rig, Spec, check};
use partner_sim::{Fault, FaultPlan};
use scheduler_core::consignment::Status;

use crate::content;

/// More than the bytes of an answer page with its head.
const ANSWER: u64 = 700;

/// One small file for each fault.
async fn play(https: bool, faults: Vec<Fault>) -> (Arc<GatewayPeer>, Rig) {
    let peer =
        Arc::new(GatewayPeer::start(&["VILLE"], |gateway| if https { gateway } else { gateway.plain_http() }).await);
    let name = |index: usize| format!("f{index:04}.xml");
    peer.faults(
        faults
            .iter()
            .enumerate()
            .fold(FaultPlan::new(), |plan, (index, fault)| plan.upload().named(name(index)).once().with(fault.clone())),
    );
    let rig = Rig::open(peer.clone(), Spec::of(&["VILLE"])).await;
    for index in 0..faults.len() {
        rig.put("VILLE", &name(index), &content(&name(index), 200));
    }
    rig.settle().await;
    check::contract(&rig).await;
    assert_eq!(peer.gateway().faults_fired(), faults.len() as u64);
    (peer, rig)
}

async fn answer_cut_everywhere(https: bool, close_notify: bool, step: usize) {
    let places: Vec<u64> = (0..ANSWER).step_by(step).collect();
    let (peer, rig) =
        play(https, places.iter().map(|at| Fault::CutResponseAt { at: *at, close_notify }).collect()).await;
    assert_eq!(peer.count("received"), places.len(), "the gateway had every file before it answered");
    let sent = rig.with(Status::Deposited).await.len();
    let doubtful = rig.with(Status::Uncertain).await.len();
    assert_eq!(sent + doubtful, places.len(), "none is sent again");
    assert!(sent > 0 && doubtful > 0, "{sent} whole answers, {doubtful} cut ones");
    let first_bytes = rig.named("f0000.xml").await;
    assert_eq!(first_bytes.state.status(), Status::Uncertain);
    rig.resolve_by_ledger().await;
    check::contract(&rig).await;
    assert_eq!(rig.with(Status::Deposited).await.len(), places.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_cut_at_every_place_over_http() {
    answer_cut_everywhere(false, false, 5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_cut_at_every_place_over_https() {
    answer_cut_everywhere(true, false, 13).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_cut_at_every_place_over_https_with_a_good_bye() {
    answer_cut_everywhere(true, true, 13).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_cut_in_its_last_record() {
    for https in [false, true] {
        let (peer, rig) = play(https, vec![Fault::CutLastRecord; 3]).await;
        assert_eq!(peer.count("received"), 3);
        assert_eq!(rig.with(Status::Uncertain).await.len(), 3);
    }
}

/// The body is complete with its last byte: cut one byte earlier it is worthless, and nobody but the gateway can tell which it was.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_request_cut_around_its_last_byte() {
    for https in [false, true] {
        let places: Vec<u64> = (0..2400).step_by(60).collect();
        let (peer, rig) = play(https, places.iter().map(|at| Fault::CutRequestAt { at: *at }).collect()).await;
        let (whole, partial) = (peer.count("received"), peer.count("incomplete"));
        assert!(whole > 0 && partial > 0, "{whole} whole bodies, {partial} partial ones");
        rig.resolve_by_ledger().await;
        check::contract(&rig).await;
        assert_eq!(rig.with(Status::Deposited).await.len(), places.len());
        assert_eq!(peer.count("received"), places.len());
    }
}
