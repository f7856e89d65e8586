//! Encodings of the web of 2005: percent, Latin-1, HTML, Base64.

use std::fmt::Write as _;

use encoding_rs::WINDOWS_1252;

/// Percent-encodes every byte that is not unreserved (RFC 3986 §2.3).
pub(crate) fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Undoes [`percent`]; with `plus`, `+` is a space as in forms. A broken escape stays as it is.
pub(crate) fn unpercent(text: &str, plus: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = bytes.get(at + 1..at + 3).filter(|_| byte == b'%').and_then(hex);
        if let Some(value) = escaped {
            out.push(value);
            at += 3;
        } else {
            out.push(if plus && byte == b'+' { b' ' } else { byte });
            at += 1;
        }
    }
    latin1_or_utf8(&out)
}

/// Bytes of a sender whose charset is unknown: UTF-8 when they are valid UTF-8, else Latin-1.
pub(crate) fn latin1_or_utf8(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(|&b| char::from(b)).collect(), str::to_owned)
}

/// Text of a form whose page says `iso-8859-1`, which browsers read as Windows-1252.
pub(crate) fn form_text(bytes: &[u8]) -> String {
    WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned()
}

/// Latin-1 bytes; what Latin-1 lacks becomes a numeric HTML reference.
pub(crate) fn to_latin1(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        match u8::try_from(u32::from(c)) {
            Ok(byte) => out.push(byte),
            Err(_) => out.extend_from_slice(format!("&#{};", u32::from(c)).as_bytes()),
        }
    }
    out
}

/// Escapes `& < > "` for HTML.
pub(crate) fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Splits `a=b&c=d`, percent-decoded.
pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (unpercent(name, true), unpercent(value, true))
        })
        .collect()
}

/// The user and password of a `Basic` credential (RFC 7617).
pub(crate) fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, token) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let plain = latin1_or_utf8(&base64(token.trim())?);
    let (user, password) = plain.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

/// Lower-case hexadecimal.
pub(crate) fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn hex(digits: &[u8]) -> Option<u8> {
    digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn base64(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::new();
    let (mut bits, mut held) = (0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let value = ALPHABET.iter().position(|&letter| letter == byte)?;
        bits = (bits << 6) | u32::try_from(value).ok()?;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from((bits >> held) & 0xff).ok()?);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{basic, pairs, percent, to_latin1, unpercent};

    #[test]
    fn percent_and_back() {
        let text = "a b&c=é/%+\0\n";
        assert_eq!(unpercent(&percent(text), true), text);
        assert_eq!(unpercent("100%", false), "100%");
        assert_eq!(unpercent("%C9", false), "É", "Latin-1 from an old browser");
        assert_eq!(unpercent("%+5", false), "%+5");
    }

    #[test]
    fn pairs_are_decoded() {
        assert_eq!(
            pairs("user=a%26b&x&&p=1+2"),
            [("user", "a&b"), ("x", ""), ("p", "1 2")].map(|(a, b)| (a.into(), b.into()))
        );
    }

    #[test]
    fn basic_credentials() {
        assert_eq!(basic("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), Some(("Aladdin".into(), "open sesame".into())));
        assert_eq!(basic("Bearer x"), None);
        assert_eq!(basic("Basic !!"), None);
    }

    #[test]
    fn latin1_pages() {
        assert_eq!(to_latin1("é€"), b"\xe9&#8364;");
    }
}
