//! Kulldorff's scan statistic: where, and when, are there more (or fewer) events than expected?
//!
//! A circle moves over the map and grows from nothing to half of the population; in space and time it
//! becomes a cylinder that also moves over the study period. The likelihood ratio of the best cylinder
//! is compared with the best cylinder of every one of many random data sets, so the p value already
//! accounts for all the places and times that were looked at.
//!
//! References: Kulldorff 1997, 10.1080/03610929708831995 (the statistic); Kulldorff et al. 1998,
//! 10.2105/AJPH.88.9.1377 (space and time); Kulldorff 2001, 10.1111/1467-985X.00186 (prospective);
//! Kulldorff et al. 2005, 10.1371/journal.pmed.0020059 (permutation); Abrams, Kleinman & Kulldorff 2010,
//! 10.1186/1476-072X-9-61 (Gumbel). Checked against: SaTScan 10.3.2, SpatialEpi 1.2.8 and smerc 1.8.4,
//! see `tests/detect_scan.rs`.
//!
//! [`scan`] is the entry. [`expected`] prepares what the Poisson model needs; [`geometry`] draws the
//! circles; `engine` is the search and says why it is exact though it skips almost everything.

mod engine;
pub mod expected;
pub mod geometry;
mod likelihood;
mod simulate;

use engine::{Best, Engine, Windows};
use geometry::{Circles, Coordinates};
use likelihood::Likelihood;
use rayon::prelude::*;
use thiserror::Error;

/// How events come about when there is no cluster. All tables are location by period, row by row.
#[derive(Debug, Clone, Copy)]
pub enum Model<'a> {
    /// Counts are Poisson with these means, up to a common factor. Zero where nobody is at risk.
    Poisson {
        /// Expected counts, `locations * periods` of them, >= 0; rescaled to the number of cases.
        expected: &'a [f64],
    },
    /// As Poisson, but given how many cases each period has: a rise everywhere is no cluster, a place that
    /// has more than its share of one is. SaTScan's non-parametric adjustment for time, with replicates
    /// that keep every period's number of cases. For space-time kinds.
    WithinPeriods {
        /// People at risk, `locations * periods` of them, >= 0; rescaled to the cases of each period.
        at_risk: &'a [f64],
    },
    /// Each person is a case or a control, with one probability everywhere.
    Bernoulli {
        /// Controls, `locations * periods` of them.
        controls: &'a [u32],
    },
    /// Only cases are known: place and time are independent, within each stratum (of age, say) if there
    /// are any. For space-time kinds.
    Permutation {
        /// The cases split by stratum, tables like `Problem::cases` that add up to it; none is one stratum.
        strata: &'a [Vec<u32>],
    },
}

/// Which windows are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Circles over the whole study period.
    Spatial,
    /// Stretches of time over the whole map.
    Temporal,
    /// Cylinders anywhere in the study period.
    SpaceTime,
    /// Cylinders that are still going on in the last period.
    Prospective,
}

/// Which deviations count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rates {
    /// More than expected.
    High,
    /// Fewer than expected.
    Low,
    /// Either; costs power when only one side matters.
    Both,
}

/// The data of a scan.
#[derive(Debug, Clone, Copy)]
pub struct Problem<'a> {
    /// Where the locations are.
    pub coordinates: Coordinates<'a>,
    /// Number of periods, >= 1, taken to be equally long when durations are limited.
    pub periods: usize,
    /// Cases, location by period, row by row.
    pub cases: &'a [u32],
    /// The model under which they are surprising or not.
    pub model: Model<'a>,
    /// People per location, for the limit on a circle's size; without it the model's own measure is
    /// used (expected counts, cases plus controls, or cases).
    pub population: Option<&'a [f64]>,
}

