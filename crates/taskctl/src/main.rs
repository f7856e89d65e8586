//! The `taskctl` program: parse, resolve, run, exit code.

use std::process::ExitCode;

use clap::Parser as _;
use taskctl::app;
use taskctl::cli::Cli;

fn main() -> ExitCode {
    app::run(&Cli::parse(), partners::CHANNELS).into()
}
