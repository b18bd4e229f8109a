//! Neighbouring areas over a stretch of time: Kulldorff's space-time scan of every outcome.
//!
//! Expected counts follow the denominators; with at least two years of months they also follow the season, since a
//! winter that is hard everywhere is no cluster. A county-wide rise is one: the scan looks for places *and* times, as
//! SaTScan does by default. The most likely cluster and the next ones that share no area with a better one, [`CLUSTERS`]
//! in all whatever their p, are tests of the run's family; looking only at those with a small p would bias it.

use domain::evidence::signals::{AreaFigure, Detector};
use stats::scan::geometry::Coordinates;
use stats::scan::{self, Cluster, Kind, Model, Problem, Rates, ScanError, ScanResult};

use super::facts::{Facts, Grid, OutcomeFacts};
use super::{Candidate, MIN_COUNT, Options, Shared, Test};
use crate::period::Period;

/// Clusters of one scan that count as tests.
pub(super) const CLUSTERS: usize = 10;

/// Fewest areas with a denominator for a scan to make sense.
const MIN_AREAS: usize = 3;

/// Months of record from which on the season is taken out: every calendar month was seen twice.
const MONTHS_FOR_SEASON: usize = 24;

/// The map of one outcome: the areas of the grid that have a place and somebody at risk.
struct Map {
    /// Row of the grid of each location.
    rows: Vec<usize>,
    coordinates: Vec<[f64; 2]>,
    cases: Vec<u32>,
    expected: Vec<f64>,
    has_season: bool,
}

