//! IMAP responses out of bytes (RFC 3501 2.2, 4.3, 7), in pieces of any size; only what this client asks for is understood.

use jiff::Timestamp;

use crate::mailbox::MailboxError;

/// Bytes of a response outside literals.
pub const MAX_LINE: usize = 64 << 10;

/// What responses are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A piece of a response up to a literal, whose bytes follow; the rest of the response comes after them.
    Opened {
        /// The text, without the literal's mark.
        text: String,
        /// The literal's length in bytes.
        length: u64,
    },
    /// Bytes of the literal.
    Literal(Vec<u8>),
    /// The response's end: its text, or what of it stands after the last literal.
    Line(String),
}

/// Reads one response after the other.
#[derive(Debug, Default)]
pub struct Decoder {
    line: Vec<u8>,
    /// Bytes of one response seen outside literals: many small literals are no way past the bound.
    outside: usize,
    literal: u64,
}

impl Decoder {
    /// Takes bytes from the front of `input`; says how many were used, and what they complete. Without an event all were used and more are needed.
    ///
    /// # Errors
    ///
    /// [`MailboxError::Protocol`] for a response longer than [`MAX_LINE`] outside literals.
    pub fn feed(&mut self, input: &[u8]) -> Result<(usize, Option<Event>), MailboxError> {
        if self.literal > 0 {
            let used = input.len().min(usize::try_from(self.literal).unwrap_or(usize::MAX));
            self.literal -= u64::try_from(used).unwrap_or(self.literal);
            return Ok((used, (used > 0).then(|| Event::Literal(input[..used].to_vec()))));
        }
        let end = input.iter().position(|&byte| byte == b'\n');
        let used = end.map_or(input.len(), |end| end + 1);
        self.outside += used;
        if self.outside > MAX_LINE {
            return Err(MailboxError::Protocol("a response without end".to_owned()));
        }
        self.line.extend_from_slice(&input[..used]);
        if end.is_none() {
            return Ok((used, None));
        }
        let line = std::mem::take(&mut self.line);
        let line = line.strip_suffix(b"\n").map_or(&*line, |line| line.strip_suffix(b"\r").unwrap_or(line));
        let text = String::from_utf8_lossy(line);
        Ok((used, Some(self.ended(&text))))
    }

    fn ended(&mut self, text: &str) -> Event {
        match literal_mark(text) {
            Some((text, length)) => {
                self.literal = length;
                Event::Opened { text: text.to_owned(), length }
            }
            None => {
                self.outside = 0;
                Event::Line(text.to_owned())
            }
        }
    }
}

/// `…{12}` at a line's end: twelve bytes follow.
fn literal_mark(line: &str) -> Option<(&str, u64)> {
    let (text, length) = line.strip_suffix('}')?.rsplit_once('{')?;
    Some((text, length.parse().ok()?))
}

/// How a command ended (RFC 3501 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Ok,
    /// It was refused.
    No,
    /// It was not understood, or not allowed now.
    Bad,
}

/// `OK [CODE argument] words`, as it ends a command or stands alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The first word.
    pub outcome: Outcome,
    /// The response code's name, in capitals.
    pub code: Option<String>,
    /// The response code's argument; empty without one.
    pub argument: String,
    /// The words after it.
    pub words: String,
}

impl Condition {
    /// Reads what follows the tag.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let outcome = match word.to_ascii_uppercase().as_str() {
            "OK" => Outcome::Ok,
            "NO" => Outcome::No,
            "BAD" => Outcome::Bad,
            _ => return None,
        };
        let (code, words) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((code, words)) => (Some(code), words.trim_start()),
            None => (None, rest),
        };
        let (code, argument) = code.map_or((None, ""), |code| {
            let (name, argument) = code.split_once(' ').unwrap_or((code, ""));
            (Some(name.to_ascii_uppercase()), argument)
        });
        Some(Self { outcome, code, argument: argument.to_owned(), words: words.to_owned() })
    }
}

