//! A station brought back from a backup sends nothing and takes nothing by itself, forgets nothing, and reuses no number (P4, P6).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use scheduler_core::clock::Clock;
use scheduler_core::consignment::{Status, Verdict, Why};
use scheduler_core::id::Ids;
use scheduler_core::journal::{Draft, Durability, Event, Journal, LaneEvent, Origin, PauseEvent, Reader, RequestEvent};
use scheduler_core::memory::Script;
use scheduler_core::request::Command;
use scheduler_core::restored;
use scheduler_core::setup::Setup;
use scheduler_core::station::{Station, Until};

use crate::support::{House, PROFILE, assert_one_story, count};

/// A copy of the journal and of the store, as a backup takes them, then held as a restore does.
async fn twin(house: &House) -> Setup {
    let twin = house.path("twin");
    fs::create_dir_all(twin.join("store")).unwrap();
    let reader = Reader::open(&house.data()).await.unwrap();
    reader.snapshot(&Reader::file(&twin)).await.unwrap();
    for entry in fs::read_dir(house.path("data/store")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), twin.join("store").join(entry.file_name())).unwrap();
    }
    restored::hold(&twin, Clock::system(), origin(&twin).await, "technician").await.unwrap();
    let mut setup = house.setup();
    setup.settings.data_dir = twin;
    setup
}

async fn origin(data_dir: &Path) -> Origin {
    let head = Reader::open(data_dir).await.unwrap().head().await.unwrap();
    let created = Timestamp::from_second(1_795_334_400).unwrap();
    Origin { file: "station.age".to_owned(), created, seq: head.seq, hash: head.hex() }
}

async fn ask(station: &Station, command: Command) -> Result<(), Why> {
    let id = station.serve(command, "technician", Until::Settled).await.unwrap();
    match station.reader().request(id).await.unwrap().unwrap().ended.unwrap() {
        RequestEvent::Failed { why } => Err(why),
        _ => Ok(()),
    }
}

fn resume(numbers: &[(&str, u64)]) -> Command {
    let numbers = numbers.iter().map(|(name, number)| ((*name).to_owned(), *number)).collect();
    Command::ResumeAfterRestore { numbers, why: "the old machine is dead".to_owned() }
}

/// One file in every state that is not final, one that arrived, returns at the partner, and a file that nobody took yet.
async fn busy() -> House {
    let house = House::new();
    house.memory.script("doubt.xml", [Script::CutAfterLost]);
    let hint = Clock::system().now() + Duration::from_secs(3600);
    house.memory.script("wait.xml", [Script::Later(Some(hint))]);
    let station = house.open(house.setup()).await;
    for name in ["sent.xml", "wait.xml", "doubt.xml"] {
        house.drop_file(name, name);
        station.run_once(Until::NothingDue).await.unwrap();
    }
    ask(&station, Command::Pause { scope: "all".to_owned(), why: None }).await.unwrap();
    house.drop_file("queued.xml", "queued.xml");
    station.run_once(Until::NothingDue).await.unwrap();
    for status in [Status::Deposited, Status::Uncertain, Status::Waiting, Status::Queued] {
        assert_eq!(count(&station, status).await, 1, "{status}");
    }
    // Not paused any more in the journal that is copied.
    let unpause =
        Event::Pause { scope: "all".to_owned(), what: PauseEvent::Unpaused { who: "test".to_owned(), why: None } };
    drop(station);
    let (journal, reader) = Journal::open(&house.data(), Clock::system(), Durability::Off).await.unwrap();
    // Collecting was wanted, and not done yet.
    let wanted = LaneEvent::RetrievalWanted { who: "test".to_owned() };
    journal.commit(vec![unpause.into(), Draft::lane(&House::lane(PROFILE), wanted)]).await.unwrap();
    reader.close().await;
    journal.close().await;
    house
}

