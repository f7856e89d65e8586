//! Why a backup was not made, or not restored.

use std::io;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use scheduler_core::consignment::Why;
use scheduler_core::journal::JournalError;

use crate::catalogue::{self, Language};
use crate::exit::Exit;
use crate::output::clean;

/// Why a backup was not made, or not restored. Nothing that existed was touched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The file to write exists.
    #[error("{} exists", .0.display())]
    Exists(PathBuf),
    /// What an interrupted backup left stands where this one is to be written.
    #[error("{} exists", .0.display())]
    Partial(PathBuf),
    /// Another backup of the station is being made.
    #[error("another backup is being made")]
    Busy,
    /// There is no journal to back up.
    #[error("the station never ran")]
    NeverRan,
    /// Neither a passphrase nor a key was given, and nobody is there to ask.
    #[error("neither a passphrase nor a key was given")]
    NoKey,
    /// The passphrase is too short.
    #[error("a passphrase has at least {least} characters")]
    Short {
        /// The least number of characters.
        least: usize,
    },
    /// The two entries differ.
    #[error("the two passphrases differ")]
    Differ,
    /// The file of the passphrase or of the key cannot be used.
    #[error("{}: {reason}", path.display())]
    KeyFile {
        /// Which.
        path: PathBuf,
        /// Why; never its content.
        reason: String,
    },
    /// Others may read the passphrase or the key.
    #[error("{} can be read by others", .0.display())]
    KeyOpen(PathBuf),
    /// The text is not an age recipient.
    #[error("{0} is not an age recipient")]
    Recipient(String),
    /// The passphrase or key does not open the file.
    #[error("the passphrase or key does not open the file")]
    WrongKey,
    /// The file wants the other kind of key.
    #[error("the file is not encrypted with this kind of key")]
    OtherKey,
    /// Trying a passphrase would take too much time and memory.
    #[error("trying a passphrase would cost 2^{0}")]
    Costly(u8),
    /// It is not a backup of a station.
    #[error("this is not a backup of a station")]
    NotABackup,
    /// A newer version of the program wrote it.
    #[error("the backup has format {found}, this version knows up to {known}")]
    TooNew {
        /// The format found.
        found: u32,
        /// The newest format known.
        known: u32,
    },
    /// It is truncated, altered, or not what its manifest says.
    #[error("the backup is damaged: {0}")]
    Damaged(String),
    /// It holds something that no backup has.
    #[error("the archive holds what no backup has: {0}")]
    Hostile(String),
    /// A file of the store is not there, or not what the journal says.
    #[error("the store does not hold what the journal says: {0}")]
    Store(String),
    /// A file changed while it was being copied.
    #[error("{0} changed while it was being copied")]
    Changed(String),
    /// The restored folder must be empty or absent.
    #[error("{} exists and is not empty", .0.display())]
    Target(PathBuf),
    /// There is not enough space.
    #[error("{needed} bytes are needed, {free} are free")]
    Space {
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// Something cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// What.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Something cannot be written.
    #[error("{}: {error}", path.display())]
    Write {
        /// What.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The journal cannot be read, or not be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The backup that was just written does not restore; it was removed.
    #[error("the backup that was written does not restore: {0}")]
    Unverified(Box<Self>),
    /// The operator interrupted.
    #[error("interrupted")]
    Interrupted,
}

impl BackupError {
    /// Every code of its own.
    pub const CODES: [&'static str; 25] = [
        "backup-exists",
        "backup-partial",
        "backup-busy",
        "backup-never-ran",
        "backup-no-key",
        "backup-passphrase-short",
        "backup-passphrases-differ",
        "backup-key-file",
        "backup-key-open",
        "backup-recipient",
        "backup-wrong-key",
        "backup-other-key",
        "backup-costly",
        "backup-foreign",
        "backup-too-new",
        "backup-damaged",
        "backup-hostile",
        "backup-store",
        "backup-changed",
        "restore-target",
        "backup-space",
        "backup-interrupted",
        "backup-unreadable",
        "backup-unwritable",
        "backup-unverified",
    ];

    /// Stable code for catalogues.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Exists(_) => "backup-exists",
            Self::Partial(_) => "backup-partial",
            Self::Busy => "backup-busy",
            Self::NeverRan => "backup-never-ran",
            Self::NoKey => "backup-no-key",
            Self::Short { .. } => "backup-passphrase-short",
            Self::Differ => "backup-passphrases-differ",
            Self::KeyFile { .. } => "backup-key-file",
            Self::KeyOpen(_) => "backup-key-open",
            Self::Recipient(_) => "backup-recipient",
            Self::WrongKey => "backup-wrong-key",
            Self::OtherKey => "backup-other-key",
            Self::Costly(_) => "backup-costly",
            Self::NotABackup => "backup-foreign",
            Self::TooNew { .. } => "backup-too-new",
            Self::Damaged(_) => "backup-damaged",
            Self::Hostile(_) => "backup-hostile",
            Self::Store(_) => "backup-store",
            Self::Changed(_) => "backup-changed",
            Self::Target(_) => "restore-target",
            Self::Space { .. } => "backup-space",
            Self::Write { error, .. } | Self::Read { error, .. } if error.kind() == io::ErrorKind::StorageFull => {
                "disk-full"
            }
            Self::Read { .. } => "backup-unreadable",
            Self::Write { .. } => "backup-unwritable",
            Self::Journal(error) => error.code(),
            Self::Unverified(_) => "backup-unverified",
            Self::Interrupted => "backup-interrupted",
        }
    }

    /// What the process tells whoever started it: a full disk is no doubt about the backup, everything else that a verification finds is.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Damaged(_) | Self::Hostile(_) | Self::Store(_) | Self::Unverified(_) => Exit::Integrity,
            Self::Journal(JournalError::Damaged { .. }) => Exit::Integrity,
            Self::Changed(_) | Self::Read { .. } | Self::Write { .. } | Self::Space { .. } | Self::Journal(_) => {
                Exit::Unfinished
            }
            Self::Busy => Exit::Locked,
            Self::Interrupted => Exit::Interrupted,
            _ => Exit::Usage,
        }
    }

    pub(super) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Read { path, error }
    }

    pub(super) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Write { path, error }
    }

    /// A backup that does not restore is none; that the disk is full, or the operator impatient, is no fault of the backup.
    pub(super) fn unverified(self) -> Self {
        match self {
            error @ (Self::Interrupted | Self::Space { .. }) => error,
            error if error.code() == "disk-full" => error,
            error => Self::Unverified(Box::new(error)),
        }
    }

    /// The detail that belongs to the sentence.
    fn words(&self) -> Option<String> {
        Some(match self {
            Self::Exists(path) | Self::Partial(path) | Self::KeyOpen(path) | Self::Target(path) => {
                path.display().to_string()
            }
            Self::Recipient(text) | Self::Store(text) | Self::Changed(text) => text.clone(),
            Self::Damaged(text) | Self::Hostile(text) => text.clone(),
            Self::Unverified(error) => error.to_string(),
            Self::KeyFile { .. } | Self::Read { .. } | Self::Write { .. } | Self::Journal(_) => self.to_string(),
            Self::Costly(factor) => format!("2^{factor}"),
            Self::TooNew { found, known } => format!("{found} > {known}"),
            Self::Space { needed, free } => format!("{needed} > {free}"),
            _ => return None,
        })
    }

    /// What the operator reads.
    #[must_use]
    pub fn in_words(&self, language: Language) -> String {
        let why = Why { code: self.code().to_owned(), words: self.words() };
        clean(&catalogue::explain(language, &TimeZone::UTC, &why).to_string())
    }
}
