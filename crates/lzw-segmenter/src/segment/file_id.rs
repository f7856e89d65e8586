//! What the segments of one split have in common.

use std::fmt;
use std::io;

/// The id of one split (`docs/formats/segment.md` 3).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileId([u8; Self::LEN]);

impl FileId {
    /// Bytes of an id.
    pub const LEN: usize = 16;

    /// An id that no other split has.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn random() -> io::Result<Self> {
        let mut bytes = [0; Self::LEN];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        Ok(Self(bytes))
    }

    /// The id of whoever must be able to make the same segments again: from something that no other split has, such as a SHA-256 of content, limit and sending.
    #[must_use]
    pub const fn derived(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// As it stands in a header.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileId({self})")
    }
}
