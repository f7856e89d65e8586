//! P3, P4, P6, P9 on the real program: 200 kills during 1,000 files, at every crash point and at random. Restarting needs no hand; the
//! simulator's ledger file counts.

#![allow(clippy::unwrap_used, reason = "in tests")]

mod house;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Child;
use std::time::{Duration, Instant};

use house::{House, Plan, names, words};
use partner_sim::{Fault, FaultPlan};
use scheduler_core::consignment::{Consignment, ConsignmentEvent, Status};
use scheduler_core::crash::CrashPoint;
use scheduler_core::journal::Event;

const FILES: usize = 1000;
const KILLS: usize = 200;

/// Crash points that only a return passes.
const RETURNS: [CrashPoint; 6] = [
    CrashPoint::Collecting,
    CrashPoint::Collected,
    CrashPoint::CollectedDurably,
    CrashPoint::Stored,
    CrashPoint::BeforePublished,
    CrashPoint::Published,
];

/// A small generator: the sweep is the same at each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// Where a kill is to fall: a crash point's name and passage, or nowhere in particular.
fn plan(dice: &mut Dice) -> Vec<Option<(CrashPoint, u64)>> {
    let between = [CrashPoint::Intended, CrashPoint::BeforeCommitting, CrashPoint::Committing, CrashPoint::Answered];
    let mut kills: Vec<_> = CrashPoint::ALL.into_iter().flat_map(|point| [Some((point, 1)); 4]).collect();
    kills.extend(between.into_iter().flat_map(|point| (1..=4).chain(1..=4).map(move |n| Some((point, n)))));
    kills.resize(KILLS, None);
    for index in (1..kills.len()).rev() {
        let other = usize::try_from(dice.roll(index as u64 + 1)).unwrap();
        kills.swap(index, other);
    }
    kills
}

/// Waits for the crash point to kill the program; kills it after a while otherwise. Tells whether the point did.
fn wait_or_kill(child: &mut Child, patience: Duration) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < patience {
        if child.try_wait().unwrap().is_some() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    false
}

fn state_of(rows: &[Consignment], claims: usize) -> &'static str {
    let any = |status| rows.iter().any(|row| row.state.status() == status);
    match () {
        () if any(Status::Committing) => "committing",
        () if any(Status::Sending) => "sending",
        () if claims > 0 => "claimed",
        () if any(Status::Queued) => "queued",
        () => "idle",
    }
}

#[test]
fn two_hundred_kills_lose_nothing_and_send_nothing_twice() {
    let mut dice = Dice(20_261_122);
    let faults = FaultPlan::new().mail().every(3).with(Fault::NoMail);
    let house = House::new(Plan { faults, ..Plan::default() });
    let (mut dropped, mut in_committing) = (0, BTreeSet::new());
    let mut fell: BTreeMap<&str, usize> = BTreeMap::new();
    let mut by_point = 0;
    for (round, kill) in plan(&mut dice).into_iter().enumerate() {
        let until = FILES * (round + 1) / KILLS;
        (dropped..until).for_each(|number| house.drop_file(&format!("f{number:04}.txt")));
        dropped = until;
        if round % 10 == 0 || kill.is_some_and(|(point, _)| RETURNS.contains(&point)) {
            house.gateway.offer("ville", &format!("OCRE{round}"), format!("return {round}").as_bytes()).unwrap();
        }
        match kill {
            Some((point, passage)) => {
                let at = format!("{}:{passage}", point.name());
                let mut child = house.spawn(&["run"], &[("TASKCTL_CRASH_AT", &at)]);
                by_point += usize::from(wait_or_kill(&mut child, Duration::from_millis(2500)));
            }
            None => {
                let mut child = house.spawn(&["run"], &[]);
                wait_or_kill(&mut child, Duration::from_millis(20 + dice.roll(380)));
            }
        }
        let rows = house.consignments();
        // A second kill, before the start has mended the first one's, finds the same attempt again.
        let committing = rows.iter().filter(|row| row.state.status() == Status::Committing);
        in_committing.extend(committing.map(|row| (row.id, row.attempts)));
        let claims = std::fs::read_dir(house.inbox().join(".taskctl")).map_or(0, Iterator::count);
        *fell.entry(state_of(&rows, claims)).or_default() += 1;
    }
    println!("{KILLS} kills, {by_point} at their crash point; the station was: {fell:?}");
    let between = fell.get("sending").unwrap_or(&0) + fell.get("committing").unwrap_or(&0);
    assert!(between * 4 >= KILLS, "a quarter of the kills must fall between intent and outcome: {fell:?}");

    house.settle();
    let uncertain = house.with_status(Status::Uncertain);
    let doubted = house
        .journal(async |reader| {
            let (mut from, mut count) = (0, 0);
            loop {
                let events = reader.events_after(from, 1000).await.unwrap();
                let Some(last) = events.last() else { return count };
                from = last.seq;
                let doubt =
                    |event: &&Event| matches!(event, Event::Consignment { what: ConsignmentEvent::Doubted { .. }, .. });
                count += events.iter().map(|recorded| &recorded.event).filter(doubt).count();
            }
        })
        .unwrap();
    println!(
        "{doubted} doubts for {} kills in Committing, {} left to an operator",
        in_committing.len(),
        uncertain.len()
    );
    assert_eq!(doubted, in_committing.len(), "only a kill in Committing leaves a doubt");
    mails_settled_theirs(&house, &uncertain);
    resolve(&house, &uncertain);
    whole(&house);
}

/// With the partner's mail, nothing stays uncertain.
fn mails_settled_theirs(house: &House, uncertain: &[Consignment]) {
    let mails: String = std::fs::read_dir(house.folder.path().join("mails/new"))
        .unwrap()
        .map(|entry| String::from_utf8_lossy(&std::fs::read(entry.unwrap().path()).unwrap()).into_owned())
        .collect();
    for row in uncertain {
        assert!(!mails.contains(&row.facts.name), "{} is uncertain although its mail came", row.facts.name);
    }
}

/// The operator asks the partner about the rest.
fn resolve(house: &House, uncertain: &[Consignment]) {
    let received = house.received();
    for row in uncertain {
        let verdict = if received.contains_key(&row.facts.name) { "--deposited" } else { "--resend" };
        let output = house.run(&["resolve", &row.id.to_string(), verdict, "--why", "asked by telephone"]);
        assert!(output.status.success(), "{}", words(&output));
    }
    house.settle();
}

/// Every file once at the partner, every row sent, every return in the operator's folder, nothing left over.
fn whole(house: &House) {
    let received = house.received();
    assert_eq!(received.len(), FILES, "files at the partner");
    assert!(received.values().all(|count| *count == 1), "received twice: {received:?}");
    let rows = house.consignments();
    assert_eq!(rows.len(), FILES, "files in the journal");
    assert!(rows.iter().all(|row| row.state.status().reached_partner()), "not sent: {rows:?}");
    assert_eq!(names(&house.inbox()), Vec::<String>::new());
    assert_eq!(std::fs::read_dir(house.inbox().join(".taskctl")).unwrap().count(), 0, "claims left");
    assert_eq!(names(&house.folder.path().join("backup")).len(), FILES, "backups");
    assert_eq!(names(&house.folder.path().join("envoyes")).len(), FILES, "second copies");
    let verified = house.journal(async |reader| reader.verify().await.unwrap()).unwrap();
    assert!(verified.is_ok(), "{verified:?}");
}
