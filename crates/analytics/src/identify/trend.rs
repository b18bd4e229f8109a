//! More than its own past leads to expect: Farrington's flexible method over every outcome's series.
//!
//! Every period with at least a year of record before it is judged by the whole years before it, at most five. A series
//! is one test of the run's family and has paid for all the periods that were looked at: its p is Simes' combination of
//! its periods' p values (Simes 1986, 10.1093/biomet/73.3.751: valid for independent and for positively dependent p
//! values, which neighbouring periods judged by the same past are). A rise of a third that lasts is seen in no single
//! week of a noisy series, so weeks are also taken together, [`WINDOW`] at a time (Stouffer's sum of z, with the variance
//! that a shared estimate of the level adds); the smaller of the two p values counts, doubled. A period stands out if the
//! method raises its alarm and Benjamini and Hochberg's procedure over the series keeps it or weeks around it.
//!
//! What is told is the newest rise: of all stretches of periods that hold the last one that stands out and no two quiet
//! months, the one whose likelihood ratio against what was expected is greatest (as in a scan over time alone). A rise of
//! a half shows in some weeks and not in others; the stretch says when it began and how large it was, without picking the
//! loud weeks.

use domain::evidence::signals::{Detector, TrendPoint};
use stats::dist::{normal_p_two_sided, normal_quantile};
use stats::farrington::{self, Series};
use stats::fdr::{FdrMethod, adjust};
use stats::rates::rate_exact;

use super::facts::{Facts, Grid, OutcomeFacts};
use super::{Candidate, MIN_COUNT, Options, Test};
use crate::base::Base;
use crate::period::Period;
use crate::said::{Choice, MethodName, NotLooked, Setting};

/// Events per week from which on weeks are looked at rather than months.
const WEEKLY_FROM: f64 = 2.0;
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

    /// Periods taken together that end a rise when they are quiet: about two months.
    const fn quiet(self) -> usize {
        match self {
            Self::Week => 8,
            Self::Month => 2,
        }
    }

    const fn choice(self) -> Choice {
        match self {
            Self::Week => Choice::Week,
            Self::Month => Choice::Month,
        }
    }
}

struct Counts {
    step: Step,
    periods: Vec<Period>,
    counts: Vec<Option<f64>>,
    exposure: Option<(Base, Vec<f64>)>,
}

/// Weeks taken together.
const WINDOW: usize = 4;

/// Years of history at most.
const MOST_YEARS: usize = 5;

/// Whether enough is left to judge after the first year of record: a sixth of a year.
const fn is_long_enough(step: Step, length: usize) -> bool {
    let year = step.per_year();
    length.saturating_sub(year) * 6 >= year
}

/// The test of one outcome, or why there is none.
pub(super) fn trend(
    facts: &Facts,
    outcome: &OutcomeFacts,
    grid: &Grid,
    options: &Options,
) -> Result<Test, NotLooked> {
    let series = counts(facts, outcome, grid)?;
    if !is_long_enough(series.step, series.periods.len()) {
        return Err(NotLooked::SeriesShort);
    }
    let year = series.step.per_year();
    let input = Series {
        counts: &series.counts,
        exposure: series.exposure.as_ref().map(|(_, amounts)| amounts.as_slice()),
    };
    let mut points = Vec::with_capacity(series.periods.len() - year);
    for at in year..series.periods.len() {
        match farrington::flexible(input, &settings(series.step, (at / year).clamp(1, MOST_YEARS)), at) {
            Ok(point) => points.push(point),
            Err(error) => tracing::debug!(%error, code = outcome.key.code, "a period was not judged"),
        }
    }
    let (p, kept) = over_the_series(series.step, &points, options.fdr).ok_or(NotLooked::SeriesNotFitted)?;
    let stands_out: Vec<bool> = points
        .iter()
        .zip(kept)
        .map(|(point, kept)| {
            let is_more = point.observed.zip(point.expected).is_some_and(|(seen, expected)| seen > expected);
            kept && point.alarm && is_more
        })
        .collect();
    Ok(Test { p, candidate: candidate(outcome, &series, &points, &stands_out, p, options) })
}

