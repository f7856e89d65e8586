//! The words that are recognised in the former product's files, all in one place.
//!
//! Its documentation shows a handful of keys literally; for the others these are the labels of its screens, which is our
//! assumption (docs/formats/ini-import.md). What is not here is listed, never guessed.

use std::collections::HashMap;
use std::sync::OnceLock;

/// Labels and what each means; case, accents, spaces and punctuation do not count.
pub(super) struct Words<T: 'static> {
    table: &'static [(T, &'static [&'static str])],
    index: OnceLock<HashMap<String, T>>,
}

impl<T: Copy> Words<T> {
    const fn new(table: &'static [(T, &'static [&'static str])]) -> Self {
        Self { table, index: OnceLock::new() }
    }

    /// What `text` means.
    pub(super) fn find(&self, text: &str) -> Option<T> {
        self.index
            .get_or_init(|| {
                self.table.iter().flat_map(|(meaning, labels)| labels.iter().map(|l| (plain(l), *meaning))).collect()
            })
            .get(&plain(text))
            .copied()
    }
}

/// Lower case, without accents, spaces or punctuation: `Réf. applicative` is `refapplicative`.
pub(crate) fn plain(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).map(unaccented).filter(|c| c.is_alphanumeric()).collect()
}

fn unaccented(c: char) -> char {
    match c {
        'à' | 'â' | 'ä' => 'a',
        'ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'î' | 'ï' => 'i',
        'ô' | 'ö' => 'o',
        'ù' | 'û' | 'ü' => 'u',
        _ => c,
    }
}

/// What a section is, by its whole name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SectionKind {
    Register,
    Settings,
    Searches,
}

pub(super) static SECTIONS: Words<SectionKind> = Words::new(&[
    (SectionKind::Register, &["DIR:REC"]),
    (SectionKind::Settings, &["CONFIG", "OPTIONS", "CONFIGURATION GÉNÉRALE", "RETRAIT"]),
    (SectionKind::Searches, &["RECHERCHE"]),
]);

/// The words that open a scenario's or a profile's section: `[SCENARIO:MANDATS]`, `[PROFIL VILLE]`.
pub(super) const SCENARIO_PREFIX: &str = "scenario";
pub(super) const PROFILE_PREFIX: &str = "profil";

/// The key of the register's section.
pub(super) const NUMREC: &str = "numrec";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ScenarioKey {
    Name,
    Enabled,
    Protocol,
    Profile,
    Filter,
    Backup,
    IfExists,
    Destination,
    Application,
    Code,
    Subject,
    Sender,
    ParmCft,
    FileType,
    RecordLength,
    RecordFormat,
    Compression,
}

pub(super) static SCENARIO: Words<ScenarioKey> = Words::new(&[
    (ScenarioKey::Name, &["nom", "nom du scénario", "scénario", "scenarii", "libellé"]),
    (ScenarioKey::Enabled, &["actif", "activé", "activer", "coche"]),
    (ScenarioKey::Protocol, &["protocole"]),
    (ScenarioKey::Profile, &["profil de connexion", "profil"]),
    (
        ScenarioKey::Filter,
        &["corbeille de départ", "corbeille", "répertoire de départ", "filtre de recherche", "filtre", "filter"],
    ),
    (
        ScenarioKey::Backup,
        &[
            "déplacer les fichiers trouvés dans",
            "répertoire de sauvegarde",
            "répertoire de backup",
            "sauvegarde",
            "backup",
        ],
    ),
    (
        ScenarioKey::IfExists,
        &[
            "action si le fichier existe déjà",
            "activer si le fichier existe déjà",
            "si le fichier existe déjà",
            "action",
        ],
    ),
    (ScenarioKey::Destination, &["site de destination", "site", "alias du destinataire", "alias", "destinataire"]),
    (ScenarioKey::Application, &["référence applicative", "réf. applicative", "RFA"]),
    (ScenarioKey::Code, &["code application", "code"]),
    (ScenarioKey::Subject, &["sujet du message", "sujet", "objet"]),
    (ScenarioKey::Sender, &["adresse d'émission", "adresse émission"]),
    (ScenarioKey::ParmCft, &["Parm CFT", "paramètre CFT"]),
    (ScenarioKey::FileType, &["type de fichier"]),
    (ScenarioKey::RecordLength, &["longueur d'enregistrement", "longueur enregistrement"]),
    (ScenarioKey::RecordFormat, &["longueur de fichier"]),
    (ScenarioKey::Compression, &["algorithme de compression", "compression"]),
]);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ProfileKey {
    Name,
    User,
    Password,
    Address,
    PortalAddress,
    PortalUser,
    PortalPassword,
    Proxy,
    ProxyUser,
    ProxyPassword,
    MailServer,
    MailFrom,
    DelayUp,
    DelayDown,
    LogOut,
    Vpn,
    VpnPassword,
}

impl ProfileKey {
    /// Its value is dropped as soon as it is read.
    pub(super) const fn is_secret(self) -> bool {
        matches!(self, Self::Password | Self::PortalPassword | Self::ProxyPassword | Self::VpnPassword)
    }
}

