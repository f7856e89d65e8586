//! A journal whose tail was lost opens to what was committed; one that was touched says where.

use std::fs;
use std::path::Path;

use scheduler_core::consignment::Status;
use scheduler_core::journal::{Reader, Recorded};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use crate::support::{Dice, House, assert_one_story, count};

/// Frames of a write-ahead log: a header of the log, then each page behind a header of its own.
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// A station with a past, its journal's log not yet merged.
async fn with_a_past() -> (House, Vec<Recorded>, Vec<u8>, Vec<u8>) {
    let house = House::new();
    let mut setup = house.setup();
    setup.lanes.get_mut(&House::lane("VILLE")).unwrap().profile.retrieve.after_send = true;
    let station = house.open(setup).await;
    for number in 0..6 {
        house.drop_file(&format!("{number}.xml"), format!("content {number}"));
        house.memory.offer("VILLE", &format!("key-{number}"), "in.xml", format!("return {number}").as_bytes());
        station.run_once(scheduler_core::station::Until::Settled).await.unwrap();
    }
    let events = station.reader().events_after(0, u32::MAX).await.unwrap();
    let read = |name: &str| fs::read(house.data().join(name)).unwrap();
    let (base, log) = (read("journal.sqlite"), read("journal.sqlite-wal"));
    assert!(log.len() > 10 * 4096, "the log holds the past");
    (house, events, base, log)
}

fn copy_store(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[tokio::test]
async fn a_log_cut_anywhere_opens_to_a_committed_prefix_and_the_station_runs() {
    let (past, events, base, log) = with_a_past().await;
    let page = usize::from(u16::from_be_bytes([base[16], base[17]]));
    let mut dice = Dice(5);
    let whole = (log.len() - LOG_HEADER) / (FRAME_HEADER + page);
    let boundaries = (0..=whole).map(|frames| LOG_HEADER + frames * (FRAME_HEADER + page));
    let random = (0..40).map(|_| usize::try_from(dice.below(log.len() as u64)).unwrap());
    let mut prefixes = Vec::new();
    let mut cuts: Vec<usize> = boundaries.chain(random).chain([0, log.len()]).collect();
    cuts.sort_unstable();
    for (index, cut) in cuts.into_iter().enumerate() {
        let house = House::new();
        fs::write(house.data().join("journal.sqlite"), &base).unwrap();
        fs::write(house.data().join("journal.sqlite-wal"), &log[..cut]).unwrap();
        copy_store(&past.data().join("store"), &house.data().join("store"));
        let mut setup = house.setup();
        setup.settings.quiet = std::time::Duration::from_millis(1);
        let station = house.open(setup).await;
        let found = station.reader().events_after(0, u32::MAX).await.unwrap();
        let same = found.iter().zip(&events).take_while(|(found, known)| found == known).count();
        prefixes.push(same);
        assert!(found.len() > same, "what the start itself adds");
        assert_one_story(station.reader()).await;
        if index % 6 == 0 {
            house.drop_file("new.xml", "a new content");
            station.run_once(scheduler_core::station::Until::Settled).await.unwrap();
            assert!(house.held_by_partner().contains(&"new.xml".to_owned()), "cut at {cut}");
            assert_eq!(count(&station, Status::Queued).await, 0);
            assert_one_story(station.reader()).await;
        }
    }
    assert!(prefixes.is_sorted(), "a longer log never tells less: {prefixes:?}");
    assert_eq!(prefixes.last(), Some(&events.len()), "the whole log tells everything");
    prefixes.dedup();
    assert!(prefixes.len() > 20, "{prefixes:?}");
}

async fn run(connection: &mut SqliteConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.unwrap();
}

fn literal(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("X'{digits}'")
}

/// One bit of one byte, anywhere in the value.
fn flipped(mut bytes: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    let at = usize::try_from(dice.below(bytes.len() as u64)).unwrap();
    bytes[at] ^= 1 << dice.below(8);
    bytes
}

#[tokio::test]
async fn one_flipped_byte_anywhere_is_named() {
    let (house, events, ..) = with_a_past().await;
    let file = Reader::file(&house.data());
    let mut connection = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    let reader = Reader::open(&house.data()).await.unwrap();
    reader.verify().await.unwrap().unwrap();
    let mut dice = Dice(11);
    for seq in events.iter().map(|recorded| recorded.seq) {
        for column in ["prev", "body_hash", "hash", "body"] {
            let sql = format!("SELECT CAST({column} AS BLOB) FROM events WHERE seq = {seq}");
            let value: Vec<u8> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut connection).await.unwrap();
            let kind = if column == "body" { "TEXT" } else { "BLOB" };
            let set = |bytes: &[u8]| {
                format!("UPDATE events SET {column} = CAST({} AS {kind}) WHERE seq = {seq}", literal(bytes))
            };
            run(&mut connection, set(&flipped(value.clone(), &mut dice))).await;
            assert_eq!(reader.verify().await.unwrap().unwrap_err().seq, seq, "{column}");
            run(&mut connection, set(&value)).await;
        }
        for column in ["at", "subject"] {
            let bit = 1_u64 << dice.below(50);
            let flip =
                format!("UPDATE events SET {column} = ({column} | {bit}) - ({column} & {bit}) WHERE seq = {seq}");
            let there = format!("SELECT {column} IS NOT NULL FROM events WHERE seq = {seq}");
            let there: bool = sqlx::query_scalar(AssertSqlSafe(there)).fetch_one(&mut connection).await.unwrap();
            run(&mut connection, flip.clone()).await;
            match reader.verify().await.unwrap() {
                Err(broken) => assert_eq!((broken.seq, there), (seq, true), "{column}"),
                Ok(_) => assert!(!there, "{column} of {seq}"),
            }
            run(&mut connection, flip).await;
        }
        // A number that changed leaves a hole where it was; at the end of the chain, a number that does not follow.
        run(&mut connection, format!("UPDATE events SET seq = seq + 1024 WHERE seq = {seq}")).await;
        let broken = reader.verify().await.unwrap().unwrap_err();
        assert!([seq + 1, seq + 1024].contains(&broken.seq), "{broken}");
        run(&mut connection, format!("UPDATE events SET seq = seq - 1024 WHERE seq = {seq} + 1024")).await;
    }
    reader.verify().await.unwrap().unwrap();
    connection.close().await.unwrap();
}

