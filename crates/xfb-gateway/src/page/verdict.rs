//! What a page says, by its status and by the words of its title and headings.

use web_forms::text::fold::{holds_any, plain};

use super::{Page, kind};

const RECEIVED: [&str; 1] = ["File received"];
const REFUSED: [&str; 11] = [
    "not received",
    "rejected",
    "refused",
    "refusé",
    "rejeté",
    "not authorized",
    "non autorisé",
    "unknown partner",
    "unknown file",
    "inexistant",
    "error in transfer",
];
const LATER: [&str; 5] = ["try again", "later", "busy", "ultérieurement", "réessayer"];
const EXPIRED: [&str; 2] = ["session expired", "session expirée"];
const LOG_IN_REFUSED: [&str; 8] = [
    "not authorized",
    "unauthorized",
    "access denied",
    "bad password",
    "invalid password",
    "unknown user",
    "authentication failed",
    "accès refusé",
];
/// Words of log-in pages that other pages may hold too: they count only where credentials were asked for.
const LOG_IN_ASKED: [&str; 2] = ["identifiant", "mot de passe"];
const SEND: [&str; 4] = ["envoi", "envoyer", "send", "upload"];
const RECEIVE: [&str; 4] = ["réception", "recevoir", "receive", "download"];

/// Words of one site, added to those of the protocol page. Case, accents and white space do not count.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Wording {
    /// Starts of titles and headings of a success page (docs/protocols/xfb-gateway.md 4.6).
    pub received: Vec<String>,
    /// In titles and headings of a refusal page (4.7).
    pub refused: Vec<String>,
    /// Anywhere on a refusal page that is meant for now only (4.8).
    pub later: Vec<String>,
    /// In titles and headings of an expired session's page (3.4); so is a page that asks for a password again.
    pub expired: Vec<String>,
    /// In titles and headings of a page that refuses the credentials (3.3).
    pub log_in_refused: Vec<String>,
    /// In the text of the link to the upload form (3.2).
    pub send: Vec<String>,
    /// In the text of the link to the listing (3.2), and in titles and headings of a listing without files (5.8).
    pub receive: Vec<String>,
}

fn with<'w>(known: &'w [&'w str], extra: &'w [String]) -> impl Iterator<Item = &'w str> + Clone {
    known.iter().copied().chain(extra.iter().map(String::as_str))
}

impl Wording {
    pub(super) fn sends(&self, text: &str) -> bool {
        holds_any(&plain(text), with(&SEND, &self.send))
    }

    pub(super) fn receives(&self, text: &str) -> bool {
        holds_any(&plain(text), with(&RECEIVE, &self.receive))
    }

    pub(super) fn says_received(&self, page: &Page) -> bool {
        let starts: Vec<_> = with(&RECEIVED, &self.received).map(plain).filter(|start| !start.is_empty()).collect();
        page.banner().any(|phrase| starts.iter().any(|start| phrase.starts_with(start)))
    }
}

fn banner_holds<'w>(page: &Page, words: impl Iterator<Item = &'w str> + Clone) -> bool {
    page.banner().any(|phrase| holds_any(&phrase, words.clone()))
}

/// What an answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The file was received (docs/protocols/xfb-gateway.md 4.6).
    Received,
    /// Refused for good; nothing was taken (4.7).
    Refused,
    /// Refused for now; nothing was taken (4.8).
    RefusedForNow,
    /// The credentials were refused; nothing was done (3.3).
    LogInRefused,
    /// The session is over; nothing was done (3.4).
    Expired,
    /// None of these.
    Unknown,
}

impl Verdict {
    /// The meaning of the answer to an upload whose body may have been complete. A page that contradicts itself, and any
    /// answer that is not known to mean that nothing was taken, is [`Verdict::Unknown`]
    /// (docs/protocols/xfb-gateway.md 4.6 to 4.9).
    #[must_use]
    pub fn of_upload(status: u16, page: &Page, wording: &Wording) -> Self {
        match status {
            200..=299 => {
                let refusal = Self::by_words(page, wording, At::Upload);
                match (wording.says_received(page), refusal) {
                    (true, Self::Unknown) => Self::Received,
                    (true, _) => Self::Unknown,
                    (false, refusal) => refusal,
                }
            }
            408 | 425 => Self::Unknown,
            other => Self::by_status(other),
        }
    }

    /// The meaning of any other page: [`Verdict::Unknown`] says that nothing stands against its being what was asked for
    /// when the status is 2xx (docs/protocols/xfb-gateway.md 3.3, 3.4, 4.7).
    #[must_use]
    pub fn of_page(status: u16, page: &Page, wording: &Wording) -> Self {
        match status {
            200..=299 => Self::by_words(page, wording, At::Page),
            other => Self::by_status(other),
        }
    }

