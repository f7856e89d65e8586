//! What to do about a field that a channel cannot use. Channels say it themselves, in French; the English goes by the code.

use scheduler_core::partner::FieldProblem;

use super::{Language, Words, entry};

/// The end of a channel's code, and what it asks for.
const BY_CODE: [(&str, &str); 6] = [
    ("-field-missing", "This key is missing. Write it, or remove the keys that go with it only."),
    (
        "-field-refused",
        "This value is not possible, or not beside the other keys of the section. Write another, or remove the line.",
    ),
    (
        "-bad-pem",
        "Give a PEM file that can be read: certificates begin with -----BEGIN CERTIFICATE-----, and a key has no password.",
    ),
    (
        "-url-refused",
        "Write a whole address, which begins with https://, without “?”, “#”, user or password: those have keys of their own.",
    ),
    ("-plain-http", "Write https://; or tunnel = \"external\" if a tunnel protects this address."),
    ("-unknown-key", "One of the names inside does not exist here. Check how it is spelt, or remove it."),
];

/// What to do about a field.
#[must_use]
pub fn field(problem: &FieldProblem) -> Words {
    Words::both(problem.help.clone(), english(problem.code))
}

fn english(code: &str) -> String {
    if let Some((_, help)) = BY_CODE.iter().find(|(end, _)| code.ends_with(end)) {
        return (*help).to_owned();
    }
    let told = entry(Language::En, code).map(|entry| format!(" {} {}", entry.sentence, entry.next_step));
    format!("Correct this value, or remove the line.{}", told.unwrap_or_default().trim_end())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use scheduler_core::consignment::Lane;
    use scheduler_core::partner::{Section, Value};
    use scheduler_core::scenario::{Naming, Profile, Retrieve};

    use super::*;
    use crate::testing::untranslated;

    #[test]
    fn whatever_a_channel_refuses_is_told_in_both_languages() {
        for channel in partners::CHANNELS {
            let lane = Lane::new("VILLE", channel.kind());
            let naming = Naming { pattern: None, searches: Vec::new(), folder: PathBuf::new() };
            let mut profile = Profile {
                lane,
                channel: channel.kind().to_owned(),
                contact: None,
                retrieve: Retrieve::default(),
                naming,
                delay_up: None,
                delay_down: None,
                sessions: 1,
                secret_version: String::new(),
                fields: Section::default(),
            };
            let mut refused = channel.build(&profile).err().unwrap_or_default();
            for field in channel.profile_fields() {
                let value = match field.name {
                    "ca" | "client_certificate" | "client_key" => Value::Path(PathBuf::from("/nowhere.pem")),
                    name if name.ends_with("url") => Value::Text("http://user:word@town.example/?a#b".to_owned()),
                    _ => Value::Text(" ".to_owned()),
                };
                profile.fields.insert(field.name, value);
            }
            refused.extend(channel.build(&profile).err().unwrap_or_default());
            assert!(refused.len() > 3, "{}", channel.kind());
            for problem in refused {
                assert_eq!(untranslated(&field(&problem)), None, "{}", problem.code);
                let known = BY_CODE.iter().any(|(end, _)| problem.code.ends_with(end));
                assert!(known, "{}", problem.code);
            }
        }
    }

    #[test]
    fn a_code_that_nobody_foresaw_has_words_all_the_same() {
        let problem = |code| FieldProblem { field: "user", code, help: "Écrivez un autre utilisateur.".to_owned() };
        assert_eq!(field(&problem("fake-user-refused")).en, "Correct this value, or remove the line.");
        assert!(field(&problem("online-tls-too-old")).en.starts_with("Correct this value, or remove the line. The "));
    }
}
