//! Decoding piece by piece, in bounded memory.

use super::machine::{Machine, Stop};
use crate::error::DecodeError;
use crate::format::{Format, Z_HEADER_LEN, z_shape};
use crate::progress::{Progress, Status, drain};
use crate::shape::Shape;

/// The window's first bytes: one of each, so that every string stands in the window.
const BYTES: usize = 256;
/// Room made for each run; no string is as long.
const RUN: usize = 128 * 1024;
/// How much output is kept for a growing dictionary before its new strings become chains of codes.
const KEPT: usize = 2 * 1024 * 1024;

/// A decoder without I/O: bytes in, bytes out.
///
/// Memory: at most 4 MiB, whatever the input claims; 1 MiB for what this crate's encoders write.
pub struct Decoder {
    state: State,
    window: Vec<u8>,
    /// What of the window is not given out yet starts here and ends at `at`.
    start: usize,
    at: usize,
    taken: u64,
}

enum State {
    /// The `.Z` header's bytes so far.
    Header([u8; Z_HEADER_LEN], usize),
    Codes(Box<Machine>, Shape),
    Ended,
    Failed(DecodeError),
}

impl Decoder {
    /// A decoder for a whole stream. A `.Z` stream's effort does not matter, and its header is read first.
    #[must_use]
    pub fn new(format: Format) -> Self {
        let window = (0..=u8::MAX).collect();
        let state = match format {
            Format::Lzw12 => State::codes(Shape::LZW12),
            Format::Z(_) => State::Header([0; Z_HEADER_LEN], 0),
        };
        Self { state, window, start: BYTES, at: BYTES, taken: 0 }
    }

    /// Takes from `input` and writes to `output` what it can. `end_of_input` says that nothing comes after `input`; from then on say it at each call.
    ///
    /// What was decoded before a mistake is written first.
    ///
    /// # Errors
    /// What is wrong with the input, at this and every later call.
    pub fn decode(&mut self, input: &[u8], output: &mut [u8], end_of_input: bool) -> Result<Progress, DecodeError> {
        let mut progress = Progress { consumed_in: 0, consumed_out: 0, status: Status::NeedsInput };
        loop {
            progress.consumed_out +=
                drain(&self.window[..self.at], &mut self.start, &mut output[progress.consumed_out..]);
            if self.start < self.at {
                progress.status = Status::NeedsOutput;
                return Ok(progress);
            }
            let rest = &input[progress.consumed_in..];
            let stop = match &mut self.state {
                State::Ended => {
                    progress.status = Status::Done;
                    return Ok(progress);
                }
                State::Failed(error) if progress.consumed_out == 0 => return Err(*error),
                State::Failed(_) => {
                    progress.status = Status::NeedsOutput;
                    return Ok(progress);
                }
                State::Header(..) => {
                    progress.consumed_in += self.read_header(rest);
                    rest.is_empty()
                }
                State::Codes(..) => {
                    let (consumed, starved) = self.run(rest);
                    progress.consumed_in += consumed;
                    starved && self.start == self.at
                }
            };
            self.taken += (progress.consumed_in - (input.len() - rest.len())) as u64;
            if stop && progress.consumed_in == input.len() {
                if !end_of_input {
                    return Ok(progress);
                }
                self.end_input();
            }
        }
    }

    fn read_header(&mut self, input: &[u8]) -> usize {
        let State::Header(header, have) = &mut self.state else { return 0 };
        let count = input.len().min(Z_HEADER_LEN - *have);
        header[*have..*have + count].copy_from_slice(&input[..count]);
        *have += count;
        if *have == Z_HEADER_LEN {
            self.state = z_shape(*header).map_or(State::Failed(DecodeError::NotZ), State::codes);
        }
        count
    }

    /// Decodes a window's worth; returns the bytes taken and whether more input is wanted.
    fn run(&mut self, input: &[u8]) -> (usize, bool) {
        self.make_room();
        let State::Codes(machine, _) = &mut self.state else { return (0, false) };
        let run = machine.run(input, &mut self.window, self.at);
        let bits = (self.taken + run.consumed as u64) * 8 - machine.unused_bits() as u64;
        self.at = run.at;
        match run.stop {
            Stop::End => self.state = State::Ended,
            Stop::Malformed => self.state = State::Failed(DecodeError::Malformed { at: bits / 8 }),
            Stop::Input | Stop::Output | Stop::Clear => {}
        }
        (run.consumed, run.stop == Stop::Input)
    }

    /// All of the window was given out: keeps what the machine needs, and room for a run after it.
    fn make_room(&mut self) {
        let State::Codes(machine, _) = &mut self.state else { return };
        if !machine.grows() {
            self.at = machine.needed(self.at, BYTES);
        } else if self.at >= KEPT {
            machine.chain(self.at);
        }
        self.start = self.at;
        if self.window.len() < self.at + RUN {
            self.window.resize(self.at + RUN, 0);
        }
    }

    /// The input has ended between two codes, or in the middle of one.
    fn end_input(&mut self) {
        let truncated = match &self.state {
            State::Header(..) => true,
            State::Codes(_, shape) => shape.ends,
            State::Ended | State::Failed(_) => return,
        };
        self.state = if truncated { State::Failed(DecodeError::Truncated { at: self.taken }) } else { State::Ended };
    }
}

impl State {
    fn codes(shape: Shape) -> Self {
        let mut machine = Machine::new(shape);
        machine.bytes_stand_at(0);
        Self::Codes(Box::new(machine), shape)
    }
}

/// Expands the stream that `coded` starts with into at most `limit` bytes.
///
/// # Errors
/// [`DecodeError::Length`] if there are more than `limit`, else what is wrong with the stream.
pub fn expand(coded: &[u8], format: Format, limit: usize) -> Result<Vec<u8>, DecodeError> {
    let mut decoder = Decoder::new(format);
    let (mut raw, mut consumed, mut length) = (Vec::new(), 0, 0);
    loop {
        if length == raw.len() {
            raw.resize((2 * length).clamp(RUN, limit.saturating_add(1).max(RUN)), 0);
        }
        let step = decoder.decode(&coded[consumed..], &mut raw[length..], true)?;
        consumed += step.consumed_in;
        length += step.consumed_out;
        if length > limit {
            return Err(DecodeError::Length { expected: limit as u64 });
        }
        if step.status == Status::Done {
            raw.truncate(length);
            return Ok(raw);
        }
    }
}
