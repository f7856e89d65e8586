//! A crash never loses a file and never makes a silent second one: the station is killed at its k-th wake-up, for k over a wide range
//! and at random, and started again without a hand.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use scheduler_core::clock::Clock;
use scheduler_core::consignment::{Consignment, Status};
use scheduler_core::journal::{Event, Reader, Recorded};
use scheduler_core::returned::{Return, ReturnState};
use scheduler_core::setup::Setup;

use crate::support::{Dice, House, PROFILE, assert_one_story, block_on, is_whole, sealed, tree};

const FILES: u64 = 5;
const OFFERS: u64 = 3;

/// The register goes on from another product's.
const FIRST_NUMBER: u64 = 7;

/// Files to send, returns to collect.
fn furnished(reconciles: bool) -> (House, Setup) {
    let house = House::new();
    house.memory.reconcile(reconciles);
    for number in 0..FILES {
        house.drop_file(&format!("out-{number}.xml"), sealed(number, 300));
    }
    for number in 0..OFFERS {
        let name = format!("in-{number}.xml");
        house.memory.offer(PROFILE, &format!("key-{number}"), &name, &sealed(100 + number, 80));
    }
    let mut profile = house.profile(PROFILE, "memory");
    profile.retrieve.after_send = true;
    profile.naming.pattern = Some("[numrec]-[nom]".to_owned());
    let mut scenario = house.scenario("letters");
    scenario.backup = Some(house.path("backup"));
    let mut setup = house.setup_of(vec![scenario], vec![profile]);
    setup.settings.quiet = Duration::from_millis(2);
    setup.settings.first_numrec = FIRST_NUMBER;
    (house, setup)
}

/// What a journal tells after everything.
struct Told {
    consignments: Vec<Consignment>,
    returns: Vec<Return>,
    events: Vec<Recorded>,
}

fn told(house: &House) -> Told {
    block_on(async {
        let reader = Reader::open(&house.data()).await.unwrap();
        assert_one_story(&reader).await;
        Told {
            consignments: house.consignments().await,
            returns: reader.last_returns(u32::MAX).await.unwrap(),
            events: reader.events_after(0, u32::MAX).await.unwrap(),
        }
    })
}

/// States found right after a kill, as a stopped process leaves them.
#[derive(Debug, Default)]
struct Kills(BTreeMap<String, u32>);

impl Kills {
    fn note(&mut self, house: &House) {
        block_on(async {
            let Ok(reader) = Reader::open(&house.data()).await else { return self.add("before the journal") };
            let Ok(rows) = reader.last_consignments(u32::MAX).await else { return self.add("before the journal") };
            let returns = reader.last_returns(u32::MAX).await.unwrap();
            let between =
                rows.iter().map(|row| row.state.status()).find(|s| matches!(s, Status::Sending | Status::Committing));
            let reading = returns.iter().find(|row| matches!(row.state, ReturnState::Collecting | ReturnState::Stored));
            match (between, reading) {
                (Some(status), _) => self.add(status.as_str()),
                (None, Some(row)) => self.add(row.state.as_str()),
                (None, None) if rows.is_empty() => self.add("before acceptance"),
                (None, None) => self.add("between two steps"),
            }
        });
    }

    fn add(&mut self, what: &str) {
        *self.0.entry(what.to_owned()).or_default() += 1;
    }

    fn of(&self, what: &str) -> u32 {
        self.0.get(what).copied().unwrap_or_default()
    }
}

/// One more file, so that a session is opened, then everything is looked at.
fn settle_and_check(house: &House, setup: &Setup, reconciles: bool, case: &str) {
    house.drop_file("last.xml", sealed(99, 10));
    house.settle(setup);
    let told = told(house);
    let all = tree(&house.path(""));
    assert_eq!(house.names("inbox"), [".taskctl"], "{case}\n{all}");
    assert_eq!(told.consignments.len() as u64, FILES + 1, "{case}");
    for row in &told.consignments {
        check_sent(house, row, &told.events, reconciles, case);
    }
    let mut names: Vec<_> = told.consignments.iter().map(|row| row.facts.name.clone()).collect();
    names.sort();
    assert_eq!(house.names("backup"), names, "{case}: each once");
    check_copies(house, &told, case);
    check_returns(house, &told, case);
    check_numbers(&told, case);
    check_store(house, &told, case);
    house.assert_tidy();
}

fn check_sent(house: &House, row: &Consignment, events: &[Recorded], reconciles: bool, case: &str) {
    let name = &row.facts.name;
    let copies: Vec<_> = house.memory.ledger().into_iter().filter(|held| held.name == *name).collect();
    assert!(copies.iter().all(|held| is_whole(&held.bytes)), "{case}: {name}");
    match row.state.status() {
        Status::Deposited => assert_eq!(copies.len(), 1, "{case}: {name}"),
        Status::Uncertain if !reconciles => {
            assert!(copies.len() <= 1, "{case}: {name}");
            let of_row = |recorded: &&Recorded| recorded.event.subject() == Some(row.id);
            let names: Vec<_> = events.iter().filter(of_row).map(|recorded| event_name(&recorded.event)).collect();
            assert!(names.ends_with(&["committing", "doubted"]), "{case}: {name} {names:?}");
        }
        other => panic!("{case}: {name} is {other}"),
    }
    let stored = fs::read(house.data().join("store").join(row.id.to_string())).unwrap();
    assert!(is_whole(&stored), "{case}: {name}");
}

