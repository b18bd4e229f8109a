//! `groundswell analyze` end to end: rates, two-by-two, fdr and scan, as an analyst runs them.

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

/// The JSON of a run that must succeed: one object and nothing else on standard output.
#[track_caller]
fn json(arguments: &[&str]) -> Value {
    let output = run(&[arguments, &["--json"]].concat());
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
fn refused(arguments: &[&str]) -> String {
    let output = run(arguments);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(output.stdout.is_empty());
    message
}

fn reference(path: &str) -> Option<PathBuf> {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path);
    if full.exists() {
        return Some(full);
    }
    eprintln!("skipped: {path} is not here");
    None
}

#[track_caller]
fn near(value: &Value, wanted: f64, relative: f64) {
    let x = value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"));
    assert!((x - wanted).abs() <= relative * wanted.abs().max(1e-12), "{x} against {wanted}");
}

#[test]
fn rates_compare_groups_with_the_reference_and_add_rows_up() {
    let files = Files::new();
    let file = files.write("r.csv", "g,n,t\nb,15,19017\na,20,14005\na,21,14005\nc,0,100\nd,,5\n");
    let out = json(&["rates", &file, "--group", "g", "--events", "n", "--exposure", "t", "--reference", "b"]);
    assert_eq!(
        (out["n_rows"].as_u64(), out["n_dropped"].as_u64(), out["method"].as_str()),
        (Some(4), Some(1), Some("rates"))
    );
    assert_eq!(out["result"]["reference"], "b");
    let a = &out["result"]["groups"][1];
    assert_eq!(a["group"], "a");
    near(&a["rate_ratio"], 1.855758658, 1e-8);
    near(&a["lower"], 1.005684063, 1e-8);
    near(&a["upper"], 3.609300311, 1e-8);
    near(&a["p_central"], 0.04766024675, 1e-8);
    near(&a["p_mid"], 0.03545742177, 1e-8);
    near(&a["rate_difference"], 0.0006749949973, 1e-8);
    near(&a["disproportionality"], (41.0 / 56.0) / (28_010.0 / 47_127.0), 1e-12);
    let c = &out["result"]["groups"][2];
    near(&c["rate_ratio"], 0.0, 1e-12);
    near(&c["lower"], 0.0, 1e-12);
    assert!(out["warnings"].as_array().is_some_and(|w| !w.is_empty()));
}

#[test]
fn rates_without_events_are_null_and_one_sided_ones_infinite() {
    let files = Files::new();
    let file = files.write("r.csv", "g;n;t\nref;0;70\nnone;0;50\nsome;3;12\n");
    let out = json(&["rates", &file, "--group", "g", "--events", "n", "--exposure", "t"]);
    assert_eq!(out["result"]["reference"], "ref");
    let groups = &out["result"]["groups"];
    assert!(groups[1]["rate_ratio"].is_null());
    assert!(out["warnings"].to_string().contains("no information"));
    assert_eq!(groups[2]["rate_ratio"], "inf");
    assert_eq!(groups[2]["upper"], "inf");
    assert!(groups[2]["lower"].as_f64().is_some_and(|x| x > 0.0));
}

#[test]
fn rates_count_rows_and_stratify() {
    let files = Files::new();
    let mut text = "g,t,s\n".to_owned();
    for (group, exposure, stratum, events) in
        [("x", 100.0, "1", 8), ("x", 50.0, "2", 2), ("y", 200.0, "1", 6), ("y", 10.0, "2", 1)]
    {
        for _ in 0..events {
            let _ = writeln!(text, "{group},{exposure},{stratum}");
        }
    }
    let file = files.write("e.csv", &text);
    let out = json(&[
        "rates",
        &file,
        "--group",
        "g",
        "--exposure",
        "t",
        "--strata",
        "s",
        "--count-rows",
        "--reference",
        "y",
    ]);
    let x = &out["result"]["groups"][0];
    assert_eq!((x["events"].as_u64(), x["exposure"].as_f64()), (Some(10), Some(150.0)));
    let (r, s) = (8.0 * 200.0 / 300.0 + 2.0 * 10.0 / 60.0, 6.0 * 100.0 / 300.0 + 50.0 / 60.0);
    let mh = &out["result"]["mantel_haenszel"];
    near(&mh["rate_ratio"], r / s, 1e-12);
    let v: f64 = (14.0 * 100.0 * 200.0 / 90_000.0 + 3.0 * 50.0 * 10.0 / 3_600.0) / (r * s);
    near(&mh["upper"], r / s * (1.959963984540054 * v.sqrt()).exp(), 1e-9);
    let uneven = files.write("u.csv", "g,t\nx,10\nx,20\n");
    assert!(
        refused(&["rates", &uneven, "--group", "g", "--exposure", "t", "--count-rows"]).contains("line 3")
    );
}

