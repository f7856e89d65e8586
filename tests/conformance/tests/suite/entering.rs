//! The way in and the way out: portal, entry, form, certificates, proxy, log-out.

use std::sync::Arc;

use conformance::{GatewayPeer, Rig, Spec, check};
use partner_sim::gateway::GatewayBuilder;
use partner_sim::{Certificate, Fault, FaultPlan, On, Portal, RetryAfter};
use scheduler_core::consignment::Status;
use scheduler_core::partner::Value;
use scheduler_core::request::Command;

use crate::{SILENCE, content};

async fn rig(
    spec: Spec,
    plan: FaultPlan,
    set: impl FnOnce(GatewayBuilder) -> GatewayBuilder,
) -> (Arc<GatewayPeer>, Rig) {
    let peer = Arc::new(GatewayPeer::start(&["VILLE"], |gateway| set(gateway).faults(plan)).await);
    let rig = Rig::open(peer.clone(), spec).await;
    rig.put("VILLE", "a.xml", &content("a.xml", 100));
    (peer, rig)
}

/// What passes by itself: the file is sent at a later attempt, once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trouble_on_the_way_in_passes() {
    let faults = [
        Fault::RefuseForNow { retry_after: Some(RetryAfter::Seconds(0)) },
        Fault::Status500,
        Fault::CutResponseAt { at: 0, close_notify: false },
        Fault::CutBodyAt { at: 40, close_notify: false },
        Fault::CutLastRecord,
        Fault::EndlessHeaders,
    ];
    // Behind a log-in, any page without a password form is a success (2.2): only the gateway would tell.
    let pages = [Fault::RefuseForNow { retry_after: None }, Fault::UnknownHtml, Fault::SessionExpired];
    for on in [On::Portal, On::Login, On::Entry, On::Form] {
        let further = if on == On::Login { &[][..] } else { &pages };
        let menu: Vec<&Fault> = faults.iter().chain(further).collect();
        let each = menu.iter().zip(1..);
        let plan = each.fold(FaultPlan::new(), |plan, (fault, nth)| plan.on(on).nth(nth).with((*fault).clone()));
        let (peer, rig) = rig(Spec::of(&["VILLE"]), plan, |gateway| gateway.portal(Portal::Form)).await;
        rig.settle().await;
        let suspended = rig.suspended("VILLE").await;
        assert_eq!(rig.named("a.xml").await.state.status(), Status::Deposited, "{on:?}: {suspended}");
        assert_eq!(peer.gateway().faults_fired(), menu.len() as u64, "{on:?}");
        assert_eq!(peer.count("received"), 1, "{on:?}");
        check::contract(&rig).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_on_the_way_in_passes() {
    for on in [On::Portal, On::Login, On::Entry, On::Form] {
        let plan = FaultPlan::new().on(on).nth(1).stall().on(on).nth(2).slow_loris(SILENCE / 20);
        let spec = Spec::of(&["VILLE"]).impatient(SILENCE);
        let (peer, mut rig) = rig(spec, plan, |gateway| gateway.plain_http().portal(Portal::Basic)).await;
        rig.settle().await;
        assert_eq!(peer.gateway().faults_fired(), 2, "{on:?}");
        check::contract(&rig).await;
        // An impatient station on a busy machine may doubt the third attempt too.
        rig.reopen(|spec| spec.fields.clear()).await;
        rig.resolve_by_ledger().await;
        assert_eq!(rig.named("a.xml").await.state.status(), Status::Deposited, "{on:?}");
        check::contract(&rig).await;
    }
}

/// What only somebody can mend: one attempt, then the profile waits; `resume` lets it go.
async fn suspends(code: &str, plan: FaultPlan, set: impl FnOnce(GatewayBuilder) -> GatewayBuilder) {
    let (peer, rig) = rig(Spec::of(&["VILLE"]), plan, set).await;
    rig.settle().await;
    rig.settle().await;
    assert_eq!(rig.suspended("VILLE").await, code);
    assert!(rig.named("a.xml").await.state.status().is_pending());
    assert_eq!(peer.count("received"), 0, "{code}");
    assert!(peer.count("refused-login") <= 1, "{code}: one attempt, not two");
    assert!(peer.gateway().faults_fired() <= 1, "{code}: one attempt, not two");
    check::contract(&rig).await;
    peer.faults(FaultPlan::new());
    rig.ask(Command::Resume { scope: "profile:VILLE".to_owned(), why: None }).await;
    rig.settle().await;
    assert_eq!(rig.named("a.xml").await.state.status(), Status::Deposited, "{code}");
    check::contract(&rig).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_must_mend_is_tried_once() {
    let form = |gateway: GatewayBuilder| gateway.portal(Portal::Form);
    let elsewhere = "https://127.0.0.1:9/depot-xt";
    suspends("xfb-portal-refused", FaultPlan::new().login().wrong_password(), form).await;
    let basic = |gateway: GatewayBuilder| gateway.plain_http().portal(Portal::Basic);
    suspends("xfb-portal-refused", FaultPlan::new().login().wrong_password(), basic).await;
    for status in [200, 401, 403] {
        let refusal = |gateway: GatewayBuilder| gateway.refusal_status(status);
        suspends("xfb-login-refused", FaultPlan::new().entry().wrong_password(), refusal).await;
    }
    suspends("xfb-foreign-origin", FaultPlan::new().entry().redirect_elsewhere(elsewhere), form).await;
    suspends("xfb-foreign-origin", FaultPlan::new().login().redirect_elsewhere(elsewhere), form).await;
    suspends("xfb-foreign-origin", FaultPlan::new().form().redirect_elsewhere(elsewhere), form).await;
    suspends("xfb-page-refused", FaultPlan::new().entry().refuse_for_good("Rejected"), form).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_really_wrong_password_is_sent_once() {
    let wrong = Value::Secret("not the one".to_owned().into());
    for (field, code) in [("password", "xfb-login-refused"), ("portal_password", "xfb-portal-refused")] {
        let spec = Spec::of(&["VILLE"]).with(field, wrong.clone());
        let (peer, mut rig) = rig(spec, FaultPlan::new(), |gateway| gateway.portal(Portal::Form)).await;
        rig.put("VILLE", "b.xml", &content("b.xml", 10));
        rig.settle().await;
        rig.settle().await;
        assert_eq!(rig.suspended("VILLE").await, code);
        assert_eq!(peer.count("refused-login"), 1, "{code}");
        rig.reopen(|spec| {
            spec.fields.clear();
            spec.secret_version = "corrected".to_owned();
        })
        .await;
        rig.settle().await;
        assert_eq!(rig.with(Status::Deposited).await.len(), 2);
        check::contract(&rig).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_certificate_gets_no_word() {
    for kind in [Certificate::OtherName, Certificate::OtherAuthority, Certificate::Expired] {
        let (peer, rig) = rig(Spec::of(&["VILLE"]), FaultPlan::new(), |gateway| gateway.certificate(kind)).await;
        rig.settle().await;
        assert_eq!(rig.suspended("VILLE").await, "xfb-tls-refused", "{kind:?}");
        assert_eq!(peer.ledger(), [], "{kind:?}: no credentials were sent");
        assert_eq!(rig.named("a.xml").await.state.status(), Status::Queued);
        check::contract(&rig).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_wants_its_own_credentials() {
    for https in [false, true] {
        let set = |gateway: GatewayBuilder| if https { gateway } else { gateway.plain_http() };
        let peer = Arc::new(GatewayPeer::start(&["VILLE"], set).await.behind_proxy().await);
        let wrong = Value::Secret("not the one".to_owned().into());
        let mut rig = Rig::open(peer.clone(), Spec::of(&["VILLE"]).with("proxy_password", wrong)).await;
        rig.put("VILLE", "a.xml", &content("a.xml", 100));
        rig.settle().await;
        rig.settle().await;
        assert_eq!(rig.suspended("VILLE").await, "xfb-proxy-refused");
        assert_eq!((peer.proxy().refused(), peer.proxy().relayed(), peer.ledger().len()), (1, 0, 0));
        rig.reopen(|spec| {
            spec.fields.clear();
            spec.secret_version = "corrected".to_owned();
        })
        .await;
        rig.settle().await;
        assert_eq!(rig.named("a.xml").await.state.status(), Status::Deposited);
        assert!(peer.proxy().relayed() > 0);
        check::contract(&rig).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_is_not_there_is_waited_for() {
    let peer = Arc::new(GatewayPeer::start(&["VILLE"], |gateway| gateway.plain_http()).await);
    let address = Value::Text("http://127.0.0.1:9".to_owned());
    let mut rig = Rig::open(peer.clone(), Spec::of(&["VILLE"]).with("base_url", address)).await;
    rig.put("VILLE", "a.xml", &content("a.xml", 100));
    rig.pass().await;
    assert_eq!(rig.lane_row("VILLE").await.rests.map(|(_, why)| why.code).as_deref(), Some("xfb-connect-failed"));
    assert_eq!(rig.named("a.xml").await.state.status(), Status::Queued);
    rig.reopen(|spec| spec.fields.clear()).await;
    rig.settle().await;
    assert_eq!(rig.named("a.xml").await.state.status(), Status::Deposited);
    check::contract(&rig).await;
}

/// Whatever the log-outs answer, nothing of the session is undone; they are always asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn log_outs_are_always_tried_and_change_nothing() {
    let faults = [
        Fault::Status500,
        Fault::UnknownHtml,
        Fault::CutResponseAt { at: 0, close_notify: false },
        Fault::EndlessHeaders,
        Fault::RedirectElsewhere { url: "http://127.0.0.1:9/".to_owned() },
        Fault::WrongPassword,
    ];
    let plan = faults.iter().enumerate().fold(FaultPlan::new(), |plan, (index, fault)| {
        plan.on(On::Logout).nth(index as u64 + 1).taken().with(fault.clone())
    });
    let (peer, rig) = rig(Spec::of(&["VILLE"]), plan, |gateway| gateway.portal(Portal::Form)).await;
    for index in 0..3 {
        let name = format!("{index}.xml");
        rig.put("VILLE", &name, &content(&name, 10));
        rig.settle().await;
        assert_eq!(rig.named(&name).await.state.status(), Status::Deposited);
    }
    assert_eq!(peer.gateway().faults_fired(), 6, "the portal's after the gateway's, three times");
    let ledger = peer.ledger();
    let outs = |stage: &str| {
        ledger.iter().filter(|line| line.kind == "logout" && line.stage.as_deref() == Some(stage)).count()
    };
    assert_eq!((outs("gateway"), outs("portal")), (3, 3));
    assert_eq!(rig.suspended("VILLE").await, "");
    check::contract(&rig).await;
}
