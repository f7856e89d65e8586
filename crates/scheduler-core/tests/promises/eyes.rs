//! Four eyes: what lets a file go by hand is decided by two accounts, and there is no way around.

use std::fs;
use std::time::Duration;

use scheduler_core::account::Operator;
use scheduler_core::clock::Clock;
use scheduler_core::consignment::{Consignment, Decision, Status, Verdict};
use scheduler_core::id::Id;
use scheduler_core::journal::Reader;
use scheduler_core::memory::Script;
use scheduler_core::request::Command;
use scheduler_core::setup::Setup;
use scheduler_core::station::{Followed, Spool, Station, Until};

use crate::decisions::{ask, done, refusal, resend};
use crate::support::{House, assert_one_story};

fn strict(house: &House) -> Setup {
    let mut setup = house.setup();
    setup.settings.four_eyes = true;
    setup
}

fn why() -> String {
    "agreed upon".to_owned()
}

fn resolve(id: Id, verdict: Verdict) -> Command {
    Command::Resolve { id, verdict, why: why() }
}

fn release(id: Id) -> Command {
    Command::Release { id, why: why() }
}

async fn of(reader: &Reader, id: Id) -> Consignment {
    reader.consignment(id).await.unwrap().unwrap()
}

/// A file of that name, in the state that its content or a script leads to.
async fn file(house: &House, name: &str, content: &str, script: Option<Script>) -> (Station, Id) {
    house.memory.script(name, script);
    house.drop_file(name, content);
    let station = house.open(strict(house)).await;
    station.run_once(Until::NothingDue).await.unwrap();
    let id = house.consignments().await.last().unwrap().id;
    (station, id)
}

