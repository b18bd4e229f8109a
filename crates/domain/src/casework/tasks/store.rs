//! SQL of tasks.

use super::{NewTask, Task, TaskKind, TaskSource, TaskState};
use crate::kernel::access::ClientGrant;
use crate::kernel::clock::Day;
use crate::kernel::ctx::{Ctx, Role};
use crate::kernel::db::{DbError, Row, Tx, Value};
use crate::kernel::ids::{AccountId, CaseId, ClientId, TaskId};
use crate::people::Client;

/// The columns of a task as [`row_task`] reads them, and where they come from.
macro_rules! task_from {
    () => {
        "\
select t.id, t.case_id, coalesce(cc.client_id, ''), coalesce(c.preferred_name, ''), t.worker_id, coalesce(a.name, ''),
  t.kind, t.title, t.due_on, t.due_at, t.act_on, t.source, t.source_key, t.state, t.made_at, t.ended_at,
  coalesce((select s.reason from task_step s where s.task_id = t.id order by s.seq desc limit 1), ''), t.version
from task t
left join client_case cc on cc.id = t.case_id
left join client c on c.id = cc.client_id
left join account a on a.id = t.worker_id
"
    };
}

/// Whether the worker of parameter 1 still sees the client of a task: by work on the case, or as a supervisor ($2 = 1).
macro_rules! is_theirs {
    () => {
        concat!(
            "(t.case_id = '' or (c.merged_into = '' and ",
            crate::is_seen_by!("c.id", "$1"),
            " and ($2 = 1 or cc.worker_id = $1
     or exists (select 1 from case_assignment ca
                where ca.case_id = cc.id and ca.account_id = $1 and ca.to_day = ''))))"
        )
    };
}

