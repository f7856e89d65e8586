//! When returns are collected.

use std::time::Duration;

use super::{Mistake, error, perhaps, warning};
use crate::catalogue::Words;

pub(crate) fn bad_hour(given: &str, near: Option<&str>) -> Mistake {
    let (end, hour) = (perhaps(near), near.unwrap_or("12:00"));
    error(
        "wrong-hour",
        Words::both(
            format!("« {given} » n'est pas une heure{}", end.fr),
            format!("“{given}” is not a time of day{}", end.en),
        ),
        Words::both(
            format!("Écrivez deux chiffres, deux points, deux chiffres : at = [\"{hour}\"]"),
            format!("Write two digits, a colon, two digits: at = [\"{hour}\"]"),
        ),
    )
}

/// What the five fields are.
fn five_fields() -> Words {
    Words::both(
        "Cinq champs : minute, heure, jour du mois, mois, jour de la semaine. Toutes les deux heures, du lundi au vendredi : cron = \"0 */2 * * 1-5\"",
        "Five fields: minute, hour, day of the month, month, day of the week. Every two hours, from Monday to Friday: cron = \"0 */2 * * 1-5\"",
    )
}

pub(crate) fn cron_fields(count: usize) -> Mistake {
    error(
        "cron-fields",
        Words::both(
            format!("Une expression cron a cinq champs ; celle-ci en a {count}."),
            format!("A cron expression has five fields; this one has {count}."),
        ),
        five_fields(),
    )
}

pub(crate) fn cron_seconds(given: &str) -> Mistake {
    let without: Vec<&str> = given.split_ascii_whitespace().skip(1).collect();
    let (without, fields) = (without.join(" "), five_fields());
    error(
        "cron-fields",
        Words::both(
            "Une expression cron a cinq champs ; celle-ci en a six : le premier serait celui des secondes, qui n'existe pas ici.",
            "A cron expression has five fields; this one has six: the first would be that of seconds, which does not exist here.",
        ),
        Words::both(
            format!("Écrivez par exemple : cron = \"{without}\"\n{}", fields.fr),
            format!("Write for example: cron = \"{without}\"\n{}", fields.en),
        ),
    )
}

pub(crate) fn cron_field(given: &str, what: &Words, possible: &Words) -> Mistake {
    error(
        "cron-field",
        Words::both(
            format!("« {given} » n'est pas possible pour {} : {}.", what.fr, possible.fr),
            format!("“{given}” is not possible for {}: {}.", what.en, possible.en),
        ),
        five_fields(),
    )
}

pub(crate) fn bad_cron(words: &str) -> Mistake {
    error(
        "wrong-cron",
        Words::both(
            format!("Cette expression cron ne peut pas être lue : {words}"),
            format!("This cron expression cannot be read: {words}"),
        ),
        five_fields(),
    )
}

pub(crate) fn cron_never(given: &str) -> Mistake {
    error(
        "cron-never",
        Words::both(
            format!("« {given} » ne désigne aucun instant : ce jour n'existe dans aucun mois demandé."),
            format!("“{given}” names no instant: this day exists in none of the months asked for."),
        ),
        Words::both(
            "Corrigez le jour (3e champ) ou le mois (4e champ) ; le dernier jour du mois s'écrit L : cron = \"0 12 L * *\"",
            "Correct the day (3rd field) or the month (4th field); the last day of the month is written L: cron = \"0 12 L * *\"",
        ),
    )
}

pub(crate) fn schedule_too_often(kind: &str, gap: Duration, least: Duration) -> Mistake {
    let (gap, least) = (gap.as_secs(), least.as_secs());
    warning(
        "schedule-too-often",
        Words::both(
            format!(
                "Ces horaires demandent une collecte toutes les {gap} s ; le canal {kind} laisse au moins {least} s entre deux réceptions."
            ),
            format!(
                "These times ask for a collection every {gap} s; the channel {kind} leaves at least {least} s between two receptions."
            ),
        ),
        Words::both(
            "Espacez les horaires, par exemple toutes les heures : cron = \"0 * * * *\"",
            "Space the times out, for example every hour: cron = \"0 * * * *\"",
        ),
    )
}

pub(crate) fn schedule_useless(profile: &str) -> Mistake {
    warning(
        "schedule-useless",
        Words::both(
            format!("Aucun canal du profil {profile} ne reçoit de fichiers : ces horaires ne servent à rien."),
            format!("No channel of the profile {profile} receives files: these times are of no use."),
        ),
        Words::both(
            "Retirez at et cron, ou ajoutez au profil un canal qui reçoit.",
            "Remove at and cron, or add a channel that receives to the profile.",
        ),
    )
}
