//! Reading the journal: connections of its own, in this process or another.

mod outlook;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};

pub use self::outlook::Ahead;
use super::chain::Head;
use super::event::Event;
use super::project::KeptEvidence;
use super::schema;
use super::sqlite::{from_json, to_json};
use super::verify::{self, Broken, Verified};
use super::{JournalError, LastId, Requested, Small};
use crate::consignment::{Consignment, Lane, Status};
use crate::id::Id;
use crate::returned::Return;

/// The work of a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// This one may leave now.
    Now(Box<Consignment>),
    /// Nothing before this instant.
    At(Timestamp),
    /// Nothing at all.
    Nothing,
}

/// An event with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Sequence number.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: Event,
}

/// Reads the journal. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Reader {
    pub(super) pool: SqlitePool,
    /// The format when it was opened.
    format: i64,
}

impl Reader {
    /// The journal's file in `data_dir`.
    #[must_use]
    pub fn file(data_dir: &Path) -> PathBuf {
        data_dir.join("journal.sqlite")
    }

    /// Whether `data_dir` holds a journal. A folder that this account may not look into is no folder without a journal.
    ///
    /// # Errors
    ///
    /// [`JournalError::Database`] when that cannot be known.
    pub fn exists(data_dir: &Path) -> Result<bool, JournalError> {
        Self::file(data_dir).try_exists().map_err(|error| sqlx::Error::Io(error).into())
    }

    /// Opens the journal of `data_dir` for reading; it must exist.
    ///
    /// # Errors
    ///
    /// [`JournalError::Database`] when it does not exist or cannot be read, [`JournalError::TooNew`] when a newer version wrote it.
    pub async fn open(data_dir: &Path) -> Result<Self, JournalError> {
        let options = SqliteConnectOptions::new()
            .filename(Self::file(data_dir))
            .read_only(true)
            .busy_timeout(Duration::from_secs(10))
            .pragma("cache_size", "-512")
            .disable_statement_logging();
        let pool = SqlitePoolOptions::new().min_connections(0).max_connections(2).connect_with(options).await?;
        let format = schema::format(&pool).await?;
        schema::check(format)?;
        Ok(Self { pool, format })
    }

    /// Refuses what an older format does not have: only the station, at its next start, may bring it up to date.
    pub(super) fn needs_format(&self, needed: i64) -> Result<(), JournalError> {
        if self.format < needed { Err(JournalError::TooOld { found: self.format, needed }) } else { Ok(()) }
    }

    /// What a lane may send at `now`: what was never tried, oldest first, then what waited. Nothing passes an unsettled file of the same `ordered` scenario; scenarios of `paused` are left out.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the database cannot be read.
    pub async fn due(
        &self,
        lane: &Lane,
        now: Timestamp,
        paused: &[String],
        ordered: &[String],
    ) -> Result<Due, JournalError> {
        let queued = self.first(lane, "queued", paused, ordered).await?;
        let waiting = self.first(lane, "waiting", paused, ordered).await?;
        let now = now.as_microsecond();
        let next = match (queued, waiting) {
            // What failed comes after what was never tried: a file that cuts every session lets the others leave.
            (Some(queued), _) => queued,
            (None, Some(waiting)) if waiting.due > now => {
                return Ok(Due::At(Timestamp::from_microsecond(waiting.due).unwrap_or(Timestamp::MAX)));
            }
            (None, Some(waiting)) => waiting,
            (None, None) => return Ok(Due::Nothing),
        };
        Ok(Due::Now(Box::new(from_json("consignment", &next.doc)?)))
    }

    /// The first file of a lane in one state: by due time, then by age. Walks the index, whatever the length of the queue.
    async fn first(
        &self,
        lane: &Lane,
        status: &str,
        paused: &[String],
        ordered: &[String],
    ) -> Result<Option<First>, JournalError> {
        const SQL: &str = "SELECT due, doc FROM consignments AS c \
            WHERE open = 1 AND lane = ?1 AND status = ?2 \
              AND scenario NOT IN (SELECT value FROM json_each(?3)) \
              AND NOT (scenario IN (SELECT value FROM json_each(?4)) AND EXISTS ( \
                SELECT 1 FROM consignments AS o WHERE o.open = 1 AND o.lane = c.lane AND o.scenario = c.scenario AND o.id < c.id)) \
            ORDER BY due, id LIMIT 1";
        let query = sqlx::query_as(SQL).bind(lane.as_str()).bind(status);
        let query = query.bind(to_json("list", &paused)?).bind(to_json("list", &ordered)?);
        Ok(query.fetch_optional(&self.pool).await?)
    }

