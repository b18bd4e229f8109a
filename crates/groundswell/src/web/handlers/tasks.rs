//! Tasks: one's own list, one task, the tab of a client's file.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::casework::caseload;
use domain::casework::cases::{self, Assignment, CaseBox, EndReason, Part, Worker};
use domain::casework::tasks::{
    self, Assignee, NewTask, TITLE_MOST, Task, TaskError, TaskKind, TaskSource, TaskState,
};
use domain::kernel::clock::Day;
use domain::kernel::ctx::Role;
use domain::kernel::ids::{AccountId, CaseId, TaskId};

use crate::web::current::{CurrentCtx, own_path, page, page_with};
use crate::web::error::WebError;
use crate::web::file::ClientFile;
use crate::web::form::{Form, Reading};
use crate::web::i18n::Lang;
use crate::web::routes::{Routes, Who};
use crate::web::views::client::Tab;
use crate::web::views::tasks::{
    CaseCard, CaseProblem, ClientLink, ClientTasksView, NewTaskForm, TaskGroup, TaskRow, TaskView, TasksView,
    TeamRow,
};
use crate::web::views::{Choice, Field, NavItem};

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/tasks", Who::FILES_RECORD, mine)
        .post("/tasks", Who::FILES_RECORD, own_add)
        .get("/tasks/{id}", Who::FILES, one)
        .post("/tasks/{id}/done", Who::FILES_RECORD, done)
        .post("/tasks/{id}/open", Who::FILES_RECORD, open_again)
        .post("/tasks/{id}/later", Who::FILES_RECORD, later)
        .post("/tasks/{id}/not-needed", Who::FILES_RECORD, not_needed)
        .post("/tasks/{id}/hand-on", Who::FILES_RECORD, hand_on)
        .get("/clients/{id}/tasks", Who::FILES, of_client)
        .post("/clients/{id}/tasks", Who::FILES_RECORD, add)
}

/// The most tasks that a list shows.
const LIST_MOST: i64 = 300;

/// Whether a list says whose a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Plain,
    Said,
}

/// A day in a list of this year: "12 May", with the year when it is another.
pub(super) fn day_text(lang: Lang, day: Day, today: Day) -> String {
    let iso = day.to_string();
    if day.year() == today.year() { lang.day_brief(&iso) } else { lang.day_short(&iso) }
}

/// What a task says, in the reader's language: a reminder's words are its rule's.
pub(super) fn title(lang: Lang, task: &Task, today: Day) -> String {
    if task.rule().is_empty() {
        return task.title.clone();
    }
    let day: Option<Day> = task.source_key.split(':').nth(1).and_then(|text| text.parse().ok());
    let day = day.map(|day| day_text(lang, day, today)).unwrap_or_default();
    lang.t1(&format!("task-rule-{}", task.rule()), "day", day)
}

pub(super) fn row(current: &CurrentCtx, task: &Task, whose: Whose) -> TaskRow {
    let (lang, today) = (current.lang, current.ctx.now.day());
    let is_open = task.state == TaskState::Open;
    let day = if is_open { task.act_on } else { task.due_on };
    let is_overdue = is_open && day.is_some_and(|day| day < today);
    let mut when = match day {
        None => String::new(),
        Some(day) if day == today => lang.t("task-today"),
        Some(day) if day == today.plus_days(1) => lang.t("task-tomorrow"),
        Some(day) if is_overdue => lang.t1("task-since", "day", day_text(lang, day, today)),
        Some(day) => day_text(lang, day, today),
    };
    if !task.due_at.is_empty() {
        when = format!("{when}, {}", task.due_at);
    }
    let kind = match task.kind {
        TaskKind::ToDo => String::new(),
        kind => lang.word("task-kind", kind.code()),
    };
    let source = match task.source {
        TaskSource::Person | TaskSource::Note => String::new(),
        source => lang.word("task-source", source.code()),
    };
    TaskRow {
        id: task.id.to_string(),
        title: title(lang, task, today),
        client: task
            .client
            .as_ref()
            .map(|id| ClientLink { href: format!("/clients/{id}"), name: task.client_list_name.clone() }),
        when,
        is_overdue,
        kind,
        source,
        worker: if whose == Whose::Said { task.worker_name.clone() } else { String::new() },
        is_open,
        reason: task.last_reason.clone(),
        may_act: Who::FILES_RECORD.allows(&current.ctx.actor),
    }
}

