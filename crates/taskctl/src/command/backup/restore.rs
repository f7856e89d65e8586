//! Bringing a station back: everything in a folder beside the wanted one, judged whole, held, and then one rename.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use scheduler_core::clock::Clock;
use scheduler_core::journal::Durability;
use scheduler_core::partner::Channel;
use scheduler_core::{platform, restored};
use serde_json::{Value, json};

use super::error::BackupError;
use super::key::Key;
use super::manifest::{self, Header};
use super::meter::Meter;
use super::{listen, named, unpack};
use crate::catalogue::{self, Language};
use crate::cli::Restore;
use crate::command::init::private_folder;
use crate::config::{self, Move, relocate};

/// No configuration is read before the end, so nobody has asked for another.
const LANGUAGE: Language = Language::Fr;

/// A station that was brought back.
#[derive(Clone, Debug)]
pub struct Brought {
    /// Its folder.
    pub folder: PathBuf,
    /// Its configuration.
    pub config: PathBuf,
    /// Sendings that are held.
    pub held: u64,
    pub(super) header: Header,
    /// Whether its configuration can be read where it is now.
    pub readable: bool,
    /// What it names and this machine does not have, with what to do.
    pub missing: Vec<String>,
}

/// Restores a backup into a folder that is empty or absent, for `who`. The station that comes out is held.
///
/// Must run on a runtime of several threads. Refused or interrupted, it leaves nothing; killed, it leaves `.NAME.restore-…` beside the
/// folder, which nobody needs.
///
/// # Errors
///
/// [`BackupError`]; nothing that existed was touched.
pub async fn restore(wish: &Restore, channels: &[&dyn Channel], who: &str) -> Result<Brought, BackupError> {
    let folder = target(wish)?;
    let key = Key::find(&wish.file, wish.passphrase_file.as_deref(), wish.identity.as_deref())?;
    let parent = folder.parent().unwrap_or_else(|| Path::new("/")).to_owned();
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let scratch = private_beside(&parent, &name).map_err(BackupError::write(&parent))?;
    let meter = Meter::new(LANGUAGE.pick("Restauration", "Restoring"), &listen());
    let unpacked = tokio::task::block_in_place(|| unpack::unpack(&wish.file, &key, scratch.path(), &meter))?;
    meter.done();
    let header = unpacked.header;
    unpack::check(scratch.path(), &header, Durability::Full).await?;
    let secrets = &unpacked.secrets;
    let how = Move { from: &header.base, in_place: header.base == folder, secrets, channels };
    move_configuration(scratch.path(), &how)?;
    let store = scratch.path().join("data/store");
    private_folder(&store).map_err(BackupError::write(&store))?;
    let held = restored::hold(&scratch.path().join("data"), Clock::system(), header.origin(&wish.file), who).await?;
    let manifest = scratch.path().join(manifest::NAME);
    fs::remove_file(&manifest).map_err(BackupError::write(&manifest))?;
    publish(scratch, &folder)?;
    let config = folder.join(&header.config);
    let loaded = config::load_to_read(&config, channels);
    let shown = config.display().to_string();
    let missing = loaded.as_ref().map(|loaded| named::missing(loaded, channels, &shown)).unwrap_or_default();
    Ok(Brought { folder, config, held, header, readable: loaded.is_ok(), missing })
}

/// A folder that only this account can enter: what is unpacked there is not encrypted any more.
fn private_beside(parent: &Path, name: &str) -> io::Result<tempfile::TempDir> {
    let prefix = format!(".{name}.restore-");
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.prefix(&prefix).tempdir_in(parent)
}

/// The folder to make: absent, or empty.
fn target(wish: &Restore) -> Result<PathBuf, BackupError> {
    let given = match &wish.to {
        Some(folder) => folder.clone(),
        None => PathBuf::from(wish.file.file_stem().unwrap_or_default()),
    };
    let folder: PathBuf = std::path::absolute(&given).map_err(BackupError::read(&given))?.components().collect();
    let empty = match fs::symlink_metadata(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(BackupError::Read { path: folder, error }),
        Ok(found) if found.is_dir() => fs::read_dir(&folder).map_err(BackupError::read(&folder))?.next().is_none(),
        Ok(_) => false,
    };
    if empty { Ok(folder) } else { Err(BackupError::Target(folder)) }
}

/// Every configuration file of the restored folder follows its station.
fn move_configuration(folder: &Path, how: &Move<'_>) -> Result<(), BackupError> {
    let more = folder.join("scenarios.d");
    for folder in [folder, &more] {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if !path.is_file() || path.ends_with(manifest::NAME) {
                continue;
            }
            let Ok(text) = fs::read_to_string(&path) else { continue };
            fs::write(&path, relocate(&text, how)).map_err(BackupError::write(&path))?;
        }
    }
    Ok(())
}

/// Makes everything durable, then gives it its name: an empty folder is replaced, anything else refuses.
fn publish(scratch: tempfile::TempDir, folder: &Path) -> Result<(), BackupError> {
    match platform::sync_filesystem(scratch.path()) {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
        done => done.map_err(BackupError::write(scratch.path()))?,
    }
    if cfg!(windows) {
        let _ = fs::remove_dir(folder);
    }
    fs::rename(scratch.path(), folder).map_err(|error| match error.kind() {
        io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
            BackupError::Target(folder.to_owned())
        }
        _ => BackupError::write(folder)(error),
    })?;
    // Under its new name it is no longer temporary.
    let _ = scratch.keep();
    let parent = folder.parent().unwrap_or_else(|| Path::new("/"));
    platform::sync_dir(parent).map_err(BackupError::write(parent))
}

impl Brought {
    /// As people read it.
    #[must_use]
    pub fn render(&self) -> String {
        let zone = jiff::tz::TimeZone::get("Europe/Paris").unwrap_or(jiff::tz::TimeZone::UTC);
        let created = catalogue::moment(LANGUAGE, self.header.created, &zone);
        let config = self.config.display();
        let mut text = format!(
            "Station « {} » restaurée dans {}, telle qu'elle était le {created}.\nJournal jusqu'à l'événement {}, empreinte {}\n",
            self.header.station,
            self.folder.display(),
            self.header.seq,
            self.header.hash,
        );
        text += &format!(
            "Elle est RETENUE : rien ne part, rien n'est pris dans les dossiers surveillés. {} envoi(s) de plus sont retenus.\n",
            self.held
        );
        for what in &self.header.left_out {
            text += &format!("N'était pas dans la sauvegarde : {what}\n");
        }
        text += "Ne sont pas revenus : les dossiers surveillés, les sauvegardes de l'opérateur, les fichiers déjà rangés dans recus/.\n";
        if !self.missing.is_empty() {
            text += "\nIl manque ici, et la configuration le nomme :\n";
            self.missing.iter().for_each(|line| text += &format!("  - {line}\n"));
        }
        if !self.readable {
            text += "Sa configuration ne se lit pas encore ici : des fichiers qu'elle nomme manquent peut-être.\n";
        }
        text += &format!(
            "\nEnsuite :\n  1. arrêtez l'ancienne station pour de bon, si elle tourne encore\n  2. taskctl check --config {config}\n  3. taskctl resume --after-restore --config {config}     dit quels numéros demander aux partenaires\n"
        );
        text
    }

    /// As programs read it.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "folder": self.folder,
            "config": self.config,
            "station": self.header.station,
            "created": self.header.created,
            "seq": self.header.seq,
            "head": self.header.hash,
            "held": self.held,
            "left_out": self.header.left_out,
            "readable": self.readable,
            "missing": self.missing,
        })
    }
}
