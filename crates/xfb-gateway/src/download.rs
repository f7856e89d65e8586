//! The consuming read of one file (docs/protocols/xfb-gateway.md 5.4 to 5.6).

use bytes::{Bytes, BytesMut};
use reqwest::Response;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use tokio::time::{Instant, timeout, timeout_at};
use web_forms::redact::Redactor;
use web_forms::wire::{Answer, Talk, header, timed_out};

use crate::error::{Code, Consumed, Error, Result};
use crate::page::{self, Verdict, Wording, kind};
use crate::site::Site;
use crate::trouble::unexpected;

/// How much of an HTML body is looked at to tell a page from a file.
const PEEK: usize = 64 * 1024;

/// How much of a body without a type is looked at to tell whether it is HTML, unless its first letter says that it is not.
const GLANCE: usize = 512;

const DOING: &str = "reading a file";

/// Whether the end of a file is known to be its end (docs/protocols/xfb-gateway.md 5.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Completeness {
    /// By its announced length, by the last chunk, or by TLS.
    Proven,
    /// The connection ended without TLS and without any mark: the content must tell.
    Unproven,
}

/// A file on its way. Pull-based: nothing is read ahead of [`Download::chunk`] but what the socket holds.
///
/// Dropped before its end, the rest is lost: the file is consumed.
#[must_use = "the file is consumed whether it is read or not"]
pub struct Download {
    response: Response,
    /// Pieces read to tell a page from a file, last one first.
    ahead: Vec<Bytes>,
    received: u64,
    limit: u64,
    stall: std::time::Duration,
    completeness: Completeness,
    /// The body has ended; pieces may be left in `ahead`.
    ended: bool,
    /// The end was given out.
    told: bool,
    secrets: Redactor,
}

impl Download {
    /// Tells a file from a page in its place (docs/protocols/xfb-gateway.md 5.6).
    pub(crate) async fn start(talk: &Talk, site: &Site, response: Response, deadline: Instant) -> Result<Self> {
        if response.status() != 200 {
            return Err(refused(talk, &site.config.wording, response, deadline).await);
        }
        let config = &site.config;
        let looks = match header(response.headers(), CONTENT_TYPE.as_str()) {
            None => GLANCE,
            Some(kind) if is_html(kind) => PEEK,
            Some(_) => 0,
        };
        let framed = [CONTENT_LENGTH, TRANSFER_ENCODING].iter().any(|name| response.headers().contains_key(name));
        let proven = framed || response.url().scheme() == "https";
        let mut download = Self {
            response,
            ahead: Vec::new(),
            received: 0,
            limit: config.limits.download_bytes,
            stall: config.timeouts.stall,
            completeness: if proven { Completeness::Proven } else { Completeness::Unproven },
            ended: false,
            told: false,
            secrets: talk.secrets.clone(),
        };
        if looks > 0 {
            download.peek(talk, site, deadline, looks).await?;
        }
        Ok(download)
    }

    /// Reads the start of a body that is, or may be, HTML and fails if it is a page of the gateway.
    async fn peek(&mut self, talk: &Talk, site: &Site, deadline: Instant, mut looks: usize) -> Result<()> {
        let mut start = BytesMut::new();
        while start.len() < looks {
            let piece = timeout_at(deadline, self.response.chunk()).await;
            match piece {
                Ok(Ok(Some(piece))) => {
                    start.extend_from_slice(&piece);
                    looks = match first_byte(&start) {
                        _ if looks == PEEK || begins_as_html(&start) => PEEK,
                        Some(b'<') | None => GLANCE,
                        Some(_) => break,
                    };
                }
                Ok(Ok(None)) => {
                    self.ended = true;
                    break;
                }
                // What came may already tell that it was no file.
                Ok(Err(error)) => {
                    return Err(self
                        .page_in(talk, site, &start)
                        .unwrap_or_else(|| incomplete(talk.failed(error, DOING).into())));
                }
                Err(_) => {
                    return Err(self
                        .page_in(talk, site, &start)
                        .unwrap_or_else(|| incomplete(timed_out(DOING).into())));
                }
            }
        }
        match self.page_in(talk, site, &start) {
            Some(error) => Err(error),
            None => {
                self.ahead.push(start.freeze());
                Ok(())
            }
        }
    }

    fn page_in(&self, talk: &Talk, site: &Site, start: &[u8]) -> Option<Error> {
        let typed = self.response.headers().contains_key(CONTENT_TYPE);
        if !typed && !begins_as_html(start) {
            return None;
        }
        let answer = talk.answer(&self.response, start);
        match Verdict::of_page(answer.status, &answer.page, &site.config.wording) {
            Verdict::Received | Verdict::Unknown => self.no_file(talk, site, start, &answer),
            Verdict::Refused => Some(
                Error::new(Code::DownloadRefused, "the file was refused").said(&answer.page.words(), &talk.secrets),
            ),
            _ => Some(unexpected(talk, &site.config.wording, &answer, DOING)),
        }
    }

