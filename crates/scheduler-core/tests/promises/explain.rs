//! What is explained comes true: the scenario that is named takes the file, the reason that is told holds it, whoever is named moves it on.

use std::fs;
use std::time::Duration;

use proptest::prelude::*;
use scheduler_core::clock::Clock;
use scheduler_core::consignment::{Status, Why};
use scheduler_core::explain::{ConsignmentOutlook, FileOutlook, Known, Presence, ReturnOutlook, Who};
use scheduler_core::id::Ids;
use scheduler_core::journal::{Durability, Event, Journal, Origin, Reader, RequestEvent};
use scheduler_core::memory::Script;
use scheduler_core::request::Command;
use scheduler_core::restored;
use scheduler_core::returned::{Offer, Return, ReturnEvent, ReturnState};
use scheduler_core::scenario::{Readiness, Scenario};
use scheduler_core::schedule::Schedule;
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

/// What was asked and refused paused nothing.
#[tokio::test]
async fn whoever_was_not_listened_to_has_paused_nothing() {
    let house = House::new();
    let pause = Command::Pause { scope: format!("profile:{PROFILE}"), why: None };
    let station = house.open(house.setup()).await;
    station.serve(pause.clone(), "martin", Until::Settled).await.unwrap();
    drop(station);
    let (journal, reader) = Journal::open(&house.data(), Clock::system(), Durability::Off).await.unwrap();
    let id =
        Ids::after(reader.last_consignments(1).await.unwrap().first().map(|row| row.id)).next(Clock::system().now());
    let taken = RequestEvent::Taken { command: pause, who: "stranger".to_owned(), claimed: None };
    let refused = RequestEvent::Failed { why: Why::code("request-not-allowed") };
    journal
        .commit([taken, refused].into_iter().map(|what| Event::Request { id, what }.into()).collect())
        .await
        .unwrap();
    let told = reader.who_paused(&format!("profile:{PROFILE}")).await.unwrap();
    assert_eq!(told.as_deref(), Some("martin"));
    reader.close().await;
    journal.close().await;
}

/// A schedule collects nothing on a lane that only an operator lets go again.
#[tokio::test]
async fn a_paused_lane_does_not_collect_on_schedule() {
    let house = House::new();
    let mut profile = house.profile(PROFILE, "memory");
    profile.retrieve.schedule = Schedule::new(vec![jiff::civil::time(12, 0, 0, 0)], None);
    let setup = house.setup_of(vec![house.scenario("letters")], vec![profile]);
    let station = house.open(setup.clone()).await;
    let pause = Command::Pause { scope: format!("profile:{PROFILE}"), why: None };
    station.serve(pause, "martin", Until::Settled).await.unwrap();
    let now = Clock::system().now();
    let offer = Offer { key: "key".to_owned(), name: "in.xml".to_owned(), size: None, consuming: true };
    let (lane, id) = (House::lane(PROFILE), Ids::after(None).next(now));
    let row = Return::apply(None, id, &ReturnEvent::Offered { lane, gate: "memory".to_owned(), offer }, now).unwrap();
    let live = station.live();
    for state in [ReturnState::Offered, ReturnState::Published] {
        let row = Return { state, ..row.clone() };
        let known = Known { setup: &setup, reader: Some(station.reader()), live: Some(&live), now };
        let told = ReturnOutlook::of(&known, row).await.unwrap().next;
        assert_eq!((told.code, told.who), ("next-resume", Who::Operator));
    }
}

/// Files that nothing lets go of leave before nobody.
#[tokio::test]
async fn what_is_stuck_in_its_order_is_not_before_others() {
    let house = House::new();
    house.memory.script("a.first", [Script::CutAfterLost]);
    house.memory.script("ask:a.first", vec![Script::CannotSay; 20]);
    let ordered = Scenario { ordered: true, pattern: "a.*".to_owned(), ..house.scenario("ordered") };
    let free = Scenario { pattern: "b.*".to_owned(), ..house.scenario("free") };
    let setup = patient(house.setup_of(vec![ordered, free], vec![house.profile(PROFILE, "memory")]));
    let station = house.open(setup.clone()).await;
    for name in ["a.first", "a.second", "a.third"] {
        house.drop_file(name, name);
        station.run_once(Until::NothingDue).await.unwrap();
    }
    station.serve(Command::Pause { scope: "all".to_owned(), why: None }, "martin", Until::Settled).await.unwrap();
    for name in ["b.first", "b.second"] {
        house.drop_file(name, name);
        station.run_once(Until::NothingDue).await.unwrap();
    }
    assert_eq!(sent(&house, &setup, &station, "b.first").await.lane.ahead.files, 0);
    assert_eq!(sent(&house, &setup, &station, "b.second").await.lane.ahead.files, 1);
}

/// The service takes nothing before a restored station is resumed.
#[tokio::test]
async fn a_file_of_a_restored_station_waits_for_an_operator() {
    let house = House::new();
    let setup = house.setup();
    drop(house.open(setup.clone()).await);
    let created = Clock::system().now();
    let head = Reader::open(&house.data()).await.unwrap().head().await.unwrap();
    let origin = Origin { file: "station.age".to_owned(), created, seq: head.seq, hash: head.hex() };
    restored::hold(&house.data(), Clock::system(), origin, "technician").await.unwrap();
    house.drop_file("a.xml", "content");
    let station = house.run_once(setup.clone()).await;
    let live = station.live();
    let known = Known { setup: &setup, reader: Some(station.reader()), live: Some(&live), now: Clock::system().now() };
    let told = FileOutlook::of(&known, &house.path("inbox/a.xml"), WHOLE, &mut |_| {}).await.unwrap();
    assert_eq!((told.next.code, told.next.who), ("next-after-restore", Who::Operator));
    assert!(house.path("inbox/a.xml").exists());
}

/// A backup that cannot be made is not told to be one.
#[tokio::test]
async fn a_backup_folder_that_is_none_is_told() {
    let house = House::new();
    fs::write(house.path("backup"), "in the way").unwrap();
    let mut setup = house.setup();
    setup.scenarios[0].backup = Some(house.path("backup"));
    house.drop_file("a.xml", "content");
    let told = file(&house, &setup, "a.xml").await.fate.unwrap();
    assert_eq!(told.backup.unwrap().code, "backup-folder-unreadable");
    house.run_once(setup).await;
    let row = house.consignments().await.remove(0);
    assert_eq!(row.facts.held.unwrap().code, "backup-failed");
}