    /// One consignment.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the database cannot be read.
    pub async fn consignment(&self, id: Id) -> Result<Option<Consignment>, JournalError> {
        let sql = "SELECT doc FROM consignments WHERE id = ?";
        let doc: Option<String> = sqlx::query_scalar(sql).bind(id.as_i64()).fetch_optional(&self.pool).await?;
        doc.map(|doc| from_json("consignment", &doc)).transpose()
    }

    /// One return.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the database cannot be read.
    pub async fn returned(&self, id: Id) -> Result<Option<Return>, JournalError> {
        let sql = "SELECT doc FROM returns WHERE id = ?";
        let doc: Option<String> = sqlx::query_scalar(sql).bind(id.as_i64()).fetch_optional(&self.pool).await?;
        doc.map(|doc| from_json("return", &doc)).transpose()
    }

    /// The return that a lane knows under the partner's key.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the database cannot be read.
    pub async fn return_of(&self, lane: &Lane, key: &str) -> Result<Option<Return>, JournalError> {
        let sql = "SELECT doc FROM returns WHERE lane = ? AND key = ?";
        let doc: Option<String> =
            sqlx::query_scalar(sql).bind(lane.as_str()).bind(key).fetch_optional(&self.pool).await?;
        doc.map(|doc| from_json("return", &doc)).transpose()
    }

    /// Consignments in a state, oldest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the database cannot be read.
    pub async fn with_status(&self, status: Status, limit: u32) -> Result<Vec<Consignment>, JournalError> {
        let sql = "SELECT doc FROM consignments WHERE status = ? ORDER BY id LIMIT ?";
        self.docs(sql, vec![Bind::from(status.as_str()), Bind::Integer(i64::from(limit))]).await
    }

    /// Uncertain consignments of a lane after `after`, oldest first, at most `limit`.
    pub(crate) async fn doubts(&self, lane: &Lane, after: i64, limit: u32) -> Result<Vec<Consignment>, JournalError> {
        let sql = "SELECT doc FROM consignments WHERE open = 1 AND lane = ? AND status = 'uncertain' AND due = 0 AND id > ? \
            ORDER BY id LIMIT ?";
        self.docs(sql, vec![Bind::from(lane.as_str()), Bind::Integer(after), Bind::Integer(i64::from(limit))]).await
    }

    /// Consignments that the partner received and whose second copy is owed, after `after`, oldest first, at most `limit`.
    pub(crate) async fn owing_copies(&self, after: i64, limit: u32) -> Result<Vec<Consignment>, JournalError> {
        let sql = "SELECT doc FROM consignments WHERE open = 2 AND id > ? ORDER BY id LIMIT ?";
        self.docs(sql, vec![Bind::Integer(after), Bind::Integer(i64::from(limit))]).await
    }

    /// Returns in a state (`stored`, `incomplete`…), oldest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the database cannot be read.
    pub async fn returns_with_status(&self, status: &str, limit: u32) -> Result<Vec<Return>, JournalError> {
        let sql = "SELECT doc FROM returns WHERE status = ? ORDER BY id LIMIT ?";
        self.docs(sql, vec![Bind::from(status), Bind::Integer(i64::from(limit))]).await
    }

    /// The consignments accepted last, newest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the database cannot be read.
    pub async fn last_consignments(&self, limit: u32) -> Result<Vec<Consignment>, JournalError> {
        self.docs("SELECT doc FROM consignments ORDER BY id DESC LIMIT ?", vec![Bind::Integer(i64::from(limit))]).await
    }

    /// The returns seen last, newest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the database cannot be read.
    pub async fn last_returns(&self, limit: u32) -> Result<Vec<Return>, JournalError> {
        self.docs("SELECT doc FROM returns ORDER BY id DESC LIMIT ?", vec![Bind::Integer(i64::from(limit))]).await
    }

    /// Consignments from `floor` on, newest first, at most `limit`.
    pub(crate) async fn consignments_since(&self, floor: Id, limit: u32) -> Result<Vec<Consignment>, JournalError> {
        let sql = "SELECT doc FROM consignments WHERE id >= ? ORDER BY id DESC LIMIT ?";
        self.docs(sql, vec![Bind::Integer(floor.as_i64()), Bind::Integer(i64::from(limit))]).await
    }

