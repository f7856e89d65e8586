//! From a folder to the intake: looks, judges what is complete, hands it over, rings the lanes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::{StationError, WatchMode};
use crate::clock::Clock;
use crate::consignment::Why;
use crate::intake::{Batch, Candidate, Intake, IntakeError, Outcome};
use crate::live::{Waiting, Watched};
use crate::platform::{self, OpenWriters};
use crate::scenario::{Readiness, Scenario};
use crate::shared::Core;
use crate::stability::{Stability, Surroundings, Verdict, done_file};
use crate::watch::events::{Events, Liveness};
use crate::watch::scan::{Found, Ignored, Problem, Reason, Scan, Seen, WatchedFolder};

/// Files handed over after one look; the next look follows at once when there are more.
const AT_ONCE: usize = 16384;

/// Files accepted in one transaction.
const BATCH: usize = 1024;

/// Files of a folder whose waiting is shown.
const SHOWN: usize = 50;

/// How long a probe's event is waited for before a folder is said to be polled only.
const PATIENCE: Duration = Duration::from_secs(5);

/// Least time between two looks.
const BREATH: Duration = Duration::from_millis(20);

/// Looks at the watched folders.
#[derive(Debug)]
pub(super) struct Watcher {
    core: Arc<Core>,
    intake: Intake,
    eyes: Arc<Eyes>,
    mode: WatchMode,
}

/// What blocks: looking and judging.
#[derive(Debug)]
struct Eyes {
    scan: Scan,
    stability: Mutex<Stability>,
    readiness: Vec<Readiness>,
    /// Scenarios whose folder other machines write in too: this one's open files tell nothing.
    remote: HashMap<usize, OpenWriters>,
}

/// What one look found.
#[derive(Debug, Default)]
struct Look {
    ready: Vec<Candidate>,
    /// More was complete than one look hands over.
    more: bool,
    next: Option<Timestamp>,
    began: Option<Timestamp>,
    waiting: BTreeMap<PathBuf, BTreeMap<String, Waiting>>,
    problems: Vec<Problem>,
    /// Files that will never be taken as they are.
    ignored: Vec<Ignored>,
}

impl Watcher {
    pub(super) fn new(core: Arc<Core>, intake: Intake, mode: WatchMode) -> Self {
        let scenarios = &core.setup.scenarios;
        let eyes = Eyes {
            scan: Scan::new(WatchedFolder::of(scenarios)),
            stability: Mutex::new(Stability::new(core.setup.settings.quiet)),
            readiness: scenarios.iter().map(|scenario| scenario.readiness.clone()).collect(),
            remote: scenarios
                .iter()
                .enumerate()
                .filter_map(|(index, scenario)| Some((index, remote(scenario)?)))
                .collect(),
        };
        Self { core, intake, eyes: Arc::new(eyes), mode }
    }

    /// Looks for ever: at every rescan, when a file becomes complete, and when the system tells that a folder changed.
    pub(super) async fn run(&self) {
        self.until_resumed().await;
        let folders = self.eyes.scan.folders();
        let (events, wakes) = Events::start(folders, self.core.clock.moment());
        let events = Arc::new(Mutex::new(events));
        let rescan = self.core.setup.settings.rescan;
        while !self.core.stop.is_asked() {
            self.probe(&events).await;
            let pause = match self.look_and_accept().await {
                Ok(Some(next)) => self.until(next).min(rescan),
                Ok(None) => rescan,
                Err(error) => {
                    self.core.report(error.code(), &error);
                    rescan
                }
            };
            self.show_liveness(folders, &events);
            tokio::select! {
                () = tokio::time::sleep(pause.max(BREATH)) => {}
                _ = wakes.next() => tokio::time::sleep(BREATH).await,
                () = self.core.stop.reached(crate::stop::StopLevel::Finish) => {}
            }
        }
    }

    /// A restored station looks at nothing, and touches nothing, until an operator resumes it.
    async fn until_resumed(&self) {
        let mut small = self.core.journal.watch();
        while self.core.is_held() && !self.core.stop.is_asked() {
            tokio::select! {
                _ = small.changed() => {}
                () = self.core.stop.reached(crate::stop::StopLevel::Finish) => {}
            }
        }
    }

    /// Touching folders may block for long on a network: never on a thread of the runtime.
    async fn probe(&self, events: &Arc<Mutex<Events>>) {
        let (events, now) = (Arc::clone(events), self.core.clock.moment());
        let probe = move || events.lock().unwrap_or_else(PoisonError::into_inner).probe(now);
        if let Err(error) = tokio::task::spawn_blocking(probe).await {
            tracing::warn!(%error, "the watched folders could not be probed");
        }
    }

