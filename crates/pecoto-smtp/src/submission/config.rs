//! What a client is told.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::auth::Credentials;
use super::error::{Code, Error, Result};
use super::types::Hello;

/// Everything a [`Client`](super::Client) needs to know.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// Name or address of the server; the name that its certificate must bear.
    pub host: String,
    /// 587 for STARTTLS, 465 for TLS from the first byte, as a rule.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// Without them nothing is said of who we are.
    pub credentials: Option<Credentials>,
    /// The name to greet with; `None`: our address in brackets (RFC 5321 4.1.3).
    pub hello: Option<Hello>,
    /// Whom to trust; `None`: the operating system's authorities; else exactly these.
    pub roots: Option<Vec<CertificateDer<'static>>>,
    /// What to show when the server asks for a client certificate.
    pub identity: Option<Identity>,
    /// How long to wait.
    pub timeouts: Timeouts,
    /// Largest message, in bytes of the whole message; checked before anything is connected.
    pub largest: u64,
    /// Whether delivery reports are asked for, where the server offers it (RFC 3461).
    pub delivery_reports: bool,
}

impl Config {
    /// STARTTLS, no credentials, system roots, messages of 25 MB, delivery reports.
    #[must_use]
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
            security: Security::StartTls,
            credentials: None,
            hello: None,
            roots: None,
            identity: None,
            timeouts: Timeouts::default(),
            largest: 25_000_000,
            delivery_reports: true,
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.security == Security::Clear && !self.is_loopback() {
            return Err(Error::new(Code::Config, "without TLS only this machine can be reached"));
        }
        self.credentials.as_ref().map_or(Ok(()), Credentials::check)
    }

    fn is_loopback(&self) -> bool {
        let address = self.host.trim_matches(['[', ']']).parse::<IpAddr>();
        address.map_or_else(|_| self.host.eq_ignore_ascii_case("localhost"), |address| address.is_loopback())
    }
}

/// How a connection is protected (docs/protocols/pecoto.md 2). What is chosen is done or the connection is given up: clear text is never fallen
/// back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// In clear until STARTTLS (RFC 3207); nothing but EHLO is said before.
    StartTls,
    /// From the first byte (RFC 8314 3.3).
    Implicit,
    /// Not at all: towards this machine only.
    Clear,
}

/// A client certificate. `Debug` does not show the key.
pub struct Identity {
    /// The certificate, then those that lead to its authority.
    pub chain: Vec<CertificateDer<'static>>,
    /// Its key.
    pub key: PrivateKeyDer<'static>,
}

impl Clone for Identity {
    fn clone(&self) -> Self {
        Self { chain: self.chain.clone(), key: self.key.clone_key() }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({} certificates)", self.chain.len())
    }
}

/// How long to wait before giving up (RFC 5321 4.5.3.2 asks for minutes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection: TCP and TLS together.
    pub connect: Duration,
    /// For a reply.
    pub answer: Duration,
    /// For the reply to a whole message: servers examine it first.
    pub acceptance: Duration,
    /// For one piece of a message to leave.
    pub stall: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(30), answer: seconds(300), acceptance: seconds(600), stall: seconds(180) }
    }
}
