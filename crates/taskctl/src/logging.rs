//! The technical log, on the standard error: warnings of the service, and whatever `RUST_LOG` asks for.

use std::io::{IsTerminal as _, stderr};

use tracing_subscriber::EnvFilter;

use crate::cli::Command;

/// Starts the log for the life of the process. Without `RUST_LOG`, the service tells warnings and the other commands nothing: their answers say what matters.
pub fn start(command: &Command) {
    let quiet = if matches!(command, Command::Run(_)) { "warn" } else { "off" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(quiet));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).with_ansi(stderr().is_terminal());
    // A log that was started before, by whoever embeds this library, stays.
    let _ = log.try_init();
}
