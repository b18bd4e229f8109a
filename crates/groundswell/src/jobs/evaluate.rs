//! Locking an evaluation's plan and then, only then, reading the outcomes.

use analytics::Engine;
use analytics::evaluate;
use domain::evaluation::{self, Estimate, EvaluationError, Plan};
use domain::evidence;
use domain::kernel::ctx::Ctx;
use domain::kernel::ids::EvaluationId;

use crate::cli::chain;

/// Locks the plan and estimates. The evaluation keeps either the result or the reason why there is none, as a
/// [`evaluate::RefusalNote`] that pages say in their reader's language; the log has the whole chain.
pub async fn lock_and_estimate(ctx: &Ctx, plan: &Plan) -> Result<EvaluationId, EvaluationError> {
    let id = evaluation::lock(ctx, plan).await?;
    let engine = Engine::Database(ctx.db().clone());
    let estimated = evaluate::estimate(ctx, &engine, plan).await;
    let later = ctx.later();
    match estimated {
        Ok(result) => {
            let fingerprint = evidence::fingerprint(ctx.db()).await?;
            let result = serde_json::to_value(&result)
                .map_err(|error| domain::kernel::db::DbError::Stored(error.to_string()))?;
            let estimate =
                Estimate { fingerprint, code_version: env!("CARGO_PKG_VERSION").to_owned(), result };
            evaluation::result_set(&later, &id, Ok(&estimate)).await?;
        }
        Err(reason) => {
            tracing::info!("no estimate: {}", chain(&reason));
            let note = serde_json::to_string(&reason.note())
                .map_err(|error| domain::kernel::db::DbError::Stored(error.to_string()))?;
            evaluation::result_set(&later, &id, Err(&note)).await?;
        }
    }
    Ok(id)
}
