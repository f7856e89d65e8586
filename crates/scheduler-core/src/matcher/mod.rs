//! Which scenarios a file name belongs to (R1).

mod explain;
mod fold;
mod glob;
mod index;

pub use self::explain::{Explained, Reason, explain};
use self::fold::Buffer;
pub(crate) use self::fold::fold_text;
use self::glob::{Glob, is_hidden};
use self::index::Index;

/// The patterns of the scenarios that share a folder, ready for many names.
///
/// `*` stands for any characters, also none, `?` for exactly one; `*.*` alone means every name, with or without a dot, as on DOS
/// (inside a longer pattern its dot is a dot). Everything else is literal, `[ ] { } !` included. Case does not
/// matter: characters are compared after simple Unicode folding, one to one, so `É` is `é` but `ß` is not `ss`, and
/// `?` counts a letter and its separate accent as two.
///
/// Limit: nothing is normalised. A name written by macOS, also over SMB, may hold `e` + `U+0301` where the pattern
/// holds `é`; they differ, and [`explain`] says so. Patterns with `?` or `*` in place of accented letters match both
/// (`?` one accent at a time).
///
/// Names that other software hides while it works, `.name` and `~$name`, are matched only by patterns that begin
/// with the same characters: `*` does not take the temporary file of a copy in progress.
#[derive(Clone, Debug)]
pub struct Matcher {
    scenarios: Vec<usize>,
    globs: Vec<Glob>,
    index: Index,
}

/// Which scenarios want a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    /// None.
    #[default]
    Unmatched,
    /// The first in the order of the configuration takes it.
    Matched {
        /// The scenario that takes the file.
        scenario: usize,
        /// The others that would have, ascending.
        shadowed: Vec<usize>,
    },
}

impl Verdict {
    /// This verdict, with one more scenario that wants the name.
    #[must_use]
    pub fn and(self, other: usize) -> Self {
        match self {
            Self::Unmatched => Self::Matched { scenario: other, shadowed: Vec::new() },
            Self::Matched { scenario, mut shadowed } => {
                if let Err(place) = shadowed.binary_search(&scenario.max(other))
                    && scenario != other
                {
                    shadowed.insert(place, scenario.max(other));
                }
                Self::Matched { scenario: scenario.min(other), shadowed }
            }
        }
    }

    /// What two matchers say together.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        match other {
            Self::Unmatched => self,
            Self::Matched { scenario, shadowed } => shadowed.into_iter().fold(self.and(scenario), Self::and),
        }
    }
}

impl Matcher {
    /// A matcher of `patterns`, each with the place of its scenario in the configuration.
    pub fn new<'p>(patterns: impl IntoIterator<Item = (usize, &'p str)>) -> Self {
        let (scenarios, globs): (Vec<_>, Vec<_>) =
            patterns.into_iter().map(|(scenario, pattern)| (scenario, Glob::new(pattern))).unzip();
        Self { scenarios, index: Index::new(&globs), globs }
    }

    /// Which scenarios want the file name `name`. Allocates only when several do.
    #[must_use]
    pub fn matches(&self, name: &str) -> Verdict {
        let mut buffer = Buffer::new();
        let name = buffer.fold(name);
        let hidden = is_hidden(&name);
        let mut verdict = Verdict::Unmatched;
        self.index.candidates(&name, |place| {
            if self.globs[place].matches(&name, hidden) {
                verdict = std::mem::take(&mut verdict).and(self.scenarios[place]);
            }
        });
        verdict
    }
}

#[cfg(test)]
mod tests;
