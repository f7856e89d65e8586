use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use tokio::net::TcpListener;

use super::{
    RunningAireppnet, Server,
    sessions::Sessions,
    shared::{Settings, Shared},
};
use crate::{
    Echo, Error, FaultPlan,
    batch::Batch,
    faults::live::Live,
    ledger::Ledger,
    tls::{Certificate, Clients, Tls},
};

/// Sets the servers up. By default: HTTPS on free ports of 127.0.0.1, no account, sessions of 60 s, no pacing, bytes not kept.
#[derive(Debug)]
#[must_use = "nothing listens before `start`"]
pub struct AireppnetBuilder {
    state: PathBuf,
    ports: [u16; 3],
    accounts: Vec<(String, String)>,
    tls: Option<Certificate>,
    clients: Clients,
    pacing: Duration,
    idle: Duration,
    keep_bytes: bool,
    echo: Option<Echo>,
    plan: FaultPlan,
    faults_file: Option<PathBuf>,
}

impl AireppnetBuilder {
    pub(super) const fn new(state: PathBuf) -> Self {
        Self {
            state,
            ports: [0; 3],
            accounts: Vec::new(),
            tls: Some(Certificate::Good),
            clients: Clients::Anyone,
            pacing: Duration::ZERO,
            idle: Duration::from_secs(60),
            keep_bytes: false,
            echo: None,
            plan: FaultPlan { rules: Vec::new() },
            faults_file: None,
        }
    }

    /// Adds a commune, known to all three servers.
    pub fn account(mut self, commune: impl Into<String>, password: impl Into<String>) -> Self {
        self.accounts.push((commune.into(), password.into()));
        self
    }

    /// Ports of 127.0.0.1 for the three servers; 0 = a free one.
    pub const fn ports(mut self, ports: [u16; 3]) -> Self {
        self.ports = ports;
        self
    }

    /// Plain HTTP, without TLS.
    pub const fn plain_http(mut self) -> Self {
        self.tls = None;
        self
    }

    /// HTTPS with this certificate.
    pub const fn certificate(mut self, certificate: Certificate) -> Self {
        self.tls = Some(certificate);
        self
    }

    /// HTTPS with a client certificate: only those who show `client.pem` (with `client.key`) of the state directory are served.
    pub const fn client_certificates(mut self) -> Self {
        self.clients = Clients::Certified;
        self
    }

    /// Loses every file whose deposit begins less than this after the end of the one before on the same server (protocol 1.3); zero = never.
    pub const fn pacing(mut self, pacing: Duration) -> Self {
        self.pacing = pacing;
        self
    }

    /// Sessions end after that long without a request (protocol 1.4).
    pub const fn idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// Keeps the bytes of received files in `received/`.
    pub const fn keep_bytes(mut self, keep: bool) -> Self {
        self.keep_bytes = keep;
        self
    }

    /// Pages tell the password, in this form: a site should not, and a client must not repeat it.
    pub const fn echo(mut self, echo: Echo) -> Self {
        self.echo = Some(echo);
        self
    }

    /// The faults to play.
    pub fn faults(mut self, plan: FaultPlan) -> Self {
        self.plan = plan;
        self
    }

    /// Faults written in a TOML or JSON file, played after those of [`Self::faults`]; a change counts from the next request.
    pub fn faults_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.faults_file = Some(path.into());
        self
    }

    /// Listens. Must run within a tokio runtime with I/O and time.
    ///
    /// # Errors
    /// A port cannot be listened on, the state directory cannot be used, the faults file cannot be understood.
    pub async fn start(self) -> Result<RunningAireppnet, Error> {
        let received = self.state.join("received");
        fs::create_dir_all(&received).map_err(Error::file(&received))?;
        let (ledger, last) = Ledger::open(self.state.join("ledger.jsonl"))?;
        let tls = self.tls.map(|kind| Tls::for_clients(&self.state, kind, self.clients)).transpose()?;
        let (acceptor, ca_pem) = tls.map(|tls| (tls.acceptor, tls.ca_pem)).unzip();
        let scheme = if ca_pem.is_some() { "https" } else { "http" };
        let mut listeners = Vec::new();
        for (server, port) in Server::ALL.into_iter().zip(self.ports) {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            let refused = |source| Error::Listen { address, source };
            let listener = TcpListener::bind(address).await.map_err(refused)?;
            let bound = listener.local_addr().map_err(refused)?;
            listeners.push((server, listener, format!("{scheme}://{bound}/")));
        }
        let shared = Shared {
            tls: acceptor,
            ledger,
            faults: Live::new(self.plan, self.faults_file)?,
            sessions: Sessions::new(self.idle),
            batches: [(); 3].map(|()| Batch::new(self.pacing)),
            deposits: AtomicU64::new(last + 1),
            settings: Settings {
                state: self.state,
                accounts: self.accounts,
                keep_bytes: self.keep_bytes,
                echo: self.echo,
            },
        };
        Ok(RunningAireppnet::begin(Arc::new(shared), listeners, ca_pem))
    }
}