/// How to scan.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Which windows.
    pub kind: Kind,
    /// Which deviations.
    pub rates: Rates,
    /// Largest share of the population in a circle, above 0 and at most 1; usually one half.
    pub max_population: f64,
    /// Largest share of the periods in a window, above 0 and at most 1; usually one half, at least one period.
    pub max_duration: f64,
    /// Largest radius, in the coordinates' unit (kilometres for latitude and longitude).
    pub max_radius: Option<f64>,
    /// Monte Carlo replicates; 0 gives no p values.
    pub replicates: usize,
    /// Stop once this many replicates reach the most likely cluster, since it is then known to be no
    /// surprise (Besag & Clifford 1991, 10.1093/biomet/78.2.301; p stays valid); 0 runs them all.
    pub stop_after: usize,
    /// Seed; each replicate has its own stream, so threads do not change the result.
    pub seed: u64,
    /// Worker threads; 0 is one per core.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            kind: Kind::SpaceTime,
            rates: Rates::High,
            max_population: 0.5,
            max_duration: 0.5,
            max_radius: None,
            replicates: 999,
            stop_after: 0,
            seed: 1,
            threads: 0,
        }
    }
}

/// One cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// The location whose coordinates are the centre; `None` for a purely temporal cluster.
    pub center: Option<usize>,
    /// The locations inside, nearest to the centre first.
    pub locations: Vec<usize>,
    /// Distance from the centre to the farthest location inside, in the coordinates' unit.
    pub radius: f64,
    /// First period inside, from 0.
    pub first_period: usize,
    /// Last period inside.
    pub last_period: usize,
    /// Cases inside.
    pub observed: u64,
    /// Cases expected inside.
    pub expected: f64,
    /// Observed over expected inside, over the same outside; infinite when all cases are inside.
    pub relative_risk: f64,
    /// Logarithm of the likelihood ratio.
    pub log_likelihood_ratio: f64,
    /// Whether the cluster holds more than expected.
    pub high: bool,
    /// Monte Carlo p: (1 + replicates at least as extreme) / (1 + replicates). Secondary clusters are
    /// compared with each replicate's best, which is conservative.
    pub p_value: Option<f64>,
    /// P from a Gumbel distribution fitted to the replicates' maxima; finer than 1 / (1 + replicates).
    pub p_gumbel: Option<f64>,
}

/// What a scan found.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanResult {
    /// Clusters, most likely first; none shares a location with a better one.
    pub clusters: Vec<Cluster>,
    /// All cases.
    pub total_cases: u64,
    /// Number of circles looked at.
    pub circles: u64,
    /// The maximum of every replicate that was run, in the order of the replicates.
    pub replicate_maxima: Vec<f64>,
}

