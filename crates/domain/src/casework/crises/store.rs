//! SQL of crises.

use std::collections::BTreeMap;

use super::{
    BEFORE_DAYS, Board, BoardKind, BoardLine, Candidate, Crisis, CrisisError, CrisisLevel, NewCrisis,
    NewReview, Review, Setting, checked, is_likely, rank, short,
};
use crate::casework::barriers::{self, Judgement, LATELY_DAYS, mechanism};
use crate::casework::event_withdraw;
use crate::kernel::access::{self, CaseGrant, ClientGrant, May};
use crate::kernel::audit::{self, Act};
use crate::kernel::clock::Day;
use crate::kernel::codes::System;
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{DbError, Row, Tx, Value};
use crate::kernel::ids::{CaseId, ClientId};
use crate::people::Client;

crate::statements! {
    CRISIS_EVENT_INSERT = "\
insert into case_event (id, case_id, kind, code, system, organization_id, occurred_on, ended_on, note, recorded_at,
  recorded_by, supersedes_seq)
values ($1, $2, 'crisis', $3, $4, '', $5, $6, $7, $8, $9, $10)";
    CRISIS_DETAIL_INSERT = "\
insert into crisis_detail (event_id, crisis_id, setting, level, foreseeable)
values ($1, $2, $3, $4, $5)";
    CRISIS_SYSTEM_INSERT = "insert into crisis_system (event_id, system) values ($1, $2)";
    CRISIS_ANTECEDENT_INSERT = "insert into crisis_antecedent (crisis_id, event_id) values ($1, $2)";
    CRISIS_ANTECEDENTS_DELETE = "delete from crisis_antecedent where crisis_id = $1";
    CRISIS_REVIEW_INSERT = "\
insert into crisis_review (crisis_id, preventable, tried, missing, barrier_code, barrier_event_id, reviewed_on,
  reviewed_at, reviewed_by, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)";
    CRISIS_REVIEW_UPDATE = "\
update crisis_review
set preventable = $2, tried = $3, missing = $4, barrier_code = $5,
  barrier_event_id = case when $6 = '' then barrier_event_id else $6 end,
  reviewed_on = $7, reviewed_at = $8, reviewed_by = $9, version = version + 1
where crisis_id = $1
  and version = $10";
    /// Every crisis of a client as it stands: what a correction superseded is left out.
    CRISES_OF_CLIENT = "\
select coalesce(d.crisis_id, e.id), e.id, e.case_id, e.code, e.occurred_on, e.ended_on, coalesce(d.level, 0),
  coalesce(d.setting, ''), coalesce(d.foreseeable, ''), e.system, e.note, e.recorded_at,
  coalesce(a.name, e.recorded_by), coalesce(r.preventable, ''), coalesce(r.tried, ''), coalesce(r.missing, ''),
  coalesce(r.barrier_code, ''), coalesce(r.reviewed_on, ''), coalesce(ra.name, r.reviewed_by, ''),
  coalesce(r.version, 0), e.seq
from case_event e
join client_case cc on cc.id = e.case_id
left join crisis_detail d on d.event_id = e.id
left join crisis_review r on r.crisis_id = coalesce(d.crisis_id, e.id)
left join account a on a.id = e.recorded_by
left join account ra on ra.id = r.reviewed_by
where cc.client_id = $1
  and e.kind = 'crisis'
  and not exists (select 1 from case_event s where s.supersedes_seq = e.seq)
