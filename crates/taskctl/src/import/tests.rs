use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::config::{self, Configuration, Report, Source};

fn file(name: &str, text: &str) -> File {
    let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(text);
    File { name: name.to_owned(), bytes: bytes.into_owned() }
}

fn imported(text: &str) -> Imported {
    import(&[file("automate.ini", text)], &maps(), partners::CHANNELS, false)
}

fn maps() -> PathMap {
    PathMap::parse(&[r"c:\transfert=/srv/transfert", r"c:\=/srv/c"]).unwrap()
}

/// What our own reader makes of it.
fn read_back(imported: &Imported) -> (Configuration, Report) {
    let source = Source { path: "taskctl.toml".into(), text: imported.toml.clone() };
    config::parse(vec![source], Path::new("/station"), partners::CHANNELS)
}

fn codes(imported: &Imported) -> Vec<&'static str> {
    imported.findings.iter().map(|finding| finding.code).collect()
}

const PROFILE: &str = "[PROFIL:VILLE]\nAdresse=https://gateway.partenaires\nIdentifiant=u1\nMot de passe=Canari\n";
const SCENARIO: &str = "[MANDATS]\nActif=1\nProtocole=VPN/HELIOS\nSite=C175\nCode=GRCT450\nProfil=VILLE\nFiltre=c:\\transfert\\mand\\*\nBackup=c:\\backup\n";

#[test]
fn a_whole_station_is_taken_over() {
    let imported = imported(&format!(
        "{PROFILE}{SCENARIO}Action=Ecraser\nParm CFT=P1\n[DIR:REC]\nnumrec=0042\n[CONFIG]\nhorodatage=0\n"
    ));
    assert_eq!(codes(&imported), ["import-password"]);
    let (configuration, report) = read_back(&imported);
    assert_eq!(report.problems(), [], "{}\n{report}", imported.toml);
    assert_eq!(configuration.settings.first_numrec, 42);
    let profile = &configuration.profiles[0].profile;
    assert_eq!((profile.lane.as_str(), profile.naming.pattern.as_deref()), ("VILLE.xfb", Some("[nom]")));
    assert!(profile.retrieve.after_send);
    let scenario = &configuration.scenarios[0].scenario;
    assert!(scenario.enabled);
    assert_eq!((scenario.folder.to_str(), scenario.pattern.as_str()), (Some("/srv/transfert/mand"), "*"));
    assert_eq!(scenario.backup.as_deref(), Some(Path::new("/srv/c/backup")));
    assert_eq!(scenario.if_exists, scheduler_core::scenario::IfExists::Overwrite);
    assert_eq!(scenario.destination, "xfb/C175/GRCT450");
    assert_eq!(scenario.fields.text("parm_cft"), Some("P1"));
}

#[test]
fn names_of_returns_are_those_of_the_former_product() {
    for (config, pattern, codes) in [
        ("", None, &[][..]),
        ("horodatage=1\n", None, &[]),
        ("horodatage=0\nrenommer=0\n", Some("[nom]"), &[]),
        ("horodatage=0\nrenommer=1\nrenommer_format=LA[annee][numrec].020\n", Some("LA[annee][numrec].020"), &[]),
        ("renommer=1\nrenommer_format=LA[an]\n", None, &["import-format-refused"]),
        ("renommer=1\n", None, &["import-format-missing"]),
        ("renommer=peut-être\n", None, &["import-unknown-value"]),
    ] {
        let imported = imported(&format!("{PROFILE}{SCENARIO}[CONFIG]\n{config}"));
        let found: Vec<_> = self::codes(&imported).into_iter().filter(|code| *code != "import-password").collect();
        assert_eq!(found, codes, "{config}");
        assert_eq!(read_back(&imported).0.profiles[0].profile.naming.pattern.as_deref(), pattern, "{config}");
    }
}

/// As many profiles as there are would each be warned of otherwise.
#[test]
fn searches_that_no_name_uses_are_comments() {
    let searches = "[RECHERCHE]\nPES_ACQUIT=ACQUIT\nDépêche=DEPECHE\n";
    for config in ["", "[CONFIG]\nhorodatage=0\n"] {
        let imported = imported(&format!("{PROFILE}{SCENARIO}{config}{searches}"));
        assert_eq!(codes(&imported), ["import-password", "import-searches-unused"]);
        assert_eq!(read_back(&imported).1.problems(), [], "{}", imported.toml);
        // Whoever takes the marks away has them all back.
        let on: String = imported.toml.lines().map(|line| line.trim_start_matches("# ").to_owned() + "\n").collect();
        assert!(on.contains("[profiles.VILLE.naming]\n"), "{on}");
        assert!(on.contains("searches = [\n  { text = \"PES_ACQUIT\", value = \"ACQUIT\" },\n  { text = \"Dépêche\", value = \"DEPECHE\" },\n]"), "{on}");
    }
    let named =
        imported(&format!("{PROFILE}{SCENARIO}[CONFIG]\nrenommer=1\nrenommer_format=[Recherche]_[nom]\n{searches}"));
    assert_eq!(read_back(&named).0.profiles[0].profile.naming.searches.len(), 2);
}

