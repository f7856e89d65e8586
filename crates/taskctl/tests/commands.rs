//! Every command of the program, once where it does its work and once where it refuses, as people read it. The last test holds the list against the
//! program's own, so that a command that comes later is shown too.

#![allow(clippy::unwrap_used, reason = "in tests")]

mod house;

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Output, Stdio};

use clap::CommandFactory as _;
use partner_sim::FaultPlan;
use scheduler_core::consignment::Status;

use self::house::{House, PASSWORD, Plan};

/// What was typed and what came, with everything that changes from a run to the next masked.
#[derive(Default)]
struct Session {
    shown: String,
}

impl Session {
    fn run(&mut self, house: &House, code: i32, line: &str) {
        let arguments = arguments(house, line);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = house.command(&arguments).current_dir(house.folder.path()).output().unwrap();
        self.show(house, code, line, &output);
    }

    fn show(&mut self, house: &House, code: i32, line: &str, output: &Output) {
        assert_eq!(output.status.code(), Some(code), "{line}: {}", house::words(output));
        // Beside an answer stand the steps of a session, which go as fast as they can.
        let said = if output.stdout.is_empty() { &output.stderr } else { &output.stdout };
        let told = format!("$ taskctl {line}\n{}→ {code}\n\n", String::from_utf8_lossy(said));
        self.shown.push_str(&masked(house, &told));
    }
}

/// Words, those between apostrophes kept together; `@` is the station's folder.
fn arguments(house: &House, line: &str) -> Vec<String> {
    let line = line.replace('@', &house.folder.path().display().to_string());
    let parts = line.split('\'').enumerate();
    let words = |(index, part): (usize, &str)| match index % 2 {
        0 => part.split_whitespace().map(str::to_owned).collect(),
        _ => vec![part.to_owned()],
    };
    parts.flat_map(words).collect()
}

/// Identifiers, hashes, moments, sizes, folders and ports, by their kind.
fn masked(house: &House, said: &str) -> String {
    let said = said.replace(&house.folder.path().display().to_string(), "@");
    let said = said.replace(house.gateway.base_url().trim_end_matches('/'), "http://partenaire");
    let mut out = String::new();
    let mut word = String::new();
    for c in said.chars().chain([' ']) {
        if c.is_ascii_alphanumeric() || matches!(c, '/' | ':') {
            word.push(c);
            continue;
        }
        // The journal also counts passes that found nothing to do.
        let counted = word.bytes().all(|b| b.is_ascii_digit())
            && out
                .lines()
                .last()
                .is_some_and(|line| line.starts_with("Chaîne : ") || line.starts_with("Tête du journal : "));
        out.push_str(if counted && !word.is_empty() { "<nombre>" } else { mask(&word).unwrap_or(&word) });
        word.clear();
        out.push(c);
    }
    out.pop();
    out
}

fn mask(word: &str) -> Option<&'static str> {
    let all = |allowed: fn(u8) -> bool| !word.is_empty() && word.bytes().all(allowed);
    match word.len() {
        13 if word.starts_with("01") && all(|b| b.is_ascii_alphanumeric()) => Some("<identifiant>"),
        40 | 64 if all(|b| b.is_ascii_hexdigit()) => Some("<empreinte>"),
        10 if word.matches('/').count() == 2 && all(|b| b.is_ascii_digit() || b == b'/') => Some("<jour>"),
        5 | 8 if word.contains(':') && all(|b| b.is_ascii_digit() || b == b':') => Some("<heure>"),
        _ => None,
    }
}

/// A station with a file sent, one that is held because it is empty, and one that is held because it was sent before.
fn station() -> House {
    let house = House::new(quiet(FaultPlan::new().upload().named("doute").cut_response_at(0, false)));
    house.drop_file("mandat1.txt");
    house.settle();
    house.drop_bytes("vide.txt", b"");
    house.settle();
    house.drop_bytes("mandat2.txt", "content of mandat1.txt\n".repeat(40).as_bytes());
    house.settle();
    house
}

/// Without its mails, the partner says nothing at a moment of its own.
fn quiet(faults: FaultPlan) -> Plan {
    Plan { mails: false, faults, ..Plan::default() }
}

fn held(house: &House, name: &str) -> String {
    let rows = house.with_status(Status::Held);
    rows.iter().find(|row| row.facts.name == name).unwrap().id.to_string()
}

fn sent(house: &House) -> String {
    house.consignments().iter().find(|row| row.facts.name == "mandat1.txt").unwrap().id.to_string()
}

#[test]
fn setting_up() {
    let (house, mut session) = (House::new(quiet(FaultPlan::new())), Session::default());
    session.run(&house, 0, "init @/neuve");
    session.run(&house, 2, "init @/neuve");
    session.run(&house, 2, "import absent.ini -o @/reprise.toml");
    session.run(&house, 2, "check --config @/absent.toml");
    let line = "secret set VILLE.xfb";
    let mut child = house.command(&arguments(&house, line).iter().map(String::as_str).collect::<Vec<_>>());
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    session.show(&house, 0, line, &output);
    session.run(&house, 2, "secret set VILE.xfb");
    session.run(&house, 2, "secret set VILLE.xfb");
    insta::assert_snapshot!(session.shown);
}

