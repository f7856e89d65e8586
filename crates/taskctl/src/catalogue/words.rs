//! A text in every language: whoever writes it gives all of them, whoever shows it picks one.

use std::borrow::Cow;

use super::Language;

/// What people read, in French and in English.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub(crate) fr: Cow<'static, str>,
    pub(crate) en: Cow<'static, str>,
}

impl Words {
    pub(crate) fn both(fr: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self { fr: fr.into(), en: en.into() }
    }

    /// What no language changes: a name, the words of a machine, a text that is already in the reader's language.
    pub(crate) fn same(text: impl Into<Cow<'static, str>>) -> Self {
        let text = text.into();
        Self { fr: text.clone(), en: text }
    }

    /// What the operating system says.
    pub(crate) fn of_system(error: &std::io::Error) -> Self {
        Self::both(super::system::french(error), error.to_string())
    }

    /// The text of this language.
    #[must_use]
    pub fn said(&self, language: Language) -> &str {
        language.pick(&self.fr, &self.en)
    }
}
