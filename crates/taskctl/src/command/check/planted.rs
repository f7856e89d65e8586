//! One planted mistake a test, and all of them in one report.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::config::{Machine, Report, inspect_on};
use crate::testing::CHANNELS;

/// A machine where nothing is wrong.
const SOUND: Machine = Machine {
    space: |_| Some(50_000_000_000),
    network: |_| None,
    volume: |_| Some(1),
    now: || Timestamp::from_second(1_795_334_400).unwrap_or_default(),
};

const STATION: &str = "[station]\ndata_dir = 'data'\n[profiles.VILLE.xfb]\nbase_url = \"https://a\"\nuser = \"u\"\n";

/// A scenario, its keys further than those that every one needs.
fn scenario(name: &str, watch: &str, more: &str) -> String {
    format!(
        "[scenarios.{name}]\nchannel = \"xfb\"\nprofile = \"VILLE\"\ndestination = \"C\"\napplication = \"A\"\nwatch = '{watch}'\n{more}\n"
    )
}

struct Planted {
    dir: tempfile::TempDir,
    text: String,
}

impl Planted {
    fn new(text: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["mand", "plat", "recus/VILLE", "data"] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        crate::command::secret::store(&dir.path().join("secrets/VILLE.xfb"), "Canari42").unwrap();
        Self { dir, text: text.to_owned() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Gives the secret these bytes.
    fn secret(self, bytes: &str) -> Self {
        fs::write(self.path("secrets/VILLE.xfb"), bytes).unwrap();
        self
    }

    fn mode(self, name: &str, mode: u32) -> Self {
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).unwrap();
        self
    }

    fn report(&self, machine: &Machine) -> Report {
        let path = self.path("taskctl.toml");
        fs::write(&path, &self.text).unwrap();
        inspect_on(&path, CHANNELS, machine).1
    }

    /// The codes that are found, with their lines.
    fn codes(&self, machine: &Machine) -> Vec<String> {
        let json = self.report(machine).json();
        let problems = json.as_array().unwrap();
        let shown = problems.iter().map(|problem| match problem["line"].as_u64() {
            Some(line) => format!("{}:{line}", problem["code"].as_str().unwrap()),
            None => problem["code"].as_str().unwrap().to_owned(),
        });
        shown.collect()
    }
}

/// What is found in these scenarios, on a sound machine.
fn of(scenarios: &[String]) -> Vec<String> {
    Planted::new(&format!("{STATION}{}", scenarios.concat())).codes(&SOUND)
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    assert_eq!(of(&[scenario("A", "mand/*", "")]), [""; 0]);
}

#[test]
fn filters_that_nothing_reaches() {
    let a = |filter: &str, more: &str| scenario("A", &format!("mand/{filter}"), more);
    let b = |filter: &str, more: &str| scenario("B", &format!("mand/{filter}"), more);
    let c = |filter: &str| scenario("C", &format!("mand/{filter}"), "");
    assert_eq!(of(&[a("*.*", ""), b("*.xml", "")]), ["scenario-shadowed:18"]);
    assert_eq!(of(&[a("*.*", "enabled = false"), b("*.xml", "")]), [""; 0]);
    assert_eq!(of(&[a("*.xml", ""), b("*.*", "")]), ["scenario-overlap:18"]);
    assert_eq!(of(&[a("*", ""), b("*.xml", "recursive = true")]), ["scenario-overlap:18"], "sub-folders are left");
    assert_eq!(of(&[a("MAND", ""), b("MAND?*", ""), c("mand*")]), ["scenario-unreachable:25"]);
    assert_eq!(of(&[a("MAND", ""), b("MAND??*", ""), c("mand*")]), ["scenario-overlap:25", "scenario-overlap:25"]);
    assert_eq!(of(&[a("*.xml", ""), b("*.txt", "")]), [""; 0]);
}

#[test]
fn what_must_not_leave() {
    assert_eq!(of(&[scenario("A", "secrets/*", "")]), ["secret-watched:11"]);
    assert_eq!(of(&[scenario("A", "secrets/*.xml", "")]), [""; 0]);
    assert_eq!(of(&[scenario("A", "./*.toml", "")]), ["configuration-watched:11"]);
    assert_eq!(of(&[scenario("A", "recus/VILLE/*", "")]), ["station-folder-watched:11"]);
    assert_eq!(of(&[scenario("A", "mand/*", "backup = 'mand'")]), ["copies-caught:12"]);
    let others = [scenario("A", "mand/*", "backup = 'plat'"), scenario("B", "plat/*", "")];
    assert_eq!(of(&others), ["copies-watched:12"]);
    assert_eq!(
        of(&[scenario("A", "mand/*", ""), scenario("B", "plat/*", "sent_copy = 'mand'")]),
        ["copies-watched:19"]
    );
}

#[test]
fn two_names_of_one_folder_are_one_folder() {
    let linked = |scenarios: &[String]| {
        let planted = Planted::new(&format!("{STATION}{}", scenarios.concat()));
        std::os::unix::fs::symlink("mand", planted.path("lien")).unwrap();
        std::os::unix::fs::symlink("secrets", planted.path("cache")).unwrap();
        planted.codes(&SOUND)
    };
    assert_eq!(linked(&[scenario("A", "mand/*", "backup = 'lien'")]), ["copies-caught:12"]);
    assert_eq!(linked(&[scenario("A", "mand/*", "backup = 'plat/../mand'")]), ["copies-caught:12"]);
    assert_eq!(linked(&[scenario("A", "mand/*", ""), scenario("B", "lien/*.xml", "")]), ["scenario-shadowed:18"]);
    assert_eq!(linked(&[scenario("A", "mand/*.xml", ""), scenario("B", "lien/PES*", "")]), ["scenario-overlap:18"]);
    assert_eq!(linked(&[scenario("A", "cache/*", "")]), ["secret-watched:11"]);
    assert_eq!(linked(&[scenario("A", "lien/*", "backup = 'plat'")]), [""; 0]);
    assert_eq!(linked(&[scenario("A", "lien/*", "backup = 'lien'")]), ["copies-caught:12"], "told once");
}

#[test]
fn paths_of_windows_are_told_with_how_to_map_them_all() {
    let planted = Planted::new(&format!("{STATION}{}", scenario("A", r"c:\transfert\mand\*", "")));
    let report = planted.report(&SOUND);
    let problem = report.problems().iter().find(|problem| problem.code == "dos-path").unwrap();
    assert!(problem.help.fr.contains("watch = '/srv/transfert/mand/*'"), "{}", problem.help.fr);
    assert!(problem.help.fr.contains(r"--map 'c:\transfert=/srv/transfert'"), "{}", problem.help.fr);
}

#[test]
fn pacing_under_what_the_partner_needs() {
    let delays = |lines: &str| Planted::new(&format!("{STATION}{lines}{}", scenario("A", "mand/*", ""))).codes(&SOUND);
    assert_eq!(delays("delay_up = \"29s\"\ndelay_down = \"9s\"\n"), ["pacing-short:6", "pacing-short:7"]);
    assert_eq!(delays("delay_up = \"30s\"\ndelay_down = \"1min\"\n"), [""; 0]);
}

#[test]
fn secrets_that_others_reach_or_that_hide_something() {
    let planted = || Planted::new(&format!("{STATION}{}", scenario("A", "mand/*", "")));
    assert_eq!(planted().mode("secrets/VILLE.xfb", 0o640).codes(&SOUND), ["secret-readable-by-others:3"]);
    assert_eq!(planted().mode("secrets", 0o777).codes(&SOUND), ["secret-folder-writable:3"]);
    assert_eq!(planted().mode("secrets", 0o1777).codes(&SOUND), [""; 0]);
    assert_eq!(planted().secret("Canari42 \n").codes(&SOUND), ["secret-spaces:3"]);
    assert_eq!(planted().secret("Canari42\nligne\n").codes(&SOUND), ["secret-several-lines:3"]);
    assert_eq!(planted().secret("\n").codes(&SOUND), ["secret-empty:3"]);
    assert_eq!(planted().secret("Canari42\r\n").codes(&SOUND), [""; 0]);
    let missing = planted();
    fs::remove_file(missing.path("secrets/VILLE.xfb")).unwrap();
    assert_eq!(missing.codes(&SOUND), ["secret-missing:3"]);
}

#[test]
fn volumes_and_the_clock() {
    let planted = Planted::new(&format!("{STATION}{}", scenario("A", "mand/*", "backup = 'plat'")));
    for (machine, expected) in [
        (Machine { space: |_| Some(999_999_999), ..SOUND }, &["space-low:2"][..]),
        (Machine { space: |_| Some(99_999_999), ..SOUND }, &["space-gone:2"]),
        (Machine { network: |_| Some("nfs"), ..SOUND }, &["data-dir-on-network:2"]),
        (Machine { volume: |path| Some(u64::from(path.ends_with("mand"))), ..SOUND }, &["inbox-on-another-volume:11"]),
        (Machine { now: || Timestamp::UNIX_EPOCH, ..SOUND }, &["clock-wrong"]),
    ] {
        assert_eq!(planted.codes(&machine), expected);
    }
    fs::create_dir(planted.path("mand/.taskctl")).unwrap();
    let claims = Machine { volume: |path| Some(u64::from(path.ends_with(".taskctl"))), ..SOUND };
    assert_eq!(planted.codes(&claims), ["claims-elsewhere:11"]);
    // A volume is told once, by the first of its folders.
    let two = Machine {
        space: |path| Some(if path.ends_with("plat") { 500_000_000 } else { 50_000_000_000 }),
        volume: |path| Some(u64::from(path.ends_with("plat"))),
        ..SOUND
    };
    assert_eq!(planted.codes(&two), ["space-low:12"]);
}

#[test]
fn a_note_forbids_nothing_and_is_no_warning() {
    let planted = Planted::new(&format!("{STATION}{}", scenario("A", "mand/*", "")));
    let report = planted.report(&Machine { volume: |path| Some(u64::from(path.ends_with("mand"))), ..SOUND });
    assert_eq!((report.problems().len(), report.errors(), report.warnings()), (1, 0, 0));
}

/// Nearly everything that can be wrong at once, in a station whose section begins with this line.
fn all_of_them(first: &str) -> String {
    let scenarios = [
        scenario("SECRETS", "secrets/*", ""),
        scenario("TOUT", "mand/*.*", "backup = 'mand'"),
        scenario("MANDATS", "mand/MAND*.xml", "backup = 'plat'"),
        scenario("PLATS", "plat/*", ""),
        scenario("ABSENT", "nulle/part/*", ""),
        scenario("ANCIEN", r"c:\transfert\mand\*", ""),
        scenario("RETOURS", "recus/VILLE/*", ""),
    ];
    let station = STATION.replacen("[station]\n", &format!("[station]\n{first}"), 1);
    let delays = "delay_up = \"5s\"\n";
    let planted =
        Planted::new(&format!("{station}{delays}{}", scenarios.concat())).secret("Canari42 ").mode("secrets", 0o777);
    let machine = Machine {
        space: |_| Some(40_000_000),
        network: |_| Some("nfs"),
        volume: |path| Some(u64::from(path.ends_with("mand"))),
        now: || Timestamp::UNIX_EPOCH,
    };
    let report = planted.report(&machine);
    let obvious = |problem: &&crate::config::Problem| problem.why.is_none();
    assert_eq!(report.problems().iter().filter(obvious).map(|problem| problem.code).collect::<Vec<_>>(), [""; 0]);
    let text = report.render(false).replace(&planted.dir.path().display().to_string(), "/station");
    assert!(!text.contains("Canari42"));
    text
}

#[test]
fn all_of_them_in_one_report() {
    insta::assert_snapshot!(all_of_them(""));
}

#[test]
fn all_of_them_in_one_english_report() {
    insta::assert_snapshot!(all_of_them("language = \"en\"\n"));
}
