//! The multiplier bootstrap: how wide must bands be to hold for all cells at once?
//!
//! Each draw multiplies every cluster's influence by an independent weight of -1 or 1 (Rademacher weights;
//! Davidson and Flachaire 2008, doi:10.1016/j.jeconom.2008.08.003), so nothing is estimated again. Standard
//! errors stay analytic; only the critical value comes from here. Weights and the spread taken from
//! quartiles are those of R did; Mammen's weights gave bars about 0.1 higher on mpdta.

use super::AttGt;
use super::aggregate::{Line, Parts};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal};

/// Draws made once, from which critical values of any cells and averages follow.
#[derive(Debug, Clone)]
pub struct Draws {
    /// For each draw the sum over clusters of weight times influence: cells first, then cohort shares.
    sums: Vec<Vec<f64>>,
}

impl Draws {
    /// Makes `draws` draws. The same seed gives the same draws on any number of threads.
    #[must_use]
    pub fn new(a: &AttGt, draws: usize, seed: u64) -> Draws {
        let cells = (0..a.cells.len()).map(|k| a.influence.col(k));
        let shares = (0..a.groups.len()).map(|g| a.share_influence.col(g));
        Draws { sums: draw(&cells.chain(shares).collect::<Vec<_>>(), draws, seed) }
    }

    /// Critical value of the largest absolute t statistic over all cells at `level`; `None` without draws
    /// or without a cell that has a standard error.
    #[must_use]
    pub fn cells(&self, a: &AttGt, level: f64) -> Option<f64> {
        let own: Vec<Parts> =
            (0..a.cells.len()).filter(|k| a.cells[*k].se.is_some()).map(|k| vec![(k, 1.0)]).collect();
        self.combinations(&own, level)
    }

    /// The same over the lines of a breakdown.
    #[must_use]
    pub fn lines(&self, lines: &[Line], level: f64) -> Option<f64> {
        let parts: Vec<Parts> =
            lines.iter().filter(|l| l.average.se.is_some()).map(|l| l.parts.clone()).collect();
        self.combinations(&parts, level)
    }

    pub(crate) fn combinations(&self, parts: &[Parts], level: f64) -> Option<f64> {
        if self.sums.is_empty() || parts.is_empty() {
            return None;
        }
        let values: Vec<Vec<f64>> = parts
            .iter()
            .map(|p| self.sums.iter().map(|s| p.iter().map(|(c, f)| f * s[*c]).sum()).collect())
            .collect();
        critical(&values, level)
    }
}

/// The critical value over the lines of one breakdown, where nothing else is drawn; else see [`Draws`].
#[must_use]
pub fn critical_value_lines(lines: &[Line], level: f64, draws: usize, seed: u64) -> Option<f64> {
    let columns: Vec<&[f64]> =
        lines.iter().filter(|l| l.average.se.is_some()).map(|l| l.influence.as_slice()).collect();
    let sums = draw(&columns, draws, seed);
    let values: Vec<Vec<f64>> = (0..columns.len()).map(|j| sums.iter().map(|s| s[j]).collect()).collect();
    critical(&values, level)
}

/// For each draw the weighted sums of the columns, which have one entry per cluster.
fn draw(columns: &[&[f64]], draws: usize, seed: u64) -> Vec<Vec<f64>> {
    let k = columns.len();
    if k == 0 {
        return Vec::new();
    }
    // By cluster, so that one draw reads memory in order.
    let mut table = vec![0.0; columns[0].len() * k];
    for (j, column) in columns.iter().enumerate() {
        for (row, v) in table.chunks_exact_mut(k).zip(column.iter()) {
            row[j] = *v;
        }
    }
    // One stream per draw: the number of threads does not change the answer.
    (0..draws)
        .into_par_iter()
        .map(|draw| {
            let stream = (draw as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ stream);
            let mut sum = vec![0.0; k];
            let mut bits = 0_u64;
            for (i, row) in table.chunks_exact(k).enumerate() {
                if i % 64 == 0 {
                    bits = rng.random();
                }
                let v = if (bits >> (i % 64)) & 1 == 1 { 1.0 } else { -1.0 };
                for (s, x) in sum.iter_mut().zip(row) {
                    *s += v * x;
                }
            }
            sum
        })
        .collect()
}

/// The quantile over draws of the largest absolute value, each row of `values` on its own spread.
fn critical(values: &[Vec<f64>], level: f64) -> Option<f64> {
    let draws = values.first().map_or(0, Vec::len);
    if draws == 0 {
        return None;
    }
    // The spread comes from quartiles, which a few wild draws do not move.
    let normal = Normal::standard();
    let quartiles = normal.inverse_cdf(0.75) - normal.inverse_cdf(0.25);
    let mut largest = vec![0.0_f64; draws];
    for v in values {
        let mut sorted = v.clone();
        sorted.sort_by(f64::total_cmp);
        let spread = (at_quantile(&sorted, 0.75) - at_quantile(&sorted, 0.25)) / quartiles;
        if spread > 0.0 {
            for (l, x) in largest.iter_mut().zip(v) {
                *l = l.max((x / spread).abs());
            }
        }
    }
    largest.sort_by(f64::total_cmp);
    let c = at_quantile(&largest, level);
    (c.is_finite() && c > 0.0).then_some(c)
}

/// Does the work with this many threads; 0 is one per core. The answer does not depend on the number.
pub fn on_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    // Without a pool of its own the work still gets done, on the shared one.
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    }
}

/// The smallest value with at least a share `q` of the sorted values at or under it.
fn at_quantile(sorted: &[f64], q: f64) -> f64 {
    let n = sorted.len();
    let target = q * n as f64 - 1e-9;
    let place = (0..n).find(|i| (i + 1) as f64 >= target).unwrap_or(n - 1);
    sorted[place]
}
