//! SQL of the audit trail.

use super::{Act, Entry, Verdict, seal_of};
use crate::kernel::clock::Instant;
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{Db, DbError, Row, Tx};

crate::statements! {
    /// Takes the next number and, with it, the lock on the chain.
    AUDIT_HEAD_NEXT = "update audit_head set seq = seq + 1 where id = 1 returning seq, seal";
    AUDIT_HEAD_SEAL = "update audit_head set seal = $1 where id = 1";
    AUDIT_HEAD = "select seq, seal from audit_head where id = 1";
    AUDIT_APPEND = "\
insert into audit (seq, at, actor, action, subject_kind, subject_id, detail, request, seal)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// Newest first, a page at a time; empty filters let everything through.
    AUDIT_ENTRIES = "\
select seq, at, actor, action, subject_kind, subject_id, detail, request, seal
from audit
where seq < $1
  and ($2 = '' or actor = $2)
  and ($3 = '' or action = $3)
  and ($4 = '' or subject_id = $4)
  and at >= $5
  and at < $6
order by seq desc
limit $7";
    /// What was done lately, for a list to choose from: the whole trail would be too long to look through.
    AUDIT_ACTIONS = "\
select distinct lately.action
from (select action from audit order by seq desc limit 10000) lately
order by lately.action";
    AUDIT_ACTORS = "\
select distinct lately.actor
from (select actor from audit order by seq desc limit 10000) lately
order by lately.actor";
    AUDIT_AFTER = "\
select seq, at, actor, action, subject_kind, subject_id, detail, request, seal
from audit
where seq > $1
order by seq
limit 5000";
}

/// Which entries to list; empty text means any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub actor: String,
    pub action: String,
    pub subject_id: String,
    /// Only entries from this moment on.
    pub from: Option<Instant>,
    /// Only entries before this moment.
    pub until: Option<Instant>,
    /// Only entries before this number (the next page).
    pub before_seq: Option<i64>,
    pub limit: i64,
}

pub(super) async fn append(ctx: &Ctx, tx: &mut Tx, act: Act<'_>) -> Result<(), DbError> {
    let head = tx
        .row(AUDIT_HEAD_NEXT, vec![])
        .await?
        .ok_or_else(|| DbError::Stored("the audit chain has no head".to_owned()))?;
    let previous = head.text(1)?;
    let mut entry = Entry {
        seq: head.int(0)?,
        at: ctx.now,
        actor: ctx.actor.label(),
        action: act.action.to_owned(),
        subject_kind: act.subject_kind.to_owned(),
        subject_id: act.subject_id.to_owned(),
        detail: act.detail.to_owned(),
        request: ctx.request.clone(),
        seal: String::new(),
    };
    entry.seal = seal_of(ctx.keys(), &previous, &entry);
    tx.execute(AUDIT_HEAD_SEAL, vec![entry.seal.clone().into()]).await?;
    tx.execute(
        AUDIT_APPEND,
        vec![
            entry.seq.into(),
            entry.at.micros().into(),
            entry.actor.into(),
            entry.action.into(),
            entry.subject_kind.into(),
            entry.subject_id.into(),
            entry.detail.into(),
            entry.request.into(),
            entry.seal.into(),
        ],
    )
    .await?;
    Ok(())
}

pub async fn entries(db: &Db, filter: &Filter) -> Result<Vec<Entry>, DbError> {
    let rows = db
        .rows(
            AUDIT_ENTRIES,
            vec![
                filter.before_seq.unwrap_or(i64::MAX).into(),
                filter.actor.clone().into(),
                filter.action.clone().into(),
                filter.subject_id.clone().into(),
                filter.from.map_or(i64::MIN, Instant::micros).into(),
                filter.until.map_or(i64::MAX, Instant::micros).into(),
                filter.limit.into(),
            ],
        )
        .await?;
    rows.iter().map(entry).collect()
}

/// The actions among the newest 10,000 entries.
pub async fn actions(db: &Db) -> Result<Vec<String>, DbError> {
    db.rows(AUDIT_ACTIONS, vec![]).await?.iter().map(|row| row.text(0)).collect()
}

/// The actors among the newest 10,000 entries.
pub async fn actors(db: &Db) -> Result<Vec<String>, DbError> {
    db.rows(AUDIT_ACTORS, vec![]).await?.iter().map(|row| row.text(0)).collect()
}

/// Walks the whole chain and recomputes every seal, and checks that the chain ends where its head says.
pub async fn verify(ctx: &Ctx) -> Result<Verdict, DbError> {
    let tx = ctx.db().snapshot().await?;
    let mut previous = String::new();
    let mut last = 0_i64;
    let mut checked = 0_u64;
    loop {
        let rows = tx.rows(AUDIT_AFTER, vec![last.into()]).await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            let entry = entry(row)?;
            if entry.seq != last + 1 || seal_of(ctx.keys(), &previous, &entry) != entry.seal {
                return Ok(Verdict::BrokenAt { seq: last + 1 });
            }
            last = entry.seq;
            previous = entry.seal;
            checked += 1;
        }
    }
    let head = tx
        .row(AUDIT_HEAD, vec![])
        .await?
        .map(|row| Ok::<_, DbError>((row.int(0)?, row.text(1)?)))
        .transpose()?;
    if head != Some((last, previous.clone())) {
        return Ok(Verdict::BrokenAt { seq: last + 1 });
    }
    Ok(Verdict::Whole { entries: checked, head: previous })
}

fn entry(row: &Row) -> Result<Entry, DbError> {
    Ok(Entry {
        seq: row.int(0)?,
        at: row.instant(1)?,
        actor: row.text(2)?,
        action: row.text(3)?,
        subject_kind: row.text(4)?,
        subject_id: row.text(5)?,
        detail: row.text(6)?,
        request: row.text(7)?,
        seal: row.text(8)?,
    })
}
