//! `taskctl explain`: what the station would decide of a file, a sending or a return, why, when, and who.

mod file;
mod lane;
mod next;
mod page;
mod sent;

use jiff::Timestamp;
use scheduler_core::consignment::Consignment;
use scheduler_core::explain::{ConsignmentOutlook, FileOutlook, Presence, ReturnOutlook, Who};
use scheduler_core::id::Id;
use serde_json::{Value, json};

use self::page::Page;
use super::View;
use crate::exit::Exit;

/// What there is to say.
#[derive(Debug)]
pub enum Said {
    /// Of a file in a folder.
    File {
        /// What the station makes of it.
        outlook: Box<FileOutlook>,
        /// What was accepted from the same path before, newest first.
        earlier: Vec<Consignment>,
        /// Names that stand beside it and look alike, when it is not there.
        near: Vec<String>,
        /// Whom to call.
        contact: Option<String>,
    },
    /// Of a sending.
    Consignment {
        /// Where it stands.
        outlook: Box<ConsignmentOutlook>,
        /// Whom to call.
        contact: Option<String>,
        /// Other sendings of a file of the same name, newest first.
        others: Vec<Id>,
    },
    /// Of a return.
    Return {
        /// Where it stands.
        outlook: Box<ReturnOutlook>,
        /// Whom to call.
        contact: Option<String>,
    },
    /// Several things are called so.
    Several {
        /// What was asked for.
        what: String,
        /// Paths or identifiers.
        names: Vec<String>,
    },
    /// Nothing is.
    Nothing {
        /// What was asked for.
        what: String,
        /// Names that look alike.
        near: Vec<String>,
        /// The watched folders.
        folders: Vec<String>,
    },
}

/// An explanation, ready to be told.
#[derive(Clone, Copy, Debug)]
pub struct Explained<'a> {
    /// What there is to say.
    pub said: &'a Said,
    /// When it was found out.
    pub now: Timestamp,
    /// Whether a service runs.
    pub service: bool,
}

impl Explained<'_> {
    /// As people read it.
    #[must_use]
    pub fn render(&self, view: View<'_>) -> String {
        let mut page = Page::new(view, self.now);
        match self.said {
            Said::File { outlook, earlier, near, contact } => {
                page.file(outlook, near);
                page.earlier(earlier);
                let held = outlook.fate.as_ref().is_some_and(|fate| fate.held.is_some());
                page.next(&outlook.next, None);
                page.contact(contact.as_deref().filter(|_| held));
            }
            Said::Consignment { outlook, contact, others } => {
                page.sending(outlook, contact.as_deref());
                page.others(others);
                page.next(&outlook.next, Some(outlook.consignment.id));
            }
            Said::Return { outlook, contact } => {
                page.returned(outlook, contact.as_deref());
                page.next(&outlook.next, Some(outlook.row.id));
            }
            Said::Several { what, names } => page.several(what, names),
            Said::Nothing { what, near, folders } => page.nothing(what, near, folders),
        }
        page.done()
    }

    /// As programs read it: the core's verdicts with their codes.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut value = match self.said {
            Said::File { outlook, earlier, near, contact } => json!({
                "kind": "file", "file": outlook, "earlier": ids(earlier), "near": near, "contact": contact,
            }),
            Said::Consignment { outlook, contact, others } => {
                json!({ "kind": "consignment", "outlook": outlook, "others": others, "contact": contact })
            }
            Said::Return { outlook, contact } => json!({ "kind": "return", "outlook": outlook, "contact": contact }),
            Said::Several { what, names } => json!({ "kind": "several", "asked": what, "names": names }),
            Said::Nothing { what, near, folders } => {
                json!({ "kind": "nothing", "asked": what, "near": near, "folders": folders })
            }
        };
        value["service"] = json!(self.service);
        value["at"] = json!(self.now);
        value
    }

    /// As `show` for what the journal knows; for a file, 6 when only a person moves it on, 1 when the station does, 2 when nothing is called so.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self.said {
            Said::File { outlook, .. } => match (&outlook.presence, outlook.next.who) {
                (Presence::Missing, _) => Exit::Usage,
                (_, Who::Operator) => Exit::Human,
                _ => Exit::Unfinished,
            },
            Said::Consignment { outlook, .. } => Exit::of(&outlook.consignment),
            Said::Return { outlook, .. } => Exit::of_return(&outlook.row),
            Said::Several { .. } | Said::Nothing { .. } => Exit::Usage,
        }
    }
}

fn ids(rows: &[Consignment]) -> Vec<Id> {
    rows.iter().map(|row| row.id).collect()
}

#[cfg(test)]
mod tests;
