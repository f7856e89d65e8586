//! One module a command: what it does where it needs no station, and what people read of it.

pub mod backup;
pub mod check;
pub mod collections;
pub mod explain;
pub mod export;
pub mod filters;
mod fresh;
pub mod history;
pub mod import;
pub mod init;
pub mod links;
pub mod log;
pub mod lzw;
pub mod outcome;
pub mod purge;
pub mod returns;
pub mod secret;
pub mod shell;
pub mod show;
pub mod status;
pub mod verify;

use std::fmt;

use jiff::tz::TimeZone;
use serde_json::Value;

use crate::catalogue::Language;
use crate::exit::Exit;
use crate::output::Style;

/// For whom something is shown.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The reader's language.
    pub language: Language,
    /// The station's time zone.
    pub zone: &'a TimeZone,
    /// What the output can show.
    pub style: Style,
}

/// What a command has to say, for people and for programs.
#[derive(Debug)]
pub struct Answer {
    /// For people.
    pub text: String,
    /// For programs.
    pub json: Value,
    /// For whoever started it.
    pub exit: Exit,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
