//! THE transition function of consignments: live and at recovery, nothing else changes a state.

use jiff::Timestamp;

use super::{Consignment, ConsignmentEvent as Event, Decision, Proposal, RESTORED, Says, State, Status, Verdict};
use crate::id::Id;

/// An event that the state does not allow; nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} cannot be {event} when it is {status}")]
pub struct Illegal {
    /// Whose event it was.
    pub what: String,
    /// The event's name.
    pub event: &'static str,
    /// The state's name, or `unknown` when nothing of that identifier exists.
    pub status: &'static str,
}

impl Consignment {
    /// The consignment after `event`.
    ///
    /// `before` is `None` when the journal knows nothing of `id`: then only `Accepted` is legal.
    ///
    /// # Errors
    ///
    /// [`Illegal`] when the state of `before` does not allow the event.
    pub fn apply(before: Option<&Self>, id: Id, event: &Event, at: Timestamp) -> Result<Self, Illegal> {
        let Some(before) = before else {
            return Self::accept(id, event, at);
        };
        let illegal = || Illegal {
            what: format!("consignment {id}"),
            event: event.name(),
            status: before.state.status().as_str(),
        };
        if let Some(after) = before.beside(event, at) {
            return after.ok_or_else(illegal);
        }
        let state = next_state(&before.state, event).ok_or_else(illegal)?;
        let mut after = Self { state, changed: at, ..before.clone() };
        after.owes_copy |=
            after.facts.sent_copy && is_received(&after.state) && !before.state.status().reached_partner();
        if after.state != before.state {
            after.proposal = None;
        }
        after.maybe_received |= before.state.is_in_doubt() && after.state.status() == Status::Cancelled;
        after.note(event, at);
        Ok(after)
    }

    /// An event that changes no state: `None` when it is of another kind, nothing inside when it is illegal.
    fn beside(&self, event: &Event, at: Timestamp) -> Option<Option<Self>> {
        if !event.stands_beside() {
            return None;
        }
        let mut after = self.clone();
        let legal = match event {
            Event::Copied { .. } => std::mem::take(&mut after.owes_copy),
            Event::Proposed { decision, who, why } => {
                let proposal = Proposal { decision: *decision, who: who.clone(), why: why.clone(), at };
                after.proposal = Some(proposal);
                decision.suits(&self.state) && !self.is_proposed_by(*decision, who)
            }
            Event::Seconded { decision, who, .. } => {
                after.proposal = None;
                let same = self.proposal.as_ref().is_some_and(|proposal| proposal.decision == *decision);
                same && !self.is_proposed_by(*decision, who)
            }
            Event::SentAgain { by, .. } => {
                (after.proposal, after.sent_again) = (None, Some(*by));
                self.state.status().is_settled() && self.sent_again.is_none()
            }
            Event::Answered { by } => {
                after.answers.push(*by);
                !self.answers.contains(by)
            }
            Event::Unanswered { by } => {
                after.answers.retain(|answer| answer != by);
                self.answers.contains(by)
            }
            _ => return None,
        };
        Some(legal.then_some(after))
    }

    fn is_proposed_by(&self, decision: Decision, who: &str) -> bool {
        self.proposal.as_ref().is_some_and(|proposal| proposal.decision == decision && proposal.who == who)
    }

    fn accept(id: Id, event: &Event, at: Timestamp) -> Result<Self, Illegal> {
        let Event::Accepted(facts) = event else {
            return Err(Illegal { what: format!("consignment {id}"), event: event.name(), status: "unknown" });
        };
        let state = match &facts.held {
            Some(why) => State::Held { why: why.clone() },
            None => State::Queued,
        };
        Ok(Self {
            id,
            facts: (**facts).clone(),
            accepted: at,
            changed: at,
            state,
            attempts: 0,
            gate: None,
            numbers: Default::default(),
            identifiers: Default::default(),
            receipt: None,
            committed: None,
            evidence: None,
            owes_copy: false,
            maybe_received: false,
            proposal: None,
            sent_again: None,
            answers: Vec::new(),
        })
    }

