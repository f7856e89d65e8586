//! Delivery status notifications (RFC 3464).

use jiff::Timestamp;

use super::fields::{Group, TypedText, groups, message_id};

/// What became of a mail for one recipient (RFC 3464 2.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// It lies in the recipient's mailbox.
    Delivered,
    /// It went to a system that reports nothing: nothing more will be told.
    Relayed,
    /// It was delivered to a list, which sends it on.
    Expanded,
    /// It is not delivered yet; the system goes on trying.
    Delayed,
    /// It will not be delivered.
    Failed,
}

impl Action {
    fn read(value: &str) -> Option<Self> {
        // A comment may follow.
        let word = value.split([' ', '\t', '(']).next()?.to_ascii_lowercase();
        Some(match word.as_str() {
            "delivered" => Self::Delivered,
            "relayed" => Self::Relayed,
            "expanded" => Self::Expanded,
            "delayed" => Self::Delayed,
            "failed" => Self::Failed,
            _ => return None,
        })
    }
}

/// An enhanced status code: class, subject and detail (RFC 3463 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Status(pub u16, pub u16, pub u16);

impl Status {
    fn read(value: &str) -> Option<Self> {
        let code = value.split([' ', '\t', '(']).next()?;
        let mut numbers = code.split('.').map(|number| number.parse::<u16>().ok().filter(|number| *number < 1_000));
        let (class, subject, detail) = (numbers.next()??, numbers.next()??, numbers.next()??);
        (numbers.next().is_none() && matches!(class, 2 | 4 | 5)).then_some(Self(class, subject, detail))
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// What a DSN says of one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recipient {
    /// The address at which it ended.
    pub final_recipient: TypedText,
    /// The address that the sender gave, if it is told.
    pub original_recipient: Option<TypedText>,
    /// What became of the mail.
    pub action: Action,
    /// The status, if it can be read.
    pub status: Option<Status>,
    /// The words of the system that refused or took the mail, and whose they are (`smtp`, `x-postfix`…).
    pub diagnostic: Option<TypedText>,
    /// The system that said so.
    pub remote_mta: Option<TypedText>,
    /// Of a delayed mail: until when it is tried.
    pub will_retry_until: Option<Timestamp>,
}

/// A DSN; several recipients of one mail may share it, each with an action of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeliveryReport {
    /// The ENVID that the sender gave with the envelope, if the system kept it.
    pub envelope_id: Option<String>,
    /// The system that reports.
    pub reporting_mta: Option<TypedText>,
    /// At most 100; never empty.
    pub recipients: Vec<Recipient>,
}

impl DeliveryReport {
    /// `None` without a recipient whose address and action can be read.
    pub(super) fn read(text: &str) -> Option<Self> {
        let groups = groups(text);
        let mail = groups.first()?;
        // Some systems leave out the empty line between the mail's fields and the only recipient's.
        let recipients: Vec<Recipient> = groups.iter().filter_map(recipient).collect();
        (!recipients.is_empty()).then(|| Self {
            envelope_id: mail.value("original-envelope-id").and_then(message_id),
            reporting_mta: mail.typed("reporting-mta"),
            recipients,
        })
    }
}

fn recipient(group: &Group) -> Option<Recipient> {
    Some(Recipient {
        final_recipient: group.typed("final-recipient")?,
        original_recipient: group.typed("original-recipient"),
        action: group.value("action").and_then(Action::read)?,
        status: group.value("status").and_then(Status::read),
        diagnostic: group.typed("diagnostic-code"),
        remote_mta: group.typed("remote-mta"),
        will_retry_until: group.value("will-retry-until").and_then(date),
    })
}

/// A date as mails write it, with or without the comment that names its zone.
fn date(value: &str) -> Option<Timestamp> {
    let plain = value.split('(').next()?.trim();
    jiff::fmt::rfc2822::parse(plain).ok().map(|date| date.timestamp())
}
