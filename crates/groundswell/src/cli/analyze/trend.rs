//! `groundswell analyze trend`: is the newest count of a series higher than its past explains?
//!
//! Owns reading the series and saying what happened; the detectors are `stats::{farrington, ears, cusum}`.

use std::collections::BTreeMap;

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};
use stats::farrington::{Note, Options, RecentCases, Series, Threshold, Trend};
use stats::{cusum, ears, farrington};

use super::cells::{Cells, theirs};
use super::output::{Answer, columns, maybe, short_maybe};
use super::table::Table;
use super::when::{self, Axis};
use super::{CliError, Common};

#[derive(Debug, Args)]
pub struct TrendArgs {
    #[command(flatten)]
    pub common: Common,
    /// Column with the period: an ISO day, a month, an ISO week or a whole number
    #[arg(long)]
    time: String,
    /// Column with the count; empty where the period was not reported
    #[arg(long)]
    count: String,
    /// Column that names the series, where the file holds several
    #[arg(long)]
    by: Option<String>,
    /// The detector
    #[arg(long, value_enum)]
    method: Method,
    /// Judge only this many periods at the end of each series
    #[arg(long)]
    last: Option<usize>,
    /// Periods in a year: a year ago is this many rows ago
    #[arg(long, default_value_t = 52)]
    frequency: usize,
    /// Years of history
    #[arg(long, default_value_t = 5)]
    years_back: usize,
    /// Periods on either side of the same time of earlier years
    #[arg(long, default_value_t = 3)]
    half_window: usize,
    /// Keep the trend always, only when its p value is under 0.05, or never
    #[arg(long, value_enum, default_value_t = TrendRule::Always)]
    trend: TrendRule,
    /// No alarm with fewer than this many cases in this many periods: `5,4`, or `off`
    #[arg(long, default_value = "5,4")]
    limit54: String,
    /// Tail probability of the bound
    #[arg(long, default_value_t = 0.005)]
    alpha: f64,
    /// Flexible bound: quantile of a negative binomial, delta, or muan
    #[arg(long, value_enum, default_value_t = Bound::NbPlugin)]
    threshold: Bound,
    /// Seasonal levels of the flexible model [default: 10, or as many as the year has room for]
    #[arg(long)]
    seasonal_periods: Option<usize>,
    /// Newest periods the flexible model leaves out of its history [default: half a year]
    #[arg(long)]
    exclude_recent: Option<usize>,
    /// Column with the people or person-time behind each count
    #[arg(long)]
    exposure: Option<String>,
    /// Periods in the baseline of EARS
    #[arg(long, default_value_t = 7)]
    baseline: usize,
    /// CUSUM: what a period may deviate without adding to the sum, in standard deviations
    #[arg(long, default_value_t = 1.04)]
    k: f64,
    /// CUSUM: the bar
    #[arg(long, default_value_t = 2.26)]
    h: f64,
    /// CUSUM: how counts are put on a common scale
    #[arg(long, value_enum, default_value_t = Standardise::Standard)]
    standardise: Standardise,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Method {
    Farrington,
    FarringtonFlexible,
    EarsC1,
    EarsC2,
    EarsC3,
    Cusum,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TrendRule {
    Always,
    Tested,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Bound {
    NbPlugin,
    Delta,
    Muan,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Standardise {
    Standard,
    Rossi,
}

impl Method {
    fn word(self) -> &'static str {
        match self {
            Method::Farrington => "farrington",
            Method::FarringtonFlexible => "farrington-flexible",
            Method::EarsC1 => "ears-c1",
            Method::EarsC2 => "ears-c2",
            Method::EarsC3 => "ears-c3",
            Method::Cusum => "cusum",
        }
    }

    fn rule(self) -> Option<ears::Rule> {
        match self {
            Method::EarsC1 => Some(ears::Rule::C1),
            Method::EarsC2 => Some(ears::Rule::C2),
            Method::EarsC3 => Some(ears::Rule::C3),
            _ => None,
        }
    }
}

/// One series in time order.
struct Run {
    name: Option<String>,
    /// Position of each period among the table's rows.
    rows: Vec<usize>,
    counts: Vec<Option<f64>>,
    exposure: Option<Vec<f64>>,
}

/// A judged period, whatever the detector.
struct Judged {
    at: usize,
    expected: Option<f64>,
    upper: Option<f64>,
    score: Option<f64>,
    alarm: bool,
    more: Map<String, Value>,
}

/// Sentences that hold for many periods, with how often.
#[derive(Default)]
struct Said(BTreeMap<String, usize>);

impl Said {
    fn say(&mut self, sentence: impl Into<String>) {
        *self.0.entry(sentence.into()).or_default() += 1;
    }

    fn sentences(self) -> Vec<String> {
        self.0
            .into_iter()
            .map(|(s, n)| if n > 1 { format!("{n} periods: {s}") } else { format!("1 period: {s}") })
            .collect()
    }
}

pub fn run(args: &TrendArgs) -> Result<Answer, CliError> {
    let table = Table::read(&args.common.file)?;
    let cells = Cells::new(&table);
    let entries = cells.text(&args.time)?;
    let axis = when::read(&entries).map_err(|(i, expected)| cells.wrong(&args.time, i, expected))?;
    let mut warnings = Vec::new();
    let runs = series(args, &cells, &axis, &mut warnings)?;
    let limit = limit54(&args.limit54)?;
    let alpha = args.alpha;
    if !(alpha > 0.0 && alpha < 1.0) {
        return Err(theirs(format!("use --alpha {alpha}: it lies between 0 and 1")));
    }
    if args.last == Some(0) {
        return Err(theirs("use --last 0: give 1 or more periods to judge"));
    }
    if args.method == Method::Cusum
        && !(args.k.is_finite() && args.h.is_finite() && args.k >= 0.0 && args.h > 0.0)
    {
        return Err(theirs(format!(
            "use --k {} and --h {}: k is 0 or more and h over 0, in standard deviations",
            args.k, args.h
        )));
    }
    let settings = settings(args, alpha, limit, &mut warnings);
    let mut said = Said::default();
    let mut points = Vec::new();
    let mut lines: Vec<Vec<String>> = Vec::new();
    let mut alarms = 0;
    let mut short: Vec<(String, String)> = Vec::new();
    let mut judged_total = 0;
    for r in &runs {
        let name = r.name.clone().unwrap_or_else(|| "the series".into());
        let judged = match judge(args, &settings, alpha, r, &mut said) {
            Ok(j) => j,
            Err(why) => {
                short.push((name, why));
                continue;
            }
        };
        for j in judged {
            judged_total += 1;
            let row = r.rows.get(j.at).copied().unwrap_or_default();
            let label = entries.get(row).copied().unwrap_or_default();
            let observed = r.counts.get(j.at).copied().flatten();
            alarms += usize::from(j.alarm);
            let mut line: Vec<String> = r.name.iter().cloned().collect();
            line.push(label.trim().to_owned());
            line.extend([observed, j.expected, j.upper, j.score].map(short_maybe));
            line.push(if j.alarm { "alarm" } else { "" }.to_owned());
            lines.push(line);
            let mut point = Map::new();
            point.insert("by".into(), r.name.clone().map_or(Value::Null, Value::String));
            point.insert("time".into(), axis.moments.get(row).map_or(Value::Null, |m| axis.value(m.key)));
            point.insert("observed".into(), maybe(observed));
            point.insert("expected".into(), maybe(j.expected));
            point.insert("upper_bound".into(), maybe(j.upper));
            point.insert("score".into(), maybe(j.score));
            point.insert("alarm".into(), json!(j.alarm));
            point.extend(j.more);
            points.push(Value::Object(point));
        }
    }
    if judged_total == 0 {
        let (name, why) =
            short.first().cloned().unwrap_or_else(|| ("the series".into(), "it has no rows".into()));
        return Err(theirs(format!("judge {name}: {why}")));
    }
    for (name, why) in short {
        warnings.push(format!("{name} was not judged: {why}"));
    }
    warnings.extend(said.sentences());
    if runs.len() > 1 {
        warnings.push(format!(
            "{} series were judged one by one{}",
            runs.len(),
            by_chance(args.method, alpha)
        ));
    }
    let mut headings = vec!["period", "count", "expected", "bound", "score", ""];
    if args.by.is_some() {
        headings.insert(0, "series");
    }
    let sentence = format!(
        "\n{alarms} of {judged_total} periods judged are higher than {} us expect. An alarm says that somebody should look, not why.",
        if args.method.rule().is_some() || args.method == Method::Cusum {
            "the periods before let"
        } else {
            "season and trend let"
        }
    );
    let mut answer = Answer {
        n_rows: cells.len(),
        options: settings.options,
        warnings,
        text: columns(&headings, &lines) + &sentence,
        ..Answer::default()
    };
    answer.result.insert("points".into(), Value::Array(points));
    answer.result.insert("n_alarms".into(), json!(alarms));
    answer.result.insert("n_series".into(), json!(runs.len()));
    Ok(answer)
}

/// How often many series alarm for nothing, as far as the detector promises anything about that.
fn by_chance(method: Method, alpha: f64) -> String {
    match method {
        Method::FarringtonFlexible => format!(
            "; about {alpha} of quiet periods raise an alarm by chance. `exceedance` fed to `analyze fdr` controls that over all of them"
        ),
        // Its authors take the 1 - alpha/2 quantile.
        Method::Farrington => format!(
            "; about {} of quiet periods raise an alarm by chance. `exceedance` fed to `analyze fdr` controls that over all of them",
            alpha / 2.0
        ),
        _ => "; the more series, the more alarms by chance, and nothing here corrects for that".into(),
    }
}

struct Settings {
    detector: Options,
    options: Map<String, Value>,
}

fn limit54(text: &str) -> Result<Option<RecentCases>, CliError> {
    let expected = || theirs(format!("use --limit54 {text}: give cases and periods, such as 5,4, or off"));
    if text == "off" {
        return Ok(None);
    }
    let (cases, periods) = text.split_once(',').ok_or_else(expected)?;
    let cases: f64 = cases.trim().parse().map_err(|_| expected())?;
    let periods: usize = periods.trim().parse().map_err(|_| expected())?;
    if cases.is_nan() || cases < 0.0 || periods == 0 {
        return Err(expected());
    }
    Ok(Some(RecentCases { cases, periods }))
}

fn settings(
    args: &TrendArgs,
    alpha: f64,
    limit: Option<RecentCases>,
    warnings: &mut Vec<String>,
) -> Settings {
    let mut options = args.common.options();
    let mut put = |k: &str, v: Value| {
        options.insert(k.into(), v);
    };
    put("method", json!(args.method.word()));
    if args.method != Method::Cusum {
        put("alpha", json!(alpha));
    }
    put("last", json!(args.last));
    let usual = Options::flexible_for(args.frequency, args.half_window);
    let detector = Options {
        frequency: args.frequency,
        years_back: args.years_back,
        half_window: args.half_window,
        alpha,
        recent_cases: limit,
        trend: match args.trend {
            TrendRule::Always => Trend::Always,
            TrendRule::Tested => Trend::Tested(0.05),
            TrendRule::Never => Trend::Never,
        },
        threshold: match args.threshold {
            Bound::NbPlugin => Threshold::NbPlugin,
            Bound::Delta => Threshold::Delta,
            Bound::Muan => Threshold::Muan,
        },
        seasonal_periods: args.seasonal_periods.unwrap_or(usual.seasonal_periods),
        exclude_recent: args.exclude_recent.unwrap_or(usual.exclude_recent),
        ..if args.method == Method::Farrington { Options::original() } else { Options::flexible() }
    };
    match args.method {
        Method::Farrington | Method::FarringtonFlexible => {
            put("frequency", json!(args.frequency));
            put("years_back", json!(args.years_back));
            put("half_window", json!(args.half_window));
            let rule = match args.trend {
                TrendRule::Always => "always",
                TrendRule::Tested => "tested",
                TrendRule::Never => "never",
            };
            put("trend", json!(rule));
            put("limit54", json!(args.limit54));
            put("reweight_above", json!(detector.reweight_above));
            if args.method == Method::FarringtonFlexible {
                let bound = match args.threshold {
                    Bound::NbPlugin => "nb-plugin",
                    Bound::Delta => "delta",
                    Bound::Muan => "muan",
                };
                put("threshold", json!(bound));
                put("seasonal_periods", json!(detector.seasonal_periods));
                put("exclude_recent", json!(detector.exclude_recent));
            } else {
                put("bound", json!("normal on the 2/3 power, quantile 1 - alpha/2"));
                if args.trend == TrendRule::Always {
                    warnings.push(
                        "the trend is kept whatever its p value; the original paper and R surveillance keep it only under 0.05, which --trend tested does".into(),
                    );
                }
            }
        }
        Method::Cusum => {
            put("k", json!(args.k));
            put("h", json!(args.h));
            put(
                "standardise",
                json!(if args.standardise == Standardise::Rossi { "rossi" } else { "standard" }),
            );
        }
        _ => put("baseline", json!(args.baseline)),
    }
    Settings { detector, options }
}

fn series(
    args: &TrendArgs,
    cells: &Cells<'_>,
    axis: &Axis,
    warnings: &mut Vec<String>,
) -> Result<Vec<Run>, CliError> {
    let counts = cells.numbers_or_missing(&args.count)?;
    if let Some(row) = counts.iter().position(|c| c.is_some_and(|c| c < 0.0)) {
        return Err(cells.wrong(&args.count, row, "a count of 0 or more"));
    }
    let exposure = args.exposure.as_ref().map(|c| cells.numbers(c)).transpose()?;
    if let (Some(e), Some(c)) = (&exposure, &args.exposure)
        && let Some(row) = e.iter().position(|e| *e <= 0.0)
    {
        return Err(cells.wrong(c, row, "an exposure over 0"));
    }
    let names = args.by.as_ref().map(|c| cells.text(c)).transpose()?;
    let mut order: Vec<Option<String>> = Vec::new();
    let mut rows_of: BTreeMap<Option<String>, Vec<usize>> = BTreeMap::new();
    for row in 0..cells.len() {
        let name = names.as_ref().and_then(|n| n.get(row)).map(|n| n.trim().to_owned());
        if !rows_of.contains_key(&name) {
            order.push(name.clone());
        }
        rows_of.entry(name).or_default().push(row);
    }
    let key = |row: usize| axis.moments.get(row).map_or(0.0, |m| m.key);
    let mut gaps = 0;
    let mut runs = Vec::new();
    for name in order {
        let mut rows = rows_of.remove(&name).unwrap_or_default();
        rows.sort_by(|a, b| key(*a).total_cmp(&key(*b)));
        let mut steps: Vec<f64> = Vec::new();
        for pair in rows.windows(2) {
            let [a, b] = pair else { continue };
            let step = key(*b) - key(*a);
            if step < 1e-9 {
                let whose = name.as_ref().map_or(String::new(), |n| format!(" of {n}"));
                return Err(theirs(format!(
                    "order the series{whose}: lines {} and {} are the same period; give one row per period (or name the series with --by)",
                    cells.line(*a),
                    cells.line(*b)
                )));
            }
            steps.push(step);
        }
        let usual = steps.iter().copied().fold(f64::INFINITY, f64::min);
        gaps += steps.iter().filter(|s| **s > 1.5 * usual).count();
        runs.push(Run {
            counts: rows.iter().map(|r| counts.get(*r).copied().flatten()).collect(),
            exposure: exposure.as_ref().map(|e| rows.iter().filter_map(|r| e.get(*r).copied()).collect()),
            rows,
            name,
        });
    }
    if gaps > 0 {
        warnings.push(format!(
            "{gaps} gaps between periods: a year ago is --frequency rows ago, so a left-out period shifts the season; give every period a row, with an empty count where it was not reported"
        ));
    }
    let missing = counts.iter().filter(|c| c.is_none()).count();
    if missing > 0 {
        warnings.push(format!(
            "{missing} periods have no count; they are left out of histories and raise no alarm"
        ));
    }
    let fractions = counts.iter().flatten().filter(|c| c.fract().abs() > 1e-9).count();
    if fractions > 0 {
        warnings.push(format!("{fractions} counts are not whole numbers"));
    }
    Ok(runs)
}

/// Positions to judge, newest `last` of those with enough history.
fn positions(
    args: &TrendArgs,
    r: &Run,
    need: usize,
    said: &mut Said,
) -> Result<std::ops::Range<usize>, String> {
    let n = r.counts.len();
    if n <= need {
        return Err(format!("it has {n} periods; {need} are needed before the first one that can be judged"));
    }
    let from = args.last.map_or(need, |last| n.saturating_sub(last));
    if from < need {
        for _ in from..need {
            said.say(format!("fewer than {need} periods lie before, so it was not judged"));
        }
    }
    Ok(from.max(need)..n)
}

fn judge(
    args: &TrendArgs,
    settings: &Settings,
    alpha: f64,
    r: &Run,
    said: &mut Said,
) -> Result<Vec<Judged>, String> {
    if let Some(rule) = args.method.rule() {
        let need = rule.history_needed(args.baseline);
        return positions(args, r, need, said)?
            .map(|at| {
                let p = ears::ears(&r.counts, rule, args.baseline, alpha, at).map_err(|e| e.to_string())?;
                if p.upper_bound.is_none() {
                    said.say("the baseline does not vary or a count in it is missing, so there is no bound");
                } else if p.score.is_none() && p.observed.is_some() {
                    said.say("the baseline does not vary, so the score is undefined");
                }
                Ok(Judged {
                    at,
                    expected: p.expected,
                    upper: p.upper_bound,
                    score: p.score,
                    alarm: p.alarm,
                    more: Map::new(),
                })
            })
            .collect();
    }
    if args.method == Method::Cusum {
        let n = r.counts.len();
        let from = match args.last {
            Some(last) if last < n => n - last,
            Some(_) => {
                return Err(format!(
                    "it has {n} periods; --last must leave some before, whose mean is the scale"
                ));
            }
            None if n > args.frequency => args.frequency,
            None => n / 2,
        };
        if args.last.is_none() {
            said.say(format!(
                "without --last the mean comes from the first {from} periods and the watch begins after them"
            ));
        }
        let how = match args.standardise {
            Standardise::Standard => cusum::Standardise::Standard,
            Standardise::Rossi => cusum::Standardise::Rossi,
        };
        let points = cusum::cusum(&r.counts, from, args.k, args.h, how).map_err(|e| e.to_string())?;
        return Ok(points
            .into_iter()
            .map(|p| Judged {
                at: p.at,
                expected: Some(p.expected),
                upper: Some(p.upper_bound),
                score: Some(p.sum),
                alarm: p.alarm,
                more: Map::new(),
            })
            .collect());
    }
    let options = &settings.detector;
    let series = Series { counts: &r.counts, exposure: r.exposure.as_deref() };
    positions(args, r, options.history_needed(), said)?
        .map(|at| {
            let p = match args.method {
                Method::Farrington => farrington::original(series, options, at),
                _ => farrington::flexible(series, options, at),
            }
            .map_err(|e| e.to_string())?;
            for note in &p.notes {
                said.say(words(*note, p.observed.zip(p.upper_bound).is_some_and(|(y, u)| y > u)));
            }
            let mut more = Map::new();
            more.insert("exceedance".into(), maybe(p.exceedance));
            more.insert("dispersion".into(), maybe(p.dispersion));
            more.insert("trend".into(), maybe(p.trend));
            more.insert("blocked".into(), json!(p.notes.contains(&Note::FewRecentCases)));
            Ok(Judged {
                at,
                expected: p.expected,
                upper: p.upper_bound,
                score: p.score,
                alarm: p.alarm,
                more,
            })
        })
        .collect()
}

fn words(note: Note, over: bool) -> &'static str {
    match note {
        Note::TrendNotConverged => "the model with a trend did not settle, so the trend was left out",
        Note::TrendNotSupported => "the trend was left out, its p value is 0.05 or more",
        Note::TrendExtrapolates => "the trend was left out, its forecast exceeds every count before",
        Note::TrendTooFewYears => "the trend was left out, fewer than three years are used",
        Note::FewRecentCases if over => {
            "the count is over the bound, but limit54 blocks the alarm: too few cases in the last periods"
        }
        Note::FewRecentCases => {
            "limit54 allows no alarm: too few cases in the last periods (the bound is still given)"
        }
        Note::NotFitted => {
            "no model settled (a history of zeros, mostly), so expected and bound are undefined"
        }
        Note::CountMissing => "the count is missing",
        Note::WindowCut => "the oldest window begins before the series and was cut",
    }
}
