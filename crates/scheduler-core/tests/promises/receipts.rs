//! Receipts land right, whenever they come (P10): orders of up to six events, through the station, against a model of a few lines.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use scheduler_core::clock::Clock;
use scheduler_core::consignment::{ConsignmentEvent, Says, Status, Why};
use scheduler_core::id::Id;
use scheduler_core::journal::{Event, LaneEvent, Reader};
use scheduler_core::memory::Script;
use scheduler_core::partner::Notice;
use scheduler_core::request::Command;
use scheduler_core::returned::ReturnState;
use scheduler_core::scenario::Scenario;
use scheduler_core::setup::Setup;
use scheduler_core::station::{Station, Until};

use crate::support::{House, PROFILE, assert_one_story};

/// What may happen once to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happens {
    /// The sending itself ends.
    Sent,
    Deposited,
    Delivered,
    Opened,
    Undelivered,
    /// The partner holds something for us.
    Available,
}

use Happens as H;

const ALL: [Happens; 6] = [H::Sent, H::Deposited, H::Delivered, H::Opened, H::Undelivered, H::Available];

/// How the sending ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Answered,
    Doubtful,
}

/// Every order of one to six different events: 1956 of them.
fn orders() -> Vec<Vec<Happens>> {
    let mut orders: Vec<Vec<Happens>> = vec![Vec::new()];
    let mut from = 0;
    for _ in ALL {
        let until = orders.len();
        for index in from..until {
            let more = ALL.into_iter().filter(|event| !orders[index].contains(event)).collect::<Vec<_>>();
            let order = orders[index].clone();
            orders.extend(more.into_iter().map(|event| [order.clone(), vec![event]].concat()));
        }
        from = until;
    }
    orders.split_off(1)
}

/// What must become of a file: nothing before it is sent; then the last word that came first, else the farthest step that was told.
fn model(order: &[Happens], end: End) -> Status {
    if !order.contains(&H::Sent) {
        return Status::Queued;
    }
    let last_word = order.iter().find(|event| matches!(event, H::Opened | H::Undelivered));
    match (last_word, order.contains(&H::Delivered), order.contains(&H::Deposited)) {
        (Some(H::Opened), ..) => Status::Opened,
        (Some(_), ..) => Status::Undelivered,
        (None, true, _) => Status::Delivered,
        (None, false, true) => Status::Deposited,
        (None, false, false) if end == End::Answered => Status::Deposited,
        (None, false, false) => Status::Uncertain,
    }
}

fn notice(event: Happens) -> Option<Notice> {
    let says = match event {
        H::Sent => return None,
        H::Available => return Some(Notice::Available),
        H::Deposited => Says::Deposited,
        H::Delivered => Says::Delivered,
        H::Opened => Says::Opened,
        H::Undelivered => Says::Undelivered { why: Why::code("not-authorised") },
    };
    Some(Notice::Consignment { says })
}

/// The step at which an order sends its file; one of its own for those that never do.
fn step_of(order: &[Happens]) -> usize {
    order.iter().position(|event| *event == H::Sent).unwrap_or(ALL.len())
}

fn scope(step: usize) -> String {
    format!("scenario:{}", name(step))
}

fn name(step: usize) -> String {
    format!("sent at {step}")
}

/// A scenario for each step, all held back.
async fn furnished(house: &House, orders: &[Vec<Happens>], end: End) -> Setup {
    house.memory.transfers_take(Duration::ZERO);
    house.memory.name_consignments();
    let scenario =
        |step: usize| Scenario { folder: house.path(&name(step)), sent_copy: None, ..house.scenario(&name(step)) };
    let setup = house.setup_of((0..=ALL.len()).map(scenario).collect(), vec![house.profile(PROFILE, "memory")]);
    let mut setup = setup;
    (setup.settings.retry_first, setup.settings.retry_max) = (Duration::from_millis(1), Duration::from_millis(1));
    for step in 0..=ALL.len() {
        std::fs::create_dir(house.path(&name(step))).unwrap();
    }
    let station = house.open(setup.clone()).await;
    for step in 0..=ALL.len() {
        let pause = Command::Pause { scope: scope(step), why: None };
        station.serve(pause, "operator", Until::NothingDue).await.unwrap();
    }
    for (case, order) in orders.iter().enumerate() {
        let file = format!("{case:04}.xml");
        std::fs::write(house.path(&name(step_of(order))).join(&file), format!("content {case}")).unwrap();
        if end == End::Doubtful {
            house.memory.script(&file, [Script::CutAfterReceived]);
        }
    }
    station.run_once(Until::NothingDue).await.unwrap();
    setup
}

