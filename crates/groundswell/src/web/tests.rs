//! The server as a browser meets it: its router on a database of its own, with a clock that the test moves.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE,
};
use axum::http::{HeaderMap, Request, StatusCode};
use domain::kernel::accounts::{self, AddAccount, Login, Name, Typed};
use domain::kernel::audit::{self, Filter};
use domain::kernel::clock::{Clock, Hand, Instant};
use domain::kernel::ctx::{Keys, Role, Site};
use domain::kernel::db::{self, Db};
use domain::kernel::ids::Ids;
use tower::ServiceExt;

use super::current::CurrentCtx;
use super::error::WebError;
use super::form::Form;
use super::routes::{Declared, Routes, Who};
use super::state::{App, AppState, WebConfig};
use super::upload::Upload;
use super::{handlers, server};

pub(crate) const GOOD: &str = "copper lantern drifts";
const OTHER: &str = "seven quiet harbours";

pub(crate) struct Bench {
    folder: tempfile::TempDir,
    pub(crate) app: AppState,
    pub(crate) clock: Hand,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with(|config| config).await
    }

    pub(crate) async fn with(change: impl FnOnce(WebConfig) -> WebConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Hand::at(Instant::from_micros(1_750_000_000_000_000));
        let site = Site {
            db: Db::open(&db::file_in(folder.path())).await.unwrap(),
            clock: Clock::Hand(clock),
            ids: Arc::new(Ids::counted()),
            keys: Arc::new(Keys::from_bytes([7; 32])),
        };
        let config = change(WebConfig::local(folder.path().join("uploads")));
        Self { folder, app: App::new(site, config).await.unwrap(), clock }
    }

    /// The server killed and started again on the same folder.
    pub(crate) async fn killed_and_started(self) -> Self {
        let Self { folder, app, clock } = self;
        let (config, keys) = (app.config.clone(), Arc::clone(&app.site.keys));
        drop(app);
        let site = Site {
            db: Db::open(&db::file_in(folder.path())).await.unwrap(),
            clock: Clock::Hand(clock),
            ids: Arc::new(Ids::Random),
            keys,
        };
        Self { folder, app: App::new(site, config).await.unwrap(), clock }
    }

    /// With an account `ada` for the administrator.
    pub(crate) async fn set_up() -> Self {
        let bench = Self::new().await;
        bench.person("ada", &[Role::Administrator]).await;
        bench
    }

    pub(crate) async fn person(&self, login: &str, roles: &[Role]) -> accounts::Account {
        let ctx = self.app.site.system("test");
        let cmd = AddAccount {
            login: Login::parse(login).unwrap(),
            name: Name::parse("Rosa Alvarez").unwrap(),
            roles: roles.iter().copied().collect(),
        };
        let (account, _) = accounts::add(&ctx, cmd).await.unwrap();
        accounts::password_set(&ctx, &account.id, Typed::new(GOOD)).await.unwrap();
        account
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::of(server::router(&self.app))
    }

    /// A browser on the server's routes and a few of the test's own.
    fn browser_with(&self, more: impl FnOnce(Routes) -> Routes) -> Browser {
        let routes = more(handlers::routes(Routes::new(self.app.clone())));
        Browser::of(server::router_of(&self.app, routes))
    }

    pub(crate) async fn signed_in(&self, login: &str) -> Browser {
        let mut browser = self.browser();
        assert_eq!(browser.log_in(login, GOOD).await.status, StatusCode::SEE_OTHER);
        browser
    }

    pub(crate) async fn audit_actions(&self) -> Vec<String> {
        let filter = Filter { limit: 100, ..Filter::default() };
        let entries = audit::entries(&self.app.site.db, &filter).await.unwrap();
        entries.into_iter().rev().map(|entry| entry.action).collect()
    }
}

/// Keeps cookies and the token of the last page, as a browser with one form open does.
pub(crate) struct Browser {
    router: Router,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) csrf: String,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn location(&self) -> &str {
        self.headers.get(LOCATION).map_or("", |value| value.to_str().unwrap())
    }
}

