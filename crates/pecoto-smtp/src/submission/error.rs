//! The one error of submission.

use std::fmt;

use super::reply::Reply;
use super::secrets::Secrets;

/// The most kept of a server's words, in bytes.
pub const MAX_WORDS: usize = 2000;

/// Who is to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Blame {
    /// What the server sent cannot be read.
    MalformedInput,
    /// The server broke the protocol, or offers less than is needed.
    PeerMisbehaved,
    /// The server said no.
    PeerRefused,
    /// What we were given or configured with cannot work.
    OurMisuse,
    /// The network, the disk, a cancelled commit.
    Environment,
}

/// Whether the server may have taken the message (docs/protocols/pecoto.md 5.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Received {
    /// Surely not: to send it again makes no duplicate.
    No,
    /// Perhaps: only a delivery report, or somebody, can tell.
    Maybe,
}

/// When to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Again {
    /// The same message will be refused again.
    Never,
    /// Later, by itself.
    Later,
    /// Once someone has changed something (a password, the configuration, the server's settings).
    AfterOperator,
}

/// How far the trouble reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// This message only: the session goes on.
    Message,
    /// This session: another one may work.
    Session,
    /// Everything that uses these credentials or this configuration.
    Profile,
    /// Everything that uses this server.
    Server,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $blame:ident, $again:ident, $reach:ident;)*) => {
        /// What went wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            const ALL: &'static [&'static str] = &[$($text,)*];

            fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            fn class(self) -> (Blame, Again, Reach) {
                match self { $(Self::$name => (Blame::$blame, Again::$again, Reach::$reach),)* }
            }
        }
    };
}

codes! {
    /// The configuration cannot be used.
    Config = "smtp-config", OurMisuse, AfterOperator, Profile;
    /// What should be a mail address is none.
    AddressRefused = "smtp-address-refused", OurMisuse, Never, Message;
    /// A file name that no attachment can have.
    NameRefused = "smtp-name-refused", OurMisuse, Never, Message;
    /// A text that cannot stand in a header.
    TextRefused = "smtp-text-refused", OurMisuse, Never, Message;
    /// The message is larger than the profile or the server allows.
    TooLarge = "smtp-too-large", PeerRefused, Never, Message;
    /// The local file cannot be read.
    FileUnreadable = "smtp-file-unreadable", Environment, Later, Session;
    /// The local file's size changed while it was sent.
    FileChanged = "smtp-file-changed", Environment, Later, Session;
    /// The caller's commit point refused.
    CommitRefused = "smtp-commit-refused", Environment, Later, Session;
    /// No connection.
    ConnectFailed = "smtp-connect-failed", Environment, Later, Server;
    /// The server offers no STARTTLS where it was asked for.
    TlsMissing = "smtp-tls-missing", PeerMisbehaved, AfterOperator, Profile;
    /// The server's certificate, or ours, was not accepted; or something was said in clear behind STARTTLS.
    TlsRefused = "smtp-tls-refused", PeerMisbehaved, AfterOperator, Server;
    /// The connection ended in the middle.
    ConnectionLost = "smtp-connection-lost", Environment, Later, Session;
    /// The server was silent for too long.
    TimedOut = "smtp-timed-out", Environment, Later, Session;
    /// What the server answered is no SMTP reply.
    BadReply = "smtp-bad-reply", MalformedInput, Later, Session;
    /// The server will not serve us at all.
    ServiceRefused = "smtp-service-refused", PeerRefused, AfterOperator, Profile;
    /// The server cannot serve now (4xx before any message, 421).
    ServiceBusy = "smtp-service-busy", PeerRefused, Later, Server;
    /// No mechanism that we know, or that was chosen, is offered.
    AuthUnsupported = "smtp-auth-unsupported", PeerMisbehaved, AfterOperator, Profile;
    /// The server refused the credentials.
    LogInRefused = "smtp-login-refused", PeerRefused, AfterOperator, Profile;
    /// The message is refused for now (4xx: greylisting, full disk).
    RefusedForNow = "smtp-refused-for-now", PeerRefused, Later, Message;
    /// The sender's address is refused for good.
    SenderRefused = "smtp-sender-refused", PeerRefused, Never, Message;
    /// A recipient is refused for good; nobody gets the message.
    RecipientRefused = "smtp-recipient-refused", PeerRefused, Never, Message;
    /// The message is refused for good.
    MessageRefused = "smtp-message-refused", PeerRefused, Never, Message;
    /// The whole message was sent and no reply says what became of it.
    Unanswered = "smtp-unanswered", PeerMisbehaved, AfterOperator, Session;
}

