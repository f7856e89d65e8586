//! The one writer: takes submissions, judges them, writes those that stand in one transaction, answers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::{mpsc, oneshot, watch};

use super::chain::{Head, body_hash};
use super::project::Staged;
use super::schema;
use super::sqlite::{self, EventRow, from_json, to_json};
use super::{Committed, Draft, Event, EvidenceEvent, JournalError, LaneEvent, Small, StationEvent, purge};
use crate::clock::Clock;
use crate::consignment::{Lane, Status};
use crate::id::Id;

/// What somebody asks to append, and where the answer goes.
#[derive(Debug)]
pub(crate) struct Submission {
    pub(crate) drafts: Vec<Draft>,
    pub(crate) reply: oneshot::Sender<Result<Committed, JournalError>>,
}

impl Submission {
    /// A purge has a transaction of its own.
    fn purges(&self) -> bool {
        self.drafts.iter().any(|draft| matches!(draft, Draft::Purge { .. }))
    }
}

type Accepted = (oneshot::Sender<Result<Committed, JournalError>>, Committed);

/// Drafts that one transaction takes at most, so that the first to come does not wait for ever.
const BATCH: usize = 8192;

#[derive(Debug)]
pub(super) struct Writer {
    connection: SqliteConnection,
    clock: Clock,
    head: Head,
    small: Small,
    /// Aggregates in the hands of a session, which the next event will touch.
    hot: Staged,
    /// The last wish to collect of each lane, of this process.
    wished: BTreeMap<Lane, i64>,
    published: watch::Sender<Arc<Small>>,
}

