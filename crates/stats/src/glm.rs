//! Generalised linear models: Poisson and quasi-Poisson with log link, logistic, and ordinary least
//! squares.
//!
//! Fitted by iteratively reweighted least squares with a QR in every step (Nelder and Wedderburn 1972,
//! doi:10.2307/2344614). Conventions are those of R's `glm`, because the surveillance and evaluation
//! methods built on it are compared with R to seven digits: start at `y + 0.1`, stop when the deviance
//! moves by less than `epsilon` relative, and take dispersion and covariance from the weights of the
//! last step. Checked against: R 4.2.2 `glm` and `lm` on the sicily data (`tests/causal_its.rs`), and
//! through the Farrington detectors (`tests/trend_farrington.rs`).

use crate::linalg::{Mat, Qr};

/// The distribution of the outcome, with its link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Counts, log link, dispersion 1.
    Poisson,
    /// Counts, log link, variance proportional to the mean; dispersion from Pearson residuals.
    QuasiPoisson,
    /// Outcomes 0 or 1 (or a share), logit link, dispersion 1.
    Binomial,
}

/// When to stop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GlmOptions {
    /// Most steps to take. R's default is 25.
    pub max_iterations: usize,
    /// Relative change of the deviance under which the fit has converged.
    pub epsilon: f64,
}

impl Default for GlmOptions {
    fn default() -> Self {
        GlmOptions { max_iterations: 25, epsilon: 1e-8 }
    }
}

/// What the caller can fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GlmError {
    /// Fewer usable rows than needed, or none.
    #[error("fit the model: {rows} usable rows for {columns} terms")]
    TooFewRows {
        /// Rows with positive weight.
        rows: usize,
        /// Columns of the design.
        columns: usize,
    },
    /// The inputs do not have one entry per row.
    #[error("fit the model: the inputs differ in length")]
    Lengths,
    /// An entry is missing, infinite or outside what the family allows.
    #[error("fit the model: row {row} holds a value the model cannot use")]
    Value {
        /// Row, from 0.
        row: usize,
    },
    /// The fit left the numbers: fitted values overflowed.
    #[error("fit the model: the fitted values grew without bound")]
    Diverged,
}

/// A fitted model.
#[derive(Debug, Clone)]
pub struct Glm {
    /// One per column; 0 for a column that depends on earlier ones (see `dependent`).
    pub coefficients: Vec<f64>,
    /// Columns left out because they depend on earlier ones.
    pub dependent: Vec<usize>,
    /// `(X'WX)^-1`, before multiplication with the dispersion.
    pub covariance_unscaled: Mat,
    /// Pearson statistic over the residual degrees of freedom, whatever the family;
    /// `None` without residual degrees of freedom.
    pub pearson_dispersion: Option<f64>,
    /// Deviance of the last step.
    pub deviance: f64,
    /// Fitted means.
    pub fitted: Vec<f64>,
    /// Fitted linear predictors, offset included.
    pub linear: Vec<f64>,
    /// Working residuals `(y - mu) / (dmu/deta)` of the last step.
    pub working_residuals: Vec<f64>,
    /// Leverages, from the last weighted decomposition.
    pub leverage: Vec<f64>,
    /// Rows with positive weight minus rank.
    pub df_residual: usize,
    /// Whether the deviance settled within the allowed steps.
    pub converged: bool,
    /// Steps taken.
    pub iterations: usize,
}

impl Glm {
    /// The dispersion the family prescribes: 1, or Pearson's for quasi-Poisson.
    #[must_use]
    pub fn dispersion(&self, family: Family) -> Option<f64> {
        match family {
            Family::Poisson | Family::Binomial => Some(1.0),
            Family::QuasiPoisson => self.pearson_dispersion,
        }
    }
}

