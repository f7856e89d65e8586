//! One wildcard pattern.

use std::ops::Range;

use super::fold::fold_text;

/// A pattern ready to be compared with folded names: wildcards are the bytes `*` and `?`, everything else is literal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Glob {
    text: Box<[u8]>,
    /// Matches names that are hidden, since it begins like them.
    shows_hidden: bool,
}

impl Glob {
    pub(super) fn new(pattern: &str) -> Self {
        let mut text = fold_text(if pattern == "*.*" { "*" } else { pattern }).into_bytes();
        text.dedup_by(|next, previous| *next == b'*' && *previous == b'*');
        Self { shows_hidden: is_hidden(&text), text: text.into() }
    }

    /// Whether a folded name matches; `hidden` is what [`is_hidden`] says of it.
    pub(super) fn matches(&self, name: &[u8], hidden: bool) -> bool {
        (self.shows_hidden || !hidden) && self.matches_text(name)
    }

    /// The literal that every match begins with.
    pub(super) fn prefix(&self) -> &[u8] {
        let end = self.text.iter().position(is_wildcard).unwrap_or(self.text.len());
        &self.text[..end]
    }

    /// The literal that every match ends with.
    pub(super) fn suffix(&self) -> &[u8] {
        let start = self.text.iter().rposition(is_wildcard).map_or(0, |last| last + 1);
        &self.text[start..]
    }

    /// The longest literal that every match holds somewhere.
    pub(super) fn longest_literal(&self) -> &[u8] {
        self.text.split(is_wildcard).max_by_key(|literal| literal.len()).unwrap_or_default()
    }

    fn matches_text(&self, name: &[u8]) -> bool {
        // The last `*` swallows one character more each time that what follows it fails.
        let mut last_star: Option<Range<usize>> = None;
        let (mut p, mut n) = (0, 0);
        while n < name.len() {
            match self.text.get(p) {
                Some(b'*') => {
                    p += 1;
                    last_star = Some(p..n);
                }
                Some(b'?') => {
                    p += 1;
                    n += char_length(name[n]);
                }
                Some(&byte) if byte == name[n] => {
                    p += 1;
                    n += 1;
                }
                _ => {
                    let Some(Range { start: after, end: swallowed }) = last_star else {
                        return false;
                    };
                    p = after;
                    n = swallowed + char_length(name[swallowed]);
                    last_star = Some(p..n);
                }
            }
        }
        self.text[p..].iter().all(|&byte| byte == b'*')
    }
}

/// Names that other software hides while it works: `.name` everywhere, `~$name` for office documents.
pub(super) fn is_hidden(name: &[u8]) -> bool {
    name.starts_with(b".") || name.starts_with(b"~$")
}

fn is_wildcard(byte: &u8) -> bool {
    matches!(byte, b'*' | b'?')
}

/// Bytes of the character that begins with `first`.
fn char_length(first: u8) -> usize {
    match first {
        0xF0.. => 4,
        0xE0.. => 3,
        0xC0.. => 2,
        _ => 1,
    }
}
