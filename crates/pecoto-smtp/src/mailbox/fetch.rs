//! Bytes of one mail as they come, kept as far as the limit goes.

use super::MailboxError;

/// How many times its limit a mail may be before the session is given up, instead of reading past it to the next reply.
const PATIENCE: u64 = 4;

/// What reading a mail gave.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fetched {
    /// All its bytes.
    Whole(Vec<u8>),
    /// It is larger than [`Limits::message_bytes`](super::Limits::message_bytes); the mailbox goes on with the others.
    TooLarge,
    /// The mailbox holds it no more.
    Gone,
    /// The mailbox does not give it: a damaged store, a right that is missing, a folder where a file should be. The session goes on with the others.
    Refused {
        /// The server's words, without secrets, or the system's.
        words: String,
    },
}

impl Fetched {
    /// What a refusal of one mail is; anything else ends the session.
    pub(super) fn or_refused(outcome: Result<Self, MailboxError>) -> Result<Self, MailboxError> {
        match outcome {
            Err(MailboxError::Refused { words, .. }) => Ok(Self::Refused { words }),
            other => other,
        }
    }
}

impl std::fmt::Debug for Fetched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole(bytes) => write!(f, "Whole({} bytes)", bytes.len()),
            Self::TooLarge => f.write_str("TooLarge"),
            Self::Gone => f.write_str("Gone"),
            Self::Refused { words } => write!(f, "Refused({words:?})"),
        }
    }
}

/// Keeps at most `limit` bytes, and lets the rest pass.
#[derive(Debug)]
pub(super) struct Keeper {
    limit: u64,
    /// More than this never ends.
    end: u64,
    passed: u64,
    kept: Vec<u8>,
}

impl Keeper {
    pub(super) fn new(limit: u64) -> Self {
        Self { limit, end: limit.saturating_mul(PATIENCE), passed: 0, kept: Vec::new() }
    }

    /// Of a mail whose size is known: as much as that may pass before the session is given up, so that a mail which is large on purpose does not
    /// end every session that comes to it. What a server says of sizes may count line ends in its own way.
    pub(super) fn passing(self, bytes: Option<u64>) -> Self {
        Self { end: self.end.max(bytes.unwrap_or_default().saturating_mul(2)), ..self }
    }

    /// # Errors
    ///
    /// [`MailboxError::Protocol`] when it never ends: the connection has to be left.
    pub(super) fn keep(&mut self, piece: &[u8]) -> Result<(), MailboxError> {
        self.passed = self.passed.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        if self.passed > self.end {
            return Err(MailboxError::Protocol("a mail without end".to_owned()));
        }
        if self.passed <= self.limit {
            self.kept.extend_from_slice(piece);
        } else {
            self.kept = Vec::new();
        }
        Ok(())
    }

    pub(super) fn done(self) -> Fetched {
        if self.passed > self.limit { Fetched::TooLarge } else { Fetched::Whole(self.kept) }
    }
}
