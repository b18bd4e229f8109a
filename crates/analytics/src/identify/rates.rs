//! One group against the rest of its dimension, one area against all the others.
//!
//! The rate ratio has its exact central interval (shares: Miettinen and Nurminen's score interval of the risk ratio and
//! Fisher's exact central p). A comparison is made where the group could have had [`MIN_EXPECTED`] events and the whole
//! at least twice the smallest count that may be shown; both follow from totals, not from what the group shows, so the
//! choice of comparisons does not favour any answer.

use domain::evidence::signals::{Detector, GroupFigure, TrendPoint};
use stats::rates::{RateStratum, mantel_haenszel, rate_ratio};
use stats::two_by_two::two_by_two;

use super::facts::{Dimension, Grid, Group, OutcomeFacts};
use super::{Candidate, MIN_COUNT, Options, Shared, Test};
use crate::base::Base;
use crate::disparity::whole;
use crate::period::Period;
use crate::said::{Choice, MethodName, Setting};

/// Fewest events to be expected in a group if it were like the rest.
pub(super) const MIN_EXPECTED: f64 = 5.0;

/// A ratio with its interval and p.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Compared {
    pub ratio: f64,
    pub lower: f64,
    pub upper: f64,
    pub p: f64,
}

/// `a` events over `ta` against `b` over `tb`. None where the data hold no information.
pub(super) fn compare(a: u64, ta: f64, b: u64, tb: f64, is_share: bool, level: f64) -> Option<Compared> {
    if is_share {
        let without = |events: u64, of: f64| whole(of).saturating_sub(events);
        let it = two_by_two(a, without(a, ta), b, without(b, tb), level).ok()?;
        let ratio = it.risk_ratio;
        return Some(Compared {
            ratio: ratio.estimate?,
            lower: ratio.lower,
            upper: ratio.upper,
            p: it.p_central,
        });
    }
    let it = rate_ratio(a, ta, b, tb, level).ok()?;
    Some(Compared { ratio: it.ratio?, lower: it.lower, upper: it.upper, p: it.p_central })
}

/// Every value of every dimension with its ratio to the others, for tables.
pub(super) fn figures(dimensions: &[Dimension], level: f64) -> Vec<GroupFigure> {
    let mut figures = Vec::new();
    for dimension in dimensions {
        let (events, exposure) = totals(dimension);
        for (value, group) in &dimension.values {
            let it = compare(
                group.events,
                group.exposure,
                events.saturating_sub(group.events),
                exposure - group.exposure,
                dimension.base.is_share(),
                level,
            );
            figures.push(GroupFigure {
                dimension: dimension.name.clone(),
                value: value.clone(),
                events: group.events,
                exposure: group.exposure,
                ratio: it.map(|it| it.ratio).filter(|ratio| ratio.is_finite()),
                lower: it.map_or(0.0, |it| it.lower),
                upper: it.map(|it| it.upper).filter(|upper| upper.is_finite()),
            });
        }
    }
    figures
}

fn totals(dimension: &Dimension) -> (u64, f64) {
    let groups = || dimension.values.values();
    (groups().map(|group| group.events).sum(), groups().map(|group| group.exposure).sum())
}

pub(super) fn groups(
    outcome: &OutcomeFacts,
    grid: &Grid,
    dimensions: &[Dimension],
    options: &Options,
) -> Vec<Test> {
    let mut tests = Vec::new();
    for dimension in dimensions {
        let (events, exposure) = totals(dimension);
        if events < 2 * MIN_COUNT {
            continue;
        }
        for (value, group) in &dimension.values {
            let expected = events as f64 * group.exposure / exposure;
            let rest = (events.saturating_sub(group.events), exposure - group.exposure);
            if rest.1 <= 0.0 || expected < MIN_EXPECTED {
                continue;
            }
            let is_share = dimension.base.is_share();
            let Some(it) = compare(group.events, group.exposure, rest.0, rest.1, is_share, options.level)
            else {
                continue;
            };
            let keeps = it.ratio >= super::MIN_RATIO && group.events >= MIN_COUNT;
            let candidate = keeps.then(|| {
                let adjusted = within_areas(dimension, value, options.level);
                group_candidate(outcome, grid, dimension, value, group, expected, it, adjusted)
            });
            tests.push(Test { p: it.p, candidate });
        }
    }
    tests
}

