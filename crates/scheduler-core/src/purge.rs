//! Purging by age: what is finished and old goes from the journal, the store and the traces; certificates stay in the chain.
//!
//! Rows and bodies go in the transaction of their certificate, some thousands under each. The bytes go afterwards: a crash in between leaves store files that the
//! journal does not know, which the next start drops.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::consignment::{Consignment, Why};
use crate::id::Id;
use crate::journal::{Certificate, Draft, JournalError, Missing, Reader};
use crate::returned::Return;
use crate::setup::Setup;
use crate::shared::{Core, why};
use crate::store::Store;
use crate::trace::Traces;

/// Nothing younger is ever purged: as long as duplicates are looked for by default (R43). Traces and journal are kept eight years unless an operator says otherwise.
pub const LEAST: Duration = Duration::from_secs(400 * 86_400);

/// Consignments, or returns, under one certificate at most.
const AT_ONCE: u32 = 4000;

/// What a purge would take, or took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Purgeable {
    /// Consignments.
    pub consignments: u64,
    /// Returns.
    pub returns: u64,
    /// Bytes of theirs in the store.
    pub bytes: u64,
    /// Days of traces.
    pub traces: u64,
    /// When the oldest came.
    pub oldest: Option<Timestamp>,
    /// When the youngest came.
    pub youngest: Option<Timestamp>,
}

impl Purgeable {
    fn take(&mut self, at: Timestamp, bytes: u64) {
        self.bytes += bytes;
        self.oldest = Some(self.oldest.map_or(at, |oldest| oldest.min(at)));
        self.youngest = Some(self.youngest.map_or(at, |youngest| youngest.max(at)));
    }

    fn sent(&mut self, row: &Consignment) {
        self.consignments += 1;
        self.take(row.accepted, row.facts.size);
    }

    fn received(&mut self, row: &Return) {
        self.returns += 1;
        self.take(row.offered, row.collected.as_ref().map_or(0, |collected| collected.size));
    }
}

/// The youngest instant before which may be purged: [`LEAST`] ago, or as long ago as any scenario looks for duplicates.
#[must_use]
pub fn latest(setup: &Setup, now: Timestamp) -> Timestamp {
    let windows = setup.scenarios.iter().filter_map(|scenario| scenario.duplicate_window);
    let least = windows.fold(LEAST, Duration::max);
    SignedDuration::try_from(least).ok().and_then(|least| now.checked_sub(least).ok()).unwrap_or(Timestamp::MIN)
}

/// What a purge of all that was finished before `before` would take; changes nothing.
///
/// # Errors
///
/// [`JournalError`] when the journal cannot be read, or is not yet up to date.
pub async fn purgeable(reader: &Reader, setup: &Setup, before: Timestamp) -> Result<Purgeable, JournalError> {
    let mut found = Purgeable::default();
    let mut after = 0;
    loop {
        let page = reader.old_consignments(before, after, AT_ONCE).await?;
        let Some(last) = page.last else { break };
        after = last.as_i64();
        page.rows.iter().for_each(|row| found.sent(row));
    }
    after = 0;
    loop {
        let page = reader.old_returns(before, after, AT_ONCE).await?;
        let Some(last) = page.last else { break };
        after = last.as_i64();
        page.rows.iter().for_each(|row| found.received(row));
    }
    found.traces = Traces::older(&setup.settings.trace_dir, day(setup, before)).len() as u64;
    Ok(found)
}

/// The station's day of an instant.
fn day(setup: &Setup, at: Timestamp) -> jiff::civil::Date {
    at.to_zoned(setup.settings.timezone.clone()).date()
}

/// What goes under one certificate.
struct Lot {
    before: Timestamp,
    counts: Purgeable,
    first: (Id, Timestamp),
    last: (Id, Timestamp),
    ids: Vec<Id>,
}

