//! A number is never given twice and every number is accounted for (P6). The sweep of `crash` looks at the register of returns too.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use scheduler_core::clock::Clock;
use scheduler_core::consignment::{Acceptance, ConsignmentEvent, Identifiers, Says, Status, Why};
use scheduler_core::id::{Id, Ids};
use scheduler_core::journal::{Draft, Durability, Event, Journal};
use scheduler_core::request::Command;
use scheduler_core::station::Until;

use crate::support::{House, PROFILE};

const HANDS: u64 = 8;
/// A thousand in all, and a fifth more that are refused after they were drawn.
const EACH: u64 = 125;
const REFUSED_EVERY: u64 = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn a_thousand_allotments_by_eight_hands() {
    let house = House::new();
    let clock = Clock::system();
    let (journal, reader) = Journal::open(&house.data(), clock.clone(), Durability::Off).await.unwrap();
    let ids = std::sync::Arc::new(Ids::after(None));
    let mut hands = tokio::task::JoinSet::new();
    for hand in 0..HANDS {
        let (journal, ids, clock) = (journal.clone(), ids.clone(), clock.clone());
        hands.spawn(async move {
            let mut drawn = Vec::new();
            for turn in 0..EACH + EACH / REFUSED_EVERY {
                let whose = ids.next(clock.now());
                let used = Box::new(move |number| Event::Void {
                    register: "daily".to_owned(),
                    number,
                    why: format!("drawn for {whose} by {hand}"),
                });
                let draft = Draft::WithNumber { register: "daily".to_owned(), whose, first: 1, make: used };
                // Some submissions are refused after the number was drawn: the number must not be lost with it.
                let refused =
                    (turn % (REFUSED_EVERY + 1) == 0).then(|| Draft::consignment(whose, ConsignmentEvent::Interrupted));
                let is_refused = refused.is_some();
                match journal.commit([draft].into_iter().chain(refused).collect()).await {
                    Ok(committed) => drawn.extend(committed.numbers),
                    Err(error) => assert!(is_refused, "{error}"),
                }
            }
            drawn
        });
    }
    let mut drawn: Vec<u64> = hands.join_all().await.into_iter().flatten().collect();
    drawn.sort_unstable();
    let expected: Vec<u64> = (1..=HANDS * EACH).collect();
    assert_eq!(drawn, expected, "no hole, none twice");

    let mut owners = BTreeSet::new();
    let mut journalled = Vec::new();
    let mut used = Vec::new();
    for recorded in reader.events_after(0, u32::MAX).await.unwrap() {
        match recorded.event {
            Event::Number { number, whose, .. } => {
                assert!(owners.insert(whose));
                journalled.push(number);
            }
            Event::Void { number, .. } => used.push(number),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((journalled, used), (expected.clone(), expected));
    assert_eq!(reader.small().await.unwrap().registers.get("daily"), Some(&1000));
}

fn accepted(number: u64) -> ConsignmentEvent {
    ConsignmentEvent::Accepted(Box::new(Acceptance {
        scenario: "letters".to_owned(),
        lane: House::lane(PROFILE),
        source: format!("/inbox/{number}.xml"),
        name: format!("{number}.xml"),
        size: 7,
        modified: Clock::system().now(),
        sha1: String::new(),
        sha256: format!("{number}"),
        destination: "memory".to_owned(),
        identity: None,
        held: None,
        sent_copy: false,
        again_of: None,
    }))
}

/// Accepts a file and intends to send it under the next daily number, in one transaction.
async fn intended(journal: &Journal, ids: &Ids, number: u64) -> Id {
    let whose = ids.next(Clock::system().now());
    let intent = move |drawn| {
        let numbers = BTreeMap::from([("daily".to_owned(), drawn)]);
        let what = ConsignmentEvent::Intended {
            session: whose,
            gate: "memory".to_owned(),
            numbers,
            identifiers: Identifiers::new(),
        };
        Event::Consignment { id: whose, what }
    };
    let draw = Draft::WithNumber { register: "daily".to_owned(), whose, first: 1, make: Box::new(intent) };
    journal.commit(vec![Draft::consignment(whose, accepted(number)), draw]).await.unwrap();
    whose
}

/// What may become of a file that has its number.
fn ends(session: Id) -> Vec<Vec<ConsignmentEvent>> {
    let (why, committing) = (|| Why::code("test"), || ConsignmentEvent::Committing { session });
    vec![
        vec![],
        vec![ConsignmentEvent::Interrupted],
        vec![ConsignmentEvent::Postponed { until: Timestamp::MAX, why: why() }],
        vec![ConsignmentEvent::Held { why: why() }],
        vec![ConsignmentEvent::Refused { why: why() }],
        vec![committing(), ConsignmentEvent::Refused { why: why() }],
        vec![committing(), ConsignmentEvent::Doubted { why: why() }],
        vec![committing(), ConsignmentEvent::Deposited { identifiers: Identifiers::new(), words: None }],
        vec![
            committing(),
            ConsignmentEvent::Deposited { identifiers: Identifiers::new(), words: None },
            ConsignmentEvent::Evidenced {
                key: "mail".to_owned(),
                says: Says::Undelivered { why: why() },
                identifiers: Identifiers::new(),
            },
        ],
    ]
}

/// Whatever becomes of a file, given up or not, its number stays its own; one that will never be seen is void, and only that.
#[tokio::test]
async fn every_number_is_a_files_or_void() {
    let house = House::new();
    let (journal, reader) = Journal::open(&house.data(), Clock::system(), Durability::Off).await.unwrap();
    let ids = Ids::after(None);
    let mut files = Vec::new();
    for number in 0..2 * ends(ids.next(Clock::system().now())).len() {
        let id = intended(&journal, &ids, number as u64).await;
        let every = ends(id);
        let end = every[number % every.len()].clone();
        journal.commit(end.into_iter().map(|event| Draft::consignment(id, event)).collect()).await.unwrap();
        files.push(id);
    }
    drop((journal, reader));
    let station = house.open(house.setup()).await;
    // The first of each end is given up, where that is possible.
    for id in &files[..files.len() / 2] {
        let cancel = Command::Cancel { id: *id, why: "not needed any more".to_owned() };
        station.serve(cancel, "operator", Until::NothingDue).await.unwrap();
    }
    let mut voided = BTreeSet::new();
    let mut drawn = BTreeMap::new();
    for recorded in station.reader().events_after(0, u32::MAX).await.unwrap() {
        match recorded.event {
            Event::Number { number, whose, .. } => assert_eq!(drawn.insert(number, whose), None, "given twice"),
            Event::Void { number, .. } => assert!(voided.insert(number), "void twice"),
            _ => {}
        }
    }
    assert_eq!(drawn.keys().copied().collect::<Vec<_>>(), (1..=files.len() as u64).collect::<Vec<_>>(), "no hole");
    for (number, whose) in drawn {
        let row = station.reader().consignment(whose).await.unwrap().unwrap();
        assert_eq!(row.numbers, BTreeMap::from([("daily".to_owned(), number)]));
        let events = station.reader().events_of(whose).await.unwrap();
        let may_be_seen = events.iter().any(|recorded| {
            let Event::Consignment { what, .. } = &recorded.event else { return false };
            matches!(what, ConsignmentEvent::Doubted { .. } | ConsignmentEvent::Deposited { .. })
        });
        let is_void = row.state.status() == Status::Cancelled && !may_be_seen;
        assert_eq!(voided.contains(&number), is_void, "{number} of a file that is {}", row.state.status());
    }
    assert_eq!(voided.len(), 6, "queued twice, waiting, held, refused twice");
}
