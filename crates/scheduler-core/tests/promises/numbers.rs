//! A number is never given twice and every number is accounted for.

use std::collections::BTreeSet;

use scheduler_core::clock::Clock;
use scheduler_core::id::Ids;
use scheduler_core::journal::{Draft, Durability, Event, Journal};

use crate::support::House;

const HANDS: u64 = 8;
const EACH: u64 = 125;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
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
            for turn in 0..EACH {
                let whose = ids.next(clock.now());
                let used = Box::new(move |number| Event::Void {
                    register: "daily".to_owned(),
                    number,
                    why: format!("drawn for {whose} by {hand}"),
                });
                let draft = Draft::WithNumber { register: "daily".to_owned(), whose, first: 1, make: used };
                // Every fifth submission is refused after the number was drawn: the number must not be lost with it.
                let refused = (turn % 5 == 0)
                    .then(|| Draft::consignment(whose, scheduler_core::consignment::ConsignmentEvent::Interrupted));
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
    let expected: Vec<u64> = (1..=HANDS * EACH * 4 / 5).collect();
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
    assert_eq!(reader.small().await.unwrap().registers.get("daily"), Some(&800));
}
