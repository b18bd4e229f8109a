//! Imports: upload a file, say what its columns mean, check it, bring it in, take it back.
//!
//! An upload lies in a folder of its own until it has been brought in, so that a restart of the server or a second
//! thought loses nothing; only the import's progress lives in memory. Once it is in, the folder takes the batch's
//! name and keeps the bad rows.

mod mapping;
mod said;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path as FilePath, PathBuf};

use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::evidence::imports::{self, Batch, BatchKind, ImportError};
use domain::kernel::codes::{EventKind, code_from};
use domain::kernel::ctx::Ctx;
use domain::kernel::ids::BatchId;
use interop::areas::AreaProperties;
use interop::events::{Bounds, ColumnGuess, Delimiter, Mapping, Preview, preview};
use interop::population::PopulationColumns;
use serde::{Deserialize, Serialize};

use self::mapping::{
    date_style, form_from_file, mapping_of, n_events, prefix, slots_used, some, values_text,
};
use self::said::{sentence, verdict};
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
    BatchRow, BatchState, DryRun, EventForm, FileKind, FilterRow, GroupRow, ImportFragment, ImportView,
    ImportsView, MappingView, RoleRow, UploadView, ValueList,
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
/// How many of them stand above the form, which would be far below otherwise.
const VERDICTS_ABOVE_FORM: usize = 15;
/// How many fields for groups and for filters are shown at least, so that a page without scripts has room.
const GROUP_SLOTS: usize = 4;
const FILTER_SLOTS: usize = 2;
/// So many different values can be listed to be translated.
const VALUES_LISTED: usize = 60;

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
    let stored = imports::batches(current.ctx.db(), 200).await?;
    let mut rows = waiting(&current, &stored);
    rows.extend(stored.iter().map(batch_row));
    named(&current, &mut rows).await?;
    rows.sort_by_key(|row| std::cmp::Reverse(row.at));
    Ok(page(&ImportsView {
        chrome: current.chrome("nav-imports", Some(NavItem::Imports)),
        batches: rows,
        may_import: true,
        next_href: None,
    }))
}

/// Puts people's names where accounts stand.
async fn named(current: &CurrentCtx, rows: &mut [BatchRow]) -> Result<(), WebError> {
    let people = domain::kernel::accounts::accounts(current.ctx.db()).await?;
    for row in rows {
        row.by = people
            .iter()
            .find(|account| account.id.as_str() == row.by)
            .map_or_else(|| row.by.replace("system:", ""), |account| account.name.clone());
    }
    Ok(())
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
    let code = code_from(text).unwrap_or_default();
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
            .map_err(|problem| said::line(current.lang, &problem.cause.words()))?;
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
        let groups = self.preview.columns.iter().filter_map(|column| match &column.guess {
            ColumnGuess::Group(dimension) => Some((dimension, &column.name)),
            _ => None,
        });
        for (slot, (dimension, column)) in groups.enumerate() {
            add(&format!("group_{slot}_dimension"), dimension.clone());
            add(&format!("group_{slot}_column"), column.clone());
        }
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
    Ok(page(&mapping_view(&current, &id, &known, &look, &form, Said::default())))
}

/// What the page says besides the form.
#[derive(Default)]
struct Said {
    problems: Vec<FormProblem>,
    dry_run: Option<DryRun>,
}

fn mapping_view(
    current: &CurrentCtx,
    id: &str,
    known: &Uploaded,
    look: &Look,
    form: &Form,
    Said { problems, dry_run }: Said,
) -> MappingView {
    let is_events = known.kind() == FileKind::Events;
    let field = |name: &str| field(form, &problems, name);
    let n = if is_events { n_events(form) } else { 1 };
    let delimiters = Delimiter::ALL
        .into_iter()
        .map(|it| Choice::new(it.as_str(), current.lang.t(&format!("delimiter-{}", it.as_str()))));
    let mut dataset = field("dataset");
    if dataset.value.trim().is_empty() {
        dataset.value.clone_from(&known.dataset);
    }
    MappingView {
        chrome: current.chrome("mapping-title", Some(NavItem::Imports)),
        id: id.to_owned(),
        file_name: known.name.clone(),
        kind: known.kind(),
        columns: look.preview.columns.iter().map(|column| column.name.clone()).collect(),
        first_rows: look.preview.rows.clone(),
        events: (0..n).map(|event| event_form(current, known.kind(), form, &problems, event)).collect(),
        dataset,
        title: field("title"),
        delimiter: field("delimiter"),
        delimiters: std::iter::once(Choice::new("", current.t("delimiter-auto"))).chain(delimiters).collect(),
        mapping_file: field("mapping_file"),
        date_style: field("date_style"),
        date_styles: ["auto", "iso", "us", "eu"]
            .into_iter()
            .filter_map(|it| Some(Choice::new(it, current.lang.find(&format!("date-style-{it}"))?)))
            .collect(),
        problems,
        dry_run,
    }
}

