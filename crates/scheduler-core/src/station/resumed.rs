//! The end of a restored station's hold: the partners' last numbers are confirmed, then it works again.

use std::collections::BTreeMap;

use super::Station;
use crate::consignment::Why;
use crate::id::Id;
use crate::journal::{Draft, Event, StationEvent};
use crate::restored;

/// How far a confirmed number may be from the last one known. What is further is a slip of the hand: it would use the register up.
const FURTHEST: u64 = 1_000_000;

/// Why numbers are voided.
const ELSEWHERE: &str = "drawn after the backup, before the restore";

impl Station {
    /// Confirms every register that was ever drawn from, voids what was drawn since the backup, and lets the station work again: one transaction.
    pub(super) async fn resume_after_restore(
        &self,
        numbers: &BTreeMap<String, u64>,
        who: String,
        why: String,
    ) -> Result<Vec<Id>, Why> {
        let small = self.core.journal.small();
        if small.restored.is_none() {
            return Err(Why::code("not-restored"));
        }
        let mut drafts = confirmed(&self.registers(&small.registers), numbers)?;
        drafts.push(Event::Station { what: StationEvent::ResumedAfterRestore { who, why } }.into());
        self.draft(drafts).await?;
        // Claims that the station which was backed up left: they were not to be touched while it might still run.
        if let Err(error) = self.intake.recover().await {
            self.core.report(error.code(), &error);
        }
        Ok(Vec::new())
    }

    fn registers(&self, drawn: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
        let setup = &self.core.setup;
        restored::registers(&setup.settings, setup.lanes.values().map(|connection| &connection.profile), drawn)
    }
}

/// The voids that follow from the confirmed numbers. Every register known must be there, no other, none below what is known.
fn confirmed(known: &BTreeMap<String, u64>, numbers: &BTreeMap<String, u64>) -> Result<Vec<Draft>, Why> {
    if let Some(unknown) = numbers.keys().find(|register| !known.contains_key(*register)) {
        return Err(Why::with("register-unknown", unknown));
    }
    let missing: Vec<&str> = known.keys().filter(|name| !numbers.contains_key(*name)).map(String::as_str).collect();
    if !missing.is_empty() {
        return Err(Why::with("register-unconfirmed", missing.join(", ")));
    }
    let mut drafts = Vec::new();
    for (register, last) in numbers {
        let drawn = known[register];
        match last.checked_sub(drawn) {
            None => return Err(Why::with("register-goes-back", format!("{register} : {last} < {drawn}"))),
            Some(0) => {}
            Some(gap) if gap > FURTHEST => {
                return Err(Why::with("register-leaps", format!("{register} : {drawn} → {last}")));
            }
            Some(_) => drafts.push(Draft::Event(Event::Voids {
                register: register.clone(),
                first: drawn + 1,
                last: *last,
                why: ELSEWHERE.to_owned(),
            })),
        }
    }
    Ok(drafts)
}
