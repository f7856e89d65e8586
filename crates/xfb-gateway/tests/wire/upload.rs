//! docs/protocols/xfb-gateway.md 4.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::AsyncSeekExt;
use xfb_gateway::{Again, Error, FieldText, FileName, Received, Source, Upload};

use crate::support::*;

const PIECE: usize = 64 * 1024;

#[tokio::test]
async fn a_file_arrives_as_it_is_with_its_fields() {
    let server = Server::answering(None, |_| None).await;
    let mut session = server.enter().await;
    for size in [0, 1, PIECE - 1, PIECE, PIECE + 1, 5 * PIECE + 17] {
        let bytes = content(size);
        let mut told = Vec::new();
        let mut upload = Local::new(&bytes).upload_with_subject();
        upload.1.subject = Some(FieldText::try_from("HÉLIOS").unwrap());
        let receipt = session.upload(upload.1, yes(), &mut |sent| told.push(sent)).await.unwrap();
        assert_eq!(receipt.sent, size as u64);
        assert_eq!(receipt.words, "File received correctly | File received Continue ...");
        assert_eq!(told.last(), Some(&(size as u64)));
        assert!(told.is_sorted());
        let request = server.requests().pop().unwrap();
        assert_eq!(request.file(), bytes, "{size}");
        assert_eq!(request.headers.get("transfer-encoding"), None);
        assert_eq!(request.headers.get("referer"), None);
        let names: Vec<_> = request
            .body_text()
            .match_indices("; name=\"")
            .map(|(at, _)| request.body_text()[at + 8..at + 12].to_owned())
            .collect();
        assert_eq!(names, ["op\"\r", "dest", "appl", "suje", "parm", "fic\""]);
        assert!(request.body_text().contains("name=\"sujet\"\r\n\r\nHÉLIOS\r\n"));
        assert!(request.body_text().contains("name=\"fic\"; filename=\"MANDATS.xml\"\r\n"));
    }
    close(session).await;
    assert_eq!(
        server.targets()[..3],
        [
            "GET /depot-xt?user=VILLE&password=s3cret",
            "GET /depot-xt/send?user=VILLE&password=s3cret",
            "POST /depot-xt/up?user=VILLE&password=s3cret",
        ]
    );
    assert_eq!(server.targets().last().unwrap(), "GET /depot-xt/bye?user=VILLE&password=s3cret");
    assert_eq!(server.targets().len(), 2 + 6 + 1, "the form is read once");
    assert_eq!(*server.seen.connections.lock().unwrap(), 1, "the connection is kept");
}

impl Local {
    fn upload_with_subject(self) -> (Self, Upload) {
        let upload = self.upload();
        (self, upload)
    }
}

#[tokio::test]
async fn the_end_is_not_sent_before_the_commit_point() {
    for size in [0, 100, PIECE, 3 * PIECE + 100] {
        let server = Server::answering(None, |_| None).await;
        let mut session = server.enter().await;
        let local = Local::new(&content(size));
        let last = if size == 0 { 0 } else { (size - 1) % PIECE + 1 };
        let seen = server.seen.clone();
        let commit = async {
            let mark = b"octet-stream\r\n\r\n";
            let early = until(&seen.body, |body| {
                let head = body.windows(mark.len()).position(|at| at == mark);
                head.is_some_and(|at| body.len() - at - mark.len() >= size - last)
            })
            .await;
            let at = early.windows(mark.len()).position(|at| at == mark).unwrap();
            assert_eq!(early.len() - at - mark.len(), size - last, "of the file, all but the last piece is there");
            Ok::<(), Infallible>(())
        };
        session.upload(local.upload(), commit, &mut |_| {}).await.unwrap();
        assert_eq!(server.requests().pop().unwrap().file(), content(size));
    }
}