/// P of the series, and which periods the procedure at this false discovery rate keeps. None without any p.
fn over_the_series(step: Step, points: &[farrington::Point], fdr: f64) -> Option<(f64, Vec<bool>)> {
    // Simes' p is the smallest of the adjusted ones.
    let adjusted = |p: &[Option<f64>]| adjust(p, FdrMethod::BenjaminiHochberg).ok();
    let least = |q: &[Option<f64>]| q.iter().flatten().copied().reduce(f64::min);
    let alone: Vec<Option<f64>> = points.iter().map(|point| point.exceedance).collect();
    let q_alone = adjusted(&alone)?;
    let p_alone = least(&q_alone)?;
    let is_kept = |q: &Option<f64>| q.is_some_and(|q| q <= fdr);
    let mut kept: Vec<bool> = q_alone.iter().map(is_kept).collect();
    if step == Step::Month {
        return Some((p_alone, kept));
    }
    let q_together = adjusted(&points.windows(WINDOW).map(together).collect::<Vec<_>>())?;
    for (at, q) in q_together.iter().enumerate() {
        if is_kept(q) {
            kept.iter_mut().skip(at).take(WINDOW).for_each(|it| *it = true);
        }
    }
    let p = least(&q_together).map_or(p_alone, |p_together| (2.0 * p_alone.min(p_together)).min(1.0));
    Some((p, kept))
}

/// P of weeks in a row taken together: the sum of their z over its standard deviation. Each z has the variance 1 of its
/// own count and that of the expected level, 1/n for a level learnt from n weeks, which the weeks share. None unless the
/// weeks follow each other and each was judged by two years or more.
fn together(weeks: &[farrington::Point]) -> Option<f64> {
    // A week far below does not outweigh the others; p values of exactly 0 and 1 are the ends of what is computed.
    const LOWEST: f64 = -3.0;
    let mut sum = 0.0;
    let mut of_level: f64 = 0.0;
    for (at, week) in weeks.iter().enumerate() {
        // In one year a season looks like a rise.
        let years = (week.at / Step::Week.per_year()).clamp(1, MOST_YEARS);
        if years < 2 || week.at != weeks.first()?.at + at {
            return None;
        }
        let p = week.exceedance?.clamp(1e-15, 1.0 - 1e-15);
        sum += normal_quantile(1.0 - p).max(LOWEST);
        let own_season = (2 * settings(Step::Week, years).half_window + 1) * years;
        of_level = of_level.max(1.0 / own_season as f64);
    }
    let n = weeks.len() as f64;
    let z = sum / (n * (1.0 + n * of_level)).sqrt();
    // The upper tail, half of the two-sided one on its side.
    let half = normal_p_two_sided(z) / 2.0;
    Some(if z > 0.0 { half } else { 1.0 - half })
}

fn counts(facts: &Facts, outcome: &OutcomeFacts, grid: &Grid) -> Result<Counts, NotLooked> {
    let one_day: u64 = outcome.weeks.values().map(|measures| measures.n).sum();
    let whole = |period: &Period| period.from >= outcome.span.from && period.to <= outcome.span.to;
    if one_day == outcome.total.n {
        let weeks: Vec<Period> =
            Period::weeks(outcome.span.from, outcome.span.to).into_iter().filter(whole).collect();
        if one_day as f64 >= WEEKLY_FROM * weeks.len() as f64 && is_long_enough(Step::Week, weeks.len()) {
            let counts = weeks
                .iter()
                .map(|week| Some(outcome.weeks.get(&week.from).map_or(0.0, |measures| measures.n as f64)))
                .collect();
            let exposure = facts.exposure_over(outcome, &weeks);
            return Ok(Counts { step: Step::Week, periods: weeks, counts, exposure });
        }
    }
    if !grid.are_months || grid.is_approximate {
        return Err(NotLooked::NoRegularPeriods);
    }
    let months: Vec<Period> = grid.periods.iter().copied().filter(whole).collect();
    let mut by_month = vec![0.0; months.len()];
    for ((_, period), measures) in &outcome.cells {
        if let Some(sum) = months.binary_search(period).ok().and_then(|at| by_month.get_mut(at)) {
            *sum += measures.n as f64;
        }
    }
    if by_month.iter().sum::<f64>() < MONTHLY_FROM * months.len() as f64 {
        return Err(NotLooked::TooFewEvents);
    }
    let exposure = facts.exposure_over(outcome, &months);
    let counts = by_month.into_iter().map(Some).collect();
    Ok(Counts { step: Step::Month, periods: months, counts, exposure })
}

