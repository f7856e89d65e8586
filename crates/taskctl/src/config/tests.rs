use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::prelude::*;
use scheduler_core::consignment::Lane;
use scheduler_core::partner::{Section, Value};
use scheduler_core::scenario::{IfExists, Naming, Profile, Readiness, Retrieve};

use super::*;
use crate::catalogue::Words;
use crate::testing::{CHANNELS, untranslated};

const STATION: &str = "[station]\nname = \"Mairie de Villeneuve\"\n";
const PROFILE: &str = "[profiles.VILLE.xfb]\nbase_url = \"https://gateway.partenaires\"\nuser = \"u12345\"\n";
const SCENARIO: &str = "[scenarios.MANDATS]\nchannel = \"xfb\"\nprofile = \"VILLE\"\nwatch = '/srv/mand/*'\ndestination = \"C175\"\napplication = \"GRCT450\"\n";

fn read(text: &str) -> (Configuration, Report) {
    parse(vec![Source { path: "taskctl.toml".into(), text: text.to_owned() }], Path::new("/etc/taskctl"), CHANNELS)
}

/// What an operator reads about a configuration with these mistakes.
fn said(text: &str) -> String {
    read(text).1.render(false)
}

/// The codes, in order.
fn codes(text: &str) -> Vec<&'static str> {
    read(text).1.problems().iter().map(|problem| problem.code).collect()
}

#[test]
fn the_register_may_start_anywhere() {
    let first = |number: &str| read(&format!("[station]\nfirst_numrec = {number}\n{PROFILE}{SCENARIO}"));
    let (configuration, report) = first("42");
    assert_eq!((configuration.settings.first_numrec, report.errors()), (42, 0));
    assert_eq!(read(&format!("{PROFILE}{SCENARIO}")).0.settings.first_numrec, 1);
    for wrong in ["-1", "1000000000"] {
        assert_eq!(first(wrong).1.problems()[0].code, "number-out-of-range", "{wrong}");
    }
}

#[test]
fn a_whole_configuration_is_understood() {
    let text = r#"
[station]
name = "Mairie de Villeneuve"
language = "fr"
timezone = "Indian/Reunion"
data_dir = "/var/lib/taskctl"
rescan = "1min"
quiet = "5s"

[profiles.VILLE.xfb]
base_url = "http://gateway.partenaires/"
user = "u12345"
password = { env = "MDP_VILLE" }
tunnel = "external"
delay_up = "40s"
sessions = 2
contact = { name = "Assistance DGFiP", address = "01 02 03 04 05" }
fields = { destination = "dest" }

[profiles.VILLE.retrieve]
after_send = false
at = ["12:00", "18:30"]
cron = "0 */2 * * 1-5"

[profiles.VILLE.naming]
pattern = "[recherche]_[annee][mois][jour]_[numrec]"
searches = [{ text = "PES_ACQUIT", value = "ACQUIT" }, { text = "PES_Retour", value = "RETOUR" }]

[scenarios.TITRES]
channel = "xfb"
profile = "VILLE"
watch = 'transfert/TITRE*.xml'
recursive = true
ready = { minimum_age = "10min" }
backup = "/srv/backup"
if_exists = "nothing"
duplicate_window = "0"
ordered = true
destination = "C175"
application = "GRCT450"
record_length = 1024

[scenarios.MANDATS]
channel = "xfb"
profile = "VILLE"
watch = '/srv/mand/*'
enabled = false
ready = { done_file = ".done" }
destination = "C175"
application = "GRCT450"
"#;
    let text = text.replace("\"0\"", "\"0s\"");
    let (configuration, report) = read(&text);
    assert_eq!(report.render(false), "");
    let settings = &configuration.settings;
    assert_eq!((settings.rescan, settings.quiet), (Duration::from_secs(60), Duration::from_secs(5)));
    assert_eq!(settings.timezone.iana_name(), Some("Indian/Reunion"));
    assert_eq!(settings.trace_dir, Path::new("/etc/taskctl/traces"));
    let profile = &configuration.profiles[0].profile;
    assert_eq!(profile.lane.as_str(), "VILLE.xfb");
    assert_eq!((profile.sessions, profile.delay_up, profile.delay_down), (2, Some(Duration::from_secs(40)), None));
    assert!(!profile.retrieve.after_send);
    let reunion = &configuration.settings.timezone;
    assert_eq!(profile.retrieve.schedule.name(reunion), "12:00 18:30 cron 0 */2 * * 1-5 Indian/Reunion");
    assert_eq!(profile.naming.folder, Path::new("/etc/taskctl/recus/VILLE"));
    assert_eq!(profile.naming.searches[1], ("PES_Retour".to_owned(), "RETOUR".to_owned()));
    assert_eq!(profile.fields.texts("fields").unwrap()["destination"], "dest");
    let secrets: Vec<_> = configuration.profiles[0].secrets.iter().map(|s| (s.name.as_str(), &s.source)).collect();
    let portal = SecretSource::File("/etc/taskctl/secrets/VILLE.xfb.portal_password".into());
    assert_eq!(
        secrets,
        [("VILLE.xfb", &SecretSource::Env("MDP_VILLE".to_owned())), ("VILLE.xfb.portal_password", &portal)]
    );
    let [titres, mandats] = configuration.scenarios.as_slice() else {
        panic!("two scenarios, in the order of the file")
    };
    assert_eq!(
        (titres.scenario.folder.to_str(), titres.scenario.pattern.as_str()),
        (Some("/etc/taskctl/transfert"), "TITRE*.xml")
    );
    assert_eq!(titres.scenario.readiness, Readiness::MinimumAge(Duration::from_secs(600)));
    assert_eq!((titres.scenario.if_exists, titres.scenario.duplicate_window), (IfExists::Nothing, None));
    assert_eq!(titres.scenario.fields.integer("record_length"), Some(1024));
    assert_eq!(titres.scenario.destination, "xfb/C175/GRCT450");
    assert!(!mandats.scenario.enabled);
    assert_eq!(mandats.scenario.readiness, Readiness::DoneFile(".done".to_owned()));
    assert_eq!(mandats.scenario.duplicate_window, Some(Duration::from_secs(400 * 86_400)));
}

