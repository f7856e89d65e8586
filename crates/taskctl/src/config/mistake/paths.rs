//! Paths as they are written.

use std::path::Path;

use super::{Mistake, error, warning};
use crate::catalogue::Words;

pub(crate) fn not_a_path(key: &str) -> Mistake {
    error(
        "wrong-path",
        Words::both(
            format!(
                "« {key} » n'est pas un chemin : il est vide ou contient une tabulation ou un caractère invisible."
            ),
            format!("“{key}” is not a path: it is empty, or contains a tab or an invisible character."),
        ),
        Words::both(
            "Écrivez les chemins entre apostrophes, où « \\ » reste « \\ » : 'c:\\transfert\\mand\\*'",
            "Write paths between apostrophes, where “\\” stays “\\”: 'c:\\transfert\\mand\\*'",
        ),
    )
}

pub(crate) fn dos_path(key: &str, instead: &str, map: Option<&str>) -> Mistake {
    let whole = map.map_or_else(
        || Words::same(""),
        |map| {
            Words::both(
                format!("\nTous d'un coup, en reprenant l'ancien poste : taskctl import … --map '{map}'"),
                format!("\nAll at once, when the former machine is taken over: taskctl import … --map '{map}'"),
            )
        },
    );
    error(
        "dos-path",
        Words::both(
            format!("« {key} » est un chemin Windows, et cette machine n'est pas sous Windows."),
            format!("“{key}” is a Windows path, and this machine does not run Windows."),
        ),
        Words::both(
            format!("Écrivez-le comme cette machine le voit, par exemple : {key} = '{instead}'{}", whole.fr),
            format!("Write it as this machine sees it, for example: {key} = '{instead}'{}", whole.en),
        ),
    )
}

pub(crate) fn unc_path(key: &str, instead: &str) -> Mistake {
    error(
        "unc-path",
        Words::both(
            format!("« {key} » est un partage Windows, et cette machine n'est pas sous Windows."),
            format!("“{key}” is a Windows share, and this machine does not run Windows."),
        ),
        Words::both(
            format!("Montez le partage (mount -t cifs …), puis écrivez par exemple : {key} = '{instead}'"),
            format!("Mount the share (mount -t cifs …), then write for example: {key} = '{instead}'"),
        ),
    )
}

pub(crate) fn wildcard_in_folder(key: &str) -> Mistake {
    error(
        "wildcard-in-folder",
        Words::both(
            "Les jokers * et ? ne sont possibles que dans le nom du fichier, pas dans le dossier.",
            "The wildcards * and ? are possible in the name of the file only, not in the folder.",
        ),
        Words::both(
            format!(
                "Écrivez par exemple : {key} = '/srv/transfert/mand/*', et recursive = true pour les sous-dossiers."
            ),
            format!("Write for example: {key} = '/srv/transfert/mand/*', and recursive = true for sub-folders."),
        ),
    )
}

pub(crate) fn watch_is_a_folder(key: &str, path: &Path) -> Mistake {
    let path = path.display();
    warning(
        "watch-names-a-folder",
        Words::both(
            format!("{path} est un dossier : « {key} » attend dossier/filtre."),
            format!("{path} is a folder: “{key}” expects folder/filter."),
        ),
        Words::both(format!("Écrivez : {key} = '{path}/*'"), format!("Write: {key} = '{path}/*'")),
    )
}
