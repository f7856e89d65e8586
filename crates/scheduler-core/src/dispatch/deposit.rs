//! Depositing: intent before the first byte, `Committing` before the last, one outcome, pacing in between (durability rules 4, 6, 7).

use std::fs;

use super::{Driver, Tally};
use crate::consignment::{Consignment, ConsignmentEvent, Why};
use crate::crash::CrashPoint;
use crate::id::Id;
use crate::journal::{Draft, JournalError, LaneEvent};
use crate::live::LiveFile;
use crate::partner::{Again, Context, Deposit, Fault, Hold, Phase, Reach, Receipt, Received, Session};
use crate::scenario::Scenario;
use crate::stop::StopLevel;
use crate::trace::Entry;

impl Driver {
    /// Deposits every due file; returns the fault that ended the session, if one did.
    pub(super) async fn deposit_all(
        &self,
        session: &mut dyn Session,
        context: &Context,
        tally: &mut Tally,
    ) -> Result<Option<Fault>, JournalError> {
        let delay = self.connection.delay_up();
        let mut next = self.next().await?;
        let mut intended = None;
        while let Some(consignment) = next.take() {
            let Some(scenario) = self.sendable(&consignment, context).await? else {
                next = self.next().await?;
                continue;
            };
            let door = &self.core.doors[&self.gate];
            let turn = if delay.is_zero() { None } else { Some(door.turn.lock().await) };
            if intended != Some(consignment.id) {
                if !self.pace(context, delay).await {
                    return Ok(None);
                }
                if !self.intend(&consignment, context).await? {
                    next = self.next().await?;
                    continue;
                }
            }
            CrashPoint::Intended.pass();
            let (outcome, fault) = self.attempt(session, context, &consignment, &scenario).await;
            CrashPoint::Answered.pass();
            drop(turn);
            let ends = fault.as_ref().is_some_and(|fault| fault.reach != Reach::Consignment);
            let following = if ends || !delay.is_zero() { None } else { self.next().await? };
            intended = self.settle(&consignment, outcome, following.as_ref(), context).await?;
            CrashPoint::Settled.pass();
            self.core.stir(&consignment.facts.name);
            self.after(&consignment, fault.as_ref(), tally).await?;
            if let Some(fault) = fault.filter(|_| ends) {
                return Ok(Some(fault));
            }
            next = if intended.is_some() { following } else { self.next().await? };
        }
        Ok(None)
    }

    /// Commits that an attempt begins; `false` when the file was given up in the meantime.
    async fn intend(&self, consignment: &Consignment, context: &Context) -> Result<bool, JournalError> {
        match self.core.journal.commit(vec![self.intent(consignment, context)]).await {
            Err(JournalError::Illegal(_)) => Ok(false),
            done => done.map(|_| true),
        }
    }

    fn intent(&self, consignment: &Consignment, context: &Context) -> Draft {
        let event = ConsignmentEvent::Intended {
            session: context.session,
            gate: self.gate.clone(),
            numbers: Default::default(),
            identifiers: self.connection.partner.identifiers(consignment),
        };
        Draft::consignment(consignment.id, event)
    }

    /// The scenario of a file whose bytes are still what was accepted; otherwise it is held.
    async fn sendable(&self, consignment: &Consignment, context: &Context) -> Result<Option<Scenario>, JournalError> {
        let scenario = self.core.setup.scenario(&consignment.facts.scenario);
        let stored = fs::metadata(self.core.store.path(consignment.id));
        let why = match (scenario, stored) {
            (None, _) => Why::with("scenario-gone", consignment.facts.scenario.clone()),
            (_, Err(error)) => Why::with("store-missing", error.to_string()),
            (_, Ok(facts)) if facts.len() != consignment.facts.size => Why::code("store-changed"),
            (Some(scenario), _) => return Ok(Some(scenario.clone())),
        };
        context.trace(Entry::Held { id: consignment.id, name: consignment.facts.name.clone(), why: why.clone() });
        match self.core.journal.commit(vec![Draft::consignment(consignment.id, ConsignmentEvent::Held { why })]).await {
            // Given up in the meantime.
            Err(JournalError::Illegal(_)) => Ok(None),
            done => done.map(|_| None),
        }
    }

    /// Waits for the end point's pacing; `false` when asked to stop meanwhile.
    pub(super) async fn pace(&self, context: &Context, delay: std::time::Duration) -> bool {
        let wait = self.core.doors[&self.gate].wait(delay, self.core.clock.moment());
        if !wait.left.is_zero() {
            self.core.board.phase(&self.lane, Phase::Pacing, context.now());
            context.trace(Entry::Pacing { until: wait.until });
            tokio::select! {
                () = self.core.clock.sleep(wait.left) => {}
                () = self.core.stop.reached(StopLevel::Finish) => return false,
            }
        }
        !self.core.stop.is_asked()
    }

    /// One attempt; the event that it leads to, and the fault if there was one.
    async fn attempt(
        &self,
        session: &mut dyn Session,
        context: &Context,
        consignment: &Consignment,
        scenario: &Scenario,
    ) -> (Vec<ConsignmentEvent>, Option<Fault>) {
        let facts = &consignment.facts;
        self.core.board.phase(&self.lane, Phase::Send, context.now());
        self.core.board.file(&self.lane, Some(in_hand(consignment, context)));
        context.trace(Entry::Sending {
            id: consignment.id,
            scenario: facts.scenario.clone(),
            source: facts.source.clone(),
            size: facts.size,
            attempt: consignment.attempts + 1,
        });
        let hold = Hold::new(context, &self.core.journal, consignment.id);
        let deposit = Deposit { consignment, scenario, path: self.core.store.path(consignment.id) };
        let answer = tokio::select! {
            answer = session.deposit(deposit, &hold) => answer,
            () = self.core.stop.reached(StopLevel::Now) => Err(stopped()),
        };
        self.core.doors[&self.gate].ended(self.core.clock.moment());
        self.core.board.file(&self.lane, None);
        let crossed = hold.has_crossed();
        let events = self.outcome(consignment, context, &answer, crossed);
        (events, answer.err())
    }

