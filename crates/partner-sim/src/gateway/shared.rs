//! What all connections of one gateway share.

use std::{
    collections::HashSet,
    hash::{BuildHasher, Hasher, RandomState},
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;

use super::{
    notices::{About, Notice, Notices},
    settings::{Account, Settings},
    spool::{Idents, Offer, Spool},
};
use crate::{
    batch::Batch,
    faults::{
        On,
        live::{Live, Subject, Verdict},
    },
    ledger::{Ledger, LedgerLine},
    text,
};

pub(super) struct Shared {
    pub(super) settings: Settings,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) ledger: Ledger,
    pub(super) spool: Spool,
    pub(super) idents: Idents,
    pub(super) faults: Live,
    pub(super) batch: Arc<Batch>,
    pub(super) notices: Option<Notices>,
    pub(super) sessions: Sessions,
}

impl Shared {
    pub(super) fn admits(&self, account: &Account) -> bool {
        self.settings.accounts.contains(account)
    }

    pub(super) fn pick(&self, on: On, account: &Account, name: &str) -> Verdict {
        self.faults.pick(Subject { on, account: &account.user, name })
    }

    /// The form's hidden inputs for one user; they must come back unchanged.
    pub(super) fn hidden(&self, user: &str) -> Vec<(String, String)> {
        let token = text::hex_of(&Sha256::digest(format!("form of {user}"))[..8]);
        let mut hidden = self.settings.hidden.clone();
        hidden.push(("JETON".to_owned(), token));
        hidden
    }

    /// Puts a file on offer and writes its notice.
    pub(super) fn offer(&self, account: &str, name: &str, bytes: &[u8], link: Option<String>) -> io::Result<u64> {
        let offer = self.spool.add(self.idents.next(), account, name, bytes, link)?;
        self.announce(&offer)?;
        Ok(offer.local_ident)
    }

    /// Puts on offer what was dropped in the `outgoing` folders.
    pub(super) fn sweep(&self) -> io::Result<()> {
        for account in &self.settings.accounts {
            for offer in self.spool.adopt(&account.user, &self.idents)? {
                self.announce(&offer)?;
            }
        }
        Ok(())
    }

    /// Writes the mail of a file that was received.
    pub(super) fn confirm(&self, line: &LedgerLine) -> io::Result<()> {
        self.notify(
            &Notice { account: &line.account, about: About::Upload(line), at: Timestamp::now() },
            line.name.as_deref().unwrap_or_default(),
        )
    }

    fn announce(&self, offer: &Offer) -> io::Result<()> {
        let about = About::Offer { name: &offer.name, local_ident: offer.local_ident };
        self.notify(&Notice { account: &offer.account, about, at: offer.at }, &offer.name)
    }

    fn notify(&self, notice: &Notice<'_>, name: &str) -> io::Result<()> {
        let Some(notices) = &self.notices else {
            return Ok(());
        };
        let verdict = self.faults.pick(Subject { on: On::Mail, account: notice.account, name });
        notices.send(notice, verdict.fault.as_ref())
    }
}

/// The portal's open sessions, by cookie.
#[derive(Default)]
pub(super) struct Sessions {
    open: Mutex<HashSet<String>>,
    random: RandomState,
    count: AtomicU64,
}

impl Sessions {
    /// The cookie of a new session.
    pub(super) fn open(&self) -> String {
        let mut hasher = self.random.build_hasher();
        hasher.write_u64(self.count.fetch_add(1, Ordering::Relaxed));
        let cookie = format!("{:016x}", hasher.finish());
        self.lock().insert(cookie.clone());
        cookie
    }

    pub(super) fn knows(&self, cookie: Option<&str>) -> bool {
        cookie.is_some_and(|cookie| self.lock().contains(cookie))
    }

    pub(super) fn close(&self, cookie: Option<&str>) {
        if let Some(cookie) = cookie {
            self.lock().remove(cookie);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<String>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
