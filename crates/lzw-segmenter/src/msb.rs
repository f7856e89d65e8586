//! The most-significant-bit-first LZW of TIFF and PDF, through `weezl`: for files of others, not for speed.

use weezl::{BitOrder, LzwError, decode, encode};

use crate::error::DecodeError;

/// When codes get wider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// When they must.
    OnTime,
    /// One code early, as TIFF and (by default) PDF do.
    Early,
}

/// Compresses `raw` whole, with 8-bit symbols.
///
/// # Errors
/// None that is known: `weezl` refuses only symbols that do not fit their width, and bytes do.
pub fn compress(raw: &[u8], switch: Switch) -> Result<Vec<u8>, DecodeError> {
    let mut encoder = match switch {
        Switch::OnTime => encode::Encoder::new(BitOrder::Msb, 8),
        Switch::Early => encode::Encoder::with_tiff_size_switch(BitOrder::Msb, 8),
    };
    encoder.encode(raw).map_err(|_| DecodeError::Malformed { at: 0 })
}

/// Expands a stream into at most `limit` bytes.
///
/// # Errors
/// [`DecodeError::Length`] if there are more than `limit`, else what is wrong with the stream.
pub fn expand(coded: &[u8], switch: Switch, limit: usize) -> Result<Vec<u8>, DecodeError> {
    let mut decoder = match switch {
        Switch::OnTime => decode::Decoder::new(BitOrder::Msb, 8),
        Switch::Early => decode::Decoder::with_tiff_size_switch(BitOrder::Msb, 8),
    };
    let (mut raw, mut consumed) = (Vec::new(), 0);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let step = decoder.decode_bytes(&coded[consumed..], &mut buffer);
        consumed += step.consumed_in;
        raw.extend_from_slice(&buffer[..step.consumed_out]);
        if raw.len() > limit {
            return Err(DecodeError::Length { expected: limit as u64 });
        }
        match step.status {
            Ok(weezl::LzwStatus::Done) => return Ok(raw),
            Ok(weezl::LzwStatus::Ok) => {}
            Ok(weezl::LzwStatus::NoProgress) => return Err(DecodeError::Truncated { at: consumed as u64 }),
            Err(LzwError::InvalidCode) => return Err(DecodeError::Malformed { at: consumed as u64 }),
        }
    }
}
