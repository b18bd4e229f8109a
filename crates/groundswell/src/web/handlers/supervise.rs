//! A supervisor's look over all workers: closings to look at, caseloads in figures, cases given to another lead.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::casework::caseload;
use domain::casework::cases::{self, CaseError, Closure, Handover, Kept};
use domain::kernel::ids::{AccountId, CaseId};

use super::caseload::{Query, view as board};
use super::cases::web_error;
use crate::web::current::{CurrentCtx, own_path, page, page_with};
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::routes::{Routes, Who};
use crate::web::views::caseload::{ClosureRow, SuperviseView, TransferForm, WorkerRow};
use crate::web::views::{Field, NavItem};

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/supervise", Who::SUPERVISE, overview)
        .post("/supervise/closures/{id}/approve", Who::SUPERVISE, approve)
        .post("/supervise/closures/{id}/send-back", Who::SUPERVISE, send_back)
        .post("/supervise/transfer", Who::SUPERVISE, transfer)
}

async fn overview(current: CurrentCtx) -> Result<Response, WebError> {
    Ok(page(&view(&current, None).await?))
}

/// The page; `again` is a closing whose form needs another look, with what is wrong there.
async fn view(current: &CurrentCtx, again: Option<(&str, Field)>) -> Result<SuperviseView, WebError> {
    let found = caseload::supervision(&current.ctx).await?;
    let lang = current.lang;
    let heaviest = found.workers.iter().map(|it| it.weight).max().unwrap_or_default().max(1);
    let overdue: u64 = found.workers.iter().map(|it| it.overdue).sum();
    let closures = u64::try_from(found.closures.len()).unwrap_or_default();
    let mut chrome = current.chrome("supervise-title", Some(NavItem::Caseload));
    "/supervise".clone_into(&mut chrome.path);
    Ok(SuperviseView {
        chrome,
        sentence: [
            lang.t1("supervise-closures-n", "n", closures),
            lang.t1("supervise-overdue-n", "n", overdue),
        ]
        .join(" "),
        workers: found
            .workers
            .into_iter()
            .map(|it| WorkerRow {
                href: format!("/caseload?who={}", it.worker),
                name: it.name,
                is_active: it.is_active,
                clients: it.clients,
                weight: it.weight,
                share: it.weight * 100 / heaviest,
                in_need: it.in_need,
                quiet: it.quiet,
                overdue: it.overdue,
            })
            .collect(),
        closures: found
            .closures
            .into_iter()
            .map(|it| {
                let back =
                    again.as_ref().filter(|(id, _)| *id == it.approval).map(|(_, field)| field.clone());
                closure(current, it, back.unwrap_or_default())
            })
            .collect(),
    })
}

fn closure(current: &CurrentCtx, it: Closure, back: Field) -> ClosureRow {
    let lang = current.lang;
    let mut what = lang.word("case-state", it.state.code());
    if let Some(reason) = it.end_reason {
        what = format!("{what}: {}", lang.word("end-reason", reason.code()));
    }
    let day = lang.day(&it.asked_at.day().to_string());
    ClosureRow {
        approval: it.approval,
        href: format!("/clients/{}/tasks", it.client),
        name: it.list_name,
        what,
        who: format!("{}, {day}", it.asked_by),
        note: it.note,
        open_tasks: if it.open_tasks > 0 {
            lang.t1("supervise-open-tasks", "n", it.open_tasks)
        } else {
            String::new()
        },
        back,
    }
}

async fn approve(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    let done = cases::approve(&current.ctx, &id, "").await;
    done.map_err(|error| web_error(&current, error))?;
    current.done(current.t("flash-closure-approved"), "/supervise").await
}

async fn send_back(current: CurrentCtx, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    match cases::send_back(&current.ctx, &id, form.text("note")).await {
        Ok(()) => current.done(current.t("flash-closure-sent-back"), "/supervise").await,
        Err(CaseError::NoteMissing) => {
            let field = Field::wrong(form.text("note"), current.t("error-case-note"));
            let view = view(&current, Some((&id, field))).await?;
            Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
        }
        Err(error) => Err(web_error(&current, error)),
    }
}

async fn transfer(current: CurrentCtx, form: Form) -> Result<Response, WebError> {
    let chosen: Vec<String> = form.all("case").map(str::to_owned).collect();
    let back = own_path(form.text("back")).unwrap_or("/caseload?who=all").to_owned();
    let handover = Handover {
        to: AccountId::from_text(form.text("to")),
        note: form.text("note").to_owned(),
        kept: Kept::Leaves,
    };
    let mut again = TransferForm {
        to: Field::new(form.text("to")),
        note: Field::new(form.text("note")),
        chosen: chosen.clone(),
        ..TransferForm::default()
    };
    if chosen.is_empty() {
        again.to.error = Some(current.t("error-none-picked"));
    } else {
        let cases: Vec<CaseId> = chosen.into_iter().map(CaseId::from_text).collect();
        match cases::transfer_many(&current.ctx, &cases, &handover).await {
            Ok(n) => {
                let n = u64::try_from(n).unwrap_or_default();
                return current.done(current.lang.t1("flash-cases-transferred", "n", n), &back).await;
            }
            Err(CaseError::NoteMissing) => again.note.error = Some(current.t("error-case-note")),
            Err(CaseError::NotAWorker) => again.to.error = Some(current.t("error-case-worker")),
            Err(CaseError::NotNamed) => again.to.error = Some(current.t("error-case-named")),
            Err(error) => return Err(web_error(&current, error)),
        }
    }
    let query = Query::of(&back);
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &board(&current, &query, Some(again)).await?))
}
