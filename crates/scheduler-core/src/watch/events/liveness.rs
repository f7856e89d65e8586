//! Whether a folder's events come.

use std::io;
use std::time::Duration;

/// Time between two probes of a folder.
pub(super) const PROBE_EVERY: Duration = Duration::from_secs(10);

/// How soon an arrival in a folder is noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Liveness {
    /// At once: the last probe's event came.
    Events,
    /// At the next periodic scan.
    Polling(Polling),
}

/// Why a folder's events are not relied upon. Those that come are wake-ups all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Polling {
    /// It is on a network file system: what other machines do there makes no event here.
    NetworkFileSystem(&'static str),
    /// The system refuses to watch it; its words.
    Refused(String),
    /// The probe could not be made; the system's words.
    NoProbe(String),
    /// The event of the last probe has not come yet, nor did one before.
    Unproven,
    /// The event of the last probe did not come in time.
    Silent,
    /// The thread that receives events ended.
    WatcherDied,
}

impl Polling {
    /// Stable, in kebab case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NetworkFileSystem(_) => "watch-network-file-system",
            Self::Refused(_) => "watch-refused",
            Self::NoProbe(_) => "watch-no-probe",
            Self::Unproven => "watch-unproven",
            Self::Silent => "watch-silent",
            Self::WatcherDied => "watch-thread-died",
        }
    }

    /// The system's words, or the file system's name.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::NetworkFileSystem(name) => Some(name),
            Self::Refused(words) | Self::NoProbe(words) => Some(words),
            Self::Unproven | Self::Silent | Self::WatcherDied => None,
        }
    }
}

/// What the probes of one folder have shown.
#[derive(Debug, Default)]
pub(super) struct Proof {
    network: Option<&'static str>,
    /// `None` before the first try.
    watched: Option<Result<(), String>>,
    /// When the last probe was tried.
    tried: Option<Duration>,
    /// When the last probe was made, or why it could not be.
    probe: Option<Result<Duration, String>>,
    /// The probe before the last was answered.
    proven: bool,
}

impl Proof {
    /// Whether a new probe is due: the last one is old enough to be answered, or to be given up.
    pub(super) fn is_due(&self, now: Duration) -> bool {
        self.tried.is_none_or(|tried| now.saturating_sub(tried) >= PROBE_EVERY)
    }

    /// Whether the folder is to be watched, again if it was: not yet, in vain, or the last probe was not `answered`.
    pub(super) fn wants_watch(&self, answered: bool) -> bool {
        !matches!(self.watched, Some(Ok(()))) || !answered
    }

    pub(super) fn watched(&mut self, result: Result<(), String>) {
        self.watched = Some(result);
    }

    pub(super) fn remote(&mut self, network: Option<&'static str>) {
        self.network = network;
    }

    /// A probe was made at `now`; `answered` is about the one before.
    pub(super) fn probed(&mut self, now: Duration, answered: bool, made: io::Result<()>) {
        self.tried = Some(now);
        self.proven = answered;
        self.probe = Some(made.map(|()| now).map_err(|error| error.to_string()));
    }

    pub(super) fn liveness(&self, answered: bool, patience: Duration, now: Duration) -> Liveness {
        let polling = match (&self.watched, &self.probe) {
            (Some(Err(words)), _) => Polling::Refused(words.clone()),
            _ if self.network.is_some() => Polling::NetworkFileSystem(self.network.unwrap_or_default()),
            (_, Some(Err(words))) => Polling::NoProbe(words.clone()),
            (Some(Ok(())), Some(Ok(_))) if answered => return Liveness::Events,
            (Some(Ok(())), Some(Ok(made))) if now.saturating_sub(*made) >= patience => Polling::Silent,
            (Some(Ok(())), Some(Ok(_))) if self.proven => return Liveness::Events,
            _ => Polling::Unproven,
        };
        Liveness::Polling(polling)
    }
}
