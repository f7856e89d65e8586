//! Refused or failed is never shown or archived as sent.

use std::fs;

use scheduler_core::consignment::Status;
use scheduler_core::memory::Script;
use scheduler_core::station::Until;

use crate::support::{House, count};

/// What a fault makes of a file at once, and once the partner is well again.
const FAULTS: [(&str, Script, Status, Status, usize); 5] = [
    ("refused", Script::Refuse, Status::Refused, Status::Refused, 0),
    ("later", Script::Later(None), Status::Waiting, Status::Deposited, 1),
    ("cut before", Script::CutBefore, Status::Waiting, Status::Deposited, 1),
    ("cut after, lost", Script::CutAfterLost, Status::Uncertain, Status::Uncertain, 0),
    ("cut after, received", Script::CutAfterReceived, Status::Uncertain, Status::Uncertain, 1),
];

/// Three files, the one at `place` meets the fault: alone, first, in the middle or last of a session.
async fn deposit(script: &Script, place: usize, count_of: usize, after_commit: Status, finally: Status, held: usize) {
    let house = House::new();
    let name = |index: usize| format!("{index}.xml");
    house.memory.script(&name(place), [script.clone()]);
    for index in 0..count_of {
        house.drop_file(&name(index), format!("content {index}"));
    }
    let mut setup = house.setup();
    setup.scenarios[0].ordered = false;
    let mut patient = setup.clone();
    // Too long to be tried again in the first run.
    patient.settings.retry_first = std::time::Duration::from_secs(3600);
    patient.settings.retry_max = std::time::Duration::from_secs(3600);
    let station = house.open(patient).await;
    station.run_once(Until::NothingDue).await.unwrap();
    let victim = |rows: Vec<scheduler_core::consignment::Consignment>| {
        rows.into_iter().find(|row| row.facts.name == name(place)).unwrap()
    };
    let row = victim(house.consignments().await);
    assert_eq!(row.state.status(), after_commit, "{script:?}");
    assert!(!row.state.status().reached_partner());
    assert!(row.receipt.is_none());
    assert!(!house.names("sent").contains(&name(place)), "{script:?}: archived as sent");
    let log = fs::read_to_string(house.path("logs/last.log")).unwrap();
    assert!(!log.contains(&format!("Deposited {{ id: {:?}", row.id)), "{log}");
    assert_eq!(station.live().deposited, count(&station, Status::Deposited).await);
    drop(station);

    // The partner is well again, and the waiting is over.
    house.drop_file("after.xml", "afterwards");
    let station = house.open(setup).await;
    station.run_once(Until::NothingDue).await.unwrap();
    let row = victim(house.consignments().await);
    if finally == Status::Deposited {
        assert_eq!(row.state.status(), Status::Waiting, "its time has not come, and nobody hurries it");
    } else {
        assert_eq!(row.state.status(), finally, "{script:?}");
        assert!(!house.names("sent").contains(&name(place)));
        assert_eq!(house.held_by_partner().iter().filter(|sent| **sent == name(place)).count(), held, "{script:?}");
    }
}

#[tokio::test]
async fn every_fault_of_a_deposit_at_every_place_of_a_session() {
    for (what, script, at_once, finally, held) in &FAULTS {
        println!("{what}");
        for (place, files) in [(0, 1), (0, 3), (1, 3), (2, 3)] {
            deposit(script, place, files, *at_once, *finally, *held).await;
        }
    }
}

/// The same faults with short waits: what may be tried again is sent once, the rest never.
#[tokio::test]
async fn what_is_tried_again_is_sent_once() {
    for (what, script, _, finally, held) in &FAULTS {
        let house = House::new();
        house.memory.script("a.xml", vec![script.clone(); 3]);
        house.drop_file("a.xml", "content");
        let station = house.run_once(house.setup()).await;
        assert_eq!(count(&station, *finally).await, 1, "{what}");
        assert_eq!(house.memory.ledger().len(), *held, "{what}");
        let archived = usize::from(*finally == Status::Deposited);
        assert_eq!(house.names("sent").len(), archived, "{what}");
    }
}

#[tokio::test]
async fn a_partner_that_cannot_be_reached_has_nothing() {
    let house = House::new();
    house.memory.script("connect", [Script::Unreachable, Script::Unreachable]);
    house.drop_file("a.xml", "content");
    let station = house.open(house.setup()).await;
    station.run_once(Until::NothingDue).await.unwrap();
    assert_eq!(count(&station, Status::Queued).await, 1);
    assert_eq!(house.names("sent"), [""; 0]);
    station.run_once(Until::Settled).await.unwrap();
    assert_eq!(house.held_by_partner(), ["a.xml"]);
    assert_eq!(house.memory.sessions(), (1, 1));
}

/// A return cut in the middle is told to be incomplete, never published, and collected when the partner offers it again.
#[tokio::test]
async fn a_return_cut_while_it_is_read_is_never_published() {
    for cut in [0, 1, 7, 20] {
        let house = House::new();
        let mut setup = house.setup();
        setup.lanes.get_mut(&House::lane("VILLE")).unwrap().profile.retrieve.after_send = true;
        house.memory.offer("VILLE", "key", "in.xml", b"a content of thirty characters");
        house.memory.script("read:in.xml", [Script::CutRead(cut)]);
        house.drop_file("a.xml", "content");
        let station = house.run_once(setup.clone()).await;
        let incomplete = station.reader().returns_with_status("incomplete", 10).await.unwrap();
        assert_eq!(incomplete.len(), 1, "{cut}");
        assert_eq!(house.names("received/VILLE"), [""; 0]);
        assert_eq!(station.live().published, 0);
        drop(station);

        house.memory.offer("VILLE", "key", "in.xml", b"a content of thirty characters");
        house.drop_file("b.xml", "another");
        let station = house.run_once(setup).await;
        assert_eq!(house.names("received/VILLE").len(), 1, "{cut}");
        assert_eq!(station.reader().returns_with_status("disposed", 10).await.unwrap().len(), 1);
    }
}
