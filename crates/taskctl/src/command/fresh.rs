//! Files that get their name when they are whole.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

use crate::catalogue::Language;
use crate::signals::unfinished;

/// The folder that a file is in.
pub(super) fn folder(target: &Path) -> &Path {
    target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// A temporary file in the same folder, with the rights of any new file; dropped or interrupted, it vanishes.
pub(super) fn beside(target: &Path, language: Language) -> io::Result<NamedTempFile> {
    let mut prefix = OsString::from(".");
    prefix.push(target.file_name().unwrap_or_default());
    prefix.push(".");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".part");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    unfinished(language, || builder.tempfile_in(folder(target)))
}

/// Makes it last and gives it its name, which nothing may bear yet.
pub(super) fn publish(file: NamedTempFile, target: &Path) -> io::Result<()> {
    file.as_file().sync_all()?;
    file.persist_noclobber(target).map_err(|refused| refused.error)?;
    sync_folder(target);
    Ok(())
}

/// Makes names last. The files stand; a folder that cannot be synced only makes their names less lasting.
pub(super) fn sync_folder(target: &Path) {
    #[cfg(unix)]
    let _ = File::open(folder(target)).and_then(|folder| folder.sync_all());
    #[cfg(not(unix))]
    let _ = target;
}
