//! SQL of household and relationships.

use super::{
    ChangeRelation, Gender, Home, NewRelation, Other, Related, RelationError, RelationKind, RelationRow, Who,
};
use crate::kernel::access::{self, AFTER_CLOSING, AccessError, ClientGrant, May, Relation};
use crate::kernel::audit::{self, Act};
use crate::kernel::clock::{Day, Instant};
use crate::kernel::ctx::{Ctx, Role};
use crate::kernel::db::{DbError, Row, Tx, Value};
use crate::kernel::ids::ClientId;
use crate::people::coded::anywhere;

crate::statements! {
    /// Both sides of a client's relationships, with how the caller stands to the other where the other is a client (a
    /// record that was merged stands for the one it was merged into).
    HOUSEHOLD = "\
select r.id, r.client_id, r.relation, r.other_client_id, r.name, r.gender, r.note, r.is_in_household, r.from_day, r.to_day,
  r.version, coalesce(o.id, ''), coalesce(o.preferred_name, ''),
  coalesce((select g.value from client_group g where g.client_id = o.id and g.dimension = 'gender'), ''),
  (select cast(count(*) as bigint) from client_case cc
   where cc.client_id = o.id and (cc.closed_on = '' or cc.closed_on >= $3)
     and (cc.worker_id = $2
          or exists (select 1 from case_assignment ca
                     where ca.case_id = cc.id and ca.account_id = $2 and ca.to_day = ''))),
  (select cast(count(*) as bigint) from client_restriction cr where cr.client_id = o.id),
  (select cast(count(*) as bigint) from client_restriction_member m where m.client_id = o.id and m.account_id = $2),
  (select cast(count(*) as bigint) from emergency_access e
   where e.client_id = o.id and e.account_id = $2 and e.from_at <= $4 and e.until_at > $4)
from client_relation r
left join client raw on raw.id = case when r.client_id = $1 then r.other_client_id else r.client_id end
left join client o on o.id = case when raw.merged_into = '' then raw.id else raw.merged_into end
where (r.client_id = $1 or r.other_client_id = $1)
  and coalesce(o.id, '') <> $1
order by case when r.to_day = '' then 0 else 1 end, r.is_in_household desc, r.from_day, r.id";
    RELATION_BY_ID = "\
select r.client_id
from client_relation r
where r.id = $1
  and (r.client_id = $2 or r.other_client_id = $2)";
    RELATION_SAME = "\
select r.id
from client_relation r
where r.to_day = ''
  and ((r.client_id = $1 and r.relation = $2 and r.other_client_id = $3 and lower(r.name) = lower($4))
       or ($3 <> '' and r.client_id = $3 and r.other_client_id = $1 and r.relation = $5))";
    RELATION_INSERT = "\
insert into client_relation (id, client_id, relation, other_client_id, name, gender, note, is_in_household, from_day, to_day, recorded_at, recorded_by, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    RELATION_UPDATE = "\
update client_relation
set note = $2, is_in_household = $3, from_day = $4, to_day = $5, version = version + 1
where id = $1
  and version = $6";
    GENDER_OF_CLIENT = "select value from client_group where client_id = $1 and dimension = 'gender'";
    /// Clients by name whose files the caller may open ($4 = 1: everybody's who is not restricted).
    CANDIDATES = concat!("\
select c.id, c.preferred_name, coalesce(a.name, c.area), c.born_on
from client c
left join area_current a on a.code = c.area
where lower(c.preferred_name) like $1 escape '!'
  and c.merged_into = ''
  and c.id <> $3
  and ", crate::is_seen_by!("c.id", "$2"), "
  and ($4 = 1
       or exists (select 1 from client_case cc
                  where cc.client_id = c.id and (cc.closed_on = '' or cc.closed_on >= $5)
                    and (cc.worker_id = $2
                         or exists (select 1 from case_assignment ca
                                    where ca.case_id = cc.id and ca.account_id = $2 and ca.to_day = ''))))
order by c.preferred_name, c.id
limit $6");
}

/// The people of the client's life, those of today first, as far as the caller may know of them.
pub async fn household(ctx: &Ctx, tx: &Tx, grant: &ClientGrant) -> Result<Vec<Related>, DbError> {
    let account = ctx.actor.account().map(ToString::to_string).unwrap_or_default();
    let since = ctx.now.day().plus_days(-AFTER_CLOSING).to_string();
    let values = vec![grant.client().into(), account.into(), since.into(), ctx.now.micros().into()];
    let mut people = Vec::new();
    for row in tx.rows(HOUSEHOLD, values).await? {
        people.extend(related(ctx, grant, &row)?);
    }
    Ok(people)
}

/// What the client's own group says, for the picture.
pub async fn gender_recorded(tx: &Tx, grant: &ClientGrant) -> Result<Gender, DbError> {
    let row = tx.row(GENDER_OF_CLIENT, vec![grant.client().into()]).await?;
    let value = row.map(|row| row.text(0)).transpose()?;
    Ok(value.map_or(Gender::NotRecorded, |value| Gender::of_group(&value)))
}

/// None: restricted, and not for the caller.
fn related(ctx: &Ctx, grant: &ClientGrant, row: &Row) -> Result<Option<Related>, DbError> {
    let is_own_side = row.text(1)? == grant.client().as_str();
    let stored = RelationKind::from_code(&row.text(2)?)
        .ok_or_else(|| DbError::Stored("a relation that this version does not know".to_owned()))?;
    let kind = if is_own_side { stored } else { stored.reverse() };
    let is_client = !is_own_side || !row.text(3)?.is_empty();
    let mut note = row.text(6)?;
    let (who, gender) = if is_client {
        let relation = Relation {
            works_with: row.int(14)? > 0,
            is_restricted: row.int(15)? > 0,
            is_named: row.int(16)? > 0,
            broke_glass: row.int(17)? > 0,
        };
        match access::decide(&ctx.actor, relation, May::Read) {
            Some(_) => {
                let (id, name) = (ClientId::from_text(row.text(11)?), row.text(12)?);
                (Who::Client { id, name }, Gender::of_group(&row.text(13)?))
            }
            None if relation.is_restricted => return Ok(None),
            None => {
                // It may have been written in the other's file.
                if !is_own_side {
                    note.clear();
                }
                (Who::Unnamed, Gender::NotRecorded)
            }
        }
    } else {
        (Who::Person(row.text(4)?), Gender::from_code(&row.text(5)?).unwrap_or(Gender::NotRecorded))
    };
    Ok(Some(Related {
        id: row.text(0)?,
        kind,
        who,
        gender,
        note,
        home: if row.flag(7)? { Home::Shared } else { Home::Elsewhere },
        from: row.day_or_none(8)?,
        to: row.day_or_none(9)?,
        version: row.int(10)?,
    }))
}

/// A client to choose as the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub id: ClientId,
    pub name: String,
    pub area_name: String,
    pub born_on: Option<Day>,
}

