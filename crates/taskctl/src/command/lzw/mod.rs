//! `taskctl lzw`: compression and segments, without station or configuration.

mod failure;
mod files;
mod join;
mod split;
mod stream;
mod verify;

use serde_json::Value;

use self::failure::Failure;
use crate::catalogue::Language;
use crate::cli::Lzw;
use crate::exit::Exit;
use crate::output;

/// No configuration is read, so nobody has asked for another.
const LANGUAGE: Language = Language::Fr;

/// What was done.
struct Report {
    /// For people.
    text: String,
    /// For programs.
    json: Value,
    /// The standard output is taken by the file itself.
    aside: bool,
    /// What was refused on the way, although the work is done.
    refused: Vec<Failure>,
    exit: Exit,
}

/// Does what is asked and tells it.
#[must_use]
pub fn run(wish: &Lzw, json: bool) -> Exit {
    let done = match wish {
        Lzw::Compress(wish) => stream::compress(wish),
        Lzw::Expand(wish) => stream::expand(wish),
        Lzw::Split(wish) => split::split(wish),
        Lzw::Join(wish) => join::join(wish),
        Lzw::Verify(wish) => Ok(verify::verify(wish)),
    };
    match done {
        Ok(report) => report.show(json),
        Err(failures) => failures.show(),
    }
}

impl Report {
    fn show(&self, json: bool) -> Exit {
        self.refused.iter().for_each(|failure| output::complain(&failure.in_words(LANGUAGE)));
        match (json, self.aside) {
            (_, true) => output::complain(&self.text),
            (true, false) => output::print_json(&self.json),
            (false, false) if self.text.is_empty() => {}
            (false, false) => output::print(&format!("{}\n", self.text)),
        }
        self.exit
    }
}

/// Why nothing was written: one reason or several, the last one decides.
struct Failures(Vec<Failure>);

impl Failures {
    fn show(&self) -> Exit {
        self.0.iter().for_each(|failure| output::complain(&failure.in_words(LANGUAGE)));
        Exit::all(self.0.iter().map(|failure| failure.exit))
    }
}

impl From<Failure> for Failures {
    fn from(failure: Failure) -> Self {
        Self(vec![failure])
    }
}

/// `a1b2…`, as `sha256sum` writes it.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `1 segment`, `12 segments`.
fn segments(count: u32) -> String {
    let plural = if count > 1 { "s" } else { "" };
    format!("{count} segment{plural}")
}
