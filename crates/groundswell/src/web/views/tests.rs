//! Every sample of every page, drawn in both languages.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::*;
use crate::web::i18n::Lang;

struct Drawn {
    name: String,
    text: String,
}

fn draw<T: Template>(out: &mut Vec<Drawn>, page: &str, samples: impl Fn(Lang) -> Vec<(&'static str, T)>) {
    for lang in Lang::ALL {
        for (sample, view) in samples(lang) {
            out.push(Drawn {
                name: format!("{page}.{sample}.{}", lang.code()),
                text: view.render().unwrap(),
            });
        }
    }
}

fn all() -> Vec<Drawn> {
    let mut out = Vec::new();
    draw(&mut out, "setup", account::samples::setup);
    draw(&mut out, "login", account::samples::login);
    draw(&mut out, "passphrase", account::samples::passphrase);
    draw(&mut out, "error", errors::samples::page);
    draw(&mut out, "error-fragment", errors::samples::fragment);
    draw(&mut out, "corner", corner::samples::page);
    draw(&mut out, "signals", signals::samples::list);
    draw(&mut out, "signals-fragment", signals::samples::fragment);
    draw(&mut out, "signal", signals::samples::page);
    draw(&mut out, "imports", imports::samples::list);
    draw(&mut out, "upload", imports::samples::upload);
    draw(&mut out, "mapping", imports::samples::mapping);
    draw(&mut out, "import", imports::samples::page);
    draw(&mut out, "import-fragment", imports::samples::fragment);
    draw(&mut out, "disparities", disparities::samples::page);
    draw(&mut out, "issues", issues::samples::list);
    draw(&mut out, "new-issue", issues::samples::new);
    draw(&mut out, "issue", issues::samples::page);
    draw(&mut out, "evaluations", evaluation::samples::list);
    draw(&mut out, "new-evaluation", evaluation::samples::new);
    draw(&mut out, "evaluation", evaluation::samples::page);
    draw(&mut out, "evaluation-fragment", evaluation::samples::fragment);
    draw(&mut out, "people", people::samples::list);
    draw(&mut out, "new-person", people::samples::new);
    draw(&mut out, "person", people::samples::page);
    draw(&mut out, "audit", audit::samples::page);
    draw(&mut out, "clients", clients::samples::search);
    draw(&mut out, "clients-fragment", clients::samples::results);
    draw(&mut out, "new-client", clients::samples::new);
    draw(&mut out, "client-details", clients::samples::details);
    draw(&mut out, "duplicates", clients::samples::duplicates);
    draw(&mut out, "emergency", clients::samples::emergency);
    draw(&mut out, "emergencies", clients::samples::emergencies);
    draw(&mut out, "tasks", tasks::samples::list);
    draw(&mut out, "task", tasks::samples::page);
    draw(&mut out, "client-tasks", tasks::samples::client);
    draw(&mut out, "caseload", caseload::samples::board);
    draw(&mut out, "supervise", caseload::samples::supervise);
    draw(&mut out, "calendar", calendar::samples::page);
    draw(&mut out, "referrals", referrals::samples::tab);
    draw(&mut out, "new-referral", referrals::samples::new);
    draw(&mut out, "hand-over", referrals::samples::hand_over);
    draw(&mut out, "referral-board", referrals::samples::board);
    draw(&mut out, "new-service", referrals::samples::service);
    draw(&mut out, "referral-answer", referrals::samples::answer);
    draw(&mut out, "referral-link", referrals::samples::none);
    draw(&mut out, "systems", systems::samples::page);
    draw(&mut out, "systems-across", systems::samples::across);
    draw(&mut out, "organizations", organizations::samples::list);
    draw(&mut out, "new-organization", organizations::samples::new);
    draw(&mut out, "organization", organizations::samples::page);
    draw(&mut out, "barriers", barriers::samples::list);
    draw(&mut out, "barrier", barriers::samples::page);
    draw(&mut out, "barrier-codes", barriers::samples::codes);
    draw(&mut out, "new-crisis", crises::samples::new);
    draw(&mut out, "crisis", crises::samples::page);
    draw(&mut out, "crisis-board", crises::samples::board);
    draw(&mut out, "file", client_file::samples::page);
    draw(&mut out, "timeline-print", client_file::samples::print);
    draw(&mut out, "note", client_file::samples::note);
    draw(&mut out, "assessments", assessments::samples::list);
    draw(&mut out, "assessment-form", assessments::samples::form);
    draw(&mut out, "assessment", assessments::samples::page);
    draw(&mut out, "plan", plan::samples::page);
    draw(&mut out, "review-form", plan::samples::review);
    draw(&mut out, "quick-log", quick_log::samples::page);
    out
}

#[test]
fn every_page_is_drawn_in_both_languages_without_a_missing_text() {
    let drawn = all();
    for page in &drawn {
        assert!(!page.text.contains('⟦'), "{}: {}", page.name, missing(&page.text));
    }
    assert!(drawn.len() > 20);
}

fn missing(text: &str) -> String {
    text.split('⟦').skip(1).filter_map(|rest| rest.split('⟧').next()).collect::<Vec<_>>().join(", ")
}

/// The pages run under a policy that forbids inline scripts and styles: one slip and a page loses its looks.
#[test]
fn no_page_has_an_inline_style_or_script() {
    for page in all() {
        let text = page.text.to_lowercase();
        assert!(!text.contains(" style="), "{} has a style attribute", page.name);
        assert!(!text.contains("<style"), "{} has a style element", page.name);
        for attribute in [" onclick=", " onload=", " onchange=", " onsubmit=", "javascript:"] {
            assert!(!text.contains(attribute), "{} has {attribute}", page.name);
        }
        for script in text.split("<script").skip(1) {
            let opening = script.split('>').next().unwrap();
            let is_data = opening.contains("application/json");
            assert!(is_data || opening.contains("src=\"/assets/"), "{} has an inline script", page.name);
        }
    }
}

#[test]
fn every_form_that_changes_something_carries_the_token() {
    for page in all() {
        for form in page.text.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap();
            let is_post = form.split('>').next().unwrap().contains("method=\"post\"");
            assert!(!is_post || form.contains("name=\"csrf\""), "{}: a form without its token", page.name);
        }
    }
}

