//! Mails in a maildir: RFC 5322, quoted-printable, Latin-1 or UTF-8.

use std::{
    fs, io,
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};

use jiff::{Timestamp, tz::TimeZone};

use crate::text;

/// Longest quoted-printable line without its soft break (RFC 2045 §6.7).
const QP_LINE: usize = 75;

/// The charset of a mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MailCharset {
    /// `iso-8859-1`, as in 2005.
    #[default]
    Latin1,
    /// `utf-8`.
    Utf8,
}

/// One mail before it is written out.
pub(crate) struct Mail {
    pub(crate) message_id: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) body: String,
    pub(crate) at: Timestamp,
    pub(crate) charset: MailCharset,
}

impl Mail {
    /// The mail's bytes, CRLF lines.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let date = jiff::fmt::rfc2822::to_string(&self.at.to_zoned(TimeZone::UTC)).unwrap_or_default();
        let charset = self.effective_charset();
        let name = charset.name();
        let body = quoted_printable(&charset.encode(&self.body.replace('\n', "\r\n")));
        format!(
            "Return-Path: <{from}>\r\nDate: {date}\r\nFrom: XFB Gateway <{from}>\r\nTo: <{to}>\r\nSubject: {subject}\r\nMessage-ID: <{id}>\r\n\
             MIME-Version: 1.0\r\nContent-Type: text/plain; charset={name}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{body}\r\n",
            from = self.from,
            to = self.to,
            subject = self.encoded_subject(charset),
            id = self.message_id,
        )
        .into_bytes()
    }

    /// UTF-8 where Latin-1 lacks a character.
    fn effective_charset(&self) -> MailCharset {
        let fits = |text: &str| text.chars().all(|c| u32::from(c) < 256);
        if fits(&self.subject) && fits(&self.body) { self.charset } else { MailCharset::Utf8 }
    }

    fn encoded_subject(&self, charset: MailCharset) -> String {
        if self.subject.is_ascii() {
            return self.subject.clone();
        }
        let mut word = String::new();
        for byte in charset.encode(&self.subject) {
            match byte {
                b' ' => word.push('_'),
                _ if byte.is_ascii_alphanumeric() => word.push(char::from(byte)),
                _ => word.push_str(&format!("={byte:02X}")),
            }
        }
        format!("=?{}?Q?{word}?=", charset.name())
    }
}

impl MailCharset {
    const fn name(self) -> &'static str {
        match self {
            Self::Latin1 => "iso-8859-1",
            Self::Utf8 => "utf-8",
        }
    }

    fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Latin1 => text::to_latin1(text),
            Self::Utf8 => text.as_bytes().to_vec(),
        }
    }
}

/// A maildir: files appear whole in `new/`.
pub(crate) struct Maildir {
    folder: PathBuf,
}

impl Maildir {
    pub(crate) fn open(folder: PathBuf) -> io::Result<Self> {
        for part in ["tmp", "new", "cur"] {
            fs::create_dir_all(folder.join(part))?;
        }
        Ok(Self { folder })
    }

    /// Writes one mail under a name of its own.
    pub(crate) fn deliver(&self, mail: &[u8]) -> io::Result<()> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}.P{}Q{count}.partner-sim.eml", Timestamp::now().as_microsecond(), std::process::id());
        let draft = self.folder.join("tmp").join(&name);
        fs::write(&draft, mail)?;
        fs::rename(draft, self.folder.join("new").join(name))
    }
}

fn quoted_printable(bytes: &[u8]) -> String {
    let mut out = String::new();
    let mut column = 0;
    let mut bytes = bytes.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'\r' && bytes.peek() == Some(&b'\n') {
            bytes.next();
            out.push_str("\r\n");
            column = 0;
            continue;
        }
        let ends_line = matches!(bytes.peek(), None | Some(b'\r'));
        let plain = matches!(byte, b'!'..=b'<' | b'>'..=b'~') || (byte == b' ' && !ends_line);
        let piece = if plain { char::from(byte).to_string() } else { format!("={byte:02X}") };
        if column + piece.len() > QP_LINE {
            out.push_str("=\r\n");
            column = 0;
        }
        column += piece.len();
        out.push_str(&piece);
    }
    out
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use mail_parser::MessageParser;

    use super::{Mail, MailCharset, Maildir};

    fn mail(charset: MailCharset) -> Mail {
        Mail {
            message_id: "1.2@gateway.invalid".into(),
            from: "xfb@gateway.invalid".into(),
            to: "ville@station.invalid".into(),
            subject: "Partenaire non autorisé".into(),
            body: format!("Fichier : été = {}\nMotif : à voir \n", "é".repeat(90)),
            at: Timestamp::UNIX_EPOCH,
            charset,
        }
    }

    #[test]
    fn a_mail_reader_understands_both_charsets() {
        for charset in [MailCharset::Latin1, MailCharset::Utf8] {
            let mail = mail(charset);
            let bytes = mail.bytes();
            assert!(bytes.is_ascii());
            assert!(String::from_utf8_lossy(&bytes).lines().all(|line| line.len() <= 76), "soft breaks");
            let read = MessageParser::default().parse(&bytes).unwrap();
            assert_eq!(read.subject(), Some("Partenaire non autorisé"));
            assert_eq!(read.message_id(), Some("1.2@gateway.invalid"));
            assert_eq!(read.date().unwrap().to_timestamp(), 0);
            assert_eq!(
                read.body_text(0).unwrap().replace("\r\n", "\n").trim_end_matches('\n'),
                mail.body.trim_end_matches('\n')
            );
        }
    }

    #[test]
    fn what_latin_1_lacks_goes_in_utf_8() {
        let mail = Mail { body: "Fichier : bœuf €.xml".into(), ..mail(MailCharset::Latin1) };
        let bytes = mail.bytes();
        let read = MessageParser::default().parse(&bytes).unwrap();
        assert_eq!(read.body_text(0).unwrap().trim_end(), "Fichier : bœuf €.xml");
    }

    #[test]
    fn mails_appear_whole_in_new() {
        let folder = tempfile::tempdir().unwrap();
        let maildir = Maildir::open(folder.path().join("box")).unwrap();
        maildir.deliver(b"one").unwrap();
        maildir.deliver(b"two").unwrap();
        let count = |part: &str| std::fs::read_dir(folder.path().join("box").join(part)).unwrap().count();
        assert_eq!((count("tmp"), count("new")), (0, 2));
    }
}
