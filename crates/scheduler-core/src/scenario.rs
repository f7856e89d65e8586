//! What the operator configured: scenarios, profiles and the station's own settings, checked and without spans.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::consignment::Lane;
use crate::schedule::Schedule;
use crate::section::Section;

/// What to do when the backup folder already holds a file of that name (R2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IfExists {
    /// Keep both: `name_1`, `name_2`…
    #[default]
    Increment,
    /// Replace the existing backup.
    Overwrite,
    /// Keep the existing backup; the file is still sent.
    Nothing,
}

/// How a file that appears is proven complete before it is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Readiness {
    /// Size and modification time unchanged over two looks a quiet period apart, and no open writer where the platform can tell.
    #[default]
    Quiet,
    /// A file of the same name with this suffix (`.done`) must stand beside it; it is removed once the file is accepted.
    DoneFile(String),
    /// The writer works under another name and renames at the end: taken at the first look.
    Renamed,
    /// Not modified for that long, beside `Quiet`.
    MinimumAge(Duration),
}

/// A scenario (R2): which files, from where, to whom.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Unique among scenarios.
    pub name: String,
    /// Off: its folder is not looked at.
    pub enabled: bool,
    /// The lane its files queue on; its channel decides what `fields` mean.
    pub lane: Lane,
    /// The folder that is watched.
    pub folder: PathBuf,
    /// The wildcard that file names must match (R1): `*`, `?`, `*.*` = every name.
    pub pattern: String,
    /// Sub-folders too.
    pub recursive: bool,
    /// How a file is proven complete.
    pub readiness: Readiness,
    /// Where a copy goes when the file is accepted (R3).
    pub backup: Option<PathBuf>,
    /// What to do when the backup exists.
    pub if_exists: IfExists,
    /// Where a second copy goes once the partner has received it (R3).
    pub sent_copy: Option<PathBuf>,
    /// How long a file with the same content, or the same identity, is «already sent» (R43); `None` = never looked for.
    pub duplicate_window: Option<Duration>,
    /// Files leave in the order they were accepted, and nothing passes one that waits.
    pub ordered: bool,
    /// Where returns and duplicates say the file goes: channel, site, application.
    pub destination: String,
    /// The channel's own fields (subject, destination, application…).
    pub fields: Section,
}

/// When and how returns of a profile are collected (R6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retrieve {
    /// After each sending session.
    pub after_send: bool,
    /// At these hours.
    pub schedule: Schedule,
}

/// How published returns are named (R11).
#[derive(Clone, Debug)]
pub struct Naming {
    /// `[annee] [mois] [jour] [heure] [min] [sec] [numrec] [nomprofil] [recherche] [nom]`; `None` = `nom_aaaammjj_ssmmhh`.
    pub pattern: Option<String>,
    /// Text looked for in the content → value of `[recherche]`; the first listed that is found wins.
    pub searches: Vec<(String, String)>,
    /// The folder of this profile's published returns.
    pub folder: PathBuf,
}

/// A profile on one channel (R5).
#[derive(Clone, Debug)]
pub struct Profile {
    /// Profile and channel.
    pub lane: Lane,
    /// The channel's kind (`xfb`).
    pub channel: String,
    /// Whom to call, printed with refusals and incomplete returns (R45).
    pub contact: Option<Contact>,
    /// Collection.
    pub retrieve: Retrieve,
    /// Names of returns.
    pub naming: Naming,
    /// Gap before an upload, whoever made the last attempt (R14); `None` = the channel's default.
    pub delay_up: Option<Duration>,
    /// Gap before a download; `None` = the channel's default.
    pub delay_down: Option<Duration>,
    /// Sessions that the end point takes at a time; 1 unless the partner agreed to more.
    pub sessions: usize,
    /// The version of the secret in use (file identity and time, never the secret): a refused password suspends the profile until it changes.
    pub secret_version: String,
    /// The channel's own fields, secrets included.
    pub fields: Section,
}

/// A name and an address (R45).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Who answers.
    pub name: String,
    /// Telephone, mail: free text.
    pub address: String,
}

/// The station's own settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The station's name.
    pub name: String,
    /// Schedules, names and traces are in this zone.
    pub timezone: jiff::tz::TimeZone,
    /// Journal, store, lock, traces.
    pub data_dir: PathBuf,
    /// Traces: `last.log`, `AAAAMMJJ.log`.
    pub trace_dir: PathBuf,
    /// Time between two scans: the longest that an arrival goes unseen.
    pub rescan: Duration,
    /// A file must stay unchanged that long.
    pub quiet: Duration,
    /// Longest silence between two attempts of one file.
    pub retry_max: Duration,
    /// Silence after a first failure; doubled at each further one.
    pub retry_first: Duration,
    /// What sends a file (`resolve`, `release`, `resend`) wants the same decision from two accounts.
    pub four_eyes: bool,
    /// The first number that `[numrec]` draws on this station; read only while none was drawn.
    pub first_numrec: u64,
}
