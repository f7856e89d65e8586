//! The SHA-256 of a file whose pieces come in any order.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use super::layout::Header;

/// What was hashed so far: the file up to a place.
#[derive(Clone, Default)]
pub(super) struct Prefix {
    sha: Sha256,
    upto: u64,
}

impl Prefix {
    /// A copy that goes on with a segment, if the segment starts where this ends; it replaces this one when the segment turned out sound.
    pub(super) fn continued_by(&self, header: &Header) -> Option<Self> {
        (header.raw_offset == self.upto && header.raw_len > 0).then(|| self.clone())
    }

    pub(super) fn take(&mut self, bytes: &[u8]) {
        self.sha.update(bytes);
        self.upto += bytes.len() as u64;
    }

    pub(super) const fn upto(&self) -> u64 {
        self.upto
    }

    /// Hashes what `rest` still gives.
    pub(super) fn read(&mut self, mut rest: impl Read) -> io::Result<()> {
        let mut buffer = vec![0; 256 * 1024];
        loop {
            match rest.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(len) => self.take(&buffer[..len]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    pub(super) fn finish(self) -> [u8; 32] {
        self.sha.finalize().into()
    }
}
