//! The gateway's fault menu on listings and downloads, and names that must never become paths.

use std::sync::Arc;
use std::time::Duration;

use conformance::{GatewayPeer, Peer as _, Rig, Spec, check};
use partner_sim::gateway::GatewayBuilder;
use partner_sim::{Delivery, Fault, FaultPlan, OfferState};
use scheduler_core::partner::Value;
use scheduler_core::returned::{Completeness, Return, ReturnState};

use crate::{SILENCE, content};

async fn rig(spec: Spec, set: impl FnOnce(GatewayBuilder) -> GatewayBuilder) -> (Arc<GatewayPeer>, Rig) {
    let peer = Arc::new(GatewayPeer::start(&["VILLE"], set).await);
    let rig = Rig::open(peer.clone(), spec).await;
    (peer, rig)
}

fn bytes(rig: &Rig, row: &Return) -> Vec<u8> {
    let path = row.path.clone().unwrap();
    assert!(std::path::Path::new(&path).starts_with(rig.root().join("returned/VILLE")), "{path}");
    std::fs::read(path).unwrap()
}

/// A listing that goes wrong consumes nothing and says why; the next one brings everything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_listing_consumes_nothing() {
    let menu = [
        (Fault::OversizeListing { bytes: 6_000_000 }, "xfb-page-too-large"),
        (Fault::EndlessListing, "xfb-page-too-large"),
        (Fault::EndlessHeaders, "xfb-connection-lost"),
        (Fault::Status500, "xfb-server-failed"),
        (Fault::RefuseForNow { retry_after: None }, "xfb-refused-for-now"),
        (Fault::RefuseForGood { words: "Refused".to_owned() }, "xfb-page-refused"),
        (Fault::CutBodyAt { at: 400, close_notify: false }, "xfb-connection-lost"),
        (Fault::CutLastRecord, "xfb-connection-lost"),
        (Fault::RedirectElsewhere { url: "https://127.0.0.1:9/".to_owned() }, "xfb-foreign-origin"),
        (Fault::WrongPassword, "xfb-login-refused"),
    ];
    for (fault, code) in menu {
        let hour = Duration::from_secs(3600);
        let patient = Spec { retry_first: hour, retry_max: hour, ..Spec::of(&["VILLE"]) };
        let (peer, rig) = rig(patient, |gateway| gateway).await;
        let ident = peer.gateway().offer("VILLE", "R1", b"R1").unwrap();
        peer.faults(FaultPlan::new().listing().with(fault.clone()));
        rig.retrieve().await;
        rig.pass().await;
        let row = rig.lane_row("VILLE").await;
        let told = row.suspended.map(|(why, _)| why).or_else(|| row.rests.map(|(_, why)| why)).unwrap();
        assert_eq!(told.code, code, "{fault:?}");
        assert_eq!(peer.gateway().offer_state(ident), Some(OfferState::B), "{fault:?}");
        assert_eq!(peer.gateway().faults_fired(), 1, "{fault:?}: one attempt, then silence");
        assert_eq!((rig.returns().await.len(), peer.count("served")), (0, 0), "{fault:?}");
        check::contract(&rig).await;
    }
}

/// The same, and the next listing brings everything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn returns_are_collected_once_the_listing_is_right() {
    let (peer, rig) = rig(Spec::of(&["VILLE"]), |gateway| gateway).await;
    peer.offer("VILLE", "R1", b"R1");
    let faults = [Fault::EndlessListing, Fault::Status500, Fault::EndlessHeaders, Fault::CutLastRecord];
    let each = faults.iter().zip(1..);
    peer.faults(each.fold(FaultPlan::new(), |plan, (fault, nth)| plan.listing().nth(nth).with(fault.clone())));
    rig.retrieve().await;
    rig.settle().await;
    assert_eq!(peer.gateway().faults_fired(), faults.len() as u64);
    let rows = rig.returns().await;
    assert_eq!(rows.iter().map(|row| row.state.as_str()).collect::<Vec<_>>(), ["disposed"]);
    assert_eq!(bytes(&rig, &rows[0]), b"R1");
    check::contract(&rig).await;
}

