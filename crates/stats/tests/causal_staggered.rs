//! Staggered adoption against R did 2.1.2 (group error as in 2.5.1), fixest 0.14.2, didimputation 0.5.0.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails loudly, and says when it is skipped"
)]

use serde_json::Value;
use stats::staggered::aggregate::{Aggregate, calendar, dynamic, group, simple};
use stats::staggered::bootstrap::{Draws, critical_value_lines};
use stats::staggered::imputation::imputation;
use stats::staggered::sensitivity::relative_magnitudes;
use stats::staggered::sunab::sunab;
use stats::staggered::{AttGt, Base, Controls, Error, Method, Options, Panel, Unbalanced, att_gt, prepare};
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Clone)]
struct Table {
    unit: Vec<usize>,
    time: Vec<f64>,
    outcome: Vec<f64>,
    first: Vec<Option<f64>>,
    covariates: Vec<Vec<f64>>,
}

impl Table {
    fn panel(&self) -> Panel<'_> {
        Panel {
            unit: &self.unit,
            time: &self.time,
            outcome: &self.outcome,
            first_treated: &self.first,
            covariates: &self.covariates,
            weights: None,
            cluster: None,
        }
    }

    fn without(&self, rows: &[usize]) -> Table {
        let keep: Vec<usize> = (0..self.unit.len()).filter(|i| !rows.contains(i)).collect();
        Table {
            unit: keep.iter().map(|i| self.unit[*i]).collect(),
            time: keep.iter().map(|i| self.time[*i]).collect(),
            outcome: keep.iter().map(|i| self.outcome[*i]).collect(),
            first: keep.iter().map(|i| self.first[*i]).collect(),
            covariates: self.covariates.iter().map(|c| keep.iter().map(|i| c[*i]).collect()).collect(),
        }
    }

    fn plain(&self) -> Table {
        Table { covariates: Vec::new(), ..self.clone() }
    }
}

fn load(name: &str, columns: [&str; 4], covariates: &[&str]) -> Option<(Table, PathBuf)> {
    let p = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/evaluate").join(name);
    if !p.is_dir() {
        println!("skipped: no reference data at {}", p.display());
        return None;
    }
    let mut r = csv::Reader::from_path(p.join("data.csv")).unwrap();
    let head = r.headers().unwrap().clone();
    let at = |c: &str| head.iter().position(|h| h == c).unwrap();
    let rows: Vec<csv::StringRecord> = r.records().map(Result::unwrap).collect();
    let number = |c: &str| rows.iter().map(|r| r[at(c)].parse().unwrap_or(0.0)).collect::<Vec<f64>>();
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    let unit = rows
        .iter()
        .map(|r| {
            let next = names.len();
            *names.entry(r[at(columns[0])].to_owned()).or_insert(next)
        })
        .collect();
    let table = Table {
        unit,
        time: number(columns[1]),
        outcome: number(columns[2]),
        first: number(columns[3]).into_iter().map(|g| (g > 0.0).then_some(g)).collect(),
        covariates: covariates.iter().map(|c| number(c)).collect(),
    };
    Some((table, p))
}

fn mpdta() -> Option<(Table, PathBuf)> {
    load("mpdta", ["county", "year", "lemp", "first_treat"], &["lpop"])
}

fn base_stagg() -> Option<(Table, PathBuf)> {
    load("base_stagg", ["id", "year", "y", "year_treated"], &["x1"])
}

fn castle() -> Option<(Table, PathBuf)> {
    load("castle", ["sid", "year", "l_homicide", "effyear"], &[])
}

fn expected(folder: &std::path::Path, file: &str) -> Vec<Value> {
    serde_json::from_str(&std::fs::read_to_string(folder.join(file)).unwrap()).unwrap()
}

fn find<'a>(all: &'a [Value], id: &str) -> &'a Value {
    all.iter().find(|v| v["id"] == id).unwrap_or_else(|| panic!("no {id}"))
}

fn close(ours: Option<f64>, theirs: &Value, tolerance: f64, what: &str) {
    // R writes a missing standard error as null.
    let Some(b) = theirs.as_f64() else {
        assert!(ours.is_none_or(|a| a.abs() < 1e-9), "{what}: {ours:?} against {theirs}");
        return;
    };
    let a = ours.unwrap_or_else(|| panic!("{what}: nothing against {b}"));
    assert!((a - b).abs() <= tolerance * b.abs().max(1e-4), "{what}: {a} against {b}");
}

