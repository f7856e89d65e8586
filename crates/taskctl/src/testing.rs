//! A channel that needs no partner, and samples of what the journal holds, for the tests of this crate.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use scheduler_core::consignment::{Acceptance, Consignment, Identifiers, Lane, State};
use scheduler_core::id::Id;
use scheduler_core::partner::{Capabilities, Channel, Facts, Field, FieldKind, FieldProblem, Help, Partner, Plan};
use scheduler_core::returned::{Offer, Return, ReturnState};
use scheduler_core::scenario::{Profile, Scenario};

use crate::catalogue::Words;

const fn field(
    name: &'static str,
    kind: FieldKind,
    required: bool,
    help: &'static str,
    example: &'static str,
) -> Field {
    Field { name, kind, required, help, example }
}

static PROFILE: [Field; 9] = [
    field("base_url", FieldKind::Url, true, "Adresse du serveur Gateway", "\"https://gateway.partenaires\""),
    field("user", FieldKind::Text, true, "Identifiant donné par la DGFiP", "\"u12345\""),
    field("password", FieldKind::Secret, true, "Mot de passe", "{ file = \"secrets/VILLE.xfb\" }"),
    field("portal_url", FieldKind::Url, false, "Adresse du portail ILEX", "\"https://accueil.partenaires\""),
    field(
        "portal_password",
        FieldKind::Secret,
        false,
        "Mot de passe du portail",
        "{ file = \"secrets/VILLE.xfb.portal_password\" }",
    ),
    field("proxy", FieldKind::Url, false, "Serveur mandataire", "\"http://proxy:3128\""),
    field("ca_file", FieldKind::Path, false, "Autorité de certification", "'ca.pem'"),
    field("fields", FieldKind::Texts, false, "Noms des champs du formulaire", "{ destination = \"dest\" }"),
    field("timeout", FieldKind::Duration, false, "Silence le plus long", "\"60s\""),
];

static SCENARIO: [Field; 3] = [
    field("subject", FieldKind::Text, false, "Objet", "\"HELIOS\""),
    field("destination", FieldKind::Text, true, "Site de destination", "\"C175\""),
    field("application", FieldKind::Text, true, "Référence applicative", "\"GRCT450\""),
];

/// A channel of which only the description is used.
pub(crate) struct Fake;

impl Channel for Fake {
    fn kind(&self) -> &'static str {
        "xfb"
    }

    fn summary(&self) -> &'static str {
        "DGFiP : portail ILEX et serveur XFB/Gateway"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            send: true,
            retrieve: true,
            delay_up: Duration::from_secs(30),
            delay_down: Duration::from_secs(10),
            ..Capabilities::default()
        }
    }

    fn profile_fields(&self) -> &'static [Field] {
        &PROFILE
    }

    fn scenario_fields(&self) -> &'static [Field] {
        &SCENARIO
    }

    /// Refuses the user `refused`: the tests look at where the configuration is blamed.
    fn build(&self, profile: &Profile) -> Result<Arc<dyn Partner>, Vec<FieldProblem>> {
        let refused = profile.fields.text("user") == Some("refused");
        let problem = FieldProblem {
            field: "user",
            code: "fake-user-refused",
            help: Help::new("Écrivez un autre utilisateur.", "Write another user."),
        };
        Err(if refused { vec![problem] } else { Vec::new() })
    }

    fn plan(&self, _: &Scenario, _: &Facts<'_>) -> Plan {
        Plan::default()
    }
}

/// The channels of the tests.
pub(crate) const CHANNELS: &[&dyn Channel] = &[&Fake];

/// The station's time zone in tests.
pub(crate) fn paris() -> TimeZone {
    TimeZone::get("Europe/Paris").unwrap()
}

/// `minute` minutes after a Sunday morning of November.
pub(crate) fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_795_334_400 + 60 * minute).unwrap()
}

/// The n-th identifier.
pub(crate) fn id(number: i64) -> Id {
    Id::from_i64(58_000_000_000_000_000 + number).unwrap()
}

/// The n-th mandate of a town, in this state.
pub(crate) fn consignment(number: i64, state: State) -> Consignment {
    let facts = Acceptance {
        scenario: "MANDATS".to_owned(),
        lane: Lane::new("VILLE", "xfb"),
        source: format!("/srv/mand/PESALR2_{number:03}.xml"),
        name: format!("PESALR2_{number:03}.xml"),
        size: 19_968,
        modified: at(0),
        sha1: "a9993e364706816aba3e25717850c26c9cd0d89d".to_owned(),
        sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".to_owned(),
        destination: "xfb/C175/GRCT450".to_owned(),
        identity: None,
        held: None,
        sent_copy: false,
        again_of: None,
    };
    Consignment {
        id: id(number),
        facts,
        accepted: at(0),
        changed: at(number),
        state,
        attempts: 1,
        gate: None,
        numbers: BTreeMap::new(),
        identifiers: Identifiers::new(),
        receipt: None,
        committed: None,
        evidence: None,
        owes_copy: false,
        maybe_received: false,
        proposal: None,
        sent_again: None,
        answers: Vec::new(),
    }
}

/// The n-th return of a town, in this state.
pub(crate) fn returned(number: i64, state: ReturnState) -> Return {
    let offer = Offer { key: format!("6289{number}"), name: "RCT290G".to_owned(), size: None, consuming: true };
    let path = matches!(state, ReturnState::Published | ReturnState::Disposed)
        .then(|| format!("/srv/recus/VILLE/RCT290G_{number}"));
    Return {
        id: id(number),
        lane: Lane::new("VILLE", "xfb"),
        gate: "https://gateway.partenaires".to_owned(),
        offer,
        offered: at(0),
        changed: at(number),
        state,
        collected: None,
        folder: None,
        path,
        about: None,
        by_hand: false,
        dismissed: false,
    }
}

/// What shows that a text is not in both languages; `None` when it is.
pub(crate) fn untranslated(words: &Words) -> Option<String> {
    let Words { fr, en } = words;
    if fr.trim().is_empty() || en.trim().is_empty() || fr == en {
        return Some(format!("the same twice, or nothing: {fr:?}, {en:?}"));
    }
    let accent = en.to_lowercase().chars().find(|c| "àâäçéèêëîïôöùûüœæ«»\u{a0}\u{202f}".contains(*c));
    let spaced = [" :", " ;"].into_iter().find(|mark| en.contains(mark));
    let french = ["le", "la", "les", "un", "une", "des", "du", "est", "et", "ou", "dans", "pour", "ne", "pas", "sur"];
    let french = en.split(|c: char| !c.is_alphanumeric()).find(|word| french.contains(word));
    let fault = accent.map(String::from).or_else(|| spaced.or(french).map(str::to_owned))?;
    Some(format!("{fault:?} in {en:?}"))
}
