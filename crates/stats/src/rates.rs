//! Rates per person-time: one rate, two rates compared, and the comparison within strata.
//!
//! Letters: `a` events in `ta` units of person-time in the group of interest, `b` events in `tb` units
//! in the reference. All two-sided p values and intervals are *central* (each tail gets half), because
//! a smallest-likelihood p and a central interval can contradict each other (Fay 2010,
//! 10.1093/biostatistics/kxp050).

use crate::dist::{
    binomial_logit_lower, binomial_logit_upper, binomial_lower, binomial_point, binomial_solve,
    binomial_upper, chi_square_upper, gamma_quantile, gamma_quantile_upper, normal_quantile,
};
use thiserror::Error;

/// Why a rate cannot be computed from what was given.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum RateError {
    /// Person-time must be positive and finite.
    #[error("person-time must be a positive number, not {0}")]
    Exposure(f64),
    /// A confidence level is a share strictly between 0 and 1.
    #[error("a confidence level lies strictly between 0 and 1, not {0}")]
    Level(f64),
}

/// A rate per unit of person-time with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Events per unit of person-time.
    pub rate: f64,
    /// Lower limit; 0 when there is no event.
    pub lower: f64,
    /// Upper limit, always finite.
    pub upper: f64,
}

/// The rate of one group with Garwood's exact interval.
///
/// `events` are counts of a Poisson variable, `exposure` is person-time > 0. Conservative: coverage is
/// at least `level`.
/// Reference: Garwood 1936, 10.1093/biomet/28.3-4.437. Checked against: epitools 0.5.10.1 `pois.exact`,
/// 8 digits (`tests/detect_rates.rs`).
pub fn rate_exact(events: u64, exposure: f64, level: f64) -> Result<Rate, RateError> {
    check(exposure, exposure, level)?;
    let tail = (1.0 - level) / 2.0;
    let a = events as f64;
    Ok(Rate {
        rate: a / exposure,
        lower: gamma_quantile(tail, a) / exposure,
        upper: gamma_quantile_upper(tail, a + 1.0) / exposure,
    })
}

/// Two rates compared. `None` is "the data hold no information", infinity is infinity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateRatio {
    /// (a/ta) / (b/tb); infinite when only `b` is 0; `None` when both counts are 0.
    pub ratio: Option<f64>,
    /// Exact central interval. With both counts 0 it is 0 to infinity: anything fits.
    pub lower: f64,
    /// Upper end of the exact central interval.
    pub upper: f64,
    /// Twice the smaller exact tail, at most 1; agrees with `lower` and `upper`.
    pub p_central: f64,
    /// Mid-p interval: half of the observed outcome's probability in each tail. Less conservative.
    pub lower_mid: f64,
    /// Upper end of the mid-p interval.
    pub upper_mid: f64,
    /// Twice the smaller mid-p tail; agrees with `lower_mid` and `upper_mid`.
    pub p_mid: f64,
    /// a/ta - b/tb.
    pub difference: f64,
    /// Score interval of the difference (Miettinen and Nurminen).
    pub difference_lower: f64,
    /// Upper end of the score interval of the difference.
    pub difference_upper: f64,
}

/// Rate ratio of two groups, conditional on their total count.
///
/// Given a + b events, `a` is binomial with success odds `ratio * ta / tb`; Clopper-Pearson limits of
/// that probability become limits of the ratio. A zero count gives a one-sided interval (0 or infinity
/// on the other side), never a corrected count; both counts 0 give no ratio and the interval [0, inf).
/// The difference has Miettinen and Nurminen's score interval for rates.
/// References: Przyborowski & Wilenski 1940, 10.1093/biomet/31.3-4.313; Fay 2010,
/// 10.1093/biostatistics/kxp050; Miettinen & Nurminen 1985, 10.1002/sim.4780040211.
/// Checked against: R 4.2.2 `poisson.test`, epitools 0.5.10.1 `rateratio.midp`, 6 to 9 digits.
pub fn rate_ratio(a: u64, ta: f64, b: u64, tb: f64, level: f64) -> Result<RateRatio, RateError> {
    check(ta, tb, level)?;
    let tail = (1.0 - level) / 2.0;
    let n = a + b;
    let (rate_a, rate_b) = (a as f64 / ta, b as f64 / tb);
    let (difference_lower, difference_upper) = difference_score(a as f64, ta, b as f64, tb, level);
    let time_odds = tb / ta;
    let null = ta / (ta + tb);

    let lower = if a == 0 { 0.0 } else { binomial_logit_lower(tail, a, n).exp() * time_odds };
    let upper = if b == 0 { f64::INFINITY } else { binomial_logit_upper(tail, a, n).exp() * time_odds };
    let mid_upper_tail = |p: f64| binomial_upper(a + 1, n, p) + 0.5 * binomial_point(a, n, p);
    let mid_lower_tail = |p: f64| {
        if a == 0 {
            0.5 * binomial_point(0, n, p)
        } else {
            binomial_lower(a - 1, n, p) + 0.5 * binomial_point(a, n, p)
        }
    };
    let lower_mid =
        if a == 0 { 0.0 } else { binomial_solve(a, n, |p| mid_upper_tail(p) - tail).exp() * time_odds };
    let upper_mid = if b == 0 {
        f64::INFINITY
    } else {
        binomial_solve(a, n, |p| tail - mid_lower_tail(p)).exp() * time_odds
    };

    let ratio = match (a, b) {
        (0, 0) => None,
        (_, 0) => Some(f64::INFINITY),
        _ => Some(rate_a / rate_b),
    };
    Ok(RateRatio {
        ratio,
        lower,
        upper,
        p_central: (2.0 * binomial_upper(a, n, null).min(binomial_lower(a, n, null))).min(1.0),
        lower_mid,
        upper_mid,
        p_mid: if n == 0 { 1.0 } else { (2.0 * mid_upper_tail(null).min(mid_lower_tail(null))).min(1.0) },
        difference: rate_a - rate_b,
        difference_lower,
        difference_upper,
    })
}

