//! More than its own past leads to expect: Farrington's flexible method over the last year of every outcome.
//!
//! Every period of the last year is judged by the years before it. The p of a series is Simes' combination of its
//! periods' p values, so a series is one test of the run's family and has paid for all the periods that were looked at;
//! within a series, the periods that stand out are those that Benjamini and Hochberg's procedure keeps. Simes 1986,
//! 10.1093/biomet/73.3.751: valid for independent and for positively dependent p values, which neighbouring periods
//! judged by the same past are.

use domain::evidence::signals::{Detector, TrendPoint};
use stats::farrington::{self, Series};
use stats::fdr::{FdrMethod, adjust};
use stats::rates::rate_exact;

use super::facts::{Facts, Grid, OutcomeFacts};
use super::{Candidate, MIN_COUNT, Options, Test};
use crate::base::Base;
use crate::period::Period;

/// Events per week from which on weeks are looked at rather than months.
const WEEKLY_FROM: f64 = 3.0;
/// Events per month under which a series has nothing to show.
const MONTHLY_FROM: f64 = 2.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Week,
    Month,
}

impl Step {
    const fn per_year(self) -> usize {
        match self {
            Self::Week => 52,
            Self::Month => 12,
        }
    }

    /// The last periods that are judged, where the history allows: a year.
    const fn stretch(self) -> usize {
        self.per_year()
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Month => "month",
        }
    }
}

struct Counts {
    step: Step,
    periods: Vec<Period>,
    counts: Vec<Option<f64>>,
    exposure: Option<(Base, Vec<f64>)>,
}

/// How far back, and how many of the last periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reach {
    judged: usize,
    years_back: usize,
}

/// At least a year of history before the first judged period, at most five.
fn reach(step: Step, length: usize) -> Option<Reach> {
    let year = step.per_year();
    let judged = step.stretch().min(length.checked_sub(year)?);
    // Less than a sixth of a year left to judge: not worth a test.
    if judged * 6 < year {
        return None;
    }
    Some(Reach { judged, years_back: ((length - judged) / year).clamp(1, 5) })
}

/// The test of one outcome, or why there is none (a message key).
pub(super) fn trend(
    facts: &Facts,
    outcome: &OutcomeFacts,
    grid: &Grid,
    options: &Options,
) -> Result<Test, &'static str> {
    let series = counts(facts, outcome, grid)?;
    let reach = reach(series.step, series.periods.len()).ok_or("note-series-short")?;
    let how = settings(series.step, reach);
    let from = series.periods.len() - reach.judged;
    let input = Series {
        counts: &series.counts,
        exposure: series.exposure.as_ref().map(|(_, amounts)| amounts.as_slice()),
    };
    let mut points = Vec::with_capacity(reach.judged);
    for at in from..series.periods.len() {
        match farrington::flexible(input, &how, at) {
            Ok(point) => points.push(point),
            Err(error) => tracing::debug!(%error, code = outcome.key.code, "a period was not judged"),
        }
    }
    let exceedance: Vec<Option<f64>> = points.iter().map(|point| point.exceedance).collect();
    let adjusted = adjust(&exceedance, FdrMethod::BenjaminiHochberg).map_err(|_| "note-series-not-fitted")?;
    // Simes' p is the smallest of the adjusted ones.
    let p = adjusted.iter().flatten().copied().reduce(f64::min).ok_or("note-series-not-fitted")?;
    let stands_out: Vec<bool> = points
        .iter()
        .zip(&adjusted)
        .map(|(point, q)| {
            q.is_some_and(|q| q <= options.fdr)
                && point.observed.zip(point.expected).is_some_and(|(seen, expected)| seen > expected)
        })
        .collect();
    Ok(Test { p, candidate: candidate(outcome, &series, reach, &points, &stands_out, p, options) })
}

fn counts(facts: &Facts, outcome: &OutcomeFacts, grid: &Grid) -> Result<Counts, &'static str> {
    let one_day: u64 = outcome.weeks.values().map(|measures| measures.n).sum();
    let whole = |period: &Period| period.from >= outcome.span.from && period.to <= outcome.span.to;
    if one_day == outcome.total.n {
        let weeks: Vec<Period> =
            Period::weeks(outcome.span.from, outcome.span.to).into_iter().filter(whole).collect();
        if one_day as f64 >= WEEKLY_FROM * weeks.len() as f64 && reach(Step::Week, weeks.len()).is_some() {
            let counts = weeks
                .iter()
                .map(|week| Some(outcome.weeks.get(&week.from).map_or(0.0, |measures| measures.n as f64)))
                .collect();
            let exposure = facts.exposure_over(outcome, &weeks);
            return Ok(Counts { step: Step::Week, periods: weeks, counts, exposure });
        }
    }
    if !grid.are_months || grid.is_approximate {
        return Err("note-no-regular-periods");
    }
    let months: Vec<Period> = grid.periods.iter().copied().filter(whole).collect();
    let mut by_month = vec![0.0; months.len()];
    for ((_, period), measures) in &outcome.cells {
        if let Some(sum) = months.binary_search(period).ok().and_then(|at| by_month.get_mut(at)) {
            *sum += measures.n as f64;
        }
    }
    if by_month.iter().sum::<f64>() < MONTHLY_FROM * months.len() as f64 {
        return Err("note-too-few-events");
    }
    let exposure = facts.exposure_over(outcome, &months);
    let counts = by_month.into_iter().map(Some).collect();
    Ok(Counts { step: Step::Month, periods: months, counts, exposure })
}

