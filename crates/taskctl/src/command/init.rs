//! `taskctl init`: a commented configuration and its folders, written once and never over anything.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use scheduler_core::partner::{Channel, Field, FieldKind};

use crate::catalogue::system::french;
use crate::config::PLACEHOLDER;

/// The folders made beside the configuration.
const FOLDERS: [&str; 5] = ["scenarios.d", "traces", "recus", "transfert/mandats", "sauvegarde"];

/// Folders that only this account may enter: passwords, and what waits to be sent.
const PRIVATE: [&str; 2] = ["secrets", "data"];

/// Why nothing, or not everything, was written.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// A configuration is already there.
    #[error("{} already exists", .0.display())]
    Exists(PathBuf),
    /// A file or folder cannot be written.
    #[error("{} cannot be written: {error}", path.display())]
    Unwritable {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl InitError {
    /// What the operator reads.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::Exists(path) => format!(
                "{} existe déjà : rien n'a été changé.\nPour repartir de zéro, renommez-le d'abord.",
                path.display()
            ),
            Self::Unwritable { path, error } => format!(
                "{} ne peut pas être écrit : {}.\nVérifiez les droits, ou choisissez un autre dossier : taskctl init DOSSIER",
                path.display(),
                french(error)
            ),
        }
    }
}

/// Prepares `dir`; the configuration's path. The folders of secrets and data are for their owner only.
///
/// # Errors
///
/// [`InitError::Exists`] before anything is written when there is a configuration; [`InitError::Unwritable`] otherwise.
pub fn init(dir: &Path, channels: &[&dyn Channel]) -> Result<PathBuf, InitError> {
    let config = dir.join("taskctl.toml");
    if config.symlink_metadata().is_ok() {
        return Err(InitError::Exists(config));
    }
    for folder in FOLDERS.map(|folder| dir.join(folder)) {
        fs::create_dir_all(&folder).map_err(|error| InitError::Unwritable { path: folder, error })?;
    }
    for folder in PRIVATE.map(|folder| dir.join(folder)) {
        private_folder(&folder).map_err(|error| InitError::Unwritable { path: folder, error })?;
    }
    match write_new(&config, &template(channels)) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(InitError::Exists(config)),
        Err(error) => Err(InitError::Unwritable { path: config, error }),
        Ok(()) => Ok(config),
    }
}

