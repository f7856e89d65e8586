//! TOML's own errors, in words of operators.

use toml::Spanned;
use toml::de::DeTable;

use super::mistake::{self, Mistake};
use super::reader::Collector;
use super::report::Place;
use crate::catalogue::Words;

/// Reads a document; whatever can be read of a broken one is returned.
pub(super) fn parse<'t>(source: usize, text: &'t str, problems: &mut Collector) -> Spanned<DeTable<'t>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        problems.syntax(explain(text, error.message(), span.start), &Place { source, span });
    }
    document
}

fn explain(text: &str, message: &str, at: usize) -> Mistake {
    let line = line_around(text, at);
    if message.contains("duplicate key") {
        return mistake::duplicate_key();
    }
    if in_basic_string_with_backslash(line) {
        return mistake::backslash_in_quotes();
    }
    mistake::toml_syntax(&in_words(message))
}

fn line_around(text: &str, at: usize) -> &str {
    let at = text.floor_char_boundary(at);
    let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
    let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
    &text[start..end]
}

fn in_basic_string_with_backslash(line: &str) -> bool {
    line.split_once('=').is_some_and(|(_, value)| {
        value.trim_start().starts_with(['"', '[']) && value.contains("\"") && value.contains('\\')
    })
}

/// The messages that people meet; the others are given as they are.
fn in_words(message: &str) -> Words {
    let known = KNOWN.iter().find(|(parser, ..)| message.contains(parser));
    known.map_or_else(
        || {
            Words::both(
                format!("cette ligne n'est pas du TOML ({message})"),
                format!("this line is not TOML ({message})"),
            )
        },
        |(_, fr, en)| Words::both(*fr, *en),
    )
}

/// What the parser says, in French, in English.
const KNOWN: [(&str, &str, &str); 16] = [
    (
        "string values must be quoted",
        "un texte doit être entre guillemets",
        "a text must stand between quotation marks",
    ),
    (
        "invalid basic string",
        "les guillemets ne sont pas fermés, ou le texte contient un caractère interdit",
        "the quotation marks are not closed, or the text contains a forbidden character",
    ),
    ("invalid literal string", "l'apostrophe n'est pas fermée", "the apostrophe is not closed"),
    ("key with no value", "il manque « = » et une valeur après la clé", "“=” and a value are missing after the key"),
    ("missing value", "il manque une valeur après « = »", "a value is missing after “=”"),
    ("extra `=`", "il y a un « = » de trop", "there is one “=” too many"),
    ("unclosed table", "il manque « ] » à la fin de l'en-tête", "“]” is missing at the end of the header"),
    ("unclosed array", "il manque « ] » à la fin de la liste", "“]” is missing at the end of the list"),
    ("unclosed inline table", "il manque « } » à la fin du groupe", "“}” is missing at the end of the group"),
    ("missing comma", "il manque une virgule entre deux valeurs", "a comma is missing between two values"),
    ("extra comma", "il y a une virgule de trop", "there is one comma too many"),
    (
        "invalid unquoted key",
        "une clé avec un accent, un espace ou un point doit être entre guillemets",
        "a key with an accent, a space or a dot must stand between quotation marks",
    ),
    ("unquoted keys cannot be empty", "il manque une clé avant « = »", "a key is missing before “=”"),
    (
        "unexpected leading zero",
        "un nombre ne commence pas par 0 ; un code s'écrit entre guillemets",
        "a number does not begin with 0; a code is written between quotation marks",
    ),
    (
        "unexpected key or value",
        "il y a un mot de trop sur cette ligne ; un texte s'écrit entre guillemets",
        "there is one word too many on this line; a text is written between quotation marks",
    ),
    ("recursion", "les tables sont imbriquées trop profondément", "the tables are nested too deeply"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::untranslated;

    #[test]
    fn what_the_parser_says_is_told_in_both_languages() {
        for (parser, fr, en) in KNOWN {
            assert_eq!(untranslated(&Words::both(fr, en)), None, "{parser}");
            assert_eq!(in_words(&format!("{parser}, expected nothing")), Words::both(fr, en));
        }
        assert_eq!(untranslated(&in_words("something new")), None);
    }
}
