//! A real station in a temporary folder, opposite a [`Peer`].

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use scheduler_core::clock::Clock;
use scheduler_core::consignment::{Consignment, Lane, Status, Verdict};
use scheduler_core::journal::{Durability, LaneRow, Recorded};
use scheduler_core::partner::Value;
use scheduler_core::request::Command;
use scheduler_core::returned::Return;
use scheduler_core::scenario::{Contact, IfExists, Naming, Profile, Readiness, Retrieve, Scenario, Settings};
use scheduler_core::setup::{Connection, Setup};
use scheduler_core::station::{Options, Station, Until};
use scheduler_core::stop::Stopper;
use scheduler_core::store::Way;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::Peer;

/// What a run may take before it is called hung; no test waits for it.
const HUNG: Duration = Duration::from_secs(120);

/// How a station is set up.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Profiles, each with its scenario of the same name and its account of the same name.
    pub profiles: Vec<String>,
    /// Gap before an upload.
    pub delay_up: Duration,
    /// Gap before a download.
    pub delay_down: Duration,
    /// Sessions of the end point at a time.
    pub sessions: usize,
    /// Silence after a first failure.
    pub retry_first: Duration,
    /// Longest silence.
    pub retry_max: Duration,
    /// Returns are collected after each sending session.
    pub after_send: bool,
    /// The version of every profile's secret.
    pub secret_version: String,
    /// Scenarios beside those of the profiles' names: name, profile, INSEE's type of file.
    pub further: Vec<[&'static str; 3]>,
    /// Fields that differ from the peer's, in every profile.
    pub fields: Vec<(&'static str, Value)>,
}

impl Spec {
    /// No pacing, tiny retries, no retrieval.
    #[must_use]
    pub fn of(profiles: &[&str]) -> Self {
        Self {
            profiles: profiles.iter().map(|name| (*name).to_owned()).collect(),
            delay_up: Duration::ZERO,
            delay_down: Duration::ZERO,
            sessions: 1,
            retry_first: Duration::from_millis(1),
            retry_max: Duration::from_millis(20),
            after_send: false,
            secret_version: "1".to_owned(),
            further: Vec::new(),
            fields: Vec::new(),
        }
    }

    /// Gives up silence after that long: for peers that never answer.
    #[must_use]
    pub fn impatient(mut self, silence: Duration) -> Self {
        for field in ["timeout_answer", "timeout_stall"] {
            self.fields.push((field, Value::Duration(silence)));
        }
        self
    }

    /// With this field in every profile.
    #[must_use]
    pub fn with(mut self, field: &'static str, value: Value) -> Self {
        self.fields.push((field, value));
        self
    }
}

/// A station and its folders.
pub struct Rig {
    /// The other side.
    pub peer: Arc<dyn Peer>,
    /// What it was set up with.
    pub spec: Spec,
    /// The operator's stop.
    pub stopper: Stopper,
    root: TempDir,
    station: Option<Station>,
}

impl std::fmt::Debug for Rig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rig").field("root", &self.root).finish_non_exhaustive()
    }
}

impl Rig {
    /// Opens a station opposite `peer`.
    pub async fn open(peer: Arc<dyn Peer>, spec: Spec) -> Self {
        let root = tempfile::tempdir().unwrap();
        for inbox in spec.profiles.iter().map(String::as_str).chain(spec.further.iter().map(|[name, ..]| *name)) {
            fs::create_dir_all(root.path().join("in").join(inbox)).unwrap();
        }
        let mut rig = Self { peer, spec, stopper: Stopper::default(), root, station: None };
        rig.start().await;
        rig
    }

    /// Closes the station and opens it again, changed.
    pub async fn reopen(&mut self, change: impl FnOnce(&mut Spec)) {
        self.station = None;
        change(&mut self.spec);
        self.start().await;
    }

    async fn start(&mut self) {
        let options = Options {
            // The worst catalogue: everything that an entry holds.
            phrases: Arc::new(|entry, _| format!("{entry:?}")),
            clock: Clock::system(),
            stop: self.stopper.listener(),
            durability: Durability::Off,
            way: Way::Link,
        };
        self.station = Some(Station::open(self.setup(), options).await.unwrap());
    }

    /// What the station is opened with.
    #[must_use]
    pub fn setup(&self) -> Setup {
        let root = self.root.path();
        let settings = Settings {
            name: "CONFORMANCE".to_owned(),
            timezone: jiff::tz::TimeZone::UTC,
            data_dir: root.join("data"),
            trace_dir: root.join("traces"),
            rescan: Duration::from_millis(200),
            quiet: Duration::from_millis(5),
            retry_max: self.spec.retry_max,
            retry_first: self.spec.retry_first,
            four_eyes: false,
            first_numrec: 1,
        };
        let connection = |name: &String| Connection::build(self.profile(name), self.peer.channel()).unwrap();
        let lanes: BTreeMap<_, _> = self.spec.profiles.iter().map(|name| (self.lane(name), connection(name))).collect();
        let own = self.spec.profiles.iter().map(|name| self.scenario(name, name, None));
        let further = self.spec.further.iter().map(|[name, profile, kind]| self.scenario(name, profile, Some(kind)));
        let scenarios = own.chain(further).collect();
        Setup { settings, scenarios, lanes }
    }

    fn profile(&self, name: &str) -> Profile {
        let mut fields = self.peer.profile(name);
        for (field, value) in &self.spec.fields {
            fields.insert(*field, value.clone());
        }
        Profile {
            lane: self.lane(name),
            channel: self.peer.channel().kind().to_owned(),
            contact: Some(Contact { name: "Assistance".to_owned(), address: "01 02 03 04 05".to_owned() }),
            retrieve: Retrieve { after_send: self.spec.after_send, ..Retrieve::default() },
            naming: Naming {
                pattern: Some("[nom]".to_owned()),
                searches: Vec::new(),
                folder: self.root.path().join("returned").join(name),
            },
            delay_up: Some(self.spec.delay_up),
            delay_down: Some(self.spec.delay_down),
            sessions: self.spec.sessions,
            secret_version: self.spec.secret_version.clone(),
            fields,
        }
    }

