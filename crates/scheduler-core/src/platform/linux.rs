//! Files and folders on Linux, by system calls that the standard library does not offer.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, RawDir, RenameFlags, Stat, Timespec, Timestamps, UTIME_NOW};
use rustix::io::Errno;

use super::{Facts, Kind, link_then_unlink};

/// Bytes of directory entries asked for at a time.
const BATCH: usize = 128 * 1024;

/// An open folder: its names, and what they stand for, without resolving its path again.
#[derive(Debug)]
pub struct Directory(OwnedFd);

impl Directory {
    /// Opens the folder `path`; a symbolic link is followed, since somebody configured it.
    ///
    /// # Errors
    ///
    /// What the system says; `NotADirectory` when it is something else.
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(rustix::fs::open(path, flags, Mode::empty())?))
    }

    /// Opens a folder below this one; the last component is never followed.
    ///
    /// # Errors
    ///
    /// What the system says; `NotADirectory` for a symbolic link too.
    pub fn open_below(&self, relative: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        Ok(Self(rustix::fs::openat(&self.0, relative, flags, Mode::empty())?))
    }

    /// Gives every name of the folder, in no order, without `.` and `..`. Memory does not depend on their number.
    ///
    /// # Errors
    ///
    /// What the system says; names given before that stand.
    pub fn read(&self, visit: &mut dyn FnMut(&OsStr, Kind)) -> io::Result<()> {
        let mut buffer = Vec::with_capacity(BATCH);
        let mut entries = RawDir::new(&self.0, buffer.spare_capacity_mut());
        while let Some(entry) = entries.next() {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                visit(OsStr::from_bytes(name), kind(entry.file_type()));
            }
        }
        Ok(())
    }

    /// What one name of the folder stands for; links are not followed.
    ///
    /// # Errors
    ///
    /// What the system says; `NotFound` when it went away.
    pub fn facts(&self, name: &OsStr) -> io::Result<Facts> {
        Ok(facts(&rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)?))
    }

    pub(super) fn fd(&self) -> &OwnedFd {
        &self.0
    }
}

fn kind(file_type: FileType) -> Kind {
    match file_type {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Folder,
        FileType::Symlink => Kind::Symlink,
        FileType::Unknown => Kind::Unknown,
        _ => Kind::Other,
    }
}

fn facts(stat: &Stat) -> Facts {
    Facts {
        kind: kind(FileType::from_raw_mode(stat.st_mode)),
        size: u64::try_from(stat.st_size).unwrap_or(0),
        modified_ns: nanoseconds(stat.st_mtime.into(), stat.st_mtime_nsec.into()),
        changed_ns: Some(nanoseconds(stat.st_ctime.into(), stat.st_ctime_nsec.into())),
        identity: (stat.st_dev, stat.st_ino),
    }
}

fn nanoseconds(seconds: i128, rest: i128) -> i128 {
    seconds * 1_000_000_000 + rest
}

/// Makes the names of a folder durable.
///
/// # Errors
///
/// What the system says. After a failed flush nothing can be assumed of the names that changed.
pub fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes everything written to the file system of `path` durable; waits for all of it.
///
/// # Errors
///
/// What the system says, write errors of anybody's files on it included.
pub fn sync_filesystem(path: &Path) -> io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(path)?)?)
}

/// Sets the times of a file or folder to now.
///
/// # Errors
///
/// What the system says.
pub fn touch(path: &Path) -> io::Result<()> {
    let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    let times = Timestamps { last_access: now, last_modification: now };
    Ok(rustix::fs::utimensat(CWD, path, &times, AtFlags::empty())?)
}

/// Renames, never over an existing file; atomic where the file system can.
///
/// Elsewhere a hard link is made and the first name taken away: a crash in between leaves both.
///
/// # Errors
///
/// `AlreadyExists` when `to` exists; `CrossesDevices` between file systems; otherwise what the system says.
pub fn rename_noreplace(from: &Path, to: &Path) -> io::Result<()> {
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => link_then_unlink(from, to),
        result => Ok(result?),
    }
}

/// Bytes that this user may still write on the file system of `path`.
///
/// # Errors
///
/// What the system says.
pub fn available_space(path: &Path) -> io::Result<u64> {
    let stat = rustix::fs::statvfs(path)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// The name of the network file system that holds `path`, `None` when it is local.
///
/// Any FUSE file system counts as one (`fuse`): its files may be anywhere.
///
/// # Errors
///
/// What the system says.
pub fn is_network_filesystem(path: &Path) -> io::Result<Option<&'static str>> {
    let magic = i128::from(rustix::fs::statfs(path)?.f_type) & 0xFFFF_FFFF;
    Ok(NETWORK.iter().find(|(known, _)| i128::from(*known) == magic).map(|(_, name)| *name))
}

/// Magic numbers of statfs(2).
const NETWORK: [(u32, &str); 16] = [
    (0x6969, "nfs"),
    (0x517B, "smb"),
    (0xFF53_4D42, "cifs"),
    (0xFE53_4D42, "smb2"),
    (0x6573_5546, "fuse"),
    (0x0102_1997, "9p"),
    (0x00C3_6400, "ceph"),
    (0x5346_414F, "afs"),
    (0x6B41_4653, "afs"),
    (0x7375_7245, "coda"),
    (0x0116_1970, "gfs2"),
    (0x7461_636F, "ocfs2"),
    (0x0BD0_0BD0, "lustre"),
    (0x4750_4653, "gpfs"),
    (0x564C, "ncp"),
    (0x786F_4256, "vboxsf"),
];

/// Makes `to` a clone of `from` that shares its blocks until one is written; `to` must not exist.
///
/// # Errors
///
/// `Unsupported` where the file system has no such thing, or the two are not on the same one: copy instead. On any
/// error `to` is as it was before. Nothing is flushed.
pub fn try_reflink(from: &Path, to: &Path) -> io::Result<()> {
    let source = File::open(from)?;
    let target = OpenOptions::new().write(true).create_new(true).open(to)?;
    let Err(errno) = rustix::fs::ioctl_ficlone(&target, &source) else {
        return Ok(());
    };
    fs::remove_file(to)?;
    Err(match errno {
        Errno::OPNOTSUPP | Errno::XDEV | Errno::INVAL | Errno::NOTTY | Errno::NOSYS | Errno::PERM => {
            io::ErrorKind::Unsupported.into()
        }
        other => other.into(),
    })
}
