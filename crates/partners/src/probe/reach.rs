//! From a name to a TCP connection.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{Connection, Kind, Patience, Seen, Trouble, milliseconds};

/// Addresses of one name that are tried.
const ADDRESSES: usize = 16;

/// Finds the addresses of `host` and connects to all of them at once; the first that answered, in their order, is kept.
pub(super) async fn connect(host: &str, port: u16, patience: Patience, seen: &mut Seen) -> Result<TcpStream, Trouble> {
    let addresses = find(host, port, patience, seen).await?;
    let mut tried = JoinSet::new();
    for (index, address) in addresses.into_iter().enumerate() {
        tried.spawn(async move {
            let begun = Instant::now();
            let connected = match timeout(patience.connect, TcpStream::connect(address)).await {
                Ok(connected) => connected.map_err(|error| failure(&error)),
                Err(_) => Err(Trouble::new(Kind::TimedOut)),
            };
            (index, address, milliseconds(begun.elapsed()), connected)
        });
    }
    let mut all = tried.join_all().await;
    all.sort_by_key(|(index, ..)| *index);
    let mut first = None;
    for (_, address, ms, connected) in all {
        let (stream, trouble) = match connected {
            Ok(stream) => (Some(stream), None),
            Err(trouble) => (None, Some(trouble)),
        };
        first = first.or(stream);
        seen.connections.push(Connection { address, ms, trouble });
    }
    first.ok_or_else(|| {
        let trouble = seen.connections.first().and_then(|first| first.trouble.clone());
        trouble.unwrap_or_else(|| Trouble::new(Kind::NameUnknown))
    })
}

async fn find(host: &str, port: u16, patience: Patience, seen: &mut Seen) -> Result<Vec<SocketAddr>, Trouble> {
    if let Ok(address) = host.parse::<IpAddr>() {
        seen.addresses = vec![address];
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let begun = Instant::now();
    let found = match timeout(patience.name, tokio::net::lookup_host((host, port))).await {
        Ok(found) => found.map_err(|error| unknown(host, &error))?,
        Err(_) => return Err(Trouble::with(Kind::NameUnanswered, host)),
    };
    let mut addresses: Vec<SocketAddr> = found.collect();
    addresses.sort();
    addresses.dedup();
    addresses.truncate(ADDRESSES);
    seen.name_ms = Some(milliseconds(begun.elapsed()));
    seen.addresses = addresses.iter().map(SocketAddr::ip).collect();
    if addresses.is_empty() { Err(Trouble::with(Kind::NameUnknown, host)) } else { Ok(addresses) }
}

/// The system tells apart «there is none» and «nobody answered» by its words only.
fn unknown(host: &str, error: &io::Error) -> Trouble {
    let words = error.to_string();
    let silent = words.contains("emporary failure") || words.contains("try again");
    Trouble::with(if silent { Kind::NameUnanswered } else { Kind::NameUnknown }, host)
}

fn failure(error: &io::Error) -> Trouble {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Trouble::new(Kind::Refused),
        io::ErrorKind::TimedOut => Trouble::new(Kind::TimedOut),
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => Trouble::new(Kind::NoRoute),
        _ => Trouble::with(Kind::NotConnected, &error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_name_server_is_no_unknown_name() {
        let kind = |words: &str| unknown("a.example", &io::Error::other(words)).kind;
        let prefix = "failed to lookup address information: ";
        assert_eq!(kind(&format!("{prefix}Name or service not known")), Kind::NameUnknown);
        assert_eq!(kind(&format!("{prefix}Temporary failure in name resolution")), Kind::NameUnanswered);
    }
}
