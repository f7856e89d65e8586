mod past;
mod proof;
mod search;

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use proptest::prelude::*;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use super::project::Staged;
use super::sqlite::{from_json, to_json};
use super::*;
use crate::consignment::{Acceptance, ConsignmentEvent, Decision, Identifiers, Lane, Says, Verdict, Why};
use crate::partner::{Evidence, Notice};
use crate::request::{BackupMade, Command};
use crate::returned::{Collected, Completeness, Offer, ReturnEvent};

fn at() -> Timestamp {
    "2026-11-22T08:00:00.123456Z".parse().unwrap()
}

fn why() -> Why {
    Why::with("xfb-upload-refused", "« Partenaire non autorisé »")
}

fn lane() -> Lane {
    Lane::new("VILLE", "xfb")
}

fn acceptance() -> Acceptance {
    Acceptance {
        scenario: "titres".to_owned(),
        lane: lane(),
        source: "/srv/envois/PES.xml".to_owned(),
        name: "PES.xml".to_owned(),
        size: 7,
        modified: at(),
        sha1: "040f06fd774092478d450774f5ba30c5da78acc8".to_owned(),
        sha256: "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73".to_owned(),
        destination: "xfb/078/HELIOS".to_owned(),
        identity: Some("PES.xml/078".to_owned()),
        held: Some(Why::code("duplicate-content")),
        sent_copy: false,
        again_of: None,
    }
}

fn consignments(id: Id, other: Id) -> Vec<Event> {
    use ConsignmentEvent as E;
    let identifiers = || Identifiers::from([("name".to_owned(), "PES.xml".to_owned())]);
    let (who, reason) = (|| "agent@ville".to_owned(), || "called the help desk".to_owned());
    let (key, says) = (|| "<mail@partner>".to_owned(), |says| says);
    let events = vec![
        E::Accepted(Box::new(acceptance())),
        E::Accepted(Box::new(Acceptance { held: None, identity: None, ..acceptance() })),
        E::Released { who: who(), why: reason() },
        E::Held { why: why() },
        E::Intended {
            session: other,
            gate: "https://gateway".to_owned(),
            numbers: BTreeMap::from([("daily".to_owned(), 3)]),
            identifiers: identifiers(),
        },
        E::Committing { session: other },
        E::Deposited { identifiers: identifiers(), words: Some("File sent OK".to_owned()) },
        E::Postponed { until: at(), why: why() },
        E::Interrupted,
        E::Refused { why: why() },
        E::Doubted { why: why() },
        E::Reconciled { verdict: Verdict::Deposited, by: "listing".to_owned() },
        E::Evidenced { key: key(), says: says(Says::Deposited), identifiers: identifiers() },
        E::Evidenced { key: key(), says: says(Says::Delivered), identifiers: identifiers() },
        E::Evidenced { key: key(), says: says(Says::Opened), identifiers: identifiers() },
        E::Evidenced { key: key(), says: says(Says::Undelivered { why: why() }), identifiers: identifiers() },
        E::Resolved { verdict: Verdict::NotDeposited, who: who(), why: reason() },
        E::Cancelled { who: who(), why: reason() },
        E::Hastened { who: who(), why: reason() },
        E::SentAgain { by: other, who: who(), why: reason() },
        E::Answered { by: other },
        E::Unanswered { by: other },
    ];
    let decisions = [
        Decision::Resolve { verdict: Verdict::Deposited },
        Decision::Resolve { verdict: Verdict::NotDeposited },
        Decision::Release,
        Decision::Resend,
    ];
    let two = |decision| {
        [E::Proposed { decision, who: who(), why: reason() }, E::Seconded { decision, who: who(), why: reason() }]
    };
    let again = E::Accepted(Box::new(Acceptance { again_of: Some(other), ..acceptance() }));
    let events = events.into_iter().chain(decisions.into_iter().flat_map(two)).chain([again]);
    events.map(|what| Event::Consignment { id, what }).collect()
}

