//! What the former product set once for all profiles: names of returns, their register, when they are fetched, pacing.

use std::collections::BTreeMap;

use scheduler_core::naming::Pattern;

use super::finding::{Findings, shown};
use super::legacy::{Legacy, Value};
use super::names::{self, SettingKey};
use super::toml::{self, Toml};
use crate::config::{LARGEST_NUMREC, PLACEHOLDER};

/// Longest pause that can be meant in seconds.
const DAY: u64 = 86_400;

/// Understood settings.
#[derive(Debug, Default)]
pub(super) struct Common {
    /// The register's first number.
    pub(super) first_numrec: Option<u64>,
    /// Seconds between two sendings, then two receptions.
    pub(super) delays: [Option<u64>; 2],
    after_send: bool,
    /// When to collect, and whether the files say that it is wanted.
    hour: Option<(String, bool)>,
    pattern: Option<String>,
    searches: Vec<(String, String)>,
    /// Whether the pattern makes use of them.
    searched: bool,
}

impl Common {
    pub(super) fn read(legacy: &Legacy, findings: &mut Findings) -> Self {
        let settings = &legacy.settings;
        let pattern = pattern(settings, findings);
        let searches: Vec<_> = legacy.searches.iter().map(|(text, label)| (text.clone(), label.text.clone())).collect();
        let searched = pattern.as_ref().is_some_and(|pattern| pattern.to_lowercase().contains("[recherche]"));
        if let (false, Some((_, first))) = (searched, legacy.searches.first()) {
            findings.add("import-searches-unused", Some(&first.place), "");
        }
        let blocked = answer(settings, SettingKey::BlockRetrieval, findings).unwrap_or(false);
        Self {
            first_numrec: legacy
                .numrec
                .as_ref()
                .and_then(|value| number(value, 0, LARGEST_NUMREC.unsigned_abs(), findings)),
            delays: [SettingKey::DelayUp, SettingKey::DelayDown]
                .map(|key| settings.get(&key).and_then(|value| seconds(value, findings))),
            after_send: !blocked,
            hour: hour(settings, findings),
            pattern,
            searches,
            searched,
        }
    }

    /// What a profile's sections say of it.
    pub(super) fn write(&self, profile: &str, toml: &mut Toml) {
        toml.blank();
        toml.header(&format!("profiles.{profile}.retrieve"));
        let remark =
            if self.after_send { "recevoir après chaque envoi" } else { "le retrait automatique était bloqué" };
        toml.line("after_send", if self.after_send { "true" } else { "false" }, remark);
        if let Some((hour, wanted)) = &self.hour {
            let write = if *wanted { Toml::line } else { Toml::proposal };
            write(toml, "at", &format!("[{}]", toml::text(hour)), "recevoir aussi chaque jour à cette heure");
        }
        if self.pattern.is_none() && self.searches.is_empty() {
            return;
        }
        toml.blank();
        let header = format!("profiles.{profile}.naming");
        // Nothing but searches that nobody uses: the section waits with them for a pattern.
        if self.pattern.is_none() && !self.searched {
            toml.remark(&format!("[{header}]"));
        } else {
            toml.header(&header);
        }
        if let Some(pattern) = &self.pattern {
            toml.line("pattern", &toml::text(pattern), "nom des fichiers reçus");
        }
        if !self.searches.is_empty() {
            let entry = |(text, value): &(String, String)| {
                format!("  {{ text = {}, value = {} }},\n", toml::text(text), toml::text(value))
            };
            let entries: String = self.searches.iter().map(entry).collect();
            let (write, remark): (fn(&mut Toml, &str, &str, &str), _) = match self.searched {
                true => (Toml::line, "donne [recherche]"),
                false => (Toml::proposal, "ne sert que si pattern contient [recherche]"),
            };
            write(toml, "searches", &format!("[\n{entries}]"), remark);
        }
    }
}

/// `renommer` first, then `horodatage`: the file says that the second does not count with the first.
fn pattern(settings: &BTreeMap<SettingKey, Value>, findings: &mut Findings) -> Option<String> {
    let rename = answer(settings, SettingKey::Rename, findings).unwrap_or(false);
    let stamped = answer(settings, SettingKey::Timestamp, findings).unwrap_or(true);
    let format = settings.get(&SettingKey::RenameFormat).filter(|value| !value.text.is_empty());
    match (rename, format) {
        (true, Some(format)) => {
            let usable = Pattern::parse(&format.text);
            if let Err(error) = &usable {
                findings.add(
                    "import-format-refused",
                    Some(&format.place),
                    format!("{} ({error})", shown(&format.text)),
                );
            }
            usable.is_ok().then(|| format.text.clone())
        }
        (true, None) => {
            findings.add("import-format-missing", settings.get(&SettingKey::Rename).map(|value| &value.place), "");
            None
        }
        (false, format) => {
            if let Some(format) = format {
                findings.add("import-not-needed", Some(&format.place), "");
            }
            (!stamped).then(|| "[nom]".to_owned())
        }
    }
}

/// The hour, unless the files say no. Collecting makes the partner forget: without a yes it is only proposed.
fn hour(settings: &BTreeMap<SettingKey, Value>, findings: &mut Findings) -> Option<(String, bool)> {
    let wanted = answer(settings, SettingKey::RetrievalOn, findings);
    let Some(value) = settings.get(&SettingKey::RetrievalAt).filter(|value| !value.text.is_empty()) else {
        if wanted == Some(true) {
            let place = settings.get(&SettingKey::RetrievalOn).map(|value| &value.place);
            findings.add("import-hour-missing", place, "");
        }
        return None;
    };
    let parts = value.text.split_once(':').map(|(hours, minutes)| (hours.trim().parse(), minutes.trim().parse()));
    let Some((Ok(hours @ 0..=23_u8), Ok(minutes @ 0..=59_u8))) = parts else {
        findings.add("import-unknown-value", Some(&value.place), shown(&value.text));
        return None;
    };
    if wanted.is_none() {
        findings.add("import-hour-unsaid", Some(&value.place), "");
    }
    (wanted != Some(false)).then(|| (format!("{hours:02}:{minutes:02}"), wanted == Some(true)))
}

fn answer(settings: &BTreeMap<SettingKey, Value>, key: SettingKey, findings: &mut Findings) -> Option<bool> {
    let value = settings.get(&key).filter(|value| !value.text.is_empty())?;
    let answer = names::ANSWERS.find(&value.text);
    if answer.is_none() {
        findings.add("import-unknown-value", Some(&value.place), shown(&value.text));
    }
    answer
}

/// A pause, in seconds.
pub(super) fn seconds(value: &Value, findings: &mut Findings) -> Option<u64> {
    if value.text.is_empty() { None } else { number(value, 1, DAY, findings) }
}

/// A number between two bounds.
pub(super) fn number(value: &Value, from: u64, to: u64, findings: &mut Findings) -> Option<u64> {
    let number = value.text.parse().ok().filter(|number| (from..=to).contains(number));
    if number.is_none() {
        findings.add("import-unknown-value", Some(&value.place), shown(&value.text));
    }
    number
}

/// What stands where something is left to fill in.
pub(super) fn placeholder() -> String {
    toml::text(PLACEHOLDER)
}
