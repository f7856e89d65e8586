//! The operator's backup (R3): a copy of every accepted file, before it is sent, under increment | overwrite | nothing.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::id::Id;
use crate::naming;
use crate::platform;
use crate::scenario::IfExists;

/// A copy to be made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backup<'a> {
    pub(crate) id: Id,
    /// Bytes in the store.
    pub(crate) source: &'a Path,
    /// Name wanted.
    pub(crate) name: &'a str,
    pub(crate) folder: &'a Path,
    pub(crate) if_exists: IfExists,
}

impl Backup<'_> {
    /// Makes the copy under a temporary name, synchronises it, then gives it its name. Repeated after a crash, it does not
    /// make a second one. Tells where the copy stands, or `None` where the existing backup was to be kept.
    pub(crate) fn make(&self) -> io::Result<Option<PathBuf>> {
        platform::create_folders(self.folder)?;
        let wanted = self.folder.join(self.name);
        if self.if_exists == IfExists::Nothing && wanted.exists() {
            return Ok(None);
        }
        if let Some(made) = self.already_made()? {
            return Ok(Some(made));
        }
        let temporary = temporary(self.folder, self.id);
        // Half a copy would stay for ever, and fill the disk further.
        copy(self.source, &temporary).inspect_err(|_| drop(fs::remove_file(&temporary)))?;
        let target = match self.if_exists {
            IfExists::Overwrite => fs::rename(&temporary, &wanted).map(|()| wanted),
            IfExists::Increment | IfExists::Nothing => self.name_it(&temporary, wanted),
        };
        platform::sync_dir(self.folder)?;
        target.map(Some)
    }

    /// What [`Backup::make`] would do now, without doing anything: a stable code, and the name that the copy would have.
    pub(crate) fn foresee(&self) -> io::Result<(&'static str, PathBuf)> {
        let wanted = self.folder.join(self.name);
        if !wanted.try_exists()? {
            return Ok(("backup-new", wanted));
        }
        if self.if_exists == IfExists::Nothing {
            return Ok(("backup-kept", wanted));
        }
        if let Some(made) = self.already_made()? {
            return Ok(("backup-made", made));
        }
        if self.if_exists == IfExists::Overwrite {
            return Ok(("backup-overwrites", wanted));
        }
        let mut numbered = (1..).map(|number| self.folder.join(naming::incremented(self.name, number)));
        Ok(("backup-increments", numbered.find(|path| !path.exists()).unwrap_or(wanted)))
    }

    fn name_it(&self, temporary: &Path, mut target: PathBuf) -> io::Result<PathBuf> {
        let mut number = 0;
        loop {
            match platform::rename_noreplace(temporary, &target) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                Ok(()) => return Ok(target),
                Err(_) if self.if_exists == IfExists::Nothing => return fs::remove_file(temporary).map(|()| target),
                Err(_) => number += 1,
            }
            target = self.folder.join(naming::incremented(self.name, number));
        }
    }

    /// The copy that an earlier, interrupted release made: same name or a numbered one, same bytes.
    fn already_made(&self) -> io::Result<Option<PathBuf>> {
        let mut candidate = self.folder.join(self.name);
        let mut number = 0;
        while candidate.exists() {
            if same_bytes(&candidate, self.source)? {
                return Ok(Some(candidate));
            }
            if self.if_exists == IfExists::Overwrite {
                break; // a numbered one is another file's
            }
            number += 1;
            candidate = self.folder.join(naming::incremented(self.name, number));
        }
        Ok(None)
    }
}

/// Where the copy of `id` is written before it gets its name.
pub(crate) fn temporary(folder: &Path, id: Id) -> PathBuf {
    folder.join(format!(".{id}.taskctl"))
}

/// Copies, sharing the blocks where the file system can, and synchronises.
pub(crate) fn copy(source: &Path, target: &Path) -> io::Result<()> {
    if platform::try_reflink(source, target).is_err() {
        let _ = fs::remove_file(target);
        fs::copy(source, target)?;
    }
    File::open(target)?.sync_all()
}

/// Whether two files hold the same bytes.
pub(crate) fn same_bytes(one: &Path, other: &Path) -> io::Result<bool> {
    use std::io::Read as _;
    let (one, other) = (File::open(one)?, File::open(other)?);
    if one.metadata()?.len() != other.metadata()?.len() {
        return Ok(false);
    }
    let mut one = io::BufReader::with_capacity(64 * 1024, one).bytes();
    let mut other = io::BufReader::with_capacity(64 * 1024, other).bytes();
    loop {
        match (one.next().transpose()?, other.next().transpose()?) {
            (None, None) => return Ok(true),
            (left, right) if left == right => {}
            _ => return Ok(false),
        }
    }
}
