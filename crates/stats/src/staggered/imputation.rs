//! The imputation estimator: learn unit, period and covariate effects from rows not treated yet, fill in
//! what the treated rows would have been, and average the differences.
//!
//! Borusyak, Jaravel and Spiess 2024, doi:10.1093/restud/rdae007. Standard errors are their conservative
//! ones, with effects assumed alike within a cohort at the same time since treatment. It uses more of the
//! history than Callaway and Sant'Anna and is the more precise when parallel trends hold over all of it,
//! the more wrong when they do not. Checked against: R didimputation 0.5.0.

use super::absorb::{Normal, Row, dot};
use super::aggregate::Average;
use super::{Error, Prepared, same};

/// The estimate with its breakdowns.
#[derive(Debug, Clone)]
pub struct Imputation {
    /// Mean over all treated rows that could be imputed.
    pub overall: Average,
    /// By cohort, time since treatment, calendar period, and cell (cohort, period).
    pub group: Vec<(f64, Average)>,
    /// See `group`.
    pub dynamic: Vec<(f64, Average)>,
    /// See `group`.
    pub calendar: Vec<(f64, Average)>,
    /// See `group`.
    pub cells: Vec<(f64, f64, Average)>,
    /// Treated rows used.
    pub n_treated_rows: usize,
    /// Rows the model of the untreated outcome was learnt from.
    pub n_untreated_rows: usize,
    /// Treated rows left out because no untreated row says what their unit or period would have been.
    pub not_imputed: usize,
}

struct Obs {
    row: usize,
    period: usize,
    x: Vec<(usize, f64)>,
    treated: bool,
}

