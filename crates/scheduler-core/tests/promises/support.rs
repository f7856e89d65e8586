//! A station in a folder of its own, with a partner in memory, that can be killed at any moment and started again.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use scheduler_core::clock::Clock;
use scheduler_core::consignment::{Consignment, Lane, Status};
use scheduler_core::journal::{Durability, Event, Reader};
use scheduler_core::memory::Memory;
use scheduler_core::partner::{Section, Value};
use scheduler_core::returned::Return;
use scheduler_core::scenario::{Contact, IfExists, Naming, Profile, Readiness, Retrieve, Scenario, Settings};
use scheduler_core::setup::{Connection, Setup};
use scheduler_core::station::{Options, Station, Until};
use scheduler_core::stop::{Stop, Stopper};
use scheduler_core::store::Way;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::sync::Notify;

/// The name of the profile that every scenario uses unless it says otherwise.
pub(crate) const PROFILE: &str = "VILLE";

/// Folders, and the partner behind them.
pub(crate) struct House {
    folder: TempDir,
    pub(crate) memory: Memory,
    channel: &'static Memory,
}

impl House {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["inbox", "data", "logs", "received"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let memory = Memory::default();
        memory.transfers_take(Duration::from_millis(1));
        let channel = Box::leak(Box::new(memory.clone()));
        Self { folder, memory, channel }
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// Writes a file into the inbox, at once.
    pub(crate) fn drop_file(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path("inbox").join(name), bytes).unwrap();
    }

    pub(crate) fn lane(profile: &str) -> Lane {
        Lane::new(profile, "memory")
    }

    pub(crate) fn scenario(&self, name: &str) -> Scenario {
        Scenario {
            name: name.to_owned(),
            enabled: true,
            lane: Self::lane(PROFILE),
            folder: self.path("inbox"),
            pattern: "*".to_owned(),
            recursive: false,
            readiness: Readiness::Quiet,
            backup: None,
            if_exists: IfExists::Increment,
            sent_copy: Some(self.path("sent")),
            duplicate_window: None,
            ordered: false,
            destination: "memory/site/application".to_owned(),
            fields: Section::default(),
        }
    }

    /// A profile on the partner's end point `gate`.
    pub(crate) fn profile(&self, name: &str, gate: &str) -> Profile {
        let mut fields = Section::default();
        fields.insert("gate", Value::Text(gate.to_owned()));
        Profile {
            lane: Self::lane(name),
            channel: "memory".to_owned(),
            contact: Some(Contact { name: "The partner".to_owned(), address: "01 02 03 04 05".to_owned() }),
            retrieve: Retrieve::default(),
            naming: Naming { pattern: None, searches: Vec::new(), folder: self.path("received").join(name) },
            delay_up: None,
            delay_down: None,
            sessions: 1,
            secret_version: "1".to_owned(),
            fields,
        }
    }

    pub(crate) fn connection(&self, profile: Profile) -> Connection {
        Connection::build(profile, self.channel).unwrap()
    }

    /// One scenario `letters` on the profile, with nothing special.
    pub(crate) fn setup(&self) -> Setup {
        self.setup_of(vec![self.scenario("letters")], vec![self.profile(PROFILE, "memory")])
    }

    pub(crate) fn setup_of(&self, scenarios: Vec<Scenario>, profiles: Vec<Profile>) -> Setup {
        let settings = Settings {
            name: "test".to_owned(),
            timezone: jiff::tz::TimeZone::get("Europe/Paris").unwrap(),
            data_dir: self.data(),
            trace_dir: self.path("logs"),
            rescan: Duration::from_millis(30),
            quiet: Duration::from_millis(20),
            retry_max: Duration::from_millis(20),
            retry_first: Duration::from_millis(5),
            four_eyes: false,
            first_numrec: 1,
        };
        let lanes = profiles.into_iter().map(|profile| (profile.lane.clone(), self.connection(profile))).collect();
        Setup { settings, scenarios, lanes }
    }

    pub(crate) fn options(stop: Stop) -> Options {
        Options {
            phrases: Arc::new(|entry, _| format!("{entry:?}")),
            clock: Clock::system(),
            stop,
            durability: Durability::Off,
            way: Way::Link,
        }
    }

    pub(crate) async fn open(&self, setup: Setup) -> Station {
        Station::open(setup, Self::options(Stopper::default().listener())).await.unwrap()
    }

    /// One run until nothing can happen any more, on a new station.
    pub(crate) async fn run_once(&self, setup: Setup) -> Station {
        let station = self.open(setup).await;
        station.run_once(Until::Settled).await.unwrap();
        station
    }

    /// Runs a station as a service until `done`, then stops it in order.
    pub(crate) async fn serve_until(&self, setup: Setup, done: impl AsyncFnMut(&Station) -> bool) {
        let stopper = Stopper::default();
        let station = Station::open(setup, Self::options(stopper.listener())).await.unwrap();
        drive(&station, &stopper, done).await;
    }

    /// Every consignment, oldest first.
    pub(crate) async fn consignments(&self) -> Vec<Consignment> {
        let mut rows = Reader::open(&self.data()).await.unwrap().last_consignments(u32::MAX).await.unwrap();
        rows.reverse();
        rows
    }

