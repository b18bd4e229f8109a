//! SQL of caseloads.

use super::{Board, BoardFilter, BoardLine, LatelyLine, MyDay, Scope, Sort, Supervision, WorkerLine};
use crate::casework::cases::{self, CaseState};
use crate::casework::tasks::{self, CaseFacts, Need, QUIET_DAYS};
use crate::kernel::audit::{self, Act};
use crate::kernel::clock::Day;
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{DbError, Row, Sql, Tx, Value};
use crate::kernel::ids::{AccountId, CaseId, ClientId};
use crate::people::Client;

/// The facts of a case as [`row_facts`] reads them; $1 is today.
macro_rules! facts {
    () => {
        "\
cc.id, cc.worker_id, cc.state, cc.opened_on, cc.review_on, cc.plan_review_on,
  coalesce((select max(e.occurred_on) from case_event e
   where e.case_id = cc.id and e.kind || '' = 'contact' and e.code <> 'attempted' and e.occurred_on <= $1
     and not exists (select 1 from case_event s where s.supersedes_seq = e.seq)), ''),
  coalesce((select e.occurred_on || ' ' || e.code from case_event e
   where e.case_id = cc.id and e.kind || '' = 'crisis' and e.occurred_on <= $1
     and not exists (select 1 from case_event s where s.supersedes_seq = e.seq)
   order by e.occurred_on desc, e.seq desc limit 1), ''),
  coalesce((select min(t.act_on) from task t
   where t.case_id = cc.id and t.state = 'open' and t.act_on <> '' and t.source <> 'rule'), ''),
  coalesce((select min(t.act_on) from task t
   where t.case_id = cc.id and t.state = 'open' and t.act_on >= $1 and t.kind in ('visit', 'court')), '')"
    };
}

/// A page of the board. $1 the scope's account, $2 the caller, $3 a state or '', $4 the last day of `need_on`, $5 and $6
/// the page. The inner query takes the page along an index (SQLite keeps the order of a cross join, and an expression
/// like `kind || ''` keeps it from the index on the kind); what only the page shows is counted for its rows alone.
macro_rules! board {
    ($scope:literal, $inner:literal, $outer:literal) => {
        concat!(
            "\
select p.id, p.client_id, p.preferred_name, coalesce(a.name, p.area), p.worker_id, coalesce(w.name, ''), p.weight,
  p.crisis_code,
  (select cast(count(*) as bigint) from case_event e
   left join barrier_detail d on d.event_id = e.id
   where e.case_id = p.id and e.kind || '' = 'barrier' and e.ended_on = ''
     and not exists (select 1 from case_event s where s.supersedes_seq = e.seq)
     and not exists (select 1 from barrier_resolution r where r.barrier_id = coalesce(d.barrier_id, e.id))),
  (select cast(count(*) as bigint) from referral f where f.case_id = p.id and f.sent_on <> '' and f.ended_on = ''),
  p.state, p.opened_on, p.last_contact_on, p.crisis_on, p.next_due_on, p.next_date_on, p.review_on, p.plan_review_on
from (
  select cc.*, c.preferred_name
  from client_case cc
  cross join client c
  where c.id = cc.client_id and ",
            $scope,
            " and cc.need_on <> ''
    and cc.need_on <= $4
    and ($3 = '' or cc.state = $3)
    and c.merged_into = ''
    and ",
            crate::is_seen_by!("c.id", "$2"),
            "
  order by ",
            $inner,
            "
  limit $5 offset $6
) p
left join area_current a on a.code = p.area
left join account w on w.id = p.worker_id
order by ",
            $outer
        )
    };
}

