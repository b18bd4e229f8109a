//! One cohort in one period against its controls.

use super::{Method, NoEstimate, Options, Prepared, Unbalanced};
use crate::glm::{Family, GlmOptions, glm, ols};
use crate::linalg::{Mat, symmetric_inverse};

/// An estimate with its influence function, one entry per unit of the panel, scaled so that
/// `sqrt(sum of squares) / n` is the standard error.
pub(super) struct Estimate {
    pub att: f64,
    pub influence: Vec<f64>,
    pub n_treated: usize,
    pub n_control: usize,
}

type Missing = (NoEstimate, usize, usize);

/// `role` says of each unit: treated (`true`), control (`false`) or neither.
pub(super) fn estimate(
    p: &Prepared<'_>,
    options: &Options,
    base: usize,
    now: usize,
    role: &dyn Fn(usize) -> Option<bool>,
) -> Result<Estimate, Missing> {
    match options.unbalanced {
        Unbalanced::CrossSections => cross_sections(p, base, now, role),
        Unbalanced::DropUnits => panel(p, options, base, now, role),
    }
}

struct Difference {
    unit: usize,
    treated: bool,
    change: f64,
    weight: f64,
    /// The row covariates are taken from: the earlier of the two periods.
    row: usize,
}

fn panel(
    p: &Prepared<'_>,
    options: &Options,
    base: usize,
    now: usize,
    role: &dyn Fn(usize) -> Option<bool>,
) -> Result<Estimate, Missing> {
    let mut d = Vec::new();
    for unit in 0..p.units.len() {
        let Some(treated) = role(unit) else { continue };
        if let (Some(b), Some(t)) = (p.rows[unit][base], p.rows[unit][now]) {
            let row = if base < now { b } else { t };
            let change = p.panel.outcome[t] - p.panel.outcome[b];
            d.push(Difference { unit, treated, change, weight: p.weight(row), row });
        }
    }
    let n_treated = d.iter().filter(|d| d.treated).count();
    let n_control = d.len() - n_treated;
    let weighed = |treated: bool| d.iter().filter(|d| d.treated == treated).map(|d| d.weight).sum::<f64>();
    if !(weighed(true) > 0.0 && weighed(false) > 0.0) {
        return Err((NoEstimate::Empty, n_treated, n_control));
    }
    let (att, local) = if p.panel.covariates.is_empty() {
        plain(&d)
    } else {
        adjusted(p, options.method, &d).map_err(|why| (why, n_treated, n_control))?
    };
    // From the units compared to all units: the comparison is a share m/n of the panel.
    let scale = p.units.len() as f64 / d.len() as f64;
    let mut influence = vec![0.0; p.units.len()];
    for (d, v) in d.iter().zip(local) {
        influence[d.unit] = scale * v;
    }
    Ok(Estimate { att, influence, n_treated, n_control })
}

/// Difference of mean changes.
fn plain(d: &[Difference]) -> (f64, Vec<f64>) {
    let m = d.len() as f64;
    let mean = |treated: bool| {
        let (mut sum, mut weight) = (0.0, 0.0);
        for d in d.iter().filter(|d| d.treated == treated) {
            sum += d.weight * d.change;
            weight += d.weight;
        }
        (sum / weight, weight / m)
    };
    let ((treated, wt), (control, wc)) = (mean(true), mean(false));
    let influence = d
        .iter()
        .map(|d| {
            if d.treated {
                d.weight * (d.change - treated) / wt
            } else {
                -d.weight * (d.change - control) / wc
            }
        })
        .collect();
    (treated - control, influence)
}

