//! What the former product's files say, in our words for it: sections sorted by what they are, keys by what they mean.

use std::collections::btree_map::Entry as Slot;
use std::collections::{BTreeMap, HashSet};

use super::finding::{Findings, Place, shown};
use super::ini::{Content, Ini};
use super::names::{self, ProfileKey, ScenarioKey, SectionKind, SettingKey, Words, plain};

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Value {
    /// Without spaces or quotation marks around it; nothing of a secret's.
    pub(super) text: String,
    pub(super) place: Place,
}

/// The known keys of a section.
#[derive(Clone, Debug)]
pub(super) struct Section<K> {
    /// As it is called: by its own key, else by its section.
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) values: BTreeMap<K, Value>,
}

impl<K: Ord> Section<K> {
    /// What the key says; `None` when it says nothing.
    pub(super) fn value(&self, key: K) -> Option<&Value> {
        self.values.get(&key).filter(|value| !value.text.is_empty())
    }
}

/// Everything that was recognised.
#[derive(Debug, Default)]
pub(super) struct Legacy {
    pub(super) scenarios: Vec<Section<ScenarioKey>>,
    pub(super) profiles: Vec<Section<ProfileKey>>,
    pub(super) settings: BTreeMap<SettingKey, Value>,
    /// Text to look for, label, where.
    pub(super) searches: Vec<(String, Value)>,
    pub(super) numrec: Option<Value>,
    /// Keys and values met.
    pub(super) entries: usize,
}

/// A section as it stands in the file, or lines that are in none.
struct Block {
    /// Why nothing can be made of it, when it has no name.
    name: Result<String, &'static str>,
    line: usize,
    entries: Vec<(String, Value)>,
}

/// Reads a file into `legacy`; what is not recognised goes to `findings`.
pub(super) fn read(file: usize, ini: &Ini<'_>, legacy: &mut Legacy, findings: &mut Findings) {
    let mut seen = HashSet::new();
    for block in blocks(file, ini, findings) {
        legacy.entries += block.entries.len();
        let name = match &block.name {
            Ok(name) => name.clone(),
            Err(code) => {
                block.refuse(code, findings);
                continue;
            }
        };
        if !seen.insert(name.to_lowercase()) {
            block.refuse("import-duplicate-section", findings);
            continue;
        }
        legacy.take(file, name, block, findings);
    }
}

fn blocks(file: usize, ini: &Ini<'_>, findings: &mut Findings) -> Vec<Block> {
    let mut blocks = vec![Block { name: Err("import-outside-sections"), line: 1, entries: Vec::new() }];
    for line in ini.lines() {
        let section = blocks.last().and_then(|block| block.name.clone().ok()).unwrap_or_default();
        let place = |key| Place { file, line: line.number, section, key };
        match line.content {
            Content::Blank | Content::Comment(_) => {}
            Content::Section(header) => {
                let name = ini.text(header.name).trim().to_owned();
                blocks.push(Block { name: Ok(name), line: line.number, entries: Vec::new() });
            }
            Content::Entry(entry) => {
                let key = ini.text(entry.key).trim().to_owned();
                let text = unquoted(ini.text(entry.value).trim()).to_owned();
                let value = Value { text, place: place(Some(before_colon(&key))) };
                if let Some(block) = blocks.last_mut() {
                    block.entries.push((key, value));
                }
            }
            Content::Other(said) => {
                findings.add("import-not-a-line", Some(&place(None)), "");
                // What follows a header that cannot be read is not the section's before it.
                if said.starts_with(b"[") {
                    blocks.push(Block { name: Err("import-broken-section"), line: line.number, entries: Vec::new() });
                }
            }
        }
    }
    blocks
}

/// Windows takes one pair of quotation marks away; so do we.
fn unquoted(text: &str) -> &str {
    let inside = |mark| text.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark));
    inside('"').or_else(|| inside('\'')).unwrap_or(text)
}

/// A key as it is shown. `mot de passe: x=y` is a line whose key holds half of a password.
fn before_colon(key: &str) -> String {
    shown_key(key.split(':').next().unwrap_or(key))
}

fn shown_key(key: &str) -> String {
    crate::output::clean(key.trim()).chars().take(60).collect()
}

impl Block {
    fn refuse(&self, code: &'static str, findings: &mut Findings) {
        for (_, value) in &self.entries {
            findings.add(code, Some(&value.place), "");
        }
    }

    fn place(&self, file: usize, name: &str) -> Place {
        Place { file, line: self.line, section: name.to_owned(), key: None }
    }

