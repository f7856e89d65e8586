//! The former product's scenarios as `[scenarios.NAME]` sections.

use std::collections::BTreeSet;

use scheduler_core::partner::{Channel, Field, FieldKind};

use super::directory::{Directory, Names};
use super::finding::{Findings, Place, shown};
use super::legacy::{Section, Value};
use super::names::{self, Protocol, ScenarioKey as Key};
use super::paths::{self, PathMap};
use super::settings::{number, placeholder};
use super::toml::{self, Toml};
use crate::config::{LEGACY, quoted};

/// A profile that a scenario needs on a channel.
#[derive(Debug)]
pub(super) struct Use {
    pub(super) profile: String,
    pub(super) channel: &'static str,
    pub(super) place: Place,
}

/// What became of the scenarios.
#[derive(Debug, Default)]
pub(super) struct Scenarios {
    pub(super) text: String,
    pub(super) uses: Vec<Use>,
    /// Switched on.
    pub(super) on: usize,
    /// Written as comments, because nothing here can do their work.
    pub(super) commented: usize,
}

/// What scenarios are written with.
pub(super) struct Writer<'a> {
    pub(super) files: &'a [String],
    pub(super) maps: &'a PathMap,
    pub(super) channels: &'a [&'a dyn Channel],
    pub(super) windows: bool,
    pub(super) names: Names,
    pub(super) findings: &'a mut Findings,
}

/// A scenario's channel, as far as it is known.
#[derive(Clone, Copy)]
enum Way<'a> {
    Channel(&'a dyn Channel),
    /// Nothing is sent: the profile collects, on this channel.
    Retrieval(&'static str),
    /// Another product's work.
    Missing,
    Unknown,
}

impl Way<'_> {
    /// The channel that the scenario's profile needs.
    fn lane(self) -> Option<&'static str> {
        match self {
            Self::Channel(channel) => Some(channel.kind()),
            Self::Retrieval(kind) => Some(kind),
            Self::Missing | Self::Unknown => None,
        }
    }

    /// Why the section is a comment.
    fn reason(self) -> Option<&'static str> {
        match self {
            Self::Channel(_) => None,
            Self::Retrieval(_) => {
                Some("Un retrait n'est pas un scénario : c'est le profil qui reçoit (section retrieve).")
            }
            Self::Missing => Some("Le canal de ce scénario n'existe pas dans cette version : il reste en commentaire."),
            Self::Unknown => Some("Le protocole de ce scénario n'est pas connu : écrivez channel, puis retirez les #."),
        }
    }
}

impl<'a> Writer<'a> {
    /// Writes all of them.
    pub(super) fn write(&mut self, scenarios: &[Section<Key>], profiles: &mut Directory) -> Scenarios {
        let mut written = Scenarios::default();
        for scenario in scenarios {
            self.scenario(scenario, profiles, &mut written);
        }
        written
    }

    fn scenario(&mut self, scenario: &Section<Key>, profiles: &mut Directory, written: &mut Scenarios) {
        let name = self.names.give(&scenario.name);
        if name != scenario.name {
            self.findings.add("import-renamed", Some(&scenario.place), format!("{} → {name}", shown(&scenario.name)));
        }
        let way = self.way(scenario, &name);
        let mut toml = if way.reason().is_none() { Toml::default() } else { Toml::commented() };
        let Place { file, line, section, .. } = &scenario.place;
        toml.remark(&format!("{}, ligne {line} : [{section}]", self.files[*file]));
        way.reason().into_iter().for_each(|reason| toml.remark(reason));
        toml.header(&format!("scenarios.{}", quoted(&name)));
        let on = self.enabled(scenario, &mut toml);
        let kind = if let Way::Channel(channel) = way { toml::text(channel.kind()) } else { placeholder() };
        toml.line("channel", &kind, scenario.value(Key::Protocol).map_or("", |value| &value.text));
        let profile = self.profile(scenario, &name, profiles, &mut toml);
        self.folders(scenario, &name, &mut toml);
        self.if_exists(scenario, &mut toml);
        self.fields(scenario, &name, way, &mut toml);
        written.on += usize::from(on && !toml.is_commented());
        written.commented += usize::from(toml.is_commented());
        if let (Some(profile), Some(channel)) = (profile, way.lane()) {
            let place = scenario.value(Key::Profile).map_or(&scenario.place, |value| &value.place).clone();
            written.uses.push(Use { profile, channel, place });
        }
        toml.blank();
        written.text.push_str(&toml.into_text());
    }