#[test]
fn sending() {
    let (house, mut session) = (House::new(quiet(FaultPlan::new())), Session::default());
    house.drop_file("mandat1.txt");
    session.run(&house, 0, "run --once");
    session.run(&house, 2, "run --once --config @/absent.toml");
    fs::write(house.folder.path().join("a_part.txt"), "hors du dossier").unwrap();
    session.run(&house, 0, "send @/a_part.txt --scenario MANDATS");
    session.run(&house, 2, "send @/a_part.txt --scenario MANDAT");
    session.run(&house, 2, "send @/absent.txt --scenario MANDATS");
    session.run(&house, 0, "retrieve --profile VILLE");
    session.run(&house, 2, "retrieve --profile VILE");
    session.run(&house, 0, "pause --scenario MANDATS --why 'mise à jour'");
    session.run(&house, 2, "pause --profile VILE");
    session.run(&house, 0, "resume --scenario MANDATS");
    session.run(&house, 2, "resume --profile VILE");
    insta::assert_snapshot!(session.shown);
}

#[test]
fn looking() {
    let (house, mut session) = (station(), Session::default());
    let id = sent(&house);
    session.run(&house, 6, "status");
    session.run(&house, 2, "status --config @/absent.toml");
    session.run(&house, 0, "history --name mandat1");
    session.run(&house, 2, "history --state perdu");
    session.run(&house, 0, &format!("show {id}"));
    session.run(&house, 2, "show 01zzzzzzzzzzz");
    session.run(&house, 0, &format!("explain {id}"));
    session.run(&house, 2, "explain ''");
    session.run(&house, 0, "returns --all");
    session.run(&house, 2, "returns --toutes");
    session.run(&house, 2, "log --day hier");
    insta::assert_snapshot!(session.shown);
}

#[test]
fn deciding() {
    let (house, mut session) = (station(), Session::default());
    let (empty, twice, done) = (held(&house, "vide.txt"), held(&house, "mandat2.txt"), sent(&house));
    session.run(&house, 0, &format!("cancel {empty} --why 'fichier vide'"));
    session.run(&house, 1, &format!("cancel {empty} --why 'encore'"));
    session.run(&house, 0, &format!("release {twice} --why 'renvoi demandé'"));
    session.run(&house, 1, &format!("release {twice} --why 'encore'"));
    session.run(&house, 0, &format!("resend {done} --why 'perdu par le partenaire'"));
    session.run(&house, 2, "resend 01zzzzzzzzzzz --why 'perdu'");
    house.drop_file("doute.txt");
    house.run(&["run", "--once"]);
    let doubt = house.with_status(Status::Uncertain)[0].id.to_string();
    session.run(&house, 0, &format!("resolve {doubt} --deposited --why 'vu avec eux'"));
    session.run(&house, 1, &format!("resolve {done} --deposited --why 'vu avec eux'"));
    session.run(&house, 2, &format!("returns link 01zzzzzzzzzzz --to {done} --why 'même bordereau'"));
    session.run(&house, 2, "returns unlink 01zzzzzzzzzzz --why 'autre envoi'");
    session.run(&house, 2, "returns dismiss 01zzzzzzzzzzz --why 'sans envoi'");
    insta::assert_snapshot!(session.shown);
}

