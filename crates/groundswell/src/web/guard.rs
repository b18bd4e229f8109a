//! Stands before every page: finds the caller, checks that the route is theirs and that the request is their own,
//! draws the page of an error.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::{self, Body as HttpBody};
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequest, MatchedPath, Request, State};
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use domain::kernel::accounts::{self, Standing};
use domain::kernel::ctx::Actor;
use domain::kernel::ids::AccountId;
use tower_sessions::Session;

use super::csrf;
use super::current::{CurrentCtx, StoredFlash, cookie, query_text, see_other};
use super::error::{Mark, WebError};
use super::form::Form;
use super::i18n::Lang;
use super::routes::Who;
use super::session::{ACCOUNT, FLASH};
use super::state::AppState;
use super::views::errors::{ErrorFragment, ErrorKind, ErrorView};
use super::views::{Chrome, Page};

/// The cookie that a visitor's forms are bound to.
const VISITOR: &str = "groundswell-visitor";
/// The cookie of the chosen language.
pub const LANGUAGE: &str = "groundswell-language";
/// The most bytes of a form without a file.
const FORM_MOST: usize = 1 << 20;
const PAGE_PATIENCE: Duration = Duration::from_secs(60);
const UPLOAD_PATIENCE: Duration = Duration::from_secs(60 * 60);

/// What a route takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    Form,
    Upload,
}

/// What the guard of one route goes by.
#[derive(Debug, Clone)]
pub struct Rule {
    pub app: AppState,
    pub who: Who,
    pub body: Body,
}

/// The form token that this request must show, for the reader of an upload.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub expected: String,
    /// It came as a header and was right.
    pub is_checked: bool,
}

pub async fn guard(State(rule): State<Rule>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let visit = match Visit::of(&rule, &parts).await {
        Ok(visit) => visit,
        // Without the database there is no session to draw a page with.
        Err(error) => return undrawn(&rule, &parts.headers, error.into_response()),
    };
    let method = parts.method.clone();
    let route = parts.extensions.get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    parts.extensions.insert(visit.current.clone());
    let response = match checked(&rule, &visit.current, Request::from_parts(parts, body)).await {
        Ok(request) => {
            let patience = if rule.body == Body::Upload { UPLOAD_PATIENCE } else { PAGE_PATIENCE };
            match tokio::time::timeout(patience, next.run(request)).await {
                Ok(response) => response,
                Err(_) => WebError::Broken(format!("answer within {patience:?}").into()).into_response(),
            }
        }
        Err(refused) => *refused,
    };
    let response = visit.finish(response).await;
    tracing::info!(request = visit.current.ctx.request, %method, route, status = response.status().as_u16());
    response
}

/// One request's caller, and what must go back to the browser for them.
struct Visit {
    current: CurrentCtx,
    /// A cookie for a visitor who has none yet.
    visitor_cookie: Option<String>,
}

impl Visit {
    async fn of(rule: &Rule, request: &Parts) -> Result<Self, WebError> {
        let app = &rule.app;
        let headers = &request.headers;
        let no_session = || WebError::Broken("the session layer is missing".into());
        let session = request.extensions.get::<Session>().cloned().ok_or_else(no_session)?;
        let account = account_of(app, &session).await?;
        let flash = match account {
            Some(_) => session.get::<StoredFlash>(FLASH).await?.map(Into::into),
            None => None,
        };
        let visitor = cookie(headers, &app.cookie_name(VISITOR)).filter(|it| it.len() == 32);
        let (binding, visitor_cookie) = match (account.as_ref().and_then(|_| session.id()), visitor) {
            (Some(id), _) => (id.to_string(), None),
            (None, Some(visitor)) => (visitor, None),
            (None, None) => {
                let mut bytes = [0_u8; 16];
                getrandom::fill(&mut bytes)
                    .map_err(|error| WebError::Broken(format!("draw random bytes: {error}").into()))?;
                let fresh = hex::encode(bytes);
                (fresh.clone(), Some(fresh))
            }
        };
        let actor = account.as_ref().map_or(Actor::Anonymous, accounts::Account::actor);
        let current = CurrentCtx {
            ctx: app.site.ctx(actor),
            lang: language(account.as_ref(), headers),
            app: Arc::clone(app),
            account: account.map(Arc::new),
            address: address(rule, request),
            path: request.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            is_fragment: headers.contains_key("hx-request"),
            csrf: csrf::token(&app.site.keys, &binding),
            session,
            flash,
            flash_shown: Arc::new(AtomicBool::new(false)),
        };
        Ok(Self { current, visitor_cookie })
    }

