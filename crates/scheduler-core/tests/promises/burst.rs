//! No arrival is missed: the periodic look finds everything, events or not.

use std::collections::BTreeSet;
use std::fs;
use std::thread;
use std::time::Duration;

use scheduler_core::consignment::Status;
use scheduler_core::station::Until;

use crate::support::{House, count};

const BURST: usize = 3000;

/// More than one look hands over.
const FLOOD: usize = 16_384 + 100;

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

/// More than one look hands over: what is left is looked for again at once, not at the next pass.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_that_one_look_cannot_hand_over_is_taken_whole() {
    let house = House::new();
    for number in 0..FLOOD {
        house.drop_file(&format!("{number:05}.xml"), b"");
    }
    let station = house.open(house.setup()).await;
    station.run_once(Until::NothingDue).await.unwrap();
    assert_eq!(house.names("inbox"), [".taskctl"]);
    // Empty files are taken and held (R44): what is tried here is the looking.
    assert_eq!(count(&station, Status::Held).await, FLOOD as u64);
}

/// The folder is another one under the same name, as after a share was mounted anew: no event of it comes.
#[tokio::test]
async fn a_folder_whose_events_are_lost_is_looked_at_all_the_same() {
    let house = House::new();
    fs::create_dir(house.path("mounted")).unwrap();
    let mut landed = 0;
    house
        .serve_until(house.setup(), async |station| {
            let deposited = count(station, Status::Deposited).await;
            match (landed, deposited) {
                (0, _) => house.drop_file("first.xml", "seen by its event or not"),
                (1, 1) => {
                    fs::rename(house.path("inbox"), house.path("unmounted")).unwrap();
                    fs::rename(house.path("mounted"), house.path("inbox")).unwrap();
                    house.drop_file("second.xml", "perhaps seen because the folder moved");
                }
                (2, 2) => house.drop_file("third.xml", "seen by the periodic look alone"),
                (3, 3) => return true,
                _ => return false,
            }
            landed += 1;
            false
        })
        .await;
    assert_eq!(house.held_by_partner(), ["first.xml", "second.xml", "third.xml"]);
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
