//! Notices that matched nothing, so that they are not looked at again in vain.

use std::collections::{HashMap, HashSet};

use crate::consignment::Lane;
use crate::notice::Evidence;

/// What the last look at the kept notices left: so that one which matches nothing is not looked at again before a file of its name, or
/// another notice, may change that. Lives with the process: a start looks at all.
#[derive(Debug, Default)]
pub(crate) struct Unmatched {
    /// Keys of notices, by the name of the file that they are about.
    keys: HashMap<String, HashSet<String>>,
    /// Nothing happened since a look that ended.
    settled: bool,
    /// How often something happened: what was judged before the last time is not to be remembered.
    stirs: u64,
    /// What partners told and a disk that refuses could not keep yet.
    told: Vec<(Lane, Evidence)>,
}

impl Unmatched {
    pub(crate) fn holds(&self, evidence: &Evidence) -> bool {
        let keys = evidence.about.get("name").and_then(|name| self.keys.get(name));
        keys.is_some_and(|keys| keys.contains(&evidence.key))
    }

    pub(crate) fn note(&mut self, evidence: &Evidence, stirs: u64) {
        if let Some(name) = evidence.about.get("name").filter(|_| self.stirs == stirs) {
            self.keys.entry(name.clone()).or_default().insert(evidence.key.clone());
        }
    }

    /// A file of this name may have become what a notice is about.
    pub(crate) fn stir(&mut self, name: &str) {
        self.keys.remove(name);
        self.settled = false;
        self.stirs += 1;
    }

    /// Something happened that may match what did not.
    pub(crate) fn look_again(&mut self) {
        self.settled = false;
    }

    /// Begins a look; returns whether nothing happened since the last.
    pub(crate) fn settle(&mut self) -> bool {
        std::mem::replace(&mut self.settled, true)
    }

    /// A partner told these; it does not say them twice.
    pub(crate) fn tell(&mut self, lane: &Lane, found: Vec<Evidence>) {
        self.told.extend(found.into_iter().map(|evidence| (lane.clone(), evidence)));
    }

    /// Takes what is to be kept, in the order in which it was told.
    pub(crate) fn told(&mut self) -> Vec<(Lane, Evidence)> {
        std::mem::take(&mut self.told)
    }

    /// It could not be kept.
    pub(crate) fn untold(&mut self, mut told: Vec<(Lane, Evidence)>) {
        told.append(&mut self.told);
        self.told = told;
    }

    /// What [`note`](Self::note) wants back, taken before a notice is judged.
    pub(crate) const fn stirs(&self) -> u64 {
        self.stirs
    }
}
