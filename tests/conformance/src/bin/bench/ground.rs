//! The folders and files that are worked on, on the disk that holds the build and not in memory.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use scheduler_core::platform;
use tempfile::TempDir;

/// What a measure may end with.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// A folder below the target directory, removed at the end.
#[derive(Debug)]
pub(crate) struct Ground(TempDir);

impl Ground {
    pub(crate) fn new() -> Outcome<Self> {
        let programs = std::env::current_exe()?;
        let target = programs.ancestors().nth(2).ok_or("the program stands in no target directory")?;
        Ok(Self(tempfile::Builder::new().prefix("bench-").tempdir_in(target)?))
    }

    /// A new folder, whose name begins so. Nothing is removed before the end: ext4 hands out inodes slowly for minutes after many were
    /// freed, which would be measured as our work or our peer's.
    pub(crate) fn fresh(&self, name: &str) -> Outcome<PathBuf> {
        let path = tempfile::Builder::new().prefix(name).disable_cleanup(true).tempdir_in(self.0.path())?.keep();
        self.settle()?;
        Ok(path)
    }

    /// Waits until nothing that was written so far is still on its way to the disk.
    pub(crate) fn settle(&self) -> Outcome<()> {
        Ok(platform::sync_filesystem(self.0.path())?)
    }
}

/// Random bytes that no disk can guess or share (SplitMix64), never twice the same.
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new() -> Self {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self(since.as_secs().wrapping_mul(1_000_000_007) ^ u64::from(since.subsec_nanos()))
    }

    fn bytes(&mut self) -> [u8; 8] {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).to_le_bytes()
    }

    /// Writes a file of `size` random bytes, a multiple of 8.
    pub(crate) fn file(&mut self, path: &Path, size: usize) -> io::Result<()> {
        let mut file = BufWriter::with_capacity(64 * 1024, File::create_new(path)?);
        for _ in 0..size / 8 {
            file.write_all(&self.bytes())?;
        }
        file.flush()
    }

    /// Writes `count` files of `size` bytes, named `prefix000000.xml` and so on.
    pub(crate) fn files(&mut self, folder: &Path, prefix: &str, count: usize, size: usize) -> io::Result<()> {
        (0..count).try_for_each(|number| self.file(&folder.join(format!("{prefix}{number:06}.xml")), size))
    }
}

/// Files that stand in a folder itself.
pub(crate) fn count(folder: &Path) -> io::Result<usize> {
    fs::read_dir(folder)?.try_fold(0, |count, entry| Ok(count + usize::from(entry?.file_type()?.is_file())))
}
