//! Averages of ATT(g,t) that answer one question each.
//!
//! Standard errors hold the uncertainty of the cohort shares used as weights (the corrected overall error
//! of the group average included; R did 2.1.2 has it wrong, 2.5.1 right).

use super::{AttGt, same};
use statrs::distribution::{ContinuousCDF, Normal};

/// An average with its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Average {
    /// The estimate.
    pub att: f64,
    /// Standard error; `None` when no cell in it has one.
    pub se: Option<f64>,
}

impl Average {
    /// Normal interval at `level`.
    #[must_use]
    pub fn interval(&self, level: f64) -> Option<(f64, f64)> {
        let z = Normal::standard().inverse_cdf(1.0 - (1.0 - level) / 2.0);
        self.se.map(|se| (self.att - z * se, self.att + z * se))
    }

    /// Two-sided normal p value of no effect.
    #[must_use]
    pub fn p(&self) -> Option<f64> {
        self.se.filter(|s| *s > 0.0).map(|se| 2.0 * Normal::standard().sf((self.att / se).abs()))
    }
}

/// One line of a breakdown.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The cohort, the time since treatment, or the calendar period.
    pub key: f64,
    /// Its average.
    pub average: Average,
    /// The influence function, by cluster.
    pub(crate) influence: Vec<f64>,
    /// The same as a combination of columns: cells first, then cohort shares.
    pub(crate) parts: Parts,
}

/// A linear combination: (column, factor).
pub(crate) type Parts = Vec<(usize, f64)>;

/// An overall average with its breakdown.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// The overall average.
    pub overall: Average,
    /// The breakdown, empty for [`simple`].
    pub by: Vec<Line>,
    pub(crate) overall_influence: Vec<f64>,
    pub(crate) overall_parts: Parts,
}

/// All treated cells, weighted by cohort size. Cohorts treated longer count more often.
#[must_use]
pub fn simple(a: &AttGt) -> Option<Aggregate> {
    let cells: Vec<usize> = (0..a.cells.len()).filter(|k| post(a, *k)).collect();
    let line = weighted(a, 0.0, &cells)?;
    Some(Aggregate {
        overall: line.average,
        overall_influence: line.influence,
        overall_parts: line.parts,
        by: Vec::new(),
    })
}

/// The average of each cohort over its treated periods; overall: cohorts by size. The headline: it counts
/// every treated unit once.
#[must_use]
pub fn group(a: &AttGt) -> Option<Aggregate> {
    let mut by = Vec::new();
    let mut shares = Vec::new();
    for (g, group) in a.groups.iter().enumerate() {
        let cells: Vec<usize> = (0..a.cells.len())
            .filter(|k| same(a.cells[*k].group, *group) && post(a, *k) && a.cells[*k].att.is_some())
            .collect();
        if cells.is_empty() {
            continue;
        }
        let weights = vec![1.0 / cells.len() as f64; cells.len()];
        by.push(combine(a, *group, &cells, &weights, None));
        shares.push(g);
    }
    if by.is_empty() {
        return None;
    }
    let total: f64 = shares.iter().map(|g| a.share[*g]).sum();
    let mut att = 0.0;
    let mut influence = vec![0.0; a.n_clusters];
    let mut parts = Parts::new();
    for (line, g) in by.iter().zip(&shares) {
        let weight = a.share[*g] / total;
        att += weight * line.average.att;
        parts.extend(line.parts.iter().map(|(c, f)| (*c, weight * f)));
        for (o, v) in influence.iter_mut().zip(&line.influence) {
            *o += weight * v;
        }
    }
    let atts: Vec<f64> = by.iter().map(|l| l.average.att).collect();
    add_share_uncertainty(a, &shares, &atts, &mut influence, &mut parts);
    Some(finish(a, att, influence, parts, by))
}

/// The average at each time since treatment; overall: times from 0 on, equally.
#[must_use]
pub fn dynamic(a: &AttGt) -> Option<Aggregate> {
    let mut keys: Vec<f64> = a.cells.iter().map(|c| c.time - c.group).collect();
    keys.sort_by(f64::total_cmp);
    keys.dedup_by(|x, y| same(*x, *y));
    let by: Vec<Line> = keys
        .into_iter()
        .filter_map(|e| {
            let cells: Vec<usize> =
                (0..a.cells.len()).filter(|k| same(a.cells[*k].time - a.cells[*k].group, e)).collect();
            weighted(a, e, &cells)
        })
        .collect();
    equally(a, by, |l| l.key > -1e-9)
}

