//! Decoding into a buffer of the right length.

use super::machine::{Machine, Stop};
use crate::error::DecodeError;
use crate::shape::Shape;

/// Expands whole Lzw12 streams straight into the caller's buffer; its own memory is 33 KB, kept from one to the next.
pub struct BlockDecoder(Machine);

impl Default for BlockDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl BlockDecoder {
    /// A decoder for any number of streams, one after the other.
    #[must_use]
    pub fn new() -> Self {
        Self(Machine::new(Shape::LZW12))
    }

    /// Expands the stream that `input` starts with, which must fill `output` exactly. Returns the stream's length in bytes.
    ///
    /// # Errors
    /// [`DecodeError::Length`] if the stream expands to more or less, else what is wrong with it. `output` then holds anything.
    pub fn decode(&mut self, input: &[u8], output: &mut [u8]) -> Result<usize, DecodeError> {
        self.0.restart();
        let (mut consumed, mut at) = (0, 0);
        loop {
            let run = self.0.run(&input[consumed..], output, at);
            (consumed, at) = (consumed + run.consumed, run.at);
            match run.stop {
                Stop::Clear => {}
                Stop::End if at == output.len() => return Ok(consumed),
                Stop::End | Stop::Output => return Err(DecodeError::Length { expected: output.len() as u64 }),
                Stop::Input => return Err(DecodeError::Truncated { at: consumed as u64 }),
                Stop::Malformed => {
                    return Err(DecodeError::Malformed { at: ((consumed * 8 - self.0.unused_bits()) / 8) as u64 });
                }
            }
        }
    }
}
