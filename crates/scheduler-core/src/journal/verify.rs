//! Checking the chain: which row was changed, dropped or added, and whether what is missing was purged under a certificate.
//!
//! Rows are read two thousand at once, as one value that the database concatenates: a row of its own costs more to hand over than to check.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use sqlx::{AssertSqlSafe, Connection as _};

use super::chain::{Hash, Head, body_hash, hex};
use super::event::{Event, StationEvent};
use super::read::read_event;
use super::{JournalError, schema};
use crate::id::Id;

/// A journal whose chain holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Its head, to be compared with one kept elsewhere: only that proves that no end was cut off or rewritten.
    pub head: Head,
    /// Events whose bodies were purged under a certificate.
    pub purged: u64,
    /// Where a head that was asked for stands, if the chain holds it.
    pub sought: Option<Place>,
}

/// A place in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The event's sequence number.
    pub seq: i64,
    /// When it was journalled.
    pub at: Timestamp,
}

/// The first row at which the chain breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {seq}: {what}")]
pub struct Broken {
    /// Its sequence number.
    pub seq: i64,
    /// What does not agree.
    pub what: String,
}

/// A journal's head, as hexadecimal text that was kept elsewhere: the whole, or its beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought(String);

impl Sought {
    /// The head that `text` tells: 12 to 64 hexadecimal digits; `None` when it is not one.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let sound = (12..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        sound.then_some(Self(text))
    }

    fn is(&self, hash: &Hash) -> bool {
        hex(hash).starts_with(&self.0)
    }
}

/// Rows read at once.
const PAGE: i64 = 2000;

/// One row of the table of events, as it stands in a page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'p> {
    pub(super) seq: i64,
    pub(super) at: i64,
    prev: &'p [u8],
    body_hash: &'p [u8],
    hash: &'p [u8],
    subject: Option<i64>,
    pub(super) body: Option<&'p [u8]>,
    purged: Option<i64>,
}

/// The page of rows after `seq`, all in one value; empty at the end.
pub(super) async fn page(connection: &mut SqliteConnection, seq: i64, format: i64) -> Result<Vec<u8>, JournalError> {
    let purged = if format < 2 { "NULL" } else { "purged" };
    let sql = format!(
        "SELECT CAST(group_concat(\
           seq || ' ' || at || ' ' || ifnull(octet_length(prev), 0) || ' ' || ifnull(octet_length(body_hash), 0) || ' ' \
           || ifnull(octet_length(hash), 0) || ' ' || ifnull(subject, '-') || ' ' || ifnull(octet_length(body), '-') || ' ' \
           || ifnull({purged}, '-') || char(10) || ifnull(prev, '') || ifnull(body_hash, '') || ifnull(hash, '') || ifnull(body, ''), \
         '') AS BLOB) FROM (SELECT * FROM events WHERE seq > ? ORDER BY seq LIMIT ?)"
    );
    let page: Option<Vec<u8>> =
        sqlx::query_scalar(AssertSqlSafe(sql)).bind(seq).bind(PAGE).fetch_one(connection).await?;
    Ok(page.unwrap_or_default())
}

/// The first row of a page, and the rest of it; `None` where it cannot be made out.
pub(super) fn first(page: &[u8]) -> Option<(Row<'_>, &[u8])> {
    let end = page.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = (std::str::from_utf8(&page[..end]).ok()?, &page[end + 1..]);
    let mut words = line.split(' ');
    let mut number = || words.next()?.parse::<i64>().ok();
    let (seq, at) = (number()?, number()?);
    let mut length = || usize::try_from(number()?).ok();
    let (prev, stored, hash) = (length()?, length()?, length()?);
    let maybe = |word: Option<&str>| match word? {
        "-" => Some(None),
        word => word.parse::<i64>().ok().map(Some),
    };
    let (subject, body, purged) = (maybe(words.next())?, maybe(words.next())?, maybe(words.next())?);
    let (prev, rest) = rest.split_at_checked(prev)?;
    let (body_hash, rest) = rest.split_at_checked(stored)?;
    let (hash, rest) = rest.split_at_checked(hash)?;
    let (body, rest) = match body {
        None => (None, rest),
        Some(length) => rest.split_at_checked(usize::try_from(length).ok()?).map(|(body, rest)| (Some(body), rest))?,
    };
    Some((Row { seq, at, prev, body_hash, hash, subject, body, purged }, rest))
}

