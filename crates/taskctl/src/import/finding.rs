//! What the operator is told of an import: what is left to do, what was not understood, what changed on the way.

/// What a finding asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Something must be written or typed before the station can run.
    ToComplete,
    /// A line was not understood; nothing was made of it.
    NotUnderstood,
    /// Understood; worth knowing.
    Note,
}

/// Where something stands in the former product's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The index of the file.
    pub file: usize,
    /// From 1.
    pub line: usize,
    /// The section's name, if the line is in one.
    pub section: String,
    /// The key, if the line has one.
    pub key: Option<String>,
}

/// One thing to tell. Never holds a secret: values of keys that are not known are not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it asks for.
    pub kind: Kind,
    /// Stable, in kebab case: one of [`CODES`].
    pub code: &'static str,
    /// Where, when a line says it.
    pub place: Option<Place>,
    /// What it is about: a key to fill in, a command to type, a value.
    pub words: String,
}

/// Every code a finding may have, and what it asks for.
pub static CODES: &[(&str, Kind)] = &[
    ("import-password", Kind::ToComplete),
    ("import-to-fill-in", Kind::ToComplete),
    ("import-profile-undescribed", Kind::ToComplete),
    ("import-profile-ambiguous", Kind::ToComplete),
    ("import-profile-unused", Kind::ToComplete),
    ("import-protocol-missing", Kind::ToComplete),
    ("import-channel-missing", Kind::ToComplete),
    ("import-enabled-missing", Kind::ToComplete),
    ("import-path-unmapped", Kind::ToComplete),
    ("import-path-wildcard", Kind::ToComplete),
    ("import-address-credentials", Kind::ToComplete),
    ("import-address-plain", Kind::ToComplete),
    ("import-server-addresses", Kind::ToComplete),
    ("import-vpn", Kind::ToComplete),
    ("import-format-refused", Kind::ToComplete),
    ("import-format-missing", Kind::ToComplete),
    ("import-hour-missing", Kind::ToComplete),
    ("import-hour-unsaid", Kind::ToComplete),
    ("import-not-a-line", Kind::NotUnderstood),
    ("import-outside-sections", Kind::NotUnderstood),
    ("import-broken-section", Kind::NotUnderstood),
    ("import-unknown-section", Kind::NotUnderstood),
    ("import-unknown-key", Kind::NotUnderstood),
    ("import-unknown-value", Kind::NotUnderstood),
    ("import-duplicate-section", Kind::NotUnderstood),
    ("import-duplicate-key", Kind::NotUnderstood),
    ("import-renamed", Kind::Note),
    ("import-not-needed", Kind::Note),
    ("import-retrieval-only", Kind::Note),
    ("import-searches-unused", Kind::Note),
];

/// Gathers findings.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    pub(super) fn add(&mut self, code: &'static str, place: Option<&Place>, words: impl Into<String>) {
        let kind = CODES.iter().find(|(known, _)| *known == code).map_or(Kind::NotUnderstood, |(_, kind)| *kind);
        self.0.push(Finding { kind, code, place: place.cloned(), words: words.into() });
    }

    /// In the order of the files; what stands in none of them first.
    pub(super) fn into_sorted(mut self) -> Vec<Finding> {
        self.0.sort_by_key(|finding| {
            let place = finding.place.as_ref().map(|place| (place.file, place.line));
            (finding.kind, place)
        });
        self.0
    }
}

/// A value as it may be shown: short, printable, and hidden when it might carry a password.
pub(super) fn shown(value: &str) -> String {
    const LONGEST: usize = 80;
    let lower = value.to_lowercase();
    let telling = ["pass", "pwd", "mdp", "secret"].iter().any(|word| lower.contains(word));
    if telling || (lower.contains("://") && lower.contains('@')) {
        return "(valeur cachée)".to_owned();
    }
    let mut text: String = crate::output::clean(value).chars().take(LONGEST).collect();
    if value.chars().count() > LONGEST {
        text.push('…');
    }
    text
}
