//! Blocks that are streams of their own.

use super::lzw12::{BLOCK, Blocks, LANES};

/// Compresses blocks side by side, each to a whole Lzw12 stream; its memory, about 0.5 MB and the coded blocks, is kept from one call to the next.
pub struct BlockEncoder(Blocks);

impl Default for BlockEncoder {
    fn default() -> Self {
        Self::new()
    }
}

impl BlockEncoder {
    /// Blocks coded side by side: so many at a time are coded fastest.
    pub const LANES: usize = LANES;

    /// An encoder for any number of blocks.
    #[must_use]
    pub fn new() -> Self {
        Self(Blocks::new())
    }

    /// Appends each block's stream to its output. A block is at most [`BLOCK`] bytes long; longer ones are legal but, like ones of unequal length, slower.
    pub fn encode(&mut self, blocks: &[&[u8]], outputs: &mut [Vec<u8>]) {
        debug_assert!(blocks.iter().all(|block| block.len() <= BLOCK), "a block is at most BLOCK bytes long");
        for (blocks, outputs) in blocks.chunks(LANES).zip(outputs.chunks_mut(LANES)) {
            self.0.encode_each(blocks, outputs);
        }
    }
}
