//! Reports as evidence (docs/protocols/pecoto.md 8).

use jiff::Timestamp;
use pecoto_smtp::mailbox::report::{Action, Content, Disposition, Recipient, Report};
use scheduler_core::consignment::{Says, Why};
use scheduler_core::partner::{Evidence, Notice};

use super::identity;
use crate::fault;

/// The message could not be handed over.
pub(super) const UNDELIVERED: &str = "pecoto-undelivered";

/// What a report says of a message of ours, one piece of evidence a recipient; empty for a report about anything else. `clean` takes secrets out of
/// its words.
pub(super) fn evidence(report: &Report, now: Timestamp, clean: &dyn Fn(&str) -> String) -> Vec<Evidence> {
    let named = report.original_message_id.as_deref().or_else(|| report.envelope_id());
    // Where it names both, both are the Message-ID.
    let about = named.filter(|id| report.is_about(id, Some(id))).and_then(identity::about);
    let Some(about) = about else { return Vec::new() };
    let told: Vec<(Says, String)> = match &report.content {
        Content::Delivery(delivery) => {
            delivery.recipients.iter().map(|recipient| delivered(recipient, clean)).collect()
        }
        Content::Disposition(disposition) => vec![displayed(disposition.disposition)],
        _ => Vec::new(),
    };
    let evidence = |(index, (says, words)): (usize, (Says, String))| Evidence {
        key: if index == 0 { report.key.clone() } else { format!("{}#{index}", report.key) },
        about: about.clone(),
        says: Notice::Consignment { says },
        at: report.date.unwrap_or(now),
        words: fault::bounded(&words),
    };
    told.into_iter().enumerate().map(evidence).collect()
}

fn delivered(recipient: &Recipient, clean: &dyn Fn(&str) -> String) -> (Says, String) {
    let diagnostic = recipient.diagnostic.as_ref().map(|words| clean(&words.text)).unwrap_or_default();
    let status = recipient.status.map(|status| status.to_string()).unwrap_or_default();
    let words = clean(&format!("{} {:?} {status} {diagnostic}", recipient.final_recipient.text, recipient.action));
    let says = match recipient.action {
        Action::Delivered | Action::Expanded => Says::Delivered,
        Action::Failed => {
            let why = [status.as_str(), &diagnostic].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
            Says::Undelivered { why: Why::with(UNDELIVERED, fault::bounded(&why.join(" "))) }
        }
        // Whoever hands it on, or goes on trying, has it.
        _ => Says::Deposited,
    };
    (says, words)
}

/// Whatever was done with it, it had arrived.
fn displayed(disposition: Disposition) -> (Says, String) {
    let says = if disposition == Disposition::Displayed { Says::Opened } else { Says::Delivered };
    (says, format!("{disposition:?}"))
}
