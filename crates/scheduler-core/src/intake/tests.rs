use std::io::Write as _;
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::journal::Durability;
use crate::memory::Memory;
use crate::platform::Directory;
use crate::scenario::{Naming, Profile, Retrieve, Settings};
use crate::setup::Connection;

struct House {
    folder: TempDir,
    intake: Intake,
}

impl House {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["inbox", "data"] {
            fs::create_dir(path(name)).unwrap();
        }
        let clock = Clock::system();
        let (journal, reader) = Journal::open(&path("data"), clock.clone(), Durability::Off).await.unwrap();
        let setup = Arc::new(setup(folder.path()));
        let store = Store::open(&path("data")).unwrap();
        let ids = Arc::new(Ids::after(None));
        let intake = Intake { setup, store, journal, reader, ids, clock, way: Way::Link };
        Self { folder, intake }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file, and what a look finds of it.
    fn seen(&self, name: &str, content: &str) -> Candidate {
        fs::write(self.path("inbox").join(name), content).unwrap();
        let facts = Directory::open(&self.path("inbox")).unwrap().facts(name.as_ref()).unwrap();
        let (size, modified, identity) = (facts.size, facts.modified(), facts.identity);
        Candidate { scenario: 0, relative: name.to_owned(), size, modified, identity }
    }

    fn names(&self, below: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(below)).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    async fn accept(&self, candidates: Vec<Candidate>) -> Result<Vec<Outcome>, IntakeError> {
        let batch = self.intake.begin(candidates).await?;
        Ok(self.intake.finish(batch).await?.into_iter().map(|(_, outcome)| outcome).collect())
    }

    async fn accept_one(&self, candidate: Candidate) -> Outcome {
        self.accept(vec![candidate]).await.unwrap().remove(0)
    }
}

fn setup(folder: &Path) -> Setup {
    let lane = Lane::new("VILLE", "memory");
    let profile = Profile {
        lane: lane.clone(),
        channel: "memory".to_owned(),
        contact: None,
        retrieve: Retrieve::default(),
        naming: Naming { pattern: None, searches: Vec::new(), folder: folder.join("received") },
        delay_up: None,
        delay_down: None,
        sessions: 1,
        secret_version: String::new(),
        fields: Default::default(),
    };
    let scenario = Scenario {
        name: "letters".to_owned(),
        enabled: true,
        lane: lane.clone(),
        folder: folder.join("inbox"),
        pattern: "*".to_owned(),
        recursive: false,
        readiness: Default::default(),
        backup: Some(folder.join("backup")),
        if_exists: Default::default(),
        sent_copy: None,
        duplicate_window: None,
        ordered: false,
        destination: "memory".to_owned(),
        fields: Default::default(),
    };
    let settings = Settings {
        name: "test".to_owned(),
        timezone: jiff::tz::TimeZone::UTC,
        data_dir: folder.join("data"),
        trace_dir: folder.join("logs"),
        rescan: Duration::from_secs(1),
        quiet: Duration::from_secs(1),
        retry_max: Duration::from_secs(1),
        retry_first: Duration::from_secs(1),
        four_eyes: false,
        first_numrec: 1,
    };
    let connection = Connection::build(profile, Box::leak(Box::new(Memory::default()))).unwrap();
    Setup { settings, scenarios: vec![scenario], lanes: BTreeMap::from([(lane, connection)]) }
}

fn put_back(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::PutBack(why) => &why.code,
        Outcome::Accepted { .. } => "accepted",
    }
}

#[tokio::test]
async fn what_changed_since_it_was_seen_goes_back() {
    let house = House::new().await;
    let seen = house.seen("a.xml", "content");
    fs::write(house.path("inbox/a.xml"), "another content").unwrap();
    assert_eq!(put_back(&house.accept_one(seen).await), "claim-changed");
    assert_eq!(fs::read(house.path("inbox/a.xml")).unwrap(), b"another content");
    assert_eq!(house.names("data/store"), [""; 0]);

    let seen = house.seen("b.xml", "content");
    fs::remove_file(house.path("inbox/b.xml")).unwrap();
    assert_eq!(put_back(&house.accept_one(seen).await), "claim-vanished");
}