    fn has<K: Copy + PartialEq>(&self, words: &Words<K>, key: K) -> bool {
        self.entries.iter().any(|(label, _)| words.find(label) == Some(key))
    }

    /// The known keys; the first of two that mean the same wins, as Windows does.
    fn known<K: Copy + Ord>(&self, words: &Words<K>, findings: &mut Findings) -> BTreeMap<K, Value> {
        let mut values = BTreeMap::new();
        for (label, value) in &self.entries {
            let Some(key) = words.find(label) else {
                findings.add("import-unknown-key", Some(&value.place), "");
                continue;
            };
            match values.entry(key) {
                Slot::Vacant(slot) => drop(slot.insert(value.clone())),
                Slot::Occupied(_) => findings.add("import-duplicate-key", Some(&value.place), ""),
            }
        }
        values
    }
}

impl Legacy {
    fn take(&mut self, file: usize, name: String, block: Block, findings: &mut Findings) {
        match names::SECTIONS.find(&name) {
            Some(SectionKind::Register) => return self.register(&block, findings),
            Some(SectionKind::Settings) => return self.settings(&block, findings),
            Some(SectionKind::Searches) => return self.searches(block, findings),
            None => {}
        }
        let place = block.place(file, &name);
        let after = |prefix| after(&name, prefix);
        let filed =
            block.has(&names::SCENARIO, ScenarioKey::Filter) || block.has(&names::SCENARIO, ScenarioKey::Protocol);
        if let Some(rest) = after(names::SCENARIO_PREFIX).or_else(|| filed.then(|| name.clone())) {
            let values = block.known(&names::SCENARIO, findings);
            let name = values.get(&ScenarioKey::Name).map_or(rest, |value| value.text.clone());
            self.scenarios.push(Section { name, place, values });
        } else if let Some(rest) = after(names::PROFILE_PREFIX)
            .or_else(|| block.has(&names::PROFILE, ProfileKey::Password).then(|| name.clone()))
        {
            let mut values = block.known(&names::PROFILE, findings);
            values.iter_mut().filter(|(key, _)| key.is_secret()).for_each(|(_, value)| forget(value));
            let name = values.get(&ProfileKey::Name).map_or(rest, |value| value.text.clone());
            self.profiles.push(Section { name, place, values });
        } else if block.entries.is_empty() {
            findings.add("import-unknown-section", Some(&place), "");
        } else {
            block.refuse("import-unknown-section", findings);
        }
    }

    fn register(&mut self, block: &Block, findings: &mut Findings) {
        for (label, value) in &block.entries {
            match plain(label) == names::NUMREC {
                false => findings.add("import-unknown-key", Some(&value.place), ""),
                true if self.numrec.is_some() => findings.add("import-duplicate-key", Some(&value.place), ""),
                true => self.numrec = Some(value.clone()),
            }
        }
    }

    fn settings(&mut self, block: &Block, findings: &mut Findings) {
        for (key, value) in block.known(&names::SETTINGS, findings) {
            match self.settings.entry(key) {
                Slot::Vacant(slot) => drop(slot.insert(value)),
                Slot::Occupied(_) => findings.add("import-duplicate-key", Some(&value.place), ""),
            }
        }
    }

    fn searches(&mut self, block: Block, findings: &mut Findings) {
        let mut seen: HashSet<String> = self.searches.iter().map(|(text, _)| text.clone()).collect();
        for (text, value) in block.entries {
            if !seen.insert(text.clone()) {
                findings.add("import-duplicate-key", Some(&value.place), "");
            } else if value.text.is_empty() {
                findings.add("import-unknown-value", Some(&value.place), shown(&value.text));
            } else {
                self.searches.push((text, value));
            }
        }
    }
}

/// That there was a secret is all that is kept of it.
fn forget(value: &mut Value) {
    if !value.text.is_empty() {
        value.text = "*".to_owned();
    }
}

