//! The scan statistic against SaTScan 10.3.2, SpatialEpi and smerc, and against its own naive version.

use proptest::prelude::*;
use serde_json::Value;
use stats::scan::expected::{person_time, standardised};
use stats::scan::geometry::Coordinates;
use stats::scan::{Kind, Model, Options, Problem, Rates, ScanError, ScanResult, scan};
use std::collections::{BTreeMap, HashMap};

fn reference(path: &str) -> Option<String> {
    let full = format!("{}/../../../shared/data/{path}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&full).ok();
    if text.is_none() {
        eprintln!("skipped: {path} is not here");
    }
    text
}

fn rows(text: &str) -> Vec<csv::StringRecord> {
    csv::Reader::from_reader(text.as_bytes()).records().map(|r| r.expect("a row")).collect()
}

fn json(path: &str) -> Option<Value> {
    reference(path).map(|text| serde_json::from_str(&text).expect("reference JSON"))
}

fn num(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("{text} is not a number"))
}

fn whole<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text} is not a whole number"))
}

/// SaTScan prints its clusters as text.
struct Peer {
    locations: Vec<String>,
    llr: f64,
    observed: f64,
    expected: f64,
    p: f64,
}

fn peers(run: &Value) -> Vec<Peer> {
    let clusters = run["clusters"].as_array().expect("clusters");
    clusters
        .iter()
        .map(|c| {
            let text =
                |key: &str| c[key].as_str().unwrap_or("NaN").split(' ').next().unwrap_or("NaN").to_owned();
            let llr =
                if c["Log likelihood ratio"].is_string() { "Log likelihood ratio" } else { "Test statistic" };
            Peer {
                locations: c["Location IDs included"]
                    .as_str()
                    .expect("locations")
                    .split(", ")
                    .map(str::to_owned)
                    .collect(),
                llr: num(&text(llr)),
                observed: num(&text("Number of cases")),
                expected: num(&text("Expected cases")),
                p: num(&text("P-value")),
            }
        })
        .collect()
}

#[track_caller]
fn near(ours: f64, theirs: f64, tolerance: f64) {
    assert!((ours - theirs).abs() <= tolerance, "{ours} against {theirs}");
}

/// Compares the first `n` clusters: the same locations, the same numbers.
#[track_caller]
fn same_clusters(ours: &ScanResult, names: &[String], peer: &[Peer], n: usize, tolerance: f64) {
    for (cluster, peer) in ours.clusters.iter().zip(peer).take(n) {
        let mut inside: Vec<&String> = cluster.locations.iter().map(|&l| &names[l]).collect();
        let mut theirs: Vec<&String> = peer.locations.iter().collect();
        inside.sort();
        theirs.sort();
        assert_eq!(inside, theirs);
        near(cluster.log_likelihood_ratio, peer.llr, tolerance);
        near(cluster.observed as f64, peer.observed, 0.1);
        near(cluster.expected, peer.expected, 0.0051 + 3e-5 * peer.expected);
    }
    assert!(ours.clusters.len() >= n);
}

/// New Mexico: 32 counties, 19 years, indirect standardisation over age group and sex.
struct NewMexico {
    names: Vec<String>,
    points: Vec<[f64; 2]>,
    cases: Vec<u32>,
    strata: Vec<Vec<u32>>,
    expected: Vec<f64>,
    population: Vec<f64>,
}

const NM_YEARS: usize = 19;

