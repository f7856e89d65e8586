//! Notices of partners, as the journal keeps them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::consignment::{Identifiers, Says};

/// The identifier of [`Evidence::about`] whose value is our own [`Id`](crate::id::Id), for partners that give back what we wrote.
pub const CONSIGNMENT: &str = "consignment";

/// What comes back about something we sent, or about something to fetch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Identifies the notice for ever (Message-ID).
    pub key: String,
    /// Identifiers of what it is about; matched against consignments. [`CONSIGNMENT`] names one exactly, and every other identifier that both sides
    /// know must then agree; without it `name` and `size` are looked for.
    pub about: Identifiers,
    /// What it says.
    pub says: Notice,
    /// The notice's own date.
    pub at: Timestamp,
    /// The notice's words, bounded.
    pub words: String,
}

/// What a look for notices brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notices {
    /// Found since the last look.
    pub found: Vec<Evidence>,
    /// What was left alone since the process began, and how much.
    pub left: LeftAlone,
}

/// What a source of notices holds beside them; nothing of it is touched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftAlone {
    /// Messages that should be notices and were not understood, or not trusted.
    pub unknown: u64,
    /// Messages that are somebody else's affair.
    pub others: u64,
    /// The last that was not understood, in a few words without secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
}

/// The kinds of notices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Notice {
    /// About a consignment.
    Consignment {
        /// What it says of it.
        #[serde(flatten)]
        says: Says,
    },
    /// The partner holds something for us: collect.
    Available,
}
