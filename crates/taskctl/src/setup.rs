//! From a checked configuration to what a station runs with.

use scheduler_core::clock::Clock;
use scheduler_core::journal::Durability;
use scheduler_core::partner::{Channel, FieldProblem};
use scheduler_core::setup::{Connection, Setup};
use scheduler_core::station::Options;
use scheduler_core::stop::Stop;
use scheduler_core::store::Way;

use crate::catalogue::{self, Language};
use crate::config::Loaded;

/// Builds every partner that the profiles describe; a profile whose channel is not among `channels` is left out, which the configuration's check has excluded.
///
/// # Errors
///
/// Every field that a channel cannot use.
pub fn setup(loaded: &Loaded, channels: &'static [&'static dyn Channel]) -> Result<Setup, Vec<FieldProblem>> {
    let mut lanes = std::collections::BTreeMap::new();
    for profile in &loaded.profiles {
        if let Some(channel) = channels.iter().find(|channel| channel.kind() == profile.channel) {
            lanes.insert(profile.lane.clone(), Connection::build(profile.clone(), *channel)?);
        }
    }
    Ok(Setup { settings: loaded.settings.clone(), scenarios: loaded.scenarios.clone(), lanes })
}

/// The same for commands that only read: a lane whose partner cannot be built, for want of its secrets, is left out.
#[must_use]
pub fn readable(loaded: &Loaded, channels: &'static [&'static dyn Channel]) -> Setup {
    let connection = |profile: &scheduler_core::scenario::Profile| {
        let channel = channels.iter().find(|channel| channel.kind() == profile.channel)?;
        Some((profile.lane.clone(), Connection::build(profile.clone(), *channel).ok()?))
    };
    let lanes = loaded.profiles.iter().filter_map(connection).collect();
    Setup { settings: loaded.settings.clone(), scenarios: loaded.scenarios.clone(), lanes }
}

/// How a station of this program runs: the machine's clock, full durability, traces in the station's language.
#[must_use]
pub fn options(language: Language, stop: Stop) -> Options {
    Options {
        phrases: catalogue::phrases(language),
        clock: Clock::system(),
        stop,
        durability: Durability::Full,
        way: Way::default(),
    }
}
