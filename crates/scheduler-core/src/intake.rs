//! Accept = claim, secure, commit, release (durability rule 2).
//!
//! At every instant the bytes are in the inbox, in a claim or in the store. Many files share the synchronisations and the transaction.

mod again;
mod backup;
mod claim;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

pub(crate) use self::backup::{Backup, copy, same_bytes};
pub(crate) use self::claim::{CLAIMS, Claim};
use crate::clock::Clock;
use crate::consignment::{Acceptance, ConsignmentEvent, Lane, Why};
use crate::crash::CrashPoint;
use crate::id::{Id, Ids};
use crate::journal::{Draft, Journal, JournalError, Reader};
use crate::partner::Facts;
use crate::platform;
use crate::scenario::Scenario;
use crate::setup::{Connection, Setup};
use crate::store::{Secured, Store, Way};

/// Threads that bring bytes into the store: enough to wait for a slow disk, few enough not to stand in one another's way in its folder.
fn hands() -> usize {
    std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 4))
}

/// A file that the watcher holds for complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// Its scenario, by index in the configuration.
    pub(crate) scenario: usize,
    /// Where it stands, below the watched folder, `/` between parts.
    pub(crate) relative: String,
    pub(crate) size: u64,
    pub(crate) modified: Timestamp,
    pub(crate) identity: (u64, u64),
}

/// What became of a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// In the store and in the journal.
    Accepted { lane: Lane, held: Option<Why> },
    /// Still in the inbox, or there again.
    PutBack(Why),
}

/// Why a batch could not be taken; every file of it is in the inbox or in a claim.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The store refused.
    #[error("the store cannot take files: {0}")]
    Store(#[from] io::Error),
    /// The journal refused.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl IntakeError {
    /// Stable code for catalogues.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) if error.kind() == io::ErrorKind::StorageFull => "disk-full",
            Self::Store(_) => "store-failed",
            Self::Journal(error) => error.code(),
        }
    }
}

/// The room that accepts.
#[derive(Clone, Debug)]
pub(crate) struct Intake {
    pub(crate) setup: Arc<Setup>,
    pub(crate) store: Store,
    pub(crate) journal: Journal,
    pub(crate) reader: Reader,
    pub(crate) ids: Arc<Ids>,
    pub(crate) clock: Clock,
    pub(crate) way: Way,
}

/// A file in hand between claim and commit.
#[derive(Clone, Debug)]
struct InHand {
    id: Id,
    scenario: usize,
    source: String,
    name: String,
    modified: Timestamp,
    /// `None` when an operator named the file: then the original stays.
    claim: Option<Claim>,
    /// Where the bytes are read from.
    bytes: PathBuf,
}

/// Files that were claimed and whose bytes are in the store, neither synchronised nor known to the journal. Ends in [`Intake::finish`] or
/// [`Intake::abandon`]; a crash, or dropping it, leaves claims that the next start puts back.
#[derive(Debug)]
#[must_use]
pub(crate) struct Batch {
    candidates: Vec<Candidate>,
    /// In the order of the candidates.
    slots: Vec<Slot>,
    files: Arc<Vec<InHand>>,
    /// In the order of the files.
    facts: Vec<Acceptance>,
}

impl Intake {
    /// The first half of accepting: claims the candidates that are still what the watcher saw and secures their bytes. May be done for one
    /// batch while the one before is finished.
    ///
    /// # Errors
    ///
    /// [`IntakeError`] when the store refuses; then nothing was taken.
    pub(crate) async fn begin(&self, candidates: Vec<Candidate>) -> Result<Batch, IntakeError> {
        let (this, now) = (self.clone(), self.clock.now());
        let claim = move || {
            let (files, slots) = this.claim(&candidates, now);
            (candidates, Arc::new(files), slots)
        };
        let (candidates, files, mut slots) = blocking(claim).await?;
        let secured = self.secure(&files).await?;
        let (mut kept, mut facts) = (Vec::new(), Vec::new());
        for (file, secured) in Arc::unwrap_or_clone(files).into_iter().zip(secured) {
            match secured {
                Ok(fact) => {
                    facts.push(fact);
                    kept.push(file);
                }
                Err(error) => Slot::put_back(&mut slots, &file, &error),
            }
        }
        Ok(Batch { candidates, slots, files: Arc::new(kept), facts })
    }

