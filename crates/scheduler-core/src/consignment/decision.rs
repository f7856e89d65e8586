//! Decisions that may want two persons (`four_eyes`).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{State, Status, Verdict};

/// What an operator decides about one consignment, where a second person may have to decide the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Decision {
    /// A doubt is settled.
    Resolve {
        /// How.
        verdict: Verdict,
    },
    /// A held file is let go.
    Release,
    /// A waiting file is tried at once, or a settled one is sent once more.
    Resend,
}

impl Decision {
    /// Whether it can be taken in this state.
    #[must_use]
    pub fn suits(self, state: &State) -> bool {
        let status = state.status();
        match self {
            Self::Resolve { verdict: Verdict::Deposited } => state.is_in_doubt(),
            Self::Resolve { verdict: Verdict::NotDeposited } => status == Status::Uncertain,
            Self::Release => status == Status::Held,
            Self::Resend => matches!(status, Status::Queued | Status::Waiting) || status.is_settled(),
        }
    }
}

/// A decision that waits for a second person. It lapses as soon as the consignment's state changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// What is proposed.
    #[serde(flatten)]
    pub decision: Decision,
    /// The first person's account.
    pub who: String,
    /// The first person's reason.
    pub why: String,
    /// Since when.
    pub at: Timestamp,
}
