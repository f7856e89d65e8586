//! Notices land on the right consignment, whenever they come.

use jiff::{SignedDuration, Timestamp};
use scheduler_core::clock::Clock;
use scheduler_core::consignment::{Identifiers, Says, Status, Why};
use scheduler_core::journal::{Event, LaneEvent};
use scheduler_core::memory::Script;
use scheduler_core::partner::{Evidence, LeftAlone, Notice, Value};
use scheduler_core::scenario::Profile;
use scheduler_core::setup::Setup;
use scheduler_core::station::Until;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use crate::support::{House, count};

fn now() -> Timestamp {
    Clock::system().now()
}

fn undelivered() -> Says {
    Says::Undelivered { why: Why::code("not-authorised") }
}

#[tokio::test]
async fn a_notice_moves_a_deposited_file_on_once() {
    let house = House::new();
    house.drop_file("a.xml", "content");
    drop(house.run_once(house.setup()).await);
    for _ in 0..3 {
        house.memory.notify("VILLE", "mail-1", "a.xml", Says::Delivered, now());
    }
    let station = house.run_once(house.setup()).await;
    assert_eq!(count(&station, Status::Delivered).await, 1);
    let id = house.consignments().await[0].id;
    let evidenced = station.reader().events_of(id).await.unwrap().len();
    drop(station);
    let station = house.run_once(house.setup()).await;
    assert_eq!(station.reader().events_of(id).await.unwrap().len(), evidenced, "told again, nothing happens");
}

/// The notice comes before the file is even there, and is kept.
#[tokio::test]
async fn an_early_notice_waits_for_its_file() {
    let house = House::new();
    house.memory.notify("VILLE", "mail-1", "a.xml", Says::Delivered, now());
    drop(house.run_once(house.setup()).await);
    house.drop_file("a.xml", "content");
    let station = house.run_once(house.setup()).await;
    assert_eq!(count(&station, Status::Delivered).await, 1);
}

#[tokio::test]
async fn a_notice_settles_a_doubt_and_nothing_is_sent_twice() {
    for (says, expected) in [
        (Says::Deposited, Status::Deposited),
        (Says::Delivered, Status::Delivered),
        (Says::Opened, Status::Opened),
        (undelivered(), Status::Undelivered),
    ] {
        let house = House::new();
        house.memory.script("a.xml", [Script::CutAfterReceived]);
        house.drop_file("a.xml", "content");
        let station = house.run_once(house.setup()).await;
        assert_eq!(count(&station, Status::Uncertain).await, 1);
        drop(station);
        house.memory.notify("VILLE", "mail-1", "a.xml", says, now());
        let station = house.run_once(house.setup()).await;
        assert_eq!(count(&station, expected).await, 1, "{expected}");
        assert_eq!(house.memory.ledger().len(), 1);
    }
}

/// Nothing that was refused, given up or not sent yet is moved by a notice that bears its name.
#[tokio::test]
async fn a_notice_never_revives_what_did_not_leave() {
    let house = House::new();
    house.memory.script("a.xml", [Script::Refuse]);
    house.drop_file("a.xml", "content");
    drop(house.run_once(house.setup()).await);
    house.memory.notify("VILLE", "mail-1", "a.xml", Says::Delivered, now());
    let station = house.run_once(house.setup()).await;
    assert_eq!(count(&station, Status::Refused).await, 1);
}

/// Of two files of one name, the notice is about the one that left last before it.
#[tokio::test]
async fn a_notice_goes_to_the_file_that_left_last_before_it() {
    let house = House::new();
    house.drop_file("a.xml", "first");
    drop(house.run_once(house.setup()).await);
    let between = now();
    house.drop_file("a.xml", "second");
    drop(house.run_once(house.setup()).await);
    house.memory.notify("VILLE", "late mail about the first", "a.xml", undelivered(), between);
    house.memory.notify("VILLE", "mail about the second", "a.xml", Says::Delivered, now());
    drop(house.run_once(house.setup()).await);
    let statuses: Vec<_> = house.consignments().await.iter().map(|row| row.state.status()).collect();
    assert_eq!(statuses, [Status::Undelivered, Status::Delivered]);
}

/// A mail box full of mails about other people's files hides nothing.
#[tokio::test]
async fn notices_about_nothing_never_hide_the_others() {
    let house = House::new();
    let long_ago = now() - SignedDuration::from_hours(1);
    for number in 0..1200 {
        house.memory.notify("VILLE", &format!("foreign-{number:05}"), "unknown.xml", Says::Delivered, long_ago);
    }
    house.drop_file("a.xml", "content");
    drop(house.run_once(house.setup()).await);
    house.memory.notify("VILLE", "ours", "a.xml", Says::Delivered, now());
    let station = house.run_once(house.setup()).await;
    assert_eq!(count(&station, Status::Delivered).await, 1);
}

