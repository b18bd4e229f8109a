//! Interrupted time series: did the level or the direction of a series change when something was
//! introduced, beyond its trend and season?
//!
//! Segmented regression (Wagner, Soumerai, Zhang and Ross-Degnan 2002,
//! doi:10.1046/j.1365-2710.2002.00430.x; Lopez Bernal, Cummins and Gasparrini 2017,
//! doi:10.1093/ije/dyw098). With `t` the period and `T` the first period after a change the mean holds
//! `intercept + time * t + level * 1[t >= T] + slope * (t - T + 1) * 1[t >= T]`, on the log scale for
//! counts: `level` is the jump seen at the last period before, `slope` the change of direction per period,
//! counted 1 in the first period after.
//!
//! With a control series both series are stacked; `control` terms hold how it differs from the start,
//! `shared:` terms what happened to both at the change, and `level:`, `slope:` what happened to the
//! watched series beyond the control (Lopez Bernal, Cummins and Gasparrini 2018, doi:10.1093/ije/dyy135).
//!
//! Checked against: R 4.2.2 `glm`, `lm`, sandwich 3.0.2 `NeweyWest`, nlme 3.1-162 `gls`, statsmodels
//! 0.15.0 on the Sicilian smoking ban (`tests/causal_its.rs`).

use crate::glm::{Family, GlmError, GlmOptions, glm, ols};
use crate::linalg::Mat;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// One series in time order.
#[derive(Debug, Clone, Copy)]
pub struct Series<'a> {
    /// Count or value of each period.
    pub outcome: &'a [f64],
    /// People or person-time behind each count, > 0; its logarithm is the offset. Count models only.
    pub exposure: Option<&'a [f64]>,
}

/// A named column, one number per period.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Name of its coefficient.
    pub name: String,
    /// Values in time order.
    pub values: Vec<f64>,
}

/// A change to look for.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Printed in the coefficients' names.
    pub label: String,
    /// The first period after it, on the scale of `Input::time`.
    pub at: f64,
}

/// What a change may alter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// The level only.
    Level,
    /// The direction only.
    Slope,
    /// Both.
    Both,
}

/// How the season enters.
#[derive(Debug, Clone, PartialEq)]
pub struct Season {
    /// Periods after which it repeats, at least 2.
    pub period: usize,
    /// Position of each period in calendar order (month number, day number ...); what leaves the same
    /// remainder on division by `period` is the same season.
    pub position: Vec<i64>,
    /// Indicators for each season but the first, or this many pairs of sine and cosine.
    pub harmonics: Option<usize>,
}

/// The error model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// Counts, variance equal to the mean.
    Poisson,
    /// Counts, variance proportional to the mean.
    QuasiPoisson,
    /// Least squares.
    Ols,
    /// Least squares with first-order autocorrelation, iterated Prais-Winsten.
    PraisWinsten,
    /// Least squares with first-order autocorrelation, maximum likelihood.
    GlsAr1,
}

impl Model {
    /// Whether coefficients are logarithms of ratios.
    #[must_use]
    pub fn is_log(self) -> bool {
        matches!(self, Model::Poisson | Model::QuasiPoisson)
    }
}

/// Everything the regression needs.
#[derive(Debug, Clone)]
pub struct Input<'a> {
    /// Period of each row, increasing.
    pub time: &'a [f64],
    /// The series watched.
    pub series: Series<'a>,
    /// A series the change did not touch.
    pub control: Option<Series<'a>>,
    /// Changes, in time order.
    pub changes: &'a [Change],
    /// What each change may alter.
    pub shape: Shape,
    /// The season.
    pub season: Option<Season>,
    /// Further columns.
    pub covariates: &'a [Column],
    /// The error model.
    pub model: Model,
    /// Newey-West standard errors with this many lags (Bartlett weights, factor n/(n-k), no prewhitening).
    /// For `Ols` and the count models.
    pub lag: Option<usize>,
    /// Coverage of the intervals.
    pub level: f64,
}

