//! An account from its making to its end: the first run, adding, one-time links, passwords, roles, deactivation.

use super::login::{self, LOGIN_FAILURES, Subject};
use super::password::{self, Typed};
use super::{
    AGENCY_NAME, Account, AccountError, AddAccount, LoginError, OneTime, SetUp, Standing,
    keeps_an_administrator, roles_text, store,
};
use crate::kernel::audit::{self, Act};
use crate::kernel::ctx::{Ctx, Role, Roles};
use crate::kernel::db::{Db, DbError, Tx};
use crate::kernel::ids::AccountId;

/// The first run's link.
const SET_UP: &str = "set_up";
const SET_UP_HOURS: i64 = 24;
/// A link to choose a password with.
const PASSWORD: &str = "password";
/// How long it works.
pub const PASSWORD_HOURS: i64 = 72;

/// A link for the first run, as long as there is no account; it replaces the one before it.
pub async fn set_up_link(ctx: &Ctx) -> Result<Option<OneTime>, AccountError> {
    let mut tx = ctx.begin().await?;
    store::lock(&tx).await?;
    if !store::accounts(&tx).await?.is_empty() {
        return Ok(None);
    }
    let link = link_new(ctx, &tx, "", SET_UP, SET_UP_HOURS).await?;
    write_down(ctx, &mut tx, "setup.link", "site", "").await?;
    tx.commit().await?;
    Ok(Some(link))
}

/// Whether this link opens the first run.
pub async fn set_up_open(ctx: &Ctx, secret: &str) -> Result<bool, DbError> {
    let open = store::link_open(ctx.db(), &hash(secret), SET_UP, ctx.now).await?.is_some();
    Ok(open && store::accounts(ctx.db()).await?.is_empty())
}

/// The first run: the agency's name and its first administrator, once.
pub async fn set_up(ctx: &Ctx, secret: &str, cmd: SetUp) -> Result<Account, AccountError> {
    // Before the password costs anything.
    if !set_up_open(ctx, secret).await? {
        return Err(AccountError::LinkSpent);
    }
    let about = [cmd.login.as_str(), cmd.name.as_str(), cmd.agency_name.as_str()];
    let password_hash = checked_hash(cmd.password.clone(), &about).await?;
    let mut tx = ctx.begin().await?;
    store::lock(&tx).await?;
    let used = store::link_use(&tx, &hash(secret), SET_UP, ctx.now).await?;
    if used.is_none() || !store::accounts(&tx).await?.is_empty() {
        return Err(AccountError::LinkSpent);
    }
    let account = account_new(ctx, cmd.login.as_str(), cmd.name.as_str(), Roles::from([Role::Administrator]));
    store::account_insert(&tx, &account, password_hash).await?;
    store::setting_write(&mut tx, AGENCY_NAME, cmd.agency_name.as_str()).await?;
    write_down(ctx, &mut tx, "site.set_up", account.id.as_str(), "administrator").await?;
    tx.commit().await?;
    Ok(Account { standing: Standing::Active, ..account })
}

/// Makes an account and the link with which its person chooses a password.
pub async fn add(ctx: &Ctx, cmd: AddAccount) -> Result<(Account, OneTime), AccountError> {
    administrators_only(ctx)?;
    if cmd.roles.is_empty() {
        return Err(AccountError::NoRole);
    }
    let account = account_new(ctx, cmd.login.as_str(), cmd.name.as_str(), cmd.roles);
    let mut tx = ctx.begin().await?;
    // The first run and the command line must not both make the first account.
    store::lock(&tx).await?;
    store::account_insert(&tx, &account, String::new())
        .await
        .map_err(|error| if error.is_unique_violation() { AccountError::LoginTaken } else { error.into() })?;
    let link = link_new(ctx, &tx, account.id.as_str(), PASSWORD, PASSWORD_HOURS).await?;
    let detail = format!("roles {}", roles_text(&account.roles));
    write_down(ctx, &mut tx, "account.add", account.id.as_str(), &detail).await?;
    tx.commit().await?;
    Ok((account, link))
}

/// A new link to choose a password with, for somebody who lost theirs. The old password goes on working until the
/// link is used.
pub async fn invite(ctx: &Ctx, id: &AccountId) -> Result<(Account, OneTime), AccountError> {
    administrators_only(ctx)?;
    let mut tx = ctx.begin().await?;
    store::lock(&tx).await?;
    let account = store::account(&tx, id).await?.ok_or(AccountError::NotFound)?;
    if account.standing == Standing::Deactivated {
        return Err(AccountError::Deactivated);
    }
    let link = link_new(ctx, &tx, id.as_str(), PASSWORD, PASSWORD_HOURS).await?;
    write_down(ctx, &mut tx, "account.link", id.as_str(), "").await?;
    tx.commit().await?;
    Ok((account, link))
}