fn returns(id: Id, other: Id) -> Vec<Event> {
    use ReturnEvent as E;
    let offer = Offer { key: format!("ident-{id}"), name: "ACQUIT.xml".to_owned(), size: Some(30), consuming: true };
    let collected =
        Collected { size: 30, sha1: "00".to_owned(), sha256: "11".to_owned(), completeness: Completeness::Unproven };
    let events = vec![
        E::Offered { lane: lane(), gate: "https://gateway".to_owned(), offer },
        E::Collecting { session: other },
        E::Stored { collected, file_name: "ACQUIT_2.xml".to_owned(), folder: "/srv/recus/VILLE".to_owned() },
        E::Published { path: "/srv/recus/VILLE/ACQUIT_2.xml".to_owned() },
        E::Disposed,
        E::Missed { why: why() },
        E::Incomplete { why: why(), received: 12 },
        E::Linked { to: other, who: Some("agent@ville".to_owned()), why: "same slip".to_owned() },
        E::Linked { to: other, who: None, why: "match-identity".to_owned() },
        E::Unlinked { who: "agent@ville".to_owned(), why: "mistake".to_owned() },
        E::Dismissed { who: "agent@ville".to_owned(), why: "monthly report".to_owned() },
    ];
    events.into_iter().map(|what| Event::Return { id, what }).collect()
}

fn backup() -> BackupMade {
    BackupMade { file: "town.age".to_owned(), seq: 41, hash: "9f86".to_owned(), members: 12, bytes: 65_536 }
}

fn requests(id: Id, other: Id) -> Vec<Event> {
    let who = || "agent@ville".to_owned();
    let (profile, scope, reason) = (|| Some("VILLE".to_owned()), || "profile:VILLE".to_owned(), || "mended".to_owned());
    let commands = vec![
        Command::Send { files: vec!["/tmp/PES.xml".into()], scenario: "titres".to_owned() },
        Command::Retrieve { profile: profile() },
        Command::Pause { scope: scope(), why: None },
        Command::Pause { scope: scope(), why: Some(reason()) },
        Command::Resume { scope: scope(), why: None },
        Command::Resolve { id: other, verdict: Verdict::Deposited, why: reason() },
        Command::Release { id: other, why: reason() },
        Command::Cancel { id: other, why: reason() },
        Command::Resend { id: other, why: reason() },
        Command::Link { id: other, to: id, why: reason() },
        Command::Unlink { id: other, why: reason() },
        Command::Dismiss { id: other, why: reason() },
        Command::NoteBackup { backup: backup() },
        Command::ResumeAfterRestore { numbers: [("daily".to_owned(), 42)].into(), why: reason() },
        Command::Purge { before: at(), why: reason() },
    ];
    let taken = commands.into_iter().map(|command| RequestEvent::Taken { command, who: who(), claimed: None });
    let claimed = Some("somebody".to_owned());
    let ends = [
        RequestEvent::Taken { command: Command::Retrieve { profile: None }, who: who(), claimed },
        RequestEvent::Done { touched: vec![other] },
        RequestEvent::Failed { why: why() },
    ];
    taken.chain(ends).map(|what| Event::Request { id, what }).collect()
}

fn notices(id: Id) -> Vec<Event> {
    let about = Identifiers::from([("name".to_owned(), "PES.xml".to_owned()), ("size".to_owned(), "7".to_owned())]);
    let evidence = |says| Evidence {
        key: format!("<{id}@partner>"),
        about: about.clone(),
        says,
        at: at(),
        words: "Transfert correct".to_owned(),
    };
    let says = [Says::Deposited, Says::Delivered, Says::Opened, Says::Undelivered { why: why() }];
    let kept = says.into_iter().map(|says| Notice::Consignment { says }).chain([Notice::Available]);
    let matched = |to| EvidenceEvent::Matched { key: format!("<{id}@partner>"), to };
    let events = kept.map(|says| EvidenceEvent::Kept { lane: lane(), evidence: evidence(says) });
    let events = events.chain([matched(Some(id)), matched(None)]);
    events.map(|what| Event::Evidence { what: Box::new(what) }).collect()
}

