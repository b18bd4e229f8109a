//! The caseload board, and a supervisor's look over all workers.

use askama::Template;

use super::form::Problem;
use super::{Choice, Chrome, Field};

/// One client on the board.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BoardRow {
    pub case: String,
    pub href: String,
    pub name: String,
    pub area: String,
    /// Empty where all rows are one worker's.
    pub worker: String,
    /// Its word, unless the case is active.
    pub state: String,
    /// "6 days ago".
    pub contact: String,
    pub is_quiet: bool,
    pub due: String,
    pub is_overdue: bool,
    pub barriers: u64,
    pub referrals: u64,
    /// "inpatient stay, 3 May"; empty for none.
    pub crisis: String,
    /// Why it needs action, in words.
    pub reasons: Vec<String>,
}

/// A link of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterLink {
    pub href: String,
    pub label: String,
    pub is_current: bool,
}

/// `GET /caseload`.
#[derive(Debug, Template)]
#[template(path = "caseload/page.html")]
pub struct BoardView {
    pub chrome: Chrome,
    /// "27 open cases, weight 31. 9 need action."
    pub sentence: String,
    /// Whose board it is, when it is another's.
    pub of: String,
    pub rows: Vec<BoardRow>,
    pub scopes: Vec<FilterLink>,
    /// The fields of the filter; `who` goes along.
    pub who: String,
    pub state: String,
    pub states: Vec<Choice>,
    pub sort: String,
    pub sorts: Vec<Choice>,
    pub only_needs: bool,
    /// The order shown is not the one that is kept.
    pub may_keep: bool,
    pub earlier: Option<String>,
    pub later: Option<String>,
    pub may_supervise: bool,
    /// A supervisor gives cases to another lead from here.
    pub transfer: Option<TransferForm>,
}

impl BoardView {
    pub fn has_workers(&self) -> bool {
        self.rows.iter().any(|row| !row.worker.is_empty())
    }

    pub fn problems(&self) -> Vec<Problem> {
        self.transfer.as_ref().map(TransferForm::problems).unwrap_or_default()
    }
}

/// Several cases to one lead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TransferForm {
    pub to: Field,
    pub note: Field,
    pub leads: Vec<Choice>,
    /// Cases that were ticked.
    pub chosen: Vec<String>,
    /// Where to come back to.
    pub back: String,
}

impl TransferForm {
    pub fn problems(&self) -> Vec<Problem> {
        super::form::problems(&[("to", &self.to), ("note", &self.note)])
    }

    pub fn is_chosen(&self, case: &str) -> bool {
        self.chosen.iter().any(|it| it == case)
    }
}

/// One worker on the supervisor's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerRow {
    pub href: String,
    pub name: String,
    pub is_active: bool,
    pub clients: u64,
    pub weight: u64,
    /// Share of the heaviest caseload, 0 to 100, for the bar.
    pub share: u64,
    pub in_need: u64,
    pub quiet: u64,
    pub overdue: u64,
}

/// A closing to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosureRow {
    pub approval: String,
    pub href: String,
    pub name: String,
    /// "finished: goals met".
    pub what: String,
    /// "asked by Rosa Alvarez on 3 May 2027".
    pub who: String,
    pub note: String,
    /// "2 tasks are still open"; empty for none.
    pub open_tasks: String,
    pub back: Field,
}

/// `GET /supervise`.
#[derive(Debug, Template)]
#[template(path = "supervise/page.html")]
pub struct SuperviseView {
    pub chrome: Chrome,
    pub sentence: String,
    pub workers: Vec<WorkerRow>,
    pub closures: Vec<ClosureRow>,
}

#[cfg(test)]
pub mod samples {
    use super::*;
    use crate::web::i18n::Lang;
    use crate::web::views::NavItem;

    fn row(lang: Lang, at: usize) -> BoardRow {
        let names = ["Lucía M.", "نور ه.", "Emmanuel-Christophe S.", "Kim A."];
        BoardRow {
            case: format!("k{at}"),
            href: format!("/clients/c{at}"),
            name: names[at % 4].into(),
            area: "Eastside North".into(),
            contact: lang.t("corner-today"),
            barriers: 2,
            reasons: if at.is_multiple_of(2) { vec![lang.t1("need-quiet", "n", 40)] } else { vec![] },
            ..BoardRow::default()
        }
    }

    pub fn board(lang: Lang) -> Vec<(&'static str, BoardView)> {
        let base = |n: usize| BoardView {
            chrome: Chrome::sample(lang, "nav-caseload", Some(NavItem::Caseload)),
            sentence: lang.t1("board-open", "n", n as u64),
            of: String::new(),
            rows: (0..n).map(|at| row(lang, at)).collect(),
            scopes: vec![],
            who: String::new(),
            state: String::new(),
            states: vec![Choice::new("", lang.t("board-any-state"))],
            sort: "need".into(),
            sorts: ["need", "name", "contact", "opened"]
                .map(|code| Choice::new(code, lang.word("board-sort", code)))
                .to_vec(),
            only_needs: false,
            may_keep: false,
            earlier: None,
            later: None,
            may_supervise: false,
            transfer: None,
        };
        let mut supervisor = BoardView {
            of: "Rosa Alvarez".into(),
            scopes: vec![FilterLink {
                href: "/caseload?who=all".into(),
                label: lang.t("board-all"),
                is_current: true,
            }],
            may_keep: true,
            earlier: Some("/caseload?from=0".into()),
            later: Some("/caseload?from=100".into()),
            may_supervise: true,
            transfer: Some(TransferForm {
                note: Field::wrong("", lang.t("error-required")),
                leads: vec![Choice::new("a", "Sam Ito")],
                chosen: vec!["k1".into()],
                ..TransferForm::default()
            }),
            ..base(4)
        };
        for row in &mut supervisor.rows {
            row.worker = "Rosa Alvarez".into();
            row.state = lang.word("case-state", "on_hold");
            row.crisis = lang.word("crisis", "inpatient_stay");
            row.due = lang.t1("task-since", "day", "3 May");
            row.is_overdue = true;
            row.is_quiet = true;
        }
        vec![("usual", base(4)), ("longest", base(30)), ("empty", base(0)), ("supervisor", supervisor)]
    }

    pub fn supervise(lang: Lang) -> Vec<(&'static str, SuperviseView)> {
        let worker = |name: &str, weight: u64| WorkerRow {
            href: "/caseload?who=a".into(),
            name: name.into(),
            is_active: weight > 3,
            clients: weight,
            weight,
            share: weight * 2,
            in_need: 3,
            quiet: 1,
            overdue: 2,
        };
        let closure = ClosureRow {
            approval: "p1".into(),
            href: "/clients/c1/tasks".into(),
            name: "Lucía M.".into(),
            what: lang.word("end-reason", "goals_met"),
            who: "Rosa Alvarez".into(),
            note: "She has a place of her own".into(),
            open_tasks: lang.t1("supervise-open-tasks", "n", 2),
            back: Field::wrong("", lang.t("error-case-note")),
        };
        let view = |workers, closures| SuperviseView {
            chrome: Chrome::sample(lang, "supervise-title", Some(NavItem::Caseload)),
            sentence: lang.t1("supervise-closures-n", "n", 1),
            workers,
            closures,
        };
        vec![
            ("usual", view(vec![worker("Rosa Alvarez", 40), worker("نور الهدى", 2)], vec![closure])),
            ("empty", view(vec![], vec![])),
        ]
    }
}
