//! The second copy of what the partner received (R3): owed from the event that says so, in whatever way it was learnt, until it is made.

use std::io;

use crate::consignment::{Consignment, ConsignmentEvent};
use crate::crash::CrashPoint;
use crate::id::Id;
use crate::intake::Backup;
use crate::journal::{Draft, JournalError};
use crate::shared::Core;

/// Rows looked at in one go.
const AT_ONCE: u32 = 1000;

impl Core {
    /// Makes every copy that is owed. One that cannot be made is told, keeps no other, and is tried again.
    pub(crate) async fn make_copies(&self) -> Result<(), JournalError> {
        if self.is_held() {
            return Ok(());
        }
        let mut after = 0;
        loop {
            let page = self.reader.owing_copies(after, AT_ONCE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.id.as_i64();
            for row in page {
                self.make_copy(row.id).await?;
            }
        }
    }

    /// Makes the copy of one consignment, if it is owed, and journals that. After a crash between the two, the copy is recognised by its
    /// name and bytes.
    pub(crate) async fn make_copy(&self, id: Id) -> Result<(), JournalError> {
        let _one_at_a_time = self.copying.lock().await;
        let Some(row) = self.reader.consignment(id).await?.filter(|row| row.owes_copy) else { return Ok(()) };
        match self.place_copy(&row).await {
            Ok(path) => {
                CrashPoint::SentCopied.pass();
                let made = ConsignmentEvent::Copied { path };
                self.commit_firmly(|| vec![Draft::consignment(id, made.clone())]).await?;
                self.clear(&["sent-copy-failed"]);
            }
            Err(error) => self.report("sent-copy-failed", &error),
        }
        Ok(())
    }

    async fn place_copy(&self, row: &Consignment) -> io::Result<Option<String>> {
        let Some(scenario) = self.setup.scenario(&row.facts.scenario) else { return Ok(None) };
        let Some(folder) = scenario.sent_copy.clone() else { return Ok(None) };
        let (id, name, if_exists) = (row.id, row.facts.name.clone(), scenario.if_exists);
        let source = self.store.path(id);
        let make = move || Backup { id, source: &source, name: &name, folder: &folder, if_exists }.make();
        let made = tokio::task::spawn_blocking(make).await.map_err(io::Error::other).flatten()?;
        Ok(made.map(|path| path.display().to_string()))
    }
}
