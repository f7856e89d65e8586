//! Whether it is worth trying to compress a block, told from a few bytes of it.

/// Bytes looked at, in so many places.
const SAMPLE: usize = 4096;
const PLACES: usize = 4;
/// A block so short is compressed to see.
const TOO_SHORT: usize = 512;
/// LZW with 12 bits gains from bytes of up to so many kinds, even if they follow each other by chance.
const KINDS: u64 = 76;
/// Of so many triples of bytes, one that was there before makes strings worth learning.
const TRIPLES: usize = 16;

const SLOT_BITS: u32 = 12;

/// Whether compressing the block would make it longer, as far as a sample tells (`docs/formats/segment.md` 6.3).
pub(super) fn incompressible(block: &[u8]) -> bool {
    if block.len() < TOO_SHORT {
        return false;
    }
    let mut sample = Sample { counts: [0; 256], triples: [0; 1 << SLOT_BITS], seen: 0, again: 0 };
    if block.len() <= SAMPLE {
        sample.take(block);
    } else {
        let (piece, last) = (SAMPLE / PLACES, block.len() - SAMPLE / PLACES);
        for place in 0..PLACES {
            let start = last * place / (PLACES - 1);
            sample.take(&block[start..start + piece]);
        }
    }
    sample.kinds() >= KINDS && sample.again * TRIPLES < sample.seen
}

struct Sample {
    counts: [u32; 256],
    /// The triples seen last, by hash, with a bit set to tell them from none.
    triples: [u32; 1 << SLOT_BITS],
    seen: usize,
    again: usize,
}

impl Sample {
    fn take(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.counts[usize::from(byte)] += 1;
        }
        for triple in bytes.windows(3) {
            let key = u32::from_le_bytes([triple[0], triple[1], triple[2], 1]);
            let slot = &mut self.triples[(key.wrapping_mul(0x9e37_79b1) >> (u32::BITS - SLOT_BITS)) as usize];
            self.again += usize::from(*slot == key);
            *slot = key;
        }
        self.seen += bytes.len();
    }

    /// How many kinds of bytes, all equally frequent, would meet their like as often as these do.
    fn kinds(&self) -> u64 {
        let pairs = |count: u64| count * count.saturating_sub(1);
        let alike: u64 = self.counts.iter().map(|count| pairs(u64::from(*count))).sum();
        pairs(self.seen as u64) / alike.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BlockEncoder;

    fn noise(len: usize, kinds: u32) -> Vec<u8> {
        let mut state = 0x2545_f491_u32;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            u8::try_from((state >> 8) % kinds).unwrap()
        };
        (0..len).map(|_| next()).collect()
    }

    fn ratio(block: &[u8]) -> f64 {
        let mut out = [Vec::new()];
        BlockEncoder::new().encode(&[block], &mut out);
        out[0].len() as f64 / block.len() as f64
    }

    #[test]
    fn noise_is_not_worth_trying_whatever_the_length_of_the_block() {
        for len in [512, 1000, 4096, 4097, 5000, 100_000, 512 * 1024] {
            assert!(incompressible(&noise(len, 256)), "{len}");
        }
    }

    #[test]
    fn what_lzw_shortens_is_tried() {
        let pattern: Vec<u8> = noise(300, 256).repeat(500);
        let records: Vec<u8> =
            (0..15_000_u32).flat_map(|k| format!("{k:08}DUPONT    {:06}", k * 7).into_bytes()).collect();
        let half = [records.clone(), noise(100_000, 256)].concat();
        for block in [pattern, records, half, noise(300_000, 64), vec![7; 1000]] {
            assert!(ratio(&block) < 1.0, "{}", ratio(&block));
            assert!(!incompressible(&block), "{}", ratio(&block));
        }
    }

    #[test]
    fn noise_of_few_kinds_is_tried_when_lzw_shortens_it() {
        for kinds in [16, 64, 90, 120, 160, 200] {
            let block = noise(300_000, kinds);
            assert_eq!(incompressible(&block), ratio(&block) > 1.0, "{kinds}: {}", ratio(&block));
        }
    }
}
