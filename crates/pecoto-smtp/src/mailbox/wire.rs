//! A protected connection: bytes in, bytes out, nothing of a protocol.

use std::io::{self, ErrorKind};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout_at},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{MailboxError, Server};

/// Bytes read at once.
const CHUNK: usize = 16 << 10;

enum Stream {
    Clear(TcpStream),
    Protected(Box<TlsStream<TcpStream>>),
    /// Only while TLS is being set up; a set-up that failed leaves it.
    Gone,
}

/// One connection and what was read and not used yet. Every wait is bounded by the server's limits.
pub(super) struct Wire {
    stream: Stream,
    server: Server,
    unread: Vec<u8>,
    used: usize,
    deadline: Instant,
}

impl Wire {
    /// Connects, with TLS at once if the server's [`Security`](super::Security) says so.
    pub(super) async fn connect(server: &Server) -> Result<Self, MailboxError> {
        let deadline = Instant::now() + server.silence;
        let unreachable = |source| MailboxError::Unreachable { server: server.shown(), source };
        let stream = timeout_at(deadline, TcpStream::connect((server.host.as_str(), server.port)))
            .await
            .map_err(|_| unreachable(ErrorKind::TimedOut.into()))?
            .map_err(unreachable)?;
        // Commands are small and each waits for its answer.
        stream.set_nodelay(true).map_err(unreachable)?;
        let stream = Stream::Clear(stream);
        let mut wire = Self { stream, server: server.clone(), unread: Vec::new(), used: 0, deadline };
        if server.security.is_implicit() {
            wire.protect().await?;
        }
        wire.renew();
        Ok(wire)
    }

    /// Starts TLS on the open connection. Whatever the server said before is refused: it could be an attacker's, believed to be protected.
    pub(super) async fn protect(&mut self) -> Result<(), MailboxError> {
        if !self.unread().is_empty() {
            return Err(MailboxError::Protocol("it went on in clear text after it agreed to start TLS".to_owned()));
        }
        let Stream::Clear(stream) = std::mem::replace(&mut self.stream, Stream::Gone) else {
            return Err(MailboxError::Protocol("TLS was started twice".to_owned()));
        };
        let connector = TlsConnector::from(self.server.security.config().clone());
        let handshake = connector.connect(self.server.name.clone(), stream);
        let refused = |source| MailboxError::Tls { server: self.server.shown(), source };
        let stream = timeout_at(self.deadline.min(self.silence_ends()), handshake)
            .await
            .map_err(|_| MailboxError::TimedOut)?
            .map_err(refused)?;
        self.stream = Stream::Protected(Box::new(stream));
        Ok(())
    }

    /// A new command begins: its time starts now.
    pub(super) fn renew(&mut self) {
        self.deadline = Instant::now() + self.server.patience;
    }

    /// Sends all of it.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> Result<(), MailboxError> {
        let until = self.deadline.min(self.silence_ends());
        let sent = match &mut self.stream {
            Stream::Clear(stream) => timeout_at(until, stream.write_all(bytes)).await,
            // rustls keeps what it could not write yet.
            Stream::Protected(stream) => timeout_at(until, write_and_flush(stream, bytes)).await,
            Stream::Gone => Ok(Err(ErrorKind::NotConnected.into())),
        };
        sent.map_err(|_| MailboxError::TimedOut)?.map_err(MailboxError::Lost)
    }

    /// What was read and not used.
    pub(super) fn unread(&self) -> &[u8] {
        &self.unread[self.used..]
    }

    /// Marks the first `count` unread bytes as used.
    pub(super) fn consume(&mut self, count: usize) {
        self.used = self.unread.len().min(self.used + count);
    }

    /// Reads more. The protocol above keeps what it needs: it must have used all that was unread.
    pub(super) async fn fill(&mut self) -> Result<(), MailboxError> {
        self.unread.drain(..self.used);
        self.used = 0;
        let start = self.unread.len();
        self.unread.resize(start + CHUNK, 0);
        let until = self.deadline.min(self.silence_ends());
        let free = &mut self.unread[start..];
        let outcome = match &mut self.stream {
            Stream::Clear(stream) => timeout_at(until, stream.read(free)).await,
            Stream::Protected(stream) => timeout_at(until, stream.read(free)).await,
            Stream::Gone => Ok(Ok(0)),
        };
        self.unread.truncate(start + outcome.as_ref().map_or(0, |read| *read.as_ref().unwrap_or(&0)));
        match outcome.map_err(|_| MailboxError::TimedOut)?.map_err(MailboxError::Lost)? {
            0 => Err(MailboxError::Lost(io::Error::new(ErrorKind::UnexpectedEof, "the server closed it"))),
            _ => Ok(()),
        }
    }

    /// Ends TLS and the connection; failures change nothing any more.
    pub(super) async fn shut(mut self) {
        let until = self.silence_ends();
        let _ = match &mut self.stream {
            Stream::Clear(stream) => timeout_at(until, stream.shutdown()).await,
            Stream::Protected(stream) => timeout_at(until, stream.shutdown()).await,
            Stream::Gone => Ok(Ok(())),
        };
    }

    /// A server's words as they may be kept.
    pub(super) fn clean(&self, words: &str) -> String {
        self.server.credentials.clean(words)
    }

    fn silence_ends(&self) -> Instant {
        Instant::now() + self.server.silence
    }
}

async fn write_and_flush(stream: &mut TlsStream<TcpStream>, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes).await?;
    stream.flush().await
}
