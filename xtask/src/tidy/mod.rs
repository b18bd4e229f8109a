//! The rules that no compiler knows: who may depend on whom, what may stand only in one place, what must never stand
//! anywhere. Each rule is a function from text to findings, tested with a planted violation.

mod dependencies;
mod hygiene;
mod only_here;
mod source;
mod words;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::args::Args;
use crate::run;

/// One thing to mend: where, and what the rule says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub place: String,
    pub rule: String,
}

impl Finding {
    fn new(place: impl Into<String>, rule: impl Into<String>) -> Self {
        Self { place: place.into(), rule: rule.into() }
    }

    fn at(path: &str, line: usize, rule: impl Into<String>) -> Self {
        Self::new(format!("{path}:{line}"), rule)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.rule)
    }
}

/// The text files of the project, by path from its root.
pub type Files = BTreeMap<String, String>;

pub fn run(args: Args) -> Result<()> {
    args.finish()?;
    let findings = findings()?;
    for finding in &findings {
        println!("{finding}");
    }
    if findings.is_empty() {
        println!("tidy: nothing to mend");
        Ok(())
    } else {
        bail!("tidy: {} to mend", findings.len())
    }
}

/// All that the rules find, sorted.
pub fn findings() -> Result<Vec<Finding>> {
    let files = project_files()?;
    let packages = dependencies::packages()?;
    let table = dependencies::table(files.get("ARCHITECTURE.md").map_or("", String::as_str))?;
    let mut findings = dependencies::one_way(&packages, &table);
    findings.extend(dependencies::at_home(&packages));
    findings.extend(dependencies::default_build_is_small(&dependencies::default_tree()?));
    findings.extend(hygiene::licences(&packages, &files));
    for (path, text) in &files {
        findings.extend(hygiene::addresses(path, text));
        if path.ends_with(".rs") {
            findings.extend(only_here::rust(path, text));
        }
        if path.ends_with(".sql") {
            findings.extend(only_here::sql_file(path));
        }
    }
    findings.extend(words::same_keys(&files));
    findings.extend(hygiene::method_pages(&files));
    findings.sort();
    findings.dedup();
    Ok(findings)
}

/// What git knows and what it would take up; binary files are left out.
fn project_files() -> Result<Files> {
    let list = run::output(&mut run::command(
        "git",
        ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    ))?;
    let mut files = Files::new();
    for path in list.split('\0').filter(|path| !path.is_empty()) {
        let full = run::root().join(path);
        // Deleted but not committed yet.
        if !Path::new(&full).is_file() {
            continue;
        }
        let bytes = std::fs::read(&full).with_context(|| format!("could not read {path}"))?;
        if let Ok(text) = String::from_utf8(bytes) {
            files.insert(path.to_owned(), text);
        }
    }
    Ok(files)
}
