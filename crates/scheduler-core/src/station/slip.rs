//! Slips: what a request looks like in the spool, and whose it is.
//!
//! Who may write in the spool's folder may ask: the system checks that before us. Whose account it was, the file's owner tells; what the slip
//! says counts when root left it, for root owns the journal anyway.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::account::Operator;
use crate::id::Id;
use crate::platform;
use crate::request::Command;

/// Bytes of a slip that are read: far more than a command line holds.
const LONGEST: u64 = 16 * 1024 * 1024;

/// What a request says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Slip {
    /// Its identifier, so that it cannot be served a second time under another name; slips of older versions had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<Id>,
    pub(super) command: Command,
    pub(super) who: String,
}

/// A slip as found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) command: Command,
    pub(super) operator: Operator,
    /// Its author may ask.
    pub(super) allowed: bool,
}

/// Writes a slip that the service can read and nobody but its author can change, whatever the author's `umask`.
pub(super) fn write(path: &Path, slip: &Slip) -> io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&serde_json::to_vec(slip)?)?;
    readable(file.as_file())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    platform::sync_dir(folder)
}

/// Reads the slip `id`. A link, a device, what others than its owner may write, or a slip made for another name, is none.
pub(super) fn read(path: &Path, id: Id) -> io::Result<Found> {
    let file = open(path)?;
    let facts = file.metadata()?;
    let owner = owner(&facts);
    if !facts.is_file() || facts.len() > LONGEST || owner.is_err() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "not a slip, or others than its owner may write in it"));
    }
    let mut text = Vec::new();
    file.take(LONGEST).read_to_end(&mut text)?;
    let slip: Slip = serde_json::from_slice(&text)?;
    if slip.id.is_some_and(|written| written != id) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a slip made for another name"));
    }
    let owner = owner?;
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let allowed = may_ask(owner, is_open_to_all(folder));
    Ok(Found { command: slip.command, operator: Operator::of_owner(owner, slip.who), allowed })
}

/// Whether it is the machine that refuses, for now, and not the slip that is none.
#[cfg(unix)]
pub(super) fn may_be_read_later(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let passing = [Errno::MFILE, Errno::NFILE, Errno::NOMEM, Errno::IO, Errno::INTR, Errno::STALE];
    Errno::from_io_error(error).is_some_and(|errno| passing.contains(&errno))
}

#[cfg(not(unix))]
pub(super) fn may_be_read_later(_: &io::Error) -> bool {
    false
}

/// Where anybody at all may leave slips, only root and the service's own account are listened to.
fn may_ask(owner: Option<u32>, open_to_all: bool) -> bool {
    !open_to_all || owner.is_some_and(is_ours)
}

#[cfg(unix)]
fn is_ours(owner: u32) -> bool {
    owner == 0 || owner == crate::account::effective()
}

#[cfg(not(unix))]
fn is_ours(_: u32) -> bool {
    true
}

#[cfg(unix)]
fn readable(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &fs::File) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<fs::File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<fs::File> {
    fs::File::open(path)
}

/// The file's owner, if nobody else may write in it.
#[cfg(unix)]
fn owner(facts: &fs::Metadata) -> Result<Option<u32>, io::Error> {
    use std::os::unix::fs::MetadataExt as _;
    if facts.mode() & 0o022 == 0 { Ok(Some(facts.uid())) } else { Err(io::ErrorKind::PermissionDenied.into()) }
}

#[cfg(not(unix))]
fn owner(_: &fs::Metadata) -> Result<Option<u32>, io::Error> {
    Ok(None)
}

#[cfg(unix)]
fn is_open_to_all(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(folder).map_or(true, |facts| facts.mode() & 0o002 != 0)
}

#[cfg(not(unix))]
fn is_open_to_all(_: &Path) -> bool {
    false
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
    use std::path::PathBuf;

    use super::*;

    const STRANGER: u32 = 3_999_999_999;

    fn id() -> Id {
        Id::from_i64(7).unwrap()
    }

    fn slip(folder: &Path, name: Option<Id>) -> PathBuf {
        let path = folder.join("slip.json");
        let command = Command::Release { id: id(), why: "because".to_owned() };
        write(&path, &Slip { id: name, command, who: "dupont".to_owned() }).unwrap();
        path
    }

    #[test]
    fn only_what_its_owner_alone_could_write_is_a_slip() {
        let folder = tempfile::tempdir().unwrap();
        let path = slip(folder.path(), Some(id()));
        assert!(read(&path, id()).is_ok());
        assert!(read(&path, Id::from_i64(8).unwrap()).is_err(), "served again under another name");
        let link = folder.path().join("link.json");
        symlink(&path, &link).unwrap();
        assert!(read(&link, id()).is_err());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o664)).unwrap();
        assert!(read(&path, id()).is_err(), "its group may write in it");
    }

    #[test]
    fn the_owner_is_the_author_whatever_the_slip_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = slip(folder.path(), None);
        let root = rustix::process::geteuid().is_root();
        if root {
            assert_eq!(read(&path, id()).unwrap().operator, Operator::from("dupont"));
            chown(&path, Some(STRANGER), None).unwrap();
        }
        let found = read(&path, id()).unwrap();
        assert_ne!(found.operator.who(), "dupont");
        assert_eq!(found.operator.claimed.as_deref(), Some("dupont"));
        assert!(found.allowed, "the folder's permissions let it in");
    }

    #[test]
    fn where_anybody_may_write_strangers_are_not_listened_to() {
        assert!(may_ask(Some(STRANGER), false));
        assert!(!may_ask(Some(STRANGER), true));
        assert!(may_ask(Some(0), true) && may_ask(Some(crate::account::effective()), true));
        assert!(!may_ask(None, true));
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_open_to_all(folder.path()));
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o1777)).unwrap();
        assert!(is_open_to_all(folder.path()));
    }
}
