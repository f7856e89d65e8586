//! SQLite as the journal's file: its schema, and how a batch of rows is written.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use super::chain::Hash;
use super::project::KeptEvidence;
use super::{Durability, JournalError, Requested};
use crate::consignment::{Consignment, State};
use crate::id::Id;
use crate::returned::Return;

/// The format this version writes (`PRAGMA user_version`).
const FORMAT: i64 = 1;

const SCHEMA: &str = "
CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  prev BLOB NOT NULL,
  body_hash BLOB NOT NULL,
  hash BLOB NOT NULL,
  subject INTEGER,
  body TEXT
) STRICT;
CREATE INDEX events_subject ON events (subject, seq) WHERE subject IS NOT NULL;
CREATE TABLE consignments (
  id INTEGER PRIMARY KEY,
  lane TEXT NOT NULL,
  scenario TEXT NOT NULL,
  status TEXT NOT NULL,
  open INTEGER NOT NULL,
  due INTEGER NOT NULL,
  name TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  destination TEXT NOT NULL,
  identity TEXT,
  doc TEXT NOT NULL
) STRICT;
CREATE INDEX consignments_open ON consignments (lane, status, due, id) WHERE open = 1;
CREATE INDEX consignments_status ON consignments (status);
CREATE INDEX consignments_sha256 ON consignments (sha256);
CREATE INDEX consignments_identity ON consignments (identity) WHERE identity IS NOT NULL;
CREATE INDEX consignments_name ON consignments (name);
CREATE TABLE returns (
  id INTEGER PRIMARY KEY,
  lane TEXT NOT NULL,
  key TEXT NOT NULL,
  status TEXT NOT NULL,
  doc TEXT NOT NULL,
  UNIQUE (lane, key)
) STRICT;
CREATE INDEX returns_status ON returns (status);
CREATE TABLE requests (id INTEGER PRIMARY KEY, open INTEGER NOT NULL, doc TEXT NOT NULL) STRICT;
CREATE INDEX requests_open ON requests (id) WHERE open = 1;
CREATE TABLE evidence (key TEXT PRIMARY KEY, settled INTEGER NOT NULL, doc TEXT NOT NULL) STRICT;
CREATE INDEX evidence_unsettled ON evidence (key) WHERE settled = 0;
CREATE TABLE small (key TEXT PRIMARY KEY, doc TEXT NOT NULL) STRICT;
";

/// Indexes younger than the format: made where they lack.
const INDEXES: &str = "CREATE INDEX IF NOT EXISTS consignments_owing ON consignments (id) WHERE open = 2;";

/// Rows written by one statement: enough to make the cost of a statement vanish, few enough for its plan to be kept.
const CHUNK: usize = 64;

/// Opens the file for its one writer, creating it and its schema if absent.
pub(super) async fn open_writer(path: &Path, durability: Durability) -> Result<SqliteConnection, JournalError> {
    let synchronous = match durability {
        Durability::Full => SqliteSynchronous::Full,
        Durability::Off => SqliteSynchronous::Off,
    };
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .busy_timeout(Duration::from_secs(10))
        .disable_statement_logging();
    let mut connection = options.connect().await?;
    let found: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut connection).await?;
    match found {
        0 => create(&mut connection).await?,
        FORMAT => {}
        found => return Err(JournalError::TooNew { found, known: FORMAT }),
    }
    sqlx::raw_sql(INDEXES).execute(&mut connection).await?;
    Ok(connection)
}

async fn create(connection: &mut SqliteConnection) -> Result<(), JournalError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::raw_sql(SCHEMA).execute(&mut *transaction).await?;
    touch(&mut transaction).await?;
    transaction.commit().await?;
    Ok(())
}

/// The smallest write: the format, as it is.
pub(super) async fn touch(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(format!("PRAGMA user_version = {FORMAT}"))).execute(connection).await.map(drop)
}

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
