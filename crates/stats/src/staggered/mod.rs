//! Staggered roll-out: the same measure began in different places at different times. What did it do?
//!
//! The estimand is the average treatment effect on the treated of a cohort `g` (units first treated in the
//! same period) in a period `t`, ATT(g,t), under parallel trends: without the measure, the cohort would
//! have moved like its controls from the base period on. Three estimators:
//!
//! - [`att_gt`]: Callaway and Sant'Anna 2021, doi:10.1016/j.jeconom.2020.12.001, with outcome regression,
//!   inverse probability weighting or the doubly robust combination (Sant'Anna and Zhao 2020,
//!   doi:10.1016/j.jeconom.2020.06.003); then [`aggregate::simple`] and its siblings.
//! - [`sunab::sunab`]: Sun and Abraham 2021, doi:10.1016/j.jeconom.2020.09.006.
//! - [`imputation::imputation`]: Borusyak, Jaravel and Spiess 2024, doi:10.1093/restud/rdae007.
//!
//! A two-way fixed effects regression is no substitute here: it compares with units already treated and
//! can miss even the sign.
//!
//! Checked against: R did 2.1.2 (with the overall group standard error as corrected in 2.5.1), fixest
//! 0.14.2, didimputation 0.5.0 on mpdta, base_stagg and castle (`tests/causal_staggered.rs`).

mod absorb;
pub mod aggregate;
pub mod bootstrap;
mod cell;
pub mod imputation;
pub mod sensitivity;
pub mod sunab;

use crate::linalg::{Mat, symmetric_inverse};
use statrs::distribution::{ChiSquared, ContinuousCDF};
use std::collections::BTreeMap;

/// Rows of a panel: one per unit and period, in any order.
#[derive(Debug, Clone, Copy)]
pub struct Panel<'a> {
    /// Unit of each row, numbered from 0 without gaps.
    pub unit: &'a [usize],
    /// Period of each row.
    pub time: &'a [f64],
    /// Outcome of each row, finite.
    pub outcome: &'a [f64],
    /// First treated period of the row's unit; `None` for never.
    pub first_treated: &'a [Option<f64>],
    /// Covariates, each with one value per row.
    pub covariates: &'a [Vec<f64>],
    /// Sampling weights >= 0, one per row.
    pub weights: Option<&'a [f64]>,
    /// Cluster of each row's unit, numbered from 0; `None`: the unit.
    pub cluster: Option<&'a [usize]>,
}

/// Which units stand for what would have happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Controls {
    /// Units never treated in the sample.
    Never,
    /// Those, and units not treated yet.
    NotYet,
}

/// How covariates enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Doubly robust: right if either model is.
    DoublyRobust,
    /// Inverse probability weighting.
    Ipw,
    /// Outcome regression.
    OutcomeRegression,
}

/// The period a cohort's earlier periods are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// The period just before each; these cells are one-step changes.
    Varying,
    /// The last period before treatment, for all; these cells are distances from it.
    Universal,
}

/// What to do with units not seen in every period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unbalanced {
    /// Leave the whole unit out.
    DropUnits,
    /// Keep every row and compare means of rows, as with repeated cross-sections. Without covariates only.
    CrossSections,
}

/// How to estimate ATT(g,t).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Which units are controls.
    pub controls: Controls,
    /// How covariates enter.
    pub method: Method,
    /// Base period of cells before treatment.
    pub base: Base,
    /// Periods before treatment in which units may already react.
    pub anticipation: u32,
    /// Units not seen in every period.
    pub unbalanced: Unbalanced,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            controls: Controls::Never,
            method: Method::DoublyRobust,
            base: Base::Varying,
            anticipation: 0,
            unbalanced: Unbalanced::DropUnits,
        }
    }
}

