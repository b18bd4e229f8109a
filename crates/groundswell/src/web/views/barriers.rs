//! A client's barriers, one barrier, and the code list.
//!
//! Addresses: `GET|POST /clients/{id}/barriers`, `GET|POST /clients/{id}/barriers/{barrier}`, `POST .../resolve`,
//! `POST .../reopen`, `GET /barrier-codes?q=`.

use askama::Template;

use super::Chrome;
use super::asks::{Ask, AskKind, PickForm};
use super::client::ClientFrame;
use super::form::{Field, Problem};

/// What is being done about it: an issue, or a signal that nobody took up yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    pub text: String,
    pub title: String,
    pub href: String,
}

/// A barrier on the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BarrierRow {
    pub href: String,
    pub label: String,
    pub severity: String,
    /// Where and when.
    pub facts: String,
    pub own_words: String,
    /// The axes in one line.
    pub axes: String,
    pub others: String,
    pub live: Option<Live>,
    /// How it ended; empty while it is open.
    pub end: String,
    pub is_good_end: bool,
}

/// A crisis on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrisisRow {
    pub href: String,
    pub label: String,
    pub on: String,
    pub review: String,
    pub is_reviewed: bool,
    pub is_overdue: bool,
}

/// The barrier that was recorded a moment ago.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JustRecorded {
    pub text: String,
    pub others: String,
    pub live: Option<Live>,
    pub href: String,
}

/// `GET /clients/{id}/barriers`.
#[derive(Debug, Template)]
#[template(path = "barriers/list.html")]
pub struct BarriersView {
    pub chrome: Chrome,
    pub frame: ClientFrame,
    pub new: Option<JustRecorded>,
    pub open: Vec<BarrierRow>,
    pub past: Vec<BarrierRow>,
    /// Those that ended longer ago, folded away.
    pub older: Vec<BarrierRow>,
    pub crises: Vec<CrisisRow>,
    pub form: PickForm,
    pub may_record: bool,
}

impl BarriersView {
    pub fn problems(&self) -> Vec<Problem> {
        self.form.problems()
    }

    pub fn older_text(&self) -> String {
        self.chrome.t1("barriers-older", "n", self.older.len())
    }

    pub fn open_heading(&self) -> String {
        self.chrome.t1("barriers-open-number", "n", self.open.len())
    }
}

/// How a barrier ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    pub text: String,
    pub is_good: bool,
}

/// One of the rows that a barrier went through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRow {
    pub text: String,
    pub by: String,
    pub at: i64,
}

/// `GET /clients/{id}/barriers/{barrier}`.
#[derive(Debug, Template)]
#[template(path = "barriers/page.html")]
pub struct BarrierView {
    pub chrome: Chrome,
    pub frame: ClientFrame,
    pub id: String,
    /// The row that the form was filled from.
    pub event_id: String,
    pub label: String,
    pub meaning: String,
    pub own_words: String,
    pub facts: Vec<(String, String)>,
    pub end: Option<End>,
    pub others: String,
    pub live: Option<Live>,
    pub history: Vec<VersionRow>,
    pub form: PickForm,
    pub resolve: Vec<Ask>,
    pub may_record: bool,
    pub has_conflict: bool,
}

impl BarrierView {
    pub fn problems(&self) -> Vec<Problem> {
        self.resolve.iter().filter_map(Ask::problem).chain(self.form.problems()).collect()
    }

    pub fn is_form_open(&self) -> bool {
        self.has_conflict || !self.form.problems().is_empty()
    }
}

/// A code on the page of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeRow {
    pub code: String,
    pub label: String,
    pub meaning: String,
    pub examples: String,
    pub not_this: String,
    pub synonyms: String,
    pub axes: String,
}

/// `GET /barrier-codes`.
#[derive(Debug, Template)]
#[template(path = "barriers/codes.html")]
pub struct CodesView {
    pub chrome: Chrome,
    pub query: Field,
    pub codes: Vec<CodeRow>,
    pub version: String,
}

