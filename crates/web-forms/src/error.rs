//! What goes wrong whatever the site. The site's own crate gives it its code, its blame and its reach.

/// The result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The configuration cannot be used.
    Config,
    /// A file name that cannot be written in the form's character set.
    NameRefused,
    /// A field value that cannot be written in it.
    FieldRefused,
    /// The local file cannot be read.
    FileUnreadable,
    /// The local file's size changed while it was sent.
    FileChanged,
    /// The caller's commit point refused.
    CommitRefused,
    /// No connection.
    ConnectFailed,
    /// The proxy refused the connection or its credentials.
    ProxyRefused,
    /// The server's certificate, or ours, was not accepted.
    TlsRefused,
    /// The connection ended in the middle.
    ConnectionLost,
    /// The server was silent for too long.
    TimedOut,
    /// A redirect leads to another origin, or redirects never end.
    ForeignOrigin,
    /// A page is larger than the bound.
    PageTooLarge,
    /// A defect of this crate.
    Bug,
}

/// A failure, without any secret in its text. Nothing of a file was received unless the caller knows better: [`deposit`](crate::deposit)
/// says which failures come after the whole body.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What went wrong.
    pub kind: Kind,
    /// How, in English, secrets removed.
    pub message: String,
}

impl Error {
    /// `message` must hold no secret.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}
