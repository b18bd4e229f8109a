//! EARS: three quick rules that need a week or two of history.
//!
//! C1 compares a count with mean plus `z` standard deviations of the 7 periods before it; C2 leaves a gap
//! of two periods, so that a rise does not raise its own bar; C3 adds up how far the two periods before
//! exceeded theirs. Hutwagner, Thompson, Seeman and Treadwell 2003, doi:10.1007/PL00022319. For new or
//! short series only: no season, no trend, and dispersion from 7 numbers.
//! Checked against: R surveillance 1.20.3 `earsC` (`tests/trend_farrington.rs`).

use statrs::distribution::{ContinuousCDF, Normal};

/// Which rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The periods just before.
    C1,
    /// The periods before, after a gap of two.
    C2,
    /// The sum of the excess over C2 minus 1 of the two periods before and of this one against the bar.
    C3,
}

impl Rule {
    /// The tail probability the authors intend: about 3 standard deviations for C1 and C2, 2 for C3.
    #[must_use]
    pub fn usual_alpha(self) -> f64 {
        match self {
            Rule::C1 | Rule::C2 => 0.001,
            Rule::C3 => 0.025,
        }
    }

    /// Periods that must lie before a period for it to be judged, with a baseline of `baseline`.
    #[must_use]
    pub fn history_needed(self, baseline: usize) -> usize {
        match self {
            Rule::C1 => baseline,
            Rule::C2 => baseline + 2,
            Rule::C3 => baseline + 4,
        }
    }
}

/// What the rule says of one period.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Position in the series, from 0.
    pub at: usize,
    /// The count.
    pub observed: Option<f64>,
    /// Mean of the baseline.
    pub expected: Option<f64>,
    /// Counts over this are an alarm; `None` where the baseline does not vary or is incomplete.
    pub upper_bound: Option<f64>,
    /// Standard deviations over the mean (C1, C2), or the sum C3 compares with its bar.
    pub score: Option<f64>,
    /// Over the bound.
    pub alarm: bool,
}

/// What the caller can fix.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Error {
    /// The series does not reach back far enough.
    #[error("judge period {at}: it has {at} periods before it and needs {need}")]
    HistoryTooShort {
        /// Position asked for, from 0.
        at: usize,
        /// Periods needed.
        need: usize,
    },
    /// A baseline under 3 periods or a tail probability outside 0 to 1.
    #[error("use these settings: the baseline needs at least 3 periods and alpha lies between 0 and 1")]
    Options,
}

/// Judges one period. `baseline` is 7 in EARS; `alpha` is one-sided.
///
/// # Errors
/// A history that is too short, or settings outside their range.
pub fn ears(
    counts: &[Option<f64>],
    rule: Rule,
    baseline: usize,
    alpha: f64,
    at: usize,
) -> Result<Point, Error> {
    let need = rule.history_needed(baseline);
    if baseline < 3 || !(alpha > 0.0 && alpha < 1.0) {
        return Err(Error::Options);
    }
    if at < need || at >= counts.len() {
        return Err(Error::HistoryTooShort { at, need });
    }
    let z = Normal::new(0.0, 1.0).map_err(|_| Error::Options)?.inverse_cdf(1.0 - alpha);
    let observed = counts[at];
    let gap = if rule == Rule::C1 { 0 } else { 2 };
    let moments = |t: usize| moments(&counts[t - gap - baseline..t - gap]);
    let Some((mean, sd)) = moments(at) else {
        return Ok(Point { at, observed, expected: None, upper_bound: None, score: None, alarm: false });
    };
    let (upper, score) = match rule {
        Rule::C1 | Rule::C2 => {
            let score = observed.filter(|_| sd > 0.0).map(|y| (y - mean) / sd);
            (Some(mean + z * sd), score)
        }
        Rule::C3 => {
            let excess = |t: usize| -> Option<f64> {
                let (mean, sd) = moments(t)?;
                let c2 = (counts[t]? - mean) / sd;
                (!c2.is_nan()).then(|| (c2 - 1.0).max(0.0))
            };
            let before = excess(at - 1).zip(excess(at - 2)).map(|(a, b)| a + b);
            let upper = observed
                .zip(before)
                .map(|(y, s)| y + sd * (z - s))
                .filter(|u| !u.is_nan())
                .map(|u| u.max(0.0));
            (upper, before.filter(|s| s.is_finite()))
        }
    };
    let alarm = observed.zip(upper).is_some_and(|(y, u)| y > u);
    Ok(Point { at, observed, expected: Some(mean), upper_bound: upper, score, alarm })
}

/// Mean and standard deviation; `None` with a missing count.
fn moments(v: &[Option<f64>]) -> Option<(f64, f64)> {
    let v: Vec<f64> = v.iter().copied().collect::<Option<_>>()?;
    let n = v.len() as f64;
    let mean = v.iter().sum::<f64>() / n;
    let ss: f64 = v.iter().map(|x| (x - mean) * (x - mean)).sum();
    Some((mean, (ss / (n - 1.0)).sqrt()))
}