    /// The second half: synchronises, commits, releases; tells what became of each candidate, in order. Batches are finished one at a time,
    /// in the order in which they began, so that the duplicate check sees all that came before.
    ///
    /// # Errors
    ///
    /// [`IntakeError`] when the store or the journal refuses; then nothing was taken.
    pub(crate) async fn finish(&self, batch: Batch) -> Result<Vec<(Candidate, Outcome)>, IntakeError> {
        let Batch { candidates, slots, files, facts } = batch;
        let mut kept = self.keep(&files, facts).await?;
        let outcomes = slots.into_iter().map(|slot| slot.outcome(&mut kept));
        Ok(candidates.into_iter().zip(outcomes).collect())
    }

    /// Gives a batch up: its files go back to the inbox.
    pub(crate) async fn abandon(&self, batch: Batch) {
        self.give_up(&batch.files).await;
    }

    /// Takes files that an operator named, under a scenario; the originals stay. Tells the consignments' identifiers, in order.
    ///
    /// # Errors
    ///
    /// [`IntakeError`] when a file cannot be read, or the store or the journal refuses; then nothing was taken.
    pub(crate) async fn take(&self, files: &[PathBuf], scenario: &Scenario) -> Result<Vec<Id>, IntakeError> {
        let index = self.setup.scenarios.iter().position(|known| known.name == scenario.name).unwrap_or_default();
        let mut in_hand = Vec::with_capacity(files.len());
        for path in files {
            let facts = fs::metadata(path)?;
            if !facts.is_file() {
                return Err(
                    io::Error::new(io::ErrorKind::InvalidInput, format!("{} is not a file", path.display())).into()
                );
            }
            let modified = facts.modified().ok().and_then(|time| Timestamp::try_from(time).ok()).unwrap_or_default();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            let (id, source) = (self.ids.next(self.clock.now()), path.display().to_string());
            in_hand.push(InHand { id, scenario: index, source, name, modified, claim: None, bytes: path.clone() });
        }
        let ids = in_hand.iter().map(|file| file.id).collect();
        let files = Arc::new(in_hand);
        let facts = self.secure(&files).await?.into_iter().collect::<io::Result<Vec<_>>>();
        if facts.is_err() {
            self.give_up(&files).await;
        }
        let facts = facts?;
        self.keep(&files, facts).await?;
        Ok(ids)
    }

    /// Claims, then looks once more: what changed, or is open for writing, goes back.
    fn claim(&self, candidates: &[Candidate], now: Timestamp) -> (Vec<InHand>, Vec<Slot>) {
        let mut slots = Vec::with_capacity(candidates.len());
        let mut claimed = Vec::new();
        for candidate in candidates {
            let id = self.ids.next(now);
            match Claim::take(id, &self.setup.scenarios[candidate.scenario].folder, &candidate.relative) {
                Ok(claim) => {
                    slots.push(Slot::InHand(id));
                    claimed.push((claim, candidate));
                }
                Err(error) => {
                    slots.push(Slot::Done(Outcome::PutBack(Why::with(claim_code(&error), error.to_string()))))
                }
            }
        }
        CrashPoint::Claimed.pass();
        // What was claimed may be another file than the one that was seen, of its size and date.
        let now_there = |claim: &Claim, candidate: &Candidate| claim.identity().unwrap_or(candidate.identity);
        let claimed: Vec<_> =
            claimed.into_iter().map(|(claim, candidate)| (now_there(&claim, candidate), claim, candidate)).collect();
        let identities: HashSet<_> = claimed.iter().map(|(identity, ..)| *identity).collect();
        let writers = platform::open_writers(&identities);
        let mut in_hand = Vec::with_capacity(claimed.len());
        for (identity, claim, candidate) in claimed {
            let open = writers.surely(identity);
            if let Some(why) = changed(&claim, candidate, open) {
                let slot = slots.iter_mut().find(|slot| matches!(slot, Slot::InHand(id) if *id == claim.id));
                let why = claim.put_back().err().map_or(why, |error| Why::with("claim-stuck", error.to_string()));
                if let Some(slot) = slot {
                    *slot = Slot::Done(Outcome::PutBack(why));
                }
                continue;
            }
            in_hand.push(self.hold(claim, candidate));
        }
        (in_hand, slots)
    }

    fn hold(&self, claim: Claim, candidate: &Candidate) -> InHand {
        let source = self.setup.scenarios[candidate.scenario].folder.join(&candidate.relative);
        let name = source.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        InHand {
            id: claim.id,
            scenario: candidate.scenario,
            source: source.display().to_string(),
            name,
            modified: candidate.modified,
            bytes: claim.path.clone(),
            claim: Some(claim),
        }
    }

