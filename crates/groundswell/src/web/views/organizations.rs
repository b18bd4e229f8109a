//! The directory of organizations and the professionals in them.
//!
//! Addresses: `GET /organizations` with `q` and `system`, `GET /organizations/new`, `POST /organizations`,
//! `GET /organizations/{id}` with `professional` (whose form is open), `POST /organizations/{id}`,
//! `POST /organizations/{id}/professionals[/{professional}]`.

use askama::Template;
use askama::filters::Safe;
use privacy::Disclosed;

use super::form::{Choice, Field, Problem, problems};
use super::{Chrome, rich};

/// One organization of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationRow {
    pub id: String,
    pub name: String,
    /// How many people one can ask for there, in words.
    pub people: String,
    pub system: String,
    pub area: String,
    pub phone: String,
    pub tel: Option<String>,
    pub hours: String,
}

/// `GET /organizations`.
#[derive(Debug, Template)]
#[template(path = "organizations/list.html")]
pub struct OrganizationsView {
    pub chrome: Chrome,
    pub query: Field,
    pub system: Field,
    pub systems: Vec<Choice>,
    pub rows: Vec<OrganizationRow>,
    /// There are more than are shown.
    pub is_cut: bool,
    pub may_edit: bool,
}

impl OrganizationsView {
    pub fn count_text(&self) -> String {
        self.chrome.t1("org-count", "n", self.rows.len())
    }
}

/// An organization's words as fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrganizationFields {
    pub name: Field,
    pub system: Field,
    pub systems: Vec<Choice>,
    pub area: Field,
    pub areas: Vec<Choice>,
    pub address: Field,
    pub phone: Field,
    pub hours: Field,
    pub note: Field,
}

impl OrganizationFields {
    pub fn problems(&self) -> Vec<Problem> {
        problems(&[
            ("name", &self.name),
            ("system", &self.system),
            ("area", &self.area),
            ("address", &self.address),
            ("phone", &self.phone),
            ("hours", &self.hours),
            ("note", &self.note),
        ])
    }
}

/// `GET /organizations/new`.
#[derive(Debug, Template)]
#[template(path = "organizations/new.html")]
pub struct NewOrganizationView {
    pub chrome: Chrome,
    pub fields: OrganizationFields,
}

/// Somebody who works there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfessionalRow {
    pub id: String,
    pub name: String,
    pub role: String,
    pub phone: String,
    pub tel: Option<String>,
    pub email: String,
    pub note: String,
    /// "left on ..."; empty: still there.
    pub left: String,
}

/// The form of a professional.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfessionalForm {
    pub action: String,
    /// Whose entry it is; empty: a new one.
    pub title: String,
    pub version: String,
    pub name: Field,
    pub role: Field,
    pub phone: Field,
    pub email: Field,
    pub note: Field,
    pub left: Field,
    pub has_conflict: bool,
    pub is_open: bool,
}

impl ProfessionalForm {
    pub fn is_change(&self) -> bool {
        !self.title.is_empty()
    }

    fn problems(&self) -> Vec<Problem> {
        problems(&[
            ("pro_name", &self.name),
            ("pro_role", &self.role),
            ("pro_phone", &self.phone),
            ("pro_email", &self.email),
            ("pro_note", &self.note),
            ("pro_left", &self.left),
        ])
    }
}

/// `GET /organizations/{id}`.
#[derive(Debug, Template)]
#[template(path = "organizations/page.html")]
pub struct OrganizationView {
    pub chrome: Chrome,
    pub id: String,
    pub name: String,
    pub system: String,
    pub area: String,
    pub phone: String,
    pub tel: Option<String>,
    pub hours: String,
    pub address: String,
    pub note: String,
    pub people: Vec<ProfessionalRow>,
    pub professional: ProfessionalForm,
    /// Clients with an open case who are tied to it.
    pub tied: Disclosed<u64>,
    pub fields: OrganizationFields,
    pub version: i64,
    pub has_conflict: bool,
    pub is_form_open: bool,
    pub may_edit: bool,
}

impl OrganizationView {
    pub fn problems(&self) -> Vec<Problem> {
        [self.fields.problems(), self.professional.problems()].concat()
    }

