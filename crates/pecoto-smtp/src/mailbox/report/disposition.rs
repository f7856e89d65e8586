//! Message disposition notifications (RFC 8098).

use super::fields::{TypedText, groups, message_id};

/// What was done with the mail (RFC 8098 3.2.6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Disposition {
    /// It was shown to somebody; whether it was read or understood nobody can say.
    Displayed,
    /// It was deleted; if it was displayed before, an earlier notification says so.
    Deleted,
    /// It was sent on to somebody else.
    Dispatched,
    /// A program handled it and showed it to nobody.
    Processed,
    /// The recipient does not want to tell.
    Denied,
    /// No notification could be made.
    Failed,
}

impl Disposition {
    fn read(word: &str) -> Option<Self> {
        Some(match word.trim().to_ascii_lowercase().as_str() {
            "displayed" => Self::Displayed,
            "deleted" => Self::Deleted,
            "dispatched" => Self::Dispatched,
            "processed" => Self::Processed,
            "denied" => Self::Denied,
            "failed" => Self::Failed,
            _ => return None,
        })
    }
}

/// An MDN.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DispositionReport {
    /// The `Message-ID` of the mail, without angle brackets, if the notification names it.
    pub original_message_id: Option<String>,
    /// Who reports.
    pub final_recipient: Option<TypedText>,
    /// The address that the sender gave, if it is told.
    pub original_recipient: Option<TypedText>,
    /// What was done.
    pub disposition: Disposition,
    /// Whether a person did it (`manual-action`), and not a rule.
    pub by_hand: bool,
    /// The modifiers after it, in lower case: `error`, or words that no standard knows.
    pub modifiers: Vec<String>,
    /// What went wrong, in the program's words.
    pub error: Option<String>,
}

impl DispositionReport {
    /// `None` without a disposition that can be read.
    pub(super) fn read(text: &str) -> Option<Self> {
        let groups = groups(text);
        let group = groups.first()?;
        let (mode, what) = group.value("disposition")?.split_once(';')?;
        let (word, modifiers) = what.split_once('/').unwrap_or((what, ""));
        let modifiers = modifiers.split(',').map(|modifier| super::super::mail::bounded(modifier).to_ascii_lowercase());
        Some(Self {
            original_message_id: group.value("original-message-id").and_then(message_id),
            final_recipient: group.typed("final-recipient"),
            original_recipient: group.typed("original-recipient"),
            disposition: Disposition::read(word)?,
            by_hand: mode.trim().to_ascii_lowercase().starts_with("manual-action"),
            modifiers: modifiers.filter(|modifier| !modifier.is_empty()).take(10).collect(),
            error: group.value("error").map(super::super::mail::bounded),
        })
    }
}
