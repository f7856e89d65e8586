//! From the fields of a profile to the client's configuration; every wrong field is named with what to write instead.

use aireppnet::profile::Profile;
use aireppnet::{CommuneCode, Config, FileType};
use scheduler_core::partner::{FieldProblem, Help, Section};
use secrecy::SecretString;

use crate::settings::{Codes, Reader, codes};
use crate::web::alternatives;

/// What this channel calls the mistakes of its fields.
static CODES: Codes = codes!("aireppnet");

/// The field of each server.
pub(super) const SERVERS: [(FileType, &str); 3] = [
    (FileType::EtatCivil, "etat_civil_url"),
    (FileType::ElectionsFr, "elections_fr_url"),
    (FileType::ElectionsUe, "elections_ue_url"),
];

/// What an end point is built from.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) config: Config,
    /// The end point that paces: the addresses of its servers, which hold no secret.
    pub(super) gate: String,
}

impl Settings {
    /// Reads a profile's fields. Files that they name are read now; nothing is connected.
    ///
    /// # Errors
    ///
    /// Every field that cannot be used.
    pub(super) fn read(section: &Section) -> Result<Self, Vec<FieldProblem>> {
        let mut reader = Reader::new(section, &CODES);
        match reader.aireppnet_settings() {
            Some(settings) if reader.problems.is_empty() => Ok(settings),
            _ => Err(reader.problems),
        }
    }
}

impl Reader<'_> {
    /// Reads everything, so that every problem is told at once.
    fn aireppnet_settings(&mut self) -> Option<Settings> {
        let profile = self.profile();
        let (commune, password) = (self.commune(), self.password());
        let proxy = self.proxy();
        let (roots, identity) = (self.roots(), self.identity());
        let timeouts = self.timeouts();
        let mut gates: Vec<String> = profile
            .servers()
            .map(|(_, url)| format!("{}{}", url.origin().ascii_serialization(), url.path().trim_end_matches('/')))
            .collect();
        gates.sort();
        gates.dedup();
        let mut config = Config::new(profile, commune?, password?);
        config.proxy = proxy;
        (config.tls.roots, config.tls.identity) = (roots, identity);
        config.timeouts = timeouts;
        Some(Settings { config, gate: gates.join(" ") })
    }

    fn commune(&mut self) -> Option<CommuneCode> {
        let text = self.required(
            "commune",
            Help::new(
                "Écrivez le code INSEE de la commune : commune = \"96010\"",
                "Write the INSEE code of the commune: commune = \"96010\"",
            ),
        )?;
        let code = CommuneCode::try_from(text);
        if code.is_err() {
            let help = Help::new(
                "Écrivez cinq chiffres, ou 2A ou 2B puis trois chiffres : commune = \"2A004\"",
                "Write five digits, or 2A or 2B and three digits: commune = \"2A004\"",
            );
            self.problem("commune", "aireppnet-commune-refused", help);
        }
        code.ok()
    }

    fn password(&mut self) -> Option<SecretString> {
        let password = self.secret("password");
        if password.is_none() {
            let help = Help::new(
                "Enregistrez le mot de passe : taskctl secret set PROFIL.aireppnet",
                "Store the password: taskctl secret set PROFILE.aireppnet",
            );
            self.problem("password", CODES.missing, help);
        }
        password
    }

    fn profile(&mut self) -> Profile {
        let mut profile = Profile::default();
        for (kind, field) in SERVERS {
            let Some(url) = self.text(field).and_then(|text| self.url(field, text)) else { continue };
            if url.query().is_some() || url.fragment().is_some() {
                self.problem(
                    field,
                    CODES.url,
                    Help::new("Écrivez l'adresse sans « ? » ni « # ».", "Write the address without \"?\" and \"#\"."),
                );
            }
            self.refuse_plain(field, &url);
            profile.servers.set(kind, url);
        }
        if SERVERS.iter().all(|(_, field)| self.text(field).is_none()) {
            let help = Help::new(
                "Écrivez au moins une adresse : etat_civil_url, elections_fr_url ou elections_ue_url = \"https://…\"",
                "Write one address at least: etat_civil_url, elections_fr_url or elections_ue_url = \"https://…\"",
            );
            self.problem("etat_civil_url", CODES.missing, help);
        }
        let mut log_in = self.texts("log_in", &["path", "user", "password", "refused"]);
        let mut deposit = self.texts("deposit", &["path", "link", "file"]);
        let mut result = self.texts("result", &["received", "refused", "later", "reference"]);
        let mut session = self.texts("session", &["ended", "log_out"]);
        let words = |text: Option<String>| text.map(|text| alternatives(&text)).unwrap_or_default();
        profile.log_in.path = log_in.remove("path");
        profile.log_in.user = log_in.remove("user");
        profile.log_in.password = log_in.remove("password");
        profile.log_in.refused = words(log_in.remove("refused"));
        profile.deposit.path = deposit.remove("path");
        profile.deposit.link = words(deposit.remove("link"));
        profile.deposit.file = deposit.remove("file");
        profile.deposit.fields = self.section.texts("deposit_fields").cloned().unwrap_or_default();
        profile.result.received = words(result.remove("received"));
        profile.result.refused = words(result.remove("refused"));
        profile.result.later = words(result.remove("later"));
        profile.result.reference = result.remove("reference");
        profile.session.ended = words(session.remove("ended"));
        profile.session.log_out = words(session.remove("log_out"));
        profile
    }
}
