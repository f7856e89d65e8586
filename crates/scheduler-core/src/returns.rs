//! Consuming reads (durability rule 5): bytes in the store, journal, operator's folder, and only then the partner's copy goes.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::consignment::Why;
use crate::crash::CrashPoint;
use crate::id::Id;
use crate::intake::{copy, same_bytes};
use crate::journal::{Draft, Event, JournalError};
use crate::naming::{self, NUMREC, Pattern, Searcher, Values};
use crate::platform;
use crate::returned::{Collected, Completeness, Return, ReturnEvent, ReturnState};
use crate::setup::Connection;
use crate::shared::Core;

/// Space that must stay free beside the file itself.
pub(crate) const SPACE_MARGIN: u64 = 16 * 1024 * 1024;

/// Whether an earlier publication may have been cut between the operator's folder and the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// Just stored: a file of the same name is another one.
    No,
    /// The same bytes under the same name are the copy that was made.
    MayBeThere,
}

/// What a stored return is called, and how the journal learns it.
pub(crate) struct Naming<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) now: Timestamp,
}

impl Naming<'_> {
    /// The draft of `Stored`; the journal allots the number, if the pattern wants one, in the same transaction.
    pub(crate) fn stored(&self, core: &Core, row: &Return, collected: Collected, label: Option<String>) -> Draft {
        let naming = &self.connection.profile.naming;
        let pattern = Pattern::configured(naming.pattern.as_deref());
        let uses_number = pattern.uses_numrec();
        let (id, folder) = (row.id, naming.folder.display().to_string());
        let at = self.now.to_zoned(core.setup.settings.timezone.clone());
        let (name, profile) = (row.offer.name.clone(), row.lane.profile().to_owned());
        let make = move |number: u64| {
            let values = Values { name: &name, at: &at, numrec: number, profile: &profile, label: label.as_deref() };
            let file_name = pattern.render(&values);
            Event::Return { id, what: ReturnEvent::Stored { collected, file_name, folder } }
        };
        if uses_number {
            let first = core.setup.settings.first_numrec;
            return Draft::WithNumber { register: NUMREC.to_owned(), whose: id, first, make: Box::new(make) };
        }
        Draft::Event(make(0))
    }

    /// Looks for the labels of `[recherche]` while the bytes come in.
    pub(crate) fn searcher(&self) -> Searcher {
        Searcher::new(&self.connection.profile.naming.searches)
    }
}

impl Core {
    /// Puts a stored return in the operator's folder and journals it; repeated after a crash it does not make a second one.
    pub(crate) async fn publish(&self, id: Id, again: Again) -> Result<Option<Return>, JournalError> {
        let Some(row) = self.reader.returned(id).await?.filter(|row| row.state == ReturnState::Stored) else {
            return Ok(None);
        };
        let (folder, name) = (row.folder.clone().unwrap_or_default(), row.path.clone().unwrap_or_default());
        let source = self.store.path(id);
        let placed = tokio::task::spawn_blocking(move || place(&source, Path::new(&folder), &name, id, again)).await;
        match placed.map_err(io::Error::other).and_then(|placed| placed) {
            Ok(path) => {
                CrashPoint::BeforePublished.pass();
                let path = path.display().to_string();
                self.commit_firmly(|| vec![Draft::returned(id, ReturnEvent::Published { path: path.clone() })]).await?;
                CrashPoint::Published.pass();
                self.clear(&["publish-failed"]);
                self.reader.returned(id).await
            }
            Err(error) => {
                self.report("publish-failed", &error);
                Ok(None)
            }
        }
    }

    /// What a crash left half-way: a read that was cut, a file not yet published, a consumed one not yet closed.
    pub(crate) async fn recover_returns(&self) -> Result<(), JournalError> {
        for row in self.reader.returns_with_status("collecting", u32::MAX).await? {
            self.recover_read(&row).await?;
        }
        self.resume_returns().await
    }

    /// Publishes what is stored and closes what needs no partner any more; also tried again when a folder was full. Not on a restored station: the
    /// folders that its journal names may be those of the one that was backed up.
    pub(crate) async fn resume_returns(&self) -> Result<(), JournalError> {
        if self.is_held() {
            return Ok(());
        }
        for row in self.reader.returns_with_status("stored", 1000).await? {
            self.publish(row.id, Again::MayBeThere).await?;
        }
        for row in self.reader.returns_with_status("published", 1000).await? {
            if row.offer.consuming {
                self.journal.commit(vec![Draft::returned(row.id, ReturnEvent::Disposed)]).await?;
            }
        }
        Ok(())
    }

    /// The read ended when its bytes bear their final name; then only the journal has to learn it. Otherwise nobody can tell
    /// how much the partner gave out: the part that came is kept, and the partner must be asked.
    async fn recover_read(&self, row: &Return) -> Result<(), JournalError> {
        let Some(connection) = self.setup.lanes.get(&row.lane) else { return Ok(()) };
        let naming = Naming { connection, now: self.clock.now() };
        let draft = match self.store.rehash(row.id) {
            Ok(found) => {
                let completeness = Completeness::Unproven;
                let collected = Collected { size: found.size, sha1: found.sha1, sha256: found.sha256, completeness };
                naming.stored(self, row, collected, None)
            }
            Err(_) if row.offer.consuming => Draft::returned(
                row.id,
                ReturnEvent::Incomplete { why: Why::code("crash-while-collecting"), received: 0 },
            ),
            Err(_) => Draft::returned(row.id, ReturnEvent::Missed { why: Why::code("crash-while-collecting") }),
        };
        self.journal.commit(vec![draft]).await.map(drop)
    }
}

/// Copies into the operator's folder under a name that nobody has, or finds the copy that an interrupted publication made.
fn place(source: &Path, folder: &Path, name: &str, id: Id, again: Again) -> io::Result<PathBuf> {
    platform::create_folders(folder)?;
    let mut target = folder.join(name);
    let mut number = 1;
    while target.exists() {
        if again == Again::MayBeThere && same_bytes(&target, source)? {
            return Ok(target);
        }
        number += 1;
        target = folder.join(naming::numbered(name, number));
    }
    let temporary = folder.join(format!(".{id}.taskctl"));
    copy(source, &temporary)?;
    loop {
        match platform::rename_noreplace(&temporary, &target) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            done => {
                done?;
                platform::sync_dir(folder)?;
                return Ok(target);
            }
        }
        target = folder.join(naming::numbered(name, number));
    }
}
