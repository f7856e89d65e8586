//! A page of labelled lines, in the reader's language.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use scheduler_core::consignment::Why;
use scheduler_core::stability::Told;

use super::View;
use crate::catalogue;
use crate::output::clean;

/// Room for the labels.
const LABEL: usize = 22;

/// A page being written.
pub(super) struct Page<'a> {
    pub(super) view: View<'a>,
    pub(super) now: Timestamp,
    text: String,
}

impl<'a> Page<'a> {
    pub(super) fn new(view: View<'a>, now: Timestamp) -> Self {
        Self { view, now, text: String::new() }
    }

    pub(super) fn done(self) -> String {
        self.text
    }

    /// French or English.
    pub(super) fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        self.view.language.pick(fr, en)
    }

    pub(super) fn title(&mut self, text: &str) {
        let _ = writeln!(self.text, "{}", clean(text));
    }

    pub(super) fn heading(&mut self, text: &str) {
        let _ = writeln!(self.text, "\n{}", clean(text));
    }

    pub(super) fn line(&mut self, label: &str, text: &str) {
        let pad = LABEL.saturating_sub(label.chars().count());
        let _ = writeln!(self.text, "  {label}{:pad$} {}", "", clean(text));
    }

    pub(super) fn item(&mut self, text: &str) {
        let _ = writeln!(self.text, "  {}", clean(text));
    }

    /// A pattern, and under it a mark below `length` characters from `start` on.
    pub(super) fn marked(&mut self, pattern: &str, start: usize, length: usize) {
        let _ = writeln!(self.text, "      {}\n      {:start$}{}", clean(pattern), "", "^".repeat(length.max(1)));
    }

    /// The sentence of a code, its places filled.
    pub(super) fn sentence(&self, code: &str, values: &[(&str, String)]) -> String {
        match catalogue::entry(self.view.language, code) {
            Some(entry) => catalogue::fill(entry.sentence, values),
            None => code.to_owned(),
        }
    }

    /// What to do about a code, its places filled; nothing when nothing is to be done.
    pub(super) fn step(&self, code: &str, values: &[(&str, String)]) -> Option<String> {
        let entry = catalogue::entry(self.view.language, code)?;
        (!entry.next_step.is_empty()).then(|| catalogue::fill(entry.next_step, values))
    }

    /// A sentence and its step.
    pub(super) fn advice(&self, code: &str, values: &[(&str, String)]) -> String {
        let sentence = self.sentence(code, values);
        self.step(code, values).map_or_else(|| sentence.clone(), |step| format!("{sentence} {step}"))
    }

    /// A reason of the journal in words, and what to do.
    pub(super) fn why(&self, why: &Why) -> catalogue::Explanation {
        catalogue::explain(self.view.language, self.view.zone, why)
    }

    /// Date and time, to the second.
    pub(super) fn when(&self, at: Timestamp) -> String {
        let format = self.say("%d/%m/%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S");
        at.to_zoned(self.view.zone.clone()).strftime(format).to_string()
    }

    /// An instant, and how far away it is.
    pub(super) fn moment(&self, at: Timestamp) -> String {
        let away = at.duration_since(self.now);
        let distance = self.span(away.unsigned_abs());
        let language = self.view.language;
        let far = match (away.is_negative(), away.unsigned_abs() < Duration::from_secs(1)) {
            (_, true) => self.say("maintenant", "now").to_owned(),
            (true, _) => language.pick(format!("il y a {distance}"), format!("{distance} ago")),
            (false, _) => language.pick(format!("dans {distance}"), format!("in {distance}")),
        };
        format!("{} ({far})", self.when(at))
    }

    /// A length of time: `0,8 s`, `45 s`, `12 min`, `3 h`, `2 j`.
    pub(super) fn span(&self, time: Duration) -> String {
        let seconds = time.as_secs();
        match seconds {
            0..10 if time.subsec_millis() >= 100 => {
                let point = self.view.language.pick(',', '.');
                format!("{seconds}{point}{} s", time.subsec_millis() / 100)
            }
            0..120 => format!("{seconds} s"),
            120..7200 => format!("{} min", seconds / 60),
            7200..172_800 => format!("{} h", seconds / 3600),
            _ => format!("{} {}", seconds / 86_400, self.say("j", "d")),
        }
    }

    /// A piece of evidence in words, with its figures.
    pub(super) fn told(&self, told: &Told) -> String {
        let what = told.what.clone().unwrap_or_default();
        let mut text = self.sentence(&told.code, &[("what", what.clone())]);
        let span = |ms: u64| self.span(Duration::from_millis(ms));
        let figures = match (told.since_ms, told.wanted_ms, told.from, told.to) {
            (Some(since), Some(wanted), ..) => format!("{} {} {}", span(since), self.say("sur", "of"), span(wanted)),
            (Some(since), None, ..) => span(since),
            (.., Some(from), Some(to)) => {
                let bytes = |count| catalogue::bytes(self.view.language, count);
                format!("{} → {}", bytes(from), bytes(to))
            }
            _ if told.code == "stability-no-done-file" => what,
            _ => String::new(),
        };
        if !figures.is_empty() {
            text = format!("{} ({figures}).", text.trim_end_matches('.'));
        }
        text
    }
}
