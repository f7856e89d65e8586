//! `taskctl backup` and `taskctl restore` (R12): an encrypted archive that was restored once before it gets its name, and a restored station
//! that sends nothing before an operator has looked.

mod content;
mod error;
mod key;
mod manifest;
mod meter;
mod named;
mod pack;
mod restore;
mod resume;
mod unpack;
mod work;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use scheduler_core::clock::Clock;
use scheduler_core::journal::{Durability, Reader};
use scheduler_core::partner::Channel;
use scheduler_core::platform;
use scheduler_core::request::BackupMade;
use serde_json::{Value, json};

pub use self::error::BackupError;
use self::key::Lock;
use self::meter::Meter;
pub use self::restore::{Brought, restore};
pub use self::resume::{Unconfirmed, unconfirmed};
use self::work::{Work, private_file};
use super::View;
use crate::catalogue::{self, Language};
use crate::cli::Backup;
use crate::config::Loaded;

/// A backup that was made and verified.
#[derive(Clone, Debug)]
pub struct Made {
    /// The file.
    pub path: PathBuf,
    /// What the journal is told of it.
    pub facts: BackupMade,
    /// What the station has and the backup does not.
    pub left_out: Vec<String>,
    /// With what it was read back.
    pub verified_with: Verified,
}

/// With what a backup was read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// The passphrase that opens it.
    Passphrase,
    /// A private key of whom it is for.
    Identity,
    /// A key made for that alone and thrown away: whether a recipient has his private key is not known.
    EphemeralKey,
}

/// Makes a backup of the station, running or not, and gives it its name once a trial restore of what stands on the disk was whole.
///
/// Must run on a runtime of several threads. Interrupted or refused, it leaves nothing but what it found; killed, it leaves `FILE.partial`
/// and `data_dir/backup.work`, which the next backup sweeps.
///
/// # Errors
///
/// [`BackupError`]; no file of that name exists then.
pub async fn backup(wish: &Backup, loaded: &Loaded, channels: &[&dyn Channel]) -> Result<Made, BackupError> {
    let path = std::path::absolute(&wish.file).map_err(BackupError::read(&wish.file))?;
    let partial = partial_name(&path);
    for (path, refused) in
        [(&path, BackupError::Exists as fn(PathBuf) -> BackupError), (&partial, BackupError::Partial)]
    {
        if fs::symlink_metadata(path).is_ok() {
            return Err(refused(path.clone()));
        }
    }
    if !Reader::exists(&loaded.settings.data_dir)? {
        return Err(BackupError::NeverRan);
    }
    let (lock, verified_with) = lock(wish, loaded.language)?;
    let work = Work::new(&loaded.settings.data_dir)?;
    let stop = listen();
    let collect = Meter::new(loaded.language.pick("Inventaire", "Listing"), &stop);
    let named = named::files(loaded, channels);
    let what = content::Wanted { loaded, named: &named, secrets: !wish.without_secrets };
    let content = content::gather(what, &work, Clock::system().now(), &collect).await?;
    collect.done();
    if let Some(Ok(free)) = path.parent().map(platform::available_space)
        && free < content.header.bytes
    {
        return Err(BackupError::Space { needed: content.header.bytes, free });
    }
    let partial = Partial::new(partial)?;
    let copy = Meter::new(loaded.language.pick("Copie", "Copying"), &stop);
    copy.expect(content.header.bytes);
    tokio::task::block_in_place(|| {
        let file = fs::OpenOptions::new().write(true).open(&partial.0).map_err(BackupError::write(&partial.0))?;
        pack::pack(&content, &lock, file, &partial.0, &copy)
    })?;
    copy.done();
    verify(
        &partial.0,
        &lock,
        &content.header,
        &work,
        &Meter::new(loaded.language.pick("Restauration d'essai", "Trial restore"), &stop),
    )
    .await
    .map_err(BackupError::unverified)?;
    let bytes = fs::metadata(&partial.0).map_err(BackupError::read(&partial.0))?.len();
    partial.publish(&path)?;
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let header = content.header;
    let facts = BackupMade { file, seq: header.seq, hash: header.hash, members: header.members, bytes };
    Ok(Made { path, facts, left_out: header.left_out, verified_with })
}

fn lock(wish: &Backup, language: Language) -> Result<(Lock, Verified), BackupError> {
    if !wish.recipients.is_empty() {
        let with = if wish.identity.is_some() { Verified::Identity } else { Verified::EphemeralKey };
        return Ok((Lock::recipients(&wish.recipients, wish.identity.as_deref())?, with));
    }
    let passphrase = match &wish.passphrase_file {
        Some(path) => key::new_passphrase_in(path)?,
        None => key::new_passphrase(language)?,
    };
    Ok((Lock::Passphrase(passphrase, wish.work_factor), Verified::Passphrase))
}

