//! Imports: a file, what its columns mean, what is wrong with which row, and the way back.
//!
//! Addresses: `GET /imports`, `GET /imports/new`, `POST /imports` (multipart: `kind`, `dataset`, `file`),
//! `GET/POST /imports/{id}/mapping` (the button's name is `do`: `check` or `import`), `GET /imports/{id}`,
//! `GET /imports/{id}/progress` ([`ImportFragment`]; answer `HX-Refresh: true` once it is done),
//! `GET /imports/{id}/bad-rows.csv`, `POST /imports/{id}/undo`.

use askama::Template;

use super::form::{Choice, Field, Problem, problems};
use super::{Chrome, form};

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    Areas,
    Population,
    Events,
}

impl FileKind {
    pub const ALL: [Self; 3] = [Self::Areas, Self::Population, Self::Events];

    /// Its code in forms and addresses.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Areas => "areas",
            Self::Population => "population",
            Self::Events => "events",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    pub fn key(&self) -> String {
        format!("file-{}", self.code())
    }
}

/// Where an import stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchState {
    /// The columns have no meaning yet.
    Uploaded,
    /// Rows are being read.
    Running {
        n_done: u64,
        n_total: u64,
    },
    Done,
    /// Why, in the page's language.
    Failed {
        reason: String,
    },
    Undone,
}

/// One import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchRow {
    pub id: String,
    pub file_name: String,
    pub kind: FileKind,
    /// The data set's name; empty for areas.
    pub dataset: String,
    pub n_good: u64,
    pub n_bad: u64,
    /// Microseconds since 1970.
    pub at: i64,
    pub by: String,
    pub state: BatchState,
    pub may_undo: bool,
}

impl BatchRow {
    /// The page that shows it, or where its columns are given meaning.
    pub fn href(&self) -> String {
        match self.state {
            BatchState::Uploaded => format!("/imports/{}/mapping", self.id),
            _ => format!("/imports/{}", self.id),
        }
    }
}

/// `GET /imports`.
#[derive(Debug, Template)]
#[template(path = "imports/list.html")]
pub struct ImportsView {
    pub chrome: Chrome,
    /// Newest first.
    pub batches: Vec<BatchRow>,
    pub may_import: bool,
    /// The next page of the list.
    pub next_href: Option<String>,
}

/// `GET /imports/new`, and again after a file that cannot be read.
#[derive(Debug, Template)]
#[template(path = "imports/new.html")]
pub struct UploadView {
    pub chrome: Chrome,
    pub kind: Field,
    pub dataset: Field,
    pub file: Field,
    /// The largest file taken, in megabytes.
    pub limit_mb: u64,
}

impl UploadView {
    pub fn problems(&self) -> Vec<Problem> {
        problems(&[("kind", &self.kind), ("dataset", &self.dataset), ("file", &self.file)])
    }

    pub fn kinds(&self) -> Vec<Choice> {
        let choice = |kind: FileKind| {
            Choice::new(kind.code(), self.chrome.t(&kind.key()))
                .with_hint(self.chrome.t(&format!("{}-hint", kind.key())))
        };
        FileKind::ALL.into_iter().map(choice).collect()
    }

    pub fn limit_text(&self) -> String {
        self.chrome.t1("upload-limit", "n", self.limit_mb)
    }
}

/// What one role of the mapping takes its value from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleRow {
    /// The role's code: `kind`, `code`, `day`, `day_to`, `area`, `case`, `count`, `exposure`, `system`. Form fields
    /// are `{role}_column` and, where allowed, `{role}_constant`.
    pub role: String,
    pub is_required: bool,
    /// Whether a constant may be given instead of a column.
    pub takes_constant: bool,
    /// The chosen column; empty for none.
    pub column: String,
    pub constant: Field,
    /// Values to choose the constant from; empty: free text.
    pub constants: Vec<Choice>,
}

/// One group dimension: form fields `group_{n}_dimension`, `group_{n}_column`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupRow {
    pub dimension: String,
    pub column: String,
}

/// What is wrong with one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub line: u64,
    /// Empty when the row as a whole is meant.
    pub column: String,
    pub expected: String,
    /// The kind of what stands there, never the value.
    pub found: String,
}

/// What would happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DryRun {
    pub n_good: u64,
    pub n_bad: u64,
    /// The first problems.
    pub verdicts: Vec<Verdict>,
    /// How many problems there are beyond those.
    pub n_more: u64,
    /// About the file as a whole, in the page's language.
    pub warnings: Vec<String>,
}

/// `GET/POST /imports/{id}/mapping`.
#[derive(Debug, Template)]
#[template(path = "imports/mapping.html")]
pub struct MappingView {
    pub chrome: Chrome,
    pub id: String,
    pub file_name: String,
    pub kind: FileKind,
    pub columns: Vec<String>,
    /// The first rows of the file, shown only to who uploads it.
    pub first_rows: Vec<Vec<String>>,
    pub roles: Vec<RoleRow>,
    pub groups: Vec<GroupRow>,
    pub date_style: Field,
    pub date_styles: Vec<Choice>,
    /// What cannot be done with this mapping, by field.
    pub problems: Vec<form::Problem>,
    pub dry_run: Option<DryRun>,
}