#[tokio::test]
async fn nothing_leaves_and_nothing_is_taken_until_an_operator_resumes() {
    let house = busy().await;
    let setup = twin(&house).await;
    house.memory.offer(PROFILE, "key", "RETURN.xml", b"return");
    house.drop_file("fresh.xml", "fresh");
    fs::create_dir_all(house.path("inbox/.taskctl")).unwrap();
    fs::write(house.path("inbox/.taskctl/01j8zv3k7m2p9~claimed.xml"), "claimed by the old station").unwrap();
    fs::remove_dir_all(house.path("sent")).unwrap();
    let before = (house.held_by_partner(), house.memory.sessions().0, house.memory.looks(PROFILE));

    let station = house.run_once(setup.clone()).await;
    for refused in [
        Command::Retrieve { profile: None },
        Command::Resume { scope: "all".to_owned(), why: None },
        Command::Send { files: vec![house.path("inbox/fresh.xml")], scenario: "letters".to_owned() },
        Command::Release { id: house.consignments().await[1].id, why: "now".to_owned() },
    ] {
        assert_eq!(ask(&station, refused).await.unwrap_err().code, "station-restored");
    }
    station.run_once(Until::Settled).await.unwrap();
    drop(station);
    let mut looks = 0;
    house
        .serve_until(setup.clone(), async |_| {
            looks += 1;
            looks > 60
        })
        .await;

    let after = (house.held_by_partner(), house.memory.sessions().0, house.memory.looks(PROFILE));
    assert_eq!(after, before, "the partner saw nothing, and was asked for no notice");
    assert_eq!(house.names("inbox"), [".taskctl", "fresh.xml"], "what waits in the inbox stays there");
    assert_eq!(house.names("inbox/.taskctl"), ["01j8zv3k7m2p9~claimed.xml"], "claims of another station stay");
    assert_eq!(house.names("sent"), [""; 0], "no copy is made");
    let reader = Reader::open(&setup.settings.data_dir).await.unwrap();
    assert_one_story(&reader).await;
    let rows = reader.with_status(Status::Held, 10).await.unwrap();
    let words = |name: &str| {
        let row = rows.iter().find(|row| row.facts.name == name).unwrap();
        let why = row.state.why().unwrap();
        assert_eq!(why.code, restored::CODE);
        why.words.clone().unwrap()
    };
    assert_eq!(rows.len(), 3);
    assert!(words("doubt.xml").starts_with("uncertain "), "a doubt stays known as a doubt: {}", words("doubt.xml"));
    assert!(words("wait.xml").starts_with("waiting "));
    assert_eq!(words("queued.xml"), "queued");
}

#[tokio::test]
async fn after_the_resume_each_held_file_still_waits_for_its_own_release() {
    let house = busy().await;
    let setup = twin(&house).await;
    house.drop_file("fresh.xml", "fresh");
    let station = house.open(setup.clone()).await;
    ask(&station, resume(&[])).await.unwrap();
    assert!(station.reader().small().await.unwrap().restored.is_none());
    station.run_once(Until::NothingDue).await.unwrap();
    assert_eq!(house.held_by_partner(), ["sent.xml", "fresh.xml"], "the inbox is watched again, what is held stays");
    assert_eq!(count(&station, Status::Held).await, 3);
    let queued = house.consignments().await.into_iter().find(|row| row.facts.name == "queued.xml").unwrap();
    ask(&station, Command::Release { id: queued.id, why: "they do not have it".to_owned() }).await.unwrap();
    station.run_once(Until::NothingDue).await.unwrap();
    assert_eq!(house.held_by_partner(), ["sent.xml", "fresh.xml", "queued.xml"]);
    assert_eq!(ask(&station, resume(&[])).await.unwrap_err().code, "not-restored");
    drop(station);
    let station = house.open(setup).await;
    assert!(station.reader().small().await.unwrap().restored.is_none(), "a restart does not hold it again");
}

/// The folder of the returns may still be that of the station that was backed up, which published it long ago.
#[tokio::test]
async fn a_stored_return_is_not_published_before_the_resume() {
    let house = House::new();
    house.memory.offer(PROFILE, "key", "RETURN.xml", b"return");
    fs::create_dir_all(house.path("received")).unwrap();
    fs::write(house.path("received/VILLE"), "in the way of the folder").unwrap();
    let station = house.open(house.setup()).await;
    ask(&station, Command::Retrieve { profile: None }).await.unwrap();
    assert_eq!(station.reader().returns_with_status("stored", 9).await.unwrap().len(), 1);
    drop(station);
    let setup = twin(&house).await;
    fs::remove_file(house.path("received/VILLE")).unwrap();
    let station = house.run_once(setup).await;
    assert!(!house.path("received/VILLE").exists());
    ask(&station, resume(&[])).await.unwrap();
    station.run_once(Until::Settled).await.unwrap();
    assert_eq!(house.names("received/VILLE").len(), 1);
}