fn new_mexico() -> Option<NewMexico> {
    let folder = "detect/nm_brain_cancer";
    let locations = rows(&reference(&format!("{folder}/locations.csv"))?);
    let names: Vec<String> = locations.iter().map(|r| r[0].to_owned()).collect();
    let points = locations.iter().map(|r| [num(&r[1]), num(&r[2])]).collect();
    let index: HashMap<&str, usize> = names.iter().enumerate().map(|(i, n)| (n.as_str(), i)).collect();
    let n = names.len();

    // Days since 1 January 1973, so that leap years and 1 July fall right.
    let day = |year: i32, july: bool| {
        let leap_days = (1973..year).filter(|y| y % 4 == 0).count() as f64;
        f64::from(year - 1973) * 365.0
            + leap_days
            + if july { 181.0 + f64::from(u8::from(year % 4 == 0)) } else { 0.0 }
    };
    let mut strata: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut points_of: HashMap<(usize, usize), Vec<(f64, f64)>> = HashMap::new();
    for row in rows(&reference(&format!("{folder}/population.csv"))?) {
        let next = strata.len();
        let stratum = *strata.entry((row[3].to_owned(), row[4].to_owned())).or_insert(next);
        let year = 1900 + whole::<i32>(&row[1]);
        points_of.entry((stratum, index[&row[0]])).or_default().push((day(year, true), num(&row[2])));
    }
    let cells = n * NM_YEARS;
    let mut exposure = vec![0.0; strata.len() * cells];
    let mut population = vec![0.0; n];
    for ((stratum, location), points) in &points_of {
        for (t, year) in (1973..).enumerate().take(NM_YEARS) {
            let days = person_time(points, day(year, false), day(year + 1, false));
            exposure[stratum * cells + location * NM_YEARS + t] = days;
            population[*location] += days;
        }
    }
    let (mut cases, mut by_stratum) = (vec![0; cells], vec![0_u64; strata.len()]);
    let mut tables = vec![vec![0; cells]; strata.len()];
    for row in rows(&reference(&format!("{folder}/cases.csv"))?) {
        let count: u32 = row[1].parse().expect("a count");
        let t: usize = row[2].parse::<usize>().expect("a year") - 1973;
        let stratum = strata[&(row[3].to_owned(), row[4].to_owned())];
        cases[index[&row[0]] * NM_YEARS + t] += count;
        tables[stratum][index[&row[0]] * NM_YEARS + t] += count;
        by_stratum[stratum] += u64::from(count);
    }
    let expected = standardised(&exposure, cells, &by_stratum).expect("expected counts");
    Some(NewMexico { points, cases, strata: tables, expected, population, names })
}

impl NewMexico {
    fn problem(&self) -> Problem<'_> {
        Problem {
            coordinates: Coordinates::Plane(&self.points),
            periods: NM_YEARS,
            cases: &self.cases,
            model: Model::Poisson { expected: &self.expected },
            population: Some(&self.population),
        }
    }
}

#[test]
fn new_mexico_matches_satscan_in_every_kind_of_scan() {
    let Some(nm) = new_mexico() else { return };
    let Some(expected) = json("detect/nm_brain_cancer/expected_satscan.json") else { return };
    let run =
        |kind, rates| scan(&nm.problem(), &Options { kind, rates, ..Options::default() }).expect("a scan");
    for (name, kind, rates, clusters) in [
        ("nm_st", Kind::SpaceTime, Rates::High, 3),
        ("nm_st_both", Kind::SpaceTime, Rates::Both, 4),
        ("nm_spatial", Kind::Spatial, Rates::High, 2),
        ("nm_st_prosp", Kind::Prospective, Rates::High, 3),
    ] {
        let ours = run(kind, rates);
        let peer = peers(&expected["runs"][name]);
        same_clusters(&ours, &nm.names, &peer, clusters, 1e-6);
        near(ours.clusters[0].p_value.expect("p"), peer[0].p, 0.02);
        assert_eq!(ours.total_cases, 1175);
    }
    let ours = run(Kind::Temporal, Rates::High);
    let peer = peers(&expected["runs"]["nm_temporal"]);
    let cluster = &ours.clusters[0];
    near(cluster.log_likelihood_ratio, peer[0].llr, 1e-6);
    near(cluster.p_value.expect("p"), peer[0].p, 0.02);
    assert_eq!((cluster.first_period, cluster.last_period, cluster.observed), (12, 18, 552));
    assert_eq!(cluster.locations.len(), 32);
    assert_eq!(cluster.center, None);
}

#[test]
fn new_mexico_space_time_permutation_matches_satscan() {
    let Some(nm) = new_mexico() else { return };
    let Some(expected) = json("detect/nm_brain_cancer/expected_satscan.json") else { return };
    let problem =
        Problem { model: Model::Permutation { strata: &nm.strata }, population: None, ..nm.problem() };
    let ours = scan(&problem, &Options::default()).expect("a scan");
    let peer = peers(&expected["runs"]["nm_stperm"]);
    same_clusters(&ours, &nm.names, &peer, 1, 1e-6);
    // SaTScan stopped at the fiftieth larger replicate, after about 58: a rough p, standard error 0.05.
    near(ours.clusters[0].p_value.expect("p"), peer[0].p, 0.15);
}

