//! Traces (R8): each session writes its own file; at its end it becomes `last.log` and is appended to the day's `AAAAMMJJ.log`, each
//! ending with the head of the journal's chain. A crash while a trace is filed neither loses nor repeats it. The words come from the
//! catalogue that the station was given.

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
    /// Returns are collected because the schedule says so.
    Scheduled { occurrence: Timestamp },
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
    /// So many mails among the notices were not understood since the station was started.
    Unknown { mails: u64, last: Option<String> },
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

    /// Traces of days before `day`, oldest first.
    #[must_use]
    pub fn older(folder: &Path, day: jiff::civil::Date) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let is_old = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".log"));
            let digits = name.filter(|name| name.len() == 8 && name.bytes().all(|byte| byte.is_ascii_digit()));
            digits
                .and_then(|digits| jiff::civil::Date::strptime("%Y%m%d", digits).ok())
                .is_some_and(|found| found < day)
        };
        let mut old: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_old).collect();
        old.sort();
        old
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
        let day = now.to_zoned(self.timezone.clone()).date();
        let sealed =
            self.folder.join("sessions").join(format!("{session}.{}.{}.sealed", day.strftime("%Y%m%d"), head.seq));
        let chain = self.line(now, &Entry::Chain { seq: head.seq, hash: head.hex() });
        OpenOptions::new().append(true).open(&path)?.write_all(chain.as_bytes())?;
        std::fs::rename(path, &sealed)?;
        self.file(&sealed, &Self::day(&self.folder, day), |text| text)
    }

    /// Appends what is missing of a sealed trace to the day's, and makes it the last.
    fn file(&self, sealed: &Path, day: &Path, missing: impl Fn(&[u8]) -> &[u8]) -> std::io::Result<()> {
        let text = std::fs::read(sealed)?;
        OpenOptions::new().create(true).append(true).open(day)?.write_all(missing(&text))?;
        std::fs::rename(sealed, Self::last(&self.folder))
    }

    /// Ends the filing that a crash cut. What tells a trace from every other is its last line, which holds the journal's sequence number and hash.
    fn file_again(&self, sealed: &Path, day: &Path) -> std::io::Result<()> {
        let log = match std::fs::read(day) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            log => log?,
        };
        self.file(sealed, day, |text| unfiled(&log, text))
    }

    /// Files the traces of sessions that a crash cut short.
    pub(crate) fn recover(&self, now: Timestamp, head: Head) -> std::io::Result<()> {
        for entry in std::fs::read_dir(self.folder.join("sessions"))? {
            let sealed = entry?.path();
            let name = sealed.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if let Some(day) = name.strip_suffix(".sealed").and_then(|name| name.split('.').nth(1)) {
                self.file_again(&sealed, &self.folder.join(format!("{day}.log")))?;
            }
        }
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

/// What of a sealed trace the day's log lacks: nothing, all of it, or what follows the part that its last write left there.
fn unfiled<'t>(log: &[u8], text: &'t [u8]) -> &'t [u8] {
    let last_line = text.split_inclusive(|byte| *byte == b'\n').next_back().unwrap_or_default();
    if log.split_inclusive(|byte| *byte == b'\n').any(|line| line == last_line) {
        return &[];
    }
    let begun = (1..text.len().min(log.len() + 1)).rev().find(|count| log.ends_with(&text[..*count]));
    &text[begun.unwrap_or(0)..]
}

/// The trace of one session.
#[derive(Debug)]
pub struct SessionTrace {
    traces: Traces,
    file: Mutex<Option<File>>,
}

impl SessionTrace {
    /// A trace that nobody keeps.
    pub(crate) fn nowhere() -> Self {
        let traces =
            Traces { folder: PathBuf::new(), timezone: TimeZone::UTC, phrases: Arc::new(|_, _| String::new()) };
        Self { traces, file: Mutex::new(None) }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> Timestamp {
        "2026-11-22T08:00:00Z".parse().unwrap()
    }

    fn traces(folder: &Path) -> Traces {
        Traces::open(folder, TimeZone::UTC, Arc::new(|entry, _| format!("{entry:?}"))).unwrap()
    }

    /// A session's trace filed in the ordinary way: the day's log, and the sealed trace as it was before it became the last.
    fn filed(folder: &Path) -> (Vec<u8>, Vec<u8>) {
        let (traces, id) = (traces(folder), Id::from_i64(7).unwrap());
        traces.session(id).write(at(), &Entry::Interrupted);
        traces.finish(id, at(), Head { seq: 42, hash: [7; 32] });
        let day = std::fs::read(folder.join("20261122.log")).unwrap();
        (day, std::fs::read(folder.join("last.log")).unwrap())
    }

    /// Killed at any byte of the filing, also the next day: the day's log holds the session once and whole.
    #[test]
    fn a_filing_that_a_crash_cut_is_done_once() {
        let model = tempfile::tempdir().unwrap();
        let (whole, sealed) = filed(model.path());
        assert_eq!(whole, sealed);
        for before in [&b""[..], b"an earlier session\n"] {
            for written in 0..=sealed.len() {
                let folder = tempfile::tempdir().unwrap();
                let traces = traces(folder.path());
                std::fs::write(folder.path().join("sessions/01j.20261122.42.sealed"), &sealed).unwrap();
                std::fs::write(folder.path().join("20261122.log"), [before, &sealed[..written]].concat()).unwrap();
                for _ in 0..2 {
                    traces.recover("2026-11-23T08:00:00Z".parse().unwrap(), Head { seq: 50, hash: [8; 32] }).unwrap();
                    let day = std::fs::read(folder.path().join("20261122.log")).unwrap();
                    assert_eq!(day, [before, &sealed].concat(), "{written}");
                }
                assert_eq!(std::fs::read(folder.path().join("last.log")).unwrap(), sealed);
                assert_eq!(std::fs::read_dir(folder.path().join("sessions")).unwrap().count(), 0);
            }
        }
    }

    /// Others filed theirs after it.
    #[test]
    fn a_filing_that_others_followed_is_not_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let (day, sealed) = filed(folder.path());
        let day = [&day[..], b"another session\n"].concat();
        std::fs::write(folder.path().join("20261122.log"), &day).unwrap();
        std::fs::write(folder.path().join("sessions/01j.20261122.42.sealed"), &sealed).unwrap();
        traces(folder.path()).recover(at(), Head { seq: 50, hash: [8; 32] }).unwrap();
        assert_eq!(std::fs::read(folder.path().join("20261122.log")).unwrap(), day);
    }
}
