//! A server made of raw sockets, and what every test needs.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use url::Url;
use xfb_gateway::{Client, Config, Credentials, FieldText, FileName, Phase, Session, Source, Upload};

/// A request as it came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub(crate) fn is(&self, method: &str, start: &str) -> bool {
        self.method == method && self.target.starts_with(start)
    }

    pub(crate) fn length(&self) -> usize {
        self.headers.get("content-length").map_or(0, |length| length.parse().unwrap())
    }

    pub(crate) fn body_text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The bytes of the file part.
    pub(crate) fn file(&self) -> Vec<u8> {
        let mark = b"Content-Type: application/octet-stream\r\n\r\n";
        let start = self.body.windows(mark.len()).position(|at| at == mark).unwrap() + mark.len();
        let end = self.body[start..].windows(4).rposition(|at| at == b"\r\n--").unwrap() + start;
        self.body[start..end].to_vec()
    }
}

enum Line {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// One connection, seen by the server.
pub(crate) struct Conn {
    line: Line,
    buffer: Vec<u8>,
    seen: Arc<Seen>,
}

impl Conn {
    async fn more(&mut self) -> io::Result<usize> {
        let mut piece = [0; 16 * 1024];
        let count = match &mut self.line {
            Line::Plain(stream) => stream.read(&mut piece).await?,
            Line::Tls(stream) => stream.read(&mut piece).await?,
        };
        self.buffer.extend_from_slice(&piece[..count]);
        Ok(count)
    }

    /// The head of the next request; the body stays to be read.
    pub(crate) async fn head(&mut self) -> Option<Request> {
        loop {
            if let Some(end) = self.buffer.windows(4).position(|at| at == b"\r\n\r\n") {
                let head: Vec<u8> = self.buffer.drain(..end + 4).collect();
                return Some(parse(&String::from_utf8(head).unwrap()));
            }
            if !matches!(self.more().await, Ok(count) if count > 0) {
                return None;
            }
        }
    }

    /// A whole request, or what came of it.
    pub(crate) async fn request(&mut self) -> Option<Request> {
        let request = self.head().await?;
        self.rest(request).await
    }

    /// The body of a request whose head was read.
    pub(crate) async fn rest(&mut self, mut request: Request) -> Option<Request> {
        loop {
            let have = self.buffer.len().min(request.length());
            self.seen.body.send_replace(self.buffer[..have].to_vec());
            let whole = have == request.length();
            if whole || !matches!(self.more().await, Ok(count) if count > 0) {
                request.body = self.buffer.drain(..have).collect();
                self.seen.requests.lock().unwrap().push(request.clone());
                self.seen.ended.send_replace(!whole);
                return whole.then_some(request);
            }
        }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = match &mut self.line {
            Line::Plain(stream) => stream.write_all(bytes.as_ref()).await,
            Line::Tls(stream) => stream.write_all(bytes.as_ref()).await,
        };
        let _ = match &mut self.line {
            Line::Plain(stream) => stream.flush().await,
            Line::Tls(stream) => stream.flush().await,
        };
    }

    /// Ends the answer as it should be: `close_notify` first, then what the client still sends is read until it ends.
    pub(crate) async fn finish(mut self) {
        let _ = match &mut self.line {
            Line::Plain(stream) => stream.shutdown().await,
            Line::Tls(stream) => stream.shutdown().await,
        };
        while matches!(self.more().await, Ok(count) if count > 0) {}
    }

    /// Ends the connection below TLS, without `close_notify`, after `bytes`.
    pub(crate) async fn cut_after(self, bytes: &[u8]) {
        let mut stream = match self.line {
            Line::Plain(stream) => stream,
            Line::Tls(stream) => stream.into_inner().0,
        };
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        while matches!(stream.read(&mut [0; 1024]).await, Ok(count) if count > 0) {}
    }

    pub(crate) fn into_plain(self) -> TcpStream {
        match self.line {
            Line::Plain(stream) => stream,
            Line::Tls(_) => panic!("not a plain connection"),
        }
    }

    /// Says nothing until the client leaves.
    pub(crate) async fn hang(mut self) {
        while matches!(self.more().await, Ok(count) if count > 0) {}
    }
}

fn parse(head: &str) -> Request {
    let mut lines = head.lines();
    let mut first = lines.next().unwrap().split(' ').map(str::to_owned);
    let headers = lines.filter_map(|line| line.split_once(": "));
    Request {
        method: first.next().unwrap(),
        target: first.next().unwrap(),
        headers: headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect(),
        body: Vec::new(),
    }
}

/// What the server saw.
pub(crate) struct Seen {
    pub(crate) requests: Mutex<Vec<Request>>,
    /// The body bytes of the request being read.
    pub(crate) body: watch::Sender<Vec<u8>>,
    /// Whether the last body ended before its length.
    pub(crate) ended: watch::Sender<bool>,
    pub(crate) connections: Mutex<usize>,
}

pub(crate) struct Server {
    pub(crate) url: Url,
    pub(crate) seen: Arc<Seen>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(crate) async fn start<F, Fut>(tls: Option<TlsAcceptor>, handle: F) -> Self
    where
        F: Fn(Conn) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://127.0.0.1:{}/", listener.local_addr().unwrap().port());
        let seen = Arc::new(Seen {
            requests: Mutex::default(),
            body: watch::Sender::default(),
            ended: watch::Sender::default(),
            connections: Mutex::default(),
        });
        let shared = seen.clone();
        let handle = Arc::new(handle);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *shared.connections.lock().unwrap() += 1;
                let (seen, handle, tls) = (shared.clone(), handle.clone(), tls.clone());
                tokio::spawn(async move {
                    let line = match tls {
                        None => Line::Plain(stream),
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => Line::Tls(Box::new(stream)),
                            Err(_) => return,
                        },
                    };
                    handle(Conn { line, buffer: Vec::new(), seen }).await;
                });
            }
        });
        Self { url: url.parse().unwrap(), seen, task }
    }

    /// Answers whole requests, one after the other, with what `answer` gives, or as [`gateway`] does.
    pub(crate) async fn answering(
        tls: Option<TlsAcceptor>,
        answer: impl Fn(&Request) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        let answer = Arc::new(answer);
        Self::start(tls, move |mut conn| {
            let answer = answer.clone();
            async move {
                while let Some(request) = conn.request().await {
                    let bytes = answer(&request).unwrap_or_else(|| gateway(&request));
                    conn.send(&bytes).await;
                    if !is_framed(&bytes) {
                        return conn.finish().await;
                    }
                }
            }
        })
        .await
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.seen.requests.lock().unwrap().clone()
    }

    pub(crate) fn targets(&self) -> Vec<String> {
        self.requests().iter().map(|request| format!("{} {}", request.method, request.target)).collect()
    }

    pub(crate) fn config(&self) -> Config {
        let mut config = Config::new(self.url.clone(), Credentials::new("VILLE", "s3cret"));
        config.timeouts.answer = Duration::from_secs(60);
        config.timeouts.stall = Duration::from_secs(60);
        config
    }

    pub(crate) async fn enter(&self) -> Session {
        enter(self.config()).await.unwrap()
    }
}