/// Any failure of submission. Its texts hold no secret: neither `Display` nor `Debug` nor [`Error::peer_words`].
#[derive(Clone, thiserror::Error)]
#[error("{}", .0.message)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    code: Code,
    message: String,
    received: Received,
    reach: Option<Reach>,
    reply: Option<u16>,
    status: Option<String>,
    words: Option<String>,
}

/// The result of submission.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Every code there is: a catalogue of messages can be checked against it.
    pub const CODES: &'static [&'static str] = Code::ALL;

    /// `message` must hold no secret.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        let message = message.into();
        Self(Box::new(Inner {
            code,
            message,
            received: Received::No,
            reach: None,
            reply: None,
            status: None,
            words: None,
        }))
    }

    /// What the server replied, without secrets.
    pub(super) fn replied(mut self, reply: &Reply, secrets: &Secrets) -> Self {
        let mut words = secrets.redact(&reply.to_string());
        words.truncate(words.floor_char_boundary(MAX_WORDS));
        self.0.message = format!("{}: {words}", self.0.message);
        self.0.reply = Some(reply.code());
        self.0.status = reply.status().map(|status| status.to_string());
        self.0.words = Some(words);
        self
    }

    pub(super) fn maybe_received(mut self) -> Self {
        self.0.received = Received::Maybe;
        self
    }

    pub(super) fn reaching(mut self, reach: Reach) -> Self {
        self.0.reach = Some(reach);
        self
    }

    /// The whole message was out: whatever went wrong then, the server may have it.
    pub(super) fn unanswered(self) -> Self {
        let Inner { message, words, .. } = *self.0;
        let mut error = Self::new(Code::Unanswered, format!("no reply to the whole message: {message}"));
        error.0.words = words;
        error.maybe_received()
    }

    /// A stable name, like `smtp-recipient-refused`; one of [`Error::CODES`].
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.code.text()
    }

    /// Who is to blame.
    #[must_use]
    pub fn blame(&self) -> Blame {
        self.0.code.class().0
    }

    /// Whether the server may have taken the message.
    #[must_use]
    pub fn received(&self) -> Received {
        self.0.received
    }

    /// When to try again. For a message that is [`Received::Maybe`] this does not say that it may be sent again.
    #[must_use]
    pub fn again(&self) -> Again {
        self.0.code.class().1
    }

    /// How far the trouble reaches.
    #[must_use]
    pub fn reach(&self) -> Reach {
        self.0.reach.unwrap_or_else(|| self.0.code.class().2)
    }

    /// The code of the server's reply (450, 550…), if it replied.
    #[must_use]
    pub fn reply(&self) -> Option<u16> {
        self.0.reply
    }

    /// The enhanced status code of that reply (RFC 3463), like `5.1.1`.
    #[must_use]
    pub fn status(&self) -> Option<&str> {
        self.0.status.as_deref()
    }

    /// The server's own words, at most [`MAX_WORDS`] bytes, secrets removed.
    #[must_use]
    pub fn peer_words(&self) -> Option<&str> {
        self.0.words.as_deref()
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("code", &self.code())
            .field("message", &self.0.message)
            .field("received", &self.0.received)
            .field("again", &self.again())
            .field("reach", &self.reach())
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
        assert!(codes.iter().all(|code| code.starts_with("smtp-")));
    }

    #[test]
    fn only_what_was_wholly_sent_is_doubtful() {
        let error = Error::new(Code::ConnectionLost, "gone");
        assert_eq!(error.received(), Received::No);
        let error = error.unanswered();
        assert_eq!((error.received(), error.code()), (Received::Maybe, "smtp-unanswered"));
    }
}
