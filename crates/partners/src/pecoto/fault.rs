//! The client's errors in the scheduler's terms.

use pecoto_smtp::mailbox::MailboxError;
use pecoto_smtp::submission::{self, Error};
use scheduler_core::partner::{Again, Fault, Reach};

use crate::fault;

/// Before anything is sent.
pub(super) fn session(error: &Error) -> Fault {
    let words = error.peer_words().map_or_else(|| error.to_string(), ToOwned::to_owned);
    let again = match error.again() {
        submission::Again::Never => Again::Never,
        submission::Again::Later => Again::At(None),
        submission::Again::AfterOperator => Again::AfterOperator,
    };
    let reach = match error.reach() {
        submission::Reach::Message => Reach::Consignment,
        submission::Reach::Session => Reach::Session,
        submission::Reach::Profile => Reach::Profile,
        submission::Reach::Server => Reach::Gate,
    };
    fault::of(error.code(), again, reach, &words)
}

/// Depositing; `crossed` = the commit point was: before it nothing can have been received (docs/protocols/pecoto.md 5.3). What may have been
/// received is for the reports to settle; the others go on in another session.
pub(super) fn deposit(error: &Error, crossed: bool) -> Fault {
    let maybe = crossed && error.received() == submission::Received::Maybe;
    fault::deposit(session(error), maybe, false)
}

/// Reading answers: whatever is wrong with the mailbox stops neither the sending nor the profile.
pub(super) fn mailbox(error: &MailboxError) -> Fault {
    Fault::session(error.code(), fault::bounded(&error.to_string()))
}
