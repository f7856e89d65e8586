//! Replies, read from bytes (RFC 5321 4.2): no socket, no clock. Feed what came, take what is whole.

use std::fmt;

/// Bytes of one line of a reply, its end included. RFC 5321 asks for 512; servers exceed it.
pub const MAX_LINE: usize = 4096;
/// Lines of one reply.
pub const MAX_LINES: usize = 200;

/// What is no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadReply {
    /// A line does not begin with a code of 200 to 599 and a space or a hyphen.
    #[error("a line without a reply code")]
    NoCode,
    /// The lines of one reply have different codes.
    #[error("a reply of two codes")]
    Mixed,
    /// A line is longer than [`MAX_LINE`].
    #[error("a line of more than {MAX_LINE} bytes")]
    LongLine,
    /// A reply has more lines than [`MAX_LINES`].
    #[error("a reply of more than {MAX_LINES} lines")]
    ManyLines,
}

/// An enhanced status code (RFC 3463): class, subject, detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// 2 success, 4 for now, 5 for good.
    pub class: u8,
    /// What it is about: 1 addresses, 2 mailboxes, 3 the mail system, 5 the protocol, 7 policy…
    pub subject: u16,
    /// In detail.
    pub detail: u16,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// A whole reply. `Display` gives it in one line, as the server said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    code: u16,
    lines: Vec<String>,
}

impl Reply {
    /// 200 to 599.
    #[must_use]
    pub fn code(&self) -> u16 {
        self.code
    }

    /// Its lines without their codes; control characters are spaces, what is not UTF-8 is U+FFFD.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// 2xx: done.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.code / 100 == 2
    }

    /// 4xx: not now.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.code / 100 == 4
    }

    /// 5xx: never.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        self.code / 100 == 5
    }

    /// The enhanced status code with which the first line begins (RFC 2034), if its class fits the code.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        let word = self.lines.first()?.split(' ').next()?;
        let mut parts = word.split('.');
        let mut part = |longest: usize| {
            let digits = parts.next()?;
            let sound = (1..=longest).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
            sound.then(|| digits.parse::<u16>().ok()).flatten()
        };
        let (class, subject, detail) = (part(1)?, part(3)?, part(3)?);
        let fits = parts.next().is_none() && class == self.code / 100;
        fits.then_some(Status { class: u8::try_from(class).ok()?, subject, detail })
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        self.lines.iter().filter(|line| !line.is_empty()).try_for_each(|line| write!(f, " {line}"))
    }
}

/// Bytes that came and replies that are whole. After an error nothing more can be read: the connection is to be closed.
#[derive(Clone, Debug, Default)]
pub struct Replies {
    buffer: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    /// Lines of a reply that is not whole yet.
    begun: Option<Reply>,
}

impl Replies {
    /// Adds what came.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer_mut().extend_from_slice(bytes);
    }

    /// Where a reader may append what came.
    pub(super) fn buffer_mut(&mut self) -> &mut Vec<u8> {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        &mut self.buffer
    }

    /// Nothing was fed that has not been given out: what must hold before a TLS handshake (docs/protocols/pecoto.md 2.3).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.start == self.buffer.len() && self.begun.is_none()
    }

    /// The next whole reply; `None` until more is fed.
    ///
    /// # Errors
    ///
    /// [`BadReply`] for what is none.
    pub fn next_reply(&mut self) -> Result<Option<Reply>, BadReply> {
        loop {
            let rest = &self.buffer[self.start..];
            let Some(end) = memchr::memchr(b'\n', rest) else {
                return if rest.len() > MAX_LINE { Err(BadReply::LongLine) } else { Ok(None) };
            };
            if end >= MAX_LINE {
                return Err(BadReply::LongLine);
            }
            let line = &rest[..end];
            let (code, last, text) = parse(line.strip_suffix(b"\r").unwrap_or(line))?;
            self.start += end + 1;
            let reply = self.begun.get_or_insert_with(|| Reply { code, lines: Vec::with_capacity(1) });
            if reply.code != code {
                return Err(BadReply::Mixed);
            }
            if reply.lines.len() == MAX_LINES {
                return Err(BadReply::ManyLines);
            }
            reply.lines.push(text);
            if last {
                return Ok(self.begun.take());
            }
        }
    }
}