/// The old station may have sent it since: to give it up is no way to have the same bytes sent without a release, nor to void its numbers.
#[tokio::test]
async fn what_is_given_up_after_a_restore_counts_as_a_duplicate() {
    let house = busy().await;
    let mut setup = twin(&house).await;
    setup.scenarios[0].duplicate_window = Some(Duration::from_secs(3600));
    let station = house.open(setup).await;
    ask(&station, resume(&[])).await.unwrap();
    let held = station.reader().with_status(Status::Held, 10).await.unwrap();
    for row in &held {
        ask(&station, Command::Cancel { id: row.id, why: "given up".to_owned() }).await.unwrap();
        house.drop_file(&row.facts.name, &row.facts.name);
    }
    let before = house.held_by_partner();
    station.run_once(Until::NothingDue).await.unwrap();
    assert_eq!(house.held_by_partner(), before);
    assert_eq!((count(&station, Status::Cancelled).await, count(&station, Status::Held).await), (3, 3));
    assert_one_story(station.reader()).await;
}

/// Two persons may say that the partner has it.
#[tokio::test]
async fn four_eyes_settle_what_the_old_station_sent() {
    let house = busy().await;
    let mut setup = twin(&house).await;
    setup.settings.four_eyes = true;
    let station = house.open(setup).await;
    ask(&station, resume(&[])).await.unwrap();
    let held = station.reader().with_status(Status::Held, 10).await.unwrap();
    for row in &held {
        let resolve = |verdict| Command::Resolve { id: row.id, verdict, why: "seen in the portal".to_owned() };
        for who in ["martin", "dupont"] {
            let id = station.serve(resolve(Verdict::Deposited), who, Until::NothingDue).await.unwrap();
            let ended = station.reader().request(id).await.unwrap().unwrap().ended.unwrap();
            assert_eq!(ended, RequestEvent::Done { touched: vec![row.id] }, "{who}");
        }
        assert_eq!(station.reader().consignment(row.id).await.unwrap().unwrap().state.status(), Status::Deposited);
        assert!(ask(&station, resolve(Verdict::NotDeposited)).await.is_err());
    }
    assert_one_story(station.reader()).await;
}

/// A service that was started on a restored station begins to watch when the request comes.
#[tokio::test]
async fn a_service_goes_on_when_it_is_resumed() {
    let house = busy().await;
    let setup = twin(&house).await;
    house.drop_file("fresh.xml", "fresh");
    let spool = scheduler_core::station::Spool::open(&setup.settings.data_dir).unwrap();
    spool.leave(&resume(&[]), "technician", Clock::system().now()).unwrap();
    house.serve_until(setup, async |station| count(station, Status::Deposited).await == 2).await;
    assert_eq!(house.held_by_partner(), ["sent.xml", "fresh.xml"]);
}

/// The station that was backed up may have released it since, and sent it.
#[tokio::test]
async fn what_was_held_already_may_have_been_sent_too() {
    let house = House::new();
    for name in ["first.xml", "again.xml"] {
        let mut setup = house.setup();
        setup.scenarios[0].duplicate_window = Some(Duration::from_secs(86_400));
        house.drop_file(name, "the same bytes");
        drop(house.run_once(setup).await);
    }
    let setup = twin(&house).await;
    let station = house.run_once(setup.clone()).await;
    let held = station.reader().with_status(Status::Held, 10).await.unwrap();
    let [row] = &held[..] else { panic!("{held:?}") };
    let why = row.state.why().unwrap();
    assert!(row.state.is_in_doubt(), "{why:?}");
    assert!(why.words.as_deref().unwrap().starts_with("held duplicate-content "), "{why:?}");
    ask(&station, resume(&[])).await.unwrap();
    let verdict = Verdict::Deposited;
    ask(&station, Command::Resolve { id: row.id, verdict, why: "they have it".to_owned() }).await.unwrap();
    assert_eq!(count(&station, Status::Deposited).await, 2);
    assert_eq!(house.memory.ledger().len(), 1, "nothing was sent again");
}

/// A register that was first drawn from after the backup is asked for too.
#[tokio::test]
async fn a_register_that_the_backup_does_not_know_is_confirmed() {
    let house = House::new();
    drop(house.run_once(house.setup()).await);
    let mut setup = twin(&house).await;
    setup.settings.first_numrec = 41;
    for connection in setup.lanes.values_mut() {
        connection.profile.naming.pattern = Some("ACQUIT[numrec].xml".to_owned());
    }
    let station = house.run_once(setup.clone()).await;
    assert_eq!(ask(&station, resume(&[])).await.unwrap_err().code, "register-unconfirmed");
    assert_eq!(ask(&station, resume(&[("numrec", 39)])).await.unwrap_err().code, "register-goes-back");
    ask(&station, resume(&[("numrec", 43)])).await.unwrap();
    house.memory.offer(PROFILE, "key", "RETURN.xml", b"return");
    ask(&station, Command::Retrieve { profile: None }).await.unwrap();
    station.run_once(Until::NothingDue).await.unwrap();
    assert_eq!(house.names(&format!("received/{PROFILE}")), ["ACQUIT0044.xml"]);
    station.reader().verify().await.unwrap().unwrap();
}

