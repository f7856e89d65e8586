//! The `taskctl` program: parse, resolve, run, exit code.

use std::process::ExitCode;

use clap::Parser as _;
use scheduler_core::partner::Channel;
use taskctl::app;
use taskctl::cli::Cli;

/// The partners that this program can exchange with.
const CHANNELS: &[&dyn Channel] = &[];

fn main() -> ExitCode {
    app::run(&Cli::parse(), CHANNELS).into()
}
