//! `groundswell import`: areas, populations and events from files, and taking a batch back.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use domain::evidence::imports::{self, Problem};
use domain::kernel::ids::BatchId;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use interop::areas::AreaProperties;
use interop::events::Mapping;
use interop::population::PopulationColumns;
use serde_json::json;

use super::{CliError, answer, chain};
use crate::jobs::import::{self, DryRun, ImportFailure, PopulationOptions, Report, Source, Tick};
use crate::site::{self, SiteArgs};

#[derive(Debug, Args)]
pub struct ImportArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A map: a GeoJSON feature collection
    Areas(AreasArgs),
    /// How many people, homes or client-months there are: a CSV file
    Population(PopulationArgs),
    /// What happened, when, where, to whom: a CSV file and a mapping of its columns
    Events(EventsArgs),
    /// Take a whole batch back
    Undo {
        /// The batch's id, as `import list` shows it
        batch: String,
        #[command(flatten)]
        common: Common,
    },
    /// The batches that were brought in
    List {
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, Args)]
struct Common {
    #[command(flatten)]
    site: SiteArgs,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Checks {
    /// Read and check everything, store nothing
    #[arg(long)]
    dry_run: bool,
    /// Where to write the rows that could not be taken [default: beside the file, NAME.bad-rows.csv]
    #[arg(long, value_name = "FILE")]
    bad_rows: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct AreasArgs {
    file: PathBuf,
    /// Property that holds the area's code [default: the usual names are tried]
    #[arg(long)]
    code: Option<String>,
    /// Property that holds its name
    #[arg(long)]
    name: Option<String>,
    /// Property that holds the larger area it lies in
    #[arg(long)]
    parent: Option<String>,
    /// Read and check everything, store nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct PopulationArgs {
    file: PathBuf,
    /// Column of the area's code
    #[arg(long, default_value = "area")]
    area: String,
    /// Column of the number
    #[arg(long, default_value = "population")]
    population: String,
    /// Columns of the first and last day for which the number holds
    #[arg(long)]
    from: Option<String>,
    #[arg(long)]
    to: Option<String>,
    /// A group column, as dimension=column; may be repeated
    #[arg(long = "group", value_name = "DIMENSION=COLUMN")]
    groups: Vec<String>,
    /// What is counted: people, rental units
    #[arg(long, default_value = "people")]
    unit: String,
    /// The data set that it is the denominator of [default: every data set without one of its own]
    #[arg(long, default_value = "")]
    dataset: String,
    /// Columns of the area's centroid
    #[arg(long, requires = "latitude")]
    longitude: Option<String>,
    #[arg(long, requires = "longitude")]
    latitude: Option<String>,
    #[command(flatten)]
    checks: Checks,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct EventsArgs {
    file: PathBuf,
    /// The mapping of the file's columns (TOML); see docs/import.md
    #[arg(long, value_name = "MAP.toml")]
    mapping: PathBuf,
    #[command(flatten)]
    checks: Checks,
    #[command(flatten)]
    common: Common,
}

pub async fn run(args: ImportArgs) -> Result<(), CliError> {
    match args.what {
        What::Areas(args) => areas(args).await,
        What::Population(args) => population(args).await,
        What::Events(args) => events(args).await,
        What::Undo { batch, common } => undo(&batch, &common).await,
        What::List { common } => list(&common).await,
    }
}

async fn areas(args: AreasArgs) -> Result<(), CliError> {
    let site = site::open(&args.common.site).await?;
    let properties =
        AreaProperties { code: args.code, name: args.name, parent: args.parent, ..Default::default() };
    let dry_run = if args.dry_run { DryRun::Yes } else { DryRun::No };
    let ctx = site.system("import");
    let report = import::areas(&ctx, &Source::at(&args.file), &properties, dry_run).await?;
    report_print(args.common.json, "areas", args.dry_run, &report)
}

async fn population(args: PopulationArgs) -> Result<(), CliError> {
    let site = site::open(&args.common.site).await?;
    let mut columns = PopulationColumns {
        area: args.area,
        population: args.population,
        from: args.from,
        to: args.to,
        longitude: args.longitude,
        latitude: args.latitude,
        ..Default::default()
    };
    for group in &args.groups {
        let Some((dimension, column)) = group.split_once('=') else {
            return Err(CliError::Theirs(format!(
                "read --group {group}: write it as dimension=column, for example --group language=lang"
            )));
        };
        columns.groups.insert(dimension.to_owned(), column.to_owned());
    }
    let options = PopulationOptions { columns, dataset: args.dataset, unit: args.unit };
    let dry_run = if args.checks.dry_run { DryRun::Yes } else { DryRun::No };
    let bad_rows = bad_rows_path(&args.checks, &args.file);
    let ctx = site.system("import");
    let report = import::population(&ctx, &Source::at(&args.file), &options, bad_rows, dry_run).await?;
    report_print(args.common.json, "population", args.checks.dry_run, &report)
}

async fn events(args: EventsArgs) -> Result<(), CliError> {
    let mapping = mapping_read(&args.mapping)?;
    let site = site::open(&args.common.site).await?;
    let source = Source::at(&args.file);
    let bad_rows = bad_rows_path(&args.checks, &args.file);
    let ctx = site.system("import");
    let bar = progress_bar(args.common.json);
    let tick = |tick: Tick| {
        bar.set_length(tick.bytes_total);
        bar.set_position(tick.bytes);
        bar.set_message(format!("{} rows, {} bad", tick.rows, tick.rows_bad));
    };
    let report = if args.checks.dry_run {
        import::dry_run(&ctx, &source, &mapping, bad_rows, tick).await
    } else {
        import::events(&ctx, &source, &mapping, bad_rows, tick).await
    };
    bar.finish_and_clear();
    report_print(args.common.json, "events", args.checks.dry_run, &report?)
}

fn bad_rows_path(checks: &Checks, file: &Path) -> Option<PathBuf> {
    Some(checks.bad_rows.clone().unwrap_or_else(|| import::bad_rows_beside(file)))
}

/// A mapping from its file, or every problem in it with its line.
pub fn mapping_read(path: &Path) -> Result<Mapping, CliError> {
    let text = fs::read_to_string(path)
        .map_err(|error| CliError::Theirs(format!("read the mapping {}: {error}", path.display())))?;
    Mapping::parse(&text).map_err(|problems| {
        let mut message = format!("understand the mapping {}:", path.display());
        for problem in problems {
            // Writing into a String cannot fail.
            let _ = write!(message, "\n  {problem}");
        }
        CliError::Theirs(message)
    })
}

/// Bytes, rate and time left on standard error; nothing where nobody looks.
fn progress_bar(json: bool) -> ProgressBar {
    let bar = ProgressBar::new(0);
    if json {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let style =
        ProgressStyle::with_template("{bar:30} {bytes} of {total_bytes} ({bytes_per_sec}, {eta} left) {msg}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

async fn undo(batch: &str, common: &Common) -> Result<(), CliError> {
    let site = site::open(&common.site).await?;
    let ctx = site.system("import");
    let batch = imports::undo(&ctx, &BatchId::from_text(batch)).await.map_err(ImportFailure::from)?;
    let text = format!("Took back {}: {} rows of {}.", batch.id, batch.rows_good, batch.file_name);
    answer(common.json, &json!({"batch": batch.id, "state": batch.state.code()}), &text)
}

async fn list(common: &Common) -> Result<(), CliError> {
    let site = site::open(&common.site).await?;
    let batches = imports::batches(&site.db, 1_000).await?;
    let mut text = String::new();
    let mut rows = Vec::new();
    for batch in &batches {
        let _ = writeln!(
            text,
            "{}  {}  {:<10} {:<8} {:>10} good {:>6} bad  {}",
            batch.id,
            batch.started_at.minute_text(),
            batch.kind.code(),
            batch.state.code(),
            batch.rows_good,
            batch.rows_bad,
            batch.file_name
        );
        rows.push(json!({
            "batch": batch.id, "kind": batch.kind.code(), "dataset": batch.dataset,
            "file": batch.file_name, "state": batch.state.code(), "rows_good": batch.rows_good,
            "rows_bad": batch.rows_bad, "rows_known": batch.rows_known,
        }));
    }
    if batches.is_empty() {
        text.push_str("Nothing has been brought in yet.");
    }
    answer(common.json, &json!({"batches": rows}), &text)
}

fn report_print(json: bool, what: &str, dry_run: bool, report: &Report) -> Result<(), CliError> {
    let mut text = String::new();
    let rows = report.rows;
    let id = report.batch.as_ref().map(|batch| batch.id.to_string());
    if report.already_in {
        let _ = writeln!(
            text,
            "This file is in already (batch {}): nothing was changed.",
            id.as_deref().unwrap_or("?")
        );
    } else {
        let verb = if dry_run { "Checked" } else { "Brought in" };
        let _ = writeln!(text, "{verb} {what}: {} rows good, {} bad.", rows.rows_good, rows.rows_bad);
        if report.resumed_after > 0 {
            let _ = writeln!(
                text,
                "Went on after the {} rows that an interrupted import had stored.",
                report.resumed_after
            );
        }
        if report.rows_known > 0 {
            let _ = writeln!(text, "{} events had come in before and were not doubled.", report.rows_known);
        }
    }
    for Problem { line, field, expected } in report.problems.iter().take(20) {
        let _ = writeln!(text, "  line {line}, {field}: {expected}");
    }
    if report.problems.len() > 20 {
        let _ = writeln!(text, "  and more; all bad rows are in the file named below");
    }
    if let Some(path) = &report.bad_rows {
        let _ =
            writeln!(text, "The bad rows are in {}: mend them there and bring that file in.", path.display());
    }
    for warning in report.warnings.iter().take(10) {
        let _ = writeln!(text, "  note: {warning}");
    }
    if let Some(id) = &id
        && !report.already_in
    {
        let _ = writeln!(text, "Batch {id}; take it back with: groundswell import undo {id}");
    }
    let problems: Vec<_> = report
        .problems
        .iter()
        .map(|it| json!({"line": it.line, "field": it.field, "expected": it.expected}))
        .collect();
    let value = json!({
        "what": what, "dry_run": dry_run, "batch": id, "already_in": report.already_in,
        "rows_read": rows.rows_read, "rows_good": rows.rows_good, "rows_bad": rows.rows_bad,
        "rows_known": report.rows_known, "events": report.events, "resumed_after": report.resumed_after,
        "bad_rows": report.bad_rows.as_ref().map(|path| path.display().to_string()),
        "problems": problems, "warnings": report.warnings,
    });
    answer(json, &value, &text)
}

impl From<ImportFailure> for CliError {
    fn from(failure: ImportFailure) -> Self {
        if failure.is_theirs() { Self::Theirs(chain(&failure)) } else { Self::Ours(failure.into()) }
    }
}