/// Reads the file back from the disk, restores it beside the station, and opens what came out.
async fn verify(
    file: &Path,
    lock: &Lock,
    expected: &manifest::Header,
    work: &Work,
    meter: &Meter,
) -> Result<(), BackupError> {
    let scratch = work.path().join("trial");
    super::init::private_folder(&scratch).map_err(BackupError::write(&scratch))?;
    let unpacked = tokio::task::block_in_place(|| unpack::unpack(file, &lock.key(), &scratch, meter))?;
    meter.done();
    if unpacked.header != *expected {
        return Err(BackupError::Damaged("its manifest is not the one that was written".to_owned()));
    }
    unpack::check(&scratch, expected, Durability::Off).await
}

/// Set once the operator interrupts.
fn listen() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let heard = Arc::clone(&stop);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            heard.store(true, Ordering::Relaxed);
        }
    });
    stop
}

fn partial_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    PathBuf::from(name)
}

/// A file that is not valid yet; dropped, it vanishes.
struct Partial(PathBuf);

impl Partial {
    fn new(path: PathBuf) -> Result<Self, BackupError> {
        private_file(&path, true).map(|_| Self(path))
    }

    /// Gives it its name, never over another file, durably.
    fn publish(self, path: &Path) -> Result<(), BackupError> {
        let renamed = platform::rename_noreplace(&self.0, path).or_else(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Err(error),
            // File systems without hard links, as sticks have.
            _ if fs::symlink_metadata(path).is_err() => fs::rename(&self.0, path),
            _ => Err(error),
        });
        renamed.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => BackupError::Exists(path.to_owned()),
            _ => BackupError::write(path)(error),
        })?;
        let folder = path.parent().unwrap_or_else(|| Path::new("/"));
        platform::sync_dir(folder).map_err(BackupError::write(folder))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

impl Made {
    /// As people read it. `noted` tells whether the journal could be told.
    #[must_use]
    pub fn render(&self, noted: bool, view: View<'_>) -> String {
        let say = |fr, en| view.language.pick(fr, en);
        let size = catalogue::bytes(view.language, self.facts.bytes);
        let mut text = format!(
            "{} {} ({size}, {} {})\n",
            say("Sauvegarde vérifiée :", "Verified backup:"),
            self.path.display(),
            self.facts.members,
            say("fichiers", "files"),
        );
        text += &format!(
            "{} {}\n{} {}\n",
            say("Journal jusqu'à l'événement", "Journal up to event"),
            self.facts.seq,
            say("Empreinte à noter ailleurs :", "Head to keep elsewhere:"),
            self.facts.hash,
        );
        text += match self.verified_with {
            Verified::Passphrase => say(
                "Relue sur le disque et restaurée à blanc avec la phrase de passe.\n",
                "Read back from the disk and restored on trial with the passphrase.\n",
            ),
            Verified::Identity => say(
                "Relue sur le disque et restaurée à blanc avec la clé privée donnée.\n",
                "Read back from the disk and restored on trial with the private key given.\n",
            ),
            Verified::EphemeralKey => say(
                "Relue sur le disque et restaurée à blanc avec une clé éphémère, détruite ensuite. Que votre clé privée l'ouvre n'est pas prouvé : --identity FICHIER le prouve.\n",
                "Read back from the disk and restored on trial with an ephemeral key, destroyed since. That your private key opens it is not proven: --identity FILE proves it.\n",
            ),
        };
        for what in &self.left_out {
            text += &format!("{} {what}\n", say("N'y est pas :", "Not in it:"));
        }
        text += say(
            "N'y sont pas non plus : les dossiers surveillés, les sauvegardes de l'opérateur, les fichiers déjà rangés dans recus/.\n",
            "Not in it either: the watched folders, the operator's backups, the files already put in recus/.\n",
        );
        if !noted {
            text += say(
                "La sauvegarde est bonne, mais le journal n'a pas pu la noter.\n",
                "The backup is good, but the journal could not take note of it.\n",
            );
        }
        text
    }

    /// As programs read it.
    #[must_use]
    pub fn json(&self, noted: bool) -> Value {
        let with = match self.verified_with {
            Verified::Passphrase => "passphrase",
            Verified::Identity => "identity",
            Verified::EphemeralKey => "ephemeral-key",
        };
        json!({
            "file": self.path,
            "bytes": self.facts.bytes,
            "members": self.facts.members,
            "seq": self.facts.seq,
            "head": self.facts.hash,
            "verified_with": with,
            "left_out": self.left_out,
            "journalled": noted,
        })
    }
}

#[cfg(test)]
mod tests;