    /// Returns from `floor` on that came in, and of which nobody knows what they are about, newest first, at most `limit`; further than 10,000
    /// returns back nothing is looked for.
    pub(crate) async fn orphans(&self, floor: Id, limit: u32) -> Result<Vec<Return>, JournalError> {
        let sql = "SELECT doc FROM (SELECT doc, status, id FROM returns WHERE id >= ? ORDER BY id DESC LIMIT 10000) \
            WHERE status IN ('stored', 'published', 'disposed') AND json_extract(doc, '$.about') IS NULL \
              AND json_extract(doc, '$.dismissed') IS NULL ORDER BY id DESC LIMIT ?";
        self.docs(sql, vec![Bind::Integer(floor.as_i64()), Bind::Integer(i64::from(limit))]).await
    }

    /// Consignments of a lane that a notice naming `name` may be about: those that may have left, newest first.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the database cannot be read.
    pub async fn named(&self, lane: &Lane, name: &str) -> Result<Vec<Consignment>, JournalError> {
        let sql = "SELECT doc FROM consignments WHERE name = ? AND lane = ? AND status NOT IN ('queued', 'held', 'cancelled') \
            ORDER BY id DESC LIMIT 200";
        self.docs(sql, vec![Bind::from(name), Bind::from(lane.as_str())]).await
    }

    /// Consignments accepted since `since` for `destination` with this content or identity, that were neither refused nor
    /// cancelled; what was cancelled while in doubt counts.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the database cannot be read.
    pub async fn same(
        &self,
        destination: &str,
        sha256: &str,
        identity: Option<&str>,
        since: Timestamp,
    ) -> Result<Vec<Consignment>, JournalError> {
        let by_content = "SELECT doc FROM consignments WHERE sha256 = ? AND destination = ? \
            AND (status NOT IN ('refused', 'cancelled', 'undelivered') OR json_extract(doc, '$.maybe_received')) \
            ORDER BY id DESC LIMIT 5";
        let mut found: Vec<Consignment> =
            self.docs(by_content, vec![Bind::from(sha256), Bind::from(destination)]).await?;
        if let Some(identity) = identity {
            let by_identity = "SELECT doc FROM consignments WHERE identity IS NOT NULL AND identity = ? AND destination = ? \
                AND (status NOT IN ('refused', 'cancelled', 'undelivered') OR json_extract(doc, '$.maybe_received')) \
                ORDER BY id DESC LIMIT 5";
            found.extend(
                self.docs::<Consignment>(by_identity, vec![Bind::from(identity), Bind::from(destination)]).await?,
            );
        }
        found.retain(|row| row.accepted >= since);
        Ok(found)
    }

    /// How many consignments are in each state.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the database cannot be read.
    pub async fn counts(&self) -> Result<BTreeMap<Status, u64>, JournalError> {
        let counted = if self.format < 2 { self.count_all().await? } else { self.counted("status").await? };
        Ok(counted.into_iter().filter_map(|(name, count)| Some((Status::from_name(&name)?, count))).collect())
    }

