//! Telling the projections again from the events, into a scratch database, and comparing them with those of the journal, row by row.
//!
//! The events go through the functions that the writer uses, two thousand at once: memory does not grow with the journal.

use std::path::Path;

use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use super::project::{GateRow, KeptEvidence, LaneRow, Staged};
use super::read::{Reader, read_event};
use super::verify::{Broken, Sought, Stop, Verified, Walk, last_seq, page};
use super::writer::{Wanted, load, write_staged};
use super::{Event, JournalError, Requested, Small, schema};
use crate::consignment::Consignment;
use crate::returned::Return;

/// A row that does not say what the events imply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The table.
    pub table: &'static str,
    /// The row's key.
    pub row: String,
    /// What is wrong with it.
    pub what: Disagreement,
}

/// How a row can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disagreement {
    /// It says something else.
    Changed,
    /// It lacks.
    Missing,
    /// Nothing that happened explains it.
    Unexplained,
}

/// What a whole check of the database found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The chain, or where it breaks.
    pub chain: Result<Verified, Broken>,
    /// The first event that the events before it do not allow; the comparison then has no sense and is not made.
    pub illegal: Option<Broken>,
    /// Rows that differ, at most [`MOST`] of each table.
    pub differences: Vec<Difference>,
    /// What SQLite itself says of the file's structure.
    pub structure: Vec<String>,
}

/// Differences told of one table at most.
pub const MOST: usize = 100;

/// A table as it is compared: its name, its key, and its other columns but the document.
struct Table {
    name: &'static str,
    key: &'static [&'static str],
    columns: &'static [&'static str],
    doc: bool,
}