#[test]
fn a_collection_is_scheduled_where_the_files_say_yes() {
    for (options, hours, codes) in [
        ("", 0, &[][..]),
        ("Retrait programmé=1\nHeure de retrait=12 : 00\n", 1, &[]),
        ("Activer ?=oui\nHeure de retrait=9:05\n", 1, &[]),
        ("Activer=0\nHeure de retrait=12:00\n", 0, &[]),
        ("Heure de retrait=12:00\n", 0, &["import-hour-unsaid"]),
        ("Activer=peut-être\nHeure de retrait=12:00\n", 0, &["import-hour-unsaid", "import-unknown-value"]),
        ("Retrait programmé=1\n", 0, &["import-hour-missing"]),
        ("Retrait programmé=1\nHeure de retrait=midi\n", 0, &["import-unknown-value"]),
    ] {
        let imported = imported(&format!("{PROFILE}{SCENARIO}[OPTIONS]\n{options}"));
        let found: Vec<_> = self::codes(&imported).into_iter().filter(|code| *code != "import-password").collect();
        assert_eq!(found, codes, "{options}");
        let (configuration, report) = read_back(&imported);
        assert_eq!(report.errors(), 0, "{report}");
        let schedule = &configuration.profiles[0].profile.retrieve.schedule;
        assert_eq!(usize::from(!schedule.is_empty()), hours, "{options}");
        assert_eq!(imported.toml.contains("# at = "), codes.contains(&"import-hour-unsaid"), "{options}");
    }
}

#[test]
fn nothing_leaves_that_nobody_switched_on() {
    let imported = imported(&format!("{PROFILE}{}", SCENARIO.replace("Actif=1\n", "")));
    assert_eq!(codes(&imported), ["import-password", "import-enabled-missing"]);
    assert!(!read_back(&imported).0.scenarios[0].scenario.enabled);
}

#[test]
fn a_channel_that_does_not_exist_is_written_as_a_comment() {
    let imported = imported(&SCENARIO.replace("VPN/HELIOS", "TEDECO"));
    assert_eq!(codes(&imported), ["import-channel-missing"]);
    assert!(imported.toml.contains("# [scenarios.MANDATS]\n"), "{}", imported.toml);
    assert!(read_back(&imported).0.scenarios.is_empty());
    assert_eq!((imported.counts.scenarios, imported.counts.on, imported.counts.commented), (1, 0, 1));
}

#[test]
fn a_password_is_written_nowhere() {
    let addresses = ["https://u:Canari@gateway", "/depot-xt?user=u&password=Canari", "gateway pass Canari"];
    for address in addresses {
        let text = format!(
            "{}mdp: Canari=Canari\nProxy=http://u:Canari@proxy\nsecret=Canari\n{SCENARIO}",
            PROFILE.replace("https://gateway.partenaires", address)
        );
        let imported = imported(&text);
        let said = format!("{} {:?}", imported.toml, imported.findings);
        assert!(!said.contains("Canari"), "{said}");
        assert!(said.contains("taskctl secret set VILLE.xfb"), "{said}");
    }
}

#[test]
fn a_profile_on_two_channels_has_each_file_s_section() {
    let scenarios = format!(
        "[ETAT]\nActif=1\nProtocole=AIREPPNET\nType de fichier=État civil\nProfil=Ville\nFiltre=c:\\transfert\\ec\\*\n{SCENARIO}"
    );
    let insee = PROFILE.replace("u1", "96010").replace("Adresse=https://gateway.partenaires\n", "");
    let files = [file("automate.ini", &scenarios), file("AI_Connect.ini", &insee), file("HConnect.ini", PROFILE)];
    let imported = import(&files, &maps(), partners::CHANNELS, false);
    let (configuration, report) = read_back(&imported);
    assert_eq!(report.errors(), 0, "{report}");
    let fields = |lane: &str, field: &str| {
        let mut found = configuration.profiles.iter().filter(|entry| entry.profile.lane.as_str() == lane);
        found.next().and_then(|entry| entry.profile.fields.text(field).map(str::to_owned))
    };
    assert_eq!(fields("VILLE.xfb", "user").as_deref(), Some("u1"));
    assert_eq!(fields("VILLE.aireppnet", "commune").as_deref(), Some("96010"));
    let files = [file("automate.ini", &scenarios), file("autre.ini", PROFILE)];
    assert!(codes(&import(&files, &maps(), partners::CHANNELS, false)).contains(&"import-profile-ambiguous"));
}

