//! The first member of a backup: a line for the whole, then a line for each file, in the order in which they follow.

use std::io::{self, BufRead, Read as _};
use std::path::{Component, Path, PathBuf};

use jiff::Timestamp;
use scheduler_core::id::Id;
use scheduler_core::journal::Origin;
use serde::{Deserialize, Serialize};

use super::error::BackupError;

/// The manifest's own name.
pub(super) const NAME: &str = "manifest.jsonl";

/// The journal's.
pub(super) const JOURNAL: &str = "journal.sqlite";

/// What tells a backup of this program from any other archive.
const KIND: &str = "taskctl-backup";

/// The format that this version writes, and the newest that it reads.
pub(super) const VERSION: u32 = 1;

/// Longest line read.
const LONGEST: u64 = 64 * 1024;

/// Names in the restored folder that no configuration file may bear.
const RESERVED: [&str; 5] = ["data", "secrets", "traces", "recus", "scenarios.d"];

/// What is told of the whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) kind: String,
    pub(super) version: u32,
    pub(super) station: String,
    pub(super) created: Timestamp,
    /// The version of the program that wrote it.
    pub(super) program: String,
    /// The sequence number of the journal's last event.
    pub(super) seq: i64,
    /// That event's hash.
    pub(super) hash: String,
    /// The main configuration file's name.
    pub(super) config: String,
    /// The folder that it was in.
    pub(super) base: PathBuf,
    pub(super) members: u64,
    /// Bytes of all members.
    pub(super) bytes: u64,
    /// What a station has and this backup does not.
    pub(super) left_out: Vec<String>,
}

/// What a program of any version can read of any version's header.
#[derive(Deserialize)]
struct Kind {
    kind: String,
    version: u32,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) size: u64,
    /// Lower-case hexadecimal.
    pub(super) sha256: String,
    /// Where it was; for secrets only, so that the configuration can follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<PathBuf>,
}

impl Header {
    pub(super) fn kind() -> String {
        KIND.to_owned()
    }

    /// What the restored journal is told, `file` being the backup's name.
    pub(super) fn origin(&self, file: &Path) -> Origin {
        let file = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Origin { file, created: self.created, seq: self.seq, hash: self.hash.clone() }
    }
}

/// Reads the lines of a manifest, one at a time.
pub(super) struct Lines<R>(R);

impl<R: BufRead> Lines<R> {
    /// Reads the header and leaves the members to be read.
    pub(super) fn open(mut reader: R) -> Result<(Header, Self), BackupError> {
        let line = line(&mut reader)?.ok_or_else(|| BackupError::Damaged("its manifest is empty".to_owned()))?;
        let kind: Kind = serde_json::from_slice(&line).map_err(|_| BackupError::NotABackup)?;
        if kind.kind != KIND {
            return Err(BackupError::NotABackup);
        }
        if kind.version > VERSION {
            return Err(BackupError::TooNew { found: kind.version, known: VERSION });
        }
        Ok((parse(&line)?, Self(reader)))
    }

    /// The next member.
    pub(super) fn next(&mut self) -> Result<Option<Member>, BackupError> {
        line(&mut self.0)?.map(|line| parse(&line)).transpose()
    }
}

fn line(reader: &mut impl BufRead) -> Result<Option<Vec<u8>>, BackupError> {
    let unreadable = |error: io::Error| BackupError::Read { path: PathBuf::from(NAME), error };
    let mut line = Vec::new();
    reader.by_ref().take(LONGEST).read_until(b'\n', &mut line).map_err(unreadable)?;
    match line.last() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(line)),
        Some(_) => Err(BackupError::Damaged("a line of its manifest has no end".to_owned())),
    }
}

fn parse<T: serde::de::DeserializeOwned>(line: &[u8]) -> Result<T, BackupError> {
    serde_json::from_slice(line).map_err(|error| BackupError::Damaged(format!("its manifest: {error}")))
}

/// Where a member goes in the restored folder; `None` for a name that no backup has. Whoever made the archive chose it: nothing may leave the folder.
pub(super) fn place(name: &str) -> Option<PathBuf> {
    if name == JOURNAL {
        return Some(Path::new("data").join(JOURNAL));
    }
    let (kind, rest) = name.split_once('/')?;
    match kind {
        "store" => {
            let id: Id = rest.strip_suffix(".part").unwrap_or(rest).parse().ok()?;
            // Spelled as the store spells it, so that no two names are one file.
            (rest.trim_end_matches(".part") == id.to_string()).then(|| Path::new("data/store").join(rest))
        }
        "secrets" | "traces" => is_plain(rest).then(|| Path::new(kind).join(rest)),
        "config" => match rest.split_once('/') {
            Some(("scenarios.d", file)) => is_plain(file).then(|| PathBuf::from(rest)),
            Some(_) => None,
            None => (is_plain(rest) && !RESERVED.contains(&rest)).then(|| PathBuf::from(rest)),
        },
        _ => None,
    }
}

/// One visible name, that every file system takes.
fn is_plain(name: &str) -> bool {
    let mut components = Path::new(name).components();
    let one = matches!((components.next(), components.next()), (Some(Component::Normal(_)), None));
    let harmless = |c: char| !c.is_control() && !matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    one && name.len() <= 100 && !name.starts_with('.') && name.chars().all(harmless)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_but_into_the_folder() {
        for (name, place_) in [
            ("journal.sqlite", "data/journal.sqlite"),
            ("store/01j8zv3k7m2p9", "data/store/01j8zv3k7m2p9"),
            ("store/01j8zv3k7m2p9.part", "data/store/01j8zv3k7m2p9.part"),
            ("config/taskctl.toml", "taskctl.toml"),
            ("config/scenarios.d/a.toml", "scenarios.d/a.toml"),
            ("secrets/VILLE.xfb", "secrets/VILLE.xfb"),
            ("traces/20261122.log", "traces/20261122.log"),
        ] {
            assert_eq!(place(name), Some(PathBuf::from(place_)), "{name}");
        }
        for name in [
            "",
            "/etc/passwd",
            "../x",
            "store/../../x",
            "store/x",
            "store/01J8ZV3K7M2P9",
            "store/01j8zv3k7m2p9.part.part",
            "secrets/..",
            "secrets/a/b",
            "secrets/.hidden",
            "secrets/a\\b",
            "secrets/a\nb",
            "config/data",
            "config/secrets",
            "config/other/x.toml",
            "config//x",
            "config/scenarios.d/../x",
            "traces/",
            "traces/C:x",
            "journal.sqlite-wal",
            "manifest.jsonl",
        ] {
            assert_eq!(place(name), None, "{name}");
        }
    }

    #[test]
    fn a_newer_format_and_a_foreign_archive_are_told_apart() {
        let open = |text: &str| Lines::open(text.as_bytes()).err().map(|error| error.code());
        assert_eq!(open("{\"kind\":\"taskctl-backup\",\"version\":2,\"more\":1}\n"), Some("backup-too-new"));
        assert_eq!(open("{\"kind\":\"other\",\"version\":1}\n"), Some("backup-foreign"));
        assert_eq!(open("hello\n"), Some("backup-foreign"));
        assert_eq!(open("{\"kind\":\"taskctl-backup\",\"version\":1}\n"), Some("backup-damaged"));
        assert_eq!(open(""), Some("backup-damaged"));
        assert_eq!(open(&"x".repeat(100_000)), Some("backup-damaged"));
    }
}
