//! A message of one text and one attachment (docs/protocols/pecoto.md 4): its head and tail in memory, the file between them streamed.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use lettre::message::header::{ContentDisposition, ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncReadExt as _;

use super::error::{Code, Error, Result};
use super::types::{Address, FileName, Line, MessageId, Recipients};

/// Stands in place of the attachment while the headers are written.
const MARKER: &[u8] = b"@@attachment@@";

/// Bytes of the file that one line of base64 holds (RFC 2045 6.8: 76 characters).
const LINE: usize = 57;

/// Bytes of the file read at a time: whole lines.
const PIECE: usize = LINE * 1024;

/// Where the attachment's bytes are.
#[derive(Clone, Debug)]
pub enum Source {
    /// In a file that does not change while it is sent.
    Path(PathBuf),
    /// In memory.
    Bytes(Arc<[u8]>),
}

/// What a message is made of.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Sender, of the envelope and of the header.
    pub from: Address,
    /// Recipients, of the envelope and of the header.
    pub to: Recipients,
    /// The subject.
    pub subject: Line,
    /// The same at every attempt (docs/protocols/pecoto.md 4.1).
    pub id: MessageId,
    /// The `Date` header.
    pub date: Timestamp,
    /// The text that a person reads.
    pub text: String,
    /// The attachment's name.
    pub name: FileName,
    /// The attachment.
    pub source: Source,
    /// Whether the recipient is asked to confirm that it was displayed (RFC 8098).
    pub read_receipt: bool,
}

/// A message ready to be sent, again and again with the same bytes.
#[derive(Clone, Debug)]
pub struct Message {
    pub(super) from: Address,
    pub(super) to: Recipients,
    pub(super) id: MessageId,
    head: Vec<u8>,
    tail: Vec<u8>,
    source: Source,
    attachment: u64,
}

impl Message {
    /// Writes the headers. The file is only asked for its size.
    ///
    /// # Errors
    ///
    /// `smtp-file-unreadable`; `smtp-text-refused` for what no mail can hold.
    pub async fn new(draft: Draft) -> Result<Self> {
        let attachment = match &draft.source {
            Source::Bytes(bytes) => bytes.len() as u64,
            Source::Path(path) => tokio::fs::metadata(path).await.map_err(|error| unreadable(&error))?.len(),
        };
        let mut head = written(&draft)?;
        let at = memchr::memmem::rfind(&head, MARKER).ok_or_else(|| refused("the attachment has no place"))?;
        let tail = head.split_off(at).split_off(MARKER.len());
        let Draft { from, to, id, source, .. } = draft;
        Ok(Self { from, to, id, head, tail, source, attachment })
    }

    /// Its bytes as SMTP counts them (RFC 1870), doubled dots not counted.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.head.len() as u64 + encoded_size(self.attachment) + self.tail.len() as u64
    }

    /// Its identity.
    #[must_use]
    pub fn id(&self) -> &MessageId {
        &self.id
    }

    /// The attachment's bytes.
    #[must_use]
    pub fn attachment_size(&self) -> u64 {
        self.attachment
    }

    /// The whole message, when its attachment is in memory.
    pub(super) fn in_memory(&self) -> Option<Vec<u8>> {
        let Source::Bytes(bytes) = &self.source else { return None };
        let mut whole = Vec::with_capacity(usize::try_from(self.size()).ok()?);
        whole.extend_from_slice(&self.head);
        encode(bytes, &mut whole);
        whole.extend_from_slice(&self.tail);
        Some(whole)
    }

    /// Its pieces, in order.
    pub(super) async fn open(&self) -> Result<Pieces<'_>> {
        let file = match &self.source {
            Source::Path(path) => Some(tokio::fs::File::open(path).await.map_err(|error| unreadable(&error))?),
            Source::Bytes(_) => None,
        };
        Ok(Pieces { message: self, file, read: 0, stage: Stage::Head })
    }
}

/// Bytes of a file of `size` bytes in base64, with the line ends between its lines.
#[must_use]
pub fn encoded_size(size: u64) -> u64 {
    let digits = size.div_ceil(3).saturating_mul(4);
    let ends = size.div_ceil(LINE as u64).saturating_sub(1).saturating_mul(2);
    digits.saturating_add(ends)
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    Head,
    Attachment,
    Tail,
    Done,
}

/// A message in pieces of bounded size.
pub(super) struct Pieces<'m> {
    message: &'m Message,
    file: Option<tokio::fs::File>,
    read: u64,
    stage: Stage,
}