/// Whom an unused link is for.
pub async fn invited(ctx: &Ctx, secret: &str) -> Result<Account, AccountError> {
    let id = store::link_open(ctx.db(), &hash(secret), PASSWORD, ctx.now).await?;
    let id = AccountId::from_text(id.ok_or(AccountError::LinkSpent)?);
    let account = store::account(ctx.db(), &id).await?.ok_or(AccountError::LinkSpent)?;
    if account.standing == Standing::Deactivated { Err(AccountError::LinkSpent) } else { Ok(account) }
}

/// Chooses a password with a one-time link. Sessions that were open end.
pub async fn password_by_link(ctx: &Ctx, secret: &str, typed: Typed) -> Result<Account, AccountError> {
    let account = invited(ctx, secret).await?;
    let password_hash = checked_hash_for(ctx.db(), &account, typed).await?;
    let mut tx = ctx.begin().await?;
    store::lock(&tx).await?;
    let used = store::link_use(&tx, &hash(secret), PASSWORD, ctx.now).await?;
    let now = store::account(&tx, &account.id).await?;
    let is_open = now.is_some_and(|account| account.standing != Standing::Deactivated);
    if used.is_none() || !is_open {
        return Err(AccountError::LinkSpent);
    }
    store::password_write(&tx, &account.id, password_hash).await?;
    store::sessions_of_account_delete(&tx, &account.id).await?;
    let mut as_person = ctx.clone();
    as_person.actor = account.actor();
    write_down(&as_person, &mut tx, "account.password", account.id.as_str(), "by link").await?;
    tx.commit().await?;
    Ok(account)
}

/// Changes one's own password. All sessions of the account end; the caller opens a new one for this browser.
pub async fn password_change(ctx: &Ctx, current: Typed, typed: Typed) -> Result<(), AccountError> {
    let id = ctx.actor.account().ok_or(AccountError::NotAllowed)?;
    let stored = store::account_stored(ctx.db(), id).await?.ok_or(AccountError::NotFound)?;
    // A stolen session must not become a place to guess the password in.
    let subject = [Subject::new(ctx.keys(), "login", &stored.account.login, LOGIN_FAILURES)];
    let seqs = login::reserve(ctx, &subject).await.map_err(|error| match error {
        LoginError::TooMany { minutes } => AccountError::TooMany { minutes },
        LoginError::Hash(error) => error.into(),
        LoginError::Db(error) => error.into(),
        LoginError::Refused => AccountError::WrongPassword,
    })?;
    if !password::fits(current, &stored.password_hash).await? {
        let mut tx = ctx.begin().await?;
        write_down(ctx, &mut tx, "account.password_refused", id.as_str(), "current one wrong").await?;
        tx.commit().await?;
        return Err(AccountError::WrongPassword);
    }
    let checked = checked_hash_for(ctx.db(), &stored.account, typed).await;
    let mut tx = ctx.begin().await?;
    login::take_back(&tx, &seqs).await?;
    let password_hash = match checked {
        Ok(hash) => hash,
        Err(error) => {
            tx.commit().await?;
            return Err(error);
        }
    };
    store::password_write(&tx, id, password_hash).await?;
    store::links_delete(&tx, id).await?;
    store::sessions_of_account_delete(&tx, id).await?;
    write_down(ctx, &mut tx, "account.password", id.as_str(), "by its person").await?;
    tx.commit().await?;
    Ok(())
}

/// Sets an account's password for it, from the command line.
pub async fn password_set(ctx: &Ctx, id: &AccountId, typed: Typed) -> Result<(), AccountError> {
    administrators_only(ctx)?;
    let account = store::account(ctx.db(), id).await?.ok_or(AccountError::NotFound)?;
    if account.standing == Standing::Deactivated {
        return Err(AccountError::Deactivated);
    }
    let password_hash = checked_hash_for(ctx.db(), &account, typed).await?;
    let mut tx = ctx.begin().await?;
    store::password_write(&tx, id, password_hash).await?;
    store::links_delete(&tx, id).await?;
    store::sessions_of_account_delete(&tx, id).await?;
    write_down(ctx, &mut tx, "account.password", id.as_str(), "by an administrator").await?;
    tx.commit().await?;
    Ok(())
}

