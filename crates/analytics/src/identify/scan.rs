//! Neighbouring areas over a stretch of time: Kulldorff's space-time scan of every outcome.
//!
//! Expected counts follow the denominators; with at least two years of months they also follow the whole map's course of
//! time, since a winter or a year that is hard everywhere is no cluster: it is for `trend` to tell. Shorter records are
//! scanned for places *and* times, as SaTScan does by default. The most likely cluster and the next ones that share no area with a better one, [`CLUSTERS`]
//! in all whatever their p, are tests of the run's family; looking only at those with a small p would bias it.

use domain::evidence::signals::{AreaFigure, Detector};
use stats::scan::geometry::Coordinates;
use stats::scan::{self, Cluster, Kind, Model, Problem, Rates, ScanError, ScanResult};

use super::facts::{Facts, Grid, OutcomeFacts};
use super::{Candidate, MIN_COUNT, Options, Shared, Test};
use crate::period::Period;
use crate::said::{Choice, MethodName, NotLooked, Setting};

/// Clusters of one scan that count as tests.
pub(super) const CLUSTERS: usize = 10;

/// Fewest areas with a denominator for a scan to make sense.
const MIN_AREAS: usize = 3;

/// Months of record from which on the course of time is taken out: the trend detector then judges it by whole years.
const MONTHS_FOR_COURSE: usize = 24;

/// Replicates that reach the most likely cluster after which no more are run: [`p_of`] asks no finer.
const STOP_AFTER: usize = 10;

/// The map of one outcome: the areas of the grid that have a place and somebody at risk.
struct Map {
    /// Row of the grid of each location.
    rows: Vec<usize>,
    coordinates: Vec<[f64; 2]>,
    cases: Vec<u32>,
    /// Denominators.
    at_risk: Vec<f64>,
    /// Whether each month is compared with itself only.
    within_months: bool,
}

impl Map {
    /// Events to be expected in every cell if places did not differ.
    fn expected(&self, periods: usize) -> Vec<f64> {
        let share = |cases: u64, at_risk: f64| if at_risk > 0.0 { cases as f64 / at_risk } else { 0.0 };
        let sums = |within: &dyn Fn(usize) -> bool| {
            self.cases
                .iter()
                .zip(&self.at_risk)
                .enumerate()
                .filter(|(cell, _)| within(cell % periods))
                .fold((0, 0.0), |(cases, at_risk), (_, (&n, amount))| {
                    (cases + u64::from(n), at_risk + amount)
                })
        };
        let rate: Vec<f64> = (0..periods)
            .map(|period| {
                let (cases, at_risk) = sums(&|it| !self.within_months || it == period);
                share(cases, at_risk)
            })
            .collect();
        self.at_risk.iter().zip(rate.iter().cycle()).map(|(amount, rate)| amount * rate).collect()
    }
}

/// The tests of one outcome, or why there is no scan.
pub(super) fn scan(
    facts: &Facts,
    outcome: &OutcomeFacts,
    grid: &Grid,
    options: &Options,
) -> Result<Vec<Test>, NotLooked> {
    if grid.n_events() < 2 * MIN_COUNT {
        return Err(NotLooked::TooFewEvents);
    }
    let map = map(facts, grid)?;
    let periods = grid.periods.len();
    let how = scan::Options {
        kind: if periods > 1 { Kind::SpaceTime } else { Kind::Spatial },
        rates: Rates::High,
        replicates: usize::try_from(options.replicates).unwrap_or(usize::MAX),
        stop_after: STOP_AFTER,
        seed: seed_of(options.seed, outcome),
        threads: options.threads,
        ..scan::Options::default()
    };
    let problem = Problem {
        coordinates: Coordinates::LatLong(&map.coordinates),
        periods,
        cases: &map.cases,
        model: if map.within_months {
            Model::WithinPeriods { at_risk: &map.at_risk }
        } else {
            Model::Poisson { expected: &map.at_risk }
        },
        population: None,
    };
    let result = scan::scan(&problem, &how).map_err(|error| {
        tracing::info!(%error, code = outcome.key.code, "no space-time scan");
        match error {
            ScanError::NoCases => NotLooked::TooFewEvents,
            _ => NotLooked::ScanFailed,
        }
    })?;
    Ok(result
        .clusters
        .iter()
        .take(CLUSTERS)
        .enumerate()
        .map(|(rank, cluster)| test(outcome, grid, &map, &result, rank, cluster, options))
        .collect())
}