/// Score limits of a/ta - b/tb: the differences a score test at this level does not reject.
fn difference_score(a: f64, ta: f64, b: f64, tb: f64, level: f64) -> (f64, f64) {
    let z = normal_quantile(0.5 + level / 2.0);
    let estimate = a / ta - b / tb;
    // The rate of the reference that is most likely when the difference is `delta`: positive root of
    // (ta + tb) r^2 + ((ta + tb) delta - a - b) r - b delta = 0.
    let score = |delta: f64| {
        let total = ta + tb;
        let half = (total * delta - a - b) / (2.0 * total);
        let root = -half + (half * half + b * delta / total).max(0.0).sqrt();
        let rate_b = root.max(0.0).max(-delta);
        let variance = (rate_b + delta).max(0.0) / ta + rate_b / tb;
        (delta - estimate) / variance.max(f64::MIN_POSITIVE).sqrt()
    };
    let scale = (a + b + z * z + 1.0) / ta.min(tb);
    let find = |target: f64| {
        crate::dist::solve_increasing(estimate / scale, 0.1, |x| score(x * scale) - target) * scale
    };
    (find(-z), find(z))
}

/// One stratum of a stratified comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateStratum {
    /// Events in the group of interest.
    pub a: u64,
    /// Person-time of the group of interest, >= 0.
    pub ta: f64,
    /// Events in the reference.
    pub b: u64,
    /// Person-time of the reference, >= 0.
    pub tb: f64,
}

/// The Mantel-Haenszel rate ratio; shown beside the crude one, since the two may disagree in direction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MantelHaenszel {
    /// Common rate ratio; infinite or 0 with one-sided data; `None` without information.
    pub ratio: Option<f64>,
    /// Lower limit on the log scale; `None` when the variance is undefined (a sum is 0).
    pub lower: Option<f64>,
    /// Upper limit.
    pub upper: Option<f64>,
    /// Two-sided p of the Mantel-Haenszel score test, without continuity correction.
    pub p: Option<f64>,
    /// Strata in which both groups have person-time and at least one has an event.
    pub informative_strata: usize,
}

/// Mantel-Haenszel rate ratio over strata with the Greenland-Robins variance of its logarithm.
///
/// Assumes one ratio in all strata; a stratum where one side has no person-time carries no weight.
/// References: Mantel & Haenszel 1959; Greenland & Robins 1985, 10.2307/2530643; Rothman & Greenland.
/// Checked against: epiR 2.0.57 on the Berkeley admissions (point estimate, 9 digits).
pub fn mantel_haenszel(strata: &[RateStratum], level: f64) -> Result<MantelHaenszel, RateError> {
    if !(level > 0.0 && level < 1.0) {
        return Err(RateError::Level(level));
    }
    let (mut r, mut s, mut variance_sum) = (0.0, 0.0, 0.0);
    let (mut excess, mut informative) = (0.0, 0);
    for stratum in strata {
        let total = stratum.ta + stratum.tb;
        if !(stratum.ta >= 0.0 && stratum.tb >= 0.0 && total.is_finite()) {
            return Err(RateError::Exposure(stratum.ta.min(stratum.tb)));
        }
        if stratum.ta <= 0.0 || stratum.tb <= 0.0 || stratum.a + stratum.b == 0 {
            continue;
        }
        let (a, b) = (stratum.a as f64, stratum.b as f64);
        r += a * stratum.tb / total;
        s += b * stratum.ta / total;
        variance_sum += (a + b) * stratum.ta * stratum.tb / (total * total);
        excess += a - (a + b) * stratum.ta / total;
        informative += 1;
    }
    let ratio = if informative == 0 {
        None
    } else if s > 0.0 {
        Some(r / s)
    } else {
        Some(f64::INFINITY)
    };
    let limits = (r > 0.0 && s > 0.0).then(|| {
        let half = normal_quantile(0.5 + level / 2.0) * (variance_sum / (r * s)).sqrt();
        ((r / s) * (-half).exp(), (r / s) * half.exp())
    });
    Ok(MantelHaenszel {
        ratio,
        lower: limits.map(|l| l.0),
        upper: limits.map(|l| l.1),
        p: (variance_sum > 0.0).then(|| chi_square_upper(excess * excess / variance_sum, 1.0)),
        informative_strata: informative,
    })
}

/// Disproportionality index of a group: its share of the events over its share of the person-time.
///
/// The base is what `exposure` counts (a population, or those at the preceding decision); say which.
/// `None` without any event. Reference: Shaw, Putnam-Hornstein, Magruder & Needell 2008.
pub fn disproportionality(events: u64, exposure: f64, events_total: u64, exposure_total: f64) -> Option<f64> {
    (events_total > 0 && exposure > 0.0)
        .then(|| (events as f64 / events_total as f64) / (exposure / exposure_total))
}

fn check(ta: f64, tb: f64, level: f64) -> Result<(), RateError> {
    for exposure in [ta, tb] {
        if !(exposure > 0.0 && exposure.is_finite()) {
            return Err(RateError::Exposure(exposure));
        }
    }
    if level > 0.0 && level < 1.0 { Ok(()) } else { Err(RateError::Level(level)) }
}
