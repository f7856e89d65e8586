//! `taskctl secret set`: a password goes from the keyboard to a file that only its owner may read.

use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use super::init::private_folder;
use crate::catalogue::system::french;
use crate::catalogue::{Language, Words};
use crate::config::{Configuration, SecretSource};

/// Longest secret taken, in bytes.
const LONGEST: u64 = 4096;

/// Why a secret was not stored.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// No profile needs a secret of that name.
    #[error("no profile needs a secret called {name}")]
    Unknown {
        /// The name given.
        name: String,
        /// The names that would be right.
        known: Vec<String>,
    },
    /// The configuration takes it from an environment variable.
    #[error("the configuration takes {name} from the environment variable {variable}")]
    FromEnvironment {
        /// The secret.
        name: String,
        /// The variable.
        variable: String,
    },
    /// Nothing was typed.
    #[error("an empty secret is refused")]
    Empty,
    /// More than one line, or an endless one.
    #[error("a secret is one line of at most 4096 bytes of text")]
    NotALine,
    /// It cannot be read or written.
    #[error("{} cannot be written: {error}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The keyboard cannot be read.
    #[error("the secret cannot be read: {0}")]
    Unreadable(io::Error),
}

impl SecretError {
    /// What the operator reads.
    #[must_use]
    pub fn in_words(&self, language: Language) -> String {
        let words = match self {
            Self::Unknown { name, known } if known.is_empty() => Words::both(
                format!(
                    "Aucun profil n'a besoin d'un secret « {name} » : la configuration n'a pas de profil.\nAjoutez d'abord une section [profiles.NOM.CANAL]."
                ),
                format!(
                    "No profile needs a secret “{name}”: the configuration has no profile.\nAdd a section [profiles.NAME.CHANNEL] first."
                ),
            ),
            Self::Unknown { name, known } => {
                let known = known.join(", ");
                Words::both(
                    format!("Aucun profil n'a besoin d'un secret « {name} ».\nSecrets connus : {known}"),
                    format!("No profile needs a secret “{name}”.\nKnown secrets: {known}"),
                )
            }
            Self::FromEnvironment { name, variable } => Words::both(
                format!(
                    "La configuration prend {name} dans la variable d'environnement {variable}.\nDéfinissez-la pour le service, ou retirez {{ env = … }} de la configuration."
                ),
                format!(
                    "The configuration takes {name} from the environment variable {variable}.\nSet it for the service, or remove {{ env = … }} from the configuration."
                ),
            ),
            Self::Empty => Words::both(
                "Rien n'a été tapé : le secret n'est pas changé.",
                "Nothing was typed: the secret is not changed.",
            ),
            Self::NotALine => Words::both(
                "Un secret tient sur une seule ligne de texte (4096 octets au plus) : il n'est pas changé.",
                "A secret is one line of text (at most 4096 bytes): it is not changed.",
            ),
            Self::Unwritable { path, error } => Words::both(
                format!(
                    "{} ne peut pas être écrit : {}.\nLancez la commande avec le compte du service.",
                    path.display(),
                    french(error)
                ),
                format!("{} cannot be written: {error}.\nRun the command with the service's account.", path.display()),
            ),
            Self::Unreadable(error) => Words::both(
                format!("Le secret ne peut pas être lu : {}.", french(error)),
                format!("The secret cannot be read: {error}."),
            ),
        };
        words.said(language).to_owned()
    }
}

/// The file that holds the secret `name`. The configuration may have other mistakes: a password can be stored before the rest is right.
///
/// # Errors
///
/// [`SecretError::Unknown`] or [`SecretError::FromEnvironment`].
pub fn file_of(name: &str, configuration: &Configuration) -> Result<PathBuf, SecretError> {
    let mut requests = configuration.profiles.iter().flat_map(|entry| &entry.secrets);
    match requests.clone().find(|request| request.name == name).map(|request| &request.source) {
        Some(SecretSource::File(path)) => Ok(path.clone()),
        Some(SecretSource::Env(variable)) => {
            Err(SecretError::FromEnvironment { name: name.to_owned(), variable: variable.clone() })
        }
        None => Err(SecretError::Unknown {
            name: name.to_owned(),
            known: requests.by_ref().map(|request| request.name.clone()).collect(),
        }),
    }
}

/// Asks for a secret without showing it, or reads the standard input when nobody is there to ask.
///
/// # Errors
///
/// [`SecretError::Empty`], [`SecretError::NotALine`], [`SecretError::Unreadable`].
pub fn ask(name: &str, language: Language) -> Result<SecretString, SecretError> {
    let typed = if io::stdin().is_terminal() {
        let prompt = language
            .pick(format!("Secret {name} (rien ne s'affiche) : "), format!("Secret {name} (nothing is shown): "));
        rpassword::prompt_password(prompt).map_err(SecretError::Unreadable)?
    } else {
        let mut bytes = Vec::new();
        io::stdin().lock().take(LONGEST + 2).read_to_end(&mut bytes).map_err(SecretError::Unreadable)?;
        String::from_utf8(bytes).map_err(|_| SecretError::NotALine)?
    };
    one_line(&typed)
}