fn same_cells(a: &AttGt, e: &Value, tolerance: f64) {
    let theirs = e["att_gt"].as_array().unwrap();
    assert_eq!(a.cells.len(), theirs.len(), "{}", e["id"]);
    for t in theirs {
        let (g, y) = (t["group"].as_f64().unwrap(), t["time"].as_f64().unwrap());
        let what = format!("{} ATT({g},{y})", e["id"]);
        let c = a.cells.iter().find(|c| (c.group - g).abs() + (c.time - y).abs() < 1e-9).unwrap();
        close(c.att, &t["att"], tolerance, &what);
        close(c.se, &t["se"], 1e-5, &what);
    }
}

fn same_aggregate(a: Option<Aggregate>, e: &Value, tolerance: f64, what: &str) {
    let a = a.unwrap();
    close(Some(a.overall.att), &e["overall_att"], tolerance, what);
    close(a.overall.se, &e["overall_se"], 1e-5, what);
    for (i, line) in e["by"].as_array().into_iter().flatten().enumerate() {
        let what = format!("{what} {}", line["e"]);
        close(Some(a.by[i].key), &line["e"], 1e-9, &what);
        close(Some(a.by[i].average.att), &line["att"], tolerance, &what);
        close(a.by[i].average.se, &line["se"], 1e-5, &what);
    }
}

fn same_all(table: &Table, options: &Options, e: &Value, tolerance: f64) {
    let a = att_gt(&prepare(table.panel()).unwrap(), options).unwrap();
    let id = e["id"].as_str().unwrap();
    assert_eq!(a.n_units as u64, e["n_units"].as_u64().unwrap(), "{id}");
    same_cells(&a, e, tolerance);
    same_aggregate(simple(&a), &e["agg_simple"], tolerance, &format!("{id} simple"));
    same_aggregate(group(&a), &e["agg_group"], tolerance, &format!("{id} group"));
    same_aggregate(dynamic(&a), &e["agg_dynamic"], tolerance, &format!("{id} dynamic"));
    same_aggregate(calendar(&a), &e["agg_calendar"], tolerance, &format!("{id} calendar"));
    match e["pretest_wald_W"].as_f64() {
        Some(w) if w > 0.0 => {
            let t = a.pretest.unwrap();
            assert!((t.statistic - w).abs() < 1e-4 * w, "{id}: {t:?} against {w}");
            assert!((t.p - e["pretest_p"].as_f64().unwrap()).abs() < 1e-5, "{id}");
        }
        _ => println!("{id}: R gives no pretest; ours is {:?}", a.pretest),
    }
}

#[test]
fn every_recorded_mpdta_result_is_reproduced() {
    let Some((t, folder)) = mpdta() else { return };
    let e = expected(&folder, "expected_r_did.json");
    let usual = Options::default();
    let methods = [("dr", Method::DoublyRobust), ("ipw", Method::Ipw), ("reg", Method::OutcomeRegression)];
    for (word, method) in methods {
        for (control, controls) in [("nevertreated", Controls::Never), ("notyettreated", Controls::NotYet)] {
            let id = format!("cs_{control}_{word}_lpop");
            same_all(&t, &Options { method, controls, ..usual }, find(&e, &id), 1e-5);
        }
    }
    let plain = t.plain();
    same_all(&plain, &usual, find(&e, "cs_never_nocov"), 1e-6);
    same_all(&plain, &Options { controls: Controls::NotYet, ..usual }, find(&e, "cs_notyet_nocov"), 1e-6);
    let universal = Options { base: Base::Universal, ..usual };
    same_all(&plain, &universal, find(&e, "cs_never_nocov_universal"), 1e-6);
    let anticipating = Options { anticipation: 1, ..usual };
    same_all(&plain, &anticipating, find(&e, "cs_never_nocov_anticip1"), 1e-6);
}

#[test]
fn the_corrected_overall_group_error_is_given() {
    let Some((t, _)) = mpdta() else { return };
    let t = t.plain();
    let a = att_gt(&prepare(t.panel()).unwrap(), &Options::default()).unwrap();
    let g = group(&a).unwrap();
    assert!((g.overall.se.unwrap() - 0.012_446_1).abs() < 5e-8, "{:?}", g.overall);
}

