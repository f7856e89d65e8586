//! What works today and may not tomorrow, or not as thought: one constructor a risk, none ever given a secret.

use std::path::Path;
use std::time::Duration;

use super::mistake::{Mistake, error, warning};
use super::report::Severity;
use crate::catalogue::Words;

fn note(code: &'static str, message: Words, help: Words) -> Mistake {
    Mistake { severity: Severity::Note, ..warning(code, message, help) }
}

fn megabytes(bytes: u64) -> Words {
    let count = bytes / 1_000_000;
    Words::both(format!("{count} Mo"), format!("{count} MB"))
}

// Scenarios

pub(super) fn unreachable(name: &str, others: &[&str]) -> Mistake {
    let others = others.join(", ");
    warning(
        "scenario-unreachable",
        Words::both(
            format!("Aucun fichier n'arrivera au scénario {name} : ensemble, {others} prennent tout."),
            format!("No file will reach the scenario {name}: together, {others} take everything."),
        ),
        Words::both(
            "Placez ce scénario avant eux dans la configuration, ou changez son filtre ou son dossier.",
            "Put this scenario before them in the configuration, or change its filter or its folder.",
        ),
    )
}

pub(super) fn catches_secret(name: &str, path: &Path) -> Mistake {
    error(
        "secret-watched",
        Words::both(
            format!("Le scénario {name} enverrait au partenaire le fichier de secret {}.", path.display()),
            format!("The scenario {name} would send the secret file {} to the partner.", path.display()),
        ),
        Words::both(
            "Choisissez un dossier surveillé qui ne contient pas celui des secrets, ou retirez recursive.",
            "Choose a watched folder that does not contain that of the secrets, or remove recursive.",
        ),
    )
}

pub(super) fn catches_configuration(name: &str, path: &Path) -> Mistake {
    error(
        "configuration-watched",
        Words::both(
            format!("Le scénario {name} enverrait au partenaire le fichier de configuration {}.", path.display()),
            format!("The scenario {name} would send the configuration file {} to the partner.", path.display()),
        ),
        Words::both(
            "Choisissez un dossier surveillé qui ne contient pas la configuration, ou un filtre plus étroit.",
            "Choose a watched folder that does not contain the configuration, or a narrower filter.",
        ),
    )
}

pub(super) fn pacing_short(key: &str, usual: Duration) -> Mistake {
    let usual = format!("\"{}s\"", usual.as_secs());
    warning(
        "pacing-short",
        Words::both(
            format!("« {key} » est plus court que ce que le serveur du partenaire demande ({usual})."),
            format!("“{key}” is shorter than what the partner's server asks for ({usual})."),
        ),
        Words::both(
            format!("Écrivez : {key} = {usual}, ou retirez la ligne. Gardez-la pour un serveur d'essai seulement."),
            format!("Write: {key} = {usual}, or remove the line. Keep it for a test server only."),
        ),
    )
}

// Secrets

pub(super) fn secret_spaces(name: &str) -> Mistake {
    warning(
        "secret-spaces",
        Words::both(
            format!("Le secret {name} commence ou finit par une espace."),
            format!("The secret {name} begins or ends with a space."),
        ),
        Words::both(
            format!("Si elle n'en fait pas partie, tapez de nouveau : taskctl secret set {name}"),
            format!("If it is no part of it, type again: taskctl secret set {name}"),
        ),
    )
}

pub(super) fn secret_lines(name: &str) -> Mistake {
    warning(
        "secret-several-lines",
        Words::both(
            format!("Le secret {name} tient sur plusieurs lignes."),
            format!("The secret {name} takes several lines."),
        ),
        Words::both(
            format!("Un mot de passe tient sur une seule : tapez de nouveau : taskctl secret set {name}"),
            format!("A password takes only one: type again: taskctl secret set {name}"),
        ),
    )
}

pub(super) fn secret_folder_open(folder: &Path) -> Mistake {
    let folder = folder.display();
    warning(
        "secret-folder-writable",
        Words::both(
            format!("D'autres comptes peuvent écrire dans le dossier de secrets {folder}."),
            format!("Other accounts can write in the folder of secrets {folder}."),
        ),
        Words::both(format!("Tapez : chmod 700 '{folder}'"), format!("Type: chmod 700 '{folder}'")),
    )
}

// Folders

