//! Whatever is changed in a table is named; a purge is certified, and nothing else may be missing.

use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteConnection;

use super::*;

/// A journal with lives of all kinds, and something in every table.
async fn lively(folder: &Path) -> Journal {
    let (journal, reader) = Journal::open(folder, Clock::system(), Durability::Off).await.unwrap();
    let mut dice = Dice(11);
    for _ in 0..120 {
        let known = replayed(&reader).await;
        let _ = journal.commit(dice.submission(&known)).await;
    }
    journal
}

async fn connect(folder: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(Reader::file(folder)).connect().await.unwrap()
}

async fn run(connection: &mut SqliteConnection, sql: &str) {
    ::sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await.unwrap();
}

/// Everything but the store, which these journals have none of.
async fn proof(folder: &Path) -> Proof {
    let scratch = tempfile::tempdir().unwrap();
    let reader = Reader::open(folder).await.unwrap();
    reader.prove(folder, &scratch.path().join("scratch"), None, &mut |_, _| {}).await.unwrap()
}

fn is_sound(proof: &Proof) -> bool {
    proof.chain.is_ok() && proof.illegal.is_none() && proof.differences.is_empty() && proof.structure.is_empty()
}

/// Every column of every table that is compared, and of the chain; hexadecimal blobs, texts and integers alike get one bit changed.
const COLUMNS: [(&str, &[&str]); 10] = [
    ("events", &["seq", "at", "prev", "body_hash", "hash", "subject", "body"]),
    (
        "consignments",
        &["id", "lane", "scenario", "status", "open", "due", "name", "sha256", "destination", "identity", "doc"],
    ),
    ("returns", &["id", "lane", "key", "status", "doc"]),
    ("requests", &["id", "open", "doc"]),
    ("evidence", &["key", "settled", "doc"]),
    ("small", &["key", "doc"]),
    ("finder", &["id", "at", "folded"]),
    ("return_finder", &["id", "at", "folded"]),
    ("called", &["value", "id"]),
    ("counters", &["what", "value", "n"]),
];

/// One bit of one byte of a value, changed in place; the types that the tables insist on stay.
async fn flip(
    connection: &mut SqliteConnection,
    table: &str,
    key: &str,
    column: &str,
    dice: &mut Dice,
) -> Option<String> {
    let sql = format!(
        "SELECT typeof({column}), CAST({column} AS BLOB), {key} FROM {table} WHERE {column} IS NOT NULL ORDER BY {key}"
    );
    let rows: Vec<(String, Vec<u8>, Vec<u8>)> =
        ::sqlx::query_as(AssertSqlSafe(sql.replace(&format!(", {key} FROM"), &format!(", CAST({key} AS BLOB) FROM"))))
            .fetch_all(&mut *connection)
            .await
            .unwrap();
    let rows: Vec<_> = rows.into_iter().filter(|(_, value, _)| !value.is_empty()).collect();
    if rows.is_empty() {
        return None;
    }
    let (kind, mut value, row) = rows[dice.below(rows.len())].clone();
    let place = dice.below(value.len());
    value[place] ^= 1;
    let hex: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
    let new = match kind.as_str() {
        "integer" => format!("{column} + 1"),
        "text" => format!("CAST(x'{hex}' AS TEXT)"),
        _ => format!("x'{hex}'"),
    };
    let row: String = row.iter().map(|byte| format!("{byte:02x}")).collect();
    run(connection, &format!("UPDATE OR IGNORE {table} SET {column} = {new} WHERE CAST({key} AS BLOB) = x'{row}'"))
        .await;
    let changed: i64 = ::sqlx::query_scalar("SELECT changes()").fetch_one(connection).await.unwrap();
    (changed > 0).then(|| format!("{table}.{column} of {row}, byte {place}"))
}

