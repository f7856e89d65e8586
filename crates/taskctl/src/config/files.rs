//! From files to a configuration that can be run.

use std::fs;
use std::path::{Path, PathBuf};

use scheduler_core::partner::{Channel, FieldProblem, Value};

use super::machine::Machine;
use super::mistake;
use super::report::{Problem, Report, Severity, Source};
use super::secret::SecretRequest;
use super::{Configuration, Loaded, ProfileEntry, folders, parse};
use crate::catalogue::Words;

/// Where the configuration is when nobody says.
const DEFAULTS: [&str; 2] = ["taskctl.toml", "/etc/taskctl/taskctl.toml"];

/// Why there is no configuration to run.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// No file at the usual places.
    #[error("no configuration file: neither ./taskctl.toml nor /etc/taskctl/taskctl.toml exists")]
    NotFound,
    /// The files hold errors; the report tells them.
    #[error("{0}")]
    Invalid(Report),
}

/// The configuration file to use: the given one, else the first that exists of `./taskctl.toml` and `/etc/taskctl/taskctl.toml`.
///
/// # Errors
///
/// [`LoadError::NotFound`].
pub fn find(given: Option<&Path>) -> Result<PathBuf, LoadError> {
    if let Some(path) = given {
        return Ok(path.to_path_buf());
    }
    DEFAULTS.iter().map(PathBuf::from).find(|path| path.is_file()).ok_or(LoadError::NotFound)
}

/// Reads the file at `path`, the files of `scenarios.d` beside it, and the secrets that they name.
///
/// # Errors
///
/// [`LoadError::Invalid`] with every problem found.
pub fn load(path: &Path, channels: &[&dyn Channel]) -> Result<Loaded, LoadError> {
    finish(read(path, channels, Secrets::Fetched))
}

/// The same without the secrets, for commands that only read: they work for accounts that may not read secrets.
///
/// # Errors
///
/// [`LoadError::Invalid`] with every problem found.
pub fn load_to_read(path: &Path, channels: &[&dyn Channel]) -> Result<Loaded, LoadError> {
    finish(read(path, channels, Secrets::Left))
}

/// With the secrets when this account may read them, without otherwise.
///
/// # Errors
///
/// [`LoadError::Invalid`] with every problem found.
pub fn load_if_allowed(path: &Path, channels: &[&dyn Channel]) -> Result<Loaded, LoadError> {
    load(path, channels).or_else(|_| load_to_read(path, channels))
}

/// Whether secrets are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Secrets {
    Fetched,
    Left,
}

fn finish((configuration, report, files): (Configuration, Report, Vec<PathBuf>)) -> Result<Loaded, LoadError> {
    if report.errors() > 0 {
        return Err(LoadError::Invalid(report));
    }
    let secrets = configuration.profiles.iter().flat_map(|entry| entry.secrets.clone()).collect();
    let profiles = configuration.profiles.into_iter().map(|entry| entry.profile).collect();
    let scenarios = configuration.scenarios.into_iter().map(|entry| entry.scenario).collect();
    let Configuration { settings, language, returns_dir, .. } =
        Configuration { profiles: Vec::new(), scenarios: Vec::new(), ..configuration };
    Ok(Loaded { settings, profiles, scenarios, language, returns_dir, files, secrets, warnings: report })
}

/// Reads the file at `path` and those beside it, whatever their mistakes; what was understood is returned beside the report.
#[must_use]
pub fn understand(path: &Path, channels: &[&dyn Channel]) -> (Configuration, Report) {
    let (configuration, report, _) = read(path, channels, Secrets::Fetched);
    (configuration, report)
}

/// Reads everything, as [`load`] does, and looks at the folders too. What was understood is returned beside the report.
#[must_use]
pub fn inspect(path: &Path, channels: &[&dyn Channel]) -> (Configuration, Report) {
    inspect_on(path, channels, &Machine::THIS)
}

/// The same, on another machine: in tests.
pub(crate) fn inspect_on(path: &Path, channels: &[&dyn Channel], machine: &Machine) -> (Configuration, Report) {
    let (configuration, mut report, files) = read(path, channels, Secrets::Fetched);
    report.extend(folders::followed(&configuration, &files, &report));
    report.extend(folders::look(&configuration, machine));
    (configuration, report)
}

