//! R12 on the real program: backups made while the station sends, restored twins opposite the same partner, kills and full disks on the way.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod house;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use house::{House, PROGRAM, Plan, names, traced, words};
use partner_sim::FaultPlan;
use scheduler_core::consignment::{Consignment, Status};
use scheduler_core::journal::{Event, Reader, Recorded, StationEvent};
use serde_json::Value;

const PHRASE: &str = "quatre mots pris au hasard\n";

fn house(faults: FaultPlan) -> House {
    let profile = "\n[profiles.VILLE.naming]\npattern = \"[nom]_[numrec]\"\n".to_owned();
    let house = House::new(Plan { mails: false, faults, profile, ..Plan::default() });
    let phrase = house.folder.path().join("phrase");
    fs::write(&phrase, PHRASE).unwrap();
    fs::set_permissions(&phrase, fs::Permissions::from_mode(0o600)).unwrap();
    house
}

fn backup(house: &House, name: &str) -> Output {
    let (file, phrase) = (house.folder.path().join(name), house.folder.path().join("phrase"));
    let (file, phrase) = (file.to_str().unwrap(), phrase.to_str().unwrap());
    house.run(&["backup", file, "--passphrase-file", phrase, "--work-factor", "10", "--json"])
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).stdin(Stdio::null()).env("NO_COLOR", "1");
    command
}

fn restore(house: &House, name: &str, to: &str) -> Output {
    let root = house.folder.path();
    let (file, to, phrase) = (root.join(name), root.join(to), root.join("phrase"));
    let (file, to, phrase) = (file.to_str().unwrap(), to.to_str().unwrap(), phrase.to_str().unwrap());
    program(&["restore", file, "--to", to, "--passphrase-file", phrase]).output().unwrap()
}

/// Asks the restored station of that folder.
fn twin(house: &House, folder: &str, arguments: &[&str]) -> Output {
    let config = house.folder.path().join(folder).join("taskctl.toml");
    program(&["--config", config.to_str().unwrap()]).args(arguments).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("{}", words(output)))
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", words(output)))
}

/// What the journal of a data folder tells: its rows and its events.
fn journal(house: &House, data_dir: &Path) -> (Vec<Consignment>, Vec<Recorded>) {
    house.runtime.block_on(async {
        let reader = Reader::open(data_dir).await.unwrap();
        reader.verify().await.unwrap().unwrap();
        (reader.last_consignments(u32::MAX).await.unwrap(), reader.events_after(0, u32::MAX).await.unwrap())
    })
}

/// Files whose answer is cut after their last byte: nobody knows whether they arrived.
fn doubtful() -> House {
    let house = house(FaultPlan::new().upload().named("doubt").cut_response_at(0, false));
    house.gateway.offer("ville", "R1", b"a return").unwrap();
    house.drop_file("a.txt");
    house.run(&["run", "--once"]);
    house.drop_file("doubt.txt");
    house.run(&["run", "--once"]);
    house.run(&["pause"]);
    house.drop_file("queued.txt");
    house.run(&["run", "--once"]);
    house.run(&["resume"]);
    for (status, count) in [(Status::Deposited, 1), (Status::Uncertain, 1), (Status::Queued, 1)] {
        assert_eq!(house.with_status(status).len(), count, "{status}: {:?}", house.consignments());
    }
    house
}