    /// The same of a journal without counters.
    async fn count_all(&self) -> Result<BTreeMap<String, u64>, JournalError> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("SELECT status, COUNT(*) FROM consignments GROUP BY status").fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|(name, count)| (name, count.unsigned_abs())).collect())
    }

    /// Everything that happened to a consignment, return, session or request, in order.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the database cannot be read.
    pub async fn events_of(&self, id: Id) -> Result<Vec<Recorded>, JournalError> {
        let sql = "SELECT seq, at, body FROM events WHERE subject = ? AND body IS NOT NULL ORDER BY seq";
        let rows = sqlx::query_as(sql).bind(id.as_i64()).fetch_all(&self.pool).await?;
        rows.into_iter().map(recorded).collect()
    }

    /// At most `limit` events after `seq`, in order.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the database cannot be read.
    pub async fn events_after(&self, seq: i64, limit: u32) -> Result<Vec<Recorded>, JournalError> {
        let sql = "SELECT seq, at, body FROM events WHERE seq > ? AND body IS NOT NULL ORDER BY seq LIMIT ?";
        let rows = sqlx::query_as(sql).bind(seq).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        rows.into_iter().map(recorded).collect()
    }

    /// Lanes, gates, pauses and registers.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the database cannot be read.
    pub async fn small(&self) -> Result<Small, JournalError> {
        Small::from_rows(sqlx::query_as("SELECT key, doc FROM small").fetch_all(&self.pool).await?)
    }

    /// A request, as it stands.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the database cannot be read.
    pub async fn request(&self, id: Id) -> Result<Option<Requested>, JournalError> {
        let sql = "SELECT doc FROM requests WHERE id = ?";
        let doc: Option<String> = sqlx::query_scalar(sql).bind(id.as_i64()).fetch_optional(&self.pool).await?;
        doc.map(|doc| from_json("request", &doc)).transpose()
    }

    /// Requests that were taken and not ended.
    pub(crate) async fn open_requests(&self) -> Result<Vec<Requested>, JournalError> {
        self.docs("SELECT doc FROM requests WHERE open = 1 ORDER BY id", Vec::new()).await
    }

    /// Notices that nothing was matched to yet and whose keys follow `after`, by key, at most `limit`.
    pub(crate) async fn unsettled_evidence(&self, after: &str, limit: u32) -> Result<Vec<KeptEvidence>, JournalError> {
        let sql = "SELECT doc FROM evidence WHERE settled = 0 AND key > ? ORDER BY key LIMIT ?";
        self.docs(sql, vec![Bind::from(after), Bind::Integer(i64::from(limit))]).await
    }

    /// A notice that was kept.
    pub(crate) async fn evidence(&self, key: &str) -> Result<Option<KeptEvidence>, JournalError> {
        let found: Vec<KeptEvidence> =
            self.docs("SELECT doc FROM evidence WHERE key = ?", vec![Bind::from(key)]).await?;
        Ok(found.into_iter().next())
    }

    /// Whether a notice was seen before.
    pub(crate) async fn knows_evidence(&self, key: &str) -> Result<bool, JournalError> {
        let found: Option<i64> =
            sqlx::query_scalar("SELECT 1 FROM evidence WHERE key = ?").bind(key).fetch_optional(&self.pool).await?;
        Ok(found.is_some())
    }

    /// Those of `ids` that a consignment or a return bears; the fewer calls the better, a thousand identifiers or more in each.
    pub(crate) async fn known(&self, ids: &[Id]) -> Result<HashSet<Id>, JournalError> {
        let sql = "SELECT id FROM consignments WHERE id IN (SELECT value FROM json_each(?1)) \
            UNION ALL SELECT id FROM returns WHERE id IN (SELECT value FROM json_each(?1))";
        let found: Vec<i64> = sqlx::query_scalar(sql).bind(numbers(ids)?).fetch_all(&self.pool).await?;
        Ok(found.into_iter().filter_map(Id::from_i64).collect())
    }

    /// Those of `ids` that are returns which were read and are not whole.
    pub(crate) async fn incomplete(&self, ids: &[Id]) -> Result<HashSet<Id>, JournalError> {
        let sql = "SELECT id FROM returns WHERE status = 'incomplete' AND id IN (SELECT value FROM json_each(?))";
        let found: Vec<i64> = sqlx::query_scalar(sql).bind(numbers(ids)?).fetch_all(&self.pool).await?;
        Ok(found.into_iter().filter_map(Id::from_i64).collect())
    }

    /// The greatest identifier in use.
    pub(crate) async fn last_id(&self) -> Result<LastId, JournalError> {
        let sql = "SELECT MAX(id) FROM (SELECT MAX(id) AS id FROM consignments UNION ALL SELECT MAX(id) FROM returns \
            UNION ALL SELECT MAX(subject) FROM events WHERE subject IS NOT NULL)";
        let found: Option<i64> = sqlx::query_scalar(sql).fetch_one(&self.pool).await?;
        Ok(found.and_then(Id::from_i64))
    }

    /// The end of the chain.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the database cannot be read.
    pub async fn head(&self) -> Result<Head, JournalError> {
        let last: Option<(i64, Vec<u8>)> =
            sqlx::query_as("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetch_optional(&self.pool).await?;
        let Some((seq, hash)) = last else { return Ok(Head::GENESIS) };
        let reason = "its hash is not 32 bytes".to_owned();
        let hash = hash.try_into().map_err(|_| JournalError::Damaged { row: format!("event {seq}"), reason })?;
        Ok(Head { seq, hash })
    }

    /// Walks the whole chain in constant memory; the inner error names the first row that was changed, dropped or added.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the database cannot be read.
    pub async fn verify(&self) -> Result<Result<Verified, Broken>, JournalError> {
        verify::verify(&self.pool, None).await
    }

    /// Finished consignments after `after` that were accepted, and last changed, before `before`; in order, of the next `limit`.
    pub(crate) async fn old_consignments(
        &self,
        before: Timestamp,
        after: i64,
        limit: u32,
    ) -> Result<Page<Consignment>, JournalError> {
        self.needs_format(2)?;
        let sql = "SELECT c.doc FROM finder AS f CROSS JOIN consignments AS c ON c.id = f.id \
            WHERE f.id > ? AND f.at < ? AND c.open = 0 ORDER BY f.id LIMIT ?";
        let rows: Vec<Consignment> = self.docs(sql, old(before, after, limit)).await?;
        let last = rows.last().map(|row| row.id);
        Ok(Page { last, rows: rows.into_iter().filter(|row| row.changed < before && row.is_finished()).collect() })
    }

    /// The same of returns.
    pub(crate) async fn old_returns(
        &self,
        before: Timestamp,
        after: i64,
        limit: u32,
    ) -> Result<Page<Return>, JournalError> {
        self.needs_format(2)?;
        let sql = "SELECT r.doc FROM return_finder AS f CROSS JOIN returns AS r ON r.id = f.id \
            WHERE f.id > ? AND f.at < ? AND r.status = 'disposed' ORDER BY f.id LIMIT ?";
        let rows: Vec<Return> = self.docs(sql, old(before, after, limit)).await?;
        let last = rows.last().map(|row| row.id);
        Ok(Page { last, rows: rows.into_iter().filter(|row| row.changed < before).collect() })
    }

    /// Whether the last thing that happened was an orderly stop: then a crash left nothing to mend.
    pub(crate) async fn stopped_in_order(&self) -> Result<bool, JournalError> {
        let sql = "SELECT body FROM events ORDER BY seq DESC LIMIT 1";
        let last: Option<Option<String>> = sqlx::query_scalar(sql).fetch_optional(&self.pool).await?;
        let stopped = Event::Station { what: super::StationEvent::Stopped };
        Ok(last.flatten().is_some_and(|body| serde_json::from_str::<Event>(&body).is_ok_and(|event| event == stopped)))
    }

    pub(super) async fn docs<T: DeserializeOwned>(
        &self,
        sql: &'static str,
        binds: Vec<Bind>,
    ) -> Result<Vec<T>, JournalError> {
        let mut query = sqlx::query_scalar::<_, String>(sql);
        for bind in binds {
            query = match bind {
                Bind::Text(text) => query.bind(text),
                Bind::Integer(number) => query.bind(number),
            };
        }
        let docs = query.fetch_all(&self.pool).await?;
        docs.iter().map(|doc| from_json("row", doc)).collect()
    }
}

