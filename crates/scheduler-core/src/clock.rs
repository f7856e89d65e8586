//! The one source of «now» for the driving rooms; pure rooms take the instant as an argument.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::platform::Moment;

/// Tells the time and waits.
#[derive(Clone, Debug)]
pub struct Clock {
    start: Instant,
    /// The wall clock follows tokio's clock, which tests pause and advance, from this instant on; `None` = the machine's.
    origin: Option<Timestamp>,
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
        Self { start: Instant::now(), origin: Some(origin) }
    }

    /// The present instant, cut to the microsecond as the journal stores it.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    pub fn now(&self) -> Timestamp {
        let now = match self.origin {
            None => Timestamp::now(),
            Some(origin) => {
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