/// The whole story: nothing is sent again by itself, the past is the same, and what is decided afterwards is done.
#[test]
fn a_restored_twin_sends_nothing_again() {
    let house = doubtful();
    let made = backup(&house, "v.age");
    assert_eq!(code(&made), 0, "{}", words(&made));
    let made = json(&made);
    let (rows, events) = journal(&house, &house.data_dir);
    let told = events.iter().find_map(|recorded| match &recorded.event {
        Event::Station { what: StationEvent::BackedUp { backup } } => Some(backup.clone()),
        _ => None,
    });
    let told = told.expect("the journal tells of the backup");
    assert_eq!((Value::from(told.seq), Value::from(told.hash)), (made["seq"].clone(), made["head"].clone()));
    assert_eq!(names(house.folder.path()).iter().filter(|name| name.contains("v.age")).count(), 1);

    let restored = restore(&house, "v.age", "retour");
    assert_eq!(code(&restored), 0, "{}", words(&restored));
    assert!(words(&restored).contains("RETENUE"), "{}", words(&restored));
    let (held, after) = journal(&house, &house.folder.path().join("retour/data"));
    let seq = usize::try_from(told.seq).unwrap();
    assert_eq!(after[..seq], events[..seq], "the same past, byte for byte");
    let facts = |rows: &[Consignment]| rows.iter().map(|row| (row.id, row.facts.clone())).collect::<Vec<_>>();
    assert_eq!(facts(&held), facts(&rows), "the same history");
    let states: Vec<Status> = held.iter().map(|row| row.state.status()).collect();
    assert_eq!(states, [Status::Held, Status::Held, Status::Deposited]);

    let before = house.ledger().len();
    house.drop_file("fresh.txt");
    let status = twin(&house, "retour", &["status"]);
    assert_eq!(code(&status), 6);
    assert!(words(&status).starts_with("STATION RESTAURÉE, RETENUE"), "{}", words(&status));
    for command in [&["run", "--once"][..], &["retrieve"], &["resume"], &["run", "--once"]] {
        assert_ne!(code(&twin(&house, "retour", command)), 0, "{command:?}");
    }
    assert_eq!(house.ledger().len(), before, "the partner heard nothing");
    assert_eq!(names(&house.inbox()), ["fresh.txt"]);

    let asked = twin(&house, "retour", &["resume", "--after-restore"]);
    assert_eq!(code(&asked), 6, "{}", words(&asked));
    assert!(words(&asked).contains("numrec : dernier numéro connu ici 1"), "{}", words(&asked));
    let backwards = twin(&house, "retour", &["resume", "--after-restore", "--number", "numrec=0"]);
    assert_eq!(code(&backwards), 1, "{}", words(&backwards));
    let resumed =
        twin(&house, "retour", &["resume", "--after-restore", "--number", "numrec=7", "--why", "au téléphone"]);
    assert_eq!(code(&resumed), 0, "{}", words(&resumed));
    assert!(words(&resumed).contains("2 envoi(s) restent retenus"), "{}", words(&resumed));

    house.gateway.offer("ville", "R2", b"another return").unwrap();
    assert_eq!(code(&twin(&house, "retour", &["run", "--once"])), 6, "what is held still asks for a decision");
    let counts = |name: &str| house.received().get(name).copied().unwrap_or_default();
    assert_eq!((counts("fresh.txt"), counts("queued.txt"), counts("a.txt")), (1, 0, 1));
    assert_eq!(names(&house.folder.path().join("retour/recus/VILLE")), ["R2_0008"], "no number is given twice");
    let queued = held.iter().find(|row| row.facts.name == "queued.txt").unwrap().id.to_string();
    assert_eq!(code(&twin(&house, "retour", &["release", &queued, "--why", "ils ne l'ont pas"])), 0);
    twin(&house, "retour", &["run", "--once"]);
    assert_eq!((counts("queued.txt"), counts("fresh.txt"), counts("a.txt")), (1, 1, 1));
}

/// A service that does not outlive its test.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// The service runs and sends: every backup is one instant of its story.
#[test]
fn backups_of_a_running_station() {
    let house = house(FaultPlan::new());
    house.run(&["run", "--once"]);
    let service = Service(house.spawn(&["run"], &[]));
    let mut made = 0;
    for number in 0..24 {
        house.drop_file(&format!("f{number}.txt"));
        if number % 8 == 4 {
            while house.with_status(Status::Deposited).is_empty() {
                std::thread::sleep(Duration::from_millis(20));
            }
            made += 1;
            let output = backup(&house, &format!("v{made}.age"));
            assert_eq!(code(&output), 0, "{}", words(&output));
        }
    }
    while house.with_status(Status::Deposited).len() < 24 {
        std::thread::sleep(Duration::from_millis(50));
    }
    drop(service);
    let (_, events) = journal(&house, &house.data_dir);
    let noted = events
        .iter()
        .filter(|recorded| matches!(recorded.event, Event::Station { what: StationEvent::BackedUp { .. } }));
    assert_eq!(noted.count(), made, "the service took note of each");
    for number in 1..=made {
        let folder = format!("retour{number}");
        let output = restore(&house, &format!("v{number}.age"), &folder);
        assert_eq!(code(&output), 0, "{}", words(&output));
        let (rows, _) = journal(&house, &house.folder.path().join(&folder).join("data"));
        assert!(rows.iter().all(|row| matches!(row.state.status(), Status::Held | Status::Deposited)), "{rows:?}");
        assert!(!rows.is_empty());
        let before = house.ledger().len();
        twin(&house, &folder, &["run", "--once"]);
        assert_eq!(house.ledger().len(), before);
    }
}

/// What a restored folder must be, if it is there at all.
fn whole(house: &House, folder: &Path) {
    let (rows, events) = journal(house, &folder.join("data"));
    assert_eq!(rows.len(), 3);
    assert!(
        events.iter().any(|recorded| matches!(recorded.event, Event::Station { what: StationEvent::Restored { .. } }))
    );
    assert!(rows.iter().all(|row| folder.join("data/store").join(row.id.to_string()).is_file()));
    assert!(rows.iter().all(|row| matches!(row.state.status(), Status::Held | Status::Deposited)));
    assert!(folder.join("taskctl.toml").is_file() && folder.join("secrets/VILLE.xfb").is_file());
}