/// What of a body is needed to know its subject; the rest is only skipped.
#[derive(Deserialize)]
struct Gist<'b> {
    #[serde(borrow)]
    of: Cow<'b, str>,
    #[serde(borrow, default)]
    event: Option<Cow<'b, str>>,
    #[serde(default)]
    id: Option<Id>,
    #[serde(default, rename = "for")]
    whose: Option<Id>,
}

impl Gist<'_> {
    /// As [`Event::subject`] says, without reading the event whole; `None` when a newer version knows what it is about.
    fn subject(&self) -> Option<Option<Id>> {
        Some(match &*self.of {
            "consignment" | "return" | "session" | "request" => self.id,
            "number" => self.whose,
            "void" | "voids" | "lane" | "gate" | "pause" | "evidence" | "station" => None,
            _ => return None,
        })
    }
}

/// The walk along the chain: where it stands, and what it has yet to see a certificate for.
#[derive(Debug)]
pub(super) struct Walk {
    pub(super) head: Head,
    sought: Option<Sought>,
    found: Option<Place>,
    /// By the certificate's number: how many bodies are missing in its name, and their digest.
    missing: BTreeMap<i64, (u64, Sha256)>,
    purged: u64,
}

/// Why a walk ends.
#[derive(Debug)]
pub(super) enum Stop {
    /// The chain is broken here.
    Broken(Broken),
    /// A newer version wrote this event: nothing can be said.
    Newer(i64),
}

impl Walk {
    pub(super) fn new(sought: Option<Sought>) -> Self {
        let empty = Place { seq: 0, at: Timestamp::UNIX_EPOCH };
        let found = sought.as_ref().filter(|sought| sought.is(&Head::GENESIS.hash)).map(|_| empty);
        Self { head: Head::GENESIS, sought, found, missing: BTreeMap::new(), purged: 0 }
    }

