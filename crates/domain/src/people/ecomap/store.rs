//! SQL of the ecomap.

use std::collections::BTreeMap;

use privacy::Policy;

use super::{
    Across, Ecomap, Energy, HARDEST, Tie, TieError, TieKind, TieRow, TieState, With, decide_add,
    decide_change, disclosed, in_order,
};
use crate::kernel::access::{self, ClientGrant, May};
use crate::kernel::audit::{self, Act};
use crate::kernel::clock::{Day, Instant};
use crate::kernel::codes::System;
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{DbError, Row, Tx, Value};
use crate::kernel::ids::ClientId;

/// What a row says whose tie was taken off the map.
const ENDED: &str = "ended";

crate::statements! {
    TIES = "\
select t.seq, t.node, t.with_kind, t.system, t.organization_id, coalesce(o.name, ''), t.name, t.kind, t.energy, t.note,
  t.since_day, t.recorded_at, coalesce(a.name, t.recorded_by)
from client_tie t
left join organization o on o.id = t.organization_id
left join account a on a.id = t.recorded_by
where t.client_id = $1
order by t.seq";
    TIE_INSERT = "\
insert into client_tie (client_id, node, with_kind, system, organization_id, name, kind, energy, note, since_day, recorded_at, recorded_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    SYSTEM_OF_ORGANIZATION = "select system from organization where id = $1";
    /// Clients with an open case by system and the hardest of their ties to it. Restricted clients count: see the module.
    TIES_ACROSS = "\
select x.system, x.hardest, cast(count(*) as bigint)
from (
  select t.client_id, t.system,
    cast(max(case t.kind when 'stressful' then 4 when 'broken' then 3 when 'tenuous' then 2 else 1 end) as bigint) as hardest
  from client_tie t
  join client c on c.id = t.client_id and c.merged_into = ''
  where t.system <> ''
    and t.kind <> 'ended'
    and not exists (select 1 from client_tie n where n.client_id = t.client_id and n.node = t.node and n.seq > t.seq)
    and exists (select 1 from client_case cc
                where cc.client_id = c.id and cc.opened_on <= $1 and (cc.closed_on = '' or cc.closed_on > $1))
  group by t.client_id, t.system
) x
group by x.system, x.hardest
order by x.system, x.hardest";
    CLIENTS_WITH_TIES = "\
select cast(count(*) as bigint)
from client c
where c.merged_into = ''
  and exists (select 1 from client_case cc
              where cc.client_id = c.id and cc.opened_on <= $1 and (cc.closed_on = '' or cc.closed_on > $1))
  and exists (select 1 from client_tie t
              where t.client_id = c.id and t.kind <> 'ended'
                and not exists (select 1 from client_tie n
                                where n.client_id = t.client_id and n.node = t.node and n.seq > t.seq))";
}

/// The client's map with its whole history.
pub async fn ecomap(_: &Ctx, tx: &Tx, grant: &ClientGrant) -> Result<Ecomap, DbError> {
    read(tx, grant.client()).await
}

async fn read(tx: &Tx, client: &ClientId) -> Result<Ecomap, DbError> {
    let states = tx.rows(TIES, vec![client.into()]).await?.iter().map(state).collect::<Result<_, _>>()?;
    Ok(Ecomap { states })
}

/// Puts a tie on the map; its node.
pub async fn tie_add(ctx: &Ctx, client: ClientId, with: &With, tie: &Tie) -> Result<String, TieError> {
    let (with, tie) = (with.checked()?, tie.checked(ctx.now.day())?);
    let mut tx = ctx.begin().await?;
    let grant = access::client(ctx, &mut tx, client, May::Record).await?;
    let map = read(&tx, grant.client()).await?;
    let node = decide_add(&map, &with)?.map_or_else(|| ctx.new_id(), str::to_owned);
    let system = match &with {
        With::System(system) => system.code().to_owned(),
        With::Organization(id) => {
            let row = tx.row(SYSTEM_OF_ORGANIZATION, vec![id.clone().into()]).await?;
            row.ok_or(TieError::Organization)?.text(0)?
        }
        With::Person(_) | With::Group(_) => String::new(),
    };
    append(ctx, &mut tx, &grant, "client.tie_add", &node, &with, &system, tie.kind.code(), &tie).await?;
    tx.commit().await?;
    Ok(node)
}

/// Says how a tie is from a day on. `seen` is the `seq` of the state that the caller looked at.
pub async fn tie_change(
    ctx: &Ctx,
    client: ClientId,
    node: &str,
    seen: i64,
    tie: &Tie,
) -> Result<(), TieError> {
    let tie = tie.checked(ctx.now.day())?;
    go_on(ctx, client, node, seen, "client.tie_change", |_| (tie.kind.code(), tie.clone())).await
}

/// Takes a tie off the map from a day on; its history stays.
pub async fn tie_end(ctx: &Ctx, client: ClientId, node: &str, seen: i64, on: Day) -> Result<(), TieError> {
    if on > ctx.now.day() {
        return Err(TieError::Future);
    }
    let ended = |before: &TieState| {
        let kind = before.kind.unwrap_or(TieKind::Broken);
        (ENDED, Tie { kind, energy: Energy::Neither, note: String::new(), since: on })
    };
    go_on(ctx, client, node, seen, "client.tie_end", ended).await
}

