//! Issues: what must change, and the evidence that says so.
//!
//! Addresses: `GET /issues`, `GET /issues/new?signal=ID`, `POST /issues` (`title`, `description`, `system`,
//! `signal`), `GET /issues/{id}`, `POST /issues/{id}` (`title`, `description`, `system`, `version`).

use askama::Template;
use askama::filters::Safe;

use super::form::{Choice, Field, Problem, problems};
use super::signals::Finding;
use super::{Chrome, rich};

/// The keys of the five steps.
const STEPS: [&str; 5] =
    ["step-identify", "step-partner", "step-strategise", "step-implement", "step-evaluate"];

/// One of the five steps, as the indicator draws it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepMark {
    pub name: String,
    pub class: &'static str,
    /// "done", "now", "later".
    pub state: String,
    pub is_current: bool,
}

/// The indicator of an issue at `step`, 1 to 5.
pub fn steps(chrome: &Chrome, step: u8) -> Vec<StepMark> {
    let current = usize::from(step.clamp(1, 5)) - 1;
    STEPS
        .iter()
        .enumerate()
        .map(|(index, key)| {
            let (class, state) = match index.cmp(&current) {
                std::cmp::Ordering::Less => ("is-done", "step-done"),
                std::cmp::Ordering::Equal => ("is-current", "step-now"),
                std::cmp::Ordering::Greater => ("", "step-later"),
            };
            StepMark { name: chrome.t(key), class, state: chrome.t(state), is_current: index == current }
        })
        .collect()
}

/// An issue on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueRow {
    pub href: String,
    pub title: String,
    /// 1 to 5.
    pub step: u8,
    /// The code of the system that must change; empty for none.
    pub system: String,
    pub n_signals: u64,
    /// Microseconds since 1970.
    pub opened_at: i64,
}

/// `GET /issues`.
#[derive(Debug, Template)]
#[template(path = "issues/list.html")]
pub struct IssuesView {
    pub chrome: Chrome,
    /// Newest first.
    pub rows: Vec<IssueRow>,
    pub may_open: bool,
    pub next_href: Option<String>,
}

impl IssuesView {
    pub fn step_text(&self, row: &IssueRow) -> String {
        self.chrome.t1("step-of-five", "n", row.step)
    }

    pub fn signals_text(&self, row: &IssueRow) -> String {
        self.chrome.t1("issue-signals-number", "n", row.n_signals)
    }
}

/// The signal that a new issue begins with.
#[derive(Debug, Clone, PartialEq)]
pub struct FromSignal {
    pub id: String,
    pub finding: Finding,
}

/// The fields of an issue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IssueForm {
    pub title: Field,
    pub description: Field,
    /// Which system must change.
    pub system: Field,
    /// Begins with an empty value.
    pub systems: Vec<Choice>,
}

impl IssueForm {
    pub fn problems(&self) -> Vec<Problem> {
        problems(&[("title", &self.title), ("description", &self.description), ("system", &self.system)])
    }
}

/// `GET /issues/new`.
#[derive(Debug, Template)]
#[template(path = "issues/new.html")]
pub struct NewIssueView {
    pub chrome: Chrome,
    pub form: IssueForm,
    pub signal: Option<FromSignal>,
}

impl NewIssueView {
    pub fn sentence(&self, signal: &FromSignal) -> Safe<String> {
        rich(&signal.finding.sentence(self.chrome.lang))
    }
}

/// A signal held as evidence, with its numbers as they were.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The signal's page, when it is still there.
    pub href: Option<String>,
    pub finding: Finding,
    /// When it was added, microseconds since 1970.
    pub added_at: i64,
}

/// One line of the issue's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRow {
    pub at: i64,
    pub by: String,
    /// What was done: the audit's action code.
    pub action: String,
}

/// `GET /issues/{id}`.
#[derive(Debug, Template)]
#[template(path = "issues/page.html")]
pub struct IssueView {
    pub chrome: Chrome,
    pub id: String,
    pub title: String,
    pub description: String,
    pub system: String,
    /// 1 to 5.
    pub step: u8,
    pub opened_at: i64,
    pub opened_by: String,
    pub evidence: Vec<Evidence>,
    /// Newest first.
    pub history: Vec<HistoryRow>,
    pub may_edit: bool,
    pub form: IssueForm,
    /// The version the form was filled from.
    pub version: i64,
    /// Somebody else has saved meanwhile: their text stands on the page, this person's in the form.
    pub has_conflict: bool,
}

impl IssueView {
    pub fn steps(&self) -> Vec<StepMark> {
        steps(&self.chrome, self.step)
    }

    pub fn is_form_open(&self) -> bool {
        self.has_conflict || !self.form.problems().is_empty()
    }

    pub fn sentence(&self, evidence: &Evidence) -> Safe<String> {
        rich(&evidence.finding.sentence(self.chrome.lang))
    }

