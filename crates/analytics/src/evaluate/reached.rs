//! Whom a change reached that began at different times in different places: one group against everybody else.
//!
//! Two figures for each group, from far fewer events than an estimate area by area needs.
//!
//! - **Change**: the ratio of the group's rate with the change to its rate without it. Poisson regression of the events of
//!   the group by area and period, with the base as offset, an effect of each deciding unit, one of each stretch of time and
//!   one of the change. Assumes one and the same ratio in all places and at all times since the change.
//! - **Against the others**: that ratio over the same ratio of everybody else together. Logistic regression of the group's
//!   share of all events with an effect of each deciding unit and one of the change. What befalls a place or a month befalls
//!   all groups in it and cancels, so it needs no parallel ways of places. Assumes that the group's share of the events in
//!   a place would have stayed as it was: a group that grows or shrinks over the years looks like one that is left behind
//!   or favoured. Effects of time on the share are left out on purpose: with hundreds of events they leave nothing to see.
//!
//! Standard errors: the largest of the model's (dispersion at least 1), of scores summed by area (few people of a small
//! group have many of its events, and live in one place) and, for the change, of scores summed by deciding unit; factor
//! G / (G - 1). Intervals of the change by Student's t with one degree of freedom less than deciding units.
//! References: Santos Silva and Tenreyro 2006, 10.1162/rest.88.4.641; Cameron and Miller 2015, 10.3368/jhr.50.2.317.

use std::collections::{BTreeMap, BTreeSet};

use stats::dist::{normal_p_two_sided, normal_quantile, student_p_two_sided, student_quantile};
use stats::glm::{Family, GlmOptions, glm};
use stats::linalg::Mat;

use super::result::{EffectEstimate, Good, Interval, PooledEffect};
use super::{VISIBLE, verdict};
use crate::said::PMethod;

/// Fewest events of a group in all.
pub(super) const MIN_EVENTS: f64 = 20.0;
/// Fewest of them with the change, and without it: a logarithm of fewer is no normal variable.
const MIN_SIDE: f64 = 5.0;

/// What one area saw in one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cell {
    pub area: usize,
    /// The unit that decided for it.
    pub unit: usize,
    /// The stretch of time whose effect the period shares (a quarter, say).
    pub stretch: usize,
    /// Events of the group.
    pub events: f64,
    /// Events of everybody else.
    pub others: f64,
    /// Base of the group; 1 where nothing but counts is known.
    pub exposure: f64,
    pub begun: bool,
}

/// What stands beside the change in a regression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beside {
    UnitsAndTimes,
    Units,
}

/// A coefficient of the change, on the log scale, with its three standard errors.
#[derive(Debug, Clone, Copy)]
struct Shift {
    estimate: f64,
    by_model: f64,
    by_area: f64,
    by_unit: f64,
    /// Deciding units.
    n_units: f64,
}

/// Both figures; None with too few events, or where nobody with the change can be told from the time.
pub(super) fn pooled(cells: &[Cell], good: Good, level: f64) -> Option<PooledEffect> {
    let events = |of: &dyn Fn(&Cell) -> bool| cells.iter().filter(|c| of(c)).map(|c| c.events).sum::<f64>();
    let (with, without) = (events(&|cell| cell.begun), events(&|cell| !cell.begun));
    if with + without < MIN_EVENTS || with.min(without) < MIN_SIDE {
        return None;
    }
    let own = shift(cells, Family::Poisson, Beside::UnitsAndTimes, |cell| {
        (cell.exposure > 0.0).then(|| Row { outcome: cell.events, weight: 1.0, offset: cell.exposure.ln() })
    })?;
    let share = shift(cells, Family::Binomial, Beside::Units, |cell| {
        let all = cell.events + cell.others;
        (all > 0.0).then(|| Row { outcome: cell.events / all, weight: all, offset: 0.0 })
    });
    let (own_se, df) = (own.by_model.max(own.by_area).max(own.by_unit), own.n_units - 1.0);
    let share = share.map(|it| (it.estimate, it.by_model.max(it.by_area)));
    let (tail, ratio) = (0.5 + level / 2.0, |log: f64, half: f64| Interval {
        value: log.exp(),
        lower: (log - half).exp(),
        upper: (log + half).exp(),
    });
    let times = ratio(own.estimate, student_quantile(tail, df) * own_se);
    let percent = Interval {
        value: 100.0 * (times.value - 1.0),
        lower: 100.0 * (times.lower - 1.0),
        upper: 100.0 * (times.upper - 1.0),
    };
    let p = Some(student_p_two_sided(own.estimate / own_se, df));
    Some(PooledEffect {
        effect: EffectEstimate {
            percent,
            observed: with,
            expected: Interval {
                value: with / times.value,
                lower: with / times.upper,
                upper: with / times.lower,
            },
            p,
            p_method: PMethod::Pooled.key().to_owned(),
            smallest_visible_percent: Some(100.0 * (1.0 - (-VISIBLE * own_se).exp())),
            verdict: verdict(percent, p, good),
        },
        events: with + without,
        against_others: share.map(|(log, se)| ratio(log, normal_quantile(tail) * se)),
        against_others_p: share.map(|(log, se)| normal_p_two_sided(log / se)),
        against_others_q: None,
    })
}

