//! A submission server and the mail that comes back, as `docs/protocols/pecoto.md` describes them.
//!
//! A state directory holds everything: `ledger.jsonl` ([`crate::ledger`]; `account` is the user, `name` the attachment's, `destination` the
//! recipients, `size` and `sha256` the attachment's, `stage` of a `logout` how the connection ended: `quit`, `cut`, `gone`), `ca.pem`, `mails/<user>/`
//! (maildirs), `received/` (whole messages, when kept).

mod faults;
mod mime;
mod reports;
mod session;

use std::fmt;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use self::faults::Live;
pub use self::faults::{Report, SmtpFaults, SmtpRule, Step, Trouble};
use self::reports::Postman;
use crate::Error;
use crate::ledger::Ledger;
use crate::tls::{Certificate, Tls};

/// How connections are protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// In clear until STARTTLS.
    StartTls,
    /// TLS from the first byte.
    Implicit,
    /// In clear.
    Clear,
}

#[derive(Debug)]
struct Settings {
    accounts: Vec<(String, String)>,
    protection: Protection,
    certificate: Certificate,
    mechanisms: Vec<String>,
    size: Option<u64>,
    pipelining: bool,
    dsn: bool,
    reports: Vec<Report>,
}

struct Shared {
    settings: Settings,
    tls: Option<TlsAcceptor>,
    ledger: Ledger,
    faults: Live,
    postman: Postman,
    kept: Option<PathBuf>,
}

/// Sets a mail server up. By default: STARTTLS on a free port of 127.0.0.1, every mechanism, groups, delivery reports, messages of 50 MB, each told
/// as delivered, then as displayed; messages are not kept.
#[derive(Debug)]
#[must_use = "nothing listens before `start`"]
pub struct MailServer {
    state: PathBuf,
    port: u16,
    keep: bool,
    plan: SmtpFaults,
    settings: Settings,
}

impl MailServer {
    /// A server whose state lives in `state` (created if need be).
    pub fn new(state: impl Into<PathBuf>) -> Self {
        let settings = Settings {
            accounts: Vec::new(),
            protection: Protection::StartTls,
            certificate: Certificate::Good,
            mechanisms: ["PLAIN", "LOGIN", "XOAUTH2"].map(str::to_owned).to_vec(),
            size: Some(50_000_000),
            pipelining: true,
            dsn: true,
            reports: vec![Report::Delivered, Report::Displayed],
        };
        Self { state: state.into(), port: 0, keep: false, plan: SmtpFaults::new(), settings }
    }

    /// Adds a user; without any, nobody has to log in and no mail comes back.
    pub fn account(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.settings.accounts.push((user.into(), password.into()));
        self
    }

    /// Listens on this port of 127.0.0.1; 0 = a free one.
    pub const fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// How connections are protected.
    pub const fn protection(mut self, protection: Protection) -> Self {
        self.settings.protection = protection;
        self
    }

    /// What is wrong with the certificate.
    pub const fn certificate(mut self, certificate: Certificate) -> Self {
        self.settings.certificate = certificate;
        self
    }

    /// The mechanisms that are offered.
    pub fn mechanisms(mut self, names: &[&str]) -> Self {
        self.settings.mechanisms = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// The announced size; `None`: none is announced.
    pub const fn size(mut self, bytes: Option<u64>) -> Self {
        self.settings.size = bytes;
        self
    }

    /// Offers no groups of commands.
    pub const fn without_pipelining(mut self) -> Self {
        self.settings.pipelining = false;
        self
    }

    /// Offers no delivery reports; none is written then.
    pub const fn without_dsn(mut self) -> Self {
        self.settings.dsn = false;
        self
    }

    /// What comes back about each message that was taken, in this order, where it was asked for.
    pub fn reports(mut self, reports: impl Into<Vec<Report>>) -> Self {
        self.settings.reports = reports.into();
        self
    }

    /// Keeps whole messages in `received/`, named by their percent-encoded Message-IDs.
    pub const fn keep_messages(mut self) -> Self {
        self.keep = true;
        self
    }

    /// The faults to play.
    pub fn faults(mut self, plan: SmtpFaults) -> Self {
        self.plan = plan;
        self
    }

    /// Listens. Must run within a tokio runtime with I/O and time.
    ///
    /// # Errors
    /// The port cannot be listened on, the state directory cannot be used.
    pub async fn start(self) -> Result<RunningMail, Error> {
        let Self { state, port, keep, plan, settings } = self;
        fs::create_dir_all(&state).map_err(Error::file(&state))?;
        let kept = keep.then(|| state.join("received"));
        if let Some(folder) = &kept {
            fs::create_dir_all(folder).map_err(Error::file(folder))?;
        }
        let (ledger, _) = Ledger::open(state.join("ledger.jsonl"))?;
        let tls = match settings.protection {
            Protection::Clear => None,
            _ => Some(Tls::prepare(&state, settings.certificate)?),
        };
        let (acceptor, ca_pem) = tls.map(|tls| (tls.acceptor, tls.ca_pem)).unzip();
        let postman = Postman::new(state.join("mails"));
        for (user, _) in &settings.accounts {
            postman.open(user).map_err(Error::file(&state))?;
        }
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listener = TcpListener::bind(address).await.map_err(|source| Error::Listen { address, source })?;
        let address = listener.local_addr().map_err(|source| Error::Listen { address, source })?;
        let faults = Live::new(plan);
        let shared = Arc::new(Shared { settings, tls: acceptor, ledger, faults, postman, kept });
        let (running, until) = watch::channel(());
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&shared), until));
        Ok(RunningMail { shared, state, address, ca_pem, tasks, running })
    }
}

/// A mail server at work. Dropped, it stops at once.
pub struct RunningMail {
    shared: Arc<Shared>,
    state: PathBuf,
    address: SocketAddr,
    ca_pem: Option<String>,
    tasks: JoinSet<()>,
    /// Dropped, it tells the tasks to end.
    running: watch::Sender<()>,
}

impl fmt::Debug for RunningMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningMail").field("address", &self.address).finish_non_exhaustive()
    }
}

impl RunningMail {
    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// TLS begins with the first byte.
    #[must_use]
    pub fn is_implicit(&self) -> bool {
        self.shared.settings.protection == Protection::Implicit
    }

    /// The authority to trust (PEM), also written to `ca.pem` in the state directory; `None` in clear.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// The state directory.
    #[must_use]
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// The ledger file; see [`crate::ledger`] for its lines.
    #[must_use]
    pub fn ledger_path(&self) -> &Path {
        self.shared.ledger.path()
    }

    /// The maildir of a user.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn mailbox(&self, user: &str) -> Result<PathBuf, Error> {
        self.shared.postman.open(user).map_err(Error::file(&self.state))
    }

    /// Puts an answer with a file into a user's mailbox.
    ///
    /// # Errors
    /// The mailbox cannot be written.
    pub fn answer(&self, user: &str, name: &str, bytes: &[u8]) -> Result<(), Error> {
        self.shared.postman.answer(user, name, bytes).map_err(Error::file(&self.state))
    }

    /// Replaces the fault plan from the next step on; its counters start at zero.
    pub fn set_faults(&self, plan: SmtpFaults) {
        self.shared.faults.replace(plan);
    }

    /// How many faults were given since the start.
    #[must_use]
    pub fn faults_fired(&self) -> u64 {
        self.shared.faults.fired()
    }

    /// Closes every connection at once and frees the port.
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
                Ok((tcp, _)) => { connections.spawn(session::connection(tcp, Arc::clone(&shared))); }
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
