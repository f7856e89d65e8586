//! What the operating system says when it refuses, in the operator's language.

use super::Language;

/// Linux' words by their number.
const FRENCH: &[(&str, &str)] = &[
    ("Operation not permitted (os error 1)", "opération interdite à ce compte"),
    ("No such file or directory (os error 2)", "fichier ou dossier absent"),
    ("Input/output error (os error 5)", "erreur du disque"),
    ("Permission denied (os error 13)", "ce compte n'en a pas le droit"),
    ("File exists (os error 17)", "le fichier existe déjà"),
    ("Not a directory (os error 20)", "ce n'est pas un dossier"),
    ("Is a directory (os error 21)", "c'est un dossier"),
    ("Too many open files (os error 24)", "trop de fichiers ouverts"),
    ("No space left on device (os error 28)", "plus de place sur le disque"),
    ("Read-only file system (os error 30)", "disque en lecture seule"),
    ("File name too long (os error 36)", "nom de fichier trop long"),
    ("Connection refused (os error 111)", "connexion refusée"),
    ("Disk quota exceeded (os error 122)", "quota de disque dépassé"),
];

/// What the system says, in French.
#[must_use]
pub fn french(words: &impl ToString) -> String {
    in_words(Language::Fr, &words.to_string())
}

/// `words` with what the system says replaced; the name of a temporary file, which means nothing to anybody, is left out.
#[must_use]
pub fn in_words(language: Language, words: &str) -> String {
    let mut text = words.to_owned();
    if let Some((before, rest)) = words.split_once(" at path \"")
        && let Some((_, after)) = rest.split_once('"')
    {
        text = format!("{before}{after}");
    }
    if language == Language::Fr {
        for (english, french) in FRENCH {
            text = text.replace(english, french);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_is_said_in_french() {
        let error = std::fs::read("/nowhere/at/all").unwrap_err();
        let said = format!("{error} at path \"/nowhere/.a.sGC532.part\", again");
        assert_eq!(in_words(Language::Fr, &said), "fichier ou dossier absent, again");
        assert_eq!(in_words(Language::En, &said), format!("{error}, again"));
        for (english, _) in FRENCH {
            let number = english.rsplit(' ').next().and_then(|last| last.trim_end_matches(')').parse().ok()).unwrap();
            assert_eq!(std::io::Error::from_raw_os_error(number).to_string(), *english);
        }
    }
}
