//! Events of the system, as wake-ups only: they come early or not at all, the periodic scan finds everything.
//!
//! They are silent when another machine writes (NFS, SMB), they overflow under bursts, their thread can die. So each folder's
//! [`Liveness`] is proven again and again by a probe: the claim folder inside it is touched, and the event of that must come.

mod liveness;
mod noise;

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use notify::{Config, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

use self::liveness::Proof;
pub use self::liveness::{Liveness, Polling};
use super::scan::WatchedFolder;
use crate::intake::CLAIMS;
use crate::platform::{self, Moment};

/// Why somebody should look at the folders now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wake {
    /// Something happened in these, by their place in the list given to [`Events::start`].
    Folders(BTreeSet<usize>),
    /// Something may have happened anywhere.
    Everything(Everything),
}

/// Why every folder should be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Everything {
    /// More happened than the system's queue holds: events were lost.
    Overflow,
    /// The thread that receives events ended: from now on there are only periodic scans.
    WatcherDied,
    /// The watcher reports a failure; in English.
    Failed(String),
}

impl Everything {
    /// Stable, in kebab case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Overflow => "watch-overflow",
            Self::WatcherDied => "watch-thread-died",
            Self::Failed(_) => "watch-failed",
        }
    }
}

/// The receiving end: wake-ups, as many as came being told as one.
#[derive(Clone, Debug)]
pub struct Wakes(Arc<Shared>);

impl Wakes {
    /// Waits for a wake-up. Cancel safe; one waiter at a time. When the watcher is dead it says so once, then waits for ever.
    pub async fn next(&self) -> Wake {
        loop {
            if let Some(wake) = self.take() {
                return wake;
            }
            self.0.bell.notified().await;
        }
    }

    /// What came since the last call.
    #[must_use]
    pub fn take(&self) -> Option<Wake> {
        let mut state = self.0.state();
        let touched = std::mem::take(&mut state.touched);
        match state.everything.take() {
            Some(why) => Some(Wake::Everything(why)),
            None => (!touched.is_empty()).then_some(Wake::Folders(touched)),
        }
    }
}

/// The watcher of the system. Its calls block: keep them off the threads of the runtime.
#[derive(Debug)]
pub struct Events {
    shared: Arc<Shared>,
    watcher: Option<RecommendedWatcher>,
    folders: Vec<Folder>,
}

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    recursive: bool,
    proof: Proof,
}

/// What the watcher's thread tells the others.
#[derive(Debug, Default)]
struct Shared {
    by_path: HashMap<PathBuf, usize>,
    state: Mutex<State>,
    bell: Notify,
    #[cfg(test)]
    sabotaged: std::sync::atomic::AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    touched: BTreeSet<usize>,
    everything: Option<Everything>,
    /// Folders whose probe was answered.
    answered: BTreeSet<usize>,
    dead: bool,
}

/// Rings when the watcher's thread ends, however it does: the thread owns it.
struct Alarm(Arc<Shared>);

