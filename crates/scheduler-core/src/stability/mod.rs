//! Whether a file that was seen is complete: nobody writes it any more.
//!
//! What counts is what we observed, from one look to the next, on a clock that nobody can set. Modification times
//! are compared, never believed: copies preserve old ones, other machines' clocks are wrong.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::platform::{Facts, Moment, OpenWriters, later};
use crate::scenario::Readiness;

/// What is remembered of the files seen in watched folders and not taken yet.
///
/// One look is [`Stability::begin_look`], [`Stability::judge`] for each file, [`Stability::took_until`], then
/// [`Stability::end_look`]. It lives in
/// memory only: after a restart each file waits its quiet period again. About 150 bytes a file, and those that went away
/// are forgotten.
#[derive(Debug)]
pub struct Stability {
    quiet: Duration,
    now: Moment,
    look: u32,
    files: HashMap<Box<Path>, Observed>,
}

/// What one look found beside the file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings<'a> {
    /// Who has files open for writing, once asked ([`Verdict::AskWriters`]). On a network file system:
    /// [`OpenWriters::CannotTell`].
    pub writers: Option<&'a OpenWriters>,
    /// Whether the file of [`done_file`] stands there; only looked at for [`Readiness::DoneFile`].
    pub done_file: bool,
}

/// Whether a file may be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// Not yet.
    NotYet {
        /// Everything that is waited for.
        reasons: Vec<Reason>,
        /// When another look may change the answer.
        next_look: Timestamp,
    },
    /// It changed since the last look: the quiet period begins again.
    Changed {
        /// In what.
        what: Change,
        /// When another look may change the answer.
        next_look: Timestamp,
    },
    /// Everything else holds: ask [`crate::platform::open_writers`] for these files together, then judge each again in the same look.
    AskWriters,
    /// It may be taken.
    Ready(Evidence),
}

/// Why a file is not taken yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Seen for the first time.
    FirstSeen,
    /// Not unchanged for long enough.
    Quiet {
        /// Since the look that first found it as it is.
        unchanged_for: Duration,
        /// The quiet period.
        wanted: Duration,
    },
    /// A process of this machine has it open for writing.
    OpenWriter,
    /// The file that tells the end is not there.
    NoDoneFile {
        /// Its name.
        name: String,
    },
    /// Modified too recently.
    TooYoung {
        /// Since it was last modified.
        age: Duration,
        /// The minimum age.
        wanted: Duration,
    },
}

impl Reason {
    /// Stable, in kebab case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::FirstSeen => "stability-first-seen",
            Self::Quiet { .. } => "stability-quiet-period",
            Self::OpenWriter => "stability-open-writer",
            Self::NoDoneFile { .. } => "stability-no-done-file",
            Self::TooYoung { .. } => "stability-too-young",
        }
    }
}

/// What differs from the last look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Another file stands under the same name.
    Replaced,
    /// The size.
    Size {
        /// Bytes at the last look.
        from: u64,
        /// Bytes now.
        to: u64,
    },
    /// The modification time.
    Modified,
    /// Only the time that the file system itself keeps: a rewrite that put the modification time back, new rights, a new link.
    Inode,
}

impl Change {
    /// Stable, in kebab case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Replaced => "stability-replaced",
            Self::Size { .. } => "stability-size-changed",
            Self::Modified => "stability-modified",
            Self::Inode => "stability-inode-changed",
        }
    }
}

/// Why a file may be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What the scenario relies on.
    pub because: Because,
    /// What is known of open writers.
    pub writers: NoWriter,
}

/// What tells that a file is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// It did not change for that long.
    Quiet(Duration),
    /// Its done-file stands beside it.
    DoneFile,
    /// It has its final name, which the scenario's writer gives it at the end.
    Renamed,
}

impl Because {
    /// Stable, in kebab case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Quiet(_) => "stability-unchanged",
            Self::DoneFile => "stability-done-file",
            Self::Renamed => "stability-renamed",
        }
    }
}

/// How sure it is that nobody writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoWriter {
    /// No process of this machine has the file open for writing.
    Certain,
    /// None of those that may be looked into.
    AmongVisible {
        /// Processes that could not be looked into.
        hidden: usize,
    },
    /// The platform cannot say.
    Unknown(String),
}

impl NoWriter {
    /// Stable, in kebab case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Certain => "stability-no-writer",
            Self::AmongVisible { .. } => "stability-no-visible-writer",
            Self::Unknown(_) => "stability-writers-unknown",
        }
    }
}

/// A reason, a change or a piece of evidence as it is told: its code, with the figures that go with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Stable, in kebab case.
    pub code: String,
    /// Milliseconds since it is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_ms: Option<u64>,
    /// Milliseconds that are asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted_ms: Option<u64>,
    /// The name of the file that is awaited, or what hides writers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// Bytes before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// Bytes after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u64>,
}

impl Told {
    fn code(code: &str) -> Self {
        Self { code: code.to_owned(), ..Self::default() }
    }

