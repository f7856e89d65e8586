//! The folder in which a backup is prepared and tried, inside `data_dir`: one at a time, gone at the end however it ends.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::error::BackupError;
use crate::command::init::private_folder;

/// A folder that only this account can enter. What a killed process left in it is swept by the next.
#[derive(Debug)]
pub(super) struct Work {
    folder: PathBuf,
    _lock: File,
}

impl Work {
    /// The working folder of `data_dir`, empty.
    pub(super) fn new(data_dir: &Path) -> Result<Self, BackupError> {
        let path = data_dir.join("backup.lock");
        let lock = private_file(&path, false)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(BackupError::Busy),
            Err(TryLockError::Error(error)) => return Err(BackupError::write(&path)(error)),
        }
        let folder = data_dir.join("backup.work");
        let work = Self { folder: folder.clone(), _lock: lock };
        work.sweep();
        private_folder(&folder).map_err(BackupError::write(&folder))?;
        Ok(work)
    }

    pub(super) fn path(&self) -> &Path {
        &self.folder
    }

    /// A new empty file.
    pub(super) fn file(&self, name: &str) -> Result<PathBuf, BackupError> {
        let path = self.folder.join(name);
        private_file(&path, true).map(|_| path)
    }

    fn sweep(&self) {
        if let Err(error) = fs::remove_dir_all(&self.folder)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(path = %self.folder.display(), %error, "the working folder of a backup cannot be removed");
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.sweep();
    }
}

/// A file that only its owner may read.
pub(super) fn private_file(path: &Path, new: bool) -> Result<File, BackupError> {
    let mut options = OpenOptions::new();
    options.write(true).create(!new).create_new(new).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(BackupError::write(path))
}