/// Every kind of event, and of what it may hold.
fn every_event(id: Id, other: Id) -> Vec<Event> {
    let who = || "agent@ville".to_owned();
    let register = || "numrec".to_owned();
    let lanes = vec![
        LaneEvent::Suspended { why: why(), secret_version: "v1".to_owned() },
        LaneEvent::Resumed { who: who() },
        LaneEvent::Rested { until: at(), why: why() },
        LaneEvent::Recovered,
        LaneEvent::RetrievalWanted { who: who() },
        LaneEvent::Retrieved,
        LaneEvent::ScheduleFollowed { schedule: "12:00 Europe/Paris".to_owned(), from: at() },
        LaneEvent::Scheduled { occurrence: at() },
        LaneEvent::NoticesSuspended { why: why(), secret_version: "v1".to_owned() },
        LaneEvent::NoticesResumed { who: who() },
    ];
    let sessions = vec![
        SessionEvent::Opened,
        SessionEvent::Closed { sent: 3, received: 1, why: None },
        SessionEvent::Closed { sent: 0, received: 0, why: Some(why()) },
    ];
    let mut events = consignments(id, other);
    events.extend(returns(id, other));
    events.extend([
        Event::Number { register: register(), number: 12, whose: id },
        Event::Void { register: register(), number: 13, why: "cancelled".to_owned() },
        Event::Voids { register: register(), first: 14, last: 20, why: "drawn elsewhere".to_owned() },
    ]);
    events.extend(lanes.into_iter().map(|what| Event::Lane { lane: lane(), what }));
    let rested = GateEvent::Rested { until: at(), why: why() };
    events.push(Event::Gate { gate: "https://gateway".to_owned(), what: rested });
    let pauses = [
        PauseEvent::Paused { who: who(), why: None },
        PauseEvent::Paused { who: who(), why: Some("new version".to_owned()) },
        PauseEvent::Unpaused { who: who(), why: None },
    ];
    events.extend(pauses.map(|what| Event::Pause { scope: "scenario:titres".to_owned(), what }));
    events.extend(sessions.into_iter().map(|what| Event::Session { id, lane: lane(), what }));
    events.extend(notices(id));
    events.extend(requests(id, other));
    let range = Some([(id, at()), (other, at())]);
    let small = Small { registers: BTreeMap::from([(register(), 12)]), ..Small::default() };
    let certificate = Certificate {
        who: who(),
        why: "eight years".to_owned(),
        before: at(),
        consignments: 2,
        returns: 1,
        events: 17,
        traces: 3,
        range,
        digest: "00".repeat(32),
        head: "11".repeat(32),
        small,
    };
    events.push(Event::Station { what: StationEvent::Purged(Box::new(certificate)) });
    let from = Origin { file: "town.age".to_owned(), created: at(), seq: 41, hash: "9f86".to_owned() };
    let stations = [
        StationEvent::Started { version: "0.1.0".to_owned() },
        StationEvent::Stopped,
        StationEvent::BackedUp { backup: backup() },
        StationEvent::Restored { from, who: who() },
        StationEvent::ResumedAfterRestore { who: who(), why: "the old machine is off".to_owned() },
    ];
    events.extend(stations.map(|what| Event::Station { what }));
    events
}

fn id(number: i64) -> Id {
    Id::from_i64(number << 20).unwrap()
}

/// A station's past opens in its future: these bodies stand in journals for years. Add lines; change one only together
/// with code that still reads the old.
#[test]
fn bodies_of_events_stay_readable() {
    let bodies: Vec<String> =
        every_event(id(1), id(2)).iter().map(|event| serde_json::to_string(event).unwrap()).collect();
    insta::assert_snapshot!("event_bodies", bodies.join("\n"));
    for (body, event) in bodies.iter().zip(every_event(id(1), id(2))) {
        assert_eq!(serde_json::from_str::<Event>(body).unwrap(), event, "{body}");
    }
}

