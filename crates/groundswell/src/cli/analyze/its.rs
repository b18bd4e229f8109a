//! `groundswell analyze its`: did a series change its level or direction when something began?
//!
//! Owns reading the columns, naming the changes and the plain sentence; the regression is `stats::its`.

use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};
use stats::its::{self, Change, Column, Fit, Input, Season, Series, Shape};

use super::cells::{Cells, theirs};
use super::output::{Answer, Dropped, columns as aligned, maybe, number};
use super::table::Table;
use super::when::{self, Axis, Scale};
use super::{CliError, Common};

#[derive(Debug, Args)]
pub struct ItsArgs {
    #[command(flatten)]
    pub common: Common,
    /// Column with the period: an ISO day, a month, an ISO week or a number
    #[arg(long)]
    time: String,
    /// Column with counts (poisson, quasipoisson)
    #[arg(long, required_unless_present = "value", conflicts_with = "value")]
    count: Option<String>,
    /// Column with rates or scores (ols, prais-winsten, gls-ar1)
    #[arg(long)]
    value: Option<String>,
    /// Column with the people or person-time behind each count; its logarithm is the offset
    #[arg(long)]
    offset: Option<String>,
    /// First period after each change, comma-separated
    #[arg(long, value_delimiter = ',', required = true)]
    change: Vec<String>,
    /// Error model
    #[arg(long, value_enum)]
    model: ModelName,
    /// Periods after which the season repeats, such as 12 for months or 7 for days
    #[arg(long)]
    season: Option<usize>,
    /// Pairs of sine and cosine instead of one indicator for each season
    #[arg(long, requires = "season")]
    harmonics: Option<usize>,
    /// Newey-West standard errors with this many lags
    #[arg(long)]
    lag: Option<usize>,
    /// What a change may alter
    #[arg(long, value_enum, default_value_t = ShapeName::Both)]
    shape: ShapeName,
    /// Column with a series the change did not touch
    #[arg(long)]
    control: Option<String>,
    /// Column with the exposure of the control [default: that of --offset]
    #[arg(long, requires = "control")]
    control_offset: Option<String>,
    /// Further columns to adjust for, comma-separated
    #[arg(long, value_delimiter = ',')]
    covariates: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ModelName {
    Poisson,
    #[value(alias = "quasi-poisson")]
    Quasipoisson,
    Ols,
    PraisWinsten,
    GlsAr1,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ShapeName {
    Level,
    Slope,
    Both,
}

impl ModelName {
    fn word(self) -> &'static str {
        match self {
            ModelName::Poisson => "poisson",
            ModelName::Quasipoisson => "quasipoisson",
            ModelName::Ols => "ols",
            ModelName::PraisWinsten => "prais-winsten",
            ModelName::GlsAr1 => "gls-ar1",
        }
    }

    fn model(self) -> its::Model {
        match self {
            ModelName::Poisson => its::Model::Poisson,
            ModelName::Quasipoisson => its::Model::QuasiPoisson,
            ModelName::Ols => its::Model::Ols,
            ModelName::PraisWinsten => its::Model::PraisWinsten,
            ModelName::GlsAr1 => its::Model::GlsAr1,
        }
    }
}

/// The rows that can be used, in time order.
struct Rows<'a> {
    /// Position among the table's rows.
    rows: Vec<usize>,
    entries: Vec<&'a str>,
    time: Vec<f64>,
    dropped: Dropped,
}

