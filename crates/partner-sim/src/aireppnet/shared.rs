//! What all connections of the three servers share.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio_rustls::TlsAcceptor;

use super::{Server, sessions::Sessions};
use crate::{
    Echo,
    batch::Batch,
    faults::{
        On,
        live::{Live, Subject, Verdict},
    },
    ledger::Ledger,
};

/// How the servers are set up.
pub(super) struct Settings {
    pub(super) state: PathBuf,
    /// Commune code and password.
    pub(super) accounts: Vec<(String, String)>,
    pub(super) keep_bytes: bool,
    /// In which form pages tell the password, if they do.
    pub(super) echo: Option<Echo>,
}

pub(super) struct Shared {
    pub(super) settings: Settings,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) ledger: Ledger,
    pub(super) faults: Live,
    pub(super) sessions: Sessions,
    /// One for each server.
    pub(super) batches: [Arc<Batch>; 3],
    pub(super) deposits: AtomicU64,
}

impl Shared {
    pub(super) fn admits(&self, commune: &str, password: &str) -> bool {
        self.settings.accounts.iter().any(|(known, secret)| known == commune && secret == password)
    }

    pub(super) fn pick(&self, on: On, account: &str, name: &str) -> Verdict {
        self.faults.pick(Subject { on, account, name })
    }

    pub(super) fn batch(&self, server: Server) -> &Arc<Batch> {
        &self.batches[server as usize]
    }

    pub(super) fn next_deposit(&self) -> u64 {
        self.deposits.fetch_add(1, Ordering::Relaxed)
    }

    /// The password of a commune, as the pages tell it: they should not.
    pub(super) fn echo(&self, commune: &str) -> String {
        let known = self.settings.accounts.iter().find(|(known, _)| known == commune);
        match (self.settings.echo, known) {
            (Some(echo), Some((_, password))) => format!("<P>Rappel : {}\n", echo.apply(password)),
            _ => String::new(),
        }
    }
}
