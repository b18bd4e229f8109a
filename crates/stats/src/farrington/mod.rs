//! Farrington's outbreak detectors: is this period's count higher than the same season of earlier years
//! lets us expect?
//!
//! Two variants. [`original`] compares with windows around the same period of earlier years (Farrington,
//! Andrews, Beale and Catchpole 1996, doi:10.2307/2983331). [`flexible`] uses every period of those years
//! with a seasonal factor, forgets outbreaks only when they are clear, and leaves out the most recent
//! half year so that a slow rise does not hide itself (Noufaily, Enki, Farrington, Garthwaite, Andrews
//! and Charlett 2013, doi:10.1002/sim.5595).
//!
//! Both fit a quasi-Poisson regression twice, the second time with past outbreaks weighted down by their
//! Anscombe residuals. Checked against: R surveillance 1.20.3 `algo.farrington` and `farringtonFlexible`
//! on Salmonella Agona, rki_k1, rki_s1 and 1,000 simulated series (`tests/trend_farrington.rs`).
//!
//! Many series watched at once: collect [`Point::exceedance`] over the series and control the false
//! discovery rate over them, instead of reading each alarm alone.

mod threshold;

use crate::glm::{Family, Glm, GlmOptions, glm};
use crate::linalg::Mat;
use statrs::distribution::{ContinuousCDF, StudentsT};
use threshold::Bound;

/// Counts of one series in time order, one per period.
#[derive(Debug, Clone, Copy)]
pub struct Series<'a> {
    /// Counts >= 0; `None` where the period was not reported.
    pub counts: &'a [Option<f64>],
    /// People or person-time behind each count, > 0, where the rate rather than the count is watched.
    pub exposure: Option<&'a [f64]>,
}

impl<'a> Series<'a> {
    /// A series of plain counts.
    #[must_use]
    pub fn counts(counts: &'a [Option<f64>]) -> Series<'a> {
        Series { counts, exposure: None }
    }
}

/// Whether the model keeps a linear trend in time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Trend {
    /// No trend term.
    Never,
    /// Kept, unless fewer than 3 years are used or the forecast exceeds everything seen.
    Always,
    /// As `Always`, and only when its p value falls under this number (surveillance uses 0.05).
    Tested(f64),
}

/// How the upper bound follows from the fitted mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threshold {
    /// Quantile of a negative binomial with the fitted mean and dispersion. A whole number.
    NbPlugin,
    /// Normal interval on the 2/3-power scale, with the uncertainty of the mean. Not a whole number.
    Delta,
    /// As `NbPlugin`, at the upper quantile of the mean. A whole number.
    Muan,
}

/// Raise no alarm when few cases were seen lately.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RecentCases {
    /// Fewer than this many cases ...
    pub cases: f64,
    /// ... in this many periods, the current one included, block an alarm.
    pub periods: usize,
}

/// How to look back, and when to call.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Periods in a year: 52 for weeks, 12 for months.
    pub frequency: usize,
    /// Years of history to use.
    pub years_back: usize,
    /// Periods on either side of the same period in earlier years.
    pub half_window: usize,
    /// Weigh down past periods whose Anscombe residual exceeds this; `None`: no second fit.
    pub reweight_above: Option<f64>,
    /// Trend term.
    pub trend: Trend,
    /// Seasonal levels, the current window being one of them. Flexible variant only.
    pub seasonal_periods: usize,
    /// Most recent periods to leave out of the history. Flexible variant only.
    pub exclude_recent: usize,
    /// Tail probability of the bound: one-sided for [`flexible`]; [`original`] takes the
    /// `1 - alpha/2` quantile, as its authors do.
    pub alpha: f64,
    /// The bound. Flexible variant only; [`original`] always uses [`Threshold::Delta`].
    pub threshold: Threshold,
    /// Block on few recent cases; `None`: never.
    pub recent_cases: Option<RecentCases>,
}

impl Options {
    /// The settings of the original paper for weekly data: 5 years back, 3 weeks on either side.
    #[must_use]
    pub fn original() -> Options {
        Options {
            frequency: 52,
            years_back: 5,
            half_window: 3,
            reweight_above: Some(1.0),
            trend: Trend::Tested(0.05),
            seasonal_periods: 1,
            exclude_recent: 0,
            alpha: 0.05,
            threshold: Threshold::Delta,
            recent_cases: Some(RecentCases { cases: 5.0, periods: 4 }),
        }
    }

