//! The fields that say where a mailbox is: the same in every channel, under names of its own.

use pecoto_smtp::mailbox::{self, Limits, Mailbox, MailboxError, Server, Source};
use pecoto_smtp::submission::{Address, tls_config};
use rustls_pki_types::CertificateDer;
use scheduler_core::partner::{Greeting, Help, Point, PointSecurity};
use secrecy::SecretString;

use crate::point;
use crate::settings::Reader;

/// What a channel calls the fields of a mailbox on a server.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) server: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) port: &'static str,
    pub(crate) security: &'static str,
    pub(crate) user: &'static str,
    pub(crate) password: &'static str,
    pub(crate) folder: &'static str,
    pub(crate) ca: &'static str,
}

/// An account on a mail server.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) source: Source,
    /// The server.
    pub(crate) point: Point,
    /// The same for every profile that uses it; holds no secret.
    #[cfg(feature = "xfb")]
    pub(crate) name: String,
}

/// Opens a mailbox and closes it: nothing is listed, read or marked.
///
/// # Errors
///
/// [`MailboxError`] when it cannot be opened, or breaks.
pub(crate) async fn visit(source: &Source) -> Result<(), MailboxError> {
    Mailbox::open(source, Limits::default()).await?.close().await
}

impl Reader<'_> {
    /// The account that the fields describe; user and password may come from elsewhere. Nothing is connected.
    pub(crate) fn account(
        &mut self,
        names: &Names,
        roots: Option<&[CertificateDer<'static>]>,
        usual: Option<(String, SecretString)>,
    ) -> Option<Account> {
        let server = names.server;
        let fr = format!("Écrivez le serveur de la boîte : {server} = \"imap.mairie.fr\"");
        let en = format!("Write the mailbox's server: {server} = \"imap.mairie.fr\"");
        let host = self.host(server, Help::new(fr, en))?;
        let imap = self
            .choice(names.kind, &[("imap", true), ("pop3", false)], Help::new("imap ou pop3", "imap or pop3"))
            .unwrap_or(true);
        let implicit = self.choice(
            names.security,
            &[("tls", true), ("starttls", false)],
            Help::new("tls ou starttls", "tls or starttls"),
        );
        let implicit = implicit.unwrap_or(true);
        let port = self.port(names.port, usual_port(imap, implicit));
        let (user, password) = usual.unzip();
        let user = self.text(names.user).map(ToOwned::to_owned).or(user);
        let (Some(user), Some(password)) = (user, self.secret(names.password).or(password)) else {
            let (user, password, kind) = (names.user, names.password, self.codes.kind);
            let fr =
                format!("Écrivez {user} et enregistrez son mot de passe : taskctl secret set PROFIL.{kind}.{password}");
            let en = format!("Write {user} and store its password: taskctl secret set PROFILE.{kind}.{password}");
            self.missing(names.user, Help::new(fr, en));
            return None;
        };
        let tls = match tls_config(roots, None) {
            Ok(tls) => tls,
            Err(error) => {
                let fr = format!("La boîte ne peut pas être ouverte avec ces réglages : {error}");
                let en = format!("The mailbox cannot be opened with these settings: {error}");
                self.problem(names.ca, error.code(), Help::new(fr, en));
                return None;
            }
        };
        let greeting = if imap { Greeting::Imap } else { Greeting::Pop3 };
        let protected = if implicit { PointSecurity::Tls } else { PointSecurity::StartTls(greeting) };
        let trust = point::trust(roots, None);
        let point = Point { field: names.server, host: host.clone(), port, security: protected, proxy: None, trust };
        let security = if implicit { mailbox::Security::Implicit(tls) } else { mailbox::Security::StartTls(tls) };
        let folder = self.text(names.folder).unwrap_or("INBOX").to_owned();
        #[cfg(feature = "xfb")]
        let name = format!("{}://{user}@{}:{port}/{folder}", if imap { "imap" } else { "pop3" }, host.to_lowercase());
        match Server::new(&host, port, security, &user, password) {
            Ok(server) => Some(Account {
                source: if imap { Source::Imap { server, folder } } else { Source::Pop3(server) },
                point,
                #[cfg(feature = "xfb")]
                name,
            }),
            Err(error) => {
                let fr = format!("La boîte ne peut pas être ouverte ainsi : {error}");
                let help = Help::new(fr, format!("The mailbox cannot be opened so: {error}"));
                self.problem(names.server, error.code(), help);
                None
            }
        }
    }

    /// Addresses separated by commas, in lower case.
    pub(crate) fn addresses(&mut self, field: &'static str, example: &str) -> Vec<String> {
        let list = self.text(field).unwrap_or_default().split(',').map(str::trim);
        let addresses: Vec<String> = list.filter(|one| !one.is_empty()).map(str::to_lowercase).collect();
        if addresses.iter().any(|address| address.parse::<Address>().is_err()) {
            let fr = format!("Écrivez des adresses : {field} = \"{example}\"");
            self.refused(field, Help::new(fr, format!("Write addresses: {field} = \"{example}\"")));
        }
        addresses
    }

    pub(crate) fn host(&mut self, field: &'static str, help: Help) -> Option<String> {
        let host = self.required(field, help)?;
        let sound = !host.contains(|c: char| c.is_whitespace() || c.is_control() || "/@".contains(c));
        if !sound {
            let fr = format!("Écrivez un nom de serveur seul, sans port ni « / » : {field} = \"smtp.mairie.fr\"");
            let en = format!("Write the name of a server alone, without port or \"/\": {field} = \"smtp.mairie.fr\"");
            self.refused(field, Help::new(fr, en));
        }
        Some(host.to_owned())
    }

    pub(crate) fn port(&mut self, field: &'static str, usual: u16) -> u16 {
        let Some(given) = self.section.integer(field) else { return usual };
        u16::try_from(given).ok().filter(|port| *port > 0).unwrap_or_else(|| {
            let fr = format!("Écrivez un numéro de port, par exemple {field} = {usual}");
            self.refused(field, Help::new(fr, format!("Write the number of a port, such as {field} = {usual}")));
            usual
        })
    }

    pub(crate) fn choice<T: Clone>(&mut self, field: &'static str, choices: &[(&str, T)], said: Help) -> Option<T> {
        let text = self.text(field)?;
        let chosen = choices.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, value)| value.clone());
        if chosen.is_none() {
            self.refused(field, Help::new(format!("Écrivez {}.", said.fr), format!("Write {}.", said.en)));
        }
        chosen
    }
}

fn usual_port(imap: bool, implicit: bool) -> u16 {
    match (imap, implicit) {
        (true, true) => 993,
        (true, false) => 143,
        (false, true) => 995,
        (false, false) => 110,
    }
}