    fn way(&mut self, scenario: &Section<Key>, name: &str) -> Way<'a> {
        let said = scenario.value(Key::Protocol);
        let Some(protocol) = said.and_then(|value| names::PROTOCOLS.find(&value.text)) else {
            self.unknown(said);
            self.findings.add("import-protocol-missing", Some(&scenario.place), name);
            return Way::Unknown;
        };
        let place = said.map(|value| &value.place);
        let channels = self.channels;
        match (protocol, channels.iter().find(|channel| Some(channel.kind()) == protocol.channel())) {
            (Protocol::Retrieval, Some(channel)) => {
                self.findings.add("import-retrieval-only", place, name);
                Way::Retrieval(channel.kind())
            }
            (_, Some(channel)) => Way::Channel(*channel),
            (_, None) => {
                self.findings.add("import-channel-missing", place, name);
                Way::Missing
            }
        }
    }

    /// Off unless the file says on: what may leave is for people to say.
    fn enabled(&mut self, scenario: &Section<Key>, toml: &mut Toml) -> bool {
        let said = scenario.value(Key::Enabled);
        let on = said.and_then(|value| names::ANSWERS.find(&value.text));
        match on {
            Some(true) => toml.line("enabled", "true", ""),
            Some(false) => toml.line("enabled", "false", ""),
            None => {
                toml.line("enabled", "false", "la coche n'a pas été trouvée : true pour que ses fichiers partent");
                self.unknown(said);
                self.findings.add("import-enabled-missing", Some(&scenario.place), scenario.name.clone());
            }
        }
        on == Some(true)
    }

    fn profile(
        &mut self,
        scenario: &Section<Key>,
        name: &str,
        profiles: &mut Directory,
        toml: &mut Toml,
    ) -> Option<String> {
        let Some(said) = scenario.value(Key::Profile) else {
            toml.line("profile", &placeholder(), "");
            self.left_open(scenario, toml, name, "profile");
            return None;
        };
        let (profile, _) = profiles.name(&said.text);
        toml.line("profile", &toml::text(&profile), "");
        Some(profile)
    }

    fn folders(&mut self, scenario: &Section<Key>, name: &str, toml: &mut Toml) {
        let filter = scenario.value(Key::Filter);
        match filter.and_then(|filter| self.path("watch", filter, toml).map(|path| (filter, path))) {
            Some((filter, path)) => {
                let folder = path.rsplit_once(['/', '\\']).map_or("", |(folder, _)| folder);
                if folder.contains(['*', '?']) {
                    self.findings.add("import-path-wildcard", Some(&filter.place), shown(&path));
                }
            }
            None => {
                toml.line("watch", &placeholder(), "");
                self.left_open(scenario, toml, name, "watch");
            }
        }
        if let Some(backup) = scenario.value(Key::Backup) {
            self.path("backup", backup, toml);
        }
    }

    /// The path as it was written; `None` when it is none.
    fn path(&mut self, key: &str, value: &Value, toml: &mut Toml) -> Option<String> {
        if value.text.chars().any(char::is_control) {
            self.unknown(Some(value));
            return None;
        }
        let mapped = self.maps.apply(&value.text, self.windows);
        let path = mapped.as_deref().unwrap_or(&value.text);
        toml.line(key, &toml::path(path), if mapped.is_some() { &value.text } else { "" });
        if mapped.is_none() && !self.windows && paths::is_dos(path) {
            self.findings.add("import-path-unmapped", Some(&value.place), shown(path));
        }
        Some(path.to_owned())
    }

    fn if_exists(&mut self, scenario: &Section<Key>, toml: &mut Toml) {
        let Some(said) = scenario.value(Key::IfExists) else { return };
        match names::IF_EXISTS.find(&said.text) {
            Some(action) => toml.line("if_exists", &toml::text(action), ""),
            None => self.unknown(Some(said)),
        }
    }

    /// The channel's own fields, then those that every scenario may carry; what the channel has no use for is told.
    fn fields(&mut self, scenario: &Section<Key>, name: &str, way: Way<'_>, toml: &mut Toml) {
        let own = if let Way::Channel(channel) = way { channel.scenario_fields() } else { ANY };
        let further = LEGACY.iter().filter(|field| own.iter().all(|known| known.name != field.name));
        let mut used = BTreeSet::from([
            Key::Name,
            Key::Enabled,
            Key::Protocol,
            Key::Profile,
            Key::Filter,
            Key::Backup,
            Key::IfExists,
        ]);
        for field in own.iter().chain(further) {
            let value = key(field.name).and_then(|key| taken(scenario, key, &mut used));
            let written = value.and_then(|value| self.written(field, value, way));
            match written {
                Some(text) => toml.line(field.name, &text, ""),
                None if field.required => {
                    toml.line(field.name, &placeholder(), &format!("{}, par exemple {}", field.help, field.example));
                    self.left_open(scenario, toml, name, field.name);
                }
                None => {}
            }
        }
        for (_, value) in scenario.values.iter().filter(|(key, value)| !used.contains(key) && !value.text.is_empty()) {
            self.findings.add("import-not-needed", Some(&value.place), "");
        }
    }

    /// The value as TOML; `None` when it says nothing that the field can hold.
    fn written(&mut self, field: &Field, value: &Value, way: Way<'_>) -> Option<String> {
        let kind = way.lane().unwrap_or_default();
        let said = value.text.as_str();
        let text = match (kind, field.name) {
            ("pecoto", "destination" | "sender") => said.contains('@').then(|| toml::text(said)),
            ("aireppnet", "file_type") => names::FILE_TYPES.find(said).map(toml::text),
            (_, "record_format") => names::RECORD_FORMATS.find(said).map(toml::text),
            (_, "compression") => names::COMPRESSIONS.find(said).map(|yes| yes.to_string()),
            // What the screens show when the length varies.
            (_, "record_length") if said == "0" => return None,
            (_, "record_length") => return number(value, 1, u64::from(u32::MAX), self.findings).map(|n| n.to_string()),
            _ => (field.kind == FieldKind::Text).then(|| toml::text(said)),
        };
        if text.is_none() {
            self.unknown(Some(value));
        }
        text
    }

    fn unknown(&mut self, value: Option<&Value>) {
        if let Some(value) = value {
            self.findings.add("import-unknown-value", Some(&value.place), shown(&value.text));
        }
    }

    /// Comments need no filling in.
    fn left_open(&mut self, scenario: &Section<Key>, toml: &Toml, name: &str, key: &str) {
        if !toml.is_commented() {
            self.findings.add("import-to-fill-in", Some(&scenario.place), format!("scenarios.{}.{key}", quoted(name)));
        }
    }
}

/// What a scenario of no known channel is written with.
const fn any(name: &'static str) -> Field {
    Field { name, kind: FieldKind::Text, required: false, help: "", example: "" }
}

static ANY: &[Field] = &[any("destination"), any("application"), any("subject")];

/// The key that a field's value comes from.
fn key(field: &str) -> Option<Key> {
    Some(match field {
        "destination" => Key::Destination,
        "application" => Key::Application,
        "code" => Key::Code,
        "subject" => Key::Subject,
        "sender" => Key::Sender,
        "parm_cft" => Key::ParmCft,
        "file_type" => Key::FileType,
        "record_length" => Key::RecordLength,
        "record_format" => Key::RecordFormat,
        "compression" => Key::Compression,
        _ => return None,
    })
}

/// The value of a key, which is then used. The table of scenarios calls the application's reference «Code».
fn taken<'s>(scenario: &'s Section<Key>, key: Key, used: &mut BTreeSet<Key>) -> Option<&'s Value> {
    let key = if key == Key::Application && scenario.value(key).is_none() { Key::Code } else { key };
    scenario.value(key).filter(|_| used.insert(key))
}
