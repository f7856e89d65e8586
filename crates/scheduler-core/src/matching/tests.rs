use proptest::prelude::*;

use super::*;
use crate::consignment::{Acceptance, ConsignmentEvent, Identifiers, Lane, State};
use crate::returned::{Offer, ReturnEvent};

fn at(hour: i64) -> Timestamp {
    "2026-11-22T08:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hour)
}

fn id(number: i64) -> Id {
    Id::from_i64(58_000_000_000_000_000 + number).unwrap()
}

fn sent(number: i64, name: &str) -> Consignment {
    let facts = Acceptance {
        scenario: "letters".to_owned(),
        lane: Lane::new("VILLE", "memory"),
        source: format!("/inbox/{name}"),
        name: name.to_owned(),
        size: 7,
        modified: at(0),
        sha1: String::new(),
        sha256: String::new(),
        destination: "memory/C175/GRCT450".to_owned(),
        identity: None,
        held: None,
        sent_copy: false,
        again_of: None,
    };
    let accepted = Consignment::apply(None, id(number), &ConsignmentEvent::Accepted(Box::new(facts)), at(0)).unwrap();
    Consignment { state: State::Deposited, committed: Some(at(0)), ..accepted }
}

fn received(name: &str, hour: i64) -> Return {
    let offer = Offer { key: "62896".to_owned(), name: name.to_owned(), size: None, consuming: true };
    let event = ReturnEvent::Offered { lane: Lane::new("VILLE", "memory"), gate: "gate".to_owned(), offer };
    Return::apply(None, id(99), &event, at(hour)).unwrap()
}

fn codes(scored: &Scored) -> Vec<&'static str> {
    scored.reasons.iter().map(|(code, _)| *code).collect()
}

#[test]
fn each_clue_is_told_with_its_points() {
    let rows = [sent(1, "PESALR2_001.xml"), sent(2, "PESALR2_002.xml")];
    let matcher = Matcher::new(&rows, true);
    let found = matcher.candidates(&received("ACK_PESALR2_001_20261122", 1), b"<ACK app=\"GRCT450\"/>");
    assert_eq!(codes(&found[0]), ["match-name", "match-application", "match-lane", "match-days"]);
    assert_eq!((found[0].id, found[0].score), (id(1), 65));
    assert_eq!(codes(&found[1]), ["match-application", "match-lane", "match-days"]);
    assert_eq!(suggestion(&found).map(|best| best.id), Some(id(1)));
    assert_eq!(matcher.certain(&received("ACK_PESALR2_001", 1), b""), None, "likeness links nothing");
}

#[test]
fn two_that_look_alike_are_suggested_to_nobody() {
    let rows = [sent(1, "PESALR2_001.xml"), sent(2, "PESALR2_001.xml")];
    let found = Matcher::new(&rows, true).candidates(&received("PESALR2_001.ack", 1), b"");
    assert_eq!(found.iter().map(|scored| scored.id).collect::<Vec<_>>(), [id(2), id(1)]);
    assert_eq!(suggestion(&found), None);
}

#[test]
fn an_exact_identifier_of_one_sending_is_certain() {
    let mut rows = [sent(1, "a.xml"), sent(2, "b.xml"), sent(3, "c.xml")];
    rows[0].identifiers = Identifiers::from([("reference".to_owned(), "REF-2026-0001".to_owned())]);
    rows[1].facts.identity = Some("BUDGET2026N17/001".to_owned());
    let matcher = Matcher::new(&rows, true);
    let certain = |name: &str, content: &str| matcher.certain(&received(name, 1), content.as_bytes());
    assert_eq!(certain("x", "votre envoi REF-2026-0001,"), Some((id(1), Clue::Identifier)));
    assert_eq!(certain("x", "<NomFic V=\"BUDGET2026N17\"/>"), Some((id(2), Clue::Identity)));
    assert_eq!(certain(&format!("{}.ok", id(3)), ""), Some((id(3), Clue::Itself)));
    for part in
        ["REF-2026-00010", "REF-2026-0001-2", "XREF-2026-0001", "ref-2026-0001", "BUDGET2026N17_2", "éREF-2026-0001"]
    {
        assert_eq!(certain("x", part), None, "{part}");
    }
    assert_eq!(certain("x", "REF-2026-0001 BUDGET2026N17"), None, "names two sendings");
}

