//! The bytes of a header and of a table, both ways (`docs/formats/segment.md` 2 and 4).

use super::FileId;
use super::error::SegmentError;
use crate::BLOCK;

/// Bytes of a header (2.2).
pub const HEADER_LEN: usize = 116;
/// Bytes of a block's entry in the table (2.5).
pub const ENTRY_LEN: usize = 12;
/// The longest segment there may be, in bytes (1.1).
pub const LARGEST_LIMIT: usize = 16 * 1024 * 1024;
/// The lowest limit that can be asked for, in bytes (1.1).
pub const SMALLEST_LIMIT: usize = 1024;
/// A segment's longest length unless told otherwise, in bytes (1.1).
pub const DEFAULT_LIMIT: usize = 2_000_000;
/// The most segments a file has (1.3).
pub const MAX_SEGMENTS: u32 = 999_999;

const MAGIC: [u8; 8] = *b"\x89LZS\r\n\x1a\n";
const VERSION: u16 = 1;
const LAST: u16 = 1;
const SHA_LEN: usize = 32;
/// Where the header's own CRC-32 stands.
pub(super) const CRC_AT: usize = 112;
/// File systems address so many bytes (1.4).
const MAX_FILE: u64 = i64::MAX as u64;

/// What only the last segment knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastOf {
    /// Raw bytes of the whole file.
    pub file_len: u64,
    /// SHA-256 of the whole file.
    pub sha256: [u8; SHA_LEN],
}

/// A segment's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// What all segments of the file have in common.
    pub file_id: FileId,
    /// The segment's number, from 1; in the last one also how many there are.
    pub number: u32,
    /// Where its first raw byte stands in the file.
    pub raw_offset: u64,
    /// Its raw bytes.
    pub raw_len: u64,
    /// What is known of the whole, if it is the last segment.
    pub last: Option<LastOf>,
    /// Bytes of each of the file's records; 0 for a file without fixed-length records. Carried, never interpreted.
    pub record_len: u32,
    /// How many blocks it has.
    pub blocks: u32,
    /// Bytes after the header: table and blocks.
    pub payload_len: u32,
    /// CRC-32 of the bytes after the header.
    pub payload_crc: u32,
}

impl Header {
    /// Where its raw bytes end in the file.
    #[must_use]
    pub const fn raw_end(&self) -> u64 {
        self.raw_offset + self.raw_len
    }

    /// The header that `bytes` start with.
    ///
    /// # Errors
    /// [`SegmentError::Truncated`] for every beginning of a header, else what is wrong with it, in the order of 4.1 to 4.5.
    pub fn parse(bytes: &[u8]) -> Result<Self, SegmentError> {
        let known = bytes.len().min(MAGIC.len());
        if bytes[..known] != MAGIC[..known] {
            return Err(SegmentError::NotASegment);
        }
        let Some(bytes) = bytes.first_chunk::<HEADER_LEN>() else {
            return Err(SegmentError::Truncated { len: bytes.len() as u64 });
        };
        if crc32fast::hash(&bytes[..CRC_AT]) != Fields(&bytes[CRC_AT..]).u32() {
            return Err(SegmentError::HeaderDamaged);
        }
        let mut fields = Fields(&bytes[MAGIC.len()..]);
        let version = fields.u16();
        if version != VERSION {
            return Err(SegmentError::Version { version });
        }
        let header = Self::read(&mut fields)?;
        header.check()?;
        Ok(header)
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, SegmentError> {
        let flags = fields.u16();
        require(flags & !LAST == 0, 10, "unknown flags")?;
        let file_id = FileId::derived(fields.array());
        let (number, total) = (fields.u32(), fields.u32());
        let (raw_offset, raw_len) = (fields.u64(), fields.u64());
        let whole = LastOf { file_len: fields.u64(), sha256: fields.array() };
        let (record_len, blocks) = (fields.u32(), fields.u32());
        let (payload_len, payload_crc) = (fields.u32(), fields.u32());
        require(fields.u32() == 0, 108, "reserved bytes are set")?;
        let is_last = flags & LAST != 0;
        let unknown = LastOf { file_len: 0, sha256: [0; SHA_LEN] };
        require(is_last || (total == 0 && whole == unknown), 32, "only the last segment tells of the whole")?;
        require(!is_last || total == number, 32, "the last number is not the number of segments")?;
        let last = is_last.then_some(whole);
        Ok(Self { file_id, number, raw_offset, raw_len, last, record_len, blocks, payload_len, payload_crc })
    }

    fn check(&self) -> Result<(), SegmentError> {
        let blocks = u64::from(self.blocks);
        let segment_len = HEADER_LEN as u64 + u64::from(self.payload_len);
        let end = self.raw_offset.checked_add(self.raw_len).filter(|end| *end <= MAX_FILE);
        require((1..=MAX_SEGMENTS).contains(&self.number), 28, "its number is out of range")?;
        require(self.raw_offset >= u64::from(self.number - 1), 36, "its offset is too low for its number")?;
        require(self.number > 1 || self.raw_offset == 0, 36, "the first segment starts after the file's start")?;
        require(end.is_some(), 44, "it ends beyond what files can hold")?;
        require(self.last.is_none_or(|last| Some(last.file_len) == end), 52, "it does not end where the file does")?;
        let empty_file = self.number == 1 && self.last.is_some() && self.raw_len == 0;
        require(blocks > 0 || empty_file, 96, "it has no block")?;
        require(segment_len <= LARGEST_LIMIT as u64, 100, "it is too long")?;
        require(blocks * ENTRY_LEN as u64 <= u64::from(self.payload_len), 96, "it is too short for its table")?;
        require((blocks..=blocks * BLOCK as u64).contains(&self.raw_len), 44, "its blocks cannot hold its raw bytes")
    }

    /// As it stands before the table.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; HEADER_LEN] {
        let mut bytes = Vec::with_capacity(HEADER_LEN);
        let whole = self.last.unwrap_or(LastOf { file_len: 0, sha256: [0; SHA_LEN] });
        let (flags, total) = if self.last.is_some() { (LAST, self.number) } else { (0, 0) };
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&flags.to_le_bytes());
        bytes.extend_from_slice(self.file_id.bytes());
        bytes.extend_from_slice(&self.number.to_le_bytes());
        bytes.extend_from_slice(&total.to_le_bytes());
        bytes.extend_from_slice(&self.raw_offset.to_le_bytes());
        bytes.extend_from_slice(&self.raw_len.to_le_bytes());
        bytes.extend_from_slice(&whole.file_len.to_le_bytes());
        bytes.extend_from_slice(&whole.sha256);
        for field in [self.record_len, self.blocks, self.payload_len, self.payload_crc, 0] {
            bytes.extend_from_slice(&field.to_le_bytes());
        }
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
        Fields(&bytes).array()
    }
}

