//! Blocks compressed several at a time, on several threads.

use std::io::{self, Read};
use std::thread;

use sha2::{Digest as _, Sha256};

use super::layout::Codec;
use super::sample::incompressible;
use crate::{BLOCK, BlockEncoder};

/// A block as a segment takes it.
pub(super) struct Block<'a> {
    pub(super) raw_len: usize,
    pub(super) codec: Codec,
    pub(super) bytes: &'a [u8],
}

/// A group of blocks a thread, read, hashed and compressed together.
pub(super) struct Wave {
    block: usize,
    /// Each thread's raw bytes; a group is always as long, whatever the number of threads, so that its blocks always become the same bytes.
    raw: Vec<Vec<u8>>,
    coders: Vec<Coder>,
}

/// What one thread needs.
struct Coder {
    /// Nothing is compressed without it.
    encoder: Option<BlockEncoder>,
    /// The blocks that were compressed to see, and what they became.
    tried: Vec<usize>,
    outputs: Vec<Vec<u8>>,
}

impl Wave {
    pub(super) fn new(block: usize, threads: usize, compress: bool) -> Self {
        let coder = || Coder { encoder: compress.then(BlockEncoder::new), tried: Vec::new(), outputs: Vec::new() };
        let coders = (0..threads).map(|_| coder()).collect();
        Self { block, raw: vec![Vec::new(); threads], coders }
    }

    /// Reads the next groups; returns whether there is anything.
    pub(super) fn fill(&mut self, source: &mut impl Read) -> io::Result<bool> {
        let group = BlockEncoder::LANES * BLOCK / self.block * self.block;
        for raw in &mut self.raw {
            raw.clear();
            raw.reserve_exact(group);
            source.take(group as u64).read_to_end(raw)?;
        }
        Ok(!self.raw[0].is_empty())
    }

    /// Compresses what was read, and hashes it.
    pub(super) fn encode(&mut self, sha: &mut Sha256) {
        let block = self.block;
        let mut groups = self.coders.iter_mut().zip(&self.raw).filter(|(_, raw)| !raw.is_empty());
        if self.raw.get(1).is_none_or(Vec::is_empty) {
            groups.for_each(|(coder, raw)| coder.encode(raw, block));
            sha.update(&self.raw[0]);
            return;
        }
        thread::scope(|scope| {
            for (coder, raw) in groups.by_ref() {
                scope.spawn(move || coder.encode(raw, block));
            }
            self.raw.iter().for_each(|raw| sha.update(raw));
        });
    }

    /// What was compressed, in the file's order.
    pub(super) fn blocks(&self) -> impl Iterator<Item = Block<'_>> {
        self.coders.iter().zip(&self.raw).flat_map(|(coder, raw)| coder.blocks(raw, self.block))
    }
}

impl Coder {
    fn encode(&mut self, raw: &[u8], block: usize) {
        let blocks: Vec<&[u8]> = raw.chunks(block).collect();
        self.tried.clear();
        let Some(encoder) = &mut self.encoder else { return };
        self.tried.extend((0..blocks.len()).filter(|k| !incompressible(blocks[*k])));
        let tried: Vec<&[u8]> = self.tried.iter().map(|k| blocks[*k]).collect();
        self.outputs.resize_with(self.outputs.len().max(tried.len()), Vec::new);
        self.outputs.iter_mut().for_each(Vec::clear);
        encoder.encode(&tried, &mut self.outputs[..tried.len()]);
    }

    fn blocks<'a>(&'a self, raw: &'a [u8], block: usize) -> impl Iterator<Item = Block<'a>> {
        let mut tried = self.tried.iter().zip(&self.outputs).peekable();
        raw.chunks(block).enumerate().map(move |(k, raw)| {
            let coded = tried.next_if(|(at, _)| **at == k).filter(|(_, coded)| coded.len() < raw.len());
            let (codec, bytes) = coded.map_or((Codec::Stored, raw), |(_, coded)| (Codec::Lzw12, coded.as_slice()));
            Block { raw_len: raw.len(), codec, bytes }
        })
    }
}
