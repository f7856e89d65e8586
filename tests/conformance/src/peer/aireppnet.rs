//! INSEE's simulated servers; what they received is read from their ledger file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use partner_sim::{
    Aireppnet, AireppnetBuilder, FaultPlan, LedgerLine, Proxy, RunningAireppnet, RunningProxy, Server, read_ledger,
};
use scheduler_core::partner::{Channel, Section, Value};
use tempfile::TempDir;

use super::gateway::{PROXY_PASSWORD, PROXY_USER, password};
use super::{Peer, Reception, Trouble};

/// Long enough for a machine that does many other things.
const PATIENCE: Duration = Duration::from_secs(60);

/// The field of each server in a profile.
const FIELDS: [&str; 3] = ["etat_civil_url", "elections_fr_url", "elections_ue_url"];

/// The accounts of the tests, with their commune codes.
const COMMUNES: [(&str, &str); 3] = [("VILLE", "34172"), ("CCAS", "2A004"), ("AUTRE", "96010")];

/// The three servers, and a proxy in front of them if there is one.
#[derive(Debug)]
pub struct AireppnetPeer {
    folder: TempDir,
    servers: RunningAireppnet,
    proxy: Option<RunningProxy>,
    /// How many of them a profile names.
    named: usize,
}

impl AireppnetPeer {
    /// Starts the servers for these accounts; `set` says what is special about them. Profiles name the first one only.
    pub async fn start(accounts: &[&str], set: impl FnOnce(AireppnetBuilder) -> AireppnetBuilder) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut builder = Aireppnet::builder(folder.path());
        for account in accounts {
            builder = builder.account(commune(account), password(account));
        }
        let servers = set(builder).start().await.unwrap();
        Self { folder, servers, proxy: None, named: 1 }
    }

    /// The same, with profiles that name all three.
    #[must_use]
    pub fn all_named(mut self) -> Self {
        self.named = 3;
        self
    }

    /// The same behind a proxy that asks for credentials.
    pub async fn behind_proxy(mut self) -> Self {
        self.proxy = Some(Proxy::new().credentials(PROXY_USER, PROXY_PASSWORD).start().await.unwrap());
        self
    }

    /// The running simulators.
    #[must_use]
    pub fn servers(&self) -> &RunningAireppnet {
        &self.servers
    }

    /// Every line of the ledger file.
    #[must_use]
    pub fn ledger(&self) -> Vec<LedgerLine> {
        read_ledger(self.servers.ledger_path()).unwrap()
    }

    /// How many lines of a kind the ledger file has.
    #[must_use]
    pub fn count(&self, kind: &str) -> usize {
        self.ledger().iter().filter(|line| line.kind == kind).count()
    }

    /// The folder of the simulators.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn ca(&self) -> Option<PathBuf> {
        self.servers.ca_pem().map(|_| self.folder.path().join("ca.pem"))
    }
}

/// The commune code of an account.
#[must_use]
pub fn commune(account: &str) -> &'static str {
    COMMUNES.iter().find(|(known, _)| *known == account).unwrap().1
}

impl Peer for AireppnetPeer {
    fn channel(&self) -> &'static dyn Channel {
        *partners::CHANNELS.iter().find(|channel| channel.kind() == "aireppnet").unwrap()
    }

    fn profile(&self, account: &str) -> Section {
        let text = |text: &str| Value::Text(text.to_owned());
        let mut section = Section::default();
        for (field, server) in FIELDS.into_iter().zip(Server::ALL).take(self.named) {
            section.insert(field, text(self.servers.url(server)));
        }
        section.insert("commune", text(commune(account)));
        section.insert("password", Value::Secret(password(account).into()));
        for timeout in ["timeout_connect", "timeout_answer", "timeout_stall"] {
            section.insert(timeout, Value::Duration(PATIENCE));
        }
        if let Some(ca) = self.ca() {
            section.insert("ca", Value::Path(ca));
        }
        if let Some(proxy) = &self.proxy {
            section.insert("proxy", text(&proxy.url()));
            section.insert("proxy_user", text(PROXY_USER));
            section.insert("proxy_password", Value::Secret(PROXY_PASSWORD.to_owned().into()));
        }
        section
    }

    fn scenario(&self) -> Section {
        let mut fields = Section::default();
        fields.insert("file_type", Value::Text("etat-civil".to_owned()));
        fields
    }

    fn trouble(&self, troubles: &[(&str, Trouble)]) {
        let mut plan = FaultPlan::new();
        for (name, trouble) in troubles {
            let upload = |plan: FaultPlan| plan.upload().named(*name).once();
            plan = match trouble {
                Trouble::RefusedForGood => upload(plan).refuse_for_good("Registre inconnu"),
                Trouble::RefusedForNow => upload(plan).refuse_for_now(None),
                Trouble::CutBefore => upload(plan).cut_request_at(1000),
                Trouble::UnansweredLost => upload(plan).not_taken().status_500(),
                Trouble::UnansweredReceived => upload(plan).taken().status_500(),
                Trouble::WrongPassword => plan.login().once().wrong_password(),
                // Nothing is ever read from these servers.
                Trouble::CutRead => plan,
            };
        }
        self.servers.set_faults(plan);
    }

    fn offer(&self, _: &str, _: &str, _: &[u8]) {}

    fn received(&self) -> Vec<Reception> {
        let lines = self.ledger().into_iter().filter(|line| line.kind == "received");
        let account = |code: &str| COMMUNES.iter().find(|(_, known)| *known == code).unwrap().0.to_owned();
        let reception = |line: LedgerLine| Reception {
            account: account(&line.account),
            name: line.name.unwrap_or_default(),
            sha256: line.sha256.unwrap_or_default(),
        };
        lines.map(reception).collect()
    }

    fn sessions(&self) -> (usize, usize) {
        (self.count("login"), self.count("logout"))
    }
}
