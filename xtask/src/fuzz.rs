//! Ten seconds of fuzzing for every target of `fuzz/`.
//!
//! The targets are those of cargo-fuzz, which wants a nightly compiler for its sanitizers. Our crates have no unsafe code, so coverage alone
//! does, and the stable compiler can instrument for that. Debug assertions are left to the profile of `fuzz/Cargo.toml`.

use std::fs;

use crate::{
    paths,
    process::{Command, in_parallel},
    step::{Counts, Notes},
    workspace::{self, Package},
};

const SECONDS: u32 = 10;

/// Targets that run at the same time.
const WIDTH: usize = 2;

const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Builds every target; `--target` keeps the flags away from build scripts and macros.
///
/// # Errors
///
/// The compiler's words.
pub(crate) fn build(notes: &mut Notes) -> Result<(), String> {
    let manifest = paths::root().join("fuzz/Cargo.toml");
    let command = Command::cargo(["build", "--locked", "--release", "--bins", "--target"])
        .arg(host()?)
        .arg("--manifest-path")
        .arg(manifest);
    notes.command(&command.env("RUSTFLAGS", COVERAGE).env("CARGO_TARGET_DIR", "fuzz/target"))
}

/// Runs every target from its seeds; each counts as one test.
///
/// # Errors
///
/// The targets that crashed, with the input that does it.
pub(crate) fn run(notes: &mut Notes) -> Result<(), String> {
    let packages = workspace::packages(&paths::root().join("fuzz/Cargo.toml"))?;
    let names: Vec<&str> = packages.iter().flat_map(|package: &Package| package.targets("bin")).collect();
    let host = host()?;
    let log = notes.log().to_owned();
    let outcomes = in_parallel(&names, WIDTH, |name| {
        let log = log.with_extension(format!("{name}.log"));
        // The log of the run before; there may be none.
        let _ = fs::remove_file(&log);
        command(&host, name)?.logged(&log, |_| {})
    });
    let passed = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let number = |count| u64::try_from(count).unwrap_or(u64::MAX);
    let (all, passed) = (number(names.len()), number(passed));
    notes.counts.add(Counts { passed, failed: all - passed, skipped: 0 });
    let failures: Vec<String> = outcomes.into_iter().filter_map(Result::err).collect();
    println!("  {all} targets, {SECONDS} s each: {}", names.join(", "));
    if passed == all { Ok(()) } else { Err(failures.join("\n")) }
}

fn command(host: &str, name: &str) -> Result<Command, String> {
    let folder = paths::root().join("fuzz");
    let corpus = folder.join("corpus").join(name);
    let artifacts = folder.join("artifacts").join(name);
    for folder in [&corpus, &artifacts] {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let program = folder.join("target").join(host).join("release").join(name);
    let seeds = folder.join("seeds").join(name);
    let command = Command::new([program])
        .arg(format!("-max_total_time={SECONDS}"))
        .arg("-timeout=20")
        .arg("-rss_limit_mb=2048")
        .arg("-max_len=16384")
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .arg(corpus);
    Ok(if seeds.is_dir() { command.arg(seeds) } else { command })
}

fn host() -> Result<String, String> {
    let version = Command::new(["rustc", "-vV"]).answer()?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc names no host".to_owned())
}
