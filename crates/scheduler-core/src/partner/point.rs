//! Where a partner is reached, and how a look that exchanges nothing went: for diagnosis, before the station is run.

use secrecy::{SecretSlice, SecretString};

use super::Fault;

/// A point of the network that an end point connects to, told without any connection.
#[derive(Clone, Debug)]
pub struct Point {
    /// The field of the profile that names it (`base_url`).
    pub field: &'static str,
    /// A name or an address, as written, without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub security: PointSecurity,
    /// The HTTP proxy that is crossed.
    pub proxy: Option<PointProxy>,
    /// Whom to trust, and what to show.
    pub trust: Trust,
}

/// How a connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PointSecurity {
    /// Not at all: a tunnel does it, or the server is this machine.
    Clear,
    /// TLS from the first byte.
    Tls,
    /// TLS once asked for, in this protocol.
    StartTls(Greeting),
}

/// The protocols in which TLS is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Greeting {
    /// RFC 3207.
    Smtp,
    /// RFC 3501 6.2.1.
    Imap,
    /// RFC 2595 4.
    Pop3,
}

/// An HTTP proxy.
#[derive(Clone, Debug)]
pub struct PointProxy {
    /// A name or an address, without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// Whether the proxy itself is reached over TLS.
    pub tls: bool,
    /// User and password, both kept secret, sent to the proxy only.
    pub credentials: Option<(SecretString, SecretString)>,
}

/// Whom a connection trusts, and what it shows.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// The only authorities trusted, in DER; `None` = the operating system's.
    pub authorities: Option<Vec<Vec<u8>>>,
    /// What is shown to a server that asks who we are.
    pub identity: Option<PointIdentity>,
}

/// A client certificate.
#[derive(Clone, Debug)]
pub struct PointIdentity {
    /// The certificate, then those that lead to its authority, in DER.
    pub chain: Vec<Vec<u8>>,
    /// Its key, in DER.
    pub key: SecretSlice<u8>,
}

/// What a visit leaves alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Avoid<'a> {
    /// The [`Point::field`] of points that cannot be reached, or are not proven.
    pub broken: &'a [&'static str],
    /// The mailbox of the notices: its password was refused.
    pub notices: bool,
}

impl Avoid<'_> {
    /// Whether the point of that field is broken.
    #[must_use]
    pub fn is_broken(&self, field: &str) -> bool {
        self.broken.contains(&field)
    }
}

/// How logging in at one point, and out again, went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visited {
    /// The [`Point::field`] that it was about; `None` when the partner tells no points.
    pub field: Option<&'static str>,
    /// The fault that stopped it.
    pub done: Result<(), Fault>,
}
