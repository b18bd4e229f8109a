//! Dependencies point one way, and heavy ones stay where they belong.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::Finding;
use crate::run;

/// A crate of the workspace, as far as the rules look.
#[derive(Debug, Clone, Default)]
pub struct Package {
    pub name: String,
    pub licence: String,
    pub dependencies: Vec<Dependency>,
    /// What the feature `default` switches on.
    pub default_features: Vec<String>,
}

#[derive(Debug, Clone, Default)]
pub struct Dependency {
    pub name: String,
    pub is_for_tests: bool,
    pub is_optional: bool,
}

/// What each crate of ours may use of ours.
pub type Table = BTreeMap<String, BTreeSet<String>>;

pub fn packages() -> Result<Vec<Package>> {
    let text = run::output(&mut run::cargo(["metadata", "--format-version", "1", "--no-deps", "--offline"]))?;
    let metadata: Value = serde_json::from_str(&text).context("could not understand cargo's metadata")?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(list(&metadata["packages"])
        .iter()
        .map(|package| Package {
            name: text(&package["name"]),
            licence: text(&package["license"]),
            dependencies: list(&package["dependencies"])
                .iter()
                .map(|it| Dependency {
                    name: text(&it["name"]),
                    is_for_tests: it["kind"] == "dev",
                    is_optional: it["optional"] == true,
                })
                .collect(),
            default_features: list(&package["features"]["default"]).iter().map(text).collect(),
        })
        .collect())
}

/// The table as ARCHITECTURE.md shows it: lines like `interop -> domain`.
pub fn table(architecture: &str) -> Result<Table> {
    let mut table = Table::new();
    for line in architecture.lines() {
        let Some((from, to)) = line.trim().split_once(" -> ") else { continue };
        if from.contains(' ') {
            continue;
        }
        let to = if to.trim() == "nothing of ours" { "" } else { to };
        table.insert(from.to_owned(), to.split_whitespace().map(str::to_owned).collect());
    }
    if table.is_empty() {
        bail!("ARCHITECTURE.md shows no table of dependencies (lines like `interop -> domain`)");
    }
    Ok(table)
}

/// No crate uses another one of ours that the table does not give it.
pub fn one_way(packages: &[Package], table: &Table) -> Vec<Finding> {
    let ours: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut findings = Vec::new();
    for package in packages.iter().filter(|package| package.name != "xtask") {
        let Some(allowed) = table.get(&package.name) else {
            findings.push(Finding::new(
                &package.name,
                "this crate is missing in ARCHITECTURE.md's table of dependencies",
            ));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|it| ours.contains(it.name.as_str())) {
            // The simulated agency is the tests' world.
            let is_tests_world = dependency.is_for_tests && dependency.name == "sim";
            if !allowed.contains(&dependency.name) && !is_tests_world {
                let rule = format!(
                    "must not depend on {}: the table in ARCHITECTURE.md points one way",
                    dependency.name
                );
                findings.push(Finding::new(&package.name, rule));
            }
        }
    }
    let unknown = table.keys().filter(|name| !ours.contains(name.as_str()));
    findings.extend(unknown.map(|name| Finding::new("ARCHITECTURE.md", format!("there is no crate {name}"))));
    findings
}

/// Other people's crates that have one home here, by the start of their names.
const HOMES: &[(&str, &[&str])] = &[
    ("axum", &["groundswell"]),
    ("askama", &["groundswell"]),
    ("tower", &["groundswell"]),
    ("rust-embed", &["groundswell"]),
    ("fluent", &["groundswell"]),
    ("clap", &["groundswell"]),
    ("indicatif", &["groundswell"]),
    ("anyhow", &["groundswell", "xtask"]),
    ("sea-orm", &["domain", "analytics"]),
    ("sqlx", &["domain"]),
    ("faer", &["stats"]),
    ("statrs", &["stats"]),
];

/// The engines: only in analytics, and only when a feature asks for them.
const ENGINES: &[&str] = &["datafusion", "arrow", "parquet", "object_store", "ballista"];