async fn mine(current: CurrentCtx) -> Result<Response, WebError> {
    Ok(page(&list_view(&current, new_form(&current, "/tasks", &[])).await?))
}

async fn list_view(current: &CurrentCtx, form: NewTaskForm) -> Result<TasksView, WebError> {
    let day = caseload::my_day(&current.ctx, LIST_MOST).await?;
    let today = current.ctx.now.day();
    let mut groups: Vec<TaskGroup> = [
        "tasks-overdue",
        "tasks-today",
        "tasks-tomorrow",
        "tasks-week",
        "tasks-later",
        "tasks-undated",
        "tasks-reminders",
    ]
    .map(|key| TaskGroup { key, rows: Vec::new() })
    .into();
    for task in &day.tasks.open {
        let at = match task.act_on {
            _ if task.source == TaskSource::Rule => "tasks-reminders",
            None => "tasks-undated",
            Some(day) if day < today => "tasks-overdue",
            Some(day) if day == today => "tasks-today",
            Some(day) if day == today.plus_days(1) => "tasks-tomorrow",
            Some(day) if day <= today.plus_days(7) => "tasks-week",
            Some(_) => "tasks-later",
        };
        if let Some(group) = groups.iter_mut().find(|group| group.key == at) {
            group.rows.push(row(current, task, Whose::Plain));
        }
    }
    groups.retain(|group| !group.rows.is_empty());
    Ok(TasksView {
        chrome: current.chrome("tasks-title", Some(NavItem::Corner)),
        groups,
        ended: day.tasks.ended.iter().map(|task| row(current, task, Whose::Plain)).collect(),
        form,
        back: "/tasks".to_owned(),
    })
}

/// An empty form; `workers` are those the task can be given to, the lead first.
fn new_form(current: &CurrentCtx, action: &str, workers: &[Choice]) -> NewTaskForm {
    NewTaskForm {
        action: action.to_owned(),
        kinds: TaskKind::ALL
            .iter()
            .map(|kind| Choice::new(kind.code(), current.lang.word("task-kind", kind.code())))
            .collect(),
        workers: workers.to_vec(),
        ..NewTaskForm::default()
    }
}

/// A day that may be left out.
pub(super) fn day_or_none(text: &str) -> Result<Option<Day>, &'static str> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| "error-day"),
    }
}

/// Reads a new task; what is wrong is noted beside its field.
fn new_read(form: &Form, reading: &mut Reading<'_>) -> Option<NewTask> {
    let title = reading.parse("title", |text| match text.trim() {
        "" => Err("error-required"),
        text if text.chars().count() > TITLE_MOST => Err("error-task-long"),
        text => Ok(text.to_owned()),
    });
    let due_on = reading.parse("due_on", day_or_none);
    let kind = TaskKind::from_code(form.text("kind")).unwrap_or(TaskKind::ToDo);
    let worker = Some(form.text("worker")).filter(|it| !it.is_empty()).map(AccountId::from_text);
    Some(NewTask {
        kind,
        due_on: due_on?,
        due_at: form.text("due_at").to_owned(),
        worker,
        ..NewTask::new(TaskSource::Person, title?)
    })
}

fn form_again(form: NewTaskForm, reading: &Reading<'_>) -> NewTaskForm {
    NewTaskForm {
        title: reading.field("title"),
        kind: reading.field("kind"),
        due_on: reading.field("due_on"),
        due_at: reading.field("due_at"),
        worker: reading.field("worker"),
        ..form
    }
}

