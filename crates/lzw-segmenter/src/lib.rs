//! LZW.
mod decode;
mod encode;
mod error;
mod format;
mod progress;
mod shape;
pub use decode::*;
pub use encode::{BLOCK, BlockEncoder};
pub use error::*;
pub use format::{Effort, Format};
pub use progress::*;

/// Compresses.
pub fn compress(raw: &[u8], format: Format) -> Vec<u8> {
    let mut encoder = encode::WaveEncoder::new(format, 1);
    let mut out = Vec::new();
    let group = encoder.wave();
    if matches!(format, Format::Z(_)) {
        out.extend_from_slice(&format::Z_HEADER);
    }
    let n = raw.len().div_ceil(group);
    for (i, raw) in raw.chunks(group).enumerate() {
        encoder.encode(raw, if i + 1 == n { encode::Then::End } else { encode::Then::More }, &mut out);
    }
    out
}