#[tokio::test]
async fn any_changed_byte_of_any_table_is_named() {
    let folder = tempfile::tempdir().unwrap();
    drop(lively(folder.path()).await);
    assert!(is_sound(&proof(folder.path()).await), "{:?}", proof(folder.path()).await);
    let mut connection = connect(folder.path()).await;
    // Counters are changed by triggers: here only what is compared may change.
    for trigger in ["consignments_moved", "returns_moved", "consignments_counted", "returns_counted"] {
        run(&mut connection, &format!("DROP TRIGGER {trigger}")).await;
    }
    // A counter that stands at nothing says as much as none.
    run(&mut connection, "DELETE FROM counters WHERE n = 0").await;
    run(&mut connection, "PRAGMA wal_checkpoint(TRUNCATE)").await;
    drop(connection);
    let whole = std::fs::read(Reader::file(folder.path())).unwrap();
    let (mut dice, mut named) = (Dice(5), 0);
    for (table, columns) in COLUMNS {
        for column in columns {
            for _ in 0..3 {
                let copy = tempfile::tempdir().unwrap();
                std::fs::write(Reader::file(copy.path()), &whole).unwrap();
                let mut connection = connect(copy.path()).await;
                let flipped = flip(&mut connection, table, columns[0], column, &mut dice).await;
                drop(connection);
                let Some(what) = flipped else { continue };
                let found = proof(copy.path()).await;
                assert!(!is_sound(&found), "{what} is not named");
                if let Some(difference) = found.differences.first() {
                    assert!(found.differences.iter().any(|found| found.table == table), "{what}: {difference:?}");
                }
                named += 1;
            }
        }
    }
    assert!(named > 90, "{named}");
}

#[tokio::test]
async fn rows_that_lack_and_rows_too_many_are_named() {
    let folder = tempfile::tempdir().unwrap();
    drop(lively(folder.path()).await);
    let mut connection = connect(folder.path()).await;
    run(&mut connection, "DELETE FROM evidence WHERE key = (SELECT MIN(key) FROM evidence)").await;
    run(&mut connection, "INSERT INTO small VALUES ('pause:everything', 'true')").await;
    let found = proof(folder.path()).await.differences;
    let told: Vec<(&str, Disagreement)> = found.iter().map(|found| (found.table, found.what)).collect();
    assert_eq!(told, [("evidence", Disagreement::Missing), ("small", Disagreement::Unexplained)]);
}

#[tokio::test]
async fn a_head_kept_elsewhere_is_found_or_the_past_was_rewritten() {
    let folder = tempfile::tempdir().unwrap();
    let journal = lively(folder.path()).await;
    let reader = Reader::open(folder.path()).await.unwrap();
    let kept = reader.head().await.unwrap();
    journal.commit(vec![Event::Station { what: StationEvent::Stopped }.into()]).await.unwrap();
    let look = async |text: &str| verify::verify(&reader.pool, Sought::new(text)).await.unwrap().unwrap().sought;
    assert_eq!(look(&kept.hex()).await.map(|place| place.seq), Some(kept.seq));
    assert_eq!(look(&kept.hex()[..16].to_uppercase()).await.map(|place| place.seq), Some(kept.seq));
    assert_eq!(look(&"ab".repeat(32)).await, None);
    assert_eq!(look(&"00".repeat(32)).await.map(|place| place.seq), Some(0), "the head of an empty journal");
    for text in ["", "12345", "hello, world!!", &"a".repeat(65)] {
        assert_eq!(Sought::new(text), None, "{text}");
    }
}

fn certificate(missing: Missing) -> Certificate {
    let Missing { events, digest, head, small } = missing;
    let (who, why, before) = ("agent".to_owned(), "eight years".to_owned(), at());
    Certificate { who, why, before, consignments: 1, returns: 0, events, traces: 0, range: None, digest, head, small }
}

fn purge(ids: Vec<Id>) -> Vec<Draft> {
    vec![Draft::Purge { ids, make: Box::new(certificate) }]
}

/// One cancelled consignment that drew a number and whose attempt paced an end point, and one that waits.
async fn ready_to_purge(folder: &Path) -> (Journal, Reader) {
    let (journal, reader) = Journal::open(folder, Clock::system(), Durability::Off).await.unwrap();
    let accepted = || ConsignmentEvent::Accepted(Box::new(Acceptance { held: None, ..acceptance() }));
    let intended = move |number| Event::Consignment {
        id: id(1),
        what: ConsignmentEvent::Intended {
            session: id(9),
            gate: "https://gateway".to_owned(),
            numbers: BTreeMap::from([("numrec".to_owned(), number)]),
            identifiers: Identifiers::from([("name".to_owned(), "remote".to_owned())]),
        },
    };
    let with_number =
        Draft::WithNumber { register: "numrec".to_owned(), whose: id(1), first: 7, make: Box::new(intended) };
    let refused = ConsignmentEvent::Refused { why: why() };
    journal.commit(vec![Draft::consignment(id(1), accepted()), with_number]).await.unwrap();
    journal.commit(vec![Draft::consignment(id(1), refused), Draft::consignment(id(2), accepted())]).await.unwrap();
    (journal, reader)
}

