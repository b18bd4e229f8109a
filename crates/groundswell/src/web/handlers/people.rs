//! People and roles, for administrators.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::kernel::accounts::{
    self, Account, AccountError, AddAccount, Name, OneTime, PASSWORD_HOURS, Standing,
};
use domain::kernel::ctx::{Role, Roles};
use domain::kernel::ids::AccountId;

use super::setup::login_parse;
use crate::cli::BASE_ADDRESS;
use crate::web::current::{CurrentCtx, page, page_with};
use crate::web::error::WebError;
use crate::web::form::{Form, Reading};
use crate::web::routes::{Routes, Who};
use crate::web::views::people::{
    NewPersonView, OneTimeLink, PeopleView, PersonRow, PersonView, role_choices,
};
use crate::web::views::{Field, NavItem};

pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/people", Who::PEOPLE, list)
        .get("/people/new", Who::PEOPLE, new)
        .post("/people", Who::PEOPLE, add)
        .get("/people/{id}", Who::PEOPLE, person)
        .post("/people/{id}/roles", Who::PEOPLE, roles_save)
        .post("/people/{id}/deactivate", Who::PEOPLE, deactivate)
        .post("/people/{id}/reactivate", Who::PEOPLE, reactivate)
        .post("/people/{id}/link", Who::PEOPLE, link)
}

async fn list(current: CurrentCtx) -> Result<Response, WebError> {
    let accounts = accounts::accounts(current.ctx.db()).await?;
    let rows = accounts
        .into_iter()
        .map(|account| PersonRow {
            id: account.id.to_string(),
            roles: codes(&account.roles),
            is_active: account.standing != Standing::Deactivated,
            is_waiting: account.standing == Standing::Invited,
            seen_at: account.last_login_at.map(domain::kernel::clock::Instant::micros),
            display_name: account.name,
            login: account.login,
        })
        .collect();
    let chrome = current.chrome("nav-people", Some(NavItem::People));
    Ok(page(&PeopleView { chrome, rows, may_edit: true }))
}

async fn new(current: CurrentCtx) -> Response {
    page(&NewPersonView {
        chrome: current.chrome("person-new", Some(NavItem::People)),
        display_name: Field::default(),
        login: Field::default(),
        roles_error: Field::default(),
        roles: role_choices(current.lang, &[]),
    })
}

async fn add(current: CurrentCtx, form: Form) -> Result<Response, WebError> {
    let mut reading = form.reading(current.lang);
    let name = reading.parse("display_name", |text| Name::parse(text).map_err(|_| "error-display-name"));
    let login = reading.parse("login", login_parse);
    let roles = roles_read(&current, &form, &mut reading);
    let (Some(name), Some(login), Some(roles)) = (name, login, roles) else {
        return Ok(new_again(&current, &form, &reading));
    };
    match accounts::add(&current.ctx, AddAccount { login, name, roles }).await {
        Ok((account, link)) => shown_link(&current, account, &link).await,
        Err(AccountError::LoginTaken) => {
            reading.wrong("login", current.t("error-login-taken"));
            Ok(new_again(&current, &form, &reading))
        }
        Err(error) => Err(account_error(&current, error)),
    }
}

fn new_again(current: &CurrentCtx, form: &Form, reading: &Reading<'_>) -> Response {
    let view = NewPersonView {
        chrome: current.chrome("person-new", Some(NavItem::People)),
        display_name: reading.field("display_name"),
        login: reading.field("login"),
        roles_error: reading.secret_field("roles"),
        roles: role_choices(current.lang, &chosen(form)),
    };
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

async fn person(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    let account = account(&current, &id).await?;
    Ok(page(&view(&current, account)))
}

async fn roles_save(current: CurrentCtx, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    let account = account(&current, &id).await?;
    let mut reading = form.reading(current.lang);
    if let Some(roles) = roles_read(&current, &form, &mut reading) {
        match accounts::roles_change(&current.ctx, &account.id, roles).await {
            Ok(()) => return current.done(current.t("flash-roles-saved"), &after(&current, &id)).await,
            Err(AccountError::LastAdministrator) => reading.wrong("roles", current.t("error-last-admin")),
            Err(error) => return Err(account_error(&current, error)),
        }
    }
    let view = PersonView {
        roles_error: reading.secret_field("roles"),
        roles: role_choices(current.lang, &chosen(&form)),
        ..view(&current, account)
    };
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &view))
}

