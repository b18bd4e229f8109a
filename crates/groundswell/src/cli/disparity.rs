//! `groundswell disparity`: one code, group by group, against a reference.

use std::fmt::Write as _;

use analytics::Engine;
use analytics::disparity::{self, Query, Table};
use domain::evidence;
use domain::kernel::clock::Day;
use privacy::{Disclosed, Policy};
use serde_json::json;

use super::{CliError, answer};
use crate::site::{self, SiteArgs};

#[derive(Debug, clap::Args)]
pub struct DisparityArgs {
    /// The data set; `casework` is the agency's own record
    #[arg(long, default_value = evidence::CASEWORK)]
    dataset: String,
    /// What happened
    #[arg(long)]
    code: String,
    /// The group dimension, e.g. language or race
    #[arg(long, value_name = "DIMENSION")]
    by: String,
    /// The group that the others are compared with [default: the largest]
    #[arg(long, default_value = "")]
    reference: String,
    /// Look at the record up to this day only
    #[arg(long, value_name = "DAY")]
    until: Option<Day>,
    #[arg(long, default_value_t = 0.95)]
    level: f64,
    #[command(flatten)]
    site: SiteArgs,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub async fn run(args: DisparityArgs) -> Result<(), CliError> {
    let site = site::open(&args.site).await?;
    let ctx = site.system("disparity");
    analytics::evidence::top_up(&ctx).await?;
    let codes = evidence::codes(&site.db).await?;
    let Some(code) = codes.iter().find(|it| it.dataset == args.dataset && it.code == args.code) else {
        let known: Vec<&str> =
            codes.iter().filter(|it| it.dataset == args.dataset).map(|it| it.code.as_str()).collect();
        return Err(CliError::Theirs(format!(
            "find the code {} in the data set {}: it holds {}",
            args.code,
            args.dataset,
            if known.is_empty() { "nothing".to_owned() } else { known.join(", ") }
        )));
    };
    let dimensions = evidence::dimensions(&site.db, &args.dataset).await?;
    if !dimensions.contains(&args.by) {
        return Err(CliError::Theirs(format!(
            "compare by {}: the data set {} has the group dimensions {}",
            args.by,
            args.dataset,
            if dimensions.is_empty() { "none".to_owned() } else { dimensions.join(", ") }
        )));
    }
    let query = Query {
        dataset: args.dataset,
        kind: code.kind,
        code: args.code,
        dimension: args.by,
        reference: args.reference,
        until: args.until,
        level: args.level,
    };
    let engine = Engine::Database(site.db.clone());
    let table = disparity::disparity(&engine, &query, &Policy::default()).await?;
    answer(args.json, &json!(table), &text(&query, &table))
}

fn text(query: &Query, table: &Table) -> String {
    let mut text = format!(
        "{} of {} by {}, against {} (base: {})\n",
        query.code.replace('_', " "),
        query.dataset,
        query.dimension,
        table.reference,
        table.base.label()
    );
    let _ = writeln!(text, "{:<26} {:>16} {:>16} {:>26} {:>26}", "", "events", "of", "rate", "ratio");
    for row in &table.rows {
        let rate = row.rate.map(|rate| {
            let scale = if table.is_share { 100.0 } else { 1_000.0 };
            let unit = if table.is_share { " %" } else { " per 1,000" };
            figure(rate.estimate, rate.lower, rate.upper, scale, unit)
        });
        let ratio = row.ratio.map_or_else(
            || "reference".to_owned(),
            |ratio| ratio.map(|it| figure(it.estimate, it.lower, it.upper, 1.0, "")).to_string(),
        );
        let exposure: Disclosed<String> = row.exposure.map(|it| format!("{it:.1}"));
        let _ = writeln!(
            text,
            "{:<26} {:>16} {:>16} {:>26} {:>26}",
            row.value, row.events, exposure, rate, ratio
        );
    }
    text
}

fn figure(estimate: Option<f64>, lower: Option<f64>, upper: Option<f64>, scale: f64, unit: &str) -> String {
    let number = |x: Option<f64>| x.map_or_else(|| "?".to_owned(), |x| format!("{:.2}", x * scale));
    format!("{}{unit} ({} to {})", number(estimate), number(lower), number(upper))
}
