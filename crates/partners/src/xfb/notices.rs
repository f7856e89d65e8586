//! The server's four mails (docs/protocols/xfb-gateway.md 8), read from a folder or a server and told as evidence.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use pecoto_smtp::mailbox::maildir::Look;
use pecoto_smtp::mailbox::{Limits, Mail, MailboxError};
use scheduler_core::consignment::{Identifiers, Says, Why};
use scheduler_core::partner::{self, Evidence, Fault, Notice, Point};
use secrecy::ExposeSecret as _;
use xfb_gateway::redact::Redactor;

use super::remote::Remote;
use super::settings::{NoticeSettings, Where};
use crate::fault::bounded;
use crate::look::{self, Background};
use crate::web::alternatives;

/// The partner's site does not know this authority.
pub(super) const NOT_AUTHORISED: &str = "xfb-partner-not-authorised";
/// The transfer found no file.
pub(super) const UNKNOWN_FILE: &str = "xfb-unknown-file";
/// The look at the folder itself failed: a defect.
pub(super) const LOOK_FAILED: &str = "xfb-notices-failed";

/// Bytes kept of a mail's words.
const WORDS: usize = 400;

/// Bytes kept of what a mail is called.
const TITLE: usize = 120;

/// Keys of `notices_wording`, and the words of the protocol page. The first four stand in subjects, the others before a colon.
const USUAL: [(&str, &str); 11] = [
    ("correct", "Transfert correct"),
    ("not_authorised", "Partenaire non autorisé"),
    ("unknown_file", "Fichier inexistant"),
    ("available", "Avis de mise à disposition"),
    ("file", "Fichier"),
    ("application", "Application"),
    ("destination", "Destination"),
    ("size", "Taille"),
    ("date", "Date"),
    ("identifier", "Identifiant"),
    ("reason", "Motif"),
];

/// What a mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Correct,
    NotAuthorised,
    UnknownFile,
    Available,
}

const KINDS: [(&str, Kind); 4] = [
    ("correct", Kind::Correct),
    ("not_authorised", Kind::NotAuthorised),
    ("unknown_file", Kind::UnknownFile),
    ("available", Kind::Available),
];

/// The words by which mails are read: the protocol page's, and the site's own. Case, accents and white space do not count.
#[derive(Clone, Debug)]
pub(super) struct Words(BTreeMap<&'static str, Vec<String>>);

impl Words {
    /// The keys that a site may add words to.
    pub(super) const KEYS: [&str; USUAL.len()] = {
        let mut keys = [""; USUAL.len()];
        let mut at = 0;
        while at < keys.len() {
            keys[at] = USUAL[at].0;
            at += 1;
        }
        keys
    };

    pub(super) fn new(own: &BTreeMap<String, String>) -> Self {
        let with_own = |&(key, usual): &(&'static str, &str)| {
            let own = own.get(key).map(|text| alternatives(text)).unwrap_or_default();
            let words = std::iter::once(usual.to_owned()).chain(own);
            (key, words.map(|word| plain(&word)).collect())
        };
        Self(USUAL.iter().map(with_own).collect())
    }

    fn of(&self, key: &str) -> &[String] {
        self.0.get(key).map(Vec::as_slice).unwrap_or_default()
    }

    /// The kind whose words the subject holds; none when it holds those of two.
    fn kind(&self, subject: &str) -> Option<Kind> {
        let subject = plain(subject);
        let holds = |key: &str| self.of(key).iter().any(|word| subject.contains(word));
        let mut kinds = KINDS.iter().filter(|(key, _)| holds(key)).map(|(_, kind)| *kind);
        kinds.next().filter(|_| kinds.next().is_none())
    }

    /// The values that stand after the labels, by key; the first of each label counts.
    fn values<'t>(&self, text: &'t str) -> BTreeMap<&'static str, &'t str> {
        let mut values = BTreeMap::new();
        for (label, value) in text.lines().filter_map(|line| line.split_once(':')) {
            let (label, value) = (plain(label), value.trim());
            let known = self.0.iter().find(|(_, words)| words.contains(&label));
            if let (Some((key, _)), false) = (known, value.is_empty()) {
                values.entry(*key).or_insert(value);
            }
        }
        values
    }
}

/// The mails of one profile, wherever they lie.
#[derive(Clone)]
pub(super) struct Notices {
    place: Arc<Place>,
    /// The same for every profile that may find mails about the same files.
    name: String,
    background: Background,
    reader: Arc<Reader>,
    mails: Arc<Mails>,
}

enum Place {
    Folder(Mutex<Look>),
    Server(Box<Remote>),
}

