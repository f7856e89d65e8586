//! Every fault, as it is seen on the wire, and what the ledger tells of it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::time::Duration;

use partner_sim::{Fault, FaultPlan, OfferState, Portal, RetryAfter};
use support::{Client, End, LOGGED, Site, USER, find, upload_body, upload_head, upload_request};

const LATE: Duration = Duration::from_millis(1);

async fn site(plan: FaultPlan) -> Site {
    Site::with(|gateway| gateway.faults(plan)).await
}

/// What the ledger tells of uploads: kind and answer.
fn told(site: &Site) -> Vec<(String, String)> {
    site.ledger().into_iter().map(|line| (line.kind, line.answered.unwrap_or_default())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|&(kind, answered)| (kind.to_owned(), answered.to_owned())).collect()
}

#[tokio::test]
async fn pages_in_place_of_the_success() {
    for (fault, status, title, answered) in [
        (Fault::RefuseForGood { words: "Unknown partner".into() }, 200, "Unknown partner", "refused"),
        (
            Fault::RefuseForNow { retry_after: None },
            200,
            "File not received: server busy, try again later",
            "refused-for-now",
        ),
        (
            Fault::RefuseForNow { retry_after: Some(RetryAfter::Seconds(7)) },
            503,
            "Service unavailable",
            "refused-for-now",
        ),
        (Fault::WrongPassword, 200, "Access denied: unknown user or bad password", "bad-password"),
        (Fault::SessionExpired, 200, "Session expired", "expired"),
        (Fault::Status500, 500, "Internal error of the transfer monitor", "error-500"),
        (Fault::UnknownHtml, 200, "Maintenance du site - message du jour", "unknown-page"),
    ] {
        let site = site(FaultPlan::new().upload().nth(1).with(fault)).await;
        let mut client = site.connect().await;
        let answer = client.exchange(&upload_request("X", b"x")).await;
        assert_eq!(answer.status(), status, "{title}");
        assert!(answer.text().contains(&format!("<TITLE>{title}</TITLE>")), "{}", answer.text());
        assert_eq!(answer.header("Retry-After").as_deref(), (status == 503).then_some("7"));
        let next = client.exchange(&upload_request("X", b"x")).await;
        assert!(next.text().contains("File received"), "the connection goes on, the fault was for the first");
        let mut lines = told(&site);
        lines.retain(|(kind, _)| kind != "refused-login");
        assert_eq!(lines, pairs(&[("refused", answered), ("received", "success")]));
    }
}

#[tokio::test]
async fn taken_although_the_answer_says_otherwise() {
    let plan = FaultPlan::new()
        .upload()
        .nth(1)
        .taken()
        .status_500()
        .upload()
        .nth(2)
        .taken()
        .unknown_html()
        .upload()
        .nth(3)
        .taken()
        .stall();
    let site = site(plan).await;
    assert_eq!(site.upload("X", b"x").await.status(), 500);
    assert_eq!(site.upload("X", b"x").await.status(), 200);
    let mut client = site.connect().await;
    client.send(&upload_request("X", b"x")).await;
    while site.ledger().len() < 3 {
        tokio::task::yield_now().await;
    }
    assert_eq!(told(&site), pairs(&[("received", "error-500"), ("received", "unknown-page"), ("received", "stall")]));
    unanswered(site, client).await;
}

/// The simulator stops, and the client has not heard a byte.
async fn unanswered(site: Site, mut client: Client) {
    site.gateway.stop().await;
    let answer = client.answer().await;
    assert_eq!((answer.head.as_str(), answer.end), ("", End::Torn));
}

#[tokio::test]
async fn a_request_cut_at_every_byte() {
    let body = upload_body(&[], "MANDAT1", b"0123456789");
    let site = site(FaultPlan::new()).await;
    for at in (0..=body.len()).step_by(3).chain([body.len() - 1, body.len()]) {
        site.gateway.set_faults(FaultPlan::new().upload().named("MANDAT").cut_request_at(at as u64));
        let answer = site.connect().await.exchange(&[&upload_head(body.len())[..], &body].concat()).await;
        assert_eq!((answer.head.as_str(), answer.end), ("", End::Torn), "cut at {at}");
        let last = site.ledger().pop().unwrap();
        let whole = at == body.len();
        assert_eq!(last.kind, if whole { "received" } else { "incomplete" }, "cut at {at}");
        assert_eq!(last.name.as_deref(), Some("MANDAT1"));
    }
}

