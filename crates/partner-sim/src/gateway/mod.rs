//! The DGFiP's ILEX portal and XFB/Gateway server, as `docs/protocols/xfb-gateway.md` describes them.
//!
//! A state directory holds everything and survives restarts: `ledger.jsonl` ([`crate::ledger`]), `received/` (bytes, when kept), `outgoing/<user>/` (drop
//! files here by rename: they become offers), `offers/` and `offers.jsonl`, `ca.pem`.

mod builder;
mod download;
mod hostile;
mod misbehave;
mod notices;
mod pages;
mod portal;
mod serve;
mod settings;
mod shared;
mod spool;
mod upload;

use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::{net::TcpListener, sync::watch, task::JoinSet};

pub use builder::GatewayBuilder;
pub use settings::{Delivery, Echo, FieldNames, Portal};
pub use spool::OfferState;

use self::shared::Shared;
use crate::{Error, FaultPlan};

/// How often the `outgoing` folders are looked at, besides at every listing.
const SWEEP: Duration = Duration::from_millis(250);

/// The simulated gateway; begin with [`Gateway::builder`].
#[derive(Debug)]
pub enum Gateway {}

impl Gateway {
    /// A gateway whose state lives in `state` (created if need be).
    pub fn builder(state: impl Into<PathBuf>) -> GatewayBuilder {
        GatewayBuilder::new(state.into())
    }
}

/// A gateway at work. Dropped, it stops at once.
pub struct Running {
    shared: Arc<Shared>,
    address: SocketAddr,
    base_url: String,
    ca_pem: Option<String>,
    tasks: JoinSet<()>,
    /// Dropped, it tells the tasks to end.
    running: watch::Sender<()>,
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

impl Running {
    fn begin(shared: Arc<Shared>, listener: TcpListener, address: SocketAddr, ca_pem: Option<String>) -> Self {
        let scheme = if ca_pem.is_some() { "https" } else { "http" };
        let (running, until) = watch::channel(());
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&shared), until.clone()));
        tasks.spawn(sweep(Arc::clone(&shared), until));
        Self { shared, address, base_url: format!("{scheme}://{address}"), ca_pem, tasks, running }
    }

    /// Scheme, host and port: `https://127.0.0.1:4711`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The portal's page; `None` without a portal.
    #[must_use]
    pub fn portal_url(&self) -> Option<String> {
        self.shared.settings.portal.map(|_| format!("{}{}", self.base_url, pages::PORTAL))
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The authority to trust (PEM), also written to `ca.pem` in the state directory; `None` over plain HTTP.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// The ledger file; see [`crate::ledger`] for its lines.
    #[must_use]
    pub fn ledger_path(&self) -> &Path {
        self.shared.ledger.path()
    }

    /// The folder in which a file becomes an offer for `user` (write elsewhere, then rename into it). Created if need be.
    ///
    /// # Errors
    /// The folder cannot be created.
    pub fn outgoing(&self, user: &str) -> Result<PathBuf, Error> {
        self.shared.spool.outgoing(user).map_err(Error::file(&self.shared.settings.state))
    }

    /// Puts bytes on offer for `user` in state B, whatever the name; returns the `local_ident`. Its mail is written, when mails are on.
    ///
    /// # Errors
    /// The state directory cannot be written.
    pub fn offer(&self, user: &str, name: &str, bytes: &[u8]) -> Result<u64, Error> {
        self.shared.offer(user, name, bytes, None).map_err(Error::file(&self.shared.settings.state))
    }

    /// The state of an offer; `None` when the number is unknown.
    #[must_use]
    pub fn offer_state(&self, local_ident: u64) -> Option<OfferState> {
        self.shared.spool.find(local_ident).map(|offer| offer.state)
    }

    /// Makes a consumed offer available again, as the partner's staff can; false when the number is unknown.
    ///
    /// # Errors
    /// The state directory cannot be written.
    pub fn make_available(&self, local_ident: u64) -> Result<bool, Error> {
        self.shared.spool.restore(local_ident).map_err(Error::file(&self.shared.settings.state))
    }

    /// Replaces the fault plan from the next request on; its counters start at zero.
    pub fn set_faults(&self, plan: FaultPlan) {
        self.shared.faults.replace(plan);
    }

    /// How many faults were given since the start.
    #[must_use]
    pub fn faults_fired(&self) -> u64 {
        self.shared.faults.fired()
    }

    /// Closes every connection at once and frees the port; nothing is written any more when this returns. Mails that were to come later do not.
    pub async fn stop(self) {
        let Self { mut tasks, running, .. } = self;
        drop(running);
        while tasks.join_next().await.is_some() {}
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, mut until: watch::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((tcp, _)) => { connections.spawn(serve::connection(tcp, Arc::clone(&shared))); }
                // Out of descriptors, most likely: leave the others time to end.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
            _ = until.changed() => break,
        }
    }
    drop(listener);
    connections.shutdown().await;
}

async fn sweep(shared: Arc<Shared>, mut until: watch::Receiver<()>) {
    loop {
        if let Err(why) = shared.sweep() {
            eprintln!("partner-sim: the outgoing folder cannot be read: {why}");
        }
        tokio::select! {
            () = tokio::time::sleep(SWEEP) => {}
            _ = until.changed() => return,
        }
    }
}