fn settings(step: Step, years_back: usize) -> farrington::Options {
    let base = match step {
        Step::Week => farrington::Options::flexible(),
        Step::Month => farrington::Options::flexible_for(12, 1),
    };
    farrington::Options {
        years_back,
        // One year cannot tell a season from a rise: its spread over the year goes into the bound instead.
        seasonal_periods: if years_back < 2 { 1 } else { base.seasonal_periods },
        half_window: if years_back < 2 { (step.per_year() - 1) / 2 } else { base.half_window },
        ..base
    }
}

/// Observed over expected up to which periods taken together are quiet.
const QUIET_RATIO: f64 = 1.1;

/// First and last position of the newest rise; None where nothing stands out.
fn newest_rise(points: &[farrington::Point], stands_out: &[bool], quiet: usize) -> Option<(usize, usize)> {
    let last_out = stands_out.iter().rposition(|it| *it)?;
    // Sums up to each point: a stretch is a difference of two.
    let mut sums = vec![(0.0, 0.0)];
    for point in points {
        let (seen, expected) = sums.last().copied()?;
        let judged = point.observed.zip(point.expected).unwrap_or((0.0, 0.0));
        sums.push((seen + judged.0, expected + judged.1));
    }
    let stretch = |first: usize, end: usize| -> Option<(f64, f64)> {
        let (from, to) = (sums.get(first)?, sums.get(end)?);
        Some((to.0 - from.0, to.1 - from.1))
    };
    let is_quiet = |first: usize| {
        stretch(first, first + quiet).is_some_and(|(seen, expected)| seen <= QUIET_RATIO * expected)
    };
    let earliest = (0..(last_out + 1).saturating_sub(quiet)).rev().find(|first| is_quiet(*first));
    let latest = (last_out + 1..points.len()).find(|first| is_quiet(*first));
    // The Poisson likelihood ratio of more; the dispersion divides all alike and decides nothing.
    let gain = |(seen, expected): (f64, f64)| {
        if expected > 0.0 && seen > expected {
            seen * (seen / expected).ln() - (seen - expected)
        } else {
            0.0
        }
    };
    let mut best: Option<(f64, (usize, usize))> = None;
    for first in earliest.map_or(0, |it| it + 1)..=last_out {
        for end in last_out + 1..=latest.map_or(points.len(), |it| it + quiet - 1) {
            let it = gain(stretch(first, end)?);
            if best.is_none_or(|(most, _)| it > most) {
                best = Some((it, (first, end - 1)));
            }
        }
    }
    best.map(|(_, rise)| rise)
}

