//! Developer commands: `cargo xtask test | lint | bench [name] | ci`.

mod fuzz;
mod layers;
mod modules;
mod paths;
mod process;
mod setup;
mod sizes;
mod sources;
mod step;
mod steps;
mod suites;
mod workspace;

use std::process::ExitCode;

use step::Run;

const USAGE: &str = "\
usage: cargo xtask <command>

  test           everything a change must pass; installs what is missing
  lint           the fast part of it: formatting, clippy, documentation, licences, layers, sizes
  only <step>    one step of `test`, by the name it prints
  bench [name]   the benchmark runs, which print ratios
  ci             the same as test
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["test" | "ci"] => Run::new(steps::TEST).all(),
        ["lint"] => Run::new(steps::LINT).all(),
        ["only", words @ ..] => steps::only(&words.join(" ")),
        ["bench", names @ ..] => steps::bench(names),
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => {
            eprint!("{USAGE}");
            ExitCode::from(2)
        }
    }
}