pub fn run(args: &ItsArgs) -> Result<Answer, CliError> {
    let table = Table::read(&args.common.file)?;
    let level = args.common.level;
    let cells = Cells::new(&table);
    let name = args
        .count
        .as_ref()
        .or(args.value.as_ref())
        .ok_or_else(|| theirs("fit the series: give --count or --value"))?;
    let model = args.model.model();
    let mut warnings = Vec::new();
    let outcome = cells.numbers_or_missing(name)?;
    if model.is_log()
        && let Some(row) = outcome.iter().position(|v| v.is_some_and(|v| v < 0.0))
    {
        return Err(cells.wrong(name, row, "a count of 0 or more"));
    }
    let offset = optional(&cells, args.offset.as_ref())?;
    let control = optional(&cells, args.control.as_ref())?;
    let control_offset = optional(&cells, args.control_offset.as_ref())?;
    let covariates: Vec<(String, Vec<Option<f64>>)> = args
        .covariates
        .iter()
        .map(|c| Ok((c.clone(), cells.numbers_or_missing(c)?)))
        .collect::<Result<_, CliError>>()?;
    for (column, values) in [(&args.offset, &offset), (&args.control_offset, &control_offset)] {
        if let (Some(column), Some(values)) = (column, values)
            && let Some(row) = values.iter().position(|v| v.is_some_and(|v| v <= 0.0))
        {
            return Err(cells.wrong(column, row, "an exposure over 0"));
        }
    }

    let entries = cells.text(&args.time)?;
    let axis = when::read(&entries).map_err(|(i, expected)| cells.wrong(&args.time, i, expected))?;
    let needed = |row: usize| -> Option<&str> {
        let missing = |v: &[Option<f64>]| v.get(row).copied().flatten().is_none();
        let gone = |v: &Option<Vec<Option<f64>>>| v.as_ref().is_some_and(|v| missing(v));
        if missing(&outcome) {
            Some(name.as_str())
        } else if gone(&offset) {
            args.offset.as_deref()
        } else if gone(&control) {
            args.control.as_deref()
        } else if gone(&control_offset) {
            args.control_offset.as_deref()
        } else {
            covariates.iter().find(|(_, v)| missing(v)).map(|(n, _)| n.as_str())
        }
    };
    let used = in_order(&cells, &axis, &entries, &needed, &mut warnings)?;
    let pick = |v: &[Option<f64>]| -> Vec<f64> {
        used.rows.iter().filter_map(|r| v.get(*r).copied().flatten()).collect()
    };
    let y = pick(&outcome);
    let exposure = offset.as_ref().map(|v| pick(v));
    let control_y = control.as_ref().map(|v| pick(v));
    let control_exposure = control_offset.as_ref().map(|v| pick(v)).or_else(|| exposure.clone());
    let columns: Vec<Column> =
        covariates.iter().map(|(n, v)| Column { name: n.clone(), values: pick(v) }).collect();
    let changes = changes(args, &axis, &used)?;
    let season = args.season.map(|period| Season {
        period,
        position: used
            .rows
            .iter()
            .enumerate()
            .filter_map(|(i, r)| axis.moments.get(*r).map(|m| axis.season(period, i, m)))
            .collect(),
        harmonics: args.harmonics,
    });
    let fit = its::its(&Input {
        time: &used.time,
        series: Series { outcome: &y, exposure: exposure.as_deref() },
        control: control_y.as_ref().map(|c| Series { outcome: c, exposure: control_exposure.as_deref() }),
        changes: &changes,
        shape: match args.shape {
            ShapeName::Level => Shape::Level,
            ShapeName::Slope => Shape::Slope,
            ShapeName::Both => Shape::Both,
        },
        season,
        covariates: &columns,
        model,
        lag: args.lag,
        level,
    })
    .map_err(|e| theirs(e.to_string()))?;
    caveats(args, &fit, &changes, &used, &mut warnings);
    Ok(Answer {
        n_rows: used.rows.len(),
        options: options(args, &axis, &used),
        warnings,
        text: text(args, &fit, &used, level),
        result: result(&axis, &used, &fit, &y, model),
        dropped: used.dropped,
    })
}

fn optional(cells: &Cells<'_>, column: Option<&String>) -> Result<Option<Vec<Option<f64>>>, CliError> {
    column.map(|c| cells.numbers_or_missing(c)).transpose()
}

/// Sorts by time, leaves out rows with something missing, refuses a period that comes twice.
fn in_order<'a, 'n>(
    cells: &Cells<'_>,
    axis: &Axis,
    entries: &[&'a str],
    needed: &dyn Fn(usize) -> Option<&'n str>,
    warnings: &mut Vec<String>,
) -> Result<Rows<'a>, CliError> {
    let key = |row: usize| axis.moments.get(row).map_or(0.0, |m| m.key);
    let mut all: Vec<usize> = (0..entries.len()).collect();
    all.sort_by(|a, b| key(*a).total_cmp(&key(*b)));
    for pair in all.windows(2) {
        if let [a, b] = pair
            && (key(*a) - key(*b)).abs() < 1e-9
        {
            return Err(theirs(format!(
                "order the series: lines {} and {} are the same period; the file needs one row for each time",
                cells.line(*a),
                cells.line(*b)
            )));
        }
    }
    let mut dropped = Dropped::default();
    let mut rows = Vec::new();
    for row in all {
        match needed(row) {
            Some(column) => dropped.add(format!("no value in column \"{column}\"")),
            None => rows.push(row),
        }
    }
    let first = rows.first().map_or(0.0, |r| key(*r));
    let mut gaps: Vec<f64> =
        rows.windows(2).map(|w| if let [a, b] = w { key(*b) - key(*a) } else { 0.0 }).collect();
    gaps.sort_by(f64::total_cmp);
    let step = gaps.get(gaps.len() / 2).copied().filter(|s| *s > 0.0).unwrap_or(1.0);
    let holes = gaps.iter().filter(|g| **g > 1.5 * step).count();
    if holes > 0 {
        warnings.push(format!(
            "{holes} gaps in time: trend and slope count them, but autocorrelation treats the rows around a gap as neighbours"
        ));
    }
    let time = rows
        .iter()
        .map(|r| if axis.scale == Scale::Number { key(*r) } else { (key(*r) - first) / step + 1.0 })
        .collect();
    Ok(Rows { entries: rows.iter().filter_map(|r| entries.get(*r).copied()).collect(), rows, time, dropped })
}

