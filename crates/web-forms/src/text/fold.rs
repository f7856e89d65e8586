//! Text as a reader sees it: white space folded; and as words are compared: case and accents ignored.

/// Collects text with runs of white space folded to one space, up to a bound.
#[derive(Debug, Default, Clone)]
pub(crate) struct Folded {
    text: String,
    gap: bool,
}

impl Folded {
    /// Adds `text`; what would pass `limit` bytes is dropped.
    pub(crate) fn push(&mut self, text: &str, limit: usize) {
        for character in text.chars() {
            if is_space(character) {
                self.gap = true;
                continue;
            }
            let space = self.gap && !self.text.is_empty();
            if self.text.len() + usize::from(space) + character.len_utf8() > limit {
                return;
            }
            if space {
                self.text.push(' ');
            }
            self.gap = false;
            self.text.push(character);
        }
    }

    /// The next text starts a new word.
    pub(crate) fn gap(&mut self) {
        self.gap = true;
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }

    pub(crate) fn take(&mut self) -> String {
        std::mem::take(self).into_text()
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

/// White space and the characters that pages use in its place.
pub(crate) fn is_space(character: char) -> bool {
    character.is_whitespace() || character == '\u{FEFF}' || (character.is_control() && character != '\u{7F}')
}

/// `text` in lower case without accents, white space folded, typographic apostrophes made plain.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut folded = Folded::default();
    folded.push(text, usize::MAX);
    folded.text.chars().flat_map(char::to_lowercase).fold(String::with_capacity(text.len()), |mut plain, character| {
        match character {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => plain.push('a'),
            'ç' => plain.push('c'),
            'è' | 'é' | 'ê' | 'ë' => plain.push('e'),
            'ì' | 'í' | 'î' | 'ï' => plain.push('i'),
            'ñ' => plain.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' => plain.push('o'),
            'ù' | 'ú' | 'û' | 'ü' => plain.push('u'),
            'ý' | 'ÿ' => plain.push('y'),
            'œ' => plain.push_str("oe"),
            'æ' => plain.push_str("ae"),
            '‘' | '’' => plain.push('\''),
            '\u{300}'..='\u{36F}' => {}
            other => plain.push(other),
        }
        plain
    })
}

/// Whether `plain`, made by [`plain`], holds one of `words`.
#[must_use]
pub fn holds_any<'w>(plain: &str, words: impl IntoIterator<Item = &'w str>) -> bool {
    words.into_iter().map(self::plain).any(|word| !word.is_empty() && plain.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_spaces_are_ignored() {
        assert_eq!(plain("  ACCÈS\u{a0}\n refusé : L’Œuvre e\u{301}té "), "acces refuse : l'oeuvre ete");
        assert!(holds_any(&plain("Session expirée"), ["SESSION  expiree"]));
        assert!(!holds_any("anything", [""]));
    }

    #[test]
    fn folded_text_is_bounded_at_a_character() {
        let mut folded = Folded::default();
        folded.push("ab  éé", 6);
        assert_eq!(folded.as_str(), "ab é");
    }
}