#[tokio::test]
async fn a_commit_point_that_refuses_leaves_an_incomplete_body() {
    for size in [0, 100, 3 * PIECE + 100] {
        let server = Server::answering(None, |_| None).await;
        let mut session = server.enter().await;
        let local = Local::new(&content(size));
        let commit = async { Err::<(), _>("stop was asked for") };
        let error = session.upload(local.upload(), commit, &mut |_| {}).await.unwrap_err();
        assert_eq!((error.code(), error.received()), ("xfb-commit-refused", Received::No));
        assert!(error.to_string().contains("stop was asked for"));
        until(&server.seen.ended, |cut| *cut).await;
        let request = server.requests().pop().unwrap();
        assert!(request.body.len() < request.length());
        assert!(!request.body.ends_with(b"--\r\n"));
        // The session goes on, on another connection.
        session.upload(local.upload(), yes(), &mut |_| {}).await.unwrap();
    }
}

#[tokio::test]
async fn a_dropped_upload_leaves_an_incomplete_body() {
    let server = Server::answering(None, |_| None).await;
    let mut session = server.enter().await;
    let local = Local::new(&content(3 * PIECE));
    let (at_commit, mut reached) = tokio::sync::watch::channel(false);
    let commit = async {
        at_commit.send_replace(true);
        std::future::pending::<Result<(), Infallible>>().await
    };
    let mut quiet = |_| {};
    tokio::select! {
        _ = session.upload(local.upload(), commit, &mut quiet) => unreachable!(),
        _ = reached.wait_for(|at| *at) => {}
    }
    until(&server.seen.ended, |cut| *cut).await;
    let request = server.requests().pop().unwrap();
    assert!(request.body.len() < request.length());
}

#[tokio::test]
async fn a_file_that_changes_its_size_is_never_committed() {
    let server = Server::answering(None, |_| None).await;
    let mut session = server.enter().await;
    let never = async { panic!("committed") as Result<(), Infallible> };
    let local = Local::new(&content(1000));
    let open = |size| {
        let file = tokio::fs::File::from_std(std::fs::File::open(local.path()).unwrap());
        let mut upload = local.upload();
        upload.source = Source::Open { file, size };
        upload
    };
    let grown = session.upload(open(999), never, &mut |_| {}).await.unwrap_err();
    assert_eq!((grown.code(), grown.received()), ("xfb-file-changed", Received::No));
    let never = async { panic!("committed") as Result<(), Infallible> };
    let shrunk = session.upload(open(1001), never, &mut |_| {}).await.unwrap_err();
    assert_eq!((shrunk.code(), shrunk.received()), ("xfb-file-changed", Received::No));
    until(&server.seen.ended, |cut| *cut).await;
    let mut file = tokio::fs::File::open(local.path()).await.unwrap();
    file.seek(std::io::SeekFrom::Start(990)).await.unwrap();
    let mut upload = local.upload();
    upload.source = Source::Open { file, size: 10 };
    session.upload(upload, yes(), &mut |_| {}).await.unwrap();
    assert_eq!(server.requests().pop().unwrap().file(), &content(1000)[990..]);
}

#[tokio::test]
async fn what_cannot_be_read_is_not_sent() {
    let server = Server::answering(None, |_| None).await;
    let mut session = server.enter().await;
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_owned(), folder.path().join("gone")] {
        let upload = Upload::new(FileName::try_from("x").unwrap(), Source::Path(path));
        let error = session.upload(upload, yes(), &mut |_| {}).await.unwrap_err();
        assert_eq!((error.code(), error.received()), ("xfb-file-unreadable", Received::No));
    }
    assert!(server.requests().iter().all(|request| request.method == "GET"));
}

/// Deposits a file of two pieces at a gateway that answers the upload with `answer`.
async fn answered(answer: Vec<u8>) -> Result<(), Error> {
    let server =
        Server::answering(None, move |request| request.is("POST", "/depot-xt/up").then(|| answer.clone())).await;
    let mut session = server.enter().await;
    session.upload(Local::new(&content(PIECE + 1)).upload(), yes(), &mut |_| {}).await.map(|_| ())
}