/// A notice that matches nothing is looked at once, not at each look of a station that runs; and again when a file may be what it is about.
#[tokio::test]
async fn a_notice_that_matches_nothing_is_not_looked_at_again_in_vain() {
    let house = House::new();
    house.memory.notify("VILLE", "mail-1", "a.xml", Says::Delivered, now());
    let station = house.open(house.setup()).await;
    station.run_once(Until::NothingDue).await.unwrap();
    // Whoever reads it now fails.
    let change = async |sql: &'static str| {
        let mut journal =
            SqliteConnectOptions::new().filename(house.data().join("journal.sqlite")).connect().await.unwrap();
        sqlx::raw_sql(sql).execute(&mut journal).await.unwrap();
    };
    change("UPDATE evidence SET doc = 'x' || doc").await;
    station.run_once(Until::NothingDue).await.unwrap();
    change("UPDATE evidence SET doc = substr(doc, 2)").await;
    house.drop_file("a.xml", "content");
    station.run_once(Until::NothingDue).await.unwrap();
    assert_eq!(count(&station, Status::Delivered).await, 1);
}

/// Two profiles, each with a scenario and a watched folder of its own; `notices` names what they read.
fn two_profiles(house: &House, notices: Option<&str>) -> Setup {
    let profile = |name: &str| {
        let mut profile: Profile = house.profile(name, name);
        if let Some(place) = notices {
            profile.fields.insert("notices", Value::Text(place.to_owned()));
        }
        profile
    };
    let scenarios = ["CCAS", "VILLE"].map(|name| {
        let folder = house.path(&format!("in-{name}"));
        std::fs::create_dir_all(&folder).unwrap();
        let mut scenario = house.scenario(name);
        (scenario.lane, scenario.folder) = (House::lane(name), folder);
        scenario
    });
    house.setup_of(scenarios.into(), vec![profile("CCAS"), profile("VILLE")])
}

fn put(house: &House, profile: &str, name: &str, content: &str) {
    let folder = house.path(&format!("in-{profile}"));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), content).unwrap();
}

/// A notice with identifiers beside the name.
fn mail(key: &str, about: &[(&str, &str)], says: Says, at: Timestamp) -> Evidence {
    let about: Identifiers = about.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Evidence { key: key.to_owned(), about, says: Notice::Consignment { says }, at, words: String::new() }
}

async fn statuses(house: &House) -> Vec<(String, Status)> {
    let rows = house.consignments().await;
    rows.iter().map(|row| (row.facts.lane.profile().to_owned(), row.state.status())).collect()
}

/// P8: whoever is asked first never answers; the other's doubt is settled all the same, while that one is still waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_of_notices_that_is_silent_holds_nobody_up() {
    let house = House::new();
    let setup = two_profiles(&house, None);
    house.memory.script("a.xml", [Script::CutAfterReceived]);
    put(&house, "VILLE", "a.xml", "content");
    let station = house.open(setup).await;
    station.run_once(Until::NothingDue).await.unwrap();
    assert_eq!(count(&station, Status::Uncertain).await, 1);
    house.memory.script("notices:CCAS", [Script::Stall]);
    house.memory.notify("VILLE", "mail-1", "a.xml", Says::Delivered, now());
    let delivered = async {
        while count(&station, Status::Delivered).await == 0 {
            tokio::task::yield_now().await;
        }
    };
    let in_time = tokio::time::timeout(std::time::Duration::from_secs(8), async {
        tokio::select! {
            () = delivered => {}
            done = station.run_once(Until::NothingDue) => panic!("it did not wait: {done:?}"),
        }
    });
    in_time.await.unwrap();
}

/// A refused password suspends the looking, across restarts, until the secret changes; sending goes on.
#[tokio::test]
async fn a_refused_password_of_the_mailbox_stops_only_the_looking() {
    let house = House::new();
    house.memory.script("notices:VILLE", [Script::BadPassword]);
    for name in ["a.xml", "b.xml"] {
        house.drop_file(name, name);
        drop(house.run_once(house.setup()).await);
    }
    assert_eq!(house.memory.looks("VILLE"), 1);
    house.memory.notify("VILLE", "mail-1", "a.xml", Says::Delivered, now());
    let station = house.run_once(house.setup()).await;
    assert_eq!((count(&station, Status::Deposited).await, house.memory.looks("VILLE")), (2, 1));
    let (why, version) = station.reader().small().await.unwrap().lane(&House::lane("VILLE")).notices_suspended.unwrap();
    assert_eq!((why.code.as_str(), version.as_str()), ("memory-bad-password", "1"));
    assert_eq!(station.live().notices[&House::lane("VILLE")].trouble, Some(why));
    drop(station);
    let mut changed = house.setup();
    changed.lanes.get_mut(&House::lane("VILLE")).unwrap().profile.secret_version = "2".to_owned();
    let station = house.run_once(changed).await;
    assert_eq!(count(&station, Status::Delivered).await, 1);
    assert_eq!(station.reader().small().await.unwrap().lane(&House::lane("VILLE")).notices_suspended, None);
    assert!(station.live().notices.is_empty());
}

