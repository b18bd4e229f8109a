//! SQL of barriers.

use privacy::Policy;

use super::{
    Barrier, BarrierError, Details, How, LATELY_DAYS, NewBarrier, Others, Recorded, Resolution, TEXT_MOST,
    Usage, Version, Where, checked,
};
use crate::casework::event_withdraw;
use crate::kernel::access::{self, CaseGrant, ClientGrant, May};
use crate::kernel::audit::{self, Act};
use crate::kernel::codes::System;
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{DbError, Row, Tx, Value};
use crate::kernel::ids::{CaseId, ClientId};

crate::statements! {
    BARRIER_EVENT_INSERT = "\
insert into case_event (id, case_id, kind, code, system, organization_id, occurred_on, ended_on, note, recorded_at,
  recorded_by, supersedes_seq)
values ($1, $2, 'barrier', $3, $4, $5, $6, '', $7, $8, $9, $10)";
    /// What stands of everything that happened, in the order in which it was recorded: for adding what is known of it.
    EVENTS_RECORDED = "\
select e.id, e.case_id, e.kind, e.code, e.system, e.occurred_on, e.recorded_by
from case_event e
where e.kind in ('barrier', 'crisis', 'referral')
  and not exists (select 1 from case_event s where s.supersedes_seq = e.seq)
order by e.seq";
    BARRIER_DETAIL_INSERT = "\
insert into barrier_detail (event_id, barrier_id, burden, access, locus, severity, need_domain, verb, preventable,
  confidence, verification, rule, workaround, cost_days, cost_cents, own_words)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    BARRIER_RESOLUTION_INSERT = "\
insert into barrier_resolution (barrier_id, resolved_on, how, note, recorded_at, recorded_by)
values ($1, $2, $3, $4, $5, $6)";
    BARRIER_RESOLUTION_DELETE = "delete from barrier_resolution where barrier_id = $1";
    ORGANIZATION_IS_THERE = "select 1 from organization where id = $1";
    ORGANIZATIONS = "select id, name, system from organization order by name, id";
    /// Open cases first, then the newest: a barrier goes to the first unless somebody chooses another.
    CASES_TO_RECORD_IN = "\
select id, opened_on, closed_on
from client_case
where client_id = $1
order by case when closed_on = '' or closed_on > $2 then 0 else 1 end, opened_on desc, id";
    /// Every barrier of a client as it stands: what a correction superseded is left out.
    BARRIERS = "\
select coalesce(d.barrier_id, e.id), e.id, e.case_id, e.code, e.system, e.organization_id, coalesce(o.name, ''),
  e.occurred_on, e.note, e.recorded_at, coalesce(a.name, e.recorded_by),
  coalesce(d.burden, ''), coalesce(d.access, ''), coalesce(d.locus, ''), coalesce(d.severity, ''),
  coalesce(d.need_domain, ''), coalesce(d.verb, ''), coalesce(d.preventable, ''), coalesce(d.confidence, ''),
  coalesce(d.verification, ''), coalesce(d.rule, ''), coalesce(d.workaround, ''), d.cost_days, d.cost_cents,
  coalesce(d.own_words, ''), coalesce(r.resolved_on, ''), coalesce(r.how, ''), coalesce(r.note, ''), e.seq
from case_event e
join client_case cc on cc.id = e.case_id
left join barrier_detail d on d.event_id = e.id
left join barrier_resolution r on r.barrier_id = coalesce(d.barrier_id, e.id)
left join organization o on o.id = e.organization_id
left join account a on a.id = e.recorded_by
where cc.client_id = $1
  and e.kind = 'barrier'
  and not exists (select 1 from case_event s where s.supersedes_seq = e.seq)
order by e.occurred_on desc, e.seq desc";
    BARRIER_VERSIONS = "\
select e.code, e.occurred_on, e.recorded_at, coalesce(a.name, e.recorded_by)
from case_event e
left join barrier_detail d on d.event_id = e.id
left join account a on a.id = e.recorded_by
where e.id = $1
  or e.id in (select v.event_id from barrier_detail v where v.barrier_id = $1)
order by e.seq desc";
    /// What was recorded lately, by mechanism: in all, and by one worker.
    BARRIER_USAGE = "\
select e.code, cast(sum(case when e.recorded_by = $1 then 1 else 0 end) as bigint), cast(count(*) as bigint)
from case_event e
where e.kind = 'barrier'
  and e.occurred_on > $2
  and not exists (select 1 from case_event s where s.supersedes_seq = e.seq)
