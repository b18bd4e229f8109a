//! The first page of a client's file: the log, the timeline, what is open; one note with its versions.

use askama::Template;

use super::client::ClientFrame;
use super::quick_log::{ContactFields, QuickLogForm};
use super::systems::WhoToCall;
use super::{Choice, Chrome, Field, form::Problem};

/// One line of the timeline, in words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TimelineRow {
    /// The kind of an event, `case` or `task`.
    pub kind: String,
    /// ISO text.
    pub day: String,
    /// Last day of something that lasted, ISO text; empty for none.
    pub until: String,
    /// What it was.
    pub title: String,
    /// The organization, or else the system.
    pub with: String,
    pub words: String,
    /// The words go on: they are all on the note's page.
    pub is_cut: bool,
    pub client_words: String,
    pub by: String,
    /// "phone · 40 min · written with the client".
    pub facts: String,
    /// Who reads it, where it is not the whole team.
    pub readers: String,
    /// Its page; empty for none.
    pub href: String,
    pub is_new: bool,
    pub is_corrected: bool,
}

impl TimelineRow {
    /// The colour of a kind; the word stands in it.
    pub fn tag(&self) -> &'static str {
        match self.kind.as_str() {
            "barrier" | "crisis" => "tag tag--rust",
            "service" | "task" => "tag tag--green",
            "contact" | "referral" => "tag tag--teal",
            _ => "tag",
        }
    }

    pub fn class(&self) -> &'static str {
        match self.kind.as_str() {
            "barrier" | "crisis" => "timeline__item timeline__item--harm",
            "service" | "task" => "timeline__item timeline__item--done",
            _ => "timeline__item",
        }
    }

    pub fn day_text(&self, chrome: &Chrome) -> String {
        if self.until.is_empty() {
            chrome.lang.day_short(&self.day)
        } else {
            chrome.lang.period(&self.day, &self.until)
        }
    }
}

/// What was asked of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TimelineFilter {
    pub kinds: Vec<Choice>,
    pub text: String,
    pub from: Field,
    pub to: Field,
    pub is_new_only: bool,
    /// Anything at all was asked.
    pub is_asked: bool,
}

/// A small list at the side: what is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panel {
    /// For its heading's id.
    pub id: &'static str,
    pub title: String,
    pub href: String,
    pub rows: Vec<PanelRow>,
    /// How many there are besides those shown.
    pub n_more: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PanelRow {
    pub title: String,
    pub note: String,
    /// It is time to do something about it.
    pub is_due: bool,
}

/// `GET /clients/{id}`.
#[derive(Debug, Template)]
#[template(path = "clients/file.html")]
pub struct FileView {
    pub chrome: Chrome,
    pub frame: ClientFrame,
    /// None: this account reads only, or the client has no case.
    pub log: Option<QuickLogForm>,
    pub has_case: bool,
    pub filter: TimelineFilter,
    pub rows: Vec<TimelineRow>,
    /// Others recorded this many since the last look, on this page.
    pub n_new: usize,
    /// The last look, microseconds; None: the first.
    pub looked_at: Option<i64>,
    pub next_href: Option<String>,
    pub print_href: String,
    pub who: WhoToCall,
    pub panels: Vec<Panel>,
}

impl FileView {
    pub fn looked_text(&self) -> String {
        let at = self.looked_at.map(|at| self.chrome.lang.instant(at)).unwrap_or_default();
        self.chrome.t1("tl-looked", "at", at)
    }
}

/// `GET /clients/{id}?view=print`: the timeline on paper, with first name and initial only.
#[derive(Debug, Template)]
#[template(path = "clients/timeline_print.html")]
pub struct TimelinePrintView {
    pub chrome: Chrome,
    pub list_name: String,
    pub back_href: String,
    pub today: String,
    pub rows: Vec<TimelineRow>,
    pub is_cut: bool,
}

/// One version of a note.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VersionRow {
    /// Day it is about, ISO text.
    pub day: String,
    pub title: String,
    pub facts: String,
    pub words: String,
    pub client_words: String,
    pub by: String,
    /// Microseconds.
    pub at: i64,
}