impl Pieces<'_> {
    /// Bytes of the attachment given out so far.
    pub(super) fn read(&self) -> u64 {
        self.read
    }

    /// The next piece, in `out`, which is emptied first; `false` when there is none.
    pub(super) async fn next(&mut self, out: &mut Vec<u8>) -> Result<bool> {
        out.clear();
        match self.stage {
            Stage::Head => {
                out.extend_from_slice(&self.message.head);
                self.stage = if self.message.attachment == 0 { Stage::Tail } else { Stage::Attachment };
            }
            Stage::Attachment => self.attachment(out).await?,
            Stage::Tail => {
                out.extend_from_slice(&self.message.tail);
                self.stage = Stage::Done;
            }
            Stage::Done => return Ok(false),
        }
        Ok(true)
    }

    async fn attachment(&mut self, out: &mut Vec<u8>) -> Result<()> {
        let left = self.message.attachment - self.read;
        let wanted = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
        if self.read > 0 {
            out.extend_from_slice(b"\r\n");
        }
        match (&self.message.source, &mut self.file) {
            (Source::Bytes(bytes), _) => {
                let from = usize::try_from(self.read).unwrap_or(usize::MAX);
                encode(&bytes[from..from + wanted], out);
            }
            (Source::Path(_), Some(file)) => {
                let mut piece = vec![0; wanted];
                file.read_exact(&mut piece).await.map_err(|error| match error.kind() {
                    io::ErrorKind::UnexpectedEof => changed(),
                    _ => unreadable(&error),
                })?;
                encode(&piece, out);
                if wanted as u64 == left && file.read(&mut [0]).await.map_err(|error| unreadable(&error))? > 0 {
                    return Err(changed());
                }
            }
            (Source::Path(_), None) => return Err(changed()),
        }
        self.read += wanted as u64;
        if self.read == self.message.attachment {
            self.stage = Stage::Tail;
        }
        Ok(())
    }
}

/// Lines of base64, without an end after the last.
fn encode(bytes: &[u8], out: &mut Vec<u8>) {
    for (index, line) in bytes.chunks(LINE).enumerate() {
        if index > 0 {
            out.extend_from_slice(b"\r\n");
        }
        let at = out.len();
        out.resize(at + line.len().div_ceil(3) * 4, 0);
        // The place is exactly what is needed.
        let _ = STANDARD.encode_slice(line, &mut out[at..]);
    }
}

fn unreadable(error: &io::Error) -> Error {
    Error::new(Code::FileUnreadable, format!("the file cannot be read: {error}"))
}

fn changed() -> Error {
    Error::new(Code::FileChanged, "the file changed its size while it was sent")
}

fn refused(error: &(impl std::fmt::Display + ?Sized)) -> Error {
    Error::new(Code::TextRefused, format!("the message cannot be written: {error}"))
}

/// The whole message, with the marker for an attachment.
fn written(draft: &Draft) -> Result<Vec<u8>> {
    let mailbox = |address: &Address| address.as_str().parse().map(|address| Mailbox::new(None, address));
    let mailbox = |address: &Address| mailbox(address).map_err(|error| refused(&error));
    let header = |name: &'static str, value: String| HeaderValue::new(HeaderName::new_from_ascii_str(name), value);
    let mut builder = lettre::Message::builder()
        .from(mailbox(&draft.from)?)
        .subject(draft.subject.as_str())
        .message_id(Some(format!("<{}>", draft.id)))
        .date(draft.date.into());
    for address in draft.to.as_slice() {
        builder = builder.to(mailbox(address)?);
    }
    if draft.read_receipt {
        builder = builder.raw_header(header("Disposition-Notification-To", format!("<{}>", draft.from)));
    }
    let octets = ContentType::parse("application/octet-stream").map_err(|error| refused(&error))?;
    let attachment = SinglePart::builder()
        .header(ContentDisposition::attachment(draft.name.as_str()))
        .header(octets)
        .body(Body::dangerous_pre_encoded(MARKER.to_vec(), ContentTransferEncoding::Base64));
    let parts = MultiPart::mixed()
        .boundary(boundary(&draft.id))
        .singlepart(SinglePart::plain(draft.text.replace("\r\n", "\n").replace('\n', "\r\n")))
        .singlepart(attachment);
    Ok(builder.multipart(parts).map_err(|error| refused(&error))?.formatted())
}