group by e.code
order by e.code";
    /// Other clients by mechanism: in the client's area, and in all. A restricted client is not counted for anybody:
    /// the count must not move when a file is hidden from one reader and not from another.
    BARRIER_OTHERS = "\
select e.code, cast(count(distinct case when c.area = me.area then c.id end) as bigint),
  cast(count(distinct c.id) as bigint)
from client me
join client c on c.id <> me.id
join client_case cc on cc.client_id = c.id
join case_event e on e.case_id = cc.id
where me.id = $1
  and e.kind = 'barrier'
  and e.occurred_on > $2
  and e.occurred_on <= $3
  and c.merged_into = ''
  and not exists (select 1 from client_restriction r where r.client_id = c.id)
  and not exists (select 1 from case_event s where s.supersedes_seq = e.seq)
group by e.code
order by e.code";
}

/// Records a barrier in somebody else's transaction: the quick log's, a referral's. Returns the id of the row of what
/// happened, which is the barrier's id too.
///
/// # Errors
/// [`BarrierError::NotFound`] when the grant is for reading only; what is wrong with the barrier.
pub async fn record_in(
    ctx: &Ctx,
    tx: &mut Tx,
    grant: &CaseGrant,
    new: &NewBarrier,
) -> Result<String, BarrierError> {
    if grant.may() != May::Record {
        return Err(BarrierError::NotFound);
    }
    let new = checked(new, ctx.now.day())?;
    organization_is_there(tx, &new.organization).await?;
    let id = ctx.new_id();
    write(ctx, tx, grant.case(), &id, &id, None, &new).await?;
    let act = Act { action: "barrier.record", subject_kind: "barrier", subject_id: &id, detail: &new.code };
    audit::append(ctx, tx, act).await?;
    Ok(id)
}

/// Records a barrier of a client in one of the client's cases: the named one, or the newest open one.
pub async fn record(
    ctx: &Ctx,
    client: &ClientId,
    case: Option<&CaseId>,
    new: &NewBarrier,
) -> Result<String, BarrierError> {
    let mut tx = ctx.begin().await?;
    let grant = access::client(ctx, &mut tx, client.clone(), May::Record).await?;
    let cases = cases_to_record_in(ctx, &tx, &grant).await?;
    let case = match case {
        None => cases.into_iter().next(),
        Some(case) => cases.into_iter().find(|it| it == case),
    };
    let case = access::case(ctx, &mut tx, case.ok_or(BarrierError::NotFound)?, May::Record).await?;
    let id = record_in(ctx, &mut tx, &case, new).await?;
    tx.commit().await?;
    Ok(id)
}

/// Replaces what a barrier says. `event_id` is the row that the caller saw: if another holds by now, nothing is written.
pub async fn correct(
    ctx: &Ctx,
    client: &ClientId,
    barrier: &str,
    event_id: &str,
    new: &NewBarrier,
) -> Result<String, BarrierError> {
    let mut tx = ctx.begin().await?;
    let grant = access::client(ctx, &mut tx, client.clone(), May::Record).await?;
    let (before, seq) = one(&tx, &grant, barrier).await?;
    if before.event_id != event_id {
        return Err(BarrierError::ChangedMeanwhile);
    }
    let new = checked(new, ctx.now.day())?;
    organization_is_there(&tx, &new.organization).await?;
    let id = ctx.new_id();
    write(ctx, &mut tx, &before.case, &id, barrier, Some(seq), &new).await?;
    let detail = changed_fields(&before, &new);
    let act =
        Act { action: "barrier.correct", subject_kind: "barrier", subject_id: barrier, detail: &detail };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await?;
    Ok(id)
}

/// Takes back a barrier that was recorded in error: in the wrong file, say. `event_id` as for [`correct`].
pub async fn withdraw(
    ctx: &Ctx,
    client: &ClientId,
    barrier: &str,
    event_id: &str,
) -> Result<(), BarrierError> {
    let mut tx = ctx.begin().await?;
    let grant = access::client(ctx, &mut tx, client.clone(), May::Record).await?;
    let (before, seq) = one(&tx, &grant, barrier).await?;
    if before.event_id != event_id {
        return Err(BarrierError::ChangedMeanwhile);
    }
    match event_withdraw(ctx, &tx, &before.case, &before.code, before.occurred_on, seq).await {
        Err(error) if error.is_unique_violation() => return Err(BarrierError::ChangedMeanwhile),
        other => other?,
    }
    let act = Act { action: "barrier.withdraw", subject_kind: "barrier", subject_id: barrier, detail: "" };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await?;
    Ok(())
}

