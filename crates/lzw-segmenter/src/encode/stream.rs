//! Encoding piece by piece, in bounded memory.

use std::num::NonZeroUsize;
use std::thread;

use super::Then;
use super::lzw12::{BLOCK, Blocks, LANES};
use super::unix;
use crate::format::{Effort, Format, Z_HEADER};
use crate::progress::{Progress, Status, drain};

/// An encoder without I/O: bytes in, bytes out.
///
/// Memory: at most 8 MiB a thread, however long the input.
pub struct Encoder {
    waves: Waves,
    /// Input until there is enough of it for a wave.
    raw: Vec<u8>,
    /// Output from `sent` on is still to be given out.
    coded: Vec<u8>,
    sent: usize,
    ended: bool,
}

impl Encoder {
    /// An encoder in the caller's thread.
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self::with_threads(format, NonZeroUsize::MIN)
    }

    /// An encoder that uses up to `threads` threads, its caller's included. They are started for each few megabytes and end before the call returns.
    ///
    /// The output of [`Format::Lzw12`] does not depend on their number; that of [`Format::Z`] does a little, in where its pieces are cut.
    #[must_use]
    pub fn with_threads(format: Format, threads: NonZeroUsize) -> Self {
        let coded = if matches!(format, Format::Z(_)) { Z_HEADER.to_vec() } else { Vec::new() };
        Self { waves: Waves::new(format, threads.get()), raw: Vec::new(), coded, sent: 0, ended: false }
    }

    /// Takes from `input` and writes to `output` what it can. `end_of_input` says that nothing comes after `input`; from then on say it at each call.
    pub fn encode(&mut self, input: &[u8], output: &mut [u8], end_of_input: bool) -> Progress {
        let mut progress = Progress { consumed_in: 0, consumed_out: 0, status: Status::NeedsInput };
        loop {
            progress.consumed_out += drain(&self.coded, &mut self.sent, &mut output[progress.consumed_out..]);
            let rest = &input[progress.consumed_in..];
            progress.status = match () {
                () if self.sent < self.coded.len() => Status::NeedsOutput,
                () if self.ended => Status::Done,
                () if rest.is_empty() && !end_of_input => Status::NeedsInput,
                () => {
                    progress.consumed_in += self.advance(rest, end_of_input);
                    continue;
                }
            };
            return progress;
        }
    }

    /// Codes a wave, or takes what is there of it. A wave is coded once it is known whether another follows.
    fn advance(&mut self, input: &[u8], end_of_input: bool) -> usize {
        self.coded.clear();
        self.sent = 0;
        let wave = self.waves.size();
        if self.raw.is_empty() && input.len() > wave {
            self.waves.encode(&input[..wave], Then::More, &mut self.coded);
            return wave;
        }
        let count = input.len().min(wave - self.raw.len());
        self.raw.extend_from_slice(&input[..count]);
        let last = end_of_input && count == input.len();
        if last || (count == 0 && self.raw.len() == wave) {
            self.waves.encode(&self.raw, if last { Then::End } else { Then::More }, &mut self.coded);
            self.raw.clear();
            self.ended = last;
        }
        count
    }
}

/// Compresses `raw` whole.
#[must_use]
pub fn compress(raw: &[u8], format: Format) -> Vec<u8> {
    let mut encoder = Encoder::new(format);
    let mut out = std::mem::take(&mut encoder.coded);
    let mut waves = raw.chunks(encoder.waves.size()).peekable();
    while let Some(wave) = waves.next() {
        encoder.waves.encode(wave, if waves.peek().is_some() { Then::More } else { Then::End }, &mut out);
    }
    if raw.is_empty() {
        encoder.waves.encode(raw, Then::End, &mut out);
    }
    out
}

/// What codes a stream's input, a wave at a time: as much as keeps all threads busy.
enum Waves {
    Lzw12(Vec<(Blocks, Vec<u8>)>),
    // A slot must tell which 16-bit code it is for: 2^16 is the smallest table. It stays in a core's own cache, the larger ones do not, but learn more.
    Fast(unix::Stream<{ 1 << 16 }>),
    Default(unix::Stream<{ 1 << 17 }>),
    Best(unix::Stream<{ 1 << 18 }>),
}

impl Waves {
    fn new(format: Format, threads: usize) -> Self {
        match format {
            Format::Lzw12 => Self::Lzw12((0..threads).map(|_| (Blocks::new(), Vec::new())).collect()),
            Format::Z(Effort::Fast) => Self::Fast(unix::Stream::new(threads)),
            Format::Z(Effort::Default) => Self::Default(unix::Stream::new(threads)),
            Format::Z(Effort::Best) => Self::Best(unix::Stream::new(threads)),
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Lzw12(workers) => workers.len() * LANES * BLOCK,
            Self::Fast(stream) => stream.wave(),
            Self::Default(stream) => stream.wave(),
            Self::Best(stream) => stream.wave(),
        }
    }

    /// Appends the code of at most a wave.
    fn encode(&mut self, raw: &[u8], then: Then, out: &mut Vec<u8>) {
        match self {
            Self::Lzw12(workers) => encode_blocks(workers, raw, then, out),
            Self::Fast(stream) => stream.encode(raw, then, out),
            Self::Default(stream) => stream.encode(raw, then, out),
            Self::Best(stream) => stream.encode(raw, then, out),
        }
    }
}

fn encode_blocks(workers: &mut [(Blocks, Vec<u8>)], raw: &[u8], then: Then, out: &mut Vec<u8>) {
    // Which blocks go side by side shows in their codes: always the same ones, whatever the number of threads.
    let mut shares = raw.chunks(LANES * BLOCK);
    let own = shares.next().unwrap_or_default();
    let last = shares.len();
    let follows = |k| if k == last { then } else { Then::More };
    let Some(((first, _), others)) = workers.split_first_mut() else { return };
    thread::scope(|scope| {
        for (k, ((blocks, coded), share)) in others.iter_mut().zip(shares).enumerate() {
            coded.clear();
            scope.spawn(move || blocks.encode(share, follows(k + 1), coded));
        }
        first.encode(own, follows(0), out);
    });
    for (_, coded) in &others[..last] {
        out.extend_from_slice(coded);
    }
}
