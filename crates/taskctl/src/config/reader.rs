//! Reads TOML tables key by key, notes every problem and goes on.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::PLACEHOLDER;
use super::distance::closest;
use super::duration::{self, NotADuration};
use super::mistake::{self, Mistake};
use super::path::{self, NotAPath};
use super::report::{Place, Problem, Severity};
use crate::catalogue::Words;

/// Gathers problems.
#[derive(Debug, Default)]
pub(super) struct Collector {
    problems: Vec<Problem>,
    /// Spans of the syntax errors of the file in hand.
    broken: Vec<Range<usize>>,
    /// Where the problems of the file in hand begin.
    from: usize,
}

impl Collector {
    /// Notes a problem at a place.
    pub(super) fn add(&mut self, mistake: Mistake, place: &Place) {
        self.problems.push(Problem::new(mistake, Some(place.clone())));
    }

    /// Notes a problem that stands nowhere.
    pub(super) fn add_unplaced(&mut self, mistake: Mistake) {
        self.problems.push(Problem::new(mistake, None));
    }

    /// Notes a syntax error.
    pub(super) fn syntax(&mut self, mistake: Mistake, place: &Place) {
        self.broken.push(place.span.clone());
        self.add(mistake, place);
    }

    /// Ends a file: where its syntax is broken, what follows from a line that could not be read is not reported.
    pub(super) fn file_done(&mut self, text: &str) {
        let broken: Vec<usize> = self.broken.drain(..).map(|span| line_of(text, span.start)).collect();
        let mut seen = Vec::new();
        let mut index = 0;
        let from = self.from;
        self.problems.retain(|problem| {
            index += 1;
            if index <= from || broken.is_empty() {
                return true;
            }
            let line = problem.place.as_ref().map_or(0, |place| line_of(text, place.span.start));
            if !broken.contains(&line) {
                return !problem.follows_from_absence();
            }
            let first = problem.is_syntax() && !seen.contains(&line);
            seen.push(line);
            first
        });
        self.from = self.problems.len();
    }

    /// Whether a file could not be read whole: what is absent may only be unread.
    pub(super) fn any_syntax_error(&self) -> bool {
        self.problems.iter().any(Problem::is_syntax)
    }

    /// Forgets that a key is missing: it is there, badly spelt, and is told as such.
    fn found_as_unknown(&mut self, missing: &Mistake, place: &Place) {
        self.problems.retain(|problem| problem.message != missing.message || problem.place.as_ref() != Some(place));
    }

    /// Whether anything found so far forbids to run.
    pub(super) fn any_error(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|&&byte| byte == b'\n').count()
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Item<'a> {
    /// The key.
    pub(super) key: &'a str,
    /// The value.
    pub(super) value: &'a DeValue<'a>,
    /// The place of the value.
    pub(super) place: Place,
    /// The place of the key.
    pub(super) key_place: Place,
}

/// A table being read: knows which keys were asked for, so that the others can be told.
#[derive(Clone, Debug)]
pub(super) struct Table<'a> {
    table: &'a DeTable<'a>,
    /// As in headers: `profiles.VILLE.xfb`; empty for the whole file.
    pub(super) name: String,
    /// Where the table is opened.
    pub(super) place: Place,
    known: Vec<&'static str>,
}

impl<'a> Table<'a> {
    /// The whole file.
    pub(super) fn root(source: usize, table: &'a DeTable<'a>) -> Self {
        Self { table, name: String::new(), place: Place { source, span: 0..0 }, known: Vec::new() }
    }

    /// The table that an item holds, unnamed.
    pub(super) fn inside(item: &Item<'a>) -> Option<Self> {
        let DeValue::Table(table) = item.value else {
            return None;
        };
        Some(Self { table, name: item.key.to_owned(), place: item.key_place.clone(), known: Vec::new() })
    }

    fn place_of(&self, span: Range<usize>) -> Place {
        Place { source: self.place.source, span }
    }

    /// The value of a key, if given.
    pub(super) fn item(&mut self, key: &'static str) -> Option<Item<'a>> {
        self.known.push(key);
        let (key, value) = self.table.get_key_value(key)?;
        Some(self.pair(key, value))
    }

    fn pair(&self, key: &'a Spanned<DeString<'a>>, value: &'a Spanned<DeValue<'a>>) -> Item<'a> {
        Item {
            key: key.get_ref(),
            value: value.get_ref(),
            place: self.place_of(value.span()),
            key_place: self.place_of(key.span()),
        }
    }