crate::statements! {
    TASK_INSERT = "\
insert into task (id, case_id, worker_id, kind, title, due_on, due_at, act_on, source, source_key, state, made_at, made_by, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
on conflict do nothing";
    TASK_STEP_INSERT = "\
insert into task_step (task_id, step, day, reason, account_id, at, by)
values ($1, $2, $3, $4, $5, $6, $7)";
    TASK_BY_KEY = "select id from task where source = $1 and source_key = $2";
    TASK_UPDATE = "\
update task
set state = $3, act_on = $4, worker_id = $5, ended_at = $6, version = version + 1
where id = $1
  and version = $2";
    TASK = concat!(task_from!(), "where t.id = $1");
    TASKS_OF_CLIENT = concat!(task_from!(), "\
where cc.client_id = $1
  and t.state <> 'settled'
order by case when t.state = 'open' then 0 else 1 end, case when t.state = 'open' and t.act_on = '' then 1 else 0 end,
  case when t.state = 'open' then t.act_on else '' end, coalesce(t.ended_at, 0) desc, t.due_at, t.id
limit 200");
    TASKS_OPEN_OF_WORKER = concat!(task_from!(), "\
where t.worker_id = $1
  and t.state = 'open'
  and ", is_theirs!(), "
order by case when t.act_on = '' then 1 else 0 end, t.act_on, t.due_at, t.id
limit $3");
    TASKS_ENDED_OF_WORKER = concat!(task_from!(), "\
where t.worker_id = $1
  and t.state in ('done', 'not_needed')
  and t.ended_at >= $3
  and ", is_theirs!(), "
order by t.ended_at desc, t.id
limit 20");
    /// Tasks with a day in a period, for the calendar; a reminder is no appointment.
    TASKS_BETWEEN = concat!(task_from!(), "\
where t.worker_id = $1
  and t.state in ('open', 'done')
  and t.source <> 'rule'
  and t.due_on >= $3
  and t.due_on <= $4
  and ", is_theirs!(), "
order by t.due_on, t.due_at, t.id
limit 2000");
    ASSIGNEES = "\
select a.id, a.name
from account a
where a.is_active = 1
  and (a.id = (select cc.worker_id from client_case cc where cc.id = $1)
       or a.id in (select ca.account_id from case_assignment ca where ca.case_id = $1 and ca.to_day = ''))
order by a.name, a.id";
    LEAD_OF_CASE = "select worker_id from client_case where id = $1";
    CASE_IS_STALE = "update client_case set is_stale = 1 where id = $1";
    /// Open reminders of the cases that have been looked at again.
    RULE_TASKS_OPEN = "\
select t.id, t.source_key, t.worker_id
from task t
where t.case_id = $1
  and t.state = 'open'
  and t.source = 'rule'";
    TASKS_MOVE = "\
update task
set worker_id = $3, version = version + 1
where case_id = $1
  and worker_id = $2
  and state = 'open'";
    TASKS_SETTLE = "\
update task
set state = 'settled', ended_at = $2, version = version + 1
where case_id = $1
  and source = 'rule'
  and state = 'open'";
}

fn day_text(day: Option<Day>) -> Value {
    day.map(|day| day.to_string()).unwrap_or_default().into()
}

/// Writes a task that has been checked; with a key that is there already, the task that has it.
pub(super) async fn insert(
    ctx: &Ctx,
    tx: &Tx,
    case: Option<&CaseId>,
    worker: &AccountId,
    new: &NewTask,
) -> Result<(TaskId, bool), DbError> {
    let id = ctx.new_id();
    let written = tx
        .execute(
            TASK_INSERT,
            vec![
                id.clone().into(),
                case.map(ToString::to_string).unwrap_or_default().into(),
                worker.into(),
                new.kind.code().into(),
                new.title.clone().into(),
                day_text(new.due_on),
                new.due_at.clone().into(),
                day_text(new.due_on),
                new.source.code().into(),
                new.source_key.clone().into(),
                TaskState::Open.code().into(),
                ctx.now.micros().into(),
                ctx.actor.label().into(),
                1_i64.into(),
            ],
        )
        .await?;
    if written > 0 {
        return Ok((TaskId::from_text(id), true));
    }
    let known = tx.row(TASK_BY_KEY, vec![new.source.code().into(), new.source_key.clone().into()]).await?;
    let known = known
        .ok_or_else(|| DbError::Stored("a task that was refused for its key is not there".to_owned()))?;
    Ok((TaskId::from_text(known.text(0)?), false))
}

/// Notes what was done with a task.
pub(super) async fn step(
    ctx: &Ctx,
    tx: &Tx,
    task: &TaskId,
    step: &str,
    day: Option<Day>,
    reason: &str,
    to: Option<&AccountId>,
) -> Result<(), DbError> {
    let values = vec![
        task.into(),
        step.to_owned().into(),
        day_text(day),
        reason.to_owned().into(),
        to.map(ToString::to_string).unwrap_or_default().into(),
        ctx.now.micros().into(),
        ctx.actor.label().into(),
    ];
    tx.execute(TASK_STEP_INSERT, values).await.map(drop)
}

pub(super) fn row_task(row: &Row) -> Result<Task, DbError> {
    let word = |at: usize| row.text(at);
    let unknown = |what: &str, code: &str| DbError::Stored(format!("a {what} of a task: {code}"));
    let (kind, source, state) = (word(6)?, word(11)?, word(13)?);
    let some = |text: String| (!text.is_empty()).then_some(text);
    Ok(Task {
        id: TaskId::from_text(word(0)?),
        case: some(word(1)?).map(CaseId::from_text),
        client: some(word(2)?).map(ClientId::from_text),
        client_list_name: Client::list_name(&word(3)?),
        worker: AccountId::from_text(word(4)?),
        worker_name: word(5)?,
        kind: TaskKind::from_code(&kind).ok_or_else(|| unknown("kind", &kind))?,
        title: word(7)?,
        due_on: row.day_or_none(8)?,
        due_at: word(9)?,
        act_on: row.day_or_none(10)?,
        source: TaskSource::from_code(&source).ok_or_else(|| unknown("source", &source))?,
        source_key: word(12)?,
        state: TaskState::from_code(&state).ok_or_else(|| unknown("state", &state))?,
        made_at: row.instant(14)?,
        ended_at: row.instant_or_none(15)?,
        last_reason: word(16)?,
        version: row.int(17)?,
    })
}

pub(super) async fn load(tx: &Tx, id: &TaskId) -> Result<Option<Task>, DbError> {
    tx.row(TASK, vec![id.into()]).await?.as_ref().map(row_task).transpose()
}

/// Open and ended tasks of all cases of a client, open ones first.
pub async fn of_client(_: &Ctx, tx: &Tx, grant: &ClientGrant) -> Result<Vec<Task>, DbError> {
    tx.rows(TASKS_OF_CLIENT, vec![grant.client().into()]).await?.iter().map(row_task).collect()
}

/// A person's tasks: the open ones by day, and those ended since yesterday morning.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkerTasks {
    pub open: Vec<Task>,
    pub ended: Vec<Task>,
}

fn supervises(ctx: &Ctx) -> Value {
    i64::from(ctx.actor.has(Role::Supervisor)).into()
}

/// The caller's own tasks, whose clients they may still open. Whoever calls writes the read down.
pub async fn of_worker(ctx: &Ctx, tx: &Tx, most: i64) -> Result<WorkerTasks, DbError> {
    let Some(worker) = ctx.actor.account() else { return Ok(WorkerTasks::default()) };
    let open = tx.rows(TASKS_OPEN_OF_WORKER, vec![worker.into(), supervises(ctx), most.into()]).await?;
    let since = ctx.now.day().plus_days(-1).starts_at().micros();
    let ended = tx.rows(TASKS_ENDED_OF_WORKER, vec![worker.into(), supervises(ctx), since.into()]).await?;
    let tasks = |rows: Vec<Row>| rows.iter().map(row_task).collect::<Result<Vec<_>, _>>();
    Ok(WorkerTasks { open: tasks(open)?, ended: tasks(ended)? })
}

/// The caller's tasks that are due in a period, both days in it. Whoever calls writes the read down.
pub async fn worker_between(ctx: &Ctx, tx: &Tx, from: Day, to: Day) -> Result<Vec<Task>, DbError> {
    let Some(worker) = ctx.actor.account() else { return Ok(Vec::new()) };
    let values = vec![worker.into(), supervises(ctx), from.to_string().into(), to.to_string().into()];
    tx.rows(TASKS_BETWEEN, values).await?.iter().map(row_task).collect()
}
