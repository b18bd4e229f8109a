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
    /// Weighted squares before units are swept out, to tell variation from rounding.
    raw: Vec<f64>,
}

/// The solution of the normal equations.
pub(super) struct Solution {
    pub inverse: Mat,
    pub coefficients: Vec<f64>,
    pub dependent: Vec<usize>,
}

impl Normal {
    pub fn new(columns: usize) -> Normal {
        Normal { xx: Mat::zeros(columns, columns), xy: vec![0.0; columns], raw: vec![0.0; columns] }
    }

    /// Adds the rows of one unit.
    pub fn add(&mut self, rows: &[Row<'_>]) {
        let total: f64 = rows.iter().map(|r| r.weight).sum();
        if total <= 0.0 {
            return;
        }
        let y_mean = rows.iter().map(|r| r.weight * r.y).sum::<f64>() / total;
        // Column, weighted sum, rows that hold it.
        let mut sums: Vec<(usize, f64, usize)> = Vec::new();
        for r in rows {
            for &(j, v) in r.x {
                self.raw[j] += r.weight * v * v;
                match sums.iter_mut().find(|(c, _, _)| *c == j) {
                    Some((_, s, n)) => {
                        *s += r.weight * v;
                        *n += 1;
                    }
                    None => sums.push((j, r.weight * v, 1)),
                }
            }
        }
        // A column every row holds is centred beforehand, so that large values do not cancel.
        let centre = |j: usize| -> f64 {
            sums.iter().find(|(c, _, n)| *c == j && *n == rows.len()).map_or(0.0, |(_, s, _)| s / total)
        };
        for r in rows {
            for &(j, v) in r.x {
                let v = v - centre(j);
                self.xy[j] += r.weight * v * (r.y - y_mean);
                for &(k, u) in r.x {
                    self.xx.set(j, k, self.xx.at(j, k) + r.weight * v * (u - centre(k)));
                }
            }
        }
        for &(j, s, n) in &sums {
            for &(k, t, m) in &sums {
                if n < rows.len() && m < rows.len() {
                    self.xx.set(j, k, self.xx.at(j, k) - s * t / total);
                }
            }
        }
    }

    /// Solves; columns that do not vary within units or depend on earlier ones are left out and named.
    pub fn solve(mut self) -> Solution {
        let p = self.xy.len();
        for j in 0..p {
            if self.xx.at(j, j) <= 1e-12 * self.raw[j] {
                for k in 0..p {
                    self.xx.set(j, k, 0.0);
                    self.xx.set(k, j, 0.0);
                }
                self.xy[j] = 0.0;
            }
        }
        let (inverse, dependent) = inverse_or_dependent(&self.xx);
        let coefficients = inverse.times(&self.xy);
        Solution { inverse, coefficients, dependent }
    }
}

/// `x b` of a sparse row.
pub(super) fn dot(x: &[(usize, f64)], b: &[f64]) -> f64 {
    x.iter().map(|(j, v)| v * b[*j]).sum()
}
