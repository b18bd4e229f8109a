//! `groundswell analyze` end to end: trend, its and staggered, as an analyst runs them.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test fails loudly, and says when it is skipped"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new() -> Files {
        Files { folder: tempfile::tempdir().expect("a folder") }
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path.display().to_string()
    }
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_groundswell"))
        .arg("analyze")
        .args(arguments)
        .output()
        .expect("the program")
}

/// Words of a command line, `{}` standing for the file.
fn words<'a>(line: &'a str, file: &'a str) -> Vec<&'a str> {
    line.split_whitespace().map(|w| if w == "{}" { file } else { w }).collect()
}

/// The JSON of a run that must succeed: one object and nothing else on standard output.
#[track_caller]
fn json(line: &str, file: &str) -> Value {
    let output = run(&[&words(line, file)[..], &["--json"]].concat());
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(text.lines().count(), 1, "{text}");
    let value: Value = serde_json::from_str(&text).expect("JSON");
    for key in ["method", "n_rows", "n_dropped", "dropped_why", "options", "seed", "warnings", "result"] {
        assert!(value.get(key).is_some(), "{key} is missing");
    }
    value
}

/// The message of a run that the person can put right.
#[track_caller]
fn refused(line: &str, file: &str) -> String {
    let output = run(&words(line, file));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(output.stdout.is_empty());
    message
}

fn reference(path: &str) -> Option<(String, PathBuf)> {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path);
    if full.exists() {
        let folder = full.parent().map(Path::to_path_buf).unwrap_or_default();
        return Some((full.display().to_string(), folder));
    }
    println!("skipped: {path} is not here");
    None
}

fn expected(folder: &Path, name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join(name)).expect("expected")).expect("JSON")
}

#[track_caller]
fn near(value: &Value, wanted: f64, relative: f64) {
    let x = value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"));
    assert!((x - wanted).abs() <= relative * wanted.abs().max(1e-4), "{x} against {wanted}");
}

fn warned(out: &Value, part: &str) -> bool {
    out["warnings"].as_array().unwrap().iter().any(|w| w.as_str().unwrap().contains(part))
}

fn alarms(out: &Value) -> Vec<u64> {
    let points = out["result"]["points"].as_array().unwrap();
    (1..).zip(points).filter(|(_, p)| p["alarm"] == true).map(|(i, _)| i).collect()
}

fn coefficient<'a>(out: &'a Value, name: &str) -> &'a Value {
    let all = out["result"]["coefficients"].as_array().unwrap();
    all.iter().find(|c| c["name"] == name).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn trend_calls_the_weeks_surveillance_calls() {
    let Some((file, folder)) = reference("detect/salmonella_agona/weekly.csv") else { return };
    let e = expected(&folder, "expected.json");
    for (options, key) in [
        ("farrington --alpha 0.05 --trend tested --years-back 3", "farrington_1996"),
        ("farrington-flexible --alpha 0.01 --limit54 off --years-back 3", "farrington_flexible_nbPlugin"),
        (
            "farrington-flexible --alpha 0.01 --limit54 off --years-back 3 --threshold delta",
            "farrington_flexible_delta",
        ),
        ("ears-c1 --alpha 0.001", "ears_C1"),
        ("ears-c2 --alpha 0.001", "ears_C2"),
        ("ears-c3 --alpha 0.025", "ears_C3"),
        ("cusum", "cusum_standard"),
        ("cusum --standardise rossi", "cusum_rossi"),
    ] {
        let line = format!("trend {{}} --time index --count count --last 52 --method {options}");
        let out = json(&line, &file);
        let theirs: Vec<u64> = e[key]["alarm"].as_array().unwrap().iter().filter_map(Value::as_u64).collect();
        assert_eq!(alarms(&out), theirs, "{key}");
        let points = out["result"]["points"].as_array().unwrap();
        assert_eq!((points.len(), points[0]["time"].as_u64()), (52, Some(261)));
        for (i, p) in points.iter().enumerate() {
            for name in ["by", "time", "observed", "expected", "upper_bound", "score", "alarm"] {
                assert!(p.get(name).is_some(), "{name}");
            }
            // Where few cases block an alarm the peer writes 0 and we keep the bound.
            if let Some(u) = e[key]["upper"][i].as_f64().filter(|u| *u > 0.0) {
                near(&p["upper_bound"], u, 1e-6);
            }
            if let Some(sum) = e[key]["cusum"][i].as_f64() {
                near(&p["score"], sum, 1e-8);
            }
        }
        assert!(key != "farrington_1996" || warned(&out, "limit54"));
    }
}