#[test]
fn berkeley_shows_the_stratified_ratio_beside_the_crude_one() {
    let Some(path) = reference("detect/ucb_admissions/admissions.csv") else { return };
    let files = Files::new();
    let mut by_cell = std::collections::BTreeMap::<(String, String), (u64, u64)>::new();
    for row in csv::Reader::from_path(path).expect("admissions").records() {
        let row = row.expect("a row");
        let n: u64 = row[3].parse().expect("a count");
        let cell = by_cell.entry((row[1].to_owned(), row[2].to_owned())).or_default();
        cell.1 += n;
        cell.0 += if &row[0] == "Admitted" { n } else { 0 };
    }
    let mut text = "gender,dept,admitted,applied\n".to_owned();
    for ((gender, dept), (admitted, applied)) in by_cell {
        let _ = writeln!(text, "{gender},{dept},{admitted},{applied}");
    }
    let file = files.write("ucb.csv", &text);
    let args = [
        "rates",
        &file,
        "--group",
        "gender",
        "--events",
        "admitted",
        "--exposure",
        "applied",
        "--strata",
        "dept",
        "--reference",
        "Female",
    ];
    let out = json(&args);
    near(&out["result"]["groups"][1]["rate_ratio"], 1.466641581, 1e-9);
    near(&out["result"]["mantel_haenszel"]["rate_ratio"], 0.9449050226, 1e-9);
    assert!(out["warnings"].to_string().contains("opposite"));
    let shown = run(&args);
    let text = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(text.contains("Mantel-Haenszel") && text.contains("the data fit anything from"), "{text}");
}

#[test]
fn two_by_two_tables_keep_their_zero_cells() {
    let files = Files::new();
    let file = files.write("t.csv", "a,b,c,d\n1,99,0,100\n0,20,0,20\n13,2163,5,3349\n,1,1,1\n0,0,3,4\n");
    let out = json(&["two-by-two", &file, "--columns", "a,b,c,d"]);
    let rows = &out["result"]["rows"];
    assert_eq!((out["n_rows"].as_u64(), out["n_dropped"].as_u64()), (Some(4), Some(1)));
    assert_eq!(
        (&rows[0]["risk_ratio"], &rows[0]["risk_ratio_upper"], &rows[0]["odds_ratio"]),
        (&"inf".into(), &"inf".into(), &"inf".into())
    );
    assert!(rows[1]["risk_ratio"].is_null() && rows[1]["odds_ratio"].is_null());
    near(&rows[2]["risk_ratio"], 4.007536765, 1e-9);
    near(&rows[2]["odds_ratio"], 4.024587883, 1e-3);
    near(&rows[2]["p_mid"], 0.005846869659, 1e-8);
    assert!(rows[3]["risk_difference"].is_null());
    assert!(out["warnings"].to_string().contains("line 6"));
    assert!(refused(&["two-by-two", &file, "--columns", "a,b,c"]).contains("four"));
}