#[tokio::test]
async fn a_stalled_request_is_read_no_further() {
    let site = site(FaultPlan::new().upload().with(Fault::StallRequestAt { at: 700 })).await;
    let body = upload_body(&[], "X", &[b'x'; 2000]);
    let mut client = site.connect().await;
    client.send(&upload_head(body.len())).await;
    client.send(&body).await;
    while site.ledger().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(site.kinds(), ["incomplete"]);
    unanswered(site, client).await;
}

#[tokio::test]
async fn an_answer_cut_at_every_byte() {
    let site = site(FaultPlan::new()).await;
    let whole = site.upload("X", b"x").await;
    let length = whole.head.len() + whole.body.len();
    for at in (0..=length).step_by(20) {
        for (close_notify, end) in [(true, End::Clean), (false, End::Torn)] {
            site.gateway.set_faults(FaultPlan::new().upload().cut_response_at(at as u64, close_notify));
            let answer = site.upload("X", b"x").await;
            assert_eq!((answer.head.len() + answer.body.len(), answer.end), (at, end));
            let last = site.ledger().pop().unwrap();
            assert_eq!((last.kind.as_str(), last.answered.as_deref()), ("received", Some("cut")), "the file was taken");
        }
    }
}

#[tokio::test]
async fn a_download_cut_in_its_body_or_its_last_record() {
    let content = vec![5; 50_000];
    for (fault, received, end) in [
        (Fault::CutBodyAt { at: 40_000, close_notify: true }, 40_000, End::Clean),
        (Fault::CutBodyAt { at: 0, close_notify: false }, 0, End::Torn),
        (Fault::CutLastRecord, 50_000 - 8192, End::Torn),
    ] {
        let site = site(FaultPlan::new().download().with(fault)).await;
        let ident = site.gateway.offer(USER, "X", &content).unwrap();
        let file = site.get(&format!("/depot-xt/X?local_ident={ident}&{LOGGED}")).await;
        assert_eq!((file.status(), file.body.len(), file.end), (200, received, end));
        assert_eq!(site.gateway.offer_state(ident), Some(OfferState::E), "consumed although incomplete");
        assert_eq!(told(&site), pairs(&[("served", "cut")]));
    }
}

#[tokio::test]
async fn a_page_cut_in_its_last_record_has_its_head() {
    let site = site(FaultPlan::new().upload().cut_last_record()).await;
    let answer = site.upload("X", b"x").await;
    assert_eq!((answer.status(), answer.body.len(), answer.end), (200, 0, End::Torn));
    assert_eq!(told(&site), pairs(&[("received", "cut")]));
}

#[tokio::test]
async fn a_page_in_place_of_a_file_consumes_nothing() {
    let site = site(FaultPlan::new().download().nth(1).session_expired().download().nth(2).taken().status_500()).await;
    let ident = site.gateway.offer(USER, "X", b"x").unwrap();
    let target = format!("/depot-xt/X?local_ident={ident}&{LOGGED}");
    assert!(site.get(&target).await.text().contains("<TITLE>Session expired"));
    assert_eq!(site.gateway.offer_state(ident), Some(OfferState::B));
    assert_eq!(site.get(&target).await.status(), 500);
    assert_eq!(site.gateway.offer_state(ident), Some(OfferState::E));
}

#[tokio::test]
async fn late_yes_is_recorded_before_it_is_said() {
    let site = site(FaultPlan::new().upload().late_yes(Duration::from_secs(3600))).await;
    let mut client = site.connect().await;
    client.send(&upload_request("X", b"x")).await;
    while site.ledger().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(told(&site), pairs(&[("received", "late")]));
    unanswered(site, client).await;

    let site = self::site(FaultPlan::new()).await;
    site.gateway.set_faults(FaultPlan::new().upload().late_yes(LATE));
    assert!(site.upload("X", b"x").await.text().contains("File received"));
}

#[tokio::test]
async fn slow_answers_arrive_whole() {
    let site = site(FaultPlan::new().entry().slow_loris(Duration::ZERO)).await;
    assert!(site.get(&format!("/depot-xt?{LOGGED}")).await.text().contains("</HTML>"));
}

