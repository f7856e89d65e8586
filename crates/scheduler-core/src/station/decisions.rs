//! Decisions about one file: two persons where the station wants them, then what they decided.

use super::Station;
use crate::account::Operator;
use crate::consignment::{Consignment, ConsignmentEvent, Decision, Status, Why};
use crate::id::Id;
use crate::journal::{Draft, Event, GateEvent, JournalError, LaneEvent};
use crate::shared::why;

/// What two persons make of a decision.
#[derive(Debug, PartialEq, Eq)]
enum Eyes {
    /// It is the first to say so: another must say the same.
    First,
    /// It said so already.
    Same,
    /// Another said so before.
    Second,
}

/// Another decision than the one proposed takes its place, whoever takes it.
fn eyes(row: &Consignment, decision: Decision, who: &str) -> Eyes {
    match &row.proposal {
        Some(proposal) if proposal.decision != decision => Eyes::First,
        Some(proposal) if proposal.who == who => Eyes::Same,
        Some(_) => Eyes::Second,
        None => Eyes::First,
    }
}

impl Station {
    /// The only way to let a file go by hand: proposes, or seconds and does. The journal refuses a second that is the first, in the same
    /// transaction as the act.
    pub(super) async fn decide(
        &self,
        id: Id,
        decision: Decision,
        operator: &Operator,
        reason: String,
    ) -> Result<Vec<Id>, Why> {
        let row = self.core.reader.consignment(id).await.map_err(refused)?;
        let row = row.ok_or_else(|| Why::with("unknown-sending", id.to_string()))?;
        if decision == Decision::Resend {
            may_be_resent(&row)?;
        }
        let (who, mut drafts) = (operator.who().to_owned(), Vec::new());
        if self.core.setup.settings.four_eyes {
            if operator.account.is_none() {
                return Err(Why::with("account-unproven", who));
            }
            let (by, because) = (who.clone(), reason.clone());
            match eyes(&row, decision, &who) {
                Eyes::First => return self.change(id, ConsignmentEvent::Proposed { decision, who, why: reason }).await,
                Eyes::Same => return Err(Why::with("four-eyes-same-account", who)),
                Eyes::Second => {
                    let seconded = ConsignmentEvent::Seconded { decision, who: by, why: because };
                    drafts.push(Draft::consignment(id, seconded));
                }
            }
        }
        match decision {
            Decision::Resolve { verdict } => {
                drafts.push(Draft::consignment(id, ConsignmentEvent::Resolved { verdict, who, why: reason }));
                self.draft(drafts).await.map(|_| vec![id])
            }
            Decision::Release => self.release(&row, drafts, who, reason).await,
            Decision::Resend if row.state.status().is_settled() => self.send_again(&row, drafts, who, reason).await,
            Decision::Resend => self.hasten(&row, drafts, who, reason).await,
        }
    }

    /// One person is enough: nothing is sent. Numbers that were drawn for it and will surely never be seen are void, in the same transaction.
    pub(super) async fn cancel(&self, id: Id, who: String, reason: String) -> Result<Vec<Id>, Why> {
        let row = self.core.reader.consignment(id).await.map_err(refused)?;
        let row = row.ok_or_else(|| Why::with("unknown-sending", id.to_string()))?;
        let mut drafts = vec![Draft::consignment(id, ConsignmentEvent::Cancelled { who, why: reason })];
        if !row.state.status().reached_partner() && !row.state.is_in_doubt() {
            let void = |(register, number): (&String, &u64)| {
                let why = format!("consignment {id} was given up");
                Draft::Event(Event::Void { register: register.clone(), number: *number, why })
            };
            drafts.extend(row.numbers.iter().map(void));
        }
        self.draft(drafts).await.map(|_| vec![id])
    }

    /// A file without its backup gets it first (R3): it may be held for another reason and lack it too.
    async fn release(
        &self,
        row: &Consignment,
        mut drafts: Vec<Draft>,
        who: String,
        reason: String,
    ) -> Result<Vec<Id>, Why> {
        if row.state.status() == Status::Held
            && let Some(scenario) = self.core.setup.scenario(&row.facts.scenario)
        {
            self.intake.back_up(row.id, &row.facts.name, scenario).map_err(|error| why("backup-failed", &error))?;
        }
        drafts.push(Draft::consignment(row.id, ConsignmentEvent::Released { who, why: reason }));
        self.draft(drafts).await.map(|_| vec![row.id])
    }

    /// At once: neither its own silence nor its lane's nor its end point's is kept. A refused password stays refused.
    async fn hasten(
        &self,
        row: &Consignment,
        mut drafts: Vec<Draft>,
        who: String,
        reason: String,
    ) -> Result<Vec<Id>, Why> {
        let (small, lane) = (self.core.journal.small(), &row.facts.lane);
        drafts.push(Draft::consignment(row.id, ConsignmentEvent::Hastened { who: who.clone(), why: reason }));
        let rests = small.lane(lane);
        if rests.suspended.is_none() && rests.rests.is_some() {
            drafts.push(Draft::lane(lane, LaneEvent::Resumed { who: who.clone() }));
        }
        for gate in self.resting_gates(&[lane]) {
            drafts.push(Draft::Event(Event::Gate { gate, what: GateEvent::Resumed { who: who.clone() } }));
        }
        self.draft(drafts).await.map(|_| vec![row.id])
    }

    /// The same bytes as another consignment: its numbers are drawn anew, nobody looks for duplicates, each names the other.
    async fn send_again(
        &self,
        old: &Consignment,
        mut drafts: Vec<Draft>,
        who: String,
        reason: String,
    ) -> Result<Vec<Id>, Why> {
        let scenario = self.core.setup.scenario(&old.facts.scenario);
        let scenario = scenario.ok_or_else(|| Why::with("scenario-gone", old.facts.scenario.clone()))?;
        let (id, facts) = self.intake.take_again(old, scenario).await?;
        let sent_again = ConsignmentEvent::SentAgain { by: id, who, why: reason };
        drafts.push(Draft::consignment(old.id, sent_again));
        drafts.push(Draft::consignment(id, ConsignmentEvent::Accepted(Box::new(facts))));
        let done = self.draft(drafts).await;
        // After a refusal of the disk nobody knows what it kept: the next start does.
        if done.as_ref().is_err_and(|why| why.code == ILLEGAL) {
            self.intake.forget(id);
        }
        done.map(|_| vec![old.id, id])
    }
}

/// The code of an event that the state does not allow.
const ILLEGAL: &str = "journal-illegal-event";

/// What another command is made for, and what was sent again already, is refused with its name.
fn may_be_resent(row: &Consignment) -> Result<(), Why> {
    let code = match row.state.status() {
        Status::Uncertain => "resend-uncertain",
        Status::Held => "resend-held",
        Status::Sending | Status::Committing => "resend-under-way",
        _ => match row.sent_again {
            Some(by) => return Err(Why::with("resend-superseded", by.to_string())),
            None => return Ok(()),
        },
    };
    Err(Why::code(code))
}

fn refused(error: JournalError) -> Why {
    why(error.code(), &error)
}