fn changes(args: &ItsArgs, axis: &Axis, used: &Rows<'_>) -> Result<Vec<Change>, CliError> {
    let mut out: Vec<Change> = Vec::new();
    for word in &args.change {
        let word = word.trim();
        let place = axis.place(word).ok_or_else(|| {
            let like = used.entries.first().copied().unwrap_or("1");
            theirs(format!("use --change {word}: write it like the time column does, such as {like}"))
        })?;
        // The first row that begins on or after the change.
        let found = used.rows.iter().zip(&used.time).find(|(r, _)| {
            axis.moments.get(**r).is_some_and(|m| match (m.day, place.day) {
                (Some(a), Some(b)) => a >= b,
                _ => m.key >= place.key - 1e-9,
            })
        });
        let Some((_, at)) = found else {
            return Err(theirs(format!("use --change {word}: no period of the series comes at or after it")));
        };
        if *at <= used.time.first().copied().unwrap_or(f64::NEG_INFINITY) {
            return Err(theirs(format!("use --change {word}: no period of the series comes before it")));
        }
        if out.iter().any(|c| (c.at - at).abs() < 1e-9) {
            return Err(theirs(format!("use --change {word}: another change falls on the same period")));
        }
        out.push(Change { label: word.to_owned(), at: *at });
    }
    out.sort_by(|a, b| a.at.total_cmp(&b.at));
    Ok(out)
}

fn caveats(args: &ItsArgs, fit: &Fit, changes: &[Change], used: &Rows<'_>, warnings: &mut Vec<String>) {
    let n = used.time.len();
    let mut edges: Vec<f64> = changes.iter().map(|c| c.at).collect();
    edges.push(f64::INFINITY);
    let before = used.time.iter().filter(|t| edges.first().is_some_and(|e| *t < e)).count();
    if before < 8 {
        warnings.push(format!(
            "only {before} periods lie before the change; under 8 the trend before it is a guess"
        ));
    } else if before < 24 && args.season == Some(12) {
        warnings.push(format!("{before} periods before the change are fewer than two years, so season and trend are hard to tell apart"));
    }
    for pair in edges.windows(2) {
        if let [a, b] = pair {
            let after = used.time.iter().filter(|t| *t >= a && *t < b).count();
            if after < 4 && args.shape != ShapeName::Level {
                warnings.push(format!("only {after} periods follow a change before the next or the end; its slope rests on those"));
            }
        }
    }
    let beyond = n - before;
    if beyond > before + before / 2 {
        warnings.push(format!(
            "what we would have expected is drawn {beyond} periods past the change from {before} before it: the further, the less it means"
        ));
    }
    if args.count.is_some() && fit.counterfactual.iter().any(|c| c.value < 0.0) {
        warnings.push("the expected counts fall under 0 in places: a linear model does not know that counts cannot; use quasipoisson".into());
    }
    for t in fit.terms.iter().filter(|t| t.estimate.is_none()) {
        warnings.push(format!("{} is undefined: it repeats columns before it", t.name));
    }
    if !fit.converged {
        warnings.push("the fit did not settle; its numbers cannot be relied on".into());
    }
    if !args.model.model().is_log() {
        warnings.push("ratio is undefined for a linear model: its coefficients are differences".into());
    }
    if args.model == ModelName::Poisson
        && fit.pearson_dispersion.is_some_and(|d| d > 1.5)
        && args.lag.is_none()
    {
        warnings.push(format!(
            "counts vary {:.1} times more than poisson allows, so its errors are too small; use --model quasipoisson",
            fit.pearson_dispersion.unwrap_or(1.0)
        ));
    }
    let rule = newey_west_rule(n);
    let models_it = matches!(args.model, ModelName::PraisWinsten | ModelName::GlsAr1);
    if fit.is_exact {
        warnings.push("the curve meets every point: errors are 0, and statistic, p, rho and durbin_watson are undefined".into());
    }
    for t in fit.terms.iter().filter(|t| {
        args.model.model().is_log()
            && t.estimate.is_some_and(|b| b.abs() > 10.0)
            && t.se.is_some_and(|se| se > 50.0)
    }) {
        warnings.push(format!(
            "{} cannot be told from infinity: a stretch of the series has no counts at all",
            t.name
        ));
    }
    if !models_it && args.lag.is_none() && fit.durbin_watson > 2.5 && !fit.is_exact {
        warnings.push(format!(
            "Durbin-Watson is {:.2}: neighbouring periods alternate, which plain errors do not know; --lag {rule} is the usual choice for {n} periods",
            fit.durbin_watson
        ));
    }
    if !models_it && args.lag.is_none() && fit.durbin_watson < 1.5 && !fit.is_exact {
        warnings.push(format!(
            "Durbin-Watson is {:.2}: neighbouring periods resemble each other and plain errors are too small; --lag {rule} is the usual choice for {n} periods",
            fit.durbin_watson
        ));
    }
    if let Some(lag) = args.lag {
        warnings.push(format!(
            "Newey-West errors: Bartlett weights, {lag} lags, factor n/(n-k), no prewhitening{}",
            if lag == rule {
                String::new()
            } else {
                format!("; the usual number for {n} periods is {rule}, to be fixed before looking")
            }
        ));
    }
    if args.control.is_none() {
        warnings.push("no comparison series: another change at the same time would look the same".into());
    }
}

