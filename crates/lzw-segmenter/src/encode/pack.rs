//! Codes to bits: least significant bit first, eight codes at a time.
//!
//! The width of a code depends only on how many codes went out since the last clear (its *slot*), so the encoder need not know it: whole stretches of codes of one
//! width are packed later, here.

use crate::shape::FIRST_WIDTH;

/// Bytes that the packing of eight codes may write: a whole `u128`, of which the width's bytes count.
const SLACK: usize = 16;

/// Appends the codes of slots `from..from + codes.len()` to `out`; the last byte is filled up with zero bits.
///
/// Only the last call of a stretch may end anywhere: until then slots must stop on a multiple of eight, where codes of every width end on a byte.
pub(super) fn pack(codes: &[u16], from: usize, max_width: usize, out: &mut Vec<u8>) {
    let (mut codes, mut slot) = (codes, from);
    while !codes.is_empty() {
        let (width, until) = section(slot, max_width);
        let (now, later) = codes.split_at(codes.len().min(until - slot));
        pack_section(now, width, out);
        slot += now.len();
        codes = later;
    }
}

/// The width of the code in `slot`, and the first slot after it that has another width.
fn section(slot: usize, max_width: usize) -> (usize, usize) {
    let (mut width, mut until) = (FIRST_WIDTH, 256);
    while slot >= until && width < max_width {
        width += 1;
        until = 2 * until + 256;
    }
    (width, if width == max_width { usize::MAX } else { until })
}

/// The width of the code in `slot`.
pub(super) fn width(slot: usize, max_width: usize) -> usize {
    section(slot, max_width).0
}

fn pack_section(codes: &[u16], width: usize, out: &mut Vec<u8>) {
    match width {
        9 => pack_width::<9>(codes, out),
        10 => pack_width::<10>(codes, out),
        11 => pack_width::<11>(codes, out),
        12 => pack_width::<12>(codes, out),
        13 => pack_width::<13>(codes, out),
        14 => pack_width::<14>(codes, out),
        15 => pack_width::<15>(codes, out),
        _ => pack_width::<16>(codes, out),
    }
}

pub(super) fn pack_width<const W: usize>(codes: &[u16], out: &mut Vec<u8>) {
    let (eights, rest) = codes.as_chunks::<8>();
    let mut at = out.len();
    out.resize(at + eights.len() * W + SLACK, 0);
    for eight in eights {
        out[at..at + SLACK].copy_from_slice(&eight_codes::<W>(eight).to_le_bytes());
        at += W;
    }
    out.truncate(at);
    let bits = rest.iter().rev().fold(0u128, |bits, &code| bits << W | u128::from(code));
    out.extend_from_slice(&bits.to_le_bytes()[..(rest.len() * W).div_ceil(8)]);
}

#[inline(always)]
fn eight_codes<const W: usize>(codes: &[u16; 8]) -> u128 {
    let four =
        |c: &[u16]| u64::from(c[0]) | u64::from(c[1]) << W | u64::from(c[2]) << (2 * W) | u64::from(c[3]) << (3 * W);
    u128::from(four(&codes[..4])) | u128::from(four(&codes[4..])) << (4 * W)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_change_where_the_dictionary_outgrows_them() {
        let at = |slot| width(slot, 12);
        assert_eq!(
            [at(0), at(255), at(256), at(767), at(768), at(1791), at(1792), at(5000)],
            [9, 9, 10, 10, 11, 11, 12, 12]
        );
        assert_eq!((width(32511, 16), width(32512, 16), width(1 << 20, 16)), (15, 16, 16));
    }

    #[test]
    fn packing_is_the_same_bit_by_bit() {
        for count in [1, 7, 8, 9, 255, 256, 257, 800, 3000] {
            let codes: Vec<u16> = (0..count).map(|i: u16| i.wrapping_mul(37) % 512).collect();
            let mut packed = Vec::new();
            pack(&codes, 0, 12, &mut packed);
            assert_eq!(packed, bit_by_bit(&codes), "{count} codes");
        }
    }

    fn bit_by_bit(codes: &[u16]) -> Vec<u8> {
        let bits =
            codes.iter().enumerate().flat_map(|(slot, code)| (0..width(slot, 12)).map(move |bit| code >> bit & 1));
        let mut bytes = Vec::new();
        for (at, bit) in bits.enumerate() {
            if at % 8 == 0 {
                bytes.push(0);
            }
            *bytes.last_mut().unwrap() |= u8::try_from(bit).unwrap() << (at % 8);
        }
        bytes
    }
}
