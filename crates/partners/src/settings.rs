//! From the fields of a profile to the settings of a client that talks to a form-driven site: what its adapters read alike. Every wrong field is named with
//! what to write instead.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::time::Duration;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use scheduler_core::partner::{FieldProblem, Section};
use secrecy::SecretString;
use url::{Host, Url};
use web_forms::config::{Credentials, Identity, Proxy, Roots, Timeouts};

/// What a channel calls the mistakes of its fields.
#[derive(Debug)]
pub(crate) struct Codes {
    /// The channel's kind.
    pub(crate) kind: &'static str,
    pub(crate) missing: &'static str,
    pub(crate) refused: &'static str,
    pub(crate) url: &'static str,
    pub(crate) plain: &'static str,
    pub(crate) pem: &'static str,
    pub(crate) unknown_key: &'static str,
}

/// Reads the fields of a section and gathers what is wrong with them.
pub(crate) struct Reader<'s> {
    pub(crate) section: &'s Section,
    pub(crate) problems: Vec<FieldProblem>,
    codes: &'static Codes,
}

impl<'s> Reader<'s> {
    pub(crate) fn new(section: &'s Section, codes: &'static Codes) -> Self {
        Self { section, problems: Vec::new(), codes }
    }

    pub(crate) fn proxy(&mut self) -> Option<Proxy> {
        let (user, password) = (self.text("proxy_user").map(ToOwned::to_owned), self.secret("proxy_password"));
        let Some(text) = self.text("proxy") else {
            if user.is_some() || password.is_some() {
                self.problem("proxy", self.codes.missing, "Écrivez l'adresse du proxy, proxy = \"http://proxy:3128\", ou retirez proxy_user et proxy_password.");
            }
            return None;
        };
        let url = self.url("proxy", text)?;
        let credentials = match (user, password) {
            (Some(user), Some(password)) => Some(Credentials::new(user, password)),
            (None, None) => None,
            (Some(_), None) => {
                self.problem(
                    "proxy_password",
                    self.codes.missing,
                    &format!(
                        "Enregistrez le mot de passe du proxy : taskctl secret set PROFIL.{}.proxy_password",
                        self.codes.kind
                    ),
                );
                None
            }
            (None, Some(_)) => {
                self.problem("proxy_user", self.codes.missing, "Écrivez l'identifiant du proxy : proxy_user = \"…\"");
                None
            }
        };
        Some(Proxy { url, credentials })
    }

    pub(crate) fn roots(&mut self) -> Roots {
        match self.section.path("ca") {
            Some(path) => Roots::Only(self.certificates("ca", path)),
            None => Roots::System,
        }
    }

    pub(crate) fn identity(&mut self) -> Option<Identity> {
        let (certificate, key) = (self.section.path("client_certificate"), self.section.path("client_key"));
        let (certificate, key) = match (certificate, key) {
            (Some(certificate), Some(key)) => (certificate, key),
            (None, None) => return None,
            (Some(_), None) => {
                self.problem(
                    "client_key",
                    self.codes.missing,
                    "Écrivez aussi où est la clé de ce certificat : client_key = 'mairie.key'",
                );
                return None;
            }
            (None, Some(_)) => {
                self.problem(
                    "client_certificate",
                    self.codes.missing,
                    "Écrivez aussi où est le certificat de cette clé : client_certificate = 'mairie.pem'",
                );
                return None;
            }
        };
        let chain = self.certificates("client_certificate", certificate);
        match PrivateKeyDer::from_pem_file(key) {
            Ok(key) => Some(Identity { chain, key }),
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

    pub(crate) fn certificates(&mut self, field: &'static str, path: &Path) -> Vec<CertificateDer<'static>> {
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

    pub(crate) fn timeouts(&mut self) -> Timeouts {
        let usual = Timeouts::default();
        Timeouts {
            connect: self.duration("timeout_connect", usual.connect),
            answer: self.duration("timeout_answer", usual.answer),
            stall: self.duration("timeout_stall", usual.stall),
        }
    }

    pub(crate) fn duration(&mut self, field: &'static str, usual: Duration) -> Duration {
        let given = self.section.duration(field);
        if given.is_some_and(|given| given.is_zero()) {
            self.problem(
                field,
                self.codes.refused,
                &format!("Écrivez une durée, par exemple {field} = \"{}s\"", usual.as_secs()),
            );
        }
        given.unwrap_or(usual)
    }

    /// A table of texts whose keys are known.
    pub(crate) fn texts(&mut self, field: &'static str, known: &[&str]) -> BTreeMap<String, String> {
        let texts = self.section.texts(field).cloned().unwrap_or_default();
        for (key, text) in &texts {
            if !known.contains(&key.as_str()) {
                self.problem(
                    field,
                    self.codes.unknown_key,
                    &format!("« {key} » n'existe pas ici. Écrivez : {}", known.join(", ")),
                );
            } else if text.trim().is_empty() {
                self.problem(
                    field,
                    self.codes.refused,
                    &format!("« {key} » est vide : écrivez sa valeur, ou retirez-le."),
                );
            }
        }
        texts
    }

    pub(crate) fn url(&mut self, field: &'static str, text: &str) -> Option<Url> {
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let Some(url) = url else {
            self.problem(
                field,
                self.codes.url,
                &format!("Écrivez une adresse complète, qui commence par https:// : {field} = \"https://…\""),
            );
            return None;
        };
        if !url.username().is_empty() || url.password().is_some() {
            self.problem(
                field,
                self.codes.url,
                "Écrivez l'adresse sans identifiant ni mot de passe : ils ont leurs propres lignes.",
            );
            return None;
        }
        Some(url)
    }

    /// Credentials stand in every address: without TLS they are for loopback, or for a tunnel, only.
    pub(crate) fn refuse_plain(&mut self, field: &'static str, url: &Url) {
        if url.scheme() == "http" && !is_loopback(url) && self.text("tunnel").is_none() {
            self.problem(
                field,
                self.codes.plain,
                "Écrivez https:// ; ou tunnel = \"external\" si un tunnel protège cette adresse.",
            );
        }
    }

    pub(crate) fn required(&mut self, field: &'static str, what: &str) -> Option<&'s str> {
        let text = self.text(field);
        if text.is_none() {
            self.problem(field, self.codes.missing, &format!("Écrivez {what}"));
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

    pub(crate) fn problem(&mut self, field: &'static str, code: &'static str, help: &str) {
        self.problems.push(FieldProblem { field, code, help: help.to_owned() });
    }
}

/// `rejet|refus technique` is two.
pub(crate) fn alternatives(text: &str) -> Vec<String> {
    text.split('|').map(str::trim).filter(|part| !part.is_empty()).map(ToOwned::to_owned).collect()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => Ipv4Addr::is_loopback(&address),
        Some(Host::Ipv6(address)) => Ipv6Addr::is_loopback(&address),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}