#[test]
fn the_details_of_the_new_mexico_cluster_are_right() {
    let Some(nm) = new_mexico() else { return };
    let ours = scan(&nm.problem(), &Options { replicates: 0, ..Options::default() }).expect("a scan");
    let best = &ours.clusters[0];
    near(best.log_likelihood_ratio, 10.016706, 1e-6);
    near(best.relative_risk, 1.40, 0.005);
    near(best.radius, 42.05, 0.005);
    assert_eq!((best.first_period, best.last_period, best.observed), (12, 16, 232));
    assert_eq!(best.center.map(|c| nm.names[c].as_str()), Some("Bernalillo"));
    assert_eq!((best.p_value, best.p_gumbel), (None, None));
}

/// Pennsylvania: 67 counties, standardised by race, sex and age.
#[test]
fn pennsylvania_matches_satscan_spatialepi_and_smerc() {
    let folder = "detect/penn_lung_cancer";
    let Some(counties) = reference(&format!("{folder}/counties.csv")) else { return };
    let Some(satscan) = json(&format!("{folder}/expected_satscan.json")) else { return };
    let Some(spatialepi) = json(&format!("{folder}/expected.json")) else { return };
    let counties = rows(&counties);
    let names: Vec<String> = counties.iter().map(|r| r[0].to_owned()).collect();
    let points: Vec<[f64; 2]> = counties.iter().map(|r| [num(&r[1]), num(&r[2])]).collect();
    let population: Vec<f64> = counties.iter().map(|r| num(&r[3])).collect();
    let cases: Vec<u32> = counties.iter().map(|r| whole(&r[4])).collect();
    let index: HashMap<&str, usize> = names.iter().enumerate().map(|(i, n)| (n.as_str(), i)).collect();
    let mut strata: BTreeMap<[String; 3], usize> = BTreeMap::new();
    let strata_rows = rows(&reference(&format!("{folder}/strata.csv")).expect("strata"));
    let mut exposure = vec![0.0; 16 * 67];
    let mut by_stratum = vec![0; 16];
    for row in &strata_rows {
        let next = strata.len();
        let stratum = *strata.entry([3, 4, 5].map(|i| row[i].to_owned())).or_insert(next);
        by_stratum[stratum] += row[1].parse::<u64>().expect("cases");
        exposure[stratum * 67 + index[&row[0]]] += num(&row[2]);
    }
    let expected = standardised(&exposure, 67, &by_stratum).expect("expected");
    for (ours, row) in expected.iter().zip(&counties) {
        near(*ours, num(&row[5]), 1e-9 * num(&row[5]));
    }
    let problem = |expected| Problem {
        coordinates: Coordinates::Plane(&points),
        periods: 1,
        cases: &cases,
        model: Model::Poisson { expected },
        population: Some(&population),
    };
    let options = Options { kind: Kind::Spatial, ..Options::default() };

    let high = scan(&problem(&expected), &options).expect("a scan");
    let peer = peers(&satscan["runs"]["pa"]);
    same_clusters(&high, &names, &peer, 4, 1e-6);
    near(high.clusters[0].log_likelihood_ratio, 17.66288313, 1e-7);
    near(high.clusters[0].p_value.expect("p"), 0.001, 1e-12);
    let gumbel = high.clusters[0].p_gumbel.expect("p");
    assert!((3e-7..4e-6).contains(&gumbel), "{gumbel}");
    near(high.clusters[1].p_value.expect("p"), 0.034, 0.02);

    let low = scan(&problem(&expected), &Options { rates: Rates::Low, ..options }).expect("a scan");
    same_clusters(&low, &names, &peers(&satscan["runs"]["pa_low"]), 2, 1e-6);
    assert!(!low.clusters[0].high);

    // Without the covariates another cluster wins: that is why they are there.
    let crude = scan(&problem(&population), &options).expect("a scan");
    near(crude.clusters[0].log_likelihood_ratio, 36.57051061, 0.7);
    assert!(crude.clusters[0].locations.iter().any(|&l| names[l] == "allegheny"));
    // SpatialEpi's own call without expected counts is the binomial model.
    let controls: Vec<u32> = counties.iter().zip(&cases).map(|(r, c)| whole::<u32>(&r[3]) - c).collect();
    let binomial = Problem { model: Model::Bernoulli { controls: &controls }, ..problem(&expected) };
    let binomial = scan(&binomial, &Options { replicates: 19, ..options }).expect("a scan");
    near(
        binomial.clusters[0].log_likelihood_ratio,
        spatialepi["binomial"]["most_likely"]["llr"].as_f64().expect("llr"),
        1e-7,
    );
    near(
        binomial.clusters[1].log_likelihood_ratio,
        spatialepi["binomial"]["secondary"][0]["llr"].as_f64().expect("llr"),
        1e-7,
    );
}

