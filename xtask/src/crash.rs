//! Killed half way, run again: what stands at the end must be what stands after a quiet run.
//!
//! Two copies of one data folder (the same keys, so the same pseudonyms). In one, an import runs undisturbed; in the
//! other it is killed again and again, as by a power cut, and the same command is given until it ends by itself.

use std::path::Path;
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
    // Any command makes the folder's keys.
    program.json(&mut program.on(&quiet, &["import", "list"]))?;
    copy(quiet.path(), disturbed.path())?;

    let import = |data: &TempFolder| {
        let mut command = program.on(data, &["import", "events"]);
        command.arg(&events).arg("--mapping").arg(&mapping).arg("--json");
        command.stdout(std::process::Stdio::null());
        command
    };
    let watch = Instant::now();
    run::visibly(&mut import(&quiet))?;
    let kills = disturb(|| import(&disturbed), watch.elapsed())?;
    println!("The import was killed {kills} times.");

    let facts = |data: &TempFolder| -> Result<Vec<(&'static str, String)>> {
        let list = program.json(&mut program.on(data, &["import", "list"]))?;
        let batches = list["batches"].as_array().cloned().unwrap_or_default();
        let mut facts = vec![("number of batches", batches.len().to_string())];
        for key in ["state", "rows_good", "rows_bad", "rows_known"] {
            facts.push((key, batches.iter().map(|it| it[key].to_string()).collect::<Vec<_>>().join(" ")));
        }
        Ok(facts)
    };
    same(&facts(&quiet)?, &facts(&disturbed)?)?;
    println!("After {kills} kills the data folder holds what it holds after a quiet run.");
    Ok(())
}

/// Starts a command and kills it, until it has ended by itself; says how often it was killed.
fn disturb(command: impl Fn() -> std::process::Command, quiet: Duration) -> Result<u32> {
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