order by e.occurred_on desc, e.seq desc";
    SYSTEMS_OF_CRISES = "\
select s.event_id, s.system
from crisis_system s
join case_event e on e.id = s.event_id
join client_case cc on cc.id = e.case_id
where cc.client_id = $1
order by s.event_id, s.system";
    ANTECEDENTS_OF_CRISES = "\
select t.crisis_id, t.event_id
from crisis_antecedent t
join case_event e on e.id = t.event_id
join client_case cc on cc.id = e.case_id
where cc.client_id = $1
order by t.crisis_id, t.event_id";
    CRISIS_CANDIDATES = "\
select e.id, e.kind, e.code, e.system, coalesce(o.name, ''), e.occurred_on
from case_event e
join client_case cc on cc.id = e.case_id
left join organization o on o.id = e.organization_id
where cc.client_id = $1
  and e.occurred_on >= $2
  and e.occurred_on <= $3
  and e.id <> $4
  and not exists (select 1 from case_event s where s.supersedes_seq = e.seq)
order by e.occurred_on desc, e.seq desc
limit 300";
    CRISIS_USAGE = "\
select e.code, cast(count(*) as bigint)
from case_event e
where e.kind = 'crisis'
  and e.occurred_on > $1
  and not exists (select 1 from case_event s where s.supersedes_seq = e.seq)
group by e.code
order by e.code";
    /// The crises since a day of the clients that exist for the reader, the newest first.
    CRISES_BOARD = concat!(
        "\
select coalesce(d.crisis_id, e.id), c.id, c.preferred_name, coalesce(a.name, ''), e.code, coalesce(d.level, 0),
  e.occurred_on, coalesce(r.preventable, '')
from case_event e
join client_case cc on cc.id = e.case_id
join client c on c.id = cc.client_id
left join crisis_detail d on d.event_id = e.id
left join crisis_review r on r.crisis_id = coalesce(d.crisis_id, e.id)
left join account a on a.id = cc.worker_id
where e.kind = 'crisis'
  and e.occurred_on > $2
  and e.occurred_on <= $3
  and c.merged_into = ''
  and not exists (select 1 from case_event s where s.supersedes_seq = e.seq)
  and ",
        crate::is_seen_by!("c.id", "$1"),
        "
order by e.occurred_on desc, e.seq desc"
    );
}

/// Records a crisis in somebody else's transaction. Returns the id of the row of what happened, the crisis's id too.
pub async fn record_in(
    ctx: &Ctx,
    tx: &mut Tx,
    grant: &CaseGrant,
    new: &NewCrisis,
) -> Result<String, CrisisError> {
    if grant.may() != May::Record {
        return Err(CrisisError::NotFound);
    }
    let new = checked(new, ctx.now.day())?;
    let id = ctx.new_id();
    write(ctx, tx, grant.case(), &id, &id, None, &new).await?;
    let act = Act { action: "crisis.record", subject_kind: "crisis", subject_id: &id, detail: &new.code };
    audit::append(ctx, tx, act).await?;
    Ok(id)
}

/// Records a crisis of a client in the client's newest open case.
pub async fn record(ctx: &Ctx, client: &ClientId, new: &NewCrisis) -> Result<String, CrisisError> {
    let mut tx = ctx.begin().await?;
    let grant = access::client(ctx, &mut tx, client.clone(), May::Record).await?;
    let case = barriers::cases_to_record_in(ctx, &tx, &grant).await?.into_iter().next();
    let case = access::case(ctx, &mut tx, case.ok_or(CrisisError::NotFound)?, May::Record).await?;
    let id = record_in(ctx, &mut tx, &case, new).await?;
    tx.commit().await?;
    Ok(id)
}

/// Replaces what a crisis says; its review and antecedents stay with it.
pub async fn correct(
    ctx: &Ctx,
    client: &ClientId,
    crisis: &str,
    event_id: &str,
    new: &NewCrisis,
) -> Result<String, CrisisError> {
    let mut tx = ctx.begin().await?;
    let grant = access::client(ctx, &mut tx, client.clone(), May::Record).await?;
    let (before, seq) = one(&tx, &grant, crisis).await?;
    if before.event_id != event_id {
        return Err(CrisisError::ChangedMeanwhile);
    }
    let new = checked(new, ctx.now.day())?;
    let id = ctx.new_id();
    write(ctx, &mut tx, &before.case, &id, crisis, Some(seq), &new).await?;
    let act = Act { action: "crisis.correct", subject_kind: "crisis", subject_id: crisis, detail: &new.code };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await?;
    Ok(id)
}

