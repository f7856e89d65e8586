//! What the configuration alone shows to be unwise: scenarios that catch each other's files, or their own copies.

use std::path::Path;

use scheduler_core::scenario::Scenario;

use super::mistake;
use super::reader::Collector;
use super::scenario::ScenarioEntry;
use super::{Configuration, wildcard};

/// Looks at every pair of scenarios, and at every folder that the station writes in.
pub(super) fn lint(configuration: &Configuration, problems: &mut Collector) {
    let active: Vec<&ScenarioEntry> = configuration.scenarios.iter().filter(|entry| entry.scenario.enabled).collect();
    if active.is_empty() && !problems.any_error() {
        problems.add_unplaced(mistake::no_scenario());
    }
    for (index, entry) in active.iter().enumerate() {
        for earlier in &active[..index] {
            compare(entry, earlier, problems);
        }
        for other in &active {
            copies(entry, other, problems);
        }
        station_folders(configuration, entry, problems);
    }
}

fn compare(entry: &ScenarioEntry, earlier: &ScenarioEntry, problems: &mut Collector) {
    let (a, b) = (&entry.scenario, &earlier.scenario);
    let same_folder = a.folder == b.folder || watches(a, &b.folder) || watches(b, &a.folder);
    if !same_folder || !wildcard::overlap(&a.pattern, &b.pattern) {
        return;
    }
    let a_inside = a.folder == b.folder || watches(b, &a.folder);
    let mistake = if a_inside && wildcard::covers(&b.pattern, &a.pattern) {
        mistake::shadowed(&a.name, &b.name)
    } else {
        mistake::overlapping(&a.name, &b.name)
    };
    problems.add(mistake, &entry.places.watch);
}

/// Whether files directly in `folder` are looked at by the scenario.
fn watches(scenario: &Scenario, folder: &Path) -> bool {
    scenario.folder == folder || (scenario.recursive && folder.starts_with(&scenario.folder))
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
    let settings = &configuration.settings;
    let folders = [
        ("data_dir", &settings.data_dir),
        ("trace_dir", &settings.trace_dir),
        ("returns_dir", &configuration.returns_dir),
    ];
    for (key, folder) in folders {
        let inside = entry.scenario.folder.starts_with(folder);
        if inside || watches(&entry.scenario, folder) {
            problems.add(mistake::station_folder_watched(&entry.scenario.name, key), &entry.places.watch);
        }
    }
}