    /// Synchronise, back up, commit, release. On any refusal the claims go back and the store forgets.
    async fn keep(
        &self,
        files: &Arc<Vec<InHand>>,
        facts: Vec<Acceptance>,
    ) -> Result<HashMap<Id, Outcome>, IntakeError> {
        if files.is_empty() {
            return Ok(HashMap::new());
        }
        match self.synchronise_and_commit(files, facts).await {
            Ok(facts) => {
                let in_hand = Arc::clone(files);
                blocking(move || release(&in_hand)).await?;
                let outcome = |fact: Acceptance| Outcome::Accepted { lane: fact.lane, held: fact.held };
                Ok(files.iter().zip(facts).map(|(file, fact)| (file.id, outcome(fact))).collect())
            }
            Err(error) => {
                self.give_up(files).await;
                Err(error)
            }
        }
    }

    async fn synchronise_and_commit(
        &self,
        files: &Arc<Vec<InHand>>,
        facts: Vec<Acceptance>,
    ) -> Result<Vec<Acceptance>, IntakeError> {
        let (this, in_hand) = (self.clone(), Arc::clone(files));
        blocking(move || this.synchronise(&in_hand)).await??;
        CrashPoint::Synchronised.pass();
        let (this, in_hand) = (self.clone(), Arc::clone(files));
        let without_backup = blocking(move || this.back_up_some(&in_hand)).await?;
        self.commit(files, facts, &without_backup).await
    }

    /// Brings the bytes in and looks at them; tells of each file that cannot be read itself. When the store refuses, the claims go back and the
    /// store forgets.
    async fn secure(&self, files: &Arc<Vec<InHand>>) -> io::Result<Vec<io::Result<Acceptance>>> {
        let share = files.len().div_ceil(hands()).max(1);
        let mut tasks = Vec::new();
        for start in (0..files.len()).step_by(share) {
            let (this, files) = (self.clone(), Arc::clone(files));
            tasks.push(tokio::task::spawn_blocking(move || {
                this.secure_some(&files[start..files.len().min(start + share)])
            }));
        }
        let mut shares = Vec::with_capacity(tasks.len());
        for task in tasks {
            shares.push(task.await.map_err(io::Error::other).flatten());
        }
        // No hand is at work any more when one of them failed: what they brought in can be dropped.
        let secured = shares.into_iter().collect::<io::Result<Vec<Vec<io::Result<Acceptance>>>>>();
        if secured.is_err() {
            self.give_up(files).await;
        }
        CrashPoint::Secured.pass();
        Ok(secured?.into_iter().flatten().collect())
    }

    /// A file that cannot be read by itself, a bad block, keeps no other from being taken; a store that refuses keeps all.
    fn secure_some(&self, files: &[InHand]) -> io::Result<Vec<io::Result<Acceptance>>> {
        let mut buffer = Store::buffer();
        let one = |file: &InHand| {
            let way = if file.claim.is_some() { self.way } else { Way::Copy };
            match self.store.secure(file.id, &file.bytes, way, &mut buffer) {
                Ok(secured) => Ok(Ok(self.facts(file, &self.setup.scenarios[file.scenario], secured))),
                Err(error) => match Store::read_through(&file.bytes, &mut buffer) {
                    Ok(()) => Err(error),
                    Err(unreadable) => Ok(Err(unreadable)),
                },
            }
        };
        files.iter().map(one).collect()
    }

    /// The store first; then the folders, so that no power cut brings a committed file back into its inbox.
    fn synchronise(&self, files: &[InHand]) -> io::Result<()> {
        let ids: Vec<Id> = files.iter().map(|file| file.id).collect();
        self.store.synchronise(&ids)?;
        let mut folders = BTreeSet::new();
        for claim in files.iter().filter_map(|file| file.claim.as_ref()) {
            let source = claim.inbox.join(&claim.relative);
            folders.extend(
                [claim.path.parent().map(Path::to_owned), source.parent().map(Path::to_owned)].into_iter().flatten(),
            );
        }
        folders.iter().try_for_each(|folder| platform::sync_dir(folder))
    }

    async fn commit(
        &self,
        in_hand: &[InHand],
        mut facts: Vec<Acceptance>,
        without_backup: &HashMap<Id, Why>,
    ) -> Result<Vec<Acceptance>, IntakeError> {
        let mut batch = BTreeMap::new();
        for (file, fact) in in_hand.iter().zip(&mut facts) {
            let scenario = &self.setup.scenarios[file.scenario];
            let marks = marks(fact);
            if fact.held.is_none() && scenario.duplicate_window.is_some() {
                let twin = |mark: &Mark| batch.get(mark).map(|twin: &Id| Why::with(mark.1, twin.to_string()));
                fact.held = match marks.iter().find_map(twin) {
                    None => self.duplicate(fact, scenario).await?,
                    found => found,
                };
            }
            fact.held = fact.held.take().or_else(|| without_backup.get(&file.id).cloned());
            for mark in marks {
                batch.entry(mark).or_insert(file.id);
            }
        }
        let accepted = |(file, fact): (&InHand, &Acceptance)| {
            Draft::consignment(file.id, ConsignmentEvent::Accepted(Box::new(fact.clone())))
        };
        self.journal.commit(in_hand.iter().zip(&facts).map(accepted).collect()).await?;
        CrashPoint::Accepted.pass();
        Ok(facts)
    }

