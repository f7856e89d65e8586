//! A small HTTP/1.1 server side: request heads, bodies as they come, answers. Nothing is decoded that the simulators do not need.

use std::{fmt::Write as _, io};

use bytes::BytesMut;

use crate::{text, wire::Wire};

/// Longest request head taken, in bytes.
const MAX_HEAD: usize = 64 * 1024;
/// Longest chunk-size line of a chunked body, in bytes.
const MAX_CHUNK_LINE: usize = 4096;

/// A request without its body. Header names are in lower case.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) method: String,
    /// The target as sent, for a proxy.
    pub(crate) target: String,
    /// Percent-decoded path.
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    http10: bool,
}

impl Head {
    /// Reads the next head; `None` when the peer closed between two requests.
    pub(crate) async fn read(wire: &mut Wire) -> io::Result<Option<Self>> {
        let mut searched = 0;
        loop {
            if let Some(at) = memchr::memmem::find(&wire.input[searched..], b"\r\n\r\n") {
                let bytes = wire.input.split_to(searched + at + 4);
                return Self::parse(&bytes).map(Some);
            }
            searched = wire.input.len().saturating_sub(3);
            if wire.input.len() > MAX_HEAD {
                return Err(bad("request head too long"));
            }
            if wire.read_more().await? == 0 {
                return if wire.input.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
        }
    }

    fn parse(bytes: &[u8]) -> io::Result<Self> {
        let text = text::latin1_or_utf8(bytes);
        let mut lines = text.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(bad("malformed request line"));
        };
        let headers = lines
            .take_while(|line| !line.is_empty())
            .map(|line| line.split_once(':').map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| bad("malformed header"))?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Ok(Self {
            method: method.to_owned(),
            target: target.to_owned(),
            path: text::unpercent(path, false),
            query: text::pairs(query),
            headers,
            http10: version == "HTTP/1.0",
        })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of a cookie.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let mut cookies =
            self.headers.iter().filter(|(header, _)| header == "cookie").flat_map(|(_, value)| value.split(';'));
        cookies.find_map(|cookie| {
            cookie.trim().split_once('=').filter(|(known, _)| *known == name).map(|(_, value)| value)
        })
    }

    /// The peer wants no other request on this connection.
    pub(crate) fn wants_close(&self) -> bool {
        self.http10 || self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }
}

/// A request body being read: hands out its bytes through a window, and knows whether its announced end was reached.
pub(crate) struct Body {
    framing: Framing,
    /// Stop after that many bytes, as if the connection had been cut there.
    limit: Option<u64>,
    /// Bytes handed out so far.
    pub(crate) read: u64,
}

#[derive(Clone, Copy)]
enum Framing {
    Length(u64),
    ChunkHead,
    Chunk(u64),
    Trailer,
    Ended,
}

/// What [`Body::fill`] brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filled {
    /// At least one byte more in the window.
    More,
    /// The announced end was reached before: nothing more will come.
    Complete,
    /// The peer went away, or the limit was reached, before the announced end.
    Cut,
}

