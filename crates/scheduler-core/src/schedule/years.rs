//! Ten years of schedules with restarts, downtime and clocks set forward and back: nothing missed, nothing twice (P12).
//!
//! What should happen is told by an oracle of its own: every fifth minute of the wall, and the offsets of the zone.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::civil::{Weekday, date, time};

use super::*;

const ZONES: [&str; 3] = ["Europe/Paris", "America/Noronha", "Australia/Lord_Howe"];
const DAY: i64 = 86_400;

fn start() -> Timestamp {
    "2024-01-01T00:00:00Z".parse().unwrap()
}

fn end() -> Timestamp {
    "2034-01-01T00:00:00Z".parse().unwrap()
}

fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}

/// A schedule, and whether a minute of the wall is one of its own.
struct Case {
    schedule: Schedule,
    shown: fn(DateTime) -> bool,
}

fn cases() -> [Case; 3] {
    let at = |hours: &[(i8, i8)]| hours.iter().map(|(hour, minute)| time(*hour, *minute, 0, 0)).collect();
    let noons = Schedule::new(at(&[(12, 0), (2, 30), (1, 45)]), None);
    let working = Schedule::new(Vec::new(), Some("0 */2 * * 1-5".parse().unwrap()));
    let nights = Schedule::new(at(&[(2, 15)]), Some("10,40 2 1-7,20-31 * *".parse().unwrap()));
    [
        Case { schedule: noons, shown: |wall| [(12, 0), (2, 30), (1, 45)].contains(&(wall.hour(), wall.minute())) },
        Case {
            schedule: working,
            shown: |wall| {
                wall.minute() == 0
                    && wall.hour() % 2 == 0
                    && !matches!(wall.weekday(), Weekday::Saturday | Weekday::Sunday)
            },
        },
        Case {
            schedule: nights,
            shown: |wall| {
                let some = wall.day() <= 7 || wall.day() >= 20;
                wall.hour() == 2 && (wall.minute() == 15 || (some && [10, 40].contains(&wall.minute())))
            },
        },
    ]
}

/// Every instant that the schedule should name, found by trying the offsets that the zone has.
fn oracle(zone: &TimeZone, shown: fn(DateTime) -> bool) -> BTreeSet<Timestamp> {
    let mut offsets: Vec<i64> =
        (0..400).map(|days| i64::from(zone.to_offset(start() + seconds(days * DAY)).seconds())).collect();
    offsets.sort_unstable();
    offsets.dedup();
    let mut instants = BTreeSet::new();
    let days = date(2023, 12, 30).series(Span::new().days(1)).take_while(|day| *day < date(2034, 4, 1));
    for day in days {
        for minute in (0..24 * 60).step_by(5) {
            let wall = day.at(i8::try_from(minute / 60).unwrap(), i8::try_from(minute % 60).unwrap(), 0, 0);
            if shown(wall) {
                instants.insert(instant_of(zone, wall, &offsets));
            }
        }
    }
    instants
}

fn instant_of(zone: &TimeZone, wall: DateTime, offsets: &[i64]) -> Timestamp {
    let as_utc = wall.to_zoned(TimeZone::UTC).unwrap().timestamp();
    let shows = |at: &Timestamp| zone.to_datetime(*at) == wall;
    let earliest = offsets.iter().map(|offset| as_utc - seconds(*offset)).filter(shows).min();
    // Never shown: the first minute at which the clock is past it.
    earliest.unwrap_or_else(|| {
        let from = as_utc - seconds(*offsets.last().unwrap());
        (0..).map(|minute| from + seconds(minute * 60)).find(|at| zone.to_datetime(*at) >= wall).unwrap()
    })
}

/// A station that looks at its schedule, and the journal that outlives it.
struct World<'c> {
    case: &'c Case,
    zone: TimeZone,
    due: BTreeSet<Timestamp>,
    /// What the wall clock shows.
    now: Timestamp,
    journal: Option<Mark>,
    /// The last look, whichever process made it.
    looked: Option<Timestamp>,
    fired: BTreeSet<Timestamp>,
    caught_up: usize,
    dice: Dice,
}

