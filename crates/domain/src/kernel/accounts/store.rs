//! SQL of accounts, links, log-in attempts and web sessions.

use super::{Account, Standing, roles_of, roles_text};
use crate::kernel::clock::Instant;
use crate::kernel::db::{Db, DbError, Reads, Row, Tx};
use crate::kernel::ids::AccountId;

crate::statements! {
    /// Waits until no other transaction is between its count and its write.
    ACCOUNTS_LOCK = "update setting set value = value where name = 'accounts_lock'";
    SETTING = "select value from setting where name = $1";
    SETTING_WRITE = "\
insert into setting (name, value)
values ($1, $2)
on conflict (name) do update set value = excluded.value";
    ACCOUNTS = "\
select id, login, name, roles, locale, is_active, created_at, last_login_at, password_hash
from account
order by name, id";
    ACCOUNT_BY_ID = "\
select id, login, name, roles, locale, is_active, created_at, last_login_at, password_hash
from account
where id = $1";
    /// Logins are stored in small letters.
    ACCOUNT_BY_LOGIN = "\
select id, login, name, roles, locale, is_active, created_at, last_login_at, password_hash
from account
where login = $1";
    ACCOUNT_INSERT = "\
insert into account (id, login, name, password_hash, roles, locale, is_active, created_at)
values ($1, $2, $3, $4, $5, '', 1, $6)";
    ACCOUNT_ROLES = "update account set roles = $2 where id = $1";
    ACCOUNT_ACTIVE = "update account set is_active = $2 where id = $1";
    ACCOUNT_PASSWORD = "update account set password_hash = $2 where id = $1";
    ACCOUNT_LOCALE = "update account set locale = $2 where id = $1";
    ACCOUNT_LOGGED_IN = "update account set last_login_at = $2 where id = $1";
    LINK_INSERT = "\
insert into account_token (token_hash, account_id, purpose, expires_at)
values ($1, $2, $3, $4)";
    /// Whom an unused link of this purpose is for; '' for the first run.
    LINK_OPEN = "\
select account_id
from account_token
where token_hash = $1
  and purpose = $2
  and used_at is null
  and expires_at > $3";
    LINK_USE = "\
update account_token
set used_at = $3
where token_hash = $1
  and purpose = $2
  and used_at is null
  and expires_at > $3
returning account_id";
    /// A new link replaces the ones before it.
    LINKS_DELETE = "delete from account_token where account_id = $1";
    ATTEMPTS_PRUNE = "delete from login_attempt where at <= $1";
    /// How many there are in the window, and when the oldest was.
    ATTEMPTS = "\
select cast(count(*) as bigint), min(at)
from login_attempt
where subject_hash = $1
  and at > $2";
    ATTEMPT_INSERT = "\
insert into login_attempt (subject_hash, at)
values ($1, $2)
returning seq";
    ATTEMPT_DELETE = "delete from login_attempt where seq = $1";
    ATTEMPTS_CLEAR = "delete from login_attempt where subject_hash = $1";
    SESSION_INSERT = "\
insert into web_session (id_hash, account_id, data, started_at, expires_at)
values ($1, $2, $3, $4, $5)";
    SESSION = "\
select data, started_at, expires_at
from web_session
where id_hash = $1
  and expires_at > $2";
    /// Only what is there: a session that was ended meanwhile stays ended.
    SESSION_SAVE = "update web_session set data = $2 where id_hash = $1";
    SESSION_EXTEND = "update web_session set expires_at = $2 where id_hash = $1";
    SESSION_DELETE = "delete from web_session where id_hash = $1";
    SESSIONS_OF_ACCOUNT_DELETE = "delete from web_session where account_id = $1";
    SESSIONS_PRUNE = "delete from web_session where expires_at <= $1";
}

/// An account with the hash of its password ('' = none yet). The hash leaves this folder never.
pub(super) struct Stored {
    pub account: Account,
    pub password_hash: String,
}

fn stored(row: &Row) -> Result<Stored, DbError> {
    let password_hash = row.text(8)?;
    let standing = match (row.flag(5)?, password_hash.is_empty()) {
        (false, _) => Standing::Deactivated,
        (true, true) => Standing::Invited,
        (true, false) => Standing::Active,
    };
    let account = Account {
        id: AccountId::from_text(row.text(0)?),
        login: row.text(1)?,
        name: row.text(2)?,
        roles: roles_of(&row.text(3)?)?,
        locale: row.text(4)?,
        standing,
        created_at: row.instant(6)?,
        last_login_at: row.instant_or_none(7)?,
    };
    Ok(Stored { account, password_hash })
}