#[tokio::test]
async fn every_answer_to_a_whole_body_is_classed() {
    use Received::{Maybe, No};
    let later = |seconds| Again::Later(Some(Duration::from_secs(seconds)));
    for (answer, code, received, again) in [
        (page("200 OK", "<H1>Rejected: unknown partner"), "xfb-upload-refused", No, Again::Never),
        (page("200 OK", "<H1>Refused</H1>Try again later"), "xfb-refused-for-now", No, Again::Later(None)),
        (with_headers("503 Busy", "Retry-After: 120\r\n", ""), "xfb-refused-for-now", No, later(120)),
        (
            with_headers("503 Busy", "Retry-After: Wed, 01 Jan 2200 00:00:00 GMT\r\n", ""),
            "xfb-refused-for-now",
            No,
            later(86_400),
        ),
        (with_headers("503 Busy", "Retry-After: soon\r\n", ""), "xfb-refused-for-now", No, Again::Later(None)),
        (with_headers("429 Slow down", "Retry-After: 7\r\n", ""), "xfb-refused-for-now", No, later(7)),
        (page("413 Too Large", ""), "xfb-upload-refused", No, Again::Never),
        (page("404 Not Found", "<H1>File received"), "xfb-upload-refused", No, Again::Never),
        (page("403 Forbidden", ""), "xfb-login-refused", No, Again::AfterOperator),
        (page("401 Who", ""), "xfb-login-refused", No, Again::AfterOperator),
        (page("200 OK", "<TITLE>Session expirée"), "xfb-session-expired", No, Again::Later(None)),
        (page("200 OK", "<H1>Welcome"), "xfb-upload-unanswered", Maybe, Again::AfterOperator),
        (
            page("200 OK", "<TITLE>File received<H1>Transfer rejected"),
            "xfb-upload-unanswered",
            Maybe,
            Again::AfterOperator,
        ),
        (page("500 Oops", "<H1>Rejected"), "xfb-upload-unanswered", Maybe, Again::AfterOperator),
        (page("502 Bad", ""), "xfb-upload-unanswered", Maybe, Again::AfterOperator),
        (page("408 Slow", ""), "xfb-upload-unanswered", Maybe, Again::AfterOperator),
        (
            with_headers("302 Found", "Location: http://elsewhere.test/?user=x\r\n", ""),
            "xfb-upload-unanswered",
            Maybe,
            Again::AfterOperator,
        ),
        (
            with_headers("307 Again", "Location: /depot-xt/up\r\n", ""),
            "xfb-upload-unanswered",
            Maybe,
            Again::AfterOperator,
        ),
        (b"nonsense\r\n\r\n".to_vec(), "xfb-upload-unanswered", Maybe, Again::AfterOperator),
        (b"".to_vec(), "xfb-upload-unanswered", Maybe, Again::AfterOperator),
    ] {
        let shown = String::from_utf8_lossy(&answer).into_owned();
        let error = answered(answer).await.unwrap_err();
        assert_eq!((error.code(), error.received(), error.again()), (code, received, again), "{shown}: {error}");
    }
}

#[tokio::test]
async fn an_unknown_page_is_kept_in_its_own_words() {
    let error =
        answered(page("200 OK", "<H1>Bienvenue VILLE</H1><P>mot de passe s3cret, s3%63ret</P>")).await.unwrap_err();
    assert_eq!(error.peer_words(), Some("Bienvenue *** mot de passe ***, ***"));
    let flood = answered(page("200 OK", &"bla ".repeat(10_000))).await.unwrap_err();
    assert_eq!(flood.peer_words().map(str::len), Some(xfb_gateway::MAX_WORDS));
}

#[tokio::test]
async fn a_redirect_on_its_origin_leads_to_the_answer() {
    let server = Server::answering(None, |request| match request.path() {
        "/depot-xt/up" => Some(with_headers("303 See", "Location: /depot-xt/done?id=1\r\n", "")),
        "/depot-xt/done" => Some(page("200 OK", RECEIVED)),
        _ => None,
    })
    .await;
    let mut session = server.enter().await;
    session.upload(Local::new(b"x").upload(), yes(), &mut |_| {}).await.unwrap();
    assert_eq!(server.targets().last().unwrap(), "GET /depot-xt/done?id=1&user=VILLE&password=s3cret");
}

