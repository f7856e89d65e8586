//! A file in, or meant for, a watched folder.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;

use super::choice::choose;
use super::fate::fate;
use super::settled::settled;
use super::{Choice, Fate, Known, LaneOutlook, Next, Settled, Tried, Watching, Who};
use crate::id::Id;
use crate::intake::Claim;
use crate::journal::JournalError;
use crate::lane::work::Hindrance;
use crate::platform::{Directory, Facts, Kind, later};
use crate::watch::scan::{Problem, Reason};

/// What stands at the path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "code")]
pub enum Presence {
    /// A regular file.
    #[serde(rename = "file-present")]
    Present {
        /// Bytes.
        size: u64,
        /// Last modification, as the file system says.
        modified: Timestamp,
    },
    /// Nothing.
    #[serde(rename = "file-missing")]
    Missing,
    /// The station took it into its folder of claims: it is being accepted, or a crash left it there for the next start.
    #[serde(rename = "file-claimed")]
    Claimed {
        /// The identifier that it gets, or has.
        id: Id,
        /// The journal knows it.
        known: bool,
    },
    /// A folder.
    #[serde(rename = "file-is-a-folder")]
    Folder,
    /// Something that no look takes: `scan-…`, or `folder-…` when its folder cannot be looked at.
    #[serde(rename = "file-left-alone")]
    LeftAlone {
        /// Why.
        reason: &'static str,
        /// The system's words.
        #[serde(skip_serializing_if = "Option::is_none")]
        words: Option<String>,
    },
}

impl Presence {
    /// Every code, for catalogues.
    pub const CODES: [&'static str; 5] =
        ["file-present", "file-missing", "file-claimed", "file-is-a-folder", "file-left-alone"];
}

/// What the station makes of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileOutlook {
    /// Its path, as the configuration writes its folder.
    #[serde(serialize_with = "super::legibly")]
    pub path: PathBuf,
    /// What stands there.
    pub presence: Presence,
    /// Every scenario of its folder and of those above.
    pub tried: Vec<Tried>,
    /// The scenario that takes it, when it is a regular file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_by: Option<String>,
    /// How its folder is watched, as the service says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watching: Option<Watching>,
    /// Whether it is complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled: Option<Settled>,
    /// What becomes of it once it is taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fate: Option<Fate>,
    /// The lane that it will queue on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lane: Option<LaneOutlook>,
    /// The next decision.
    pub next: Next,
}

impl FileOutlook {
    /// What the station makes of the file at `path`, absolute. A file that it will take is read whole unless it is larger than `limit` bytes;
    /// `progress` is told how many were read. Blocks on the disk: not for a thread that must not.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the journal cannot be read.
    pub async fn of(
        known: &Known<'_>,
        path: &Path,
        limit: u64,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Self, JournalError> {
        let path = locate(known.setup, path);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (taker, tried) = choose(known.setup, &path, &name);
        let (presence, facts) = presence(known, &path).await?;
        let watching = watching(known, &tried);
        let taker = taker.map(|index| &known.setup.scenarios[index]);
        let (mut stability, mut fated, mut lane) = (None, None, None);
        if let (Some(scenario), Some(facts)) = (taker, &facts) {
            stability = Some(settled(known, scenario, &path, facts));
            fated = Some(fate(known, scenario, &path, facts.size, (limit, progress)).await?);
        }
        if let Some(scenario) = taker.filter(|_| facts.is_some() || presence == Presence::Missing) {
            lane = Some(LaneOutlook::of(known, &scenario.lane, Some(&scenario.name), None).await?);
        }
        let taken_by = taker.map(|scenario| scenario.name.clone());
        let next = Next::new("next-final", Who::Nobody);
        let mut outlook =
            Self { path, presence, tried, taken_by, watching, settled: stability, fate: fated, lane, next };
        outlook.next = outlook.decide(known);
        Ok(outlook)
    }

    fn decide(&self, known: &Known<'_>) -> Next {
        let operator = |code| Next::new(code, Who::Operator);
        let station = |code| Next::new(code, Who::Station);
        let running = known.live.is_some();
        let restored = self.lane.as_ref().is_some_and(|lane| lane.hindrances.contains(&Hindrance::Restored));
        match (&self.presence, &self.taken_by) {
            (Presence::Claimed { .. }, _) if running => station("next-accept"),
            (Presence::Claimed { .. }, _) => station("next-recover-claim").if_running(false),
            (Presence::Folder | Presence::LeftAlone { .. }, _) => operator("next-replace"),
            (_, None) => self.unwanted(),
            (Presence::Missing, Some(_)) => operator("next-appear"),
            (Presence::Present { .. }, Some(_)) if restored => operator("next-after-restore"),
            (Presence::Present { .. }, Some(scenario)) => {
                let waits = self.settled.as_ref().and_then(|settled| settled.next_look);
                let code = if waits.is_some() { "next-look" } else { "next-accept" };
                let at = waits.or_else(|| self.next_look(known));
                let then = self.lane.as_ref().map(|lane| Box::new(self.after(lane).not_before(at)));
                Next { then, ..station(code).at(at).about(scenario) }.if_running(running)
            }
        }
    }

    /// What comes once the file is taken.
    fn after(&self, lane: &LaneOutlook) -> Next {
        match self.fate.as_ref().and_then(|fate| fate.held.as_ref()) {
            Some(_) => Next::new("next-decide", Who::Operator),
            None => lane.next(None, true),
        }
    }

    /// What an operator must do so that a scenario takes it.
    fn unwanted(&self) -> Next {
        let off = self.tried.iter().find(|tried| tried.choice == Choice::Off && tried.name.matches());
        let pattern = self.tried.iter().any(|tried| tried.choice == Choice::Pattern);
        match (off, pattern) {
            (Some(off), _) => Next::new("next-enable", Who::Operator).about(&off.scenario),
            (None, true) => Next::new("next-rename", Who::Operator),
            (None, false) => Next::new("next-move", Who::Operator),
        }
    }

    /// When the service looks at the latest: one rescan after its last look.
    fn next_look(&self, known: &Known<'_>) -> Option<Timestamp> {
        let looked = self.watching.as_ref()?.looked?;
        Some(later(looked, known.setup.settings.rescan))
    }
}

/// The path as the configuration writes its watched folder: a name given through a link, or with `..`, is looked for under the folder's own name.
#[must_use]
pub fn locate(setup: &crate::setup::Setup, path: &Path) -> PathBuf {
    let watched = |folder: &Path| setup.scenarios.iter().any(|scenario| folder.starts_with(&scenario.folder));
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return path.to_owned() };
    if watched(folder) && !folder.components().any(|part| part == std::path::Component::ParentDir) {
        return path.to_owned();
    }
    let Ok(real) = folder.canonicalize() else { return path.to_owned() };
    if watched(&real) {
        return real.join(name);
    }
    let below = |scenario: &crate::scenario::Scenario| {
        let way = real.strip_prefix(scenario.folder.canonicalize().ok()?).ok()?;
        Some(if way.as_os_str().is_empty() { scenario.folder.clone() } else { scenario.folder.join(way) })
    };
    setup.scenarios.iter().find_map(below).unwrap_or(real).join(name)
}

