//! Problems and how they are shown: the line underlined, what is wrong, what to write instead.

use std::fmt::{self, Write as _};
use std::ops::Range;
use std::path::PathBuf;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};
use serde_json::{Value, json};

use super::mistake::Mistake;
use super::sheet::Sheet;
use super::{redact, why};
use crate::catalogue::{Language, Words};

/// Lines of context that miette is told to draw; asked for none, it wants a position only.
const CONTEXT: usize = 1;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing can be run.
    Error,
    /// Deserves a look.
    Warning,
    /// Good to know.
    Note,
}

impl Severity {
    /// As programs read it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A configuration text.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where it was read.
    pub path: PathBuf,
    /// What it holds.
    pub text: String,
}

/// A place in a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The index of the source.
    pub source: usize,
    /// Bytes of its text.
    pub span: Range<usize>,
}

/// One thing that is wrong; never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// Stable code, in kebab case.
    pub code: &'static str,
    /// What is wrong.
    pub message: Words,
    /// Why it matters, where that is not obvious.
    pub why: Option<Words>,
    /// What to do or to write instead.
    pub help: Words,
    /// Where, when it is in a text.
    pub place: Option<Place>,
}

impl Problem {
    pub(super) fn new(mistake: Mistake, place: Option<Place>) -> Self {
        let Mistake { severity, code, message, help } = mistake;
        Self { severity, code, message, why: why::of(code), help, place }
    }

    /// Something that was found outside of the texts.
    pub(crate) fn found(severity: Severity, code: &'static str, message: Words, help: Words) -> Self {
        Self { severity, code, message, why: why::of(code), help, place: None }
    }

    /// The same, at a place.
    pub(crate) fn at(self, place: Option<Place>) -> Self {
        Self { place, ..self }
    }

    pub(super) fn is_syntax(&self) -> bool {
        self.code == "toml-syntax" || self.code == "duplicate-key" || self.code == "backslash-in-quotes"
    }

    /// Something was not found, which may only mean that its line could not be read.
    pub(super) fn follows_from_absence(&self) -> bool {
        matches!(self.code, "missing-key" | "unknown-profile" | "profile-lacks-channel")
    }
}

/// Everything found in a configuration, in the order of its files, told in the language that it asks for.
#[derive(Clone, Debug, Default)]
pub struct Report {
    language: Language,
    sources: Vec<Source>,
    problems: Vec<Problem>,
}

impl Report {
    /// `secrets` are the names of keys whose value is never shown.
    pub(super) fn new(
        language: Language,
        mut sources: Vec<Source>,
        mut problems: Vec<Problem>,
        secrets: &[&str],
    ) -> Self {
        for source in &mut sources {
            source.text = redact::mask(&source.text, secrets);
        }
        problems.sort_by_key(|problem| problem.place.as_ref().map_or((usize::MAX, 0), |p| (p.source, p.span.start)));
        Self { language, sources, problems }
    }

    /// A report of things that stand in no text.
    pub(super) fn unplaced(language: Language, problems: Vec<Problem>) -> Self {
        Self { language, sources: Vec::new(), problems }
    }

    /// A report of other problems in the same texts.
    #[must_use]
    pub(crate) fn beside(&self, problems: Vec<Problem>) -> Self {
        Self::new(self.language, self.sources.clone(), problems, &[])
    }

    /// Adds problems found later.
    pub(super) fn extend(&mut self, problems: Vec<Problem>) {
        let all = std::mem::take(&mut self.problems).into_iter().chain(problems).collect();
        *self = Self::new(self.language, std::mem::take(&mut self.sources), all, &[]);
    }

    /// The language that it is told in.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// What was found.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// How many problems forbid to run.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.count(Severity::Error)
    }

    /// How many problems only deserve a look.
    #[must_use]
    pub fn warnings(&self) -> usize {
        self.count(Severity::Warning)
    }

    fn count(&self, severity: Severity) -> usize {
        self.problems.iter().filter(|problem| problem.severity == severity).count()
    }

    /// As people read it, with or without colours.
    #[must_use]
    pub fn render(&self, colours: bool) -> String {
        let theme = if colours { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_width(110)
            .with_context_lines(CONTEXT)
            .with_links(false)
            .with_wrap_lines(false);
        let sheets = self.sheets();
        let mut out = String::new();
        for problem in &self.problems {
            let sheet = problem.place.as_ref().and_then(|place| sheets.get(place.source));
            let shown = Shown { problem, language: self.language, sheet };
            if handler.render_report(&mut out, &shown).is_err() {
                let _ = writeln!(out, "{}: {shown}", problem.code);
            }
            if let Some(why) = &problem.why {
                let label = self.language.pick("Pourquoi :", "Why:");
                let _ = writeln!(out, "  {label} {}", why.said(self.language));
            }
            for (index, line) in problem.help.said(self.language).lines().enumerate() {
                let _ = writeln!(out, "  {} {line}", if index == 0 { "→" } else { " " });
            }
            out.push('\n');
        }
        out
    }

    fn sheets(&self) -> Vec<Sheet<'_>> {
        self.sources.iter().map(Sheet::new).collect()
    }

    /// As programs read it: a list of `{severity, code, message, why, help, file, line, column}`.
    #[must_use]
    pub fn json(&self) -> Value {
        let sheets = self.sheets();
        self.problems.iter().map(|problem| self.problem_json(problem, &sheets)).collect()
    }

    fn problem_json(&self, problem: &Problem, sheets: &[Sheet<'_>]) -> Value {
        let mut value = json!({
            "severity": problem.severity.as_str(),
            "code": problem.code,
            "message": problem.message.said(self.language),
            "help": problem.help.said(self.language),
        });
        if let Some(why) = &problem.why {
            value["why"] = json!(why.said(self.language));
        }
        let place = problem.place.as_ref().and_then(|place| Some((place, sheets.get(place.source)?)));
        if let Some((place, sheet)) = place {
            let (line, column) = sheet.position(place.span.start);
            value["file"] = json!(sheet.source().path.display().to_string());
            value["line"] = json!(line);
            value["column"] = json!(column);
        }
        value
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

/// A problem as miette draws it; the help is drawn by us, because its word for it is English whatever the language.
#[derive(Debug)]
struct Shown<'a> {
    problem: &'a Problem,
    language: Language,
    sheet: Option<&'a Sheet<'a>>,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.problem.message.said(self.language))
    }
}

impl std::error::Error for Shown<'_> {}

impl miette::Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.problem.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.problem.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        })
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.sheet.map(|sheet| sheet as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.problem.place.as_ref()?;
        let span = self.sheet?.one_line(&place.span);
        Some(Box::new(std::iter::once(LabeledSpan::new(None, span.start, span.len()))))
    }
}
