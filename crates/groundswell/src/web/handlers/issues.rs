//! Issues: the list, one issue with its evidence, opening one (from a signal, say), changing its words.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use domain::evidence::signals;
use domain::issues::{self, EditIssue, HeldSignal, Issue, IssueError, OpenIssue};
use domain::kernel::audit;
use domain::kernel::codes::System;
use domain::kernel::ids::IssueId;
use domain::kernel::places;
use serde::Deserialize;

use super::corner::step_number;
use crate::web::current::{CurrentCtx, page, page_with};
use crate::web::error::WebError;
use crate::web::form::{Form, Reading};
use crate::web::present;
use crate::web::routes::{Routes, Who};
use crate::web::views::issues::{
    Evidence, FromSignal, HistoryRow, IssueForm, IssueRow, IssueView, IssuesView, NewIssueView,
};
use crate::web::views::{Choice, Field, NavItem};

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/issues", Who::ISSUES, list)
        .post("/issues", Who::ISSUES_OPEN, open)
        .get("/issues/new", Who::ISSUES_OPEN, new)
        .get("/issues/{id}", Who::ISSUES, one)
        .post("/issues/{id}", Who::ISSUES_EDIT, edit)
}

async fn list(current: CurrentCtx) -> Result<Response, WebError> {
    let rows = issues::issues(current.ctx.db(), 500)
        .await?
        .into_iter()
        .map(|issue| IssueRow {
            href: format!("/issues/{}", issue.id),
            step: step_number(issue.step),
            title: issue.title,
            system: issue.system,
            n_signals: issue.n_signals,
            opened_at: issue.opened_at.micros(),
        })
        .collect();
    Ok(page(&IssuesView {
        chrome: current.chrome("nav-issues", Some(NavItem::Issues)),
        rows,
        may_open: Who::ISSUES_OPEN.allows(&current.ctx.actor),
        next_href: None,
    }))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NewQuery {
    signal: String,
    /// Code of the system that an issue is about which begins in a review with a client.
    system: String,
}

async fn new(current: CurrentCtx, Query(query): Query<NewQuery>) -> Result<Response, WebError> {
    let signal = from_signal(&current, &query.signal).await?;
    let mut form = empty_form(&current);
    if let Some(system) = System::from_code(&query.system) {
        form.system = Field::new(system.code());
    }
    if let Some(signal) = &signal {
        form.title = Field::new(signal.finding.title(current.lang));
        form.description = Field::new(signal.finding.sentence(current.lang).replace("**", ""));
        form.system = Field::new(signal.finding.system.clone());
    }
    Ok(page(&NewIssueView { chrome: current.chrome("issue-open", Some(NavItem::Issues)), form, signal }))
}

/// The signal that an issue is opened from, as the caller may see it; none for an empty key.
async fn from_signal(current: &CurrentCtx, key: &str) -> Result<Option<FromSignal>, WebError> {
    if key.is_empty() {
        return Ok(None);
    }
    let db = current.ctx.db();
    let stored = signals::signal(db, key).await?.ok_or(WebError::NotFound)?;
    let names = present::area_names(&places::areas(db).await?);
    let finding = present::finding(&current.app.config.policy, &names, &stored.signal);
    Ok(Some(FromSignal { id: key.to_owned(), finding }))
}

fn empty_form(current: &CurrentCtx) -> IssueForm {
    let none = Choice::new("", current.t("issue-system-none"));
    let systems = System::ALL
        .iter()
        .map(|system| Choice::new(system.code(), current.lang.word("system", system.code())));
    IssueForm {
        title: Field::default(),
        description: Field::default(),
        system: Field::default(),
        systems: std::iter::once(none).chain(systems).collect(),
    }
}

fn system_of(form: &Form) -> String {
    System::from_code(form.text("system")).map(|system| system.code().to_owned()).unwrap_or_default()
}

/// Everything typed, with what is wrong beside its field; or the error when it is no field's.
fn typed(current: &CurrentCtx, form: &Form, error: &IssueError) -> IssueForm {
    let mut reading: Reading<'_> = form.reading(current.lang);
    match error {
        IssueError::Title => reading.wrong("title", current.t("error-issue-title")),
        IssueError::Description => reading.wrong("description", current.t("error-issue-description")),
        _ => {}
    }
    IssueForm {
        title: reading.field("title"),
        description: reading.field("description"),
        system: reading.field("system"),
        ..empty_form(current)
    }
}

async fn open(current: CurrentCtx, form: Form) -> Result<Response, WebError> {
    let signal = form.text("signal");
    let cmd = OpenIssue {
        title: form.text("title").to_owned(),
        description: form.text("description").to_owned(),
        system: system_of(&form),
        signal_key: (!signal.is_empty()).then(|| signal.to_owned()),
    };
    match issues::open(&current.ctx, &cmd).await {
        Ok(id) => current.done(current.t("flash-issue-opened"), &format!("/issues/{id}")).await,
        Err(IssueError::SignalNotFound | IssueError::NotFound) => Err(WebError::NotFound),
        Err(error @ (IssueError::Title | IssueError::Description)) => {
            let view = NewIssueView {
                chrome: current.chrome("issue-open", Some(NavItem::Issues)),
                form: typed(&current, &form, &error),
                signal: from_signal(&current, signal).await?,
            };
            Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
        }
        Err(error) => Err(WebError::broken(error)),
    }
}

async fn found(current: &CurrentCtx, id: &str) -> Result<(Issue, Vec<HeldSignal>), WebError> {
    issues::issue(current.ctx.db(), &IssueId::from_text(id)).await?.ok_or(WebError::NotFound)
}

async fn one(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    Ok(page(&issue_view(&current, &id).await?))
}

async fn issue_view(current: &CurrentCtx, id: &str) -> Result<IssueView, WebError> {
    let (issue, held) = found(current, id).await?;
    let db = current.ctx.db();
    let names = present::area_names(&places::areas(db).await?);
    let policy = &current.app.config.policy;
    let may_see = Who::SIGNALS.allows(&current.ctx.actor);
    let mut evidence = Vec::with_capacity(held.len());
    for held in &held {
        let is_there = signals::signal(db, &held.signal.key).await?.is_some();
        evidence.push(Evidence {
            href: (is_there && may_see)
                .then(|| format!("/signals/{}", present::key_in_address(&held.signal.key))),
            finding: present::finding(policy, &names, &held.signal),
            added_at: held.added_at.micros(),
        });
    }
    let form = IssueForm {
        title: Field::new(issue.title.clone()),
        description: Field::new(issue.description.clone()),
        system: Field::new(issue.system.clone()),
        ..empty_form(current)
    };
    Ok(IssueView {
        chrome: current.chrome_titled(issue.title.clone(), Some(NavItem::Issues)),
        id: issue.id.to_string(),
        step: step_number(issue.step),
        title: issue.title,
        description: issue.description,
        system: issue.system,
        opened_at: issue.opened_at.micros(),
        opened_by: issue.opened_by,
        evidence,
        history: history(current, id).await?,
        may_edit: Who::ISSUES_EDIT.allows(&current.ctx.actor),
        form,
        version: issue.version,
        has_conflict: false,
    })
}

/// What happened to the issue, newest first, from the audit trail.
async fn history(current: &CurrentCtx, id: &str) -> Result<Vec<HistoryRow>, WebError> {
    let db = current.ctx.db();
    let filter = audit::Filter { subject_id: id.to_owned(), limit: 50, ..audit::Filter::default() };
    let people = domain::kernel::accounts::accounts(db).await?;
    let rows = audit::entries(db, &filter).await?;
    Ok(rows
        .into_iter()
        .map(|entry| HistoryRow {
            at: entry.at.micros(),
            by: people
                .iter()
                .find(|account| account.id.as_str() == entry.actor)
                .map_or_else(|| entry.actor.replace("system:", ""), |account| account.name.clone()),
            action: entry.action,
        })
        .collect())
}

async fn edit(current: CurrentCtx, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    let cmd = EditIssue {
        id: IssueId::from_text(id.clone()),
        title: form.text("title").to_owned(),
        description: form.text("description").to_owned(),
        system: system_of(&form),
        version: form.text("version").parse().unwrap_or(0),
    };
    match issues::edit(&current.ctx, &cmd).await {
        Ok(()) => current.done(current.t("flash-issue-saved"), &format!("/issues/{id}")).await,
        Err(IssueError::NotFound) => Err(WebError::NotFound),
        Err(error @ (IssueError::Title | IssueError::Description | IssueError::ChangedMeanwhile)) => {
            // The page shows the newest words; the form keeps what was typed, to be saved over them knowingly.
            let mut view = issue_view(&current, &id).await?;
            view.form = typed(&current, &form, &error);
            view.has_conflict = matches!(error, IssueError::ChangedMeanwhile);
            Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
        }
        Err(error) => Err(WebError::broken(error)),
    }
}