#[test]
fn fdr_leaves_missing_values_out_and_rejects_four_of_the_published_fifteen() {
    let Some(path) = reference("detect/fdr/p_values.csv") else { return };
    let files = Files::new();
    let text = std::fs::read_to_string(path).expect("p values");
    let of_case = |case: &str| {
        let rows: Vec<&str> = text
            .lines()
            .filter_map(|l| l.strip_prefix(&format!("{case},")))
            .map(|p| if p.is_empty() { "NA" } else { p })
            .collect();
        format!("p\n{}\n", rows.join("\n"))
    };
    let published = files.write("one.csv", &of_case("1"));
    let out = json(&["fdr", &published, "--p", "p", "--method", "bh"]);
    assert_eq!(out["result"]["rejected"], 4);
    near(&out["result"]["adjusted"][3], 0.035625, 1e-9);
    let ties = files.write("two.csv", &of_case("2"));
    let out = json(&["fdr", &ties, "--p", "p", "--method", "by"]);
    assert_eq!((out["n_rows"].as_u64(), out["n_dropped"].as_u64()), (Some(11), Some(1)));
    assert!(out["result"]["adjusted"][5].is_null());
    near(&out["result"]["adjusted"][6], 0.18454806, 1e-8);
    let wrong = files.write("w.csv", "p\n0.1\n1.2\n");
    let message = refused(&["fdr", &wrong, "--p", "p"]);
    assert!(
        message.contains("line 3") && message.contains("between 0 and 1") && !message.contains("1.2"),
        "{message}"
    );
}

/// New Mexico's files under the header names of the contract.
fn new_mexico(files: &Files) -> Option<[String; 3]> {
    let folder = reference("detect/nm_brain_cancer")?;
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a file").replace('"', "");
    let cases = read("cases.csv");
    let population = read("population.csv").replacen("county,year", "location,time", 1);
    let places = read("locations.csv").replacen("county,lat,long", "location,x,y", 1);
    Some([
        files.write("cases.csv", &cases),
        files.write("population.csv", &population),
        files.write("places.csv", &places),
    ])
}

#[test]
fn new_mexico_from_its_files_gives_satscans_cluster() {
    let files = Files::new();
    let Some([cases, population, places]) = new_mexico(&files) else { return };
    let base = [
        "scan",
        &cases,
        "--location",
        "county",
        "--time",
        "year",
        "--count",
        "cases",
        "--coordinates",
        &places,
    ];
    let poisson =
        [&base[..], &["--population", &population, "--model", "poisson", "--precision", "year"]].concat();
    let out = json(&[&poisson[..], &["--kind", "space-time"]].concat());
    let best = &out["result"]["clusters"][0];
    near(&best["log_likelihood_ratio"], 10.016706, 1e-6);
    assert_eq!((best["start"].as_str(), best["end"].as_str()), (Some("1985-01-01"), Some("1989-12-31")));
    assert_eq!((best["observed"].as_u64(), best["center"].as_str()), (Some(232), Some("Bernalillo")));
    assert_eq!(best["locations"].as_array().map(Vec::len), Some(8));
    near(&best["radius"], 42.05, 1e-3);
    assert!((best["p_value"].as_f64().expect("p") - 0.03).abs() < 0.02);
    assert_eq!((out["result"]["total_cases"].as_u64(), out["n_dropped"].as_u64()), (Some(1175), Some(0)));
    assert!(out["warnings"].to_string().contains("two digits"));

    let prospective = json(&[&poisson[..], &["--kind", "prospective"]].concat());
    let best = &prospective["result"]["clusters"][0];
    near(&best["log_likelihood_ratio"], 8.003305, 1e-6);
    let p = best["p_value"].as_f64().expect("p");
    near(&best["recurrence_interval_days"], 365.2425 / p, 1e-9);

    let spatial = json(&[&poisson[..], &["--kind", "spatial"]].concat());
    near(&spatial["result"]["clusters"][0]["log_likelihood_ratio"], 6.163801, 1e-6);
    let temporal = json(&[&poisson[..], &["--kind", "temporal"]].concat());
    near(&temporal["result"]["clusters"][0]["log_likelihood_ratio"], 5.485618, 1e-6);
    let permutation =
        json(&[&base[..], &["--model", "permutation", "--precision", "year", "--replicates", "0"]].concat());
    near(&permutation["result"]["clusters"][0]["log_likelihood_ratio"], 4.160601, 1e-6);
    assert!(permutation["result"]["clusters"][0]["p_value"].is_null());

    let cut = json(&[&poisson[..], &["--period", "1975,1990", "--replicates", "9"]].concat());
    assert!(cut["dropped_why"]["outside the study period"].as_u64().is_some_and(|n| n > 0));
    assert_eq!(cut["n_rows"].as_u64().zip(cut["n_dropped"].as_u64()).map(|(a, b)| a + b), Some(1175));
}

