//! Groundswell, one binary: pages, commands and jobs wired to the domain. Nothing clever lives here.

mod barrier_codes;
mod cli;
mod jobs;
mod site;
mod web;

fn main() -> std::process::ExitCode {
    cli::main()
}
