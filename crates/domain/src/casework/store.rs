//! SQL of casework.

use super::{Case, CaseEvent, Caseload, CaseloadLine, LatelyLine};
use crate::kernel::audit::{self, Act};
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{DbError, Row, Tx, Value};
use crate::kernel::ids::{AccountId, CaseId};
use crate::people::Client;

crate::statements! {
    CASE_INSERT = "\
insert into client_case (id, client_id, case_ref, area, stratum_id, worker_id, opened_on, closed_on)
values ($1, $2, $3, $4, $5, $6, $7, $8)";
    CASE_EVENT_INSERT = "\
insert into case_event (id, case_id, kind, code, system, organization_id, occurred_on, ended_on, note, recorded_at, recorded_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    /// A worker's open cases; those without a contact for longest come first.
    CASELOAD = "\
select cc.id, c.preferred_name, coalesce(a.name, cc.area), cc.opened_on,
  coalesce((select max(e.occurred_on) from case_event e
            where e.case_id = cc.id and e.kind = 'contact' and e.code <> 'attempted' and e.occurred_on <= $2), ''),
  coalesce((select e.occurred_on || ' ' || e.code from case_event e
            where e.case_id = cc.id and e.kind = 'barrier' and e.occurred_on <= $2
            order by e.occurred_on desc, e.seq desc limit 1), '')
from client_case cc
join client c on c.id = cc.client_id
left join area_current a on a.code = cc.area
where cc.worker_id = $1
  and (cc.closed_on = '' or cc.closed_on > $2)
  and cc.opened_on <= $2
order by 5, cc.opened_on, cc.id
limit $3";
    /// What happened lately in a worker's cases, newest first.
    CASELOAD_LATELY = "\
select e.occurred_on, c.preferred_name, e.kind, e.code
from case_event e
join client_case cc on cc.id = e.case_id
join client c on c.id = cc.client_id
where cc.worker_id = $1
  and e.kind <> 'contact'
  and e.occurred_on <= $2
order by e.occurred_on desc, e.seq desc
limit $3";
}

/// Opens cases. Their pseudonym is made here, so that nothing later needs the case's id.
pub async fn cases_insert(ctx: &Ctx, tx: &mut Tx, cases: &[Case]) -> Result<(), DbError> {
    let mut rows: Vec<Value> = Vec::with_capacity(cases.len() * 8);
    for case in cases {
        let case_ref = ctx.keys().case_ref("casework", case.id.as_str().as_bytes());
        rows.push((&case.id).into());
        rows.push((&case.client).into());
        rows.push((&case_ref).into());
        rows.push(case.area.clone().into());
        rows.push(case.stratum_id.into());
        rows.push((&case.worker).into());
        rows.push(case.opened_on.to_string().into());
        rows.push(case.closed_on.map(|day| day.to_string()).unwrap_or_default().into());
    }
    tx.insert_many(CASE_INSERT, 8, rows).await?;
    Ok(())
}

/// Appends what happened, in the order given.
pub async fn events_insert(ctx: &Ctx, tx: &mut Tx, events: &[CaseEvent]) -> Result<(), DbError> {
    let mut rows: Vec<Value> = Vec::with_capacity(events.len() * 11);
    for event in events {
        rows.push(ctx.new_id().into());
        rows.push((&event.case).into());
        rows.push(event.kind.code().into());
        rows.push(event.code.clone().into());
        rows.push(event.system.map(|system| system.code()).unwrap_or_default().into());
        rows.push(event.organization.clone().into());
        rows.push(event.occurred_on.to_string().into());
        rows.push(event.ended_on.map(|day| day.to_string()).unwrap_or_default().into());
        rows.push(event.note.clone().into());
        rows.push(event.recorded_at.micros().into());
        rows.push((&event.recorded_by).into());
    }
    tx.insert_many(CASE_EVENT_INSERT, 11, rows).await?;
    Ok(())
}

/// A worker's open cases, the longest unseen first, and what happened in them lately. A list of names is a read of
/// client data: it is audited.
pub async fn caseload(ctx: &Ctx, worker: &AccountId, limit: i64) -> Result<Caseload, DbError> {
    let today = ctx.now.day().to_string();
    let mut tx = ctx.begin().await?;
    let cases = tx.rows(CASELOAD, vec![worker.into(), today.clone().into(), limit.into()]).await?;
    let cases = cases.iter().map(caseload_line).collect::<Result<Vec<_>, _>>()?;
    let lately = tx.rows(CASELOAD_LATELY, vec![worker.into(), today.into(), 8_i64.into()]).await?;
    let lately = lately
        .iter()
        .map(|row| {
            Ok(LatelyLine {
                on: row.day(0)?,
                list_name: Client::list_name(&row.text(1)?),
                kind: row.text(2)?,
                code: row.text(3)?,
            })
        })
        .collect::<Result<Vec<_>, DbError>>()?;
    let detail = format!("cases={}", cases.len());
    let act = Act {
        action: "caseload.read",
        subject_kind: "account",
        subject_id: worker.as_str(),
        detail: &detail,
    };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await?;
    Ok(Caseload { cases, lately })
}

fn caseload_line(row: &Row) -> Result<CaseloadLine, DbError> {
    let barrier = row.text(5)?;
    let last_barrier =
        barrier.split_once(' ').and_then(|(day, code)| Some((code.to_owned(), day.parse().ok()?)));
    Ok(CaseloadLine {
        case: CaseId::from_text(row.text(0)?),
        list_name: Client::list_name(&row.text(1)?),
        area_name: row.text(2)?,
        opened_on: row.day(3)?,
        last_contact_on: row.day_or_none(4)?,
        last_barrier,
    })
}
