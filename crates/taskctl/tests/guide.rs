//! The operator's guide, tried line by line: every command that it shows is run in order, in one station, against a simulated Treasury, and
//! prints what the guide says that it prints.
//!
//! In a block of the guide marked `console`, a line that begins with `$ ` is a command and what follows is its output: `…` stands for any text, a line of
//! `…` alone for any lines. A comment `<!-- essai : COMMAND -->` is a step that the reader does by hand; `<!-- codes : 6 0 -->` tells the exit codes of
//! the commands that follow it, each 0 where nothing is told.

#![allow(clippy::unwrap_used, reason = "in tests")]

use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use partner_sim::{Gateway, Running};

const GUIDE: &str = include_str!("../../../docs/guide.fr.md");
const PROGRAM: &str = env!("CARGO_BIN_EXE_taskctl");
const PASSWORD: &str = "mot-de-passe-de-test";

/// What is done, in the order of the guide.
#[derive(Debug, PartialEq)]
enum Step<'a> {
    /// By hand.
    Silent(&'a str),
    /// Shown with its output.
    Shown { line: usize, command: String, output: Vec<&'a str>, code: i32 },
}

fn steps(guide: &str) -> Vec<Step<'_>> {
    let (mut steps, mut inside, mut codes) = (Vec::new(), false, VecDeque::new());
    for (index, line) in guide.lines().enumerate() {
        if let Some(silent) = line.strip_prefix("<!-- essai : ").and_then(|rest| rest.strip_suffix(" -->")) {
            steps.push(Step::Silent(silent));
        } else if let Some(told) = line.strip_prefix("<!-- codes : ").and_then(|rest| rest.strip_suffix(" -->")) {
            codes = told.split(' ').map(|code| code.parse().unwrap()).collect();
        } else if line.starts_with("```") {
            inside = line == "```console";
        } else if !inside {
        } else if let Some(command) = line.strip_prefix("$ ") {
            let code = codes.pop_front().unwrap_or(0);
            steps.push(Step::Shown { line: index + 1, command: command.to_owned(), output: Vec::new(), code });
        } else if let Some(Step::Shown { command, output, .. }) = steps.last_mut() {
            match command.strip_suffix('\\') {
                Some(begun) if output.is_empty() => *command = format!("{begun}{}", line.trim_start()),
                _ => output.push(line),
            }
        }
    }
    steps
}

/// Whether a line is as expected; `…` stands for any text.
fn agrees(expected: &str, line: &str) -> bool {
    let mut parts = expected.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Whether lines are as expected; a line of `…` alone stands for any lines.
fn all_agree(expected: &[&str], lines: &[&str]) -> bool {
    match (expected, lines) {
        ([], []) => true,
        (["…", rest @ ..], _) => (0..=lines.len()).any(|skipped| all_agree(rest, &lines[skipped..])),
        ([first, expected @ ..], [line, lines @ ..]) => agrees(first, line) && all_agree(expected, lines),
        _ => false,
    }
}

fn shell(folder: &Path, gateway: &Running, command: &str) -> (String, Option<i32>) {
    let path = format!("{}:{}", Path::new(PROGRAM).parent().unwrap().display(), std::env::var("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-c", &format!("exec 2>&1; {command}")])
        .current_dir(folder)
        .stdin(Stdio::null())
        .env("PATH", path)
        .env("NO_COLOR", "1")
        .env("USER", "martin")
        .env("MOT_DE_PASSE", PASSWORD)
        .env("PASSERELLE", gateway.base_url())
        .env_remove("SUDO_USER")
        .output()
        .unwrap();
    (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.code())
}

#[test]
fn the_guide_tells_the_truth() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("station");
    fs::create_dir(&home).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let treasury = Gateway::builder(folder.path().join("treasury")).account("ville", PASSWORD).plain_http();
    let gateway = runtime.block_on(treasury.mails(home.join("mails")).start()).unwrap();
    let mut wrong = Vec::new();
    for step in steps(GUIDE) {
        match step {
            Step::Silent(command) => {
                let (said, done) = shell(&home, &gateway, command);
                assert_eq!(done, Some(0), "{command}: {said}");
            }
            Step::Shown { line, command, output, code } => {
                let (said, exit) = shell(&home, &gateway, &command);
                let lines: Vec<&str> = said.trim_end().lines().map(str::trim_end).collect();
                let expected: Vec<&str> = output.into_iter().map(str::trim_end).collect();
                if !all_agree(trimmed(&expected), &lines) || exit != Some(code) {
                    wrong.push(format!("line {line}: {command}\n{}\nexit code {exit:?}\n", said.trim_end()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "the guide differs from what is printed:\n\n{}", wrong.join("\n"));
}

/// Without the empty lines at the end.
fn trimmed<'a, 'b>(mut lines: &'a [&'b str]) -> &'a [&'b str] {
    while let [rest @ .., ""] = lines {
        lines = rest;
    }
    lines
}

#[test]
fn every_command_is_shown_in_the_guide() {
    use clap::CommandFactory as _;

    let shown: Vec<String> = steps(GUIDE)
        .into_iter()
        .filter_map(|step| if let Step::Shown { command, .. } = step { Some(command) } else { None })
        .collect();
    let missing: Vec<String> = taskctl::cli::Cli::command()
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .map(|command| format!("taskctl {}", command.get_name()))
        .filter(|wanted| !shown.iter().any(|command| command.contains(wanted.as_str())))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_state_is_in_the_legend() {
    use scheduler_core::consignment::Status;
    use taskctl::catalogue::{Language, status};

    let missing: Vec<&str> = Status::ALL
        .into_iter()
        .map(|state| status(Language::Fr, state))
        .chain(["disponible", "réception en cours", "reçu, à ranger", "reçu", "incomplet"])
        .filter(|name| !GUIDE.contains(&format!("| **{name}** |")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn elisions_stand_for_what_varies_and_for_nothing_else() {
    assert!(agrees("a … c", "a b c") && agrees("…", "") && !agrees("a … c", "a b d") && !agrees("a", "ab"));
    assert!(all_agree(&["a", "…", "c"], &["a", "b", "b", "c"]) && !all_agree(&["a", "c"], &["a", "b", "c"]));
    assert!(all_agree(&["…"], &[]) && !all_agree(&[], &["a"]));
}