/// Takes back a crisis that was recorded in error.
pub async fn withdraw(ctx: &Ctx, client: &ClientId, crisis: &str, event_id: &str) -> Result<(), CrisisError> {
    let mut tx = ctx.begin().await?;
    let grant = access::client(ctx, &mut tx, client.clone(), May::Record).await?;
    let (before, seq) = one(&tx, &grant, crisis).await?;
    if before.event_id != event_id {
        return Err(CrisisError::ChangedMeanwhile);
    }
    match event_withdraw(ctx, &tx, &before.case, &before.code, before.occurred_on, seq).await {
        Err(error) if error.is_unique_violation() => return Err(CrisisError::ChangedMeanwhile),
        other => other?,
    }
    let act = Act { action: "crisis.withdraw", subject_kind: "crisis", subject_id: crisis, detail: "" };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await?;
    Ok(())
}

/// Ticks what came before a crisis: these rows and no others.
pub async fn tick(ctx: &Ctx, client: &ClientId, crisis: &str, events: &[String]) -> Result<(), CrisisError> {
    let mut tx = ctx.begin().await?;
    let grant = access::client(ctx, &mut tx, client.clone(), May::Record).await?;
    let (before, _) = one(&tx, &grant, crisis).await?;
    tick_in(ctx, &mut tx, &grant, &before, events).await?;
    tx.commit().await?;
    Ok(())
}

async fn tick_in(
    ctx: &Ctx,
    tx: &mut Tx,
    grant: &ClientGrant,
    crisis: &Crisis,
    events: &[String],
) -> Result<(), CrisisError> {
    // Only what happened to this client in the time before can be ticked.
    let mut ticked: Vec<String> = Vec::new();
    for candidate in candidates(ctx, tx, grant, crisis).await? {
        if events.contains(&candidate.event_id) {
            ticked.push(candidate.event_id);
        }
    }
    tx.execute(CRISIS_ANTECEDENTS_DELETE, vec![crisis.id.clone().into()]).await?;
    let rows = ticked.iter().flat_map(|event| [crisis.id.clone().into(), event.clone().into()]).collect();
    tx.insert_many(CRISIS_ANTECEDENT_INSERT, 2, rows).await?;
    let detail = format!("antecedents={}", ticked.len());
    let act = Act { action: "crisis.tick", subject_kind: "crisis", subject_id: &crisis.id, detail: &detail };
    Ok(audit::append(ctx, tx, act).await?)
}

/// Writes the review of a crisis, with what came before it and, when asked, the barrier it found. Returns the id of that
/// barrier.
pub async fn review(
    ctx: &Ctx,
    client: &ClientId,
    crisis: &str,
    events: &[String],
    new: &NewReview,
) -> Result<Option<String>, CrisisError> {
    let mut tx = ctx.begin().await?;
    let grant = access::client(ctx, &mut tx, client.clone(), May::Record).await?;
    let (before, _) = one(&tx, &grant, crisis).await?;
    if before.review.as_ref().map_or(0, |review| review.version) != new.version {
        return Err(CrisisError::ChangedMeanwhile);
    }
    let (tried, missing) = (short(&new.tried)?, short(&new.missing)?);
    if !new.barrier_code.is_empty() && mechanism(&new.barrier_code).is_none() {
        return Err(CrisisError::Code);
    }
    tick_in(ctx, &mut tx, &grant, &before, events).await?;
    let barrier = match &new.record {
        None => None,
        Some(barrier) => {
            let case = access::case(ctx, &mut tx, before.case.clone(), May::Record).await?;
            let recorded = barriers::record_in(ctx, &mut tx, &case, barrier).await;
            Some(recorded.map_err(CrisisError::Barrier)?)
        }
    };
    let mut values: Vec<Value> = vec![
        before.id.clone().into(),
        new.preventable.code().into(),
        tried.into(),
        missing.into(),
        new.barrier_code.clone().into(),
        barrier.clone().unwrap_or_default().into(),
        ctx.now.day().to_string().into(),
        ctx.now.micros().into(),
        ctx.actor.label().into(),
    ];
    if new.version == 0 {
        match tx.execute(CRISIS_REVIEW_INSERT, values).await {
            Err(error) if error.is_unique_violation() => return Err(CrisisError::ChangedMeanwhile),
            other => other?,
        };
    } else {
        values.push(new.version.into());
        if tx.execute(CRISIS_REVIEW_UPDATE, values).await? == 0 {
            return Err(CrisisError::ChangedMeanwhile);
        }
    }
    let detail = new.preventable.code();
    let act = Act { action: "crisis.review", subject_kind: "crisis", subject_id: &before.id, detail };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await?;
    Ok(barrier)
}

