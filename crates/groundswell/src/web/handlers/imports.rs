//! Imports: upload a file, say what its columns mean, check it, bring it in, take it back.
//!
//! An upload lies in a folder of its own until it has been brought in, so that a restart of the server or a second
//! thought loses nothing; only the import's progress lives in memory.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path as FilePath, PathBuf};

use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::evidence::imports::{self, BatchKind, BatchState, ImportError};
use domain::kernel::ctx::Ctx;
use domain::kernel::ids::BatchId;
use interop::areas::AreaProperties;
use interop::events::{
    Amount, Bounds, ColumnGuess, EventKind, EventMapping, Group, Mapping, Preview, Text, When, preview,
};
use interop::population::PopulationColumns;
use serde::{Deserialize, Serialize};

use crate::cli::chain;
use crate::jobs::import::{self, DryRun, ImportFailure, PopulationOptions, Report, Source, Tick};
use crate::jobs::running::ImportState;
use crate::web::current::{CurrentCtx, page, page_with, see_other};
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::routes::{Routes, Who};
use crate::web::upload::Upload;
use crate::web::views::form::Problem;
use crate::web::views::imports::{
    CheckResult, FormPart, ImportRow, ImportRunFragment, ImportRunView, ImportsView, MappingView, RunState,
    VerdictRow,
};
use crate::web::views::{Choice, Field, FlashKind, NavItem};

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/imports", Who::IMPORTS, list)
        .upload("/imports", Who::IMPORTS, upload)
        .get("/imports/uploads/{id}", Who::IMPORTS, mapping)
        .post("/imports/uploads/{id}", Who::IMPORTS, mapping_send)
        .get("/imports/runs/{id}", Who::IMPORTS, run)
        .get("/imports/runs/{id}/state", Who::IMPORTS, run_state)
        .get("/imports/runs/{id}/bad-rows", Who::IMPORTS, bad_rows)
        .post("/imports/{id}/undo", Who::IMPORTS, undo)
}

/// What is known of an upload, kept beside its file.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Uploaded {
    name: String,
    kind: String,
}

/// How many of the first rows the mapping page shows.
const ROWS_SHOWN: usize = 8;
/// How much of a file is read to show them.
const PREVIEW_BYTES: usize = 256 << 10;

fn folder_of(current: &CurrentCtx, id: &str) -> Result<PathBuf, WebError> {
    // An id is letters and digits; anything else is no folder of ours.
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(WebError::NotFound);
    }
    Ok(current.app.config.uploads.with_file_name("imports").join(id))
}

fn uploaded(folder: &FilePath) -> Result<Uploaded, WebError> {
    let text = fs::read_to_string(folder.join("upload.json")).map_err(|_| WebError::NotFound)?;
    serde_json::from_str(&text).map_err(|_| WebError::NotFound)
}

fn source(folder: &FilePath, uploaded: &Uploaded) -> Source {
    Source { path: folder.join("file"), name: uploaded.name.clone() }
}

async fn list(current: CurrentCtx) -> Result<Response, WebError> {
    Ok(page(&imports_view(&current, Field::default(), None).await?))
}

async fn imports_view(
    current: &CurrentCtx,
    kind: Field,
    file_error: Option<String>,
) -> Result<ImportsView, WebError> {
    let accounts = domain::kernel::accounts::accounts(current.ctx.db()).await?;
    let rows = imports::batches(current.ctx.db(), 200)
        .await?
        .into_iter()
        .map(|batch| ImportRow {
            by: accounts
                .iter()
                .find(|account| account.id.as_str() == batch.started_by)
                .map_or_else(|| batch.started_by.replace("system:", ""), |account| account.name.clone()),
            id: batch.id.to_string(),
            kind: batch.kind.code().to_owned(),
            file_name: batch.file_name,
            dataset: batch.dataset,
            rows_good: batch.rows_good,
            rows_bad: batch.rows_bad,
            rows_known: batch.rows_known,
            at: batch.started_at.micros(),
            state: batch.state.code().to_owned(),
        })
        .collect();
    Ok(ImportsView {
        chrome: current.chrome("nav-imports", Some(NavItem::Imports)),
        rows,
        kind,
        file: Field { value: String::new(), error: file_error },
    })
}

