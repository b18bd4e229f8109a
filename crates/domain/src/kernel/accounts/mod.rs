//! People who may sign in: accounts, roles, passwords, one-time links, log-ins and web sessions.
//!
//! There is no account that nobody made: the first administrator comes from a one-time link that the server prints
//! when it starts on an empty database; everybody else from an administrator, with a one-time link to choose a
//! password. Every change is in the audit trail. What a role may open is not decided here but where the page,
//! the case or the command is.

mod lifecycle;
mod login;
mod password;
mod sessions;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use store::STATEMENTS;

pub use lifecycle::{
    PASSWORD_HOURS, account_locale, add, deactivate, invite, invited, password_by_link, password_change,
    password_set, reactivate, roles_change, set_up, set_up_link, set_up_open,
};
pub use login::{ADDRESS_FAILURES, LOGIN_FAILURES, WINDOW_MINUTES, log_in, log_out};
pub use password::{HashError, LONGEST, SHORTEST, Typed, Weak, Why, check};
pub use sessions::{
    SessionPolicy, SessionRow, session_delete, session_insert, session_load, session_save, sessions_prune,
};
pub use store::{account, account_by_login, accounts, setting, setting_write};

use std::fmt;

use crate::kernel::clock::Instant;
use crate::kernel::ctx::{Actor, Role, Roles};
use crate::kernel::db::DbError;
use crate::kernel::ids::AccountId;

/// The setting that holds the agency's name.
pub const AGENCY_NAME: &str = "agency_name";

/// The name a person types to log in: 2 to 100 of `a-z 0-9 . _ - +` and at most one `@`. Capitals are taken as small
/// letters, so that nobody can be mistaken for somebody else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Login(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("use 2 to 100 letters, digits, dots, dashes and one @, without spaces, as the login")]
pub struct NotALogin;

impl Login {
    pub fn parse(text: &str) -> Result<Self, NotALogin> {
        let text = text.trim().to_ascii_lowercase();
        let fits = (2..=100).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-+@".contains(&byte))
            && text.bytes().filter(|byte| *byte == b'@').count() <= 1;
        if fits { Ok(Self(text)) } else { Err(NotALogin) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a person or an agency: 1 to 120 characters, none of them a control character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("give a name of 1 to 120 characters")]
pub struct NotAName;

impl Name {
    pub fn parse(text: &str) -> Result<Self, NotAName> {
        let text = text.trim();
        let fits = (1..=120).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if fits { Ok(Self(text.to_owned())) } else { Err(NotAName) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub login: String,
    pub name: String,
    pub roles: Roles,
    /// `en`, `es`, or empty: what the browser asks for.
    pub locale: String,
    pub standing: Standing,
    pub created_at: Instant,
    pub last_login_at: Option<Instant>,
}

/// Whether an account can be logged in to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The one-time link has not been used yet.
    Invited,
    Active,
    Deactivated,
}

impl Standing {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Deactivated => "deactivated",
        }
    }
}

impl Account {
    pub fn actor(&self) -> Actor {
        Actor::Person { account: self.id.clone(), roles: self.roles.clone() }
    }

    /// Whether this is somebody who can log in now and manage accounts.
    fn is_working_administrator(&self) -> bool {
        self.standing == Standing::Active && self.roles.contains(&Role::Administrator)
    }
}

/// A secret that opens one thing once. Shown to one person, stored as a hash.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTime {
    pub secret: String,
    pub expires_at: Instant,
}

impl fmt::Debug for OneTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneTime").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// The first run: names the agency and makes the first administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetUp {
    pub agency_name: Name,
    pub name: Name,
    pub login: Login,
    pub password: Typed,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddAccount {
    pub login: Login,
    pub name: Name,
    pub roles: Roles,
}

#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("find the account")]
    NotFound,
    /// The link was used, has expired or never existed: the three look the same.
    #[error("use the link: it has been used or has expired")]
    LinkSpent,
    #[error("save the account: somebody has this login already")]
    LoginTaken,
    #[error("save the account: give it at least one role")]
    NoRole,
    #[error("save the account: it is the last administrator who can log in; make somebody else one first")]
    LastAdministrator,
    #[error("save the account: only an administrator may")]
    NotAllowed,
    #[error("save the account: it is deactivated")]
    Deactivated,
    #[error("save the password: {0}")]
    Weak(#[from] Weak),
    #[error("save the password: the current one is not right")]
    WrongPassword,
    /// The current password has been guessed at too often.
    #[error("save the password: too many tries; wait {minutes} minutes")]
    TooMany { minutes: u32 },
    #[error("work with the password")]
    Hash(#[from] HashError),
    #[error(transparent)]
    Db(#[from] DbError),
}

#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// No such login, a wrong password, a deactivated account: one answer for all.
    #[error("log in: the login or the password is not right")]
    Refused,
    /// Too many failures for this login or from this address.
    #[error("log in: too many tries; wait {minutes} minutes")]
    TooMany { minutes: u32 },
    #[error("work with the password")]
    Hash(#[from] HashError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Whether a change leaves somebody who can log in and manage accounts. `after` is what the account would be.
fn keeps_an_administrator(all: &[Account], after: &Account) -> bool {
    let others = all.iter().filter(|account| account.id != after.id);
    let had = all.iter().any(Account::is_working_administrator);
    // Where there is none to lose (accounts made on the command line), nothing is lost.
    !had || others.chain([after]).any(Account::is_working_administrator)
}

/// The roles as they are stored: codes with commas between.
fn roles_text(roles: &Roles) -> String {
    roles.iter().map(|role| role.code()).collect::<Vec<_>>().join(",")
}

fn roles_of(text: &str) -> Result<Roles, DbError> {
    text.split(',')
        .filter(|code| !code.is_empty())
        .map(|code| {
            Role::from_code(code)
                .ok_or_else(|| DbError::Stored("a role that this version does not know".to_owned()))
        })
        .collect()
}