#[test]
fn no_id_stands_twice_on_a_page() {
    for page in all() {
        let mut ids: Vec<&str> =
            page.text.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        ids.sort_unstable();
        for pair in ids.windows(2) {
            assert_ne!(pair[0], pair[1], "{}", page.name);
        }
    }
}

/// A page shows the bare code of what it has no word for, so nothing else would notice.
#[test]
fn what_the_searches_report_has_words() {
    let steps = ["evidence", "rate_ratio", "scan", "trend", "done"].map(|step| format!("run-step-{step}"));
    let methods = ["rate-ratio", "scan", "farrington", "interrupted-time-series", "staggered"]
        .map(|method| format!("method-{method}"));
    let said = ["flash-run-started", "flash-run-busy", "import-already-in", "error-number"].map(String::from);
    for key in steps.iter().chain(&methods).chain(&said) {
        for lang in Lang::ALL {
            assert!(lang.find(key).is_some(), "{}: {key}", lang.code());
        }
    }
}

/// With `GROUNDSWELL_SAMPLES` set to a folder, writes every sample there, for looking at in a browser.
#[test]
fn samples_can_be_written_for_looking_at() {
    let Some(folder) = std::env::var_os("GROUNDSWELL_SAMPLES") else { return };
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(&folder).unwrap();
    let mut list = String::new();
    for page in all() {
        // Opened from disk, where the server's root does not exist.
        let text = page.text.replace("\"/assets/", "\"assets/");
        std::fs::write(folder.join(format!("{}.html", page.name)), text).unwrap();
        writeln!(list, "{}", page.name).unwrap();
    }
    std::fs::write(folder.join("list.txt"), list).unwrap();
    let bundle = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist");
    let Ok(entries) = std::fs::read_dir(bundle) else { return };
    std::fs::create_dir_all(folder.join("assets")).unwrap();
    for entry in entries.flatten() {
        std::fs::copy(entry.path(), folder.join("assets").join(entry.file_name())).unwrap();
    }
}
