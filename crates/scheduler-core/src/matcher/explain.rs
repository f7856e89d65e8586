//! Why one pattern matches one name, or which part of it fails.

use super::fold::fold;
use super::glob::is_hidden;

/// How far a name satisfies a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The longest beginning of the pattern that the beginning of the name satisfies.
    pub matched: String,
    /// What comes next.
    pub reason: Reason,
    /// The name writes accented letters as a letter and an accent (as macOS does): they do not match the
    /// single character of a pattern that looks the same.
    pub decomposed: bool,
}

/// Why a name matches a pattern or does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// `*` or `*.*`: any name.
    EveryName,
    /// Every part of the pattern is satisfied.
    Matches,
    /// The name is one that software hides while it works (`.name`, `~$name`), and the pattern does not begin so.
    Hidden,
    /// The pattern goes on with `expected`, the name with `found`.
    Differs {
        /// The rest of the pattern up to its next wildcard.
        expected: String,
        /// The rest of the name.
        found: String,
    },
    /// The name ends where the pattern goes on with `expected`.
    TooShort {
        /// The rest of the pattern up to its next wildcard, or `?`.
        expected: String,
    },
    /// The pattern ends where the name goes on with `rest`.
    TooLong {
        /// The rest of the name.
        rest: String,
    },
}

impl Reason {
    /// Stable, in kebab case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::EveryName => "match-every-name",
            Self::Matches => "match-pattern",
            Self::Hidden => "match-hidden-name",
            Self::Differs { .. } => "match-differs",
            Self::TooShort { .. } => "match-name-too-short",
            Self::TooLong { .. } => "match-name-too-long",
        }
    }

    /// Whether the name is one for the pattern.
    #[must_use]
    pub fn matches(&self) -> bool {
        matches!(self, Self::EveryName | Self::Matches)
    }
}

/// Says why `name` matches `pattern`, or which part of it fails; agrees with [`super::Matcher`].
#[must_use]
pub fn explain(pattern: &str, name: &str) -> Explained {
    let decomposed = name.chars().any(|c| ('\u{300}'..='\u{36f}').contains(&c));
    let says = |matched: &str, reason| Explained { matched: matched.to_owned(), reason, decomposed };
    if is_hidden(name.as_bytes()) && !is_hidden(pattern.as_bytes()) {
        return says("", Reason::Hidden);
    }
    if matches!(pattern, "*" | "*.*") {
        return says(pattern, Reason::EveryName);
    }
    let pattern = pattern.chars().collect::<Vec<_>>();
    let name = name.chars().collect::<Vec<_>>();
    let Furthest { satisfied, consumed } = furthest(&pattern, &name);
    let expected = || next_part(&pattern[satisfied..]);
    let rest = || name[consumed..].iter().collect::<String>();
    let reason = match (satisfied == pattern.len(), consumed == name.len()) {
        (true, true) => Reason::Matches,
        (true, false) => Reason::TooLong { rest: rest() },
        (false, true) => Reason::TooShort { expected: expected() },
        (false, false) => Reason::Differs { expected: expected(), found: rest() },
    };
    says(&pattern[..satisfied].iter().collect::<String>(), reason)
}

struct Furthest {
    /// Characters of the pattern.
    satisfied: usize,
    /// Most characters of the name that they can stand for.
    consumed: usize,
}

fn furthest(pattern: &[char], name: &[char]) -> Furthest {
    let mut reached = vec![false; name.len() + 1];
    reached[0] = true;
    let mut furthest = Furthest { satisfied: 0, consumed: 0 };
    for (place, &wanted) in pattern.iter().enumerate() {
        reached = advance(&reached, wanted, name);
        let Some(consumed) = reached.iter().rposition(|&r| r) else {
            break;
        };
        furthest = Furthest { satisfied: place + 1, consumed };
    }
    furthest
}

/// After one more character of the pattern: how much of the name may be consumed, given how much might be before.
fn advance(before: &[bool], wanted: char, name: &[char]) -> Vec<bool> {
    if wanted == '*' {
        let first = before.iter().position(|&r| r).unwrap_or(before.len());
        return (0..before.len()).map(|consumed| consumed >= first).collect();
    }
    let takes = |c: char| wanted == '?' || fold(c) == fold(wanted);
    (0..before.len()).map(|consumed| consumed > 0 && before[consumed - 1] && takes(name[consumed - 1])).collect()
}

fn next_part(pattern: &[char]) -> String {
    let wildcard = |c: &&char| matches!(c, '*' | '?');
    let literal = pattern.iter().take_while(|c| !wildcard(c)).collect::<String>();
    if literal.is_empty() { pattern.iter().take(1).collect() } else { literal }
}
