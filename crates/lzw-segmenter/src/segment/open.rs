//! One segment, read, checked and expanded alone.

use std::io::{self, Read};

use super::error::SegmentError;
use super::layout::{BlockEntry, Codec, HEADER_LEN, Header};
use crate::BlockDecoder;

/// Room made for a payload before its bytes are there.
const STEP: usize = 2 * 1024 * 1024;

/// Reads segments, one after the other; its buffers are kept from one to the next.
///
/// Memory: the longest segment so far, half of it again while room for it is made, and one raw block: at most 25 MiB, 3 MiB for segments of the
/// usual limit. No header makes it allocate more than 2 MiB beyond what has arrived.
#[derive(Default)]
pub struct Opener {
    payload: Vec<u8>,
    raw: Vec<u8>,
    decoder: BlockDecoder,
}

/// A segment whose check sums and lengths agree.
pub struct Opened<'a> {
    header: Header,
    table: Vec<BlockEntry>,
    opener: &'a mut Opener,
}

impl Opener {
    /// An opener without buffers yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a segment to its end, which must be the end of `source`, and checks all but that its blocks expand (`docs/formats/segment.md` 4.1 to 4.6).
    ///
    /// # Errors
    /// What is wrong with it, or why it cannot be read.
    pub fn open(&mut self, mut source: impl Read) -> Result<Opened<'_>, SegmentError> {
        let mut header = Vec::with_capacity(HEADER_LEN);
        source.by_ref().take(HEADER_LEN as u64).read_to_end(&mut header).map_err(SegmentError::Read)?;
        let header = Header::parse(&header)?;
        let wanted = header.payload_len as usize;
        self.payload.clear();
        self.fill(&mut source, wanted).map_err(SegmentError::Read)?;
        if self.payload.len() < wanted {
            return Err(SegmentError::Truncated { len: (HEADER_LEN + self.payload.len()) as u64 });
        }
        if crc32fast::hash(&self.payload) != header.payload_crc {
            return Err(SegmentError::PayloadDamaged);
        }
        if source.take(1).read_to_end(&mut Vec::new()).map_err(SegmentError::Read)? > 0 {
            return Err(SegmentError::Trailing { at: (HEADER_LEN + wanted) as u64 });
        }
        let table = BlockEntry::parse_table(&header, &self.payload)?;
        Ok(Opened { header, table, opener: self })
    }

    fn fill(&mut self, source: &mut impl Read, wanted: usize) -> io::Result<()> {
        while self.payload.len() < wanted {
            let step = (wanted - self.payload.len()).min(self.payload.len().max(STEP));
            self.payload.reserve_exact(step);
            if source.take(step as u64).read_to_end(&mut self.payload)? < step {
                break;
            }
        }
        Ok(())
    }
}

impl Opened<'_> {
    /// What the segment says of itself.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Its blocks, in order.
    #[must_use]
    pub fn blocks(&self) -> &[BlockEntry] {
        &self.table
    }

    /// Hands over the raw bytes of one block after the other.
    ///
    /// # Errors
    /// [`SegmentError::Block`] if one does not expand (4.7), or what `each` returns; blocks before it were handed over.
    pub fn expand<E: From<SegmentError>>(self, mut each: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let Opener { payload, raw, decoder } = self.opener;
        let (mut rest, mut block) = (&payload[payload.len() - stored(&self.table)..], 1);
        for entry in &self.table {
            let (bytes, after) = rest.split_at(entry.stored_len as usize);
            match entry.codec {
                Codec::Stored => each(bytes)?,
                Codec::Lzw12 => {
                    raw.resize(entry.raw_len as usize, 0);
                    let used = decoder.decode(bytes, raw).map_err(|source| SegmentError::Block { block, source })?;
                    if used < bytes.len() {
                        return Err(
                            SegmentError::Inconsistent { at: end_of(rest, used, payload), what: TOO_LONG }.into()
                        );
                    }
                    each(raw)?;
                }
            }
            (rest, block) = (after, block + 1);
        }
        Ok(())
    }
}

const TOO_LONG: &str = "a block is stored in more bytes than its stream has";

fn stored(table: &[BlockEntry]) -> usize {
    table.iter().map(|entry| entry.stored_len as usize).sum()
}

/// Where, in the segment, a stream ends that `rest` starts with.
const fn end_of(rest: &[u8], used: usize, payload: &[u8]) -> u64 {
    (HEADER_LEN + payload.len() - rest.len() + used) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::{FileId, LARGEST_LIMIT, LastOf};

    fn greedy() -> Header {
        let last = Some(LastOf { file_len: 1 << 30, sha256: [0; 32] });
        let file_id = FileId::derived([0; 16]);
        let payload_len = u32::try_from(LARGEST_LIMIT - HEADER_LEN).unwrap();
        Header {
            file_id,
            number: 1,
            raw_offset: 0,
            raw_len: 1 << 30,
            last,
            record_len: 0,
            blocks: 2048,
            payload_len,
            payload_crc: 0,
        }
    }

    #[test]
    fn a_header_alone_makes_no_more_room_than_a_step() {
        let mut opener = Opener::new();
        let error = opener.open(greedy().to_bytes().as_slice()).err().unwrap();
        assert!(matches!(error, SegmentError::Truncated { len: 116 }), "{error}");
        assert!(opener.payload.capacity() <= STEP, "{}", opener.payload.capacity());
    }

    #[test]
    fn the_longest_segment_takes_its_length_and_no_more() {
        let mut opener = Opener::new();
        let header = greedy().to_bytes();
        let segment = header.as_slice().chain(io::repeat(0).take(1 << 30));
        let error = opener.open(segment).err().unwrap();
        assert!(matches!(error, SegmentError::PayloadDamaged), "{error}");
        assert!(opener.payload.capacity() <= LARGEST_LIMIT, "{}", opener.payload.capacity());
    }

    #[test]
    fn a_source_that_fails_is_the_environments_fault() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::PermissionDenied.into())
            }
        }
        let error = Opener::new().open(greedy().to_bytes().as_slice().chain(Broken)).err().unwrap();
        assert_eq!(error.code(), "segment-unreadable");
    }
}
