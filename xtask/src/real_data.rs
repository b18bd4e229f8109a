//! Published data through the real program, beside the published figures. Differences are loud.
//!
//! Three questions with known answers: where and when evictions were filed more often than elsewhere (SaTScan's
//! clusters), what the courts' closing and the end of the moratorium did to the filings (dates that everybody knows),
//! and whether a risk score errs alike for all groups (figures printed by ProPublica in 2016).

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::args::Args;
use crate::program::Program;
use crate::run::{self, TempFolder};

pub fn run(mut args: Args) -> Result<()> {
    let Some(known) = run::known_data() else {
        println!("skipped: the data with known answers (../shared/data) are not on this machine");
        return Ok(());
    };
    let program = Program::from_args(&mut args)?;
    args.finish()?;

    let data = TempFolder::new("real-data")?;
    import(&program, &data, &known)?;
    let mut report = Report::default();
    let parts = [
        clusters(&program, &data, &known, &mut report),
        changes(&program, &known, &mut report),
        disparities(&program, &data, &mut report),
    ];
    // One part that cannot be had does not hide what the others say.
    for error in parts.into_iter().filter_map(Result::err) {
        report.lines.push(format!("\n{error:#}"));
        report.differ += 1;
    }
    report.finish()
}

/// What was compared, and how much of it differs.
#[derive(Debug, Default)]
struct Report {
    lines: Vec<String>,
    differ: usize,
}

impl Report {
    fn title(&mut self, title: &str) {
        self.lines.push(format!("\n{title}"));
        self.lines.push(format!("  {:<56} {:>18} {:>24}", "", "published", "ours"));
    }

    fn row(&mut self, what: &str, published: &str, ours: &str, holds: bool) {
        let mark = if holds { "" } else { "   <-- differs" };
        self.lines.push(format!("  {what:<56} {published:>18} {ours:>24}{mark}"));
        self.differ += usize::from(!holds);
    }

    /// Two numbers that may differ by no more than the tolerance.
    fn number(&mut self, what: &str, published: &Value, ours: &Value, tolerance: f64) {
        let holds = near(number(published), number(ours), tolerance);
        self.row(what, &published.to_string(), &ours.to_string(), holds);
    }

    fn finish(self) -> Result<()> {
        for line in &self.lines {
            println!("{line}");
        }
        if self.differ > 0 {
            bail!("{} figures differ from the published ones", self.differ);
        }
        println!("\nEvery figure agrees with the published one.");
        Ok(())
    }
}

/// Maps, denominators and events, as a person would bring them in.
fn import(program: &Program, data: &TempFolder, known: &Path) -> Result<()> {
    let housing = known.join("housing");
    let bad_rows = data.join("bad-rows.csv");
    program.json(program.on(data, &["import", "areas"]).arg(housing.join("zip_areas.geojson")))?;
    program.json(
        program
            .on(data, &["import", "population"])
            .arg(housing.join("zips.csv"))
            .args(["--area", "zip", "--population", "rental_units", "--unit", "rental units"])
            .args(["--longitude", "longitude", "--latitude", "latitude"])
            .arg("--bad-rows")
            .arg(&bad_rows),
    )?;
    for (file, mapping) in [
        ("housing/eviction_filings_by_zip.csv", "nyc-evictions.toml"),
        ("housing/eviction_filings_daily.csv", "nyc-evictions-daily.toml"),
        ("justice/justice_cases.csv", "broward-risk-scores.toml"),
    ] {
        let report = program.json(
            program
                .on(data, &["import", "events"])
                .arg(known.join(file))
                .arg("--mapping")
                .arg(run::root().join("examples/mappings").join(mapping))
                .arg("--bad-rows")
                .arg(&bad_rows),
        )?;
        if report["rows_bad"] != 0 {
            bail!("{file}: {} rows were refused: {}", report["rows_bad"], report["problems"]);
        }
        println!("{file}: {} rows, {} events", report["rows_good"], report["events"]);
    }
    Ok(())
}

fn number(value: &Value) -> f64 {
    value.as_f64().or_else(|| value.as_str()?.parse().ok()).unwrap_or(f64::NAN)
}