    /// The names that the partner holds, in order.
    pub(crate) fn held_by_partner(&self) -> Vec<String> {
        self.memory.ledger().into_iter().map(|row| row.name).collect()
    }

    /// Names in a folder below, hidden ones included, sorted; none when it does not exist.
    pub(crate) fn names(&self, below: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path(below)) else { return Vec::new() };
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Asserts that no operation left anything half done: claims, temporary files, requests, traces.
    pub(crate) fn assert_tidy(&self) {
        assert_eq!(self.names("inbox/.taskctl"), [""; 0], "claims");
        assert!(!self.data().join("live.json").exists());
        for folder in ["backup", "sent", &format!("received/{PROFILE}"), "data/requests", "logs/sessions"] {
            let stray = |name: &String| name.starts_with('.') || ["data/requests", "logs/sessions"].contains(&folder);
            let left: Vec<_> = self.names(folder).into_iter().filter(stray).collect();
            assert_eq!(left, [""; 0], "{folder}");
        }
    }

    /// Runs one life of the station in a process of its own, as far as the operating system lets a thread be one, and
    /// kills it at its `wakes`th wake-up. Tells whether it ended by itself before.
    pub(crate) fn live_and_die(&self, setup: Setup, clock: impl FnOnce() -> Clock, wakes: usize) -> bool {
        let (count, bell) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let alarm = Arc::clone(&bell);
        let hook = move || {
            if count.fetch_add(1, Ordering::SeqCst) + 1 == wakes {
                alarm.notify_one();
            }
        };
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().on_thread_unpark(hook).build().unwrap();
        let ended = runtime.block_on(async {
            let life = async {
                let options = Options { clock: clock(), ..Self::options(Stopper::default().listener()) };
                let station = Station::open(setup, options).await?;
                station.run_once(Until::Settled).await
            };
            tokio::select! {
                biased;
                () = bell.notified() => false,
                done = life => {
                    done.unwrap();
                    true
                }
            }
        });
        // What already runs on other threads ends before a new life begins: it would not outlive its process.
        drop(runtime);
        self.wait_until_closed();
        ended
    }

    /// Lives until a whole life passes without a kill and nothing is pending.
    pub(crate) fn settle(&self, setup: &Setup) {
        while !self.live_and_die(setup.clone(), Clock::system, usize::MAX) {}
    }

    fn wait_until_closed(&self) {
        let data = self.data();
        let held = |entry: fs::DirEntry| fs::read_link(entry.path()).is_ok_and(|target| target.starts_with(&data));
        while fs::read_dir("/proc/self/fd").unwrap().flatten().any(held) {
            std::thread::yield_now();
        }
    }
}

/// Runs a station as a service until `done`, asked again and again, then stops it in order.
pub(crate) async fn drive(station: &Station, stopper: &Stopper, mut done: impl AsyncFnMut(&Station) -> bool) {
    let ask = async {
        while !done(station).await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        stopper.press();
    };
    let (run, ()) = tokio::join!(station.run(), ask);
    run.unwrap();
}

/// Asserts that the journal tells one story: its chain holds, and every row is what its own events make of it.
pub(crate) async fn assert_one_story(reader: &Reader) {
    reader.verify().await.unwrap().unwrap();
    for row in reader.last_consignments(u32::MAX).await.unwrap() {
        let mut told = None;
        for recorded in reader.events_of(row.id).await.unwrap() {
            if let Event::Consignment { id, what } = recorded.event {
                told = Some(Consignment::apply(told.as_ref(), id, &what, recorded.at).unwrap());
            }
        }
        assert_eq!(told, Some(row));
    }
    for row in reader.last_returns(u32::MAX).await.unwrap() {
        let mut told = None;
        for recorded in reader.events_of(row.id).await.unwrap() {
            if let Event::Return { id, what } = recorded.event {
                told = Some(Return::apply(told.as_ref(), id, &what, recorded.at).unwrap());
            }
        }
        assert_eq!(told, Some(row));
    }
}

/// How many consignments of a station are in a state.
pub(crate) async fn count(station: &Station, status: Status) -> u64 {
    station.reader().counts().await.unwrap().get(&status).copied().unwrap_or_default()
}

/// Runs something on a runtime of its own.
pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// A content that tells by itself whether it is whole: its length and hash, then `size` bytes made from `seed`.
pub(crate) fn sealed(seed: u64, size: usize) -> Vec<u8> {
    let mut dice = Dice(seed);
    let body: Vec<u8> = (0..size).map(|_| b'a' + u8::try_from(dice.below(26)).unwrap()).collect();
    let mut bytes = format!("{size} {}\n", hex(&Sha256::digest(&body))).into_bytes();
    bytes.extend(body);
    bytes
}

/// Whether a [`sealed`] content is whole.
pub(crate) fn is_whole(bytes: &[u8]) -> bool {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return false };
    let body = &bytes[end + 1..];
    bytes[..end] == *format!("{} {}", body.len(), hex(&Sha256::digest(body))).as_bytes()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Random numbers that a failing test can repeat (SplitMix64).
#[derive(Clone, Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// Everything below a folder, for messages of failing tests.
pub(crate) fn tree(folder: &Path) -> String {
    let mut lines = String::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        lines += &format!("{}\n", entry.path().display());
        if entry.path().is_dir() {
            lines += &tree(&entry.path());
        }
    }
    lines
}
