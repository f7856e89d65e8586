//! Looking at a maildir (`new/` and `cur/`; `tmp/` is never opened) or at a plain folder of `.eml` files.
//!
//! A [`Look`] remembers what it has read, so that the hundred thousand mails of an old folder are listed at every look but parsed once.
//! The memory is the process's: after a restart every mail is reported again, and its reader knows it by its
//! [`key`](super::Mail::key).

use std::{
    collections::{BinaryHeap, HashMap},
    ffi::OsString,
    fs::{self, File, Metadata},
    io::{self, Read},
    path::{Path, PathBuf},
    time::SystemTime,
};

use jiff::{SignedDuration, Timestamp};

use super::{Limits, Mail, MailError, MailboxError, Problem};

/// A file whose last change is this old by our clock is complete, unless the clocks of two machines differ by more.
const LONG_AGO: SignedDuration = SignedDuration::from_secs(60);

/// What one look found.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Seen {
    /// The mails not reported before, by date then file name, undated ones first.
    pub mails: Vec<Mail>,
    /// The files that hold no readable mail, each reported once.
    pub problems: Vec<Problem>,
    /// Files that may still be growing; a later look reads them.
    pub waiting: usize,
    /// Whether mails are left unread because [`Limits::messages_per_look`] was reached: look again.
    pub more: bool,
}

/// A folder of mails and the memory of what was read from it.
#[derive(Debug)]
pub struct Look {
    folder: PathBuf,
    limits: Limits,
    round: u64,
    known: HashMap<OsString, Known>,
}

#[derive(Debug)]
struct Known {
    round: u64,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Seen growing, or not yet old enough.
    Settling { stamp: Stamp, since: Timestamp },
    /// Reported, as a mail or as a problem. A maildir's files never change, so they have no stamp.
    Reported(Option<Stamp>),
    /// Reported as unreadable, tried again silently.
    Unreadable,
}

/// What tells whether a file of a plain folder changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
}

/// A file to read; ordered by name, so that a maildir's older mails (named by their second) come first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    id: OsString,
    path: PathBuf,
}

#[derive(Default)]
struct Listing {
    /// The first names, at most one more than the limit; the greatest on top.
    fresh: BinaryHeap<Candidate>,
    again: Vec<Candidate>,
    stamps: HashMap<OsString, Stamp>,
    waiting: usize,
}

impl Look {
    /// Nothing is read before the first [`look`](Self::look).
    pub fn new(folder: impl Into<PathBuf>, limits: Limits) -> Self {
        Self { folder: folder.into(), limits, round: 0, known: HashMap::new() }
    }

    /// Lists the folder and parses what was not reported before. Blocking: call it from a thread that may wait for a disk.
    ///
    /// A folder is a maildir as soon as it holds `new/` or `cur/`. Mails that left the folder are forgotten.
    ///
    /// # Errors
    ///
    /// [`MailboxError`] when the folder itself cannot be listed; what was known stays known.
    pub fn look(&mut self, now: Timestamp) -> Result<Seen, MailboxError> {
        self.round += 1;
        let mut listing = self.list(now)?;
        let round = self.round;
        self.known.retain(|_, known| known.round == round);
        let mut seen = Seen { waiting: listing.waiting, more: self.cut(&mut listing.fresh), ..Seen::default() };
        for candidate in listing.fresh.into_sorted_vec().into_iter().chain(listing.again) {
            let stamp = listing.stamps.remove(&candidate.id);
            self.read(candidate, stamp, &mut seen);
        }
        seen.mails.sort_by(|a, b| (a.date, a.name()).cmp(&(b.date, b.name())));
        Ok(seen)
    }

    fn list(&mut self, now: Timestamp) -> Result<Listing, MailboxError> {
        let subfolders = ["new", "cur"].map(|name| self.folder.join(name));
        let mut listing = Listing::default();
        if subfolders.iter().any(|folder| folder.is_dir()) {
            for folder in subfolders.iter().filter(|folder| folder.is_dir()) {
                each_file(folder, |name, path| self.sort_maildir(name, path, &mut listing))?;
            }
        } else if self.folder.is_dir() {
            let folder = self.folder.clone();
            each_file(&folder, |name, path| self.sort_plain(name, path, now, &mut listing))?;
        } else {
            return Err(MailboxError::NotAFolder { path: self.folder.clone() });
        }
        Ok(listing)
    }

    fn sort_maildir(&mut self, name: OsString, path: PathBuf, listing: &mut Listing) {
        let id = without_flags(name);
        let round = self.round;
        match self.known.get_mut(&id) {
            Some(known) => {
                known.round = round;
                if known.state == State::Unreadable {
                    listing.again.push(Candidate { id, path });
                }
            }
            None => self.propose(Candidate { id, path }, listing),
        }
    }