/// Clients whose name holds `text` and whose files the caller may open; at most a handful. That names were looked up
/// is written down.
pub async fn candidates(
    ctx: &Ctx,
    tx: &mut Tx,
    grant: &ClientGrant,
    text: &str,
) -> Result<Vec<Candidate>, DbError> {
    if text.trim().chars().count() < 2 {
        return Ok(Vec::new());
    }
    let account = ctx.actor.account().map(ToString::to_string).unwrap_or_default();
    let since = ctx.now.day().plus_days(-AFTER_CLOSING).to_string();
    let values = vec![
        anywhere(text).into(),
        account.into(),
        grant.client().into(),
        i64::from(ctx.actor.has(Role::Supervisor)).into(),
        since.into(),
        8_i64.into(),
    ];
    let found = tx
        .rows(CANDIDATES, values)
        .await?
        .iter()
        .map(|row| {
            let id = ClientId::from_text(row.text(0)?);
            Ok(Candidate { id, name: row.text(1)?, area_name: row.text(2)?, born_on: row.day_or_none(3)? })
        })
        .collect::<Result<Vec<_>, DbError>>()?;
    let detail = format!("found={}", found.len());
    let subject_id = grant.client().as_str();
    let act = Act { action: "client.relation_search", subject_kind: "client", subject_id, detail: &detail };
    audit::append(ctx, tx, act).await?;
    Ok(found)
}