/// What the caller can fix.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// Columns differ in length.
    #[error("read the panel: its columns differ in length")]
    Lengths,
    /// A value that is not finite, or a negative weight.
    #[error("read the panel: row {row} holds a value that cannot be used")]
    Value {
        /// Row, from 0.
        row: usize,
    },
    /// Two rows for one unit and period.
    #[error("read the panel: rows {first} and {second} are the same unit in the same period")]
    Repeated {
        /// First row, from 0.
        first: usize,
        /// Second row, from 0.
        second: usize,
    },
    /// A unit whose first treated period or cluster differs between rows.
    #[error("read the panel: unit {unit} changes its {what} between rows {first} and {second}")]
    Changes {
        /// The unit's number.
        unit: usize,
        /// First treated period, or cluster.
        what: &'static str,
        /// A row, from 0.
        first: usize,
        /// A row that differs, from 0.
        second: usize,
    },
    /// Nobody is treated after the first period.
    #[error("estimate the effect: no unit begins treatment after the first period")]
    NoTreated,
    /// Nobody to compare with.
    #[error(
        "estimate the effect: no unit stays untreated; units not yet treated can serve as controls instead"
    )]
    NoNever,
    /// Nobody to compare with, even among those not yet treated.
    #[error(
        "estimate the effect: all units begin treatment in the same period, so none is left to compare with"
    )]
    NoControls,
    /// Fewer than two periods.
    #[error("estimate the effect: at least two periods are needed")]
    OnePeriod,
    /// Covariates together with cross-sections.
    #[error("keep units not seen in every period: this is not available together with covariates")]
    CovariatesUnbalanced,
}

/// A panel made ready: units that can be used, with what was left out.
#[derive(Debug, Clone)]
pub struct Prepared<'a> {
    panel: Panel<'a>,
    /// Periods in order.
    pub times: Vec<f64>,
    /// Cohorts (first treated periods) in order.
    pub groups: Vec<f64>,
    /// Rows of each kept unit by period; `None` where the unit was not seen.
    pub(crate) rows: Vec<Vec<Option<usize>>>,
    /// Number of each kept unit.
    pub units: Vec<usize>,
    /// Position in `groups` of each kept unit; `None` for never.
    pub(crate) group_of: Vec<Option<usize>>,
    /// Cluster of each kept unit, renumbered from 0 without gaps.
    pub(crate) cluster_of: Vec<usize>,
    /// Number of clusters.
    pub n_clusters: usize,
    /// Units left out because treatment began in or before the first period.
    pub treated_from_start: Vec<usize>,
    /// Units not seen in every period (kept here; [`att_gt`] decides).
    pub incomplete: Vec<usize>,
    /// Units whose treatment begins after the last period; they count as never treated.
    pub treated_later: Vec<usize>,
    /// Without never-treated units: periods from this one on are left out, because the last cohort then
    /// serves as control.
    pub cut_from: Option<f64>,
}

