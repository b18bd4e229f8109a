//! The chores of the project, as `cargo xtask CHORE`: what a person or the test machine does to it, never what it
//! does for the people who use it.

mod args;
mod bench;
mod checks;
mod crash;
mod demo;
mod planted_truth;
mod program;
mod real_data;
mod run;
mod screenshots;
mod setup;
mod tidy;

use std::process::ExitCode;

use args::Args;

const USAGE: &str = "\
cargo xtask CHORE

  setup                                     fetch the pages' packages and bundle them
  demo   [--port N] [--data DIR] [--fresh]  the simulated agency in your browser
  test                                      everything that must hold: format, lints, tidy, tests, pages in a browser
  tidy                                      only the rules that no compiler knows
  screenshots [--out DIR]                   every page as each role sees it, at phone and desktop width
  real-data                                 published data through the real program, beside the published figures
  planted-truth [--seeds N]                 what is planted in simulated agencies, beside what is found in them
  bench  [import|scan|duplicates|lake]      what it costs, beside other programs
  crash                                     kill it half way, run it again, compare

planted-truth, real-data, bench and crash take --binary FILE to use a program that is built already.";

fn main() -> ExitCode {
    let mut args = Args::new(std::env::args().skip(1));
    let done = match args.word().as_deref() {
        Some("setup") => setup::run(args),
        Some("demo") => demo::run(args),
        Some("test") => checks::run(args),
        Some("tidy") => tidy::run(args),
        Some("screenshots") => screenshots::run(args),
        Some("real-data") => real_data::run(args),
        Some("planted-truth") => planted_truth::run(args),
        Some("bench") => bench::run(args),
        Some("crash") => crash::run(args),
        Some("help" | "--help" | "-h") => {
            println!("{USAGE}");
            Ok(())
        }
        Some(other) => Err(anyhow::anyhow!("there is no chore `{other}`\n\n{USAGE}")),
        None => Err(anyhow::anyhow!("which chore?\n\n{USAGE}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