#[test]
fn an_identifier_that_two_have_is_certain_of_none() {
    let mut rows = [sent(1, "a.xml"), sent(2, "b.xml")];
    for row in &mut rows {
        row.facts.identity = Some("BUDGET2026N17/001".to_owned());
    }
    assert_eq!(Matcher::new(&rows, true).certain(&received("x", 1), b"BUDGET2026N17"), None);
    assert_eq!(
        Matcher::new(&rows[..1], true).certain(&received("x", 1), b"BUDGET2026N17"),
        Some((id(1), Clue::Identity))
    );
    let partial = Matcher::new(&rows[..1], false);
    assert_eq!(partial.certain(&received("x", 1), b"BUDGET2026N17"), None, "another may have it too");
    let ours = id(1).to_string();
    assert_eq!(partial.certain(&received("x", 1), ours.as_bytes()), Some((id(1), Clue::Itself)));
}

#[test]
fn names_that_notices_give_back_are_no_identifiers() {
    let mut row = sent(1, "PESALR2_001.xml");
    row.identifiers = Identifiers::from([("name".to_owned(), "PESALR2_001.xml".to_owned())]);
    assert_eq!(Matcher::new(&[row], true).certain(&received("x", 1), b"PESALR2_001.xml"), None);
}

#[test]
fn other_profiles_and_what_never_left_are_no_candidates() {
    let mut rows = [sent(1, "PESALR2_001.xml"), sent(2, "PESALR2_001.xml")];
    rows[0].facts.lane = Lane::new("CCAS", "memory");
    (rows[1].committed, rows[1].state) = (None, State::Cancelled { who: String::new(), why: String::new() });
    assert_eq!(Matcher::new(&rows, true).candidates(&received("PESALR2_001", 1), b"PESALR2_001"), []);
}

/// A return may be there before its sending is known to be complete, not before its file.
#[test]
fn time_counts_from_the_sending_and_never_before_the_file() {
    let mut row = sent(1, "PESALR2_001.xml");
    row.committed = Some(at(5));
    let score = |hour| {
        let rows = [row.clone()];
        Matcher::new(&rows, true).candidates(&received("PESALR2_001", hour), b"")[0].clone()
    };
    for (hour, last) in
        [(1, "match-days"), (5, "match-days"), (100, "match-month"), (2000, "match-lane"), (-1, "match-before")]
    {
        assert_eq!(codes(&score(hour)).last(), Some(&last), "{hour}");
    }
    assert_eq!(score(-1).score, 15);
}

#[test]
fn a_long_number_counts_where_the_whole_name_does_not() {
    let rows = [sent(1, "mandat_20261.xml")];
    let found = |name: &str| Matcher::new(&rows, true).candidates(&received(name, 1), b"");
    assert_eq!(codes(&found("retour 20261")[0])[0], "match-number");
    assert_eq!(codes(&found("mandat_20261")[0])[..1], ["match-name"]);
    assert_eq!(found("retour 120261"), []);
}

proptest! {
    /// Whatever a partner writes, the answer is the same twice, bounded, and ordered.
    #[test]
    fn hostile_names_and_contents_change_nothing(name in ".{0,80}", content in prop::collection::vec(any::<u8>(), 0..400), hour in -5000_i64..5000) {
        let rows = [sent(1, "PESALR2_001.xml"), sent(2, "é.xml"), sent(3, "")];
        let matcher = Matcher::new(&rows, true);
        let row = received(&name, hour);
        let found = matcher.candidates(&row, &content);
        prop_assert_eq!(&found, &Matcher::new(&rows, true).candidates(&row, &content));
        prop_assert!(found.len() <= TOLD);
        prop_assert!(found.windows(2).all(|two| (two[0].score, two[0].id) > (two[1].score, two[1].id)));
    }
}
