//! A client made of raw sockets: it shares nothing with the simulator or the workspace's clients.
#![allow(dead_code, reason = "each test file uses its part")]

use std::{net::SocketAddr, path::Path, sync::Arc};

use partner_sim::{GatewayBuilder, LedgerLine, Running, read_ledger};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

pub(crate) trait Pipe: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Pipe for T {}

pub(crate) const USER: &str = "ville";
pub(crate) const PASSWORD: &str = "p&ss é";
pub(crate) const LOGGED: &str = "user=ville&password=p%26ss%20%C3%A9";
pub(crate) const BOUNDARY: &str = "----7d5a";

/// A gateway with one account, at work in a temporary folder.
pub(crate) struct Site {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) gateway: Running,
}

impl Site {
    pub(crate) async fn with(change: impl FnOnce(GatewayBuilder) -> GatewayBuilder) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let gateway = start(folder.path(), change).await;
        Self { folder, gateway }
    }

    pub(crate) async fn connect(&self) -> Client {
        Client::connect(&self.gateway).await.unwrap()
    }

    /// One request on a connection of its own.
    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.connect().await.get(target).await
    }

    pub(crate) async fn upload(&self, name: &str, content: &[u8]) -> Answer {
        self.connect().await.exchange(&upload_request(name, content)).await
    }

    pub(crate) fn ledger(&self) -> Vec<LedgerLine> {
        read_ledger(self.gateway.ledger_path()).unwrap()
    }

    pub(crate) fn kinds(&self) -> Vec<String> {
        self.ledger().into_iter().map(|line| line.kind).collect()
    }
}

pub(crate) async fn start(folder: &Path, change: impl FnOnce(GatewayBuilder) -> GatewayBuilder) -> Running {
    change(partner_sim::Gateway::builder(folder).account(USER, PASSWORD)).start().await.unwrap()
}

/// How the server ended the connection, or that it did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The announced length was read.
    Open,
    /// A clean end: FIN over plain HTTP, `close_notify` over TLS.
    Clean,
    /// The end came without `close_notify`, or as a reset.
    Torn,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    pub(crate) end: End,
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
    }

    /// The body as Latin-1.
    pub(crate) fn text(&self) -> String {
        self.body.iter().map(|&byte| char::from(byte)).collect()
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let line = self
            .head
            .lines()
            .find(|line| line.to_ascii_lowercase().starts_with(&format!("{}:", name.to_ascii_lowercase())))?;
        line.split_once(':').map(|(_, value)| value.trim().to_owned())
    }

    /// The target of the link that holds this text.
    pub(crate) fn link(&self, text: &str) -> String {
        let html = self.text();
        let before = &html[..html.find(text).unwrap_or_else(|| panic!("no {text} in {html}"))];
        before.rsplit_once("HREF=\"").unwrap().1.split_once('"').unwrap().0.to_owned()
    }
}

pub(crate) struct Client {
    pipe: Box<dyn Pipe>,
}

impl Client {
    pub(crate) async fn connect(gateway: &Running) -> std::io::Result<Self> {
        Self::to(gateway.address(), gateway.ca_pem()).await
    }

    pub(crate) async fn to(address: SocketAddr, ca: Option<&str>) -> std::io::Result<Self> {
        let tcp = TcpStream::connect(address).await?;
        Self::over(tcp, ca).await
    }

    pub(crate) async fn over(tcp: TcpStream, ca: Option<&str>) -> std::io::Result<Self> {
        let Some(ca) = ca else {
            return Ok(Self { pipe: Box::new(tcp) });
        };
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let tls = TlsConnector::from(Arc::new(config)).connect(name, tcp).await?;
        Ok(Self { pipe: Box::new(tls) })
    }

    pub(crate) async fn get(&mut self, target: &str) -> Answer {
        self.exchange(format!("GET {target} HTTP/1.1\r\nHost: sim\r\n\r\n").as_bytes()).await
    }

    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Answer {
        self.send(request).await;
        self.answer().await
    }

    /// The server may have cut already: what it said is read all the same.
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        let _ = self.pipe.write_all(bytes).await;
        let _ = self.pipe.flush().await;
    }

    /// Reads at most that many bytes.
    pub(crate) async fn read_some(&mut self, most: usize) -> Vec<u8> {
        let mut bytes = vec![0; most];
        let mut filled = 0;
        while filled < most {
            match self.pipe.read(&mut bytes[filled..]).await {
                Ok(read @ 1..) => filled += read,
                _ => break,
            }
        }
        bytes.truncate(filled);
        bytes
    }

    /// Reads one answer: up to its announced length, or to the connection's end.
    pub(crate) async fn answer(&mut self) -> Answer {
        let mut bytes = Vec::new();
        let end = loop {
            if whole(&bytes) {
                break End::Open;
            }
            let mut piece = [0; 16 * 1024];
            match self.pipe.read(&mut piece).await {
                Ok(0) => break End::Clean,
                Ok(read) => bytes.extend_from_slice(&piece[..read]),
                Err(_) => break End::Torn,
            }
        };
        let head_end = find(&bytes, b"\r\n\r\n").map_or(bytes.len(), |at| at + 4);
        let body = bytes.split_off(head_end);
        Answer { head: String::from_utf8_lossy(&bytes).into_owned(), body, end }
    }
}

fn whole(bytes: &[u8]) -> bool {
    let Some(head_end) = find(bytes, b"\r\n\r\n") else {
        return false;
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).to_ascii_lowercase();
    if head.contains("transfer-encoding: chunked") {
        return bytes.ends_with(b"\r\n0\r\n\r\n");
    }
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .and_then(|value| value.parse::<usize>().ok());
    length.is_some_and(|length| bytes.len() >= head_end + 4 + length)
}

pub(crate) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// The hidden token that the form of [`USER`] holds.
pub(crate) fn token() -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(format!("form of {USER}"))[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A whole upload request, head and body.
pub(crate) fn upload_request(name: &str, content: &[u8]) -> Vec<u8> {
    let body = upload_body(&[], name, content);
    let mut request = upload_head(body.len());
    request.extend_from_slice(&body);
    request
}

pub(crate) fn upload_head(length: usize) -> Vec<u8> {
    format!(
        "POST /depot-xt?{LOGGED}&action=depot HTTP/1.1\r\nHost: sim\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n\
         Content-Length: {length}\r\n\r\n"
    )
    .into_bytes()
}

/// The form's body; `changed` replaces values.
pub(crate) fn upload_body(changed: &[(&str, &str)], name: &str, content: &[u8]) -> Vec<u8> {
    let token = token();
    let mut body = Vec::new();
    for (field, value) in [
        ("ETAPE", "dépôt \"1\""),
        ("JETON", token.as_str()),
        ("SITE_DEST", "C175"),
        ("REF_APPLI", "GRCT450"),
        ("SUJET", "HÉLIOS"),
        ("PARM_CFT", ""),
    ] {
        let value = changed.iter().find(|(known, _)| *known == field).map_or(value, |(_, value)| value);
        let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n");
        body.extend(latin1(&part));
    }
    body.extend(latin1(&format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"FICHIER\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    )));
    body.extend_from_slice(content);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    body
}

fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(c).unwrap()).collect()
}
