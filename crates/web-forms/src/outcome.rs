//! What an error answers, whichever the site: who is to blame, may the server have the file, when again, how far.

use std::time::Duration;

/// The most kept of a peer's words, in bytes.
pub const MAX_WORDS: usize = 16 * 1024;

/// Who is to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Blame {
    /// What the peer sent cannot be read.
    MalformedInput,
    /// The peer broke the protocol.
    PeerMisbehaved,
    /// The peer said no.
    PeerRefused,
    /// What we were given or configured with cannot work.
    OurMisuse,
    /// The network, the disk, a cancelled commit.
    Environment,
    /// A defect of ours.
    Bug,
}

/// Whether the server may have the deposited file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Received {
    /// Surely not: to send it again makes no duplicate.
    No,
    /// Perhaps: only evidence or an operator can tell.
    Maybe,
}

/// When to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Again {
    /// The same thing will fail again.
    Never,
    /// Later, not before the peer's hint if it gave one.
    Later(Option<Duration>),
    /// Once someone has changed something (a password, the configuration, the partner's settings).
    AfterOperator,
}

/// How far the trouble reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// This file only.
    File,
    /// This session: another one may work.
    Session,
    /// Everything that uses these credentials or this configuration.
    Profile,
    /// Everything that uses this server.
    Gateway,
}
