//! A maildir as a mailbox: the same surface as a server's, for a machine that receives its mail itself.

use std::{
    ffi::OsStr,
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use jiff::Timestamp;

use super::{
    Disposal, Entry, Fetched, Limits, Listing, MailError, MailId, MailboxError,
    durable::sync_folder,
    identity::Kind,
    maildir::{each_file, read_bounded, without_flags},
};

/// A maildir that is listed as it stands: nothing is remembered between calls.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
    limits: Limits,
}

impl Folder {
    pub(super) fn open(root: &Path, limits: Limits) -> Result<Self, MailboxError> {
        let is_maildir = ["new", "cur"].iter().all(|name| root.join(name).is_dir());
        if !is_maildir {
            return Err(MailboxError::NotAFolder { path: root.join("new") });
        }
        Ok(Self { root: root.to_owned(), limits })
    }

    pub(super) fn list(&self, mut known: impl FnMut(&MailId) -> bool) -> Result<Listing, MailboxError> {
        let mut found = Vec::new();
        let mut unfit = 0;
        self.each(|id, path| match id {
            Some(id) => found.push((id, path)),
            None => unfit += 1,
        })?;
        // Names begin with the second of their delivery: older ones first.
        found.sort();
        found.dedup_by(|(a, _), (b, _)| a == b);
        let mut listing = Listing { unfit, ..Listing::default() };
        for (id, path) in found {
            let metadata = fs::metadata(path).ok();
            let received = metadata.as_ref().and_then(|metadata| Timestamp::try_from(metadata.modified().ok()?).ok());
            let bytes = metadata.map(|metadata| metadata.len());
            listing.sort(Entry { id, bytes, received }, &mut known, self.limits.messages_per_look);
        }
        Ok(listing)
    }

    pub(super) fn head(&self, id: &MailId) -> Result<Fetched, MailboxError> {
        Ok(match self.read(id)? {
            Fetched::Whole(bytes) => {
                let end = super::mail::header_end(&bytes);
                Fetched::Whole(bytes[..end].to_vec())
            }
            other => other,
        })
    }

    pub(super) fn read(&self, id: &MailId) -> Result<Fetched, MailboxError> {
        let Some(path) = self.find(id)? else { return Ok(Fetched::Gone) };
        match read_bounded(&path, self.limits.message_bytes) {
            Ok(bytes) => Ok(Fetched::Whole(bytes)),
            Err(MailError::TooLarge { .. }) => Ok(Fetched::TooLarge),
            Err(MailError::Unreadable(source)) if source.kind() == ErrorKind::NotFound => Ok(Fetched::Gone),
            Err(other) => Ok(Fetched::Refused { words: other.to_string() }),
        }
    }

    pub(super) fn dispose(&self, id: &MailId, disposal: &Disposal) -> Result<(), MailboxError> {
        let Some(path) = self.find(id)? else { return Ok(()) };
        let changed = match disposal {
            Disposal::Keep => return Ok(()),
            Disposal::Delete => fs::remove_file(&path),
            Disposal::MarkSeen => self.mark_seen(&path),
            Disposal::MoveTo(_) => return Err(MailboxError::Unsupported("folders in a maildir")),
        };
        match changed {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            changed => changed
                .and_then(|()| path.parent().map_or(Ok(()), sync_folder))
                .map_err(|source| MailboxError::File { path, source }),
        }
    }

    /// Into `cur/` with the flag `S`; flags stand in alphabetical order.
    fn mark_seen(&self, path: &Path) -> io::Result<()> {
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        let (unique, flags) = name.split_once(":2,").unwrap_or((name, ""));
        if flags.contains('S') {
            return Ok(());
        }
        let mut flags: Vec<char> = flags.chars().chain(['S']).collect();
        flags.sort_unstable();
        let flags: String = flags.into_iter().collect();
        fs::rename(path, self.root.join("cur").join(format!("{unique}:2,{flags}")))
    }

    fn find(&self, id: &MailId) -> Result<Option<PathBuf>, MailboxError> {
        id.of(Kind::Maildir)?;
        let mut found = None;
        self.each(|other, path| {
            if other.as_ref() == Some(id) {
                found = Some(path);
            }
        })?;
        Ok(found)
    }

    fn each(&self, mut each: impl FnMut(Option<MailId>, PathBuf)) -> Result<(), MailboxError> {
        // A mail that another reader moves from new/ to cur/ meanwhile is seen twice rather than not at all.
        for name in ["new", "cur"] {
            each_file(&self.root.join(name), |name, path| {
                let id = without_flags(name).to_str().and_then(|name| MailId::new(Kind::Maildir, name));
                each(id, path);
            })?;
        }
        Ok(())
    }
}