    /// The settings Noufaily and others recommend for weekly data.
    #[must_use]
    pub fn flexible() -> Options {
        Options {
            reweight_above: Some(2.58),
            trend: Trend::Always,
            seasonal_periods: 10,
            exclude_recent: 26,
            alpha: 0.005,
            threshold: Threshold::NbPlugin,
            ..Options::original()
        }
    }

    /// The flexible settings for another number of periods a year: half a year is left out, and there
    /// are as many seasonal levels (at most 10) as the year has room for.
    #[must_use]
    pub fn flexible_for(frequency: usize, half_window: usize) -> Options {
        let between = frequency.saturating_sub(2 * half_window + 1);
        Options {
            frequency,
            half_window,
            seasonal_periods: (between + 1).clamp(1, 10),
            exclude_recent: frequency / 2,
            ..Options::flexible()
        }
    }

    /// How many periods must lie before a period for it to be judged.
    #[must_use]
    pub fn history_needed(&self) -> usize {
        self.frequency * self.years_back
    }
}

/// Something the reader of a point must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// The model with a trend did not settle; the trend was left out.
    TrendNotConverged,
    /// The trend was left out because its p value was not small enough.
    TrendNotSupported,
    /// The trend was left out because its forecast exceeded every count in the history.
    TrendExtrapolates,
    /// The trend was left out because fewer than three years are used.
    TrendTooFewYears,
    /// Fewer recent cases than [`RecentCases`] asks for: no alarm whatever the count.
    FewRecentCases,
    /// No model settled; nothing can be said of this period.
    NotFitted,
    /// The count of this period is missing.
    CountMissing,
    /// Part of the oldest window lies before the series begins.
    WindowCut,
}

/// What the detector says of one period.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Position in the series, from 0.
    pub at: usize,
    /// The count.
    pub observed: Option<f64>,
    /// Expected count.
    pub expected: Option<f64>,
    /// Counts over this are an alarm; given also where few recent cases block the alarm.
    pub upper_bound: Option<f64>,
    /// Exceedance score; over 1 is over the bound. For `NbPlugin` and `Muan` it is
    /// `(y - ln mu) / (bound - ln mu)`, the peer's own scale; else `(y - mu) / (bound - mu)`.
    pub score: Option<f64>,
    /// Probability of a count at least this high if nothing changed.
    pub exceedance: Option<f64>,
    /// Over the bound, not zero, and not blocked.
    pub alarm: bool,
    /// The slope per period on the log scale, where a trend was kept.
    pub trend: Option<f64>,
    /// Dispersion used, at least 1.
    pub dispersion: Option<f64>,
    /// Periods of history in the model.
    pub n_history: usize,
    /// What to say beside the numbers.
    pub notes: Vec<Note>,
}

/// What the caller can fix.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Error {
    /// The series does not reach back far enough.
    #[error("judge period {at}: it has {have} periods before it and needs {need}")]
    HistoryTooShort {
        /// Position asked for, from 0.
        at: usize,
        /// Periods before it.
        have: usize,
        /// Periods needed: frequency times years back.
        need: usize,
    },
    /// Too few reported periods in the history.
    #[error(
        "judge period {at}: only {have} periods of its history were reported, at least {need} are needed"
    )]
    TooFewReported {
        /// Position asked for, from 0.
        at: usize,
        /// Periods with a count.
        have: usize,
        /// Periods needed.
        need: usize,
    },
    /// A position outside the series.
    #[error("judge period {at}: the series has {length} periods")]
    Outside {
        /// Position asked for, from 0.
        at: usize,
        /// Length of the series.
        length: usize,
    },
    /// Options that contradict each other.
    #[error("use these settings: {0}")]
    Options(&'static str),
    /// A count or exposure that is negative or not a number.
    #[error("use period {at}: its count or exposure is negative or not a number")]
    Value {
        /// Position, from 0.
        at: usize,
    },
}

/// One history: which past periods, with which seasonal level (0 is the current season).
struct History {
    at: Vec<usize>,
    season: Vec<usize>,
    cut: bool,
}

/// Judges one period with the original algorithm. `at` counts from 0.
///
/// # Errors
/// [`Error`]; a history that is too short says how much is needed.
pub fn original(series: Series<'_>, options: &Options, at: usize) -> Result<Point, Error> {
    check(series, options, at)?;
    let (f, w) = (options.frequency, options.half_window);
    let mut history = History { at: Vec::new(), season: Vec::new(), cut: false };
    for year in (1..=options.years_back).rev() {
        let middle = at - f * year;
        for t in middle.saturating_sub(w)..=middle + w {
            if t < at {
                history.at.push(t);
                history.season.push(0);
            }
        }
        history.cut |= middle < w;
    }
    judge(series, options, at, &history, Variant::Original)
}

