//! `.Z`: one dictionary, learnt from the first bytes, then shared by pieces coded side by side.
//!
//! A full dictionary never changes until it is cleared, and a code may follow any other: so what comes once it is full can be cut anywhere, and the pieces' codes
//! simply follow each other. Cutting costs a code or two a piece; clearing instead costs a dictionary.

use std::thread;

use super::Then;
use super::pack::pack_width;
use super::table::{Hashes, Table, code, learn};
use super::tape::Tape;
use crate::shape::CLEAR;

/// Raw bytes in a piece at most: its codes fit a tape.
const PIECE: usize = 48 * 1024;
/// Pieces smaller than this are not worth the codes that cutting costs.
const SMALL_PIECE: usize = 4 * 1024;
/// Pieces side by side in one thread.
const LANES: usize = 4;
/// Raw bytes that one thread codes at a time.
const SHARE: usize = LANES * PIECE;
const TAPE: usize = 1 << 16;
const MAX_WIDTH: usize = 16;
/// The first slot whose code makes no entry any more, for want of codes.
const LIMIT: usize = 65536 - 257;

/// Where a stream's dictionary is.
enum Dictionary {
    Empty,
    Growing,
    /// `codes` were written since the last clear; `best` is the fewest codes that 1,024 bytes took since it is full.
    Full {
        codes: usize,
        best: usize,
    },
}

/// One stream's encoder, with a table of `T` slots.
pub(super) struct Stream<const T: usize> {
    hashes: Hashes,
    table: Table<T>,
    dictionary: Dictionary,
    learner: Tape<TAPE>,
    workers: Vec<[Tape<TAPE>; LANES]>,
}

impl<const T: usize> Stream<T> {
    pub(super) fn new(threads: usize) -> Self {
        let workers = (0..threads).map(|_| std::array::from_fn(|_| Tape::new())).collect();
        Self {
            hashes: Hashes::new(T),
            table: Table::new(),
            dictionary: Dictionary::Empty,
            learner: Tape::new(),
            workers,
        }
    }

    /// Raw bytes that keep all threads busy.
    pub(super) fn wave(&self) -> usize {
        self.workers.len() * SHARE
    }

    /// Appends the codes of `raw` to `out`, but for a string that may yet grow.
    pub(super) fn encode(&mut self, mut raw: &[u8], then: Then, out: &mut Vec<u8>) {
        while let Some((&first, rest)) = raw.split_first() {
            raw = match self.dictionary {
                Dictionary::Empty => {
                    self.table.forget();
                    self.learner.start(0, first);
                    self.dictionary = Dictionary::Growing;
                    rest
                }
                Dictionary::Growing => self.learn(raw, out),
                Dictionary::Full { .. } => self.code(raw, out),
            };
        }
        if then == Then::End {
            self.end(out);
        }
    }

    fn learn<'r>(&mut self, raw: &'r [u8], out: &mut Vec<u8>) -> &'r [u8] {
        let (now, later) = raw.split_at(raw.len().min(LIMIT - self.learner.slot));
        learn([&mut self.table], [&mut self.learner], [now], &self.hashes, LIMIT);
        if self.learner.slot == LIMIT {
            self.write_learner(out);
            self.dictionary = Dictionary::Full { codes: self.learner.slot, best: usize::MAX };
        }
        later
    }

    fn write_learner(&mut self, out: &mut Vec<u8>) {
        self.learner.flush();
        self.learner.pack(MAX_WIDTH);
        out.append(&mut self.learner.bytes);
    }

    fn code<'r>(&mut self, raw: &'r [u8], out: &mut Vec<u8>) -> &'r [u8] {
        let (now, later) = raw.split_at(raw.len().min(self.wave()));
        let (table, hashes) = (&self.table, &self.hashes);
        let mut shares = self.workers.iter_mut().zip(now.chunks(SHARE));
        let own = shares.next();
        thread::scope(|scope| {
            for (tapes, share) in shares {
                scope.spawn(|| code_share(table, hashes, tapes, share));
            }
            if let Some((tapes, share)) = own {
                code_share(table, hashes, tapes, share);
            }
        });
        let mut codes = 0;
        for tape in self.workers.iter().take(now.len().div_ceil(SHARE)).flatten() {
            pack_width::<16>(tape.codes(), out);
            codes += tape.slot;
        }
        self.weigh(codes, now.len(), out);
        later
    }

    /// Clears a dictionary that takes a third more codes than at its best, or more bits than it was given.
    fn weigh(&mut self, fresh: usize, raw: usize, out: &mut Vec<u8>) {
        let Dictionary::Full { codes, best } = &mut self.dictionary else { return };
        *codes += fresh;
        let rate = fresh * 1024 / raw;
        *best = (*best).min(rate);
        let grows = fresh * MAX_WIDTH > raw * 8;
        if raw >= SMALL_PIECE && (rate > *best + *best / 3 || grows) {
            let group = *codes % 8 + 1;
            let mut clear = [0; 8];
            clear[0] = CLEAR;
            pack_width::<16>(&clear[..group.next_multiple_of(8) - group + 1], out);
            self.dictionary = Dictionary::Empty;
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if matches!(self.dictionary, Dictionary::Growing) {
            self.write_learner(out);
        }
        self.dictionary = Dictionary::Empty;
    }
}

/// Codes one thread's share in up to [`LANES`] pieces; tapes not needed are left empty.
fn code_share<const T: usize>(table: &Table<T>, hashes: &Hashes, tapes: &mut [Tape<TAPE>; LANES], share: &[u8]) {
    let piece = share.len().div_ceil(LANES).max(SMALL_PIECE.min(share.len()));
    let mut pieces = share.chunks(piece);
    let inputs: [&[u8]; LANES] = std::array::from_fn(|_| pieces.next().unwrap_or_default());
    for (tape, input) in tapes.iter_mut().zip(inputs) {
        tape.start(0, input.first().copied().unwrap_or_default());
    }
    let together = inputs.iter().map(|input| input.len()).min().unwrap_or(0).max(1);
    let shared = inputs.map(|input| input.get(1..together).unwrap_or_default());
    code([table; LANES], tapes.each_mut(), shared, hashes);
    for (tape, input) in tapes.iter_mut().zip(inputs) {
        code([table], [tape], [input.get(together..).unwrap_or_default()], hashes);
        if !input.is_empty() {
            tape.flush();
        }
    }
}
