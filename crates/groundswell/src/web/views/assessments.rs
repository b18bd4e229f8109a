//! Needs and assessments of a client: the list, the form of an instrument, one assessment.

use askama::Template;

use super::client::ClientFrame;
use super::form::Problem;
use super::{Choice, Chrome, Field};

/// An instrument that can be begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstrumentRow {
    pub id: String,
    pub title: String,
    pub about: String,
    /// The caller has begun one and not saved it.
    pub has_draft: bool,
}

/// A need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeedRow {
    pub id: String,
    pub domain: String,
    /// ISO text.
    pub named_on: String,
    /// ISO text; empty while it is open.
    pub met_on: String,
    /// Code of its state.
    pub state: String,
    pub note: String,
}

/// A score of an assessment, beside the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreRow {
    pub title: String,
    /// The value with its level; empty where too little was answered.
    pub value: String,
    /// "13 of 14 answered".
    pub answered: String,
    /// Key of what happened to it since the time before; empty without one.
    pub change: &'static str,
    /// Value of the time before.
    pub before: String,
}

impl ScoreRow {
    pub fn change_class(&self) -> &'static str {
        match self.change {
            "assess-change-better" | "assess-change-moved-better" => "tag tag--green",
            "assess-change-worse" | "assess-change-moved-worse" => "tag tag--rust",
            _ => "tag",
        }
    }
}

/// An assessment in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssessmentRow {
    pub id: String,
    pub title: String,
    /// ISO text.
    pub on: String,
    pub stage: String,
    pub by: String,
    pub system: String,
    pub scores: Vec<ScoreRow>,
}

/// `GET /clients/{id}/assessments`.
#[derive(Debug, Template)]
#[template(path = "assessments/list.html")]
pub struct AssessmentsView {
    pub chrome: Chrome,
    pub frame: ClientFrame,
    pub needs: Vec<NeedRow>,
    pub needs_closed: Vec<NeedRow>,
    pub assessments: Vec<AssessmentRow>,
    pub instruments: Vec<InstrumentRow>,
    /// The caller may record, and there is a case to record in.
    pub may_record: bool,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Name and id of the field.
    pub name: String,
    /// A heading above it; empty for none.
    pub section: String,
    pub text: String,
    pub help: String,
    /// `radio`, `checkbox`, `number` or `text`.
    pub input: &'static str,
    pub choices: Vec<Choice>,
    /// Why there is no answer.
    pub missing: Vec<Choice>,
    pub value: String,
    pub error: Option<String>,
    /// `item:code,code;item:code`: shown only where all hold; empty: always.
    pub show_if: String,
}

/// `GET /clients/{id}/assessments/new/{instrument}`.
#[derive(Debug, Template)]
#[template(path = "assessments/form.html")]
pub struct AssessmentFormView {
    pub chrome: Chrome,
    pub frame: ClientFrame,
    pub instrument: String,
    pub version: u32,
    pub title: String,
    pub about: String,
    pub source: String,
    /// Id of the assessment that is corrected; empty for a new one.
    pub corrects: String,
    pub on: Field,
    pub stage: Field,
    pub stages: Vec<Choice>,
    /// Empty where the instrument is about no system.
    pub systems: Vec<Choice>,
    pub system: Field,
    pub made_with_client: bool,
    pub questions: Vec<Question>,
    /// The account, for the copy on this device.
    pub author: String,
    pub draft_at: String,
}

impl AssessmentFormView {
    pub fn action(&self) -> String {
        format!("/clients/{}/assessments/new/{}", self.frame.id, self.instrument)
    }

    pub fn draft(&self) -> String {
        format!("/drafts/assessment/{}", self.frame.id)
    }

    pub fn problems(&self) -> Vec<Problem> {
        let of = |name: &str, error: &Option<String>| {
            error.clone().map(|text| Problem { field: name.to_owned(), text })
        };
        [of("on", &self.on.error), of("stage", &self.stage.error), of("system", &self.system.error)]
            .into_iter()
            .chain(self.questions.iter().map(|it| of(&it.name, &it.error)))
            .flatten()
            .collect()
    }
}

/// `GET /clients/{id}/assessments/{assessment}`.
#[derive(Debug, Template)]
#[template(path = "assessments/page.html")]
pub struct AssessmentView {
    pub chrome: Chrome,
    pub frame: ClientFrame,
    pub row: AssessmentRow,
    pub source: String,
    pub made_with_client: bool,
    /// Section, question, answer.
    pub answers: Vec<(String, String, String)>,
    /// Instrument to correct it with; empty where the caller may not.
    pub correct_href: String,
}

