//! A million rows into a fresh data folder, beside SQLite's own import of the same file into one indexed table.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::timed;
use crate::args::Args;
use crate::program::Program;
use crate::run::{self, TempFolder};

/// How much dearer than SQLite's own import ours may be: it checks every row, pseudonymises and can be undone.
const LIMIT: f64 = 3.0;

/// Pseudonyms and groups are part of the work; the row's own identifier is not used.
pub const MAPPING: &str = r#"
dataset = "bench"
title = "A million barriers"

[[event]]
kind = "barrier"
code = { column = "code" }
system = { column = "system" }
when = { day = "day" }
area = "area"
client = "client"
count = "n"
[event.groups]
language = "language"
gender = "gender"
"#;

pub fn run(mut args: Args) -> Result<()> {
    let rows: u64 =
        args.value("--rows")?.as_deref().unwrap_or("1000000").parse().context("--rows needs a number")?;
    let program = Program::from_args(&mut args)?;
    args.finish()?;
    if !run::has("sqlite3") {
        bail!("sqlite3 is missing: install it, for example `apt-get install sqlite3`");
    }
    let folder = TempFolder::new("bench")?;
    let (csv, mapping) = (folder.join("events.csv"), folder.join("mapping.toml"));
    write_rows(&csv, rows, 1)?;
    std::fs::write(&mapping, MAPPING)?;
    let size = std::fs::metadata(&csv)?.len();
    println!("{rows} rows, {:.1} MB", size as f64 / 1e6);

    let peer_db = folder.join("peer.db");
    let script = format!(
        "pragma journal_mode = wal; pragma synchronous = full;\n\
         create table event (day text, area text, system text, code text, client text, language text, gender text, n integer);\n\
         create index event_by_code on event (code, day);\n.mode csv\n.import --skip 1 {} event\nselect count(*) from event;\n",
        csv.display()
    );
    let script_file = folder.join("import.sql");
    std::fs::write(&script_file, script)?;
    let read = format!(".read {}", script_file.display());
    let (theirs, said) = timed(&run::command("sqlite3", [peer_db.as_os_str(), read.as_ref()]))?;
    let peer_rows = said.lines().last().unwrap_or_default().trim().to_owned();
    if peer_rows != rows.to_string() {
        bail!("sqlite3 took {peer_rows} rows of {rows}");
    }
    println!("SQLite's own import: {theirs}");

    let data = TempFolder::new("bench-data")?;
    let mut ours = program.command(&["import", "events"]);
    ours.arg(&csv).arg("--mapping").arg(&mapping).arg("--data").arg(data.path()).arg("--json");
    let (ours, said) = timed(&ours)?;
    println!("groundswell import: {ours}\n{}", said.trim());

    let ratio = ours.processor / theirs.processor;
    println!(
        "ratio of processor time {ratio:.2}, of wall clock {:.2} (limit {LIMIT}); {:.0} rows a second",
        ours.wall / theirs.wall,
        rows as f64 / ours.wall
    );
    if ratio > LIMIT {
        bail!("the import costs {ratio:.2} times SQLite's own, more than {LIMIT}")
    } else {
        Ok(())
    }
}

/// Barriers that never happened: the same seed gives the same file.
pub fn write_rows(path: &Path, rows: u64, seed: u64) -> Result<()> {
    const CODES: [&str; 8] = [
        "procedural_denial",
        "waitlist",
        "notice_not_understood",
        "documents_missing",
        "transport",
        "language_access",
        "cost",
        "ineligible",
    ];
    const SYSTEMS: [&str; 5] = ["school", "hospital", "housing", "benefits", "court"];
    const LANGUAGES: [&str; 3] = ["English", "Spanish", "Haitian Creole"];
    const GENDERS: [&str; 3] = ["woman", "man", "another"];

    let file = File::create(path).with_context(|| format!("could not make {}", path.display()))?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    writeln!(out, "day,area,system,code,client,language,gender,n")?;
    let mut dice = Dice(seed);
    for _ in 0..rows {
        let (year, month, day) = (2020 + dice.below(5), 1 + dice.below(12), 1 + dice.below(28));
        writeln!(
            out,
            "{year}-{month:02}-{day:02},A{:03},{},{},c{},{},{},{}",
            dice.below(180),
            dice.of(&SYSTEMS),
            dice.of(&CODES),
            dice.below(50_000),
            dice.of(&LANGUAGES),
            dice.of(&GENDERS),
            1 + dice.below(3),
        )?;
    }
    out.flush()?;
    Ok(())
}

/// A linear congruential generator (Knuth's MMIX constants); its high bits are good enough for a benchmark's rows.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        let at = usize::try_from(self.below(list.len() as u64)).unwrap_or(0);
        list.get(at).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_writes_the_same_rows() {
        let folder = TempFolder::new("rows").unwrap();
        let write = |name: &str, seed| {
            write_rows(&folder.join(name), 50, seed).unwrap();
            std::fs::read_to_string(folder.join(name)).unwrap()
        };
        let first = write("a", 1);
        assert_eq!(first.lines().count(), 51);
        assert_eq!(first, write("b", 1));
        assert_ne!(first, write("c", 2));
    }
}