/// Three years of months for two places; the second jumps at the end, the third is too short.
fn places() -> String {
    let mut text = "place,month,n\n".to_owned();
    for (place, months) in [("a", 60), ("b", 60), ("c", 5)] {
        for i in 0..months {
            let usual = 20 + (i % 12) + (i * 7 % 5);
            let n = if place == "b" && i == 59 { 80 } else { usual };
            let _ = writeln!(text, "{place},{}-{:02},{n}", 2015 + i / 12, i % 12 + 1);
        }
    }
    text
}

#[test]
fn trend_by_place_names_the_series_and_says_which_is_too_short() {
    let files = Files::new();
    let file = files.write("p.csv", &places());
    let line = "trend {} --time month --count n --by place --method farrington-flexible --frequency 12 --years-back 3 --half-window 1 --last 1";
    let out = json(line, &file);
    let points = out["result"]["points"].as_array().unwrap();
    assert_eq!(points.len(), 2);
    assert_eq!((points[0]["by"].as_str(), points[0]["alarm"].as_bool()), (Some("a"), Some(false)));
    assert_eq!((points[1]["by"].as_str(), points[1]["alarm"].as_bool()), (Some("b"), Some(true)));
    assert_eq!(points[1]["time"], "2019-12");
    assert!(warned(&out, "c was not judged") && warned(&out, "36 are needed"), "{}", out["warnings"]);
    let text = String::from_utf8(run(&words(line, &file)).stdout).unwrap();
    assert!(text.contains("alarm") && text.contains("1 of 2 periods judged"), "{text}");
}

#[test]
fn trend_refuses_what_it_cannot_use_with_the_place() {
    let files = Files::new();
    let twice = files.write("t.csv", "day,n\n2024-01-01,1\n2024-01-02,2\n2024-01-02,3\n");
    let message = refused("trend {} --time day --count n --method ears-c1", &twice);
    assert!(message.contains("lines 3 and 4"), "{message}");
    let short = files.write("s.csv", "day,n\n2024-01-01,1\n2024-01-02,2\n");
    let message = refused("trend {} --time day --count n --method farrington-flexible", &short);
    assert!(message.contains("260 are needed"), "{message}");
    let words = files.write("w.csv", "day,n\n2024-01-01,1\nsoon,2\n");
    let message = refused("trend {} --time day --count n --method ears-c1", &words);
    assert!(message.contains("line 3") && message.contains("\"day\""), "{message}");
    let message = refused("trend {} --time day --count n --method cusum --limit54 many", &short);
    assert!(message.contains("--limit54"), "{message}");
}

