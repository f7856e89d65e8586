//! The one error of the crate.

use std::fmt;
use std::time::Duration;

pub use web_forms::outcome::{Again, Blame, MAX_WORDS, Reach, Received};
use web_forms::redact::Redactor;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $blame:ident, $again:expr, $reach:ident;)*) => {
        /// What went wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            const ALL: &'static [&'static str] = &[$($text,)*];

            fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            fn class(self) -> (Blame, Again, Reach) {
                match self { $(Self::$name => (Blame::$blame, $again, Reach::$reach),)* }
            }
        }
    };
}

use Again::{AfterOperator, Later, Never};

codes! {
    /// The configuration cannot be used.
    Config = "aireppnet-config", OurMisuse, AfterOperator, Profile;
    /// The profile names no server for a type of file.
    NoServer = "aireppnet-no-server", OurMisuse, AfterOperator, File;
    /// No commune code.
    CommuneRefused = "aireppnet-commune-refused", OurMisuse, AfterOperator, Profile;
    /// A file name that cannot be sent.
    NameRefused = "aireppnet-name-refused", OurMisuse, Never, File;
    /// A text that cannot be written in the character set of the form.
    FieldRefused = "aireppnet-field-refused", OurMisuse, AfterOperator, Profile;
    /// The local file cannot be read.
    FileUnreadable = "aireppnet-file-unreadable", Environment, Later(None), File;
    /// The local file's size changed while it was sent.
    FileChanged = "aireppnet-file-changed", Environment, Later(None), File;
    /// The caller's commit point refused.
    CommitRefused = "aireppnet-commit-refused", Environment, Later(None), File;
    /// No connection.
    ConnectFailed = "aireppnet-connect-failed", Environment, Later(None), Gateway;
    /// The proxy refused the connection or its credentials.
    ProxyRefused = "aireppnet-proxy-refused", PeerRefused, AfterOperator, Gateway;
    /// The server's certificate, or ours, was not accepted.
    TlsRefused = "aireppnet-tls-refused", PeerMisbehaved, AfterOperator, Gateway;
    /// The connection ended in the middle.
    ConnectionLost = "aireppnet-connection-lost", Environment, Later(None), Session;
    /// The server was silent for too long.
    TimedOut = "aireppnet-timed-out", Environment, Later(None), Session;
    /// A redirect or a form leads to another origin, or redirects never end.
    ForeignOrigin = "aireppnet-foreign-origin", PeerMisbehaved, AfterOperator, Profile;
    /// A page is larger than the bound.
    PageTooLarge = "aireppnet-page-too-large", PeerMisbehaved, Later(None), Session;
    /// The server refused commune code or password.
    LogInRefused = "aireppnet-login-refused", PeerRefused, AfterOperator, Profile;
    /// The session ended on the server, and to log in again did not help.
    SessionEnded = "aireppnet-session-ended", PeerRefused, Later(None), Session;
    /// The server cannot serve now.
    RefusedForNow = "aireppnet-refused-for-now", PeerRefused, Later(None), Gateway;
    /// A page was refused for good.
    PageRefused = "aireppnet-page-refused", PeerRefused, AfterOperator, Profile;
    /// The server failed (5xx).
    ServerFailed = "aireppnet-server-failed", PeerMisbehaved, Later(None), Gateway;
    /// A page that is not what was asked for.
    UnknownPage = "aireppnet-unknown-page", MalformedInput, Later(None), Session;
    /// The form has no input of a configured name.
    FormUnmapped = "aireppnet-form-unmapped", MalformedInput, AfterOperator, Profile;
    /// The server refused the file.
    DepositRefused = "aireppnet-deposit-refused", PeerRefused, Never, File;
    /// The whole file was sent and no answer says what became of it.
    DepositUnanswered = "aireppnet-deposit-unanswered", PeerMisbehaved, AfterOperator, File;
    /// A defect of this crate.
    Bug = "aireppnet-bug", Bug, AfterOperator, File;
}

/// Any failure of this crate. Its texts hold no secret: neither `Display` nor `Debug` nor [`Error::peer_words`].
#[derive(Clone, thiserror::Error)]
#[error("{}", .0.message)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    code: Code,
    message: String,
    received: Received,
    hint: Option<Duration>,
    words: Option<String>,
}