/// Names of what a correction changed, for the audit trail; no contents.
fn changed_fields(before: &Barrier, new: &NewBarrier) -> String {
    let now = &new.details;
    let was = &before.details;
    [
        ("code", before.code != new.code),
        ("system", before.system != new.system),
        ("organization", before.organization != new.organization),
        ("day", before.occurred_on != new.occurred_on),
        ("note", before.note != new.note),
        ("axes", (was.burden, was.access, was.locus) != (now.burden, now.access, now.locus)),
        ("severity", was.severity != now.severity),
        ("domain", was.domain != now.domain),
        ("verb", was.verb != now.verb),
        ("preventable", was.preventable != now.preventable),
        ("confidence", was.confidence != now.confidence),
        ("verification", was.verification != now.verification),
        ("rule", was.rule != now.rule),
        ("workaround", was.workaround != now.workaround),
        ("cost", (was.cost_days, was.cost_cents) != (now.cost_days, now.cost_cents)),
        ("own_words", was.own_words != now.own_words),
    ]
    .into_iter()
    .filter_map(|(name, changed)| changed.then_some(name))
    .collect::<Vec<_>>()
    .join(", ")
}

/// Says how a barrier ended.
pub async fn resolve(
    ctx: &Ctx,
    client: &ClientId,
    barrier: &str,
    resolution: &Resolution,
) -> Result<(), BarrierError> {
    let mut tx = ctx.begin().await?;
    let grant = access::client(ctx, &mut tx, client.clone(), May::Record).await?;
    resolve_in(ctx, &mut tx, &grant, barrier, resolution).await?;
    tx.commit().await?;
    Ok(())
}

/// The same in somebody else's transaction: a referral that is answered after all ends the barrier it met.
pub async fn resolve_in(
    ctx: &Ctx,
    tx: &mut Tx,
    grant: &ClientGrant,
    barrier: &str,
    resolution: &Resolution,
) -> Result<(), BarrierError> {
    if grant.may() != May::Record {
        return Err(BarrierError::NotFound);
    }
    let (before, _) = one(tx, grant, barrier).await?;
    if before.resolution.is_some() {
        return Err(BarrierError::ChangedMeanwhile);
    }
    if resolution.on < before.occurred_on || resolution.on > ctx.now.day() {
        return Err(BarrierError::ResolvedOn);
    }
    let note = resolution.note.trim();
    if note.chars().count() > TEXT_MOST {
        return Err(BarrierError::TooLong);
    }
    let values = vec![
        before.id.clone().into(),
        resolution.on.to_string().into(),
        resolution.how.code().into(),
        note.to_owned().into(),
        ctx.now.micros().into(),
        ctx.actor.label().into(),
    ];
    tx.execute(BARRIER_RESOLUTION_INSERT, values).await?;
    let detail = resolution.how.code();
    let act = Act { action: "barrier.resolve", subject_kind: "barrier", subject_id: barrier, detail };
    Ok(audit::append(ctx, tx, act).await?)
}

/// Opens a barrier again that was closed too early.
pub async fn reopen(ctx: &Ctx, client: &ClientId, barrier: &str) -> Result<(), BarrierError> {
    let mut tx = ctx.begin().await?;
    let grant = access::client(ctx, &mut tx, client.clone(), May::Record).await?;
    let (before, _) = one(&tx, &grant, barrier).await?;
    let how = before.resolution.ok_or(BarrierError::ChangedMeanwhile)?.how;
    tx.execute(BARRIER_RESOLUTION_DELETE, vec![before.id.into()]).await?;
    let detail = format!("was {how}");
    let act = Act { action: "barrier.reopen", subject_kind: "barrier", subject_id: barrier, detail: &detail };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await?;
    Ok(())
}

/// Every barrier of the client as it stands, the newest first.
pub async fn barriers(_: &Ctx, tx: &Tx, grant: &ClientGrant) -> Result<Vec<Barrier>, DbError> {
    let rows = tx.rows(BARRIERS, vec![grant.client().into()]).await?;
    rows.iter().map(|row| barrier_of(row).map(|(barrier, _)| barrier)).collect()
}

/// The rows that a barrier went through, the one that holds first.
pub async fn versions(
    ctx: &Ctx,
    tx: &Tx,
    grant: &ClientGrant,
    barrier: &str,
) -> Result<Vec<Version>, DbError> {
    // Only a barrier of this client has versions to show.
    if !barriers(ctx, tx, grant).await?.iter().any(|it| it.id == barrier) {
        return Ok(Vec::new());
    }
    let rows = tx.rows(BARRIER_VERSIONS, vec![barrier.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(Version {
                code: row.text(0)?,
                occurred_on: row.day(1)?,
                recorded_at: row.instant(2)?,
                recorded_by: row.text(3)?,
            })
        })
        .collect()
}