/// Notes beside its field what the domain refused; gives back what is no field's.
fn refused(current: &CurrentCtx, reading: &mut Reading<'_>, error: TaskError) -> Result<(), WebError> {
    match error {
        TaskError::TitleMissing => reading.wrong("title", current.t("error-required")),
        TaskError::TitleTooLong => reading.wrong("title", current.t("error-task-long")),
        TaskError::NotATime => reading.wrong("due_at", current.t("error-time")),
        TaskError::NotAWorker => reading.wrong("worker", current.t("error-not-on-case")),
        error => return Err(web_error(current, error)),
    }
    Ok(())
}

pub(super) fn web_error(current: &CurrentCtx, error: TaskError) -> WebError {
    match error {
        TaskError::Access(error) => error.into(),
        TaskError::StateForbids(_) => WebError::Conflict(current.t("error-task-changed")),
        TaskError::ReadOnly => WebError::NotFound,
        TaskError::Db(error) => error.into(),
        error => WebError::broken(error),
    }
}

async fn own_add(current: CurrentCtx, form: Form) -> Result<Response, WebError> {
    let mut reading = form.reading(current.lang);
    if let Some(new) = new_read(&form, &mut reading) {
        match tasks::add_own(&current.ctx, &NewTask { worker: None, ..new }).await {
            Ok(_) => return current.done(current.t("flash-task-added"), "/tasks").await,
            Err(error) => refused(&current, &mut reading, error)?,
        }
    }
    let form = form_again(new_form(&current, "/tasks", &[]), &reading);
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &list_view(&current, form).await?))
}

async fn one(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    Ok(page(&task_view(&current, &id, "/tasks").await?))
}

async fn task_view(current: &CurrentCtx, id: &str, back: &str) -> Result<TaskView, WebError> {
    let found = tasks::task(&current.ctx, &TaskId::from_text(id)).await;
    let detail = found.map_err(|error| web_error(current, error))?;
    let workers = detail.assignees.iter().filter(|it| it.id != detail.task.worker).map(choice).collect();
    let mut chrome = current.chrome("task", Some(NavItem::Corner));
    // The address of an answer to a form takes no GET.
    chrome.path = format!("/tasks/{id}");
    Ok(TaskView {
        chrome,
        row: row(current, &detail.task, Whose::Said),
        back: back.to_owned(),
        reason: Field::default(),
        later_on: Field::default(),
        later_reason: Field::default(),
        to: Field::default(),
        to_reason: Field::default(),
        workers,
    })
}

fn choice(assignee: &Assignee) -> Choice {
    Choice::new(assignee.id.to_string(), assignee.name.clone())
}

/// Where the form came from.
fn back(form: &Form) -> String {
    own_path(form.text("back")).unwrap_or("/tasks").to_owned()
}

async fn done(current: CurrentCtx, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    let task = tasks::done(&current.ctx, TaskId::from_text(id)).await;
    let task = task.map_err(|error| web_error(&current, error))?;
    let title = title(current.lang, &task, current.ctx.now.day());
    current.done(current.lang.t1("flash-task-done", "title", title), &back(&form)).await
}

async fn open_again(current: CurrentCtx, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    let task = tasks::open_again(&current.ctx, TaskId::from_text(id)).await;
    task.map_err(|error| web_error(&current, error))?;
    current.done(current.t("flash-task-open"), &back(&form)).await
}

