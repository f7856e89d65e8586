//! Checking the chain: which row was changed, dropped or added.

use futures_util::TryStreamExt as _;
use sqlx::sqlite::SqlitePool;

use super::JournalError;
use super::chain::{Head, body_hash};
use super::event::Event;
use crate::id::Id;

/// A journal whose chain holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Its head, to be compared with one kept elsewhere: only that proves that no end was cut off or rewritten.
    pub head: Head,
}

/// The first row at which the chain breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {seq}: {what}")]
pub struct Broken {
    /// Its sequence number.
    pub seq: i64,
    /// What does not agree.
    pub what: String,
}

type Row = (i64, i64, Vec<u8>, Vec<u8>, Vec<u8>, Option<i64>, Option<Vec<u8>>);

/// Walks the whole chain in constant memory.
pub(super) async fn verify(pool: &SqlitePool) -> Result<Result<Verified, Broken>, JournalError> {
    // A body that is not UTF-8 any more must be named like any other.
    const SQL: &str =
        "SELECT seq, at, prev, body_hash, hash, subject, CAST(body AS BLOB) AS body FROM events ORDER BY seq";
    let mut rows = sqlx::query_as::<_, Row>(SQL).fetch(pool);
    let mut head = Head::GENESIS;
    while let Some(row) = rows.try_next().await? {
        match check(&head, &row) {
            Ok(next) => head = next,
            Err(what) => return Ok(Err(Broken { seq: row.0, what: what.to_owned() })),
        }
    }
    Ok(Ok(Verified { head }))
}

/// The head after a row that agrees with the one before it.
fn check(head: &Head, (seq, at, prev, stored, hash, subject, body): &Row) -> Result<Head, &'static str> {
    if *seq != head.seq + 1 {
        return Err("its number does not follow the one before");
    }
    if prev[..] != head.hash[..] {
        return Err("it does not name the hash of the one before");
    }
    let stored: [u8; 32] = stored[..].try_into().map_err(|_| "the hash of its body is not 32 bytes")?;
    let next = head.after(*at, &stored);
    if hash[..] != next.hash[..] {
        return Err("its hash does not follow from its number, time and body");
    }
    let Some(body) = body else { return Ok(next) };
    if body_hash(body) != stored {
        return Err("its body is not the one that was written");
    }
    let event: Event = serde_json::from_slice(body).map_err(|_| "its body cannot be read")?;
    if event.subject().map(Id::as_i64) != *subject {
        return Err("it is filed under another subject");
    }
    Ok(next)
}
