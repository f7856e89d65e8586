//! A journal row's body is an event or an error; an event is written and read back the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scheduler_core::{
    consignment::{Identifiers, Lane, Says},
    journal::{Event, EvidenceEvent},
    partner::{Evidence, Notice},
};

fuzz_target!(|input: (&[u8], &str, &str)| {
    let (bytes, key, words) = input;
    if let Ok(event) = serde_json::from_slice::<Event>(bytes) {
        check(&event);
    }
    check(&notice(key, words));
});

fn check(event: &Event) {
    let written = serde_json::to_string(event).expect("an event is JSON");
    let read = serde_json::from_str::<Event>(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(read, *event);
}

/// What partners write goes into the journal through this one.
fn notice(key: &str, words: &str) -> Event {
    let evidence = Evidence {
        key: key.to_owned(),
        about: Identifiers::from([("name".to_owned(), words.to_owned())]),
        says: Notice::Consignment { says: Says::Delivered },
        at: jiff::Timestamp::UNIX_EPOCH,
        words: words.to_owned(),
    };
    Event::Evidence { what: Box::new(EvidenceEvent::Kept { lane: Lane::new("VILLE", "xfb"), evidence }) }
}