    /// What an event leaves behind beside the state.
    fn note(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::Intended { gate, numbers, identifiers, .. } => {
                self.attempts += 1;
                self.identifiers.extend(identifiers.clone());
                self.gate = Some(gate.clone());
                self.numbers.extend(numbers.iter().map(|(name, number)| (name.clone(), *number)));
            }
            Event::Hastened { .. } => self.proposal = None,
            Event::Committing { .. } => self.committed = Some(at),
            Event::Deposited { identifiers, words } => {
                self.identifiers.extend(identifiers.clone());
                self.receipt.clone_from(words);
            }
            Event::Evidenced { key, identifiers, .. } => {
                self.identifiers.extend(identifiers.clone());
                self.evidence = Some(key.clone());
            }
            _ => {}
        }
    }
}

/// The partner has it, as far as it says; what it could not hand over, without ever having said that it holds it, was not received.
fn is_received(state: &State) -> bool {
    matches!(state.status(), Status::Deposited | Status::Delivered | Status::Opened)
}

/// The state that follows, or `None` where the event is illegal. A verdict never changes a settled state back.
fn next_state(state: &State, event: &Event) -> Option<State> {
    use State as S;
    let next = match (state, event) {
        (S::Held { .. }, Event::Released { .. }) => S::Queued,
        (S::Queued | S::Waiting { .. }, Event::Hastened { .. }) => S::Queued,
        (
            S::Queued | S::Waiting { .. } | S::Sending { .. } | S::Committing { .. } | S::Uncertain { .. },
            Event::Held { why },
        ) => S::Held { why: why.clone() },
        (S::Queued | S::Waiting { .. }, Event::Intended { session, .. }) => S::Sending { session: *session },
        (S::Sending { session }, Event::Committing { session: by }) if session == by => {
            S::Committing { session: *session }
        }
        (S::Committing { .. }, Event::Deposited { .. }) => S::Deposited,
        (S::Sending { .. } | S::Committing { .. }, Event::Postponed { until, why }) => {
            S::Waiting { until: *until, why: why.clone() }
        }
        (S::Sending { .. }, Event::Interrupted) => S::Queued,
        (S::Sending { .. } | S::Committing { .. }, Event::Refused { why }) => S::Refused { why: why.clone() },
        (S::Committing { .. }, Event::Doubted { why }) => S::Uncertain { why: why.clone() },
        (S::Uncertain { .. }, Event::Reconciled { verdict, .. } | Event::Resolved { verdict, .. }) => match verdict {
            Verdict::Deposited => S::Deposited,
            Verdict::NotDeposited => S::Queued,
        },
        (S::Held { why: own }, Event::Held { why }) if why.code == RESTORED && own.code != RESTORED => {
            S::Held { why: why.clone() }
        }
        // The station that was backed up may have sent it since.
        (S::Held { why }, Event::Resolved { verdict: Verdict::Deposited, .. }) if why.code == RESTORED => S::Deposited,
        (state, Event::Evidenced { says, .. }) => return evidenced(state, says),
        (
            S::Queued
            | S::Waiting { .. }
            | S::Held { .. }
            | S::Uncertain { .. }
            | S::Refused { .. }
            | S::Undelivered { .. },
            Event::Cancelled { who, why },
        ) => S::Cancelled { who: who.clone(), why: why.clone() },
        _ => return None,
    };
    Some(next)
}

/// Evidence may come early, late, twice and in any order: it moves a sent or doubtful consignment forward,
/// never backward, and is illegal only where nothing can have been received.
fn evidenced(state: &State, says: &Says) -> Option<State> {
    let status = state.status();
    if !(status.reached_partner() || status == Status::Uncertain) {
        return None;
    }
    let next = match says {
        Says::Deposited if status == Status::Uncertain => State::Deposited,
        Says::Delivered if matches!(status, Status::Uncertain | Status::Deposited) => State::Delivered,
        Says::Opened
            if matches!(status, Status::Uncertain | Status::Deposited | Status::Delivered | Status::Unacknowledged) =>
        {
            State::Opened
        }
        Says::Undelivered { why } if matches!(status, Status::Uncertain | Status::Deposited | Status::Delivered) => {
            State::Undelivered { why: why.clone() }
        }
        _ => state.clone(),
    };
    Some(next)
}
