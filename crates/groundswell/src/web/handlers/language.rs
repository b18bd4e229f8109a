//! The language switch.

use axum::extract::{Path, Query};
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Response};
use domain::kernel::accounts;
use serde::Deserialize;

use crate::web::current::{CurrentCtx, own_path, see_other};
use crate::web::error::WebError;
use crate::web::guard::LANGUAGE;
use crate::web::i18n::Lang;
use crate::web::routes::{Routes, Who};

pub fn routes(routes: Routes) -> Routes {
    routes.get("/language/{code}", Who::Anyone, switch)
}

#[derive(Debug, Deserialize)]
struct Back {
    #[serde(default)]
    back: String,
}

/// A link and not a form, so that it works on every page: it changes what the pages look like and nothing else.
async fn switch(
    current: CurrentCtx,
    Path(code): Path<String>,
    Query(back): Query<Back>,
) -> Result<Response, WebError> {
    let lang = Lang::from_code(&code).ok_or(WebError::NotFound)?;
    if let Some(account) = &current.account
        && account.locale != lang.code()
    {
        accounts::account_locale(&current.ctx, lang.code()).await.map_err(WebError::broken)?;
    }
    let cookie = format!("{LANGUAGE}={}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax", lang.code());
    let to = see_other(own_path(&back.back).unwrap_or("/"));
    Ok(([(SET_COOKIE, cookie)], to).into_response())
}