/// The result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Every code there is: a catalogue of messages can be checked against it.
    pub const CODES: &'static [&'static str] = Code::ALL;

    /// `message` must hold no secret.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { code, message: message.into(), received: Received::No, hint: None, words: None }))
    }

    /// Keeps what the peer said, bounded and without secrets.
    pub(crate) fn said(mut self, words: &str, secrets: &Redactor) -> Self {
        self.0.words = Some(secrets.start(words, MAX_WORDS)).filter(|words| !words.is_empty());
        self
    }

    pub(crate) fn hinted(mut self, hint: Option<Duration>) -> Self {
        self.0.hint = hint;
        self
    }

    /// The whole body was sent, and this came instead of an answer.
    pub(crate) fn unanswered(mut self) -> Self {
        self.0.message = format!("the server may have the file: {}", self.0.message);
        self.0.code = Code::DepositUnanswered;
        self.0.received = Received::Maybe;
        self
    }

    pub(crate) fn is(&self, code: Code) -> bool {
        self.0.code == code
    }

    /// A stable name, like `aireppnet-deposit-refused`; one of [`Error::CODES`].
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.code.text()
    }

    /// Who is to blame.
    #[must_use]
    pub fn blame(&self) -> Blame {
        self.0.code.class().0
    }

    /// Whether the server may have the file (docs/protocols/aireppnet.md 3.4, 4.5).
    #[must_use]
    pub fn received(&self) -> Received {
        self.0.received
    }

    /// When to try again. Of a deposit that is [`Received::Maybe`] this does not say that the file may be sent again.
    #[must_use]
    pub fn again(&self) -> Again {
        match self.0.code.class().1 {
            Later(_) => Later(self.0.hint),
            fixed => fixed,
        }
    }

    /// How far the trouble reaches; [`Reach::Gateway`] is everything that uses this server.
    #[must_use]
    pub fn reach(&self) -> Reach {
        self.0.code.class().2
    }

    /// The peer's own words: title and text of its page, at most [`MAX_WORDS`] bytes, secrets removed.
    #[must_use]
    pub fn peer_words(&self) -> Option<&str> {
        self.0.words.as_deref()
    }
}

impl From<web_forms::Error> for Error {
    fn from(error: web_forms::Error) -> Self {
        use web_forms::Kind;
        let code = match error.kind {
            Kind::Config => Code::Config,
            Kind::NameRefused => Code::NameRefused,
            Kind::FieldRefused => Code::FieldRefused,
            Kind::FileUnreadable => Code::FileUnreadable,
            Kind::FileChanged => Code::FileChanged,
            Kind::CommitRefused => Code::CommitRefused,
            Kind::ConnectFailed => Code::ConnectFailed,
            Kind::ProxyRefused => Code::ProxyRefused,
            Kind::TlsRefused => Code::TlsRefused,
            Kind::ConnectionLost => Code::ConnectionLost,
            Kind::TimedOut => Code::TimedOut,
            Kind::ForeignOrigin => Code::ForeignOrigin,
            Kind::PageTooLarge => Code::PageTooLarge,
            Kind::Bug => Code::Bug,
        };
        Self::new(code, error.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("code", &self.code())
            .field("message", &self.0.message)
            .field("received", &self.0.received)
            .field("again", &self.again())
            .field("words", &self.0.words)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_stable_and_distinct() {
        let distinct: std::collections::BTreeSet<_> = Error::CODES.iter().collect();
        assert_eq!(distinct.len(), Error::CODES.len());
        assert!(Error::CODES.iter().all(|code| code.starts_with("aireppnet-")));
    }

    #[test]
    fn only_what_is_unanswered_may_have_been_received() {
        let error = Error::new(Code::TimedOut, "x").hinted(Some(Duration::from_secs(7)));
        assert_eq!((error.received(), error.again()), (Received::No, Later(Some(Duration::from_secs(7)))));
        let error = error.unanswered();
        assert_eq!((error.received(), error.code()), (Received::Maybe, "aireppnet-deposit-unanswered"));
    }
}
