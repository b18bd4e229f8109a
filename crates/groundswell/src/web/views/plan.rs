//! The plan of a client: goals with their steps, the reviews that were held, what offices once agreed to.

use askama::Template;

use super::client::ClientFrame;
use super::form::Problem;
use super::{Choice, Chrome, Field};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepRow {
    pub id: String,
    pub title: String,
    /// Code of whose step it is.
    pub who: String,
    pub organization: String,
    /// ISO text, or empty.
    pub due_on: String,
    pub is_overdue: bool,
    /// Code of its state.
    pub state: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoalRow {
    pub id: String,
    pub version: i64,
    pub title: String,
    /// Code of a need, or empty.
    pub need: String,
    pub state: String,
    /// ISO text.
    pub set_on: String,
    pub due_on: String,
    pub closed_on: String,
    pub outcome: String,
    pub made_with_client: bool,
    pub steps: Vec<StepRow>,
}

impl GoalRow {
    pub fn state_class(&self) -> &'static str {
        match self.state.as_str() {
            "reached" => "tag tag--green",
            "partly" => "tag tag--gold",
            _ => "tag",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemRow {
    pub kind: String,
    pub words: String,
    pub is_clients_words: bool,
    pub is_agreed: bool,
    /// Where an issue begins with it; empty where the caller may not, or it is about no system.
    pub issue_href: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewRow {
    pub id: String,
    /// ISO text.
    pub held_on: String,
    pub held_with: String,
    /// Code of a system, or empty.
    pub system: String,
    pub organization: String,
    pub by: String,
    pub items: Vec<ItemRow>,
}

impl ReviewRow {
    pub fn is_with_office(&self) -> bool {
        self.held_with == "office"
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrecedentRow {
    pub id: String,
    pub organization: String,
    pub system: String,
    pub barrier: String,
    pub words: String,
    /// ISO text.
    pub agreed_on: String,
    pub by: String,
    /// The caller kept it, or supervises.
    pub may_withdraw: bool,
}

/// `GET /clients/{id}/plan`.
#[derive(Debug, Template)]
#[template(path = "plan/page.html")]
pub struct PlanView {
    pub chrome: Chrome,
    pub frame: ClientFrame,
    pub goals: Vec<GoalRow>,
    pub goals_closed: Vec<GoalRow>,
    pub reviews: Vec<ReviewRow>,
    pub precedents: Vec<PrecedentRow>,
    pub may_record: bool,
    /// The form of a new goal, with what was typed.
    pub goal: Field,
    pub need: Field,
    pub needs: Vec<Choice>,
    pub due_on: Field,
    pub whose: Vec<Choice>,
    pub organizations: Vec<Choice>,
    pub barriers: Vec<Choice>,
    /// What is wrong with another form of the page, as a sentence; empty for nothing.
    pub wrong: String,
}

impl PlanView {
    pub fn problems(&self) -> Vec<Problem> {
        let of = |name: &str, field: &Field| {
            field.error.clone().map(|text| Problem { field: name.to_owned(), text })
        };
        let wrong =
            (!self.wrong.is_empty()).then(|| Problem { field: "main".to_owned(), text: self.wrong.clone() });
        [of("goal", &self.goal), of("due_on", &self.due_on), wrong].into_iter().flatten().collect()
    }
}

/// One of the four boxes of a review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewBox {
    /// Code of the kind.
    pub kind: &'static str,
    pub lines: Vec<ReviewLine>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReviewLine {
    pub words: String,
    pub is_clients: bool,
    pub is_agreed: bool,
}

/// `GET /clients/{id}/reviews/new`.
#[derive(Debug, Template)]
#[template(path = "plan/review.html")]
pub struct ReviewView {
    pub chrome: Chrome,
    pub frame: ClientFrame,
    pub held_on: Field,
    pub held_with: Field,
    pub with: Vec<Choice>,
    pub system: Field,
    pub systems: Vec<Choice>,
    pub organization: Field,
    pub organizations: Vec<Choice>,
    pub boxes: Vec<ReviewBox>,
    pub wrong: String,
}

impl ReviewView {
    pub fn problems(&self) -> Vec<Problem> {
        let of = |name: &str, field: &Field| {
            field.error.clone().map(|text| Problem { field: name.to_owned(), text })
        };
        let wrong = (!self.wrong.is_empty())
            .then(|| Problem { field: "working-1".to_owned(), text: self.wrong.clone() });
        [of("held_on", &self.held_on), of("held_with", &self.held_with), of("system", &self.system), wrong]
            .into_iter()
            .flatten()
            .collect()
    }
}

#[cfg(test)]
pub mod samples {
    use super::*;
    use crate::web::i18n::Lang;
    use crate::web::views::NavItem;
    use crate::web::views::client::Tab;

    fn frame() -> ClientFrame {
        ClientFrame {
            id: "01J0".into(),
            tab: Tab::Plan,
            tabs: Tab::ALL.to_vec(),
            name: "Lucía Moreno".into(),
            pronouns: String::new(),
            language: "Spanish".into(),
            age: None,
            strength: String::new(),
            wish: "A job with regular hours".into(),
            area: String::new(),
            workers: vec![],
            is_restricted: true,
            is_emergency: true,
        }
    }

    fn goal(state: &str) -> GoalRow {
        GoalRow {
            id: "01J1".into(),
            version: 2,
            title: "A job with regular hours".into(),
            need: "employment".into(),
            state: state.into(),
            set_on: "2027-05-02".into(),
            due_on: "2027-09-01".into(),
            closed_on: if state == "open" { String::new() } else { "2027-08-01".into() },
            outcome: if state == "open" { String::new() } else { "Hired at the depot".into() },
            made_with_client: true,
            steps: [("open", true), ("done", false), ("dropped", false)]
                .into_iter()
                .map(|(state, is_overdue)| StepRow {
                    id: "01J2".into(),
                    title: "Ask the depot".into(),
                    who: "organization".into(),
                    organization: "Job centre".into(),
                    due_on: "2027-05-20".into(),
                    is_overdue,
                    state: state.into(),
                })
                .collect(),
        }
    }

    pub fn page(lang: Lang) -> Vec<(&'static str, PlanView)> {
        let item = |kind: &str| ItemRow {
            kind: kind.into(),
            words: "A letter in Spanish".into(),
            is_clients_words: true,
            is_agreed: true,
            issue_href: "/issues/new?system=benefits".into(),
        };
        let reviews = ["client", "office"]
            .into_iter()
            .map(|with| ReviewRow {
                id: "01J3".into(),
                held_on: "2027-05-02".into(),
                held_with: with.into(),
                system: if with == "office" { "benefits".into() } else { String::new() },
                organization: if with == "office" { "Eastside office".into() } else { String::new() },
                by: "Rosa Delgado".into(),
                items: ["working", "not_working", "add", "take_away"].map(item).to_vec(),
            })
            .collect();
        let full = PlanView {
            chrome: Chrome::sample(lang, "nav-clients", Some(NavItem::Clients)),
            frame: frame(),
            goals: vec![goal("open")],
            goals_closed: vec![goal("reached"), goal("partly"), goal("dropped")],
            reviews,
            precedents: vec![PrecedentRow {
                id: "01J4".into(),
                organization: "Eastside office".into(),
                system: "benefits".into(),
                barrier: "documents_missing".into(),
                words: "Takes a landlord’s text message as proof of rent".into(),
                agreed_on: "2027-03-02".into(),
                by: "Sam Ode".into(),
                may_withdraw: true,
            }],
            may_record: true,
            goal: Field::wrong("", lang.t("plan-error-words")),
            need: Field::default(),
            needs: vec![Choice::new("employment", lang.word("need", "employment"))],
            due_on: Field::default(),
            whose: vec![Choice::new("client", lang.word("step-who", "client"))],
            organizations: vec![Choice::new("", "–")],
            barriers: vec![Choice::new("", "–")],
            wrong: lang.t("plan-error-why"),
        };
        let empty = PlanView {
            chrome: Chrome::sample(lang, "nav-clients", Some(NavItem::Clients)),
            frame: frame(),
            goals: vec![],
            goals_closed: vec![],
            reviews: vec![],
            precedents: vec![],
            may_record: false,
            goal: Field::default(),
            need: Field::default(),
            needs: vec![],
            due_on: Field::default(),
            whose: vec![],
            organizations: vec![],
            barriers: vec![],
            wrong: String::new(),
        };
        vec![("full", full), ("empty", empty)]
    }

    pub fn review(lang: Lang) -> Vec<(&'static str, ReviewView)> {
        let view = ReviewView {
            chrome: Chrome::sample(lang, "nav-clients", Some(NavItem::Clients)),
            frame: frame(),
            held_on: Field::new("2027-05-02"),
            held_with: Field::new("client"),
            with: vec![Choice::new("client", lang.t("held-with-client"))],
            system: Field::wrong("", lang.t("review-error-system")),
            systems: vec![Choice::new("", "–")],
            organization: Field::default(),
            organizations: vec![Choice::new("", "–")],
            boxes: ["working", "not_working", "add", "take_away"]
                .into_iter()
                .map(|kind| ReviewBox { kind, lines: vec![ReviewLine::default(); 2] })
                .collect(),
            wrong: lang.t("review-error-words"),
        };
        vec![("usual", view)]
    }
}
