//! The `[profiles.NAME]` sections: one sub-section a channel, and what its channels share.

use std::path::{Path, PathBuf};
use std::time::Duration;

use scheduler_core::consignment::Lane;
use scheduler_core::naming::{Pattern, PatternError, VARIABLES};
use scheduler_core::partner::{Channel, FieldKind};
use scheduler_core::scenario::{Contact, Naming, Profile, Retrieve};

use super::distance::closest;
use super::fields::{self, Fields, Surroundings};
use super::mistake;
use super::reader::{Collector, Item, Table, quoted};
use super::report::Place;
use super::risk;
use super::schedule;
use super::secret::SecretRequest;

/// Keys of a channel's section that every channel takes.
const GENERIC: [&str; 5] = ["contact", "delay_up", "delay_down", "sessions", "tunnel"];

/// A profile on one channel, and where its parts stand.
#[derive(Clone, Debug)]
pub struct ProfileEntry {
    /// The profile; its secrets are still to be read.
    pub profile: Profile,
    /// The secrets it names.
    pub secrets: Vec<SecretRequest>,
    /// Where its section is opened.
    pub place: Place,
    /// Where each of the channel's fields stands.
    pub(super) fields: Vec<(&'static str, Place)>,
}

impl ProfileEntry {
    /// Where a field of the channel stands; where the section is opened, when it does not.
    #[must_use]
    pub(crate) fn place_of(&self, field: Option<&str>) -> &Place {
        let given = self.fields.iter().find(|(name, _)| Some(*name) == field);
        given.map_or(&self.place, |(_, place)| place)
    }
}

/// The names of the fields that hold secrets, whatever the channel.
pub(super) fn secret_names(channels: &[&dyn Channel]) -> Vec<&'static str> {
    let fields = channels.iter().flat_map(|channel| channel.profile_fields());
    fields.filter(|field| field.kind == FieldKind::Secret).map(|field| field.name).collect()
}

/// Reads a profile: one entry a channel.
pub(super) fn read(
    name: &str,
    mut table: Table<'_>,
    base: &Path,
    channels: &[&dyn Channel],
    problems: &mut Collector,
) -> Vec<ProfileEntry> {
    if !is_name(name) {
        problems.add(mistake::bad_name(name), &table.place);
    }
    let retrieval = table.table("retrieve", problems).map(|table| schedule::read(table, problems)).unwrap_or_default();
    let naming = table.table("naming", problems).map(|table| naming(table, problems));
    let naming = naming.unwrap_or(Naming { pattern: None, searches: Vec::new(), folder: PathBuf::new() });
    let (mut entries, mut used) = (Vec::new(), Vec::new());
    for channel in channels {
        let Some(item) = table.item(channel.kind()) else {
            continue;
        };
        if let Some(section) = table.enter(&item, problems) {
            let entry = lane(name, section, base, *channel, problems);
            let retrieve = retrieval.on(*channel, entry.profile.delay_down, problems);
            entries
                .push(ProfileEntry { profile: Profile { retrieve, naming: naming.clone(), ..entry.profile }, ..entry });
            used.push(*channel);
        }
    }
    retrieval.check_use(name, &used, problems);
    let kinds: Vec<&str> = channels.iter().map(|channel| channel.kind()).collect();
    if let (true, Some(kind)) = (table.items().is_empty(), kinds.first()) {
        problems.add(mistake::no_channel_section(name, kind), &table.place);
    }
    table.finish_with(problems, |key| misplaced(name, key, channels, &kinds));
    entries
}

fn misplaced(name: &str, key: &str, channels: &[&dyn Channel], kinds: &[&str]) -> Option<mistake::Mistake> {
    let table = format!("profiles.{}", quoted(name));
    let owner = channels
        .iter()
        .find(|channel| GENERIC.contains(&key) || channel.profile_fields().iter().any(|field| field.name == key));
    if let Some(channel) = owner {
        return Some(mistake::misplaced_key(key, &table, &format!("{table}.{}", channel.kind())));
    }
    match key {
        "pattern" | "searches" => Some(mistake::misplaced_key(key, &table, &format!("{table}.naming"))),
        "after_send" | "at" | "cron" => Some(mistake::misplaced_key(key, &table, &format!("{table}.retrieve"))),
        _ if closest(key, ["retrieve", "naming"]).is_some() => None,
        _ => Some(mistake::unknown_channel(key, closest(key, kinds.iter().copied()), kinds)),
    }
}

fn naming(mut table: Table<'_>, problems: &mut Collector) -> Naming {
    let pattern = table.item("pattern").and_then(|item| pattern(&item, problems));
    let item = table.item("searches");
    let example = "[{ text = \"PES_ACQUIT\", value = \"ACQUIT\" }]";
    let listed = item.as_ref().map(|item| item.list(example, problems)).unwrap_or_default();
    let searches: Vec<_> = listed.iter().filter_map(|item| search(&table, item, problems)).collect();
    let used = pattern.as_ref().is_some_and(|pattern| pattern.to_lowercase().contains("[recherche]"));
    if let (false, false, Some(item)) = (used, searches.is_empty(), &item) {
        problems.add(mistake::searches_unused(), &item.place);
    }
    table.finish(problems);
    Naming { pattern, searches, folder: PathBuf::new() }
}

