//! One surface over the kinds of mailboxes.

use std::path::PathBuf;

use jiff::Timestamp;

use super::{Limits, MailId, MailboxError, Server, fetch::Fetched, folder::Folder, imap::Imap, pop3::Pop3};

/// Bytes of a mail's header that [`Mailbox::head`] reads; a longer one is [`Fetched::TooLarge`] or cut there.
pub const MAX_HEAD: u64 = 64 << 10;

/// Where mails lie.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Source {
    /// A maildir on this machine, with `new/` and `cur/`.
    Maildir(PathBuf),
    /// An account on a POP3 server.
    Pop3(Server),
    /// A folder of an account on an IMAP server.
    Imap {
        /// The server and the account.
        server: Server,
        /// The folder as IMAP writes it, usually `INBOX`.
        folder: String,
    },
}

/// A mail that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// What the mailbox calls it, in this session and every other.
    pub id: MailId,
    /// Its size in bytes, if the mailbox told it; a server may count line ends in its own way.
    pub bytes: Option<u64>,
    /// When the mailbox got it, by its own clock; a POP3 server does not tell.
    pub received: Option<Timestamp>,
}

/// What a mailbox holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listing {
    /// The mails that the caller did not know, oldest first as the mailbox orders them; at most [`Limits::messages_per_look`].
    pub new: Vec<Entry>,
    /// How many of the mails the caller knew.
    pub known: usize,
    /// How many mails have no identity that can be kept, or share theirs with another: they are left alone.
    pub unfit: usize,
    /// How many new mails are left for the next listing.
    pub left: usize,
}

impl Listing {
    pub(super) fn sort(&mut self, entry: Entry, known: &mut impl FnMut(&MailId) -> bool, limit: usize) {
        if known(&entry.id) {
            self.known += 1;
        } else if self.new.len() < limit {
            self.new.push(entry);
        } else {
            self.left += 1;
        }
    }
}

/// What becomes of a mail whose content is durable elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Disposal {
    /// It stays as it is; the caller knows it by its identity.
    #[default]
    Keep,
    /// It stays, marked as read. Not over POP3.
    MarkSeen,
    /// It goes into another folder of the account, which must exist. IMAP only.
    MoveTo(String),
    /// It is deleted: over POP3 when the session is closed in order, over IMAP at once if the server can delete one mail (else it stays, marked as
    /// deleted), in a maildir at once.
    Delete,
}

/// An open mailbox. A session sees at least the mails that were there when it was opened; for those that came later, open another.
///
/// A maildir is read and changed by the calling thread, which waits for the disk.
///
/// Nothing is marked, moved or deleted by listing and reading; a mail that nobody disposes of is left alone. A session that ends early, with its process or
/// its connection, has lost nothing: the mails that were not disposed of are listed again, and to dispose of one a second time is no error.
#[derive(Debug)]
pub enum Mailbox {
    /// A maildir.
    Maildir(Folder),
    /// A POP3 session.
    Pop3(Box<Pop3>),
    /// An IMAP session.
    Imap(Box<Imap>),
}

impl Mailbox {
    /// Opens the mailbox: connects, starts TLS, logs in, selects.
    ///
    /// # Errors
    ///
    /// [`MailboxError::Unreachable`], [`Tls`](MailboxError::Tls), [`LogInRefused`](MailboxError::LogInRefused), [`InUse`](MailboxError::InUse) and
    /// whatever else keeps the session from opening.
    pub async fn open(source: &Source, limits: Limits) -> Result<Self, MailboxError> {
        Ok(match source {
            Source::Maildir(root) => Self::Maildir(Folder::open(root, limits)?),
            Source::Pop3(server) => Self::Pop3(Box::new(Pop3::open(server, limits).await?)),
            Source::Imap { server, folder } => Self::Imap(Box::new(Imap::open(server, folder, limits).await?)),
        })
    }

    /// The mails that are there. `known` says of each whether the caller has it already; it is asked once for every mail, even beyond the limit.
    ///
    /// # Errors
    ///
    /// [`MailboxError`] when the mailbox cannot be listed.
    pub async fn list(&mut self, known: impl FnMut(&MailId) -> bool) -> Result<Listing, MailboxError> {
        match self {
            Self::Maildir(folder) => folder.list(known),
            Self::Pop3(session) => session.list(known).await,
            Self::Imap(session) => session.list(known).await,
        }
    }

    /// The header of a mail, at most [`MAX_HEAD`] bytes: enough to leave a stranger's mail alone without reading it. Marks nothing.
    ///
    /// # Errors
    ///
    /// [`MailboxError`] when the session is over; [`Unsupported`](MailboxError::Unsupported) where the server gives no headers.
    pub async fn head(&mut self, id: &MailId) -> Result<Fetched, MailboxError> {
        match self {
            Self::Maildir(folder) => folder.head(id),
            Self::Pop3(session) => session.head(id).await,
            Self::Imap(session) => session.head(id).await,
        }
    }

    /// The whole mail, at most [`Limits::message_bytes`] in memory. Marks nothing.
    ///
    /// # Errors
    ///
    /// [`MailboxError`] when the session is over, or the identity is none of this mailbox.
    pub async fn read(&mut self, id: &MailId) -> Result<Fetched, MailboxError> {
        match self {
            Self::Maildir(folder) => folder.read(id),
            Self::Pop3(session) => session.read(id).await,
            Self::Imap(session) => session.read(id).await,
        }
    }

    /// Disposes of a mail. **Call it only when what the mail contained is durable**: it is the one call that can lose something. Of a mail that is
    /// gone there is nothing to do, so that a caller that died in between simply repeats it.
    ///
    /// # Errors
    ///
    /// [`MailboxError`] when the mailbox refused or the session is over: the mail may or may not be disposed of, repeat it.
    pub async fn dispose(&mut self, id: &MailId, disposal: &Disposal) -> Result<(), MailboxError> {
        match self {
            Self::Maildir(folder) => folder.dispose(id, disposal),
            Self::Pop3(session) => session.dispose(id, disposal).await,
            Self::Imap(session) => session.dispose(id, disposal).await,
        }
    }

    /// Ends the session in order; over POP3 only this deletes.
    ///
    /// # Errors
    ///
    /// [`MailboxError`] when the end was not confirmed: deletions over POP3 may not be done, and are repeated in the next session.
    pub async fn close(self) -> Result<(), MailboxError> {
        match self {
            Self::Maildir(_) => Ok(()),
            Self::Pop3(session) => session.close().await,
            Self::Imap(session) => session.close().await,
        }
    }
}