/// Reads a panel.
///
/// # Errors
/// [`Error`] for repeated rows, units that change cohort or cluster, values that are not numbers.
pub fn prepare(panel: Panel<'_>) -> Result<Prepared<'_>, Error> {
    let n = panel.unit.len();
    if panel.time.len() != n
        || panel.outcome.len() != n
        || panel.first_treated.len() != n
        || panel.covariates.iter().any(|c| c.len() != n)
        || panel.weights.is_some_and(|w| w.len() != n)
        || panel.cluster.is_some_and(|c| c.len() != n)
    {
        return Err(Error::Lengths);
    }
    for row in 0..n {
        let weight = panel.weights.map_or(1.0, |w| w[row]);
        let finite = panel.time[row].is_finite()
            && panel.outcome[row].is_finite()
            && panel.first_treated[row].is_none_or(f64::is_finite)
            && panel.covariates.iter().all(|c| c[row].is_finite());
        if !finite || !weight.is_finite() || weight < 0.0 {
            return Err(Error::Value { row });
        }
    }
    let mut times = panel.time.to_vec();
    times.sort_by(f64::total_cmp);
    times.dedup_by(|a, b| same(*a, *b));
    if times.len() < 2 {
        return Err(Error::OnePeriod);
    }
    let first = times[0];
    let last = times[times.len() - 1];
    let mut by_unit: BTreeMap<usize, Vec<Option<usize>>> = BTreeMap::new();
    for row in 0..n {
        let t = times.partition_point(|t| *t < panel.time[row] && !same(*t, panel.time[row]));
        let rows = by_unit.entry(panel.unit[row]).or_insert_with(|| vec![None; times.len()]);
        if let Some(other) = rows[t] {
            return Err(Error::Repeated { first: other, second: row });
        }
        rows[t] = Some(row);
    }
    let mut p = Prepared {
        panel,
        times,
        groups: Vec::new(),
        rows: Vec::new(),
        units: Vec::new(),
        group_of: Vec::new(),
        cluster_of: Vec::new(),
        n_clusters: 0,
        treated_from_start: Vec::new(),
        incomplete: Vec::new(),
        treated_later: Vec::new(),
        cut_from: None,
    };
    let mut cohort: Vec<Option<f64>> = Vec::new();
    for (unit, rows) in by_unit {
        let mut seen = rows.iter().flatten().copied();
        let Some(one) = seen.next() else { continue };
        for other in seen {
            let (a, b) = (panel.first_treated[one], panel.first_treated[other]);
            if a.is_some() != b.is_some() || a.zip(b).is_some_and(|(a, b)| !same(a, b)) {
                return Err(Error::Changes { unit, what: "first treated period", first: one, second: other });
            }
            if panel.cluster.is_some_and(|c| c[one] != c[other]) {
                return Err(Error::Changes { unit, what: "cluster", first: one, second: other });
            }
        }
        let mut g = panel.first_treated[one];
        if g.is_some_and(|g| g <= first) {
            p.treated_from_start.push(unit);
            continue;
        }
        if g.is_some_and(|g| g > last) {
            p.treated_later.push(unit);
            g = None;
        }
        if rows.iter().any(Option::is_none) {
            p.incomplete.push(unit);
        }
        p.units.push(unit);
        p.rows.push(rows);
        cohort.push(g);
    }
    p.regroup(&cohort);
    if p.groups.is_empty() {
        return Err(Error::NoTreated);
    }
    Ok(p)
}

fn same(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

impl Prepared<'_> {
    fn regroup(&mut self, cohort: &[Option<f64>]) {
        self.groups = cohort.iter().flatten().copied().collect();
        self.groups.sort_by(f64::total_cmp);
        self.groups.dedup_by(|a, b| same(*a, *b));
        self.group_of =
            cohort.iter().map(|g| g.and_then(|g| self.groups.iter().position(|h| same(g, *h)))).collect();
        let mut number: BTreeMap<usize, usize> = BTreeMap::new();
        self.cluster_of = self
            .units
            .iter()
            .enumerate()
            .map(|(i, unit)| {
                let seen = self.rows[i].iter().flatten().next();
                let name = self.panel.cluster.zip(seen).map_or(*unit, |(c, row)| c[*row]);
                let next = number.len();
                *number.entry(name).or_insert(next)
            })
            .collect();
        self.n_clusters = number.len();
    }

    /// Keeps the units for which `keep` holds.
    fn retain(&mut self, keep: &[bool]) {
        let cohort: Vec<Option<f64>> = (0..self.units.len())
            .filter(|i| keep[*i])
            .map(|i| self.group_of[i].map(|g| self.groups[g]))
            .collect();
        let mut at = 0;
        self.units.retain(|_| {
            at += 1;
            keep[at - 1]
        });
        at = 0;
        self.rows.retain(|_| {
            at += 1;
            keep[at - 1]
        });
        self.regroup(&cohort);
    }

    /// Without never-treated units the last cohort becomes the control, and periods in which it is treated
    /// (or may anticipate) are left out.
    fn last_cohort_as_control(&mut self, anticipation: f64) -> Result<(), Error> {
        if self.group_of.iter().any(Option::is_none) {
            return Ok(());
        }
        let Some(last) = self.groups.last().copied() else { return Err(Error::NoTreated) };
        let cut = last - anticipation;
        let kept = self.times.iter().filter(|t| **t < cut).count();
        if self.groups.len() < 2 || kept < 2 {
            return Err(Error::NoControls);
        }
        self.cut_from = Some(cut);
        self.times.truncate(kept);
        for rows in &mut self.rows {
            rows.truncate(kept);
        }
        let end = self.times[kept - 1];
        let cohort: Vec<Option<f64>> = self
            .group_of
            .iter()
            .map(|g| g.map(|g| self.groups[g]).filter(|g| *g < last && *g <= end))
            .collect();
        self.regroup(&cohort);
        if self.groups.is_empty() { Err(Error::NoTreated) } else { Ok(()) }
    }

    fn weight(&self, row: usize) -> f64 {
        self.panel.weights.map_or(1.0, |w| w[row])
    }

    /// The weight of a unit in shares: that of its first seen period.
    fn unit_weight(&self, i: usize) -> f64 {
        self.rows[i].iter().flatten().next().map_or(0.0, |row| self.weight(*row))
    }

    /// Units in each cohort, in the order of `groups`.
    #[must_use]
    pub fn cohort_sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; self.groups.len()];
        for g in self.group_of.iter().flatten() {
            sizes[*g] += 1;
        }
        sizes
    }

    /// Units never treated.
    #[must_use]
    pub fn n_never(&self) -> usize {
        self.group_of.iter().filter(|g| g.is_none()).count()
    }
}

