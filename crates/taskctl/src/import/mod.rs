//! From the INI files of the field's former scheduler to a configuration of ours (R10).
//!
//! [`import`] is a pure function of the files' bytes: it writes commented TOML and tells, line by line, what was not understood.
//! Nothing is guessed: what is recognised is in one table (docs/formats/ini-import.md), the rest is listed.

mod directory;
mod finding;
pub mod ini;
mod legacy;
mod names;
mod paths;
mod profiles;
mod scenarios;
mod settings;
mod toml;

use scheduler_core::partner::Channel;

use self::directory::{Directory, Names};
use self::finding::Findings;
pub use self::finding::{CODES, Finding, Kind, Place};
use self::ini::Ini;
use self::legacy::Legacy;
pub(crate) use self::names::plain;
pub use self::paths::{BadMap, PathMap};
use self::settings::Common;
use self::toml::Toml;

/// A file to import.
#[derive(Clone, Debug)]
pub struct File {
    /// As it is shown; `hconnect` or `ai_connect` in it tells whose profiles it holds.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// What was made of the files.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The configuration: accepted by [`crate::config::parse`] up to what `findings` ask to complete.
    pub toml: String,
    /// What to tell, what is to be completed first, in the order of the files.
    pub findings: Vec<Finding>,
    /// How much there was.
    pub counts: Counts,
    /// Each file's encoding and number of lines.
    pub files: Vec<(ini::Encoding, usize)>,
}

/// How much was read and written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Keys and values met.
    pub entries: usize,
    /// Those that were understood.
    pub understood: usize,
    /// Scenarios met.
    pub scenarios: usize,
    /// Scenarios that are switched on.
    pub on: usize,
    /// Scenarios written as comments.
    pub commented: usize,
    /// Profiles written.
    pub profiles: usize,
}

/// Makes a configuration of the former product's files; `windows` is whether paths keep their drives.
///
/// Never panics, whatever the bytes hold; takes time in proportion to them. Two sections of one name in a file count once, as they
/// do for Windows, and so do two keys of one meaning in a section.
#[must_use]
pub fn import(files: &[File], maps: &PathMap, channels: &[&dyn Channel], windows: bool) -> Imported {
    let (mut legacy, mut findings) = (Legacy::default(), Findings::default());
    let mut facts = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let ini = Ini::read(&file.bytes);
        legacy::read(index, &ini, &mut legacy, &mut findings);
        facts.push((ini.encoding(), ini.lines().len()));
    }
    let names: Vec<String> = files.iter().map(|file| file.name.clone()).collect();
    let common = Common::read(&legacy, &mut findings);
    let mut directory = Directory::default();
    for section in &legacy.profiles {
        let _ = directory.name(&section.name);
    }
    let mut writer =
        scenarios::Writer { files: &names, maps, channels, windows, names: Names::default(), findings: &mut findings };
    let scenarios = writer.write(&legacy.scenarios, &mut directory);
    let mut writer = profiles::Writer { files: &names, channels, common: &common, findings: &mut findings };
    let (profiles, count) = writer.write(&legacy.profiles, &scenarios.uses, &mut directory);
    let findings = findings.into_sorted();
    let lost = findings.iter().filter(|finding| finding.kind == Kind::NotUnderstood && is_entry(finding)).count();
    let counts = Counts {
        entries: legacy.entries,
        understood: legacy.entries.saturating_sub(lost),
        scenarios: legacy.scenarios.len(),
        on: scenarios.on,
        commented: scenarios.commented,
        profiles: count,
    };
    let toml = station(&names, &common) + &profiles + "\n" + &scenarios.text + &lines_left(&names, &findings);
    Imported { toml, findings, counts, files: facts }
}

fn is_entry(finding: &Finding) -> bool {
    finding.place.as_ref().is_some_and(|place| place.key.is_some())
}

fn station(files: &[String], common: &Common) -> String {
    let mut toml = Toml::default();
    toml.remark(&format!("Configuration de taskctl, tirée de {}.", files.join(", ")));
    toml.remark("Complétez ce qui porte « A COMPLETER » et ce que taskctl import a listé, puis tapez : taskctl check");
    toml.remark("Les mots de passe ne sont jamais écrits ici : taskctl secret set. Tous les réglages : taskctl init AUTRE_DOSSIER");
    toml.blank();
    toml.header("station");
    toml.line("name", "\"Mairie\"", "");
    toml.line("language", "\"fr\"", "fr ou en");
    toml.line("timezone", "\"Europe/Paris\"", "America/Martinique, Indian/Reunion…");
    toml.line(
        "data_dir",
        "\"data\"",
        "journal et fichiers en attente : sur un disque de cette machine, jamais un partage",
    );
    toml.line("trace_dir", "\"traces\"", "last.log et AAAAMMJJ.log");
    toml.line("returns_dir", "\"recus\"", "les fichiers reçus, un sous-dossier par profil");
    if let Some(first) = common.first_numrec {
        toml.line("first_numrec", &first.to_string(), "premier [numrec] ; vérifiez-le le jour de la bascule");
    }
    toml.into_text()
}

/// The lines of which nothing was made, so that the file itself says what it lacks.
fn lines_left(files: &[String], findings: &[Finding]) -> String {
    let mut toml = Toml::default();
    let mut left = findings.iter().filter(|finding| finding.kind == Kind::NotUnderstood).peekable();
    if left.peek().is_some() {
        toml.remark("Lignes dont rien n'a été fait :");
    }
    for place in left.filter_map(|finding| finding.place.as_ref()) {
        let key = place.key.as_deref().unwrap_or_default();
        toml.remark(format!("  {}, ligne {} : [{}] {key}", files[place.file], place.line, place.section).trim_end());
    }
    toml.into_text()
}

#[cfg(test)]
mod tests;