/// What the operator reads once it is done.
#[must_use]
pub fn next_steps(config: &Path, channels: &[&dyn Channel]) -> String {
    let lane = channels.first().map_or_else(String::new, |channel| format!("VILLE.{}", channel.kind()));
    let option =
        if config == Path::new("./taskctl.toml") { String::new() } else { format!(" --config {}", config.display()) };
    format!(
        "Écrit : {}\n\nEnsuite :\n  1. ouvrez ce fichier et remplacez chaque « {PLACEHOLDER} »\n  2. taskctl secret set {lane}{option}\n  3. taskctl check{option}\n  4. taskctl run{option}\n",
        config.display()
    )
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// A folder that only its owner may enter.
pub(super) fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

/// The commented configuration, with a profile and a scenario of the first channel.
#[must_use]
pub fn template(channels: &[&dyn Channel]) -> String {
    let mut text = STATION.to_owned();
    for (index, channel) in channels.iter().filter(|channel| channel.capabilities().send).enumerate() {
        text.push_str(&profile(*channel, index == 0));
        text.push_str(&scenario(*channel, index == 0));
    }
    text
}

const STATION: &str = r##"# Configuration de taskctl. Une ligne qui commence par « # » est un commentaire.
# Les textes sont entre guillemets ; les chemins Windows entre apostrophes : 'c:\transfert\mand\*'
# Les chemins relatifs partent du dossier de ce fichier. Après chaque changement : taskctl check
# D'autres profils et scénarios peuvent être rangés dans scenarios.d/*.toml.

[station]
name = "Mairie"
language = "fr"                 # fr ou en
timezone = "Europe/Paris"       # America/Martinique, Indian/Reunion…
data_dir = "data"               # journal et fichiers en attente : sur un disque de cette machine, jamais un partage
trace_dir = "traces"            # last.log et AAAAMMJJ.log
returns_dir = "recus"           # les fichiers reçus, un sous-dossier par profil
# rescan = "30s"                # temps entre deux passages dans les dossiers surveillés
# quiet = "10s"                 # un fichier doit rester inchangé ce temps-là avant d'être pris
# retry_first = "1min"          # attente après un premier échec, doublée ensuite…
# retry_max = "1h"              # … sans dépasser celle-ci
# four_eyes = true              # deux comptes pour trancher, libérer ou renvoyer un envoi
# first_numrec = 1              # premier numéro de [numrec], si un autre logiciel en a déjà donné
"##;

fn profile(channel: &dyn Channel, active: bool) -> String {
    let kind = channel.kind();
    let mark = if active { "" } else { "# " };
    let pace = channel.capabilities();
    let mut text = format!(
        "\n# ---- {}\n# Un profil par collectivité ou par budget.\n{mark}[profiles.VILLE.{kind}]\n",
        channel.summary()
    );
    let mut secrets = 0;
    for field in channel.profile_fields() {
        if field.kind == FieldKind::Secret {
            let name = if secrets == 0 { format!("VILLE.{kind}") } else { format!("VILLE.{kind}.{}", field.name) };
            secrets += 1;
            text.push_str(&format!("# {} : jamais écrit ici ; tapez : taskctl secret set {name}\n", field.help));
        } else {
            text.push_str(&line(field, mark));
        }
    }
    text.push_str(&format!(
        "# delay_up = \"{}s\"             # temps entre deux envois vers ce serveur, tous profils confondus\n# delay_down = \"{}s\"           # temps entre deux réceptions\n# contact = {{ name = \"Assistance\", address = \"01 02 03 04 05\" }}\n",
        pace.delay_up.as_secs(),
        pace.delay_down.as_secs()
    ));
    if channel.profile_fields().iter().all(|field| field.name != "tunnel") {
        text.push_str(TUNNEL);
    }
    // What the channels of one profile share is there once.
    if !active {
        return text;
    }
    text.push_str("\n[profiles.VILLE.retrieve]\nafter_send = true            # recevoir après chaque envoi ; false : jamais pour ce profil\n");
    text.push_str(HOURS);
    text + NAMING
}

const TUNNEL: &str =
    "# tunnel = \"external\"          # si un VPN établi par quelqu'un d'autre protège l'adresse (http permis)\n";

const HOURS: &str = r#"# at = ["12:00", "18:30"]      # recevoir aussi chaque jour à ces heures de la station
# cron = "0 */2 * * 1-5"       # ou selon une expression cron : minute, heure, jour, mois, jour de la semaine
"#;

const NAMING: &str = r#"
# [profiles.VILLE.naming]
# pattern = "[recherche]_[nom]_[annee][mois][jour]_[heure][min][sec]"
# searches = [{ text = "PES_ACQUIT", value = "ACQUIT" }]   # donne [recherche]
"#;

fn scenario(channel: &dyn Channel, active: bool) -> String {
    let mark = if active { "" } else { "# " };
    let (name, folder) = sample(channel.kind());
    let mut text = format!(
        "\n# Un scénario : quels fichiers, par où, vers qui.\n{mark}[scenarios.{name}]\n{mark}channel = \"{}\"\n{mark}profile = \"VILLE\"\n{mark}watch = 'transfert/{folder}/*'     # dossier surveillé, puis filtre ; * et ? sont des jokers\n{mark}backup = 'sauvegarde'           # une copie y est faite avant l'envoi\n{mark}if_exists = \"increment\"         # si elle existe déjà : increment, overwrite ou nothing\n",
        channel.kind()
    );
    for field in channel.scenario_fields() {
        text.push_str(&line(field, mark));
    }
    text + "# enabled = false             # pour l'arrêter\n# recursive = true            # sous-dossiers aussi\n# ready = \"renamed\"           # ou { done_file = \".done\" }, ou { minimum_age = \"10min\" }\n# sent_copy = 'envoyes'       # une seconde copie une fois reçu par le partenaire\n# duplicate_window = \"400d\"   # un contenu déjà envoyé est retenu ; \"0s\" pour ne pas regarder\n# ordered = true              # rien ne double un fichier qui attend\n"
}

/// The name and the folder of a channel's first scenario.
fn sample(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "aireppnet" => ("ETATCIVIL", "etatcivil"),
        "pecoto" => ("RECENSEMENT", "recensement"),
        _ => ("MANDATS", "mandats"),
    }
}

