//! `taskctl import`: reads the former scheduler's files, writes a configuration, tells what is left to do.

use std::fs::File as Disk;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use scheduler_core::consignment::Why;
use scheduler_core::partner::Channel;
use serde_json::{Value, json};

use super::fresh;
use crate::catalogue::{self, Language};
use crate::cli;
use crate::exit::Exit;
use crate::import::{self, BadMap, File, Finding, Imported, Kind, PathMap};
use crate::output::clean;

/// There is no configuration yet to say another.
const LANGUAGE: Language = Language::Fr;

/// Longest file read, in bytes.
const LONGEST: u64 = 16 * 1024 * 1024;

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file cannot be read.
    #[error("{} cannot be read: {error}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file holds zero bytes.
    #[error("{} is no text", .0.display())]
    NotText(PathBuf),
    /// A file is longer than 16 MiB.
    #[error("{} is too large", .0.display())]
    TooLarge(PathBuf),
    /// A `--map` is malformed.
    #[error(transparent)]
    Map(#[from] BadMap),
    /// There is a configuration already.
    #[error("{} already exists", .0.display())]
    Exists(PathBuf),
    /// The configuration cannot be written.
    #[error("{} cannot be written: {error}", path.display())]
    Unwritable {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl ImportError {
    /// Stable, in kebab case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "import-unreadable",
            Self::NotText(_) => "import-not-text",
            Self::TooLarge(_) => "import-too-large",
            Self::Map(error) => error.code(),
            Self::Exists(_) => "import-exists",
            Self::Unwritable { .. } => "import-unwritable",
        }
    }

    /// What the operator reads.
    #[must_use]
    pub fn in_words(&self) -> String {
        let (about, words) = match self {
            Self::Unreadable { path, error } | Self::Unwritable { path, error } => {
                (path.display().to_string(), Some(error.to_string()))
            }
            Self::NotText(path) | Self::TooLarge(path) | Self::Exists(path) => (path.display().to_string(), None),
            Self::Map(BadMap(rule)) => (format!("--map '{rule}'"), None),
        };
        let why = Why { code: self.code().to_owned(), words };
        format!("{} : {}", clean(&about), catalogue::explain(LANGUAGE, &TimeZone::UTC, &why))
    }
}

/// What was imported, and where it was written.
#[derive(Debug)]
pub struct Report {
    files: Vec<String>,
    output: PathBuf,
    imported: Imported,
}

/// Reads the files and writes the configuration, whole or not at all, over nothing.
///
/// # Errors
///
/// [`ImportError`]; nothing was written.
pub fn import(wish: &cli::Import, channels: &[&dyn Channel]) -> Result<Report, ImportError> {
    let maps = PathMap::parse(&wish.map)?;
    if wish.output.symlink_metadata().is_ok() {
        return Err(ImportError::Exists(wish.output.clone()));
    }
    let files = wish.files.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    let imported = import::import(&files, &maps, channels, cfg!(windows));
    write(&wish.output, &imported.toml).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => ImportError::Exists(wish.output.clone()),
        _ => ImportError::Unwritable { path: wish.output.clone(), error },
    })?;
    let files = files.into_iter().map(|file| file.name).collect();
    Ok(Report { files, output: wish.output.clone(), imported })
}

fn read(path: &Path) -> Result<File, ImportError> {
    let unreadable = |error| ImportError::Unreadable { path: path.to_owned(), error };
    let mut bytes = Vec::new();
    Disk::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 > LONGEST {
        return Err(ImportError::TooLarge(path.to_owned()));
    }
    if bytes.contains(&0) {
        return Err(ImportError::NotText(path.to_owned()));
    }
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    Ok(File { name: clean(&name), bytes })
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fresh::beside(path, LANGUAGE)?;
    file.write_all(text.as_bytes())?;
    fresh::publish(file, path)
}

impl Report {
    /// 1 when something is left to complete or was not understood, 0 otherwise.
    #[must_use]
    pub fn exit(&self) -> Exit {
        let clear = self.imported.findings.iter().all(|finding| finding.kind == Kind::Note);
        if clear { Exit::Done } else { Exit::Unfinished }
    }