#[test]
fn its_gives_the_recorded_sicilian_coefficients() {
    let Some((file, folder)) = reference("evaluate/sicily/data.csv") else { return };
    let all = expected(&folder, "expected_r_its.json");
    let e = |id: &str| all.as_array().unwrap().iter().find(|v| v["id"] == id).unwrap();
    let names = [
        ("intercept", "(Intercept)"),
        ("time", "time"),
        ("level:37", "smokban"),
        ("slope:37", "t36"),
        ("season:sin1", "s1"),
        ("season:cos2", "c2"),
    ];
    for (id, options) in [
        ("poisson_step", "poisson --shape level"),
        ("quasipoisson_step", "quasipoisson --shape level"),
        ("quasipoisson_step_harmonic2", "quasipoisson --shape level --season 12 --harmonics 2"),
        ("quasipoisson_step_slope_harmonic2", "quasipoisson --season 12 --harmonics 2"),
    ] {
        let line = format!("its {{}} --time time --count aces --offset stdpop --change 37 --model {options}");
        let out = json(&line, &file);
        for (ours, theirs) in names {
            if let Some(b) = e(id)["coef"][theirs].as_f64() {
                near(&coefficient(&out, ours)["estimate"], b, 1e-6);
                near(&coefficient(&out, ours)["se"], e(id)["se"][theirs].as_f64().unwrap(), 1e-6);
            }
        }
        near(&out["result"]["dispersion"], e(id)["dispersion"].as_f64().unwrap(), 1e-6);
        let level = coefficient(&out, "level:37");
        near(&level["ratio"], e(id)["rate_ratio"].as_f64().unwrap(), 1e-6);
        near(&level["ratio_lower"], e(id)["rr_ci95_wald_normal"][0].as_f64().unwrap(), 1e-6);
        let r = &out["result"];
        assert_eq!(r["fitted"].as_array().unwrap().len(), 59);
        assert_eq!(r["fitted"][35], r["counterfactual"][35]);
        assert!(r["counterfactual"][36].as_f64() > r["fitted"][36].as_f64());
    }
}

#[test]
fn its_linear_models_give_the_recorded_errors() {
    let Some((source, folder)) = reference("evaluate/sicily/data.csv") else { return };
    // The peers fitted the rate per 100,000, which the file does not hold.
    let mut text = "month,rate\n".to_owned();
    for row in std::fs::read_to_string(source).unwrap().lines().skip(1) {
        let v: Vec<f64> = row.split(',').map(|v| v.parse().unwrap()).collect();
        let _ = writeln!(text, "{:.0}-{:02.0}-01,{}", v[0], v[1], v[2] / v[6] * 1e5);
    }
    let files = Files::new();
    let file = files.write("rate.csv", &text);
    let all = expected(&folder, "expected_r_its.json");
    for (id, options, tolerance) in [
        ("ols_segmented_classical", "ols", 1e-6),
        ("ols_segmented_NW_lag3_adj", "ols --lag 3", 1e-6),
        ("ols_segmented_harmonic_NW_lag12_adj", "ols --lag 12 --season 12 --harmonics 2", 1e-6),
        ("prais_winsten_iterated", "prais-winsten", 1e-5),
        ("gls_ar1_ml", "gls-ar1", 1e-5),
    ] {
        let e = all.as_array().unwrap().iter().find(|v| v["id"] == id).unwrap();
        let line = format!("its {{}} --time month --value rate --change 2005-01 --model {options}");
        let out = json(&line, &file);
        for (ours, theirs) in [("level:2005-01", "smokban"), ("slope:2005-01", "t36"), ("time", "time")] {
            near(&coefficient(&out, ours)["estimate"], e["coef"][theirs].as_f64().unwrap(), tolerance);
            near(&coefficient(&out, ours)["se"], e["se"][theirs].as_f64().unwrap(), tolerance);
        }
        assert!(coefficient(&out, "time")["ratio"].is_null() && warned(&out, "ratio is undefined"));
        for key in ["rho", "phi"] {
            if let Some(rho) = e[key].as_f64() {
                near(&out["result"]["rho"], rho, 1e-4);
            }
        }
        assert!(!options.contains("lag") || warned(&out, "n/(n-k)"));
        assert_eq!(out["result"]["points"][36]["time"], "2005-01-01");
    }
}

