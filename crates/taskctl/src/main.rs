//! The `taskctl` program: parse, resolve, run, exit code.

use std::process::ExitCode;

use clap::Parser as _;
use taskctl::app;
use taskctl::cli::Cli;
use taskctl::exit::Exit;
use taskctl::{logging, output, usage};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => match usage::in_words(&error) {
            Some(words) => {
                output::complain(&words);
                return Exit::Usage.into();
            }
            None => error.exit(),
        },
    };
    logging::start(&cli.command);
    app::run(&cli, partners::CHANNELS).into()
}
