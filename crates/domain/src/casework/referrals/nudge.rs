//! A referral without a word past its day asks for somebody.

use super::{Referral, ReferralError, State, store};
use crate::casework::tasks::{self, NewTask, TaskError, TaskKind, TaskSource};
use crate::kernel::access::{self, AccessError, May};
use crate::kernel::ctx::Ctx;
use crate::kernel::db::DbError;

/// What the task is about, in no language: who, and what was asked.
fn plain_title(referral: &Referral) -> String {
    let title = format!("{} · {}", referral.recipient, referral.service);
    title.chars().take(tasks::TITLE_MOST).collect()
}

/// Makes the reminder for every open referral whose day has passed: a task for the one in the lead, once for each such
/// day, however often this runs. Returns how many were made.
pub async fn nudge(ctx: &Ctx) -> Result<u64, ReferralError> {
    let today = ctx.now.day();
    let quiet = {
        let tx = ctx.db().snapshot().await?;
        store::quiet(&tx, today).await?
    };
    let mut made = 0;
    for referral in quiet {
        made += u64::from(nudge_one(ctx, &referral).await?);
    }
    Ok(made)
}

/// A transaction for each: none waits long, and one that fails keeps none back.
async fn nudge_one(ctx: &Ctx, referral: &Referral) -> Result<bool, ReferralError> {
    let Some(due_on) = referral.due_on else { return Ok(false) };
    let mut tx = ctx.begin().await?;
    let values = vec![(&referral.id).into(), due_on.to_string().into()];
    if tx.execute(store::REFERRAL_NUDGED, values).await? == 0 {
        return Ok(false);
    }
    let grant = access::case(ctx, &mut tx, referral.case.clone(), May::Record).await?;
    let task = NewTask {
        kind: if referral.state == State::Requested { TaskKind::Call } else { TaskKind::ToDo },
        due_on: Some(ctx.now.day()),
        source_key: format!("{}:{due_on}", referral.id),
        ..NewTask::new(TaskSource::Referral, plain_title(referral))
    };
    match tasks::add_in(ctx, &mut tx, &grant, &task).await {
        Ok(_) => {}
        Err(TaskError::Db(error) | TaskError::Access(AccessError::Db(error))) => return Err(error.into()),
        Err(error) => return Err(DbError::Stored(error.to_string()).into()),
    }
    tx.commit().await?;
    Ok(true)
}