    /// A page that says nothing known, and must not be kept: it leads on inside the gateway, is a server's error page, or holds our password,
    /// which no file does. Nobody can tell whether the file was served.
    fn no_file(&self, talk: &Talk, site: &Site, start: &[u8], answer: &Answer) -> Option<Error> {
        let (text, _) = page::decode(start, header(self.response.headers(), CONTENT_TYPE.as_str()));
        let known = kind::is_no_file(&answer.page, &answer.url, &site.entry) || talk.line.is_echoed_in(&text);
        known.then(|| {
            let error = unexpected(talk, &site.config.wording, answer, DOING);
            error.recoded(Code::DownloadUnanswered, "the file may have been served").consuming(Consumed::Maybe)
        })
    }

    /// The next piece; `None` at the end, after which [`Download::completeness`] says what the end is worth. Safe to cancel.
    ///
    /// # Errors
    ///
    /// `xfb-download-incomplete` when the file broke off or stalled, `xfb-download-too-large` beyond the limit: in both cases it is
    /// consumed and incomplete ([`Consumed::Incomplete`]).
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        loop {
            let Some(piece) = self.next().await? else {
                return Ok(None);
            };
            self.received = self.received.saturating_add(piece.len() as u64);
            if self.received > self.limit {
                let error = Error::new(Code::DownloadTooLarge, format!("{DOING}: larger than {} bytes", self.limit));
                return Err(error.consuming(Consumed::Incomplete));
            }
            if !piece.is_empty() {
                return Ok(Some(piece));
            }
        }
    }

    async fn next(&mut self) -> Result<Option<Bytes>> {
        if let Some(piece) = self.ahead.pop() {
            return Ok(Some(piece));
        }
        if self.ended {
            self.told = true;
            return Ok(None);
        }
        let piece =
            timeout(self.stall, self.response.chunk()).await.map_err(|_| incomplete(timed_out(DOING).into()))?;
        let piece = piece.map_err(|error| {
            let text = self.secrets.redact(&error.without_url().to_string());
            incomplete(Error::new(Code::ConnectionLost, format!("{DOING}: {text}")))
        })?;
        self.ended = piece.is_none();
        self.told = self.ended;
        Ok(piece)
    }

    /// What the end is worth; `None` before [`Download::chunk`] gave `None`.
    #[must_use]
    pub fn completeness(&self) -> Option<Completeness> {
        self.told.then_some(self.completeness)
    }

    /// Bytes given out so far.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }

    /// The length the gateway announced; it announces none as a rule (docs/protocols/xfb-gateway.md 5.4).
    #[must_use]
    pub fn announced(&self) -> Option<u64> {
        self.response.content_length()
    }
}

impl std::fmt::Debug for Download {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Download").field("received", &self.received).field("told", &self.told).finish_non_exhaustive()
    }
}

fn incomplete(error: Error) -> Error {
    error.recoded(Code::DownloadIncomplete, "the file was consumed and is incomplete").consuming(Consumed::Incomplete)
}

fn is_html(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    ["text/html", "application/xhtml+xml"].iter().any(|html| kind.eq_ignore_ascii_case(html))
}

/// What a body begins with, white space apart.
fn first_byte(start: &[u8]) -> Option<u8> {
    visible(start).first().copied()
}

/// Whether bytes without a type are HTML by their first tag, as browsers judge.
fn begins_as_html(start: &[u8]) -> bool {
    let opens =
        |tag: &str| visible(start).get(..tag.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(tag.as_bytes()));
    ["<!doctype html", "<html"].into_iter().any(opens)
}

fn visible(start: &[u8]) -> &[u8] {
    start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start).trim_ascii_start()
}

/// An answer that is no file, by its status.
async fn refused(talk: &Talk, wording: &Wording, response: Response, deadline: Instant) -> Error {
    let status = response.status().as_u16();
    let doubtful = !(400..500).contains(&status) && status != 503;
    let consumed = if doubtful { Consumed::Maybe } else { Consumed::No };
    let error = match talk.read(response, deadline, DOING).await {
        Ok(answer) => unexpected(talk, wording, &answer, DOING),
        Err(_) => Error::new(Code::DownloadRefused, format!("{DOING}: refused (status {status})")),
    };
    let error =
        if error.is(Code::PageRefused) { error.recoded(Code::DownloadRefused, "the file was refused") } else { error };
    if doubtful {
        return error.recoded(Code::DownloadUnanswered, "the file may have been served").consuming(consumed);
    }
    error.consuming(consumed)
}