#[test]
fn its_handles_days_weekdays_two_changes_and_missing_counts() {
    let files = Files::new();
    let mut text = "day,n,other\n".to_owned();
    let months = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut i = 0;
    for (m, days) in months.iter().enumerate() {
        for d in 1..=*days {
            // 1 January 2024 was a Monday.
            let weekend = i % 7 >= 5;
            let factor = if i < 120 {
                1.0
            } else if i < 240 {
                0.5
            } else {
                1.0
            };
            let n = if weekend { 2.0 } else { 100.0 * factor } + f64::from(i * 31 % 11);
            let cell = if i == 50 { String::new() } else { format!("{n:.0}") };
            let _ = writeln!(text, "2024-{:02}-{d:02},{cell},{}", m + 1, 50 + i % 7);
            i += 1;
        }
    }
    let file = files.write("d.csv", &text);
    let line = "its {} --time day --count n --change 2024-04-30,2024-08-28 --model quasipoisson --season 7 --shape level --lag 7";
    let out = json(line, &file);
    assert_eq!((out["n_rows"].as_u64(), out["n_dropped"].as_u64()), (Some(365), Some(1)));
    assert!(warned(&out, "1 gaps in time"));
    near(&coefficient(&out, "level:2024-04-30")["ratio"], 0.55, 0.05);
    near(&coefficient(&out, "level:2024-08-28")["ratio"], 1.85, 0.06);
    assert!(coefficient(&out, "season:6")["ratio"].as_f64().unwrap() < 0.2);
    assert_eq!(out["result"]["effects"].as_array().unwrap().len(), 2);
    let text = String::from_utf8(run(&words(line, &file)).stdout).unwrap();
    assert!(text.contains("without any change we would have expected about"), "{text}");
    let controlled = json(&format!("{line} --control other"), &file);
    assert!(coefficient(&controlled, "shared:level:2024-04-30")["p"].as_f64().unwrap() > 0.05);
    assert!(!warned(&controlled, "no comparison series"));
}

#[test]
fn its_refuses_a_change_outside_the_series_and_says_how_to_write_it() {
    let files = Files::new();
    let mut text = "month,n\n".to_owned();
    for i in 0..24 {
        let _ = writeln!(text, "{}-{:02},{}", 2020 + i / 12, i % 12 + 1, 10 + i % 3);
    }
    let file = files.write("m.csv", &text);
    let base = "its {} --time month --count n --model poisson --change";
    assert!(refused(&format!("{base} 2023-01"), &file).contains("comes at or after"));
    assert!(refused(&format!("{base} 2019-01"), &file).contains("comes before it"));
    assert!(refused(&format!("{base} spring"), &file).contains("2020-01"));
    assert!(refused(&format!("{base} 2021-01 --season 30"), &file).contains("terms"));
    let out = json(&format!("{base} 2021-12"), &file);
    assert!(coefficient(&out, "slope:2021-12")["estimate"].is_null(), "one period tells no slope");
    assert!(warned(&out, "slope:2021-12 is undefined"));
}

const MPDTA: &str = "staggered {} --unit county --time year --outcome lemp --first-treated first_treat";

fn same_cells(out: &Value, e: &Value) {
    let cells = out["result"]["att_gt"].as_array().unwrap();
    let theirs = e["att_gt"].as_array().unwrap();
    assert_eq!(cells.len(), theirs.len());
    for t in theirs {
        let c = cells.iter().find(|c| c["group"] == t["group"] && c["time"] == t["time"]).unwrap();
        near(&c["att"], t["att"].as_f64().unwrap(), 1e-5);
        if let Some(se) = t["se"].as_f64() {
            near(&c["se"], se, 1e-5);
        }
    }
    for name in ["simple", "group", "dynamic", "calendar"] {
        let (ours, theirs) = (&out["result"][name], &e[format!("agg_{name}")]);
        near(&ours["overall"]["att"], theirs["overall_att"].as_f64().unwrap(), 1e-5);
        near(&ours["overall"]["se"], theirs["overall_se"].as_f64().unwrap(), 1e-5);
        assert!(ours["overall"]["p"].is_number() && ours["overall"]["lower"].is_number());
    }
}

