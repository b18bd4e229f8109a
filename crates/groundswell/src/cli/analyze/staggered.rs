//! `groundswell analyze staggered`: the same measure, begun in different places at different times.
//!
//! Owns reading the panel, naming what was left out and the plain sentence; the estimators are
//! `stats::staggered`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};
use stats::staggered::aggregate::{self, Aggregate, Average};
use stats::staggered::bootstrap::{Draws, on_threads};
use stats::staggered::sensitivity::{NoBounds, relative_magnitudes};
use stats::staggered::{
    self, Base, Controls, Error, Method, NoEstimate, Options, Panel, Prepared, Unbalanced, imputation, sunab,
};

use super::cells::{Cells, theirs};
use super::output::{Answer, Dropped, columns, maybe, number, short, short_maybe};
use super::table::Table;
use super::when::{self, Axis, Scale};
use super::{CliError, Common};

#[derive(Debug, Args)]
pub struct StaggeredArgs {
    #[command(flatten)]
    pub common: Common,
    /// Column that names the unit
    #[arg(long)]
    unit: String,
    /// Column with the period
    #[arg(long)]
    time: String,
    /// Column with the outcome
    #[arg(long)]
    outcome: String,
    /// Column with the unit's first treated period; 0 or empty means never
    #[arg(long)]
    first_treated: String,
    /// Units compared with: never treated, or those and units not treated yet
    #[arg(long, value_enum, default_value_t = ControlName::Never)]
    control: ControlName,
    /// Doubly robust, inverse probability weighting, or outcome regression
    #[arg(long, value_enum, default_value_t = MethodName::Dr)]
    method: MethodName,
    /// Columns to adjust for, comma-separated
    #[arg(long, value_delimiter = ',')]
    covariates: Vec<String>,
    /// Callaway-Sant'Anna, Sun-Abraham, or imputation (Borusyak-Jaravel-Spiess)
    #[arg(long, value_enum, default_value_t = EstimatorName::Cs)]
    estimator: EstimatorName,
    /// Base of periods before treatment: the one before each, or the last before treatment for all
    #[arg(long, value_enum, default_value_t = BaseName::Varying)]
    base: BaseName,
    /// Periods before treatment in which units may already react
    #[arg(long, default_value_t = 0)]
    anticipation: u32,
    /// Draws of the multiplier bootstrap, for the critical value and the bands
    #[arg(long, default_value_t = 1000)]
    draws: usize,
    /// Column that names the cluster [default: the unit]
    #[arg(long)]
    cluster: Option<String>,
    /// Column with weights
    #[arg(long)]
    weights: Option<String>,
    /// Units not seen in every period: leave out, or compare means of rows
    #[arg(long, value_enum, default_value_t = UnbalancedName::Drop)]
    unbalanced: UnbalancedName,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ControlName {
    Never,
    NotYet,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum MethodName {
    Dr,
    Ipw,
    #[value(alias = "reg")]
    Or,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum EstimatorName {
    Cs,
    Sunab,
    Imputation,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum BaseName {
    Varying,
    Universal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum UnbalancedName {
    Drop,
    Keep,
}

/// The panel as read: rows that can be used.
struct Read<'t> {
    names: Vec<&'t str>,
    unit: Vec<usize>,
    time: Vec<f64>,
    outcome: Vec<f64>,
    first: Vec<Option<f64>>,
    covariates: Vec<Vec<f64>>,
    weights: Option<Vec<f64>>,
    cluster: Option<Vec<usize>>,
    /// Position among the table's rows.
    rows: Vec<usize>,
    axis: Axis,
    dropped: Dropped,
}

/// What an estimator did not use.
#[derive(Default)]
struct Unused {
    /// Units not seen in every period.
    incomplete: Vec<usize>,
    /// Periods from this one on.
    cut_from: Option<f64>,
    /// Treated rows without anything to impute them from.
    not_imputed: usize,
}

/// What a method's numbers are turned into.
struct Shown {
    unused: Unused,
    att_gt: Vec<Value>,
    /// simple, group, dynamic, calendar in this order: name of the key, overall, lines.
    parts: Vec<(&'static str, &'static str, Option<Part>)>,
    result: Map<String, Value>,
    overall: Option<(&'static str, Ci)>,
}

struct Part {
    overall: Ci,
    by: Vec<(f64, Ci)>,
    critical: Option<f64>,
}

/// An average with its interval and p value.
#[derive(Clone, Copy)]
struct Ci {
    att: f64,
    se: Option<f64>,
    bounds: Option<(f64, f64)>,
    p: Option<f64>,
}

pub fn run(args: &StaggeredArgs) -> Result<Answer, CliError> {
    let table = Table::read(&args.common.file)?;
    let cells = Cells::new(&table);
    let read = read(args, &cells)?;
    let panel = Panel {
        unit: &read.unit,
        time: &read.time,
        outcome: &read.outcome,
        first_treated: &read.first,
        covariates: &read.covariates,
        weights: read.weights.as_deref(),
        cluster: read.cluster.as_deref(),
    };
    let prepared = staggered::prepare(panel).map_err(|e| explain(&e, &read, &cells))?;
    let mut warnings = Vec::new();
    left_out(&prepared, &read, &mut warnings);
    let shown = on_threads(args.common.threads, || match args.estimator {
        EstimatorName::Cs => callaway_santanna(args, &read, &prepared, &mut warnings),
        EstimatorName::Sunab => sun_abraham(args, &read, &prepared, &mut warnings),
        EstimatorName::Imputation => impute(args, &read, &prepared, &mut warnings),
    })
    .map_err(|e| match e {
        // The panel itself has treated units, or it would have been refused above.
        Error::NoTreated => theirs(match args.estimator {
            EstimatorName::Imputation => {
                "estimate the effect: no treated row has an untreated row of its unit and of its period to learn from".into()
            }
            _ => format!(
                "estimate the effect: no cohort of units seen in every period has a period before its treatment and the {} of anticipation",
                args.anticipation
            ),
        }),
        e => explain(&e, &read, &cells),
    })?;
    few(&prepared, &read, &mut warnings);
    let mut options = args.common.options();
    record(args, &mut options);
    let text = text(args, &read, &shown);
    let left = unused_rows(&read, &prepared, &shown.unused);
    let n_rows = read.rows.len() - left.len();
    let mut result = Map::new();
    result.insert("att_gt".into(), Value::Array(shown.att_gt));
    for (key, by, part) in &shown.parts {
        result.insert((*key).into(), part_json(&read, key, by, part.as_ref()));
    }
    result.extend(shown.result);
    let mut dropped = read.dropped;
    for why in left {
        dropped.add(why);
    }
    Ok(Answer { n_rows, dropped, options, warnings, result, text })
}

/// Why rows that could be read did not enter the estimate, once for each.
fn unused_rows(read: &Read<'_>, p: &Prepared<'_>, unused: &Unused) -> Vec<&'static str> {
    let mut why: BTreeMap<usize, &'static str> =
        p.treated_from_start.iter().map(|u| (*u, "unit treated from the first period on")).collect();
    why.extend(unused.incomplete.iter().map(|u| (*u, "unit not seen in every period")));
    let mut left: Vec<&'static str> = read
        .unit
        .iter()
        .zip(&read.time)
        .filter_map(|(unit, time)| {
            let late = unused.cut_from.is_some_and(|from| *time >= from);
            why.get(unit).copied().or_else(|| late.then_some("period in which no unit stays untreated"))
        })
        .collect();
    left.extend(std::iter::repeat_n(
        "treated row without an untreated row of its unit or period",
        unused.not_imputed,
    ));
    left
}

fn read<'t>(args: &StaggeredArgs, cells: &Cells<'t>) -> Result<Read<'t>, CliError> {
    let unit = cells.text(&args.unit)?;
    let time = cells.text(&args.time)?;
    let outcome = cells.numbers_or_missing(&args.outcome)?;
    let first = cells.text_or_missing(&args.first_treated)?;
    let weights = args.weights.as_ref().map(|c| cells.numbers_or_missing(c)).transpose()?;
    let cluster = args.cluster.as_ref().map(|c| cells.text_or_missing(c)).transpose()?;
    let covariates: Vec<Vec<Option<f64>>> =
        args.covariates.iter().map(|c| cells.numbers_or_missing(c)).collect::<Result<_, _>>()?;
    if let (Some(w), Some(c)) = (&weights, &args.weights)
        && let Some(row) = w.iter().position(|w| w.is_some_and(|w| w < 0.0))
    {
        return Err(cells.wrong(c, row, "a weight of 0 or more"));
    }
    let axis = when::read(&time).map_err(|(i, expected)| cells.wrong(&args.time, i, expected))?;
    let mut starts: BTreeMap<&str, Option<f64>> = BTreeMap::new();
    let mut dropped = Dropped::default();
    let (mut units, mut clusters) = (BTreeMap::new(), BTreeMap::new());
    let mut r = Read {
        names: Vec::new(),
        unit: Vec::new(),
        time: Vec::new(),
        outcome: Vec::new(),
        first: Vec::new(),
        covariates: vec![Vec::new(); covariates.len()],
        weights: weights.as_ref().map(|_| Vec::new()),
        cluster: cluster.as_ref().map(|_| Vec::new()),
        rows: Vec::new(),
        axis,
        dropped: Dropped::default(),
    };
    for row in 0..cells.len() {
        let gone = |v: &[Option<f64>]| v.get(row).copied().flatten().is_none();
        let missing = if gone(&outcome) {
            Some(&args.outcome)
        } else if weights.as_ref().is_some_and(|w| gone(w)) {
            args.weights.as_ref()
        } else if cluster.as_ref().is_some_and(|c| c.get(row).copied().flatten().is_none()) {
            args.cluster.as_ref()
        } else {
            args.covariates.iter().zip(&covariates).find(|(_, v)| gone(v)).map(|(c, _)| c)
        };
        if let Some(column) = missing {
            dropped.add(format!("no value in column \"{column}\""));
            continue;
        }
        let begins = match first.get(row).copied().flatten() {
            None => None,
            Some(text) => match starts.get(text) {
                Some(known) => *known,
                None => {
                    let value = first_treated(&r.axis, text).ok_or_else(|| {
                        cells.wrong(
                            &args.first_treated,
                            row,
                            "a period written as in the time column, 0, or nothing",
                        )
                    })?;
                    starts.insert(text, value);
                    value
                }
            },
        };
        let (Some(name), Some(moment), Some(y)) =
            (unit.get(row).copied(), r.axis.moments.get(row), outcome.get(row).copied().flatten())
        else {
            continue;
        };
        let next = units.len();
        let number = *units.entry(name).or_insert(next);
        if number == r.names.len() {
            r.names.push(name);
        }
        r.time.push(moment.key);
        r.unit.push(number);
        r.outcome.push(y);
        r.first.push(begins);
        for (to, from) in r.covariates.iter_mut().zip(&covariates) {
            to.extend(from.get(row).copied().flatten());
        }
        if let (Some(to), Some(from)) = (&mut r.weights, &weights) {
            to.extend(from.get(row).copied().flatten());
        }
        if let (Some(to), Some(from)) = (&mut r.cluster, &cluster)
            && let Some(c) = from.get(row).copied().flatten()
        {
            let next = clusters.len();
            to.push(*clusters.entry(c).or_insert(next));
        }
        r.rows.push(row);
    }
    r.dropped = dropped;
    Ok(r)
}

/// The first treated period; the inner `None` is never.
fn first_treated(axis: &Axis, text: &str) -> Option<Option<f64>> {
    if let Ok(v) = text.parse::<f64>() {
        if v.is_infinite() || v.abs() < 1e-9 {
            return Some(None);
        }
        if axis.scale != Scale::Number && v > 9999.0 && axis.place(text).is_none() {
            return Some(None);
        }
    }
    if ["never", "none"].iter().any(|w| text.eq_ignore_ascii_case(w)) {
        return Some(None);
    }
    axis.place(text).map(|m| Some(m.key))
}

/// Errors of the estimators, with the file's own names and lines.
fn explain(e: &Error, read: &Read<'_>, cells: &Cells<'_>) -> CliError {
    let line = |i: usize| read.rows.get(i).map_or(0, |r| cells.line(*r));
    let name = |u: usize| read.names.get(u).copied().unwrap_or_default();
    theirs(match e {
        Error::Repeated { first, second } => {
            format!("read the panel: lines {} and {} are the same unit in the same period", line(*first), line(*second))
        }
        Error::Changes { unit, what, first, second } => format!(
            "read the panel: unit {} changes its {what} between lines {} and {}",
            name(*unit),
            line(*first),
            line(*second)
        ),
        Error::Value { row } => format!("read the panel: line {} holds a value that cannot be used", line(*row)),
        Error::NoNever => {
            "estimate the effect: no unit stays untreated; with --control not-yet, units not treated yet serve as controls".into()
        }
        other => other.to_string(),
    })
}

/// Up to ten names, then how many more.
fn listed(names: &[&str]) -> String {
    let shown: Vec<&str> = names.iter().take(10).copied().collect();
    match names.len() {
        n if n > 10 => format!("{} and {} more", shown.join(", "), n - 10),
        _ => shown.join(", "),
    }
}

fn named(units: &[usize], read: &Read<'_>) -> String {
    listed(&units.iter().filter_map(|u| read.names.get(*u).copied()).collect::<Vec<_>>())
}

fn left_out(p: &Prepared<'_>, read: &Read<'_>, warnings: &mut Vec<String>) {
    if !p.treated_from_start.is_empty() {
        warnings.push(format!(
            "{} units were treated from the first period on and were left out, there is no before: {}",
            p.treated_from_start.len(),
            named(&p.treated_from_start, read)
        ));
    }
    if !p.treated_later.is_empty() {
        warnings.push(format!(
            "{} units are treated only after the last period and count as never treated: {}",
            p.treated_later.len(),
            named(&p.treated_later, read)
        ));
    }
}

/// Warnings about small numbers.
fn few(p: &Prepared<'_>, read: &Read<'_>, warnings: &mut Vec<String>) {
    let sizes = p.cohort_sizes();
    let cohorts = |wanted: &dyn Fn(usize) -> bool| -> Vec<String> {
        p.groups.iter().zip(&sizes).filter(|(_, n)| wanted(**n)).map(|(g, _)| read.axis.label(*g)).collect()
    };
    let single = cohorts(&|n| n == 1);
    if !single.is_empty() {
        warnings.push(format!(
            "cohorts of one unit ({}): the estimate stands, its error knows only how the controls vary",
            single.join(", ")
        ));
    }
    let small = cohorts(&|n| (2..5).contains(&n));
    if !small.is_empty() {
        warnings.push(format!(
            "cohorts of fewer than five units ({}): their errors are unreliable",
            small.join(", ")
        ));
    }
    let treated: usize = sizes.iter().sum();
    if treated < 10 {
        warnings.push(format!(
            "only {treated} treated units: errors that rest on many units are too small; use analyze synth or a shuffle test beside them"
        ));
    }
    if p.n_clusters < 30 {
        warnings.push(format!("only {} clusters: errors tend to be too small under 30", p.n_clusters));
    }
}

fn normal(a: &Average, level: f64) -> Ci {
    Ci { att: a.att, se: a.se, bounds: a.interval(level), p: a.p() }
}

/// Standard error, limits and p value that are undefined say so.
fn part_of(a: Option<Aggregate>, level: f64, critical: Option<f64>) -> Option<Part> {
    a.map(|a| Part {
        overall: normal(&a.overall, level),
        by: a.by.iter().map(|l| (l.key, normal(&l.average, level))).collect(),
        critical,
    })
}

fn callaway_santanna(
    args: &StaggeredArgs,
    read: &Read<'_>,
    p: &Prepared<'_>,
    warnings: &mut Vec<String>,
) -> Result<Shown, Error> {
    let options = Options {
        controls: match args.control {
            ControlName::Never => Controls::Never,
            ControlName::NotYet => Controls::NotYet,
        },
        method: match args.method {
            MethodName::Dr => Method::DoublyRobust,
            MethodName::Ipw => Method::Ipw,
            MethodName::Or => Method::OutcomeRegression,
        },
        base: match args.base {
            BaseName::Varying => Base::Varying,
            BaseName::Universal => Base::Universal,
        },
        anticipation: args.anticipation,
        unbalanced: match args.unbalanced {
            UnbalancedName::Drop => Unbalanced::DropUnits,
            UnbalancedName::Keep => Unbalanced::CrossSections,
        },
    };
    let a = staggered::att_gt(p, &options)?;
    let level = args.common.level;
    let draws = Draws::new(&a, args.draws, args.common.seed);
    if !a.dropped_incomplete.is_empty() {
        warnings.push(format!(
            "{} units are not seen in every period and were left out ({}); --unbalanced keep compares means of rows instead",
            a.dropped_incomplete.len(),
            named(&a.dropped_incomplete, read)
        ));
    } else if args.unbalanced == UnbalancedName::Keep && !p.incomplete.is_empty() {
        warnings.push(format!(
            "{} units are not seen in every period; their rows count as repeated cross-sections",
            p.incomplete.len()
        ));
    }
    cut(a.cut_from, read, warnings);
    no_base(args, read, p, &a, warnings);
    for (why, sentence) in [
        (NoEstimate::Empty, "no unit seen in both periods on one of the sides"),
        (NoEstimate::NoOverlap, "treated units whose covariates no control has (propensity 0.999 or more)"),
        (NoEstimate::Singular, "too few controls for the covariates, or covariates that repeat each other"),
    ] {
        let without: Vec<String> = a
            .cells
            .iter()
            .filter(|c| c.missing == Some(why))
            .map(|c| format!("({}, {})", read.axis.label(c.group), read.axis.label(c.time)))
            .collect();
        if !without.is_empty() {
            let list = listed(&without.iter().map(String::as_str).collect::<Vec<_>>());
            warnings.push(format!(
                "{} cells have no estimate and are left out of averages: {sentence}: {list}",
                without.len()
            ));
        }
    }
    if args.base == BaseName::Universal {
        warnings.push(
            "the base period of each cohort is 0 by definition, so its se, lower and upper are null".into(),
        );
    }
    warnings.push(
        match args.base {
            BaseName::Varying => "cells before treatment are changes from the period before (base varying); with --base universal they are distances from the last period before treatment",
            BaseName::Universal => "cells before treatment are distances from the last period before treatment (base universal)",
        }
        .into(),
    );
    let (simple, group, dynamic, calendar) =
        (aggregate::simple(&a), aggregate::group(&a), aggregate::dynamic(&a), aggregate::calendar(&a));
    let lines = |g: &Option<Aggregate>| g.as_ref().and_then(|g| draws.lines(&g.by, level));
    let critical = draws.cells(&a, level);
    if critical.is_none() {
        warnings.push("the critical value is undefined: no draws, or no cell with a standard error".into());
    }
    let att_gt = a
        .cells
        .iter()
        .map(|c| {
            let average = c.att.map(|att| Average { att, se: c.se });
            let bounds = average.and_then(|x| x.interval(level));
            let band = critical.zip(c.att.zip(c.se)).map(|(c, (att, se))| (att - c * se, att + c * se));
            let mut o = cell_json(read, c.group, c.time, c.att, c.se, bounds);
            o.insert("band_lower".into(), maybe(band.map(|b| b.0)));
            o.insert("band_upper".into(), maybe(band.map(|b| b.1)));
            o.insert("n_treated".into(), json!(c.n_treated));
            o.insert("n_control".into(), json!(c.n_control));
            Value::Object(o)
        })
        .collect();

    let mut result = Map::new();
    result.insert("pretest".into(), pretest_json(&a, warnings));
    result.insert(
        "sensitivity".into(),
        sensitivity(args.common.level, read, &a, dynamic.as_ref(), &draws, warnings),
    );
    result.insert("critical_value".into(), maybe(critical));
    result.insert("n_units".into(), json!(a.n_units));
    result.insert("n_clusters".into(), json!(a.n_clusters));
    result.insert("n_never".into(), json!(a.n_never));
    result.insert("cohorts".into(), cohorts_json(read, &a.groups, &a.cohort_sizes));
    let overall = group.as_ref().map(|g| ("group", normal(&g.overall, level)));
    let (c_group, c_dynamic, c_calendar) = (lines(&group), lines(&dynamic), lines(&calendar));
    Ok(Shown {
        unused: Unused { incomplete: a.dropped_incomplete, cut_from: a.cut_from, ..Unused::default() },
        att_gt,
        parts: vec![
            ("simple", "", part_of(simple, level, None)),
            ("group", "group", part_of(group, level, c_group)),
            ("dynamic", "event_time", part_of(dynamic, level, c_dynamic)),
            ("calendar", "time", part_of(calendar, level, c_calendar)),
        ],
        result,
        overall,
    })
}

/// Cohorts without a period before treatment (and before anticipation) to measure from.
fn no_base(
    args: &StaggeredArgs,
    read: &Read<'_>,
    p: &Prepared<'_>,
    a: &staggered::AttGt,
    warnings: &mut Vec<String>,
) {
    let first = p.times.first().copied().unwrap_or(f64::NEG_INFINITY) + f64::from(args.anticipation);
    for g in p.groups.iter().filter(|g| **g <= first && a.cells.iter().all(|c| (c.group - **g).abs() > 1e-9))
    {
        let mut units: Vec<usize> = read
            .unit
            .iter()
            .zip(&read.first)
            .filter(|(_, f)| f.is_some_and(|f| (f - g).abs() < 1e-9))
            .map(|(u, _)| *u)
            .collect();
        units.sort_unstable();
        units.dedup();
        warnings.push(format!(
            "cohort {} has no estimate: no period lies before its treatment and the {} of anticipation; its units: {}",
            read.axis.label(*g),
            args.anticipation,
            named(&units, read)
        ));
    }
}

fn pretest_json(a: &staggered::AttGt, warnings: &mut Vec<String>) -> Value {
    if let Some(t) = a.pretest {
        warnings.push(
            "a pretest that does not reject is no proof of parallel trends; see sensitivity for how wrong they may be".into(),
        );
        return json!({ "statistic": number(t.statistic), "df": t.df, "p": number(t.p) });
    }
    warnings.push(if a.n_pre == 0 {
        "there is no pretest: no period before treatment can be compared".into()
    } else {
        format!(
            "there is no pretest: the covariance of the {} cells before treatment is singular (cohorts too small). This does not mean that trends were parallel",
            a.n_pre
        )
    });
    json!({ "statistic": null, "df": a.n_pre, "p": null })
}

const M_BARS: [f64; 5] = [0.0, 0.5, 1.0, 1.5, 2.0];

fn sensitivity(
    level: f64,
    read: &Read<'_>,
    a: &staggered::AttGt,
    dynamic: Option<&Aggregate>,
    draws: &Draws,
    warnings: &mut Vec<String>,
) -> Value {
    let bounds = dynamic.map_or(Err(NoBounds::NoPre), |d| relative_magnitudes(a, d, &M_BARS, level, draws));
    match bounds {
        Ok(bounds) => {
            warnings.push(
                "sensitivity: relative magnitudes as a projection over a joint confidence region; valid, and wider than the conditional tests of Rambachan and Roth".into(),
            );
            bounds
                .iter()
                .map(|b| {
                    json!({
                        "event_time": b.event_time.map_or(Value::Null, |e| key_json(read, "event_time", e)),
                        "target": if b.event_time.is_some() { "event_time" } else { "average over event times from 0" },
                        "m_bar": b.m_bar,
                        "lower": number(b.interval.0),
                        "upper": number(b.interval.1),
                        "identified_lower": number(b.identified.0),
                        "identified_upper": number(b.identified.1),
                    })
                })
                .collect()
        }
        Err(why) => {
            warnings.push(
                match why {
                    NoBounds::NoPre => {
                        "sensitivity is empty: no difference before treatment to measure violations by"
                    }
                    NoBounds::NoDraws => "sensitivity is empty: it needs --draws",
                }
                .into(),
            );
            json!([])
        }
    }
}

fn cut(from: Option<f64>, read: &Read<'_>, warnings: &mut Vec<String>) {
    if let Some(from) = from {
        warnings.push(format!(
            "no unit stays untreated: the last cohort serves as control and periods from {} on are left out",
            read.axis.label(from)
        ));
    }
}

/// Warnings and keys shared by the two estimators without influence functions by cell.
fn other_estimator(name: &str, result: &mut Map<String, Value>, warnings: &mut Vec<String>) {
    warnings.push(format!(
        "pretest, sensitivity and critical_value belong to --estimator cs; with {name} they are empty"
    ));
    result.insert("pretest".into(), json!({ "statistic": null, "df": null, "p": null }));
    result.insert("sensitivity".into(), json!([]));
    result.insert("critical_value".into(), Value::Null);
}

fn ignored(args: &StaggeredArgs, name: &str, warnings: &mut Vec<String>) {
    if args.control == ControlName::NotYet
        || args.method != MethodName::Dr
        || args.base == BaseName::Universal
    {
        warnings.push(format!("--control, --method and --base belong to --estimator cs; {name} has its own"));
    }
}

fn sun_abraham(
    args: &StaggeredArgs,
    read: &Read<'_>,
    p: &Prepared<'_>,
    warnings: &mut Vec<String>,
) -> Result<Shown, Error> {
    ignored(args, "sunab", warnings);
    let s = sunab::sunab(p, args.anticipation)?;
    let level = args.common.level;
    cut(s.cut_from, read, warnings);
    for c in s.dependent_covariates.iter().filter_map(|c| args.covariates.get(*c)) {
        warnings
            .push(format!("{c} does not vary within units or repeats another column, so it was left out"));
    }
    let undefined = s.cells.iter().filter(|c| c.att.is_none()).count();
    if undefined > 0 {
        warnings.push(format!("{undefined} cells cannot be told from other terms; they have no estimate and are left out of averages"));
    }
    let ci = |a: &Average| Ci { att: a.att, se: a.se, bounds: s.interval(a, level), p: s.p(a) };
    let lines = |v: &[(f64, Average)]| v.iter().map(|(k, a)| (*k, ci(a))).collect::<Vec<_>>();
    let att_gt = s
        .cells
        .iter()
        .map(|c| {
            let bounds = c.att.and_then(|att| s.interval(&Average { att, se: c.se }, level));
            let mut o = cell_json(read, c.group, c.time, c.att, c.se, bounds);
            o.insert("n_treated".into(), json!(c.n));
            Value::Object(o)
        })
        .collect();
    let mut result = Map::new();
    other_estimator("sunab", &mut result, warnings);
    let covariates: Vec<Value> = args
        .covariates
        .iter()
        .zip(&s.covariates)
        .enumerate()
        .filter(|(i, _)| !s.dependent_covariates.contains(i))
        .map(|(_, (name, a))| {
            let c = ci(a);
            json!({
                "name": name,
                "estimate": number(c.att),
                "se": maybe(c.se),
                "statistic": maybe(c.se.map(|se| c.att / se)),
                "lower": maybe(c.bounds.map(|b| b.0)),
                "upper": maybe(c.bounds.map(|b| b.1)),
                "p": maybe(c.p),
            })
        })
        .collect();
    result.insert("coefficients".into(), Value::Array(covariates));
    result.insert("n_clusters".into(), json!(s.n_clusters));
    result.insert("n_never".into(), json!(p.n_never()));
    result.insert("cohorts".into(), cohorts_json(read, &p.groups, &p.cohort_sizes()));
    let overall = ci(&s.overall);
    // The overall of a breakdown is the same ATT: the regression has one, weighted by rows.
    let part = |by: Vec<(f64, Ci)>| Some(Part { overall, by, critical: None });
    Ok(Shown {
        unused: Unused { cut_from: s.cut_from, ..Unused::default() },
        att_gt,
        parts: vec![
            ("simple", "", part(Vec::new())),
            ("group", "group", part(lines(&s.group))),
            ("dynamic", "event_time", part(lines(&s.dynamic))),
            ("calendar", "time", part(lines(&s.calendar))),
        ],
        result,
        overall: Some(("simple", overall)),
    })
}

fn impute(
    args: &StaggeredArgs,
    read: &Read<'_>,
    p: &Prepared<'_>,
    warnings: &mut Vec<String>,
) -> Result<Shown, Error> {
    ignored(args, "imputation", warnings);
    let i = imputation::imputation(p, args.anticipation)?;
    let level = args.common.level;
    if i.not_imputed > 0 {
        warnings.push(format!(
            "{} treated rows could not be imputed (no untreated row of their unit or period) and were left out",
            i.not_imputed
        ));
    }
    warnings.push("imputation estimates periods from treatment on only; periods before it are part of what it learns from".into());
    let att_gt = i
        .cells
        .iter()
        .map(|(g, t, a)| Value::Object(cell_json(read, *g, *t, Some(a.att), a.se, a.interval(level))))
        .collect();
    let lines = |v: &[(f64, Average)]| v.iter().map(|(k, a)| (*k, normal(a, level))).collect::<Vec<_>>();
    let mut result = Map::new();
    other_estimator("imputation", &mut result, warnings);
    result.insert("n_clusters".into(), json!(p.n_clusters));
    result.insert("n_never".into(), json!(p.n_never()));
    result.insert("n_treated_rows".into(), json!(i.n_treated_rows));
    result.insert("n_untreated_rows".into(), json!(i.n_untreated_rows));
    result.insert("cohorts".into(), cohorts_json(read, &p.groups, &p.cohort_sizes()));
    let overall = normal(&i.overall, level);
    let part = |by: Vec<(f64, Ci)>| Some(Part { overall, by, critical: None });
    Ok(Shown {
        unused: Unused { not_imputed: i.not_imputed, ..Unused::default() },
        att_gt,
        parts: vec![
            ("simple", "", part(Vec::new())),
            ("group", "group", part(lines(&i.group))),
            ("dynamic", "event_time", part(lines(&i.dynamic))),
            ("calendar", "time", part(lines(&i.calendar))),
        ],
        result,
        overall: Some(("simple", overall)),
    })
}

fn cohorts_json(read: &Read<'_>, groups: &[f64], sizes: &[usize]) -> Value {
    groups
        .iter()
        .zip(sizes)
        .map(|(g, n)| json!({ "group": key_json(read, "group", *g), "n_units": n }))
        .collect()
}

/// Numbers stay numbers; calendar periods are written out; times since treatment are counts of periods.
fn key_json(read: &Read<'_>, by: &str, key: f64) -> Value {
    if by == "event_time" { when::plain(key) } else { read.axis.value(key) }
}

fn cell_json(
    read: &Read<'_>,
    group: f64,
    time: f64,
    att: Option<f64>,
    se: Option<f64>,
    bounds: Option<(f64, f64)>,
) -> Map<String, Value> {
    let mut o = Map::new();
    o.insert("group".into(), key_json(read, "group", group));
    o.insert("time".into(), key_json(read, "time", time));
    o.insert("att".into(), maybe(att));
    o.insert("se".into(), maybe(se));
    o.insert("lower".into(), maybe(bounds.map(|b| b.0)));
    o.insert("upper".into(), maybe(bounds.map(|b| b.1)));
    o
}

fn ci_json(c: &Ci) -> Map<String, Value> {
    let mut o = Map::new();
    o.insert("att".into(), number(c.att));
    o.insert("se".into(), maybe(c.se));
    o.insert("lower".into(), maybe(c.bounds.map(|b| b.0)));
    o.insert("upper".into(), maybe(c.bounds.map(|b| b.1)));
    o
}

fn part_json(read: &Read<'_>, key: &str, by: &str, part: Option<&Part>) -> Value {
    let Some(part) = part else { return Value::Null };
    let mut overall = ci_json(&part.overall);
    overall.insert("p".into(), maybe(part.overall.p));
    let mut o = Map::new();
    o.insert("overall".into(), Value::Object(overall));
    if key != "simple" {
        let lines: Vec<Value> = part
            .by
            .iter()
            .map(|(k, c)| {
                let mut line = Map::new();
                line.insert(by.to_owned(), key_json(read, by, *k));
                line.extend(ci_json(c));
                if let (Some(cv), Some(se)) = (part.critical, c.se) {
                    line.insert("band_lower".into(), number(c.att - cv * se));
                    line.insert("band_upper".into(), number(c.att + cv * se));
                }
                Value::Object(line)
            })
            .collect();
        o.insert("by".into(), Value::Array(lines));
        o.insert("critical_value".into(), maybe(part.critical));
    }
    Value::Object(o)
}

fn record(args: &StaggeredArgs, o: &mut Map<String, Value>) {
    let mut put = |k: &str, v: Value| {
        o.insert(k.into(), v);
    };
    let cs = args.estimator == EstimatorName::Cs;
    put(
        "estimator",
        json!(match args.estimator {
            EstimatorName::Cs => "cs",
            EstimatorName::Sunab => "sunab",
            EstimatorName::Imputation => "imputation",
        }),
    );
    if cs {
        put("control", json!(if args.control == ControlName::Never { "never" } else { "not-yet" }));
        put(
            "method",
            json!(match args.method {
                MethodName::Dr => "dr",
                MethodName::Ipw => "ipw",
                MethodName::Or => "or",
            }),
        );
        put("base", json!(if args.base == BaseName::Varying { "varying" } else { "universal" }));
        put("draws", json!(args.draws));
        put("unbalanced", json!(if args.unbalanced == UnbalancedName::Drop { "drop" } else { "keep" }));
        put("headline", json!("group"));
    }
    put("covariates", json!(args.covariates));
    put("anticipation", json!(args.anticipation));
    put("cluster", json!(args.cluster.as_ref().unwrap_or(&args.unit)));
    put("weights", json!(args.weights));
    put("interval", json!(if args.estimator == EstimatorName::Sunab { "t, clusters - 1" } else { "normal" }));
}

fn text(args: &StaggeredArgs, read: &Read<'_>, shown: &Shown) -> String {
    let mut out = String::new();
    let line = |name: String, c: &Ci| -> Vec<String> {
        vec![
            name,
            short(c.att),
            short_maybe(c.se),
            short_maybe(c.bounds.map(|b| b.0)),
            short_maybe(c.bounds.map(|b| b.1)),
            short_maybe(c.p),
        ]
    };
    let headings = ["average", "effect", "se", "lower", "upper", "p"];
    let mut lines = Vec::new();
    for (key, _, part) in &shown.parts {
        if let Some(part) = part {
            lines.push(line((*key).to_owned(), &part.overall));
        }
    }
    out.push_str(&columns(&headings, &lines));
    for (_, by, part) in shown.parts.iter().filter(|(key, _, _)| *key != "simple") {
        let Some(part) = part else { continue };
        let name = |k: f64| match key_json(read, by, k) {
            Value::String(s) => s,
            other => other.to_string(),
        };
        let lines: Vec<Vec<String>> = part.by.iter().map(|(k, c)| line(name(*k), c)).collect();
        let _ = write!(out, "\n{}", columns(&[*by, "effect", "se", "lower", "upper", "p"], &lines));
    }
    if let Some((which, c)) = &shown.overall {
        let about = match *which {
            "group" => "Units that got the measure saw, averaged over their cohorts,",
            _ => "Treated units and periods saw, on average,",
        };
        let _ = write!(
            out,
            "\n{about} {} of \"{}\" compared with what their controls lead us to expect",
            signed(c.att),
            args.outcome
        );
        match c.bounds {
            Some((l, u)) => {
                let _ = write!(
                    out,
                    "; with {:.0} % confidence between {} and {}.",
                    args.common.level * 100.0,
                    signed(l),
                    signed(u)
                );
            }
            None => out.push('.'),
        }
        out.push_str(" This holds as far as both would have moved alike without it.\n");
    }
    out
}

fn signed(v: f64) -> String {
    if v > 0.0 { format!("+{}", short(v)) } else { short(v) }
}