fn read(path: &Path, channels: &[&dyn Channel], secrets: Secrets) -> (Configuration, Report, Vec<PathBuf>) {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let base = path.parent().unwrap_or_else(|| Path::new("/")).to_path_buf();
    let mut unread = Vec::new();
    let mut files = vec![path];
    files.extend(additional(&base.join("scenarios.d"), &mut unread));
    let sources: Vec<Source> = files.iter().filter_map(|file| source(file, &mut unread)).collect();
    if sources.len() < files.len() {
        let main: Vec<Source> = sources.into_iter().filter(|source| source.path == files[0]).collect();
        let language = parse(main, &base, channels).0.language;
        let (configuration, _) = parse(Vec::new(), &base, channels);
        return (Configuration { language, ..configuration }, Report::unplaced(language, unread), files);
    }
    let (mut configuration, mut report) = parse(sources, &base, channels);
    let mut later = unread;
    if secrets == Secrets::Left {
        report.extend(later);
        return (configuration, report, files);
    }
    for entry in &mut configuration.profiles {
        later.extend(fetch_secrets(entry));
    }
    if report.errors() == 0 && later.iter().all(|problem| problem.severity != Severity::Error) {
        later.extend(configuration.profiles.iter().flat_map(|entry| try_build(entry, channels)));
    }
    report.extend(later);
    (configuration, report, files)
}

/// The `*.toml` files of a folder, by name.
fn additional(folder: &Path, unread: &mut Vec<Problem>) -> Vec<PathBuf> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            unread.push(Problem::new(mistake::unreadable(folder, &error.to_string()), None));
            return Vec::new();
        }
        Ok(entries) => entries,
    };
    let is_toml = |path: &PathBuf| {
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        !hidden && path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"))
    };
    let mut files: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).filter(is_toml).collect();
    files.sort();
    files
}

fn source(path: &Path, unread: &mut Vec<Problem>) -> Option<Source> {
    let mistake = match fs::read(path) {
        Err(error) => mistake::unreadable(path, &error.to_string()),
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => {
                return Some(Source { path: path.to_path_buf(), text });
            }
            Err(error) => {
                let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                mistake::not_utf8(path, valid.iter().filter(|&&byte| byte == b'\n').count() + 1)
            }
        },
    };
    unread.push(Problem::new(mistake, None));
    None
}

fn fetch_secrets(entry: &mut ProfileEntry) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut versions = Vec::new();
    for request in &entry.secrets {
        match request.fetch() {
            Ok(Some(fetched)) => {
                let doubts = fetched.doubts.into_iter();
                problems.extend(doubts.map(|doubt| Problem::new(doubt, Some(request.place.clone()))));
                entry.profile.fields.insert(request.field, Value::Secret(fetched.secret));
                versions.push(fetched.version);
            }
            Ok(None) => {}
            Err(mistake) => problems.push(Problem::new(mistake, Some(request.place.clone()))),
        }
    }
    entry.profile.secret_version = versions.join(",");
    problems
}

/// Lets the channel say what it cannot use, before anything is run.
fn try_build(entry: &ProfileEntry, channels: &[&dyn Channel]) -> Vec<Problem> {
    let Some(channel) = channels.iter().find(|channel| channel.kind() == entry.profile.channel) else {
        return Vec::new();
    };
    let refused = channel.build(&entry.profile).err().unwrap_or_default();
    refused.into_iter().map(|problem| field_problem(entry, &problem)).collect()
}

fn field_problem(entry: &ProfileEntry, problem: &FieldProblem) -> Problem {
    let secret = entry.secrets.iter().find(|request: &&SecretRequest| request.field == problem.field);
    let help = Words::both(problem.help.fr.clone(), problem.help.en.clone());
    let field = entry.fields.iter().find(|(name, _)| *name == problem.field).map(|(_, place)| place);
    let place = field.or_else(|| secret.map(|secret| &secret.place)).unwrap_or(&entry.place).clone();
    let mistake = mistake::field_refused(&entry.profile.channel, problem.field, problem.code, help);
    Problem::new(mistake, Some(place))
}
