//! What must hold after every run, whatever went wrong: the station's journal against what the partner really received.

use std::collections::{BTreeMap, BTreeSet};

use scheduler_core::consignment::{ConsignmentEvent, Status};
use scheduler_core::journal::Event;

use crate::Rig;

/// No file was received twice; none is shown or archived as sent that was not received (P9); none that was received waits to be sent
/// again; nothing complete left before `Committing` was journalled; every code is known to the catalogues.
pub async fn contract(rig: &Rig) {
    let received = rig.peer.received();
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for reception in &received {
        *times.entry(&reception.sha256).or_default() += 1;
    }
    let rows = rig.consignments().await;
    for row in &rows {
        let (name, status) = (&row.facts.name, row.state.status());
        let count = times.get(row.facts.sha256.as_str()).copied().unwrap_or_default();
        assert!(count <= 1, "{name} was received {count} times");
        assert!(count == 1 || !status.reached_partner(), "{name} is {status} and was not received");
        let may_be_there = status.reached_partner() || matches!(status, Status::Uncertain | Status::Committing);
        assert!(count == 0 || may_be_there, "{name} is {status} and was received");
    }
    let known: BTreeSet<&str> = rows.iter().map(|row| row.facts.sha256.as_str()).collect();
    assert!(times.keys().all(|sha256| known.contains(sha256)), "the partner has what nobody sent");
    archived(rig, &rows);
    let events = rig.events().await;
    committed_first(&events);
    codes(&events);
    assert!(rig.station().reader().verify().await.unwrap().is_ok());
}

/// The folder of sent copies holds what is known to have reached the partner, however that was learnt, and nothing else.
fn archived(rig: &Rig, rows: &[scheduler_core::consignment::Consignment]) {
    let copies: BTreeSet<_> = rig.files("sent").into_iter().map(|path| path.display().to_string()).collect();
    let known_there = |status| matches!(status, Status::Deposited | Status::Delivered | Status::Opened);
    let received = rows.iter().filter(|row| row.receipt.is_some() || known_there(row.state.status()));
    let received: BTreeSet<&str> = received.map(|row| row.facts.name.as_str()).collect();
    for name in rows.iter().map(|row| row.facts.name.as_str()) {
        assert_eq!(copies.contains(name), received.contains(name), "{name} in the folder of sent copies");
    }
}

/// Durability rule 4: whatever was deposited, or perhaps was, had been journalled as committing.
fn committed_first(events: &[scheduler_core::journal::Recorded]) {
    let mut committing = BTreeSet::new();
    for recorded in events {
        let Event::Consignment { id, what } = &recorded.event else { continue };
        match what {
            ConsignmentEvent::Committing { .. } => drop(committing.insert(*id)),
            ConsignmentEvent::Deposited { .. } | ConsignmentEvent::Doubted { .. } => {
                assert!(committing.contains(id), "{id} was completed before it was journalled as committing");
            }
            _ => {}
        }
    }
}

/// Reasons of the scheduler itself that the suite provokes.
const OWN: [&str; 1] = ["too-large"];

/// Every code of every reason is one that the catalogues must know.
fn codes(events: &[scheduler_core::journal::Recorded]) {
    let known: BTreeSet<&str> = partners::codes().collect();
    for recorded in events {
        let mut found = Vec::new();
        gather_codes(&serde_json::to_value(&recorded.event).unwrap(), &mut found);
        for code in found {
            let known = known.contains(code.as_str()) || code.starts_with("memory-") || OWN.contains(&code.as_str());
            assert!(known, "{code} is not in partners::codes()");
        }
    }
}

fn gather_codes(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(members) => {
            if let Some(code) = members.get("code").and_then(|code| code.as_str()) {
                found.push(code.to_owned());
            }
            members.values().for_each(|member| gather_codes(member, found));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| gather_codes(item, found)),
        _ => {}
    }
}
