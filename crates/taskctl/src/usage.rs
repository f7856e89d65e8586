//! What is wrong with a command line, in the words of the help texts.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::output::clean;

/// The mistake, what was meant perhaps, how the command is used; `None` for what is no mistake (help, version) or has no words here.
#[must_use]
pub fn in_words(error: &clap::Error) -> Option<String> {
    let told = |kind| error.get(kind).map(plain).filter(|text| !text.is_empty());
    let one = |kind| told(kind).unwrap_or_else(|| "…".to_owned());
    let sentence = match error.kind() {
        ErrorKind::InvalidSubcommand => format!("commande inconnue : « {} »", one(ContextKind::InvalidSubcommand)),
        ErrorKind::UnknownArgument => format!("option ou argument inconnu : « {} »", one(ContextKind::InvalidArg)),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => match told(ContextKind::InvalidValue) {
            Some(value) => format!("« {value} » ne convient pas pour {}", one(ContextKind::InvalidArg)),
            None => format!("il manque une valeur à {}", one(ContextKind::InvalidArg)),
        },
        ErrorKind::ArgumentConflict => match told(ContextKind::PriorArg) {
            Some(other) if other != one(ContextKind::InvalidArg) => {
                format!("{} ne va pas avec {other}", one(ContextKind::InvalidArg))
            }
            _ => format!("{} ne peut être donné qu'une fois", one(ContextKind::InvalidArg)),
        },
        ErrorKind::MissingRequiredArgument => format!("il manque : {}", one(ContextKind::InvalidArg)),
        ErrorKind::MissingSubcommand => "il manque une commande".to_owned(),
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("{} n'a pas le bon nombre de valeurs", one(ContextKind::InvalidArg))
        }
        ErrorKind::NoEquals => format!("{} s'écrit avec « = »", one(ContextKind::InvalidArg)),
        ErrorKind::InvalidUtf8 => "un argument n'est pas du texte UTF-8".to_owned(),
        _ => return None,
    };
    let mut text = format!("Erreur : {}.\n", clean(&sentence));
    let perhaps = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    if let Some(near) = perhaps.into_iter().find_map(told) {
        text.push_str(&format!("Vouliez-vous dire « {} » ?\n", clean(&near)));
    }
    if let Some(values) = told(ContextKind::ValidValue) {
        text.push_str(&format!("Valeurs possibles : {values}\n"));
    }
    if let Some(usage) = told(ContextKind::Usage) {
        text.push_str(&format!("\n{}\n", usage.replace("Usage:", "Usage :").trim()));
    }
    Some(text + "\nPour en savoir plus : taskctl --help")
}

/// A value of clap's without colours.
fn plain(value: &ContextValue) -> String {
    match value {
        ContextValue::Strings(all) => all.join(", "),
        ContextValue::StyledStr(text) => text.to_string(),
        ContextValue::StyledStrs(all) => all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::Cli;

    fn told(arguments: &[&str]) -> String {
        let error = Cli::try_parse_from([&["taskctl"], arguments].concat()).unwrap_err();
        in_words(&error).unwrap_or_else(|| format!("{:?}", error.kind()))
    }

    #[test]
    fn mistakes_are_told_in_french() {
        for (arguments, expected) in [
            (&["statut"][..], "commande inconnue : « statut »"),
            (&["status", "--jsn"], "option ou argument inconnu : « --jsn »"),
            (&["history", "--last", "beaucoup"], "« beaucoup » ne convient pas pour --last"),
            (&["send"], "il manque : "),
            (&["status", "--config"], "il manque une valeur à --config"),
            (&["status", "--json", "--json"], "--json ne peut être donné qu'une fois"),
        ] {
            let told = told(arguments);
            assert!(told.contains(expected), "{told}");
            assert!(told.contains("Pour en savoir plus"), "{told}");
            for english in ["error", "unexpected", "required", "For more", "tip:", "Usage:"] {
                assert!(!told.contains(english), "{told}");
            }
        }
        assert!(told(&["status", "--jsn"]).contains("Vouliez-vous dire « --json » ?"));
        assert!(told(&["status", "--jsn"]).contains("Usage : taskctl status"));
    }

    #[test]
    fn help_and_version_are_no_mistakes() {
        for (argument, kind) in [("--help", "DisplayHelp"), ("--version", "DisplayVersion")] {
            assert_eq!(told(&[argument]), kind);
        }
    }
}
