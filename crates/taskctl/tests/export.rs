//! `taskctl history` and `taskctl export` through the real program, on a copy of the station that version 0.1.0 left.

#![allow(clippy::unwrap_used, reason = "tests may")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use scheduler_core::clock::Clock;
use scheduler_core::journal::{Durability, Journal};

struct Station(tempfile::TempDir);

impl Station {
    /// A copy, brought up to date as the station's next start does.
    fn new() -> Self {
        let station = Self::old();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let data = station.0.path().join("donnees");
        drop(runtime.block_on(Journal::open(&data, Clock::system(), Durability::Full)).unwrap());
        station
    }

    fn old() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/station-0.1.0");
        fs::create_dir(folder.path().join("donnees")).unwrap();
        for file in ["taskctl.toml", "donnees/journal.sqlite"] {
            fs::copy(source.join(file), folder.path().join(file)).unwrap();
        }
        Self(folder)
    }

    fn run(&self, line: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_taskctl"));
        command.current_dir(self.0.path()).args(line.split_whitespace()).stdin(Stdio::null());
        command.env_remove("TASKCTL_CONFIG").env_remove("RUST_LOG").output().unwrap()
    }

    /// Runs it and expects this exit code; what it said, the standard error first.
    fn expect(&self, code: i32, line: &str) -> String {
        let output = self.run(line);
        let said = String::from_utf8([output.stderr, output.stdout].concat()).unwrap();
        assert_eq!(output.status.code(), Some(code), "{line}: {said}");
        said
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).unwrap()
    }
}

#[test]
fn history_is_filtered() {
    let station = Station::new();
    let mut said = String::new();
    for line in [
        "history",
        "history --state retenu,incertain",
        "history --state reçu",
        "history --scenario titres",
        "history --partner c175 --name MANDAT --last 3",
        "history --partner xfb --state refused",
        "history --from 2026-11-23",
        "history --profile ville --to 2026-11-21",
    ] {
        said.push_str(&format!("$ taskctl {line}\n{}\n", station.expect(0, line)));
    }
    insta::assert_snapshot!("history", said);
}

#[test]
fn history_refuses_what_nobody_knows() {
    let station = Station::new();
    let mut said = String::new();
    for line in [
        "history --state retenus",
        "history --scenario MANDAT",
        "history --profile VILE",
        "history --partner C176",
        "history --from 22/11/2026",
        "history --from 2026-11-22 --to 2026-11-21",
    ] {
        said.push_str(&format!("$ taskctl {line}\n{}\n", station.expect(2, line)));
    }
    insta::assert_snapshot!("refusals", said);
}

#[test]
fn history_answers_programs() {
    let station = Station::new();
    let said: serde_json::Value = serde_json::from_str(&station.expect(0, "history --state held --json")).unwrap();
    let rows = said["consignments"].as_array().unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| row["state"] == "held"), "{said}");
    assert_eq!(said["returns"], serde_json::json!([]));
}

/// A journal that the station did not bring up to date yet can be listed; a search says why it cannot be made.
#[test]
fn history_of_an_older_journal() {
    let station = Station::old();
    assert!(station.expect(0, "history").contains("MANDATS"));
    let output = station.run("history --state retenu");
    assert_ne!(output.status.code(), Some(0));
    assert!(!output.stderr.is_empty());
}

#[test]
fn export_writes_the_whole_trace_or_nothing() {
    let station = Station::new();
    let said = station.expect(0, "export --format csv -o trace.csv");
    insta::assert_snapshot!("export", said);
    insta::assert_snapshot!("trace_csv", without_now(&station.read("trace.csv")));
    station.expect(0, "export --format xml -o trace.xml --from 2026-11-22 --to 2026-11-22");
    insta::assert_snapshot!("trace_xml", without_now(&station.read("trace.xml")));
    let said = station.expect(2, "export --format json -o trace.xml");
    assert!(said.starts_with("trace.xml : Le fichier existe déjà."), "{said}");
    let said = station.expect(1, "export --format json -o absent/trace.json");
    assert!(said.starts_with("absent/trace.json : Le relevé ne peut pas être écrit."), "{said}");
    let mut names: Vec<_> = fs::read_dir(station.0.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["donnees", "taskctl.toml", "trace.csv", "trace.xml"]);
}

#[test]
fn export_to_the_standard_output_tells_the_rest_aside() {
    let station = Station::new();
    let output = station.run("export --format json");
    assert_eq!(output.status.code(), Some(0));
    let lines = String::from_utf8(output.stdout).unwrap();
    let last: serde_json::Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!(last["records"].as_u64(), Some(lines.lines().count() as u64 - 1));
    assert!(String::from_utf8(output.stderr).unwrap().contains(last["journal_hash"].as_str().unwrap()));
    let said: serde_json::Value =
        serde_json::from_str(&station.expect(0, "export --format csv -o t.csv --json")).unwrap();
    assert_eq!(said["journal_hash"], last["journal_hash"]);
}

/// The moment at which the trace was made is not always the same.
fn without_now(trace: &str) -> String {
    let (before, end) = trace.rsplit_once(if trace.starts_with('<') { "<date>" } else { "Ville d'exemple;" }).unwrap();
    let at = end.find(['<', ';']).unwrap();
    format!("{before}<<MAINTENANT>>{}", &end[at..])
}

#[test]
fn the_standard_output_is_called_by_its_name() {
    let station = Station::new();
    let said = String::from_utf8(station.run("export --format csv").stderr).unwrap();
    assert!(said.starts_with("Écrit sur la sortie standard : "), "{said}");
}
