//! docs/protocols/xfb-gateway.md 5.4 to 5.6.

use std::time::Duration;

use tokio_rustls::TlsAcceptor;
use xfb_gateway::{Completeness, Config, Consumed, Error, Session};

use crate::support::*;
use crate::tls::{Authority, trusting};

const FILE: &str = "the content of a file";

/// How the server ends a connection.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// In order, with `close_notify` under TLS.
    Close,
    /// Below TLS, without.
    Cut,
    /// In the middle of a TLS record.
    CutRecord,
}

/// A gateway that answers the download with these bytes and this end.
async fn server(tls: Option<TlsAcceptor>, answer: Vec<u8>, end: End) -> Server {
    Server::start(tls, move |mut conn| {
        let answer = answer.clone();
        async move {
            while let Some(request) = conn.request().await {
                if request.path() != "/depot-xt/RCT290G" {
                    conn.send(gateway(&request)).await;
                    continue;
                }
                conn.send(&answer).await;
                return match end {
                    End::Close => conn.finish().await,
                    End::Cut => conn.cut_after(b"").await,
                    End::CutRecord => conn.cut_after(b"\x17\x03\x03\x40\x00half a record").await,
                };
            }
        }
    })
    .await
}

async fn read(session: &mut Session) -> Result<(Vec<u8>, Completeness), Error> {
    let offer = session.list().await?.remove(0);
    let mut download = session.download(&offer).await?;
    let mut bytes = Vec::new();
    while let Some(piece) = download.chunk().await? {
        assert_eq!(download.completeness(), None);
        bytes.extend_from_slice(&piece);
    }
    assert_eq!(download.received(), bytes.len() as u64);
    assert_eq!(download.chunk().await?, None);
    Ok((bytes, download.completeness().unwrap()))
}

async fn fetch(config: Config) -> Result<(Vec<u8>, Completeness), Error> {
    read(&mut enter(config).await.unwrap()).await
}

fn sized(length: usize) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{FILE}").into_bytes()
}

fn until_close() -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\n\r\n{FILE}").into_bytes()
}

fn chunked() -> Vec<u8> {
    let (one, two) = FILE.split_at(9);
    format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{one}\r\n{:x}\r\n{two}\r\n0\r\n\r\n", two.len())
        .into_bytes()
}

#[tokio::test]
async fn completeness_is_proven_where_it_can_be() {
    use Completeness::{Proven, Unproven};
    let authority = Authority::new();
    for (secure, answer, end, expected) in [
        (false, sized(FILE.len()), End::Close, Some(Proven)),
        (false, chunked(), End::Close, Some(Proven)),
        (false, until_close(), End::Close, Some(Unproven)),
        (true, sized(FILE.len()), End::Cut, Some(Proven)),
        (true, chunked(), End::Cut, Some(Proven)),
        (true, until_close(), End::Close, Some(Proven)),
        (true, until_close(), End::Cut, None),
        (true, until_close(), End::CutRecord, None),
        (false, sized(FILE.len() + 1), End::Close, None),
        (true, sized(FILE.len() + 1), End::Close, None),
    ] {
        let tls = secure.then(|| authority.server());
        let server = server(tls, answer.clone(), end).await;
        let config = if secure { trusting(&server, &authority) } else { server.config() };
        let shown = format!("{secure} {end:?} {}", String::from_utf8_lossy(&answer));
        match (fetch(config).await, expected) {
            (Ok((bytes, completeness)), Some(expected)) => {
                assert_eq!(completeness, expected, "{shown}");
                assert_eq!(bytes, FILE.as_bytes());
            }
            (Err(error), None) => {
                assert_eq!(
                    (error.code(), error.consumed()),
                    ("xfb-download-incomplete", Consumed::Incomplete),
                    "{shown}"
                );
            }
            (result, _) => panic!("{shown}: {result:?}"),
        }
    }
}

#[tokio::test]
async fn no_cut_is_taken_for_the_end() {
    let authority = Authority::new();
    for secure in [false, true] {
        for whole in [chunked(), sized(FILE.len())] {
            let head = whole.windows(4).position(|at| at == b"\r\n\r\n").unwrap() + 4;
            for cut in (0..head).step_by(11).chain(head..whole.len()) {
                let server = server(secure.then(|| authority.server()), whole[..cut].to_vec(), End::Cut).await;
                let config = if secure { trusting(&server, &authority) } else { server.config() };
                let error = fetch(config).await.unwrap_err();
                let expected = if cut < head { Consumed::Maybe } else { Consumed::Incomplete };
                assert_eq!(error.consumed(), expected, "{secure} {cut} {error}");
            }
        }
    }
}

#[tokio::test]
async fn a_page_in_place_of_a_file_consumes_nothing() {
    let html = |body: &str| {
        format!("HTTP/1.1 200 OK\r\nContent-Type: Text/HTML; charset=iso-8859-1\r\n\r\n{body}").into_bytes()
    };
    for (answer, code) in [
        (html("<TITLE>Session expir&eacute;e"), "xfb-session-expired"),
        (html("<H1>Access denied"), "xfb-login-refused"),
        (html("<H1>Fichier inexistant"), "xfb-download-refused"),
        (html("<H1>Refus&eacute;</H1> r&eacute;essayer"), "xfb-refused-for-now"),
        (html("<TITLE>Portail</TITLE><FORM><INPUT NAME=u><INPUT TYPE=password NAME=p></FORM>"), "xfb-session-expired"),
        (page("403 No", ""), "xfb-login-refused"),
        (page("404 Gone", "<H1>Unknown file"), "xfb-download-refused"),
        (page("503 Busy", ""), "xfb-refused-for-now"),
    ] {
        let server = server(None, answer, End::Close).await;
        let error = fetch(server.config()).await.unwrap_err();
        assert_eq!((error.code(), error.consumed()), (code, Consumed::No), "{error}");
    }
}

