//! What people and other parts of casework do with tasks.

use super::store::{
    self, ASSIGNEES, CASE_IS_STALE, LEAD_OF_CASE, RULE_TASKS_OPEN, TASK_UPDATE, TASKS_MOVE, TASKS_SETTLE,
};
use super::{NewTask, Task, TaskCommand, TaskError, TaskSource, TaskState, checked, decide};
use crate::kernel::access::{self, AccessError, CaseGrant, May, Via};
use crate::kernel::audit::{self, Act};
use crate::kernel::clock::Day;
use crate::kernel::ctx::{Actor, Ctx, Role};
use crate::kernel::db::{DbError, Tx};
use crate::kernel::ids::{AccountId, CaseId, TaskId};

/// Somebody a task can be given to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignee {
    pub id: AccountId,
    pub name: String,
}

/// Writes a task in a case, in the transaction of whatever wants it done; the id of the task that has the key already
/// if there is one. Somebody who opened the file in an emergency cannot keep a task of their own: it goes to the lead.
pub async fn add_in(ctx: &Ctx, tx: &mut Tx, grant: &CaseGrant, new: &NewTask) -> Result<TaskId, TaskError> {
    if grant.may() != May::Record {
        return Err(TaskError::ReadOnly);
    }
    let new = checked(new)?;
    let lead = lead(tx, grant.case()).await?;
    let via = grant.of_client().via();
    let worker = match &new.worker {
        None => lead,
        Some(worker) if *worker == lead || via == Via::System => worker.clone(),
        Some(worker) if Some(worker) == ctx.actor.account() => {
            if via == Via::BrokenGlass {
                lead
            } else {
                worker.clone()
            }
        }
        Some(worker) => {
            let known = assignees_of(tx, grant.case()).await?;
            known.into_iter().find(|it| it.id == *worker).ok_or(TaskError::NotAWorker)?.id
        }
    };
    let (id, is_new) = store::insert(ctx, tx, Some(grant.case()), &worker, &new).await?;
    if is_new {
        tx.execute(CASE_IS_STALE, vec![grant.case().into()]).await?;
        let detail = format!("source={} kind={}", new.source.code(), new.kind.code());
        written(ctx, tx, "task.add", &id, &detail).await?;
    }
    Ok(id)
}

/// Writes a task in a case.
pub async fn add(ctx: &Ctx, case: CaseId, new: &NewTask) -> Result<TaskId, TaskError> {
    let mut tx = ctx.begin().await?;
    let grant = access::case(ctx, &mut tx, case, May::Record).await?;
    let id = add_in(ctx, &mut tx, &grant, new).await?;
    tx.commit().await?;
    Ok(id)
}

/// Writes a task of the caller's own, in no case.
pub async fn add_own(ctx: &Ctx, new: &NewTask) -> Result<TaskId, TaskError> {
    let account = ctx.actor.account().ok_or(AccessError::NotFound)?;
    let new = checked(new)?;
    let mut tx = ctx.begin().await?;
    let (id, is_new) = store::insert(ctx, &tx, None, account, &new).await?;
    if is_new {
        let detail = format!("source={} kind={}", new.source.code(), new.kind.code());
        written(ctx, &mut tx, "task.add", &id, &detail).await?;
    }
    tx.commit().await?;
    Ok(id)
}

/// Checks a task off.
pub async fn done(ctx: &Ctx, id: TaskId) -> Result<Task, TaskError> {
    change(ctx, id, &TaskCommand::Done).await
}

/// Takes back what ended a task.
pub async fn open_again(ctx: &Ctx, id: TaskId) -> Result<Task, TaskError> {
    change(ctx, id, &TaskCommand::OpenAgain).await
}

pub async fn not_needed(ctx: &Ctx, id: TaskId, reason: &str) -> Result<Task, TaskError> {
    change(ctx, id, &TaskCommand::NotNeeded(reason.to_owned())).await
}

/// Asks for the task again on a later day.
pub async fn put_off(ctx: &Ctx, id: TaskId, to: Day, reason: &str) -> Result<Task, TaskError> {
    change(ctx, id, &TaskCommand::PutOff(to, reason.to_owned())).await
}

/// Gives a task to somebody else who works on the case.
pub async fn hand_on(ctx: &Ctx, id: TaskId, to: AccountId, reason: &str) -> Result<Task, TaskError> {
    change(ctx, id, &TaskCommand::HandOn(to, reason.to_owned())).await
}

/// A task with what its page needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskDetail {
    pub task: Task,
    /// Empty for a person's own.
    pub assignees: Vec<Assignee>,
}

/// One task, for its page. Of a case: whoever opens the case; a person's own: that person.
pub async fn task(ctx: &Ctx, id: &TaskId) -> Result<TaskDetail, TaskError> {
    let mut tx = ctx.begin().await?;
    let task = opened(ctx, &mut tx, id, May::Read).await?;
    let assignees = match &task.case {
        Some(case) => assignees_of(&tx, case).await?,
        None => Vec::new(),
    };
    tx.commit().await?;
    Ok(TaskDetail { task, assignees })
}

/// Who can be given a task of this case: those who work on it.
pub async fn assignees(_: &Ctx, tx: &Tx, grant: &CaseGrant) -> Result<Vec<Assignee>, DbError> {
    assignees_of(tx, grant.case()).await
}

async fn assignees_of(tx: &Tx, case: &CaseId) -> Result<Vec<Assignee>, DbError> {
    let rows = tx.rows(ASSIGNEES, vec![case.into()]).await?;
    rows.iter()
        .map(|row| Ok(Assignee { id: AccountId::from_text(row.text(0)?), name: row.text(1)? }))
        .collect()
}

