//! The one source of «now» for the driving rooms; pure rooms take the instant as an argument.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::platform::Moment;

/// Tells the time and waits.
#[derive(Clone, Debug)]
pub struct Clock {
    start: Instant,
    /// The wall clock follows tokio's clock, which tests pause and advance, from this instant on; `None` = the machine's.
    origin: Option<Arc<Mutex<Timestamp>>>,
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self { start: Instant::now(), origin: None }
    }

    /// A clock that shows `origin` now and follows tokio's (paused in tests).
    #[must_use]
    pub fn starting_at(origin: Timestamp) -> Self {
        Self { start: Instant::now(), origin: Some(Arc::new(Mutex::new(origin))) }
    }

    /// Sets a clock that was made by [`Self::starting_at`], with all its copies, forward or back, as an operator may set the machine's.
    #[cfg(any(test, feature = "test-support"))]
    pub fn set(&self, wall: Timestamp) {
        if let Some(origin) = &self.origin {
            let passed = wall.duration_since(self.now());
            let mut origin = origin.lock().unwrap_or_else(PoisonError::into_inner);
            *origin = origin.checked_add(passed).unwrap_or(*origin);
        }
    }

    /// The present instant, cut to the microsecond as the journal stores it.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    pub fn now(&self) -> Timestamp {
        let now = match &self.origin {
            None => Timestamp::now(),
            Some(origin) => {
                let origin = *origin.lock().unwrap_or_else(PoisonError::into_inner);
                let passed = SignedDuration::try_from(self.start.elapsed()).unwrap_or(SignedDuration::MAX);
                origin.checked_add(passed).unwrap_or(Timestamp::MAX)
            }
        };
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    /// The present instant on the wall clock and on one that nobody can set.
    #[must_use]
    pub fn moment(&self) -> Moment {
        Moment { wall: self.now(), steady: self.start.elapsed() }
    }

    /// Waits for that long, whatever happens to the wall clock.
    pub async fn sleep(&self, left: Duration) {
        tokio::time::sleep(left).await;
    }

    /// Waits until `until`; returns at once when it has passed.
    pub async fn sleep_until(&self, until: Timestamp) {
        let left = until.duration_since(self.now());
        if let Ok(left) = Duration::try_from(left) {
            tokio::time::sleep(left).await;
        }
    }
}
