//! A file on its way to a partner: what is known of it, its states, and the one function that changes them.

mod decision;
mod event;
mod transition;

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::decision::{Decision, Proposal};
pub use self::event::{Acceptance, ConsignmentEvent, Says, Verdict};
pub use self::transition::Illegal;
use crate::id::Id;

/// The profile of one channel, written `VILLE.xfb`: files queue behind one another on it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lane(String);

impl Lane {
    /// The lane of `profile` on the channel `kind`.
    #[must_use]
    pub fn new(profile: &str, kind: &str) -> Self {
        Self(format!("{profile}.{kind}"))
    }

    /// The name of the profile, `VILLE` in `VILLE.xfb`.
    #[must_use]
    pub fn profile(&self) -> &str {
        self.0.rsplit_once('.').map_or(&self.0, |(profile, _)| profile)
    }

    /// As written in the configuration and in the journal.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Lane {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A reason: a stable code that catalogues turn into a sentence, and what the partner said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// Stable, in kebab case (`xfb-upload-refused`).
    pub code: String,
    /// The peer's own words, or a detail of ours; secrets removed, at most a few hundred characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

impl Why {
    /// A reason without words.
    #[must_use]
    pub fn code(code: impl Into<String>) -> Self {
        Self { code: code.into(), words: None }
    }

    /// A reason with the words that explain it.
    #[must_use]
    pub fn with(code: impl Into<String>, words: impl Into<String>) -> Self {
        Self { code: code.into(), words: Some(words.into()) }
    }
}

/// The code of what a restored station holds: it was not final in the backup, and the station that was backed up may have sent it since.
pub const RESTORED: &str = "restored-station";

/// Identifiers by which the partner or a mail names a consignment (`name`, `local_ident`, `message-id`…).
pub type Identifiers = BTreeMap<String, String>;

/// Where a consignment stands. `docs/state_machine.md` draws it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum State {
    /// In the store and in the journal, waiting for its lane. The lane moves it on; a crash changes nothing.
    Queued,
    /// Nothing is sent until an operator releases or cancels it. A crash changes nothing.
    Held {
        /// `duplicate-content`, `duplicate-identity`, `empty-file`, `finding`…
        why: Why,
    },
    /// The intent is journalled; bytes may be leaving. The session moves it on; after a crash it is queued again,
    /// because nothing complete can have left before `Committing`.
    Sending {
        /// The session that sends it.
        session: Id,
    },
    /// Will be tried again by itself. The lane moves it on once `until` has passed.
    Waiting {
        /// Not before this instant.
        until: Timestamp,
        /// What happened at the last attempt.
        why: Why,
    },
    /// The bytes that complete the message may have left. The session moves it on; a crash leaves `Uncertain`.
    Committing {
        /// The session that sends it.
        session: Id,
    },
    /// The partner may or may not hold the file. Evidence, or an operator, moves it on; never sent again by itself.
    Uncertain {
        /// What cut the exchange.
        why: Why,
    },
    /// The partner's server said that it received the file.
    Deposited,
    /// The partner's server said that it handed the file over to its destination.
    Delivered,
    /// The recipient opened it.
    Opened,
    /// The application accepted it whole.
    Acknowledged,
    /// The application rejected a part of it.
    PartlyRejected {
        /// The application's words.
        why: Why,
    },
    /// The application rejected it.
    Rejected {
        /// The application's words.
        why: Why,
    },
    /// It was deposited, and could not be handed over.
    Undelivered {
        /// The notice's words.
        why: Why,
    },
    /// No opening notice came in the agreed time, or a non-receipt notification did.
    Unacknowledged {
        /// Which of the two.
        why: Why,
    },
    /// The partner said no; nothing more is tried.
    Refused {
        /// The partner's words.
        why: Why,
    },
    /// An operator gave it up.
    Cancelled {
        /// Who.
        who: String,
        /// Why.
        why: String,
    },
}

/// The name of a state alone, as stored, listed and filtered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
#[expect(missing_docs, reason = "each is documented on the variant of `State` that bears its name")]
pub enum Status {
    Queued,
    Held,
    Sending,
    Waiting,
    Committing,
    Uncertain,
    Deposited,
    Delivered,
    Opened,
    Acknowledged,
    PartlyRejected,
    Rejected,
    Undelivered,
    Unacknowledged,
    Refused,
    Cancelled,
}

impl Status {
    /// Every status, in the order of a consignment's life.
    pub const ALL: [Self; 16] = [
        Self::Queued,
        Self::Held,
        Self::Sending,
        Self::Waiting,
        Self::Committing,
        Self::Uncertain,
        Self::Deposited,
        Self::Delivered,
        Self::Opened,
        Self::Acknowledged,
        Self::PartlyRejected,
        Self::Rejected,
        Self::Undelivered,
        Self::Unacknowledged,
        Self::Refused,
        Self::Cancelled,
    ];

