//! Installs what the other steps need and the machine lacks.

use std::path::Path;

use crate::{process::Command, step::Notes};

/// What shows that a Debian package is there, and the package. Servers are started by the tests alone, as throw-away instances.
const PACKAGES: &[(Sign, &str)] = &[
    (Sign::Program("cc", "gcc"), "gcc"),
    (Sign::Program("c++", "g++"), "g++"),
    (Sign::Program("strace", "strace"), "strace"),
    (Sign::Program("fdfind", "fd"), "fd-find"),
    (Sign::Program("python3", "python3"), "python3"),
    (Sign::Program("pgrep", "pgrep"), "procps"),
    (Sign::Program("compress", "compress"), "ncompress"),
    (Sign::Program("age", "age"), "age"),
    (Sign::Program("gif2rgb", "gif2rgb"), "giflib-tools"),
    (Sign::Program("tiffcp", "tiffcp"), "libtiff-tools"),
    (Sign::File("/usr/sbin/postfix"), "postfix"),
    (Sign::File("/usr/lib/dovecot/imap"), "dovecot-imapd"),
    (Sign::File("/usr/lib/dovecot/pop3"), "dovecot-pop3d"),
    (Sign::Program("swaks", "swaks"), "swaks"),
    (Sign::Perl("Net::SSLeay"), "libnet-ssleay-perl"),
];

/// Installs packages and lets no service of theirs start: a machine's own policy stands, and without one there is one for as long as it takes.
const INSTALL: &str = r#"
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
"#;

/// How a package is known.
enum Sign {
    /// A program, or the other name that it may have.
    Program(&'static str, &'static str),
    /// A file outside the search path.
    File(&'static str),
    /// A module of Perl.
    Perl(&'static str),
}

impl Sign {
    fn is_there(&self) -> bool {
        match self {
            Self::Program(name, other) => exists(name) || exists(other),
            Self::File(path) => Path::new(path).exists(),
            Self::Perl(module) => Command::new(["perl", &format!("-M{module}"), "-e", "1"]).succeeds(),
        }
    }
}

/// Debian packages, only those that are missing.
///
/// # Errors
///
/// What to install by hand, when this account may not.
pub(crate) fn system_packages(notes: &mut Notes) -> Result<(), String> {
    let missing: Vec<&str> =
        PACKAGES.iter().filter(|(sign, _)| !sign.is_there()).map(|(_, package)| *package).collect();
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
    let as_root = |words: &[&str]| Command::new(prefix.iter().chain(words).copied());
    notes.command(&as_root(&["apt-get", "update"]))?;
    notes.command(&as_root(&[&["sh", "-ec", INSTALL, "install"], missing.as_slice()].concat()))
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

/// Whether this account is root.
pub(crate) fn is_root() -> bool {
    Command::new(["id", "-u"]).answer().is_ok_and(|id| id.trim() == "0")
}

/// The words before a command that needs root: none for root itself.
fn root_prefix() -> Option<&'static [&'static str]> {
    if is_root() {
        Some(&[])
    } else if Command::new(["sudo", "-n", "true"]).succeeds() {
        Some(&["sudo", "-n"])
    } else {
        None
    }
}
