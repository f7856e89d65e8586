//! Where the former product's folders are on this machine.

/// A `--map` that says nothing usable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` does not map a folder to another: write 'c:\\transfert=/srv/transfert'")]
pub struct BadMap(pub String);

impl BadMap {
    /// Stable, in kebab case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "import-bad-map"
    }
}

/// Folders and where they are now, the longest first.
#[derive(Clone, Debug, Default)]
pub struct PathMap(Vec<(Vec<char>, String)>);

impl PathMap {
    /// Reads `c:\transfert=/srv/transfert`, one a rule.
    ///
    /// # Errors
    ///
    /// The first rule without a folder on either side of its first equals sign.
    pub fn parse<S: AsRef<str>>(rules: &[S]) -> Result<Self, BadMap> {
        let mut map = rules.iter().map(|rule| one(rule.as_ref())).collect::<Result<Vec<_>, _>>()?;
        map.sort_by_key(|(from, _)| std::cmp::Reverse(from.len()));
        Ok(Self(map))
    }

    /// The path on this machine; `None` when no rule speaks of it. Case does not count, whole components do.
    pub(super) fn apply(&self, path: &str, windows: bool) -> Option<String> {
        let path: Vec<char> = path.chars().collect();
        self.0.iter().find_map(|(from, to)| {
            let (head, rest) = path.split_at_checked(from.len())?;
            let same = head.iter().zip(from).all(|(a, b)| folded(*a) == *b);
            let whole = matches!(rest.first(), None | Some('\\' | '/'));
            (same && whole).then(|| {
                let separator = if windows { '\\' } else { '/' };
                let rest = rest.iter().map(|&c| if matches!(c, '\\' | '/') { separator } else { c });
                to.chars().chain(rest).collect()
            })
        })
    }
}

fn one(rule: &str) -> Result<(Vec<char>, String), BadMap> {
    let (from, to) = rule.split_once('=').ok_or_else(|| BadMap(rule.to_owned()))?;
    let from: Vec<char> = from.trim().trim_end_matches(['\\', '/']).chars().map(folded).collect();
    let to = to.trim();
    if from.is_empty() || to.is_empty() {
        return Err(BadMap(rule.to_owned()));
    }
    Ok((from, to.trim_end_matches(['\\', '/']).to_owned()))
}

/// One character for one, so that places stay.
fn folded(c: char) -> char {
    if c == '/' { '\\' } else { c.to_lowercase().next().unwrap_or(c) }
}

/// Whether a path only means something where paths have drives and backslashes.
pub(super) fn is_dos(path: &str) -> bool {
    let drive = path.as_bytes().first().is_some_and(u8::is_ascii_alphabetic) && path[1..].starts_with(':');
    drive || path.contains('\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_folder_wins_whole_and_whatever_its_case() {
        let map = PathMap::parse(&[
            r"c:\=/srv/c",
            r"C:\Transfert\=/srv/transfert/",
            r"\\serveur\partage=/mnt/p",
            r"d:\été=/",
        ])
        .unwrap();
        for (path, expected) in [
            (r"c:\transfert\mand\*", Some("/srv/transfert/mand/*")),
            (r"C:/TRANSFERT/mand", Some("/srv/transfert/mand")),
            (r"c:\transfert", Some("/srv/transfert")),
            (r"c:\transferts\mand", Some("/srv/c/transferts/mand")),
            (r"\\SERVEUR\Partage\x", Some("/mnt/p/x")),
            (r"D:\ÉTÉ\x", Some("/x")),
            (r"e:\x", None),
            ("", None),
        ] {
            assert_eq!(map.apply(path, false).as_deref(), expected, "{path}");
        }
        let map = PathMap::parse(&[r"c:\transfert=d:\echanges"]).unwrap();
        assert_eq!(map.apply(r"c:\transfert\mand/*", true).as_deref(), Some(r"d:\echanges\mand\*"));
    }

    #[test]
    fn a_rule_has_two_sides() {
        for rule in ["", "c:\\transfert", "=/srv", "c:=", " = "] {
            assert_eq!(PathMap::parse(&[rule]).unwrap_err(), BadMap(rule.to_owned()));
        }
    }

    #[test]
    fn dos_paths() {
        for (path, dos) in [
            (r"c:\x", true),
            ("T:x", true),
            (r"a\b", true),
            (r"\\s\p", true),
            ("/srv/x", false),
            ("é:x", false),
            ("", false),
        ] {
            assert_eq!(is_dos(path), dos, "{path}");
        }
    }
}
