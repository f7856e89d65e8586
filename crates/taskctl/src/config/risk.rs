//! What works today and may not tomorrow, or not as thought: one constructor a risk, none ever given a secret.

use std::path::Path;
use std::time::Duration;

use super::mistake::{Mistake, error, warning};
use super::report::Severity;

fn note(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Mistake {
    Mistake { severity: Severity::Note, ..warning(code, message, help) }
}

fn megabytes(bytes: u64) -> String {
    format!("{} Mo", bytes / 1_000_000)
}

// Scenarios

pub(super) fn unreachable(name: &str, others: &[&str]) -> Mistake {
    warning(
        "scenario-unreachable",
        format!("Aucun fichier n'arrivera au scénario {name} : ensemble, {} prennent tout.", others.join(", ")),
        "Placez ce scénario avant eux dans la configuration, ou changez son filtre ou son dossier.",
    )
}

pub(super) fn catches_secret(name: &str, path: &Path) -> Mistake {
    error(
        "secret-watched",
        format!("Le scénario {name} enverrait au partenaire le fichier de secret {}.", path.display()),
        "Choisissez un dossier surveillé qui ne contient pas celui des secrets, ou retirez recursive.",
    )
}

pub(super) fn catches_configuration(name: &str, path: &Path) -> Mistake {
    error(
        "configuration-watched",
        format!("Le scénario {name} enverrait au partenaire le fichier de configuration {}.", path.display()),
        "Choisissez un dossier surveillé qui ne contient pas la configuration, ou un filtre plus étroit.",
    )
}

pub(super) fn pacing_short(key: &str, usual: Duration) -> Mistake {
    let usual = format!("\"{}s\"", usual.as_secs());
    warning(
        "pacing-short",
        format!("« {key} » est plus court que ce que le serveur du partenaire demande ({usual})."),
        format!("Écrivez : {key} = {usual}, ou retirez la ligne. Gardez-la pour un serveur d'essai seulement."),
    )
}

// Secrets

pub(super) fn secret_spaces(name: &str) -> Mistake {
    warning(
        "secret-spaces",
        format!("Le secret {name} commence ou finit par une espace."),
        format!("Si elle n'en fait pas partie, tapez de nouveau : taskctl secret set {name}"),
    )
}

pub(super) fn secret_lines(name: &str) -> Mistake {
    warning(
        "secret-several-lines",
        format!("Le secret {name} tient sur plusieurs lignes."),
        format!("Un mot de passe tient sur une seule : tapez de nouveau : taskctl secret set {name}"),
    )
}

pub(super) fn secret_folder_open(folder: &Path) -> Mistake {
    warning(
        "secret-folder-writable",
        format!("D'autres comptes peuvent écrire dans le dossier de secrets {}.", folder.display()),
        format!("Tapez : chmod 700 '{}'", folder.display()),
    )
}

// Folders

pub(super) fn folder_read_only(path: &Path) -> Mistake {
    warning(
        "folder-read-only",
        format!("Le dossier surveillé {} est monté en lecture seule.", path.display()),
        "Remontez le partage en lecture et écriture (option rw), ou surveillez un autre dossier.",
    )
}

pub(super) fn folder_sticky(path: &Path) -> Mistake {
    warning(
        "folder-sticky",
        format!("Dans {}, chacun ne peut renommer que ses propres fichiers (droit « t »).", path.display()),
        format!(
            "Tapez : chmod -t '{}'\nOu donnez ce dossier au compte de taskctl : chown taskctl '{}'",
            path.display(),
            path.display()
        ),
    )
}

pub(super) fn claims_elsewhere(path: &Path) -> Mistake {
    error(
        "claims-elsewhere",
        format!("{} n'est pas sur le même volume que le dossier surveillé.", path.display()),
        format!(
            "Démontez-le ou retirez ce lien ('{}') : taskctl refait ce dossier de lui-même, à sa place.",
            path.display()
        ),
    )
}

pub(super) fn data_on_network(path: &Path, kind: &str) -> Mistake {
    error(
        "data-dir-on-network",
        format!("Le dossier data_dir ({}) est sur un volume réseau ({kind}).", path.display()),
        "Écrivez un dossier d'un disque de cette machine, par exemple : data_dir = '/var/lib/taskctl'",
    )
}

pub(super) fn other_volume(folders: usize) -> Mistake {
    note(
        "inbox-on-another-volume",
        format!("Dossier(s) surveillé(s) sur un autre volume que data_dir : {folders}."),
        "Rien à corriger. Mettre data_dir sur le même volume éviterait une copie par fichier.",
    )
}

pub(super) fn space_low(key: &str, path: &Path, left: u64, advised: u64) -> Mistake {
    warning(
        "space-low",
        format!("Il reste {} sur le volume de {} (« {key} »).", megabytes(left), path.display()),
        format!("Libérez de la place : gardez au moins {}.", megabytes(advised)),
    )
}

pub(super) fn space_gone(key: &str, path: &Path, left: u64, needed: u64) -> Mistake {
    error(
        "space-gone",
        format!(
            "Il ne reste que {} sur le volume de {} (« {key} ») : un fichier peut en demander {}.",
            megabytes(left),
            path.display(),
            megabytes(needed)
        ),
        "Libérez de la place avant de lancer la station.",
    )
}

pub(super) fn clock_wrong(year: i16) -> Mistake {
    error(
        "clock-wrong",
        format!("L'horloge de cette machine dit être en {year}."),
        "Mettez la machine à l'heure, et gardez-la à l'heure (service NTP : timedatectl set-ntp true).",
    )
}