#[test]
fn staggered_gives_the_recorded_effects_under_every_option() {
    let Some((file, folder)) = reference("evaluate/mpdta/data.csv") else { return };
    let all = expected(&folder, "expected_r_did.json");
    let e = |id: &str| all.as_array().unwrap().iter().find(|v| v["id"] == id).unwrap();
    for (id, options) in [
        ("cs_never_nocov", ""),
        ("cs_notyet_nocov", "--control not-yet"),
        ("cs_never_nocov_universal", "--base universal"),
        ("cs_never_nocov_anticip1", "--anticipation 1"),
        ("cs_nevertreated_dr_lpop", "--covariates lpop"),
        ("cs_notyettreated_ipw_lpop", "--covariates lpop --control not-yet --method ipw"),
        ("cs_nevertreated_reg_lpop", "--covariates lpop --method or"),
    ] {
        let out = json(&format!("{MPDTA} {options}"), &file);
        same_cells(&out, e(id));
        near(&out["result"]["pretest"]["statistic"], e(id)["pretest_wald_W"].as_f64().unwrap(), 1e-4);
        assert_eq!(out["result"]["pretest"]["df"], 5);
    }
    let out = json(MPDTA, &file);
    near(&out["result"]["critical_value"], 2.675_9, 0.06);
    assert_eq!(out["result"]["group"]["by"][0]["group"], 2004);
    assert_eq!(out["result"]["dynamic"]["by"][0]["event_time"], -3);
    assert_eq!(out["result"]["calendar"]["by"][0]["time"], 2004);
    assert!(!out["result"]["sensitivity"].as_array().unwrap().is_empty());
    let again = json(&format!("{MPDTA} --threads 1"), &file);
    assert_eq!(out["result"], again["result"], "the number of threads changes nothing");
}

#[test]
fn staggered_has_the_other_two_estimators() {
    let Some((file, _)) = reference("evaluate/castle/data.csv") else { return };
    let line = "staggered {} --unit state --time year --outcome l_homicide --first-treated effyear";
    let out = json(line, &file);
    near(&out["result"]["simple"]["overall"]["se"], 0.038_724_2, 1e-5);
    assert!(warned(&out, "cohorts of one unit (2005, 2009)") && warned(&out, "no pretest"));
    assert!(out["result"]["pretest"]["p"].is_null());
    for (estimator, att, se) in
        [("sunab", 0.110_383, 0.041_316_89), ("imputation", 0.079_801_547, 0.060_883_98)]
    {
        let out = json(&format!("{line} --estimator {estimator}"), &file);
        near(&out["result"]["simple"]["overall"]["att"], att, 1e-5);
        near(&out["result"]["simple"]["overall"]["se"], se, 1e-5);
        assert!(out["result"]["critical_value"].is_null() && warned(&out, estimator));
    }
}

#[test]
fn staggered_says_what_it_left_out_and_reads_dates() {
    let files = Files::new();
    let mut text = "place,month,y,start\n".to_owned();
    for place in 0..12 {
        let start = ["", "0", "2020-03", "2020-05", "2020-01", "2031-01"][place % 6];
        for t in 1..=6 {
            if place == 11 && t == 4 {
                continue;
            }
            let on = start.len() > 1 && t >= start[5..].parse::<usize>().unwrap() && place % 6 != 5;
            let y = place + t + (place * 5 + t * 3) % 7 + if on { 4 } else { 0 };
            let _ = writeln!(text, "p{place},2020-{t:02},{y},{start}");
        }
    }
    let file = files.write("p.csv", &text);
    let line = "staggered {} --unit place --time month --outcome y --first-treated start";
    let out = json(line, &file);
    assert!(warned(&out, "treated from the first period on") && warned(&out, "p4, p10"));
    assert!(warned(&out, "count as never treated"));
    assert!(warned(&out, "not seen in every period") && warned(&out, "p11"));
    assert_eq!(out["result"]["group"]["by"][1]["group"], "2020-05");
    assert_eq!(out["result"]["dynamic"]["by"][0]["event_time"], -3);
    assert!(
        json(&format!("{line} --unbalanced keep"), &file)["result"]["simple"]["overall"]["att"].is_number()
    );
    let text = String::from_utf8(run(&words(line, &file)).stdout).unwrap();
    assert!(text.contains("averaged over their cohorts"), "{text}");
}