#[tokio::test]
async fn an_answer_cut_at_any_byte_is_never_taken_for_another() {
    let whole = page("200 OK", RECEIVED);
    let head = whole.windows(4).position(|at| at == b"\r\n\r\n").unwrap() + 4;
    let cuts = (0..=head).step_by(7).chain([head - 1, head, head + 1, head + 40, whole.len() - 1]);
    for cut in cuts {
        let error = cut_answer(whole[..cut].to_vec()).await.unwrap_err();
        assert_eq!((error.code(), error.received()), ("xfb-upload-unanswered", Received::Maybe), "{cut}");
    }
    cut_answer(whole).await.unwrap();
    let refusal = page("413 Too Large", RECEIVED);
    let error = cut_answer(refusal[..refusal.len() - 1].to_vec()).await.unwrap_err();
    assert_eq!((error.code(), error.received()), ("xfb-upload-refused", Received::No), "the status came whole");
}

/// Deposits at a gateway that sends `answer` and cuts.
async fn cut_answer(answer: Vec<u8>) -> Result<(), Error> {
    let server = Server::start(None, move |mut conn| {
        let answer = answer.clone();
        async move {
            while let Some(request) = conn.request().await {
                if request.method == "POST" {
                    return conn.cut_after(&answer).await;
                }
                conn.send(gateway(&request)).await;
            }
        }
    })
    .await;
    let mut session = server.enter().await;
    session.upload(Local::new(b"x").upload(), yes(), &mut |_| {}).await.map(|_| ())
}

#[tokio::test]
async fn silence_after_the_whole_body_leaves_a_doubt() {
    let server = Server::start(None, |mut conn| async move {
        while let Some(request) = conn.request().await {
            if request.method == "POST" {
                return conn.hang().await;
            }
            conn.send(gateway(&request)).await;
        }
    })
    .await;
    let mut config = server.config();
    config.timeouts.answer = Duration::from_millis(300);
    let mut session = enter(config).await.unwrap();
    let error = session.upload(Local::new(b"x").upload(), yes(), &mut |_| {}).await.unwrap_err();
    assert_eq!((error.code(), error.received()), ("xfb-upload-unanswered", Received::Maybe));
}

/// A gateway that answers an upload when its head has come, reads no body, then ends in order (`linger`) or at once.
async fn early(answer: Vec<u8>, linger: bool) -> Server {
    Server::start(None, move |mut conn| {
        let answer = answer.clone();
        async move {
            while let Some(head) = conn.head().await {
                if head.method == "POST" {
                    conn.send(&answer).await;
                    if linger {
                        conn.finish().await;
                    }
                    return;
                }
                conn.send(gateway(&head)).await;
            }
        }
    })
    .await
}

