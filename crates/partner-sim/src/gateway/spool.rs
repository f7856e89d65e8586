//! Files on offer: states B and E (protocol 5.2), kept over restarts.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Error, text};

/// Where an offered file stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OfferState {
    /// To begin: available.
    B,
    /// Ended: read once, not available any more.
    E,
}

impl OfferState {
    pub(super) const fn letter(self) -> char {
        match self {
            Self::B => 'B',
            Self::E => 'E',
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Offer {
    pub(super) local_ident: u64,
    pub(super) account: String,
    pub(super) name: String,
    pub(super) size: u64,
    pub(super) at: Timestamp,
    pub(super) state: OfferState,
    /// The link's path when it is not made from the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) link: Option<String>,
}

/// Numbers for files, in both directions.
#[derive(Clone)]
pub(super) struct Idents(Arc<AtomicU64>);

impl Idents {
    /// The number seen in the source's trace.
    const FIRST: u64 = 62_899;

    pub(super) fn after(last: u64) -> Self {
        Self(Arc::new(AtomicU64::new(Self::FIRST.max(last + 1))))
    }

    pub(super) fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// All offers: bytes in `offers/<local_ident>`, states in `offers.jsonl` (the last line of a number counts).
pub(super) struct Spool {
    folder: PathBuf,
    outgoing: PathBuf,
    inner: Mutex<Inner>,
}

struct Inner {
    offers: BTreeMap<u64, Offer>,
    log: File,
}

impl Spool {
    pub(super) fn open(state: &Path) -> Result<Self, Error> {
        let (folder, outgoing) = (state.join("offers"), state.join("outgoing"));
        for needed in [&folder, &outgoing] {
            fs::create_dir_all(needed).map_err(Error::file(needed))?;
        }
        let path = state.join("offers.jsonl");
        let log = OpenOptions::new().create(true).append(true).open(&path).map_err(Error::file(&path))?;
        let offers = read_log(&path).map_err(Error::file(&path))?;
        Ok(Self { folder, outgoing, inner: Mutex::new(Inner { offers, log }) })
    }

    /// The highest number in use.
    pub(super) fn last_ident(&self) -> u64 {
        self.lock().offers.keys().next_back().copied().unwrap_or(0)
    }

    /// The folder whose files become offers for `account`.
    pub(super) fn outgoing(&self, account: &str) -> io::Result<PathBuf> {
        let folder = self.outgoing.join(text::percent(account));
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// Puts bytes on offer.
    pub(super) fn add(
        &self,
        ident: u64,
        account: &str,
        name: &str,
        bytes: &[u8],
        link: Option<String>,
    ) -> io::Result<Offer> {
        fs::write(self.bytes_of(ident), bytes)?;
        self.record(ident, account, name, bytes.len() as u64, link)
    }

    /// Puts the files dropped for `account` on offer. Names that begin with a dot or end in `.tmp` or `.part` are not ready yet.
    pub(super) fn adopt(&self, account: &str, idents: &Idents) -> io::Result<Vec<Offer>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(self.outgoing(account)?)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let unready = name.starts_with('.') || [".tmp", ".part"].iter().any(|end| name.ends_with(end));
            if !unready && entry.file_type()?.is_file() {
                found.push((name, entry.path()));
            }
        }
        found.sort();
        let mut offers = Vec::new();
        for (name, path) in found {
            let ident = idents.next();
            let target = self.bytes_of(ident);
            // Another pass may have taken the file in between: the rename decides.
            if fs::rename(&path, &target).is_ok() {
                let size = fs::metadata(&target)?.len();
                offers.push(self.record(ident, account, &name, size, None)?);
            }
        }
        Ok(offers)
    }

    pub(super) fn of_account(&self, account: &str) -> Vec<Offer> {
        self.lock().offers.values().filter(|offer| offer.account == account).cloned().collect()
    }

    pub(super) fn find(&self, ident: u64) -> Option<Offer> {
        self.lock().offers.get(&ident).cloned()
    }

    /// The bytes of an available offer; with `consume` it is in state E from now on, and a second reader gets nothing.
    pub(super) fn read(&self, account: &str, ident: u64, consume: bool) -> io::Result<Option<(Offer, File)>> {
        let mut inner = self.lock();
        let available =
            inner.offers.get(&ident).filter(|offer| offer.account == account && offer.state == OfferState::B).cloned();
        let Some(offer) = available else {
            return Ok(None);
        };
        let file = File::open(self.bytes_of(ident))?;
        if consume {
            inner.write(Offer { state: OfferState::E, ..offer.clone() })?;
        }
        Ok(Some((offer, file)))
    }

    /// Makes an offer available again, as the partner's staff can; false when the number is unknown.
    pub(super) fn restore(&self, ident: u64) -> io::Result<bool> {
        let mut inner = self.lock();
        let Some(offer) = inner.offers.get(&ident).cloned() else {
            return Ok(false);
        };
        inner.write(Offer { state: OfferState::B, ..offer })?;
        Ok(true)
    }

    fn record(&self, ident: u64, account: &str, name: &str, size: u64, link: Option<String>) -> io::Result<Offer> {
        let offer = Offer {
            local_ident: ident,
            account: account.to_owned(),
            name: name.to_owned(),
            size,
            at: Timestamp::now(),
            state: OfferState::B,
            link,
        };
        self.lock().write(offer.clone())?;
        Ok(offer)
    }

    fn bytes_of(&self, ident: u64) -> PathBuf {
        self.folder.join(ident.to_string())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn write(&mut self, offer: Offer) -> io::Result<()> {
        let mut line = serde_json::to_vec(&offer)?;
        line.push(b'\n');
        self.log.write_all(&line)?;
        self.offers.insert(offer.local_ident, offer);
        Ok(())
    }
}

/// A line torn by a kill is left out.
fn read_log(path: &Path) -> io::Result<BTreeMap<u64, Offer>> {
    let mut offers = BTreeMap::new();
    for line in BufReader::new(File::open(path)?).lines() {
        if let Ok(offer) = serde_json::from_str::<Offer>(&line?) {
            offers.insert(offer.local_ident, offer);
        }
    }
    Ok(offers)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Idents, OfferState, Spool};

    #[test]
    fn reading_consumes_once_and_states_survive() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path()).unwrap();
        let idents = Idents::after(spool.last_ident());
        let offer = spool.add(idents.next(), "ville", "RCT290G", b"abc", None).unwrap();
        assert_eq!(offer.local_ident, 62_899);
        assert!(spool.read("ccas", offer.local_ident, true).unwrap().is_none(), "another account's file");
        assert!(spool.read("ville", offer.local_ident, true).unwrap().is_some());
        assert!(spool.read("ville", offer.local_ident, true).unwrap().is_none());
        drop(spool);

        let spool = Spool::open(folder.path()).unwrap();
        assert_eq!(spool.last_ident(), 62_899);
        assert_eq!(spool.find(62_899).unwrap().state, OfferState::E);
        assert!(spool.restore(62_899).unwrap());
        assert!(spool.read("ville", 62_899, true).unwrap().is_some());
    }

    #[test]
    fn dropped_files_become_offers() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path()).unwrap();
        let idents = Idents::after(70_000);
        let drop_box = spool.outgoing("ville").unwrap();
        for name in ["B.xml", "A.xml", "C.part", ".D"] {
            fs::write(drop_box.join(name), name).unwrap();
        }
        let offers = spool.adopt("ville", &idents).unwrap();
        assert_eq!(
            offers.iter().map(|offer| (offer.name.as_str(), offer.local_ident)).collect::<Vec<_>>(),
            [("A.xml", 70_001), ("B.xml", 70_002)]
        );
        assert!(spool.adopt("ville", &idents).unwrap().is_empty());
        assert_eq!(fs::read_dir(drop_box).unwrap().count(), 2);
    }
}
