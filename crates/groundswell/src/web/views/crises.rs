//! A client's crises and the supervisor's board.
//!
//! Addresses: `GET /clients/{id}/crises/new`, `POST /clients/{id}/crises`, `GET|POST /clients/{id}/crises/{crisis}`,
//! `POST .../review`, `GET /supervise/crises?kind=&days=`.

use askama::Template;

use super::Chrome;
use super::asks::{Ask, AskKind, PickForm};
use super::client::ClientFrame;
use super::form::{Choice, Field, Problem};

/// `GET /clients/{id}/crises/new`.
#[derive(Debug, Template)]
#[template(path = "crises/new.html")]
pub struct NewCrisisView {
    pub chrome: Chrome,
    pub frame: ClientFrame,
    pub form: PickForm,
}

/// `GET /clients/{id}/crises/{crisis}`.
#[derive(Debug, Template)]
#[template(path = "crises/page.html")]
pub struct CrisisView {
    pub chrome: Chrome,
    pub frame: ClientFrame,
    pub id: String,
    /// The row that the form of a correction was filled from.
    pub event_id: String,
    /// The version that the review was filled from.
    pub version: i64,
    pub label: String,
    pub facts: Vec<(String, String)>,
    pub review_text: String,
    pub is_reviewed: bool,
    pub is_overdue: bool,
    pub form: PickForm,
    pub suggested: Vec<Choice>,
    pub others: Vec<Choice>,
    /// What was ticked, in words.
    pub ticked: Vec<String>,
    /// Nothing can be wrong with ticks.
    pub no_error: Field,
    pub review: Vec<Ask>,
    pub may_record: bool,
    pub has_conflict: bool,
}

impl CrisisView {
    pub fn problems(&self) -> Vec<Problem> {
        self.form.problems().into_iter().chain(self.review.iter().filter_map(Ask::problem)).collect()
    }

    pub fn is_form_open(&self) -> bool {
        !self.form.problems().is_empty()
    }

    pub fn is_other_ticked(&self) -> bool {
        self.others.iter().any(|choice| choice.is_chosen)
    }
}

/// A crisis on the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardRow {
    pub href: String,
    /// First name and initial.
    pub name: String,
    pub label: String,
    pub state: String,
    pub is_overdue: bool,
    pub is_reviewed: bool,
    pub on: String,
    pub level: String,
    pub worker: String,
}

/// Crises of one kind, counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindRow {
    pub label: String,
    pub n: u64,
    pub n_reviewed: u64,
    pub n_preventable: u64,
}

/// `GET /supervise/crises`.
#[derive(Debug, Template)]
#[template(path = "crises/board.html")]
pub struct BoardView {
    pub chrome: Chrome,
    pub n_overdue: usize,
    /// Open reviews that are not listed.
    pub n_more: usize,
    pub open: Vec<BoardRow>,
    pub newest: Vec<BoardRow>,
    pub kinds: Vec<KindRow>,
    pub kind: Field,
    pub kinds_choices: Vec<Choice>,
    pub days: Field,
    pub days_choices: Vec<Choice>,
}

impl BoardView {
    pub fn lede(&self) -> String {
        self.chrome.t1("crises-board-lede", "n", self.n_overdue)
    }

    pub fn open_heading(&self) -> String {
        self.chrome.t1("crises-board-open", "n", self.open.len() + self.n_more)
    }

    pub fn more_text(&self) -> String {
        self.chrome.t1("crises-board-more", "n", self.n_more)
    }
}

#[cfg(test)]
pub mod samples {
    use super::*;
    use crate::web::i18n::Lang;
    use crate::web::views::NavItem;
    use crate::web::views::barriers::samples::{form, frame};
    use crate::web::views::client::Tab;

    pub fn new(lang: Lang) -> Vec<(&'static str, NewCrisisView)> {
        let view = |error| NewCrisisView {
            chrome: Chrome::sample(lang, "crises-record", Some(NavItem::Clients)),
            frame: frame(Tab::Barriers),
            form: form(lang, error),
        };
        vec![("usual", view(None)), ("wrong", view(Some("error-crises-code")))]
    }

    pub fn page(lang: Lang) -> Vec<(&'static str, CrisisView)> {
        let view = || CrisisView {
            chrome: Chrome::sample(lang, "crises-title", Some(NavItem::Clients)),
            frame: frame(Tab::Barriers),
            id: "1".into(),
            event_id: "1".into(),
            version: 0,
            label: lang.word("crisis", "inpatient_stay"),
            facts: vec![(lang.t("crises-level"), lang.word("crisis-level", "2"))],
            review_text: lang.t("crises-state-overdue"),
            is_reviewed: false,
            is_overdue: true,
            form: form(lang, None),
            suggested: vec![Choice::new("1", lang.word("barrier", "waitlist"))],
            others: vec![Choice::new("2", lang.word("contact", "visit")).chosen_if("2")],
            ticked: vec![lang.word("barrier", "waitlist")],
            no_error: Field::default(),
            review: vec![Ask::new("tried", AskKind::Area, Field::default(), lang.t("crises-tried"))],
            may_record: true,
            has_conflict: false,
        };
        vec![
            ("usual", view()),
            ("read", CrisisView { may_record: false, is_overdue: false, is_reviewed: true, ..view() }),
            (
                "conflict",
                CrisisView { has_conflict: true, suggested: Vec::new(), others: Vec::new(), ..view() },
            ),
        ]
    }

    pub fn board(lang: Lang) -> Vec<(&'static str, BoardView)> {
        let row = BoardRow {
            href: "/clients/01JXC/crises/1".into(),
            name: "Lucía M.".into(),
            label: lang.word("crisis", "eviction"),
            state: lang.t("crises-state-overdue"),
            is_overdue: true,
            is_reviewed: false,
            on: lang.day_short("2027-05-02"),
            level: lang.word("crisis-level", "1"),
            worker: "Rosa Alvarez".into(),
        };
        let view = |open: Vec<BoardRow>| BoardView {
            chrome: Chrome::sample(lang, "crises-board", None),
            n_overdue: open.len(),
            n_more: open.len() * 3,
            kinds: open
                .iter()
                .map(|row| KindRow { label: row.label.clone(), n: 14, n_reviewed: 3, n_preventable: 1 })
                .collect(),
            newest: open.clone(),
            open,
            kind: Field::default(),
            kinds_choices: vec![Choice::new("", lang.t("filter-all"))],
            days: Field::new("14"),
            days_choices: vec![Choice::new("14", lang.t1("crises-days", "n", 14))],
        };
        vec![("usual", view(vec![row])), ("empty", view(Vec::new()))]
    }
}