/// Rows that were looked for, and the last that was looked at; none at the end.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) last: Option<Id>,
    pub(crate) rows: Vec<T>,
}

fn old(before: Timestamp, after: i64, limit: u32) -> Vec<Bind> {
    vec![Bind::Integer(after), Bind::Integer(before.as_microsecond()), Bind::Integer(limit.into())]
}

#[derive(sqlx::FromRow)]
struct First {
    due: i64,
    doc: String,
}

pub(super) fn numbers(ids: &[Id]) -> Result<String, JournalError> {
    to_json("list", &ids.iter().map(|id| id.as_i64()).collect::<Vec<_>>())
}

/// A parameter of a query.
pub(super) enum Bind {
    Text(String),
    Integer(i64),
}

impl From<&str> for Bind {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

fn recorded((seq, at, body): (i64, i64, String)) -> Result<Recorded, JournalError> {
    let event = read_event(seq, body.as_bytes())?;
    Ok(Recorded { seq, at: Timestamp::from_microsecond(at).unwrap_or(Timestamp::MIN), event })
}

/// The event of a body. One of a kind that only a newer version knows is told from one that is damaged.
pub(super) fn read_event(seq: i64, body: &[u8]) -> Result<Event, JournalError> {
    let damaged = |error: serde_json::Error| match error.to_string() {
        reason if reason.starts_with("unknown variant") => JournalError::NewerEvent { seq },
        reason => JournalError::Damaged { row: format!("event {seq}"), reason },
    };
    serde_json::from_slice(body).map_err(damaged)
}
