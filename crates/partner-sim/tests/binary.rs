//! The program: READY, the ledger, SIGTERM, and its own help.
#![cfg(unix)]

mod support;

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use partner_sim::read_ledger;
use support::{Client, PASSWORD, USER, upload_request};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_partner-sim"))
}

#[tokio::test]
async fn ready_upload_terminate() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = program()
        .args(["gateway", "--keep-bytes", "--batch-delay", "0s", "--account", &format!("{USER}:{PASSWORD}"), "--state"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("READY https://").unwrap().parse().unwrap();
    let ca = std::fs::read_to_string(folder.path().join("ca.pem")).unwrap();
    let answer = Client::to(address, Some(&ca)).await.unwrap().exchange(&upload_request("X", b"x")).await;
    assert!(answer.text().contains("File received"));

    let killed = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(killed.success());
    assert!(child.wait().unwrap().success(), "SIGTERM is an orderly end");
    let ledger = read_ledger(&folder.path().join("ledger.jsonl")).unwrap();
    assert_eq!(ledger.len(), 1);
}

#[test]
fn mistakes_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let faults = folder.path().join("faults.toml");
    std::fs::write(&faults, "[[fault]]\non = 'uplaod'\ndo = 'stall'\n").unwrap();
    let out = program().args(["gateway", "--state"]).arg(folder.path()).arg("--faults").arg(&faults).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(!out.status.success());
    assert!(said.contains("fault 1: on = \"uplaod\"") && said.contains("[sim-faults-file]"), "{said}");
    let help = program().args(["gateway", "--help"]).output().unwrap();
    assert!(String::from_utf8_lossy(&help.stdout).contains("READY"));
}
