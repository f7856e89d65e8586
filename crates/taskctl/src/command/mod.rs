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

use jiff::tz::TimeZone;

use crate::catalogue::Language;
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
