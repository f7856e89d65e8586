//! Lzw12: blocks that stand alone, coded side by side.

use std::cmp::Reverse;

use super::Then;
use super::pack::pack;
use super::table::{Hashes, Table, code, learn};
use super::tape::Tape;
use crate::shape::{CLEAR, END};

/// Raw bytes in a block: it starts with an empty dictionary, on a byte, and is coded alone.
pub const BLOCK: usize = 512 * 1024;
/// Blocks side by side in one thread.
pub(super) const LANES: usize = 4;

/// 32 KB a lane: what lanes take of the cache costs more than what a larger table would learn. A slot must tell which 12-bit code it is for: none is smaller.
const TABLE: usize = 1 << 12;
const TAPE: usize = 1 << 14;
const MAX_WIDTH: usize = 12;
/// The clear before a block takes slot 0: stretches of one width then end on a byte.
const FIRST_SLOT: usize = 1;
/// The first slot whose code makes no entry any more, for want of codes; a multiple of eight above it is where a full tape goes on.
const LIMIT: usize = 4096 - 257;
const FULL: usize = LIMIT.next_multiple_of(8);
/// Bytes between two looks at whether full dictionaries still serve.
const CHECK: usize = 8192;

/// One block on its way.
struct Lane {
    table: Table<TABLE>,
    tape: Tape<TAPE>,
    /// The fewest codes that [`CHECK`] bytes took since the dictionary was full.
    best: usize,
}

impl Lane {
    fn new() -> Self {
        Self { table: Table::new(), tape: Tape::new(), best: usize::MAX }
    }

    fn start(&mut self, first: u8) {
        self.table.forget();
        self.tape.start(FIRST_SLOT, first);
        self.best = usize::MAX;
    }

    const fn full(&self) -> bool {
        self.tape.slot >= LIMIT
    }

    /// Whether the dictionary, full when [`CHECK`] bytes took `codes`, has gone stale: it takes half as many codes again as at its best, or more bits than it was given.
    fn stale(&mut self, codes: usize) -> bool {
        self.best = self.best.min(codes);
        codes > self.best + self.best / 2 || codes * MAX_WIDTH > CHECK * 8
    }

    fn finish(&mut self, then: Then) {
        self.tape.flush();
        match then {
            Then::More => self.tape.clear_and_align(MAX_WIDTH),
            Then::End => {
                self.tape.push(END);
                self.tape.pack(MAX_WIDTH);
            }
        }
    }
}

/// Up to [`LANES`] blocks coded side by side; all buffers are kept for the next.
pub(super) struct Blocks {
    hashes: Hashes,
    lanes: [Lane; LANES],
}

impl Blocks {
    pub(super) fn new() -> Self {
        Self { hashes: Hashes::new(TABLE), lanes: std::array::from_fn(|_| Lane::new()) }
    }

    /// Appends the codes of `raw`, at most [`LANES`] blocks, to `out`.
    pub(super) fn encode(&mut self, raw: &[u8], then: Then, out: &mut Vec<u8>) {
        if raw.is_empty() && then == Then::End {
            pack(&[CLEAR, END], 0, MAX_WIDTH, out);
        }
        let blocks: Vec<&[u8]> = raw.chunks(BLOCK).collect();
        self.code(&blocks);
        for (k, lane) in self.lanes[..blocks.len()].iter_mut().enumerate() {
            lane.finish(if k + 1 == blocks.len() { then } else { Then::More });
            out.extend_from_slice(&lane.tape.bytes);
        }
    }

    /// Appends each of at most [`LANES`] blocks, as a stream that ends, to its output.
    pub(super) fn encode_each(&mut self, blocks: &[&[u8]], outputs: &mut [Vec<u8>]) {
        let shrinking =
            blocks.iter().all(|block| !block.is_empty()) && blocks.is_sorted_by_key(|block| Reverse(block.len()));
        if !shrinking {
            for (block, output) in blocks.iter().zip(outputs) {
                self.encode(block, Then::End, output);
            }
            return;
        }
        self.code(blocks);
        for (lane, output) in self.lanes[..blocks.len()].iter_mut().zip(outputs) {
            lane.finish(Then::End);
            if output.is_empty() {
                // Neither is copied, and none is held twice.
                std::mem::swap(output, &mut lane.tape.bytes);
            } else {
                output.extend_from_slice(&lane.tape.bytes);
            }
        }
    }