async fn go_on(
    ctx: &Ctx,
    client: ClientId,
    node: &str,
    seen: i64,
    action: &'static str,
    next: impl FnOnce(&TieState) -> (&'static str, Tie),
) -> Result<(), TieError> {
    let mut tx = ctx.begin().await?;
    let grant = access::client(ctx, &mut tx, client, May::Record).await?;
    let map = read(&tx, grant.client()).await?;
    let before = decide_change(&map, node, seen)?;
    let (kind, tie) = next(before);
    let system = before.system.map(System::code).unwrap_or_default();
    append(ctx, &mut tx, &grant, action, node, &before.with, system, kind, &tie).await?;
    Ok(tx.commit().await?)
}

#[expect(clippy::too_many_arguments, reason = "one row of the table, once")]
async fn append(
    ctx: &Ctx,
    tx: &mut Tx,
    grant: &ClientGrant,
    action: &'static str,
    node: &str,
    with: &With,
    system: &str,
    kind: &'static str,
    tie: &Tie,
) -> Result<(), DbError> {
    let act = Act { action, subject_kind: "client", subject_id: grant.client().as_str(), detail: kind };
    audit::append(ctx, tx, act).await?;
    let by = ctx.actor.account().map_or_else(|| ctx.actor.label(), ToString::to_string);
    let values = values(grant.client(), node, with, system, kind, tie, ctx.now, &by);
    tx.execute(TIE_INSERT, values).await.map(drop)
}

#[expect(clippy::too_many_arguments, reason = "one row of the table, once")]
fn values(
    client: &ClientId,
    node: &str,
    with: &With,
    system: &str,
    kind: &str,
    tie: &Tie,
    at: Instant,
    by: &str,
) -> Vec<Value> {
    let (organization, name) = match with {
        With::System(_) => ("", ""),
        With::Organization(id) => (id.as_str(), ""),
        With::Person(name) | With::Group(name) => ("", name.as_str()),
    };
    vec![
        client.into(),
        node.into(),
        with.kind_code().into(),
        system.into(),
        organization.into(),
        name.into(),
        kind.into(),
        tie.energy.code().into(),
        tie.note.clone().into(),
        tie.since.to_string().into(),
        at.micros().into(),
        by.into(),
    ]
}

/// Adds states of ties, many at once, in the order given; each counts as recorded on the evening of its day.
pub async fn ties_insert(tx: &mut Tx, ties: &[TieRow]) -> Result<(), DbError> {
    let mut rows: Vec<Value> = Vec::with_capacity(ties.len() * 12);
    for row in ties {
        let system = match &row.with {
            With::System(system) => system.code(),
            _ => row.system.map(System::code).unwrap_or_default(),
        };
        let at = Instant::on_day(row.tie.since, 17);
        let by = row.recorded_by.as_str();
        let kind = row.tie.kind.code();
        rows.extend(values(&row.client, &row.node, &row.with, system, kind, &row.tie, at, by));
    }
    tx.insert_many(TIE_INSERT, 12, rows).await?;
    Ok(())
}

/// The maps of all clients with an open case, put together: for how many of them each system is stressful, broken off,
/// tenuous or strong. A client with several ties to a system counts once, by the hardest ([`HARDEST`]).
pub async fn across(ctx: &Ctx, policy: &Policy) -> Result<Across, DbError> {
    let today = ctx.now.day().to_string();
    let tx = ctx.db().snapshot().await?;
    let mut counts: BTreeMap<System, [u64; 4]> = BTreeMap::new();
    for row in tx.rows(TIES_ACROSS, vec![today.clone().into()]).await? {
        let system = System::from_code(&row.text(0)?).unwrap_or(System::Other);
        // 4 is the hardest, and stands first.
        let place = usize::try_from(4 - row.int(1)?).unwrap_or_default();
        if let Some(count) = counts.entry(system).or_insert([0; HARDEST.len()]).get_mut(place) {
            *count += row.count(2)?;
        }
    }
    let row = tx.row(CLIENTS_WITH_TIES, vec![today.into()]).await?;
    let clients = row.map(|row| row.count(0)).transpose()?.unwrap_or_default();
    tx.commit().await?;
    let mut systems: Vec<_> =
        counts.into_iter().map(|(system, counts)| disclosed(policy, system, counts)).collect();
    in_order(&mut systems);
    Ok(Across { clients: policy.count(clients), systems })
}

fn state(row: &Row) -> Result<TieState, DbError> {
    let stored = |what: &str| DbError::Stored(format!("{what} of a tie that this version does not know"));
    let system = System::from_code(&row.text(3)?);
    let (organization, organization_name, name) = (row.text(4)?, row.text(5)?, row.text(6)?);
    let with = match row.text(2)?.as_str() {
        "system" => With::System(system.ok_or_else(|| stored("the system"))?),
        "organization" => With::Organization(organization),
        "person" => With::Person(name.clone()),
        "group" => With::Group(name.clone()),
        _ => return Err(stored("the other side")),
    };
    let name = if matches!(with, With::Organization(_)) { organization_name } else { name };
    let kind = match row.text(7)?.as_str() {
        ENDED => None,
        code => Some(TieKind::from_code(code).ok_or_else(|| stored("the kind"))?),
    };
    Ok(TieState {
        seq: row.int(0)?,
        node: row.text(1)?,
        with,
        system,
        name,
        kind,
        energy: Energy::from_code(&row.text(8)?).ok_or_else(|| stored("the energy"))?,
        note: row.text(9)?,
        since: row.day(10)?,
        recorded_at: row.instant(11)?,
        recorded_by: row.text(12)?,
    })
}