    /// What is known of a file, and whether its channel, or its emptiness (R44), holds it.
    fn facts(&self, file: &InHand, scenario: &Scenario, secured: Secured) -> Acceptance {
        let path = self.store.path(file.id);
        let facts = Facts { name: &file.name, size: secured.size, head: &secured.head, path: &path };
        let connection = self.setup.lanes.get(&scenario.lane);
        let plan = connection.map(|connection| connection.channel.plan(scenario, &facts)).unwrap_or_default();
        let largest = connection.and_then(Connection::max_size);
        let held = held(secured.size, largest, plan.findings);
        Acceptance {
            scenario: scenario.name.clone(),
            lane: scenario.lane.clone(),
            source: file.source.clone(),
            name: file.name.clone(),
            size: secured.size,
            modified: file.modified,
            sha1: secured.sha1,
            sha256: secured.sha256,
            destination: scenario.destination.clone(),
            identity: plan.identity,
            held,
            sent_copy: scenario.sent_copy.is_some(),
            again_of: None,
        }
    }

    /// Whether the same content, or the same thing in the partner's eyes, already went there (R43).
    async fn duplicate(&self, fact: &Acceptance, scenario: &Scenario) -> Result<Option<Why>, JournalError> {
        let what = (fact.destination.as_str(), fact.sha256.as_str(), fact.identity.as_deref());
        twin(&self.reader, what, scenario.duplicate_window, self.clock.now()).await
    }

    /// The operator's backups, before the journal knows the files: none leaves without (R3). Tells those that have none.
    fn back_up_some(&self, files: &[InHand]) -> HashMap<Id, Why> {
        let mut failed = HashMap::new();
        for file in files {
            let scenario = &self.setup.scenarios[file.scenario];
            if let Err(error) = self.back_up(file.id, &file.name, scenario) {
                failed.insert(file.id, Why::with("backup-failed", error.to_string()));
            }
            CrashPoint::BackedUp.pass();
        }
        failed
    }

    /// The operator's copy of a file that is in the store; nothing where the scenario names no folder.
    pub(crate) fn back_up(&self, id: Id, name: &str, scenario: &Scenario) -> io::Result<()> {
        let Some(folder) = &scenario.backup else { return Ok(()) };
        let source = self.store.path(id);
        Backup { id, source: &source, name, folder, if_exists: scenario.if_exists }.make().map(drop)
    }

    async fn give_up(&self, files: &Arc<Vec<InHand>>) {
        let (this, files) = (self.clone(), Arc::clone(files));
        if let Err(error) = blocking(move || this.give_up_all(&files)).await {
            tracing::error!(%error, "claims could not be put back; the next start does it");
        }
    }

    fn give_up_all(&self, in_hand: &[InHand]) {
        for file in in_hand {
            if let Some(claim) = &file.claim
                && let Err(error) = claim.put_back()
            {
                tracing::error!(claim = %claim.path.display(), %error, "a claim could not be put back; the next start does it");
                continue;
            }
            if let Err(error) = self.store.remove(file.id) {
                tracing::warn!(id = %file.id, %error, "an unneeded copy could not be dropped; the next start does it");
            }
        }
    }

    /// At start: a claim that the journal knows is released, another goes back to its inbox (durability rule 2). A folder that
    /// refuses keeps its claims until the next start.
    ///
    /// # Errors
    ///
    /// [`IntakeError`] when the journal cannot be read.
    pub(crate) async fn recover(&self) -> Result<(), IntakeError> {
        for inbox in self.setup.folders() {
            for claim in Claim::standing(&inbox).unwrap_or_default() {
                let mended = match self.reader.consignment(claim.id).await? {
                    None => {
                        self.forget_backup(claim.id);
                        claim.put_back().map(drop)
                    }
                    Some(_) => fs::remove_file(&claim.path),
                };
                if let Err(error) = mended {
                    tracing::error!(claim = %claim.path.display(), %error, "a claim could not be mended; the next start tries again");
                }
            }
        }
        Ok(())
    }