/// Judges one period with the flexible algorithm. `at` counts from 0.
///
/// # Errors
/// [`Error`]; a history that is too short says how much is needed.
pub fn flexible(series: Series<'_>, options: &Options, at: usize) -> Result<Point, Error> {
    check(series, options, at)?;
    let (f, w, p) = (options.frequency, options.half_window, options.seasonal_periods);
    if p == 0 {
        return Err(Error::Options("at least one seasonal period is needed"));
    }
    if p > 1 && f < 2 * w + p {
        return Err(Error::Options("more seasonal periods than the year has room for"));
    }
    // Season 0 is the window around this time of year; 1.. share the rest of the year, the first ones
    // taking what does not divide evenly.
    let mut season: Vec<Option<usize>> = vec![None; at + 1];
    for year in 1..=options.years_back {
        let middle = at - f * year;
        for s in &mut season[middle.saturating_sub(w)..=(middle + w).min(at)] {
            *s = Some(0);
        }
        if p > 1 {
            let between = f - 2 * w - 1;
            let (long, rest) = (between / (p - 1), between % (p - 1));
            let mut t = middle + w + 1;
            for level in 1..p {
                let length = long + usize::from(level <= rest);
                for s in season.iter_mut().skip(t).take(length) {
                    *s = Some(level);
                }
                t += length;
            }
        }
    }
    let last = at.checked_sub(options.exclude_recent + 1);
    let mut history = History { at: Vec::new(), season: Vec::new(), cut: at - f * options.years_back < w };
    if let Some(last) = last {
        for (t, s) in season.iter().enumerate().take(last + 1) {
            if let Some(s) = s {
                history.at.push(t);
                history.season.push(*s);
            }
        }
    }
    judge(series, options, at, &history, Variant::Flexible)
}

