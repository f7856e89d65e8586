//! What can go wrong with segments, by blame.

use std::io;
use std::path::PathBuf;

use super::layout::{LARGEST_LIMIT, SMALLEST_LIMIT};
use crate::DecodeError;

/// Every code of the errors of this module, for catalogues.
pub const CODES: &[&str] = &[
    "segment-truncated",
    "segment-not-one",
    "segment-header-damaged",
    "segment-version-unknown",
    "segment-inconsistent",
    "segment-codec-unknown",
    "segment-content-damaged",
    "segment-trailing-bytes",
    "segment-block-damaged",
    "segment-unreadable",
    "segment-of-another-file",
    "segment-contradiction",
    "segment-missing",
    "segment-digest",
    "segment-target-exists",
    "segment-target-unwritable",
    "split-unreadable",
    "split-unwritable",
    "split-too-many-segments",
];

/// What is wrong with one segment: the bytes' fault, and the same at every try. `code()` is stable, for catalogues and scripts.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SegmentError {
    /// It ends too early.
    #[error("the segment ends after {len} bytes, before its end")]
    Truncated {
        /// Bytes there were.
        len: u64,
    },
    /// It does not start as one.
    #[error("not a segment: it starts with other bytes than segments do")]
    NotASegment,
    /// The header's check sum does not agree.
    #[error("the segment's header is damaged: its check sum does not agree")]
    HeaderDamaged,
    /// A later version's, sound as far as can be told.
    #[error("the segment is of version {version}, this program reads version 1")]
    Version {
        /// What it says of itself.
        version: u16,
    },
    /// The check sums agree and the fields do not.
    #[error("the segment contradicts itself near byte {at}: {what}")]
    Inconsistent {
        /// Where, in bytes from the segment's start.
        at: u64,
        /// What does not agree.
        what: &'static str,
    },
    /// A codec of a later version.
    #[error("the block described at byte {at} has the unknown codec {codec}")]
    Codec {
        /// What it says.
        codec: u8,
        /// Where, in bytes from the segment's start.
        at: u64,
    },
    /// The check sum of table and blocks does not agree.
    #[error("the segment's content is damaged: its check sum does not agree")]
    PayloadDamaged,
    /// Something follows it.
    #[error("bytes follow the segment's end at byte {at}")]
    Trailing {
        /// Where it ends.
        at: u64,
    },
    /// A block does not expand as announced, though the check sum agrees.
    #[error("block {block} of the segment cannot be expanded: {source}")]
    Block {
        /// The block's place in the segment, from 1.
        block: usize,
        /// Why.
        source: DecodeError,
    },
    /// The environment's fault: its bytes cannot be had.
    #[error("the segment cannot be read: {0}")]
    Read(#[source] io::Error),
}

impl SegmentError {
    /// A stable name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Truncated { .. } => "segment-truncated",
            Self::NotASegment => "segment-not-one",
            Self::HeaderDamaged => "segment-header-damaged",
            Self::Version { .. } => "segment-version-unknown",
            Self::Inconsistent { .. } => "segment-inconsistent",
            Self::Codec { .. } => "segment-codec-unknown",
            Self::PayloadDamaged => "segment-content-damaged",
            Self::Trailing { .. } => "segment-trailing-bytes",
            Self::Block { .. } => "segment-block-damaged",
            Self::Read(_) => "segment-unreadable",
        }
    }
}

/// Why a sound segment cannot belong to those already there, or why those there are no whole file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetError {
    /// It is of another split.
    #[error("{name} belongs to another file than {first}")]
    OtherFile {
        /// What is refused.
        name: String,
        /// The first segment of the set.
        first: String,
    },
    /// It says something else than one that is there.
    #[error("{name} contradicts {other}: both cannot be of this file")]
    Contradiction {
        /// What is refused.
        name: String,
        /// The one already there, by its number.
        other: String,
    },
    /// Not all are there.
    #[error("segments are missing: {0}")]
    Missing(super::Missing),
    /// All are there and the file is another.
    #[error("all segments are there, but the file's SHA-256 is another than the last segment says")]
    Digest,
}

impl SetError {
    /// A stable name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OtherFile { .. } => "segment-of-another-file",
            Self::Contradiction { .. } => "segment-contradiction",
            Self::Missing(_) => "segment-missing",
            Self::Digest => "segment-digest",
        }
    }
}

/// Why a file could not be put together. The target was not touched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// A segment is damaged; a sound copy of it may be added.
    #[error("{name}: {source}")]
    Segment {
        /// What it was called.
        name: String,
        /// What is wrong with it.
        source: SegmentError,
    },
    /// A segment does not belong here, or segments are missing, which may be added.
    #[error(transparent)]
    Set(#[from] SetError),
    /// The target is there, and was not to be replaced.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// The environment's fault.
    #[error("{} cannot be written: {error}", path.display())]
    Write {
        /// The target.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl JoinError {
    /// A stable name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Segment { source, .. } => source.code(),
            Self::Set(error) => error.code(),
            Self::Exists(_) => "segment-target-exists",
            Self::Write { .. } => "segment-target-unwritable",
        }
    }
}

/// Why a file could not be split. Segments already handed over are sound, but not all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SplitError {
    /// The file could not be read.
    #[error("the file cannot be read: {0}")]
    Read(#[source] io::Error),
    /// Who takes the segments could not.
    #[error("segment {number} cannot be written: {error}")]
    Write {
        /// Its number.
        number: u32,
        /// Why.
        error: io::Error,
    },
    /// The file needs more than 999,999 segments (1.3): a higher limit helps.
    #[error("the file has more than 999999 segments; ask for longer ones")]
    TooManySegments,
}

impl SplitError {
    /// A stable name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Read(_) => "split-unreadable",
            Self::Write { .. } => "split-unwritable",
            Self::TooManySegments => "split-too-many-segments",
        }
    }
}

/// A segment's limit out of range (1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a segment's limit is {SMALLEST_LIMIT} to {LARGEST_LIMIT} bytes, not {0}")]
pub struct LimitError(pub usize);
