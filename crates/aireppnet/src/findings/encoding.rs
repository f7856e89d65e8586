//! Bytes that an encoding does not have (docs/protocols/aireppnet.md 5.5).

use std::io::{self, Read};

use super::{ENCODING, Finding, PIECE};

/// What the bytes of a text may be. Tab, LF, FF and CR are the only control characters of any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextEncoding {
    /// 0x20 to 0x7E.
    Ascii,
    /// ISO-8859-1: the same and 0xA0 to 0xFF.
    Latin1,
    /// UTF-8.
    Utf8,
}

impl TextEncoding {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ascii, Self::Latin1, Self::Utf8];

    /// `ascii`, `latin1`, `utf-8`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ascii => "ascii",
            Self::Latin1 => "latin1",
            Self::Utf8 => "utf-8",
        }
    }

    /// The encoding of that name, if there is one.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == name)
    }

    const fn allows(self, byte: u8) -> bool {
        match byte {
            b'\t' | b'\n' | 0x0C | b'\r' | 0x20..=0x7E => true,
            0x80..=0x9F => matches!(self, Self::Utf8),
            0xA0..=0xFF => !matches!(self, Self::Ascii),
            _ => false,
        }
    }
}

/// The first byte that is not allowed.
pub(super) fn look(bytes: &mut impl Read, encoding: TextEncoding) -> io::Result<Option<Finding>> {
    let mut piece = vec![0; PIECE];
    let mut line = 1_u64;
    // The start of a character that the last piece cut.
    let mut cut = Vec::new();
    loop {
        let count = bytes.read(&mut piece)?;
        let read = &piece[..count];
        let bad = read.iter().position(|byte| !encoding.allows(*byte));
        let broken = if encoding == TextEncoding::Utf8 {
            broken(&mut cut, &read[..bad.unwrap_or(count)], bad.is_some() || count == 0)
        } else {
            None
        };
        if let Some(at) = broken.or(bad) {
            let line = line + newlines(&read[..at.min(count)]);
            let byte =
                read.get(at).map_or_else(|| "the end of the file".to_owned(), |byte| format!("byte {byte:#04X}"));
            return Ok(Some(Finding::new(ENCODING, format!("line {line}: {byte} is not {}", encoding.as_str()))));
        }
        if count == 0 {
            return Ok(None);
        }
        line += newlines(read);
    }
}

/// Where the text stops to be UTF-8, in `piece`; `cut` keeps the start of a character that may go on in the next piece.
fn broken(cut: &mut Vec<u8>, piece: &[u8], ends: bool) -> Option<usize> {
    let before = cut.len();
    cut.extend_from_slice(piece);
    let text = std::mem::take(cut);
    match std::str::from_utf8(&text) {
        Ok(_) => None,
        Err(error) if error.error_len().is_none() && !ends => {
            *cut = text[error.valid_up_to()..].to_vec();
            None
        }
        Err(error) => Some(error.valid_up_to().saturating_sub(before)),
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}
