//! `taskctl demo`: the whole job on simulated partners, on this machine, with nothing to install.

mod faults;
mod files;
mod stage;
mod verdict;

use std::fs;
use std::path::{Path, PathBuf};
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
use crate::catalogue::system::french;
use crate::cli::Demo;
use crate::command::{View, history};
use crate::config::{self, Loaded};
use crate::exit::Exit;
use crate::output::{Bars, Style, clean, print};
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
    /// The stage cannot be set.
    #[error("{0}")]
    Folder(#[from] std::io::Error),
    /// The given folder, or a file of it, cannot be read.
    #[error("{}: {error}", path.display())]
    Input {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
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
    #[error("no file in {}", .0.display())]
    NoFile(PathBuf),
}

impl DemoError {
    /// What the operator reads.
    #[must_use]
    pub fn in_words(&self) -> String {
        let why = match self {
            Self::NoFile(folder) => format!("il n'y a pas de fichier dans {}", folder.display()),
            Self::Input { path, error } => format!("{} : {}", path.display(), french(error)),
            error => french(error),
        };
        format!("La démonstration ne peut pas être jouée : {}.", clean(&why))
    }
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
    let own = wish.input.as_deref().map(readable).transpose()?;
    let mut stage = Stage::set(plans, own.is_some()).await?;
    print(&format!("Station de démonstration : {}\n{}", stage.folder.display(), stage.partners()));
    if wish.faults {
        print("Pannes jouées :\n");
        faults::MENU.iter().for_each(|line| print(&format!("  - {line}\n")));
    }
    let dropped = fill(&stage, own.as_deref())?;
    stage.keep();
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

/// The operator's files, each of which can be read.
fn readable(folder: &Path) -> Result<Vec<PathBuf>, DemoError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        |error| DemoError::Input { path, error }
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        let about = fs::symlink_metadata(&path).map_err(unreadable(&path))?;
        if about.is_file() {
            fs::File::open(&path).map_err(unreadable(&path))?;
            files.push(path);
        }
    }
    if files.is_empty() { Err(DemoError::NoFile(folder.to_owned())) } else { Ok(files) }
}

/// Drops the operator's files, or ours; tells how many.
fn fill(stage: &Stage, own: Option<&[PathBuf]>) -> Result<usize, DemoError> {
    let Some(own) = own else {
        let mut count = 0;
        for town in TOWNS {
            for made in files::of(&town) {
                stage.drop_file(town.profile, made.scenario, &made.name, &made.bytes)?;
                count += 1;
            }
        }
        return Ok(count);
    };
    for path in own {
        let bytes = fs::read(path).map_err(|error| DemoError::Input { path: path.clone(), error })?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        stage.drop_file(TOWNS[0].profile, "FICHIERS", &name, &bytes)?;
    }
    Ok(own.len())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_played_with_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |name: &str| readable(&folder.path().join(name)).unwrap_err().in_words();
        fs::create_dir_all(folder.path().join("vide/dessous")).unwrap();
        assert!(refused("absent").ends_with("/absent : fichier ou dossier absent."), "{}", refused("absent"));
        assert!(refused("vide").contains("il n'y a pas de fichier dans /"), "{}", refused("vide"));
        fs::write(folder.path().join("vide/a.xml"), "a").unwrap();
        assert_eq!(readable(&folder.path().join("vide")).unwrap(), [folder.path().join("vide/a.xml")]);
    }
}