/// What passes by itself is asked again, and never suspends.
#[tokio::test]
async fn a_source_that_cannot_be_reached_is_asked_again() {
    let house = House::new();
    house.memory.notify("VILLE", "mail-1", "a.xml", Says::Delivered, now());
    house.memory.script("notices:VILLE", [Script::Unreachable]);
    house.drop_file("a.xml", "content");
    let station = house.run_once(house.setup()).await;
    assert_eq!(count(&station, Status::Delivered).await, 1);
    assert!(station.live().notices.is_empty());
}

#[tokio::test]
async fn what_is_left_alone_is_counted_and_traced() {
    let house = House::new();
    let left = LeftAlone { unknown: 3, others: 7, last: Some("a@b : hello".to_owned()) };
    house.memory.leave_alone("VILLE", left.clone());
    house.drop_file("a.xml", "content");
    let station = house.run_once(house.setup()).await;
    assert_eq!(station.live().notices[&House::lane("VILLE")].left, left);
    let trace = std::fs::read_to_string(scheduler_core::trace::Traces::last(&house.path("logs"))).unwrap();
    assert!(trace.contains(r#"Unknown { mails: 3, last: Some("a@b : hello") }"#), "{trace}");
}

/// A mail that is sent again under another Message-ID is about the file of the first, not about its namesake.
#[tokio::test]
async fn the_same_notice_under_another_key_settles_no_second_file() {
    for named in [true, false] {
        let house = House::new();
        for content in ["first", "other"] {
            house.memory.script("a.xml", [Script::CutAfterReceived]);
            house.drop_file("a.xml", content);
            drop(house.run_once(house.setup()).await);
        }
        let at = now();
        let ident: &[_] = if named { &[("name", "a.xml"), ("local_ident", "7")] } else { &[("name", "a.xml")] };
        let later = at + SignedDuration::from_hours(i64::from(named));
        house.memory.tell("VILLE", mail("mail-1", ident, Says::Delivered, at));
        drop(house.run_once(house.setup()).await);
        house.memory.tell("VILLE", mail("mail-2", ident, Says::Delivered, later));
        drop(house.run_once(house.setup()).await);
        let found: Vec<Status> = statuses(&house).await.into_iter().map(|(_, status)| status).collect();
        assert_eq!(found, [Status::Uncertain, Status::Delivered], "{named}");
    }
}

/// The partner's own name of the transfer binds a second notice to the file of the first.
#[tokio::test]
async fn a_second_notice_about_a_transfer_is_about_the_same_file() {
    let house = House::new();
    for content in ["first", "other"] {
        house.drop_file("a.xml", content);
        drop(house.run_once(house.setup()).await);
    }
    let ident = [("name", "a.xml"), ("local_ident", "7")];
    house.memory.tell("VILLE", mail("mail-1", &ident, Says::Delivered, now()));
    drop(house.run_once(house.setup()).await);
    house.memory.tell("VILLE", mail("mail-2", &ident, undelivered(), now()));
    drop(house.run_once(house.setup()).await);
    let found: Vec<Status> = statuses(&house).await.into_iter().map(|(_, status)| status).collect();
    assert_eq!(found, [Status::Deposited, Status::Undelivered]);
}

/// One mailbox for two profiles: whoever finds the mail, it counts for the one whose file it is; for none when it fits files of both.
#[tokio::test]
async fn a_shared_mailbox_serves_each_profile_its_own() {
    let house = House::new();
    let setup = || two_profiles(&house, Some("imap://both"));
    house.memory.script("only.xml", [Script::CutAfterReceived]);
    put(&house, "VILLE", "only.xml", "VILLE");
    put(&house, "VILLE", "both.xml", "VILLE");
    put(&house, "CCAS", "both.xml", "CCAS.");
    drop(house.run_once(setup()).await);
    for name in ["only.xml", "both.xml"] {
        for profile in ["CCAS", "VILLE"] {
            house.memory.notify(profile, name, name, Says::Delivered, now());
        }
    }
    let station = house.run_once(setup()).await;
    for row in house.consignments().await {
        let expected = if row.facts.name == "only.xml" { Status::Delivered } else { Status::Deposited };
        assert_eq!(row.state.status(), expected, "{} of {}", row.facts.name, row.facts.lane);
    }
    drop(station);
    let available = Evidence { says: Notice::Available, ..mail("here", &[], Says::Delivered, now()) };
    house.memory.tell("CCAS", available);
    let station = house.run_once(setup()).await;
    let events = station.reader().events_after(0, 10_000).await.unwrap();
    let wanted = events
        .iter()
        .filter(|recorded| matches!(recorded.event, Event::Lane { what: LaneEvent::RetrievalWanted { .. }, .. }));
    assert_eq!(wanted.count(), 2, "each profile looks for what is there, once");
}
