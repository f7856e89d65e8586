//! What can be wrong in a configuration, said in French: one constructor a mistake, none ever given a secret.

use std::path::Path;
use std::time::Duration;

use super::report::Severity;
use crate::catalogue::system::french;

/// A mistake, not yet placed.
#[derive(Clone, Debug)]
pub(super) struct Mistake {
    pub(super) severity: Severity,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) help: String,
}

pub(super) fn error(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Mistake {
    Mistake { severity: Severity::Error, code, message: message.into(), help: help.into() }
}

pub(super) fn warning(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Mistake {
    Mistake { severity: Severity::Warning, ..error(code, message, help) }
}

/// «` — vouliez-vous dire « x » ?`», or nothing.
fn perhaps(near: Option<&str>) -> String {
    near.map(|near| format!(" — vouliez-vous dire « {near} » ?")).unwrap_or_default()
}

fn section(name: &str) -> String {
    if name.is_empty() { "ce fichier, hors de toute section".to_owned() } else { format!("[{name}]") }
}

// TOML itself

pub(super) fn toml_syntax(words: &str) -> Mistake {
    error(
        "toml-syntax",
        format!("Ligne illisible : {words}."),
        "Écrivez par exemple : clé = \"texte\", clé = 12, clé = true ; un commentaire commence par #.",
    )
}

pub(super) fn duplicate_key() -> Mistake {
    error(
        "duplicate-key",
        "Cette clé ou cette section est déjà donnée plus haut dans le fichier.",
        "Gardez-en une seule, ou donnez un autre nom à celle-ci.",
    )
}

pub(super) fn backslash_in_quotes() -> Mistake {
    error(
        "backslash-in-quotes",
        "Entre guillemets, la barre « \\ » a un sens spécial.",
        "Écrivez les chemins entre apostrophes : 'c:\\transfert\\mand\\*'",
    )
}

pub(super) fn unreadable(path: &Path, why: &str) -> Mistake {
    error(
        "file-unreadable",
        format!("Le fichier {} ne peut pas être lu : {}.", path.display(), french(&why)),
        "Vérifiez qu'il existe et que le compte de taskctl a le droit de le lire.",
    )
}

pub(super) fn not_utf8(path: &Path, line: usize) -> Mistake {
    error(
        "file-not-utf8",
        format!("Le fichier {} n'est pas en UTF-8 (ligne {line}).", path.display()),
        "Ouvrez-le dans votre éditeur et choisissez « Enregistrer sous… », codage UTF-8.",
    )
}

// Keys and types

pub(super) fn unknown_key(key: &str, table: &str, near: Option<&str>, known: &[&str]) -> Mistake {
    let help = near.map_or_else(
        || format!("Clés possibles ici : {}.", known.join(", ")),
        |near| format!("Écrivez « {near} », ou retirez cette ligne."),
    );
    error("unknown-key", format!("La clé « {key} » n'existe pas dans {}{}", section(table), end(&perhaps(near))), help)
}

fn end(text: &str) -> String {
    if text.is_empty() { ".".to_owned() } else { text.to_owned() }
}

pub(super) fn misplaced_key(key: &str, table: &str, instead: &str) -> Mistake {
    error(
        "misplaced-key",
        format!("La clé « {key} » n'est pas à sa place dans {}.", section(table)),
        format!("Écrivez-la dans la section [{instead}]."),
    )
}

pub(super) fn missing_key(key: &str, table: &str, example: &str) -> Mistake {
    error(
        "missing-key",
        format!("Il manque « {key} » dans {}.", section(table)),
        format!("Ajoutez par exemple : {key} = {example}"),
    )
}

pub(super) fn not_a_table(key: &str, name: &str) -> Mistake {
    error(
        "not-a-section",
        format!("« {key} » doit être une section, pas une valeur."),
        format!("Ouvrez une section par son en-tête, seul sur sa ligne : [{name}]"),
    )
}

pub(super) fn wrong_type(key: &str, expected: &str, example: &str) -> Mistake {
    error("wrong-type", format!("« {key} » attend {expected}."), format!("Écrivez par exemple : {key} = {example}"))
}

pub(super) fn placeholder(key: &str, example: &str) -> Mistake {
    error(
        "to-fill-in",
        format!("« {key} » est à compléter."),
        format!("Écrivez la valeur qui vous a été donnée, par exemple : {key} = {example}"),
    )
}

pub(super) fn empty_text(key: &str, example: &str) -> Mistake {
    error("empty-text", format!("« {key} » est vide."), format!("Écrivez par exemple : {key} = {example}"))
}

pub(super) fn not_a_choice(key: &str, given: &str, near: Option<&str>, words: &[&str]) -> Mistake {
    let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    error(
        "unknown-choice",
        format!("« {given} » n'est pas possible pour « {key} »{}", end(&perhaps(near))),
        format!("Écrivez l'un de : {}.", words.join(", ")),
    )
}

pub(super) fn not_a_duration(key: &str, given: &str, near: Option<&str>, example: &str) -> Mistake {
    let proposed = near.map_or_else(|| example.to_owned(), |near| format!("\"{near}\""));
    error(
        "wrong-duration",
        format!("« {given} » n'est pas une durée."),
        format!(
            "Écrivez : {key} = {proposed}\nUnités : ms, s (secondes), min (minutes), h (heures), d (jours) ; « 1h30min » est possible."
        ),
    )
}

pub(super) fn duration_too_long(key: &str) -> Mistake {
    error(
        "duration-too-long",
        format!("La durée de « {key} » dépasse cent ans."),
        "Écrivez une durée plus courte, par exemple \"400d\".",
    )
}

pub(super) fn duration_zero(key: &str, example: &str) -> Mistake {
    error(
        "duration-zero",
        format!("« {key} » ne peut pas être nul."),
        format!("Écrivez par exemple : {key} = {example}"),
    )
}

pub(super) fn quiet_short() -> Mistake {
    warning(
        "quiet-short",
        "Une période de calme de moins d'une seconde risque de prendre un fichier encore en cours d'écriture.",
        "Écrivez par exemple : quiet = \"10s\"",
    )
}

pub(super) fn number_out_of_range(key: &str, low: i64, high: i64) -> Mistake {
    error(
        "number-out-of-range",
        format!("« {key} » doit être compris entre {low} et {high}."),
        format!("Écrivez par exemple : {key} = {low}"),
    )
}

pub(super) fn bad_url(key: &str, example: &str) -> Mistake {
    error(
        "wrong-url",
        format!("« {key} » n'est pas une adresse http ou https."),
        format!("Écrivez par exemple : {key} = {example}"),
    )
}

pub(super) fn bad_timezone(given: &str, near: Option<&str>) -> Mistake {
    error(
        "unknown-timezone",
        format!("Le fuseau horaire « {given} » n'existe pas{}", end(&perhaps(near))),
        format!(
            "Écrivez : timezone = \"{}\"\nOutre-mer : America/Martinique, America/Guadeloupe, America/Cayenne, Indian/Reunion, Indian/Mayotte, Pacific/Noumea…",
            near.unwrap_or("Europe/Paris")
        ),
    )
}

// Paths

pub(super) fn not_a_path(key: &str) -> Mistake {
    error(
        "wrong-path",
        format!("« {key} » n'est pas un chemin : il est vide ou contient une tabulation ou un caractère invisible."),
        "Écrivez les chemins entre apostrophes, où « \\ » reste « \\ » : 'c:\\transfert\\mand\\*'",
    )
}

pub(super) fn dos_path(key: &str, instead: &str, map: Option<&str>) -> Mistake {
    let whole =
        map.map(|map| format!("\nTous d'un coup, en reprenant l'ancien poste : taskctl import … --map '{map}'"));
    error(
        "dos-path",
        format!("« {key} » est un chemin Windows, et cette machine n'est pas sous Windows."),
        format!(
            "Écrivez-le comme cette machine le voit, par exemple : {key} = '{instead}'{}",
            whole.unwrap_or_default()
        ),
    )
}

pub(super) fn unc_path(key: &str, instead: &str) -> Mistake {
    error(
        "unc-path",
        format!("« {key} » est un partage Windows, et cette machine n'est pas sous Windows."),
        format!("Montez le partage (mount -t cifs …), puis écrivez par exemple : {key} = '{instead}'"),
    )
}

pub(super) fn wildcard_in_folder(key: &str) -> Mistake {
    error(
        "wildcard-in-folder",
        "Les jokers * et ? ne sont possibles que dans le nom du fichier, pas dans le dossier.",
        format!("Écrivez par exemple : {key} = '/srv/transfert/mand/*', et recursive = true pour les sous-dossiers."),
    )
}

// Secrets

pub(super) fn secret_in_clear(key: &str, name: &str) -> Mistake {
    error(
        "secret-in-clear",
        format!("« {key} » est écrit en clair."),
        format!(
            "Retirez cette ligne, puis tapez : taskctl secret set {name}\nLe secret ira dans un fichier que seul le compte de taskctl peut lire. Changez ce mot de passe s'il a pu être lu."
        ),
    )
}

pub(super) fn secret_malformed(key: &str, name: &str) -> Mistake {
    error(
        "wrong-secret",
        format!("« {key} » doit dire où se trouve le secret."),
        format!("Écrivez : {key} = {{ file = \"secrets/{name}\" }} ou {key} = {{ env = \"NOM_DE_VARIABLE\" }}"),
    )
}

pub(super) fn password_in_url(key: &str, name: &str) -> Mistake {
    error(
        "password-in-url",
        format!("L'adresse de « {key} » contient un mot de passe."),
        format!("Retirez « utilisateur:motdepasse@ » de l'adresse, puis tapez : taskctl secret set {name}"),
    )
}

pub(super) fn secret_missing(name: &str, path: &Path) -> Mistake {
    error(
        "secret-missing",
        format!("Le secret {name} n'existe pas encore ({}).", path.display()),
        format!("Tapez : taskctl secret set {name}"),
    )
}

pub(super) fn secret_unreadable(name: &str, path: &Path, why: &str) -> Mistake {
    error(
        "secret-unreadable",
        format!("Le secret {name} ne peut pas être lu ({}) : {}.", path.display(), french(&why)),
        format!(
            "Lancez taskctl avec le compte qui possède ce fichier, ou tapez de nouveau : taskctl secret set {name}"
        ),
    )
}

pub(super) fn secret_open_to_others(path: &Path, mode: u32) -> Mistake {
    error(
        "secret-readable-by-others",
        format!("D'autres comptes peuvent lire le secret {} (droits {mode:03o}).", path.display()),
        format!("Tapez : chmod 600 '{}'", path.display()),
    )
}

pub(super) fn secret_empty(name: &str, from: &str) -> Mistake {
    error("secret-empty", format!("Le secret {name} est vide ({from})."), format!("Tapez : taskctl secret set {name}"))
}

pub(super) fn secret_env_missing(name: &str, variable: &str) -> Mistake {
    error(
        "secret-variable-missing",
        format!("La variable d'environnement {variable}, qui doit donner le secret {name}, n'est pas définie."),
        format!("Définissez-la pour le service, ou retirez {{ env = … }} et tapez : taskctl secret set {name}"),
    )
}

// Profiles and scenarios

pub(super) fn bad_name(name: &str) -> Mistake {
    error(
        "wrong-name",
        format!("« {name} » ne peut pas être un nom : il sert aussi à nommer des dossiers."),
        "Utilisez des lettres, des chiffres, des espaces, - et _ (60 caractères au plus).",
    )
}

pub(super) fn same_name(name: &str, other: &str) -> Mistake {
    error(
        "duplicate-name",
        format!(
            "« {name} » existe déjà{}.",
            if name == other { String::new() } else { format!(", écrit « {other} »") }
        ),
        "Donnez un autre nom à l'un des deux : majuscules et minuscules ne suffisent pas à les distinguer.",
    )
}

pub(super) fn unknown_channel(given: &str, near: Option<&str>, kinds: &[&str]) -> Mistake {
    error(
        "unknown-channel",
        format!("Le canal « {given} » n'existe pas{}", end(&perhaps(near))),
        format!("Canaux possibles : {}.", kinds.join(", ")),
    )
}

pub(super) fn no_channel_section(profile: &str, kind: &str) -> Mistake {
    error(
        "profile-without-channel",
        format!("Le profil {profile} n'a aucun canal."),
        format!("Ajoutez une section, par exemple : [profiles.{profile}.{kind}]"),
    )
}

pub(super) fn unknown_profile(given: &str, near: Option<&str>, known: &[String]) -> Mistake {
    let help = if known.is_empty() {
        format!("Ajoutez une section [profiles.{given}.CANAL].")
    } else {
        format!("Profils connus : {}. Ou ajoutez une section [profiles.{given}.CANAL].", known.join(", "))
    };
    error("unknown-profile", format!("Le profil « {given} » n'existe pas{}", end(&perhaps(near))), help)
}

pub(super) fn profile_lacks_channel(profile: &str, kind: &str) -> Mistake {
    error(
        "profile-lacks-channel",
        format!("Le profil {profile} ne connaît pas le canal {kind}."),
        format!("Ajoutez la section [profiles.{profile}.{kind}], ou changez de canal ou de profil."),
    )
}

pub(super) fn channel_cannot_send(kind: &str) -> Mistake {
    error(
        "channel-cannot-send",
        format!("Le canal {kind} ne sait pas envoyer de fichiers."),
        "Choisissez un autre canal pour ce scénario.",
    )
}

pub(super) fn plain_http(key: &str) -> Mistake {
    error(
        "plain-http",
        format!("« {key} » est en http : mots de passe et fichiers passeraient en clair."),
        "Écrivez https://…\nSi un tunnel (VPN) que quelqu'un d'autre établit protège cette adresse, ajoutez dans la même section : tunnel = \"external\"",
    )
}

pub(super) fn unknown_tunnel() -> Mistake {
    error(
        "unknown-tunnel",
        "Seul un tunnel établi par quelqu'un d'autre peut être nommé.",
        "Écrivez : tunnel = \"external\"",
    )
}

pub(super) fn bad_done_file() -> Mistake {
    error(
        "wrong-done-file",
        "« done_file » est la fin du nom du fichier témoin.",
        "Écrivez par exemple : ready = { done_file = \".done\" }",
    )
}

pub(super) fn bad_ready() -> Mistake {
    error(
        "wrong-ready",
        "« ready » dit comment savoir qu'un fichier est complet.",
        "Écrivez l'un de : ready = \"quiet\", ready = \"renamed\", ready = { done_file = \".done\" }, ready = { minimum_age = \"10min\" }",
    )
}

pub(super) fn unknown_variable(variable: &str, near: Option<&str>, known: &[&str]) -> Mistake {
    let known: Vec<String> = known.iter().map(|known| format!("[{known}]")).collect();
    error(
        "naming-unknown-variable",
        format!("« [{variable}] » n'est pas une variable de nom{}", end(&perhaps(near))),
        format!("Variables possibles : {}.", known.join(" ")),
    )
}

pub(super) fn unclosed_bracket() -> Mistake {
    error(
        "naming-unclosed-bracket",
        "Une variable de nom n'est pas fermée : il manque « ] ».",
        "Écrivez par exemple : pattern = \"[nom]_[annee][mois][jour]\"",
    )
}

pub(super) fn searches_unused() -> Mistake {
    warning(
        "searches-unused",
        "« searches » ne sert à rien : le modèle de nom ne contient pas [recherche].",
        "Ajoutez [recherche] dans pattern, ou retirez searches.",
    )
}

// Schedules

pub(super) fn bad_hour(given: &str, near: Option<&str>) -> Mistake {
    error(
        "wrong-hour",
        format!("« {given} » n'est pas une heure{}", end(&perhaps(near))),
        format!("Écrivez deux chiffres, deux points, deux chiffres : at = [\"{}\"]", near.unwrap_or("12:00")),
    )
}

/// What the five fields are.
const CRON: &str = "Cinq champs : minute, heure, jour du mois, mois, jour de la semaine. Toutes les deux heures, du lundi au vendredi : cron = \"0 */2 * * 1-5\"";

pub(super) fn cron_fields(count: usize) -> Mistake {
    error("cron-fields", format!("Une expression cron a cinq champs ; celle-ci en a {count}."), CRON)
}

pub(super) fn cron_seconds(given: &str) -> Mistake {
    let without: Vec<&str> = given.split_ascii_whitespace().skip(1).collect();
    error(
        "cron-fields",
        "Une expression cron a cinq champs ; celle-ci en a six : le premier serait celui des secondes, qui n'existe pas ici.",
        format!("Écrivez par exemple : cron = \"{}\"\n{CRON}", without.join(" ")),
    )
}

pub(super) fn cron_field(given: &str, what: &str, possible: &str) -> Mistake {
    error("cron-field", format!("« {given} » n'est pas possible pour {what} : {possible}."), CRON)
}

pub(super) fn bad_cron(words: &str) -> Mistake {
    error("wrong-cron", format!("Cette expression cron ne peut pas être lue : {words}"), CRON)
}

pub(super) fn cron_never(given: &str) -> Mistake {
    error(
        "cron-never",
        format!("« {given} » ne désigne aucun instant : ce jour n'existe dans aucun mois demandé."),
        "Corrigez le jour (3e champ) ou le mois (4e champ) ; le dernier jour du mois s'écrit L : cron = \"0 12 L * *\"",
    )
}

pub(super) fn schedule_too_often(kind: &str, gap: Duration, least: Duration) -> Mistake {
    let (gap, least) = (gap.as_secs(), least.as_secs());
    warning(
        "schedule-too-often",
        format!(
            "Ces horaires demandent une collecte toutes les {gap} s ; le canal {kind} laisse au moins {least} s entre deux réceptions."
        ),
        "Espacez les horaires, par exemple toutes les heures : cron = \"0 * * * *\"",
    )
}

pub(super) fn schedule_useless(profile: &str) -> Mistake {
    warning(
        "schedule-useless",
        format!("Aucun canal du profil {profile} ne reçoit de fichiers : ces horaires ne servent à rien."),
        "Retirez at et cron, ou ajoutez au profil un canal qui reçoit.",
    )
}

pub(super) fn field_refused(kind: &str, field: &str, code: &'static str, help: &str) -> Mistake {
    error(code, format!("Le canal {kind} ne peut pas utiliser « {field} »."), help)
}

pub(super) fn station_elsewhere() -> Mistake {
    error(
        "station-elsewhere",
        "La section [station] n'est possible que dans le fichier principal.",
        "Déplacez-la dans taskctl.toml ; scenarios.d ne contient que des profils et des scénarios.",
    )
}

// Lint

pub(super) fn no_scenario() -> Mistake {
    warning(
        "no-scenario",
        "Aucun scénario actif : rien ne sera envoyé.",
        "Ajoutez une section [scenarios.NOM], ou écrivez enabled = true.",
    )
}

pub(super) fn shadowed(name: &str, other: &str) -> Mistake {
    warning(
        "scenario-shadowed",
        format!("Tout fichier du scénario {name} correspond aussi au scénario {other}, dans le même dossier."),
        "Le premier scénario de la configuration prend le fichier : changez le filtre ou le dossier de l'un des deux.",
    )
}

pub(super) fn overlapping(name: &str, other: &str) -> Mistake {
    warning(
        "scenario-overlap",
        format!("Un même fichier peut correspondre aux scénarios {other} et {name}."),
        "Le premier scénario de la configuration prend le fichier : rendez leurs filtres distincts, par exemple 'MANDAT*' et 'TITRE*'.",
    )
}

pub(super) fn catches_own(name: &str, key: &str) -> Mistake {
    error(
        "copies-caught",
        format!("Le scénario {name} reprendrait les copies qu'il fait lui-même dans « {key} »."),
        "Choisissez un dossier hors du dossier surveillé.",
    )
}

pub(super) fn catches_other(name: &str, key: &str) -> Mistake {
    warning(
        "copies-watched",
        format!("Le scénario {name} enverra ce qui est copié dans ce dossier par « {key} »."),
        "Choisissez un autre dossier, sauf si c'est voulu.",
    )
}

pub(super) fn station_folder_watched(name: &str, key: &str) -> Mistake {
    error(
        "station-folder-watched",
        format!("Le scénario {name} surveille un dossier où la station écrit ({key})."),
        "Choisissez un dossier surveillé hors de ceux de la station, ou retirez recursive.",
    )
}

pub(super) fn folder_missing(path: &Path) -> Mistake {
    warning(
        "folder-missing",
        format!("Le dossier surveillé {} n'existe pas, ou son partage n'est pas monté.", path.display()),
        format!(
            "Créez-le (mkdir -p '{}') ou montez le partage ; la surveillance commencera d'elle-même.",
            path.display()
        ),
    )
}

pub(super) fn folder_not_writable(path: &Path, why: &str) -> Mistake {
    warning(
        "folder-not-writable",
        format!(
            "Dans le dossier surveillé {}, on ne peut pas renommer les fichiers pour les prendre ({}).",
            path.display(),
            french(&why)
        ),
        "Donnez au compte de taskctl le droit d'écrire dans ce dossier.",
    )
}

pub(super) fn watch_is_a_folder(key: &str, path: &Path) -> Mistake {
    warning(
        "watch-names-a-folder",
        format!("{} est un dossier : « {key} » attend dossier/filtre.", path.display()),
        format!("Écrivez : {key} = '{}/*'", path.display()),
    )
}

pub(super) fn folder_unusable(key: &str, path: &Path, why: &str) -> Mistake {
    error(
        "folder-unusable",
        format!("Le dossier {} (« {key} ») ne peut pas être utilisé : {}.", path.display(), french(&why)),
        "Créez-le, ou donnez au compte de taskctl le droit d'y écrire.",
    )
}
