//! What is explained comes true: the scenario that is named takes the file, the reason that is told holds it, whoever is named moves it on.

use std::fs;
use std::time::Duration;

use proptest::prelude::*;
use scheduler_core::clock::Clock;
use scheduler_core::consignment::Status;
use scheduler_core::explain::{ConsignmentOutlook, FileOutlook, Known, Presence, Who};
use scheduler_core::journal::Reader;
use scheduler_core::memory::Script;
use scheduler_core::request::Command;
use scheduler_core::scenario::{Readiness, Scenario};
use scheduler_core::setup::Setup;
use scheduler_core::station::{Station, Until};

use crate::support::{House, PROFILE, block_on};

/// Files are read whole.
const WHOLE: u64 = u64::MAX;

async fn file(house: &House, setup: &Setup, name: &str) -> FileOutlook {
    let data = house.data();
    let reader = if Reader::file(&data).is_file() { Some(Reader::open(&data).await.unwrap()) } else { None };
    let known = Known { setup, reader: reader.as_ref(), live: None, now: Clock::system().now() };
    let path = house.path("inbox").join(name);
    FileOutlook::of(&known, &path, WHOLE, &mut |_| {}).await.unwrap()
}

/// The consignment of that name, as it is explained beside a running service.
async fn sent(house: &House, setup: &Setup, station: &Station, name: &str) -> ConsignmentOutlook {
    let live = station.live();
    let now = Clock::system().now();
    let known = Known { setup, reader: Some(station.reader()), live: Some(&live), now };
    let row = house.consignments().await.into_iter().find(|row| row.facts.name == name).unwrap();
    ConsignmentOutlook::of(&known, row).await.unwrap()
}

fn patient(mut setup: Setup) -> Setup {
    let hour = Duration::from_secs(3600);
    (setup.settings.retry_first, setup.settings.retry_max) = (hour, hour * 24);
    setup
}

const PATTERNS: [&str; 8] = ["*", "*.*", "a*", "*.x", "?b*", "A?", ".*", "a.x"];
const CONTENTS: [&str; 5] = ["", "BAD file", "ID=1\nfirst", "ID=1\nsecond", "same"];

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 8, ..ProptestConfig::with_cases(12) })]

    #[test]
    fn what_is_foretold_of_a_file_happens(
        wanted in prop::collection::vec((0..PATTERNS.len(), prop::bool::weighted(0.8), any::<bool>()), 1..4),
        files in prop::collection::vec(("\\.?[abAB]{1,2}(\\.[xy])?", 0..CONTENTS.len()), 1..4),
    ) {
        block_on(async {
            let house = House::new();
            let scenarios = wanted.iter().enumerate().map(|(index, (pattern, enabled, duplicates))| Scenario {
                pattern: PATTERNS[*pattern].to_owned(),
                enabled: *enabled,
                duplicate_window: duplicates.then_some(Duration::from_secs(3600)),
                ..house.scenario(&format!("s{index}"))
            });
            let setup = house.setup_of(scenarios.collect(), vec![house.profile(PROFILE, "memory")]);
            for (index, (name, content)) in files.iter().enumerate() {
                house.drop_file(name, CONTENTS[*content]);
                let told = file(&house, &setup, name).await;
                house.run_once(setup.clone()).await;
                let rows = house.consignments().await;
                let row = rows.iter().skip(index).find(|row| row.facts.name == *name);
                let taken = row.map(|row| row.facts.scenario.clone());
                assert_eq!(told.taken_by, taken, "{name} {wanted:?}");
                assert_eq!(house.path("inbox").join(name).exists(), taken.is_none());
                let held = row.and_then(|row| row.facts.held.as_ref()).map(|why| why.code.clone());
                let foretold = told.fate.and_then(|fate| fate.held).map(|why| why.code);
                assert_eq!(foretold, held, "{name} {content}");
                if taken.is_none() {
                    // Another row keeps the places of files and consignments alike.
                    fs::remove_file(house.path("inbox").join(name)).unwrap();
                    let other = house.setup();
                    house.drop_file("placeholder", format!("{index}"));
                    house.run_once(other).await;
                }
            }
        });
    }
}

#[tokio::test]
async fn a_pause_is_ended_by_whom_explain_names() {
    let house = House::new();
    let station = house.open(house.setup()).await;
    station
        .serve(Command::Pause { scope: format!("profile:{PROFILE}"), why: None }, "martin", Until::Settled)
        .await
        .unwrap();
    house.drop_file("a.xml", "content");
    station.run_once(Until::Settled).await.unwrap();
    let told = sent(&house, &house.setup(), &station, "a.xml").await;
    assert_eq!((told.next.code, told.next.who), ("next-resume", Who::Operator));
    assert_eq!(told.lane.paused_by.as_deref(), Some("martin"));
    assert_eq!(told.consignment.state.status(), Status::Queued);
    station
        .serve(Command::Resume { scope: told.next.what.unwrap(), why: None }, "martin", Until::Settled)
        .await
        .unwrap();
    station.run_once(Until::Settled).await.unwrap();
    assert_eq!(house.held_by_partner(), ["a.xml"]);
}

#[tokio::test]
async fn a_refused_password_and_a_silent_partner_are_told() {
    let house = House::new();
    house.memory.script("connect", [Script::BadPassword]);
    house.drop_file("a.xml", "content");
    let station = house.run_once(house.setup()).await;
    let told = sent(&house, &house.setup(), &station, "a.xml").await;
    assert_eq!((told.next.code, told.next.who), ("next-secret", Who::Operator));
    drop(station);

    let house = House::new();
    house.memory.script("connect", [Script::Unreachable]);
    house.drop_file("a.xml", "content");
    let setup = patient(house.setup());
    let station = house.open(setup.clone()).await;
    station.run_once(Until::NothingDue).await.unwrap();
    let told = sent(&house, &setup, &station, "a.xml").await;
    assert_eq!((told.next.code, told.next.who), ("next-rest", Who::Lane));
    let gate = station.reader().small().await.unwrap().gate("memory");
    assert_eq!(told.next.at, told.lane.hindrances.iter().filter_map(|hindrance| hindrance.until()).max());
    assert!(told.next.at >= gate.rests.map(|(until, _)| until) && told.next.at.is_some());
}