impl MappingView {
    pub fn column_choices(&self) -> Vec<Choice> {
        let none = Choice::new("", self.chrome.t("mapping-none"));
        std::iter::once(none).chain(self.columns.iter().map(|name| Choice::new(name, name))).collect()
    }

    pub fn role_text(&self, row: &RoleRow) -> String {
        self.chrome.t(&format!("role-of-{}", row.role))
    }

    pub fn role_hint(&self, row: &RoleRow) -> String {
        self.chrome.t(&format!("role-of-{}-hint", row.role))
    }

    pub fn error_of(&self, name: &str) -> Option<&str> {
        self.problems.iter().find(|problem| problem.field == name).map(|problem| problem.text.as_str())
    }

    pub fn counts(&self, run: &DryRun) -> String {
        counts(&self.chrome, run.n_good, run.n_bad)
    }

    pub fn more(&self, n: &u64) -> String {
        self.chrome.t1("verdicts-more", "n", *n)
    }
}

fn counts(chrome: &Chrome, n_good: u64, n_bad: u64) -> String {
    let good = chrome.t1("rows-good", "n", n_good);
    let bad = chrome.t1("rows-bad", "n", n_bad);
    format!("{good} {bad}")
}

/// `GET /imports/{id}`: progress, then the result.
#[derive(Debug, Template)]
#[template(path = "imports/page.html")]
pub struct ImportView {
    pub chrome: Chrome,
    pub batch: BatchRow,
    pub verdicts: Vec<Verdict>,
    pub n_more: u64,
    /// What was found worth saying about the file, in the page's language.
    pub warnings: Vec<String>,
}

/// `GET /imports/{id}/progress`.
#[derive(Debug, Template)]
#[template(path = "imports/progress.html")]
pub struct ImportFragment {
    pub chrome: Chrome,
    pub batch: BatchRow,
}

impl ImportView {
    pub fn counts(&self) -> String {
        counts(&self.chrome, self.batch.n_good, self.batch.n_bad)
    }

    pub fn more(&self, n: &u64) -> String {
        self.chrome.t1("verdicts-more", "n", *n)
    }
}

#[cfg(test)]
pub mod samples {
    use super::*;
    use crate::web::i18n::Lang;
    use crate::web::views::NavItem;

    fn batch(name: &str, kind: FileKind, state: BatchState) -> BatchRow {
        let is_done = state == BatchState::Done;
        BatchRow {
            id: "01JXB".into(),
            file_name: name.into(),
            kind,
            dataset: if kind == FileKind::Areas { String::new() } else { "evictions".into() },
            n_good: if is_done { 48_213 } else { 0 },
            n_bad: if is_done { 37 } else { 0 },
            at: 1_810_288_920_000_000,
            by: "Ada Mensah".into(),
            state,
            may_undo: is_done,
        }
    }

    fn verdicts() -> Vec<Verdict> {
        let verdict = |line, column: &str, expected: &str, found: &str| Verdict {
            line,
            column: column.into(),
            expected: expected.into(),
            found: found.into(),
        };
        vec![
            verdict(18, "filed_on", "a day such as 2024-03-01", "text"),
            verdict(104, "zip", "the code of an imported area", "an unknown code"),
            verdict(2201, "", "12 columns", "11 columns"),
        ]
    }

    pub fn list(lang: Lang) -> Vec<(&'static str, ImportsView)> {
        let view = |batches| ImportsView {
            chrome: Chrome::sample(lang, "nav-imports", Some(NavItem::Imports)),
            batches,
            may_import: true,
            next_href: None,
        };
        let failed = BatchState::Failed { reason: lang.t("error-file-not-csv") };
        vec![
            ("empty", view(Vec::new())),
            (
                "usual",
                view(vec![
                    batch(
                        "evictions-2027.csv",
                        FileKind::Events,
                        BatchState::Running { n_done: 3, n_total: 9 },
                    ),
                    batch("عمليات-الإخلاء.csv", FileKind::Events, BatchState::Uploaded),
                    batch(
                        "evictions-2016-2026-final-version-corrected.csv",
                        FileKind::Events,
                        BatchState::Done,
                    ),
                    batch("people.xlsx", FileKind::Population, failed),
                    batch("wards.geojson", FileKind::Areas, BatchState::Done),
                    batch("people-by-ward.csv", FileKind::Population, BatchState::Undone),
                ]),
            ),
        ]
    }

