//! The Rust files of the repository.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Every `.rs` file below `folder`, in the order of their names, without what cargo builds.
///
/// # Errors
///
/// A folder that cannot be listed.
pub(crate) fn below(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let said = |error| format!("{}: {error}", folder.display());
        for entry in fs::read_dir(&folder).map_err(said)? {
            let path = entry.map_err(said)?.path();
            let hidden =
                path.file_name().is_some_and(|name| name == "target" || name.as_encoded_bytes().starts_with(b"."));
            if path.is_dir() && !hidden {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The text of one file.
///
/// # Errors
///
/// A file that cannot be read.
pub(crate) fn text(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}
