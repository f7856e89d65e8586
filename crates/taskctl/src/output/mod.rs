//! How things are shown: tables and colours on a terminal, plain lines otherwise, JSON for programs.

mod count;
mod progress;
mod table;

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use crate::catalogue::system::french;

pub use self::count::Count;
pub use self::progress::{Bars, Gauge};
pub use self::table::{Sheet, Tint, clean};

/// What the standard output can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// A person looks at it: tables are framed and fitted to the width.
    pub terminal: bool,
    /// Colours are welcome.
    pub colours: bool,
}

impl Style {
    /// Neither frames nor colours.
    pub const PLAIN: Self = Self { terminal: false, colours: false };

    /// What this process's standard output can show; `NO_COLOR` is obeyed.
    #[must_use]
    pub fn detect() -> Self {
        let terminal = std::io::stdout().is_terminal();
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { terminal, colours: terminal && !refused }
    }
}

/// Set once an answer could not be written.
static LOST: AtomicBool = AtomicBool::new(false);

/// Writes to the standard output; a reader that went away is no error, a full disk is told and remembered.
pub fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            LOST.store(true, Ordering::Relaxed);
            complain(&format!("La réponse ne peut pas être écrite en entier : {}.", french(&error)));
        }
        _ => {}
    }
}

/// Whether an answer could not be written: what the command did is done, who asked does not know it.
pub fn is_lost() -> bool {
    LOST.load(Ordering::Relaxed)
}

/// Writes a line to the standard error.
pub fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", text.trim_end());
}

/// Writes a value as JSON, one document and a line end.
pub fn print_json(value: &impl Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => print(&format!("{text}\n")),
        Err(error) => complain(&format!("JSON : {error}")),
    }
}
