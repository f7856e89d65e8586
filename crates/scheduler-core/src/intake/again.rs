//! The bytes of a settled consignment, once more under another identifier.

use std::io;

use super::{Intake, blocking};
use crate::consignment::{Acceptance, Consignment, Why};
use crate::id::Id;
use crate::scenario::Scenario;
use crate::store::{Store, Way};

impl Intake {
    /// Takes the stored bytes of `old` again, if they are still what was accepted, backs them up (R3), and tells the new consignment's facts;
    /// nobody looks for duplicates. What is not committed after that is dropped at the next start.
    ///
    /// # Errors
    ///
    /// The bytes were purged or changed, or the disk refuses; then nothing is left.
    pub(crate) async fn take_again(&self, old: &Consignment, scenario: &Scenario) -> Result<(Id, Acceptance), Why> {
        let id = self.ids.next(self.clock.now());
        let facts = Acceptance {
            lane: scenario.lane.clone(),
            destination: scenario.destination.clone(),
            held: None,
            sent_copy: scenario.sent_copy.is_some(),
            again_of: Some(old.id),
            ..old.facts.clone()
        };
        let (this, scenario, wanted) = (self.clone(), scenario.clone(), facts.clone());
        let (old, way) = (old.id, self.way);
        let taken = blocking(move || this.secure_again(id, old, &wanted, &scenario, way)).await;
        taken.unwrap_or_else(|error| Err(Why::with("store-failed", error.to_string()))).map(|()| (id, facts))
    }

    fn secure_again(&self, id: Id, old: Id, facts: &Acceptance, scenario: &Scenario, way: Way) -> Result<(), Why> {
        let secured = self.store.secure(id, &self.store.path(old), way, &mut Store::buffer());
        let done = match secured {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Why::code("resend-bytes-missing")),
            Err(error) => Err(Why::with("store-failed", error.to_string())),
            Ok(secured) if secured.sha256 != facts.sha256 => Err(Why::code("resend-bytes-changed")),
            Ok(_) => self.store.synchronise(&[id]).map_err(|error| Why::with("store-failed", error.to_string())),
        };
        let backed_up = || {
            let done = self.back_up(id, &facts.name, scenario);
            done.map_err(|error| Why::with("backup-failed", error.to_string()))
        };
        done.and_then(|()| backed_up()).inspect_err(|_| self.forget(id))
    }

    /// Drops bytes that nothing will name.
    pub(crate) fn forget(&self, id: Id) {
        if let Err(error) = self.store.remove(id) {
            tracing::warn!(%id, %error, "an unneeded copy could not be dropped; the next start does it");
        }
    }
}
