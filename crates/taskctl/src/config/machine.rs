//! What `check` asks of the machine; tests ask another.

use std::path::Path;

use jiff::Timestamp;
use scheduler_core::platform;

/// A machine to look at. `None` everywhere: it cannot tell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Machine {
    /// Bytes that may still be written on the volume of an existing path.
    pub(crate) space: fn(&Path) -> Option<u64>,
    /// The network file system that holds an existing path; `None` also when it is local.
    pub(crate) network: fn(&Path) -> Option<&'static str>,
    /// The volume of an existing path.
    pub(crate) volume: fn(&Path) -> Option<u64>,
    /// The clock.
    pub(crate) now: fn() -> Timestamp,
}

impl Machine {
    /// The one this runs on.
    pub(crate) const THIS: Self = Self {
        space: |path| platform::available_space(path).ok(),
        network: |path| platform::is_network_filesystem(path).ok().flatten(),
        volume,
        now: Timestamp::now,
    };
}

#[cfg(unix)]
fn volume(path: &Path) -> Option<u64> {
    path.metadata().ok().map(|metadata| std::os::unix::fs::MetadataExt::dev(&metadata))
}

#[cfg(not(unix))]
fn volume(_: &Path) -> Option<u64> {
    None
}
