//! From the fields of a profile to the client's configuration; every wrong field is named with what to write instead.

use std::path::PathBuf;

use scheduler_core::partner::{FieldProblem, Section};
use url::Url;
use xfb_gateway::{Config, Credentials, Portal};

use super::notices::Words;
use crate::settings::{Codes, Reader, codes};
use crate::web::alternatives;

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
        let mut reader = Reader::new(section, &CODES);
        let settings = reader.xfb_settings();
        match settings {
            Some(settings) if reader.problems.is_empty() => Ok(settings),
            _ => Err(reader.problems),
        }
    }
}

/// What this channel calls the mistakes of its fields.
static CODES: Codes = codes!("xfb");

impl Reader<'_> {
    /// Reads everything, so that every problem is told at once.
    fn xfb_settings(&mut self) -> Option<Settings> {
        let base_url = self.base_url();
        let credentials = self.credentials();
        let portal = self.portal();
        let proxy = self.proxy();
        let (roots, identity) = (self.roots(), self.identity());
        let timeouts = self.timeouts();
        let download_bytes = self.megabytes("largest_return", 1024);
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
}
