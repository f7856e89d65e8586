//! An HTTP proxy with `Basic` credentials: `CONNECT` for HTTPS, absolute targets for plain HTTP. It relays to loopback only.

use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::{
    Error,
    answer::send_reply,
    http::{Head, Reply},
    text,
    wire::Wire,
};

/// Sets a proxy up. By default it listens on a free port of 127.0.0.1 and asks for no credentials.
#[must_use = "nothing listens before `start`"]
pub struct Proxy {
    address: SocketAddr,
    credentials: Option<(String, String)>,
}

impl Default for Proxy {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Proxy {
    /// A proxy for everyone.
    pub fn new() -> Self {
        Self { address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), credentials: None }
    }

    /// Only those who send this user and password are served; the others get `407`.
    pub fn credentials(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.credentials = Some((user.into(), password.into()));
        self
    }

    /// Listens on this address; only loopback is accepted.
    pub const fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Listens. Must run within a tokio runtime with I/O.
    ///
    /// # Errors
    /// The address is not loopback or cannot be listened on.
    pub async fn start(self) -> Result<RunningProxy, Error> {
        let address = self.address;
        if !address.ip().is_loopback() {
            return Err(Error::NotLoopback { address });
        }
        let listener = TcpListener::bind(address).await.map_err(|source| Error::Listen { address, source })?;
        let address = listener.local_addr().map_err(|source| Error::Listen { address, source })?;
        let shared =
            Arc::new(Shared { credentials: self.credentials, relayed: AtomicU64::new(0), refused: AtomicU64::new(0) });
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&shared)));
        Ok(RunningProxy { address, shared, tasks })
    }
}

/// A proxy at work. Dropped, it stops at once.
pub struct RunningProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
}

impl fmt::Debug for RunningProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningProxy").field("address", &self.address).finish_non_exhaustive()
    }
}

impl RunningProxy {
    /// `http://127.0.0.1:port`, without credentials.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Tunnels and requests relayed so far.
    #[must_use]
    pub fn relayed(&self) -> u64 {
        self.shared.relayed.load(Ordering::Relaxed)
    }

    /// Requests refused so far: no credentials, wrong ones, or a target that is not loopback.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.shared.refused.load(Ordering::Relaxed)
    }

    /// Closes every connection at once and frees the port.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

struct Shared {
    credentials: Option<(String, String)>,
    relayed: AtomicU64,
    refused: AtomicU64,
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((tcp, _)) = accepted {
                let shared = Arc::clone(&shared);
                // A connection's end, whatever its reason, concerns its two ends only.
                connections.spawn(async move { let _ = relay(tcp, &shared).await; });
            } else {
                // Out of descriptors, most likely: leave the others time to end.
                tokio::time::sleep(Duration::from_millis(10)).await;
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn relay(tcp: TcpStream, shared: &Shared) -> io::Result<()> {
    let mut wire = Wire::accept(tcp, None).await?;
    let Some(head) = Head::read(&mut wire).await? else {
        return Ok(());
    };
    let sent = head.header("proxy-authorization").and_then(text::basic);
    if shared.credentials.is_some() && sent != shared.credentials {
        let reply = Reply::page("<HTML><TITLE>Proxy</TITLE></HTML>")
            .status(407)
            .header("Proxy-Authenticate", "Basic realm=\"proxy\"");
        return refuse(&mut wire, shared, &reply).await;
    }
    let (authority, path) = destination(&head);
    let Some(address) = loopback(authority) else {
        return refuse(&mut wire, shared, &Reply::page("<HTML><TITLE>Loopback only</TITLE></HTML>").status(403)).await;
    };
    let Ok(mut server) = TcpStream::connect(address).await else {
        return refuse(&mut wire, shared, &Reply::page("<HTML><TITLE>No such server</TITLE></HTML>").status(502)).await;
    };
    server.set_nodelay(true)?;
    shared.relayed.fetch_add(1, Ordering::Relaxed);
    match path {
        None => wire.send(b"HTTP/1.1 200 Connection established\r\n\r\n").await?,
        Some(path) => server.write_all(&forwarded(&head, path)).await?,
    }
    let Some((mut client, early)) = wire.into_tcp() else {
        return Ok(());
    };
    server.write_all(&early).await?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await.map(|_| ())
}

async fn refuse(wire: &mut Wire, shared: &Shared, reply: &Reply) -> io::Result<()> {
    shared.refused.fetch_add(1, Ordering::Relaxed);
    send_reply(wire, reply, None, true).await.map(|_| ())
}

/// Host and port, and for plain HTTP the path to ask there.
fn destination(head: &Head) -> (&str, Option<&str>) {
    if head.method == "CONNECT" {
        return (&head.target, None);
    }
    let rest = head.target.strip_prefix("http://").unwrap_or_default();
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    (&rest[..end], Some(&rest[end..]))
}

fn loopback(authority: &str) -> Option<SocketAddr> {
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "80"));
    let ip = match host {
        "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
        _ => host.trim_matches(['[', ']']).parse().ok()?,
    };
    ip.is_loopback().then_some(SocketAddr::new(ip, port.parse().ok()?))
}

/// The head for the server. One request a connection: what follows is copied unread.
fn forwarded(head: &Head, path: &str) -> Vec<u8> {
    let slash = if path.starts_with('/') { "" } else { "/" };
    let mut out = format!("{} {slash}{path} HTTP/1.1\r\nconnection: close\r\n", head.method);
    for (name, value) in head.headers.iter().filter(|(name, _)| name != "connection" && !name.starts_with("proxy-")) {
        out.push_str(&format!("{name}: {value}\r\n"));
    }
    out.push_str("\r\n");
    out.into_bytes()
}
