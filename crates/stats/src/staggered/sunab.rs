//! Sun and Abraham's interaction-weighted estimator: a regression with one coefficient per cohort and
//! period, so that no treated unit serves as a control, then averages with the cohorts' shares.
//!
//! Sun and Abraham 2021, doi:10.1016/j.jeconom.2020.09.006. Shares are taken as known, as in R fixest; the
//! covariance is clustered with fixest's small-sample factor `G/(G-1) (N-1)/(N-K)`, where `K` counts no
//! fixed effect nested in the cluster. Without covariates and with never-treated controls the estimates
//! equal Callaway and Sant'Anna's with a universal base. Checked against: fixest 0.14.2.

use super::absorb::{Normal, Row, dot};
use super::aggregate::Average;
use super::{Error, Prepared, same};
use crate::linalg::Mat;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// One coefficient: a cohort in a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Coefficient {
    /// The cohort.
    pub group: f64,
    /// The period.
    pub time: f64,
    /// Estimate; `None` where it cannot be told from other terms.
    pub att: Option<f64>,
    /// Clustered standard error.
    pub se: Option<f64>,
    /// Units of the cohort seen then.
    pub n: usize,
}

/// The regression with its averages.
#[derive(Debug, Clone)]
pub struct SunAb {
    /// One per cohort and period, the reference period left out.
    pub cells: Vec<Coefficient>,
    /// All treated cells, weighted by rows.
    pub overall: Average,
    /// By cohort, by time since treatment (before treatment too), by calendar period.
    pub group: Vec<(f64, Average)>,
    /// See `group`.
    pub dynamic: Vec<(f64, Average)>,
    /// See `group`.
    pub calendar: Vec<(f64, Average)>,
    /// Rows used.
    pub n_rows: usize,
    /// Clusters used; intervals and p values are t with one less.
    pub n_clusters: usize,
    /// Covariates that do not vary within units or repeat each other, by position.
    pub dependent_covariates: Vec<usize>,
    /// Covariate coefficients with standard errors, by position.
    pub covariates: Vec<Average>,
    /// See [`Prepared::cut_from`].
    pub cut_from: Option<f64>,
}

impl SunAb {
    /// t interval with one degree of freedom less than clusters.
    #[must_use]
    pub fn interval(&self, a: &Average, level: f64) -> Option<(f64, f64)> {
        let t = StudentsT::new(0.0, 1.0, self.df()).ok()?.inverse_cdf(1.0 - (1.0 - level) / 2.0);
        a.se.map(|se| (a.att - t * se, a.att + t * se))
    }

    /// Two-sided p value, t with one degree of freedom less than clusters.
    #[must_use]
    pub fn p(&self, a: &Average) -> Option<f64> {
        let t = StudentsT::new(0.0, 1.0, self.df()).ok()?;
        a.se.filter(|s| *s > 0.0).map(|se| 2.0 * t.sf((a.att / se).abs()))
    }

    fn df(&self) -> f64 {
        (self.n_clusters.max(2) - 1) as f64
    }
}

