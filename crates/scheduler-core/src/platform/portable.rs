//! Files and folders by the standard library alone, for platforms without a room of their own.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{Facts, Kind, OpenWriters, link_then_unlink};

/// A folder: its names, and what they stand for.
#[derive(Debug)]
pub struct Directory(PathBuf);

impl Directory {
    /// Opens the folder `path`.
    ///
    /// # Errors
    ///
    /// What the system says; `NotADirectory` when it is something else.
    pub fn open(path: &Path) -> io::Result<Self> {
        if !fs::metadata(path)?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Self(path.to_path_buf()))
    }

    /// Opens a folder below this one; the last component is never followed.
    ///
    /// # Errors
    ///
    /// What the system says; `NotADirectory` for a symbolic link too.
    pub fn open_below(&self, relative: &Path) -> io::Result<Self> {
        let path = self.0.join(relative);
        if !fs::symlink_metadata(&path)?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Self(path))
    }

    /// Gives every name of the folder, in no order. Memory does not depend on their number.
    ///
    /// # Errors
    ///
    /// What the system says; names given before that stand.
    pub fn read(&self, visit: &mut dyn FnMut(&OsStr, Kind)) -> io::Result<()> {
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            visit(&entry.file_name(), entry.file_type().map_or(Kind::Unknown, kind));
        }
        Ok(())
    }

    /// What one name of the folder stands for; links are not followed.
    ///
    /// # Errors
    ///
    /// What the system says; `NotFound` when it went away.
    pub fn facts(&self, name: &OsStr) -> io::Result<Facts> {
        let metadata = fs::symlink_metadata(self.0.join(name))?;
        Ok(Facts {
            kind: kind(metadata.file_type()),
            size: metadata.len(),
            modified_ns: nanoseconds(metadata.modified()?),
            changed_ns: None,
            identity: identity(&metadata),
        })
    }
}

fn kind(file_type: fs::FileType) -> Kind {
    if file_type.is_file() {
        Kind::File
    } else if file_type.is_dir() {
        Kind::Folder
    } else if file_type.is_symlink() {
        Kind::Symlink
    } else {
        Kind::Other
    }
}

fn nanoseconds(time: SystemTime) -> i128 {
    let signed = |duration: std::time::Duration| i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX);
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => signed(since),
        Err(before) => -signed(before.duration()),
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> (u64, u64) {
    (0, 0)
}

/// Which of the files `wanted` some process has open for writing: not known here.
#[must_use]
pub fn open_writers(wanted: &HashSet<(u64, u64)>) -> OpenWriters {
    if wanted.is_empty() {
        return OpenWriters::Known(HashSet::new());
    }
    OpenWriters::CannotTell("this platform does not list open files".to_owned())
}

/// The programs that have a file open for writing: none that this platform could name.
#[must_use]
pub fn writers_of(_: (u64, u64)) -> Vec<String> {
    Vec::new()
}

/// Makes the names of a folder durable; on Windows the file system's own journal does.
///
/// # Errors
///
/// What the system says.
pub fn sync_dir(path: &Path) -> io::Result<()> {
    if cfg!(windows) { fs::metadata(path).map(drop) } else { File::open(path)?.sync_all() }
}

/// Makes everything written to the file system of `path` durable.
///
/// # Errors
///
/// `Unsupported`: flush file by file.
pub fn sync_filesystem(_: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Sets the modification time of a file or folder to now.
///
/// # Errors
///
/// What the system says; folders cannot be touched on Windows.
#[expect(clippy::disallowed_methods, reason = "the file system's clock is meant, not the station's")]
pub fn touch(path: &Path) -> io::Result<()> {
    File::open(path)?.set_modified(SystemTime::now())
}

/// Renames, never over an existing file: a hard link is made and the first name taken away; a crash in between
/// leaves both.
///
/// # Errors
///
/// `AlreadyExists` when `to` exists; otherwise what the system says.
pub fn rename_noreplace(from: &Path, to: &Path) -> io::Result<()> {
    link_then_unlink(from, to)
}

/// Bytes that this user may still write on the file system of `path`.
///
/// # Errors
///
/// `Unsupported`.
pub fn available_space(_: &Path) -> io::Result<u64> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The name of the network file system that holds `path`; a Windows share is told by its path (`\\server\share`).
///
/// # Errors
///
/// None here.
pub fn is_network_filesystem(path: &Path) -> io::Result<Option<&'static str>> {
    let verbatim_disk = path.as_os_str().as_encoded_bytes().starts_with(br"\\?\") && !path.starts_with(r"\\?\UNC");
    let share = path.as_os_str().as_encoded_bytes().starts_with(br"\\") && !verbatim_disk;
    Ok((cfg!(windows) && share).then_some("smb"))
}

/// Makes `to` a clone of `from` that shares its blocks.
///
/// # Errors
///
/// `AlreadyExists` when `to` exists, otherwise `Unsupported`: copy instead.
pub fn try_reflink(_: &Path, to: &Path) -> io::Result<()> {
    let kind = if to.exists() { io::ErrorKind::AlreadyExists } else { io::ErrorKind::Unsupported };
    Err(kind.into())
}
