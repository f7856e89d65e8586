//! Checked values: what can stand in a command or a header without ever breaking out of it.

use std::fmt;
use std::str::FromStr;

use super::error::{Code, Error};

/// Bytes of an address (RFC 5321 4.5.3.1.3: a path of 256 with its brackets).
const ADDRESS: usize = 254;
/// Bytes of the part before the `@` (RFC 5321 4.5.3.1.1).
const LOCAL_PART: usize = 64;
/// Bytes of a domain (RFC 5321 4.5.3.1.2).
const DOMAIN: usize = 255;
/// Characters of an envelope identifier (RFC 3461 4.4), which the Message-ID also is.
const ENVELOPE_ID: usize = 100;
/// Bytes of a file name.
const FILE_NAME: usize = 255;
/// Bytes of a subject, or of any other line of text.
const TEXT: usize = 500;
/// Recipients of one message (RFC 5321 4.5.3.1.8: what every server takes).
pub const MAX_RECIPIENTS: usize = 100;

/// A mail address: an ASCII dot-atom, `@`, a domain. No quotes, no display name, no control character, so that no line can end in it
/// (docs/protocols/pecoto.md 3.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    text: String,
    at: usize,
}

impl Address {
    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What stands behind the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.text[self.at + 1..]
    }
}

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refused = |why: &str| Error::new(Code::AddressRefused, format!("not a mail address ({why}): {text:?}"));
        let (local, domain) = text.rsplit_once('@').ok_or_else(|| refused("no @"))?;
        if text.len() > ADDRESS || local.len() > LOCAL_PART {
            return Err(refused("too long"));
        }
        if !is_dotted(local, is_atom) || !is_domain(domain) || text.parse::<lettre::Address>().is_err() {
            return Err(refused("name@domain in plain ASCII is expected"));
        }
        Ok(Self { text: text.to_owned(), at: local.len() })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The recipients of one message: 1 to [`MAX_RECIPIENTS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipients(Vec<Address>);

impl Recipients {
    /// Their addresses.
    #[must_use]
    pub fn as_slice(&self) -> &[Address] {
        &self.0
    }
}

impl TryFrom<Vec<Address>> for Recipients {
    type Error = Error;

    fn try_from(addresses: Vec<Address>) -> Result<Self, Error> {
        match addresses.len() {
            1..=MAX_RECIPIENTS => Ok(Self(addresses)),
            0 => Err(Error::new(Code::AddressRefused, "no recipient")),
            many => Err(Error::new(Code::AddressRefused, format!("{many} recipients, at most {MAX_RECIPIENTS}"))),
        }
    }
}

impl From<Address> for Recipients {
    fn from(address: Address) -> Self {
        Self(vec![address])
    }
}

/// A Message-ID without its angle brackets: `left@right`, both dot-atoms, at most 100 characters, because it is the envelope identifier too
/// (docs/protocols/pecoto.md 4.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MessageId(String);

impl MessageId {
    /// As written, without angle brackets.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MessageId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let sound =
            text.split_once('@').is_some_and(|(left, right)| is_dotted(left, is_atom) && is_dotted(right, is_atom));
        if !sound || xtext(text).len() > ENVELOPE_ID {
            return Err(Error::new(
                Code::TextRefused,
                format!("not a Message-ID of at most {ENVELOPE_ID} characters: {text:?}"),
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of an attachment: any characters but separators and control characters, 1 to 255 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName(String);

impl FileName {
    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FileName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let sound = !text.contains(|c: char| c.is_control() || matches!(c, '/' | '\\'));
        if !sound || !(1..=FILE_NAME).contains(&text.len()) {
            return Err(Error::new(Code::NameRefused, format!("this name cannot be given to an attachment: {text:?}")));
        }
        Ok(Self(text.to_owned()))
    }
}

/// One line of text for a header: no control character, at most 500 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line(String);

impl Line {
    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Line {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.len() > TEXT || text.contains(char::is_control) {
            return Err(Error::new(
                Code::TextRefused,
                format!("one line of at most {TEXT} bytes is expected: {text:?}"),
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

/// The name that a client greets with: a domain (RFC 5321 4.1.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello(String);

impl Hello {
    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Hello {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if !is_domain(text) {
            return Err(Error::new(Code::TextRefused, format!("not a domain: {text:?}")));
        }
        Ok(Self(text.to_owned()))
    }
}

/// RFC 3461 4: what is not printable, `+` and `=` become `+` and two hexadecimal digits.
pub(super) fn xtext(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'+' | b'=' => out.push_str(&format!("+{byte:02X}")),
            b'!'..=b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("+{byte:02X}")),
        }
    }
    out
}

/// RFC 5322 3.2.3.
fn is_atom(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
}

fn is_dotted(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    text.split('.').all(|part| !part.is_empty() && part.bytes().all(&allowed))
}

fn is_domain(text: &str) -> bool {
    let label = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    text.len() <= DOMAIN
        && is_dotted(text, label)
        && text.split('.').all(|part| !part.starts_with('-') && !part.ends_with('-'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses() {
        for good in ["a@b", "mairie.recensement@saint-eloi.fr", "x+y=z@localhost", "bsn@10.fr"] {
            assert_eq!(good.parse::<Address>().map(|address| address.to_string()).ok().as_deref(), Some(good));
        }
        for bad in [
            "",
            "a",
            "@b",
            "a@",
            "a b@c",
            "a@b c",
            "<a@b>",
            "a@b>",
            "é@b",
            "a@é",
            "a..b@c",
            "\"a\"@b",
            "a@b\r\nRCPT TO:<c@d>",
            "a\n@b",
            "a@-b",
            "a@b-",
        ] {
            assert_eq!(bad.parse::<Address>().map_err(|error| error.code()), Err("smtp-address-refused"), "{bad}");
        }
        assert!(format!("{}@b", "a".repeat(65)).parse::<Address>().is_err());
        assert!(Recipients::try_from(Vec::new()).is_err());
        let many = vec!["a@b".parse::<Address>().unwrap(); MAX_RECIPIENTS + 1];
        assert!(Recipients::try_from(many[1..].to_vec()).is_ok() && Recipients::try_from(many).is_err());
    }

    #[test]
    fn identifiers_and_names() {
        assert!("01kgep5afj001.ab@saint-eloi.fr".parse::<MessageId>().is_ok());
        for bad in ["", "a", "a@b@c", "<a@b>", "a b@c", "a@b\r\n"] {
            assert!(bad.parse::<MessageId>().is_err(), "{bad}");
        }
        assert!(format!("{}@b", "a".repeat(99)).parse::<MessageId>().is_err());
        assert!("été \"1\";=.txt".parse::<FileName>().is_ok());
        assert!(["", "a/b", "a\\b", "a\nb"].iter().all(|bad| bad.parse::<FileName>().is_err()));
        assert!("Objet\r\nBcc: a@b".parse::<Line>().is_err());
        assert_eq!(xtext("a+b=c é"), "a+2Bb+3Dc+20+C3+A9");
    }

    proptest! {
        #[test]
        fn what_is_accepted_never_leaves_its_line(text in "(\\PC|[\r\n\0<>@. ]){0,40}") {
            let clean = |text: &str| !text.contains(['\r', '\n', '\0', '<', '>', ' ']);
            if let Ok(address) = text.parse::<Address>() { prop_assert!(clean(address.as_str())); }
            if let Ok(id) = text.parse::<MessageId>() { prop_assert!(clean(id.as_str())); }
            if let Ok(hello) = text.parse::<Hello>() { prop_assert!(clean(hello.as_str())); }
            if let Ok(line) = text.parse::<Line>() { prop_assert!(!line.as_str().contains(['\r', '\n', '\0'])); }
        }
    }
}
