//! Searching the journal: by state, scenario, profile, channel, destination, date and a part of the name, newest first, page after page.
//!
//! Each search walks one index from its newest end: that of the filter that the fewest rows satisfy, as the counters tell, or the narrow table of
//! names and dates. An index of dates tells where to begin and to end. It stops at the limit, so that only what is both rare and not indexed (a part of a name that nothing bears) is looked for
//! through the whole journal.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use sqlx::AssertSqlSafe;

use super::read::{Bind, numbers};
use super::sqlite::to_json;
use super::{JournalError, Reader};
use crate::consignment::{Consignment, Status};
use crate::id::Id;
use crate::matcher::fold_text;
use crate::returned::Return;

/// What is looked for: everything that is said holds at once; what is not said does not matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Consignments in one of these states.
    pub statuses: Vec<Status>,
    /// Returns in one of these states (`incomplete`…). Where only states of the other kind are named, nothing is found.
    pub return_states: Vec<String>,
    /// Of this scenario, case aside. No return has one.
    pub scenario: Option<String>,
    /// Of this profile, case aside.
    pub profile: Option<String>,
    /// Of this channel (`xfb`), case aside.
    pub channel: Option<String>,
    /// For this destination, case aside: the whole (`xfb/C175/GRCT450`) or a part between slashes (`C175`). No return has one.
    pub destination: Option<String>,
    /// Whose name holds this, case aside as in the patterns of scenarios: the file's name, or of a return the partner's name and the one it was given.
    pub name_part: Option<String>,
    /// Accepted, or first offered, at this instant or later.
    pub from: Option<Timestamp>,
    /// Accepted, or first offered, before this instant.
    pub to: Option<Timestamp>,
    /// Older than this one: the last of the page before.
    pub before: Option<Id>,
    /// Rows of a page at most.
    pub limit: u32,
}

impl Default for Query {
    /// Everything, fifty rows a page.
    fn default() -> Self {
        Self {
            statuses: Vec::new(),
            return_states: Vec::new(),
            scenario: None,
            profile: None,
            channel: None,
            destination: None,
            name_part: None,
            from: None,
            to: None,
            before: None,
            limit: 50,
        }
    }
}

/// How far the date in an identifier and the journal's date for it may be apart: a file waits for a full disk, a clock is set right.
const MARGIN: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Rows between two dates that are looked at to find the identifiers at the ends. Where more lie, [`MARGIN`] tells. Tests have few rows and go both ways.
const FEW_DATED: u64 = if cfg!(test) { 10 } else { 100_000 };

/// A filter that more values than this satisfy is not worth an index.
const MANY_VALUES: usize = 32;

/// Reading a name costs about a twentieth of finding a row by another index.
const NAMES_PER_ROW: u64 = 20;

/// Most rows that one name is given for.
const CALLED: u32 = 200;

/// The tables of consignments, or those of returns.
struct Tables {
    rows: &'static str,
    finder: &'static str,
    dates: &'static str,
}

const SENT: Tables = Tables { rows: "consignments", finder: "finder", dates: "finder_at" };
const RECEIVED: Tables = Tables { rows: "returns", finder: "return_finder", dates: "return_finder_at" };

/// The range of identifiers to walk, both ends included.
struct Span {
    first: i64,
    last: i64,
    /// How many rows of it lie between the dates, at most.
    rows: u64,
}

/// A filter on a column: the values that satisfy it, and how many rows have one of them.
struct Filter {
    column: &'static str,
    index: &'static str,
    values: Vec<String>,
    rows: u64,
}

/// A piece of SQL with its parameters.
#[derive(Default)]
struct Sql {
    text: String,
    binds: Vec<Bind>,
}

impl Sql {
    fn push(&mut self, text: &str, binds: impl IntoIterator<Item = Bind>) {
        self.text.push_str(text);
        self.binds.extend(binds);
    }
}