const WEEKS: usize = 104;

struct Bench {
    names: Vec<String>,
    points: Vec<[f64; 2]>,
    cases: Vec<u32>,
    expected: Vec<f64>,
    population: Vec<f64>,
}

fn bench() -> Option<Bench> {
    let locations = rows(&reference("detect/st_bench_1000x104/locations.csv")?);
    let names: Vec<String> = locations.iter().map(|r| r[0].to_owned()).collect();
    let index: HashMap<&str, usize> = names.iter().enumerate().map(|(i, n)| (n.as_str(), i)).collect();
    let population: Vec<f64> = locations.iter().map(|r| num(&r[3])).collect();
    let mut cases = vec![0; 1000 * WEEKS];
    for row in rows(&reference("detect/st_bench_1000x104/cases.csv")?) {
        cases[index[&row[0]] * WEEKS + row[1].parse::<usize>().expect("a week") - 1] +=
            row[2].parse::<u32>().expect("a count");
    }
    Some(Bench {
        points: locations.iter().map(|r| [num(&r[1]), num(&r[2])]).collect(),
        expected: population.iter().flat_map(|p| std::iter::repeat_n(*p, WEEKS)).collect(),
        population,
        cases,
        names,
    })
}

#[test]
fn the_benchmark_matches_satscan_in_space_and_time() {
    let Some(bench) = bench() else { return };
    let Some(expected) = json("detect/st_bench_1000x104/expected_satscan.json") else { return };
    let problem = Problem {
        coordinates: Coordinates::Plane(&bench.points),
        periods: WEEKS,
        cases: &bench.cases,
        model: Model::Poisson { expected: &bench.expected },
        population: Some(&bench.population),
    };
    let ours = scan(&problem, &Options { replicates: 0, ..Options::default() }).expect("a scan");
    same_clusters(&ours, &bench.names, &peers(&expected["runs"]["space_time"]), 8, 1e-6);
    assert_eq!(ours.circles, 501_663);

    let spatial = scan(&problem, &Options { kind: Kind::Spatial, replicates: 199, ..Options::default() })
        .expect("a scan");
    let peer = peers(&expected["runs"]["spatial_only_999"]);
    same_clusters(&spatial, &bench.names, &peer, 1, 1e-6);
    near(spatial.clusters[0].p_value.expect("p"), peer[0].p, 0.11);

    let permutation = Problem { model: Model::Permutation { strata: &[] }, population: None, ..problem };
    let ours = scan(&permutation, &Options { replicates: 0, ..Options::default() }).expect("a scan");
    near(ours.clusters[0].log_likelihood_ratio, 14.100364, 1e-6);
}

