use std::collections::BTreeSet;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::id::Ids;

fn at() -> Timestamp {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

fn session(number: i64) -> Id {
    Id::from_i64(number).unwrap()
}

fn why() -> Why {
    Why::code("test")
}

fn acceptance(held: Option<Why>) -> Acceptance {
    Acceptance {
        scenario: "letters".to_owned(),
        lane: Lane::new("VILLE", "memory"),
        source: "/inbox/a.xml".to_owned(),
        name: "a.xml".to_owned(),
        size: 7,
        modified: at(),
        sha1: String::new(),
        sha256: String::new(),
        destination: "memory".to_owned(),
        identity: None,
        held,
        sent_copy: false,
        again_of: None,
    }
}

fn evidenced(says: Says) -> ConsignmentEvent {
    ConsignmentEvent::Evidenced { key: "mail".to_owned(), says, identifiers: Identifiers::new() }
}

/// Every event once, with a name that tells it from its siblings.
fn events() -> Vec<(String, ConsignmentEvent)> {
    use ConsignmentEvent as Event;
    let who = || "operator".to_owned();
    let plain = vec![
        Event::Accepted(Box::new(acceptance(None))),
        Event::Released { who: who(), why: String::new() },
        Event::Held { why: why() },
        Event::Intended {
            session: session(1),
            gate: "gate".to_owned(),
            numbers: BTreeMap::from([("n".to_owned(), 7)]),
            identifiers: Identifiers::from([("message-id".to_owned(), "1@ville".to_owned())]),
        },
        Event::Committing { session: session(1) },
        Event::Deposited { identifiers: Identifiers::new(), words: Some("received".to_owned()) },
        Event::Postponed { until: at(), why: why() },
        Event::Interrupted,
        Event::Refused { why: why() },
        Event::Doubted { why: why() },
        Event::Cancelled { who: who(), why: String::new() },
        Event::Hastened { who: who(), why: String::new() },
    ];
    let mut events: Vec<_> = plain.into_iter().map(|event| (event.name().to_owned(), event)).collect();
    for (name, verdict) in [("deposited", Verdict::Deposited), ("not deposited", Verdict::NotDeposited)] {
        events.push((format!("reconciled: {name}"), Event::Reconciled { verdict, by: "gate".to_owned() }));
        events.push((format!("resolved: {name}"), Event::Resolved { verdict, who: who(), why: String::new() }));
    }
    let says = [
        ("deposited", Says::Deposited),
        ("delivered", Says::Delivered),
        ("opened", Says::Opened),
        ("undelivered", Says::Undelivered { why: why() }),
    ];
    events.extend(says.map(|(name, says)| (format!("evidenced: {name}"), evidenced(says))));
    events
}

fn states() -> Vec<State> {
    let states = vec![
        State::Queued,
        State::Held { why: why() },
        State::Sending { session: session(1) },
        State::Waiting { until: at(), why: why() },
        State::Committing { session: session(1) },
        State::Uncertain { why: why() },
        State::Deposited,
        State::Delivered,
        State::Opened,
        State::Acknowledged,
        State::PartlyRejected { why: why() },
        State::Rejected { why: why() },
        State::Undelivered { why: why() },
        State::Unacknowledged { why: why() },
        State::Refused { why: why() },
        State::Cancelled { who: String::new(), why: String::new() },
    ];
    let statuses: Vec<_> = states.iter().map(State::status).collect();
    assert_eq!(statuses, Status::ALL);
    states
}

fn in_state(state: State) -> Consignment {
    let event = ConsignmentEvent::Accepted(Box::new(acceptance(None)));
    let accepted = Consignment::apply(None, session(7), &event, at()).unwrap();
    Consignment { state, ..accepted }
}

fn after(state: &State, event: &ConsignmentEvent) -> Option<Status> {
    let before = in_state(state.clone());
    Consignment::apply(Some(&before), before.id, event, at()).ok().map(|after| after.state.status())
}

/// Every legal transition, one line for each pair of states.
fn table() -> String {
    let mut table = String::new();
    for from in states() {
        for to in Status::ALL {
            let by: Vec<_> =
                events().into_iter().filter(|(_, event)| after(&from, event) == Some(to)).map(|(n, _)| n).collect();
            if !by.is_empty() {
                writeln!(table, "{} → {to} ({})", from.status(), by.join(", ")).unwrap();
            }
        }
    }
    table
}

/// The document and the code are one: whoever changes a transition changes the page that operators and auditors read.
#[test]
fn the_documented_transitions_are_those_of_the_code() {
    let document = include_str!("../../../../docs/state_machine.md");
    let table = table();
    assert!(document.contains(&table), "docs/state_machine.md must hold exactly:\n{table}");
}

#[test]
fn nothing_begins_but_by_acceptance() {
    for (name, event) in events() {
        let begun = Consignment::apply(None, session(7), &event, at());
        assert_eq!(begun.is_ok(), name == "accepted", "{name}");
    }
    let held = ConsignmentEvent::Accepted(Box::new(acceptance(Some(why()))));
    assert_eq!(Consignment::apply(None, session(7), &held, at()).unwrap().state, State::Held { why: why() });
}

#[test]
fn another_session_cannot_commit() {
    let foreign = ConsignmentEvent::Committing { session: session(2) };
    assert_eq!(after(&State::Sending { session: session(1) }, &foreign), None);
}

/// Whoever says that it may leave again must not be able to say it of a file that the partner surely holds.
#[test]
fn what_reached_the_partner_is_never_queued_again() {
    for state in states().into_iter().filter(|state| state.status().reached_partner()) {
        for (name, event) in events() {
            let next = after(&state, &event);
            let stays = next.is_none_or(|next| next.reached_partner() || next == Status::Cancelled);
            assert!(stays, "{} {name}", state.status());
        }
    }
}

fn any_events(longest: usize) -> impl Strategy<Value = Vec<ConsignmentEvent>> {
    let event = (0..events().len(), 1_i64..3).prop_map(|(index, by)| match events().swap_remove(index).1 {
        ConsignmentEvent::Intended { gate, numbers, identifiers, .. } => {
            ConsignmentEvent::Intended { session: session(by), gate, numbers, identifiers }
        }
        ConsignmentEvent::Committing { .. } => ConsignmentEvent::Committing { session: session(by) },
        other => other,
    });
    prop::collection::vec(event, 0..longest)
}

proptest! {
    #[test]
    fn any_sequence_of_events_keeps_the_promises(events in any_events(60)) {
        let accepted = ConsignmentEvent::Accepted(Box::new(acceptance(None)));
        let mut row = Consignment::apply(None, session(7), &accepted, at()).unwrap();
        let (mut intents, mut committed) = (0, false);
        for event in &events {
            let before = row.clone();
            match Consignment::apply(Some(&before), before.id, event, at()) {
                Ok(after) => row = after,
                Err(illegal) => {
                    prop_assert_eq!(illegal.status, before.state.status().as_str());
                    continue;
                }
            }
            prop_assert_eq!((row.id, &row.facts, row.accepted), (before.id, &before.facts, before.accepted));
            prop_assert!(before.state.status() != Status::Cancelled, "given up is given up");
            intents += u32::from(matches!(event, ConsignmentEvent::Intended { .. }));
            prop_assert_eq!(row.attempts, intents);
            committed |= matches!(event, ConsignmentEvent::Committing { .. });
            prop_assert_eq!(row.committed.is_some(), committed);
            prop_assert!(committed || !row.state.status().reached_partner(), "nothing reaches a partner before the commit point");
            prop_assert!(intents == 0 || row.numbers.get("n") == Some(&7), "a number is kept for ever");
        }
    }
}

/// What ends an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    Answer,
    Cut,
    Says(u8),
}