pub(super) static PROFILE: Words<ProfileKey> = Words::new(&[
    (ProfileKey::Name, &["nom du profil", "nom", "profil"]),
    (ProfileKey::User, &["identifiant", "identification", "utilisateur", "user", "login"]),
    (ProfileKey::Password, &["mot de passe", "mdp", "password", "passwd", "pwd"]),
    (ProfileKey::Address, &["adresse de connexion", "adresse du serveur", "adresse", "URL"]),
    (ProfileKey::PortalAddress, &["adresse du portail"]),
    (ProfileKey::PortalUser, &["identifiant portail", "identifiant du portail"]),
    (ProfileKey::PortalPassword, &["mot de passe portail", "mot de passe du portail"]),
    (ProfileKey::Proxy, &["proxy", "serveur proxy"]),
    (ProfileKey::ProxyUser, &["identifiant proxy", "identifiant du proxy"]),
    (ProfileKey::ProxyPassword, &["mot de passe proxy", "mot de passe du proxy"]),
    (ProfileKey::MailServer, &["serveur SMTP", "SMTP"]),
    (ProfileKey::MailFrom, &["adresse de messagerie", "expéditeur"]),
    (ProfileKey::DelayUp, UP),
    (ProfileKey::DelayDown, DOWN),
    (ProfileKey::LogOut, &["déconnexion automatique"]),
    (ProfileKey::Vpn, &["identifiant VPN", "utilisateur VPN", "profil VPN", "connexion VPN"]),
    (ProfileKey::VpnPassword, &["mot de passe VPN", "mot de passe du VPN"]),
]);

const UP: &[&str] = &["temporisation inter-fichiers", "temporisation émission", "temporisation envoi"];
const DOWN: &[&str] = &["temporisation réception", "temporisation retrait"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SettingKey {
    Timestamp,
    Rename,
    RenameFormat,
    BlockRetrieval,
    RetrievalOn,
    RetrievalAt,
    DelayUp,
    DelayDown,
}

pub(super) static SETTINGS: Words<SettingKey> = Words::new(&[
    (SettingKey::Timestamp, &["horodatage"]),
    (SettingKey::Rename, &["renommer"]),
    (SettingKey::RenameFormat, &["renommer_format"]),
    (SettingKey::BlockRetrieval, &["bloquer le retrait automatique", "bloquer retrait"]),
    (SettingKey::RetrievalOn, &["retrait programmé", "activer le retrait programmé", "activer"]),
    (SettingKey::RetrievalAt, &["heure de retrait"]),
    (SettingKey::DelayUp, UP),
    (SettingKey::DelayDown, DOWN),
]);

/// The protocols of the screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Tedeco,
    Helios,
    Aireppnet,
    Mail,
    /// Collects, sends nothing.
    Retrieval,
}

impl Protocol {
    /// The channel that does it; `None` where this product has none.
    pub(super) const fn channel(self) -> Option<&'static str> {
        match self {
            Self::Tedeco => None,
            Self::Helios | Self::Retrieval => Some("xfb"),
            Self::Aireppnet => Some("aireppnet"),
            Self::Mail => Some("pecoto"),
        }
    }
}

pub(super) static PROTOCOLS: Words<Protocol> = Words::new(&[
    (Protocol::Tedeco, &["TEDECO", "TEDECO FT", "TEDECO/IP"]),
    (Protocol::Helios, &["VPN/HELIOS", "VPN", "HELIOS", "V.P.N. CISCO", "V.P.N./D.G.C.P."]),
    (Protocol::Aireppnet, &["AIREPPNET", "SSL2", "AIREPPNET-SSL2", "SSL2/AIREPPNET"]),
    (Protocol::Mail, &["POP/SMTP", "SMTP", "PECOTO"]),
    (Protocol::Retrieval, &["Retrait"]),
]);

pub(super) static IF_EXISTS: Words<&str> =
    Words::new(&[("increment", &["Incrémenter"]), ("overwrite", &["Écraser"]), ("nothing", &["Rien"])]);

pub(super) static FILE_TYPES: Words<&str> = Words::new(&[
    ("etat-civil", &["État civil"]),
    ("elections-fr", &["Élections FR"]),
    ("elections-ue", &["Élections UE", "Élections EU"]),
]);

pub(super) static RECORD_FORMATS: Words<&str> =
    Words::new(&[("fixed", &["Longueur fixe", "Fixe"]), ("variable", &["Longueur variable", "Variable"])]);

pub(super) static COMPRESSIONS: Words<bool> = Words::new(&[
    (true, &["LempelZiv", "1", "oui", "vrai", "true"]),
    (false, &["Aucune", "0", "non", "faux", "false"]),
]);

pub(super) static ANSWERS: Words<bool> =
    Words::new(&[(true, &["1", "oui", "vrai", "true"]), (false, &["0", "non", "faux", "false"])]);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const PAGE: &str = include_str!("../../../../docs/formats/ini-import.md");

    /// Every label is on the page, and means one thing.
    fn documented<T: Copy>(words: &Words<T>) {
        let mut seen = BTreeSet::new();
        for label in words.table.iter().flat_map(|(_, labels)| *labels) {
            assert!(PAGE.contains(&format!("`{label}`")), "{label} is not in docs/formats/ini-import.md");
            assert!(seen.insert(plain(label)), "{label} is there twice");
            assert!(words.find(&label.to_uppercase()).is_some(), "{label}");
        }
    }

    #[test]
    fn every_label_is_documented_and_means_one_thing() {
        documented(&SECTIONS);
        documented(&SCENARIO);
        documented(&PROFILE);
        documented(&SETTINGS);
        documented(&PROTOCOLS);
        documented(&IF_EXISTS);
        documented(&FILE_TYPES);
        documented(&RECORD_FORMATS);
        documented(&COMPRESSIONS);
        documented(&ANSWERS);
    }

    #[test]
    fn accents_case_spaces_and_punctuation_do_not_count() {
        for text in
            ["Référence applicative", "reference_applicative", "REFERENCEAPPLICATIVE", " Reference-Applicative :"]
        {
            assert_eq!(SCENARIO.find(text), Some(ScenarioKey::Application), "{text}");
        }
        assert_eq!(SCENARIO.find("registre"), None);
        assert_eq!(SCENARIO.find("…"), None);
    }
}
