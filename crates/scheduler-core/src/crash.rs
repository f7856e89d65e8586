//! The durable transitions at which a crash sweep kills the process: one list, so that none is forgotten.

/// A place between two durable steps. The process may die at any of them and nothing is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CrashPoint {
    /// A file was renamed into the claim folder.
    Claimed,
    /// Its bytes are in the store, not synchronised.
    Secured,
    /// Bytes and folders are synchronised, the journal does not know.
    Synchronised,
    /// The operator's backup was written, the journal does not know.
    BackedUp,
    /// The acceptance is committed, the claim still stands.
    Accepted,
    /// The claim is gone.
    Released,
    /// A session is open, nothing intended.
    Connected,
    /// The intent is committed, no byte left.
    Intended,
    /// The last bytes are about to be allowed out; `Committing` is not committed.
    BeforeCommitting,
    /// `Committing` is committed, the last bytes are still here.
    Committing,
    /// The partner answered, the outcome is not committed.
    Answered,
    /// The outcome is committed.
    Settled,
    /// The second copy of a received file stands; the journal does not know.
    SentCopied,
    /// A read is committed, not asked for.
    Collecting,
    /// The bytes of a return were read, not synchronised.
    Collected,
    /// They are synchronised under their final store name; the journal does not know.
    CollectedDurably,
    /// `Stored` is committed.
    Stored,
    /// The return stands in the operator's folder; the journal does not know.
    BeforePublished,
    /// `Published` is committed.
    Published,
    /// The session is closed.
    Closed,
}

impl CrashPoint {
    /// Every crash point.
    pub const ALL: [Self; 20] = [
        Self::Claimed,
        Self::Secured,
        Self::Synchronised,
        Self::BackedUp,
        Self::Accepted,
        Self::Released,
        Self::Connected,
        Self::Intended,
        Self::BeforeCommitting,
        Self::Committing,
        Self::Answered,
        Self::Settled,
        Self::SentCopied,
        Self::Collecting,
        Self::Collected,
        Self::CollectedDurably,
        Self::Stored,
        Self::BeforePublished,
        Self::Published,
        Self::Closed,
    ];

    /// Its name, as given to `TASKCTL_CRASH_AT`.
    #[must_use]
    pub fn name(self) -> String {
        format!("{self:?}")
    }

    /// Passes the point. With the feature `crash-points`, and `TASKCTL_CRASH_AT=Name:n` in the environment, the n-th
    /// passage kills the process as SIGKILL would; otherwise nothing happens.
    #[inline]
    pub fn pass(self) {
        #[cfg(feature = "crash-points")]
        armed::pass(self);
    }
}

#[cfg(feature = "crash-points")]
mod armed {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::CrashPoint;

    static PLAN: OnceLock<Option<(String, AtomicU64)>> = OnceLock::new();

    fn read() -> Option<(String, AtomicU64)> {
        let text = std::env::var("TASKCTL_CRASH_AT").ok()?;
        let (name, count) = text.split_once(':').unwrap_or((&text, "1"));
        Some((name.to_owned(), AtomicU64::new(count.parse().ok()?)))
    }

    pub(super) fn pass(point: CrashPoint) {
        let Some((name, left)) = PLAN.get_or_init(read) else { return };
        if *name == point.name() && left.fetch_sub(1, Ordering::SeqCst) == 1 {
            let own = rustix::process::getpid();
            let _ = rustix::process::kill_process(own, rustix::process::Signal::KILL);
        }
    }
}