/// Why a cell has no estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoEstimate {
    /// No treated unit seen in both periods, or none in control.
    Empty,
    /// Treated units with covariates like no control's: a propensity of 0.999 or more.
    NoOverlap,
    /// Too few controls for the covariates, or covariates that repeat each other.
    Singular,
}

/// ATT of one cohort in one period.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The cohort.
    pub group: f64,
    /// The period.
    pub time: f64,
    /// The estimate.
    pub att: Option<f64>,
    /// Its standard error from the influence function; `None` in the base period, where the estimate is 0 by
    /// definition.
    pub se: Option<f64>,
    /// Units (or rows, for cross-sections) of the cohort.
    pub n_treated: usize,
    /// Units (or rows) compared with.
    pub n_control: usize,
    /// Why there is no estimate.
    pub missing: Option<NoEstimate>,
}

/// The Wald test that all cells before treatment are zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pretest {
    /// Chi-square statistic.
    pub statistic: f64,
    /// Degrees of freedom.
    pub df: usize,
    /// Probability of a larger one under parallel pre-trends.
    pub p: f64,
}

/// All ATT(g,t) with their influence functions.
#[derive(Debug, Clone)]
pub struct AttGt {
    /// Cells ordered by cohort, then period.
    pub cells: Vec<Cell>,
    /// The influence function, summed within clusters: one row per cluster, one column per cell.
    pub(crate) influence: Mat,
    /// Units used.
    pub n_units: usize,
    /// Clusters used.
    pub n_clusters: usize,
    /// Cohorts with cells.
    pub groups: Vec<f64>,
    /// Units in each cohort.
    pub cohort_sizes: Vec<usize>,
    /// Never-treated units.
    pub n_never: usize,
    /// Weighted share of each cohort among units.
    pub(crate) share: Vec<f64>,
    /// `sum over a cluster's units of (weight 1[unit in cohort] - share)`: clusters by cohorts.
    pub(crate) share_influence: Mat,
    /// Anticipation used.
    pub(crate) anticipation: f64,
    /// The base of cells before treatment.
    pub(crate) base: Base,
    /// Units left out because they were not seen in every period.
    pub dropped_incomplete: Vec<usize>,
    /// Periods from this one on were left out (see [`Prepared::cut_from`]).
    pub cut_from: Option<f64>,
    /// Joint test of the cells before treatment; `None` when there are none or their covariance is
    /// singular, which says nothing in favour of parallel trends.
    pub pretest: Option<Pretest>,
    /// Cells before treatment that have a standard error.
    pub n_pre: usize,
}

impl AttGt {
    /// Standard error of a linear combination given by its clustered influence function.
    pub(crate) fn se(&self, influence: &[f64]) -> f64 {
        influence.iter().map(|v| v * v).sum::<f64>().sqrt() / self.n_units as f64
    }
}

