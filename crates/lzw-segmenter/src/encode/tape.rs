//! The codes of a stretch, written first and packed later.

use super::pack::{pack, width};
use crate::shape::CLEAR;

/// Codes on their way from the search to the packer: room for `C` of them, a power of two.
pub(super) struct Tape<const C: usize> {
    codes: Box<[u16; C]>,
    /// The slot that the next code takes, counted from the last clear.
    pub(super) slot: usize,
    /// The longest known string that ends the input so far.
    pub(super) code: u16,
    /// The slot of the first code not packed yet.
    packed: usize,
    /// The bytes of the codes packed so far.
    pub(super) bytes: Vec<u8>,
}

impl<const C: usize> Tape<C> {
    pub(super) fn new() -> Self {
        Self { codes: super::boxed(0), slot: 0, code: 0, packed: 0, bytes: Vec::new() }
    }

    /// Starts a stretch after a clear with its first byte. `slot` is 1 where the clear itself takes part in the count of codes: it is written then.
    pub(super) fn start(&mut self, slot: usize, first: u8) {
        (self.slot, self.code, self.packed) = (slot, u16::from(first), 0);
        self.codes[0] = CLEAR;
    }

    /// Writes the current code at `slot`: it stays if the tape then moves on.
    #[inline(always)]
    pub(super) fn write(&mut self, slot: usize, code: u32) {
        // The mask changes nothing: it tells the compiler that no index is out of bounds.
        self.codes[slot & (C - 1)] = low_half(code);
    }

    /// How many codes fit before the tape must be packed, keeping a place for the last string and what ends the stretch.
    pub(super) const fn room(&self) -> usize {
        (C - 16).saturating_sub(self.slot)
    }

    /// Writes the last string's code.
    pub(super) fn flush(&mut self) {
        self.push(self.code);
    }

    pub(super) fn push(&mut self, code: u16) {
        self.codes[self.slot] = code;
        self.slot += 1;
    }

    /// Packs what is not packed yet.
    pub(super) fn pack(&mut self, max_width: usize) {
        pack(&self.codes[self.packed..self.slot], self.packed, max_width, &mut self.bytes);
        self.packed = self.slot;
    }

    /// Packs whole groups of eight codes and moves the rest back to `slot`, a multiple of eight from which on all codes have the greatest width.
    pub(super) fn rewind(&mut self, slot: usize, max_width: usize) {
        let (end, rest) = (self.slot, self.slot % 8);
        self.slot -= rest;
        self.pack(max_width);
        self.codes.copy_within(end - rest..end, slot);
        (self.slot, self.packed) = (slot + rest, slot);
    }

    /// The codes so far, for a tape that is packed elsewhere.
    pub(super) fn codes(&self) -> &[u16] {
        &self.codes[..self.slot]
    }

    /// Ends an Lzw12 stretch with a clear, and further ones, which change nothing, until the stretch ends on a byte.
    pub(super) fn clear_and_align(&mut self, max_width: usize) {
        self.push(CLEAR);
        let used = (self.slot % 8 * width(self.slot - 1, max_width)) % 8;
        self.pack(max_width);
        if used == 0 {
            return;
        }
        let clears = 8 - used;
        let bits = (0..clears).fold(0u128, |bits, i| bits | u128::from(CLEAR) << (used + 9 * i));
        let last = self.bytes.pop().unwrap_or(0);
        self.bytes.extend_from_slice(&(bits | u128::from(last)).to_le_bytes()[..(used + 9 * clears) / 8]);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "codes have at most 16 bits")]
#[inline(always)]
pub(super) const fn low_half(code: u32) -> u16 {
    code as u16
}