struct Row {
    outcome: f64,
    weight: f64,
    offset: f64,
}

/// The coefficient of `begun` beside effects of units and, where asked for, of stretches of time.
fn shift(
    cells: &[Cell],
    family: Family,
    beside: Beside,
    row: impl Fn(&Cell) -> Option<Row>,
) -> Option<Shift> {
    let stretch = |cell: &Cell| if beside == Beside::Units { 0 } else { cell.stretch };
    let mut kept: Vec<(&Cell, Row)> = cells.iter().filter_map(|cell| Some((cell, row(cell)?))).collect();
    // A unit or a stretch without an event of the group (or, of a share, with no other one) says nothing of the ratio,
    // and its effect would be infinite. Leaving one out can empty another.
    loop {
        let n = kept.len();
        kept = telling(kept, family, |cell| cell.unit);
        kept = telling(kept, family, stretch);
        if kept.len() == n {
            break;
        }
    }
    let areas = numbers(kept.iter().map(|(cell, _)| cell.area));
    let units = numbers(kept.iter().map(|(cell, _)| cell.unit));
    let stretches = numbers(kept.iter().map(|(cell, _)| stretch(cell)));
    // Units, then stretches but for the first, then the change: last, so that it is the one left out where it is a
    // combination of the others.
    let last = (units.len() + stretches.len()).checked_sub(1)?;
    let mut x = Mat::zeros(kept.len(), last + 1);
    for (at, (cell, _)) in kept.iter().enumerate() {
        x.set(at, *units.get(&cell.unit)?, 1.0);
        let number = *stretches.get(&stretch(cell))?;
        if number > 0 {
            x.set(at, units.len() + number - 1, 1.0);
        }
        x.set(at, last, f64::from(u8::from(cell.begun)));
    }
    let of = |read: fn(&Row) -> f64| kept.iter().map(|(_, it)| read(it)).collect::<Vec<f64>>();
    let (y, weights, offset) = (of(|it| it.outcome), of(|it| it.weight), of(|it| it.offset));
    let options = GlmOptions { max_iterations: 100, ..GlmOptions::default() };
    let fit = glm(&x, &y, Some(&offset), Some(&weights), family, &options).ok()?;
    if !fit.converged || fit.dependent.contains(&last) || units.len() < 2 {
        return None;
    }
    let influence = fit.covariance_unscaled.row(last);
    let dispersion = fit.pearson_dispersion.unwrap_or(1.0).max(1.0);
    let (mut area_sums, mut unit_sums) = (vec![0.0; areas.len()], vec![0.0; units.len()]);
    for (at, (cell, row)) in kept.iter().enumerate() {
        let pull: f64 = x.row(at).iter().zip(&influence).map(|(x, c)| x * c).sum();
        let score = pull * row.weight * (row.outcome - fit.fitted.get(at)?);
        *area_sums.get_mut(*areas.get(&cell.area)?)? += score;
        *unit_sums.get_mut(*units.get(&cell.unit)?)? += score;
    }
    let found = Shift {
        estimate: *fit.coefficients.get(last)?,
        by_model: (dispersion * influence.get(last)?).sqrt(),
        by_area: clustered(&area_sums),
        by_unit: clustered(&unit_sums),
        n_units: units.len() as f64,
    };
    let is_told = found.estimate.is_finite() && found.by_model.is_finite() && found.by_model > 0.0;
    is_told.then_some(found)
}

