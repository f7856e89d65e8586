//! The next decision: whose, and when.

use jiff::Timestamp;
use serde::Serialize;

use crate::id::Id;

/// Who takes a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// The station, when it looks at its folders or its journal.
    Station,
    /// The lane, in a session.
    Lane,
    /// The partner, by a notice.
    Partner,
    /// A person of ours.
    Operator,
    /// Nobody: nothing more happens by itself.
    Nobody,
}

/// The next decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Next {
    /// What it is: stable, in kebab case, always `next-…`.
    pub code: &'static str,
    /// Whose.
    pub who: Who,
    /// Not before; `None` when no instant is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The scope, the scenario or the file that it turns on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// The consignment that it turns on, when it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<Id>,
    /// What comes once this one is taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub then: Option<Box<Self>>,
}

impl Next {
    /// Every code, for catalogues.
    pub const CODES: [&'static str; 33] = [
        "next-no-service",
        "next-look",
        "next-accept",
        "next-recover-claim",
        "next-appear",
        "next-move",
        "next-rename",
        "next-enable",
        "next-replace",
        "next-session",
        "next-turn",
        "next-rest",
        "next-retry",
        "next-after",
        "next-answer",
        "next-recover",
        "next-resume",
        "next-after-restore",
        "next-secret",
        "next-decide",
        "next-resolve",
        "next-ask",
        "next-notice",
        "next-notice-or-resolve",
        "next-copy",
        "next-final",
        "next-undelivered",
        "next-retrieve",
        "next-scheduled",
        "next-collect",
        "next-publish",
        "next-dispose",
        "next-call",
    ];

    pub(super) const fn new(code: &'static str, who: Who) -> Self {
        Self { code, who, at: None, what: None, of: None, then: None }
    }

    pub(super) const fn at(mut self, at: Option<Timestamp>) -> Self {
        self.at = at;
        self
    }

    /// The same decision, no earlier than the one before it; what is at no known instant stays so.
    pub(super) fn not_before(self, before: Option<Timestamp>) -> Self {
        Self { at: self.at.map(|at| before.map_or(at, |before| before.max(at))), ..self }
    }

    pub(super) fn about(self, what: impl Into<String>) -> Self {
        Self { what: Some(what.into()), ..self }
    }

    /// This decision, which nobody takes while no service runs.
    pub(super) fn if_running(self, running: bool) -> Self {
        if running || matches!(self.who, Who::Operator | Who::Nobody) {
            return self;
        }
        Self { then: Some(Box::new(self)), ..Self::new("next-no-service", Who::Nobody) }
    }
}
