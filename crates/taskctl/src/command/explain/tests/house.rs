//! A station's folders, journal and picture, for pages that read the same on every machine.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use scheduler_core::clock::Clock;
use scheduler_core::consignment::{Consignment, Lane, State};
use scheduler_core::explain::{ConsignmentOutlook, FileOutlook, Known, Presence, ReturnOutlook};
use scheduler_core::id::Ids;
use scheduler_core::journal::{Draft, Durability, Event, Journal, PauseEvent, Reader, RequestEvent};
use scheduler_core::live::Live;
use scheduler_core::memory::Memory;
use scheduler_core::partner::Section;
use scheduler_core::request::Command;
use scheduler_core::returned::{Return, ReturnState};
use scheduler_core::scenario::{Contact, IfExists, Naming, Profile, Readiness, Retrieve, Scenario, Settings};
use scheduler_core::setup::{Connection, Setup};
use tempfile::TempDir;

use crate::catalogue::Language;
use crate::command::View;
use crate::command::explain::{Explained, Said};
use crate::output::Style;
use crate::testing::{at, consignment, paris, returned};

pub(super) struct House {
    folder: TempDir,
    pub(super) setup: Setup,
    pub(super) memory: Memory,
    journal: Journal,
    reader: Reader,
    live: Option<Live>,
    ids: Ids,
}

impl House {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["data", "mand", "arch"] {
            fs::create_dir(path(name)).unwrap();
        }
        let (journal, reader) = Journal::open(&path("data"), Clock::starting_at(at(0)), Durability::Off).await.unwrap();
        let memory = Memory::default();
        let channel: &'static Memory = Box::leak(Box::new(memory.clone()));
        let lane = Lane::new("VILLE", "memory");
        let profile = Profile {
            lane: lane.clone(),
            channel: "memory".to_owned(),
            contact: Some(Contact { name: "Assistance".to_owned(), address: "01 02 03 04 05".to_owned() }),
            retrieve: Retrieve::default(),
            naming: Naming { pattern: None, searches: Vec::new(), folder: path("recus") },
            delay_up: Some(Duration::from_secs(30)),
            delay_down: None,
            sessions: 1,
            secret_version: "1".to_owned(),
            fields: Section::default(),
        };
        let settings = Settings {
            name: "test".to_owned(),
            timezone: paris(),
            data_dir: path("data"),
            trace_dir: path("traces"),
            rescan: Duration::from_secs(60),
            quiet: Duration::from_secs(5),
            retry_max: Duration::from_secs(3600),
            retry_first: Duration::from_secs(60),
            four_eyes: false,
            first_numrec: 1,
        };
        let lanes = [(lane, Connection::build(profile, channel).unwrap())].into();
        let setup = Setup { settings, scenarios: Vec::new(), lanes };
        Self { folder, setup, memory, journal, reader, live: None, ids: Ids::after(None) }
    }

    pub(super) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub(super) fn lane(&self) -> Lane {
        Lane::new("VILLE", "memory")
    }

    pub(super) fn scenario(&mut self, name: &str, folder: &str, pattern: &str) -> &mut Scenario {
        let scenario = Scenario {
            name: name.to_owned(),
            enabled: true,
            lane: self.lane(),
            folder: self.path(folder),
            pattern: pattern.to_owned(),
            recursive: false,
            readiness: Readiness::Quiet,
            backup: None,
            if_exists: IfExists::Increment,
            sent_copy: None,
            duplicate_window: None,
            ordered: false,
            destination: "xfb/C175/GRCT450".to_owned(),
            fields: Section::default(),
        };
        self.setup.scenarios.push(scenario);
        self.setup.scenarios.last_mut().unwrap()
    }

    /// The picture of a service, which runs from now on.
    pub(super) fn service(&mut self) -> &mut Live {
        self.live.get_or_insert_with(|| Live { pid: 4242, started: Some(at(0)), ..Live::default() })
    }

    pub(super) async fn commit(&self, drafts: Vec<Draft>) {
        self.journal.commit(drafts).await.unwrap();
    }

    /// As an operator pauses: a request, then what comes of it.
    pub(super) async fn pause(&self, scope: &str) {
        let (id, who) = (self.ids.next(at(0)), "martin".to_owned());
        let taken = RequestEvent::Taken {
            command: Command::Pause { scope: scope.to_owned(), why: None },
            who: who.clone(),
            claimed: None,
        };
        let paused = Event::Pause { scope: scope.to_owned(), what: PauseEvent::Paused { who, why: None } };
        self.commit(vec![Event::Request { id, what: taken }.into(), paused.into()]).await;
    }

    pub(super) async fn resume(&self, scope: &str) {
        let what = PauseEvent::Unpaused { who: "martin".to_owned(), why: None };
        self.commit(vec![Event::Pause { scope: scope.to_owned(), what }.into()]).await;
    }

    pub(super) fn row(&self, number: i64, state: State) -> Consignment {
        let mut row = consignment(number, state);
        row.facts.lane = self.lane();
        row.numbers.insert("var2".to_owned(), 12);
        row
    }

    pub(super) fn returned(&self, number: i64, state: ReturnState) -> Return {
        Return { lane: self.lane(), ..returned(number, state) }
    }

    fn known(&self) -> Known<'_> {
        Known { setup: &self.setup, reader: Some(&self.reader), live: self.live.as_ref(), now: at(5) }
    }

    fn contact(&self) -> Option<String> {
        Some("Assistance, 01 02 03 04 05".to_owned())
    }
}