    /// Looks, waits the quiet period if anything is not complete yet, looks again.
    pub(super) async fn look_twice(&self) -> Result<(), StationError> {
        debug_assert_eq!(self.mode, WatchMode::Once);
        if self.core.is_held() {
            return Ok(());
        }
        if self.look_and_accept().await?.is_some() {
            // From the end of the first look, however long it took.
            tokio::time::sleep(self.core.setup.settings.quiet).await;
            self.look_and_accept().await?;
        }
        Ok(())
    }

    fn until(&self, next: Timestamp) -> Duration {
        Duration::try_from(next.duration_since(self.core.clock.now())).unwrap_or_default()
    }

    /// One look and what follows from it; tells when another may bring more.
    async fn look_and_accept(&self) -> Result<Option<Timestamp>, StationError> {
        loop {
            let (eyes, clock) = (Arc::clone(&self.eyes), self.core.clock.clone());
            let look = tokio::task::spawn_blocking(move || eyes.look(&clock)).await;
            let look = super::folder("the watched folders", look.map_err(std::io::Error::other))?;
            self.show(&look);
            self.accept(look.ready).await?;
            if !look.more {
                return Ok(look.next);
            }
        }
    }

    /// Accepts in batches; the disk is waited for on behalf of one while the next is claimed and hashed.
    async fn accept(&self, mut ready: Vec<Candidate>) -> Result<(), StationError> {
        let mut begun = None;
        while begun.is_some() || !ready.is_empty() {
            let rest = ready.split_off(ready.len().min(BATCH));
            let batch = std::mem::replace(&mut ready, rest);
            let (finished, next) = tokio::join!(self.finish(begun.take()), self.begin(batch));
            if let Err(error) = finished {
                if let Ok(Some(next)) = next {
                    self.intake.abandon(next).await;
                }
                return Err(error);
            }
            begun = next?;
        }
        Ok(())
    }

    async fn begin(&self, batch: Vec<Candidate>) -> Result<Option<Batch>, IntakeError> {
        if batch.is_empty() { Ok(None) } else { self.intake.begin(batch).await.map(Some) }
    }

    async fn finish(&self, batch: Option<Batch>) -> Result<(), StationError> {
        let Some(batch) = batch else { return Ok(()) };
        let outcomes = self.intake.finish(batch).await?;
        self.core.clear(&["disk-full", "store-failed", "journal-database"]);
        let mut lanes = HashSet::new();
        for (candidate, outcome) in outcomes {
            let path = self.core.setup.scenarios[candidate.scenario].folder.join(&candidate.relative);
            self.eyes.forget(&path);
            match outcome {
                Outcome::Accepted { lane, .. } => {
                    self.core.board.change(|live| live.accepted += 1);
                    lanes.insert(lane);
                    self.drop_done_file(&candidate, &path);
                }
                Outcome::PutBack(why) => self.put_back(&path, why),
            }
        }
        lanes.iter().for_each(|lane| self.core.ring(lane));
        Ok(())
    }

    /// A writer that is not done is waited for; what the system refuses is told until the next look.
    fn put_back(&self, path: &Path, why: Why) {
        tracing::info!(path = %path.display(), code = why.code, "a file was put back");
        let told = ["claim-denied", "claim-failed", "claim-name-too-long", "claim-stuck", "claim-unreadable"];
        if told.contains(&why.code.as_str()) {
            self.core.board.problem(&format!("{}:{}", why.code, path.display()), Some(why.words.unwrap_or_default()));
        }
    }

    fn drop_done_file(&self, candidate: &Candidate, path: &Path) {
        if let Readiness::DoneFile(suffix) = &self.eyes.readiness[candidate.scenario]
            && let Err(error) = std::fs::remove_file(done_file(path, suffix))
        {
            tracing::warn!(path = %path.display(), %error, "a done-file could not be removed");
        }
    }

    fn show(&self, look: &Look) {
        self.core.board.change(|live| {
            live.problems.retain(|code, _| !["folder-", "claim-", "scan-"].iter().any(|kind| code.starts_with(kind)));
            for problem in &look.problems {
                live.problems
                    .insert(format!("{}:{}", problem.code(), problem.folder.display()), problem.error.to_string());
            }
            for Ignored { path, reason } in &look.ignored {
                let words = if let Reason::Unreadable(error) = reason { error.to_string() } else { String::new() };
                live.problems.insert(format!("{}:{}", reason.code(), path.display()), words);
            }
            for watched in live.watched.values_mut() {
                watched.waiting.clear();
                watched.details.clear();
                watched.looked = look.began;
            }
            for (folder, details) in &look.waiting {
                let watched = live.watched.entry(folder.display().to_string()).or_default();
                watched.waiting = details.iter().map(|(name, waiting)| (name.clone(), code(waiting))).collect();
                watched.details.clone_from(details);
                watched.looked = look.began;
            }
        });
    }

