//! docs/protocols/xfb-gateway.md 5.1 to 5.3.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use xfb_gateway::{Error, Offer};

use crate::support::*;

async fn listed(html: impl Into<Vec<u8>>) -> Result<Vec<Offer>, Error> {
    let answer: Vec<u8> = html.into();
    let server =
        Server::answering(None, move |request| (request.path() == "/depot-xt/list").then(|| answer.clone())).await;
    let mut config = server.config();
    config.limits.page_bytes = 100_000;
    config.limits.rows = 10;
    let mut session = enter(config).await.unwrap();
    let offers = session.list().await;
    assert!(
        server.requests().iter().all(|r| r.path() != "/depot-xt/RCT290G" && r.method == "GET"),
        "nothing is prefetched"
    );
    offers
}

#[tokio::test]
async fn available_files_are_offered() {
    let offers = listed(page("200 OK", LISTING)).await.unwrap();
    let shown: Vec<_> = offers.iter().map(|offer| (offer.local_ident.as_str(), offer.name.as_str())).collect();
    assert_eq!(shown, [("62899", "RCT290G")]);
    assert!(!format!("{offers:?}").contains("s3cret"));
}

#[tokio::test]
async fn an_empty_listing_is_empty() {
    for html in ["<H1>Réception d'un fichier</H1>Aucun", "<TABLE><TR><TH>Fichier<TH>Date<TH>Etat</TABLE>"] {
        assert!(listed(page("200 OK", html)).await.unwrap().is_empty(), "{html}");
    }
}

#[tokio::test]
async fn pages_that_are_no_listing_are_errors() {
    for (answer, code) in [
        (page("200 OK", "<H1>Access denied"), "xfb-login-refused"),
        (page("200 OK", "<H1>Rejected"), "xfb-page-refused"),
        (page("500 Oops", LISTING), "xfb-server-failed"),
        (page("503 Busy", ""), "xfb-refused-for-now"),
        (page("302 Found", ""), "xfb-unknown-page"),
        (page("200 OK", ""), "xfb-unknown-page"),
        (page("200 OK", "<H1>Maintenance du site</H1>message du jour"), "xfb-unknown-page"),
        (page("200 OK", "<A HREF=/depot-xt/list>R&eacute;ception d'un fichier</A>"), "xfb-unknown-page"),
        (page("200 OK", "<H1>R&eacute;ception : erreur interne"), "xfb-unknown-page"),
        (
            page("200 OK", "<H1>R&eacute;ception</H1><FORM><INPUT NAME=u><INPUT TYPE=password NAME=p></FORM>"),
            "xfb-session-expired",
        ),
    ] {
        assert_eq!(listed(answer).await.unwrap_err().code(), code);
    }
}

#[tokio::test]
async fn a_listing_is_bounded_in_rows_and_bytes() {
    let row = |n: usize| format!("<a href=/depot-xt/N?local_ident={n}>N</a>");
    assert_eq!(listed(page("200 OK", &(0..10).map(row).collect::<String>())).await.unwrap().len(), 10);
    let error = listed(page("200 OK", &(0..11).map(row).collect::<String>())).await.unwrap_err();
    assert_eq!(error.code(), "xfb-listing-too-long");
    let error = listed(page("200 OK", &"x".repeat(100_001))).await.unwrap_err();
    assert_eq!(error.code(), "xfb-page-too-large");
}

/// A gateway whose listing is what `feed` sends for ever.
async fn endless(feed: &'static [u8], pause: Duration) -> Error {
    let server = Server::start(None, move |mut conn| async move {
        while let Some(request) = conn.request().await {
            if request.path() == "/depot-xt/list" {
                conn.send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n").await;
                let mut stream = conn.into_plain();
                while tokio::io::AsyncWriteExt::write_all(&mut stream, feed).await.is_ok() {
                    tokio::time::sleep(pause).await;
                }
                return;
            }
            conn.send(gateway(&request)).await;
        }
    })
    .await;
    let mut config = server.config();
    config.timeouts.answer = Duration::from_millis(1500);
    enter(config).await.unwrap().list().await.unwrap_err()
}

#[tokio::test]
async fn an_endless_listing_is_cut_off() {
    assert_eq!(endless(&[b'<'; 65536], Duration::ZERO).await.code(), "xfb-page-too-large");
}

#[tokio::test]
async fn a_listing_that_drips_is_cut_off() {
    assert_eq!(endless(b"x", Duration::from_millis(10)).await.code(), "xfb-timed-out");
}

#[tokio::test]
async fn endless_headers_are_cut_off() {
    let server = Server::start(None, |mut conn| async move {
        conn.request().await;
        conn.send("HTTP/1.1 200 OK\r\n").await;
        let mut stream = conn.into_plain();
        let line = format!("X: {}\r\n", "y".repeat(1000));
        while tokio::io::AsyncWriteExt::write_all(&mut stream, line.as_bytes()).await.is_ok() {}
    })
    .await;
    assert_eq!(enter(server.config()).await.unwrap_err().code(), "xfb-connection-lost");
}

#[tokio::test]
async fn an_expired_session_is_entered_again_once() {
    for expiries in [1, 2] {
        let count = AtomicUsize::new(0);
        let server = Server::answering(None, move |request| {
            let expired = request.path() == "/depot-xt/list" && count.fetch_add(1, Ordering::SeqCst) < expiries;
            expired.then(|| page("200 OK", "<TITLE>Session expired"))
        })
        .await;
        let mut session = server.enter().await;
        let listed = session.list().await;
        assert_eq!(server.requests().len(), 4);
        match expiries {
            1 => assert_eq!(listed.unwrap().len(), 1),
            _ => assert_eq!(listed.unwrap_err().code(), "xfb-session-expired"),
        }
    }
}
