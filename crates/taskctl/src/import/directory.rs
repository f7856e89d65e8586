//! Names that can also be a folder's, each given once.

use std::collections::{HashMap, HashSet};

use crate::config;

/// Longest name that leaves room for a number behind it.
const LONGEST: usize = 52;

/// Names already given, case aside.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: HashSet<String>,
    next: HashMap<String, usize>,
}

impl Names {
    /// `raw` made usable and unlike every name before it.
    pub(super) fn give(&mut self, raw: &str) -> String {
        let base = usable(raw);
        let mut name = base.clone();
        while !self.taken.insert(name.to_lowercase()) {
            let next = self.next.entry(base.to_lowercase()).or_insert(1);
            *next += 1;
            name = format!("{base}_{next}");
        }
        name
    }
}

/// Names of the former product and ours for them; its case does not count.
#[derive(Debug, Default)]
pub(super) struct Directory {
    ours: HashMap<String, String>,
    names: Names,
}

impl Directory {
    /// Our name for `raw`, and whether it is met for the first time.
    pub(super) fn name(&mut self, raw: &str) -> (String, bool) {
        let key = raw.to_lowercase();
        if let Some(name) = self.ours.get(&key) {
            return (name.clone(), false);
        }
        let name = self.names.give(raw);
        self.ours.insert(key, name.clone());
        (name, true)
    }
}

fn usable(raw: &str) -> String {
    if config::is_name(raw) && raw.chars().count() <= LONGEST {
        return raw.to_owned();
    }
    let allowed = |c: char| if c.is_alphanumeric() || matches!(c, ' ' | '-' | '_') { c } else { '_' };
    let name: String = raw.trim().chars().map(allowed).take(LONGEST).collect();
    match name.trim() {
        "" => "SANS NOM".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_given_once() {
        let mut names = Names::default();
        let given = ["MANDATS", "mandats", "A/B", "A:B", "", "é", "MANDATS_2"].map(|raw| names.give(raw));
        assert_eq!(given, ["MANDATS", "mandats_2", "A_B", "A_B_2", "SANS NOM", "é", "MANDATS_2_2"]);
        let mut directory = Directory::default();
        assert_eq!(directory.name("Ville"), ("Ville".to_owned(), true));
        assert_eq!(directory.name("VILLE"), ("Ville".to_owned(), false));
    }

    proptest! {
        #[test]
        fn any_name_becomes_one(raws in prop::collection::vec(any::<String>(), 0..8)) {
            let mut names = Names::default();
            let mut seen = HashSet::new();
            for raw in &raws {
                let name = names.give(raw);
                prop_assert!(config::is_name(&name), "{}", name);
                prop_assert!(seen.insert(name.to_lowercase()));
            }
        }
    }
}