/// The ratio within areas (Mantel-Haenszel): what is left of it when each area is compared with itself.
fn within_areas(dimension: &Dimension, value: &str, level: f64) -> Option<f64> {
    let group = dimension.values.get(value)?;
    let strata: Vec<RateStratum> = group
        .areas
        .iter()
        .filter(|(area, _)| !area.is_empty())
        .map(|(area, cell)| {
            let mut stratum = RateStratum { a: cell.events, ta: cell.exposure, b: 0, tb: 0.0 };
            for (other, rest) in &dimension.values {
                if let Some(cell) = rest.areas.get(area).filter(|_| other != value) {
                    stratum.b += cell.events;
                    stratum.tb += cell.exposure;
                }
            }
            stratum
        })
        .collect();
    let pooled = mantel_haenszel(&strata, level).ok()?;
    pooled.ratio.filter(|ratio| ratio.is_finite() && pooled.informative_strata >= 2)
}

#[expect(clippy::too_many_arguments, reason = "the parts of one sentence: who, where, how many, how sure")]
fn group_candidate(
    outcome: &OutcomeFacts,
    grid: &Grid,
    dimension: &Dimension,
    value: &str,
    group: &Group,
    expected: f64,
    it: Compared,
    adjusted: Option<f64>,
) -> Candidate {
    let mut options = method_options(&dimension.base);
    if let Some(adjusted) = adjusted {
        options.push(Setting::RatioWithinAreas.of(format!("{adjusted:.4}")));
    }
    Candidate {
        key: key(outcome, &[&dimension.name, value]),
        detector: Detector::RateRatio,
        dimension: dimension.name.clone(),
        value: value.to_owned(),
        areas: vec![],
        period: outcome.span,
        observed: group.events,
        expected,
        ratio: it.ratio,
        lower: it.lower,
        upper: it.upper,
        p: it.p,
        base: dimension.base.clone(),
        method: MethodName::RateRatio.key().to_owned(),
        replicates: None,
        options,
        trend: group_trend(grid, group, expected),
        map: None,
    }
}

/// The group's events over time, beside its share of all events had it been like the rest.
fn group_trend(grid: &Grid, group: &Group, expected: f64) -> Vec<TrendPoint> {
    let all = grid.by_period(|_| true);
    let total: u64 = all.iter().map(|(n, _)| n).sum();
    grid.periods
        .iter()
        .zip(&all)
        .map(|(period, (n, _))| {
            let within =
                |it: &Period| *it == *period || (grid.are_months && Period::month_of(it.from) == *period);
            TrendPoint {
                from: period.from,
                to: period.to,
                observed: group.periods.iter().filter(|(it, _)| within(it)).map(|(_, n)| n).sum(),
                expected: (total > 0).then(|| expected * *n as f64 / total as f64),
                upper: None,
                stands_out: false,
            }
        })
        .collect()
}

pub(super) fn areas(outcome: &OutcomeFacts, grid: &Grid, options: &Options) -> Vec<Test> {
    let by_area = grid.by_area();
    let events: u64 = by_area.iter().map(|(n, _)| n).sum();
    let exposure: f64 = by_area.iter().map(|(_, amount)| amount).sum();
    if events < 2 * MIN_COUNT || by_area.iter().filter(|(_, amount)| *amount > 0.0).count() < 2 {
        return vec![];
    }
    let is_share = grid.base.is_share();
    let mut tests = Vec::new();
    for (row, (area, (n, amount))) in grid.areas.iter().zip(&by_area).enumerate() {
        let expected = events as f64 * amount / exposure;
        let rest = (events - n, exposure - amount);
        if *amount <= 0.0 || rest.1 <= 0.0 || expected < MIN_EXPECTED {
            continue;
        }
        let Some(it) = compare(*n, *amount, rest.0, rest.1, is_share, options.level) else { continue };
        let keeps = it.ratio >= super::MIN_RATIO && *n >= MIN_COUNT;
        let candidate = keeps.then(|| Candidate {
            key: key(outcome, &["area", area]),
            detector: Detector::RateRatio,
            dimension: String::new(),
            value: String::new(),
            areas: vec![area.clone()],
            period: outcome.span,
            observed: *n,
            expected,
            ratio: it.ratio,
            lower: it.lower,
            upper: it.upper,
            p: it.p,
            base: grid.base.clone(),
            method: MethodName::RateRatio.key().to_owned(),
            replicates: None,
            options: method_options(&grid.base),
            trend: Shared::trend(grid, |other| other == row, None),
            map: None,
        });
        tests.push(Test { p: it.p, candidate });
    }
    tests
}

fn key(outcome: &OutcomeFacts, about: &[&str]) -> String {
    super::signal_key(Detector::RateRatio, outcome, about)
}

fn method_options(base: &Base) -> Vec<(String, String)> {
    let interval = if base.is_share() { Choice::RiskRatioScore } else { Choice::RateRatioExact };
    vec![
        Setting::Interval.chosen(interval),
        Setting::LeastExpected.of(MIN_EXPECTED),
        Setting::LeastRatio.of(super::MIN_RATIO),
    ]
}
