//! From an encrypted archive to a folder, believing nothing: what a manifest does not announce, in its order and with its size and hash, is
//! refused. The same path serves a restore and the verification of every backup.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write as _};
use std::path::{Path, PathBuf};

use scheduler_core::clock::Clock;
use scheduler_core::journal::{Durability, Journal, JournalError, Reader};
use scheduler_core::platform;
use tar::{Archive, Entries, Entry};

use super::error::BackupError;
use super::key::Key;
use super::manifest::{self, Header, Lines};
use super::meter::{Broken, Copied, Meter};
use super::work::private_file;
use crate::command::init::private_folder;

/// Space that must stay free beside the files themselves.
const MARGIN: u64 = 16 * 1024 * 1024;

/// What was unpacked.
pub(super) struct Unpacked {
    pub(super) header: Header,
    /// Where secrets were, and where they are now, relative to the folder.
    pub(super) secrets: Vec<(PathBuf, String)>,
}

/// Unpacks `file` into the folder `into`, which must be empty.
pub(super) fn unpack(file: &Path, key: &Key, into: &Path, meter: &Meter) -> Result<Unpacked, BackupError> {
    let mut archive = Archive::new(key.decrypt(file)?);
    let unpacker = Unpacker { file, into, meter };
    let unpacked = {
        // Raw: names that are longer than a header, links and everything else that tar can express are refused like any unknown entry.
        let mut entries = archive.entries().map_err(|error| unpacker.broken(error))?.raw(true);
        unpacker.all(&mut entries)?
    };
    unpacker.end(archive.into_inner())?;
    Ok(unpacked)
}

struct Unpacker<'a> {
    file: &'a Path,
    into: &'a Path,
    meter: &'a Meter,
}

