//! Two records of one person become one, and two again if that was wrong.
//!
//! The survivor gets the other's cases (with all that hangs on them), numbers, groups, relations and systems, and takes
//! over what it has no word for itself. What both have stays with the record that was merged away, which is kept whole:
//! it only says whose it is now ([`survivor`]), and its names still find the survivor. Every cell that changed is written
//! down with what stood there before, so that [`unmerge`] restores exactly that; what was recorded since stays with the
//! survivor.
//!
//! A restricted record stays restricted: the survivor takes the restriction over. Two that are restricted to different
//! people are not merged, because either side would learn what is not meant for it.

mod store;

pub(crate) use store::{OWNED_STATEMENTS, STATEMENTS};

use super::matching::{self, Decision};
use super::search;
use crate::kernel::access::{self, AccessError, May};
use crate::kernel::audit::{self, Act};
use crate::kernel::clock::Instant;
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{DbError, Tx};
use crate::kernel::ids::ClientId;

#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    #[error("merge the records: they are one record")]
    Same,
    #[error("merge the records: they are restricted to different people")]
    RestrictedApart,
    /// There is no such merge, or it was undone already.
    #[error("undo the merge: it does not stand any more")]
    NotStanding,
    /// The survivor was merged into a third record since.
    #[error("undo the merge: a later merge has to be undone first")]
    LaterFirst,
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// A cell that a merge changed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Change {
    table: String,
    key: String,
    column: String,
    before: String,
    after: String,
}

/// A merge that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    pub id: String,
    pub survivor: ClientId,
    pub survivor_name: String,
    pub merged_name: String,
    pub at: Instant,
    pub by: String,
}

/// The table name under which a restriction that was taken over is written down.
const RESTRICTION: &str = "client_restriction";

/// The table name under which the state of the pair is written down.
const MATCH: &str = "client_match";

/// Merges a record into another; gives the id by which it can be undone.
pub async fn merge(ctx: &Ctx, survivor: &ClientId, merged: &ClientId) -> Result<String, MergeError> {
    if survivor == merged {
        return Err(MergeError::Same);
    }
    let mut tx = ctx.begin().await?;
    access::client(ctx, &mut tx, survivor.clone(), May::Record).await?;
    access::client(ctx, &mut tx, merged.clone(), May::Record).await?;
    let id = ctx.new_id();
    store::merge_insert(ctx, &tx, &id, survivor, merged).await?;
    let mut changes: Vec<Change> = Vec::new();
    restriction(&tx, survivor, merged, &mut changes).await?;
    between(&tx, survivor, merged, &mut changes).await?;
    for owned in store::OWNED {
        for key in store::keys(&tx, owned, merged, survivor).await? {
            store::give(&tx, owned, &key, merged.as_str(), survivor.as_str()).await?;
            changes.push(moved(owned.table, owned.column, key, merged, survivor));
        }
    }
    for cell in store::CELLS {
        let (client, before, after) = if cell.column == "merged_into" {
            (merged, String::new(), survivor.to_string())
        } else {
            let (own, other) =
                (store::read(&tx, cell, survivor).await?, store::read(&tx, cell, merged).await?);
            if !own.is_empty() || other.is_empty() {
                continue;
            }
            (survivor, own, other)
        };
        store::write(&tx, cell, client.as_str(), &before, &after).await?;
        changes.push(Change {
            table: "client".to_owned(),
            key: client.to_string(),
            column: cell.column.to_owned(),
            before,
            after,
        });
    }
    if let Some(state) = store::match_state(&tx, survivor, merged).await? {
        matching::decide(ctx, &tx, survivor, merged, Decision::Merged).await?;
        changes.push(Change {
            table: MATCH.to_owned(),
            key: merged.to_string(),
            column: "state".to_owned(),
            before: state,
            after: Decision::Merged.code().to_owned(),
        });
    }
    for change in &changes {
        store::change_insert(&tx, &id, change).await?;
    }
    search::index_again(&tx, merged, true).await?;
    search::index_again(&tx, survivor, false).await?;
    let detail = format!("merged={merged} cells={}", changes.len());
    let act = Act {
        action: "client.merge",
        subject_kind: "client",
        subject_id: survivor.as_str(),
        detail: &detail,
    };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await?;
    Ok(id)
}

fn moved(table: &str, column: &str, key: String, from: &ClientId, to: &ClientId) -> Change {
    Change {
        table: table.to_owned(),
        key,
        column: column.to_owned(),
        before: from.to_string(),
        after: to.to_string(),
    }
}