/// A page that does not say that it is a listing is never taken for an empty one (5.8): nothing is consumed, and it is asked for again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_page_in_place_of_a_listing_loses_nothing() {
    let hour = Duration::from_secs(3600);
    let patient = Spec { retry_first: hour, retry_max: hour, ..Spec::of(&["VILLE"]) };
    let (peer, resting) = rig(patient, |gateway| gateway).await;
    peer.offer("VILLE", "R1", b"R1");
    peer.faults(FaultPlan::new().listing().unknown_html());
    resting.retrieve().await;
    let row = resting.lane_row("VILLE").await;
    assert_eq!((row.retrieval_wanted, row.rests.unwrap().1.code.as_str()), (true, "xfb-unknown-page"));
    assert_eq!((resting.returns().await.len(), peer.count("served")), (0, 0));
    let (peer, rig) = rig(Spec::of(&["VILLE"]), |gateway| gateway).await;
    peer.offer("VILLE", "R1", b"R1");
    peer.faults(FaultPlan::new().listing().once().unknown_html());
    rig.retrieve().await;
    assert_eq!((rig.returns().await.len(), peer.count("served")), (1, 1));
    check::contract(&rig).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listing_of_a_session_that_expired_is_asked_for_again() {
    let (peer, rig) = rig(Spec::of(&["VILLE"]), |gateway| gateway.plain_http()).await;
    peer.offer("VILLE", "R1", b"R1");
    peer.faults(FaultPlan::new().listing().once().session_expired());
    rig.retrieve().await;
    assert_eq!(rig.returns().await.len(), 1);
    assert_eq!(peer.count("served"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listing_that_never_comes_is_given_up() {
    for fault in [Fault::Stall, Fault::SlowLoris { pause: SILENCE / 10 }, Fault::LateYes { late: SILENCE * 2 }] {
        let hour = Duration::from_secs(3600);
        let patient = Spec { retry_first: hour, retry_max: hour, ..Spec::of(&["VILLE"]) };
        let (peer, rig) = rig(patient.impatient(SILENCE), |gateway| gateway.plain_http()).await;
        peer.offer("VILLE", "R1", b"R1");
        peer.faults(FaultPlan::new().listing().with(fault.clone()));
        rig.retrieve().await;
        assert_eq!(rig.lane_row("VILLE").await.rests.unwrap().1.code, "xfb-timed-out", "{fault:?}");
        assert_eq!(peer.count("served"), 0, "{fault:?}");
    }
}

/// Cuts a file of 500 bytes at many places, in every way to deliver it.
async fn cut_reads(https: bool, delivery: Delivery, close_notify: bool) {
    let size = 500;
    let places: Vec<u64> = (0..=500).step_by(50).chain([499]).collect();
    let (peer, rig) = rig(Spec::of(&["VILLE"]), |gateway| {
        let gateway = gateway.delivery(delivery);
        if https { gateway } else { gateway.plain_http() }
    })
    .await;
    let name = |at: &u64| format!("R{at:03}");
    let plan = places
        .iter()
        .fold(FaultPlan::new(), |plan, at| plan.download().named(name(at)).once().cut_body_at(*at, close_notify));
    peer.faults(plan);
    for at in &places {
        peer.offer("VILLE", &name(at), &content(&name(at), size));
    }
    rig.retrieve().await;
    rig.settle().await;
    let rows = rig.returns().await;
    assert_eq!((rows.len(), peer.count("served")), (places.len(), places.len()), "each was asked for once");
    for row in &rows {
        let whole = content(&row.offer.name, size);
        match &row.state {
            ReturnState::Incomplete { why } => {
                assert_eq!(why.code, "xfb-download-incomplete", "{}", row.offer.name);
                assert!(row.offer.key.parse::<u64>().is_ok(), "the reference to quote");
            }
            ReturnState::Disposed => {
                let (got, collected) = (bytes(&rig, row), row.collected.clone().unwrap());
                let proven = collected.completeness == Completeness::Proven;
                assert!(got == whole || !proven, "{} is called whole and is not", row.offer.name);
                assert!(whole.starts_with(&got));
            }
            other => panic!("{}: {other:?}", row.offer.name),
        }
    }
    let told = rows.iter().filter(|row| matches!(row.state, ReturnState::Incomplete { .. })).count();
    let nobody_can_tell = matches!(delivery, Delivery::Close | Delivery::SilentClose) && (!https || close_notify);
    assert_eq!(told == 0, nobody_can_tell, "{told} of {}", places.len());
    rig.retrieve().await;
    assert_eq!(peer.count("served"), places.len(), "none is asked for again");
    check::contract(&rig).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_cut_everywhere_are_never_called_whole() {
    let deliveries = [Delivery::Close, Delivery::SilentClose, Delivery::Chunked, Delivery::Length];
    for delivery in deliveries {
        cut_reads(false, delivery, false).await;
        cut_reads(true, delivery, false).await;
        cut_reads(true, delivery, true).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_cut_in_its_last_record_is_incomplete_until_it_is_offered_again() {
    let (peer, rig) = rig(Spec::of(&["VILLE"]), |gateway| gateway).await;
    let whole = content("R1", 200_000);
    let ident = peer.gateway().offer("VILLE", "R1", &whole).unwrap();
    peer.faults(FaultPlan::new().download().once().cut_last_record());
    rig.retrieve().await;
    let rows = rig.returns().await;
    assert!(matches!(rows[0].state, ReturnState::Incomplete { .. }), "{:?}", rows[0].state);
    assert_eq!(rows[0].offer.key, ident.to_string());
    assert!(peer.gateway().make_available(ident).unwrap());
    rig.settle().await;
    rig.retrieve().await;
    let rows = rig.returns().await;
    assert_eq!((rows.len(), rows[0].state.as_str()), (1, "disposed"));
    assert_eq!(bytes(&rig, &rows[0]), whole);
}

/// What answers a download: whether the offer is consumed for us, and how the file ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_to_a_download() {
    for (fault, taken, state) in [
        (Fault::SessionExpired, false, "disposed"),
        (Fault::RefuseForNow { retry_after: None }, false, "disposed"),
        (Fault::Status500, true, "incomplete"),
        (Fault::CutResponseAt { at: 0, close_notify: false }, true, "incomplete"),
        (Fault::CutResponseAt { at: 20, close_notify: false }, true, "incomplete"),
        (Fault::EndlessHeaders, true, "incomplete"),
    ] {
        let (peer, rig) = rig(Spec::of(&["VILLE"]), |gateway| gateway.plain_http()).await;
        for name in ["R1", "R2", "R3"] {
            peer.offer("VILLE", name, name.as_bytes());
        }
        let rule = FaultPlan::new().download().named("R2").once();
        peer.faults(if taken { rule.taken() } else { rule.not_taken() }.with(fault.clone()));
        rig.retrieve().await;
        rig.settle().await;
        let rows = rig.returns().await;
        let states: Vec<&str> = rows.iter().map(|row| row.state.as_str()).collect();
        assert_eq!(states, ["disposed", state, "disposed"], "{fault:?}");
        assert_eq!(peer.count("served"), 3, "{fault:?}");
        assert_eq!(rig.suspended("VILLE").await, "", "{fault:?}");
        check::contract(&rig).await;
    }
}

/// A page that nothing describes, but for the password that it echoes, is no file (5.6): it is not kept, and the file comes when it is offered again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_page_in_place_of_a_file_is_not_kept() {
    let (peer, rig) = rig(Spec::of(&["VILLE"]), |gateway| gateway).await;
    peer.offer("VILLE", "R1", b"R1");
    peer.faults(FaultPlan::new().download().once().unknown_html());
    rig.retrieve().await;
    rig.retrieve().await;
    let rows = rig.returns().await;
    assert_eq!(rows[0].state, ReturnState::Disposed);
    assert_eq!(rows[0].collected.as_ref().unwrap().size, 2, "the file, not the page");
    check::contract(&rig).await;
}

/// An offer that alone is refused keeps neither the others nor the profile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_refused_offer_does_not_keep_the_others() {
    let (peer, rig) = rig(Spec::of(&["VILLE"]), |gateway| gateway).await;
    for name in ["R1", "R2", "R3"] {
        peer.offer("VILLE", name, name.as_bytes());
    }
    peer.faults(FaultPlan::new().download().named("R1").refuse_for_good("Fichier inexistant"));
    rig.retrieve().await;
    let states = |rows: Vec<Return>| rows.iter().map(|row| row.state.as_str()).collect::<Vec<_>>();
    assert_eq!(states(rig.returns().await), ["offered", "disposed", "disposed"]);
    assert_eq!(rig.suspended("VILLE").await, "");
    peer.faults(FaultPlan::new());
    rig.retrieve().await;
    assert_eq!(states(rig.returns().await), ["disposed", "disposed", "disposed"]);
    check::contract(&rig).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_return_that_stalls_or_never_ends_is_given_up() {
    let limit = Value::Integer(1);
    let (peer, mut rig) = rig(Spec::of(&["VILLE"]).with("largest_return", limit), |gateway| gateway.plain_http()).await;
    peer.offer("VILLE", "HUGE", &vec![b'x'; 3_000_000]);
    peer.offer("VILLE", "SMALL", b"small");
    rig.retrieve().await;
    let rows = rig.returns().await;
    assert!(
        matches!(&rows[0].state, ReturnState::Incomplete { why } if why.code == "xfb-download-too-large"),
        "{:?}",
        rows[0].state
    );
    assert_eq!(rows[1].state, ReturnState::Disposed);
    peer.faults(FaultPlan::new().download().taken().stall());
    peer.offer("VILLE", "STALLED", b"stalled");
    rig.reopen(|spec| *spec = spec.clone().impatient(SILENCE)).await;
    rig.retrieve().await;
    let rows = rig.returns().await;
    assert!(
        matches!(&rows[2].state, ReturnState::Incomplete { why } if why.code == "xfb-download-unanswered"),
        "{:?}",
        rows[2].state
    );
    check::contract(&rig).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_names_stay_in_the_folder() {
    for https in [false, true] {
        let (peer, rig) = rig(Spec::of(&["VILLE"]), |gateway| if https { gateway } else { gateway.plain_http() }).await;
        peer.faults(FaultPlan::new().listing().once().with(Fault::HostileNames));
        rig.retrieve().await;
        rig.settle().await;
        let rows = rig.returns().await;
        assert!(rows.len() >= 20, "{}", rows.len());
        assert_eq!(rows.len(), peer.count("served"));
        let published = rig.files("returned/VILLE");
        assert_eq!(published.len(), rows.len());
        for row in &rows {
            assert_eq!(row.state, ReturnState::Disposed, "{:?}", row.offer.name);
            assert_eq!(bytes(&rig, row), b"hostile name, harmless content");
            let path = std::path::Path::new(row.path.as_deref().unwrap());
            assert_eq!(path.parent(), Some(rig.root().join("returned/VILLE").as_path()), "{:?}", row.offer.name);
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(!name.starts_with('.') && !name.chars().any(char::is_control), "{name:?}");
        }
        let elsewhere: Vec<_> =
            rig.files("").into_iter().filter(|path| !path.starts_with("data") && !path.starts_with("traces")).collect();
        assert_eq!(elsewhere.len(), published.len(), "{elsewhere:?}");
        check::contract(&rig).await;
    }
}

/// Returns come after a sending session when the profile says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn returns_follow_a_sending() {
    let spec = Spec { after_send: true, delay_down: Duration::from_millis(1), ..Spec::of(&["VILLE"]) };
    let (peer, rig) = rig(spec, |gateway| gateway).await;
    peer.offer("VILLE", "R1", b"R1");
    rig.settle().await;
    assert_eq!(peer.ledger(), [], "nothing to send: nobody is called");
    rig.put("VILLE", "a.xml", &content("a.xml", 10));
    rig.settle().await;
    let kinds: Vec<String> = peer.ledger().into_iter().map(|line| line.kind).collect();
    assert_eq!(kinds, ["login", "received", "served", "logout"]);
}
