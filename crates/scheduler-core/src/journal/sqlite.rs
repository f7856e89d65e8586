//! How a batch of rows is written.

use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteConnection;

use super::chain::Hash;
use super::finds::Finds;
use super::project::KeptEvidence;
use super::{JournalError, Requested};
use crate::consignment::{Consignment, State};
use crate::id::Id;
use crate::returned::Return;

/// Rows written by one statement: enough to make the cost of a statement vanish, few enough for its plan to be kept.
const CHUNK: usize = 64;

/// An event ready to be inserted.
#[derive(Clone, Debug)]
pub(super) struct EventRow {
    pub(super) seq: i64,
    pub(super) at: i64,
    pub(super) prev: Hash,
    pub(super) body_hash: Hash,
    pub(super) hash: Hash,
    pub(super) subject: Option<Id>,
    pub(super) body: String,
}

/// `INSERT` text for `rows` rows of `columns` columns.
fn insert(head: &str, columns: usize, rows: usize, tail: &str) -> String {
    let row = format!("({})", vec!["?"; columns].join(","));
    format!("{head} VALUES {} {tail}", vec![row; rows].join(","))
}

/// Splits `rows` so that only two statement texts exist per table: whole chunks and single rows.
fn chunks<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let whole = rows.len() / CHUNK * CHUNK;
    let (full, rest) = rows.split_at(whole);
    full.chunks(CHUNK).chain(rest.chunks(1))
}

