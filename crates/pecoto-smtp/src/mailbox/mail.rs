use std::{
    borrow::Cow,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    time::Duration,
};

use encoding_rs::WINDOWS_1252;
use jiff::Timestamp;
use mail_parser::{
    Address, DateTime, Encoding, HeaderName, Message, MessageParser, MimeHeaders, decoders::html::html_to_text,
};
use sha2::{Digest, Sha256};

use super::{MailError, effort};

/// Addresses kept of a mail's `To`.
const MAX_RECIPIENTS: usize = 100;
/// Characters kept of a subject or of one address.
const MAX_HEADER_CHARS: usize = 1_000;
/// A `Message-ID` longer than this is replaced by the hash: it becomes a key in somebody's database.
const MAX_KEY_BYTES: usize = 250;

/// What a look may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Mails parsed in one look; the rest waits for the next ([`Seen::more`](super::maildir::Seen::more)).
    pub messages_per_look: usize,
    /// Bytes of one mail, attachments included; a larger one is a problem, unread.
    pub message_bytes: u64,
    /// Bytes (UTF-8) of decoded text kept of one mail.
    pub text_bytes: usize,
    /// How long an `.eml` file of a plain folder must stay unchanged before it is read: such files may still be growing, and half a mail
    /// has the same key as the whole. Without effect on a maildir, where delivery is a rename.
    pub settle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { messages_per_look: 500, message_bytes: 25 << 20, text_bytes: 64 << 10, settle: Duration::from_secs(2) }
    }
}

/// A mail, as far as its readers need it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mail {
    /// Its `Message-ID` without angle brackets; else, when it has none fit for a key, `sha256:` and the hash of its bytes in lower-case hexadecimal.
    pub key: String,
    /// The address of the first `From`; its display name when it holds no address.
    pub from: Option<String>,
    /// The addresses of `To`, as for [`from`](Self::from).
    pub to: Vec<String>,
    /// The subject, decoded and unfolded; empty when there is none.
    pub subject: String,
    /// The `Date` header, else the date of the last `Received`; the sender wrote it and may be wrong.
    pub date: Option<Timestamp>,
    /// The text parts (HTML ones turned into text), decoded, with `\n` line ends, cut at [`Limits::text_bytes`].
    pub text: String,
    /// Whether [`text`](Self::text) was cut.
    pub text_cut: bool,
    /// The file it was read from.
    pub path: PathBuf,
}

impl Mail {
    /// Reads one mail. Headers or text in 8-bit characters that name no character set are read as UTF-8 if they are, else as windows-1252.
    ///
    /// A truncated mail is read as far as it goes: nothing in a mail says how long it is.
    ///
    /// # Errors
    ///
    /// [`MailError::TooLarge`], [`MailError::TooComplex`], [`MailError::ParserFailed`] or [`MailError::NotAMail`].
    pub fn parse(path: impl Into<PathBuf>, bytes: &[u8], limits: &Limits) -> Result<Self, MailError> {
        let path = path.into();
        guarded(bytes, limits, |message| mail_of(message, path, bytes, limits))
    }

    /// The file's name, which orders mails of the same date.
    pub(super) fn name(&self) -> &Path {
        self.path.file_name().map_or(&self.path, Path::new)
    }
}

