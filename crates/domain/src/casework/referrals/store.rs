//! SQL of referrals and services.

use std::collections::BTreeMap;

use super::{
    BoardLine, Command, LinkState, NewStep, Outcome, Referral, Service, State, Step, Urgency, Via, WithSteps,
    waits,
};
use crate::is_seen_by;
use crate::kernel::access::ClientGrant;
use crate::kernel::audit::{self, Act};
use crate::kernel::clock::{Day, Instant};
use crate::kernel::codes::System;
use crate::kernel::ctx::{Ctx, Role};
use crate::kernel::db::{DbError, Row, Tx, Value};
use crate::kernel::ids::{AccountId, CaseId, ClientId, ReferralId};
use crate::people::{Client, Organization};

/// A referral with what its names are, for the `select` of every statement that reads one.
macro_rules! referral_from {
    ($rest:literal) => {
        concat!(
            "\
select r.id, r.case_id, cc.client_id, r.organization_id, coalesce(o.name, r.recipient), r.system, r.need, r.service,
  r.why, r.shares, r.consented_on, r.urgency, r.answer_days, r.contact, r.state, r.outcome, r.reason_code, r.created_on,
  r.sent_on, r.since_on, r.due_on, r.expected_on, r.ended_on, r.sent_by, coalesce(a.name, r.sent_by), r.version,
  r.barrier_event_id, c.preferred_name
from referral r
join client_case cc on cc.id = r.case_id
join client c on c.id = cc.client_id
left join organization o on o.id = r.organization_id
left join account a on a.id = r.sent_by
",
            $rest
        )
    };
    ($before:literal, $c:literal, $account:literal, $after:literal) => {
        concat!(
            "\
select r.id, r.case_id, cc.client_id, r.organization_id, coalesce(o.name, r.recipient), r.system, r.need, r.service,
  r.why, r.shares, r.consented_on, r.urgency, r.answer_days, r.contact, r.state, r.outcome, r.reason_code, r.created_on,
  r.sent_on, r.since_on, r.due_on, r.expected_on, r.ended_on, r.sent_by, coalesce(a.name, r.sent_by), r.version,
  r.barrier_event_id, c.preferred_name
from referral r
join client_case cc on cc.id = r.case_id
join client c on c.id = cc.client_id
left join organization o on o.id = r.organization_id
left join account a on a.id = r.sent_by
",
            $before,
            is_seen_by!($c, $account),
            $after
        )
    };
}

