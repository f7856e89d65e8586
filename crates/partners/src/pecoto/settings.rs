//! From a profile's fields to the client's configuration; whatever is wrong is named with what to write instead.

use std::path::PathBuf;

use pecoto_smtp::mailbox::{Disposal, Source};
use pecoto_smtp::submission::{Address, Config, Credentials, Hello, Identity, Mechanism, Security, Timeouts};
use rustls_pki_types::CertificateDer;
use scheduler_core::partner::{FieldProblem, Greeting, Help, Point, PointSecurity, Section};

use super::identity::LONGEST_DOMAIN;
use super::inbox::MailboxSettings;
use crate::mailbox::Names;
use crate::point;
use crate::settings::{Codes, Reader, codes};

/// What an end point is built from.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) config: Config,
    pub(super) sending: Sending,
    pub(super) mailbox: Option<MailboxSettings>,
    /// The server, then the mailbox's if it has one.
    pub(super) points: Vec<Point>,
}

/// What every message of a profile has in common.
#[derive(Clone, Debug)]
pub(super) struct Sending {
    /// The end point that paces: host and port, which hold no secret.
    pub(super) gate: String,
    pub(super) from: Address,
    pub(super) read_receipts: bool,
    /// Bytes of a message.
    pub(super) largest: u64,
}

impl Settings {
    /// Reads a profile's fields. Files that they name are read now; nothing is connected.
    ///
    /// # Errors
    ///
    /// Every field that cannot be used.
    pub(super) fn read(section: &Section) -> Result<Self, Vec<FieldProblem>> {
        let mut reader = Reader::new(section, &CODES);
        match reader.pecoto_settings() {
            Some(settings) if reader.problems.is_empty() => Ok(settings),
            _ => Err(reader.problems),
        }
    }
}

/// What this channel calls the mistakes of its fields.
static CODES: Codes = codes!("pecoto");

static MAILBOX: Names = Names {
    server: "mailbox_server",
    kind: "mailbox_kind",
    port: "mailbox_port",
    security: "mailbox_security",
    user: "mailbox_user",
    password: "mailbox_password",
    folder: "mailbox_folder",
    ca: "ca",
};