fn one_line(typed: &str) -> Result<SecretString, SecretError> {
    let secret = typed.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        return Err(SecretError::Empty);
    }
    if secret.contains(['\r', '\n', '\0']) || secret.len() as u64 > LONGEST {
        return Err(SecretError::NotALine);
    }
    Ok(SecretString::from(secret))
}

/// Stores a secret: written beside, for its owner only, then put in place at once; a crash leaves the old one or the new one.
///
/// # Errors
///
/// [`SecretError::Empty`], [`SecretError::NotALine`], [`SecretError::Unwritable`].
pub fn store(path: &Path, secret: &str) -> Result<(), SecretError> {
    let secret = one_line(secret)?;
    let unwritable = |error| SecretError::Unwritable { path: path.to_path_buf(), error };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    private_folder(folder).map_err(unwritable)?;
    // A temporary file is created with mode 0600 and keeps it.
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(unwritable)?;
    file.write_all(secret.expose_secret().as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(unwritable)?;
    file.persist(path).map_err(|error| unwritable(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config;
    use crate::testing::{CHANNELS, untranslated};

    const PROFILE: &str =
        "[profiles.VILLE.xfb]\nbase_url = \"https://a\"\nuser = \"u\"\nportal_password = { env = \"MDP\" }\n";

    fn station(text: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("taskctl.toml");
        fs::write(&path, text).unwrap();
        (dir, path)
    }

    fn file_of(name: &str, config: &Path) -> Result<PathBuf, SecretError> {
        super::file_of(name, &config::understand(config, CHANNELS).0)
    }

    #[test]
    fn a_secret_is_stored_where_the_configuration_looks_for_it() {
        let (dir, config) = station(PROFILE);
        let path = file_of("VILLE.xfb", &config).unwrap();
        assert_eq!(path, dir.path().join("secrets/VILLE.xfb"));
        let (_other, config) = station(&format!("{PROFILE}password = {{ file = \"/etc/mdp\" }}"));
        assert_eq!(file_of("VILLE.xfb", &config).unwrap(), Path::new("/etc/mdp"));
    }

    #[test]
    fn unknown_names_are_refused_with_the_known_ones() {
        let (_dir, config) = station(PROFILE);
        let error = file_of("VILE.xfb", &config).unwrap_err();
        assert!(
            error.in_words(Language::Fr).contains("Secrets connus : VILLE.xfb, VILLE.xfb.portal_password"),
            "{error}"
        );
        assert!(matches!(file_of("VILLE.xfb.portal_password", &config), Err(SecretError::FromEnvironment { .. })));
    }

    #[test]
    fn every_refusal_speaks_both_languages() {
        let (path, error) = (PathBuf::from("/srv/secret"), || io::Error::other("no"));
        let known = |known: &[&str]| known.iter().map(|name| (*name).to_owned()).collect();
        for refusal in [
            SecretError::Unknown { name: "VILE.xfb".to_owned(), known: known(&[]) },
            SecretError::Unknown { name: "VILE.xfb".to_owned(), known: known(&["VILLE.xfb"]) },
            SecretError::FromEnvironment { name: "VILLE.xfb".to_owned(), variable: "MDP".to_owned() },
            SecretError::Empty,
            SecretError::NotALine,
            SecretError::Unwritable { path, error: error() },
            SecretError::Unreadable(error()),
        ] {
            let words = Words::both(refusal.in_words(Language::Fr), refusal.in_words(Language::En));
            assert_eq!(untranslated(&words), None, "{refusal:?}");
        }
    }

    #[test]
    fn empty_and_many_lines_are_refused_and_change_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secrets/VILLE.xfb");
        store(&path, "first\r\n").unwrap();
        assert!(matches!(store(&path, "\n"), Err(SecretError::Empty)));
        assert!(matches!(store(&path, "a\nb"), Err(SecretError::NotALine)));
        assert!(matches!(store(&path, &"a".repeat(5000)), Err(SecretError::NotALine)));
        assert_eq!(fs::read_to_string(&path).unwrap(), "first");
        assert_eq!(fs::read_dir(dir.path().join("secrets")).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_it_and_a_file_open_to_others_is_told() {
        use std::os::unix::fs::PermissionsExt as _;
        let (dir, config) = station(PROFILE);
        let path = dir.path().join("secrets/VILLE.xfb");
        store(&path, "Canari42").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(dir.path().join("secrets")).unwrap().permissions().mode() & 0o777, 0o700);
        for mode in [0o640, 0o604] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let report = config::load(&config, CHANNELS).unwrap_err().to_string();
            assert!(
                report.contains("secret-readable-by-others")
                    && report.contains("chmod 600")
                    && !report.contains("Canari42"),
                "{report}"
            );
        }
    }

    #[test]
    fn a_new_secret_has_a_new_version() {
        let (dir, config) = station(&PROFILE.replace("portal_password = { env = \"MDP\" }\n", ""));
        let path = dir.path().join("secrets/VILLE.xfb");
        let version = || config::load(&config, CHANNELS).unwrap().profiles[0].secret_version.clone();
        store(&path, "one").unwrap();
        let (first, again) = (version(), version());
        store(&path, "two").unwrap();
        assert_eq!(first, again);
        assert_ne!(first, version());
    }
}
