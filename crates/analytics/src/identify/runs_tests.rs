//! What a run leaves behind, how signals are named, and the real daily record of New York.

use domain::evidence::signals::{self, RunState, SignalFilter, SignalState};
use domain::kernel::codes::EventKind;
use domain::kernel::ctx::Site;
use domain::kernel::places::Population;

use super::*;
use crate::test_site::{self, Made, day};

async fn n_stored(site: &Site) -> usize {
    let filter = SignalFilter {
        state: SignalState::Live,
        detector: String::new(),
        dataset: String::new(),
        code: String::new(),
        limit: 10_000,
    };
    signals::signals(&site.db, &filter).await.unwrap().len()
}

fn quick() -> Options {
    Options { replicates: 99, threads: 2, ..Options::default() }
}

/// One year in six areas, two events a month each; five times as many in `B` and `C` in its last four months.
async fn made() -> (tempfile::TempDir, Site) {
    let (folder, site) = test_site::sqlite().await;
    let ctx = site.system("test");
    let names = ["A", "B", "C", "D", "E", "F"];
    let people: Vec<Population> = names.iter().map(|name| test_site::people(name, 1000.0)).collect();
    test_site::places(&ctx, "", &test_site::line_of_areas(&names), &people).await;
    let mut rows = Vec::new();
    for month in Period::months(day("2023-01-01"), day("2023-12-31")) {
        for name in names {
            let is_hot = ["B", "C"].contains(&name) && month.from >= day("2023-09-01");
            rows.push(Made::on("waitlist", name, month.from).counted(if is_hot { 10 } else { 2 }, None));
        }
    }
    rows.push(Made::on("other", "A", day("2023-12-31")));
    test_site::load(&ctx, "the county", EventKind::Barrier, &rows).await;
    (folder, site)
}

#[tokio::test]
async fn a_run_that_is_cut_off_leaves_no_signal_and_the_next_one_finds_them() {
    let (_folder, site) = made().await;
    let ctx = site.system("identify");
    let engine = Engine::Database(site.db.clone());
    let options = quick();
    let (reached, mut at_scan) = mpsc::unbounded_channel();
    let run = identify(&ctx, &engine, &options, move |stage, _, _| {
        if stage == "scan" {
            let _ = reached.send(());
        }
    });
    tokio::select! {
        biased;
        _ = at_scan.recv() => {}
        outcome = run => panic!("the run came to its end: {outcome:?}"),
    }
    assert_eq!(n_stored(&site).await, 0);
    assert_eq!(signals::run_starts_interrupt(&ctx).await.unwrap(), 1);
    assert_eq!(signals::runs(&site.db, 1).await.unwrap().remove(0).state, RunState::Interrupted);
    let outcome = identify(&ctx, &engine, &options, |_, _, _| {}).await.unwrap();
    assert!(!outcome.signals.is_empty());
    assert_eq!(n_stored(&site).await, outcome.signals.len());
}

#[tokio::test]
async fn a_run_tells_its_stages_in_order() {
    let (_folder, site) = made().await;
    let stages = std::sync::Mutex::new(Vec::<String>::new());
    let engine = Engine::Database(site.db.clone());
    identify(&site.system("identify"), &engine, &quick(), |stage, done, total| {
        assert!(done <= total);
        let mut stages = stages.lock().unwrap();
        if stages.last().is_none_or(|last| last != stage) {
            stages.push(stage.to_owned());
        }
    })
    .await
    .unwrap();
    assert_eq!(stages.into_inner().unwrap(), ["evidence", "rate_ratio", "scan", "trend", "done"]);
}

