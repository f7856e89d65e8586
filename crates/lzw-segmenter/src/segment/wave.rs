//! Blocks compressed several at a time, on several threads.

use std::io::{self, Read};
use std::thread;

use sha2::{Digest as _, Sha256};

use super::layout::Codec;
use super::sample::incompressible;
use crate::{BLOCK, BlockEncoder};

/// What is read, copied and summed at a time: long enough to be copied fast, short enough to be in a near cache for the next step.
pub(super) const PIECE: usize = BLOCK;

/// A block as a segment takes it.
pub(super) struct Block<'a> {
    pub(super) raw_len: usize,
    pub(super) codec: Codec,
    pub(super) bytes: &'a [u8],
}

/// A group of blocks a thread, read, hashed and compressed together.
pub(super) struct Wave {
    block: usize,
    /// Each thread's raw bytes.
    groups: Vec<Group>,
    coders: Vec<Coder>,
}

/// Raw bytes for one thread: always as many blocks, whatever the number of threads, so that they always become the same bytes.
struct Group {
    room: Vec<u8>,
    len: usize,
}

impl Group {
    fn raw(&self) -> &[u8] {
        &self.room[..self.len]
    }

    /// Reads until it is full or the source ends, and shows each piece.
    fn fill(&mut self, source: &mut impl Read, mut each: impl FnMut(&[u8])) -> io::Result<()> {
        self.len = 0;
        while self.len < self.room.len() {
            let end = self.room.len().min(self.len + PIECE);
            match source.read(&mut self.room[self.len..end]) {
                Ok(0) => return Ok(()),
                Ok(count) => {
                    each(&self.room[self.len..self.len + count]);
                    self.len += count;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
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
        let len = BlockEncoder::LANES * BLOCK / block * block;
        let groups = (0..threads).map(|_| Group { room: vec![0; len], len: 0 }).collect();
        Self { block, groups, coders }
    }

    /// Reads the next groups; returns whether there is anything. One thread alone hashes what it reads at once.
    pub(super) fn fill(&mut self, source: &mut impl Read, sha: &mut Sha256) -> io::Result<bool> {
        let alone = self.groups.len() == 1;
        for group in &mut self.groups {
            group.fill(source, |piece| {
                if alone {
                    sha.update(piece);
                }
            })?;
        }
        Ok(self.groups[0].len > 0)
    }

    /// Compresses what was read; several threads leave it to their caller to hash it meanwhile.
    pub(super) fn encode(&mut self, sha: &mut Sha256) {
        let block = self.block;
        let mut work = self.coders.iter_mut().zip(&self.groups).filter(|(_, group)| group.len > 0);
        if self.groups.len() == 1 {
            work.for_each(|(coder, group)| coder.encode(group.raw(), block));
            return;
        }
        thread::scope(|scope| {
            for (coder, group) in work.by_ref() {
                scope.spawn(move || coder.encode(group.raw(), block));
            }
            self.groups.iter().for_each(|group| sha.update(group.raw()));
        });
    }

    /// What was compressed, in the file's order.
    pub(super) fn blocks(&self) -> impl Iterator<Item = Block<'_>> {
        self.coders.iter().zip(&self.groups).flat_map(|(coder, group)| coder.blocks(group.raw(), self.block))
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