fn candidate(
    outcome: &OutcomeFacts,
    series: &Counts,
    points: &[farrington::Point],
    stands_out: &[bool],
    p: f64,
    options: &Options,
) -> Option<Candidate> {
    let (first, last) = newest_rise(points, stands_out, series.step.quiet())?;
    let run = points.get(first..=last)?;
    let observed: f64 = run.iter().filter_map(|point| point.observed).sum();
    let expected: f64 = run.iter().filter_map(|point| point.expected).sum();
    let dispersion = run.iter().filter_map(|point| point.dispersion).fold(1.0, f64::max);
    let seen = crate::disparity::whole(observed);
    if expected <= 0.0 || seen < MIN_COUNT || observed / expected < super::MIN_RATIO {
        return None;
    }
    // Garwood's interval of the sum, its events counted in clumps as large as the dispersion says; the expectation is
    // taken as it is.
    let limits =
        rate_exact(crate::disparity::whole(observed / dispersion), expected / dispersion, options.level)
            .ok()?;
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
        method: MethodName::Farrington.key().to_owned(),
        replicates: None,
        options: vec![
            Setting::Step.chosen(series.step.choice()),
            (
                Setting::YearsBack.key().to_owned(),
                (run.first()?.at / series.step.per_year()).clamp(1, MOST_YEARS).to_string(),
            ),
            Setting::PeriodsJudged.of(points.len()),
            Setting::PeriodsThatStandOut.of(stands_out.iter().filter(|it| **it).count()),
            Setting::Dispersion.of(format!("{dispersion:.3}")),
            Setting::Bound.chosen(Choice::NegativeBinomial),
        ],
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
    fn a_record_is_judged_after_its_first_year() {
        assert!(is_long_enough(Step::Week, 61) && !is_long_enough(Step::Week, 60));
        assert!(is_long_enough(Step::Month, 14) && !is_long_enough(Step::Month, 13));
        assert!(!is_long_enough(Step::Month, 3));
    }

    #[test]
    fn the_newest_rise_holds_its_quiet_weeks_and_not_those_before_it() {
        let rise = |seen: &[f64], out: &[usize]| {
            let points: Vec<farrington::Point> = (52..)
                .zip(seen)
                .map(|(at, seen)| farrington::Point {
                    at,
                    observed: Some(*seen),
                    expected: Some(10.0),
                    upper_bound: None,
                    score: None,
                    exceedance: None,
                    alarm: false,
                    trend: None,
                    dispersion: None,
                    n_history: 150,
                    notes: vec![],
                })
                .collect();
            let stands_out: Vec<bool> = (0..seen.len()).map(|at| out.contains(&at)).collect();
            newest_rise(&points, &stands_out, 3)
        };
        let wave = [19.0, 10.0, 18.0, 17.0, 18.0, 9.0];
        // Three quiet weeks end the wave before; two are a holiday.
        let seen = [&[10.0, 30.0, 31.0, 9.0, 11.0, 10.0][..], &wave].concat();
        assert_eq!(rise(&seen, &[1, 2, 9]), Some((6, 10)));
        let seen = [&[10.0, 30.0, 31.0, 9.0, 10.0][..], &wave].concat();
        assert_eq!(rise(&seen, &[1, 2, 8]), Some((1, 9)));
        assert_eq!(rise(&wave, &[3]), Some((0, 4)));
        assert_eq!(rise(&wave, &[]), None);
    }

    /// Counts of a quiet series: Poisson in clumps, with a season.
    fn quiet(mean: f64, weeks: u32, state: &mut u64) -> Vec<Option<f64>> {
        let mut uniform = || {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (*state >> 11) as f64 / (1_u64 << 53) as f64
        };
        (0..weeks)
            .map(|week| {
                let mean = mean * (1.0 + 0.2 * (std::f64::consts::TAU * f64::from(week) / 52.0).cos());
                let (limit, mut product, mut n) = ((-mean).exp(), uniform(), 0.0);
                while product > limit {
                    product *= uniform();
                    n += 1.0;
                }
                Some(n)
            })
            .collect()
    }

    fn p_of(counts: &[Option<f64>]) -> f64 {
        let points: Vec<farrington::Point> = (52..counts.len())
            .map(|at| {
                let how = settings(Step::Week, (at / 52).clamp(1, MOST_YEARS));
                farrington::flexible(Series::counts(counts), &how, at).unwrap()
            })
            .collect();
        over_the_series(Step::Week, &points, 0.05).unwrap().0
    }

    /// All weeks after the first year are looked at, so a series has one to four years of weeks to be loud in.
    #[test]
    fn a_quiet_series_is_loud_about_as_often_as_its_p_says() {
        let mut state = 11;
        for (mean, weeks) in [(4.0, 156), (20.0, 156), (20.0, 208)] {
            let runs = 150;
            let p: Vec<f64> = (0..runs).map(|_| p_of(&quiet(mean, weeks, &mut state))).collect();
            let share = |limit: f64| p.iter().filter(|p| **p <= limit).count() as f64 / f64::from(runs);
            println!(
                "mean {mean}, {weeks} weeks: {:.3} under 0.05, {:.3} under 0.01",
                share(0.05),
                share(0.01)
            );
            assert!(
                share(0.05) <= 0.1 && share(0.01) <= 0.04,
                "{mean} {weeks}: {} {}",
                share(0.05),
                share(0.01)
            );
        }
    }
}
