//! The `[scenarios.NAME]` sections.

use std::path::{Path, PathBuf};
use std::time::Duration;

use scheduler_core::consignment::Lane;
use scheduler_core::partner::{Channel, Field, FieldKind, Section};
use scheduler_core::scenario::{IfExists, Readiness, Scenario};
use toml::de::DeValue;

use super::distance::closest;
use super::fields::{self, Surroundings};
use super::mistake;
use super::path;
use super::profile::{self, ProfileEntry};
use super::reader::{Collector, Item, Table};
use super::report::Place;

/// How long «already sent» is looked for, unless the scenario says otherwise (R43).
const DUPLICATE_WINDOW: Duration = Duration::from_secs(400 * 86_400);

const fn legacy(name: &'static str, kind: FieldKind, help: &'static str, example: &'static str) -> Field {
    Field { name, kind, required: false, help, example }
}

/// What scenarios of the field's former schedulers hold (R2): kept, and handed to the channel.
pub(crate) static LEGACY: [Field; 7] = [
    legacy("record_length", FieldKind::Integer, "Longueur d'enregistrement, en octets", "1024"),
    legacy("record_format", FieldKind::Text, "Enregistrements de longueur fixe (fixed) ou variable", "\"variable\""),
    legacy("compression", FieldKind::Boolean, "Fichier comprimé avant l'envoi", "false"),
    legacy("file_type", FieldKind::Text, "Type du fichier", "\"texte\""),
    legacy("sender", FieldKind::Text, "Adresse d'émission", "\"002\""),
    legacy("code", FieldKind::Text, "Code application", "\"INSEE\""),
    legacy("parm_cft", FieldKind::Text, "« Parm CFT »", "\"\""),
];

/// A scenario, and where its parts stand.
#[derive(Clone, Debug)]
pub struct ScenarioEntry {
    /// The scenario.
    pub scenario: Scenario,
    /// Where its section is opened.
    pub place: Place,
    /// Where the channel, the profile, the watched folder and the copies are named.
    pub(super) places: Places,
}

#[derive(Clone, Debug)]
pub(super) struct Places {
    pub(super) profile: Place,
    pub(super) watch: Place,
    pub(super) backup: Option<Place>,
    pub(super) sent_copy: Option<Place>,
}

/// Reads a scenario; `None` when it is too wrong to say what it sends.
pub(super) fn read(
    name: &str,
    mut table: Table<'_>,
    base: &Path,
    channels: &[&dyn Channel],
    problems: &mut Collector,
) -> Option<ScenarioEntry> {
    if !profile::is_name(name) {
        problems.add(mistake::bad_name(name), &table.place);
    }
    let kinds: Vec<&str> = channels.iter().map(|channel| channel.kind()).collect();
    let example = format!("\"{}\"", kinds.first().copied().unwrap_or_default());
    let channel =
        table.required("channel", &example, problems).and_then(|item| channel(&item, &example, channels, problems));
    let profile_item = table.required("profile", "\"VILLE\"", problems);
    let profile = profile_item.as_ref().and_then(|item| item.words("\"VILLE\"", problems));
    let watch_example = if cfg!(windows) { r"'c:\transfert\mand\*'" } else { "'/srv/transfert/mand/*'" };
    let watch_item = table.required("watch", watch_example, problems);
    let watched = watch_item.as_ref().and_then(|item| watch(item, base, watch_example, problems));
    let options = options(&mut table, base, problems);
    let Some(channel) = channel else {
        return None; // which other keys exist depends on the channel
    };
    let lane = Lane::new(profile.unwrap_or_default(), channel.kind());
    let fields = channel_fields(&mut table, channel, Surroundings { base, lane: lane.as_str() }, problems);
    let place = table.place.clone();
    table.finish(problems);
    let (folder, pattern) = watched?;
    profile?;
    let scenario = Scenario {
        name: name.to_owned(),
        enabled: options.enabled,
        lane,
        folder,
        pattern,
        recursive: options.recursive,
        readiness: options.readiness,
        backup: options.backup.as_ref().map(|(path, _)| path.clone()),
        if_exists: options.if_exists,
        sent_copy: options.sent_copy.as_ref().map(|(path, _)| path.clone()),
        duplicate_window: options.duplicate_window,
        ordered: options.ordered,
        destination: destination(channel, &fields),
        fields,
    };
    let places = Places {
        profile: profile_item?.place,
        watch: watch_item?.place,
        backup: options.backup.map(|(_, place)| place),
        sent_copy: options.sent_copy.map(|(_, place)| place),
    };
    Some(ScenarioEntry { scenario, place, places })
}

fn channel<'c>(
    item: &Item<'_>,
    example: &str,
    channels: &[&'c dyn Channel],
    problems: &mut Collector,
) -> Option<&'c dyn Channel> {
    let kind = item.words(example, problems)?;
    let Some(channel) = channels.iter().find(|channel| channel.kind() == kind) else {
        let kinds: Vec<&str> = channels.iter().map(|channel| channel.kind()).collect();
        problems.add(mistake::unknown_channel(kind, closest(kind, kinds.iter().copied()), &kinds), &item.place);
        return None;
    };
    if !channel.capabilities().send {
        problems.add(mistake::channel_cannot_send(kind), &item.place);
    }
    Some(*channel)
}