/// What the caller can fix.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// Fewer periods than terms leave room for.
    #[error("fit the series: {periods} periods for {terms} terms; at least {} are needed", terms + 2)]
    TooShort {
        /// Periods given.
        periods: usize,
        /// Terms asked for.
        terms: usize,
    },
    /// A change outside the series.
    #[error("look for the change at {label}: {before} periods lie before it and {after} after")]
    ChangeOutside {
        /// The change's label.
        label: String,
        /// Periods before.
        before: usize,
        /// Periods from it on.
        after: usize,
    },
    /// Times that do not increase.
    #[error("order the series: period {row} does not come after the one before it")]
    Order {
        /// Row, from 0.
        row: usize,
    },
    /// Columns that differ in length, or settings that contradict each other.
    #[error("use these settings: {0}")]
    Settings(&'static str),
    /// The residuals are a random walk or worse.
    #[error("estimate the autocorrelation: it is {rho:.3}, outside -1 to 1")]
    NotStationary {
        /// The estimate.
        rho: f64,
    },
    /// The regression itself.
    #[error(transparent)]
    Fit(#[from] GlmError),
}

/// One coefficient.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// `intercept`, `time`, `level:LABEL`, `slope:LABEL`, `season:...` or a column's name.
    pub name: String,
    /// The estimate; `None` when the column depends on earlier ones.
    pub estimate: Option<f64>,
    /// Its standard error.
    pub se: Option<f64>,
    /// Estimate over standard error.
    pub statistic: Option<f64>,
    /// Interval on the coefficient's scale: normal for counts, t for the linear models.
    pub lower: Option<f64>,
    /// See `lower`.
    pub upper: Option<f64>,
    /// Two-sided: normal for Poisson, t with residual degrees of freedom for the others.
    pub p: Option<f64>,
}

/// A value of the curve with its interval, which holds the uncertainty of the coefficients alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
}

/// What was seen after a change beside what the model expects without any change.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// The change's label.
    pub label: String,
    /// First row after the change.
    pub from: usize,
    /// Last row before the next change, or the last of all.
    pub to: usize,
    /// Sum of the outcome over these rows.
    pub observed: f64,
    /// Expected sum had no change happened.
    pub expected: Estimate,
}

/// A fitted segmented regression.
#[derive(Debug, Clone)]
pub struct Fit {
    /// Coefficients in the order of the design.
    pub terms: Vec<Term>,
    /// Their covariance, in the same order.
    pub covariance: Mat,
    /// Rows, the control's included.
    pub n: usize,
    /// Rows minus independent terms.
    pub df_residual: usize,
    /// What the standard errors were scaled with: 1 for Poisson, Pearson's for quasi-Poisson, the residual
    /// variance for the linear models.
    pub dispersion: f64,
    /// Pearson statistic over degrees of freedom (count models).
    pub pearson_dispersion: Option<f64>,
    /// Deviance (count models).
    pub deviance: Option<f64>,
    /// The autocorrelation in the error model; for models without one, the lag-1 autocorrelation of the
    /// residuals.
    pub rho: f64,
    /// Durbin-Watson statistic of the residuals (Pearson residuals for counts); 2 is no autocorrelation.
    pub durbin_watson: f64,
    /// Fitted curve of the watched series.
    pub fitted: Vec<Estimate>,
    /// The curve without any change (the control's own change kept).
    pub counterfactual: Vec<Estimate>,
    /// One per change.
    pub effects: Vec<Effect>,
    /// Iterations of the fit.
    pub iterations: usize,
    /// Whether the fit settled.
    pub converged: bool,
    /// The curve meets every point (up to rounding): errors are 0 and autocorrelation means nothing.
    pub is_exact: bool,
}

struct Design {
    names: Vec<String>,
    x: Mat,
    /// Columns that are zero without the changes.
    change_columns: Vec<usize>,
    y: Vec<f64>,
    offset: Option<Vec<f64>>,
    /// Rows of each series.
    blocks: Vec<std::ops::Range<usize>>,
}

/// Fits the regression.
///
/// # Errors
/// [`Error`]; a column that depends on others is no error but a [`Term`] without an estimate.
pub fn its(input: &Input<'_>) -> Result<Fit, Error> {
    check(input)?;
    let d = design(input);
    let p = d.names.len();
    if d.y.len() < p + 2 {
        return Err(Error::TooShort { periods: d.y.len(), terms: p });
    }
    let raw = match input.model {
        Model::Poisson => count_fit(&d, Family::Poisson, input.lag)?,
        Model::QuasiPoisson => count_fit(&d, Family::QuasiPoisson, input.lag)?,
        Model::Ols => linear_fit(&d, input.lag)?,
        Model::PraisWinsten => prais_winsten(&d)?,
        Model::GlsAr1 => gls_ar1(&d)?,
    };
    Ok(summarise(input, &d, raw))
}

