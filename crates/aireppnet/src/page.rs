//! What the pages of a site mean, read by pure functions: status and [`Page`] in, meaning out. They never fail, whatever the page.

use std::fmt;

use url::Url;
pub use web_forms::page::{Form, Input, Kind, MAX_ITEMS, Page};
pub use web_forms::text::charset::decode;
use web_forms::text::fold::{holds_any, plain};
use web_forms::urls;

use crate::profile::Profile;

const LOG_IN_REFUSED: [&str; 5] =
    ["connexion refusée", "identification refusée", "accès refusé", "mot de passe incorrect", "identifiant inconnu"];
const ENDED: [&str; 3] = ["session expirée", "session terminée", "session expired"];
const RECEIVED: [&str; 3] = ["accusé de dépôt", "fichier reçu", "dépôt enregistré"];
const REFUSED: [&str; 4] = ["fichier refusé", "dépôt refusé", "fichier rejeté", "dépôt impossible"];
const LATER: [&str; 4] = ["ultérieurement", "momentanément", "réessayer", "plus tard"];
const DEPOSIT: [&str; 4] = ["déposer", "dépôt", "envoyer", "transmettre"];
const LOG_OUT: [&str; 3] = ["déconnexion", "déconnecter", "logout"];
const REFERENCE: &str = "Numéro de dépôt";

/// Characters of a deposit's number that are kept.
const MAX_REFERENCE: usize = 64;

/// What a page of a session means, whatever was asked for (docs/protocols/aireppnet.md 1.4, 2.2, 2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// A 2xx page without a password form: inside.
    Inside,
    /// A 2xx page that asks for the password, or says that the session is over.
    Outside,
    /// Commune code or password are refused.
    LogInRefused,
    /// Not now.
    Later,
    /// 5xx.
    Failed,
    /// Any other status.
    Refused,
}

impl State {
    /// Reads a page.
    #[must_use]
    pub fn of(status: u16, page: &Page, profile: &Profile) -> Self {
        match status {
            429 | 503 => Self::Later,
            401 | 403 => Self::LogInRefused,
            500.. => Self::Failed,
            200..=299 if banner_holds(page, &LOG_IN_REFUSED, &profile.log_in.refused) => Self::LogInRefused,
            200..=299 if banner_holds(page, &LATER, &profile.result.later) => Self::Later,
            200..=299 if is_outside(page, profile) => Self::Outside,
            200..=299 => Self::Inside,
            _ => Self::Refused,
        }
    }
}

/// What the answer to a complete deposit means (docs/protocols/aireppnet.md 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The server has the file (4.1).
    Received,
    /// It surely has not, and will not take it (4.2).
    Refused,
    /// It surely has not, and may take it later (4.3).
    RefusedForNow,
    /// It surely has not: the session was over (4.4).
    SessionEnded,
    /// Nobody can tell (4.5).
    Unknown,
}

impl Verdict {
    /// Reads the answer. Where a page says two things, a refusal counts.
    #[must_use]
    pub fn of(status: u16, page: &Page, profile: &Profile) -> Self {
        match status {
            429 | 503 => Self::RefusedForNow,
            401 | 403 => Self::SessionEnded,
            408 | 425 => Self::Unknown,
            400..=499 => Self::Refused,
            200..=299 => Self::by_words(page, profile),
            _ => Self::Unknown,
        }
    }

    fn by_words(page: &Page, profile: &Profile) -> Self {
        let result = &profile.result;
        if banner_holds(page, &REFUSED, &result.refused) {
            let later = holds_any(&plain(&page.words()), with(&LATER, &result.later));
            if later { Self::RefusedForNow } else { Self::Refused }
        } else if is_outside(page, profile) {
            Self::SessionEnded
        } else if banner_holds(page, &RECEIVED, &result.received) {
            Self::Received
        } else {
            Self::Unknown
        }
    }
}

/// The form that takes a file (docs/protocols/aireppnet.md 3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deposit {
    /// Where it is sent; `None` if it leaves the origin of its page.
    pub action: Option<Url>,
    /// The name of the file's input.
    pub file: String,
    /// Name and value of every other part, in the form's order.
    pub fields: Vec<(String, String)>,
}

/// The page has no form for a file, or not the inputs that the profile names.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unmapped {
    /// The input that is missing: a configured name, or «a file».
    pub missing: String,
    /// The names of the inputs seen, password and file inputs included.
    pub seen: Vec<String>,
}