/// The walk along the chain reads bodies by halves: it must know every kind of event, and file each as the event itself does.
#[test]
fn the_walk_knows_every_kind_of_event() {
    for event in every_event(id(1), id(2)) {
        let body = serde_json::to_string(&event).unwrap();
        assert_eq!(verify::subject_of(&body), Some(event.subject()), "{body}");
    }
}

#[test]
fn no_body_holds_a_key_twice() {
    for event in every_event(id(1), id(2)) {
        let body = serde_json::to_string(&event).unwrap();
        let through: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(through.to_string().len(), body.len(), "a key stands twice in {body}");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic_the_decoder(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = serde_json::from_slice::<Event>(&bytes);
    }

    /// A body that is nearly right: one of ours with some bytes changed, cut or doubled. What is read is written as it is read.
    #[test]
    fn bodies_that_were_tampered_with_never_panic_the_decoder(
        index in any::<prop::sample::Index>(), cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4), length in 0_usize..20,
    ) {
        let events = every_event(id(1), id(2));
        let mut body = serde_json::to_vec(index.get(&events)).unwrap();
        for (place, byte) in cuts {
            let at = place.index(body.len());
            match byte % 3 {
                0 => body[at] = byte,
                1 => drop(body.drain(at..(at + length).min(body.len()))),
                _ => body.splice(at..at, std::iter::repeat_n(byte, length)).for_each(drop),
            }
            if body.is_empty() {
                break;
            }
        }
        if let Ok(event) = serde_json::from_slice::<Event>(&body) {
            let written = serde_json::to_vec(&event).unwrap();
            prop_assert_eq!(serde_json::from_slice::<Event>(&written).unwrap(), event);
        }
    }
}

/// Every projection as its table holds it.
#[derive(Debug, PartialEq, Eq)]
struct Tables {
    rows: BTreeMap<(&'static str, String), String>,
    small: Small,
}

impl Tables {
    async fn read(folder: &Path) -> Self {
        let mut connection = SqliteConnectOptions::new().filename(Reader::file(folder)).connect().await.unwrap();
        let mut rows = BTreeMap::new();
        for (table, sql) in [
            ("consignments", "SELECT CAST(id AS TEXT), doc FROM consignments"),
            ("returns", "SELECT CAST(id AS TEXT), doc FROM returns"),
            ("requests", "SELECT CAST(id AS TEXT), doc FROM requests"),
            ("evidence", "SELECT key, doc FROM evidence"),
        ] {
            let found: Vec<(String, String)> = ::sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap();
            rows.extend(found.into_iter().map(|(key, doc)| ((table, key), doc)));
        }
        let small = ::sqlx::query_as("SELECT key, doc FROM small").fetch_all(&mut connection).await.unwrap();
        Self { rows, small: Small::from_rows(small).unwrap() }
    }