/// Random numbers that a failing test can repeat (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn seconds(&mut self, limit: i64) -> SignedDuration {
        seconds(self.below(limit.unsigned_abs()).cast_signed())
    }
}

impl<'c> World<'c> {
    fn new(case: &'c Case, zone: &str, seed: u64) -> Self {
        let zone = TimeZone::get(zone).unwrap();
        let due = oracle(&zone, case.shown);
        let (journal, looked, fired) = (None, None, BTreeSet::new());
        Self { case, zone, due, now: start(), journal, looked, fired, caught_up: 0, dice: Dice(seed) }
    }

    /// What the oracle says is due at this look: the latest that passed since the one before, unless it, or a later one, was collected.
    fn owed(&self) -> Option<Timestamp> {
        let looked = self.looked.filter(|looked| *looked <= self.now)?;
        let latest = self.due.range(..=self.now).next_back().copied().filter(|at| *at > looked)?;
        self.fired.range(latest..=self.now).next().is_none().then_some(latest)
    }

    /// One look of a station that may be killed before, or just after, its transaction: then it starts again and looks again.
    fn look(&mut self) {
        let owed = self.owed();
        let mut fired = Vec::new();
        loop {
            let killed = self.dice.below(50);
            let decision = self.case.schedule.decide(&self.zone, self.journal.as_ref(), self.now);
            if killed == 0 {
                continue;
            }
            match decision {
                Decision::Follow => {
                    let name = self.case.schedule.name(&self.zone);
                    self.journal = Some(Mark::follow(self.journal.take(), name, self.now));
                }
                Decision::Collect(at) => {
                    self.journal.as_mut().unwrap().fire(at);
                    fired.push(at);
                }
                Decision::Nothing => {}
            }
            if killed > 2 {
                break;
            }
        }
        assert_eq!(fired, Vec::from_iter(owed), "at {} after {:?}", self.now, self.looked);
        for at in fired {
            assert!(self.fired.insert(at), "{at} twice");
            self.caught_up += usize::from(at < self.now);
        }
        self.looked = Some(self.now);
    }

    /// The station runs for that long: it sleeps until the next occurrence, or a minute at most.
    fn run(&mut self, time: SignedDuration) {
        let until = self.now + time;
        self.look();
        while self.now < until {
            let next = self.case.schedule.next(&self.zone, self.now).unwrap();
            assert_eq!(
                self.due.range((std::ops::Bound::Excluded(self.now), std::ops::Bound::Unbounded)).next(),
                Some(&next)
            );
            // Looks of the minutes between see nothing new; a few are made.
            if self.dice.below(8) == 0 {
                self.now = next.min(self.now + self.dice.seconds(7200)).min(until);
                self.look();
            }
            self.now = next.min(until);
            self.look();
        }
    }

    /// What may befall a station: time goes by, it is stopped, its clock is set.
    fn happen(&mut self) {
        match self.dice.below(8) {
            0 => self.now += self.dice.seconds(40 * DAY),
            1 | 2 => self.now += self.dice.seconds(DAY),
            3 => self.now += self.dice.seconds(3 * 3600),
            4 => self.now -= self.dice.seconds(2 * 3600),
            5 => self.now -= self.dice.seconds(2 * DAY),
            _ => {}
        }
        let time = self.dice.seconds(9 * DAY);
        self.run(time);
    }
}

#[test]
fn ten_quiet_years_collect_at_every_hour_and_at_no_other() {
    for zone in ZONES {
        for case in &cases() {
            let mut world = World::new(case, zone, 1);
            world.run(end().duration_since(start()));
            let expected: BTreeSet<_> = world.due.range(start()..=end()).copied().filter(|at| *at > start()).collect();
            assert_eq!(world.fired, expected, "{zone}");
            assert_eq!(world.caught_up, 0);
        }
    }
}

#[test]
fn ten_years_of_restarts_downtime_and_clock_jumps_miss_nothing_and_double_nothing() {
    for (seed, zone) in (7..).zip(ZONES) {
        for case in &cases() {
            let mut world = World::new(case, zone, seed);
            while world.now < end() {
                world.happen();
            }
            assert!(world.fired.len() > 1000 && world.caught_up > 100, "{} {}", world.fired.len(), world.caught_up);
        }
    }
}
