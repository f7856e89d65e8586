//! Installs what the other steps need and the machine lacks.

use crate::{process::Command, step::Notes};

/// A program the tests start, the Debian package that holds it, and the other name it may have.
const PROGRAMS: &[(&str, &str, &str)] =
    &[("cc", "gcc", "gcc"), ("c++", "g++", "g++"), ("strace", "strace", "strace"), ("fdfind", "fd-find", "fd")];

/// Debian packages, only those that are missing.
///
/// # Errors
///
/// What to install by hand, when this account may not.
pub(crate) fn system_packages(notes: &mut Notes) -> Result<(), String> {
    let missing: Vec<&str> = PROGRAMS
        .iter()
        .filter(|(program, _, other)| !exists(program) && !exists(other))
        .map(|(_, package, _)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    if !exists("apt-get") {
        return Err(format!("missing on this machine, which has no apt-get: {list}. Install them and start again"));
    }
    let Some(prefix) = root_prefix() else {
        return Err(format!(
            "missing packages, and this account may not install them. As root:\n  apt-get update && apt-get install {list}"
        ));
    };
    println!("  installing {list}");
    let apt = |words: &[&str]| {
        Command::new(prefix.iter().chain(["apt-get"].iter()).chain(words).copied())
            .env("DEBIAN_FRONTEND", "noninteractive")
    };
    notes.command(&apt(&["update"]))?;
    notes.command(&apt(&["install", "-y", "--no-install-recommends"]
        .iter()
        .chain(&missing)
        .copied()
        .collect::<Vec<_>>()))
}

/// Cargo's own tools; without optimisation, since they run for seconds and would build for minutes.
///
/// # Errors
///
/// The words of `cargo install`.
pub(crate) fn cargo_tools(notes: &mut Notes) -> Result<(), String> {
    for (subcommand, package) in [("nextest", "cargo-nextest"), ("deny", "cargo-deny")] {
        if !Command::cargo([subcommand, "--version"]).succeeds() {
            println!("  installing {package}");
            notes.command(&Command::cargo(["install", "--locked", "--debug", package]))?;
        }
    }
    Ok(())
}

/// Every source of the lock file, for all platforms: what follows needs no network.
///
/// # Errors
///
/// A lock file that does not fit the manifests, or no network.
pub(crate) fn sources(notes: &mut Notes) -> Result<(), String> {
    for manifest in ["Cargo.toml", "fuzz/Cargo.toml"] {
        notes.command(&Command::cargo(["fetch", "--locked", "--manifest-path", manifest]))?;
    }
    Ok(())
}

fn exists(program: &str) -> bool {
    Command::new(["sh", "-c", "command -v \"$0\"", program]).succeeds()
}

/// The words before a command that needs root: none for root itself.
fn root_prefix() -> Option<&'static [&'static str]> {
    let is_root = Command::new(["id", "-u"]).answer().is_ok_and(|id| id.trim() == "0");
    if is_root {
        Some(&[])
    } else if Command::new(["sudo", "-n", "true"]).succeeds() {
        Some(&["sudo", "-n"])
    } else {
        None
    }
}