/// Gives an account these roles instead of its own. They hold from the next request on.
pub async fn roles_change(ctx: &Ctx, id: &AccountId, roles: Roles) -> Result<(), AccountError> {
    administrators_only(ctx)?;
    if roles.is_empty() {
        return Err(AccountError::NoRole);
    }
    let mut tx = ctx.begin().await?;
    store::lock(&tx).await?;
    let before = store::account(&tx, id).await?.ok_or(AccountError::NotFound)?;
    let after = Account { roles, ..before.clone() };
    if !keeps_an_administrator(&store::accounts(&tx).await?, &after) {
        return Err(AccountError::LastAdministrator);
    }
    store::roles_write(&tx, &after).await?;
    let detail = format!("roles {} to {}", roles_text(&before.roles), roles_text(&after.roles));
    write_down(ctx, &mut tx, "account.roles", id.as_str(), &detail).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends an account: its sessions and links end with it. What it did stays under its name.
pub async fn deactivate(ctx: &Ctx, id: &AccountId) -> Result<(), AccountError> {
    administrators_only(ctx)?;
    let mut tx = ctx.begin().await?;
    store::lock(&tx).await?;
    let before = store::account(&tx, id).await?.ok_or(AccountError::NotFound)?;
    let after = Account { standing: Standing::Deactivated, ..before };
    if !keeps_an_administrator(&store::accounts(&tx).await?, &after) {
        return Err(AccountError::LastAdministrator);
    }
    store::active_write(&tx, id, 0).await?;
    store::links_delete(&tx, id).await?;
    let ended = store::sessions_of_account_delete(&tx, id).await?;
    write_down(ctx, &mut tx, "account.deactivate", id.as_str(), &format!("{ended} sessions ended")).await?;
    tx.commit().await?;
    Ok(())
}

/// Brings a deactivated account back, with its roles and its password.
pub async fn reactivate(ctx: &Ctx, id: &AccountId) -> Result<(), AccountError> {
    administrators_only(ctx)?;
    let mut tx = ctx.begin().await?;
    store::account(&tx, id).await?.ok_or(AccountError::NotFound)?;
    store::active_write(&tx, id, 1).await?;
    write_down(ctx, &mut tx, "account.reactivate", id.as_str(), "").await?;
    tx.commit().await?;
    Ok(())
}

/// The language that one's own pages are in: `en`, `es`, or empty for the browser's.
pub async fn account_locale(ctx: &Ctx, locale: &str) -> Result<(), AccountError> {
    let id = ctx.actor.account().ok_or(AccountError::NotAllowed)?;
    let mut tx = ctx.begin().await?;
    store::locale_write(&tx, id, locale).await?;
    write_down(ctx, &mut tx, "account.locale", id.as_str(), locale).await?;
    tx.commit().await?;
    Ok(())
}

/// The page and the command check this too; a mistake there must not make an administrator.
fn administrators_only(ctx: &Ctx) -> Result<(), AccountError> {
    if ctx.actor.has(Role::Administrator) { Ok(()) } else { Err(AccountError::NotAllowed) }
}

fn account_new(ctx: &Ctx, login: &str, name: &str, roles: Roles) -> Account {
    Account {
        id: AccountId::from_text(ctx.new_id()),
        login: login.to_owned(),
        name: name.to_owned(),
        roles,
        locale: String::new(),
        standing: Standing::Invited,
        created_at: ctx.now,
        last_login_at: None,
    }
}

async fn checked_hash_for(db: &Db, account: &Account, typed: Typed) -> Result<String, AccountError> {
    let agency = store::setting(db, AGENCY_NAME).await?;
    checked_hash(typed, &[&account.login, &account.name, &agency]).await
}

async fn checked_hash(typed: Typed, about: &[&str]) -> Result<String, AccountError> {
    password::check(&typed, about)?;
    Ok(password::hash(typed).await?)
}

/// A link's secret has 256 random bits, so an unkeyed hash gives nothing away.
fn hash(secret: &str) -> String {
    blake3::hash(secret.as_bytes()).to_hex().to_string()
}

async fn link_new(
    ctx: &Ctx,
    tx: &Tx,
    account: &str,
    purpose: &str,
    hours: i64,
) -> Result<OneTime, AccountError> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(password::HashError::Random)?;
    let link = OneTime { secret: hex::encode(bytes), expires_at: ctx.now.plus_seconds(hours * 3600) };
    store::link_insert(tx, hash(&link.secret), account, purpose, link.expires_at).await?;
    Ok(link)
}

async fn write_down(
    ctx: &Ctx,
    tx: &mut Tx,
    action: &'static str,
    subject_id: &str,
    detail: &str,
) -> Result<(), DbError> {
    audit::append(ctx, tx, Act { action, subject_kind: "account", subject_id, detail }).await
}