const fn table(name: &'static str, key: &'static [&'static str], columns: &'static [&'static str], doc: bool) -> Table {
    Table { name, key, columns, doc }
}

const TABLES: [Table; 9] = [
    table(
        "consignments",
        &["id"],
        &["lane", "scenario", "status", "open", "due", "name", "sha256", "destination", "identity"],
        true,
    ),
    table("returns", &["id"], &["lane", "key", "status"], true),
    table("requests", &["id"], &["open"], true),
    table("evidence", &["key"], &["settled"], true),
    table("small", &["key"], &[], true),
    table("finder", &["id"], &["at", "folded"], false),
    table("return_finder", &["id"], &["at", "folded"], false),
    table("called", &["value", "id"], &[], false),
    table("counters", &["what", "value"], &["n"], false),
];

impl Table {
    /// Its rows in one of the two databases; a counter that counts nothing is none.
    fn rows(&self, database: &str) -> String {
        match self.name {
            "counters" => format!("(SELECT * FROM {database}.counters WHERE n > 0)"),
            name => format!("{database}.{name}"),
        }
    }

    fn on(&self) -> String {
        self.key.iter().map(|key| format!("m.{key} = s.{key}")).collect::<Vec<_>>().join(" AND ")
    }

    fn told(&self, of: &str) -> String {
        let keys: Vec<String> = self.key.iter().map(|key| format!("{of}.{key}")).collect();
        format!("CAST({} AS BLOB)", keys.join(" || ' ' || "))
    }

    /// Rows of the journal that say something else than the rebuilt ones, or that those lack.
    fn differing(&self) -> String {
        let columns: String = self.columns.iter().map(|column| format!(" OR m.{column} IS NOT s.{column}")).collect();
        let (docs, differs) = match self.doc {
            true => ("CAST(m.doc AS BLOB), CAST(s.doc AS BLOB)", " OR m.doc IS NOT s.doc"),
            false => ("NULL, NULL", ""),
        };
        let absent = format!("s.{} IS NULL", self.key[0]);
        format!(
            "SELECT {}, {absent}, (0{columns}), {docs} FROM {} AS m LEFT JOIN {} AS s ON {} WHERE {absent}{columns}{differs}",
            self.told("m"),
            self.rows("main"),
            self.rows("scratch"),
            self.on()
        )
    }

    /// Rebuilt rows that the journal lacks.
    fn missing(&self) -> String {
        format!(
            "SELECT {} FROM {} AS s LEFT JOIN {} AS m ON {} WHERE m.{} IS NULL LIMIT ?",
            self.told("s"),
            self.rows("scratch"),
            self.rows("main"),
            self.on(),
            self.key[0]
        )
    }
}

/// Checks the chain and compares every projection, on one snapshot; `told` learns how many of how many events are done.
pub(super) async fn prove(
    file: &Path,
    scratch: &Path,
    sought: Option<Sought>,
    told: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Proof, JournalError> {
    let mut rebuilt = SqliteConnectOptions::new()
        .filename(scratch)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Memory)
        .synchronous(SqliteSynchronous::Off)
        .disable_statement_logging()
        .connect()
        .await?;
    schema::prepare(&mut rebuilt).await?;
    let options = SqliteConnectOptions::new().filename(file).read_only(true);
    let mut journal = options.disable_statement_logging().connect().await?;
    sqlx::query("ATTACH ? AS scratch").bind(scratch.display().to_string()).execute(&mut journal).await?;
    let mut snapshot = journal.begin().await?;
    let found = schema::format(&mut *snapshot).await?;
    if found < schema::FORMAT {
        return Err(JournalError::TooOld { found, needed: schema::FORMAT });
    }
    schema::check(found)?;
    let (chain, illegal) = Rebuild::new(sought).run(&mut snapshot, &mut rebuilt, told).await?;
    rebuilt.close().await?;
    let mut proof = Proof { chain, illegal, differences: Vec::new(), structure: structure(&mut snapshot).await };
    if proof.chain.is_ok() && proof.illegal.is_none() {
        for table in &TABLES {
            match compare(&mut snapshot, table).await {
                Ok(differences) => proof.differences.extend(differences),
                Err(error) => proof.structure.push(format!("{}: {error}", table.name)),
            }
        }
    }
    Ok(proof)
}

/// What SQLite says of pages and indexes; nothing when all is well.
async fn structure(connection: &mut SqliteConnection) -> Vec<String> {
    let said: Result<Vec<String>, _> =
        sqlx::query_scalar("PRAGMA main.integrity_check(20)").fetch_all(connection).await;
    match said {
        Ok(said) => said.into_iter().filter(|line| line != "ok").collect(),
        Err(error) => vec![error.to_string()],
    }
}

/// The projections so far.
struct Rebuild {
    walk: Walk,
    small: Small,
    illegal: Option<Broken>,
}

impl Rebuild {
    fn new(sought: Option<Sought>) -> Self {
        Self { walk: Walk::new(sought), small: Small::default(), illegal: None }
    }

    async fn run(
        mut self,
        journal: &mut SqliteConnection,
        rebuilt: &mut SqliteConnection,
        told: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<(Result<Verified, Broken>, Option<Broken>), JournalError> {
        let all: i64 = sqlx::query_scalar("SELECT coalesce(MAX(seq), 0) FROM events").fetch_one(&mut *journal).await?;
        let mut seq = 0;
        sqlx::raw_sql("BEGIN").execute(&mut *rebuilt).await?;
        loop {
            let rows = match page(journal, seq, schema::FORMAT).await {
                Ok(rows) => rows,
                Err(error) => return Ok((Err(Broken { seq: seq + 1, what: error.to_string() }), self.illegal)),
            };
            if rows.is_empty() {
                break;
            }
            seq = last_seq(&rows);
            let mut bodies = Vec::new();
            let done = self.walk.take(&rows, |row| {
                bodies.extend(row.body.map(|body| (row.seq, row.at, body.to_vec())));
            });
            match done {
                Ok(()) => {}
                Err(Stop::Broken(broken)) => return Ok((Err(broken), self.illegal)),
                Err(Stop::Newer(seq)) => return Err(JournalError::NewerEvent { seq }),
            }
            self.apply(rebuilt, &bodies).await?;
            told(seq.unsigned_abs(), all.unsigned_abs());
        }
        sqlx::raw_sql("COMMIT").execute(&mut *rebuilt).await?;
        Ok((self.walk.end(), self.illegal))
    }

    /// Applies the events of a page to the scratch database.
    async fn apply(
        &mut self,
        rebuilt: &mut SqliteConnection,
        bodies: &[(i64, i64, Vec<u8>)],
    ) -> Result<(), JournalError> {
        if self.illegal.is_some() {
            return Ok(());
        }
        let mut wanted = Wanted::default();
        let mut events: Vec<(i64, Timestamp, Event)> = Vec::with_capacity(bodies.len());
        for (seq, at, body) in bodies {
            let event = read_event(*seq, body)?;
            wanted.note(&event);
            events.push((*seq, Timestamp::from_microsecond(*at).unwrap_or(Timestamp::MIN), event));
        }
        let mut staged = Staged { small: self.small.clone(), ..Staged::default() };
        load(rebuilt, wanted, &mut staged).await?;
        for (seq, at, event) in &events {
            if let Err(illegal) = staged.apply(event, *at) {
                self.illegal = Some(Broken { seq: *seq, what: illegal.to_string() });
                return Ok(());
            }
        }
        write_staged(rebuilt, &self.small, &staged).await?;
        self.small = staged.small;
        Ok(())
    }
}

type Found = (Vec<u8>, bool, bool, Option<Vec<u8>>, Option<Vec<u8>>);

/// Rows of one table that differ: first what differs or is unexplained, then what lacks.
async fn compare(connection: &mut SqliteConnection, table: &Table) -> Result<Vec<Difference>, JournalError> {
    let mut found = Vec::new();
    let difference =
        |row: &[u8], what| Difference { table: table.name, row: String::from_utf8_lossy(row).into(), what };
    let mut rows = sqlx::query_as::<_, Found>(AssertSqlSafe(table.differing())).fetch(&mut *connection);
    while let Some((row, unexplained, changed, ours, rebuilt)) = rows.try_next().await? {
        let what = match (unexplained, ours, rebuilt) {
            (true, ..) => Disagreement::Unexplained,
            (false, Some(ours), Some(rebuilt)) if !changed && means(table.name, &row, &ours, &rebuilt) => continue,
            _ => Disagreement::Changed,
        };
        found.push(difference(&row, what));
        if found.len() == MOST {
            return Ok(found);
        }
    }
    drop(rows);
    let limit = i64::try_from(MOST - found.len()).unwrap_or(0);
    let missing: Vec<Vec<u8>> =
        sqlx::query_scalar(AssertSqlSafe(table.missing())).bind(limit).fetch_all(connection).await?;
    found.extend(missing.iter().map(|row| difference(row, Disagreement::Missing)));
    Ok(found)
}

/// Whether a document of the journal means what the rebuilt one means. An older version may have left out what it did not know; more, or
/// another value, it cannot have written.
fn means(table: &str, row: &[u8], ours: &[u8], rebuilt: &[u8]) -> bool {
    match (table, row.split(|byte| *byte == b':').next()) {
        ("consignments", _) => same::<Consignment>(ours, rebuilt),
        ("returns", _) => same::<Return>(ours, rebuilt),
        ("requests", _) => same::<Requested>(ours, rebuilt),
        ("evidence", _) => same::<KeptEvidence>(ours, rebuilt),
        ("small", Some(b"lane")) => same::<LaneRow>(ours, rebuilt),
        ("small", Some(b"gate")) => same::<GateRow>(ours, rebuilt),
        _ => false,
    }
}

fn same<T: DeserializeOwned + PartialEq>(ours: &[u8], rebuilt: &[u8]) -> bool {
    let read = |doc| serde_json::from_slice::<T>(doc).ok();
    let value = |doc| serde_json::from_slice::<Value>(doc).ok();
    read(ours).is_some_and(|ours| Some(ours) == read(rebuilt))
        && value(ours).zip(value(rebuilt)).is_some_and(|(ours, rebuilt)| says_no_more(&ours, &rebuilt))
}

fn says_no_more(ours: &Value, rebuilt: &Value) -> bool {
    match (ours, rebuilt) {
        (Value::Object(ours), Value::Object(rebuilt)) => {
            ours.iter().all(|(key, value)| rebuilt.get(key).is_some_and(|other| says_no_more(value, other)))
        }
        (ours, rebuilt) => ours == rebuilt,
    }
}

impl Reader {
    /// Checks the whole database on one snapshot, also while the station runs: the chain, every projection told again from the events and
    /// compared, SQLite's own structure. The scratch database takes about as much room as the projections, in `scratch`, a file that must not exist.
    /// `told` learns how many of how many events are done.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the check itself cannot be made; what it finds is in the [`Proof`].
    pub async fn prove(
        &self,
        data_dir: &Path,
        scratch: &Path,
        sought: Option<Sought>,
        told: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<Proof, JournalError> {
        prove(&Self::file(data_dir), scratch, sought, told).await
    }
}
