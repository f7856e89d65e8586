//! What was already sent is not sent again without an operator (R43), nor what is empty (R44); backups keep to their policy (R2, R3).

use std::fs;
use std::time::Duration;

use scheduler_core::consignment::{Consignment, Status};
use scheduler_core::request::Command;
use scheduler_core::scenario::{IfExists, Readiness};
use scheduler_core::setup::Setup;
use scheduler_core::station::Until;

use crate::support::{House, count};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn watching_for_duplicates(house: &House) -> Setup {
    let mut setup = house.setup();
    setup.scenarios[0].duplicate_window = Some(DAY);
    setup
}

fn code(row: &Consignment) -> Option<&str> {
    row.state.why().map(|why| why.code.as_str())
}

async fn last(house: &House) -> Consignment {
    house.consignments().await.pop().unwrap()
}

#[tokio::test]
async fn the_same_content_under_another_name_is_held_and_released_by_hand() {
    let house = House::new();
    house.drop_file("a.xml", "content");
    drop(house.run_once(watching_for_duplicates(&house)).await);
    house.drop_file("b.xml", "content");
    let station = house.run_once(watching_for_duplicates(&house)).await;
    let held = last(&house).await;
    assert_eq!((held.state.status(), code(&held)), (Status::Held, Some("duplicate-content")));
    assert_eq!(house.held_by_partner(), ["a.xml"]);

    let release = Command::Release { id: held.id, why: "asked for".to_owned() };
    station.serve(release, "operator", Until::Settled).await.unwrap();
    station.run_once(Until::Settled).await.unwrap();
    assert_eq!(house.held_by_partner(), ["a.xml", "b.xml"]);
}

#[tokio::test]
async fn the_same_content_twice_in_one_batch_is_sent_once() {
    let house = House::new();
    for name in ["a.xml", "b.xml", "c.xml"] {
        house.drop_file(name, "content");
    }
    let station = house.run_once(watching_for_duplicates(&house)).await;
    assert_eq!((count(&station, Status::Deposited).await, count(&station, Status::Held).await), (1, 2));
    assert_eq!(house.memory.ledger().len(), 1);
}

#[tokio::test]
async fn the_same_thing_in_the_partners_eyes_is_held() {
    let house = House::new();
    house.drop_file("a.xml", "ID=42\nfirst");
    drop(house.run_once(watching_for_duplicates(&house)).await);
    house.drop_file("b.xml", "ID=43\nsecond");
    drop(house.run_once(watching_for_duplicates(&house)).await);
    assert_eq!(last(&house).await.state.status(), Status::Deposited);
    house.drop_file("c.xml", "ID=42\nthird");
    drop(house.run_once(watching_for_duplicates(&house)).await);
    assert_eq!(code(&last(&house).await), Some("duplicate-identity"));
    for name in ["d.xml", "e.xml"] {
        house.drop_file(name, format!("ID=44\n{name}"));
    }
    drop(house.run_once(watching_for_duplicates(&house)).await);
    assert_eq!(code(&last(&house).await), Some("duplicate-identity"), "in one batch too");
    assert_eq!(house.held_by_partner(), ["a.xml", "b.xml", "d.xml"]);
}

#[tokio::test]
async fn without_a_window_or_after_it_nothing_is_a_duplicate() {
    let house = House::new();
    for setup in [house.setup(), house.setup(), {
        let mut setup = house.setup();
        setup.scenarios[0].duplicate_window = Some(Duration::ZERO);
        setup
    }] {
        house.drop_file("a.xml", "content");
        drop(house.run_once(setup).await);
    }
    assert_eq!(house.held_by_partner(), ["a.xml", "a.xml", "a.xml"]);
}

#[tokio::test]
async fn another_destination_or_a_refusal_makes_no_duplicate() {
    let house = House::new();
    house.memory.script("a.xml", [scheduler_core::memory::Script::Refuse]);
    house.drop_file("a.xml", "content");
    drop(house.run_once(watching_for_duplicates(&house)).await);
    house.drop_file("b.xml", "content");
    drop(house.run_once(watching_for_duplicates(&house)).await);
    assert_eq!(house.held_by_partner(), ["b.xml"], "what was refused was not sent");
    let mut elsewhere = watching_for_duplicates(&house);
    elsewhere.scenarios[0].destination = "memory/site/another".to_owned();
    house.drop_file("c.xml", "content");
    drop(house.run_once(elsewhere).await);
    assert_eq!(house.held_by_partner(), ["b.xml", "c.xml"]);
}

#[tokio::test]
async fn an_empty_file_is_held() {
    let house = House::new();
    house.drop_file("empty.xml", "");
    house.drop_file("bad.xml", "BAD content");
    drop(house.run_once(house.setup()).await);
    let mut codes: Vec<_> = house.consignments().await.iter().map(|row| code(row).unwrap().to_owned()).collect();
    codes.sort();
    assert_eq!(codes, ["empty-file", "memory-bad-file"]);
    assert_eq!(house.held_by_partner(), [""; 0]);
}

async fn back_up(if_exists: IfExists) -> Vec<(String, String)> {
    let house = House::new();
    let mut setup = house.setup();
    (setup.scenarios[0].backup, setup.scenarios[0].if_exists) = (Some(house.path("backup")), if_exists);
    for content in ["first", "second", "third"] {
        house.drop_file("a.xml", content);
        drop(house.run_once(setup.clone()).await);
    }
    assert_eq!(house.memory.ledger().len(), 3, "sent whatever the backup does");
    let read = |name: String| (name.clone(), fs::read_to_string(house.path("backup").join(name)).unwrap());
    house.names("backup").into_iter().map(read).collect()
}

#[tokio::test]
async fn backups_keep_to_their_policy() {
    let pairs =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>();
    let all = pairs(&[("a.xml", "first"), ("a_1.xml", "second"), ("a_2.xml", "third")]);
    assert_eq!(back_up(IfExists::Increment).await, all);
    assert_eq!(back_up(IfExists::Overwrite).await, pairs(&[("a.xml", "third")]));
    assert_eq!(back_up(IfExists::Nothing).await, pairs(&[("a.xml", "first")]));
}

/// Nothing is taken before its done-file is there, which goes with it.
#[tokio::test]
async fn a_done_file_tells_the_end() {
    let house = House::new();
    let mut setup = house.setup();
    setup.scenarios[0].readiness = Readiness::DoneFile(".done".to_owned());
    setup.scenarios[0].pattern = "*.xml".to_owned();
    house.drop_file("a.xml", "content");
    house.drop_file("b.xml", "content of another");
    house.drop_file("b.xml.done", "");
    drop(house.run_once(setup).await);
    assert_eq!(house.held_by_partner(), ["b.xml"]);
    assert_eq!(house.names("inbox"), [".taskctl", "a.xml"]);
}
