//! Both languages say the same things.

use std::collections::BTreeSet;

use super::{Files, Finding};

const FOLDER: &str = "crates/groundswell/locales/";

/// English and Spanish have the same files with the same messages and attributes.
pub fn same_keys(files: &Files) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (one, other) in [("en", "es"), ("es", "en")] {
        let from = format!("{FOLDER}{one}/");
        for (path, text) in files {
            let Some(name) = path.strip_prefix(&from) else { continue };
            let counterpart = format!("{FOLDER}{other}/{name}");
            let there = files.get(&counterpart).map(|text| keys(text)).unwrap_or_default();
            let missing = keys(text).into_iter().filter(|key| !there.contains(key));
            findings.extend(
                missing.map(|key| Finding::new(&counterpart, format!("`{key}` is missing; {one} has it"))),
            );
        }
    }
    findings
}

/// The messages, terms and attributes of a Fluent file.
fn keys(text: &str) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let mut message = String::new();
    for line in text.lines() {
        let Some((left, _)) = line.split_once('=') else { continue };
        let name = left.trim();
        let is_name = |it: &str| {
            it.starts_with(|sign: char| sign.is_ascii_alphabetic())
                && it.chars().all(|sign| sign.is_ascii_alphanumeric() || "-_".contains(sign))
        };
        if !line.starts_with([' ', '\t']) && is_name(name.trim_start_matches('-')) {
            name.clone_into(&mut message);
            keys.insert(message.clone());
        } else if let Some(attribute) = name.strip_prefix('.').filter(|it| is_name(it)) {
            keys.insert(format!("{message}.{attribute}"));
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_one_language_lacks_is_found_in_both_directions() {
        let files: Files = [
            ("en/a.ftl", "# a comment = no key\nhello = Hello { $name }\n  .title = x\n    = y\nbye = Bye\n"),
            ("es/a.ftl", "hello = Hola { $name }\nadios = x\n"),
        ]
        .into_iter()
        .map(|(path, text)| (format!("{FOLDER}{path}"), text.to_owned()))
        .collect();
        let found: Vec<String> = same_keys(&files).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found.iter().any(|it| it.contains("`hello.title`")));
    }

    #[test]
    fn a_file_that_one_language_lacks_is_found() {
        let files: Files = [(format!("{FOLDER}en/b.ftl"), "one = One\n".to_owned())].into();
        assert_eq!(same_keys(&files).len(), 1);
    }
}
