//! Clients who exist for a few named people only: a colleague's family, a person in hiding.

use super::store::{
    RESTRICTION, RESTRICTION_DELETE, RESTRICTION_INSERT, RESTRICTION_MEMBER_INSERT, RESTRICTION_MEMBERS,
    RESTRICTION_MEMBERS_DELETE, instant,
};
use super::{ClientGrant, May};
use crate::kernel::audit::{self, Act};
use crate::kernel::clock::Instant;
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{DbError, Tx};
use crate::kernel::ids::AccountId;

/// Who a restricted client exists for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restriction {
    pub reason: String,
    pub set_at: Instant,
    /// Accounts with their names.
    pub people: Vec<(AccountId, String)>,
}

#[derive(Debug, thiserror::Error)]
pub enum RestrictError {
    /// A client whom nobody could open any more would be lost.
    #[error("restrict the client: name at least one person who works with them")]
    NobodyNamed,
    /// The grant is for reading.
    #[error("restrict the client: the file was opened for reading only")]
    ReadOnly,
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The restriction of a client; None where there is none.
pub async fn restriction(tx: &Tx, grant: &ClientGrant) -> Result<Option<Restriction>, DbError> {
    let Some(row) = tx.row(RESTRICTION, vec![grant.client().into()]).await? else { return Ok(None) };
    let people = tx.rows(RESTRICTION_MEMBERS, vec![grant.client().into()]).await?;
    Ok(Some(Restriction {
        reason: row.text(0)?,
        set_at: instant(&row, 1)?,
        people: people
            .iter()
            .map(|row| Ok((AccountId::from_text(row.text(0)?), row.text(1)?)))
            .collect::<Result<_, DbError>>()?,
    }))
}

/// Makes a client absent for everybody but the people named; replaces the restriction there is.
pub async fn restrict(
    ctx: &Ctx,
    tx: &mut Tx,
    grant: &ClientGrant,
    reason: &str,
    people: &[AccountId],
) -> Result<(), RestrictError> {
    if people.is_empty() {
        return Err(RestrictError::NobodyNamed);
    }
    if grant.may() != May::Record {
        return Err(RestrictError::ReadOnly);
    }
    let id = grant.client();
    let by = ctx.actor.label();
    tx.execute(
        RESTRICTION_INSERT,
        vec![id.into(), reason.trim().to_owned().into(), ctx.now.micros().into(), by.into()],
    )
    .await?;
    tx.execute(RESTRICTION_MEMBERS_DELETE, vec![id.into()]).await?;
    for account in people {
        tx.execute(RESTRICTION_MEMBER_INSERT, vec![id.into(), account.into()]).await?;
    }
    let detail = format!("people={}", people.len());
    let act =
        Act { action: "client.restrict", subject_kind: "client", subject_id: id.as_str(), detail: &detail };
    Ok(audit::append(ctx, tx, act).await?)
}

/// Lifts the restriction.
pub async fn unrestrict(ctx: &Ctx, tx: &mut Tx, grant: &ClientGrant) -> Result<(), RestrictError> {
    if grant.may() != May::Record {
        return Err(RestrictError::ReadOnly);
    }
    let id = grant.client();
    tx.execute(RESTRICTION_MEMBERS_DELETE, vec![id.into()]).await?;
    tx.execute(RESTRICTION_DELETE, vec![id.into()]).await?;
    let act =
        Act { action: "client.unrestrict", subject_kind: "client", subject_id: id.as_str(), detail: "" };
    Ok(audit::append(ctx, tx, act).await?)
}
