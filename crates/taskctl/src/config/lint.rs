//! What the configuration alone shows to be unwise: scenarios that take each other's files, or what must never leave.

use std::path::{Path, PathBuf};

use scheduler_core::scenario::Scenario;

use super::reader::Collector;
use super::scenario::ScenarioEntry;
use super::secret::SecretSource;
use super::{Configuration, mistake, risk, wildcard};

/// Scenarios of one folder that are weighed together against a later one.
const TOGETHER: usize = 32;

/// Looks at every pair of scenarios, and at every folder and file that the station needs for itself; `files` are those of the configuration.
pub(super) fn lint(configuration: &Configuration, files: &[&Path], problems: &mut Collector) {
    let active: Vec<&ScenarioEntry> = configuration.scenarios.iter().filter(|entry| entry.scenario.enabled).collect();
    if active.is_empty() && !problems.any_error() {
        problems.add_unplaced(mistake::no_scenario());
    }
    let secrets = secrets(configuration);
    for (index, entry) in active.iter().enumerate() {
        rivals(entry, &active[..index], problems);
        for other in &active {
            copies(entry, other, problems);
        }
        station_folders(configuration, entry, problems);
        if let Some(secret) = secrets.iter().find(|secret| takes(&entry.scenario, secret)) {
            problems.add(risk::catches_secret(&entry.scenario.name, secret), &entry.places.watch);
        }
        if let Some(file) = files.iter().find(|file| takes(&entry.scenario, file)) {
            problems.add(risk::catches_configuration(&entry.scenario.name, file), &entry.places.watch);
        }
    }
}

/// What earlier scenarios leave to this one: the first that matches takes the file.
fn rivals(entry: &ScenarioEntry, earlier: &[&ScenarioEntry], problems: &mut Collector) {
    let scenario = &entry.scenario;
    let rivals: Vec<&Scenario> = earlier
        .iter()
        .map(|earlier| &earlier.scenario)
        .filter(|rival| meet(rival, scenario) && wildcard::overlap(&rival.pattern, &scenario.pattern))
        .collect();
    let above: Vec<&Scenario> =
        rivals.iter().copied().filter(|rival| encloses(rival, scenario)).take(TOGETHER).collect();
    let patterns: Vec<&str> = above.iter().map(|rival| rival.pattern.as_str()).collect();
    let alone = above.iter().find(|rival| wildcard::covered(&scenario.pattern, &[rival.pattern.as_str()]));
    if let Some(first) = alone {
        problems.add(mistake::shadowed(&scenario.name, &first.name), &entry.places.watch);
    } else if above.len() > 1 && wildcard::covered(&scenario.pattern, &patterns) {
        let names: Vec<&str> = above.iter().map(|rival| rival.name.as_str()).collect();
        problems.add(risk::unreachable(&scenario.name, &names), &entry.places.watch);
    } else {
        for rival in rivals {
            problems.add(mistake::overlapping(&scenario.name, &rival.name), &entry.places.watch);
        }
    }
}

/// Whether some folder is looked at by both.
fn meet(a: &Scenario, b: &Scenario) -> bool {
    watches(a, &b.folder) || watches(b, &a.folder)
}

/// Whether every folder that `inner` looks at is looked at by `outer`.
fn encloses(outer: &Scenario, inner: &Scenario) -> bool {
    watches(outer, &inner.folder) && (outer.recursive || !inner.recursive)
}

/// Whether files directly in `folder` are looked at by the scenario.
fn watches(scenario: &Scenario, folder: &Path) -> bool {
    scenario.folder == folder || (scenario.recursive && folder.starts_with(&scenario.folder))
}

/// Whether the scenario would take this file.
fn takes(scenario: &Scenario, file: &Path) -> bool {
    let (Some(folder), Some(name)) = (file.parent(), file.file_name().and_then(|name| name.to_str())) else {
        return false;
    };
    watches(scenario, folder) && !name.starts_with('.') && wildcard::overlap(&scenario.pattern, name)
}

fn secrets(configuration: &Configuration) -> Vec<PathBuf> {
    let requests = configuration.profiles.iter().flat_map(|entry| &entry.secrets);
    let files = requests.filter_map(|request| match &request.source {
        SecretSource::File(path) => Some(path.clone()),
        SecretSource::Env(_) => None,
    });
    files.collect()
}

/// The copies that `entry` makes, caught by `other`.
fn copies(entry: &ScenarioEntry, other: &ScenarioEntry, problems: &mut Collector) {
    let scenario = &entry.scenario;
    let copies = [
        ("backup", &scenario.backup, &entry.places.backup),
        ("sent_copy", &scenario.sent_copy, &entry.places.sent_copy),
    ];
    for (key, folder, place) in copies {
        let (Some(folder), Some(place)) = (folder, place) else {
            continue;
        };
        let caught = watches(&other.scenario, folder) && wildcard::overlap(&other.scenario.pattern, &scenario.pattern);
        if caught && other.scenario.name == scenario.name {
            problems.add(mistake::catches_own(&scenario.name, key), place);
        } else if caught {
            problems.add(mistake::catches_other(&other.scenario.name, key), place);
        }
    }
}

fn station_folders(configuration: &Configuration, entry: &ScenarioEntry, problems: &mut Collector) {
    for (key, folder, _) in configuration.station_folders() {
        let inside = entry.scenario.folder.starts_with(folder);
        if inside || watches(&entry.scenario, folder) {
            problems.add(mistake::station_folder_watched(&entry.scenario.name, key), &entry.places.watch);
        }
    }
}
