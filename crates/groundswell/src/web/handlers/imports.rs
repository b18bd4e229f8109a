//! Imports: upload a file, say what its columns mean, check it, bring it in, take it back.
//!
//! An upload lies in a folder of its own until it has been brought in, so that a restart of the server or a second
//! thought loses nothing; only the import's progress lives in memory. Once it is in, the folder takes the batch's
//! name and keeps the bad rows.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path as FilePath, PathBuf};

use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::evidence::imports::{self, Batch, BatchKind, ImportError, Problem};
use domain::kernel::codes::EventKind;
use domain::kernel::ctx::Ctx;
use domain::kernel::ids::BatchId;
use interop::DateStyle;
use interop::areas::AreaProperties;
use interop::events::{
    Amount, ColumnGuess, EventMapping, FileFormat, Group, Mapping, Preview, Text, When, preview,
};
use interop::population::PopulationColumns;
use serde::{Deserialize, Serialize};

use crate::cli::chain;
use crate::jobs::import::{self, DryRun as Storing, ImportFailure, PopulationOptions, Report, Source, Tick};
use crate::jobs::running::ImportState;
use crate::web::current::{CurrentCtx, page, page_with, see_other};
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::routes::{Routes, Who};
use crate::web::upload::Upload;
use crate::web::views::form::Problem as FormProblem;
use crate::web::views::imports::{
    BatchRow, BatchState, DryRun, FileKind, GroupRow, ImportFragment, ImportView, ImportsView, MappingView,
    RoleRow, UploadView, Verdict,
};
use crate::web::views::{Choice, Field, FlashKind, NavItem};

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/imports", Who::IMPORTS, list)
        .upload("/imports", Who::IMPORTS, upload)
        .get("/imports/new", Who::IMPORTS, new)
        .get("/imports/{id}", Who::IMPORTS, one)
        .get("/imports/{id}/mapping", Who::IMPORTS, mapping)
        .post("/imports/{id}/mapping", Who::IMPORTS, mapping_send)
        .get("/imports/{id}/progress", Who::IMPORTS, progress)
        .get("/imports/{id}/bad-rows.csv", Who::IMPORTS, bad_rows)
        .post("/imports/{id}/undo", Who::IMPORTS, undo)
}

/// What is known of an upload, kept beside its file.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Uploaded {
    name: String,
    kind: String,
    dataset: String,
    by: String,
    at: i64,
}

impl Uploaded {
    fn kind(&self) -> FileKind {
        FileKind::from_code(&self.kind).unwrap_or(FileKind::Events)
    }
}

/// How many of the first rows the mapping page shows.
const ROWS_SHOWN: usize = 8;
/// How much of a file is read to show them.
const PREVIEW_BYTES: usize = 256 << 10;
/// How many verdicts a page shows; all bad rows are in the file.
const VERDICTS_SHOWN: usize = 100;
const GROUP_SLOTS: usize = 4;

fn uploads_folder(current: &CurrentCtx) -> PathBuf {
    current.app.config.uploads.with_file_name("imports")
}

fn folder_of(current: &CurrentCtx, id: &str) -> Result<PathBuf, WebError> {
    // An id is letters and digits; anything else is no folder of ours.
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(WebError::NotFound);
    }
    Ok(uploads_folder(current).join(id))
}

fn uploaded(folder: &FilePath) -> Result<Uploaded, WebError> {
    let text = fs::read_to_string(folder.join("upload.json")).map_err(|_| WebError::NotFound)?;
    serde_json::from_str(&text).map_err(|_| WebError::NotFound)
}

fn source(folder: &FilePath, known: &Uploaded) -> Source {
    Source { path: folder.join("file"), name: known.name.clone() }
}

