//! P11 on the real program: system calls that fail one by one with ENOSPC, EIO and EACCES while files are accepted, sent and collected, and a
//! small disk that fills up under a running service.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod house;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use house::{House, Plan, names, traced, words};
use partner_sim::read_ledger;
use scheduler_core::consignment::Status;
use scheduler_core::live;
use scheduler_core::returned::{Return, ReturnState};

/// Stations that are at work at the same time.
const AT_ONCE: usize = 3;

/// How long a pass may take before it is held to be stuck.
const PATIENCE: Duration = Duration::from_secs(60);

/// One pass during which system calls fail.
#[derive(Clone, Debug)]
struct Case {
    calls: &'static str,
    error: &'static str,
    /// Which call of each thread: `3`, or `2+5` for every fifth from the second on.
    when: String,
    files: usize,
    /// Only calls on these files or folders of the house; all of them when empty.
    on: &'static [&'static str],
}

/// What the program opens under names known beforehand; other files are the loader's.
const OPENED: [&str; 12] = [
    "taskctl.toml",
    "data/station.lock",
    "data/journal.sqlite",
    "data/journal.sqlite-wal",
    "data/journal.sqlite-shm",
    "data/store",
    "data/live.json.next",
    "inbox",
    "inbox/.taskctl",
    "mails/new",
    "recus/VILLE",
    "traces/last.log",
];

const WRITTEN: [&str; 2] = ["data/station.lock", "data/live.json.next"];

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |calls, errors: &[&'static str], when: &[&str], files, on| {
        for (index, when) in when.iter().enumerate() {
            let error = errors[index % errors.len()];
            cases.push(Case { calls, error, when: (*when).to_owned(), files, on });
        }
    };
    let any: &[&str] = &["EIO", "ENOSPC", "EACCES"];
    let disk: &[&str] = &["EIO", "ENOSPC"];
    // The journal's thread synchronises thirty times in a pass, the others up to six.
    add(
        "fsync,fdatasync",
        disk,
        &["1", "2", "3", "4", "5", "6", "7", "9", "11", "13", "15", "17", "20", "23", "26", "2+5", "1+1", "10+1"],
        3,
        &[],
    );
    add("syncfs", disk, &["1", "1"], 9, &[]);
    add("rename,renameat,renameat2", any, &["1", "2", "3", "4", "5", "6", "1+2", "2+3"], 3, &[]);
    add("unlink,unlinkat", any, &["1", "2", "3", "4", "1+2", "2+2"], 3, &[]);
    add("link,linkat", any, &["1", "2", "1+1"], 3, &[]);
    add("mkdir,mkdirat", any, &["1", "2", "3", "4", "5", "6"], 3, &[]);
    add("pwrite64", disk, &["1", "20", "40", "60", "80", "100", "120", "140", "170", "200", "230", "50+37"], 3, &[]);
    add("copy_file_range", any, &["1", "2", "4", "1+3"], 3, &[]);
    add("write", disk, &["1", "2", "3"], 3, &WRITTEN);
    add("openat", any, &["1", "2", "3", "4", "5", "6", "7", "3+4"], 3, &OPENED);
    cases
}

#[test]
fn no_failing_call_loses_a_file() {
    if let Err(why) = traced(&[]) {
        println!("SKIPPED: {why}");
        return;
    }
    let (cases, next) = (cases(), AtomicUsize::new(0));
    let hand = || {
        let mut coped = 0;
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            coped += usize::from(survives(case));
        }
        coped
    };
    let coped: usize = std::thread::scope(|scope| {
        let hands: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(hand)).collect();
        hands.into_iter().map(|hand| hand.join().unwrap()).sum()
    });
    println!("{} passes with failing calls, {coped} of them did all their work all the same", cases.len());
    assert!(coped < cases.len(), "no call failed where it mattered");
}

/// Plays one case; tells whether the pass did all its work in spite of it.
fn survives(case: &Case) -> bool {
    let house = House::new(Plan::default());
    (0..case.files).for_each(|number| house.drop_file(&format!("f{number}.txt")));
    let ident = house.gateway.offer("ville", "OCRE1", b"a return").unwrap();
    let output = pass(&house, case);
    let told = words(&output);
    assert!(!told.contains("panicked"), "{case:?}: {told}");
    let done = house.received().len() == case.files && published(&house) == 1;
    let code = output.status.code();
    assert!(code.is_some_and(|code| [0, 1, 2, 3, 4, 5, 6].contains(&code)), "{case:?}: {:?} {told}", output.status);
    assert!(done || code != Some(0), "{case:?}: files are left behind and nobody is told: {told}");
    assert!(code == Some(0) || !told.trim().is_empty(), "{case:?}: {code:?} without a word");
    mended(&house, case, ident);
    done
}

fn pass(house: &House, case: &Case) -> Output {
    let inject = format!("inject={}:error={}:when={}", case.calls, case.error, case.when);
    let trace = format!("trace={}", case.calls);
    let on: Vec<String> = case
        .on
        .iter()
        .flat_map(|path| ["-P".to_owned(), house.folder.path().join(path).display().to_string()])
        .collect();
    let mut options = vec!["-e", trace.as_str(), "-e", inject.as_str(), "-o", "/dev/null"];
    options.extend(on.iter().map(String::as_str));
    let mut command = traced(&options).unwrap();
    house.prepare(&mut command, &["run", "--once"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    let mut child = child;
    while child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < PATIENCE, "{case:?}: stuck");
        std::thread::sleep(Duration::from_millis(20));
    }
    child.wait_with_output().unwrap()
}

