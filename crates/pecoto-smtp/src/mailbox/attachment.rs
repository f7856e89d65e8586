//! Files in mails, taken out byte for byte.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use mail_parser::{Encoding, Message, MessagePart, MimeHeaders, PartType};
use sha2::{Digest, Sha256};

use super::{
    Limits, MailError,
    durable::sync_folder,
    mail::{guarded, hexadecimal},
};

/// Files taken out of one mail; the others stay in it.
pub const MAX_ATTACHMENTS: usize = 100;
/// Bytes (UTF-8) of a file's name; most file systems allow 255, and [`Attachment::store`] puts a hash before it.
const MAX_NAME: usize = 200;

/// A file in a mail.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attachment {
    /// The name that the sender gave it, decoded, made fit to be one: one component, without control characters, at most 200 bytes, never
    /// beginning with a dot. Two of one mail may have the same.
    pub name: String,
    /// Its type, as `text/xml`, in lower case.
    pub kind: String,
    /// Its bytes as they were attached; a text keeps its character set and its line ends. Where its encoding is broken, as they stand in the mail.
    pub bytes: Vec<u8>,
}

/// A file that is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stored {
    /// Where.
    pub path: PathBuf,
    /// The SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
}

impl std::fmt::Debug for Attachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attachment")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

impl Attachment {
    /// The files of a mail, at most [`MAX_ATTACHMENTS`]: parts with a file name, and parts marked as attachments. Mails attached to it are given whole.
    ///
    /// # Errors
    ///
    /// The errors of [`Mail::parse`](super::Mail::parse).
    pub fn all(bytes: &[u8], limits: &Limits) -> Result<Vec<Self>, MailError> {
        guarded(bytes, limits, |message| {
            message.parts.iter().filter_map(|part| attachment(message, part)).take(MAX_ATTACHMENTS).collect()
        })
    }

    /// Writes it into `folder` and waits until file and folder are on the disk; only then may the mail be disposed of.
    ///
    /// The file's name is its content's hash and its own name, so that storing it again after a crash finds it there, and no mail can replace another's file.
    /// A crash in between leaves a file that ends in `.part`, which the next attempt replaces.
    ///
    /// # Errors
    ///
    /// The system's: no space, no right. Nothing of that name is there then.
    pub fn store(&self, folder: &Path) -> io::Result<Stored> {
        let sha256 = hexadecimal(&Sha256::digest(&self.bytes));
        let path = folder.join(format!("{}-{}", &sha256[..16], self.name));
        let part = folder.join(format!("{sha256}.part"));
        let mut file = File::create(&part)?;
        let written = file.write_all(&self.bytes).and_then(|()| file.sync_all());
        drop(file);
        if let Err(error) = written.and_then(|()| fs::rename(&part, &path)) {
            return match fs::remove_file(&part) {
                Err(other) if other.kind() != ErrorKind::NotFound => Err(other),
                _ => Err(error),
            };
        }
        sync_folder(folder)?;
        Ok(Stored { path, sha256 })
    }
}

fn attachment(message: &Message<'_>, part: &MessagePart<'_>) -> Option<Attachment> {
    let name = part.attachment_name();
    let is_marked = part.content_disposition().is_some_and(|disposition| disposition.is_attachment());
    if matches!(part.body, PartType::Multipart(_)) || !(is_marked || name.is_some()) {
        return None;
    }
    let kind = part.content_type().map(|kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or("")));
    Some(Attachment {
        name: safe_name(name.unwrap_or_default()),
        kind: super::mail::bounded(&kind.unwrap_or_default()).to_ascii_lowercase(),
        bytes: bytes_of(message, part),
    })
}

/// The parser turns texts into UTF-8: their bytes are taken from the mail itself. What cannot be decoded is given as it came: a file that is left
/// out would go with its mail.
fn bytes_of(message: &Message<'_>, part: &MessagePart<'_>) -> Vec<u8> {
    if !matches!(part.body, PartType::Text(_) | PartType::Html(_)) {
        return part.contents().to_vec();
    }
    let place = usize::try_from(part.offset_body).ok().zip(usize::try_from(part.offset_end).ok());
    let Some(raw) = place.and_then(|(start, end)| message.raw_message().get(start..end)) else {
        return part.contents().to_vec();
    };
    let decoded = match part.encoding {
        Encoding::None => None,
        Encoding::Base64 => mail_parser::decoders::base64::base64_decode(raw),
        Encoding::QuotedPrintable => mail_parser::decoders::quoted_printable::quoted_printable_decode(raw),
    };
    decoded.unwrap_or_else(|| raw.to_vec())
}

/// The last component of the name, without what a file system or a terminal would take for more than a character.
fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain = |c: char| if c.is_control() || "<>:\"|?*".contains(c) || is_invisible(c) { '_' } else { c };
    let name: String = last.trim().chars().map(plain).take(MAX_NAME).collect();
    let name = &name[..name.floor_char_boundary(MAX_NAME)];
    let name = name.trim_start_matches('.').trim_end_matches(['.', ' ']);
    if name.is_empty() { "attachment".to_owned() } else { name.to_owned() }
}

/// Characters that turn the direction of a text or take no room: they make one name look like another.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
