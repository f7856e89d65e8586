//! Keys, and the types of their values.

use super::{Mistake, error, for_example, perhaps, warning};
use crate::catalogue::Words;

fn section(name: &str) -> Words {
    if name.is_empty() {
        return Words::both("ce fichier, hors de toute section", "this file, outside of any section");
    }
    Words::same(format!("[{name}]"))
}

pub(crate) fn unknown_key(key: &str, table: &str, near: Option<&str>, known: &[&str]) -> Mistake {
    let (place, end) = (section(table), perhaps(near));
    let help = near.map_or_else(
        || {
            let known = known.join(", ");
            Words::both(format!("Clés possibles ici : {known}."), format!("Possible keys here: {known}."))
        },
        |near| {
            Words::both(
                format!("Écrivez « {near} », ou retirez cette ligne."),
                format!("Write “{near}”, or remove this line."),
            )
        },
    );
    error(
        "unknown-key",
        Words::both(
            format!("La clé « {key} » n'existe pas dans {}{}", place.fr, end.fr),
            format!("The key “{key}” does not exist in {}{}", place.en, end.en),
        ),
        help,
    )
}

pub(crate) fn misplaced_key(key: &str, table: &str, instead: &str) -> Mistake {
    let place = section(table);
    error(
        "misplaced-key",
        Words::both(
            format!("La clé « {key} » n'est pas à sa place dans {}.", place.fr),
            format!("The key “{key}” is out of place in {}.", place.en),
        ),
        Words::both(
            format!("Écrivez-la dans la section [{instead}]."),
            format!("Write it in the section [{instead}]."),
        ),
    )
}

pub(crate) fn missing_key(key: &str, table: &str, example: &str) -> Mistake {
    let place = section(table);
    error(
        "missing-key",
        Words::both(format!("Il manque « {key} » dans {}.", place.fr), format!("“{key}” is missing in {}.", place.en)),
        Words::both(format!("Ajoutez par exemple : {key} = {example}"), format!("Add for example: {key} = {example}")),
    )
}

pub(crate) fn not_a_table(key: &str, name: &str) -> Mistake {
    error(
        "not-a-section",
        Words::both(
            format!("« {key} » doit être une section, pas une valeur."),
            format!("“{key}” must be a section, not a value."),
        ),
        Words::both(
            format!("Ouvrez une section par son en-tête, seul sur sa ligne : [{name}]"),
            format!("Open a section with its header, alone on its line: [{name}]"),
        ),
    )
}

pub(crate) fn wrong_type(key: &str, expected: &Words, example: &str) -> Mistake {
    error(
        "wrong-type",
        Words::both(format!("« {key} » attend {}.", expected.fr), format!("“{key}” expects {}.", expected.en)),
        for_example(key, example),
    )
}

pub(crate) fn placeholder(key: &str, example: &str) -> Mistake {
    error(
        "to-fill-in",
        Words::both(format!("« {key} » est à compléter."), format!("“{key}” is to be filled in.")),
        Words::both(
            format!("Écrivez la valeur qui vous a été donnée, par exemple : {key} = {example}"),
            format!("Write the value that you were given, for example: {key} = {example}"),
        ),
    )
}

pub(crate) fn empty_text(key: &str, example: &str) -> Mistake {
    error(
        "empty-text",
        Words::both(format!("« {key} » est vide."), format!("“{key}” is empty.")),
        for_example(key, example),
    )
}

pub(crate) fn not_a_choice(key: &str, given: &str, near: Option<&str>, words: &[&str]) -> Mistake {
    let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    let (words, end) = (words.join(", "), perhaps(near));
    error(
        "unknown-choice",
        Words::both(
            format!("« {given} » n'est pas possible pour « {key} »{}", end.fr),
            format!("“{given}” is not possible for “{key}”{}", end.en),
        ),
        Words::both(format!("Écrivez l'un de : {words}."), format!("Write one of: {words}.")),
    )
}

pub(crate) fn not_a_duration(key: &str, given: &str, near: Option<&str>, example: &str) -> Mistake {
    let proposed = near.map_or_else(|| example.to_owned(), |near| format!("\"{near}\""));
    error(
        "wrong-duration",
        Words::both(format!("« {given} » n'est pas une durée."), format!("“{given}” is not a duration.")),
        Words::both(
            format!(
                "Écrivez : {key} = {proposed}\nUnités : ms, s (secondes), min (minutes), h (heures), d (jours) ; « 1h30min » est possible."
            ),
            format!(
                "Write: {key} = {proposed}\nUnits: ms, s (seconds), min (minutes), h (hours), d (days); “1h30min” is possible."
            ),
        ),
    )
}

pub(crate) fn duration_too_long(key: &str) -> Mistake {
    error(
        "duration-too-long",
        Words::both(
            format!("La durée de « {key} » dépasse cent ans."),
            format!("The duration of “{key}” is over a hundred years."),
        ),
        Words::both(
            "Écrivez une durée plus courte, par exemple \"400d\".",
            "Write a shorter duration, for example \"400d\".",
        ),
    )
}

pub(crate) fn duration_zero(key: &str, example: &str) -> Mistake {
    error(
        "duration-zero",
        Words::both(format!("« {key} » ne peut pas être nul."), format!("“{key}” cannot be zero.")),
        for_example(key, example),
    )
}

pub(crate) fn quiet_short() -> Mistake {
    warning(
        "quiet-short",
        Words::both(
            "Une période de calme de moins d'une seconde risque de prendre un fichier encore en cours d'écriture.",
            "A quiet period of less than a second may take a file that is still being written.",
        ),
        for_example("quiet", "\"10s\""),
    )
}

pub(crate) fn number_out_of_range(key: &str, low: i64, high: i64) -> Mistake {
    error(
        "number-out-of-range",
        Words::both(
            format!("« {key} » doit être compris entre {low} et {high}."),
            format!("“{key}” must be between {low} and {high}."),
        ),
        for_example(key, &low.to_string()),
    )
}

pub(crate) fn bad_url(key: &str, example: &str) -> Mistake {
    error(
        "wrong-url",
        Words::both(
            format!("« {key} » n'est pas une adresse http ou https."),
            format!("“{key}” is not an http or https address."),
        ),
        for_example(key, example),
    )
}

pub(crate) fn bad_timezone(given: &str, near: Option<&str>) -> Mistake {
    const OVERSEAS: &str =
        "America/Martinique, America/Guadeloupe, America/Cayenne, Indian/Reunion, Indian/Mayotte, Pacific/Noumea…";
    let (end, zone) = (perhaps(near), near.unwrap_or("Europe/Paris"));
    error(
        "unknown-timezone",
        Words::both(
            format!("Le fuseau horaire « {given} » n'existe pas{}", end.fr),
            format!("The time zone “{given}” does not exist{}", end.en),
        ),
        Words::both(
            format!("Écrivez : timezone = \"{zone}\"\nOutre-mer : {OVERSEAS}"),
            format!("Write: timezone = \"{zone}\"\nOverseas: {OVERSEAS}"),
        ),
    )
}
