//! The silence after a failure: longer after each, never shorter than the partner asks.

use std::time::Duration;

use jiff::Timestamp;

use crate::id::Id;
use crate::platform::later;

/// A partner's hint is not believed further than that.
const LONGEST_HINT: Duration = Duration::from_secs(24 * 3600);

/// Exponential back-off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Silence after the first failure; doubled at each further one.
    pub first: Duration,
    /// Longest silence of ours.
    pub max: Duration,
}

/// When to try again, and why not before.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Next {
    /// Not before.
    pub at: Timestamp,
    /// What made it so.
    pub reasons: Vec<Reason>,
}

/// Why a retry waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// So many attempts failed: that much silence.
    Backoff {
        /// Attempts made.
        attempts: u32,
        /// The silence, spread included.
        silence: Duration,
    },
    /// The partner asked to be left alone until then.
    Hint {
        /// Its time.
        until: Timestamp,
    },
    /// The partner asked for more than a day; a day is waited.
    HintTooFar {
        /// Its time.
        until: Timestamp,
    },
}

impl Reason {
    /// Stable, in kebab case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Backoff { .. } => "retry-backoff",
            Self::Hint { .. } => "retry-hint",
            Self::HintTooFar { .. } => "retry-hint-too-far",
        }
    }
}

impl Retry {
    /// When to try `id` again after `attempts` failed ones, the last at `now`.
    ///
    /// `first`, doubled at each failure, at most `max`; a tenth of it at most is taken off, always the same for the same file and attempt, so
    /// that files that failed together do not come back together. The partner's `hint` is a minimum, bounded at 24 h.
    pub fn next(&self, attempts: u32, id: Id, hint: Option<Timestamp>, now: Timestamp) -> Next {
        let silence = self.silence(attempts, id);
        let ours = later(now, silence);
        let mut reasons = vec![Reason::Backoff { attempts, silence }];
        let Some(until) = hint.filter(|hint| *hint > ours) else {
            return Next { at: ours, reasons };
        };
        let bound = later(now, LONGEST_HINT).max(ours);
        reasons.push(if until > bound { Reason::HintTooFar { until } } else { Reason::Hint { until } });
        Next { at: until.min(bound), reasons }
    }

    fn silence(&self, attempts: u32, id: Id) -> Duration {
        let doubled = 2_u32.checked_pow(attempts.saturating_sub(1)).and_then(|factor| self.first.checked_mul(factor));
        let whole = doubled.unwrap_or(self.max).min(self.max);
        whole.saturating_sub(whole / 10 / 256 * u32::from(spread(id, attempts)))
    }
}

/// A byte that looks random and is always the same for the same file and attempt (the mix of SplitMix64).
fn spread(id: Id, attempts: u32) -> u8 {
    let mut mixed = id.as_i64().cast_unsigned().wrapping_add(u64::from(attempts).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)).to_be_bytes()[0]
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    const RETRY: Retry = Retry { first: Duration::from_secs(60), max: Duration::from_secs(3600) };

    fn now() -> Timestamp {
        "2026-11-22T08:00:00Z".parse().unwrap()
    }

    fn id(number: i64) -> Id {
        Id::from_i64(number).unwrap()
    }

    fn left(next: Timestamp, now: Timestamp) -> Duration {
        next.duration_since(now).try_into().unwrap()
    }

    fn silence(attempts: u32, hint: Option<Timestamp>) -> Duration {
        left(RETRY.next(attempts, id(7), hint, now()).at, now())
    }

    #[test]
    fn silence_doubles_up_to_its_limit() {
        for (attempts, seconds) in
            [(0, 60), (1, 60), (2, 120), (3, 240), (6, 1920), (7, 3600), (40, 3600), (u32::MAX, 3600)]
        {
            let whole = Duration::from_secs(seconds);
            let silence = silence(attempts, None);
            assert!(silence <= whole && silence >= whole * 9 / 10, "{attempts}: {silence:?}");
        }
    }

    #[test]
    fn the_partners_hint_is_a_minimum() {
        let hint = |seconds| later(now(), Duration::from_secs(seconds));
        assert_eq!(silence(1, Some(hint(900))), Duration::from_secs(900));
        assert_eq!(silence(1, Some(hint(1))), silence(1, None));
        assert_eq!(silence(1, Some(Timestamp::MIN)), silence(1, None));
        assert_eq!(silence(1, Some(hint(24 * 3600))), LONGEST_HINT);
        let codes = |next: &Next| next.reasons.iter().map(|reason| reason.code()).collect::<Vec<_>>();
        assert_eq!(codes(&RETRY.next(1, id(7), Some(hint(900)), now())), ["retry-backoff", "retry-hint"]);
        assert_eq!(codes(&RETRY.next(1, id(7), Some(hint(1)), now())), ["retry-backoff"]);
        assert_eq!(codes(&RETRY.next(1, id(7), Some(hint(86_401)), now())), ["retry-backoff", "retry-hint-too-far"]);
    }

    #[test]
    fn files_that_failed_together_come_back_apart_and_always_alike() {
        let mut times = (0..100).map(|n| RETRY.next(7, id(n), None, now()).at).collect::<Vec<_>>();
        assert_eq!(times[3], RETRY.next(7, id(3), None, now()).at);
        times.sort_unstable();
        times.dedup();
        assert!(times.len() > 50, "{}", times.len());
    }

    proptest! {
        #[test]
        fn never_before_the_hint_nor_after_every_limit(
            attempts in any::<u32>(), number in 0..i64::MAX, hint in prop::option::of(-100_000_i64..200_000),
            first in 0_u64..10_000, max in 0_u64..100_000,
        ) {
            let retry = Retry { first: Duration::from_secs(first), max: Duration::from_secs(max) };
            let hint = hint.map(|seconds| now() + SignedDuration::from_secs(seconds));
            let next = retry.next(attempts, id(number), hint, now());
            prop_assert!(next.at >= now());
            prop_assert!(left(next.at, now()) <= retry.max.max(LONGEST_HINT));
            prop_assert!(hint.is_none_or(|hint| next.at >= hint.min(later(now(), LONGEST_HINT))));
            let silence = retry.silence(attempts, id(number));
            prop_assert!(silence <= retry.max);
            prop_assert!(silence >= retry.first.min(retry.max) * 8 / 10);
        }
    }
}
