//! One date for everybody and nobody to compare with: before and after, with trend and season.
//!
//! Segmented regression of `stats::its`. The headline is the change of the level; the same with a change of direction too
//! stands beside it as a cross-check. Errors: quasi-Poisson's, or Newey-West's where the residuals hang together (and
//! always for rates), with a number of lags that follows from the length alone, so that nobody can pick it.

use domain::evaluation::{SeriesModel, TimeStep};
use domain::kernel::clock::Day;
use stats::its::{self, Change, Fit, Input, Model, Season, Series, Shape};

use super::panel::Panel;
use super::result::{
    Assumption, AssumptionState, ChangeEffect, Coefficient, CrossCheck, EffectEstimate, Good, Interval,
    SeriesPoint, Size, Step,
};
use super::{MIN_AFTER, MIN_BEFORE, Parts, Refusal, VISIBLE, assumption, verdict};
use crate::base::Base;
use crate::period::Period;
use crate::said::{Caution, Choice, MethodName, PMethod, Premise, PremiseFigure, Setting};

/// Durbin-Watson outside this range: the residuals hang together.
const DURBIN_WATSON: (f64, f64) = (1.5, 2.5);

struct Rows {
    periods: Vec<Period>,
    time: Vec<f64>,
    outcome: Vec<f64>,
    /// Exposure of each row, where there is one.
    exposure: Option<Vec<f64>>,
    counts: Vec<f64>,
    changes: Vec<Change>,
    /// Row of the first period after each change.
    after: Vec<usize>,
}

pub(super) fn estimate(
    panel: &Panel,
    changed_on: &[Day],
    step: TimeStep,
    model: SeriesModel,
    good: Good,
    level: f64,
) -> Result<Parts, Refusal> {
    let rows = rows(panel, changed_on, step, model)?;
    let before = rows.after.first().copied().unwrap_or(0);
    let n = rows.time.len();
    let per_year = match step {
        TimeStep::Month => 12,
        TimeStep::Week => 52,
    };
    // A season needs to have been seen at least once before the change, and twice in all.
    let season = (before >= per_year && n >= 2 * per_year).then(|| season(&rows.periods, step, per_year));
    let kind = match model {
        SeriesModel::QuasiPoisson => Model::QuasiPoisson,
        SeriesModel::NeweyWest => Model::Ols,
    };
    let always = newey_west_lag(n);
    let fit_of = |shape: Shape, lag: Option<usize>| {
        let input = Input {
            time: &rows.time,
            series: Series {
                outcome: &rows.outcome,
                exposure: rows.exposure.as_deref().filter(|_| kind.is_log()),
            },
            control: None,
            changes: &rows.changes,
            shape,
            season: season.clone(),
            covariates: &[],
            model: kind,
            lag,
            level,
        };
        its::its(&input).map_err(|error| Refusal::Model(error.to_string()))
    };
    let plain = (kind == Model::Ols).then_some(always);
    let mut fit = fit_of(Shape::Level, plain)?;
    let hangs = !(DURBIN_WATSON.0..=DURBIN_WATSON.1).contains(&fit.durbin_watson);
    let lag = if hangs { Some(always) } else { plain };
    if lag != plain {
        fit = fit_of(Shape::Level, lag)?;
    }
    let effects = changes(&rows, &fit, kind, changed_on)?;
    let first = effects.first().ok_or(Refusal::ChangeOutside)?;
    let se = term(&fit, &rows.changes, 0).and_then(|term| term.se);
    let effect = EffectEstimate {
        percent: first.percent,
        observed: first.observed,
        expected: first.expected,
        p: first.p,
        p_method: PMethod::Wald.key().to_owned(),
        smallest_visible_percent: se.map(|se| smallest_visible(se, kind, &rows, &fit)),
        verdict: verdict(first.percent, first.p, good),
    };
    let cross_check = fit_of(Shape::Both, lag).ok().and_then(|both| cross_check(&both, &effect));
    let size = Size {
        events: crate::disparity::whole(rows.counts.iter().sum()),
        periods_before: before as u64,
        periods_after: (n - before) as u64,
        ..Size::default()
    };
    let mut cautions = vec![Caution::NoComparison];
    if season.is_none() {
        cautions.push(Caution::SeasonNotRemoved);
    }
    if rows.exposure.is_none() {
        cautions.push(Caution::CountsNotRates);
    }
    Ok(Parts {
        measure: if kind.is_log() || rows.exposure.is_none() { "events" } else { "rate_per_1000" },
        base: if rows.exposure.is_some() { panel.base.clone() } else { Base::Counts },
        series: points(&rows, &fit, kind),
        coefficients: coefficients(&fit),
        assumptions: assumptions(&fit, before, n, per_year, season.is_some(), hangs),
        options: vec![
            Setting::Step.chosen(Step::from(step).choice()),
            Setting::Model.chosen(if kind.is_log() { Choice::QuasiPoisson } else { Choice::LeastSquares }),
            Setting::Shape.chosen(Choice::Level),
            Setting::SeasonHarmonics.of(if season.is_some() { 2 } else { 0 }),
            lag.map_or_else(
                || Setting::NeweyWestLag.chosen(Choice::None),
                |lag| Setting::NeweyWestLag.of(lag),
            ),
        ],
        method: MethodName::InterruptedTimeSeries,
        step: step.into(),
        changes: effects,
        event_study: vec![],
        cohorts: vec![],
        effect,
        cross_check,
        size,
        cautions,
    })
}

