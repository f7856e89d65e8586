//! Accounts of the machine: an operator who is neither the station's account nor root asks through the spool, and reads what he may.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests may")]

mod house;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};

use house::{House, Plan, words};
use scheduler_core::consignment::Status;

/// The operators' group, and two of them; a third account is in no group. None needs to be listed anywhere.
const GROUP: u32 = 61_000;
const MARTIN: u32 = 61_001;
const DUPONT: u32 = 61_002;
const STRANGER: u32 = 61_003;

/// Stopped when the test ends, however it ends.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The program where every account may run it: what built it may stand in somebody's own folder.
fn program(house: &House) -> PathBuf {
    let program = house.folder.path().join("taskctl");
    if !program.exists() {
        fs::copy(env!("CARGO_BIN_EXE_taskctl"), &program).unwrap();
        mode(&program, 0o755);
    }
    program
}

/// What an account gets as answer, and the code.
fn types(house: &House, (user, group): (u32, u32), line: &[&str]) -> (i32, String) {
    let mut command = Command::new(program(house));
    house.prepare(&mut command, line);
    let output: Output = command.uid(user).gid(group).current_dir("/").output().unwrap();
    (output.status.code().unwrap(), words(&output))
}

#[test]
fn two_operators_who_may_not_read_passwords_let_a_file_go() {
    let house = House::new(Plan { mails: false, station: "four_eyes = true\n".to_owned(), ..Plan::default() });
    let root = house.folder.path();
    if fs::metadata(root).unwrap().uid() != 0 {
        println!("SKIPPED: only root can be several accounts");
        return;
    }
    mode(root, 0o755);
    mode(&root.join("secrets"), 0o700);
    house.drop_bytes("vide.txt", b"");
    house.run(&["run", "--once"]);
    let held = house.with_status(Status::Held);
    let id = held[0].id.to_string();
    mode(&house.data_dir, 0o700);

    for line in [&["status"][..], &["history"], &["verify"], &["returns"], &["export", "--format", "csv"]] {
        let (code, said) = types(&house, (STRANGER, STRANGER), line);
        assert!(code != 0 && said.contains("ce compte n'en a pas le droit"), "{line:?} [{code}] {said}");
    }

    let requests = house.data_dir.join("requests");
    for folder in [&house.data_dir, &requests] {
        chown(folder, None, Some(GROUP)).unwrap();
    }
    mode(&house.data_dir, 0o750);
    mode(&requests, 0o2770);
    let release = ["release", &id, "--why", "vide, voulu"];
    let (code, said) = types(&house, (MARTIN, GROUP), &release);
    assert_eq!(code, 2, "without a service, only an account with the passwords can send: {said}");

    let _service = Service(house.spawn(&["run"], &[]));
    while !words(&house.run(&["status", "--json"])).contains("\"running\": true") {}
    let (code, said) = types(&house, (STRANGER, STRANGER), &release);
    assert_ne!(code, 0, "{said}");
    let (code, said) = types(&house, (MARTIN, GROUP), &release);
    assert!(code == 6 && said.contains("une seconde personne"), "[{code}] {said}");
    assert_eq!(types(&house, (MARTIN, GROUP), &release).0, 1, "one account is one person");
    assert_eq!(house.with_status(Status::Held).len(), 1);
    mode(&requests, 0o2750);
    let (code, said) = types(&house, (DUPONT, GROUP), &release);
    assert!(code == 1 && said.contains("Ce compte n'a pas le droit de demander"), "[{code}] {said}");
    mode(&requests, 0o2770);
    let (code, said) = types(&house, (DUPONT, GROUP), &release);
    assert_eq!(code, 0, "{said}");
    assert!(house.with_status(Status::Held).is_empty());
}