    /// `file_type` takes the place of the peer's.
    fn scenario(&self, name: &str, profile: &str, file_type: Option<&str>) -> Scenario {
        let mut fields = self.peer.scenario();
        if let Some(file_type) = file_type {
            fields.insert("file_type", Value::Text(file_type.to_owned()));
        }
        Scenario {
            name: name.to_owned(),
            enabled: true,
            lane: self.lane(profile),
            folder: self.root.path().join("in").join(name),
            pattern: "*".to_owned(),
            recursive: false,
            readiness: Readiness::Quiet,
            backup: Some(self.root.path().join("backup")),
            if_exists: IfExists::Increment,
            sent_copy: Some(self.root.path().join("sent")),
            duplicate_window: None,
            ordered: false,
            destination: "xfb/C175/GRCT450".to_owned(),
            fields,
        }
    }

    /// The lane of a profile.
    #[must_use]
    pub fn lane(&self, profile: &str) -> Lane {
        Lane::new(profile, self.peer.channel().kind())
    }

    /// The station.
    #[must_use]
    pub fn station(&self) -> &Station {
        self.station.as_ref().unwrap()
    }

    /// The folder of everything that the station writes.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// Puts a file into a profile's watched folder, whole.
    pub fn put(&self, profile: &str, name: &str, bytes: &[u8]) {
        let draft = self.root.path().join(format!("draft of {name}"));
        fs::write(&draft, bytes).unwrap();
        fs::rename(draft, self.root.path().join("in").join(profile).join(name)).unwrap();
    }

    /// Runs once, until nothing happens any more without an operator; retries are waited for.
    pub async fn settle(&self) {
        self.run(Until::Settled).await;
    }

    /// Runs once; what waits for a later instant is left.
    pub async fn pass(&self) {
        self.run(Until::NothingDue).await;
    }

    async fn run(&self, until: Until) {
        let run = tokio::time::timeout(HUNG, self.station().run_once(until)).await;
        run.unwrap_or_else(|_| panic!("the station hangs: {:?}", self.station().live())).unwrap();
    }

    /// Does what an operator asks, then what it leads to.
    pub async fn ask(&self, command: Command) {
        let shown = format!("{command:?}");
        let served = tokio::time::timeout(HUNG, self.station().serve(command, "operator", Until::NothingDue)).await;
        let id = served.unwrap_or_else(|_| panic!("{shown} hangs")).unwrap();
        let request = self.station().reader().request(id).await.unwrap().unwrap();
        let ended = serde_json::to_value(&request.ended).unwrap();
        assert_eq!(ended["event"], "done", "{shown}: {ended}");
    }

    /// Collects.
    pub async fn retrieve(&self) {
        self.ask(Command::Retrieve { profile: None }).await;
    }

    /// Settles every doubt by what the partner really has, then sends what it has not.
    pub async fn resolve_by_ledger(&self) {
        for doubtful in self.with(Status::Uncertain).await {
            let held = self.peer.received().iter().any(|reception| reception.sha256 == doubtful.facts.sha256);
            let verdict = if held { Verdict::Deposited } else { Verdict::NotDeposited };
            self.ask(Command::Resolve { id: doubtful.id, verdict, why: "asked the partner".to_owned() }).await;
        }
        self.settle().await;
    }

    /// Every consignment, oldest first.
    pub async fn consignments(&self) -> Vec<Consignment> {
        let mut rows = self.station().reader().last_consignments(100_000).await.unwrap();
        rows.reverse();
        rows
    }

    /// Those in a state.
    pub async fn with(&self, status: Status) -> Vec<Consignment> {
        let rows = self.consignments().await;
        rows.into_iter().filter(|row| row.state.status() == status).collect()
    }

    /// The only consignment of that name.
    pub async fn named(&self, name: &str) -> Consignment {
        let mut rows = self.consignments().await;
        rows.retain(|row| row.facts.name == name);
        assert_eq!(rows.len(), 1, "{name}");
        rows.remove(0)
    }

    /// Every return, oldest first.
    pub async fn returns(&self) -> Vec<Return> {
        let mut rows = self.station().reader().last_returns(100_000).await.unwrap();
        rows.reverse();
        rows
    }

    /// What the journal knows of a profile's lane.
    pub async fn lane_row(&self, profile: &str) -> LaneRow {
        self.station().reader().small().await.unwrap().lane(&self.lane(profile))
    }

    /// Why a profile is suspended; the empty text when it is not.
    pub async fn suspended(&self, profile: &str) -> String {
        self.lane_row(profile).await.suspended.map(|(why, _)| why.code).unwrap_or_default()
    }

    /// Everything that was journalled.
    pub async fn events(&self) -> Vec<Recorded> {
        self.station().reader().events_after(0, 1_000_000).await.unwrap()
    }

    /// Files that stand somewhere below the rig's folder, relative to it.
    #[must_use]
    pub fn files(&self, below: &str) -> Vec<PathBuf> {
        let folder = self.root.path().join(below);
        let mut found = Vec::new();
        gather(&folder, &mut found);
        let mut found: Vec<_> = found.into_iter().map(|path| path.strip_prefix(&folder).unwrap().to_owned()).collect();
        found.sort();
        found
    }
}

/// Every file below `folder`, links included and not followed.
pub fn gather(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            gather(&entry.path(), found);
        } else {
            found.push(entry.path());
        }
    }
}

/// Lower-case hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
