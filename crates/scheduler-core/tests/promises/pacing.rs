//! The delay between two transfers holds across restarts, profiles and clocks set back.

use std::fs;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use scheduler_core::clock::Clock;
use scheduler_core::consignment::Status;
use scheduler_core::setup::Setup;
use scheduler_core::station::Until;

use crate::support::{Dice, House, block_on, count};

/// Much longer than a restart, which must not hide it.
const DELAY: Duration = Duration::from_millis(250);

/// Two profiles that may talk at the same time to one end point, each with a folder of files.
fn furnished(files: u64) -> (House, Setup) {
    let house = House::new();
    let (mut scenarios, mut profiles) = (Vec::new(), Vec::new());
    for name in ["VILLE", "PORT"] {
        fs::create_dir(house.path(name)).unwrap();
        for number in 0..files {
            fs::write(house.path(name).join(format!("{number}.xml")), format!("{name} {number}")).unwrap();
        }
        let mut scenario = house.scenario(name);
        (scenario.folder, scenario.lane) = (house.path(name), House::lane(name));
        let mut profile = house.profile(name, "one gate");
        (profile.delay_up, profile.sessions) = (Some(DELAY), 2);
        scenarios.push(scenario);
        profiles.push(profile);
    }
    let mut setup = house.setup_of(scenarios, profiles);
    setup.settings.quiet = Duration::from_millis(1);
    (house, setup)
}

/// One life, and what its clock was set to.
struct Life {
    origin: Timestamp,
    /// Just before, and just after, the clock began.
    began: (Instant, Instant),
    /// Attempts made before it.
    before: usize,
}

impl Life {
    fn true_end(&self, wall: Timestamp) -> Instant {
        self.began.0 + Duration::try_from(wall.duration_since(self.origin)).unwrap()
    }

    fn true_beginning(&self, wall: Timestamp) -> Instant {
        self.began.1 + Duration::try_from(wall.duration_since(self.origin)).unwrap()
    }
}

/// How many different numbers of attempts lives began with.
fn begun_apart(lives: &[Life]) -> usize {
    lives.iter().map(|life| life.before).collect::<std::collections::BTreeSet<_>>().len()
}

#[test]
fn the_gap_holds_across_restarts_with_the_clock_set_back() {
    let (house, setup) = furnished(5);
    let (mut dice, start) = (Dice(7), Instant::now());
    let mut back = SignedDuration::ZERO;
    let mut lives: Vec<Life> = Vec::new();
    loop {
        back += SignedDuration::from_secs(i64::try_from(dice.below(2) * dice.below(7200)).unwrap());
        let before = house.memory.attempts().len();
        // Longer and longer lives, until kills fell between attempts on this machine too.
        let longer = 1 + lives.len() as u64 / 12;
        let enough = lives.len() >= 12 && begun_apart(&lives) >= 3;
        let wakes = if enough { usize::MAX } else { 30 + usize::try_from(dice.below(60 * longer)).unwrap() };
        let clock = || {
            let base: Timestamp = "2026-11-22T08:00:00Z".parse().unwrap();
            let first = Instant::now();
            let origin = base + SignedDuration::try_from(start.elapsed()).unwrap() - back;
            let clock = Clock::starting_at(origin);
            lives.push(Life { origin, began: (first, Instant::now()), before });
            clock
        };
        if house.live_and_die(setup.clone(), clock, wakes) {
            break;
        }
    }
    let attempts = house.memory.attempts();
    let life = |index: usize| lives.iter().rev().find(|life| life.before <= index).unwrap();
    for (index, pair) in attempts.windows(2).enumerate() {
        let (ended, began) = (life(index).true_end(pair[0].1), life(index + 1).true_beginning(pair[1].0));
        assert!(began.saturating_duration_since(ended) >= DELAY, "attempts {index} and the next: {pair:?}");
    }
    let with_attempts = begun_apart(&lives);
    println!(
        "{} attempts in {} lives, {with_attempts} of which began with another number",
        attempts.len(),
        lives.len()
    );
    assert!(with_attempts >= 3, "kills must fall between attempts");
}

/// Nothing else keeps two profiles of one end point apart: without a delay they overlap.
#[test]
fn profiles_of_one_end_point_share_one_gate() {
    let (house, setup) = furnished(4);
    let station = block_on(async {
        let station = house.open(setup).await;
        station.run_once(Until::Settled).await.unwrap();
        assert_eq!(count(&station, Status::Deposited).await, 8);
        station
    });
    drop(station);
    let attempts = house.memory.attempts();
    for pair in attempts.windows(2) {
        let gap = pair[1].0.duration_since(pair[0].1);
        assert!(gap >= SignedDuration::try_from(DELAY).unwrap(), "{pair:?}");
    }
}