/// `floor(4 (n/100)^(2/9))`.
fn newey_west_rule(n: usize) -> usize {
    let l = 4.0 * (n as f64 / 100.0).powf(2.0 / 9.0);
    (0..=1000_usize).take_while(|i| (*i as f64) <= l).last().unwrap_or(0)
}

fn options(args: &ItsArgs, axis: &Axis, used: &Rows<'_>) -> Map<String, Value> {
    let mut o = args.common.options();
    let mut put = |k: &str, v: Value| {
        o.insert(k.into(), v);
    };
    put("model", json!(args.model.word()));
    put("change", json!(args.change));
    put(
        "shape",
        json!(match args.shape {
            ShapeName::Level => "level",
            ShapeName::Slope => "slope",
            ShapeName::Both => "both",
        }),
    );
    put("offset", json!(args.offset));
    put("season", json!(args.season));
    if let Some(period) = args.season {
        put("season_is", json!(axis.season_word(period)));
    }
    put("harmonics", json!(args.harmonics));
    put("lag", json!(args.lag));
    put("control", json!(args.control));
    put("covariates", json!(args.covariates));
    put(
        "time_is",
        json!(if axis.scale == Scale::Number {
            "the column's own numbers"
        } else {
            "periods counted from 1 at the first row"
        }),
    );
    put("slope_counts", json!("1 in the first period after the change"));
    put("interval", json!(if args.model.model().is_log() { "normal" } else { "t" }));
    put("first", json!(used.entries.first()));
    put("last", json!(used.entries.last()));
    o
}

fn time_value(axis: &Axis, used: &Rows<'_>, i: usize) -> Value {
    let moment = used.rows.get(i).and_then(|r| axis.moments.get(*r));
    moment.map_or(Value::Null, |m| axis.value(m.key))
}