/// Imputes. Rows within `anticipation` periods before treatment count as treated when learning, and are
/// left out of the averages.
///
/// # Errors
/// [`Error::NoTreated`] when no treated row can be imputed.
pub fn imputation(p: &Prepared<'_>, anticipation: u32) -> Result<Imputation, Error> {
    let ahead = f64::from(anticipation);
    let periods = p.times.len();
    let n_cov = p.panel.covariates.len();
    let columns = periods - 1 + n_cov;
    let begins = |i: usize| p.group_of[i].map(|g| p.groups[g]);
    let at_or_after = |t: f64, g: f64| t > g || same(t, g);
    let observations = |i: usize| -> Vec<Obs> {
        p.rows[i]
            .iter()
            .enumerate()
            .filter_map(|(t, row)| {
                let row = (*row)?;
                let mut x = Vec::with_capacity(1 + n_cov);
                if t > 0 {
                    x.push((t - 1, 1.0));
                }
                for (k, c) in p.panel.covariates.iter().enumerate() {
                    x.push((periods - 1 + k, c[row]));
                }
                let touched = begins(i).is_some_and(|g| at_or_after(p.times[t] + ahead, g));
                Some(Obs { row, period: t, x, treated: touched })
            })
            .collect()
    };
    let counts = |i: usize, o: &Obs| begins(i).is_some_and(|g| at_or_after(p.times[o.period], g));

    let mut normal = Normal::new(columns);
    let mut known_period = vec![false; periods];
    for i in 0..p.units.len() {
        let all = observations(i);
        let rows: Vec<Row<'_>> = all
            .iter()
            .filter(|o| !o.treated)
            .map(|o| Row { weight: p.weight(o.row), y: p.panel.outcome[o.row], x: &o.x })
            .collect();
        for o in all.iter().filter(|o| !o.treated && p.weight(o.row) > 0.0) {
            known_period[o.period] = true;
        }
        normal.add(&rows);
    }
    let solution = normal.solve();
    let b = &solution.coefficients;

    // Residual from the untreated model, for every row whose unit and period are known from untreated rows.
    let mut residual: Vec<Option<f64>> = vec![None; p.panel.unit.len()];
    let mut not_imputed = 0;
    for i in 0..p.units.len() {
        let all = observations(i);
        let (mut sum, mut weight) = (0.0, 0.0);
        for o in all.iter().filter(|o| !o.treated) {
            let w = p.weight(o.row);
            sum += w * (p.panel.outcome[o.row] - dot(&o.x, b));
            weight += w;
        }
        for o in &all {
            if weight > 0.0 && known_period[o.period] {
                residual[o.row] = Some(p.panel.outcome[o.row] - dot(&o.x, b) - sum / weight);
            } else if counts(i, o) {
                not_imputed += 1;
            }
        }
    }

    let average = |keep: &dyn Fn(f64, f64) -> bool| -> Option<Average> {
        let wanted = |i: usize, o: &Obs| {
            counts(i, o) && residual[o.row].is_some() && begins(i).is_some_and(|g| keep(g, p.times[o.period]))
        };
        let mut total = 0.0;
        for i in 0..p.units.len() {
            total += observations(i).iter().filter(|o| wanted(i, o)).map(|o| p.weight(o.row)).sum::<f64>();
        }
        if total <= 0.0 {
            return None;
        }
        // lambda solves Z0'W Z0 lambda = Z1' w1 with units swept out; v0 = -W Z0 lambda on untreated rows.
        let mut right = vec![0.0; columns];
        let mut unit_mass = vec![0.0; p.units.len()];
        let mut untreated_mass = vec![0.0; p.units.len()];
        let mut untreated_sum: Vec<Vec<(usize, f64)>> = vec![Vec::new(); p.units.len()];
        for i in 0..p.units.len() {
            for o in observations(i) {
                let w = p.weight(o.row);
                if wanted(i, &o) {
                    let share = w / total;
                    unit_mass[i] += share;
                    for (j, v) in &o.x {
                        right[*j] += share * v;
                    }
                } else if !o.treated {
                    untreated_mass[i] += w;
                    for (j, v) in &o.x {
                        untreated_sum[i].push((*j, w * v));
                    }
                }
            }
            if unit_mass[i] > 0.0 && untreated_mass[i] > 0.0 {
                for (j, s) in &untreated_sum[i] {
                    right[*j] -= s * unit_mass[i] / untreated_mass[i];
                }
            }
        }
        let lambda = solution.inverse.times(&right);
        let mut att = 0.0;
        // (v, residual, treated) by unit, and the sums that centre treated residuals within cohort and time.
        let mut entries: Vec<Vec<(f64, f64, Option<usize>)>> = vec![Vec::new(); p.units.len()];
        let cell_of = |g: usize, t: usize| g * periods + t;
        let mut squares = vec![(0.0, 0.0); p.groups.len() * periods];
        for i in 0..p.units.len() {
            let of_unit = if untreated_mass[i] > 0.0 {
                let along: f64 = untreated_sum[i].iter().map(|(j, s)| s * lambda[*j]).sum();
                (unit_mass[i] - along) / untreated_mass[i]
            } else {
                0.0
            };
            for o in observations(i) {
                let Some(e) = residual[o.row] else { continue };
                let w = p.weight(o.row);
                if wanted(i, &o) {
                    let v = w / total;
                    att += v * e;
                    let cell = p.group_of[i].map(|g| cell_of(g, o.period));
                    if let Some(c) = cell {
                        squares[c].0 += v * v * e;
                        squares[c].1 += v * v;
                    }
                    entries[i].push((v, e, cell));
                } else if !o.treated {
                    entries[i].push((-w * (of_unit + dot(&o.x, &lambda)), e, None));
                }
            }
        }
        let mut by_cluster = vec![0.0; p.n_clusters];
        for (i, list) in entries.iter().enumerate() {
            for (v, e, cell) in list {
                let centre = cell.map_or(0.0, |c| squares[c].0 / squares[c].1);
                by_cluster[p.cluster_of[i]] += v * (e - centre);
            }
        }
        let variance: f64 = by_cluster.iter().map(|v| v * v).sum();
        Some(Average { att, se: Some(variance.sqrt()).filter(|s| *s > 1e-14) })
    };

    let overall = average(&|_, _| true).ok_or(Error::NoTreated)?;
    let group = p.groups.iter().filter_map(|h| Some((*h, average(&|g, _| same(g, *h))?))).collect();
    let mut events: Vec<f64> = p
        .groups
        .iter()
        .flat_map(|g| p.times.iter().filter(|t| at_or_after(**t, *g)).map(move |t| t - g))
        .collect();
    events.sort_by(f64::total_cmp);
    events.dedup_by(|a, b| same(*a, *b));
    let dynamic = events.iter().filter_map(|e| Some((*e, average(&|g, t| same(t - g, *e))?))).collect();
    let calendar = p.times.iter().filter_map(|u| Some((*u, average(&|_, t| same(t, *u))?))).collect();
    let mut cells = Vec::new();
    for h in &p.groups {
        for u in p.times.iter().filter(|t| at_or_after(**t, *h)) {
            if let Some(a) = average(&|g, t| same(g, *h) && same(t, *u)) {
                cells.push((*h, *u, a));
            }
        }
    }
    let (mut n_treated_rows, mut n_untreated_rows) = (0, 0);
    for i in 0..p.units.len() {
        for o in observations(i) {
            if counts(i, &o) && residual[o.row].is_some() {
                n_treated_rows += 1;
            } else if !o.treated {
                n_untreated_rows += 1;
            }
        }
    }
    Ok(Imputation { overall, group, dynamic, calendar, cells, n_treated_rows, n_untreated_rows, not_imputed })
}