#[test]
fn units_with_a_gap_are_left_out_and_named_or_kept_as_cross_sections() {
    let Some((t, folder)) = mpdta() else { return };
    let e = expected(&folder, "expected_r_did.json");
    let t = t.plain().without(&[2, 76, 500, 1199, 1332, 2221]);
    same_all(&t, &Options::default(), find(&e, "cs_unbalanced_autobalanced_same_rows_dropped"), 1e-6);
    let a = att_gt(&prepare(t.panel()).unwrap(), &Options::default()).unwrap();
    assert_eq!(a.dropped_incomplete.len(), 6);
    let keep = Options { unbalanced: Unbalanced::CrossSections, ..Options::default() };
    same_all(&t, &keep, find(&e, "cs_unbalanced_drop_rows_3_77_501_1200_1333_2222"), 1e-6);
}

#[test]
fn many_small_cohorts_are_reproduced_and_a_singular_pretest_is_not_called_passed() {
    for (data, name) in [(base_stagg(), "base_stagg"), (castle(), "castle")] {
        let Some((t, folder)) = data else { return };
        let e = expected(&folder, "expected_r_did.json");
        let plain = t.plain();
        same_all(&plain, &Options::default(), find(&e, "cs_never_nocov"), 1e-6);
        let not_yet = Options { controls: Controls::NotYet, ..Options::default() };
        same_all(&plain, &not_yet, find(&e, "cs_notyet_nocov"), 1e-6);
        if name == "base_stagg" {
            let reg = Options { method: Method::OutcomeRegression, ..Options::default() };
            same_all(&t, &reg, find(&e, "cs_never_reg_x1"), 1e-5);
        }
        let a = att_gt(&prepare(plain.panel()).unwrap(), &Options::default()).unwrap();
        assert!(a.pretest.is_none() && a.n_pre > 0, "{name}");
    }
}

#[test]
fn the_critical_values_lie_where_twenty_seeds_of_the_peer_lie() {
    let Some((t, folder)) = mpdta() else { return };
    let all = expected(&folder, "expected_r_did.json");
    let e = find(&all, "cs_boot_never_nocov");
    let t = t.plain();
    let a = att_gt(&prepare(t.panel()).unwrap(), &Options::default()).unwrap();
    let d = dynamic(&a).unwrap();
    for seed in 1..=5 {
        let draws = Draws::new(&a, 1000, seed);
        for (c, key) in
            [(draws.cells(&a, 0.95), "att_gt_uniform_crit"), (draws.lines(&d.by, 0.95), "dynamic_crit")]
        {
            let value = |s: &str| e[format!("{key}_{s}")].as_f64().unwrap();
            assert!((c.unwrap() - value("mean")).abs() < 4.0 * value("sd"), "{key} {c:?}");
        }
    }
    let same = |seed| Draws::new(&a, 200, seed).cells(&a, 0.95);
    assert_eq!(same(9), same(9));
    // The lines drawn alone are the lines drawn as combinations of cells and shares.
    let (alone, combined) =
        (critical_value_lines(&d.by, 0.95, 200, 9), Draws::new(&a, 200, 9).lines(&d.by, 0.95));
    assert!((alone.unwrap() - combined.unwrap()).abs() < 1e-9);
}