/// The client's cases in which something can be recorded, the likeliest first.
pub async fn cases_to_record_in(ctx: &Ctx, tx: &Tx, grant: &ClientGrant) -> Result<Vec<CaseId>, DbError> {
    let values = vec![grant.client().into(), ctx.now.day().to_string().into()];
    let rows = tx.rows(CASES_TO_RECORD_IN, values).await?;
    rows.iter().map(|row| row.text(0).map(CaseId::from_text)).collect()
}

/// Every organization to choose from: id, name, code of its system.
pub async fn organizations(tx: &Tx) -> Result<Vec<(String, String, String)>, DbError> {
    let rows = tx.rows(ORGANIZATIONS, vec![]).await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?, row.text(2)?))).collect()
}

/// What was recorded lately, by mechanism, for [`super::ranked`].
pub async fn usage(ctx: &Ctx, tx: &Tx) -> Result<Vec<Usage>, DbError> {
    let since = ctx.now.day().plus_days(-LATELY_DAYS).to_string();
    let rows = tx.rows(BARRIER_USAGE, vec![ctx.actor.label().into(), since.into()]).await?;
    rows.iter()
        .map(|row| Ok(Usage { code: row.text(0)?, n_own: row.count(1)?, n_agency: row.count(2)? }))
        .collect()
}

/// How many other clients met each mechanism lately: in the client's area where that may be shown, else in the agency.
/// Only one of the two is handed out, so that the rest of the agency does not follow by subtraction. A mechanism that
/// is not in the list was met by nobody else.
pub async fn others(
    ctx: &Ctx,
    tx: &Tx,
    grant: &ClientGrant,
    policy: &Policy,
) -> Result<Vec<Others>, DbError> {
    let today = ctx.now.day();
    let values = vec![
        grant.client().into(),
        today.plus_days(-LATELY_DAYS).to_string().into(),
        today.to_string().into(),
    ];
    let rows = tx.rows(BARRIER_OTHERS, values).await?;
    rows.iter()
        .map(|row| {
            let (in_area, in_all) = (row.count(1)?, row.count(2)?);
            let (scope, n) =
                if in_area >= policy.threshold() { (Where::Area, in_area) } else { (Where::Agency, in_all) };
            Ok(Others { code: row.text(0)?, scope, count: policy.count(n) })
        })
        .collect()
}

/// Every barrier, crisis and referral step that stands, in the order of recording: what [`details_insert`] goes by. For
/// loading records that were kept elsewhere; it names no client.
pub async fn events_recorded(tx: &Tx) -> Result<Vec<Recorded>, DbError> {
    tx.rows(EVENTS_RECORDED, vec![])
        .await?
        .iter()
        .map(|row| {
            Ok(Recorded {
                id: row.text(0)?,
                case: CaseId::from_text(row.text(1)?),
                kind: row.text(2)?,
                code: row.text(3)?,
                system: System::from_code(&row.text(4)?),
                occurred_on: row.day(5)?,
                recorded_by: row.text(6)?,
            })
        })
        .collect()
}

/// Adds axes to barriers that stand already, many at once: (id of the row of what happened, its code, details).
/// For loading records that were kept elsewhere.
pub async fn details_insert(
    ctx: &Ctx,
    tx: &mut Tx,
    barriers: &[(String, String, Details)],
    resolutions: &[(String, Resolution)],
) -> Result<(), DbError> {
    let mut rows: Vec<Value> = Vec::with_capacity(barriers.len() * 16);
    for (event, code, details) in barriers {
        rows.extend(detail_values(event, event, &details.clone().or_usual_for(code)));
    }
    tx.insert_many(BARRIER_DETAIL_INSERT, 16, rows).await?;
    let mut rows: Vec<Value> = Vec::with_capacity(resolutions.len() * 6);
    for (barrier, resolution) in resolutions {
        rows.extend([
            barrier.clone().into(),
            resolution.on.to_string().into(),
            resolution.how.code().into(),
            resolution.note.clone().into(),
            ctx.now.micros().into(),
            ctx.actor.label().into(),
        ]);
    }
    tx.insert_many(BARRIER_RESOLUTION_INSERT, 6, rows).await?;
    Ok(())
}

