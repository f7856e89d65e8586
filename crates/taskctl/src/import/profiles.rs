//! The former product's profiles as `[profiles.NAME.CHANNEL]` sections.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use scheduler_core::partner::{Channel, Field, FieldKind};
use url::Url;

use super::directory::Directory;
use super::finding::{Findings, Place, shown};
use super::legacy::{Section, Value};
use super::names::{ProfileKey as Key, plain};
use super::scenarios::Use;
use super::settings::{Common, placeholder, seconds};
use super::toml::{self, Toml};
use crate::config::{quoted, secret_name};

/// What profiles are written with.
pub(super) struct Writer<'a> {
    pub(super) files: &'a [String],
    pub(super) channels: &'a [&'a dyn Channel],
    pub(super) common: &'a Common,
    pub(super) findings: &'a mut Findings,
}

/// A profile: its channels, and the section that describes each, if one does.
struct Profile<'a> {
    name: String,
    lanes: BTreeMap<&'static str, Option<&'a Section<Key>>>,
    sections: Vec<&'a Section<Key>>,
    /// Where a scenario names it first.
    place: Option<&'a Place>,
}

impl Writer<'_> {
    /// Writes those that scenarios use, and those that a file describes; how many.
    pub(super) fn write(&mut self, sections: &[Section<Key>], uses: &[Use], names: &mut Directory) -> (String, usize) {
        let mut profiles = gather(sections, uses, names, self.findings);
        let mut text = String::new();
        let mut count = 0;
        for profile in &mut profiles {
            self.describe(profile);
            if profile.lanes.is_empty() {
                continue;
            }
            count += 1;
            let mut toml = Toml::default();
            for (kind, section) in &profile.lanes {
                if let Some(channel) = self.channels.iter().find(|channel| channel.kind() == *kind) {
                    self.lane(profile, *channel, *section, &mut toml);
                }
            }
            let collects = |kind: &&'static str| {
                self.channels.iter().any(|channel| channel.kind() == *kind && channel.capabilities().retrieve)
            };
            if profile.lanes.keys().any(collects) {
                self.common.write(&quoted(&profile.name), &mut toml);
            }
            text.push_str(&toml.into_text());
        }
        (text, count)
    }

    /// Gives each section of the profile its channel: the only one that is used, else the one that its file is about.
    fn describe(&mut self, profile: &mut Profile<'_>) {
        let only = if profile.lanes.len() == 1 && profile.sections.len() == 1 {
            profile.lanes.keys().next().copied()
        } else {
            None
        };
        for section in std::mem::take(&mut profile.sections) {
            let hinted = hint(&self.files[section.place.file]).filter(|kind| {
                let usable = profile.lanes.is_empty() || profile.lanes.contains_key(kind);
                usable && self.channels.iter().any(|channel| channel.kind() == *kind)
            });
            let code = match only.or(hinted) {
                Some(kind) => match profile.lanes.insert(kind, Some(section)) {
                    Some(Some(first)) => {
                        profile.lanes.insert(kind, Some(first));
                        "import-duplicate-section"
                    }
                    _ => continue,
                },
                None if profile.place.is_none() => "import-profile-unused",
                None => "import-profile-ambiguous",
            };
            self.findings.add(code, Some(&section.place), profile.name.clone());
        }
    }

    fn lane(&mut self, profile: &Profile<'_>, channel: &dyn Channel, section: Option<&Section<Key>>, toml: &mut Toml) {
        let kind = channel.kind();
        let lane = format!("{}.{kind}", profile.name);
        toml.blank();
        match section {
            Some(section) => {
                let Place { file, line, section, .. } = &section.place;
                toml.remark(&format!("{}, ligne {line} : [{section}]", self.files[*file]));
            }
            None => {
                toml.remark("Nommé par des scénarios, décrit dans aucun des fichiers lus.");
                self.findings.add("import-profile-undescribed", profile.place, lane.clone());
            }
        }
        toml.remark(channel.summary());
        toml.header(&format!("profiles.{}.{kind}", quoted(&profile.name)));
        let mut used = BTreeSet::from([Key::Name, Key::DelayUp, Key::DelayDown]);
        let mut first_secret = true;
        for field in channel.profile_fields() {
            let key = key(field.name);
            let value = key.and_then(|key| section?.value(key));
            used.extend(key);
            if field.kind == FieldKind::Secret {
                if value.is_some() || field.required {
                    self.secret(field, &secret_name(&lane, field.name, first_secret), value, toml);
                }
                first_secret = false;
            } else {
                self.field(field, value, &lane, toml);
            }
        }
        if kind == "aireppnet" {
            toml.remark("Au moins une adresse : etat_civil_url, elections_fr_url ou elections_ue_url = \"https://…\"");
            self.findings.add("import-server-addresses", section.map(|section| &section.place), lane.clone());
        }
        self.delays(kind, section, toml);
        section.into_iter().for_each(|section| self.left(section, &used));
    }

    fn secret(&mut self, field: &Field, name: &str, value: Option<&Value>, toml: &mut Toml) {
        let command = format!("taskctl secret set {}", shell(name));
        toml.line(field.name, &format!("{{ file = {} }}", toml::text(&format!("secrets/{name}"))), &command);
        self.findings.add("import-password", value.map(|value| &value.place), command);
    }

    fn field(&mut self, field: &Field, value: Option<&Value>, lane: &str, toml: &mut Toml) {
        let written = value.and_then(|value| match field.kind {
            FieldKind::Url => self.address(value, toml),
            FieldKind::Text => Some(toml::text(&value.text)),
            _ => None,
        });
        match written {
            Some(text) => toml.line(field.name, &text, ""),
            None if field.required => {
                toml.line(field.name, &placeholder(), &format!("{}, par exemple {}", field.help, field.example));
                self.findings.add(
                    "import-to-fill-in",
                    value.map(|value| &value.place),
                    format!("profiles.{lane}.{}", field.name),
                );
            }
            None => {}
        }
    }

    /// An address without anybody's password in it.
    fn address(&mut self, value: &Value, toml: &mut Toml) -> Option<String> {
        let lower = value.text.to_lowercase();
        let parsed =
            Url::parse(&value.text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let credentials = parsed.as_ref().is_some_and(|url| !url.username().is_empty() || url.password().is_some());
        if credentials || lower.contains("password=") || lower.contains("user=") {
            self.findings.add("import-address-credentials", Some(&value.place), "");
            return None;
        }
        let Some(url) = parsed else {
            self.findings.add("import-unknown-value", Some(&value.place), shown(&value.text));
            return None;
        };
        let proxy = value.place.key.as_deref().is_some_and(|key| plain(key).contains("proxy"));
        if url.scheme() == "http" && !proxy {
            toml.proposal(
                "tunnel",
                "\"external\"",
                "si un VPN établi par quelqu'un d'autre protège cette adresse http",
            );
            self.findings.add("import-address-plain", Some(&value.place), shown(&value.text));
        }
        Some(toml::text(&value.text))
    }

    /// Pacing: the profile's own, else HConnect's for the Treasury.
    fn delays(&mut self, kind: &str, section: Option<&Section<Key>>, toml: &mut Toml) {
        let keys = [("delay_up", Key::DelayUp), ("delay_down", Key::DelayDown)];
        for ((name, key), common) in keys.into_iter().zip(self.common.delays) {
            let own = section.and_then(|section| section.value(key));
            let delay =
                own.and_then(|value| seconds(value, self.findings)).or_else(|| common.filter(|_| kind == "xfb"));
            if let Some(delay) = delay {
                toml.line(name, &format!("\"{delay}s\""), "");
            }
        }
    }

    /// Keys that the channel's fields did not take.
    fn left(&mut self, section: &Section<Key>, used: &BTreeSet<Key>) {
        for (key, value) in section.values.iter().filter(|(key, value)| !used.contains(key) && !value.text.is_empty()) {
            let vpn = matches!(key, Key::Vpn | Key::VpnPassword);
            self.findings.add(if vpn { "import-vpn" } else { "import-not-needed" }, Some(&value.place), "");
        }
    }
}

