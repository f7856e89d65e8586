//! Where secrets are: named in the configuration, never written in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use secrecy::SecretString;

use super::mistake::{self, Mistake};
use super::reader::{Collector, Item, Table};
use super::report::Place;
use super::risk;
use crate::catalogue::Words;

/// Longest secret file read.
const LONGEST: u64 = 64 * 1024;

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// In a file that only its owner may read.
    File(PathBuf),
    /// In an environment variable.
    Env(String),
}

/// A secret that a profile needs.
#[derive(Clone, Debug)]
pub struct SecretRequest {
    /// As operators call it: `VILLE.xfb`, or `VILLE.xfb.portal_password` for a channel's further secrets.
    pub name: String,
    /// The channel's field.
    pub field: &'static str,
    /// Where it is.
    pub source: SecretSource,
    /// Whether the profile cannot do without.
    pub required: bool,
    /// Where the configuration names it, or opens its profile.
    pub place: Place,
}

/// The name of a secret: a channel's first bears the lane's.
pub(crate) fn name(lane: &str, field: &str, first: bool) -> String {
    if first { lane.to_owned() } else { format!("{lane}.{field}") }
}

/// Where a secret is when the configuration does not say.
pub(super) fn default_source(name: &str, base: &Path) -> SecretSource {
    SecretSource::File(base.join("secrets").join(name))
}

/// Reads `{ file = … }` or `{ env = … }`.
pub(super) fn read(item: &Item<'_>, name: &str, base: &Path, problems: &mut Collector) -> Option<SecretSource> {
    let Some(table) = Table::inside(item) else {
        let in_clear = item.value.is_str() || item.value.is_integer();
        let mistake =
            if in_clear { mistake::secret_in_clear(item.key, name) } else { mistake::secret_malformed(item.key, name) };
        problems.add(mistake, &item.place);
        return None;
    };
    let entries = table.items();
    let [inner] = entries.as_slice() else {
        problems.add(mistake::secret_malformed(item.key, name), &item.place);
        return None;
    };
    match inner.key {
        "file" => inner.path(base, &format!("\"secrets/{name}\""), problems).map(SecretSource::File),
        "env" => inner.words("\"NOM_DE_VARIABLE\"", problems).map(|variable| SecretSource::Env(variable.to_owned())),
        _ => {
            problems.add(mistake::secret_malformed(item.key, name), &item.place);
            None
        }
    }
}

/// A secret and its version: what changes when the secret does, and tells nothing of it.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) secret: SecretString,
    pub(super) version: String,
    /// What may be wrong with it all the same.
    pub(super) doubts: Vec<Mistake>,
}

impl SecretRequest {
    /// Reads the secret; `None` when there is none and the profile can do without.
    pub(super) fn fetch(&self) -> Result<Option<Fetched>, Mistake> {
        match &self.source {
            SecretSource::File(path) => self.in_file(path),
            SecretSource::Env(variable) => self.in_environment(variable).map(Some),
        }
    }

    fn in_file(&self, path: &Path) -> Result<Option<Fetched>, Mistake> {
        let unreadable =
            |error: &std::io::Error| mistake::secret_unreadable(&self.name, path, &Words::of_system(error));
        let metadata = match fs::metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && self.required => {
                return Err(mistake::secret_missing(&self.name, path));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(&error)),
            Ok(metadata) => metadata,
        };
        if let Some(mode) = mode_open_to_others(&metadata) {
            return Err(mistake::secret_open_to_others(path, mode));
        }
        if !metadata.is_file() || metadata.len() > LONGEST {
            let why = Words::both("ce n'est pas un fichier de secret", "it is not a secret's file");
            return Err(mistake::secret_unreadable(&self.name, path, &why));
        }
        let text = fs::read_to_string(path).map_err(|error| unreadable(&error))?;
        let secret = text.trim_end_matches(['\r', '\n']);
        if secret.is_empty() {
            return Err(mistake::secret_empty(&self.name, &path.display().to_string()));
        }
        let folder = path.parent().filter(|folder| open_folder(folder));
        let doubts = doubts(&self.name, secret).chain(folder.map(risk::secret_folder_open)).collect();
        Ok(Some(Fetched { secret: SecretString::from(secret), version: version(&metadata), doubts }))
    }

    fn in_environment(&self, variable: &str) -> Result<Fetched, Mistake> {
        match std::env::var(variable) {
            Ok(secret) if !secret.is_empty() => {
                let doubts = doubts(&self.name, &secret).collect();
                Ok(Fetched { secret: SecretString::from(secret), version: "env".to_owned(), doubts })
            }
            Ok(_) => Err(mistake::secret_empty(&self.name, variable)),
            Err(_) => Err(mistake::secret_env_missing(&self.name, variable)),
        }
    }
}

/// What may have slipped into a secret without being seen; never shows it.
fn doubts(name: &str, secret: &str) -> impl Iterator<Item = Mistake> {
    let spaces = (secret.trim() != secret).then(|| risk::secret_spaces(name));
    let lines = secret.contains(['\r', '\n']).then(|| risk::secret_lines(name));
    spaces.into_iter().chain(lines)
}

/// Whether others than its owner may put another file in the place of a secret.
#[cfg(unix)]
fn open_folder(folder: &Path) -> bool {
    let mode = fs::metadata(folder).map_or(0, |metadata| std::os::unix::fs::MetadataExt::mode(&metadata));
    mode & 0o022 != 0 && mode & 0o1000 == 0
}

#[cfg(not(unix))]
fn open_folder(_: &Path) -> bool {
    false
}

/// Modification time in nanoseconds and identity of the file.
fn version(metadata: &fs::Metadata) -> String {
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    format!("{}:{}", modified.map_or(0, |since| since.as_nanos()), inode(metadata))
}

#[cfg(unix)]
fn inode(metadata: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(metadata: &fs::Metadata) -> u64 {
    metadata.len()
}

/// The mode, when others than the owner may read.
#[cfg(unix)]
fn mode_open_to_others(metadata: &fs::Metadata) -> Option<u32> {
    let mode = std::os::unix::fs::MetadataExt::mode(metadata) & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn mode_open_to_others(_: &fs::Metadata) -> Option<u32> {
    None
}
