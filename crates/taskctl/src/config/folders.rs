//! What only the machine knows of the folders named in the configuration, and its clock.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::machine::Machine;
use super::mistake::{self, Mistake};
use super::reader::Collector;
use super::report::{Place, Problem, Report};
use super::scenario::ScenarioEntry;
use super::secret::SecretSource;
use super::{Configuration, lint, risk};
use crate::catalogue::Words;

/// The folder inside a watched one where files are claimed.
const CLAIMS: &str = ".taskctl";

/// Bytes that the largest file allowed by law may have (100 Mo): a volume that cannot take it is full.
const NEEDED: u64 = 100_000_000;

/// Bytes under which a volume deserves a look.
const ADVISED: u64 = 1_000_000_000;

/// A folder that the station writes in.
struct Written<'c> {
    key: &'static str,
    folder: &'c Path,
    place: Option<&'c Place>,
}

/// What the lint finds beside `known` once links and `..` are followed: two names may be one folder.
pub(super) fn followed(configuration: &Configuration, files: &[PathBuf], known: &Report) -> Vec<Problem> {
    if !configuration.scenarios.iter().any(|entry| entry.scenario.enabled) {
        return Vec::new();
    }
    let mut followed = configuration.clone();
    let settings = &mut followed.settings;
    let station = [&mut settings.data_dir, &mut settings.trace_dir, &mut followed.returns_dir];
    station.into_iter().for_each(|folder| *folder = real(folder));
    for entry in &mut followed.scenarios {
        let scenario = &mut entry.scenario;
        let copies = scenario.backup.iter_mut().chain(&mut scenario.sent_copy);
        copies.chain([&mut scenario.folder]).for_each(|folder| *folder = real(folder));
    }
    for secret in followed.profiles.iter_mut().flat_map(|entry| &mut entry.secrets) {
        if let SecretSource::File(path) = &mut secret.source {
            *path = real_folder(path);
        }
    }
    let files: Vec<PathBuf> = files.iter().map(|file| real_folder(file)).collect();
    let mut problems = Collector::default();
    lint::lint(&followed, &files.iter().map(PathBuf::as_path).collect::<Vec<_>>(), &mut problems);
    // Sentences may hold paths: a place is told of one thing once.
    let told = |new: &Problem| known.problems().iter().any(|old| (old.code, &old.place) == (new.code, &new.place));
    problems.into_problems().into_iter().filter(|problem| !told(problem)).collect()
}

/// The path without links or `..`, as far as it exists.
fn real(path: &Path) -> PathBuf {
    let found = path.ancestors().find_map(|above| Some((above, fs::canonicalize(above).ok()?)));
    match found.map(|(above, real)| (real, path.strip_prefix(above))) {
        Some((real, Ok(rest))) => real.join(rest).components().collect(),
        _ => path.to_path_buf(),
    }
}

/// The same for a file, which keeps its name.
fn real_folder(file: &Path) -> PathBuf {
    match (file.parent(), file.file_name()) {
        (Some(folder), Some(name)) => real(folder).join(name),
        _ => file.to_path_buf(),
    }
}

/// Looks at every folder; leaves nothing behind in the watched ones.
pub(super) fn look(configuration: &Configuration, machine: &Machine) -> Vec<Problem> {
    let active: Vec<&ScenarioEntry> = configuration.scenarios.iter().filter(|entry| entry.scenario.enabled).collect();
    let written = written_folders(configuration, &active);
    let mut problems: Vec<Problem> = clock(machine).into_iter().collect();
    problems.extend(active.iter().filter_map(|entry| watched(entry, machine)));
    for Written { key, folder, place } in &written {
        problems.extend(unusable(key, folder).map(|mistake| Problem::new(mistake, place.cloned())));
    }
    problems.extend(data_on_network(configuration, machine));
    problems.extend(space(&written, machine));
    problems.extend(other_volume(configuration, &active, machine));
    problems
}

