//! What searches need beside the rows: dates, folded names, and every name by which a partner may call something.
//!
//! All of it follows from the events alone, however they are batched, so that it can be told again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::event::Event;
use crate::consignment::{ConsignmentEvent, Identifiers};
use crate::id::Id;
use crate::matcher::fold_text;
use crate::returned::ReturnEvent;

/// Bytes of the longest identifier that is looked for: what is longer is no identifier.
const LONGEST: usize = 1000;

/// When something came, and its names, folded, each on a line of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) at: i64,
    pub(super) folded: String,
}

/// What a batch of events adds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Finds {
    pub(super) sent: BTreeMap<Id, Named>,
    pub(super) received: BTreeMap<Id, Named>,
    /// By what something was ever called: the value, and whose.
    pub(super) called: BTreeSet<(String, Id)>,
}

impl Finds {
    /// Takes in what one event adds.
    pub(super) fn note(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::Consignment { id, what } => self.sent(*id, what, at),
            Event::Return { id, what } => self.received(*id, what, at),
            _ => {}
        }
    }

    /// Takes in what later events add.
    pub(super) fn merge(&mut self, later: Self) {
        self.sent.extend(later.sent);
        for (id, named) in later.received {
            self.name_return(id, named);
        }
        self.called.extend(later.called);
    }

    fn sent(&mut self, id: Id, what: &ConsignmentEvent, at: Timestamp) {
        match what {
            ConsignmentEvent::Accepted(facts) => {
                self.sent.insert(id, Named { at: at.as_microsecond(), folded: fold_text(&facts.name) });
            }
            ConsignmentEvent::Intended { identifiers, .. } | ConsignmentEvent::Deposited { identifiers, .. } => {
                self.identified(id, identifiers);
            }
            ConsignmentEvent::Evidenced { key, identifiers, .. } => {
                self.call(id, key);
                self.identified(id, identifiers);
            }
            _ => {}
        }
    }

    fn received(&mut self, id: Id, what: &ReturnEvent, at: Timestamp) {
        let name = match what {
            ReturnEvent::Offered { offer, .. } => {
                self.call(id, &offer.key);
                self.call(id, &offer.name);
                &offer.name
            }
            ReturnEvent::Stored { file_name, .. } => file_name,
            _ => return,
        };
        self.name_return(id, Named { at: at.as_microsecond(), folded: fold_text(name) });
    }

    /// A return keeps its first date, and every name.
    fn name_return(&mut self, id: Id, named: Named) {
        match self.received.get_mut(&id) {
            Some(known) => {
                known.folded.push('\n');
                known.folded.push_str(&named.folded);
            }
            None => drop(self.received.insert(id, named)),
        }
    }

    fn identified(&mut self, id: Id, identifiers: &Identifiers) {
        identifiers.values().for_each(|value| self.call(id, value));
    }

    fn call(&mut self, id: Id, value: &str) {
        if value.len() <= LONGEST {
            self.called.insert((value.to_owned(), id));
        }
    }
}
