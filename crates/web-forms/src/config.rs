//! What a client of a site is told.

use std::fmt;
use std::time::Duration;

use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::SecretString;
use url::Url;

use crate::error::{Error, Kind, Result};

/// Everything that a [`Line`](crate::wire::Line) needs to know.
#[derive(Debug, Clone)]
pub struct Site {
    /// Added to the query of the requests that say so. User and password are secret.
    pub in_query: Option<Credentials>,
    /// More of them, for other doors of the same site: secret too.
    pub others: Vec<Credentials>,
    /// Whatever else no text may show.
    pub secrets: Vec<SecretString>,
    /// The only proxy used: neither the environment nor the system is asked for another.
    pub proxy: Option<Proxy>,
    /// Whom to trust.
    pub tls: Tls,
    /// Whether any address is `https`: then there must be certificates to trust.
    pub https: bool,
    /// How long to wait.
    pub timeouts: Timeouts,
    /// Size of a page, in bytes.
    pub page_bytes: usize,
    /// How the client calls itself.
    pub agent: &'static str,
}

/// Refuses an address that is not `http` or `https`, or that holds credentials.
///
/// # Errors
///
/// [`Kind::Config`], naming `what`.
pub fn check_url(what: &str, url: &Url) -> Result<()> {
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(Error::new(Kind::Config, format!("{what} must start with http:// or https://")));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::new(Kind::Config, format!("{what} cannot hold credentials: they have their own place")));
    }
    Ok(())
}

/// User and password. `Debug` shows neither.
#[derive(Clone)]
pub struct Credentials {
    /// The user.
    pub user: String,
    /// The password.
    pub password: SecretString,
}

impl Credentials {
    /// Both together.
    pub fn new(user: impl Into<String>, password: impl Into<SecretString>) -> Self {
        Self { user: user.into(), password: password.into() }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(***)")
    }
}

/// An HTTP proxy: plain addresses are asked of it, `https` ones are tunnelled through it by CONNECT.
#[derive(Debug, Clone)]
pub struct Proxy {
    /// Where it is, `http` or `https`, without credentials.
    pub url: Url,
    /// Sent by Basic authentication, to the proxy only.
    pub credentials: Option<Credentials>,
}

/// TLS 1.2 or 1.3; certificates are always checked.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// Whom to trust.
    pub roots: Roots,
    /// What to show when the server asks for a client certificate.
    pub identity: Option<Identity>,
}

/// The trusted certificate authorities.
#[derive(Debug, Clone, Default)]
pub enum Roots {
    /// Those of the operating system.
    #[default]
    System,
    /// Exactly these, not the system's.
    Only(Vec<CertificateDer<'static>>),
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

/// How long to wait before giving up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection: TCP, proxy and TLS together.
    pub connect: Duration,
    /// For an answer: from the end of the request to the end of a page, or to the first byte of a file.
    pub answer: Duration,
    /// Between two pieces of a file, sent or received.
    pub stall: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(30), answer: seconds(180), stall: seconds(90) }
    }
}