const FAULTY: &str = r#"[station]
nom = "Mairie"
timezone = "Europe/Pari"
quiet = "10 secondes"
rescan = 30

[profiles.VILLE.xfb]
base_url = "http://gateway.partenaires"
usr = "u12345"
password = "Canari42"
delay_up = "30m"

[scenarios.MANDATS]
chanel = "xfb"
channel = "xbf"
profile = "VILLE"
watch = 'c:\transfert\mand\*'

[scenarios.TITRES]
channel = "xfb"
profile = "VILE"
watch = '\\serveur\partage\titres\*'
destination = "C175"
application = "A COMPLETER"
enabled = "oui"
if_exists = "ecraser"
"#;

const BROKEN: &str = r#"[station]
name = Mairie de Villeneuve
langage = "fr"

[profiles.VILLE.xfb]
base_url = "https://gateway.partenaires"
user = "u12345

[scenarios.MANDATS]
channel = "xfb"
profile = "VILLE"
watch = "c:\transfert\mand\*"
watch = '/srv/mand/*'

[scenarios.MANDATS]
channel = "xfb"
"#;

/// The same configuration, that asks for English.
fn in_english(text: &str) -> String {
    text.replacen("[station]\n", "[station]\nlanguage = \"en\"\n", 1)
}

#[test]
fn every_mistake_is_told_at_once_with_what_to_write() {
    insta::assert_snapshot!(said(FAULTY));
}

