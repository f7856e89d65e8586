//! The bytes of an XML file as UTF-8, a bounded piece at a time.

use std::io::{self, BufRead, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};

use crate::findings::PIECE;

/// Bytes of one tag, text or comment.
const MAX_PIECE: usize = 4 << 20;
/// How far the XML declaration may reach.
const DECLARATION: usize = 200;

/// Reads bytes, gives out UTF-8. Its own errors: `InvalidData` for bytes that the encoding does not have, `OutOfMemory` for a piece over the bound.
pub(super) struct Input<R> {
    bytes: R,
    decoder: Decoder,
    raw: Vec<u8>,
    /// The part of `raw` that is not decoded yet.
    raw_from: usize,
    raw_to: usize,
    ended: bool,
    /// The text at hand ends before a byte that means nothing.
    broken: bool,
    text: Vec<u8>,
    from: usize,
    to: usize,
    /// Bytes that the piece at hand may still have.
    left: usize,
    line: u64,
}

impl<R: Read> Input<R> {
    /// Takes the encoding from the byte order mark, else from the XML declaration, else UTF-8.
    pub(super) fn new(mut bytes: R) -> io::Result<Self> {
        let mut raw = vec![0; PIECE];
        let mut raw_to = 0;
        while raw_to < DECLARATION {
            match bytes.read(&mut raw[raw_to..])? {
                0 => break,
                count => raw_to += count,
            }
        }
        let start = &raw[..raw_to];
        let marked = Encoding::for_bom(start).map(|(encoding, _)| encoding);
        let encoding = marked.or_else(|| declared(start)).unwrap_or(UTF_8);
        Ok(Self {
            bytes,
            decoder: encoding.new_decoder(),
            raw,
            raw_from: 0,
            raw_to,
            ended: false,
            broken: false,
            text: vec![0; PIECE],
            from: 0,
            to: 0,
            left: MAX_PIECE,
            line: 1,
        })
    }

    /// The next tag, text or comment begins.
    pub(super) fn next_piece(&mut self) {
        self.left = MAX_PIECE;
    }

    /// The line of the byte that comes next.
    pub(super) const fn line(&self) -> u64 {
        self.line
    }

    fn decode(&mut self) -> io::Result<()> {
        while self.from == self.to && !self.ended {
            if self.broken {
                let name = self.decoder.encoding().name();
                let words = format!("a byte that {name}, the file's own encoding, does not have");
                return Err(io::Error::new(io::ErrorKind::InvalidData, words));
            }
            if self.raw_from == self.raw_to {
                (self.raw_from, self.raw_to) = (0, self.bytes.read(&mut self.raw)?);
            }
            let last = self.raw_from == self.raw_to;
            let raw = &self.raw[self.raw_from..self.raw_to];
            let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(raw, &mut self.text, last);
            self.raw_from += read;
            (self.from, self.to) = (0, written);
            match result {
                DecoderResult::Malformed(..) => self.broken = true,
                DecoderResult::InputEmpty => self.ended = last,
                DecoderResult::OutputFull => {}
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Input<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let text = self.fill_buf()?;
        let count = text.len().min(into.len());
        into[..count].copy_from_slice(&text[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for Input<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            let words = format!("a tag or a text of more than {MAX_PIECE} bytes");
            return Err(io::Error::new(io::ErrorKind::OutOfMemory, words));
        }
        self.decode()?;
        let to = self.to.min(self.from + self.left);
        Ok(&self.text[self.from..to])
    }

    fn consume(&mut self, count: usize) {
        let used = &self.text[self.from..self.from + count];
        self.line += used.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.from += count;
        self.left -= count.min(self.left);
    }
}

/// The encoding that the XML declaration names; one that nobody knows counts as none.
fn declared(start: &[u8]) -> Option<&'static Encoding> {
    let declaration = start.strip_prefix(b"<?xml")?;
    let declaration = &declaration[..declaration.len().min(DECLARATION)];
    let end = declaration.iter().position(|byte| *byte == b'>')?;
    let (_, label) = std::str::from_utf8(&declaration[..end]).ok()?.split_once("encoding")?;
    let label = label.trim_start().strip_prefix('=')?.trim_start();
    let quote = label.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    Encoding::for_label(label[1..].split(quote).next()?.as_bytes())
}
