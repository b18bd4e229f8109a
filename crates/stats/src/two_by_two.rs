//! Two-by-two tables: risk ratio, risk difference and odds ratio, with intervals that survive empty cells.
//!
//! Letters: `a` exposed with the event, `b` exposed without, `c` unexposed with, `d` unexposed without.

use crate::dist::{normal_quantile, solve_increasing};
use thiserror::Error;

/// Why a table cannot be analysed.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum TableError {
    /// A row of the table is empty, so it has no risk.
    #[error("the {0} group is empty")]
    EmptyGroup(&'static str),
    /// A confidence level is a share strictly between 0 and 1.
    #[error("a confidence level lies strictly between 0 and 1, not {0}")]
    Level(f64),
}

/// An estimate and its interval; `estimate` is `None` where the data hold no information, while the
/// interval then covers everything. Infinity is infinity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The point estimate.
    pub estimate: Option<f64>,
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
}

/// Everything a two-by-two table says here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoByTwo {
    /// Risk among the exposed, a / (a + b).
    pub risk_exposed: f64,
    /// Risk among the unexposed, c / (c + d).
    pub risk_unexposed: f64,
    /// Risk ratio with Miettinen and Nurminen's score interval.
    pub risk_ratio: Estimate,
    /// Risk difference (a proportion, not per 100) with Miettinen and Nurminen's score interval.
    pub risk_difference: Estimate,
    /// Conditional maximum-likelihood odds ratio with the exact central interval.
    pub odds_ratio: Estimate,
    /// Twice the smaller exact conditional tail at odds ratio 1; agrees with the odds ratio's interval.
    pub p_central: f64,
    /// The same with half of the observed table's probability.
    pub p_mid: f64,
}

/// Analyses one two-by-two table.
///
/// Score intervals invert the score test with the variance under the constrained maximum-likelihood
/// risks and the factor N/(N-1). An empty event cell gives 0 or infinity and a one-sided interval; no
/// cell is "corrected". No event at all (or nothing but events) leaves no information on the odds ratio.
/// References: Miettinen & Nurminen 1985, 10.1002/sim.4780040211; Fisher 1935; Fay 2010,
/// 10.1093/biostatistics/kxp050. Checked against: R 4.2.2 `fisher.test`, epitools 0.5.10.1, epiR 2.0.57
/// (risk difference), see `tests/detect_two_by_two.rs`; epiR's score risk ratio is wrong with odd
/// sizes and empty cells and is not used.
pub fn two_by_two(a: u64, b: u64, c: u64, d: u64, level: f64) -> Result<TwoByTwo, TableError> {
    if !(level > 0.0 && level < 1.0) {
        return Err(TableError::Level(level));
    }
    if a + b == 0 {
        return Err(TableError::EmptyGroup("exposed"));
    }
    if c + d == 0 {
        return Err(TableError::EmptyGroup("unexposed"));
    }
    let z = normal_quantile(0.5 + level / 2.0);
    let (x1, n1, x0, n0) = (a as f64, (a + b) as f64, c as f64, (c + d) as f64);
    let conditional = Conditional::new(a, b, c, d);
    let (p_central, p_mid) = conditional.p_values();
    Ok(TwoByTwo {
        risk_exposed: x1 / n1,
        risk_unexposed: x0 / n0,
        risk_ratio: ratio_score(x1, n1, x0, n0, z),
        risk_difference: difference_score(x1, n1, x0, n0, z),
        odds_ratio: conditional.odds_ratio((1.0 - level) / 2.0),
        p_central,
        p_mid,
    })
}

fn ratio_score(x1: f64, n1: f64, x0: f64, n0: f64, z: f64) -> Estimate {
    let n = n1 + n0;
    let estimate = if x0 > 0.0 {
        Some((x1 / n1) / (x0 / n0))
    } else if x1 > 0.0 {
        Some(f64::INFINITY)
    } else {
        None
    };
    // The signed score statistic, increasing in the logarithm of the ratio under test.
    let score = |log_ratio: f64| {
        let theta = log_ratio.exp();
        let qa = n * theta;
        let qb = -(n1 * theta + x1 + n0 + x0 * theta);
        let qc = x1 + x0;
        // The smaller root, written without cancellation.
        let p0 = (2.0 * qc / (-qb + (qb * qb - 4.0 * qa * qc).max(0.0).sqrt())).clamp(0.0, 1.0);
        let p1 = (p0 * theta).min(1.0);
        let variance = (p1 * (1.0 - p1) / n1 + theta * theta * p0 * (1.0 - p0) / n0) * n / (n - 1.0);
        signed_ratio(theta * x0 / n0 - x1 / n1, variance)
    };
    let start = ((x1 + 0.5) / (n1 + 0.5)).ln() - ((x0 + 0.5) / (n0 + 0.5)).ln();
    Estimate {
        estimate,
        lower: if x1 > 0.0 { solve_increasing(start, 0.5, |t| score(t) + z).exp() } else { 0.0 },
        upper: if x0 > 0.0 { solve_increasing(start, 0.5, |t| score(t) - z).exp() } else { f64::INFINITY },
    }
}