    fn sort_plain(&mut self, id: OsString, path: PathBuf, now: Timestamp, listing: &mut Listing) {
        if !Path::new(&id).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("eml")) {
            return;
        }
        // Gone since it was listed, or a link to nothing: no mail either way.
        let Ok(metadata) = fs::metadata(&path) else {
            return;
        };
        if !metadata.is_file() {
            return;
        }
        let stamp = Stamp::of(&metadata);
        let round = self.round;
        let known =
            self.known.entry(id.clone()).or_insert(Known { round, state: State::Settling { stamp, since: now } });
        known.round = round;
        match known.state {
            State::Reported(Some(reported)) if reported == stamp => {}
            State::Unreadable => {
                listing.stamps.insert(id.clone(), stamp);
                listing.again.push(Candidate { id, path });
            }
            State::Settling { stamp: before, since }
                if before == stamp && stamp.is_settled(since, now, &self.limits) =>
            {
                listing.stamps.insert(id.clone(), stamp);
                self.propose(Candidate { id, path }, listing);
            }
            State::Settling { stamp: before, .. } if before == stamp => listing.waiting += 1,
            State::Settling { .. } | State::Reported(_) => {
                known.state = State::Settling { stamp, since: now };
                listing.waiting += 1;
            }
        }
    }

    /// Keeps the candidate if it is among the first; one more than the limit tells that some are left.
    fn propose(&self, candidate: Candidate, listing: &mut Listing) {
        listing.fresh.push(candidate);
        if listing.fresh.len() > self.limits.messages_per_look.saturating_add(1)
            && let Some(last) = listing.fresh.pop()
        {
            listing.stamps.remove(&last.id);
        }
    }

    fn cut(&self, fresh: &mut BinaryHeap<Candidate>) -> bool {
        let more = fresh.len() > self.limits.messages_per_look;
        if more {
            fresh.pop();
        }
        more
    }

    fn read(&mut self, candidate: Candidate, stamp: Option<Stamp>, seen: &mut Seen) {
        let Candidate { id, path } = candidate;
        let outcome =
            read_bounded(&path, self.limits.message_bytes).and_then(|bytes| Mail::parse(&path, &bytes, &self.limits));
        let state = match outcome {
            Ok(mail) => {
                seen.mails.push(mail);
                State::Reported(stamp)
            }
            // Another reader moved it from new/ to cur/, or deleted it.
            Err(MailError::Unreadable(error)) if error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => {
                let state = match error {
                    MailError::Unreadable(_) => State::Unreadable,
                    _ => State::Reported(stamp),
                };
                if self.known.get(&id).is_none_or(|known| known.state != State::Unreadable)
                    || state != State::Unreadable
                {
                    seen.problems.push(Problem { path, error });
                }
                state
            }
        };
        self.known.insert(id, Known { round: self.round, state });
    }
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self { bytes: metadata.len(), modified: metadata.modified().ok() }
    }

    /// Unchanged since `since`: is that enough to call the file complete?
    fn is_settled(&self, since: Timestamp, now: Timestamp, limits: &Limits) -> bool {
        let age = self
            .modified
            .and_then(|modified| Timestamp::try_from(modified).ok())
            .map(|modified| now.duration_since(modified));
        let watched = now.duration_since(since);
        age.is_some_and(|age| age >= LONG_AGO)
            || watched >= SignedDuration::try_from(limits.settle).unwrap_or(SignedDuration::MAX)
    }
}

/// Calls `each` for every entry whose name does not start with a dot (servers keep their indexes under such names).
pub(super) fn each_file(folder: &Path, mut each: impl FnMut(OsString, PathBuf)) -> Result<(), MailboxError> {
    let unlistable = |source| MailboxError::Unlistable { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(unlistable)? {
        let entry = entry.map_err(unlistable)?;
        let name = entry.file_name();
        if !name.as_encoded_bytes().starts_with(b".") {
            each(name, entry.path());
        }
    }
    Ok(())
}

/// A maildir name without its flags (`:2,S`): the part that stays when a mail goes from `new/` to `cur/`.
pub(super) fn without_flags(name: OsString) -> OsString {
    match name.to_str().and_then(|name| name.split_once(":2,")) {
        Some((unique, _)) => unique.into(),
        None => name,
    }
}

/// Reads a regular file, never more than one byte past `limit`; a pipe or a device is refused before it is opened, since opening may block.
pub(super) fn read_bounded(path: &Path, limit: u64) -> Result<Vec<u8>, MailError> {
    let metadata = fs::metadata(path).map_err(MailError::Unreadable)?;
    if !metadata.is_file() {
        return Err(MailError::Unreadable(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")));
    }
    if metadata.len() > limit {
        return Err(MailError::TooLarge { limit });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    let file = File::open(path).map_err(MailError::Unreadable)?;
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(MailError::Unreadable)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit { Err(MailError::TooLarge { limit }) } else { Ok(bytes) }
}
