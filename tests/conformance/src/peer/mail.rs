//! The simulated submission server and its mailboxes; what it received is read from its ledger file.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use partner_sim::pecoto::Step;
use partner_sim::{LedgerLine, MailServer, RunningMail, SmtpFaults, read_ledger};
use scheduler_core::partner::{Channel, Section, Value};
use tempfile::TempDir;

use super::{Peer, Reception, Trouble};

/// Long enough for a machine that does many other things.
const PATIENCE: Duration = Duration::from_secs(60);

/// A submission server.
#[derive(Debug)]
pub struct MailPeer {
    folder: TempDir,
    server: RunningMail,
}

impl MailPeer {
    /// Starts a server for these accounts; `set` says what is special about it.
    pub async fn start(accounts: &[&str], set: impl FnOnce(MailServer) -> MailServer) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut server = MailServer::new(folder.path());
        for account in accounts {
            server = server.account(*account, password(account));
        }
        let server = set(server).start().await.unwrap();
        Self { folder, server }
    }

    /// The running simulator.
    #[must_use]
    pub fn server(&self) -> &RunningMail {
        &self.server
    }

    /// Replaces the faults.
    pub fn faults(&self, plan: SmtpFaults) {
        self.server.set_faults(plan);
    }

    /// Every line of the ledger file.
    #[must_use]
    pub fn ledger(&self) -> Vec<LedgerLine> {
        read_ledger(self.server.ledger_path()).unwrap()
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

    /// The maildir of an account.
    #[must_use]
    pub fn mailbox(&self, account: &str) -> PathBuf {
        self.server.mailbox(account).unwrap()
    }

    /// The answer that brings this file loses its end.
    fn cut(&self, name: &str) {
        let mailboxes = fs::read_dir(self.folder().join("mails")).unwrap();
        for mail in mailboxes.flat_map(|mailbox| fs::read_dir(mailbox.unwrap().path().join("new")).unwrap()) {
            let path = mail.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            if text.contains(&format!("filename*=utf-8''{name}\r\n")) {
                let end = text.trim_end().rfind("\r\n").unwrap();
                fs::write(path, &text[..end - 40]).unwrap();
            }
        }
    }
}

/// The password of an account: easy to find in a log.
#[must_use]
pub fn password(account: &str) -> String {
    format!("CANARIWORD{account} &é+\"<%41")
}

/// Who answers.
pub const BUREAU: &str = "bureau@pecoto.invalid";

impl Peer for MailPeer {
    fn channel(&self) -> &'static dyn Channel {
        *partners::CHANNELS.iter().find(|channel| channel.kind() == "pecoto").unwrap()
    }

    fn profile(&self, account: &str) -> Section {
        let text = |text: &str| Value::Text(text.to_owned());
        let mut section = Section::default();
        section.insert("server", text("127.0.0.1"));
        section.insert("port", Value::Integer(self.server.address().port().into()));
        section.insert("from", text("recensement@saint-eloi.invalid"));
        section.insert("user", text(account));
        section.insert("password", Value::Secret(password(account).into()));
        section.insert("mailbox", Value::Path(self.mailbox(account)));
        section.insert("answers_from", text(BUREAU));
        for timeout in ["timeout_connect", "timeout_answer", "timeout_stall"] {
            section.insert(timeout, Value::Duration(PATIENCE));
        }
        match self.server.ca_pem() {
            Some(_) => section.insert("ca", Value::Path(self.folder().join("ca.pem"))),
            None => section.insert("security", text("none")),
        }
        if self.server.is_implicit() {
            section.insert("security", text("tls"));
        }
        section
    }

    fn scenario(&self) -> Section {
        let mut fields = Section::default();
        fields.insert("destination", Value::Text(BUREAU.to_owned()));
        fields
    }

    fn trouble(&self, troubles: &[(&str, Trouble)]) {
        let mut plan = SmtpFaults::new();
        for (name, trouble) in troubles {
            let message = |plan: SmtpFaults| plan.message(*name).once();
            plan = match trouble {
                Trouble::RefusedForGood => message(plan).reply(554, "5.7.1 refused"),
                Trouble::RefusedForNow => message(plan).reply(450, "4.2.0 greylisted"),
                Trouble::CutBefore => message(plan).cut_at(1000),
                Trouble::UnansweredLost => message(plan).cut(),
                Trouble::UnansweredReceived => message(plan).taken().cut(),
                Trouble::WrongPassword => plan.on(Step::LogIn).once().reply(535, "5.7.8 bad password"),
                Trouble::CutRead => {
                    self.cut(name);
                    plan
                }
            };
        }
        self.faults(plan);
    }

    fn offer(&self, account: &str, name: &str, bytes: &[u8]) {
        self.server.answer(account, name, bytes).unwrap();
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
        (self.count("login"), self.count("logout"))
    }
}
