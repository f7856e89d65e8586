//! Naming patterns with variables between brackets.

use jiff::Zoned;

use super::safe::{bounded, safe};

/// The variables of a pattern, in any case.
pub const VARIABLES: [&str; 10] =
    ["annee", "mois", "jour", "heure", "min", "sec", "numrec", "nomprofil", "recherche", "nom"];

/// The register of `[numrec]`.
pub const NUMREC: &str = "numrec";

/// What a name is made of.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    /// The partner's name for the file: hostile.
    pub name: &'a str,
    /// When it was received, in the station's time zone.
    pub at: &'a Zoned,
    /// The number drawn for it; only read when [`Pattern::uses_numrec`].
    pub numrec: u64,
    /// The profile.
    pub profile: &'a str,
    /// What [`super::Searcher`] found in its content.
    pub label: Option<&'a str>,
}

/// How returns are named; the default is the partner's name, then `_aaaammjj_ssmmhh`.
///
/// ```
/// use scheduler_core::naming::{Pattern, Values};
///
/// let at = "2026-11-22T08:30:59[Europe/Paris]".parse::<jiff::Zoned>()?;
/// let values = Values { name: "../ACQUIT.xml", at: &at, numrec: 7, profile: "VILLE", label: None };
/// assert_eq!(Pattern::parse("LA[annee][numrec].020")?.render(&values), "LA20260007.020");
/// assert_eq!(Pattern::default().render(&values), "__ACQUIT.xml_20261122_593008");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable(Variable),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variable {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Number,
    Profile,
    Label,
    Name,
}

/// A pattern that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// The variable does not exist.
    #[error("byte {position}: unknown variable [{variable}]; known ones are [{}]", VARIABLES.join("] ["))]
    UnknownVariable {
        /// Byte of the `[`, from 0.
        position: usize,
        /// What stands between the brackets.
        variable: String,
    },
    /// A bracket is not closed.
    #[error("byte {position}: `[` without `]`")]
    Unclosed {
        /// Byte of the `[`, from 0.
        position: usize,
    },
    /// No text at all.
    #[error("the pattern is empty")]
    Empty,
}

impl PatternError {
    /// Stable, in kebab case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownVariable { .. } => "naming-unknown-variable",
            Self::Unclosed { .. } => "naming-unclosed-bracket",
            Self::Empty => "naming-empty-pattern",
        }
    }

    /// Where in the pattern, in bytes from 0.
    #[must_use]
    pub fn position(&self) -> usize {
        match self {
            Self::UnknownVariable { position, .. } | Self::Unclosed { position } => *position,
            Self::Empty => 0,
        }
    }
}

impl Default for Pattern {
    fn default() -> Self {
        use Variable as V;
        let underscore = || Part::Text("_".to_owned());
        let mut parts = vec![Part::Variable(V::Name), underscore()];
        parts.extend([V::Year, V::Month, V::Day].map(Part::Variable));
        parts.push(underscore());
        // Seconds, minutes, hours: the source documents write ssmmhh.
        parts.extend([V::Second, V::Minute, V::Hour].map(Part::Variable));
        Self(parts)
    }
}

impl Pattern {
    /// Reads a pattern; everything outside brackets is literal, a lone `]` too.
    ///
    /// # Errors
    ///
    /// [`PatternError`], with its position.
    pub fn parse(pattern: &str) -> Result<Self, PatternError> {
        if pattern.trim().is_empty() {
            return Err(PatternError::Empty);
        }
        let mut parts = Vec::new();
        let mut position = 0;
        while let Some(open) = pattern[position..].find('[').map(|found| position + found) {
            let close = pattern[open..].find(']').ok_or(PatternError::Unclosed { position: open })? + open;
            let variable = &pattern[open + 1..close];
            let known = Variable::named(variable)
                .ok_or_else(|| PatternError::UnknownVariable { position: open, variable: variable.to_owned() })?;
            parts.extend([Part::Text(pattern[position..open].to_owned()), Part::Variable(known)]);
            position = close + 1;
        }
        parts.push(Part::Text(pattern[position..].to_owned()));
        Ok(Self(parts))
    }

    /// What a profile says; a pattern that is absent or cannot be read is the usual one.
    #[must_use]
    pub fn configured(pattern: Option<&str>) -> Self {
        pattern.and_then(|text| Self::parse(text).ok()).unwrap_or_default()
    }

    /// Whether a number must be drawn for each return, from [`NUMREC`].
    #[must_use]
    pub fn uses_numrec(&self) -> bool {
        self.0.contains(&Part::Variable(Variable::Number))
    }

    /// The name, made [`safe`]: a single path component, whatever the values hold. Long values are shortened, so that what stands
    /// around them stays.
    #[must_use]
    pub fn render(&self, values: &Values<'_>) -> String {
        let render = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Variable(variable) => variable.render(values),
        };
        safe(&self.0.iter().map(render).collect::<String>())
    }
}

impl Variable {
    /// In the order of [`VARIABLES`].
    const ALL: [Self; 10] = [
        Self::Year,
        Self::Month,
        Self::Day,
        Self::Hour,
        Self::Minute,
        Self::Second,
        Self::Number,
        Self::Profile,
        Self::Label,
        Self::Name,
    ];

    fn named(name: &str) -> Option<Self> {
        VARIABLES.iter().position(|known| known.eq_ignore_ascii_case(name)).map(|place| Self::ALL[place])
    }

    fn render(self, values: &Values<'_>) -> String {
        let at = values.at;
        match self {
            Self::Year => format!("{:04}", at.year()),
            Self::Month => format!("{:02}", at.month()),
            Self::Day => format!("{:02}", at.day()),
            Self::Hour => format!("{:02}", at.hour()),
            Self::Minute => format!("{:02}", at.minute()),
            Self::Second => format!("{:02}", at.second()),
            Self::Number => format!("{:04}", values.numrec),
            Self::Profile => bounded(values.profile, 40),
            Self::Label => values.label.map(|label| bounded(label, 40)).unwrap_or_default(),
            Self::Name => bounded(values.name, 120),
        }
    }
}