#[test]
fn every_mistake_is_told_in_english_where_the_station_asks_for_it() {
    let text = said(&in_english(FAULTY));
    assert!(text.contains("Why:"), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn broken_toml_is_explained_and_the_rest_is_still_read() {
    insta::assert_snapshot!(said(BROKEN));
}

#[test]
fn broken_toml_is_explained_in_english_where_the_language_can_still_be_read() {
    insta::assert_snapshot!(said(&in_english(BROKEN)));
}

#[test]
fn a_language_that_cannot_be_read_is_french() {
    for (language, expected) in [
        ("language = \"en\"", Language::En),
        ("language = \"fr\"", Language::Fr),
        ("language = \"de\"", Language::Fr),
        ("language =", Language::Fr),
        ("langage = \"en\"", Language::Fr),
        ("", Language::Fr),
    ] {
        let (configuration, report) = read(&format!("[station]\n{language}\nrescan = \"0s\"\n"));
        assert_eq!((configuration.language, report.language()), (expected, expected), "{language}");
        let message = report.json().to_string();
        let told = expected.pick("« rescan » ne peut pas être nul.", "“rescan” cannot be zero.");
        assert!(message.contains(told), "{language}: {message}");
    }
}

#[test]
fn http_is_for_tunnels_and_for_this_machine() {
    let with = |url: &str, more: &str| {
        codes(&format!("[profiles.VILLE.xfb]\nbase_url = \"{url}\"\nuser = \"u\"\n{more}{SCENARIO}"))
    };
    assert_eq!(with("http://gateway.partenaires", ""), ["plain-http"]);
    assert_eq!(with("http://127.evil.fr", ""), ["plain-http"]);
    assert_eq!(with("http://localhost.evil.fr", ""), ["plain-http"]);
    for url in [
        "https://gateway.partenaires",
        "http://127.0.0.1:8080",
        "http://127.8.9.1",
        "http://[::1]:80/",
        "http://localhost:8080",
    ] {
        assert_eq!(with(url, ""), [""; 0], "{url}");
    }
    assert_eq!(with("http://gateway.partenaires", "tunnel = \"external\"\n"), [""; 0]);
    assert_eq!(with("http://gateway.partenaires", "tunnel = \"dgfip\"\n"), ["unknown-tunnel"]);
    assert_eq!(with("https://gateway.partenaires", "proxy = \"http://proxy.mairie.fr:3128\"\n"), [""; 0]);
    assert_eq!(with("ftp://gateway.partenaires", ""), ["wrong-url"]);
    assert_eq!(with("https://u:Canari42@gateway.partenaires", ""), ["password-in-url"]);
}

#[test]
fn no_secret_is_ever_shown() {
    for text in [
        "[profiles.VILLE.xfb]\npassword = \"Canari42\"\nuser = 12\n",
        "[profiles.VILLE]\nxfb = { user = 12, password = \"Canari42\" }\n",
        "[profiles.VILLE.xfb]\npassword = Canari42\n",
        "[profiles.VILLE.xfb]\npassword = \"Canari42\n",
        "[profiles.VILLE.xfb]\npassword = [\"Canari42\"]\n",
        "[profiles.VILLE.xfb]\npassword = { clear = \"Canari42\" }\n",
        "[profiles.VILLE.xfb]\npasswrd = \"x\"\nmot_de_passe = \"Canari42\"\n",
        "[profiles.VILLE.xfb]\nportal_password = 'Canari42' = 3\n",
        "[profiles.VILLE.xfb]\nbase_url = \"https://u:Canari42@host\"\n",
        "[profiles.VILLE.xfb]\nproxy = \"http://u:Canari42@host\"\n",
        "[station]\npassword = \"Canari42\"\n",
    ] {
        let (configuration, report) = read(text);
        let shown = format!("{}{}{:?}{:?}", report.render(false), report.json(), report, configuration);
        assert!(report.errors() > 0, "{text}");
        assert!(!shown.contains("Canari42"), "{shown}");
    }
}

#[test]
fn names_are_unique_whatever_their_case() {
    let text = said(&format!(
        "{STATION}{PROFILE}[profiles.Ville.xfb]\nbase_url = \"https://a\"\nuser = \"u\"\n[profiles.\"a/b\".xfb]\nbase_url = \"https://a\"\nuser = \"u\"\n{SCENARIO}[scenarios.mandats]\nchannel = \"xfb\"\nprofile = \"VILLE\"\nwatch = '/srv/autre/*'\ndestination = \"C175\"\napplication = \"GRCT450\"\n"
    ));
    insta::assert_snapshot!(text);
}

#[test]
fn keys_in_the_wrong_place_are_sent_to_the_right_one() {
    let text = said(&format!(
        "{STATION}base_url = \"https://a\"\n[profiles.VILLE]\nuser = \"u\"\nafter_send = true\npattern = \"x\"\nretreive = {{}}\ntedeco = {{}}\n{PROFILE}[profiles.CCAS]\n{SCENARIO}[scenario.TITRES]\n"
    ));
    insta::assert_snapshot!(text);
}

#[test]
fn odd_values_are_refused() {
    let scenario = |more: &str| codes(&format!("{STATION}{PROFILE}{SCENARIO}{more}"));
    assert_eq!(scenario("ready = \"now\""), ["wrong-ready"]);
    assert_eq!(scenario("ready = { done = \".done\" }"), ["unknown-key"]);
    assert_eq!(scenario("ready = { done_file = \"*.done\" }"), ["wrong-done-file"]);
    assert_eq!(scenario("duplicate_window = \"900000d\""), ["duration-too-long"]);
    assert_eq!(scenario("backup = \"\""), ["wrong-path"]);
    assert_eq!(scenario("recursive = 1"), ["wrong-type"]);
    assert_eq!(scenario("record_length = \"1024\""), ["wrong-type"]);
    let profile = |more: &str| codes(&format!("{STATION}{PROFILE}{more}\n{SCENARIO}"));
    assert_eq!(profile("sessions = 0"), ["number-out-of-range"]);
    assert_eq!(profile("password = { file = \"a\", env = \"b\" }"), ["wrong-secret"]);
    assert_eq!(profile("password = true"), ["wrong-secret"]);
    assert_eq!(profile("contact = { name = \"x\" }"), ["missing-key"]);
    assert_eq!(profile("fields = { destination = 3 }"), ["wrong-type"]);
    let naming = |pattern: &str| {
        codes(&format!("{STATION}{PROFILE}[profiles.VILLE.naming]\npattern = \"{pattern}\"\n{SCENARIO}"))
    };
    assert_eq!(naming("[nom]_[annee]"), [""; 0]);
    assert_eq!(naming("[nom]_[anee]"), ["naming-unknown-variable"]);
    assert_eq!(naming("[nom"), ["naming-unclosed-bracket"]);
    let station = |more: &str| codes(&format!("{STATION}{more}\n{PROFILE}{SCENARIO}"));
    assert_eq!(station("rescan = \"0s\""), ["duration-zero"]);
    assert_eq!(station("quiet = \"50ms\""), ["quiet-short"]);
    assert_eq!(station("language = \"de\""), ["unknown-choice"]);
    assert_eq!(
        codes(&format!("{STATION}{PROFILE}{}", SCENARIO.replace("/srv/mand/*", "/srv/*/mand"))),
        ["wildcard-in-folder"]
    );
}

#[test]
fn hours_of_collection_are_told_what_to_write_instead() {
    let text = said(&format!(
        "{STATION}{PROFILE}delay_down = \"40min\"\n[profiles.VILLE.retrieve]\nhoraires = [\"12:00\"]\nat = [\"18h30\", \"25:00\", 12, \"12:00\"]\ncron = \"0 25 * * *\"\n{SCENARIO}"
    ));
    insta::assert_snapshot!(text);
    let retrieve = |lines: &str| codes(&format!("{STATION}{PROFILE}[profiles.VILLE.retrieve]\n{lines}\n{SCENARIO}"));
    assert_eq!(retrieve("at = [\"02:30\"]\ncron = \"*/5 * * * *\""), [""; 0]);
    assert_eq!(retrieve("at = \"12:00\""), ["wrong-type"]);
    assert_eq!(retrieve("cron = \"0 12 * *\""), ["cron-fields"]);
    assert_eq!(retrieve("cron = \"0 0 12 * * *\""), ["cron-fields"]);
    assert_eq!(retrieve("cron = \"@midi\""), ["wrong-cron"]);
    assert_eq!(retrieve("cron = \"0 12 31 2 *\""), ["cron-never"]);
    assert_eq!(retrieve("cron = \"\""), ["empty-text"]);
    assert_eq!(retrieve("cron = \"0\\t61 * * *\""), ["cron-field"], "an escape before the fault");
}

#[test]
fn hours_that_a_channel_does_not_take_are_told() {
    let paced = |delay: &str, cron: &str| {
        said(&format!(
            "{STATION}{PROFILE}delay_down = \"{delay}\"\n[profiles.VILLE.retrieve]\ncron = \"{cron}\"\n{SCENARIO}"
        ))
    };
    assert_eq!(paced("10min", "*/10 * * * *"), "");
    insta::assert_snapshot!(paced("40min", "0,30 8-18 * * 1-5"));
}

#[test]
fn scenarios_that_catch_each_other_are_told() {
    let scenario = |name: &str, watch: &str, more: &str| {
        format!(
            "[scenarios.{name}]\nchannel = \"xfb\"\nprofile = \"VILLE\"\nwatch = '{watch}'\ndestination = \"C\"\napplication = \"A\"\n{more}\n"
        )
    };
    let pair = |a: String, b: String| codes(&format!("{STATION}{PROFILE}{a}{b}"));
    let plain = |name, watch| scenario(name, watch, "");
    assert_eq!(pair(plain("A", "/srv/m/*"), plain("B", "/srv/m/PES*.xml")), ["scenario-shadowed"]);
    assert_eq!(pair(plain("A", "/srv/m/*1*"), plain("B", "/srv/m/PES*.XML")), ["scenario-overlap"]);
    assert_eq!(pair(plain("A", "/srv/m/MANDAT*"), plain("B", "/srv/m/titre*")), [""; 0]);
    assert_eq!(pair(plain("A", "/srv/m/*"), plain("B", "/srv/n/*")), [""; 0]);
    assert_eq!(pair(scenario("A", "/srv/m/*", "recursive = true"), plain("B", "/srv/m/n/*")), ["scenario-shadowed"]);
    assert_eq!(pair(scenario("A", "/srv/m/*", "enabled = false"), plain("B", "/srv/m/*")), [""; 0]);
    assert_eq!(pair(scenario("A", "/srv/m/*", "backup = '/srv/m'"), plain("B", "/srv/n/*")), ["copies-caught"]);
    assert_eq!(
        pair(scenario("A", "/srv/m/*", "recursive = true\nbackup = '/srv/m/sauve'"), plain("B", "/srv/n/*")),
        ["copies-caught"]
    );
    assert_eq!(pair(scenario("A", "/srv/m/*", "backup = '/srv/m/sauve'"), plain("B", "/srv/n/*")), [""; 0]);
    assert_eq!(pair(scenario("A", "/srv/m/*", "sent_copy = '/srv/n'"), plain("B", "/srv/n/*")), ["copies-watched"]);
    assert_eq!(pair(plain("A", "/etc/taskctl/recus/VILLE/*"), plain("B", "/srv/n/*")), ["station-folder-watched"]);
    assert_eq!(codes(&format!("{STATION}{PROFILE}")), ["no-scenario"]);
}

#[test]
fn other_files_add_profiles_and_scenarios_only() {
    let source = |path: &str, text: &str| Source { path: path.into(), text: text.to_owned() };
    let sources = vec![
        source("taskctl.toml", &format!("{STATION}{PROFILE}")),
        source("scenarios.d/a.toml", &format!("{SCENARIO}backup = 'sauve'")),
        source("scenarios.d/b.toml", &format!("{STATION}{SCENARIO}")),
    ];
    let (configuration, report) = parse(sources, Path::new("/etc/taskctl"), CHANNELS);
    assert_eq!(configuration.scenarios[0].scenario.backup.as_deref(), Some(Path::new("/etc/taskctl/sauve")));
    let found: Vec<_> = report
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|p| format!("{} {} {}", p["code"], p["file"], p["line"]))
        .collect();
    assert_eq!(
        found,
        ["\"station-elsewhere\" \"scenarios.d/b.toml\" 1", "\"duplicate-name\" \"scenarios.d/b.toml\" 3"]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_is_read_without_panic(text in "\\PC{0,200}") {
        let (_, report) = read(&text);
        let _ = (report.render(true), report.json());
    }

    #[test]
    fn any_lines_are_read_without_panic(lines in proptest::collection::vec(line(), 0..20)) {
        let (_, report) = read(&lines.join("\n"));
        let _ = (report.render(false), report.json());
    }
}

/// Lines that look like a configuration's, cut and mixed.
fn line() -> impl Strategy<Value = String> {
    let known: Vec<String> = format!("{STATION}{PROFILE}{SCENARIO}password = {{ file = 'é' }}\nready = {{ done_file = \"x\" }}\n[profiles.VILLE.naming]\nsearches = [1, {{ text = 2 }}]\n[[scenarios]]\nscenarios = 3\nprofiles.VILLE = 1")
        .lines()
        .map(str::to_owned)
        .collect();
    let whole = proptest::sample::select(known);
    (whole, 0_usize..60, "\\PC{0,4}").prop_map(|(line, cut, noise)| {
        let at = line.floor_char_boundary(cut);
        format!("{}{noise}{}", &line[..at], &line[at..])
    })
}

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
            let help = Words::both(problem.help.fr, problem.help.en);
            assert_eq!(untranslated(&help), None, "{}", problem.code);
        }
    }
}
