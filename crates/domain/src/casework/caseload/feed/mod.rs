//! The calendar's address for other programs. It works without logging in, so it says as little as it can: the kind of
//! what there is to do, and a client's initials.

mod store;

use crate::casework::tasks::{self, TaskKind, TaskState};
use crate::kernel::accounts::{self, Account, Standing};
use crate::kernel::audit::{self, Act};
use crate::kernel::clock::{Day, Instant};
use crate::kernel::ctx::Ctx;
use crate::kernel::db::DbError;
use crate::kernel::ids::{AccountId, TaskId};

pub(crate) use store::STATEMENTS;
use store::{FEED_OF, FEED_THERE, FEED_WRITE};

/// One entry of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEvent {
    pub task: TaskId,
    pub kind: TaskKind,
    /// `L. M.`; empty for a person's own to-do.
    pub initials: String,
    pub day: Day,
    /// `09:30`, or empty for the whole day.
    pub time: String,
    pub is_done: bool,
    pub version: i64,
    pub made_at: Instant,
}

fn hash(secret: &str) -> String {
    blake3::hash(secret.as_bytes()).to_hex().to_string()
}

/// `Lucía M.` -> `L. M.`
fn initials(list_name: &str) -> String {
    let letters: Vec<String> = list_name
        .split_whitespace()
        .filter_map(|word| word.chars().next())
        .map(|letter| format!("{}.", letter.to_uppercase()))
        .collect();
    letters.join(" ")
}

/// Makes a new secret for the caller's feed; the old one stops working. It is shown once: only its hash is kept.
pub async fn feed_renew(ctx: &Ctx) -> Result<String, DbError> {
    let account = ctx.actor.account().cloned().unwrap_or_else(|| AccountId::from_text(""));
    let mut bytes = [0_u8; 24];
    // As for ids: without the operating system's randomness there is no secret.
    getrandom::fill(&mut bytes).map_err(|error| DbError::Stored(format!("no random bytes: {error}")))?;
    let secret = hex::encode(bytes);
    let mut tx = ctx.begin().await?;
    tx.execute(FEED_WRITE, vec![(&account).into(), hash(&secret).into(), ctx.now.micros().into()]).await?;
    let act =
        Act { action: "calendar.renew", subject_kind: "account", subject_id: account.as_str(), detail: "" };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await?;
    Ok(secret)
}

/// When the caller's feed got its secret; None: there is no feed.
pub async fn feed_is_there(ctx: &Ctx) -> Result<Option<Instant>, DbError> {
    let Some(account) = ctx.actor.account() else { return Ok(None) };
    let row = ctx.db().row(FEED_THERE, vec![account.into()]).await?;
    row.map(|row| row.instant(0)).transpose()
}

/// The entries behind a secret, a month back and half a year ahead, with the account that they belong to. None: no feed
/// has this secret, or its person is no longer active.
pub async fn feed(ctx: &Ctx, secret: &str) -> Result<Option<(Account, Vec<FeedEvent>)>, DbError> {
    let Some(row) = ctx.db().row(FEED_OF, vec![hash(secret).into()]).await? else { return Ok(None) };
    let account = accounts::account(ctx.db(), &AccountId::from_text(row.text(0)?)).await?;
    let Some(account) = account.filter(|it| it.standing != Standing::Deactivated) else { return Ok(None) };
    let ctx = ctx.acting_as(account.actor());
    if !tasks::has_tasks(&ctx.actor) {
        return Ok(None);
    }
    let today = ctx.now.day();
    let mut tx = ctx.begin().await?;
    let tasks = tasks::worker_between(&ctx, &tx, today.plus_days(-31), today.plus_days(183)).await?;
    let act =
        Act { action: "calendar.feed", subject_kind: "account", subject_id: account.id.as_str(), detail: "" };
    audit::append(&ctx, &mut tx, act).await?;
    tx.commit().await?;
    let events = tasks
        .into_iter()
        .filter_map(|task| {
            Some(FeedEvent {
                kind: task.kind,
                initials: initials(&task.client_list_name),
                day: task.due_on?,
                time: task.due_at,
                is_done: task.state == TaskState::Done,
                version: task.version,
                made_at: task.made_at,
                task: task.id,
            })
        })
        .collect();
    Ok(Some((account, events)))
}