    /// Draws the page of an error, takes the shown notice away, gives the visitor their cookie.
    async fn finish(&self, response: Response) -> Response {
        let current = &self.current;
        let mut response = match response.extensions().get::<Mark>().cloned() {
            None => response,
            Some(mark) => drawn(current, response.status(), &mark),
        };
        if current.flash.is_some() && current.flash_shown.load(Ordering::Relaxed) {
            // A notice that is shown twice is the lesser evil.
            let _ = current.session.remove::<serde_json::Value>(FLASH).await;
        }
        if let Some(value) = &self.visitor_cookie {
            let app = &current.app;
            let secure = if app.config.behind_tls { "; Secure" } else { "" };
            let name = app.cookie_name(VISITOR);
            let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}");
            if let Ok(value) = HeaderValue::from_str(&text) {
                response.headers_mut().append(SET_COOKIE, value);
            }
        }
        response
    }
}

/// The account of the session, as it is now: roles and deactivation hold from the next request on.
async fn account_of(app: &AppState, session: &Session) -> Result<Option<accounts::Account>, WebError> {
    let Some(id) = session.get::<String>(ACCOUNT).await? else { return Ok(None) };
    let account = accounts::account(&app.site.db, &AccountId::from_text(id)).await?;
    Ok(account.filter(|account| account.standing == Standing::Active))
}

fn language(account: Option<&accounts::Account>, headers: &HeaderMap) -> Lang {
    let of_account = account.and_then(|account| Lang::from_code(&account.locale));
    of_account.or_else(|| Lang::from_code(&cookie(headers, LANGUAGE)?)).unwrap_or_else(|| {
        let header = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Lang::from_accept_language(header.unwrap_or_default())
    })
}

fn address(rule: &Rule, request: &Parts) -> String {
    let forwarded = request.headers.get_all("x-forwarded-for").iter().next_back();
    let forwarded = forwarded.and_then(|value| value.to_str().ok()).and_then(|text| text.rsplit(',').next());
    if rule.app.config.behind_tls
        && let Some(address) = forwarded
    {
        // What a proxy writes is an address; anything longer is somebody's invention.
        return address.trim().chars().take(64).collect();
    }
    let peer = request.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map_or_else(|| "unknown".to_owned(), |peer| peer.0.ip().to_string())
}

/// The request if it may go on, with its form read; else the answer.
async fn checked(rule: &Rule, current: &CurrentCtx, request: Request) -> Result<Request, Box<Response>> {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let is_known = rule.who.allows(&current.ctx.actor);
    if is_safe {
        return match (is_known, &current.ctx.actor) {
            (true, _) => Ok(request),
            (false, Actor::Anonymous) if current.is_fragment => {
                Err(Box::new(WebError::SessionEnded(Vec::new()).into_response()))
            }
            (false, Actor::Anonymous) => {
                Err(Box::new(see_other(&format!("/login?next={}", query_text(&current.path)))))
            }
            (false, _) => Err(Box::new(WebError::NotFound.into_response())),
        };
    }
    let (request, form) = form_read(rule, current, request).await.map_err(refused)?;
    // A log-in that has ended: what was typed is given back. So is it for an unknown path, which looks the same.
    if !is_known && matches!(current.ctx.actor, Actor::Anonymous) {
        return Err(refused(WebError::SessionEnded(form.kept())));
    }
    if !is_known {
        return Err(refused(WebError::NotFound));
    }
    Ok(request)
}