/// Every crisis of the client as it stands, the newest first.
pub async fn crises(_: &Ctx, tx: &Tx, grant: &ClientGrant) -> Result<Vec<Crisis>, DbError> {
    Ok(all(tx, grant).await?.into_iter().map(|(crisis, _)| crisis).collect())
}

async fn all(tx: &Tx, grant: &ClientGrant) -> Result<Vec<(Crisis, i64)>, DbError> {
    let client = || vec![Value::from(grant.client())];
    let mut systems: BTreeMap<String, Vec<System>> = BTreeMap::new();
    for row in tx.rows(SYSTEMS_OF_CRISES, client()).await? {
        systems.entry(row.text(0)?).or_default().extend(System::from_code(&row.text(1)?));
    }
    let mut antecedents: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in tx.rows(ANTECEDENTS_OF_CRISES, client()).await? {
        antecedents.entry(row.text(0)?).or_default().push(row.text(1)?);
    }
    let rows = tx.rows(CRISES_OF_CLIENT, client()).await?;
    rows.iter()
        .map(|row| {
            let (mut crisis, seq) = crisis_of(row)?;
            // The one that the record counts it under stands first.
            let others = systems.remove(&crisis.event_id).unwrap_or_default();
            crisis
                .systems
                .extend(others.into_iter().filter(|it| Some(*it) != System::from_code(&first(row))));
            crisis.antecedents = antecedents.remove(&crisis.id).unwrap_or_default();
            Ok((crisis, seq))
        })
        .collect()
}

fn first(row: &Row) -> String {
    row.text(9).unwrap_or_default()
}

async fn one(tx: &Tx, grant: &ClientGrant, crisis: &str) -> Result<(Crisis, i64), CrisisError> {
    let found = all(tx, grant).await?.into_iter().find(|(it, _)| it.id == crisis);
    found.ok_or(CrisisError::NotFound)
}

fn crisis_of(row: &Row) -> Result<(Crisis, i64), DbError> {
    let code = row.text(3)?;
    let version = row.int(19)?;
    let review = match Judgement::from_code(&row.text(13)?) {
        Some(preventable) => Some(Review {
            preventable,
            tried: row.text(14)?,
            missing: row.text(15)?,
            barrier_code: row.text(16)?,
            on: row.day(17)?,
            by: row.text(18)?,
            version,
        }),
        None => None,
    };
    let crisis = Crisis {
        id: row.text(0)?,
        event_id: row.text(1)?,
        case: CaseId::from_text(row.text(2)?),
        occurred_on: row.day(4)?,
        ended_on: row.day_or_none(5)?,
        level: level_of(&code, row.int(6)?),
        code,
        setting: Setting::from_code(&row.text(7)?),
        foreseeable: Judgement::from_code(&row.text(8)?),
        systems: System::from_code(&row.text(9)?).into_iter().collect(),
        note: row.text(10)?,
        recorded_at: row.instant(11)?,
        recorded_by: row.text(12)?,
        antecedents: Vec::new(),
        review,
    };
    Ok((crisis, row.int(20)?))
}

