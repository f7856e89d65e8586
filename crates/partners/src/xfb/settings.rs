//! From the fields of a profile to the client's configuration; every wrong field is named with what to write instead.

use std::path::PathBuf;
use std::time::Duration;

use scheduler_core::partner::{FieldProblem, Help, Section};
use secrecy::SecretString;
use url::Url;
use xfb_gateway::{Config, Credentials, Portal};

use super::notices::Words;
use super::remote::RemoteSettings;
use crate::mailbox::Names;
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
    pub(super) place: Where,
    /// The mailbox's, which no mail may bring into the journal.
    pub(super) password: Option<SecretString>,
    /// Only mails to this address, when several profiles share the place.
    pub(super) to: Option<String>,
    /// Only mails of these addresses, if there are any.
    pub(super) from: Vec<String>,
    pub(super) words: Words,
}

/// The place of the mails.
#[derive(Clone, Debug)]
pub(super) enum Where {
    Folder(PathBuf),
    Server(Box<RemoteSettings>),
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

static NOTICES: Names = Names {
    server: "notices_server",
    kind: "notices_kind",
    port: "notices_port",
    security: "notices_security",
    user: "notices_user",
    password: "notices_password",
    folder: "notices_folder",
    ca: "notices_ca",
};

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
            .required(
                "base_url",
                Help::new(
                    "Écrivez l'adresse du serveur : base_url = \"https://…\"",
                    "Write the server's address: base_url = \"https://…\"",
                ),
            )
            .and_then(|text| self.url("base_url", text))?;
        if url.query().is_some() || url.fragment().is_some() {
            self.problem(
                "base_url",
                "xfb-url-refused",
                Help::new(
                    "Écrivez l'adresse sans « ? » ni « # » : user et password ont leurs propres lignes.",
                    "Write the address without \"?\" and \"#\": user and password have lines of their own.",
                ),
            );
        }
        self.refuse_plain("base_url", &url);
        Some(url)
    }

    fn credentials(&mut self) -> Option<Credentials> {
        let user = self
            .required(
                "user",
                Help::new(
                    "Écrivez l'identifiant donné par la DGFiP : user = \"…\"",
                    "Write the user that the DGFiP gave you: user = \"…\"",
                ),
            )
            .map(ToOwned::to_owned);
        let password = self.secret("password");
        if password.is_none() {
            self.problem(
                "password",
                "xfb-field-missing",
                Help::new(
                    "Enregistrez le mot de passe : taskctl secret set PROFIL.xfb",
                    "Store the password: taskctl secret set PROFILE.xfb",
                ),
            );
        }
        Some(Credentials::new(user?, password?))
    }

    /// The portal asks for its own identification; its user is the gateway's unless told.
    fn portal(&mut self) -> Option<Portal> {
        let (user, password) = (self.text("portal_user").map(ToOwned::to_owned), self.secret("portal_password"));
        let Some(text) = self.text("portal_url") else {
            if user.is_some() || password.is_some() {
                self.problem("portal_url", "xfb-field-missing", Help::new("Écrivez l'adresse du portail, portal_url = \"https://…\", ou retirez portal_user et portal_password.", "Write the portal's address, portal_url = \"https://…\", or remove portal_user and portal_password."));
            }
            return None;
        };
        let url = self.url("portal_url", text)?;
        self.refuse_plain("portal_url", &url);
        if password.is_none() {
            self.problem(
                "portal_password",
                "xfb-field-missing",
                Help::new(
                    "Enregistrez le mot de passe du portail : taskctl secret set PROFIL.xfb.portal_password",
                    "Store the portal's password: taskctl secret set PROFILE.xfb.portal_password",
                ),
            );
        }
        let user = user.or_else(|| self.text("user").map(ToOwned::to_owned));
        Some(Portal { url, credentials: Credentials::new(user?, password?) })
    }

    fn notices(&mut self) -> Option<NoticeSettings> {
        let words = Words::new(&self.texts("notices_wording", &Words::KEYS));
        let to = self.text("notices_to").map(ToOwned::to_owned);
        let from = self.addresses("notices_from", "xfb@dgfip.finances.gouv.fr");
        let (folder, on_server) = (self.section.path("notices").cloned(), self.text("notices_server").is_some());
        let place = match (folder, on_server) {
            (Some(folder), false) => {
                self.not_without_server();
                Where::Folder(folder)
            }
            (None, true) => Where::Server(Box::new(self.notices_server(&from)?)),
            (Some(_), true) => {
                self.refused(
                    "notices",
                    Help::new(
                        "Écrivez notices (un dossier de ce poste) ou notices_server, pas les deux.",
                        "Write notices (a folder of this machine) or notices_server, not both.",
                    ),
                );
                return None;
            }
            (None, false) => {
                self.not_without_server();
                for field in ["notices_to", "notices_from", "notices_wording"] {
                    if self.section.holds(field) {
                        self.problem(
                            "notices",
                            "xfb-field-missing",
                            Help::new(
                                format!(
                                    "Écrivez le dossier des courriels, notices = 'courriels/VILLE', ou retirez {field}."
                                ),
                                format!("Write the folder of the mails, notices = 'mails/TOWN', or remove {field}."),
                            ),
                        );
                    }
                }
                return None;
            }
        };
        Some(NoticeSettings { place, password: self.secret("notices_password"), to, from, words })
    }

    /// Fields that say something of a server, when there is none.
    fn not_without_server(&mut self) {
        let Names { kind, port, security, user, password, folder, ca, .. } = NOTICES;
        for field in [kind, port, security, user, password, folder, ca, "notices_every", "notices_days"] {
            if self.section.holds(field) {
                self.missing(
                    "notices_server",
                    Help::new(
                        format!(
                            "Écrivez le serveur de la boîte, notices_server = \"imap.mairie.fr\", ou retirez {field}."
                        ),
                        format!("Write the mailbox's server, notices_server = \"imap.mairie.fr\", or remove {field}."),
                    ),
                );
            }
        }
    }

    /// Anybody can send a mail to an address: who is believed must be written.
    fn notices_server(&mut self, from: &[String]) -> Option<RemoteSettings> {
        if from.is_empty() {
            self.missing(
                "notices_from",
                Help::new(
                    "Écrivez l'adresse d'où viennent les avis : notices_from = \"xfb@dgfip.finances.gouv.fr\"",
                    "Write the address that notices come from: notices_from = \"xfb@dgfip.finances.gouv.fr\"",
                ),
            );
        }
        let roots = self.section.path("notices_ca").cloned().map(|path| self.certificates("notices_ca", &path));
        let every = self.duration("notices_every", Duration::from_secs(120));
        let days = self.section.integer("notices_days").unwrap_or(30);
        let days = u32::try_from(days).ok().filter(|days| (1..=3650).contains(days));
        if days.is_none() {
            self.refused(
                "notices_days",
                Help::new(
                    "Écrivez un nombre de jours, par exemple notices_days = 30",
                    "Write a number of days, such as notices_days = 30",
                ),
            );
        }
        let account = self.account(&NOTICES, roots.as_deref(), None);
        Some(RemoteSettings { account: account?, every, days: days? })
    }
}
