//! One session: connect, reconcile, deposit, collect, close; its trace and its place in the journal.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Driver, Tally};
use crate::crash::CrashPoint;
use crate::journal::{Draft, Event, GateEvent, JournalError, LaneEvent, SessionEvent};
use crate::lane::retry::Retry;
use crate::partner::{Again, Context, Fault, Phase, Reach, Session};
use crate::shared::Core;
use crate::stop::StopLevel;
use crate::trace::Entry;

impl Driver {
    /// One session, from the end point's permission to its closing.
    pub(super) async fn session(&self) -> Result<(), JournalError> {
        let Some(door) = self.core.doors.get(&self.gate) else { return Ok(()) };
        let permit = tokio::select! {
            permit = door.sessions.acquire() => permit,
            () = self.core.stop.reached(StopLevel::Finish) => return Ok(()),
        };
        let context = self.context();
        let opened = Event::Session { id: context.session, lane: self.lane.clone(), what: SessionEvent::Opened };
        self.core.journal.commit(vec![opened.into()]).await?;
        context.trace(Entry::Opened { lane: self.lane.clone(), session: context.session });
        if let Some(left) = self.core.board.left_alone(&self.lane) {
            context.trace(Entry::Unknown { mails: left.unknown, last: left.last });
        }
        let done = self.connected(&context).await;
        drop(permit);
        self.core.board.closed(&self.lane);
        let tally = done.as_ref().map(|tally| (tally.sent, tally.received, tally.broken.clone()));
        let (sent, received, why) = tally.unwrap_or_default();
        context.trace(Entry::Closed { sent, received });
        let closed = SessionEvent::Closed { sent, received, why };
        let event = Event::Session { id: context.session, lane: self.lane.clone(), what: closed };
        let filed = self.core.journal.commit(vec![event.into()]).await;
        self.core.traces.finish(context.session, context.now(), self.core.reader.head().await?);
        filed?;
        done.map(drop)
    }

    fn context(&self) -> Context {
        let core: &Core = &self.core;
        let session = core.ids.next(core.clock.now());
        Context {
            lane: self.lane.clone(),
            session,
            clock: core.clock.clone(),
            stop: core.stop.clone(),
            board: Arc::clone(&core.board),
            trace: Arc::new(core.traces.session(session)),
        }
    }

    async fn connected(&self, context: &Context) -> Result<Tally, JournalError> {
        let connected = tokio::select! {
            connected = self.connection.partner.connect(context) => connected,
            () = self.core.stop.reached(StopLevel::Now) => return Ok(Tally::default()),
        };
        let mut session = match connected {
            Ok(session) => session,
            Err(fault) => {
                self.rest(&fault, context, false).await?;
                return Ok(Tally { broken: Some(fault.why()), ..Tally::default() });
            }
        };
        CrashPoint::Connected.pass();
        let done = self.converse(&mut *session, context).await;
        context.phase(Phase::Disconnect);
        tokio::select! {
            () = session.close(context) => {}
            () = self.core.stop.reached(StopLevel::Now) => {}
        }
        CrashPoint::Closed.pass();
        done
    }

    /// Everything between connecting and closing.
    async fn converse(&self, session: &mut dyn Session, context: &Context) -> Result<Tally, JournalError> {
        let mut tally = Tally::default();
        let fault = match self.reconcile(session, context).await? {
            Some(fault) => Some(fault),
            None => self.deposit_all(session, context, &mut tally).await?,
        };
        let fault = match fault {
            Some(fault) => Some(fault),
            None if self.should_collect() => self.collect_all(session, context, &mut tally).await?,
            None => None,
        };
        match fault {
            Some(fault) => {
                tally.broken = Some(fault.why());
                // Broken off by our own stop, nobody failed: the next start need not wait.
                if !self.core.stop.is_now() {
                    self.rest(&fault, context, tally.sent + tally.received > 0).await?;
                }
            }
            None if self.core.journal.small().lane(&self.lane).failures > 0 => {
                self.core.journal.commit(vec![Draft::lane(&self.lane, LaneEvent::Recovered)]).await?;
            }
            None => {}
        }
        Ok(tally)
    }

    fn should_collect(&self) -> bool {
        let wanted = self.core.journal.small().lane(&self.lane).retrieval_wanted;
        self.connection.channel.capabilities().retrieve && wanted && !self.core.stop.is_asked()
    }

    /// What a fault means for those who come after: the lane or the end point rests, or the profile is suspended.
    /// A session that achieved something is opened again at once, and the count of failures starts again.
    async fn rest(&self, fault: &Fault, context: &Context, achieved: bool) -> Result<(), JournalError> {
        let why = fault.why();
        if fault.again == Again::AfterOperator {
            context.trace(Entry::Suspended { lane: self.lane.clone(), why: why.clone() });
            let secret_version = self.connection.profile.secret_version.clone();
            let event = LaneEvent::Suspended { why, secret_version };
            return self.core.commit_firmly(|| vec![Draft::lane(&self.lane, event.clone())]).await.map(drop);
        }
        let until = self.rest_until(fault, context, achieved);
        let rests = until > context.now();
        context.trace(Entry::Failed { why: why.clone(), until: rests.then_some(until) });
        let drafts = || {
            let recovered = achieved.then_some(LaneEvent::Recovered);
            let rested = (rests || !achieved).then(|| LaneEvent::Rested { until, why: why.clone() });
            let gate = GateEvent::Rested { until, why: why.clone() };
            let gate = Event::Gate { gate: self.gate.clone(), what: gate };
            let of_lane = recovered.into_iter().chain(rested).map(|event| Draft::lane(&self.lane, event));
            of_lane.chain((fault.reach == Reach::Gate).then(|| Draft::Event(gate))).collect()
        };
        self.core.commit_firmly(drafts).await.map(drop)
    }

    fn rest_until(&self, fault: &Fault, context: &Context, achieved: bool) -> Timestamp {
        let hint = match fault.again {
            Again::At(hint) => hint,
            Again::Never | Again::AfterOperator => None,
        };
        let failures = if achieved { 0 } else { self.core.journal.small().lane(&self.lane).failures };
        if hint.is_none() && achieved && fault.reach == Reach::Session {
            return context.now();
        }
        self.retry().next(failures + 1, context.session, hint, context.now()).at
    }

    pub(super) fn retry(&self) -> Retry {
        let settings = &self.core.setup.settings;
        Retry { first: settings.retry_first, max: settings.retry_max }
    }
}
