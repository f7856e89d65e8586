//! A scheduler of one's own around `scheduler-core`: a folder, a channel, a station. The channel is the reference one, in memory; an
//! implementation of `scheduler_core::partner::Channel` takes its place.

use std::sync::Arc;
use std::time::Duration;

use scheduler_core::clock::Clock;
use scheduler_core::consignment::Lane;
use scheduler_core::journal::Durability;
use scheduler_core::memory::Memory;
use scheduler_core::partner::Section;
use scheduler_core::scenario::{IfExists, Naming, Profile, Readiness, Retrieve, Scenario, Settings};
use scheduler_core::setup::{Connection, Setup};
use scheduler_core::station::{Options, Station, Until};
use scheduler_core::stop::Stopper;
use scheduler_core::store::Way;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let inbox = folder.path().join("inbox");
    std::fs::create_dir(&inbox)?;
    std::fs::write(inbox.join("mandat.xml"), "<mandats/>")?;

    let memory: &'static Memory = Box::leak(Box::default());
    let lane = Lane::new("VILLE", "memory");
    let settings = Settings {
        name: "example".to_owned(),
        timezone: jiff::tz::TimeZone::UTC,
        data_dir: folder.path().join("data"),
        trace_dir: folder.path().join("traces"),
        rescan: Duration::from_secs(1),
        quiet: Duration::from_millis(50),
        retry_first: Duration::from_secs(1),
        four_eyes: false,
        retry_max: Duration::from_secs(60),
        first_numrec: 1,
    };
    let profile = Profile {
        lane: lane.clone(),
        channel: "memory".to_owned(),
        contact: None,
        retrieve: Retrieve { after_send: true, ..Retrieve::default() },
        naming: Naming { pattern: None, searches: Vec::new(), folder: folder.path().join("returns") },
        delay_up: None,
        delay_down: None,
        sessions: 1,
        secret_version: "none".to_owned(),
        fields: Section::default(),
    };
    let scenario = Scenario {
        name: "MANDATS".to_owned(),
        enabled: true,
        lane: lane.clone(),
        folder: inbox,
        pattern: "*.xml".to_owned(),
        recursive: false,
        readiness: Readiness::Quiet,
        backup: Some(folder.path().join("backup")),
        if_exists: IfExists::Increment,
        sent_copy: None,
        duplicate_window: None,
        ordered: false,
        destination: "memory".to_owned(),
        fields: Section::default(),
    };
    let connection = Connection::build(profile, memory).map_err(|problems| format!("{problems:?}"))?;
    let setup = Setup { settings, scenarios: vec![scenario], lanes: [(lane, connection)].into() };
    let stopper = Stopper::default();
    let options = Options {
        phrases: Arc::new(|entry, _| format!("{entry:?}")),
        clock: Clock::system(),
        stop: stopper.listener(),
        durability: Durability::Full,
        way: Way::Link,
    };
    let station = Station::open(setup, options).await?;
    station.run_once(Until::NothingDue).await?;
    for row in station.reader().last_consignments(10).await? {
        println!("{} {} {}", row.id, row.facts.name, row.state.status());
    }
    if memory.ledger().len() == 1 { Ok(()) } else { Err("the partner did not receive it once".into()) }
}
