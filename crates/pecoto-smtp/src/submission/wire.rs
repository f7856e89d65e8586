//! The only part with a socket: bytes out in groups, replies in, each within its time.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::config::{Config, Security};
use super::error::{Code, Error, Result};
use super::reply::{Replies, Reply};

/// Bytes asked for in one read.
const READ: usize = 4096;

/// Bytes gathered before they are handed to the system.
pub(super) const GROUP: usize = 64 * 1024;

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A connection, what is to be written to it, and what was read from it.
pub(super) struct Wire {
    stream: Stream,
    replies: Replies,
    /// Written at the next flush.
    pub(super) out: Vec<u8>,
    /// For a group to leave.
    stall: Duration,
}

impl Wire {
    /// Connects, without delay for small packets (docs/protocols/pecoto.md 5.5); with TLS when it is implicit.
    pub(super) async fn connect(config: &Config, tls: Option<&Arc<ClientConfig>>) -> Result<Self> {
        let host = config.host.trim_matches(['[', ']']);
        let failed = |error: &dyn std::fmt::Display| {
            Error::new(Code::ConnectFailed, format!("{host}:{} cannot be reached: {error}", config.port))
        };
        let connected = async {
            let stream = TcpStream::connect((host, config.port)).await.map_err(|error| failed(&error))?;
            stream.set_nodelay(true).map_err(|error| failed(&error))?;
            match (config.security, tls) {
                (Security::Implicit, Some(tls)) => handshake(host, tls, stream).await,
                _ => Ok(Stream::Plain(stream)),
            }
        };
        let stream =
            tokio::time::timeout(config.timeouts.connect, connected).await.map_err(|error| failed(&error))??;
        let stall = config.timeouts.stall;
        Ok(Self { stream, replies: Replies::default(), out: Vec::with_capacity(2 * GROUP), stall })
    }

    /// TLS on a connection that was in clear. What the server said before belongs to nobody: it could have been slipped in.
    pub(super) async fn start_tls(self, config: &Config, tls: &Arc<ClientConfig>) -> Result<Self> {
        let host = config.host.trim_matches(['[', ']']);
        let Self { stream, replies, out, stall } = self;
        if !replies.is_empty() {
            return Err(Error::new(Code::TlsRefused, "something was said in clear behind STARTTLS"));
        }
        let Stream::Plain(stream) = stream else {
            return Err(Error::new(Code::TlsRefused, "the connection has TLS already"));
        };
        let late = |_| Error::new(Code::TimedOut, "no TLS handshake in time");
        let stream =
            tokio::time::timeout(config.timeouts.connect, handshake(host, tls, stream)).await.map_err(late)??;
        Ok(Self { stream, replies, out, stall })
    }

    /// Our address, as RFC 5321 4.1.3 writes it.
    pub(super) fn address_literal(&self) -> String {
        let tcp = match &self.stream {
            Stream::Plain(tcp) => tcp,
            Stream::Tls(tls) => tls.get_ref().0,
        };
        match tcp.local_addr().map(|address| address.ip().to_canonical()) {
            Ok(std::net::IpAddr::V6(address)) => format!("[IPv6:{address}]"),
            Ok(address) => format!("[{address}]"),
            Err(_) => "[127.0.0.1]".to_owned(),
        }
    }

    /// Adds to what is to be written.
    pub(super) fn say(&mut self, command: &str) {
        self.out.extend_from_slice(command.as_bytes());
    }

    /// Writes everything that was said.
    pub(super) async fn flush(&mut self) -> Result<()> {
        let out = std::mem::take(&mut self.out);
        let written = within(self.stall, async {
            match &mut self.stream {
                Stream::Plain(stream) => stream.write_all(&out).await,
                Stream::Tls(stream) => {
                    stream.write_all(&out).await?;
                    stream.flush().await
                }
            }
        });
        let written = written.await;
        self.out = out;
        self.out.clear();
        written
    }

    /// The next reply.
    pub(super) async fn reply(&mut self, limit: Duration) -> Result<Reply> {
        loop {
            let bad = |error| Error::new(Code::BadReply, format!("the server's answer is no reply: {error}"));
            if let Some(reply) = self.replies.next_reply().map_err(bad)? {
                return Ok(reply);
            }
            let buffer = self.replies.buffer_mut();
            buffer.reserve(READ);
            let read = within(limit, async {
                match &mut self.stream {
                    Stream::Plain(stream) => stream.read_buf(buffer).await,
                    Stream::Tls(stream) => stream.read_buf(buffer).await,
                }
            });
            if read.await? == 0 {
                return Err(Error::new(Code::ConnectionLost, "the server closed the connection"));
            }
        }
    }

    /// Says that nothing more will come.
    pub(super) async fn shut(&mut self, limit: Duration) {
        let _ = within(limit, async {
            match &mut self.stream {
                Stream::Plain(stream) => stream.shutdown().await,
                Stream::Tls(stream) => stream.shutdown().await,
            }
        })
        .await;
    }
}

async fn within<T>(limit: Duration, act: impl Future<Output = io::Result<T>>) -> Result<T> {
    match tokio::time::timeout(limit, act).await {
        Ok(done) => done.map_err(|error| broken(&error)),
        Err(_) => Err(Error::new(Code::TimedOut, format!("no progress in {} s", limit.as_secs_f32()))),
    }
}

/// With TLS 1.3 a server tells only after the handshake that it will not have our certificate.
fn broken(error: &io::Error) -> Error {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let code =
        if matches!(inner, Some(rustls::Error::AlertReceived(_))) { Code::TlsRefused } else { Code::ConnectionLost };
    Error::new(code, format!("the connection broke: {error}"))
}

async fn handshake(host: &str, tls: &Arc<ClientConfig>, stream: TcpStream) -> Result<Stream> {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| Error::new(Code::Config, format!("no certificate can name {host:?}")))?;
    match TlsConnector::from(Arc::clone(tls)).connect(name, stream).await {
        Ok(stream) => Ok(Stream::Tls(Box::new(stream))),
        Err(error) if error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) => {
            Err(Error::new(Code::TlsRefused, format!("no TLS with {host}: {error}")))
        }
        Err(error) => Err(Error::new(Code::ConnectionLost, format!("the TLS handshake broke: {error}"))),
    }
}
