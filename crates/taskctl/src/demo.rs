//! `taskctl demo`: the whole job on simulated partners, on this machine, with nothing to install.

mod faults;
mod files;
mod stage;
mod verdict;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use scheduler_core::consignment::{Consignment, Status, Verdict as Decision};
use scheduler_core::journal::Reader;
use scheduler_core::partner::Channel;
use scheduler_core::request::Command;
use scheduler_core::returned::ReturnState;
use scheduler_core::station::{Station, Until};

use self::files::TOWNS;
use self::stage::Stage;
use self::verdict::Verdict;
use crate::act::ActError;
use crate::cli::Demo;
use crate::command::{View, history};
use crate::config::{self, Loaded};
use crate::exit::Exit;
use crate::output::{Bars, Style, print};
use crate::setup;
use crate::signals::Signals;

/// Passes of the station at most; each waits for every retry.
const PASSES: usize = 12;

/// How often progress is drawn.
const FRAME: Duration = Duration::from_millis(100);

/// What keeps the demonstration from going on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    /// The stage cannot be set, or the given folder cannot be read.
    #[error("{0}")]
    Folder(#[from] std::io::Error),
    /// The simulator.
    #[error("the simulated partner: {0}")]
    Partner(#[from] partner_sim::Error),
    /// The configuration that the demonstration wrote.
    #[error("{0}")]
    Configuration(#[from] config::LoadError),
    /// The station.
    #[error(transparent)]
    Station(#[from] ActError),
    /// Nothing to send.
    #[error("no file in {0}")]
    NoFile(String),
}

impl From<scheduler_core::journal::JournalError> for DemoError {
    fn from(error: scheduler_core::journal::JournalError) -> Self {
        Self::Station(error.into())
    }
}

impl From<scheduler_core::station::StationError> for DemoError {
    fn from(error: scheduler_core::station::StationError) -> Self {
        Self::Station(error.into())
    }
}

/// Plays it, tells it, judges it: [`Exit::Done`] only when ledger and journal agree file by file.
///
/// # Errors
///
/// [`DemoError`] when it cannot be played.
pub async fn play(wish: &Demo, channels: &'static [&'static dyn Channel], style: Style) -> Result<Exit, DemoError> {
    let began = Instant::now();
    let plans = if wish.faults { faults::plans() } else { faults::Plans::default() };
    let stage = Stage::set(plans, wish.input.is_some()).await?;
    print(&format!("Station de démonstration : {}\n{}", stage.folder.display(), stage.partners()));
    if wish.faults {
        print("Pannes jouées :\n");
        faults::MENU.iter().for_each(|line| print(&format!("  - {line}\n")));
    }
    let dropped = fill(&stage, wish.input.as_deref())?;
    print(&format!("{dropped} fichiers déposés dans les dossiers surveillés.\n\n"));
    let loaded = config::load(&stage.configuration(), channels)?;
    let signals = Signals::listen(loaded.language).map_err(ActError::from)?;
    let interrupted = run(&stage, &loaded, channels, &signals, style, dropped).await?;
    let reader = Reader::open(&loaded.settings.data_dir).await?;
    let verdict = Verdict::reach(&reader, &stage.ledger()?).await?;
    tell(&stage, &loaded, &verdict, style);
    let fired = stage.clear().await;
    if interrupted {
        return Ok(Exit::Interrupted);
    }
    print(&format!("\nPannes subies : {fired}. Durée : {:.1} s.\n", began.elapsed().as_secs_f64()));
    Ok(conclude(&verdict, dropped))
}

/// Drops the operator's files, or ours; tells how many.
fn fill(stage: &Stage, input: Option<&Path>) -> Result<usize, DemoError> {
    let Some(input) = input else {
        let mut count = 0;
        for town in TOWNS {
            for made in files::of(&town) {
                stage.drop_file(town.profile, made.scenario, &made.name, &made.bytes)?;
                count += 1;
            }
        }
        return Ok(count);
    };
    let mut count = 0;
    for entry in fs::read_dir(input)? {
        let entry = entry?;
        if entry.metadata()?.is_file() {
            let name = entry.file_name().to_string_lossy().into_owned();
            stage.drop_file(TOWNS[0].profile, "FICHIERS", &name, &fs::read(entry.path())?)?;
            count += 1;
        }
    }
    if count == 0 {
        return Err(DemoError::NoFile(input.display().to_string()));
    }
    Ok(count)
}

/// Runs the station until nothing is left to happen; settles, as an operator would, what only a human can. Tells whether it was interrupted.
async fn run(
    stage: &Stage,
    loaded: &Loaded,
    channels: &'static [&'static dyn Channel],
    signals: &Signals,
    style: Style,
    dropped: usize,
) -> Result<bool, DemoError> {
    for _ in 0..PASSES {
        let station = open(loaded, channels, signals).await?;
        let pass = station.run_once(Until::Settled);
        tokio::pin!(pass);
        let mut bars = Bars::new(loaded.language, style);
        let done = loop {
            tokio::select! {
                done = &mut pass => break done,
                () = tokio::time::sleep(FRAME) => bars.show(&station.live()),
            }
        };
        bars.clear();
        done?;
        if signals.heard() {
            return Ok(true);
        }
        let decided = decide(&station, stage).await?;
        let counts = station.reader().counts().await?;
        let accepted: u64 = counts.values().sum();
        if !decided && station.pending().await? == 0 && accepted >= dropped as u64 {
            return Ok(false);
        }
    }
    Ok(false)
}

async fn open(
    loaded: &Loaded,
    channels: &'static [&'static dyn Channel],
    signals: &Signals,
) -> Result<Station, DemoError> {
    let setup = setup::setup(loaded, channels).map_err(ActError::Fields)?;
    Ok(Station::open(setup, setup::options(loaded.language, signals.stop())).await?)
}