#[test]
fn new_york_evictions_match_satscan_on_the_globe() {
    let Some(zips) = reference("housing/zips.csv") else { return };
    let Some(expected) = json("housing/expected_satscan.json") else { return };
    let zips = rows(&zips);
    let names: Vec<String> = zips.iter().map(|r| r[0].to_owned()).collect();
    let points: Vec<[f64; 2]> = zips.iter().map(|r| [num(&r[4]), num(&r[3])]).collect();
    let population: Vec<f64> = zips.iter().map(|r| num(&r[6])).collect();
    let index: HashMap<&str, usize> = names.iter().enumerate().map(|(i, n)| (n.as_str(), i)).collect();
    let filings = rows(&reference("housing/eviction_filings_by_zip.csv").expect("filings"));
    let mut starts: Vec<&str> = filings.iter().map(|r| &r[0]).collect();
    starts.sort_unstable();
    starts.dedup();
    let periods = starts.len();
    let mut cases = vec![0; names.len() * periods];
    for row in &filings {
        let t = starts.iter().position(|s| *s == &row[0]).expect("a period");
        cases[index[&row[2]] * periods + t] += row[3].parse::<u32>().expect("a count");
    }
    let measure: Vec<f64> = population.iter().flat_map(|p| std::iter::repeat_n(*p, periods)).collect();
    let problem = Problem {
        coordinates: Coordinates::LatLong(&points),
        periods,
        cases: &cases,
        model: Model::Poisson { expected: &measure },
        population: Some(&population),
    };
    let ours = scan(&problem, &Options { replicates: 99, ..Options::default() }).expect("a scan");
    let theirs = expected["clusters"].as_array().expect("clusters");
    let mut compared = 0;
    for (cluster, peer) in ours.clusters.iter().zip(theirs) {
        let llr = peer["log_likelihood_ratio"].as_f64().expect("llr");
        near(cluster.log_likelihood_ratio, llr, 1e-6 * llr);
        let list = |key: &str| whole::<usize>(&peer[key].to_string());
        assert_eq!(
            (cluster.first_period + 1, cluster.last_period + 1),
            (list("start_period"), list("end_period"))
        );
        assert_eq!(cluster.observed, peer["observed"].as_u64().expect("cases"));
        near(cluster.radius, peer["radius_km"].as_f64().expect("km"), 0.0051);
        let inside: Vec<&str> = cluster.locations.iter().map(|&l| names[l].as_str()).collect();
        let listed: Vec<&str> =
            peer["locations"].as_array().expect("zips").iter().filter_map(Value::as_str).collect();
        assert_eq!(inside, listed);
        compared += 1;
    }
    assert!(compared >= 2);
    assert!(ours.clusters[0].p_gumbel.expect("p") < 1e-17);
}

/// The oracle: every circle, every window, one likelihood ratio each.
fn naive(
    points: &[[f64; 2]],
    periods: usize,
    cases: &[u32],
    measure: &[f64],
    bernoulli: bool,
    options: &Options,
) -> f64 {
    let n = points.len();
    let total_c: f64 = cases.iter().map(|&c| f64::from(c)).sum();
    let total_m: f64 = measure.iter().sum();
    let part = |x: f64, y: f64| if x > 0.0 { x * (x / y).ln() } else { 0.0 };
    let longest = (1..=periods)
        .filter(|&n| n as f64 <= periods as f64 * options.max_duration + 1e-9)
        .max()
        .unwrap_or(1);
    let mut best = 0.0_f64;
    for center in 0..n {
        let distance = |j: usize| (points[center][0] - points[j][0]).hypot(points[center][1] - points[j][1]);
        for edge in 0..n {
            // Up to and with the place of `edge`: nearer, or equally far with smaller coordinates.
            let inside: Vec<usize> = (0..n)
                .filter(|&j| {
                    distance(j) < distance(edge) - 1e-9
                        || (distance(j) < distance(edge) + 1e-9 && points[j] <= points[edge])
                })
                .collect();
            let weight: f64 = inside.iter().flat_map(|&j| &measure[j * periods..(j + 1) * periods]).sum();
            if weight > total_m * options.max_population * (1.0 + 1e-12) {
                continue;
            }
            for start in 0..periods {
                for end in start + 1..=(start + longest).min(periods) {
                    if options.kind == Kind::Prospective && end < periods {
                        continue;
                    }
                    let cells = inside.iter().flat_map(|&j| j * periods + start..j * periods + end);
                    let (c, m) =
                        cells.fold((0.0, 0.0), |s, cell| (s.0 + f64::from(cases[cell]), s.1 + measure[cell]));
                    let excess = c * total_m - m * total_c;
                    let wanted = match options.rates {
                        Rates::High => excess > 0.0,
                        Rates::Low => excess < 0.0,
                        Rates::Both => true,
                    };
                    if !wanted {
                        continue;
                    }
                    let score = if bernoulli {
                        part(c, m)
                            + part(m - c, m)
                            + part(total_c - c, total_m - m)
                            + part(total_m - total_c - m + c, total_m - m)
                            - part(total_c, total_m)
                            - part(total_m - total_c, total_m)
                    } else {
                        let e = m * total_c / total_m;
                        part(c, e) + part(total_c - c, total_c - e)
                    };
                    best = best.max(score);
                }
            }
        }
    }
    best
}