/// Parses bytes that are bounded and asks for no more effort than an honest mail does, and gives what is a mail to `read`.
///
/// mail-parser holds assertions that some malformed mails break, in debug builds at least: they are caught here.
pub(super) fn guarded<T>(bytes: &[u8], limits: &Limits, read: impl FnOnce(&Message<'_>) -> T) -> Result<T, MailError> {
    if u64::try_from(bytes.len()).is_ok_and(|length| length > limits.message_bytes) {
        return Err(MailError::TooLarge { limit: limits.message_bytes });
    }
    if !effort::is_reasonable(bytes) {
        return Err(MailError::TooComplex);
    }
    let parsed = panic::catch_unwind(AssertUnwindSafe(|| {
        let readable = with_utf8_headers(bytes);
        let message = MessageParser::default().parse(readable.as_ref()).filter(is_mail)?;
        Some(read(&message))
    }));
    parsed.map_err(|_| MailError::ParserFailed)?.ok_or(MailError::NotAMail)
}

fn mail_of(message: &Message<'_>, path: PathBuf, bytes: &[u8], limits: &Limits) -> Mail {
    let (text, text_cut) = text_of(message, limits.text_bytes);
    Mail {
        key: key_of(message, bytes),
        from: message.from().and_then(|from| addresses(from).next()),
        to: message.to().map(|to| addresses(to).take(MAX_RECIPIENTS).collect()).unwrap_or_default(),
        subject: bounded(message.subject().unwrap_or_default()),
        date: date_of(message),
        text,
        text_cut,
        path,
    }
}

fn is_mail(message: &Message<'_>) -> bool {
    [HeaderName::From, HeaderName::To, HeaderName::Subject, HeaderName::Date, HeaderName::MessageId]
        .into_iter()
        .any(|name| message.header(name).is_some())
}

/// The parser replaces every byte of a header that is not UTF-8; old French software writes latin-1 there.
fn with_utf8_headers(bytes: &[u8]) -> Cow<'_, [u8]> {
    let (headers, body) = bytes.split_at(header_end(bytes));
    if std::str::from_utf8(headers).is_ok() {
        return Cow::Borrowed(bytes);
    }
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(headers);
    Cow::Owned([text.as_bytes(), body].concat())
}

pub(super) fn header_end(bytes: &[u8]) -> usize {
    let mut line_start = 0;
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        if matches!(line, b"\n" | b"\r\n") {
            break;
        }
        line_start += line.len();
    }
    line_start
}

pub(super) fn key_of(message: &Message<'_>, bytes: &[u8]) -> String {
    message
        .message_id()
        .filter(|id| {
            (1..=MAX_KEY_BYTES).contains(&id.len()) && !id.contains(|c: char| c.is_control() || c.is_whitespace())
        })
        .map_or_else(|| hash_key(bytes), str::to_owned)
}

fn hash_key(bytes: &[u8]) -> String {
    format!("sha256:{}", hexadecimal(&Sha256::digest(bytes)))
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;

    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn addresses<'a>(header: &'a Address<'_>) -> impl Iterator<Item = String> + 'a {
    header.iter().filter_map(|one| one.address().or_else(|| one.name())).map(bounded)
}

/// One line, without control characters, at most [`MAX_HEADER_CHARS`] long.
pub(super) fn bounded(header: &str) -> String {
    header.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_HEADER_CHARS).collect()
}

pub(super) fn date_of(message: &Message<'_>) -> Option<Timestamp> {
    let received = || message.received().and_then(|received| received.date());
    timestamp(message.date()).or_else(|| timestamp(received().as_ref()))
}

fn timestamp(date: Option<&DateTime>) -> Option<Timestamp> {
    date.filter(|date| date.is_valid()).and_then(|date| Timestamp::from_second(date.to_timestamp()).ok())
}

fn text_of(message: &Message<'_>, limit: usize) -> (String, bool) {
    let mut text = String::new();
    for part in message.text_bodies() {
        if text.len() > limit {
            break;
        }
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        let decoded = part_text(message, part);
        text.push_str(&decoded.replace("\r\n", "\n"));
    }
    let cut = text.len() > limit;
    text.truncate(text.floor_char_boundary(limit));
    (text, cut)
}

fn part_text<'a>(message: &'a Message<'_>, part: &'a mail_parser::MessagePart<'_>) -> Cow<'a, str> {
    let decoded = match part.text_contents() {
        Some(text) if text.contains(char::REPLACEMENT_CHARACTER) => {
            undeclared_text(message, part).unwrap_or(Cow::Borrowed(text))
        }
        Some(text) => Cow::Borrowed(text),
        None => return Cow::Borrowed(""),
    };
    if part.is_text_html() { Cow::Owned(html_to_text(&decoded)) } else { decoded }
}

/// The text of an unencoded part in 8-bit characters whose character set nobody named.
fn undeclared_text<'a>(message: &'a Message<'_>, part: &mail_parser::MessagePart<'_>) -> Option<Cow<'a, str>> {
    let declared = part.content_type().is_some_and(|kind| kind.has_attribute("charset"));
    if declared || part.encoding != Encoding::None {
        return None;
    }
    let start = usize::try_from(part.offset_body).ok()?;
    let end = usize::try_from(part.offset_end).ok()?;
    let raw = message.raw_message().get(start..end)?;
    Some(WINDOWS_1252.decode_without_bom_handling(raw).0)
}
