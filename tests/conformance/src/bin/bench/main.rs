//! The figures that the scheduler promises, each measured against a peer that does the same work in the same minute.
//!
//!     cargo run --release -p conformance --bin bench -- [accept] [send] [memory] [scan] [lzw] [journal] [--runs N] [--quick]
//!
//! Contenders take turns, run by run; what is printed is the median of the runs, and the median of the ratios of each run. A figure
//! below its target is told (`BELOW`) and fails nothing: machines differ. `docs/benchmarks.md` explains the methods.

mod accept;
mod ground;
mod journal;
mod lzw;
mod memory;
mod programs;
mod report;
mod scan;
mod send;
mod simulator;
mod stations;
mod usage;

use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use self::ground::Outcome;

/// Measures what the scheduler promises, against a peer that does the same work in the same minute.
#[derive(Debug, Parser)]
#[command(name = "bench")]
struct Cli {
    /// What to measure; everything when nothing is named.
    #[arg(value_enum)]
    names: Vec<Name>,
    /// Interleaved runs of each contender.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// A twentieth of the work: shows that it runs, measures nothing.
    #[arg(long)]
    quick: bool,
    /// Of `accept`, only the contenders whose name holds this text, for profiling.
    #[arg(long, default_value = "", hide_default_value = true)]
    only: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Name {
    Accept,
    Send,
    Memory,
    Scan,
    Lzw,
    Journal,
}

/// How much to do.
#[derive(Clone, Debug)]
struct Plan {
    runs: usize,
    quick: bool,
    only: String,
}

impl Plan {
    /// This much, or a twentieth of it.
    fn of(&self, full: usize) -> usize {
        if self.quick { full.div_ceil(20) } else { full }
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let plan = Plan { runs: usize::from(cli.runs), quick: cli.quick, only: cli.only };
    let all = [Name::Accept, Name::Send, Name::Memory, Name::Scan, Name::Lzw, Name::Journal];
    let names = if cli.names.is_empty() { &all[..] } else { &cli.names[..] };
    println!("{}; {} runs each", report::machine(), plan.runs);
    if cfg!(debug_assertions) {
        println!("a debug build: these figures mean nothing, use --release");
    }
    for name in names {
        println!();
        if let Err(error) = measure(*name, &plan) {
            eprintln!("bench {name:?}: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn measure(name: Name, plan: &Plan) -> Outcome<()> {
    match name {
        Name::Accept => accept::measure(plan),
        Name::Send => send::measure(plan),
        Name::Memory => memory::measure(plan),
        Name::Scan => scan::measure(plan),
        Name::Lzw => lzw::measure(plan),
        Name::Journal => journal::measure(plan),
    }
}
