//! Least squares with a fixed effect per unit swept out, from sparse rows.
//!
//! A row touches one period, at most one cohort-by-period cell and the covariates, so the cross products of
//! a unit come from a handful of entries: `X'WX - (X'w)(X'w)'/sum w`. Memory does not grow with the rows.

use super::cell::inverse_or_dependent;
use crate::linalg::Mat;

/// One row of the design without its unit.
pub(super) struct Row<'a> {
    pub weight: f64,
    pub y: f64,
    /// Entries that are not zero: (column, value).
    pub x: &'a [(usize, f64)],
}

/// Cross products over units.
pub(super) struct Normal {
    pub xx: Mat,
    pub xy: Vec<f64>,
    pub rows: usize,
}

/// The solution of the normal equations.
pub(super) struct Solution {
    pub inverse: Mat,
    pub coefficients: Vec<f64>,
    pub dependent: Vec<usize>,
}

impl Normal {
    pub fn new(columns: usize) -> Normal {
        Normal { xx: Mat::zeros(columns, columns), xy: vec![0.0; columns], rows: 0 }
    }

    /// Adds the rows of one unit.
    pub fn add(&mut self, rows: &[Row<'_>]) {
        let total: f64 = rows.iter().map(|r| r.weight).sum();
        if !(total > 0.0) {
            return;
        }
        self.rows += rows.len();
        let y_mean = rows.iter().map(|r| r.weight * r.y).sum::<f64>() / total;
        let mut sums: Vec<(usize, f64)> = Vec::new();
        for r in rows {
            for &(j, v) in r.x {
                self.xy[j] += r.weight * v * (r.y - y_mean);
                for &(k, u) in r.x {
                    self.xx.set(j, k, self.xx.at(j, k) + r.weight * v * u);
                }
                match sums.iter_mut().find(|(c, _)| *c == j) {
                    Some((_, s)) => *s += r.weight * v,
                    None => sums.push((j, r.weight * v)),
                }
            }
        }
        for &(j, s) in &sums {
            for &(k, t) in &sums {
                self.xx.set(j, k, self.xx.at(j, k) - s * t / total);
            }
        }
    }

    /// Solves; columns that depend on earlier ones are left out and named.
    pub fn solve(&self) -> Solution {
        // A column that only varies between units leaves rounding noise on the diagonal: leave it out on its
        // own scale, before the elimination looks at it.
        let (inverse, dependent) = inverse_or_dependent(&self.xx);
        let coefficients = inverse.times(&self.xy);
        Solution { inverse, coefficients, dependent }
    }
}

/// `x b` of a sparse row.
pub(super) fn dot(x: &[(usize, f64)], b: &[f64]) -> f64 {
    x.iter().map(|(j, v)| v * b[*j]).sum()
}