fn check(input: &Input<'_>) -> Result<(), Error> {
    let n = input.time.len();
    if let Some(row) = (1..n).find(|&i| input.time[i] <= input.time[i - 1]) {
        return Err(Error::Order { row });
    }
    let right = |s: &Series<'_>| s.outcome.len() == n && s.exposure.is_none_or(|e| e.len() == n);
    if !right(&input.series)
        || input.control.as_ref().is_some_and(|c| !right(c))
        || input.covariates.iter().any(|c| c.values.len() != n)
        || input.season.as_ref().is_some_and(|s| s.position.len() != n)
    {
        return Err(Error::Settings("the columns differ in length"));
    }
    if !(input.level > 0.0 && input.level < 1.0) {
        return Err(Error::Settings("the level lies between 0 and 1"));
    }
    if input.season.as_ref().is_some_and(|s| s.period < 2) {
        return Err(Error::Settings("a season repeats after at least 2 periods"));
    }
    if let Some(s) = &input.season
        && s.harmonics.is_some_and(|k| k == 0 || 2 * k > s.period)
    {
        return Err(Error::Settings("there are at most half as many harmonics as periods in the season"));
    }
    let exposed = input.series.exposure.is_some() || input.control.is_some_and(|c| c.exposure.is_some());
    if exposed && !input.model.is_log() {
        return Err(Error::Settings("an offset belongs to a count model; give the linear models a rate"));
    }
    let bad = |s: &Series<'_>| s.exposure.is_some_and(|e| e.iter().any(|v| !(v.is_finite() && *v > 0.0)));
    if bad(&input.series) || input.control.as_ref().is_some_and(bad) {
        return Err(Error::Settings("every exposure must be positive"));
    }
    if input.lag.is_some() && matches!(input.model, Model::PraisWinsten | Model::GlsAr1) {
        return Err(Error::Settings("a lag belongs to ols and the count models; the others model it"));
    }
    if input.lag.is_some_and(|l| l + 1 >= n) {
        return Err(Error::Settings("the lag is longer than the series"));
    }
    for c in input.changes {
        let before = input.time.iter().filter(|t| **t < c.at).count();
        if before == 0 || before == n {
            return Err(Error::ChangeOutside { label: c.label.clone(), before, after: n - before });
        }
    }
    Ok(())
}

/// The usual distance between periods, so that a slope counts 1 in the first period after its change.
fn step(time: &[f64]) -> f64 {
    let mut gaps: Vec<f64> = time.windows(2).map(|w| w[1] - w[0]).collect();
    gaps.sort_by(f64::total_cmp);
    gaps.get(gaps.len() / 2).copied().unwrap_or(1.0)
}

