//! One accepted connection, with control of every byte that leaves it: TLS records can be cut, `close_notify` can be kept back.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::BytesMut;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// Bytes asked for in one read.
const READ: usize = 64 * 1024;

/// How the connection's end is said to the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goodbye {
    /// TLS `close_notify`, then FIN.
    Notified,
    /// FIN alone.
    Silent,
}

/// A connection and what was read from it but not used yet.
pub(crate) struct Wire {
    stream: Stream,
    /// Bytes read and not consumed.
    pub(crate) input: BytesMut,
}

enum Stream {
    Plain(Valve),
    Tls(Box<TlsStream<Valve>>),
}

impl Wire {
    /// Takes a fresh TCP connection; with an acceptor, the TLS handshake is done here.
    pub(crate) async fn accept(tcp: TcpStream, tls: Option<&TlsAcceptor>) -> io::Result<Self> {
        tcp.set_nodelay(true)?;
        let valve = Valve { tcp, left: None };
        let stream = match tls {
            None => Stream::Plain(valve),
            Some(acceptor) => Stream::Tls(Box::new(acceptor.accept(valve).await?)),
        };
        Ok(Self { stream, input: BytesMut::new() })
    }

    /// Reads what the peer sent next into [`Self::input`]; 0 = the peer will send no more.
    pub(crate) async fn read_more(&mut self) -> io::Result<usize> {
        self.input.reserve(READ);
        match &mut self.stream {
            Stream::Plain(stream) => stream.read_buf(&mut self.input).await,
            Stream::Tls(stream) => stream.read_buf(&mut self.input).await,
        }
    }

    /// Writes and flushes: the bytes have been handed to the system when this returns.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.stream {
            Stream::Plain(stream) => stream.write_all(bytes).await,
            Stream::Tls(stream) => {
                stream.write_all(bytes).await?;
                stream.flush().await
            }
        }
    }

    /// Sends only the first bytes of the TLS record that would carry `bytes` (over plain HTTP: half of them). Nothing sent later leaves.
    pub(crate) async fn send_cut(&mut self, bytes: &[u8]) -> io::Result<()> {
        /// A TLS record header takes 5 bytes: the record has visibly begun and cannot be decrypted.
        const INSIDE_A_RECORD: usize = 9;
        match &mut self.stream {
            Stream::Plain(stream) => stream.left = Some(bytes.len() / 2),
            Stream::Tls(stream) => stream.get_mut().0.left = Some(INSIDE_A_RECORD),
        }
        self.send(bytes).await
    }

    /// Ends our direction of the connection.
    pub(crate) async fn close(&mut self, goodbye: Goodbye) -> io::Result<()> {
        match (&mut self.stream, goodbye) {
            (Stream::Plain(stream), _) => stream.shutdown().await,
            (Stream::Tls(stream), Goodbye::Notified) => stream.shutdown().await,
            (Stream::Tls(stream), Goodbye::Silent) => stream.get_mut().0.shutdown().await,
        }
    }

    /// Waits until the peer goes, throwing away what it still sends.
    pub(crate) async fn until_gone(&mut self) {
        loop {
            self.input.clear();
            if !matches!(self.read_more().await, Ok(1..)) {
                return;
            }
        }
    }

    /// The TCP connection, for a relay that has no TLS of its own; `None` when TLS was negotiated.
    pub(crate) fn into_tcp(self) -> Option<(TcpStream, BytesMut)> {
        match self.stream {
            Stream::Plain(valve) => Some((valve.tcp, self.input)),
            Stream::Tls(_) => None,
        }
    }
}

/// A TCP stream that can be told to swallow everything after `left` more bytes.
struct Valve {
    tcp: TcpStream,
    left: Option<usize>,
}

impl AsyncRead for Valve {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(cx, buf)
    }
}

impl AsyncWrite for Valve {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let Some(left) = self.left else {
            return Pin::new(&mut self.tcp).poll_write(cx, buf);
        };
        let pass = left.min(buf.len());
        if pass == 0 {
            return Poll::Ready(Ok(buf.len()));
        }
        let wrote = ready!(Pin::new(&mut self.tcp).poll_write(cx, &buf[..pass]))?;
        self.left = Some(left - wrote);
        Poll::Ready(Ok(wrote))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}
