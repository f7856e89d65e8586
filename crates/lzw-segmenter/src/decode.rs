//! Codes to bytes.

mod bits;
mod chains;
mod machine;
mod stream;
mod whole;

pub use stream::{Decoder, expand};
pub use whole::BlockDecoder;
