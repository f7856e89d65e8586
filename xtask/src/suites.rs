//! The tests themselves, counted.

use crate::{
    paths,
    process::Command,
    setup,
    step::{Counts, Notes},
};

/// What a test prints, alone at the start of a line, when it cannot run here or has a figure to report.
const MARKS: &[&str] = &["SKIPPED:", "REPORT:"];

/// All tests but the documentation's. A test that prints `SKIPPED: why` counts as skipped.
///
/// # Errors
///
/// The failed tests and what they printed.
pub(crate) fn nextest(notes: &mut Notes) -> Result<(), String> {
    let command = Command::cargo(["nextest", "run", "--locked", "--workspace", "--no-output-indent", "--color=never"])
        .arg("--config-file")
        .arg(paths::root().join("xtask/nextest.toml"))
        .env("INSTA_UPDATE", "no");
    // Servers that give their parts accounts of their own need root; where there is root they must run.
    let command = if setup::is_root() { command.env("MAIL_SERVERS_REQUIRED", "yes") } else { command };
    let mut counts = Counts::default();
    let mut marked = Vec::new();
    let outcome = command.logged(notes.log(), |line| {
        if let Some(summary) = nextest_summary(line) {
            counts = summary;
        } else if MARKS.iter().any(|mark| line.starts_with(mark)) {
            marked.push(line.to_owned());
        }
    });
    if counts.skipped > 0 {
        notes.skip(format!("{} tests are marked #[ignore]; each says why in the code", counts.skipped));
    }
    for line in marked {
        match line.strip_prefix("SKIPPED:") {
            Some(why) => {
                counts.passed = counts.passed.saturating_sub(1);
                counts.skipped += 1;
                notes.skip(why.trim());
            }
            None => println!("  {line}"),
        }
    }
    notes.counts.add(counts);
    outcome
}

/// The examples in the documentation of the libraries.
///
/// # Errors
///
/// The failed ones and what they printed.
pub(crate) fn doctests(notes: &mut Notes) -> Result<(), String> {
    let command = Command::cargo(["test", "--locked", "--doc", "--workspace", "--no-fail-fast", "--color=never"]);
    let mut counts = Counts::default();
    let outcome = command.logged(notes.log(), |line| {
        if let Some(result) = libtest_result(line) {
            counts.add(result);
        }
    });
    if counts.skipped > 0 {
        notes.skip(format!("{} documentation examples are only shown, not run", counts.skipped));
    }
    notes.counts.add(counts);
    outcome
}

/// `     Summary [   1.234s] 20 tests run: 18 passed (1 slow), 2 failed, 1 skipped`
fn nextest_summary(line: &str) -> Option<Counts> {
    let (_, counts) = line.trim_start().strip_prefix("Summary [")?.split_once("run: ")?;
    let of = |words: &[&str]| words.iter().map(|word| number_before(counts, word)).sum();
    Some(Counts {
        passed: of(&["passed"]),
        failed: of(&["failed", "exec failed", "timed out"]),
        skipped: of(&["skipped"]),
    })
}

/// `test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s`
fn libtest_result(line: &str) -> Option<Counts> {
    let counts = line.strip_prefix("test result: ")?;
    let of = |word| number_before(counts, word);
    Some(Counts { passed: of("passed"), failed: of("failed"), skipped: of("ignored") })
}

/// The number in front of a word that stands on its own: `2` for `failed` in `18 passed, 2 failed`.
fn number_before(text: &str, word: &str) -> u64 {
    text.split([',', ';', '(', ')', '.'])
        .filter_map(|piece| piece.trim().split_once(' '))
        .find(|(_, rest)| *rest == word)
        .and_then(|(number, _)| number.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summaries_of_both_runners_are_read() {
        let nextest =
            "     Summary [  12.345s] 25 tests run: 20 passed (1 slow, 1 leaky), 3 failed, 2 timed out, 4 skipped";
        assert_eq!(nextest_summary(nextest), Some(Counts { passed: 20, failed: 5, skipped: 4 }));
        assert_eq!(nextest_summary("        PASS [   0.004s] crate test"), None);
        let libtest =
            "test result: FAILED. 7 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(libtest_result(libtest), Some(Counts { passed: 7, failed: 2, skipped: 1 }));
    }
}
