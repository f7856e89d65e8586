//! A station brought back from a backup: before anybody can open it, its journal says so, and everything that is not final is held.
//!
//! The station that was backed up may have gone on for hours, or may still run: what was queued in the backup may have been sent since.
//! Only an operator, or the partner, can tell. `docs/decisions/0018-backups-and-restored-stations.md` says what follows.

use std::collections::BTreeMap;
use std::path::Path;

use crate::clock::Clock;
use crate::consignment::{Consignment, ConsignmentEvent, RESTORED, State, Status, Why};
use crate::journal::{Draft, Durability, Event, Journal, JournalError, Origin, Query, Reader, StationEvent};
use crate::naming::{NUMREC, Pattern};
use crate::scenario::{Profile, Settings};

/// The code of a consignment that a restore held.
pub const CODE: &str = RESTORED;

/// What is not final and moves by itself.
const UNDER_WAY: [Status; 5] =
    [Status::Queued, Status::Waiting, Status::Sending, Status::Committing, Status::Uncertain];

/// Rows held in one transaction.
const AT_ONCE: u32 = 1000;

/// Journals in `data_dir`, which nobody else has open, that the station comes from a backup, and holds every consignment that is not final.
/// Tells how many. The journal is closed when this returns. A crash leaves a part of it done: the folder must not have its final name yet.
///
/// # Errors
///
/// [`JournalError`] when the journal cannot be opened, is newer than this version, or the disk refuses.
pub async fn hold(data_dir: &Path, clock: Clock, from: Origin, who: &str) -> Result<u64, JournalError> {
    let (journal, reader) = Journal::open(data_dir, clock, Durability::Full).await?;
    let held = hold_all(&journal, &reader, from, who).await;
    reader.close().await;
    journal.close().await;
    held
}

async fn hold_all(journal: &Journal, reader: &Reader, from: Origin, who: &str) -> Result<u64, JournalError> {
    let restored = StationEvent::Restored { from, who: who.to_owned() };
    journal.commit(vec![Event::Station { what: restored }.into()]).await?;
    let mut held = hold_held(journal, reader).await?;
    for status in UNDER_WAY {
        loop {
            let rows = reader.with_status(status, AT_ONCE).await?;
            if rows.is_empty() {
                break;
            }
            held += rows.len() as u64;
            journal.commit(rows.iter().map(hold_one).collect()).await?;
        }
    }
    Ok(held)
}

/// What was held for a reason of its own: the station that was backed up may have released it since.
async fn hold_held(journal: &Journal, reader: &Reader) -> Result<u64, JournalError> {
    let (mut held, mut before) = (0, None);
    loop {
        let query = Query { statuses: vec![Status::Held], before, limit: AT_ONCE, ..Query::default() };
        let rows = reader.search(&query).await?;
        let Some(last) = rows.last() else { return Ok(held) };
        before = Some(last.id);
        let drafts: Vec<Draft> = rows.iter().filter(|row| !row.state.is_in_doubt()).map(hold_one).collect();
        held += drafts.len() as u64;
        if !drafts.is_empty() {
            journal.commit(drafts).await?;
        }
    }
}

fn hold_one(row: &Consignment) -> Draft {
    Draft::consignment(row.id, ConsignmentEvent::Held { why: Why::with(CODE, was(&row.state)) })
}

/// Every register that the station draws from, with the last number that it knows: where none was drawn yet, the one before the first.
/// `drawn` is what the journal knows.
pub fn registers<'p>(
    settings: &Settings,
    profiles: impl IntoIterator<Item = &'p Profile>,
    drawn: &BTreeMap<String, u64>,
) -> BTreeMap<String, u64> {
    let mut known = drawn.clone();
    if profiles.into_iter().any(|profile| Pattern::configured(profile.naming.pattern.as_deref()).uses_numrec()) {
        known.entry(NUMREC.to_owned()).or_insert_with(|| settings.first_numrec.saturating_sub(1));
    }
    known
}

/// What it was, for whoever decides: the name of its state, then the reason that the state carried.
fn was(state: &State) -> String {
    let name = state.status().as_str();
    match state.why() {
        None => name.to_owned(),
        Some(Why { code, words: None }) => format!("{name} {code}"),
        Some(Why { code, words: Some(words) }) => format!("{name} {code} {words}"),
    }
}
