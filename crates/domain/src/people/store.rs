//! SQL of people.

use super::{Client, Identity, Organization, search};
use crate::kernel::access::ClientGrant;
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{DbError, Tx, Value};

crate::statements! {
    CLIENT_INSERT = "\
insert into client (id, preferred_name, legal_name, pronouns, language, born_on, area, strength, wish, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    CLIENT_GROUP_INSERT = "\
insert into client_group (client_id, dimension, value)
values ($1, $2, $3)";
    ORGANIZATION_INSERT = "\
insert into organization (id, name, system, area)
values ($1, $2, $3, $4)";
    IDENTITY = "\
select c.preferred_name, c.pronouns, c.language, c.born_on, coalesce(a.name, c.area), c.strength, c.wish,
  (select cast(count(*) as bigint) from client_restriction r where r.client_id = c.id)
from client c
left join area_current a on a.code = c.area
where c.id = $1";
    /// Who works with a client now: leads of open cases, then the others who have a part in one.
    WORKERS = "\
select a.name, 0
from client_case cc
join account a on a.id = cc.worker_id
where cc.client_id = $1 and (cc.closed_on = '' or cc.closed_on > $2)
union
select a.name, 1
from client_case cc
join case_assignment ca on ca.case_id = cc.id and ca.to_day = '' and ca.account_id <> cc.worker_id
join account a on a.id = ca.account_id
where cc.client_id = $1 and (cc.closed_on = '' or cc.closed_on > $2)
order by 2, 1";
}

/// Who the client of a grant is.
pub async fn identity(ctx: &Ctx, tx: &Tx, grant: &ClientGrant) -> Result<Identity, DbError> {
    let row = tx.row(IDENTITY, vec![grant.client().into()]).await?;
    let row = row.ok_or_else(|| DbError::Stored("a client that was granted is gone".to_owned()))?;
    let today = ctx.now.day().to_string();
    let mut workers: Vec<String> = Vec::new();
    for worker in tx.rows(WORKERS, vec![grant.client().into(), today.into()]).await? {
        let name = worker.text(0)?;
        if !workers.contains(&name) {
            workers.push(name);
        }
    }
    Ok(Identity {
        preferred_name: row.text(0)?,
        pronouns: row.text(1)?,
        language: row.text(2)?,
        born_on: row.day_or_none(3)?,
        area_name: row.text(4)?,
        strength: row.text(5)?,
        wish: row.text(6)?,
        workers,
        is_restricted: row.int(7)? > 0,
    })
}

/// Adds clients with their groups.
pub async fn clients_insert(ctx: &Ctx, tx: &mut Tx, clients: &[Client]) -> Result<(), DbError> {
    let mut rows: Vec<Value> = Vec::with_capacity(clients.len() * 10);
    let mut groups: Vec<Value> = Vec::with_capacity(clients.len() * 9);
    for client in clients {
        rows.push((&client.id).into());
        rows.push(client.preferred_name.clone().into());
        rows.push(client.legal_name.clone().into());
        rows.push(client.pronouns.clone().into());
        rows.push(client.language.clone().into());
        rows.push(client.born_on.to_string().into());
        rows.push(client.area.clone().into());
        rows.push(client.strength.clone().into());
        rows.push(client.wish.clone().into());
        rows.push(ctx.now.micros().into());
        for (dimension, value) in &client.groups {
            groups.push((&client.id).into());
            groups.push(dimension.clone().into());
            groups.push(value.clone().into());
        }
    }
    tx.insert_many(CLIENT_INSERT, 10, rows).await?;
    tx.insert_many(CLIENT_GROUP_INSERT, 3, groups).await?;
    let named = clients.iter().map(|it| (&it.id, [it.preferred_name.as_str(), it.legal_name.as_str()]));
    search::index_new(tx, named).await
}

pub async fn organizations_insert(tx: &mut Tx, organizations: &[Organization]) -> Result<(), DbError> {
    let mut rows: Vec<Value> = Vec::with_capacity(organizations.len() * 4);
    for organization in organizations {
        rows.push(organization.id.clone().into());
        rows.push(organization.name.clone().into());
        rows.push(organization.system.code().into());
        rows.push(organization.area.clone().into());
    }
    tx.insert_many(ORGANIZATION_INSERT, 4, rows).await?;
    Ok(())
}