/// Rows whose unit (or stretch) says something of the ratio.
fn telling(rows: Vec<(&Cell, Row)>, family: Family, key: impl Fn(&Cell) -> usize) -> Vec<(&Cell, Row)> {
    let mut sums: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    for (cell, row) in &rows {
        let sum = sums.entry(key(cell)).or_default();
        sum.0 += row.outcome * row.weight;
        sum.1 += row.weight - row.outcome * row.weight;
    }
    let tells = |it: &(f64, f64)| it.0 > 0.0 && (family != Family::Binomial || it.1 > 0.0);
    rows.into_iter().filter(|(cell, _)| sums.get(&key(cell)).is_some_and(tells)).collect()
}

/// The keys that occur, numbered in their order.
fn numbers(keys: impl Iterator<Item = usize>) -> BTreeMap<usize, usize> {
    let all: BTreeSet<usize> = keys.collect();
    all.into_iter().enumerate().map(|(number, key)| (key, number)).collect()
}

fn clustered(sums: &[f64]) -> f64 {
    let n = sums.len() as f64;
    (sums.iter().map(|sum| sum * sum).sum::<f64>() * n / (n - 1.0).max(1.0)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Six units of 24 periods, four of which begin; the group's rate falls to `own` of itself, everybody else's to `rest`.
    fn cells(per_period: f64, own: f64, rest: f64) -> Vec<Cell> {
        let starts = [9, 12, 15, 18, 99, 99];
        let mut cells = Vec::new();
        for (unit, start) in starts.into_iter().enumerate() {
            for at in 0..24 {
                let begun = at >= start;
                let level = per_period * (1.0 + 0.2 * unit as f64) * (1.0 + 0.1 * ((at / 3) % 4) as f64);
                let of = |ratio: f64| level * if begun { ratio } else { 1.0 };
                cells.push(Cell {
                    area: unit,
                    unit,
                    stretch: at / 3,
                    events: of(own),
                    others: 10.0 * of(rest),
                    exposure: 50.0,
                    begun,
                });
            }
        }
        cells
    }

    #[test]
    fn ratios_that_were_put_in_come_out() {
        let found = pooled(&cells(2.0, 0.7, 0.7), Good::Fewer, 0.95).unwrap();
        assert!((found.effect.percent.value + 30.0).abs() < 1e-6, "{found:?}");
        let against = found.against_others.unwrap();
        assert!((against.value - 1.0).abs() < 1e-6 && against.lower < 1.0 && against.upper > 1.0);
        let left = pooled(&cells(2.0, 1.0, 0.7), Good::Fewer, 0.95).unwrap();
        assert!(left.effect.percent.value.abs() < 1e-6);
        assert!((left.against_others.unwrap().value - 1.0 / 0.7).abs() < 1e-6);
        assert!(left.effect.percent.lower < 0.0 && left.effect.percent.upper > 0.0);
    }

    #[test]
    fn with_hardly_any_event_there_is_no_figure() {
        assert!(pooled(&cells(0.05, 1.0, 1.0), Good::Fewer, 0.95).is_none());
        let mut none_after = cells(1.0, 1.0, 1.0);
        none_after.iter_mut().filter(|cell| cell.begun).for_each(|cell| cell.events = 0.0);
        assert!(pooled(&none_after, Good::Fewer, 0.95).is_none());
    }

    #[test]
    fn units_without_an_event_of_the_group_are_left_out() {
        let mut some = cells(2.0, 0.7, 0.7);
        some.iter_mut().filter(|cell| cell.unit == 1).for_each(|cell| cell.events = 0.0);
        let found = pooled(&some, Good::Fewer, 0.95).unwrap();
        assert!((found.effect.percent.value + 30.0).abs() < 1e-6, "{found:?}");
    }
}
