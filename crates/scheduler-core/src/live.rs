//! What is going on right now: kept in memory, published in `live.json` for `status`, followers and the console.
//!
//! The file is replaced at most twice a second and never synchronised: after a crash it tells nothing and nobody relies on it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::consignment::{Lane, Why};
use crate::id::Id;
use crate::notice::LeftAlone;
use crate::phase::Phase;
use crate::stability::Told;

/// Time between two publications.
const PERIOD: Duration = Duration::from_millis(500);

/// The live picture (R7).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// The process that publishes it.
    pub pid: u32,
    /// When the station was started.
    pub started: Option<Timestamp>,
    /// When this picture was taken.
    pub at: Option<Timestamp>,
    /// Folders that are watched, and how.
    pub watched: BTreeMap<String, Watched>,
    /// Sessions under way, by lane.
    pub lanes: BTreeMap<Lane, LiveLane>,
    /// Files accepted since the start.
    pub accepted: u64,
    /// Files deposited since the start.
    pub deposited: u64,
    /// Returns published since the start.
    pub published: u64,
    /// What is wrong with the station itself, by code (a full disk, a folder that vanished).
    pub problems: BTreeMap<String, String>,
    /// Looking for notices, by lane: those where something is left alone or goes wrong.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub notices: BTreeMap<Lane, LiveNotices>,
}

/// Looking for a lane's notices since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveNotices {
    /// What was left alone.
    pub left: LeftAlone,
    /// Why the last look failed; `None` once one went well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Why>,
}

/// A watched folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// `events`, or why only polling.
    pub how: String,
    /// Files seen at the last look and not taken yet, with the reason.
    pub waiting: BTreeMap<String, String>,
    /// The same files, with everything that is known of each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, Waiting>,
    /// When the last look began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked: Option<Timestamp>,
}

/// What the last look found of a file that is not taken yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Everything that is waited for, or what changed.
    pub told: Vec<Told>,
    /// When another look may change the answer.
    pub next_look: Timestamp,
}

/// A session under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveLane {
    /// The phase.
    pub phase: Phase,
    /// Since when.
    pub since: Timestamp,
    /// The file in hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<LiveFile>,
}

/// The file in hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveFile {
    /// The consignment or return.
    pub id: Id,
    /// Its scenario, or the profile for a return.
    pub scenario: String,
    /// Its name.
    pub name: String,
    /// Bytes done.
    pub done: u64,
    /// Bytes in all, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// When it began.
    pub since: Timestamp,
}

/// The live picture while it changes.
#[derive(Debug, Default)]
pub struct Board(Mutex<Live>);

impl Board {
    /// The picture as it is now.
    #[must_use]
    pub fn look(&self) -> Live {
        self.change(|live| live.clone())
    }

    pub(crate) fn change<R>(&self, act: impl FnOnce(&mut Live) -> R) -> R {
        act(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    pub(crate) fn phase(&self, lane: &Lane, phase: Phase, now: Timestamp) {
        self.change(|live| {
            let row = live.lanes.entry(lane.clone()).or_insert(LiveLane { phase, since: now, file: None });
            row.phase = phase;
            row.since = now;
        });
    }

    pub(crate) fn file(&self, lane: &Lane, file: Option<LiveFile>) {
        self.change(|live| {
            if let Some(row) = live.lanes.get_mut(lane) {
                row.file = file;
            }
        });
    }

    pub(crate) fn progress(&self, lane: &Lane, done: u64, total: Option<u64>) {
        self.change(|live| {
            if let Some(file) = live.lanes.get_mut(lane).and_then(|row| row.file.as_mut()) {
                file.done = done;
                file.total = total.or(file.total);
            }
        });
    }

    pub(crate) fn closed(&self, lane: &Lane) {
        self.change(|live| live.lanes.remove(lane));
    }

    /// What looking for a lane's notices came to; whether that is news.
    pub(crate) fn noticed(&self, lane: &Lane, left: Option<LeftAlone>, trouble: Option<Why>) -> bool {
        self.change(|live| {
            let before = live.notices.remove(lane).unwrap_or_default();
            let after = LiveNotices { left: left.unwrap_or_else(|| before.left.clone()), trouble };
            let news = after != before;
            if after != LiveNotices::default() {
                live.notices.insert(lane.clone(), after);
            }
            news
        })
    }

    /// What was left alone among a lane's notices, if some of it was not understood.
    pub(crate) fn left_alone(&self, lane: &Lane) -> Option<LeftAlone> {
        self.change(|live| live.notices.get(lane).map(|row| row.left.clone())).filter(|left| left.unknown > 0)
    }

    /// Notes, or clears, what is wrong with the station itself.
    pub(crate) fn problem(&self, code: &str, words: Option<String>) {
        self.change(|live| match words {
            Some(words) => drop(live.problems.insert(code.to_owned(), words)),
            None => drop(live.problems.remove(code)),
        });
    }

    /// Publishes the picture whenever it changed, for ever.
    pub(crate) async fn publish(&self, data_dir: &Path, clock: &Clock) {
        let mut last = Live::default();
        loop {
            let live = self.look();
            if live != last {
                let stamped = Live { at: Some(clock.now()), ..live.clone() };
                match write(data_dir, &stamped) {
                    Ok(()) => last = live,
                    Err(error) => tracing::debug!(%error, "live.json cannot be written"),
                }
            }
            tokio::time::sleep(PERIOD).await;
        }
    }
}

/// The file in `data_dir`.
#[must_use]
pub fn file(data_dir: &Path) -> PathBuf {
    data_dir.join("live.json")
}

/// The picture last published, if there is one that can be read.
#[must_use]
pub fn read(data_dir: &Path) -> Option<Live> {
    serde_json::from_slice(&fs::read(file(data_dir)).ok()?).ok()
}

/// Replaces the file; on a full disk, which must be told too, its own blocks are written again.
fn write(data_dir: &Path, live: &Live) -> io::Result<()> {
    let (next, bytes) = (data_dir.join("live.json.next"), serde_json::to_vec(live)?);
    match fs::write(&next, &bytes) {
        Err(error) if error.kind() == io::ErrorKind::StorageFull => {
            let mut file = fs::OpenOptions::new().write(true).open(file(data_dir))?;
            file.write_all(&bytes)?;
            file.set_len(bytes.len() as u64)
        }
        done => done.and_then(|()| fs::rename(next, file(data_dir))),
    }
}
