//! docs/protocols/xfb-gateway.md 1 to 3, 7.

use std::time::Duration;

use xfb_gateway::{Again, Blame, Client, Config, Credentials, Phase, Portal, Reach, Received};

use crate::support::*;

const LOG_IN: &str = "<FORM METHOD=POST ACTION=/ilex/login><INPUT TYPE=HIDDEN NAME=token VALUE=t1><INPUT NAME=uid>\
    <INPUT TYPE=PASSWORD NAME=pwd></FORM>";

/// A portal with a form, a cookie and a way out; everything else is a gateway.
fn portal(request: &Request) -> Option<Vec<u8>> {
    match (request.method.as_str(), request.path()) {
        ("GET", "/ilex") => Some(page("200 OK", LOG_IN)),
        ("POST", "/ilex/login") if request.body_text() == "token=t1&uid=AGENT&pwd=p0rtal" => {
            let headers = "Set-Cookie: SID=0123456789; Path=/\r\nLocation: /ilex/home\r\n";
            Some(with_headers("302 Found", headers, ""))
        }
        ("POST", "/ilex/login") => Some(page("200 OK", LOG_IN)),
        ("GET", "/ilex/home") => Some(page("200 OK", "Bienvenue <A HREF=/ilex/out>D&eacute;connexion</A>")),
        ("GET", "/ilex/out") => Some(page("200 OK", "bye")),
        _ => None,
    }
}

fn through(portal: &Server, gateway: &Server, password: &str) -> Config {
    let mut config = gateway.config();
    let url = portal.url.join("ilex").unwrap();
    config.portal = Some(Portal { url, credentials: Credentials::new("AGENT", password) });
    config
}

#[tokio::test]
async fn portal_then_gateway_and_out_in_reverse() {
    let (ilex, xfb) = (Server::answering(None, portal).await, Server::answering(None, portal).await);
    let mut phases = Vec::new();
    let client = Client::new(through(&ilex, &xfb, "p0rtal")).unwrap();
    let session = client.enter(&mut |phase| phases.push(phase)).await.unwrap();
    assert!(session.close(&mut |phase| phases.push(phase)).await.is_empty());
    assert_eq!(phases, [Phase::Portal, Phase::Gateway, Phase::GatewayLogOut, Phase::PortalLogOut]);
    assert_eq!(ilex.targets(), ["GET /ilex", "POST /ilex/login", "GET /ilex/home", "GET /ilex/out"]);
    let cookies: Vec<_> = ilex.requests().iter().map(|request| request.headers.contains_key("cookie")).collect();
    assert_eq!(cookies, [false, false, true, true]);
    assert!(xfb.requests().iter().all(|request| !request.headers.contains_key("cookie")), "cookies stay at home");
    assert!(ilex.requests().iter().chain(&xfb.requests()).all(|request| !request.headers.contains_key("referer")));
}

#[tokio::test]
async fn on_one_origin_the_gateway_gets_the_portals_cookie() {
    let both = Server::answering(None, portal).await;
    close(enter(through(&both, &both, "p0rtal")).await.unwrap()).await;
    let entry = both.requests().into_iter().find(|request| request.path() == "/depot-xt").unwrap();
    assert_eq!(entry.headers["cookie"], "SID=0123456789");
}

#[tokio::test]
async fn a_basic_challenge_is_answered_on_its_origin_only() {
    let ilex = Server::answering(None, |request| {
        let known = request.headers.get("authorization").is_some_and(|given| given == "Basic QUdFTlQ6cDBydGFs");
        let challenge = || with_headers("401 Who", "WWW-Authenticate: Basic realm=ILEX\r\n", "");
        Some(if known { page("200 OK", "<a href=/bye>logout</a>") } else { challenge() })
    })
    .await;
    let xfb = Server::answering(None, |_| None).await;
    close(enter(through(&ilex, &xfb, "p0rtal")).await.unwrap()).await;
    assert_eq!(ilex.targets(), ["GET /ilex", "GET /ilex", "GET /bye"]);
    assert!(xfb.requests().iter().all(|request| !request.headers.contains_key("authorization")));
    let error = enter(through(&ilex, &xfb, "wrong")).await.unwrap_err();
    assert_eq!((error.code(), error.again()), ("xfb-portal-refused", Again::AfterOperator));
}

#[tokio::test]
async fn a_wrong_portal_password_stops_before_the_gateway() {
    let (ilex, xfb) = (Server::answering(None, portal).await, Server::answering(None, |_| None).await);
    let error = enter(through(&ilex, &xfb, "wrong")).await.unwrap_err();
    assert_eq!(
        (error.code(), error.blame(), error.reach()),
        ("xfb-portal-refused", Blame::PeerRefused, Reach::Profile)
    );
    assert_eq!(error.again(), Again::AfterOperator);
    assert!(xfb.requests().is_empty());
}

#[tokio::test]
async fn a_portal_that_asks_for_nothing_is_unknown() {
    let (ilex, xfb) = (
        Server::answering(None, |_| Some(page("200 OK", "Maintenance"))).await,
        Server::answering(None, |_| None).await,
    );
    let error = enter(through(&ilex, &xfb, "x")).await.unwrap_err();
    assert_eq!((error.code(), error.peer_words()), ("xfb-unknown-page", Some("Maintenance")));
}

#[tokio::test]
async fn the_portal_is_left_when_the_gateway_refuses() {
    let ilex = Server::answering(None, portal).await;
    let xfb = Server::answering(None, |_| Some(page("200 OK", "<TITLE>Access denied"))).await;
    let error = enter(through(&ilex, &xfb, "p0rtal")).await.unwrap_err();
    assert_eq!(error.code(), "xfb-login-refused");
    assert_eq!(ilex.targets().last().unwrap(), "GET /ilex/out");
}

