//! The client's errors in the scheduler's terms.

use std::io;

use pecoto_smtp::mailbox::MailboxError;
use pecoto_smtp::submission::{self, Error};
use scheduler_core::partner::{Again, Fault, Reach, Received};

use crate::shared::{DISK_FULL, STORE_FAILED};

/// Characters kept of what the peer said.
const WORDS: usize = 500;

/// Before anything is sent.
pub(super) fn session(error: &Error) -> Fault {
    let words = error.peer_words().map_or_else(|| error.to_string(), ToOwned::to_owned);
    Fault {
        received: Received::No,
        again: match error.again() {
            submission::Again::Never => Again::Never,
            submission::Again::Later => Again::At(None),
            submission::Again::AfterOperator => Again::AfterOperator,
        },
        reach: match error.reach() {
            submission::Reach::Message => Reach::Consignment,
            submission::Reach::Session => Reach::Session,
            submission::Reach::Profile => Reach::Profile,
            submission::Reach::Server => Reach::Gate,
        },
        code: error.code().to_owned(),
        words: Some(bounded(&words)).filter(|words| !words.is_empty()),
    }
}

/// Depositing; `crossed` = the commit point was: before it nothing can have been received (docs/protocols/pecoto.md 5.3). What may have been
/// received is for the reports to settle; the others go on in another session.
pub(super) fn deposit(error: &Error, crossed: bool) -> Fault {
    let fault = session(error);
    if crossed && error.received() == submission::Received::Maybe {
        fault.maybe_received().again(Again::At(None)).reaching(Reach::Session)
    } else {
        fault
    }
}

/// Reading answers: whatever is wrong with the mailbox stops neither the sending nor the profile.
pub(super) fn mailbox(error: &MailboxError) -> Fault {
    Fault::session(error.code(), bounded(&error.to_string()))
}

/// The disk refused bytes of an answer, which stays in its mailbox.
pub(super) fn sink(error: &io::Error) -> Fault {
    let code = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => DISK_FULL,
        _ => STORE_FAILED,
    };
    Fault::session(code, error.to_string())
}

/// At most [`WORDS`] characters.
pub(super) fn bounded(words: &str) -> String {
    match words.char_indices().nth(WORDS) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words.to_owned(),
    }
}