#[tokio::test]
async fn a_retry_waits_until_the_instant_that_is_told() {
    let house = House::new();
    house.memory.script("a.xml", [Script::Later(None)]);
    house.drop_file("a.xml", "content");
    let setup = patient(house.setup());
    let station = house.open(setup.clone()).await;
    station.run_once(Until::NothingDue).await.unwrap();
    let told = sent(&house, &setup, &station, "a.xml").await;
    let scheduler_core::consignment::State::Waiting { until, .. } = told.consignment.state else { panic!() };
    assert_eq!((told.next.code, told.next.at), ("next-retry", Some(until)));
}

#[tokio::test]
async fn a_doubt_tells_who_can_settle_it() {
    for (able, code, who) in [(true, "next-ask", Who::Lane), (false, "next-notice-or-resolve", Who::Operator)] {
        let house = House::new();
        house.memory.reconcile(able);
        house.memory.script("a.xml", [Script::CutAfterLost]);
        house.memory.script("ask:a.xml", vec![Script::CannotSay; 20]);
        house.drop_file("a.xml", "content");
        let setup = patient(house.setup());
        let station = house.open(setup.clone()).await;
        station.run_once(Until::NothingDue).await.unwrap();
        let told = sent(&house, &setup, &station, "a.xml").await;
        assert_eq!((told.next.code, told.next.who), (code, who));
        let acts: Vec<_> = told.acts.iter().map(|act| act.code).collect();
        assert_eq!(acts, ["may-deposited", "may-resend", "may-cancel"]);
        let asks = station.reader().small().await.unwrap().lane(&House::lane(PROFILE)).asks_again;
        assert_eq!(told.next.at.is_some(), able);
        assert!(!able || told.next.at >= asks);
    }
}

/// The count of files before is that of those which leave before.
#[tokio::test]
async fn as_many_files_leave_before_as_are_told() {
    let house = House::new();
    let setup = house.setup();
    let station = house.open(setup.clone()).await;
    station.serve(Command::Pause { scope: "all".to_owned(), why: None }, "martin", Until::Settled).await.unwrap();
    for name in ["a.xml", "b.xml", "c.xml"] {
        house.drop_file(name, name);
        station.run_once(Until::Settled).await.unwrap();
    }
    for (name, before) in [("a.xml", 0), ("b.xml", 1), ("c.xml", 2)] {
        assert_eq!(sent(&house, &setup, &station, name).await.lane.ahead.files, before);
    }
    house.drop_file("d.xml", "d");
    assert_eq!(file(&house, &setup, "d.xml").await.lane.unwrap().ahead.files, 3);
    let ordered = house.setup_of(
        vec![Scenario { ordered: true, ..house.scenario("letters") }],
        vec![house.profile(PROFILE, "memory")],
    );
    let told = sent(&house, &ordered, &station, "b.xml").await;
    assert_eq!(told.lane.ahead.behind, house.consignments().await.first().map(|row| row.id));
}

/// What the service waits for is told from its own picture.
#[tokio::test]
async fn what_the_service_saw_is_what_is_told() {
    let house = House::new();
    let mut setup = house.setup();
    setup.scenarios[0].readiness = Readiness::DoneFile(".done".to_owned());
    house.drop_file("a.xml", "content");
    let told = file(&house, &setup, "a.xml").await;
    assert_eq!(told.next.code, "next-no-service");
    assert_eq!(told.settled.unwrap().waits[0].code, "stability-no-done-file");
    let waits = async |station: &Station| {
        let live = station.live();
        let known =
            Known { setup: &setup, reader: Some(station.reader()), live: Some(&live), now: Clock::system().now() };
        let path = house.path("inbox/a.xml");
        let told = FileOutlook::of(&known, &path, WHOLE, &mut |_| {}).await.unwrap();
        let settled = told.settled.unwrap();
        let seen = settled.by == scheduler_core::explain::SettledBy::Service;
        assert!(!seen || settled.waits[0].what.as_deref() == Some("a.xml.done"));
        seen && told.next.code == "next-look" && told.next.at == settled.next_look
    };
    house.serve_until(setup.clone(), waits).await;
}

#[tokio::test]
async fn what_is_not_there_is_not_taken() {
    let house = House::new();
    let setup = house.setup();
    assert_eq!(file(&house, &setup, "a.xml").await.next.code, "next-appear");
    fs::create_dir(house.path("inbox/folder")).unwrap();
    assert_eq!(file(&house, &setup, "folder").await.presence, Presence::Folder);
    std::os::unix::fs::symlink("/etc/hostname", house.path("inbox/link")).unwrap();
    let told = file(&house, &setup, "link").await;
    assert!(matches!(told.presence, Presence::LeftAlone { reason: "scan-symbolic-link", .. }));
    fs::create_dir(house.path("inbox/.taskctl")).unwrap();
    fs::write(house.path("inbox/.taskctl/01j8zv3k7m2p9~b.xml"), "content").unwrap();
    assert!(matches!(file(&house, &setup, "b.xml").await.presence, Presence::Claimed { known: false, .. }));
    house.run_once(setup.clone()).await;
    assert_eq!(house.held_by_partner(), ["b.xml"], "put back at the start, as it is told");
}
