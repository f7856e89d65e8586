//! Compressing what is written.

use std::io::{self, Write};

use crate::encode::Encoder;
use crate::progress::Status;

const OUTPUT: usize = 64 * 1024;

/// Compresses all that is written to it into another writer.
///
/// Call [`finish`](Self::finish): a stream dropped before lacks its end. [`flush`](Write::flush) flushes the inner writer only: the encoder keeps what it holds, because ending a
/// block early would cost space.
#[must_use = "the stream lacks its end until `finish` is called"]
pub struct CompressWriter<W> {
    encoder: Encoder,
    inner: W,
    output: Box<[u8]>,
}

impl<W: Write> CompressWriter<W> {
    /// Writes what `encoder` makes to `inner`.
    pub fn new(encoder: Encoder, inner: W) -> Self {
        Self { encoder, inner, output: vec![0; OUTPUT].into_boxed_slice() }
    }

    /// Writes the end of the stream and gives the inner writer back, flushed.
    ///
    /// # Errors
    /// The inner writer's.
    pub fn finish(mut self) -> io::Result<W> {
        self.feed(&[], true)?;
        self.inner.flush()?;
        Ok(self.inner)
    }

    fn feed(&mut self, mut input: &[u8], end_of_input: bool) -> io::Result<()> {
        loop {
            let progress = self.encoder.encode(input, &mut self.output, end_of_input);
            self.inner.write_all(&self.output[..progress.consumed_out])?;
            input = &input[progress.consumed_in..];
            if progress.status != Status::NeedsOutput {
                return Ok(());
            }
        }
    }
}

impl<W: Write> Write for CompressWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.feed(bytes, false)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
