//! Killed half way, run again: what stands at the end must be what stands after a quiet run.
//!
//! Two copies of one data folder (the same keys, so the same pseudonyms). In one, an import and a search for signals run
//! undisturbed; in the other each is killed again and again, as by a power cut, and the same command is given until it
//! ends by itself.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::args::Args;
use crate::bench::{MAPPING, write_rows};
use crate::program::{Background, Program};
use crate::run::{self, TempFolder};

pub fn run(mut args: Args) -> Result<()> {
    let rows: u64 =
        args.value("--rows")?.as_deref().unwrap_or("200000").parse().context("--rows needs a number")?;
    let program = Program::from_args(&mut args)?;
    args.finish()?;

    let files = TempFolder::new("crash-files")?;
    let (events, mapping) = (files.join("events.csv"), files.join("mapping.toml"));
    write_rows(&events, rows, 7)?;
    std::fs::write(&mapping, MAPPING)?;
    let (quiet, disturbed) = (TempFolder::new("crash-quiet")?, TempFolder::new("crash-disturbed")?);
    population(&program, &quiet, &files.join("population.csv"))?;
    copy(quiet.path(), disturbed.path())?;

    let import = |data: &TempFolder| {
        let mut command = program.on(data, &["import", "events"]);
        command.arg(&events).arg("--mapping").arg(&mapping).arg("--json").stdout(Stdio::null());
        command
    };
    let identify = |data: &TempFolder| {
        let mut command = program.on(data, &["identify"]);
        command.args(["--replicates", "99", "--json"]).stdout(Stdio::null());
        command
    };
    let mut kills = Vec::new();
    for (name, command) in [
        ("import", &import as &dyn Fn(&TempFolder) -> Command),
        ("identify", &identify as &dyn Fn(&TempFolder) -> Command),
    ] {
        let watch = Instant::now();
        run::visibly(&mut command(&quiet))?;
        let n = disturb(|| command(&disturbed), watch.elapsed())?;
        println!("{name} was killed {n} times.");
        kills.push(n);
    }

    same(&facts(&program, &quiet)?, &facts(&program, &disturbed)?)?;
    let total: u32 = kills.iter().sum();
    println!("After {total} kills the data folder holds what it holds after a quiet run.");
    Ok(())
}

/// People at risk in each area, with a place on a map, so that every detector has something to do.
fn population(program: &Program, data: &TempFolder, file: &Path) -> Result<()> {
    let mut text = String::from("area,population,longitude,latitude\n");
    for n in 0..180_u32 {
        let (across, up) = (f64::from(n % 15), f64::from(n / 15));
        text.push_str(&format!("A{n:03},1000,{:.2},{:.2}\n", -83.0 + 0.1 * across, 42.0 + 0.1 * up));
    }
    std::fs::write(file, text)?;
    let mut command = program.on(data, &["import", "population"]);
    command.arg(file).args(["--longitude", "longitude", "--latitude", "latitude"]);
    program.json(&mut command).map(drop)
}

/// What a data folder holds, as far as it must not depend on the way there.
fn facts(program: &Program, data: &TempFolder) -> Result<Vec<(&'static str, String)>> {
    let list = program.json(&mut program.on(data, &["import", "list"]))?;
    let batches = list["batches"].as_array().cloned().unwrap_or_default();
    let mut facts = vec![("number of batches", batches.len().to_string())];
    for key in ["state", "rows_good", "rows_bad", "rows_known"] {
        facts.push((key, batches.iter().map(|it| it[key].to_string()).collect::<Vec<_>>().join(" ")));
    }
    let identified = program.json(program.on(data, &["identify"]).args(["--replicates", "99"]))?;
    for key in ["fingerprint", "hypotheses", "found", "signals"] {
        facts.push((key, identified[key].to_string()));
    }
    let trail = program.json(&mut program.on(data, &["audit", "verify"]))?;
    facts.push(("audit trail is whole", trail["whole"].to_string()));
    Ok(facts)
}

/// Starts a command and kills it, until it has ended by itself; says how often it was killed.
fn disturb(command: impl Fn() -> Command, quiet: Duration) -> Result<u32> {
    // Each start reads the file from its beginning again, so later kills come later.
    for kills in 0..50_u32 {
        let wait = quiet.mul_f64(0.25 + 0.15 * f64::from(kills));
        let mut running = Background::start(&mut command())?;
        let watch = Instant::now();
        while watch.elapsed() < wait && running.is_running()? {
            std::thread::sleep(Duration::from_millis(5));
        }
        if !running.kill()? {
            return if kills < 2 {
                bail!("it was over before it could be killed twice; take more rows with --rows")
            } else {
                running.ended_well()?;
                Ok(kills)
            };
        }
    }
    bail!("it did not come to an end between 50 kills")
}

/// Compares, and names what differs.
fn same(quiet: &[(&str, String)], disturbed: &[(&str, String)]) -> Result<()> {
    let differs: Vec<String> = quiet
        .iter()
        .zip(disturbed)
        .filter(|(one, other)| one != other)
        .map(|((name, one), (_, other))| format!("{name}: quiet {one}, disturbed {other}"))
        .collect();
    for (name, value) in quiet {
        println!("  {name}: {}", value.chars().take(90).collect::<String>());
    }
    if differs.is_empty() && quiet.len() == disturbed.len() {
        Ok(())
    } else {
        bail!("the killed run ended differently:\n{}", differs.join("\n"))
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let there = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&there)?;
            copy(&entry.path(), &there)?;
        } else {
            std::fs::copy(entry.path(), &there)
                .with_context(|| format!("could not copy {}", entry.path().display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_named() {
        let facts = |n: &str| vec![("rows_good", n.to_owned())];
        assert!(same(&facts("1"), &facts("1")).is_ok());
        let error = same(&facts("1"), &facts("2")).unwrap_err().to_string();
        assert!(error.contains("rows_good: quiet 1, disturbed 2"), "{error}");
    }
}