/// What follows a section's first word: `MANDATS` of `[SCENARIO:MANDATS]`. The whole name when only a number does; `None` when nothing does, or another word.
fn after(name: &str, prefix: &str) -> Option<String> {
    let mut rest = name.chars();
    for wanted in prefix.chars() {
        let given = rest.next()?;
        if plain(&given.to_string()) != wanted.to_string() {
            return None;
        }
    }
    let rest = rest.as_str();
    if !rest.starts_with(|c: char| matches!(c, ':' | '_' | '-' | ' ' | '.' | '\\' | '/') || c.is_ascii_digit()) {
        return None;
    }
    let own = rest.trim_start_matches(|c: char| !c.is_alphanumeric()).trim_end();
    match own {
        "" => None,
        _ if own.chars().all(|c| c.is_ascii_digit()) => Some(name.to_owned()),
        _ => Some(own.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(text: &str) -> (Legacy, Vec<(&'static str, usize)>) {
        let (mut legacy, mut findings) = (Legacy::default(), Findings::default());
        read(0, &Ini::read(text.as_bytes()), &mut legacy, &mut findings);
        let told = findings.into_sorted();
        (legacy, told.into_iter().map(|finding| (finding.code, finding.place.map_or(0, |place| place.line))).collect())
    }

    #[test]
    fn sections_are_sorted_by_what_they_are() {
        let (legacy, told) = reading(
            "[DIR:REC]\nnumrec=0007\n[SCENARIO:MANDATS]\nactif=1\n[TITRES]\nFiltre=x\n[Scénario_3]\nnom=BUDGETS\n[PROFIL VILLE]\n[CCAS]\nmdp=x\n[CONFIG]\nhorodatage=0\n[RECHERCHE]\nPES_ACQUIT=ACQUIT\n",
        );
        let names = |sections: &[&str]| sections.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            legacy.scenarios.iter().map(|s| s.name.clone()).collect::<Vec<_>>(),
            names(&["MANDATS", "TITRES", "BUDGETS"])
        );
        assert_eq!(legacy.profiles.iter().map(|s| s.name.clone()).collect::<Vec<_>>(), names(&["VILLE", "CCAS"]));
        assert_eq!(legacy.numrec.map(|value| value.text).as_deref(), Some("0007"));
        assert_eq!((legacy.settings.len(), legacy.searches.len(), legacy.entries), (1, 1, 7));
        assert_eq!(told, []);
    }

    #[test]
    fn what_is_not_recognised_is_told_line_by_line() {
        let (legacy, told) = reading(
            "a=1\n[X]\nb=2\nc=3\nsans clé\n[PROFILS]\n1=VILLE\n[MANDATS]\nfiltre=f\nregistre=7\nCorbeille=g\n[mandats]\nfiltre=h\n",
        );
        assert_eq!(legacy.scenarios.len(), 1);
        assert_eq!(legacy.scenarios[0].value(ScenarioKey::Filter).map(|value| value.text.as_str()), Some("f"));
        assert_eq!(
            told,
            [
                ("import-outside-sections", 1),
                ("import-unknown-section", 3),
                ("import-unknown-section", 4),
                ("import-not-a-line", 5),
                ("import-unknown-section", 7),
                ("import-unknown-key", 10),
                ("import-duplicate-key", 11),
                ("import-duplicate-section", 13),
            ]
        );
    }

    #[test]
    fn a_header_that_cannot_be_read_ends_the_section_before_it() {
        for header in ["[TITRES] un mot", "[TITRES"] {
            let (legacy, told) = reading(&format!("[MANDATS]\nactif=1\n{header}\nfiltre=f\n[BUDGETS]\nfiltre=g\n"));
            assert_eq!(legacy.scenarios.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["BUDGETS"]);
            let expected = [("import-unknown-section", 2), ("import-not-a-line", 3), ("import-broken-section", 4)];
            assert_eq!(told, expected, "{header}");
        }
    }

    #[test]
    fn sections_are_one_by_their_case_alone() {
        let (legacy, told) = reading(
            "[A-B]\nfiltre=f\n[AB]\nfiltre=g\n[\u{c9}T\u{c9}]\nfiltre=h\n[ETE]\nfiltre=i\n[\u{e9}t\u{e9}]\nfiltre=j\n",
        );
        assert_eq!(legacy.scenarios.len(), 4);
        assert_eq!(told, [("import-duplicate-section", 10)]);
    }

    #[test]
    fn an_unknown_section_without_lines_is_told() {
        let (_, told) = reading("[FENETRE]\n[CONFIG]\n");
        assert_eq!(told, [("import-unknown-section", 1)]);
    }

    #[test]
    fn passwords_are_forgotten_at_once() {
        let (legacy, _) =
            reading("[PROFIL:VILLE]\nMot de passe=Canari42\nmot de passe portail = 'Canari43'\nmdp: Canari44=x\n");
        let said = format!("{legacy:?}");
        assert!(!said.contains("Canari"), "{said}");
        assert!(legacy.profiles[0].value(ProfileKey::Password).is_some());
    }

    #[test]
    fn one_pair_of_quotation_marks_goes() {
        for (text, expected) in [("\"a\"", "a"), ("'a'", "a"), ("\"a'", "\"a'"), ("\"", "\""), ("\"\"a\"\"", "\"a\"")] {
            assert_eq!(unquoted(text), expected);
        }
    }
}