pub(super) async fn lock(tx: &Tx) -> Result<(), DbError> {
    tx.execute(ACCOUNTS_LOCK, vec![]).await.map(drop)
}

/// A setting of the site, or empty.
pub async fn setting(on: &impl Reads, name: &str) -> Result<String, DbError> {
    let rows = on.read(SETTING, vec![name.into()]).await?;
    rows.first().map_or_else(|| Ok(String::new()), |row| row.text(0))
}

pub async fn setting_write(tx: &mut Tx, name: &str, value: &str) -> Result<(), DbError> {
    tx.execute(SETTING_WRITE, vec![name.into(), value.into()]).await.map(drop)
}

/// Every account, by name.
pub async fn accounts(on: &impl Reads) -> Result<Vec<Account>, DbError> {
    let rows = on.read(ACCOUNTS, vec![]).await?;
    rows.iter().map(|row| stored(row).map(|stored| stored.account)).collect()
}

pub async fn account(on: &impl Reads, id: &AccountId) -> Result<Option<Account>, DbError> {
    Ok(account_stored(on, id).await?.map(|stored| stored.account))
}

pub async fn account_by_login(on: &impl Reads, login: &str) -> Result<Option<Account>, DbError> {
    Ok(login_stored(on, login).await?.map(|stored| stored.account))
}

pub(super) async fn account_stored(on: &impl Reads, id: &AccountId) -> Result<Option<Stored>, DbError> {
    on.read(ACCOUNT_BY_ID, vec![id.into()]).await?.first().map(stored).transpose()
}

pub(super) async fn login_stored(on: &impl Reads, login: &str) -> Result<Option<Stored>, DbError> {
    let login = login.trim().to_ascii_lowercase();
    on.read(ACCOUNT_BY_LOGIN, vec![login.into()]).await?.first().map(stored).transpose()
}

pub(super) async fn account_insert(tx: &Tx, account: &Account, password_hash: String) -> Result<(), DbError> {
    let values = vec![
        (&account.id).into(),
        account.login.clone().into(),
        account.name.clone().into(),
        password_hash.into(),
        roles_text(&account.roles).into(),
        account.created_at.micros().into(),
    ];
    tx.execute(ACCOUNT_INSERT, values).await.map(drop)
}

pub(super) async fn roles_write(tx: &Tx, account: &Account) -> Result<(), DbError> {
    let values = vec![(&account.id).into(), roles_text(&account.roles).into()];
    tx.execute(ACCOUNT_ROLES, values).await.map(drop)
}

pub(super) async fn active_write(tx: &Tx, id: &AccountId, is_active: i64) -> Result<(), DbError> {
    tx.execute(ACCOUNT_ACTIVE, vec![id.into(), is_active.into()]).await.map(drop)
}

pub(super) async fn password_write(tx: &Tx, id: &AccountId, hash: String) -> Result<(), DbError> {
    tx.execute(ACCOUNT_PASSWORD, vec![id.into(), hash.into()]).await.map(drop)
}

pub(super) async fn locale_write(tx: &Tx, id: &AccountId, locale: &str) -> Result<(), DbError> {
    tx.execute(ACCOUNT_LOCALE, vec![id.into(), locale.into()]).await.map(drop)
}

pub(super) async fn logged_in_write(tx: &Tx, id: &AccountId, at: Instant) -> Result<(), DbError> {
    tx.execute(ACCOUNT_LOGGED_IN, vec![id.into(), at.micros().into()]).await.map(drop)
}

pub(super) async fn link_insert(
    tx: &Tx,
    hash: String,
    account: &str,
    purpose: &str,
    expires_at: Instant,
) -> Result<(), DbError> {
    tx.execute(LINKS_DELETE, vec![account.into()]).await?;
    let values = vec![hash.into(), account.into(), purpose.into(), expires_at.micros().into()];
    tx.execute(LINK_INSERT, values).await.map(drop)
}