fn design(input: &Input<'_>) -> Design {
    let n = input.time.len();
    let series = 1 + usize::from(input.control.is_some());
    let rows = n * series;
    let one_step = step(input.time);
    // Stacks a column for the watched series and, scaled, for the control below it.
    let stack = |values: &dyn Fn(usize) -> f64, watched: f64, control: f64| -> Vec<f64> {
        (0..rows).map(|r| if r < n { watched * values(r) } else { control * values(r - n) }).collect()
    };
    let mut names: Vec<String> = Vec::new();
    let mut columns: Vec<Vec<f64>> = Vec::new();
    let mut change_columns = Vec::new();
    let mut push = |name: String, column: Vec<f64>| {
        names.push(name);
        columns.push(column);
    };
    push("intercept".into(), stack(&|_| 1.0, 1.0, 1.0));
    push("time".into(), stack(&|i| input.time[i], 1.0, 1.0));
    let mut place = 2;
    if input.control.is_some() {
        push("control".into(), stack(&|_| 1.0, 0.0, 1.0));
        push("control:time".into(), stack(&|i| input.time[i], 0.0, 1.0));
        place += 2;
    }
    for c in input.changes {
        let level = |i: usize| f64::from(u8::from(input.time[i] >= c.at));
        let slope = |i: usize| level(i) * (input.time[i] - c.at + one_step);
        let mut part = |name: &str, values: &dyn Fn(usize) -> f64| {
            if input.control.is_some() {
                push(format!("shared:{name}:{}", c.label), stack(values, 1.0, 1.0));
                place += 1;
            }
            push(format!("{name}:{}", c.label), stack(values, 1.0, 0.0));
            change_columns.push(place);
            place += 1;
        };
        if input.shape != Shape::Slope {
            part("level", &level);
        }
        if input.shape != Shape::Level {
            part("slope", &slope);
        }
    }
    if let Some(s) = &input.season {
        let period = i64::try_from(s.period).unwrap_or(i64::MAX);
        if let Some(k) = s.harmonics {
            for h in 1..=k {
                let angle = |i: usize| {
                    let within = s.position[i].rem_euclid(period);
                    std::f64::consts::TAU * h as f64 * within as f64 / s.period as f64
                };
                push(format!("season:sin{h}"), stack(&|i| angle(i).sin(), 1.0, 1.0));
                // At half the period the sine is zero everywhere for whole positions; it then shows as
                // a column without an estimate.
                push(format!("season:cos{h}"), stack(&|i| angle(i).cos(), 1.0, 1.0));
            }
        } else {
            for phase in 2..=period {
                let on = |i: usize| f64::from(u8::from((s.position[i] - 1).rem_euclid(period) + 1 == phase));
                push(format!("season:{phase}"), stack(&on, 1.0, 1.0));
            }
        }
    }
    for c in input.covariates {
        push(c.name.clone(), stack(&|i| c.values[i], 1.0, 1.0));
    }
    // A sine that is zero up to rounding would pass the rank test on its own scale.
    for c in &mut columns {
        if c.iter().all(|v| v.abs() < 1e-9) {
            c.fill(0.0);
        }
    }
    let mut y = input.series.outcome.to_vec();
    let mut exposure = input.series.exposure.map(<[f64]>::to_vec);
    if let Some(c) = &input.control {
        y.extend_from_slice(c.outcome);
        let other = c.exposure.map(<[f64]>::to_vec);
        exposure = match (exposure, other) {
            (None, None) => None,
            (a, b) => {
                let mut e = a.unwrap_or_else(|| vec![1.0; n]);
                e.extend(b.unwrap_or_else(|| vec![1.0; n]));
                Some(e)
            }
        };
    }
    Design {
        x: Mat::from_columns(rows, &columns),
        names,
        change_columns,
        y,
        offset: exposure.map(|e| e.iter().map(|v| v.ln()).collect()),
        blocks: (0..series).map(|s| s * n..(s + 1) * n).collect(),
    }
}

/// A fit of any of the models, before it is put into words.
struct Raw {
    coefficients: Vec<f64>,
    dependent: Vec<usize>,
    covariance: Mat,
    dispersion: f64,
    pearson_dispersion: Option<f64>,
    deviance: Option<f64>,
    residuals: Vec<f64>,
    rho: Option<f64>,
    df_residual: usize,
    iterations: usize,
    converged: bool,
}

fn count_fit(d: &Design, family: Family, lag: Option<usize>) -> Result<Raw, Error> {
    let m = glm(&d.x, &d.y, d.offset.as_deref(), None, family, &GlmOptions::default())?;
    let dispersion = m.dispersion(family).unwrap_or(1.0);
    let residuals: Vec<f64> = d.y.iter().zip(&m.fitted).map(|(y, f)| y - f).collect();
    let covariance = match lag {
        Some(lag) => newey_west(d, &m.covariance_unscaled, &residuals, lag, m.df_residual),
        None => m.covariance_unscaled.clone().scaled(dispersion),
    };
    let pearson: Vec<f64> = residuals.iter().zip(&m.fitted).map(|(r, f)| r / f.sqrt()).collect();
    Ok(Raw {
        coefficients: m.coefficients,
        dependent: m.dependent,
        covariance,
        dispersion,
        pearson_dispersion: m.pearson_dispersion,
        deviance: Some(m.deviance),
        residuals: pearson,
        rho: None,
        df_residual: m.df_residual,
        iterations: m.iterations,
        converged: m.converged,
    })
}

