//! One's own passphrase: changing it, and choosing the first one with a one-time link.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::kernel::accounts::{self, AccountError, Typed, Weak};

use crate::web::current::{CurrentCtx, page, page_with, see_other, session_begin};
use crate::web::error::WebError;
use crate::web::form::{Form, Reading};
use crate::web::i18n::Lang;
use crate::web::routes::{Routes, Who};
use crate::web::views::account::{PassphraseReason, PassphraseView};
use crate::web::views::{Field, FlashKind};

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/account/passphrase", Who::SignedIn, change_show)
        .post("/account/passphrase", Who::SignedIn, change)
        .get("/welcome/{token}", Who::Anyone, welcome_show)
        .post("/welcome/{token}", Who::Anyone, welcome)
}

async fn change_show(current: CurrentCtx) -> Response {
    page(&empty(&current, PassphraseReason::Change))
}

async fn change(current: CurrentCtx, form: Form) -> Result<Response, WebError> {
    let mut reading = form.reading(current.lang);
    let missing =
        |text: &str| if text.is_empty() { Err("error-passphrase-missing") } else { Ok(Typed::new(text)) };
    let now = reading.parse("current", missing);
    let typed = passphrase_typed_twice(&form, &mut reading);
    let (Some(now), Some(TypedTwice(typed))) = (now, typed) else {
        return Ok(again(&current, PassphraseReason::Change, &reading));
    };
    match accounts::password_change(&current.ctx, now, typed).await {
        Ok(()) => {
            // All sessions of the account have ended; this browser gets a new one.
            let id = current.ctx.actor.label();
            session_begin(&current, &id).await?;
            current.flash(FlashKind::Done, current.t("flash-passphrase-saved")).await?;
            Ok(see_other("/"))
        }
        Err(AccountError::WrongPassword) => {
            reading.wrong("current", current.t("error-passphrase-current"));
            Ok(again(&current, PassphraseReason::Change, &reading))
        }
        Err(AccountError::Weak(weak)) => {
            reading.wrong("passphrase", weak_sentence(current.lang, weak));
            Ok(again(&current, PassphraseReason::Change, &reading))
        }
        Err(AccountError::TooMany { minutes }) => {
            reading.wrong("current", current.lang.t1("login-wait", "n", minutes));
            Ok(again(&current, PassphraseReason::Change, &reading))
        }
        Err(error) => Err(WebError::broken(error)),
    }
}

async fn welcome_show(current: CurrentCtx, Path(token): Path<String>) -> Result<Response, WebError> {
    let reason = welcomed(&current, &token).await?;
    Ok(page(&empty(&current, reason)))
}

async fn welcome(current: CurrentCtx, Path(token): Path<String>, form: Form) -> Result<Response, WebError> {
    let reason = welcomed(&current, &token).await?;
    let mut reading = form.reading(current.lang);
    let Some(TypedTwice(typed)) = passphrase_typed_twice(&form, &mut reading) else {
        return Ok(again(&current, reason, &reading));
    };
    match accounts::password_by_link(&current.ctx, &token, typed).await {
        Ok(_) => Ok(see_other("/login?done=passphrase-saved")),
        Err(AccountError::Weak(weak)) => {
            reading.wrong("passphrase", weak_sentence(current.lang, weak));
            Ok(again(&current, reason, &reading))
        }
        Err(error) => Err(link_error(error)),
    }
}

async fn welcomed(current: &CurrentCtx, token: &str) -> Result<PassphraseReason, WebError> {
    let account = accounts::invited(&current.ctx, token).await.map_err(link_error)?;
    Ok(PassphraseReason::Welcome { display_name: account.name, login: account.login })
}

/// A link that was used up is not there.
fn link_error(error: AccountError) -> WebError {
    match error {
        AccountError::LinkSpent => WebError::NotFound,
        error => WebError::broken(error),
    }
}

fn empty(current: &CurrentCtx, reason: PassphraseReason) -> PassphraseView {
    let field = Field::default;
    view(current, reason, field(), field(), field())
}

fn again(current: &CurrentCtx, reason: PassphraseReason, reading: &Reading<'_>) -> Response {
    let [now, one, two] =
        ["current", "passphrase", "passphrase_again"].map(|name| reading.secret_field(name));
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &view(current, reason, now, one, two))
}

fn view(
    current: &CurrentCtx,
    reason: PassphraseReason,
    now: Field,
    passphrase: Field,
    passphrase_again: Field,
) -> PassphraseView {
    let key = match reason {
        PassphraseReason::Change => "passphrase-change",
        PassphraseReason::Welcome { .. } => "passphrase-choose",
    };
    PassphraseView { chrome: current.chrome(key, None), reason, current: now, passphrase, passphrase_again }
}

/// A new passphrase that was typed the same twice.
pub(super) struct TypedTwice(pub Typed);

pub(super) fn passphrase_typed_twice(form: &Form, reading: &mut Reading<'_>) -> Option<TypedTwice> {
    let typed = form.text("passphrase");
    let first = reading
        .parse("passphrase", |text| if text.is_empty() { Err("error-passphrase-missing") } else { Ok(()) });
    let second = reading.parse("passphrase_again", |again| {
        if again == typed { Ok(()) } else { Err("error-passphrase-differs") }
    });
    first.and(second).map(|()| TypedTwice(Typed::new(typed)))
}

/// Why a passphrase cannot be taken.
pub(super) fn weak_sentence(lang: Lang, weak: Weak) -> String {
    match weak {
        Weak::TooShort => lang.t("error-passphrase-short"),
        Weak::TooLong => lang.t1("error-passphrase-long", "n", accounts::LONGEST),
        Weak::Guessable(why) => lang.t(&format!("error-passphrase-why-{}", why.code())),
    }
}
