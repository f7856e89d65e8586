//! The `taskctl` program: parse, resolve, run, exit code.

use std::process::ExitCode;

use clap::Parser as _;
use taskctl::app;
use taskctl::cli::Cli;
use taskctl::logging;

fn main() -> ExitCode {
    let cli = Cli::parse();
    logging::start(&cli.command);
    app::run(&cli, partners::CHANNELS).into()
}