#[test]
fn paths_of_windows_are_kept_and_told_elsewhere() {
    let text = SCENARIO.replace("c:\\transfert", "t:\\transfert");
    assert!(codes(&imported(&text)).contains(&"import-path-unmapped"));
    let on_windows = import(&[file("automate.ini", &text)], &PathMap::default(), partners::CHANNELS, true);
    assert!(!codes(&on_windows).contains(&"import-path-unmapped"));
    assert!(on_windows.toml.contains("watch = 't:\\transfert\\mand\\*'"), "{}", on_windows.toml);
}

/// Linear in fact: the work done a scenario does not depend on how many there are. Only counts are asserted; the time is in the benchmarks.
#[test]
fn two_thousand_scenarios() {
    let mut text = PROFILE.to_owned();
    for number in 0..2_000 {
        let _ = write!(text, "{}", SCENARIO.replace("[MANDATS]", &format!("[SCENARIO:MANDATS {number}]")));
    }
    let imported = imported(&text);
    assert_eq!(codes(&imported), ["import-password"]);
    let counts = Counts { entries: 14_003, understood: 14_003, scenarios: 2_000, on: 2_000, commented: 0, profiles: 1 };
    assert_eq!(imported.counts, counts);
}

/// Errors of the configuration that a finding asks to complete.
const COMPLETED: [(&str, &[&str]); 6] = [
    ("to-fill-in", &["import-to-fill-in"]),
    ("dos-path", &["import-path-unmapped"]),
    ("unc-path", &["import-path-unmapped"]),
    ("wildcard-in-folder", &["import-path-wildcard"]),
    ("plain-http", &["import-address-plain"]),
    ("no-channel-section", &["import-profile-undescribed"]),
];

fn line() -> impl Strategy<Value = String> {
    let labels = vec![
        "Actif",
        "Protocole",
        "Site",
        "Code",
        "RFA",
        "Profil",
        "Filtre",
        "Backup",
        "Action",
        "Type de fichier",
        "nom",
        "Longueur d'enregistrement",
        "Longueur de fichier",
        "Compression",
        "Adresse d'émission",
        "Sujet",
        "Identifiant",
        "Mot de passe",
        "Adresse",
        "Proxy",
        "Temporisation envoi",
        "horodatage",
        "renommer",
        "renommer_format",
        "numrec",
        "Heure de retrait",
        "Bloquer retrait",
        "PES",
        "inconnu",
        "Mot de passe VPN",
        "Serveur SMTP",
        "Expéditeur",
    ];
    let values = vec![
        "1",
        "0",
        "VPN/HELIOS",
        "AIREPPNET",
        "POP/SMTP",
        "Retrait",
        "TEDECO",
        "C175",
        "VILLE",
        "ville",
        "A/B",
        r"c:\transfert\x\*",
        r"t:\x\*",
        r"\\s\p\*",
        r"c:\*\x",
        "/srv/x",
        "Rien",
        "État civil",
        "284",
        "Longueur fixe",
        "a@b.fr",
        "u'1\"",
        "12:30",
        "http://a",
        "https://a",
        "https://u:p@a",
        "LA[annee].020",
        "[x",
        "0042",
        "",
        "\u{1}",
        "…",
        "Canari",
    ];
    let sections = vec![
        "MANDATS",
        "TITRES",
        "SCENARIO:A",
        "SCENARIO 1",
        "PROFIL:VILLE",
        "PROFIL B",
        "CONFIG",
        "DIR:REC",
        "RECHERCHE",
        "X",
    ];
    prop_oneof![
        3 => (prop::sample::select(labels), prop::sample::select(values)).prop_map(|(label, value)| format!("{label}={value}")),
        1 => prop::sample::select(sections).prop_map(|name| format!("[{name}]")),
        1 => ".{0,20}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_are_imported_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let imported = import(&[File { name: "a.ini".to_owned(), bytes }], &maps(), partners::CHANNELS, false);
        prop_assert_eq!(read_back(&imported).1.errors(), 0);
    }

    /// What is written is a configuration of ours, up to what the operator was told to complete.
    #[test]
    fn what_is_written_is_read_back(lines in prop::collection::vec(line(), 0..60)) {
        let imported = imported(&lines.join("\r\n"));
        let told = codes(&imported);
        let (_, report) = read_back(&imported);
        for problem in report.problems().iter().filter(|problem| problem.severity == config::Severity::Error) {
            let asked = COMPLETED.iter().find(|(code, _)| *code == problem.code).map(|(_, codes)| *codes);
            let asked = asked.is_some_and(|codes| codes.iter().any(|code| told.contains(code)));
            prop_assert!(asked, "{}: {}\n{}", problem.code, problem.message.fr, imported.toml);
        }
        prop_assert!(imported.counts.understood <= imported.counts.entries);
    }
}
