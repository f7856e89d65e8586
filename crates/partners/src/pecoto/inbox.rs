//! The mailbox of a profile: looked at again and again, in the background where it lies on a server.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use pecoto_smtp::mailbox::report::Report;
use pecoto_smtp::mailbox::{Attachment, Disposal, Entry, Fetched, Limits, Mail, MailId, Mailbox, MailboxError, Source};
use pecoto_smtp::submission::Client;
use scheduler_core::partner::{Again, Evidence, Fault, Notice, Point};

use super::answers::Answers;
use super::{fault, reports};

/// The look itself failed: a defect.
pub(super) const LOOK_FAILED: &str = "pecoto-mailbox-failed";

/// How long whoever asks for notices waits for a look; a slower one goes on by itself and tells what it found the next time.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where the mailbox is and which answers count.
#[derive(Clone, Debug)]
pub(super) struct MailboxSettings {
    pub(super) source: Source,
    /// Addresses in lower case.
    pub(super) answers_from: Vec<String>,
    pub(super) then: Disposal,
    /// The server that it lies on.
    pub(super) point: Option<Point>,
}

/// An answer's files, by their place among its attachments.
pub(super) type Files = Vec<(String, u64)>;

/// What is known of the mailbox; the process forgets it, the journal remembers keys.
#[derive(Debug, Default)]
struct Known {
    /// Every mail that was read, with the files of those that are answers.
    mails: BTreeMap<MailId, Files>,
    found: Vec<Evidence>,
    trouble: Option<Fault>,
    /// A look is under way.
    busy: bool,
    /// The last one took too long: nobody waits for the next.
    slow: bool,
}

/// The mailbox; clones share what is known.
#[derive(Clone, Debug)]
pub(super) struct Inbox {
    settings: Arc<MailboxSettings>,
    /// Knows what must not come into the journal.
    client: Client,
    known: Arc<Mutex<Known>>,
}

impl Inbox {
    pub(super) fn new(settings: MailboxSettings, client: Client) -> Self {
        Self { settings: Arc::new(settings), client, known: Arc::default() }
    }

    pub(super) fn settings(&self) -> &MailboxSettings {
        &self.settings
    }

    /// The field of the profile that says where it is.
    pub(super) fn field(&self) -> &'static str {
        self.settings.point.as_ref().map_or("mailbox", |point| point.field)
    }

    /// Opens the mailbox and closes it: nothing is listed, read or marked.
    pub(super) async fn visit(&self) -> Result<(), Fault> {
        let opened = Mailbox::open(&self.settings.source, limits()).await;
        let visited = match opened {
            Ok(mailbox) => mailbox.close().await,
            Err(error) => Err(error),
        };
        visited.map_err(|error| {
            let refused = error.code() == "mailbox-login-refused";
            let fault = fault::mailbox(&error);
            if refused { fault.again(Again::AfterOperator) } else { fault }
        })
    }

    /// The answers that were found so far and will be.
    pub(super) fn answers(&self) -> Answers {
        Answers::new(self.clone())
    }

    /// Notices not told before by this process. Waits [`PATIENCE`] at most: a dead mail server holds nobody up.
    pub(super) async fn notices(&self) -> Result<Vec<Evidence>, Fault> {
        if !std::mem::replace(&mut self.lock().busy, true) {
            let this = self.clone();
            let mut look = tokio::spawn(async move { this.look_and_tell().await });
            let patience = if self.lock().slow { Duration::ZERO } else { PATIENCE };
            match tokio::time::timeout(patience, &mut look).await {
                Ok(Err(error)) => {
                    self.lock().busy = false;
                    return Err(Fault::session(LOOK_FAILED, error.to_string()));
                }
                Ok(Ok(())) => {}
                Err(_) => self.lock().slow = true,
            }
        }
        let mut known = self.lock();
        match known.trouble.take() {
            Some(fault) => Err(fault),
            None => Ok(std::mem::take(&mut known.found)),
        }
    }

    async fn look_and_tell(&self) {
        let looked = self.look(Timestamp::now()).await;
        let mut known = self.lock();
        known.busy = false;
        known.slow &= looked.is_err();
        known.trouble = looked.err().map(|error| fault::mailbox(&error));
    }

    /// Reads the mails that were not read before.
    pub(super) async fn look(&self, now: Timestamp) -> Result<(), MailboxError> {
        let mut mailbox = Mailbox::open(&self.settings.source, limits()).await?;
        let done = self.read_new(&mut mailbox, now).await;
        let closed = mailbox.close().await;
        done.and(closed)
    }

    async fn read_new(&self, mailbox: &mut Mailbox, now: Timestamp) -> Result<(), MailboxError> {
        loop {
            let known = |id: &MailId| self.lock().mails.contains_key(id);
            let listing = mailbox.list(known).await?;
            for Entry { id, .. } in listing.new {
                match mailbox.read(&id).await? {
                    Fetched::Whole(bytes) => self.take(id, &bytes, now),
                    other => {
                        tracing::warn!(%id, "a mail is left alone: {other:?}");
                        self.lock().mails.insert(id, Files::new());
                    }
                }
            }
            if listing.left == 0 {
                return Ok(());
            }
        }
    }

    fn take(&self, id: MailId, bytes: &[u8], now: Timestamp) {
        let (evidence, files) = match self.understand(&id, bytes, now) {
            Ok(understood) => understood,
            Err(error) => {
                tracing::warn!(%id, code = error.code(), "a mail is left alone");
                Default::default()
            }
        };
        let mut known = self.lock();
        known.mails.insert(id, files);
        known.found.extend(evidence);
    }

    fn understand(
        &self,
        id: &MailId,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<(Vec<Evidence>, Files), pecoto_smtp::mailbox::MailError> {
        if let Some(report) = Report::read(bytes, &limits())? {
            return Ok((reports::evidence(&report, now, &|words| self.client.redact(words)), Files::new()));
        }
        let mail = Mail::parse(id.as_str(), bytes, &limits())?;
        let from = mail.from.as_deref().unwrap_or_default().to_lowercase();
        if !self.settings.answers_from.contains(&from) {
            return Ok(Default::default());
        }
        let files: Files =
            Attachment::all(bytes, &limits())?.into_iter().map(|file| (file.name, file.bytes.len() as u64)).collect();
        let announced = Evidence {
            key: mail.key,
            about: Default::default(),
            says: Notice::Available,
            at: mail.date.unwrap_or(now),
            words: crate::fault::bounded(&self.client.redact(&mail.subject)),
        };
        Ok((if files.is_empty() { Vec::new() } else { vec![announced] }, files))
    }

    /// The files of every answer that was read.
    pub(super) fn files(&self) -> Vec<(MailId, Files)> {
        let known = self.lock();
        known
            .mails
            .iter()
            .filter(|(_, files)| !files.is_empty())
            .map(|(id, files)| (id.clone(), files.clone()))
            .collect()
    }

    /// A mail that is gone from the mailbox.
    pub(super) fn forget(&self, id: &MailId) {
        if let Some(files) = self.lock().mails.get_mut(id) {
            files.clear();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn limits() -> Limits {
    Limits::default()
}
