//! The name of a mail that stays.

use std::fmt;

use super::MailboxError;

/// Bytes of an identity: it becomes a key in somebody's database. `UIDL` allows 70 (RFC 1939 7), a file name 255.
const MAX_IDENTITY: usize = 300;

/// The kind of mailbox that gave an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Maildir,
    Pop3,
    Imap,
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Maildir => "maildir:",
            Self::Pop3 => "pop3:",
            Self::Imap => "imap:",
        }
    }
}

/// What a mailbox calls one of its mails, the same in every session: `maildir:` and the file's name without its flags, `pop3:` and the
/// unique-id, `imap:` and the numbers UIDVALIDITY and UID.
///
/// It says nothing of the content: a mail delivered twice has two identities and one [`key`](super::Mail::key).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MailId(String);

impl MailId {
    /// Reads an identity that was kept; whether the mailbox still knows it, only the mailbox can say.
    ///
    /// # Errors
    ///
    /// [`MailboxError::ForeignIdentity`] for a text that no mailbox gave.
    pub fn parse(text: &str) -> Result<Self, MailboxError> {
        [Kind::Maildir, Kind::Pop3, Kind::Imap]
            .into_iter()
            .find_map(|kind| Self::new(kind, text.strip_prefix(kind.prefix())?))
            .ok_or_else(|| MailboxError::ForeignIdentity(super::error::bounded_words(text)))
    }

    /// None for a name that is empty, too long, or holds anything but visible ASCII.
    pub(super) fn new(kind: Kind, name: &str) -> Option<Self> {
        let fits = !name.is_empty() && name.len() <= MAX_IDENTITY && name.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(format!("{}{name}", kind.prefix())))
    }

    /// As it is kept.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name, if a mailbox of this kind gave it.
    pub(super) fn of(&self, kind: Kind) -> Result<&str, MailboxError> {
        self.0.strip_prefix(kind.prefix()).ok_or_else(|| MailboxError::ForeignIdentity(self.0.clone()))
    }
}

impl fmt::Display for MailId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