fn refused(error: WebError) -> Box<Response> {
    Box::new(error.into_response())
}

/// Reads a form and checks its token. Of an upload only the header is looked at: its first field is checked by
/// [`super::upload::Upload`], without which no handler of an upload gets it.
async fn form_read(rule: &Rule, current: &CurrentCtx, request: Request) -> Result<(Request, Form), WebError> {
    if csrf::is_from_elsewhere(request.headers()) {
        // What another site typed is not shown as if the person had.
        return Err(WebError::SessionEnded(Vec::new()));
    }
    let by_header = csrf::fits(&current.csrf, header(request.headers(), csrf::HEADER));
    let kind = header(request.headers(), CONTENT_TYPE.as_str()).split(';').next().unwrap_or_default();
    let kind = kind.trim().to_ascii_lowercase();
    if rule.body == Body::Upload && kind == "multipart/form-data" {
        let mut request = request;
        request.extensions_mut().insert(Token { expected: current.csrf.clone(), is_checked: by_header });
        // The reader of the upload counts bytes itself.
        DefaultBodyLimit::disable().apply(&mut request);
        return Ok((request, Form::default()));
    }
    let (parts, body) = request.into_parts();
    let bytes = body::to_bytes(body, FORM_MOST).await.map_err(|_| WebError::TooLarge)?;
    let form = if kind == "application/x-www-form-urlencoded" {
        form_of(bytes.clone()).await?
    } else {
        Form::default()
    };
    if !by_header && !csrf::fits(&current.csrf, form.text(csrf::FIELD)) {
        return Err(WebError::SessionEnded(form.kept()));
    }
    let mut request = Request::from_parts(parts, HttpBody::from(bytes));
    request.extensions_mut().insert(form.clone());
    Ok((request, form))
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

async fn form_of(bytes: body::Bytes) -> Result<Form, WebError> {
    let request = Request::builder()
        .method(Method::POST)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(HttpBody::from(bytes))
        .map_err(WebError::broken)?;
    let pairs = axum::Form::<Vec<(String, String)>>::from_request(request, &()).await;
    pairs.map(|axum::Form(pairs)| Form::new(pairs)).map_err(|_| WebError::Unreadable)
}

/// The page of an error. What is not there and what is not theirs give the same bytes, so neither the path nor a
/// number of the request stands on it.
fn drawn(current: &CurrentCtx, status: StatusCode, mark: &Mark) -> Response {
    if let Some(cause) = &mark.cause {
        tracing::error!(request = current.ctx.request, "could not {cause}");
    }
    let request_id = (mark.kind == ErrorKind::Broken).then(|| current.ctx.request.clone());
    let mut chrome = current.chrome(mark.kind.key(), None);
    chrome.path = "/".to_owned();
    let detail = mark.detail.clone();
    let text = if current.is_fragment {
        ErrorFragment { chrome, kind: mark.kind, detail, request_id }.page()
    } else {
        ErrorView { chrome, kind: mark.kind, detail, request_id, kept: mark.kept.to_vec() }.page()
    };
    (status, Html(text)).into_response()
}

/// The same when nothing is known of the caller.
fn undrawn(rule: &Rule, headers: &HeaderMap, response: Response) -> Response {
    let request_id = rule.app.site.ctx(Actor::Anonymous).request;
    if let Some(cause) = response.extensions().get::<Mark>().and_then(|mark| mark.cause.as_ref()) {
        tracing::error!(request = request_id, "could not {cause}");
    }
    let kind = ErrorKind::Broken;
    let chrome = Chrome::visitor(language(None, headers), kind.key());
    let view = ErrorView { chrome, kind, detail: None, request_id: Some(request_id), kept: Vec::new() };
    (response.status(), Html(view.page())).into_response()
}
