//! The space-time scan's benchmark: 1,000 locations by 104 weeks, 9,897 cases, 99 replicates, one thread.
//!
//! `cargo run --release -p stats --example scan_bench [FOLDER [REPLICATES]]` prints the most likely
//! cluster's log likelihood ratio, its p value and the CPU seconds (user time of this process, from
//! /proc/self/stat). FOLDER holds locations.csv (id,x,y,population) and cases.csv (id,week,cases).
//! For comparison, SaTScan 10.3.2 needs 110 CPU seconds for the same data and limits.

#![expect(clippy::print_stdout, reason = "a benchmark prints its result")]

use stats::scan::{Model, Options, Problem, geometry::Coordinates, scan};
use std::collections::HashMap;
use std::error::Error;

const WEEKS: usize = 104;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/detect/st_bench_1000x104");
    let folder = arguments.next().unwrap_or_else(|| default.to_owned());
    let replicates = arguments.next().map_or(Ok(99), |n| n.parse())?;

    let mut index = HashMap::new();
    let (mut points, mut population) = (Vec::new(), Vec::new());
    for row in csv::Reader::from_path(format!("{folder}/locations.csv"))?.records() {
        let row = row?;
        index.insert(row[0].to_owned(), points.len());
        points.push([row[1].parse::<f64>()?, row[2].parse::<f64>()?]);
        population.push(row[3].parse::<f64>()?);
    }
    let mut cases = vec![0_u32; points.len() * WEEKS];
    for row in csv::Reader::from_path(format!("{folder}/cases.csv"))?.records() {
        let row = row?;
        let location = index.get(&row[0]).ok_or("a case at an unknown location")?;
        let week: usize = row[1].parse()?;
        cases[location * WEEKS + week - FIRST_WEEK] += row[2].parse::<u32>()?;
    }
    let expected: Vec<f64> = population.iter().flat_map(|p| std::iter::repeat_n(*p, WEEKS)).collect();

    let problem = Problem {
        coordinates: Coordinates::Plane(&points),
        periods: WEEKS,
        cases: &cases,
        model: Model::Poisson { expected: &expected },
        population: Some(&population),
    };
    let options = Options { replicates, threads: 1, ..Options::default() };
    let before = user_seconds()?;
    let result = scan(&problem, &options)?;
    let seconds = user_seconds()? - before;
    let best = result.clusters.first().ok_or("no cluster")?;
    println!(
        "log likelihood ratio {:.6}  p {:?}  {} locations, weeks {}-{}, {} circles, {} replicates: {seconds:.2} CPU s",
        best.log_likelihood_ratio,
        best.p_value,
        best.locations.len(),
        best.first_period + FIRST_WEEK,
        best.last_period + FIRST_WEEK,
        result.circles,
        replicates
    );
    Ok(())
}

/// The data count weeks from 1.
const FIRST_WEEK: usize = 1;

/// User CPU time of this process, in seconds (Linux counts it in hundredths).
fn user_seconds() -> Result<f64, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // The command name may hold spaces; the fields after its closing bracket do not.
    let fields = stat.rsplit(')').next().ok_or("an unreadable /proc/self/stat")?;
    let ticks: f64 = fields.split_whitespace().nth(11).ok_or("no user time")?.parse()?;
    Ok(ticks / 100.0)
}
