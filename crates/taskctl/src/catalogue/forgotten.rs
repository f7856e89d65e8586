//! No code is forgotten: the sources themselves tell which there are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::codes;

/// Crates whose codes never reach an operator.
const SILENT: [&str; 1] = ["partner-sim"];

/// Files whose codes are those of a channel for tests, and of patterns, which the mistakes of a configuration tell in words of their own.
const ELSEWHERE: [&str; 2] = ["scheduler-core/src/memory.rs", "scheduler-core/src/naming/pattern.rs"];

/// Calls whose first argument is a code.
const CALLS: [&str; 10] = [
    "Why::code(",
    "Why::with(",
    "why(",
    "Fault::session(",
    "Fault::consignment(",
    "Fault::profile(",
    "Fault::gate(",
    ".report(",
    "Fault::new(",
    "Finding::new(",
];

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every source that is no test's, with its path below the folder of crates.
fn sources() -> Vec<(String, String)> {
    let mut folders: Vec<PathBuf> =
        fs::read_dir(crates()).unwrap().map(|entry| entry.unwrap().path().join("src")).collect();
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && name != "tests" {
                folders.push(path);
            } else if name.ends_with(".rs") && !["tests.rs", "testing.rs"].contains(&name) {
                let below = path.strip_prefix(crates()).unwrap().to_str().unwrap().replace('\\', "/");
                let silent = SILENT.iter().any(|silent| below.starts_with(silent));
                if !silent && !ELSEWHERE.contains(&below.as_str()) {
                    sources.push((below, plain(&fs::read_to_string(&path).unwrap())));
                }
            }
        }
    }
    sources
}

/// The source without comments and without the tests at its end, on one line.
fn plain(source: &str) -> String {
    let tests =
        source.find("\n#[cfg(test)]\nmod tests {").or_else(|| source.find("\n#[cfg(test)]\n#[cfg(unix)]\nmod tests {"));
    let lines = source[..tests.unwrap_or(source.len())].lines().map(str::trim).filter(|line| !line.starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Kebab case, with a hyphen: what a code looks like.
fn is_code(text: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    text.contains('-') && text.split('-').all(part)
}

/// The texts between quotation marks that look like codes.
fn quoted(source: &str) -> impl Iterator<Item = &str> {
    source.split('"').skip(1).step_by(2).filter(|text| is_code(text))
}

/// The bodies of the functions that tell a code: `fn code(…)`, `fn claim_code(…)`.
fn tellers(source: &str) -> impl Iterator<Item = &str> {
    source.match_indices("code(").filter_map(|(at, _)| {
        let head = source[..at].rsplit(char::is_whitespace).next()?;
        let declared = source[..at - head.len()].trim_end().ends_with("fn") && (head.is_empty() || head.ends_with('_'));
        let body = source[at..].find("{\n").filter(|_| declared)? + at;
        Some(&source[body..body + block(&source[body..])])
    })
}

/// How long the block is that begins here; braces in texts come in pairs.
fn block(source: &str) -> usize {
    let mut depth = 0;
    for (at, c) in source.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return at,
            '}' => depth -= 1,
            _ => {}
        }
    }
    source.len()
}

/// The codes that are an argument, the first one, of a call.
fn arguments(source: &str) -> impl Iterator<Item = &str> {
    CALLS.iter().flat_map(move |call| {
        source.match_indices(call).filter_map(move |(at, _)| {
            let text = source[at + call.len()..].trim_start().strip_prefix('"')?;
            text.split('"').next().filter(|code| is_code(code))
        })
    })
}

/// The codes of lists (`CODES`, `FINDINGS`…): a constant or a macro that gives codes to names.
fn constants(source: &str) -> impl Iterator<Item = &str> {
    source.match_indices("&str = \"").filter_map(|(at, start)| {
        let code = source[at + start.len()..].split('"').next().filter(|code| is_code(code))?;
        let name = source[..at].rsplit("const ").next()?;
        // Names of headers, formats and files are constants, too.
        let capitals = name.trim_end_matches(": ").trim_end_matches(": &'static");
        (capitals.ends_with("CODE")).then_some(code)
    })
}

#[test]
fn every_code_in_the_sources_has_its_sentences() {
    let known: BTreeSet<&str> = codes().collect();
    let sources = sources();
    let mut found: BTreeMap<&str, &str> = BTreeMap::new();
    for (path, source) in &sources {
        let told = tellers(source).flat_map(quoted).chain(arguments(source)).chain(constants(source));
        found.extend(told.map(|code| (code, path.as_str())));
    }
    let missing: Vec<_> = found.iter().filter(|(code, _)| !known.contains(*code)).collect();
    assert!(missing.is_empty(), "codes without an entry in the catalogues: {missing:#?}");
    // The reader of sources reads: these are told in each of its ways.
    for witness in ["claim-vanished", "mail-too-large", "journal-too-new", "station-restored", "empty-file", "xfb-bug"]
    {
        assert!(found.contains_key(witness), "{witness}");
    }
    assert!(found.len() > 150, "{}", found.len());
}