fn returns(house: &House) -> Vec<Return> {
    house.journal(async |reader| reader.last_returns(u32::MAX).await.unwrap()).unwrap_or_default()
}

/// Returns in the operator's folder.
fn published(house: &House) -> usize {
    let folder = house.folder.path().join("recus/VILLE");
    if folder.is_dir() { names(&folder).len() } else { 0 }
}

/// The disk is sound again: every file reaches the partner once, with the decisions that an operator is asked for.
fn mended(house: &House, case: &Case, ident: u64) {
    house.settle();
    let received = house.received();
    for row in house.with_status(Status::Uncertain) {
        let verdict = if received.contains_key(&row.facts.name) { "--deposited" } else { "--resend" };
        let output = house.run(&["resolve", &row.id.to_string(), verdict, "--why", "asked by telephone"]);
        assert!(output.status.success(), "{case:?}: {}", words(&output));
    }
    for row in house.with_status(Status::Held) {
        let output = house.run(&["release", &row.id.to_string(), "--why", "the disk is sound again"]);
        assert!(output.status.success(), "{case:?}: {row:?} {}", words(&output));
    }
    house.settle();
    if returns(house).iter().any(|row| matches!(row.state, ReturnState::Incomplete { .. })) {
        house.gateway.make_available(ident).unwrap();
    }
    house.run(&["retrieve"]);
    whole(house, case);
}

fn whole(house: &House, case: &Case) {
    let received = house.received();
    assert_eq!(received.len(), case.files, "{case:?}: files at the partner");
    assert!(received.values().all(|count| *count == 1), "{case:?}: received twice: {received:?}");
    let rows = house.consignments();
    assert!(rows.iter().all(|row| row.state.status().reached_partner()), "{case:?}: not sent: {rows:?}");
    assert_eq!(names(&house.inbox()), Vec::<String>::new(), "{case:?}");
    assert_eq!(claims(house), 0, "{case:?}: claims left");
    assert_eq!(published(house), 1, "{case:?}: returns published; {:?}", returns(house));
    let verified = house.journal(async |reader| reader.verify().await.unwrap()).unwrap();
    assert!(verified.is_ok(), "{case:?}: {verified:?}");
}

fn claims(house: &House) -> usize {
    fs::read_dir(house.inbox().join(".taskctl")).map_or(0, Iterator::count)
}

/// A small disk of its own, gone when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Result<Self, String> {
        let options = ["-t", "tmpfs", "-o", "size=16m", "small"];
        let output = Command::new("mount").args(options).arg(at).output().map_err(|error| error.to_string())?;
        match output.status.success() {
            true => Ok(Self(at.to_owned())),
            false => Err(format!("a small disk cannot be mounted: {}", words(&output).trim())),
        }
    }

    /// Fills it to the last byte, and tells with which file.
    fn fill(&self) -> PathBuf {
        let path = self.0.join("ballast");
        let mut ballast = fs::File::create(&path).unwrap();
        for size in [64 * 1024, 4096, 1] {
            while ballast.write_all(&vec![0; size]).is_ok() {}
        }
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

/// The service, stopped when dropped.
struct Service(Child);

impl Service {
    /// Waits until something is so, while the service lives.
    fn until(&mut self, what: &str, so: impl Fn() -> bool) {
        let begun = Instant::now();
        while !so() {
            assert!(self.0.try_wait().unwrap().is_none(), "the service ended before {what}");
            assert!(begun.elapsed() < PATIENCE, "in vain: {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_disk_that_fills_up_is_waited_for() {
    let mount_point = tempfile::tempdir().unwrap();
    let disk = match SmallDisk::mount(mount_point.path()) {
        Ok(disk) => disk,
        Err(why) => {
            println!("SKIPPED: {why}");
            return;
        }
    };
    let data_dir = mount_point.path().join("data");
    let house = House::new(Plan { data_dir: Some(data_dir.clone()), ..Plan::default() });
    let mut service = Service(house.spawn(&["run"], &[]));
    let received =
        || read_ledger(house.gateway.ledger_path()).unwrap().iter().filter(|line| line.kind == "received").count();
    let arrive = |from: usize| (from..from + 10).for_each(|number| house.drop_file(&format!("f{number:02}.txt")));

    arrive(0);
    service.until("the first files are sent", || received() == 10);
    let ballast = disk.fill();
    arrive(10);
    let problem = || live::read(&data_dir).is_some_and(|live| live.problems.contains_key("disk-full"));
    service.until("the full disk is told", problem);
    let told = house.run(&["status"]);
    assert!(words(&told).contains("disque"), "{}", words(&told));
    arrive(20);
    let somewhere = names(&house.inbox()).len() + claims(&house);
    assert!(somewhere >= 20, "{somewhere} files are still in the inbox");
    assert_eq!(received(), 10, "nothing leaves that is not in the journal");

    fs::remove_file(ballast).unwrap();
    service.until("the rest is sent", || received() == 30);
    service.until("the problem is over", || !problem());
    drop(service);
    house.settle();
    let counts = house.received();
    assert!(counts.len() == 30 && counts.values().all(|count| *count == 1), "{counts:?}");
    assert_eq!(claims(&house), 0);
    let verified = house.journal(async |reader| reader.verify().await.unwrap()).unwrap();
    assert!(verified.is_ok(), "{verified:?}");
}
