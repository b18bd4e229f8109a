//! SQL of issues.

use super::{EditIssue, HeldSignal, Issue, IssueError, OpenIssue, SignalIssue, Step, checked};
use crate::evidence::signals;
use crate::kernel::audit::{self, Act};
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{Db, DbError, Row};
use crate::kernel::ids::IssueId;

crate::statements! {
    ISSUE_INSERT = "\
insert into issue (id, title, description, system, step, status, opened_at, opened_by, version)
values ($1, $2, $3, $4, 'identify', 'open', $5, $6, 1)";
    ISSUE_SIGNAL_INSERT = "\
insert into issue_signal (issue_id, signal_key, snapshot, added_at, added_by)
values ($1, $2, $3, $4, $5)";
    ISSUE_UPDATE = "\
update issue
set title = $2, description = $3, system = $4, version = version + 1
where id = $1
  and version = $5";
    ISSUES = "\
select i.id, i.title, i.description, i.system, i.step, i.opened_at, coalesce(a.name, i.opened_by), i.version,
  (select cast(count(*) as bigint) from issue_signal s where s.issue_id = i.id)
from issue i
left join account a on a.id = i.opened_by
order by i.opened_at desc, i.id desc
limit $1";
    ISSUE_BY_ID = "\
select i.id, i.title, i.description, i.system, i.step, i.opened_at, coalesce(a.name, i.opened_by), i.version,
  (select cast(count(*) as bigint) from issue_signal s where s.issue_id = i.id)
from issue i
left join account a on a.id = i.opened_by
where i.id = $1";
    /// Which signals are held as evidence, and by which issue (the newest, where there are several).
    ISSUES_OF_SIGNALS = "\
select s.signal_key, i.id, i.title
from issue_signal s
join issue i on i.id = s.issue_id
order by i.opened_at desc, i.id desc";
    ISSUE_SIGNALS = "\
select snapshot, added_at
from issue_signal
where issue_id = $1
order by added_at, signal_key";
}

/// Opens an issue; from a signal, it keeps the signal's figures as they are now.
pub async fn open(ctx: &Ctx, cmd: &OpenIssue) -> Result<IssueId, IssueError> {
    let (title, description) = checked(&cmd.title, &cmd.description)?;
    let held = match &cmd.signal_key {
        None => None,
        Some(key) => {
            let stored = signals::signal(ctx.db(), key).await?.ok_or(IssueError::SignalNotFound)?;
            let snapshot =
                serde_json::to_string(&stored.signal).map_err(|error| DbError::Stored(error.to_string()))?;
            Some((key.clone(), snapshot))
        }
    };
    let mut tx = ctx.begin().await?;
    let id = IssueId::from_text(ctx.new_id());
    let detail = cmd.signal_key.as_deref().unwrap_or_default();
    let act = Act { action: "issue.open", subject_kind: "issue", subject_id: id.as_str(), detail };
    audit::append(ctx, &mut tx, act).await?;
    let by = ctx.actor.label();
    tx.execute(
        ISSUE_INSERT,
        vec![
            (&id).into(),
            title.into(),
            description.into(),
            cmd.system.clone().into(),
            ctx.now.micros().into(),
            by.clone().into(),
        ],
    )
    .await?;
    if let Some((key, snapshot)) = held {
        tx.execute(
            ISSUE_SIGNAL_INSERT,
            vec![(&id).into(), key.into(), snapshot.into(), ctx.now.micros().into(), by.into()],
        )
        .await?;
    }
    tx.commit().await?;
    Ok(id)
}

/// Changes an issue's words, if nobody changed them since the caller looked.
pub async fn edit(ctx: &Ctx, cmd: &EditIssue) -> Result<(), IssueError> {
    let (title, description) = checked(&cmd.title, &cmd.description)?;
    if issue(ctx.db(), &cmd.id).await?.is_none() {
        return Err(IssueError::NotFound);
    }
    let mut tx = ctx.begin().await?;
    let act = Act {
        action: "issue.edit",
        subject_kind: "issue",
        subject_id: cmd.id.as_str(),
        detail: "title, description, system",
    };
    audit::append(ctx, &mut tx, act).await?;
    let touched = tx
        .execute(
            ISSUE_UPDATE,
            vec![
                (&cmd.id).into(),
                title.into(),
                description.into(),
                cmd.system.clone().into(),
                cmd.version.into(),
            ],
        )
        .await?;
    if touched == 0 {
        return Err(IssueError::ChangedMeanwhile);
    }
    tx.commit().await?;
    Ok(())
}

pub async fn issues(db: &Db, limit: i64) -> Result<Vec<Issue>, DbError> {
    db.rows(ISSUES, vec![limit.into()]).await?.iter().map(issue_of).collect()
}

/// An issue with the evidence it holds.
pub async fn issue(db: &Db, id: &IssueId) -> Result<Option<(Issue, Vec<HeldSignal>)>, DbError> {
    let Some(row) = db.row(ISSUE_BY_ID, vec![id.into()]).await? else { return Ok(None) };
    let issue = issue_of(&row)?;
    let held = db
        .rows(ISSUE_SIGNALS, vec![id.into()])
        .await?
        .iter()
        .map(|row| {
            let signal =
                serde_json::from_str(&row.text(0)?).map_err(|error| DbError::Stored(error.to_string()))?;
            Ok(HeldSignal { signal, added_at: row.instant(1)? })
        })
        .collect::<Result<Vec<_>, DbError>>()?;
    Ok(Some((issue, held)))
}

/// Every signal that an issue holds, newest issue first.
pub async fn issues_of_signals(db: &Db) -> Result<Vec<SignalIssue>, DbError> {
    db.rows(ISSUES_OF_SIGNALS, vec![])
        .await?
        .iter()
        .map(|row| {
            let issue = IssueId::from_text(row.text(1)?);
            Ok(SignalIssue { signal_key: row.text(0)?, issue, title: row.text(2)? })
        })
        .collect()
}

fn issue_of(row: &Row) -> Result<Issue, DbError> {
    Ok(Issue {
        id: IssueId::from_text(row.text(0)?),
        title: row.text(1)?,
        description: row.text(2)?,
        system: row.text(3)?,
        step: Step::from_code(&row.text(4)?)?,
        opened_at: row.instant(5)?,
        opened_by: row.text(6)?,
        version: row.int(7)?,
        n_signals: row.count(8)?,
    })
}
