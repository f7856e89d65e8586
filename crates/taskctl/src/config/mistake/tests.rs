//! Every constructor once, in both languages. One that is missing here is told.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use super::super::risk::*;
use super::*;
use crate::testing::untranslated;

/// The name of each constructor and what it gives.
macro_rules! given {
    ($($name:ident($($argument:expr),*)),+ $(,)?) => { vec![$((stringify!($name), $name($($argument),*))),+] };
}

const SECOND: Duration = Duration::from_secs(1);

fn mistakes() -> Vec<(&'static str, Mistake)> {
    let (path, words, near) = (Path::new("/srv/mand"), &Words::both("mots", "words"), Some("near"));
    given![
        toml_syntax(words),
        duplicate_key(),
        backslash_in_quotes(),
        unreadable(path, "why"),
        not_utf8(path, 3),
        unknown_key("key", "", None, &["known"]),
        unknown_key("key", "table", near, &["known"]),
        misplaced_key("key", "table", "instead"),
        missing_key("key", "table", "1"),
        not_a_table("key", "name"),
        wrong_type("key", words, "1"),
        placeholder("key", "1"),
        empty_text("key", "1"),
        not_a_choice("key", "given", near, &["word"]),
        not_a_duration("key", "given", near, "1"),
        duration_too_long("key"),
        duration_zero("key", "1"),
        quiet_short(),
        number_out_of_range("key", 1, 2),
        bad_url("key", "1"),
        bad_timezone("given", near),
        not_a_path("key"),
        dos_path("key", "instead", Some("map")),
        unc_path("key", "instead"),
        wildcard_in_folder("key"),
        watch_is_a_folder("key", path),
        secret_in_clear("key", "name"),
        secret_malformed("key", "name"),
        password_in_url("key", "name"),
        secret_missing("name", path),
        secret_unreadable("name", path, words),
        secret_open_to_others(path, 0o644),
        secret_empty("name", "from"),
        secret_env_missing("name", "variable"),
        bad_name("name"),
        same_name("name", "other"),
        unknown_channel("given", near, &["kind"]),
        no_channel_section("profile", "kind"),
        unknown_profile("given", near, &[]),
        unknown_profile("given", None, &["known".to_owned()]),
        profile_lacks_channel("profile", "kind"),
        channel_cannot_send("kind"),
        plain_http("key"),
        unknown_tunnel(),
        unknown_variable("variable", near, &["known"]),
        unclosed_bracket(),
        searches_unused(),
        field_refused("kind", "field", "code", words.clone()),
        station_elsewhere(),
        bad_hour("given", near),
        cron_fields(4),
        cron_seconds("0 0 12 * * *"),
        cron_field("given", words, words),
        bad_cron("words"),
        cron_never("given"),
        schedule_too_often("kind", SECOND, SECOND),
        schedule_useless("profile"),
        bad_done_file(),
        bad_ready(),
        no_scenario(),
        shadowed("name", "other"),
        overlapping("name", "other"),
        catches_own("name", "key"),
        catches_other("name", "key"),
        station_folder_watched("name", "key"),
        folder_missing(path),
        folder_not_writable(path, "why"),
        folder_unusable("key", path, words),
    ]
}

fn risks() -> Vec<(&'static str, Mistake)> {
    let path = Path::new("/srv/mand");
    given![
        unreachable("name", &["other"]),
        catches_secret("name", path),
        catches_configuration("name", path),
        pacing_short("key", SECOND),
        secret_spaces("name"),
        secret_lines("name"),
        secret_folder_open(path),
        folder_read_only(path),
        folder_sticky(path),
        claims_elsewhere(path),
        data_on_network(path, "nfs"),
        other_volume(1),
        space_low("key", path, 1, 2),
        space_gone("key", path, 1, 2),
        clock_wrong(1970),
    ]
}

/// The texts of every room of constructors.
const ROOMS: [(&str, &str); 9] = [
    ("folders", include_str!("folders.rs")),
    ("keys", include_str!("keys.rs")),
    ("paths", include_str!("paths.rs")),
    ("profiles", include_str!("profiles.rs")),
    ("scenarios", include_str!("scenarios.rs")),
    ("schedules", include_str!("schedules.rs")),
    ("secrets", include_str!("secrets.rs")),
    ("syntax", include_str!("syntax.rs")),
    ("risk", include_str!("../risk.rs")),
];

/// The functions of a room that other rooms may call and that give a mistake.
fn constructors(text: &str) -> impl Iterator<Item = &str> {
    text.split("\npub(").skip(1).filter_map(|rest| {
        let (signature, _) = rest.split_once('{')?;
        let (_, name) = signature.split_once("fn ")?;
        signature.contains("-> Mistake").then(|| name.split('(').next())?
    })
}

#[test]
fn every_mistake_and_every_risk_speaks_both_languages() {
    for (name, mistake) in mistakes().iter().chain(&risks()) {
        assert_eq!(untranslated(&mistake.message), None, "{name}");
        assert_eq!(untranslated(&mistake.help), None, "{name}");
    }
}

#[test]
fn no_constructor_is_left_out() {
    let rooms = include_str!("../mistake.rs").lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
    let rooms: BTreeSet<&str> = rooms.filter(|room| *room != "tests").chain(["risk"]).collect();
    assert_eq!(rooms, ROOMS.iter().map(|(room, _)| *room).collect());
    let written: BTreeSet<&str> = ROOMS.iter().flat_map(|(_, text)| constructors(text)).collect();
    let tried = mistakes().into_iter().chain(risks()).map(|(name, _)| name).collect();
    assert_eq!(written, tried);
}

#[test]
fn the_end_of_a_sentence_proposes_the_nearest_word() {
    assert_eq!(perhaps(None), Words::same("."));
    assert_eq!(perhaps(Some("x")), Words::both(" — vouliez-vous dire « x » ?", " — did you mean “x”?"));
}
