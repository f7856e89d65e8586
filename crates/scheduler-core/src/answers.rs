//! Returns that are about something we sent: found by exact identifiers, whichever came first.

use std::path::Path;
use std::sync::PoisonError;

use jiff::Timestamp;

use crate::consignment::{Consignment, ConsignmentEvent};
use crate::id::Id;
use crate::journal::{Draft, JournalError, Reader};
use crate::matching::{Matcher, WINDOW};
use crate::returned::{Return, ReturnEvent};
use crate::shared::Core;
use crate::store;

/// Sendings that returns are compared to, the newest.
const SENDINGS: u32 = 2000;

/// Returns without a sending that are looked at.
const ORPHANS: u32 = 100;

/// Returns without a sending, and the sendings that they may be about.
#[derive(Clone, Debug, Default)]
pub struct Tray {
    /// Newest first.
    pub orphans: Vec<Return>,
    /// Newest first.
    pub sendings: Vec<Consignment>,
    /// No older sending of the time looked at was left out.
    pub complete: bool,
}

impl Tray {
    /// What lies there at `now`: at most `orphans` returns of the last [`WINDOW`], and what was sent since one more.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the database cannot be read.
    pub async fn read(reader: &Reader, now: Timestamp, orphans: u32) -> Result<Self, JournalError> {
        let since = now.checked_sub(WINDOW).unwrap_or(Timestamp::MIN);
        let orphans = reader.orphans(Id::floor(since), orphans).await?;
        if orphans.is_empty() {
            return Ok(Self::default());
        }
        let since = since.checked_sub(WINDOW).unwrap_or(Timestamp::MIN);
        let sendings = reader.consignments_since(Id::floor(since), SENDINGS + 1).await?;
        let complete = sendings.len() <= SENDINGS as usize;
        Ok(Self { orphans, sendings, complete })
    }

    /// What compares them.
    #[must_use]
    pub fn matcher(&self) -> Matcher<'_> {
        Matcher::new(&self.sendings, self.complete)
    }
}

impl Core {
    /// Links the returns that an exact identifier of one sending names, if anything happened since the last look. What is ambiguous is left
    /// to an operator; what comes before its sending is looked at again.
    pub(crate) async fn link_returns(&self) -> Result<(), JournalError> {
        let head = self.reader.head().await?.seq;
        if *self.answered.lock().unwrap_or_else(PoisonError::into_inner) == Some(head) {
            return Ok(());
        }
        let tray = Tray::read(&self.reader, self.clock.now(), ORPHANS).await?;
        if !tray.orphans.is_empty() {
            let data_dir = self.setup.settings.data_dir.clone();
            let found = tokio::task::spawn_blocking(move || certain(&tray, &data_dir)).await;
            for (id, to, code) in found.unwrap_or_default() {
                self.link_return(id, to, code).await?;
            }
        }
        let head = self.reader.head().await?.seq;
        *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = Some(head);
        Ok(())
    }

    async fn link_return(&self, id: Id, to: Id, code: &str) -> Result<(), JournalError> {
        let linked = ReturnEvent::Linked { to, who: None, why: code.to_owned() };
        let answered = ConsignmentEvent::Answered { by: id };
        match self.journal.commit(vec![Draft::returned(id, linked), Draft::consignment(to, answered)]).await {
            // An operator was quicker.
            Err(JournalError::Illegal(_)) => Ok(()),
            done => done.map(drop),
        }
    }
}

fn certain(tray: &Tray, data_dir: &Path) -> Vec<(Id, Id, &'static str)> {
    let matcher = tray.matcher();
    let one = |row: &Return| {
        let (to, clue) = matcher.certain(row, &store::beginning(data_dir, row.id))?;
        Some((row.id, to, clue.code()))
    };
    tray.orphans.iter().filter(|row| !row.by_hand).filter_map(one).collect()
}