/// A content and a script that lead to a state, and the decision that it asks for.
type Case = (&'static str, Option<Script>, Status, fn(Id) -> Command);

#[tokio::test]
async fn nothing_leaves_before_a_second_account_decides_the_same() {
    let lost = Some(Script::CutAfterLost);
    let cases: [Case; 3] = [
        ("", None, Status::Held, release),
        ("content", lost, Status::Uncertain, |id| resolve(id, Verdict::NotDeposited)),
        ("content", Some(Script::Refuse), Status::Refused, resend),
    ];
    for (content, script, status, command) in cases {
        let house = House::new();
        let (station, id) = file(&house, "a.xml", content, script).await;
        assert_eq!(ask(&station, command(id), "martin").await, done(&[id]), "{status}");
        let row = of(station.reader(), id).await;
        let proposal = row.proposal.unwrap();
        assert_eq!((row.state.status(), proposal.who.as_str(), proposal.why.is_empty()), (status, "martin", false));
        assert_eq!(station.reader().small().await.unwrap().proposals, [id].into());
        assert_eq!(refusal(&ask(&station, command(id), "martin").await), "four-eyes-same-account");
        station.run_once(Until::Settled).await.unwrap();
        assert_eq!(house.memory.ledger().len(), 0, "{status}: one person sends nothing");
        ask(&station, command(id), "dupont").await;
        station.run_once(Until::Settled).await.unwrap();
        assert_eq!(house.memory.ledger().len(), 1, "{status}: two do");
        assert_eq!(station.reader().small().await.unwrap().proposals, [].into());
        assert_one_story(station.reader()).await;
    }
}

#[tokio::test]
async fn another_decision_takes_the_place_of_the_first() {
    let house = House::new();
    let (station, id) = file(&house, "a.xml", "content", Some(Script::CutAfterLost)).await;
    ask(&station, resolve(id, Verdict::Deposited), "martin").await;
    ask(&station, resolve(id, Verdict::NotDeposited), "dupont").await;
    let proposal = of(station.reader(), id).await.proposal.unwrap();
    assert_eq!(
        (proposal.decision, proposal.who.as_str()),
        (Decision::Resolve { verdict: Verdict::NotDeposited }, "dupont")
    );
    assert_eq!(refusal(&ask(&station, resolve(id, Verdict::NotDeposited), "dupont").await), "four-eyes-same-account");
    ask(&station, resolve(id, Verdict::NotDeposited), "martin").await;
    assert_eq!(of(station.reader(), id).await.state.status(), Status::Queued);
}

/// What was proposed about a doubt is worth nothing once the doubt is another.
#[tokio::test]
async fn a_proposal_lapses_when_the_file_moves_on() {
    let house = House::new();
    let (station, id) = file(&house, "a.xml", "content", Some(Script::CutAfterLost)).await;
    let sent = || resolve(id, Verdict::NotDeposited);
    ask(&station, sent(), "martin").await;
    drop(station);
    house.memory.reconcile(true);
    house.memory.script("a.xml", [Script::CutAfterLost]);
    house.memory.script("ask:a.xml", []);
    let station = house.open(strict(&house)).await;
    assert!(of(station.reader(), id).await.proposal.is_some(), "a restart forgets nothing");
    station.run_once(Until::NothingDue).await.unwrap();
    house.memory.reconcile(false);
    let row = of(station.reader(), id).await;
    assert_eq!((row.proposal, station.reader().small().await.unwrap().proposals.len()), (None, 0));
    if row.state.status() == Status::Uncertain {
        ask(&station, sent(), "dupont").await;
        assert_eq!(of(station.reader(), id).await.state.status(), Status::Uncertain, "dupont is the first again");
    }
}

/// Giving up sends nothing, and stays with one person.
#[tokio::test]
async fn one_person_may_give_a_file_up() {
    let house = House::new();
    let (station, id) = file(&house, "a.xml", "", None).await;
    ask(&station, release(id), "martin").await;
    assert_eq!(ask(&station, Command::Cancel { id, why: why() }, "martin").await, done(&[id]));
    let row = of(station.reader(), id).await;
    assert_eq!((row.state.status(), row.proposal), (Status::Cancelled, None));
    ask(&station, release(id), "dupont").await;
    assert_eq!(of(station.reader(), id).await.state.status(), Status::Cancelled);
}

/// Nor is giving up a way around: what may be at the partner's is held when it is dropped again.
#[tokio::test]
async fn what_was_given_up_in_doubt_is_a_duplicate_when_it_comes_again() {
    let house = House::new();
    let mut setup = strict(&house);
    setup.scenarios[0].duplicate_window = Some(Duration::from_secs(3600));
    house.memory.script("a.xml", [Script::CutAfterReceived]);
    house.drop_file("a.xml", "content");
    let station = house.run_once(setup).await;
    let id = house.consignments().await[0].id;
    ask(&station, Command::Cancel { id, why: why() }, "martin").await;
    house.drop_file("a.xml", "content");
    station.run_once(Until::NothingDue).await.unwrap();
    let rows = house.consignments().await;
    assert_eq!(rows.iter().map(|row| row.state.status()).collect::<Vec<_>>(), [Status::Cancelled, Status::Held]);
    assert_eq!(house.memory.ledger().len(), 1);
}

#[tokio::test]
async fn an_account_that_the_system_cannot_prove_decides_nothing() {
    let house = House::new();
    let (station, id) = file(&house, "a.xml", "", None).await;
    let said = Operator { account: None, claimed: Some("dupont".to_owned()) };
    let request = station.serve(release(id), said, Until::NothingDue).await.unwrap();
    assert_eq!(refusal(&station.reader().request(request).await.unwrap().unwrap().ended.unwrap()), "account-unproven");
}

/// A slip that says that somebody else wrote it is its owner's all the same.
#[cfg(unix)]
#[tokio::test]
async fn a_forged_slip_is_its_owners() {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let house = House::new();
    house.drop_file("a.xml", "");
    let spool = Spool::open(&house.data()).unwrap();
    let folder = house.data().join("requests");
    let mut asked = Vec::new();
    house
        .serve_until(strict(&house), async |station| {
            let Some(row) = station.reader().with_status(Status::Held, 1).await.unwrap().pop() else { return false };
            for said in ["martin", "dupont"] {
                let request = loop {
                    // Root may speak for others: where the tests run as root, the slip is given to an ordinary account, before the service
                    // can see it.
                    let aside = Spool::open(&house.path("logs")).unwrap();
                    let id = aside.leave(&release(row.id), said, Clock::system().now()).unwrap();
                    let slip = house.path("logs").join("requests").join(format!("{id}.json"));
                    if asked.contains(&id) {
                        continue;
                    }
                    let owner = fs::metadata(&slip).unwrap().uid();
                    chown(&slip, Some(if owner == 0 { 3_999_999_999 } else { owner }), None).unwrap();
                    fs::rename(&slip, folder.join(format!("{id}.json"))).unwrap();
                    break id;
                };
                asked.push(request);
                let end = spool.follow(request, station.reader(), Duration::from_secs(3600)).await.unwrap();
                assert!(matches!(end, Followed::Ended(_)));
            }
            true
        })
        .await;
    let reader = Reader::open(&house.data()).await.unwrap();
    let (first, second) =
        (reader.request(asked[0]).await.unwrap().unwrap(), reader.request(asked[1]).await.unwrap().unwrap());
    assert_eq!(first.who, second.who, "one account");
    assert_eq!((first.claimed.as_deref(), second.claimed.as_deref()), (Some("martin"), Some("dupont")));
    assert_eq!(refusal(&second.ended.unwrap()), "four-eyes-same-account");
    assert_eq!(house.consignments().await[0].state.status(), Status::Held);
    assert_eq!(house.memory.ledger().len(), 0);
}

/// Released at the very moment it is accepted, by one account and as often as it likes, a held file stays held.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_released_as_it_is_accepted_stays_held() {
    let house = House::new();
    let station = house.open(strict(&house)).await;
    house.drop_file("a.xml", "");
    let hasty = async {
        for _ in 0..50 {
            for row in station.reader().last_consignments(1).await.unwrap() {
                ask(&station, release(row.id), "martin").await;
            }
            tokio::task::yield_now().await;
        }
    };
    let (run, ()) = tokio::join!(station.run_once(Until::NothingDue), hasty);
    run.unwrap();
    assert_eq!(house.consignments().await[0].state.status(), Status::Held);
    assert_eq!(house.memory.ledger().len(), 0);
}