async fn lead(tx: &Tx, case: &CaseId) -> Result<AccountId, DbError> {
    let row = tx.row(LEAD_OF_CASE, vec![case.into()]).await?;
    let row = row.ok_or_else(|| DbError::Stored("a case that was granted is gone".to_owned()))?;
    row.text(0).map(AccountId::from_text)
}

/// Loads a task and opens what it belongs to.
async fn opened(ctx: &Ctx, tx: &mut Tx, id: &TaskId, may: May) -> Result<Task, TaskError> {
    let task = store::load(tx, id).await?.ok_or(AccessError::NotFound)?;
    match &task.case {
        Some(case) => {
            access::case(ctx, tx, case.clone(), may).await?;
        }
        None if ctx.actor.account() == Some(&task.worker) => {}
        None => return Err(AccessError::NotFound.into()),
    }
    Ok(task)
}

async fn change(ctx: &Ctx, id: TaskId, command: &TaskCommand) -> Result<Task, TaskError> {
    let mut tx = ctx.begin().await?;
    let before = opened(ctx, &mut tx, &id, May::Record).await?;
    let after = decide(&before, command, ctx.now.day())?;
    if after.worker != before.worker {
        let known = match &before.case {
            Some(case) => assignees_of(&tx, case).await?,
            None => Vec::new(),
        };
        // A supervisor may take a task over; anybody else must work on the case.
        let takes_over = ctx.actor.has(Role::Supervisor) && ctx.actor.account() == Some(&after.worker);
        if !takes_over && !known.iter().any(|it| it.id == after.worker) {
            return Err(TaskError::NotAWorker);
        }
    }
    let ended = (after.state != TaskState::Open).then(|| ctx.now.micros());
    let values = vec![
        (&id).into(),
        before.version.into(),
        after.state.code().into(),
        after.act_on.map(|day| day.to_string()).unwrap_or_default().into(),
        (&after.worker).into(),
        ended.into(),
    ];
    if tx.execute(TASK_UPDATE, values).await? == 0 {
        return Err(TaskError::StateForbids(before.state));
    }
    let day = (after.act_on != before.act_on).then_some(after.act_on).flatten();
    let to = (after.worker != before.worker).then_some(&after.worker);
    store::step(ctx, &tx, &id, after.step, day, &after.reason, to).await?;
    if let Some(case) = &before.case {
        tx.execute(CASE_IS_STALE, vec![case.into()]).await?;
    }
    written(ctx, &mut tx, "task.change", &id, after.step).await?;
    let task = store::load(&tx, &id).await?.ok_or(AccessError::NotFound)?;
    tx.commit().await?;
    Ok(task)
}

/// A case's reminders as its facts want them: those that are wanted and were never written are written, those whose
/// occasion has passed settle. Returns how many were written.
pub(crate) async fn remind_in(
    ctx: &Ctx,
    tx: &mut Tx,
    case: &CaseId,
    worker: &AccountId,
    wanted: &[super::Reminder],
) -> Result<usize, DbError> {
    let key = |reminder: &super::Reminder| format!("{}:{case}", reminder.key);
    let keys: Vec<String> = wanted.iter().map(key).collect();
    for row in tx.rows(RULE_TASKS_OPEN, vec![case.into()]).await? {
        if !keys.contains(&row.text(1)?) {
            let id = TaskId::from_text(row.text(0)?);
            settle(ctx, tx, &id).await?;
        }
    }
    let mut written_now = 0;
    for (reminder, source_key) in wanted.iter().zip(keys) {
        let new = NewTask {
            due_on: Some(reminder.due_on),
            source_key,
            ..NewTask::new(TaskSource::Rule, String::new())
        };
        let (id, is_new) = store::insert(ctx, tx, Some(case), worker, &new).await?;
        if is_new {
            written_now += 1;
            written(ctx, tx, "task.add", &id, "source=rule").await?;
        }
    }
    Ok(written_now)
}

async fn settle(ctx: &Ctx, tx: &mut Tx, id: &TaskId) -> Result<(), DbError> {
    let Some(task) = store::load(tx, id).await? else { return Ok(()) };
    let values = vec![
        id.into(),
        task.version.into(),
        TaskState::Settled.code().into(),
        task.act_on.map(|day| day.to_string()).unwrap_or_default().into(),
        (&task.worker).into(),
        Some(ctx.now.micros()).into(),
    ];
    tx.execute(TASK_UPDATE, values).await?;
    store::step(ctx, tx, id, "settled", None, "", None).await
}

/// The open tasks that one worker had in a case go to another.
pub(crate) async fn move_in(
    tx: &Tx,
    case: &CaseId,
    from: &AccountId,
    to: &AccountId,
) -> Result<u64, DbError> {
    tx.execute(TASKS_MOVE, vec![case.into(), from.into(), to.into()]).await
}

/// A case that has ended asks for nothing by itself any more.
pub(crate) async fn settle_in(ctx: &Ctx, tx: &Tx, case: &CaseId) -> Result<u64, DbError> {
    tx.execute(TASKS_SETTLE, vec![case.into(), Some(ctx.now.micros()).into()]).await
}

async fn written(
    ctx: &Ctx,
    tx: &mut Tx,
    action: &'static str,
    id: &TaskId,
    detail: &str,
) -> Result<(), DbError> {
    audit::append(ctx, tx, Act { action, subject_kind: "task", subject_id: id.as_str(), detail }).await
}

/// Whether an actor may have tasks of their own.
pub fn has_tasks(actor: &Actor) -> bool {
    actor.has(Role::Caseworker) || actor.has(Role::Supervisor)
}