async fn restriction(
    tx: &Tx,
    survivor: &ClientId,
    merged: &ClientId,
    changes: &mut Vec<Change>,
) -> Result<(), MergeError> {
    match (store::restricted_to(tx, survivor).await?, store::restricted_to(tx, merged).await?) {
        (_, None) => {}
        (Some(one), Some(other)) if one == other => {}
        (Some(_), Some(_)) => return Err(MergeError::RestrictedApart),
        (None, Some(_)) => {
            store::restriction_copy(tx, merged, survivor).await?;
            changes.push(Change {
                table: RESTRICTION.to_owned(),
                key: survivor.to_string(),
                column: "client_id".to_owned(),
                before: String::new(),
                after: survivor.to_string(),
            });
        }
    }
    Ok(())
}

/// Relations between the two: nobody is a relative of themselves.
async fn between(
    tx: &Tx,
    survivor: &ClientId,
    merged: &ClientId,
    changes: &mut Vec<Change>,
) -> Result<(), DbError> {
    let owned =
        |column: &str| store::OWNED.iter().find(|it| it.table == "client_relation" && it.column == column);
    for (column, one, other) in [("client_id", survivor, merged), ("other_client_id", merged, survivor)] {
        let Some(owned) = owned(column) else { continue };
        for key in store::relations_between(tx, one, other).await? {
            store::give(tx, owned, &key, survivor.as_str(), merged.as_str()).await?;
            changes.push(moved(owned.table, owned.column, key, survivor, merged));
        }
    }
    Ok(())
}

/// Takes a merge back: every cell that still holds what the merge put there gets what stood there before.
pub async fn unmerge(ctx: &Ctx, id: &str) -> Result<(ClientId, ClientId), MergeError> {
    let mut tx = ctx.begin().await?;
    let (survivor, merged, version) = store::merge(&tx, id).await?.ok_or(MergeError::NotStanding)?;
    if store::merged_into(&tx, &survivor).await?.is_some_and(|into| !into.is_empty()) {
        return Err(MergeError::LaterFirst);
    }
    access::client(ctx, &mut tx, survivor.clone(), May::Record).await?;
    for change in store::changes(&tx, id).await? {
        let owned = store::OWNED.iter().find(|it| it.table == change.table && it.column == change.column);
        if let Some(owned) = owned {
            store::give(&tx, owned, &change.key, &change.after, &change.before).await?;
        } else if change.table == RESTRICTION {
            store::restriction_delete(&tx, &survivor).await?;
        } else if change.table == MATCH {
            let before = if change.before == Decision::Different.code() {
                Decision::Different
            } else {
                Decision::Open
            };
            matching::decide(ctx, &tx, &survivor, &merged, before).await?;
        } else if let Some(cell) = store::CELLS.iter().find(|it| it.column == change.column) {
            store::write(&tx, cell, &change.key, &change.after, &change.before).await?;
        }
    }
    if store::merge_undone(ctx, &tx, id, &survivor, version).await? == 0 {
        return Err(MergeError::NotStanding);
    }
    search::index_again(&tx, &survivor, false).await?;
    search::index_again(&tx, &merged, false).await?;
    // Whoever undoes must see both again.
    access::client(ctx, &mut tx, merged.clone(), May::Record).await?;
    let detail = format!("merged={merged}");
    let act = Act {
        action: "client.unmerge",
        subject_kind: "client",
        subject_id: survivor.as_str(),
        detail: &detail,
    };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await?;
    Ok((survivor, merged))
}

/// Merges that stand, the newest first, of clients that the caller sees.
pub async fn merges(ctx: &Ctx, limit: i64) -> Result<Vec<Merged>, DbError> {
    store::merges(ctx, &ctx.db().snapshot().await?, limit).await
}

/// `table.column` of everything that a merge moves, for the test that no column is forgotten.
#[cfg(test)]
pub(super) fn owned_columns() -> Vec<String> {
    store::OWNED.iter().map(|it| format!("{}.{}", it.table, it.column)).collect()
}

/// The record that a merged one became part of; None where it was not merged. Whether the caller sees that one, access
/// says.
pub async fn survivor(tx: &Tx, client: &ClientId) -> Result<Option<ClientId>, DbError> {
    let mut at = client.clone();
    // Longer chains than this are none that people make.
    for _ in 0..20 {
        match store::merged_into(tx, &at).await? {
            Some(into) if !into.is_empty() => at = ClientId::from_text(into),
            _ => break,
        }
    }
    Ok((at != *client).then_some(at))
}
