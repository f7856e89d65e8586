//! Segments in, in any order; a file out, or nothing.

use std::fs::{self, File};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use super::digest::Prefix;
use super::error::{JoinError, SegmentError, SetError};
use super::open::Opener;
use super::set::{Added, Missing, Set, Whole};

/// What to do when the target is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Leave it, and fail.
    Refuse,
    /// Put the new file in its place, at once.
    Replace,
}

/// Puts a file together beside its target (`docs/formats/segment.md` 7).
///
/// Dropped before [`finish`](Self::finish) succeeded, it leaves nothing; killed, it leaves a temporary file (`.NAME.….part`), never a partial target.
/// Memory: that of an [`Opener`], and 96 bytes for each segment taken.
pub struct Joiner {
    target: PathBuf,
    existing: Existing,
    file: File,
    path: TempPath,
    opener: Opener,
    set: Set,
    digest: Prefix,
}

/// Why a file is not whole yet, and what there is of it: segments may be added, and the end tried again.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Unfinished {
    /// To go on with.
    pub joiner: Box<Joiner>,
    /// Why.
    #[source]
    pub error: JoinError,
}

impl Joiner {
    /// Starts a file: creates the temporary one in the target's folder.
    ///
    /// # Errors
    /// [`JoinError::Exists`], or [`JoinError::Write`] when the folder cannot be written.
    pub fn new(target: &Path, existing: Existing) -> Result<Self, JoinError> {
        if existing == Existing::Refuse && fs::symlink_metadata(target).is_ok() {
            return Err(JoinError::Exists(target.to_owned()));
        }
        let temporary = temporary(target).map_err(|error| JoinError::Write { path: target.to_owned(), error })?;
        let (file, path) = temporary.into_parts();
        let target = target.to_owned();
        Ok(Self { target, existing, file, path, opener: Opener::new(), set: Set::default(), digest: Prefix::default() })
    }

    /// Takes a segment, checked and expanded to its place. `name` is what errors call it.
    ///
    /// # Errors
    /// [`JoinError::Segment`] when it is damaged, [`JoinError::Set`] when it is not of this file: others, or a sound copy, may still be added. [`JoinError::Write`] when there is no room.
    pub fn add(&mut self, name: &str, source: impl Read) -> Result<Added, JoinError> {
        let opened = self.opener.open(source).map_err(|source| segment(name, source))?;
        let header = *opened.header();
        if self.set.check(name, &header)? == Added::Again {
            return Ok(Added::Again);
        }
        let mut digest = self.digest.continued_by(&header);
        let file = &mut self.file;
        let expanded = file.seek(SeekFrom::Start(header.raw_offset)).map_err(Fault::Write).and_then(|_| {
            opened.expand(|raw| {
                if let Some(digest) = &mut digest {
                    digest.take(raw);
                }
                file.write_all(raw).map_err(Fault::Write)
            })
        });
        match expanded {
            Err(Fault::Segment(source)) => return Err(segment(name, source)),
            Err(Fault::Write(error)) => return Err(self.unwritable(error)),
            Ok(()) => self.set.add(name, &header),
        }
        self.digest = digest.unwrap_or_else(|| std::mem::take(&mut self.digest));
        Ok(Added::New)
    }

    /// The numbers that are not there yet.
    #[must_use]
    pub fn missing(&self) -> Missing {
        self.set.missing()
    }

    /// Gives the file its name, if every segment is there and the SHA-256 agrees. What is on disk is synced first.
    ///
    /// # Errors
    /// [`Unfinished`], with [`SetError::Missing`], [`SetError::Digest`], [`JoinError::Exists`] or [`JoinError::Write`].
    pub fn finish(mut self) -> Result<Whole, Unfinished> {
        match self.complete() {
            Ok(whole) => self.publish(whole),
            Err(error) => Err(Unfinished { joiner: Box::new(self), error }),
        }
    }

    fn complete(&mut self) -> Result<Whole, JoinError> {
        let whole = self.set.whole()?;
        let digest = self.settle(whole.file_len).map_err(|error| self.unwritable(error))?;
        if digest == whole.sha256 { Ok(whole) } else { Err(SetError::Digest.into()) }
    }

    /// Hashes what was not yet, and makes all of it last.
    fn settle(&mut self, file_len: u64) -> io::Result<[u8; 32]> {
        // A segment that was refused half way may have written beyond the end.
        self.file.set_len(file_len)?;
        self.file.seek(SeekFrom::Start(self.digest.upto()))?;
        let mut digest = self.digest.clone();
        digest.read(&self.file)?;
        self.file.sync_all()?;
        Ok(digest.finish())
    }

    fn publish(self, whole: Whole) -> Result<Whole, Unfinished> {
        let Self { target, existing, file, path, opener, set, digest } = self;
        let named = match existing {
            Existing::Refuse => path.persist_noclobber(&target),
            Existing::Replace => path.persist(&target),
        };
        let Err(refused) = named else {
            // The file stands; a folder that cannot be synced only makes its name less lasting.
            let _ = sync_folder(&target);
            return Ok(whole);
        };
        let error = match refused.error.kind() {
            io::ErrorKind::AlreadyExists => JoinError::Exists(target.clone()),
            _ => JoinError::Write { path: target.clone(), error: refused.error },
        };
        let joiner = Self { target, existing, file, path: refused.path, opener, set, digest };
        Err(Unfinished { joiner: Box::new(joiner), error })
    }

    fn unwritable(&self, error: io::Error) -> JoinError {
        JoinError::Write { path: self.target.clone(), error }
    }
}

/// Not its bytes.
impl std::fmt::Debug for Joiner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Joiner").field("target", &self.target).field("set", &self.set).finish_non_exhaustive()
    }
}

/// Whose fault it is that a block did not reach its place.
enum Fault {
    Segment(SegmentError),
    Write(io::Error),
}

impl From<SegmentError> for Fault {
    fn from(error: SegmentError) -> Self {
        Self::Segment(error)
    }
}

fn segment(name: &str, source: SegmentError) -> JoinError {
    JoinError::Segment { name: name.to_owned(), source }
}

fn folder(target: &Path) -> &Path {
    target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

fn temporary(target: &Path) -> io::Result<NamedTempFile> {
    let mut prefix = std::ffi::OsString::from(".");
    prefix.push(target.file_name().unwrap_or_default());
    prefix.push(".");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".part");
    // Who may read it is the account's habit (umask), as for any new file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder(target))
}

#[cfg(unix)]
fn sync_folder(target: &Path) -> io::Result<()> {
    File::open(folder(target))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
