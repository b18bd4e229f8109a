//! What may stand only in one place: SQL, the real clock; and what may stand nowhere: a lint switched off in silence,
//! work left for later.

use super::Finding;
use super::source::{Kind, Token, attribute, outside_tests, tokens};

/// Where statements may be written.
fn is_home_of_sql(path: &str) -> bool {
    (path.starts_with("crates/domain/") && path.ends_with("/store.rs"))
        || path.starts_with("crates/domain/src/kernel/db/")
        || path.starts_with("crates/domain/migrations/")
        || path.starts_with("crates/analytics/src/cubes")
}

fn is_test_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    ["/tests/", "/tests.rs", "/benches/", "/examples/"].iter().any(|part| path.contains(part))
        || name.ends_with("_tests.rs")
        || name.starts_with("test_")
}

/// The rules for one Rust file.
pub fn rust(path: &str, text: &str) -> Vec<Finding> {
    let all = tokens(text);
    let mut findings = nowhere(path, &all);
    if is_test_file(path) {
        return findings;
    }
    let shipped = outside_tests(&all);
    // What xtask tells another program in SQL is none of the product's.
    if path.starts_with("crates/") && !is_home_of_sql(path) {
        findings.extend(shipped.iter().filter(|token| is_sql_token(token)).map(|token| {
            Finding::at(
                path,
                token.line,
                "SQL stands only in domain's store.rs files, domain/kernel/db, domain/migrations and analytics/cubes",
            )
        }));
    }
    if path != "crates/domain/src/kernel/clock.rs" {
        findings.extend(shipped.windows(4).filter(|it| is_clock(it)).map(|it| {
            Finding::at(
                path,
                it[0].line,
                "the real clock is read only in domain/kernel/clock.rs; take `now` from Ctx",
            )
        }));
    }
    findings
}

/// A file of statements.
pub fn sql_file(path: &str) -> Option<Finding> {
    (!is_home_of_sql(path)).then(|| Finding::new(path, "SQL files stand only in crates/domain/migrations"))
}

fn nowhere(path: &str, all: &[Token]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, token) in all.iter().enumerate() {
        let next_is = |sign| all.get(at + 1).is_some_and(|it| it.is_sign(sign));
        for name in ["todo", "unimplemented", "dbg"] {
            if token.is_word(name) && next_is('!') {
                findings.push(Finding::at(path, token.line, format!("`{name}!` is work left for later")));
            }
        }
        let Some((inside, _)) = all.get(at..).and_then(attribute) else { continue };
        let has_call =
            |name: &str| inside.windows(2).any(|pair| pair[0].is_word(name) && pair[1].is_sign('('));
        if has_call("allow") {
            findings.push(Finding::at(
                path,
                token.line,
                "say #[expect(lint, reason = \"..\")] instead of allow",
            ));
        }
        if inside.first().is_some_and(|it| it.is_word("ignore")) {
            findings.push(Finding::at(
                path,
                token.line,
                "no test is ignored: assert what is true today and say why",
            ));
        }
    }
    findings
}

/// `SystemTime::now`, `OffsetDateTime::now_utc` and their like; a stopwatch (`Instant`) is no clock.
fn is_clock(four: &[Token]) -> bool {
    let [owner, one, two, call] = four else { return false };
    one.is_sign(':')
        && two.is_sign(':')
        && (["now_utc", "now_local"].iter().any(|name| call.is_word(name))
            || (call.is_word("now") && ["SystemTime", "Utc", "Local"].iter().any(|name| owner.is_word(name))))
}

fn is_sql_token(token: &Token) -> bool {
    matches!(&token.kind, Kind::Text(text) if looks_like_sql(text))
}

