use std::{io, path::PathBuf};

use thiserror::Error;

/// Characters kept of a server's words.
const MAX_WORDS: usize = 500;

/// Who has to act on an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Blame {
    /// The mail itself: its sender, or whoever damaged it on the way. Reading it again changes nothing.
    Input,
    /// The machine: rights, disk, network file system. It may pass.
    Environment,
    /// The configuration cannot work: a folder that is none, a secret that the server refused, something that the server does not offer.
    Misuse,
    /// The server broke its protocol.
    PeerMisbehaved,
    /// The server said no.
    PeerRefused,
}

/// When to try again. No error of a mailbox loses a mail: whatever was not disposed of is listed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Again {
    /// Later, as it is.
    Later,
    /// Once someone has changed a secret, a setting or the server; trying before may lock the account.
    AfterOperator,
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

/// Why a whole mailbox could not be looked at, or a session with its server ended early. Its texts hold no secret.
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
    /// A mail of a maildir cannot be removed or renamed.
    #[error("the mail {} cannot be removed or renamed: {source}", path.display())]
    File {
        /// The mail's file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A setting that no server could be asked for.
    #[error("{0}")]
    Settings(String),
    /// No connection.
    #[error("{server} cannot be reached: {source}")]
    Unreachable {
        /// Host and port.
        server: String,
        /// What the system said.
        source: io::Error,
    },
    /// The certificate of the server, or ours, was not accepted, or what answers speaks no TLS.
    #[error("no TLS with {server}: {source}")]
    Tls {
        /// Host and port.
        server: String,
        /// What rustls said.
        source: io::Error,
    },
    /// The connection ended in the middle; nothing was deleted that was not confirmed.
    #[error("the connection to the mail server was lost: {0}")]
    Lost(#[source] io::Error),
    /// The server was silent, or slow, for longer than the limits of its [`Server`](super::Server).
    #[error("the mail server did not answer in time")]
    TimedOut,
    /// The server refused user or password.
    #[error("the mail server refused the log-in: {words}")]
    LogInRefused {
        /// The server's words, without secrets.
        words: String,
    },
    /// The mailbox is locked by another session, or the server cannot serve now.
    #[error("the mail server cannot serve this mailbox now: {words}")]
    InUse {
        /// The server's words, without secrets.
        words: String,
    },
    /// The server refused a command.
    #[error("the mail server refused {command}: {words}")]
    Refused {
        /// The command's name.
        command: &'static str,
        /// The server's words, without secrets.
        words: String,
    },
    /// The server, or this kind of mailbox, does not offer what is needed.
    #[error("this mailbox does not offer {0}")]
    Unsupported(&'static str),
    /// The server broke its protocol, or a bound.
    #[error("the mail server broke its protocol: {0}")]
    Protocol(String),
    /// The identity was given by a mailbox of another kind, or before the server numbered its mails anew (RFC 3501 2.3.1.1).
    #[error("the identity {0} is not one of this mailbox")]
    ForeignIdentity(String),
}

impl MailboxError {
    /// Every code there is: a catalogue of messages can be checked against it.
    pub const CODES: &'static [&'static str] = &[
        "mailbox-not-a-folder",
        "mailbox-unlistable",
        "mailbox-file",
        "mailbox-settings",
        "mailbox-unreachable",
        "mailbox-tls",
        "mailbox-lost",
        "mailbox-timed-out",
        "mailbox-login-refused",
        "mailbox-in-use",
        "mailbox-refused",
        "mailbox-unsupported",
        "mailbox-protocol",
        "mailbox-foreign-identity",
    ];

    /// The stable code of this error, one of [`CODES`](Self::CODES).
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAFolder { .. } => "mailbox-not-a-folder",
            Self::Unlistable { .. } => "mailbox-unlistable",
            Self::File { .. } => "mailbox-file",
            Self::Settings(_) => "mailbox-settings",
            Self::Unreachable { .. } => "mailbox-unreachable",
            Self::Tls { .. } => "mailbox-tls",
            Self::Lost(_) => "mailbox-lost",
            Self::TimedOut => "mailbox-timed-out",
            Self::LogInRefused { .. } => "mailbox-login-refused",
            Self::InUse { .. } => "mailbox-in-use",
            Self::Refused { .. } => "mailbox-refused",
            Self::Unsupported(_) => "mailbox-unsupported",
            Self::Protocol(_) => "mailbox-protocol",
            Self::ForeignIdentity(_) => "mailbox-foreign-identity",
        }
    }

    /// Who has to act.
    #[must_use]
    pub fn blame(&self) -> Blame {
        match self {
            Self::NotAFolder { .. } | Self::Settings(_) | Self::Unsupported(_) | Self::ForeignIdentity(_) => {
                Blame::Misuse
            }
            Self::Unlistable { .. } | Self::File { .. } | Self::Unreachable { .. } | Self::Lost(_) | Self::TimedOut => {
                Blame::Environment
            }
            Self::Tls { .. } | Self::Protocol(_) => Blame::PeerMisbehaved,
            Self::LogInRefused { .. } | Self::InUse { .. } | Self::Refused { .. } => Blame::PeerRefused,
        }
    }

    /// When to try again.
    #[must_use]
    pub fn again(&self) -> Again {
        match self {
            Self::NotAFolder { .. }
            | Self::Unlistable { .. }
            | Self::File { .. }
            | Self::Unreachable { .. }
            | Self::Lost(_)
            | Self::TimedOut
            | Self::InUse { .. }
            | Self::Protocol(_)
            | Self::Refused { .. } => Again::Later,
            Self::Settings(_)
            | Self::Tls { .. }
            | Self::LogInRefused { .. }
            | Self::Unsupported(_)
            | Self::ForeignIdentity(_) => Again::AfterOperator,
        }
    }
}

/// One bounded line of a peer's words, without control characters.
pub(super) fn bounded_words(words: &str) -> String {
    words.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_WORDS).collect()
}
