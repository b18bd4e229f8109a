//! What it costs, beside other programs. Seconds of processor time are the stable figure on a shared machine; the wall
//! clock is given beside them.

mod duplicates;
mod import;

pub use import::{MAPPING, write_rows};

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::args::Args;
use crate::run;

pub fn run(mut args: Args) -> Result<()> {
    match args.word().as_deref() {
        Some("import") => import::run(args),
        Some("duplicates") => duplicates::run(args),
        Some("scan") => scan(args),
        Some("lake") => lake(args),
        None => {
            args.finish()?;
            import::run(Args::new(std::iter::empty()))?;
            scan(Args::new(std::iter::empty()))
        }
        Some(other) => bail!("there is no benchmark `{other}`; there are import, scan, duplicates and lake"),
    }
}

/// Seconds that a command took.
#[derive(Debug, Clone, Copy)]
struct Cost {
    wall: f64,
    /// User and system time of it and its children.
    processor: f64,
}

impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.1} s of processor time, {:.1} s on the wall clock", self.processor, self.wall)
    }
}

/// Runs a command under bash's `time`, which counts children too, and returns what it printed.
fn timed(command: &Command) -> Result<(Cost, String)> {
    println!("$ {}", run::shown(command));
    let mut timer = run::command("bash", ["-c", "TIMEFORMAT='took %R %U %S'; time \"$@\"", "time"]);
    timer.arg(command.get_program()).args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        timer.current_dir(folder);
    }
    let out = timer.output().context("could not start bash")?;
    let errors = String::from_utf8_lossy(&out.stderr);
    if !out.status.success() {
        bail!("{} ended with {}:\n{}", run::shown(command), out.status, errors.trim());
    }
    let line = errors
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("took "))
        .context("bash said nothing about the time")?;
    let seconds: Vec<f64> =
        line.split(' ').map(|it| it.replace(',', ".").parse()).collect::<Result<_, _>>()?;
    let [wall, user, system] = seconds.as_slice() else { bail!("could not understand bash's times: {line}") };
    Ok((Cost { wall: *wall, processor: user + system }, String::from_utf8_lossy(&out.stdout).into_owned()))
}

/// The space-time scan of 1,000 places over 104 weeks.
fn scan(args: Args) -> Result<()> {
    args.finish()?;
    if run::known_data().is_none() {
        println!(
            "skipped: the scan's benchmark needs the data with known answers, which is not on this machine"
        );
        return Ok(());
    }
    let build = ["build", "--release", "-p", "stats", "--example", "scan_bench"];
    run::visibly(&mut run::cargo(build))?;
    let program = run::target().join("release/examples/scan_bench");
    let (cost, said) = timed(&run::command(program, [] as [&str; 0]))?;
    print!("{said}");
    println!("scan: {cost}");
    Ok(())
}

/// The cube queries on the same Parquet files with our engine and with DuckDB, each on one core; both print their times.
fn lake(mut args: Args) -> Result<()> {
    let rows = args.value("--rows")?.unwrap_or_else(|| "10000000".to_owned());
    args.finish()?;
    let build = ["build", "--release", "-p", "analytics", "--features", "lake", "--example", "lake_bench"];
    run::visibly(&mut run::cargo(build))?;
    let folder = run::TempFolder::new("lake")?;
    let files = folder.join("files");
    let one_core = || run::command("taskset", ["-c", "0"]);
    let ours = run::target().join("release/examples/lake_bench");
    run::visibly(one_core().arg(ours).arg(&files).arg(rows))?;

    let venv = folder.join("venv");
    run::visibly(run::command("python3", ["-m", "venv"]).arg(&venv))?;
    run::visibly(&mut run::command(venv.join("bin/pip"), ["install", "--quiet", "duckdb"]))?;
    let script = run::root().join("xtask/bench/lake_duckdb.py");
    run::visibly(one_core().arg(venv.join("bin/python")).arg(script).arg(&files))
}