#[test]
fn sun_and_abraham_are_those_of_fixest() {
    let Some((t, folder)) = mpdta() else { return };
    let e = expected(&folder, "expected_r_fixest.json");
    let t = t.plain();
    let s = sunab(&prepare(t.panel()).unwrap(), 0).unwrap();
    close(Some(s.overall.att), &find(&e, "sunab_att")["att"], 1e-6, "mpdta");
    close(s.overall.se, &find(&e, "sunab_att")["se"], 1e-5, "mpdta");
    for (time, a) in &s.dynamic {
        let (coef, se) = (&find(&e, "sunab_event")["coef"], &find(&e, "sunab_event")["se"]);
        let key = format!("year::{time}");
        close(Some(a.att), &coef[&key], 1e-6, &key);
        close(a.se, &se[&key], 1e-5, &key);
        let p = find(&e, "sunab_event")["p"][&key].as_f64().unwrap();
        assert!((s.p(a).unwrap() - p).abs() < 1e-5);
    }

    let Some((t, folder)) = base_stagg() else { return };
    let e = expected(&folder, "expected_r_fixest.json");
    let s = sunab(&prepare(t.panel()).unwrap(), 0).unwrap();
    close(Some(s.overall.att), &find(&e, "sunab_att")["att"], 1e-6, "base_stagg");
    close(s.overall.se, &find(&e, "sunab_att")["se"], 1e-5, "base_stagg");
    let event = find(&e, "sunab_eventstudy");
    for (time, a) in &s.dynamic {
        let key = format!("year::{time}");
        close(Some(a.att), &event["coef"][&key], 1e-6, &key);
        close(a.se, &event["se"][&key], 1e-5, &key);
    }
    close(Some(s.covariates[0].att), &event["coef"]["x1"], 1e-6, "x1");
    close(s.covariates[0].se, &event["se"]["x1"], 1e-5, "x1");
    let cohort = find(&e, "sunab_cohort");
    for (g, a) in &s.group {
        let key = format!("cohort::{g}");
        close(Some(a.att), &cohort["coef"][&key], 1e-6, &key);
        close(a.se, &cohort["se"][&key], 1e-5, &key);
    }

    let Some((t, folder)) = castle() else { return };
    let e = expected(&folder, "expected_r_fixest.json");
    let s = sunab(&prepare(t.panel()).unwrap(), 0).unwrap();
    close(Some(s.overall.att), &find(&e, "sunab_att")["att"], 1e-6, "castle");
    close(s.overall.se, &find(&e, "sunab_att")["se"], 1e-5, "castle");
}

#[test]
fn a_covariate_that_never_changes_within_a_unit_is_named_and_changes_nothing() {
    let Some((mut t, _)) = mpdta() else { return };
    let plain = t.plain();
    for v in &mut t.covariates[0] {
        *v += 2000.0;
    }
    let with = sunab(&prepare(t.panel()).unwrap(), 0).unwrap();
    let without = sunab(&prepare(plain.panel()).unwrap(), 0).unwrap();
    assert_eq!(with.dependent_covariates, vec![0]);
    assert!((with.overall.att - without.overall.att).abs() < 1e-10);
}

#[test]
fn imputation_is_that_of_didimputation() {
    for (data, overall, event) in [
        (mpdta(), "bjs_att", Some("bjs_event")),
        (base_stagg(), "bjs_imputation_att", Some("bjs_imputation_event")),
        (castle(), "bjs_att", None),
    ] {
        let Some((t, folder)) = data else { return };
        let t = t.plain();
        let e = expected(&folder, "expected_r_fixest.json");
        let i = imputation(&prepare(t.panel()).unwrap(), 0).unwrap();
        let row = &find(&e, overall)["table"][0];
        close(Some(i.overall.att), &row["estimate"], 1e-6, overall);
        close(i.overall.se, &row["std.error"], 1e-5, overall);
        let Some(event) = event else { continue };
        for row in find(&e, event)["table"].as_array().unwrap() {
            let time: f64 = row["term"].as_str().unwrap().parse().unwrap();
            // The rows before treatment come from another regression.
            if let Some((_, a)) = i.dynamic.iter().find(|(k, _)| (k - time).abs() < 1e-9) {
                close(Some(a.att), &row["estimate"], 1e-6, &format!("{event} {time}"));
                close(a.se, &row["std.error"], 1e-5, &format!("{event} {time}"));
            }
        }
    }
}

#[test]
fn sensitivity_bounds_widen_with_m_bar_and_hold_the_estimate() {
    let Some((t, _)) = mpdta() else { return };
    let t = t.plain();
    let a = att_gt(&prepare(t.panel()).unwrap(), &Options::default()).unwrap();
    let d = dynamic(&a).unwrap();
    let b = relative_magnitudes(&a, &d, &[0.0, 0.5, 1.0], 0.95, &Draws::new(&a, 500, 1)).unwrap();
    let overall: Vec<_> = b.iter().filter(|b| b.event_time.is_none()).collect();
    assert_eq!(overall.len(), 3);
    assert!((overall[0].identified.0 - d.overall.att).abs() < 1e-12);
    assert!(overall[0].interval.0 < d.overall.att && d.overall.att < overall[0].interval.1);
    assert!(overall[2].interval.0 < overall[1].interval.0);
    // The largest step before treatment is 0.03051 (cohort 2007 in 2004); times are 1 to 4 steps away.
    let largest = d.by.iter().filter(|l| l.key < 0.0).map(|l| l.average.att.abs()).fold(0.0, f64::max);
    assert!((overall[2].identified.1 - d.overall.att - 2.5 * largest).abs() < 1e-12);
}

