//! Purging inside the journal: bodies and rows go, hashes and numbers stay, and a certificate says exactly what is missing.

use sha2::{Digest as _, Sha256};
use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteConnection;

use super::chain::{Head, hex};
use super::event::Missing;
use super::project::Staged;
use super::sqlite::to_json;
use super::verify::digested;
use super::{JournalError, Small};
use crate::consignment::Illegal;
use crate::id::Id;
use crate::returned::ReturnState;

/// The events whose bodies go: every one of the purged but the numbers drawn, which stay accounted for.
const WHICH: &str =
    "subject IN (SELECT value FROM json_each(?)) AND body IS NOT NULL AND substr(body, 1, 14) <> '{\"of\":\"number\"'";

/// Refuses to purge what somebody or something still has to do with.
pub(super) fn all_finished(known: &Staged, ids: &[Id]) -> Result<(), Illegal> {
    for id in ids {
        let status = match (known.consignments.get(id), known.returns.get(id)) {
            (Some(row), _) if row.is_finished() => continue,
            (_, Some(row)) if row.state == ReturnState::Disposed => continue,
            (Some(row), _) => row.state.status().as_str(),
            (_, Some(row)) => row.state.as_str(),
            (None, None) => "unknown",
        };
        return Err(Illegal { what: id.to_string(), event: "purged", status });
    }
    Ok(())
}

/// What a certificate has to say.
pub(super) async fn missing(
    connection: &mut SqliteConnection,
    ids: &[Id],
    head: &Head,
    small: &Small,
) -> Result<Missing, JournalError> {
    let sql = format!("SELECT seq, subject, body_hash FROM events WHERE {WHICH} ORDER BY seq");
    let rows: Vec<(i64, Option<i64>, Vec<u8>)> =
        sqlx::query_as(AssertSqlSafe(sql)).bind(list(ids)?).fetch_all(connection).await?;
    let mut digest = Sha256::new();
    for (seq, subject, body_hash) in &rows {
        digested(&mut digest, *seq, *subject, body_hash);
    }
    let (events, digest) = (rows.len() as u64, hex(&digest.finalize()));
    let mut small = small.clone();
    // Nobody can second a decision about what is gone.
    small.proposals.retain(|id| !ids.contains(id));
    Ok(Missing { events, digest, head: head.hex(), small })
}

/// Removes them, in the name of the certificate with that number.
pub(super) async fn remove(
    connection: &mut SqliteConnection,
    ids: &[Id],
    certificate: i64,
) -> Result<(), JournalError> {
    if ids.is_empty() {
        return Ok(());
    }
    let ids = list(ids)?;
    let bodies = format!("UPDATE events SET body = NULL, purged = ? WHERE {WHICH}");
    sqlx::query(AssertSqlSafe(bodies)).bind(certificate).bind(&ids).execute(&mut *connection).await?;
    for table in ["consignments", "returns", "called"] {
        let rows = format!("DELETE FROM {table} WHERE id IN (SELECT value FROM json_each(?))");
        sqlx::query(AssertSqlSafe(rows)).bind(&ids).execute(&mut *connection).await?;
    }
    Ok(())
}

fn list(ids: &[Id]) -> Result<String, JournalError> {
    to_json("list", &ids.iter().map(|id| id.as_i64()).collect::<Vec<_>>())
}