fn rows(panel: &Panel, changed_on: &[Day], step: TimeStep, model: SeriesModel) -> Result<Rows, Refusal> {
    let (counts, exposure) = panel.series();
    let mut on: Vec<Day> = changed_on.to_vec();
    on.sort_unstable();
    // The period in which a change began belongs to neither side.
    let is_split = |period: &Period| on.iter().any(|day| period.from < *day && *day <= period.to);
    let mut rows = Rows {
        periods: vec![],
        time: vec![],
        outcome: vec![],
        exposure: exposure.as_ref().map(|_| vec![]),
        counts: vec![],
        changes: vec![],
        after: vec![],
    };
    for (at, (period, count)) in panel.periods.iter().zip(&counts).enumerate() {
        if is_split(period) {
            continue;
        }
        let amount = exposure.as_ref().and_then(|amounts| amounts.get(at)).copied();
        rows.periods.push(*period);
        rows.time.push(at as f64);
        rows.counts.push(*count);
        rows.outcome.push(match (model, amount) {
            (SeriesModel::NeweyWest, Some(amount)) => 1000.0 * count / amount,
            _ => *count,
        });
        if let (Some(list), Some(amount)) = (&mut rows.exposure, amount) {
            list.push(amount);
        }
    }
    for day in &on {
        let at = rows.periods.iter().position(|period| period.from >= *day).ok_or(Refusal::ChangeOutside)?;
        let time = rows.time.get(at).copied().ok_or(Refusal::ChangeOutside)?;
        rows.changes.push(Change { label: day.to_string(), at: time });
        rows.after.push(at);
    }
    let before = rows.after.first().copied().ok_or(Refusal::ChangeOutside)?;
    if before < MIN_BEFORE {
        return Err(Refusal::TooFewBefore { have: before, need: MIN_BEFORE, step });
    }
    let after = rows.periods.len() - rows.after.last().copied().unwrap_or(0);
    if after < MIN_AFTER {
        return Err(Refusal::TooFewAfter { have: after, need: MIN_AFTER, step });
    }
    Ok(rows)
}

fn season(periods: &[Period], step: TimeStep, per_year: usize) -> Season {
    let position = periods
        .iter()
        .map(|period| match step {
            TimeStep::Month => i64::from(period.from.year()) * 12 + i64::from(period.from.month()) - 1,
            TimeStep::Week => period.from.days_since(Day::FIRST.week_start()) / 7,
        })
        .collect();
    Season { period: per_year, position, harmonics: Some(2) }
}

/// Newey and West's rule of thumb: 4 (n / 100)^(2/9), rounded down.
fn newey_west_lag(n: usize) -> usize {
    let lag = 4.0 * (n as f64 / 100.0).powf(2.0 / 9.0);
    (1..=20)
        .rev()
        .find(|&whole| f64::from(whole) <= lag)
        .map_or(1, |whole| usize::try_from(whole).unwrap_or(1))
}

fn term<'a>(fit: &'a Fit, changes: &[Change], at: usize) -> Option<&'a its::Term> {
    let name = format!("level:{}", changes.get(at)?.label);
    fit.terms.iter().find(|term| term.name == name)
}

/// Mean of what was to be expected after the first change, on the outcome's scale.
fn expected_mean(rows: &Rows, fit: &Fit) -> f64 {
    let from = rows.after.first().copied().unwrap_or(0);
    let after: Vec<f64> = fit.counterfactual.iter().skip(from).map(|it| it.value).collect();
    after.iter().sum::<f64>() / after.len().max(1) as f64
}

fn changes(rows: &Rows, fit: &Fit, kind: Model, changed_on: &[Day]) -> Result<Vec<ChangeEffect>, Refusal> {
    let mut days: Vec<Day> = changed_on.to_vec();
    days.sort_unstable();
    let mut effects = Vec::new();
    for (at, (day, effect)) in days.iter().zip(&fit.effects).enumerate() {
        let term = term(fit, &rows.changes, at).ok_or(Refusal::ChangeOutside)?;
        let (Some(value), Some(lower), Some(upper)) = (term.estimate, term.lower, term.upper) else {
            return Err(Refusal::NotApartFromTrend);
        };
        let percent = |of: f64| {
            if kind.is_log() { of.exp_m1() * 100.0 } else { of / expected_mean(rows, fit) * 100.0 }
        };
        // Rates times exposure are events again.
        let events = |of: fn(&its::Estimate) -> f64| -> f64 {
            (effect.from..=effect.to)
                .filter_map(|row| {
                    let value = of(fit.counterfactual.get(row)?);
                    let amount = rows.exposure.as_ref().and_then(|amounts| amounts.get(row));
                    Some(match amount {
                        Some(amount) if !kind.is_log() => value * amount / 1000.0,
                        _ => value,
                    })
                })
                .sum()
        };
        let expected = if kind.is_log() {
            Interval {
                value: effect.expected.value,
                lower: effect.expected.lower,
                upper: effect.expected.upper,
            }
        } else {
            Interval {
                value: events(|it| it.value),
                lower: events(|it| it.lower),
                upper: events(|it| it.upper),
            }
        };
        effects.push(ChangeEffect {
            on: *day,
            percent: Interval { value: percent(value), lower: percent(lower), upper: percent(upper) },
            p: term.p,
            observed: rows.counts.iter().take(effect.to + 1).skip(effect.from).sum(),
            expected,
        });
    }
    Ok(effects)
}