impl Browser {
    fn of(router: Router) -> Self {
        Self { router, cookies: BTreeMap::new(), csrf: String::new() }
    }

    pub(crate) async fn send(&mut self, mut request: Request<Body>) -> Answer {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.headers_mut().insert(COOKIE, cookies.join("; ").parse().unwrap());
        let response = self.router.clone().oneshot(request).await.unwrap();
        for line in response.headers().get_all(SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let (parts, body) = response.into_parts();
        let text = String::from_utf8_lossy(&to_bytes(body, 1 << 24).await.unwrap()).into_owned();
        if let Some(token) = text.split("name=\"csrf\" value=\"").nth(1) {
            self.csrf = token.split('"').next().unwrap().to_owned();
        }
        Answer { status: parts.status, headers: parts.headers, text }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Sends a form with the token of the last page.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf.clone();
        let with_token: Vec<_> = [("csrf", csrf.as_str())].iter().chain(fields).copied().collect();
        self.post_as_is(path, &with_token, &[]).await
    }

    pub(crate) async fn post_as_is(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let encode = |text: &str| super::current::query_text(text);
        let body: Vec<_> =
            fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        let mut request = Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.join("&"))).unwrap()).await
    }

    pub(crate) async fn log_in(&mut self, login: &str, passphrase: &str) -> Answer {
        self.get("/login").await;
        self.post("/login", &[("login", login), ("passphrase", passphrase)]).await
    }

    /// Whether this browser is logged in.
    pub(crate) async fn is_in(&mut self) -> bool {
        self.get("/account/passphrase").await.status == StatusCode::OK
    }
}

fn first_run(token: &str, passphrase: &str) -> Vec<(&'static str, String)> {
    vec![
        ("token", token.to_owned()),
        ("agency_name", "Harbor Street".to_owned()),
        ("display_name", "Ada Mensah".to_owned()),
        ("login", "ada".to_owned()),
        ("passphrase", passphrase.to_owned()),
        ("passphrase_again", passphrase.to_owned()),
    ]
}

fn borrowed<'a>(fields: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[tokio::test]
async fn the_first_run_makes_an_administrator_once_and_refuses_a_weak_passphrase_with_its_reason() {
    let bench = Bench::new().await;
    let mut browser = bench.browser();
    assert!(browser.get("/login").await.text.contains("has not been set up yet"));
    assert_eq!(browser.get("/setup?token=guess").await.status, StatusCode::NOT_FOUND);
    let link = accounts::set_up_link(&bench.app.site.system("serve")).await.unwrap().unwrap();
    let page = format!("/setup?token={}", link.secret);
    assert_eq!(browser.get(&page).await.status, StatusCode::OK);

    let weak = browser.post("/setup", &borrowed(&first_run(&link.secret, "harborstreet1"))).await;
    assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(weak.text.contains("close to your login, your name or your agency"), "{}", weak.text);
    assert!(weak.text.contains("value=\"Ada Mensah\"") && !weak.text.contains("harborstreet1"));

    let done = browser.post("/setup", &borrowed(&first_run(&link.secret, GOOD))).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/"));
    let welcome = browser.get("/account/passphrase").await;
    assert!(welcome.text.contains("Harbor Street") && welcome.text.contains("The agency is set up"));

    let mut second = bench.browser();
    assert_eq!(second.get(&page).await.status, StatusCode::NOT_FOUND);
    second.get("/login").await;
    let again = second.post("/setup", &borrowed(&first_run(&link.secret, GOOD))).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    assert_eq!(accounts::accounts(&bench.app.site.db).await.unwrap().len(), 1);
}