/// The form that corrects a note.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CorrectionForm {
    pub draft: String,
    pub author: String,
    pub key: String,
    pub draft_at: String,
    pub restored: String,
    /// The version it corrects.
    pub seen: String,
    pub words: Field,
    pub contact: ContactFields,
    pub is_open: bool,
}

impl CorrectionForm {
    pub fn problems(&self) -> Vec<Problem> {
        super::form::problems(&[
            ("log-words", &self.words),
            ("log-on", &self.contact.on),
            ("log-minutes", &self.contact.minutes),
            ("log-at", &self.contact.at),
        ])
    }
}

/// `GET /clients/{id}/notes/{note}`.
#[derive(Debug, Template)]
#[template(path = "clients/note.html")]
pub struct NoteView {
    pub chrome: Chrome,
    pub frame: ClientFrame,
    pub id: String,
    pub current: VersionRow,
    /// The versions before it, newest first.
    pub earlier: Vec<VersionRow>,
    pub author: String,
    /// Who reads it, in words.
    pub readers: String,
    /// Who took it back and when, microseconds.
    pub withdrawn: Option<(String, i64)>,
    /// None: not for this account to correct.
    pub correction: Option<CorrectionForm>,
    /// The event that taking back or correcting supersedes.
    pub seen: String,
    /// Choices of who reads it; empty unless it is the caller's own.
    pub visibilities: Vec<Choice>,
    pub named: Vec<Choice>,
    pub named_error: Field,
}

impl NoteView {
    pub fn action(&self, what: &str) -> String {
        format!("/clients/{}/notes/{}/{what}", self.frame.id, self.id)
    }

    pub fn withdrawn_text(&self) -> String {
        self.withdrawn.as_ref().map(|(_, at)| self.chrome.lang.instant(*at)).unwrap_or_default()
    }

    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = self.correction.as_ref().map(CorrectionForm::problems).unwrap_or_default();
        problems.extend(super::form::problems(&[("note-readers", &self.named_error)]));
        problems
    }
}

#[cfg(test)]
pub mod samples {
    use super::super::client::Tab;
    use super::super::quick_log::samples::{form, wrong};
    use super::*;
    use crate::web::i18n::Lang;
    use crate::web::views::NavItem;

    fn frame(name: &str) -> ClientFrame {
        ClientFrame {
            id: "1".into(),
            tab: Tab::File,
            tabs: Tab::ALL.to_vec(),
            name: name.into(),
            pronouns: "she/her".into(),
            language: "Spanish".into(),
            age: Some(15),
            strength: "Plays trumpet; looks after her brother".into(),
            wish: "Stay at my school.".into(),
            area: "Eastside North".into(),
            workers: vec!["Rosa Alvarez".into()],
            is_restricted: false,
            is_emergency: false,
        }
    }

    fn rows(lang: Lang) -> Vec<TimelineRow> {
        let row = |kind: &str, code: &str, words: &str| TimelineRow {
            kind: kind.into(),
            day: "2027-05-08".into(),
            title: lang.word(kind, code),
            words: words.into(),
            by: "Rosa Alvarez".into(),
            ..TimelineRow::default()
        };
        let mut note =
            row("contact", "visit", "The school agreed to a shorter day.\nWe wrote it down together.");
        note.client_words = "I want to stay.".into();
        note.facts = format!("{} · {}", lang.word("medium", "in_person"), lang.t1("tl-minutes", "n", 40));
        note.readers = lang.word("reads", "me");
        note.href = "/clients/1/notes/1".into();
        note.is_new = true;
        note.is_corrected = true;
        note.is_cut = true;
        let mut barrier = row("barrier", "waitlist", "");
        barrier.with = "Harbor County Benefits Office".into();
        barrier.until = "2027-06-08".into();
        let mut case = row("case", "opened", "");
        case.title = lang.word("tlcase", "opened");
        vec![
            note,
            barrier,
            row("task", "", "Call the school"),
            row("crisis", "eviction", "نص من اليمين"),
            case,
        ]
    }

