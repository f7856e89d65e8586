//! INI files as they are: every byte belongs to a piece of a line, and the pieces put together again are the file.
//!
//! ```
//! use taskctl::import::ini::Ini;
//!
//! let bytes = b"[MANDATS]\r\n; corbeille\r\nFiltre = c:\\transfert\\mand\\*";
//! let ini = Ini::read(bytes);
//! let entry = ini.lines().last().and_then(|line| line.entry()).ok_or("no entry")?;
//! assert_eq!((ini.text(entry.key), ini.text(entry.value)), ("Filtre".into(), r"c:\transfert\mand\*".into()));
//! assert_eq!(ini.write(), bytes);
//! # Ok::<(), &str>(())
//! ```

use std::borrow::Cow;
use std::ops::Range;

use encoding_rs::{UTF_8, WINDOWS_1252};

const BOM: &[u8] = b"\xef\xbb\xbf";

/// How the bytes of a file are characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Nothing beyond ASCII.
    Ascii,
    /// Windows' Western code page, as the former product wrote it. Every byte is a character.
    Windows1252,
    /// UTF-8, with or without its mark: somebody edited the file since.
    Utf8,
}

impl Encoding {
    /// What the whole file is in. With a mark but invalid UTF-8 after it, it is not UTF-8.
    fn of(bytes: &[u8]) -> Self {
        match (bytes.is_ascii(), std::str::from_utf8(bytes)) {
            (true, _) => Self::Ascii,
            (false, Ok(_)) => Self::Utf8,
            (false, Err(_)) => Self::Windows1252,
        }
    }

    /// As people and programs call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ascii => "ASCII",
            Self::Windows1252 => "windows-1252",
            Self::Utf8 => "UTF-8",
        }
    }
}

/// A file, line by line; borrows its bytes.
#[derive(Clone, Debug)]
pub struct Ini<'a> {
    bom: &'a [u8],
    encoding: Encoding,
    lines: Vec<Line<'a>>,
}

/// A line and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// From 1.
    pub number: usize,
    /// Bytes of the file before it.
    start: usize,
    indent: &'a [u8],
    /// What it says.
    pub content: Content<'a>,
    trailing: &'a [u8],
    /// CR LF, LF, or nothing at the end of the file.
    end: &'a [u8],
}

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// Nothing.
    Blank,
    /// `; …` or `# …`, its mark included.
    Comment(&'a [u8]),
    /// `[name]`.
    Section(Section<'a>),
    /// `key = value`.
    Entry(Entry<'a>),
    /// Neither of them.
    Other(&'a [u8]),
}

/// `[name]`, and a comment perhaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section<'a> {
    /// Between the brackets, spaces included.
    pub name: &'a [u8],
    /// After them.
    tail: &'a [u8],
}

/// `key = value`. Nothing in a value is special: neither backslashes nor semicolons nor quotation marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Without the spaces around it; never empty.
    pub key: &'a [u8],
    /// The equals sign and the spaces around it.
    between: &'a [u8],
    /// Without the spaces around it.
    pub value: &'a [u8],
}

impl<'a> Ini<'a> {
    /// Reads any bytes.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Self {
        let (bom, mut rest) = bytes.split_at(if bytes.starts_with(BOM) { BOM.len() } else { 0 });
        let mut lines = Vec::new();
        while !rest.is_empty() {
            let length = rest.iter().position(|&byte| byte == b'\n').map_or(rest.len(), |at| at + 1);
            let (line, after) = rest.split_at(length);
            lines.push(Line::read(line, lines.len() + 1, bytes.len() - rest.len()));
            rest = after;
        }
        Self { bom, encoding: Encoding::of(bytes), lines }
    }

    /// The bytes that were read.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut out = self.bom.to_vec();
        self.lines.iter().for_each(|line| line.write(&mut out));
        out
    }

    /// The lines, in order.
    #[must_use]
    pub fn lines(&self) -> &[Line<'a>] {
        &self.lines
    }

    /// What the file is in.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// A piece as text.
    #[must_use]
    pub fn text(&self, piece: &'a [u8]) -> Cow<'a, str> {
        let encoding = if self.encoding == Encoding::Windows1252 { WINDOWS_1252 } else { UTF_8 };
        encoding.decode_without_bom_handling(piece).0
    }
}

impl<'a> Line<'a> {
    fn read(bytes: &'a [u8], number: usize, start: usize) -> Self {
        let body = bytes.strip_suffix(b"\n").map_or(bytes, |body| body.strip_suffix(b"\r").unwrap_or(body));
        let end = &bytes[body.len()..];
        let inner = body.trim_ascii_start();
        let indent = &body[..body.len() - inner.len()];
        let said = inner.trim_ascii_end();
        Self { number, start, indent, content: Content::read(said), trailing: &inner[said.len()..], end }
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.indent);
        match self.content {
            Content::Blank => {}
            Content::Comment(bytes) | Content::Other(bytes) => out.extend_from_slice(bytes),
            Content::Section(Section { name, tail }) => {
                [b"[", name, b"]", tail].into_iter().for_each(|piece| out.extend_from_slice(piece));
            }
            Content::Entry(Entry { key, between, value }) => {
                [key, between, value].into_iter().for_each(|piece| out.extend_from_slice(piece));
            }
        }
        out.extend_from_slice(self.trailing);
        out.extend_from_slice(self.end);
    }

    /// The entry, if it is one.
    #[must_use]
    pub const fn entry(&self) -> Option<Entry<'a>> {
        match self.content {
            Content::Entry(entry) => Some(entry),
            _ => None,
        }
    }

    /// Where the key stands in the file, in bytes, if the line is an entry.
    #[must_use]
    pub fn key_span(&self) -> Option<Range<usize>> {
        let from = self.start + self.indent.len();
        self.entry().map(|entry| from..from + entry.key.len())
    }

    /// Where the value stands in the file, in bytes, if the line is an entry.
    #[must_use]
    pub fn value_span(&self) -> Option<Range<usize>> {
        let entry = self.entry()?;
        let from = self.start + self.indent.len() + entry.key.len() + entry.between.len();
        Some(from..from + entry.value.len())
    }
}

