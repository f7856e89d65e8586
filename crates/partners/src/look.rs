//! Looks that may take long, in the background: whoever asks waits a little, and learns what is known so far.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use pecoto_smtp::mailbox::MailboxError;
use scheduler_core::partner::{Again, Fault};

/// How long whoever asks waits for a look; a slower one goes on by itself and tells what it found the next time.
const PATIENCE: Duration = Duration::from_secs(5);

/// The longest silence after looks that failed.
const LONGEST_REST: Duration = Duration::from_secs(3600);

/// One look at a time, not more often than wished; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Background {
    /// The code of a look that broke: a defect.
    broken: &'static str,
    /// From one look to the next; longer after failures.
    every: Duration,
    patience: Duration,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// A look is under way.
    busy: bool,
    /// The last one took too long: nobody waits for the next.
    slow: bool,
    failures: u32,
    /// No look before.
    next: Option<Instant>,
    trouble: Option<Fault>,
}

/// The look is over, however it ends.
struct Busy(Background);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.lock().busy = false;
    }
}

impl Background {
    pub(crate) fn new(broken: &'static str, every: Duration) -> Self {
        Self { broken, every, patience: PATIENCE, state: Arc::default() }
    }

    /// Looks if it is time to. Waits a few seconds at most: a dead server holds nobody up. What is wrong is told each time until a look goes well;
    /// what only an operator can mend is told once, and the next who asks has it looked at again.
    pub(crate) async fn ask(
        &self,
        now: Instant,
        look: impl Future<Output = Result<(), Fault>> + Send + 'static,
    ) -> Option<Fault> {
        let Some(patience) = self.begin(now) else { return self.tell() };
        let (this, busy) = (self.clone(), Busy(self.clone()));
        let mut look = tokio::spawn(async move {
            let looked = look.await;
            this.end(looked, now);
            drop(busy);
        });
        match tokio::time::timeout(patience, &mut look).await {
            Ok(Err(error)) => self.end(Err(Fault::session(self.broken, error.to_string())), now),
            Ok(Ok(())) => {}
            Err(_) => self.lock().slow = true,
        }
        self.tell()
    }

    /// It could not be told after all.
    pub(crate) fn put_back(&self, trouble: Fault) {
        self.lock().trouble.get_or_insert(trouble);
    }

    /// How long to wait for the look that is to be made now; `None` when none is.
    fn begin(&self, now: Instant) -> Option<Duration> {
        let mut state = self.lock();
        let untold = state.trouble.as_ref().is_some_and(|fault| fault.again == Again::AfterOperator);
        if state.busy || untold || state.next.is_some_and(|next| now < next) {
            return None;
        }
        state.busy = true;
        Some(if state.slow { Duration::ZERO } else { self.patience })
    }

    fn end(&self, looked: Result<(), Fault>, begun: Instant) {
        let mut state = self.lock();
        state.trouble = looked.err();
        match state.trouble {
            Some(_) => state.failures = state.failures.saturating_add(1),
            None => (state.slow, state.failures) = (false, 0),
        }
        state.next = Some(begun + rest(self.every, state.failures));
    }

    fn tell(&self) -> Option<Fault> {
        let mut state = self.lock();
        if state.trouble.as_ref().is_some_and(|fault| fault.again == Again::AfterOperator) {
            state.next = None;
            return state.trouble.take();
        }
        state.trouble.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Twice as long after each failure in a row, up to an hour.
fn rest(every: Duration, failures: u32) -> Duration {
    every.saturating_mul(2_u32.saturating_pow(failures)).min(LONGEST_REST.max(every))
}

/// A refused password waits for an operator: to try it again may lock the account. Everything else passes, or is seen again.
pub(crate) fn failed(error: &MailboxError, fault: Fault) -> Fault {
    match error {
        MailboxError::LogInRefused { .. } => fault.again(Again::AfterOperator),
        _ => fault,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    /// A look that counts itself and ends so.
    fn look(
        count: &Arc<AtomicUsize>,
        end: Result<(), Fault>,
    ) -> impl Future<Output = Result<(), Fault>> + Send + 'static {
        let count = Arc::clone(count);
        async move {
            count.fetch_add(1, Ordering::SeqCst);
            end
        }
    }

    fn trouble() -> Fault {
        Fault::session("lost", None)
    }

    #[tokio::test]
    async fn a_look_a_period_and_rarer_after_failures() {
        let (background, count) = (Background::new("broken", 2 * MINUTE), Arc::new(AtomicUsize::new(0)));
        let begun = Instant::now();
        let mut told = Vec::new();
        let ends = [Err(trouble()), Ok(()), Ok(()), Ok(()), Ok(()), Ok(())];
        for (minutes, end) in [0, 0, 3, 4, 5, 6].into_iter().zip(ends) {
            let fault = background.ask(begun + minutes * MINUTE, look(&count, end)).await;
            told.push((count.load(Ordering::SeqCst), fault.is_some()));
        }
        // Four minutes after a failure, two after a success.
        assert_eq!(told, [(1, true), (1, true), (1, true), (2, false), (2, false), (3, false)]);
    }

    #[tokio::test]
    async fn nobody_waits_for_a_dead_server() {
        let patience = Duration::from_millis(1);
        let background = Background { patience, ..Background::new("broken", Duration::ZERO) };
        let now = Instant::now();
        assert_eq!(background.ask(now, std::future::pending()).await, None);
        let count = Arc::default();
        assert_eq!(background.ask(now, look(&count, Ok(()))).await, None);
        assert_eq!(count.load(Ordering::SeqCst), 0, "the first look is still under way");
    }

    #[tokio::test]
    async fn a_refused_password_is_told_once_and_not_tried_before() {
        let (background, count) = (Background::new("broken", MINUTE), Arc::new(AtomicUsize::new(0)));
        let (now, refused) = (Instant::now(), trouble().again(Again::AfterOperator));
        let told = background.ask(now, look(&count, Err(refused.clone()))).await.unwrap();
        assert_eq!(told, refused);
        background.put_back(told);
        assert_eq!(background.ask(now, look(&count, Ok(()))).await, Some(refused));
        assert_eq!(count.load(Ordering::SeqCst), 1);
        assert_eq!(background.ask(now, look(&count, Ok(()))).await, None, "whoever asks now has a reason to");
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_look_that_breaks_is_told_and_the_next_is_made() {
        let (background, now) = (Background::new("broken", Duration::ZERO), Instant::now());
        let told = background.ask(now, async { panic!("a defect") }).await.unwrap();
        assert_eq!(told.code, "broken");
        assert_eq!(background.ask(now, async { Ok(()) }).await, None);
    }

    #[test]
    fn rests_grow_up_to_an_hour() {
        let rests = [0, 1, 2, 5, 40].map(|failures| rest(2 * MINUTE, failures).as_secs() / 60);
        assert_eq!(rests, [2, 4, 8, 60, 60]);
        assert_eq!(rest(100 * MINUTE, 3), 100 * MINUTE);
        assert_eq!(rest(Duration::ZERO, 9), Duration::ZERO);
    }
}