#[tokio::test]
async fn all_that_is_wrong_with_a_form_is_said_at_once() {
    let bench = Bench::new().await;
    let mut browser = bench.browser();
    let link = accounts::set_up_link(&bench.app.site.system("serve")).await.unwrap().unwrap();
    browser.get(&format!("/setup?token={}", link.secret)).await;
    let fields = [("token", link.secret.as_str()), ("login", "ro sa"), ("passphrase", "short")];
    let answer = browser.post("/setup", &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in ["Type the name of the agency", "Type a name", "without spaces", "are not the same"] {
        assert!(answer.text.contains(part), "{part}");
    }
}

#[tokio::test]
async fn logging_in_goes_where_the_person_was_going_and_never_elsewhere() {
    let bench = Bench::set_up().await;
    let mut browser = bench.browser();
    let sent = browser.get("/account/passphrase?x=1").await;
    assert_eq!(sent.location(), "/login?next=/account/passphrase%3Fx%3D1");
    let page = browser.get(sent.location()).await;
    assert!(page.text.contains("value=\"/account/passphrase?x=1\""));
    let wrong = browser.post("/login", &[("login", "ada"), ("passphrase", "wrong")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("The login or the passphrase is not right"));
    let fields = [("login", "Ada"), ("passphrase", GOOD), ("next", "/account/passphrase?x=1")];
    assert_eq!(browser.post("/login", &fields).await.location(), "/account/passphrase?x=1");
    let mut other = bench.browser();
    other.get("/login").await;
    let fields = [("login", "ada"), ("passphrase", GOOD), ("next", "//evil.example/")];
    assert_eq!(other.post("/login", &fields).await.location(), "/");
}

#[tokio::test]
async fn the_sixth_try_is_told_how_long_to_wait() {
    let bench = Bench::set_up().await;
    let mut browser = bench.browser();
    for _ in 0..5 {
        assert_eq!(browser.log_in("ada", "wrong").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let limited = browser.log_in("ada", GOOD).await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(limited.text.contains("Wait 15 minutes"));
    bench.clock.advance_seconds(15 * 60);
    assert_eq!(browser.log_in("ada", GOOD).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_log_in_gets_a_new_session_id_and_a_log_out_ends_it_on_the_server() {
    let bench = Bench::set_up().await;
    let mut browser = bench.signed_in("ada").await;
    let first = browser.cookies.clone();
    assert!(browser.is_in().await);
    let stolen = Browser { router: browser.router.clone(), cookies: first.clone(), csrf: String::new() };
    // Logging in again in the same browser leaves nothing of the old session.
    browser.cookies.remove("groundswell-visitor");
    browser.get("/account/passphrase").await;
    let out = browser.post("/logout", &[]).await;
    assert_eq!(out.location(), "/login?done=logged-out");
    assert!(!browser.cookies.contains_key("groundswell"));
    assert!(browser.get(out.location()).await.text.contains("You have logged out"));
    let mut stolen = stolen;
    assert!(!stolen.is_in().await);
    assert_eq!(browser.log_in("ada", GOOD).await.status, StatusCode::SEE_OTHER);
    assert_ne!(browser.cookies["groundswell"], first["groundswell"]);
    let actions = bench.audit_actions().await;
    assert!(actions.ends_with(&["login.ok".to_owned(), "logout".to_owned(), "login.ok".to_owned()]));
}

#[tokio::test]
async fn a_session_id_that_somebody_else_chose_is_not_taken() {
    let bench = Bench::set_up().await;
    let mut browser = bench.browser();
    let planted = "AAAAAAAAAAAAAAAAAAAAAA";
    browser.cookies.insert("groundswell".to_owned(), planted.to_owned());
    assert_eq!(browser.log_in("ada", GOOD).await.status, StatusCode::SEE_OTHER);
    assert_ne!(browser.cookies["groundswell"], planted);
}

#[tokio::test]
async fn a_session_ends_when_idle_and_in_any_case_after_twelve_hours() {
    let bench = Bench::set_up().await;
    let mut idle = bench.signed_in("ada").await;
    bench.clock.advance_seconds(29 * 60);
    assert!(idle.is_in().await);
    bench.clock.advance_seconds(30 * 60);
    assert!(!idle.is_in().await);

    let mut busy = bench.signed_in("ada").await;
    for _ in 0..35 {
        bench.clock.advance_seconds(20 * 60);
        assert!(busy.is_in().await);
    }
    bench.clock.advance_seconds(20 * 60);
    assert!(!busy.is_in().await);
}

#[tokio::test]
async fn a_form_without_its_token_or_from_another_site_is_refused_and_what_was_typed_is_given_back() {
    let bench = Bench::set_up().await;
    let mut browser = bench.signed_in("ada").await;
    browser.get("/account/passphrase").await;
    let good = browser.csrf.clone();
    let typed = ("description", "Three families missed the date.");
    for (token, headers) in [
        ("", vec![]),
        ("00", vec![]),
        (&*"0".repeat(64), vec![]),
        (&*good, vec![("sec-fetch-site", "cross-site")]),
        (&*good, vec![("origin", "https://evil.example"), ("host", "127.0.0.1:8080")]),
    ] {
        let fields = [("csrf", token), typed, ("passphrase", "my secret words")];
        let refused = browser.post_as_is("/logout", &fields, &headers).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.text.contains("Your session has ended"));
        assert_eq!(refused.text.contains("Three families"), headers.is_empty(), "{headers:?}");
        assert!(!refused.text.contains("my secret words"));
    }
    assert!(browser.is_in().await);
    // A visitor's token is not a session's: it ended with the log-in.
    let mut visitor = bench.browser();
    visitor.get("/login").await;
    browser.csrf = visitor.csrf;
    assert_eq!(browser.post("/logout", &[]).await.status, StatusCode::FORBIDDEN);
    let by_header = [("x-csrf-token", good.as_str()), ("sec-fetch-site", "same-origin")];
    assert_eq!(browser.post_as_is("/logout", &[], &by_header).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_was_typed_when_the_session_ended_is_given_back() {
    let bench = Bench::set_up().await;
    let mut browser = bench.signed_in("ada").await;
    browser.get("/account/passphrase").await;
    bench.clock.advance_seconds(13 * 60 * 60);
    let refused = browser.post("/logout", &[("note", "A long day's note")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text.contains("A long day&#39;s note"), "{}", refused.text);
}

#[tokio::test]
async fn every_answer_tells_the_browser_to_trust_nothing_else() {
    let bench = Bench::set_up().await;
    let mut browser = bench.browser();
    for path in ["/login", "/nothing", "/healthz", "/assets/app.css", "/account/passphrase"] {
        let answer = browser.get(path).await;
        let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
        let policy = header(CONTENT_SECURITY_POLICY.as_str());
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert!(!policy.contains("unsafe"));
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert!(header("permissions-policy").contains("geolocation=()"));
        let is_file = path.starts_with("/assets/");
        assert_eq!(header(CACHE_CONTROL.as_str()) == "no-store", !is_file, "{path}");
    }
}

#[tokio::test]
async fn cookies_are_the_servers_alone_and_for_tls_only_where_there_is_tls() {
    let bench = Bench::with(|config| WebConfig { behind_tls: true, ..config }).await;
    bench.person("ada", &[Role::Administrator]).await;
    let mut browser = bench.browser();
    let page = browser.get("/login").await;
    assert!(page.headers.contains_key("strict-transport-security"));
    let fields = [("login", "ada"), ("passphrase", GOOD)];
    let mut lines: Vec<String> = Vec::new();
    for answer in [page, browser.post("/login", &fields).await] {
        lines.extend(answer.headers.get_all(SET_COOKIE).iter().map(|it| it.to_str().unwrap().to_owned()));
    }
    assert_eq!(lines.len(), 2);
    for line in lines {
        assert!(line.starts_with("__Host-groundswell"), "{line}");
        for part in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(line.contains(part), "{line}");
        }
    }
}

#[tokio::test]
async fn a_caller_behind_the_proxy_cannot_invent_the_address_it_is_counted_under() {
    let bench = Bench::with(|config| WebConfig { behind_tls: true, ..config }).await;
    bench.person("ada", &[Role::Administrator]).await;
    let mut browser = bench.browser();
    browser.get("/login").await;
    for number in 0..21 {
        let invented = format!("10.0.0.{number}, 203.0.113.5");
        let (csrf, login) = (browser.csrf.clone(), format!("guess{number}"));
        let fields = [("csrf", &*csrf), ("login", &*login), ("passphrase", "wrong")];
        let answer = browser.post_as_is("/login", &fields, &[("x-forwarded-for", &invented)]).await;
        let expected = if number < 20 { 422 } else { 429 };
        assert_eq!(answer.status.as_u16(), expected, "{number}");
    }
}

async fn panics() -> Result<(), WebError> {
    panic!("the words of the panic")
}

async fn breaks() -> WebError {
    WebError::broken(std::io::Error::other("a secret path"))
}

#[tokio::test]
async fn a_handler_that_panics_or_breaks_gives_a_page_with_the_requests_number_and_no_cause() {
    let bench = Bench::set_up().await;
    let mut browser = bench.browser_with(|routes| {
        routes.get("/panics", Who::SignedIn, panics).get("/breaks", Who::SignedIn, breaks)
    });
    browser.log_in("ada", GOOD).await;
    for path in ["/panics", "/breaks"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(
            answer.text.contains("Something is broken on our side") && answer.text.contains("<code>01JX")
        );
        assert!(!answer.text.contains("secret path") && !answer.text.contains("words of the panic"));
    }
}

async fn echo(_: CurrentCtx, upload: Upload) -> Result<String, WebError> {
    let file = upload.file.ok_or(WebError::Unreadable)?;
    let text = std::fs::read_to_string(file.path()).unwrap();
    Ok(format!("{}|{}|{text}|{}", upload.form.text("kind"), file.name, file.bytes))
}

fn multipart(parts: &[(&str, Option<&str>, &str)]) -> Request<Body> {
    let mut body = String::new();
    for (name, file, text) in parts {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        body +=
            &format!("--BOUND\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{text}\r\n");
    }
    body += "--BOUND--\r\n";
    let kind = "multipart/form-data; boundary=BOUND";
    Request::post("/upload").header(CONTENT_TYPE, kind).body(Body::from(body)).unwrap()
}

#[tokio::test]
async fn an_upload_shows_its_token_first_goes_to_disk_and_leaves_nothing_behind() {
    let bench = Bench::with(|config| WebConfig { upload_most: 1000, ..config }).await;
    bench.person("ada", &[Role::Administrator]).await;
    let mut browser = bench.browser_with(|routes| routes.upload("/upload", Who::SignedIn, echo));
    browser.log_in("ada", GOOD).await;
    browser.get("/account/passphrase").await;
    let token = browser.csrf.clone();
    let file = ("file", Some("..\\folder\\events.csv"), "a,b\n1,2\n");
    let good = [("csrf", None, &*token), ("kind", None, "events"), file];
    let done = browser.send(multipart(&good)).await;
    assert_eq!((done.status, &*done.text), (StatusCode::OK, "events|events.csv|a,b\n1,2\n|8"));

    let late = browser.send(multipart(&[file, ("csrf", None, &token)])).await;
    assert_eq!(late.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.send(multipart(&[file])).await.status, StatusCode::FORBIDDEN);
    let long = "x".repeat(1001);
    let large = [("csrf", None, &*token), ("file", Some("a.csv"), &*long)];
    assert_eq!(browser.send(multipart(&large)).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(std::fs::read_dir(bench.folder.path().join("uploads")).unwrap().count(), 0);
    // A form with a file is not taken where none was asked for.
    let mut elsewhere = multipart(&good);
    *elsewhere.uri_mut() = "/logout".parse().unwrap();
    assert_eq!(browser.send(elsewhere).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_form_that_is_too_large_is_refused() {
    let bench = Bench::set_up().await;
    let mut browser = bench.signed_in("ada").await;
    browser.get("/account/passphrase").await;
    let answer = browser.post("/logout", &[("note", &"x".repeat((1 << 20) + 1))]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn changing_the_passphrase_ends_the_other_sessions_and_keeps_this_one() {
    let bench = Bench::set_up().await;
    let mut one = bench.signed_in("ada").await;
    let mut two = bench.signed_in("ada").await;
    one.get("/account/passphrase").await;
    let wrong = [("current", "wrong"), ("passphrase", OTHER), ("passphrase_again", OTHER)];
    let answer = one.post("/account/passphrase", &wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("The current passphrase is not right"));
    let right = [("current", GOOD), ("passphrase", OTHER), ("passphrase_again", OTHER)];
    assert_eq!(one.post("/account/passphrase", &right).await.status, StatusCode::SEE_OTHER);
    assert!(one.is_in().await);
    assert!(!two.is_in().await);
}

#[tokio::test]
async fn a_one_time_link_lets_a_person_choose_a_passphrase_once() {
    let bench = Bench::set_up().await;
    let ctx = bench.app.site.system("test");
    let cmd = AddAccount {
        login: Login::parse("noor").unwrap(),
        name: Name::parse("نور الهدى").unwrap(),
        roles: [Role::Caseworker].into_iter().collect(),
    };
    let (_, link) = accounts::add(&ctx, cmd).await.unwrap();
    let path = format!("/welcome/{}", link.secret);
    let mut browser = bench.browser();
    assert!(browser.get(&path).await.text.contains("نور الهدى"));
    let weak = [("passphrase", "aaaaaaaaaaaaaaa"), ("passphrase_again", "aaaaaaaaaaaaaaa")];
    assert!(browser.post(&path, &weak).await.text.contains("Repeats are easy to guess"));
    let good = [("passphrase", OTHER), ("passphrase_again", OTHER)];
    let done = browser.post(&path, &good).await;
    assert_eq!(done.location(), "/login?done=passphrase-saved");
    assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.log_in("noor", OTHER).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn roles_and_deactivation_hold_from_the_next_request_on() {
    let bench = Bench::set_up().await;
    let rosa = bench.person("rosa", &[Role::Caseworker]).await;
    let mut browser =
        bench.browser_with(|routes| routes.get("/kept/by/organizers", Who::ISSUES_EDIT, async || "open"));
    browser.log_in("rosa", GOOD).await;
    assert_eq!(browser.get("/kept/by/organizers").await.status, StatusCode::NOT_FOUND);
    let ctx = bench.app.site.system("test");
    accounts::roles_change(&ctx, &rosa.id, [Role::Organizer].into_iter().collect()).await.unwrap();
    assert_eq!(browser.get("/kept/by/organizers").await.text, "open");
    accounts::deactivate(&ctx, &rosa.id).await.unwrap();
    assert!(!browser.is_in().await);
}

#[tokio::test]
async fn the_language_is_the_accounts_then_the_cookies_then_the_browsers() {
    let bench = Bench::set_up().await;
    let mut browser = bench.browser();
    let spanish = Request::get("/login").header("accept-language", "es-MX,en;q=0.5");
    let page = browser.send(spanish.body(Body::empty()).unwrap()).await;
    assert!(page.text.contains("lang=\"es\""));
    assert_eq!(browser.get("/language/es?back=%2Flogin%3Fnext%3D%2Fx").await.location(), "/login?next=/x");
    assert!(browser.get("/login").await.text.contains("<html class=\"govuk-template\" lang=\"es\""));
    assert_eq!(browser.get("/language/es?back=//evil.example").await.location(), "/");
    browser.log_in("ada", GOOD).await;
    browser.get("/language/en").await;
    browser.cookies.remove("groundswell-language");
    assert!(
        browser.get("/account/passphrase").await.text.contains("<html class=\"govuk-template\" lang=\"en\"")
    );
    assert_eq!(browser.get("/language/xx").await.status, StatusCode::NOT_FOUND);
}

/// A path of this route, with sample ids.
fn sample_path(route: &Declared) -> String {
    let parts = route.path.split('/').map(|part| if part.starts_with('{') { "01JX0SAMPLE" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn no_route_opens_for_those_it_is_not_for_and_what_is_hidden_looks_like_what_is_absent() {
    let bench = Bench::set_up().await;
    let mut visitor = bench.browser();
    visitor.get("/login").await;
    let declared = bench.app.declared().to_vec();
    assert!(declared.len() > 10);

    for route in declared.iter().filter(|route| route.who != Who::Anyone) {
        let path = sample_path(route);
        if route.method == "GET" {
            let answer = visitor.get(&path).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
            assert!(answer.location().starts_with("/login?next="), "{path}");
        } else {
            assert_eq!(visitor.post(&path, &[]).await.status, StatusCode::FORBIDDEN, "{path}");
        }
    }

    for role in Role::ALL {
        let login = format!("only-{}", role.code());
        bench.person(&login, &[role]).await;
        let mut browser = bench.signed_in(&login).await;
        for route in &declared {
            let path = sample_path(route);
            let what = format!("{} {path} as {}", route.method, role.code());
            let is_theirs = match route.who {
                Who::Anyone | Who::SignedIn => true,
                Who::Roles(roles) => roles.contains(&role),
            };
            // The absent page is asked for each time, so that no notice waits for the one it is compared with.
            let absent = browser.get("/account/nothing-here").await;
            assert_eq!(absent.status, StatusCode::NOT_FOUND);
            if route.method == "GET" && is_theirs {
                let answer = browser.get(&path).await;
                assert!(!answer.status.is_server_error(), "{what}: {}", answer.text);
                assert!(!answer.location().starts_with("/login"), "{what}");
            } else if !is_theirs {
                let answer = match route.method.as_str() {
                    "GET" => browser.get(&path).await,
                    _ => browser.post(&path, &[]).await,
                };
                assert_eq!((answer.status, answer.text), (absent.status, absent.text), "{what}");
            }
        }
    }
}

#[tokio::test]
async fn a_known_path_with_another_method_looks_absent_too() {
    let bench = Bench::set_up().await;
    let mut visitor = bench.browser();
    let sent = visitor.get("/logout").await;
    assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, "/login?next=/logout"));
    let mut browser = bench.signed_in("ada").await;
    let absent = browser.get("/account/nothing-here").await;
    let other_method = browser.get("/logout").await;
    assert_eq!((other_method.status, other_method.text), (absent.status, absent.text));
}

#[test]
fn the_roles_open_the_pages_that_the_work_gives_them() {
    let roles = |who: Who| match who {
        Who::Roles(roles) => {
            Role::ALL.into_iter().filter(|role| roles.contains(role)).map(Role::code).collect()
        }
        Who::Anyone | Who::SignedIn => Vec::new(),
    };
    let cause_side = ["caseworker", "supervisor", "organizer", "evaluator"];
    assert_eq!(roles(Who::SIGNALS), [&cause_side[..], &["privacy_officer"]].concat());
    assert_eq!(roles(Who::DISPARITIES), cause_side);
    assert_eq!(roles(Who::ISSUES), cause_side);
    assert_eq!(roles(Who::ISSUES_EDIT), ["organizer"]);
    assert_eq!(roles(Who::SIGNALS_DISMISS), ["organizer"]);
    assert_eq!(roles(Who::IDENTIFY), ["organizer", "evaluator"]);
    assert_eq!(roles(Who::EVALUATE), ["evaluator"]);
    assert_eq!(roles(Who::IMPORTS), ["evaluator", "administrator"]);
    assert_eq!(roles(Who::PEOPLE), ["administrator"]);
    assert_eq!(roles(Who::AUDIT), ["administrator", "privacy_officer"]);
}

#[tokio::test]
async fn a_form_is_read_by_its_handler() {
    let bench = Bench::set_up().await;
    let mut browser = bench.browser_with(|routes| {
        routes.post("/echo", Who::SignedIn, async |form: Form| form.text("note").to_owned())
    });
    browser.log_in("ada", GOOD).await;
    browser.get("/account/passphrase").await;
    assert_eq!(browser.post("/echo", &[("note", "a & b = ñ")]).await.text, "a & b = ñ");
}

#[test]
fn every_role_has_a_word_in_both_languages() {
    for lang in super::i18n::Lang::ALL {
        for role in Role::ALL {
            assert!(lang.find(&format!("role-{}", role.code())).is_some(), "{} {}", lang.code(), role.code());
        }
    }
}

#[test]
fn every_reason_against_a_passphrase_has_a_sentence_in_both_languages() {
    for lang in super::i18n::Lang::ALL {
        for why in accounts::Why::ALL {
            let key = format!("error-passphrase-why-{}", why.code());
            assert!(lang.find(&key).is_some(), "{} {key}", lang.code());
        }
    }
}

#[tokio::test]
async fn an_administrator_adds_a_person_whose_link_is_shown_once() {
    let bench = Bench::set_up().await;
    let mut ada = bench.signed_in("ada").await;
    ada.get("/people/new").await;
    let missing = ada.post("/people", &[("display_name", "Noor"), ("login", "Ada")]).await;
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(missing.text.contains("Choose at least one role"));
    let roles = [("roles", "caseworker"), ("roles", "organizer")];
    let taken =
        ada.post("/people", &[&[("display_name", "Noor"), ("login", "Ada")][..], &roles].concat()).await;
    assert!(taken.text.contains("has this login already") && taken.text.contains("value=\"Noor\""));
    let added =
        ada.post("/people", &[&[("display_name", "Noor"), ("login", "noor")][..], &roles].concat()).await;
    assert_eq!(added.status, StatusCode::OK);
    let link = added.text.split("/welcome/").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let noor = accounts::account_by_login(&bench.app.site.db, "noor").await.unwrap().unwrap();
    let page = ada.get(&format!("/people/{}", noor.id)).await;
    assert!(page.text.contains("Noor") && !page.text.contains(&link));
    assert!(ada.get("/people").await.text.contains("link not used yet"));
    let mut browser = bench.browser();
    assert_eq!(browser.get(&format!("/welcome/{link}")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_last_administrator_keeps_the_role_and_the_account() {
    let bench = Bench::set_up().await;
    let mut ada = bench.signed_in("ada").await;
    let id = accounts::account_by_login(&bench.app.site.db, "ada").await.unwrap().unwrap().id;
    ada.get(&format!("/people/{id}")).await;
    let refused = ada.post(&format!("/people/{id}/roles"), &[("roles", "caseworker")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("Somebody must remain administrator"));
    let refused = ada.post(&format!("/people/{id}/deactivate"), &[]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text.contains("Somebody must remain administrator"));
    let ben = bench.person("ben", &[Role::Administrator]).await;
    assert_eq!(ada.post(&format!("/people/{}/deactivate", ben.id), &[]).await.location(), "/people");
    assert!(ada.get("/people").await.text.contains("The person is deactivated."));
    assert_eq!(bench.browser().log_in("ben", GOOD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(ada.get("/people/01JX0ABSENT").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_audit_page_filters_pages_through_and_checks_the_chain() {
    let bench = Bench::set_up().await;
    let mut ada = bench.signed_in("ada").await;
    for _ in 0..30 {
        ada.get("/language/es").await;
        ada.get("/language/en").await;
    }
    let first = ada.get("/audit").await;
    assert!(first.text.contains("The chain is whole up to entry 63"), "{}", first.text);
    assert!(first.text.contains("/audit?before=14"));
    let second = ada.get("/audit?before=14").await;
    assert!(second.text.contains("logged in") && !second.text.contains("The chain is whole"));
    let logins = ada.get("/audit?action=login.ok").await;
    assert_eq!(logins.text.matches("<th scope=\"row\"").count(), 1);
    assert!(ada.get("/audit?from=2099-01-01").await.text.contains("No entry matches"));
    assert!(ada.get("/audit?from=soon").await.text.contains("Type a day such as"));
    let tx = bench.app.site.db.begin().await.unwrap();
    let tamper = db::Sql { name: "tamper", text: "update audit set detail = 'x' where seq = 2" };
    tx.execute(tamper, vec![]).await.unwrap();
    tx.commit().await.unwrap();
    assert!(ada.get("/audit").await.text.contains("The chain breaks at entry 2"));
}
