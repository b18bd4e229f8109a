//! The quick log: a note, a barrier and a task from one box. It stands on a client's file, on a page of its own, and
//! wherever `parts/quick_log.html` is called with a [`QuickLogForm`].

use askama::Template;

use super::{Choice, Chrome, Field, form::Problem};

/// The box with everything in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QuickLogForm {
    /// Where it is sent.
    pub action: String,
    /// Where its draft is kept.
    pub draft: String,
    /// Whose it is: the copy in the browser belongs to one person.
    pub author: String,
    /// Its key: sent twice, recorded once.
    pub key: String,
    /// The version of the draft it was filled from; empty for none.
    pub draft_at: String,
    /// When that draft was kept, in words; empty for none.
    pub restored: String,
    /// Where to go back to.
    pub back: String,
    /// The clients to choose from; empty on a client's own file.
    pub clients: Vec<Choice>,
    pub client: Field,
    pub words: Field,
    pub task: Field,
    pub due_on: Field,
    /// Those recorded most, to tick.
    pub barriers: Vec<Choice>,
    /// All others.
    pub more_barriers: Vec<Choice>,
    pub due: Vec<Choice>,
    pub contact: ContactFields,
    /// Something in the folded part is filled in.
    pub is_more_open: bool,
}

/// What is said of a contact besides the worker's words; the same fields correct a note.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContactFields {
    pub media: Vec<Choice>,
    pub is_attempted: bool,
    /// The system or organization it was with or about: a code or an id.
    pub at: Field,
    pub systems: Vec<Choice>,
    pub organizations: Vec<Choice>,
    pub on: Field,
    pub minutes: Field,
    pub place: Field,
    pub client_words: Field,
    pub whom: Vec<Choice>,
    pub topics: Vec<Choice>,
    pub is_with_client: bool,
    /// Empty where the form does not change who reads it.
    pub readers: Vec<Choice>,
    /// Who can be named.
    pub named: Vec<Choice>,
    pub readers_error: Field,
}

impl QuickLogForm {
    /// What is wrong, by the ids of the fields.
    pub fn problems(&self) -> Vec<Problem> {
        let contact = &self.contact;
        super::form::problems(&[
            ("log-client", &self.client),
            ("log-words", &self.words),
            ("log-task", &self.task),
            ("log-due-on", &self.due_on),
            ("log-on", &contact.on),
            ("log-minutes", &contact.minutes),
            ("log-at", &contact.at),
            ("log-readers", &contact.readers_error),
        ])
    }
}

/// A text that was begun and not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfinishedRow {
    /// First name and initial; empty for one of no client yet.
    pub name: String,
    pub href: String,
    /// Microseconds since 1970.
    pub at: i64,
}

/// `GET /quick-log`.
#[derive(Debug, Template)]
#[template(path = "quick_log/page.html")]
pub struct QuickLogView {
    pub chrome: Chrome,
    /// None: the account works with no client.
    pub log: Option<QuickLogForm>,
    pub unfinished: Vec<UnfinishedRow>,
}

#[cfg(test)]
pub mod samples {
    use super::*;
    use crate::web::i18n::Lang;

    fn choices(lang: Lang, list: &str, codes: &[&str]) -> Vec<Choice> {
        codes.iter().map(|code| Choice::new(*code, lang.word(list, code))).collect()
    }

    pub fn form(lang: Lang) -> QuickLogForm {
        let mut media = choices(lang, "medium", &["in_person", "phone", "video", "text", "email", "letter"]);
        media[0].is_chosen = true;
        let mut due = choices(lang, "log-due", &["today", "tomorrow", "week", "day"]);
        due[1].is_chosen = true;
        let mut readers = choices(lang, "reads", &["team", "me", "named", "client"]);
        readers[0].is_chosen = true;
        let mut whom = choices(lang, "whom", &["client", "family", "system"]);
        whom[0].is_chosen = true;
        QuickLogForm {
            action: "/clients/1/log".into(),
            draft: "/drafts/log/1".into(),
            author: "rosa".into(),
            key: "01JX".into(),
            back: "/clients/1".into(),
            barriers: choices(
                lang,
                "barrier",
                &["notice_not_understood", "waitlist", "transport", "procedural_denial", "cost"],
            ),
            more_barriers: choices(lang, "barrier", &["stigma_fear", "documents_missing"]),
            due,
            contact: ContactFields {
                media,
                systems: choices(lang, "system", &["school", "benefits"]),
                organizations: vec![Choice::new("org-1", "Harbor County Benefits Office")],
                whom,
                topics: choices(lang, "topic", &["housing", "benefits", "school"]),
                readers,
                named: vec![Choice::new("ben", "Ben Okafor"), Choice::new("nour", "نور الهدى")],
                on: Field::new("2027-05-12"),
                ..ContactFields::default()
            },
            ..QuickLogForm::default()
        }
    }

    pub fn wrong(lang: Lang) -> QuickLogForm {
        let mut wrong = form(lang);
        wrong.words = Field::wrong("", lang.t("log-error-empty"));
        wrong.contact.minutes = Field::wrong("an hour", lang.t("log-error-minutes"));
        wrong.contact.readers_error = Field::wrong("", lang.t("log-error-named"));
        wrong.restored = lang.instant(1_810_000_000_000_000);
        wrong.draft_at = "1810000000000000".into();
        wrong.contact.is_attempted = true;
        wrong.contact.is_with_client = true;
        wrong.is_more_open = true;
        wrong
    }

    pub fn page(lang: Lang) -> Vec<(&'static str, QuickLogView)> {
        let chrome = || Chrome::sample(lang, "log-title", None);
        let mut usual = form(lang);
        usual.clients = vec![Choice::new("1", "Lucía M."), Choice::new("2", "نور ه.")];
        let unfinished = vec![
            UnfinishedRow { name: "Lucía M.".into(), href: "/clients/1".into(), at: 1_810_000_000_000_000 },
            UnfinishedRow { name: String::new(), href: "/quick-log".into(), at: 1_810_000_000_000_000 },
        ];
        vec![
            ("usual", QuickLogView { chrome: chrome(), log: Some(usual), unfinished }),
            ("empty", QuickLogView { chrome: chrome(), log: None, unfinished: Vec::new() }),
        ]
    }
}