fn watch(item: &Item<'_>, base: &Path, example: &str, problems: &mut Collector) -> Option<(PathBuf, String)> {
    let text = item.words(example, problems)?;
    item.resolve(text, base, problems)?;
    let (folder, pattern) = path::split_watch(text);
    if folder.contains(['*', '?']) {
        problems.add(mistake::wildcard_in_folder(item.key), &item.place);
        return None;
    }
    let folder = if folder.is_empty() { base.to_path_buf() } else { item.resolve(folder, base, problems)? };
    Some((folder, pattern.to_owned()))
}

/// The channel's fields, then those of former schedulers that it does not describe itself.
fn channel_fields(
    table: &mut Table<'_>,
    channel: &dyn Channel,
    around: Surroundings<'_>,
    problems: &mut Collector,
) -> Section {
    let own = channel.scenario_fields();
    let further = LEGACY.iter().filter(|field| own.iter().all(|known| known.name != field.name));
    fields::read(table, own.iter().chain(further), around, problems).section
}

/// Channel, site and application, or the type of file that decides on the server: where «already sent» is looked for.
fn destination(channel: &dyn Channel, fields: &Section) -> String {
    let typed = channel.scenario_fields().iter().any(|field| field.name == "file_type");
    let file_type = fields.text("file_type").filter(|_| typed);
    let parts = [Some(channel.kind()), fields.text("destination"), fields.text("application"), file_type];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

struct Options {
    enabled: bool,
    recursive: bool,
    ordered: bool,
    readiness: Readiness,
    backup: Option<(PathBuf, Place)>,
    if_exists: IfExists,
    sent_copy: Option<(PathBuf, Place)>,
    duplicate_window: Option<Duration>,
}

fn options(table: &mut Table<'_>, base: &Path, problems: &mut Collector) -> Options {
    let mut yes = |key, default, problems: &mut Collector| {
        table.item(key).and_then(|item| item.boolean(problems)).unwrap_or(default)
    };
    let enabled = yes("enabled", true, problems);
    let recursive = yes("recursive", false, problems);
    let ordered = yes("ordered", false, problems);
    let mut folder = |key, problems: &mut Collector| {
        let item = table.item(key)?;
        Some((item.path(base, "'/srv/taskauto/backup'", problems)?, item.place))
    };
    let backup = folder("backup", problems);
    let sent_copy = folder("sent_copy", problems);
    let choices =
        [("increment", IfExists::Increment), ("overwrite", IfExists::Overwrite), ("nothing", IfExists::Nothing)];
    let if_exists = table.item("if_exists").and_then(|item| item.choice(&choices, problems)).unwrap_or_default();
    let readiness = table.item("ready").and_then(|item| readiness(table, &item, problems)).unwrap_or_default();
    let duplicate_window = match table.item("duplicate_window").and_then(|item| item.duration("\"400d\"", problems)) {
        Some(window) if window.is_zero() => None,
        given => Some(given.unwrap_or(DUPLICATE_WINDOW)),
    };
    Options { enabled, recursive, ordered, readiness, backup, if_exists, sent_copy, duplicate_window }
}

fn readiness(table: &Table<'_>, item: &Item<'_>, problems: &mut Collector) -> Option<Readiness> {
    match item.value {
        DeValue::String(text) if text == "quiet" => Some(Readiness::Quiet),
        DeValue::String(text) if text == "renamed" => Some(Readiness::Renamed),
        DeValue::Table(given) if given.len() == 1 => {
            let mut inner = table.enter(item, problems)?;
            if let Some(suffix) = inner.item("done_file") {
                return done_file(&suffix, problems);
            }
            if let Some(age) = inner.item("minimum_age") {
                return age.duration("\"10min\"", problems).map(Readiness::MinimumAge);
            }
            inner.finish(problems);
            None
        }
        _ => {
            problems.add(mistake::bad_ready(), &item.place);
            None
        }
    }
}

fn done_file(item: &Item<'_>, problems: &mut Collector) -> Option<Readiness> {
    let suffix = item.words("\".done\"", problems)?;
    if suffix.contains(['/', '\\', '*', '?']) {
        problems.add(mistake::bad_done_file(), &item.place);
        return None;
    }
    Some(Readiness::DoneFile(suffix.to_owned()))
}

/// Removes the scenarios whose name is already taken, case aside.
pub(super) fn refuse_duplicates(scenarios: &mut Vec<ScenarioEntry>, problems: &mut Collector) {
    let mut kept: Vec<ScenarioEntry> = Vec::new();
    for entry in scenarios.drain(..) {
        let name = entry.scenario.name.to_lowercase();
        match kept.iter().find(|other| other.scenario.name.to_lowercase() == name) {
            Some(other) => problems.add(mistake::same_name(&entry.scenario.name, &other.scenario.name), &entry.place),
            None => kept.push(entry),
        }
    }
    *scenarios = kept;
}

/// Each scenario's lane must be a profile's.
pub(super) fn check_lanes(scenarios: &[ScenarioEntry], profiles: &[ProfileEntry], problems: &mut Collector) {
    for entry in scenarios {
        let lane = &entry.scenario.lane;
        if problems.any_syntax_error() || profiles.iter().any(|other| other.profile.lane == *lane) {
            continue;
        }
        let mut names: Vec<String> = profiles.iter().map(|other| other.profile.lane.profile().to_owned()).collect();
        names.dedup();
        let kind = lane.as_str().rsplit('.').next().unwrap_or_default();
        let mistake = if names.iter().any(|name| name == lane.profile()) {
            mistake::profile_lacks_channel(lane.profile(), kind)
        } else {
            mistake::unknown_profile(lane.profile(), closest(lane.profile(), names.iter().map(String::as_str)), &names)
        };
        problems.add(mistake, &entry.places.profile);
    }
}
