//! No arrival is missed: the periodic look finds everything, events or not.

use std::collections::BTreeSet;
use std::fs;
use std::thread;
use std::time::Duration;

use scheduler_core::consignment::Status;
use scheduler_core::station::Until;

use crate::support::{House, count};

const BURST: usize = 3000;

/// A system whose events never come is the one of `run_once`: it looks twice and listens to nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_is_taken_whole_without_any_event() {
    let house = House::new();
    house.memory.transfers_take(Duration::ZERO);
    for number in 0..BURST {
        house.drop_file(&format!("{number:05}.xml"), format!("content {number}"));
    }
    let station = house.open(house.setup()).await;
    station.run_once(Until::NothingDue).await.unwrap();
    assert_eq!(house.names("inbox"), [".taskctl"]);
    assert_eq!(count(&station, Status::Deposited).await, BURST as u64);
    let names: BTreeSet<_> = house.held_by_partner().into_iter().collect();
    assert_eq!((house.memory.ledger().len(), names.len()), (BURST, BURST));
    assert_eq!(house.memory.sessions(), (1, 1), "one session for all");
}

/// Files land while the folder is being read, in sub-folders that appear too.
#[test]
fn files_that_land_during_a_look_are_taken_by_a_later_one() {
    let house = House::new();
    house.memory.transfers_take(Duration::ZERO);
    let mut setup = house.setup();
    setup.scenarios[0].recursive = true;
    let inbox = house.path("inbox");
    thread::scope(|scope| {
        let landing = scope.spawn(move || {
            for number in 0..BURST / 2 {
                let folder = inbox.join(format!("{}", number % 7));
                fs::create_dir_all(&folder).unwrap();
                fs::write(folder.join(format!("{number:05}.xml")), format!("content {number}")).unwrap();
            }
        });
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(house.serve_until(setup, async |station| {
            landing.is_finished() && count(station, Status::Deposited).await == (BURST / 2) as u64
        }));
    });
    let names: BTreeSet<_> = house.held_by_partner().into_iter().collect();
    assert_eq!((house.memory.ledger().len(), names.len()), (BURST / 2, BURST / 2));
}
