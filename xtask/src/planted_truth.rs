//! What was planted in the simulated agency, beside what the detectors find in it, over many seeds.
//!
//! Each seed is another world with the effects planted in other places. The program makes the demo of the seed and looks
//! for signals as a person would; `sim`'s example `judge_signals`, which knows the planted truth, judges them.

use std::io::Write as _;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::args::Args;
use crate::program::Program;
use crate::run::{self, TempFolder};

/// What is planted for the detectors to find.
const PLANTED: [&str; 3] = ["disparity", "cluster", "trend_break"];

/// Share of the seeds in which each must be found, and of all signals that may be false.
const LEAST_FOUND: f64 = 0.95;
const MOST_FALSE: f64 = 0.05;

pub fn run(mut args: Args) -> Result<()> {
    let seeds: u32 =
        args.value("--seeds")?.as_deref().unwrap_or("20").parse().context("--seeds needs a number")?;
    let program = Program::from_args(&mut args)?;
    args.finish()?;
    run::visibly(&mut run::cargo(["build", "--release", "-p", "sim", "--example", "judge_signals"]))?;

    let mut tally = Tally::default();
    for seed in 1..=seeds {
        tally.add(&judged(&program, seed)?);
    }
    tally.report()
}

/// The verdict on one seed's signals.
fn judged(program: &Program, seed: u32) -> Result<Value> {
    let data = TempFolder::new("planted-truth")?;
    // The demo wants to make its folder itself.
    std::fs::remove_dir_all(data.path())?;
    let seed = seed.to_string();
    run::output(&mut program.on(&data, &["demo", "--only-make", "--seed", &seed]))?;
    let signals = program.json(&mut program.on(&data, &["identify"]))?;

    let mut judge = run::command(run::target().join("release/examples/judge_signals"), [&seed]);
    let mut running =
        judge.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("start the judge of signals")?;
    running.stdin.take().context("the judge takes no input")?.write_all(signals.to_string().as_bytes())?;
    let answer = running.wait_with_output()?;
    if !answer.status.success() {
        bail!("the judge of signals failed on seed {seed}");
    }
    serde_json::from_slice(&answer.stdout).context("the judge printed something else than one JSON object")
}

/// Counts over the seeds.
#[derive(Debug, Default)]
struct Tally {
    seeds: u64,
    signals: u64,
    wrong: u64,
    found: [u64; PLANTED.len()],
}

impl Tally {
    fn add(&mut self, verdict: &Value) {
        let number = |key: &str| verdict[key].as_u64().unwrap_or(0);
        self.seeds += 1;
        self.signals += number("signals");
        self.wrong += number("false");
        for (found, key) in self.found.iter_mut().zip(PLANTED) {
            *found += u64::from(verdict[key].as_bool() == Some(true));
        }
        println!("seed {}", verdict["seed"]);
        for line in verdict["judged"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            println!("  {line}");
        }
    }

    /// What does not hold, in sentences.
    fn misses(&self) -> Vec<String> {
        let mut misses = Vec::new();
        for (found, key) in self.found.iter().zip(PLANTED) {
            if (*found as f64) < LEAST_FOUND * self.seeds as f64 {
                misses.push(format!("{key} is among the signals of {found} of {} seeds only", self.seeds));
            }
        }
        if self.wrong as f64 > MOST_FALSE * self.signals as f64 {
            misses.push(format!("{} of {} signals are false", self.wrong, self.signals));
        }
        misses
    }

    fn report(&self) -> Result<()> {
        println!();
        for (found, key) in self.found.iter().zip(PLANTED) {
            println!("{key}: among the signals of {found} of {} seeds", self.seeds);
        }
        let share = 100.0 * self.wrong as f64 / self.signals.max(1) as f64;
        println!("{} of {} signals are false ({share:.1} %)", self.wrong, self.signals);
        let misses = self.misses();
        if misses.is_empty() { Ok(()) } else { bail!("{}", misses.join("; ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_seed_in_twenty_may_miss_and_one_signal_in_twenty_be_false() {
        let verdict = |cluster: bool, wrong: u32| {
            json!({"seed": 1, "signals": 4, "false": wrong, "disparity": true, "cluster": cluster,
                   "trend_break": true, "judged": []})
        };
        let mut tally = Tally::default();
        (0..19).for_each(|_| tally.add(&verdict(true, 0)));
        tally.add(&verdict(false, 4));
        assert!(tally.misses().is_empty());
        tally.add(&verdict(false, 1));
        let misses = tally.misses();
        assert!(misses[0].starts_with("cluster is among the signals of 19 of 21"), "{misses:?}");
        assert_eq!(misses[1], "5 of 84 signals are false");
    }
}
