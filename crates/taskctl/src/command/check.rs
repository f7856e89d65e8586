//! `taskctl check`: everything that can be known without sending anything.

use std::path::Path;

use scheduler_core::partner::Channel;
use serde_json::{Value, json};

use crate::config::{self, Configuration, Report};
use crate::exit::Exit;
use crate::output::Style;

/// What was found.
#[derive(Clone, Debug)]
pub struct Checked {
    configuration: Configuration,
    report: Report,
}

/// Reads the configuration, its secrets, and looks at its folders.
#[must_use]
pub fn check(path: &Path, channels: &[&dyn Channel]) -> Checked {
    let (configuration, report) = config::inspect(path, channels);
    Checked { configuration, report }
}

impl Checked {
    /// 0 when the station can be run, 2 otherwise.
    #[must_use]
    pub fn exit(&self) -> Exit {
        if self.report.errors() > 0 { Exit::Usage } else { Exit::Done }
    }

    /// As people read it.
    #[must_use]
    pub fn render(&self, style: Style) -> String {
        let mut text = self.report.render(style.colours);
        text.push_str(&self.summary());
        text
    }

    fn summary(&self) -> String {
        let Configuration { profiles, scenarios, .. } = &self.configuration;
        let enabled = scenarios.iter().filter(|entry| entry.scenario.enabled).count();
        let found = format!("{} profil(s), {} scénario(s) dont {enabled} actif(s)", profiles.len(), scenarios.len());
        match (self.report.errors(), self.report.warnings()) {
            (0, 0) => format!("Tout est en ordre : {found}. Lancez : taskctl run\n"),
            (0, warnings) => {
                format!("La station peut être lancée : {found}. {warnings} avertissement(s) à regarder.\n")
            }
            (errors, warnings) => format!("{errors} erreur(s) à corriger, {warnings} avertissement(s) : {found}.\n"),
        }
    }

    /// As programs read it.
    #[must_use]
    pub fn json(&self) -> Value {
        let lanes: Vec<&str> = self.configuration.profiles.iter().map(|entry| entry.profile.lane.as_str()).collect();
        let scenarios: Vec<&str> =
            self.configuration.scenarios.iter().map(|entry| entry.scenario.name.as_str()).collect();
        json!({
            "ok": self.report.errors() == 0,
            "errors": self.report.errors(),
            "warnings": self.report.warnings(),
            "profiles": lanes,
            "scenarios": scenarios,
            "problems": self.report.json(),
        })
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
