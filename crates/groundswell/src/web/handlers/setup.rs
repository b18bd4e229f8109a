//! The first run.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use domain::kernel::accounts::{self, AccountError, Login, Name, SetUp};
use serde::Deserialize;

use super::account::{TypedTwice, passphrase_typed_twice, weak_sentence};
use crate::web::current::{CurrentCtx, page, page_with, see_other, session_begin};
use crate::web::error::WebError;
use crate::web::form::{Form, Reading};
use crate::web::routes::{Routes, Who};
use crate::web::views::Field;
use crate::web::views::account::SetupView;

pub fn routes(routes: Routes) -> Routes {
    routes.get("/setup", Who::Anyone, show).post("/setup", Who::Anyone, set_up)
}

#[derive(Debug, Deserialize)]
struct Link {
    #[serde(default)]
    token: String,
}

async fn show(current: CurrentCtx, Query(link): Query<Link>) -> Result<Response, WebError> {
    if !accounts::set_up_open(&current.ctx, &link.token).await? {
        return Err(WebError::NotFound);
    }
    Ok(page(&SetupView {
        chrome: current.chrome("setup-title", None),
        token: link.token,
        agency_name: Field::default(),
        display_name: Field::default(),
        login: Field::default(),
        passphrase: Field::default(),
        passphrase_again: Field::default(),
    }))
}

async fn set_up(current: CurrentCtx, form: Form) -> Result<Response, WebError> {
    let mut reading = form.reading(current.lang);
    let agency_name = reading.parse("agency_name", |text| Name::parse(text).map_err(|_| "error-agency-name"));
    let name = reading.parse("display_name", |text| Name::parse(text).map_err(|_| "error-display-name"));
    let login = reading.parse("login", login_parse);
    let typed = passphrase_typed_twice(&form, &mut reading);
    let (Some(agency_name), Some(name), Some(login), Some(TypedTwice(password))) =
        (agency_name, name, login, typed)
    else {
        return Ok(again(&current, &form, &reading));
    };
    let cmd = SetUp { agency_name, name, login, password };
    let agency_name = cmd.agency_name.as_str().to_owned();
    match accounts::set_up(&current.ctx, form.text("token"), cmd).await {
        Ok(account) => {
            current.app.agency_name_set(&agency_name);
            session_begin(&current, account.id.as_str()).await?;
            current.flash_for_new_session("flash-welcome").await?;
            Ok(see_other("/"))
        }
        Err(AccountError::Weak(weak)) => {
            reading.wrong("passphrase", weak_sentence(current.lang, weak));
            Ok(again(&current, &form, &reading))
        }
        Err(AccountError::LinkSpent) => Err(WebError::NotFound),
        Err(error) => Err(WebError::broken(error)),
    }
}

fn again(current: &CurrentCtx, form: &Form, reading: &Reading<'_>) -> Response {
    let view = SetupView {
        chrome: current.chrome("setup-title", None),
        token: form.text("token").to_owned(),
        agency_name: reading.field("agency_name"),
        display_name: reading.field("display_name"),
        login: reading.field("login"),
        passphrase: reading.secret_field("passphrase"),
        passphrase_again: reading.secret_field("passphrase_again"),
    };
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

/// A login, or the key of what is wrong with it.
pub(super) fn login_parse(text: &str) -> Result<Login, &'static str> {
    if text.trim().is_empty() {
        return Err("error-login-missing");
    }
    Login::parse(text).map_err(|_| "error-login-form")
}