async fn later(current: CurrentCtx, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    let mut reading = form.reading(current.lang);
    let to = reading.parse("later_on", |text| text.trim().parse::<Day>().map_err(|_| "error-day"));
    if form.text("later_reason").trim().is_empty() {
        reading.wrong("later_reason", current.t("error-required"));
    }
    if let Some(to) = to.filter(|_| reading.is_good()) {
        match tasks::put_off(&current.ctx, TaskId::from_text(id.as_str()), to, form.text("later_reason"))
            .await
        {
            Ok(_) => return current.done(current.t("flash-task-later"), &back(&form)).await,
            Err(TaskError::DayNotAhead) => reading.wrong("later_on", current.t("error-day-ahead")),
            Err(error) => return Err(web_error(&current, error)),
        }
    }
    let view = TaskView {
        later_on: reading.field("later_on"),
        later_reason: reading.field("later_reason"),
        ..task_view(&current, &id, &back(&form)).await?
    };
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
}

async fn not_needed(current: CurrentCtx, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    match tasks::not_needed(&current.ctx, TaskId::from_text(id.as_str()), form.text("reason")).await {
        Ok(_) => current.done(current.t("flash-task-not-needed"), &back(&form)).await,
        Err(TaskError::ReasonMissing) => {
            let reason = Field::wrong(form.text("reason"), current.t("error-required"));
            let view = TaskView { reason, ..task_view(&current, &id, &back(&form)).await? };
            Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
        }
        Err(error) => Err(web_error(&current, error)),
    }
}

async fn hand_on(current: CurrentCtx, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    let to = AccountId::from_text(form.text("to"));
    match tasks::hand_on(&current.ctx, TaskId::from_text(id.as_str()), to, form.text("to_reason")).await {
        Ok(_) => current.done(current.t("flash-task-handed-on"), &back(&form)).await,
        Err(TaskError::NotAWorker) => {
            let to = Field::wrong(form.text("to"), current.t("error-not-on-case"));
            let view = TaskView { to, ..task_view(&current, &id, &back(&form)).await? };
            Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
        }
        Err(error) => Err(web_error(&current, error)),
    }
}

async fn of_client(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    Ok(page(&client_view(&current, &id, CaseProblem::default()).await?))
}

async fn add(current: CurrentCtx, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    let mut reading = form.reading(current.lang);
    let mut view = client_view(&current, &id, CaseProblem::default()).await?;
    let case = view.case.as_ref().filter(|case| case.is_open).map(|case| CaseId::from_text(case.id.as_str()));
    let Some(case) = case else { return Err(WebError::Conflict(current.t("error-no-case"))) };
    if let Some(new) = new_read(&form, &mut reading) {
        match tasks::add(&current.ctx, case, &new).await {
            Ok(_) => {
                return current.done(current.t("flash-task-added"), &format!("/clients/{id}/tasks")).await;
            }
            Err(error) => refused(&current, &mut reading, error)?,
        }
    }
    view.form = view.form.map(|new| form_again(new, &reading));
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
}

/// The tab, with a form of the case that needs another look.
pub(super) async fn client_view(
    current: &CurrentCtx,
    id: &str,
    problem: CaseProblem,
) -> Result<ClientTasksView, WebError> {
    let file = ClientFile::open(current, id).await?;
    let frame = file.frame(current, Tab::Tasks).await?;
    let all = tasks::of_client(&current.ctx, &file.tx, &file.grant).await?;
    let cases = cases::of_client(&current.ctx, &file.tx, &file.grant).await?;
    let workers = cases::workers(&file.tx).await?;
    file.close().await?;
    let today = current.ctx.now.day();
    let may_record = Who::FILES_RECORD.allows(&current.ctx.actor);
    let mut cards =
        cases.iter().map(|(case, team)| card(current, case, team)).collect::<Vec<_>>().into_iter();
    let case = cards.next();
    let back = format!("/clients/{id}/tasks");
    let (open, ended): (Vec<_>, Vec<_>) = all.iter().partition(|task| task.state == TaskState::Open);
    let in_file = |task: &Task| TaskRow { client: None, ..row(current, task, Whose::Said) };
    let rows = |tasks: Vec<&Task>| tasks.into_iter().map(in_file).collect::<Vec<_>>();
    let is_open = case.as_ref().is_some_and(|case| case.is_open);
    let new = cases
        .first()
        .filter(|_| may_record && is_open)
        .map(|(case, team)| new_form(current, &back, &on_the_case(current, case, team)));
    let lead = cases.first().filter(|_| is_open).map(|(case, _)| &case.lead);
    Ok(ClientTasksView {
        chrome: {
            let mut chrome = current.chrome("client-tab-tasks", Some(NavItem::Clients));
            chrome.path.clone_from(&back);
            chrome
        },
        frame,
        open: rows(open),
        ended: rows(ended),
        form: new,
        case,
        past: cards.collect(),
        may_record,
        problem,
        reasons: EndReason::ALL
            .iter()
            .map(|reason| Choice::new(reason.code(), current.lang.word("end-reason", reason.code())))
            .collect(),
        leads: worker_choices(&workers, current, |it| it.is_caseworker && Some(&it.id) != lead),
        supporters: worker_choices(&workers, current, |it| Some(&it.id) != lead),
        today: today.to_string(),
        back,
    })
}

