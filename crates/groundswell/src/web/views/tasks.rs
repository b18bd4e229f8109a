//! Tasks: a person's own list, one task, and the tab of a client's file with the case beside it.

use std::collections::BTreeMap;

use askama::Template;

use super::client::ClientFrame;
use super::form::Problem;
use super::{Choice, Chrome, Field};

/// A client as a link: first name and initial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientLink {
    pub href: String,
    pub name: String,
}

/// One task in a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskRow {
    pub id: String,
    /// What there is to do, in the page's language.
    pub title: String,
    pub client: Option<ClientLink>,
    /// When, in words: "today", "since 3 May", "12 May, 09:30"; empty without a day.
    pub when: String,
    pub is_overdue: bool,
    /// "visit", "call"; empty for a plain to-do.
    pub kind: String,
    /// Where it came from, as a tag; empty when somebody wrote it by hand.
    pub source: String,
    /// Whose it is; empty where that is plain.
    pub worker: String,
    pub is_open: bool,
    /// Why it was not needed, put off or handed on.
    pub reason: String,
    pub may_act: bool,
}

/// Tasks under one heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskGroup {
    pub key: &'static str,
    pub rows: Vec<TaskRow>,
}

/// The form of a new task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewTaskForm {
    pub action: String,
    pub title: Field,
    pub kind: Field,
    pub due_on: Field,
    pub due_at: Field,
    pub worker: Field,
    pub kinds: Vec<Choice>,
    /// Empty: it is one's own.
    pub workers: Vec<Choice>,
}

impl NewTaskForm {
    pub fn problems(&self) -> Vec<Problem> {
        super::form::problems(&[
            ("title", &self.title),
            ("due_on", &self.due_on),
            ("due_at", &self.due_at),
            ("worker", &self.worker),
        ])
    }
}

/// `GET /tasks`: a person's tasks, the pressing ones first.
#[derive(Debug, Template)]
#[template(path = "tasks/list.html")]
pub struct TasksView {
    pub chrome: Chrome,
    pub groups: Vec<TaskGroup>,
    pub ended: Vec<TaskRow>,
    pub form: NewTaskForm,
    pub back: String,
}

/// `GET /tasks/{id}`: what else can be done with a task.
#[derive(Debug, Template)]
#[template(path = "tasks/page.html")]
pub struct TaskView {
    pub chrome: Chrome,
    pub row: TaskRow,
    pub back: String,
    pub reason: Field,
    pub later_on: Field,
    pub later_reason: Field,
    pub to: Field,
    pub to_reason: Field,
    /// Who else could do it; empty: nobody.
    pub workers: Vec<Choice>,
}

impl TaskView {
    /// The task as a list of one.
    pub fn rows(&self) -> &[TaskRow] {
        std::slice::from_ref(&self.row)
    }

    pub fn problems(&self) -> Vec<Problem> {
        super::form::problems(&[
            ("later_on", &self.later_on),
            ("later_reason", &self.later_reason),
            ("reason", &self.reason),
            ("to", &self.to),
        ])
    }
}

/// Somebody on a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamRow {
    pub account: String,
    pub name: String,
    /// `lead` or `support`.
    pub part: &'static str,
    /// ISO text; `to` is empty while it lasts.
    pub from: String,
    pub to: String,
}

/// A case as the tab shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseCard {
    pub id: String,
    pub version: i64,
    /// Code of the state.
    pub state: String,
    pub is_open: bool,
    pub programme: String,
    pub weight: i64,
    /// ISO text, empty for none.
    pub opened_on: String,
    pub closed_on: String,
    pub end_reason: String,
    pub review_on: String,
    pub plan_review_on: String,
    pub lead: String,
    pub support: Vec<TeamRow>,
    /// Parts that have ended, the newest first.
    pub past: Vec<TeamRow>,
    /// `asked`, `approved`, `sent_back`, or empty; with the supervisor's words.
    pub approval: String,
    pub approval_note: String,
    /// Codes of the steps that the state allows.
    pub steps: Vec<&'static str>,
    /// Decides who works on it.
    pub may_staff: bool,
}

impl CaseCard {
    pub fn state_class(&self) -> &'static str {
        match self.state.as_str() {
            "active" => "tag tag--teal",
            "finished" => "tag tag--green",
            "planned" | "waitlist" | "on_hold" => "tag tag--gold",
            _ => "tag",
        }
    }

    pub fn is_approval(&self, state: &str) -> bool {
        self.approval == state
    }
}

/// A form of the case that needs another look: which, what is wrong, and what was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseProblem {
    pub form: String,
    pub text: String,
    pub typed: BTreeMap<String, String>,
}

