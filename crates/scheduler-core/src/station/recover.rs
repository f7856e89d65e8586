//! What a start mends after a crash, without a hand. Repeating it changes nothing.

use super::{Station, StationError};
use crate::consignment::{ConsignmentEvent, Status, Why};
use crate::id::Id;
use crate::journal::{Draft, JournalError};
use crate::store::Stored;

/// Rows mended in one transaction.
const AT_ONCE: u32 = 1000;

/// Files of the store that the journal is asked about in one go.
const STORED_AT_ONCE: usize = 10_000;

impl Station {
    pub(super) async fn recover(&self) -> Result<(), StationError> {
        self.core.take_up_again().await?;
        self.settle_interrupted(Status::Sending, &ConsignmentEvent::Interrupted).await?;
        let why = Why::code("crash-after-commit-point");
        self.settle_interrupted(Status::Committing, &ConsignmentEvent::Doubted { why }).await?;
        // The folders of a restored station may still be those of the one that was backed up.
        if !self.core.is_held() {
            self.intake.recover().await?;
        }
        self.core.recover_returns().await?;
        // After an orderly stop there is nothing to tidy, and a large store takes seconds to be listed: the service does it beside its work.
        if !self.after_order {
            self.tidy_store(None).await?;
        }
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

    /// Drops store files that the journal does not know; keeps the part of a read that consumed its source. While the station works, only whole
    /// files made before `before` are looked at: a younger one may be on its way into the journal, a part may be growing.
    pub(super) async fn tidy_store(&self, before: Option<Id>) -> Result<(), StationError> {
        let mut entries = super::folder("the store", self.core.store.entries())?;
        entries.retain(|entry| match (entry, before) {
            (_, None) => true,
            (Stored::Whole(id), Some(before)) => *id < before,
            (Stored::Partial(_), Some(_)) => false,
        });
        for some in entries.chunks(STORED_AT_ONCE) {
            let ids = |wanted: fn(&Stored) -> Option<Id>| some.iter().filter_map(wanted).collect::<Vec<Id>>();
            let whole = ids(|entry| if let Stored::Whole(id) = entry { Some(*id) } else { None });
            let partial = ids(|entry| if let Stored::Partial(id) = entry { Some(*id) } else { None });
            let (known, incomplete) =
                (self.core.reader.known(&whole).await?, self.core.reader.incomplete(&partial).await?);
            let unknown = whole.iter().filter(|id| !known.contains(id));
            for id in unknown.chain(partial.iter().filter(|id| !incomplete.contains(id))) {
                super::folder("the store", self.core.store.remove(*id))?;
            }
        }
        Ok(())
    }

    /// A request that was being served when the process died is told so: its author asks again.
    async fn fail_requests(&self) -> Result<(), JournalError> {
        for request in self.core.reader.open_requests().await? {
            self.interrupted(request.id).await?;
        }
        Ok(())
    }
}