impl Unpacker<'_> {
    fn all<R: Read>(&self, entries: &mut Entries<'_, R>) -> Result<Unpacked, BackupError> {
        let mut first = self.next(entries)?.ok_or(BackupError::NotABackup)?;
        if name(&first) != manifest::NAME.as_bytes() {
            return Err(BackupError::NotABackup);
        }
        let size = self.size(&first)?;
        self.room(size)?;
        let path = self.into.join(manifest::NAME);
        self.write(&mut first, &path, size)?;
        drop(first);
        let open = File::open(&path).map_err(BackupError::read(&path))?;
        let (header, mut lines) = Lines::open(BufReader::new(open))?;
        self.room(header.bytes)?;
        self.meter.expect(header.bytes);
        let (mut members, mut bytes, mut secrets) = (0_u64, 0_u64, Vec::new());
        while let Some(member) = lines.next()? {
            let refused = |what: &str| BackupError::Hostile(format!("{what} {:?}", member.name));
            let place = manifest::place(&member.name).ok_or_else(|| refused("the name"))?;
            members += 1;
            bytes = bytes
                .checked_add(member.size)
                .filter(|sum| *sum <= header.bytes)
                .ok_or_else(|| refused("the size of"))?;
            let mut entry =
                self.next(entries)?.ok_or_else(|| BackupError::Damaged(format!("{} is missing", member.name)))?;
            if name(&entry) != member.name.as_bytes() || self.size(&entry)? != member.size {
                return Err(refused("what stands in the place of"));
            }
            let copied = self.write(&mut entry, &self.into.join(&place), member.size)?;
            if copied.size != member.size || copied.sha256 != member.sha256 {
                return Err(BackupError::Damaged(format!("{} is not what its manifest says", member.name)));
            }
            secrets.extend(member.from.map(|from| (from, place.to_string_lossy().into_owned())));
        }
        if (members, bytes) != (header.members, header.bytes) {
            return Err(BackupError::Damaged("its manifest does not count right".to_owned()));
        }
        match self.next(entries)? {
            Some(_) => Err(BackupError::Hostile("a file that its manifest does not announce".to_owned())),
            None => Ok(Unpacked { header, secrets }),
        }
    }

    fn next<'a, R: Read>(&self, entries: &mut Entries<'a, R>) -> Result<Option<Entry<'a, R>>, BackupError> {
        let Some(entry) = entries.next() else { return Ok(None) };
        let entry = entry.map_err(|error| self.broken(error))?;
        if entry.header().entry_type().is_file() {
            return Ok(Some(entry));
        }
        Err(BackupError::Hostile(format!("an entry that is not a file {:?}", String::from_utf8_lossy(&name(&entry)))))
    }

    fn size<R: Read>(&self, entry: &Entry<'_, R>) -> Result<u64, BackupError> {
        entry.header().entry_size().map_err(|error| self.broken(error))
    }

    fn room(&self, needed: u64) -> Result<(), BackupError> {
        let needed = needed.saturating_add(MARGIN);
        match platform::available_space(self.into) {
            Ok(free) if free < needed => Err(BackupError::Space { needed, free }),
            _ => Ok(()),
        }
    }

    fn write(&self, from: &mut impl Read, path: &Path, size: u64) -> Result<Copied, BackupError> {
        if let Some(folder) = path.parent() {
            private_folder(folder).map_err(BackupError::write(folder))?;
        }
        let file = private_file(path, true).map_err(|error| match error {
            BackupError::Write { error, .. } if error.kind() == io::ErrorKind::AlreadyExists => {
                BackupError::Hostile(format!("twice the same file {}", path.display()))
            }
            error => error,
        })?;
        let mut file = BufWriter::new(file);
        let copied = self.meter.copy(from, &mut file, size).map_err(|broken| match broken {
            Broken::Read(error) => self.broken(error),
            Broken::Write(error) => BackupError::write(path)(error),
            Broken::Stopped => BackupError::Interrupted,
        })?;
        file.flush().map_err(BackupError::write(path))?;
        Ok(copied)
    }

    /// What follows the last member: zeros, and the end of the encryption, which authenticates that nothing was cut off.
    fn end(&self, mut rest: impl Read) -> Result<(), BackupError> {
        let mut buffer = [0; 4096];
        loop {
            match rest.read(&mut buffer).map_err(|error| self.broken(error))? {
                0 => return Ok(()),
                count if buffer[..count].iter().all(|byte| *byte == 0) => {}
                _ => return Err(BackupError::Hostile("bytes after its end".to_owned())),
            }
        }
    }

    /// What the system says of the file, or what decryption and tar say of its content.
    fn broken(&self, error: io::Error) -> BackupError {
        if error.raw_os_error().is_some() {
            return BackupError::read(self.file)(error);
        }
        BackupError::Damaged(error.to_string())
    }
}

fn name<R: Read>(entry: &Entry<'_, R>) -> Vec<u8> {
    entry.header().path_bytes().into_owned()
}

/// Opens the unpacked journal as a station would, walks its chain and compares its end.
pub(super) async fn check(folder: &Path, header: &Header, durability: Durability) -> Result<(), BackupError> {
    let data_dir = folder.join("data");
    if !Reader::file(&data_dir).is_file() {
        return Err(BackupError::Damaged("it holds no journal".to_owned()));
    }
    let damaged = |error: JournalError| match error {
        JournalError::Database(_) if error.code() != "disk-full" => BackupError::Damaged(error.to_string()),
        error => BackupError::Journal(error),
    };
    let (journal, reader) = Journal::open(&data_dir, Clock::system(), durability).await.map_err(damaged)?;
    let verified = reader.verify().await;
    reader.close().await;
    journal.close().await;
    let verified = verified.map_err(damaged)?.map_err(|broken| BackupError::Damaged(broken.to_string()))?;
    if (verified.head.seq, verified.head.hex()) != (header.seq, header.hash.clone()) {
        return Err(BackupError::Damaged("its journal does not end as its manifest says".to_owned()));
    }
    Ok(())
}
