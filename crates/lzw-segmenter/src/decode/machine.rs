//! Codes to bytes: the machine that reads both dialects.
//!
//! A string is known by where it last stood in the output, so that a code is decoded by copying from what is already written. A new string needs no work at
//! all: it is the previous one and the byte that follows it, which stand side by side.

use super::bits::Bits;
use super::chains::Chains;
use crate::shape::{CLEAR, END, FIRST_WIDTH, Shape};

/// Bytes copied at once, whatever the string's length.
const COPY: usize = 16;
const LENGTH_BITS: u32 = 20;

/// Where a string stands in the window, and its length; of length 0 if it must be looked for elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry(u64);

impl Entry {
    const ELSEWHERE: Self = Self(0);

    #[inline(always)]
    const fn new(at: usize, length: usize) -> Self {
        Self((at as u64) << LENGTH_BITS | length as u64)
    }

    #[inline(always)]
    const fn at(self) -> usize {
        (self.0 >> LENGTH_BITS) as usize
    }

    #[inline(always)]
    const fn length(self) -> usize {
        (self.0 & ((1 << LENGTH_BITS) - 1)) as usize
    }
}

/// Why the machine stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// All input is taken; a code may be left in part.
    Input,
    /// The next string does not fit the window.
    Output,
    /// The dictionary was cleared: nothing in the window is needed any more.
    Clear,
    /// The end code was read.
    End,
    /// The next code stands for no string.
    Malformed,
}

/// How far a run came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// Bytes of the input taken.
    pub(super) consumed: usize,
    /// Bytes of the window filled.
    pub(super) at: usize,
    pub(super) stop: Stop,
}

pub(super) struct Machine {
    shape: Shape,
    entries: Box<[Entry]>,
    bits: Bits,
    width: usize,
    /// Codes since the width changed or the dictionary was cleared: where groups of eight start.
    in_group: usize,
    /// The code whose string is the previous one and the byte that comes next; beyond all codes when the dictionary is full.
    next: usize,
    previous: usize,
    /// Whether the next code starts a dictionary: only a byte can.
    fresh: bool,
    /// How much of the window is needed, when that no longer grows.
    floor: Option<usize>,
    chains: Option<Chains>,
}

impl Machine {
    pub(super) fn new(shape: Shape) -> Self {
        let entries = vec![Entry::ELSEWHERE; (1 << shape.max_width) + 1].into_boxed_slice();
        let mut machine = Self {
            shape,
            entries,
            bits: Bits::default(),
            width: FIRST_WIDTH,
            in_group: 0,
            next: 0,
            previous: 0,
            fresh: true,
            floor: None,
            chains: None,
        };
        machine.clear();
        machine
    }

    /// Tells where the 256 bytes stand in the window, so that none has to be looked for.
    pub(super) fn bytes_stand_at(&mut self, at: usize) {
        for byte in 0..256 {
            self.entries[byte] = Entry::new(at + byte, 1);
        }
    }

    /// Starts anew, with another window.
    pub(super) fn restart(&mut self) {
        self.entries[..256].fill(Entry::ELSEWHERE);
        self.bits = Bits::default();
        self.clear();
    }

    fn clear(&mut self) {
        (self.width, self.in_group, self.fresh) = (FIRST_WIDTH, 0, true);
        (self.floor, self.chains) = (None, None);
        self.next = self.shape.first_free;
        // A code that a shape keeps for itself, or that is not learnt yet, stands nowhere.
        self.entries[256..self.next].fill(Entry::ELSEWHERE);
    }

    /// Bits that were taken from the input and that no code has used.
    pub(super) const fn unused_bits(&self) -> usize {
        self.bits.count()
    }

    /// How many bytes of the window, filled up to `at`, are needed to go on.
    pub(super) fn needed(&self, at: usize, bytes: usize) -> usize {
        if self.fresh { bytes } else { self.floor.unwrap_or(at) }
    }

    /// Whether more and more of the window is needed.
    pub(super) const fn grows(&self) -> bool {
        !self.fresh && self.floor.is_none()
    }

    /// Stops needing what comes after `at`: new strings are kept as chains of codes.
    pub(super) fn chain(&mut self, at: usize) {
        self.floor = Some(at);
        self.entries[self.next] = Entry::ELSEWHERE;
        self.chains = Some(Chains::new(self.entries.len()));
    }

    const fn full(&self) -> usize {
        1 << self.shape.max_width
    }

    /// Decodes from `input` into `window[at..]`.
    pub(super) fn run(&mut self, input: &[u8], window: &mut [u8], at: usize) -> Run {
        let mut run = Run { consumed: 0, at, stop: Stop::Input };
        loop {
            self.fast(input, window, &mut run);
            if let Some(stop) = self.careful(input, window, &mut run) {
                run.stop = stop;
                return run;
            }
        }
    }

