//! What goes into a backup: one instant of the journal, and the files that it speaks of.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write as _};
use std::path::{Path, PathBuf};

use age::secrecy::{ExposeSecret as _, SecretSlice};
use jiff::Timestamp;
use scheduler_core::consignment::Consignment;
use scheduler_core::id::Id;
use scheduler_core::journal::Reader;
use scheduler_core::returned::{Return, ReturnState};

use super::error::BackupError;
use super::manifest::{self, Header, JOURNAL, Member};
use super::meter::{Broken, Meter};
use super::named::Named;
use super::work::Work;
use crate::catalogue::Language;
use crate::config::{Loaded, SecretRequest, SecretSource};

/// Rows read in one go.
const AT_ONCE: u32 = 1000;

/// Longest file kept in memory while the backup is made: configuration, secrets, the last session's trace.
const SMALL: u64 = 16 * 1024 * 1024;

/// What a backup holds, and where its bytes are.
pub(super) struct Content {
    pub(super) header: Header,
    /// The manifest, whole.
    pub(super) manifest: PathBuf,
    sources: Sources,
}

struct Sources {
    journal: PathBuf,
    store: PathBuf,
    traces: PathBuf,
    /// What may change or vanish meanwhile; secrets among it.
    kept: BTreeMap<String, SecretSlice<u8>>,
}

/// What is asked for.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) loaded: &'a Loaded,
    /// The files that profiles name.
    pub(super) named: &'a [Named],
    /// Passwords and private keys too.
    pub(super) secrets: bool,
}

/// The members, as they are found.
struct Listing {
    lines: BufWriter<File>,
    path: PathBuf,
    members: u64,
    bytes: u64,
    left_out: Vec<String>,
    language: Language,
}

/// Takes the instant and lists what belongs to it. Nothing of the store is read: the journal knows its hashes, and the packing checks them.
pub(super) async fn gather(
    what: Wanted<'_>,
    work: &Work,
    now: Timestamp,
    meter: &Meter,
) -> Result<Content, BackupError> {
    let loaded = what.loaded;
    let data_dir = &loaded.settings.data_dir;
    let journal = work.file(JOURNAL)?;
    let reader = Reader::open(data_dir).await?;
    reader.snapshot(&journal).await?;
    reader.close().await;
    let sources = Sources {
        journal,
        store: data_dir.join("store"),
        traces: loaded.settings.trace_dir.clone(),
        kept: BTreeMap::new(),
    };
    let mut content = Content { header: header(loaded, now)?, manifest: work.file(manifest::NAME)?, sources };
    let path = work.file("members.jsonl")?;
    let lines = BufWriter::new(File::create(&path).map_err(BackupError::write(&path))?);
    let mut listing = Listing { lines, path, members: 0, bytes: 0, left_out: Vec::new(), language: loaded.language };
    content.whole_file(JOURNAL, &content.sources.journal.clone(), &mut listing, meter)?;
    content.configuration(loaded, &mut listing)?;
    content.secrets(loaded, what.secrets, &mut listing)?;
    content.named(&what, &mut listing)?;
    content.traces(&mut listing, meter)?;
    let snapshot = Reader::open(work.path()).await?;
    content.store(&snapshot, &mut listing, meter).await?;
    let head = snapshot.head().await?;
    snapshot.close().await;
    (content.header.seq, content.header.hash) = (head.seq, head.hex());
    content.finish(listing)?;
    Ok(content)
}

fn header(loaded: &Loaded, created: Timestamp) -> Result<Header, BackupError> {
    let main = loaded.files.first().ok_or(BackupError::NeverRan)?;
    let config = main.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Header {
        kind: Header::kind(),
        version: manifest::VERSION,
        station: loaded.settings.name.clone(),
        created,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        seq: 0,
        hash: String::new(),
        config,
        base: main.parent().unwrap_or_else(|| Path::new("/")).to_owned(),
        members: 0,
        bytes: 0,
        left_out: Vec::new(),
    })
}