fn result(axis: &Axis, used: &Rows<'_>, fit: &Fit, y: &[f64], model: its::Model) -> Map<String, Value> {
    let ratio = |v: Option<f64>| if model.is_log() { maybe(v.map(f64::exp)) } else { Value::Null };
    let coefficients: Vec<Value> = fit
        .terms
        .iter()
        .map(|t| {
            json!({
                "name": t.name,
                "estimate": maybe(t.estimate),
                "se": maybe(t.se),
                "statistic": maybe(t.statistic),
                "lower": maybe(t.lower),
                "upper": maybe(t.upper),
                "p": maybe(t.p),
                "ratio": ratio(t.estimate),
                "ratio_lower": ratio(t.lower),
                "ratio_upper": ratio(t.upper),
            })
        })
        .collect();
    let points: Vec<Value> = fit
        .fitted
        .iter()
        .zip(&fit.counterfactual)
        .enumerate()
        .map(|(i, (f, c))| {
            json!({
                "time": time_value(axis, used, i),
                "observed": y.get(i).map(|v| number(*v)),
                "fitted": number(f.value),
                "fitted_lower": number(f.lower),
                "fitted_upper": number(f.upper),
                "counterfactual": number(c.value),
                "counterfactual_lower": number(c.lower),
                "counterfactual_upper": number(c.upper),
            })
        })
        .collect();
    let effects: Vec<Value> = fit
        .effects
        .iter()
        .map(|e| {
            json!({
                "change": e.label,
                "from": time_value(axis, used, e.from),
                "to": time_value(axis, used, e.to),
                "n_periods": e.to + 1 - e.from,
                "observed": number(e.observed),
                "expected": number(e.expected.value),
                "expected_lower": number(e.expected.lower),
                "expected_upper": number(e.expected.upper),
                "difference": number(e.observed - e.expected.value),
            })
        })
        .collect();
    let mut out = Map::new();
    let mut put = |k: &str, v: Value| {
        out.insert(k.into(), v);
    };
    put("coefficients", Value::Array(coefficients));
    put("dispersion", number(fit.dispersion));
    put("rho", maybe(Some(fit.rho).filter(|_| !fit.is_exact)));
    put("durbin_watson", maybe(Some(fit.durbin_watson).filter(|_| !fit.is_exact)));
    put("pearson_dispersion", maybe(fit.pearson_dispersion));
    put("deviance", maybe(fit.deviance));
    put("df_residual", json!(fit.df_residual));
    put("iterations", json!(fit.iterations));
    put("converged", json!(fit.converged));
    put("fitted", fit.fitted.iter().map(|f| number(f.value)).collect());
    put("counterfactual", fit.counterfactual.iter().map(|f| number(f.value)).collect());
    put("effects", Value::Array(effects));
    put("points", Value::Array(points));
    out
}

fn text(args: &ItsArgs, fit: &Fit, used: &Rows<'_>, level: f64) -> String {
    let log = args.model.model().is_log();
    let mut out = String::new();
    let shown = |v: Option<f64>| v.map_or_else(|| "undefined".into(), short);
    let mut headings = vec!["term", "estimate", "se", "lower", "upper", "p"];
    if log {
        headings.push("ratio");
    }
    let lines: Vec<Vec<String>> = fit
        .terms
        .iter()
        .map(|t| {
            let p = t.p.map_or_else(
                || "undefined".into(),
                |p| if p < 1e-4 { "<0.0001".into() } else { format!("{p:.4}") },
            );
            let mut line =
                vec![t.name.clone(), shown(t.estimate), shown(t.se), shown(t.lower), shown(t.upper), p];
            if log {
                line.push(shown(t.estimate.map(f64::exp)));
            }
            line
        })
        .collect();
    out.push_str(&aligned(&headings, &lines));
    let _ = writeln!(
        out,
        "\n{} periods, dispersion {}, autocorrelation {:.3}, Durbin-Watson {:.3}\n",
        used.time.len(),
        short(fit.dispersion),
        fit.rho,
        fit.durbin_watson
    );
    for e in &fit.effects {
        let (from, to) =
            (used.entries.get(e.from).copied().unwrap_or(""), used.entries.get(e.to).copied().unwrap_or(""));
        let _ = writeln!(
            out,
            "From {from} to {to}: without any change we would have expected about {}; there were {}. With {:.0} % confidence the expected number lies between {} and {}.",
            grouped(e.expected.value),
            grouped(e.observed),
            level * 100.0,
            grouped(e.expected.lower),
            grouped(e.expected.upper)
        );
    }
    out.push_str(
        "This is the weaker kind of evidence: it holds only as far as nothing else changed at the same time.",
    );
    out
}

/// Six significant digits.
fn short(v: f64) -> String {
    let a = v.abs();
    if a < 1e-12 {
        "0".into()
    } else if !(1e-4..1e7).contains(&a) {
        format!("{v:.4e}")
    } else if a >= 1000.0 {
        format!("{v:.1}")
    } else if a >= 1.0 {
        format!("{v:.4}")
    } else {
        format!("{v:.6}")
    }
}

/// A total, with one decimal while it is small.
fn grouped(v: f64) -> String {
    if v.abs() < 100.0 {
        return format!("{v:.1}");
    }
    if v.abs() >= 1e15 {
        return format!("{v:.3e}");
    }
    let digits = format!("{:.0}", v.abs());
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(c);
    }
    if v < 0.0 { format!("-{out}") } else { out }
}
