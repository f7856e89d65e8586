use scheduler_core::consignment::Lane;
use scheduler_core::id::Id;
use scheduler_core::partner::Phase;

use super::*;

fn id() -> Id {
    "01j8zv3k7m2p9".parse().unwrap()
}

/// One entry of every kind, as a bad day would tell them.
fn entries() -> Vec<Entry> {
    let until = "2026-11-22T08:00:30Z".parse().unwrap();
    let lane = Lane::new("VILLE", "xfb");
    let name = || "PESALR2_001.xml".to_owned();
    let contact = || Some("Assistance DGFiP, 01 02 03 04 05".to_owned());
    vec![
        Entry::Opened { lane: lane.clone(), session: id() },
        Entry::Phase { phase: Phase::Portal },
        Entry::Sending {
            id: id(),
            scenario: "MANDATS".to_owned(),
            source: "/srv/mand/PESALR2_001.xml".to_owned(),
            size: 2_097_152,
            attempt: 1,
        },
        Entry::Deposited { id: id(), name: name(), words: Some("File received".to_owned()) },
        Entry::Pacing { until },
        Entry::Sending {
            id: id(),
            scenario: "MANDATS".to_owned(),
            source: "/srv/mand/{id}.xml".to_owned(),
            size: 12,
            attempt: 3,
        },
        Entry::Postponed { id: id(), name: name(), until, why: Why::code("xfb-connection-lost") },
        Entry::Refused {
            id: id(),
            name: name(),
            why: Why::with("xfb-upload-refused", "unknown partner"),
            contact: contact(),
        },
        Entry::Uncertain { id: id(), name: name(), why: Why::code("xfb-upload-unanswered") },
        Entry::Settled { id: id(), name: name(), deposited: true },
        Entry::Settled { id: id(), name: name(), deposited: false },
        Entry::DoubtsLeft { files: 2, until },
        Entry::Held {
            id: id(),
            name: name(),
            why: Why::with("duplicate-content", "01kgep5afj001 2026-11-21T10:12:00Z"),
        },
        Entry::Scheduled { occurrence: until },
        Entry::Listed { offers: 2, fresh: 1 },
        Entry::Offered { name: "RCT290G".to_owned(), key: "62899".to_owned() },
        Entry::Collected { id: id(), name: "RCT290G".to_owned(), size: 812, proven: true },
        Entry::Collected { id: id(), name: "RCT290G".to_owned(), size: 812, proven: false },
        Entry::Published { id: id(), path: "/srv/recus/VILLE/RCT290G_20261122_3009".to_owned() },
        Entry::Incomplete {
            id: id(),
            name: "RCT290G".to_owned(),
            key: "62899".to_owned(),
            why: Why::code("xfb-download-incomplete"),
            contact: contact(),
        },
        Entry::Failed { why: Why::code("xfb-connect-failed"), until: Some(until) },
        Entry::Failed { why: Why::code("xfb-timed-out"), until: None },
        Entry::Unknown { mails: 2, last: Some("xfb@dgfip : Maintenance".to_owned()) },
        Entry::Unknown { mails: 1, last: None },
        Entry::Suspended { lane, why: Why::with("xfb-login-refused", "bad password") },
        Entry::Peer { words: "File received".to_owned() },
        Entry::Closed { sent: 1, received: 1 },
        Entry::Interrupted,
        Entry::Chain { seq: 42, hash: "ab".repeat(32) },
    ]
}

#[test]
fn a_session_in_french() {
    let zone = TimeZone::get("Europe/Paris").unwrap();
    let text: Vec<String> = entries().iter().map(|entry| phrases(Language::Fr)(entry, &zone)).collect();
    let text = text.join("\n");
    insta::assert_snapshot!(text);
}

#[test]
fn every_template_has_the_same_places_in_both_languages_and_fills_them() {
    let places = |template: &str| {
        let mut names: Vec<String> =
            template.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0.to_owned())).collect();
        names.sort();
        names
    };
    for entry in entries() {
        let (fr, en) = (template(Language::Fr, &entry), template(Language::En, &entry));
        assert_eq!(places(fr), places(en), "{fr}");
        let values = values(Language::Fr, &entry, &TimeZone::UTC);
        assert!(places(fr).iter().all(|place| values.iter().any(|(name, _)| name == place)), "{fr}");
    }
}