/// The code, whether it is the last line, the text.
fn parse(line: &[u8]) -> Result<(u16, bool, String), BadReply> {
    let digits = line.get(..3).filter(|code| code.iter().all(u8::is_ascii_digit)).ok_or(BadReply::NoCode)?;
    let code = digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    let last = match line.get(3) {
        None | Some(b' ') => true,
        Some(b'-') => false,
        Some(_) => return Err(BadReply::NoCode),
    };
    if !(200..600).contains(&code) {
        return Err(BadReply::NoCode);
    }
    let text = String::from_utf8_lossy(line.get(4..).unwrap_or_default());
    Ok((code, last, text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(bytes: &[u8]) -> Result<Vec<Reply>, BadReply> {
        let mut replies = Replies::default();
        replies.feed(bytes);
        let mut found = Vec::new();
        while let Some(reply) = replies.next_reply()? {
            found.push(reply);
        }
        Ok(found)
    }

    #[test]
    fn one_line_many_lines_and_several_replies() {
        let found = all(b"220 mx ESMTP\r\n250-mx\r\n250-SIZE 10\r\n250 DSN\r\n354\r\n").unwrap();
        assert_eq!(found.iter().map(Reply::code).collect::<Vec<_>>(), [220, 250, 354]);
        assert_eq!(found[1].lines(), ["mx", "SIZE 10", "DSN"]);
        assert_eq!(found[1].to_string(), "250 mx SIZE 10 DSN");
        assert!(found[0].is_done() && !found[2].is_done());
    }

    #[test]
    fn enhanced_codes() {
        let status = |line: &str| all(line.as_bytes()).unwrap()[0].status().map(|status| status.to_string());
        assert_eq!(status("550 5.1.1 unknown\r\n").as_deref(), Some("5.1.1"));
        assert_eq!(status("450 4.2.0 greylisted\r\n").as_deref(), Some("4.2.0"));
        for none in [
            "550 4.1.1 x\r\n",
            "550 5.1 x\r\n",
            "550 5.1.1.1 x\r\n",
            "550 5.1.x y\r\n",
            "550 unknown\r\n",
            "550\r\n",
            "550 5.1234.1 x\r\n",
        ] {
            assert_eq!(status(none), None, "{none}");
        }
    }

    #[test]
    fn what_is_no_reply() {
        for (bytes, error) in [
            (&b"hello\r\n"[..], BadReply::NoCode),
            (b"199 x\r\n", BadReply::NoCode),
            (b"600 x\r\n", BadReply::NoCode),
            (b"250x\r\n", BadReply::NoCode),
            (b"\r\n", BadReply::NoCode),
            (b"250-a\r\n251 b\r\n", BadReply::Mixed),
        ] {
            assert_eq!(all(bytes), Err(error), "{bytes:?}");
        }
        assert_eq!(all(&[b'2'; MAX_LINE + 1]), Err(BadReply::LongLine));
        assert_eq!(all(&b"250-x\r\n".repeat(MAX_LINES + 1)), Err(BadReply::ManyLines));
    }

    #[test]
    fn every_prefix_is_incomplete_and_gives_nothing() {
        let whole = b"250-mx.example\r\n250 DSN\r\n";
        for cut in 0..whole.len() {
            let mut replies = Replies::default();
            replies.feed(&whole[..cut]);
            assert_eq!(replies.next_reply(), Ok(None), "{cut}");
            assert_eq!(replies.is_empty(), cut == 0);
            replies.feed(&whole[cut..]);
            assert_eq!(replies.next_reply().unwrap().unwrap().lines(), ["mx.example", "DSN"]);
            assert!(replies.is_empty());
        }
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(bytes in proptest::collection::vec(prop_oneof![Just(b'2'), Just(b'5'), Just(b'0'), Just(b' '), Just(b'-'), Just(b'\r'), Just(b'\n'), any::<u8>()], 0..80), size in 1..9usize) {
            let whole = all(&bytes);
            let mut replies = Replies::default();
            let mut found = Vec::new();
            let mut error = None;
            'fed: for piece in bytes.chunks(size) {
                replies.feed(piece);
                loop {
                    match replies.next_reply() {
                        Ok(Some(reply)) => found.push(reply),
                        Ok(None) => break,
                        Err(bad) => { error = Some(bad); break 'fed; }
                    }
                }
            }
            prop_assert_eq!(whole.clone().err(), error);
            if let Ok(whole) = whole { prop_assert_eq!(whole, found); }
        }
    }
}
