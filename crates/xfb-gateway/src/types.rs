//! Checked values.

use std::fmt;

use crate::error::{Code, Error};

macro_rules! shown {
    ($name:ident) => {
        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

/// The name a file is uploaded under: 1 to 255 bytes, no control character, no `/` and no `\`
/// (docs/protocols/xfb-gateway.md 4.4).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileName(String);
shown!(FileName);

impl TryFrom<&str> for FileName {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        if text.is_empty() || text.len() > 255 {
            return Err(Error::new(Code::NameRefused, "a file name must have 1 to 255 bytes"));
        }
        match text.char_indices().find(|(_, c)| c.is_control() || matches!(c, '/' | '\\')) {
            Some((at, c)) => Err(Error::new(Code::NameRefused, format!("a file name cannot hold {c:?} (byte {at})"))),
            None => Ok(Self(text.to_owned())),
        }
    }
}

/// A value typed into a field of the upload form: 1 to 255 bytes, no control character
/// (docs/protocols/xfb-gateway.md 4.1).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FieldText(String);
shown!(FieldText);

impl TryFrom<&str> for FieldText {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        if text.is_empty() || text.len() > 255 {
            return Err(Error::new(Code::FieldRefused, "a field must have 1 to 255 bytes"));
        }
        match text.char_indices().find(|(_, c)| c.is_control()) {
            Some((at, c)) => Err(Error::new(Code::FieldRefused, format!("a field cannot hold {c:?} (byte {at})"))),
            None => Ok(Self(text.to_owned())),
        }
    }
}

/// What identifies an offered file for ever: 1 to 64 letters, digits, `.`, `-`, `_`
/// (docs/protocols/xfb-gateway.md 5.7).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalIdent(String);
shown!(LocalIdent);

impl LocalIdent {
    /// The identifier, if `text` is one.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        ((1..=64).contains(&text.len()) && text.bytes().all(legal)).then(|| Self(text.to_owned()))
    }
}

/// The name the gateway gives an offered file: at most 255 bytes, longer ones are cut.
///
/// HOSTILE: it is what the peer wrote, percent-decoded. It may be empty, hold `/`, `..`, control characters or a device
/// name. It is to be shown with [`Debug`](fmt::Debug) and never becomes a path without the receiver's own checks
/// (docs/protocols/xfb-gateway.md 5.7).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RemoteName(String);
shown!(RemoteName);

impl RemoteName {
    /// Decodes the last part of a link's path: UTF-8, else windows-1252.
    #[must_use]
    pub fn read(percent_encoded: &str) -> Self {
        let bytes = unescape(percent_encoded);
        let mut name = web_forms::text::charset::decode(&bytes, None).0;
        let end = (0..=name.len().min(255)).rev().find(|at| name.is_char_boundary(*at)).unwrap_or(0);
        name.truncate(end);
        Self(name)
    }
}

fn unescape(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|b| char::from(*b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(high * 16 + low);
                at += 3;
            }
            (byte, ..) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        assert!(FileName::try_from("MANDATS_été.xml").is_ok());
        for bad in ["", "a/b", "a\\b", "a\nb", "a\0", &"x".repeat(256)] {
            assert_eq!(FileName::try_from(bad).unwrap_err().code(), "xfb-name-refused", "{bad:?}");
        }
        assert!(FieldText::try_from("HÉLIOS").is_ok());
        assert_eq!(FieldText::try_from("a\r\nb").unwrap_err().code(), "xfb-field-refused");
    }

    #[test]
    fn identifiers_are_checked() {
        assert!(LocalIdent::read("62899").is_some());
        for bad in ["", "../1", "1 2", "é", &"1".repeat(65)] {
            assert_eq!(LocalIdent::read(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn remote_names_are_decoded_and_bounded() {
        for (link, name) in [
            ("RCT290G", "RCT290G"),
            ("..%2F..%2Fetc%2Fpasswd", "../../etc/passwd"),
            ("%E9t%e9", "été"),
            ("%C3%A9", "é"),
            ("100%", "100%"),
            ("%4", "%4"),
            ("%00", "\0"),
        ] {
            assert_eq!(RemoteName::read(link).as_str(), name);
        }
        assert_eq!(RemoteName::read(&"%C3%A9".repeat(200)).as_str().len(), 254);
    }
}
