//! The regularised incomplete beta function, for the tails of the binomial family.

use statrs::function::gamma::ln_gamma;

/// `I_x(a, b)` for `0 <= x <= 1`, `a, b > 0`, by Lentz's continued fraction with as many terms as it
/// takes (a few times the root of the larger parameter).
///
/// Reference: DLMF 8.17.22, <https://dlmf.nist.gov/8.17>.
pub(crate) fn beta_regularised(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_regularised(1.0 - x, b, a);
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp() / a;
    let tiny = 1e-300;
    let floor = |v: f64| if v.abs() < tiny { tiny } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / floor(1.0 - (a + b) * x / (a + 1.0));
    let mut f = d;
    for m in 1..100_000_u32 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / floor(1.0 + even * d);
        c = floor(1.0 + even / c);
        f *= c * d;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / floor(1.0 + odd * d);
        c = floor(1.0 + odd / c);
        f *= c * d;
        if (c * d - 1.0).abs() < 1e-15 {
            break;
        }
    }
    (front * f).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_are_met() {
        // I_x(1, b) = 1 - (1-x)^b; I_x(a, 1) = x^a; symmetry at one half.
        assert!((beta_regularised(0.3, 1.0, 4.0) - (1.0 - 0.7_f64.powi(4))).abs() < 1e-14);
        assert!((beta_regularised(0.3, 2.5, 1.0) - 0.3_f64.powf(2.5)).abs() < 1e-14);
        assert!((beta_regularised(0.5, 4000.0, 4000.0) - 0.5).abs() < 1e-9);
    }
}
