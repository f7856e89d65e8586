//! From files to one encrypted archive, in constant memory: tar, then age. Nothing is compressed: what is sent mostly is already, and a
//! plain archive can be read by any tool for ever.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use tar::{EntryType, Header};

use super::content::Content;
use super::error::BackupError;
use super::key::Lock;
use super::manifest::{self, Lines};
use super::meter::{Broken, Copied, Meter};

/// The unit of a tar archive.
const BLOCK: usize = 512;

/// Writes the archive into `file`, which bears `path`, and makes it durable.
pub(super) fn pack(content: &Content, lock: &Lock, file: File, path: &Path, meter: &Meter) -> Result<(), BackupError> {
    let unwritable = || BackupError::write(path);
    let mut archive = Archive {
        out: lock.encrypt(BufWriter::with_capacity(256 * 1024, file)).map_err(unwritable())?,
        path,
        meter,
        created: u64::try_from(content.header.created.as_second()).unwrap_or(0),
    };
    let manifest = File::open(&content.manifest).map_err(BackupError::read(&content.manifest))?;
    let size = manifest.metadata().map_err(BackupError::read(&content.manifest))?.len();
    archive.add(manifest::NAME, size, &mut BufReader::new(manifest))?;
    let manifest = File::open(&content.manifest).map_err(BackupError::read(&content.manifest))?;
    let (_, mut lines) = Lines::open(BufReader::new(manifest))?;
    while let Some(member) = lines.next()? {
        let copied = archive.add(&member.name, member.size, &mut *content.open(&member.name)?)?;
        if copied.size != member.size || copied.sha256 != member.sha256 {
            // The store is never written again: what differs there is damaged. Everything else may have changed since it was listed.
            let of_store = member.name.starts_with("store/") && !member.name.ends_with(".part");
            return Err(if of_store { BackupError::Store(member.name) } else { BackupError::Changed(member.name) });
        }
    }
    let mut out = archive.out;
    let end = [0; 2 * BLOCK];
    let finished = out.write_all(&end).and_then(|()| out.finish()).and_then(|mut out| {
        out.flush()?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    });
    finished.map_err(unwritable())
}

struct Archive<'a, W> {
    out: W,
    path: &'a Path,
    meter: &'a Meter,
    created: u64,
}

impl<W: Write> Archive<'_, W> {
    fn add(&mut self, name: &str, size: u64, from: &mut (impl Read + ?Sized)) -> Result<Copied, BackupError> {
        let unwritable = || BackupError::write(self.path);
        let mut header = Header::new_ustar();
        header.set_path(name).map_err(unwritable())?;
        header.set_entry_type(EntryType::Regular);
        header.set_size(size);
        header.set_mode(0o600);
        header.set_mtime(self.created);
        header.set_cksum();
        self.out.write_all(header.as_bytes()).map_err(unwritable())?;
        let mut from = from;
        let copied = self.meter.copy(&mut from, &mut self.out, size).map_err(|broken| match broken {
            Broken::Read(error) => BackupError::read(Path::new(name))(error),
            Broken::Write(error) => unwritable()(error),
            Broken::Stopped => BackupError::Interrupted,
        })?;
        let last = usize::try_from(size % BLOCK as u64).unwrap_or(0);
        self.out.write_all(&[0; BLOCK][..(BLOCK - last) % BLOCK]).map_err(unwritable())?;
        Ok(copied)
    }
}