/// `GET /clients/{id}/tasks`.
#[derive(Debug, Template)]
#[template(path = "tasks/client.html")]
pub struct ClientTasksView {
    pub chrome: Chrome,
    pub frame: ClientFrame,
    pub open: Vec<TaskRow>,
    pub ended: Vec<TaskRow>,
    /// None: nothing may be written here, or there is no case to write in.
    pub form: Option<NewTaskForm>,
    /// The case that is worked on, or the last one.
    pub case: Option<CaseCard>,
    pub past: Vec<CaseCard>,
    pub may_record: bool,
    pub problem: CaseProblem,
    pub reasons: Vec<Choice>,
    pub leads: Vec<Choice>,
    pub supporters: Vec<Choice>,
    /// ISO text.
    pub today: String,
    pub back: String,
}

impl ClientTasksView {
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = self.form.as_ref().map(NewTaskForm::problems).unwrap_or_default();
        if !self.problem.text.is_empty() {
            let field = format!("case-{}", self.problem.form);
            problems.push(Problem { field, text: self.problem.text.clone() });
        }
        problems
    }

    /// No case is open, and the caller may open one.
    pub fn may_open(&self) -> bool {
        self.may_record && !self.case.as_ref().is_some_and(|case| case.is_open)
    }

    pub fn is_wrong(&self, form: &str) -> bool {
        self.problem.form == form
    }

    /// What was typed into a form that needs another look.
    pub fn typed(&self, form: &str, name: &str) -> &str {
        if self.is_wrong(form) { self.problem.typed.get(name).map_or("", String::as_str) } else { "" }
    }

    /// The same, with what stands there otherwise.
    pub fn typed_or(&self, form: &str, name: &str, otherwise: &str) -> String {
        let typed = self.typed(form, name);
        if self.is_wrong(form) { typed.to_owned() } else { otherwise.to_owned() }
    }

    pub fn day(&self, iso: &str) -> String {
        self.chrome.lang.day(iso)
    }

    pub fn part_text(&self, row: &TeamRow) -> String {
        let part = self.chrome.lang.word("part", row.part);
        let period = self.chrome.lang.period(&row.from, &row.to);
        format!("{part}, {period}")
    }

    /// "finished on 3 May 2027: goals met".
    pub fn ended_text(&self, case: &CaseCard) -> String {
        let day = self.chrome.lang.day(&case.closed_on);
        if case.end_reason.is_empty() {
            return day;
        }
        format!("{day}: {}", self.chrome.lang.word("end-reason", &case.end_reason))
    }

    pub fn past_text(&self, case: &CaseCard) -> String {
        let state = self.chrome.lang.word("case-state", &case.state);
        let period = self.chrome.lang.period(&case.opened_on, &case.closed_on);
        let reason = self.chrome.lang.word("end-reason", &case.end_reason);
        let mut facts = vec![period, state];
        if !case.end_reason.is_empty() {
            facts.push(reason);
        }
        facts.push(case.lead.clone());
        facts.join(" · ")
    }
}

#[cfg(test)]
pub mod samples {
    use super::*;
    use crate::web::i18n::Lang;
    use crate::web::views::NavItem;
    use crate::web::views::client::Tab;

    pub fn frame(tab: Tab) -> ClientFrame {
        ClientFrame {
            id: "c1".into(),
            tab,
            tabs: Tab::ALL.to_vec(),
            name: "Lucía Moreno".into(),
            pronouns: "she/her".into(),
            language: "Spanish".into(),
            age: Some(34),
            strength: "Plays trumpet".into(),
            wish: "Stay at my school".into(),
            area: "Eastside North".into(),
            workers: vec!["Rosa Alvarez".into()],
            is_restricted: false,
            is_emergency: false,
        }
    }

    pub fn rows(lang: Lang) -> Vec<TaskRow> {
        let row = |id: &str, title: &str, when: String| TaskRow {
            id: id.into(),
            title: title.into(),
            client: Some(ClientLink { href: "/clients/c1".into(), name: "Lucía M.".into() }),
            when,
            is_open: true,
            may_act: true,
            ..TaskRow::default()
        };
        vec![
            TaskRow {
                is_overdue: true,
                kind: lang.word("task-kind", "court"),
                ..row("t1", "Go with her to the hearing", lang.t1("task-since", "day", "3 May"))
            },
            TaskRow {
                source: lang.word("task-source", "rule"),
                worker: "Rosa Alvarez".into(),
                ..row("t2", &lang.t1("task-rule-quiet", "day", "3 May"), lang.t("task-today"))
            },
            TaskRow {
                reason: "The clinic is closed until Monday, and nobody answers the telephone".into(),
                ..row("t3", "اتصل بالمدرسة بشأن تغيير الجدول الدراسي", String::new())
            },
        ]
    }