crate::statements! {
    REFERRAL = referral_from!("where r.id = $1 and c.merged_into = ''");
    REFERRALS_OF_CLIENT = referral_from!("where cc.client_id = $1 order by r.created_on desc, r.id desc");
    /// What is not over, and what ended lately with something left to do. An empty $2: everybody's.
    REFERRALS_BOARD = referral_from!("\
where c.merged_into = ''
  and (cc.closed_on = '' or cc.closed_on > $3)
  and (r.state in ('draft', 'requested', 'received', 'accepted', 'in_progress', 'on_hold')
       or (r.state = 'completed' and r.outcome = '')
       or (r.state in ('rejected', 'failed') and r.barrier_event_id = '' and r.ended_on >= $4))
  and ($2 = ''
       or cc.worker_id = $2
       or exists (select 1 from case_assignment ca
                  where ca.case_id = cc.id and ca.account_id = $2 and ca.to_day = ''))
  and ", "c.id", "$1", "
order by r.due_on, r.id
limit 500");
    /// Open referrals of open cases whose day has passed without a reminder for that day.
    REFERRALS_QUIET = referral_from!("\
where r.due_on <> ''
  and r.due_on < $1
  and r.nudged_for <> r.due_on
  and r.state in ('requested', 'received', 'accepted', 'in_progress', 'on_hold')
  and (cc.closed_on = '' or cc.closed_on > $1)
  and c.merged_into = ''
order by r.due_on, r.id
limit 200");
    /// Only one of two runs at the same time gets the row.
    REFERRAL_NUDGED = "update referral set nudged_for = due_on where id = $1 and due_on = $2 and nudged_for <> due_on";
    REFERRAL_INSERT = "\
insert into referral (id, case_id, organization_id, recipient, system, need, service, why, shares, consented_on,
  urgency, answer_days, contact, state, outcome, reason_code, created_on, sent_on, since_on, due_on, expected_on,
  ended_on, sent_by, version, nudged_for, barrier_event_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
  $25, $26)";
    REFERRAL_DRAFT_DELETE = "delete from referral where id = $1 and state = 'draft'";
    REFERRAL_MOVE = "\
update referral
set state = $3, outcome = $4, reason_code = $5, sent_on = $6, since_on = $7, due_on = $8, expected_on = $9,
  ended_on = $10, version = version + 1
where id = $1
  and version = $2";
    REFERRAL_BARRIER = "update referral set barrier_event_id = $2, version = version + 1 where id = $1 and barrier_event_id = ''";
    STEP_INSERT = "\
insert into referral_step (referral_id, command, state, on_day, expected_on, reason_code, outcome, words, said_by, via,
  recorded_by, recorded_at, event_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    STEPS_OF_CLIENT = "\
select s.referral_id, s.command, s.state, s.on_day, s.expected_on, s.reason_code, s.outcome, s.words, s.said_by, s.via,
  coalesce(a.name, s.recorded_by), s.recorded_at
from referral_step s
join referral r on r.id = s.referral_id
join client_case cc on cc.id = r.case_id
left join account a on a.id = s.recorded_by
where cc.client_id = $1
order by s.referral_id, s.seq";
    LINKS_OF_CLIENT = "\
select l.referral_id, l.expires_at, l.opened_at
from referral_link l
join referral r on r.id = l.referral_id
join client_case cc on cc.id = r.case_id
where cc.client_id = $1
  and l.expires_at > $2";
    REFERRAL_EVENT_INSERT = "\
insert into case_event (id, case_id, kind, code, system, organization_id, occurred_on, ended_on, note, recorded_at,
  recorded_by, supersedes_seq)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    /// What stands in the record because of a referral and has not been corrected.
    REFERRAL_EVENTS = "\
select e.seq, e.kind, e.occurred_on
from case_event e
where e.case_id = $1
  and (e.id in (select s.event_id from referral_step s where s.referral_id = $2 and s.event_id <> '')
       or e.id in (select d.event_id from service_detail d where d.referral_id = $2))
  and not exists (select 1 from case_event x where x.supersedes_seq = e.seq)
order by e.seq";
    CASE_IS_OPEN = "select 1 from client_case where id = $1 and (closed_on = '' or closed_on > $2)";
    OPEN_CASES_OF_CLIENT = "\
select id, programme, opened_on
from client_case
where client_id = $1
  and (closed_on = '' or closed_on > $2)
order by opened_on desc, id";
    REFERRAL_ORGANIZATION = "select name, system from organization where id = $1";
    REFERRAL_ORGANIZATIONS = "select id, name, system, area from organization order by name, id limit 1000";
    CONTACT_BEFORE = "\
select contact
from referral
where sent_by = $1
  and contact <> ''
order by created_on desc, id desc
limit 1";
    SERVICE_DETAIL_INSERT = "\
insert into service_detail (event_id, referral_id, what, provider, amount_hundredths, unit)
values ($1, $2, $3, $4, $5, $6)";
    SERVICES_OF_CLIENT = "\
select coalesce(d.what, ''), coalesce(nullif(o.name, ''), d.provider, ''), e.system, e.occurred_on, e.ended_on,
  d.amount_hundredths, coalesce(d.unit, ''), e.note, coalesce(d.referral_id, '')
from case_event e
join client_case cc on cc.id = e.case_id
left join service_detail d on d.event_id = e.id
left join organization o on o.id = e.organization_id
where cc.client_id = $1
  and e.kind = 'service'
  and not exists (select 1 from case_event x where x.supersedes_seq = e.seq)
order by e.occurred_on desc, e.seq desc";
    LINK_INSERT = "\
insert into referral_link (secret_hash, referral_id, made_at, made_by, expires_at)
values ($1, $2, $3, $4, $5)";
    LINKS_DELETE = "delete from referral_link where referral_id = $1";
    LINK = "\
select l.referral_id
from referral_link l
where l.secret_hash = $1
  and l.expires_at > $2";
    LINK_OPENED = "update referral_link set opened_at = $2 where secret_hash = $1 and opened_at is null";
    LINK_MISSES = "select cast(count(*) as bigint) from login_attempt where subject_hash = $1 and at > $2";
    LINK_MISS_INSERT = "insert into login_attempt (subject_hash, at) values ($1, $2)";
}

