//! Getting ready: the tools, the pages' packages, the bundle.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::args::Args;
use crate::run;

pub fn run(args: Args) -> Result<()> {
    args.finish()?;
    prepare()?;
    println!("Ready. Next: cargo xtask demo");
    Ok(())
}

/// Everything a build needs; quick when it is all there already.
pub fn prepare() -> Result<()> {
    let missing = missing_tools(run::has, node_major());
    if !missing.is_empty() {
        bail!("some tools are missing:\n{}", missing.join("\n"));
    }
    packages()?;
    bundle()
}

/// One sentence per missing tool.
fn missing_tools(has: impl Fn(&str) -> bool, node_major: Option<u32>) -> Vec<String> {
    const NODE: u32 = 20;
    let mut missing = Vec::new();
    match node_major {
        Some(version) if version < NODE => missing.push(format!(
            "- Node.js {version} is too old: install version {NODE} or later (it bundles the pages' styles and scripts)."
        )),
        Some(_) => {}
        None => missing.push(format!(
            "- Node.js is missing: install version {NODE} or later, for example `apt-get install nodejs npm` (it bundles the pages' styles and scripts)."
        )),
    }
    if !has("npm") {
        missing.push(
            "- npm is missing: install it, for example `apt-get install npm` (it fetches the pages' packages).".to_owned(),
        );
    }
    if !["cc", "gcc", "clang"].iter().any(|name| has(name)) {
        missing.push(
            "- A C compiler is missing: install one, for example `apt-get install build-essential` (SQLite is built from source).".to_owned(),
        );
    }
    missing
}

fn node_major() -> Option<u32> {
    let text = run::output(&mut run::command("node", ["--version"])).ok()?;
    text.trim().trim_start_matches('v').split('.').next()?.parse().ok()
}

fn web() -> PathBuf {
    run::root().join("web")
}

/// `npm ci`, unless what is installed is what the lock asks for.
pub fn packages() -> Result<()> {
    let wanted = read_json(&web().join("package-lock.json"))?;
    let there = read_json(&web().join("node_modules/.package-lock.json")).unwrap_or(Value::Null);
    if is_installed(&wanted, &there) {
        return Ok(());
    }
    println!("Fetching the pages' packages.");
    run::visibly(
        run::command("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(web()),
    )
}

/// Whether every package of the lock is there in its version. Optional ones (other machines' binaries) may be
/// absent; nothing else may be there.
fn is_installed(wanted: &Value, there: &Value) -> bool {
    let (Some(wanted), Some(there)) = (wanted["packages"].as_object(), there["packages"].as_object()) else {
        return false;
    };
    let is_met =
        wanted.iter().filter(|(path, _)| !path.is_empty()).all(|(path, package)| match there.get(path) {
            Some(found) => found["version"] == package["version"],
            None => package["optional"] == Value::Bool(true) || package["devOptional"] == Value::Bool(true),
        });
    is_met && there.keys().all(|path| wanted.contains_key(path))
}

fn read_json(path: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("could not understand {}", path.display()))
}

/// The bundle, unless it is newer than all it is made of.
fn bundle() -> Result<()> {
    let web = web();
    let mut newest_source = SystemTime::UNIX_EPOCH;
    for source in ["src", "styles", "build.mjs", "package-lock.json"] {
        for file in files(&web.join(source))? {
            newest_source = newest_source.max(modified(&file)?);
        }
    }
    let mut oldest_made = None;
    for file in files(&web.join("dist"))? {
        let made = modified(&file)?;
        oldest_made = Some(oldest_made.map_or(made, |old: SystemTime| old.min(made)));
    }
    if oldest_made.is_some_and(|made| made >= newest_source) {
        return Ok(());
    }
    println!("Bundling the pages' styles and scripts.");
    run::visibly(run::command("npm", ["run", "--silent", "build"]).current_dir(&web))?;
    // A release build carries the bundle inside; cargo sees a changed file of it, but not a new one.
    let holder = run::root().join("crates/groundswell/src/web/assets.rs");
    let text = std::fs::read(&holder).with_context(|| format!("could not read {}", holder.display()))?;
    std::fs::write(&holder, text).with_context(|| format!("could not touch {}", holder.display()))
}

fn modified(path: &Path) -> Result<SystemTime> {
    let about = std::fs::metadata(path).with_context(|| format!("could not look at {}", path.display()))?;
    Ok(about.modified()?)
}

/// The files at or under a path; none if it does not exist.
pub fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut found = Vec::new();
    if path.is_dir() {
        for entry in std::fs::read_dir(path).with_context(|| format!("could not list {}", path.display()))? {
            found.extend(files(&entry?.path())?);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_missing_tool_is_one_sentence_that_says_what_to_install() {
        let missing = missing_tools(|_| false, None);
        assert_eq!(missing.len(), 3);
        assert!(missing.iter().all(|sentence| sentence.contains("apt-get install")));
        assert!(missing_tools(|_| true, Some(22)).is_empty());
        assert!(missing_tools(|_| true, Some(16))[0].contains("too old"));
    }

    #[test]
    fn packages_are_fetched_again_only_when_they_differ_from_the_lock() {
        let wanted = json!({"packages": {
            "": {"version": "0"}, "node_modules/a": {"version": "1"},
            "node_modules/b": {"version": "2", "optional": true}}});
        let there = json!({"packages": {"node_modules/a": {"version": "1"}}});
        assert!(is_installed(&wanted, &there));
        assert!(!is_installed(&wanted, &json!({"packages": {"node_modules/a": {"version": "0"}}})));
        assert!(!is_installed(&wanted, &json!({"packages": {}})));
        let more =
            json!({"packages": {"node_modules/a": {"version": "1"}, "node_modules/c": {"version": "1"}}});
        assert!(!is_installed(&wanted, &more));
        assert!(!is_installed(&wanted, &Value::Null));
    }
}
