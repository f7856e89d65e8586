//! Expanding what is read.

use std::io::{self, BufRead, Read};

use crate::decode::Decoder;
use crate::progress::Status;

/// Expands what it reads from another reader, up to the stream's end; what follows an Lzw12 stream is left in the inner reader.
///
/// A mistake in the stream is an [`io::ErrorKind::InvalidData`] whose inner error is the [`DecodeError`](crate::DecodeError), given after all that came before it.
pub struct ExpandReader<R> {
    decoder: Decoder,
    inner: R,
}

impl<R: BufRead> ExpandReader<R> {
    /// Reads through `decoder` from `inner`.
    pub fn new(decoder: Decoder, inner: R) -> Self {
        Self { decoder, inner }
    }

    /// The inner reader.
    pub fn into_inner(self) -> R {
        self.inner
    }
}

impl<R: BufRead> Read for ExpandReader<R> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        loop {
            let input = self.inner.fill_buf()?;
            let ended = input.is_empty();
            let progress = self.decoder.decode(input, output, ended);
            let progress = progress.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            self.inner.consume(progress.consumed_in);
            if progress.consumed_out > 0 || progress.status == Status::Done || output.is_empty() {
                return Ok(progress.consumed_out);
            }
        }
    }
}