/// A stream of random numbers of its own for every outcome, the same however many outcomes there are.
fn seed_of(seed: u64, outcome: &OutcomeFacts) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    for part in [&outcome.key.dataset, &outcome.key.kind, &outcome.key.code] {
        hasher.update(part.as_bytes());
        hasher.update(b"\0");
    }
    let mut out = [0_u8; 8];
    hasher.finalize_xof().fill(&mut out);
    u64::from_le_bytes(out)
}

fn map(facts: &Facts, grid: &Grid) -> Result<Map, NotLooked> {
    let width = grid.periods.len();
    let by_area = grid.by_area();
    let mut map =
        Map { rows: vec![], coordinates: vec![], cases: vec![], at_risk: vec![], within_months: false };
    for (row, (name, (_, exposure))) in grid.areas.iter().zip(&by_area).enumerate() {
        let Ok(at) = facts.areas.binary_search_by(|area| area.code.as_str().cmp(name)) else { continue };
        let Some(area) = facts.areas.get(at).filter(|_| *exposure > 0.0) else { continue };
        map.rows.push(row);
        map.coordinates.push([area.latitude, area.longitude]);
        for column in 0..width {
            let cell = row * width + column;
            let n = grid.events.get(cell).copied().unwrap_or(0);
            map.cases.push(u32::try_from(n).map_err(|_| NotLooked::ScanFailed)?);
            map.at_risk.push(grid.exposure.get(cell).copied().unwrap_or(0.0));
        }
    }
    if map.rows.len() < MIN_AREAS {
        return Err(NotLooked::NoMap);
    }
    if map.cases.iter().map(|&n| u64::from(n)).sum::<u64>() < 2 * MIN_COUNT {
        return Err(NotLooked::TooFewEvents);
    }
    map.within_months = grid.are_months && width >= MONTHS_FOR_COURSE;
    Ok(map)
}

/// P of a cluster: Monte Carlo; where fewer than ten replicates reach it, that of the Gumbel distribution fitted to the
/// replicates' maxima, which is finer than one in (replicates + 1). The same rule as SaTScan's.
fn p_of(cluster: &Cluster, replicates: usize) -> f64 {
    let monte_carlo = cluster.p_value.unwrap_or(1.0);
    let rank = monte_carlo * (replicates as f64 + 1.0);
    match cluster.p_gumbel {
        Some(gumbel) if rank < 9.5 => gumbel.min(monte_carlo),
        _ => monte_carlo,
    }
}

fn test(
    outcome: &OutcomeFacts,
    grid: &Grid,
    map: &Map,
    result: &ScanResult,
    rank: usize,
    cluster: &Cluster,
    options: &Options,
) -> Test {
    let p = p_of(cluster, result.replicate_maxima.len());
    let keeps = cluster.high && cluster.observed >= MIN_COUNT && cluster.relative_risk >= super::MIN_RATIO;
    Test { p, candidate: keeps.then(|| candidate(outcome, grid, map, result, rank, cluster, p, options)) }
}

