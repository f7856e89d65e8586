//! One look at a full folder, beside `fd` given the same patterns as one regular expression.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use scheduler_core::matcher::Matcher;
use scheduler_core::platform::Directory;
use scheduler_core::watch::scan::{Found, Scan, WatchedFolder};

use crate::Plan;
use crate::ground::{Ground, Outcome};
use crate::report::{Sample, Series, at_least};
use crate::usage;

const FILES: usize = 100_000;
const SCENARIOS: usize = 1_000;
const TARGET: f64 = 20.0;

/// One file out of so many is wanted by a scenario.
const WANTED: [usize; 3] = [10, 100, 1];

/// Debian and its descendants renamed it.
const FD: [&str; 2] = ["fdfind", "fd"];

pub(crate) fn measure(plan: &Plan) -> Outcome<()> {
    let files = plan.of(FILES);
    println!(
        "scan: {files} files in one folder, {SCENARIOS} scenarios; whoever looks ends with the list of wanted files"
    );
    println!(
        "  we: patterns made ready, folder read, size and times of the wanted files; fd: one regex, every core, names only"
    );
    let fd = FD.into_iter().find(|name| Command::new(name).arg("--version").output().is_ok());
    let fd = fd.ok_or("fd is not installed (Debian: apt-get install fd-find)")?;
    for every in WANTED {
        compare(plan, fd, files, every)?;
    }
    Ok(())
}

fn compare(plan: &Plan, fd: &str, files: usize, every: usize) -> Outcome<()> {
    let ground = Ground::new()?;
    let folder = ground.fresh("scan")?;
    for number in 0..files {
        File::create_new(folder.join(name(number, every)))?;
    }
    ground.settle()?;
    let regex = regex();
    let mut ours = Series::new("we");
    let mut theirs = Series::new("fd, the patterns as one regex");
    let mut fd_list = Series::new("fd, every name, no pattern");
    let mut floor = Series::new("reading the folder alone");
    // Patterns that find nothing would make this pointless, and fd is slow: fewer runs tell as much.
    let runs = if every == WANTED[0] { plan.runs } else { 1 };
    for _ in 0..runs {
        let (sample, found) = timed(|| Ok(look(&folder)))?;
        ours.samples.push(sample);
        let (sample, listed) = timed(|| list(fd, &["--ignore-case", "--regex", &regex], &folder))?;
        theirs.samples.push(sample);
        if found.len() != files.div_ceil(every) || found != listed {
            return Err(format!("we found {} files, fd {}", found.len(), listed.len()).into());
        }
        fd_list.samples.push(timed(|| list(fd, &["."], &folder))?.0);
        floor.samples.push(timed(|| read(&folder))?.0);
    }
    println!("  1 of {every} files is wanted:");
    for series in [&ours, &theirs, &fd_list, &floor] {
        series.show(files);
    }
    at_least(&format!("scan, 1 of {every} wanted, against fd"), ours.against(&theirs), TARGET);
    Ok(())
}

/// Where the patterns of scenarios come from: a collectivity's number, five kinds of files.
fn pattern(number: usize) -> String {
    let siret = siret(number / 5);
    match number % 5 {
        0 => format!("PESALR2_{siret}_*.xml"),
        1 => format!("mandat_{siret}*"),
        2 => format!("*_{siret}.ocre"),
        3 => format!("TIT{siret}??.txt"),
        _ => format!("*budget*{siret}*.xml"),
    }
}

/// A name that scenario `number % SCENARIOS` wants, if it is the turn of one.
fn name(number: usize, every: usize) -> String {
    let scenario = number / every % SCENARIOS;
    let known = number.is_multiple_of(every);
    let siret = if known { siret(scenario / 5) } else { format!("9{:013}", number % 7919) };
    match scenario % 5 {
        0 => format!("PESALR2_{siret}_20261122_{number:06}.xml"),
        1 => format!("MANDAT_{siret}_{number:06}.dat"),
        2 => format!("liste_{number:06}_{siret}.ocre"),
        3 => format!(
            "tit{siret}{:02}{}.txt",
            number / every / SCENARIOS,
            if known { String::new() } else { format!("{number:06}") }
        ),
        _ => format!("2026_Budget_primitif_{siret}_{number:06}.xml"),
    }
}

fn siret(collectivity: usize) -> String {
    format!("2{:08}00019", collectivity * 104_729 % 100_000_000)
}

/// The same patterns in one expression.
fn regex() -> String {
    let one = |number| pattern(number).replace('.', r"\.").replace('*', ".*").replace('?', ".");
    let all: Vec<String> = (0..SCENARIOS).map(one).collect();
    format!("^({})$", all.join("|"))
}

fn look(folder: &Path) -> BTreeSet<String> {
    let patterns: Vec<String> = (0..SCENARIOS).map(pattern).collect();
    let here = Matcher::new(patterns.iter().map(String::as_str).enumerate());
    let scan = Scan::new(vec![WatchedFolder { folder: folder.to_owned(), here, below: None }]);
    let mut wanted = BTreeSet::new();
    scan.look(&mut |found| {
        if let Found::File(seen) = found {
            wanted.insert(seen.relative);
        }
    });
    wanted
}

fn list(fd: &str, arguments: &[&str], folder: &Path) -> Outcome<BTreeSet<String>> {
    let mut command = Command::new(fd);
    command.args(["--no-ignore", "--color=never", "--type=file"]).args(arguments).current_dir(folder);
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{fd} failed: {}", output.status).into());
    }
    let names = String::from_utf8(output.stdout)?;
    Ok(names.lines().map(|name| name.trim_start_matches("./").to_owned()).collect())
}

fn read(folder: &Path) -> Outcome<usize> {
    let mut names = 0;
    Directory::open(folder)?.read(&mut |_, _| names += 1)?;
    Ok(names)
}

fn timed<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<(Sample, T)> {
    let used = || Ok::<_, Box<dyn std::error::Error + Send + Sync>>(usage::cpu("self")? + usage::cpu_of_children()?);
    let (cpu, start) = (used()?, Instant::now());
    let done = work()?;
    let wall = start.elapsed();
    Ok((Sample { wall, cpu: used()?.saturating_sub(cpu), peak: 0 }, done))
}
