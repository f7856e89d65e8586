//! From a page that is not the one asked for to an error.

use web_forms::wire::{Answer, Talk};

use crate::error::{Code, Error};
use crate::page::{Verdict, Wording};

/// What a page says that is not the one asked for.
pub(crate) fn unexpected(talk: &Talk, wording: &Wording, answer: &Answer, doing: &str) -> Error {
    let status = answer.status;
    let (code, what) = match Verdict::of_page(status, &answer.page, wording) {
        Verdict::LogInRefused => (Code::LogInRefused, "the credentials were refused"),
        Verdict::Expired => (Code::SessionExpired, "the session has expired"),
        Verdict::RefusedForNow => (Code::RefusedForNow, "refused for now"),
        Verdict::Refused => (Code::PageRefused, "refused"),
        Verdict::Received | Verdict::Unknown if status >= 500 => (Code::ServerFailed, "the server failed"),
        Verdict::Received | Verdict::Unknown => (Code::UnknownPage, "an unknown page"),
    };
    let error = Error::new(code, format!("{doing}: {what} (status {status})"));
    error.said(&answer.page.words(), &talk.secrets).hinted(answer.retry_after)
}
