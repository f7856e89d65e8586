//! What all reports of one mail say together.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Content, Disposition, Report};

/// One thing that was reported of a recipient, from the least to the most telling: the greatest decides.
///
/// Displayed outranks failed, since somebody saw the mail; failed outranks delivered, since somebody must look whom it did not reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Fact {
    /// Not delivered yet.
    Delayed,
    /// Passed on to a system, or a list, that reports nothing.
    Relayed,
    /// It lies in the mailbox.
    Delivered,
    /// A program or a person did something else with it than showing it.
    Handled,
    /// Deleted unseen, unless it was displayed before.
    Deleted,
    /// It will not be delivered.
    Failed,
    /// It was shown to somebody.
    Displayed,
}

/// The facts about one mail, by recipient. Whatever their order and number, the same reports give the same standing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing(BTreeMap<String, BTreeSet<Fact>>);

impl Standing {
    /// Adds what a report says; the caller has checked that it is [about](Report::is_about) this mail.
    pub fn learn(&mut self, report: &Report) {
        match &report.content {
            Content::Delivery(report) => {
                for recipient in &report.recipients {
                    let address = recipient.original_recipient.as_ref().unwrap_or(&recipient.final_recipient);
                    self.add(&address.text, of_action(recipient.action));
                }
            }
            Content::Disposition(report) => {
                let address = report.original_recipient.as_ref().or(report.final_recipient.as_ref());
                if let Some(address) = address {
                    self.add(&address.text, of_disposition(report.disposition));
                }
            }
        }
    }

    /// What counts for a recipient, whose address is compared without case.
    #[must_use]
    pub fn of(&self, address: &str) -> Option<Fact> {
        self.0.get(&address.to_lowercase())?.last().copied()
    }

    /// Every recipient that was reported of, its address in lower case, with what counts for it.
    pub fn all(&self) -> impl Iterator<Item = (&str, Fact)> {
        self.0.iter().filter_map(|(address, facts)| Some((address.as_str(), *facts.last()?)))
    }

    fn add(&mut self, address: &str, fact: Fact) {
        self.0.entry(address.to_lowercase()).or_default().insert(fact);
    }
}

fn of_action(action: Action) -> Fact {
    match action {
        Action::Delivered => Fact::Delivered,
        Action::Relayed | Action::Expanded => Fact::Relayed,
        Action::Delayed => Fact::Delayed,
        Action::Failed => Fact::Failed,
    }
}

/// A notification that could not be made, or was not wanted, still says that the mail arrived.
fn of_disposition(disposition: Disposition) -> Fact {
    match disposition {
        Disposition::Displayed => Fact::Displayed,
        Disposition::Deleted => Fact::Deleted,
        Disposition::Dispatched | Disposition::Processed | Disposition::Denied | Disposition::Failed => Fact::Handled,
    }
}