prop_compose! {
    /// A small map (a grid, so that distances tie and places coincide) with a sparse or crowded table.
    fn small_map()(n in 2_usize..9, periods in 1_usize..9, crowd in 1_u32..40)(
        points in prop::collection::vec((0_i32..4, 0_i32..4), n),
        cases in prop::collection::vec(0..crowd, n * periods),
        people in prop::collection::vec(prop_oneof![1 => Just(0_u32), 6 => 1_u32..300], n * periods),
        periods in Just(periods),
    ) -> (Vec<[f64; 2]>, usize, Vec<u32>, Vec<u32>) {
        let points = points.into_iter().map(|(x, y)| [f64::from(x), f64::from(y)]).collect();
        (points, periods, cases, people)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn the_search_finds_what_the_naive_scan_finds(
        (points, periods, cases, people) in small_map(),
        rates in prop_oneof![Just(Rates::High), Just(Rates::Low), Just(Rates::Both)],
        kind in prop_oneof![Just(Kind::SpaceTime), Just(Kind::Prospective)],
        max_population in 0.3_f64..1.0,
        max_duration in 0.2_f64..1.0,
        bernoulli in any::<bool>(),
    ) {
        let cases: Vec<u32> = cases.iter().zip(&people).map(|(&c, &p)| if p == 0 { 0 } else { c }).collect();
        prop_assume!(cases.iter().sum::<u32>() > 0);
        let expected: Vec<f64> = people.iter().map(|&p| f64::from(p)).collect();
        let both: Vec<f64> = cases.iter().zip(&people).map(|(&c, &p)| f64::from(c + p)).collect();
        let (model, measure) = if bernoulli { (Model::Bernoulli { controls: &people }, &both) } else { (Model::Poisson { expected: &expected }, &expected) };
        let options = Options { kind, rates, max_population, max_duration, replicates: 3, threads: 1, ..Options::default() };
        let problem = Problem { coordinates: Coordinates::Plane(&points), periods, cases: &cases, model, population: None };
        let ours = scan(&problem, &options).expect("a scan");
        let oracle = naive(&points, periods, &cases, measure, bernoulli, &options);
        let best = ours.clusters.first().map_or(0.0, |c| c.log_likelihood_ratio);
        prop_assert!((best - oracle).abs() <= 1e-7 * (1.0 + oracle), "{best} against {oracle}");
    }
}

fn grid(side: usize) -> Vec<[f64; 2]> {
    (0..side * side).map(|i| [(i % side) as f64 * 0.1, (i / side) as f64 * 0.1]).collect()
}

/// A table with a planted excess, and without one.
fn planted(points: &[[f64; 2]], periods: usize) -> Vec<u32> {
    (0..points.len() * periods)
        .map(
            |cell| {
                if cell / periods < 3 && cell % periods >= periods / 2 { 9 } else { u32::from(cell % 3 == 0) }
            },
        )
        .collect()
}

#[test]
fn threads_and_batches_do_not_change_the_replicates() {
    let points = grid(6);
    let cases = planted(&points, 10);
    let expected = vec![1.0; cases.len()];
    let problem = Problem {
        coordinates: Coordinates::Plane(&points),
        periods: 10,
        cases: &cases,
        model: Model::Poisson { expected: &expected },
        population: None,
    };
    let run = |threads, seed| {
        scan(&problem, &Options { threads, seed, replicates: 150, ..Options::default() }).expect("a scan")
    };
    assert_eq!(run(1, 7), run(3, 7));
    assert_ne!(run(1, 7).replicate_maxima, run(1, 8).replicate_maxima);
}

#[test]
fn replicates_keep_the_maximum_a_naive_search_would_find() {
    // The replicates' maxima must be those of complete searches: under uniform p values about one
    // in ten null data sets has p at most 0.1.
    let points = grid(4);
    let expected = vec![1.0; 16 * 6];
    let mut small = 0;
    for seed in 0..200_u64 {
        let mut state = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
        let mut cases = vec![0; 16 * 6];
        for _ in 0..60 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            cases[usize::try_from(state >> 33).expect("an index") % (16 * 6)] += 1;
        }
        let problem = Problem {
            coordinates: Coordinates::Plane(&points),
            periods: 6,
            cases: &cases,
            model: Model::Poisson { expected: &expected },
            population: None,
        };
        let result = scan(&problem, &Options { replicates: 49, seed, threads: 1, ..Options::default() })
            .expect("a scan");
        small += u32::from(result.clusters[0].p_value.expect("p") <= 0.1);
    }
    assert!((8..=34).contains(&small), "{small} of 200");
}