    pub fn upload(lang: Lang) -> Vec<(&'static str, UploadView)> {
        let view = |kind, dataset, file| UploadView {
            chrome: Chrome::sample(lang, "import-new", Some(NavItem::Imports)),
            kind,
            dataset,
            file,
            limit_mb: 200,
        };
        vec![
            ("empty", view(Field::new("events"), Field::default(), Field::default())),
            (
                "wrong",
                view(
                    Field::new("events"),
                    Field::wrong("Évictions 2027!", lang.t("error-dataset")),
                    Field::wrong("", lang.t("error-file")),
                ),
            ),
        ]
    }

    pub fn mapping(lang: Lang) -> Vec<(&'static str, MappingView)> {
        let role = |role: &str, is_required, column: &str, takes_constant| RoleRow {
            role: role.into(),
            is_required,
            takes_constant,
            column: column.into(),
            ..RoleRow::default()
        };
        let view = || MappingView {
            chrome: Chrome::sample(lang, "mapping-title", Some(NavItem::Imports)),
            id: "01JXB".into(),
            file_name: "evictions-2027.csv".into(),
            kind: FileKind::Events,
            columns: [
                "case_no",
                "filed_on",
                "zip",
                "tenant_language",
                "households",
                "outcome_of_the_first_hearing",
            ]
            .map(String::from)
            .to_vec(),
            first_rows: vec![
                ["E-1", "2027-03-01", "02121", "Spanish", "1", "default judgment"].map(String::from).to_vec(),
                ["E-2", "2027-03-01", "02124", "العربية", "1", "dismissed"].map(String::from).to_vec(),
                ["E-3", "3 March", "02125", "English", "2", "default judgment"].map(String::from).to_vec(),
            ],
            roles: vec![
                RoleRow {
                    constants: ["barrier", "crisis", "decision"]
                        .iter()
                        .map(|code| Choice::new(*code, lang.word("kind", code)))
                        .collect(),
                    constant: Field::new("crisis"),
                    ..role("kind", true, "", true)
                },
                RoleRow { constant: Field::new("eviction"), ..role("code", true, "", true) },
                role("day", true, "filed_on", false),
                role("day_to", false, "", false),
                role("area", true, "zip", false),
                role("case", false, "case_no", false),
                role("count", false, "households", false),
                role("exposure", false, "", false),
                role("system", false, "", true),
            ],
            groups: vec![
                GroupRow { dimension: "language".into(), column: "tenant_language".into() },
                GroupRow::default(),
                GroupRow::default(),
            ],
            date_style: Field::new("auto"),
            date_styles: ["auto", "iso", "us", "eu"]
                .iter()
                .map(|code| Choice::new(*code, lang.t(&format!("date-style-{code}"))))
                .collect(),
            problems: Vec::new(),
            dry_run: None,
        };
        let checked = MappingView {
            dry_run: Some(DryRun {
                n_good: 48_213,
                n_bad: 37,
                verdicts: verdicts(),
                n_more: 34,
                warnings: vec![lang.t("warning-encoding")],
            }),
            ..view()
        };
        let wrong = MappingView {
            problems: vec![form::Problem { field: "day_column".into(), text: lang.t("error-role-missing") }],
            ..view()
        };
        let clean = MappingView {
            dry_run: Some(DryRun {
                n_good: 120,
                n_bad: 0,
                verdicts: Vec::new(),
                n_more: 0,
                warnings: Vec::new(),
            }),
            ..view()
        };
        vec![("empty", view()), ("checked", checked), ("wrong", wrong), ("clean", clean)]
    }

    pub fn page(lang: Lang) -> Vec<(&'static str, ImportView)> {
        let view = |batch: BatchRow, verdicts, n_more| {
            let mut chrome = Chrome::sample(lang, "nav-imports", Some(NavItem::Imports));
            chrome.title = batch.file_name.clone();
            ImportView { chrome, batch, verdicts, n_more, warnings: Vec::new() }
        };
        let running = BatchState::Running { n_done: 31_000, n_total: 48_250 };
        let failed = BatchState::Failed { reason: lang.t("error-file-not-csv") };
        vec![
            ("running", view(batch("evictions-2027.csv", FileKind::Events, running), Vec::new(), 0)),
            ("done", view(batch("evictions-2027.csv", FileKind::Events, BatchState::Done), verdicts(), 34)),
            ("failed", view(batch("people.xlsx", FileKind::Population, failed), Vec::new(), 0)),
            ("undone", view(batch("wards.geojson", FileKind::Areas, BatchState::Undone), Vec::new(), 0)),
        ]
    }

    pub fn fragment(lang: Lang) -> Vec<(&'static str, ImportFragment)> {
        let running = BatchState::Running { n_done: 31_000, n_total: 48_250 };
        let view = |state| ImportFragment {
            chrome: Chrome::sample(lang, "nav-imports", Some(NavItem::Imports)),
            batch: batch("evictions-2027.csv", FileKind::Events, state),
        };
        vec![("running", view(running)), ("done", view(BatchState::Done))]
    }
}