#[tokio::test]
async fn listings_without_measure() {
    let plan = FaultPlan::new()
        .listing()
        .nth(1)
        .with(Fault::OversizeListing { bytes: 300_000 })
        .listing()
        .nth(2)
        .with(Fault::EndlessListing)
        .listing()
        .nth(3)
        .with(Fault::EndlessHeaders);
    let site = site(plan).await;
    let target = format!("/depot-xt?{LOGGED}&action=liste");
    let oversize = site.get(&target).await;
    assert!(oversize.body.len() > 300_000 && oversize.text().ends_with("</HTML>\n"));
    for part in ["<TD>E", "X-Bourrage"] {
        let mut client = site.connect().await;
        client.send(format!("GET {target} HTTP/1.1\r\nHost: sim\r\n\r\n").as_bytes()).await;
        let bytes = client.read_some(2_000_000).await;
        assert_eq!(bytes.len(), 2_000_000, "it goes on and on");
        assert!(find(&bytes, part.as_bytes()).is_some());
    }
    assert!(site.get(&target).await.text().contains("</TABLE>"), "the others are served meanwhile");
}

#[tokio::test]
async fn hostile_names_are_on_offer_once() {
    let site = site(FaultPlan::new().listing().with(Fault::HostileNames)).await;
    let target = format!("/depot-xt?{LOGGED}&action=liste");
    let first = site.get(&target).await;
    let second = site.get(&target).await;
    assert_eq!(first.body.len(), second.body.len());
    for part in [
        "/depot-xt/..%2F..%2Fetc%2Fpasswd?",
        "/depot-xt/C%3A%5Cx?",
        "/depot-xt/CON?",
        "/depot-xt/?",
        "/depot-xt/a%00b?",
        "/../../etc/group?",
    ] {
        assert!(first.text().contains(part), "{part}");
    }
    assert!(first.text().contains(&"x".repeat(5000)));
    let file = site.get(&first.link("../../etc/passwd</A>")).await;
    assert_eq!(file.body, b"hostile name, harmless content");
    assert!(!site.folder.path().join("etc").exists());
}

#[tokio::test]
async fn redirect_elsewhere() {
    let site = site(FaultPlan::new().entry().redirect_elsewhere("http://127.0.0.2/x")).await;
    let answer = site.get(&format!("/depot-xt?{LOGGED}")).await;
    assert_eq!((answer.status(), answer.header("Location").as_deref()), (302, Some("http://127.0.0.2/x")));
}

#[tokio::test]
async fn portal_faults() {
    let plan =
        FaultPlan::new().login().nth(1).wrong_password().login().nth(2).status_500().logout().nth(1).session_expired();
    let site =
        Site::with(|gateway| gateway.portal(Portal::Basic).portal_account("Aladdin", "open sesame").faults(plan)).await;
    let login = b"GET /portail/ HTTP/1.1\r\nHost: sim\r\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n";
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(site.connect().await.exchange(login).await.status());
    }
    assert_eq!(seen, [401, 500, 200]);
    site.get("/portail/logout").await;
    site.get("/portail/logout").await;
    assert_eq!(site.kinds(), ["refused-login", "login", "logout"]);
}

#[tokio::test]
async fn the_batch_loses_files_that_come_too_close() {
    let site =
        Site::with(|gateway| gateway.batch_delay(Duration::from_secs(3600)).keep_bytes(true).account("ccas", "x"))
            .await;
    site.upload("ONE", b"1").await;
    let body = upload_body(&[], "TWO", b"2");
    let answer = site.connect().await.exchange(&[&upload_head(body.len())[..], &body].concat()).await;
    assert!(answer.text().contains("File received"), "lost without a word");
    assert_eq!(site.kinds(), ["received", "lost"]);
    let lost = site.ledger().pop().unwrap();
    assert_eq!((lost.lost, lost.stored, lost.name.as_deref()), (Some(true), None, Some("TWO")));
    assert_eq!(std::fs::read_dir(site.folder.path().join("received")).unwrap().count(), 1);
}

#[tokio::test]
async fn a_changed_faults_file_counts_from_the_next_request() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("faults.toml");
    std::fs::write(&file, "").unwrap();
    let site = Site::with(|gateway| gateway.faults_file(&file)).await;
    assert_eq!(site.upload("X", b"x").await.status(), 200);
    std::fs::write(&file, "[[fault]]\non = 'upload'\ndo = 'status-500'\n").unwrap();
    assert_eq!(site.upload("X", b"x").await.status(), 500);
    assert_eq!(site.gateway.faults_fired(), 1);
}
