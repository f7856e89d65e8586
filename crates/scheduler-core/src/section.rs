//! A channel's own configuration fields: described once, checked by whoever reads the configuration.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldKind {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// Yes or no.
    Boolean,
    /// `30s`, `5min`, `1h`.
    Duration,
    /// A file or folder, relative to the configuration file.
    Path,
    /// An http or https address.
    Url,
    /// `{ file = … }`, `{ env = … }`; never written in clear.
    Secret,
    /// A table of texts.
    Texts,
}

/// One field of a section.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its key.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// Must be given.
    pub required: bool,
    /// One line of help.
    pub help: &'static str,
    /// A value to write instead of a wrong one, in TOML.
    pub example: &'static str,
}

/// A checked value.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each is documented on the variant of `FieldKind` that bears its name")]
pub enum Value {
    Text(String),
    Integer(i64),
    Boolean(bool),
    Duration(Duration),
    Path(PathBuf),
    Secret(SecretString),
    Texts(BTreeMap<String, String>),
}

/// A field whose value a channel cannot use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// The field.
    pub field: &'static str,
    /// Stable code for the catalogue.
    pub code: &'static str,
    /// What to write instead.
    pub help: Help,
}

/// A sentence for the operator, in the languages that stations have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Help {
    /// In French.
    pub fr: String,
    /// In English.
    pub en: String,
}

impl Help {
    /// The same in both languages.
    #[must_use]
    pub fn new(fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self { fr: fr.into(), en: en.into() }
    }
}

/// Checked values by field name. `Debug` prints no secret.
#[derive(Clone, Debug, Default)]
pub struct Section(BTreeMap<String, Value>);

impl Section {
    /// Sets a field.
    pub fn insert(&mut self, name: impl Into<String>, value: Value) {
        self.0.insert(name.into(), value);
    }

    /// Whether a field is given.
    #[must_use]
    pub fn holds(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The text (or URL) of a field.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number of a field.
    #[must_use]
    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.0.get(name)? {
            Value::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The yes or no of a field.
    #[must_use]
    pub fn boolean(&self, name: &str) -> Option<bool> {
        match self.0.get(name)? {
            Value::Boolean(yes) => Some(*yes),
            _ => None,
        }
    }

    /// The duration of a field.
    #[must_use]
    pub fn duration(&self, name: &str) -> Option<Duration> {
        match self.0.get(name)? {
            Value::Duration(duration) => Some(*duration),
            _ => None,
        }
    }

    /// The path of a field.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<&PathBuf> {
        match self.0.get(name)? {
            Value::Path(path) => Some(path),
            _ => None,
        }
    }

    /// The secret of a field.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<&SecretString> {
        match self.0.get(name)? {
            Value::Secret(secret) => Some(secret),
            _ => None,
        }
    }

    /// The table of a field.
    #[must_use]
    pub fn texts(&self, name: &str) -> Option<&BTreeMap<String, String>> {
        match self.0.get(name)? {
            Value::Texts(texts) => Some(texts),
            _ => None,
        }
    }
}