impl Lot {
    fn sent(before: Timestamp, rows: &[Consignment]) -> Option<Self> {
        let ends = (rows.first()?, rows.last()?);
        let mut counts = Purgeable::default();
        rows.iter().for_each(|row| counts.sent(row));
        let (first, last) = ((ends.0.id, ends.0.accepted), (ends.1.id, ends.1.accepted));
        Some(Self { before, counts, first, last, ids: rows.iter().map(|row| row.id).collect() })
    }

    fn received(before: Timestamp, rows: &[Return]) -> Option<Self> {
        let ends = (rows.first()?, rows.last()?);
        let mut counts = Purgeable::default();
        rows.iter().for_each(|row| counts.received(row));
        let (first, last) = ((ends.0.id, ends.0.offered), (ends.1.id, ends.1.offered));
        Some(Self { before, counts, first, last, ids: rows.iter().map(|row| row.id).collect() })
    }

    fn draft(self, who: &str, why: &str) -> Draft {
        let (who, why, range) = (who.to_owned(), why.to_owned(), Some([self.first, self.last]));
        let (before, counts) = (self.before, self.counts);
        let make = move |missing| certificate(who, why, before, counts, range, missing);
        Draft::Purge { ids: self.ids, make: Box::new(make) }
    }
}

fn certificate(
    who: String,
    why: String,
    before: Timestamp,
    counts: Purgeable,
    range: Option<[(Id, Timestamp); 2]>,
    missing: Missing,
) -> Certificate {
    let (consignments, returns, traces) = (counts.consignments, counts.returns, counts.traces);
    let Missing { events, digest, head, small } = missing;
    Certificate { who, why, before, consignments, returns, events, traces, range, digest, head, small }
}

impl Core {
    /// Purges what was finished before `before`.
    pub(crate) async fn purge(&self, before: Timestamp, who: &str, reason: &str) -> Result<Vec<Id>, Why> {
        let latest = latest(&self.setup, self.clock.now());
        if before > latest {
            return Err(Why::with("purge-too-young", latest.to_string()));
        }
        let failed = |error: JournalError| why(error.code(), &error);
        let mut after = 0;
        loop {
            let page = self.reader.old_consignments(before, after, AT_ONCE).await.map_err(failed)?;
            let Some(last) = page.last else { break };
            after = last.as_i64();
            self.purge_lot(Lot::sent(before, &page.rows), who, reason).await?;
        }
        after = 0;
        loop {
            let page = self.reader.old_returns(before, after, AT_ONCE).await.map_err(failed)?;
            let Some(last) = page.last else { break };
            after = last.as_i64();
            self.purge_lot(Lot::received(before, &page.rows), who, reason).await?;
        }
        self.purge_traces(before, who, reason).await?;
        Ok(Vec::new())
    }

    async fn purge_lot(&self, lot: Option<Lot>, who: &str, reason: &str) -> Result<(), Why> {
        let Some(lot) = lot else { return Ok(()) };
        let ids = lot.ids.clone();
        let done = self.journal.commit(vec![lot.draft(who, reason)]).await;
        done.map_err(|error| why(error.code(), &error))?;
        drop_bytes(&self.store, &ids).map_err(|error| why("purge-unfinished", &error))
    }

    async fn purge_traces(&self, before: Timestamp, who: &str, reason: &str) -> Result<(), Why> {
        let old = Traces::older(&self.setup.settings.trace_dir, day(&self.setup, before));
        if old.is_empty() {
            return Ok(());
        }
        let counts = Purgeable { traces: old.len() as u64, ..Purgeable::default() };
        let (who, reason) = (who.to_owned(), reason.to_owned());
        let make = move |missing| certificate(who, reason, before, counts, None, missing);
        let draft = Draft::Purge { ids: Vec::new(), make: Box::new(make) };
        self.journal.commit(vec![draft]).await.map_err(|error| why(error.code(), &error))?;
        old.iter().try_for_each(std::fs::remove_file).map_err(|error| why("purge-unfinished", &error))
    }
}

fn drop_bytes(store: &Store, ids: &[Id]) -> std::io::Result<()> {
    ids.iter().try_for_each(|id| store.remove(*id))
}