/// What was found and not told yet, and what was left alone.
#[derive(Debug, Default)]
pub(super) struct Mails(Mutex<partner::Notices>);

/// How mails are understood.
pub(super) struct Reader {
    /// Only mails to this address, if it is given.
    to: Option<String>,
    /// Only mails of these addresses, in lower case; of anybody when there is none.
    from: Vec<String>,
    words: Words,
    secrets: Redactor,
}

/// What a mail is to a profile.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sorted {
    Notice(Box<Evidence>),
    /// It should be a notice, and is not understood or not trusted.
    Unknown,
    /// Somebody else's affair.
    Others,
}

/// What a mail's header promises.
#[derive(Debug, PartialEq, Eq)]
enum Promise {
    Kind(Kind),
    Unknown,
    Others,
}

impl std::fmt::Debug for Notices {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notices").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Notices {
    pub(super) fn new(settings: NoticeSettings, mut secrets: Redactor) -> Self {
        let NoticeSettings { place, password, to, from, words } = settings;
        if let Some(password) = password {
            secrets.add(password.expose_secret());
        }
        let (name, every, place) = match place {
            Where::Folder(folder) => {
                let name = folder.display().to_string();
                (name, Duration::ZERO, Place::Folder(Mutex::new(Look::new(folder, Limits::default()))))
            }
            Where::Server(remote) => {
                (remote.account.name.clone(), remote.every, Place::Server(Box::new(Remote::new(*remote))))
            }
        };
        let name = to.as_ref().map_or_else(|| name.clone(), |to| format!("{name} {}", to.to_lowercase()));
        Self {
            place: Arc::new(place),
            name,
            background: Background::new(LOOK_FAILED, every),
            reader: Arc::new(Reader { to, from, words, secrets }),
            mails: Arc::default(),
        }
    }

    pub(super) fn place(&self) -> &str {
        &self.name
    }

    /// The mail server, if the mails lie on one.
    pub(super) fn point(&self) -> Option<Point> {
        match &*self.place {
            Place::Folder(_) => None,
            Place::Server(remote) => Some(remote.point().clone()),
        }
    }

    /// Opens the mailbox and closes it; `None` when the mails lie in a folder.
    pub(super) async fn visit(&self) -> Option<Result<(), Fault>> {
        match &*self.place {
            Place::Folder(_) => None,
            Place::Server(remote) => Some(remote.visit().await.map_err(|error| self.failed(&error))),
        }
    }

    /// Notices not told before by this process. A mailbox on a server is looked at in the background, and not each time.
    pub(super) async fn read(&self) -> Result<partner::Notices, Fault> {
        let this = self.clone();
        let look = async move { this.look(Timestamp::now()).await };
        let trouble = match *self.place {
            Place::Folder(_) => look.await.err(),
            Place::Server(_) => self.background.ask(Instant::now(), look).await,
        };
        let told = self.mails.tell();
        match trouble {
            Some(fault) if told.found.is_empty() => Err(fault),
            Some(fault) => {
                self.background.put_back(fault);
                Ok(told)
            }
            None => Ok(told),
        }
    }

    async fn look(&self, now: Timestamp) -> Result<(), Fault> {
        let looked = match &*self.place {
            Place::Server(remote) => remote.look(&self.reader, &self.mails, now).await,
            Place::Folder(_) => {
                let this = self.clone();
                let looked = tokio::task::spawn_blocking(move || this.look_at_folder(now)).await;
                looked.map_err(|error| Fault::session(LOOK_FAILED, error.to_string()))?
            }
        };
        looked.map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &MailboxError) -> Fault {
        let words = bounded(&self.reader.secrets.redact(&error.to_string()));
        look::failed(error, Fault::session(error.code(), words))
    }

    fn look_at_folder(&self, now: Timestamp) -> Result<(), MailboxError> {
        let Place::Folder(look) = &*self.place else { return Ok(()) };
        let mut look = look.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let seen = look.look(now)?;
            for mail in &seen.mails {
                self.mails.note(self.reader.sort(mail, now), &self.reader.title(mail));
            }
            for problem in &seen.problems {
                tracing::warn!(path = %problem.path.display(), code = problem.error.code(), "a mail is left alone");
                self.mails.note(Sorted::Unknown, &problem.error.to_string());
            }
            if !seen.more {
                return Ok(());
            }
        }
    }
}

impl Mails {
    /// `title`: what the mail is called, in a few words without secrets.
    pub(super) fn note(&self, sorted: Sorted, title: &str) {
        let mut mails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match sorted {
            Sorted::Notice(evidence) => mails.found.push(*evidence),
            Sorted::Others => mails.left.others += 1,
            Sorted::Unknown => {
                tracing::info!(title, "a mail that is none of the server's notices is left alone");
                mails.left.unknown += 1;
                mails.left.last = Some(title.to_owned());
            }
        }
    }

