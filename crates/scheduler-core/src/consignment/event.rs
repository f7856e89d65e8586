//! What can happen to a consignment.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Decision, Identifiers, Lane, Why};
use crate::id::Id;

/// The facts of a file, fixed when it is accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// The scenario that matched.
    pub scenario: String,
    /// The lane it queues on.
    pub lane: Lane,
    /// The path where the operator dropped it.
    pub source: String,
    /// Its file name, which is also what the partner is told.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Last modification of the file as found.
    pub modified: Timestamp,
    /// SHA-1 of the bytes, lower-case hexadecimal (the legal trace asks for it).
    pub sha1: String,
    /// SHA-256 of the bytes, lower-case hexadecimal.
    pub sha256: String,
    /// Channel, site and application: where «already sent» is looked for.
    pub destination: String,
    /// How the partner would recognise a duplicate (PES: NomFic and CodCol), if the channel knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// Why it is not to be sent without an operator, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Why>,
    /// The scenario wants a second copy once the partner has received it (R3).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sent_copy: bool,
    /// The settled consignment that an operator had sent once more as this one, from the same stored bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again_of: Option<Id>,
}

/// What reconciliation or an operator says of an uncertain consignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The partner holds it.
    Deposited,
    /// The partner does not hold it: it is sent again.
    NotDeposited,
}

/// What a notice says of a consignment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "says", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Says {
    /// The server holds it.
    Deposited,
    /// It was handed over to its destination.
    Delivered,
    /// The recipient opened it.
    Opened,
    /// It could not be handed over, or the server will not have it.
    Undelivered {
        /// The notice's words.
        why: Why,
    },
}

/// What can happen to a consignment; `Consignment::apply` says when each is legal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ConsignmentEvent {
    /// The bytes are in the store: queued, or held.
    Accepted(Box<Acceptance>),
    /// An operator lets a held file go.
    Released {
        /// Who.
        who: String,
        /// Why.
        why: String,
    },
    /// Kept back from the queue.
    Held {
        /// The reason.
        why: Why,
    },
    /// An attempt begins; committed before the first byte leaves.
    Intended {
        /// The session that sends it.
        session: Id,
        /// The partner's end point.
        gate: String,
        /// Numbers drawn, by register.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        numbers: BTreeMap<String, u64>,
        /// What it will be called there, where that is known beforehand.
        #[serde(default, skip_serializing_if = "Identifiers::is_empty")]
        identifiers: Identifiers,
    },
    /// The bytes that complete the message may leave from now on.
    Committing {
        /// The session that sends it.
        session: Id,
    },
    /// The partner's server confirmed it.
    Deposited {
        /// What the partner calls it.
        #[serde(default, skip_serializing_if = "Identifiers::is_empty")]
        identifiers: Identifiers,
        /// The receipt's words, secrets removed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<String>,
    },
    /// The attempt failed and the partner surely does not hold the file.
    Postponed {
        /// Not before.
        until: Timestamp,
        /// What happened.
        why: Why,
    },
    /// The process died before anything complete left.
    Interrupted,
    /// The partner said no.
    Refused {
        /// Its words.
        why: Why,
    },
    /// The exchange was cut after the commit point.
    Doubted {
        /// What cut it.
        why: Why,
    },
    /// The partner itself settled a doubt.
    Reconciled {
        /// Its answer.
        verdict: Verdict,
        /// What the answer was read from.
        by: String,
    },
    /// A notice about it was matched.
    Evidenced {
        /// The notice's key.
        key: String,
        /// What it says.
        #[serde(flatten)]
        says: Says,
        /// What the partner calls the consignment.
        #[serde(default, skip_serializing_if = "Identifiers::is_empty")]
        identifiers: Identifiers,
    },
    /// An operator settled a doubt.
    Resolved {
        /// The decision.
        verdict: Verdict,
        /// Who.
        who: String,
        /// Why.
        why: String,
    },
    /// An operator gave it up.
    Cancelled {
        /// Who.
        who: String,
        /// Why.
        why: String,
    },
    /// An operator has a file that waits, or whose partner rests, tried at once.
    Hastened {
        /// Who.
        who: String,
        /// Why.
        why: String,
    },
    /// The first of two persons decides (`four_eyes`): nothing is done yet. Replaces what was proposed before. Changes no state.
    Proposed {
        /// What.
        #[serde(flatten)]
        decision: Decision,
        /// Who.
        who: String,
        /// Why.
        why: String,
    },
    /// Another person decides the same; in one transaction with what that does. Changes no state.
    Seconded {
        /// What.
        #[serde(flatten)]
        decision: Decision,
        /// Who.
        who: String,
        /// Why.
        why: String,
    },
    /// An operator had it sent once more, under another identifier; in one transaction with that one's acceptance. The duplicate check was
    /// passed over for it. Changes no state.
    SentAgain {
        /// The new consignment.
        by: Id,
        /// Who.
        who: String,
        /// Why.
        why: String,
    },
    /// A return was found to be about it. Changes no state.
    Answered {
        /// The return.
        by: Id,
    },
    /// That was a mistake. Changes no state.
    Unanswered {
        /// The return.
        by: Id,
    },
    /// The second copy that was owed is made, or no longer wanted. Changes no state.
    Copied {
        /// Where it stands; `None` where an existing file was to be kept, or the scenario wants none any more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<String>,
    },
}

impl ConsignmentEvent {
    /// The event's name, as the journal stores it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Accepted(_) => "accepted",
            Self::Released { .. } => "released",
            Self::Held { .. } => "held",
            Self::Intended { .. } => "intended",
            Self::Committing { .. } => "committing",
            Self::Deposited { .. } => "deposited",
            Self::Postponed { .. } => "postponed",
            Self::Interrupted => "interrupted",
            Self::Refused { .. } => "refused",
            Self::Doubted { .. } => "doubted",
            Self::Reconciled { .. } => "reconciled",
            Self::Evidenced { .. } => "evidenced",
            Self::Resolved { .. } => "resolved",
            Self::Cancelled { .. } => "cancelled",
            Self::Hastened { .. } => "hastened",
            Self::Proposed { .. } => "proposed",
            Self::Seconded { .. } => "seconded",
            Self::SentAgain { .. } => "sent-again",
            Self::Answered { .. } => "answered",
            Self::Unanswered { .. } => "unanswered",
            Self::Copied { .. } => "copied",
        }
    }

    /// Changes no state, whatever it is.
    pub(super) fn stands_beside(&self) -> bool {
        matches!(
            self,
            Self::Copied { .. }
                | Self::Proposed { .. }
                | Self::Seconded { .. }
                | Self::SentAgain { .. }
                | Self::Answered { .. }
                | Self::Unanswered { .. }
        )
    }
}
