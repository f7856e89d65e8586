//! Collections at fixed hours (R6): which instant comes next, which one is due, what was dealt with. Pure.
//!
//! An hour is read on the wall clock of the station's zone, daily (`HH:MM`) or by a cron expression, and names one instant: the first at which the
//! clock shows it, or the end of the jump where the clock jumps over it. An instant is dealt with once, whatever happens to the station
//! or to its clock: what a start, a wake-up or a clock set forward finds overdue is collected once for all, and what was collected is not
//! collected again by a clock set back. `docs/decisions/0015-a-schedule-is-journalled-as-it-is-dealt-with.md` tells why.

mod cron;
#[cfg(test)]
mod tests;
mod wall;
#[cfg(test)]
mod years;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::cron::{Cron, CronField, NotACron};

/// Occurrences that a lane remembers, so that a clock set back does not bring them again: further back, they come again.
const REMEMBERED: usize = 32;

/// Occurrences looked at for the shortest time between two.
const SAMPLE: usize = 400;

/// When a profile's returns are collected: hours of every day, a cron expression, both, or never.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    at: Vec<Time>,
    cron: Option<Cron>,
}

/// What the journal knows of a lane's schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The schedule followed, as [`Schedule::name`] writes it; empty when there is none any more.
    pub schedule: String,
    /// Dealt with up to this instant, itself included.
    pub since: Timestamp,
    /// The last occurrences that asked for a collection, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fired: Vec<Timestamp>,
    /// The occurrence whose collection is still to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owed: Option<Timestamp>,
    /// When the lane's returns were last collected, for whatever reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collected: Option<Timestamp>,
}

/// What is to be done about a schedule now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Decision {
    /// Journal that it is followed from now on: it is new, it changed, or the clock was set back. Nothing of before is due.
    Follow,
    /// Collect, for the latest occurrence that was not dealt with; those before it are dealt with too.
    Collect(Timestamp),
    /// Nothing.
    Nothing,
}

impl Schedule {
    /// These hours of every day, and the times of `cron`. The same instant counts once.
    #[must_use]
    pub fn new(mut at: Vec<Time>, cron: Option<Cron>) -> Self {
        at.sort_unstable();
        at.dedup();
        Self { at, cron }
    }

    /// Nothing is ever collected by it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.at.is_empty() && self.cron.is_none()
    }

    /// The first occurrence after `after`.
    #[must_use]
    pub fn next(&self, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
        let wall = zone.to_datetime(after);
        let later = |wall: DateTime| wall::first_shown(zone, wall).filter(|at| *at > after);
        let daily = self.around(wall.date()).filter_map(later).min();
        let cron = self.cron.as_ref().and_then(|cron| cron.after(wall).find_map(later));
        daily.into_iter().chain(cron).min()
    }

    /// The last occurrence up to `now`, itself included.
    #[must_use]
    pub fn latest(&self, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
        let wall = wall::shown_until(zone, now);
        let earlier = |wall: DateTime| wall::first_shown(zone, wall).filter(|at| *at <= now);
        let daily = self.around(wall.date()).filter_map(earlier).max();
        let cron = self.cron.as_ref().and_then(|cron| cron.up_to(wall).find_map(earlier));
        daily.into_iter().chain(cron).max()
    }

    /// What is to be done at `now`, after what the journal knows.
    pub fn decide(&self, zone: &TimeZone, mark: Option<&Mark>, now: Timestamp) -> Decision {
        let name = self.name(zone);
        let Some(mark) = mark.filter(|mark| mark.schedule == name) else {
            return if mark.is_none() && self.is_empty() { Decision::Nothing } else { Decision::Follow };
        };
        if self.is_empty() {
            return Decision::Nothing;
        }
        if now < mark.since {
            return Decision::Follow;
        }
        match self.latest(zone, now) {
            Some(at) if at > mark.dealt_with(now) => Decision::Collect(at),
            _ => Decision::Nothing,
        }
    }

    /// The occurrence that is collected next: overdue when the station did not run, to come otherwise.
    #[must_use]
    pub fn upcoming(&self, zone: &TimeZone, mark: Option<&Mark>, now: Timestamp) -> Option<Timestamp> {
        if let Decision::Collect(at) = self.decide(zone, mark, now) {
            return Some(at);
        }
        let fired = mark.map_or(&[][..], |mark| &mark.fired);
        let following = std::iter::successors(self.next(zone, now), |at| self.next(zone, *at));
        following.take(REMEMBERED + 1).find(|at| !fired.contains(at))
    }

    /// The shortest time between two occurrences of the weeks that follow `from`.
    #[must_use]
    pub fn shortest_gap(&self, zone: &TimeZone, from: Timestamp) -> Option<jiff::SignedDuration> {
        let mut gaps = None;
        let mut last = self.next(zone, from)?;
        for _ in 0..SAMPLE {
            let Some(next) = self.next(zone, last) else { break };
            let gap = next.duration_since(last);
            gaps = Some(gaps.map_or(gap, |known| gap.min(known)));
            last = next;
        }
        gaps
    }

    /// Its hours, its expression and the zone they are read in, always written alike; empty when it is.
    #[must_use]
    pub fn name(&self, zone: &TimeZone) -> String {
        if self.is_empty() {
            return String::new();
        }
        let hours = self.at.iter().map(|time| time.strftime("%H:%M").to_string());
        let cron = self.cron.iter().map(|cron| format!("cron {}", cron.as_str()));
        hours.chain(cron).chain(zone.iana_name().map(str::to_owned)).collect::<Vec<_>>().join(" ")
    }

    /// The hours of the days around one: an instant lies within a day of what its wall shows, and a zone may skip a day.
    fn around(&self, date: Date) -> impl Iterator<Item = DateTime> {
        let days = (-2..=2).filter_map(move |days| date.checked_add(Span::new().days(days)).ok());
        days.flat_map(|date| self.at.iter().map(move |time| date.to_datetime(*time)))
    }
}

impl Mark {
    /// A schedule is followed from an instant on; what was collected before is remembered.
    #[must_use]
    pub(crate) fn follow(before: Option<Self>, schedule: String, from: Timestamp) -> Self {
        let (fired, owed, collected) = before.map(|mark| (mark.fired, mark.owed, mark.collected)).unwrap_or_default();
        Self { schedule, since: from, fired, owed, collected }
    }

    /// An occurrence asked for a collection.
    pub(crate) fn fire(&mut self, occurrence: Timestamp) {
        (self.since, self.owed) = (occurrence, Some(occurrence));
        self.fired.push(occurrence);
        let forgotten = self.fired.len().saturating_sub(REMEMBERED);
        self.fired.drain(..forgotten);
    }

    /// The lane's returns were collected.
    pub(crate) fn collect(&mut self, at: Timestamp) {
        (self.owed, self.collected) = (None, Some(at));
    }

    /// Up to where nothing is due any more, for a clock that shows `now`.
    fn dealt_with(&self, now: Timestamp) -> Timestamp {
        self.fired.iter().copied().filter(|at| *at <= now).fold(self.since, Timestamp::max)
    }
}
