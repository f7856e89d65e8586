//! Claiming: one atomic rename inside the inbox's own volume takes a file from everybody else.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::id::Id;
use crate::naming;
use crate::platform;

/// The folder of claims inside a watched folder; never scanned.
pub(crate) const CLAIMS: &str = ".taskctl";

/// Bytes that a file name may have on the file systems we know.
const LONGEST_NAME: usize = 255;

/// A file that was renamed into the claim folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) id: Id,
    /// Where it stands now.
    pub(crate) path: PathBuf,
    /// The watched folder.
    pub(crate) inbox: PathBuf,
    /// Where it stood, below the watched folder.
    pub(crate) relative: String,
}

impl Claim {
    /// Claims `relative` of `inbox`; exactly one of several takers succeeds, and on Windows none while a writer holds the file.
    pub(crate) fn take(id: Id, inbox: &Path, relative: &str) -> io::Result<Self> {
        let folder = inbox.join(CLAIMS);
        let name = encode(id, relative);
        if name.len() > LONGEST_NAME {
            return Err(io::Error::new(io::ErrorKind::InvalidFilename, "the file's name is too long to be claimed"));
        }
        let path = folder.join(name);
        let source = inbox.join(relative);
        match fs::rename(&source, &path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && !folder.exists() => {
                fs::create_dir(&folder)?;
                // No power cut may lose the folder with the claims in it.
                platform::sync_dir(inbox)?;
                fs::rename(&source, &path)?;
            }
            done => done?,
        }
        Ok(Self { id, path, inbox: inbox.to_owned(), relative: relative.to_owned() })
    }

    /// Device and inode of what was claimed.
    pub(super) fn identity(&self) -> io::Result<(u64, u64)> {
        let (folder, name) = (self.path.parent(), self.path.file_name());
        let (Some(folder), Some(name)) = (folder, name) else { return Err(io::ErrorKind::NotFound.into()) };
        Ok(platform::Directory::open(folder)?.facts(name)?.identity)
    }

    /// Puts the file back, beside a newer one of the same name if there is one (`name_1`). Tells where it stands.
    pub(crate) fn put_back(&self) -> io::Result<PathBuf> {
        let target = self.inbox.join(&self.relative);
        let folder = target.parent().unwrap_or(&self.inbox);
        let name = target.file_name().and_then(|name| name.to_str()).unwrap_or(&self.relative);
        fs::create_dir_all(folder)?;
        let mut tried = target.clone();
        let mut number = 0;
        loop {
            match platform::rename_noreplace(&self.path, &tried) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                done => return done.map(|()| tried),
            }
            tried = folder.join(naming::incremented(name, number));
        }
    }

    /// Every claim that stands in a watched folder; names that are not claims are left alone.
    pub(crate) fn standing(inbox: &Path) -> io::Result<Vec<Self>> {
        let entries = match fs::read_dir(inbox.join(CLAIMS)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut claims = Vec::new();
        for entry in entries {
            let entry = entry?;
            if let Some((id, relative)) = entry.file_name().to_str().and_then(decode) {
                claims.push(Self { id, path: entry.path(), inbox: inbox.to_owned(), relative });
            }
        }
        Ok(claims)
    }
}

/// `<id>~<relative path>`, with `%` and `/` escaped.
fn encode(id: Id, relative: &str) -> String {
    format!("{id}~{}", relative.replace('%', "%25").replace('/', "%2F").replace('\\', "%5C"))
}

fn decode(name: &str) -> Option<(Id, String)> {
    let (id, rest) = name.split_once('~')?;
    let relative = rest.replace("%5C", "\\").replace("%2F", "/").replace("%25", "%");
    let plain = Path::new(&relative).components().all(|part| matches!(part, std::path::Component::Normal(_)));
    (plain && !relative.is_empty()).then_some((id.parse().ok()?, relative))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::id::Ids;

    fn id() -> Id {
        Ids::after(None).next("2026-11-22T08:00:00Z".parse().unwrap())
    }

    proptest! {
        #[test]
        fn the_name_of_a_claim_tells_where_it_stood(parts in proptest::collection::vec("[^/\\x00]{1,12}", 1..4)) {
            let relative = parts.join("/");
            prop_assume!(parts.iter().all(|part| part != "." && part != ".."));
            let name = encode(id(), &relative);
            prop_assert!(!name.contains('/'));
            prop_assert_eq!(decode(&name), Some((id(), relative)));
        }
    }

    #[test]
    fn a_name_that_would_leave_the_inbox_is_no_claim() {
        for hostile in ["..%2Fx", "%2Fetc%2Fpasswd", ""] {
            assert_eq!(decode(&format!("{}~{hostile}", id())), None, "{hostile}");
        }
    }

    #[test]
    fn one_taker_wins_and_a_newer_file_is_never_overwritten() {
        let inbox = tempfile::tempdir().unwrap();
        let file = inbox.path().join("a.xml");
        fs::write(&file, "first").unwrap();
        let claim = Claim::take(id(), inbox.path(), "a.xml").unwrap();
        assert!(Claim::take(id(), inbox.path(), "a.xml").is_err());
        fs::write(&file, "second").unwrap();
        assert_eq!(Claim::standing(inbox.path()).unwrap(), std::slice::from_ref(&claim));
        assert_eq!(claim.put_back().unwrap(), inbox.path().join("a_1.xml"));
        assert_eq!(fs::read_to_string(&file).unwrap(), "second");
        assert_eq!(fs::read_to_string(inbox.path().join("a_1.xml")).unwrap(), "first");
    }
}