#[test]
fn cases_where_nobody_lives_are_an_error_and_empty_places_are_not() {
    let points = [[0.0, 0.0], [1.0, 0.0], [5.0, 0.0]];
    let run = |expected: [f64; 3]| {
        let problem = Problem {
            coordinates: Coordinates::Plane(&points),
            periods: 1,
            cases: &[4, 0, 3],
            model: Model::Poisson { expected: &expected },
            population: None,
        };
        scan(
            &problem,
            &Options { kind: Kind::Spatial, replicates: 9, max_population: 0.9, ..Options::default() },
        )
    };
    assert_eq!(run([0.0, 1.0, 1.0]), Err(ScanError::CasesWithoutPopulation { location: 0, period: 0 }));
    assert_eq!(run([1.0, 0.0, 9.0]).expect("a scan").clusters[0].observed, 4);
}

#[test]
fn places_at_one_spot_enter_together() {
    let points = [[0.0, 0.0], [0.0, 0.0], [3.0, 0.0], [3.0, 4.0]];
    let problem = Problem {
        coordinates: Coordinates::Plane(&points),
        periods: 1,
        cases: &[5, 5, 1, 1],
        model: Model::Poisson { expected: &[1.0, 1.0, 4.0, 4.0] },
        population: None,
    };
    let result = scan(&problem, &Options { kind: Kind::Spatial, replicates: 0, ..Options::default() })
        .expect("a scan");
    assert_eq!(result.clusters[0].locations, [0, 1]);
    assert!(result.clusters[0].radius.abs() < 1e-12);
}

#[test]
fn a_radius_limit_and_impossible_limits_are_respected() {
    let points = grid(5);
    let cases = planted(&points, 4);
    let expected = vec![1.0; cases.len()];
    let problem = Problem {
        coordinates: Coordinates::Plane(&points),
        periods: 4,
        cases: &cases,
        model: Model::Poisson { expected: &expected },
        population: None,
    };
    let options = Options { replicates: 0, max_radius: Some(0.1), ..Options::default() };
    assert!(scan(&problem, &options).expect("a scan").clusters.iter().all(|c| c.radius <= 0.1 + 1e-9));
    assert!(scan(&problem, &Options { max_population: 0.0, ..options }).is_err());
    assert!(scan(&problem, &Options { max_duration: 1.5, ..options }).is_err());
    let alone = Problem {
        coordinates: Coordinates::Plane(&points[..1]),
        cases: &cases[..4],
        model: Model::Poisson { expected: &expected[..4] },
        ..problem
    };
    assert_eq!(scan(&alone, &options).expect("a scan").clusters, vec![]);
    let nobody = Problem { cases: &vec![0; cases.len()], ..problem };
    assert_eq!(scan(&nobody, &options), Err(ScanError::NoCases));
}

#[test]
fn person_time_is_linear_between_censuses_and_flat_outside() {
    let points = [(10.0, 100.0), (20.0, 200.0)];
    near(person_time(&points, 0.0, 10.0), 1_000.0, 1e-9);
    near(person_time(&points, 10.0, 20.0), 1_500.0, 1e-9);
    near(person_time(&points, 15.0, 25.0), 0.5 * (150.0 + 200.0) * 5.0 + 1_000.0, 1e-9);
    near(person_time(&[(3.0, 7.0)], 0.0, 2.0), 14.0, 1e-12);
    near(person_time(&[], 0.0, 2.0), 0.0, 1e-12);
}