    pub fn form(lang: Lang) -> NewTaskForm {
        NewTaskForm {
            action: "/tasks".into(),
            kinds: ["to_do", "visit"].map(|code| Choice::new(code, lang.word("task-kind", code))).to_vec(),
            ..NewTaskForm::default()
        }
    }

    pub fn list(lang: Lang) -> Vec<(&'static str, TasksView)> {
        let ended = TaskRow { id: "t9".into(), is_open: false, ..rows(lang).remove(0) };
        let base = |groups, ended| TasksView {
            chrome: Chrome::sample(lang, "tasks-title", Some(NavItem::Corner)),
            groups,
            ended,
            form: form(lang),
            back: "/tasks".into(),
        };
        let wrong = NewTaskForm {
            title: Field::wrong("", lang.t("error-required")),
            due_on: Field::wrong("tomorrow", lang.t("error-day")),
            ..form(lang)
        };
        vec![
            ("usual", base(vec![TaskGroup { key: "tasks-overdue", rows: rows(lang) }], vec![ended])),
            ("empty", base(vec![], vec![])),
            ("wrong", TasksView { form: wrong, ..base(vec![], vec![]) }),
        ]
    }

    pub fn page(lang: Lang) -> Vec<(&'static str, TaskView)> {
        let view = |row: TaskRow| TaskView {
            chrome: Chrome::sample(lang, "task", Some(NavItem::Corner)),
            row,
            back: "/".into(),
            reason: Field::default(),
            later_on: Field::wrong("1", lang.t("error-day-ahead")),
            later_reason: Field::default(),
            to: Field::default(),
            to_reason: Field::default(),
            workers: vec![Choice::new("a", "Sam Ito")],
        };
        vec![
            ("open", view(rows(lang).remove(1))),
            ("done", view(TaskRow { is_open: false, ..rows(lang).remove(2) })),
            ("read-only", view(TaskRow { may_act: false, ..rows(lang).remove(0) })),
        ]
    }

    fn case() -> CaseCard {
        CaseCard {
            id: "k1".into(),
            version: 1,
            state: "active".into(),
            is_open: true,
            programme: "Family support".into(),
            weight: 2,
            opened_on: "2027-01-12".into(),
            plan_review_on: "2027-06-01".into(),
            lead: "Rosa Alvarez".into(),
            support: vec![TeamRow {
                account: "a2".into(),
                name: "Sam Ito".into(),
                part: "support",
                from: "2027-02-01".into(),
                to: String::new(),
            }],
            past: vec![TeamRow {
                account: "a3".into(),
                name: "Noor Haddad".into(),
                part: "lead",
                from: "2027-01-12".into(),
                to: "2027-02-01".into(),
            }],
            steps: vec!["start", "wait", "hold", "resume", "close", "reopen", "entered_in_error"],
            may_staff: true,
            ..CaseCard::default()
        }
    }

    pub fn client(lang: Lang) -> Vec<(&'static str, ClientTasksView)> {
        let choices = |name: &str| vec![Choice::new("a9", name)];
        let base = || ClientTasksView {
            chrome: Chrome::sample(lang, "client-tab-tasks", Some(NavItem::Clients)),
            frame: frame(Tab::Tasks),
            open: rows(lang),
            ended: vec![],
            form: Some(NewTaskForm { workers: choices("Rosa Alvarez"), ..form(lang) }),
            case: Some(case()),
            past: vec![],
            may_record: true,
            problem: CaseProblem::default(),
            reasons: vec![Choice::new("goals_met", lang.word("end-reason", "goals_met"))],
            leads: choices("Sam Ito"),
            supporters: choices("Noor Haddad"),
            today: "2027-05-12".into(),
            back: "/clients/c1/tasks".into(),
        };
        let closed = CaseCard {
            state: "finished".into(),
            is_open: false,
            closed_on: "2027-05-01".into(),
            end_reason: "goals_met".into(),
            approval: "asked".into(),
            steps: vec!["reopen"],
            ..case()
        };
        let sent_back = CaseCard {
            approval: "sent_back".into(),
            approval_note: "The housing goal is open".into(),
            state: "waitlist".into(),
            review_on: "2027-06-01".into(),
            ..case()
        };
        let problem = CaseProblem {
            form: "transfer".into(),
            text: lang.t("error-required"),
            typed: BTreeMap::from([("note".to_owned(), "typed".to_owned())]),
        };
        vec![
            ("usual", base()),
            ("closed", ClientTasksView { case: Some(closed.clone()), past: vec![closed], ..base() }),
            ("sent-back", ClientTasksView { case: Some(sent_back), problem, ..base() }),
            (
                "read-only",
                ClientTasksView { may_record: false, form: None, case: None, open: vec![], ..base() },
            ),
        ]
    }
}