    fn lasting(code: &str, since: Duration, wanted: Option<Duration>) -> Self {
        Self { since_ms: Some(milliseconds(since)), wanted_ms: wanted.map(milliseconds), ..Self::code(code) }
    }
}

impl From<&Reason> for Told {
    fn from(reason: &Reason) -> Self {
        let code = reason.code();
        match reason {
            Reason::FirstSeen | Reason::OpenWriter => Self::code(code),
            Reason::Quiet { unchanged_for, wanted } => Self::lasting(code, *unchanged_for, Some(*wanted)),
            Reason::NoDoneFile { name } => Self { what: Some(name.clone()), ..Self::code(code) },
            Reason::TooYoung { age, wanted } => Self::lasting(code, *age, Some(*wanted)),
        }
    }
}

impl From<Change> for Told {
    fn from(change: Change) -> Self {
        match change {
            Change::Size { from, to } => Self { from: Some(from), to: Some(to), ..Self::code(change.code()) },
            Change::Replaced | Change::Modified | Change::Inode => Self::code(change.code()),
        }
    }
}

impl From<Because> for Told {
    fn from(because: Because) -> Self {
        match because {
            Because::Quiet(unchanged_for) => Self::lasting(because.code(), unchanged_for, None),
            Because::DoneFile | Because::Renamed => Self::code(because.code()),
        }
    }
}

impl From<&NoWriter> for Told {
    fn from(writers: &NoWriter) -> Self {
        let what = match writers {
            NoWriter::Certain => None,
            NoWriter::AmongVisible { hidden } => Some(hidden.to_string()),
            NoWriter::Unknown(why) => Some(why.clone()),
        };
        Self { what, ..Self::code(writers.code()) }
    }
}

