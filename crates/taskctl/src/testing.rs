//! A channel that needs no partner, for the tests of this crate.

use std::sync::Arc;
use std::time::Duration;

use scheduler_core::partner::{
    Capabilities, Channel, Facts, Field, FieldKind, FieldProblem, Partner, Plan,
};
use scheduler_core::scenario::{Profile, Scenario};

const fn field(
    name: &'static str,
    kind: FieldKind,
    required: bool,
    help: &'static str,
    example: &'static str,
) -> Field {
    Field {
        name,
        kind,
        required,
        help,
        example,
    }
}

static PROFILE: [Field; 9] = [
    field(
        "base_url",
        FieldKind::Url,
        true,
        "Adresse du serveur Gateway",
        "\"https://gateway.partenaires\"",
    ),
    field(
        "user",
        FieldKind::Text,
        true,
        "Identifiant donné par la DGFiP",
        "\"u12345\"",
    ),
    field(
        "password",
        FieldKind::Secret,
        true,
        "Mot de passe",
        "{ file = \"secrets/VILLE.xfb\" }",
    ),
    field(
        "portal_url",
        FieldKind::Url,
        false,
        "Adresse du portail ILEX",
        "\"https://accueil.partenaires\"",
    ),
    field(
        "portal_password",
        FieldKind::Secret,
        false,
        "Mot de passe du portail",
        "{ file = \"secrets/VILLE.xfb.portal_password\" }",
    ),
    field(
        "proxy",
        FieldKind::Url,
        false,
        "Serveur mandataire",
        "\"http://proxy:3128\"",
    ),
    field(
        "ca_file",
        FieldKind::Path,
        false,
        "Autorité de certification",
        "'ca.pem'",
    ),
    field(
        "fields",
        FieldKind::Texts,
        false,
        "Noms des champs du formulaire",
        "{ destination = \"dest\" }",
    ),
    field(
        "timeout",
        FieldKind::Duration,
        false,
        "Silence le plus long",
        "\"60s\"",
    ),
];

static SCENARIO: [Field; 3] = [
    field("subject", FieldKind::Text, false, "Objet", "\"HELIOS\""),
    field(
        "destination",
        FieldKind::Text,
        true,
        "Site de destination",
        "\"C175\"",
    ),
    field(
        "application",
        FieldKind::Text,
        true,
        "Référence applicative",
        "\"GRCT450\"",
    ),
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
            help: "Écrivez un autre utilisateur.".to_owned(),
        };
        Err(if refused { vec![problem] } else { Vec::new() })
    }

    fn plan(&self, _: &Scenario, _: &Facts<'_>) -> Plan {
        Plan::default()
    }
}

/// The channels of the tests.
pub(crate) const CHANNELS: &[&dyn Channel] = &[&Fake];
