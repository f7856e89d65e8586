//! One sender per data folder.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

/// The station's lock, held as long as the value lives; the system frees it when the process dies, however it dies.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// The lock cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Locked {
    /// Another process is the station.
    #[error("another taskctl (process {holder}) is running this station")]
    Held {
        /// Its process number, as it wrote it.
        holder: String,
    },
    /// The lock file cannot be opened or locked.
    #[error("the station's lock file cannot be used: {0}")]
    Unusable(#[from] std::io::Error),
}

impl Lock {
    /// Takes the lock of `data_dir`.
    ///
    /// # Errors
    ///
    /// [`Locked`] when another process has it, or the file cannot be used.
    pub fn take(data_dir: &Path) -> Result<Self, Locked> {
        let path = data_dir.join("station.lock");
        let mut file = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.take(20).read_to_string(&mut holder);
                return Err(Locked::Held { holder: holder.trim().to_owned() });
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())?;
        Ok(Self { _file: file })
    }
}
