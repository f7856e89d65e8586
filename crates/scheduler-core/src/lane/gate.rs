//! Pacing (R14, durability rule 7): the gap between two attempts at a partner's end point, whoever makes them.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::platform::{Moment, later};

/// When the next attempt may begin, and why not before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Wait {
    /// Not before; `now` when it may begin at once.
    pub until: Timestamp,
    /// How long that is; nothing when it may begin at once. Sleep that long on a steady clock.
    pub left: Duration,
    /// Why.
    pub reason: Reason,
}

/// Why an attempt waits, or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nobody used the end point before.
    FirstUse,
    /// The gap has passed.
    Passed,
    /// The last attempt ended too recently.
    TooClose {
        /// When it ended.
        last_end: Timestamp,
    },
    /// The last attempt ended in the future: the clock was set back. Nobody knows how much of the gap has passed: a whole one is waited,
    /// once.
    ClockSetBack {
        /// When it ended, by the clock of then.
        last_end: Timestamp,
    },
}

impl Reason {
    /// Stable, in kebab case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::FirstUse => "pacing-first-use",
            Self::Passed => "pacing-passed",
            Self::TooClose { .. } => "pacing-too-close",
            Self::ClockSetBack { .. } => "pacing-clock-set-back",
        }
    }
}

/// The arithmetic of pacing, on one clock.
#[derive(Clone, Copy, Debug)]
pub struct Pacing;

impl Pacing {
    /// When the next attempt may begin, given the end of the last one, answered or not.
    ///
    /// Never later than `now + delay`. While `last_end` is in the future of `now` that is a moving target: sleep until then and begin, or
    /// let a [`Gate`] remember.
    pub fn wait(last_end: Option<Timestamp>, delay: Duration, now: Timestamp) -> Wait {
        let Some(last_end) = last_end else {
            return Wait { until: now, left: Duration::ZERO, reason: Reason::FirstUse };
        };
        let passed = now.duration_since(last_end);
        if passed < SignedDuration::ZERO && !delay.is_zero() {
            return Wait { until: later(now, delay), left: delay, reason: Reason::ClockSetBack { last_end } };
        }
        let left = delay.saturating_sub(passed.try_into().unwrap_or_default());
        let reason = if left.is_zero() { Reason::Passed } else { Reason::TooClose { last_end } };
        Wait { until: later(now, left), left, reason }
    }
}

/// The pacing of one end point during the life of a process.
///
/// What the journal kept of earlier processes is compared with the wall clock once, when the gate is restored; from then on only
/// the steady clock counts, so that setting the wall clock, forward or back, neither shortens nor lengthens a gap. Limit: a clock set
/// forward while no process ran shortens the first gap after it.
#[derive(Clone, Copy, Debug)]
pub struct Gate {
    restored: Moment,
    last_end: Option<LastEnd>,
}

#[derive(Clone, Copy, Debug)]
enum LastEnd {
    /// Journalled by an earlier process.
    Before(Timestamp),
    /// Seen by this one.
    Here(Moment),
}

impl Gate {
    /// A gate whose last attempt ended at `last_end`, as the journal tells at the start of the process.
    #[must_use]
    pub fn restored(last_end: Option<Timestamp>, now: Moment) -> Self {
        Self { restored: now, last_end: last_end.map(LastEnd::Before) }
    }

    /// An attempt ended, answered or not. Journal `now.wall` too.
    pub fn ended(&mut self, now: Moment) {
        self.last_end = Some(LastEnd::Here(now));
    }