    /// As people read it.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = self.summary();
        for (kind, title) in [
            (Kind::ToComplete, "À compléter"),
            (Kind::NotUnderstood, "Non compris (rien n'en a été fait)"),
            (Kind::Note, "À savoir"),
        ] {
            let found: Vec<&Finding> = self.imported.findings.iter().filter(|finding| finding.kind == kind).collect();
            if !found.is_empty() {
                text.push_str(&format!("\n{title} : {}\n", found.len()));
                text.push_str(&self.grouped(&found));
            }
        }
        let output = self.output.display();
        text + &format!("\nEnsuite : complétez {output}, puis tapez : taskctl check --config {output}\n")
    }

    fn summary(&self) -> String {
        let Imported { counts, files, .. } = &self.imported;
        let read = self.files.iter().zip(files);
        let mut text: String = read
            .map(|(name, (encoding, lines))| format!("Lu : {name} ({lines} lignes, {})\n", encoding.name()))
            .collect();
        text.push_str(&format!(
            "Compris : {} lignes « clé = valeur » sur {}\nÉcrit : {} : {} scénario(s) dont {} actif(s) et {} en commentaire, {} profil(s)\n",
            counts.understood, counts.entries, self.output.display(), counts.scenarios, counts.on, counts.commented, counts.profiles
        ));
        text
    }

    /// Each sentence once, then the places it is about.
    fn grouped(&self, found: &[&Finding]) -> String {
        let mut codes: Vec<&str> = Vec::new();
        for finding in found {
            if !codes.contains(&finding.code) {
                codes.push(finding.code);
            }
        }
        let mut text = String::new();
        for code in codes {
            text.push_str(&format!("  {}\n", catalogue::explain(LANGUAGE, &TimeZone::UTC, &Why::code(code))));
            for finding in found.iter().filter(|finding| finding.code == code) {
                text.push_str(&format!("    {}\n", self.line(finding)));
            }
        }
        text
    }

    /// `hconnect.ini:12 [PROFIL:VILLE] mot de passe : taskctl secret set VILLE.xfb`
    fn line(&self, finding: &Finding) -> String {
        let words = &finding.words;
        let Some(place) = &finding.place else { return clean(words) };
        let key = place.key.as_deref().map(|key| format!(" {key}")).unwrap_or_default();
        let about = if words.is_empty() { String::new() } else { format!(" : {words}") };
        let section = if place.section.is_empty() { String::new() } else { format!(" [{}]", place.section) };
        clean(&format!("{}:{}{section}{key}{about}", self.files[place.file], place.line))
    }

    /// As programs read it.
    #[must_use]
    pub fn json(&self) -> Value {
        let Imported { counts, files, findings, .. } = &self.imported;
        let told = |kind| -> Vec<Value> {
            findings.iter().filter(|finding| finding.kind == kind).map(|finding| self.finding(finding)).collect()
        };
        let read = self.files.iter().zip(files);
        json!({
            "written": self.output.display().to_string(),
            "files": read.map(|(name, (encoding, lines))| json!({ "file": name, "encoding": encoding.name(), "lines": lines })).collect::<Vec<_>>(),
            "entries": counts.entries,
            "understood": counts.understood,
            "scenarios": { "total": counts.scenarios, "enabled": counts.on, "commented": counts.commented },
            "profiles": counts.profiles,
            "to_complete": told(Kind::ToComplete),
            "not_understood": told(Kind::NotUnderstood),
            "notes": told(Kind::Note),
        })
    }

    fn finding(&self, finding: &Finding) -> Value {
        let place = finding.place.as_ref();
        json!({
            "code": finding.code,
            "words": finding.words,
            "file": place.map(|place| &self.files[place.file]),
            "line": place.map(|place| place.line),
            "section": place.map(|place| &place.section),
            "key": place.and_then(|place| place.key.as_ref()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_its_sentences() {
        let (path, full) = (|| PathBuf::from("a.ini"), || io::Error::from(io::ErrorKind::StorageFull));
        for error in [
            ImportError::Unreadable { path: path(), error: full() },
            ImportError::NotText(path()),
            ImportError::TooLarge(path()),
            ImportError::Map(BadMap("c:".to_owned())),
            ImportError::Exists(path()),
            ImportError::Unwritable { path: path(), error: full() },
        ] {
            assert!(!error.in_words().contains("Code "), "{error:?}");
        }
    }

    #[test]
    fn a_file_of_any_length_is_refused_beyond_the_limit() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(LONGEST + 1).unwrap();
        assert!(matches!(read(file.path()), Err(ImportError::TooLarge(_))));
    }
}
