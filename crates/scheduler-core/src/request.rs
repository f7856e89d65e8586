//! What an operator asks of the station.

use std::collections::BTreeMap;
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
        /// Why, if the operator says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// Lets it go again, and lifts the suspension of a refused password.
    Resume {
        /// What.
        scope: String,
        /// Why, if the operator says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// Tries a waiting consignment at once, or sends a settled one once more, as another one.
    Resend {
        /// The consignment.
        id: Id,
        /// Why.
        why: String,
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
    /// Writes down a backup that was made and verified.
    NoteBackup {
        /// Which.
        backup: BackupMade,
    },
    /// Lets a restored station work again.
    ResumeAfterRestore {
        /// The last number that the partner knows, for every register.
        numbers: BTreeMap<String, u64>,
        /// Why it may.
        why: String,
    },
    /// Says which consignment a return is about.
    Link {
        /// The return.
        id: Id,
        /// The consignment.
        to: Id,
        /// Why.
        why: String,
    },
    /// Takes that back.
    Unlink {
        /// The return.
        id: Id,
        /// Why.
        why: String,
    },
    /// Puts a return away that is about nothing we sent.
    Dismiss {
        /// The return.
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

/// A backup that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupMade {
    /// The name of the file, without its folder.
    pub file: String,
    /// The sequence number of the last event in it.
    pub seq: i64,
    /// That event's hash, lower-case hexadecimal.
    pub hash: String,
    /// Files in it, the manifest not counted.
    pub members: u64,
    /// Bytes of the encrypted file.
    pub bytes: u64,
}

/// Characters that a reason may have.
pub const LONGEST_REASON: usize = 500;

/// Why a command's reason is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReasonError {
    /// A decision wants its reason.
    #[error("a decision needs a reason")]
    Missing,
    /// It is longer than [`LONGEST_REASON`].
    #[error("a reason has at most {LONGEST_REASON} characters")]
    TooLong,
}

impl ReasonError {
    /// Stable code for catalogues.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "reason-missing",
            Self::TooLong => "reason-too-long",
        }
    }
}

impl Command {
    /// Whether a restored station refuses it until an operator resumes it: what could make something leave, or be taken.
    pub(crate) fn waits_for_resume(&self) -> bool {
        matches!(
            self,
            Self::Send { .. }
                | Self::Retrieve { .. }
                | Self::Resume { .. }
                | Self::Release { .. }
                | Self::Resolve { .. }
                | Self::Resend { .. }
                | Self::Purge { .. }
        )
    }

    /// Looks at the reason: decisions about one file must have one, pauses may; all are bounded.
    ///
    /// # Errors
    ///
    /// [`ReasonError`].
    pub fn check_reason(&self) -> Result<(), ReasonError> {
        let (why, needed) = match self {
            Self::Send { .. } | Self::Retrieve { .. } | Self::NoteBackup { .. } => return Ok(()),
            Self::Pause { why, .. } | Self::Resume { why, .. } => (why.as_deref().unwrap_or_default(), false),
            Self::Resolve { why, .. }
            | Self::Release { why, .. }
            | Self::Cancel { why, .. }
            | Self::Resend { why, .. }
            | Self::Link { why, .. }
            | Self::Unlink { why, .. }
            | Self::Dismiss { why, .. }
            | Self::Purge { why, .. }
            | Self::ResumeAfterRestore { why, .. } => (why.as_str(), true),
        };
        match why.chars().count() {
            count if count > LONGEST_REASON => Err(ReasonError::TooLong),
            _ if needed && why.trim().is_empty() => Err(ReasonError::Missing),
            _ => Ok(()),
        }
    }
}