async fn upload(current: CurrentCtx, upload: Upload) -> Result<Response, WebError> {
    let kind = upload.form.text("kind").to_owned();
    let is_kind = ["areas", "population", "events"].contains(&kind.as_str());
    let Some(file) = upload.file.filter(|_| is_kind) else {
        let kind_field = if is_kind { Field::new(kind) } else { Field::wrong(kind, current.t("imports-kind-missing")) };
        let file_error = is_kind.then(|| current.t("imports-file-missing"));
        let view = imports_view(&current, kind_field, file_error).await?;
        return Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view));
    };
    let id = current.ctx.new_id();
    let folder = folder_of(&current, &id)?;
    fs::create_dir_all(&folder).map_err(WebError::broken)?;
    // The upload's own path goes away when it is dropped; the rename leaves it nothing to remove.
    fs::rename(file.path(), folder.join("file")).map_err(WebError::broken)?;
    let known = Uploaded { name: file.name.clone(), kind };
    let text = serde_json::to_string(&known).map_err(WebError::broken)?;
    fs::write(folder.join("upload.json"), text).map_err(WebError::broken)?;
    Ok(see_other(&format!("/imports/uploads/{id}")))
}

async fn mapping(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    let folder = folder_of(&current, &id)?;
    let known = uploaded(&folder)?;
    match Look::at(&current, &folder, &known) {
        Ok(look) => {
            let form = look.guessed();
            Ok(page(&mapping_view(&current, &known, &look, &form, Vec::new(), None)))
        }
        Err(sentence) => {
            // The file cannot be read at all: say why where it was chosen.
            let view = imports_view(&current, Field::new(known.kind), Some(sentence)).await?;
            Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
        }
    }
}

/// The first rows of an upload.
struct Look {
    kind: String,
    file_name: String,
    preview: Option<Preview>,
}

impl Look {
    fn at(current: &CurrentCtx, folder: &FilePath, known: &Uploaded) -> Result<Self, String> {
        let preview = if known.kind == "areas" {
            None
        } else {
            let bytes = head(&folder.join("file")).map_err(|error| error.to_string())?;
            let today = current.ctx.now.day();
            Some(preview(&known.name, &bytes, ROWS_SHOWN, today).map_err(|problem| problem.to_string())?)
        };
        Ok(Self { kind: known.kind.clone(), file_name: known.name.clone(), preview })
    }

    fn columns(&self) -> Vec<String> {
        self.preview
            .as_ref()
            .map(|it| it.columns.iter().map(|column| column.name.clone()).collect())
            .unwrap_or_default()
    }

    fn guess(&self, wanted: ColumnGuess) -> String {
        let columns = self.preview.as_ref().map(|it| it.columns.as_slice()).unwrap_or_default();
        columns
            .iter()
            .find(|column| column.guess == wanted)
            .map(|column| column.name.clone())
            .unwrap_or_default()
    }