impl Reader {
    /// Consignments, newest first.
    ///
    /// # Errors
    ///
    /// [`JournalError::TooOld`] when the station has not yet brought the journal up to date; otherwise when the database cannot be read.
    pub async fn search(&self, query: &Query) -> Result<Vec<Consignment>, JournalError> {
        self.needs_format(2)?;
        if query.statuses.is_empty() && !query.return_states.is_empty() {
            return Ok(Vec::new());
        }
        let statuses = query.statuses.iter().map(|status| status.as_str());
        let mut filters = self.filters(query, ["lane", "consignments_lane"]).await?;
        if !query.statuses.is_empty() {
            filters.push(self.one_of("status", "status", "consignments_status", statuses.collect()).await?);
        }
        if let Some(scenario) = &query.scenario {
            let wanted = fold_text(scenario);
            let same = |value: &str| fold_text(value) == wanted;
            filters.push(self.filter("scenario", "scenario", "consignments_scenario", same).await?);
        }
        if let Some(destination) = &query.destination {
            let wanted = fold_text(destination);
            let goes_there = |value: &str| {
                let value = fold_text(value);
                value == wanted || value.split('/').any(|part| part == wanted)
            };
            filters.push(self.filter("destination", "destination", "consignments_destination", goes_there).await?);
        }
        let ids = self.ids(&SENT, query, filters).await?;
        let sql = "SELECT doc FROM consignments WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id DESC";
        self.docs(sql, vec![Bind::Text(numbers(&ids)?)]).await
    }

    /// Returns, newest first.
    ///
    /// # Errors
    ///
    /// As [`Reader::search`].
    pub async fn search_returns(&self, query: &Query) -> Result<Vec<Return>, JournalError> {
        self.needs_format(2)?;
        let elsewhere = query.return_states.is_empty() && !query.statuses.is_empty();
        if elsewhere || query.scenario.is_some() || query.destination.is_some() {
            return Ok(Vec::new());
        }
        let mut filters = self.filters(query, ["return-lane", "returns_lane"]).await?;
        if !query.return_states.is_empty() {
            let states = query.return_states.iter().map(String::as_str).collect();
            filters.push(self.one_of("return-status", "status", "returns_status", states).await?);
        }
        let ids = self.ids(&RECEIVED, query, filters).await?;
        let sql = "SELECT doc FROM returns WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id DESC";
        self.docs(sql, vec![Bind::Text(numbers(&ids)?)]).await
    }

    /// Consignments that the partner ever called so, in any of its identifiers or notices, or whose file has exactly this name; newest first, 200 at most.
    ///
    /// # Errors
    ///
    /// As [`Reader::search`].
    pub async fn called(&self, name: &str) -> Result<Vec<Consignment>, JournalError> {
        self.needs_format(2)?;
        let sql = "SELECT doc FROM consignments WHERE id IN \
            (SELECT id FROM called WHERE value = ?1 UNION SELECT id FROM consignments WHERE name = ?1) ORDER BY id DESC LIMIT ?2";
        self.docs(sql, vec![Bind::from(name), Bind::Integer(CALLED.into())]).await
    }

    /// Returns that the partner ever offered under this key or name; newest first, 200 at most.
    ///
    /// # Errors
    ///
    /// As [`Reader::search`].
    pub async fn called_returns(&self, name: &str) -> Result<Vec<Return>, JournalError> {
        self.needs_format(2)?;
        let sql =
            "SELECT doc FROM returns WHERE id IN (SELECT id FROM called WHERE value = ?1) ORDER BY id DESC LIMIT ?2";
        self.docs(sql, vec![Bind::from(name), Bind::Integer(CALLED.into())]).await
    }

