//! Imports: a file, what its columns mean, what is wrong with which row, and the way back.
//!
//! Addresses: `GET /imports`, `GET /imports/new`, `POST /imports` (multipart: `kind`, `dataset`, `file`),
//! `GET/POST /imports/{id}/mapping` (the button's name is `do`: `check`, `import`, `file` for the mapping as a file,
//! `add` for one event more, `values` to list the values of the chosen columns, `fill` to take a pasted mapping), `GET /imports/{id}`,
//! `GET /imports/{id}/progress` ([`ImportFragment`]; answer `HX-Refresh: true` once it is done),
//! `GET /imports/{id}/bad-rows.csv`, `POST /imports/{id}/undo`.

use askama::Template;

use super::form::{Choice, Field, Problem, problems};
use super::{Chrome, form};
use crate::web::i18n::Lang;

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
    /// How much of the file has been read: "42 %".
    pub fn share_text(&self, lang: &Lang) -> String {
        match self.state {
            BatchState::Running { n_done, n_total } => lang.percent(n_done as f64 / n_total.max(1) as f64, 0),
            _ => String::new(),
        }
    }

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
    /// The role's code, by which its words are found: `kind`, `code`, `day`, `day_to`, `area`, `case` ...
    pub role: String,
    /// What the names of its fields begin with: the code, for a second event `e2_` and the code. The fields are
    /// `{name}_column` and, where allowed, `{name}_constant`, `{name}_values`, `{name}_other`.
    pub name: String,
    pub is_required: bool,
    /// Whether a constant may be given instead of a column.
    pub takes_constant: bool,
    /// The chosen column; empty for none.
    pub column: String,
    pub constant: Field,
    /// Values to choose the constant from; empty: free text.
    pub constants: Vec<Choice>,
    /// Where the column's values can be translated.
    pub values: Option<ValueList>,
}

/// What a column's values become: form fields `{name}_values` (one line each) and `{name}_other`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValueList {
    pub values: Field,
    pub other: Field,
    /// Words to choose `other` from; empty: free text.
    pub others: Vec<Choice>,
}

impl ValueList {
    pub fn is_open(&self) -> bool {
        [&self.values, &self.other].iter().any(|field| !field.value.is_empty() || field.error.is_some())
    }
}

/// One group dimension: form fields `{name}_dimension`, `{name}_column`, and those of its values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupRow {
    /// From 1.
    pub number: usize,
    pub name: String,
    pub dimension: Field,
    pub column: Field,
    pub values: Option<ValueList>,
}

/// One filter of rows: form fields `{name}_column`, `{name}_how`, `{name}_values`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilterRow {
    pub name: String,
    pub column: Field,
    /// `any_of`, `none_of`, `min` or `max`.
    pub how: String,
    pub values: Field,
}

/// The fields of one event that a row gives; those of a population are the same without filters and lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventForm {
    /// From 1.
    pub number: usize,
    /// What the names of the fields begin with: empty for the first event.
    pub prefix: String,
    pub roles: Vec<RoleRow>,
    /// Roles that most files do not need.
    pub more: Vec<RoleRow>,
    pub label: Field,
    pub bounds: Field,
    pub bounds_choices: Vec<Choice>,
    pub count_any_of: Field,
    pub filters: Vec<FilterRow>,
    pub groups: Vec<GroupRow>,
}

impl EventForm {
    pub fn field_name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Whether something that most files do not need is filled in, or wrong.
    pub fn is_open(&self, problems: &[Problem]) -> bool {
        let is_used = |field: &Field| !field.value.is_empty() || field.error.is_some();
        let is_wrong = |name: &str| problems.iter().any(|problem| problem.field == name);
        is_used(&self.label)
            || is_used(&self.count_any_of)
            || !matches!(self.bounds.value.as_str(), "" | "[]")
            || self.filters.iter().any(|filter| is_used(&filter.column) || is_used(&filter.values))
            || self.more.iter().any(|row| {
                !row.column.is_empty() || is_used(&row.constant) || is_wrong(&format!("{}_column", row.name))
            })
    }
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
    /// One for each event that a row gives; a population has one.
    pub events: Vec<EventForm>,
    pub dataset: Field,
    pub title: Field,
    pub delimiter: Field,
    pub delimiters: Vec<Choice>,
    /// A mapping's file, pasted.
    pub mapping_file: Field,
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

    pub fn is_events(&self) -> bool {
        self.kind == FileKind::Events
    }

    /// Lines for a list of values: what is typed, within reason.
    pub fn list_rows(&self, text: &str) -> usize {
        (text.lines().count() + 1).clamp(3, 14)
    }

    pub fn filter_rows(&self, text: &str) -> usize {
        text.lines().count().clamp(1, 10)
    }

    /// The name of a field: what a role's names begin with, and which of its fields.
    pub fn part(&self, name: &str, part: &str) -> String {
        format!("{name}_{part}")
    }

    pub fn values_help(&self, role: &str) -> String {
        self.chrome.t(&format!("values-of-{role}"))
    }

    pub fn group_title(&self, row: &GroupRow) -> String {
        format!("{} {}", self.chrome.t("mapping-dimension"), row.number)
    }

    pub fn how_choices(&self) -> Vec<Choice> {
        let choice =
            |how: &str| Choice::new(how, self.chrome.t(&format!("filter-{}", how.replace('_', "-"))));
        ["any_of", "none_of", "min", "max"].map(choice).to_vec()
    }

