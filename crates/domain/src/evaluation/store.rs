//! SQL of evaluations.

use super::{Estimate, Evaluation, EvaluationError, Plan};
use crate::kernel::audit::{self, Act};
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{Db, DbError, Row};
use crate::kernel::ids::EvaluationId;

crate::statements! {
    EVALUATION_LOCK = "\
insert into evaluation (id, title, plan, locked_at, locked_by, state, fingerprint, code_version, result)
values ($1, $2, $3, $4, $5, 'locked', '', '', '')";
    /// A result is written once.
    EVALUATION_RESULT = "\
update evaluation
set state = $2, fingerprint = $3, code_version = $4, result = $5
where id = $1
  and state = 'locked'";
    EVALUATIONS = "\
select e.id, e.plan, e.locked_at, coalesce(a.name, e.locked_by), e.state, e.fingerprint, e.code_version, e.result
from evaluation e
left join account a on a.id = e.locked_by
order by e.locked_at desc, e.id desc
limit $1";
    EVALUATION_BY_ID = "\
select e.id, e.plan, e.locked_at, coalesce(a.name, e.locked_by), e.state, e.fingerprint, e.code_version, e.result
from evaluation e
left join account a on a.id = e.locked_by
where e.id = $1";
}

/// Locks a plan. From here on it cannot be changed, only another one made.
pub async fn lock(ctx: &Ctx, plan: &Plan) -> Result<EvaluationId, EvaluationError> {
    plan.check()?;
    let json = serde_json::to_string(plan).map_err(|error| DbError::Stored(error.to_string()))?;
    let mut tx = ctx.begin().await?;
    let id = EvaluationId::from_text(ctx.new_id());
    let act =
        Act { action: "evaluation.lock", subject_kind: "evaluation", subject_id: id.as_str(), detail: &json };
    audit::append(ctx, &mut tx, act).await?;
    tx.execute(
        EVALUATION_LOCK,
        vec![
            (&id).into(),
            plan.title.trim().into(),
            json.clone().into(),
            ctx.now.micros().into(),
            ctx.actor.label().into(),
        ],
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}

/// Keeps the estimate, or the reason why there is none.
pub async fn result_set(
    ctx: &Ctx,
    id: &EvaluationId,
    outcome: Result<&Estimate, &str>,
) -> Result<(), EvaluationError> {
    let (state, fingerprint, version, result) = match outcome {
        Ok(estimate) => (
            "estimated",
            estimate.fingerprint.as_str(),
            estimate.code_version.as_str(),
            estimate.result.to_string(),
        ),
        Err(reason) => ("failed", "", "", reason.to_owned()),
    };
    let mut tx = ctx.begin().await?;
    let act = Act {
        action: "evaluation.result",
        subject_kind: "evaluation",
        subject_id: id.as_str(),
        detail: fingerprint,
    };
    audit::append(ctx, &mut tx, act).await?;
    let touched = tx
        .execute(
            EVALUATION_RESULT,
            vec![id.into(), state.into(), fingerprint.into(), version.into(), result.into()],
        )
        .await?;
    if touched == 0 {
        return Err(EvaluationError::NotFound);
    }
    tx.commit().await?;
    Ok(())
}

pub async fn evaluations(db: &Db, limit: i64) -> Result<Vec<Evaluation>, DbError> {
    db.rows(EVALUATIONS, vec![limit.into()]).await?.iter().map(evaluation_of).collect()
}

pub async fn evaluation(db: &Db, id: &EvaluationId) -> Result<Option<Evaluation>, DbError> {
    db.row(EVALUATION_BY_ID, vec![id.into()]).await?.as_ref().map(evaluation_of).transpose()
}

fn evaluation_of(row: &Row) -> Result<Evaluation, DbError> {
    let json = |error: serde_json::Error| DbError::Stored(error.to_string());
    let (state, result) = (row.text(4)?, row.text(7)?);
    let estimate = match state.as_str() {
        "estimated" => Some(Estimate {
            fingerprint: row.text(5)?,
            code_version: row.text(6)?,
            result: serde_json::from_str(&result).map_err(json)?,
        }),
        _ => None,
    };
    Ok(Evaluation {
        id: EvaluationId::from_text(row.text(0)?),
        plan: serde_json::from_str(&row.text(1)?).map_err(json)?,
        locked_at: row.instant(2)?,
        locked_by: row.text(3)?,
        failure: (state == "failed").then_some(result),
        estimate,
    })
}