#[test]
fn proving_and_keeping() {
    let (house, mut session) = (station(), Session::default());
    session.run(&house, 0, "verify");
    session.run(&house, 5, &format!("verify --head {}", "f".repeat(64)));
    session.run(&house, 0, &format!("verify --head {}", "0".repeat(64)));
    session.run(&house, 2, "verify --head fin");
    session.run(&house, 0, "purge --dry-run --before 2018-01-01");
    session.run(&house, 2, "purge --before 01/01/2018");
    session.run(&house, 2, "purge --older-than toujours");
    session.run(&house, 0, "export --format csv -o @/trace.csv");
    session.run(&house, 2, "export --format csv -o @/trace.csv");
    session.run(&house, 2, "export --format csv --from 01/01/2018");
    let phrase = house.folder.path().join("phrase");
    fs::write(&phrase, "une phrase de passe de test").unwrap();
    fs::set_permissions(&phrase, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    session.run(&house, 2, "restore @/taskctl.toml --to @/ailleurs --passphrase-file @/phrase");
    session.run(&house, 2, "backup @/trace.csv --passphrase-file @/phrase");
    session.run(&house, 2, "completions tcsh");
    session.run(&house, 0, "man -o @/man1");
    session.run(&house, 1, "man -o @/taskctl.toml");
    session.run(&house, 2, "demo --pannes");
    let unused = house.folder.path().join("provisoire");
    fs::create_dir(&unused).unwrap();
    let refused = house.command(&["demo", "--input", "absent"]).env("TMPDIR", &unused).output().unwrap();
    session.show(&house, 2, "demo --input absent", &refused);
    assert_eq!(fs::read_dir(unused).unwrap().count(), 0, "nothing is left");
    insta::assert_snapshot!(session.shown);
}

#[test]
fn files_in_segments() {
    let (house, mut session) = (House::new(quiet(FaultPlan::new())), Session::default());
    fs::write(house.folder.path().join("gros.xml"), "<mandat/>\n".repeat(300)).unwrap();
    for (code, line) in [
        (0, "lzw compress @/gros.xml"),
        (2, "lzw compress @/gros.xml"),
        (0, "lzw expand @/gros.xml.Z -o @/rendu.xml"),
        (2, "lzw expand @/gros.xml.Z -o @/rendu.xml"),
        (0, "lzw split @/gros.xml"),
        (2, "lzw split @/gros.xml"),
        (0, "lzw verify @/gros.xml.000001.seg"),
        (5, "lzw verify @/gros.xml"),
        (0, "lzw join @/gros.xml.000001.seg -o @/joint.xml"),
        (2, "lzw join @/gros.xml.000001.seg -o @/joint.xml"),
    ] {
        session.run(&house, code, line);
    }
    insta::assert_snapshot!(session.shown);
}

/// What is shown by another test, and where.
const ELSEWHERE: &[(&str, bool, &str)] = &[
    ("import", true, "tests/snapshots/import__report.snap"),
    (
        "check",
        true,
        "src/command/snapshots/taskctl__command__check__tests__a_missing_folder_does_not_forbid_to_run.snap",
    ),
    (
        "returns link",
        true,
        "src/app/tests/snapshots/taskctl__app__tests__decisions__a_return_is_suggested_its_sending_and_linked.snap",
    ),
    (
        "returns dismiss",
        true,
        "src/app/tests/snapshots/taskctl__app__tests__decisions__a_return_is_suggested_its_sending_and_linked.snap",
    ),
    (
        "returns unlink",
        true,
        "src/app/tests/snapshots/taskctl__app__tests__decisions__a_return_is_suggested_its_sending_and_linked.snap",
    ),
    ("log", true, "src/catalogue/lines/snapshots/taskctl__catalogue__lines__tests__a_session_in_french.snap"),
    ("backup", true, "src/command/backup/snapshots/taskctl__command__backup__tests__what_people_read.snap"),
    ("restore", true, "src/command/backup/snapshots/taskctl__command__backup__tests__what_people_read.snap"),
    ("completions", true, "src/command/shell.rs"),
    ("demo", true, "../../docs/guide.fr.md"),
];

/// Every command without others under it, as it is typed.
fn leaves(command: &clap::Command, path: &str, found: &mut Vec<String>) {
    for command in command.get_subcommands() {
        let path = format!("{path} {}", command.get_name());
        if !command.is_subcommand_required_set() {
            found.push(path.trim_start().to_owned());
        }
        leaves(command, &path, found);
    }
}

#[test]
fn every_command_is_shown_at_work_and_refusing() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let snapshots = fs::read_dir(root.join("tests/snapshots")).unwrap().map(|entry| entry.unwrap().path());
    let ours = snapshots.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("commands__"));
    let shown: String = ours.map(|path| fs::read_to_string(path).unwrap()).collect();
    let runs: Vec<(&str, bool)> =
        shown.split("$ taskctl ").skip(1).map(|run| (run, run.contains("→ 0") || run.contains("→ 6"))).collect();
    let mut all = Vec::new();
    leaves(&taskctl::cli::Cli::command(), "", &mut all);
    for command in &all {
        for works in [true, false] {
            let here = runs.iter().any(|(run, worked)| {
                let typed = run.strip_prefix(command.as_str());
                *worked == works && typed.is_some_and(|rest| rest.starts_with([' ', '\n']))
            });
            let other = ELSEWHERE.iter().find(|(name, at_work, _)| (*name, *at_work) == (command, works));
            match other {
                Some((_, _, place)) => assert!(!here && root.join(place).is_file(), "{command}: {place}"),
                None => assert!(here, "no snapshot shows `{command}` {}", if works { "at work" } else { "refusing" }),
            }
        }
    }
}

/// A file is explained, told and refused by whatever bytes its name has.
#[test]
fn a_name_that_is_no_text_is_told() {
    let house = House::new(quiet(FaultPlan::new()));
    let path = house.inbox().join(OsStr::from_bytes(b"\xe9t\xe9.xml"));
    fs::write(&path, "content").unwrap();
    let asked = |arguments: &[&str], exit: i32, said: &str| {
        let output = house.command(arguments).arg(&path).output().unwrap();
        let words = house::words(&output);
        assert!(output.status.code() == Some(exit) && words.contains(said), "{arguments:?}: {words}");
    };
    asked(&["explain"], 6, "Renommez-le.");
    asked(&["--json", "explain"], 6, "scan-name-not-utf-8");
    asked(&["send", "--scenario", "MANDATS"], 2, "Rien n'a été envoyé.");
    let output = house.run(&["run", "--once"]);
    assert!(output.status.code() == Some(1) && house::words(&output).contains("Renommez-le."), "{output:?}");
}