/// The fall (in percent) that would be told from nothing in four cases of five, at the 5 % level.
fn smallest_visible(se: f64, kind: Model, rows: &Rows, fit: &Fit) -> f64 {
    if kind.is_log() {
        -(-VISIBLE * se).exp_m1() * 100.0
    } else {
        VISIBLE * se / expected_mean(rows, fit) * 100.0
    }
}

/// What was seen over what was to be expected, when the direction may change as well.
fn cross_check(both: &Fit, effect: &EffectEstimate) -> Option<CrossCheck> {
    let it = both.effects.first()?;
    if !(it.expected.value > 0.0 && it.expected.lower > 0.0 && it.expected.upper.is_finite()) {
        return None;
    }
    let percent = |expected: f64| (it.observed / expected - 1.0) * 100.0;
    let found = Interval {
        value: percent(it.expected.value),
        lower: percent(it.expected.upper),
        upper: percent(it.expected.lower),
    };
    Some(CrossCheck {
        method: MethodName::LevelAndSlope.key().to_owned(),
        percent: found,
        agrees: super::agrees(effect, found),
    })
}

fn points(rows: &Rows, fit: &Fit, kind: Model) -> Vec<SeriesPoint> {
    let after = rows.after.first().copied().unwrap_or(usize::MAX);
    let interval = |it: Option<&its::Estimate>, row: usize| {
        let scale = match rows.exposure.as_ref().and_then(|amounts| amounts.get(row)) {
            Some(amount) if !kind.is_log() => amount / 1000.0,
            _ => 1.0,
        };
        it.map(|it| Interval { value: it.value * scale, lower: it.lower * scale, upper: it.upper * scale })
    };
    rows.periods
        .iter()
        .zip(&rows.counts)
        .enumerate()
        .map(|(row, (period, count))| SeriesPoint {
            from: period.from,
            to: period.to,
            observed: *count,
            exposure: rows.exposure.as_ref().and_then(|amounts| amounts.get(row)).copied(),
            fitted: interval(fit.fitted.get(row), row),
            counterfactual: interval(fit.counterfactual.get(row), row).filter(|_| row >= after),
            after: row >= after,
        })
        .collect()
}

fn coefficients(fit: &Fit) -> Vec<Coefficient> {
    fit.terms
        .iter()
        .map(|term| Coefficient {
            name: term.name.clone(),
            estimate: term.estimate,
            se: term.se,
            lower: term.lower,
            upper: term.upper,
            p: term.p,
        })
        .collect()
}

fn assumptions(
    fit: &Fit,
    before: usize,
    n: usize,
    per_year: usize,
    has_season: bool,
    hangs: bool,
) -> Vec<Assumption> {
    use AssumptionState::{CannotBeChecked, Checked, Weak};
    let state = |is_good: bool| if is_good { Checked } else { Weak };
    let enough = before >= 24 || before >= 2 * per_year;
    let mut list = vec![
        assumption(
            Premise::EnoughPoints,
            state(enough),
            &[(PremiseFigure::Before, before.to_string()), (PremiseFigure::After, (n - before).to_string())],
        ),
        assumption(
            Premise::Season,
            state(has_season && before >= 2 * per_year),
            &[(PremiseFigure::YearsBefore, format!("{:.1}", before as f64 / per_year as f64))],
        ),
        assumption(
            Premise::Autocorrelation,
            state(!hangs),
            &[
                (PremiseFigure::DurbinWatson, format!("{:.2}", fit.durbin_watson)),
                (PremiseFigure::Lag1, format!("{:.2}", fit.rho)),
            ],
        ),
    ];
    if let Some(dispersion) = fit.pearson_dispersion {
        list.push(assumption(
            Premise::Overdispersion,
            state(dispersion < 5.0),
            &[(PremiseFigure::Dispersion, format!("{dispersion:.2}"))],
        ));
    }
    list.push(assumption(Premise::NothingElseChanged, CannotBeChecked, &[]));
    list.push(assumption(Premise::RecordingUnchanged, CannotBeChecked, &[]));
    list
}
