//! What a start mends after a crash, without a hand. Repeating it changes nothing.

use super::{Station, StationError};
use crate::consignment::{ConsignmentEvent, Status, Why};
use crate::journal::{Draft, Event, JournalError, RequestEvent};
use crate::returned::ReturnState;
use crate::store::Stored;

/// Rows mended in one transaction.
const AT_ONCE: u32 = 1000;

impl Station {
    pub(super) async fn recover(&self) -> Result<(), StationError> {
        self.settle_interrupted(Status::Sending, &ConsignmentEvent::Interrupted).await?;
        let why = Why::code("crash-after-commit-point");
        self.settle_interrupted(Status::Committing, &ConsignmentEvent::Doubted { why }).await?;
        self.intake.recover().await?;
        self.core.recover_returns().await?;
        self.tidy_store().await?;
        self.fail_requests().await?;
        self.core.gather_evidence().await?;
        self.core.make_copies().await?;
        for (gate, door) in &self.core.doors {
            door.restore(self.core.journal.small().gate(gate).last_end, self.core.clock.moment());
        }
        let head = self.core.reader.head().await?;
        if let Err(error) = self.core.traces.recover(self.core.clock.now(), head) {
            self.core.report("trace-failed", &error);
        }
        Ok(())
    }

    async fn settle_interrupted(&self, status: Status, event: &ConsignmentEvent) -> Result<(), JournalError> {
        loop {
            let rows = self.core.reader.with_status(status, AT_ONCE).await?;
            if rows.is_empty() {
                return Ok(());
            }
            let drafts = rows.iter().map(|row| Draft::consignment(row.id, event.clone())).collect();
            self.core.journal.commit(drafts).await?;
        }
    }

    /// Drops store files that the journal does not know; keeps the part of a read that consumed its source.
    async fn tidy_store(&self) -> Result<(), StationError> {
        let entries = super::folder("the store", self.core.store.entries())?;
        for entry in entries {
            let (id, needed) = match entry {
                Stored::Whole(id) => (id, self.core.reader.knows(id).await?),
                Stored::Partial(id) => {
                    let row = self.core.reader.returned(id).await?;
                    (id, row.is_some_and(|row| matches!(row.state, ReturnState::Incomplete { .. })))
                }
            };
            if !needed {
                super::folder("the store", self.core.store.remove(id))?;
            }
        }
        Ok(())
    }

    /// A request that was being served when the process died is told so: its author asks again.
    async fn fail_requests(&self) -> Result<(), JournalError> {
        for request in self.core.reader.open_requests().await? {
            let what = RequestEvent::Failed { why: Why::code("request-interrupted") };
            self.core.journal.commit(vec![Event::Request { id: request.id, what }.into()]).await?;
        }
        Ok(())
    }
}
