//! Asking the partner about uncertain files, where it can tell: in every session first, and in one opened for that alone.

use jiff::Timestamp;

use super::Driver;
use crate::consignment::{Consignment, ConsignmentEvent, Verdict};
use crate::journal::{Draft, JournalError, LaneEvent, LaneRow};
use crate::partner::{Context, Fault, Reach, Reconciliation, Session};
use crate::stop::StopLevel;
use crate::trace::Entry;

/// Doubts read from the journal in one go.
const AT_ONCE: u32 = 100;

/// What asking about one file gave.
enum Asked {
    Settled,
    StillUnknown,
    /// Nobody else need be asked about in this session.
    Broken(Fault),
    Stopped,
}

impl Driver {
    /// When the partner is to be asked about doubts, if there are any and it can tell: at once about a new one, later and later after that.
    pub(super) async fn asks_at(&self, row: &LaneRow, now: Timestamp) -> Result<Option<Timestamp>, JournalError> {
        let able = self.connection.channel.capabilities().reconcile;
        let any = able && !self.core.reader.doubts(&self.lane, 0, 1).await?.is_empty();
        Ok(any.then(|| row.asks_again.unwrap_or(now)))
    }

    /// Asks about every doubt of the lane; returns the fault that ended the session, if one did.
    pub(super) async fn reconcile(
        &self,
        session: &mut dyn Session,
        context: &Context,
    ) -> Result<Option<Fault>, JournalError> {
        if self.asks_at(&LaneRow::default(), context.now()).await?.is_none() {
            return Ok(None);
        }
        let delay = self.connection.delay_down();
        let _turn = if delay.is_zero() { None } else { Some(self.core.doors[&self.gate].turn.lock().await) };
        if !self.pace(context, delay).await {
            return Ok(None);
        }
        let (mut left, mut after) = (0, 0);
        loop {
            let page = self.core.reader.doubts(&self.lane, after, AT_ONCE).await?;
            let Some(last) = page.last() else { break };
            after = last.id.as_i64();
            for row in page {
                match self.ask(session, context, &row).await? {
                    Asked::Settled => {}
                    Asked::StillUnknown => left += 1,
                    Asked::Broken(fault) => return Ok(Some(fault)),
                    Asked::Stopped => return Ok(None),
                }
            }
        }
        if left > 0 { self.ask_again(left, context).await.map(|()| None) } else { Ok(None) }
    }

    async fn ask(
        &self,
        session: &mut dyn Session,
        context: &Context,
        row: &Consignment,
    ) -> Result<Asked, JournalError> {
        let answer = tokio::select! {
            answer = session.reconcile(row, context) => answer,
            () = self.core.stop.reached(StopLevel::Now) => return Ok(Asked::Stopped),
        };
        let verdict = match answer {
            Ok(Reconciliation::Settled(verdict)) => verdict,
            Ok(Reconciliation::StillUnknown) => return Ok(Asked::StillUnknown),
            Err(fault) if fault.reach == Reach::Consignment => {
                context.trace(Entry::Failed { why: fault.why(), until: None });
                return Ok(Asked::StillUnknown);
            }
            Err(fault) => return Ok(Asked::Broken(fault)),
        };
        let event = ConsignmentEvent::Reconciled { verdict, by: self.gate.clone() };
        match self.core.commit_firmly(|| vec![Draft::consignment(row.id, event.clone())]).await {
            // A notice, or an operator, was quicker.
            Err(JournalError::Illegal(_)) => return Ok(Asked::Settled),
            done => drop(done?),
        }
        let deposited = verdict == Verdict::Deposited;
        context.trace(Entry::Settled { id: row.id, name: row.facts.name.clone(), deposited });
        self.core.make_copy(row.id).await?;
        Ok(Asked::Settled)
    }

    async fn ask_again(&self, files: u64, context: &Context) -> Result<(), JournalError> {
        let vain = self.core.journal.small().lane(&self.lane).asked_in_vain;
        let until = self.retry().next(vain.saturating_add(1), context.session, None, context.now()).at;
        context.trace(Entry::DoubtsLeft { files, until });
        let left = LaneEvent::DoubtsLeft { files, until };
        self.core.commit_firmly(|| vec![Draft::lane(&self.lane, left.clone())]).await.map(drop)
    }
}