/// The tests of one outcome, or why there is no scan (a message key).
pub(super) fn scan(
    facts: &Facts,
    outcome: &OutcomeFacts,
    grid: &Grid,
    options: &Options,
) -> Result<Vec<Test>, &'static str> {
    if grid.n_events() < 2 * MIN_COUNT {
        return Err("note-too-few-events");
    }
    let map = map(facts, grid)?;
    let periods = grid.periods.len();
    let how = scan::Options {
        kind: if periods > 1 { Kind::SpaceTime } else { Kind::Spatial },
        rates: Rates::High,
        replicates: usize::try_from(options.replicates).unwrap_or(usize::MAX),
        seed: seed_of(options.seed, outcome),
        threads: options.threads,
        ..scan::Options::default()
    };
    let problem = Problem {
        coordinates: Coordinates::LatLong(&map.coordinates),
        periods,
        cases: &map.cases,
        model: Model::Poisson { expected: &map.expected },
        population: None,
    };
    let result = scan::scan(&problem, &how).map_err(|error| {
        tracing::info!(%error, code = outcome.key.code, "no space-time scan");
        match error {
            ScanError::NoCases => "note-too-few-events",
            _ => "note-scan-failed",
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

fn map(facts: &Facts, grid: &Grid) -> Result<Map, &'static str> {
    let width = grid.periods.len();
    let by_area = grid.by_area();
    let mut map =
        Map { rows: vec![], coordinates: vec![], cases: vec![], expected: vec![], has_season: false };
    for (row, (name, (_, exposure))) in grid.areas.iter().zip(&by_area).enumerate() {
        let Ok(at) = facts.areas.binary_search_by(|area| area.code.as_str().cmp(name)) else { continue };
        let Some(area) = facts.areas.get(at).filter(|_| *exposure > 0.0) else { continue };
        map.rows.push(row);
        map.coordinates.push([area.latitude, area.longitude]);
        for column in 0..width {
            let cell = row * width + column;
            let n = grid.events.get(cell).copied().unwrap_or(0);
            map.cases.push(u32::try_from(n).map_err(|_| "note-scan-failed")?);
            map.expected.push(grid.exposure.get(cell).copied().unwrap_or(0.0));
        }
    }
    if map.rows.len() < MIN_AREAS {
        return Err("note-no-map");
    }
    if map.cases.iter().map(|&n| u64::from(n)).sum::<u64>() < 2 * MIN_COUNT {
        return Err("note-too-few-events");
    }
    if grid.are_months && width >= MONTHS_FOR_SEASON {
        let factors = season(&grid.by_period(|row| map.rows.binary_search(&row).is_ok()), &grid.periods);
        for row in map.expected.chunks_mut(width) {
            row.iter_mut().zip(&factors).for_each(|(expected, factor)| *expected *= factor);
        }
        map.has_season = true;
    }
    Ok(map)
}

/// The factor of each month's calendar month, from a table of years by calendar months whose rates are a year's level
/// times a month's factor (log-linear, by iterative proportional fitting). Years are counted back from the last month.
fn season(by_period: &[(u64, f64)], periods: &[Period]) -> Vec<f64> {
    const ROUNDS: usize = 50;
    let n = periods.len();
    let month = |at: usize| periods.get(at).map_or(0, |period| usize::from(period.from.month()) - 1);
    let year = |at: usize| (n - 1 - at) / 12;
    let mut levels = vec![1.0_f64; year(0) + 1];
    let mut factors = [1.0_f64; 12];
    // One round sets each level, then each factor, so that its events add up. Half an event more for each margin keeps
    // a month in which nothing ever happened from claiming that nothing can.
    for _ in 0..ROUNDS {
        let mut sums = vec![(0.5, 0.5); levels.len()];
        for (at, (events, exposure)) in by_period.iter().enumerate() {
            if let (Some(sum), Some(factor)) = (sums.get_mut(year(at)), factors.get(month(at))) {
                sum.0 += *events as f64;
                sum.1 += exposure * factor;
            }
        }
        for (level, (events, at_risk)) in levels.iter_mut().zip(sums) {
            *level = events / at_risk;
        }
        let mut sums = [(0.5, 0.5); 12];
        for (at, (events, exposure)) in by_period.iter().enumerate() {
            if let (Some(sum), Some(level)) = (sums.get_mut(month(at)), levels.get(year(at))) {
                sum.0 += *events as f64;
                sum.1 += exposure * level;
            }
        }
        for (factor, (events, expected)) in factors.iter_mut().zip(sums) {
            *factor = events / expected;
        }
    }
    (0..n).map(|at| factors.get(month(at)).copied().unwrap_or(1.0)).collect()
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
        method: "scan".to_owned(),
        replicates: Some(options.replicates),
        options: vec![
            ("log_likelihood_ratio".to_owned(), format!("{:.6}", cluster.log_likelihood_ratio)),
            ("center".to_owned(), center),
            ("radius_km".to_owned(), format!("{:.2}", cluster.radius)),
            ("rank".to_owned(), (rank + 1).to_string()),
            ("p_monte_carlo".to_owned(), number(cluster.p_value)),
            ("p_gumbel".to_owned(), number(cluster.p_gumbel)),
            ("circles".to_owned(), result.circles.to_string()),
            ("largest_share_of_population".to_owned(), "0.5".to_owned()),
            ("largest_share_of_time".to_owned(), "0.5".to_owned()),
            ("season".to_owned(), if map.has_season { "removed" } else { "not removed" }.to_owned()),
            ("model".to_owned(), "Poisson, high rates".to_owned()),
        ],
        trend: Shared::trend(grid, inside, Some((cluster.first_period, cluster.last_period))),
        map: Some(area_figures(grid, map, cluster, total)),
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
fn area_figures(grid: &Grid, map: &Map, cluster: &Cluster, total: f64) -> Vec<AreaFigure> {
    let width = grid.periods.len().max(1);
    let scale = total / map.expected.iter().sum::<f64>();
    let during = cluster.first_period..=cluster.last_period;
    map.rows
        .iter()
        .zip(map.cases.chunks(width).zip(map.expected.chunks(width)))
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
                expected: expected
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| within(at))
                    .map(|(_, e)| e * scale)
                    .sum(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::kernel::clock::Day;

    #[test]
    fn the_season_is_found_beside_a_rise_from_year_to_year() {
        let first = Day::parse_iso("2021-01-01").unwrap();
        let last = Day::parse_iso("2023-12-31").unwrap();
        let periods = Period::months(first, last);
        let by_period: Vec<(u64, f64)> = periods
            .iter()
            .enumerate()
            .map(|(at, period)| {
                let winter = if [12, 1, 2].contains(&period.from.month()) { 2 } else { 1 };
                let year = [1, 2, 4][at / 12];
                (1000 * winter * year, 1000.0)
            })
            .collect();
        let factors = season(&by_period, &periods);
        assert!((factors[0] / factors[6] - 2.0).abs() < 0.01, "{factors:?}");
        assert!((factors[11] - factors[35]).abs() < 1e-12);
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
