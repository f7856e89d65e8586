//! `taskctl import` through the real program, on files as the former product wrote them: windows-1252, CR LF, passwords in clear.

#![allow(clippy::unwrap_used, reason = "tests may")]

#[cfg(target_os = "linux")]
mod house;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const MAPS: [&str; 4] = ["--map", r"c:\transfert=/srv/transfert", "--map", r"C:\TaskAuto=/srv/taskauto"];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn taskctl(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_taskctl"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    command.env_remove("TASKCTL_CONFIG").env_remove("RUST_LOG").output().unwrap()
}

/// Runs `taskctl import` on the three files, expects this exit code; what it said.
fn import(folder: &Path, code: i32, further: &[&str]) -> String {
    let files = ["automate.ini", "hconnect.ini", "ai_connect.ini"].map(fixture);
    let mut arguments = vec!["import"];
    arguments.extend(files.iter().map(|file| file.to_str().unwrap()));
    arguments.extend(further);
    let output = taskctl(folder, &arguments);
    let said = String::from_utf8([output.stderr, output.stdout].concat()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{said}");
    said
}

#[test]
fn import_tells_what_it_did_and_what_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let said = import(folder.path(), 1, &MAPS);
    insta::assert_snapshot!("report", said);
    let written = fs::read_to_string(folder.path().join("taskctl.toml")).unwrap();
    insta::assert_snapshot!("configuration", written);
    assert!(!said.contains("Canari") && !written.contains("Canari"));
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["taskctl.toml"]);
}

#[test]
fn import_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.toml"), "# la mienne\n").unwrap();
    let said = import(folder.path(), 2, &["-o", "a.toml"]);
    assert!(said.starts_with("a.toml : La configuration existe déjà."), "{said}");
    assert_eq!(fs::read_to_string(folder.path().join("a.toml")).unwrap(), "# la mienne\n");
}

#[test]
fn import_refuses_what_it_cannot_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("unicode.ini"), b"\xff\xfe[\0A\0]\0").unwrap();
    let refused = |arguments: &[&str], words: &str| {
        let output = taskctl(folder.path(), arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(words), "{said}");
    };
    refused(&["import", "absent.ini"], "absent.ini : Le fichier ne peut pas être lu.");
    refused(&["import", "unicode.ini"], "unicode.ini : Ce n'est pas un fichier de paramètres");
    refused(&["import", "unicode.ini", "--map", "c:"], "--map 'c:' : Cette correspondance n'en est pas une.");
    refused(&["import"], "il manque");
    assert!(!folder.path().join("taskctl.toml").exists());
}

#[test]
fn import_answers_programs() {
    let folder = tempfile::tempdir().unwrap();
    let said: serde_json::Value = serde_json::from_str(&import(folder.path(), 1, &["--json"])).unwrap();
    assert_eq!(
        said["files"][0],
        serde_json::json!({ "file": "automate.ini", "encoding": "windows-1252", "lines": 82 })
    );
    assert_eq!(said["scenarios"], serde_json::json!({ "total": 6, "enabled": 4, "commented": 1 }));
    let unknown = said["not_understood"].as_array().unwrap();
    let registre = unknown.iter().find(|finding| finding["key"] == "Registre").unwrap();
    assert_eq!((&registre["code"], &registre["section"]), (&"import-unknown-key".into(), &"HOPAYRA".into()));
}

/// Nothing of the three files is left when a station needs nothing of them.
#[test]
fn import_of_a_finished_station_leaves_nothing_to_do() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("vide.ini"), "; rien\r\n").unwrap();
    let output = taskctl(folder.path(), &["import", "vide.ini"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

/// The moment when the file is whole and not yet named. Under strace, the signal comes there and nowhere else.
#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_import_leaves_no_hidden_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = match house::traced(&["-o", "/dev/null", "-e", "inject=fsync:signal=INT:when=1"]) {
        Ok(command) => command,
        Err(why) => return eprintln!("SKIPPED: {why}"),
    };
    let output = command.current_dir(folder.path()).arg("import").arg(fixture("automate.ini")).output().unwrap();
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    // The name may have been given before the signal was heard.
    let whole = names.iter().all(|name| name == "taskctl.toml");
    assert!(whole, "{names:?}: {}", String::from_utf8_lossy(&output.stderr));
    assert!(matches!(output.status.code(), Some(130 | 1)), "{output:?}");
}
