//! What must hold for every file: no machine's paths, no registry's addresses, one licence, a page for every method.

use super::dependencies::Package;
use super::{Files, Finding};

const LICENCE: &str = "Apache-2.0";

/// Paths of one person's or one machine's folders, put together so that this file does not hold them.
fn machine_paths() -> Vec<String> {
    ["work", "farm", "root", "home", "Users"].iter().map(|name| format!("/{name}/")).collect()
}

/// Hosts that packages are fetched from: each machine has its own, so none is written down.
fn registry_hosts() -> Vec<String> {
    [
        ("registry.", "npmjs.org"),
        ("registry.", "yarnpkg.com"),
        ("index.", "crates.io"),
        ("static.", "crates.io"),
        ("files.", "pythonhosted.org"),
        ("pypi.", "org/simple"),
        ("/artifactory", "/"),
        ("replace", "-with"),
        ("--index", "-url"),
    ]
    .iter()
    .map(|(one, two)| format!("{one}{two}"))
    .collect()
}

pub fn addresses(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Written by cargo; names the one public index and no host.
    if path == "Cargo.lock" {
        return findings;
    }
    let paths = machine_paths();
    let hosts = registry_hosts();
    for (at, line) in text.lines().enumerate() {
        if paths.iter().any(|it| is_absolute_in(line, it)) {
            findings.push(Finding::at(path, at + 1, "a path of one machine"));
        }
        if hosts.iter().any(|it| line.contains(it.as_str())) {
            findings.push(Finding::at(path, at + 1, "an address of a registry"));
        }
        if path.ends_with("package-lock.json") && line.contains("\"resolved\"") {
            findings.push(Finding::at(path, at + 1, "the lock names no addresses (see web/.npmrc)"));
        }
    }
    findings
}

/// Whether an absolute path that starts so stands in the line: nothing of a longer path or of an address before it.
fn is_absolute_in(line: &str, start: &str) -> bool {
    line.match_indices(start).any(|(at, _)| {
        line.get(..at)
            .and_then(|before| before.chars().next_back())
            .is_none_or(|sign| !sign.is_alphanumeric() && !".-_/}".contains(sign))
    })
}

/// One licence, said in every manifest and given in full.
pub fn licences(packages: &[Package], files: &Files) -> Vec<Finding> {
    let mut findings: Vec<Finding> = packages
        .iter()
        .filter(|package| package.licence != LICENCE)
        .map(|package| Finding::new(&package.name, format!("license must be {LICENCE}")))
        .collect();
    if !files.get("LICENSE").is_some_and(|text| text.contains("Apache License")) {
        findings.push(Finding::new("LICENSE", "the licence's text is missing"));
    }
    if files
        .get("web/package.json")
        .is_some_and(|text| !text.contains(&format!("\"license\": \"{LICENCE}\"")))
    {
        findings.push(Finding::new("web/package.json", format!("license must be {LICENCE}")));
    }
    findings
}

/// Modules of `stats` that are tools of the methods and no method themselves.
const NO_METHOD: &[&str] = &[
    "dist",
    "glm",
    "linalg",
    "incomplete_beta",
    "special",
    "rng",
    "streams",
    "numeric",
    "optimize",
    "matrix",
];

/// Every public module of `stats` is named on a page in docs/method.
pub fn method_pages(files: &Files) -> Vec<Finding> {
    let Some(stats) = files.get("crates/stats/src/lib.rs") else { return Vec::new() };
    let pages: Vec<&String> =
        files.iter().filter(|(path, _)| path.starts_with("docs/method/")).map(|(_, text)| text).collect();
    stats
        .lines()
        .filter_map(|line| line.trim().strip_prefix("pub mod ")?.strip_suffix(';'))
        .filter(|module| !NO_METHOD.contains(module))
        .filter(|module| {
            let names = [format!("stats::{module}"), format!("stats/src/{module}")];
            !pages.iter().any(|page| names.iter().any(|name| page.contains(name.as_str())))
        })
        .map(|module| {
            Finding::new(
                format!("crates/stats/src/{module}"),
                format!("no page in docs/method names `stats::{module}`"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(list: &[(&str, &str)]) -> Files {
        list.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn a_path_of_one_machine_is_found() {
        let planted = format!("see {}me/notes", machine_paths()[3]);
        assert_eq!(addresses("README.md", &planted).len(), 1);
        let in_address =
            format!("https://example.org{}x and docs{}x", machine_paths()[0], machine_paths()[2]);
        assert!(addresses("README.md", &in_address).is_empty());
    }

    #[test]
    fn an_address_of_a_registry_is_found() {
        let planted = format!("\"resolved\": \"https://{}/a.tgz\"", registry_hosts()[0]);
        assert_eq!(addresses("web/package-lock.json", &planted).len(), 2);
        assert!(addresses("web/package-lock.json", "\"integrity\": \"sha512-x\"").is_empty());
        assert!(addresses("Cargo.lock", &registry_hosts()[2]).is_empty());
    }

    #[test]
    fn another_licence_is_found() {
        let good =
            files(&[("LICENSE", "Apache License"), ("web/package.json", "\"license\": \"Apache-2.0\"")]);
        let package = |licence: &str| Package {
            name: "a".to_owned(),
            licence: licence.to_owned(),
            ..Package::default()
        };
        assert!(licences(&[package("Apache-2.0")], &good).is_empty());
        assert_eq!(licences(&[package("MIT")], &good).len(), 1);
        assert_eq!(licences(&[], &files(&[("web/package.json", "{}")])).len(), 2);
    }

    #[test]
    fn a_method_without_a_page_is_found() {
        let stats = ("crates/stats/src/lib.rs", "pub mod fdr;\npub mod linalg;\nmod inner;\n");
        assert_eq!(method_pages(&files(&[stats])).len(), 1);
        assert!(method_pages(&files(&[stats, ("docs/method/fdr.md", "code: `stats::fdr`")])).is_empty());
    }
}