/// Profiles in the order of the files: those that are described, then those that scenarios name beside them.
fn gather<'a>(
    sections: &'a [Section<Key>],
    uses: &'a [Use],
    names: &mut Directory,
    findings: &mut Findings,
) -> Vec<Profile<'a>> {
    let mut profiles: Vec<Profile<'a>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut at = |name: &str, profiles: &mut Vec<Profile<'a>>| {
        *places.entry(name.to_owned()).or_insert_with(|| {
            profiles.push(Profile { name: name.to_owned(), lanes: BTreeMap::new(), sections: Vec::new(), place: None });
            profiles.len() - 1
        })
    };
    for section in sections {
        let (name, _) = names.name(&section.name);
        if name.to_lowercase() != section.name.to_lowercase() {
            findings.add("import-renamed", Some(&section.place), format!("{} → {name}", shown(&section.name)));
        }
        let index = at(&name, &mut profiles);
        profiles[index].sections.push(section);
    }
    for wanted in uses {
        let index = at(&wanted.profile, &mut profiles);
        profiles[index].lanes.entry(wanted.channel).or_insert(None);
        profiles[index].place.get_or_insert(&wanted.place);
    }
    profiles
}

/// The module of the former product that a file belongs to says which channel its profiles are for.
fn hint(file: &str) -> Option<&'static str> {
    let name = plain(file);
    if name.contains("hconnect") {
        return Some("xfb");
    }
    name.contains("aiconnect").then_some("aireppnet")
}

/// The key that a field's value comes from.
fn key(field: &str) -> Option<Key> {
    Some(match field {
        "user" | "commune" => Key::User,
        "password" => Key::Password,
        "base_url" => Key::Address,
        "portal_url" => Key::PortalAddress,
        "portal_user" => Key::PortalUser,
        "portal_password" => Key::PortalPassword,
        "proxy" => Key::Proxy,
        "proxy_user" => Key::ProxyUser,
        "proxy_password" => Key::ProxyPassword,
        "server" => Key::MailServer,
        "from" => Key::MailFrom,
        _ => return None,
    })
}

/// A name as it is typed: quoted when it holds a space.
fn shell(name: &str) -> String {
    if name.contains(' ') { format!("\"{name}\"") } else { name.to_owned() }
}