/// The events of one step, told to the station; and again, for a mailbox is read again.
async fn step(station: &Station, house: &House, orders: &[Vec<Happens>], ids: &BTreeMap<usize, Id>, step: usize) {
    let now = Clock::system().now();
    for (case, order) in orders.iter().enumerate() {
        let Some(event) = order.get(step).copied() else { continue };
        let Some(says) = notice(event) else { continue };
        let key = format!("{case:04}-{step}");
        if event == H::Available {
            house.memory.offer(PROFILE, &key, &format!("return-{case}"), b"bytes");
        }
        house.memory.notify_about(PROFILE, &key, ids[&case], says, now);
    }
    let resume = Command::Resume { scope: scope(step), why: None };
    station.serve(resume, "operator", Until::NothingDue).await.unwrap();
    station.run_once(Until::Settled).await.unwrap();
}

async fn statuses(reader: &Reader, ids: &BTreeMap<usize, Id>) -> Vec<Status> {
    let mut statuses = Vec::new();
    for id in ids.values() {
        statuses.push(reader.consignment(*id).await.unwrap().unwrap().state.status());
    }
    statuses
}

/// Each notice moved its file once at most, however often it was told; those about files that were never sent moved nothing.
async fn check_once(reader: &Reader, orders: &[Vec<Happens>], ids: &BTreeMap<usize, Id>) {
    let mut keys = BTreeSet::new();
    let mut wanted = 0;
    for recorded in reader.events_after(0, u32::MAX).await.unwrap() {
        match recorded.event {
            Event::Consignment { what: ConsignmentEvent::Evidenced { key, .. }, .. } => assert!(keys.insert(key)),
            Event::Lane { what: LaneEvent::RetrievalWanted { .. }, .. } => wanted += 1,
            _ => {}
        }
    }
    let available = orders.iter().filter(|order| order.contains(&H::Available)).count();
    assert_eq!(wanted, available, "each availability notice once");
    let told = |order: &&Vec<Happens>| order.iter().filter(|event| !matches!(event, H::Sent | H::Available)).count();
    let about_sent: usize = orders.iter().filter(|order| order.contains(&H::Sent)).map(|order| told(&order)).sum();
    assert_eq!(keys.len(), about_sent, "each notice about a file that left, early or late, once");
    let returns = reader.last_returns(u32::MAX).await.unwrap();
    assert_eq!(returns.len(), available);
    assert!(returns.iter().all(|row| row.state == ReturnState::Disposed));
    assert_eq!(ids.len(), orders.len());
}

async fn all_orders(orders: &[Vec<Happens>], end: End, restarts: bool) {
    let house = House::new();
    let setup = furnished(&house, orders, end).await;
    let case = |file: &str| file.strip_suffix(".xml").unwrap().parse::<usize>().unwrap();
    let ids = house.consignments().await.iter().map(|row| (case(&row.facts.name), row.id)).collect();
    let mut station = house.open(setup.clone()).await;
    for number in 0..ALL.len() {
        step(&station, &house, orders, &ids, number).await;
        if restarts {
            drop(station);
            station = house.open(setup.clone()).await;
        }
        let happened = |order: &Vec<Happens>| model(&order[..order.len().min(number + 1)], end);
        let found = statuses(station.reader(), &ids).await;
        for ((order, expected), found) in orders.iter().zip(orders.iter().map(happened)).zip(found) {
            assert_eq!(found, expected, "{order:?} after {} events, {end:?}", number + 1);
        }
        house.memory.forget_notices();
    }
    check_once(station.reader(), orders, &ids).await;
    let sent = orders.iter().filter(|order| order.contains(&H::Sent)).count();
    assert_eq!(house.memory.ledger().len(), sent, "whatever the receipts say, each file leaves once");
    assert_one_story(station.reader()).await;
    // The same mails once more, under other Message-IDs: nothing changes.
    let before = statuses(station.reader(), &ids).await;
    for (case, order) in orders.iter().enumerate() {
        for (place, says) in order.iter().filter_map(|event| notice(*event)).enumerate() {
            if says != Notice::Available {
                let key = format!("again-{case:04}-{place}");
                house.memory.notify_about(PROFILE, &key, ids[&case], says, Clock::system().now());
            }
        }
    }
    station.run_once(Until::Settled).await.unwrap();
    assert_eq!(statuses(station.reader(), &ids).await, before);
}

/// Every order of up to four events, 516 of them, and every sixteenth of the 1440 longer ones.
#[tokio::test]
async fn orders_of_six_events_after_an_answer() {
    let orders = orders();
    assert_eq!(orders.len(), 1956);
    let (short, long) = orders.split_at(516);
    assert!(short.iter().all(|order| order.len() <= 4) && long.iter().all(|order| order.len() > 4));
    let orders: Vec<_> = short.iter().chain(long.iter().step_by(16)).cloned().collect();
    assert_eq!(orders.len(), 516 + 90);
    all_orders(&orders, End::Answered, false).await;
}

/// Every twenty-ninth order, 68 of them: each doubt costs a session; the station is started again after each event.
#[tokio::test]
async fn orders_of_six_events_after_a_doubt_and_restarts() {
    let orders: Vec<_> = orders().into_iter().step_by(29).collect();
    assert_eq!(orders.len(), 68);
    all_orders(&orders, End::Doubtful, true).await;
}