    /// How many rows have each value of `what`, as the counters know.
    pub(super) async fn counted(&self, what: &str) -> Result<BTreeMap<String, u64>, JournalError> {
        let sql = "SELECT value, n FROM counters WHERE what = ? AND n > 0";
        let rows: Vec<(String, i64)> = sqlx::query_as(sql).bind(what).fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|(value, n)| (value, n.unsigned_abs())).collect())
    }

    /// The filters that consignments and returns share: profile and channel, which together are lanes.
    async fn filters(&self, query: &Query, [what, index]: [&'static str; 2]) -> Result<Vec<Filter>, JournalError> {
        if query.profile.is_none() && query.channel.is_none() {
            return Ok(Vec::new());
        }
        let (profile, channel) = (query.profile.as_deref().map(fold_text), query.channel.as_deref().map(fold_text));
        let wanted = |lane: &str| {
            let lane = fold_text(lane);
            let (of, kind) = lane.rsplit_once('.').unwrap_or((&lane, ""));
            profile.as_ref().is_none_or(|profile| profile == of)
                && channel.as_ref().is_none_or(|channel| channel == kind)
        };
        Ok(vec![self.filter(what, "lane", index, wanted).await?])
    }

    async fn filter(
        &self,
        what: &str,
        column: &'static str,
        index: &'static str,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Filter, JournalError> {
        let known = self.counted(what).await?.into_iter().filter(|(value, _)| wanted(value));
        let (values, counts): (Vec<_>, Vec<_>) = known.unzip();
        Ok(Filter { column, index, values, rows: counts.into_iter().sum() })
    }

    async fn one_of(
        &self,
        what: &str,
        column: &'static str,
        index: &'static str,
        values: Vec<&str>,
    ) -> Result<Filter, JournalError> {
        self.filter(what, column, index, |value| values.contains(&value)).await
    }

    /// The identifiers of a page.
    async fn ids(&self, tables: &Tables, query: &Query, mut filters: Vec<Filter>) -> Result<Vec<Id>, JournalError> {
        filters.sort_by_key(|filter| filter.rows);
        let Some(span) = self.span(tables, query).await? else { return Ok(Vec::new()) };
        let Some(rarest) = filters.first() else { return self.walk(finder(tables, query, &filters, &span)?).await };
        let names = query.name_part.is_some();
        let by_name = names && rarest.rows.saturating_mul(NAMES_PER_ROW) > self.rows(tables).await?;
        if by_name || span.rows < rarest.rows || rarest.values.len() > MANY_VALUES {
            return self.walk(finder(tables, query, &filters, &span)?).await;
        }
        let mut found = Vec::new();
        for value in &rarest.values {
            found.extend(self.walk(indexed(tables, query, rarest, value, &filters[1..], &span)?).await?);
        }
        found.sort_unstable_by(|one: &Id, other| other.cmp(one));
        found.truncate(usize::try_from(query.limit).unwrap_or(usize::MAX));
        Ok(found)
    }

    /// Where the rows of the page are; `None` where there are none.
    async fn span(&self, tables: &Tables, query: &Query) -> Result<Option<Span>, JournalError> {
        let before = query.before.map_or(i64::MAX, |id| id.as_i64() - 1);
        let Some(dated) = self.dated(tables, query).await? else {
            let first = query.from.and_then(|from| from.checked_sub(MARGIN).ok()).map_or(0, first_id);
            let last = query.to.and_then(|to| to.checked_add(MARGIN).ok()).map_or(i64::MAX, first_id);
            return Ok(Some(Span { first, last: last.min(before), rows: u64::MAX }));
        };
        let span = Span { last: dated.last.min(before), ..dated };
        Ok((span.rows > 0).then_some(span))
    }

    /// The rows between the dates, where they are few enough to look at all of them.
    async fn dated(&self, tables: &Tables, query: &Query) -> Result<Option<Span>, JournalError> {
        if query.from.is_none() && query.to.is_none() {
            return Ok(None);
        }
        let sql = format!(
            "SELECT COUNT(*), IFNULL(MIN(id), 0), IFNULL(MAX(id), 0) FROM \
                (SELECT id FROM {} INDEXED BY {} WHERE at >= ? AND at < ? LIMIT ?)",
            tables.finder, tables.dates
        );
        let microsecond = |at: Option<Timestamp>, open| at.map_or(open, Timestamp::as_microsecond);
        let ends = sqlx::query_as::<_, (i64, i64, i64)>(AssertSqlSafe(sql))
            .bind(microsecond(query.from, i64::MIN))
            .bind(microsecond(query.to, i64::MAX))
            .bind(FEW_DATED.cast_signed() + 1);
        let (rows, first, last) = ends.fetch_one(&self.pool).await?;
        let rows = rows.unsigned_abs();
        Ok((rows <= FEW_DATED).then_some(Span { first, last, rows }))
    }

    /// Rows in all.
    async fn rows(&self, tables: &Tables) -> Result<u64, JournalError> {
        let what = if tables.rows == SENT.rows { "status" } else { "return-status" };
        Ok(self.counted(what).await?.into_values().sum())
    }

    async fn walk(&self, sql: Sql) -> Result<Vec<Id>, JournalError> {
        let mut query = sqlx::query_scalar::<_, i64>(AssertSqlSafe(sql.text));
        for bind in sql.binds {
            query = match bind {
                Bind::Text(text) => query.bind(text),
                Bind::Integer(number) => query.bind(number),
            };
        }
        Ok(query.fetch_all(&self.pool).await?.into_iter().filter_map(Id::from_i64).collect())
    }
}