/// Why a scan cannot be run.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ScanError {
    /// A table has the wrong number of entries.
    #[error("{table} has {found} entries where locations times periods make {wanted}")]
    Shape {
        /// Which table.
        table: &'static str,
        /// Entries found.
        found: usize,
        /// Entries wanted.
        wanted: usize,
    },
    /// Nothing to scan for.
    #[error("there is no case")]
    NoCases,
    /// Coordinates must be finite; latitudes within 90, longitudes within 180 (or 360) degrees.
    #[error("location {location} has impossible coordinates")]
    Coordinates {
        /// Index of the location.
        location: usize,
    },
    /// Expected counts and populations are finite and not negative, and not all zero.
    #[error("{table} of location {location} is negative or not a number")]
    Negative {
        /// Which table.
        table: &'static str,
        /// Index of the location.
        location: usize,
    },
    /// Cases where nobody is at risk: a fault in the data, which would make an infinite ratio.
    #[error("location {location} has cases in period {period} but nobody at risk there")]
    CasesWithoutPopulation {
        /// Index of the location.
        location: usize,
        /// Index of the period.
        period: usize,
    },
    /// An option lies outside its range.
    #[error("{0}")]
    Option(&'static str),
    /// Counts beyond what the search can hold.
    #[error("the table is too large: {0}")]
    TooLarge(&'static str),
    /// The worker threads could not be started.
    #[error("start {0} worker threads")]
    Threads(usize),
}

/// Runs a scan.
///
/// Edge cases: locations at one place enter a circle together; others equally far from the centre enter
/// one after the other, smaller first coordinate first; a location nobody lives in never matters but cases there are an error; no admissible
/// circle gives no cluster; counts are whole numbers.
pub fn scan(problem: &Problem<'_>, options: &Options) -> Result<ScanResult, ScanError> {
    let table = Table::new(problem, options)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build()
        .map_err(|_| ScanError::Threads(options.threads))?;
    pool.install(|| run(&table, options))
}

/// The problem folded to what the kind of scan looks at.
struct Table {
    periods: usize,
    cases: Vec<u32>,
    /// Expected counts (summing to the cases) or people, per location and period.
    measure: Vec<f64>,
    likelihood: Likelihood,
    circles: Vec<Circles>,
    sampler: simulate::Sampler,
    windows: Windows,
    total_cases: u64,
    /// Periods and locations of the original table, for purely spatial and temporal clusters.
    original: (usize, usize),
}

fn run(table: &Table, options: &Options) -> Result<ScanResult, ScanError> {
    let engine = Engine::new(&table.measure, table.periods, table.likelihood, options.rates, table.windows);
    let observed = simulate::Sparse::from_dense(&table.cases, table.periods);

    let best: Vec<Option<Best>> =
        table.circles.par_iter().map(|circles| engine.best_of_center(circles, &observed)).collect();
    let highest = best.iter().flatten().map(|best| best.score).fold(0.0, f64::max);
    let replicate_maxima = replicate_maxima(table, &engine, options, reached(highest));
    let gumbel = Gumbel::fit(&replicate_maxima);
    let clusters = apart(table, &engine, &observed, best, options.kind)
        .iter()
        .map(|(index, best)| table.cluster(&table.circles[*index], best, options, &replicate_maxima, gumbel))
        .collect();
    Ok(ScanResult {
        clusters,
        total_cases: table.total_cases,
        circles: table.circles.iter().map(|c| c.len() as u64).sum(),
        replicate_maxima,
    })
}

/// From the best window of every centre, the best ones that share no location.
///
/// In a purely spatial scan a centre whose best circle touches a better cluster stands for its best
/// circle that does not; with time it drops out. Both are what SaTScan reports, so lists can be compared.
fn apart(
    table: &Table,
    engine: &Engine<'_>,
    observed: &simulate::Sparse,
    mut best: Vec<Option<Best>>,
    kind: Kind,
) -> Vec<(usize, Best)> {
    // Equal likelihoods differ in the last bits by the order of summation; the first location wins.
    let rank = |best: &Best| (best.score * 1e9).round();
    let mut taken = vec![false; table.cases.len() / table.periods];
    let mut clusters = Vec::new();
    loop {
        let next = best
            .iter()
            .enumerate()
            .filter_map(|(i, b)| b.map(|b| (i, b)))
            .reduce(|x, y| if rank(&y.1) > rank(&x.1) { y } else { x });
        let Some((index, window)) = next else { return clusters };
        let circles = &table.circles[index];
        let members = circles.members(window.circle);
        if members.iter().any(|&l| taken[l as usize]) {
            best[index] = if kind == Kind::Spatial {
                engine.best_of_center(&circles.clear_of(&taken), observed)
            } else {
                None
            };
            continue;
        }
        members.iter().for_each(|&l| taken[l as usize] = true);
        best[index] = None;
        clusters.push((index, window));
    }
}

/// The best score of every replicate, until `options.stop_after` of them have reached `level`.
fn replicate_maxima(table: &Table, engine: &Engine<'_>, options: &Options, level: f64) -> Vec<f64> {
    // With a stop in sight there is no use in running far beyond it.
    const ROUND: usize = 64;
    let all: Vec<u64> = (0..options.replicates as u64).collect();
    if options.stop_after == 0 {
        return maxima_of(table, engine, options, &all);
    }
    let mut maxima = Vec::new();
    let mut reaching = 0;
    for round in all.chunks(ROUND) {
        for maximum in maxima_of(table, engine, options, round) {
            maxima.push(maximum);
            reaching += usize::from(maximum >= level);
            // Replicates beyond the stop are dropped: where it falls must not depend on the rounds.
            if reaching == options.stop_after {
                return maxima;
            }
        }
    }
    maxima
}

/// The best scores of these replicates. Batches share the work that depends on the centre alone.
fn maxima_of(table: &Table, engine: &Engine<'_>, options: &Options, numbers: &[u64]) -> Vec<f64> {
    const LARGEST_BATCH: usize = 64;
    let per_thread = numbers.len().div_ceil(rayon::current_num_threads()).max(1);
    let batches: Vec<Vec<f64>> = numbers
        .par_chunks(per_thread.min(LARGEST_BATCH))
        .map(|numbers| {
            let replicates: Vec<simulate::Sparse> =
                numbers.iter().map(|&r| table.sampler.draw(options.seed, r, table.periods)).collect();
            engine.maxima(&table.circles, &replicates)
        })
        .collect();
    batches.concat()
}

/// The score from which on a replicate counts as reaching `score`: sums in another order move the last
/// bits, and a replicate equal to the data does reach it.
fn reached(score: f64) -> f64 {
    score * (1.0 - 1e-10)
}

impl Table {
    fn new(problem: &Problem<'_>, options: &Options) -> Result<Table, ScanError> {
        let locations = problem.coordinates.len();
        let periods = problem.periods;
        check_options(options)?;
        if periods == 0 {
            return Err(ScanError::Option("there must be at least one period"));
        }
        let wanted = locations * periods;
        check_shape("the cases", problem.cases.len(), wanted)?;
        problem.coordinates.check()?;
        let total_cases: u64 = problem.cases.iter().map(|&c| u64::from(c)).sum();
        if total_cases == 0 {
            return Err(ScanError::NoCases);
        }
        if u32::try_from(total_cases).is_err() || u32::try_from(wanted).is_err() {
            return Err(ScanError::TooLarge("cases and cells must each stay below four thousand million"));
        }
        let timeless = matches!(options.kind, Kind::Spatial | Kind::Temporal);
        let needs_time = matches!(problem.model, Model::Permutation { .. } | Model::WithinPeriods { .. });
        if needs_time && timeless {
            return Err(ScanError::Option(
                "this model needs space and time: a kind of space-time or prospective",
            ));
        }

        let measure = measure(problem, total_cases)?;
        let population = match problem.population {
            Some(population) => {
                check_shape("the population", population.len(), locations)?;
                check_values("the population", population, 1)?;
                population.to_vec()
            }
            None => measure.chunks(periods).map(|row| row.iter().sum()).collect(),
        };

        // A purely spatial scan has one period, a purely temporal one has one location.
        let (rows, columns) = match options.kind {
            Kind::Spatial => (locations, 1),
            Kind::Temporal => (1, periods),
            Kind::SpaceTime | Kind::Prospective => (locations, periods),
        };
        let place = |l: usize, t: usize| {
            if rows == 1 && options.kind == Kind::Temporal {
                t
            } else {
                l * columns + if columns == 1 { 0 } else { t }
            }
        };
        let mut cases = vec![0_u32; rows * columns];
        let mut folded = vec![0.0; rows * columns];
        for l in 0..locations {
            for t in 0..periods {
                let (from, to) = (l * periods + t, place(l, t));
                cases[to] += problem.cases[from];
                folded[to] += measure[from];
            }
        }
        for (cell, (&c, &m)) in cases.iter().zip(&folded).enumerate() {
            if c > 0 && m <= 0.0 {
                return Err(ScanError::CasesWithoutPopulation {
                    location: cell / columns,
                    period: cell % columns,
                });
            }
        }

        let circles = if options.kind == Kind::Temporal {
            vec![Circles::everything()]
        } else {
            geometry::circles(&problem.coordinates, &population, options.max_population, options.max_radius)
        };
        let longest = if columns == 1 { 1 } else { whole_periods(options.max_duration, columns) };
        let windows = if options.kind == Kind::Prospective {
            Windows::Ongoing { longest }
        } else {
            Windows::Any { longest }
        };
        let likelihood = match problem.model {
            Model::Bernoulli { .. } => Likelihood::bernoulli(total_cases as f64, folded.iter().sum()),
            Model::Poisson { .. } | Model::WithinPeriods { .. } | Model::Permutation { .. } => {
                Likelihood::poisson(total_cases as f64)
            }
        };
        let sampler = match problem.model {
            Model::Poisson { .. } => simulate::Sampler::multinomial(&folded, total_cases),
            Model::WithinPeriods { .. } => {
                simulate::Sampler::within_periods(&folded, &by_period(&cases, columns))
            }
            Model::Bernoulli { .. } => simulate::Sampler::without_replacement(&folded, total_cases),
            Model::Permutation { strata } => {
                simulate::Sampler::permutation(&tables(strata, problem.cases), columns)
            }
        };
        Ok(Table {
            periods: columns,
            cases,
            measure: folded,
            likelihood,
            circles,
            sampler,
            windows,
            total_cases,
            original: (locations, periods),
        })
    }

    fn cluster(
        &self,
        circles: &Circles,
        best: &Best,
        options: &Options,
        maxima: &[f64],
        gumbel: Option<Gumbel>,
    ) -> Cluster {
        let temporal = options.kind == Kind::Temporal;
        let observed = f64::from(best.cases);
        let total = self.total_cases as f64;
        let expected = self.likelihood.expected(best.measure);
        let rest = total - expected;
        let (first_period, last_period) =
            if options.kind == Kind::Spatial { (0, self.original.1 - 1) } else { (best.start, best.end - 1) };
        let at_least = maxima.iter().filter(|&&m| m >= reached(best.score)).count();
        Cluster {
            center: (!temporal).then_some(circles.center()),
            locations: if temporal {
                (0..self.original.0).collect()
            } else {
                circles.members(best.circle).iter().map(|&l| l as usize).collect()
            },
            radius: circles.radius(best.circle),
            first_period,
            last_period,
            observed: u64::from(best.cases),
            expected,
            relative_risk: (observed / expected) / ((total - observed) / rest),
            log_likelihood_ratio: best.score,
            high: observed > expected,
            p_value: (!maxima.is_empty()).then(|| (1 + at_least) as f64 / (1 + maxima.len()) as f64),
            p_gumbel: gumbel.map(|g| g.upper_tail(best.score)),
        }
    }
}

/// The number of whole periods in a share of them, at least one; 0.5 of 104 is 52 also when 0.5 came
/// from a division.
fn whole_periods(share: f64, periods: usize) -> usize {
    (1..=periods).rev().find(|&n| n as f64 <= share * periods as f64 + 1e-9).unwrap_or(1)
}

fn measure(problem: &Problem<'_>, total_cases: u64) -> Result<Vec<f64>, ScanError> {
    let wanted = problem.cases.len();
    let periods = problem.periods;
    match problem.model {
        Model::Poisson { expected } => {
            check_shape("the expected counts", expected.len(), wanted)?;
            check_values("the expected count", expected, periods)?;
            let sum: f64 = expected.iter().sum();
            if sum <= 0.0 {
                return Err(ScanError::Option("nobody is at risk anywhere"));
            }
            Ok(expected.iter().map(|e| e * total_cases as f64 / sum).collect())
        }
        Model::WithinPeriods { at_risk } => {
            check_shape("the people at risk", at_risk.len(), wanted)?;
            check_values("the people at risk", at_risk, periods)?;
            let mut sums = vec![0.0; periods];
            for row in at_risk.chunks(periods) {
                sums.iter_mut().zip(row).for_each(|(sum, people)| *sum += people);
            }
            let cases = by_period(problem.cases, periods);
            let scale: Vec<f64> = cases
                .iter()
                .zip(&sums)
                .map(|(&cases, &people)| if people > 0.0 { cases as f64 / people } else { 0.0 })
                .collect();
            let mut measure = at_risk.to_vec();
            for row in measure.chunks_mut(periods) {
                row.iter_mut().zip(&scale).for_each(|(measure, scale)| *measure *= scale);
            }
            Ok(measure)
        }
        Model::Bernoulli { controls } => {
            check_shape("the controls", controls.len(), wanted)?;
            Ok(problem.cases.iter().zip(controls).map(|(&c, &k)| f64::from(c) + f64::from(k)).collect())
        }
        Model::Permutation { strata } => {
            let mut sum = vec![0_u64; wanted];
            let mut measure = vec![0.0; wanted];
            for table in tables(strata, problem.cases) {
                check_shape("a stratum of the cases", table.len(), wanted)?;
                add_independent(&mut measure, table, periods);
                sum.iter_mut().zip(table).for_each(|(sum, &c)| *sum += u64::from(c));
            }
            if sum.iter().zip(problem.cases).any(|(&sum, &c)| sum != u64::from(c)) {
                return Err(ScanError::Option("the strata must add up to the cases"));
            }
            Ok(measure)
        }
    }
}

/// Cases of each period over all locations.
fn by_period(cases: &[u32], periods: usize) -> Vec<u64> {
    let mut sums = vec![0; periods];
    for row in cases.chunks(periods) {
        sums.iter_mut().zip(row).for_each(|(sum, &c)| *sum += u64::from(c));
    }
    sums
}

/// The strata, or the cases as the only one.
fn tables<'a>(strata: &'a [Vec<u32>], cases: &'a [u32]) -> Vec<&'a [u32]> {
    if strata.is_empty() { vec![cases] } else { strata.iter().map(Vec::as_slice).collect() }
}

/// Adds what a table's margins let expect when place and time are independent.
fn add_independent(measure: &mut [f64], cases: &[u32], periods: usize) {
    let total: f64 = cases.iter().map(|&c| f64::from(c)).sum();
    if total <= 0.0 {
        return;
    }
    let mut columns = vec![0.0; periods];
    for row in cases.chunks(periods) {
        columns.iter_mut().zip(row).for_each(|(sum, &c)| *sum += f64::from(c));
    }
    for (measure, row) in measure.chunks_mut(periods).zip(cases.chunks(periods)) {
        let row_sum: f64 = row.iter().map(|&c| f64::from(c)).sum();
        measure.iter_mut().zip(&columns).for_each(|(m, column)| *m += row_sum * column / total);
    }
}

fn check_shape(table: &'static str, found: usize, wanted: usize) -> Result<(), ScanError> {
    if found == wanted { Ok(()) } else { Err(ScanError::Shape { table, found, wanted }) }
}

fn check_values(table: &'static str, values: &[f64], per_location: usize) -> Result<(), ScanError> {
    match values.iter().position(|v| !(v.is_finite() && *v >= 0.0)) {
        Some(at) => Err(ScanError::Negative { table, location: at / per_location }),
        None => Ok(()),
    }
}

fn check_options(options: &Options) -> Result<(), ScanError> {
    if !(options.max_population > 0.0 && options.max_population <= 1.0) {
        return Err(ScanError::Option("the largest share of the population must be above 0 and at most 1"));
    }
    if !(options.max_duration > 0.0 && options.max_duration <= 1.0) {
        return Err(ScanError::Option("the largest share of the study period must be above 0 and at most 1"));
    }
    if options.max_radius.is_some_and(|r| r.is_nan() || r < 0.0) {
        return Err(ScanError::Option("the largest radius must not be negative"));
    }
    Ok(())
}

/// A Gumbel distribution with the mean and standard deviation of the replicates' maxima.
#[derive(Debug, Clone, Copy)]
struct Gumbel {
    location: f64,
    scale: f64,
}

impl Gumbel {
    /// By moments; needs at least two replicates that differ.
    fn fit(maxima: &[f64]) -> Option<Gumbel> {
        const EULER: f64 = 0.577_215_664_901_532_9;
        let n = maxima.len() as f64;
        let mean = maxima.iter().sum::<f64>() / n;
        let variance = maxima.iter().map(|m| (m - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let scale = variance.sqrt() * 6.0_f64.sqrt() / std::f64::consts::PI;
        (scale.is_finite() && scale > 0.0).then_some(Gumbel { location: mean - EULER * scale, scale })
    }

    /// P(maximum >= x), precise also where it is tiny.
    fn upper_tail(self, x: f64) -> f64 {
        -(-((self.location - x) / self.scale).exp()).exp_m1()
    }
}
