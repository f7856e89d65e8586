//! A file still being written is never taken, however it is written.

use std::fs::{self, File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Dice, House, is_whole, sealed};

/// Files that each writer writes.
const EACH: u64 = 60;

/// The quiet period of these tests.
const QUIET: Duration = Duration::from_millis(60);

/// Pieces that a content is written in.
const PIECES: usize = 6;

fn pieces(content: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let size = content.len().div_ceil(PIECES);
    content.chunks(size).enumerate().map(move |(index, piece)| (index * size, piece))
}

/// A pause between two writes, sometimes longer than the quiet period: only the open writer then tells.
fn pause(dice: &mut Dice) {
    let longest = if dice.below(8) == 0 { QUIET * 2 } else { QUIET / 10 };
    thread::sleep(longest);
}

fn slow_append(path: &Path, content: &[u8], dice: &mut Dice) {
    let mut file = File::create(path).unwrap();
    for (_, piece) in pieces(content) {
        file.write_all(piece).unwrap();
        pause(dice);
    }
}

fn preallocate_then_fill(path: &Path, content: &[u8], dice: &mut Dice) {
    let mut file = File::create(path).unwrap();
    file.set_len(content.len() as u64).unwrap();
    let all: Vec<_> = pieces(content).collect();
    for (at, piece) in all.into_iter().rev() {
        file.seek(SeekFrom::Start(at as u64)).unwrap();
        file.write_all(piece).unwrap();
        pause(dice);
    }
}

/// As `cp -p`: the modification time of the original, years ago, is set while the content is not whole.
fn copy_that_preserves_the_time(path: &Path, content: &[u8], dice: &mut Dice) {
    let long_ago = std::time::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let mut file = File::create(path).unwrap();
    for (_, piece) in pieces(content) {
        file.write_all(piece).unwrap();
        file.set_modified(long_ago).unwrap();
        pause(dice);
    }
}

fn rename_in(path: &Path, content: &[u8], dice: &mut Dice) {
    let outside = path.parent().unwrap().with_file_name("outside");
    fs::create_dir_all(&outside).unwrap();
    let written = outside.join(path.file_name().unwrap());
    slow_append(&written, content, dice);
    fs::rename(written, path).unwrap();
}

/// A whole file, then another one written over it, in place.
fn truncate_and_rewrite(path: &Path, content: &[u8], dice: &mut Dice) {
    fs::write(path, sealed(dice.below(u64::MAX), 500)).unwrap();
    pause(dice);
    slow_append(path, content, dice);
}

/// The writer falls asleep in the middle, for much longer than the quiet period, its file open.
fn paused_with_the_file_open(path: &Path, content: &[u8], _: &mut Dice) {
    let mut file = File::create(path).unwrap();
    let (first, second) = content.split_at(content.len() / 2);
    file.write_all(first).unwrap();
    thread::sleep(QUIET * 3);
    file.write_all(second).unwrap();
}

type Profile = fn(&Path, &[u8], &mut Dice);

const PROFILES: [(&str, Profile); 6] = [
    ("append", slow_append),
    ("fill", preallocate_then_fill),
    ("preserve", copy_that_preserves_the_time),
    ("rename", rename_in),
    ("rewrite", truncate_and_rewrite),
    ("paused", paused_with_the_file_open),
];

/// Runs a station while `write` writes into its inbox, and until everything that it wrote is gone from there and sent.
fn station_while(house: &House, quiet: Duration, write: impl FnOnce() + Send) {
    let mut setup = house.setup();
    setup.settings.quiet = quiet;
    thread::scope(|scope| {
        let writing = scope.spawn(write);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(house.serve_until(setup, async |station| {
            let gone = writing.is_finished() && house.names("inbox") == [".taskctl"];
            gone && house.names("inbox/.taskctl").is_empty() && station.pending().await.unwrap() == 0
        }));
    });
}

#[test]
fn what_is_open_for_writing_is_never_taken() {
    let house = House::new();
    let inbox = house.path("inbox");
    let last = Mutex::new(std::collections::BTreeMap::new());
    let write = |(name, profile): (&str, Profile), half: u64| {
        let mut dice = Dice(half * 1000 + name.len() as u64);
        for number in (0..EACH).filter(|number| number % 4 == half) {
            let name = format!("{name}-{number}.xml");
            let content = sealed(number, 200 + usize::try_from(dice.below(100_000)).unwrap());
            profile(&inbox.join(&name), &content, &mut dice);
            last.lock().unwrap().insert(name, content);
        }
    };
    let all = || {
        thread::scope(|scope| {
            for (profile, half) in PROFILES.into_iter().flat_map(|profile| [0, 1, 2, 3].map(|half| (profile, half))) {
                scope.spawn(move || write(profile, half));
            }
        });
    };
    station_while(&house, QUIET, all);
    let ledger = house.memory.ledger();
    let truncated: Vec<_> = ledger.iter().filter(|row| !is_whole(&row.bytes)).map(|row| &row.name).collect();
    assert!(truncated.is_empty(), "{truncated:?}");
    for (name, content) in last.into_inner().unwrap() {
        let version = ledger.iter().rev().find(|row| row.name == name).map(|row| &row.bytes);
        assert_eq!(version, Some(&content), "{name}: the last version that was written");
        let versions = ledger.iter().filter(|row| row.name == name).count();
        assert!(versions == 1 || name.starts_with("rewrite") && versions == 2, "{name}: {versions}");
    }
}

/// A writer that opens, appends and closes, again and again: only the quiet period tells. It is promised to a writer whose pauses are
/// shorter; one that the machine kept waiting for longer proves nothing.
#[test]
fn a_writer_that_closes_between_its_writes_is_waited_for() {
    let quiet = QUIET * 4;
    let house = House::new();
    let inbox = house.path("inbox");
    let late = Mutex::new(Vec::new());
    let append = |number: u64| {
        let name = format!("log-{number}.xml");
        let content = sealed(number, 5000);
        let mut last = Instant::now();
        for (_, piece) in pieces(&content) {
            let mut file = OpenOptions::new().create(true).append(true).open(inbox.join(&name)).unwrap();
            file.write_all(piece).unwrap();
            drop(file);
            if last.elapsed() > quiet * 2 / 3 {
                late.lock().unwrap().push(name.clone());
            }
            last = Instant::now();
            // Several looks fall into each pause.
            thread::sleep(quiet / 3);
        }
    };
    let all = || thread::scope(|scope| (0..40).for_each(|number| drop(scope.spawn(move || append(number)))));
    station_while(&house, quiet, all);
    let late = late.into_inner().unwrap();
    let ledger = house.memory.ledger();
    assert!(ledger.len() >= 40);
    let truncated = ledger.iter().filter(|row| !is_whole(&row.bytes) && !late.contains(&row.name));
    assert_eq!(truncated.map(|row| &row.name).collect::<Vec<_>>(), [""; 0]);
    println!("{} of 40 writers were kept waiting for too long and prove nothing", late.len());
}
