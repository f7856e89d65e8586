//! What becomes of a file once it is taken: its backup, and whether it is held.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Known;
use crate::consignment::Why;
use crate::id::Id;
use crate::intake::{self, Backup};
use crate::journal::JournalError;
use crate::partner::Facts;
use crate::scenario::Scenario;
use crate::setup::Connection;
use crate::store::{Secured, Store};

/// What the backup folder will get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BackupFate {
    /// `backup-new`, `backup-increments`, `backup-overwrites`, `backup-kept`, `backup-made` (the same bytes are there already), `backup-folder-unreadable`.
    pub code: &'static str,
    /// The copy, or the file that is kept.
    #[serde(serialize_with = "super::legibly")]
    pub path: PathBuf,
}

impl BackupFate {
    /// Every code, for catalogues.
    pub const CODES: [&'static str; 6] = [
        "backup-new",
        "backup-increments",
        "backup-overwrites",
        "backup-kept",
        "backup-made",
        "backup-folder-unreadable",
    ];
}

/// What becomes of a file once it is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Fate {
    /// Why it will be held for an operator, if it will.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<Why>,
    /// Its SHA-256, when it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// What could not be judged: `fate-unread` (larger than the limit, or unreadable), `fate-no-partner` (the partner could not be built).
    pub unknown: Vec<&'static str>,
    /// What the backup folder will get; `None` where the scenario names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup: Option<BackupFate>,
}

impl Fate {
    /// Every code of [`Fate::unknown`], for catalogues.
    pub const UNKNOWN: [&'static str; 2] = ["fate-unread", "fate-no-partner"];
}

/// What becomes of the file `path` of `size` bytes. Reads it whole, unless it is larger than `limit`; tells `progress` how many bytes were read.
pub(super) async fn fate(
    known: &Known<'_>,
    scenario: &Scenario,
    path: &Path,
    size: u64,
    (limit, progress): (u64, &mut (dyn FnMut(u64) + Send)),
) -> Result<Fate, JournalError> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let mut fate = Fate { backup: backup(scenario, path, name), ..Fate::default() };
    let connection = known.setup.lanes.get(&scenario.lane);
    if connection.is_none() {
        fate.unknown.push("fate-no-partner");
    }
    let meter = Meter { read: 0, limit, progress };
    let Some(secured) = (size <= limit).then(|| Store::survey(path, meter).ok()).flatten() else {
        let largest = connection.and_then(Connection::max_size);
        fate.held = intake::held(size, largest, Vec::new());
        fate.unknown.push("fate-unread");
        return Ok(fate);
    };
    let Secured { size, sha256, head, .. } = &secured;
    let facts = Facts { name, size: *size, head, path };
    let plan = connection.map(|connection| connection.channel.plan(scenario, &facts)).unwrap_or_default();
    fate.held = intake::held(*size, connection.and_then(Connection::max_size), plan.findings);
    if let (None, Some(reader)) = (&fate.held, known.reader) {
        let what = (scenario.destination.as_str(), sha256.as_str(), plan.identity.as_deref());
        fate.held = intake::twin(reader, what, scenario.duplicate_window, known.now).await?;
    }
    fate.sha256 = Some(secured.sha256);
    Ok(fate)
}

fn backup(scenario: &Scenario, path: &Path, name: &str) -> Option<BackupFate> {
    let folder = scenario.backup.as_deref()?;
    // The identifier only names temporary files, and none is made.
    let nobody = Id::from_i64(0)?;
    let backup = Backup { id: nobody, source: path, name, folder, if_exists: scenario.if_exists };
    let (code, path) = backup.foresee().unwrap_or_else(|_| ("backup-folder-unreadable", folder.join(name)));
    Some(BackupFate { code, path })
}

/// Counts the bytes that pass, and refuses more than a limit: the file may grow while it is read.
struct Meter<'a> {
    read: u64,
    limit: u64,
    progress: &'a mut (dyn FnMut(u64) + Send),
}

impl Write for Meter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.read += bytes.len() as u64;
        if self.read > self.limit {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "more than is read to explain"));
        }
        (self.progress)(self.read);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
