//! The server's four mails (docs/protocols/xfb-gateway.md 8), read from a folder and told as evidence.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use pecoto_smtp::mailbox::maildir::Look;
use pecoto_smtp::mailbox::{Limits, Mail, MailboxError};
use scheduler_core::consignment::{Identifiers, Says, Why};
use scheduler_core::partner::{Evidence, Fault, Notice};
use xfb_gateway::redact::Redactor;

use super::settings::NoticeSettings;
use crate::fault::bounded;
use crate::web::alternatives;

/// The partner's site does not know this authority.
pub(super) const NOT_AUTHORISED: &str = "xfb-partner-not-authorised";
/// The transfer found no file.
pub(super) const UNKNOWN_FILE: &str = "xfb-unknown-file";
/// The look at the folder itself failed: a defect.
pub(super) const LOOK_FAILED: &str = "xfb-notices-failed";

/// Bytes kept of a mail's words.
const WORDS: usize = 400;

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

/// The mails of one profile.
#[derive(Clone)]
pub(super) struct Notices {
    look: Arc<Mutex<Look>>,
    reader: Arc<Reader>,
}

struct Reader {
    to: Option<String>,
    words: Words,
    secrets: Redactor,
}

impl std::fmt::Debug for Notices {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notices").field("to", &self.reader.to).finish_non_exhaustive()
    }
}

impl Notices {
    pub(super) fn new(settings: NoticeSettings, secrets: Redactor) -> Self {
        let NoticeSettings { folder, to, words } = settings;
        Self {
            look: Arc::new(Mutex::new(Look::new(folder, Limits::default()))),
            reader: Arc::new(Reader { to, words, secrets }),
        }
    }

    /// Notices not told before by this process. Mails that are none of the four kinds, or cannot be read, are left alone.
    pub(super) async fn read(&self) -> Result<Vec<Evidence>, Fault> {
        let this = self.clone();
        let looked = tokio::task::spawn_blocking(move || this.look(Timestamp::now())).await;
        match looked {
            Ok(found) => found.map_err(|error| Fault::session(error.code(), error.to_string())),
            Err(error) => Err(Fault::session(LOOK_FAILED, error.to_string())),
        }
    }

    fn look(&self, now: Timestamp) -> Result<Vec<Evidence>, MailboxError> {
        let mut look = self.look.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = Vec::new();
        loop {
            let seen = look.look(now)?;
            found.extend(seen.mails.iter().filter_map(|mail| self.reader.evidence(mail, now)));
            for problem in &seen.problems {
                tracing::warn!(path = %problem.path.display(), code = problem.error.code(), "a mail is left alone");
            }
            if !seen.more {
                return Ok(found);
            }
        }
    }
}

impl Reader {
    fn evidence(&self, mail: &Mail, now: Timestamp) -> Option<Evidence> {
        let for_us = |to: &String| mail.to.iter().any(|address| address.eq_ignore_ascii_case(to));
        if !self.to.as_ref().is_none_or(for_us) {
            return None;
        }
        let Some(kind) = self.words.kind(&mail.subject) else {
            tracing::debug!(key = mail.key, "a mail that is none of the server's");
            return None;
        };
        let values = self.words.values(&mail.text);
        if kind != Kind::Available && !values.contains_key("file") {
            tracing::warn!(key = mail.key, "a notice of the server names no file");
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