impl CodesView {
    pub fn found_text(&self) -> String {
        self.chrome.t1("barrier-codes-found", "n", self.codes.len())
    }

    pub fn version_text(&self) -> String {
        self.chrome.t1("barrier-codes-version", "version", self.version.clone())
    }
}

#[cfg(test)]
pub mod samples {
    use super::*;
    use crate::web::i18n::Lang;
    use crate::web::views::NavItem;
    use crate::web::views::asks::{Pick, Picker};
    use crate::web::views::client::Tab;
    use crate::web::views::form::Choice;

    pub fn frame(tab: Tab) -> ClientFrame {
        ClientFrame {
            id: "01JXC".into(),
            tab,
            tabs: vec![Tab::File, Tab::Barriers, Tab::Details],
            name: "نور الهدى Moreno".into(),
            pronouns: "she/her".into(),
            language: "Spanish".into(),
            age: Some(15),
            strength: "Plays trumpet".into(),
            wish: "Stay at my school".into(),
            area: "Eastside North".into(),
            workers: vec!["Rosa Alvarez".into()],
            is_restricted: false,
            is_emergency: false,
        }
    }

    pub fn form(lang: Lang, error: Option<&str>) -> PickForm {
        let pick = |code: &str| Pick {
            code: code.into(),
            label: lang.word("barrier", code),
            meaning: lang.word("barrier-is", code),
            search: code.into(),
        };
        let field = error.map_or_else(Field::default, |key| Field::wrong("", lang.t(key)));
        PickForm {
            picker: Picker {
                label: lang.t("barriers-what"),
                rest_label: lang.t1("barriers-all", "n", 30),
                find: lang.t("picker-find"),
                field,
                usual: ["waitlist", "transport"].map(pick).into(),
                rest: ["cost", "hours"].map(pick).into(),
            },
            first: vec![
                Ask::new("occurred_on", AskKind::Day, Field::new("2027-05-02"), lang.t("barriers-when")),
                Ask::new("system", AskKind::Select, Field::new("school"), lang.t("barriers-system")).choices(
                    vec![Choice::new("", "–"), Choice::new("school", lang.word("system", "school"))],
                ),
            ],
            more: vec![
                Ask::new("own_words", AskKind::Area, Field::default(), lang.t("barriers-own-words"))
                    .hint(lang.t("barriers-own-words-hint")),
                Ask::new("cost_days", AskKind::Number, Field::default(), lang.t("barriers-cost-days")),
                Ask::new("rule", AskKind::Text, Field::default(), lang.t("barriers-rule")),
                Ask::new("systems", AskKind::Checks, Field::default(), lang.t("crises-systems"))
                    .choices(vec![Choice::new("school", lang.word("system", "school"))]),
            ],
            is_more_open: error.is_some(),
        }
    }

    pub fn live(lang: Lang) -> Live {
        Live {
            text: lang.t("barriers-live-issue"),
            title: "Renewal letters come in English only".into(),
            href: "/issues/1".into(),
        }
    }

    fn row(lang: Lang, code: &str) -> BarrierRow {
        BarrierRow {
            href: "/clients/01JXC/barriers/1".into(),
            label: lang.word("barrier", code),
            severity: lang.word("severity", "denied"),
            facts: "Larkwater Benefits Office · 2 May 2027".into(),
            own_words: "They sent four pages and I did not know which one mattered.".into(),
            axes: lang.word("locus", "information"),
            others: lang.t1("barriers-others-area", "n", lang.int(41_u64)),
            live: Some(live(lang)),
            end: String::new(),
            is_good_end: false,
        }
    }

