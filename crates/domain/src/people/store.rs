//! SQL of people.

use super::{Client, Organization};
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
    Ok(())
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