#[test]
fn a_restore_that_is_killed_leaves_nothing_or_a_whole() {
    if let Err(why) = traced(&[]) {
        println!("SKIPPED: {why}");
        return;
    }
    let house = doubtful();
    assert_eq!(code(&backup(&house, "v.age")), 0);
    let root = house.folder.path();
    let (file, phrase) = (root.join("v.age"), root.join("phrase"));
    let (mut killed, mut ended, mut round) = (0, 0, 0);
    for (calls, whens) in [
        ("openat", &[60, 80, 100, 110, 120][..]),
        ("write", &[1, 4, 9, 14, 19]),
        ("pwrite64", &[1, 4, 9, 20]),
        ("mkdir,mkdirat", &[1, 2, 4]),
        ("unlink,unlinkat", &[1, 2]),
        ("rename,renameat,renameat2", &[1, 2]),
        ("fsync,fdatasync,syncfs", &[1, 2, 3, 5]),
    ] {
        for when in whens {
            round += 1;
            let to = root.join(format!("retour{round}"));
            let inject = format!("inject={calls}:signal=KILL:when={when}");
            let mut command = traced(&["-o", "/dev/null", "-e", &inject]).unwrap();
            command.args(["restore", file.to_str().unwrap(), "--to", to.to_str().unwrap()]);
            let output = command.arg("--passphrase-file").arg(&phrase).stdin(Stdio::null()).output().unwrap();
            if output.status.success() {
                ended += 1
            } else {
                killed += 1
            }
            assert!(!output.status.success() || to.exists(), "{}", words(&output));
            if to.exists() {
                whole(&house, &to);
            }
        }
    }
    println!("{killed} restores killed, {ended} ended");
    assert!(killed >= 12, "{killed} of {round}");
}

/// A disk that refuses, wherever it does: no file bears the name, and none the other.
#[test]
fn a_backup_that_the_disk_refuses_leaves_no_file() {
    if let Err(why) = traced(&[]) {
        println!("SKIPPED: {why}");
        return;
    }
    let house = doubtful();
    house.drop_bytes("big.txt", &vec![b'x'; 700_000]);
    house.run(&["run", "--once"]);
    let root = house.folder.path();
    let (file, partial) = (root.join("v.age"), root.join("v.age.partial"));
    let mut refused = 0;
    for (calls, error, when) in [
        ("write", "ENOSPC", "1"),
        ("write", "ENOSPC", "2+"),
        ("write", "EIO", "1"),
        ("fsync", "EIO", "1"),
        ("openat", "EACCES", "1"),
        ("openat", "EIO", "2"),
        ("read", "EIO", "1"),
        ("rename,renameat2", "EACCES", "1+"),
    ] {
        let inject = format!("inject={calls}:error={error}:when={when}");
        let mut command = traced(&["-o", "/dev/null", "-P", partial.to_str().unwrap(), "-e", &inject]).unwrap();
        let arguments = ["backup", file.to_str().unwrap(), "--work-factor", "10", "--passphrase-file"];
        house.prepare(&mut command, &arguments);
        let output = command.arg(root.join("phrase")).output().unwrap();
        assert!(!output.status.success(), "{calls} {error}: {}", words(&output));
        assert!(!words(&output).contains("panicked"), "{}", words(&output));
        assert!(!file.exists() && !partial.exists(), "{calls} {error}: {}", words(&output));
        assert!(!house.data_dir.join("backup.work").exists());
        refused += usize::from(error == "ENOSPC" && words(&output).contains("disque est plein"));
    }
    assert!(refused > 0, "a full disk is said to be one");
    assert_eq!(code(&backup(&house, "v.age")), 0, "and once the disk takes it again");
}

/// The format is age's: its own program opens a backup, and tar lists it.
#[test]
fn other_programs_open_it() {
    let found = |name: &str| Command::new(name).arg("--version").output().is_ok();
    if !(found("age") && found("age-keygen") && found("tar")) {
        println!("SKIPPED: age and tar are not installed");
        return;
    }
    let house = doubtful();
    let root = house.folder.path();
    let key: PathBuf = root.join("cle.txt");
    let made = Command::new("age-keygen").arg("-o").arg(&key).output().unwrap();
    let said = words(&made);
    let recipient = said.split_whitespace().find(|word| word.starts_with("age1")).unwrap();
    let file = root.join("v.age");
    let output = house.run(&["backup", file.to_str().unwrap(), "--recipient", recipient]);
    assert_eq!(code(&output), 0, "{}", words(&output));
    let opened = Command::new("age").args(["-d", "-o"]).arg(root.join("v.tar")).arg("-i").arg(&key).arg(&file).output();
    let opened = opened.unwrap();
    assert!(opened.status.success(), "{}", words(&opened));
    let listed = words(&Command::new("tar").arg("-tf").arg(root.join("v.tar")).output().unwrap());
    assert!(listed.starts_with("manifest.jsonl\njournal.sqlite\nconfig/taskctl.toml\n"), "{listed}");
    // And what it writes comes back.
    fs::remove_file(&file).unwrap();
    let sealed = Command::new("age").args(["-r", recipient, "-o"]).arg(&file).arg(root.join("v.tar")).output().unwrap();
    assert!(sealed.status.success(), "{}", words(&sealed));
    let back = program(&["restore", file.to_str().unwrap(), "--to"])
        .arg(root.join("retour"))
        .arg("--identity")
        .arg(&key)
        .output();
    assert_eq!(code(&back.unwrap()), 0);
    whole(&house, &root.join("retour"));
}