/// A field as it was typed, with what is wrong with it.
fn field(form: &Form, problems: &[FormProblem], name: &str) -> Field {
    Field {
        value: form.text(name).to_owned(),
        error: problems.iter().find(|it| it.field == name).map(|it| it.text.clone()),
    }
}

/// The fields of one event of a row; `n` from 0.
fn event_form(
    current: &CurrentCtx,
    kind: FileKind,
    form: &Form,
    problems: &[FormProblem],
    n: usize,
) -> EventForm {
    let prefix = prefix(n);
    let field = |name: &str| field(form, problems, &format!("{prefix}{name}"));
    let column_of = |name: &str| form.text(&format!("{prefix}{name}_column")).to_owned();
    let role = |role: &str, is_required: bool, takes_constant: bool| RoleRow {
        role: role.to_owned(),
        name: format!("{prefix}{role}"),
        is_required,
        takes_constant,
        column: column_of(role),
        constant: field(&format!("{role}_constant")),
        constants: Vec::new(),
        values: None,
    };
    let slots = |kind: &str, parts: &[&str], least: usize| {
        let used = slots_used(form, &prefix, kind, parts);
        // One more than is used, so that there is always a free one.
        0..least.max(used + 1)
    };
    let groups =
        slots("group", &["dimension", "column"], if n == 0 { GROUP_SLOTS } else { 1 }).map(|slot| GroupRow {
            number: slot + 1,
            name: format!("{prefix}group_{slot}"),
            dimension: field(&format!("group_{slot}_dimension")),
            column: field(&format!("group_{slot}_column")),
            values: (kind == FileKind::Events).then(|| ValueList {
                values: field(&format!("group_{slot}_values")),
                other: field(&format!("group_{slot}_other")),
                others: Vec::new(),
            }),
        });
    let groups = groups.collect();
    if kind == FileKind::Population {
        let roles = vec![
            role("area", true, false),
            role("population", true, false),
            role("from", false, false),
            role("to", false, false),
            role("unit", false, true),
        ];
        let centroid = vec![role("latitude", false, false), role("longitude", false, false)];
        return EventForm { roles, more: centroid, groups, ..EventForm::default() };
    }
    let translated = |name: &str, is_required: bool, constants: Vec<Choice>| RoleRow {
        values: Some(ValueList {
            values: field(&format!("{name}_values")),
            other: field(&format!("{name}_other")),
            others: constants.clone(),
        }),
        constants,
        ..role(name, is_required, true)
    };
    let kinds = EventKind::ALL
        .iter()
        .map(|kind| Choice::new(kind.code(), current.lang.word("kind", kind.code())))
        .collect();
    EventForm {
        number: n + 1,
        prefix: prefix.clone(),
        roles: vec![
            translated("kind", true, kinds),
            translated("code", true, Vec::new()),
            role("day", true, true),
            role("day_to", false, false),
            role("area", false, false),
            role("case", false, false),
            role("count", false, true),
        ],
        more: vec![
            role("record", false, false),
            role("exposure", false, true),
            translated("system", false, Vec::new()),
        ],
        label: field("label"),
        bounds: field("bounds"),
        bounds_choices: Bounds::ALL
            .into_iter()
            .zip(["closed", "after-first", "before-last"])
            .map(|(it, key)| Choice::new(it.as_str(), current.lang.t(&format!("bounds-{key}"))))
            .collect(),
        count_any_of: field("count_any_of"),
        filters: slots("only", &["column", "values"], FILTER_SLOTS)
            .map(|slot| FilterRow {
                name: format!("{prefix}only_{slot}"),
                column: field(&format!("only_{slot}_column")),
                how: form.text(&format!("{prefix}only_{slot}_how")).to_owned(),
                values: field(&format!("only_{slot}_values")),
            })
            .collect(),
        groups,
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
    if known.kind() == FileKind::Events {
        return mapping_of(form, current.lang, &known.dataset)
            .map(|mapping| Reading::Events(Box::new(mapping)));
    }
    let column = |role: &str| some(form.text(&format!("{role}_column")));
    let problem = |field: &str, key: &str| FormProblem { field: field.to_owned(), text: current.t(key) };
    let (area, population) = (column("area"), column("population"));
    let (longitude, latitude) = (column("longitude"), column("latitude"));
    let mut problems = Vec::new();
    for (role, is_there) in [("area", area.is_some()), ("population", population.is_some())] {
        if !is_there {
            problems.push(problem(&format!("{role}_column"), "error-role-missing"));
        }
    }
    match (&longitude, &latitude) {
        (Some(_), None) => problems.push(problem("latitude_column", "said-map-centroid")),
        (None, Some(_)) => problems.push(problem("longitude_column", "said-map-centroid")),
        _ => {}
    }
    let mut groups = BTreeMap::new();
    for slot in 0..slots_used(form, "", "group", &["dimension", "column"]) {
        let name = |part: &str| format!("group_{slot}_{part}");
        let dimension = some(form.text(&name("dimension")));
        match (dimension.as_deref().map(code_from), column(&format!("group_{slot}"))) {
            (None, None) => {}
            (None | Some(None), Some(_)) => problems.push(problem(&name("dimension"), "said-map-dimension")),
            (Some(_), None) => problems.push(problem(&name("column"), "error-role-missing")),
            (Some(Some(dimension)), Some(column)) => {
                if groups.insert(dimension, column).is_some() {
                    problems.push(problem(&name("dimension"), "error-group-twice"));
                }
            }
        }
    }
    let (Some(area), Some(population), true) = (area, population, problems.is_empty()) else {
        return Err(problems);
    };
    let columns = PopulationColumns {
        area,
        population,
        from: column("from"),
        to: column("to"),
        unit: column("unit"),
        groups,
        longitude,
        latitude,
        delimiter: Delimiter::parse(form.text("delimiter")),
        dates: date_style(form),
    };
    let unit = some(form.text("unit_constant")).unwrap_or_else(|| "people".to_owned());
    Ok(Reading::Population(PopulationOptions { columns, dataset: known.dataset.clone(), unit }))
}

/// What a button of the mapping page asks for. Those that only change the form need no valid mapping.
async fn mapping_send(current: CurrentCtx, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    let folder = folder_of(&current, &id)?;
    let known = uploaded(&folder)?;
    let look = Look::at(&current, &folder, &known).map_err(WebError::Conflict)?;
    let show = |form: &Form, said: Said| {
        let is_good = said.problems.is_empty();
        let status = if is_good { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        page_with(status, &mapping_view(&current, &id, &known, &look, form, said))
    };
    let again = |problems| Ok(show(&form, Said { problems, ..Said::default() }));
    match form.text("do") {
        "add" => return Ok(show(&event_added(&form), Said::default())),
        "values" => return Ok(show(&values_listed(&form, &look), Said::default())),
        "fill" => {
            let columns: Vec<String> = look.preview.columns.iter().map(|it| it.name.clone()).collect();
            return match form_from_file(form.text("mapping_file"), &columns, current.lang) {
                Ok((filled, problems)) if problems.is_empty() => Ok(show(&filled, Said::default())),
                Ok((filled, problems)) => {
                    let typed = ("mapping_file".to_owned(), form.text("mapping_file").to_owned());
                    Ok(show(&filled.with(&[typed]), Said { problems, ..Said::default() }))
                }
                Err(problems) => again(problems),
            };
        }
        _ => {}
    }
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
        Reading::Events(mapping) if form.text("do") == "file" => return Ok(mapping_file(&mapping)),
        Reading::Areas(properties) => import::areas(&current.ctx, &source, &properties, Storing::Yes).await,
        Reading::Population(options) => {
            import::population(&current.ctx, &source, &options, bad_rows, Storing::Yes).await
        }
        Reading::Events(mapping) => import::dry_run(&current.ctx, &source, &mapping, bad_rows, |_| {}).await,
    };
    match checked {
        Ok(report) => {
            let lang = current.lang;
            let dry_run = DryRun {
                n_good: report.rows.rows_good,
                n_bad: report.rows.rows_bad,
                n_more: (report.problems.len().saturating_sub(VERDICTS_ABOVE_FORM)) as u64,
                verdicts: report
                    .problems
                    .iter()
                    .take(VERDICTS_ABOVE_FORM)
                    .map(|it| verdict(lang, it))
                    .collect(),
                warnings: report.warnings.iter().take(20).map(|it| sentence(lang, it)).collect(),
            };
            Ok(show(&form, Said { dry_run: Some(dry_run), ..Said::default() }))
        }
        Err(failure) if failure.is_theirs() => again(vec![FormProblem {
            field: "mapping".to_owned(),
            text: said::failure(current.lang, &failure),
        }]),
        Err(failure) => Err(WebError::broken(failure)),
    }
}

/// The form with room for one event more.
fn event_added(form: &Form) -> Form {
    let events = (n_events(form) + 1).min(mapping::EVENTS_MOST).to_string();
    form.with(&[("events".to_owned(), events)])
}

/// The form with the values of the chosen columns listed, where nothing is listed yet and they are few.
fn values_listed(form: &Form, look: &Look) -> Form {
    let mut listed = Vec::new();
    for n in 0..n_events(form) {
        let prefix = prefix(n);
        let groups = (0..slots_used(form, &prefix, "group", &["column"])).map(|slot| format!("group_{slot}"));
        for role in ["kind", "code", "system"].map(str::to_owned).into_iter().chain(groups) {
            let name = format!("{prefix}{role}_values");
            let column = form.text(&format!("{prefix}{role}_column"));
            let found = look.preview.columns.iter().find(|it| it.name == column);
            let Some(found) = found.filter(|_| form.text(&name).trim().is_empty()) else { continue };
            if (1..=VALUES_LISTED).contains(&found.values.len()) {
                let nothing = String::new();
                listed.push((name, values_text(found.values.iter().map(|value| (value, &nothing)))));
            }
        }
    }
    form.with(&listed)
}

/// The mapping as the file that `groundswell import events --mapping` reads.
fn mapping_file(mapping: &Mapping) -> Response {
    let attachment = format!("attachment; filename=\"{}.mapping.toml\"", mapping.dataset);
    let headers = [(CONTENT_TYPE, "application/toml".to_owned()), (CONTENT_DISPOSITION, attachment)];
    (headers, mapping.to_toml()).into_response()
}

/// Brings the file in, in the background.
fn start(current: &CurrentCtx, id: &str, folder: &FilePath, known: &Uploaded, reading: Reading) {
    let jobs = current.app.jobs.clone();
    if matches!(jobs.import(id), Some(ImportState::Running(_))) {
        // The second click of a double click.
        return;
    }
    jobs.import_set(id, ImportState::Running(Tick::default()));
    let (id, ctx, lang, folder) = (id.to_owned(), current.ctx.clone(), current.lang, folder.to_owned());
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
                ImportState::Failed(said::failure(lang, &failure))
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
        let mut row = batch_row(&batch);
        named(&current, std::slice::from_mut(&mut row)).await?;
        let problems = imports::problems(current.ctx.db(), &batch, 1_000).await?;
        // The bad rows of an import by command lie beside its file, so there is nothing to download.
        let has_file = folder_of(&current, &id)?.join("bad-rows.csv").exists();
        let shown = problems.iter().take(VERDICTS_SHOWN);
        let verdicts = shown.map(|it| verdict(current.lang, it)).collect();
        let n_more = (problems.len().saturating_sub(VERDICTS_SHOWN)) as u64;
        return Ok(page(&ImportView { chrome, batch: row, verdicts, n_more, has_file }));
    }
    let folder = folder_of(&current, &id)?;
    let known = uploaded(&folder)?;
    let mut row = upload_row(&current, &id, &known);
    named(&current, std::slice::from_mut(&mut row)).await?;
    if row.state == BatchState::Uploaded {
        return Ok(see_other(&format!("/imports/{id}/mapping")));
    }
    Ok(page(&ImportView { chrome, batch: row, verdicts: Vec::new(), n_more: 0, has_file: false }))
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
