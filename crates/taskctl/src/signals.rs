//! Ctrl-C and SIGTERM: once to finish the file in hand, twice to stop now; a file that is only being written out goes at once.

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError, mpsc};

use scheduler_core::stop::{Stop, StopLevel, Stopper};
use tempfile::NamedTempFile;
use tokio::task::JoinHandle;

use crate::catalogue::Language;
use crate::exit::Exit;
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

/// Files of this process that have no name yet; `None` until the first.
static UNFINISHED: Mutex<Option<Vec<PathBuf>>> = Mutex::new(None);

/// Makes a file that Ctrl-C and SIGTERM take away as they end the process.
///
/// # Errors
///
/// Those of `make`.
pub fn unfinished(language: Language, make: impl FnOnce() -> io::Result<NamedTempFile>) -> io::Result<NamedTempFile> {
    let mut files = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
    if files.is_none() {
        // Without ears the process ends all the same; its file then stays under its hidden name.
        let _ = sweep_when_interrupted(language);
    }
    let file = make()?;
    files.get_or_insert_default().push(file.path().to_owned());
    Ok(file)
}

/// Returns when the signals are heard. The ears have a thread and a runtime of their own: the caller may stand in another.
fn sweep_when_interrupted(language: Language) -> io::Result<()> {
    let (ready, listening) = mpsc::sync_channel(1);
    let listen = move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            let Ok(mut ears) = Ears::open() else { return };
            let _ = ready.send(());
            ears.heard().await;
            sweep(language);
        });
    };
    std::thread::Builder::new().name("interruptions".to_owned()).spawn(listen)?;
    listening.recv().map_err(io::Error::other)
}

/// The lock is kept to the end, so that nothing is made meanwhile. A file that got its name is no longer there under the other.
fn sweep(language: Language) -> ! {
    let files = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
    files.iter().flatten().for_each(|path| drop(std::fs::remove_file(path)));
    complain(
        language.pick("Interrompu : aucun fichier incomplet n'est laissé.", "Interrupted: no incomplete file is left."),
    );
    std::process::exit(i32::from(Exit::Interrupted.code()))
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
