//! The simulated gateway, as a process of its own.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use scheduler_core::partner::{Section, Value};
use secrecy::SecretString;

use crate::ground::Outcome;
use crate::usage;

/// Serves until it is dropped.
#[derive(Debug)]
pub(crate) struct Simulator {
    child: Child,
    /// Its address.
    pub(crate) url: String,
    state: PathBuf,
}

impl Simulator {
    /// Starts one with the accounts `u0`, `u1`…, that loses nothing and waits for nothing.
    pub(crate) fn start(program: &Path, state: &Path, accounts: usize) -> Outcome<Self> {
        let mut command = Command::new(program);
        command.args(["gateway", "--batch-delay", "0s", "--state"]).arg(state);
        for account in 0..accounts {
            command.args(["--account", &format!("u{account}:{}", Self::PASSWORD)]);
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let out = child.stdout.take().ok_or("the simulator has no output")?;
        let mut simulator = Self { child, url: String::new(), state: state.to_owned() };
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        line.trim().strip_prefix("READY ").ok_or("the simulator did not start")?.clone_into(&mut simulator.url);
        Ok(simulator)
    }

    /// What every account says.
    pub(crate) const PASSWORD: &str = "secret";

    /// The authority that signed its certificate.
    pub(crate) fn ca(&self) -> PathBuf {
        self.state.join("ca.pem")
    }

    /// The profile of an account.
    pub(crate) fn profile(&self, account: usize) -> Section {
        let mut fields = Section::default();
        fields.insert("base_url", Value::Text(self.url.clone()));
        fields.insert("user", Value::Text(format!("u{account}")));
        fields.insert("password", Value::Secret(SecretString::from(Self::PASSWORD)));
        fields.insert("ca", Value::Path(self.ca()));
        fields
    }

    /// Files that its ledger says it wholly received.
    pub(crate) fn received(&self) -> Outcome<usize> {
        let ledger = BufReader::new(File::open(self.state.join("ledger.jsonl"))?);
        let lines = ledger.lines().collect::<Result<Vec<_>, _>>()?;
        Ok(lines.iter().filter(|line| line.contains(r#""kind":"received""#)).count())
    }

    /// Processor time that it used so far.
    pub(crate) fn cpu(&self) -> Outcome<Duration> {
        usage::cpu(&self.child.id().to_string())
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}
