//! INSEE's deposit servers for état civil and elections files (docs/protocols/aireppnet.md).
//!
//! The adapter holds no protocol of its own: it reads the profile, hands files to the client of `aireppnet`, awaits the scheduler's commit point
//! inside the client's, and says in the scheduler's terms what went wrong.
//!
//! A profile may name up to three servers; a scenario's `file_type` chooses one of them. Profiles that name the same servers share a gate, hence
//! their pacing (1.3).

mod fields;
mod partner;
mod settings;

use std::sync::Arc;
use std::time::Duration;

use aireppnet::findings::{Expectation, TextEncoding};
use aireppnet::{FileName, FileType};
use scheduler_core::consignment::Why;
use scheduler_core::partner::{Capabilities, Channel, Facts, Field, FieldProblem, Partner, Plan, Section};
use scheduler_core::scenario::{Profile, Scenario};

use self::partner::EndPoint;
use self::settings::Settings;

/// A scenario without a type of file, or with one that does not exist: the file is held.
const TYPE_UNKNOWN: &str = "aireppnet-file-type-unknown";
/// A scenario that expects something that cannot be: the file is held.
const EXPECTATION_REFUSED: &str = "aireppnet-expectation-refused";
/// The file could not be looked at: it is held.
const UNREADABLE: &str = "aireppnet-not-looked-at";

/// Codes of the client that faults carry unchanged.
pub const CLIENT_CODES: &[&str] = aireppnet::Error::CODES;

/// Codes of what the client finds in a file before anything is sent.
pub const FINDINGS: &[&str] = aireppnet::findings::CODES;

/// Codes of this adapter itself.
pub const CODES: &[&str] = &[TYPE_UNKNOWN, EXPECTATION_REFUSED, UNREADABLE];

/// The channel.
#[derive(Clone, Copy, Debug)]
pub struct Aireppnet;

impl Channel for Aireppnet {
    fn kind(&self) -> &'static str {
        "aireppnet"
    }

    fn summary(&self) -> &'static str {
        "INSEE : dépôt AIREPPNET, état civil et élections (HTTPS)"
    }

    /// The gap of docs/protocols/aireppnet.md 1.3. Nothing is collected, and no evidence comes later (4.6).
    fn capabilities(&self) -> Capabilities {
        Capabilities { send: true, delay_up: Duration::from_secs(60), ..Capabilities::default() }
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
        let name = FileName::try_from(facts.name).err().map(|error| Why::with(error.code(), error.to_string()));
        let kind = file_type(scenario).is_none().then(|| Why::code(TYPE_UNKNOWN));
        let content = match expectation(&scenario.fields) {
            Ok(expected) => match expected.look_at(facts.path) {
                Ok(findings) => findings.into_iter().map(|found| Why::with(found.code, found.words)).collect(),
                Err(error) => vec![Why::with(UNREADABLE, error.to_string())],
            },
            Err(field) => vec![Why::with(EXPECTATION_REFUSED, field)],
        };
        let findings = name.into_iter().chain(kind).chain(content).collect();
        Plan { findings, registers: Vec::new(), identity: None }
    }
}

fn file_type(scenario: &Scenario) -> Option<FileType> {
    FileType::named(scenario.fields.text("file_type")?.trim())
}

/// What the scenario says that its files are (docs/protocols/aireppnet.md 5); the field to blame where that cannot be.
fn expectation(fields: &Section) -> Result<Expectation, &'static str> {
    let text = |name| fields.text(name).map(str::trim).filter(|text: &&str| !text.is_empty()).map(ToOwned::to_owned);
    let encoding = match text("encoding") {
        Some(name) => Some(TextEncoding::named(&name).ok_or("encoding")?),
        None => None,
    };
    let record_length = match fields.integer("record_length") {
        Some(length) => Some(u32::try_from(length).ok().filter(|length| *length > 0).ok_or("record_length")?),
        None => None,
    };
    let records = match fields.integer("records") {
        Some(count) => Some(u64::try_from(count).map_err(|_| "records")?),
        None => None,
    };
    let (xml_root, xml_namespace) = (text("xml_root"), text("xml_namespace"));
    Ok(Expectation { encoding, record_length, records, xml_root, xml_namespace })
}

#[cfg(test)]
mod tests;
