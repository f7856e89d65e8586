//! Folders as the machine has them.

use std::path::Path;

use super::{Mistake, error, warning};
use crate::catalogue::Words;
use crate::catalogue::system::french;

pub(crate) fn folder_missing(path: &Path) -> Mistake {
    let path = path.display();
    warning(
        "folder-missing",
        Words::both(
            format!("Le dossier surveillé {path} n'existe pas, ou son partage n'est pas monté."),
            format!("The watched folder {path} does not exist, or its share is not mounted."),
        ),
        Words::both(
            format!("Créez-le (mkdir -p '{path}') ou montez le partage ; la surveillance commencera d'elle-même."),
            format!("Make it (mkdir -p '{path}') or mount the share; watching will begin by itself."),
        ),
    )
}

pub(crate) fn folder_not_writable(path: &Path, why: &str) -> Mistake {
    let path = path.display();
    warning(
        "folder-not-writable",
        Words::both(
            format!(
                "Dans le dossier surveillé {path}, on ne peut pas renommer les fichiers pour les prendre ({}).",
                french(&why)
            ),
            format!("In the watched folder {path}, files cannot be renamed in order to be taken ({why})."),
        ),
        Words::both(
            "Donnez au compte de taskctl le droit d'écrire dans ce dossier.",
            "Give taskctl's account the right to write in this folder.",
        ),
    )
}

pub(crate) fn folder_unusable(key: &str, path: &Path, why: &Words) -> Mistake {
    let path = path.display();
    error(
        "folder-unusable",
        Words::both(
            format!("Le dossier {path} (« {key} ») ne peut pas être utilisé : {}.", why.fr),
            format!("The folder {path} (“{key}”) cannot be used: {}.", why.en),
        ),
        Words::both(
            "Créez-le, ou donnez au compte de taskctl le droit d'y écrire.",
            "Make it, or give taskctl's account the right to write in it.",
        ),
    )
}
