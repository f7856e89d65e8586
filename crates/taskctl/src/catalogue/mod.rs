//! What people read: sentences, names of states and phases, lines of traces, in French first and in English.
//!
//! Everything is looked up by a stable code; a code that no table knows is shown as it is, with the words that came with it.

mod backup;
mod check;
mod decisions;
mod en;
mod explain;
mod export;
#[cfg(test)]
mod forgotten;
mod fr;
mod import;
mod insee;
mod journal;
mod lines;
mod names;
mod notices;
pub mod system;
mod words;

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use scheduler_core::consignment::{Status, Why};

pub(crate) use self::lines::fill;
pub use self::lines::phrases;
pub use self::names::{bytes, command, decision, event, phase, progress, return_state, status, verdict};
pub use self::words::Words;

/// The language of what people read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// French.
    #[default]
    Fr,
    /// English.
    En,
}

impl Language {
    /// Picks the text of this language.
    pub(crate) fn pick<T>(self, fr: T, en: T) -> T {
        match self {
            Self::Fr => fr,
            Self::En => en,
        }
    }

    /// A colon, with the space that French sets before it.
    pub(crate) fn colon(self) -> &'static str {
        self.pick(" :", ":")
    }

    /// A semicolon, the same way.
    pub(crate) fn semicolon(self) -> &'static str {
        self.pick(" ;", ";")
    }

    /// Between quotation marks.
    pub(crate) fn quoted(self, text: &str) -> String {
        self.pick(format!("« {text} »"), format!("“{text}”"))
    }
}

/// What a code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Stable, in kebab case.
    pub code: &'static str,
    /// What happened.
    pub sentence: &'static str,
    /// What to do about it; empty when nothing is to be done.
    pub next_step: &'static str,
}

/// A reason, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What happened, and the partner's words if it gave any.
    pub sentence: String,
    /// What to do about it, if anything is to be done.
    pub next_step: Option<&'static str>,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)?;
        match self.next_step {
            Some(step) => write!(f, " {step}"),
            None => Ok(()),
        }
    }
}

/// Every code that has its sentences.
pub fn codes() -> impl Iterator<Item = &'static str> {
    tables(Language::Fr).iter().copied().flatten().map(|(code, _, _)| *code)
}

/// Code, sentence, next step.
type Table = &'static [(&'static str, &'static str, &'static str)];

/// Every table of a language.
fn tables(language: Language) -> &'static [Table] {
    language.pick(
        &[
            fr::ENTRIES,
            insee::FR,
            explain::FR,
            journal::FR,
            backup::FR,
            decisions::FR,
            notices::FR,
            check::FR,
            import::FR,
            export::FR,
        ],
        &[
            en::ENTRIES,
            insee::EN,
            explain::EN,
            journal::EN,
            backup::EN,
            decisions::EN,
            notices::EN,
            check::EN,
            import::EN,
            export::EN,
        ],
    )
}

/// What a code means, if a table knows it.
#[must_use]
pub fn entry(language: Language, code: &str) -> Option<Entry> {
    let found = tables(language).iter().copied().flatten().find(|(known, _, _)| *known == code);
    found.map(|&(code, sentence, next_step)| Entry { code, sentence, next_step })
}

/// A reason in words: the sentence of its code, the words that came with it between quotation marks, what to do.
#[must_use]
pub fn explain(language: Language, zone: &TimeZone, why: &Why) -> Explanation {
    let entry = entry(language, &why.code);
    let mut sentence = entry.map_or_else(|| format!("Code {}.", why.code), |entry| entry.sentence.to_owned());
    if let Some(words) = why.words.as_deref().map(str::trim).filter(|words| !words.is_empty()) {
        let quoted = already_sent(language, zone, why)
            .or_else(|| before_restore(language, why))
            .unwrap_or_else(|| format!(" {}", language.quoted(&system::in_words(language, words))));
        sentence.push_str(&quoted);
    }
    Explanation { sentence, next_step: entry.map(|entry| entry.next_step).filter(|step| !step.is_empty()) }
}

/// «Déjà envoyé le …» (R43): duplicates come with the identifier and the date of what was sent before.
fn already_sent(language: Language, zone: &TimeZone, why: &Why) -> Option<String> {
    let (id, at) = why.words.as_deref().filter(|_| why.code.starts_with("duplicate-"))?.split_once(' ')?;
    let at = moment(language, at.parse().ok()?, zone);
    Some(language.pick(format!(" Déjà envoyé le {at} (envoi {id})."), format!(" Already sent on {at} (sending {id}).")))
}