#[test]
fn staggered_refuses_broken_panels_with_the_place() {
    let files = Files::new();
    let line = "staggered {} --unit u --time t --outcome y --first-treated g";
    let twice = files.write("a.csv", "u,t,y,g\na,1,1,0\na,2,2,0\na,2,3,0\nb,1,1,2\nb,2,2,2\n");
    assert!(refused(line, &twice).contains("lines 3 and 4"));
    let changes = files.write("b.csv", "u,t,y,g\na,1,1,0\na,2,2,0\nb,1,1,2\nb,2,2,3\n");
    assert!(
        refused(line, &changes).contains("unit b changes its first treated period between lines 4 and 5")
    );
    let all = files.write("c.csv", "u,t,y,g\na,1,1,2\na,2,2,2\na,3,2,2\nb,1,1,3\nb,2,2,3\nb,3,4,3\n");
    assert!(refused(line, &all).contains("--control not-yet"));
    let out = json(&format!("{line} --control not-yet"), &all);
    assert!(warned(&out, "periods from 3 on are left out"));
    let nobody = files.write("d.csv", "u,t,y,g\na,1,1,0\na,2,2,0\nb,1,1,0\nb,2,2,\n");
    assert!(refused(line, &nobody).contains("no unit begins treatment"));
}

#[test]
fn trend_refuses_settings_that_judge_nothing_and_takes_the_same_alpha_for_every_rule() {
    let files = Files::new();
    let mut text = "t,n\n".to_owned();
    for i in 0..40 {
        let _ = writeln!(text, "{i},{}", 3 + i * 7 % 5);
    }
    let file = files.write("t.csv", &text);
    let line = "trend {} --time t --count n --method";
    assert!(refused(&format!("{line} ears-c1 --last 0"), &file).contains("--last 0"));
    assert!(refused(&format!("{line} cusum --last 5 --k nan"), &file).contains("--k"));
    assert!(refused(&format!("{line} cusum --last 5 --h 0"), &file).contains("--h"));
    for method in ["farrington", "farrington-flexible", "ears-c1", "ears-c2", "ears-c3"] {
        let of =
            |options: &str| json(&format!("{line} {method} --years-back 1 --frequency 12 {options}"), &file);
        let (usual, named) = (of(""), of("--alpha 0.005"));
        assert_eq!(usual["options"]["alpha"].as_f64(), Some(0.005), "{method}");
        assert_eq!(
            (&usual["result"], &usual["warnings"]),
            (&named["result"], &named["warnings"]),
            "{method}"
        );
    }
}

#[test]
fn trend_reads_days_weeks_and_numbers_as_the_same_series() {
    let files = Files::new();
    let counts: Vec<u64> = (0..40).map(|i| 3 + i * 7 % 5 + if i == 39 { 30 } else { 0 }).collect();
    let forms: [fn(u64) -> String; 5] = [
        |i| format!("{}", i + 1),
        // 28 weeks of 2020, which has 53, then 2021.
        |i| if i < 28 { format!("2020-W{:02}", i + 26) } else { format!("2021-W{:02}", i - 27) },
        |i| if i < 28 { format!("2020{:02}", i + 26) } else { format!("2021{:02}", i - 27) },
        |i| if i < 28 { format!("2020-{:02}", i + 26) } else { format!("2021-{:02}", i - 27) },
        |i| format!("2024-0{}-{:02}", i / 20 + 1, i % 20 + 1),
    ];
    for (which, form) in forms.iter().enumerate() {
        let mut text = "t;n\r\n".to_owned();
        // The newest first: order in the file does not matter.
        for i in (0..40).rev() {
            let _ = write!(text, "{};{}\r\n", form(i), counts[usize::try_from(i).unwrap()]);
        }
        let file = files.write(&format!("{which}.csv"), &text);
        let out = json("trend {} --time t --count n --method ears-c2 --last 2", &file);
        let points = out["result"]["points"].as_array().unwrap();
        assert_eq!((points[0]["alarm"].as_bool(), points[1]["alarm"].as_bool()), (Some(false), Some(true)));
        assert_eq!(points[1]["observed"].as_f64(), Some(36.0));
        let last = &points[1]["time"];
        assert!(*last == form(39).as_str() || last.as_u64() == Some(40), "{last}");
        assert_eq!(warned(&out, "gaps"), which == 4, "only the days leave some out");
    }
}