impl fmt::Display for Unmapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no form of the page has an input for {}; there are: {}", self.missing, self.seen.join(", "))
    }
}

impl Deposit {
    /// Finds the form on the page at `url` and fills it.
    ///
    /// # Errors
    ///
    /// [`Unmapped`].
    pub fn find(page: &Page, url: &Url, profile: &Profile) -> Result<Self, Unmapped> {
        let wanted = &profile.deposit;
        let unmapped = |missing: &str| Unmapped { missing: missing.to_owned(), seen: seen(page) };
        let is_file = |input: &Input| match wanted.file.as_deref() {
            Some(name) => input.name == name,
            None => input.kind == Kind::File && !input.name.is_empty(),
        };
        let mut found = page.forms.iter().filter_map(|form| Some((form, form.inputs.iter().find(|i| is_file(i))?)));
        let (form, file) = found.next().ok_or_else(|| unmapped(wanted.file.as_deref().unwrap_or("a file")))?;
        let mut fields: Vec<(String, String)> = form.unfilled();
        fields.retain(|(name, _)| *name != file.name);
        for (name, value) in &wanted.fields {
            let mut places = fields.iter_mut().filter(|(known, _)| known == name).peekable();
            if places.peek().is_none() {
                return Err(unmapped(name));
            }
            places.for_each(|(_, old)| old.clone_from(value));
        }
        Ok(Self { action: urls::resolve(url, &form.action), file: file.name.clone(), fields })
    }
}

/// Where the deposit page is, seen from the page at `url` that follows the log-in (docs/protocols/aireppnet.md 3.1): behind its link, or
/// itself where it holds a form for a file.
#[must_use]
pub fn deposit_page(page: &Page, url: &Url, profile: &Profile) -> Option<Url> {
    if Deposit::find(page, url, profile).is_ok() {
        return Some(urls::bare(url));
    }
    link(page, url, &DEPOSIT, &profile.deposit.link)
}

/// The way out that the page at `url` shows (docs/protocols/aireppnet.md 1.5).
#[must_use]
pub fn log_out(page: &Page, url: &Url, profile: &Profile) -> Option<Url> {
    link(page, url, &LOG_OUT, &profile.session.log_out)
}

/// The number that a receipt gives the deposit (docs/protocols/aireppnet.md 4.1): up to white space, at most 64 characters.
#[must_use]
pub fn reference(page: &Page, profile: &Profile) -> Option<String> {
    let mark = plain(profile.result.reference.as_deref().unwrap_or(REFERENCE));
    // `plain` may change lengths: the place is found word by word.
    let words: Vec<&str> = page.text.split(' ').collect();
    let length = mark.split(' ').count();
    let starts = |at: &usize| words.get(*at..at + length).is_some_and(|part| plain(&part.join(" ")).starts_with(&mark));
    let at = (0..words.len()).find(starts)?;
    let mut rest = words[at + length..].iter().map(|word| word.trim_matches(':')).filter(|word| !word.is_empty());
    rest.next().map(|word| word.chars().take(MAX_REFERENCE).collect())
}

fn link(page: &Page, url: &Url, known: &[&str], extra: &[String]) -> Option<Url> {
    let leads = |text: &str| holds_any(&plain(text), with(known, extra));
    let mut spoken = page.links.iter().filter(|link| leads(&link.text));
    spoken.find_map(|link| urls::resolve(url, &link.href))
}

fn is_outside(page: &Page, profile: &Profile) -> bool {
    let asks = page.forms.iter().any(|form| {
        form.inputs.iter().any(|input| match profile.log_in.password.as_deref() {
            Some(name) => input.name == name,
            None => input.kind == Kind::Password,
        })
    });
    asks || banner_holds(page, &ENDED, &profile.session.ended)
}

fn seen(page: &Page) -> Vec<String> {
    let inputs = page.forms.iter().flat_map(|form| &form.inputs).filter(|input| !input.name.is_empty());
    inputs.map(|input| input.name.chars().take(40).collect()).take(40).collect()
}

fn with<'w>(known: &'w [&'w str], extra: &'w [String]) -> impl Iterator<Item = &'w str> + Clone {
    known.iter().copied().chain(extra.iter().map(String::as_str))
}

fn banner_holds(page: &Page, known: &[&str], extra: &[String]) -> bool {
    page.banner().any(|phrase| holds_any(&phrase, with(known, extra)))
}

#[cfg(test)]
mod tests;