    /// Drops the backup of a file that was never accepted, if a crash cut it; a whole one is found again when the file is.
    fn forget_backup(&self, id: Id) {
        for folder in self.setup.scenarios.iter().filter_map(|scenario| scenario.backup.as_ref()) {
            let _ = fs::remove_file(backup::temporary(folder, id));
        }
    }
}

/// Why a file is not to leave by itself: empty (R44), larger than the partner takes, or what its channel found.
pub(crate) fn held(size: u64, largest: Option<u64>, findings: Vec<Why>) -> Option<Why> {
    match (size, largest) {
        (0, _) => Some(Why::code("empty-file")),
        (size, Some(largest)) if size > largest => Some(Why::with("too-large", format!("{size} > {largest}"))),
        _ => findings.into_iter().next(),
    }
}

/// What was already sent of `(destination, sha256, identity)` within `window` before `now` (R43).
pub(crate) async fn twin(
    reader: &Reader,
    (destination, sha256, identity): (&str, &str, Option<&str>),
    window: Option<std::time::Duration>,
    now: Timestamp,
) -> Result<Option<Why>, JournalError> {
    let Some(window) = window else { return Ok(None) };
    let window = SignedDuration::try_from(window).unwrap_or(SignedDuration::MAX);
    let since = now.checked_sub(window).unwrap_or(Timestamp::MIN);
    let twins = reader.same(destination, sha256, identity, since).await?;
    Ok(twins.first().map(|twin| {
        let code = if twin.facts.sha256 == sha256 { "duplicate-content" } else { "duplicate-identity" };
        Why::with(code, format!("{} {}", twin.id, twin.accepted))
    }))
}

/// The claims go.
fn release(files: &[InHand]) {
    for file in files {
        if let Some(claim) = &file.claim
            && let Err(error) = fs::remove_file(&claim.path)
        {
            tracing::warn!(claim = %claim.path.display(), %error, "a claim could not be removed; the next start does it");
        }
        CrashPoint::Released.pass();
    }
}

/// Destination, code of the reason, and what two files of one batch must not share.
type Mark = (String, &'static str, String);

fn marks(fact: &Acceptance) -> Vec<Mark> {
    let content = ("duplicate-content", fact.sha256.clone());
    let identity = fact.identity.clone().map(|identity| ("duplicate-identity", identity));
    let mark = |(code, what)| (fact.destination.clone(), code, what);
    [content].into_iter().chain(identity).map(mark).collect()
}

/// A candidate's place in the answer.
#[derive(Debug)]
enum Slot {
    InHand(Id),
    Done(Outcome),
}

impl Slot {
    /// The file goes back to its inbox: it cannot be read.
    fn put_back(slots: &mut [Self], file: &InHand, error: &io::Error) {
        let unreadable = Why::with("claim-unreadable", error.to_string());
        let stuck = file.claim.as_ref().and_then(|claim| claim.put_back().err());
        let why = stuck.map_or(unreadable, |error| Why::with("claim-stuck", error.to_string()));
        if let Some(slot) = slots.iter_mut().find(|slot| matches!(slot, Self::InHand(id) if *id == file.id)) {
            *slot = Self::Done(Outcome::PutBack(why));
        }
    }

    fn outcome(self, kept: &mut HashMap<Id, Outcome>) -> Outcome {
        match self {
            Self::Done(outcome) => outcome,
            Self::InHand(id) => kept.remove(&id).unwrap_or_else(|| Outcome::PutBack(Why::code("intake-lost"))),
        }
    }
}

fn claim_code(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "claim-vanished",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => "claim-denied",
        io::ErrorKind::StorageFull => "disk-full",
        io::ErrorKind::InvalidFilename => "claim-name-too-long",
        _ => "claim-failed",
    }
}

/// Why the claimed file is not the one that was seen, or of no use, if so.
fn changed(claim: &Claim, candidate: &Candidate, open: bool) -> Option<Why> {
    if open {
        return Some(Why::code("claim-open-writer"));
    }
    let facts = match fs::symlink_metadata(&claim.path) {
        Ok(facts) => facts,
        Err(error) => return Some(Why::with("claim-vanished", error.to_string())),
    };
    let modified = facts.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
    let same = facts.is_file() && facts.len() == candidate.size && modified == Some(candidate.modified);
    if !same {
        return Some(Why::code("claim-changed"));
    }
    fs::File::open(&claim.path).err().map(|error| Why::with("claim-unreadable", error.to_string()))
}

async fn blocking<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(act).await.map_err(io::Error::other)
}

#[cfg(test)]
mod tests;
