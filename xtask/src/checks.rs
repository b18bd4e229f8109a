//! `cargo xtask test`: everything that must hold, stage by stage, with one line at the end that sums it up.
//!
//! One feature set (all of them) in the dev profile, so that nothing is compiled twice. A failing stage does not stop
//! the next one: a person wants to know all that is wrong.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::args::Args;
use crate::run::{self, Heard};
use crate::{setup, tidy};

/// How many things a stage looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Count {
    passed: u64,
    failed: u64,
}

impl Count {
    /// A stage that is one check.
    const fn one(holds: bool) -> Self {
        if holds { Self { passed: 1, failed: 0 } } else { Self { passed: 0, failed: 1 } }
    }

    /// A stage that ended badly failed somewhere, even where no test says so (it did not compile, it was killed).
    fn or_failed(self, is_success: bool) -> Self {
        if !is_success && self.failed == 0 { Self { failed: 1, ..self } } else { self }
    }
}

type Stage = (&'static str, fn() -> Result<Count>);

const STAGES: &[Stage] = &[
    ("set-up", set_up),
    ("format", || command_holds(&["fmt", "--all", "--check"])),
    ("tidy", tidy_holds),
    ("lints", || {
        command_holds(&["clippy", "--workspace", "--all-features", "--all-targets", "--", "-D", "warnings"])
    }),
    ("tests", tests),
    ("doc tests", doc_tests),
    ("types", || web_holds("check")),
    ("browser", browser),
];

pub fn run(mut args: Args) -> Result<()> {
    let only = args.value("--only")?;
    args.finish()?;
    let chosen = |name: &str| only.as_ref().is_none_or(|list| list.split(',').any(|it| it == name));
    if let Some(list) = &only
        && let Some(unknown) = list.split(',').find(|it| STAGES.iter().all(|(name, _)| name != it))
    {
        let names: Vec<&str> = STAGES.iter().map(|(name, _)| *name).collect();
        bail!("there is no stage `{unknown}`; the stages are {}", names.join(", "));
    }

    let mut done: Vec<(&str, Duration, Count)> = Vec::new();
    for (name, stage) in STAGES.iter().filter(|(name, _)| chosen(name)) {
        println!("\n== {name}");
        let watch = Instant::now();
        let count = stage().unwrap_or_else(|error| {
            println!("{error:#}");
            Count::one(false)
        });
        done.push((name, watch.elapsed(), count));
    }

    println!("\n== in short");
    for (name, took, count) in &done {
        let Count { passed, failed } = count;
        println!("{name:<10} {:>7.1} s   held {passed:>5}   broken {failed:>3}", took.as_secs_f64());
    }
    let passed: u64 = done.iter().map(|(_, _, count)| count.passed).sum();
    let failed: u64 = done.iter().map(|(_, _, count)| count.failed).sum();
    println!("\n{passed} passed, {failed} failed");
    if failed == 0 { Ok(()) } else { bail!("not everything holds") }
}

fn command_holds(args: &[&str]) -> Result<Count> {
    Ok(Count::one(run::heard(&mut run::cargo(args))?.is_success))
}

fn web_holds(script: &str) -> Result<Count> {
    let mut command = run::command("npm", ["run", "--silent", script]);
    Ok(Count::one(run::heard(command.current_dir(run::root().join("web")))?.is_success))
}

fn set_up() -> Result<Count> {
    setup::prepare()?;
    browser_program()?;
    Ok(Count::one(true))
}

fn tidy_holds() -> Result<Count> {
    let findings = tidy::findings()?;
    for finding in &findings {
        println!("{finding}");
    }
    Ok(Count::one(findings.is_empty()))
}

fn tests() -> Result<Count> {
    let heard = if has_nextest() {
        run::heard(&mut run::cargo(["nextest", "run", "--workspace", "--all-features", "--no-fail-fast"]))?
    } else {
        println!("cargo-nextest is not installed; cargo test does it too.");
        run::heard(&mut run::cargo([
            "test",
            "--workspace",
            "--all-features",
            "--all-targets",
            "--no-fail-fast",
        ]))?
    };
    Ok(counted(&heard.lines).or_failed(heard.is_success))
}

fn has_nextest() -> bool {
    run::output(&mut run::cargo(["nextest", "--version"])).is_ok()
}

/// Only where there is an example in the documentation of a library.
fn doc_tests() -> Result<Count> {
    let mut has_examples = false;
    for file in setup::files(&run::root().join("crates"))? {
        if file.extension().is_some_and(|it| it == "rs") {
            let text = std::fs::read_to_string(&file)?;
            has_examples |= text.lines().any(|line| {
                let line = line.trim_start();
                (line.starts_with("///") || line.starts_with("//!")) && line.trim_end().ends_with("```")
            });
        }
    }
    if !has_examples {
        println!("There are no examples in the documentation.");
        return Ok(Count { passed: 0, failed: 0 });
    }
    let heard =
        run::heard(&mut run::cargo(["test", "--doc", "--workspace", "--all-features", "--no-fail-fast"]))?;
    Ok(counted(&heard.lines).or_failed(heard.is_success))
}

/// The counts of cargo-nextest (`12 tests run: 11 passed, 1 failed, 0 skipped`) and of cargo test (`test result: ok.
/// 3 passed; 0 failed; ..`, once per program).
fn counted(lines: &[String]) -> Count {
    let mut count = Count { passed: 0, failed: 0 };
    for line in lines {
        let rest = match line.split_once(" run: ") {
            Some((before, rest)) if before.trim_start().starts_with("Summary") => rest,
            _ => match line.strip_prefix("test result: ").and_then(|it| it.split_once(". ")) {
                Some((_, rest)) => rest,
                None => continue,
            },
        };
        count.passed += number_before(rest, "passed");
        count.failed +=
            ["failed", "timed out", "exec failed"].iter().map(|word| number_before(rest, word)).sum::<u64>();
    }
    count
}

fn number_before(text: &str, word: &str) -> u64 {
    text.split([',', ';', '('])
        .filter_map(|part| part.trim().strip_suffix(')').or(Some(part.trim())))
        .filter_map(|part| part.split_once(' '))
        .find(|(_, what)| *what == word)
        .and_then(|(number, _)| number.parse().ok())
        .unwrap_or(0)
}

/// Walks through the real program in a real browser: one per script, each as the people who use that part.
const WALKS: [&str; 2] = ["walk.mjs", "casework.mjs"];

fn browser() -> Result<Count> {
    let build = run::heard(&mut run::cargo(["build", "--workspace", "--all-features"]))?;
    if !build.is_success {
        return Ok(Count::one(false));
    }
    let mut all = Count { passed: 0, failed: 0 };
    for walk in WALKS {
        let mut command = run::command("node", [run::root().join("web/tests").join(walk)]);
        command.arg(run::target().join("debug/groundswell")).env("CHROMIUM", browser_program()?);
        let Heard { is_success, lines } = run::heard(&mut command)?;
        let starting = |start: &str| lines.iter().filter(|line| line.starts_with(start)).count() as u64;
        let one = Count { passed: starting("ok "), failed: starting("not ok ") }.or_failed(is_success);
        all = Count { passed: all.passed + one.passed, failed: all.failed + one.failed };
    }
    Ok(all)
}

/// Chromium; installed where that is allowed, else a sentence that says how.
pub fn browser_program() -> Result<String> {
    let found = || {
        std::env::var("CHROMIUM")
            .into_iter()
            .chain(["/usr/bin/chromium".to_owned(), "/usr/bin/chromium-browser".to_owned()])
            .find(|path| std::path::Path::new(path).is_file())
    };
    if let Some(path) = found() {
        return Ok(path);
    }
    let is_root = run::output(&mut run::command("id", ["-u"])).is_ok_and(|id| id.trim() == "0");
    if !is_root || !run::has("apt-get") {
        bail!(
            "the pages are tested in Chromium, which is missing: install it (Debian: `apt-get install chromium`) or name it in CHROMIUM"
        );
    }
    println!("Installing Chromium.");
    let apt =
        |args: &[&str]| run::visibly(run::command("apt-get", args).env("DEBIAN_FRONTEND", "noninteractive"));
    // A mirror may be away for a moment.
    let mut tried = Ok(());
    for _ in 0..3 {
        tried = apt(&["update", "-q"]).and_then(|()| {
            apt(&["install", "-q", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"])
        });
        if tried.is_ok() {
            break;
        }
    }
    tried?;
    match found() {
        Some(path) => Ok(path),
        None => bail!("Chromium was installed, but is not at /usr/bin/chromium; name it in CHROMIUM"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> Count {
        counted(&text.lines().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn the_closing_line_of_nextest_is_understood() {
        let good = count("     Summary [   4.011s] 120 tests run: 120 passed (3 slow), 2 skipped");
        assert_eq!(good, Count { passed: 120, failed: 0 });
        let bad = count(
            "     Summary [   4.011s] 12 tests run: 9 passed (1 slow), 2 failed, 1 timed out, 0 skipped",
        );
        assert_eq!(bad, Count { passed: 9, failed: 3 });
    }

    #[test]
    fn the_closing_lines_of_cargo_test_are_added_up() {
        let two = count(
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured\nnoise\ntest result: FAILED. 1 passed; 2 failed; 0 ignored",
        );
        assert_eq!(two, Count { passed: 4, failed: 2 });
    }

    #[test]
    fn a_stage_that_ended_badly_counts_as_failed() {
        assert_eq!(count("error: could not compile").or_failed(false), Count { passed: 0, failed: 1 });
        assert_eq!(Count { passed: 3, failed: 2 }.or_failed(false).failed, 2);
        assert_eq!(Count { passed: 3, failed: 0 }.or_failed(true).failed, 0);
    }
}
