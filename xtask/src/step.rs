//! A run is a list of steps: each is timed, a failed one stops no other, and the end lists all that failed or was skipped.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use crate::{paths, process::Command};

const STILL_RUNNING: Duration = Duration::from_secs(60);

/// One thing to do.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) job: fn(&mut Notes) -> Result<(), String>,
}

/// How many tests ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// What a step leaves for the end of the run.
#[derive(Debug)]
pub(crate) struct Notes {
    pub(crate) counts: Counts,
    skipped: Vec<String>,
    log: PathBuf,
}

impl Notes {
    fn of(step: &str) -> Self {
        let log = paths::logs().join(format!("{}.log", step.replace(' ', "-")));
        // The log of the run before; there may be none.
        let _ = fs::remove_file(&log);
        Self { counts: Counts::default(), skipped: Vec::new(), log }
    }

    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// Something that was not done, and why: said at once and again at the end.
    pub(crate) fn skip(&mut self, why: impl Into<String>) {
        let why = why.into();
        println!("  SKIPPED: {why}");
        if !self.skipped.contains(&why) {
            self.skipped.push(why);
        }
    }

    /// Runs a command with its output in this step's log.
    ///
    /// # Errors
    ///
    /// The command's last words.
    pub(crate) fn command(&self, command: &Command) -> Result<(), String> {
        command.logged(&self.log, |_| {})
    }
}

/// The steps and when they began.
pub(crate) struct Run {
    steps: Vec<Step>,
    started: Instant,
    counts: Counts,
    skipped: Vec<String>,
    failed: Vec<&'static str>,
}

impl Run {
    pub(crate) fn new(groups: &[&[Step]]) -> Self {
        let steps = groups.concat();
        Self { steps, started: Instant::now(), counts: Counts::default(), skipped: Vec::new(), failed: Vec::new() }
    }

    /// Runs every step, whatever happened to those before it.
    pub(crate) fn all(mut self) -> ExitCode {
        for (index, step) in self.steps.clone().into_iter().enumerate() {
            self.one(index, step);
        }
        self.conclude()
    }

    fn one(&mut self, index: usize, step: Step) {
        let number = format!("[{:>2}/{}]", index + 1, self.steps.len());
        println!("{number} {} …", step.name);
        let began = Instant::now();
        let mut notes = Notes::of(step.name);
        let outcome = while_reporting(step.name, || (step.job)(&mut notes));
        self.counts.add(notes.counts);
        self.skipped.append(&mut notes.skipped);
        let word = match outcome {
            Ok(()) => "ok",
            Err(words) => {
                println!("{words}");
                self.failed.push(step.name);
                "FAILED"
            }
        };
        println!(
            "{number} {} {word} in {}, {} in all",
            step.name,
            shown(began.elapsed()),
            shown(self.started.elapsed())
        );
    }

    fn conclude(self) -> ExitCode {
        println!("\n{} steps in {}", self.steps.len(), shown(self.started.elapsed()));
        for why in &self.skipped {
            println!("SKIPPED: {why}");
        }
        for name in &self.failed {
            println!("FAILED: {name}");
        }
        let Counts { passed, failed, skipped } = self.counts;
        println!("{passed} passed, {failed} failed, {skipped} skipped");
        if self.failed.is_empty() && failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// Says every minute that a long step is alive.
fn while_reporting<T>(name: &str, job: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let (ended, watched) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            while watched.recv_timeout(STILL_RUNNING) == Err(mpsc::RecvTimeoutError::Timeout) {
                println!("  … still {name}, {}", shown(began.elapsed()));
            }
        });
        let answer = job();
        drop(ended);
        answer
    })
}

fn shown(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{}.{} s", seconds, time.subsec_millis() / 100)
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}