/// Pages, one after the other.
pub(super) struct Story {
    pub(super) text: String,
    language: Language,
}

impl Story {
    pub(super) fn french() -> Self {
        Self { text: String::new(), language: Language::Fr }
    }

    pub(super) fn english() -> Self {
        Self { text: String::new(), language: Language::En }
    }

    /// Drops a file whose times tell nothing of this machine, and explains it.
    pub(super) async fn file(&mut self, house: &House, folder: &str, name: &str, bytes: &[u8]) {
        let path = house.path(folder).join(name);
        fs::write(&path, bytes).unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(at(2).into()).unwrap();
        self.explain(house, &format!("{folder}/{name}")).await;
    }

    /// Explains what stands there.
    pub(super) async fn explain(&mut self, house: &House, below: &str) {
        let path = house.path(below);
        let mut outlook = FileOutlook::of(&house.known(), &path, 1 << 20, &mut |_| {}).await.unwrap();
        if let Some(settled) = &mut outlook.settled {
            settled.unchanged_ms = 3000;
            settled.programs.iter_mut().for_each(|program| *program = "logiciel (4321)".to_owned());
            if settled.writers.code == "stability-no-visible-writer" {
                settled.writers = scheduler_core::stability::Told {
                    code: "stability-no-writer".to_owned(),
                    ..scheduler_core::stability::Told::default()
                };
            }
        }
        let near = match outlook.presence {
            Presence::Missing => vec!["MAND_2026.xml".to_owned()],
            _ => Vec::new(),
        };
        let said = Said::File { outlook: Box::new(outlook), earlier: Vec::new(), near, contact: house.contact() };
        self.tell(house, &format!("{below} "), &said);
    }

    pub(super) async fn sending(&mut self, house: &House, row: &Consignment) {
        let outlook = ConsignmentOutlook::of(&house.known(), row.clone()).await.unwrap();
        let said = Said::Consignment { outlook: Box::new(outlook), contact: house.contact(), others: Vec::new() };
        self.tell(house, "", &said);
    }

    pub(super) async fn returned(&mut self, house: &House, row: Return) {
        let outlook = ReturnOutlook::of(&house.known(), row).await.unwrap();
        let said = Said::Return { outlook: Box::new(outlook), contact: house.contact() };
        self.tell(house, "", &said);
    }

    fn tell(&mut self, house: &House, what: &str, said: &Said) {
        let zone = paris();
        let explained = Explained { said, now: at(5), service: house.live.is_some() };
        let view = View { language: self.language, zone: &zone, style: Style::PLAIN };
        let text = neutral(&explained.render(view), house.folder.path());
        let next = match said {
            Said::File { outlook, .. } => &outlook.next,
            Said::Consignment { outlook, .. } => &outlook.next,
            Said::Return { outlook, .. } => &outlook.next,
            Said::Several { .. } | Said::Nothing { .. } => return,
        };
        assert!(!text.contains('{') && !text.contains(" ID "), "a place was not filled: {text}");
        self.text += &format!("===== {what}[{}] exit {}\n{text}\n", next.code, explained.exit().code());
    }
}

/// The same on every machine.
fn neutral(text: &str, folder: &Path) -> String {
    text.replace(&folder.display().to_string(), "/srv")
}
