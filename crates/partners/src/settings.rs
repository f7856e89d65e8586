//! From the fields of a profile to the settings of a client: what every adapter reads alike. Every wrong field is named with what to write instead.

use std::path::Path;
use std::time::Duration;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use scheduler_core::partner::{FieldProblem, Help, Section};
use secrecy::SecretString;

/// Certificates of a PEM file.
pub(crate) type Certificates = Vec<CertificateDer<'static>>;

/// What a channel calls the mistakes of its fields; made by [`codes!`].
#[derive(Debug)]
pub(crate) struct Codes {
    /// The channel's kind.
    pub(crate) kind: &'static str,
    pub(crate) missing: &'static str,
    pub(crate) refused: &'static str,
    pub(crate) pem: &'static str,
    #[cfg(any(feature = "aireppnet", feature = "xfb"))]
    pub(crate) url: &'static str,
    #[cfg(any(feature = "aireppnet", feature = "xfb"))]
    pub(crate) plain: &'static str,
    #[cfg(any(feature = "aireppnet", feature = "xfb"))]
    pub(crate) unknown_key: &'static str,
}

/// The [`Codes`] of a kind of channel.
macro_rules! codes {
    ($kind:literal) => {
        $crate::settings::Codes {
            kind: $kind,
            missing: concat!($kind, "-field-missing"),
            refused: concat!($kind, "-field-refused"),
            pem: concat!($kind, "-bad-pem"),
            #[cfg(any(feature = "aireppnet", feature = "xfb"))]
            url: concat!($kind, "-url-refused"),
            #[cfg(any(feature = "aireppnet", feature = "xfb"))]
            plain: concat!($kind, "-plain-http"),
            #[cfg(any(feature = "aireppnet", feature = "xfb"))]
            unknown_key: concat!($kind, "-unknown-key"),
        }
    };
}
pub(crate) use codes;

/// What a client says of settings that it cannot use.
pub(crate) fn unfit(field: &'static str, code: &'static str, error: &dyn std::error::Error) -> FieldProblem {
    let fr = format!("La connexion ne peut pas être préparée avec ces réglages : {error}");
    let help = Help::new(fr, format!("The connection cannot be made ready with these settings: {error}"));
    FieldProblem { field, code, help }
}

/// Reads the fields of a section and gathers what is wrong with them.
pub(crate) struct Reader<'s> {
    pub(crate) section: &'s Section,
    pub(crate) problems: Vec<FieldProblem>,
    pub(crate) codes: &'static Codes,
}

impl<'s> Reader<'s> {
    pub(crate) fn new(section: &'s Section, codes: &'static Codes) -> Self {
        Self { section, problems: Vec::new(), codes }
    }

    /// The authorities to trust in place of the system's.
    pub(crate) fn authorities(&mut self) -> Option<Certificates> {
        self.section.path("ca").map(|path| self.certificates("ca", path))
    }

    /// What to show a server that asks who we are.
    pub(crate) fn client_certificate(&mut self) -> Option<(Certificates, PrivateKeyDer<'static>)> {
        let (certificate, key) = (self.section.path("client_certificate"), self.section.path("client_key"));
        let (certificate, key) = match (certificate, key) {
            (Some(certificate), Some(key)) => (certificate, key),
            (None, None) => return None,
            (Some(_), None) => {
                self.missing(
                    "client_key",
                    Help::new(
                        "Écrivez aussi où est la clé de ce certificat : client_key = 'mairie.key'",
                        "Write too where the key of this certificate is: client_key = 'mairie.key'",
                    ),
                );
                return None;
            }
            (None, Some(_)) => {
                let help = Help::new(
                    "Écrivez aussi où est le certificat de cette clé : client_certificate = 'mairie.pem'",
                    "Write too where the certificate of this key is: client_certificate = 'mairie.pem'",
                );
                self.missing("client_certificate", help);
                return None;
            }
        };
        let chain = self.certificates("client_certificate", certificate);
        match PrivateKeyDer::from_pem_file(key) {
            Ok(key) => Some((chain, key)),
            Err(error) => {
                let path = key.display();
                let help = Help::new(
                    format!(
                        "{path} ne peut pas être lu comme une clé PEM : {error}. Donnez le fichier d'une clé privée, sans mot de passe."
                    ),
                    format!(
                        "{path} cannot be read as a PEM key: {error}. Give the file of a private key, without a password."
                    ),
                );
                self.problem("client_key", self.codes.pem, help);
                None
            }
        }
    }

    pub(crate) fn certificates(&mut self, field: &'static str, path: &Path) -> Certificates {
        let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let why = match read {
            Ok(certificates) if !certificates.is_empty() => return certificates,
            Ok(_) => Help::new("il ne contient aucun certificat", "it holds no certificate"),
            Err(error) => Help::new(error.to_string(), error.to_string()),
        };
        let (path, Help { fr, en }) = (path.display(), why);
        let help = Help::new(
            format!(
                "{path} ne peut pas être lu : {fr}. Donnez un fichier PEM, qui commence par -----BEGIN CERTIFICATE-----"
            ),
            format!("{path} cannot be read: {en}. Give a PEM file, which begins with -----BEGIN CERTIFICATE-----"),
        );
        self.problem(field, self.codes.pem, help);
        Vec::new()
    }

    pub(crate) fn duration(&mut self, field: &'static str, usual: Duration) -> Duration {
        let given = self.section.duration(field);
        if given.is_some_and(|given| given.is_zero()) {
            let example = format!("{field} = \"{}s\"", usual.as_secs());
            let (fr, en) =
                (format!("Écrivez une durée, par exemple {example}"), format!("Write a duration, such as {example}"));
            self.refused(field, Help::new(fr, en));
        }
        given.unwrap_or(usual)
    }

    /// A number of megabytes, in bytes.
    #[cfg(any(feature = "pecoto", feature = "xfb"))]
    pub(crate) fn megabytes(&mut self, field: &'static str, example: u64) -> Option<u64> {
        let given = self.section.integer(field)?;
        let bytes = u64::try_from(given).ok().filter(|count| *count > 0).and_then(|count| count.checked_mul(1_000_000));
        if bytes.is_none() {
            let fr = format!("Écrivez un nombre de Mo, par exemple {field} = {example}");
            self.refused(field, Help::new(fr, format!("Write a number of MB, such as {field} = {example}")));
        }
        bytes
    }

    pub(crate) fn required(&mut self, field: &'static str, help: Help) -> Option<&'s str> {
        let text = self.text(field);
        if text.is_none() {
            self.missing(field, help);
        }
        text
    }

    /// A text that is not blank.
    pub(crate) fn text(&self, field: &str) -> Option<&'s str> {
        self.section.text(field).map(str::trim).filter(|text| !text.is_empty())
    }

    pub(crate) fn secret(&self, field: &str) -> Option<SecretString> {
        self.section.secret(field).cloned()
    }

    pub(crate) fn missing(&mut self, field: &'static str, help: Help) {
        self.problem(field, self.codes.missing, help);
    }

    pub(crate) fn refused(&mut self, field: &'static str, help: Help) {
        self.problem(field, self.codes.refused, help);
    }

    pub(crate) fn problem(&mut self, field: &'static str, code: &'static str, help: Help) {
        self.problems.push(FieldProblem { field, code, help });
    }
}