    fn of(staged: &Staged) -> Self {
        let mut rows = BTreeMap::new();
        let number = |id: &Id| id.as_i64().to_string();
        rows.extend(
            staged.consignments.iter().map(|(id, row)| (("consignments", number(id)), to_json("", row).unwrap())),
        );
        rows.extend(staged.returns.iter().map(|(id, row)| (("returns", number(id)), to_json("", row).unwrap())));
        rows.extend(staged.requests.iter().map(|(id, row)| (("requests", number(id)), to_json("", row).unwrap())));
        rows.extend(staged.evidence.iter().map(|(key, row)| (("evidence", key.clone()), to_json("", row).unwrap())));
        Self { rows, small: staged.small.clone() }
    }
}

/// SplitMix64: a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).unwrap()
    }

    /// A submission: mostly one event, sometimes several, sometimes with a number drawn.
    fn submission(&mut self, known: &Staged) -> Vec<Draft> {
        (0..=self.below(4) / 2).map(|_| self.draft(known)).collect()
    }

    /// Mostly what the past allows, so that lives get long; sometimes anything.
    fn draft(&mut self, known: &Staged) -> Draft {
        let tries = if self.below(5) == 0 { 0 } else { 40 };
        for _ in 0..tries {
            match self.any_draft() {
                Draft::Event(event) if known.clone().apply(&event, at()).is_err() => {}
                draft => return draft,
            }
        }
        self.any_draft()
    }

    fn any_draft(&mut self) -> Draft {
        let (one, other) = (id(1 + i64::try_from(self.below(8)).unwrap()), id(100));
        if self.below(12) == 0 {
            let void = |number| Event::Void { register: "daily".to_owned(), number, why: "test".to_owned() };
            return Draft::WithNumber { register: "daily".to_owned(), whose: one, first: 1, make: Box::new(void) };
        }
        let mut events = match self.below(3) {
            0 => consignments(one, other),
            1 => returns(one, other),
            _ => every_event(one, other),
        };
        let forged =
            |event: &Event| matches!(event, Event::Number { .. } | Event::Station { what: StationEvent::Purged(_) });
        events.retain(|event| !forged(event));
        Draft::Event(events.swap_remove(self.below(events.len())))
    }
}

/// What the events of a journal, applied by the pure functions to nothing, come to.
async fn replayed(reader: &Reader) -> Staged {
    let mut staged = Staged::default();
    for recorded in reader.events_after(0, u32::MAX).await.unwrap() {
        staged.apply(&recorded.event, recorded.at).unwrap();
    }
    staged
}

/// For every commit k: the events 1 to k, applied by the pure functions to nothing, give exactly what the tables held at k.
#[tokio::test]
async fn replaying_the_events_gives_the_projections_of_every_moment() {
    for seed in 0..3 {
        let folder = tempfile::tempdir().unwrap();
        let (mut dice, mut compared, mut refused) = (Dice(seed), 0, 0);
        for _ in 0..3 {
            // Closed and opened again: what memory held must not matter.
            let (journal, reader) = Journal::open(folder.path(), Clock::system(), Durability::Off).await.unwrap();
            let mut known = replayed(&reader).await;
            for _ in 0..70 {
                match journal.commit(dice.submission(&known)).await {
                    Ok(_) => compared += 1,
                    Err(JournalError::Illegal(_)) => refused += 1,
                    Err(error) => panic!("{error}"),
                }
                known = replayed(&reader).await;
                let seq = reader.head().await.unwrap().seq;
                assert_eq!(Tables::of(&known), Tables::read(folder.path()).await, "seed {seed}, after event {seq}");
                assert_eq!(*journal.small(), known.small);
            }
        }
        assert!(compared > 100 && refused > 20, "{compared} {refused}");
    }
}

/// The columns that queries use say the same as the documents that they stand beside.
#[tokio::test]
async fn columns_agree_with_their_documents() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, reader) = Journal::open(folder.path(), Clock::system(), Durability::Off).await.unwrap();
    let mut dice = Dice(9);
    for _ in 0..100 {
        let known = replayed(&reader).await;
        let _ = journal.commit(dice.submission(&known)).await;
    }
    let mut connection = SqliteConnectOptions::new().filename(Reader::file(folder.path())).connect().await.unwrap();
    let sql = "SELECT id, lane, status, open, due, doc FROM consignments";
    let rows: Vec<(i64, String, String, bool, i64, String)> =
        ::sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap();
    assert!(!rows.is_empty());
    for (id, lane, status, open, due, doc) in rows {
        let row: crate::consignment::Consignment = from_json("row", &doc).unwrap();
        let expected = row.state.status();
        assert_eq!((id, lane.as_str(), status.as_str()), (row.id.as_i64(), row.facts.lane.as_str(), expected.as_str()));
        assert_eq!(open, expected.is_pending() || expected.needs_human());
        let until = match row.state {
            crate::consignment::State::Waiting { until, .. } => until.as_microsecond(),
            _ => 0,
        };
        assert_eq!(due, until);
    }
}