impl From<&OpenWriters> for NoWriter {
    fn from(writers: &OpenWriters) -> Self {
        match writers {
            OpenWriters::Known(_) => Self::Certain,
            OpenWriters::Partial { hidden, .. } => Self::AmongVisible { hidden: *hidden },
            OpenWriters::CannotTell(why) => Self::Unknown(why.clone()),
        }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Verdict {
    /// What is waited for, or what changed; nothing when the file may be taken.
    #[must_use]
    pub fn told(&self) -> Vec<Told> {
        match self {
            Self::NotYet { reasons, .. } => reasons.iter().map(Told::from).collect(),
            Self::Changed { what, .. } => vec![Told::from(*what)],
            Self::AskWriters | Self::Ready(_) => Vec::new(),
        }
    }

    /// When another look may change the answer; `None` when none is needed.
    #[must_use]
    pub fn next_look(&self) -> Option<Timestamp> {
        match self {
            Self::NotYet { next_look, .. } | Self::Changed { next_look, .. } => Some(*next_look),
            Self::AskWriters | Self::Ready(_) => None,
        }
    }
}

/// The file whose presence tells that `path` is complete ([`Readiness::DoneFile`]): `a.xml` and `.done` give `a.xml.done`.
#[must_use]
pub fn done_file(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// A file as one look found it, and since when it is so.
#[derive(Clone, Copy, Debug)]
struct Observed {
    size: u64,
    modified: i64,
    inode_changed: i64,
    identity: (u64, u64),
    /// Microseconds of the steady clock.
    since: u64,
    since_look: u32,
    last_look: u32,
}

impl Observed {
    fn new(facts: &Facts, now: Moment, look: u32) -> Self {
        Self {
            size: facts.size,
            modified: nanoseconds(facts.modified_ns),
            inode_changed: nanoseconds(facts.changed_ns.unwrap_or(0)),
            identity: facts.identity,
            since: microseconds(now.steady),
            since_look: look,
            last_look: look,
        }
    }

    fn change(&self, new: &Self) -> Option<Change> {
        if self.identity != new.identity {
            Some(Change::Replaced)
        } else if self.size != new.size {
            Some(Change::Size { from: self.size, to: new.size })
        } else if self.modified != new.modified {
            Some(Change::Modified)
        } else {
            (self.inode_changed != new.inode_changed).then_some(Change::Inode)
        }
    }

    fn unchanged_for(&self, now: Moment) -> Duration {
        now.steady.saturating_sub(Duration::from_micros(self.since))
    }
}

fn microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Fits from 1677 to 2262; other times of files are as good as those limits, only equality is asked.
fn nanoseconds(since_1970: i128) -> i64 {
    let limit = if since_1970 < 0 { i64::MIN } else { i64::MAX };
    i64::try_from(since_1970).unwrap_or(limit)
}

impl Stability {
    /// Remembers nothing yet. `quiet` is how long a file must stay unchanged.
    #[must_use]
    pub fn new(quiet: Duration) -> Self {
        let never = Moment { wall: Timestamp::UNIX_EPOCH, steady: Duration::ZERO };
        Self { quiet, now: never, look: 0, files: HashMap::new() }
    }

    /// Begins a look at watched folders, all or some. Its files are judged as of `now`.
    pub fn begin_look(&mut self, now: Moment) {
        self.now = now;
        self.look += 1;
    }

    /// Tells that the look went on until `now`: call it before [`Stability::end_look`].
    ///
    /// When that took more than a tenth of the quiet period (a slow server), what was new or changed counts as found at
    /// the end only: otherwise the last files of one long look and the first of the next would seem quiet for a period, seen twice
    /// within a moment.
    pub fn took_until(&mut self, now: Moment) {
        if now.steady.saturating_sub(self.now.steady) > self.quiet / 10 {
            let (look, since) = (self.look, microseconds(now.steady));
            let new = self.files.values_mut().filter(|observed| observed.since_look == look);
            new.for_each(|observed| observed.since = since);
        }
    }

    /// Ends the look: files that it did not find are forgotten where `read_to_end` says that it went through the whole folder
    /// of the path.
    pub fn end_look(&mut self, read_to_end: impl Fn(&Path) -> bool) {
        let look = self.look;
        self.files.retain(|path, observed| observed.last_look == look || !read_to_end(path));
        if self.files.len() < self.files.capacity() / 4 {
            self.files.shrink_to(self.files.len() * 2);
        }
    }

    /// Forgets a file that was taken.
    pub fn forget(&mut self, path: &Path) {
        self.files.remove(path);
    }

    /// Files remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Whether the file `path`, found as `facts` say, may be taken under `rule`.
    ///
    /// Never [`Verdict::Ready`] at the first look, unless the rule relies on something else than time; never while a
    /// writer is known; never before [`Surroundings::writers`] was given.
    pub fn judge(&mut self, path: &Path, facts: &Facts, rule: &Readiness, around: Surroundings<'_>) -> Verdict {
        let proof = match rule {
            Readiness::Quiet => self.quiet_enough(path, facts, None),
            Readiness::MinimumAge(age) => self.quiet_enough(path, facts, Some(*age)),
            Readiness::DoneFile(_) if around.done_file => Ok(Because::DoneFile),
            Readiness::DoneFile(suffix) => {
                let done = done_file(Path::new(path.file_name().unwrap_or_default()), suffix);
                let reason = Reason::NoDoneFile { name: done.to_string_lossy().into_owned() };
                Err(self.not_yet(vec![reason], self.quiet))
            }
            Readiness::Renamed => Ok(Because::Renamed),
        };
        match proof {
            Ok(because) => self.unless_written(facts, because, around.writers),
            Err(verdict) => verdict,
        }
    }

    fn quiet_enough(&mut self, path: &Path, facts: &Facts, age: Option<Duration>) -> Result<Because, Verdict> {
        let new = Observed::new(facts, self.now, self.look);
        let Some(observed) = self.files.get_mut(path) else {
            self.files.insert(path.into(), new);
            return Err(self.not_yet(vec![Reason::FirstSeen], self.quiet.max(age.unwrap_or_default())));
        };
        if let Some(what) = observed.change(&new) {
            *observed = new;
            let wait = self.quiet.max(age.unwrap_or_default());
            return Err(Verdict::Changed { what, next_look: later(self.now.wall, wait) });
        }
        observed.last_look = self.look;
        let unchanged_for = observed.unchanged_for(self.now);
        let same_look = observed.since_look == self.look;

        let mut reasons = Vec::new();
        let mut wait = Duration::ZERO;
        if same_look || unchanged_for < self.quiet {
            reasons.push(Reason::Quiet { unchanged_for, wanted: self.quiet });
            wait = self.quiet.saturating_sub(unchanged_for);
        }
        if let Some(wanted) = age {
            let age = unchanged_for.max(age_by_stamps(facts, self.now.wall));
            if age < wanted {
                reasons.push(Reason::TooYoung { age, wanted });
                wait = wait.max(wanted.saturating_sub(age));
            }
        }
        if reasons.is_empty() { Ok(Because::Quiet(unchanged_for)) } else { Err(self.not_yet(reasons, wait)) }
    }

    fn unless_written(&self, facts: &Facts, because: Because, writers: Option<&OpenWriters>) -> Verdict {
        let Some(writers) = writers else {
            return Verdict::AskWriters;
        };
        if writers.surely(facts.identity) {
            return self.not_yet(vec![Reason::OpenWriter], self.quiet);
        }
        Verdict::Ready(Evidence { because, writers: writers.into() })
    }

    fn not_yet(&self, reasons: Vec<Reason>, wait: Duration) -> Verdict {
        Verdict::NotYet { reasons, next_look: later(self.now.wall, wait) }
    }
}

/// How long ago the file system says that the file changed; nothing when it says the future.
fn age_by_stamps(facts: &Facts, now: Timestamp) -> Duration {
    let changed = facts.changed_ns.map_or(facts.modified_ns, |changed| changed.max(facts.modified_ns));
    let age = now.as_nanosecond().saturating_sub(changed);
    u64::try_from(age.max(0)).map_or(Duration::MAX, Duration::from_nanos)
}

#[cfg(test)]
mod tests;
