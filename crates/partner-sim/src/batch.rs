//! The batch behind a server, which loses files whose transfers come too close together (xfb-gateway 6.1, aireppnet 1.3).

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The rule, shared by all accounts.
pub(crate) struct Batch {
    delay: Duration,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    active: u32,
    last_end: Option<Instant>,
}

impl Batch {
    pub(crate) fn new(delay: Duration) -> Arc<Self> {
        Arc::new(Self { delay, seen: Mutex::default() })
    }

    /// An upload begins.
    pub(crate) fn begin(self: &Arc<Self>) -> Attempt {
        self.begin_at(Instant::now())
    }

    fn begin_at(self: &Arc<Self>, now: Instant) -> Attempt {
        let mut seen = self.lock();
        let recent = seen.last_end.is_some_and(|end| now.saturating_duration_since(end) < self.delay);
        let too_close = !self.delay.is_zero() && (seen.active > 0 || recent);
        seen.active += 1;
        drop(seen);
        Attempt { batch: Arc::clone(self), touched: now, open: true, too_close }
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One upload. It ends when its answer is about to leave, or with the last byte that came from a client that went away: never later than the client's
/// own idea of its end, so that a client that keeps the delay is never punished.
pub(crate) struct Attempt {
    batch: Arc<Batch>,
    touched: Instant,
    open: bool,
    too_close: bool,
}

impl Attempt {
    /// Bytes came.
    pub(crate) fn touch(&mut self) {
        self.touched = Instant::now();
    }

    /// The file is to be lost.
    pub(crate) const fn too_close(&self) -> bool {
        self.too_close
    }

    /// The attempt is over.
    pub(crate) fn end(&mut self) {
        if std::mem::take(&mut self.open) {
            let mut seen = self.batch.lock();
            seen.active -= 1;
            seen.last_end = seen.last_end.max(Some(self.touched));
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Batch;

    const DELAY: Duration = Duration::from_secs(30);

    #[test]
    fn the_gap_counts_from_the_end() {
        let batch = Batch::new(DELAY);
        let start = Instant::now();
        let mut first = batch.begin_at(start);
        first.touched = start + DELAY;
        first.end();
        assert!(!first.too_close());
        assert!(batch.begin_at(start + DELAY * 2 - Duration::from_millis(1)).too_close());

        let batch = Batch::new(DELAY);
        let mut first = batch.begin_at(start);
        first.touched = start + DELAY;
        first.end();
        assert!(!batch.begin_at(start + DELAY * 2).too_close());
    }

    #[test]
    fn two_at_once_are_too_close() {
        let batch = Batch::new(DELAY);
        let first = batch.begin();
        assert!(batch.begin().too_close());
        assert!(!first.too_close());
    }

    #[test]
    fn zero_switches_the_rule_off() {
        let batch = Batch::new(Duration::ZERO);
        let _first = batch.begin();
        assert!(!batch.begin().too_close());
    }
}