    /// As stored in the journal and printed in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Held => "held",
            Self::Sending => "sending",
            Self::Waiting => "waiting",
            Self::Committing => "committing",
            Self::Uncertain => "uncertain",
            Self::Deposited => "deposited",
            Self::Delivered => "delivered",
            Self::Opened => "opened",
            Self::Acknowledged => "acknowledged",
            Self::PartlyRejected => "partly-rejected",
            Self::Rejected => "rejected",
            Self::Undelivered => "undelivered",
            Self::Unacknowledged => "unacknowledged",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }

    /// The partner's server holds the file, whatever came after.
    #[must_use]
    pub fn reached_partner(self) -> bool {
        matches!(
            self,
            Self::Deposited
                | Self::Delivered
                | Self::Opened
                | Self::Acknowledged
                | Self::PartlyRejected
                | Self::Rejected
                | Self::Undelivered
                | Self::Unacknowledged
        )
    }

    /// Still to be sent, or being sent: the lane has work.
    #[must_use]
    pub fn is_pending(self) -> bool {
        matches!(self, Self::Queued | Self::Waiting | Self::Sending | Self::Committing)
    }

    /// Only a human can move it on.
    #[must_use]
    pub fn needs_human(self) -> bool {
        matches!(self, Self::Held | Self::Uncertain)
    }

    /// Nothing more is sent by itself, and nobody is waited for.
    #[must_use]
    pub fn is_settled(self) -> bool {
        !self.is_pending() && !self.needs_human()
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl State {
    /// The name of this state.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::Queued => Status::Queued,
            Self::Held { .. } => Status::Held,
            Self::Sending { .. } => Status::Sending,
            Self::Waiting { .. } => Status::Waiting,
            Self::Committing { .. } => Status::Committing,
            Self::Uncertain { .. } => Status::Uncertain,
            Self::Deposited => Status::Deposited,
            Self::Delivered => Status::Delivered,
            Self::Opened => Status::Opened,
            Self::Acknowledged => Status::Acknowledged,
            Self::PartlyRejected { .. } => Status::PartlyRejected,
            Self::Rejected { .. } => Status::Rejected,
            Self::Undelivered { .. } => Status::Undelivered,
            Self::Unacknowledged { .. } => Status::Unacknowledged,
            Self::Refused { .. } => Status::Refused,
            Self::Cancelled { .. } => Status::Cancelled,
        }
    }

    /// The partner may hold it, and nobody knows: the exchange was cut, or the station that was backed up may have sent it since.
    #[must_use]
    pub fn is_in_doubt(&self) -> bool {
        match self {
            Self::Uncertain { .. } => true,
            Self::Held { why } => why.code == RESTORED,
            _ => false,
        }
    }

    /// The reason that the state carries, if any.
    #[must_use]
    pub fn why(&self) -> Option<&Why> {
        match self {
            Self::Held { why }
            | Self::Waiting { why, .. }
            | Self::Uncertain { why }
            | Self::PartlyRejected { why }
            | Self::Rejected { why }
            | Self::Undelivered { why }
            | Self::Unacknowledged { why }
            | Self::Refused { why } => Some(why),
            _ => None,
        }
    }
}

/// A file on its way: the facts fixed when it was accepted, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consignment {
    /// Its identifier, also the name of its bytes in the store.
    pub id: Id,
    /// What was known when it was accepted.
    #[serde(flatten)]
    pub facts: Acceptance,
    /// When it was accepted.
    pub accepted: Timestamp,
    /// When its state last changed.
    pub changed: Timestamp,
    /// Where it stands.
    #[serde(flatten)]
    pub state: State,
    /// Attempts so far, the one under way included.
    pub attempts: u32,
    /// The partner's end point of the last attempt, for pacing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<String>,
    /// Numbers drawn for it, by register; the same for every attempt.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub numbers: BTreeMap<String, u64>,
    /// What the partner calls it.
    #[serde(default, skip_serializing_if = "Identifiers::is_empty")]
    pub identifiers: Identifiers,
    /// The words of the partner's receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
    /// When the bytes that complete the message were last allowed out: evidence is never older.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committed: Option<Timestamp>,
    /// The last evidence that changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// The partner has received it and its second copy is not made yet. A crash leaves it owed; the next start makes it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub owes_copy: bool,
    /// It was given up while in doubt: the partner may hold it, and the duplicate check counts it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub maybe_received: bool,
    /// A decision that waits for a second person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<Proposal>,
    /// The consignment as which an operator had it sent once more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_again: Option<Id>,
    /// Returns that are about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Id>,
}

impl Consignment {
    /// Nobody has anything to do with it any more: settled with the partner, and its second copy made. A late notice may still change it.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        let status = self.state.status();
        !status.is_pending() && !status.needs_human() && !self.owes_copy
    }
}

#[cfg(test)]
mod tests;