/// Cases of clients that the caller of parameter `$account` does not see: few, so that counting goes without the others.
macro_rules! is_counted {
    ($account:literal) => {
        concat!(
            "cc.client_id not in (select r.client_id from client_restriction r
   where not exists (select 1 from client_restriction_member m where m.client_id = r.client_id and m.account_id = ",
            $account,
            "))
  and cc.client_id not in (select g.id from client g where g.merged_into > '')"
        )
    };
}

macro_rules! totals {
    ($scope:literal) => {
        concat!(
            "\
select cast(count(*) as bigint), cast(coalesce(sum(case when cc.need_on <= $3 then 1 else 0 end), 0) as bigint),
  cast(coalesce(sum(cc.weight), 0) as bigint)
from client_case cc
where ",
            $scope,
            "
  and cc.need_on <> ''
  and ",
            is_counted!("$2")
        )
    };
}

crate::statements! {
    BOARD_LED_NEED = board!("cc.worker_id = $1", "cc.need_on, cc.id", "p.need_on, p.id");
    BOARD_LED_NAME = board!("cc.worker_id = $1", "c.preferred_name, cc.id", "p.preferred_name, p.id");
    BOARD_LED_CONTACT = board!("cc.worker_id = $1", "cc.last_contact_on, cc.id", "p.last_contact_on, p.id");
    BOARD_LED_OPENED = board!("cc.worker_id = $1", "cc.opened_on desc, cc.id", "p.opened_on desc, p.id");
    BOARD_SUPPORTED_NEED = board!("cc.id in (select ca.case_id from case_assignment ca where ca.account_id = $1 and ca.part = 'support' and ca.to_day = '')", "cc.need_on, cc.id", "p.need_on, p.id");
    BOARD_SUPPORTED_NAME = board!("cc.id in (select ca.case_id from case_assignment ca where ca.account_id = $1 and ca.part = 'support' and ca.to_day = '')", "c.preferred_name, cc.id", "p.preferred_name, p.id");
    BOARD_SUPPORTED_CONTACT = board!("cc.id in (select ca.case_id from case_assignment ca where ca.account_id = $1 and ca.part = 'support' and ca.to_day = '')", "cc.last_contact_on, cc.id", "p.last_contact_on, p.id");
    BOARD_SUPPORTED_OPENED = board!("cc.id in (select ca.case_id from case_assignment ca where ca.account_id = $1 and ca.part = 'support' and ca.to_day = '')", "cc.opened_on desc, cc.id", "p.opened_on desc, p.id");
    BOARD_ALL_NEED = board!("$1 = ''", "cc.need_on, cc.id", "p.need_on, p.id");
    BOARD_ALL_NAME = board!("$1 = ''", "c.preferred_name, cc.id", "p.preferred_name, p.id");
    BOARD_ALL_CONTACT = board!("$1 = ''", "cc.last_contact_on, cc.id", "p.last_contact_on, p.id");
    BOARD_ALL_OPENED = board!("$1 = ''", "cc.opened_on desc, cc.id", "p.opened_on desc, p.id");
    TOTALS_LED = totals!("cc.worker_id = $1");
    TOTALS_SUPPORTED = totals!(
        "cc.id in (select ca.case_id from case_assignment ca where ca.account_id = $1 and ca.part = 'support' and ca.to_day = '')"
    );
    TOTALS_ALL = totals!("$1 = ''");
    SUPPORTED_COUNT = "\
select cast(count(*) as bigint)
from case_assignment ca
join client_case cc on cc.id = ca.case_id
where ca.account_id = $1
  and ca.part = 'support'
  and ca.to_day = ''
  and cc.need_on <> ''";
    WATERMARK = "select seq from caseload_watermark where source = 'case_event'";
    WATERMARK_SET = "update caseload_watermark set seq = $1 where source = 'case_event' and seq < $1";
    EVENT_LAST = "select coalesce(max(seq), 0) from case_event";
    MARK_STALE = "\
update client_case
set is_stale = 1
where is_stale = 0
  and id in (select e.case_id from case_event e where e.seq > $1 and e.seq <= $2)";
    /// The facts of cases that have changed.
    STALE = concat!("select ", facts!(), "
from client_case cc
where cc.is_stale = 1
order by cc.id
limit $2");
    /// Open cases whose reminders nobody has looked for today.
    TO_REMIND = concat!("select ", facts!(), "
from client_case cc
where cc.need_on <> ''
  and cc.reminded_on < $1
limit $2");
    FACTS_WRITE = "\
update client_case
set last_contact_on = $2, crisis_on = $3, crisis_code = $4, next_due_on = $5, next_date_on = $6, need_on = $7,
  reminded_on = $8, is_stale = 0
where id = $1";
    LATELY = concat!("\
select e.occurred_on, c.id, c.preferred_name, e.kind, e.code
from client_case cc
join case_event e on e.case_id = cc.id
join client c on c.id = cc.client_id
where cc.worker_id = $1
  and cc.need_on <> ''
  and e.kind in ('barrier', 'crisis', 'referral', 'service')
  and e.occurred_on >= $3
  and e.occurred_on <= $4
  and not exists (select 1 from case_event s where s.supersedes_seq = e.seq)
  and c.merged_into = ''
  and ", crate::is_seen_by!("c.id", "$2"), "
order by e.occurred_on desc, e.seq desc
limit $5");
    /// Per worker: open cases, their weight, those in need, the quiet ones. $2 today, $3 the last quiet day.
    WORKER_LINES = concat!("\
select w.id, w.name, w.is_active, cast(count(cc.id) as bigint), cast(coalesce(sum(cc.weight), 0) as bigint),
  cast(coalesce(sum(case when cc.need_on <= $2 then 1 else 0 end), 0) as bigint),
  cast(coalesce(sum(case when cc.state = 'active' and cc.last_contact_on < $3 and cc.opened_on < $3 then 1 else 0 end), 0) as bigint)
from account w
left join (
  select cc.id, cc.worker_id, cc.weight, cc.need_on, cc.state, cc.last_contact_on, cc.opened_on
  from client_case cc
  where cc.need_on <> ''
    and ", is_counted!("$1"), "
) cc on cc.worker_id = w.id
where w.is_active = 1 and w.roles like '%caseworker%' or cc.id is not null
group by w.id, w.name, w.is_active
order by w.name, w.id");
    OVERDUE_BY_WORKER = concat!("\
select t.worker_id, cast(count(*) as bigint)
from task t
left join client_case cc on cc.id = t.case_id
left join client c on c.id = cc.client_id
where t.state = 'open'
  and t.act_on <> ''
  and t.act_on < $2
  and t.source <> 'rule'
  and t.case_id <> ''
  and ", crate::is_seen_by!("c.id", "$1"), "
group by t.worker_id");
    ORDER_KEPT = "select sort from caseload_order where account_id = $1";
    ORDER_WRITE = "\
insert into caseload_order (account_id, sort)
values ($1, $2)
on conflict (account_id) do update set sort = excluded.sort";
}

struct Changed {
    case: CaseId,
    worker: AccountId,
    facts: CaseFacts,
    crisis_code: String,
}

fn row_facts(row: &Row) -> Result<Changed, DbError> {
    let state = row.text(2)?;
    let crisis = row.text(7)?;
    let (crisis_on, crisis_code) = crisis.split_once(' ').unwrap_or_default();
    Ok(Changed {
        case: CaseId::from_text(row.text(0)?),
        worker: AccountId::from_text(row.text(1)?),
        crisis_code: crisis_code.to_owned(),
        facts: CaseFacts {
            state: state_of(&state)?,
            opened_on: row.day(3)?,
            review_on: row.day_or_none(4)?,
            plan_review_on: row.day_or_none(5)?,
            last_contact_on: row.day_or_none(6)?,
            crisis_on: crisis_on.parse().ok(),
            next_due_on: row.day_or_none(8)?,
            next_date_on: row.day_or_none(9)?,
        },
    })
}

fn state_of(code: &str) -> Result<CaseState, DbError> {
    CaseState::from_code(code).ok_or_else(|| DbError::Stored(format!("a state of a case: {code}")))
}

fn text_of(day: Option<Day>) -> Value {
    day.map(|day| day.to_string()).unwrap_or_default().into()
}

/// Takes events and tasks that are newer into the cases, at most `most` cases; returns how many. Every page that lists
/// cases by need calls it first, in its own transaction; it costs what has changed since the last call.
pub async fn refresh(ctx: &Ctx, tx: &mut Tx, most: i64) -> Result<usize, DbError> {
    // On PostgreSQL a transaction that began earlier may bring lower numbers later: look a little further back there.
    const LATE_COMERS: i64 = 200;
    let seq = |row: Option<Row>| row.map(|row| row.int(0)).transpose().map(Option::unwrap_or_default);
    let known = seq(tx.row(WATERMARK, vec![]).await?)?;
    let last = seq(tx.row(EVENT_LAST, vec![]).await?)?;
    if last > known {
        let from = if ctx.db().is_sqlite() { known } else { known - LATE_COMERS };
        tx.execute(MARK_STALE, vec![from.into(), last.into()]).await?;
        tx.execute(WATERMARK_SET, vec![last.into()]).await?;
    }
    let today = ctx.now.day();
    let stale = tx.rows(STALE, vec![today.to_string().into(), most.into()]).await?;
    for row in &stale {
        looked_at(ctx, tx, &row_facts(row)?, today).await?;
    }
    Ok(stale.len())
}

/// Takes everything that has changed into the cases.
pub async fn refresh_all(ctx: &Ctx) -> Result<usize, DbError> {
    const AT_A_TIME: i64 = 500;
    let mut total = 0;
    loop {
        let mut tx = ctx.begin().await?;
        let done = refresh(ctx, &mut tx, AT_A_TIME).await?;
        tx.commit().await?;
        total += done;
        if i64::try_from(done).unwrap_or(i64::MAX) < AT_A_TIME {
            return Ok(total);
        }
    }
}

/// Writes the reminders that time alone has brought: once a day for every open case, in pieces. Returns how many cases
/// were looked at.
pub async fn remind(ctx: &Ctx) -> Result<usize, DbError> {
    const AT_A_TIME: i64 = 500;
    let mut total = refresh_all(ctx).await?;
    let today = ctx.now.day();
    loop {
        let mut tx = ctx.begin().await?;
        let due = tx.rows(TO_REMIND, vec![today.to_string().into(), AT_A_TIME.into()]).await?;
        for row in &due {
            looked_at(ctx, &mut tx, &row_facts(row)?, today).await?;
        }
        tx.commit().await?;
        total += due.len();
        if i64::try_from(due.len()).unwrap_or(i64::MAX) < AT_A_TIME {
            return Ok(total);
        }
    }
}

/// Writes what the board shows of a case, and its reminders.
async fn looked_at(ctx: &Ctx, tx: &mut Tx, changed: &Changed, today: Day) -> Result<(), DbError> {
    let facts = &changed.facts;
    let values = vec![
        (&changed.case).into(),
        text_of(facts.last_contact_on),
        text_of(facts.crisis_on),
        changed.crisis_code.clone().into(),
        text_of(facts.next_due_on),
        text_of(facts.next_date_on),
        text_of(tasks::begins_on(facts)),
        today.to_string().into(),
    ];
    tx.execute(FACTS_WRITE, values).await?;
    if facts.state.is_closed() {
        return Ok(());
    }
    let wanted = tasks::reminders(facts, today);
    tasks::remind_in(ctx, tx, &changed.case, &changed.worker, &wanted).await?;
    Ok(())
}

const fn board_sql(scope: &Scope, sort: Sort) -> Sql {
    match (scope, sort) {
        (Scope::LedBy(_), Sort::Need) => BOARD_LED_NEED,
        (Scope::LedBy(_), Sort::Name) => BOARD_LED_NAME,
        (Scope::LedBy(_), Sort::Contact) => BOARD_LED_CONTACT,
        (Scope::LedBy(_), Sort::Opened) => BOARD_LED_OPENED,
        (Scope::SupportedBy(_), Sort::Need) => BOARD_SUPPORTED_NEED,
        (Scope::SupportedBy(_), Sort::Name) => BOARD_SUPPORTED_NAME,
        (Scope::SupportedBy(_), Sort::Contact) => BOARD_SUPPORTED_CONTACT,
        (Scope::SupportedBy(_), Sort::Opened) => BOARD_SUPPORTED_OPENED,
        (Scope::Everybody, Sort::Need) => BOARD_ALL_NEED,
        (Scope::Everybody, Sort::Name) => BOARD_ALL_NAME,
        (Scope::Everybody, Sort::Contact) => BOARD_ALL_CONTACT,
        (Scope::Everybody, Sort::Opened) => BOARD_ALL_OPENED,
    }
}

fn account_of(scope: &Scope) -> String {
    match scope {
        Scope::LedBy(account) | Scope::SupportedBy(account) => account.to_string(),
        Scope::Everybody => String::new(),
    }
}

fn caller(ctx: &Ctx) -> String {
    ctx.actor.account().map(ToString::to_string).unwrap_or_default()
}

/// Cases changed since the last look that one page takes in; more of them wait for the next page or the clock's tick.
const REFRESH_MOST: i64 = 500;

/// A page of the board. It lists names: the read is written down. Whether the caller may have the scope is theirs to
/// check; clients that they may not see are not in it.
pub async fn board(ctx: &Ctx, filter: &BoardFilter) -> Result<Board, DbError> {
    let mut tx = ctx.begin().await?;
    refresh(ctx, &mut tx, REFRESH_MOST).await?;
    let board = board_in(ctx, &tx, filter).await?;
    let detail = format!("cases={}", board.lines.len());
    let act = Act {
        action: "caseload.read",
        subject_kind: "account",
        subject_id: &account_of(&filter.scope),
        detail: &detail,
    };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await?;
    Ok(board)
}

async fn board_in(ctx: &Ctx, tx: &Tx, filter: &BoardFilter) -> Result<Board, DbError> {
    let today = ctx.now.day();
    let account = account_of(&filter.scope);
    let until = if filter.only_needs { today } else { Day::LAST };
    let values = vec![
        account.clone().into(),
        caller(ctx).into(),
        filter.state.map(CaseState::code).unwrap_or_default().into(),
        until.to_string().into(),
        (filter.most + 1).into(),
        filter.offset.into(),
    ];
    let rows = tx.rows(board_sql(&filter.scope, filter.sort), values).await?;
    let mut lines = rows.iter().map(|row| board_line(row, today)).collect::<Result<Vec<_>, _>>()?;
    let most = usize::try_from(filter.most).unwrap_or_default();
    let has_more = lines.len() > most;
    lines.truncate(most);
    let totals = match filter.scope {
        Scope::LedBy(_) => TOTALS_LED,
        Scope::SupportedBy(_) => TOTALS_SUPPORTED,
        Scope::Everybody => TOTALS_ALL,
    };
    let values = vec![account.clone().into(), caller(ctx).into(), today.to_string().into()];
    let (open, in_need, weight) = match tx.row(totals, values).await? {
        Some(row) => (row.count(0)?, row.count(1)?, row.count(2)?),
        None => (0, 0, 0),
    };
    let supported = match tx.row(SUPPORTED_COUNT, vec![account.into()]).await? {
        Some(row) => row.count(0)?,
        None => 0,
    };
    Ok(Board { lines, open, in_need, weight, supported, has_more })
}

fn board_line(row: &Row, today: Day) -> Result<BoardLine, DbError> {
    let facts = CaseFacts {
        state: state_of(&row.text(10)?)?,
        opened_on: row.day(11)?,
        last_contact_on: row.day_or_none(12)?,
        crisis_on: row.day_or_none(13)?,
        next_due_on: row.day_or_none(14)?,
        next_date_on: row.day_or_none(15)?,
        review_on: row.day_or_none(16)?,
        plan_review_on: row.day_or_none(17)?,
    };
    Ok(BoardLine {
        case: CaseId::from_text(row.text(0)?),
        client: ClientId::from_text(row.text(1)?),
        list_name: Client::list_name(&row.text(2)?),
        area_name: row.text(3)?,
        worker: AccountId::from_text(row.text(4)?),
        worker_name: row.text(5)?,
        weight: row.int(6)?,
        crisis_code: row.text(7)?,
        open_barriers: row.count(8)?,
        open_referrals: row.count(9)?,
        needs: tasks::needs(&facts, today),
        facts,
    })
}

/// The caller's day: their tasks, who needs them, what happened lately. It lists names: the read is written down.
pub async fn my_day(ctx: &Ctx, most_tasks: i64) -> Result<MyDay, DbError> {
    /// How far back "lately" reaches, in days.
    const LATELY_DAYS: i64 = 14;
    let Some(worker) = ctx.actor.account().cloned() else { return Ok(MyDay::default()) };
    let today = ctx.now.day();
    let mut tx = ctx.begin().await?;
    refresh(ctx, &mut tx, REFRESH_MOST).await?;
    let tasks = tasks::of_worker(ctx, &tx, most_tasks).await?;
    let filter = BoardFilter {
        scope: Scope::LedBy(worker.clone()),
        state: None,
        only_needs: true,
        sort: Sort::Need,
        offset: 0,
        most: 60,
    };
    let board = board_in(ctx, &tx, &filter).await?;
    let mut needs = board.lines;
    // What is due stands among the tasks.
    needs.retain(|line| line.needs.iter().any(|need| !matches!(need, Need::Due(_) | Need::DateNear(_))));
    let values = vec![
        (&worker).into(),
        (&worker).into(),
        today.plus_days(-LATELY_DAYS).to_string().into(),
        today.to_string().into(),
        6_i64.into(),
    ];
    let lately = tx
        .rows(LATELY, values)
        .await?
        .iter()
        .map(|row| {
            Ok(LatelyLine {
                on: row.day(0)?,
                client: ClientId::from_text(row.text(1)?),
                list_name: Client::list_name(&row.text(2)?),
                kind: row.text(3)?,
                code: row.text(4)?,
            })
        })
        .collect::<Result<Vec<_>, DbError>>()?;
    let detail = format!("tasks={} cases={}", tasks.open.len(), needs.len());
    let act = Act {
        action: "caseload.read",
        subject_kind: "account",
        subject_id: worker.as_str(),
        detail: &detail,
    };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await?;
    Ok(MyDay { tasks, needs, open: board.open, lately })
}

/// Every worker with their caseload in figures, and the closings to look at. For supervisors.
pub async fn supervision(ctx: &Ctx) -> Result<Supervision, DbError> {
    let today = ctx.now.day();
    let mut tx = ctx.begin().await?;
    refresh(ctx, &mut tx, REFRESH_MOST).await?;
    let overdue = tx.rows(OVERDUE_BY_WORKER, vec![caller(ctx).into(), today.to_string().into()]).await?;
    let overdue = overdue
        .iter()
        .map(|row| Ok((row.text(0)?, row.count(1)?)))
        .collect::<Result<std::collections::BTreeMap<_, _>, DbError>>()?;
    let quiet = today.plus_days(-QUIET_DAYS);
    let values = vec![caller(ctx).into(), today.to_string().into(), quiet.to_string().into()];
    let workers = tx
        .rows(WORKER_LINES, values)
        .await?
        .iter()
        .map(|row| {
            let worker = AccountId::from_text(row.text(0)?);
            Ok(WorkerLine {
                name: row.text(1)?,
                is_active: row.flag(2)?,
                clients: row.count(3)?,
                weight: row.count(4)?,
                in_need: row.count(5)?,
                quiet: row.count(6)?,
                overdue: overdue.get(worker.as_str()).copied().unwrap_or_default(),
                worker,
            })
        })
        .collect::<Result<Vec<_>, DbError>>()?;
    let closures = cases::closures(ctx, &tx, 100).await?;
    let detail = format!("closings={}", closures.len());
    let act = Act { action: "supervision.read", subject_kind: "account", subject_id: "", detail: &detail };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await?;
    Ok(Supervision { workers, closures })
}

/// The order in which the caller keeps the board.
pub async fn order_kept(ctx: &Ctx) -> Result<Sort, DbError> {
    let row = ctx.db().row(ORDER_KEPT, vec![caller(ctx).into()]).await?;
    let sort = row.map(|row| row.text(0)).transpose()?;
    Ok(sort.and_then(|code| Sort::from_code(&code)).unwrap_or(Sort::Need))
}

pub async fn order_write(ctx: &Ctx, sort: Sort) -> Result<(), DbError> {
    let tx = ctx.begin().await?;
    tx.execute(ORDER_WRITE, vec![caller(ctx).into(), sort.code().into()]).await?;
    tx.commit().await
}
