//! Everything that can be journalled.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::project::Small;
use crate::consignment::{ConsignmentEvent, Lane, Why};
use crate::id::Id;
use crate::notice::Evidence;
use crate::request::{BackupMade, Command};
use crate::returned::ReturnEvent;

/// One thing that happened: the body of a journal row, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "kebab-case")]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields are the subject and what happened to it")]
pub enum Event {
    /// A consignment.
    Consignment {
        id: Id,
        #[serde(flatten)]
        what: ConsignmentEvent,
    },
    /// A return.
    Return {
        id: Id,
        #[serde(flatten)]
        what: ReturnEvent,
    },
    /// A number was drawn from a register for something; the register never gives it again.
    Number {
        register: String,
        number: u64,
        #[serde(rename = "for")]
        whose: Id,
    },
    /// A number drawn will never be used, and why.
    Void { register: String, number: u64, why: String },
    /// Numbers `first` to `last` were drawn by a station that this journal does not tell of, and will never be used here.
    Voids { register: String, first: u64, last: u64, why: String },
    /// A lane.
    Lane {
        lane: Lane,
        #[serde(flatten)]
        what: LaneEvent,
    },
    /// A partner's end point.
    Gate {
        gate: String,
        #[serde(flatten)]
        what: GateEvent,
    },
    /// Sending held back, or no longer.
    Pause {
        scope: String,
        #[serde(flatten)]
        what: PauseEvent,
    },
    /// A session with a partner.
    Session {
        id: Id,
        lane: Lane,
        #[serde(flatten)]
        what: SessionEvent,
    },
    /// A notice from a partner.
    Evidence {
        #[serde(flatten)]
        what: Box<EvidenceEvent>,
    },
    /// An operator's request.
    Request {
        id: Id,
        #[serde(flatten)]
        what: RequestEvent,
    },
    /// The station itself.
    Station {
        #[serde(flatten)]
        what: StationEvent,
    },
}

impl Event {
    /// The consignment, return, session or request that it is about.
    #[must_use]
    pub fn subject(&self) -> Option<Id> {
        match self {
            Self::Consignment { id, .. }
            | Self::Return { id, .. }
            | Self::Session { id, .. }
            | Self::Request { id, .. } => Some(*id),
            Self::Number { whose, .. } => Some(*whose),
            _ => None,
        }
    }
}

/// What happens to a lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LaneEvent {
    /// Nothing is sent until the secret changes, or an operator resumes it: never hammer an account into lock-out.
    Suspended {
        /// The partner's words.
        why: Why,
        /// The version of the secret that was refused.
        secret_version: String,
    },
    /// It works again.
    Resumed {
        /// Who, or what.
        who: String,
    },
    /// Notices are not looked for until a secret changes, or an operator resumes the profile; files are sent as before.
    NoticesSuspended {
        /// The words of who refused.
        why: Why,
        /// The version of the secrets that were refused.
        secret_version: String,
    },
    /// They are looked for again.
    NoticesResumed {
        /// Who, or what.
        who: String,
    },
    /// No session before an instant.
    Rested {
        /// The instant.
        until: Timestamp,
        /// Why.
        why: Why,
    },
    /// A session went well, or achieved something before it broke: the count of failures starts again.
    Recovered,
    /// Returns are to be collected, with or without files to send.
    RetrievalWanted {
        /// Who, or what: an operator, a notice, `after-send`.
        who: String,
    },
    /// They were.
    Retrieved,
    /// A schedule of collections is followed from an instant on: nothing of before is due.
    ScheduleFollowed {
        /// The schedule, as it is named; empty when there is none any more.
        schedule: String,
        /// The instant.
        from: Timestamp,
    },
    /// An occurrence of the schedule was dealt with, and those before it; committed with the `RetrievalWanted` that it asks for.
    Scheduled {
        /// When it was, or should have been.
        occurrence: Timestamp,
    },
    /// The partner was asked about uncertain files and could not tell of all: it is asked again.
    DoubtsLeft {
        /// Files still uncertain.
        files: u64,
        /// Not before, unless a session is opened for something else.
        until: Timestamp,
    },
}

/// What happens to a partner's end point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GateEvent {
    /// Nobody connects before an instant.
    Rested {
        /// The instant.
        until: Timestamp,
        /// Why.
        why: Why,
    },
    /// An operator lets it be tried at once.
    Resumed {
        /// Who.
        who: String,
    },
}

/// Holding back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PauseEvent {
    /// Nothing of that scope is sent.
    Paused {
        /// Who.
        who: String,
        /// Why, if the operator said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// It is sent again.
    Unpaused {
        /// Who.
        who: String,
        /// Why, if the operator said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
}

/// The life of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SessionEvent {
    /// It is open.
    Opened,
    /// It is closed.
    Closed {
        /// Files deposited.
        sent: u64,
        /// Returns collected.
        received: u64,
        /// What ended it early, if anything did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<Why>,
    },
}

