//! Rows a second of the event reader, on a million rows made in memory.
//!
//! With `repeats`, the same rows are read so many times over as one file, to see that memory does not grow:
//! 100000 rows 500 times are 2 GB.
//!
//! ```text
//! cargo run --release -p interop --example read_bench [rows] [repeats]
//! ```

use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::time::Instant;

use domain::kernel::clock::Day;
use interop::events::{EventReader, Mapping};

const SIMPLE: &str = r#"
dataset = "bench"
[[event]]
kind = "crisis"
code = "eviction_filing"
system = "court"
when = { day = "filed" }
area = "zip"
count = "filings"
"#;

const FULL: &str = r#"
dataset = "bench"
[[event]]
kind = "crisis"
code = { column = "type" }
system = "court"
when = { day = "filed" }
area = "zip"
client = "case"
count = "filings"
[event.groups]
race = "race"
sex = { column = "sex", values = { F = "Female", M = "Male" } }
"#;

fn main() -> ExitCode {
    let argument = |n| std::env::args().nth(n).and_then(|text| text.parse::<u64>().ok());
    let (rows, repeats) = (argument(1).unwrap_or(1_000_000), argument(2).unwrap_or(1));
    let simple = made("filed,zip,type,case,filings\n", rows, simple_row);
    let full = made("filed,zip,type,case,filings,race,sex\n", rows, full_row);
    let mut out = io::stdout().lock();
    let outcome = bench(&mut out, "5 columns, 3 mapped", SIMPLE, &simple, repeats)
        .and_then(|()| bench(&mut out, "7 columns, all mapped, quoted", FULL, &full, repeats));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// A header and the rows below it.
struct Made {
    header: &'static str,
    rows: String,
}

fn made(header: &'static str, rows: u64, row: fn(u64, &mut String)) -> Made {
    let mut text = String::new();
    for n in 0..rows {
        row(n, &mut text);
    }
    Made { header, rows: text }
}

/// The rows again and again, without holding them more than once.
struct Repeated<'a> {
    rows: &'a [u8],
    rest: &'a [u8],
    repeats: u64,
}

impl Read for Repeated<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() && self.repeats > 0 {
            self.rest = self.rows;
            self.repeats -= 1;
        }
        self.rest.read(out)
    }
}

fn bench(out: &mut impl Write, name: &str, mapping: &str, made: &Made, repeats: u64) -> io::Result<()> {
    let broken = || io::Error::other("the benchmark's own data could not be read");
    let mapping = Mapping::parse(mapping).map_err(|_| broken())?;
    let today = Day::parse_iso("2026-01-01").map_err(|_| broken())?;
    let rows = made.rows.as_bytes();
    let file = made.header.as_bytes().chain(Repeated { rows, rest: &[], repeats });
    let start = Instant::now();
    let mut reader = EventReader::open("bench.csv", file, &mapping, today).map_err(|_| broken())?;
    let mut total = 0;
    for row in &mut reader {
        let row = row.map_err(|_| broken())?;
        total += row.outcome.iter().flatten().map(|event| event.count).sum::<u64>();
    }
    let seconds = start.elapsed().as_secs_f64();
    let summary = reader.summary();
    writeln!(
        out,
        "{name}: {} good and {} bad rows, count {total}, {:.1} MB in {seconds:.3} s = {:.2} million rows/s, {:.0} MB/s",
        summary.rows_good,
        summary.rows_bad,
        summary.bytes_read as f64 / 1e6,
        summary.rows_good as f64 / seconds / 1e6,
        summary.bytes_read as f64 / seconds / 1e6,
    )
}

/// Spread over 28 days of 12 months of 10 years, 200 areas, three types.
fn simple_row(n: u64, text: &mut String) {
    let (year, month, day) = (2014 + n % 10, 1 + n / 7 % 12, 1 + n / 3 % 28);
    let kind =
        ["Holdover", "Nonpayment", "Illegal lockout"].get(usize::try_from(n % 3).unwrap_or(0)).unwrap_or(&"");
    text.push_str(&format!("{year}-{month:02}-{day:02},{},{kind},LT-{n:07},{}", 10001 + n * 7 % 200, n % 5));
    text.push('\n');
}

fn full_row(n: u64, text: &mut String) {
    simple_row(n, text);
    text.pop();
    let race = ["Black", "White", "\"Asian, other\"", "Hispanic"]
        .get(usize::try_from(n / 2 % 4).unwrap_or(0))
        .unwrap_or(&"");
    let sex = if n.is_multiple_of(2) { "F" } else { "M" };
    text.push_str(&format!(",{race},{sex}\n"));
}
