//! What an operator asks of the station.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::consignment::Verdict;
use crate::id::Id;

/// A command that acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Command {
    /// Takes these files now, under a scenario, and sends them.
    Send {
        /// Absolute paths; the files are copied, the originals stay.
        files: Vec<PathBuf>,
        /// The scenario.
        scenario: String,
    },
    /// Collects what the partners hold.
    Retrieve {
        /// One profile, or all.
        profile: Option<String>,
    },
    /// Holds sending back: `all`, `scenario:NAME`, `profile:NAME`.
    Pause {
        /// What.
        scope: String,
    },
    /// Lets it go again, and lifts the suspension of a refused password.
    Resume {
        /// What.
        scope: String,
    },
    /// Settles a doubt.
    Resolve {
        /// The consignment.
        id: Id,
        /// The decision.
        verdict: Verdict,
        /// Why.
        why: String,
    },
    /// Lets a held consignment go.
    Release {
        /// The consignment.
        id: Id,
        /// Why.
        why: String,
    },
    /// Gives a consignment up.
    Cancel {
        /// The consignment.
        id: Id,
        /// Why.
        why: String,
    },
    /// Purges what was finished before an instant, with its bytes and its traces; a certificate stays in the journal.
    Purge {
        /// The instant.
        before: Timestamp,
        /// Why.
        why: String,
    },
}
