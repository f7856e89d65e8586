//! Paths as written in the configuration: DOS ones on Windows, others elsewhere, relative to the configuration's folder.

use std::path::{Path, PathBuf};

/// Why a text is not a usable path on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NotAPath {
    /// Nothing, or a control character (a `\t` that TOML turned into a tabulation).
    Malformed,
    /// `c:\…` or `a\b` where paths are written with `/`.
    Dos {
        /// What to write instead.
        instead: String,
        /// How an import is told to do so with every path of its first folder.
        map: Option<String>,
    },
    /// `\\server\share` where shares are mounted.
    Unc {
        /// What to write instead.
        instead: String,
    },
}

/// Resolves a path against `base`.
pub(super) fn resolve(text: &str, base: &Path) -> Result<PathBuf, NotAPath> {
    check(text, cfg!(windows))?;
    Ok(base.join(text).components().collect())
}

/// Splits `folder/pattern`; the pattern is what follows the last separator, `*` when nothing does.
pub(super) fn split_watch(text: &str) -> (&str, &str) {
    let separator = if cfg!(windows) { text.rfind(['/', '\\']) } else { text.rfind('/') };
    let (folder, pattern) = separator.map_or(("", text), |at| (&text[..=at], &text[at + 1..]));
    (folder, if pattern.is_empty() { "*" } else { pattern })
}

fn check(text: &str, windows: bool) -> Result<(), NotAPath> {
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err(NotAPath::Malformed);
    }
    if windows {
        return Ok(());
    }
    let slashed = text.replace('\\', "/");
    if let Some(share) = text.strip_prefix(r"\\") {
        let inside = share.splitn(3, '\\').nth(2).unwrap_or_default().replace('\\', "/");
        return Err(NotAPath::Unc { instead: format!("/mnt/partage/{inside}") });
    }
    let drive = slashed.as_bytes().first().is_some_and(u8::is_ascii_alphabetic) && slashed[1..].starts_with(':');
    if drive {
        let inside = slashed[2..].trim_start_matches('/');
        let map = inside.split_once('/').map(|(first, _)| format!(r"{}\{first}=/srv/{first}", &text[..2]));
        return Err(NotAPath::Dos { instead: format!("/srv/{inside}"), map });
    }
    if text.contains('\\') {
        return Err(NotAPath::Dos { instead: slashed, map: None });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dos_paths_are_refused_with_what_to_write_where_paths_have_slashes() {
        let instead = |text| match check(text, false) {
            Err(NotAPath::Dos { instead, .. } | NotAPath::Unc { instead }) => instead,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(instead(r"c:\transfert\mand\*"), "/srv/transfert/mand/*");
        assert_eq!(instead(r"T:mand"), "/srv/mand");
        let map = |text| match check(text, false) {
            Err(NotAPath::Dos { map, .. }) => map,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(map(r"c:\transfert\mand\*").as_deref(), Some(r"c:\transfert=/srv/transfert"));
        assert_eq!(map(r"T:mand"), None);
        assert_eq!(instead(r"transfert\mand\*"), "transfert/mand/*");
        assert_eq!(instead(r"\\serveur\partage\mand\*"), "/mnt/partage/mand/*");
        assert_eq!(instead(r"\\serveur"), "/mnt/partage/");
        assert_eq!(check("c:\transfert", false), Err(NotAPath::Malformed));
        assert_eq!(check(" ", false), Err(NotAPath::Malformed));
        assert_eq!(check("/srv/é:b", false), Ok(()));
        assert_eq!(check("é", false), Ok(()));
    }

    #[test]
    fn dos_paths_are_paths_on_windows() {
        assert_eq!(check(r"c:\transfert\mand\*", true), Ok(()));
        assert_eq!(check(r"\\serveur\partage\*", true), Ok(()));
    }

    #[test]
    fn the_pattern_is_what_follows_the_last_separator() {
        assert_eq!(split_watch("/srv/mand/PES*.xml"), ("/srv/mand/", "PES*.xml"));
        assert_eq!(split_watch("/srv/mand/"), ("/srv/mand/", "*"));
        assert_eq!(split_watch("mandats*"), ("", "mandats*"));
    }

    #[test]
    fn relative_paths_are_relative_to_the_configuration() {
        assert_eq!(
            resolve("transfert/./mand", Path::new("/etc/taskctl")),
            Ok(PathBuf::from("/etc/taskctl/transfert/mand"))
        );
        assert_eq!(resolve("/srv", Path::new("/etc/taskctl")), Ok(PathBuf::from("/srv")));
    }
}