    fn outcome(
        &self,
        consignment: &Consignment,
        context: &Context,
        answer: &Result<Receipt, Fault>,
        crossed: bool,
    ) -> Vec<ConsignmentEvent> {
        let fault = match answer {
            Ok(receipt) => {
                let deposited = ConsignmentEvent::Deposited {
                    identifiers: receipt.identifiers.clone(),
                    words: receipt.words.clone(),
                };
                let committing = ConsignmentEvent::Committing { session: context.session };
                return if crossed { vec![deposited] } else { vec![committing, deposited] };
            }
            Err(fault) => fault,
        };
        let why = fault.why();
        if crossed && fault.received == Received::Maybe {
            return vec![ConsignmentEvent::Doubted { why }];
        }
        let now = context.now();
        let event = match (fault.again, fault.reach) {
            (Again::Never, _) => ConsignmentEvent::Refused { why },
            (Again::AfterOperator, Reach::Consignment) => ConsignmentEvent::Held { why },
            (Again::AfterOperator, _) => ConsignmentEvent::Postponed { until: now, why },
            (Again::At(hint), _) => {
                let next = self.retry().next(consignment.attempts + 1, consignment.id, hint, now);
                ConsignmentEvent::Postponed { until: next.at, why }
            }
        };
        vec![event]
    }

    /// Commits the outcome and, where no pacing stands between, the next intent in the same transaction.
    async fn settle(
        &self,
        consignment: &Consignment,
        outcome: Vec<ConsignmentEvent>,
        next: Option<&Consignment>,
        context: &Context,
    ) -> Result<Option<Id>, JournalError> {
        for event in &outcome {
            if let Some(entry) = told(consignment, event, self.connection.contact()) {
                context.trace(entry);
            }
        }
        let following = next.filter(|_| self.connection.delay_up().is_zero() && !self.core.stop.is_asked());
        let settled = || outcome.iter().map(|event| Draft::consignment(consignment.id, event.clone()));
        let wanted = self.retrieval_after(&outcome);
        let settled = || settled().chain(wanted.clone().map(|event| Draft::lane(&self.lane, event)));
        let both = || settled().chain(following.map(|next| self.intent(next, context))).collect();
        match self.core.commit_firmly(both).await {
            // The next one was given up in the meantime, which must not take the outcome of this one with it.
            Err(JournalError::Illegal(_)) if following.is_some() => {
                self.core.commit_firmly(|| settled().collect()).await?;
                Ok(None)
            }
            done => done.map(|_| following.map(|next| next.id)),
        }
    }

    /// «Collect after each sending» (R6) is journalled with the deposit that asks for it, so that neither a crash nor a broken session forgets it.
    fn retrieval_after(&self, outcome: &[ConsignmentEvent]) -> Option<LaneEvent> {
        let deposited = outcome.iter().any(|event| matches!(event, ConsignmentEvent::Deposited { .. }));
        let asked = self.connection.profile.retrieve.after_send && self.connection.channel.capabilities().retrieve;
        let known = || self.core.journal.small().lane(&self.lane).retrieval_wanted;
        (deposited && asked && !known()).then(|| LaneEvent::RetrievalWanted { who: "after-send".to_owned() })
    }

    /// The second copy of a file that was received (R3), and the counts.
    async fn after(
        &self,
        consignment: &Consignment,
        fault: Option<&Fault>,
        tally: &mut Tally,
    ) -> Result<(), JournalError> {
        if fault.is_some() {
            return Ok(());
        }
        tally.sent += 1;
        self.core.board.change(|live| live.deposited += 1);
        if consignment.facts.sent_copy { self.core.make_copy(consignment.id).await } else { Ok(()) }
    }
}

fn in_hand(consignment: &Consignment, context: &Context) -> LiveFile {
    LiveFile {
        id: consignment.id,
        scenario: consignment.facts.scenario.clone(),
        name: consignment.facts.name.clone(),
        done: 0,
        total: Some(consignment.facts.size),
        since: context.now(),
    }
}

/// The operator stopped everything in the middle of an attempt: whether the file was received depends on the commit point alone.
fn stopped() -> Fault {
    Fault::session("stopped-by-operator", None).maybe_received()
}

fn told(consignment: &Consignment, event: &ConsignmentEvent, contact: Option<String>) -> Option<Entry> {
    let (id, name) = (consignment.id, consignment.facts.name.clone());
    Some(match event.clone() {
        ConsignmentEvent::Deposited { words, .. } => Entry::Deposited { id, name, words },
        ConsignmentEvent::Postponed { until, why } => Entry::Postponed { id, name, until, why },
        ConsignmentEvent::Refused { why } => Entry::Refused { id, name, why, contact },
        ConsignmentEvent::Doubted { why } => Entry::Uncertain { id, name, why },
        ConsignmentEvent::Held { why } => Entry::Held { id, name, why },
        _ => return None,
    })
}