    pub fn event_title(&self, n: &usize) -> String {
        self.chrome.t1("mapping-event", "n", *n as u64)
    }

    /// Whether the settings of the file as a whole are filled in, or wrong.
    pub fn is_file_open(&self) -> bool {
        let fields = [&self.title, &self.delimiter, &self.mapping_file];
        fields.iter().any(|it| !it.value.is_empty())
            || [&self.dataset, &self.mapping_file].iter().any(|it| it.error.is_some())
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
    /// Whether the refused rows lie here to be downloaded.
    pub has_file: bool,
}

/// `GET /imports/{id}/progress`.
#[derive(Debug, Template)]
#[template(path = "imports/progress.html")]
pub struct ImportFragment {
    pub chrome: Chrome,
    pub batch: BatchRow,
}

impl ImportView {
    /// What the number in front of a verdict counts.
    pub fn place(&self) -> String {
        self.chrome.t(if self.batch.kind == FileKind::Areas { "verdict-feature" } else { "verdict-line" })
    }

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
        let role = |prefix: &str, role: &str, is_required, column: &str, takes_constant| RoleRow {
            role: role.into(),
            name: format!("{prefix}{role}"),
            is_required,
            takes_constant,
            column: column.into(),
            ..RoleRow::default()
        };
        let kinds: Vec<Choice> =
            ["barrier", "crisis", "decision"].map(|code| Choice::new(code, lang.word("kind", code))).to_vec();
        let event = |number: usize, prefix: &str| EventForm {
            number,
            prefix: prefix.into(),
            roles: vec![
                RoleRow {
                    constants: kinds.clone(),
                    constant: Field::new("crisis"),
                    values: Some(ValueList { others: kinds.clone(), ..ValueList::default() }),
                    ..role(prefix, "kind", true, "", true)
                },
                RoleRow {
                    values: Some(ValueList::default()),
                    constant: Field::new("eviction"),
                    ..role(prefix, "code", true, "", true)
                },
                role(prefix, "day", true, "filed_on", true),
                role(prefix, "day_to", false, "", false),
                role(prefix, "area", false, "zip", false),
                role(prefix, "case", false, "case_no", false),
                role(prefix, "count", false, "households", true),
            ],
            more: vec![
                role(prefix, "record", false, "", false),
                role(prefix, "exposure", false, "", true),
                RoleRow { values: Some(ValueList::default()), ..role(prefix, "system", false, "", true) },
            ],
            bounds: Field::new("[]"),
            bounds_choices: vec![Choice::new("[]", lang.t("bounds-closed"))],
            filters: vec![FilterRow { name: format!("{prefix}only_0"), ..FilterRow::default() }],
            groups: vec![
                GroupRow {
                    number: 1,
                    name: format!("{prefix}group_0"),
                    dimension: Field::new("language"),
                    column: Field::new("tenant_language"),
                    values: Some(ValueList::default()),
                },
                GroupRow { number: 2, name: format!("{prefix}group_1"), ..GroupRow::default() },
            ],
            ..EventForm::default()
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
            events: vec![event(1, "")],
            dataset: Field::new("evictions-2027"),
            title: Field::default(),
            delimiter: Field::default(),
            delimiters: vec![Choice::new("", lang.t("delimiter-auto"))],
            mapping_file: Field::default(),
            date_style: Field::new("auto"),
            date_styles: ["auto", "iso", "us", "eu"]
                .iter()
                .map(|code| Choice::new(*code, lang.t(&format!("date-style-{code}"))))
                .collect(),
            problems: Vec::new(),
            dry_run: None,
        };
        let full = {
            let mut first = event(1, "");
            for (n, text) in [(0, "EVICT = crisis\n\"A = B\" = barrier"), (1, "عمليات = eviction")] {
                if let Some(list) = &mut first.roles[n].values {
                    list.values = Field::new(text);
                }
            }
            first.label = Field::new("Eviction filing");
            first.filters[0].column = Field::new("outcome_of_the_first_hearing");
            first.filters[0].values = Field::wrong("ten", lang.t("error-number"));
            first.count_any_of = Field::new("High\n\"\"");
            let problem = form::Problem { field: "only_0_values".into(), text: lang.t("error-number") };
            MappingView {
                events: vec![first, event(2, "e2_")],
                title: Field::new("Eviction filings"),
                mapping_file: Field::wrong("colour = 1", lang.t("error-role-missing")),
                problems: vec![problem],
                ..view()
            }
        };
        let population = MappingView {
            kind: FileKind::Population,
            events: vec![EventForm {
                roles: vec![role("", "area", true, "zip", false), role("", "population", true, "", false)],
                more: vec![role("", "latitude", false, "", false), role("", "longitude", false, "", false)],
                ..EventForm::default()
            }],
            ..view()
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
        vec![
            ("empty", view()),
            ("checked", checked),
            ("wrong", wrong),
            ("clean", clean),
            ("full", full),
            ("population", population),
        ]
    }

    pub fn page(lang: Lang) -> Vec<(&'static str, ImportView)> {
        let view = |batch: BatchRow, verdicts, n_more| {
            let mut chrome = Chrome::sample(lang, "nav-imports", Some(NavItem::Imports));
            chrome.title = batch.file_name.clone();
            ImportView { chrome, batch, verdicts, n_more, has_file: true }
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