/// Judges the last `last` periods with the flexible algorithm, oldest first.
///
/// # Errors
/// As [`flexible`].
pub fn flexible_last(series: Series<'_>, options: &Options, last: usize) -> Result<Vec<Point>, Error> {
    let n = series.counts.len();
    (n.saturating_sub(last)..n).map(|at| flexible(series, options, at)).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Variant {
    Original,
    Flexible,
}

fn check(series: Series<'_>, options: &Options, at: usize) -> Result<(), Error> {
    let length = series.counts.len();
    if at >= length {
        return Err(Error::Outside { at, length });
    }
    if options.frequency == 0 || options.years_back == 0 {
        return Err(Error::Options("frequency and years back must be at least 1"));
    }
    if !(options.alpha > 0.0 && options.alpha < 1.0) {
        return Err(Error::Options("alpha must lie between 0 and 1"));
    }
    if 2 * options.half_window + 1 > options.frequency {
        return Err(Error::Options("the window is wider than the year"));
    }
    if series.exposure.is_some_and(|e| e.len() != length) {
        return Err(Error::Options("the exposure has not one entry per period"));
    }
    for (i, c) in series.counts.iter().enumerate().take(at + 1) {
        let exposed = series.exposure.is_none_or(|e| e[i] > 0.0 && e[i].is_finite());
        if !exposed || c.is_some_and(|c| !c.is_finite() || c < 0.0) {
            return Err(Error::Value { at: i });
        }
    }
    let need = options.history_needed();
    if at < need {
        return Err(Error::HistoryTooShort { at, have: at, need });
    }
    Ok(())
}

/// A design for the history: intercept for the current season, the other seasons, then the trend.
struct Design {
    x: Mat,
    y: Vec<f64>,
    offset: Option<Vec<f64>>,
    trend_column: Option<usize>,
}

/// Periods are counted from the judged one, in years, so that the forecast is the intercept alone.
fn design(series: Series<'_>, history: &History, at: usize, frequency: usize, trend: bool) -> Design {
    let rows: Vec<usize> =
        (0..history.at.len()).filter(|&i| series.counts[history.at[i]].is_some()).collect();
    let n = rows.len();
    let mut levels: Vec<usize> = rows.iter().map(|&i| history.season[i]).filter(|s| *s > 0).collect();
    levels.sort_unstable();
    levels.dedup();
    let mut columns = vec![vec![1.0; n]];
    for level in levels {
        columns.push(rows.iter().map(|&i| f64::from(u8::from(history.season[i] == level))).collect());
    }
    let trend_column = trend.then_some(columns.len());
    if trend {
        columns.push(rows.iter().map(|&i| -((at - history.at[i]) as f64) / frequency as f64).collect());
    }
    Design {
        x: Mat::from_columns(n, &columns),
        y: rows.iter().filter_map(|&i| series.counts[history.at[i]]).collect(),
        offset: series.exposure.map(|e| rows.iter().map(|&i| e[history.at[i]].ln()).collect()),
        trend_column,
    }
}

/// A fit after reweighting.
struct Fit {
    model: Glm,
    design: Design,
    dispersion: f64,
    /// The dispersion behind the standard error of the mean and, in the flexible variant, the test of
    /// the trend. See [`peer_dispersion`].
    reported_dispersion: f64,
}

/// surveillance's flexible variant puts the outbreak weights where R keeps the working weights, and R's
/// `summary` then averages `weight * working residual^2`. The bounds of `Delta` and `Muan` and the trend
/// test rest on that number, so it is reproduced; `NbPlugin` does not use it.
fn peer_dispersion(model: &Glm, weights: &[f64]) -> f64 {
    let sum: f64 = weights.iter().zip(&model.working_residuals).map(|(w, r)| w * r * r).sum();
    sum / model.df_residual as f64
}

enum Fitting {
    Done(Box<Fit>),
    /// Fitted, but only after the trend was taken out.
    WithoutTrend(Box<Fit>),
    Failed,
}

fn fit(
    series: Series<'_>,
    options: &Options,
    at: usize,
    history: &History,
    trend: bool,
    variant: Variant,
) -> Fitting {
    let run = |d: &Design, w: Option<&[f64]>| {
        glm(&d.x, &d.y, d.offset.as_deref(), w, Family::QuasiPoisson, &GlmOptions::default())
    };
    let mut used_trend = trend;
    let mut d = design(series, history, at, options.frequency, trend);
    let mut first = run(&d, None);
    if trend && !first.as_ref().is_ok_and(|m| m.converged) {
        used_trend = false;
        d = design(series, history, at, options.frequency, false);
        first = run(&d, None);
    }
    let Ok(mut model) = first else { return Fitting::Failed };
    // The original goes on with a model that has not settled, as its peer does; the flexible one stops.
    if variant == Variant::Flexible && !model.converged {
        return Fitting::Failed;
    }
    let Some(raw) = model.pearson_dispersion else { return Fitting::Failed };
    let mut dispersion = raw.max(1.0);
    let mut reported = raw;
    if let Some(limit) = options.reweight_above {
        let weights = outbreak_weights(&model, &d.y, dispersion, limit);
        let Ok(again) = run(&d, Some(&weights)) else { return Fitting::Failed };
        let Some(raw) = again.pearson_dispersion else { return Fitting::Failed };
        dispersion = raw.max(1.0);
        reported = match variant {
            Variant::Flexible => peer_dispersion(&again, &weights),
            Variant::Original => raw,
        };
        model = again;
    }
    let fit = Box::new(Fit { model, design: d, dispersion, reported_dispersion: reported });
    if used_trend == trend { Fitting::Done(fit) } else { Fitting::WithoutTrend(fit) }
}

/// Weights for the second fit: `gamma` for ordinary periods, `gamma / s^2` for those whose standardised
/// Anscombe residual `s` exceeds the limit, scaled to add up to the number of periods.
fn outbreak_weights(model: &Glm, y: &[f64], dispersion: f64, limit: f64) -> Vec<f64> {
    let raw: Vec<f64> = y
        .iter()
        .zip(&model.fitted)
        .zip(&model.leverage)
        .map(|((y, mu), h)| {
            let a = 1.5 * (y.powf(2.0 / 3.0) * mu.powf(-1.0 / 6.0) - mu.sqrt());
            let s = a / (dispersion * (1.0 - h)).sqrt();
            // A period with leverage 1 is fitted exactly: nothing to weigh down.
            if s.is_finite() && s > limit { 1.0 / (s * s) } else { 1.0 }
        })
        .collect();
    let gamma = raw.len() as f64 / raw.iter().sum::<f64>();
    raw.iter().map(|w| w * gamma).collect()
}

fn judge(
    series: Series<'_>,
    options: &Options,
    at: usize,
    history: &History,
    variant: Variant,
) -> Result<Point, Error> {
    let reported = history.at.iter().filter(|t| series.counts[**t].is_some()).count();
    let mut seasons: Vec<usize> = history.season.clone();
    seasons.sort_unstable();
    seasons.dedup();
    let need = seasons.len() + 2;
    if reported < need {
        return Err(Error::TooFewReported { at, have: reported, need });
    }
    let observed = series.counts[at];
    let mut point = Point {
        at,
        observed,
        expected: None,
        upper_bound: None,
        score: None,
        exceedance: None,
        alarm: false,
        trend: None,
        dispersion: None,
        n_history: reported,
        notes: Vec::new(),
    };
    if history.cut {
        point.notes.push(Note::WindowCut);
    }
    if observed.is_none() {
        point.notes.push(Note::CountMissing);
    }
    let asked = options.trend != Trend::Never;
    let mut fitted = match fit(series, options, at, history, asked, variant) {
        Fitting::Done(f) => f,
        Fitting::WithoutTrend(f) => {
            point.notes.push(Note::TrendNotConverged);
            f
        }
        Fitting::Failed => {
            point.notes.push(Note::NotFitted);
            return Ok(point);
        }
    };
    let exposure_now = series.exposure.map_or(1.0, |e| e[at]);
    if let Some(column) = fitted.design.trend_column {
        let mean = fitted.model.coefficients[0].exp() * exposure_now;
        let most = fitted.design.y.iter().fold(0.0_f64, |a, b| a.max(*b));
        let unsupported = match options.trend {
            // The peer keeps only p strictly under the limit: a limit of 1 keeps nearly everything.
            Trend::Tested(limit) => trend_p(&fitted, column).is_none_or(|p| p >= limit),
            Trend::Always | Trend::Never => false,
        };
        let why = if options.years_back < 3 {
            Some(Note::TrendTooFewYears)
        } else if unsupported {
            Some(Note::TrendNotSupported)
        } else if mean > most {
            Some(Note::TrendExtrapolates)
        } else {
            None
        };
        if let Some(why) = why {
            point.notes.push(why);
            match fit(series, options, at, history, false, variant) {
                Fitting::Done(f) | Fitting::WithoutTrend(f) => fitted = f,
                Fitting::Failed => {
                    point.notes.push(Note::NotFitted);
                    return Ok(point);
                }
            }
        } else {
            point.trend = Some(fitted.model.coefficients[column] / options.frequency as f64);
        }
    }
    let eta = fitted.model.coefficients[0] + exposure_now.ln();
    let unscaled = fitted.model.covariance_unscaled.at(0, 0);
    let mean = eta.exp();
    if !mean.is_finite() {
        point.notes.push(Note::NotFitted);
        return Ok(point);
    }
    let bound = match (variant, options.threshold) {
        (Variant::Original, _) => {
            let se = (unscaled * fitted.dispersion).sqrt() * mean;
            threshold::power(mean, se, fitted.dispersion, options.alpha / 2.0, observed)
        }
        (Variant::Flexible, Threshold::Delta) => {
            let se = (unscaled * fitted.reported_dispersion).sqrt() * mean;
            threshold::power(mean, se, fitted.dispersion, options.alpha, observed)
        }
        (Variant::Flexible, Threshold::NbPlugin) => {
            threshold::negative_binomial(eta, 0.0, fitted.dispersion, options.alpha, observed)
        }
        (Variant::Flexible, Threshold::Muan) => {
            let se = (unscaled * fitted.reported_dispersion).sqrt();
            threshold::negative_binomial(eta, se, fitted.dispersion, options.alpha, observed)
        }
    };
    let Some(Bound { upper, score, exceedance }) = bound else {
        point.notes.push(Note::NotFitted);
        return Ok(point);
    };
    point.expected = Some(mean);
    point.dispersion = Some(fitted.dispersion);
    point.upper_bound = Some(upper);
    point.score = score;
    point.exceedance = exceedance;
    let blocked = options.recent_cases.is_some_and(|r| {
        let from = (at + 1).saturating_sub(r.periods);
        series.counts[from..=at].iter().flatten().sum::<f64>() < r.cases
    });
    if blocked {
        point.notes.push(Note::FewRecentCases);
    }
    point.alarm = !blocked && observed.is_some_and(|y| y > upper && y > 0.0);
    Ok(point)
}

fn trend_p(fit: &Fit, column: usize) -> Option<f64> {
    if fit.model.dependent.contains(&column) {
        return None;
    }
    let df = fit.model.df_residual as f64;
    let se = (fit.model.covariance_unscaled.at(column, column) * fit.reported_dispersion).sqrt();
    let t = fit.model.coefficients[column] / se;
    let dist = StudentsT::new(0.0, 1.0, df).ok()?;
    t.is_finite().then(|| 2.0 * dist.sf(t.abs()))
}
