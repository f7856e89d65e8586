//! Whether a file is complete: what the service last saw of it, or one look of ours.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::Known;
use crate::platform::{self, Facts, Moment, OpenWriters};
use crate::scenario::{Readiness, Scenario};
use crate::stability::{NoWriter, Stability, Surroundings, Told, Verdict, done_file};

/// Whose look it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SettledBy {
    /// The running service's last one.
    Service,
    /// One of ours, just now: time that passed before is not known.
    OurLook,
}

/// What is known of whether a file is complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Settled {
    /// Whose look it was.
    pub by: SettledBy,
    /// When.
    pub seen: Timestamp,
    /// What is waited for, or what changed; empty when nothing stands against taking it.
    pub waits: Vec<Told>,
    /// What tells that it is complete, when it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<Told>,
    /// What is known of open writers just now: `stability-open-writer`, or how sure it is that there is none.
    pub writers: Told,
    /// The programs that have it open for writing, `name (process)`, as far as this account may see them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub programs: Vec<String>,
    /// How long the file's own times say that it is unchanged, in milliseconds; writers can set one of them to anything.
    pub unchanged_ms: u64,
    /// When another look may change the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_look: Option<Timestamp>,
}

/// What is known of the file `path` of a scenario.
pub(super) fn settled(known: &Known<'_>, scenario: &Scenario, path: &Path, facts: &Facts) -> Settled {
    let writers = writers(&scenario.folder, facts);
    let told = told(&writers, facts);
    let programs = if writers.surely(facts.identity) { platform::writers_of(facts.identity) } else { Vec::new() };
    let unchanged = age(facts, known.now);
    if let Some((seen, waiting)) = seen_by_service(known, scenario, path) {
        return Settled {
            by: SettledBy::Service,
            seen,
            waits: waiting.told.clone(),
            because: None,
            writers: told,
            programs,
            unchanged_ms: unchanged,
            next_look: Some(waiting.next_look),
        };
    }
    let verdict = one_look(known, scenario, path, facts, &writers);
    let because = if let Verdict::Ready(evidence) = &verdict { Some(Told::from(evidence.because)) } else { None };
    Settled {
        by: SettledBy::OurLook,
        seen: known.now,
        waits: verdict.told(),
        because,
        writers: told,
        programs,
        unchanged_ms: unchanged,
        next_look: verdict.next_look(),
    }
}

/// What the service published of the file, and when it looked.
fn seen_by_service<'a>(
    known: &Known<'a>,
    scenario: &Scenario,
    path: &Path,
) -> Option<(Timestamp, &'a crate::live::Waiting)> {
    let relative = path.strip_prefix(&scenario.folder).ok()?;
    let relative = relative.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
    let mut above = known.live?.watched.iter().filter(|(folder, _)| path.starts_with(folder));
    above.find_map(|(_, watched)| Some((watched.looked?, watched.details.get(&relative)?)))
}

/// The verdict of a look that remembers nothing of earlier ones.
fn one_look(known: &Known<'_>, scenario: &Scenario, path: &Path, facts: &Facts, writers: &OpenWriters) -> Verdict {
    let mut stability = Stability::new(known.setup.settings.quiet);
    stability.begin_look(Moment { wall: known.now, steady: Duration::ZERO });
    let done_file = match &scenario.readiness {
        Readiness::DoneFile(suffix) => done_file(path, suffix).exists(),
        _ => false,
    };
    let around = Surroundings { writers: Some(writers), done_file };
    stability.judge(path, facts, &scenario.readiness, around)
}

/// Who writes the file just now, as far as this machine can tell.
fn writers(folder: &Path, facts: &Facts) -> OpenWriters {
    match platform::is_network_filesystem(folder) {
        Ok(Some(kind)) => OpenWriters::CannotTell(kind.to_owned()),
        _ => platform::open_writers(&[facts.identity].into()),
    }
}

fn told(writers: &OpenWriters, facts: &Facts) -> Told {
    if writers.surely(facts.identity) {
        return Told::from(&crate::stability::Reason::OpenWriter);
    }
    Told::from(&NoWriter::from(writers))
}

fn age(facts: &Facts, now: Timestamp) -> u64 {
    let changed = facts.changed_ns.map_or(facts.modified_ns, |changed| changed.max(facts.modified_ns));
    let age = now.as_nanosecond().saturating_sub(changed).max(0) / 1_000_000;
    u64::try_from(age).unwrap_or(u64::MAX)
}