/// Fits the regression. Rows of incomplete units are kept.
///
/// # Errors
/// [`Error`] when nobody is left to compare with.
pub fn sunab(prepared: &Prepared<'_>, anticipation: u32) -> Result<SunAb, Error> {
    let mut p = prepared.clone();
    let ahead = f64::from(anticipation);
    p.last_cohort_as_control(ahead)?;
    let periods = p.times.len();
    let n_cov = p.panel.covariates.len();
    // Columns: periods but the first, covariates, cells.
    let first_cell = periods - 1 + n_cov;
    let mut cells: Vec<(usize, usize)> = Vec::new();
    let mut number = vec![vec![None; periods]; p.groups.len()];
    for (g, group) in p.groups.iter().enumerate() {
        // The last period before treatment (and anticipation) is the reference of the cohort.
        let reference = p.times.iter().rposition(|t| t + ahead < *group && !same(t + ahead, *group));
        for (t, place) in number[g].iter_mut().enumerate() {
            let seen = (0..p.units.len()).any(|i| p.group_of[i] == Some(g) && p.rows[i][t].is_some());
            if seen && Some(t) != reference {
                *place = Some(first_cell + cells.len());
                cells.push((g, t));
            }
        }
    }
    let columns = first_cell + cells.len();
    let design = |i: usize| -> Vec<(usize, Vec<(usize, f64)>)> {
        p.rows[i]
            .iter()
            .enumerate()
            .filter_map(|(t, row)| {
                let row = (*row)?;
                let mut x: Vec<(usize, f64)> = Vec::with_capacity(2 + n_cov);
                if t > 0 {
                    x.push((t - 1, 1.0));
                }
                for (k, c) in p.panel.covariates.iter().enumerate() {
                    x.push((periods - 1 + k, c[row]));
                }
                if let Some(column) = p.group_of[i].and_then(|g| number[g][t]) {
                    x.push((column, 1.0));
                }
                Some((row, x))
            })
            .collect()
    };
    let mut normal = Normal::new(columns);
    let mut used_rows = 0;
    for i in 0..p.units.len() {
        let d = design(i);
        let rows: Vec<Row<'_>> =
            d.iter().map(|(row, x)| Row { weight: p.weight(*row), y: p.panel.outcome[*row], x }).collect();
        used_rows += rows.iter().filter(|r| r.weight > 0.0).count();
        normal.add(&rows);
    }
    let solution = normal.solve();
    let b = &solution.coefficients;
    // Scores by cluster. Residuals are centred within the unit, so sums of X w e need no centring of X.
    let mut scores = Mat::zeros(columns, p.n_clusters);
    for i in 0..p.units.len() {
        let d = design(i);
        let total: f64 = d.iter().map(|(row, _)| p.weight(*row)).sum();
        if total <= 0.0 {
            continue;
        }
        let e: Vec<f64> = d.iter().map(|(row, x)| p.panel.outcome[*row] - dot(x, b)).collect();
        let mean = d.iter().zip(&e).map(|((row, _), e)| p.weight(*row) * e).sum::<f64>() / total;
        let column = scores.col_mut(p.cluster_of[i]);
        for ((row, x), e) in d.iter().zip(&e) {
            for (j, v) in x {
                column[*j] += p.weight(*row) * v * (e - mean);
            }
        }
    }
    let clusters = p.n_clusters as f64;
    let rank = columns - solution.dependent.len();
    // Periods count as one fixed effect more than their columns; units are nested in the cluster.
    let k = (rank + 1) as f64;
    let rows = used_rows as f64;
    let factor = clusters / (clusters - 1.0).max(1.0) * (rows - 1.0) / (rows - k).max(1.0);
    // One column per cluster: what it moves the coefficients by.
    let moves = solution.inverse.product(&scores);
    let average = |weights: &[(usize, f64)]| -> Average {
        let att = weights.iter().map(|(j, w)| w * b[*j]).sum();
        let variance: f64 = (0..p.n_clusters)
            .map(|c| weights.iter().map(|(j, w)| w * moves.at(*j, c)).sum::<f64>().powi(2))
            .sum();
        Average { att, se: Some((factor * variance).sqrt()).filter(|s| *s > 1e-14) }
    };
    let mass = |g: usize, t: usize| -> f64 {
        (0..p.units.len())
            .filter(|i| p.group_of[*i] == Some(g))
            .filter_map(|i| p.rows[i][t])
            .map(|row| p.weight(row))
            .sum()
    };
    let usable: Vec<(usize, usize, usize, f64)> = cells
        .iter()
        .enumerate()
        .map(|(c, (g, t))| (*g, *t, first_cell + c, mass(*g, *t)))
        .filter(|(_, _, column, _)| !solution.dependent.contains(column))
        .collect();
    let over = |keep: &dyn Fn(usize, usize) -> bool| -> Option<Average> {
        let chosen: Vec<_> = usable.iter().filter(|(g, t, _, _)| keep(*g, *t)).collect();
        let total: f64 = chosen.iter().map(|c| c.3).sum();
        (total > 0.0).then(|| average(&chosen.iter().map(|c| (c.2, c.3 / total)).collect::<Vec<_>>()))
    };
    let event = |g: usize, t: usize| p.times[t] - p.groups[g];
    let treated = |g: usize, t: usize| event(g, t) > -1e-9;
    let overall = over(&treated).ok_or(Error::NoTreated)?;
    let group = (0..p.groups.len())
        .filter_map(|h| Some((p.groups[h], over(&|g, t| g == h && treated(g, t))?)))
        .collect();
    let mut events: Vec<f64> = usable.iter().map(|(g, t, _, _)| event(*g, *t)).collect();
    events.sort_by(f64::total_cmp);
    events.dedup_by(|a, b| same(*a, *b));
    let dynamic = events.iter().filter_map(|e| Some((*e, over(&|g, t| same(event(g, t), *e))?))).collect();
    let calendar =
        (0..periods).filter_map(|u| Some((p.times[u], over(&|g, t| t == u && treated(g, t))?))).collect();
    let coefficients = cells
        .iter()
        .enumerate()
        .map(|(c, (g, t))| {
            let column = first_cell + c;
            let a = (!solution.dependent.contains(&column)).then(|| average(&[(column, 1.0)]));
            Coefficient {
                group: p.groups[*g],
                time: p.times[*t],
                att: a.map(|a| a.att),
                se: a.and_then(|a| a.se),
                n: (0..p.units.len())
                    .filter(|i| p.group_of[*i] == Some(*g) && p.rows[*i][*t].is_some())
                    .count(),
            }
        })
        .collect();
    Ok(SunAb {
        cells: coefficients,
        overall,
        group,
        dynamic,
        calendar,
        n_rows: used_rows,
        n_clusters: p.n_clusters,
        dependent_covariates: solution
            .dependent
            .iter()
            .filter(|j| **j >= periods - 1 && **j < first_cell)
            .map(|j| j - (periods - 1))
            .collect(),
        covariates: (0..n_cov).map(|c| average(&[(periods - 1 + c, 1.0)])).collect(),
        cut_from: p.cut_from,
    })
}
