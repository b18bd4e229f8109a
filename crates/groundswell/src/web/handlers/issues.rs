//! Issues: the list, one issue with its evidence, opening one (from a signal, say), changing its words.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use domain::evidence::signals;
use domain::issues::{self, EditIssue, Issue, IssueError, OpenIssue};
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
use crate::web::views::issues::{HeldEvidence, IssueFormView, IssueRow, IssueView, IssuesView};
use crate::web::views::{Choice, Field, NavItem};

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/issues", Who::ISSUES, list)
        .post("/issues", Who::ISSUES_EDIT, open)
        .get("/issues/new", Who::ISSUES_EDIT, new)
        .get("/issues/{id}", Who::ISSUES, one)
        .get("/issues/{id}/edit", Who::ISSUES_EDIT, edit)
        .post("/issues/{id}/edit", Who::ISSUES_EDIT, edit_send)
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
            opened_by: issue.opened_by,
        })
        .collect();
    Ok(page(&IssuesView {
        chrome: current.chrome("nav-issues", Some(NavItem::Issues)),
        rows,
        may_edit: Who::ISSUES_EDIT.allows(&current.ctx.actor),
    }))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NewQuery {
    signal: String,
}

async fn new(current: CurrentCtx, Query(query): Query<NewQuery>) -> Result<Response, WebError> {
    let mut view = form_view(&current, "/issues", "issue-new");
    if !query.signal.is_empty() {
        let (title, sentence, system) = signal_words(&current, &query.signal).await?;
        view.title = Field::new(title);
        view.description = Field::new(sentence.clone());
        view.system = Field::new(system);
        view.evidence = Some(sentence);
        view.signal = query.signal;
    }
    Ok(page(&view))
}

/// Title, sentence and system of a signal, as the caller may see them.
async fn signal_words(current: &CurrentCtx, key: &str) -> Result<(String, String, String), WebError> {
    let db = current.ctx.db();
    let stored = signals::signal(db, key).await?.ok_or(WebError::NotFound)?;
    let names = present::area_names(&places::areas(db).await?);
    let finding = present::finding(&current.app.config.policy, &names, &stored.signal);
    let sentence = finding.sentence(current.lang).replace("**", "");
    Ok((finding.title(current.lang), sentence, stored.signal.system))
}

fn form_view(current: &CurrentCtx, action: &str, title_key: &str) -> IssueFormView {
    let none = Choice::new("", current.t("issue-system-none"));
    let systems = System::ALL
        .iter()
        .map(|system| Choice::new(system.code(), current.lang.word("system", system.code())));
    IssueFormView {
        chrome: current.chrome(title_key, Some(NavItem::Issues)),
        action: action.to_owned(),
        title: Field::default(),
        description: Field::default(),
        system: Field::default(),
        systems: std::iter::once(none).chain(systems).collect(),
        signal: String::new(),
        version: String::new(),
        evidence: None,
        conflict: None,
    }
}

fn keep(view: &mut IssueFormView, reading: &Reading<'_>) {
    view.title = reading.field("title");
    view.description = reading.field("description");
    view.system = reading.field("system");
}

fn system_of(form: &Form) -> String {
    System::from_code(form.text("system")).map(|system| system.code().to_owned()).unwrap_or_default()
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
        Err(error) => {
            let mut view = form_view(&current, "/issues", "issue-new");
            signal.clone_into(&mut view.signal);
            if !signal.is_empty() {
                view.evidence = Some(signal_words(&current, signal).await?.1);
            }
            refused(&current, view, &form, error)
        }
    }
}

/// The form again, with what is wrong beside its field and everything typed kept.
fn refused(
    current: &CurrentCtx,
    mut view: IssueFormView,
    form: &Form,
    error: IssueError,
) -> Result<Response, WebError> {
    let mut reading = form.reading(current.lang);
    match error {
        IssueError::Title => reading.wrong("title", current.t("issue-error-title")),
        IssueError::Description => reading.wrong("description", current.t("issue-error-description")),
        IssueError::ChangedMeanwhile => view.conflict = Some(current.t("issue-error-changed")),
        other => return Err(WebError::broken(other)),
    }
    keep(&mut view, &reading);
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
}

async fn found(current: &CurrentCtx, id: &str) -> Result<(Issue, Vec<issues::HeldSignal>), WebError> {
    issues::issue(current.ctx.db(), &IssueId::from_text(id)).await?.ok_or(WebError::NotFound)
}

async fn one(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    let (issue, held) = found(&current, &id).await?;
    let names = present::area_names(&places::areas(current.ctx.db()).await?);
    let policy = &current.app.config.policy;
    let evidence = held
        .iter()
        .map(|held| {
            let finding = present::finding(policy, &names, &held.signal);
            HeldEvidence {
                title: finding.title(current.lang),
                sentence: finding.sentence(current.lang),
                href: format!("/signals/{}", present::key_in_address(&held.signal.key)),
                added_at: held.added_at.micros(),
            }
        })
        .collect();
    Ok(page(&IssueView {
        chrome: current.chrome_titled(issue.title.clone(), Some(NavItem::Issues)),
        id: issue.id.to_string(),
        step: step_number(issue.step),
        title: issue.title,
        paragraphs: issue.description.split("\n\n").map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect(),
        system: issue.system,
        evidence,
        opened_at: issue.opened_at.micros(),
        opened_by: issue.opened_by,
        may_edit: Who::ISSUES_EDIT.allows(&current.ctx.actor),
    }))
}

async fn edit(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    let (issue, _) = found(&current, &id).await?;
    let mut view = form_view(&current, &format!("/issues/{id}/edit"), "issue-edit");
    view.title = Field::new(issue.title);
    view.description = Field::new(issue.description);
    view.system = Field::new(issue.system);
    view.version = issue.version.to_string();
    Ok(page(&view))
}

async fn edit_send(current: CurrentCtx, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
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
        Err(error) => {
            let mut view = form_view(&current, &format!("/issues/{id}/edit"), "issue-edit");
            // After a conflict the next save is against what the page shows beside it: the newest version.
            let (newest, _) = found(&current, &id).await?;
            view.version = newest.version.to_string();
            if matches!(error, IssueError::ChangedMeanwhile) {
                view.evidence = Some(format!("{}\n\n{}", newest.title, newest.description));
            }
            refused(&current, view, &form, error)
        }
    }
}
