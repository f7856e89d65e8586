//! Scenarios, alone and beside each other.

use super::{Mistake, error, warning};
use crate::catalogue::Words;

pub(crate) fn bad_done_file() -> Mistake {
    error(
        "wrong-done-file",
        Words::both(
            "« done_file » est la fin du nom du fichier témoin.",
            "“done_file” is the end of the name of the witness file.",
        ),
        Words::both(
            "Écrivez par exemple : ready = { done_file = \".done\" }",
            "Write for example: ready = { done_file = \".done\" }",
        ),
    )
}

pub(crate) fn bad_ready() -> Mistake {
    error(
        "wrong-ready",
        Words::both(
            "« ready » dit comment savoir qu'un fichier est complet.",
            "“ready” tells how to know that a file is complete.",
        ),
        Words::both(
            "Écrivez l'un de : ready = \"quiet\", ready = \"renamed\", ready = { done_file = \".done\" }, ready = { minimum_age = \"10min\" }",
            "Write one of: ready = \"quiet\", ready = \"renamed\", ready = { done_file = \".done\" }, ready = { minimum_age = \"10min\" }",
        ),
    )
}

pub(crate) fn no_scenario() -> Mistake {
    warning(
        "no-scenario",
        Words::both("Aucun scénario actif : rien ne sera envoyé.", "No scenario is enabled: nothing will be sent."),
        Words::both(
            "Ajoutez une section [scenarios.NOM], ou écrivez enabled = true.",
            "Add a section [scenarios.NAME], or write enabled = true.",
        ),
    )
}

pub(crate) fn shadowed(name: &str, other: &str) -> Mistake {
    warning(
        "scenario-shadowed",
        Words::both(
            format!("Tout fichier du scénario {name} correspond aussi au scénario {other}, dans le même dossier."),
            format!("Every file of the scenario {name} also matches the scenario {other}, in the same folder."),
        ),
        Words::both(
            "Le premier scénario de la configuration prend le fichier : changez le filtre ou le dossier de l'un des deux.",
            "The first scenario of the configuration takes the file: change the filter or the folder of one of the two.",
        ),
    )
}

pub(crate) fn overlapping(name: &str, other: &str) -> Mistake {
    warning(
        "scenario-overlap",
        Words::both(
            format!("Un même fichier peut correspondre aux scénarios {other} et {name}."),
            format!("One and the same file can match the scenarios {other} and {name}."),
        ),
        Words::both(
            "Le premier scénario de la configuration prend le fichier : rendez leurs filtres distincts, par exemple 'MANDAT*' et 'TITRE*'.",
            "The first scenario of the configuration takes the file: make their filters distinct, for example 'MANDAT*' and 'TITRE*'.",
        ),
    )
}

pub(crate) fn catches_own(name: &str, key: &str) -> Mistake {
    error(
        "copies-caught",
        Words::both(
            format!("Le scénario {name} reprendrait les copies qu'il fait lui-même dans « {key} »."),
            format!("The scenario {name} would take again the copies that it makes itself in “{key}”."),
        ),
        Words::both(
            "Choisissez un dossier hors du dossier surveillé.",
            "Choose a folder outside of the watched folder.",
        ),
    )
}

pub(crate) fn catches_other(name: &str, key: &str) -> Mistake {
    warning(
        "copies-watched",
        Words::both(
            format!("Le scénario {name} enverra ce qui est copié dans ce dossier par « {key} »."),
            format!("The scenario {name} will send what “{key}” copies into this folder."),
        ),
        Words::both(
            "Choisissez un autre dossier, sauf si c'est voulu.",
            "Choose another folder, unless this is intended.",
        ),
    )
}

pub(crate) fn station_folder_watched(name: &str, key: &str) -> Mistake {
    error(
        "station-folder-watched",
        Words::both(
            format!("Le scénario {name} surveille un dossier où la station écrit ({key})."),
            format!("The scenario {name} watches a folder where the station writes ({key})."),
        ),
        Words::both(
            "Choisissez un dossier surveillé hors de ceux de la station, ou retirez recursive.",
            "Choose a watched folder outside of the station's own, or remove recursive.",
        ),
    )
}