/// What a restore held comes with the name of the state that it had, and that state's reason.
fn before_restore(language: Language, why: &Why) -> Option<String> {
    let words = why.words.as_deref().filter(|_| why.code == scheduler_core::restored::CODE)?;
    let (name, reason) = words.split_once(' ').unwrap_or((words, ""));
    let state = status(language, Status::from_name(name)?);
    let reason = if reason.is_empty() { String::new() } else { format!(", {reason}") };
    Some(language.pick(format!(" Alors : {state}{reason}."), format!(" Then: {state}{reason}.")))
}

/// A date and time as people write it: `22/11/2026 09:05` in French, `2026-11-22 09:05` in English.
#[must_use]
pub fn moment(language: Language, at: Timestamp, zone: &TimeZone) -> String {
    let format = language.pick("%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M");
    at.to_zoned(zone.clone()).strftime(format).to_string()
}

/// The hour alone: `09:05:30`.
#[must_use]
pub fn hour(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_speaks_both_languages_once() {
        let fr: BTreeSet<&str> = codes().collect();
        let all = |language| tables(language).concat();
        let en: BTreeSet<&str> = all(Language::En).iter().map(|(code, _, _)| *code).collect();
        assert_eq!(fr, en);
        let sizes = (all(Language::Fr).len(), all(Language::En).len());
        assert_eq!((fr.len(), en.len()), sizes, "a code is there twice");
        for (code, sentence, _) in all(Language::Fr).iter().chain(&all(Language::En)) {
            let kebab = code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            assert!(kebab && sentence.ends_with('.'), "{code}: {sentence}");
        }
    }

    #[test]
    fn the_english_of_every_code_is_english() {
        // One sentence is about a letter with an accent.
        for code in codes().filter(|code| *code != "match-decomposed") {
            let (fr, en) = (entry(Language::Fr, code).unwrap(), entry(Language::En, code).unwrap());
            let sentence = Words::both(fr.sentence, en.sentence);
            assert_eq!(crate::testing::untranslated(&sentence), None, "{code}");
            let step = Words::both(fr.next_step, en.next_step);
            // A command alone is the same in every language.
            let command =
                fr.next_step == en.next_step && (en.next_step.is_empty() || en.next_step.starts_with("taskctl "));
            assert!(command || crate::testing::untranslated(&step).is_none(), "{code}: {step:?}");
        }
    }

    #[test]
    fn every_code_that_a_channel_may_give_has_its_sentences() {
        let known: BTreeSet<&str> = codes().collect();
        let missing: Vec<&str> = partners::codes().filter(|code| !known.contains(code)).collect();
        assert_eq!(missing, [""; 0]);
    }

    #[test]
    fn every_code_of_segments_has_its_sentences() {
        let known: BTreeSet<&str> = codes().collect();
        let missing: Vec<&&str> = lzw_segmenter::segment::CODES.iter().filter(|code| !known.contains(*code)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn a_held_file_tells_what_it_was_before_the_restore() {
        let why = Why::with(scheduler_core::restored::CODE, "uncertain xfb-upload-unanswered closed");
        let said = explain(Language::Fr, &TimeZone::UTC, &why).sentence;
        assert!(said.ends_with(" Alors : incertain, xfb-upload-unanswered closed."), "{said}");
    }

    #[test]
    fn every_finding_of_an_import_has_its_sentences() {
        let known: BTreeSet<&str> = codes().collect();
        let missing: Vec<&str> =
            crate::import::CODES.iter().map(|(code, _)| *code).filter(|code| !known.contains(code)).collect();
        assert_eq!(missing, [""; 0]);
    }

    #[test]
    fn the_partner_is_quoted() {
        let why = Why::with("xfb-upload-refused", "File not received: unknown partner");
        let said = explain(Language::Fr, &TimeZone::UTC, &why);
        assert_eq!(said.sentence, "Le serveur a refusé le fichier. « File not received: unknown partner »");
        assert!(said.next_step.is_some());
    }

    #[test]
    fn an_unknown_code_is_shown_as_it_is() {
        let said = explain(Language::Fr, &TimeZone::UTC, &Why::with("tomorrow-s-code", "mots du partenaire"));
        assert_eq!(said.to_string(), "Code tomorrow-s-code. « mots du partenaire »");
    }

    #[test]
    fn a_duplicate_tells_when_it_was_sent() {
        let said = |words| explain(Language::Fr, &TimeZone::UTC, &Why::with("duplicate-content", words)).sentence;
        let first = "Ce contenu a déjà été envoyé à la même destination.";
        let dated = said("01kgep5afj001 2026-11-21T10:12:00Z");
        assert_eq!(dated, format!("{first} Déjà envoyé le 21/11/2026 10:12 (envoi 01kgep5afj001)."));
        assert_eq!(said("autre chose"), format!("{first} « autre chose »"));
    }
}
