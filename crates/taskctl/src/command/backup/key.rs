//! What a backup is encrypted for, and what opens it: a passphrase, or age keys.

use std::fs::{self, File};
use std::io::{self, BufReader, IsTerminal as _, Read as _, Write};
use std::path::Path;

use age::secrecy::{ExposeSecret as _, SecretString};
use age::stream::{StreamReader, StreamWriter};
use age::{DecryptError, Decryptor, Encryptor, Identity, scrypt, x25519};

use super::error::BackupError;
use crate::catalogue::Language;

/// Fewest characters of a passphrase: the file may be tried for years.
const LEAST: usize = 12;

/// Longest passphrase read from a file.
const LONGEST: u64 = 4096;

/// Most that trying a passphrase may cost, as a power of two: 1 GiB of memory.
const COSTLIEST: u8 = 20;

/// Longest header read: hundreds of recipients.
const HEADER: usize = 64 * 1024;

/// For whom a backup is written, and with what it is read back.
pub(super) enum Lock {
    /// A passphrase, and what trying it costs.
    Passphrase(SecretString, u8),
    /// Public keys, and what opens the backup for its verification.
    Recipients(Vec<x25519::Recipient>, Vec<x25519::Identity>),
}

/// What opens a backup.
pub(super) enum Key {
    Passphrase(SecretString),
    Identities(Vec<x25519::Identity>),
}

impl Lock {
    /// A lock for public keys. `identity` proves that its owner can open the backup; without it, a key that lives only as long as this value
    /// is added to the recipients.
    pub(super) fn recipients(texts: &[String], identity: Option<&Path>) -> Result<Self, BackupError> {
        let parse = |text: &String| text.trim().parse().map_err(|_| BackupError::Recipient(text.clone()));
        let mut recipients: Vec<x25519::Recipient> = texts.iter().map(parse).collect::<Result<_, _>>()?;
        let identities = match identity {
            Some(path) => identities(path)?,
            None => vec![x25519::Identity::generate()],
        };
        if identity.is_none() {
            recipients.extend(identities.iter().map(x25519::Identity::to_public));
        }
        Ok(Self::Recipients(recipients, identities))
    }

    /// Encrypts what is written to it into `file`.
    pub(super) fn encrypt<W: Write>(&self, file: W) -> io::Result<StreamWriter<W>> {
        let encryptor = match self {
            Self::Passphrase(passphrase, cost) => {
                let mut recipient = scrypt::Recipient::new(passphrase.clone());
                recipient.set_work_factor(*cost);
                Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient))
            }
            Self::Recipients(recipients, _) => {
                Encryptor::with_recipients(recipients.iter().map(|recipient| recipient as &dyn age::Recipient))
            }
        };
        encryptor.map_err(io::Error::other)?.wrap_output(file)
    }

    /// What opens it again.
    pub(super) fn key(&self) -> Key {
        match self {
            Self::Passphrase(passphrase, _) => Key::Passphrase(passphrase.clone()),
            Self::Recipients(_, identities) => Key::Identities(identities.clone()),
        }
    }
}

impl Key {
    /// The key that a file wants: the passphrase or identity given, else a passphrase that is asked for.
    pub(super) fn find(file: &Path, passphrase: Option<&Path>, identity: Option<&Path>) -> Result<Self, BackupError> {
        let wants_passphrase = decryptor(file)?.is_scrypt();
        match (wants_passphrase, passphrase, identity) {
            (true, Some(path), None) => passphrase_in(path).map(Self::Passphrase),
            (true, None, None) => ask(prompt(Language::Fr)).map(Self::Passphrase),
            (false, None, Some(path)) => identities(path).map(Self::Identities),
            (false, None, None) => Err(BackupError::NoKey),
            _ => Err(BackupError::OtherKey),
        }
    }

    /// Reads what is encrypted in `file`.
    pub(super) fn decrypt(&self, file: &Path) -> Result<StreamReader<BufReader<File>>, BackupError> {
        let decryptor = decryptor(file)?;
        let opened = match self {
            Self::Passphrase(passphrase) => {
                let mut identity = scrypt::Identity::new(passphrase.clone());
                identity.set_max_work_factor(COSTLIEST);
                decryptor.decrypt(std::iter::once(&identity as &dyn Identity))
            }
            Self::Identities(keys) => decryptor.decrypt(keys.iter().map(|key| key as &dyn Identity)),
        };
        opened.map_err(|error| refused(file, error))
    }
}