#[test]
fn new_york_on_the_globe_with_generic_periods() {
    let Some(folder) = reference("housing") else { return };
    let files = Files::new();
    let rows = |name: &str| -> Vec<csv::StringRecord> {
        csv::Reader::from_path(folder.join(name))
            .expect("a file")
            .records()
            .map(|r| r.expect("a row"))
            .collect()
    };
    let (mut places, mut population) =
        ("location,latitude,longitude\n".to_owned(), "location,population\n".to_owned());
    for row in rows("zips.csv") {
        let _ = writeln!(places, "{},{},{}", &row[0], &row[4], &row[3]);
        let _ = writeln!(population, "{},{}", &row[0], &row[6]);
    }
    let filings = rows("eviction_filings_by_zip.csv");
    let starts: std::collections::BTreeSet<&str> = filings.iter().map(|r| &r[0]).collect();
    let mut cases = "zip,t,n\n".to_owned();
    for row in &filings {
        let _ = writeln!(
            cases,
            "{},{},{}",
            &row[2],
            1 + starts.iter().position(|s| *s == &row[0]).expect("a period"),
            &row[3]
        );
    }
    let (cases, places, population) =
        (files.write("c.csv", &cases), files.write("p.csv", &places), files.write("n.csv", &population));
    let args = [
        "scan",
        &cases,
        "--location",
        "zip",
        "--time",
        "t",
        "--precision",
        "generic",
        "--count",
        "n",
        "--coordinates",
        &places,
        "--population",
        &population,
        "--model",
        "poisson",
        "--replicates",
        "19",
    ];
    let out = json(&args);
    let best = &out["result"]["clusters"][0];
    near(&best["log_likelihood_ratio"], 11_140.004668, 1e-9);
    near(&best["radius_km"], 7.79, 1e-3);
    assert_eq!(
        (best["start"].as_i64(), best["end"].as_i64(), best["observed"].as_u64()),
        (Some(12), Some(17), Some(20_684))
    );
    let narrow = json(&[&args[..], &["--max-radius-km", "2"]].concat());
    let radii = narrow["result"]["clusters"]
        .as_array()
        .expect("clusters")
        .iter()
        .map(|c| c["radius_km"].as_f64().expect("km"));
    assert!(radii.fold(0.0, f64::max) <= 2.0 + 1e-6);
}

/// Four places in a square, an excess at "a".
fn square(files: &Files) -> String {
    files.write("places.csv", "location,x,y\na,0,0\nb,1,0\nc,0,1\nd,1,1\n")
}