/// One illegal event refuses its own submission, whole, and no other of the same transaction.
#[tokio::test]
async fn a_submission_is_taken_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, reader) = Journal::open(folder.path(), Clock::system(), Durability::Off).await.unwrap();
    let accept = |number| Draft::consignment(id(number), ConsignmentEvent::Accepted(Box::new(acceptance())));
    let illegal = |number| Draft::consignment(id(number), ConsignmentEvent::Interrupted);
    let (good, bad, also_good) = tokio::join!(
        journal.commit(vec![accept(1)]),
        journal.commit(vec![accept(2), illegal(2)]),
        journal.commit(vec![accept(3)])
    );
    good.unwrap();
    assert_eq!(bad.unwrap_err().code(), "journal-illegal-event");
    also_good.unwrap();
    assert!(reader.consignment(id(2)).await.unwrap().is_none());
    assert_eq!(reader.events_after(0, 99).await.unwrap().len(), 2);
    reader.verify().await.unwrap().unwrap();
}

/// As on a full disk, SQLite undoes a transaction by itself: the journal takes the next one all the same.
#[tokio::test]
async fn a_transaction_that_the_database_undid_does_not_close_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, reader) = Journal::open(folder.path(), Clock::system(), Durability::Off).await.unwrap();
    let accept = |number| Draft::consignment(id(number), ConsignmentEvent::Accepted(Box::new(acceptance())));
    journal.commit(vec![accept(1)]).await.unwrap();
    let mut other = SqliteConnectOptions::new().filename(Reader::file(folder.path())).connect().await.unwrap();
    let full = "CREATE TRIGGER full BEFORE INSERT ON consignments BEGIN SELECT RAISE(ROLLBACK, 'full'); END";
    ::sqlx::raw_sql(full).execute(&mut other).await.unwrap();
    assert_eq!(journal.commit(vec![accept(2)]).await.unwrap_err().code(), "journal-database");
    ::sqlx::raw_sql("DROP TRIGGER full").execute(&mut other).await.unwrap();
    journal.commit(vec![accept(3)]).await.unwrap();
    assert!(reader.consignment(id(2)).await.unwrap().is_none());
    assert_eq!(reader.events_after(0, 99).await.unwrap().len(), 2);
    reader.verify().await.unwrap().unwrap();
}

#[tokio::test]
async fn a_newer_format_is_refused_with_words() {
    let folder = tempfile::tempdir().unwrap();
    drop(Journal::open(folder.path(), Clock::system(), Durability::Off).await.unwrap());
    let mut connection = SqliteConnectOptions::new().filename(Reader::file(folder.path())).connect().await.unwrap();
    ::sqlx::raw_sql("PRAGMA user_version = 99").execute(&mut connection).await.unwrap();
    let refused = Journal::open(folder.path(), Clock::system(), Durability::Off).await.unwrap_err();
    assert_eq!(refused.code(), "journal-too-new");
    assert_eq!(refused.to_string(), "the journal has format 99, this version knows up to 2");
}

/// What cannot be looked into may well hold a journal: saying that the station never ran would be a lie.
#[test]
fn a_folder_that_cannot_be_looked_into_is_not_an_empty_one() {
    let folder = tempfile::tempdir().unwrap();
    assert!(!Reader::exists(folder.path()).unwrap());
    std::fs::write(Reader::file(folder.path()), "").unwrap();
    assert!(Reader::exists(folder.path()).unwrap());
    let error = Reader::exists(&Reader::file(folder.path())).unwrap_err();
    assert_eq!(error.code(), "journal-database");
}