impl Writer {
    pub(super) async fn new(
        connection: SqliteConnection,
        clock: Clock,
        published: watch::Sender<Arc<Small>>,
    ) -> Result<Self, JournalError> {
        let (head, small, hot) = (Head::GENESIS, Small::default(), Staged::default());
        let mut writer = Self { connection, clock, head, small, hot, wished: BTreeMap::new(), published };
        writer.reload().await?;
        Ok(writer)
    }

    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Submission>) {
        while let Some(first) = inbox.recv().await {
            let mut size = first.drafts.len();
            let mut batch = vec![first];
            while size < BATCH
                && !batch.last().is_some_and(Submission::purges)
                && let Ok(next) = inbox.try_recv()
            {
                size += next.drafts.len();
                if next.purges() {
                    self.serve(std::mem::take(&mut batch)).await;
                }
                batch.push(next);
            }
            self.serve(batch).await;
        }
        let _ = self.connection.close().await;
    }

    async fn serve(&mut self, batch: Vec<Submission>) {
        let mut written = Written {
            head: self.head,
            staged: Staged { small: self.small.clone(), ..Staged::default() },
            rows: Vec::new(),
            purged: Vec::new(),
        };
        let mut accepted = Vec::with_capacity(batch.len());
        for submission in batch {
            match self.judge(&mut written, submission.drafts).await {
                Ok(committed) => accepted.push((submission.reply, committed)),
                Err(error) => drop(submission.reply.send(Err(error))),
            }
        }
        match self.write(&written).await {
            Ok(()) => {
                let shrinks = !written.purged.is_empty();
                self.adopt(written, accepted);
                if shrinks && let Err(error) = self.say("PRAGMA incremental_vacuum").await {
                    tracing::warn!(%error, "the room of what was purged is not given back yet");
                }
            }
            Err(error) => self.abandon(&error, accepted).await,
        }
    }

    /// Applies one submission to the batch, wholly or not at all.
    async fn judge(&mut self, written: &mut Written, drafts: Vec<Draft>) -> Result<Committed, JournalError> {
        let wanted = Wanted::of(&drafts);
        let mut trial = self.trial(&written.staged, wanted).await?;
        let at = self.clock.now();
        let mut head = written.head;
        let mut rows = Vec::with_capacity(drafts.len());
        let mut numbers = Vec::new();
        for draft in drafts {
            let mut events = Vec::with_capacity(2);
            match draft {
                Draft::Event(event) => events.push(event),
                Draft::WithNumber { register, whose, first, make } => {
                    let number = trial.small.registers.get(&register).map_or(first, |last| last + 1);
                    numbers.push(number);
                    events.push(Event::Number { register, number, whose });
                    events.push(make(number));
                }
                Draft::Retrieved { lane, listed } => {
                    let done = self.wished.get(&lane).is_none_or(|wished| *wished <= listed);
                    events.extend(done.then_some(Event::Lane { lane, what: LaneEvent::Retrieved }));
                }
                Draft::Purge { ids, make } => {
                    purge::all_finished(&trial, &ids)?;
                    let missing = purge::missing(&mut self.connection, &ids, &head, &trial.small).await?;
                    events.push(Event::Station { what: StationEvent::Purged(Box::new(make(missing))) });
                    trial = Staged { small: trial.small, ..Staged::default() };
                    written.purged = ids;
                }
            }
            for event in events {
                trial.apply(&event, at)?;
                rows.push(row(&mut head, at, &event)?);
                if let Event::Lane { lane, what: LaneEvent::RetrievalWanted { .. } } = event {
                    self.wished.insert(lane, head.seq);
                }
            }
        }
        written.rows.append(&mut rows);
        written.head = head;
        written.merge(trial);
        Ok(Committed { seq: head.seq, numbers })
    }

    /// The wanted rows: as the batch left them, else from memory, else from the database.
    async fn trial(&mut self, staged: &Staged, mut wanted: Wanted) -> Result<Staged, JournalError> {
        let mut trial = Staged { small: staged.small.clone(), ..Staged::default() };
        for source in [staged, &self.hot] {
            wanted.take_from(source, &mut trial);
        }
        load(&mut self.connection, wanted, &mut trial).await?;
        Ok(trial)
    }

    async fn write(&mut self, written: &Written) -> Result<(), JournalError> {
        if written.rows.is_empty() {
            return Ok(());
        }
        // Not sqlx's transactions: SQLite itself undoes one that meets a full disk, and sqlx then counts it as open for ever.
        self.say("BEGIN IMMEDIATE").await?;
        let connection = &mut self.connection;
        sqlite::insert_events(connection, &written.rows).await?;
        write_staged(connection, &self.small, &written.staged).await?;
        purge::remove(connection, &written.purged, written.head.seq).await?;
        self.say("COMMIT").await
    }

    async fn say(&mut self, sql: &'static str) -> Result<(), JournalError> {
        sqlx::raw_sql(sql).execute(&mut self.connection).await?;
        Ok(())
    }

    fn adopt(&mut self, written: Written, accepted: Vec<Accepted>) {
        self.head = written.head;
        for (id, row) in written.staged.consignments {
            if matches!(row.state.status(), Status::Sending | Status::Committing) {
                self.hot.consignments.insert(id, row);
            } else {
                self.hot.consignments.remove(&id);
            }
        }
        if written.staged.small != self.small {
            self.small = written.staged.small;
            self.published.send_replace(Arc::new(self.small.clone()));
        }
        for (reply, committed) in accepted {
            drop(reply.send(Ok(committed)));
        }
    }

    /// The transaction failed: what memory holds may differ from the disk, so it is read again.
    async fn abandon(&mut self, error: &JournalError, accepted: Vec<Accepted>) {
        tracing::error!(code = error.code(), %error, "a transaction of the journal failed");
        let shared = match error {
            JournalError::Database(shared) => Arc::clone(shared),
            other => Arc::new(sqlx::Error::Protocol(other.to_string())),
        };
        for (reply, _) in accepted {
            drop(reply.send(Err(JournalError::Database(Arc::clone(&shared)))));
        }
        self.hot = Staged::default();
        // Refused where SQLite did it already.
        let _ = self.say("ROLLBACK").await;
        // The log may still end with the whole transaction, which the next start would take for committed: this writes over it.
        let _ = schema::touch(&mut self.connection).await;
        if let Err(error) = self.reload().await {
            tracing::error!(code = error.code(), %error, "the journal cannot be read again");
        }
    }

    async fn reload(&mut self) -> Result<(), JournalError> {
        self.head = read_head(&mut self.connection).await?;
        let rows = sqlx::query_as("SELECT key, doc FROM small").fetch_all(&mut self.connection).await?;
        self.small = Small::from_rows(rows)?;
        self.published.send_replace(Arc::new(self.small.clone()));
        Ok(())
    }
}