    /// When the next attempt may begin. `delay` is the gap before it: it may differ from one direction to the other.
    pub fn wait(&self, delay: Duration, now: Moment) -> Wait {
        let (known, reason) = match self.last_end {
            None => return Pacing::wait(None, delay, now.wall),
            Some(LastEnd::Before(last_end)) => {
                let then = Pacing::wait(Some(last_end), delay, self.restored.wall);
                let passed = now.steady.saturating_sub(self.restored.steady);
                (then.left.saturating_sub(passed), then.reason)
            }
            Some(LastEnd::Here(end)) => {
                let passed = now.steady.saturating_sub(end.steady);
                (delay.saturating_sub(passed), Reason::TooClose { last_end: end.wall })
            }
        };
        let reason = if known.is_zero() { Reason::Passed } else { reason };
        Wait { until: later(now.wall, known), left: known, reason }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DELAY: Duration = Duration::from_secs(30);

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn moment(wall: i64, steady: u64) -> Moment {
        Moment { wall: second(wall), steady: Duration::from_secs(steady) }
    }

    #[test]
    fn the_gap_runs_from_the_end_of_the_last_attempt() {
        let wait = |last: Option<i64>, now| {
            let wait = Pacing::wait(last.map(second), DELAY, second(now));
            (wait.until, wait.reason.code())
        };
        assert_eq!(wait(None, 5), (second(5), "pacing-first-use"));
        assert_eq!(wait(Some(0), 5), (second(30), "pacing-too-close"));
        assert_eq!(wait(Some(0), 29), (second(30), "pacing-too-close"));
        assert_eq!(wait(Some(0), 30), (second(30), "pacing-passed"));
        assert_eq!(wait(Some(0), 999), (second(999), "pacing-passed"));
        assert_eq!(wait(Some(3600), 0), (second(30), "pacing-clock-set-back"));
        let free = Pacing::wait(Some(second(3600)), Duration::ZERO, second(0));
        assert_eq!((free.until, free.left), (second(0), Duration::ZERO));
    }

    #[test]
    fn a_clock_set_back_before_the_start_costs_one_delay_and_no_more() {
        let gate = Gate::restored(Some(second(100_000)), moment(0, 0));
        assert_eq!(gate.wait(DELAY, moment(0, 0)).left, DELAY);
        assert_eq!(gate.wait(DELAY, moment(12, 12)).left, Duration::from_secs(18));
        assert_eq!(gate.wait(DELAY, moment(30, 30)).reason, Reason::Passed);
    }

    #[test]
    fn each_direction_has_its_own_delay_after_the_same_attempt() {
        let mut gate = Gate::restored(None, moment(0, 0));
        assert_eq!(gate.wait(DELAY, moment(0, 0)).reason, Reason::FirstUse);
        gate.ended(moment(5, 5));
        assert_eq!(gate.wait(DELAY, moment(10, 10)).until, second(35));
        assert_eq!(gate.wait(Duration::from_secs(10), moment(10, 10)).until, second(15));
    }

    /// What happens between two attempts.
    #[derive(Clone, Copy, Debug)]
    enum Event {
        /// Nothing, for so many seconds.
        Passes(u64),
        /// The wall clock is set while the process runs.
        Jumps(i64),
        /// The process is started again, after so many seconds, its wall clock set back by so many.
        Restarts(u64, u64),
    }

    fn events() -> impl Strategy<Value = Vec<Vec<Event>>> {
        let event = prop_oneof![
            (0_u64..50).prop_map(Event::Passes),
            (-100_000_i64..100_000).prop_map(Event::Jumps),
            (0_u64..50, 0_u64..100_000).prop_map(|(after, back)| Event::Restarts(after, back)),
        ];
        prop::collection::vec(prop::collection::vec(event, 0..4), 1..20)
    }

    /// True time, the clocks that the station sees, and what its journal holds.
    struct World {
        truth: u64,
        offset: i64,
        started: u64,
        /// How much the wall clock ran ahead since the last end was journalled: a restart takes that for time that passed.
        ahead: i64,
        journal: Option<Timestamp>,
        gate: Gate,
    }

    impl World {
        fn now(&self) -> Moment {
            moment(i64::try_from(self.truth).unwrap() + self.offset, self.truth - self.started)
        }

        fn happen(&mut self, event: Event) {
            match event {
                Event::Passes(seconds) => self.truth += seconds,
                Event::Jumps(by) => {
                    self.offset += by;
                    self.ahead += by;
                }
                Event::Restarts(after, back) => {
                    self.truth += after;
                    // The documented limit: never ahead of the journal when a process starts.
                    let back = i64::try_from(back).unwrap().max(self.ahead);
                    self.offset -= back;
                    self.ahead -= back;
                    self.started = self.truth;
                    self.gate = Gate::restored(self.journal, self.now());
                }
            }
        }

        /// Waits as the gate says, and makes an attempt; gives its true time.
        fn attempt(&mut self) -> u64 {
            let wait = self.gate.wait(DELAY, self.now());
            assert!(wait.left <= DELAY, "{wait:?}");
            self.truth += wait.left.as_secs();
            let again = self.gate.wait(DELAY, self.now());
            assert!(again.left.is_zero(), "never waits twice: {again:?}");
            let at = self.truth;
            self.gate.ended(self.now());
            self.journal = Some(self.now().wall);
            self.ahead = 0;
            at
        }
    }

    proptest! {
        #[test]
        fn the_gap_holds_across_restarts_and_clock_jumps(between in events()) {
            let gate = Gate::restored(None, moment(0, 0));
            let mut world = World { truth: 0, offset: 0, started: 0, ahead: 0, journal: None, gate };
            let mut last = world.attempt();
            for events in between {
                events.into_iter().for_each(|event| world.happen(event));
                let next = world.attempt();
                prop_assert!(next - last >= DELAY.as_secs(), "{last} {next}");
                last = next;
            }
        }

        #[test]
        fn never_waits_longer_than_one_delay(last in -1_000_000_i64..1_000_000, now in -1_000_000_i64..1_000_000, delay in 0_u64..100) {
            let delay = Duration::from_secs(delay);
            let wait = Pacing::wait(Some(second(last)), delay, second(now));
            prop_assert!(wait.left <= delay);
            prop_assert!(wait.until.duration_since(second(now)) == SignedDuration::try_from(wait.left).unwrap());
            prop_assert!(now < last || wait.until.duration_since(second(last)) >= SignedDuration::try_from(delay).unwrap());
        }
    }
}