    /// The form filled with what the columns look like.
    fn guessed(&self) -> Form {
        let stem = self.file_name.rsplit_once('.').map_or(self.file_name.as_str(), |(stem, _)| stem);
        let dataset = domain::kernel::codes::code_from(stem).replace('_', "-");
        let mut pairs: Vec<(String, String)> = Vec::new();
        let mut add = |name: &str, value: String| pairs.push((name.to_owned(), value));
        add("unit", "people".to_owned());
        add("area", self.guess(ColumnGuess::Area));
        add("from", self.guess(ColumnGuess::PeriodFrom));
        add("to", self.guess(ColumnGuess::PeriodTo));
        if self.kind == "events" {
            add("dataset", dataset);
            add("kind", "barrier".to_owned());
            add("day", self.guess(ColumnGuess::Day));
            add("count", self.guess(ColumnGuess::Count));
            add("client", self.guess(ColumnGuess::Client));
            add("bounds", "[]".to_owned());
        } else {
            add("population", self.guess(ColumnGuess::Count));
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

fn mapping_view(
    current: &CurrentCtx,
    known: &Uploaded,
    look: &Look,
    form: &Form,
    problems: Vec<Problem>,
    checked: Option<CheckResult>,
) -> MappingView {
    let warnings = look
        .preview
        .as_ref()
        .map(|it| it.warnings.iter().map(ToString::to_string).collect())
        .unwrap_or_default();
    MappingView {
        chrome: current.chrome("nav-imports", Some(NavItem::Imports)),
        file_name: known.name.clone(),
        kind: known.kind.clone(),
        columns: look.columns(),
        rows: look.preview.as_ref().map(|it| it.rows.clone()).unwrap_or_default(),
        warnings,
        parts: parts(current, look, form, &problems),
        problems,
        checked,
    }
}

/// The fields of the form for this kind of file.
fn parts(current: &CurrentCtx, look: &Look, form: &Form, problems: &[Problem]) -> Vec<FormPart> {
    let columns = look.columns();
    let field = |name: &str| Field {
        value: form.text(name).to_owned(),
        error: problems.iter().find(|it| it.field == name).map(|it| it.text.clone()),
    };
    let label = |name: &str| current.t(&format!("mapping-{name}"));
    let hint = |name: &str| current.lang.find(&format!("mapping-{name}-hint")).unwrap_or_default();
    let text = |name: &str| FormPart::Text {
        name: name.to_owned(),
        label: label(name),
        hint: hint(name),
        field: field(name),
    };
    let select = |name: &str, choices: Vec<Choice>| FormPart::Select {
        name: name.to_owned(),
        label: label(name),
        hint: hint(name),
        field: field(name),
        choices,
    };
    let column = |name: &str| {
        let none = Choice::new("", current.t("mapping-none"));
        let each = columns.iter().map(|it| Choice::new(it.clone(), it.clone()));
        select(name, std::iter::once(none).chain(each).collect())
    };
    let heading = |name: &str| FormPart::Heading(current.t(&format!("mapping-heading-{name}")));
    let mut parts = Vec::new();
    match look.kind.as_str() {
        "areas" => parts.extend([text("code"), text("name"), text("parent")]),
        "population" => {
            parts.extend([heading("what"), column("area"), column("population"), text("unit"), text("dataset")]);
            parts.extend([heading("when"), column("from"), column("to")]);
            parts.extend([heading("where"), column("longitude"), column("latitude")]);
        }
        _ => {
            let kinds = EventKind::ALL
                .iter()
                .map(|kind| Choice::new(kind.as_str(), current.lang.word("kind", kind.as_str())))
                .collect();
            parts.extend([heading("what"), text("dataset"), text("title"), select("kind", kinds)]);
            parts.extend([text("code"), column("code_column"), text("label"), text("system")]);
            parts.extend([heading("when"), column("day"), column("from"), column("to")]);
            let bounds = Bounds::ALL
                .iter()
                .map(|it| Choice::new(it.as_str(), current.t(&format!("mapping-bounds-{}", bounds_key(*it)))))
                .collect();
            parts.extend([select("bounds", bounds), text("on")]);
            parts.extend([heading("where"), column("area"), column("client"), column("record")]);
            parts.extend([heading("count"), column("count")]);
            let mut exposures = vec![
                Choice::new("", current.t("mapping-none")),
                Choice::new("1", current.t("mapping-exposure-one")),
            ];
            exposures.extend(columns.iter().map(|it| Choice::new(it.clone(), it.clone())));
            parts.push(select("exposure", exposures));
        }
    }
    if look.kind != "areas" {
        parts.push(heading("groups"));
        for slot in 1..=GROUP_SLOTS {
            parts.push(text(&format!("group{slot}")));
            parts.push(column(&format!("group{slot}_column")));
        }
    }
    parts
}

const GROUP_SLOTS: usize = 4;

const fn bounds_key(bounds: Bounds) -> &'static str {
    match bounds {
        Bounds::Closed => "closed",
        Bounds::AfterFirst => "after-first",
        Bounds::BeforeLast => "before-last",
    }
}

/// Equity dimensions: name to column.
fn groups(form: &Form) -> BTreeMap<String, String> {
    (1..=GROUP_SLOTS)
        .filter_map(|slot| {
            let name = form.text(&format!("group{slot}")).trim().to_owned();
            let column = form.text(&format!("group{slot}_column")).to_owned();
            (!name.is_empty() && !column.is_empty()).then_some((name, column))
        })
        .collect()
}

fn some(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The mapping that the form describes, or what is wrong with it, field by field.
fn event_mapping(current: &CurrentCtx, form: &Form) -> Result<Mapping, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut wrong = |field: &str, key: &str| {
        problems.push(Problem { field: field.to_owned(), text: current.t(key) });
    };
    let kind = EventKind::parse(form.text("kind"));
    if kind.is_none() {
        wrong("kind", "mapping-error-kind");
    }
    let code = match (some(form.text("code")), some(form.text("code_column"))) {
        (_, Some(column)) => Some(Text::Column { column, values: BTreeMap::new(), other: None }),
        (Some(code), None) => {
            let code = domain::kernel::codes::code_from(&code);
            (!code.is_empty()).then_some(Text::Constant(code))
        }
        (None, None) => None,
    };
    if code.is_none() {
        wrong("code", "mapping-error-code");
    }
    let on = some(form.text("on"));
    let when = match (some(form.text("day")), some(form.text("from")), some(form.text("to")), on) {
        (_, Some(from), Some(to), _) => Some(When::Period {
            from,
            to,
            bounds: Bounds::parse(form.text("bounds")).unwrap_or_default(),
        }),
        (Some(day), ..) => Some(When::Day { day }),
        (None, _, _, Some(on)) => match on.parse() {
            Ok(on) => Some(When::On { on }),
            Err(_) => {
                wrong("on", "mapping-error-on");
                None
            }
        },
        _ => None,
    };
    if when.is_none() && form.text("on").trim().is_empty() {
        wrong("day", "mapping-error-when");
    }
    if form.text("dataset").trim().is_empty() {
        wrong("dataset", "mapping-error-dataset");
    }
    let (Some(kind), Some(code), Some(when)) = (kind, code, when) else { return Err(problems) };
    let mut event = EventMapping::new(kind, "code", when);
    event.code = code;
    event.label = some(form.text("label"));
    event.system = some(form.text("system")).map(Text::Constant);
    event.area = some(form.text("area"));
    event.client = some(form.text("client"));
    event.record = some(form.text("record"));
    event.count = some(form.text("count")).map(Amount::Column);
    event.exposure = some(form.text("exposure"))
        .map(|it| if it == "1" { Amount::Number(1.0) } else { Amount::Column(it) });
    event.groups = groups(form)
        .into_iter()
        .map(|(name, column)| (name, Group { column, values: BTreeMap::new(), other: None }))
        .collect();
    let mapping = Mapping {
        dataset: form.text("dataset").trim().to_owned(),
        title: some(form.text("title")),
        file: interop::events::FileFormat::default(),
        events: vec![event],
    };
    for problem in mapping.check() {
        let field = if problem.path.contains("dataset") { "dataset" } else { "code" };
        problems.push(Problem { field: field.to_owned(), text: problem.to_string() });
    }
    if problems.is_empty() { Ok(mapping) } else { Err(problems) }
}

/// What is to be read, by kind.
#[derive(Debug, Clone)]
enum Reading {
    Areas(AreaProperties),
    Population(PopulationOptions),
    Events(Mapping),
}

fn reading(current: &CurrentCtx, kind: &str, form: &Form) -> Result<Reading, Vec<Problem>> {
    match kind {
        "areas" => Ok(Reading::Areas(AreaProperties {
            code: some(form.text("code")),
            name: some(form.text("name")),
            parent: some(form.text("parent")),
            ..Default::default()
        })),
        "population" => {
            let mut problems = Vec::new();
            for name in ["area", "population"] {
                if form.text(name).is_empty() {
                    let text = current.t("mapping-error-column");
                    problems.push(Problem { field: name.to_owned(), text });
                }
            }
            if !problems.is_empty() {
                return Err(problems);
            }
            let columns = PopulationColumns {
                area: form.text("area").to_owned(),
                population: form.text("population").to_owned(),
                from: some(form.text("from")),
                to: some(form.text("to")),
                longitude: some(form.text("longitude")),
                latitude: some(form.text("latitude")),
                groups: groups(form),
                ..Default::default()
            };
            Ok(Reading::Population(PopulationOptions {
                columns,
                dataset: form.text("dataset").trim().to_owned(),
                unit: form.text("unit").trim().to_owned(),
            }))
        }
        _ => event_mapping(current, form).map(Reading::Events),
    }
}

async fn mapping_send(
    current: CurrentCtx,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, WebError> {
    let folder = folder_of(&current, &id)?;
    let known = uploaded(&folder)?;
    let look = Look::at(&current, &folder, &known).map_err(WebError::Conflict)?;
    let reading = match reading(&current, &known.kind, &form) {
        Ok(reading) => reading,
        Err(problems) => {
            let view = mapping_view(&current, &known, &look, &form, problems, None);
            return Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view));
        }
    };
    if form.text("do") == "import" {
        start(&current, &id, &folder, &known, reading);
        return Ok(see_other(&format!("/imports/runs/{id}")));
    }
    let source = source(&folder, &known);
    let checked = match reading {
        Reading::Areas(properties) => {
            import::areas(&current.ctx, &source, &properties, DryRun::Yes).await
        }
        Reading::Population(options) => {
            import::population(&current.ctx, &source, &options, None, DryRun::Yes).await
        }
        Reading::Events(mapping) => {
            import::dry_run(&current.ctx, &source, &mapping, None, |_| {}).await
        }
    };
    match checked {
        Ok(report) => {
            let checked = Some(check_result(&report));
            Ok(page(&mapping_view(&current, &known, &look, &form, Vec::new(), checked)))
        }
        Err(failure) if failure.is_theirs() => {
            let problem = Problem { field: "file".to_owned(), text: chain(&failure) };
            let view = mapping_view(&current, &known, &look, &form, vec![problem], None);
            Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
        }
        Err(failure) => Err(WebError::broken(failure)),
    }
}

fn check_result(report: &Report) -> CheckResult {
    CheckResult {
        rows_good: report.rows.rows_good,
        rows_bad: report.rows.rows_bad,
        events: report.events,
        problems: verdicts(report),
        warnings: report.warnings.iter().take(20).cloned().collect(),
    }
}

fn verdicts(report: &Report) -> Vec<VerdictRow> {
    report
        .problems
        .iter()
        .take(100)
        .map(|it| VerdictRow { line: it.line, field: it.field.clone(), expected: it.expected.clone() })
        .collect()
}

/// Brings the file in, in the background.
fn start(current: &CurrentCtx, id: &str, folder: &FilePath, known: &Uploaded, reading: Reading) {
    let jobs = current.app.jobs.clone();
    if matches!(jobs.import(id), Some(ImportState::Running(_))) {
        // The second click of a double click.
        return;
    }
    jobs.import_set(id, ImportState::Running(Tick::default()));
    let (id, ctx) = (id.to_owned(), current.ctx.clone());
    let source = source(folder, known);
    let bad_rows = folder.join("bad-rows.csv");
    tokio::spawn(async move {
        let done = bring_in(&ctx, &source, reading, bad_rows, |tick| {
            jobs.import_set(&id, ImportState::Running(tick));
        })
        .await;
        let state = match done {
            Ok(report) => ImportState::Done(Box::new(report)),
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
        Reading::Areas(properties) => import::areas(ctx, source, &properties, DryRun::No).await,
        Reading::Population(options) => {
            import::population(ctx, source, &options, Some(bad_rows), DryRun::No).await
        }
        Reading::Events(mapping) => import::events(ctx, source, &mapping, Some(bad_rows), tick).await,
    }
}

fn run_state_of(current: &CurrentCtx, id: &str) -> Result<RunState, WebError> {
    let folder = folder_of(current, id)?;
    uploaded(&folder)?;
    Ok(match current.app.jobs.import(id) {
        // The server was started anew meanwhile: the upload is still there.
        None => RunState::Failed { sentence: current.t("imports-interrupted") },
        Some(ImportState::Running(tick)) => {
            let percent = tick.bytes.saturating_mul(100).checked_div(tick.bytes_total).unwrap_or(0);
            let rows = current.lang.int(tick.rows);
            let bad = current.lang.int(tick.rows_bad);
            RunState::Running {
                percent: u32::try_from(percent).unwrap_or(100),
                text: current.lang.t_with("imports-progress", &[("rows", rows.into()), ("bad", bad.into())]),
            }
        }
        Some(ImportState::Failed(sentence)) => {
            RunState::Failed { sentence: current.lang.t1("imports-failed-because", "why", sentence) }
        }
        Some(ImportState::Done(report)) => RunState::Done {
            good: report.rows.rows_good,
            bad: report.rows.rows_bad,
            known: report.rows_known,
            already_in: report.already_in,
            bad_rows_href: report.bad_rows.as_ref().map(|_| format!("/imports/runs/{id}/bad-rows")),
            batch_id: report.batch.as_ref().map(|batch| batch.id.to_string()).unwrap_or_default(),
            problems: verdicts(&report),
            warnings: report.warnings.iter().take(20).cloned().collect(),
        },
    })
}

async fn run(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    let state = run_state_of(&current, &id)?;
    let known = uploaded(&folder_of(&current, &id)?)?;
    Ok(page(&ImportRunView {
        chrome: current.chrome("nav-imports", Some(NavItem::Imports)),
        id,
        file_name: known.name,
        state,
    }))
}

async fn run_state(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    let state = run_state_of(&current, &id)?;
    let is_over = !matches!(state, RunState::Running { .. });
    let chrome = current.chrome("nav-imports", Some(NavItem::Imports));
    let mut response = page(&ImportRunFragment { chrome, id, state });
    if is_over {
        response.headers_mut().insert("HX-Refresh", HeaderValue::from_static("true"));
    }
    Ok(response)
}

async fn bad_rows(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    let folder = folder_of(&current, &id)?;
    let known = uploaded(&folder)?;
    let bytes =
        tokio::fs::read(folder.join("bad-rows.csv")).await.map_err(|_| WebError::NotFound)?;
    let stem = known.name.rsplit_once('.').map_or(known.name.as_str(), |(stem, _)| stem);
    let stem: String = stem.chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    let attachment = format!("attachment; filename=\"{stem}.bad-rows.csv\"");
    let headers = [(CONTENT_TYPE, "text/csv".to_owned()), (CONTENT_DISPOSITION, attachment)];
    Ok((headers, bytes).into_response())
}

async fn undo(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    match imports::undo(&current.ctx, &BatchId::from_text(id)).await {
        Ok(batch) => {
            debug_assert_eq!(batch.state, BatchState::Undone);
            let key = if batch.kind == BatchKind::Events { "flash-import-undone-events" } else { "flash-import-undone" };
            let text = current.lang.find(key).unwrap_or_else(|| current.t("flash-import-undone"));
            current.done(text, "/imports").await
        }
        Err(ImportError::NotFound) => Err(WebError::NotFound),
        Err(ImportError::UndoneAlready) => {
            current.flash(FlashKind::Note, current.t("error-import-already-undone")).await?;
            Ok(see_other("/imports"))
        }
        Err(error) => Err(WebError::broken(error)),
    }
}
