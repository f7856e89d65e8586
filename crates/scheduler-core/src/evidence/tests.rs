use super::*;
use crate::consignment::{Acceptance, Identifiers, Says, State, Why};
use crate::id::Id;

fn minute(minute: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + 60 * minute).unwrap()
}

fn row(number: i64, state: State, committed: Option<i64>) -> Consignment {
    let facts = Acceptance {
        scenario: "letters".to_owned(),
        lane: Lane::new("VILLE", "memory"),
        source: "/inbox/a.xml".to_owned(),
        name: "a.xml".to_owned(),
        size: 7,
        modified: minute(0),
        sha1: String::new(),
        sha256: String::new(),
        destination: "memory".to_owned(),
        identity: None,
        held: None,
        sent_copy: false,
        again_of: None,
    };
    let id = Id::from_i64(number).unwrap();
    let accepted = ConsignmentEvent::Accepted(Box::new(facts));
    let row = Consignment::apply(None, id, &accepted, minute(0)).unwrap();
    Consignment { state, committed: committed.map(minute), ..row }
}

fn notice(at: i64, size: Option<u64>) -> Evidence {
    let mut about = Identifiers::from([("name".to_owned(), "a.xml".to_owned())]);
    about.extend(size.map(|size| ("size".to_owned(), size.to_string())));
    let says = Notice::Consignment { says: Says::Delivered };
    Evidence { key: "mail".to_owned(), about, says, at: minute(at), words: String::new() }
}

fn chosen(candidates: &[Consignment], notice: &Evidence) -> Option<i64> {
    match choose(candidates.to_vec(), notice) {
        Match::About(row) => Some(row.id.as_i64()),
        Match::TooEarly => Some(0),
        Match::Nothing | Match::Again(_) => None,
    }
}

#[test]
fn the_one_committed_last_before_the_notice() {
    let rows = [1, 2, 3].map(|n| row(n, State::Deposited, Some(n * 10)));
    assert_eq!(chosen(&rows, &notice(25, None)), Some(2));
    assert_eq!(chosen(&rows, &notice(10, None)), Some(1), "to the instant");
    assert_eq!(chosen(&rows, &notice(99, None)), Some(3));
    assert_eq!(chosen(&rows, &notice(9, None)), None, "before all of several: nobody can tell which");
}

#[test]
fn a_partners_clock_may_be_a_little_behind_when_there_is_no_doubt_which() {
    let rows = [row(1, State::Deposited, Some(10))];
    assert_eq!(chosen(&rows, &notice(1, None)), Some(1));
    assert_eq!(chosen(&rows, &notice(-1, None)), None);
}

#[test]
fn the_size_tells_files_of_one_name_apart() {
    let mut rows = [1, 2].map(|n| row(n, State::Deposited, Some(n)));
    rows[0].facts.size = 8;
    assert_eq!(chosen(&rows, &notice(5, Some(8))), Some(1));
    assert_eq!(chosen(&rows, &notice(5, Some(7))), Some(2));
    assert_eq!(chosen(&rows, &notice(5, Some(9))), None);
}

/// A Message-ID holds our own identifier: any number of reports, whatever came before, and nothing that only pretends.
#[test]
fn a_notice_that_names_the_consignment() {
    let about = |id: i64, message: &str| {
        let id = Id::from_i64(id).unwrap().to_string();
        let about = Identifiers::from([(CONSIGNMENT.to_owned(), id), ("message-id".to_owned(), message.to_owned())]);
        Evidence { about, ..notice(1, None) }
    };
    let mut sent = row(5, State::Delivered, Some(10));
    sent.identifiers.insert("message-id".to_owned(), "5.abc@ville".to_owned());
    sent.evidence = Some("an earlier report".to_owned());
    let rows = std::slice::from_ref(&sent);
    assert_eq!(
        chosen(rows, &about(5, "5.abc@ville")),
        Some(5),
        "the reports of one mail are several, and clocks differ"
    );
    assert_eq!(chosen(rows, &about(5, "5.guessed@ville")), None);
    sent.identifiers.clear();
    assert_eq!(
        chosen(std::slice::from_ref(&sent), &about(5, "5.abc@ville")),
        None,
        "nothing was journalled to compare with"
    );
    let session = Id::from_i64(1).unwrap();
    let identifiers = Identifiers::from([("message-id".to_owned(), "5.abc@ville".to_owned())]);
    let early = Consignment { identifiers, ..row(5, State::Committing { session }, Some(10)) };
    assert_eq!(chosen(std::slice::from_ref(&early), &about(5, "5.abc@ville")), Some(0));
    let queued = Consignment { state: State::Queued, ..early };
    assert_eq!(chosen(&[queued], &about(5, "5.abc@ville")), None);
}

#[test]
fn only_what_may_have_been_received_and_has_no_notice_yet() {
    let why = || Why::code("test");
    let session = Id::from_i64(1).unwrap();
    for (state, expected) in [
        (State::Queued, None),
        (State::Sending { session }, None),
        (State::Waiting { until: minute(0), why: why() }, None),
        (State::Refused { why: why() }, None),
        (State::Committing { session }, Some(0)),
        (State::Uncertain { why: why() }, Some(5)),
        (State::Deposited, Some(5)),
        (State::Delivered, Some(5)),
    ] {
        assert_eq!(chosen(&[row(5, state.clone(), Some(1))], &notice(5, None)), expected, "{state:?}");
    }
    let mut told = row(5, State::Delivered, Some(1));
    told.evidence = Some("another mail".to_owned());
    assert_eq!(chosen(&[told], &notice(5, None)), None);
    assert_eq!(chosen(&[row(5, State::Deposited, None)], &notice(5, None)), None, "never allowed out");
}
