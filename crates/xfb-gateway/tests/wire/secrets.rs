//! Secrets never leave (docs/protocols/xfb-gateway.md 9): canaries in every credential field, then every text is searched.

use std::io::Write;
use std::sync::{Arc, Mutex};

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use xfb_gateway::{Config, Credentials, Portal, Proxy};

use crate::support::*;
use crate::tls::{Authority, trusting};

const CANARIES: [&str; 6] = ["CanaryU1&é x", "CanaryP1+'é\"%", "CanaryU2", "CanaryP2 é", "CanaryU3", "CanaryP3:/"];

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Every way a page of this test writes a secret.
fn writings(secret: &str) -> Vec<String> {
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let percent: String = secret
        .bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02x}") })
        .collect();
    let html = secret.replace('&', "&amp;").replace('\'', "&#39;").replace('"', "&quot;").replace('é', "&eacute;");
    vec![
        secret.to_owned(),
        form.clone(),
        form.to_lowercase(),
        percent.to_uppercase(),
        percent,
        html.replace('é', "&#xE9;"),
        html,
    ]
}

/// A page full of these secrets, which its reader knows.
fn echo(secrets: &[&str]) -> String {
    let all: Vec<_> = secrets.iter().flat_map(|canary| writings(canary)).collect();
    format!("<TITLE>{0}</TITLE><H1>{0}</H1>{0}", all.join(" | "))
}

fn credentials(number: usize) -> Credentials {
    Credentials::new(CANARIES[number * 2], CANARIES[number * 2 + 1])
}

/// Whether any text gives a secret away.
fn tells(text: &str) -> bool {
    let lower = text.to_lowercase();
    // The last ones are the starts of «Canary» in base64, at each alignment.
    ["canary", "q2fuyxj5", "nhbmfye", "dyw5hcn"].iter().any(|part| lower.contains(part))
        || lower.contains("sessionsecret")
}

fn hostile(request: &Request) -> Option<Vec<u8>> {
    let cookie = "Set-Cookie: SID=sessionsecret42; HttpOnly\r\nContent-Type: text/html; charset=utf-8\r\n";
    let known = if request.path() == "/ilex" { &CANARIES[..4] } else { &CANARIES[..2] };
    let echo = format!("{} sessionsecret42", echo(known));
    match (request.method.as_str(), request.path()) {
        ("GET", "/ilex") => {
            let asked = request.headers.contains_key("authorization");
            let challenge = format!("WWW-Authenticate: Basic realm=\"CanaryU2\"\r\n{cookie}");
            Some(if asked {
                with_headers("200 OK", cookie, "<a href=/bad?logout>x</a>")
            } else {
                with_headers("401 Who", &challenge, &echo)
            })
        }
        ("GET", "/depot-xt") if request.target.contains("local_ident") => None,
        ("GET", "/depot-xt") => {
            Some(with_headers("302 Found", &format!("{cookie}Location: /depot-xt/home?user=CanaryU1\r\n"), ""))
        }
        ("GET", "/depot-xt/home") => {
            let ident = "<a href='/depot-xt/CanaryP1%2b%27%c3%a9%22%25?local_ident=1&user=CanaryU1'>x</a>\
                <a href='/depot-xt/FILE?local_ident=2'>y</a>";
            Some(page(
                "200 OK",
                &format!("{FORM}{ident}<a href=/depot-xt/home>Réception</a><a href=/bad>logout</a>{echo}"),
            ))
        }
        ("GET", "/depot-xt/FILE") => Some(with_headers("200 OK", cookie, "a file")),
        ("POST", _) => Some(page("200 OK", &echo)),
        _ => Some(page("500 Oops", &echo)),
    }
}

async fn run(config: Config, texts: &mut Vec<String>) {
    texts.push(format!("{config:?}"));
    let session = enter(config).await;
    texts.push(format!("{session:?}"));
    let mut session = match session {
        Ok(session) => session,
        Err(error) => return texts.push(format!("{error} {error:#?} {:?}", error.peer_words())),
    };
    let mut errors = Vec::new();
    match session.upload(Local::new(&content(100_000)).upload(), yes(), &mut |_| {}).await {
        Ok(receipt) => texts.push(format!("{receipt:?}")),
        Err(error) => errors.push(error),
    }
    let refused = async { Err::<(), _>(format!("stopped: {}", CANARIES[1])) };
    errors.extend(session.upload(Local::new(b"x").upload(), refused, &mut |_| {}).await.err());
    match session.list().await {
        Ok(offers) => {
            for offer in offers {
                texts.push(format!("{:?}", offer.local_ident));
                match session.download(&offer).await {
                    Ok(download) => texts.push(format!("{download:?}")),
                    Err(error) => errors.push(error),
                }
            }
        }
        Err(error) => errors.push(error),
    }
    errors.extend(session.close(&mut |_| {}).await);
    assert!(errors.len() >= 2, "the scenario is meant to fail: {errors:?}");
    texts.extend(errors.iter().map(|error| format!("{error} {error:#?} {:?}", error.peer_words())));
}

#[tokio::test]
async fn no_text_gives_a_secret_away() {
    let sink = Sink::default();
    let writer = sink.clone();
    let layer = tracing_subscriber::fmt::layer().with_writer(move || writer.clone()).with_ansi(false);
    tracing_subscriber::registry().with(tracing_subscriber::filter::LevelFilter::TRACE).with(layer).init();

    let authority = Authority::new();
    let plain = Server::answering(None, hostile).await;
    let secure = Server::answering(Some(authority.server()), hostile).await;
    let refusing = Server::answering(None, |_| Some(page("403 No", &echo(&CANARIES[..2])))).await;
    let leaving = Server::answering(None, |_| {
        Some(with_headers(
            "302 Found",
            &format!("Location: http://CanaryU1:CanaryP1@elsewhere.test/?{}\r\n", "CanaryP1"),
            "",
        ))
    })
    .await;
    let silent = Server::start(None, |conn| async move { conn.cut_after(b"").await }).await;
    let proxy = Server::answering(None, |_| Some(page("407 No", &echo(&CANARIES)))).await;

    let full = |config: Config, server: &Server| {
        let mut config = config;
        config.credentials = credentials(0);
        config.portal = Some(Portal { url: server.url.join("ilex").unwrap(), credentials: credentials(1) });
        config
    };
    let bare = |server: &Server| {
        let mut config = server.config();
        config.credentials = credentials(0);
        config
    };
    let proxied = |mut config: Config| {
        config.proxy = Some(Proxy { url: proxy.url.clone(), credentials: Some(credentials(2)) });
        config
    };
    let mut texts = Vec::new();
    for config in [
        full(plain.config(), &plain),
        full(trusting(&secure, &authority), &secure),
        bare(&plain),
        bare(&refusing),
        bare(&leaving),
        bare(&silent),
        full(trusting(&secure, &Authority::new()), &secure),
        proxied(bare(&plain)),
        proxied(full(trusting(&secure, &authority), &secure)),
    ] {
        run(config, &mut texts).await;
    }
    for text in &texts {
        assert!(!tells(text), "{text}");
    }
    let sent = plain.requests().into_iter().chain(secure.requests()).filter(|request| tells(&request.target)).count();
    assert!(sent > 5, "the canaries were really used");
    let traces = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
    assert!(traces.contains("web_forms") && traces.contains("TRACE"), "the traces were really taken");
    for line in traces.lines() {
        assert!(!tells(line), "{line}");
    }
}
