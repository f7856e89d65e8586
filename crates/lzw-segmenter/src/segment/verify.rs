//! Segments checked, alone and together, without writing anything.

use std::io::Read;

use super::digest::Prefix;
use super::error::{JoinError, SegmentError, SetError};
use super::layout::Header;
use super::open::Opener;
use super::set::{Added, Missing, Set, Whole};

/// Checks segments as [`Joiner`](super::Joiner) does. The file's SHA-256 needs them in order: give them sorted.
///
/// Memory: that of an [`Opener`], and 96 bytes for each segment taken.
#[derive(Default)]
pub struct Verifier {
    opener: Opener,
    set: Set,
    digest: Prefix,
}

/// What was found of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// What its segments say of the file.
    pub whole: Whole,
    /// Whether its SHA-256 was checked too: the segments came in order.
    pub hashed: bool,
}

impl Verifier {
    /// A verifier that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Checks a segment: its check sums, that every block expands, and that it agrees with those before. `name` is what errors call it.
    ///
    /// # Errors
    /// [`JoinError::Segment`] when it is damaged, [`JoinError::Set`] when it is not of the same file; others may still be given.
    pub fn add(&mut self, name: &str, source: impl Read) -> Result<(Header, Added), JoinError> {
        let damaged = |source| JoinError::Segment { name: name.to_owned(), source };
        let opened = self.opener.open(source).map_err(damaged)?;
        let header = *opened.header();
        let mut digest = self.digest.continued_by(&header);
        let expanded = opened.expand::<SegmentError>(|raw| {
            if let Some(digest) = &mut digest {
                digest.take(raw);
            }
            Ok(())
        });
        expanded.map_err(damaged)?;
        let added = self.set.check(name, &header)?;
        if added == Added::New {
            self.set.add(name, &header);
            self.digest = digest.unwrap_or_else(|| std::mem::take(&mut self.digest));
        }
        Ok((header, added))
    }

    /// The numbers that were not given.
    #[must_use]
    pub fn missing(&self) -> Missing {
        self.set.missing()
    }

    /// Whether the segments are a whole file.
    ///
    /// # Errors
    /// [`SetError::Missing`], or [`SetError::Digest`].
    pub fn finish(self) -> Result<Verified, SetError> {
        let whole = self.set.whole()?;
        let hashed = self.digest.upto() == whole.file_len;
        if hashed && self.digest.finish() != whole.sha256 {
            return Err(SetError::Digest);
        }
        Ok(Verified { whole, hashed })
    }
}
