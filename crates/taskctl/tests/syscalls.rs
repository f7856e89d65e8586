//! P3 below the process: a SIGKILL proves no fsync, so the system calls of the real program are recorded and their order is checked. Then
//! every synchronisation is taken out of the record, or put at its end, and the checker must notice.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod house;
#[path = "syscalls/order.rs"]
mod order;
#[path = "syscalls/trace.rs"]
mod trace;

use house::{House, Plan, traced, words};
use order::{Places, check};
use trace::{Act, Call, parse};

const CALLS: &str = "trace=fsync,fdatasync,syncfs,write,writev,pwrite64,sendto,sendmsg,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat";

/// A pass that sends `files` files and collects a return; `None` where tracing is impossible.
fn record(files: usize) -> Option<(Vec<Call>, Places)> {
    let house = House::new(Plan::default());
    (0..files).for_each(|number| house.drop_bytes(&format!("f{number}.txt"), format!("short {number}").as_bytes()));
    house.gateway.offer("ville", "OCRE1", b"a return").unwrap();
    let record = house.folder.path().join("record");
    let mut command = match traced(&["-yy", "-s", "1024", "-e", CALLS, "-o", record.to_str().unwrap()]) {
        Ok(command) => command,
        Err(why) => {
            println!("SKIPPED: {why}");
            return None;
        }
    };
    house.prepare(&mut command, &["run", "--once"]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", words(&output));
    assert_eq!(house.received().len(), files);
    let text = String::from_utf8_lossy(&std::fs::read(record).unwrap()).into_owned();
    Some((parse(&text), Places { root: house.folder.path().canonicalize().unwrap() }))
}

/// The record is in order, and shows what it is meant to show.
fn is_in_order(calls: &[Call], places: &Places, files: usize) {
    let found = check(calls, places);
    assert_eq!(found.violations, Vec::<String>::new());
    assert_eq!((found.claims, found.uploads, found.returns, found.copies), (files, files, 1, files));
}

/// Taken away, or made too late, each synchronisation is missed by the checker, unless a later one of the same folder covers it; those of
/// the journal that protect nothing are counted.
fn every_synchronisation_counts(calls: &[Call], places: &Places, files: usize) {
    let end = calls.iter().map(|call| call.end).max().unwrap_or_default() + 1;
    let wrong = |calls: &[Call]| !check(calls, places).violations.is_empty();
    let mut protecting = 0;
    for (index, call) in calls.iter().enumerate() {
        let Some(path) = synchronised(call) else { continue };
        let mut without = calls.to_vec();
        let late = Call { start: end, end, ..without.remove(index) };
        let missed = wrong(&without);
        let moved: Vec<Call> = without.iter().cloned().chain([late]).collect();
        assert_eq!(missed, wrong(&moved), "late is as bad as never: {path}");
        if path.ends_with("-wal") {
            protecting += usize::from(missed);
        } else if !missed {
            let mut at = 0..;
            without.retain(|call| at.next() < Some(index) || synchronised(call) != Some(path));
            assert!(wrong(&without), "the checker does not notice that {path} is not synchronised");
        }
    }
    // Acceptance, an intent and a commit point for each file; the return asked for, stored, published.
    assert!(protecting >= 1 + 2 * files + 3, "{protecting} commits of the journal protect something");
}

/// What a call synchronises; the database's own files, but for its write-ahead log, are SQLite's affair.
fn synchronised(call: &Call) -> Option<&str> {
    match &call.act {
        Act::Sync(path) | Act::SyncFileSystem(path) => {
            let own = path.contains("/journal.sqlite") && !path.ends_with("-wal");
            (!own).then_some(path)
        }
        _ => None,
    }
}

/// Without the bytes' arrival, or with the partner told too early, the order is wrong too.
fn what_is_protected_counts(calls: &[Call], places: &Places) {
    let wrong = |change: &dyn Fn(&mut Vec<Call>)| {
        let mut changed = calls.to_vec();
        change(&mut changed);
        changed.sort_by_key(|call| call.start);
        assert!(!check(&changed, places).violations.is_empty());
    };
    let early = |call: &mut Call| (call.start, call.end) = (0, 0);
    let at = |is: &dyn Fn(&Act) -> bool| calls.iter().position(|call| is(&call.act)).unwrap();
    let stored = at(&|act| matches!(act, Act::Name { to, .. } if to.contains("/data/store/")));
    let claim = at(&|act| matches!(act, Act::Unlink(path) if path.contains("/inbox/.taskctl/")));
    let part = at(&|act| matches!(act, Act::Name { from, .. } if from.ends_with(".part")));
    let published = at(&|act| matches!(act, Act::Name { to, .. } if to.contains("/recus/")));
    let asked = at(&|act| matches!(act, Act::Send(text) if text.contains("local_ident=")));
    let logout = calls.iter().rposition(|call| matches!(&call.act, Act::Send(_))).unwrap();
    let upload = at(&|act| matches!(act, Act::Send(text) if text.contains("POST ")));
    for index in [stored, part, published] {
        wrong(&|calls| drop(calls.remove(index)));
    }
    for index in [claim, published, asked, upload] {
        wrong(&|calls| early(&mut calls[index]));
    }
    wrong(&|calls| (calls[logout].start, calls[logout].end) = (calls[asked].end + 1, calls[asked].end + 1));
}

fn orders(files: usize) -> Option<Vec<Call>> {
    let (calls, places) = record(files)?;
    is_in_order(&calls, &places, files);
    every_synchronisation_counts(&calls, &places, files);
    what_is_protected_counts(&calls, &places);
    Some(calls)
}

#[test]
fn few_files_are_synchronised_one_by_one() {
    let Some(calls) = orders(3) else { return };
    assert!(!calls.iter().any(|call| matches!(call.act, Act::SyncFileSystem(_))));
}

#[test]
fn many_files_are_synchronised_together() {
    let Some(calls) = orders(20) else { return };
    assert!(calls.iter().any(|call| matches!(call.act, Act::SyncFileSystem(_))));
}
