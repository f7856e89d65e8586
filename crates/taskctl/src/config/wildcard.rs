//! What two wildcards have in common, for the lint; matching itself belongs to the scheduler.

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

/// Whether every file name that matches `narrow` also matches `wide`. May miss some that do; never claims wrongly.
pub(super) fn covers(wide: &str, narrow: &str) -> bool {
    let (wide, narrow) = (symbols(wide), symbols(narrow));
    let mut row: Vec<bool> = vec![false; narrow.len() + 1];
    for i in 0..=wide.len() {
        let mut next = vec![false; narrow.len() + 1];
        for j in 0..=narrow.len() {
            next[j] = if i == 0 {
                j == 0
            } else if wide[i - 1] == '*' {
                row[j] || (j > 0 && next[j - 1])
            } else {
                j > 0 && row[j - 1] && narrow[j - 1] != '*' && (wide[i - 1] == '?' || wide[i - 1] == narrow[j - 1])
            };
        }
        row = next;
    }
    row[narrow.len()]
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
    fn covers_only_what_it_surely_covers() {
        for (wide, narrow, expected) in [
            ("*", "PES*.xml", true),
            ("*.*", "PES*", true),
            ("*.xml", "PES*.XML", true),
            ("PES?.xml", "PES1.xml", true),
            ("PES?.xml", "PES*.xml", false),
            ("PES*.xml", "*.xml", false),
        ] {
            assert_eq!(covers(wide, narrow), expected, "{wide} {narrow}");
        }
    }
}
