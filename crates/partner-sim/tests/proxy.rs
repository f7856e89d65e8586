//! The proxy: credentials, tunnels, plain requests, loopback only.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use partner_sim::{Error, Proxy};
use support::{Client, LOGGED, Site};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const CREDENTIALS: &str = "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n";

#[tokio::test]
async fn a_tunnel_needs_credentials() {
    let site = Site::with(|gateway| gateway).await;
    let proxy = Proxy::new().credentials("Aladdin", "open sesame").start().await.unwrap();
    let connect =
        |credentials: &str| format!("CONNECT {} HTTP/1.1\r\nHost: x\r\n{credentials}\r\n", site.gateway.address());
    for wrong in ["", "Proxy-Authorization: Basic QWxhZGRpbjpubw==\r\n"] {
        let refused = Client::to(proxy.address(), None).await.unwrap().exchange(connect(wrong).as_bytes()).await;
        assert_eq!((refused.status(), refused.header("Proxy-Authenticate").is_some()), (407, true));
    }

    let mut tcp = TcpStream::connect(proxy.address()).await.unwrap();
    tcp.write_all(connect(CREDENTIALS).as_bytes()).await.unwrap();
    let mut said = vec![0; b"HTTP/1.1 200 Connection established\r\n\r\n".len()];
    tcp.read_exact(&mut said).await.unwrap();
    let mut client = Client::over(tcp, site.gateway.ca_pem()).await.unwrap();
    assert_eq!(client.get(&format!("/depot-xt?{LOGGED}")).await.status(), 200);
    assert_eq!((proxy.relayed(), proxy.refused()), (1, 2));
}

#[tokio::test]
async fn plain_requests_are_forwarded() {
    let site = Site::with(|gateway| gateway.plain_http()).await;
    let proxy = Proxy::new().credentials("Aladdin", "open sesame").start().await.unwrap();
    let request = format!("GET {}/depot-xt?{LOGGED} HTTP/1.1\r\nHost: x\r\n{CREDENTIALS}\r\n", site.gateway.base_url());
    let entry = Client::to(proxy.address(), None).await.unwrap().exchange(request.as_bytes()).await;
    assert!(entry.text().contains("Envoi d'un fichier"));
    assert_eq!(proxy.relayed(), 1);
}

#[tokio::test]
async fn nothing_leaves_the_machine() {
    let refused = Proxy::new().address("0.0.0.0:0".parse().unwrap()).start().await;
    assert!(matches!(refused, Err(Error::NotLoopback { .. })));
    let proxy = Proxy::new().start().await.unwrap();
    let answer =
        Client::to(proxy.address(), None).await.unwrap().exchange(b"CONNECT 192.0.2.1:443 HTTP/1.1\r\n\r\n").await;
    assert_eq!((answer.status(), proxy.refused()), (403, 1));
}