async fn list(current: CurrentCtx) -> Result<Response, WebError> {
    let people = domain::kernel::accounts::accounts(current.ctx.db()).await?;
    let name_of = |by: &str| {
        people
            .iter()
            .find(|account| account.id.as_str() == by)
            .map_or_else(|| by.replace("system:", ""), |account| account.name.clone())
    };
    let stored = imports::batches(current.ctx.db(), 200).await?;
    let mut rows = waiting(&current, &stored);
    rows.extend(stored.iter().map(batch_row));
    for row in &mut rows {
        row.by = name_of(&row.by);
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.at));
    Ok(page(&ImportsView {
        chrome: current.chrome("nav-imports", Some(NavItem::Imports)),
        batches: rows,
        may_import: true,
        next_href: None,
    }))
}

fn batch_row(batch: &Batch) -> BatchRow {
    let kind = match batch.kind {
        BatchKind::Areas => FileKind::Areas,
        BatchKind::Population => FileKind::Population,
        BatchKind::Events => FileKind::Events,
    };
    let state = match batch.state {
        imports::BatchState::Done => BatchState::Done,
        imports::BatchState::Undone => BatchState::Undone,
        imports::BatchState::Loading => {
            BatchState::Running { n_done: batch.rows_read, n_total: batch.rows_read.max(1) }
        }
    };
    BatchRow {
        id: batch.id.to_string(),
        file_name: batch.file_name.clone(),
        kind,
        dataset: batch.dataset.clone(),
        n_good: batch.rows_good,
        n_bad: batch.rows_bad,
        at: batch.started_at.micros(),
        by: batch.started_by.clone(),
        may_undo: state == BatchState::Done,
        state,
    }
}

/// Uploads that are not in yet: waiting for their mapping, under way, or failed.
fn waiting(current: &CurrentCtx, stored: &[Batch]) -> Vec<BatchRow> {
    let Ok(entries) = fs::read_dir(uploads_folder(current)) else { return Vec::new() };
    entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let id = entry.file_name().to_string_lossy().into_owned();
            let known = uploaded(&entry.path()).ok()?;
            let is_stored = stored.iter().any(|batch| batch.id.as_str() == id);
            (!is_stored).then(|| upload_row(current, &id, &known))
        })
        .collect()
}

fn upload_row(current: &CurrentCtx, id: &str, known: &Uploaded) -> BatchRow {
    let state = match current.app.jobs.import(id) {
        None => BatchState::Uploaded,
        Some(ImportState::Running(tick)) => {
            BatchState::Running { n_done: tick.bytes, n_total: tick.bytes_total.max(1) }
        }
        Some(ImportState::Failed(reason)) => BatchState::Failed { reason },
        Some(ImportState::Done(_)) => BatchState::Done,
    };
    BatchRow {
        id: id.to_owned(),
        file_name: known.name.clone(),
        kind: known.kind(),
        dataset: known.dataset.clone(),
        n_good: 0,
        n_bad: 0,
        at: known.at,
        by: known.by.clone(),
        state,
        may_undo: false,
    }
}

async fn new(current: CurrentCtx) -> Response {
    let mut view = upload_view(&current);
    view.kind = Field::new(FileKind::Events.code());
    page(&view)
}

fn upload_view(current: &CurrentCtx) -> UploadView {
    UploadView {
        chrome: current.chrome("import-new", Some(NavItem::Imports)),
        kind: Field::default(),
        dataset: Field::default(),
        file: Field::default(),
        limit_mb: current.app.config.upload_most >> 20,
    }
}

