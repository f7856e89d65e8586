//! The station's own copies: what is sent comes from here, what is collected lands here first.
//!
//! `store/<id>` is whole, synchronised before the journal speaks of it, and never written again; `store/<id>.part` is being written.
//! It is not the operator's backup folder. Every operation may fail and says so; a failed synchronisation condemns that copy.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha1::Sha1;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt as _;

use crate::crash::CrashPoint;
use crate::id::Id;
use crate::journal::hex;
use crate::naming::Searcher;
use crate::platform;
use crate::returned::{Collected, Completeness};

/// How many of a file's first bytes are kept for planning.
pub const HEAD: usize = 64 * 1024;

/// How many of a return's first bytes are looked at for what it is about.
pub const LOOKED_AT: u64 = 256 * 1024;

/// The store's folder in `data_dir`.
const FOLDER: &str = "store";

const BUFFER: usize = 128 * 1024;

/// From how many files on one synchronisation of the whole file system is cheaper than one of each file.
const WHOLE_FILE_SYSTEM_FROM: usize = 8;

/// The store of a station.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

/// How a file's bytes come into the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// A hard link where the volume allows it, else a copy.
    #[default]
    Link,
    /// A copy always: the writer may keep the file open, or the operator wants the original untouched.
    Copy,
}

/// A file whose bytes are in the store, not yet synchronised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secured {
    /// Bytes.
    pub size: u64,
    /// SHA-1, lower-case hexadecimal.
    pub sha1: String,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// The first bytes, for planning.
    pub head: Vec<u8>,
}

/// What lies in the store's folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// A whole file.
    Whole(Id),
    /// A file that was being written.
    Partial(Id),
}

impl Store {
    /// The store of `data_dir`, created if absent.
    ///
    /// # Errors
    ///
    /// When the folder cannot be created.
    pub fn open(data_dir: &Path) -> io::Result<Self> {
        let folder = data_dir.join(FOLDER);
        platform::create_folders(&folder)?;
        Ok(Self { folder })
    }

    /// The store of `data_dir`, to be read: nothing is created.
    #[must_use]
    pub fn at(data_dir: &Path) -> Self {
        Self { folder: data_dir.join("store") }
    }

    /// Where the bytes of `id` are.
    #[must_use]
    pub fn path(&self, id: Id) -> PathBuf {
        self.folder.join(id.to_string())
    }

    fn partial(&self, id: Id) -> PathBuf {
        self.folder.join(format!("{id}.part"))
    }

    /// A place for bytes on their way, to be used for many files.
    pub(crate) fn buffer() -> Vec<u8> {
        vec![0; BUFFER]
    }

    /// Brings the bytes of `source` in by way of `buffer`, and tells their size and hashes. A crash leaves a file that the journal does not
    /// know, dropped at the next start; `source` is untouched.
    ///
    /// # Errors
    ///
    /// When the disk refuses; what was written is removed.
    pub(crate) fn secure(&self, id: Id, source: &Path, way: Way, buffer: &mut [u8]) -> io::Result<Secured> {
        let target = self.path(id);
        if way == Way::Link && fs::hard_link(source, &target).is_ok() {
            let secured = File::open(&target).and_then(|file| hash(file, io::sink(), buffer));
            return secured.inspect_err(|_| drop(fs::remove_file(&target)));
        }
        let part = self.partial(id);
        let copied = copy(source, &part, buffer).and_then(|secured| fs::rename(&part, &target).map(|()| secured));
        copied.inspect_err(|_| drop(fs::remove_file(&part)))
    }

    /// Reads a file to its end, to tell whether it can be read at all.
    ///
    /// # Errors
    ///
    /// When it cannot.
    pub(crate) fn read_through(source: &Path, buffer: &mut [u8]) -> io::Result<()> {
        hash(File::open(source)?, io::sink(), buffer).map(drop)
    }