/// What an operator does after a telephone call: doubts are settled from the partner's own ledger, a read that was cut is asked for again.
async fn decide(station: &Station, stage: &Stage) -> Result<bool, DemoError> {
    let ledger = stage.ledger()?;
    let mut decided = false;
    for row in station.reader().with_status(Status::Uncertain, 1000).await? {
        let has = ledger.iter().any(|line| line.kind == "received" && line.sha256.as_ref() == Some(&row.facts.sha256));
        let (verdict, words) = match has {
            true => (Decision::Deposited, "le partenaire l'a"),
            false => (Decision::NotDeposited, "le partenaire ne l'a pas : renvoyé"),
        };
        print(&format!("Incertain : {} - appel au partenaire : {words}.\n", row.facts.name));
        let why = format!("démonstration : {words}");
        station.serve(Command::Resolve { id: row.id, verdict, why }, "démonstration", Until::NothingDue).await?;
        decided = true;
    }
    for row in station.reader().returns_with_status("incomplete", 1000).await? {
        if let Ok(ident) = row.offer.key.parse()
            && stage.treasury.make_available(ident)?
        {
            print(&format!(
                "Retour incomplet : {} (référence {}) - remis à disposition par le partenaire.\n",
                row.offer.name, row.offer.key
            ));
            let profile = Some(row.lane.profile().to_owned());
            station.serve(Command::Retrieve { profile }, "démonstration", Until::Settled).await?;
            decided = true;
        }
    }
    Ok(decided)
}

fn tell(stage: &Stage, loaded: &Loaded, verdict: &Verdict, style: Style) {
    let view = View { language: loaded.language, zone: &loaded.settings.timezone, style };
    print(&history::render(&verdict.consignments, &[], view));
    print("\nRetours reçus :\n");
    for row in &verdict.returns {
        let place = match &row.state {
            ReturnState::Incomplete { .. } => format!("incomplet, à redemander sous la référence {}", row.offer.key),
            _ => row.path.clone().unwrap_or_default(),
        };
        print(&format!("  {:<8} {:<12} {place}\n", row.lane.profile(), row.offer.name));
    }
    print(&format!(
        "\nTraces : {}\n         {}\nConfiguration : {}\n",
        loaded.settings.trace_dir.join("last.log").display(),
        loaded.settings.trace_dir.display(),
        stage.configuration().display()
    ));
}

fn conclude(verdict: &Verdict, dropped: usize) -> Exit {
    let refused = verdict.consignments.iter().filter(|row| row.state.status() == Status::Refused).count();
    print(&format!(
        "Déposés : {dropped}. Chez le partenaire : {}. Refusés par lui : {refused}. Retours rangés : {}.\n",
        verdict.held_there,
        verdict.returns.iter().filter(|row| row.path.is_some()).count()
    ));
    let lost = dropped.saturating_sub(verdict.consignments.len());
    if lost > 0 {
        print(&format!("{lost} fichiers n'ont pas été pris en charge.\n"));
    }
    verdict.disagreements.iter().for_each(|line| print(&format!("DÉSACCORD : {line}\n")));
    let held: Vec<&Consignment> = verdict.consignments.iter().filter(|row| row.state.status().needs_human()).collect();
    held.iter().for_each(|row| print(&format!("À décider : {} ({})\n", row.facts.name, row.state.status())));
    if lost > 0 || !verdict.disagreements.is_empty() {
        return Exit::Integrity;
    }
    print("Le journal et le registre du partenaire disent la même chose, fichier par fichier.\n");
    Exit::Done
}
