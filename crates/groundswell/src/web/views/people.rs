//! People and roles: who may do what.
//!
//! Addresses: `GET /people`, `GET /people/new`, `POST /people` (`display_name`, `login`, `roles` once per role),
//! `GET /people/{id}`, `POST /people/{id}/roles` (`roles`), `POST /people/{id}/deactivate`,
//! `POST /people/{id}/reactivate`, `POST /people/{id}/link`. A one-time link is shown by the answer to the POST
//! and never again.

use askama::Template;

use super::Chrome;
use super::form::{Choice, Field, Problem, problems};
use crate::web::i18n::Lang;

/// Codes of roles, in the order they are offered.
pub const ROLES: [&str; 6] =
    ["caseworker", "supervisor", "organizer", "evaluator", "administrator", "privacy_officer"];

/// The roles as checkboxes with what each may do; `held` are chosen.
pub fn role_choices(lang: Lang, held: &[String]) -> Vec<Choice> {
    let choice = |role: &str| Choice {
        value: role.to_owned(),
        label: super::signals::sentence_case(&lang.word("role", role)),
        hint: lang.t(&format!("role-may-{role}")),
        is_chosen: held.iter().any(|code| code == role),
    };
    ROLES.into_iter().map(choice).collect()
}

/// A person on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    pub id: String,
    pub display_name: String,
    pub login: String,
    /// Codes of roles.
    pub roles: Vec<String>,
    pub is_active: bool,
    /// Has not used the one-time link yet.
    pub is_waiting: bool,
    /// Last log-in, microseconds since 1970.
    pub seen_at: Option<i64>,
}

/// `GET /people`.
#[derive(Debug, Template)]
#[template(path = "people/list.html")]
pub struct PeopleView {
    pub chrome: Chrome,
    pub rows: Vec<PersonRow>,
    pub may_edit: bool,
}

impl PeopleView {
    pub fn roles_text(&self, row: &PersonRow) -> String {
        let lang = self.chrome.lang;
        let words: Vec<String> = row.roles.iter().map(|role| lang.word("role", role)).collect();
        lang.list(&words)
    }

    pub fn seen_text(&self, row: &PersonRow) -> String {
        row.seen_at.map_or_else(|| self.chrome.t("person-never-seen"), |at| self.chrome.lang.instant(at))
    }
}

/// `GET /people/new`.
#[derive(Debug, Template)]
#[template(path = "people/new.html")]
pub struct NewPersonView {
    pub chrome: Chrome,
    pub display_name: Field,
    pub login: Field,
    /// Carries the error of the checkboxes.
    pub roles_error: Field,
    /// See [`role_choices`].
    pub roles: Vec<Choice>,
}

impl NewPersonView {
    pub fn problems(&self) -> Vec<Problem> {
        problems(&[
            ("display_name", &self.display_name),
            ("login", &self.login),
            ("roles", &self.roles_error),
        ])
    }
}

/// `GET /people/{id}`.
#[derive(Debug, Template)]
#[template(path = "people/page.html")]
pub struct PersonView {
    pub chrome: Chrome,
    pub id: String,
    pub display_name: String,
    pub login: String,
    pub is_active: bool,
    /// The account that looks: it cannot deactivate itself.
    pub is_self: bool,
    pub roles_error: Field,
    pub roles: Vec<Choice>,
    /// The whole address of a fresh one-time link, and how long it works.
    pub link: Option<OneTimeLink>,
}

/// A one-time link to choose a passphrase with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTimeLink {
    pub address: String,
    /// Hours it works.
    pub hours: u64,
}

impl PersonView {
    pub fn problems(&self) -> Vec<Problem> {
        problems(&[("roles", &self.roles_error)])
    }

    pub fn link_text(&self, link: &OneTimeLink) -> String {
        self.chrome.t1("person-link-help", "n", link.hours)
    }
}

#[cfg(test)]
pub mod samples {
    use super::*;
    use crate::web::views::NavItem;

    fn person(name: &str, login: &str, roles: &[&str]) -> PersonRow {
        PersonRow {
            id: "01JXP".into(),
            display_name: name.into(),
            login: login.into(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            is_active: true,
            is_waiting: false,
            seen_at: Some(1_810_288_920_000_000),
        }
    }

    pub fn list(lang: Lang) -> Vec<(&'static str, PeopleView)> {
        let rows = vec![
            person("Ada Mensah", "ada", &["administrator", "privacy_officer"]),
            person("Rosa Alvarez", "rosa", &["caseworker", "organizer"]),
            PersonRow { is_active: false, ..person("Sam Whitfield", "sam", &["supervisor"]) },
            PersonRow {
                is_waiting: true,
                seen_at: None,
                ..person(
                    "نور الهدى عبد الرحمن المنصوري",
                    "noor.al-mansouri@harbor-street.example",
                    &["evaluator"],
                )
            },
        ];
        let chrome = || Chrome::sample(lang, "nav-people", Some(NavItem::People));
        vec![
            ("usual", PeopleView { chrome: chrome(), rows: rows.clone(), may_edit: true }),
            ("read-only", PeopleView { chrome: chrome(), rows, may_edit: false }),
        ]
    }

    pub fn new(lang: Lang) -> Vec<(&'static str, NewPersonView)> {
        let view = |display_name, login, roles_error| NewPersonView {
            chrome: Chrome::sample(lang, "person-new", Some(NavItem::People)),
            display_name,
            login,
            roles_error,
            roles: role_choices(lang, &[]),
        };
        let wrong = view(
            Field::new("Rosa Alvarez"),
            Field::wrong("rosa", lang.t("error-login-taken")),
            Field::wrong("", lang.t("error-roles")),
        );
        vec![("empty", view(Field::default(), Field::default(), Field::default())), ("wrong", wrong)]
    }

    pub fn page(lang: Lang) -> Vec<(&'static str, PersonView)> {
        let view = || {
            let mut chrome = Chrome::sample(lang, "nav-people", Some(NavItem::People));
            chrome.title = lang.t("person");
            PersonView {
                chrome,
                id: "01JXP".into(),
                display_name: "نور الهدى".into(),
                login: "noor".into(),
                is_active: true,
                is_self: false,
                roles_error: Field::default(),
                roles: role_choices(lang, &["evaluator".to_owned()]),
                link: None,
            }
        };
        let link = OneTimeLink {
            address: "https://groundswell.harbor-street.example/welcome/8fk2-Qm0z-r7Wd-51Tn-hhX9".into(),
            hours: 72,
        };
        vec![
            ("usual", view()),
            ("link", PersonView { link: Some(link), ..view() }),
            ("inactive", PersonView { is_active: false, ..view() }),
            (
                "wrong",
                PersonView {
                    is_self: true,
                    roles_error: Field::wrong("", lang.t("error-last-admin")),
                    ..view()
                },
            ),
        ]
    }
}
