mod house;
mod words;

use std::fs;
use std::time::Duration;

use scheduler_core::consignment::{ConsignmentEvent, State, Why};
use scheduler_core::journal::{Draft, LaneEvent};
use scheduler_core::live::{LiveFile, LiveLane, Waiting, Watched};
use scheduler_core::partner::Phase;
use scheduler_core::returned::ReturnState;
use scheduler_core::scenario::{IfExists, Readiness};
use scheduler_core::stability::Told;

use self::house::{House, Story};
use crate::testing::{at, id};

/// Runs something on a runtime of its own.
fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn told(code: &str) -> Told {
    Told { code: code.to_owned(), ..Told::default() }
}

/// What the service publishes of `name`.
fn seen(house: &mut House, name: &str, told: Vec<Told>) {
    let waiting = Waiting { told, next_look: at(6) };
    let watched = Watched {
        how: "watch-network-file-system".to_owned(),
        waiting: [(name.to_owned(), waiting.told[0].code.clone())].into(),
        details: [(name.to_owned(), waiting)].into(),
        looked: Some(at(4)),
    };
    let folder = house.path("mand").display().to_string();
    house.service().watched.insert(folder, watched);
}

/// Every part of a pattern that may fail, and every scenario that does not take a file.
async fn names(story: &mut Story) {
    let mut house = House::new().await;
    house.scenario("MANDATS", "mand", "MAND*.xml");
    house.scenario("TITRES", "mand", "TITR?_2026");
    house.scenario("ACCENTS", "mand", "délib*");
    house.scenario("OFF", "mand", "*.off").enabled = false;
    house.scenario("RESTE", "mand", "*_2026*");
    house.scenario("ARCHIVES", "arch", "*.zip").recursive = true;
    for name in ["MAND.XLM", "MAND", "MAND_2026.xml", "TITR1_2026.bak", "~$MAND.xml", "de\u{301}lib.pdf", "a.off"] {
        story.file(&house, "mand", name, b"content").await;
    }
    for folder in ["mand/2025", "arch/.snapshot", "arch/2025", "ailleurs"] {
        fs::create_dir_all(house.path(folder)).unwrap();
    }
    story.file(&house, "mand/2025", "MAND1.xml", b"content").await;
    story.file(&house, "arch/.snapshot", "a.zip", b"content").await;
    story.file(&house, "arch/2025", "a.zip", b"content").await;
    std::os::unix::fs::symlink(house.path("arch/2025"), house.path("arch/lien")).unwrap();
    story.explain(&house, "arch/lien/a.zip").await;
    story.file(&house, "ailleurs", "MAND1.xml", b"content").await;
    std::os::unix::fs::symlink("/dev/null", house.path("mand/MAND2.xml")).unwrap();
    story.explain(&house, "mand/MAND2.xml").await;
    story.explain(&house, "mand/MAND_2062.xml").await;
    story.explain(&house, "inconnu.xml").await;
    story.explain(&house, "mand").await;
}

/// Everything that a file waits for before it is taken.
async fn completeness(story: &mut Story) {
    let mut house = House::new().await;
    house.scenario("MANDATS", "mand", "*.xml");
    story.file(&house, "mand", "MAND1.xml", b"content").await;
    let quiet = Told { since_ms: Some(800), wanted_ms: Some(5000), ..told("stability-quiet-period") };
    let size = Told { from: Some(1000), to: Some(2000), ..told("stability-size-changed") };
    let young = Told { since_ms: Some(45_000), wanted_ms: Some(600_000), ..told("stability-too-young") };
    for told in [vec![quiet, young], vec![size], vec![told("stability-open-writer")], vec![told("stability-replaced")]]
    {
        seen(&mut house, "MAND1.xml", told);
        story.explain(&house, "mand/MAND1.xml").await;
    }
    house.service().watched.clear();
    house.setup.scenarios[0].readiness = Readiness::DoneFile(".fin".to_owned());
    story.explain(&house, "mand/MAND1.xml").await;
    fs::write(house.path("mand/MAND1.xml.fin"), "").unwrap();
    story.explain(&house, "mand/MAND1.xml").await;
    house.setup.scenarios[0].readiness = Readiness::MinimumAge(Duration::from_secs(600));
    story.explain(&house, "mand/MAND1.xml").await;
    house.setup.scenarios[0].readiness = Readiness::Renamed;
    let writer = fs::OpenOptions::new().append(true).open(house.path("mand/MAND1.xml")).unwrap();
    story.explain(&house, "mand/MAND1.xml").await;
    drop(writer);
}

