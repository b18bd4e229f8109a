//! What a handler answers when it cannot do what was asked.
//!
//! A [`WebError`] is turned into a page by the guard, which knows the reader's language and navigation; here it only
//! marks the response.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::kernel::db::DbError;

use super::views::errors::{ErrorKind, Kept};

#[derive(Debug)]
pub enum WebError {
    /// Not there, or not for this account.
    NotFound,
    /// The log-in is over, or the form's token is not ours. What was typed is given back.
    SessionEnded(Vec<Kept>),
    /// What was sent cannot be understood.
    Unreadable,
    /// The state forbids it; what is true now, as a sentence in the reader's language.
    Conflict(String),
    TooLarge,
    /// It is elsewhere now: a record that was merged into another.
    Moved(String),
    /// We are broken. Logged once, with the whole chain.
    Broken(Box<dyn std::error::Error + Send + Sync>),
}

impl WebError {
    pub fn broken(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Broken(Box::new(error))
    }

    const fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound | Self::Moved(_) => ErrorKind::NotFound,
            Self::SessionEnded(_) => ErrorKind::SessionEnded,
            Self::Unreadable => ErrorKind::Unreadable,
            Self::Conflict(_) => ErrorKind::Conflict,
            Self::TooLarge => ErrorKind::TooLarge,
            Self::Broken(_) => ErrorKind::Broken,
        }
    }
}

impl From<DbError> for WebError {
    fn from(error: DbError) -> Self {
        Self::broken(error)
    }
}

impl From<tower_sessions::session::Error> for WebError {
    fn from(error: tower_sessions::session::Error) -> Self {
        Self::broken(error)
    }
}

/// Rides on a response until the guard draws the page.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    pub kind: ErrorKind,
    pub detail: Option<String>,
    pub kept: Arc<Vec<Kept>>,
    /// For the log.
    pub cause: Option<String>,
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        if let Self::Moved(to) = &self {
            return super::current::see_other(to);
        }
        let kind = self.kind();
        let mut mark = Mark { kind, detail: None, kept: Arc::default(), cause: None };
        match self {
            Self::Conflict(detail) => mark.detail = (!detail.is_empty()).then_some(detail),
            Self::SessionEnded(kept) => mark.kept = Arc::new(kept),
            Self::Broken(error) => mark.cause = Some(crate::cli::chain(error.as_ref())),
            Self::NotFound | Self::Moved(_) | Self::Unreadable | Self::TooLarge => {}
        }
        let status = StatusCode::from_u16(kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(mark);
        response
    }
}