/// A row dropped or put in between is told too, and a body that is missing without a certificate.
#[tokio::test]
async fn rows_and_bodies_that_come_and_go_are_named() {
    let (house, events, ..) = with_a_past().await;
    let mut connection = SqliteConnectOptions::new().filename(Reader::file(&house.data())).connect().await.unwrap();
    let reader = Reader::open(&house.data()).await.unwrap();
    let (middle, last) = (events.len() as i64 / 2, events.len() as i64);
    let head = reader.head().await.unwrap();
    let body = format!("SELECT CAST(body AS BLOB) FROM events WHERE seq = {middle}");
    let body: Vec<u8> = sqlx::query_scalar(AssertSqlSafe(body)).fetch_one(&mut connection).await.unwrap();
    run(&mut connection, format!("UPDATE events SET body = NULL WHERE seq = {middle}")).await;
    assert_eq!(reader.verify().await.unwrap().unwrap_err().seq, middle);
    let back = format!("UPDATE events SET body = CAST({} AS TEXT) WHERE seq = {middle}", literal(&body));
    run(&mut connection, back).await;
    run(&mut connection, format!("DELETE FROM events WHERE seq = {last}")).await;
    let shorter = reader.verify().await.unwrap().unwrap().head;
    assert!(shorter != head, "only a head kept elsewhere tells that the end was cut off");
    run(&mut connection, format!("DELETE FROM events WHERE seq = {middle}")).await;
    assert_eq!(reader.verify().await.unwrap().unwrap_err().seq, middle + 1);
    connection.close().await.unwrap();
}