#[tokio::test]
async fn an_answer_before_the_end_of_the_body_is_read_and_nothing_was_taken() {
    let never = || async { panic!("committed") as Result<(), Infallible> };
    for (answer, code) in [
        (page("413 Too Large", "<H1>Too large"), "xfb-upload-refused"),
        (page("401 Who", ""), "xfb-login-refused"),
        (page("429 Slow", ""), "xfb-refused-for-now"),
        (page("200 OK", "<H1>Partner not authorized"), "xfb-upload-refused"),
        (page("200 OK", RECEIVED), "xfb-unknown-page"),
        (page("200 OK", "<TITLE>Session expired"), "xfb-session-expired"),
        (page("500 Oops", ""), "xfb-server-failed"),
    ] {
        let server = early(answer, true).await;
        let mut session = server.enter().await;
        // Larger than what the sockets hold: without an answer, the upload would never reach its commit point.
        let local = Local::sparse(64 << 20);
        let error = session.upload(local.upload(), never(), &mut |_| {}).await.unwrap_err();
        assert_eq!((error.code(), error.received()), (code, Received::No), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_slams_the_door_took_nothing() {
    for answer in [page("413 Too Large", "<H1>Too large"), page("200 OK", "<H1>Rejected"), Vec::new()] {
        let server = early(answer, false).await;
        let mut session = server.enter().await;
        let local = Local::sparse(64 << 20);
        let never = async { panic!("committed") as Result<(), Infallible> };
        let error = session.upload(local.upload(), never, &mut |_| {}).await.unwrap_err();
        assert_eq!(error.received(), Received::No, "{error}");
    }
}

#[tokio::test]
async fn an_answer_while_the_commit_point_waits_is_still_an_early_one() {
    let (answered, wait) = tokio::sync::watch::channel(false);
    let server = Server::start(None, move |mut conn| {
        let answered = answered.clone();
        async move {
            while let Some(head) = conn.head().await {
                if head.method == "POST" {
                    conn.send(page("500 Oops", "")).await;
                    answered.send_replace(true);
                    return conn.finish().await;
                }
                conn.send(gateway(&head)).await;
            }
        }
    })
    .await;
    let mut session = server.enter().await;
    let mut wait = wait;
    let commit = async {
        wait.wait_for(|answered| *answered).await.map_err(|error| error.to_string())?;
        // A connection of its own, later than the refusal: by its answer the refusal has been read too.
        enter(server.config()).await.map_err(|error| error.to_string())?.close(&mut |_| {}).await;
        Ok::<(), String>(())
    };
    let error = session.upload(Local::new(b"x").upload(), commit, &mut |_| {}).await.unwrap_err();
    assert_eq!((error.code(), error.received()), ("xfb-server-failed", Received::No));
}

#[tokio::test]
async fn a_stalled_gateway_is_given_up() {
    let server = Server::start(None, |mut conn| async move {
        while let Some(head) = conn.head().await {
            if head.method == "POST" {
                return std::future::pending().await;
            }
            conn.send(gateway(&head)).await;
        }
    })
    .await;
    let mut config = server.config();
    config.timeouts.stall = Duration::from_millis(200);
    config.timeouts.connect = Duration::from_millis(500);
    let mut session = enter(config).await.unwrap();
    let never = async { panic!("committed") as Result<(), Infallible> };
    let error = session.upload(Local::sparse(64 << 20).upload(), never, &mut |_| {}).await.unwrap_err();
    assert_eq!((error.code(), error.received()), ("xfb-timed-out", Received::No));
}

#[tokio::test]
async fn an_expired_session_is_entered_again_for_the_form() {
    let count = AtomicUsize::new(0);
    let server = Server::answering(None, move |request| match request.path() {
        "/depot-xt/send" if count.fetch_add(1, Ordering::SeqCst) == 0 => Some(page("200 OK", "<TITLE>Session expired")),
        _ => None,
    })
    .await;
    let mut session = server.enter().await;
    session.upload(Local::new(b"x").upload(), yes(), &mut |_| {}).await.unwrap();
    let paths: Vec<_> = server.requests().iter().map(|request| request.path().to_owned()).collect();
    assert_eq!(paths, ["/depot-xt", "/depot-xt/send", "/depot-xt", "/depot-xt/send", "/depot-xt/up"]);
}

#[tokio::test]
async fn a_session_that_keeps_expiring_is_given_up() {
    let server = Server::answering(None, |request| {
        request.is("GET", "/depot-xt/send").then(|| page("200 OK", "<H1>Session expirée"))
    })
    .await;
    let mut session = server.enter().await;
    let error = session.upload(Local::new(b"x").upload(), yes(), &mut |_| {}).await.unwrap_err();
    assert_eq!((error.code(), error.received()), ("xfb-session-expired", Received::No));
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn after_an_upload_into_an_expired_session_the_next_one_enters_again() {
    let count = AtomicUsize::new(0);
    let server = Server::answering(None, move |request| {
        let expired = request.is("POST", "/depot-xt/up") && count.fetch_add(1, Ordering::SeqCst) == 0;
        expired.then(|| page("200 OK", "<TITLE>Session expired"))
    })
    .await;
    let mut session = server.enter().await;
    let local = Local::new(b"x");
    let error = session.upload(local.upload(), yes(), &mut |_| {}).await.unwrap_err();
    assert_eq!((error.code(), error.received()), ("xfb-session-expired", Received::No));
    session.upload(local.upload(), yes(), &mut |_| {}).await.unwrap();
    let paths: Vec<_> = server.requests().iter().skip(3).map(|request| request.path().to_owned()).collect();
    assert_eq!(paths, ["/depot-xt", "/depot-xt/send", "/depot-xt/up"]);
}

#[tokio::test]
async fn a_form_without_the_fields_is_an_error_before_any_byte() {
    let server = Server::answering(None, |request| {
        let form = "<FORM METHOD=POST><INPUT NAME=f1 TITLE=Cible><INPUT NAME=f2><INPUT TYPE=FILE NAME=fic></FORM>";
        request.is("GET", "/depot-xt/send").then(|| page("200 OK", form))
    })
    .await;
    let mut config = server.config();
    let local = Local::new(b"x");
    let mut session = enter(config.clone()).await.unwrap();
    let error = session.upload(local.upload(), yes(), &mut |_| {}).await.unwrap_err();
    assert_eq!((error.code(), error.again()), ("xfb-form-unmapped", Again::AfterOperator));
    assert!(error.to_string().contains("\"f1\" (Cible), \"f2\""), "{error}");
    assert!(server.requests().iter().all(|request| request.method == "GET"));
    config.fields.destination = Some("f1".into());
    config.fields.application = Some("f2".into());
    let mut session = enter(config).await.unwrap();
    let error = session.upload(local.upload(), yes(), &mut |_| {}).await.unwrap_err();
    assert_eq!(error.received(), Received::No, "404: the form goes to its own page here");
    let body = server.requests().pop().unwrap().body_text();
    assert!(body.contains("name=\"f1\"\r\n\r\nC175\r\n") && body.contains("name=\"f2\"\r\n\r\nGRCT450\r\n"), "{body}");
}

#[tokio::test]
async fn a_form_that_leaves_the_origin_gets_nothing() {
    let evil = Server::answering(None, |_| None).await;
    let action = evil.url.clone();
    let server = Server::answering(None, move |request| {
        let form = FORM.replace("/depot-xt/up", &format!("{action}depot-xt/up"));
        request.is("GET", "/depot-xt/send").then(|| page("200 OK", &form))
    })
    .await;
    let mut session = server.enter().await;
    let error = session.upload(Local::new(b"x").upload(), yes(), &mut |_| {}).await.unwrap_err();
    assert_eq!(error.code(), "xfb-foreign-origin");
    assert_eq!(*evil.seen.connections.lock().unwrap(), 0);
}

#[tokio::test]
async fn texts_are_sent_in_the_character_set_of_the_form() {
    let server = Server::answering(None, |request| {
        let headers = "Content-Type: text/html; charset=iso-8859-1\r\n";
        request.is("GET", "/depot-xt/send").then(|| with_headers("200 OK", headers, FORM))
    })
    .await;
    let mut session = server.enter().await;
    let local = Local::new(b"x");
    let mut upload = local.upload();
    upload.subject = Some(FieldText::try_from("HÉLIOS").unwrap());
    session.upload(upload, yes(), &mut |_| {}).await.unwrap();
    let body = server.requests().pop().unwrap().body;
    assert!(body.windows(8).any(|at| at == b"H\xC9LIOS\r\n"));
    let mut upload = local.upload();
    upload.subject = Some(FieldText::try_from("日本").unwrap());
    let error = session.upload(upload, yes(), &mut |_| {}).await.unwrap_err();
    assert_eq!((error.code(), error.received()), ("xfb-field-refused", Received::No));
}

#[tokio::test]
async fn the_future_can_move_between_threads() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let server = Server::answering(None, |_| None).await;
    let mut session = server.enter().await;
    let local = Local::new(b"x");
    is_send(session.upload(local.upload(), yes(), &mut |_| {})).await.unwrap();
    is_send(session.close(&mut |_| {})).await;
}
