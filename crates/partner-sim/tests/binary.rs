//! The program: READY, the ledger, SIGTERM, and its own help.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use partner_sim::read_ledger;
use support::{BOUNDARY, Client, PASSWORD, USER, upload_body, upload_head, upload_request};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_partner-sim"))
}

/// Starts a gateway; returns it with its base URL.
fn launch(state: &Path, args: &[&str]) -> (Child, String) {
    let mut child = program()
        .args(["gateway", "--account", &format!("{USER}:{PASSWORD}"), "--state"])
        .arg(state)
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("READY ").unwrap().to_owned();
    (child, url)
}

#[tokio::test]
async fn ready_upload_terminate() {
    let folder = tempfile::tempdir().unwrap();
    let (mut child, url) = launch(folder.path(), &["--keep-bytes", "--batch-delay", "0s"]);
    let address = url.strip_prefix("https://").unwrap().parse().unwrap();
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
fn a_mail_server_greets_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = program()
        .args(["mail", "--account", &format!("{USER}:{PASSWORD}"), "--state"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("READY smtp://").unwrap().to_owned();
    let mut greeting = String::new();
    BufReader::new(std::net::TcpStream::connect(address).unwrap()).read_line(&mut greeting).unwrap();
    assert!(greeting.starts_with("220 "), "{greeting}");
    assert!(folder.path().join("mails").join(USER).join("new").is_dir());
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    assert!(child.wait().unwrap().success(), "SIGTERM is an orderly end");
}

/// The program's peak memory, in KB.
#[cfg(target_os = "linux")]
fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_large_upload_takes_constant_memory() {
    const PIECE: usize = 1 << 20;
    const PIECES: usize = 96;
    let folder = tempfile::tempdir().unwrap();
    let (mut child, url) = launch(folder.path(), &["--http", "--keep-bytes"]);
    let around = upload_body(&[], "BIG", b"");
    let closing = around.len() - format!("\r\n--{BOUNDARY}--\r\n").len();
    let address = url.strip_prefix("http://").unwrap().parse().unwrap();
    let mut client = Client::to(address, None).await.unwrap();
    client.send(&upload_head(around.len() + PIECE * PIECES)).await;
    client.send(&around[..closing]).await;
    let piece = vec![b'\r'; PIECE];
    for _ in 0..PIECES {
        client.send(&piece).await;
    }
    client.send(&around[closing..]).await;
    assert!(client.answer().await.text().contains("File received"));
    let memory = peak(child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    let line = read_ledger(&folder.path().join("ledger.jsonl")).unwrap().remove(0);
    assert_eq!(line.size, Some((PIECE * PIECES) as u64));
    assert_eq!(std::fs::metadata(folder.path().join(line.stored.unwrap())).unwrap().len(), (PIECE * PIECES) as u64);
    assert!(memory < 48 * 1024, "{memory} KB for a file of {PIECES} MB");
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