    /// The value of a key that must be given.
    pub(super) fn required(&mut self, key: &'static str, example: &str, problems: &mut Collector) -> Option<Item<'a>> {
        let item = self.item(key);
        if item.is_none() {
            problems.add(mistake::missing_key(key, &self.name, example), &self.place);
        }
        item
    }

    /// A table inside this one, if given.
    pub(super) fn table(&mut self, key: &'static str, problems: &mut Collector) -> Option<Self> {
        let item = self.item(key)?;
        self.enter(&item, problems)
    }

    /// The table that an item holds.
    pub(super) fn enter(&self, item: &Item<'a>, problems: &mut Collector) -> Option<Self> {
        let name = if self.name.is_empty() { quoted(item.key) } else { format!("{}.{}", self.name, quoted(item.key)) };
        let Some(table) = Self::inside(item) else {
            problems.add(mistake::not_a_table(item.key, &name), &item.place);
            return None;
        };
        Some(Self { name, ..table })
    }

    /// Every item, in the order of the file.
    pub(super) fn items(&self) -> Vec<Item<'a>> {
        let mut items: Vec<_> = self.table.iter().map(|(key, value)| self.pair(key, value)).collect();
        items.sort_by_key(|item| item.key_place.span.start);
        items
    }

    /// The tables inside this one, by name, in the order of the file; anything else is a problem.
    pub(super) fn named_tables(&self, problems: &mut Collector) -> Vec<(String, Self)> {
        let mut tables = Vec::new();
        for item in self.items() {
            if let Some(table) = self.enter(&item, problems) {
                tables.push((item.key.to_owned(), table));
            }
        }
        tables
    }

    /// Tells the keys that nobody asked for.
    pub(super) fn finish(self, problems: &mut Collector) {
        self.finish_with(problems, |_| None);
    }

    /// Tells the keys that nobody asked for; `hint` may know better than the nearest known key.
    pub(super) fn finish_with(self, problems: &mut Collector, hint: impl Fn(&str) -> Option<Mistake>) {
        for item in self.items() {
            if self.known.contains(&item.key) {
                continue;
            }
            let mistake = hint(item.key).unwrap_or_else(|| {
                let near = french(item.key)
                    .filter(|word| self.known.contains(word))
                    .or_else(|| closest(item.key, self.known.iter().copied()));
                if let Some(near) = near {
                    problems.found_as_unknown(&mistake::missing_key(near, &self.name, ""), &self.place);
                }
                mistake::unknown_key(item.key, &self.name, near, &self.known)
            });
            problems.add(mistake, &item.key_place);
        }
    }
}

/// A key as TOML wants it in a header.
pub(crate) fn quoted(key: &str) -> String {
    let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare { key.to_owned() } else { format!("\"{key}\"") }
}

/// The key that somebody who thinks in French may have meant.
fn french(key: &str) -> Option<&'static str> {
    Some(match key.to_lowercase().as_str() {
        "nom" => "name",
        "langue" => "language",
        "fuseau" | "fuseau_horaire" => "timezone",
        "dossier" | "repertoire" | "corbeille" | "surveille" | "folder" | "path" => "watch",
        "canal" | "protocole" | "protocol" => "channel",
        "sauvegarde" => "backup",
        "actif" | "active" | "active_" => "enabled",
        "recursif" => "recursive",
        "utilisateur" | "identifiant" | "login" => "user",
        "mot_de_passe" | "motdepasse" | "mdp" | "pass" => "password",
        "adresse" | "url" => "base_url",
        "sujet" => "subject",
        "site" => "destination",
        "reference" | "appli" => "application",
        "station_" | "poste" => "station",
        "heure" | "heures" | "horaire" | "horaires" => "at",
        "profils" | "profil" => "profiles",
        "scenario" | "scenarii" => "scenarios",
        _ => return None,
    })
}

impl<'a> Item<'a> {
    fn wrong_type(&self, expected: &Words, example: &str, problems: &mut Collector) {
        problems.add(mistake::wrong_type(self.key, expected, example), &self.place);
    }