/// A field to be filled in when it is needed, proposed otherwise.
fn line(field: &Field, mark: &str) -> String {
    if field.required {
        format!("{mark}{} = \"{PLACEHOLDER}\"    # {}, par exemple {}\n", field.name, field.help, field.example)
    } else {
        format!("# {} = {}    # {}\n", field.name, field.example, field.help)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::testing::CHANNELS;

    fn codes(path: &Path) -> Vec<&'static str> {
        config::inspect(path, CHANNELS).1.problems().iter().map(|problem| problem.code).collect()
    }

    #[test]
    fn what_it_writes_passes_check_once_filled_in() {
        let dir = tempfile::tempdir().unwrap();
        let path = init(dir.path(), CHANNELS).unwrap();
        assert_eq!(codes(&path), ["secret-missing", "to-fill-in", "to-fill-in", "to-fill-in", "to-fill-in"]);
        let text = fs::read_to_string(&path).unwrap();
        let text = text.replacen(&format!("\"{PLACEHOLDER}\""), "\"https://gateway.partenaires\"", 1);
        fs::write(&path, text.replace(PLACEHOLDER, "X1")).unwrap();
        crate::command::secret::store(&dir.path().join("secrets/VILLE.xfb"), "Canari42").unwrap();
        assert_eq!(codes(&path), [""; 0]);
        let loaded = config::load(&path, CHANNELS).unwrap();
        assert_eq!(loaded.scenarios[0].folder, dir.path().join("transfert/mandats"));
        assert!(!format!("{loaded:?}").contains("Canari42"));
    }

    #[test]
    fn everything_it_proposes_in_comments_is_accepted() {
        for channels in [CHANNELS, partners::CHANNELS] {
            let dir = tempfile::tempdir().unwrap();
            let path = init(dir.path(), channels).unwrap();
            let text = fs::read_to_string(&path).unwrap();
            let proposed = |line: &&str| line.contains(" = ") || line.starts_with('[');
            let uncommented: Vec<&str> =
                text.lines().map(|line| line.strip_prefix("# ").filter(proposed).unwrap_or(line)).collect();
            fs::write(&path, uncommented.join("\n")).unwrap();
            let report = config::inspect(&path, channels).1;
            let expected = ["to-fill-in", "secret-missing"];
            let other: Vec<_> = report.problems().iter().filter(|found| !expected.contains(&found.code)).collect();
            assert!(other.is_empty(), "{other:?}");
        }
    }

    #[test]
    fn it_never_writes_over_anything() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("taskctl.toml"), "mine").unwrap();
        assert!(matches!(init(dir.path(), CHANNELS), Err(InitError::Exists(_))));
        assert_eq!(fs::read_to_string(dir.path().join("taskctl.toml")).unwrap(), "mine");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn the_folder_of_secrets_is_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        init(dir.path(), CHANNELS).unwrap();
        assert_eq!(fs::metadata(dir.path().join("secrets")).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn the_template_reads_well() {
        let text = template(partners::CHANNELS);
        insta::assert_snapshot!(text);
    }
}
