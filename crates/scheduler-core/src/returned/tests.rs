use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

fn at() -> Timestamp {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

fn id() -> Id {
    Id::from_i64(7).unwrap()
}

fn offer() -> Offer {
    Offer { key: "key".to_owned(), name: "in.xml".to_owned(), size: None, consuming: true }
}

fn events() -> Vec<ReturnEvent> {
    let why = || Why::code("test");
    let collected =
        Collected { size: 7, sha1: String::new(), sha256: String::new(), completeness: Completeness::Proven };
    vec![
        ReturnEvent::Offered { lane: Lane::new("VILLE", "memory"), gate: "gate".to_owned(), offer: offer() },
        ReturnEvent::Collecting { session: id() },
        ReturnEvent::Stored { collected, file_name: "in.xml".to_owned(), folder: "/received".to_owned() },
        ReturnEvent::Published { path: "/received/in.xml".to_owned() },
        ReturnEvent::Disposed,
        ReturnEvent::Missed { why: why() },
        ReturnEvent::Incomplete { why: why(), received: 3 },
    ]
}

fn states() -> Vec<ReturnState> {
    use ReturnState as S;
    let incomplete = S::Incomplete { why: Why::code("test") };
    vec![S::Offered, S::Collecting, S::Stored, S::Published, S::Disposed, incomplete]
}

fn in_state(state: ReturnState) -> Return {
    Return { state, ..Return::apply(None, id(), &events()[0], at()).unwrap() }
}

fn table() -> String {
    let mut table = String::new();
    for from in states() {
        for event in events() {
            if let Ok(after) = Return::apply(Some(&in_state(from.clone())), id(), &event, at()) {
                writeln!(table, "{} → {} ({})", from.as_str(), after.state.as_str(), event.name()).unwrap();
            }
        }
    }
    table
}

#[test]
fn the_documented_transitions_are_those_of_the_code() {
    let document = include_str!("../../../../docs/state_machine.md");
    let table = table();
    assert!(document.contains(&table), "docs/state_machine.md must hold exactly:\n{table}");
}

#[test]
fn nothing_begins_but_by_an_offer() {
    for event in events() {
        assert_eq!(Return::apply(None, id(), &event, at()).is_ok(), event.name() == "offered", "{}", event.name());
    }
}

proptest! {
    /// Never disposed of before it was stored and published; never read again once its bytes are here.
    #[test]
    fn any_sequence_of_events_keeps_the_promises(order in prop::collection::vec(0_usize..7, 0..60)) {
        let mut row = in_state(ReturnState::Offered);
        let (mut stored, mut published) = (false, false);
        for index in order {
            let event = events().swap_remove(index);
            let Ok(after) = Return::apply(Some(&row), id(), &event, at()) else { continue };
            prop_assert!(row.state != ReturnState::Disposed, "the end is the end");
            prop_assert!(!(stored && event.name() == "collecting"));
            stored |= event.name() == "stored";
            published |= event.name() == "published";
            prop_assert!(!published || stored);
            prop_assert!(published || after.state != ReturnState::Disposed);
            prop_assert_eq!(after.collected.is_some(), stored);
            row = after;
        }
    }
}

/// In every state: linked once, unlinked when linked; what an operator touched is never linked by itself.
#[test]
fn links_change_no_state_and_an_operator_has_the_last_word() {
    let linked =
        |who: Option<&str>| ReturnEvent::Linked { to: id(), who: who.map(ToOwned::to_owned), why: String::new() };
    let unlinked = || ReturnEvent::Unlinked { who: "martin".to_owned(), why: String::new() };
    let dismissed = || ReturnEvent::Dismissed { who: "martin".to_owned(), why: String::new() };
    let apply = |row: &Return, event: ReturnEvent| Return::apply(Some(row), row.id, &event, at());
    for state in states() {
        let row = in_state(state);
        let tied = apply(&row, linked(None)).unwrap();
        assert_eq!((tied.about, &tied.state), (Some(id()), &row.state));
        assert!(apply(&tied, linked(Some("martin"))).is_err() && apply(&tied, dismissed()).is_err());
        let loose = apply(&tied, unlinked()).unwrap();
        assert!(apply(&loose, linked(None)).is_err(), "not by itself");
        assert!(apply(&loose, unlinked()).is_err());
        let away = apply(&row, dismissed()).unwrap();
        assert!(apply(&away, dismissed()).is_err() && apply(&away, linked(None)).is_err());
        assert!(!apply(&away, linked(Some("martin"))).unwrap().dismissed);
        let old = serde_json::to_string(&row).unwrap();
        assert!(!old.contains("about") && serde_json::from_str::<Return>(&old).unwrap() == row);
    }
}