fn texts(value: &Value) -> BTreeSet<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The clusters of filings against those that SaTScan finds: once with the method alone on the same table, which must
/// agree to the printed digit; once through the whole program.
fn clusters(program: &Program, data: &TempFolder, known: &Path, report: &mut Report) -> Result<()> {
    const DATASET: &str = "nyc-evictions";
    let housing = known.join("housing");
    let published: Value =
        serde_json::from_str(&std::fs::read_to_string(housing.join("expected_satscan.json"))?)?;
    let periods = scan_files(&housing, data)?;

    let mut scan = program.command(&["analyze", "scan"]);
    scan.arg(data.join("cases.csv"))
        .args(["--location", "location", "--time", "time", "--precision", "generic", "--count", "count"])
        .arg("--coordinates")
        .arg(data.join("coordinates.csv"))
        .arg("--population")
        .arg(data.join("population.csv"))
        .args(["--model", "poisson", "--kind", "space-time", "--rates", "high"]);
    let found = program.json(&mut scan)?;
    report.title("Eviction filings in New York City by ZIP code and month: the scan (SaTScan 10.3.2)");
    for n in 0..2 {
        let (theirs, ours) = (&published["clusters"][n], &found["result"]["clusters"][n]);
        let name = |what: &str| format!("cluster {}: {what}", n + 1);
        let (there, here) = (texts(&theirs["locations"]), texts(&ours["locations"]));
        report.row(&name("ZIP codes"), &there.len().to_string(), &here.len().to_string(), there == here);
        report.number(&name("first period"), &theirs["start_period"], &ours["start"], 0.0);
        report.number(&name("last period"), &theirs["end_period"], &ours["end"], 0.0);
        report.number(&name("filings"), &theirs["observed"], &ours["observed"], 0.0);
        // SaTScan prints two decimals, of the likelihood six.
        report.number(&name("expected"), &theirs["expected"], &ours["expected"], 0.005_001);
        report.number(&name("relative risk"), &theirs["relative_risk"], &ours["relative_risk"], 0.005_001);
        report.number(
            &name("log likelihood ratio"),
            &theirs["log_likelihood_ratio"],
            &ours["log_likelihood_ratio"],
            0.000_001,
        );
    }

    let identified = program.json(&mut program.on(data, &["identify"]))?;
    let signals = identified["signals"].as_array().context("identify gave no list of signals")?;
    report.title("The same through import and identify: the strongest signal of place and time");
    let is_ours = |it: &&Value| it["detector"] == "scan" && it["dataset"] == DATASET;
    let Some(ours) = signals.iter().find(is_ours) else {
        report.row("a cluster of filings", "found", "not found", false);
        return Ok(());
    };
    let theirs = &published["clusters"][0];
    let (there, here) = (texts(&theirs["locations"]), texts(&ours["areas"]));
    let day = |number: &Value, of: fn(&(String, String)) -> &String| {
        let at = usize::try_from(number.as_u64()?).ok()?.checked_sub(1)?;
        periods.get(at).map(|period| of(period).clone())
    };
    let (Some(after), Some(until)) =
        (day(&theirs["start_period"], |it| &it.0), day(&theirs["end_period"], |it| &it.1))
    else {
        bail!("the published periods are not in the table");
    };
    report.row("ZIP codes", &there.len().to_string(), &here.len().to_string(), there == here);
    // A period is (first, last]: its first day belongs to the one before.
    let (from, to) = (ours["from"].as_str().unwrap_or("?"), ours["to"].as_str().unwrap_or("?"));
    let last_start = periods.iter().map(|(start, _)| start.as_str()).filter(|start| *start < from).max();
    report.row("begins after", &after, from, last_start == Some(after.as_str()));
    report.row("ends on", &until, to, until == to);
    report.number("filings", &theirs["observed"], &ours["observed"], 0.0);
    Ok(())
}

/// Writes the table for the method alone: numbered periods, rental homes as the population. Returns the periods.
fn scan_files(housing: &Path, data: &TempFolder) -> Result<Vec<(String, String)>> {
    let rows = table(
        &housing.join("eviction_filings_by_zip.csv"),
        &["period_start", "period_end", "zip", "filings"],
    )?;
    let periods: BTreeSet<(String, String)> =
        rows.iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    let periods: Vec<(String, String)> = periods.into_iter().collect();
    let mut cases = String::from("location,time,count\n");
    for row in &rows {
        let at = periods.binary_search(&(row[0].clone(), row[1].clone())).unwrap_or_default();
        cases.push_str(&format!("{},{},{}\n", row[2], at + 1, row[3]));
    }
    let mut coordinates = String::from("location,latitude,longitude\n");
    let mut population = String::from("location,population\n");
    for row in table(&housing.join("zips.csv"), &["zip", "latitude", "longitude", "rental_units"])? {
        coordinates.push_str(&format!("{},{},{}\n", row[0], row[1], row[2]));
        population.push_str(&format!("{},{}\n", row[0], row[3]));
    }
    for (name, text) in
        [("cases.csv", cases), ("coordinates.csv", coordinates), ("population.csv", population)]
    {
        std::fs::write(data.join(name), text)?;
    }
    Ok(periods)
}

