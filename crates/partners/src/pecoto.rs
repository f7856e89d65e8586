//! The national service's census by secure mail (docs/protocols/pecoto.md).
//!
//! The adapter holds no protocol of its own: it reads the profile, hands files to the client of `pecoto-smtp`, awaits the scheduler's commit point
//! inside the client's, and says in the scheduler's terms what went wrong. Its evidence is the reports that come back into a mailbox, which also
//! settle what the server left unanswered; answers that bring files are returns.

mod answers;
mod fault;
mod fields;
mod identity;
mod inbox;
mod partner;
mod reports;
mod settings;

use std::sync::Arc;

use pecoto_smtp::submission::{Address, Error, FileName, Line};
use scheduler_core::consignment::Why;
use scheduler_core::partner::{Capabilities, Channel, Facts, Field, FieldProblem, Partner, Plan};
use scheduler_core::scenario::{Profile, Scenario};

use self::partner::EndPoint;
use self::settings::Settings;

/// Sent as the subject when the scenario names none.
pub const SUBJECT: &str = "Recensement";

/// A scenario without a recipient: the file is held.
const DESTINATION_MISSING: &str = "pecoto-destination-missing";

/// Codes of the client that faults carry unchanged.
pub const CLIENT_CODES: &[&str] = Error::CODES;

/// Codes of this adapter itself.
pub const CODES: &[&str] =
    &[DESTINATION_MISSING, reports::UNDELIVERED, inbox::LOOK_FAILED, answers::GONE, answers::UNREADABLE];

/// The channel.
#[derive(Clone, Copy, Debug)]
pub struct Pecoto;

impl Channel for Pecoto {
    fn kind(&self) -> &'static str {
        "pecoto"
    }

    fn summary(&self) -> &'static str {
        "Service national : PECOTO, envoi par messagerie sécurisée (SMTP)"
    }

    /// No gap between messages: nothing says that the partner needs one. The limit on their size is the profile's.
    fn capabilities(&self) -> Capabilities {
        Capabilities { send: true, retrieve: true, evidence: true, ..Capabilities::default() }
    }

    fn profile_fields(&self) -> &'static [Field] {
        fields::PROFILE
    }

    fn scenario_fields(&self) -> &'static [Field] {
        fields::SCENARIO
    }

    fn build(&self, profile: &Profile) -> Result<Arc<dyn Partner>, Vec<FieldProblem>> {
        Ok(Arc::new(EndPoint::new(Settings::read(&profile.fields)?)?))
    }

    fn plan(&self, scenario: &Scenario, facts: &Facts<'_>) -> Plan {
        let text = |name: &str| scenario.fields.text(name).map(str::trim).filter(|text| !text.is_empty());
        let refused = |error: Error| Why::with(error.code(), error.to_string());
        let mut findings: Vec<Why> = facts.name.parse::<FileName>().err().map(refused).into_iter().collect();
        match text("destination") {
            None => findings.push(Why::code(DESTINATION_MISSING)),
            Some(list) => findings.extend(fields::recipients(list).err().map(refused)),
        }
        findings.extend(text("subject").and_then(|subject| subject.parse::<Line>().err()).map(refused));
        findings.extend(text("sender").and_then(|sender| sender.parse::<Address>().err()).map(refused));
        Plan { findings, registers: Vec::new(), identity: None }
    }
}

#[cfg(test)]
mod tests;