/// Fits a generalised linear model.
///
/// `x` holds every term, the intercept among them; `offset` is added to the linear predictor; `weights`
/// are prior weights >= 0 (a row with weight 0 takes no part).
///
/// # Errors
/// Lengths that differ, values the family cannot take, fewer rows than terms, or divergence. A fit that
/// only did not settle is returned with `converged` false.
pub fn glm(
    x: &Mat,
    y: &[f64],
    offset: Option<&[f64]>,
    weights: Option<&[f64]>,
    family: Family,
    options: &GlmOptions,
) -> Result<Glm, GlmError> {
    let (n, p) = (x.rows(), x.cols());
    if y.len() != n || offset.is_some_and(|o| o.len() != n) || weights.is_some_and(|w| w.len() != n) {
        return Err(GlmError::Lengths);
    }
    let prior = |i: usize| weights.map_or(1.0, |w| w[i]);
    let shift = |i: usize| offset.map_or(0.0, |o| o[i]);
    for (i, &outcome) in y.iter().enumerate() {
        let fits = match family {
            Family::Poisson | Family::QuasiPoisson => outcome >= 0.0,
            Family::Binomial => (0.0..=1.0).contains(&outcome),
        };
        let finite = outcome.is_finite() && shift(i).is_finite() && prior(i).is_finite() && prior(i) >= 0.0;
        if !fits || !finite || (0..p).any(|j| !x.at(i, j).is_finite()) {
            return Err(GlmError::Value { row: i });
        }
    }
    let used: Vec<usize> = (0..n).filter(|&i| prior(i) > 0.0).collect();
    if used.len() < p || used.is_empty() {
        return Err(GlmError::TooFewRows { rows: used.len(), columns: p });
    }

    let mut eta: Vec<f64> = (0..n)
        .map(|i| match family {
            Family::Poisson | Family::QuasiPoisson => (y[i] + 0.1).ln(),
            Family::Binomial => logit((prior(i) * y[i] + 0.5) / (prior(i) + 1.0)),
        })
        .collect();
    let mut mu: Vec<f64> = eta.iter().map(|&e| inverse_link(family, e)).collect();
    let mut deviance = total_deviance(family, y, &mu, weights);
    let mut beta_old: Option<Vec<f64>> = None;
    let mut converged = false;
    let mut iterations = 0;
    // A step leaves these behind; they describe the last decomposition, as R's do.
    let mut last: Option<(Qr, Mat, Vec<f64>)> = None;
    let mut beta = vec![0.0; p];

    while iterations < options.max_iterations {
        iterations += 1;
        let mut wx = Mat::zeros(n, p);
        let mut wz = vec![0.0; n];
        let mut w = vec![0.0; n];
        for &i in &used {
            let slope = link_slope(family, eta[i], mu[i]);
            let variance = variance(family, mu[i]);
            if slope.abs() < f64::MIN_POSITIVE || variance <= 0.0 {
                continue;
            }
            w[i] = prior(i) * slope * slope / variance;
            let z = eta[i] - shift(i) + (y[i] - mu[i]) / slope;
            wz[i] = w[i].sqrt() * z;
        }
        let root: Vec<f64> = w.iter().map(|v| v.sqrt()).collect();
        for j in 0..p {
            for ((o, v), r) in wx.col_mut(j).iter_mut().zip(x.col(j)).zip(&root) {
                *o = v * r;
            }
        }
        let qr = Qr::new(&wx, (options.epsilon / 1000.0).min(1e-7));
        beta = qr.solve(&wz);
        let evaluate = |b: &[f64]| {
            let mut eta = x.times(b);
            if let Some(o) = offset {
                for (e, o) in eta.iter_mut().zip(o) {
                    *e += o;
                }
            }
            let mu: Vec<f64> = eta.iter().map(|&e| inverse_link(family, e)).collect();
            let deviance = total_deviance(family, y, &mu, weights);
            (eta, mu, deviance)
        };
        let (mut e, mut m, mut d) = evaluate(&beta);
        // A step so long that the deviance is no number is halved towards the last good one.
        let mut halvings = 0;
        while !d.is_finite() {
            let Some(old) = &beta_old else { return Err(GlmError::Diverged) };
            if halvings == options.max_iterations {
                return Err(GlmError::Diverged);
            }
            for (b, o) in beta.iter_mut().zip(old) {
                *b = f64::midpoint(*b, *o);
            }
            (e, m, d) = evaluate(&beta);
            halvings += 1;
        }
        let moved = (d - deviance).abs() / (d.abs() + 0.1);
        eta = e;
        mu = m;
        deviance = d;
        last = Some((qr, wx, w));
        if moved < options.epsilon {
            converged = true;
            break;
        }
        beta_old = Some(beta.clone());
    }

    let Some((qr, wx, w)) = last else {
        return Err(GlmError::TooFewRows { rows: used.len(), columns: p });
    };
    let working_residuals: Vec<f64> = (0..n)
        .map(|i| {
            let slope = link_slope(family, eta[i], mu[i]);
            if slope.abs() < f64::MIN_POSITIVE { 0.0 } else { (y[i] - mu[i]) / slope }
        })
        .collect();
    let df_residual = used.len() - qr.rank();
    let pearson: f64 = w.iter().zip(&working_residuals).map(|(w, r)| w * r * r).sum();
    let pearson_dispersion = (df_residual > 0).then(|| pearson / df_residual as f64);
    Ok(Glm {
        coefficients: beta,
        dependent: qr.dependent(),
        covariance_unscaled: qr.cross_inverse(),
        pearson_dispersion,
        deviance,
        fitted: mu,
        linear: eta,
        working_residuals,
        leverage: qr.leverage(&wx),
        df_residual,
        converged,
        iterations,
    })
}

fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

/// R bounds the logistic mean away from 0 and 1 by the machine precision; so do we, or one separated
/// row would stop the fit.
fn inverse_link(family: Family, eta: f64) -> f64 {
    match family {
        Family::Poisson | Family::QuasiPoisson => eta.exp().max(f64::EPSILON),
        Family::Binomial => {
            let e = eta.clamp(-30.0, 30.0).exp();
            (e / (1.0 + e)).clamp(f64::EPSILON, 1.0 - f64::EPSILON)
        }
    }
}

fn link_slope(family: Family, eta: f64, mu: f64) -> f64 {
    match family {
        Family::Poisson | Family::QuasiPoisson => eta.exp().max(f64::EPSILON),
        Family::Binomial => (mu * (1.0 - mu)).max(f64::EPSILON),
    }
}

fn variance(family: Family, mu: f64) -> f64 {
    match family {
        Family::Poisson | Family::QuasiPoisson => mu,
        Family::Binomial => mu * (1.0 - mu),
    }
}

fn total_deviance(family: Family, y: &[f64], mu: &[f64], weights: Option<&[f64]>) -> f64 {
    let x_ln = |a: f64, b: f64| if a > 0.0 { a * (a / b).ln() } else { 0.0 };
    let mut d = 0.0;
    for i in 0..y.len() {
        let w = weights.map_or(1.0, |w| w[i]);
        if w > 0.0 {
            d += 2.0
                * w
                * match family {
                    Family::Poisson | Family::QuasiPoisson => x_ln(y[i], mu[i]) - (y[i] - mu[i]),
                    Family::Binomial => x_ln(y[i], mu[i]) + x_ln(1.0 - y[i], 1.0 - mu[i]),
                };
        }
    }
    d
}

/// A least-squares fit.
#[derive(Debug, Clone)]
pub struct Ols {
    /// One per column; 0 for a column that depends on earlier ones.
    pub coefficients: Vec<f64>,
    /// Columns left out because they depend on earlier ones.
    pub dependent: Vec<usize>,
    /// `(X'WX)^-1`.
    pub cross_inverse: Mat,
    /// Weighted residual sum of squares.
    pub rss: f64,
    /// `y - X b`.
    pub residuals: Vec<f64>,
    /// `X b`.
    pub fitted: Vec<f64>,
    /// Leverages.
    pub leverage: Vec<f64>,
    /// Rows with positive weight minus rank.
    pub df_residual: usize,
}

impl Ols {
    /// Residual variance `rss / df`; `None` without residual degrees of freedom.
    #[must_use]
    pub fn residual_variance(&self) -> Option<f64> {
        (self.df_residual > 0).then(|| self.rss / self.df_residual as f64)
    }
}

/// Weighted least squares. `weights` are >= 0; a row with weight 0 takes no part.
///
/// # Errors
/// Lengths that differ, values that are not finite, or fewer rows than terms.
pub fn ols(x: &Mat, y: &[f64], weights: Option<&[f64]>) -> Result<Ols, GlmError> {
    let (n, p) = (x.rows(), x.cols());
    if y.len() != n || weights.is_some_and(|w| w.len() != n) {
        return Err(GlmError::Lengths);
    }
    for i in 0..n {
        let w = weights.map_or(1.0, |w| w[i]);
        if !y[i].is_finite() || !w.is_finite() || w < 0.0 || (0..p).any(|j| !x.at(i, j).is_finite()) {
            return Err(GlmError::Value { row: i });
        }
    }
    let root: Vec<f64> = (0..n).map(|i| weights.map_or(1.0, |w| w[i].sqrt())).collect();
    let used = root.iter().filter(|w| **w > 0.0).count();
    if used < p || used == 0 {
        return Err(GlmError::TooFewRows { rows: used, columns: p });
    }
    let mut wx = x.clone();
    for j in 0..p {
        for (v, r) in wx.col_mut(j).iter_mut().zip(&root) {
            *v *= r;
        }
    }
    let wy: Vec<f64> = y.iter().zip(&root).map(|(v, r)| v * r).collect();
    let qr = Qr::new(&wx, 1e-7);
    let coefficients = qr.solve(&wy);
    let fitted = x.times(&coefficients);
    let residuals: Vec<f64> = y.iter().zip(&fitted).map(|(a, b)| a - b).collect();
    let rss = residuals.iter().zip(&root).map(|(e, r)| (e * r) * (e * r)).sum();
    Ok(Ols {
        coefficients,
        dependent: qr.dependent(),
        cross_inverse: qr.cross_inverse(),
        rss,
        residuals,
        fitted,
        leverage: qr.leverage(&wx),
        df_residual: used - qr.rank(),
    })
}