/// What a `FETCH` response says of one mail; absent parts were not told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// The mail's number for as long as UIDVALIDITY stays.
    pub uid: Option<u32>,
    /// It has the flag `\Deleted`: somebody gave it up.
    pub deleted: bool,
    /// `RFC822.SIZE`, in bytes.
    pub bytes: Option<u64>,
    /// `INTERNALDATE`: when the server got it.
    pub received: Option<Timestamp>,
    /// `BODY[…]` came as a quoted string: its bytes.
    pub body: Option<Vec<u8>>,
}

impl Attributes {
    /// Reads `* 12 FETCH (…)`, literals left out; `None` for any other response.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut words = text.strip_prefix("* ")?.splitn(3, ' ');
        words.next()?.parse::<u32>().ok()?;
        if !words.next()?.eq_ignore_ascii_case("FETCH") {
            return None;
        }
        let mut read = Self::default();
        let mut tokens = Tokens(words.next()?.strip_prefix('(')?);
        while let Some(Token::Word(name)) = tokens.next() {
            let Some(value) = tokens.next() else { break };
            read.take(&name.to_ascii_uppercase(), &value);
        }
        Some(read)
    }

    fn take(&mut self, name: &str, value: &Token) {
        match (name, value) {
            ("UID", Token::Word(word)) => self.uid = word.parse().ok().filter(|&uid| uid > 0),
            ("RFC822.SIZE", Token::Word(word)) => self.bytes = word.parse().ok(),
            ("FLAGS", Token::Group(flags)) => {
                self.deleted = flags.split(' ').any(|flag| flag.eq_ignore_ascii_case("\\Deleted"));
            }
            ("INTERNALDATE", Token::Quoted(text)) => self.received = instant(text),
            (name, Token::Quoted(text)) if name.starts_with("BODY[") => self.body = Some(text.clone()),
            _ => {}
        }
    }
}

/// ` 1-Nov-2026 08:00:00 +0100`; `None` for anything else.
fn instant(text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?;
    Timestamp::strptime("%d-%b-%Y %H:%M:%S %z", text.trim_start()).ok()
}

/// A word, a quoted string, or a group in parentheses.
#[derive(Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Quoted(Vec<u8>),
    Group(String),
}

struct Tokens<'a>(&'a str);

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.0 = self.0.trim_start_matches(' ');
        match self.0.chars().next()? {
            ')' => None,
            '"' => self.quoted(),
            '(' => self.group(),
            _ => Some(self.word()),
        }
    }
}

impl Tokens<'_> {
    /// Up to a space or the group's end; a section in brackets belongs to its word, spaces and all.
    fn word(&mut self) -> Token {
        let mut inside = false;
        let end = self.0.find(|c| {
            inside = c == '[' || (inside && c != ']');
            !inside && (c == ' ' || c == ')')
        });
        let (word, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        self.0 = rest;
        Token::Word(word.to_owned())
    }

    fn quoted(&mut self) -> Option<Token> {
        let mut bytes = Vec::new();
        let mut escaped = false;
        for (at, byte) in self.0.bytes().enumerate().skip(1) {
            match byte {
                b'"' if !escaped => {
                    self.0 = self.0.get(at + 1..)?;
                    return Some(Token::Quoted(bytes));
                }
                b'\\' if !escaped => escaped = true,
                _ => {
                    escaped = false;
                    bytes.push(byte);
                }
            }
        }
        None
    }

    /// To the matching parenthesis; the flags asked for hold none inside.
    fn group(&mut self) -> Option<Token> {
        let mut depth = 0_usize;
        for (at, byte) in self.0.bytes().enumerate() {
            match byte {
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                let group = self.0.get(1..at)?.to_owned();
                self.0 = self.0.get(at + 1..)?;
                return Some(Token::Group(group));
            }
        }
        None
    }
}

/// A text as a quoted string, if it can be one (RFC 3501 9: no CR, LF or 8-bit character).
#[must_use]
pub fn quoted(text: &str) -> Option<String> {
    let fits = text.bytes().all(|byte| byte == b'\t' || (byte.is_ascii() && !byte.is_ascii_control()));
    fits.then(|| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}