/// Four units over three periods; unit 2 is treated in period 2, unit 3 in the first.
fn tiny() -> Table {
    let mut t = Table { unit: vec![], time: vec![], outcome: vec![], first: vec![], covariates: vec![] };
    for unit in 0..4_usize {
        for time in 1..=3_u8 {
            t.unit.push(unit);
            t.time.push(f64::from(time));
            let first = [None, None, Some(2.0), Some(1.0)][unit];
            t.first.push(first);
            let treated = first.is_some_and(|g| f64::from(time) >= g);
            let wobble = ((unit * 7 + usize::from(time) * 3) % 5) as f64 * 0.1;
            t.outcome.push(unit as f64 + f64::from(time) + wobble + if treated { 2.0 } else { 0.0 });
        }
    }
    t
}

#[test]
fn a_cohort_of_one_has_an_estimate_and_units_treated_from_the_start_are_named() {
    let t = tiny();
    let p = prepare(t.panel()).unwrap();
    assert_eq!(p.treated_from_start, vec![3]);
    let a = att_gt(&p, &Options::default()).unwrap();
    assert_eq!(a.cohort_sizes, vec![1]);
    assert!(a.cells.iter().all(|c| c.att.is_some()));
    assert!((simple(&a).unwrap().overall.att - 2.0).abs() < 0.6);
}

#[test]
fn repeated_rows_and_changing_cohorts_are_refused_with_their_rows() {
    let mut t = tiny();
    t.unit[1] = 0;
    t.time[1] = 1.0;
    assert_eq!(prepare(t.panel()).unwrap_err(), Error::Repeated { first: 0, second: 1 });
    let mut t = tiny();
    t.first[7] = Some(3.0);
    assert!(matches!(prepare(t.panel()).unwrap_err(), Error::Changes { unit: 2, .. }));
}

#[test]
fn without_never_treated_units_the_last_cohort_stands_in_or_the_reason_is_said() {
    let Some((t, _)) = mpdta() else { return };
    let treated: Vec<usize> = (0..t.unit.len()).filter(|i| t.first[*i].is_none()).collect();
    let t = t.plain().without(&treated);
    let p = prepare(t.panel()).unwrap();
    assert_eq!(att_gt(&p, &Options::default()).unwrap_err(), Error::NoNever);
    let a = att_gt(&p, &Options { controls: Controls::NotYet, ..Options::default() }).unwrap();
    assert_eq!(a.cut_from, Some(2007.0));
    assert_eq!(a.groups, vec![2004.0, 2006.0]);
    assert!(sunab(&p, 0).is_ok() && imputation(&p, 0).is_ok());
}

#[test]
fn weights_of_one_change_nothing_and_copies_equal_weights_of_two() {
    let Some((t, _)) = mpdta() else { return };
    let ones = vec![1.0; t.unit.len()];
    let plain = att_gt(&prepare(t.panel()).unwrap(), &Options::default()).unwrap();
    let weighted =
        att_gt(&prepare(Panel { weights: Some(&ones), ..t.panel() }).unwrap(), &Options::default()).unwrap();
    assert_eq!(plain.cells, weighted.cells);
    let twos: Vec<f64> = t.unit.iter().map(|u| if u % 3 == 0 { 2.0 } else { 1.0 }).collect();
    let doubled =
        att_gt(&prepare(Panel { weights: Some(&twos), ..t.panel() }).unwrap(), &Options::default()).unwrap();
    let mut copies = t.clone();
    for i in (0..t.unit.len()).filter(|i| t.unit[*i] % 3 == 0) {
        copies.unit.push(10_000 + t.unit[i]);
        copies.time.push(t.time[i]);
        copies.outcome.push(t.outcome[i]);
        copies.first.push(t.first[i]);
        copies.covariates[0].push(t.covariates[0][i]);
    }
    let copied = att_gt(&prepare(copies.panel()).unwrap(), &Options::default()).unwrap();
    for (a, b) in doubled.cells.iter().zip(&copied.cells) {
        assert!((a.att.unwrap() - b.att.unwrap()).abs() < 1e-7);
    }
}