/// Writes the rows of a batch beside its events; `before` is what the small rows say so far.
pub(super) async fn write_staged(
    connection: &mut SqliteConnection,
    before: &Small,
    staged: &Staged,
) -> Result<(), JournalError> {
    let mut consignments: Vec<_> = staged.consignments.values().collect();
    consignments.sort_unstable_by_key(|row| row.id);
    sqlite::upsert_consignments(connection, &consignments).await?;
    for row in staged.returns.values() {
        sqlite::upsert_return(connection, row).await?;
    }
    for row in staged.requests.values() {
        sqlite::upsert_request(connection, row).await?;
    }
    for (key, row) in &staged.evidence {
        sqlite::upsert_evidence(connection, key, row).await?;
    }
    sqlite::insert_finds(connection, &staged.finds).await?;
    for (key, doc) in changes(before, &staged.small)? {
        sqlite::set_small(connection, &key, doc).await?;
    }
    Ok(())
}

/// What a batch adds.
#[derive(Debug)]
struct Written {
    head: Head,
    staged: Staged,
    rows: Vec<EventRow>,
    /// What the last event certifies to be purged.
    purged: Vec<Id>,
}

impl Written {
    fn merge(&mut self, trial: Staged) {
        self.staged.consignments.extend(trial.consignments);
        self.staged.returns.extend(trial.returns);
        self.staged.requests.extend(trial.requests);
        self.staged.evidence.extend(trial.evidence);
        self.staged.small = trial.small;
        self.staged.finds.merge(trial.finds);
    }
}

/// Rows that a submission may touch and that memory does not hold yet.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    consignments: BTreeSet<Id>,
    returns: BTreeSet<Id>,
    requests: BTreeSet<Id>,
    evidence: BTreeSet<String>,
    /// The subject of an event that does not exist yet: a consignment or a return.
    any: BTreeSet<Id>,
}

impl Wanted {
    fn of(drafts: &[Draft]) -> Self {
        let mut wanted = Self::default();
        for draft in drafts {
            match draft {
                Draft::Event(event) => wanted.note(event),
                Draft::WithNumber { whose, .. } => drop(wanted.any.insert(*whose)),
                Draft::Retrieved { .. } => {}
                Draft::Purge { ids, .. } => wanted.any.extend(ids),
            }
        }
        wanted
    }

    pub(super) fn note(&mut self, event: &Event) {
        match event {
            Event::Consignment { id, .. } => drop(self.consignments.insert(*id)),
            Event::Return { id, .. } => drop(self.returns.insert(*id)),
            Event::Request { id, .. } => drop(self.requests.insert(*id)),
            Event::Evidence { what } => {
                let key = match &**what {
                    EvidenceEvent::Kept { evidence, .. } => &evidence.key,
                    EvidenceEvent::Matched { key, .. } => key,
                };
                self.evidence.insert(key.clone());
            }
            _ => {}
        }
    }

    fn take_from(&mut self, source: &Staged, trial: &mut Staged) {
        let any = std::mem::take(&mut self.any);
        self.consignments.extend(&any);
        self.returns.extend(&any);
        self.consignments.retain(|id| keep(source.consignments.get(id), |row| trial.consignments.insert(*id, row)));
        self.returns.retain(|id| keep(source.returns.get(id), |row| trial.returns.insert(*id, row)));
        self.requests.retain(|id| keep(source.requests.get(id), |row| trial.requests.insert(*id, row)));
        self.evidence.retain(|key| keep(source.evidence.get(key), |row| trial.evidence.insert(key.clone(), row)));
    }
}

/// Hands a found row over; tells whether it is still wanted.
fn keep<T: Clone, R>(found: Option<&T>, insert: impl FnOnce(T) -> R) -> bool {
    let Some(row) = found else { return true };
    insert(row.clone());
    false
}

