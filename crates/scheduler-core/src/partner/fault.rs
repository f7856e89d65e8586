//! What went wrong with a partner, in the scheduler's terms.

use jiff::Timestamp;

use crate::consignment::Why;

/// Whether the partner may hold the file, or may have given it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// Surely not: a plain retry is safe.
    No,
    /// Nobody can tell: never repeated blindly.
    Maybe,
}

/// When the same thing may be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// It would be refused for ever.
    Never,
    /// By itself; not before the partner's hint, if it gave one.
    At(Option<Timestamp>),
    /// Once somebody changed something (a password).
    AfterOperator,
}

/// How far the trouble reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// This file only; the session goes on.
    Consignment,
    /// The session is dead; a new one may work.
    Session,
    /// Every file of the profile.
    Profile,
    /// Every profile of the end point.
    Gate,
}

/// What went wrong with a partner.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}{}", .words.as_deref().map(|words| format!(": {words}")).unwrap_or_default())]
pub struct Fault {
    /// Whether the partner may hold the file.
    pub received: Received,
    /// When to try again.
    pub again: Again,
    /// How far it reaches.
    pub reach: Reach,
    /// Stable code, in kebab case.
    pub code: String,
    /// The peer's words, secrets removed.
    pub words: Option<String>,
}

impl Fault {
    /// A fault before anything was received, to be tried again, that ends the session.
    #[must_use]
    pub fn session(code: impl Into<String>, words: impl Into<Option<String>>) -> Self {
        Self {
            received: Received::No,
            again: Again::At(None),
            reach: Reach::Session,
            code: code.into(),
            words: words.into(),
        }
    }

    /// The same fault, after which nobody can tell what the partner holds.
    #[must_use]
    pub fn maybe_received(mut self) -> Self {
        self.received = Received::Maybe;
        self
    }

    /// The same fault with another reach.
    #[must_use]
    pub fn reaching(mut self, reach: Reach) -> Self {
        self.reach = reach;
        self
    }

    /// The same fault with another hint.
    #[must_use]
    pub fn again(mut self, again: Again) -> Self {
        self.again = again;
        self
    }

    /// As the journal keeps it.
    #[must_use]
    pub fn why(&self) -> Why {
        Why { code: self.code.clone(), words: self.words.clone() }
    }
}
