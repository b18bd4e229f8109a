//! The multiplier bootstrap: how wide must bands be to hold for all cells at once?
//!
//! Each draw multiplies every cluster's influence by an independent weight of -1 or 1 (Rademacher weights;
//! Davidson and Flachaire 2008, doi:10.1016/j.jeconom.2008.08.003), so nothing is estimated again. Standard
//! errors stay analytic; only the critical value comes from here. Weights and the spread taken from
//! quartiles are those of R did; Mammen's weights gave bars about 0.1 higher on mpdta.

use super::AttGt;
use super::aggregate::Line;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal};

/// Critical value of the largest absolute t statistic over all cells at `level`; `None` without draws or
/// without a cell that has a standard error.
#[must_use]
pub fn critical_value_cells(a: &AttGt, level: f64, draws: usize, seed: u64) -> Option<f64> {
    let columns: Vec<&[f64]> =
        (0..a.cells.len()).filter(|k| a.cells[*k].se.is_some()).map(|k| a.influence.col(k)).collect();
    critical_value(&columns, level, draws, seed)
}

/// The same over the lines of a breakdown.
#[must_use]
pub fn critical_value_lines(lines: &[Line], level: f64, draws: usize, seed: u64) -> Option<f64> {
    let columns: Vec<&[f64]> =
        lines.iter().filter(|l| l.average.se.is_some()).map(|l| l.influence.as_slice()).collect();
    critical_value(&columns, level, draws, seed)
}

/// Does the work with this many threads; 0 is one per core. The answer does not depend on the number.
pub fn on_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    // Without a pool of its own the work still gets done, on the shared one.
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    }
}

/// Columns are influence functions by cluster.
pub(crate) fn critical_value(columns: &[&[f64]], level: f64, draws: usize, seed: u64) -> Option<f64> {
    let k = columns.len();
    let clusters = columns.first()?.len();
    if draws == 0 {
        return None;
    }
    // By cluster, so that one draw reads memory in order.
    let mut table = vec![0.0; clusters * k];
    for (j, c) in columns.iter().enumerate() {
        for (i, v) in c.iter().enumerate() {
            table[i * k + j] = *v;
        }
    }
    // One stream per draw: the number of threads does not change the answer.
    let sums: Vec<Vec<f64>> = (0..draws)
        .into_par_iter()
        .map(|draw| {
            let mut rng =
                Xoshiro256PlusPlus::seed_from_u64(seed ^ (draw as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let mut sum = vec![0.0; k];
            let mut bits = 0_u64;
            for (i, row) in table.chunks_exact(k).enumerate() {
                if i % 64 == 0 {
                    bits = rng.random();
                }
                let v = if bits >> (i % 64) & 1 == 1 { 1.0 } else { -1.0 };
                for (s, x) in sum.iter_mut().zip(row) {
                    *s += v * x;
                }
            }
            sum
        })
        .collect();
    // The spread of each column from its quartiles, which a few wild draws do not move.
    let normal = Normal::standard();
    let quartiles = normal.inverse_cdf(0.75) - normal.inverse_cdf(0.25);
    let spread: Vec<f64> = (0..k)
        .map(|j| {
            let mut v: Vec<f64> = sums.iter().map(|s| s[j]).collect();
            v.sort_by(f64::total_cmp);
            (at_quantile(&v, 0.75) - at_quantile(&v, 0.25)) / quartiles
        })
        .collect();
    let mut largest: Vec<f64> = sums
        .iter()
        .map(|s| {
            s.iter()
                .zip(&spread)
                .filter(|(_, d)| **d > 0.0)
                .map(|(v, d)| (v / d).abs())
                .fold(0.0_f64, f64::max)
        })
        .collect();
    largest.sort_by(f64::total_cmp);
    let c = at_quantile(&largest, level);
    (c.is_finite() && c > 0.0).then_some(c)
}

/// The smallest value with at least a share `q` of the sorted values at or under it.
fn at_quantile(sorted: &[f64], q: f64) -> f64 {
    let n = sorted.len();
    let target = q * n as f64 - 1e-9;
    let place = (0..n).find(|i| (i + 1) as f64 >= target).unwrap_or(n - 1);
    sorted[place]
}
