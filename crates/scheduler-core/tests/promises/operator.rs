//! What an operator asks is done, and nothing else: requests, pauses, verdicts, order, stops.

use std::fs;
use std::time::Duration;

use scheduler_core::clock::Clock;
use scheduler_core::consignment::{Status, Verdict};
use scheduler_core::id::Id;
use scheduler_core::journal::{Reader, RequestEvent};
use scheduler_core::memory::Script;
use scheduler_core::partner::Phase;
use scheduler_core::request::Command;
use scheduler_core::station::{Followed, Spool, Station, StationError, Until};
use scheduler_core::stop::Stopper;

use crate::support::{House, PROFILE, count, drive};

async fn serve(station: &Station, command: Command) -> RequestEvent {
    let id = station.serve(command, "operator", Until::Settled).await.unwrap();
    station.run_once(Until::Settled).await.unwrap();
    station.reader().request(id).await.unwrap().unwrap().ended.unwrap()
}

async fn doubtful(script: Script) -> (House, Station, Id) {
    let house = House::new();
    house.memory.script("a.xml", [script]);
    house.drop_file("a.xml", "content");
    let station = house.run_once(house.setup()).await;
    let id = house.consignments().await[0].id;
    (house, station, id)
}

#[tokio::test]
async fn a_doubt_is_settled_by_hand_in_either_way() {
    for (script, verdict) in
        [(Script::CutAfterReceived, Verdict::Deposited), (Script::CutAfterLost, Verdict::NotDeposited)]
    {
        let (house, station, id) = doubtful(script).await;
        assert_eq!(count(&station, Status::Uncertain).await, 1);
        let done = serve(&station, Command::Resolve { id, verdict, why: "they told me".to_owned() }).await;
        assert_eq!(done, RequestEvent::Done { touched: vec![id] });
        assert_eq!(count(&station, Status::Deposited).await, 1);
        assert_eq!(house.memory.ledger().len(), 1, "{verdict:?}");
        let again = serve(&station, Command::Resolve { id, verdict, why: "again".to_owned() }).await;
        assert!(matches!(again, RequestEvent::Failed { .. }), "a settled doubt stays settled");
    }
}

#[tokio::test]
async fn what_is_given_up_is_never_sent() {
    let (house, station, id) = doubtful(Script::CutAfterLost).await;
    serve(&station, Command::Cancel { id, why: "sent by post".to_owned() }).await;
    assert_eq!(count(&station, Status::Cancelled).await, 1);
    let refused =
        serve(&station, Command::Resolve { id, verdict: Verdict::NotDeposited, why: "asked".to_owned() }).await;
    assert!(matches!(refused, RequestEvent::Failed { why } if why.code == "journal-illegal-event"));
    assert_eq!(house.memory.ledger().len(), 0);
}

#[tokio::test]
async fn pauses_hold_back_what_they_name_and_nothing_else() {
    for (scope, paused) in [("scenario:letters", 1), ("profile:VILLE", 2), ("all", 3)] {
        let house = House::new();
        let mut scenarios = Vec::new();
        for (name, profile) in [("letters", "VILLE"), ("bills", "VILLE"), ("port", "PORT")] {
            fs::create_dir(house.path(name)).unwrap();
            fs::write(house.path(name).join(format!("{name}.xml")), name).unwrap();
            let mut scenario = house.scenario(name);
            (scenario.folder, scenario.lane) = (house.path(name), House::lane(profile));
            scenarios.push(scenario);
        }
        let setup = house.setup_of(scenarios, vec![house.profile("VILLE", "one"), house.profile("PORT", "two")]);
        let station = house.open(setup.clone()).await;
        serve(&station, Command::Pause { scope: scope.to_owned(), why: None }).await;
        assert_eq!(count(&station, Status::Queued).await, paused, "{scope}");
        assert_eq!(house.memory.ledger().len() as u64, 3 - paused, "{scope}");
        drop(station);
        let station = house.run_once(setup).await;
        assert_eq!(count(&station, Status::Queued).await, paused, "{scope}: a restart forgets nothing");
        serve(&station, Command::Resume { scope: scope.to_owned(), why: None }).await;
        assert_eq!(house.memory.ledger().len(), 3, "{scope}");
    }
}