/// Adds somebody to the people of a client's life; the entry's id. Another client can be named by those only who may
/// open that client's file too.
pub async fn relation_add(ctx: &Ctx, client: ClientId, cmd: &NewRelation) -> Result<String, RelationError> {
    let cmd = cmd.checked(&client, ctx.now.day())?;
    let mut tx = ctx.begin().await?;
    let grant = access::client(ctx, &mut tx, client, May::Record).await?;
    if let Other::Client(other) = &cmd.other {
        match access::client(ctx, &mut tx, other.clone(), May::Read).await {
            Err(AccessError::NotFound) => return Err(RelationError::NoSuchClient),
            opened => opened?,
        };
    }
    let (other, name) = match &cmd.other {
        Other::Client(id) => (id.to_string(), String::new()),
        Other::Person { name, .. } => (String::new(), name.clone()),
    };
    let same = vec![
        grant.client().into(),
        cmd.kind.code().into(),
        other.into(),
        name.into(),
        cmd.kind.reverse().code().into(),
    ];
    if tx.row(RELATION_SAME, same).await?.is_some() {
        return Err(RelationError::AlreadyThere);
    }
    let id = ctx.new_id();
    let subject_id = grant.client().as_str();
    let act =
        Act { action: "client.relation_add", subject_kind: "client", subject_id, detail: cmd.kind.code() };
    audit::append(ctx, &mut tx, act).await?;
    let by = ctx.actor.account().map_or_else(|| ctx.actor.label(), ToString::to_string);
    tx.execute(RELATION_INSERT, values(&id, grant.client(), &cmd, ctx.now, &by)).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes a relationship, if nobody did since the version the caller looked at. From the other client's side it takes
/// the right to write in both files.
pub async fn relation_change(
    ctx: &Ctx,
    client: ClientId,
    id: &str,
    version: i64,
    cmd: &ChangeRelation,
) -> Result<(), RelationError> {
    let cmd = cmd.checked(ctx.now.day())?;
    let mut tx = ctx.begin().await?;
    let grant = access::client(ctx, &mut tx, client, May::Record).await?;
    let row = tx.row(RELATION_BY_ID, vec![id.into(), grant.client().into()]).await?;
    let row = row.ok_or(RelationError::NotFound)?;
    // A restricted other side is absent, so its entry is too.
    if !household(ctx, &tx, &grant).await?.iter().any(|it| it.id == id) {
        return Err(RelationError::NotFound);
    }
    let side = ClientId::from_text(row.text(0)?);
    if side != *grant.client() {
        access::client(ctx, &mut tx, side, May::Record).await?;
    }
    let subject_id = grant.client().as_str();
    let act = Act { action: "client.relation_change", subject_kind: "client", subject_id, detail: "" };
    audit::append(ctx, &mut tx, act).await?;
    let values = vec![
        id.into(),
        cmd.note.into(),
        i64::from(cmd.home == Home::Shared).into(),
        day_text(cmd.from).into(),
        day_text(cmd.to).into(),
        version.into(),
    ];
    if tx.execute(RELATION_UPDATE, values).await? == 0 {
        return Err(RelationError::ChangedMeanwhile);
    }
    Ok(tx.commit().await?)
}

/// Adds relationships, many at once.
pub async fn relations_insert(ctx: &Ctx, tx: &mut Tx, relations: &[RelationRow]) -> Result<(), DbError> {
    let mut rows: Vec<Value> = Vec::with_capacity(relations.len() * 13);
    for row in relations {
        let by = row.recorded_by.as_str();
        rows.extend(values(&ctx.new_id(), &row.client, &row.relation, ctx.now, by));
    }
    tx.insert_many(RELATION_INSERT, 13, rows).await?;
    Ok(())
}

fn values(id: &str, client: &ClientId, cmd: &NewRelation, at: Instant, by: &str) -> Vec<Value> {
    let (other, name, gender) = match &cmd.other {
        Other::Client(other) => (other.as_str(), "", Gender::NotRecorded),
        Other::Person { name, gender } => ("", name.as_str(), *gender),
    };
    vec![
        id.into(),
        client.into(),
        cmd.kind.code().into(),
        other.into(),
        name.into(),
        gender.code().into(),
        cmd.note.clone().into(),
        i64::from(cmd.home == Home::Shared).into(),
        day_text(cmd.from).into(),
        "".into(),
        at.micros().into(),
        by.into(),
        1_i64.into(),
    ]
}

fn day_text(day: Option<Day>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}