    fn by_status(status: u16) -> Self {
        match status {
            401 | 403 => Self::LogInRefused,
            429 | 503 => Self::RefusedForNow,
            400..=499 => Self::Refused,
            _ => Self::Unknown,
        }
    }

    fn by_words(page: &Page, wording: &Wording, at: At) -> Self {
        let log_in = || banner_holds(page, with(&LOG_IN_REFUSED, &wording.log_in_refused).chain(at.log_in_words()));
        let refused = || banner_holds(page, with(&REFUSED, &wording.refused));
        if banner_holds(page, with(&EXPIRED, &wording.expired)) {
            Self::Expired
        } else if at == At::Page && log_in() {
            Self::LogInRefused
        } else if refused() {
            let later = holds_any(&plain(&page.words()), with(&LATER, &wording.later));
            if later { Self::RefusedForNow } else { Self::Refused }
        } else if log_in() {
            Self::LogInRefused
        } else if at == At::Page && kind::asks_to_log_in(page) {
            Self::Expired
        } else {
            Self::Unknown
        }
    }
}

/// What was asked for: «not authorized» speaks of the partner after an upload, of the credentials elsewhere.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Upload,
    Page,
}

impl At {
    fn log_in_words<'w>(self) -> impl Iterator<Item = &'w str> + Clone {
        let words: &[&'w str] = if self == Self::Page { &LOG_IN_ASKED } else { &[] };
        words.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upload(status: u16, html: &str) -> Verdict {
        let wording = Wording {
            received: vec!["Fichier bien reçu".into()],
            refused: vec!["Hors délai".into()],
            later: vec!["demain".into()],
            ..Wording::default()
        };
        Verdict::of_upload(status, &Page::read(html), &wording)
    }

    #[test]
    fn the_page_of_the_source_document_is_a_success() {
        let page = "<HTML><HEAD><TITLE>File received correctly</TITLE></HEAD><BODY><H1><FONT color=GREEN>File received\
                    </FONT></H1><A HREF=\"?user=U&password=P\">Continue ...</A></BODY></HTML>";
        assert_eq!(upload(200, page), Verdict::Received);
    }

    #[test]
    fn answers_to_an_upload_are_told_apart() {
        use Verdict::*;
        for (status, page, expected) in [
            (200, "<title>FILE  RECEIVED", Received),
            (201, "<h1>x</h1><h2><b>file</b>\nreceived correctly", Received),
            (200, "<h1>Fichier bien recu", Received),
            (200, "<p>File received", Unknown),
            (200, "<title>The File received", Unknown),
            (200, "<title>File received<h1>Transfer rejected", Unknown),
            (200, "<title>File not received", Refused),
            (200, "<h1>Unknown partner", Refused),
            (200, "<h1>Partner not authorized", Refused),
            (200, "<h3>Fichier refusé</h3> hors service, réessayer plus tard", RefusedForNow),
            (200, "<h3>Hors delai", Refused),
            (200, "<h3>Hors delai</h3>revenez DEMAIN", RefusedForNow),
            (200, "<h1>Busy, try again later", Unknown),
            (200, "<p>refused", Unknown),
            (200, "<title>Session expirée", Expired),
            (200, "<title>Access denied", LogInRefused),
            (200, "<h1>Identifiant du transfert : 12", Unknown),
            (200, "", Unknown),
            (302, "<title>File received", Unknown),
            (500, "<title>File received", Unknown),
            (500, "<title>Rejected", Unknown),
            (502, "", Unknown),
            (503, "", RefusedForNow),
            (429, "<h1>File received", RefusedForNow),
            (400, "", Refused),
            (413, "<h1>File received", Refused),
            (401, "", LogInRefused),
            (403, "", LogInRefused),
            (408, "", Unknown),
            (425, "", Unknown),
        ] {
            assert_eq!(upload(status, page), expected, "{status} {page}");
        }
    }

    #[test]
    fn a_page_that_asks_for_a_password_ends_the_session_and_never_an_upload() {
        let page = Page::read("<TITLE>Portail</TITLE><FORM><INPUT NAME=u><INPUT TYPE=password NAME=p></FORM>");
        assert_eq!(Verdict::of_page(200, &page, &Wording::default()), Verdict::Expired);
        assert_eq!(Verdict::of_upload(200, &page, &Wording::default()), Verdict::Unknown);
    }

    #[test]
    fn log_in_words_count_where_credentials_were_asked_for() {
        let page = Page::read("<h1>Mot de passe inconnu");
        assert_eq!(Verdict::of_page(200, &page, &Wording::default()), Verdict::LogInRefused);
        assert_eq!(Verdict::of_upload(200, &page, &Wording::default()), Verdict::Unknown);
    }
}