/// The same for the same identity. No line of base64 or of quoted-printable can hold `=_` (RFC 2045 6.7).
fn boundary(id: &MessageId) -> String {
    let hash = Sha256::digest(id.as_str());
    hash.iter().take(12).fold("=_".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use mail_parser::{MessageParser, MimeHeaders as _};
    use proptest::prelude::*;

    use super::*;

    fn draft(name: &str, bytes: &[u8]) -> Draft {
        Draft {
            from: "recensement@saint-eloi.fr".parse().unwrap(),
            to: Recipients::from("bsn@defense.example".parse::<Address>().unwrap()),
            subject: "Recensement : été 2026".parse().unwrap(),
            id: "01kgep5afj001.ba7816bf@saint-eloi.fr".parse().unwrap(),
            date: "2026-11-22T08:00:00Z".parse().unwrap(),
            text: "Bonjour,\n.\nFichier joint.\n".to_owned(),
            name: name.parse().unwrap(),
            source: Source::Bytes(bytes.into()),
            read_receipt: true,
        }
    }

    async fn pieced(message: &Message) -> Result<Vec<u8>> {
        let mut pieces = message.open().await?;
        let (mut whole, mut piece) = (Vec::new(), Vec::new());
        while pieces.next(&mut piece).await? {
            assert!(piece.len() <= PIECE * 3, "constant memory");
            whole.extend_from_slice(&piece);
        }
        assert_eq!(pieces.read(), message.attachment_size());
        Ok(whole)
    }

    #[tokio::test]
    async fn reads_as_it_was_meant() {
        let message = Message::new(draft("liste recensés été.txt", b"\x00\xff\r\n.\r\n\n.\r")).await.unwrap();
        insta::assert_snapshot!(String::from_utf8(message.in_memory().unwrap()).unwrap().replace("\r\n", "\n"));
    }

    #[tokio::test]
    async fn a_file_and_memory_give_the_same_bytes_whatever_their_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for size in [0, 1, 2, 56, 57, 58, 114, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 57] {
            let bytes: Vec<u8> = (0_u8..251).map(|byte| byte.wrapping_mul(31)).cycle().take(size).collect();
            std::fs::write(&path, &bytes).unwrap();
            let in_memory = Message::new(draft("a", &bytes)).await.unwrap();
            let filed = Message::new(Draft { source: Source::Path(path.clone()), ..draft("a", &[]) }).await.unwrap();
            let whole = in_memory.in_memory().unwrap();
            assert_eq!(whole.len() as u64, in_memory.size(), "{size}");
            assert_eq!(pieced(&in_memory).await.unwrap(), whole, "{size}");
            assert_eq!(pieced(&filed).await.unwrap(), whole, "{size}");
            let parsed = MessageParser::default().parse(&whole).unwrap();
            assert_eq!(parsed.attachment(0).unwrap().contents(), bytes, "{size}");
        }
    }

    #[tokio::test]
    async fn a_file_that_changes_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for after in [&b"12"[..], b"1234"] {
            std::fs::write(&path, b"123").unwrap();
            let message = Message::new(Draft { source: Source::Path(path.clone()), ..draft("a", &[]) }).await.unwrap();
            std::fs::write(&path, after).unwrap();
            assert_eq!(pieced(&message).await.unwrap_err().code(), "smtp-file-changed");
        }
        std::fs::remove_file(&path).unwrap();
        let gone = Message::new(Draft { source: Source::Path(path), ..draft("a", &[]) }).await;
        assert_eq!(gone.unwrap_err().code(), "smtp-file-unreadable");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_name_and_any_bytes_come_back(name in "[^\\p{Cc}/\\\\]{1,60}", bytes in proptest::collection::vec(any::<u8>(), 0..300), subject in "[ -~é€]{0,80}") {
            prop_assume!(name.len() <= 255 && name.trim() == name);
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let draft = Draft { subject: subject.parse().unwrap(), ..draft(&name, &bytes) };
            let message = runtime.block_on(Message::new(draft)).unwrap();
            let whole = message.in_memory().unwrap();
            prop_assert!(whole.is_ascii() && whole.split(|byte| *byte == b'\n').all(|line| line.len() <= 998));
            let parsed = MessageParser::default().parse(&whole).unwrap();
            prop_assert_eq!(parsed.message_id(), Some("01kgep5afj001.ba7816bf@saint-eloi.fr"));
            let part = parsed.attachment(0).unwrap();
            prop_assert_eq!(part.contents(), &bytes[..]);
            prop_assert_eq!(part.attachment_name(), Some(name.as_str()));
        }
    }
}