/// The average in each calendar period over cohorts treated by then; overall: periods equally.
#[must_use]
pub fn calendar(a: &AttGt) -> Option<Aggregate> {
    let mut keys: Vec<f64> = a.cells.iter().map(|c| c.time).collect();
    keys.sort_by(f64::total_cmp);
    keys.dedup_by(|x, y| same(*x, *y));
    let by: Vec<Line> = keys
        .into_iter()
        .filter_map(|t| {
            let cells: Vec<usize> =
                (0..a.cells.len()).filter(|k| same(a.cells[*k].time, t) && post(a, *k)).collect();
            weighted(a, t, &cells)
        })
        .collect();
    equally(a, by, |_| true)
}

fn post(a: &AttGt, k: usize) -> bool {
    let c = &a.cells[k];
    c.time > c.group || same(c.time, c.group)
}

fn equally(a: &AttGt, by: Vec<Line>, counts: impl Fn(&Line) -> bool) -> Option<Aggregate> {
    let chosen: Vec<&Line> = by.iter().filter(|l| counts(l)).collect();
    if chosen.is_empty() {
        return None;
    }
    let weight = 1.0 / chosen.len() as f64;
    let att = chosen.iter().map(|l| weight * l.average.att).sum();
    let mut influence = vec![0.0; a.n_clusters];
    let mut parts = Parts::new();
    for l in chosen {
        parts.extend(l.parts.iter().map(|(c, f)| (*c, weight * f)));
        for (o, v) in influence.iter_mut().zip(&l.influence) {
            *o += weight * v;
        }
    }
    Some(finish(a, att, influence, parts, by))
}

fn finish(a: &AttGt, att: f64, influence: Vec<f64>, parts: Parts, by: Vec<Line>) -> Aggregate {
    let se = Some(a.se(&influence)).filter(|s| *s > 1e-14);
    Aggregate { overall: Average { att, se }, by, overall_influence: influence, overall_parts: parts }
}

/// Cells weighted by the size of their cohort, the uncertainty of the shares included. Cells without an
/// estimate are left out.
fn weighted(a: &AttGt, key: f64, cells: &[usize]) -> Option<Line> {
    let cells: Vec<usize> = cells.iter().copied().filter(|k| a.cells[*k].att.is_some()).collect();
    let groups: Vec<usize> = cells
        .iter()
        .map(|k| a.groups.iter().position(|g| same(*g, a.cells[*k].group)))
        .collect::<Option<_>>()?;
    let total: f64 = groups.iter().map(|g| a.share[*g]).sum();
    if total <= 0.0 {
        return None;
    }
    let weights: Vec<f64> = groups.iter().map(|g| a.share[*g] / total).collect();
    Some(combine(a, key, &cells, &weights, Some(&groups)))
}

fn combine(a: &AttGt, key: f64, cells: &[usize], weights: &[f64], groups: Option<&[usize]>) -> Line {
    let atts: Vec<f64> = cells.iter().map(|k| a.cells[*k].att.unwrap_or(0.0)).collect();
    let mut influence = vec![0.0; a.n_clusters];
    let mut parts: Parts = cells.iter().copied().zip(weights.iter().copied()).collect();
    for (k, w) in cells.iter().zip(weights) {
        for (o, v) in influence.iter_mut().zip(a.influence.col(*k)) {
            *o += w * v;
        }
    }
    if let Some(groups) = groups {
        add_share_uncertainty(a, groups, &atts, &mut influence, &mut parts);
    }
    let att = atts.iter().zip(weights).map(|(a, w)| a * w).sum();
    let known = cells.iter().any(|k| a.cells[*k].se.is_some());
    let se = known.then(|| a.se(&influence)).filter(|s| *s > 1e-14);
    Line { key, average: Average { att, se }, influence, parts }
}

/// Adds the influence of weights `share[g] / sum of shares` on `sum of weight * att`.
fn add_share_uncertainty(
    a: &AttGt,
    groups: &[usize],
    atts: &[f64],
    influence: &mut [f64],
    parts: &mut Parts,
) {
    let total: f64 = groups.iter().map(|g| a.share[*g]).sum();
    let mean: f64 = groups.iter().zip(atts).map(|(g, att)| a.share[*g] * att).sum::<f64>() / total;
    for (g, att) in groups.iter().zip(atts) {
        let slope = (att - mean) / total;
        parts.push((a.cells.len() + g, slope));
        for (o, v) in influence.iter_mut().zip(a.share_influence.col(*g)) {
            *o += slope * v;
        }
    }
}