#[tokio::test]
async fn every_number_drawn_elsewhere_is_accounted_for() {
    let house = House::new();
    let (journal, reader) = Journal::open(&house.data(), Clock::system(), Durability::Off).await.unwrap();
    let ids = Ids::after(None);
    let draw = |register: &'static str| {
        let whose = ids.next(Clock::system().now());
        let make = move |number| Event::Void { register: register.to_owned(), number, why: "test".to_owned() };
        Draft::WithNumber { register: register.to_owned(), whose, first: 1, make: Box::new(make) }
    };
    for register in ["daily", "daily", "daily", "var2"] {
        journal.commit(vec![draw(register)]).await.unwrap();
    }
    reader.close().await;
    journal.close().await;
    drop(house.open(house.setup()).await);
    let setup = twin(&house).await;
    let station = house.run_once(setup.clone()).await;
    for (numbers, code) in [
        (&[][..], "register-unconfirmed"),
        (&[("daily", 7)], "register-unconfirmed"),
        (&[("daily", 2), ("var2", 1)], "register-goes-back"),
        (&[("daily", 7), ("var2", u64::MAX)], "register-leaps"),
        (&[("daily", 7), ("var2", 1), ("vra2", 1)], "register-unknown"),
    ] {
        assert_eq!(ask(&station, resume(numbers)).await.unwrap_err().code, code, "{numbers:?}");
        assert!(station.reader().small().await.unwrap().restored.is_some());
    }
    ask(&station, resume(&[("daily", 7), ("var2", 1)])).await.unwrap();
    drop(station);

    let (journal, reader) = Journal::open(&setup.settings.data_dir, Clock::system(), Durability::Off).await.unwrap();
    let next = journal.commit(vec![draw("daily"), draw("var2")]).await.unwrap().numbers;
    assert_eq!(next, [8, 2], "what the partner has seen is not given again");
    let mut accounted: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for recorded in reader.events_after(0, u32::MAX).await.unwrap() {
        match recorded.event {
            Event::Number { register, number, .. } => accounted.entry(register).or_default().push(number),
            Event::Voids { register, first, last, .. } => accounted.entry(register).or_default().extend(first..=last),
            _ => {}
        }
    }
    assert_eq!(accounted["daily"], [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(accounted["var2"], [1, 2]);
    reader.verify().await.unwrap().unwrap();
}

/// Copies taken at any moment of a sending are prefixes of the same story, and restore to a station that holds everything.
#[tokio::test]
async fn a_copy_taken_while_the_station_sends_is_a_prefix() {
    let house = House::new();
    for number in 0..12 {
        house.drop_file(&format!("{number:02}.xml"), format!("content {number}"));
    }
    let station = house.open(house.setup()).await;
    let reader = Reader::open(&house.data()).await.unwrap();
    let copies = async {
        let mut taken = Vec::new();
        while count(&station, Status::Deposited).await < 12 {
            let folder = house.path(&format!("copy{}", taken.len()));
            fs::create_dir(&folder).unwrap();
            reader.snapshot(&Reader::file(&folder)).await.unwrap();
            taken.push(folder);
        }
        taken
    };
    let (done, taken) = tokio::join!(station.run_once(Until::Settled), copies);
    done.unwrap();
    let whole = reader.events_after(0, u32::MAX).await.unwrap();
    let mut under_way = 0;
    for folder in &taken {
        let copy = Reader::open(folder).await.unwrap();
        assert_one_story(&copy).await;
        let events = copy.events_after(0, u32::MAX).await.unwrap();
        assert_eq!(events[..], whole[..events.len()]);
        copy.close().await;
        under_way += restored::hold(folder, Clock::system(), origin(folder).await, "technician").await.unwrap();
        let held = Reader::open(folder).await.unwrap();
        assert_one_story(&held).await;
        let counts = held.counts().await.unwrap();
        assert!(counts.keys().all(|status| matches!(status, Status::Held | Status::Deposited)), "{counts:?}");
    }
    assert!(under_way > 0, "{} copies, none in the middle", taken.len());
}
