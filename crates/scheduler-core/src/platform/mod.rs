//! What differs between operating systems: files, folders, open writers; and instants on two clocks. The rest of the crate is portable.
//!
//! Linux has the full set; elsewhere the standard library is used and what it cannot tell is said to be
//! unknown, never guessed.

#[cfg(target_os = "linux")]
mod linux;
mod moment;
#[cfg(not(target_os = "linux"))]
mod portable;
#[cfg(target_os = "linux")]
mod writers;

use std::collections::HashSet;
use std::io;
use std::path::Path;

use jiff::Timestamp;

#[cfg(target_os = "linux")]
pub use self::linux::{
    Directory, available_space, is_network_filesystem, rename_noreplace, sync_dir, sync_filesystem, touch, try_reflink,
};
pub use self::moment::{Moment, later};
#[cfg(not(target_os = "linux"))]
pub use self::portable::{
    Directory, available_space, is_network_filesystem, open_writers, rename_noreplace, sync_dir, sync_filesystem,
    touch, try_reflink, writers_of,
};
#[cfg(target_os = "linux")]
pub use self::writers::{open_writers, writers_of};

/// What a name in a folder stands for, as far as the folder tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, whatever it points to.
    Symlink,
    /// A pipe, a socket, a device.
    Other,
    /// The file system does not say: ask for its [`Facts`].
    Unknown,
}

/// What the file system says of one name, links not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What it is.
    pub kind: Kind,
    /// Bytes.
    pub size: u64,
    /// Last modification, nanoseconds since 1970, as the file system says: writers can set it to anything.
    pub modified_ns: i128,
    /// Last change of the inode, nanoseconds since 1970; only the file system sets it. `None` where it is not kept.
    pub changed_ns: Option<i128>,
    /// Device and inode; `(0, 0)` where the platform has none.
    pub identity: (u64, u64),
}

impl Facts {
    /// [`Facts::modified_ns`] as a timestamp, brought into the range of timestamps.
    #[must_use]
    pub fn modified(&self) -> Timestamp {
        timestamp(self.modified_ns)
    }
}

/// Nanoseconds since 1970 as a timestamp, brought into the range of timestamps (years -9999 to 9999).
#[must_use]
pub fn timestamp(nanoseconds: i128) -> Timestamp {
    let nearest = if nanoseconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_nanosecond(nanoseconds).unwrap_or(nearest)
}

/// Which files some process of this machine has open for writing.
///
/// A writer on another machine is never seen: on a network file system
/// ([`is_network_filesystem`]) the answer is [`OpenWriters::CannotTell`], whoever asks. Neither is a process that
/// mapped the file and closed it, or one in a container that this process cannot look into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenWriters {
    /// Every process was looked at: these, of the files asked for, have a writer.
    Known(HashSet<(u64, u64)>),
    /// These have a writer; others may, in processes that may not be looked into.
    Partial {
        /// Files that surely have a writer.
        found: HashSet<(u64, u64)>,
        /// Processes that could not be looked into.
        hidden: usize,
    },
    /// The platform cannot say; in English.
    CannotTell(String),
}

impl OpenWriters {
    /// Whether this file surely has a writer; `false` also means "not known".
    #[must_use]
    pub fn surely(&self, identity: (u64, u64)) -> bool {
        match self {
            Self::Known(found) | Self::Partial { found, .. } => found.contains(&identity),
            Self::CannotTell(_) => false,
        }
    }
}

/// Creates a folder and those above it that are missing, each with a durable name.
///
/// # Errors
///
/// What the system says; `AlreadyExists` when a file bears the name.
pub fn create_folders(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent {
        create_folders(parent)?;
    }
    match std::fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        done => done.and_then(|()| sync_dir(parent.unwrap_or_else(|| Path::new(".")))),
    }
}

/// Gives `from` the name `to` by a hard link, then takes the first name away.
///
/// Fails when `to` exists. A crash in between leaves both names.
fn link_then_unlink(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::hard_link(from, to)?;
    std::fs::remove_file(from)
}

/// Puts a file durably in place, whole or not at all.
pub(crate) fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    io::Write::write_all(&mut file, bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_dir(folder)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn folders_are_created_once_and_never_over_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b/c");
        create_folders(&deep).unwrap();
        create_folders(&deep).unwrap();
        assert!(deep.is_dir());
        fs::write(deep.join("file"), "x").unwrap();
        assert_eq!(create_folders(&deep.join("file")).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn rename_never_replaces() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("a"), "new").unwrap();
        fs::write(path("b"), "old").unwrap();
        let refused = rename_noreplace(&path("a"), &path("b")).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(path("b")).unwrap(), b"old");
        assert_eq!(fs::read(path("a")).unwrap(), b"new");

        rename_noreplace(&path("a"), &path("c")).unwrap();
        assert!(!path("a").exists());
        assert_eq!(fs::read(path("c")).unwrap(), b"new");
    }

    #[test]
    fn link_then_unlink_never_replaces_either() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("a"), "new").unwrap();
        fs::write(path("b"), "old").unwrap();
        let refused = link_then_unlink(&path("a"), &path("b")).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(path("b")).unwrap(), b"old");
        link_then_unlink(&path("a"), &path("c")).unwrap();
        assert!(!path("a").exists() && path("c").exists());
    }

    #[test]
    fn a_clone_holds_the_bytes_or_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::write(&from, "bytes").unwrap();
        match try_reflink(&from, &to) {
            Ok(()) => assert_eq!(fs::read(&to).unwrap(), b"bytes"),
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::Unsupported);
                assert!(!to.exists());
            }
        }
        fs::write(&to, "other").unwrap();
        let refused = try_reflink(&from, &to).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&to).unwrap(), b"other");
    }

    #[test]
    fn folders_and_file_systems_are_flushed_and_measured() {
        let folder = tempfile::tempdir().unwrap();
        sync_dir(folder.path()).unwrap();
        touch(folder.path()).unwrap();
        let absent = folder.path().join("absent");
        assert_eq!(sync_dir(&absent).unwrap_err().kind(), io::ErrorKind::NotFound);
        if cfg!(target_os = "linux") {
            sync_filesystem(folder.path()).unwrap();
            assert!(available_space(folder.path()).unwrap() > 0);
            assert_eq!(is_network_filesystem(Path::new("/proc")).unwrap(), None);
        }
    }

    #[test]
    fn timestamps_out_of_range_are_brought_in() {
        assert_eq!(timestamp(i128::MAX), Timestamp::MAX);
        assert_eq!(timestamp(i128::MIN), Timestamp::MIN);
        assert_eq!(timestamp(1_000_000_001).as_nanosecond(), 1_000_000_001);
    }
}
