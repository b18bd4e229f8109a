//! What is done with a case: its steps, its people, its facts. The forms stand on the tab Tasks; one that needs another
//! look comes back there with what was typed.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::casework::cases::{
    self, CaseCommand, CaseError, CaseState, EndReason, Handover, Kept, OpenCase, WEIGHT_LEAST, WEIGHT_MOST,
};
use domain::kernel::ctx::Role;
use domain::kernel::ids::{AccountId, CaseId, ClientId};

use super::tasks::{client_view, day_or_none};
use crate::web::current::{CurrentCtx, page_with};
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::routes::{Routes, Who};
use crate::web::views::tasks::CaseProblem;

pub fn routes(routes: Routes) -> Routes {
    routes
        .post("/clients/{id}/cases", Who::FILES_RECORD, open)
        .post("/clients/{id}/cases/{case}/move", Who::FILES_RECORD, move_on)
        .post("/clients/{id}/cases/{case}/transfer", Who::FILES_RECORD, transfer)
        .post("/clients/{id}/cases/{case}/assign", Who::FILES_RECORD, assign)
        .post("/clients/{id}/cases/{case}/unassign", Who::FILES_RECORD, unassign)
        .post("/clients/{id}/cases/{case}/facts", Who::FILES_RECORD, facts)
}

/// The tab again, with what is wrong with one of its forms.
async fn again(
    current: &CurrentCtx,
    id: &str,
    form: &Form,
    name: &str,
    key: &str,
) -> Result<Response, WebError> {
    let typed = ["note", "on", "reason", "to", "stay", "programme", "weight", "plan_review_on", "state"]
        .iter()
        .map(|field| ((*field).to_owned(), form.text(field).to_owned()))
        .collect();
    let problem = CaseProblem { form: name.to_owned(), text: current.t(key), typed };
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &client_view(current, id, problem).await?))
}

/// What was refused, beside its form, or as the page that fits.
async fn refused(
    current: &CurrentCtx,
    id: &str,
    form: &Form,
    name: &str,
    error: CaseError,
) -> Result<Response, WebError> {
    let key = match error {
        CaseError::NoteMissing => "error-case-note",
        CaseError::DayOutside => "error-case-day",
        CaseError::DayNotAhead => "error-day-ahead",
        CaseError::WeightOutside => "error-case-weight",
        CaseError::NotAWorker => "error-case-worker",
        CaseError::NotNamed => "error-case-named",
        CaseError::NotYours => "error-case-not-yours",
        CaseError::Changed => "error-case-changed",
        error => return Err(web_error(current, error)),
    };
    again(current, id, form, name, key).await
}

pub(super) fn web_error(current: &CurrentCtx, error: CaseError) -> WebError {
    match error {
        CaseError::Access(error) => error.into(),
        CaseError::Db(error) => error.into(),
        CaseError::StateForbids(_) | CaseError::Changed | CaseError::Decided | CaseError::AlreadyOpen => {
            WebError::Conflict(current.t("error-case-changed"))
        }
        CaseError::NotYours => WebError::Conflict(current.t("error-case-not-yours")),
        CaseError::NotAWorker => WebError::Conflict(current.t("error-case-worker")),
        CaseError::NotNamed => WebError::Conflict(current.t("error-case-named")),
        CaseError::NoteMissing => WebError::Conflict(current.t("error-case-note")),
        CaseError::ReadOnly => WebError::NotFound,
        error => WebError::broken(error),
    }
}

fn tab(id: &str) -> String {
    format!("/clients/{id}/tasks")
}