/// Places of unequal size; everything triples in the second half, and the first three places rise beyond that.
fn rising(points: &[[f64; 2]], periods: usize, beyond: u32) -> (Vec<u32>, Vec<f64>) {
    let at_risk: Vec<f64> =
        (0..points.len() * periods).map(|cell| 1.0 + (cell / periods % 4) as f64).collect();
    let mut state = 5_u64;
    let cases = at_risk
        .iter()
        .enumerate()
        .map(|(cell, people)| {
            let late = cell % periods >= periods / 2;
            let here = if late && cell / periods < 3 { 1.0 + f64::from(beyond) } else { 1.0 };
            let rate = if late { 1.5 } else { 0.5 } * people * here;
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let uniform = (state >> 11) as f64 / (1_u64 << 53) as f64;
            let count = if uniform < rate.fract() { rate.ceil() } else { rate.floor() };
            whole::<u32>(&count.to_string())
        })
        .collect();
    (cases, at_risk)
}

#[test]
fn within_periods_a_rise_everywhere_is_no_cluster_and_a_local_one_is() {
    let (points, periods) = (grid(6), 12);
    let run = |beyond, within: bool| {
        let (cases, at_risk) = rising(&points, periods, beyond);
        let model = if within {
            Model::WithinPeriods { at_risk: &at_risk }
        } else {
            Model::Poisson { expected: &at_risk }
        };
        let coordinates = Coordinates::Plane(&points);
        let problem = Problem { coordinates, periods, cases: &cases, model, population: None };
        scan(&problem, &Options { replicates: 199, ..Options::default() }).expect("a scan")
    };
    let p = |result: &ScanResult| result.clusters[0].p_value.expect("p");
    assert!(p(&run(0, false)) <= 0.01, "the Poisson scan sees the rise");
    assert!(p(&run(0, true)) > 0.2, "{}", p(&run(0, true)));
    let local = run(2, true);
    assert!(p(&local) <= 0.01);
    // No circle holds just the three, which lie in a row.
    let cluster = &local.clusters[0];
    assert!(cluster.locations.iter().all(|it| *it < 3) && cluster.locations.len() >= 2, "{cluster:?}");
    assert_eq!((cluster.first_period, cluster.last_period), (6, 11));
}

/// The statistic is that of the Poisson scan whose expected counts follow the periods' own totals.
#[test]
fn within_periods_is_the_poisson_statistic_of_the_adjusted_table() {
    let (points, periods) = (grid(5), 8);
    let (cases, at_risk) = rising(&points, periods, 2);
    let sum = |table: &dyn Fn(usize) -> f64, t: usize| -> f64 {
        (0..cases.len()).filter(|cell| cell % periods == t).map(table).sum()
    };
    let expected: Vec<f64> = (0..cases.len())
        .map(|cell| {
            let t = cell % periods;
            at_risk[cell] * sum(&|it| f64::from(cases[it]), t) / sum(&|it| at_risk[it], t)
        })
        .collect();
    let run = |model| {
        let coordinates = Coordinates::Plane(&points);
        let problem = Problem { coordinates, periods, cases: &cases, model, population: None };
        scan(&problem, &Options { replicates: 0, ..Options::default() }).expect("a scan")
    };
    let (ours, adjusted) =
        (run(Model::WithinPeriods { at_risk: &at_risk }), run(Model::Poisson { expected: &expected }));
    assert_eq!(ours.clusters.len(), adjusted.clusters.len());
    for (a, b) in ours.clusters.iter().zip(&adjusted.clusters) {
        assert_eq!(a.locations, b.locations);
        near(a.log_likelihood_ratio, b.log_likelihood_ratio, 1e-9);
        near(a.expected, b.expected, 1e-9);
    }
}

#[test]
fn a_scan_that_stops_early_ran_the_first_of_the_replicates_it_would_have_run() {
    let points = grid(5);
    let (cases, at_risk) = rising(&points, 8, 0);
    let run = |stop_after, threads| {
        let problem = Problem {
            coordinates: Coordinates::Plane(&points),
            periods: 8,
            cases: &cases,
            model: Model::WithinPeriods { at_risk: &at_risk },
            population: None,
        };
        scan(&problem, &Options { replicates: 400, stop_after, threads, ..Options::default() })
            .expect("a scan")
    };
    let (all, stopped) = (run(0, 2), run(10, 2));
    let n = stopped.replicate_maxima.len();
    assert!((10..400).contains(&n), "{n}");
    assert_eq!(all.replicate_maxima[..n], stopped.replicate_maxima);
    let level = stopped.clusters[0].log_likelihood_ratio;
    assert_eq!(stopped.replicate_maxima.iter().filter(|it| **it >= level).count(), 10);
    assert_eq!(stopped, run(10, 1));
}
