//! The one error of the crate.

use std::fmt;
use std::time::Duration;

pub use web_forms::outcome::{Again, Blame, MAX_WORDS, Reach, Received};
use web_forms::redact::Redactor;

/// What a failed download did to the offered file (docs/protocols/xfb-gateway.md 5.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Consumed {
    /// Nothing was read: it may be read again.
    No,
    /// It may have been served: it is not to be read again blindly.
    Maybe,
    /// It was served and its end did not arrive: the partner must make it available again.
    Incomplete,
}

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
    Config = "xfb-config", OurMisuse, AfterOperator, Profile;
    /// A file name that cannot be sent.
    NameRefused = "xfb-name-refused", OurMisuse, Never, File;
    /// A field value that cannot be sent.
    FieldRefused = "xfb-field-refused", OurMisuse, Never, File;
    /// The local file cannot be read.
    FileUnreadable = "xfb-file-unreadable", Environment, Later(None), File;
    /// The local file's size changed while it was sent.
    FileChanged = "xfb-file-changed", Environment, Later(None), File;
    /// The caller's commit point refused.
    CommitRefused = "xfb-commit-refused", Environment, Later(None), File;
    /// No connection.
    ConnectFailed = "xfb-connect-failed", Environment, Later(None), Gateway;
    /// The proxy refused the connection or its credentials.
    ProxyRefused = "xfb-proxy-refused", PeerRefused, AfterOperator, Gateway;
    /// The server's certificate, or ours, was not accepted.
    TlsRefused = "xfb-tls-refused", PeerMisbehaved, AfterOperator, Gateway;
    /// The connection ended in the middle.
    ConnectionLost = "xfb-connection-lost", Environment, Later(None), Session;
    /// The server was silent for too long.
    TimedOut = "xfb-timed-out", Environment, Later(None), Session;
    /// A redirect or a form leads to another origin, or redirects never end.
    ForeignOrigin = "xfb-foreign-origin", PeerMisbehaved, AfterOperator, Profile;
    /// A page is larger than the bound.
    PageTooLarge = "xfb-page-too-large", PeerMisbehaved, Later(None), Session;
    /// A listing has more rows than the bound.
    ListingTooLong = "xfb-listing-too-long", PeerMisbehaved, AfterOperator, Profile;
    /// The portal refused the credentials.
    PortalRefused = "xfb-portal-refused", PeerRefused, AfterOperator, Profile;
    /// The gateway refused the credentials.
    LogInRefused = "xfb-login-refused", PeerRefused, AfterOperator, Profile;
    /// The session ended on the server, and entering again did not help or was not possible.
    SessionExpired = "xfb-session-expired", PeerRefused, Later(None), Session;
    /// The server cannot serve now (429, 503, «try again later»).
    RefusedForNow = "xfb-refused-for-now", PeerRefused, Later(None), Gateway;
    /// A page was refused for good.
    PageRefused = "xfb-page-refused", PeerRefused, AfterOperator, Profile;
    /// The server failed (5xx).
    ServerFailed = "xfb-server-failed", PeerMisbehaved, Later(None), Gateway;
    /// A page that is not what was asked for.
    UnknownPage = "xfb-unknown-page", MalformedInput, Later(None), Session;
    /// The upload form has no input for a value.
    FormUnmapped = "xfb-form-unmapped", MalformedInput, AfterOperator, Profile;
    /// The gateway refused the file.
    UploadRefused = "xfb-upload-refused", PeerRefused, Never, File;
    /// The whole file was sent and no answer says what became of it.
    UploadUnanswered = "xfb-upload-unanswered", PeerMisbehaved, AfterOperator, File;
    /// The offered file was refused.
    DownloadRefused = "xfb-download-refused", PeerRefused, AfterOperator, File;
    /// A download was asked for and no answer says whether it was served.
    DownloadUnanswered = "xfb-download-unanswered", PeerMisbehaved, AfterOperator, File;
    /// A download broke off.
    DownloadIncomplete = "xfb-download-incomplete", PeerMisbehaved, AfterOperator, File;
    /// A download is larger than the bound.
    DownloadTooLarge = "xfb-download-too-large", PeerMisbehaved, AfterOperator, File;
    /// A defect of this crate.
    Bug = "xfb-bug", Bug, AfterOperator, File;
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
    consumed: Consumed,
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
        let inner = Inner {
            code,
            message: message.into(),
            received: Received::No,
            consumed: Consumed::No,
            hint: None,
            words: None,
        };
        Self(Box::new(inner))
    }

    /// Keeps what the peer said, bounded and without secrets.
    pub(crate) fn said(mut self, words: &str, redactor: &Redactor) -> Self {
        let words = redactor.start(words, MAX_WORDS);
        self.0.words = Some(words).filter(|words| !words.is_empty());
        self
    }

    pub(crate) fn hinted(mut self, hint: Option<Duration>) -> Self {
        self.0.hint = hint;
        self
    }

    pub(crate) fn maybe_received(mut self) -> Self {
        self.0.received = Received::Maybe;
        self
    }

    pub(crate) fn consuming(mut self, consumed: Consumed) -> Self {
        self.0.consumed = consumed;
        self
    }

    /// The same trouble under another code: what was done meanwhile makes it worse.
    pub(crate) fn recoded(mut self, code: Code, what: &str) -> Self {
        self.0.message = format!("{what}: {}", self.0.message);
        self.0.code = code;
        self
    }

    pub(crate) fn is(&self, code: Code) -> bool {
        self.0.code == code
    }

    /// A stable name, like `xfb-upload-refused`; one of [`Error::CODES`].
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.code.text()
    }

    /// Who is to blame.
    #[must_use]
    pub fn blame(&self) -> Blame {
        self.0.code.class().0
    }

    /// Whether the gateway may have the uploaded file.
    #[must_use]
    pub fn received(&self) -> Received {
        self.0.received
    }

    /// What a failed download did to the offered file.
    #[must_use]
    pub fn consumed(&self) -> Consumed {
        self.0.consumed
    }

    /// When to try again. For an upload that is [`Received::Maybe`] this does not say that the file may be sent again.
    #[must_use]
    pub fn again(&self) -> Again {
        match self.0.code.class().1 {
            Later(_) => Later(self.0.hint),
            fixed => fixed,
        }
    }

    /// How far the trouble reaches.
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
            .field("consumed", &self.0.consumed)
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
        let mut codes = Error::CODES.to_vec();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Error::CODES.len());
        assert!(codes.iter().all(|code| code.starts_with("xfb-")));
    }

    #[test]
    fn the_hint_is_kept_only_where_time_helps() {
        let hint = Some(Duration::from_secs(7));
        assert_eq!(Error::new(Code::RefusedForNow, "x").hinted(hint).again(), Later(hint));
        assert_eq!(Error::new(Code::UploadRefused, "x").hinted(hint).again(), Never);
        assert_eq!(Error::new(Code::LogInRefused, "x").again(), AfterOperator);
    }

    #[test]
    fn words_are_bounded() {
        let error = Error::new(Code::UnknownPage, "x").said(&"é".repeat(MAX_WORDS), &Redactor::new());
        assert_eq!(error.peer_words().map(str::len), Some(MAX_WORDS));
        assert_eq!(Error::new(Code::UnknownPage, "x").said("", &Redactor::new()).peer_words(), None);
    }
}
