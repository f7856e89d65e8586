//! Stations as the benchmarks need them: no pacing, no quiet period, nothing kept beside the store.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use scheduler_core::clock::Clock;
use scheduler_core::consignment::{Lane, Status};
use scheduler_core::journal::Durability;
use scheduler_core::partner::{Channel, Section};
use scheduler_core::request::Command;
use scheduler_core::scenario::{IfExists, Naming, Profile, Readiness, Retrieve, Scenario, Settings};
use scheduler_core::setup::{Connection, Setup};
use scheduler_core::station::{Options, Station, Until};
use scheduler_core::stop::Stopper;
use scheduler_core::store::Way;

use crate::ground::Outcome;

/// What a station of one channel is made of.
pub(crate) struct Blueprint {
    /// Where everything is.
    pub(crate) folder: PathBuf,
    /// The channel of every profile.
    pub(crate) channel: &'static dyn Channel,
    /// One profile for each, named by its place.
    pub(crate) profiles: Vec<Section>,
    /// What every scenario gives its channel.
    pub(crate) fields: Section,
}

impl Blueprint {
    /// The watched folder of a profile.
    pub(crate) fn inbox(&self, profile: usize) -> PathBuf {
        self.folder.join(format!("inbox-{profile}"))
    }

    fn lane(&self, profile: usize) -> Lane {
        Lane::new(&format!("P{profile}"), self.channel.kind())
    }

    fn scenario(&self, profile: usize) -> Scenario {
        Scenario {
            name: format!("S{profile}"),
            enabled: true,
            lane: self.lane(profile),
            folder: self.inbox(profile),
            pattern: "*".to_owned(),
            recursive: false,
            readiness: Readiness::Quiet,
            backup: None,
            if_exists: IfExists::Increment,
            sent_copy: None,
            duplicate_window: None,
            ordered: false,
            destination: "bench".to_owned(),
            fields: self.fields.clone(),
        }
    }

    fn connection(&self, profile: usize, fields: &Section) -> Outcome<Connection> {
        let profile = Profile {
            lane: self.lane(profile),
            channel: self.channel.kind().to_owned(),
            contact: None,
            retrieve: Retrieve::default(),
            naming: Naming { pattern: None, searches: Vec::new(), folder: self.folder.join("received") },
            delay_up: Some(Duration::ZERO),
            delay_down: Some(Duration::ZERO),
            sessions: self.profiles.len(),
            secret_version: "1".to_owned(),
            fields: fields.clone(),
        };
        Connection::build(profile, self.channel).map_err(|problems| format!("{problems:?}").into())
    }

    fn setup(&self) -> Outcome<Setup> {
        let settings = Settings {
            name: "bench".to_owned(),
            timezone: jiff::tz::TimeZone::UTC,
            data_dir: self.folder.join("data"),
            trace_dir: self.folder.join("traces"),
            rescan: Duration::from_secs(30),
            quiet: Duration::ZERO,
            retry_max: Duration::from_secs(1),
            retry_first: Duration::from_secs(1),
            four_eyes: false,
            first_numrec: 1,
        };
        let profiles = self.profiles.iter().enumerate();
        let lanes = profiles.map(|(place, fields)| Ok((self.lane(place), self.connection(place, fields)?)));
        Ok(Setup {
            settings,
            scenarios: (0..self.profiles.len()).map(|place| self.scenario(place)).collect(),
            lanes: lanes.collect::<Outcome<_>>()?,
        })
    }

    /// Opens the station.
    pub(crate) async fn start(&self, way: Way, durability: Durability) -> Outcome<Station> {
        for path in (0..self.profiles.len()).map(|place| self.inbox(place)) {
            std::fs::create_dir_all(path)?;
        }
        let options = Options {
            phrases: Arc::new(|entry, _| format!("{entry:?}")),
            clock: Clock::system(),
            stop: Stopper::default().listener(),
            durability,
            way,
        };
        Ok(Station::open(self.setup()?, options).await?)
    }

    /// Opens the station with every lane held back.
    pub(crate) async fn open(&self, way: Way, durability: Durability) -> Outcome<Station> {
        let station = self.start(way, durability).await?;
        let pause = Command::Pause { scope: "all".to_owned(), why: None };
        station.serve(pause, "bench", Until::NothingDue).await?;
        Ok(station)
    }
}

/// Fails unless the journal holds exactly `wanted` consignments in a state.
pub(crate) async fn expect(station: &Station, status: Status, wanted: usize) -> Outcome<()> {
    let counts = station.reader().counts().await?;
    if counts.get(&status).copied() == Some(wanted as u64) && counts.len() == 1 {
        return Ok(());
    }
    Err(format!("{wanted} files should be {}, but: {counts:?}", status.as_str()).into())
}

/// Fails unless a watched folder is empty, claims included.
pub(crate) fn expect_empty(inbox: &Path) -> Outcome<()> {
    let claims = inbox.join(".taskctl");
    for folder in [inbox, &claims] {
        if folder.exists() && crate::ground::count(folder)? > 0 {
            return Err(format!("files are left in {}", folder.display()).into());
        }
    }
    Ok(())
}
