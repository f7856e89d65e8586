//! What an operator asks of the station.

use std::collections::BTreeMap;
use std::path::PathBuf;

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
        )
    }
}