fn settings(step: Step, reach: Reach) -> farrington::Options {
    let base = match step {
        Step::Week => farrington::Options::flexible(),
        Step::Month => farrington::Options::flexible_for(12, 1),
    };
    farrington::Options {
        years_back: reach.years_back,
        // One year cannot tell a season from a rise.
        seasonal_periods: if reach.years_back < 2 { 1 } else { base.seasonal_periods },
        half_window: if reach.years_back < 2 { (step.per_year() - 1) / 2 } else { base.half_window },
        ..base
    }
}

fn candidate(
    outcome: &OutcomeFacts,
    series: &Counts,
    reach: Reach,
    points: &[farrington::Point],
    stands_out: &[bool],
    p: f64,
    options: &Options,
) -> Option<Candidate> {
    let first = stands_out.iter().position(|it| *it)?;
    let last = stands_out.iter().rposition(|it| *it)?;
    let run = points.get(first..=last)?;
    let observed: f64 = run.iter().filter_map(|point| point.observed).sum();
    let expected: f64 = run.iter().filter_map(|point| point.expected).sum();
    let dispersion = run.iter().filter_map(|point| point.dispersion).fold(1.0, f64::max);
    let seen = crate::disparity::whole(observed);
    if !(expected > 0.0) || seen < MIN_COUNT || observed / expected < super::MIN_RATIO {
        return None;
    }
    // Garwood's interval of the sum, its events counted in clumps as large as the dispersion says; the expectation is
    // taken as it is.
    let limits =
        rate_exact(crate::disparity::whole(observed / dispersion), expected / dispersion, options.level)
            .ok()?;
    let mut cautions = Vec::new();
    if series.exposure.is_none() {
        cautions.push("caution-counts-not-rates".to_owned());
    }
    if reach.years_back < 2 {
        cautions.push("caution-short-history".to_owned());
    }
    let of_period = |at: usize| series.periods.get(at).copied();
    Some(Candidate {
        key: super::signal_key(Detector::Trend, outcome, &[]),
        detector: Detector::Trend,
        dimension: String::new(),
        value: String::new(),
        areas: vec![],
        period: Period::new(of_period(run.first()?.at)?.from, of_period(run.last()?.at)?.to),
        observed: seen,
        expected,
        ratio: observed / expected,
        lower: limits.lower,
        upper: limits.upper,
        p,
        base: series.exposure.as_ref().map_or(Base::Counts, |(base, _)| base.clone()),
        method: "farrington".to_owned(),
        replicates: None,
        options: vec![
            ("step".to_owned(), series.step.name().to_owned()),
            ("years_back".to_owned(), reach.years_back.to_string()),
            ("periods_judged".to_owned(), points.len().to_string()),
            ("periods_that_stand_out".to_owned(), stands_out.iter().filter(|it| **it).count().to_string()),
            ("dispersion".to_owned(), format!("{dispersion:.3}")),
            ("bound".to_owned(), "negative binomial, one-sided 0.005".to_owned()),
        ],
        cautions,
        trend: trend_points(series, points, stands_out),
        map: None,
    })
}

fn trend_points(series: &Counts, points: &[farrington::Point], stands_out: &[bool]) -> Vec<TrendPoint> {
    let mut judged = points.iter().zip(stands_out).peekable();
    series
        .periods
        .iter()
        .zip(&series.counts)
        .enumerate()
        .map(|(at, (period, count))| {
            let point = judged.next_if(|(point, _)| point.at == at);
            TrendPoint {
                from: period.from,
                to: period.to,
                observed: crate::disparity::whole(count.unwrap_or(0.0)),
                expected: point.and_then(|(point, _)| point.expected),
                upper: point.and_then(|(point, _)| point.upper_bound),
                stands_out: point.is_some_and(|(_, it)| *it),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_record_gives_a_longer_past_and_a_short_one_none() {
        assert_eq!(reach(Step::Week, 156), Some(Reach { judged: 52, years_back: 2 }));
        assert_eq!(reach(Step::Week, 600), Some(Reach { judged: 52, years_back: 5 }));
        assert_eq!(reach(Step::Week, 70), Some(Reach { judged: 18, years_back: 1 }));
        assert_eq!(reach(Step::Week, 56), None);
        assert_eq!(reach(Step::Month, 36), Some(Reach { judged: 12, years_back: 2 }));
        assert_eq!(reach(Step::Month, 11), None);
    }
}
