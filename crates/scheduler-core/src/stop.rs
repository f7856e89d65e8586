//! The operator's stop request, in two strengths.

use tokio::sync::watch;

/// How strongly the operator asks to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StopLevel {
    /// Not at all.
    Run,
    /// Finish the file in hand and close the session.
    Finish,
    /// Stop now; the next start recovers.
    Now,
}

/// Asks for a stop; kept by whoever hears the signals.
#[derive(Clone, Debug)]
pub struct Stopper(watch::Sender<StopLevel>);

/// Hears of a stop. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<StopLevel>);

impl Default for Stopper {
    fn default() -> Self {
        Self(watch::Sender::new(StopLevel::Run))
    }
}

impl Stopper {
    /// One step stronger: nothing → finish → now. Tells the new level.
    pub fn press(&self) -> StopLevel {
        self.0.send_modify(|level| {
            *level = if *level == StopLevel::Run { StopLevel::Finish } else { StopLevel::Now };
        });
        *self.0.borrow()
    }

    /// What the station listens to.
    #[must_use]
    pub fn listener(&self) -> Stop {
        Stop(self.0.subscribe())
    }
}

impl Stop {
    /// The present level.
    #[must_use]
    pub fn level(&self) -> StopLevel {
        *self.0.borrow()
    }

    /// No new file should begin.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.level() >= StopLevel::Finish
    }

    /// Nothing should go on.
    #[must_use]
    pub fn is_now(&self) -> bool {
        self.level() == StopLevel::Now
    }

    /// Returns once the level is reached; never when nobody can ask any more.
    pub async fn reached(&self, level: StopLevel) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|now| *now >= level).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
