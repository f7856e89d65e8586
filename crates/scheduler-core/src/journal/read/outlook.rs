//! What stands before a file, and what a person may mean by a name.

use jiff::Timestamp;
use serde::Serialize;

use super::super::sqlite::{from_json, to_json};
use super::{Bind, Reader};
use crate::consignment::{Consignment, Lane, Status};
use crate::id::Id;
use crate::journal::JournalError;

/// Counts the files that leave: those of `?3` are paused, those of `?4` leave in their order.
macro_rules! counting {
    ($which:literal) => {
        concat!(
            "WITH stuck AS MATERIALIZED (SELECT scenario, MIN(id) AS id FROM consignments \
                WHERE open = 1 AND lane = ?1 AND status IN ('waiting', 'held', 'uncertain') \
                AND scenario IN (SELECT value FROM json_each(?4)) GROUP BY scenario) \
            SELECT COUNT(*) FROM (SELECT 1 FROM consignments AS c WHERE open = 1 AND lane = ?1 AND ",
            $which,
            " AND scenario NOT IN (SELECT value FROM json_each(?3)) \
            AND NOT EXISTS (SELECT 1 FROM stuck WHERE stuck.scenario = c.scenario AND stuck.id < c.id) LIMIT ?5)"
        )
    };
}

/// Files that are counted one by one; more are said to be «at least so many».
const COUNTED: i64 = 10_000;

/// Queued files of a lane that leave before the file `?2`.
const QUEUED: &str = counting!("status = 'queued' AND id < ?2");

/// Waiting files of a lane that are due before the waiting file `?2`.
const WAITING: &str = counting!("status = 'waiting' AND (due, id) < (SELECT due, id FROM consignments WHERE id = ?2)");

/// What leaves a lane before a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ahead {
    /// Files; at most 10,000 are counted.
    pub files: u64,
    /// The unsettled file of the same `ordered` scenario that nothing passes, oldest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behind: Option<Id>,
}

impl Reader {
    /// What leaves `lane` before `row`, or before a file that is yet to be accepted under `scenario`. Scenarios of `paused` leave nothing, nor does
    /// what stands, in one of the `ordered` ones, behind a file that waits or that somebody must decide upon.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the database cannot be read.
    pub async fn ahead(
        &self,
        lane: &Lane,
        row: Option<&Consignment>,
        scenario: Option<&str>,
        (paused, ordered): (&[String], &[String]),
    ) -> Result<Ahead, JournalError> {
        let waits = row.is_some_and(|row| row.state.status() == Status::Waiting);
        let before = row.filter(|_| !waits).map_or(i64::MAX, |row| row.id.as_i64());
        let mut files = self.count(QUEUED, lane, before, (paused, ordered)).await?;
        if let Some(row) = row.filter(|_| waits) {
            files += self.count(WAITING, lane, row.id.as_i64(), (paused, ordered)).await?;
        }
        let behind = match scenario.filter(|name| ordered.iter().any(|ordered| ordered == name)) {
            Some(scenario) => {
                self.unsettled_before(lane, scenario, row.map_or(i64::MAX, |row| row.id.as_i64())).await?
            }
            None => None,
        };
        Ok(Ahead { files: u64::try_from(files).unwrap_or_default(), behind })
    }

    async fn count(
        &self,
        sql: &'static str,
        lane: &Lane,
        id: i64,
        (paused, ordered): (&[String], &[String]),
    ) -> Result<i64, JournalError> {
        let query = sqlx::query_scalar(sql).bind(lane.as_str()).bind(id).bind(to_json("list", &paused)?);
        Ok(query.bind(to_json("list", &ordered)?).bind(COUNTED).fetch_one(&self.pool).await?)
    }

    async fn unsettled_before(&self, lane: &Lane, scenario: &str, id: i64) -> Result<Option<Id>, JournalError> {
        const SQL: &str = "SELECT MIN(id) FROM consignments WHERE open = 1 AND lane = ?1 AND scenario = ?2 AND id < ?3";
        let query = sqlx::query_scalar(SQL).bind(lane.as_str()).bind(scenario).bind(id);
        let found: Option<i64> = query.fetch_one(&self.pool).await?;
        Ok(found.and_then(Id::from_i64))
    }

    /// Consignments of exactly this file name, newest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the database cannot be read.
    pub async fn with_name(&self, name: &str, limit: u32) -> Result<Vec<Consignment>, JournalError> {
        let sql = "SELECT doc FROM consignments WHERE name = ? ORDER BY id DESC LIMIT ?";
        self.docs(sql, vec![Bind::from(name), Bind::Integer(i64::from(limit))]).await
    }

    /// Identifiers of consignments and returns from `low` to `high`, ascending, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the database cannot be read.
    pub async fn ids_between(&self, low: Id, high: Id, limit: u32) -> Result<Vec<Id>, JournalError> {
        const SQL: &str = "SELECT id FROM (SELECT id FROM consignments WHERE id BETWEEN ?1 AND ?2 \
            UNION ALL SELECT id FROM returns WHERE id BETWEEN ?1 AND ?2) ORDER BY id LIMIT ?3";
        let query = sqlx::query_scalar(SQL).bind(low.as_i64()).bind(high.as_i64()).bind(i64::from(limit));
        let found: Vec<i64> = query.fetch_all(&self.pool).await?;
        Ok(found.into_iter().filter_map(Id::from_i64).collect())
    }

    /// When a password of `lane` was last refused, or that of the mailbox of its `notices`.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the database cannot be read.
    pub async fn refused_at(&self, lane: &Lane, notices: bool) -> Result<Option<Timestamp>, JournalError> {
        let event = if notices { "notices-suspended" } else { "suspended" };
        let start = format!("{{\"of\":\"lane\",\"lane\":{},\"event\":\"{event}\",", to_json("lane", lane)?);
        let sql = "SELECT at FROM events WHERE subject IS NULL AND instr(body, ?) = 1 ORDER BY seq DESC LIMIT 1";
        let at: Option<i64> = sqlx::query_scalar(sql).bind(start).fetch_optional(&self.pool).await?;
        Ok(at.and_then(|at| Timestamp::from_microsecond(at).ok()))
    }

    /// Whose request paused `scope` last, if the journal still tells; one that was refused paused nothing.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the database cannot be read.
    pub async fn who_paused(&self, scope: &str) -> Result<Option<String>, JournalError> {
        let sql = "SELECT doc FROM requests WHERE json_extract(doc, '$.command.command') = 'pause' \
            AND json_extract(doc, '$.command.scope') = ? AND json_extract(doc, '$.ended.event') IS NOT 'failed' \
            ORDER BY id DESC LIMIT 1";
        let doc: Option<String> = sqlx::query_scalar(sql).bind(scope).fetch_optional(&self.pool).await?;
        let request = doc.map(|doc| from_json::<crate::journal::Requested>("request", &doc)).transpose()?;
        Ok(request.map(|request| request.who))
    }
}
