//! Secrets: where they are, and who may read them.

use std::path::Path;

use super::{Mistake, error};
use crate::catalogue::Words;

/// How a secret is stored.
fn type_set(name: &str) -> Words {
    Words::both(format!("Tapez : taskctl secret set {name}"), format!("Type: taskctl secret set {name}"))
}

pub(crate) fn secret_in_clear(key: &str, name: &str) -> Mistake {
    error(
        "secret-in-clear",
        Words::both(format!("« {key} » est écrit en clair."), format!("“{key}” is written in clear.")),
        Words::both(
            format!(
                "Retirez cette ligne, puis tapez : taskctl secret set {name}\nLe secret ira dans un fichier que seul le compte de taskctl peut lire. Changez ce mot de passe s'il a pu être lu."
            ),
            format!(
                "Remove this line, then type: taskctl secret set {name}\nThe secret will go into a file that only taskctl's account can read. Change this password if it may have been read."
            ),
        ),
    )
}

pub(crate) fn secret_malformed(key: &str, name: &str) -> Mistake {
    error(
        "wrong-secret",
        Words::both(
            format!("« {key} » doit dire où se trouve le secret."),
            format!("“{key}” must tell where the secret is."),
        ),
        Words::both(
            format!("Écrivez : {key} = {{ file = \"secrets/{name}\" }} ou {key} = {{ env = \"NOM_DE_VARIABLE\" }}"),
            format!("Write: {key} = {{ file = \"secrets/{name}\" }} or {key} = {{ env = \"VARIABLE_NAME\" }}"),
        ),
    )
}

pub(crate) fn password_in_url(key: &str, name: &str) -> Mistake {
    error(
        "password-in-url",
        Words::both(
            format!("L'adresse de « {key} » contient un mot de passe."),
            format!("The address of “{key}” contains a password."),
        ),
        Words::both(
            format!("Retirez « utilisateur:motdepasse@ » de l'adresse, puis tapez : taskctl secret set {name}"),
            format!("Remove “user:password@” from the address, then type: taskctl secret set {name}"),
        ),
    )
}

pub(crate) fn secret_missing(name: &str, path: &Path) -> Mistake {
    error(
        "secret-missing",
        Words::both(
            format!("Le secret {name} n'existe pas encore ({}).", path.display()),
            format!("The secret {name} does not exist yet ({}).", path.display()),
        ),
        type_set(name),
    )
}

pub(crate) fn secret_unreadable(name: &str, path: &Path, why: &Words) -> Mistake {
    error(
        "secret-unreadable",
        Words::both(
            format!("Le secret {name} ne peut pas être lu ({}) : {}.", path.display(), why.fr),
            format!("The secret {name} cannot be read ({}): {}.", path.display(), why.en),
        ),
        Words::both(
            format!(
                "Lancez taskctl avec le compte qui possède ce fichier, ou tapez de nouveau : taskctl secret set {name}"
            ),
            format!("Run taskctl with the account that owns this file, or type again: taskctl secret set {name}"),
        ),
    )
}

pub(crate) fn secret_open_to_others(path: &Path, mode: u32) -> Mistake {
    let path = path.display();
    error(
        "secret-readable-by-others",
        Words::both(
            format!("D'autres comptes peuvent lire le secret {path} (droits {mode:03o})."),
            format!("Other accounts can read the secret {path} (mode {mode:03o})."),
        ),
        Words::both(format!("Tapez : chmod 600 '{path}'"), format!("Type: chmod 600 '{path}'")),
    )
}

pub(crate) fn secret_empty(name: &str, from: &str) -> Mistake {
    error(
        "secret-empty",
        Words::both(format!("Le secret {name} est vide ({from})."), format!("The secret {name} is empty ({from}).")),
        type_set(name),
    )
}

pub(crate) fn secret_env_missing(name: &str, variable: &str) -> Mistake {
    error(
        "secret-variable-missing",
        Words::both(
            format!("La variable d'environnement {variable}, qui doit donner le secret {name}, n'est pas définie."),
            format!("The environment variable {variable}, which must give the secret {name}, is not set."),
        ),
        Words::both(
            format!("Définissez-la pour le service, ou retirez {{ env = … }} et tapez : taskctl secret set {name}"),
            format!("Set it for the service, or remove {{ env = … }} and type: taskctl secret set {name}"),
        ),
    )
}
