//! The mails of the server (protocol 8).

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hasher, RandomState},
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use tokio::task::JoinSet;

use super::settings::Mails;
use crate::{
    faults::Fault,
    ledger::LedgerLine,
    mail::{Mail, Maildir},
    text,
};

/// What a mail is about.
pub(super) struct Notice<'a> {
    pub(super) account: &'a str,
    pub(super) about: About<'a>,
    pub(super) at: Timestamp,
}

pub(super) enum About<'a> {
    /// A file the server received and passed on.
    Upload(&'a LedgerLine),
    /// A file it holds for the account.
    Offer { name: &'a str, local_ident: u64 },
}

/// Writes the mails, as the options and the mail's fault want it.
pub(super) struct Notices {
    options: Mails,
    boxes: Mutex<HashMap<String, Arc<Maildir>>>,
    delayed: Mutex<JoinSet<()>>,
    /// Makes `Message-ID`s unique over restarts.
    run: u64,
    count: AtomicU64,
}

impl Notices {
    pub(super) fn new(options: Mails) -> io::Result<Self> {
        let run = RandomState::new().build_hasher().finish();
        let notices =
            Self { options, boxes: Mutex::default(), delayed: Mutex::default(), run, count: AtomicU64::new(0) };
        if !notices.options.by_account {
            notices.maildir("")?;
        }
        Ok(notices)
    }

    /// Writes one notice; without a delay it is in the folder when this returns.
    pub(super) fn send(&self, notice: &Notice<'_>, fault: Option<&Fault>) -> io::Result<()> {
        let (delay, copies) = match fault {
            Some(Fault::NoMail) => return Ok(()),
            Some(&Fault::LateMail { late }) => (late, self.options.copies),
            Some(&Fault::RepeatedMail { copies }) => (self.options.delay, copies),
            _ => (self.options.delay, self.options.copies),
        };
        let bytes = self.compose(notice, fault).bytes();
        let maildir = self.maildir(notice.account)?;
        if delay == Duration::ZERO {
            return deliver(&maildir, &bytes, copies);
        }
        let mut delayed = self.delayed.lock().unwrap_or_else(PoisonError::into_inner);
        while delayed.try_join_next().is_some() {}
        delayed.spawn(async move {
            tokio::time::sleep(delay).await;
            if let Err(why) = deliver(&maildir, &bytes, copies) {
                eprintln!("partner-sim: a mail could not be written: {why}");
            }
        });
        Ok(())
    }

    fn compose(&self, notice: &Notice<'_>, fault: Option<&Fault>) -> Mail {
        let (subject, reason) = match (&notice.about, fault) {
            (_, Some(Fault::PartnerNotAuthorised { reason })) => ("Partenaire non autorisé", Some(reason)),
            (_, Some(Fault::UnknownFile { reason })) => ("Fichier inexistant", Some(reason)),
            (About::Upload(_), _) => ("Transfert correct", None),
            (About::Offer { .. }, _) => ("Avis de mise à disposition", None),
        };
        let mut body = facts(notice);
        if let Some(reason) = reason {
            body.push_str(&format!("Motif : {reason}\n"));
        }
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        Mail {
            message_id: format!("{:016x}.{count}@xfb-gateway.invalid", self.run),
            from: "xfb@xfb-gateway.invalid".to_owned(),
            to: format!("{}@station.invalid", text::percent(notice.account)),
            subject: format!("[XFB/Gateway] {subject}"),
            body: format!("Bonjour,\n\n{body}\nCe message est émis par un automate : ne répondez pas.\n"),
            at: notice.at,
            charset: self.options.charset,
        }
    }

    fn maildir(&self, account: &str) -> io::Result<Arc<Maildir>> {
        let key = if self.options.by_account { text::percent(account) } else { String::new() };
        let mut boxes = self.boxes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = boxes.get(&key) {
            return Ok(Arc::clone(known));
        }
        let maildir = Arc::new(Maildir::open(self.options.folder.join(&key))?);
        boxes.insert(key, Arc::clone(&maildir));
        Ok(maildir)
    }
}

fn deliver(maildir: &Maildir, bytes: &[u8], copies: u32) -> io::Result<()> {
    (0..copies).try_for_each(|_| maildir.deliver(bytes))
}

fn facts(notice: &Notice<'_>) -> String {
    match notice.about {
        About::Upload(line) => {
            let part = |value: &Option<String>| value.clone().unwrap_or_default();
            format!(
                "Fichier : {}\nApplication : {}\nDestination : {}\nTaille : {}\nDate : {}\nIdentifiant : {}\n",
                part(&line.name),
                part(&line.application),
                part(&line.destination),
                line.size.unwrap_or(0),
                notice.at,
                line.local_ident.unwrap_or(0),
            )
        }
        About::Offer { name, local_ident } => {
            format!("Fichier : {name}\nIdentifiant : {local_ident}\n")
        }
    }
}