/// Walks names and dates.
fn finder(tables: &Tables, query: &Query, filters: &[Filter], span: &Span) -> Result<Sql, JournalError> {
    let mut sql = Sql::default();
    sql.push(&format!("SELECT f.id FROM {} AS f", tables.finder), []);
    if !filters.is_empty() {
        sql.push(&format!(" CROSS JOIN {} AS c ON c.id = f.id", tables.rows), []);
    }
    sql.push(" WHERE f.id BETWEEN ? AND ?", [Bind::Integer(span.first), Bind::Integer(span.last)]);
    finds(&mut sql, query);
    page(sql, "f.id", query, filters)
}

/// Walks the index of one value of a filter.
fn indexed(
    tables: &Tables,
    query: &Query,
    by: &Filter,
    value: &str,
    others: &[Filter],
    span: &Span,
) -> Result<Sql, JournalError> {
    let mut sql = Sql::default();
    sql.push(&format!("SELECT c.id FROM {} AS c INDEXED BY {}", tables.rows, by.index), []);
    let looks = query.name_part.is_some() || query.from.is_some() || query.to.is_some();
    if looks {
        sql.push(&format!(" CROSS JOIN {} AS f ON f.id = c.id", tables.finder), []);
    }
    let (first, last) = (Bind::Integer(span.first), Bind::Integer(span.last));
    sql.push(&format!(" WHERE c.{} = ? AND c.id BETWEEN ? AND ?", by.column), [Bind::from(value), first, last]);
    if looks {
        finds(&mut sql, query);
    }
    page(sql, "c.id", query, others)
}

fn first_id(at: Timestamp) -> i64 {
    Id::first_at(at).as_i64()
}

/// What names and dates tell.
fn finds(sql: &mut Sql, query: &Query) {
    if let Some(part) = query.name_part.as_deref().filter(|part| !part.is_empty()) {
        sql.push(" AND instr(f.folded, ?) > 0", [Bind::Text(fold_text(part))]);
    }
    if let Some(from) = query.from {
        sql.push(" AND f.at >= ?", [Bind::Integer(from.as_microsecond())]);
    }
    if let Some(to) = query.to {
        sql.push(" AND f.at < ?", [Bind::Integer(to.as_microsecond())]);
    }
}

/// What the other filters tell, order and length.
fn page(mut sql: Sql, id: &str, query: &Query, others: &[Filter]) -> Result<Sql, JournalError> {
    for other in others {
        let values = Bind::Text(to_json("list", &other.values)?);
        sql.push(&format!(" AND c.{} IN (SELECT value FROM json_each(?))", other.column), [values]);
    }
    sql.push(&format!(" ORDER BY {id} DESC LIMIT ?"), [Bind::Integer(query.limit.into())]);
    Ok(sql)
}