fn pattern(item: &Item<'_>, problems: &mut Collector) -> Option<String> {
    let pattern = item.words("\"[nom]_[annee][mois][jour]\"", problems)?;
    match Pattern::parse(pattern) {
        Ok(_) => {}
        Err(PatternError::UnknownVariable { variable, .. }) => {
            let near = closest(&variable, VARIABLES);
            problems.add(mistake::unknown_variable(&variable, near, &VARIABLES), &item.place);
        }
        Err(_) => problems.add(mistake::unclosed_bracket(), &item.place),
    }
    Some(pattern.to_owned())
}

fn search(table: &Table<'_>, item: &Item<'_>, problems: &mut Collector) -> Option<(String, String)> {
    let mut entry = table.enter(item, problems)?;
    let text =
        entry.required("text", "\"PES_ACQUIT\"", problems).and_then(|item| item.words("\"PES_ACQUIT\"", problems));
    let value = entry.required("value", "\"ACQUIT\"", problems).and_then(|item| item.text("\"ACQUIT\"", problems));
    entry.finish(problems);
    Some((text?.to_owned(), value?.to_owned()))
}

fn lane(
    name: &str,
    mut table: Table<'_>,
    base: &Path,
    channel: &dyn Channel,
    problems: &mut Collector,
) -> ProfileEntry {
    let lane = Lane::new(name, channel.kind());
    let Fields { section, secrets, plain, places } =
        fields::read(&mut table, channel.profile_fields(), Surroundings { base, lane: lane.as_str() }, problems);
    let contact = table.table("contact", problems).and_then(|table| contact(table, problems));
    let usual = channel.capabilities();
    let delay_up = delay(&mut table, "delay_up", "\"30s\"", usual.delay_up, problems);
    let delay_down = delay(&mut table, "delay_down", "\"10s\"", usual.delay_down, problems);
    let sessions = table.item("sessions").and_then(|item| sessions(&item, problems)).unwrap_or(1);
    let tunnel = table.item("tunnel").is_some_and(|item| tunnel(&item, problems));
    if !tunnel {
        for (field, place) in &plain {
            problems.add(mistake::plain_http(field), place);
        }
    }
    let place = table.place.clone();
    table.finish(problems);
    let naming = Naming { pattern: None, searches: Vec::new(), folder: PathBuf::new() };
    let profile = Profile {
        lane,
        channel: channel.kind().to_owned(),
        contact,
        retrieve: Retrieve::default(),
        naming,
        delay_up,
        delay_down,
        sessions,
        secret_version: String::new(),
        fields: section,
    };
    ProfileEntry { profile, secrets, place, fields: places }
}

fn delay(
    table: &mut Table<'_>,
    key: &'static str,
    example: &str,
    usual: Duration,
    problems: &mut Collector,
) -> Option<Duration> {
    let item = table.item(key)?;
    let given = item.duration(example, problems)?;
    if given < usual {
        problems.add(risk::pacing_short(key, usual), &item.place);
    }
    Some(given)
}

fn contact(mut table: Table<'_>, problems: &mut Collector) -> Option<Contact> {
    let name = table
        .required("name", "\"Assistance DGFiP\"", problems)
        .and_then(|item| item.words("\"Assistance DGFiP\"", problems));
    let address = table
        .required("address", "\"01 02 03 04 05\"", problems)
        .and_then(|item| item.words("\"01 02 03 04 05\"", problems));
    table.finish(problems);
    Some(Contact { name: name?.to_owned(), address: address?.to_owned() })
}

fn sessions(item: &Item<'_>, problems: &mut Collector) -> Option<usize> {
    let number = item.integer("1", problems)?;
    if !(1..=64).contains(&number) {
        problems.add(mistake::number_out_of_range(item.key, 1, 64), &item.place);
    }
    usize::try_from(number).ok()
}

fn tunnel(item: &Item<'_>, problems: &mut Collector) -> bool {
    let external = item.text("\"external\"", problems) == Some("external");
    if !external {
        problems.add(mistake::unknown_tunnel(), &item.place);
    }
    true
}

/// Whether a name can also be a folder's, on every platform.
pub(crate) fn is_name(name: &str) -> bool {
    let clean = name.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    clean && !name.is_empty() && name.trim() == name && name.chars().count() <= 60
}

/// Removes the profiles whose name is already taken, case aside.
pub(super) fn refuse_duplicates(profiles: &mut Vec<ProfileEntry>, problems: &mut Collector) {
    let mut kept: Vec<ProfileEntry> = Vec::new();
    for entry in profiles.drain(..) {
        let name = entry.profile.lane.profile().to_owned();
        let same = kept.iter().find(|other| {
            let other_name = other.profile.lane.profile();
            let same_lane = other.profile.channel == entry.profile.channel && other_name == name;
            same_lane || (other_name != name && other_name.to_lowercase() == name.to_lowercase())
        });
        match same {
            Some(other) => problems.add(mistake::same_name(&name, other.profile.lane.profile()), &entry.place),
            None => kept.push(entry),
        }
    }
    *profiles = kept;
}
