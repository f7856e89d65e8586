//! Ctrl-C and SIGTERM: once to finish the file in hand, twice to stop now.

use std::io;

use scheduler_core::stop::{Stop, StopLevel, Stopper};
use tokio::task::JoinHandle;

use crate::catalogue::Language;
use crate::output::complain;

/// Hears the signals for as long as it lives.
#[derive(Debug)]
pub struct Signals {
    stopper: Stopper,
    ear: JoinHandle<()>,
}

impl Signals {
    /// Begins to listen.
    ///
    /// # Errors
    ///
    /// When the system refuses.
    pub fn listen(language: Language) -> io::Result<Self> {
        let stopper = Stopper::default();
        let (ears, press) = (Ears::open()?, stopper.clone());
        let ear = tokio::spawn(async move {
            let mut ears = ears;
            loop {
                ears.heard().await;
                complain(match press.press() {
                    StopLevel::Finish => language.pick(
                        "Arrêt demandé : le fichier en cours est terminé, puis la session est fermée. Encore une fois pour arrêter tout de suite.",
                        "Stopping: the file in hand is finished, then the session is closed. Once more to stop at once.",
                    ),
                    _ => language.pick(
                        "Arrêt immédiat. Le prochain démarrage reprend où l'on en était.",
                        "Stopping now. The next start goes on from here.",
                    ),
                });
            }
        });
        Ok(Self { stopper, ear })
    }

    /// What the station listens to.
    #[must_use]
    pub fn stop(&self) -> Stop {
        self.stopper.listener()
    }

    /// Whether anybody asked to stop.
    #[must_use]
    pub fn heard(&self) -> bool {
        self.stopper.listener().is_asked()
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.ear.abort();
    }
}

#[cfg(unix)]
struct Ears {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Ears {
    fn open() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn heard(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Ears;

#[cfg(not(unix))]
impl Ears {
    fn open() -> io::Result<Self> {
        Ok(Self)
    }

    async fn heard(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
