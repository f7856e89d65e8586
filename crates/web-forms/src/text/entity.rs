//! HTML character references: the ones that French pages of iso-8859-1 times use.

use std::borrow::Cow;

/// Names of the characters U+00A0 to U+00FF, in order.
const LATIN_1: [&str; 96] = [
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf", "laquo", "not", "shy",
    "reg", "macr", "deg", "plusmn", "sup2", "sup3", "acute", "micro", "para", "middot", "cedil", "sup1", "ordm",
    "raquo", "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc", "Atilde", "Auml", "Aring", "AElig",
    "Ccedil", "Egrave", "Eacute", "Ecirc", "Euml", "Igrave", "Iacute", "Icirc", "Iuml", "ETH", "Ntilde", "Ograve",
    "Oacute", "Ocirc", "Otilde", "Ouml", "times", "Oslash", "Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute", "THORN",
    "szlig", "agrave", "aacute", "acirc", "atilde", "auml", "aring", "aelig", "ccedil", "egrave", "eacute", "ecirc",
    "euml", "igrave", "iacute", "icirc", "iuml", "eth", "ntilde", "ograve", "oacute", "ocirc", "otilde", "ouml",
    "divide", "oslash", "ugrave", "uacute", "ucirc", "uuml", "yacute", "thorn", "yuml",
];

const OTHERS: [(&str, char); 16] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("euro", '€'),
    ("OElig", 'Œ'),
    ("oelig", 'œ'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("hellip", '…'),
    ("trade", '™'),
];

/// The longest reference looked at, without `&`: longer ones stay as they are.
const LONGEST: usize = 12;

/// The character that `name` stands for.
pub(crate) fn named(name: &str) -> Option<char> {
    let latin = || {
        let place = LATIN_1.iter().position(|known| *known == name)?;
        char::from_u32(0xA0 + u32::try_from(place).ok()?)
    };
    let other = || Some(OTHERS.iter().find(|(known, _)| *known == name)?.1);
    other().or_else(latin)
}

/// The name of `character`, if it has one.
pub(crate) fn name_of(character: char) -> Option<&'static str> {
    if let Some((name, _)) = OTHERS.iter().find(|(_, known)| *known == character) {
        return Some(name);
    }
    let place = u32::from(character).checked_sub(0xA0)?;
    LATIN_1.get(usize::try_from(place).ok()?).copied()
}

/// Reads the reference at the start of `text`, which starts with `&`: the character and the bytes it takes.
pub(crate) fn reference(text: &str) -> Option<(char, usize)> {
    let inner = text.strip_prefix('&')?;
    match inner.strip_prefix('#') {
        Some(number) => numeric(number).map(|(found, length)| (found, length + 2)),
        None => by_name(inner).map(|(found, length)| (found, length + 1)),
    }
}

fn by_name(text: &str) -> Option<(char, usize)> {
    let length = run(text, u8::is_ascii_alphanumeric);
    let found = named(&text[..length])?;
    match text.as_bytes().get(length) {
        Some(b';') => Some((found, length + 1)),
        // `?a=1&copy=2` in a link is a parameter, not the © sign.
        Some(b'=') => None,
        _ => Some((found, length)),
    }
}

fn numeric(text: &str) -> Option<(char, usize)> {
    let hexadecimal = text.starts_with(['x', 'X']);
    let (digits, radix) = if hexadecimal { (&text[1..], 16) } else { (text, 10) };
    let length = if hexadecimal { run(digits, u8::is_ascii_hexdigit) } else { run(digits, u8::is_ascii_digit) };
    let value = u32::from_str_radix(&digits[..length], radix).ok()?;
    let end = length + usize::from(hexadecimal) + usize::from(digits.as_bytes().get(length) == Some(&b';'));
    Some((scalar(value), end))
}

/// Numbers 128 to 159 mean windows-1252, as every browser reads them.
fn scalar(value: u32) -> char {
    match u8::try_from(value) {
        Ok(byte @ 0x80..=0x9F) => {
            encoding_rs::WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next().unwrap_or('\u{FFFD}')
        }
        _ if value == 0 => '\u{FFFD}',
        _ => char::from_u32(value).unwrap_or('\u{FFFD}'),
    }
}

fn run(text: &str, accepted: fn(&u8) -> bool) -> usize {
    text.bytes().take(LONGEST).take_while(accepted).count()
}

/// Replaces every known reference of `text`; what is unknown stays as it is.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        let (found, length) = reference(rest).unwrap_or(('&', 1));
        decoded.push(found);
        rest = &rest[length..];
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_as_browsers_read_them() {
        for (written, meant) in [
            ("R&eacute;ception", "Réception"),
            ("d&#39;un d&#x27;un d&#039;un", "d'un d'un d'un"),
            ("&Eacute;&#201;&#xC9", "ÉÉÉ"),
            ("&#150;", "–"),
            ("a &amp b &unknown; & c", "a & b &unknown; & c"),
            ("?user=U&copy=1&amp;password=P", "?user=U&copy=1&password=P"),
            ("&#0;&#x110000;&#99999999999999;", "\u{FFFD}\u{FFFD}&#99999999999999;"),
            ("&", "&"),
            ("&#", "&#"),
            ("&#x", "&#x"),
        ] {
            assert_eq!(decode(written), meant, "{written}");
        }
    }

    #[test]
    fn every_name_stands_for_one_character_and_back() {
        for name in LATIN_1.iter().chain(OTHERS.iter().map(|(name, _)| name)) {
            assert_eq!(named(name).and_then(name_of), Some(*name));
        }
    }
}