#[test]
fn bernoulli_needs_controls_and_days_months_and_seeds_work() {
    let files = Files::new();
    let places = square(&files);
    let cases = files.write(
        "cases.csv",
        "l,d\na,2024-02-27\na,2024-02-28\na,2024-02-29\na,2024-03-01\nb,2024-01-05\nc,2024-03-09\n",
    );
    let controls = files.write(
        "controls.csv",
        "location,time,count\na,2024-01-20,3\nb,2024-02-01,20\nc,2024-03-08,20\nd,2024-03-02,20\n",
    );
    let base = ["scan", &cases, "--location", "l", "--coordinates", &places];
    let spatial = [&base[..], &["--model", "bernoulli", "--controls", &controls]].concat();
    let out = json(&spatial);
    assert_eq!(out["result"]["clusters"][0]["locations"][0], "a");
    assert_eq!(out["options"]["kind"], "spatial");
    assert!(out["result"]["clusters"][0]["start"].is_null());
    assert!(out["warnings"].to_string().contains("start and end are null"));
    assert_eq!(out, json(&spatial));
    assert_eq!(out["result"], json(&[&spatial[..], &["--threads", "1"]].concat())["result"]);

    let timed =
        [&base[..], &["--time", "d", "--model", "bernoulli", "--controls", &controls, "--replicates", "19"]]
            .concat();
    let days = json(&[&timed[..], &["--precision", "day"]].concat());
    assert_eq!(days["options"]["periods"], 65);
    let best = &days["result"]["clusters"][0];
    assert_eq!((best["start"].as_str(), best["end"].as_str()), (Some("2024-02-27"), Some("2024-03-01")));
    let months = json(&[&timed[..], &["--precision", "month"]].concat());
    assert_eq!(months["options"]["periods"], 3);
    assert_eq!(months["result"]["clusters"][0]["start"].as_str().map(|s| s.ends_with("-01")), Some(true));
    assert!(refused(&[&base[..], &["--model", "bernoulli"]].concat()).contains("--controls"));
    assert!(refused(&[&base[..], &["--model", "poisson"]].concat()).contains("--population"));
    assert!(refused(&[&base[..], &["--model", "permutation"]].concat()).contains("--time"));
}

#[test]
fn scan_names_what_is_wrong_in_which_file() {
    let files = Files::new();
    let places = square(&files);
    let population = files.write("pop.csv", "location,population\na,10\nb,10\nc,0\nd,10\n");
    let base =
        ["--location", "l", "--coordinates", &places, "--population", &population, "--model", "poisson"];
    let scan = |name: &str, text: &str, more: &[&str]| {
        let cases = files.write(name, text);
        refused(&[&["scan", &cases][..], &base, more].concat())
    };
    let unknown = scan("unknown.csv", "l\na\nMissingville\n", &[]);
    assert!(
        unknown.contains("line 3")
            && unknown.contains("coordinates file")
            && !unknown.contains("Missingville"),
        "{unknown}"
    );
    let nobody = scan("nobody.csv", "l\na\nc\n", &[]);
    assert!(nobody.contains("\"c\"") && nobody.contains("no population"), "{nobody}");
    let fraction = scan("fraction.csv", "l,n\na,1.5\n", &["--count", "n"]);
    assert!(fraction.contains("whole number"), "{fraction}");
    let date = scan("date.csv", "l,d\na,2024-13-01\n", &["--time", "d", "--precision", "day"]);
    assert!(date.contains("2021-03-14"), "{date}");
    let column = scan("column.csv", "place\na\n", &[]);
    assert!(column.contains("its columns are place"), "{column}");
    let covariates = files.write("age.csv", "location,population,age\na,10,old\n");
    let cases = files.write("cases.csv", "l\na\n");
    let message = refused(&[
        "scan",
        &cases,
        "--location",
        "l",
        "--coordinates",
        &places,
        "--population",
        &covariates,
        "--model",
        "poisson",
    ]);
    assert!(message.contains("covariate"), "{message}");
    assert!(
        refused(&["scan", "nowhere.csv", "--location", "l", "--coordinates", &places, "--model", "poisson"])
            .contains("nowhere.csv")
    );
}

#[test]
fn a_scan_shows_a_table_and_a_sentence() {
    let files = Files::new();
    let places = square(&files);
    let population = files.write("pop.csv", "location,population\na,10\nb,10\nc,10\nd,10\n");
    let cases = files.write("cases.csv", "l,n\na,9\nb,1\nc,1\nd,1\n");
    let output = run(&[
        "scan",
        &cases,
        "--location",
        "l",
        "--count",
        "n",
        "--coordinates",
        &places,
        "--population",
        &population,
        "--model",
        "poisson",
    ]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success());
    assert!(text.contains("relative risk") && text.contains("of 100 such maps"), "{text}");
}