    /// The hot loop: codes of one width, whose strings stand in the window, far from all ends. Stops before the first that is otherwise.
    fn fast(&mut self, input: &[u8], window: &mut [u8], run: &mut Run) {
        let Some(mut bit) = self.bits.position(run.consumed) else { return };
        if self.fresh || self.bits.skipping() || (self.chains.is_some() && self.next < self.full()) {
            return;
        }
        let (start, mask, full) = (bit, (1usize << self.width) - 1, self.full());
        let (mut at, mut next, mut previous) = (run.at, self.next, self.previous);
        let until = if next == full { usize::MAX } else { 1 << self.width };
        let entries = &mut *self.entries;
        while next != until {
            let Some(word) = input.get(bit >> 3..).and_then(<[u8]>::first_chunk::<8>) else { break };
            #[expect(clippy::cast_possible_truncation, reason = "the mask keeps 16 bits at most")]
            let code = (u64::from_le_bytes(*word) >> (bit & 7)) as usize & mask;
            let entry = entries[code];
            let (from, length) = (entry.at(), entry.length());
            if code > next || length == 0 || at + length + COPY > window.len() {
                break;
            }
            copy(window, from, at, length);
            if code == next {
                window[at + length - 1] = window[from];
            }
            previous = code;
            if next < full {
                next += 1;
                entries[next] = Entry::new(at, length + 1);
            }
            at += length;
            bit += self.width;
        }
        self.in_group = (self.in_group + (bit - start) / self.width) % 8;
        (self.next, self.previous) = (next, previous);
        self.settle(at);
        (run.at, run.consumed) = (at, self.bits.go_to(input, bit));
    }

    /// Notes that the dictionary is full, and changes the width, after a code whose string ends at `at`.
    fn settle(&mut self, at: usize) {
        if self.next == self.full() {
            self.floor = self.floor.or(Some(at));
        } else if self.next == 1 << self.width {
            self.end_group();
            self.width += 1;
        }
    }

    fn end_group(&mut self) {
        if self.shape.grouped {
            self.bits.skip((8 - self.in_group) % 8 * self.width);
        }
        self.in_group = 0;
    }
}

#[inline(always)]
fn copy(window: &mut [u8], from: usize, to: usize, length: usize) {
    let mut done = 0;
    loop {
        let mut piece = [0; COPY];
        piece.copy_from_slice(&window[from + done..from + done + COPY]);
        window[to + done..to + done + COPY].copy_from_slice(&piece);
        done += COPY;
        if done >= length {
            return;
        }
    }
}

/// One code at a time, whatever it is.
impl Machine {
    fn careful(&mut self, input: &[u8], window: &mut [u8], run: &mut Run) -> Option<Stop> {
        let Some(code) = self.bits.peek(self.width, input, &mut run.consumed) else { return Some(Stop::Input) };
        if self.shape.clears && code == usize::from(CLEAR) {
            self.take_code();
            self.end_group();
            self.clear();
            return Some(Stop::Clear);
        }
        if self.shape.ends && code == usize::from(END) {
            self.take_code();
            return Some(Stop::End);
        }
        let limit = if self.fresh { 255 } else { self.next };
        if code > limit {
            return Some(Stop::Malformed);
        }
        let Some(length) = self.write(code, window, run.at) else { return Some(Stop::Output) };
        self.take_code();
        self.learn(code, run.at, length, window);
        run.at += length;
        self.settle(run.at);
        None
    }

    fn take_code(&mut self) {
        self.bits.take(self.width);
        self.in_group = (self.in_group + 1) % 8;
    }

    /// Writes a code's string at `at`; returns its length, or nothing if it does not fit.
    fn write(&mut self, code: usize, window: &mut [u8], at: usize) -> Option<usize> {
        let entry = self.entries[code];
        let length = entry.length();
        if length > 0 {
            let room = window.get_mut(..at + length)?;
            // Byte by byte: a string may overlap with itself.
            for k in 0..length {
                room[at + k] = room[entry.at() + k];
            }
            return Some(length);
        }
        if let Ok(byte) = u8::try_from(code) {
            *window.get_mut(at)? = byte;
            return Some(1);
        }
        let length = self.chained_length(code);
        let place = window.get_mut(..at + length)?;
        self.write_chain(code, place, at);
        Some(length)
    }

    /// The length of a string that is kept as a chain, or is about to be.
    fn chained_length(&self, code: usize) -> usize {
        let Some(chains) = &self.chains else { return 0 };
        if code == self.next { self.length(chains, self.previous) + 1 } else { self.length(chains, code) }
    }

    fn length(&self, chains: &Chains, code: usize) -> usize {
        match self.entries[code].length() {
            0 => chains.length(code),
            length => length,
        }
    }

    fn write_chain(&self, code: usize, window: &mut [u8], at: usize) {
        let Some(chains) = &self.chains else { return };
        let own = code == self.next;
        let (mut code, mut end) = if own { (self.previous, window.len() - 1) } else { (code, window.len()) };
        while code >= 256 && self.entries[code].length() == 0 {
            end -= 1;
            window[end] = chains.last(code);
            code = chains.before(code);
        }
        let entry = self.entries[code];
        window.copy_within(entry.at()..entry.at() + entry.length(), at);
        if own {
            let last = window.len() - 1;
            window[last] = window[at];
        }
    }

    /// Completes the string that was waiting for its last byte, and opens the next.
    fn learn(&mut self, code: usize, at: usize, length: usize, window: &[u8]) {
        if code < 256 && self.entries[code].length() == 0 {
            self.entries[code] = Entry::new(at, 1);
        }
        if !self.fresh && self.next < self.full() {
            if let Some(mut chains) = self.chains.take() {
                let before = self.length(&chains, self.previous);
                chains.add(self.next, self.previous, window[at], before + 1);
                self.chains = Some(chains);
            }
            self.next += 1;
        }
        if self.next < self.full() {
            self.entries[self.next] = if self.chains.is_some() { Entry::ELSEWHERE } else { Entry::new(at, length + 1) };
        }
        (self.fresh, self.previous) = (false, code);
    }
}
