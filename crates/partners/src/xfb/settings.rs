//! From the fields of a profile to the client's configuration; every wrong field is named with what to write instead.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use scheduler_core::partner::{FieldProblem, Section};
use secrecy::SecretString;
use url::{Host, Url};
use xfb_gateway::{Config, Credentials, Identity, Portal, Proxy, Roots};

use super::notices::Words;

/// Bytes in the megabyte that `largest_return` counts in.
const MEGABYTE: u64 = 1_000_000;

/// What an end point is built from.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) config: Config,
    /// The end point that paces: its address, which holds no secret.
    pub(super) gate: String,
    pub(super) notices: Option<NoticeSettings>,
}

/// Where the mails are, and what they say.
#[derive(Clone, Debug)]
pub(super) struct NoticeSettings {
    pub(super) folder: PathBuf,
    /// Only mails to this address, when several profiles share the folder.
    pub(super) to: Option<String>,
    pub(super) words: Words,
}

impl Settings {
    /// Reads a profile's fields. Files that they name are read now; nothing is connected.
    ///
    /// # Errors
    ///
    /// Every field that cannot be used.
    pub(super) fn read(section: &Section) -> Result<Self, Vec<FieldProblem>> {
        let mut reader = Reader { section, problems: Vec::new() };
        let settings = reader.settings();
        match settings {
            Some(settings) if reader.problems.is_empty() => Ok(settings),
            _ => Err(reader.problems),
        }
    }
}

struct Reader<'s> {
    section: &'s Section,
    problems: Vec<FieldProblem>,
}

impl<'s> Reader<'s> {
    /// Reads everything, so that every problem is told at once.
    fn settings(&mut self) -> Option<Settings> {
        let base_url = self.base_url();
        let credentials = self.credentials();
        let portal = self.portal();
        let proxy = self.proxy();
        let (roots, identity) = (self.roots(), self.identity());
        let timeouts = self.timeouts();
        let download_bytes = self.largest_return();
        let fields = self.texts("fields", &["destination", "application", "subject", "parm_cft"]);
        let wording =
            self.texts("wording", &["received", "refused", "later", "expired", "log_in_refused", "send", "receive"]);
        let notices = self.notices();
        let (base_url, credentials) = (base_url?, credentials?);

        let gate = format!("{}{}", base_url.origin().ascii_serialization(), base_url.path().trim_end_matches('/'));
        let mut config = Config::new(base_url, credentials);
        (config.portal, config.proxy) = (portal, proxy);
        (config.tls.roots, config.tls.identity) = (roots, identity);
        config.timeouts = timeouts;
        config.limits.download_bytes = download_bytes.unwrap_or(config.limits.download_bytes);
        let name = |key: &str| fields.get(key).map(|text| text.trim().to_owned());
        config.fields.destination = name("destination");
        config.fields.application = name("application");
        config.fields.subject = name("subject");
        config.fields.parm_cft = name("parm_cft");
        let words = |key: &str| wording.get(key).map(|text| alternatives(text)).unwrap_or_default();
        config.wording.received = words("received");
        config.wording.refused = words("refused");
        config.wording.later = words("later");
        config.wording.expired = words("expired");
        config.wording.log_in_refused = words("log_in_refused");
        config.wording.send = words("send");
        config.wording.receive = words("receive");
        Some(Settings { config, gate, notices })
    }

    fn base_url(&mut self) -> Option<Url> {
        let url = self
            .required("base_url", "l'adresse du serveur : base_url = \"https://…\"")
            .and_then(|text| self.url("base_url", text))?;
        if url.query().is_some() || url.fragment().is_some() {
            self.problem(
                "base_url",
                "xfb-url-refused",
                "Écrivez l'adresse sans « ? » ni « # » : user et password ont leurs propres lignes.",
            );
        }
        self.refuse_plain("base_url", &url);
        Some(url)
    }

