//! The bound over which a count is an alarm, and how improbable the count is.

use crate::incomplete_beta::beta_regularised;
use statrs::distribution::{ContinuousCDF, Normal};
use statrs::function::gamma::{gamma_lr, gamma_ur};

/// Upper bound, score and exceedance probability of one period.
pub(super) struct Bound {
    pub upper: f64,
    pub score: Option<f64>,
    pub exceedance: Option<f64>,
}

/// Normal interval for the count to the power 2/3, where counts are nearly symmetric.
/// `tail` is the probability over the bound; `se` belongs to the mean.
pub(super) fn power(mean: f64, se: f64, dispersion: f64, tail: f64, y: Option<f64>) -> Option<Bound> {
    let normal = Normal::new(0.0, 1.0).ok()?;
    let tau = dispersion + se * se / mean;
    let spread = (4.0 / 9.0 * mean.cbrt() * tau).sqrt();
    let middle = mean.powf(2.0 / 3.0);
    let upper = (middle + normal.inverse_cdf(1.0 - tail) * spread).powf(1.5);
    let exceedance = y.map(|y| normal.sf((y.powf(2.0 / 3.0) - middle) / spread));
    upper.is_finite().then_some(Bound { upper, score: y.map(|y| (y - mean) / (upper - mean)), exceedance })
}

/// Quantile of a negative binomial with mean `mu` and variance `dispersion * mu`; Poisson at 1. With
/// `se > 0` the mean is taken at its own upper quantile.
pub(super) fn negative_binomial(
    eta: f64,
    se: f64,
    dispersion: f64,
    alpha: f64,
    y: Option<f64>,
) -> Option<Bound> {
    let normal = Normal::new(0.0, 1.0).ok()?;
    let mu = if se > 0.0 { (eta + se * normal.inverse_cdf(1.0 - alpha)).exp() } else { eta.exp() };
    if !mu.is_finite() {
        return None;
    }
    let upper = quantile(1.0 - alpha, mu, dispersion);
    let exceedance = y.map(|y| at_least(y, mu, dispersion));
    Some(Bound { upper, score: y.map(|y| (y - eta) / (upper - eta)), exceedance })
}

/// `P(Y <= x)` for a whole number `x >= 0`.
fn at_most(x: f64, mu: f64, dispersion: f64) -> f64 {
    if dispersion > 1.0 {
        beta_regularised(1.0 / dispersion, mu / (dispersion - 1.0), x + 1.0)
    } else {
        gamma_ur(x + 1.0, mu)
    }
}

/// `P(Y >= y)`; a count that is not whole is judged as the whole number over it.
fn at_least(y: f64, mu: f64, dispersion: f64) -> f64 {
    let y = y.ceil();
    if y < 1.0 {
        return 1.0;
    }
    if dispersion > 1.0 {
        beta_regularised(1.0 - 1.0 / dispersion, y, mu / (dispersion - 1.0))
    } else {
        gamma_lr(y, mu)
    }
}

/// The smallest whole number `x` with `P(Y <= x) >= p`, found by doubling and halving.
fn quantile(p: f64, mu: f64, dispersion: f64) -> f64 {
    // One part in 10^14 keeps a probability that should equal p from missing it by rounding.
    let p = p * (1.0 - 64.0 * f64::EPSILON);
    if at_most(0.0, mu, dispersion) >= p {
        return 0.0;
    }
    let mut low = 0.0;
    let mut high = (mu + 4.0 * (mu * dispersion).sqrt()).ceil().max(1.0);
    while at_most(high, mu, dispersion) < p {
        low = high;
        high *= 2.0;
    }
    while high - low > 1.5 {
        let middle = ((low + high) / 2.0).floor();
        if at_most(middle, mu, dispersion) >= p {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantile_is_the_first_count_whose_distribution_reaches_p() {
        for (mu, phi) in [(0.3, 1.0), (2.5, 1.0), (2.5, 1.7), (40.0, 3.0), (9000.0, 1.4), (9000.0, 40.0)] {
            let q = quantile(0.99, mu, phi);
            assert!(at_most(q, mu, phi) >= 0.99 - 1e-12, "{mu} {phi}");
            assert!(q < 0.5 || at_most(q - 1.0, mu, phi) < 0.99);
        }
    }

    #[test]
    fn exceedance_and_distribution_add_up_to_one() {
        for (mu, phi) in [(2.5, 1.0), (2.5, 1.7), (900.0, 3.0)] {
            let s = at_least(4.0, mu, phi) + at_most(3.0, mu, phi);
            assert!((s - 1.0).abs() < 1e-12);
        }
    }
}
