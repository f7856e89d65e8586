//! Names without regard to case.

use std::borrow::Cow;

/// The character that stands for `c` and for every other case of it (simple case folding of Unicode).
///
/// Each character folds to exactly one: `É` to `é`, `ſ` to `s`, the Kelvin sign to `k`, `ẞ` to `ß`, `ς` to `σ`. What would fold
/// to several characters stays as it is (`ß` is not `ss`), and so do the dotted `İ` and the dotless `ı`, which only Turkish
/// folds to `i`. Composed and decomposed letters differ: see [`super::Matcher`].
pub(super) fn fold(c: char) -> char {
    match c {
        'A'..='Z' => c.to_ascii_lowercase(),
        '\0'..='\x7f' | 'ı' => c,
        _ => {
            let upper = single(c, c.to_uppercase());
            single(upper, upper.to_lowercase())
        }
    }
}

/// The only character of `mapping`; `c` when there are several.
fn single(c: char, mut mapping: impl Iterator<Item = char>) -> char {
    match (mapping.next(), mapping.next()) {
        (Some(only), None) => only,
        _ => c,
    }
}

/// `text` folded.
pub(crate) fn fold_text(text: &str) -> String {
    text.chars().map(fold).collect()
}

/// A place for a folded name that needs no allocation for any name a file system allows.
pub(super) struct Buffer([u8; Self::SIZE]);

impl Buffer {
    const SIZE: usize = 384;

    pub(super) fn new() -> Self {
        Self([0; Self::SIZE])
    }

    /// The UTF-8 of `name` folded. No character grows by more than half when it is folded.
    pub(super) fn fold<'a>(&'a mut self, name: &str) -> Cow<'a, [u8]> {
        if name.len() > Self::SIZE * 2 / 3 {
            return Cow::Owned(fold_text(name).into_bytes());
        }
        if name.is_ascii() {
            let room = &mut self.0[..name.len()];
            room.copy_from_slice(name.as_bytes());
            room.make_ascii_lowercase();
            return Cow::Borrowed(room);
        }
        let mut end = 0;
        for c in name.chars() {
            end += fold(c).encode_utf8(&mut self.0[end..]).len();
        }
        Cow::Borrowed(&self.0[..end])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_of_a_letter_fold_alike() {
        for (a, b) in [
            ("MANDAT", "mandat"),
            ("ÉTÉ", "été"),
            ("Straße", "STRAẞE"),
            ("ſ", "S"),
            ("\u{212a}", "k"),
            ("Å", "\u{212b}"),
            ("ΟΔΟΣ", "οδος"),
            ("µ", "Μ"),
            ("ǅ", "ǆ"),
            ("ᾼ", "ᾳ"),
            ("ŒUVRE", "œuvre"),
            ("ÿ", "Ÿ"),
            ("Ⱥ", "ⱥ"),
        ] {
            assert_eq!(fold_text(a), fold_text(b), "{a} {b}");
        }
    }

    #[test]
    fn different_letters_stay_different() {
        for (a, b) in [("ß", "ss"), ("İ", "i"), ("ı", "i"), ("İ", "I"), ("é", "e"), ("é", "e\u{301}"), ("ŉ", "n")]
        {
            assert_ne!(fold_text(a), fold_text(b), "{a} {b}");
        }
    }

    #[test]
    fn folding_is_stable_and_never_outgrows_the_buffer() {
        for c in '\0'..=char::MAX {
            let folded = fold(c);
            assert_eq!(fold(folded), folded, "{c:?}");
            assert!(folded.len_utf8() * 2 <= c.len_utf8() * 3, "{c:?}");
            assert!(c.is_ascii() || !matches!(folded, '*' | '?' | '.' | '~' | '$'), "{c:?}");
        }
    }

    #[test]
    fn long_names_fold_like_short_ones() {
        for length in [1, 127, 128, 129, 255, 256, 300, 1000] {
            for letter in ["X", "É", "Ⱥ", "\u{212a}"] {
                let name = letter.repeat(length);
                assert_eq!(Buffer::new().fold(&name).as_ref(), fold_text(&name).as_bytes(), "{length} {letter}");
            }
        }
    }
}
