//! What a client is told.

use std::fmt;
use std::time::Duration;

use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::SecretString;
use url::Url;

use crate::error::{Code, Error, Result};
pub use crate::page::{FieldNames, Wording};

/// Everything a [`Client`](crate::Client) needs to know.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// Where the gateway is, `http` or `https`; `/depot-xt` is added to its path (docs/protocols/xfb-gateway.md 3.1).
    pub base_url: Url,
    /// For the gateway.
    pub credentials: Credentials,
    /// The ILEX portal in front of the gateway, if there is one (docs/protocols/xfb-gateway.md 2).
    pub portal: Option<Portal>,
    /// The only proxy used: neither the environment nor the system is asked for another.
    pub proxy: Option<Proxy>,
    /// Whom to trust.
    pub tls: Tls,
    /// How long to wait.
    pub timeouts: Timeouts,
    /// How much to accept.
    pub limits: Limits,
    /// The names of the upload form's inputs, where they are known.
    pub fields: FieldNames,
    /// The site's own words.
    pub wording: Wording,
}

impl Config {
    /// A gateway without portal and proxy, with system roots and the default bounds.
    #[must_use]
    pub fn new(base_url: Url, credentials: Credentials) -> Self {
        Self {
            base_url,
            credentials,
            portal: None,
            proxy: None,
            tls: Tls::default(),
            timeouts: Timeouts::default(),
            limits: Limits::default(),
            fields: FieldNames::default(),
            wording: Wording::default(),
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        check_url("the base URL", &self.base_url)?;
        if self.base_url.query().is_some() {
            return Err(Error::new(Code::Config, "the base URL cannot have a query"));
        }
        if let Some(portal) = &self.portal {
            check_url("the portal's URL", &portal.url)?;
        }
        if let Some(proxy) = &self.proxy {
            check_url("the proxy's URL", &proxy.url)?;
        }
        Ok(())
    }

    pub(crate) fn uses_tls(&self) -> bool {
        let portal = self.portal.as_ref().map(|portal| &portal.url);
        let proxy = self.proxy.as_ref().map(|proxy| &proxy.url);
        [Some(&self.base_url), portal, proxy].into_iter().flatten().any(|url| url.scheme() == "https")
    }
}

fn check_url(what: &str, url: &Url) -> Result<()> {
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(Error::new(Code::Config, format!("{what} must start with http:// or https://")));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::new(Code::Config, format!("{what} cannot hold credentials: they have their own place")));
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

/// The ILEX portal (docs/protocols/xfb-gateway.md 2).
#[derive(Debug, Clone)]
pub struct Portal {
    /// The page that asks for the log-in.
    pub url: Url,
    /// For the portal.
    pub credentials: Credentials,
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

/// How much to accept from a peer that may be hostile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Size of a page, in bytes.
    pub page_bytes: usize,
    /// Files of a listing; never more than [`MAX_ITEMS`](crate::page::MAX_ITEMS).
    pub rows: usize,
    /// Size of a downloaded file, in bytes.
    pub download_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { page_bytes: 4 << 20, rows: 10_000, download_bytes: 1 << 30 }
    }
}
