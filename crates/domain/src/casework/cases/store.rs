//! SQL of cases: their states, people and approvals.

use super::{
    Approval, ApprovalState, Assignment, CaseBox, CaseState, Change, ChangeKind, EndReason, Part, Standing,
};
use crate::kernel::access::ClientGrant;
use crate::kernel::clock::Day;
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{DbError, Row, Tx, Value};
use crate::kernel::ids::{AccountId, CaseId};

macro_rules! case_box_from {
    () => {
        "\
select cc.id, cc.state, cc.opened_on, cc.closed_on, cc.programme, cc.weight, cc.end_reason, cc.review_on, cc.plan_review_on,
  cc.worker_id, coalesce(a.name, ''), cc.version
from client_case cc
left join account a on a.id = cc.worker_id
"
    };
}

crate::statements! {
    CASES_OF_CLIENT = concat!(case_box_from!(), "\
where cc.client_id = $1
order by case when cc.closed_on = '' then 0 else 1 end, cc.opened_on desc, cc.id");
    CASE_BOX = concat!(case_box_from!(), "where cc.id = $1");
    CASE_MOVE = "\
update client_case
set state = $3, closed_on = $4, end_reason = $5, review_on = $6, version = version + 1, is_stale = 1
where id = $1
  and version = $2";
    CASE_FACTS = "\
update client_case
set programme = $3, weight = $4, plan_review_on = $5, version = version + 1, is_stale = 1
where id = $1
  and version = $2";
    CASE_LEAD = "\
update client_case
set worker_id = $2, version = version + 1, is_stale = 1
where id = $1";
    CASE_FACTS_IMPORT = "\
update client_case
set state = $2, programme = $3, weight = $4, end_reason = $5, review_on = $6, plan_review_on = $7, is_stale = 1
where id = $1";
    /// What a new case of a client takes over: where they live, and the groups of their newest case.
    CASE_FROM_CLIENT = "\
select c.area,
  coalesce((select cc.stratum_id from client_case cc where cc.client_id = c.id order by cc.opened_on desc, cc.id desc limit 1), 0),
  (select cast(count(*) as bigint) from client_case cc where cc.client_id = c.id and cc.closed_on = '')
from client c
where c.id = $1";
    ASSIGNMENT_INSERT = "\
insert into case_assignment (id, case_id, account_id, part, from_day, to_day, reason)
values ($1, $2, $3, $4, $5, '', $6)";
    ASSIGNMENT_END = "\
update case_assignment
set to_day = $4
where case_id = $1
  and account_id = $2
  and part = $3
  and to_day = ''";
    ASSIGNMENTS = "\
select ca.account_id, coalesce(a.name, ''), ca.part, ca.from_day, ca.to_day
from case_assignment ca
left join account a on a.id = ca.account_id
where ca.case_id = $1
order by case when ca.to_day = '' then 0 else 1 end, case when ca.part = 'lead' then 0 else 1 end, ca.from_day desc, ca.id desc";
    IS_NAMED = "\
select cast(count(*) as bigint),
  (select cast(count(*) as bigint) from client_restriction_member m where m.client_id = $1 and m.account_id = $2)
from client_restriction r
where r.client_id = $1";
    CHANGE_INSERT = "\
insert into case_change (id, case_id, kind, from_code, to_code, reason, day, note, account_id, at, by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    CHANGES_OF_CLIENT = "\
select h.seq, h.case_id, h.kind, h.from_code, h.to_code, h.reason, h.day, h.note, coalesce(p.name, ''), h.at,
  coalesce(b.name, h.by)
from case_change h
join client_case cc on cc.id = h.case_id
left join account p on p.id = h.account_id
left join account b on b.id = h.by
where cc.client_id = $1
order by h.seq desc
limit 500";
    APPROVAL_INSERT = "\
insert into approval (id, case_id, subject, subject_id, state, asked_at, asked_by, decided_at, decided_by, note)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, '')";
    APPROVAL_DECIDE = "\
update approval
set state = $2, decided_at = $3, decided_by = $4, note = $5
where id = $1
  and state = 'asked'";
    /// A closing that is taken back needs nobody's word any more.
    APPROVALS_DROP = "delete from approval where case_id = $1 and subject = 'closing' and state = 'asked'";
    APPROVAL = "select case_id, asked_by, state from approval where id = $1";
    APPROVAL_OF_CASE = "\
select p.id, p.state, p.note
from approval p
where p.case_id = $1
  and p.subject = 'closing'
order by p.asked_at desc, p.id desc
limit 1";
    /// Closings that nobody has looked at, the oldest first.
    CLOSURES = concat!("\
select p.id, cc.id, cc.client_id, c.preferred_name, cc.state, cc.end_reason, cc.closed_on, p.asked_at, coalesce(a.name, p.asked_by),
  cc.opened_on,
  coalesce((select h.note from case_change h where h.case_id = cc.id and h.kind = 'state' order by h.seq desc limit 1), ''),
  (select cast(count(*) as bigint) from task t where t.case_id = cc.id and t.state = 'open')
from approval p
join client_case cc on cc.id = p.case_id
join client c on c.id = cc.client_id
left join account a on a.id = p.asked_by
where p.state = 'asked'
  and p.subject = 'closing'
  and c.merged_into = ''
  and ", crate::is_seen_by!("c.id", "$1"), "
order by p.asked_at, p.id
limit $2");
    WORKERS = "\
select a.id, a.name, a.roles
from account a
where a.is_active = 1
order by a.name, a.id";
}

fn stored<T>(what: &str, code: &str, found: Option<T>) -> Result<T, DbError> {
    found.ok_or_else(|| DbError::Stored(format!("a {what} of a case: {code}")))
}

pub(super) fn day_text(day: Option<Day>) -> Value {
    day.map(|day| day.to_string()).unwrap_or_default().into()
}

fn row_box(row: &Row) -> Result<CaseBox, DbError> {
    let state = row.text(1)?;
    Ok(CaseBox {
        id: CaseId::from_text(row.text(0)?),
        standing: Standing {
            state: stored("state", &state, CaseState::from_code(&state))?,
            opened_on: row.day(2)?,
            closed_on: row.day_or_none(3)?,
        },
        programme: row.text(4)?,
        weight: row.int(5)?,
        end_reason: EndReason::from_code(&row.text(6)?),
        review_on: row.day_or_none(7)?,
        plan_review_on: row.day_or_none(8)?,
        lead: AccountId::from_text(row.text(9)?),
        lead_name: row.text(10)?,
        version: row.int(11)?,
        approval: None,
    })
}

pub(super) async fn case_box(tx: &Tx, case: &CaseId) -> Result<Option<CaseBox>, DbError> {
    tx.row(CASE_BOX, vec![case.into()]).await?.as_ref().map(row_box).transpose()
}

/// A client's cases with the people on them, open ones first.
pub async fn of_client(
    _: &Ctx,
    tx: &Tx,
    grant: &ClientGrant,
) -> Result<Vec<(CaseBox, Vec<Assignment>)>, DbError> {
    let mut cases = Vec::new();
    for row in tx.rows(CASES_OF_CLIENT, vec![grant.client().into()]).await? {
        let mut case = row_box(&row)?;
        case.approval = tx
            .row(APPROVAL_OF_CASE, vec![(&case.id).into()])
            .await?
            .map(|row| {
                let state = row.text(1)?;
                let state = stored("approval", &state, ApprovalState::from_code(&state))?;
                Ok::<_, DbError>(Approval { id: row.text(0)?, state, note: row.text(2)? })
            })
            .transpose()?;
        let team = assignments(tx, &case.id).await?;
        cases.push((case, team));
    }
    Ok(cases)
}

pub(super) async fn assignments(tx: &Tx, case: &CaseId) -> Result<Vec<Assignment>, DbError> {
    let rows = tx.rows(ASSIGNMENTS, vec![case.into()]).await?;
    rows.iter()
        .map(|row| {
            let part = row.text(2)?;
            Ok(Assignment {
                account: AccountId::from_text(row.text(0)?),
                name: row.text(1)?,
                part: stored("part", &part, Part::from_code(&part))?,
                from: row.day(3)?,
                to: row.day_or_none(4)?,
            })
        })
        .collect()
}

/// How a client's cases moved, the newest change first. The file's timeline shows them.
pub async fn changes(_: &Ctx, tx: &Tx, grant: &ClientGrant) -> Result<Vec<Change>, DbError> {
    let rows = tx.rows(CHANGES_OF_CLIENT, vec![grant.client().into()]).await?;
    rows.iter()
        .map(|row| {
            let kind = row.text(2)?;
            Ok(Change {
                seq: row.int(0)?,
                case: CaseId::from_text(row.text(1)?),
                kind: stored("change", &kind, ChangeKind::from_code(&kind))?,
                from: row.text(3)?,
                to: row.text(4)?,
                reason: row.text(5)?,
                day: row.day(6)?,
                note: row.text(7)?,
                person: row.text(8)?,
                at: row.instant(9)?,
                by: row.text(10)?,
            })
        })
        .collect()
}

/// A change to be written down.
#[derive(Debug, Clone, Default)]
pub(super) struct NewChange<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub reason: &'a str,
    pub day: Option<Day>,
    pub note: &'a str,
    pub account: Option<&'a AccountId>,
}

pub(super) async fn change(
    ctx: &Ctx,
    tx: &Tx,
    case: &CaseId,
    kind: ChangeKind,
    new: NewChange<'_>,
) -> Result<String, DbError> {
    let id = ctx.new_id();
    let values = vec![
        id.clone().into(),
        case.into(),
        kind.code().into(),
        new.from.to_owned().into(),
        new.to.to_owned().into(),
        new.reason.to_owned().into(),
        new.day.unwrap_or_else(|| ctx.now.day()).to_string().into(),
        new.note.to_owned().into(),
        new.account.map(ToString::to_string).unwrap_or_default().into(),
        ctx.now.micros().into(),
        ctx.actor.label().into(),
    ];
    tx.execute(CHANGE_INSERT, values).await?;
    Ok(id)
}

/// Somebody a case can be given to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    pub id: AccountId,
    pub name: String,
    /// Caseworkers lead cases; a supervisor may support one.
    pub is_caseworker: bool,
}

/// Everybody active who works on cases, by name.
pub async fn workers(tx: &Tx) -> Result<Vec<Worker>, DbError> {
    let mut workers = Vec::new();
    for row in tx.rows(WORKERS, vec![]).await? {
        let roles = row.text(2)?;
        let has = |role: crate::kernel::ctx::Role| {
            roles
                .split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
                .any(|it| it == role.code())
        };
        let is_caseworker = has(crate::kernel::ctx::Role::Caseworker);
        if is_caseworker || has(crate::kernel::ctx::Role::Supervisor) {
            workers.push(Worker {
                id: AccountId::from_text(row.text(0)?),
                name: row.text(1)?,
                is_caseworker,
            });
        }
    }
    Ok(workers)
}
