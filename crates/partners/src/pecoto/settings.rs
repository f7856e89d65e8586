//! From a profile's fields to the client's configuration; whatever is wrong is named with what to write instead.

use std::path::PathBuf;

use pecoto_smtp::mailbox::{self, Disposal, Server, Source};
use pecoto_smtp::submission::{
    Address, Config, Credentials, Hello, Identity, Mechanism, Security, Timeouts, tls_config,
};
use rustls_pki_types::CertificateDer;
use scheduler_core::partner::{FieldProblem, Greeting, Point, PointSecurity, Section};

use super::identity::LONGEST_DOMAIN;
use super::inbox::MailboxSettings;
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

impl Reader<'_> {
    /// Reads everything, so that every problem is told at once.
    fn pecoto_settings(&mut self) -> Option<Settings> {
        let host = self.host("server", "l'adresse du serveur : server = \"smtp.mairie.fr\"");
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

    fn host(&mut self, field: &'static str, what: &str) -> Option<String> {
        let host = self.required(field, what)?;
        let sound = !host.contains(|c: char| c.is_whitespace() || c.is_control() || "/@".contains(c));
        if !sound {
            self.refused(
                field,
                &format!("Écrivez un nom de serveur seul, sans port ni « / » : {field} = \"smtp.mairie.fr\""),
            );
        }
        Some(host.to_owned())
    }

    fn from(&mut self) -> Option<Address> {
        let help = "Écrivez une adresse simple : from = \"recensement@mairie.fr\"";
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
        self.choice("security", &choices[..], "starttls, ou tls").unwrap_or(Security::StartTls)
    }

    fn port(&mut self, field: &'static str, usual: u16) -> u16 {
        let Some(given) = self.section.integer(field) else { return usual };
        u16::try_from(given).ok().filter(|port| *port > 0).unwrap_or_else(|| {
            self.refused(field, &format!("Écrivez un numéro de port, par exemple {field} = {usual}"));
            usual
        })
    }

    fn login(&mut self) -> Option<Credentials> {
        let mechanism = self.choice(
            "auth",
            &[("plain", Mechanism::Plain), ("login", Mechanism::Login), ("xoauth2", Mechanism::XOAuth2)],
            "plain, login ou xoauth2",
        );
        match (self.text("user").map(ToOwned::to_owned), self.secret("password")) {
            (Some(user), Some(password)) => Some(Credentials { mechanism, ..Credentials::new(user, password) }),
            (None, None) => None,
            (Some(_), None) => {
                self.missing("password", "Enregistrez le mot de passe : taskctl secret set PROFIL.pecoto");
                None
            }
            (None, Some(_)) => {
                self.missing("user", "Écrivez l'identifiant de ce mot de passe : user = \"…\"");
                None
            }
        }
    }

    fn hello(&mut self) -> Option<Hello> {
        let hello = self.text("hello")?.parse().ok();
        if hello.is_none() {
            self.refused("hello", "Écrivez un nom de machine : hello = \"poste.mairie.fr\"");
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
            (None, true) => self.server(roots, sending).map(|(source, point)| (source, Some(point))),
            (Some(_), true) => {
                self.refused("mailbox", "Écrivez mailbox (un dossier de ce poste) ou mailbox_server, pas les deux.");
                None
            }
            (None, false) => {
                if self.text("answers_from").is_some() {
                    self.missing(
                        "mailbox",
                        "Écrivez où est la boîte, mailbox = 'courriels/VILLE', ou retirez answers_from.",
                    );
                }
                return None;
            }
        };
        let then = self.choice(
            "answers_then",
            &[("keep", Disposal::Keep), ("seen", Disposal::MarkSeen), ("delete", Disposal::Delete)],
            "keep, seen ou delete",
        );
        let senders = self.text("answers_from").unwrap_or_default().split(',').map(str::trim);
        let answers_from: Vec<String> = senders.filter(|sender| !sender.is_empty()).map(str::to_lowercase).collect();
        if answers_from.iter().any(|sender| sender.parse::<Address>().is_err()) {
            self.refused("answers_from", "Écrivez des adresses : answers_from = \"bsn@defense.gouv.fr\"");
        }
        let (source, point) = source?;
        Some(MailboxSettings { source, answers_from, then: then.unwrap_or_default(), point })
    }

    fn server(
        &mut self,
        roots: Option<&[CertificateDer<'static>]>,
        sending: Option<&Credentials>,
    ) -> Option<(Source, Point)> {
        let host = self.host("mailbox_server", "le serveur de la boîte : mailbox_server = \"imap.mairie.fr\"")?;
        let imap = self.choice("mailbox_kind", &[("imap", true), ("pop3", false)], "imap ou pop3").unwrap_or(true);
        let implicit = self.choice("mailbox_security", &[("tls", true), ("starttls", false)], "tls ou starttls");
        let implicit = implicit.unwrap_or(true);
        let port = self.port(
            "mailbox_port",
            match (imap, implicit) {
                (true, true) => 993,
                (true, false) => 143,
                (false, true) => 995,
                (false, false) => 110,
            },
        );
        let user = self.text("mailbox_user").map(ToOwned::to_owned).or_else(|| sending.map(|known| known.user.clone()));
        let password = self.secret("mailbox_password").or_else(|| sending.map(|known| known.secret.clone()));
        let (Some(user), Some(password)) = (user, password) else {
            self.missing("mailbox_user", "Écrivez mailbox_user et enregistrez son mot de passe : taskctl secret set PROFIL.pecoto.mailbox_password");
            return None;
        };
        let tls = match tls_config(roots, None) {
            Ok(tls) => tls,
            Err(error) => {
                self.problem(
                    "ca",
                    error.code(),
                    &format!("La boîte ne peut pas être ouverte avec ces réglages : {error}"),
                );
                return None;
            }
        };
        let security = if implicit { mailbox::Security::Implicit(tls) } else { mailbox::Security::StartTls(tls) };
        let greeting = if imap { Greeting::Imap } else { Greeting::Pop3 };
        let protected = if implicit { PointSecurity::Tls } else { PointSecurity::StartTls(greeting) };
        let trust = point::trust(roots, None);
        let point =
            Point { field: "mailbox_server", host: host.clone(), port, security: protected, proxy: None, trust };
        match Server::new(&host, port, security, &user, password) {
            Ok(server) if imap => {
                let folder = self.text("mailbox_folder").unwrap_or("INBOX").to_owned();
                Some((Source::Imap { server, folder }, point))
            }
            Ok(server) => Some((Source::Pop3(server), point)),
            Err(error) => {
                self.problem(
                    "mailbox_server",
                    error.code(),
                    &format!("La boîte ne peut pas être ouverte ainsi : {error}"),
                );
                None
            }
        }
    }

    fn choice<T: Clone>(&mut self, field: &'static str, choices: &[(&str, T)], said: &str) -> Option<T> {
        let text = self.text(field)?;
        let chosen = choices.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, value)| value.clone());
        if chosen.is_none() {
            self.refused(field, &format!("Écrivez {said}."));
        }
        chosen
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