/// What stands at the path, and the facts of a regular file.
async fn presence(known: &Known<'_>, path: &Path) -> Result<(Presence, Option<Facts>), JournalError> {
    let (folder, name) = (path.parent().unwrap_or(path), path.file_name().unwrap_or_default());
    if name.to_str().is_none() {
        return Ok((left_alone(Reason::NotUtf8.code(), None), None));
    }
    let found = Directory::open(folder).map_err(|error| (true, error));
    Ok(match found.and_then(|folder| folder.facts(name).map_err(|error| (false, error))) {
        Ok(facts) => match facts.kind {
            Kind::File if readable(path).is_ok() => {
                (Presence::Present { size: facts.size, modified: facts.modified() }, Some(facts))
            }
            Kind::File => {
                let words = readable(path).err().map(|error| error.to_string());
                (left_alone("scan-unreadable-file", words), None)
            }
            Kind::Folder => (Presence::Folder, None),
            Kind::Symlink => (left_alone(Reason::Symlink.code(), None), None),
            Kind::Other | Kind::Unknown => (left_alone(Reason::NotAFile.code(), None), None),
        },
        Err((_, error)) if error.kind() == io::ErrorKind::NotFound && folder.is_dir() => {
            (claimed(known, path).await?, None)
        }
        Err((true, error)) => {
            let problem = Problem { folder: folder.to_owned(), error };
            (left_alone(problem.code(), Some(problem.error.to_string())), None)
        }
        Err((false, error)) => (left_alone("scan-unreadable-file", Some(error.to_string())), None),
    })
}

/// Whether this account may read it; the station's may differ.
fn readable(path: &Path) -> io::Result<()> {
    std::fs::File::open(path).map(drop)
}

fn left_alone(reason: &'static str, words: Option<String>) -> Presence {
    Presence::LeftAlone { reason, words }
}

/// A file that is not where it was: a claim, or nothing.
async fn claimed(known: &Known<'_>, path: &Path) -> Result<Presence, JournalError> {
    for scenario in known.setup.scenarios.iter().filter(|scenario| path.starts_with(&scenario.folder)) {
        let claims = Claim::standing(&scenario.folder).unwrap_or_default();
        if let Some(claim) = claims.into_iter().find(|claim| claim.inbox.join(&claim.relative) == path) {
            let row = match known.reader {
                Some(reader) => reader.consignment(claim.id).await?,
                None => None,
            };
            return Ok(Presence::Claimed { id: claim.id, known: row.is_some() });
        }
    }
    Ok(Presence::Missing)
}

/// How the folder is watched: that of the nearest scenario.
fn watching(known: &Known<'_>, tried: &[Tried]) -> Option<Watching> {
    let nearest = tried.iter().max_by_key(|tried| tried.folder.as_os_str().len())?;
    let watched = known.live?.watched.get(&nearest.folder.display().to_string())?;
    Some(Watching { how: watched.how.clone(), looked: watched.looked })
}

/// Names that stand in the folder of `path`, at most `limit`, hidden ones left out: for «did you mean».
#[must_use]
pub fn names_beside(path: &Path, limit: usize) -> Vec<String> {
    let entries = path.parent().and_then(|folder| std::fs::read_dir(folder).ok());
    let names = entries.into_iter().flatten().flatten().take(limit).map(|entry| entry.file_name());
    names.filter_map(|name: std::ffi::OsString| visible(&name)).collect()
}

fn visible(name: &OsStr) -> Option<String> {
    name.to_str().filter(|name| !name.starts_with('.')).map(ToOwned::to_owned)
}