    /// Codes blocks, none empty and none longer than the one before it, but for each one's last string.
    fn code(&mut self, blocks: &[&[u8]]) {
        for (lane, block) in self.lanes.iter_mut().zip(blocks) {
            lane.tape.bytes.clear();
            lane.start(block[0]);
        }
        let (mut done, mut live) = (1, blocks.len());
        while live > 0 {
            let upto = blocks[live - 1].len();
            self.advance(&blocks[..live], done, upto);
            done = upto;
            live = blocks[..live].iter().take_while(|block| block.len() > done).count();
        }
    }

    /// Takes the bytes `done..upto` of each block.
    fn advance(&mut self, blocks: &[&[u8]], mut done: usize, upto: usize) {
        while done < upto {
            let until = upto.min(done + CHECK);
            let lanes = &mut self.lanes[..blocks.len()];
            let all_full = lanes.iter().all(Lane::full);
            let before: [usize; LANES] = std::array::from_fn(|k| lanes.get(k).map_or(0, |lane| lane.tape.slot));
            match blocks.len() {
                1 => self.side_by_side::<1>(blocks, done, until, all_full),
                2 => self.side_by_side::<2>(blocks, done, until, all_full),
                3 => self.side_by_side::<3>(blocks, done, until, all_full),
                _ => self.side_by_side::<LANES>(blocks, done, until, all_full),
            }
            done = until + self.look_after(blocks, before, until - done == CHECK, until);
        }
    }

    fn side_by_side<const N: usize>(&mut self, blocks: &[&[u8]], done: usize, until: usize, all_full: bool) {
        let Some(lanes) = self.lanes.first_chunk_mut::<N>() else { return };
        let inputs: [&[u8]; N] = std::array::from_fn(|k| &blocks[k][done..until]);
        if all_full {
            let (tables, tapes) = split(lanes.each_mut().map(|lane| (&lane.table, &mut lane.tape)));
            code(tables, tapes, inputs, &self.hashes);
        } else {
            let (tables, tapes) = split(lanes.each_mut().map(|lane| (&mut lane.table, &mut lane.tape)));
            learn(tables, tapes, inputs, &self.hashes, LIMIT);
        }
    }

    /// Packs tapes that fill up and clears stale dictionaries. Returns 1 if a byte more was taken of each block, else 0.
    fn look_after(&mut self, blocks: &[&[u8]], before: [usize; LANES], whole: bool, done: usize) -> usize {
        let mut stale = [false; LANES];
        for (k, lane) in self.lanes[..blocks.len()].iter_mut().enumerate() {
            stale[k] = whole && before[k] >= LIMIT && lane.stale(lane.tape.slot - before[k]);
            if lane.tape.room() < CHECK + 1 {
                lane.tape.rewind(FULL, MAX_WIDTH);
            }
        }
        if stale == [false; LANES] || blocks.iter().any(|block| block.len() == done) {
            return 0;
        }
        for (k, block) in blocks.iter().enumerate() {
            let lane = &mut self.lanes[k];
            if stale[k] {
                lane.finish(Then::More);
                lane.start(block[done]);
            } else {
                learn([&mut lane.table], [&mut lane.tape], [&block[done..=done]], &self.hashes, LIMIT);
            }
        }
        1
    }
}

fn split<A, B, const N: usize>(pairs: [(A, B); N]) -> ([A; N], [B; N]) {
    let mut seconds = [const { None }; N];
    let mut k = 0;
    let firsts = pairs.map(|(first, second)| {
        seconds[k] = Some(second);
        k += 1;
        first
    });
    (firsts, seconds.map(|second| second.unwrap_or_else(|| unreachable!("one second a pair"))))
}