/// Sant'Anna and Zhao's panel estimators with their influence functions.
fn adjusted(p: &Prepared<'_>, method: Method, d: &[Difference]) -> Result<(f64, Vec<f64>), NoEstimate> {
    let m = d.len();
    let size = m as f64;
    let mut columns = vec![vec![1.0; m]];
    for c in p.panel.covariates {
        columns.push(d.iter().map(|d| c[d.row]).collect());
    }
    let k = columns.len();
    let x = Mat::from_columns(m, &columns);
    let mean_weight = d.iter().map(|d| d.weight).sum::<f64>() / size;
    let w: Vec<f64> = d.iter().map(|d| d.weight / mean_weight).collect();
    let share: Vec<f64> = d.iter().map(|d| f64::from(u8::from(d.treated))).collect();
    let y: Vec<f64> = d.iter().map(|d| d.change).collect();
    let column_means = |v: &[f64]| -> Vec<f64> {
        (0..k).map(|j| x.col(j).iter().zip(v).map(|(x, v)| x * v).sum::<f64>() / size).collect()
    };
    // Rows of X, times `v`, times a symmetric matrix, times a vector: one number per row.
    let represent = |v: &[f64], inverse: &Mat, direction: &[f64]| -> Vec<f64> {
        let along = inverse.times(direction);
        x.times(&along).iter().zip(v).map(|(a, v)| a * v).collect()
    };

    let regression = if method == Method::Ipw {
        None
    } else {
        let control: Vec<f64> = w.iter().zip(&share).map(|(w, s)| w * (1.0 - s)).collect();
        let fit = ols(&x, &y, Some(&control)).map_err(|_| NoEstimate::Singular)?;
        if !fit.dependent.is_empty() {
            return Err(NoEstimate::Singular);
        }
        // (X'WX / m)^-1
        let inverse = fit.cross_inverse.clone().scaled(size);
        let score: Vec<f64> = control.iter().zip(&fit.residuals).map(|(w, e)| w * e).collect();
        Some((fit.fitted, inverse, score))
    };
    let propensity = if method == Method::OutcomeRegression {
        None
    } else {
        let fit = glm(&x, &share, None, Some(&w), Family::Binomial, &GlmOptions::default())
            .map_err(|_| NoEstimate::Singular)?;
        if !fit.dependent.is_empty() {
            return Err(NoEstimate::Singular);
        }
        let highest = fit.fitted.iter().fold(0.0_f64, |a, b| a.max(*b));
        if highest >= 0.999 {
            return Err(NoEstimate::NoOverlap);
        }
        let score: Vec<f64> = w.iter().zip(&share).zip(&fit.fitted).map(|((w, s), f)| w * (s - f)).collect();
        let inverse = fit.covariance_unscaled.clone().scaled(size);
        Some((fit.fitted, inverse, score))
    };

    let w_treated: Vec<f64> = w.iter().zip(&share).map(|(w, s)| w * s).collect();
    let mean_treated = w_treated.iter().sum::<f64>() / size;
    let mean = |v: &[f64]| v.iter().sum::<f64>() / size;
    let times = |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a * b).collect() };

    let (att, influence) = match (&regression, &propensity) {
        (Some((fitted, inverse, score)), None) => {
            let treated = times(&w_treated, &y);
            let predicted = times(&w_treated, fitted);
            let (eta_t, eta_c) = (mean(&treated) / mean_treated, mean(&predicted) / mean_treated);
            let model = represent(score, inverse, &column_means(&w_treated));
            let influence = (0..m)
                .map(|i| {
                    let t = treated[i] - w_treated[i] * eta_t;
                    let c = predicted[i] - w_treated[i] * eta_c + model[i];
                    (t - c) / mean_treated
                })
                .collect();
            (eta_t - eta_c, influence)
        }
        (regression, Some((ps, ps_inverse, ps_score))) => {
            let w_control: Vec<f64> =
                (0..m).map(|i| w[i] * ps[i] * (1.0 - share[i]) / (1.0 - ps[i])).collect();
            let mean_control = mean(&w_control);
            let left: Vec<f64> = match regression {
                Some((fitted, _, _)) => y.iter().zip(fitted).map(|(y, f)| y - f).collect(),
                None => y.clone(),
            };
            let treated = times(&w_treated, &left);
            let control = times(&w_control, &left);
            let (eta_t, eta_c) = (mean(&treated) / mean_treated, mean(&control) / mean_control);
            let direction: Vec<f64> = (0..m).map(|i| w_control[i] * (left[i] - eta_c)).collect();
            let from_ps = represent(ps_score, ps_inverse, &column_means(&direction));
            let (model_t, model_c) = match regression {
                Some((_, inverse, score)) => (
                    represent(score, inverse, &column_means(&w_treated)),
                    represent(score, inverse, &column_means(&w_control)),
                ),
                None => (vec![0.0; m], vec![0.0; m]),
            };
            let influence = (0..m)
                .map(|i| {
                    let t = (treated[i] - w_treated[i] * eta_t - model_t[i]) / mean_treated;
                    let c = (control[i] - w_control[i] * eta_c + from_ps[i] - model_c[i]) / mean_control;
                    t - c
                })
                .collect();
            (eta_t - eta_c, influence)
        }
        (None, None) => return Err(NoEstimate::Singular),
    };
    if att.is_finite() { Ok((att, influence)) } else { Err(NoEstimate::Singular) }
}

/// Difference of differences of mean levels; a unit's influence is the sum over its rows.
fn cross_sections(
    p: &Prepared<'_>,
    base: usize,
    now: usize,
    role: &dyn Fn(usize) -> Option<bool>,
) -> Result<Estimate, Missing> {
    let n = p.units.len() as f64;
    let mut influence = vec![0.0; p.units.len()];
    let mut att = 0.0;
    let mut count = [0_usize; 2];
    let mut empty = false;
    for (treated, period, sign) in
        [(true, now, 1.0), (true, base, -1.0), (false, now, -1.0), (false, base, 1.0)]
    {
        let seen: Vec<(usize, usize)> = (0..p.units.len())
            .filter(|i| role(*i) == Some(treated))
            .filter_map(|i| p.rows[i][period].map(|row| (i, row)))
            .collect();
        count[usize::from(treated)] += seen.len();
        let total: f64 = seen.iter().map(|(_, row)| p.weight(*row)).sum();
        if total <= 0.0 {
            empty = true;
            continue;
        }
        let mean = seen.iter().map(|(_, row)| p.weight(*row) * p.panel.outcome[*row]).sum::<f64>() / total;
        att += sign * mean;
        for (i, row) in seen {
            influence[i] += sign * n * p.weight(row) * (p.panel.outcome[row] - mean) / total;
        }
    }
    if empty {
        return Err((NoEstimate::Empty, count[1], count[0]));
    }
    Ok(Estimate { att, influence, n_treated: count[1], n_control: count[0] })
}

/// Used by the regressions of the sibling modules.
pub(super) fn inverse_or_dependent(m: &Mat) -> (Mat, Vec<usize>) {
    let s = symmetric_inverse(m, 1e-10);
    (s.inverse, s.dependent)
}
