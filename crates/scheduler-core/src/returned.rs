//! A file that a partner holds for us: from the offer to the operator's folder.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::consignment::{Illegal, Lane, Why};
use crate::id::Id;

/// Whether the end of a collected file was proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Completeness {
    /// By a length, a terminator or the transport's own end mark.
    Proven,
    /// Nothing but a closed connection tells the end.
    Unproven,
}

/// What the partner offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The partner's identifier of it for ever (`local_ident`, UIDL, MTS-identifier).
    pub key: String,
    /// The partner's name for it: hostile, never a path as it stands.
    pub name: String,
    /// Bytes, when announced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Reading it takes it away from the partner.
    pub consuming: bool,
}

/// The facts of a collected file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collected {
    /// Bytes.
    pub size: u64,
    /// SHA-1, lower-case hexadecimal.
    pub sha1: String,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// Whether its end is certain.
    pub completeness: Completeness,
}

/// Where a return stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ReturnState {
    /// The partner offers it. The session moves it on; a crash changes nothing.
    Offered,
    /// It is being read; the read may have consumed it. The session moves it on; after a crash a consuming one is `Incomplete`, another is offered again.
    Collecting,
    /// Its bytes are in the store, its final name is allotted. The station moves it on, also after a crash.
    Stored,
    /// It stands in the operator's folder. The session, or the next one after a crash, disposes of the partner's copy.
    Published,
    /// The partner's copy is gone, or was by reading. Final.
    Disposed,
    /// Read, therefore consumed, and not whole. Only the partner moves it on, by offering it again under the reference kept here.
    Incomplete {
        /// What cut it.
        why: Why,
    },
}

impl ReturnState {
    /// As stored in the journal and printed in JSON.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Collecting => "collecting",
            Self::Stored => "stored",
            Self::Published => "published",
            Self::Disposed => "disposed",
            Self::Incomplete { .. } => "incomplete",
        }
    }
}

/// What can happen to a return.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ReturnEvent {
    /// Seen in the partner's listing for the first time.
    Offered {
        /// The lane that sees it.
        lane: Lane,
        /// The partner's end point.
        gate: String,
        /// What is offered.
        #[serde(flatten)]
        offer: Offer,
    },
    /// The read begins; committed before it is asked for.
    Collecting {
        /// The session.
        session: Id,
    },
    /// The bytes are durable in the store.
    Stored {
        /// Their facts.
        #[serde(flatten)]
        collected: Collected,
        /// The file name it will bear in the operator's folder, before any `_2`.
        file_name: String,
        /// The folder, as configured.
        folder: String,
    },
    /// It stands in the operator's folder.
    Published {
        /// The path.
        path: String,
    },
    /// The partner's copy is gone.
    Disposed,
    /// The read failed before anything was consumed.
    Missed {
        /// What happened.
        why: Why,
    },
    /// The read consumed it and did not bring it whole.
    Incomplete {
        /// What happened.
        why: Why,
        /// Bytes received before the cut.
        received: u64,
    },
    /// Found to be about a consignment; in one transaction with what that one notes. Changes no state.
    Linked {
        /// The consignment.
        to: Id,
        /// The operator who says so; `None` when an exact identifier does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        who: Option<String>,
        /// Why.
        why: String,
    },
    /// That was a mistake. Changes no state.
    Unlinked {
        /// Who.
        who: String,
        /// Why.
        why: String,
    },
    /// About nothing that we sent: put away. Changes no state.
    Dismissed {
        /// Who.
        who: String,
        /// Why.
        why: String,
    },
}

impl ReturnEvent {
    /// The event's name, as the journal stores it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Offered { .. } => "offered",
            Self::Collecting { .. } => "collecting",
            Self::Stored { .. } => "stored",
            Self::Published { .. } => "published",
            Self::Disposed => "disposed",
            Self::Missed { .. } => "missed",
            Self::Incomplete { .. } => "incomplete",
            Self::Linked { .. } => "linked",
            Self::Unlinked { .. } => "unlinked",
            Self::Dismissed { .. } => "dismissed",
        }
    }
}

