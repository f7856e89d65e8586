//! What a site looks like: addresses, inputs, words (docs/protocols/aireppnet.md 8).
//!
//! Everything but the servers has a default. Words are compared without case, accents and white space; those given here are
//! added to the known ones, never put in their place.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::types::FileType;

/// The description of a site, as it stands in a configuration file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Profile {
    /// Where the servers are.
    pub servers: Servers,
    /// The log-in form and what it answers.
    pub log_in: LogInForm,
    /// The deposit form.
    pub deposit: DepositForm,
    /// What the answer to a deposit says.
    pub result: ResultPage,
    /// How long a session lasts, and how it ends.
    pub session: SessionRules,
}

impl Profile {
    /// Those that are named.
    pub fn servers(&self) -> impl Iterator<Item = (FileType, &Url)> {
        FileType::ALL.into_iter().filter_map(|kind| Some((kind, self.servers.of(kind)?)))
    }
}

/// A base address for each type of file (docs/protocols/aireppnet.md 1.1); one that is not named is not served.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Servers {
    /// État civil.
    pub etat_civil: Option<Url>,
    /// Elections, French citizens.
    pub elections_fr: Option<Url>,
    /// Elections, other citizens of the European Union.
    pub elections_ue: Option<Url>,
}

impl Servers {
    /// The address for a type of file.
    #[must_use]
    pub fn of(&self, kind: FileType) -> Option<&Url> {
        match kind {
            FileType::EtatCivil => self.etat_civil.as_ref(),
            FileType::ElectionsFr => self.elections_fr.as_ref(),
            FileType::ElectionsUe => self.elections_ue.as_ref(),
        }
    }

    /// Sets the address for a type of file.
    pub fn set(&mut self, kind: FileType, url: Url) {
        *match kind {
            FileType::EtatCivil => &mut self.etat_civil,
            FileType::ElectionsFr => &mut self.elections_fr,
            FileType::ElectionsUe => &mut self.elections_ue,
        } = Some(url);
    }
}

/// The log-in form (docs/protocols/aireppnet.md 2.1, 2.2).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct LogInForm {
    /// Where it is, below the base address; the base itself without.
    pub path: Option<String>,
    /// The input for the commune code; the text input before the password without.
    pub user: Option<String>,
    /// The input for the password; the first one of that type without.
    pub password: Option<String>,
    /// More words of a refused log-in.
    pub refused: Vec<String>,
}

/// The deposit form (docs/protocols/aireppnet.md 3.1, 3.2).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct DepositForm {
    /// Where it is, below the base address; the page behind the link without.
    pub path: Option<String>,
    /// More words of the link that leads to it.
    pub link: Vec<String>,
    /// The input for the file; the first one of that type without.
    pub file: Option<String>,
    /// Values of other inputs, by name; each must be on the form.
    pub fields: BTreeMap<String, String>,
}

/// What the answer to a deposit says (docs/protocols/aireppnet.md 4).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ResultPage {
    /// More words of a receipt.
    pub received: Vec<String>,
    /// More words of a refusal for good.
    pub refused: Vec<String>,
    /// More words that make a refusal one for now.
    pub later: Vec<String>,
    /// What stands before the deposit's number; «Numéro de dépôt» without.
    pub reference: Option<String>,
}

/// How long a session lasts (docs/protocols/aireppnet.md 1.4, 1.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SessionRules {
    /// Seconds without a request after which it is over.
    pub idle: u32,
    /// More words of a page that speaks of an ended session.
    pub ended: Vec<String>,
    /// More words of the link that logs out.
    pub log_out: Vec<String>,
}

impl SessionRules {
    /// [`SessionRules::idle`].
    #[must_use]
    pub fn idle(&self) -> Duration {
        Duration::from_secs(self.idle.into())
    }
}

impl Default for SessionRules {
    fn default() -> Self {
        Self { idle: 60, ended: Vec::new(), log_out: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_read_from_a_file() {
        let profile: Profile = toml::from_str(
            "servers = { etat_civil = 'https://ec.example/depot/' }\nlog_in = { user = 'commune' }\n[deposit]\npath = 'envoi'\n\
             fields = { type = 'EC' }\n[result]\nreference = 'Reçu n°'\n[session]\nended = ['Fin de session']",
        )
        .unwrap();
        assert_eq!(profile.servers().count(), 1);
        assert_eq!(profile.servers.of(FileType::EtatCivil).unwrap().host_str(), Some("ec.example"));
        assert_eq!(profile.log_in.user.as_deref(), Some("commune"));
        assert_eq!(profile.session.idle(), Duration::from_secs(60));
        assert_eq!(toml::from_str::<Profile>(&toml::to_string(&profile).unwrap()).unwrap(), profile);
        assert!(toml::from_str::<Profile>("servers = { etat_civil = 'nowhere' }").is_err());
        assert!(toml::from_str::<Profile>("[deposit]\nfil = 'f'").is_err());
    }
}
