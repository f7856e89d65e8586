//! What every driving room shares.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Mutex, Notify, Semaphore};

use crate::clock::Clock;
use crate::consignment::{Lane, Why};
use crate::id::Ids;
use crate::journal::{Committed, Draft, Journal, JournalError, Reader};
use crate::lane::gate::{Gate, Wait};
use crate::live::Board;
use crate::platform::Moment;
use crate::setup::Setup;
use crate::stop::{Stop, StopLevel};
use crate::store::Store;
use crate::trace::Traces;
use crate::unmatched::Unmatched;

/// How long a full disk is waited for before the journal is asked again.
const JOURNAL_PATIENCE: Duration = Duration::from_secs(1);

/// How long a pass waits in all for a disk that refuses, from its first refusal to the next commit that succeeds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    pub(crate) whole: Duration,
    /// Since when the disk refuses.
    pub(crate) since: Option<std::time::Instant>,
}

/// A partner's end point while the station runs: its sessions, and whose turn it is to transfer.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) sessions: Semaphore,
    /// Held from the wait for the pacing to the end of the attempt.
    pub(crate) turn: Mutex<()>,
    gate: std::sync::Mutex<Gate>,
}

impl Door {
    /// How long the next attempt must wait.
    pub(crate) fn wait(&self, delay: Duration, now: Moment) -> Wait {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner).wait(delay, now)
    }

    /// Begins again from what the journal remembers.
    pub(crate) fn restore(&self, last_end: Option<Timestamp>, now: Moment) {
        *self.gate.lock().unwrap_or_else(PoisonError::into_inner) = Gate::restored(last_end, now);
    }

    /// An attempt ended, answered or not.
    pub(crate) fn ended(&self, now: Moment) {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner).ended(now);
    }
}

#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) setup: Arc<Setup>,
    pub(crate) journal: Journal,
    pub(crate) reader: Reader,
    pub(crate) store: Store,
    pub(crate) traces: Traces,
    pub(crate) board: Arc<Board>,
    pub(crate) clock: Clock,
    pub(crate) stop: Stop,
    pub(crate) ids: Arc<Ids>,
    pub(crate) doors: BTreeMap<String, Door>,
    /// Notices that nothing matched, until something changes.
    pub(crate) unmatched: std::sync::Mutex<Unmatched>,
    /// How far the journal was when returns were last compared to sendings.
    pub(crate) answered: std::sync::Mutex<Option<i64>>,
    /// How long a commit that must not be forgotten is tried again when the disk refuses; `None` = until the station is stopped.
    pub(crate) patience: std::sync::Mutex<Option<Patience>>,
    /// Held while a second copy is made and journalled.
    pub(crate) copying: Mutex<()>,
    /// Rung when a lane may have work.
    pub(crate) bells: BTreeMap<Lane, Arc<Notify>>,
}

impl Core {
    /// One door per end point.
    pub(crate) fn doors(setup: &Setup, now: Moment) -> BTreeMap<String, Door> {
        let mut doors = BTreeMap::new();
        for connection in setup.lanes.values() {
            let key = connection.partner.gate().key;
            doors.entry(key).or_insert_with(|| Door {
                sessions: Semaphore::new(connection.profile.sessions.max(1)),
                turn: Mutex::new(()),
                gate: std::sync::Mutex::new(Gate::restored(None, now)),
            });
        }
        doors
    }

    pub(crate) fn bells(setup: &Setup) -> BTreeMap<Lane, Arc<Notify>> {
        setup.lanes.keys().map(|lane| (lane.clone(), Arc::new(Notify::new()))).collect()
    }

    /// Whether the station comes from a backup and waits for an operator: nothing leaves, nothing is taken.
    pub(crate) fn is_held(&self) -> bool {
        self.journal.small().restored.is_some()
    }

    pub(crate) fn ring(&self, lane: &Lane) {
        if let Some(bell) = self.bells.get(lane) {
            bell.notify_one();
        }
    }

    pub(crate) fn ring_all(&self) {
        for bell in self.bells.values() {
            bell.notify_one();
        }
    }

    /// Commits what must not be forgotten: when the disk is full, waits for space and says so, until the operator stops the station, or until
    /// the patience of a single pass ends. Then what was to be committed is put aside for the next start, and the error given back. The
    /// drafts are made anew at each try.
    pub(crate) async fn commit_firmly(&self, make: impl Fn() -> Vec<Draft>) -> Result<Committed, JournalError> {
        loop {
            match self.journal.commit(make()).await {
                Err(error @ JournalError::Database(_)) if !self.stop.is_now() && !self.runs_out() => {
                    self.report(error.code(), &error);
                    tokio::select! {
                        () = tokio::time::sleep(JOURNAL_PATIENCE) => {}
                        () = self.stop.reached(StopLevel::Now) => {}
                    }
                }
                Err(error @ JournalError::Database(_)) => {
                    self.report(error.code(), &error);
                    self.put_aside(make());
                    return Err(error);
                }
                answer => {
                    if answer.is_ok() {
                        self.relax();
                        self.clear(&["disk-full", "journal-database"]);
                    }
                    return answer;
                }
            }
        }
    }

    /// A single pass waits at most that long for a disk that refuses.
    pub(crate) fn wait_at_most(&self, whole: Option<Duration>) {
        *self.patience.lock().unwrap_or_else(PoisonError::into_inner) =
            whole.map(|whole| Patience { whole, since: None });
    }

    /// The disk refused again: whether a pass has waited long enough.
    pub(crate) fn runs_out(&self) -> bool {
        let mut patience = self.patience.lock().unwrap_or_else(PoisonError::into_inner);
        patience.as_mut().is_some_and(|patience| {
            patience.since.get_or_insert_with(std::time::Instant::now).elapsed() >= patience.whole
        })
    }

    /// Whether a pass waits for the disk no longer.
    pub(crate) fn gave_up(&self) -> bool {
        let patience = *self.patience.lock().unwrap_or_else(PoisonError::into_inner);
        patience.is_some_and(|patience| patience.since.is_some_and(|since| since.elapsed() >= patience.whole))
    }

    fn relax(&self) {
        if let Some(patience) = self.patience.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            patience.since = None;
        }
    }

    /// Shows what is wrong with the station itself.
    pub(crate) fn report(&self, code: &str, error: &dyn std::error::Error) {
        tracing::error!(code, %error, "the station is in trouble");
        self.board.problem(code, Some(error.to_string()));
    }

    /// It is right again.
    pub(crate) fn clear(&self, codes: &[&str]) {
        for code in codes {
            self.board.problem(code, None);
        }
    }
}

/// A reason of ours, with the error's words.
pub(crate) fn why(code: &str, error: &dyn std::error::Error) -> Why {
    Why::with(code, error.to_string())
}
