//! Through a proxy, with credentials (docs/protocols/xfb-gateway.md 1.3).

use tokio::io::copy_bidirectional;
use tokio::net::TcpStream;
use xfb_gateway::{Again, Config, Credentials, Proxy};

use crate::support::*;
use crate::tls::{Authority, trusting};

/// `agent:pr0xy`, as Basic authentication sends it.
const KNOWN: &str = "Basic YWdlbnQ6cHIweHk=";

/// Tunnels CONNECT, answers plain requests as the gateway would, both only to who is known.
async fn proxy() -> Server {
    Server::start(None, |mut conn| async move {
        while let Some(request) = conn.request().await {
            if request.headers.get("proxy-authorization").is_none_or(|given| given != KNOWN) {
                conn.send("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n").await;
            } else if request.method == "CONNECT" {
                let mut target = TcpStream::connect(&request.target).await.unwrap();
                conn.send("HTTP/1.1 200 OK\r\n\r\n").await;
                let _ = copy_bidirectional(&mut conn.into_plain(), &mut target).await;
                return;
            } else {
                let inside = request.target.strip_prefix("http://gateway.test").unwrap().to_owned();
                let request = Request { target: inside, ..request };
                conn.send(gateway(&request)).await;
            }
        }
    })
    .await
}

fn through(mut config: Config, proxy: &Server, password: &str) -> Config {
    config.proxy = Some(Proxy { url: proxy.url.clone(), credentials: Some(Credentials::new("agent", password)) });
    config
}

#[tokio::test]
async fn tls_is_tunnelled() {
    let (authority, proxy) = (Authority::new(), proxy().await);
    let server = Server::answering(Some(authority.server()), |_| None).await;
    let mut session = enter(through(trusting(&server, &authority), &proxy, "pr0xy")).await.unwrap();
    session.upload(Local::new(&content(200_000)).upload(), yes(), &mut |_| {}).await.unwrap();
    close(session).await;
    assert!(proxy.requests().iter().all(|request| request.method == "CONNECT"));
    assert!(server.requests().iter().all(|request| !request.headers.contains_key("proxy-authorization")));
}

#[tokio::test]
async fn plain_requests_go_through() {
    let proxy = proxy().await;
    let mut config = through(proxy.config(), &proxy, "pr0xy");
    config.base_url = "http://gateway.test/".parse().unwrap();
    let mut session = enter(config).await.unwrap();
    session.upload(Local::new(&content(200_000)).upload(), yes(), &mut |_| {}).await.unwrap();
    close(session).await;
    let upload = proxy.requests().into_iter().find(|request| request.method == "POST").unwrap();
    assert_eq!(upload.file(), content(200_000));
}

#[tokio::test]
async fn a_refusing_proxy_is_named() {
    let (authority, proxy) = (Authority::new(), proxy().await);
    let server = Server::answering(Some(authority.server()), |_| None).await;
    let tunnelled = through(trusting(&server, &authority), &proxy, "wrong");
    let mut plain = through(proxy.config(), &proxy, "wrong");
    plain.base_url = "http://gateway.test/".parse().unwrap();
    for config in [tunnelled, plain] {
        let error = enter(config).await.unwrap_err();
        assert_eq!((error.code(), error.again()), ("xfb-proxy-refused", Again::AfterOperator), "{error}");
    }
    assert_eq!(*server.seen.connections.lock().unwrap(), 0);
}