/// A writer that opened the file after the watcher asked: the second look finds it.
#[tokio::test]
async fn what_was_opened_for_writing_since_goes_back() {
    let house = House::new().await;
    let seen = house.seen("a.xml", "content");
    let mut writer = fs::OpenOptions::new().append(true).open(house.path("inbox/a.xml")).unwrap();
    assert_eq!(put_back(&house.accept_one(seen).await), "claim-open-writer");
    writer.write_all(b" and more").unwrap();
    assert_eq!(fs::read(house.path("inbox/a.xml")).unwrap(), b"content and more");
}

#[tokio::test]
async fn a_store_that_refuses_takes_nothing_and_forgets_everything() {
    let house = House::new().await;
    let seen = ["a.xml", "b.xml"].map(|name| house.seen(name, "content")).to_vec();
    fs::rename(house.path("data/store"), house.path("data/away")).unwrap();
    let refused = house.accept(seen).await.unwrap_err();
    assert_eq!(refused.code(), "store-failed");
    assert_eq!(house.names("inbox"), [".taskctl", "a.xml", "b.xml"]);
    assert_eq!(house.names("inbox/.taskctl"), [""; 0]);
    assert_eq!(house.names("data/away"), [""; 0]);
    assert!(house.intake.reader.last_consignments(9).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_batch_that_is_abandoned_goes_back_and_the_store_forgets_it() {
    let house = House::new().await;
    let seen = ["a.xml", "b.xml"].map(|name| house.seen(name, "content")).to_vec();
    let batch = house.intake.begin(seen).await.unwrap();
    assert_eq!((house.names("inbox").len(), house.names("data/store").len()), (1, 2));
    house.intake.abandon(batch).await;
    assert_eq!(house.names("inbox"), [".taskctl", "a.xml", "b.xml"]);
    assert_eq!((house.names("inbox/.taskctl"), house.names("data/store")), (Vec::new(), Vec::new()));
}

/// A file that an operator named stays where it is, and one that cannot be read takes nothing of the others.
#[tokio::test]
async fn named_files_are_taken_together_or_not_at_all() {
    let house = House::new().await;
    fs::write(house.path("a.xml"), "content").unwrap();
    let scenario = house.intake.setup.scenarios[0].clone();
    let with_folder = [house.path("a.xml"), house.path("inbox")];
    assert!(house.intake.take(&with_folder, &scenario).await.is_err());
    assert_eq!(house.names("data/store"), [""; 0]);
    let ids = house.intake.take(&with_folder[..1], &scenario).await.unwrap();
    let row = house.intake.reader.consignment(ids[0]).await.unwrap().unwrap();
    assert_eq!(row.facts.source, house.path("a.xml").display().to_string());
    fs::write(house.path("a.xml"), "changed by its owner, in place").unwrap();
    assert_eq!(fs::read(house.intake.store.path(ids[0])).unwrap(), b"content");
}

/// What a crash may leave of an acceptance: a claim that nobody knows, with or without bytes in the store and half a backup.
#[tokio::test]
async fn a_claim_goes_back_unless_the_journal_knows_it() {
    let house = House::new().await;
    let known = house.seen("known.xml", "content");
    assert_eq!(put_back(&house.accept_one(known).await), "accepted");
    let id = house.intake.reader.last_consignments(1).await.unwrap()[0].id;
    fs::write(house.path("inbox/.taskctl").join(format!("{id}~known.xml")), "content").unwrap();

    house.seen("unknown.xml", "older");
    let unknown = house.intake.ids.next(house.intake.clock.now());
    Claim::take(unknown, &house.path("inbox"), "unknown.xml").unwrap();
    house.seen("unknown.xml", "newer");
    fs::write(house.path("backup").join(format!(".{unknown}.taskctl")), "ol").unwrap();

    for _ in 0..2 {
        house.intake.recover().await.unwrap();
        assert_eq!(house.names("inbox"), [".taskctl", "unknown.xml", "unknown_1.xml"]);
        assert_eq!(house.names("inbox/.taskctl"), [""; 0]);
        assert_eq!(house.names("backup"), ["known.xml"]);
        assert_eq!(fs::read(house.path("inbox/unknown.xml")).unwrap(), b"newer");
    }
}

/// The journal speaks of a file only when its backup stands: so no lane can send it without.
#[tokio::test]
async fn a_file_without_its_backup_is_never_queued() {
    let house = House::new().await;
    fs::write(house.path("backup"), "in the way").unwrap();
    let seen = house.seen("a.xml", "content");
    house.accept_one(seen).await;
    let row = house.intake.reader.last_consignments(1).await.unwrap().remove(0);
    let events = house.intake.reader.events_of(row.id).await.unwrap();
    assert_eq!(events.len(), 1, "held by its acceptance itself");
    assert_eq!(row.state.why().unwrap().code, "backup-failed");
}

/// A bad block: what the system cannot read of one file keeps no other, and the file goes back.
#[tokio::test]
async fn a_file_that_cannot_be_read_keeps_no_other() {
    let house = House::new().await;
    let seen = ["a.xml", "b.xml"].map(|name| house.seen(name, "content"));
    let (mut files, mut slots) = house.intake.claim(&seen, house.intake.clock.now());
    // Reading it from its beginning gives EIO.
    files[0].bytes = "/proc/self/mem".into();
    let secured = house.intake.secure_some(&files).unwrap();
    assert!(secured[1].is_ok());
    let error = secured[0].as_ref().unwrap_err();
    Slot::put_back(&mut slots, &files[0], error);
    assert_eq!(house.names("inbox"), [".taskctl", "a.xml"]);
    assert_eq!(house.names("data/store"), [files[1].id.to_string()]);
    let outcome = slots.remove(0).outcome(&mut HashMap::new());
    assert_eq!(put_back(&outcome), "claim-unreadable");
}

/// Another file of the same size and date under the name that was seen, still being written.
#[tokio::test]
async fn what_was_replaced_by_a_file_being_written_goes_back() {
    let house = House::new().await;
    let seen = house.seen("a.xml", "content");
    let other = house.path("inbox/.other");
    fs::write(&other, "CONTENT").unwrap();
    let mut writer = fs::OpenOptions::new().append(true).open(&other).unwrap();
    writer.set_modified(std::time::SystemTime::from(seen.modified)).unwrap();
    fs::rename(&other, house.path("inbox/a.xml")).unwrap();
    assert_eq!(put_back(&house.accept_one(seen).await), "claim-open-writer");
    writer.write_all(b" and more").unwrap();
    assert_eq!(fs::read(house.path("inbox/a.xml")).unwrap(), b"CONTENT and more");
}

/// The copy that replaces another has its name, even where a numbered one holds the same bytes.
#[tokio::test]
async fn overwriting_overwrites() {
    let house = House::new().await;
    fs::create_dir(house.path("backup")).unwrap();
    for (name, content) in [("a.xml", "old"), ("a_1.xml", "new"), ("source", "new")] {
        fs::write(house.path("backup").join(name), content).unwrap();
    }
    let (folder, source) = (house.path("backup"), house.path("backup/source"));
    let id = house.intake.ids.next(house.intake.clock.now());
    let backup =
        Backup { id, source: &source, name: "a.xml", folder: &folder, if_exists: crate::scenario::IfExists::Overwrite };
    assert_eq!(backup.foresee().unwrap(), ("backup-overwrites", folder.join("a.xml")));
    assert_eq!(backup.make().unwrap(), Some(folder.join("a.xml")));
    assert_eq!(fs::read(folder.join("a.xml")).unwrap(), b"new");
}

/// A copy that fails half way fills no disk.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_backup_that_fails_leaves_nothing() {
    let house = House::new().await;
    let (folder, source) = (house.path("backup"), PathBuf::from("/proc/self/mem"));
    let id = house.intake.ids.next(house.intake.clock.now());
    let backup = Backup { id, source: &source, name: "a.xml", folder: &folder, if_exists: Default::default() };
    backup.make().unwrap_err();
    assert_eq!(house.names("backup"), [""; 0]);
}
