//! The configuration file: TOML read with the place of every value, checked in one pass, every problem told at once in the language that it asks for.
//!
//! [`parse`] is a pure function of texts; [`load`] and [`inspect`] add what only the disk knows (files, secrets, folders).

mod distance;
mod duration;
mod fields;
mod files;
mod folders;
mod lint;
mod machine;
mod mistake;
mod path;
mod profile;
mod reader;
mod redact;
mod relocate;
mod report;
mod risk;
mod scenario;
mod schedule;
mod secret;
mod sheet;
mod station;
mod syntax;
mod why;
mod wildcard;

use std::path::{Path, PathBuf};

use scheduler_core::partner::Channel;
use scheduler_core::scenario::{Profile, Scenario, Settings};

pub(crate) use self::distance::closest;
#[cfg(test)]
pub(crate) use self::files::inspect_on;
pub use self::files::{LoadError, find, inspect, load, load_if_allowed, load_to_read, understand};
#[cfg(test)]
pub(crate) use self::machine::Machine;
pub use self::profile::ProfileEntry;
pub(crate) use self::profile::is_name;
pub(crate) use self::reader::quoted;
use self::reader::{Collector, Table};
pub use self::relocate::{Move, relocate};
pub use self::report::{Place, Problem, Report, Severity, Source};
pub(crate) use self::scenario::LEGACY;
pub use self::scenario::ScenarioEntry;
pub(crate) use self::secret::name as secret_name;
pub use self::secret::{SecretRequest, SecretSource};
pub(crate) use self::station::LARGEST_NUMREC;
use crate::catalogue::Language;

/// What a string holds until the operator fills it in; `init` writes it, `check` lists it.
pub const PLACEHOLDER: &str = "A COMPLETER";

/// What was understood of the configuration texts, before the disk was looked at: secrets are named, not read.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// The station.
    pub settings: Settings,
    /// The language of what people read.
    pub language: Language,
    /// The folder under which returns are published, one sub-folder a profile.
    pub returns_dir: PathBuf,
    /// The profiles, one a channel, in the order of the files.
    pub profiles: Vec<ProfileEntry>,
    /// The scenarios, in the order of the files.
    pub scenarios: Vec<ScenarioEntry>,
    /// Where the folders of the station are named, those that are.
    places: Vec<(&'static str, Place)>,
}

impl Configuration {
    /// The folders that the station makes and writes in, with their keys and where those stand.
    fn station_folders(&self) -> [(&'static str, &Path, Option<&Place>); 3] {
        let place = |key| self.places.iter().find(|(known, _)| *known == key).map(|(_, place)| place);
        let settings = &self.settings;
        [
            ("data_dir", &settings.data_dir, place("data_dir")),
            ("trace_dir", &settings.trace_dir, place("trace_dir")),
            ("returns_dir", &self.returns_dir, place("returns_dir")),
        ]
    }
}

/// A configuration that can be run: no problem was found that forbids it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The station.
    pub settings: Settings,
    /// The profiles, secrets read.
    pub profiles: Vec<Profile>,
    /// The scenarios.
    pub scenarios: Vec<Scenario>,
    /// The language of what people read.
    pub language: Language,
    /// The folder under which returns are published, one sub-folder a profile.
    pub returns_dir: PathBuf,
    /// The files that were read, the main one first.
    pub files: Vec<PathBuf>,
    /// The secrets that profiles name.
    pub secrets: Vec<SecretRequest>,
    /// What does not forbid to run, and deserves a look.
    pub warnings: Report,
}

/// Reads configuration texts, the main file first; `base` is what relative paths are relative to.
///
/// Never panics, whatever the texts hold. What was understood is returned beside the problems, so that a caller can go on looking for others.
#[must_use]
pub fn parse(sources: Vec<Source>, base: &Path, channels: &[&dyn Channel]) -> (Configuration, Report) {
    let mut problems = Collector::default();
    let mut builder = Builder { base, channels, station: None, profiles: Vec::new(), scenarios: Vec::new() };
    for (index, source) in sources.iter().enumerate() {
        let document = syntax::parse(index, &source.text, &mut problems);
        builder.document(Table::root(index, document.get_ref()), index, &mut problems);
        problems.file_done(&source.text);
    }
    let configuration = builder.finish(&mut problems);
    let files: Vec<&Path> = sources.iter().map(|source| source.path.as_path()).collect();
    lint::lint(&configuration, &files, &mut problems);
    let secrets = profile::secret_names(channels);
    let report = Report::new(configuration.language, sources, problems.into_problems(), &secrets);
    (configuration, report)
}

/// Gathers the sections of all files.
struct Builder<'c> {
    base: &'c Path,
    channels: &'c [&'c dyn Channel],
    station: Option<station::Station>,
    profiles: Vec<ProfileEntry>,
    scenarios: Vec<ScenarioEntry>,
}

impl Builder<'_> {
    fn document(&mut self, mut root: Table<'_>, index: usize, problems: &mut Collector) {
        if let Some(station) = root.table("station", problems) {
            if index == 0 {
                self.station = Some(station::read(station, self.base, problems));
            } else {
                problems.add(mistake::station_elsewhere(), &station.place);
            }
        }
        if let Some(profiles) = root.table("profiles", problems) {
            for (name, table) in profiles.named_tables(problems) {
                let found = profile::read(&name, table, self.base, self.channels, problems);
                self.profiles.extend(found);
            }
        }
        if let Some(scenarios) = root.table("scenarios", problems) {
            for (name, table) in scenarios.named_tables(problems) {
                let found = scenario::read(&name, table, self.base, self.channels, problems);
                self.scenarios.extend(found);
            }
        }
        root.finish(problems);
    }

    fn finish(self, problems: &mut Collector) -> Configuration {
        let station = self.station.unwrap_or_else(|| station::default(self.base));
        let mut profiles = self.profiles;
        profile::refuse_duplicates(&mut profiles, problems);
        for entry in &mut profiles {
            entry.profile.naming.folder = station.returns_dir.join(entry.profile.lane.profile());
        }
        let mut scenarios = self.scenarios;
        scenario::refuse_duplicates(&mut scenarios, problems);
        scenario::check_lanes(&scenarios, &profiles, problems);
        Configuration {
            settings: station.settings,
            language: station.language,
            returns_dir: station.returns_dir,
            profiles,
            scenarios,
            places: station.places,
        }
    }
}

#[cfg(test)]
mod tests;