/// How a block's bytes are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Codec {
    /// As they are (2.6).
    Stored,
    /// As an LZW stream of its own (2.7).
    Lzw12,
}

/// A block's entry in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockEntry {
    /// Its bytes in the file: 1 to [`BLOCK`].
    pub raw_len: u32,
    /// Its bytes in the segment.
    pub stored_len: u32,
    /// How they are stored.
    pub codec: Codec,
}

impl BlockEntry {
    /// The table that a segment's payload starts with; its lengths agree with the header, as 4.5 says.
    ///
    /// # Errors
    /// [`SegmentError::Inconsistent`], with the place in the segment.
    pub fn parse_table(header: &Header, payload: &[u8]) -> Result<Vec<Self>, SegmentError> {
        let table_len = (header.blocks as usize).checked_mul(ENTRY_LEN).filter(|len| *len <= payload.len());
        let table = &payload[..table_len.ok_or(SegmentError::Truncated { len: payload.len() as u64 })?];
        let entries: Vec<Self> = table
            .chunks_exact(ENTRY_LEN)
            .enumerate()
            .map(|(k, entry)| Self::parse(k, entry))
            .collect::<Result<_, _>>()?;
        let sum = |len: fn(&Self) -> u32| entries.iter().map(|entry| u64::from(len(entry))).sum::<u64>();
        let fill = sum(|entry| entry.stored_len) + table.len() as u64 == payload.len() as u64;
        require(fill, HEADER_LEN as u64, "the blocks do not fill the segment")?;
        require(sum(|entry| entry.raw_len) == header.raw_len, HEADER_LEN as u64, "the blocks hold another raw length")?;
        Ok(entries)
    }

    fn parse(index: usize, bytes: &[u8]) -> Result<Self, SegmentError> {
        let at = (HEADER_LEN + index * ENTRY_LEN) as u64;
        let mut fields = Fields(bytes);
        let (raw_len, stored_len, [codec, reserved @ ..]) = (fields.u32(), fields.u32(), fields.array::<4>());
        require((1..=BLOCK).contains(&(raw_len as usize)), at, "a block's raw length is out of range")?;
        require(reserved == [0; 3], at + 9, "reserved bytes are set")?;
        let codec = match codec {
            0 => Codec::Stored,
            1 => Codec::Lzw12,
            codec => return Err(SegmentError::Codec { codec, at: at + 8 }),
        };
        let fits = if codec == Codec::Stored { stored_len == raw_len } else { (1..raw_len).contains(&stored_len) };
        require(fits, at + 4, "a block's stored length does not suit its codec")?;
        Ok(Self { raw_len, stored_len, codec })
    }

    /// As it stands in the table.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; ENTRY_LEN] {
        let mut bytes = [0; ENTRY_LEN];
        bytes[..4].copy_from_slice(&self.raw_len.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.stored_len.to_le_bytes());
        bytes[8] = match self.codec {
            Codec::Stored => 0,
            Codec::Lzw12 => 1,
        };
        bytes
    }
}

fn require(holds: bool, at: u64, what: &'static str) -> Result<(), SegmentError> {
    if holds { Ok(()) } else { Err(SegmentError::Inconsistent { at, what }) }
}

/// Numbers one after the other; who reads has made sure that they are there, zeros stand for what is not.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn array<const LEN: usize>(&mut self) -> [u8; LEN] {
        let Some((first, rest)) = self.0.split_first_chunk() else { return [0; LEN] };
        self.0 = rest;
        *first
    }

    fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.array())
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.array())
    }

    fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.array())
    }
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "small numbers")]
mod tests;
