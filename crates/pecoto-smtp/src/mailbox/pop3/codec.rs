//! POP3 replies out of bytes (RFC 1939 3), in pieces of any size.

use crate::mailbox::MailboxError;

/// Bytes of a status line; the standard allows 512 (RFC 2449 4).
pub const MAX_STATUS: usize = 4 << 10;
/// Bytes of one line of `CAPA`, `LIST` or `UIDL`.
pub const MAX_LINE: usize = 1 << 10;

/// The first line of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// `+OK`, not `-ERR`.
    pub ok: bool,
    /// The response code, in capitals: `IN-USE` of `-ERR [IN-USE] …` (RFC 2449 8).
    pub code: Option<String>,
    /// What follows, the response code included.
    pub text: String,
}

impl Status {
    fn read(line: &[u8]) -> Result<Self, MailboxError> {
        let line = String::from_utf8_lossy(line);
        let (word, text) = line.split_once([' ', '\t']).unwrap_or((&line, ""));
        let ok = match word {
            "+OK" => true,
            "-ERR" => false,
            _ => return Err(MailboxError::Protocol("a reply begins with neither +OK nor -ERR".to_owned())),
        };
        let text = text.trim();
        let code =
            text.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(code, _)| code.to_ascii_uppercase());
        Ok(Self { ok, code, text: text.to_owned() })
    }
}

/// What a reply is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The first line.
    Status(Status),
    /// Bytes of what follows it, byte-stuffing removed, line ends as they came.
    Body(Vec<u8>),
    /// The dot that ends it.
    End,
}

/// Reads one reply after the other. The caller says, before each, whether a body follows `+OK`: the bytes do not tell.
#[derive(Debug, Default)]
pub struct Decoder {
    line: Vec<u8>,
    place: Place,
    multi_line: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// In the status line.
    #[default]
    Status,
    LineStart,
    /// After a dot that began a line.
    Dot,
    /// After such a dot and CR.
    DotCr,
    Middle,
    /// After CR inside a line: only CR LF ends one, since the server counts no bare LF either when it stuffs.
    Cr,
}

impl Decoder {
    /// The next reply has a body if it is `+OK`.
    pub fn expect(&mut self, multi_line: bool) {
        self.multi_line = multi_line;
    }

    /// Takes bytes from the front of `input`; says how many were used, and what they complete. Without an event all were used and more are needed.
    ///
    /// # Errors
    ///
    /// [`MailboxError::Protocol`] for a status line that is none or is longer than [`MAX_STATUS`].
    pub fn feed(&mut self, input: &[u8]) -> Result<(usize, Option<Event>), MailboxError> {
        if self.place == Place::Status { self.feed_status(input) } else { Ok(self.feed_body(input)) }
    }

    fn feed_status(&mut self, input: &[u8]) -> Result<(usize, Option<Event>), MailboxError> {
        let end = input.iter().position(|&byte| byte == b'\n');
        let used = end.map_or(input.len(), |end| end + 1);
        if self.line.len() + used > MAX_STATUS {
            return Err(MailboxError::Protocol("a status line without end".to_owned()));
        }
        self.line.extend_from_slice(&input[..used]);
        if end.is_none() {
            return Ok((used, None));
        }
        let line = std::mem::take(&mut self.line);
        let status = Status::read(line.trim_ascii_end())?;
        if status.ok && self.multi_line {
            self.place = Place::LineStart;
        }
        Ok((used, Some(Event::Status(status))))
    }

    fn feed_body(&mut self, input: &[u8]) -> (usize, Option<Event>) {
        let mut out = Vec::with_capacity(input.len());
        for (index, &byte) in input.iter().enumerate() {
            self.place = match (self.place, byte) {
                (Place::LineStart, b'.') => Place::Dot,
                (Place::Dot, b'\r') => Place::DotCr,
                (Place::DotCr, b'\n') => {
                    if !out.is_empty() {
                        // Told before the end, which the next call finds again.
                        return (index, Some(Event::Body(out)));
                    }
                    self.place = Place::Status;
                    return (index + 1, Some(Event::End));
                }
                (place, byte) => {
                    if place == Place::DotCr {
                        out.push(b'\r');
                    }
                    out.push(byte);
                    match (place, byte) {
                        (Place::Cr, b'\n') => Place::LineStart,
                        (_, b'\r') => Place::Cr,
                        _ => Place::Middle,
                    }
                }
            };
        }
        (input.len(), (!out.is_empty()).then_some(Event::Body(out)))
    }
}

/// Lines out of a body that comes in pieces.
#[derive(Debug, Default)]
pub struct Lines(Vec<u8>);

impl Lines {
    /// Calls `each` for every line that is complete, without its end.
    ///
    /// # Errors
    ///
    /// [`MailboxError::Protocol`] for a line longer than [`MAX_LINE`].
    pub fn feed(&mut self, piece: &[u8], mut each: impl FnMut(&str)) -> Result<(), MailboxError> {
        for part in piece.split_inclusive(|&byte| byte == b'\n') {
            if self.0.len() + part.len() > MAX_LINE {
                return Err(MailboxError::Protocol("a line without end in a list".to_owned()));
            }
            self.0.extend_from_slice(part);
            if part.ends_with(b"\n") {
                each(String::from_utf8_lossy(&self.0).trim_end());
                self.0.clear();
            }
        }
        Ok(())
    }
}

/// A line of `UIDL` (RFC 1939 7): the mail's number in this session, and its name for ever.
#[must_use]
pub fn unique_id(line: &str) -> Option<(u32, &str)> {
    let (number, id) = line.split_once(' ')?;
    Some((number.parse().ok().filter(|&number| number > 0)?, id.trim()))
}

/// A line of `LIST`: the mail's number in this session, and its size in bytes as the server counts them.
#[must_use]
pub fn size(line: &str) -> Option<(u32, u64)> {
    let mut words = line.split(' ');
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}