/// The level as stored; the kind's usual one where none was (0).
fn level_of(code: &str, stored: i64) -> CrisisLevel {
    let said = CrisisLevel::ALL.iter().copied().find(|level| level.number() == stored);
    said.or_else(|| super::crisis_kind(code).map(|kind| kind.level)).unwrap_or(CrisisLevel::Day)
}

/// What happened in the [`BEFORE_DAYS`] days before a crisis, what tends to lead to one first.
pub async fn candidates(
    _: &Ctx,
    tx: &Tx,
    grant: &ClientGrant,
    crisis: &Crisis,
) -> Result<Vec<Candidate>, DbError> {
    let values = vec![
        grant.client().into(),
        crisis.occurred_on.plus_days(-BEFORE_DAYS).to_string().into(),
        crisis.occurred_on.to_string().into(),
        crisis.event_id.clone().into(),
    ];
    let mut found = tx
        .rows(CRISIS_CANDIDATES, values)
        .await?
        .iter()
        .map(|row| {
            let (event_id, kind, code) = (row.text(0)?, row.text(1)?, row.text(2)?);
            Ok(Candidate {
                is_suggested: is_likely(&kind, &code),
                is_ticked: crisis.antecedents.contains(&event_id),
                event_id,
                kind,
                code,
                system: row.text(3)?,
                organization_name: row.text(4)?,
                occurred_on: row.day(5)?,
            })
        })
        .collect::<Result<Vec<_>, DbError>>()?;
    // The sort keeps the newest first within a rank.
    found.sort_by_key(|it| rank(&it.kind, &it.code));
    Ok(found)
}

/// How often each kind was recorded lately.
pub async fn usage(ctx: &Ctx, tx: &Tx) -> Result<Vec<(String, u64)>, DbError> {
    let since = ctx.now.day().plus_days(-LATELY_DAYS).to_string();
    let rows = tx.rows(CRISIS_USAGE, vec![since.into()]).await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.count(1)?))).collect()
}

/// The crises of the last year for a supervisor, of one kind or (empty) of all. Reviews are asked for from
/// `reviews_since` on: what is older was never meant to be reviewed. A list of names is a read of client data: it is
/// audited.
pub async fn board(ctx: &Ctx, kind: &str, reviews_since: Day) -> Result<Board, DbError> {
    const LINES: usize = 40;
    let today = ctx.now.day();
    let account = ctx.actor.account().map(ToString::to_string).unwrap_or_default();
    let mut tx = ctx.begin().await?;
    let values =
        vec![account.into(), today.plus_days(-LATELY_DAYS).to_string().into(), today.to_string().into()];
    let mut board = Board::default();
    let mut kinds: BTreeMap<String, BoardKind> = BTreeMap::new();
    for row in tx.rows(CRISES_BOARD, values).await? {
        let code = row.text(4)?;
        let occurred_on = row.day(6)?;
        let preventable = Judgement::from_code(&row.text(7)?);
        let of_kind = kinds.entry(code.clone()).or_insert_with(|| BoardKind {
            code: code.clone(),
            n: 0,
            n_reviewed: 0,
            n_preventable: 0,
        });
        of_kind.n += 1;
        of_kind.n_reviewed += u64::from(preventable.is_some());
        of_kind.n_preventable += u64::from(matches!(preventable, Some(Judgement::Yes | Judgement::Partly)));
        if !kind.is_empty() && kind != code {
            continue;
        }
        let line = BoardLine {
            id: row.text(0)?,
            client: ClientId::from_text(row.text(1)?),
            list_name: Client::list_name(&row.text(2)?),
            worker: row.text(3)?,
            level: level_of(&code, row.int(5)?),
            code,
            occurred_on,
            preventable,
            days: today.days_since(occurred_on),
        };
        if preventable.is_none() && occurred_on >= reviews_since {
            board.open.push(line.clone());
        }
        if board.newest.len() < LINES {
            board.newest.push(line);
        }
    }
    board.open.reverse();
    board.kinds = kinds.into_values().collect();
    board.kinds.sort_by_key(|kind| std::cmp::Reverse(kind.n));
    let detail = format!("crises={}", board.open.len() + board.newest.len());
    let act = Act { action: "crisis.board", subject_kind: "crisis", subject_id: "", detail: &detail };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await?;
    Ok(board)
}