fn difference_score(x1: f64, n1: f64, x0: f64, n0: f64, z: f64) -> Estimate {
    let n = n1 + n0;
    let estimate = x1 / n1 - x0 / n0;
    let score = |delta: f64| {
        let p0 = constrained_risk(x1, n1, x0, n0, delta);
        let p1 = (p0 + delta).clamp(0.0, 1.0);
        let variance = (p1 * (1.0 - p1) / n1 + p0 * (1.0 - p0) / n0) * n / (n - 1.0);
        signed_ratio(delta - estimate, variance)
    };
    // Differences live strictly inside (-1, 1); the hyperbolic tangent maps the line onto it.
    let start = estimate.clamp(-0.999, 0.999).atanh();
    let find = |target: f64| solve_increasing(start, 0.1, |t| score(t.tanh()) - target).tanh();
    Estimate { estimate: Some(estimate), lower: find(-z), upper: find(z) }
}

/// The unexposed risk that maximises the likelihood when the risk difference is `delta`: the admissible
/// root of Miettinen and Nurminen's cubic (their appendix I), found by trigonometry.
fn constrained_risk(x1: f64, n1: f64, x0: f64, n0: f64, delta: f64) -> f64 {
    let n = n1 + n0;
    let l3 = n;
    let l2 = (n1 + 2.0 * n0) * delta - n - x1 - x0;
    let l1 = (n0 * delta - n - 2.0 * x0) * delta + x1 + x0;
    let l0 = x0 * delta * (1.0 - delta);
    let third = l2 / (3.0 * l3);
    let q = third.powi(3) - l1 * l2 / (6.0 * l3 * l3) + l0 / (2.0 * l3);
    let p = q.signum() * (third * third - l1 / (3.0 * l3)).max(0.0).sqrt();
    let cosine = if p.abs() > 0.0 { (q / p.powi(3)).clamp(-1.0, 1.0) } else { 0.0 };
    let angle = (std::f64::consts::PI + cosine.acos()) / 3.0;
    (2.0 * p * angle.cos() - third).clamp((-delta).max(0.0), (1.0 - delta).min(1.0))
}

/// numerator / sqrt(variance), where no deviation is no evidence even if the variance vanishes.
fn signed_ratio(numerator: f64, variance: f64) -> f64 {
    if numerator.abs() < 1e-15 { 0.0 } else { numerator / variance.max(1e-300).sqrt() }
}

/// The distribution of `a` given all margins: Fisher's noncentral hypergeometric.
struct Conditional {
    /// Smallest possible `a`.
    first: u64,
    /// Logarithms of the weights at odds ratio 1, up to a constant.
    ln_weight: Vec<f64>,
    /// Position of the observed `a`.
    at: usize,
}

impl Conditional {
    fn new(a: u64, b: u64, c: u64, d: u64) -> Conditional {
        let first = a.saturating_sub(d);
        let at = a - first;
        let last = a + b.min(c);
        let mut ln_weight = vec![0.0];
        let mut sum = 0.0;
        for k in first..last {
            // The cells of the table with k events among the exposed, before one is moved.
            let (kb, kc, kd) = (a + b - k, a + c - k, d + k - a);
            sum += ((kb as f64) * (kc as f64)).ln() - ((k + 1) as f64).ln() - ((kd + 1) as f64).ln();
            ln_weight.push(sum);
        }
        Conditional { first, ln_weight, at: usize::try_from(at).unwrap_or(usize::MAX) }
    }

    /// Probability below the observed value, at it, above it, and the mean, at a log odds ratio.
    fn parts(&self, ln_psi: f64) -> (f64, f64, f64, f64) {
        let tilted = |i: usize| self.ln_weight[i] + i as f64 * ln_psi;
        let peak = (0..self.ln_weight.len()).map(tilted).fold(f64::NEG_INFINITY, f64::max);
        let (mut below, mut point, mut above, mut moment) = (0.0, 0.0, 0.0, 0.0);
        for i in 0..self.ln_weight.len() {
            let w = (tilted(i) - peak).exp();
            moment += w * (self.first as f64 + i as f64);
            match i.cmp(&self.at) {
                std::cmp::Ordering::Less => below += w,
                std::cmp::Ordering::Equal => point += w,
                std::cmp::Ordering::Greater => above += w,
            }
        }
        let total = below + point + above;
        (below / total, point / total, above / total, moment / total)
    }

    fn p_values(&self) -> (f64, f64) {
        let (below, point, above, _) = self.parts(0.0);
        let central = 2.0 * (below + point).min(above + point);
        let mid = 2.0 * (below + 0.5 * point).min(above + 0.5 * point);
        (central.min(1.0), mid.min(1.0))
    }

    fn odds_ratio(&self, tail: f64) -> Estimate {
        let last = self.ln_weight.len() - 1;
        if last == 0 {
            return Estimate { estimate: None, lower: 0.0, upper: f64::INFINITY };
        }
        let solve = |f: &dyn Fn(f64) -> f64| solve_increasing(0.0, 1.0, f).exp();
        let observed = self.first as f64 + self.at as f64;
        let estimate = if self.at == 0 {
            0.0
        } else if self.at == last {
            f64::INFINITY
        } else {
            solve(&|t| self.parts(t).3 - observed)
        };
        let lower = if self.at == 0 {
            0.0
        } else {
            solve(&|t| {
                let (_, point, above, _) = self.parts(t);
                point + above - tail
            })
        };
        let upper = if self.at == last {
            f64::INFINITY
        } else {
            solve(&|t| {
                let (below, point, _, _) = self.parts(t);
                tail - below - point
            })
        };
        Estimate { estimate: Some(estimate), lower, upper }
    }
}
