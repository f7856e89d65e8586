//! INSEE's three deposit servers, as `docs/protocols/aireppnet.md` describes them: log-in, one file a deposit, receipt, log-out.
//!
//! One state directory for the three: `ledger.jsonl` ([`crate::ledger`]; `stage` names the server), `received/` (bytes, when kept), `ca.pem`,
//! and with client certificates `client.pem` (a chain of two) and `client.key`.

mod builder;
mod deposit;
mod misbehave;
mod pages;
mod serve;
mod sessions;
mod shared;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::{net::TcpListener, sync::watch, task::JoinSet};

pub use builder::AireppnetBuilder;

use self::shared::Shared;
use crate::FaultPlan;

/// One of the three servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Server {
    /// État civil.
    EtatCivil,
    /// Elections, French citizens.
    ElectionsFr,
    /// Elections, other citizens of the European Union.
    ElectionsUe,
}

impl Server {
    /// All three, in the order of [`RunningAireppnet::url`].
    pub const ALL: [Self; 3] = [Self::EtatCivil, Self::ElectionsFr, Self::ElectionsUe];

    /// Its name in the ledger: `etat-civil`, `elections-fr`, `elections-ue`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EtatCivil => "etat-civil",
            Self::ElectionsFr => "elections-fr",
            Self::ElectionsUe => "elections-ue",
        }
    }
}

/// The simulated servers; begin with [`Aireppnet::builder`].
#[derive(Debug)]
pub enum Aireppnet {}

impl Aireppnet {
    /// Servers whose state lives in `state` (created if need be).
    pub fn builder(state: impl Into<PathBuf>) -> AireppnetBuilder {
        AireppnetBuilder::new(state.into())
    }
}

/// The servers at work. Dropped, they stop at once.
pub struct RunningAireppnet {
    shared: Arc<Shared>,
    urls: Vec<String>,
    ca_pem: Option<String>,
    tasks: JoinSet<()>,
    /// Dropped, it tells the tasks to end.
    running: watch::Sender<()>,
}

impl fmt::Debug for RunningAireppnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningAireppnet").field("urls", &self.urls).finish_non_exhaustive()
    }
}

impl RunningAireppnet {
    fn begin(shared: Arc<Shared>, listeners: Vec<(Server, TcpListener, String)>, ca_pem: Option<String>) -> Self {
        let (running, until) = watch::channel(());
        let mut tasks = JoinSet::new();
        let mut urls = Vec::new();
        for (server, listener, url) in listeners {
            urls.push(url);
            tasks.spawn(accept(server, listener, Arc::clone(&shared), until.clone()));
        }
        Self { shared, urls, ca_pem, tasks, running }
    }

    /// The base address of a server: `https://127.0.0.1:4711/`.
    #[must_use]
    pub fn url(&self, server: Server) -> &str {
        &self.urls[server as usize]
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

    /// Replaces the fault plan from the next request on; its counters start at zero.
    pub fn set_faults(&self, plan: FaultPlan) {
        self.shared.faults.replace(plan);
    }

    /// How many faults were given since the start.
    #[must_use]
    pub fn faults_fired(&self) -> u64 {
        self.shared.faults.fired()
    }

    /// Ends every open session of every server, as its idle time would.
    pub fn end_sessions(&self) {
        self.shared.sessions.end_all();
    }

    /// Closes every connection at once and frees the ports; nothing is written any more when this returns.
    pub async fn stop(self) {
        let Self { mut tasks, running, .. } = self;
        drop(running);
        while tasks.join_next().await.is_some() {}
    }
}

async fn accept(server: Server, listener: TcpListener, shared: Arc<Shared>, mut until: watch::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((tcp, _)) => { connections.spawn(serve::connection(tcp, server, Arc::clone(&shared))); }
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
