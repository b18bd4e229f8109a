//! SQL of access.

use super::{AFTER_CLOSING, Relation};
use crate::kernel::clock::Instant;
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{DbError, Row, Tx};
use crate::kernel::ids::{CaseId, ClientId};

crate::statements! {
    CLIENT_OF_CASE = "select client_id from client_case where id = $1";
    RELATION = "\
select
  (select cast(count(*) as bigint) from client_case cc
   where cc.client_id = c.id and (cc.closed_on = '' or cc.closed_on >= $3)
     and (cc.worker_id = $2
          or exists (select 1 from case_assignment ca
                     where ca.case_id = cc.id and ca.account_id = $2 and ca.to_day = ''))),
  (select cast(count(*) as bigint) from client_restriction r where r.client_id = c.id),
  (select cast(count(*) as bigint) from client_restriction_member m where m.client_id = c.id and m.account_id = $2),
  (select cast(count(*) as bigint) from emergency_access e
   where e.client_id = c.id and e.account_id = $2 and e.from_at <= $4 and e.until_at > $4)
from client c
where c.id = $1
  and c.merged_into = ''";
    /// Added by this request and nobody's yet.
    IS_NEW = "\
select cast(count(*) as bigint)
from client c
where c.id = $1
  and c.created_at = $2
  and c.merged_into = ''
  and not exists (select 1 from client_case cc where cc.client_id = c.id)
  and not exists (select 1 from client_restriction r where r.client_id = c.id)";
    RESTRICTION = "select reason, set_at, set_by from client_restriction where client_id = $1";
    RESTRICTION_MEMBERS = "\
select a.id, a.name
from client_restriction_member m
join account a on a.id = m.account_id
where m.client_id = $1
order by a.name, a.id";
    RESTRICTION_INSERT = "\
insert into client_restriction (client_id, reason, set_at, set_by)
values ($1, $2, $3, $4)
on conflict (client_id) do update set reason = excluded.reason, set_at = excluded.set_at, set_by = excluded.set_by";
    RESTRICTION_DELETE = "delete from client_restriction where client_id = $1";
    RESTRICTION_MEMBER_INSERT = "insert into client_restriction_member (client_id, account_id) values ($1, $2)";
    RESTRICTION_MEMBERS_DELETE = "delete from client_restriction_member where client_id = $1";
    EMERGENCY_INSERT = "\
insert into emergency_access (id, client_id, account_id, reason, from_at, until_at, reviewed_by, verdict)
values ($1, $2, $3, $4, $5, $6, '', '')";
    /// Those that nobody has reviewed first, then the newest.
    EMERGENCIES = "\
select e.id, e.client_id, c.preferred_name, coalesce(a.name, e.account_id), e.reason, e.from_at, e.until_at,
  e.reviewed_at, e.verdict
from emergency_access e
join client c on c.id = e.client_id
left join account a on a.id = e.account_id
where not exists (select 1 from client_restriction r where r.client_id = e.client_id)
order by case when e.reviewed_at is null then 0 else 1 end, e.from_at desc
limit $1";
    EMERGENCY_REVIEW = "\
update emergency_access
set reviewed_at = $2, reviewed_by = $3, verdict = $4
where id = $1
  and reviewed_at is null
  and account_id <> $3";
}

pub(super) async fn client_of(tx: &Tx, case: &CaseId) -> Result<Option<ClientId>, DbError> {
    let row = tx.row(CLIENT_OF_CASE, vec![case.into()]).await?;
    row.map(|row| row.text(0).map(ClientId::from_text)).transpose()
}

pub(super) async fn is_new(ctx: &Ctx, tx: &Tx, client: &ClientId) -> Result<bool, DbError> {
    let row = tx.row(IS_NEW, vec![client.into(), ctx.now.micros().into()]).await?;
    row.map_or(Ok(false), |row| Ok(row.int(0)? > 0))
}

/// None: there is no such client, or its record was merged into another.
pub(super) async fn relation(ctx: &Ctx, tx: &Tx, client: &ClientId) -> Result<Option<Relation>, DbError> {
    let account = ctx.actor.account().map(ToString::to_string).unwrap_or_default();
    let since = ctx.now.day().plus_days(-AFTER_CLOSING).to_string();
    let values = vec![client.into(), account.into(), since.into(), ctx.now.micros().into()];
    let row = tx.row(RELATION, values).await?;
    row.map(|row| {
        Ok(Relation {
            works_with: row.int(0)? > 0,
            is_restricted: row.int(1)? > 0,
            is_named: row.int(2)? > 0,
            broke_glass: row.int(3)? > 0,
        })
    })
    .transpose()
}

pub(super) fn instant(row: &Row, at: usize) -> Result<Instant, DbError> {
    Ok(Instant::from_micros(row.int(at)?))
}