impl Drop for Alarm {
    fn drop(&mut self) {
        self.0.state().dead = true;
        self.0.everything(Everything::WatcherDied);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn everything(&self, why: Everything) {
        self.state().everything = Some(why);
        self.bell.notify_one();
    }

    fn note(&self, event: notify::Result<notify::Event>) {
        #[cfg(test)]
        assert!(!self.sabotaged.load(std::sync::atomic::Ordering::SeqCst), "the watcher's thread dies, as asked");
        match event {
            Err(error) => self.everything(Everything::Failed(error.to_string())),
            Ok(event) if event.need_rescan() => self.everything(Everything::Overflow),
            Ok(event) => event.paths.iter().for_each(|path| self.path(path, event.kind)),
        }
    }

    fn path(&self, path: &Path, kind: notify::EventKind) {
        let known = path.ancestors().find_map(|folder| Some((folder, *self.by_path.get(folder)?)));
        let Some((folder, index)) = known else {
            return;
        };
        let claims = folder.join(CLAIMS);
        if path == claims {
            self.state().answered.insert(index);
        } else if path.starts_with(&claims) || !noise::matters(kind, path == folder) {
            return;
        } else {
            self.state().touched.insert(index);
        }
        self.bell.notify_one();
    }
}

impl Events {
    /// Begins to watch `folders`, and probes each. Never fails: what cannot be watched is [`Liveness::Polling`].
    #[must_use]
    pub fn start(folders: &[WatchedFolder], now: Moment) -> (Self, Wakes) {
        let folder = |watched: &WatchedFolder| Folder {
            path: std::path::absolute(&watched.folder).unwrap_or_else(|_| watched.folder.clone()),
            recursive: watched.below.is_some(),
            proof: Proof::default(),
        };
        let folders = folders.iter().map(folder).collect::<Vec<_>>();
        let by_path = folders.iter().enumerate().map(|(index, folder)| (folder.path.clone(), index)).collect();
        let shared = Arc::new(Shared { by_path, ..Shared::default() });
        let alarm = Alarm(Arc::clone(&shared));
        let watcher =
            RecommendedWatcher::new(move |event| alarm.0.note(event), Config::default().with_follow_symlinks(false));
        let mut events = Self { shared, watcher: None, folders };
        match watcher {
            Ok(watcher) => events.watcher = Some(watcher),
            Err(error) => events.unavailable(&error.to_string()),
        }
        events.probe(now);
        let wakes = Wakes(Arc::clone(&events.shared));
        (events, wakes)
    }

    /// Touches the claim folder of each watched folder, and makes it if need be: its event proves that events come. Folders
    /// that did not answer the probe before are watched anew first. Call it as often as you like: a folder is probed every ten
    /// seconds at most. [`Events::liveness`] tells the answers.
    pub fn probe(&mut self, now: Moment) {
        for index in 0..self.folders.len() {
            if self.watcher.is_none() || self.shared.state().dead {
                return;
            }
            if !self.folders[index].proof.is_due(now.steady) {
                continue;
            }
            let answered = self.shared.state().answered.remove(&index);
            let folder = &mut self.folders[index];
            if folder.proof.wants_watch(answered) {
                let (path, recursive) = (folder.path.clone(), folder.recursive);
                let watched = self.watch(&path, recursive);
                self.folders[index].proof.watched(watched);
            }
            let folder = &mut self.folders[index];
            folder.proof.remote(platform::is_network_filesystem(&folder.path).ok().flatten());
            folder.proof.probed(now.steady, answered, touch_claims(&folder.path));
        }
    }

    /// Whether events come, for each folder in the order given; an answer to the last probe may take as long as `patience`.
    #[must_use]
    pub fn liveness(&self, patience: Duration, now: Moment) -> Vec<Liveness> {
        let state = self.shared.state();
        let tell = |(index, folder): (usize, &Folder)| match state.dead {
            true if self.watcher.is_some() => Liveness::Polling(Polling::WatcherDied),
            _ => folder.proof.liveness(state.answered.contains(&index), patience, now.steady),
        };
        self.folders.iter().enumerate().map(tell).collect()
    }

    fn unavailable(&mut self, why: &str) {
        for folder in &mut self.folders {
            folder.proof.watched(Err(why.to_owned()));
        }
    }

    /// Watches a folder, anew if it was before.
    fn watch(&mut self, path: &Path, recursive: bool) -> Result<(), String> {
        let mode = if recursive { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
        let watcher = self.watcher.as_mut().ok_or("there is no watcher")?;
        // Every call panics in `notify` once its thread is gone, which may happen at any time.
        let watch = AssertUnwindSafe(|| {
            let _ = watcher.unwatch(path);
            watcher.watch(path, mode).map_err(|error| error.to_string())
        });
        catch_unwind(watch).unwrap_or_else(|_| Err("the watcher's thread ended".to_owned()))
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        let watcher = self.watcher.take();
        if self.shared.state().dead {
            // Its destructor panics without its thread.
            std::mem::forget(watcher);
        } else {
            let _ = catch_unwind(AssertUnwindSafe(|| drop(watcher)));
        }
    }
}

fn touch_claims(folder: &Path) -> io::Result<()> {
    let claims = folder.join(CLAIMS);
    match fs::create_dir(&claims) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => platform::touch(&claims),
        created => created,
    }
}

#[cfg(test)]
mod tests;
