//! The ledger: an append-only file of JSON lines that tells what the simulator really received, served and refused.
//!
//! One line is one JSON object. Every line has `seq` (1, 2, 3 … for the life of the state directory), `at` (RFC 3339, UTC), `kind` and `account`.
//! The other members stand only where they mean something:
//!
//! | kind | when | members |
//! |---|---|---|
//! | `received` | an upload was wholly read: closing delimiter and announced length reached | all of `name` … `local_ident`, `lost: false`, `answered`, `stored` when bytes are kept |
//! | `lost` | the same, but the batch rule swallowed the file | the same, `lost: true`, never `stored` |
//! | `refused` | the body was wholly read and a fault or rule refused the file | the same without `stored`, `local_ident` and `lost`; `answered` says how |
//! | `incomplete` | the body ended too early, or no file was in it | what was known by then; `size` = file bytes read |
//! | `served` | a download began: the file is consumed | `name`, `local_ident`, `size`, `answered`: `complete` or `cut` |
//! | `login` | credentials were accepted (a portal log-in, a visit of the gateway's entry page) | `stage`: `portal` or `gateway` |
//! | `refused-login` | credentials were refused, whatever the request was | `stage` |
//! | `logout` | a log-out link was followed | `stage` |
//!
//! `answered` is what the simulator set out to answer, since the line is written before the answer leaves: `success`, `late`, `cut`, `stall`,
//! `slow`, `refused`, `refused-for-now`, `bad-password`, `expired`, `error-500`, `unknown-page`, `redirect`, `endless`.
//! No password is ever written.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Error;

/// One line of the ledger; see the module for which members a kind has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct LedgerLine {
    /// 1, 2, 3 … without a gap.
    pub seq: u64,
    /// When the line was written, RFC 3339 in UTC.
    pub at: String,
    /// `received`, `lost`, `refused`, `incomplete`, `served`, `login`, `refused-login` or `logout`.
    pub kind: String,
    /// The user of the request, as sent.
    pub account: String,
    /// `portal` or `gateway`; INSEE's server (`etat-civil`, `elections-fr`, `elections-ue`), which all of its lines have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// File name as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Destination site as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// Application reference as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// Subject as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The message's identity, of a mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// CFT parameter as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cft: Option<String>,
    /// Bytes of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// SHA-256 of the file, lower-case hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The gateway's number for the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_ident: Option<u64>,
    /// Where the bytes are kept, relative to the state directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stored: Option<String>,
    /// True when the batch rule swallowed the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<bool>,
    /// What the simulator set out to answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered: Option<String>,
}

impl LedgerLine {
    pub(crate) fn new(kind: &str, account: &str) -> Self {
        Self { kind: kind.to_owned(), account: account.to_owned(), ..Self::default() }
    }

    pub(crate) fn staged(kind: &str, stage: &str, account: &str) -> Self {
        Self { stage: Some(stage.to_owned()), ..Self::new(kind, account) }
    }
}

/// Reads a ledger file. A last line without its end (a simulator that was killed) is left out.
///
/// # Errors
/// The file cannot be read, or a whole line is not a ledger line.
pub fn read_ledger(path: &Path) -> Result<Vec<LedgerLine>, Error> {
    let file = File::open(path).map_err(Error::file(path))?;
    let mut lines = Vec::new();
    let mut reader = BufReader::new(file);
    let mut line = String::new();
    while reader.read_line(&mut line).map_err(Error::file(path))? > 0 && line.ends_with('\n') {
        lines.push(serde_json::from_str(&line).map_err(|why| Error::file(path)(why.into()))?);
        line.clear();
    }
    Ok(lines)
}

/// The writing side.
pub(crate) struct Ledger {
    path: PathBuf,
    inner: Mutex<Inner>,
}

struct Inner {
    file: File,
    seq: u64,
}

impl Ledger {
    /// Opens or creates the file; returns the highest `local_ident` written in it too.
    pub(crate) fn open(path: PathBuf) -> Result<(Self, u64), Error> {
        let mut file =
            OpenOptions::new().create(true).read(true).append(true).open(&path).map_err(Error::file(&path))?;
        drop_torn_tail(&mut file).map_err(Error::file(&path))?;
        let lines = read_ledger(&path)?;
        let seq = lines.iter().map(|line| line.seq).max().unwrap_or(0);
        let ident = lines.iter().filter_map(|line| line.local_ident).max().unwrap_or(0);
        Ok((Self { path, inner: Mutex::new(Inner { file, seq }) }, ident))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes one line with one system call; `seq` and `at` are filled in here.
    pub(crate) fn append(&self, mut line: LedgerLine) -> io::Result<()> {
        let mut inner = self.lock();
        line.seq = inner.seq + 1;
        line.at = Timestamp::now().to_string();
        let mut bytes = serde_json::to_vec(&line)?;
        bytes.push(b'\n');
        inner.file.write_all(&bytes)?;
        inner.seq = line.seq;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A killed simulator may leave half a line; what was never answered is dropped, so that the file stays one object a line.
fn drop_torn_tail(file: &mut File) -> io::Result<()> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    let whole = memchr::memrchr(b'\n', &bytes).map_or(0, |at| at + 1);
    if whole < bytes.len() {
        file.set_len(whole as u64)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::{Ledger, LedgerLine, read_ledger};

    #[test]
    fn numbers_go_on_after_a_torn_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        let (ledger, _) = Ledger::open(path.clone()).unwrap();
        ledger.append(LedgerLine { local_ident: Some(62_900), ..LedgerLine::new("received", "ville") }).unwrap();
        drop(ledger);
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"seq\":2,\"ki").unwrap();
        assert_eq!(read_ledger(&path).unwrap().len(), 1);

        let (ledger, ident) = Ledger::open(path.clone()).unwrap();
        assert_eq!(ident, 62_900);
        ledger.append(LedgerLine::staged("logout", "gateway", "ville")).unwrap();
        let lines = read_ledger(&path).unwrap();
        assert_eq!(lines.iter().map(|line| line.seq).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(lines[1].stage.as_deref(), Some("gateway"));
    }
}
