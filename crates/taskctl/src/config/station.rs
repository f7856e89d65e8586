//! The `[station]` section.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::tz::TimeZone;
use scheduler_core::scenario::Settings;

use super::distance::closest;
use super::mistake;
use super::reader::{Collector, Item, Table};
use super::report::Place;
use crate::catalogue::Language;

const RESCAN: Duration = Duration::from_secs(30);
const QUIET: Duration = Duration::from_secs(10);
const RETRY_FIRST: Duration = Duration::from_secs(60);
const RETRY_MAX: Duration = Duration::from_secs(3_600);
/// The largest first number of a register: nine digits.
pub(crate) const LARGEST_NUMREC: i64 = 999_999_999;
const TIMEZONE: &str = "Europe/Paris";

/// The station's own settings.
#[derive(Clone, Debug)]
pub(super) struct Station {
    pub(super) settings: Settings,
    pub(super) language: Language,
    pub(super) returns_dir: PathBuf,
    /// Where the folders are named.
    pub(super) places: Vec<(&'static str, Place)>,
}

/// A station of which nothing is said.
pub(super) fn default(base: &Path) -> Station {
    Station {
        settings: Settings {
            name: "taskctl".to_owned(),
            timezone: TimeZone::get(TIMEZONE).unwrap_or(TimeZone::UTC),
            data_dir: base.join("data"),
            trace_dir: base.join("traces"),
            rescan: RESCAN,
            quiet: QUIET,
            retry_max: RETRY_MAX,
            retry_first: RETRY_FIRST,
            four_eyes: false,
            first_numrec: 1,
        },
        language: Language::Fr,
        returns_dir: base.join("recus"),
        places: Vec::new(),
    }
}

/// Reads the section; what is absent or wrong keeps its default.
pub(super) fn read(mut table: Table<'_>, base: &Path, problems: &mut Collector) -> Station {
    let mut station = default(base);
    if let Some(name) = table.item("name").and_then(|item| item.words("\"Mairie de …\"", problems)) {
        name.clone_into(&mut station.settings.name);
    }
    let languages = [("fr", Language::Fr), ("en", Language::En)];
    if let Some(language) = table.item("language").and_then(|item| item.choice(&languages, problems)) {
        station.language = language;
    }
    if let Some(zone) = timezone(&mut table, problems) {
        station.settings.timezone = zone;
    }
    if let Some(first) = table.item("first_numrec").and_then(|item| first_numrec(&item, problems)) {
        station.settings.first_numrec = first;
    }
    folders(&mut table, base, &mut station, problems);
    durations(&mut table, &mut station.settings, problems);
    if let Some(wanted) = table.item("four_eyes").and_then(|item| item.boolean(problems)) {
        station.settings.four_eyes = wanted;
    }
    table.finish(problems);
    station
}

fn timezone(table: &mut Table<'_>, problems: &mut Collector) -> Option<TimeZone> {
    let item = table.item("timezone")?;
    let name = item.text("\"Europe/Paris\"", problems)?;
    let zone = TimeZone::get(name).ok();
    if zone.is_none() {
        let known: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
        let near = closest(name, known.iter().map(String::as_str));
        problems.add(mistake::bad_timezone(name, near), &item.place);
    }
    zone
}

fn first_numrec(item: &Item<'_>, problems: &mut Collector) -> Option<u64> {
    let number = item.integer("1", problems)?;
    if !(0..=LARGEST_NUMREC).contains(&number) {
        problems.add(mistake::number_out_of_range(item.key, 0, LARGEST_NUMREC), &item.place);
    }
    u64::try_from(number).ok()
}

fn folders(table: &mut Table<'_>, base: &Path, station: &mut Station, problems: &mut Collector) {
    let places = &mut station.places;
    let mut folder = |key, example, into: &mut PathBuf| {
        let Some(item) = table.item(key) else { return };
        if let Some(path) = item.path(base, example, problems) {
            *into = path;
        }
        places.push((key, item.place));
    };
    folder("data_dir", "'data'", &mut station.settings.data_dir);
    folder("trace_dir", "'traces'", &mut station.settings.trace_dir);
    folder("returns_dir", "'recus'", &mut station.returns_dir);
}

fn durations(table: &mut Table<'_>, settings: &mut Settings, problems: &mut Collector) {
    let mut duration = |key, example, into: &mut Duration| {
        let Some(item) = table.item(key) else { return };
        let Some(given) = item.duration(example, problems) else {
            return;
        };
        if given.is_zero() {
            problems.add(mistake::duration_zero(key, example), &item.place);
            return;
        }
        if key == "quiet" && given < Duration::from_secs(1) {
            problems.add(mistake::quiet_short(), &item.place);
        }
        *into = given;
    };
    duration("rescan", "\"30s\"", &mut settings.rescan);
    duration("quiet", "\"10s\"", &mut settings.quiet);
    duration("retry_first", "\"1min\"", &mut settings.retry_first);
    duration("retry_max", "\"1h\"", &mut settings.retry_max);
}