#[tokio::test]
async fn a_page_that_echoes_the_password_is_no_file() {
    for echo in ["s3cret", "%733cret", "s&#51;cret"] {
        let said = format!("<H1>Maintenance</H1><A HREF=\"?user=VILLE&password={echo}\">Continue</A>");
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{said}").into_bytes();
        let server = server(None, answer, End::Close).await;
        let error = fetch(server.config()).await.unwrap_err();
        assert_eq!((error.code(), error.consumed()), ("xfb-download-unanswered", Consumed::Maybe), "{error}");
        assert!(!format!("{error:?} {error}").contains("cret"), "{error:?}");
    }
}

#[tokio::test]
async fn a_page_that_leads_on_in_the_gateway_is_no_file() {
    for headers in ["Content-Type: text/html\r\n", "Content-Type: application/xhtml+xml\r\n", ""] {
        for said in [
            "<H1>Serveur de fichiers</H1><A HREF=/depot-xt>Retour</A>",
            "<H1>Bienvenue</H1><A HREF=/portail/logout>D&eacute;connexion</A>",
            "<A HREF=/depot-xt/OCRE?local_ident=62900>OCRE</A>",
            "<TITLE>500 Internal Server Error</TITLE>",
        ] {
            let answer = format!("HTTP/1.1 200 OK\r\n{headers}\r\n\n<html>{said}").into_bytes();
            let server = server(None, answer, End::Close).await;
            let error = fetch(server.config()).await.unwrap_err();
            let told = (error.code(), error.consumed());
            assert_eq!(told, ("xfb-download-unanswered", Consumed::Maybe), "{headers}{said} {error}");
        }
    }
}

#[tokio::test]
async fn a_file_that_only_speaks_of_errors_is_a_file() {
    for (headers, file) in [
        ("Content-Type: text/html\r\n", "<TITLE>Erreurs du bordereau 404</TITLE><A HREF=#a>a</A><A HREF=b.html>b</A>"),
        ("Content-Type: text/plain\r\n", "<html><TITLE>500 Internal Server Error"),
        ("", "500 Internal Server Error <A HREF=/depot-xt>"),
    ] {
        let server = server(None, with_headers("200 OK", headers, file), End::Close).await;
        assert_eq!(fetch(server.config()).await.unwrap().0, file.as_bytes(), "{file}");
    }
}

#[tokio::test]
async fn an_html_file_is_a_file() {
    let file = format!("<TITLE>Etat des restes</TITLE>{}", "<P>ligne</P>".repeat(20_000));
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{file}").into_bytes();
    let server = server(None, answer, End::Close).await;
    let (bytes, completeness) = fetch(server.config()).await.unwrap();
    assert!(bytes == file.as_bytes());
    assert_eq!(completeness, Completeness::Unproven);
    let empty = self::server(None, with_headers("200 OK", "Content-Type: text/html\r\n", ""), End::Close).await;
    assert_eq!(fetch(empty.config()).await.unwrap(), (Vec::new(), Completeness::Proven));
}

#[tokio::test]
async fn what_may_have_been_served_is_said_and_not_repeated() {
    for (answer, code) in [
        (Vec::new(), "xfb-download-unanswered"),
        (b"HTTP/1.1 200".to_vec(), "xfb-download-unanswered"),
        (page("500 Oops", ""), "xfb-download-unanswered"),
        (page("204 No Content", ""), "xfb-download-unanswered"),
    ] {
        let server = server(None, answer, End::Close).await;
        let error = fetch(server.config()).await.unwrap_err();
        assert_eq!((error.code(), error.consumed()), (code, Consumed::Maybe), "{error}");
        let reads = server.requests().iter().filter(|request| request.path() == "/depot-xt/RCT290G").count();
        assert_eq!(reads, 1);
        assert!(server.requests().iter().all(|request| request.method == "GET"));
    }
}

#[tokio::test]
async fn a_file_without_end_is_cut_off() {
    let server = server(None, [until_close(), vec![b'x'; 300_000]].concat(), End::Close).await;
    let mut config = server.config();
    config.limits.download_bytes = 100_000;
    let error = fetch(config).await.unwrap_err();
    assert_eq!((error.code(), error.consumed()), ("xfb-download-too-large", Consumed::Incomplete));
}

#[tokio::test]
async fn a_file_that_stalls_is_given_up() {
    let server = Server::start(None, |mut conn| async move {
        while let Some(request) = conn.request().await {
            if request.path() == "/depot-xt/RCT290G" {
                conn.send(until_close()).await;
                return conn.hang().await;
            }
            conn.send(gateway(&request)).await;
        }
    })
    .await;
    let mut config = server.config();
    config.timeouts.stall = Duration::from_millis(300);
    let error = fetch(config).await.unwrap_err();
    assert_eq!((error.code(), error.consumed()), ("xfb-download-incomplete", Consumed::Incomplete));
}

#[tokio::test]
async fn a_gateway_out_of_reach_consumed_nothing() {
    let server = Server::answering(None, |request| {
        // Without a length: the connection ends with the listing.
        let listing = || format!("HTTP/1.1 200 OK\r\n\r\n{LISTING}").into_bytes();
        (request.path() == "/depot-xt/list").then(listing)
    })
    .await;
    let mut session = server.enter().await;
    let offer = session.list().await.unwrap().remove(0);
    drop(server);
    let error = session.download(&offer).await.unwrap_err();
    assert_eq!((error.code(), error.consumed()), ("xfb-connect-failed", Consumed::No));
}