impl Content {
    /// The bytes of a member.
    pub(super) fn open(&self, name: &str) -> Result<Box<dyn Read + '_>, BackupError> {
        if let Some(bytes) = self.sources.kept.get(name) {
            return Ok(Box::new(bytes.expose_secret()));
        }
        let path = match name.split_once('/') {
            Some(("store", file)) => self.sources.store.join(file),
            Some((_, file)) => self.sources.traces.join(file),
            None => self.sources.journal.clone(),
        };
        let file = File::open(&path).map_err(|error| match (name.starts_with("store/"), error.kind()) {
            (true, io::ErrorKind::NotFound) => BackupError::Changed(name.to_owned()),
            _ => BackupError::Read { path, error },
        })?;
        Ok(Box::new(file))
    }

    /// A file whose hash only reading tells; it may grow afterwards.
    fn whole_file(&self, name: &str, path: &Path, listing: &mut Listing, meter: &Meter) -> Result<(), BackupError> {
        let mut file = File::open(path).map_err(BackupError::read(path))?;
        let size = file.metadata().map_err(BackupError::read(path))?.len();
        let copied = meter.copy(&mut file, &mut io::sink(), size).map_err(|broken| match broken {
            Broken::Read(error) | Broken::Write(error) => BackupError::read(path)(error),
            Broken::Stopped => BackupError::Interrupted,
        })?;
        listing.add(&Member { name: name.to_owned(), size: copied.size, sha256: copied.sha256, from: None })
    }

    fn keep(
        &mut self,
        name: &str,
        path: &Path,
        from: Option<PathBuf>,
        listing: &mut Listing,
    ) -> Result<(), BackupError> {
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(BackupError::read(path))?;
        file.take(SMALL + 1).read_to_end(&mut bytes).map_err(BackupError::read(path))?;
        if bytes.len() as u64 > SMALL {
            return Err(BackupError::read(path)(io::Error::other("it is longer than 16 MiB")));
        }
        let (size, sha256) = (bytes.len() as u64, super::meter::sha256(&bytes));
        self.sources.kept.insert(name.to_owned(), SecretSlice::from(bytes));
        listing.add(&Member { name: name.to_owned(), size, sha256, from })
    }

    fn configuration(&mut self, loaded: &Loaded, listing: &mut Listing) -> Result<(), BackupError> {
        for path in &loaded.files {
            let below = path.strip_prefix(&self.header.base).unwrap_or(path);
            let name = format!("config/{}", below.display());
            if manifest::place(&name).is_none() {
                let path = path.to_owned();
                return Err(BackupError::Read {
                    path,
                    error: io::Error::other("no backup can hold a file of this name"),
                });
            }
            self.keep(&name, path, None, listing)?;
        }
        Ok(())
    }

    fn secrets(&mut self, loaded: &Loaded, wanted: bool, listing: &mut Listing) -> Result<(), BackupError> {
        for request in loaded.secrets.iter().filter(|request| !was_never_given(request)) {
            let name = format!("secrets/{}", request.name);
            match &request.source {
                SecretSource::File(path) if wanted && manifest::place(&name).is_some() => {
                    self.keep(&name, path, Some(path.clone()), listing)?;
                }
                _ => listing.leave_out("le secret", "the secret", &request.name),
            }
        }
        Ok(())
    }

    /// Authorities, certificates and keys: without them the profiles of a restored station could not be used.
    fn named(&mut self, what: &Wanted<'_>, listing: &mut Listing) -> Result<(), BackupError> {
        for Named { field, path, private } in what.named.iter().filter(|named| named.path.is_file()) {
            let name = format!("secrets/{field}");
            if manifest::place(&name).is_some() && (what.secrets || !private) {
                self.keep(&name, path, Some(path.clone()), listing)?;
            } else {
                listing.leave_out("le fichier", "the file", &format!("{field} ({})", path.display()));
            }
        }
        Ok(())
    }

    /// The last session's trace is replaced at any time, those of the days only grow.
    fn traces(&mut self, listing: &mut Listing, meter: &Meter) -> Result<(), BackupError> {
        let folder = self.sources.traces.clone();
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(BackupError::read(&folder))?,
        };
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.ok().filter(|entry| entry.path().is_file())?.file_name().into_string().ok())
            .filter(|name| name.ends_with(".log") && manifest::place(&format!("traces/{name}")).is_some())
            .collect();
        names.sort_unstable();
        for file in names {
            let (name, path) = (format!("traces/{file}"), folder.join(&file));
            let small = fs::metadata(&path).is_ok_and(|found| found.len() <= SMALL);
            let done = if file == "last.log" && small {
                self.keep(&name, &path, None, listing)
            } else {
                self.whole_file(&name, &path, listing, meter)
            };
            match done {
                Err(BackupError::Read { error, .. }) if error.kind() == io::ErrorKind::NotFound => {}
                done => done?,
            }
        }
        Ok(())
    }

    /// The files that the journal knows of.
    async fn store(&self, journal: &Reader, listing: &mut Listing, meter: &Meter) -> Result<(), BackupError> {
        let (mut after, mut absent) = (None, 0_u64);
        loop {
            let page = journal.consignments_after(after, AT_ONCE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for row in &page {
                absent += u64::from(!self.consignment(row, listing)?);
            }
        }
        after = None;
        loop {
            let page = journal.returns_after(after, AT_ONCE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for row in &page {
                absent += u64::from(!self.returned(row, listing, meter)?);
            }
        }
        if absent > 0 {
            listing.leave_out(
                "fichiers qui ne sont plus dans la réserve :",
                "files that are no longer in the store:",
                &absent.to_string(),
            );
        }
        Ok(())
    }

    /// Whether its bytes are there; those that may still be sent must be.
    fn consignment(&self, row: &Consignment, listing: &mut Listing) -> Result<bool, BackupError> {
        let status = row.state.status();
        let needed = status.is_pending() || status.needs_human();
        self.stored(row.id, row.facts.size, &row.facts.sha256, needed, listing)
    }

    fn returned(&self, row: &Return, listing: &mut Listing, meter: &Meter) -> Result<bool, BackupError> {
        if let (ReturnState::Stored | ReturnState::Published | ReturnState::Disposed, Some(collected)) =
            (&row.state, &row.collected)
        {
            let needed = row.state == ReturnState::Stored;
            return self.stored(row.id, collected.size, &collected.sha256, needed, listing);
        }
        let part = format!("{}.part", row.id);
        let path = self.sources.store.join(&part);
        if matches!(row.state, ReturnState::Incomplete { .. }) && path.is_file() {
            self.whole_file(&format!("store/{part}"), &path, listing, meter)?;
        }
        Ok(true)
    }

    fn stored(
        &self,
        id: Id,
        size: u64,
        sha256: &str,
        needed: bool,
        listing: &mut Listing,
    ) -> Result<bool, BackupError> {
        let path = self.sources.store.join(id.to_string());
        match fs::metadata(&path) {
            Ok(found) if found.len() == size => {
                let member = Member { name: format!("store/{id}"), size, sha256: sha256.to_owned(), from: None };
                listing.add(&member).map(|()| true)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound && !needed => Ok(false),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(BackupError::Read { path, error }),
            _ => Err(BackupError::Store(id.to_string())),
        }
    }

    /// Writes the header before the members.
    fn finish(&mut self, mut listing: Listing) -> Result<(), BackupError> {
        let unwritable = || BackupError::write(&self.manifest);
        listing.lines.flush().map_err(unwritable())?;
        self.header.members = listing.members;
        self.header.bytes = listing.bytes;
        self.header.left_out = listing.left_out;
        let mut members = File::open(&listing.path).map_err(BackupError::read(&listing.path))?;
        let mut whole = File::create(&self.manifest).map_err(unwritable())?;
        let line = serde_json::to_string(&self.header).map_err(|error| unwritable()(error.into()))?;
        whole.write_all(format!("{line}\n").as_bytes()).map_err(unwritable())?;
        io::copy(&mut members, &mut whole).map_err(unwritable())?;
        Ok(())
    }
}

/// A secret that the profile does without: there is nothing to keep, and nothing to tell.
fn was_never_given(request: &SecretRequest) -> bool {
    let absent =
        |path| fs::symlink_metadata(path).is_err_and(|error: io::Error| error.kind() == io::ErrorKind::NotFound);
    matches!(&request.source, SecretSource::File(path) if !request.required && absent(path))
}

impl Listing {
    fn add(&mut self, member: &Member) -> Result<(), BackupError> {
        let line = serde_json::to_string(member).map_err(|error| BackupError::write(&self.path)(error.into()))?;
        self.lines.write_all(format!("{line}\n").as_bytes()).map_err(BackupError::write(&self.path))?;
        self.members += 1;
        self.bytes += member.size;
        Ok(())
    }

    fn leave_out(&mut self, fr: &str, en: &str, what: &str) {
        self.left_out.push(format!("{} {what}", self.language.pick(fr, en)));
    }
}
