//! The mailbox of a profile: looked at again and again, in the background where it lies on a server.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use pecoto_smtp::mailbox::report::Report;
use pecoto_smtp::mailbox::{Attachment, Disposal, Entry, Fetched, Limits, Mail, MailId, Mailbox, MailboxError, Source};
use pecoto_smtp::submission::Client;
use scheduler_core::partner::{Evidence, Fault, Notice, Notices, Point};

use super::answers::Answers;
use super::{fault, reports};
use crate::look::{self, Background};

/// The look itself failed: a defect.
pub(super) const LOOK_FAILED: &str = "pecoto-mailbox-failed";

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
    /// Those at which a session broke: they come last, so that none of them hides the others for ever.
    stumbled: BTreeSet<MailId>,
    found: Vec<Evidence>,
}

/// The mailbox; clones share what is known.
#[derive(Clone, Debug)]
pub(super) struct Inbox {
    settings: Arc<MailboxSettings>,
    /// Knows what must not come into the journal.
    client: Client,
    background: Background,
    known: Arc<Mutex<Known>>,
}

impl Inbox {
    pub(super) fn new(settings: MailboxSettings, client: Client) -> Self {
        let background = Background::new(LOOK_FAILED, Duration::ZERO);
        Self { settings: Arc::new(settings), client, background, known: Arc::default() }
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
        let visited = crate::mailbox::visit(&self.settings.source).await;
        visited.map_err(|error| look::failed(&error, fault::mailbox(&error)))
    }

    /// The answers that were found so far and will be.
    pub(super) fn answers(&self) -> Answers {
        Answers::new(self.clone())
    }

    /// Notices not told before by this process. Waits a few seconds at most: a dead mail server holds nobody up.
    pub(super) async fn notices(&self) -> Result<Notices, Fault> {
        let this = self.clone();
        let look = async move {
            let looked = this.look(Timestamp::now()).await;
            looked.map_err(|error| look::failed(&error, fault::mailbox(&error)))
        };
        let trouble = self.background.ask(Instant::now(), look).await;
        let found = std::mem::take(&mut self.lock().found);
        match trouble {
            Some(fault) if found.is_empty() => return Err(fault),
            Some(fault) => self.background.put_back(fault),
            None => {}
        }
        Ok(Notices { found, ..Notices::default() })
    }

    /// Reads the mails that were not read before.
    pub(super) async fn look(&self, now: Timestamp) -> Result<(), MailboxError> {
        let mut mailbox = Mailbox::open(&self.settings.source, limits()).await?;
        let done = self.read_new(&mut mailbox, now).await;
        let closed = mailbox.close().await;
        done.and(closed)
    }

    async fn read_new(&self, mailbox: &mut Mailbox, now: Timestamp) -> Result<(), MailboxError> {
        let stumbled = self.lock().stumbled.clone();
        loop {
            let known = |id: &MailId| self.lock().mails.contains_key(id) || stumbled.contains(id);
            let listing = mailbox.list(known).await?;
            for Entry { id, .. } in listing.new {
                self.read_one(mailbox, id, now).await?;
            }
            if listing.left == 0 {
                break;
            }
        }
        for id in stumbled {
            self.read_one(mailbox, id, now).await?;
        }
        Ok(())
    }

    async fn read_one(&self, mailbox: &mut Mailbox, id: MailId, now: Timestamp) -> Result<(), MailboxError> {
        let read = mailbox.read(&id).await;
        match &read {
            Err(MailboxError::ForeignIdentity(_)) | Ok(_) => self.lock().stumbled.remove(&id),
            Err(_) => self.lock().stumbled.insert(id.clone()),
        };
        match read {
            Ok(Fetched::Whole(bytes)) => self.take(id, &bytes, now),
            // A server that named its mails anew does not know it under that name.
            Err(MailboxError::ForeignIdentity(_)) => {}
            Ok(other) => {
                tracing::warn!(%id, "a mail is left alone: {other:?}");
                self.lock().mails.insert(id, Files::new());
            }
            Err(error) => return Err(error),
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use std::fs;

    use pecoto_smtp::mailbox::MAX_ATTACHMENTS;
    use pecoto_smtp::submission::Config;

    use super::*;

    fn inbox_of(folder: &std::path::Path) -> Inbox {
        inbox_in(Source::Maildir(folder.to_owned()))
    }

    fn inbox_in(source: Source) -> Inbox {
        let (answers_from, then) = (Vec::new(), Disposal::Keep);
        let client = Client::new(Config::new("localhost", 25)).unwrap();
        Inbox::new(MailboxSettings { source, answers_from, then, point: None }, client)
    }

    #[tokio::test]
    async fn what_was_found_is_told_though_the_look_broke() {
        let folder = tempfile::tempdir().unwrap();
        let inbox = inbox_of(folder.path());
        let at = Timestamp::UNIX_EPOCH;
        let found = Evidence {
            key: "k".to_owned(),
            about: Default::default(),
            says: Notice::Available,
            at,
            words: String::new(),
        };
        inbox.lock().found.push(found.clone());
        assert_eq!(inbox.notices().await.unwrap().found, [found]);
        assert_eq!(inbox.notices().await.unwrap_err().code, "mailbox-not-a-folder");
    }

    /// Of a mail with more files than are taken out, the others stay where they are: it is neither deleted nor moved.
    #[tokio::test]
    async fn a_mail_with_more_files_than_are_read_stays() {
        for (files, stays) in [(2, false), (MAX_ATTACHMENTS + 1, true)] {
            let folder = tempfile::tempdir().unwrap();
            ["new", "cur"].iter().for_each(|part| fs::create_dir(folder.path().join(part)).unwrap());
            let part = "--b\r\nContent-Type: image/png; name=a\r\n\r\nx\r\n";
            let head = "From: bsn@d.fr\r\nSubject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
            let mail = folder.path().join("new/mail");
            fs::write(&mail, format!("{head}{}--b--\r\n", part.repeat(files))).unwrap();
            let inbox = inbox_of(folder.path());
            let settings = MailboxSettings {
                answers_from: vec!["bsn@d.fr".to_owned()],
                then: Disposal::Delete,
                ..inbox.settings().clone()
            };
            let mut answers = Inbox { settings: Arc::new(settings), ..inbox }.answers();
            for offer in answers.offers().await.unwrap() {
                answers.dispose(&offer).await.unwrap();
            }
            assert_eq!(mail.exists(), stays, "{files}");
        }
    }

    #[tokio::test]
    async fn a_mail_that_breaks_the_session_hides_no_other() {
        let inbox = inbox_in(crate::breaking::mailbox().await);
        for read in [0, 2] {
            inbox.look(Timestamp::now()).await.unwrap_err();
            let known = inbox.lock();
            assert_eq!((known.mails.len(), known.stumbled.len()), (read, 1), "tried last from then on");
        }
    }
}