#[tokio::test]
async fn what_the_entry_page_may_say() {
    for (answer, code, again) in [
        (page("401 Who", ""), "xfb-login-refused", Again::AfterOperator),
        (page("403 No", ""), "xfb-login-refused", Again::AfterOperator),
        (page("200 OK", "<H1>Mot de passe inconnu"), "xfb-login-refused", Again::AfterOperator),
        (page("200 OK", "<H2>Accès refusé</H2>"), "xfb-login-refused", Again::AfterOperator),
        (page("200 OK", "<H1>Unknown <B>user</B>"), "xfb-login-refused", Again::AfterOperator),
        (page("200 OK", "<H1>Bonjour"), "xfb-unknown-page", Again::Later(None)),
        (page("404 Gone", ""), "xfb-page-refused", Again::AfterOperator),
        (page("500 Oops", ""), "xfb-server-failed", Again::Later(None)),
        (
            with_headers("503 Busy", "Retry-After: 60\r\n", ""),
            "xfb-refused-for-now",
            Again::Later(Some(Duration::from_secs(60))),
        ),
        (b"".to_vec(), "xfb-connection-lost", Again::Later(None)),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<a href=/depot-xt/send>Envoi".to_vec(),
            "xfb-connection-lost",
            Again::Later(None),
        ),
    ] {
        let shown = String::from_utf8_lossy(&answer).into_owned();
        let server = Server::start(None, move |mut conn| {
            let answer = answer.clone();
            async move {
                if conn.request().await.is_some() {
                    conn.cut_after(&answer).await;
                }
            }
        })
        .await;
        let error = enter(server.config()).await.unwrap_err();
        assert_eq!((error.code(), error.again(), error.received()), (code, again, Received::No), "{shown}");
    }
}

#[tokio::test]
async fn a_redirect_to_another_origin_gets_no_credentials() {
    let evil = Server::answering(None, |_| None).await;
    let location = format!("Location: {}depot-xt?user=VILLE&password=s3cret\r\n", evil.url);
    for status in ["301 Moved", "302 Found", "303 See", "307 Again", "308 Always"] {
        let location = location.clone();
        let server = Server::answering(None, move |_| Some(with_headers(status, &location, ""))).await;
        let error = enter(server.config()).await.unwrap_err();
        assert_eq!(error.code(), "xfb-foreign-origin");
        let evil = evil.url.as_str().trim_end_matches('/');
        assert_eq!(error.to_string(), format!("entering the gateway: redirected to another origin, {evil}"));
    }
    assert_eq!(*evil.seen.connections.lock().unwrap(), 0);
}

#[tokio::test]
async fn redirects_end() {
    let server = Server::answering(None, |_| Some(with_headers("302 Found", "Location: /depot-xt\r\n", ""))).await;
    let error = enter(server.config()).await.unwrap_err();
    assert_eq!(error.code(), "xfb-foreign-origin");
    assert!(server.requests().len() < 20);
}

#[tokio::test]
async fn nobody_listens() {
    let server = Server::answering(None, |_| None).await;
    let config = server.config();
    drop(server);
    // The port was ours: whoever takes it now is no gateway.
    let error = enter(config).await.unwrap_err();
    assert_eq!(
        (error.code(), error.reach(), error.again()),
        ("xfb-connect-failed", Reach::Gateway, Again::Later(None))
    );
}

#[tokio::test]
async fn log_outs_that_fail_are_told_and_harmless() {
    let both = Server::answering(None, |request| match request.path() {
        "/depot-xt/bye" | "/ilex/out" => Some(page("500 Oops", "")),
        _ => portal(request),
    })
    .await;
    let session = enter(through(&both, &both, "p0rtal")).await.unwrap();
    let failures = session.close(&mut |_| {}).await;
    assert_eq!(failures.iter().map(xfb_gateway::Error::code).collect::<Vec<_>>(), ["xfb-server-failed"; 2]);
}

#[tokio::test]
async fn a_dropped_session_sends_nothing_and_does_not_panic() {
    let server = Server::answering(None, |_| None).await;
    drop(server.enter().await);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn configurations_that_cannot_work_are_refused_at_once() {
    let with = |change: fn(&mut Config)| {
        let mut config = Config::new("http://h/".parse().unwrap(), Credentials::new("U", "P"));
        change(&mut config);
        Client::new(config).unwrap_err()
    };
    for (error, words) in [
        (with(|c| c.base_url = "ftp://h/".parse().unwrap()), "the base URL must start with http:// or https://"),
        (with(|c| c.base_url = "http://u:p@h/".parse().unwrap()), "the base URL cannot hold credentials"),
        (with(|c| c.base_url = "http://h/?user=U".parse().unwrap()), "the base URL cannot have a query"),
        (
            with(|c| c.proxy = Some(xfb_gateway::Proxy { url: "http://u:p@h/".parse().unwrap(), credentials: None })),
            "the proxy's URL cannot hold credentials",
        ),
        (
            with(|c| c.tls.roots = xfb_gateway::Roots::Only(vec![b"junk".to_vec().into()])),
            "a CA certificate cannot be used",
        ),
        (
            with(|c| {
                c.base_url = "https://h/".parse().unwrap();
                c.tls.roots = xfb_gateway::Roots::Only(Vec::new());
            }),
            "no CA certificate to trust",
        ),
    ] {
        assert_eq!((error.code(), error.blame()), ("xfb-config", Blame::OurMisuse));
        assert!(error.to_string().starts_with(words), "{error}");
    }
}