pub(super) async fn load(
    connection: &mut SqliteConnection,
    wanted: Wanted,
    trial: &mut Staged,
) -> Result<(), JournalError> {
    for doc in docs(
        connection,
        "SELECT doc FROM consignments WHERE id IN (SELECT value FROM json_each(?))",
        &wanted.consignments,
    )
    .await?
    {
        let row: crate::consignment::Consignment = from_json("consignment", &doc)?;
        trial.consignments.insert(row.id, row);
    }
    for doc in docs(connection, "SELECT doc FROM returns WHERE id IN (SELECT value FROM json_each(?))", &wanted.returns)
        .await?
    {
        let row: crate::returned::Return = from_json("return", &doc)?;
        trial.returns.insert(row.id, row);
    }
    for doc in
        docs(connection, "SELECT doc FROM requests WHERE id IN (SELECT value FROM json_each(?))", &wanted.requests)
            .await?
    {
        let row: super::Requested = from_json("request", &doc)?;
        trial.requests.insert(row.id, row);
    }
    for key in wanted.evidence {
        let found: Option<String> = sqlx::query_scalar("SELECT doc FROM evidence WHERE key = ?")
            .bind(&key)
            .fetch_optional(&mut *connection)
            .await?;
        if let Some(doc) = found {
            trial.evidence.insert(key, from_json("notice", &doc)?);
        }
    }
    Ok(())
}

async fn docs(
    connection: &mut SqliteConnection,
    sql: &'static str,
    ids: &BTreeSet<Id>,
) -> Result<Vec<String>, JournalError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let list = to_json("list", &ids.iter().map(|id| id.as_i64()).collect::<Vec<_>>())?;
    Ok(sqlx::query_scalar(sql).bind(list).fetch_all(connection).await?)
}

fn row(head: &mut Head, at: Timestamp, event: &Event) -> Result<EventRow, JournalError> {
    let body = to_json("event", event)?;
    let hash = body_hash(body.as_bytes());
    let at = at.as_microsecond();
    let next = head.after(at, &hash);
    let row = EventRow {
        seq: next.seq,
        at,
        prev: head.hash,
        body_hash: hash,
        hash: next.hash,
        subject: event.subject(),
        body,
    };
    *head = next;
    Ok(row)
}

async fn read_head(connection: &mut SqliteConnection) -> Result<Head, JournalError> {
    let last: Option<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetch_optional(connection).await?;
    let Some((seq, hash)) = last else { return Ok(Head::GENESIS) };
    let damaged =
        |_| JournalError::Damaged { row: format!("event {seq}"), reason: "its hash is not 32 bytes".to_owned() };
    Ok(Head { seq, hash: hash.try_into().map_err(damaged)? })
}

type Change = (String, Option<String>);

/// The small rows that differ.
fn changes(before: &Small, after: &Small) -> Result<Vec<Change>, JournalError> {
    let mut changes = Vec::new();
    compare("lane", &before.lanes, &after.lanes, &mut changes)?;
    compare("gate", &before.gates, &after.gates, &mut changes)?;
    compare("register", &before.registers, &after.registers, &mut changes)?;
    let one = |set: &BTreeSet<String>| set.iter().map(|scope| (scope.clone(), true)).collect::<BTreeMap<_, _>>();
    compare("pause", &one(&before.pauses), &one(&after.pauses), &mut changes)?;
    let restored = |small: &Small| small.restored.iter().map(|mark| ("restored", mark.clone())).collect();
    compare("station", &restored(before), &restored(after), &mut changes)?;
    let named = |set: &BTreeSet<Id>| set.iter().map(|id| (id.to_string(), *id)).collect::<BTreeMap<_, _>>();
    compare("proposal", &named(&before.proposals), &named(&after.proposals), &mut changes)?;
    Ok(changes)
}

fn compare<K: Ord + std::fmt::Display + Serialize, V: PartialEq + Serialize + for<'a> Deserialize<'a>>(
    kind: &str,
    before: &BTreeMap<K, V>,
    after: &BTreeMap<K, V>,
    changes: &mut Vec<Change>,
) -> Result<(), JournalError> {
    for (key, value) in after {
        if before.get(key) != Some(value) {
            changes.push((format!("{kind}:{key}"), Some(to_json(kind, value)?)));
        }
    }
    for key in before.keys().filter(|key| !after.contains_key(key)) {
        changes.push((format!("{kind}:{key}"), None));
    }
    Ok(())
}
