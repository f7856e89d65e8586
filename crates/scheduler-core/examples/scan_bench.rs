//! Measures one look at 100,000 files against 1,000 scenarios, beside `fd` given the same patterns as one regular expression.
//!
//!     cargo run --release -p scheduler-core --example scan_bench
//!
//! Both run as whole processes (start, patterns, folder, output), in turn, five times each for the first figure, once for the others since `fd` takes half a minute; medians are compared, and both must find the
//! same files. `fd` is given the fewest things to do: no ignore files, output to a pipe that is counted. The share of names that match is varied:
//! we ask the system for the size and times of those, which `fd` does not.

use std::error::Error;
use std::fs::{self, File};
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use scheduler_core::matcher::{Matcher, Verdict};
use scheduler_core::watch::scan::{Scan, WatchedFolder};

const FILES: usize = 100_000;
const PATTERNS: usize = 1_000;
const RUNS: usize = 5;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Which patterns the scenarios have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mix {
    /// What tells the scenarios apart is at one end of the name: `MAND_0001_*.xml`, `*_RECETTE_0002.txt`.
    Ends,
    /// For a quarter of them it is in the middle: `PES*_0003_*.xml`.
    Middle,
}

fn main() -> Outcome<()> {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    if let [folder, mix] = arguments.as_slice() {
        println!("{}", look(Path::new(folder), if mix == "Ends" { Mix::Ends } else { Mix::Middle }));
        return Ok(());
    }
    for mix in [Mix::Ends, Mix::Middle] {
        match_alone(mix);
    }
    compare(Mix::Ends, 1, 10, RUNS)?;
    compare(Mix::Ends, 100, 10, 1)?;
    compare(Mix::Ends, 1, 1, 1)?;
    compare(Mix::Middle, 1, 10, 1)
}

fn pattern(number: usize, mix: Mix) -> String {
    match (number % 4, mix) {
        (0, _) => format!("MAND_{number:04}_*.xml"),
        (1, _) => format!("*_RECETTE_{number:04}.txt"),
        (2, Mix::Ends) => format!("PES2R_{number:04}_*.xml"),
        (2, Mix::Middle) => format!("PES*_{number:04}_*.xml"),
        _ => format!("BUDGET{number:04}_??.xml"),
    }
}

fn patterns(mix: Mix) -> Vec<String> {
    (0..PATTERNS).map(|number| pattern(number, mix)).collect()
}

/// Names of files; one out of `every` matches a pattern.
fn name(number: usize, every: usize) -> String {
    let code = number % PATTERNS;
    let code = if number.is_multiple_of(every) { format!("{code:04}") } else { format!("x{code:04}") };
    match number % PATTERNS % 4 {
        0 => format!("mand_{code}_20261122_{number:06}.xml"),
        1 => format!("VILLE_{number:06}_RECETTE_{code}.txt"),
        2 => format!("PES2R_{code}_20261122_{number:06}.xml"),
        _ => format!("Budget{code}_{:02}.xml", number / PATTERNS % 100),
    }
}

fn scan(folder: &Path, mix: Mix) -> Scan {
    let patterns = patterns(mix);
    let matcher = || Matcher::new(patterns.iter().map(String::as_str).enumerate());
    Scan::new(vec![WatchedFolder { folder: folder.to_path_buf(), here: matcher(), below: Some(matcher()) }])
}

fn look(folder: &Path, mix: Mix) -> u64 {
    scan(folder, mix).look(&mut |found| drop(black_box(found))).files
}

fn match_alone(mix: Mix) {
    let patterns = patterns(mix);
    let names = (0..FILES).map(|number| name(number, 10)).collect::<Vec<_>>();
    let matcher = Matcher::new(patterns.iter().map(String::as_str).enumerate());
    let mut times = (0..RUNS).map(|_| {
        let start = Instant::now();
        let matched = names.iter().filter(|name| black_box(matcher.matches(name)) != Verdict::Unmatched).count();
        assert_eq!(matched, FILES / 10);
        start.elapsed()
    });
    let median = median(&mut times);
    let rate = FILES as f64 / median.as_secs_f64() / 1e6;
    println!("{mix:?}: names alone: {FILES} names x {PATTERNS} patterns in {median:?}: {rate:.1} million names/s");
}

fn compare(mix: Mix, folders: usize, every: usize, runs: usize) -> Outcome<()> {
    let root = tempfile::tempdir()?;
    for number in 0..FILES {
        let folder = root.path().join(format!("{:03}", number % folders));
        let folder = if folders == 1 { root.path() } else { folder.as_path() };
        fs::create_dir_all(folder)?;
        File::create(folder.join(name(number, every)))?;
    }
    let regex =
        patterns(mix).into_iter().map(|pattern| pattern.replace('.', r"\.").replace('*', ".*").replace('?', "."));
    let regex = format!("^({})$", regex.collect::<Vec<_>>().join("|"));
    let mut ours = Command::new(std::env::current_exe()?);
    ours.arg(root.path()).arg(format!("{mix:?}"));
    let mut fd = Command::new("fdfind");
    fd.args(["--regex", "--ignore-case", "--no-ignore", "--color=never", &regex]).arg(root.path());
    let (mut our_times, mut fd_times) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let (time, output) = run(&mut ours)?;
        our_times.push(time);
        let (time, lines) = run(&mut fd)?;
        fd_times.push(time);
        let (ours, theirs) = (output.trim().parse::<usize>()?, lines.lines().count());
        assert_eq!((ours, theirs), (FILES.div_ceil(every), FILES.div_ceil(every)), "both find the same files");
    }
    let (ours, theirs) = (median(&mut our_times.into_iter()), median(&mut fd_times.into_iter()));
    let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
    println!(
        "{mix:?}: {folders} folders, 1 of {every} names matches: we {ours:?}, fd {theirs:?}: {ratio:.1} x, {runs} runs"
    );
    Ok(())
}

fn run(command: &mut Command) -> Outcome<(Duration, String)> {
    let start = Instant::now();
    let output = command.stderr(Stdio::inherit()).output()?;
    let time = start.elapsed();
    assert!(output.status.success(), "{command:?}");
    Ok((time, String::from_utf8(output.stdout)?))
}

fn median(times: &mut dyn Iterator<Item = Duration>) -> Duration {
    let mut times = times.collect::<Vec<_>>();
    times.sort_unstable();
    times[times.len() / 2]
}
