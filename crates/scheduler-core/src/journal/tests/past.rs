//! A journal of format 1 opens in this version, wholly or not at all.

use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;

use super::*;
use crate::consignment::Status;

fn fixture() -> std::path::PathBuf {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    crates.join("taskctl/tests/fixtures/station-0.1.0/donnees")
}

fn copy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(Reader::file(&fixture()), Reader::file(folder.path())).unwrap();
    folder
}

async fn connect(folder: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(Reader::file(folder)).connect().await.unwrap()
}

#[tokio::test]
async fn the_first_format_is_brought_up_to_date_when_the_station_opens_it() {
    let folder = copy();
    let before = Reader::open(folder.path()).await.unwrap();
    let (rows, counts) = (before.last_consignments(99).await.unwrap(), before.counts().await.unwrap());
    let refused = before.search(&Query::default()).await.unwrap_err();
    assert_eq!(refused.code(), "journal-too-old");
    let (journal, reader) = Journal::open(folder.path(), Clock::system(), Durability::Off).await.unwrap();
    assert_eq!(reader.last_consignments(99).await.unwrap(), rows);
    assert_eq!(reader.search(&Query::default()).await.unwrap(), rows);
    assert_eq!((reader.counts().await.unwrap(), counts[&Status::Delivered]), (counts, 8));
    assert_eq!(reader.called_returns("62900").await.unwrap().len(), 1);
    assert_eq!(Tables::of(&replayed(&reader).await), Tables::read(folder.path()).await);
    reader.verify().await.unwrap().unwrap();
    assert_eq!(journal.small().registers["numrec"], 3);
    drop(journal);
    let fresh = tempfile::tempdir().unwrap();
    drop(Journal::open(fresh.path(), Clock::system(), Durability::Off).await.unwrap());
    assert_eq!(
        tables(folder.path()).await,
        tables(fresh.path()).await,
        "an old journal ends with the tables of a new one"
    );
}

async fn tables(folder: &Path) -> Vec<String> {
    let sql = "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1";
    ::sqlx::query_scalar(sql).fetch_all(&mut connect(folder).await).await.unwrap()
}

/// The disk is full at every page in turn: the old format stays whole, and the next try succeeds.
#[tokio::test]
async fn an_upgrade_that_the_disk_refuses_leaves_the_old_format_whole() {
    let folder = copy();
    let before = Tables::read(folder.path()).await;
    let mut refusals = 0;
    for room in 0..400 {
        let mut connection = connect(folder.path()).await;
        let pages: i64 = ::sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut connection).await.unwrap();
        let limit = format!("PRAGMA max_page_count = {}", pages + room);
        ::sqlx::raw_sql(::sqlx::AssertSqlSafe(limit)).execute(&mut connection).await.unwrap();
        let done = schema::prepare(&mut connection).await;
        let _ = connection.close().await;
        let Err(error) = done else { break };
        assert_eq!(error.code(), "disk-full");
        refusals += 1;
        assert_eq!(schema::format(&mut connect(folder.path()).await).await.unwrap(), 1);
        assert_eq!(Tables::read(folder.path()).await, before);
    }
    assert!(refusals > 5, "{refusals}");
    assert_eq!(schema::format(&mut connect(folder.path()).await).await.unwrap(), schema::FORMAT);
    assert_eq!(Tables::read(folder.path()).await, before);
}

#[tokio::test]
async fn an_event_of_a_newer_version_is_told_from_damage() {
    let folder = copy();
    let (journal, reader) = Journal::open(folder.path(), Clock::system(), Durability::Off).await.unwrap();
    drop(journal);
    for (body, code) in [
        (r#"{"of":"station","event":"moved-to-the-moon"}"#, "journal-too-new"),
        (r#"{"of":"moon","id":1}"#, "journal-too-new"),
        (r#"{"of":"station","event":"#, "journal-damaged"),
    ] {
        let sql = "UPDATE events SET body = ? WHERE seq = (SELECT MAX(seq) FROM events)";
        ::sqlx::query(sql).bind(body).execute(&mut connect(folder.path()).await).await.unwrap();
        assert_eq!(reader.events_after(0, 999).await.unwrap_err().code(), code, "{body}");
    }
}
