//! `groundswell user`: accounts from the command line, for the first of them and for when nobody can log in.

use std::fmt::Write as _;
use std::io::Read as _;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use domain::kernel::accounts::{self, Account, AccountError, AddAccount, Login, Name, OneTime, Typed};
use domain::kernel::ctx::{Ctx, Role, Roles};
use serde_json::json;

use super::serve::{BASE_ADDRESS, LISTEN};
use super::{CliError, answer, chain};
use crate::site::{self, SiteArgs};

#[derive(Debug, Args)]
pub struct UserArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make an account; prints a one-time link to choose a passphrase with
    Add {
        login: String,
        /// The person's name
        #[arg(long)]
        name: String,
        #[command(flatten)]
        roles: RoleArgs,
        /// Read the passphrase from standard input instead
        #[arg(long)]
        password_stdin: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Every account with its roles
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Give an account other roles
    Roles {
        login: String,
        #[command(flatten)]
        roles: RoleArgs,
        #[command(flatten)]
        common: Common,
    },
    /// End an account, with its sessions and links
    Deactivate {
        login: String,
        #[command(flatten)]
        common: Common,
    },
    /// Bring a deactivated account back
    Reactivate {
        login: String,
        #[command(flatten)]
        common: Common,
    },
    /// Print a new one-time link to choose a passphrase with
    SetPassword {
        login: String,
        /// Read the passphrase from standard input instead
        #[arg(long)]
        password_stdin: bool,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, Args)]
struct RoleArgs {
    /// A role; may be repeated
    #[arg(long = "role", value_name = "ROLE", required = true, value_parser = role)]
    roles: Vec<Role>,
}

fn role(code: &str) -> Result<Role, String> {
    Role::from_code(&code.replace('-', "_"))
        .ok_or_else(|| format!("one of {} was expected", Role::ALL.map(Role::code).join(", ")))
}

#[derive(Debug, Args)]
struct Common {
    #[command(flatten)]
    site: SiteArgs,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl From<AccountError> for CliError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Db(_) | AccountError::Hash(_) => Self::Ours(error.into()),
            _ => Self::Theirs(chain(&error)),
        }
    }
}

pub async fn run(args: UserArgs) -> Result<(), CliError> {
    match args.what {
        What::Add { login, name, roles, password_stdin, common } => {
            let cmd = AddAccount {
                login: Login::parse(&login).map_err(theirs)?,
                name: Name::parse(&name).map_err(theirs)?,
                roles: roles.roles.into_iter().collect(),
            };
            let ctx = ctx(&common).await?;
            add(&ctx, cmd, password_stdin, common.json).await
        }
        What::List { common } => list(&ctx(&common).await?, common.json).await,
        What::Roles { login, roles, common } => {
            let ctx = ctx(&common).await?;
            let account = account(&ctx, &login).await?;
            accounts::roles_change(&ctx, &account.id, roles.roles.into_iter().collect()).await?;
            changed(&ctx, &login, common.json).await
        }
        What::Deactivate { login, common } => {
            let ctx = ctx(&common).await?;
            let account = account(&ctx, &login).await?;
            accounts::deactivate(&ctx, &account.id).await?;
            changed(&ctx, &login, common.json).await
        }
        What::Reactivate { login, common } => {
            let ctx = ctx(&common).await?;
            let account = account(&ctx, &login).await?;
            accounts::reactivate(&ctx, &account.id).await?;
            changed(&ctx, &login, common.json).await
        }
        What::SetPassword { login, password_stdin, common } => {
            let ctx = ctx(&common).await?;
            let account = account(&ctx, &login).await?;
            if password_stdin {
                accounts::password_set(&ctx, &account.id, typed()?).await?;
                return changed(&ctx, &login, common.json).await;
            }
            let (account, link) = accounts::invite(&ctx, &account.id).await?;
            link_print(&ctx, &account, &link, common.json).await
        }
    }
}

fn theirs(error: impl std::error::Error + 'static) -> CliError {
    CliError::Theirs(chain(&error))
}

async fn ctx(common: &Common) -> Result<Ctx, CliError> {
    Ok(site::open(&common.site).await?.system("user"))
}

async fn account(ctx: &Ctx, login: &str) -> Result<Account, CliError> {
    let found = accounts::account_by_login(ctx.db(), login).await?;
    found.ok_or_else(|| CliError::Theirs(format!("find the account {login}: see `groundswell user list`")))
}

/// The first line of standard input, so that a passphrase stands neither in the process list nor in a history.
fn typed() -> Result<Typed, CliError> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).context("read the passphrase from standard input")?;
    Ok(Typed::new(text.lines().next().unwrap_or_default()))
}

async fn add(ctx: &Ctx, cmd: AddAccount, password_stdin: bool, json: bool) -> Result<(), CliError> {
    if !password_stdin {
        let (account, link) = accounts::add(ctx, cmd).await?;
        return link_print(ctx, &account, &link, json).await;
    }
    // Judged before the account is there, so that a weak one leaves nothing half done.
    let typed = typed()?;
    let agency = accounts::setting(ctx.db(), accounts::AGENCY_NAME).await?;
    accounts::check(&typed, &[cmd.login.as_str(), cmd.name.as_str(), &agency]).map_err(AccountError::Weak)?;
    let (account, _) = accounts::add(ctx, cmd).await?;
    accounts::password_set(ctx, &account.id, typed).await?;
    changed(ctx, &account.login, json).await
}

async fn link_print(ctx: &Ctx, account: &Account, link: &OneTime, json: bool) -> Result<(), CliError> {
    let base = accounts::setting(ctx.db(), BASE_ADDRESS).await?;
    // No server has run yet: the address it listens on unless told otherwise.
    let base = if base.is_empty() { format!("http://{LISTEN}") } else { base };
    let address = format!("{base}/welcome/{}", link.secret);
    let until = link.expires_at.minute_text();
    let text = format!(
        "Give {} this link to choose a passphrase with. It works once, until {until} UTC:\n  {address}",
        account.name
    );
    let value = json!({
        "account": account_json(account), "link": address, "link_expires_at": link.expires_at.micros(),
    });
    answer(json, &value, &text)
}

async fn list(ctx: &Ctx, json: bool) -> Result<(), CliError> {
    let accounts = accounts::accounts(ctx.db()).await?;
    let mut text = String::new();
    for account in &accounts {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{}", line(account));
    }
    if accounts.is_empty() {
        text.push_str("Nobody has an account yet.");
    }
    let rows: Vec<_> = accounts.iter().map(account_json).collect();
    answer(json, &json!({"accounts": rows}), &text)
}

async fn changed(ctx: &Ctx, login: &str, json: bool) -> Result<(), CliError> {
    let account = account(ctx, login).await?;
    answer(json, &json!({"account": account_json(&account)}), &line(&account))
}

fn roles_codes(roles: &Roles) -> Vec<&'static str> {
    roles.iter().map(|role| role.code()).collect()
}

fn line(account: &Account) -> String {
    let roles = roles_codes(&account.roles).join(", ");
    format!("{:<24} {:<12} {} ({roles})", account.login, account.standing.code(), account.name)
}

fn account_json(account: &Account) -> serde_json::Value {
    json!({
        "id": account.id, "login": account.login, "name": account.name, "roles": roles_codes(&account.roles),
        "standing": account.standing.code(), "created_at": account.created_at.micros(),
        "last_login_at": account.last_login_at.map(domain::kernel::clock::Instant::micros),
    })
}