/// The named columns of a table without quoted cells.
fn table(file: &Path, columns: &[&str]) -> Result<Vec<Vec<String>>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("could not read {}", file.display()))?;
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let mut places = Vec::new();
    for column in columns {
        let place = header.iter().position(|it| it == column);
        places.push(place.with_context(|| format!("{} has no column {column}", file.display()))?);
    }
    let mut rows = Vec::new();
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        rows.push(places.iter().map(|at| cells.get(*at).copied().unwrap_or_default().to_owned()).collect());
    }
    Ok(rows)
}

/// Two dates that everybody knows, and what they did to the filings of a day.
fn changes(program: &Program, known: &Path, report: &mut Report) -> Result<()> {
    const CLOSED: &str = "2020-03-16";
    const REOPENED: &str = "2022-01-15";
    let file = known.join("housing/eviction_filings_daily.csv");
    report.title("Daily filings: the courts close (16 March 2020), the moratorium ends (15 January 2022)");
    for column in ["nyc_holdover", "nyc_nonpayment"] {
        let mut its = program.command(&["analyze", "its"]);
        its.arg(&file)
            .args(["--time", "day", "--count", column, "--change"])
            .arg(format!("{CLOSED},{REOPENED}"));
        its.args(["--season", "7", "--model", "quasipoisson"]);
        let fitted = program.json(&mut its)?;
        for (change, falls) in [(CLOSED, true), (REOPENED, false)] {
            let name = format!("level:{change}");
            let coefficients = fitted["result"]["coefficients"].as_array();
            let Some(level) = coefficients.into_iter().flatten().find(|it| it["name"] == name.as_str())
            else {
                report.row(&format!("{column}, {name}"), "estimated", "missing", false);
                continue;
            };
            let ratio = |key: &str| number(&level[key]).exp();
            let (lower, upper) = (ratio("lower"), ratio("upper"));
            let ours = format!("{:.3} ({lower:.3}-{upper:.3})", ratio("estimate"));
            let (published, holds) = if falls { ("falls", upper < 1.0) } else { ("rises", lower > 1.0) };
            report.row(&format!("{column} from {change}, times"), published, &ours, holds);
        }
    }
    Ok(())
}

/// How often the score was wrong, by race: figures that a newspaper printed.
fn disparities(program: &Program, data: &TempFolder, report: &mut Report) -> Result<()> {
    report.title("Wrong risk scores, Broward County, per cent (ProPublica 2016)");
    for (code, figures) in [
        ("scored_medium_or_high_no_reoffence", [("African-American", 44.85), ("Caucasian", 23.45)]),
        ("scored_low_reoffence", [("African-American", 27.99), ("Caucasian", 47.72)]),
    ] {
        let mut command = program.on(data, &["disparity"]);
        command.args([
            "--dataset",
            "broward-risk-scores",
            "--code",
            code,
            "--by",
            "race",
            "--reference",
            "Caucasian",
        ]);
        let answer = program.json(&mut command)?;
        for (group, published) in figures {
            let rows = answer["rows"].as_array();
            let row = rows.into_iter().flatten().find(|row| row["value"] == group);
            let ours = row.map_or(f64::NAN, |row| number(&row["rate"]["estimate"]) * 100.0);
            // Printed with two decimals.
            let holds = near(ours, published, 0.005_001);
            report.row(&format!("{code}, {group}"), &published.to_string(), &format!("{ours:.4}"), holds);
        }
    }
    Ok(())
}

fn near(one: f64, other: f64, tolerance: f64) -> bool {
    (one - other).abs() <= tolerance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_that_differs_is_loud() {
        let mut report = Report::default();
        report.number("a", &Value::from(1.0), &Value::from(1.001), 0.01);
        assert_eq!(report.differ, 0);
        report.number("a", &Value::from(1.0), &Value::from(1.1), 0.01);
        report.number("a", &Value::from(1.0), &Value::Null, 0.01);
        assert_eq!(report.differ, 2);
        assert!(report.finish().is_err());
    }
}
