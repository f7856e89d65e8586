//! Bytes to codes.

mod each;
mod lzw12;
mod pack;
mod stream;
mod table;
mod tape;
mod unix;

pub use each::BlockEncoder;
pub use lzw12::BLOCK;
pub use stream::{Encoder, compress};

/// What follows in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    More,
    End,
}

fn boxed<V: Copy, const LEN: usize>(value: V) -> Box<[V; LEN]> {
    // Not `Box::new([value; LEN])`: a megabyte would travel over the stack.
    vec![value; LEN].into_boxed_slice().try_into().unwrap_or_else(|_| unreachable!("the vector has LEN values"))
}