    pub fn sentence(&self) -> Safe<String> {
        let lang = self.chrome.lang;
        let system = super::signals::sentence_case(&lang.word("system", &self.system));
        let place =
            if self.area.is_empty() { system } else { format!("{system}, {}", self.area.replace("**", "")) };
        let key = if self.tied.value() == Some(&0) { "org-sentence-none" } else { "org-sentence" };
        rich(&lang.t_with(key, &[("place", place.into()), ("n", lang.count(self.tied).into())]))
    }
}

#[cfg(test)]
pub mod samples {
    use privacy::Policy;

    use super::*;
    use crate::web::i18n::Lang;

    fn fields() -> OrganizationFields {
        OrganizationFields {
            name: Field::new("Eastside High"),
            systems: vec![Choice::new("school", "school")],
            areas: vec![Choice::new("", "–")],
            ..OrganizationFields::default()
        }
    }

    pub fn list(lang: Lang) -> Vec<(&'static str, OrganizationsView)> {
        let row = OrganizationRow {
            id: "school-1".into(),
            name: "Eastside High".into(),
            people: lang.t1("org-n-people", "n", 2),
            system: "school".into(),
            area: "Eastside North".into(),
            phone: "555 0142".into(),
            tel: Some("tel:5550142".into()),
            hours: "8–16".into(),
        };
        let without = OrganizationRow { id: "x".into(), name: "مدرسة".into(), tel: None, ..row.clone() };
        let view = |rows, is_cut| OrganizationsView {
            chrome: Chrome::sample(lang, "org-directory", None),
            query: Field::default(),
            system: Field::default(),
            systems: vec![Choice::new("", lang.t("org-any"))],
            rows,
            is_cut,
            may_edit: true,
        };
        vec![("usual", view(vec![row, without], true)), ("empty", view(Vec::new(), false))]
    }

    pub fn new(lang: Lang) -> Vec<(&'static str, NewOrganizationView)> {
        let chrome = || Chrome::sample(lang, "org-new", None);
        let wrong = OrganizationFields { phone: Field::wrong("ask", lang.t("error-phone")), ..fields() };
        vec![
            ("empty", NewOrganizationView { chrome: chrome(), fields: OrganizationFields::default() }),
            ("wrong", NewOrganizationView { chrome: chrome(), fields: wrong }),
        ]
    }

    pub fn page(lang: Lang) -> Vec<(&'static str, OrganizationView)> {
        let person = ProfessionalRow {
            id: "1".into(),
            name: "Ms Porter".into(),
            role: "vice principal".into(),
            phone: "555 0142".into(),
            tel: Some("tel:5550142".into()),
            email: "porter@eastside.example".into(),
            note: String::new(),
            left: String::new(),
        };
        let left = ProfessionalRow {
            id: "2".into(),
            left: lang.t1("pro-left-on", "day", "1 May"),
            ..person.clone()
        };
        let view = || OrganizationView {
            chrome: Chrome::sample(lang, "org-directory", None),
            id: "school-1".into(),
            name: "Eastside High".into(),
            system: "school".into(),
            area: "Eastside North".into(),
            phone: "555 0142".into(),
            tel: Some("tel:5550142".into()),
            hours: "8–16".into(),
            address: "1 Harbor Street".into(),
            note: "Ring twice".into(),
            people: vec![person.clone(), left.clone()],
            professional: ProfessionalForm::default(),
            tied: Policy::default().count(7),
            fields: fields(),
            version: 1,
            has_conflict: false,
            is_form_open: false,
            may_edit: true,
        };
        let empty = OrganizationView {
            people: Vec::new(),
            phone: String::new(),
            tel: None,
            hours: String::new(),
            address: String::new(),
            note: String::new(),
            tied: Policy::default().count(0),
            may_edit: false,
            ..view()
        };
        let conflict = OrganizationView {
            has_conflict: true,
            is_form_open: true,
            professional: ProfessionalForm {
                title: "Ms Porter".into(),
                is_open: true,
                has_conflict: true,
                email: Field::wrong("x", lang.t("error-email")),
                ..ProfessionalForm::default()
            },
            ..view()
        };
        vec![("usual", view()), ("empty", empty), ("conflict", conflict)]
    }
}
