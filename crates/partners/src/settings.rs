//! From the fields of a profile to the settings of a client: what every adapter reads alike. Every wrong field is named with what to write instead.

use std::path::Path;
use std::time::Duration;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use scheduler_core::partner::{FieldProblem, Section};
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
                self.missing("client_key", "Écrivez aussi où est la clé de ce certificat : client_key = 'mairie.key'");
                return None;
            }
            (None, Some(_)) => {
                let help = "Écrivez aussi où est le certificat de cette clé : client_certificate = 'mairie.pem'";
                self.missing("client_certificate", help);
                return None;
            }
        };
        let chain = self.certificates("client_certificate", certificate);
        match PrivateKeyDer::from_pem_file(key) {
            Ok(key) => Some((chain, key)),
            Err(error) => {
                let help = format!(
                    "{} ne peut pas être lu comme une clé PEM : {error}. Donnez le fichier d'une clé privée, sans mot de passe.",
                    key.display()
                );
                self.problem("client_key", self.codes.pem, &help);
                None
            }
        }
    }

    pub(crate) fn certificates(&mut self, field: &'static str, path: &Path) -> Certificates {
        let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let why = match read {
            Ok(certificates) if !certificates.is_empty() => return certificates,
            Ok(_) => "il ne contient aucun certificat".to_owned(),
            Err(error) => error.to_string(),
        };
        let help = format!(
            "{} ne peut pas être lu : {why}. Donnez un fichier PEM, qui commence par -----BEGIN CERTIFICATE-----",
            path.display()
        );
        self.problem(field, self.codes.pem, &help);
        Vec::new()
    }

    pub(crate) fn duration(&mut self, field: &'static str, usual: Duration) -> Duration {
        let given = self.section.duration(field);
        if given.is_some_and(|given| given.is_zero()) {
            self.refused(field, &format!("Écrivez une durée, par exemple {field} = \"{}s\"", usual.as_secs()));
        }
        given.unwrap_or(usual)
    }

    /// A number of megabytes, in bytes.
    #[cfg(any(feature = "pecoto", feature = "xfb"))]
    pub(crate) fn megabytes(&mut self, field: &'static str, example: u64) -> Option<u64> {
        let given = self.section.integer(field)?;
        let bytes = u64::try_from(given).ok().filter(|count| *count > 0).and_then(|count| count.checked_mul(1_000_000));
        if bytes.is_none() {
            self.refused(field, &format!("Écrivez un nombre de Mo, par exemple {field} = {example}"));
        }
        bytes
    }

    pub(crate) fn required(&mut self, field: &'static str, what: &str) -> Option<&'s str> {
        let text = self.text(field);
        if text.is_none() {
            self.missing(field, &format!("Écrivez {what}"));
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

    pub(crate) fn missing(&mut self, field: &'static str, help: &str) {
        self.problem(field, self.codes.missing, help);
    }

    pub(crate) fn refused(&mut self, field: &'static str, help: &str) {
        self.problem(field, self.codes.refused, help);
    }

    pub(crate) fn problem(&mut self, field: &'static str, code: &'static str, help: &str) {
        self.problems.push(FieldProblem { field, code, help: help.to_owned() });
    }
}