impl<'a> Content<'a> {
    /// `said` has no spaces around it.
    fn read(said: &'a [u8]) -> Self {
        match said.first() {
            None => Self::Blank,
            Some(b';' | b'#') => Self::Comment(said),
            Some(b'[') => section(said).map_or(Self::Other(said), Self::Section),
            Some(_) => entry(said).map_or(Self::Other(said), Self::Entry),
        }
    }
}

fn section(said: &[u8]) -> Option<Section<'_>> {
    let close = said.iter().position(|&byte| byte == b']')?;
    let (name, tail) = (&said[1..close], &said[close + 1..]);
    let harmless = matches!(tail.trim_ascii_start().first(), None | Some(b';' | b'#'));
    harmless.then_some(Section { name, tail })
}

fn entry(said: &[u8]) -> Option<Entry<'_>> {
    let equals = said.iter().position(|&byte| byte == b'=')?;
    let key = said[..equals].trim_ascii_end();
    let value = said[equals + 1..].trim_ascii_start();
    let between = &said[key.len()..said.len() - value.len()];
    (!key.is_empty()).then_some(Entry { key, between, value })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn contents(bytes: &[u8]) -> Vec<Content<'_>> {
        Ini::read(bytes).lines().iter().map(|line| line.content).collect()
    }

    #[test]
    fn a_file_of_the_former_product() {
        let bytes =
            b"; Task\r\n[DIR:REC]\r\nnumrec=0001\r\n\r\n  [ PROFIL ] ; \xe9t\xe9\nPi\xe8ce = a;b\\c\" \t\r\nseul\n=x";
        let ini = Ini::read(bytes);
        assert_eq!(ini.encoding(), Encoding::Windows1252);
        let section = |name, tail| Content::Section(Section { name, tail });
        let entry = |key, between, value| Content::Entry(Entry { key, between, value });
        let expected: Vec<Content<'_>> = vec![
            Content::Comment(b"; Task"),
            section(b"DIR:REC", b""),
            entry(b"numrec", b"=", b"0001"),
            Content::Blank,
            section(b" PROFIL ", b" ; \xe9t\xe9"),
            entry(b"Pi\xe8ce", b" = ", b"a;b\\c\""),
            Content::Other(b"seul"),
            Content::Other(b"=x"),
        ];
        assert_eq!(contents(bytes), expected);
        assert_eq!(ini.lines().iter().map(|line| line.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(ini.text(b"Pi\xe8ce \x80"), "Pièce €");
    }

    #[test]
    fn encodings_are_told_apart() {
        for (bytes, encoding, text) in [
            (&b"a=b"[..], Encoding::Ascii, "b"),
            ("a=é".as_bytes(), Encoding::Utf8, "é"),
            ("\u{feff}a=é".as_bytes(), Encoding::Utf8, "é"),
            (b"\xef\xbb\xbfa=\xe9", Encoding::Windows1252, "é"),
        ] {
            let ini = Ini::read(bytes);
            let value = ini.lines()[0].entry().map(|entry| ini.text(entry.value));
            assert_eq!((ini.encoding(), value.as_deref()), (encoding, Some(text)), "{bytes:?}");
            assert_eq!(ini.write(), bytes);
        }
    }

    #[test]
    fn what_is_not_quite_a_section_is_none() {
        for bytes in [&b"[MANDATS"[..], b"[A] reste", b"[A]=b"] {
            assert_eq!(contents(bytes), [Content::Other(bytes)]);
        }
    }

    fn line() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop::sample::select(vec![
            &b"["[..],
            b"]",
            b"=",
            b";",
            b"#",
            b" ",
            b"\t",
            b"\r",
            b"\n",
            b"\r\n",
            b"\xef\xbb\xbf",
            b"\\",
            b"\"",
            b"\0",
            b"numrec",
            b"DIR:REC",
            b"\xe9",
            b"\xff",
            "é".as_bytes(),
        ]);
        prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    fn comes_back(bytes: &[u8]) {
        let ini = Ini::read(bytes);
        assert_eq!(ini.write(), bytes);
        for line in ini.lines() {
            let Some(entry) = line.entry() else { continue };
            assert_eq!(line.key_span().map(|span| &bytes[span]), Some(entry.key));
            assert_eq!(line.value_span().map(|span| &bytes[span]), Some(entry.value));
        }
    }

    proptest! {
        #[test]
        fn every_file_comes_back_byte_for_byte(bytes in line()) {
            comes_back(&bytes);
        }

        #[test]
        fn even_one_that_is_no_text(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            comes_back(&bytes);
        }
    }
}
