//! What only the disk knows of the folders named in the configuration.

use std::fs;
use std::io;
use std::path::Path;

use super::Configuration;
use super::mistake::{self, Mistake};
use super::report::{Place, Problem};
use super::scenario::ScenarioEntry;

/// The folder inside a watched one where files are claimed.
const CLAIMS: &str = ".taskctl";

/// Looks at every folder; leaves nothing behind in the watched ones.
pub(super) fn look(configuration: &Configuration) -> Vec<Problem> {
    let mut problems = Vec::new();
    for entry in configuration.scenarios.iter().filter(|entry| entry.scenario.enabled) {
        problems.extend(watched(entry));
        let scenario = &entry.scenario;
        let copies = [
            ("backup", &scenario.backup, &entry.places.backup),
            ("sent_copy", &scenario.sent_copy, &entry.places.sent_copy),
        ];
        for (key, folder, place) in copies {
            let (Some(folder), Some(place)) = (folder, place) else {
                continue;
            };
            problems.extend(written(key, folder).map(|mistake| at(mistake, place)));
        }
    }
    let settings = &configuration.settings;
    for (key, folder) in [
        ("data_dir", &settings.data_dir),
        ("trace_dir", &settings.trace_dir),
        ("returns_dir", &configuration.returns_dir),
    ] {
        problems.extend(written(key, folder).map(|mistake| Problem::new(mistake, None)));
    }
    problems
}

fn at(mistake: Mistake, place: &Place) -> Problem {
    Problem::new(mistake, Some(place.clone()))
}

fn watched(entry: &ScenarioEntry) -> Option<Problem> {
    let scenario = &entry.scenario;
    let whole = scenario.folder.join(&scenario.pattern);
    let mistake = if !scenario.folder.is_dir() {
        mistake::folder_missing(&scenario.folder)
    } else if !scenario.pattern.contains(['*', '?']) && whole.is_dir() {
        mistake::watch_is_a_folder("watch", &whole)
    } else {
        let error = try_claims(&scenario.folder).err()?;
        mistake::folder_not_writable(&scenario.folder, &error.to_string())
    };
    Some(at(mistake, &entry.places.watch))
}

/// To make a folder asks for the same right as to rename a file.
fn try_claims(folder: &Path) -> io::Result<()> {
    let claims = folder.join(CLAIMS);
    if claims.is_dir() {
        return tempfile::Builder::new().tempfile_in(&claims).map(drop);
    }
    fs::create_dir(&claims)?;
    fs::remove_dir(&claims)
}

/// A folder that the station makes by itself: its nearest existing ancestor must be one where it may.
fn written(key: &'static str, folder: &Path) -> Option<Mistake> {
    let existing = folder.ancestors().find(|ancestor| ancestor.exists())?;
    let error = tempfile::Builder::new().tempfile_in(existing).err()?;
    let why =
        if existing.is_dir() { error.to_string() } else { format!("{} n'est pas un dossier", existing.display()) };
    Some(mistake::folder_unusable(key, folder, &why))
}
