//! The hash chain: what makes a rewritten past visible to whoever kept a later head.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// A SHA-256.
pub(crate) type Hash = [u8; 32];

/// The end of the chain: the last event's number and hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The last event's sequence number; 0 when there is none.
    pub seq: i64,
    /// Its hash; zeros when there is none.
    pub hash: Hash,
}

impl Head {
    /// The head of an empty journal.
    pub const GENESIS: Self = Self { seq: 0, hash: [0; 32] };

    /// The head after an event of which only the hash of the body is needed:
    /// `hash = SHA-256(prev ‖ seq ‖ at ‖ SHA-256(body))`, integers as 8 bytes, big-endian, `at` in microseconds.
    #[must_use]
    pub(crate) fn after(&self, at: i64, body_hash: &Hash) -> Self {
        let seq = self.seq + 1;
        let mut digest = Sha256::new();
        digest.update(self.hash);
        digest.update(seq.to_be_bytes());
        digest.update(at.to_be_bytes());
        digest.update(body_hash);
        Self { seq, hash: digest.finalize().into() }
    }

    /// The hash in lower-case hexadecimal, to be kept elsewhere.
    #[must_use]
    pub fn hex(&self) -> String {
        hex(&self.hash)
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The hash of an event's body.
pub(crate) fn body_hash(body: &[u8]) -> Hash {
    Sha256::digest(body).into()
}