/// Each of them is used only at home.
pub fn at_home(packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages {
        for dependency in package.dependencies.iter().filter(|it| !it.is_for_tests) {
            let name = dependency.name.as_str();
            if let Some((_, homes)) = HOMES.iter().find(|(start, _)| is_of(name, start))
                && !homes.contains(&package.name.as_str())
            {
                findings.push(Finding::new(
                    &package.name,
                    format!("{name} belongs only in {}", homes.join(", ")),
                ));
            }
            if ENGINES.iter().any(|engine| is_of(name, engine))
                && (package.name != "analytics" || !dependency.is_optional)
            {
                findings.push(Finding::new(
                    &package.name,
                    format!("{name} belongs only in analytics, behind a feature"),
                ));
            }
        }
        let by_default =
            package.default_features.iter().filter(|it| ["lake", "cluster"].iter().any(|f| it.contains(f)));
        findings.extend(
            by_default
                .map(|it| Finding::new(&package.name, format!("the default features must not hold {it}"))),
        );
    }
    findings
}

fn is_of(name: &str, start: &str) -> bool {
    name == start || name.strip_prefix(start).is_some_and(|rest| rest.starts_with(['-', '_']))
}

/// Every crate in the default build of the binary, one `name version` per line.
pub fn default_tree() -> Result<String> {
    run::output(&mut run::cargo([
        "tree",
        "-p",
        "groundswell",
        "-e",
        "normal",
        "--prefix",
        "none",
        "--offline",
    ]))
}

pub fn default_build_is_small(tree: &str) -> Vec<Finding> {
    let names: BTreeSet<&str> = tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
    names
        .into_iter()
        .filter(|name| ENGINES.iter().any(|engine| is_of(name, engine)))
        .map(|name| Finding::new("groundswell", format!("the default build must not hold {name}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, uses: &[&str]) -> Package {
        let dependencies =
            uses.iter().map(|it| Dependency { name: (*it).to_owned(), ..Dependency::default() }).collect();
        Package {
            name: name.to_owned(),
            licence: "Apache-2.0".to_owned(),
            dependencies,
            ..Package::default()
        }
    }

    const ARCHITECTURE: &str =
        "text\n```\ninterop -> domain\ndomain -> privacy\nprivacy -> nothing of ours\n```\n";

    #[test]
    fn a_dependency_against_the_table_is_found() {
        let table = table(ARCHITECTURE).unwrap();
        let good = [
            package("interop", &["domain", "time"]),
            package("domain", &["privacy"]),
            package("privacy", &[]),
        ];
        assert!(one_way(&good, &table).is_empty());
        let bad = [package("interop", &["domain"]), package("domain", &["interop"]), package("privacy", &[])];
        assert_eq!(one_way(&bad, &table).len(), 1);
    }

    #[test]
    fn a_crate_that_the_table_does_not_know_is_found_and_the_other_way_round() {
        let table = table(ARCHITECTURE).unwrap();
        let packages = [package("interop", &[]), package("domain", &[]), package("new", &[])];
        let findings = one_way(&packages, &table);
        assert_eq!(findings.len(), 2, "{findings:?}");
        assert!(super::table("no lines").is_err());
    }

    #[test]
    fn a_crate_away_from_its_home_is_found() {
        assert_eq!(at_home(&[package("domain", &["axum"])]).len(), 1);
        assert_eq!(at_home(&[package("stats", &["tower-http"])]).len(), 1);
        assert!(at_home(&[package("groundswell", &["axum", "tower-http"])]).is_empty());
    }

    #[test]
    fn an_engine_without_its_feature_is_found() {
        assert_eq!(at_home(&[package("analytics", &["datafusion"])]).len(), 1);
        assert_eq!(at_home(&[package("domain", &["arrow-array"])]).len(), 1);
        let mut behind = package("analytics", &["datafusion"]);
        behind.dependencies[0].is_optional = true;
        assert!(at_home(&[behind.clone()]).is_empty());
        behind.default_features = vec!["lake".to_owned()];
        assert_eq!(at_home(&[behind]).len(), 1);
        assert_eq!(default_build_is_small("groundswell v0\narrow-array v59\ntime v0").len(), 1);
        assert!(default_build_is_small("groundswell v0\narrowhead v1").is_empty());
    }
}