pub(super) fn day_text(day: Option<Day>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

fn referral_of(row: &Row) -> Result<Referral, DbError> {
    let unknown = |what: &str| DbError::Stored(format!("{what} that this version does not know"));
    let state = State::from_code(&row.text(14)?).ok_or_else(|| unknown("a referral's state"))?;
    Ok(Referral {
        id: ReferralId::from_text(row.text(0)?),
        case: CaseId::from_text(row.text(1)?),
        client: ClientId::from_text(row.text(2)?),
        organization: row.text(3)?,
        recipient: row.text(4)?,
        system: System::from_code(&row.text(5)?),
        need: row.text(6)?,
        service: row.text(7)?,
        why: row.text(8)?,
        shares: row.text(9)?,
        consented_on: row.day_or_none(10)?,
        urgency: Urgency::from_code(&row.text(11)?).ok_or_else(|| unknown("a referral's urgency"))?,
        answer_days: row.int(12)?,
        contact: row.text(13)?,
        state,
        outcome: Outcome::from_code(&row.text(15)?),
        reason: row.text(16)?,
        created_on: row.day(17)?,
        sent_on: row.day_or_none(18)?,
        since_on: row.day(19)?,
        due_on: row.day_or_none(20)?,
        expected_on: row.day_or_none(21)?,
        ended_on: row.day_or_none(22)?,
        sent_by: AccountId::from_text(row.text(23)?),
        sent_by_name: row.text(24)?,
        version: row.int(25)?,
        has_barrier: !row.text(26)?.is_empty(),
    })
}

/// A referral by its id, whoever asks: only for code that then asks for the grant of its case.
pub(super) async fn referral(tx: &Tx, id: &ReferralId) -> Result<Option<(Referral, String)>, DbError> {
    let row = tx.row(REFERRAL, vec![id.into()]).await?;
    row.map(|row| Ok((referral_of(&row)?, row.text(27)?))).transpose()
}

/// All referrals of a client, the newest first, with their steps.
pub async fn of_client(ctx: &Ctx, tx: &Tx, grant: &ClientGrant) -> Result<Vec<WithSteps>, DbError> {
    let mut steps: BTreeMap<String, Vec<Step>> = BTreeMap::new();
    for row in tx.rows(STEPS_OF_CLIENT, vec![grant.client().into()]).await? {
        steps.entry(row.text(0)?).or_default().push(step_of(&row)?);
    }
    let mut links = BTreeMap::new();
    for row in tx.rows(LINKS_OF_CLIENT, vec![grant.client().into(), ctx.now.micros().into()]).await? {
        let link = LinkState { expires_at: row.instant(1)?, opened_at: row.instant_or_none(2)? };
        links.insert(row.text(0)?, link);
    }
    let rows = tx.rows(REFERRALS_OF_CLIENT, vec![grant.client().into()]).await?;
    rows.iter()
        .map(|row| {
            let referral = referral_of(row)?;
            let steps = steps.remove(referral.id.as_str()).unwrap_or_default();
            let link = links.remove(referral.id.as_str());
            Ok(WithSteps { referral, steps, link })
        })
        .collect()
}

/// One referral of a client with its steps; None: there is none of this id, or it is somebody else's.
pub async fn one(
    ctx: &Ctx,
    tx: &Tx,
    grant: &ClientGrant,
    id: &ReferralId,
) -> Result<Option<WithSteps>, DbError> {
    Ok(of_client(ctx, tx, grant).await?.into_iter().find(|it| it.referral.id == *id))
}

fn step_of(row: &Row) -> Result<Step, DbError> {
    let unknown = || DbError::Stored("a step of a referral that this version does not know".to_owned());
    Ok(Step {
        command: Command::from_code(&row.text(1)?).ok_or_else(unknown)?,
        state: State::from_code(&row.text(2)?).ok_or_else(unknown)?,
        on: row.day(3)?,
        expected_on: row.day_or_none(4)?,
        reason: row.text(5)?,
        outcome: Outcome::from_code(&row.text(6)?),
        words: row.text(7)?,
        said_by: row.text(8)?,
        via: if row.text(9)? == Via::Link.code() { Via::Link } else { Via::Worker },
        recorded_by: row.text(10)?,
        recorded_at: row.instant(11)?,
    })
}

/// The referrals that wait for somebody: those that wait for us first, the longest first; then those that wait for the
/// recipient. A caseworker sees those of their own cases; a supervisor, if they want, those of everybody. A list of
/// names is a read of client data: it is audited.
pub async fn board(ctx: &Ctx, of_everybody: bool) -> Result<Vec<BoardLine>, DbError> {
    let today = ctx.now.day();
    let own = ctx.actor.account().map(ToString::to_string).unwrap_or_default();
    let whose = if of_everybody && ctx.actor.has(Role::Supervisor) { String::new() } else { own.clone() };
    let since = today.plus_days(-super::BARRIER_OFFER_DAYS);
    let values = vec![own.clone().into(), whose.into(), today.to_string().into(), since.to_string().into()];
    let mut tx = ctx.begin().await?;
    let mut lines = Vec::new();
    for row in tx.rows(REFERRALS_BOARD, values).await? {
        let referral = referral_of(&row)?;
        let waits = waits(&referral, today);
        lines.push(BoardLine { client_name: Client::list_name(&row.text(27)?), waits, referral });
    }
    lines.retain(|line| line.waits.turn != super::Turn::Nobody);
    lines.sort_by_key(|line| {
        (
            line.waits.turn == super::Turn::Recipient,
            std::cmp::Reverse(line.waits.days),
            line.referral.id.clone(),
        )
    });
    let detail = format!("referrals={}", lines.len());
    let act = Act { action: "referral.board", subject_kind: "account", subject_id: &own, detail: &detail };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await?;
    Ok(lines)
}

/// Referrals without a word past their day.
pub(super) async fn quiet(tx: &Tx, today: Day) -> Result<Vec<Referral>, DbError> {
    let rows = tx.rows(REFERRALS_QUIET, vec![today.to_string().into()]).await?;
    rows.iter().map(referral_of).collect()
}

/// The organizations that a referral can go to.
pub async fn organizations(tx: &Tx) -> Result<Vec<Organization>, DbError> {
    let rows = tx.rows(REFERRAL_ORGANIZATIONS, vec![]).await?;
    rows.iter()
        .map(|row| {
            Ok(Organization {
                id: row.text(0)?,
                name: row.text(1)?,
                system: System::from_code(&row.text(2)?).unwrap_or(System::Other),
                area: row.text(3)?,
            })
        })
        .collect()
}

/// The open cases of a client, the newest first: id, programme (may be empty) and the day it was opened.
pub async fn open_cases(
    ctx: &Ctx,
    tx: &Tx,
    grant: &ClientGrant,
) -> Result<Vec<(CaseId, String, Day)>, DbError> {
    let values = vec![grant.client().into(), ctx.now.day().to_string().into()];
    let rows = tx.rows(OPEN_CASES_OF_CLIENT, values).await?;
    rows.iter().map(|row| Ok((CaseId::from_text(row.text(0)?), row.text(1)?, row.day(2)?))).collect()
}

/// How recipients reached this account the last time; empty at first.
pub async fn contact_before(tx: &Tx, account: &AccountId) -> Result<String, DbError> {
    tx.row(CONTACT_BEFORE, vec![account.into()]).await?.map_or(Ok(String::new()), |row| row.text(0))
}

/// The services that a client received, the newest first.
pub async fn services_of_client(tx: &Tx, grant: &ClientGrant) -> Result<Vec<Service>, DbError> {
    let rows = tx.rows(SERVICES_OF_CLIENT, vec![grant.client().into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(Service {
                what: row.text(0)?,
                provider: row.text(1)?,
                system: System::from_code(&row.text(2)?),
                from: row.day(3)?,
                to: row.day_or_none(4)?,
                amount_hundredths: row.int_or_none(5)?,
                unit: row.text(6)?,
                note: row.text(7)?,
                is_from_referral: !row.text(8)?.is_empty(),
            })
        })
        .collect()
}

pub(super) fn referral_values(referral: &Referral, nudged_for: &str, barrier: &str) -> Vec<Value> {
    // The name of an organization on the list is read from there: it may change.
    let recipient = if referral.organization.is_empty() { referral.recipient.clone() } else { String::new() };
    vec![
        (&referral.id).into(),
        (&referral.case).into(),
        referral.organization.clone().into(),
        recipient.into(),
        referral.system.map(System::code).unwrap_or_default().into(),
        referral.need.clone().into(),
        referral.service.clone().into(),
        referral.why.clone().into(),
        referral.shares.clone().into(),
        day_text(referral.consented_on).into(),
        referral.urgency.code().into(),
        referral.answer_days.into(),
        referral.contact.clone().into(),
        referral.state.code().into(),
        referral.outcome.map(Outcome::code).unwrap_or_default().into(),
        referral.reason.clone().into(),
        referral.created_on.to_string().into(),
        day_text(referral.sent_on).into(),
        referral.since_on.to_string().into(),
        day_text(referral.due_on).into(),
        day_text(referral.expected_on).into(),
        day_text(referral.ended_on).into(),
        (&referral.sent_by).into(),
        referral.version.into(),
        nudged_for.into(),
        barrier.into(),
    ]
}

fn step_values(
    id: &ReferralId,
    state: State,
    step: &NewStep,
    via: Via,
    by: &str,
    at: Instant,
    event: &str,
) -> Vec<Value> {
    vec![
        id.into(),
        step.command.code().into(),
        state.code().into(),
        step.on.to_string().into(),
        day_text(step.expected_on).into(),
        step.reason.clone().into(),
        step.outcome.map(Outcome::code).unwrap_or_default().into(),
        step.words.clone().into(),
        step.said_by.clone().into(),
        via.code().into(),
        by.into(),
        at.micros().into(),
        event.into(),
    ]
}

pub(super) async fn step_insert(
    ctx: &Ctx,
    tx: &Tx,
    after: &Referral,
    step: &NewStep,
    via: Via,
    event: &str,
) -> Result<(), DbError> {
    let by = match via {
        Via::Worker => ctx.actor.label(),
        Via::Link => String::new(),
    };
    let values = step_values(&after.id, after.state, step, via, &by, ctx.now, event);
    tx.execute(STEP_INSERT, values).await.map(drop)
}

/// Writes what a step made of a referral; false when somebody else was faster.
pub(super) async fn moved(tx: &Tx, before: &Referral, after: &Referral) -> Result<bool, DbError> {
    let values = vec![
        (&before.id).into(),
        before.version.into(),
        after.state.code().into(),
        after.outcome.map(Outcome::code).unwrap_or_default().into(),
        after.reason.clone().into(),
        day_text(after.sent_on).into(),
        after.since_on.to_string().into(),
        day_text(after.due_on).into(),
        day_text(after.expected_on).into(),
        day_text(after.ended_on).into(),
    ];
    Ok(tx.execute(REFERRAL_MOVE, values).await? > 0)
}

/// A row of what happened, as a referral or a service leaves it.
pub(super) struct EventRow<'a> {
    pub case: &'a CaseId,
    pub kind: &'a str,
    pub code: &'a str,
    pub system: Option<System>,
    pub organization: &'a str,
    pub occurred_on: Day,
    pub ended_on: Option<Day>,
    pub note: &'a str,
    pub supersedes: Option<i64>,
}