/// Least squares; a fit that misses nothing but rounding misses nothing.
fn least_squares(d: &Design) -> Result<crate::glm::Ols, Error> {
    let mut m = ols(&d.x, &d.y, None)?;
    let size: f64 = d.y.iter().map(|y| y * y).sum();
    if m.rss <= 1e-24 * size {
        m.rss = 0.0;
        m.residuals.fill(0.0);
    }
    Ok(m)
}

fn linear_fit(d: &Design, lag: Option<usize>) -> Result<Raw, Error> {
    let m = least_squares(d)?;
    let dispersion = m.residual_variance().unwrap_or(0.0);
    let covariance = match lag {
        Some(lag) => newey_west(d, &m.cross_inverse, &m.residuals, lag, m.df_residual),
        None => m.cross_inverse.clone().scaled(dispersion),
    };
    Ok(Raw {
        coefficients: m.coefficients,
        dependent: m.dependent,
        covariance,
        dispersion,
        pearson_dispersion: None,
        deviance: None,
        residuals: m.residuals,
        rho: None,
        df_residual: m.df_residual,
        iterations: 1,
        converged: true,
    })
}

/// Heteroskedasticity and autocorrelation consistent covariance (Newey and West 1987,
/// doi:10.2307/1913610), Bartlett weights, factor n/(n-k), no prewhitening. With two stacked series the
/// scores of a period are added first, so that the series may be correlated within a period (Driscoll and
/// Kraay 1998, doi:10.1162/003465398557825).
fn newey_west(d: &Design, bread: &Mat, residuals: &[f64], lag: usize, df_residual: usize) -> Mat {
    let p = d.x.cols();
    let periods = d.blocks.first().map_or(0, std::ops::Range::len);
    let mut scores = Mat::zeros(periods, p);
    for block in &d.blocks {
        for j in 0..p {
            let x = &d.x.col(j)[block.clone()];
            for ((s, x), e) in scores.col_mut(j).iter_mut().zip(x).zip(&residuals[block.clone()]) {
                *s += x * e;
            }
        }
    }
    let mut meat = Mat::zeros(p, p);
    for l in 0..=lag {
        let weight = 1.0 - l as f64 / (lag as f64 + 1.0);
        for a in 0..p {
            for b in 0..p {
                let s: f64 = scores.col(a)[l..].iter().zip(scores.col(b)).map(|(u, v)| u * v).sum();
                if l == 0 {
                    meat.set(a, b, meat.at(a, b) + s);
                } else {
                    meat.set(a, b, meat.at(a, b) + weight * s);
                    meat.set(b, a, meat.at(b, a) + weight * s);
                }
            }
        }
    }
    let n = d.y.len() as f64;
    bread.product(&meat).product(bread).scaled(n / df_residual.max(1) as f64)
}

/// Quasi-differences with the first period kept (Prais and Winsten 1954), series by series.
fn whiten(d: &Design, rho: f64) -> (Mat, Vec<f64>) {
    let first = (1.0 - rho * rho).sqrt();
    let change = |from: &[f64], to: &mut [f64]| {
        for block in &d.blocks {
            for i in block.clone() {
                to[i] = if i == block.start { first * from[i] } else { from[i] - rho * from[i - 1] };
            }
        }
    };
    let mut x = Mat::zeros(d.x.rows(), d.x.cols());
    for j in 0..d.x.cols() {
        change(d.x.col(j), x.col_mut(j));
    }
    let mut y = vec![0.0; d.y.len()];
    change(&d.y, &mut y);
    (x, y)
}

fn whitened_fit(d: &Design, rho: f64) -> Result<(crate::glm::Ols, Vec<f64>), Error> {
    let (x, y) = whiten(d, rho);
    let m = ols(&x, &y, None)?;
    let residuals = d.y.iter().zip(d.x.times(&m.coefficients)).map(|(y, f)| y - f).collect();
    Ok((m, residuals))
}

/// `sum e_t e_(t-1) / sum e_(t-1)^2` within each series.
fn autocorrelation(blocks: &[std::ops::Range<usize>], e: &[f64]) -> f64 {
    let (mut cross, mut square) = (0.0, 0.0);
    for block in blocks {
        for w in e[block.clone()].windows(2) {
            cross += w[1] * w[0];
            square += w[0] * w[0];
        }
    }
    if square > 0.0 { cross / square } else { 0.0 }
}