async fn upload(current: CurrentCtx, upload: Upload) -> Result<Response, WebError> {
    let form = &upload.form;
    let kind = FileKind::from_code(form.text("kind"));
    let dataset = dataset_from(form.text("dataset"));
    let mut view = upload_view(&current);
    view.kind = Field::new(form.text("kind"));
    view.dataset = Field::new(form.text("dataset"));
    if kind.is_none() {
        view.kind.error = Some(current.t("error-required"));
    }
    if upload.file.as_ref().is_none_or(|file| file.bytes == 0) {
        view.file.error = Some(current.t("error-required"));
    }
    let (Some(kind), Some(file)) = (kind, upload.file.filter(|file| file.bytes > 0)) else {
        return Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view));
    };
    let id = current.ctx.new_id();
    let folder = folder_of(&current, &id)?;
    fs::create_dir_all(&folder).map_err(WebError::broken)?;
    // The upload's own path goes away when it is dropped; the rename leaves it nothing to remove.
    fs::rename(file.path(), folder.join("file")).map_err(WebError::broken)?;
    let dataset = if dataset.is_empty() && kind == FileKind::Events {
        let stem = file.name.rsplit_once('.').map_or(file.name.as_str(), |(stem, _)| stem);
        dataset_from(stem)
    } else {
        dataset
    };
    let known = Uploaded {
        name: file.name.clone(),
        kind: kind.code().to_owned(),
        dataset,
        by: current.ctx.actor.label(),
        at: current.ctx.now.micros(),
    };
    let text = serde_json::to_string(&known).map_err(WebError::broken)?;
    fs::write(folder.join("upload.json"), text).map_err(WebError::broken)?;
    if kind == FileKind::Areas {
        // A map says itself what it holds: there is nothing to map.
        start(&current, &id, &folder, &known, Reading::Areas(AreaProperties::default()));
        return Ok(see_other(&format!("/imports/{id}")));
    }
    if let Err(sentence) = Look::at(&current, &folder, &known) {
        // The file cannot be read at all: say why where it was chosen, and keep nothing of it.
        fs::remove_dir_all(&folder).map_err(WebError::broken)?;
        view.file.error = Some(sentence);
        return Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view));
    }
    Ok(see_other(&format!("/imports/{id}/mapping")))
}

/// A data set's name from what was typed: small ASCII letters, digits and dashes.
fn dataset_from(text: &str) -> String {
    let code = domain::kernel::codes::code_from(text).unwrap_or_default();
    let name: String = code.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(60).collect();
    name.trim_matches('_').replace('_', "-")
}

/// The first rows of an upload.
struct Look {
    preview: Preview,
}

impl Look {
    fn at(current: &CurrentCtx, folder: &FilePath, known: &Uploaded) -> Result<Self, String> {
        let bytes = head(&folder.join("file")).map_err(|error| error.to_string())?;
        let preview = preview(&known.name, &bytes, ROWS_SHOWN, current.ctx.now.day())
            .map_err(|problem| problem.to_string())?;
        Ok(Self { preview })
    }

    fn guess(&self, wanted: ColumnGuess) -> String {
        self.preview
            .columns
            .iter()
            .find(|column| column.guess == wanted)
            .map(|column| column.name.clone())
            .unwrap_or_default()
    }

    /// The form filled with what the columns look like.
    fn guessed(&self, kind: FileKind) -> Form {
        let mut pairs: Vec<(String, String)> = Vec::new();
        let mut add = |name: &str, value: String| pairs.push((name.to_owned(), value));
        add("area_column", self.guess(ColumnGuess::Area));
        if kind == FileKind::Population {
            add("population_column", self.guess(ColumnGuess::Count));
            add("from_column", self.guess(ColumnGuess::PeriodFrom));
            add("to_column", self.guess(ColumnGuess::PeriodTo));
            add("unit_constant", "people".to_owned());
        } else {
            let from = self.guess(ColumnGuess::PeriodFrom);
            add("day_column", if from.is_empty() { self.guess(ColumnGuess::Day) } else { from });
            add("day_to_column", self.guess(ColumnGuess::PeriodTo));
            add("count_column", self.guess(ColumnGuess::Count));
            add("case_column", self.guess(ColumnGuess::Client));
            add("kind_constant", "barrier".to_owned());
        }
        add("date_style", "auto".to_owned());
        Form::new(pairs)
    }
}

/// The beginning of a file, up to its last whole line.
fn head(path: &FilePath) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(PREVIEW_BYTES as u64).read_to_end(&mut bytes)?;
    if bytes.len() == PREVIEW_BYTES
        && let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n')
    {
        bytes.truncate(end + 1);
    }
    Ok(bytes)
}