/// What the partner surely received has its second copy, once, and the journal says so once.
fn check_copies(house: &House, told: &Told, case: &str) {
    let received = told.consignments.iter().filter(|row| row.state.status() == Status::Deposited);
    let mut names: Vec<_> = received.clone().map(|row| row.facts.name.clone()).collect();
    names.sort();
    assert_eq!(house.names("sent"), names, "{case}");
    assert!(told.consignments.iter().all(|row| !row.owes_copy), "{case}");
    let copied = told.events.iter().filter(|recorded| event_name(&recorded.event) == "copied").count();
    assert_eq!(copied, names.len(), "{case}");
}

fn event_name(event: &Event) -> &'static str {
    match event {
        Event::Consignment { what, .. } => what.name(),
        _ => "",
    }
}

/// Each offer stands once in the operator's folder, or is told to be incomplete; never both, never neither.
fn check_returns(house: &House, told: &Told, case: &str) {
    assert_eq!(told.returns.len() as u64, OFFERS, "{case}");
    let mut published = Vec::new();
    for row in &told.returns {
        match row.state {
            ReturnState::Disposed => published.push(row.path.clone().unwrap()),
            ReturnState::Incomplete { .. } => {}
            ref other => panic!("{case}: {} is {other:?}", row.offer.name),
        }
    }
    published.sort();
    let received = house.path("received").join(PROFILE);
    let found: Vec<_> = house.names(&format!("received/{PROFILE}")).iter().map(|name| received.join(name)).collect();
    assert_eq!(found, published.iter().map(std::path::PathBuf::from).collect::<Vec<_>>(), "{case}");
    assert!(found.iter().all(|path| is_whole(&fs::read(path).unwrap())), "{case}");
}

/// The store holds what the journal knows, and the parts of what was read in vain; nothing else.
fn check_store(house: &House, told: &Told, case: &str) {
    let whole = told.consignments.iter().map(|row| row.id.to_string());
    let returns = told.returns.iter().map(|row| match row.state {
        ReturnState::Incomplete { .. } => format!("{}.part", row.id),
        _ => row.id.to_string(),
    });
    let mut expected: Vec<_> = whole.chain(returns).collect();
    expected.sort();
    let mut found = house.names("data/store");
    // A read that was cut before its first byte may have left no part.
    expected.retain(|name| !name.ends_with(".part") || found.contains(name));
    found.sort();
    assert_eq!(found, expected, "{case}");
}

/// Every number drawn is for one return for ever, whose name bears it; none is missing, none is given twice.
fn check_numbers(told: &Told, case: &str) {
    let mut expected = FIRST_NUMBER;
    for recorded in &told.events {
        if let Event::Number { register, number, whose } = &recorded.event {
            assert_eq!((register.as_str(), *number), ("numrec", expected), "{case}");
            expected += 1;
            let row = told.returns.iter().find(|row| row.id == *whose).unwrap();
            let path = std::path::PathBuf::from(row.path.clone().unwrap());
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(name.starts_with(&format!("{number:04}-in-")), "{case}: {name}");
        }
    }
    let stored = told.returns.iter().filter(|row| row.state == ReturnState::Disposed).count();
    assert_eq!(expected - FIRST_NUMBER, stored as u64, "{case}");
}

/// Where kills must have fallen for a sweep to have proven anything.
const CUTS: [&str; 3] = ["before acceptance", "sending", "committing"];

/// Sweeps again, at other wake-ups, until each of [`CUTS`] was hit: a machine that is busy wakes the station at moments of its own.
fn sweep(reconciles: bool, seed: u64) {
    let mut kills = Kills::default();
    for again in 0..5 {
        sweep_once(reconciles, &mut Dice(seed + 100 * again), &mut kills);
        if CUTS.iter().all(|cut| kills.of(cut) > 0) {
            break;
        }
    }
    println!("kills, by what they cut: {kills:?}");
    for cut in CUTS {
        assert!(kills.of(cut) > 0, "no kill fell in «{cut}»: {kills:?}");
    }
}

fn sweep_once(reconciles: bool, dice: &mut Dice, kills: &mut Kills) {
    let mut wakes = 1;
    loop {
        let (house, setup) = furnished(reconciles);
        let ended = house.live_and_die(setup.clone(), Clock::system, wakes);
        kills.note(&house);
        settle_and_check(&house, &setup, reconciles, &format!("killed at wake-up {wakes}"));
        if ended {
            break;
        }
        wakes += 1 + usize::try_from(dice.below(5)).unwrap();
    }
}

#[test]
fn killed_anywhere_with_a_partner_that_cannot_tell() {
    sweep(false, 1);
}

#[test]
fn killed_anywhere_with_a_partner_that_can_tell() {
    sweep(true, 2);
}

/// Killed again and again, during recovery too.
#[test]
fn killed_again_and_again() {
    let mut dice = Dice(3);
    for round in 0..12 {
        let (house, setup) = furnished(false);
        let kills: Vec<_> = (0..6).map(|_| 1 + usize::try_from(dice.below(140)).unwrap()).collect();
        for wakes in &kills {
            house.live_and_die(setup.clone(), Clock::system, *wakes);
        }
        settle_and_check(&house, &setup, false, &format!("round {round}: killed at wake-ups {kills:?}"));
    }
}

/// A second start after a recovery mends nothing more.
#[test]
fn repeating_the_recovery_changes_nothing() {
    let (house, setup) = furnished(false);
    house.live_and_die(setup.clone(), Clock::system, 120);
    let opened = || {
        block_on(async { drop(house.open(setup.clone()).await) });
        let told = told(&house);
        let states = |row: &Consignment| (row.id, row.state.clone(), row.changed);
        let files = tree(&house.path(""));
        (told.consignments.iter().map(states).collect::<Vec<_>>(), told.returns, files)
    };
    assert_eq!(opened(), opened());
}
