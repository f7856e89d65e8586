//! Traces (R8): each session writes its own file; at its end it becomes `last.log` and is appended to the day's `AAAAMMJJ.log`,
//! which ends with the head of the journal's chain. The words come from the catalogue that the station was given.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::consignment::{Lane, Why};
use crate::id::Id;
use crate::journal::Head;
use crate::phase::Phase;

/// What a session's trace tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "kebab-case")]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields are what the sentence names")]
pub enum Entry {
    /// The session begins.
    Opened { lane: Lane, session: Id },
    /// A phase begins.
    Phase { phase: Phase },
    /// The inter-file delay is being waited for.
    Pacing { until: Timestamp },
    /// A file is about to leave.
    Sending { id: Id, scenario: String, source: String, size: u64, attempt: u32 },
    /// The partner has it.
    Deposited { id: Id, name: String, words: Option<String> },
    /// It will be tried again.
    Postponed { id: Id, name: String, until: Timestamp, why: Why },
    /// The partner said no.
    Refused { id: Id, name: String, why: Why, contact: Option<String> },
    /// Nobody can tell whether the partner has it.
    Uncertain { id: Id, name: String, why: Why },
    /// The partner told whether it has it.
    Settled { id: Id, name: String, deposited: bool },
    /// The partner could not tell of so many; it is asked again.
    DoubtsLeft { files: u64, until: Timestamp },
    /// It is kept back.
    Held { id: Id, name: String, why: Why },
    /// What the partner holds for us.
    Listed { offers: u64, fresh: u64 },
    /// One file that it holds.
    Offered { name: String, key: String },
    /// It was collected.
    Collected { id: Id, name: String, size: u64, proven: bool },
    /// It stands in the operator's folder.
    Published { id: Id, path: String },
    /// It was read and not brought whole.
    Incomplete { id: Id, name: String, key: String, why: Why, contact: Option<String> },
    /// The session, or the connection, failed.
    Failed { why: Why, until: Option<Timestamp> },
    /// The profile is suspended.
    Suspended { lane: Lane, why: Why },
    /// A line in the partner's own words.
    Peer { words: String },
    /// The session ends.
    Closed { sent: u64, received: u64 },
    /// The process died during the session.
    Interrupted,
    /// The end of the journal's chain.
    Chain { seq: i64, hash: String },
}

/// Turns an entry into the operator's sentence; may span lines.
pub type Phrases = Arc<dyn Fn(&Entry, &TimeZone) -> String + Send + Sync>;

/// The traces of a station.
#[derive(Clone)]
pub struct Traces {
    folder: PathBuf,
    timezone: TimeZone,
    phrases: Phrases,
}

impl std::fmt::Debug for Traces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Traces").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Traces {
    /// Traces in `folder`, created if absent.
    ///
    /// # Errors
    ///
    /// When the folder cannot be created.
    pub fn open(folder: &Path, timezone: TimeZone, phrases: Phrases) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder.join("sessions"))?;
        Ok(Self { folder: folder.to_owned(), timezone, phrases })
    }

    /// The trace of the last session.
    #[must_use]
    pub fn last(folder: &Path) -> PathBuf {
        folder.join("last.log")
    }

    /// The trace of a day of the station's time zone.
    #[must_use]
    pub fn day(folder: &Path, day: jiff::civil::Date) -> PathBuf {
        folder.join(format!("{}.log", day.strftime("%Y%m%d")))
    }

    /// Begins a session's trace. A trace that cannot be written never stops an exchange: it is reported and goes on without.
    pub(crate) fn session(&self, session: Id) -> SessionTrace {
        let path = self.session_file(session);
        let file = OpenOptions::new().create(true).append(true).open(&path);
        if let Err(error) = &file {
            tracing::warn!(path = %path.display(), %error, "a trace cannot be written");
        }
        SessionTrace { traces: self.clone(), file: Mutex::new(file.ok()) }
    }

    /// Ends a session's trace: appended to the day's, then `last.log`.
    pub(crate) fn finish(&self, session: Id, now: Timestamp, head: Head) {
        if let Err(error) = self.try_finish(session, now, head) {
            tracing::warn!(%error, "a session's trace could not be filed");
        }
    }

    fn try_finish(&self, session: Id, now: Timestamp, head: Head) -> std::io::Result<()> {
        let path = self.session_file(session);
        let text = std::fs::read(&path)?;
        let day = now.to_zoned(self.timezone.clone()).date();
        let mut log = OpenOptions::new().create(true).append(true).open(Self::day(&self.folder, day))?;
        let chain = self.line(now, &Entry::Chain { seq: head.seq, hash: head.hex() });
        log.write_all(&[&text, chain.as_bytes()].concat())?;
        std::fs::rename(path, Self::last(&self.folder))
    }

    /// Files the traces of sessions that a crash cut short.
    pub(crate) fn recover(&self, now: Timestamp, head: Head) -> std::io::Result<()> {
        let mut left: Vec<Id> = std::fs::read_dir(self.folder.join("sessions"))?
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".log")?.parse().ok())
            .collect();
        left.sort_unstable();
        for session in left {
            self.session(session).write(now, &Entry::Interrupted);
            self.try_finish(session, now, head)?;
        }
        Ok(())
    }

    fn session_file(&self, session: Id) -> PathBuf {
        self.folder.join("sessions").join(format!("{session}.log"))
    }

    fn line(&self, at: Timestamp, entry: &Entry) -> String {
        let at = at.to_zoned(self.timezone.clone()).strftime("%d/%m/%Y %H:%M:%S").to_string();
        format!("{at}  {}\n", (self.phrases)(entry, &self.timezone).replace('\n', "\n                     "))
    }
}

/// The trace of one session.
#[derive(Debug)]
pub struct SessionTrace {
    traces: Traces,
    file: Mutex<Option<File>>,
}

impl SessionTrace {
    pub(crate) fn write(&self, at: Timestamp, entry: &Entry) {
        let line = self.traces.line(at, entry);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = file.as_mut()
            && let Err(error) = open.write_all(line.as_bytes())
        {
            tracing::warn!(%error, "a trace cannot be written any more");
            *file = None;
        }
    }
}