    fn credentials(&mut self) -> Option<Credentials> {
        let user = self.required("user", "l'identifiant donné par la DGFiP : user = \"…\"").map(ToOwned::to_owned);
        let password = self.secret("password");
        if password.is_none() {
            self.problem(
                "password",
                "xfb-field-missing",
                "Enregistrez le mot de passe : taskctl secret set PROFIL.xfb",
            );
        }
        Some(Credentials::new(user?, password?))
    }

    /// The portal asks for its own identification; its user is the gateway's unless told.
    fn portal(&mut self) -> Option<Portal> {
        let (user, password) = (self.text("portal_user").map(ToOwned::to_owned), self.secret("portal_password"));
        let Some(text) = self.text("portal_url") else {
            if user.is_some() || password.is_some() {
                self.problem("portal_url", "xfb-field-missing", "Écrivez l'adresse du portail, portal_url = \"https://…\", ou retirez portal_user et portal_password.");
            }
            return None;
        };
        let url = self.url("portal_url", text)?;
        self.refuse_plain("portal_url", &url);
        if password.is_none() {
            self.problem(
                "portal_password",
                "xfb-field-missing",
                "Enregistrez le mot de passe du portail : taskctl secret set PROFIL.xfb.portal_password",
            );
        }
        let user = user.or_else(|| self.text("user").map(ToOwned::to_owned));
        Some(Portal { url, credentials: Credentials::new(user?, password?) })
    }

