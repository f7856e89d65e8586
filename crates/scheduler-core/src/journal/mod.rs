//! The journal: an append-only, chained list of what happened, and the projections that it implies.
//!
//! One task writes, in transactions that many submissions share (group commit); readers use connections of their own.
//! A submission is all or nothing: an illegal event refuses its whole submission and no other.

mod chain;
mod event;
mod finds;
mod project;
mod query;
mod read;
mod schema;
mod sqlite;
mod verify;
mod writer;

use std::path::Path;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};

pub use self::chain::Head;
pub(crate) use self::chain::hex;
pub use self::event::{
    Draft, Event, EvidenceEvent, GateEvent, LaneEvent, PauseEvent, RequestEvent, SessionEvent, StationEvent,
};
pub(crate) use self::project::KeptEvidence;
pub use self::project::{GateRow, LaneRow, Requested, Small};
pub use self::query::Query;
pub use self::read::{Due, Reader, Recorded};
pub use self::verify::{Broken, Verified};
pub(crate) use self::writer::Submission;
use crate::clock::Clock;
use crate::consignment::Illegal;
use crate::id::Id;

/// Why the journal did not take a submission, or could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// An event that the state does not allow: our misuse, nothing was written.
    #[error(transparent)]
    Illegal(#[from] Illegal),
    /// The database refused: disk full, unreadable, damaged. Nothing of the submission is to be relied on.
    #[error("the journal's database failed: {0}")]
    Database(Arc<sqlx::Error>),
    /// A row that cannot be read back.
    #[error("the journal's row {row} cannot be read: {reason}")]
    Damaged {
        /// Which.
        row: String,
        /// Why.
        reason: String,
    },
    /// Written by a newer version.
    #[error("the journal has format {found}, this version knows up to {known}")]
    TooNew {
        /// The format found.
        found: i64,
        /// The newest format known.
        known: i64,
    },
    /// Written by an older version, and not yet brought up to date: that is for the station to do at its next start.
    #[error("the journal has format {found}, this needs {needed}: the station brings it up to date when it starts")]
    TooOld {
        /// The format found.
        found: i64,
        /// The oldest format that will do.
        needed: i64,
    },
    /// An event that only a newer version can read; nothing is damaged.
    #[error("event {seq} of the journal was written by a newer version")]
    NewerEvent {
        /// Its sequence number.
        seq: i64,
    },
    /// The file system cannot lock or synchronise as SQLite needs.
    #[error("{path} is on a network file system ({kind}): a journal cannot live there")]
    NetworkFileSystem {
        /// The folder.
        path: String,
        /// The file system.
        kind: String,
    },
    /// The writer task is gone.
    #[error("the journal's writer has stopped")]
    Closed,
}

impl JournalError {
    /// Stable code for catalogues.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Illegal(_) => "journal-illegal-event",
            Self::Database(error) if is_full(error) => "disk-full",
            Self::Database(_) => "journal-database",
            Self::Damaged { .. } => "journal-damaged",
            Self::TooNew { .. } | Self::NewerEvent { .. } => "journal-too-new",
            Self::TooOld { .. } => "journal-too-old",
            Self::NetworkFileSystem { .. } => "journal-network-file-system",
            Self::Closed => "journal-closed",
        }
    }
}

impl From<sqlx::Error> for JournalError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(Arc::new(error))
    }
}

fn is_full(error: &sqlx::Error) -> bool {
    const SQLITE_FULL: &str = "13";
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == SQLITE_FULL)
}

/// What a committed submission became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The number of its last event.
    pub seq: i64,
    /// Numbers drawn from registers, in the order of the drafts that asked.
    pub numbers: Vec<u64>,
}

/// The handle by which everybody appends. Cheap to clone; the writer stops when the last is dropped.
#[derive(Clone, Debug)]
pub struct Journal {
    submissions: mpsc::Sender<Submission>,
    small: watch::Receiver<Arc<Small>>,
}

impl Journal {
    /// Opens, creating if absent, the journal of `data_dir`; the caller holds the station's lock.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the database cannot be opened, is newer than this version, or lies on a network file system.
    pub async fn open(data_dir: &Path, clock: Clock, durability: Durability) -> Result<(Self, Reader), JournalError> {
        if let Ok(Some(kind)) = crate::platform::is_network_filesystem(data_dir) {
            let path = data_dir.display().to_string();
            return Err(JournalError::NetworkFileSystem { path, kind: kind.to_string() });
        }
        let path = Reader::file(data_dir);
        let connection = schema::open_writer(&path, durability).await?;
        let reader = Reader::open(data_dir).await?;
        let (submissions, inbox) = mpsc::channel(1024);
        let (small, published) = watch::channel(Arc::new(Small::default()));
        let writer = writer::Writer::new(connection, clock, small).await?;
        tokio::spawn(writer.run(inbox));
        Ok((Self { submissions, small: published }, reader))
    }

    /// Appends the events of `drafts`, all or none, and returns once they are durable.
    ///
    /// # Errors
    ///
    /// [`JournalError::Illegal`] when a state does not allow one of them; [`JournalError::Database`] when the disk refuses.
    pub async fn commit(&self, drafts: Vec<Draft>) -> Result<Committed, JournalError> {
        let (reply, answer) = oneshot::channel();
        self.submissions.send(Submission { drafts, reply }).await.map_err(|_| JournalError::Closed)?;
        answer.await.map_err(|_| JournalError::Closed)?
    }

    /// Lanes, gates, pauses and registers as of the last commit.
    #[must_use]
    pub fn small(&self) -> Arc<Small> {
        self.small.borrow().clone()
    }

    /// Returns once a commit changed lanes, gates, pauses or registers.
    pub fn watch(&self) -> watch::Receiver<Arc<Small>> {
        self.small.clone()
    }
}

/// How hard a commit is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Every commit is synchronised to the disk before it is answered.
    #[default]
    Full,
    /// Nothing is synchronised: for measuring what durability costs, never for use.
    Off,
}

/// The greatest identifier that the journal holds.
pub(crate) type LastId = Option<Id>;

#[cfg(test)]
mod tests;
