//! A station brought back from a backup: before anybody can open it, its journal says so, and everything that is not final is held.
//!
//! The station that was backed up may have gone on for hours, or may still run: what was queued in the backup may have been sent since.
//! Only an operator, or the partner, can tell. `docs/decisions/0018-backups-and-restored-stations.md` says what follows.

use std::path::Path;

use crate::clock::Clock;
use crate::consignment::{ConsignmentEvent, RESTORED, State, Status, Why};
use crate::journal::{Draft, Durability, Event, Journal, JournalError, Origin, Reader, StationEvent};

/// The code of a consignment that a restore held.
pub const CODE: &str = RESTORED;

/// What is not final; those of `Held` keep their own reason.
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
    let mut held = 0;
    for status in UNDER_WAY {
        loop {
            let rows = reader.with_status(status, AT_ONCE).await?;
            if rows.is_empty() {
                break;
            }
            held += rows.len() as u64;
            let hold = |state: &State| ConsignmentEvent::Held { why: Why::with(CODE, was(state)) };
            journal.commit(rows.iter().map(|row| Draft::consignment(row.id, hold(&row.state))).collect()).await?;
        }
    }
    Ok(held)
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
