//! A configuration that is moved to another folder: the station's own folders and its secrets come along, everything else stays where it was.

use std::ops::Range;
use std::path::{Path, PathBuf};

use scheduler_core::partner::{Channel, Field, FieldKind};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The station's folders in its new place, relative to the configuration.
const STATION: [(&str, &str); 3] = [("data_dir", "data"), ("trace_dir", "traces"), ("returns_dir", "recus")];

/// Paths of every scenario.
const SCENARIO: [&str; 3] = ["watch", "backup", "sent_copy"];

/// What a text is rewritten with.
#[expect(missing_debug_implementations, reason = "channels have none")]
#[derive(Clone)]
pub struct Move<'a> {
    /// What relative paths were relative to.
    pub from: &'a Path,
    /// Whether it stays in that folder: then relative paths stay true.
    pub in_place: bool,
    /// Secrets, certificates and keys that come along: where they were, and their new path, relative to the configuration.
    pub secrets: &'a [(PathBuf, String)],
    /// Who knows which fields are paths.
    pub channels: &'a [&'a dyn Channel],
}

/// Rewrites the paths of a text and nothing else: comments and order stay. A text that is not TOML comes back as it is.
#[must_use]
pub fn relocate(text: &str, how: &Move<'_>) -> String {
    let Ok(document) = DeTable::parse(text) else { return text.to_owned() };
    let mut edits = Edits { how, edits: Vec::new() };
    edits.document(document.get_ref());
    let mut edited = text.to_owned();
    edits.edits.sort_unstable_by_key(|(span, _)| std::cmp::Reverse(span.start));
    for (span, value) in edits.edits {
        edited.replace_range(span, &toml::Value::String(value).to_string());
    }
    edited
}

struct Edits<'a> {
    how: &'a Move<'a>,
    edits: Vec<(Range<usize>, String)>,
}

impl Edits<'_> {
    fn document(&mut self, root: &DeTable<'_>) {
        if let Some(station) = inside(root, "station") {
            for (key, folder) in STATION {
                if let Some(value) = station.get(key) {
                    self.edits.push((value.span(), folder.to_owned()));
                }
            }
        }
        let mut scenario = self.paths(|channel| channel.scenario_fields());
        scenario.extend(SCENARIO);
        for (_, table) in inside(root, "scenarios").into_iter().flatten() {
            self.section(table.get_ref(), &scenario);
        }
        let profile = self.paths(|channel| channel.profile_fields());
        for (_, table) in inside(root, "profiles").into_iter().flatten() {
            for (_, section) in table.get_ref().as_table().into_iter().flatten() {
                self.section(section.get_ref(), &profile);
            }
        }
    }

    /// The names of the fields that are paths, whatever the channel.
    fn paths(&self, fields: impl Fn(&dyn Channel) -> &'static [Field]) -> Vec<&'static str> {
        let fields = self.how.channels.iter().flat_map(|channel| fields(*channel));
        fields.filter(|field| field.kind == FieldKind::Path).map(|field| field.name).collect()
    }

    /// One scenario, or one channel of a profile: its paths, and the secrets that it names.
    fn section(&mut self, section: &DeValue<'_>, paths: &[&str]) {
        for (key, value) in section.as_table().into_iter().flatten() {
            let key: &str = key.get_ref();
            match value.get_ref() {
                DeValue::String(text) if paths.contains(&key) => self.path(text, value.span()),
                DeValue::Table(inner) => {
                    if let Some(file) = inner.get("file") {
                        self.secret(file);
                    }
                }
                _ => {}
            }
        }
    }

    /// What came along is where it is now, anything else where it was.
    fn path(&mut self, text: &str, span: Range<usize>) {
        let was: PathBuf = self.how.from.join(text).components().collect();
        if let Some((_, now)) = self.how.secrets.iter().find(|(path, _)| *path == was) {
            self.edits.push((span, now.clone()));
        } else if !self.how.in_place && Path::new(text).is_relative() {
            self.edits.push((span, self.how.from.join(text).display().to_string()));
        }
    }

    fn secret(&mut self, file: &Spanned<DeValue<'_>>) {
        if let DeValue::String(text) = file.get_ref() {
            self.path(text, file.span());
        }
    }
}

fn inside<'t, 'd>(table: &'t DeTable<'d>, key: &str) -> Option<&'t DeTable<'d>> {
    table.get(key)?.get_ref().as_table()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::CHANNELS;

    const TEXT: &str = "# la mairie\n[station]\nname = \"V\" # nom\ndata_dir = '/var/lib/taskctl'\n\n\
        [profiles.VILLE.xfb]\nca_file = \"ca.pem\"\npassword = { file = 'mdp/ville' }\nportal_password = { file = \"autre\" }\n\n\
        [profiles.CCAS.xfb]\nca_file = '/etc/pki/mairie.pem'\n\n\
        [scenarios.MANDATS]\nwatch = 'mand/*.xml' # \u{e9}\nbackup = \"/srv/sauve\"\n";

    fn moved(in_place: bool) -> String {
        let secrets = [
            (PathBuf::from("/etc/taskctl/mdp/ville"), "secrets/VILLE.xfb".to_owned()),
            (PathBuf::from("/etc/pki/mairie.pem"), "secrets/CCAS.xfb.ca_file".to_owned()),
        ];
        let from = Path::new("/etc/taskctl");
        relocate(TEXT, &Move { from, in_place, secrets: &secrets, channels: CHANNELS })
    }

    #[test]
    fn the_station_moves_and_the_world_stays() {
        assert_eq!(
            moved(false),
            "# la mairie\n[station]\nname = \"V\" # nom\ndata_dir = \"data\"\n\n\
             [profiles.VILLE.xfb]\nca_file = \"/etc/taskctl/ca.pem\"\npassword = { file = \"secrets/VILLE.xfb\" }\nportal_password = { file = \"/etc/taskctl/autre\" }\n\n\
             [profiles.CCAS.xfb]\nca_file = \"secrets/CCAS.xfb.ca_file\"\n\n\
             [scenarios.MANDATS]\nwatch = \"/etc/taskctl/mand/*.xml\" # \u{e9}\nbackup = \"/srv/sauve\"\n"
        );
    }

    #[test]
    fn in_its_own_folder_relative_paths_stay_true() {
        let text = moved(true);
        assert!(text.contains("watch = 'mand/*.xml'") && text.contains("ca_file = \"ca.pem\""), "{text}");
        assert!(text.contains("data_dir = \"data\"") && text.contains("file = \"secrets/VILLE.xfb\""), "{text}");
    }

    #[test]
    fn what_is_not_toml_stays() {
        let how = Move { from: Path::new("/"), in_place: false, secrets: &[], channels: CHANNELS };
        assert_eq!(relocate("[station", &how), "[station");
    }
}
