//! Every code that may be explained has its sentences.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use scheduler_core::consignment::Why;
use scheduler_core::explain::{Act, Awaited, BackupFate, Choice, Fate, Next, Presence};
use scheduler_core::lane::{gate, retry, work};
use scheduler_core::matcher;
use scheduler_core::stability::{Because, Change, NoWriter, Reason};
use scheduler_core::watch::events::Polling;
use scheduler_core::watch::scan;

use crate::catalogue::{Language, codes, entry};

/// One of each, so that a new variant is an error here until it is listed: the matches have no other arm.
fn all() -> BTreeSet<&'static str> {
    let mut codes = BTreeSet::new();
    codes.extend(Next::CODES.into_iter().chain(Choice::CODES).chain(Presence::CODES).chain(BackupFate::CODES));
    codes.extend(Fate::UNKNOWN.into_iter().chain(Awaited::CODES).chain(Act::CODES));
    codes.extend(["scenario-others", "fate-goes", "lane-session", "lane-no-session", "lane-ahead"]);
    codes.extend(["lane-behind", "gate-busy", "match-differs-at-once", "match-decomposed"]);
    codes.extend(matching().iter().map(matcher::Reason::code));
    codes.extend(stability());
    codes.extend(lane());
    codes.extend(watching());
    codes
}

fn matching() -> [matcher::Reason; 6] {
    use matcher::Reason as R;
    let text = String::new;
    let listed = |reason: &R| match reason {
        R::EveryName | R::Matches | R::Hidden | R::Differs { .. } | R::TooShort { .. } | R::TooLong { .. } => (),
    };
    let all = [
        R::EveryName,
        R::Matches,
        R::Hidden,
        R::Differs { expected: text(), found: text() },
        R::TooShort { expected: text() },
        R::TooLong { rest: text() },
    ];
    all.iter().for_each(listed);
    all
}

fn stability() -> Vec<&'static str> {
    let time = Duration::ZERO;
    let reasons = [
        Reason::FirstSeen,
        Reason::Quiet { unchanged_for: time, wanted: time },
        Reason::OpenWriter,
        Reason::NoDoneFile { name: String::new() },
        Reason::TooYoung { age: time, wanted: time },
    ];
    let changes = [Change::Replaced, Change::Size { from: 0, to: 0 }, Change::Modified, Change::Inode];
    let because = [Because::Quiet(time), Because::DoneFile, Because::Renamed];
    let writers = [NoWriter::Certain, NoWriter::AmongVisible { hidden: 0 }, NoWriter::Unknown(String::new())];
    reasons.iter().for_each(|reason| match reason {
        Reason::FirstSeen | Reason::Quiet { .. } | Reason::OpenWriter => (),
        Reason::NoDoneFile { .. } | Reason::TooYoung { .. } => (),
    });
    changes.iter().for_each(|change| match change {
        Change::Replaced | Change::Size { .. } | Change::Modified | Change::Inode => (),
    });
    because.iter().for_each(|because| match because {
        Because::Quiet(_) | Because::DoneFile | Because::Renamed => (),
    });
    writers.iter().for_each(|writers| match writers {
        NoWriter::Certain | NoWriter::AmongVisible { .. } | NoWriter::Unknown(_) => (),
    });
    let mut codes: Vec<_> = reasons.iter().map(Reason::code).collect();
    codes.extend(changes.map(Change::code));
    codes.extend(because.map(Because::code));
    codes.extend(writers.iter().map(NoWriter::code));
    codes
}

fn lane() -> Vec<&'static str> {
    let (at, why) = (Timestamp::UNIX_EPOCH, || Why::code(""));
    let gates = [
        gate::Reason::FirstUse,
        gate::Reason::Passed,
        gate::Reason::TooClose { last_end: at },
        gate::Reason::ClockSetBack { last_end: at },
    ];
    let retries = [
        retry::Reason::Backoff { attempts: 1, silence: Duration::ZERO },
        retry::Reason::Hint { until: at },
        retry::Reason::HintTooFar { until: at },
    ];
    let hindrances = [
        work::Hindrance::Restored,
        work::Hindrance::Suspended { why: why() },
        work::Hindrance::Paused { scope: String::new() },
        work::Hindrance::LaneRests { until: at, why: why() },
        work::Hindrance::GateRests { until: at, why: why() },
    ];
    gates.iter().for_each(|reason| match reason {
        gate::Reason::FirstUse | gate::Reason::Passed => (),
        gate::Reason::TooClose { .. } | gate::Reason::ClockSetBack { .. } => (),
    });
    retries.iter().for_each(|reason| match reason {
        retry::Reason::Backoff { .. } | retry::Reason::Hint { .. } | retry::Reason::HintTooFar { .. } => (),
    });
    hindrances.iter().for_each(|hindrance| match hindrance {
        work::Hindrance::Restored | work::Hindrance::Suspended { .. } | work::Hindrance::Paused { .. } => (),
        work::Hindrance::LaneRests { .. } | work::Hindrance::GateRests { .. } => (),
    });
    let mut codes: Vec<_> = gates.map(gate::Reason::code).to_vec();
    codes.extend(retries.map(retry::Reason::code));
    codes.extend(hindrances.iter().map(work::Hindrance::code));
    codes
}

fn watching() -> Vec<&'static str> {
    let words = String::new;
    let polling = [
        Polling::NetworkFileSystem("nfs"),
        Polling::Refused(words()),
        Polling::NoProbe(words()),
        Polling::Unproven,
        Polling::Silent,
        Polling::WatcherDied,
    ];
    let left = [
        scan::Reason::Symlink,
        scan::Reason::NotAFile,
        scan::Reason::NotUtf8,
        scan::Reason::Unreadable(std::io::Error::other("")),
    ];
    polling.iter().for_each(|reason| match reason {
        Polling::NetworkFileSystem(_) | Polling::Refused(_) | Polling::NoProbe(_) => (),
        Polling::Unproven | Polling::Silent | Polling::WatcherDied => (),
    });
    left.iter().for_each(|reason| match reason {
        scan::Reason::Symlink | scan::Reason::NotAFile => (),
        scan::Reason::NotUtf8 | scan::Reason::Unreadable(_) => (),
    });
    let mut codes: Vec<_> = polling.iter().map(Polling::code).collect();
    codes.extend(left.iter().map(scan::Reason::code));
    codes.extend(["folder-missing", "folder-unreadable", "folder-not-a-folder", "folder-failed"]);
    codes
}

#[test]
fn every_code_of_the_core_has_its_sentences() {
    let known: BTreeSet<&str> = codes().collect();
    let missing: Vec<_> = all().into_iter().filter(|code| !known.contains(code)).collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn both_languages_have_the_same_places() {
    let places = |text: &str| {
        let mut names: Vec<String> =
            text.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0.to_owned())).collect();
        names.sort();
        names
    };
    for code in all() {
        let (fr, en) = (entry(Language::Fr, code).unwrap(), entry(Language::En, code).unwrap());
        assert_eq!(places(fr.sentence), places(en.sentence), "{code}");
        assert_eq!(places(fr.next_step), places(en.next_step), "{code}");
        assert_eq!(fr.next_step.is_empty(), en.next_step.is_empty(), "{code}");
    }
}
