//! What a station runs with: settings, scenarios, and each lane's profile with its channel and partner.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::consignment::Lane;
use crate::partner::{Channel, FieldProblem, Partner};
use crate::scenario::{Profile, Scenario, Settings};

/// A lane, ready to be used.
#[derive(Clone)]
pub struct Connection {
    /// The profile as configured.
    pub profile: Profile,
    /// Its channel.
    pub channel: &'static dyn Channel,
    /// Its end point.
    pub partner: Arc<dyn Partner>,
}

impl Connection {
    /// Builds the partner that a profile describes.
    ///
    /// # Errors
    ///
    /// Every field that the channel cannot use.
    pub fn build(profile: Profile, channel: &'static dyn Channel) -> Result<Self, Vec<FieldProblem>> {
        let partner = channel.build(&profile)?;
        Ok(Self { profile, channel, partner })
    }

    /// Gap before an upload.
    #[must_use]
    pub fn delay_up(&self) -> Duration {
        self.profile.delay_up.unwrap_or_else(|| self.channel.capabilities().delay_up)
    }

    /// Gap before a download.
    #[must_use]
    pub fn delay_down(&self) -> Duration {
        self.profile.delay_down.unwrap_or_else(|| self.channel.capabilities().delay_down)
    }

    /// Bytes that a file may have: the least of what the channel and the end point say.
    #[must_use]
    pub fn max_size(&self) -> Option<u64> {
        [self.channel.capabilities().max_size, self.partner.max_size()].into_iter().flatten().min()
    }

    /// Name and address to call, in one line.
    #[must_use]
    pub fn contact(&self) -> Option<String> {
        self.profile.contact.as_ref().map(|contact| format!("{}, {}", contact.name, contact.address))
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("profile", &self.profile).finish_non_exhaustive()
    }
}

/// What a station runs with. Checked: every scenario's lane exists.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The station.
    pub settings: Settings,
    /// Scenarios, in the order of the configuration: the first that matches a file takes it.
    pub scenarios: Vec<Scenario>,
    /// By lane.
    pub lanes: BTreeMap<Lane, Connection>,
}

impl Setup {
    /// The scenario of that name.
    #[must_use]
    pub fn scenario(&self, name: &str) -> Option<&Scenario> {
        self.scenarios.iter().find(|scenario| scenario.name == name)
    }

    /// Scenarios of a lane whose files must not pass one another.
    pub(crate) fn ordered(&self, lane: &Lane) -> Vec<String> {
        let ordered = self.scenarios.iter().filter(|scenario| scenario.ordered && scenario.lane == *lane);
        ordered.map(|scenario| scenario.name.clone()).collect()
    }

    /// Folders that are watched, each once.
    pub(crate) fn folders(&self) -> Vec<PathBuf> {
        let mut folders: Vec<_> = self.scenarios.iter().map(|scenario| scenario.folder.clone()).collect();
        folders.sort();
        folders.dedup();
        folders
    }
}