    /// What was found is told once.
    pub(super) fn tell(&self) -> partner::Notices {
        let mut mails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        partner::Notices { found: std::mem::take(&mut mails.found), left: mails.left.clone() }
    }
}

impl Reader {
    /// Usual words, one sender, no secrets.
    #[cfg(test)]
    pub(super) fn believing(sender: &str) -> Self {
        let words = Words::new(&BTreeMap::new());
        Self { to: None, from: vec![sender.to_owned()], words, secrets: Redactor::new() }
    }

    /// Sender and subject.
    pub(super) fn title(&self, mail: &Mail) -> String {
        let from = mail.from.as_deref().unwrap_or_default();
        self.secrets.start(&folded(&format!("{from} : {}", mail.subject)), TITLE)
    }

    /// Whether the whole mail must be read, by its header.
    pub(super) fn may_tell(&self, head: &Mail) -> bool {
        matches!(self.promise(head), Promise::Kind(_))
    }

    fn promise(&self, mail: &Mail) -> Promise {
        let for_us = |to: &String| mail.to.iter().any(|address| address.eq_ignore_ascii_case(to));
        if !self.to.as_ref().is_none_or(for_us) {
            return Promise::Others;
        }
        let from = mail.from.as_deref().unwrap_or_default().to_lowercase();
        let is_trusted = self.from.is_empty() || self.from.contains(&from);
        match (self.words.kind(&mail.subject), is_trusted) {
            (Some(kind), true) => Promise::Kind(kind),
            (Some(_), false) | (None, true) => Promise::Unknown,
            (None, false) => Promise::Others,
        }
    }

    pub(super) fn sort(&self, mail: &Mail, now: Timestamp) -> Sorted {
        match self.promise(mail) {
            Promise::Kind(kind) => {
                self.evidence(kind, mail, now).map_or(Sorted::Unknown, |evidence| Sorted::Notice(Box::new(evidence)))
            }
            Promise::Unknown => Sorted::Unknown,
            Promise::Others => Sorted::Others,
        }
    }

    /// `None` when it does not say what it is about.
    fn evidence(&self, kind: Kind, mail: &Mail, now: Timestamp) -> Option<Evidence> {
        let values = self.words.values(&mail.text);
        if kind != Kind::Available && !values.contains_key("file") {
            return None;
        }
        let reason = || {
            let words = values.get("reason").copied().unwrap_or(&mail.subject);
            Some(bounded(&self.secrets.redact(words)))
        };
        let undelivered = |code: &str| Says::Undelivered { why: Why { code: code.to_owned(), words: reason() } };
        let says = match kind {
            Kind::Correct => Notice::Consignment { says: Says::Delivered },
            Kind::NotAuthorised => Notice::Consignment { says: undelivered(NOT_AUTHORISED) },
            Kind::UnknownFile => Notice::Consignment { says: undelivered(UNKNOWN_FILE) },
            Kind::Available => Notice::Available,
        };
        let written = values.get("date").and_then(|date| date.parse().ok());
        Some(Evidence {
            key: mail.key.clone(),
            about: about(&values),
            says,
            at: written.or(mail.date).unwrap_or(now),
            words: self.secrets.start(&folded(&format!("{} | {}", mail.subject, mail.text)), WORDS),
        })
    }
}

/// The identifiers of the seam: its names for the server's labels.
fn about(values: &BTreeMap<&'static str, &str>) -> Identifiers {
    let names = [
        ("file", "name"),
        ("size", "size"),
        ("application", "application"),
        ("destination", "destination"),
        ("identifier", "local_ident"),
    ];
    names.iter().filter_map(|(key, name)| Some(((*name).to_owned(), (*values.get(key)?).to_owned()))).collect()
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lower case, without accents, white space folded: as words are compared.
fn plain(text: &str) -> String {
    let folded = folded(text).to_lowercase();
    let is_mark = |c: &char| ('\u{300}'..='\u{36f}').contains(c);
    folded.chars().filter(|c| !is_mark(c)).map(unaccented).collect()
}

fn unaccented(c: char) -> char {
    match c {
        'à' | 'á' | 'â' | 'ä' => 'a',
        'ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'î' | 'ï' => 'i',
        'ô' | 'ö' => 'o',
        'ù' | 'û' | 'ü' => 'u',
        '’' => '\'',
        other => other,
    }
}

#[cfg(test)]
mod tests;