async fn move_on(
    current: CurrentCtx,
    Path((id, case)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let step = form.text("step");
    let Ok(on) = day_or_none(form.text("on")) else {
        return again(&current, &id, &form, step, "error-day").await;
    };
    let command = match step {
        "start" => CaseCommand::Start,
        "wait" => CaseCommand::Wait(on),
        "hold" => CaseCommand::Hold(on),
        "resume" => CaseCommand::Resume,
        "close" => {
            let reason = EndReason::from_code(form.text("reason")).ok_or(WebError::Unreadable)?;
            CaseCommand::Close(reason, on.unwrap_or_else(|| current.ctx.now.day()))
        }
        "reopen" => CaseCommand::Reopen,
        "entered_in_error" => CaseCommand::EnteredInError,
        _ => return Err(WebError::Unreadable),
    };
    let version = form.text("version").parse().map_err(|_| WebError::Unreadable)?;
    let moved =
        cases::change_state(&current.ctx, CaseId::from_text(case), version, &command, form.text("note"))
            .await;
    match moved {
        Ok(state) => {
            let word = current.lang.word("case-state", state.code());
            current.done(current.lang.t1("flash-case-moved", "state", word), &tab(&id)).await
        }
        Err(error) => refused(&current, &id, &form, step, error).await,
    }
}

async fn transfer(
    current: CurrentCtx,
    Path((id, case)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let kept = if form.text("stay") == "1" { Kept::StaysAsSupport } else { Kept::Leaves };
    let handover =
        Handover { to: AccountId::from_text(form.text("to")), note: form.text("note").to_owned(), kept };
    match cases::transfer(&current.ctx, CaseId::from_text(case), &handover).await {
        Ok(()) => {
            // Who hands over and does not stay cannot open the file any more.
            let stays = kept == Kept::StaysAsSupport || current.has(Role::Supervisor);
            let to = if stays { tab(&id) } else { "/caseload".to_owned() };
            current.done(current.t("flash-case-transferred"), &to).await
        }
        Err(error) => refused(&current, &id, &form, "transfer", error).await,
    }
}

async fn assign(
    current: CurrentCtx,
    Path((id, case)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    match cases::assign(&current.ctx, CaseId::from_text(case), &AccountId::from_text(form.text("to"))).await {
        Ok(()) => current.done(current.t("flash-case-assigned"), &tab(&id)).await,
        Err(error) => refused(&current, &id, &form, "team", error).await,
    }
}

async fn unassign(
    current: CurrentCtx,
    Path((id, case)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let who = AccountId::from_text(form.text("who"));
    match cases::unassign(&current.ctx, CaseId::from_text(case), &who).await {
        Ok(()) => {
            let leaves = current.ctx.actor.account() == Some(&who) && !current.has(Role::Supervisor);
            let to = if leaves { "/caseload".to_owned() } else { tab(&id) };
            current.done(current.t("flash-case-unassigned"), &to).await
        }
        Err(error) => refused(&current, &id, &form, "team", error).await,
    }
}

async fn facts(
    current: CurrentCtx,
    Path((id, case)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let Ok(plan_review_on) = day_or_none(form.text("plan_review_on")) else {
        return again(&current, &id, &form, "facts", "error-day").await;
    };
    let weight: i64 = form.text("weight").trim().parse().unwrap_or(WEIGHT_LEAST - 1);
    if !(WEIGHT_LEAST..=WEIGHT_MOST).contains(&weight) {
        return again(&current, &id, &form, "facts", "error-case-weight").await;
    }
    let version = form.text("version").parse().map_err(|_| WebError::Unreadable)?;
    let programme = form.text("programme");
    let written =
        cases::facts_write(&current.ctx, CaseId::from_text(case), version, programme, weight, plan_review_on)
            .await;
    match written {
        Ok(()) => current.done(current.t("flash-case-facts"), &tab(&id)).await,
        Err(error) => refused(&current, &id, &form, "facts", error).await,
    }
}

async fn open(current: CurrentCtx, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    let Ok(on) = day_or_none(form.text("on")) else {
        return again(&current, &id, &form, "open", "error-day").await;
    };
    let new = OpenCase {
        state: CaseState::from_code(form.text("state")).ok_or(WebError::Unreadable)?,
        programme: form.text("programme").to_owned(),
        opened_on: on.unwrap_or_else(|| current.ctx.now.day()),
        worker: AccountId::from_text(form.text("to")),
        stratum_id: None,
    };
    match cases::case_open(&current.ctx, ClientId::from_text(id.as_str()), &new).await {
        Ok(_) => current.done(current.t("flash-case-opened"), &tab(&id)).await,
        Err(error) => refused(&current, &id, &form, "open", error).await,
    }
}