#[tokio::test]
async fn a_purge_is_certified_and_everything_else_stays_proven() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, reader) = ready_to_purge(folder.path()).await;
    let before = reader.small().await.unwrap();
    let head = reader.head().await.unwrap().hex();
    let refused = journal.commit(purge(vec![id(1), id(2)])).await.unwrap_err();
    assert_eq!(refused.to_string(), format!("{} cannot be purged when it is queued", id(2)));
    assert!(reader.consignment(id(1)).await.unwrap().is_some(), "refused whole");
    // In one batch with what goes on meanwhile.
    let (done, other) = tokio::join!(
        journal.commit(purge(vec![id(1)])),
        journal.commit(vec![Event::Station { what: StationEvent::Stopped }.into()])
    );
    done.unwrap();
    other.unwrap();
    assert_eq!(reader.consignment(id(1)).await.unwrap(), None);
    assert!(reader.called("remote").await.unwrap().is_empty());
    let left = reader.events_of(id(1)).await.unwrap();
    assert!(matches!(&left[..], [Recorded { event: Event::Number { number: 7, .. }, .. }]), "{left:?}");
    assert_eq!(reader.small().await.unwrap(), before, "registers and pacing are as they were");
    let found = proof(folder.path()).await;
    assert!(is_sound(&found), "{found:?}");
    assert_eq!(found.chain.unwrap().purged, 3);
    let events = reader.events_after(0, 99).await.unwrap();
    let said = events.iter().find_map(|recorded| match &recorded.event {
        Event::Station { what: StationEvent::Purged(said) } => Some(said),
        _ => None,
    });
    assert_eq!((said.unwrap().events, &said.unwrap().head), (3, &head));
    let late = ConsignmentEvent::Cancelled { who: "agent".to_owned(), why: String::new() };
    assert_eq!(
        journal.commit(vec![Draft::consignment(id(1), late)]).await.unwrap_err().code(),
        "journal-illegal-event"
    );
    drop(journal);
    // Nobody's number is given again, whatever was purged.
    let (journal, _) = Journal::open(folder.path(), Clock::system(), Durability::Off).await.unwrap();
    let void = |number| Event::Void { register: "numrec".to_owned(), number, why: "test".to_owned() };
    let draw = Draft::WithNumber { register: "numrec".to_owned(), whose: id(5), first: 1, make: Box::new(void) };
    assert_eq!(journal.commit(vec![draw]).await.unwrap().numbers, [8]);
}

#[tokio::test]
async fn what_no_certificate_tells_of_may_not_be_missing() {
    for (tampering, expected) in [
        ("UPDATE events SET body = NULL WHERE seq = 5", "its body was removed without a certificate"),
        (
            "UPDATE events SET body = NULL, purged = 6 WHERE seq = 5",
            "what is missing is not what this certificate says was purged",
        ),
        (
            "UPDATE events SET purged = 99 WHERE body IS NULL AND seq = 1",
            "what is missing is not what this certificate says was purged",
        ),
        (
            "UPDATE events SET subject = 99 WHERE body IS NULL AND seq = 1",
            "what is missing is not what this certificate says was purged",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (journal, reader) = ready_to_purge(folder.path()).await;
        assert_eq!(journal.commit(purge(vec![id(1)])).await.unwrap().seq, 6);
        run(&mut connect(folder.path()).await, tampering).await;
        assert_eq!(reader.verify().await.unwrap().unwrap_err().what, expected, "{tampering}");
    }
}

/// The room of what was purged goes back to the disk.
#[tokio::test]
async fn a_purged_journal_shrinks() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = Journal::open(folder.path(), Clock::system(), Durability::Off).await.unwrap();
    let cancelled = || ConsignmentEvent::Cancelled { who: "agent".to_owned(), why: "x".repeat(2000) };
    for number in 1..200 {
        let accepted = ConsignmentEvent::Accepted(Box::new(acceptance()));
        let drafts = vec![Draft::consignment(id(number), accepted), Draft::consignment(id(number), cancelled())];
        journal.commit(drafts).await.unwrap();
    }
    let pages = async || -> i64 {
        ::sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut connect(folder.path()).await).await.unwrap()
    };
    let before = pages().await;
    journal.commit(purge((1..200).map(id).collect())).await.unwrap();
    journal.commit(vec![Event::Station { what: StationEvent::Stopped }.into()]).await.unwrap();
    let after = pages().await;
    // Numbers and hashes of events stay.
    assert!(after * 10 < before * 6, "{before} pages, then {after}");
}
