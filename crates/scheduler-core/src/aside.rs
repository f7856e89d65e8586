//! What the journal's disk refused at the end of a pass: put aside in files, where one can be written at all, and committed at the next start
//! before anything is concluded from its absence. A partner's answer is then not lost with the process.

use std::fs;
use std::path::PathBuf;

use crate::journal::{Draft, Event, JournalError};
use crate::shared::Core;

/// How the files' names begin and end.
const NAME: (&str, &str) = ("unjournalled-", ".json");

impl Core {
    /// Writes the events in the first folder that takes them: the station's, else that of the traces, which may be on another disk. Numbers are
    /// only drawn by the journal: an event that needs one is left to recovery.
    pub(crate) fn put_aside(&self, drafts: Vec<Draft>) {
        let event = |draft| if let Draft::Event(event) = draft { Some(event) } else { None };
        let events: Vec<Event> = drafts.into_iter().filter_map(event).collect();
        let Ok(bytes) = serde_json::to_vec(&events) else { return };
        let name = format!("{}{}{}", NAME.0, self.ids.next(self.clock.now()), NAME.1);
        let written =
            self.aside().into_iter().any(|folder| crate::platform::write_durably(&folder.join(&name), &bytes).is_ok());
        if !events.is_empty() && !written {
            tracing::error!("what the journal refused could not be put aside either");
        }
    }

    /// Commits what was put aside, oldest first. What the journal's state no longer allows was settled in another way.
    pub(crate) async fn take_up_again(&self) -> Result<(), JournalError> {
        let mut found: Vec<PathBuf> = Vec::new();
        for folder in self.aside() {
            found.extend(fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()));
        }
        let is_aside = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.starts_with(NAME.0) && name.ends_with(NAME.1)
        };
        found.retain(is_aside);
        found.sort_by(|one, other| one.file_name().cmp(&other.file_name()));
        for path in found {
            let events = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Vec<Event>>(&bytes).ok());
            match self.journal.commit(events.unwrap_or_default().into_iter().map(Draft::from).collect()).await {
                Err(JournalError::Illegal(error)) => tracing::warn!(%error, "what was put aside is settled already"),
                done => drop(done?),
            }
            if let Err(error) = fs::remove_file(&path) {
                tracing::warn!(path = %path.display(), %error, "what was put aside cannot be removed");
            }
        }
        Ok(())
    }

    fn aside(&self) -> [PathBuf; 2] {
        [self.setup.settings.data_dir.clone(), self.setup.settings.trace_dir.clone()]
    }
}
