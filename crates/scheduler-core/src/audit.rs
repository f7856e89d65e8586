//! The whole proof of a station: its chain, its projections, its store. Reads only, also while the station runs.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::Serialize;

use crate::consignment::Consignment;
use crate::id::Id;
use crate::journal::{JournalError, Proof, Reader, Sought};
use crate::returned::{Return, ReturnState};
use crate::store::{Store, Stored};

/// What an audit is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Events are checked, of so many.
    Events(u64, u64),
    /// Stored files are read again, of so many.
    Files(u64, u64),
}

/// What is wrong with a stored file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "wrong", rename_all = "kebab-case")]
pub enum Wrong {
    /// It is not there.
    Missing,
    /// It has another size or another SHA-256 than the journal says.
    Changed,
    /// It cannot be read.
    Unreadable {
        /// Why.
        error: String,
    },
}

/// A stored file that is not what the journal says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Spoilt {
    /// The consignment or return.
    pub id: Id,
    /// The file's name, for people.
    pub name: String,
    /// What is wrong.
    #[serde(flatten)]
    pub wrong: Wrong,
}

/// What an audit found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// The database.
    pub proof: Proof,
    /// Stored files that were read again.
    pub files: u64,
    /// Bytes of theirs.
    pub bytes: u64,
    /// Stored files that are not what the journal says.
    pub spoilt: Vec<Spoilt>,
    /// Files of the store that the journal does not know: what a crash left, dropped at the next start, or what somebody put there.
    pub unknown: Vec<String>,
}

impl Audit {
    /// Whether nothing is wrong. Unknown files are none of the station's, and prove nothing.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let Proof { chain, illegal, differences, structure } = &self.proof;
        chain.is_ok() && illegal.is_none() && differences.is_empty() && structure.is_empty() && self.spoilt.is_empty()
    }
}

/// Why an audit cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The journal cannot be read at all.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The store's folder, or the scratch file.
    #[error("{what} cannot be used: {error}")]
    Folder {
        /// Which.
        what: &'static str,
        /// Why.
        error: io::Error,
    },
}

impl AuditError {
    /// Stable code for catalogues.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Journal(error) => error.code(),
            Self::Folder { .. } => "station-folder",
        }
    }
}

/// Rows read at once.
const AT_ONCE: u32 = 1000;

/// Checks the station of `data_dir`, and looks for a head that was kept elsewhere. `told` learns how far it is. Needs room for a second copy of the
/// projections, in `data_dir` if it may write there.
///
/// # Errors
///
/// [`AuditError`] when the check cannot be made; what it finds is in the [`Audit`].
pub async fn audit(
    data_dir: &Path,
    sought: Option<Sought>,
    mut told: impl FnMut(Stage) + Send,
) -> Result<Audit, AuditError> {
    let folder = |what| move |error| AuditError::Folder { what, error };
    let scratch = tempfile::Builder::new().prefix(".verify-").tempdir_in(data_dir).or_else(|_| tempfile::tempdir());
    let scratch = scratch.map_err(folder("the scratch folder"))?;
    let reader = Reader::open(data_dir).await?;
    // Before the journal is read: a file accepted in the meantime is known, one that is younger is nobody's business.
    let store = Store::at(data_dir);
    let (entries, strangers) = store.listing().map_err(folder("the store"))?;
    let mut events = |done, all| told(Stage::Events(done, all));
    let proof = reader.prove(data_dir, &scratch.path().join("scratch.sqlite"), sought, &mut events).await?;
    let whole =
        entries.iter().filter_map(|entry| if let Stored::Whole(id) = entry { Some((*id, false)) } else { None });
    let mut check = Check { store, listed: whole.collect(), spoilt: Vec::new(), files: 0, bytes: 0 };
    let all = check.listed.len() as u64;
    let mut after = None;
    loop {
        let rows = reader.consignments_after(after, AT_ONCE).await?;
        let Some(last) = rows.last() else { break };
        after = Some(last.id);
        check = check.pass(rows.iter().map(Kept::of).collect()).await?;
        told(Stage::Files(check.files, all));
    }
    after = None;
    loop {
        let rows = reader.returns_after(after, AT_ONCE).await?;
        let Some(last) = rows.last() else { break };
        after = Some(last.id);
        check = check.pass(rows.iter().filter_map(Kept::of_return).collect()).await?;
        told(Stage::Files(check.files, all));
    }
    let unknown = check.listed.iter().filter(|(_, known)| !**known).map(|(id, _)| id.to_string());
    let unknown = unknown.chain(strangers).collect();
    let spoilt = still(&reader, check.spoilt).await?;
    Ok(Audit { proof, files: check.files, bytes: check.bytes, spoilt, unknown })
}

/// Without what was purged meanwhile: its row went first, then its file.
async fn still(reader: &Reader, spoilt: Vec<Spoilt>) -> Result<Vec<Spoilt>, JournalError> {
    let mut left = Vec::new();
    for one in spoilt {
        let purged = one.wrong == Wrong::Missing
            && reader.consignment(one.id).await?.is_none()
            && reader.returned(one.id).await?.is_none();
        if !purged {
            left.push(one);
        }
    }
    Ok(left)
}

/// A file that must be there, and what it must be.
struct Kept {
    id: Id,
    name: String,
    size: u64,
    sha256: String,
}

impl Kept {
    fn of(row: &Consignment) -> Self {
        let facts = &row.facts;
        Self { id: row.id, name: facts.name.clone(), size: facts.size, sha256: facts.sha256.clone() }
    }

    /// Of a return that was stored at least once and is not being read again.
    fn of_return(row: &Return) -> Option<Self> {
        let stored = matches!(row.state, ReturnState::Stored | ReturnState::Published | ReturnState::Disposed);
        let collected = row.collected.as_ref().filter(|_| stored)?;
        Some(Self { id: row.id, name: row.offer.name.clone(), size: collected.size, sha256: collected.sha256.clone() })
    }
}

/// The store so far.
struct Check {
    store: Store,
    /// Files found, and whether the journal knows them.
    listed: BTreeMap<Id, bool>,
    spoilt: Vec<Spoilt>,
    files: u64,
    bytes: u64,
}

impl Check {
    /// Reads some files again, on a thread that may wait for the disk.
    async fn pass(mut self, kept: Vec<Kept>) -> Result<Self, AuditError> {
        let pass = tokio::task::spawn_blocking(move || {
            for kept in kept {
                self.file(kept);
            }
            self
        });
        pass.await.map_err(|error| AuditError::Folder { what: "the store", error: io::Error::other(error) })
    }

    fn file(&mut self, kept: Kept) {
        if let Some(known) = self.listed.get_mut(&kept.id) {
            *known = true;
        }
        self.files += 1;
        let wrong = match self.store.rehash(kept.id) {
            Ok(found) if (found.size, &found.sha256) == (kept.size, &kept.sha256) => {
                self.bytes += found.size;
                return;
            }
            Ok(_) => Wrong::Changed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Wrong::Missing,
            Err(error) => Wrong::Unreadable { error: error.to_string() },
        };
        self.spoilt.push(Spoilt { id: kept.id, name: kept.name, wrong });
    }
}

#[cfg(test)]
mod tests;