    /// Takes the rows of a page, handing each one that agrees with all before it to `each`.
    pub(super) fn take(&mut self, page: &[u8], mut each: impl FnMut(&Row<'_>)) -> Result<(), Stop> {
        let mut rest = page;
        while !rest.is_empty() {
            let broken = |seq, what: &str| Stop::Broken(Broken { seq, what: what.to_owned() });
            let (row, after) = first(rest).ok_or_else(|| broken(self.head.seq + 1, "its row cannot be read"))?;
            rest = after;
            self.head = check(&self.head, &row).map_err(|what| broken(row.seq, what))?;
            self.note(&row)?;
            each(&row);
        }
        Ok(())
    }

    /// What the row says of its subject, of purges, and of the head that is looked for.
    fn note(&mut self, row: &Row<'_>) -> Result<(), Stop> {
        let broken = |what: &str| Stop::Broken(Broken { seq: row.seq, what: what.to_owned() });
        let at = Timestamp::from_microsecond(row.at).unwrap_or(Timestamp::MIN);
        if self.sought.as_ref().is_some_and(|sought| sought.is(&self.head.hash)) {
            self.found.get_or_insert(Place { seq: row.seq, at });
        }
        let Some(body) = row.body else {
            let certificate = row.purged.ok_or_else(|| broken("its body was removed without a certificate"))?;
            let (count, digest) = self.missing.entry(certificate).or_default();
            *count += 1;
            self.purged += 1;
            digested(digest, row.seq, row.subject, row.body_hash);
            return Ok(());
        };
        if row.purged.is_some() {
            return Err(broken("it is said to be purged and is not"));
        }
        let gist: Gist<'_> = serde_json::from_slice(body).map_err(|_| broken("its body cannot be read"))?;
        let subject = gist.subject().ok_or(Stop::Newer(row.seq))?;
        if subject.map(Id::as_i64) != row.subject {
            return Err(broken("it is filed under another subject"));
        }
        if gist.of == "station" && gist.event.as_deref() == Some("purged") {
            self.certify(row.seq, body)
        } else {
            Ok(())
        }
    }

    /// A certificate says exactly what is missing in its name.
    fn certify(&mut self, seq: i64, body: &[u8]) -> Result<(), Stop> {
        let broken = |what: &str| Stop::Broken(Broken { seq, what: what.to_owned() });
        let Ok(Event::Station { what: StationEvent::Purged(said) }) = read_event(seq, body) else {
            return Err(broken("its body cannot be read"));
        };
        let (count, digest) = self.missing.remove(&seq).unwrap_or_default();
        if (count, hex(&digest.finalize())) != (said.events, said.digest) {
            return Err(broken("what is missing is not what this certificate says was purged"));
        }
        Ok(())
    }

    /// The end: nothing may be missing in the name of a certificate that never came.
    pub(super) fn end(self) -> Result<Verified, Broken> {
        match self.missing.first_key_value() {
            None => Ok(Verified { head: self.head, purged: self.purged, sought: self.found }),
            Some((seq, _)) => {
                let what = "bodies are missing in the name of a certificate that is not here".to_owned();
                Err(Broken { seq: *seq, what })
            }
        }
    }
}

/// Takes a purged event into the digest of its certificate: number and subject as 8 bytes, big-endian, and the hash of the body.
pub(super) fn digested(digest: &mut Sha256, seq: i64, subject: Option<i64>, body_hash: &[u8]) {
    digest.update(seq.to_be_bytes());
    digest.update(subject.unwrap_or_default().to_be_bytes());
    digest.update(body_hash);
}

/// Walks the whole chain in bounded memory, reading a page while the one before is checked on another thread.
pub(super) async fn verify(
    pool: &SqlitePool,
    sought: Option<Sought>,
) -> Result<Result<Verified, Broken>, JournalError> {
    let mut connection = pool.acquire().await?;
    let mut snapshot = connection.begin().await?;
    let format = schema::format(&mut *snapshot).await?;
    let mut walk = Walk::new(sought);
    let mut current = page(&mut snapshot, 0, format).await?;
    while !current.is_empty() {
        let last = last_seq(&current);
        let checked = tokio::task::spawn_blocking(move || {
            let done = walk.take(&current, |_| {});
            (walk, done)
        });
        let next = page(&mut snapshot, last, format).await;
        let (walked, done) = checked.await.map_err(|_| JournalError::Closed)?;
        match done {
            Ok(()) => {}
            Err(Stop::Broken(broken)) => return Ok(Err(broken)),
            Err(Stop::Newer(seq)) => return Err(JournalError::NewerEvent { seq }),
        }
        (walk, current) = (walked, next?);
    }
    Ok(walk.end())
}

/// The number of the last row of a page that can be made out.
pub(super) fn last_seq(page: &[u8]) -> i64 {
    let mut rest = page;
    let mut last = i64::MAX;
    while let Some((row, after)) = first(rest) {
        (last, rest) = (row.seq, after);
    }
    last
}

/// The head after a row that agrees with the one before it.
fn check(head: &Head, row: &Row<'_>) -> Result<Head, &'static str> {
    if row.seq != head.seq + 1 {
        return Err("its number does not follow the one before");
    }
    if row.prev != head.hash {
        return Err("it does not name the hash of the one before");
    }
    let stored: Hash = row.body_hash.try_into().map_err(|_| "the hash of its body is not 32 bytes")?;
    let next = head.after(row.at, &stored);
    if row.hash != next.hash {
        return Err("its hash does not follow from its number, time and body");
    }
    match row.body {
        Some(body) if body_hash(body) != stored => Err("its body is not the one that was written"),
        _ => Ok(next),
    }
}

/// What the walk takes the subject of a body for; the outer `None` when it does not know the kind.
#[cfg(test)]
pub(super) fn subject_of(body: &str) -> Option<Option<Id>> {
    serde_json::from_str::<Gist<'_>>(body).ok()?.subject()
}
