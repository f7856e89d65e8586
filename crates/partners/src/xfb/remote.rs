//! The mailbox of the notices on a server: looked at now and then, never changed (docs/protocols/xfb-gateway.md 8.10 to 8.13).

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, LazyLock, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use pecoto_smtp::mailbox::{Entry, Fetched, Limits, Mail, MailId, Mailbox, MailboxError};
use scheduler_core::partner::Point;
use tokio::sync::Mutex;

use super::notices::{Mails, Reader, Sorted};
use crate::mailbox::{self, Account};

/// Mails looked at in one go; at the first look of a process, the newest, and no other.
const AT_ONCE: usize = 1_000;

/// Bytes of a notice: it is a few lines.
const LARGEST: u64 = 1 << 20;

/// Where and how far back.
#[derive(Clone, Debug)]
pub(super) struct RemoteSettings {
    pub(super) account: Account,
    pub(super) every: Duration,
    /// How far back the first look of a process goes.
    pub(super) days: u32,
}

/// What was looked at; empty before the first look.
#[derive(Debug, Default)]
struct Seen {
    /// Eight bytes a mail, of those that the mailbox still holds.
    names: HashSet<u64>,
    /// Those at which a session broke: they come last, so that none of them hides the others for ever.
    stumbled: HashSet<u64>,
    hasher: RandomState,
}

/// A mailbox on a server.
#[derive(Debug)]
pub(super) struct Remote {
    settings: RemoteSettings,
    at_once: usize,
    seen: Mutex<Seen>,
}

impl Remote {
    pub(super) fn new(settings: RemoteSettings) -> Self {
        Self { settings, at_once: AT_ONCE, seen: Mutex::default() }
    }

    pub(super) fn point(&self) -> &Point {
        &self.settings.account.point
    }

    /// Opens the mailbox and closes it.
    ///
    /// # Errors
    ///
    /// [`MailboxError`] when it cannot be opened, or breaks.
    pub(super) async fn visit(&self) -> Result<(), MailboxError> {
        let turn = turn(&self.settings.account.name);
        let _mine = turn.lock().await;
        mailbox::visit(&self.settings.account.source).await
    }

    /// Looks at what is new, header first: a mail that is nobody's notice is neither read nor changed.
    ///
    /// # Errors
    ///
    /// [`MailboxError`] when the session could not be opened or broke; what was looked at before it broke counts.
    pub(super) async fn look(&self, reader: &Reader, mails: &Mails, now: Timestamp) -> Result<(), MailboxError> {
        let turn = turn(&self.settings.account.name);
        let _mine = turn.lock().await;
        let mut mailbox = Mailbox::open(&self.settings.account.source, limits()).await?;
        let looked = self.look_at_new(&mut mailbox, reader, mails, now).await;
        // Nothing was changed that an end out of order could lose.
        if let Err(error) = mailbox.close().await {
            tracing::debug!(code = error.code(), "the mailbox was not closed in order");
        }
        looked
    }

    async fn look_at_new(
        &self,
        mailbox: &mut Mailbox,
        reader: &Reader,
        mails: &Mails,
        now: Timestamp,
    ) -> Result<(), MailboxError> {
        let mut seen = self.seen.lock().await;
        let new = self.list(&mut seen, mailbox, now).await?;
        for Entry { id, .. } in new {
            let sorted = sort(mailbox, &id, reader, now).await.inspect_err(|_| seen.stumble(&id))?;
            seen.insert(&id);
            if let Some((sorted, mail)) = sorted {
                mails.note(sorted, &mail);
            }
        }
        Ok(())
    }

    /// The mails to look at now.
    async fn list(&self, seen: &mut Seen, mailbox: &mut Mailbox, now: Timestamp) -> Result<Vec<Entry>, MailboxError> {
        let mut listed = HashSet::new();
        let mut new = mailbox.list(|id| seen.lists(id, &mut listed)).await?.new;
        seen.names.retain(|name| listed.contains(name));
        seen.stumbled.retain(|name| listed.contains(name));
        // Also after a server named its mails anew.
        if !seen.names.is_empty() {
            new.sort_by_key(|entry| seen.stumbled_at(&entry.id));
            new.truncate(self.at_once);
            return Ok(new);
        }
        let oldest = now.checked_sub(SignedDuration::from_hours(24 * i64::from(self.settings.days)));
        let oldest = oldest.unwrap_or(Timestamp::MIN);
        let newest = new.split_off(new.len().saturating_sub(self.at_once));
        let (mut recent, old): (Vec<Entry>, Vec<Entry>) =
            newest.into_iter().partition(|entry| entry.received.is_none_or(|at| at >= oldest));
        new.iter().chain(&old).for_each(|entry| seen.insert(&entry.id));
        recent.sort_by_key(|entry| seen.stumbled_at(&entry.id));
        Ok(recent)
    }
}

impl Seen {
    fn insert(&mut self, id: &MailId) {
        let name = self.hasher.hash_one(id.as_str());
        self.names.insert(name);
    }

    /// The session broke at it.
    fn stumble(&mut self, id: &MailId) {
        let name = self.hasher.hash_one(id.as_str());
        self.stumbled.insert(name);
    }

    fn stumbled_at(&self, id: &MailId) -> bool {
        self.stumbled.contains(&self.hasher.hash_one(id.as_str()))
    }

    /// Whether it was looked at; it is noted as still there.
    fn lists(&self, id: &MailId, listed: &mut HashSet<u64>) -> bool {
        let name = self.hasher.hash_one(id.as_str());
        listed.insert(name);
        self.names.contains(&name)
    }
}

/// What a mail is, and how it is called in a few words; `None` when it is gone.
async fn sort(
    mailbox: &mut Mailbox,
    id: &MailId,
    reader: &Reader,
    now: Timestamp,
) -> Result<Option<(Sorted, String)>, MailboxError> {
    match mailbox.head(id).await {
        // Some servers give no headers alone.
        Err(MailboxError::Unsupported(_)) => {}
        head => match head? {
            Fetched::Whole(head) => match Mail::parse(id.as_str(), &head, &limits()) {
                Ok(head) if reader.may_tell(&head) => {}
                Ok(head) => return Ok(Some((reader.sort(&head, now), reader.title(&head)))),
                Err(error) => return Ok(Some((Sorted::Unknown, error.to_string()))),
            },
            Fetched::Gone => return Ok(None),
            other => return Ok(Some((Sorted::Unknown, format!("{other:?}")))),
        },
    }
    Ok(match mailbox.read(id).await? {
        Fetched::Whole(bytes) => Some(match Mail::parse(id.as_str(), &bytes, &limits()) {
            Ok(mail) => (reader.sort(&mail, now), reader.title(&mail)),
            Err(error) => (Sorted::Unknown, error.to_string()),
        }),
        Fetched::Gone => None,
        other => Some((Sorted::Unknown, format!("{other:?}"))),
    })
}

/// Every name at once: they are few bytes each, and a first look wants the newest.
fn limits() -> Limits {
    Limits { messages_per_look: usize::MAX, message_bytes: LARGEST, ..Limits::default() }
}

/// Profiles that share an account look at it one after the other: a POP3 server locks it (RFC 1939 8).
fn turn(account: &str) -> Arc<Mutex<()>> {
    static TURNS: LazyLock<std::sync::Mutex<BTreeMap<String, Arc<Mutex<()>>>>> = LazyLock::new(Default::default);
    let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(turns.entry(account.to_owned()).or_default())
}

#[cfg(test)]
mod tests;
