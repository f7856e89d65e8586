//! A file in, segments out.

use std::io::{self, Read, Write};

use sha2::{Digest as _, Sha256};

use super::FileId;
use super::error::{LimitError, SplitError};
use super::layout::{
    BlockEntry, DEFAULT_LIMIT, ENTRY_LEN, HEADER_LEN, Header, LARGEST_LIMIT, LastOf, MAX_SEGMENTS, SMALLEST_LIMIT,
};
use super::wave::{Block, PIECE, Wave};
use crate::BLOCK;

/// How a file is to be split. The same file, id, limit, record length and codec give the same segments, on any number of threads.
#[derive(Debug, Clone)]
pub struct Splitter {
    file_id: FileId,
    limit: usize,
    threads: usize,
    record_len: u32,
    compress: bool,
}

/// A segment, ready to be written.
#[derive(Debug, Clone, Copy)]
pub struct Segment<'a> {
    /// Its number, from 1.
    pub number: u32,
    /// Whether no other follows.
    pub is_last: bool,
    /// What the file has before and in this segment, in raw bytes.
    pub raw_end: u64,
    header: &'a [u8],
    table: &'a [u8],
    blocks: &'a [u8],
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// How many segments it has.
    pub segments: u32,
    /// Bytes of all segments.
    pub segments_len: u64,
    /// Raw bytes of the file.
    pub file_len: u64,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
}

impl Splitter {
    /// Segments of up to [`DEFAULT_LIMIT`] bytes, compressed where that helps, on one thread.
    #[must_use]
    pub const fn new(file_id: FileId) -> Self {
        Self { file_id, limit: DEFAULT_LIMIT, threads: 1, record_len: 0, compress: true }
    }

    /// How long a segment may be, in bytes, with its header and table.
    ///
    /// # Errors
    /// Below [`SMALLEST_LIMIT`] or above [`LARGEST_LIMIT`].
    pub fn limit(mut self, limit: usize) -> Result<Self, LimitError> {
        if !(SMALLEST_LIMIT..=LARGEST_LIMIT).contains(&limit) {
            return Err(LimitError(limit));
        }
        self.limit = limit;
        Ok(self)
    }

    /// On how many threads to compress; one more, for little, hashes if there are several. 0 is taken for 1, more than 256 for 256.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.clamp(1, 256);
        self
    }

    /// Bytes of each of the file's records, for the receiver: carried in every segment, not interpreted. 0 for none.
    #[must_use]
    pub const fn record_len(mut self, record_len: u32) -> Self {
        self.record_len = record_len;
        self
    }

    /// Stores every block as it is.
    #[must_use]
    pub const fn stored(mut self) -> Self {
        self.compress = false;
        self
    }

    /// Reads a file to its end and hands over one segment after the other. Memory: 8 MB a thread and two segments, whatever the file's length. For progress, count what `source` gives.
    ///
    /// # Errors
    /// [`SplitError`]; nothing is handed over after it.
    pub fn split(
        &self,
        mut source: impl Read,
        mut sink: impl FnMut(Segment<'_>) -> io::Result<()>,
    ) -> Result<Split, SplitError> {
        let mut wave = Wave::new(self.block(), self.threads, self.compress);
        let mut draft = Draft::default();
        let mut sha = Sha256::new();
        while wave.fill(&mut source, &mut sha).map_err(SplitError::Read)? {
            wave.encode(&mut sha);
            for block in wave.blocks() {
                if draft.len() + ENTRY_LEN + block.bytes.len() > self.limit {
                    self.emit(&mut draft, None, &mut sink)?;
                }
                draft.push(&block);
            }
        }
        let last = LastOf { file_len: draft.raw_offset + draft.raw_len, sha256: sha.finalize().into() };
        self.emit(&mut draft, Some(last), &mut sink)?;
        Ok(Split {
            segments: draft.number,
            segments_len: draft.segments_len,
            file_len: last.file_len,
            sha256: last.sha256,
        })
    }

    /// Raw bytes of a block: it must fit a segment even if it has to be stored (`docs/formats/segment.md` 6.1).
    fn block(&self) -> usize {
        BLOCK.min(self.limit - HEADER_LEN - ENTRY_LEN)
    }

    fn emit(
        &self,
        draft: &mut Draft,
        last: Option<LastOf>,
        sink: &mut impl FnMut(Segment<'_>) -> io::Result<()>,
    ) -> Result<(), SplitError> {
        if draft.number == MAX_SEGMENTS {
            return Err(SplitError::TooManySegments);
        }
        draft.number += 1;
        let header = draft.header(self, last);
        let segment = Segment {
            number: draft.number,
            is_last: last.is_some(),
            raw_end: header.raw_end(),
            header: &header.to_bytes(),
            table: &draft.table,
            blocks: &draft.blocks,
        };
        sink(segment).map_err(|error| SplitError::Write { number: segment.number, error })?;
        draft.next();
        Ok(())
    }
}

impl Segment<'_> {
    /// Its bytes, in order: header, table, blocks.
    #[must_use]
    pub const fn parts(&self) -> [&[u8]; 3] {
        [self.header, self.table, self.blocks]
    }

    /// Its length in bytes.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "none is empty")]
    pub const fn len(&self) -> usize {
        self.header.len() + self.table.len() + self.blocks.len()
    }

    /// Writes it whole.
    ///
    /// # Errors
    /// `sink`'s.
    pub fn write_to(&self, mut sink: impl Write) -> io::Result<()> {
        self.parts().iter().try_for_each(|part| sink.write_all(part))
    }

    /// A copy of it.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        self.parts().concat()
    }
}

/// The segment being filled.
#[derive(Default)]
struct Draft {
    /// The number of the segment before it.
    number: u32,
    raw_offset: u64,
    raw_len: u64,
    table: Vec<u8>,
    blocks: Vec<u8>,
    /// Of the blocks.
    crc: crc32fast::Hasher,
    /// Bytes of all segments before it.
    segments_len: u64,
}

impl Draft {
    const fn len(&self) -> usize {
        HEADER_LEN + self.table.len() + self.blocks.len()
    }

    fn push(&mut self, block: &Block<'_>) {
        let entry =
            BlockEntry { raw_len: width(block.raw_len), stored_len: width(block.bytes.len()), codec: block.codec };
        self.table.extend_from_slice(&entry.to_bytes());
        for piece in block.bytes.chunks(PIECE) {
            self.blocks.extend_from_slice(piece);
            self.crc.update(piece);
        }
        self.raw_len += block.raw_len as u64;
    }

    fn header(&self, splitter: &Splitter, last: Option<LastOf>) -> Header {
        let mut crc = crc32fast::Hasher::new();
        crc.update(&self.table);
        crc.combine(&self.crc);
        Header {
            file_id: splitter.file_id,
            number: self.number,
            raw_offset: self.raw_offset,
            raw_len: self.raw_len,
            last,
            record_len: splitter.record_len,
            blocks: width(self.table.len() / ENTRY_LEN),
            payload_len: width(self.table.len() + self.blocks.len()),
            payload_crc: crc.finalize(),
        }
    }

    fn next(&mut self) {
        self.segments_len += self.len() as u64;
        self.raw_offset += self.raw_len;
        self.raw_len = 0;
        self.table.clear();
        self.blocks.clear();
        self.crc.reset();
    }
}

/// Every length within a segment is at most [`LARGEST_LIMIT`].
fn width(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