#[tokio::test]
async fn areas_inside_a_cluster_are_told_of_once() {
    let (_folder, site) = made().await;
    let engine = Engine::Database(site.db.clone());
    let outcome = identify(&site.system("identify"), &engine, &quick(), |_, _, _| {}).await.unwrap();
    let cluster = outcome.signals.iter().find(|signal| signal.detector == Detector::Scan).unwrap();
    assert_eq!(cluster.areas, ["B", "C"]);
    assert!(cluster.detail.cautions.contains(&"caution-areas-explained".to_owned()));
    let explained = ("areas_explained".to_owned(), "B, C".to_owned());
    assert!(cluster.detail.method.options.contains(&explained));
    assert!(outcome.signals.iter().all(|signal| signal.detector != Detector::RateRatio), "{outcome:?}");
    // 80 in the cluster's four months, where 180.8 events over all cells lead to expect their share of 8 cells in 72.
    assert_eq!(cluster.observed, 80);
    assert!((cluster.expected - 208.0 * 8.0 / 72.0).abs() < 1e-9, "{}", cluster.expected);
    assert_eq!((cluster.from, cluster.to), (day("2023-09-01"), day("2023-12-31")));
}

#[tokio::test]
async fn keys_can_stand_in_an_address() {
    let (_folder, site) = made().await;
    let engine = Engine::Database(site.db.clone());
    let outcome = identify(&site.system("identify"), &engine, &quick(), |_, _, _| {}).await.unwrap();
    for signal in &outcome.signals {
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "_.-:".contains(letter);
        assert!(signal.key.chars().all(fits), "{}", signal.key);
    }
    assert!(outcome.signals[0].key.starts_with("scan:the-county."), "{}", outcome.signals[0].key);
    assert_eq!(slug("LW12"), "LW12");
    assert_ne!(slug("Haitian Creole"), slug("Haitian/Creole"));
}

#[tokio::test]
async fn evidence_without_anything_is_a_run_without_signals() {
    let (_folder, site) = test_site::sqlite().await;
    let engine = Engine::Database(site.db.clone());
    let outcome = identify(&site.system("identify"), &engine, &quick(), |_, _, _| {}).await.unwrap();
    assert_eq!((outcome.hypotheses, outcome.signals.len(), outcome.notes.len()), (0, 0, 0));
}

/// The courts were closed to filings from 16 March 2020; the moratorium ended on 15 January 2022.
#[tokio::test]
async fn filings_rise_once_the_moratorium_is_over() {
    let Some(folder) = test_site::shared_data("housing/eviction_filings_daily.csv") else { return };
    let text = std::fs::read_to_string(folder).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let at = |name: &str| header.iter().position(|it| *it == name).unwrap();
    let (on, columns) = (at("day"), ["nyc_nonpayment", "nyc_holdover", "outside_nyc_nonpayment"]);
    let mut rows = Vec::new();
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        for name in columns {
            let n: i64 = fields[at(name)].parse().unwrap();
            rows.push(Made::on(name, "", day(fields[on])).counted(n, None));
        }
    }
    let (_folder, site) = test_site::sqlite().await;
    test_site::load(&site.system("test"), "filings", EventKind::Decision, &rows).await;
    for until in ["2022-06-30", "2024-11-09"] {
        let options = Options { until: Some(day(until)), ..quick() };
        let engine = Engine::Database(site.db.clone());
        let outcome = identify(&site.system("identify"), &engine, &options, |_, _, _| {}).await.unwrap();
        for signal in &outcome.signals {
            println!(
                "until {until}: {} {} to {} observed {} expected {:.0} ratio {:.2} ({:.2} to {:?}) q {:.1e}",
                signal.key,
                signal.from,
                signal.to,
                signal.observed,
                signal.expected,
                signal.ratio,
                signal.lower,
                signal.upper,
                signal.q
            );
        }
        for name in columns {
            let signal = outcome.signals.iter().find(|it| it.code == name && it.detector == Detector::Trend);
            let signal = signal.unwrap_or_else(|| panic!("{name} until {until}"));
            // Holdovers had been filed all along; they too went above what the winter before led to expect.
            assert!(signal.from > day("2021-12-31"), "{name} until {until}: {}", signal.from);
        }
    }
}
