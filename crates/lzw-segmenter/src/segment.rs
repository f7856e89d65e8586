//! Segments: pieces of a file under a limit, each compressed, verifiable and expandable alone, joined in any order (`docs/formats/segment.md`).
//!
//! ```
//! use lzw_segmenter::segment::{Existing, FileId, Joiner, Splitter};
//!
//! let file = b"0123456789".repeat(1000);
//! let mut segments = Vec::new();
//! Splitter::new(FileId::random()?).limit(1024)?.split(file.as_slice(), |segment| {
//!     segments.push((segment.number, segment.to_vec()));
//!     Ok(())
//! })?;
//!
//! let folder = tempfile::tempdir()?;
//! let mut joiner = Joiner::new(&folder.path().join("file"), Existing::Refuse)?;
//! for (number, bytes) in segments.iter().rev() {
//!     joiner.add(&format!("segment {number}"), bytes.as_slice())?;
//! }
//! joiner.finish()?;
//! assert_eq!(std::fs::read(folder.path().join("file"))?, file);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod digest;
mod error;
mod file_id;
mod join;
mod layout;
mod name;
mod open;
mod sample;
mod set;
mod split;
mod verify;
mod wave;

pub use error::{CODES, JoinError, LimitError, SegmentError, SetError, SplitError};
pub use file_id::FileId;
pub use join::{Existing, Joiner, Unfinished};
pub use layout::{
    BlockEntry, Codec, DEFAULT_LIMIT, ENTRY_LEN, HEADER_LEN, Header, LARGEST_LIMIT, LastOf, MAX_SEGMENTS,
    SMALLEST_LIMIT,
};
pub use name::{parts, suffix};
pub use open::{Opened, Opener};
pub use set::{Added, Missing, Whole};
pub use split::{Segment, Split, Splitter};
pub use verify::{Verified, Verifier};
