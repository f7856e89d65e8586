//! The programs that are measured as processes of their own, built beside this one.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::ground::Outcome;

/// Builds the program of a package as this one was built, and tells where it is.
pub(crate) fn build(package: &str) -> Outcome<PathBuf> {
    let here = std::env::current_exe()?;
    let folder = here.parent().ok_or("the program stands in no folder")?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--package", package, "--bin", package]).current_dir(env!("CARGO_MANIFEST_DIR"));
    if folder.file_name() == Some("release".as_ref()) {
        build.arg("--release");
    }
    if !build.status()?.success() {
        return Err(format!("{package} cannot be built").into());
    }
    Ok(Path::new(folder).join(package))
}
