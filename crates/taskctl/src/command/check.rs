//! `taskctl check`: everything that can be known without sending anything.

mod findings;
mod online;
mod permission;
#[cfg(test)]
#[cfg(unix)]
mod planted;
mod shown;
#[cfg(test)]
mod visits;

use std::path::Path;

use scheduler_core::partner::Channel;
use serde_json::{Value, json};

use crate::catalogue::Language;
use crate::config::{self, Configuration, Report};
use crate::exit::Exit;
use crate::output::Style;

use self::findings::Findings;
pub use self::online::Limits;
use self::online::Online;

/// What was found.
#[derive(Debug)]
pub struct Checked {
    configuration: Configuration,
    report: Report,
    online: Option<(Online, Report)>,
}

/// Reads the configuration, its secrets, and looks at its folders.
#[must_use]
pub fn check(path: &Path, channels: &[&dyn Channel]) -> Checked {
    let (configuration, report) = config::inspect(path, channels);
    Checked { configuration, report, online: None }
}

impl Checked {
    /// Looks at the partners too: names, ports, certificates, and one log-in where that may be. Nothing is sent. `step` hears how many of how
    /// many are done.
    pub async fn go_online(
        &mut self,
        channels: &'static [&'static dyn Channel],
        limits: Limits,
        step: impl FnMut(usize, usize),
    ) {
        let online = online::look(&self.configuration, channels, limits, step).await;
        let report = self.report.beside(self.findings().all(&online));
        self.online = Some((online, report));
    }

    fn findings(&self) -> Findings<'_> {
        let Configuration { language, settings, .. } = &self.configuration;
        Findings { configuration: &self.configuration, language: *language, zone: &settings.timezone }
    }

    /// The language that the configuration asks for.
    #[must_use]
    pub fn language(&self) -> Language {
        self.configuration.language
    }

    /// 2 when something must be corrected; else, online, 3 when no partner could be reached and 1 when some could not; else 0.
    #[must_use]
    pub fn exit(&self) -> Exit {
        let offline = if self.report.errors() > 0 { Exit::Usage } else { Exit::Done };
        offline.and(self.online.as_ref().map_or(Exit::Done, |(online, _)| online.exit()))
    }

    /// As people read it.
    #[must_use]
    pub fn render(&self, style: Style) -> String {
        let mut text = self.report.render(style.colours);
        if let Some((online, report)) = &self.online {
            text.push_str(&self.findings().render(online));
            text.push_str(&report.render(style.colours));
        }
        text.push_str(&self.summary());
        text
    }

    fn errors(&self) -> usize {
        self.report.errors() + self.online.as_ref().map_or(0, |(_, report)| report.errors())
    }

    fn warnings(&self) -> usize {
        self.report.warnings() + self.online.as_ref().map_or(0, |(_, report)| report.warnings())
    }

    fn summary(&self) -> String {
        let Configuration { language, profiles, scenarios, .. } = &self.configuration;
        let enabled = scenarios.iter().filter(|entry| entry.scenario.enabled).count();
        let (profiles, scenarios) = (profiles.len(), scenarios.len());
        let found = language.pick(
            format!("{profiles} profil(s), {scenarios} scénario(s) dont {enabled} actif(s)"),
            format!("{profiles} profile(s), {scenarios} scenario(s), {enabled} of them enabled"),
        );
        match (self.errors(), self.warnings()) {
            (0, 0) => language.pick(
                format!("Tout est en ordre : {found}. Lancez : taskctl run\n"),
                format!("All is in order: {found}. Run: taskctl run\n"),
            ),
            (0, warnings) => language.pick(
                format!("La station peut être lancée : {found}. {warnings} avertissement(s) à regarder.\n"),
                format!("The station can be started: {found}. {warnings} warning(s) to look at.\n"),
            ),
            (errors, warnings) => language.pick(
                format!("{errors} erreur(s) à corriger, {warnings} avertissement(s) : {found}.\n"),
                format!("{errors} error(s) to correct, {warnings} warning(s): {found}.\n"),
            ),
        }
    }

    /// As programs read it.
    #[must_use]
    pub fn json(&self) -> Value {
        let lanes: Vec<&str> = self.configuration.profiles.iter().map(|entry| entry.profile.lane.as_str()).collect();
        let scenarios: Vec<&str> =
            self.configuration.scenarios.iter().map(|entry| entry.scenario.name.as_str()).collect();
        let mut json = json!({
            "ok": self.errors() == 0,
            "errors": self.errors(),
            "warnings": self.warnings(),
            "profiles": lanes,
            "scenarios": scenarios,
            "problems": self.report.json(),
        });
        if let Some((online, report)) = &self.online {
            json["online"] = self.findings().json(online);
            json["online"]["problems"] = report.json();
        }
        json
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::testing::CHANNELS;

    /// A station whose secret is stored, with this text for its configuration; what `check` says, the folder's name hidden.
    fn said(text: &str) -> (Exit, String, Value) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("taskctl.toml");
        fs::create_dir_all(dir.path().join("scenarios.d")).unwrap();
        fs::create_dir_all(dir.path().join("mand")).unwrap();
        fs::create_dir_all(dir.path().join("plat")).unwrap();
        crate::command::secret::store(&dir.path().join("secrets/VILLE.xfb"), "Canari42").unwrap();
        fs::write(&path, text).unwrap();
        fs::write(dir.path().join("scenarios.d/more.toml"), "[scenarios.DISPARU]\nchannel = \"xfb\"\nprofile = \"VILLE\"\nwatch = 'nulle/part/*'\ndestination = \"C\"\napplication = \"A\"\n").unwrap();
        let checked = check(&path, CHANNELS);
        let name = dir.path().display().to_string();
        (checked.exit(), checked.render(Style::PLAIN).replace(&name, "/station"), checked.json())
    }

    const STATION: &str = "[profiles.VILLE.xfb]\nbase_url = \"https://a\"\nuser = \"u\"\n[scenarios.MANDATS]\nchannel = \"xfb\"\nprofile = \"VILLE\"\nwatch = 'mand/*'\ndestination = \"C\"\napplication = \"A\"\n";

    #[test]
    fn a_missing_folder_does_not_forbid_to_run() {
        let (exit, text, json) = said(STATION);
        assert_eq!((exit, &json["ok"], &json["warnings"]), (Exit::Done, &Value::Bool(true), &Value::from(1)));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn mistakes_that_only_the_disk_and_the_channel_know() {
        let text = STATION.replace("\"u\"", "\"refused\"").replace("'mand/*'", "'mand'\nbackup = 'taskctl.toml/b'");
        let (exit, text, _) = said(&text);
        assert_eq!(exit, Exit::Usage);
        insta::assert_snapshot!(text);
    }

    #[test]
    fn an_english_station_is_told_in_english_to_people_and_to_programs() {
        let english = |text: &str| said(&format!("[station]\nlanguage = \"en\"\n{text}"));
        let refused = STATION.replace("\"u\"", "\"refused\"");
        let (exit, text, json) = english(&refused.replace("'mand/*'", "'mand'\nbackup = 'taskctl.toml/b'"));
        assert_eq!(exit, Exit::Usage);
        insta::assert_snapshot!(text);
        assert_eq!(json["problems"][2]["why"], "The station would stop at the first file.");
        let (_, text, _) = english(STATION);
        assert!(
            text.ends_with(
                "The station can be started: 1 profile(s), 2 scenario(s), 2 of them enabled. 1 warning(s) to look at.\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn the_language_of_a_station_holds_for_a_file_beside_it_that_cannot_be_read() {
        let dir = tempfile::tempdir().unwrap();
        let (main, beside) = (dir.path().join("taskctl.toml"), dir.path().join("scenarios.d/more.toml"));
        fs::create_dir_all(beside.parent().unwrap()).unwrap();
        let english = "[station]\nlanguage = \"en\"\n";
        let told = |first: &[u8], second: &[u8]| {
            fs::write(&main, first).unwrap();
            fs::write(&beside, second).unwrap();
            check(&main, CHANNELS).render(Style::PLAIN)
        };
        let text = told(english.as_bytes(), b"\xe9");
        assert!(text.contains("is not in UTF-8 (line 1)") && text.contains("1 error(s) to correct"), "{text}");
        let text = told(b"\xe9", english.as_bytes());
        assert!(text.contains("n'est pas en UTF-8 (ligne 1)") && text.contains("1 erreur(s)"), "{text}");
    }

    #[test]
    fn watched_folders_are_left_as_they_were() {
        let dir = tempfile::tempdir().unwrap();
        let path = crate::command::init::init(dir.path(), CHANNELS).unwrap();
        let _ = check(&path, CHANNELS);
        assert_eq!(fs::read_dir(dir.path().join("transfert/mandats")).unwrap().count(), 0);
    }

    #[test]
    fn a_file_that_cannot_be_read_or_is_not_text_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("taskctl.toml");
        let code = || check(&path, CHANNELS).json()["problems"][0]["code"].clone();
        assert_eq!(code(), "file-unreadable");
        fs::write(&path, b"[station]\nname = \"Mairie de l'\xe9t\xe9\"\n").unwrap();
        assert_eq!(code(), "file-not-utf8");
    }
}