    fn proxy(&mut self) -> Option<Proxy> {
        let (user, password) = (self.text("proxy_user").map(ToOwned::to_owned), self.secret("proxy_password"));
        let Some(text) = self.text("proxy") else {
            if user.is_some() || password.is_some() {
                self.problem("proxy", "xfb-field-missing", "Écrivez l'adresse du proxy, proxy = \"http://proxy:3128\", ou retirez proxy_user et proxy_password.");
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
                    "xfb-field-missing",
                    "Enregistrez le mot de passe du proxy : taskctl secret set PROFIL.xfb.proxy_password",
                );
                None
            }
            (None, Some(_)) => {
                self.problem("proxy_user", "xfb-field-missing", "Écrivez l'identifiant du proxy : proxy_user = \"…\"");
                None
            }
        };
        Some(Proxy { url, credentials })
    }

    fn roots(&mut self) -> Roots {
        match self.section.path("ca") {
            Some(path) => Roots::Only(self.certificates("ca", path)),
            None => Roots::System,
        }
    }

    fn identity(&mut self) -> Option<Identity> {
        let (certificate, key) = (self.section.path("client_certificate"), self.section.path("client_key"));
        let (certificate, key) = match (certificate, key) {
            (Some(certificate), Some(key)) => (certificate, key),
            (None, None) => return None,
            (Some(_), None) => {
                self.problem(
                    "client_key",
                    "xfb-field-missing",
                    "Écrivez aussi où est la clé de ce certificat : client_key = 'mairie.key'",
                );
                return None;
            }
            (None, Some(_)) => {
                self.problem(
                    "client_certificate",
                    "xfb-field-missing",
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
                self.problem("client_key", "xfb-bad-pem", &help);
                None
            }
        }
    }

    fn certificates(&mut self, field: &'static str, path: &Path) -> Vec<CertificateDer<'static>> {
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
        self.problem(field, "xfb-bad-pem", &help);
        Vec::new()
    }

    fn timeouts(&mut self) -> xfb_gateway::Timeouts {
        let usual = xfb_gateway::Timeouts::default();
        xfb_gateway::Timeouts {
            connect: self.duration("timeout_connect", usual.connect),
            answer: self.duration("timeout_answer", usual.answer),
            stall: self.duration("timeout_stall", usual.stall),
        }
    }

    fn duration(&mut self, field: &'static str, usual: Duration) -> Duration {
        let given = self.section.duration(field);
        if given.is_some_and(|given| given.is_zero()) {
            self.problem(
                field,
                "xfb-field-refused",
                &format!("Écrivez une durée, par exemple {field} = \"{}s\"", usual.as_secs()),
            );
        }
        given.unwrap_or(usual)
    }

    fn largest_return(&mut self) -> Option<u64> {
        let given = self.section.integer("largest_return")?;
        let bytes = u64::try_from(given)
            .ok()
            .filter(|megabytes| *megabytes > 0)
            .and_then(|megabytes| megabytes.checked_mul(MEGABYTE));
        if bytes.is_none() {
            self.problem(
                "largest_return",
                "xfb-field-refused",
                "Écrivez un nombre de Mo, par exemple largest_return = 1024",
            );
        }
        bytes
    }

    fn notices(&mut self) -> Option<NoticeSettings> {
        let words = Words::new(&self.texts("notices_wording", &Words::KEYS));
        let to = self.text("notices_to").map(ToOwned::to_owned);
        let Some(folder) = self.section.path("notices") else {
            for field in ["notices_to", "notices_wording"] {
                if self.section.text(field).is_some() || self.section.texts(field).is_some() {
                    self.problem(
                        "notices",
                        "xfb-field-missing",
                        &format!("Écrivez le dossier des courriels, notices = 'courriels/VILLE', ou retirez {field}."),
                    );
                }
            }
            return None;
        };
        Some(NoticeSettings { folder: folder.clone(), to, words })
    }

    /// A table of texts whose keys are known.
    fn texts(&mut self, field: &'static str, known: &[&str]) -> BTreeMap<String, String> {
        let texts = self.section.texts(field).cloned().unwrap_or_default();
        for (key, text) in &texts {
            if !known.contains(&key.as_str()) {
                self.problem(
                    field,
                    "xfb-unknown-key",
                    &format!("« {key} » n'existe pas ici. Écrivez : {}", known.join(", ")),
                );
            } else if text.trim().is_empty() {
                self.problem(
                    field,
                    "xfb-field-refused",
                    &format!("« {key} » est vide : écrivez sa valeur, ou retirez-le."),
                );
            }
        }
        texts
    }

    fn url(&mut self, field: &'static str, text: &str) -> Option<Url> {
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let Some(url) = url else {
            self.problem(
                field,
                "xfb-url-refused",
                &format!("Écrivez une adresse complète, qui commence par https:// : {field} = \"https://…\""),
            );
            return None;
        };
        if !url.username().is_empty() || url.password().is_some() {
            self.problem(
                field,
                "xfb-url-refused",
                "Écrivez l'adresse sans identifiant ni mot de passe : ils ont leurs propres lignes.",
            );
            return None;
        }
        Some(url)
    }

    /// Credentials stand in every address: without TLS they are for loopback, or for a tunnel, only.
    fn refuse_plain(&mut self, field: &'static str, url: &Url) {
        if url.scheme() == "http" && !is_loopback(url) && self.text("tunnel").is_none() {
            self.problem(
                field,
                "xfb-plain-http",
                "Écrivez https:// ; ou tunnel = \"external\" si un tunnel protège cette adresse.",
            );
        }
    }

    fn required(&mut self, field: &'static str, what: &str) -> Option<&'s str> {
        let text = self.text(field);
        if text.is_none() {
            self.problem(field, "xfb-field-missing", &format!("Écrivez {what}"));
        }
        text
    }

    /// A text that is not blank.
    fn text(&self, field: &str) -> Option<&'s str> {
        self.section.text(field).map(str::trim).filter(|text| !text.is_empty())
    }

    fn secret(&self, field: &str) -> Option<SecretString> {
        self.section.secret(field).cloned()
    }

    fn problem(&mut self, field: &'static str, code: &'static str, help: &str) {
        self.problems.push(FieldProblem { field, code, help: help.to_owned() });
    }
}

/// `rejet|refus technique` is two.
pub(super) fn alternatives(text: &str) -> Vec<String> {
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