/// Estimates every ATT(g,t).
///
/// # Errors
/// [`Error`] when there is nobody to compare with, or covariates meet cross-sections.
pub fn att_gt(prepared: &Prepared<'_>, options: &Options) -> Result<AttGt, Error> {
    let mut p = prepared.clone();
    let anticipation = f64::from(options.anticipation);
    let mut dropped_incomplete = Vec::new();
    if options.unbalanced == Unbalanced::DropUnits {
        let keep: Vec<bool> = p.rows.iter().map(|r| r.iter().all(Option::is_some)).collect();
        dropped_incomplete = p.units.iter().zip(&keep).filter(|(_, k)| !**k).map(|(u, _)| *u).collect();
        p.retain(&keep);
        if p.groups.is_empty() {
            return Err(Error::NoTreated);
        }
    } else if !p.panel.covariates.is_empty() {
        return Err(Error::CovariatesUnbalanced);
    }
    if options.controls == Controls::Never && p.n_never() == 0 {
        return Err(Error::NoNever);
    }
    p.last_cohort_as_control(anticipation)?;
    let n = p.units.len();
    let first = p.times[0];
    let reported: Vec<usize> = (0..p.groups.len()).filter(|g| p.groups[*g] > first + anticipation).collect();
    let mut cells = Vec::new();
    let mut columns: Vec<Vec<f64>> = Vec::new();
    for &g in &reported {
        let group = p.groups[g];
        // The last period in which the cohort is neither treated nor anticipating.
        let before = p.times.iter().rposition(|t| t + anticipation < group && !same(t + anticipation, group));
        let Some(before) = before else { continue };
        let from = usize::from(options.base == Base::Varying);
        for now in from..p.times.len() {
            let time = p.times[now];
            let post = time > group || same(time, group);
            let base = match options.base {
                Base::Universal => before,
                Base::Varying if post => before,
                Base::Varying => now - 1,
            };
            if base == now {
                cells.push(Cell {
                    group,
                    time,
                    att: Some(0.0),
                    se: None,
                    n_treated: p.group_of.iter().filter(|h| **h == Some(g)).count(),
                    n_control: 0,
                    missing: None,
                });
                columns.push(vec![0.0; p.n_clusters]);
                continue;
            }
            let latest = p.times[now.max(base)];
            let role = |i: usize| match p.group_of[i] {
                Some(h) if h == g => Some(true),
                None => Some(false),
                Some(h) => {
                    let later =
                        p.groups[h] > latest + anticipation && !same(p.groups[h], latest + anticipation);
                    (options.controls == Controls::NotYet && later).then_some(false)
                }
            };
            let outcome = cell::estimate(&p, options, base, now, &role);
            let (cell, influence) = match outcome {
                Ok(e) => {
                    let mut clustered = vec![0.0; p.n_clusters];
                    for (i, v) in e.influence.iter().enumerate() {
                        clustered[p.cluster_of[i]] += v;
                    }
                    let se = clustered.iter().map(|v| v * v).sum::<f64>().sqrt() / n as f64;
                    let cell = Cell {
                        group,
                        time,
                        att: Some(e.att),
                        se: Some(se).filter(|s| *s > 1e-14),
                        n_treated: e.n_treated,
                        n_control: e.n_control,
                        missing: None,
                    };
                    (cell, clustered)
                }
                Err((missing, n_treated, n_control)) => {
                    let cell = Cell {
                        group,
                        time,
                        att: None,
                        se: None,
                        n_treated,
                        n_control,
                        missing: Some(missing),
                    };
                    (cell, vec![0.0; p.n_clusters])
                }
            };
            cells.push(cell);
            columns.push(influence);
        }
    }
    if cells.is_empty() {
        return Err(Error::NoTreated);
    }
    let groups: Vec<f64> = reported.iter().map(|g| p.groups[*g]).collect();
    let share: Vec<f64> = reported
        .iter()
        .map(|g| {
            (0..n).filter(|i| p.group_of[*i] == Some(*g)).map(|i| p.unit_weight(i)).sum::<f64>() / n as f64
        })
        .collect();
    let mut share_influence = Mat::zeros(p.n_clusters, groups.len());
    for (k, g) in reported.iter().enumerate() {
        let column = share_influence.col_mut(k);
        for i in 0..n {
            let own = if p.group_of[i] == Some(*g) { p.unit_weight(i) } else { 0.0 };
            column[p.cluster_of[i]] += own - share[k];
        }
    }
    let sizes = p.cohort_sizes();
    let mut out = AttGt {
        influence: Mat::from_columns(p.n_clusters, &columns),
        cells,
        n_units: n,
        n_clusters: p.n_clusters,
        cohort_sizes: reported.iter().map(|g| sizes[*g]).collect(),
        groups,
        n_never: p.n_never(),
        share,
        share_influence,
        anticipation,
        base: options.base,
        dropped_incomplete,
        cut_from: p.cut_from,
        pretest: None,
        n_pre: 0,
    };
    let pre: Vec<usize> = (0..out.cells.len())
        .filter(|k| {
            let c = &out.cells[*k];
            c.group > c.time && !same(c.group, c.time) && c.se.is_some()
        })
        .collect();
    out.n_pre = pre.len();
    out.pretest = pretest(&out, &pre);
    Ok(out)
}

fn pretest(a: &AttGt, pre: &[usize]) -> Option<Pretest> {
    if pre.is_empty() {
        return None;
    }
    let n = a.n_units as f64;
    let mut v = Mat::zeros(pre.len(), pre.len());
    for (i, &j) in pre.iter().enumerate() {
        for (k, &l) in pre.iter().enumerate() {
            let s: f64 = a.influence.col(j).iter().zip(a.influence.col(l)).map(|(x, y)| x * y).sum();
            v.set(i, k, s / (n * n));
        }
    }
    let inverse = symmetric_inverse(&v, 1e-10);
    if !inverse.dependent.is_empty() {
        return None;
    }
    let att: Vec<f64> = pre.iter().filter_map(|k| a.cells[*k].att).collect();
    let statistic = inverse.inverse.quadratic(&att);
    let p = ChiSquared::new(pre.len() as f64).ok()?.sf(statistic);
    (statistic.is_finite() && statistic >= 0.0).then_some(Pretest { statistic, df: pre.len(), p })
}
