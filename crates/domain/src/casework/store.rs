//! SQL of casework.

use super::cases::{CaseState, Part};
use super::{Case, CaseEvent};
use crate::kernel::clock::Day;
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{DbError, Tx, Value};
use crate::kernel::ids::CaseId;

crate::statements! {
    /// What takes an event back: it supersedes the row that holds, and counts nowhere.
    EVENT_WITHDRAW = "\
insert into case_event (id, case_id, kind, code, system, organization_id, occurred_on, ended_on, note, recorded_at,
  recorded_by, supersedes_seq)
values ($1, $2, 'withdrawn', $3, '', '', $4, '', '', $5, $6, $7)";
    EVENT_IDS = "select id from case_event order by seq";
    CASE_INSERT = "\
insert into client_case (id, client_id, case_ref, area, stratum_id, worker_id, opened_on, closed_on, state)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    CASE_LEAD_INSERT = "\
insert into case_assignment (id, case_id, account_id, part, from_day, to_day, reason)
values ($1, $2, $3, $4, $5, $6, $7)";
    CASE_EVENT_INSERT = "\
insert into case_event (id, case_id, kind, code, system, organization_id, occurred_on, ended_on, note, recorded_at, recorded_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
}

/// Opens cases, active ones or such that have ended, each with its lead. Their pseudonym is made here, so that nothing later needs the case's id.
pub async fn cases_insert(ctx: &Ctx, tx: &mut Tx, cases: &[Case]) -> Result<(), DbError> {
    let mut rows: Vec<Value> = Vec::with_capacity(cases.len() * 9);
    let mut leads: Vec<Value> = Vec::with_capacity(cases.len() * 7);
    for case in cases {
        let state = if case.closed_on.is_some() { CaseState::Finished } else { CaseState::Active };
        let case_ref = ctx.keys().case_ref("casework", case.id.as_str().as_bytes());
        rows.push((&case.id).into());
        rows.push((&case.client).into());
        rows.push((&case_ref).into());
        rows.push(case.area.clone().into());
        rows.push(case.stratum_id.into());
        rows.push((&case.worker).into());
        rows.push(case.opened_on.to_string().into());
        rows.push(case.closed_on.map(|day| day.to_string()).unwrap_or_default().into());
        rows.push(state.code().into());
        leads.push(ctx.new_id().into());
        leads.push((&case.id).into());
        leads.push((&case.worker).into());
        leads.push(Part::Lead.code().into());
        leads.push(case.opened_on.to_string().into());
        leads.extend(["".into(), "".into()]);
    }
    tx.insert_many(CASE_INSERT, 9, rows).await?;
    tx.insert_many(CASE_LEAD_INSERT, 7, leads).await?;
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

/// Ids of everything that happened, in the order of recording; for loading records that were kept elsewhere.
pub async fn event_ids(tx: &Tx) -> Result<Vec<String>, DbError> {
    tx.rows(EVENT_IDS, vec![]).await?.iter().map(|row| row.text(0)).collect()
}

/// Takes back an event that was recorded in error, by its place in the order of recording. A unique violation: somebody
/// corrected it or took it back meanwhile.
pub(crate) async fn event_withdraw(
    ctx: &Ctx,
    tx: &Tx,
    case: &CaseId,
    code: &str,
    occurred_on: Day,
    seq: i64,
) -> Result<(), DbError> {
    let values = vec![
        ctx.new_id().into(),
        case.into(),
        code.to_owned().into(),
        occurred_on.to_string().into(),
        ctx.now.micros().into(),
        ctx.actor.label().into(),
        seq.into(),
    ];
    tx.execute(EVENT_WITHDRAW, values).await.map(drop)
}
