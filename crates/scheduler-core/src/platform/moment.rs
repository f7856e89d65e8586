//! An instant, on two clocks.

use std::time::Duration;

use jiff::Timestamp;

/// An instant on both clocks of a process.
///
/// The wall clock is what operators read and what survives a restart, but somebody may set it. The steady clock
/// cannot be set, and means nothing outside the process: gaps inside a process are measured on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The wall clock.
    pub wall: Timestamp,
    /// Time since some instant fixed for the life of the process.
    pub steady: Duration,
}

/// `at`, later by `by`; the end of time when there is no such timestamp.
#[must_use]
pub fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_time_is_not_passed() {
        assert_eq!(later(Timestamp::UNIX_EPOCH, Duration::MAX), Timestamp::MAX);
        assert_eq!(later(Timestamp::UNIX_EPOCH, Duration::from_secs(2)).as_second(), 2);
    }
}