const SAYS: [fn() -> Says; 4] =
    [|| Says::Deposited, || Says::Delivered, || Says::Opened, || Says::Undelivered { why: Why::code("test") }];

impl Happening {
    fn event(self) -> ConsignmentEvent {
        match self {
            Self::Answer => ConsignmentEvent::Deposited { identifiers: Identifiers::new(), words: None },
            Self::Cut => ConsignmentEvent::Doubted { why: why() },
            Self::Says(index) => evidenced(SAYS[usize::from(index)]()),
        }
    }
}

/// What must come out, told without any state: notices that came before the answer count once it is there, in the order of their coming;
/// opened and undelivered are the last word, whichever came first; what only a notice tells is believed.
fn model(order: &[Happening]) -> Status {
    let notices: Vec<u8> = order
        .iter()
        .filter_map(|happening| match happening {
            Happening::Says(index) => Some(*index),
            _ => None,
        })
        .collect();
    match notices.iter().find(|index| **index >= 2) {
        Some(2) => return Status::Opened,
        Some(_) => return Status::Undelivered,
        None => {}
    }
    if notices.contains(&1) {
        return Status::Delivered;
    }
    let known = notices.contains(&0) || order.contains(&Happening::Answer);
    if known { Status::Deposited } else { Status::Uncertain }
}