async fn mapping(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    let folder = folder_of(&current, &id)?;
    let known = uploaded(&folder)?;
    let look = Look::at(&current, &folder, &known).map_err(WebError::Conflict)?;
    let form = look.guessed(known.kind());
    Ok(page(&mapping_view(&current, &id, &known, &look, &form, Vec::new(), None)))
}

fn mapping_view(
    current: &CurrentCtx,
    id: &str,
    known: &Uploaded,
    look: &Look,
    form: &Form,
    problems: Vec<FormProblem>,
    dry_run: Option<DryRun>,
) -> MappingView {
    let style = form.text("date_style");
    MappingView {
        chrome: current.chrome("mapping-title", Some(NavItem::Imports)),
        id: id.to_owned(),
        file_name: known.name.clone(),
        kind: known.kind(),
        columns: look.preview.columns.iter().map(|column| column.name.clone()).collect(),
        first_rows: look.preview.rows.clone(),
        roles: roles(current, known.kind(), form, &problems),
        groups: (0..GROUP_SLOTS)
            .map(|slot| GroupRow {
                dimension: form.text(&format!("group_{slot}_dimension")).to_owned(),
                column: form.text(&format!("group_{slot}_column")).to_owned(),
            })
            .collect(),
        date_style: Field::new(style),
        date_styles: ["auto", "iso", "us", "eu"]
            .into_iter()
            .filter_map(|it| Some(Choice::new(it, current.lang.find(&format!("date-style-{it}"))?)))
            .collect(),
        problems,
        dry_run,
    }
}

/// What a column may mean, with what is chosen.
fn roles(current: &CurrentCtx, kind: FileKind, form: &Form, problems: &[FormProblem]) -> Vec<RoleRow> {
    let role = |name: &str, is_required: bool, takes_constant: bool| {
        let constant = format!("{name}_constant");
        RoleRow {
            role: name.to_owned(),
            is_required,
            takes_constant,
            column: form.text(&format!("{name}_column")).to_owned(),
            constant: Field {
                value: form.text(&constant).to_owned(),
                error: problems.iter().find(|it| it.field == constant).map(|it| it.text.clone()),
            },
            constants: Vec::new(),
        }
    };
    if kind == FileKind::Population {
        return vec![
            role("area", true, false),
            role("population", true, false),
            role("from", false, false),
            role("to", false, false),
            role("unit", false, true),
        ];
    }
    let kinds = EventKind::ALL
        .iter()
        .map(|kind| Choice::new(kind.code(), current.lang.word("kind", kind.code())))
        .collect();
    vec![
        RoleRow { constants: kinds, ..role("kind", true, true) },
        role("code", true, true),
        role("day", true, false),
        role("day_to", false, false),
        role("area", false, false),
        role("case", false, false),
        role("count", false, false),
        role("exposure", false, true),
        role("system", false, true),
    ]
}

