//! Where a mailbox lies on a server, and what waiting for it may cost.

use std::{fmt, sync::Arc, time::Duration};

use rustls::{ClientConfig, pki_types::ServerName};
use secrecy::{ExposeSecret, SecretString};

use super::MailboxError;

/// Bytes of a user's name or a password.
const MAX_CREDENTIAL: usize = 1_000;

/// How the connection is protected. There is no unprotected one: it would give the password away.
#[derive(Clone)]
#[non_exhaustive]
pub enum Security {
    /// TLS from the first byte (ports 995 and 993).
    Implicit(Arc<ClientConfig>),
    /// The server is asked to start TLS before anything secret is said (`STLS`, RFC 2595 4; `STARTTLS`, RFC 3501 6.2.1); one that refuses is left.
    StartTls(Arc<ClientConfig>),
}

impl Security {
    pub(super) fn config(&self) -> &Arc<ClientConfig> {
        match self {
            Self::Implicit(config) | Self::StartTls(config) => config,
        }
    }

    pub(super) fn is_implicit(&self) -> bool {
        matches!(self, Self::Implicit(_))
    }
}

impl fmt::Debug for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_implicit() { "Implicit" } else { "StartTls" })
    }
}

/// A mail server and an account on it.
#[derive(Clone, Debug)]
pub struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) name: ServerName<'static>,
    pub(super) security: Security,
    pub(super) credentials: Credentials,
    pub(super) silence: Duration,
    pub(super) patience: Duration,
}

impl Server {
    /// An account; nothing is connected yet. The certificate must be valid for `host`.
    ///
    /// # Errors
    ///
    /// [`MailboxError::Settings`] for a host that no certificate can name, or for a user or password that is empty, longer
    /// than 1,000 bytes, or holds CR, LF or NUL (it would end the command it stands in).
    pub fn new(
        host: &str,
        port: u16,
        security: Security,
        user: &str,
        password: SecretString,
    ) -> Result<Self, MailboxError> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| MailboxError::Settings(format!("the mail server's name cannot be used: {host:?}")))?;
        for (what, text) in [("user", user), ("password", password.expose_secret())] {
            if text.is_empty() || text.len() > MAX_CREDENTIAL || text.contains(['\r', '\n', '\0']) {
                return Err(MailboxError::Settings(format!("the mailbox's {what} cannot be used")));
            }
        }
        Ok(Self {
            host: host.to_owned(),
            port,
            name,
            security,
            credentials: Credentials { user: user.to_owned(), password },
            silence: Duration::from_secs(60),
            patience: Duration::from_secs(900),
        })
    }

    /// How long the server may say nothing (one minute), and how long it may take in all for one command (fifteen minutes): a
    /// peer that sends one byte a minute holds nobody up for ever.
    #[must_use]
    pub fn with_limits(mut self, silence: Duration, patience: Duration) -> Self {
        self.silence = silence;
        self.patience = patience;
        self
    }

    /// Host and port, as errors name them.
    pub(super) fn shown(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

/// User and password.
#[derive(Clone, Debug)]
pub(super) struct Credentials {
    pub(super) user: String,
    pub(super) password: SecretString,
}

impl Credentials {
    /// A server's words as they may be kept: some echo the command they refuse.
    pub(super) fn clean(&self, words: &str) -> String {
        super::error::bounded_words(&words.replace(self.password.expose_secret(), "***"))
    }
}