pub(super) async fn event_insert(ctx: &Ctx, tx: &Tx, event: &EventRow<'_>) -> Result<String, DbError> {
    let id = ctx.new_id();
    let values = vec![
        id.clone().into(),
        event.case.into(),
        event.kind.into(),
        event.code.into(),
        event.system.map(System::code).unwrap_or_default().into(),
        event.organization.into(),
        event.occurred_on.to_string().into(),
        day_text(event.ended_on).into(),
        event.note.into(),
        ctx.now.micros().into(),
        ctx.actor.label().into(),
        event.supersedes.into(),
    ];
    tx.execute(REFERRAL_EVENT_INSERT, values).await?;
    Ok(id)
}

pub(super) fn service_detail_values(
    event: &str,
    referral: &str,
    what: &str,
    provider: &str,
    amount_hundredths: Option<i64>,
    unit: &str,
) -> Vec<Value> {
    vec![event.into(), referral.into(), what.into(), provider.into(), amount_hundredths.into(), unit.into()]
}

/// A referral from another record, with its history: each step with its state, its moment, and the case event that it
/// stands for (empty: none); the services that came of it, and the barrier that its end was, by their case events.
#[derive(Debug, Clone)]
pub struct Loaded {
    pub referral: Referral,
    /// Empty: none.
    pub barrier: String,
    pub steps: Vec<(NewStep, State, Instant, String)>,
    pub services: Vec<String>,
}