pub(super) async fn link_open(
    on: &impl Reads,
    hash: &str,
    purpose: &str,
    now: Instant,
) -> Result<Option<String>, DbError> {
    let rows = on.read(LINK_OPEN, vec![hash.into(), purpose.into(), now.micros().into()]).await?;
    rows.first().map(|row| row.text(0)).transpose()
}

/// Uses the link up, in the caller's transaction, and says whom it was for.
pub(super) async fn link_use(
    tx: &Tx,
    hash: &str,
    purpose: &str,
    now: Instant,
) -> Result<Option<String>, DbError> {
    let row = tx.row(LINK_USE, vec![hash.into(), purpose.into(), now.micros().into()]).await?;
    row.map(|row| row.text(0)).transpose()
}

pub(super) async fn links_delete(tx: &Tx, account: &AccountId) -> Result<(), DbError> {
    tx.execute(LINKS_DELETE, vec![account.into()]).await.map(drop)
}

pub(super) async fn attempts_prune(tx: &Tx, until: Instant) -> Result<(), DbError> {
    tx.execute(ATTEMPTS_PRUNE, vec![until.micros().into()]).await.map(drop)
}

/// How many attempts of a subject lie after `after`, and when the oldest of them was.
pub(super) async fn attempts(
    tx: &Tx,
    subject_hash: &str,
    after: Instant,
) -> Result<(u64, Option<Instant>), DbError> {
    match tx.row(ATTEMPTS, vec![subject_hash.into(), after.micros().into()]).await? {
        Some(row) => Ok((row.count(0)?, row.instant_or_none(1)?)),
        None => Ok((0, None)),
    }
}

pub(super) async fn attempt_insert(tx: &Tx, subject_hash: &str, at: Instant) -> Result<i64, DbError> {
    let row = tx.row(ATTEMPT_INSERT, vec![subject_hash.into(), at.micros().into()]).await?;
    row.ok_or_else(|| DbError::Stored("an insert that returned no row".to_owned()))?.int(0)
}

pub(super) async fn attempt_delete(tx: &Tx, seq: i64) -> Result<(), DbError> {
    tx.execute(ATTEMPT_DELETE, vec![seq.into()]).await.map(drop)
}

pub(super) async fn attempts_clear(tx: &Tx, subject_hash: &str) -> Result<(), DbError> {
    tx.execute(ATTEMPTS_CLEAR, vec![subject_hash.into()]).await.map(drop)
}

pub(super) async fn session_insert(
    tx: &Tx,
    id_hash: &str,
    account: &AccountId,
    data: &str,
    started_at: Instant,
    expires_at: Instant,
) -> Result<(), DbError> {
    let values = vec![
        id_hash.into(),
        account.into(),
        data.into(),
        started_at.micros().into(),
        expires_at.micros().into(),
    ];
    tx.execute(SESSION_INSERT, values).await.map(drop)
}

/// Data, start and end of a session that has not ended.
pub(super) async fn session(
    db: &Db,
    id_hash: &str,
    now: Instant,
) -> Result<Option<(String, Instant, Instant)>, DbError> {
    let row = db.row(SESSION, vec![id_hash.into(), now.micros().into()]).await?;
    row.map(|row| Ok((row.text(0)?, row.instant(1)?, row.instant(2)?))).transpose()
}

pub(super) async fn session_save(tx: &Tx, id_hash: &str, data: &str) -> Result<(), DbError> {
    tx.execute(SESSION_SAVE, vec![id_hash.into(), data.into()]).await.map(drop)
}

pub(super) async fn session_extend(tx: &Tx, id_hash: &str, expires_at: Instant) -> Result<(), DbError> {
    tx.execute(SESSION_EXTEND, vec![id_hash.into(), expires_at.micros().into()]).await.map(drop)
}

pub(super) async fn session_delete(tx: &Tx, id_hash: &str) -> Result<(), DbError> {
    tx.execute(SESSION_DELETE, vec![id_hash.into()]).await.map(drop)
}

pub(super) async fn sessions_of_account_delete(tx: &Tx, account: &AccountId) -> Result<u64, DbError> {
    tx.execute(SESSIONS_OF_ACCOUNT_DELETE, vec![account.into()]).await
}

pub(super) async fn sessions_prune(tx: &Tx, now: Instant) -> Result<u64, DbError> {
    tx.execute(SESSIONS_PRUNE, vec![now.micros().into()]).await
}
