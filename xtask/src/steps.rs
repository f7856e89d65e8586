//! The steps of `test` and `lint`, cheap ones first. Clippy, documentation and tests share the dev profile and one selection of
//! crates and features, so that nothing is built twice.

use std::process::ExitCode;

use crate::{
    fuzz, layers, modules, paths,
    process::Command,
    setup, sizes,
    step::{Notes, Run, Step},
    suites, workspace,
};

/// What a change must pass.
pub(crate) const TEST: &[&[Step]] = &[SETUP, CHECKS, BUILDS];

/// The fast part of [`TEST`].
pub(crate) const LINT: &[&[Step]] = &[CHECKS];

const SETUP: &[Step] = &[
    Step { name: "system packages", job: setup::system_packages },
    Step { name: "cargo tools", job: setup::cargo_tools },
    Step { name: "sources", job: setup::sources },
];

const CHECKS: &[Step] = &[
    Step { name: "formatting", job: |notes| notes.command(&Command::cargo(["fmt", "--all", "--check"])) },
    Step { name: "layers", job: layers::check },
    Step { name: "import circles", job: modules::check },
    Step { name: "file sizes", job: sizes::check },
    Step { name: "licences and bans", job: licences },
    Step { name: "clippy", job: clippy },
    Step { name: "documentation", job: documentation },
];

const BUILDS: &[Step] = &[
    Step { name: "test binaries", job: test_binaries },
    Step { name: "tests", job: suites::nextest },
    Step { name: "documentation tests", job: suites::doctests },
    Step { name: "examples", job: examples },
    Step { name: "taskctl without features", job: without_features },
    Step { name: "windows", job: windows },
    Step { name: "release binary", job: release_binary },
    Step { name: "demo", job: demo },
    Step { name: "fuzz targets", job: fuzz::build },
    Step { name: "fuzzing", job: fuzz::run },
];

/// One step, for whoever works on what it checks.
pub(crate) fn only(name: &str) -> ExitCode {
    let steps = TEST.concat();
    match steps.iter().find(|step| step.name == name) {
        Some(step) => Run::new(&[&[*step]]).all(),
        None => {
            let names: Vec<&str> = steps.iter().map(|step| step.name).collect();
            eprintln!("no step «{name}»; there are: {}", names.join(", "));
            ExitCode::from(2)
        }
    }
}

/// The environment variable that makes a binary built with `crash-points` abort.
const CRASH_POINTS: &[u8] = b"TASKCTL_CRASH_AT";

/// The benchmark binary prints ratios against a peer run in the same minute.
pub(crate) fn bench(names: &[&str]) -> ExitCode {
    let fixed = ["run", "--release", "--locked", "-p", "conformance", "--bin", "bench", "--"];
    Command::cargo(fixed.iter().chain(names).copied()).shown_live()
}

/// Without the advisory database, which cannot be had offline.
fn licences(notes: &mut Notes) -> Result<(), String> {
    notes.command(&Command::cargo(["deny", "--offline", "--color=never", "check", "bans", "licenses", "sources"]))
}

fn clippy(notes: &mut Notes) -> Result<(), String> {
    notes.command(&Command::cargo(["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

fn documentation(notes: &mut Notes) -> Result<(), String> {
    notes.command(&Command::cargo(["doc", "--locked", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
}

/// With `--tests`, dependencies get the features that the tests get: the binaries that tests start are built once, and from this commit.
fn test_binaries(notes: &mut Notes) -> Result<(), String> {
    notes.command(&Command::cargo(["build", "--locked", "--workspace", "--bins", "--examples", "--tests"]))
}

fn without_features(notes: &mut Notes) -> Result<(), String> {
    notes.command(&Command::cargo(["check", "--locked", "-p", "taskctl", "--no-default-features"]))
}

/// What is shipped must not know the crash points, which the binary for tests gets from the features that its tests ask for. Not optimised here:
/// that takes longer than all the tests, and changes nothing of what is looked at.
fn release_binary(notes: &mut Notes) -> Result<(), String> {
    let build = Command::cargo(["build", "--locked", "--release", "-p", "taskctl"]);
    notes.command(&build.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"))?;
    let binary = paths::target().join("release/taskctl");
    let bytes = std::fs::read(&binary).map_err(|error| format!("{}: {error}", binary.display()))?;
    if bytes.windows(CRASH_POINTS.len()).any(|window| window == CRASH_POINTS) {
        return Err("the release binary was built with the feature crash-points".to_owned());
    }
    Ok(())
}

/// The README's first command, as built by the step before.
fn demo(notes: &mut Notes) -> Result<(), String> {
    notes.command(&Command::new(["timeout", "180"]).arg(paths::target().join("release/taskctl")).arg("demo"))
}

/// Every example, started without arguments, ends with success.
fn examples(notes: &mut Notes) -> Result<(), String> {
    let packages = workspace::packages(&paths::root().join("Cargo.toml"))?;
    let Some(package) = packages.iter().find(|package| package.name == "taskctl-examples") else {
        return Err("no package taskctl-examples".to_owned());
    };
    let built = paths::target().join("debug");
    let binaries = package.targets("bin").map(|name| built.join(name));
    let examples = package.targets("example").map(|name| built.join("examples").join(name));
    let failures: Vec<String> = binaries
        .chain(examples)
        .filter_map(|program| notes.command(&Command::new(["timeout", "120"]).arg(program)).err())
        .collect();
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

/// Type-checks the libraries for Windows, which needs that target's standard library and, for the C parts, its compiler.
fn windows(notes: &mut Notes) -> Result<(), String> {
    const TARGET: &str = "x86_64-pc-windows-gnu";
    const COMPILER: &str = "x86_64-w64-mingw32-gcc";

    let library = Command::new(["rustc", "--print", "target-libdir", "--target", TARGET]).answer()?;
    if !std::path::Path::new(library.trim()).is_dir() {
        notes.skip(format!(
            "Windows cross-check: the Rust target {TARGET} is not installed (rustup target add {TARGET})"
        ));
        return Ok(());
    }
    if !Command::new([COMPILER, "--version"]).succeeds() {
        notes.skip(format!("Windows cross-check: {COMPILER} is not installed (apt-get install gcc-mingw-w64-x86-64)"));
        return Ok(());
    }
    let libraries = ["scheduler-core", "xfb-gateway", "pecoto-smtp", "partner-sim", "partners"];
    let selected = libraries.iter().flat_map(|name| ["-p", *name]);
    let words = ["check", "--locked", "--target", TARGET].into_iter().chain(selected);
    notes.command(&Command::cargo(words).env("AWS_LC_SYS_PREBUILT_NASM", "1"))
}
