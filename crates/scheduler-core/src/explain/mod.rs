//! What the station would decide of one file, one consignment or one return, why, and when: the verdicts of the rooms that decide, gathered without
//! deciding anything anew and without touching anything.
//!
//! Nothing here takes a lock, writes, claims or connects; it works beside a running service and without one. Words are for whoever renders: every
//! fact bears a stable code in kebab case.

mod choice;
mod consignment;
mod fate;
mod file;
mod lane;
mod next;
mod returned;
mod settled;

use std::path::Path;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

pub use self::choice::{Choice, Pattern, Tried};
pub use self::consignment::{Act, Awaited, ConsignmentOutlook};
pub use self::fate::{BackupFate, Fate};
pub use self::file::{FileOutlook, Presence, locate, names_beside};
pub use self::lane::{LaneOutlook, Pace};
pub use self::next::{Next, Who};
pub use self::returned::ReturnOutlook;
pub use self::settled::{Settled, SettledBy};
use crate::journal::{JournalError, Reader, Small};
use crate::live::Live;
use crate::setup::Setup;

/// Paths may hold bytes that are no text; who reads JSON gets what people see.
fn legibly<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&path.display())
}

/// What an explanation is read from.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The configuration. Lanes whose partner could not be built (secrets that this account may not read) may lack: then their pacing, their limits
    /// and their findings are not known.
    pub setup: &'a Setup,
    /// The journal; `None` when the station never ran.
    pub reader: Option<&'a Reader>,
    /// The picture that the running service published; `None` when no service runs.
    pub live: Option<&'a Live>,
    /// The present instant.
    pub now: Timestamp,
}

impl Known<'_> {
    async fn small(&self) -> Result<Small, JournalError> {
        match self.reader {
            Some(reader) => reader.small().await,
            None => Ok(Small::default()),
        }
    }
}

/// How soon an arrival in a folder is noticed, as the service says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Watching {
    /// `events`, or why only polling (`watch-network-file-system`…).
    pub how: String,
    /// When the service last looked.
    pub looked: Option<Timestamp>,
}
