//! What a stream of codes may look like, and how hard to look for a small one.

use crate::shape::Shape;

/// A compressed stream's dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// The LZW of GIF with 8-bit symbols: least significant bit first, 9 to 12 bits, clear 256, end 257. What `weezl` reads and writes with
    /// `BitOrder::Lsb` and size 8. Ends with its end code, so a cut stream is known to be cut.
    Lzw12,
    /// The `.Z` file of `compress`, which `uncompress` and `gzip -d` read: 9 to 16 bits in groups of eight codes. Has no end mark: a stream cut at the
    /// right place cannot be told from a whole one.
    Z(Effort),
}

/// How hard a `.Z` encoder looks for known strings. All efforts are read by the same decoders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Effort {
    /// Small tables: the fastest.
    Fast,
    /// Larger tables, which fit no fast cache: smaller output.
    #[default]
    Default,
    /// Every string is learnt: the smallest output.
    Best,
}

/// Bytes of a `.Z` header.
pub(crate) const Z_HEADER_LEN: usize = 3;
const Z_MAGIC: [u8; 2] = [0x1f, 0x9d];
const Z_BLOCK_MODE: u8 = 0x80;
const Z_WIDTH: u8 = 0x1f;
/// The header of what this crate writes: codes of at most 16 bits, and clears.
pub(crate) const Z_HEADER: [u8; Z_HEADER_LEN] = [Z_MAGIC[0], Z_MAGIC[1], Z_BLOCK_MODE | 16];

/// The rules of the codes that follow a `.Z` header; nothing if it is none.
pub(crate) fn z_shape(header: [u8; Z_HEADER_LEN]) -> Option<Shape> {
    let [first, second, flags] = header;
    let width = flags & Z_WIDTH;
    let known = [first, second] == Z_MAGIC && flags & !(Z_BLOCK_MODE | Z_WIDTH) == 0 && (9..=16).contains(&width);
    known.then(|| Shape::unix(usize::from(width), flags & Z_BLOCK_MODE != 0))
}