#[cfg(test)]
pub mod samples {
    use super::*;
    use crate::web::i18n::Lang;
    use crate::web::views::NavItem;
    use crate::web::views::client::Tab;

    fn chrome(lang: Lang) -> Chrome {
        Chrome::sample(lang, "nav-clients", Some(NavItem::Clients))
    }

    fn frame() -> ClientFrame {
        ClientFrame {
            id: "01J0".into(),
            tab: Tab::Assessments,
            tabs: Tab::ALL.to_vec(),
            name: "Lucía Moreno".into(),
            pronouns: "she/her".into(),
            language: "Spanish".into(),
            age: Some(34),
            strength: "Knows everybody in the building".into(),
            wish: "A job with regular hours".into(),
            area: "Eastside North".into(),
            workers: vec!["Rosa Delgado".into()],
            is_restricted: false,
            is_emergency: false,
        }
    }

    fn row() -> AssessmentRow {
        AssessmentRow {
            id: "01J1".into(),
            title: "What is needed now".into(),
            on: "2027-05-02".into(),
            stage: "update".into(),
            by: "Rosa Delgado".into(),
            system: "benefits".into(),
            scores: ["assess-change-better", "assess-change-none", ""]
                .into_iter()
                .map(|change| ScoreRow {
                    title: "Needs named".into(),
                    value: "4".into(),
                    answered: "13 / 14".into(),
                    change,
                    before: if change.is_empty() { String::new() } else { "7".into() },
                })
                .collect(),
        }
    }

    pub fn list(lang: Lang) -> Vec<(&'static str, AssessmentsView)> {
        let need = |state: &str| NeedRow {
            id: "01J2".into(),
            domain: "housing_instability".into(),
            named_on: "2027-05-02".into(),
            met_on: if state == "open" { String::new() } else { "2027-06-01".into() },
            state: state.into(),
            note: if state == "open" { String::new() } else { "Moved in with a lease".into() },
        };
        let full = AssessmentsView {
            chrome: chrome(lang),
            frame: frame(),
            needs: vec![need("open")],
            needs_closed: vec![need("met"), need("declined"), need("no_longer")],
            assessments: vec![row()],
            instruments: vec![InstrumentRow {
                id: "social-needs".into(),
                title: "What is needed now".into(),
                about: "A short screen.".into(),
                has_draft: true,
            }],
            may_record: true,
        };
        let empty = AssessmentsView {
            chrome: chrome(lang),
            frame: frame(),
            needs: vec![],
            needs_closed: vec![],
            assessments: vec![],
            instruments: vec![],
            may_record: false,
        };
        vec![("full", full), ("empty", empty)]
    }

    pub fn form(lang: Lang) -> Vec<(&'static str, AssessmentFormView)> {
        let question = |name: &str, input: &'static str, error: Option<String>| Question {
            name: name.into(),
            section: "Home".into(),
            text: "Where do you live now?".into(),
            help: "Ask alone.".into(),
            input,
            choices: vec![
                Choice::new("steady", "A place I can stay in"),
                Choice::new("shelter", "In a shelter"),
            ],
            missing: vec![Choice::new("prefers_not", lang.t("missing-prefers_not"))],
            value: String::new(),
            error,
            show_if: String::new(),
        };
        let view = AssessmentFormView {
            chrome: chrome(lang),
            frame: frame(),
            instrument: "social-needs".into(),
            version: 1,
            title: "What is needed now".into(),
            about: "A short screen.".into(),
            source: "Own wording.".into(),
            corrects: "01J1".into(),
            on: Field::new("2027-05-02"),
            stage: Field::new("entry"),
            stages: vec![Choice::new("entry", lang.t("stage-entry"))],
            systems: vec![Choice::new("benefits", "benefits office")],
            system: Field::wrong("", lang.t("assess-error-system")),
            made_with_client: true,
            questions: vec![
                question("a", "radio", Some(lang.t("assess-error-choice"))),
                question("b", "checkbox", None),
                question("c", "number", None),
                question("d", "text", None),
            ],
            author: "rosa".into(),
            draft_at: String::new(),
        };
        vec![("usual", view)]
    }

    pub fn page(lang: Lang) -> Vec<(&'static str, AssessmentView)> {
        let view = AssessmentView {
            chrome: chrome(lang),
            frame: frame(),
            row: row(),
            source: "Own wording.".into(),
            made_with_client: true,
            answers: vec![("Home".into(), "Where do you live now?".into(), "A place I can stay in".into())],
            correct_href: "/clients/01J0/assessments/new/social-needs?corrects=01J1".into(),
        };
        vec![("usual", view)]
    }
}
