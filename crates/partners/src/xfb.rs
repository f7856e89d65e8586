//! The DGFiP's XFB/Gateway, behind the ILEX portal (docs/protocols/xfb-gateway.md).
//!
//! The adapter holds no protocol of its own: it reads the profile, hands files to the client of `xfb-gateway`, awaits the scheduler's
//! commit point inside the client's, and says in the scheduler's terms what went wrong. Its evidence is the four mails of clause 8, read
//! from a folder or from a mailbox on a server.

mod fault;
mod fields;
mod identity;
mod notices;
mod partner;
mod remote;
mod settings;

use std::sync::Arc;
use std::time::Duration;

use scheduler_core::consignment::Why;
use scheduler_core::partner::{Capabilities, Channel, Facts, Field, FieldProblem, Partner, Plan};
use scheduler_core::scenario::{Profile, Scenario};
use xfb_gateway::{FieldText, FileName};

use self::partner::EndPoint;
use self::settings::Settings;

/// Sent as the subject when the scenario names none (docs/protocols/xfb-gateway.md 4.1).
pub const SUBJECT: &str = "HÉLIOS";

/// A scenario without a destination site: the file is held.
const DESTINATION_MISSING: &str = "xfb-destination-missing";
/// A scenario without an application reference: the file is held.
const APPLICATION_MISSING: &str = "xfb-application-missing";

/// Codes of the client that faults carry unchanged.
pub const CLIENT_CODES: &[&str] = xfb_gateway::Error::CODES;

/// Codes of this adapter itself.
pub const CODES: &[&str] =
    &[DESTINATION_MISSING, APPLICATION_MISSING, notices::NOT_AUTHORISED, notices::UNKNOWN_FILE, notices::LOOK_FAILED];

/// The channel.
#[derive(Clone, Copy, Debug)]
pub struct Xfb;

impl Channel for Xfb {
    fn kind(&self) -> &'static str {
        "xfb"
    }

    fn summary(&self) -> &'static str {
        "DGFiP : portail ILEX et serveur XFB/Gateway (HTTP)"
    }

    /// The advised gaps of docs/protocols/xfb-gateway.md 6.1. The size of a file is limited by law, not by this server.
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            send: true,
            retrieve: true,
            evidence: true,
            delay_up: Duration::from_secs(30),
            delay_down: Duration::from_secs(10),
            ..Capabilities::default()
        }
    }

    fn profile_fields(&self) -> &'static [Field] {
        fields::PROFILE
    }

    fn scenario_fields(&self) -> &'static [Field] {
        fields::SCENARIO
    }

    fn build(&self, profile: &Profile) -> Result<Arc<dyn Partner>, Vec<FieldProblem>> {
        let settings = Settings::read(&profile.fields)?;
        Ok(Arc::new(EndPoint::new(settings)?))
    }

    fn plan(&self, scenario: &Scenario, facts: &Facts<'_>) -> Plan {
        let name = FileName::try_from(facts.name).err();
        let values = fields::SENT.iter().filter_map(|name| {
            let value = scenario.fields.text(name).filter(|text| !text.is_empty())?;
            FieldText::try_from(value).err()
        });
        let refused = name.into_iter().chain(values);
        let missing = [("destination", DESTINATION_MISSING), ("application", APPLICATION_MISSING)];
        let missing = missing
            .iter()
            .filter(|(name, _)| scenario.fields.text(name).is_none_or(str::is_empty))
            .map(|(_, code)| Why::code(*code));
        Plan {
            findings: refused.map(|error| Why::with(error.code(), error.to_string())).chain(missing).collect(),
            registers: Vec::new(),
            identity: identity::of(facts.head),
        }
    }
}

#[cfg(test)]
mod tests;
