//! What the Poisson model expects: people at risk over time, and covariates taken out beforehand.

use thiserror::Error;

/// Integral over [start, end] of a population known at some instants.
///
/// Between two instants it changes linearly; before the first and after the last it stays. `points` are
/// (instant, population) with strictly increasing instants, in the unit of `start` and `end`; the
/// result is population times that unit (for example person-days). No point: 0.
///
/// A census of a year is commonly placed at 1 July of it. Placing it at 1 January instead moves the
/// reference likelihood ratio of the New Mexico data from 10.017 to 9.970.
pub fn person_time(points: &[(f64, f64)], start: f64, end: f64) -> f64 {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return 0.0 };
    if end <= start {
        return 0.0;
    }
    let mut sum = first.1 * (end.min(first.0) - start).max(0.0) + last.1 * (end - start.max(last.0)).max(0.0);
    for pair in points.windows(2) {
        let ((t0, p0), (t1, p1)) = (pair[0], pair[1]);
        let (from, to) = (start.max(t0), end.min(t1));
        if to > from {
            let at = |t: f64| p0 + (p1 - p0) * (t - t0) / (t1 - t0);
            sum += 0.5 * (at(from) + at(to)) * (to - from);
        }
    }
    sum
}

/// A stratum has cases, but nobody in it is at risk anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("stratum {stratum} has {cases} cases but nobody at risk")]
pub struct StratumWithoutPopulation {
    /// Index of the stratum.
    pub stratum: usize,
    /// Its cases.
    pub cases: u64,
}

/// Expected counts by indirect standardisation: every stratum has its own rate, the same everywhere.
///
/// `exposure` holds, stratum by stratum, a table of `cells` person-times; `cases` the cases of each
/// stratum in the whole study. The result has `cells` entries and sums to the number of cases.
/// Checked against: SpatialEpi 1.2.8 `expected` on the Pennsylvania lung cancer data, 9 digits.
pub fn standardised(
    exposure: &[f64],
    cells: usize,
    cases: &[u64],
) -> Result<Vec<f64>, StratumWithoutPopulation> {
    let mut expected = vec![0.0; cells];
    for (stratum, (table, &cases)) in exposure.chunks(cells.max(1)).zip(cases).enumerate() {
        let sum: f64 = table.iter().sum();
        if cases == 0 {
            continue;
        }
        if sum <= 0.0 {
            return Err(StratumWithoutPopulation { stratum, cases });
        }
        let rate = cases as f64 / sum;
        expected.iter_mut().zip(table).for_each(|(e, t)| *e += rate * t);
    }
    Ok(expected)
}