/// Everything that may become of a file once it is taken.
async fn fates(story: &mut Story) {
    let mut house = House::new().await;
    let scenario = house.scenario("MANDATS", "mand", "*.xml");
    scenario.readiness = Readiness::Renamed;
    scenario.backup = Some(scenario.folder.with_file_name("backup"));
    scenario.duplicate_window = Some(Duration::from_secs(86_400));
    let mut sent = house.row(7, State::Queued).facts;
    sent.sha256 = "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73".to_owned();
    house.commit(vec![Draft::consignment(id(7), ConsignmentEvent::Accepted(Box::new(sent)))]).await;
    story.file(&house, "mand", "VIDE.xml", b"").await;
    story.file(&house, "mand", "DOUBLON.xml", b"content").await;
    story.file(&house, "mand", "ANOMALIE.xml", b"BAD").await;
    fs::create_dir(house.path("backup")).unwrap();
    fs::write(house.path("backup/BON.xml"), "older").unwrap();
    for policy in [IfExists::Increment, IfExists::Overwrite, IfExists::Nothing] {
        house.setup.scenarios[0].if_exists = policy;
        story.file(&house, "mand", "BON.xml", b"new").await;
    }
    fs::write(house.path("backup/BON.xml"), "new").unwrap();
    house.setup.scenarios[0].if_exists = IfExists::Increment;
    story.explain(&house, "mand/BON.xml").await;
    house.setup.lanes.clear();
    story.explain(&house, "mand/BON.xml").await;
}

/// Everything that keeps a lane, told of a queued file.
async fn lanes(story: &mut Story) {
    let mut house = House::new().await;
    house.scenario("MANDATS", "mand", "*.xml").ordered = true;
    let first = house.row(7, State::Queued).facts;
    house.commit(vec![Draft::consignment(id(7), ConsignmentEvent::Accepted(Box::new(first)))]).await;
    let row = house.row(8, State::Queued);
    story.sending(&house, &row).await;
    house.service();
    story.sending(&house, &row).await;
    house.setup.scenarios[0].ordered = false;
    story.sending(&house, &row).await;
    let rested = LaneEvent::Rested { until: at(30), why: Why::code("xfb-connect-failed") };
    house.commit(vec![Draft::lane(&house.lane(), rested)]).await;
    story.sending(&house, &row).await;
    house.pause("profile:VILLE").await;
    story.sending(&house, &row).await;
    house.resume("profile:VILLE").await;
    house.pause("scenario:MANDATS").await;
    story.sending(&house, &row).await;
    house.resume("scenario:MANDATS").await;
    let (why, secret_version) = (Why::with("xfb-login-refused", "bad password"), "1".to_owned());
    house.commit(vec![Draft::lane(&house.lane(), LaneEvent::Suspended { why, secret_version })]).await;
    story.sending(&house, &row).await;
}

/// A consignment in each of its states.
async fn states(story: &mut Story) {
    let mut house = House::new().await;
    house.scenario("MANDATS", "mand", "*.xml");
    let why = || Why::with("xfb-upload-unanswered", "connection closed");
    let states = || {
        [
            State::Waiting { until: at(20), why: Why::code("xfb-connection-lost") },
            State::Sending { session: id(9) },
            State::Committing { session: id(9) },
            State::Held { why: Why::with("duplicate-content", format!("{} 2026-11-21T10:12:00Z", id(3))) },
            State::Held { why: Why::code("empty-file") },
            State::Uncertain { why: why() },
            State::Deposited,
            State::Delivered,
            State::Opened,
            State::Refused { why: Why::with("xfb-upload-refused", "unknown partner") },
            State::Undelivered { why: Why::code("xfb-unknown-file") },
            State::Cancelled { who: "martin".to_owned(), why: "remplacé".to_owned() },
        ]
    };
    for state in states() {
        story.sending(&house, &house.row(1, state)).await;
    }
    let lane = house.lane();
    let (done, total) = (512, Some(19_968));
    let file = LiveFile { id: id(1), scenario: "MANDATS".to_owned(), name: "a".to_owned(), done, total, since: at(4) };
    let session = LiveLane { phase: Phase::Send, since: at(4), file: Some(file) };
    house.service().lanes.insert(lane, session);
    for state in states().into_iter().take(2) {
        story.sending(&house, &house.row(1, state)).await;
    }
    house.memory.reconcile(true);
    house.service().lanes.clear();
    story.sending(&house, &house.row(1, State::Uncertain { why: why() })).await;
    let mut owing = house.row(1, State::Deposited);
    owing.owes_copy = true;
    story.sending(&house, &owing).await;
}

/// A return in each of its states.
async fn returns(story: &mut Story) {
    let mut house = House::new().await;
    house.scenario("MANDATS", "mand", "*.xml");
    house.service();
    let incomplete = ReturnState::Incomplete { why: Why::code("xfb-download-incomplete") };
    for state in [
        ReturnState::Offered,
        ReturnState::Collecting,
        ReturnState::Stored,
        ReturnState::Published,
        ReturnState::Disposed,
        incomplete,
    ] {
        story.returned(&house, house.returned(6, state)).await;
    }
    let wanted = LaneEvent::RetrievalWanted { who: "martin".to_owned() };
    house.commit(vec![Draft::lane(&house.lane(), wanted)]).await;
    story.returned(&house, house.returned(6, ReturnState::Offered)).await;
}

/// Each situation in French, with its codes beside the words; in English from the same facts.
macro_rules! tells {
    ($($situation:ident),*) => {
        mod french {
            $(#[test] fn $situation() {
                let mut story = super::Story::french();
                super::block_on(super::$situation(&mut story));
                let text = story.text;
                insta::assert_snapshot!(text);
            })*
        }
        mod english {
            $(#[test] fn $situation() {
                let mut story = super::Story::english();
                super::block_on(super::$situation(&mut story));
                let text = story.text;
                insta::assert_snapshot!(text);
            })*
        }
    };
}

tells!(names, completeness, fates, lanes, states, returns);
