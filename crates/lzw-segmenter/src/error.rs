//! What can be wrong with compressed bytes.

/// Why compressed bytes could not be expanded. All are the input's fault: nothing of it was lost, and trying again gives the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The `.Z` header is not one: another magic, reserved bits set, or a width outside 9 to 16.
    #[error("not a .Z file: its first three bytes are none that compress writes")]
    NotZ,
    /// A code stands for no string at this place.
    #[error("no string has the code near byte {at} of the compressed data")]
    Malformed {
        /// Whole bytes of compressed input before the bad code.
        at: u64,
    },
    /// The input ended before the stream did.
    #[error("the compressed data end after {at} bytes, before their end mark")]
    Truncated {
        /// Bytes of compressed input there were.
        at: u64,
    },
    /// The expanded data are longer, or shorter, than the caller said they are.
    #[error("the compressed data expand to another length than the {expected} bytes announced")]
    Length {
        /// The length, in bytes, that the caller gave.
        expected: u64,
    },
}

impl DecodeError {
    /// A stable name for catalogues and scripts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotZ => "lzw-not-z",
            Self::Malformed { .. } => "lzw-malformed",
            Self::Truncated { .. } => "lzw-truncated",
            Self::Length { .. } => "lzw-length",
        }
    }
}