/// The life of a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EvidenceEvent {
    /// Seen for the first time, kept whether or not anything matches yet.
    Kept {
        /// The lane that brought it.
        lane: Lane,
        /// The notice.
        #[serde(flatten)]
        evidence: Evidence,
    },
    /// Found to be about a consignment, or dealt with.
    Matched {
        /// The notice's key.
        key: String,
        /// The consignment, if it is about one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Id>,
    },
}

/// The life of an operator's request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RequestEvent {
    /// Taken from the spool.
    Taken {
        /// What is asked.
        command: Command,
        /// Who asks: the account that the system proves.
        who: String,
        /// Whom the asker said to be, where that is not the account.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        claimed: Option<String>,
    },
    /// Done.
    Done {
        /// Identifiers of what it created or changed.
        touched: Vec<Id>,
    },
    /// Not done.
    Failed {
        /// Why.
        why: Why,
    },
}

/// What happens to the station.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum StationEvent {
    /// It was started.
    Started {
        /// By this version.
        version: String,
    },
    /// It was stopped in order.
    Stopped,
    /// A backup was made, read back and found whole.
    BackedUp {
        /// Which.
        backup: BackupMade,
    },
    /// It was brought back from a backup: nothing leaves and nothing is taken until an operator resumes it.
    Restored {
        /// The backup.
        from: Origin,
        /// Who restored it.
        who: String,
    },
    /// An operator lets a restored station work again.
    ResumedAfterRestore {
        /// Who.
        who: String,
        /// Why it may.
        why: String,
    },
    /// Old and finished things were purged, in the same transaction.
    Purged(Box<Certificate>),
}

/// Where a restored station comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The name of the backup's file, without its folder.
    pub file: String,
    /// When the backup was begun: what happened later is not in it.
    pub created: Timestamp,
    /// The sequence number of the last event in it.
    pub seq: i64,
    /// That event's hash, lower-case hexadecimal.
    pub hash: String,
}

/// What was purged, so that the chain still tells what is missing: bodies of events and rows, never the hashes nor the numbers drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Who asked.
    pub who: String,
    /// Why.
    pub why: String,
    /// Only what was finished before this instant.
    pub before: Timestamp,
    /// Consignments.
    pub consignments: u64,
    /// Returns.
    pub returns: u64,
    /// Events whose bodies are gone.
    pub events: u64,
    /// Days whose traces go with it.
    pub traces: u64,
    /// The first and the last identifier purged, with the dates when they came; nothing where only traces go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<[(Id, Timestamp); 2]>,
    /// SHA-256, in lower-case hexadecimal, over what is missing, in order: for each event its number and its subject as 8 bytes, big-endian, and the
    /// SHA-256 of its body.
    pub digest: String,
    /// The head of the chain before this event.
    pub head: String,
    /// Lanes, gates, pauses and registers as they stood: what was purged may have been the last to change them.
    pub small: Small,
}

/// What the writer knows of a purge at the moment it happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Events whose bodies go.
    pub events: u64,
    /// The digest over them.
    pub digest: String,
    /// The head before.
    pub head: String,
    /// The small projections.
    pub small: Small,
}

/// What a submission asks to append.
#[non_exhaustive]
pub enum Draft {
    /// This event.
    Event(Event),
    /// Draws the next number of a register for `whose`, journals that, then appends the event made with it.
    WithNumber {
        /// The register.
        register: String,
        /// Whose number it will be for ever.
        whose: Id,
        /// The register's first number.
        first: u64,
        /// Makes the event.
        make: Box<dyn FnOnce(u64) -> Event + Send>,
    },
    /// The lane's returns were collected, unless a wish came after the listing: what it is about may not have been listed.
    Retrieved {
        /// The lane.
        lane: Lane,
        /// The last event before the listing.
        listed: i64,
    },
    /// Removes the bodies and the rows of consignments and returns that are finished, under the certificate made with what the writer then knows. The
    /// only draft of its submission.
    Purge {
        /// Which.
        ids: Vec<Id>,
        /// Makes the certificate.
        make: Box<dyn FnOnce(Missing) -> Certificate + Send>,
    },
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Event(event) => f.debug_tuple("Event").field(event).finish(),
            Self::WithNumber { register, whose, .. } => {
                f.debug_struct("WithNumber").field("register", register).field("whose", whose).finish_non_exhaustive()
            }
            Self::Retrieved { lane, listed } => {
                f.debug_struct("Retrieved").field("lane", lane).field("listed", listed).finish()
            }
            Self::Purge { ids, .. } => f.debug_struct("Purge").field("ids", &ids.len()).finish_non_exhaustive(),
        }
    }
}

impl From<Event> for Draft {
    fn from(event: Event) -> Self {
        Self::Event(event)
    }
}

impl Draft {
    /// An event of a consignment.
    #[must_use]
    pub fn consignment(id: Id, what: ConsignmentEvent) -> Self {
        Self::Event(Event::Consignment { id, what })
    }

    /// An event of a return.
    #[must_use]
    pub fn returned(id: Id, what: ReturnEvent) -> Self {
        Self::Event(Event::Return { id, what })
    }

    /// An event of a lane.
    #[must_use]
    pub fn lane(lane: &Lane, what: LaneEvent) -> Self {
        Self::Event(Event::Lane { lane: lane.clone(), what })
    }
}