    pub fn list(lang: Lang) -> Vec<(&'static str, BarriersView)> {
        let view = || BarriersView {
            chrome: Chrome::sample(lang, "client-tab-barriers", Some(NavItem::Clients)),
            frame: frame(Tab::Barriers),
            new: None,
            open: vec![
                row(lang, "notice_not_understood"),
                BarrierRow { live: None, ..row(lang, "waitlist") },
            ],
            past: vec![BarrierRow {
                end: lang.word("how", "got_it"),
                is_good_end: true,
                ..row(lang, "cost")
            }],
            older: vec![BarrierRow { end: lang.word("how", "gave_up"), ..row(lang, "hours") }],
            crises: vec![CrisisRow {
                href: "/clients/01JXC/crises/1".into(),
                label: lang.word("crisis", "inpatient_stay"),
                on: "14 Apr 2027".into(),
                review: lang.t("crises-state-overdue"),
                is_reviewed: false,
                is_overdue: true,
            }],
            form: form(lang, None),
            may_record: true,
        };
        let new = JustRecorded {
            text: lang.t1("barriers-recorded", "what", lang.word("barrier", "waitlist")),
            others: lang.t1("barriers-others-few", "n", 11),
            live: Some(live(lang)),
            href: "/clients/01JXC/barriers/1".into(),
        };
        let empty = BarriersView {
            open: Vec::new(),
            past: Vec::new(),
            older: Vec::new(),
            crises: Vec::new(),
            may_record: false,
            ..view()
        };
        vec![
            ("usual", view()),
            ("recorded", BarriersView { new: Some(new), ..view() }),
            ("wrong", BarriersView { form: form(lang, Some("error-barriers-code")), ..view() }),
            ("empty", empty),
        ]
    }

    pub fn page(lang: Lang) -> Vec<(&'static str, BarrierView)> {
        let view = || BarrierView {
            chrome: Chrome::sample(lang, "client-tab-barriers", Some(NavItem::Clients)),
            frame: frame(Tab::Barriers),
            id: "1".into(),
            event_id: "1".into(),
            label: lang.word("barrier", "waitlist"),
            meaning: lang.word("barrier-is", "waitlist"),
            own_words: "Siempre dicen que llame el mes que viene.".into(),
            facts: vec![(lang.t("barriers-when"), lang.day("2027-05-02"))],
            end: None,
            others: lang.t1("barriers-others-agency", "n", lang.int(64_u64)),
            live: None,
            history: vec![
                VersionRow {
                    text: "waitlist, 2 May".into(),
                    by: "Rosa Alvarez".into(),
                    at: 1_810_288_920_000_000,
                },
                VersionRow {
                    text: "cost, 2 May".into(),
                    by: "Rosa Alvarez".into(),
                    at: 1_810_288_910_000_000,
                },
            ],
            form: form(lang, None),
            resolve: vec![
                Ask::new("how", AskKind::Select, Field::default(), lang.t("barriers-how"))
                    .choices(vec![Choice::new("got_it", lang.word("how", "got_it"))]),
            ],
            may_record: true,
            has_conflict: false,
        };
        let end = End { text: lang.word("how", "gave_up"), is_good: false };
        vec![
            ("usual", view()),
            ("ended", BarrierView { end: Some(end), live: Some(live(lang)), ..view() }),
            ("conflict", BarrierView { has_conflict: true, ..view() }),
        ]
    }

    pub fn codes(lang: Lang) -> Vec<(&'static str, CodesView)> {
        let row = CodeRow {
            code: "waitlist".into(),
            label: lang.word("barrier", "waitlist"),
            meaning: lang.word("barrier-is", "waitlist"),
            examples: lang.word("barrier-eg", "waitlist"),
            not_this: lang.word("barrier-not", "waitlist"),
            synonyms: lang.word("barrier-syn", "waitlist"),
            axes: lang.word("locus", "capacity"),
        };
        let view = |codes, query: &str| CodesView {
            chrome: Chrome::sample(lang, "barrier-codes-title", None),
            query: Field::new(query),
            codes,
            version: "1.0".into(),
        };
        vec![("usual", view(vec![row], "")), ("none", view(Vec::new(), "zzz"))]
    }
}
