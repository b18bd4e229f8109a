//! SQL of the timeline.

use super::{Cursor, Filter, LOOK_MINUTES, Line, Lines, NoteFacts};
use crate::kernel::access::ClientGrant;
use crate::kernel::clock::{Day, Instant};
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{DbError, Row, Tx, Value};
use crate::kernel::ids::CaseId;

/// The words of a line in lower case, asked for by a pattern that is in lower case too.
macro_rules! says {
    ($words:literal, $pattern:literal) => {
        concat!("lower(", $words, ") like ", $pattern, " escape '!'")
    };
}

crate::statements! {
    /// Events, and how the cases moved, of one client, newest first. Only what stands, and of the notes only those that
    /// the reader ($2) may read: both are policy and stand in the statement. Where a case began and ended is told once,
    /// by the case itself.
    TIMELINE = concat!("\
select t.id, t.day, t.at, t.kind, t.code, t.until, t.system, coalesce(o.name, ''), t.words, t.client_words,
  coalesce(a.name, t.who), t.case_id, t.is_corrected, t.note_id, t.medium, t.outcome, t.whom, t.minutes, t.visibility,
  t.is_with_client, t.who
from (
  select e.id as id, e.occurred_on as day, e.recorded_at as at, e.kind as kind, e.code as code, e.ended_on as until,
    e.system as system, e.organization_id as organization_id, coalesce(ct.words, e.note) as words,
    coalesce(ct.client_words, '') as client_words, e.recorded_by as who, e.case_id as case_id,
    cast(case when e.supersedes_seq is null then 0 else 1 end as bigint) as is_corrected,
    coalesce(ct.note_id, '') as note_id, coalesce(ct.medium, '') as medium, coalesce(ct.outcome, '') as outcome,
    coalesce(ct.whom, '') as whom, ct.minutes as minutes, coalesce(n.visibility, '') as visibility,
    coalesce(ct.is_with_client, 0) as is_with_client
  from client_case cc
  join case_event e on e.case_id = cc.id
  left join contact ct on ct.event_id = e.id
  left join contact_note n on n.id = ct.note_id
  where cc.client_id = $1
    and not exists (select 1 from case_event s where s.supersedes_seq = e.seq)
    and e.kind <> 'withdrawn'
    and (n.id is null or ", crate::note_is_read_by!("n", "$2"), ")
  union all
  select cc.id || '-opened', cc.opened_on, 0, 'case', 'opened', '', '', '', cc.programme, '', cc.worker_id, cc.id, 0,
    '', '', '', '', cast(null as bigint), '', 0
  from client_case cc
  where cc.client_id = $1
  union all
  select cc.id || '-closed', cc.closed_on, 9000000000000000, 'case', 'closed', '', '', '', '', '', cc.worker_id, cc.id,
    0, '', '', '', '', cast(null as bigint), '', 0
  from client_case cc
  where cc.client_id = $1
    and cc.closed_on <> ''
  union all
  select ch.id, ch.day, ch.at, 'case', ch.kind || case when ch.kind = 'state' then '_' || ch.to_code else '' end, '', '',
    '', case when ch.kind = 'programme' then ch.to_code else ch.note end, '', ch.by, ch.case_id, 0, '', '', '', '',
    cast(null as bigint), '', 0
  from client_case cc
  join case_change ch on ch.case_id = cc.id
  where cc.client_id = $1
    and ch.kind in ('state', 'transfer', 'assigned', 'unassigned', 'programme', 'approved', 'sent_back')
    and ch.to_code not in ('finished', 'cancelled')
) t
left join organization o on o.id = t.organization_id
left join account a on a.id = t.who
where ($3 = '' or t.kind = $3)
  and ($4 = '' or ", says!("t.words", "$4"), " or ", says!("t.client_words", "$4"), " or ",
        says!("coalesce(o.name, '')", "$4"), ")
  and t.day >= $5
  and t.day <= $6
  and ($7 = 0 or (t.at > $7 and t.at < 9000000000000000 and t.who <> $2))
  and (t.day, t.at, t.id) < ($8, $9, $10)
order by t.day desc, t.at desc, t.id desc
limit $11");
    /// Tasks that were done, newest first; the day is that of the moment.
    TIMELINE_TASKS = concat!("\
select t.id, t.ended_at, t.title, t.case_id, coalesce(a.name, t.worker_id)
from client_case cc
join task t on t.case_id = cc.id
left join account a on a.id = t.worker_id
where cc.client_id = $1
  and t.state = 'done'
  and t.title <> ''
  and ($2 = '' or ", says!("t.title", "$2"), ")
  and t.ended_at >= $3
  and t.ended_at < $4
  and ($5 = 0 or (t.ended_at > $5 and t.worker_id <> $6))
  and (t.ended_at < $7 or (t.ended_at < $8 and (t.ended_at, t.id) < ($9, $10)))
order by t.ended_at desc, t.id desc
limit $11");
    /// Notes the look; the one before it counts from half an hour on, so that reading on does not empty what is new.
    LOOK = "\
insert into last_look (account_id, client_id, looked_at, since_at)
values ($1, $2, $3, 0)
on conflict (account_id, client_id) do update
set since_at = case when last_look.looked_at < $4 then last_look.looked_at else last_look.since_at end,
  looked_at = excluded.looked_at
returning since_at";
}

/// When the caller had looked at this client before, and writes down that they look now. None: never.
pub async fn look(ctx: &Ctx, tx: &Tx, grant: &ClientGrant) -> Result<Option<Instant>, DbError> {
    let Some(account) = ctx.actor.account() else { return Ok(None) };
    let limit = ctx.now.plus_seconds(-60 * LOOK_MINUTES).micros();
    let values = vec![account.into(), grant.client().into(), ctx.now.micros().into(), limit.into()];
    let row = tx.row(LOOK, values).await?;
    let since = row.map_or(Ok(0), |row| row.int(0))?;
    Ok((since > 0).then(|| Instant::from_micros(since)))
}

/// Lines of the granted client's chronology. `looked` is the look before this one, for what is new.
pub async fn lines(
    ctx: &Ctx,
    tx: &Tx,
    grant: &ClientGrant,
    filter: &Filter,
    looked: Option<Instant>,
) -> Result<Lines, DbError> {
    let limit = filter.limit.clamp(1, 5_000);
    let mut found = Vec::new();
    if filter.kind != "task" {
        let rows = tx.rows(TIMELINE, event_values(ctx, grant, filter, limit)).await?;
        for row in &rows {
            found.push(event_line(ctx, row, looked)?);
        }
    }
    if filter.kind.is_empty() || filter.kind == "task" {
        let rows = tx.rows(TIMELINE_TASKS, task_values(ctx, grant, filter, limit)).await?;
        for row in &rows {
            found.push(task_line(row)?);
        }
        // Two sorted lists become one.
        found.sort_by(|a, b| {
            let key = |line: &Line| (line.cursor.day, line.cursor.at, line.cursor.id.clone());
            key(b).cmp(&key(a))
        });
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = found.len() > limit;
    found.truncate(limit);
    let next = if has_more { found.last().map(|line| line.cursor.clone()) } else { None };
    Ok(Lines { lines: found, next })
}

fn pattern(text: &str) -> String {
    let text = text.trim().to_lowercase();
    if text.is_empty() {
        return String::new();
    }
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

fn event_values(ctx: &Ctx, grant: &ClientGrant, filter: &Filter, limit: i64) -> Vec<Value> {
    let (day, at, id) = match &filter.before {
        Some(cursor) => (cursor.day.to_string(), cursor.at, cursor.id.clone()),
        None => ("9999-12-31".to_owned(), i64::MAX, String::new()),
    };
    vec![
        grant.client().into(),
        ctx.actor.label().into(),
        filter.kind.clone().into(),
        pattern(&filter.text).into(),
        filter.from.unwrap_or(Day::FIRST).to_string().into(),
        filter.to.unwrap_or(Day::LAST).to_string().into(),
        filter.since.map_or(0, Instant::micros).into(),
        day.into(),
        at.into(),
        id.into(),
        (limit + 1).into(),
    ]
}

fn task_values(ctx: &Ctx, grant: &ClientGrant, filter: &Filter, limit: i64) -> Vec<Value> {
    let starts = |day: Day| day.starts_at().micros();
    let (day_from, day_to, at, id) = match &filter.before {
        Some(it) => (starts(it.day), starts(it.day.plus_days(1)), it.at, it.id.clone()),
        None => (i64::MAX, i64::MAX, i64::MAX, String::new()),
    };
    vec![
        grant.client().into(),
        pattern(&filter.text).into(),
        filter.from.map_or(i64::MIN, starts).into(),
        filter.to.map_or(i64::MAX, |day| starts(day.plus_days(1))).into(),
        filter.since.map_or(0, Instant::micros).into(),
        ctx.actor.label().into(),
        day_from.into(),
        day_to.into(),
        at.into(),
        id.into(),
        (limit + 1).into(),
    ]
}

fn event_line(ctx: &Ctx, row: &Row, looked: Option<Instant>) -> Result<Line, DbError> {
    let kind = row.text(3)?;
    let at = row.int(2)?;
    let is_moment = at > 0 && at < 9_000_000_000_000_000;
    let recorded_at = is_moment.then(|| Instant::from_micros(at));
    let is_others = row.text(20)? != ctx.actor.label();
    let note_id = row.text(13)?;
    let note = if note_id.is_empty() {
        None
    } else {
        Some(NoteFacts {
            id: note_id,
            medium: row.text(14)?,
            outcome: row.text(15)?,
            whom: row.text(16)?,
            minutes: row.int_or_none(17)?.and_then(|minutes| u32::try_from(minutes).ok()),
            visibility: row.text(18)?,
            is_with_client: row.flag(19)?,
        })
    };
    Ok(Line {
        cursor: Cursor { day: row.day(1)?, at, id: row.text(0)? },
        kind,
        code: row.text(4)?,
        until: row.day_or_none(5)?,
        system: row.text(6)?,
        organization: row.text(7)?,
        words: row.text(8)?,
        client_words: row.text(9)?,
        by: row.text(10)?,
        case: CaseId::from_text(row.text(11)?),
        recorded_at,
        is_new: is_others && looked.is_some_and(|looked| recorded_at.is_some_and(|at| at > looked)),
        is_corrected: row.flag(12)?,
        note,
    })
}

fn task_line(row: &Row) -> Result<Line, DbError> {
    let ended = row.instant(1)?;
    Ok(Line {
        cursor: Cursor { day: ended.day(), at: ended.micros(), id: row.text(0)? },
        kind: "task".to_owned(),
        code: String::new(),
        until: None,
        system: String::new(),
        organization: String::new(),
        words: row.text(2)?,
        client_words: String::new(),
        by: row.text(4)?,
        case: CaseId::from_text(row.text(3)?),
        recorded_at: Some(ended),
        is_new: false,
        is_corrected: false,
        note: None,
    })
}