    /// Text. What is still to be filled in is told and counts as absent.
    pub(super) fn text(&self, example: &str, problems: &mut Collector) -> Option<&'a str> {
        let DeValue::String(text) = self.value else {
            let expected = Words::both("un texte entre guillemets", "text between quotation marks");
            self.wrong_type(&expected, example, problems);
            return None;
        };
        if text.trim().to_uppercase().replace('À', "A").replace('É', "E") == PLACEHOLDER {
            problems.add(mistake::placeholder(self.key, example), &self.place);
            return None;
        }
        Some(text)
    }

    /// Text that says something.
    pub(super) fn words(&self, example: &str, problems: &mut Collector) -> Option<&'a str> {
        let text = self.text(example, problems)?;
        if text.trim().is_empty() {
            problems.add(mistake::empty_text(self.key, example), &self.place);
            return None;
        }
        Some(text)
    }

    /// Yes or no.
    pub(super) fn boolean(&self, problems: &mut Collector) -> Option<bool> {
        if let DeValue::Boolean(yes) = self.value {
            return Some(*yes);
        }
        let no = self
            .value
            .as_str()
            .is_some_and(|text| matches!(text.to_lowercase().as_str(), "non" | "no" | "false" | "0"));
        let expected = Words::both(
            "true (oui) ou false (non), sans guillemets",
            "true (yes) or false (no), without quotation marks",
        );
        self.wrong_type(&expected, if no { "false" } else { "true" }, problems);
        None
    }

    /// A whole number.
    pub(super) fn integer(&self, example: &str, problems: &mut Collector) -> Option<i64> {
        let number = match self.value {
            DeValue::Integer(number) => i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok(),
            _ => None,
        };
        if number.is_none() {
            let expected = Words::both("un nombre entier, sans guillemets", "a whole number, without quotation marks");
            self.wrong_type(&expected, example, problems);
        }
        number
    }

    /// A duration.
    pub(super) fn duration(&self, example: &str, problems: &mut Collector) -> Option<Duration> {
        if let DeValue::Integer(number) = self.value {
            let near = duration::suggestion(number.as_str());
            problems.add(mistake::not_a_duration(self.key, number.as_str(), near.as_deref(), example), &self.place);
            return None;
        }
        let text = self.text(example, problems)?;
        match duration::parse(text) {
            Ok(duration) => Some(duration),
            Err(NotADuration::Malformed) => {
                let near = duration::suggestion(text);
                problems.add(mistake::not_a_duration(self.key, text, near.as_deref(), example), &self.place);
                None
            }
            Err(NotADuration::TooLong) => {
                problems.add(mistake::duration_too_long(self.key), &self.place);
                None
            }
        }
    }

    /// A file or folder.
    pub(super) fn path(&self, base: &Path, example: &str, problems: &mut Collector) -> Option<PathBuf> {
        let text = self.text(example, problems)?;
        self.resolve(text, base, problems)
    }

    /// A path that stands in this item's text.
    pub(super) fn resolve(&self, text: &str, base: &Path, problems: &mut Collector) -> Option<PathBuf> {
        let mistake = match path::resolve(text, base) {
            Ok(path) => return Some(path),
            Err(NotAPath::Malformed) => mistake::not_a_path(self.key),
            Err(NotAPath::Dos { instead, map }) => mistake::dos_path(self.key, &instead, map.as_deref()),
            Err(NotAPath::Unc { instead }) => mistake::unc_path(self.key, &instead),
        };
        problems.add(mistake, &self.place);
        None
    }

    /// One word among a few.
    pub(super) fn choice<T: Copy>(&self, choices: &[(&'static str, T)], problems: &mut Collector) -> Option<T> {
        let first = choices.first().map_or("", |(word, _)| word);
        let text = self.text(&format!("\"{first}\""), problems)?;
        let found = choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            let near = closest(text, words.iter().copied());
            problems.add(mistake::not_a_choice(self.key, text, near, &words), &self.place);
        }
        found
    }

    /// The values of a list.
    pub(super) fn list(&self, example: &str, problems: &mut Collector) -> Vec<Self> {
        let DeValue::Array(values) = self.value else {
            let expected = Words::both("une liste entre crochets", "a list between square brackets");
            self.wrong_type(&expected, example, problems);
            return Vec::new();
        };
        let item = |value: &'a Spanned<DeValue<'a>>| Self {
            key: self.key,
            value: value.get_ref(),
            place: Place { source: self.place.source, span: value.span() },
            key_place: Place { source: self.place.source, span: value.span() },
        };
        values.iter().map(item).collect()
    }
}