#[expect(
    clippy::too_many_arguments,
    reason = "one cluster in the light of its scan, its map and its outcome"
)]
fn candidate(
    outcome: &OutcomeFacts,
    grid: &Grid,
    map: &Map,
    result: &ScanResult,
    rank: usize,
    cluster: &Cluster,
    p: f64,
    options: &Options,
) -> Candidate {
    let name = |location: usize| map.rows.get(location).and_then(|row| grid.areas.get(*row)).cloned();
    let mut areas: Vec<String> = cluster.locations.iter().filter_map(|&location| name(location)).collect();
    let center = cluster.center.and_then(name).unwrap_or_default();
    areas.sort();
    let window = window(grid, cluster);
    // The interval of the ratio inside against outside, given where the cluster lies: the search for the worst place is
    // paid for in p, not here.
    let total = result.total_cases as f64;
    let interval = super::rates::compare(
        cluster.observed,
        cluster.expected,
        result.total_cases.saturating_sub(cluster.observed),
        total - cluster.expected,
        false,
        options.level,
    );
    let inside = |row: usize| cluster.locations.iter().any(|&location| map.rows.get(location) == Some(&row));
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.3e}"));
    Candidate {
        key: super::signal_key(Detector::Scan, outcome, &[&center]),
        detector: Detector::Scan,
        dimension: String::new(),
        value: String::new(),
        areas,
        period: window,
        observed: cluster.observed,
        expected: cluster.expected,
        ratio: cluster.relative_risk,
        lower: interval.map_or(0.0, |it| it.lower),
        upper: interval.map_or(f64::INFINITY, |it| it.upper),
        p,
        base: grid.base.clone(),
        method: MethodName::Scan.key().to_owned(),
        replicates: Some(options.replicates),
        options: vec![
            Setting::LogLikelihoodRatio.of(format!("{:.6}", cluster.log_likelihood_ratio)),
            (Setting::Center.key().to_owned(), center),
            Setting::RadiusKm.of(format!("{:.2}", cluster.radius)),
            Setting::Rank.of(rank + 1),
            (Setting::PMonteCarlo.key().to_owned(), number(cluster.p_value)),
            (Setting::PGumbel.key().to_owned(), number(cluster.p_gumbel)),
            Setting::Circles.of(result.circles),
            (Setting::LargestShareOfPopulation.key().to_owned(), "0.5".to_owned()),
            (Setting::LargestShareOfTime.key().to_owned(), "0.5".to_owned()),
            Setting::ReplicatesRun.of(result.replicate_maxima.len()),
            (
                Setting::CourseOfTime.key().to_owned(),
                if map.within_months { Choice::Removed } else { Choice::NotRemoved }.key().to_owned(),
            ),
            (Setting::Model.key().to_owned(), Choice::PoissonHigh.key().to_owned()),
        ],
        trend: Shared::trend(grid, inside, Some((cluster.first_period, cluster.last_period))),
        map: Some(area_figures(grid, map, cluster)),
    }
}

fn window(grid: &Grid, cluster: &Cluster) -> Period {
    let period = |at: usize| grid.periods.get(at).copied();
    match (period(cluster.first_period), period(cluster.last_period)) {
        (Some(first), Some(last)) => Period::new(first.from, last.to),
        _ => Period::new(domain::kernel::clock::Day::FIRST, domain::kernel::clock::Day::LAST),
    }
}

/// Observed and expected of every area during the cluster's time.
fn area_figures(grid: &Grid, map: &Map, cluster: &Cluster) -> Vec<AreaFigure> {
    let width = grid.periods.len().max(1);
    let expected = map.expected(width);
    let during = cluster.first_period..=cluster.last_period;
    map.rows
        .iter()
        .zip(map.cases.chunks(width).zip(expected.chunks(width)))
        .filter_map(|(row, (cases, expected))| {
            let within = |at: &usize| during.contains(at);
            Some(AreaFigure {
                area: grid.areas.get(*row)?.clone(),
                observed: cases
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| within(at))
                    .map(|(_, &n)| u64::from(n))
                    .sum(),
                expected: expected.iter().enumerate().filter(|(at, _)| within(at)).map(|(_, e)| e).sum(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two places; twice as much happens everywhere in the second month.
    #[test]
    fn a_month_is_expected_to_be_like_the_rest_of_itself() {
        let mut map = Map {
            rows: vec![0, 1],
            coordinates: vec![],
            cases: vec![10, 20, 30, 60],
            at_risk: vec![100.0, 100.0, 300.0, 300.0],
            within_months: true,
        };
        assert_eq!(map.expected(2), [10.0, 20.0, 30.0, 60.0]);
        map.within_months = false;
        assert_eq!(map.expected(2), [15.0, 15.0, 45.0, 45.0]);
    }

    #[test]
    fn the_gumbel_p_is_used_only_where_few_replicates_reach() {
        let cluster = |p: f64| Cluster {
            center: Some(0),
            locations: vec![0],
            radius: 0.0,
            first_period: 0,
            last_period: 0,
            observed: 20,
            expected: 5.0,
            relative_risk: 4.0,
            log_likelihood_ratio: 9.0,
            high: true,
            p_value: Some(p),
            p_gumbel: Some(1e-6),
        };
        assert!((p_of(&cluster(0.001), 999) - 1e-6).abs() < 1e-18);
        assert!((p_of(&cluster(0.010), 999) - 0.010).abs() < 1e-12);
    }
}