pub(super) fn folder_read_only(path: &Path) -> Mistake {
    warning(
        "folder-read-only",
        Words::both(
            format!("Le dossier surveillé {} est monté en lecture seule.", path.display()),
            format!("The watched folder {} is mounted read-only.", path.display()),
        ),
        Words::both(
            "Remontez le partage en lecture et écriture (option rw), ou surveillez un autre dossier.",
            "Mount the share again for reading and writing (option rw), or watch another folder.",
        ),
    )
}

pub(super) fn folder_sticky(path: &Path) -> Mistake {
    let path = path.display();
    warning(
        "folder-sticky",
        Words::both(
            format!("Dans {path}, chacun ne peut renommer que ses propres fichiers (droit « t »)."),
            format!("In {path}, everybody can rename their own files only (the “t” bit)."),
        ),
        Words::both(
            format!("Tapez : chmod -t '{path}'\nOu donnez ce dossier au compte de taskctl : chown taskctl '{path}'"),
            format!("Type: chmod -t '{path}'\nOr give this folder to taskctl's account: chown taskctl '{path}'"),
        ),
    )
}

pub(super) fn claims_elsewhere(path: &Path) -> Mistake {
    let path = path.display();
    error(
        "claims-elsewhere",
        Words::both(
            format!("{path} n'est pas sur le même volume que le dossier surveillé."),
            format!("{path} is not on the same volume as the watched folder."),
        ),
        Words::both(
            format!("Démontez-le ou retirez ce lien ('{path}') : taskctl refait ce dossier de lui-même, à sa place."),
            format!(
                "Unmount it or remove this link ('{path}'): taskctl makes this folder again by itself, in its place."
            ),
        ),
    )
}

pub(super) fn data_on_network(path: &Path, kind: &str) -> Mistake {
    error(
        "data-dir-on-network",
        Words::both(
            format!("Le dossier data_dir ({}) est sur un volume réseau ({kind}).", path.display()),
            format!("The folder data_dir ({}) is on a network volume ({kind}).", path.display()),
        ),
        Words::both(
            "Écrivez un dossier d'un disque de cette machine, par exemple : data_dir = '/var/lib/taskctl'",
            "Write a folder on a disk of this machine, for example: data_dir = '/var/lib/taskctl'",
        ),
    )
}

pub(super) fn other_volume(folders: usize) -> Mistake {
    note(
        "inbox-on-another-volume",
        Words::both(
            format!("Dossier(s) surveillé(s) sur un autre volume que data_dir : {folders}."),
            format!("Watched folder(s) on another volume than data_dir: {folders}."),
        ),
        Words::both(
            "Rien à corriger. Mettre data_dir sur le même volume éviterait une copie par fichier.",
            "Nothing to correct. With data_dir on the same volume, each file would be spared a copy.",
        ),
    )
}

pub(super) fn space_low(key: &str, path: &Path, left: u64, advised: u64) -> Mistake {
    let (path, left, advised) = (path.display(), megabytes(left), megabytes(advised));
    warning(
        "space-low",
        Words::both(
            format!("Il reste {} sur le volume de {path} (« {key} »).", left.fr),
            format!("{} are left on the volume of {path} (“{key}”).", left.en),
        ),
        Words::both(
            format!("Libérez de la place : gardez au moins {}.", advised.fr),
            format!("Free some space: keep at least {}.", advised.en),
        ),
    )
}

pub(super) fn space_gone(key: &str, path: &Path, left: u64, needed: u64) -> Mistake {
    let (path, left, needed) = (path.display(), megabytes(left), megabytes(needed));
    error(
        "space-gone",
        Words::both(
            format!(
                "Il ne reste que {} sur le volume de {path} (« {key} ») : un fichier peut en demander {}.",
                left.fr, needed.fr
            ),
            format!("Only {} are left on the volume of {path} (“{key}”): a file can ask for {}.", left.en, needed.en),
        ),
        Words::both(
            "Libérez de la place avant de lancer la station.",
            "Free some space before the station is started.",
        ),
    )
}

pub(super) fn clock_wrong(year: i16) -> Mistake {
    error(
        "clock-wrong",
        Words::both(
            format!("L'horloge de cette machine dit être en {year}."),
            format!("The clock of this machine says that it is {year}."),
        ),
        Words::both(
            "Mettez la machine à l'heure, et gardez-la à l'heure (service NTP : timedatectl set-ntp true).",
            "Set the machine's clock right, and keep it right (NTP service: timedatectl set-ntp true).",
        ),
    )
}
