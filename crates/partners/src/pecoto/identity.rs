//! The identity of a message: made of the consignment's, so that it is the same at every attempt and a report leads back to it
//! (docs/protocols/pecoto.md 4.1).

use pecoto_smtp::submission::{MessageId, Result};
use scheduler_core::consignment::{Consignment, Identifiers};
use scheduler_core::id::Id;
use scheduler_core::partner::CONSIGNMENT;

/// The identifier under which the journal keeps it.
pub(super) const MESSAGE_ID: &str = "message-id";

/// Characters of the content's hash: nobody who does not know the file can guess them.
const HASH: usize = 16;

/// The longest domain that fits.
pub(super) const LONGEST_DOMAIN: usize = 60;

/// `01kgep5afj001.ba7816bf8f01cfea@saint-eloi.fr`.
pub(super) fn message_id(consignment: &Consignment, domain: &str) -> Result<MessageId> {
    let hash = consignment.facts.sha256.get(..HASH).unwrap_or("0");
    format!("{}.{hash}@{domain}", consignment.id).parse()
}

/// What a report about this message is about; `None` for a message that is not of ours.
pub(super) fn about(message_id: &str) -> Option<Identifiers> {
    let (id, _) = message_id.split_once('.')?;
    let id: Id = id.parse().ok()?;
    Some(Identifiers::from([(CONSIGNMENT.to_owned(), id.to_string()), (MESSAGE_ID.to_owned(), message_id.to_owned())]))
}