fn prais_winsten(d: &Design) -> Result<Raw, Error> {
    let first = least_squares(d)?;
    if first.rss <= 0.0 {
        return linear_fit(d, None);
    }
    let mut residuals = first.residuals;
    let mut rho = autocorrelation(&d.blocks, &residuals);
    let mut iterations = 0;
    let mut converged = false;
    while iterations < 200 {
        if rho.is_nan() || rho.abs() >= 1.0 {
            return Err(Error::NotStationary { rho });
        }
        iterations += 1;
        residuals = whitened_fit(d, rho)?.1;
        let next = autocorrelation(&d.blocks, &residuals);
        let moved = (next - rho).abs();
        rho = next;
        if moved < 1e-10 {
            converged = true;
            break;
        }
    }
    if rho.is_nan() || rho.abs() >= 1.0 {
        return Err(Error::NotStationary { rho });
    }
    let (m, residuals) = whitened_fit(d, rho)?;
    Ok(from_whitened(m, residuals, rho, iterations, converged))
}

/// Maximum likelihood over the autocorrelation, everything else profiled out; golden section between the
/// best of a coarse grid's neighbours, because the profile can have two peaks on short series.
fn gls_ar1(d: &Design) -> Result<Raw, Error> {
    if least_squares(d)?.rss <= 0.0 {
        return linear_fit(d, None);
    }
    let n = d.y.len() as f64;
    let blocks = d.blocks.len() as f64;
    let mut iterations = 0;
    let mut minus_log_likelihood = |rho: f64| -> Result<f64, Error> {
        iterations += 1;
        let rss = whitened_fit(d, rho)?.0.rss;
        Ok(0.5 * n * rss.max(f64::MIN_POSITIVE).ln() - 0.5 * blocks * (1.0 - rho * rho).ln())
    };
    let grid: Vec<f64> = (-19..=19).map(|i| f64::from(i) * 0.05).chain([-0.99, 0.99]).collect();
    let mut best = (0.0, f64::INFINITY);
    for &rho in &grid {
        let v = minus_log_likelihood(rho)?;
        if v < best.1 {
            best = (rho, v);
        }
    }
    let (mut a, mut b) = ((best.0 - 0.05).max(-0.9999), (best.0 + 0.05).min(0.9999));
    let ratio = (5.0_f64.sqrt() - 1.0) / 2.0;
    while b - a > 1e-9 {
        let (c, e) = (b - ratio * (b - a), a + ratio * (b - a));
        if minus_log_likelihood(c)? < minus_log_likelihood(e)? {
            b = e;
        } else {
            a = c;
        }
    }
    let rho = f64::midpoint(a, b);
    let (m, residuals) = whitened_fit(d, rho)?;
    Ok(from_whitened(m, residuals, rho, iterations, true))
}

fn from_whitened(
    m: crate::glm::Ols,
    residuals: Vec<f64>,
    rho: f64,
    iterations: usize,
    converged: bool,
) -> Raw {
    let dispersion = m.residual_variance().unwrap_or(0.0);
    Raw {
        covariance: m.cross_inverse.scaled(dispersion),
        coefficients: m.coefficients,
        dependent: m.dependent,
        dispersion,
        pearson_dispersion: None,
        deviance: None,
        residuals,
        rho: Some(rho),
        df_residual: m.df_residual,
        iterations,
        converged,
    }
}