pub(super) async fn insert_events(connection: &mut SqliteConnection, rows: &[EventRow]) -> Result<(), sqlx::Error> {
    const HEAD: &str = "INSERT INTO events (seq, at, prev, body_hash, hash, subject, body)";
    for chunk in chunks(rows) {
        let mut query = sqlx::query(AssertSqlSafe(insert(HEAD, 7, chunk.len(), "")));
        for row in chunk {
            query = query
                .bind(row.seq)
                .bind(row.at)
                .bind(&row.prev[..])
                .bind(&row.body_hash[..])
                .bind(&row.hash[..])
                .bind(row.subject.map(Id::as_i64))
                .bind(&row.body);
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// When the lane may take it: at once, unless it waits.
fn due(state: &State) -> i64 {
    match state {
        State::Waiting { until, .. } => until.as_microsecond(),
        _ => 0,
    }
}

/// What is left to do for it: 1 = it is to be sent, or decided upon; 2 = only our own copy is owed; 0 = nothing.
fn open(row: &Consignment) -> i64 {
    let status = row.state.status();
    match (status.is_pending() || status.needs_human(), row.owes_copy) {
        (true, _) => 1,
        (false, true) => 2,
        (false, false) => 0,
    }
}

pub(super) async fn upsert_consignments(
    connection: &mut SqliteConnection,
    rows: &[&Consignment],
) -> Result<(), JournalError> {
    const HEAD: &str =
        "INSERT INTO consignments (id, lane, scenario, status, open, due, name, sha256, destination, identity, doc)";
    const TAIL: &str = "ON CONFLICT (id) DO UPDATE SET \
        status = excluded.status, open = excluded.open, due = excluded.due, doc = excluded.doc";
    for chunk in chunks(rows) {
        let mut query = sqlx::query(AssertSqlSafe(insert(HEAD, 11, chunk.len(), TAIL)));
        for row in chunk {
            let status = row.state.status();
            query = query
                .bind(row.id.as_i64())
                .bind(row.facts.lane.as_str())
                .bind(&row.facts.scenario)
                .bind(status.as_str())
                .bind(open(row))
                .bind(due(&row.state))
                .bind(&row.facts.name)
                .bind(&row.facts.sha256)
                .bind(&row.facts.destination)
                .bind(row.facts.identity.as_deref())
                .bind(to_json("consignment", row)?);
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

pub(super) async fn upsert_return(connection: &mut SqliteConnection, row: &Return) -> Result<(), JournalError> {
    const SQL: &str = "INSERT INTO returns (id, lane, key, status, doc) VALUES (?, ?, ?, ?, ?) \
        ON CONFLICT (id) DO UPDATE SET status = excluded.status, doc = excluded.doc";
    sqlx::query(SQL)
        .bind(row.id.as_i64())
        .bind(row.lane.as_str())
        .bind(&row.offer.key)
        .bind(row.state.as_str())
        .bind(to_json("return", row)?)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn upsert_request(connection: &mut SqliteConnection, row: &Requested) -> Result<(), JournalError> {
    const SQL: &str = "INSERT INTO requests (id, open, doc) VALUES (?, ?, ?) \
        ON CONFLICT (id) DO UPDATE SET open = excluded.open, doc = excluded.doc";
    let open = i64::from(row.ended.is_none());
    sqlx::query(SQL).bind(row.id.as_i64()).bind(open).bind(to_json("request", row)?).execute(connection).await?;
    Ok(())
}

pub(super) async fn upsert_evidence(
    connection: &mut SqliteConnection,
    key: &str,
    row: &KeptEvidence,
) -> Result<(), JournalError> {
    const SQL: &str = "INSERT INTO evidence (key, settled, doc) VALUES (?, ?, ?) \
        ON CONFLICT (key) DO UPDATE SET settled = excluded.settled, doc = excluded.doc";
    let doc = to_json("notice", row)?;
    sqlx::query(SQL).bind(key).bind(i64::from(row.settled)).bind(doc).execute(connection).await?;
    Ok(())
}

/// Adds what searches need. Names only ever come in addition: what a return is called later is appended to what it was called before.
pub(super) async fn insert_finds(connection: &mut SqliteConnection, finds: &Finds) -> Result<(), sqlx::Error> {
    const SENT: &str = "INSERT INTO finder (id, at, folded)";
    const RECEIVED: &str = "INSERT INTO return_finder (id, at, folded)";
    const APPENDED: &str = "ON CONFLICT (id) DO UPDATE SET folded = folded || char(10) || excluded.folded";
    for (head, tail, found) in [(SENT, "", &finds.sent), (RECEIVED, APPENDED, &finds.received)] {
        for chunk in chunks(&found.iter().collect::<Vec<_>>()) {
            let mut query = sqlx::query(AssertSqlSafe(insert(head, 3, chunk.len(), tail)));
            for (id, named) in chunk {
                query = query.bind(id.as_i64()).bind(named.at).bind(&named.folded);
            }
            query.execute(&mut *connection).await?;
        }
    }
    for chunk in chunks(&finds.called.iter().collect::<Vec<_>>()) {
        let sql = insert("INSERT INTO called (value, id)", 2, chunk.len(), "ON CONFLICT DO NOTHING");
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for (value, id) in chunk {
            query = query.bind(value).bind(id.as_i64());
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Sets one small row, or removes it.
pub(super) async fn set_small(
    connection: &mut SqliteConnection,
    key: &str,
    doc: Option<String>,
) -> Result<(), sqlx::Error> {
    let query = match doc {
        Some(doc) => sqlx::query("INSERT OR REPLACE INTO small (key, doc) VALUES (?, ?)").bind(key).bind(doc),
        None => sqlx::query("DELETE FROM small WHERE key = ?").bind(key),
    };
    query.execute(connection).await?;
    Ok(())
}

pub(super) fn to_json<T: serde::Serialize>(what: &str, value: &T) -> Result<String, JournalError> {
    serde_json::to_string(value)
        .map_err(|error| JournalError::Damaged { row: what.to_owned(), reason: error.to_string() })
}

pub(super) fn from_json<'a, T: serde::Deserialize<'a>>(row: &str, text: &'a str) -> Result<T, JournalError> {
    serde_json::from_str(text).map_err(|error| JournalError::Damaged { row: row.to_owned(), reason: error.to_string() })
}
