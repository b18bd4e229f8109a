//! Tails, quantiles and the root finder the exact methods stand on.
//!
//! The regularised incomplete beta and gamma functions are those of `statrs`; what is added here is
//! their inversion on a scale where a relative error of 1e-12 can be kept in either tail (its own
//! inverses stop earlier), and the binomial and Poisson tails named the way exact intervals need them.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use statrs::function::{beta, gamma};

/// Quantile of the standard normal distribution, `p` strictly between 0 and 1.
pub fn normal_quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p)
}

/// Two-sided p of a standard normal statistic: P(|Z| >= |z|).
pub fn normal_p_two_sided(z: f64) -> f64 {
    statrs::function::erf::erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// Upper tail of chi-square with `df` degrees of freedom: P(X >= x).
pub fn chi_square_upper(x: f64, df: f64) -> f64 {
    if x <= 0.0 { 1.0 } else { gamma::gamma_ur(df / 2.0, x / 2.0) }
}

/// Two-sided p of a Student t statistic with `df` degrees of freedom.
pub fn student_p_two_sided(t: f64, df: f64) -> f64 {
    let x = df / (df + t * t);
    beta::beta_reg(df / 2.0, 0.5, x)
}

/// Quantile of Student's t with `df` degrees of freedom, `p` strictly between 0 and 1; NaN when `df` is not positive.
pub fn student_quantile(p: f64, df: f64) -> f64 {
    StudentsT::new(0.0, 1.0, df).map_or(f64::NAN, |t| t.inverse_cdf(p))
}

/// Quantile of a gamma distribution with the given shape and rate 1; 0 when the shape is 0.
///
/// Solved on the logarithm of x, so that the relative error is about 1e-13 in both tails.
pub fn gamma_quantile(p: f64, shape: f64) -> f64 {
    if shape <= 0.0 {
        return 0.0;
    }
    gamma_solve(shape, |x| gamma::gamma_lr(shape, x) - p)
}

/// The x whose upper gamma tail (shape given, rate 1) is `q`: what an upper exact limit needs.
pub fn gamma_quantile_upper(q: f64, shape: f64) -> f64 {
    gamma_solve(shape, |x| q - gamma::gamma_ur(shape, x))
}

fn gamma_solve(shape: f64, f: impl Fn(f64) -> f64) -> f64 {
    solve_increasing(shape.ln(), 1.0 / shape.sqrt().max(0.1), |z| f(z.exp())).exp()
}

/// The log odds of success at which P(X >= a) = `q` for X ~ Binomial(n, p); `a` from 1 to n.
pub fn binomial_logit_lower(q: f64, a: u64, n: u64) -> f64 {
    binomial_solve(a, n, |p| binomial_upper(a, n, p) - q)
}

/// The log odds of success at which P(X <= a) = `q` for X ~ Binomial(n, p); `a` from 0 to n - 1.
pub fn binomial_logit_upper(q: f64, a: u64, n: u64) -> f64 {
    binomial_solve(a, n, |p| q - binomial_lower(a, n, p))
}

/// Solves an increasing function of the success probability on the scale of its log odds.
pub(crate) fn binomial_solve(a: u64, n: u64, f: impl Fn(f64) -> f64) -> f64 {
    let start = ((a as f64 + 0.5) / ((n - a) as f64 + 0.5)).ln();
    solve_increasing(start, 0.5, |z| f(logistic(z)))
}

/// 1 / (1 + exp(-z)), without overflow.
pub fn logistic(z: f64) -> f64 {
    if z >= 0.0 { 1.0 / (1.0 + (-z).exp()) } else { z.exp() / (1.0 + z.exp()) }
}

/// P(X >= a) for X ~ Binomial(n, p).
pub fn binomial_upper(a: u64, n: u64, p: f64) -> f64 {
    if a == 0 {
        1.0
    } else if a > n || p <= 0.0 {
        0.0
    } else if p >= 1.0 {
        1.0
    } else {
        beta::beta_reg(a as f64, (n - a) as f64 + 1.0, p)
    }
}

/// P(X <= a) for X ~ Binomial(n, p).
pub fn binomial_lower(a: u64, n: u64, p: f64) -> f64 {
    if a >= n {
        1.0
    } else if p >= 1.0 {
        0.0
    } else if p <= 0.0 {
        1.0
    } else {
        beta::beta_reg((n - a) as f64, a as f64 + 1.0, 1.0 - p)
    }
}

/// P(X = a) for X ~ Binomial(n, p).
pub fn binomial_point(a: u64, n: u64, p: f64) -> f64 {
    if p <= 0.0 {
        return if a == 0 { 1.0 } else { 0.0 };
    }
    if p >= 1.0 {
        return if a == n { 1.0 } else { 0.0 };
    }
    let (x, m) = (a as f64, n as f64);
    let ln_choose = gamma::ln_gamma(m + 1.0) - gamma::ln_gamma(x + 1.0) - gamma::ln_gamma(m - x + 1.0);
    (ln_choose + x * p.ln() + (m - x) * (-p).ln_1p()).exp()
}

/// The zero of an increasing function, found from a starting point and a first step.
///
/// The bracket doubles until it holds a change of sign (or 2,000 is reached on either side, which is
/// the zero of a function that never changes sign within f64's range of exponents); then Brent's
/// method narrows it to about 1e-14 absolute.
pub fn solve_increasing(start: f64, step: f64, f: impl Fn(f64) -> f64) -> f64 {
    const FAR: f64 = 2_000.0;
    let mut width = step.max(1e-6);
    let (mut lower, mut upper) = (start - width, start + width);
    let mut f_lower = f(lower);
    let mut f_upper = f(upper);
    while f_lower > 0.0 && lower > -FAR {
        width *= 2.0;
        (upper, f_upper) = (lower, f_lower);
        lower -= width;
        f_lower = f(lower);
    }
    while f_upper < 0.0 && upper < FAR {
        width *= 2.0;
        (lower, f_lower) = (upper, f_upper);
        upper += width;
        f_upper = f(upper);
    }
    brent(lower, f_lower, upper, f_upper, f)
}

/// Brent's zero of `f` between `a` and `b`; the ends' values are given. R. P. Brent (1973), chapter 4.
fn brent(mut a: f64, mut fa: f64, mut b: f64, mut fb: f64, f: impl Fn(f64) -> f64) -> f64 {
    if fa.abs() < fb.abs() {
        std::mem::swap(&mut a, &mut b);
        std::mem::swap(&mut fa, &mut fb);
    }
    let (mut c, mut fc) = (a, fa);
    let mut d = b - a;
    let mut e = d;
    for _ in 0..200 {
        if fb.signum() * fc.signum() > 0.0 {
            c = a;
            fc = fa;
            d = b - a;
            e = d;
        }
        if fc.abs() < fb.abs() {
            (a, b, c) = (b, c, b);
            (fa, fb, fc) = (fb, fc, fb);
        }
        let tolerance = 2.0 * f64::EPSILON * b.abs() + 1e-15;
        let half = 0.5 * (c - b);
        if half.abs() <= tolerance || fb.abs() <= 0.0 {
            return b;
        }
        if e.abs() >= tolerance && fa.abs() > fb.abs() {
            let s = fb / fa;
            let (mut p, mut q) = if (a - c).abs() <= 0.0 {
                (2.0 * half * s, 1.0 - s)
            } else {
                let (q, r) = (fa / fc, fb / fc);
                (s * (2.0 * half * q * (q - r) - (b - a) * (r - 1.0)), (q - 1.0) * (r - 1.0) * (s - 1.0))
            };
            if p > 0.0 {
                q = -q;
            } else {
                p = -p;
            }
            if 2.0 * p < (3.0 * half * q - (tolerance * q).abs()).min((e * q).abs()) {
                e = d;
                d = p / q;
            } else {
                d = half;
                e = half;
            }
        } else {
            d = half;
            e = half;
        }
        a = b;
        fa = fb;
        b += if d.abs() > tolerance { d } else { tolerance * half.signum() };
        fb = f(b);
    }
    b
}
