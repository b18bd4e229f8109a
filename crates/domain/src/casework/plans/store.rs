//! SQL of plans.

use super::{Goal, GoalState, NewGoal, NewStep, PlanError, Step, StepState, StepWho, checked};
use crate::casework::tasks::{self, NewTask, TaskSource};
use crate::kernel::access::{self, CaseGrant, ClientGrant, May};
use crate::kernel::audit::{self, Act};
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{DbError, Tx};
use crate::kernel::ids::CaseId;

crate::statements! {
    GOAL_INSERT = "\
insert into goal (id, case_id, title, need, state, set_on, due_on, closed_on, outcome, made_with_client, version)
values ($1, $2, $3, $4, 'open', $5, $6, '', '', $7, 1)";
    GOAL_CASE = "select case_id from goal where id = $1";
    STEP_GOAL = "select g.case_id from goal_step s join goal g on g.id = s.goal_id where s.id = $1";
    GOAL_CLOSE = "\
update goal
set state = $2, closed_on = $3, outcome = $4, version = version + 1
where id = $1
  and version = $5
  and state = 'open'";
    STEPS_DROP = "\
update goal_step
set state = 'dropped', done_on = $2
where goal_id = $1
  and state = 'open'";
    STEP_INSERT = "\
insert into goal_step (id, goal_id, title, who, organization_id, due_on, state, done_on, task_id, place)
select $1, g.id, $3, $4, $5, $6, 'open', '', $7,
  (select cast(count(*) as bigint) from goal_step o where o.goal_id = g.id)
from goal g
where g.id = $2
  and g.state = 'open'";
    STEP_CLOSE = "\
update goal_step
set state = $2, done_on = $3
where id = $1
  and state = 'open'";
    GOALS = "\
select g.id, g.title, g.need, g.state, g.set_on, g.due_on, g.closed_on, g.outcome, g.made_with_client, g.version
from goal g
join client_case cc on cc.id = g.case_id
where cc.client_id = $1
order by case when g.state = 'open' then 0 else 1 end, g.set_on, g.id";
    STEPS = "\
select s.goal_id, s.id, s.title, s.who, coalesce(o.name, ''), s.due_on, s.state, s.done_on
from goal_step s
join goal g on g.id = s.goal_id
join client_case cc on cc.id = g.case_id
left join organization o on o.id = s.organization_id
where cc.client_id = $1
order by s.goal_id, s.place, s.id";
}

/// Sets a goal in a case.
pub async fn goal_add(ctx: &Ctx, case: CaseId, new: &NewGoal) -> Result<String, PlanError> {
    let title = checked(&new.title)?;
    let mut tx = ctx.begin().await?;
    let grant = access::case(ctx, &mut tx, case, May::Record).await?;
    let id = ctx.new_id();
    let values = vec![
        id.clone().into(),
        grant.case().into(),
        title.into(),
        new.need.clone().into(),
        ctx.now.day().to_string().into(),
        new.due_on.map(|day| day.to_string()).unwrap_or_default().into(),
        i64::from(new.made_with_client).into(),
    ];
    tx.execute(GOAL_INSERT, values).await?;
    written(ctx, &mut tx, &grant, "goal.set", "").await?;
    tx.commit().await?;
    Ok(id)
}

/// Closes a goal. Its open steps go with it; a goal that is dropped says why.
pub async fn goal_close(
    ctx: &Ctx,
    goal: &str,
    version: i64,
    state: GoalState,
    outcome: &str,
) -> Result<(), PlanError> {
    if state == GoalState::Dropped && outcome.trim().is_empty() {
        return Err(PlanError::Why);
    }
    let mut tx = ctx.begin().await?;
    let grant = case_of(ctx, &mut tx, GOAL_CASE, goal).await?;
    let today = ctx.now.day().to_string();
    let values = vec![
        goal.to_owned().into(),
        state.code().into(),
        today.clone().into(),
        outcome.trim().to_owned().into(),
        version.into(),
    ];
    if tx.execute(GOAL_CLOSE, values).await? == 0 {
        return Err(PlanError::Changed);
    }
    tx.execute(STEPS_DROP, vec![goal.to_owned().into(), today.into()]).await?;
    written(ctx, &mut tx, &grant, "goal.close", state.code()).await?;
    Ok(tx.commit().await?)
}