/// Applies what is legal, keeps what came too early and offers it again after each change, as the room `evidence` does.
fn play(order: &[Happening]) -> Status {
    let mut row = in_state(State::Committing { session: session(1) });
    let mut kept: Vec<ConsignmentEvent> = Vec::new();
    for happening in order {
        kept.push(happening.event());
        while let Some((index, after)) = kept
            .iter()
            .enumerate()
            .find_map(|(index, event)| Some((index, Consignment::apply(Some(&row), row.id, event, at()).ok()?)))
        {
            kept.remove(index);
            row = after;
        }
    }
    row.state.status()
}

fn permutations(items: &mut Vec<Happening>, from: usize, visit: &mut impl FnMut(&[Happening])) {
    if from + 1 >= items.len() {
        return visit(items);
    }
    let mut seen = BTreeSet::new();
    for index in from..items.len() {
        if seen.insert(items[index]) {
            items.swap(from, index);
            permutations(items, from + 1, visit);
            items.swap(from, index);
        }
    }
}

/// Early, late, twice and in any order: an answer or a cut with up to five notices, in every order.
#[test]
fn notices_in_every_order_land_as_the_model_says() {
    let mut played = 0;
    for end in [Happening::Answer, Happening::Cut] {
        for choice in 0..5_usize.pow(5) {
            let picks = (0..5).map(|place| choice / 5_usize.pow(place) % 5);
            let mut items: Vec<_> =
                picks.filter_map(|pick| Some(Happening::Says(u8::try_from(pick.checked_sub(1)?).ok()?))).collect();
            if !items.is_sorted() {
                continue;
            }
            items.insert(0, end);
            permutations(&mut items, 0, &mut |order| {
                assert_eq!(play(order), model(order), "{order:?}");
                played += 1;
            });
        }
    }
    assert!(played > 5000, "{played}");
}

#[test]
fn names_of_states_and_lanes_are_read_back() {
    for status in Status::ALL {
        assert_eq!(Status::from_name(status.as_str()), Some(status));
    }
    assert_eq!(Lane::new("VILLE.NORD", "xfb").profile(), "VILLE.NORD");
    let ids = Ids::after(None);
    assert!(ids.next(at()) < ids.next(at()));
}

fn proposed(decision: Decision, who: &str) -> ConsignmentEvent {
    ConsignmentEvent::Proposed { decision, who: who.to_owned(), why: "because".to_owned() }
}

fn seconded(decision: Decision, who: &str) -> ConsignmentEvent {
    ConsignmentEvent::Seconded { decision, who: who.to_owned(), why: "because".to_owned() }
}

const DECISIONS: [Decision; 4] = [
    Decision::Resolve { verdict: Verdict::Deposited },
    Decision::Resolve { verdict: Verdict::NotDeposited },
    Decision::Release,
    Decision::Resend,
];

