//! The simulated XFB/Gateway; what it received is read from its ledger file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use partner_sim::gateway::GatewayBuilder;
use partner_sim::{FaultPlan, Gateway, LedgerLine, Proxy, Running, RunningProxy, read_ledger};
use scheduler_core::partner::{Channel, Section, Value};
use tempfile::TempDir;

use super::{Peer, Reception, Trouble};

/// Long enough for a machine that does many other things.
const PATIENCE: Duration = Duration::from_secs(60);

/// A gateway, and a proxy in front of it if there is one.
#[derive(Debug)]
pub struct GatewayPeer {
    folder: TempDir,
    gateway: Running,
    proxy: Option<RunningProxy>,
}

impl GatewayPeer {
    /// Starts a gateway for these accounts; `set` says what is special about it.
    pub async fn start(accounts: &[&str], set: impl FnOnce(GatewayBuilder) -> GatewayBuilder) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut builder = Gateway::builder(folder.path());
        for account in accounts {
            builder = builder.account(*account, password(account));
        }
        let gateway = set(builder).start().await.unwrap();
        Self { folder, gateway, proxy: None }
    }

    /// The same behind a proxy that asks for credentials.
    pub async fn behind_proxy(mut self) -> Self {
        self.proxy = Some(Proxy::new().credentials(PROXY_USER, PROXY_PASSWORD).start().await.unwrap());
        self
    }

    /// The running simulator.
    #[must_use]
    pub fn gateway(&self) -> &Running {
        &self.gateway
    }

    /// The running proxy.
    #[must_use]
    pub fn proxy(&self) -> &RunningProxy {
        self.proxy.as_ref().unwrap()
    }

    /// Replaces the faults.
    pub fn faults(&self, plan: FaultPlan) {
        self.gateway.set_faults(plan);
    }

    /// Every line of the ledger file.
    #[must_use]
    pub fn ledger(&self) -> Vec<LedgerLine> {
        read_ledger(self.gateway.ledger_path()).unwrap()
    }

    /// How many lines of a kind the ledger file has.
    #[must_use]
    pub fn count(&self, kind: &str) -> usize {
        self.ledger().iter().filter(|line| line.kind == kind).count()
    }

    /// The folder of the simulator.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn ca(&self) -> Option<PathBuf> {
        self.gateway.ca_pem().map(|_| self.folder.path().join("ca.pem"))
    }
}

/// The proxy's user.
pub const PROXY_USER: &str = "CANARIPROXYUSER";
/// The proxy's password.
pub const PROXY_PASSWORD: &str = "CANARIPROXYWORD &é";

/// The password of an account: hard to spell in an address, and easy to find in a log.
#[must_use]
pub fn password(account: &str) -> String {
    format!("CANARIWORD{account} &é+\"<%41")
}

impl Peer for GatewayPeer {
    fn channel(&self) -> &'static dyn Channel {
        *partners::CHANNELS.iter().find(|channel| channel.kind() == "xfb").unwrap()
    }

    fn profile(&self, account: &str) -> Section {
        let text = |text: &str| Value::Text(text.to_owned());
        let mut section = Section::default();
        section.insert("base_url", text(self.gateway.base_url()));
        section.insert("user", text(account));
        section.insert("password", Value::Secret(password(account).into()));
        for timeout in ["timeout_connect", "timeout_answer", "timeout_stall"] {
            section.insert(timeout, Value::Duration(PATIENCE));
        }
        if let Some(ca) = self.ca() {
            section.insert("ca", Value::Path(ca));
        }
        if let Some(portal) = self.gateway.portal_url() {
            section.insert("portal_url", text(&portal));
            section.insert("portal_password", Value::Secret(password(account).into()));
        }
        if let Some(proxy) = &self.proxy {
            section.insert("proxy", text(&proxy.url()));
            section.insert("proxy_user", text(PROXY_USER));
            section.insert("proxy_password", Value::Secret(PROXY_PASSWORD.to_owned().into()));
        }
        section
    }

    fn trouble(&self, troubles: &[(&str, Trouble)]) {
        let mut plan = FaultPlan::new();
        for (name, trouble) in troubles {
            let upload = |plan: FaultPlan| plan.upload().named(*name).once();
            plan = match trouble {
                Trouble::RefusedForGood => upload(plan).refuse_for_good("File rejected"),
                Trouble::RefusedForNow => upload(plan).refuse_for_now(None),
                Trouble::CutBefore => upload(plan).cut_request_at(1000),
                Trouble::UnansweredLost => upload(plan).not_taken().status_500(),
                Trouble::UnansweredReceived => upload(plan).taken().status_500(),
                Trouble::WrongPassword => plan.entry().once().wrong_password(),
                Trouble::CutRead => plan.download().named(*name).once().cut_body_at(3, false),
            };
        }
        self.faults(plan);
    }

    fn offer(&self, account: &str, name: &str, bytes: &[u8]) {
        self.gateway.offer(account, name, bytes).unwrap();
    }

    fn received(&self) -> Vec<Reception> {
        let lines = self.ledger().into_iter().filter(|line| line.kind == "received");
        let reception = |line: LedgerLine| Reception {
            account: line.account,
            name: line.name.unwrap_or_default(),
            sha256: line.sha256.unwrap_or_default(),
        };
        lines.map(reception).collect()
    }

    fn sessions(&self) -> (usize, usize) {
        let ledger = self.ledger();
        let count = |kind: &str| {
            ledger.iter().filter(|line| line.kind == kind && line.stage.as_deref() == Some("gateway")).count()
        };
        (count("login"), count("logout"))
    }
}
