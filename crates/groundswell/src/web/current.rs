//! Who asks, in which language, on which page: what every handler starts from.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::kernel::accounts;
use domain::kernel::ctx::{Actor, Ctx, Role};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;
use tower_sessions::cookie::Cookie;

use super::error::WebError;
use super::i18n::Lang;
use super::session::{ACCOUNT, FLASH};
use super::state::AppState;
use super::views::{self, Chrome, Flash, FlashKind, NavItem, Page};

/// The caller of this request.
#[derive(Debug, Clone)]
pub struct CurrentCtx {
    pub ctx: Ctx,
    pub lang: Lang,
    pub app: AppState,
    /// None: nobody has logged in.
    pub account: Option<Arc<accounts::Account>>,
    /// Where the request came from, as text.
    pub address: String,
    /// Path and query of this request.
    pub path: String,
    /// The request was made by htmx and wants a part of a page.
    pub is_fragment: bool,
    pub(super) csrf: String,
    pub(super) session: Session,
    pub(super) flash: Option<Flash>,
    /// Set when a page showed the notice, so that the guard takes it away.
    pub(super) flash_shown: Arc<AtomicBool>,
}

impl CurrentCtx {
    /// Everything around a page, with the notice that waits for the next page.
    pub fn chrome(&self, title_key: &str, current: Option<NavItem>) -> Chrome {
        self.flash_shown.store(true, Ordering::Relaxed);
        let roles = |account: &accounts::Account| {
            account.roles.iter().map(|role| role.code().to_owned()).collect::<Vec<_>>()
        };
        Chrome {
            current,
            account: self.account.as_deref().map(|it| views::Account::new(it.name.clone(), roles(it))),
            csrf: self.csrf.clone(),
            flash: self.flash.clone(),
            agency_name: self.app.agency_name(),
            is_demo: self.app.is_demo(),
            path: self.path.clone(),
            nav: self.app.nav(&self.ctx.actor),
            ..Chrome::visitor(self.lang, title_key)
        }
    }

    /// The same with a title that is already a text (an issue's own).
    pub fn chrome_titled(&self, title: impl Into<String>, current: Option<NavItem>) -> Chrome {
        Chrome { title: title.into(), ..self.chrome("product", current) }
    }

    pub fn t(&self, key: &str) -> String {
        self.lang.t(key)
    }

    pub fn has(&self, role: Role) -> bool {
        self.ctx.actor.has(role)
    }

    /// Leaves a notice for the next page.
    pub async fn flash(&self, kind: FlashKind, message: impl Into<String>) -> Result<(), WebError> {
        // A visitor has no session to leave it in.
        if matches!(self.ctx.actor, Actor::Anonymous) {
            return Ok(());
        }
        Ok(self.session.insert(FLASH, StoredFlash { kind: kind.into(), message: message.into() }).await?)
    }

    /// Leaves a notice in the session that was begun a moment ago.
    pub(super) async fn flash_for_new_session(&self, key: &str) -> Result<(), WebError> {
        let stored = StoredFlash { kind: StoredKind::Done, message: self.t(key) };
        Ok(self.session.insert(FLASH, stored).await?)
    }

    /// Leaves the notice that it was done and goes to a page.
    pub async fn done(&self, message: impl Into<String>, to: &str) -> Result<Response, WebError> {
        self.flash(FlashKind::Done, message).await?;
        Ok(see_other(to))
    }
}

impl<S: Sync> FromRequestParts<S> for CurrentCtx {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, WebError> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            WebError::Broken("a handler without a guard: register it with Routes::get or post".into())
        })
    }
}

/// A page.
pub fn page(view: &impl Page) -> Response {
    Html(view.page()).into_response()
}

/// A page with another status: 422 for a form that needs another look.
pub fn page_with(status: StatusCode, view: &impl Page) -> Response {
    (status, Html(view.page())).into_response()
}

/// After a change: go there with GET.
pub fn see_other(to: &str) -> Response {
    Redirect::to(to).into_response()
}

/// A path of our own to go to, or none: `//elsewhere.example` and `/\elsewhere.example` are addresses of others.
pub fn own_path(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('/')?;
    let is_own = !rest.starts_with(['/', '\\']) && !text.chars().any(char::is_control);
    is_own.then_some(text)
}

/// Text as part of a query.
pub fn query_text(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing into a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The value of a cookie.
pub(super) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(axum::http::header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| Cookie::split_parse(text.to_owned()))
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}

/// Logs the account in: a session under a new id.
pub(super) async fn session_begin(current: &CurrentCtx, id: &str) -> Result<(), WebError> {
    current.session.cycle_id().await?;
    current.session.insert(ACCOUNT, id).await?;
    Ok(())
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum StoredKind {
    Done,
    Note,
    Failed,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredFlash {
    kind: StoredKind,
    message: String,
}

impl From<FlashKind> for StoredKind {
    fn from(kind: FlashKind) -> Self {
        match kind {
            FlashKind::Done => Self::Done,
            FlashKind::Note => Self::Note,
            FlashKind::Failed => Self::Failed,
        }
    }
}

impl From<StoredFlash> for Flash {
    fn from(stored: StoredFlash) -> Self {
        let kind = match stored.kind {
            StoredKind::Done => FlashKind::Done,
            StoredKind::Note => FlashKind::Note,
            StoredKind::Failed => FlashKind::Failed,
        };
        Self { kind, message: stored.message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_our_own_is_gone_to() {
        assert_eq!(own_path("/signals?state=new"), Some("/signals?state=new"));
        for other in ["", "signals", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb"] {
            assert_eq!(own_path(other), None, "{other:?}");
        }
    }
}