impl Body {
    /// The body that follows `head`. `100-continue` is answered at once.
    pub(crate) async fn open(head: &Head, wire: &mut Wire) -> io::Result<Self> {
        let chunked = head.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
        let framing = match head.header("content-length") {
            _ if chunked => Framing::ChunkHead,
            Some(length) => Framing::Length(length.parse().map_err(|_| bad("malformed Content-Length"))?),
            None => Framing::Length(0),
        };
        if head.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
            wire.send(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        Ok(Self { framing, limit: None, read: 0 })
    }

    /// From now on, `fill` says [`Filled::Cut`] once `limit` bytes were handed out, unless the body ended there.
    pub(crate) const fn cut_at(&mut self, limit: u64) {
        self.limit = Some(limit);
    }

    /// Moves the next piece of the body into `window`.
    pub(crate) async fn fill(&mut self, wire: &mut Wire, window: &mut BytesMut) -> io::Result<Filled> {
        loop {
            match self.framing {
                Framing::Length(0) | Framing::Ended => return Ok(Filled::Complete),
                Framing::Length(left) => {
                    let taken = self.take(left, wire, window);
                    if taken > 0 {
                        self.framing = Framing::Length(left - taken);
                        return Ok(Filled::More);
                    }
                }
                Framing::Chunk(0) => {
                    if Self::line(wire)?.is_some() {
                        self.framing = Framing::ChunkHead;
                        continue;
                    }
                }
                Framing::Chunk(left) => {
                    let taken = self.take(left, wire, window);
                    if taken > 0 {
                        self.framing = Framing::Chunk(left - taken);
                        return Ok(Filled::More);
                    }
                }
                Framing::ChunkHead => {
                    if let Some(line) = Self::line(wire)? {
                        self.framing = chunk_head(&line)?;
                        continue;
                    }
                }
                Framing::Trailer => {
                    if let Some(line) = Self::line(wire)? {
                        self.framing = if line.is_empty() { Framing::Ended } else { Framing::Trailer };
                        continue;
                    }
                }
            }
            if self.limit.is_some_and(|limit| self.read >= limit) || wire.read_more().await.unwrap_or(0) == 0 {
                return Ok(Filled::Cut);
            }
        }
    }

    /// Reads the rest and throws it away; true when the announced end was reached.
    pub(crate) async fn drain(&mut self, wire: &mut Wire) -> io::Result<bool> {
        let mut window = BytesMut::new();
        loop {
            match self.fill(wire, &mut window).await? {
                Filled::More => window.clear(),
                Filled::Complete => return Ok(true),
                Filled::Cut => return Ok(false),
            }
        }
    }

    fn take(&mut self, left: u64, wire: &mut Wire, window: &mut BytesMut) -> u64 {
        let room = self.limit.map_or(u64::MAX, |limit| limit.saturating_sub(self.read)).min(left);
        let size = usize::try_from(room).unwrap_or(usize::MAX).min(wire.input.len());
        window.extend_from_slice(&wire.input.split_to(size));
        self.read += size as u64;
        size as u64
    }

    fn line(wire: &mut Wire) -> io::Result<Option<String>> {
        match memchr::memmem::find(&wire.input, b"\r\n") {
            Some(at) => {
                let line = wire.input.split_to(at + 2);
                Ok(Some(text::latin1_or_utf8(&line[..at])))
            }
            None if wire.input.len() > MAX_CHUNK_LINE => Err(bad("chunk line too long")),
            None => Ok(None),
        }
    }
}

fn chunk_head(line: &str) -> io::Result<Framing> {
    let digits = line.split(';').next().unwrap_or_default().trim();
    let size = u64::from_str_radix(digits, 16).map_err(|_| bad("malformed chunk size"))?;
    Ok(if size == 0 { Framing::Trailer } else { Framing::Chunk(size) })
}

/// An answer whose body is in memory.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// A Latin-1 HTML page.
    pub(crate) fn page(html: &str) -> Self {
        let headers = vec![("Content-Type".to_owned(), "text/html; charset=iso-8859-1".to_owned())];
        Self { status: 200, headers, body: text::to_latin1(html) }
    }

    pub(crate) const fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The whole answer; returns it with the length of its head.
    pub(crate) fn bytes(&self, close: bool) -> (Vec<u8>, usize) {
        let length = format!("Content-Length: {}", self.body.len());
        let mut out = head_bytes(self.status, &self.headers, &length, close);
        let head = out.len();
        out.extend_from_slice(&self.body);
        (out, head)
    }
}

/// The head of an answer, with one line that says how the body ends (may be empty).
pub(crate) fn head_bytes(status: u16, headers: &[(String, String)], framing: &str, close: bool) -> Vec<u8> {
    let mut out = format!("HTTP/1.1 {status} {}\r\nServer: XFB/Gateway\r\n", reason(status));
    for (name, value) in headers {
        let _ = write!(out, "{name}: {value}\r\n");
    }
    if !framing.is_empty() {
        out.push_str(framing);
        out.push_str("\r\n");
    }
    if close {
        out.push_str("Connection: close\r\n");
    }
    out.push_str("\r\n");
    text::to_latin1(&out)
}

/// An error of the peer's making.
pub(crate) fn bad(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        407 => "Proxy Authentication Required",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Answer",
    }
}
