//! One bad file, one dead partner: everybody else goes on.

use std::fs;
use std::time::Duration;

use scheduler_core::consignment::Status;
use scheduler_core::journal::Event;
use scheduler_core::memory::Script;
use scheduler_core::station::Until;

use crate::support::{House, count};

const GOOD: u64 = 999;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poison_file_and_a_black_hole_stall_nobody_else() {
    let house = House::new();
    house.memory.transfers_take(Duration::ZERO);
    fs::create_dir(house.path("dead")).unwrap();
    fs::write(house.path("dead/lost.xml"), "for a partner that never answers").unwrap();
    house.memory.script("connect:MORT", [Script::Stall]);
    house.memory.script("poison.xml", vec![Script::CutBefore; 100_000]);
    house.drop_file("poison.xml", "cuts every session");
    for number in 0..GOOD {
        house.drop_file(&format!("{number:04}.xml"), format!("content {number}"));
    }
    let mut dead = house.scenario("dead");
    (dead.folder, dead.lane) = (house.path("dead"), House::lane("MORT"));
    let profiles = vec![house.profile("VILLE", "alive"), house.profile("MORT", "black hole")];
    let setup = house.setup_of(vec![house.scenario("letters"), dead], profiles);
    // The stalled session can only be given up by a second request to stop.
    let stopper = scheduler_core::stop::Stopper::default();
    let station = scheduler_core::station::Station::open(setup, House::options(stopper.listener())).await.unwrap();
    let done = async {
        while count(&station, Status::Deposited).await < GOOD {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stopper.press();
        stopper.press();
    };
    let (run, ()) = tokio::join!(station.run(), done);
    run.unwrap();
    assert!(!house.held_by_partner().contains(&"poison.xml".to_owned()));
    assert_eq!(house.memory.ledger().len() as u64, GOOD);
}

/// What concerns one file alone ends neither the session nor the turn of the others.
#[tokio::test]
async fn a_file_that_the_partner_does_not_want_leaves_the_session_to_the_others() {
    let house = House::new();
    house.memory.script("00-refused.xml", [Script::Refuse]);
    house.memory.script("01-later.xml", [Script::Later(None)]);
    for name in ["00-refused.xml", "01-later.xml"] {
        house.drop_file(name, format!("not wanted: {name}"));
    }
    for number in 10..40 {
        house.drop_file(&format!("{number}.xml"), format!("content {number}"));
    }
    let mut setup = house.setup();
    let hour = Duration::from_secs(3600);
    (setup.settings.retry_first, setup.settings.retry_max) = (hour, hour);
    let station = house.open(setup).await;
    station.run_once(Until::NothingDue).await.unwrap();
    let counts = [Status::Deposited, Status::Refused, Status::Waiting];
    let found = [count(&station, counts[0]).await, count(&station, counts[1]).await, count(&station, counts[2]).await];
    assert_eq!((found, house.memory.sessions()), ([30, 1, 1], (1, 1)));
}

/// A partner out of reach rests with its own end point; a refused password, and a session that was cut, stop their own profile, on the same
/// end point as another.
#[tokio::test]
async fn a_partner_out_of_reach_and_profiles_in_trouble_stop_nobody_else() {
    let house = House::new();
    let (mut scenarios, mut profiles) = (Vec::new(), Vec::new());
    // Lanes begin in this order.
    for (name, gate) in [("ABSENT", "dead"), ("BANNI", "shared"), ("COUPE", "shared"), ("VILLE", "shared")] {
        fs::create_dir(house.path(name)).unwrap();
        for number in 0..5 {
            fs::write(house.path(name).join(format!("{name}{number}.xml")), format!("{name} {number}")).unwrap();
        }
        let mut scenario = house.scenario(name);
        (scenario.folder, scenario.lane) = (house.path(name), House::lane(name));
        scenarios.push(scenario);
        profiles.push(house.profile(name, gate));
    }
    house.memory.script("connect:ABSENT", vec![Script::Unreachable; 1000]);
    house.memory.script("connect:BANNI", [Script::BadPassword]);
    for number in 0..5 {
        house.memory.script(&format!("COUPE{number}.xml"), [Script::CutBefore]);
    }
    let mut setup = house.setup_of(scenarios, profiles);
    let hour = Duration::from_secs(3600);
    (setup.settings.retry_first, setup.settings.retry_max) = (hour, hour);
    let station = house.open(setup).await;
    station.run_once(Until::NothingDue).await.unwrap();
    let held: Vec<String> = (0..5).map(|number| format!("VILLE{number}.xml")).collect();
    assert_eq!(house.held_by_partner(), held);
    let small = station.reader().small().await.unwrap();
    assert!(small.gate("dead").rests.is_some() && small.gate("shared").rests.is_none());
    assert!(small.lane(&House::lane("BANNI")).suspended.is_some() && small.lane(&House::lane("COUPE")).rests.is_some());
}

/// A file that cuts every session is tried again after the files that were never tried.
#[tokio::test]
async fn a_poison_file_lets_the_others_go_first() {
    let house = House::new();
    house.memory.script("a-poison.xml", vec![Script::CutBefore; 5]);
    house.drop_file("a-poison.xml", "cuts");
    let first = house.run_once({
        let mut setup = house.setup();
        setup.settings.retry_first = Duration::from_millis(1);
        setup.settings.retry_max = Duration::from_millis(1);
        for number in 0..40 {
            house.drop_file(&format!("{number:02}.xml"), format!("content {number}"));
        }
        setup
    });
    let station = first.await;
    let rows = house.consignments().await;
    let poison = rows.iter().find(|row| row.facts.name == "a-poison.xml").unwrap().id;
    let events = station.reader().events_after(0, u32::MAX).await.unwrap();
    let is = |event: &Event, name: &str| matches!(event, Event::Consignment { what, .. } if what.name() == name);
    let last_good =
        events.iter().rposition(|r| is(&r.event, "deposited") && r.event.subject() != Some(poison)).unwrap();
    let tries = events[..last_good].iter().filter(|r| is(&r.event, "intended") && r.event.subject() == Some(poison));
    assert!(tries.count() <= 1);
    assert_eq!(count(&station, Status::Deposited).await, 41);
    station.run_once(Until::NothingDue).await.unwrap();
}