fn some(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn column(form: &Form, role: &str) -> Option<String> {
    some(form.text(&format!("{role}_column")))
}

fn constant(form: &Form, role: &str) -> Option<String> {
    some(form.text(&format!("{role}_constant")))
}

/// Equity dimensions: name to column.
fn groups(form: &Form) -> BTreeMap<String, String> {
    (0..GROUP_SLOTS)
        .filter_map(|slot| {
            let name = some(form.text(&format!("group_{slot}_dimension")))?;
            let column = some(form.text(&format!("group_{slot}_column")))?;
            Some((domain::kernel::codes::code_from(&name)?, column))
        })
        .collect()
}

fn date_style(form: &Form) -> DateStyle {
    match form.text("date_style") {
        "iso" => DateStyle::Iso,
        "us" => DateStyle::Us,
        "eu" => DateStyle::Eu,
        _ => DateStyle::Auto,
    }
}

/// What is to be read, by kind.
#[derive(Debug, Clone)]
enum Reading {
    Areas(AreaProperties),
    Population(PopulationOptions),
    Events(Box<Mapping>),
}

/// What the form says is to be read, or everything that is missing, field by field.
fn reading(current: &CurrentCtx, known: &Uploaded, form: &Form) -> Result<Reading, Vec<FormProblem>> {
    let missing = |role: &str| FormProblem {
        field: format!("{role}_column"),
        text: current.lang.t("error-role-missing"),
    };
    if known.kind() == FileKind::Population {
        let (area, population) = (column(form, "area"), column(form, "population"));
        let mut problems = Vec::new();
        if area.is_none() {
            problems.push(missing("area"));
        }
        if population.is_none() {
            problems.push(missing("population"));
        }
        let (Some(area), Some(population)) = (area, population) else { return Err(problems) };
        let columns = PopulationColumns {
            area,
            population,
            from: column(form, "from"),
            to: column(form, "to"),
            unit: column(form, "unit"),
            groups: groups(form),
            dates: date_style(form),
            ..Default::default()
        };
        let unit = constant(form, "unit").unwrap_or_else(|| "people".to_owned());
        return Ok(Reading::Population(PopulationOptions { columns, dataset: known.dataset.clone(), unit }));
    }
    let text = |role: &str| match (column(form, role), constant(form, role)) {
        (Some(column), _) => Some(Text::Column { column, values: BTreeMap::new(), other: None }),
        (None, Some(constant)) => Some(Text::Constant(constant)),
        (None, None) => None,
    };
    let kind = text("kind");
    let code = match text("code") {
        Some(Text::Constant(words)) => domain::kernel::codes::code_from(&words).map(Text::Constant),
        other => other,
    };
    let when = column(form, "day").map(|from| match column(form, "day_to") {
        Some(to) => When::Period { from, to, bounds: interop::events::Bounds::default() },
        None => When::Day { day: from },
    });
    let mut problems = Vec::new();
    for (role, is_there) in [("kind", kind.is_some()), ("code", code.is_some()), ("day", when.is_some())] {
        if !is_there {
            problems.push(missing(role));
        }
    }
    let (Some(kind), Some(code), Some(when)) = (kind, code, when) else { return Err(problems) };
    let mut event = EventMapping::new(EventKind::Barrier, "code", when);
    event.kind = kind;
    // The words that were typed stay as the code's label.
    event.label = constant(form, "code").filter(|_| matches!(code, Text::Constant(_)));
    event.code = code;
    event.system = match text("system") {
        Some(Text::Constant(words)) => domain::kernel::codes::code_from(&words).map(Text::Constant),
        other => other,
    };
    event.area = column(form, "area");
    event.client = column(form, "case");
    event.count = column(form, "count").map(Amount::Column);
    event.exposure = match (column(form, "exposure"), constant(form, "exposure")) {
        (Some(column), _) => Some(Amount::Column(column)),
        (None, Some(number)) => match number.parse::<f64>() {
            Ok(number) => Some(Amount::Number(number)),
            Err(_) => {
                let text = current.t("error-number");
                return Err(vec![FormProblem { field: "exposure_constant".to_owned(), text }]);
            }
        },
        (None, None) => None,
    };
    event.groups = groups(form)
        .into_iter()
        .map(|(name, column)| (name, Group { column, values: BTreeMap::new(), other: None }))
        .collect();
    let mapping = Mapping {
        dataset: known.dataset.clone(),
        title: None,
        file: FileFormat { dates: date_style(form), ..FileFormat::default() },
        events: vec![event],
    };
    let problems: Vec<FormProblem> = mapping
        .check()
        .iter()
        .map(|problem| FormProblem { field: "mapping".to_owned(), text: problem.to_string() })
        .collect();
    if problems.is_empty() { Ok(Reading::Events(Box::new(mapping))) } else { Err(problems) }
}

async fn mapping_send(current: CurrentCtx, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    let folder = folder_of(&current, &id)?;
    let known = uploaded(&folder)?;
    let look = Look::at(&current, &folder, &known).map_err(WebError::Conflict)?;
    let again = |problems: Vec<FormProblem>| {
        let view = mapping_view(&current, &id, &known, &look, &form, problems, None);
        Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
    };
    let reading = match reading(&current, &known, &form) {
        Ok(reading) => reading,
        Err(problems) => return again(problems),
    };
    if form.text("do") == "import" {
        start(&current, &id, &folder, &known, reading);
        return Ok(see_other(&format!("/imports/{id}")));
    }
    let source = source(&folder, &known);
    let bad_rows = Some(folder.join("bad-rows.csv"));
    let checked = match reading {
        Reading::Areas(properties) => import::areas(&current.ctx, &source, &properties, Storing::Yes).await,
        Reading::Population(options) => {
            import::population(&current.ctx, &source, &options, bad_rows, Storing::Yes).await
        }
        Reading::Events(mapping) => import::dry_run(&current.ctx, &source, &mapping, bad_rows, |_| {}).await,
    };
    match checked {
        Ok(report) => {
            let dry_run = DryRun {
                n_good: report.rows.rows_good,
                n_bad: report.rows.rows_bad,
                n_more: (report.problems.len().saturating_sub(VERDICTS_SHOWN)) as u64,
                verdicts: report.problems.iter().take(VERDICTS_SHOWN).map(verdict).collect(),
                warnings: report.warnings.into_iter().take(20).collect(),
            };
            Ok(page(&mapping_view(&current, &id, &known, &look, &form, Vec::new(), Some(dry_run))))
        }
        Err(failure) if failure.is_theirs() => {
            again(vec![FormProblem { field: "mapping".to_owned(), text: chain(&failure) }])
        }
        Err(failure) => Err(WebError::broken(failure)),
    }
}

/// A problem as a table shows it: `column 3 "zip"` becomes the name, `expected X; found Y` two columns.
fn verdict(problem: &Problem) -> Verdict {
    let column = problem.field.split('"').nth(1).unwrap_or_default().to_owned();
    let words = problem.expected.strip_prefix("expected ").unwrap_or(&problem.expected);
    let (expected, found) = words.split_once("; found ").unwrap_or((words, ""));
    Verdict { line: problem.line, column, expected: expected.to_owned(), found: found.to_owned() }
}

/// Brings the file in, in the background.
fn start(current: &CurrentCtx, id: &str, folder: &FilePath, known: &Uploaded, reading: Reading) {
    let jobs = current.app.jobs.clone();
    if matches!(jobs.import(id), Some(ImportState::Running(_))) {
        // The second click of a double click.
        return;
    }
    jobs.import_set(id, ImportState::Running(Tick::default()));
    let (id, ctx, folder) = (id.to_owned(), current.ctx.clone(), folder.to_owned());
    let source = source(&folder, known);
    tokio::spawn(async move {
        let bad_rows = folder.join("bad-rows.csv");
        let done = bring_in(&ctx, &source, reading, bad_rows, |tick| {
            jobs.import_set(&id, ImportState::Running(tick));
        })
        .await;
        let state = match done {
            Ok(report) => {
                settle(&folder, &report);
                ImportState::Done(Box::new(report))
            }
            Err(failure) => {
                if !failure.is_theirs() {
                    tracing::error!(request = %ctx.request, "could not {}", chain(&failure));
                }
                ImportState::Failed(chain(&failure))
            }
        };
        jobs.import_set(&id, state);
    });
}

async fn bring_in(
    ctx: &Ctx,
    source: &Source,
    reading: Reading,
    bad_rows: PathBuf,
    tick: impl FnMut(Tick),
) -> Result<Report, ImportFailure> {
    match reading {
        Reading::Areas(properties) => import::areas(ctx, source, &properties, Storing::No).await,
        Reading::Population(options) => {
            import::population(ctx, source, &options, Some(bad_rows), Storing::No).await
        }
        Reading::Events(mapping) => import::events(ctx, source, &mapping, Some(bad_rows), tick).await,
    }
}

/// The file is in: what is left of the upload is its bad rows, under the batch's name.
fn settle(folder: &FilePath, report: &Report) {
    let kept = match (&report.batch, report.already_in) {
        (Some(batch), false) => fs::remove_file(folder.join("file"))
            .and_then(|()| fs::rename(folder, folder.with_file_name(batch.id.as_str()))),
        _ => fs::remove_dir_all(folder),
    };
    if let Err(error) = kept {
        tracing::warn!("could not tidy an upload away: {error}");
    }
}

async fn one(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    if let Some(ImportState::Done(report)) = current.app.jobs.import(&id) {
        let batch = report.batch.as_ref().ok_or(WebError::NotFound)?;
        if report.already_in {
            current.flash(FlashKind::Note, current.t("import-already-in")).await?;
        }
        return Ok(see_other(&format!("/imports/{}", batch.id)));
    }
    let chrome = current.chrome("nav-imports", Some(NavItem::Imports));
    if let Some(batch) = imports::batch(current.ctx.db(), &BatchId::from_text(id.clone())).await? {
        let people = domain::kernel::accounts::accounts(current.ctx.db()).await?;
        let mut row = batch_row(&batch);
        row.by = people
            .iter()
            .find(|account| account.id.as_str() == row.by)
            .map_or_else(|| row.by.replace("system:", ""), |account| account.name.clone());
        let problems = imports::problems(current.ctx.db(), &batch, 1_000).await?;
        let has_file = folder_of(&current, &id)?.join("bad-rows.csv").exists();
        let shown = problems.iter().take(VERDICTS_SHOWN);
        // The bad rows of an import by command lie beside its file, so there is nothing to download.
        let (verdicts, warnings) = if has_file {
            (shown.map(verdict).collect(), Vec::new())
        } else {
            let lines = shown.map(|it| format!("{}: {}, {}", it.line, it.field, it.expected));
            (Vec::new(), lines.collect())
        };
        let n_more = (problems.len().saturating_sub(VERDICTS_SHOWN)) as u64;
        return Ok(page(&ImportView { chrome, batch: row, verdicts, n_more, warnings }));
    }
    let folder = folder_of(&current, &id)?;
    let known = uploaded(&folder)?;
    let row = upload_row(&current, &id, &known);
    if row.state == BatchState::Uploaded {
        return Ok(see_other(&format!("/imports/{id}/mapping")));
    }
    Ok(page(&ImportView { chrome, batch: row, verdicts: Vec::new(), n_more: 0, warnings: Vec::new() }))
}

async fn progress(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    let chrome = current.chrome("nav-imports", Some(NavItem::Imports));
    let batch = match uploaded(&folder_of(&current, &id)?) {
        Ok(known) => upload_row(&current, &id, &known),
        // Settled meanwhile: the page knows the way to the batch.
        Err(_) => {
            let mut response = StatusCode::NO_CONTENT.into_response();
            response.headers_mut().insert("HX-Refresh", HeaderValue::from_static("true"));
            return Ok(response);
        }
    };
    let is_over = !matches!(batch.state, BatchState::Running { .. });
    let mut response = page(&ImportFragment { chrome, batch });
    if is_over {
        response.headers_mut().insert("HX-Refresh", HeaderValue::from_static("true"));
    }
    Ok(response)
}

async fn bad_rows(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    let folder = folder_of(&current, &id)?;
    let known = uploaded(&folder)?;
    let bytes = tokio::fs::read(folder.join("bad-rows.csv")).await.map_err(|_| WebError::NotFound)?;
    let stem = known.name.rsplit_once('.').map_or(known.name.as_str(), |(stem, _)| stem);
    let stem: String = stem.chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    let attachment = format!("attachment; filename=\"{stem}.bad-rows.csv\"");
    let headers = [(CONTENT_TYPE, "text/csv".to_owned()), (CONTENT_DISPOSITION, attachment)];
    Ok((headers, bytes).into_response())
}

async fn undo(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    match imports::undo(&current.ctx, &BatchId::from_text(id)).await {
        Ok(_) => current.done(current.t("flash-import-undone"), "/imports").await,
        Err(ImportError::NotFound) => Err(WebError::NotFound),
        Err(ImportError::UndoneAlready) => {
            current.flash(FlashKind::Note, current.t("error-import-already-undone")).await?;
            Ok(see_other("/imports"))
        }
        Err(error) => Err(WebError::broken(error)),
    }
}
