//! Codes to bytes.

mod bits;
mod chains;
mod machine;
mod stream;
mod whole;

pub use stream::Decoder;
pub use whole::BlockDecoder;