    pub fn added_text(&self, evidence: &Evidence) -> String {
        self.chrome.t1("issue-evidence-at", "at", self.chrome.lang.instant(evidence.added_at))
    }

    pub fn action_text(&self, row: &HistoryRow) -> String {
        self.chrome.lang.word("action", &row.action.replace('.', "_"))
    }

    /// The description's paragraphs.
    pub fn paragraphs(&self) -> Vec<&str> {
        self.description.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
    }
}

#[cfg(test)]
pub mod samples {
    use super::*;
    use crate::web::i18n::Lang;
    use crate::web::views::NavItem;
    use crate::web::views::signals::FindingKind;
    use crate::web::views::signals::samples::{finding, hidden};

    const AT: i64 = 1_810_288_920_000_000;

    fn systems(lang: Lang) -> Vec<Choice> {
        let none = Choice::new("", lang.t("issue-system-none"));
        let codes = ["school", "probation", "child_protection", "hospital", "housing", "benefits", "court"];
        std::iter::once(none)
            .chain(codes.iter().map(|code| Choice::new(*code, lang.word("system", code))))
            .collect()
    }

    pub fn list(lang: Lang) -> Vec<(&'static str, IssuesView)> {
        let view = |rows| IssuesView {
            chrome: Chrome::sample(lang, "nav-issues", Some(NavItem::Issues)),
            rows,
            may_open: true,
            next_href: None,
        };
        let row = |title: &str, step, system: &str, n_signals| IssueRow {
            href: "/issues/1".into(),
            title: title.into(),
            step,
            system: system.into(),
            n_signals,
            opened_at: AT,
        };
        vec![
            ("empty", view(Vec::new())),
            (
                "usual",
                view(vec![
                    row("Renewal letters come in English only", 1, "benefits", 2),
                    row("Suspensions without a hearing", 3, "school", 1),
                    row("لا محامٍ في محكمة الإخلاء", 5, "court", 0),
                    row(
                        "Families on the housing waitlist lose their place when a letter is returned, even if they call within the week",
                        2,
                        "housing",
                        4,
                    ),
                ]),
            ),
        ]
    }

    pub fn new(lang: Lang) -> Vec<(&'static str, NewIssueView)> {
        let finding = finding(FindingKind::Cluster);
        let form = IssueForm {
            title: Field::new(finding.title(lang)),
            description: Field::new(finding.sentence(lang).replace("**", "")),
            system: Field::new("benefits"),
            systems: systems(lang),
        };
        let view = |form, signal| NewIssueView {
            chrome: Chrome::sample(lang, "issue-open", Some(NavItem::Issues)),
            form,
            signal,
        };
        let wrong = IssueForm { title: Field::wrong("", lang.t("error-issue-title")), ..form.clone() };
        let empty = IssueForm { systems: systems(lang), ..IssueForm::default() };
        vec![
            ("from-signal", view(form, Some(FromSignal { id: "01JX".into(), finding }))),
            ("wrong", view(wrong, None)),
            ("empty", view(empty, None)),
        ]
    }

    pub fn page(lang: Lang) -> Vec<(&'static str, IssueView)> {
        let view = || {
            let title = "Renewal letters come in English only";
            let mut chrome = Chrome::sample(lang, "nav-issues", Some(NavItem::Issues));
            chrome.title = title.into();
            let description = "Since March the county sends renewal notices in English only.\n\nFamilies who read Spanish or Haitian Creole miss the date and lose the benefit until they apply again.";
            IssueView {
                chrome,
                id: "01JXI".into(),
                title: title.into(),
                description: description.into(),
                system: "benefits".into(),
                step: 1,
                opened_at: AT,
                opened_by: "Inés Duarte".into(),
                evidence: vec![
                    Evidence {
                        href: Some("/signals/1".into()),
                        finding: finding(FindingKind::Cluster),
                        added_at: AT,
                    },
                    Evidence { href: None, finding: hidden(FindingKind::Disparity), added_at: AT },
                ],
                history: vec![
                    HistoryRow { at: AT, by: "نور الهدى".into(), action: "issue.edit".into() },
                    HistoryRow { at: AT, by: "Inés Duarte".into(), action: "issue.open".into() },
                ],
                may_edit: true,
                form: IssueForm {
                    title: Field::new(title),
                    description: Field::new(description),
                    system: Field::new("benefits"),
                    systems: systems(lang),
                },
                version: 3,
                has_conflict: false,
            }
        };
        let empty = IssueView {
            description: String::new(),
            evidence: Vec::new(),
            history: Vec::new(),
            may_edit: false,
            system: String::new(),
            ..view()
        };
        vec![
            ("usual", view()),
            ("conflict", IssueView { has_conflict: true, step: 3, ..view() }),
            ("empty", empty),
        ]
    }
}
