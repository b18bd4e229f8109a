//! `groundswell analyze METHOD FILE`: one method on one file, without a database. The analyst's workbench.
//!
//! A method is a file here: its arguments (a `clap::Args` that flattens [`Common`]) and a function from
//! them to an [`output::Answer`]. `table` reads, `output` prints; neither knows a method. To add a method:
//! write the file, then name it in [`Method`] and in [`Method::run`].

mod cells;
mod fdr;
mod its;
mod output;
mod rates;
mod scan;
mod scan_periods;
mod staggered;
mod table;
mod trend;
mod two_by_two;
mod when;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::CliError;
use output::Answer;

/// Run one statistical method on one CSV file, without a database
#[derive(Debug, Args)]
pub struct AnalyzeArgs {
    #[command(subcommand)]
    method: Method,
}

#[derive(Debug, Subcommand)]
enum Method {
    /// Rates per person-time by group, compared with a reference group
    Rates(rates::RatesArgs),
    /// Risk ratio, risk difference and odds ratio of two-by-two tables
    TwoByTwo(two_by_two::TwoByTwoArgs),
    /// Adjust many p values for the false discovery rate
    Fdr(fdr::FdrArgs),
    /// Scan a map, and time, for clusters
    Scan(Box<scan::ScanArgs>),
    /// Is the newest count of a series higher than its past explains
    Trend(Box<trend::TrendArgs>),
    /// Did a series change its level or direction when something began
    Its(Box<its::ItsArgs>),
    /// What a measure did that began in different places at different times
    Staggered(Box<staggered::StaggeredArgs>),
}

impl Method {
    /// The method's name, its common options and its answer.
    fn run(&self) -> Result<(&'static str, &Common, Answer), CliError> {
        Ok(match self {
            Method::Rates(args) => ("rates", &args.common, rates::run(args)?),
            Method::TwoByTwo(args) => ("two-by-two", &args.common, two_by_two::run(args)?),
            Method::Fdr(args) => ("fdr", &args.common, fdr::run(args)?),
            Method::Scan(args) => ("scan", &args.common, scan::run(args)?),
            Method::Trend(args) => ("trend", &args.common, trend::run(args)?),
            Method::Its(args) => ("its", &args.common, its::run(args)?),
            Method::Staggered(args) => ("staggered", &args.common, staggered::run(args)?),
        })
    }
}

/// What every method takes.
#[derive(Debug, Args)]
pub struct Common {
    /// The data: a CSV file with a header; in a build with the feature `lake`, also a Parquet file
    file: PathBuf,
    /// Confidence level, above 0 and below 1
    #[arg(long, default_value_t = 0.95, value_parser = level)]
    level: f64,
    /// Seed of everything random: the same seed gives the same answer
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Random replicates of a Monte Carlo test
    #[arg(long, default_value_t = 999)]
    replicates: usize,
    /// Worker threads; one per core if not given
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    threads: usize,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Common {
    /// The options every method records with its answer, for the method to add its own.
    fn options(&self) -> Map<String, Value> {
        let mut options = Map::new();
        options.insert("file".into(), json!(self.file.display().to_string()));
        options.insert("level".into(), json!(self.level));
        options
    }
}

fn level(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(level) if level > 0.0 && level < 1.0 => Ok(level),
        _ => Err("a confidence level lies between 0 and 1, for example 0.95".into()),
    }
}

/// Runs the method and prints its answer.
pub fn run(args: &AnalyzeArgs) -> Result<(), CliError> {
    let (method, common, answer) = args.method.run()?;
    super::answer(common.json, &answer.to_json(method, common.seed), &answer.to_text(method))
}
