//! The journal's file: its formats, and the way from an older one to the present one.
//!
//! A format only ever adds. Whoever opens the file to write brings it up to date in one transaction: a crash leaves the old format whole.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use sqlx::sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use super::event::Event;
use super::finds::Finds;
use super::sqlite::{self, from_json};
use super::{Durability, JournalError};

/// The format this version writes (`PRAGMA user_version`).
pub(super) const FORMAT: i64 = 2;

/// Format 1.
const FIRST: &str = "
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
CREATE INDEX consignments_owing ON consignments (id) WHERE open = 2;
";

/// What format 2 adds: what searches need (`docs/decisions/0016-the-journal-at-size.md`), counters kept by the transactions that change what they count, and
/// which certificate tells of an event whose body was purged.
const SECOND: &str = "
CREATE INDEX IF NOT EXISTS consignments_owing ON consignments (id) WHERE open = 2;
CREATE INDEX consignments_lane ON consignments (lane);
CREATE INDEX consignments_scenario ON consignments (scenario);
CREATE INDEX consignments_destination ON consignments (destination);
CREATE INDEX returns_lane ON returns (lane);
ALTER TABLE events ADD COLUMN purged INTEGER;
CREATE TABLE finder (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, folded TEXT NOT NULL) STRICT;
CREATE TABLE return_finder (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, folded TEXT NOT NULL) STRICT;
CREATE INDEX finder_at ON finder (at);
CREATE INDEX return_finder_at ON return_finder (at);
CREATE TABLE called (value TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (value, id)) STRICT, WITHOUT ROWID;
CREATE TABLE counters (
  what TEXT NOT NULL,
  value TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (what, value)
) STRICT, WITHOUT ROWID;
INSERT INTO counters SELECT 'status', status, COUNT(*) FROM consignments GROUP BY status;
INSERT INTO counters SELECT 'lane', lane, COUNT(*) FROM consignments GROUP BY lane;
INSERT INTO counters SELECT 'scenario', scenario, COUNT(*) FROM consignments GROUP BY scenario;
INSERT INTO counters SELECT 'destination', destination, COUNT(*) FROM consignments GROUP BY destination;
INSERT INTO counters SELECT 'return-status', status, COUNT(*) FROM returns GROUP BY status;
INSERT INTO counters SELECT 'return-lane', lane, COUNT(*) FROM returns GROUP BY lane;
CREATE TRIGGER consignments_counted AFTER INSERT ON consignments BEGIN
  INSERT INTO counters VALUES ('status', NEW.status, 1) ON CONFLICT DO UPDATE SET n = n + 1;
  INSERT INTO counters VALUES ('lane', NEW.lane, 1) ON CONFLICT DO UPDATE SET n = n + 1;
  INSERT INTO counters VALUES ('scenario', NEW.scenario, 1) ON CONFLICT DO UPDATE SET n = n + 1;
  INSERT INTO counters VALUES ('destination', NEW.destination, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER consignments_moved AFTER UPDATE OF status ON consignments WHEN OLD.status <> NEW.status BEGIN
  UPDATE counters SET n = n - 1 WHERE what = 'status' AND value = OLD.status;
  INSERT INTO counters VALUES ('status', NEW.status, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER consignments_dropped AFTER DELETE ON consignments BEGIN
  UPDATE counters SET n = n - 1 WHERE what = 'status' AND value = OLD.status;
  UPDATE counters SET n = n - 1 WHERE what = 'lane' AND value = OLD.lane;
  UPDATE counters SET n = n - 1 WHERE what = 'scenario' AND value = OLD.scenario;
  UPDATE counters SET n = n - 1 WHERE what = 'destination' AND value = OLD.destination;
  DELETE FROM finder WHERE id = OLD.id;
END;
CREATE TRIGGER returns_counted AFTER INSERT ON returns BEGIN
  INSERT INTO counters VALUES ('return-status', NEW.status, 1) ON CONFLICT DO UPDATE SET n = n + 1;
  INSERT INTO counters VALUES ('return-lane', NEW.lane, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER returns_moved AFTER UPDATE OF status ON returns WHEN OLD.status <> NEW.status BEGIN
  UPDATE counters SET n = n - 1 WHERE what = 'return-status' AND value = OLD.status;
  INSERT INTO counters VALUES ('return-status', NEW.status, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER returns_dropped AFTER DELETE ON returns BEGIN
  UPDATE counters SET n = n - 1 WHERE what = 'return-status' AND value = OLD.status;
  UPDATE counters SET n = n - 1 WHERE what = 'return-lane' AND value = OLD.lane;
  DELETE FROM return_finder WHERE id = OLD.id;
END;
";

/// Events read at once while an older journal is brought up to date.
const AT_ONCE: i64 = 10_000;

/// Opens the file for its one writer, creating it if absent and bringing it up to date if it is older.
pub(super) async fn open_writer(path: &Path, durability: Durability) -> Result<SqliteConnection, JournalError> {
    let synchronous = match durability {
        Durability::Full => SqliteSynchronous::Full,
        Durability::Off => SqliteSynchronous::Off,
    };
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        // What is purged gives its room back; a file that is older keeps the room for what comes.
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .busy_timeout(Duration::from_secs(10))
        .disable_statement_logging();
    let mut connection = options.connect().await?;
    prepare(&mut connection).await?;
    Ok(connection)
}

/// Brings a file of any known format, also an empty one, to the present format.
pub(super) async fn prepare(connection: &mut SqliteConnection) -> Result<(), JournalError> {
    let found = format(&mut *connection).await?;
    check(found)?;
    if found == FORMAT {
        return Ok(());
    }
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    if found == 0 {
        sqlx::raw_sql(FIRST).execute(&mut *transaction).await?;
    }
    sqlx::raw_sql(SECOND).execute(&mut *transaction).await?;
    find_again(&mut transaction).await?;
    touch(&mut transaction).await?;
    transaction.commit().await?;
    Ok(())
}

/// The format of a journal; 0 when it has no table yet.
pub(super) async fn format<'c>(from: impl sqlx::SqliteExecutor<'c>) -> Result<i64, JournalError> {
    Ok(sqlx::query_scalar("PRAGMA user_version").fetch_one(from).await?)
}

/// Refuses what a newer version wrote.
pub(super) fn check(found: i64) -> Result<(), JournalError> {
    if found > FORMAT { Err(JournalError::TooNew { found, known: FORMAT }) } else { Ok(()) }
}

/// Tells again, from the events, what searches need.
async fn find_again(connection: &mut SqliteConnection) -> Result<(), JournalError> {
    const SQL: &str = "SELECT seq, at, body FROM events WHERE seq > ? AND body IS NOT NULL ORDER BY seq LIMIT ?";
    let mut last = 0;
    loop {
        let rows: Vec<(i64, i64, String)> =
            sqlx::query_as(SQL).bind(last).bind(AT_ONCE).fetch_all(&mut *connection).await?;
        let Some(end) = rows.last() else { return Ok(()) };
        last = end.0;
        let mut finds = Finds::default();
        for (seq, at, body) in &rows {
            let event: Event = from_json(&format!("event {seq}"), body)?;
            finds.note(&event, Timestamp::from_microsecond(*at).unwrap_or(Timestamp::MIN));
        }
        sqlite::insert_finds(connection, &finds).await?;
    }
}

/// The smallest write: the format, as it is.
pub(super) async fn touch(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(format!("PRAGMA user_version = {FORMAT}"))).execute(connection).await.map(drop)
}
