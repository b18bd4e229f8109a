//! The detectors against R surveillance 1.20.3, on the series it ships and on 1,000 simulated ones.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails loudly, and says when it is skipped"
)]

use serde_json::Value;
use stats::cusum::{Standardise, cusum};
use stats::ears::{Rule, ears};
use stats::farrington::{Note, Options, Point, RecentCases, Series, Threshold, flexible, original};
use std::path::PathBuf;

fn folder(name: &str) -> Option<PathBuf> {
    let p = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/detect").join(name);
    if p.is_dir() {
        return Some(p);
    }
    println!("skipped: no reference data at {}", p.display());
    None
}

fn expected(folder: &std::path::Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join("expected.json")).unwrap()).unwrap()
}

fn counts(folder: &std::path::Path) -> Vec<Option<f64>> {
    let mut r = csv::Reader::from_path(folder.join("weekly.csv")).unwrap();
    let c = r.headers().unwrap().iter().position(|h| h == "count").unwrap();
    r.records().map(|row| Some(row.unwrap()[c].parse().unwrap())).collect()
}

fn numbers(v: &Value) -> Vec<Option<f64>> {
    v.as_array().unwrap().iter().map(Value::as_f64).collect()
}

/// Positions in the range, from 1; R writes a single one without brackets.
fn alarms(v: &Value) -> Vec<u64> {
    v.as_array()
        .map_or_else(|| v.as_u64().into_iter().collect(), |a| a.iter().filter_map(Value::as_u64).collect())
}

fn range(e: &Value) -> std::ops::RangeInclusive<usize> {
    let r = numbers(&e["range"]);
    let at = |i: usize| format!("{}", r[i].unwrap()).parse::<usize>().unwrap() - 1;
    at(0)..=at(1)
}

fn close(ours: Option<f64>, theirs: Option<f64>, tolerance: f64, what: &str) {
    match (ours, theirs) {
        (Some(a), Some(b)) => {
            assert!((a - b).abs() <= tolerance * b.abs().max(1e-3), "{what}: {a} against {b}");
        }
        (None, None) => {}
        other => panic!("{what}: {other:?}"),
    }
}

fn called(points: &[Point]) -> Vec<u64> {
    (1..).zip(points).filter(|(_, p)| p.alarm).map(|(i, _)| i).collect()
}

const SERIES: [&str; 3] = ["salmonella_agona", "rki_k1", "rki_s1"];

fn flexible_as_recorded(threshold: Threshold) -> Options {
    Options {
        years_back: 3,
        alpha: 0.01,
        threshold,
        recent_cases: Some(RecentCases { cases: 0.0, periods: 4 }),
        ..Options::flexible()
    }
}

#[test]
fn the_original_bounds_and_alarms_are_those_of_surveillance() {
    for name in SERIES {
        let Some(f) = folder(name) else { return };
        let (e, y) = (expected(&f), counts(&f));
        let options = Options { years_back: 3, ..Options::original() };
        let points: Vec<Point> =
            range(&e).map(|k| original(Series::counts(&y), &options, k).unwrap()).collect();
        let theirs = &e["farrington_1996"];
        for (p, u) in points.iter().zip(numbers(&theirs["upper"])) {
            // surveillance writes 0 where few recent cases block the alarm; the bound is kept here.
            if p.notes.contains(&Note::FewRecentCases) {
                assert_eq!(u, Some(0.0), "{name} {}", p.at);
                assert!(!p.alarm && p.upper_bound.is_some());
            } else {
                close(p.upper_bound, u, 1e-6, &format!("{name} week {}", p.at));
            }
        }
        assert_eq!(called(&points), alarms(&theirs["alarm"]), "{name}");
    }
}

#[test]
fn the_flexible_bounds_alarms_and_probabilities_are_those_of_surveillance() {
    for name in SERIES {
        let Some(f) = folder(name) else { return };
        let (e, y) = (expected(&f), counts(&f));
        let options = flexible_as_recorded(Threshold::NbPlugin);
        let points: Vec<Point> =
            range(&e).map(|k| flexible(Series::counts(&y), &options, k).unwrap()).collect();
        let theirs = &e["farrington_flexible_nbPlugin"];
        assert_eq!(called(&points), alarms(&theirs["alarm"]), "{name}");
        let column = |key: &str| numbers(&theirs[key]);
        for (i, p) in points.iter().enumerate() {
            let what = format!("{name} week {}", p.at);
            close(p.upper_bound, column("upper")[i], 0.0, &what);
            close(p.expected, column("expected")[i], 1e-6, &what);
            close(p.dispersion, column("phi")[i], 1e-6, &what);
            close(p.exceedance, column("pvalue")[i], 1e-5, &what);
            close(p.score, column("score")[i], 1e-5, &what);
            assert_eq!(p.trend.is_some(), column("trend")[i] == Some(1.0), "{what}");
        }
    }
}