/// Those who can be chosen, the caller first.
pub(super) fn worker_choices(
    workers: &[Worker],
    current: &CurrentCtx,
    is_choice: impl Fn(&Worker) -> bool,
) -> Vec<Choice> {
    let mut choices: Vec<Choice> = workers
        .iter()
        .filter(|it| is_choice(it))
        .map(|it| Choice::new(it.id.to_string(), it.name.clone()))
        .collect();
    let own = current.ctx.actor.account().map(ToString::to_string).unwrap_or_default();
    choices.sort_by_key(|choice| choice.value != own);
    choices
}

/// Who a task of the case can be given to: the caller first if they are on it, else the lead.
fn on_the_case(current: &CurrentCtx, case: &CaseBox, team: &[Assignment]) -> Vec<Choice> {
    let own = current.ctx.actor.account();
    let mut people = vec![(case.lead.clone(), case.lead_name.clone())];
    for it in team.iter().filter(|it| it.to.is_none()) {
        if !people.iter().any(|(id, _)| *id == it.account) {
            people.push((it.account.clone(), it.name.clone()));
        }
    }
    people.sort_by_key(|(id, _)| Some(id) != own);
    people.into_iter().map(|(id, name)| Choice::new(id.to_string(), name)).collect()
}

fn card(current: &CurrentCtx, case: &CaseBox, team: &[Assignment]) -> CaseCard {
    let today = current.ctx.now.day();
    let text = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
    let person = |it: &Assignment| TeamRow {
        account: it.account.to_string(),
        name: it.name.clone(),
        part: it.part.code(),
        from: it.from.to_string(),
        to: text(it.to),
    };
    let is_lead = current.ctx.actor.account() == Some(&case.lead);
    CaseCard {
        id: case.id.to_string(),
        version: case.version,
        state: case.standing.state.code().to_owned(),
        is_open: !case.standing.state.is_closed(),
        programme: case.programme.clone(),
        weight: case.weight,
        opened_on: case.standing.opened_on.to_string(),
        closed_on: text(case.standing.closed_on),
        end_reason: case.end_reason.map(|it| it.code().to_owned()).unwrap_or_default(),
        review_on: text(case.review_on),
        plan_review_on: text(case.plan_review_on),
        lead: case.lead_name.clone(),
        support: team.iter().filter(|it| it.part == Part::Support && it.to.is_none()).map(person).collect(),
        past: team.iter().filter(|it| it.to.is_some()).map(person).collect(),
        approval: case.approval.as_ref().map(|it| it.state.code().to_owned()).unwrap_or_default(),
        approval_note: case.approval.as_ref().map(|it| it.note.clone()).unwrap_or_default(),
        steps: cases::steps(case.standing, today),
        may_staff: is_lead || current.has(Role::Supervisor),
    }
}
