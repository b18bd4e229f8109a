//! The table of routes. Each says who may use it, and that is what guards it: a page cannot be added without the word.
//!
//! The same table makes the navigation, and a test walks it as every role.

use std::any::Any;

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use domain::kernel::ctx::Role;
use tower_http::catch_panic::CatchPanicLayer;

use super::current::CurrentCtx;
use super::error::WebError;
use super::guard::{Body, Rule, guard};
use super::state::AppState;
use super::upload::Upload;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Also people who have not logged in.
    Anyone,
    SignedIn,
    /// People with at least one of these roles.
    Roles(&'static [Role]),
}

impl Who {
    pub const SIGNALS: Self = Self::Roles(&[
        Role::Caseworker,
        Role::Supervisor,
        Role::Organizer,
        Role::Evaluator,
        Role::PrivacyOfficer,
    ]);
    pub const SIGNALS_DISMISS: Self = Self::Roles(&[Role::Organizer]);
    /// Those who open clients' files; which files, the domain says.
    pub const FILES: Self = Self::Roles(&[Role::Caseworker, Role::Supervisor, Role::PrivacyOfficer]);
    /// Those who write in them.
    pub const FILES_RECORD: Self = Self::Roles(&[Role::Caseworker, Role::Supervisor]);
    pub const SUPERVISE: Self = Self::Roles(&[Role::Supervisor]);
    /// The directory of organizations: no client data.
    pub const DIRECTORY: Self = Self::SIGNALS;
    /// The web of systems over all clients.
    pub const SYSTEMS: Self = Self::CAUSE_SIDE;
    pub const DISPARITIES: Self = Self::CAUSE_SIDE;
    pub const ISSUES: Self = Self::CAUSE_SIDE;
    /// A caseworker who sees what should change opens the issue; organizers take it from there.
    pub const ISSUES_OPEN: Self = Self::Roles(&[Role::Caseworker, Role::Supervisor, Role::Organizer]);
    pub const ISSUES_EDIT: Self = Self::Roles(&[Role::Organizer]);
    pub const IDENTIFY: Self = Self::Roles(&[Role::Organizer, Role::Evaluator]);
    pub const EVALUATE: Self = Self::Roles(&[Role::Evaluator]);
    pub const IMPORTS: Self = Self::Roles(&[Role::Evaluator, Role::Administrator]);
    pub const PEOPLE: Self = Self::Roles(&[Role::Administrator]);
    pub const AUDIT: Self = Self::Roles(&[Role::Administrator, Role::PrivacyOfficer]);
    /// Everyone who works on cases or causes; not those who only keep the system and its rules.
    const CAUSE_SIDE: Self =
        Self::Roles(&[Role::Caseworker, Role::Supervisor, Role::Organizer, Role::Evaluator]);
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    pub method: Method,
    pub path: &'static str,
    pub who: Who,
}

/// The routes so far, and the router that serves them.
pub struct Routes {
    app: AppState,
    declared: Vec<Declared>,
    router: Router<AppState>,
}

impl Routes {
    pub fn new(app: AppState) -> Self {
        Self { app, declared: Vec::new(), router: Router::new() }
    }

    /// A page.
    #[must_use]
    pub fn get<H, T>(self, path: &'static str, who: Who, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.with(Method::GET, path, who, Body::Form, on(MethodFilter::GET, handler))
    }

    /// A form that changes something. The guard has checked its token and read its fields ([`super::form::Form`]).
    #[must_use]
    pub fn post<H, T>(self, path: &'static str, who: Who, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.with(Method::POST, path, who, Body::Form, on(MethodFilter::POST, handler))
    }

    /// A form with a file. The handler gets an [`Upload`], because reading one is what checks the token.
    #[must_use]
    pub fn upload<H, F, R>(self, path: &'static str, who: Who, handler: H) -> Self
    where
        H: Fn(CurrentCtx, Upload) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = R> + Send + 'static,
        R: IntoResponse + 'static,
    {
        let checked = async move |current: CurrentCtx, upload: Upload| handler(current, upload).await;
        self.with(Method::POST, path, who, Body::Upload, on(MethodFilter::POST, checked))
    }

    /// Something that is neither a page nor anybody's: a style, a health check. No session is looked at.
    #[must_use]
    pub fn open(mut self, path: &'static str, route: MethodRouter<AppState>) -> Self {
        self.declared.push(Declared { method: Method::GET, path, who: Who::Anyone });
        self.router = self.router.route(path, route);
        self
    }

    fn with(
        mut self,
        method: Method,
        path: &'static str,
        who: Who,
        body: Body,
        route: MethodRouter<AppState>,
    ) -> Self {
        self.declared.push(Declared { method, path, who });
        let rule = Rule { app: self.app.clone(), who, body };
        let route =
            route.route_layer(CatchPanicLayer::custom(panicked)).route_layer(from_fn_with_state(rule, guard));
        self.router = self.router.route(path, route);
        self
    }

    /// The router, with "not found" for everything else. An unknown path and a known path with another method answer
    /// as a page that needs a log-in does, so that nobody learns from the answer what there is.
    pub fn into_router(self) -> Router {
        let rule = Rule { app: self.app.clone(), who: Who::SignedIn, body: Body::Form };
        let absent = absent.layer(from_fn_with_state(rule, guard));
        self.app.declare(self.declared);
        self.router.method_not_allowed_fallback(absent.clone()).fallback(absent).with_state(self.app)
    }
}

async fn absent() -> WebError {
    WebError::NotFound
}

/// A handler that panicked: the person gets the page of a broken server and the log the words of the panic.
fn panicked(why: Box<dyn Any + Send + 'static>) -> Response {
    let words = why
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| why.downcast_ref::<&str>().copied())
        .unwrap_or("no words");
    WebError::Broken(format!("answer: a handler panicked: {words}").into()).into_response()
}
