//! Logging in and out.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use domain::kernel::accounts::{self, LoginError, Typed};
use serde::Deserialize;

use crate::web::current::{CurrentCtx, own_path, page, page_with, see_other, session_begin};
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::routes::{Routes, Who};
use crate::web::views::account::LoginView;
use crate::web::views::{Field, Flash, FlashKind};

pub fn routes(routes: Routes) -> Routes {
    routes.get("/login", Who::Anyone, show).post("/login", Who::Anyone, log_in).post(
        "/logout",
        Who::SignedIn,
        log_out,
    )
}

#[derive(Debug, Deserialize)]
struct Came {
    #[serde(default)]
    next: String,
    /// What was done just before: a visitor has no session to keep a notice in.
    #[serde(default)]
    done: String,
}

async fn show(current: CurrentCtx, Query(came): Query<Came>) -> Result<Response, WebError> {
    if current.account.is_some() {
        return Ok(see_other(own_path(&came.next).unwrap_or("/")));
    }
    let mut view = view(&current, &came.next);
    let notice = match came.done.as_str() {
        "logged-out" => Some((FlashKind::Done, "flash-logged-out")),
        "passphrase-saved" => Some((FlashKind::Done, "flash-passphrase-saved")),
        _ if accounts::accounts(&current.ctx.db().clone()).await?.is_empty() => {
            Some((FlashKind::Note, "login-not-set-up"))
        }
        _ => None,
    };
    view.chrome.flash = notice.map(|(kind, key)| Flash { kind, message: current.t(key) });
    Ok(page(&view))
}

async fn log_in(current: CurrentCtx, form: Form) -> Result<Response, WebError> {
    let next = form.text("next");
    let mut reading = form.reading(current.lang);
    reading.parse("login", |text| if text.trim().is_empty() { Err("error-login-missing") } else { Ok(()) });
    reading
        .parse("passphrase", |text| if text.is_empty() { Err("error-passphrase-missing") } else { Ok(()) });
    if !reading.is_good() {
        let view = LoginView {
            login: reading.field("login"),
            passphrase: reading.secret_field("passphrase"),
            ..view(&current, next)
        };
        return Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view));
    }
    let typed = Typed::new(form.text("passphrase"));
    match accounts::log_in(&current.ctx, form.text("login"), typed, &current.address).await {
        Ok(account) => {
            session_begin(&current, account.id.as_str()).await?;
            Ok(see_other(own_path(next).unwrap_or("/")))
        }
        Err(LoginError::Refused) => {
            reading.wrong("login", current.t("error-login"));
            let view = LoginView { login: reading.field("login"), ..view(&current, next) };
            Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
        }
        Err(LoginError::TooMany { minutes }) => {
            let view = LoginView {
                login: reading.field("login"),
                wait_minutes: Some(minutes),
                ..view(&current, next)
            };
            Ok(page_with(StatusCode::TOO_MANY_REQUESTS, &view))
        }
        Err(error) => Err(WebError::broken(error)),
    }
}

async fn log_out(current: CurrentCtx) -> Result<Response, WebError> {
    accounts::log_out(&current.ctx).await?;
    current.session.flush().await?;
    Ok(see_other("/login?done=logged-out"))
}

fn view(current: &CurrentCtx, next: &str) -> LoginView {
    LoginView {
        chrome: current.chrome("login-title", None),
        login: Field::default(),
        passphrase: Field::default(),
        next: own_path(next).unwrap_or_default().to_owned(),
        wait_minutes: None,
        demo_logins: current.app.config.demo_logins.clone(),
    }
}
