//! Looks at what stands between this machine and a partner: names, ports, proxies, TLS and certificates. Nothing is logged in to, no file is sent.
//!
//! A connection whose certificate is not proven is never continued: the chain is recorded while it is refused.
//!
//! ```no_run
//! use partners::probe::{Patience, look};
//!
//! # async fn diagnose(partner: &dyn scheduler_core::partner::Partner) {
//! for point in partner.points() {
//!     let seen = look(&point, Patience::default(), jiff::Timestamp::now()).await;
//!     println!("{}:{} {:?}", point.host, point.port, seen.trouble);
//! }
//! # }
//! ```

mod certificate;
mod greet;
mod proxy;
mod reach;
mod tls;
mod trouble;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use jiff::Timestamp;
use scheduler_core::partner::{Point, PointSecurity};
use serde::Serialize;
use tokio::io::{AsyncRead, AsyncWrite};

pub use self::certificate::Certificate;
pub use self::trouble::{CODES, Kind, Trouble};

/// How long each step may take; a look as a whole never takes longer than their sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For a name to be found.
    pub name: Duration,
    /// For a TCP connection, each address apart and all at once.
    pub connect: Duration,
    /// For the answer of a proxy, and for the words before TLS.
    pub answer: Duration,
    /// For TLS to be agreed on.
    pub tls: Duration,
}

impl Default for Patience {
    /// Ten seconds a step, five for names.
    fn default() -> Self {
        let step = Duration::from_secs(10);
        Self { name: Duration::from_secs(5), connect: step, answer: step, tls: step }
    }
}

/// What was found on the way, as far as it went. Every text of the peer is bounded, and may hold anything.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Seen {
    /// The addresses of the host that is connected to: the proxy, where there is one.
    pub addresses: Vec<IpAddr>,
    /// How long its name took to be found, in milliseconds; `None` when an address was given.
    pub name_ms: Option<u64>,
    /// A connection to each address, in their order.
    pub connections: Vec<Connection>,
    /// What TLS showed, as far as it went.
    pub tls: Option<Tls>,
    /// Our own certificates: what is shown to the server, then the authorities that the profile names.
    pub own: Vec<Certificate>,
    /// What stopped the look.
    pub trouble: Option<Trouble>,
}

/// One TCP connection.
#[derive(Clone, Debug, Serialize)]
pub struct Connection {
    /// Where to.
    pub address: SocketAddr,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// Why there was none.
    pub trouble: Option<Trouble>,
}

/// What TLS showed.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Tls {
    /// The version agreed on (`TLS 1.3`); `None` when it failed before.
    pub protocol: Option<String>,
    /// The server's certificates, its own first, proven or not.
    pub chain: Vec<Certificate>,
    /// Whether the chain was proven to lead to a trusted authority, to bear the name, and to be valid now.
    pub verified: bool,
    /// Whether the server asked for a client certificate.
    pub asks_certificate: bool,
}

/// A connection, whatever it runs over.
trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// Looks at one point, from its name to its certificates, and hangs up.
pub async fn look(point: &Point, patience: Patience, now: Timestamp) -> Seen {
    let identity = point.trust.identity.iter().flat_map(|identity| &identity.chain);
    let own = identity.chain(point.trust.authorities.iter().flatten());
    let mut seen = Seen { own: own.filter_map(|der| Certificate::read(der)).collect(), ..Seen::default() };
    seen.trouble = follow(point, patience, now, &mut seen).await.err();
    seen
}

async fn follow(point: &Point, patience: Patience, now: Timestamp, seen: &mut Seen) -> Result<(), Trouble> {
    let (host, port) = point.proxy.as_ref().map_or((&point.host, point.port), |proxy| (&proxy.host, proxy.port));
    let mut wire: Box<dyn Wire> = Box::new(reach::connect(host, port, patience, seen).await?);
    if let Some(proxy) = &point.proxy {
        if point.security == PointSecurity::Clear {
            return Ok(()); // only a whole request crosses a proxy in clear
        }
        if proxy.tls {
            wire = tls::shake(wire, &proxy.host, &point.trust, patience, now, &mut Tls::default()).await?;
        }
        proxy::cross(&mut wire, proxy, point, patience).await?;
    }
    match point.security {
        PointSecurity::StartTls(greeting) => greet::ask(&mut wire, greeting, patience).await?,
        PointSecurity::Tls => {}
        _ => return Ok(()),
    }
    let shown = seen.tls.insert(Tls::default());
    tls::shake(wire, &point.host, &point.trust, patience, now, shown).await.map(drop)
}

/// At most so many characters of what a peer says, without control characters.
fn clean(words: &str) -> String {
    const LONGEST: usize = 200;
    words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect::<String>().trim().to_owned()
}

fn milliseconds(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