fn summarise(input: &Input<'_>, d: &Design, raw: Raw) -> Fit {
    let tail = 1.0 - (1.0 - input.level) / 2.0;
    let df = raw.df_residual as f64;
    let normal = Normal::standard();
    let student = StudentsT::new(0.0, 1.0, df.max(1.0)).ok();
    let z = normal.inverse_cdf(tail);
    let quantile = if input.model.is_log() { z } else { student.map_or(z, |t| t.inverse_cdf(tail)) };
    let two_sided = |s: f64| {
        2.0 * match (input.model, student) {
            (Model::Poisson, _) | (_, None) => normal.sf(s.abs()),
            (_, Some(t)) => t.sf(s.abs()),
        }
    };
    let terms = d
        .names
        .iter()
        .enumerate()
        .map(|(j, name)| {
            let estimate = (!raw.dependent.contains(&j)).then(|| raw.coefficients[j]);
            let se = estimate.map(|_| raw.covariance.at(j, j).max(0.0).sqrt());
            let statistic = estimate.zip(se).filter(|(_, s)| *s > 0.0).map(|(b, s)| b / s);
            Term {
                name: name.clone(),
                estimate,
                se,
                statistic,
                lower: estimate.zip(se).map(|(b, s)| b - quantile * s),
                upper: estimate.zip(se).map(|(b, s)| b + quantile * s),
                p: statistic.map(two_sided),
            }
        })
        .collect();

    let n = input.time.len();
    let offset = |i: usize| d.offset.as_ref().map_or(0.0, |o| o[i]);
    let rows: Vec<(Vec<f64>, Vec<f64>)> = (0..n)
        .map(|i| {
            let with = d.x.row(i);
            let mut without = with.clone();
            for &j in &d.change_columns {
                without[j] = 0.0;
            }
            (with, without)
        })
        .collect();
    let dot = |v: &[f64]| v.iter().zip(&raw.coefficients).map(|(a, b)| a * b).sum::<f64>();
    let curve = |i: usize, v: &[f64]| -> Estimate {
        let at = dot(v) + offset(i);
        let half = quantile * raw.covariance.quadratic(v).max(0.0).sqrt();
        let show = |e: f64| if input.model.is_log() { e.exp() } else { e };
        Estimate { value: show(at), lower: show(at - half), upper: show(at + half) }
    };
    let fitted = rows.iter().enumerate().map(|(i, r)| curve(i, &r.0)).collect();
    let counterfactual: Vec<Estimate> = rows.iter().enumerate().map(|(i, r)| curve(i, &r.1)).collect();

    let mut order: Vec<(usize, &Change)> =
        input.changes.iter().map(|c| (input.time.iter().take_while(|t| **t < c.at).count(), c)).collect();
    order.sort_by_key(|(from, _)| *from);
    let effects = order
        .iter()
        .enumerate()
        .map(|(k, (from, change))| {
            let end = order.get(k + 1).map_or(n, |(next, _)| (*next).max(from + 1));
            // The sum's gradient: each row of the design, times its mean where the link is a logarithm.
            let mut gradient = vec![0.0; d.x.cols()];
            let mut sum = 0.0;
            for i in *from..end {
                let mean = counterfactual[i].value;
                sum += mean;
                let scale = if input.model.is_log() { mean } else { 1.0 };
                for (g, x) in gradient.iter_mut().zip(&rows[i].1) {
                    *g += scale * x;
                }
            }
            let half = quantile * raw.covariance.quadratic(&gradient).max(0.0).sqrt();
            // For counts the interval is taken on the log scale: a sum cannot fall under 0.
            let expected = if input.model.is_log() && sum > 0.0 {
                let f = (half / sum).exp();
                Estimate { value: sum, lower: sum / f, upper: sum * f }
            } else {
                Estimate { value: sum, lower: sum - half, upper: sum + half }
            };
            Effect {
                label: change.label.clone(),
                from: *from,
                to: end - 1,
                observed: input.series.outcome[*from..end].iter().sum(),
                expected,
            }
        })
        .collect();

    let (mut steps, mut square) = (0.0, 0.0);
    for block in &d.blocks {
        let e = &raw.residuals[block.clone()];
        steps += e.windows(2).map(|w| (w[1] - w[0]) * (w[1] - w[0])).sum::<f64>();
        square += e.iter().map(|v| v * v).sum::<f64>();
    }
    Fit {
        terms,
        rho: raw.rho.unwrap_or_else(|| autocorrelation(&d.blocks, &raw.residuals)),
        covariance: raw.covariance,
        n: d.y.len(),
        df_residual: raw.df_residual,
        dispersion: raw.dispersion,
        pearson_dispersion: raw.pearson_dispersion,
        deviance: raw.deviance,
        durbin_watson: if square > 0.0 { steps / square } else { 2.0 },
        fitted,
        counterfactual,
        effects,
        iterations: raw.iterations,
        converged: raw.converged,
        is_exact: square <= 0.0,
    }
}
