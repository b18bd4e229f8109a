//! `groundswell analyze` on a Parquet file, in a build with the feature `lake`: what `export evidence` wrote goes into the
//! workbench and gives what the same table gives as CSV.
#![cfg(feature = "lake")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

#[track_caller]
fn json(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_groundswell"))
        .args(arguments)
        .arg("--json")
        .output()
        .expect("the program");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn found(folder: &Path, name: &str) -> Option<PathBuf> {
    std::fs::read_dir(folder).ok()?.flatten().find_map(|entry| {
        let path = entry.path();
        if path.is_dir() { found(&path, name) } else { path.ends_with(name).then_some(path) }
    })
}

#[test]
fn exported_evidence_gives_the_same_as_csv() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    // Exposures that have no short decimal form.
    let table =
        "area,n,exposure\nA,12,33.333333333333336\nB,30,0.30000000000000004\nC,7,1234567.0000000002\n";
    std::fs::write(path("t.csv"), table).expect("a file");
    std::fs::write(
        path("map.toml"),
        "dataset = \"t\"\n[[event]]\nkind = \"crisis\"\ncode = \"stay\"\nwhen = { on = \"2024-01-05\" }\narea = \"area\"\ncount = \"n\"\nexposure = \"exposure\"\n",
    )
    .expect("a file");
    let (csv, data, lake) = (path("t.csv"), path("data"), path("lake"));
    json(&["import", "events", &csv, "--mapping", &path("map.toml"), "--data", &data]);
    json(&["export", "evidence", &lake, "--data", &data]);
    let parquet = found(folder.path(), "evidence.parquet").expect("the export").display().to_string();
    let of = |file: &str| {
        json(&["analyze", "rates", file, "--group", "area", "--events", "n", "--exposure", "exposure"])
    };
    let (from_csv, from_parquet) = (of(&csv), of(&parquet));
    for key in ["method", "n_rows", "n_dropped", "dropped_why", "warnings", "result"] {
        assert_eq!(from_csv[key], from_parquet[key], "{key}");
    }
    assert_eq!((from_csv["n_rows"].as_u64(), from_csv["n_dropped"].as_u64()), (Some(3), Some(0)));
}

#[test]
fn what_is_not_parquet_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.parquet");
    std::fs::write(&path, "area,n\n").expect("a file");
    let output = Command::new(env!("CARGO_BIN_EXE_groundswell"))
        .args(["analyze", "fdr", &path.display().to_string(), "--p", "p", "--method", "bh"])
        .output()
        .expect("the program");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("not a Parquet file"));
}