#[test]
fn staggered_counts_the_rows_it_did_not_use() {
    let files = Files::new();
    let panel = |firsts: &[u64], gap: bool| {
        let mut text = "u,t,y,g\n".to_owned();
        for u in 0..24_u64 {
            let g = firsts[usize::try_from(u).unwrap() % firsts.len()];
            for t in (1..=6).filter(|t| !(gap && u == 0 && *t == 4)) {
                let y = u % 5 + t + (u * 5 + t * 3) % 7 + if g > 0 && t >= g { 4 } else { 0 };
                let _ = writeln!(text, "u{u},{t},{y},{g}");
            }
        }
        text
    };
    let line = "staggered {} --unit u --time t --outcome y --first-treated g";
    let rows = |out: &Value| (out["n_rows"].as_u64(), out["n_dropped"].as_u64());
    let file = files.write("a.csv", &panel(&[0, 1, 3, 5], true));
    let out = json(line, &file);
    assert_eq!(rows(&out), (Some(102), Some(41)), "{}", out["dropped_why"]);
    assert_eq!(out["dropped_why"]["unit treated from the first period on"], 36);
    assert_eq!(out["dropped_why"]["unit not seen in every period"], 5);
    assert_eq!(rows(&json(&format!("{line} --unbalanced keep"), &file)), (Some(107), Some(36)));
    let file = files.write("b.csv", &panel(&[3, 4, 6], false));
    let out = json(&format!("{line} --control not-yet"), &file);
    assert_eq!(rows(&out), (Some(120), Some(24)));
    assert_eq!(out["dropped_why"]["period in which no unit stays untreated"], 24);
    let out = json(&format!("{line} --estimator imputation"), &file);
    assert_eq!(rows(&out), (Some(120), Some(24)), "in period 6 nobody is untreated");
    let file = files.write("c.csv", &panel(&[0, 2, 5], false));
    let out = json(&format!("{line} --anticipation 1"), &file);
    assert!(warned(&out, "cohort 2 has no estimate") && warned(&out, "u1, u4"), "{}", out["warnings"]);
    assert!(refused(&format!("{line} --anticipation 9"), &file).contains("9 of anticipation"));
    let file = files.write("d.csv", &panel(&[4], false));
    assert!(refused(&format!("{line} --estimator imputation"), &file).contains("to learn from"));
}

#[test]
fn staggered_takes_clusters_weights_and_infinity_for_never() {
    let files = Files::new();
    let mut text = "u,t,y,g,w,c\n".to_owned();
    for u in 0..40_usize {
        let g = ["Inf", "3", "5", "0"][u % 4];
        for t in 1..=6 {
            let on = g.parse::<f64>().is_ok_and(|g| g > 0.0 && f64::from(t) >= g);
            let y = u % 5 + (u * 5 + usize::try_from(t).unwrap() * 3) % 7 + if on { 4 } else { 0 };
            let _ = writeln!(text, "u{u},{t},{y},{g},{},c{}", 1 + u % 3, u / 2);
        }
    }
    let file = files.write("p.csv", &text);
    let line = "staggered {} --unit u --time t --outcome y --first-treated g";
    let plain = json(line, &file);
    assert_eq!(plain["result"]["n_never"], 20);
    let (simple, clustered) =
        (&plain["result"]["simple"]["overall"], json(&format!("{line} --cluster c"), &file));
    assert_eq!(clustered["result"]["simple"]["overall"]["att"], simple["att"]);
    assert_ne!(clustered["result"]["simple"]["overall"]["se"], simple["se"]);
    assert_eq!(clustered["result"]["n_clusters"], 20);
    let weighted = json(&format!("{line} --weights w"), &file);
    assert_ne!(weighted["result"]["simple"]["overall"]["att"], simple["att"]);
    // The analytic error does not depend on the draws or the seed; the bands do.
    let other = json(&format!("{line} --draws 200 --seed 9"), &file);
    assert_eq!(other["result"]["att_gt"][0]["se"], plain["result"]["att_gt"][0]["se"]);
    assert_ne!(other["result"]["critical_value"], plain["result"]["critical_value"]);
    assert!(refused(&format!("{line} --cluster t"), &file).contains("changes its cluster"));
}
