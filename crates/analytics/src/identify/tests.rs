//! Small made records with known answers, and the real one of New York.

use domain::evidence::signals::{self, RunState, SignalFilter, SignalState};
use domain::kernel::codes::EventKind;
use domain::kernel::ctx::Site;
use domain::kernel::places::{Area, Population};

use super::*;
use crate::test_site::{self, Made, day};

async fn looked(site: &Site, options: &Options) -> Outcome {
    let engine = Engine::Database(site.db.clone());
    identify(&site.system("identify"), &engine, options, |_, _, _| {}).await.unwrap()
}

async fn stored(site: &Site) -> Vec<signals::StoredSignal> {
    let filter = SignalFilter {
        state: SignalState::Live,
        detector: String::new(),
        dataset: String::new(),
        code: String::new(),
        limit: 10_000,
    };
    signals::signals(&site.db, &filter).await.unwrap()
}

fn quick() -> Options {
    Options { replicates: 99, threads: 1, ..Options::default() }
}

/// Three years in eight areas: two denials a month everywhere, six in the areas C and D from 2023-07 on, and twice as
/// many for one language as for the other.
async fn made_agency() -> (tempfile::TempDir, Site) {
    let (folder, site) = test_site::sqlite().await;
    let ctx = site.system("test");
    let names = ["A", "B", "C", "D", "E", "F", "G", "H"];
    let people: Vec<Population> = names.iter().map(|name| test_site::people(name, 1000.0)).collect();
    test_site::places(&ctx, "", &test_site::line_of_areas(&names), &people).await;
    let mut rows = Vec::new();
    for month in crate::Period::months(day("2021-01-01"), day("2023-12-31")) {
        for name in names {
            let is_hot = ["C", "D"].contains(&name) && month.from >= day("2023-07-01");
            for number in 0..if is_hot { 6 } else { 2 } {
                let on = month.from.plus_days(5 * number + 1);
                let language = if number % 3 == 0 { "Spanish" } else { "English" };
                rows.push(Made::on("procedural_denial", name, on).group("language", language));
                rows.push(Made::on("other", name, on).group("language", "English"));
                rows.push(Made::on("other", name, on).group("language", "Spanish"));
            }
        }
    }
    test_site::load(&ctx, "larkwater", EventKind::Barrier, &rows).await;
    (folder, site)
}

#[tokio::test]
async fn a_planted_cluster_is_found_where_and_when_it_is() {
    let (_folder, site) = made_agency().await;
    let outcome = looked(&site, &quick()).await;
    let scan = outcome
        .signals
        .iter()
        .find(|signal| signal.detector == Detector::Scan && signal.code == "procedural_denial")
        .unwrap();
    assert_eq!(scan.areas, ["C", "D"]);
    assert_eq!((scan.from, scan.to), (day("2023-07-01"), day("2023-12-31")));
    assert_eq!(scan.observed, 72);
    assert_eq!(scan.detail.areas.len(), 8);
    assert_eq!(scan.detail.base, "people");
    assert_eq!(scan.detail.trend.iter().filter(|point| point.stands_out).count(), 6);
    assert!(outcome.signals.iter().all(|signal| signal.detail.method.hypotheses == outcome.hypotheses));
}

#[tokio::test]
async fn signals_and_the_run_are_stored_and_a_rerun_gives_the_same_bytes_on_any_number_of_threads() {
    let (_folder, site) = made_agency().await;
    let one = looked(&site, &quick()).await;
    let rows = stored(&site).await;
    assert_eq!(rows.len(), one.signals.len());
    let two = looked(&site, &Options { threads: 2, ..quick() }).await;
    assert_eq!(one, two);
    assert_eq!(serde_json::to_string(&one.signals).unwrap(), serde_json::to_string(&two.signals).unwrap());
    assert_eq!(stored(&site).await, rows);
    let run = signals::runs(&site.db, 1).await.unwrap().remove(0);
    assert_eq!((run.state, run.hypotheses), (RunState::Done, one.hypotheses));
    assert_eq!(run.fingerprint, one.fingerprint);
}

#[tokio::test]
async fn a_shorter_look_does_not_see_what_came_later() {
    let (_folder, site) = made_agency().await;
    let options = Options { until: Some(day("2023-06-30")), ..quick() };
    let outcome = looked(&site, &options).await;
    assert!(outcome.signals.iter().all(|signal| signal.detector != Detector::Scan), "{:?}", outcome.signals);
}

#[tokio::test]
async fn a_group_stands_out_against_the_rest_of_its_dimension() {
    let (_folder, site) = test_site::sqlite().await;
    let ctx = site.system("test");
    let on = day("2024-01-02");
    let row = |value: &str, n, of| Made::on("denied", "", on).group("language", value).counted(n, Some(of));
    test_site::load(
        &ctx,
        "court",
        EventKind::Decision,
        &[row("Spanish", 90, 300.0), row("English", 100, 1000.0), row("Hmong", 9, 20.0)],
    )
    .await;
    let outcome = looked(&site, &quick()).await;
    // Hmong is as far above the rest, but nine are too few to be told. (And a group cannot be expected to have 5 here.)
    let [signal] = outcome.signals.as_slice() else { panic!("{:?}", outcome.signals) };
    assert_eq!((signal.dimension.as_str(), signal.value.as_str()), ("language", "Spanish"));
    let expected = stats::rates::rate_ratio(90, 300.0, 109, 1020.0, 0.95).unwrap();
    assert_eq!(signal.ratio, expected.ratio.unwrap());
    assert_eq!((signal.lower, signal.upper), (expected.lower, Some(expected.upper)));
    assert_eq!(signal.detail.base, "base-rows");
}