    fn show_liveness(&self, folders: &[WatchedFolder], events: &Mutex<Events>) {
        let now = self.core.clock.moment();
        let liveness = events.lock().unwrap_or_else(PoisonError::into_inner).liveness(PATIENCE, now);
        for (watched, liveness) in folders.iter().zip(&liveness) {
            let how = match liveness {
                Liveness::Events => "events".to_owned(),
                Liveness::Polling(reason) => reason.code().to_owned(),
            };
            let key = watched.folder.display().to_string();
            self.core.board.change(|live| live.watched.entry(key).or_insert_with(Watched::default).how = how);
        }
    }
}

impl Eyes {
    /// One look. Files that only lack the answer about writers are asked about together.
    fn look(&self, clock: &Clock) -> Look {
        let mut stability = self.stability.lock().unwrap_or_else(PoisonError::into_inner);
        stability.begin_look(clock.moment());
        let mut look = Look { began: Some(clock.now()), ..Look::default() };
        let mut asked: Vec<Seen> = Vec::new();
        let looked = self.scan.look(&mut |found| match found {
            Found::File(seen) => match self.judge(&mut stability, &seen, None) {
                Verdict::AskWriters if asked.len() == AT_ONCE => look.more = true,
                Verdict::AskWriters => asked.push(seen),
                verdict => look.note(&self.scan, &seen, &verdict),
            },
            Found::Ignored(ignored) => look.leave(ignored),
            Found::Problem(problem) => look.problems.push(problem),
        });
        let writers = platform::open_writers(&asked.iter().map(|seen| seen.facts.identity).collect());
        for seen in asked {
            let writers = self.remote.get(&seen.scenario).unwrap_or(&writers);
            match self.judge(&mut stability, &seen, Some(writers)) {
                Verdict::Ready(_) => look.ready.push(candidate(seen)),
                verdict => look.note(&self.scan, &seen, &verdict),
            }
        }
        stability.took_until(clock.moment());
        stability.end_look(|path| looked.read_to_end(path));
        // Files that writers keep open must not be asked about again and again.
        look.more &= !look.ready.is_empty();
        // The system lists names in no order; an `ordered` scenario wants that of their writing.
        look.ready.sort_by(|one, other| (one.modified, &one.relative).cmp(&(other.modified, &other.relative)));
        look
    }

    fn judge(&self, stability: &mut Stability, seen: &Seen, writers: Option<&OpenWriters>) -> Verdict {
        let rule = &self.readiness[seen.scenario];
        let done_file = match rule {
            Readiness::DoneFile(suffix) => done_file(&seen.path, suffix).exists(),
            _ => false,
        };
        stability.judge(&seen.path, &seen.facts, rule, Surroundings { writers, done_file })
    }

    fn forget(&self, path: &Path) {
        self.stability.lock().unwrap_or_else(PoisonError::into_inner).forget(path);
    }
}

impl Look {
    fn leave(&mut self, ignored: Ignored) {
        tracing::debug!(path = %ignored.path.display(), code = ignored.reason.code(), "left alone");
        if self.ignored.len() < SHOWN {
            self.ignored.push(ignored);
        }
    }

    fn note(&mut self, scan: &Scan, seen: &Seen, verdict: &Verdict) {
        let Some(next_look) = verdict.next_look() else { return };
        self.next = Some(self.next.map_or(next_look, |known| known.min(next_look)));
        let folder = scan.folders().iter().map(|watched| &watched.folder).find(|folder| seen.path.starts_with(folder));
        let waiting = self.waiting.entry(folder.cloned().unwrap_or_default()).or_default();
        if waiting.len() < SHOWN {
            waiting.insert(seen.relative.clone(), Waiting { told: verdict.told(), next_look });
        }
    }
}

/// The first reason stands for all.
fn code(waiting: &Waiting) -> String {
    waiting.told.first().map_or_else(|| "stability-unknown".to_owned(), |told| told.code.clone())
}

fn remote(scenario: &Scenario) -> Option<OpenWriters> {
    let kind = platform::is_network_filesystem(&scenario.folder).ok().flatten()?;
    Some(OpenWriters::CannotTell(kind.to_owned()))
}

fn candidate(seen: Seen) -> Candidate {
    Candidate {
        scenario: seen.scenario,
        modified: seen.modified(),
        size: seen.facts.size,
        identity: seen.facts.identity,
        relative: seen.relative,
    }
}