#[test]
fn the_other_two_flexible_bounds_are_those_of_surveillance() {
    for name in SERIES {
        let Some(f) = folder(name) else { return };
        let (e, y) = (expected(&f), counts(&f));
        for (threshold, key, tolerance) in [
            (Threshold::Delta, "farrington_flexible_delta", 1e-6),
            (Threshold::Muan, "farrington_flexible_muan", 0.0),
        ] {
            let options = flexible_as_recorded(threshold);
            let points: Vec<Point> =
                range(&e).map(|k| flexible(Series::counts(&y), &options, k).unwrap()).collect();
            for (p, u) in points.iter().zip(numbers(&e[key]["upper"])) {
                close(p.upper_bound, u, tolerance, &format!("{name} {key} week {}", p.at));
            }
            assert_eq!(called(&points), alarms(&e[key]["alarm"]), "{name} {key}");
        }
    }
}

#[test]
fn ears_is_that_of_surveillance() {
    for name in SERIES {
        let Some(f) = folder(name) else { return };
        let (e, y) = (expected(&f), counts(&f));
        for (rule, key) in [(Rule::C1, "ears_C1"), (Rule::C2, "ears_C2"), (Rule::C3, "ears_C3")] {
            let points: Vec<_> =
                range(&e).map(|k| ears(&y, rule, 7, rule.usual_alpha(), k).unwrap()).collect();
            for (p, u) in points.iter().zip(numbers(&e[key]["upper"])) {
                close(p.upper_bound, u, 1e-8, &format!("{name} {key} week {}", p.at));
            }
            let ours: Vec<u64> = (1..).zip(&points).filter(|(_, p)| p.alarm).map(|(i, _)| i).collect();
            assert_eq!(ours, alarms(&e[key]["alarm"]), "{name} {key}");
        }
    }
}

#[test]
fn cusum_is_that_of_surveillance() {
    for name in SERIES {
        let Some(f) = folder(name) else { return };
        let (e, y) = (expected(&f), counts(&f));
        let r = range(&e);
        for (how, key) in [(Standardise::Standard, "cusum_standard"), (Standardise::Rossi, "cusum_rossi")] {
            let points = cusum(&y[..=*r.end()], *r.start(), 1.04, 2.26, how).unwrap();
            for (p, s) in points.iter().zip(numbers(&e[key]["cusum"])) {
                close(Some(p.sum), s, 1e-8, &format!("{name} {key} week {}", p.at));
            }
            let ours: Vec<u64> = (1..).zip(&points).filter(|(_, p)| p.alarm).map(|(i, _)| i).collect();
            assert_eq!(ours, alarms(&e[key]["alarm"]), "{name} {key}");
        }
    }
}

#[test]
fn a_thousand_series_give_the_46_alarms_of_surveillance() {
    let Some(f) = folder("bench") else { return };
    let e = &expected(&f)["weekly_1000x416"]["nb"];
    let mut r = csv::Reader::from_path(f.join("weekly_1000x416.csv")).unwrap();
    let mut series: Vec<Vec<Option<f64>>> = vec![Vec::new(); 1000];
    for row in r.records() {
        for (s, v) in series.iter_mut().zip(row.unwrap().iter()) {
            s.push(Some(v.parse().unwrap()));
        }
    }
    let options = Options { years_back: 5, ..flexible_as_recorded(Threshold::NbPlugin) };
    let points: Vec<Point> =
        series.iter().map(|y| flexible(Series::counts(y), &options, 415).unwrap()).collect();
    for (i, (p, u)) in points.iter().zip(numbers(&e["upper"])).enumerate() {
        close(p.upper_bound, u, 0.0, &format!("series {i}"));
        close(p.expected, numbers(&e["expected"])[i], 1e-6, &format!("series {i}"));
    }
    assert_eq!(called(&points), alarms(&e["alarm"]));
}

#[test]
fn a_short_history_says_how_much_is_needed() {
    let y = vec![Some(3.0); 100];
    let err = flexible(Series::counts(&y), &Options::flexible(), 99).unwrap_err();
    assert_eq!(err.to_string(), "judge period 99: it has 99 periods before it and needs 260");
    let monthly = Options { years_back: 3, ..Options::flexible_for(12, 1) };
    let p = flexible(Series::counts(&y), &monthly, 99).unwrap();
    assert!(p.expected.is_some_and(|m| (m - 3.0).abs() < 1e-6));
}

#[test]
fn a_missing_week_in_the_history_is_left_out_and_a_missing_count_raises_no_alarm() {
    let mut y: Vec<Option<f64>> =
        (0..300).map(|i| Some(f64::from(u8::from(i % 7 == 0)) * 4.0 + 3.0)).collect();
    y[40] = None;
    y[299] = None;
    let options = Options { years_back: 4, ..Options::flexible() };
    let p = flexible(Series::counts(&y), &options, 299).unwrap();
    assert!(p.upper_bound.is_some() && !p.alarm && p.notes.contains(&Note::CountMissing));
    let full = flexible(Series::counts(&y), &options, 298).unwrap();
    assert!(full.n_history < 299);
}

#[test]
fn a_history_of_zeros_gives_no_bound_instead_of_a_wrong_one() {
    let mut y = vec![Some(0.0); 300];
    y[299] = Some(4.0);
    let options = Options { years_back: 4, ..Options::flexible() };
    let p = flexible(Series::counts(&y), &options, 299).unwrap();
    assert!(p.notes.contains(&Note::NotFitted) || p.upper_bound.is_some());
    assert!(p.upper_bound.is_none_or(f64::is_finite));
}
