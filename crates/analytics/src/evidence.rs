//! Keeping the evidence up to date before it is read.

use domain::evidence::{self, ToppedUp};
use domain::kernel::ctx::Ctx;

use crate::AnalyticsError;

/// Brings what was recorded and imported since the last time into the evidence table, all of it or nothing.
///
/// Whoever reads afterwards opens one [`crate::cubes::Reader`] and so sees one state of the table in every cube, also
/// while others go on recording.
pub async fn top_up(ctx: &Ctx) -> Result<ToppedUp, AnalyticsError> {
    let topped = evidence::top_up(ctx).await?;
    tracing::info!(
        from_cases = topped.from_cases,
        from_files = topped.from_files,
        superseded = topped.superseded,
        "evidence topped up"
    );
    Ok(topped)
}
