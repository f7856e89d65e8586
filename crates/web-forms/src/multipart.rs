//! The body of an upload: what stands before and after the file (RFC 7578).

use bytes::Bytes;
use rustls::crypto::SecureRandom;

use crate::error::{Error, Kind, Result};
use crate::text::charset::Charset;

/// Everything of a multipart body but the file's bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Envelope {
    boundary: String,
    /// The fields and the head of the file's part.
    pub(crate) head: Bytes,
    /// The closing delimiter.
    pub(crate) tail: Bytes,
}

impl Envelope {
    /// Fields in their order, then the file. Texts are written in the page's character set, as browsers do.
    ///
    /// # Errors
    ///
    /// [`Kind::FieldRefused`] or [`Kind::NameRefused`] where a character does not exist in it.
    pub(crate) fn new(
        boundary: String,
        charset: Charset,
        fields: &[(String, String)],
        file_input: &str,
        name: &str,
    ) -> Result<Self> {
        // Without the text itself: values that the page gave may echo secrets.
        let encode = |text: &str, kind| {
            let missing = || Error::new(kind, "a text cannot be written in the character set of the site's form");
            charset.encode(text).ok_or_else(missing)
        };
        let mut head = Vec::new();
        for (field, value) in fields {
            head.extend(format!("--{boundary}\r\nContent-Disposition: form-data; name=\"").bytes());
            head.extend(encode(&quoted(field), Kind::FieldRefused)?);
            head.extend(b"\"\r\n\r\n");
            head.extend(encode(value, Kind::FieldRefused)?);
            head.extend(b"\r\n");
        }
        head.extend(format!("--{boundary}\r\nContent-Disposition: form-data; name=\"").bytes());
        head.extend(encode(&quoted(file_input), Kind::FieldRefused)?);
        head.extend(b"\"; filename=\"");
        head.extend(encode(&quoted(name), Kind::NameRefused)?);
        head.extend(b"\"\r\nContent-Type: application/octet-stream\r\n\r\n");
        let tail = format!("\r\n--{boundary}--\r\n");
        Ok(Self { boundary, head: head.into(), tail: tail.into_bytes().into() })
    }

    pub(crate) fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    /// The length of the whole body around a file of `size` bytes.
    pub(crate) fn length(&self, size: u64) -> Option<u64> {
        let around = u64::try_from(self.head.len() + self.tail.len()).ok()?;
        around.checked_add(size)
    }
}

/// As browsers write names between quotes.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

/// A boundary that no file holds by chance or on purpose.
pub(crate) fn boundary(random: &dyn SecureRandom) -> Result<String> {
    let mut bytes = [0; 16];
    random.fill(&mut bytes).map_err(|_| Error::new(Kind::Bug, "no random bytes"))?;
    Ok(format!("----{:032x}", u128::from_be_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(charset: Charset, value: &str, name: &str) -> Result<Envelope> {
        let fields = [("op\"x".to_owned(), value.to_owned())];
        Envelope::new("B".into(), charset, &fields, "fic", name)
    }

    #[test]
    fn the_body_is_what_a_browser_sends() {
        let latin = envelope(Charset::named("iso-8859-1").unwrap(), "HÉLIOS", "été \"1\".xml").unwrap();
        let expected = b"--B\r\nContent-Disposition: form-data; name=\"op%22x\"\r\n\r\nH\xC9LIOS\r\n--B\r\nContent-Disposition: \
            form-data; name=\"fic\"; filename=\"\xE9t\xE9 %221%22.xml\"\r\nContent-Type: application/octet-stream\r\n\r\n";
        assert_eq!(latin.head, expected.as_slice());
        assert_eq!(latin.tail, b"\r\n--B--\r\n".as_slice());
        assert_eq!(latin.content_type(), "multipart/form-data; boundary=B");
        assert_eq!(latin.length(10), Some(expected.len() as u64 + 9 + 10));
        assert_eq!(latin.length(u64::MAX), None);
    }

    #[test]
    fn what_the_form_cannot_take_is_refused() {
        let latin = Charset::named("iso-8859-1").unwrap();
        assert_eq!(envelope(latin, "日", "a").unwrap_err().kind, Kind::FieldRefused);
        assert_eq!(envelope(latin, "a", "日").unwrap_err().kind, Kind::NameRefused);
        assert!(envelope(Charset::UTF_8, "日", "日").is_ok());
    }

    #[test]
    fn boundaries_differ() {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let [one, other] = [(); 2].map(|()| boundary(provider.secure_random).unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), 36);
    }
}