/// Writes referrals with their history whose case events are in the record already.
pub async fn insert_loaded(ctx: &Ctx, tx: &mut Tx, all: &[Loaded]) -> Result<(), DbError> {
    let long_ago = ctx.now.day().plus_days(-super::ANSWER_DAYS);
    let mut rows = Vec::with_capacity(all.len() * 26);
    let mut steps = Vec::new();
    let mut services = Vec::new();
    for one in all {
        let referral = &one.referral;
        // Whoever brings an old record gets no heap of reminders for what went quiet long ago.
        let is_old = referral.due_on.is_some_and(|due| due < long_ago);
        let nudged_for = if is_old { day_text(referral.due_on) } else { String::new() };
        rows.extend(referral_values(referral, &nudged_for, &one.barrier));
        for (step, state, at, event) in &one.steps {
            let by = referral.sent_by.as_str();
            steps.extend(step_values(&referral.id, *state, step, Via::Worker, by, *at, event));
        }
        for event in &one.services {
            let id = referral.id.as_str();
            services.extend(service_detail_values(
                event,
                id,
                &referral.service,
                &referral.recipient,
                None,
                "",
            ));
        }
    }
    tx.insert_many(REFERRAL_INSERT, 26, rows).await?;
    tx.insert_many(STEP_INSERT, 13, steps).await?;
    tx.insert_many(SERVICE_DETAIL_INSERT, 6, services).await?;
    let detail = format!("referrals={}", all.len());
    let act = Act { action: "referral.load", subject_kind: "site", subject_id: "", detail: &detail };
    audit::append(ctx, tx, act).await
}
