//! The broken glass: a file opened in an emergency by a caseworker who does not work with the client. A reason is given,
//! it ends by itself, and a supervisor who is somebody else looks at it afterwards.

use super::store::{EMERGENCIES, EMERGENCY_INSERT, EMERGENCY_REVIEW, instant};
use super::{AccessError, store};
use crate::kernel::audit::{self, Act};
use crate::kernel::clock::Instant;
use crate::kernel::ctx::{Ctx, Role};
use crate::kernel::db::DbError;
use crate::kernel::ids::ClientId;

/// Hours that an emergency opens a file for.
pub const EMERGENCY_HOURS: i64 = 4;

/// Letters that a reason must have at least.
pub const REASON_LEAST: usize = 20;

#[derive(Debug, thiserror::Error)]
pub enum EmergencyError {
    #[error("open the file in an emergency: give the reason in at least {REASON_LEAST} letters")]
    ReasonTooShort,
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What the reviewing supervisor says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    InOrder,
    NotInOrder,
}

impl Verdict {
    pub const fn code(self) -> &'static str {
        match self {
            Self::InOrder => "in_order",
            Self::NotInOrder => "not_in_order",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        [Self::InOrder, Self::NotInOrder].into_iter().find(|it| it.code() == code)
    }
}

/// An emergency as the review lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    pub id: String,
    pub client: ClientId,
    pub client_name: String,
    pub by: String,
    pub reason: String,
    pub from: Instant,
    pub until: Instant,
    pub verdict: Option<Verdict>,
}

/// Opens a client's file to the caller for [`EMERGENCY_HOURS`]. A restricted client stays "not found".
pub async fn open_in_emergency(ctx: &Ctx, client: &ClientId, reason: &str) -> Result<(), EmergencyError> {
    let account = ctx.actor.account().filter(|_| ctx.actor.has(Role::Caseworker));
    let account = account.ok_or(AccessError::NotFound)?;
    let mut tx = ctx.begin().await?;
    let relation = store::relation(ctx, &tx, client).await?.ok_or(AccessError::NotFound)?;
    if relation.is_restricted {
        return Err(AccessError::NotFound.into());
    }
    let reason = reason.trim();
    if reason.chars().count() < REASON_LEAST {
        return Err(EmergencyError::ReasonTooShort);
    }
    let until = ctx.now.plus_seconds(EMERGENCY_HOURS * 3600);
    tx.execute(
        EMERGENCY_INSERT,
        vec![
            ctx.new_id().into(),
            client.into(),
            account.into(),
            reason.to_owned().into(),
            ctx.now.micros().into(),
            until.micros().into(),
        ],
    )
    .await?;
    let act =
        Act { action: "client.emergency", subject_kind: "client", subject_id: client.as_str(), detail: "" };
    audit::append(ctx, &mut tx, act).await?;
    Ok(tx.commit().await?)
}

/// Emergencies, those that nobody has reviewed first. For supervisors and privacy officers.
pub async fn emergencies(ctx: &Ctx, limit: i64) -> Result<Vec<Opened>, DbError> {
    let mut tx = ctx.begin().await?;
    let rows = tx.rows(EMERGENCIES, vec![limit.into()]).await?;
    let opened = rows
        .iter()
        .map(|row| {
            Ok(Opened {
                id: row.text(0)?,
                client: ClientId::from_text(row.text(1)?),
                client_name: row.text(2)?,
                by: row.text(3)?,
                reason: row.text(4)?,
                from: instant(row, 5)?,
                until: instant(row, 6)?,
                verdict: Verdict::from_code(&row.text(8)?),
            })
        })
        .collect::<Result<Vec<_>, DbError>>()?;
    let act =
        Act { action: "emergencies.read", subject_kind: "emergency_access", subject_id: "", detail: "" };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await?;
    Ok(opened)
}

/// Says whether an emergency was in order. Nobody reviews their own; false where there is nothing to review.
pub async fn review(ctx: &Ctx, id: &str, verdict: Verdict) -> Result<bool, DbError> {
    let mut tx = ctx.begin().await?;
    let by = ctx.actor.label();
    let values =
        vec![id.to_owned().into(), ctx.now.micros().into(), by.into(), verdict.code().to_owned().into()];
    let is_done = tx.execute(EMERGENCY_REVIEW, values).await? > 0;
    if is_done {
        let act = Act {
            action: "emergency.review",
            subject_kind: "emergency_access",
            subject_id: id,
            detail: verdict.code(),
        };
        audit::append(ctx, &mut tx, act).await?;
        tx.commit().await?;
    }
    Ok(is_done)
}
