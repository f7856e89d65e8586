//! LZW, fast and in bounded memory, without `unsafe`.
//!
//! - [`Encoder`] and [`Decoder`] do no I/O: bytes in, bytes out, in pieces of any size. [`CompressWriter`] and [`ExpandReader`] put them around `std::io`, [`compress`] and
//!   [`expand`] around slices.
//! - Two dialects ([`Format`]): the GIF-like one that `weezl` reads and writes, and the `.Z` files of `compress`, which `uncompress` and `gzip -d` read.
//! - [`BlockEncoder`] and [`BlockDecoder`] are for containers: blocks of known length, several coded side by side.
//! - [`segment`] cuts a file into pieces under a limit that verify alone and join in any order.
//! - [`msb`] reads and writes the variants of TIFF and PDF.
//!
//! ```
//! use std::io::{Read, Write};
//! use lzw_segmenter::{CompressWriter, Decoder, Effort, Encoder, ExpandReader, Format};
//!
//! # fn main() -> std::io::Result<()> {
//! let format = Format::Z(Effort::Default);
//! let mut writer = CompressWriter::new(Encoder::new(format), Vec::new());
//! writer.write_all(&b"TOBEORNOTTOBE".repeat(1000))?;
//! let z = writer.finish()?;
//! assert!(z.len() < 1000);
//!
//! let mut raw = Vec::new();
//! ExpandReader::new(Decoder::new(format), &z[..]).read_to_end(&mut raw)?;
//! assert_eq!(raw, b"TOBEORNOTTOBE".repeat(1000));
//! # Ok(())
//! # }
//! ```

mod decode;
mod encode;
mod error;
mod format;
pub mod msb;
mod progress;
mod read;
pub mod segment;
mod shape;
mod write;

pub use decode::{BlockDecoder, Decoder, expand};
pub use encode::{BLOCK, BlockEncoder, Encoder, compress};
pub use error::DecodeError;
pub use format::{Effort, Format};
pub use progress::{Progress, Status};
pub use read::ExpandReader;
pub use write::CompressWriter;
