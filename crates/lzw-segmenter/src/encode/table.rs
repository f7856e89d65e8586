//! The hot loop: several inputs side by side in one thread.
//!
//! One step of LZW waits for the table, whose answer is the next place to look: the processor would idle. Independent inputs in turn keep it busy.
//!
//! - A slot's index is the current code XOR a hash of the next byte; the slot keeps the byte, so *one* load tells whether `code + byte` is known: no key is stored and none compared.
//! - A slot holds two entries. A third that falls on it is dropped: the string is merely not learnt. Any parse is legal LZW so long as both sides count the same codes.
//! - A step has no branch: known or not, the code is written; only whether the write is kept (the tape advances) differs.
//! - A full dictionary is kept and no longer written: then many inputs may share one.

use super::tape::{Tape, low_half};

/// A table slot without entries: no byte and code look like it.
const EMPTY: u64 = u64::MAX;
/// An entry's low half is the code, then comes the byte.
const BYTE_SHIFT: u32 = 16;
/// The code that the code in a tape's slot makes is this much above its slot.
const SLOT_TO_CODE: usize = 257;
/// Bytes taken from each input between two looks at their ends.
const STRIDE: usize = 32;

/// Known strings: `T` slots of two entries, a power of two.
pub(super) struct Table<const T: usize>(Box<[u64; T]>);

impl<const T: usize> Table<T> {
    pub(super) fn new() -> Self {
        Self(super::boxed(EMPTY))
    }

    pub(super) fn forget(&mut self) {
        self.0.fill(EMPTY);
    }

    /// One byte: the tape's code grows by it if the string is known; else the code is written, the string learnt if there is place for it and the tape is
    /// below `limit`, and the byte starts the next.
    #[inline(always)]
    fn learn<const C: usize>(&mut self, tape: &mut Tape<C>, at: &mut At, byte: u8, hashes: &Hashes, limit: usize) {
        let (word, byte) = (&mut self.0[hashes.slot::<T>(at.code, byte)], u32::from(byte) << BYTE_SHIFT);
        let entries = *word;
        let (found, known) = find(entries, byte);
        tape.write(at.slot, at.code);
        let learnt = entries << 32 | u64::from(byte | low_word((SLOT_TO_CODE + at.slot) as u64));
        let no_place = high_word(entries) != u32::MAX || at.slot >= limit;
        *word = if known | no_place { entries } else { learnt };
        at.step(found, known, byte);
    }

    /// As [`learn`](Self::learn), but nothing is learnt.
    #[inline(always)]
    fn code<const C: usize>(&self, tape: &mut Tape<C>, at: &mut At, byte: u8, hashes: &Hashes) {
        let entries = self.0[hashes.slot::<T>(at.code, byte)];
        let byte = u32::from(byte) << BYTE_SHIFT;
        let (found, known) = find(entries, byte);
        tape.write(at.slot, at.code);
        at.step(found, known, byte);
    }
}

/// The string after a step, and whether it was known; `byte` is shifted to its place in an entry.
#[inline(always)]
fn find(entries: u64, byte: u32) -> (u32, bool) {
    let found = (low_word(entries) ^ byte).min(high_word(entries) ^ byte);
    (found, found >> BYTE_SHIFT == 0)
}

/// Where a tape is, in registers.
#[derive(Clone, Copy)]
struct At {
    code: u32,
    slot: usize,
}

impl At {
    #[inline(always)]
    fn step(&mut self, found: u32, known: bool, byte: u32) {
        self.code = if known { found } else { byte >> BYTE_SHIFT };
        self.slot += usize::from(!known);
    }
}

/// The bytes' hashes, spread over a table's slots.
pub(super) struct Hashes([u32; 256]);

impl Hashes {
    /// For tables of `slots`, a power of two.
    pub(super) fn new(slots: usize) -> Self {
        let bits = slots.trailing_zeros();
        let mut byte = 0u32;
        Self([(); 256].map(|()| {
            let hash = byte.wrapping_mul(0x9E37_79B1) >> (32 - bits);
            byte += 1;
            hash
        }))
    }

    /// The mask changes nothing: it tells the compiler that the slot is in the table.
    #[inline(always)]
    fn slot<const T: usize>(&self, code: u32, byte: u8) -> usize {
        (code ^ self.0[usize::from(byte)]) as usize & (T - 1)
    }
}

/// Takes the same number of bytes from each input, learning below the tapes' `limit`.
#[inline(never)]
pub(super) fn learn<const N: usize, const T: usize, const C: usize>(
    tables: [&mut Table<T>; N],
    tapes: [&mut Tape<C>; N],
    inputs: [&[u8]; N],
    hashes: &Hashes,
    limit: usize,
) {
    side_by_side(tapes, inputs, |k, tape, at, byte| tables[k].learn(tape, at, byte, hashes, limit));
}

/// Takes the same number of bytes from each input, learning nothing.
#[inline(never)]
pub(super) fn code<const N: usize, const T: usize, const C: usize>(
    tables: [&Table<T>; N],
    tapes: [&mut Tape<C>; N],
    inputs: [&[u8]; N],
    hashes: &Hashes,
) {
    side_by_side(tapes, inputs, |k, tape, at, byte| tables[k].code(tape, at, byte, hashes));
}

#[expect(clippy::needless_range_loop, reason = "one index walks several inputs")]
#[inline(always)]
fn side_by_side<const N: usize, const C: usize>(
    tapes: [&mut Tape<C>; N],
    inputs: [&[u8]; N],
    mut step: impl FnMut(usize, &mut Tape<C>, &mut At, u8),
) {
    let mut ats: [At; N] = std::array::from_fn(|k| At { code: u32::from(tapes[k].code), slot: tapes[k].slot });
    let mut strides = inputs.map(|input| input.as_chunks::<STRIDE>().0.iter());
    let mut now = [&[0; STRIDE]; N];
    'strides: loop {
        for k in 0..N {
            let Some(stride) = strides[k].next() else { break 'strides };
            now[k] = stride;
        }
        for i in 0..STRIDE {
            for k in 0..N {
                step(k, tapes[k], &mut ats[k], now[k][i]);
            }
        }
    }
    let rests = inputs.map(|input| input.as_chunks::<STRIDE>().1);
    for i in 0..rests[0].len() {
        for k in 0..N {
            step(k, tapes[k], &mut ats[k], rests[k][i]);
        }
    }
    for (tape, at) in tapes.into_iter().zip(ats) {
        (tape.code, tape.slot) = (low_half(at.code), at.slot);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the low word is what is asked for")]
#[inline(always)]
const fn low_word(entries: u64) -> u32 {
    entries as u32
}

#[inline(always)]
const fn high_word(entries: u64) -> u32 {
    (entries >> 32) as u32
}