/// A refused password is tried once, whatever the number of files, of runs and of starts; until it changes.
#[tokio::test]
async fn a_refused_password_is_never_hammered() {
    let house = House::new();
    house.memory.script("connect", vec![Script::BadPassword; 2]);
    for number in 0..3 {
        house.drop_file(&format!("{number}.xml"), format!("content {number}"));
        let station = house.run_once(house.setup()).await;
        station.run_once(Until::Settled).await.unwrap();
    }
    let reader = Reader::open(&house.data()).await.unwrap();
    let sessions = async || {
        let events = reader.events_after(0, u32::MAX).await.unwrap();
        events.iter().filter(|r| serde_json::to_string(&r.event).unwrap().contains(r#""event":"opened""#)).count()
    };
    assert_eq!(sessions().await, 1);
    assert_eq!(house.memory.ledger().len(), 0);

    let mut setup = house.setup();
    setup.lanes.get_mut(&House::lane(PROFILE)).unwrap().profile.secret_version = "2".to_owned();
    drop(house.run_once(setup.clone()).await);
    assert_eq!(sessions().await, 2, "the new one is tried, once");
    setup.lanes.get_mut(&House::lane(PROFILE)).unwrap().profile.secret_version = "3".to_owned();
    drop(house.run_once(setup).await);
    assert_eq!(house.memory.ledger().len(), 3);
}

#[tokio::test]
async fn requests_left_in_the_spool_are_served_while_the_station_runs() {
    let house = House::new();
    let named = house.path("named by the operator.xml");
    fs::write(&named, "content").unwrap();
    let spool = Spool::open(&house.data()).unwrap();
    let send = Command::Send { files: vec![named.clone()], scenario: "letters".to_owned() };
    let id = spool.leave(&send, "operator", Clock::system().now()).unwrap();
    house
        .serve_until(house.setup(), async |station| {
            match spool.follow(id, station.reader(), Duration::from_secs(3600)).await.unwrap() {
                Followed::Ended(RequestEvent::Done { touched }) => assert_eq!(touched.len(), 1),
                other => panic!("{other:?}"),
            }
            count(station, Status::Deposited).await == 1
        })
        .await;
    assert!(named.exists(), "the original stays");
    assert_eq!(house.held_by_partner(), ["named by the operator.xml"]);
    assert_eq!(house.names("data/requests"), [""; 0]);
}

#[tokio::test]
async fn a_request_that_nobody_takes_is_withdrawn() {
    let house = House::new();
    let station = house.open(house.setup()).await;
    let spool = Spool::open(&house.data()).unwrap();
    let id = spool.leave(&Command::Retrieve { profile: None }, "operator", Clock::system().now()).unwrap();
    assert_eq!(spool.follow(id, station.reader(), Duration::ZERO).await.unwrap(), Followed::NoAnswer);
    assert_eq!(house.names("data/requests"), [""; 0]);
}

/// A service of another version drops what it cannot read: whoever asked does not wait for ever.
#[tokio::test]
async fn a_request_that_is_dropped_unread_is_not_waited_for() {
    let house = House::new();
    let station = house.open(house.setup()).await;
    let spool = Spool::open(&house.data()).unwrap();
    let id = spool.leave(&Command::Retrieve { profile: None }, "operator", Clock::system().now()).unwrap();
    fs::remove_file(house.path("data/requests").join(format!("{id}.json"))).unwrap();
    let followed = spool.follow(id, station.reader(), Duration::ZERO);
    let followed = tokio::time::timeout(Duration::from_secs(60), followed).await.expect("waited for ever");
    assert_eq!(followed.unwrap(), Followed::NoAnswer);
}

/// Once the service has a slip in hand, also after a crash, its author cannot withdraw it any more: it is served, and he learns its end.
#[tokio::test]
async fn what_is_in_hand_is_served_and_not_withdrawn() {
    let house = House::new();
    let spool = Spool::open(&house.data()).unwrap();
    let pause = Command::Pause { scope: "all".to_owned(), why: None };
    let id = spool.leave(&pause, "operator", Clock::system().now()).unwrap();
    let slip = |ending: &str| house.path("data/requests").join(format!("{id}.{ending}"));
    fs::rename(slip("json"), slip("hand")).unwrap();
    house
        .serve_until(house.setup(), async |station| {
            let followed = spool.follow(id, station.reader(), Duration::ZERO).await.unwrap();
            assert!(matches!(followed, Followed::Ended(RequestEvent::Done { .. })), "{followed:?}");
            house.names("data/requests").is_empty()
        })
        .await;
}

#[tokio::test]
async fn a_second_station_is_told_who_has_the_first() {
    let house = House::new();
    let first = house.open(house.setup()).await;
    let second = Station::open(house.setup(), House::options(Stopper::default().listener())).await;
    let error = second.unwrap_err();
    assert_eq!(error.code(), "station-locked");
    assert!(matches!(error, StationError::Locked(_)));
    assert!(error.to_string().contains(&std::process::id().to_string()), "{error}");
    drop(first);
    drop(house.open(house.setup()).await);
}

#[tokio::test]
async fn in_an_ordered_scenario_nothing_passes_what_waits() {
    let house = House::new();
    let mut setup = house.setup();
    setup.scenarios[0].ordered = true;
    let names: Vec<String> = (0..6).map(|number| format!("{number}.xml")).collect();
    for name in &names {
        house.drop_file(name, format!("content of {name}"));
        house.memory.script(name, [Script::CutBefore, Script::Later(None)]);
        let station = house.open(setup.clone()).await;
        serve(&station, Command::Pause { scope: "all".to_owned(), why: None }).await;
    }
    let station = house.open(setup.clone()).await;
    serve(&station, Command::Resume { scope: "all".to_owned(), why: None }).await;
    assert_eq!(house.held_by_partner(), names);
    drop(station);

    // An unsettled one stops the scenario until somebody decides.
    house.memory.script("6.xml", [Script::CutAfterLost]);
    for name in ["6.xml", "7.xml"] {
        house.drop_file(name, format!("content of {name}"));
        drop(house.run_once(setup.clone()).await);
    }
    assert_eq!(house.held_by_partner(), names);
    let id = house.consignments().await[6].id;
    let station = house.open(setup).await;
    serve(&station, Command::Resolve { id, verdict: Verdict::NotDeposited, why: "asked".to_owned() }).await;
    assert_eq!(house.held_by_partner()[6..], ["6.xml", "7.xml"]);
}

/// An ordered scenario needs no session of its own for each file.
#[tokio::test]
async fn an_ordered_scenario_is_sent_in_one_session() {
    let house = House::new();
    let mut setup = house.setup();
    setup.scenarios[0].ordered = true;
    let names: Vec<_> = [3, 1, 4, 2, 5, 9, 6, 0, 8, 7].map(|number| format!("{number}.xml")).into();
    for (second, name) in names.iter().enumerate() {
        house.drop_file(name, format!("content of {name}"));
        let written = std::time::UNIX_EPOCH + Duration::from_secs(1_000_000_000 + second as u64);
        fs::File::options().write(true).open(house.path("inbox").join(name)).unwrap().set_modified(written).unwrap();
    }
    drop(house.run_once(setup).await);
    assert_eq!(house.held_by_partner(), names, "in the order that they were written in");
    assert_eq!(house.memory.sessions(), (1, 1));
}

/// Giving up files that are about to leave, as fast as the machine can, disturbs none of those that do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn giving_up_the_next_file_never_disturbs_the_one_in_hand() {
    const FILES: u64 = 300;
    let house = House::new();
    house.memory.transfers_take(Duration::ZERO);
    for number in 0..FILES {
        house.drop_file(&format!("{number:03}.xml"), format!("content {number}"));
    }
    let stopper = Stopper::default();
    let station = Station::open(house.setup(), House::options(stopper.listener())).await.unwrap();
    drive(&station, &stopper, async |station| {
        let queued = station.reader().with_status(Status::Queued, 2).await.unwrap();
        for row in queued {
            let cancel = Command::Cancel { id: row.id, why: "too late?".to_owned() };
            station.serve(cancel, "operator", Until::NothingDue).await.unwrap();
        }
        let settled = count(station, Status::Deposited).await + count(station, Status::Cancelled).await;
        settled == FILES || !station.live().problems.is_empty()
    })
    .await;
    assert_eq!(station.live().problems, Default::default(), "giving up is no trouble of the station");
    let sent = house.held_by_partner();
    for row in house.consignments().await {
        let is_sent = sent.contains(&row.facts.name);
        assert_eq!(is_sent, row.state.status() == Status::Deposited, "{} is {}", row.facts.name, row.state.status());
    }
}

/// A file given up while the end point's pacing is waited for is passed over, in the same session.
#[tokio::test]
async fn a_file_given_up_during_the_pacing_is_passed_over() {
    let house = House::new();
    let mut setup = house.setup();
    setup.lanes.get_mut(&House::lane(PROFILE)).unwrap().profile.delay_up = Some(Duration::from_millis(700));
    for number in 0..3 {
        house.drop_file(&format!("{number}.xml"), format!("content {number}"));
    }
    let stopper = Stopper::default();
    let station = Station::open(setup, House::options(stopper.listener())).await.unwrap();
    let spool = Spool::open(&house.data()).unwrap();
    let mut given_up = None;
    drive(&station, &stopper, async |station| {
        let live = station.live();
        let pacing = live.lanes.values().any(|lane| lane.phase == Phase::Pacing);
        if pacing && given_up.is_none() {
            let next = station.reader().with_status(Status::Queued, 1).await.unwrap().remove(0);
            let cancel = Command::Cancel { id: next.id, why: "not this one".to_owned() };
            given_up = Some(spool.leave(&cancel, "operator", Clock::system().now()).unwrap());
        }
        count(station, Status::Deposited).await == 2
    })
    .await;
    assert_eq!(count(&station, Status::Cancelled).await, 1);
    assert_eq!(house.memory.sessions().0, 1);
    assert_eq!(station.live().problems, Default::default());
}

/// A first request to stop lets the file in hand finish, and closes the session.
#[tokio::test]
async fn a_stop_finishes_the_file_in_hand() {
    let house = House::new();
    house.memory.transfers_take(Duration::from_millis(50));
    for number in 0..20 {
        house.drop_file(&format!("{number}.xml"), format!("content {number}"));
    }
    house.serve_until(house.setup(), async |station| count(station, Status::Sending).await == 1).await;
    let rows = house.consignments().await;
    let sent = rows.iter().filter(|row| row.state.status() == Status::Deposited).count();
    let queued = rows.iter().filter(|row| row.state.status() == Status::Queued).count();
    assert_eq!((sent + queued, sent), (20, house.memory.ledger().len()));
    assert!((1..20).contains(&sent));
    let (opened, closed) = house.memory.sessions();
    assert_eq!(opened, closed);
}
