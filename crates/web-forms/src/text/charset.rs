//! Bytes of a page to text.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// How far a `<META>` that names the encoding is looked for, in bytes.
const META_REACH: usize = 2048;

/// The character encoding of a page. What is typed into its forms is sent in the same one, as browsers do
///.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charset(&'static Encoding);

impl Charset {
    /// UTF-8.
    pub const UTF_8: Self = Self(UTF_8);

    /// The encoding of that name (`iso-8859-1` means windows-1252, as for browsers).
    #[must_use]
    pub fn named(label: &str) -> Option<Self> {
        Encoding::for_label(label.as_bytes()).map(Self)
    }

    /// `text` in this encoding; `None` if a character does not exist in it.
    #[must_use]
    pub fn encode(self, text: &str) -> Option<Vec<u8>> {
        let (bytes, _, missing) = self.0.encode(text);
        (!missing).then(|| bytes.into_owned())
    }

    /// `fields` as a form sends them, as `application/x-www-form-urlencoded`; what does not exist in this encoding becomes a
    /// character reference, as browsers do.
    #[must_use]
    pub fn url_encoded(self, fields: &[(String, String)]) -> String {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.encoding_override(Some(&|text| self.0.encode(text).0.into_owned().into())).extend_pairs(fields).finish()
    }
}

/// The text of a page: encoding from the byte order mark, else the `Content-Type`, else a `<META>`, else UTF-8 where the
/// bytes are valid UTF-8, else windows-1252. Never fails: bytes that mean nothing become U+FFFD.
#[must_use]
pub fn decode(bytes: &[u8], content_type: Option<&str>) -> (String, Charset) {
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let named = || content_type.and_then(|header| charset_in(header)).and_then(Charset::named).map(|found| found.0);
    let meta = || charset_in(&String::from_utf8_lossy(&bytes[..bytes.len().min(META_REACH)])).and_then(Charset::named);
    let guess = || {
        if std::str::from_utf8(bytes).is_ok() { UTF_8 } else { WINDOWS_1252 }
    };
    let encoding = marked.or_else(named).or_else(|| meta().map(|found| found.0)).unwrap_or_else(guess);
    (encoding.decode(bytes).0.into_owned(), Charset(encoding.output_encoding()))
}

/// The label after `charset=` in a header or in the start of a page.
fn charset_in(text: &str) -> Option<&str> {
    let at = text.to_ascii_lowercase().find("charset=")? + "charset=".len();
    let label = text[at..].trim_start().trim_start_matches(['"', '\'']);
    let end = label.find(|c: char| !c.is_ascii_alphanumeric() && !"-_:.".contains(c)).unwrap_or(label.len());
    Some(&label[..end]).filter(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_found() {
        let latin = b"R\xE9ception";
        for (bytes, header, expected) in [
            (latin.as_slice(), Some("text/html; charset=ISO-8859-1"), "Réception"),
            (latin, Some("text/html; Charset=\"iso-8859-15\""), "Réception"),
            (latin, None, "Réception"),
            (latin, Some("text/html; charset=unheard-of"), "Réception"),
            ("Réception".as_bytes(), None, "Réception"),
            ("Réception".as_bytes(), Some("text/html"), "Réception"),
            (b"\xEF\xBB\xBFR\xC3\xA9", Some("text/html; charset=iso-8859-1"), "Ré"),
        ] {
            assert_eq!(decode(bytes, header).0, expected, "{header:?}");
        }
        let meta = b"<META http-equiv=Content-Type content='text/html; charset=iso-8859-15'>\xA4";
        assert!(decode(meta, None).0.ends_with('€'));
    }

    #[test]
    fn what_an_encoding_lacks_is_not_made_up() {
        let latin = Charset::named("iso-8859-1").unwrap();
        assert_eq!(latin.encode("HÉLIOS"), Some(b"H\xC9LIOS".to_vec()));
        assert_eq!(latin.encode("日本"), None);
        assert_eq!(Charset::UTF_8.encode("日本"), Some("日本".as_bytes().to_vec()));
        let fields = [("a b".to_owned(), "é&日".to_owned())];
        assert_eq!(latin.url_encoded(&fields), "a+b=%E9%26%26%2326085%3B");
        assert_eq!(Charset::UTF_8.url_encoded(&fields), "a+b=%C3%A9%26%E6%97%A5");
    }
}
