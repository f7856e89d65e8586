//! What the two dialects of LZW have in common and where they differ.

/// The code that empties the dictionary, in both dialects.
pub(crate) const CLEAR: u16 = 256;
/// The code that ends a [`Codec::Lzw12`](crate::Codec::Lzw12) stream; `.Z` has none.
pub(crate) const END: u16 = 257;
/// Codes start at this width in both dialects.
pub(crate) const FIRST_WIDTH: usize = 9;

/// The rules of a dialect, as a decoder needs them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    /// The code that the first dictionary entry takes.
    pub(crate) first_free: usize,
    /// Whether [`CLEAR`] empties the dictionary (`.Z` files without block mode have no such code).
    pub(crate) clears: bool,
    /// Whether [`END`] ends the stream.
    pub(crate) ends: bool,
    /// The widest code, in bits.
    pub(crate) max_width: usize,
    /// Whether codes come in groups of 8, filled up when the width changes and after a clear.
    pub(crate) grouped: bool,
}

impl Shape {
    /// GIF-like: least significant bit first, 9 to 12 bits, clear and end codes, no groups.
    pub(crate) const LZW12: Self = Self { first_free: 258, clears: true, ends: true, max_width: 12, grouped: false };

    /// `.Z` with the settings found in its header.
    pub(crate) const fn unix(max_width: usize, block_mode: bool) -> Self {
        let first_free = if block_mode { 257 } else { 256 };
        Self { first_free, clears: block_mode, ends: false, max_width, grouped: true }
    }
}
