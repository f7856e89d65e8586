//! TOML's own errors, in the operator's words.

use toml::Spanned;
use toml::de::DeTable;

use super::mistake::{self, Mistake};
use super::reader::Collector;
use super::report::Place;

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
    mistake::toml_syntax(&in_french(message))
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
fn in_french(message: &str) -> String {
    let known = [
        ("string values must be quoted", "un texte doit être entre guillemets"),
        ("invalid basic string", "les guillemets ne sont pas fermés, ou le texte contient un caractère interdit"),
        ("invalid literal string", "l'apostrophe n'est pas fermée"),
        ("key with no value", "il manque « = » et une valeur après la clé"),
        ("missing value", "il manque une valeur après « = »"),
        ("extra `=`", "il y a un « = » de trop"),
        ("unclosed table", "il manque « ] » à la fin de l'en-tête"),
        ("unclosed array", "il manque « ] » à la fin de la liste"),
        ("unclosed inline table", "il manque « } » à la fin du groupe"),
        ("missing comma", "il manque une virgule entre deux valeurs"),
        ("extra comma", "il y a une virgule de trop"),
        ("invalid unquoted key", "une clé avec un accent, un espace ou un point doit être entre guillemets"),
        ("unquoted keys cannot be empty", "il manque une clé avant « = »"),
        ("unexpected leading zero", "un nombre ne commence pas par 0 ; un code s'écrit entre guillemets"),
        ("unexpected key or value", "il y a un mot de trop sur cette ligne ; un texte s'écrit entre guillemets"),
        ("recursion", "les tables sont imbriquées trop profondément"),
    ];
    let french = known.iter().find(|(english, _)| message.contains(english)).map(|(_, french)| *french);
    french.map_or_else(|| format!("cette ligne n'est pas du TOML ({message})"), str::to_owned)
}