#[tokio::test]
async fn what_happened_to_people_is_looked_at_and_that_help_was_given_is_not() {
    assert!(facts::is_looked_at(EventKind::Referral, "no_response"));
    assert!(!facts::is_looked_at(EventKind::Referral, "sent"));
    assert!(!facts::is_looked_at(EventKind::Contact, "visit"));
}

#[tokio::test]
async fn a_county_wide_jump_is_one_signal_with_the_week_in_which_it_showed() {
    let (_folder, site) = test_site::sqlite().await;
    let ctx = site.system("test");
    let mut rows = Vec::new();
    for (at, week) in crate::Period::weeks(day("2021-01-04"), day("2023-12-31")).iter().enumerate() {
        let jumped = week.from >= day("2023-08-07");
        // A wave over a few weeks so that the past is not perfectly flat.
        let n = [8, 10, 12, 9, 11][at % 5] + if jumped { 12 } else { 0 };
        rows.push(Made::on("waitlist", "A", week.from.plus_days(2)).counted(n, None));
        rows.push(Made::on("cost", "A", week.from.plus_days(6)).counted([8, 10, 12, 9, 11][at % 5], None));
        rows.push(Made::on("cost", "A", week.from).counted(1, None));
    }
    test_site::load(&ctx, "larkwater", EventKind::Barrier, &rows).await;
    let outcome = looked(&site, &quick()).await;
    let trends: Vec<&Signal> =
        outcome.signals.iter().filter(|signal| signal.detector == Detector::Trend).collect();
    let [signal] = trends.as_slice() else { panic!("{trends:?}") };
    assert_eq!(signal.code, "waitlist");
    assert_eq!(signal.from, day("2023-08-07"));
    assert!(signal.ratio > 1.8 && signal.ratio < 2.6, "{}", signal.ratio);
}

async fn new_york() -> Option<(tempfile::TempDir, Site)> {
    let data = test_site::shared_data("housing")?;
    let (folder, site) = test_site::sqlite().await;
    let ctx = site.system("test");
    let mut areas = Vec::new();
    let mut units = Vec::new();
    for line in std::fs::read_to_string(data.join("zips.csv")).unwrap().lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let [zip, name, borough, longitude, latitude, _, rental] = fields[..] else { panic!("{line}") };
        areas.push(Area {
            code: zip.to_owned(),
            name: name.to_owned(),
            parent: borough.to_owned(),
            longitude: longitude.parse().unwrap(),
            latitude: latitude.parse().unwrap(),
            geometry: String::new(),
        });
        let unit = "rental units".to_owned();
        units.push(Population { unit, ..test_site::people(zip, rental.parse().unwrap()) });
    }
    test_site::places(&ctx, "housing", &areas, &units).await;
    let rows: Vec<Made> = std::fs::read_to_string(data.join("eviction_filings_by_zip.csv"))
        .unwrap()
        .lines()
        .skip(1)
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            let [from, to, zip, filings] = fields[..] else { panic!("{line}") };
            Made {
                to: day(to),
                // A period is (start, end].
                ..Made::on("eviction_filing", zip, day(from).plus_days(1))
            }
            .counted(filings.parse().unwrap(), None)
        })
        .collect();
    test_site::load(&ctx, "housing", EventKind::Crisis, &rows).await;
    Some((folder, site))
}

#[tokio::test]
async fn eviction_filings_cluster_in_the_bronx_once_the_courts_open() {
    let Some((_folder, site)) = new_york().await else { return };
    let outcome = looked(&site, &Options { threads: 2, ..Options::default() }).await;
    let scan = outcome.signals.iter().find(|signal| signal.detector == Detector::Scan).unwrap();
    let data = test_site::shared_data("housing").unwrap();
    let text = std::fs::read_to_string(data.join("expected_satscan.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&text).unwrap();
    let cluster = &expected["clusters"][0];
    let mut locations: Vec<String> =
        cluster["locations"].as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect();
    locations.sort();
    assert_eq!(scan.areas, locations);
    assert_eq!(scan.observed, cluster["observed"].as_u64().unwrap());
    // The peer prints two decimals.
    assert!((scan.expected - cluster["expected"].as_f64().unwrap()).abs() < 0.006, "{}", scan.expected);
    assert!((scan.ratio - cluster["relative_risk"].as_f64().unwrap()).abs() < 0.006);
    let llr = scan.detail.method.options.iter().find(|(name, _)| name == "log_likelihood_ratio").unwrap();
    let of_peer = cluster["log_likelihood_ratio"].as_f64().unwrap();
    assert!((llr.1.parse::<f64>().unwrap() - of_peer).abs() < 0.001, "{} {of_peer}", llr.1);
    let periods = std::fs::read_to_string(data.join("eviction_filings_by_zip.csv")).unwrap();
    let mut starts: Vec<Day> = periods.lines().skip(1).map(|line| day(&line[..10]).plus_days(1)).collect();
    starts.dedup();
    let first = usize::try_from(cluster["start_period"].as_u64().unwrap()).unwrap() - 1;
    assert_eq!((scan.from, scan.to), (starts[first], day("2022-06-16")));
    assert!(outcome.notes.iter().any(|note| note.why.key() == "note-no-regular-periods"));
}
