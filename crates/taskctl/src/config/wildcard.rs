//! What wildcards have in common, for the lint; matching itself belongs to the scheduler.

use std::collections::{BTreeSet, HashSet};

/// Whether some file name matches both wildcards.
pub(super) fn overlap(a: &str, b: &str) -> bool {
    let (a, b) = (symbols(a), symbols(b));
    let mut row = vec![false; b.len() + 1];
    for i in 0..=a.len() {
        let mut next = vec![false; b.len() + 1];
        for j in 0..=b.len() {
            let star_a = i > 0 && a[i - 1] == '*';
            let star_b = j > 0 && b[j - 1] == '*';
            let same = i > 0 && j > 0 && (a[i - 1] == b[j - 1] || a[i - 1] == '?' || b[j - 1] == '?');
            next[j] = (i == 0 && j == 0)
                || (star_a && (row[j] || (j > 0 && next[j - 1])))
                || (star_b && ((j > 0 && next[j - 1]) || (i > 0 && row[j])))
                || (same && !star_a && !star_b && row[j - 1]);
        }
        row = next;
    }
    row[b.len()]
}

/// States looked at before the question is given up.
const STATES: usize = 20_000;

/// Whether every file name that matches `narrow` matches one of `wide`. Exact; `false` where it would take too long to tell.
pub(super) fn covered(narrow: &str, wide: &[&str]) -> bool {
    let patterns: Vec<Vec<char>> = std::iter::once(narrow).chain(wide.iter().copied()).map(symbols).collect();
    let mut alphabet: BTreeSet<char> = patterns.iter().flatten().copied().filter(|c| !"*?".contains(*c)).collect();
    alphabet.insert('\0'); // any character that no pattern names
    let start: State = patterns.iter().map(|pattern| closed(pattern, BTreeSet::from([0]))).collect();
    let (mut seen, mut left) = (HashSet::new(), vec![start]);
    while let Some(state) = left.pop() {
        for &symbol in &alphabet {
            let next: State = patterns.iter().zip(&state).map(|(pattern, at)| advanced(pattern, at, symbol)).collect();
            let accepts = |index: usize| next[index].contains(&patterns[index].len());
            let escapes = accepts(0) && (1..patterns.len()).all(|index| !accepts(index));
            if escapes || seen.len() > STATES {
                return false;
            }
            if !next[0].is_empty() && seen.insert(next.clone()) {
                left.push(next);
            }
        }
    }
    true
}

/// Where each pattern may stand.
type State = Vec<BTreeSet<usize>>;

/// Where a pattern may stand after one more character.
fn advanced(pattern: &[char], at: &BTreeSet<usize>, symbol: char) -> BTreeSet<usize> {
    let step = |&place: &usize| match pattern.get(place)? {
        '*' => Some(place),
        '?' => Some(place + 1),
        literal => (*literal == symbol).then_some(place + 1),
    };
    closed(pattern, at.iter().filter_map(step).collect())
}

/// A star also matches nothing.
fn closed(pattern: &[char], mut at: BTreeSet<usize>) -> BTreeSet<usize> {
    for (place, symbol) in pattern.iter().enumerate() {
        if *symbol == '*' && at.contains(&place) {
            at.insert(place + 1);
        }
    }
    at
}

/// Lower-case symbols; `*.*` is every name, as in DOS (R1).
fn symbols(pattern: &str) -> Vec<char> {
    if pattern == "*.*" {
        return vec!['*'];
    }
    pattern.to_lowercase().chars().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn overlaps() {
        for (a, b, expected) in [
            ("*", "PES*.xml", true),
            ("PES*.xml", "*ALR*.XML", true),
            ("mandat?.txt", "MANDAT1.TXT", true),
            ("mand*", "titre*", false),
            ("*.xml", "*.txt", false),
            ("*.*", "sans_extension", true),
            ("a?", "a", false),
            ("", "*", true),
        ] {
            assert_eq!(overlap(a, b), expected, "{a} {b}");
            assert_eq!(overlap(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn covered_by_one_or_by_several_together() {
        for (narrow, wide, expected) in [
            ("PES*.xml", &["*"][..], true),
            ("PES*", &["*.*"], true),
            ("PES*.XML", &["*.xml"], true),
            ("PES1.xml", &["PES?.xml"], true),
            ("PES*.xml", &["PES?.xml"], false),
            ("*.xml", &["PES*.xml"], false),
            ("a?", &["a1", "a2"], false),
            ("*", &["*.xml", "*.txt"], false),
            ("*", &["?*"], true),
            ("a*", &["a", "a?", "a??*"], true),
            ("a*", &["a", "a??*"], false),
            ("PES*", &["*S", "P*A", "PES*b*", "*"], true),
            ("x.xml", &["*.txt", "*.xml"], true),
            ("*", &[], false),
        ] {
            assert_eq!(covered(narrow, wide), expected, "{narrow} {wide:?}");
        }
    }

    proptest! {
        /// What is said to be covered is, name by name; what is not has a name that escapes.
        #[test]
        fn covered_means_what_matching_means(
            narrow in "[ab*?]{0,4}", wide in proptest::collection::vec("[ab*?]{0,4}", 0..3)
        ) {
            let wide: Vec<&str> = wide.iter().map(String::as_str).collect();
            let matches = |pattern: &str, name: &str| overlap(pattern, name);
            let names: Vec<String> = (1..=6_u32)
                .flat_map(|length| (0..3_usize.pow(length)).map(move |number| spelt(number, length)))
                .collect();
            let escapes = names
                .iter()
                .any(|name| matches(&narrow, name) && !wide.iter().any(|pattern| matches(pattern, name)));
            prop_assert_eq!(covered(&narrow, &wide), !escapes);
        }
    }

    /// The names of so many letters among `a`, `b`, `c`.
    fn spelt(mut number: usize, length: u32) -> String {
        (0..length)
            .map(|_| {
                let letter = ['a', 'b', 'c'][number % 3];
                number /= 3;
                letter
            })
            .collect()
    }
}
