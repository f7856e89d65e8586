//! What mail systems and mail programs report of a mail that was sent: delivery status notifications (DSN, RFC 3464) and message
//! disposition notifications (MDN, RFC 8098).
//!
//! A report names the mail it is about by the `Message-ID` and, if it is a DSN, by the ENVID that was given with the envelope (RFC 3461 4.4). Reports come in any
//! order, twice, and from anybody who knows an address: [`Standing`] folds those of one mail, whatever their order.

mod delivery;
mod disposition;
mod fields;
mod standing;

use jiff::Timestamp;
use mail_parser::{Message, MessagePart, MimeHeaders};

pub use self::{
    delivery::{Action, DeliveryReport, Recipient, Status},
    disposition::{Disposition, DispositionReport},
    fields::TypedText,
    standing::{Fact, Standing},
};
use super::{
    Limits, MailError,
    mail::{date_of, guarded, key_of},
};

/// What a report is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// A mail system tells what became of a mail.
    Delivery(DeliveryReport),
    /// A mail program tells what its user did with a mail.
    Disposition(DispositionReport),
}

/// A report.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The report's own key, as [`Mail::key`](super::Mail::key): the same report delivered twice has it twice.
    pub key: String,
    /// The report's own date; its sender wrote it.
    pub date: Option<Timestamp>,
    /// The `Message-ID` of the mail that it is about, without angle brackets, if it names or returns it.
    pub original_message_id: Option<String>,
    /// What it says.
    pub content: Content,
}

impl Report {
    /// Reads a report; `None` for a mail that is none.
    ///
    /// The report's part is looked for in the outermost mail only: a report that somebody attached to a letter is not the letter's.
    ///
    /// # Errors
    ///
    /// The errors of [`Mail::parse`](super::Mail::parse).
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Option<Self>, MailError> {
        guarded(bytes, limits, |message| {
            let content = message.parts.iter().find_map(content_of)?;
            let told = match &content {
                Content::Delivery(_) => None,
                Content::Disposition(report) => report.original_message_id.clone(),
            };
            Some(Self {
                key: key_of(message, bytes),
                date: date_of(message),
                original_message_id: told.or_else(|| returned_id(message)),
                content,
            })
        })
    }

    /// The ENVID of the mail that it is about, if it is a DSN that names it.
    #[must_use]
    pub fn envelope_id(&self) -> Option<&str> {
        match &self.content {
            Content::Delivery(report) => report.envelope_id.as_deref(),
            Content::Disposition(_) => None,
        }
    }

    /// Whether it is about the mail with this `Message-ID` (without angle brackets) or this ENVID. Where it names both, both must fit: the ENVID
    /// is the sender's secret as long as nobody reads the mail's envelope, the Message-ID is everybody's.
    #[must_use]
    pub fn is_about(&self, message_id: &str, envelope_id: Option<&str>) -> bool {
        let same_message = self.original_message_id.as_deref().map(|id| id == message_id);
        let same_envelope = self.envelope_id().and_then(|told| Some(told == envelope_id?));
        match (same_message, same_envelope) {
            (Some(message), Some(envelope)) => message && envelope,
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => false,
        }
    }
}

fn content_of(part: &MessagePart<'_>) -> Option<Content> {
    let kind = part.content_type()?;
    if !kind.ctype().eq_ignore_ascii_case("message") {
        return None;
    }
    // The «global» forms carry addresses in UTF-8 (RFC 6533).
    let subtype = kind.subtype()?.to_ascii_lowercase();
    let text = || String::from_utf8_lossy(part.contents()).into_owned();
    match subtype.strip_prefix("global-").unwrap_or(&subtype) {
        "delivery-status" => DeliveryReport::read(&text()).map(Content::Delivery),
        "disposition-notification" => DispositionReport::read(&text()).map(Content::Disposition),
        _ => None,
    }
}

/// The `Message-ID` of the returned mail, or of its returned headers.
fn returned_id(message: &Message<'_>) -> Option<String> {
    message.parts.iter().find_map(|part| {
        if let Some(returned) = part.message() {
            return fields::message_id(returned.message_id()?);
        }
        let kind = part.content_type()?;
        let subtype = kind.subtype()?.to_ascii_lowercase();
        let is_headers = matches!(
            (kind.ctype().to_ascii_lowercase().as_str(), subtype.as_str()),
            ("text", "rfc822-headers") | ("message", "global-headers")
        );
        if !is_headers {
            return None;
        }
        let text = String::from_utf8_lossy(part.contents());
        fields::groups(&text).first()?.value("message-id").and_then(fields::message_id)
    })
}