/// Where to go when roles were saved: an administrator who is one no longer cannot open the page any more.
fn after(current: &CurrentCtx, id: &str) -> String {
    let is_self = current.ctx.actor.account().is_some_and(|own| own.as_str() == id);
    if is_self { "/".to_owned() } else { format!("/people/{id}") }
}

async fn deactivate(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    let done = accounts::deactivate(&current.ctx, &AccountId::from_text(id)).await;
    done.map_err(|error| account_error(&current, error))?;
    current.done(current.t("flash-person-deactivated"), "/people").await
}

async fn reactivate(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    let done = accounts::reactivate(&current.ctx, &AccountId::from_text(id.as_str())).await;
    done.map_err(|error| account_error(&current, error))?;
    current.done(current.t("flash-person-reactivated"), &format!("/people/{id}")).await
}

async fn link(current: CurrentCtx, Path(id): Path<String>) -> Result<Response, WebError> {
    match accounts::invite(&current.ctx, &AccountId::from_text(id)).await {
        Ok((account, link)) => shown_link(&current, account, &link).await,
        Err(error) => Err(account_error(&current, error)),
    }
}

/// The person's page with the link: this answer is the only place where it ever stands.
async fn shown_link(current: &CurrentCtx, account: Account, link: &OneTime) -> Result<Response, WebError> {
    let base = accounts::setting(current.ctx.db(), BASE_ADDRESS).await?;
    let link = OneTimeLink {
        address: format!("{base}/welcome/{}", link.secret),
        hours: u64::try_from(PASSWORD_HOURS).unwrap_or_default(),
    };
    let mut view = PersonView { link: Some(link), ..view(current, account) };
    // The address of this answer takes no GET: the language switch leads to the person's page.
    view.chrome.path = format!("/people/{}", view.id);
    Ok(page(&view))
}

fn view(current: &CurrentCtx, account: Account) -> PersonView {
    PersonView {
        chrome: current.chrome("person", Some(NavItem::People)),
        is_active: account.standing != Standing::Deactivated,
        is_self: current.ctx.actor.account() == Some(&account.id),
        roles_error: Field::default(),
        roles: role_choices(current.lang, &codes(&account.roles)),
        link: None,
        id: account.id.to_string(),
        display_name: account.name,
        login: account.login,
    }
}

async fn account(current: &CurrentCtx, id: &str) -> Result<Account, WebError> {
    accounts::account(current.ctx.db(), &AccountId::from_text(id)).await?.ok_or(WebError::NotFound)
}

fn codes(roles: &Roles) -> Vec<String> {
    roles.iter().map(|role| role.code().to_owned()).collect()
}

fn chosen(form: &Form) -> Vec<String> {
    form.all("roles").map(str::to_owned).collect()
}

/// The chosen roles, at least one.
fn roles_read(current: &CurrentCtx, form: &Form, reading: &mut Reading<'_>) -> Option<Roles> {
    let roles: Roles = form.all("roles").filter_map(Role::from_code).collect();
    if roles.is_empty() {
        reading.wrong("roles", current.t("error-roles"));
        return None;
    }
    Some(roles)
}

fn account_error(current: &CurrentCtx, error: AccountError) -> WebError {
    match error {
        AccountError::NotFound | AccountError::NotAllowed => WebError::NotFound,
        AccountError::LastAdministrator => WebError::Conflict(format!("{}.", current.t("error-last-admin"))),
        AccountError::Deactivated => WebError::Conflict(String::new()),
        error => WebError::broken(error),
    }
}