/// A review for [`details_insert`]: the crisis, the day, who held it, what it says.
pub type HeldReview = (String, Day, String, NewReview);

/// Adds what is known to crises that stand already, many at once: their details by the id of the row of what happened,
/// their antecedents, their reviews. For loading records that were kept elsewhere.
pub async fn details_insert(
    ctx: &Ctx,
    tx: &mut Tx,
    details: &[(String, NewCrisis)],
    antecedents: &[(String, String)],
    reviews: &[HeldReview],
) -> Result<(), DbError> {
    let mut rows: Vec<Value> = Vec::with_capacity(details.len() * 5);
    let mut systems: Vec<Value> = Vec::new();
    for (event, new) in details {
        rows.extend(detail_values(event, event, new));
        for system in &new.systems {
            systems.extend([event.clone().into(), system.code().into()]);
        }
    }
    tx.insert_many(CRISIS_DETAIL_INSERT, 5, rows).await?;
    tx.insert_many(CRISIS_SYSTEM_INSERT, 2, systems).await?;
    let rows = antecedents.iter().flat_map(|(crisis, event)| [crisis.clone().into(), event.clone().into()]);
    tx.insert_many(CRISIS_ANTECEDENT_INSERT, 2, rows.collect()).await?;
    for (crisis, on, by, review) in reviews {
        let values = vec![
            crisis.clone().into(),
            review.preventable.code().into(),
            review.tried.clone().into(),
            review.missing.clone().into(),
            review.barrier_code.clone().into(),
            "".into(),
            on.to_string().into(),
            ctx.now.micros().into(),
            by.clone().into(),
        ];
        tx.execute(CRISIS_REVIEW_INSERT, values).await?;
    }
    Ok(())
}

async fn write(
    ctx: &Ctx,
    tx: &mut Tx,
    case: &CaseId,
    id: &str,
    crisis: &str,
    supersedes: Option<i64>,
    new: &NewCrisis,
) -> Result<(), CrisisError> {
    let values = vec![
        id.into(),
        case.into(),
        new.code.clone().into(),
        new.systems.first().copied().map(System::code).unwrap_or_default().into(),
        new.occurred_on.to_string().into(),
        new.ended_on.map(|day| day.to_string()).unwrap_or_default().into(),
        new.note.clone().into(),
        ctx.now.micros().into(),
        ctx.actor.label().into(),
        supersedes.into(),
    ];
    match tx.execute(CRISIS_EVENT_INSERT, values).await {
        Err(error) if error.is_unique_violation() => return Err(CrisisError::ChangedMeanwhile),
        other => other?,
    };
    tx.execute(CRISIS_DETAIL_INSERT, detail_values(id, crisis, new)).await?;
    let systems = new.systems.iter().flat_map(|system| [id.into(), system.code().into()]).collect();
    tx.insert_many(CRISIS_SYSTEM_INSERT, 2, systems).await?;
    Ok(())
}

fn detail_values(event: &str, crisis: &str, new: &NewCrisis) -> Vec<Value> {
    vec![
        event.into(),
        crisis.into(),
        new.setting.map(|it| it.code()).unwrap_or_default().into(),
        new.level.map(CrisisLevel::number).unwrap_or_default().into(),
        new.foreseeable.map(|it| it.code()).unwrap_or_default().into(),
    ]
}