async fn organization_is_there(tx: &Tx, organization: &str) -> Result<(), BarrierError> {
    if organization.is_empty() || tx.row(ORGANIZATION_IS_THERE, vec![organization.into()]).await?.is_some() {
        return Ok(());
    }
    Err(BarrierError::Organization)
}

async fn write(
    ctx: &Ctx,
    tx: &mut Tx,
    case: &CaseId,
    id: &str,
    barrier: &str,
    supersedes: Option<i64>,
    new: &NewBarrier,
) -> Result<(), BarrierError> {
    let values = vec![
        id.into(),
        case.into(),
        new.code.clone().into(),
        new.system.map(System::code).unwrap_or_default().into(),
        new.organization.clone().into(),
        new.occurred_on.to_string().into(),
        new.note.clone().into(),
        ctx.now.micros().into(),
        ctx.actor.label().into(),
        supersedes.into(),
    ];
    match tx.execute(BARRIER_EVENT_INSERT, values).await {
        Err(error) if error.is_unique_violation() => return Err(BarrierError::ChangedMeanwhile),
        other => other?,
    };
    tx.execute(BARRIER_DETAIL_INSERT, detail_values(id, barrier, &new.details)).await?;
    Ok(())
}

fn detail_values(event: &str, barrier: &str, details: &Details) -> Vec<Value> {
    let code = |code: Option<&'static str>| Value::from(code.unwrap_or_default());
    vec![
        event.into(),
        barrier.into(),
        code(details.burden.map(|it| it.code())),
        code(details.access.map(|it| it.code())),
        code(details.locus.map(|it| it.code())),
        code(details.severity.map(|it| it.code())),
        code(details.domain.map(|it| it.code())),
        code(details.verb.map(|it| it.code())),
        code(details.preventable.map(|it| it.code())),
        code(details.confidence.map(|it| it.code())),
        code(details.verification.map(|it| it.code())),
        details.rule.clone().into(),
        details.workaround.clone().into(),
        details.cost_days.map(i64::from).into(),
        details.cost_cents.map(i64::from).into(),
        details.own_words.clone().into(),
    ]
}

/// One barrier of the client, by the id that stays, with the number of the row that holds now.
async fn one(tx: &Tx, grant: &ClientGrant, barrier: &str) -> Result<(Barrier, i64), BarrierError> {
    for row in tx.rows(BARRIERS, vec![grant.client().into()]).await? {
        let found = barrier_of(&row)?;
        if found.0.id == barrier {
            return Ok(found);
        }
    }
    Err(BarrierError::NotFound)
}

fn barrier_of(row: &Row) -> Result<(Barrier, i64), DbError> {
    use super::{Access, Burden, Confidence, Judgement, Locus, NeedDomain, Severity, Verb, Verification};
    let code = row.text(3)?;
    let number = |at: usize| {
        row.int_or_none(at)?
            .map(|n| u32::try_from(n).map_err(|_| DbError::Stored(format!("a cost of {n}"))))
            .transpose()
    };
    let details = Details {
        burden: Burden::from_code(&row.text(11)?),
        access: Access::from_code(&row.text(12)?),
        locus: Locus::from_code(&row.text(13)?),
        severity: Severity::from_code(&row.text(14)?),
        domain: NeedDomain::from_code(&row.text(15)?),
        verb: Verb::from_code(&row.text(16)?),
        preventable: Judgement::from_code(&row.text(17)?),
        confidence: Confidence::from_code(&row.text(18)?),
        verification: Verification::from_code(&row.text(19)?),
        rule: row.text(20)?,
        workaround: row.text(21)?,
        cost_days: number(22)?,
        cost_cents: number(23)?,
        own_words: row.text(24)?,
    };
    // A closed barrier whose way of closing this version does not know is still closed.
    let resolution = row.day_or_none(25)?.map(|on| {
        Ok::<_, DbError>(Resolution {
            on,
            how: How::from_code(&row.text(26)?).unwrap_or(How::NotNeeded),
            note: row.text(27)?,
        })
    });
    let barrier = Barrier {
        id: row.text(0)?,
        event_id: row.text(1)?,
        case: CaseId::from_text(row.text(2)?),
        details: details.or_usual_for(&code),
        code,
        system: System::from_code(&row.text(4)?),
        organization: row.text(5)?,
        organization_name: row.text(6)?,
        occurred_on: row.day(7)?,
        note: row.text(8)?,
        recorded_at: row.instant(9)?,
        recorded_by: row.text(10)?,
        resolution: resolution.transpose()?,
    };
    Ok((barrier, row.int(28)?))
}
