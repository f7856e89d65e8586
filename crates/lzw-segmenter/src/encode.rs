//! Bytes to codes.

mod each;
mod lzw12;
mod pack;
mod table;
mod tape;
mod unix;

use crate::format::{Effort, Format};

pub use each::BlockEncoder;
pub use lzw12::BLOCK;

/// What follows in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    More,
    End,
}

fn boxed<V: Copy, const LEN: usize>(value: V) -> Box<[V; LEN]> {
    // Not `Box::new([value; LEN])`: a megabyte would travel over the stack.
    vec![value; LEN].into_boxed_slice().try_into().unwrap_or_else(|_| unreachable!("the vector has LEN values"))
}

/// A stream's encoder, for whole waves of input.
pub(crate) enum WaveEncoder {
    Lzw12(Vec<lzw12::Blocks>),
    Fast(unix::Stream<{ 1 << 16 }>),
    Default(unix::Stream<{ 1 << 17 }>),
    Best(unix::Stream<{ 1 << 18 }>),
}

impl WaveEncoder {
    pub(crate) fn new(format: Format, threads: usize) -> Self {
        match format {
            Format::Lzw12 => Self::Lzw12((0..threads).map(|_| lzw12::Blocks::new()).collect()),
            Format::Z(Effort::Fast) => Self::Fast(unix::Stream::new(threads)),
            Format::Z(Effort::Default) => Self::Default(unix::Stream::new(threads)),
            Format::Z(Effort::Best) => Self::Best(unix::Stream::new(threads)),
        }
    }
    pub(crate) fn wave(&self) -> usize {
        match self {
            Self::Lzw12(t) => t.len() * lzw12::LANES * BLOCK,
            Self::Fast(t) => t.wave(),
            Self::Default(t) => t.wave(),
            Self::Best(t) => t.wave(),
        }
    }
    pub(crate) fn encode(&mut self, raw: &[u8], then: Then, out: &mut Vec<u8>) {
        match self {
            Self::Lzw12(t) => t[0].encode(raw, then, out),
            Self::Fast(t) => t.encode(raw, then, out),
            Self::Default(t) => t.encode(raw, then, out),
            Self::Best(t) => t.encode(raw, then, out),
        }
    }
}
