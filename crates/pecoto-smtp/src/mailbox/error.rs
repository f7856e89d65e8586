use std::{io, path::PathBuf};

use thiserror::Error;

/// Who has to act on an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Blame {
    /// The mail itself: its sender, or whoever damaged it on the way. Reading it again changes nothing.
    Input,
    /// The machine: rights, disk, network file system. It may pass.
    Environment,
    /// The configuration names a folder that is none.
    Misuse,
}

/// Why one mail could not be read; the others are not concerned.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MailError {
    /// The file cannot be opened or read; it is tried again at every look.
    #[error("the mail cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// The mail is larger than [`Limits::message_bytes`](super::Limits::message_bytes).
    #[error("the mail is larger than {limit} bytes")]
    TooLarge {
        /// The limit it passes, in bytes.
        limit: u64,
    },
    /// The mail has more parts, or asks for more decoding, than any honest mail: it would cost stack or minutes of processor time.
    #[error("the mail has too many parts or encoded words")]
    TooComplex,
    /// The parser broke one of its own assertions; the mail is malformed in a way it did not foresee.
    #[error("the mail is malformed beyond what can be read")]
    ParserFailed,
    /// The bytes hold none of the headers that make a mail (From, To, Subject, Date, Message-ID).
    #[error("this is not a mail: none of the headers From, To, Subject, Date, Message-ID was found")]
    NotAMail,
}

impl MailError {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "mail-unreadable",
            Self::TooLarge { .. } => "mail-too-large",
            Self::TooComplex => "mail-too-complex",
            Self::ParserFailed => "mail-parser-failed",
            Self::NotAMail => "mail-not-a-mail",
        }
    }

    /// Who has to act.
    #[must_use]
    pub fn blame(&self) -> Blame {
        match self {
            Self::Unreadable(_) => Blame::Environment,
            Self::TooLarge { .. } | Self::TooComplex | Self::ParserFailed | Self::NotAMail => Blame::Input,
        }
    }
}

/// A mail that could not be read, and why.
#[derive(Debug)]
#[non_exhaustive]
pub struct Problem {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub error: MailError,
}

/// Why a whole folder could not be looked at.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MailboxError {
    /// The path does not exist, or is not a folder.
    #[error("{} is not a folder", path.display())]
    NotAFolder {
        /// The configured folder.
        path: PathBuf,
    },
    /// The folder exists and cannot be listed.
    #[error("the folder {} cannot be listed: {source}", path.display())]
    Unlistable {
        /// The folder, or the one of its sub-folders `new` and `cur`, that fails.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl MailboxError {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAFolder { .. } => "mailbox-not-a-folder",
            Self::Unlistable { .. } => "mailbox-unlistable",
        }
    }

    /// Who has to act.
    #[must_use]
    pub fn blame(&self) -> Blame {
        match self {
            Self::NotAFolder { .. } => Blame::Misuse,
            Self::Unlistable { .. } => Blame::Environment,
        }
    }
}