fn is_framed(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer).to_lowercase();
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    head.contains("content-length") || head.contains("chunked")
}

pub(crate) async fn enter(config: Config) -> xfb_gateway::Result<Session> {
    Client::new(config)?.enter(&mut |_| {}).await
}

pub(crate) async fn close(session: Session) {
    assert!(session.close(&mut |_: Phase| {}).await.is_empty());
}

/// An answer with a length.
pub(crate) fn page(status: &str, html: &str) -> Vec<u8> {
    with_headers(status, "Content-Type: text/html; charset=utf-8\r\n", html)
}

pub(crate) fn with_headers(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

pub(crate) const FORM: &str = "<FORM METHOD=POST ENCTYPE=multipart/form-data ACTION=\"/depot-xt/up?user=U&password=P\">\
    <INPUT TYPE=HIDDEN NAME=op VALUE=put><INPUT NAME=dest><INPUT NAME=appli><INPUT NAME=sujet><INPUT NAME=parm>\
    <INPUT TYPE=FILE NAME=fic></FORM>";

pub(crate) const RECEIVED: &str = "<HTML><TITLE>File received correctly</TITLE><H1><FONT color=GREEN>File received</FONT></H1>\
    <A HREF=\"?user=VILLE&password=s3cret\">Continue ...</A>";

pub(crate) const LISTING: &str = "<TITLE>R&eacute;ception d'un fichier</TITLE><TABLE>\
    <TR><TD><A HREF=\"/depot-xt/RCT290G?local_ident=62899&user=VILLE&password=s3cret\">RCT290G</A><TD>B\
    <TR><TD><A HREF=\"/depot-xt/OCRE?local_ident=62900&user=VILLE&password=s3cret\">OCRE</A><TD>E</TABLE>";

/// What a gateway in good health answers.
pub(crate) fn gateway(request: &Request) -> Vec<u8> {
    match (request.method.as_str(), request.path()) {
        ("GET", "/depot-xt") => page(
            "200 OK",
            "<A HREF=/depot-xt/send>Envoi d'un fichier</A> <A HREF=/depot-xt/list>R&eacute;ception d'un fichier</A>
             <A HREF=/depot-xt/bye>D&eacute;connexion</A>",
        ),
        ("GET", "/depot-xt/send") => page("200 OK", FORM),
        ("POST", "/depot-xt/up") => page("200 OK", RECEIVED),
        ("GET", "/depot-xt/list") => page("200 OK", LISTING),
        ("GET", "/depot-xt/bye") => page("200 OK", "Au revoir"),
        ("GET", "/depot-xt/RCT290G") => with_headers("200 OK", "", "content"),
        _ => page("404 Not Found", "<H1>Not here"),
    }
}

/// A file with these bytes, to be deposited.
pub(crate) struct Local(tempfile::NamedTempFile);

impl Local {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        Self(file)
    }

    /// Zeros that take no space.
    pub(crate) fn sparse(length: u64) -> Self {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(length).unwrap();
        Self(file)
    }

    pub(crate) fn path(&self) -> &std::path::Path {
        self.0.path()
    }

    pub(crate) fn upload(&self) -> Upload {
        let mut upload = Upload::new(FileName::try_from("MANDATS.xml").unwrap(), Source::Path(self.path().to_owned()));
        upload.destination = Some(FieldText::try_from("C175").unwrap());
        upload.application = Some(FieldText::try_from("GRCT450").unwrap());
        upload
    }
}

/// A commit point that consents.
pub(crate) async fn yes() -> Result<(), String> {
    Ok(())
}

/// Bytes that no two offsets share.
pub(crate) fn content(length: usize) -> Vec<u8> {
    (0_u32..).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).take(length).collect()
}

/// Waits for a value; fails where it never comes.
pub(crate) async fn until<T: Clone>(sender: &watch::Sender<T>, wanted: impl FnMut(&T) -> bool) -> T {
    let mut receiver = sender.subscribe();
    let found = tokio::time::timeout(Duration::from_secs(60), receiver.wait_for(wanted)).await;
    found.expect("the server never saw it").unwrap().clone()
}
