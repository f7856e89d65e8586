//! Which segments are there, and whether they are a whole file (`docs/formats/segment.md` 5). No bytes, no files.

use std::collections::BTreeMap;
use std::fmt;

use super::FileId;
use super::error::SetError;
use super::layout::{CRC_AT, Header, LastOf};

/// What became of a segment that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// It was taken.
    New,
    /// It was there already.
    Again,
}

/// What is known of a complete set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whole {
    /// What its segments have in common.
    pub file_id: FileId,
    /// How many segments it has.
    pub segments: u32,
    /// Raw bytes of the file.
    pub file_len: u64,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// Bytes of each of its records; 0 if it has none of fixed length.
    pub record_len: u32,
}

/// The numbers that are not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// First and last number of each gap.
    pub ranges: Vec<(u32, u32)>,
    /// The last segment is not there: how many there are from this number on is not known.
    pub from: Option<u32>,
}

impl Missing {
    /// Gaps told, at most.
    const TOLD: usize = 20;
}

/// `2, 5 to 9, from 12 on`.
impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        for (first, last) in self.ranges.iter().take(Self::TOLD) {
            match first == last {
                true => write!(f, "{between}{first}")?,
                false => write!(f, "{between}{first} to {last}")?,
            }
            between = ", ";
        }
        if let Some(more) = self.ranges.len().checked_sub(Self::TOLD).filter(|more| *more > 0) {
            write!(f, " and {more} more gaps")?;
        }
        self.from.map_or(Ok(()), |from| write!(f, "{between}from {from} on"))
    }
}

/// What is kept of a segment.
#[derive(Debug, Clone, Copy)]
struct Seen {
    raw_offset: u64,
    raw_end: u64,
    header_crc: u32,
}

/// The segments of one file that are there.
#[derive(Debug, Default)]
pub(super) struct Set {
    /// What the first one said, and its name.
    first: Option<(FileId, u32, String)>,
    seen: BTreeMap<u32, Seen>,
    last: Option<LastOf>,
}

impl Set {
    /// Whether a segment may be added, and whether it is there already.
    pub(super) fn check(&self, name: &str, header: &Header) -> Result<Added, SetError> {
        if let Some((file_id, record_len, first)) = &self.first
            && (*file_id, *record_len) != (header.file_id, header.record_len)
        {
            return Err(SetError::OtherFile { name: name.to_owned(), first: first.clone() });
        }
        let contradiction =
            |other: u32| SetError::Contradiction { name: name.to_owned(), other: format!("segment {other}") };
        if let Some(there) = self.seen.get(&header.number) {
            let same = there.header_crc == crc(header);
            return if same { Ok(Added::Again) } else { Err(contradiction(header.number)) };
        }
        if let Some((number, before)) = self.seen.range(..header.number).next_back() {
            let is_last = self.last.is_some() && self.greatest() == *number;
            if is_last || !follows(header.raw_offset, before.raw_end, header.number - number) {
                return Err(contradiction(*number));
            }
        }
        if let Some((number, after)) = self.seen.range(header.number..).next()
            && (header.last.is_some() || !follows(after.raw_offset, header.raw_end(), number - header.number))
        {
            return Err(contradiction(*number));
        }
        Ok(Added::New)
    }

    /// Adds a segment that [`check`](Self::check) found new.
    pub(super) fn add(&mut self, name: &str, header: &Header) {
        self.first.get_or_insert_with(|| (header.file_id, header.record_len, name.to_owned()));
        let (raw_offset, raw_end) = (header.raw_offset, header.raw_end());
        self.seen.insert(header.number, Seen { raw_offset, raw_end, header_crc: crc(header) });
        self.last = self.last.or(header.last);
    }

    /// What is known of the file, if every segment is there.
    pub(super) fn whole(&self) -> Result<Whole, SetError> {
        let missing = self.missing();
        match (&self.first, self.last) {
            (Some((file_id, record_len, _)), Some(last)) if missing.ranges.is_empty() => Ok(Whole {
                file_id: *file_id,
                segments: self.greatest(),
                file_len: last.file_len,
                sha256: last.sha256,
                record_len: *record_len,
            }),
            _ => Err(SetError::Missing(missing)),
        }
    }

    pub(super) fn missing(&self) -> Missing {
        let mut next = 1;
        let mut ranges = Vec::new();
        for number in self.seen.keys() {
            if *number > next {
                ranges.push((next, number - 1));
            }
            next = number + 1;
        }
        Missing { ranges, from: self.last.is_none().then_some(next) }
    }

    fn greatest(&self) -> u32 {
        self.seen.last_key_value().map_or(0, |(number, _)| *number)
    }
}

/// Whether a segment at `offset` can be the one `steps` numbers after one that ends at `end`: neighbours touch, the others leave a byte for each in between.
fn follows(offset: u64, end: u64, steps: u32) -> bool {
    let between = u64::from(steps - 1);
    offset.checked_sub(end).is_some_and(|gap| if between == 0 { gap == 0 } else { gap >= between })
}

fn crc(header: &Header) -> u32 {
    crc32fast::hash(&header.to_bytes()[..CRC_AT])
}

#[cfg(test)]
mod tests;