fn written_folders<'c>(configuration: &'c Configuration, active: &[&'c ScenarioEntry]) -> Vec<Written<'c>> {
    let station = configuration.station_folders().map(|(key, folder, place)| Written { key, folder, place });
    let mut written: Vec<Written<'c>> = station.into();
    for entry in active {
        let scenario = &entry.scenario;
        let copies = [
            ("backup", &scenario.backup, &entry.places.backup),
            ("sent_copy", &scenario.sent_copy, &entry.places.sent_copy),
        ];
        let given = copies.into_iter().filter_map(|(key, folder, place)| {
            Some(Written { key, folder: folder.as_deref()?, place: place.as_ref() })
        });
        written.extend(given);
    }
    written
}

fn clock(machine: &Machine) -> Option<Problem> {
    let year = (machine.now)().to_zoned(jiff::tz::TimeZone::UTC).year();
    (!(2026..2100).contains(&year)).then(|| Problem::new(risk::clock_wrong(year), None))
}

fn watched(entry: &ScenarioEntry, machine: &Machine) -> Option<Problem> {
    let scenario = &entry.scenario;
    let (folder, whole) = (&scenario.folder, scenario.folder.join(&scenario.pattern));
    let claims = folder.join(CLAIMS);
    let mistake = if !folder.is_dir() {
        mistake::folder_missing(folder)
    } else if !scenario.pattern.contains(['*', '?']) && whole.is_dir() {
        mistake::watch_is_a_folder("watch", &whole)
    } else if claims.is_dir() && (machine.volume)(&claims) != (machine.volume)(folder) {
        risk::claims_elsewhere(&claims)
    } else {
        match try_claims(folder, &claims) {
            Ok(me) if others_are_kept(folder, me) => risk::folder_sticky(folder),
            Ok(_) => return None,
            Err(error) if error.kind() == io::ErrorKind::ReadOnlyFilesystem => risk::folder_read_only(folder),
            Err(error) => mistake::folder_not_writable(folder, &error.to_string()),
        }
    };
    Some(Problem::new(mistake, Some(entry.places.watch.clone())))
}

/// To make a folder asks for the same right as to rename a file. Tells whose it was, where the system does.
fn try_claims(folder: &Path, claims: &Path) -> io::Result<Option<u32>> {
    if claims.is_dir() {
        return tempfile::Builder::new().tempfile_in(claims)?.as_file().metadata().map(|made| owner(&made));
    }
    // Under a name of our own: a service that runs makes the real one.
    let tried = tempfile::Builder::new().prefix(".taskctl-check-").tempdir_in(folder)?;
    let made = fs::metadata(tried.path()).map(|made| owner(&made));
    tried.close()?;
    made
}

#[cfg(unix)]
fn owner(metadata: &fs::Metadata) -> Option<u32> {
    Some(std::os::unix::fs::MetadataExt::uid(metadata))
}

#[cfg(not(unix))]
fn owner(_: &fs::Metadata) -> Option<u32> {
    None
}

/// Whether the folder lets `me` rename only files of its own.
#[cfg(unix)]
fn others_are_kept(folder: &Path, me: Option<u32>) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let (Ok(metadata), Some(me)) = (fs::metadata(folder), me) else {
        return false;
    };
    is_kept(metadata.mode(), metadata.uid(), me)
}

#[cfg(not(unix))]
fn others_are_kept(_: &Path, _: Option<u32>) -> bool {
    false
}

/// The sticky bit binds neither the folder's owner nor root.
#[cfg(unix)]
fn is_kept(mode: u32, folder_owner: u32, me: u32) -> bool {
    mode & 0o1000 != 0 && folder_owner != me && me != 0
}

/// A folder that the station makes by itself: its nearest existing ancestor must be one where it may.
fn unusable(key: &'static str, folder: &Path) -> Option<Mistake> {
    let existing = existing(folder)?;
    let error = tempfile::Builder::new().tempfile_in(existing).err()?;
    let why = if existing.is_dir() {
        Words::of_system(&error)
    } else {
        let name = existing.display();
        Words::both(format!("{name} n'est pas un dossier"), format!("{name} is not a folder"))
    };
    Some(mistake::folder_unusable(key, folder, &why))
}

fn existing(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|ancestor| ancestor.exists())
}

fn data_on_network(configuration: &Configuration, machine: &Machine) -> Option<Problem> {
    let [(_, data_dir, place), ..] = configuration.station_folders();
    let kind = (machine.network)(existing(data_dir)?)?;
    Some(Problem::new(risk::data_on_network(data_dir, kind), place.cloned()))
}

/// One finding a volume, blamed on the first folder that lies on it.
fn space(written: &[Written<'_>], machine: &Machine) -> Vec<Problem> {
    let mut seen = BTreeSet::new();
    let mut problems = Vec::new();
    for Written { key, folder, place } in written {
        let Some(existing) = existing(folder) else { continue };
        let (Some(volume), Some(left)) = ((machine.volume)(existing), (machine.space)(existing)) else {
            continue;
        };
        let mistake = match left {
            _ if !seen.insert(volume) => continue,
            0..NEEDED => risk::space_gone(key, folder, left, NEEDED),
            NEEDED..ADVISED => risk::space_low(key, folder, left, ADVISED),
            _ => continue,
        };
        problems.push(Problem::new(mistake, place.cloned()));
    }
    problems
}

fn other_volume(configuration: &Configuration, active: &[&ScenarioEntry], machine: &Machine) -> Option<Problem> {
    let data = (machine.volume)(existing(&configuration.settings.data_dir)?)?;
    let away = |entry: &&&ScenarioEntry| (machine.volume)(&entry.scenario.folder).is_some_and(|volume| volume != data);
    let away: Vec<_> = active.iter().filter(away).collect();
    let folders: BTreeSet<&PathBuf> = away.iter().map(|entry| &entry.scenario.folder).collect();
    let place = away.first()?.places.watch.clone();
    Some(Problem::new(risk::other_volume(folders.len()), Some(place)))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_sticky_folder_keeps_the_files_of_others() {
        assert!(is_kept(0o1777, 0, 1000));
        assert!(!is_kept(0o1777, 1000, 1000), "our folder");
        assert!(!is_kept(0o1777, 0, 0), "root");
        assert!(!is_kept(0o777, 0, 1000));
    }
}
