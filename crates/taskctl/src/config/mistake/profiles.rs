//! Profiles, their channels and how what they receive is named.

use super::{Mistake, error, perhaps, warning};
use crate::catalogue::Words;

pub(crate) fn bad_name(name: &str) -> Mistake {
    error(
        "wrong-name",
        Words::both(
            format!("« {name} » ne peut pas être un nom : il sert aussi à nommer des dossiers."),
            format!("“{name}” cannot be a name: folders are named after it too."),
        ),
        Words::both(
            "Utilisez des lettres, des chiffres, des espaces, - et _ (60 caractères au plus).",
            "Use letters, digits, spaces, - and _ (at most 60 characters).",
        ),
    )
}

pub(crate) fn same_name(name: &str, other: &str) -> Mistake {
    let spelt = if name == other {
        Words::same("")
    } else {
        Words::both(format!(", écrit « {other} »"), format!(", spelt “{other}”"))
    };
    error(
        "duplicate-name",
        Words::both(format!("« {name} » existe déjà{}.", spelt.fr), format!("“{name}” already exists{}.", spelt.en)),
        Words::both(
            "Donnez un autre nom à l'un des deux : majuscules et minuscules ne suffisent pas à les distinguer.",
            "Give one of the two another name: capitals and small letters are not enough to tell them apart.",
        ),
    )
}

pub(crate) fn unknown_channel(given: &str, near: Option<&str>, kinds: &[&str]) -> Mistake {
    let (end, kinds) = (perhaps(near), kinds.join(", "));
    error(
        "unknown-channel",
        Words::both(
            format!("Le canal « {given} » n'existe pas{}", end.fr),
            format!("The channel “{given}” does not exist{}", end.en),
        ),
        Words::both(format!("Canaux possibles : {kinds}."), format!("Possible channels: {kinds}.")),
    )
}

pub(crate) fn no_channel_section(profile: &str, kind: &str) -> Mistake {
    error(
        "profile-without-channel",
        Words::both(format!("Le profil {profile} n'a aucun canal."), format!("The profile {profile} has no channel.")),
        Words::both(
            format!("Ajoutez une section, par exemple : [profiles.{profile}.{kind}]"),
            format!("Add a section, for example: [profiles.{profile}.{kind}]"),
        ),
    )
}

pub(crate) fn unknown_profile(given: &str, near: Option<&str>, known: &[String]) -> Mistake {
    let (end, names) = (perhaps(near), known.join(", "));
    let help = if known.is_empty() {
        Words::both(
            format!("Ajoutez une section [profiles.{given}.CANAL]."),
            format!("Add a section [profiles.{given}.CHANNEL]."),
        )
    } else {
        Words::both(
            format!("Profils connus : {names}. Ou ajoutez une section [profiles.{given}.CANAL]."),
            format!("Known profiles: {names}. Or add a section [profiles.{given}.CHANNEL]."),
        )
    };
    error(
        "unknown-profile",
        Words::both(
            format!("Le profil « {given} » n'existe pas{}", end.fr),
            format!("The profile “{given}” does not exist{}", end.en),
        ),
        help,
    )
}

pub(crate) fn profile_lacks_channel(profile: &str, kind: &str) -> Mistake {
    error(
        "profile-lacks-channel",
        Words::both(
            format!("Le profil {profile} ne connaît pas le canal {kind}."),
            format!("The profile {profile} does not know the channel {kind}."),
        ),
        Words::both(
            format!("Ajoutez la section [profiles.{profile}.{kind}], ou changez de canal ou de profil."),
            format!("Add the section [profiles.{profile}.{kind}], or choose another channel or profile."),
        ),
    )
}

pub(crate) fn channel_cannot_send(kind: &str) -> Mistake {
    error(
        "channel-cannot-send",
        Words::both(
            format!("Le canal {kind} ne sait pas envoyer de fichiers."),
            format!("The channel {kind} cannot send files."),
        ),
        Words::both("Choisissez un autre canal pour ce scénario.", "Choose another channel for this scenario."),
    )
}

pub(crate) fn plain_http(key: &str) -> Mistake {
    error(
        "plain-http",
        Words::both(
            format!("« {key} » est en http : mots de passe et fichiers passeraient en clair."),
            format!("“{key}” is in http: passwords and files would travel in clear."),
        ),
        Words::both(
            "Écrivez https://…\nSi un tunnel (VPN) que quelqu'un d'autre établit protège cette adresse, ajoutez dans la même section : tunnel = \"external\"",
            "Write https://…\nIf a tunnel (VPN) that somebody else raises protects this address, add in the same section: tunnel = \"external\"",
        ),
    )
}

pub(crate) fn unknown_tunnel() -> Mistake {
    error(
        "unknown-tunnel",
        Words::both(
            "Seul un tunnel établi par quelqu'un d'autre peut être nommé.",
            "Only a tunnel that somebody else raises can be named.",
        ),
        Words::both("Écrivez : tunnel = \"external\"", "Write: tunnel = \"external\""),
    )
}

pub(crate) fn unknown_variable(variable: &str, near: Option<&str>, known: &[&str]) -> Mistake {
    let known: Vec<String> = known.iter().map(|known| format!("[{known}]")).collect();
    let (end, known) = (perhaps(near), known.join(" "));
    error(
        "naming-unknown-variable",
        Words::both(
            format!("« [{variable}] » n'est pas une variable de nom{}", end.fr),
            format!("“[{variable}]” is not a variable of names{}", end.en),
        ),
        Words::both(format!("Variables possibles : {known}."), format!("Possible variables: {known}.")),
    )
}

pub(crate) fn unclosed_bracket() -> Mistake {
    error(
        "naming-unclosed-bracket",
        Words::both(
            "Une variable de nom n'est pas fermée : il manque « ] ».",
            "A variable of the name is not closed: “]” is missing.",
        ),
        Words::both(
            "Écrivez par exemple : pattern = \"[nom]_[annee][mois][jour]\"",
            "Write for example: pattern = \"[nom]_[annee][mois][jour]\"",
        ),
    )
}

pub(crate) fn searches_unused() -> Mistake {
    warning(
        "searches-unused",
        Words::both(
            "« searches » ne sert à rien : le modèle de nom ne contient pas [recherche].",
            "“searches” is of no use: the pattern of names does not contain [recherche].",
        ),
        Words::both(
            "Ajoutez [recherche] dans pattern, ou retirez searches.",
            "Add [recherche] to pattern, or remove searches.",
        ),
    )
}

/// `help` is the channel's own.
pub(crate) fn field_refused(kind: &str, field: &str, code: &'static str, help: Words) -> Mistake {
    error(
        code,
        Words::both(
            format!("Le canal {kind} ne peut pas utiliser « {field} »."),
            format!("The channel {kind} cannot use “{field}”."),
        ),
        help,
    )
}

pub(crate) fn station_elsewhere() -> Mistake {
    error(
        "station-elsewhere",
        Words::both(
            "La section [station] n'est possible que dans le fichier principal.",
            "The section [station] is possible in the main file only.",
        ),
        Words::both(
            "Déplacez-la dans taskctl.toml ; scenarios.d ne contient que des profils et des scénarios.",
            "Move it to taskctl.toml; scenarios.d holds profiles and scenarios only.",
        ),
    )
}
