//! Who has a file open for writing, from one pass over `/proc/*/fd`.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;

use rustix::fs::{AtFlags, StatxFlags};

use super::{Directory, OpenWriters};

/// Which of the files `wanted` (device, inode) some process has open for writing, this one included.
///
/// Costs a system call for each descriptor open on the machine: ask once a look, for all files together. Never
/// waits for a network file system.
#[must_use]
pub fn open_writers(wanted: &HashSet<(u64, u64)>) -> OpenWriters {
    if wanted.is_empty() {
        return OpenWriters::Known(HashSet::new());
    }
    let mut pass = Pass::of(wanted);
    if let Err(error) = pass.processes() {
        return OpenWriters::CannotTell(format!("/proc cannot be read: {error}"));
    }
    match pass.hidden {
        0 => OpenWriters::Known(pass.found),
        hidden => OpenWriters::Partial { found: pass.found, hidden },
    }
}

/// The programs that have a file open for writing, as `name (process)`, those that may not be looked into left out. For people: the same cost as
/// [`open_writers`].
#[must_use]
pub fn writers_of(identity: (u64, u64)) -> Vec<String> {
    let wanted = HashSet::from([identity]);
    let mut pass = Pass::of(&wanted);
    // What was found before a failure is still true.
    let _ = pass.processes();
    pass.holders.iter().map(|id| named(id)).collect()
}

fn named(id: &OsStr) -> String {
    let id = id.to_string_lossy();
    let name = std::fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
    format!("{} ({id})", name.trim())
}

struct Pass<'a> {
    wanted: &'a HashSet<(u64, u64)>,
    found: HashSet<(u64, u64)>,
    /// Processes with any of them open for writing.
    holders: Vec<OsString>,
    hidden: usize,
}

impl<'a> Pass<'a> {
    fn of(wanted: &'a HashSet<(u64, u64)>) -> Self {
        Pass { wanted, found: HashSet::new(), holders: Vec::new(), hidden: 0 }
    }

    fn processes(&mut self) -> io::Result<()> {
        let proc = Directory::open(Path::new("/proc"))?;
        // Mounted with hidepid, /proc does not even list the processes of others.
        if proc.facts(OsStr::new("1")).is_err() {
            self.hidden += 1;
        }
        proc.read(&mut |name, _| {
            if name.as_encoded_bytes().iter().all(u8::is_ascii_digit) {
                self.process(&proc, name);
            }
        })
    }

    fn process(&mut self, proc: &Directory, id: &OsStr) {
        let mut denied = false;
        let looked = proc.open_below(&Path::new(id).join("fd")).and_then(|fds| {
            fds.read(&mut |fd, _| match identity(&fds, fd) {
                Ok(identity) if self.wanted.contains(&identity) && opened_for_writing(&fds, fd) => {
                    self.found.insert(identity);
                    if self.holders.last().is_none_or(|last| last != id) {
                        self.holders.push(id.to_owned());
                    }
                }
                Err(error) if !gone(&error) => denied = true,
                _ => {}
            })
        });
        if denied || looked.is_err_and(|error| !gone(&error)) {
            self.hidden += 1;
        }
    }
}

/// What a descriptor is open on, from what is cached: a dead server is not waited for.
fn identity(fds: &Directory, name: &OsStr) -> io::Result<(u64, u64)> {
    let stat = rustix::fs::statx(fds.fd(), name, AtFlags::STATX_DONT_SYNC, StatxFlags::INO)?;
    Ok((rustix::fs::makedev(stat.stx_dev_major, stat.stx_dev_minor), stat.stx_ino))
}

/// proc(5): the owner bits of the link itself tell the mode that the descriptor was opened in.
fn opened_for_writing(fds: &Directory, name: &OsStr) -> bool {
    rustix::fs::statat(fds.fd(), name, AtFlags::SYMLINK_NOFOLLOW).is_ok_and(|link| link.st_mode & 0o200 != 0)
}

/// The process or the descriptor ended while it was looked at.
fn gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound || error.raw_os_error() == Some(rustix::io::Errno::SRCH.raw_os_error())
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File, OpenOptions};

    use super::*;

    fn identity(folder: &Path, name: &OsStr) -> (u64, u64) {
        Directory::open(folder).unwrap().facts(name).unwrap().identity
    }

    #[test]
    fn finds_writers_and_not_readers() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["written", "read", "closed", "appended"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        let ids = |names: &[&str]| names.iter().map(|n| identity(folder.path(), OsStr::new(n))).collect::<HashSet<_>>();
        let wanted = ids(&["written", "read", "closed", "appended"]);
        let _written = OpenOptions::new().write(true).open(folder.path().join("written")).unwrap();
        let _appended = OpenOptions::new().append(true).read(true).open(folder.path().join("appended")).unwrap();
        let _read = File::open(folder.path().join("read")).unwrap();

        let writers = open_writers(&wanted);
        let (OpenWriters::Known(found) | OpenWriters::Partial { found, .. }) = &writers else {
            panic!("{writers:?}");
        };
        assert_eq!(found, &ids(&["written", "appended"]));
        assert!(writers.surely(identity(folder.path(), OsStr::new("written"))));
        assert!(!writers.surely(identity(folder.path(), OsStr::new("closed"))));

        let programs = |name: &str| writers_of(identity(folder.path(), OsStr::new(name)));
        assert!(programs("written")[0].ends_with(&format!(" ({})", std::process::id())));
        assert_eq!(programs("read"), [""; 0]);
    }

    #[test]
    fn never_claims_to_know_what_it_could_not_look_into() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let wanted = HashSet::from([identity(file.path().parent().unwrap(), file.path().file_name().unwrap())]);
        let denied = fs::metadata("/proc/1/fd/0").is_err_and(|error| !gone(&error));
        assert!(!denied || !matches!(open_writers(&wanted), OpenWriters::Known(_)));
    }
}