/// Whether a string starts as a statement does.
fn looks_like_sql(text: &str) -> bool {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("--"));
    let joined = lines.collect::<Vec<_>>().join(" ").to_lowercase();
    let words: Vec<&str> = joined.split_whitespace().collect();
    match words.as_slice() {
        ["select", rest @ ..] => rest.len() >= 2 && rest.contains(&"from"),
        ["insert", "into", _, ..] | ["delete", "from", _, ..] | ["alter" | "truncate", "table", _, ..] => {
            true
        }
        ["update", _, "set", ..] | ["begin", "immediate"] => true,
        ["create", what, _, ..] => {
            ["table", "view", "index", "unique", "temp", "temporary", "trigger", "virtual", "external"]
                .contains(what)
        }
        ["drop", "table" | "view" | "index", _, ..] => true,
        ["pragma", rest @ ..] => rest.len() == 1 || rest.iter().take(2).any(|it| it.contains(['=', '('])),
        ["with", rest @ ..] => {
            rest.contains(&"select") && rest.iter().any(|it| *it == "as" || it.starts_with("as("))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "crates/groundswell/src/web/signals.rs";

    #[test]
    fn a_statement_outside_its_home_is_found() {
        let planted = "fn a() { run(\"\\\n  select code\n  from signal\") }";
        assert_eq!(rust(PAGE, planted).len(), 1);
        assert!(rust("crates/domain/src/issues/store.rs", planted).is_empty());
        assert!(rust("crates/analytics/src/cubes/mod.rs", planted).is_empty());
        assert!(rust("crates/domain/src/tests.rs", planted).is_empty());
        assert!(rust(PAGE, "#[cfg(test)] mod tests { const A: &str = \"delete from signal\"; }").is_empty());
        assert!(sql_file("crates/sim/a.sql").is_some());
        assert!(sql_file("crates/domain/migrations/0002.sql").is_none());
    }

    #[test]
    fn statements_are_told_from_sentences() {
        for statement in [
            "-- SIGNALS: all\nselect a\nfrom b",
            "insert into a (b) values ($1)",
            "update signal\nset state = $1",
            "with x as (select 1) select * from x",
            "pragma user_version",
            "pragma cache_size = 1",
            "create unique index a on b (c)",
        ] {
            assert!(looks_like_sql(statement), "{statement}");
        }
        for sentence in [
            "select a file",
            "update the plan before it is locked",
            "insert a row",
            "delete this draft",
            "pragma is a Greek word",
            "create an account",
            "with as many rows as there are",
        ] {
            assert!(!looks_like_sql(sentence), "{sentence}");
        }
    }

    #[test]
    fn the_real_clock_is_found_outside_its_file() {
        let planted = "let now = std::time::SystemTime::now();";
        assert_eq!(rust(PAGE, planted).len(), 1);
        assert_eq!(rust(PAGE, "time::OffsetDateTime::now_utc()").len(), 1);
        assert!(rust("crates/domain/src/kernel/clock.rs", planted).is_empty());
        assert!(rust(PAGE, "let watch = std::time::Instant::now();").is_empty());
    }

    #[test]
    fn files_of_tests_may_hold_sql_and_others_may_not() {
        let planted = "fn a() { run(\"select id from client where id = $1\"); }";
        assert_eq!(rust("crates/groundswell/src/web/handlers/clients.rs", planted).len(), 1);
        for path in ["web/handlers/clients_tests.rs", "casework/test_bench.rs"] {
            assert!(rust(&format!("crates/groundswell/src/{path}"), planted).is_empty());
        }
    }

    #[test]
    fn switched_off_lints_and_work_left_for_later_are_found() {
        assert_eq!(rust(PAGE, "#[allow(dead_code)] fn a() {}").len(), 1);
        assert_eq!(rust(PAGE, "#![allow(dead_code)]").len(), 1);
        assert_eq!(rust(PAGE, "#[cfg_attr(test, allow(dead_code))] fn a() {}").len(), 1);
        assert_eq!(rust(PAGE, "fn a() { todo!() }").len(), 1);
        assert_eq!(rust("crates/stats/src/tests.rs", "#[test] #[ignore] fn a() {}").len(), 1);
        assert!(rust(PAGE, "#[expect(dead_code, reason = \"later\")] fn a() {} // todo!()").is_empty());
    }
}