    /// What [`Store::secure`] would tell of a file, which stays where it is; every byte passes through `progress`, whose error ends the reading.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub(crate) fn survey(source: &Path, progress: impl Write) -> io::Result<Secured> {
        hash(File::open(source)?, progress, &mut Self::buffer())
    }

    /// Makes files that were secured durable, with the folder that names them: durability rule 2.
    ///
    /// # Errors
    ///
    /// When the disk refuses: those copies are worthless and must be dropped.
    pub fn synchronise(&self, ids: &[Id]) -> io::Result<()> {
        if ids.len() >= WHOLE_FILE_SYSTEM_FROM {
            return platform::sync_filesystem(&self.folder);
        }
        for id in ids {
            File::open(self.path(*id))?.sync_all()?;
        }
        platform::sync_dir(&self.folder)
    }

    /// Drops the bytes of `id`, whole or partial; nothing happens when there are none.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub fn remove(&self, id: Id) -> io::Result<()> {
        for path in [self.path(id), self.partial(id)] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Everything in the store's folder that bears an identifier; other names are left alone.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read.
    pub fn entries(&self) -> io::Result<Vec<Stored>> {
        self.listing().map(|(entries, _)| entries)
    }

    /// Everything in the store's folder: what bears an identifier, and other names.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read; one that does not exist is empty.
    pub fn listing(&self) -> io::Result<(Vec<Stored>, Vec<String>)> {
        let (mut found, mut others) = (Vec::new(), Vec::new());
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((found, others)),
            entries => entries?,
        };
        for entry in entries {
            let name = entry?.file_name();
            let stored = name.to_str().and_then(|name| match name.strip_suffix(".part") {
                Some(id) => id.parse().ok().map(Stored::Partial),
                None => name.parse().ok().map(Stored::Whole),
            });
            match stored {
                Some(stored) => found.push(stored),
                None => others.push(name.to_string_lossy().into_owned()),
            }
        }
        Ok((found, others))
    }

    /// Hashes a whole file again.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn rehash(&self, id: Id) -> io::Result<Secured> {
        hash(File::open(self.path(id))?, io::sink(), &mut Self::buffer())
    }

    /// Begins to receive the bytes of `id`.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub(crate) async fn sink(&self, id: Id, searcher: Searcher) -> io::Result<Sink> {
        let file = tokio::fs::File::create(self.partial(id)).await?;
        Ok(Sink { file, sha1: Sha1::new(), sha256: Sha256::new(), size: 0, searcher })
    }

    /// Makes what a sink received durable under its final name, and tells its facts and the label found in it.
    pub(crate) async fn finish(
        &self,
        id: Id,
        sink: Sink,
        completeness: Completeness,
    ) -> io::Result<(Collected, Option<String>)> {
        let Sink { mut file, sha1, sha256, size, searcher } = sink;
        file.flush().await?;
        CrashPoint::Collected.pass();
        file.sync_all().await?;
        tokio::fs::rename(self.partial(id), self.path(id)).await?;
        platform::sync_dir(&self.folder)?;
        CrashPoint::CollectedDurably.pass();
        let collected = Collected { size, sha1: hex(&sha1.finalize()), sha256: hex(&sha256.finalize()), completeness };
        Ok((collected, searcher.label().map(ToOwned::to_owned)))
    }
}

/// The beginning of the bytes of `id` in the store of `data_dir`, at most [`LOOKED_AT`]; nothing where they cannot be read.
#[must_use]
pub fn beginning(data_dir: &Path, id: Id) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Ok(file) = File::open(data_dir.join(FOLDER).join(id.to_string())) {
        // What can be read tells what it can.
        let _ = file.take(LOOKED_AT).read_to_end(&mut bytes);
    }
    bytes
}

/// Where the bytes of a return go while they come in.
#[derive(Debug)]
pub struct Sink {
    file: tokio::fs::File,
    sha1: Sha1,
    sha256: Sha256,
    size: u64,
    searcher: Searcher,
}

impl Sink {
    /// Takes the next bytes.
    ///
    /// # Errors
    ///
    /// When the disk refuses: the read must be given up.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes).await?;
        self.sha1.update(bytes);
        self.sha256.update(bytes);
        self.searcher.feed(bytes);
        self.size += bytes.len() as u64;
        Ok(())
    }

    /// Bytes taken so far.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }
}

fn copy(source: &Path, target: &Path, buffer: &mut [u8]) -> io::Result<Secured> {
    let from = File::open(source)?;
    let to = OpenOptions::new().write(true).create_new(true).open(target)?;
    hash(from, to, buffer)
}

/// Reads to the end, passing every byte on, and tells size and hashes.
fn hash(mut from: File, mut to: impl Write, buffer: &mut [u8]) -> io::Result<Secured> {
    let (mut sha1, mut sha256) = (Sha1::new(), Sha256::new());
    let mut head = Vec::new();
    let mut size = 0;
    loop {
        let count = match from.read(buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let bytes = &buffer[..count];
        let room = HEAD.saturating_sub(head.len()).min(count);
        head.extend_from_slice(&bytes[..room]);
        sha1.update(bytes);
        sha256.update(bytes);
        to.write_all(bytes)?;
        size += count as u64;
    }
    Ok(Secured { size, sha1: hex(&sha1.finalize()), sha256: hex(&sha256.finalize()), head })
}