/// A file that a partner holds, or held, for us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// Its identifier, also the name of its bytes in the store.
    pub id: Id,
    /// The lane that collects it.
    pub lane: Lane,
    /// The partner's end point, for pacing.
    pub gate: String,
    /// What the partner offers.
    #[serde(flatten)]
    pub offer: Offer,
    /// When it was first seen.
    pub offered: Timestamp,
    /// When its state last changed.
    pub changed: Timestamp,
    /// Where it stands.
    #[serde(flatten)]
    pub state: ReturnState,
    /// Its bytes, once stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collected: Option<Collected>,
    /// The folder it goes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// Its file name there, then its path once published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The consignment that it is about, once known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<Id>,
    /// An operator put it away, or took a link back: nothing is linked to it by itself any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_hand: bool,
    /// It is about nothing that we sent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dismissed: bool,
}

impl Return {
    /// The return after `event`; THE transition function of returns.
    ///
    /// # Errors
    ///
    /// [`Illegal`] when the state of `before` does not allow the event.
    pub fn apply(before: Option<&Self>, id: Id, event: &ReturnEvent, at: Timestamp) -> Result<Self, Illegal> {
        let refuse = |status| Illegal { what: format!("return {id}"), event: event.name(), status };
        let Some(before) = before else {
            return Self::offer(id, event, at).ok_or_else(|| refuse("unknown"));
        };
        if let Some(after) = before.beside(event) {
            return after.ok_or_else(|| refuse(before.state.as_str()));
        }
        let state = next_state(&before.state, event).ok_or_else(|| refuse(before.state.as_str()))?;
        let mut after = Self { state, changed: at, ..before.clone() };
        match event {
            ReturnEvent::Stored { collected, file_name, folder } => {
                after.collected = Some(collected.clone());
                after.folder = Some(folder.clone());
                after.path = Some(file_name.clone());
            }
            ReturnEvent::Published { path } => after.path = Some(path.clone()),
            _ => {}
        }
        Ok(after)
    }

    fn offer(id: Id, event: &ReturnEvent, at: Timestamp) -> Option<Self> {
        let ReturnEvent::Offered { lane, gate, offer } = event else {
            return None;
        };
        Some(Self {
            id,
            lane: lane.clone(),
            gate: gate.clone(),
            offer: offer.clone(),
            offered: at,
            changed: at,
            state: ReturnState::Offered,
            collected: None,
            folder: None,
            path: None,
            about: None,
            by_hand: false,
            dismissed: false,
        })
    }

    /// An event that changes no state: `None` when it is of another kind, nothing inside when it is illegal.
    fn beside(&self, event: &ReturnEvent) -> Option<Option<Self>> {
        let mut after = self.clone();
        let legal = match event {
            ReturnEvent::Linked { to, who, .. } => {
                (after.about, after.dismissed) = (Some(*to), false);
                after.by_hand |= who.is_some();
                self.about.is_none() && (who.is_some() || !self.by_hand)
            }
            ReturnEvent::Unlinked { .. } => {
                (after.about, after.by_hand) = (None, true);
                self.about.is_some()
            }
            ReturnEvent::Dismissed { .. } => {
                (after.dismissed, after.by_hand) = (true, true);
                self.about.is_none() && !self.dismissed
            }
            _ => return None,
        };
        Some(legal.then_some(after))
    }
}

fn next_state(state: &ReturnState, event: &ReturnEvent) -> Option<ReturnState> {
    use {ReturnEvent as Event, ReturnState as S};
    match (state, event) {
        (S::Offered, Event::Collecting { .. }) => Some(S::Collecting),
        (S::Incomplete { .. }, Event::Offered { .. }) => Some(S::Offered),
        (S::Collecting, Event::Stored { .. }) => Some(S::Stored),
        (S::Collecting, Event::Missed { .. }) => Some(S::Offered),
        (S::Collecting, Event::Incomplete { why, .. }) => Some(S::Incomplete { why: why.clone() }),
        (S::Stored, Event::Published { .. }) => Some(S::Published),
        (S::Published, Event::Disposed) => Some(S::Disposed),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