impl Reader<'_> {
    /// Reads everything, so that every problem is told at once.
    fn pecoto_settings(&mut self) -> Option<Settings> {
        let host = self.host(
            "server",
            Help::new(
                "Écrivez l'adresse du serveur : server = \"smtp.mairie.fr\"",
                "Write the server's address: server = \"smtp.mairie.fr\"",
            ),
        );
        let from = self.from();
        let security = self.security();
        let usual_port = if security == Security::Implicit { 465 } else { 587 };
        let port = self.port("port", usual_port);
        let credentials = self.login();
        let roots = self.authorities();
        let identity = self.client_certificate().map(|(chain, key)| Identity { chain, key });
        let hello = self.hello();
        let largest = self.megabytes("largest_message", 25);
        let timeouts = self.patience();
        let mailbox = self.mailbox(roots.as_deref(), credentials.as_ref());
        let (host, from) = (host?, from?);

        let gate = format!("smtp://{}:{port}", host.to_lowercase());
        let mut config = Config::new(host, port);
        (config.security, config.credentials, config.hello) = (security, credentials, hello);
        (config.roots, config.identity, config.timeouts) = (roots, identity, timeouts);
        config.largest = largest.unwrap_or(config.largest);
        config.delivery_reports = self.section.boolean("delivery_reports").unwrap_or(true);
        let read_receipts = self.section.boolean("read_receipts").unwrap_or(true);
        let mailbox_point = mailbox.as_ref().and_then(|mailbox| mailbox.point.clone());
        let points = std::iter::once(server_point(&config)).chain(mailbox_point).collect();
        let sending = Sending { gate, from, read_receipts, largest: config.largest };
        Some(Settings { config, sending, mailbox, points })
    }

    fn from(&mut self) -> Option<Address> {
        let help = Help::new(
            "Écrivez une adresse simple : from = \"recensement@mairie.fr\"",
            "Write a plain address: from = \"recensement@mairie.fr\"",
        );
        match self.text("from").map(str::parse::<Address>) {
            Some(Ok(address)) if address.domain().len() <= LONGEST_DOMAIN => return Some(address),
            Some(_) => self.refused("from", help),
            None => self.missing("from", help),
        }
        None
    }

    /// Without TLS only this machine can be reached: the client refuses the rest.
    fn security(&mut self) -> Security {
        let choices = [("starttls", Security::StartTls), ("tls", Security::Implicit), ("none", Security::Clear)];
        self.choice("security", &choices[..], Help::new("starttls, ou tls", "starttls, or tls"))
            .unwrap_or(Security::StartTls)
    }

    fn login(&mut self) -> Option<Credentials> {
        let mechanism = self.choice(
            "auth",
            &[("plain", Mechanism::Plain), ("login", Mechanism::Login), ("xoauth2", Mechanism::XOAuth2)],
            Help::new("plain, login ou xoauth2", "plain, login or xoauth2"),
        );
        match (self.text("user").map(ToOwned::to_owned), self.secret("password")) {
            (Some(user), Some(password)) => Some(Credentials { mechanism, ..Credentials::new(user, password) }),
            (None, None) => None,
            (Some(_), None) => {
                self.missing(
                    "password",
                    Help::new(
                        "Enregistrez le mot de passe : taskctl secret set PROFIL.pecoto",
                        "Store the password: taskctl secret set PROFILE.pecoto",
                    ),
                );
                None
            }
            (None, Some(_)) => {
                self.missing(
                    "user",
                    Help::new(
                        "Écrivez l'identifiant de ce mot de passe : user = \"…\"",
                        "Write the user of this password: user = \"…\"",
                    ),
                );
                None
            }
        }
    }

    fn hello(&mut self) -> Option<Hello> {
        let hello = self.text("hello")?.parse().ok();
        if hello.is_none() {
            self.refused(
                "hello",
                Help::new(
                    "Écrivez un nom de machine : hello = \"poste.mairie.fr\"",
                    "Write the name of a machine: hello = \"poste.mairie.fr\"",
                ),
            );
        }
        hello
    }

    fn patience(&mut self) -> Timeouts {
        let usual = Timeouts::default();
        let answer = self.duration("timeout_answer", usual.answer);
        Timeouts {
            connect: self.duration("timeout_connect", usual.connect),
            answer,
            // Servers examine a whole message before they answer (RFC 5321 4.5.3.2.6).
            acceptance: self.section.duration("timeout_answer").map_or(usual.acceptance, |_| answer),
            stall: self.duration("timeout_stall", usual.stall),
        }
    }

    fn mailbox(
        &mut self,
        roots: Option<&[CertificateDer<'static>]>,
        sending: Option<&Credentials>,
    ) -> Option<MailboxSettings> {
        let folder: Option<PathBuf> = self.section.path("mailbox").cloned();
        let source = match (folder, self.text("mailbox_server").is_some()) {
            (Some(folder), false) => Some((Source::Maildir(folder), None)),
            (None, true) => {
                let usual = sending.map(|known| (known.user.clone(), known.secret.clone()));
                self.account(&MAILBOX, roots, usual).map(|account| (account.source, Some(account.point)))
            }
            (Some(_), true) => {
                self.refused(
                    "mailbox",
                    Help::new(
                        "Écrivez mailbox (un dossier de ce poste) ou mailbox_server, pas les deux.",
                        "Write mailbox (a folder of this machine) or mailbox_server, not both.",
                    ),
                );
                None
            }
            (None, false) => {
                if self.text("answers_from").is_some() {
                    self.missing(
                        "mailbox",
                        Help::new(
                            "Écrivez où est la boîte, mailbox = 'courriels/VILLE', ou retirez answers_from.",
                            "Write where the mailbox is, mailbox = 'mails/TOWN', or remove answers_from.",
                        ),
                    );
                }
                return None;
            }
        };
        let then = self.choice(
            "answers_then",
            &[("keep", Disposal::Keep), ("seen", Disposal::MarkSeen), ("delete", Disposal::Delete)],
            Help::new("keep, seen ou delete", "keep, seen or delete"),
        );
        let answers_from = self.addresses("answers_from", "bsn@defense.gouv.fr");
        let (source, point) = source?;
        Some(MailboxSettings { source, answers_from, then: then.unwrap_or_default(), point })
    }
}

fn server_point(config: &Config) -> Point {
    let security = match config.security {
        Security::StartTls => PointSecurity::StartTls(Greeting::Smtp),
        Security::Implicit => PointSecurity::Tls,
        Security::Clear => PointSecurity::Clear,
    };
    let identity = config.identity.as_ref().map(|identity| (identity.chain.as_slice(), &identity.key));
    let trust = point::trust(config.roots.as_deref(), identity);
    let host = config.host.trim_matches(['[', ']']).to_owned();
    Point { field: "server", host, port: config.port, security, proxy: None, trust }
}
