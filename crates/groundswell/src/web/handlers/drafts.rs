//! Keeping what is typed: asked by the page's script every second, and by a button where there is none.

use axum::Json;
use axum::extract::Path;
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::casework::drafts::{self, Base, DraftError};
use domain::kernel::clock::Instant;
use serde_json::json;

use crate::web::current::{CurrentCtx, own_path, see_other};
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::routes::{Routes, Who};
use crate::web::views::FlashKind;

pub fn routes(routes: Routes) -> Routes {
    routes.post("/drafts/{form}/{id}", Who::FILES_RECORD, keep).post(
        "/drafts/{form}/{id}/discard",
        Who::FILES_RECORD,
        discard,
    )
}

/// What is the form's own and no text of the person's.
const NOT_KEPT: [&str; 3] = ["csrf", "draft_at", "back"];

async fn keep(
    current: CurrentCtx,
    Path((form_code, record)): Path<(String, String)>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, WebError> {
    let kind = drafts::Form::from_code(&form_code).ok_or(WebError::NotFound)?;
    let fields: Vec<(String, String)> = form
        .pairs()
        .filter(|(name, value)| !NOT_KEPT.contains(name) && !value.is_empty())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let base = match form.text("draft_at") {
        "" => Base::Nothing,
        "any" => Base::Anything,
        text => text.parse().map_or(Base::Nothing, |at| Base::Version(Instant::from_micros(at))),
    };
    let is_script = headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|it| it.contains("application/json"));
    let kept = drafts::save(&current.ctx, kind, &record, &fields, base).await;
    if is_script {
        return match kept {
            // A number of microseconds is longer than a script can hold exactly: it travels as text.
            Ok(draft) => Ok(Json(json!({ "at": draft.updated_at.micros().to_string() })).into_response()),
            Err(DraftError::Newer) => Ok(said(StatusCode::CONFLICT, "newer")),
            // Nothing is left to be kept, and nothing is wrong.
            Err(DraftError::Done) => Ok(said(StatusCode::OK, "done")),
            Err(DraftError::TooLarge) => Ok(said(StatusCode::PAYLOAD_TOO_LARGE, "large")),
            Err(DraftError::Access(error)) => Err(error.into()),
            Err(DraftError::Db(error)) => Err(error.into()),
        };
    }
    let back = own_path(form.text("back")).unwrap_or("/quick-log").to_owned();
    let (notice, key) = match kept {
        Ok(_) => (FlashKind::Done, "draft-is-kept"),
        Err(DraftError::Done) => (FlashKind::Note, "log-saved-already"),
        Err(DraftError::Newer) => (FlashKind::Failed, "draft-newer-kept"),
        Err(DraftError::TooLarge) => (FlashKind::Failed, "draft-too-large"),
        Err(DraftError::Access(error)) => return Err(error.into()),
        Err(DraftError::Db(error)) => return Err(error.into()),
    };
    current.flash(notice, current.t(key)).await?;
    Ok(see_other(&back))
}

fn said(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({ "why": why }))).into_response()
}

async fn discard(
    current: CurrentCtx,
    Path((form_code, record)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let kind = drafts::Form::from_code(&form_code).ok_or(WebError::NotFound)?;
    drafts::discard(&current.ctx, kind, &record).await?;
    let back = own_path(form.text("back")).unwrap_or("/quick-log").to_owned();
    current.done(current.t("draft-is-discarded"), &back).await
}
