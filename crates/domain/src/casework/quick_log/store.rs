//! SQL of the quick log.

use super::super::{barriers, contacts, drafts, tasks};
use super::{LogError, Logged, QuickLog};
use crate::kernel::access::{self, AccessError, May};
use crate::kernel::ctx::Ctx;

crate::statements! {
    FORM_DONE_INSERT = "\
insert into form_done (author_id, form_key, at)
values ($1, $2, $3)
on conflict (author_id, form_key) do nothing";
}

/// The longest key of a form.
const KEY_MOST: usize = 60;

/// Records what came from the box: all of it or nothing, and only once.
pub async fn log(ctx: &Ctx, log: &QuickLog) -> Result<Logged, LogError> {
    if log.key.is_empty() || log.key.len() > KEY_MOST {
        return Err(LogError::NoKey);
    }
    let mut tx = ctx.begin().await?;
    let client = access::client(ctx, &mut tx, log.client.clone(), May::Record).await?;
    let author = ctx.actor.label();
    let values = vec![author.into(), log.key.clone().into(), ctx.now.micros().into()];
    if tx.execute(FORM_DONE_INSERT, values).await? == 0 {
        return Ok(Logged { was_done: true, ..Logged::default() });
    }
    let cases = barriers::cases_to_record_in(ctx, &tx, &client).await?;
    let case = match &log.case {
        None => cases.into_iter().next().ok_or(LogError::NoCase)?,
        // Another client's case is as absent as one that does not exist.
        Some(case) => cases.into_iter().find(|it| it == case).ok_or(AccessError::NotFound)?,
    };
    let grant = access::case(ctx, &mut tx, case, May::Record).await?;
    let mut logged = Logged::default();
    let is_note = log.contact.says_something() || (log.barriers.is_empty() && log.task.is_none());
    if is_note {
        let note = contacts::record_in(ctx, &mut tx, &grant, &log.contact, &log.visibility).await?;
        logged.note = Some(note);
        logged.remarks = contacts::remarks(&log.contact, ctx.now.day());
    }
    for barrier in &log.barriers {
        barriers::record_in(ctx, &mut tx, &grant, barrier).await?;
        logged.n_barriers += 1;
    }
    if let Some(task) = &log.task {
        tasks::add_in(ctx, &mut tx, &grant, task).await?;
        logged.has_task = true;
    }
    let record = match log.form {
        drafts::Form::Mine => drafts::OWN,
        drafts::Form::Log | drafts::Form::Correction | drafts::Form::Assessment => log.client.as_str(),
    };
    drafts::drop_in(ctx, &tx, log.form, record).await?;
    tx.commit().await?;
    Ok(logged)
}