/// Adds a step to an open goal. A worker's step is a task of theirs too.
pub async fn step_add(ctx: &Ctx, goal: &str, new: &NewStep) -> Result<String, PlanError> {
    let title = checked(&new.title)?;
    let mut tx = ctx.begin().await?;
    let grant = case_of(ctx, &mut tx, GOAL_CASE, goal).await?;
    let id = ctx.new_id();
    let task = if new.who == StepWho::Worker {
        let line: String = title.chars().take(tasks::TITLE_MOST).collect();
        let task = NewTask {
            due_on: new.due_on,
            source_key: format!("step:{id}"),
            ..NewTask::new(TaskSource::Person, line)
        };
        tasks::add_in(ctx, &mut tx, &grant, &task).await?.to_string()
    } else {
        String::new()
    };
    let values = vec![
        id.clone().into(),
        goal.to_owned().into(),
        title.into(),
        new.who.code().into(),
        new.organization.clone().into(),
        new.due_on.map(|day| day.to_string()).unwrap_or_default().into(),
        task.into(),
    ];
    if tx.execute(STEP_INSERT, values).await? == 0 {
        return Err(PlanError::Gone);
    }
    written(ctx, &mut tx, &grant, "goal.step", new.who.code()).await?;
    tx.commit().await?;
    Ok(id)
}

/// Says that a step was done, or is dropped.
pub async fn step_close(ctx: &Ctx, step: &str, state: StepState) -> Result<(), PlanError> {
    let mut tx = ctx.begin().await?;
    let grant = case_of(ctx, &mut tx, STEP_GOAL, step).await?;
    let values = vec![step.to_owned().into(), state.code().into(), ctx.now.day().to_string().into()];
    if tx.execute(STEP_CLOSE, values).await? == 0 {
        return Err(PlanError::Gone);
    }
    written(ctx, &mut tx, &grant, "goal.step.close", state.code()).await?;
    Ok(tx.commit().await?)
}

async fn case_of(
    ctx: &Ctx,
    tx: &mut Tx,
    sql: crate::kernel::db::Sql,
    id: &str,
) -> Result<CaseGrant, PlanError> {
    let row = tx.row(sql, vec![id.to_owned().into()]).await?;
    let row = row.ok_or(access::AccessError::NotFound)?;
    Ok(access::case(ctx, tx, CaseId::from_text(row.text(0)?), May::Record).await?)
}

async fn written(
    ctx: &Ctx,
    tx: &mut Tx,
    grant: &CaseGrant,
    action: &'static str,
    detail: &str,
) -> Result<(), DbError> {
    let act = Act { action, subject_kind: "client_case", subject_id: grant.case().as_str(), detail };
    audit::append(ctx, tx, act).await
}

/// A client's goals with their steps, open ones first.
pub async fn goals(tx: &Tx, grant: &ClientGrant) -> Result<Vec<Goal>, DbError> {
    let unknown = || DbError::Stored("a word of a plan that this version does not know".to_owned());
    let mut goals = Vec::new();
    for row in tx.rows(GOALS, vec![grant.client().into()]).await? {
        goals.push(Goal {
            id: row.text(0)?,
            title: row.text(1)?,
            need: row.text(2)?,
            state: GoalState::from_code(&row.text(3)?).ok_or_else(unknown)?,
            set_on: row.day(4)?,
            due_on: row.day_or_none(5)?,
            closed_on: row.day_or_none(6)?,
            outcome: row.text(7)?,
            made_with_client: row.int(8)? > 0,
            version: row.int(9)?,
            steps: Vec::new(),
        });
    }
    for row in tx.rows(STEPS, vec![grant.client().into()]).await? {
        let of = row.text(0)?;
        let step = Step {
            id: row.text(1)?,
            title: row.text(2)?,
            who: StepWho::from_code(&row.text(3)?).ok_or_else(unknown)?,
            organization_name: row.text(4)?,
            due_on: row.day_or_none(5)?,
            state: StepState::from_code(&row.text(6)?).ok_or_else(unknown)?,
            done_on: row.day_or_none(7)?,
        };
        if let Some(goal) = goals.iter_mut().find(|goal| goal.id == of) {
            goal.steps.push(step);
        }
    }
    Ok(goals)
}