/// Reads the header of an encrypted file, of bounded length.
fn decryptor(file: &Path) -> Result<Decryptor<BufReader<File>>, BackupError> {
    let mut start = Vec::new();
    let opened = File::open(file).map_err(BackupError::read(file))?;
    opened.take(HEADER as u64).read_to_end(&mut start).map_err(BackupError::read(file))?;
    if !start.starts_with(b"age-encryption.org/") {
        return Err(BackupError::NotABackup);
    }
    if !start.windows(5).any(|window| window == b"\n--- ") {
        return Err(BackupError::Damaged("its header has no end".to_owned()));
    }
    let reader = BufReader::new(File::open(file).map_err(BackupError::read(file))?);
    Decryptor::new_buffered(reader).map_err(|error| refused(file, error))
}

fn refused(file: &Path, error: DecryptError) -> BackupError {
    match error {
        DecryptError::NoMatchingKeys | DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => {
            BackupError::WrongKey
        }
        DecryptError::ExcessiveWork { required, .. } => BackupError::Costly(required),
        DecryptError::UnknownFormat => BackupError::NotABackup,
        DecryptError::Io(error) if error.raw_os_error().is_some() => BackupError::read(file)(error),
        error => BackupError::Damaged(error.to_string()),
    }
}

fn prompt(language: Language) -> &'static str {
    language.pick(
        "Phrase de passe de la sauvegarde (rien ne s'affiche) : ",
        "Passphrase of the backup (nothing is shown): ",
    )
}

/// Asks twice for the passphrase of a new backup.
pub(super) fn new_passphrase(language: Language) -> Result<SecretString, BackupError> {
    let first = long_enough(ask(prompt(language))?)?;
    let again = ask(language.pick("Encore une fois : ", "Once more: "))?;
    if first.expose_secret() != again.expose_secret() {
        return Err(BackupError::Differ);
    }
    Ok(first)
}

/// The passphrase of a new backup, in a file.
pub(super) fn new_passphrase_in(path: &Path) -> Result<SecretString, BackupError> {
    long_enough(passphrase_in(path)?)
}

fn long_enough(passphrase: SecretString) -> Result<SecretString, BackupError> {
    if passphrase.expose_secret().chars().count() < LEAST {
        return Err(BackupError::Short { least: LEAST });
    }
    Ok(passphrase)
}

fn ask(prompt: &str) -> Result<SecretString, BackupError> {
    if !io::stdin().is_terminal() {
        return Err(BackupError::NoKey);
    }
    rpassword::prompt_password(prompt).map(SecretString::from).map_err(BackupError::read(Path::new("/dev/tty")))
}

fn passphrase_in(path: &Path) -> Result<SecretString, BackupError> {
    let mut text = String::new();
    let read = private(path)?.take(LONGEST + 1).read_to_string(&mut text);
    let wrong = |reason: &str| BackupError::KeyFile { path: path.to_owned(), reason: reason.to_owned() };
    read.map_err(|_| wrong("it is not text"))?;
    // Kept nowhere but in the value that is wiped.
    let text = SecretString::from(text);
    let line = text.expose_secret().trim_end_matches(['\r', '\n']);
    if line.is_empty() || line.contains(['\r', '\n', '\0']) || line.len() as u64 > LONGEST {
        return Err(wrong("a passphrase is one line of text"));
    }
    Ok(SecretString::from(line))
}

fn identities(path: &Path) -> Result<Vec<x25519::Identity>, BackupError> {
    let mut text = String::new();
    let wrong = |reason: &str| BackupError::KeyFile { path: path.to_owned(), reason: reason.to_owned() };
    private(path)?.take(LONGEST * 16).read_to_string(&mut text).map_err(|_| wrong("it is not text"))?;
    let text = SecretString::from(text);
    let lines = text.expose_secret().lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let keys: Vec<x25519::Identity> =
        lines.map(|line| line.parse().map_err(|_| wrong("it holds no age key"))).collect::<Result<_, _>>()?;
    if keys.is_empty() {
        return Err(wrong("it holds no age key"));
    }
    Ok(keys)
}

/// A file that only its owner may read.
fn private(path: &Path) -> Result<File, BackupError> {
    let wrong = |error: io::Error| BackupError::KeyFile { path: path.to_owned(), reason: error.to_string() };
    let metadata = fs::metadata(path).map_err(wrong)?;
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::mode(&metadata) & 0o077 != 0 {
        return Err(BackupError::KeyOpen(path.to_owned()));
    }
    if !metadata.is_file() {
        return Err(wrong(io::Error::other("it is not a file")));
    }
    File::open(path).map_err(wrong)
}