    fn filter(lang: Lang) -> TimelineFilter {
        TimelineFilter {
            kinds: ["contact", "barrier"].map(|kind| Choice::new(kind, lang.word("tlkind", kind))).to_vec(),
            ..TimelineFilter::default()
        }
    }

    pub fn page(lang: Lang) -> Vec<(&'static str, FileView)> {
        let base = || FileView {
            chrome: Chrome::sample(lang, "nav-clients", Some(NavItem::Clients)),
            frame: frame("Lucía Moreno"),
            log: Some(form(lang)),
            has_case: true,
            filter: filter(lang),
            rows: rows(lang),
            n_new: 1,
            looked_at: Some(1_810_000_000_000_000),
            next_href: Some("/clients/1?before=x".into()),
            print_href: "/clients/1?view=print".into(),
            who: crate::web::views::systems::samples::who_to_call(lang),
            panels: vec![Panel {
                id: "panel-tasks",
                title: lang.t("client-tab-tasks"),
                href: "/clients/1/tasks".into(),
                rows: vec![PanelRow { title: "Call the school".into(), note: "12 May".into(), is_due: true }],
                n_more: 2,
            }],
        };
        let empty = FileView {
            log: None,
            has_case: false,
            rows: Vec::new(),
            n_new: 0,
            looked_at: None,
            next_href: None,
            who: WhoToCall { client_id: "1".into(), rows: Vec::new() },
            panels: Vec::new(),
            ..base()
        };
        let mut asked = FileView { log: Some(wrong(lang)), rows: Vec::new(), ..base() };
        asked.filter.is_asked = true;
        asked.filter.from = Field::wrong("soon", lang.t("log-error-day"));
        let mut right_to_left = base();
        right_to_left.frame = frame("نور الهدى عبد الرحمن المنصوري");
        right_to_left.frame.is_emergency = true;
        right_to_left.frame.is_restricted = true;
        vec![("usual", base()), ("empty", empty), ("asked", asked), ("right-to-left", right_to_left)]
    }

    pub fn print(lang: Lang) -> Vec<(&'static str, TimelinePrintView)> {
        let view = TimelinePrintView {
            chrome: Chrome::sample(lang, "tl-title", Some(NavItem::Clients)),
            list_name: "Lucía M.".into(),
            back_href: "/clients/1".into(),
            today: "2027-05-12".into(),
            rows: rows(lang),
            is_cut: true,
        };
        vec![("usual", view)]
    }

    pub fn note(lang: Lang) -> Vec<(&'static str, NoteView)> {
        let version = |words: &str| VersionRow {
            day: "2027-05-08".into(),
            title: lang.word("contact", "visit"),
            facts: lang.word("medium", "in_person"),
            words: words.into(),
            client_words: "I want to stay.".into(),
            by: "Rosa Alvarez".into(),
            at: 1_810_000_000_000_000,
        };
        let contact = wrong(lang).contact;
        let base = || NoteView {
            chrome: Chrome::sample(lang, "cnote-title", Some(NavItem::Clients)),
            frame: frame("Lucía Moreno"),
            id: "1".into(),
            current: version("The school agreed to a shorter day."),
            earlier: vec![version("The school agreed.")],
            author: "Rosa Alvarez".into(),
            readers: lang.word("reads", "team"),
            withdrawn: None,
            correction: Some(CorrectionForm {
                contact: contact.clone(),
                is_open: true,
                ..CorrectionForm::default()
            }),
            seen: "1".into(),
            visibilities: contact.readers.clone(),
            named: contact.named.clone(),
            named_error: Field::wrong("", lang.t("log-error-named")),
        };
        let gone = NoteView {
            withdrawn: Some(("Vera Lind".into(), 1_810_000_000_000_000)),
            correction: None,
            visibilities: Vec::new(),
            earlier: Vec::new(),
            ..base()
        };
        vec![("own", base()), ("withdrawn", gone)]
    }
}