/// Nobody seconds a decision of his own, one that was not proposed, or one that lapsed.
#[test]
fn two_persons_are_two_persons() {
    let apply = |row: &Consignment, event: &ConsignmentEvent| Consignment::apply(Some(row), row.id, event, at());
    for decision in DECISIONS {
        for state in states() {
            let row = in_state(state);
            let first = apply(&row, &proposed(decision, "martin"));
            assert_eq!(first.is_ok(), decision.suits(&row.state), "{decision:?} {}", row.state.status());
            assert!(apply(&row, &seconded(decision, "dupont")).is_err(), "nothing is proposed");
            let Ok(first) = first else { continue };
            assert_eq!(first.state, row.state);
            assert!(apply(&first, &proposed(decision, "martin")).is_err());
            assert!(apply(&first, &seconded(decision, "martin")).is_err());
            let second = apply(&first, &seconded(decision, "dupont")).unwrap();
            assert_eq!((second.proposal, &second.state), (None, &row.state));
            for other in DECISIONS.into_iter().filter(|other| *other != decision) {
                assert!(apply(&first, &seconded(other, "dupont")).is_err(), "{other:?} is not what was proposed");
            }
            for (name, event) in events() {
                let Ok(after) = apply(&first, &event) else { continue };
                let lapsed = after.state != first.state || name == "hastened";
                assert_eq!(after.proposal.is_none(), lapsed, "{name} in {}", row.state.status());
            }
        }
    }
}

/// What was never settled has no second sending, and nothing has two.
#[test]
fn a_settled_consignment_is_sent_again_once() {
    let again = ConsignmentEvent::SentAgain { by: session(9), who: "martin".to_owned(), why: "lost".to_owned() };
    for state in states() {
        let row = in_state(state);
        let sent = Consignment::apply(Some(&row), row.id, &again, at());
        assert_eq!(sent.is_ok(), row.state.status().is_settled(), "{}", row.state.status());
        let Ok(sent) = sent else { continue };
        assert_eq!((sent.sent_again, &sent.state, sent.changed), (Some(session(9)), &row.state, row.changed));
        assert!(Consignment::apply(Some(&sent), row.id, &again, at()).is_err());
    }
}

/// A journal of the first version knows nothing of proposals, links and resends.
#[test]
fn rows_and_events_of_the_first_version_are_read() {
    let row = in_state(State::Deposited);
    let text = serde_json::to_string(&row).unwrap();
    for young in ["proposal", "sent_again", "answers", "again_of"] {
        assert!(!text.contains(young), "{young} is not written where there is none");
    }
    assert_eq!(serde_json::from_str::<Consignment>(&text).unwrap(), row);
    for event in [proposed(DECISIONS[0], "martin"), seconded(Decision::Release, "dupont")] {
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<ConsignmentEvent>(&text).unwrap(), event, "{text}");
    }
}

/// What a restored station holds may have been sent by the one that was backed up: an operator who asked the partner may say so.
#[test]
fn what_a_restored_station_holds_may_turn_out_to_be_deposited() {
    let id = session(1);
    let held = |code: &str| {
        let accepted = ConsignmentEvent::Accepted(Box::new(acceptance(Some(Why::code(code)))));
        Consignment::apply(None, id, &accepted, at()).unwrap()
    };
    let resolved = |row: &Consignment, verdict| {
        let event = ConsignmentEvent::Resolved { verdict, who: "operator".to_owned(), why: "asked".to_owned() };
        Consignment::apply(Some(row), id, &event, at()).map(|row| row.state)
    };
    assert_eq!(resolved(&held(RESTORED), Verdict::Deposited), Ok(State::Deposited));
    assert!(resolved(&held(RESTORED), Verdict::NotDeposited).is_err(), "that is what releasing is for");
    assert!(resolved(&held("empty-file"), Verdict::Deposited).is_err());
}
