//! SQL of a client's details.

use std::collections::BTreeMap;

use super::super::{search, words};
use super::{Answer, DIMENSIONS, Details, EnteredIdentifier, EnteredPhone, Identifier, Known, Person, Phone};
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{DbError, Tx, Value};
use crate::kernel::ids::ClientId;

crate::statements! {
    DETAILS = "\
select c.version, c.preferred_name, c.legal_name, c.pronouns, c.language, c.born_on, c.address, c.area, c.strength, c.wish,
  coalesce(a.name, c.area)
from client c
left join area_current a on a.code = c.area
where c.id = $1";
    GROUPS = "select dimension, value from client_group where client_id = $1 order by dimension";
    PHONES = "select id, number, label, may_leave_message from client_phone where client_id = $1 order by id";
    IDENTIFIERS = "select id, kind, value from client_identifier where client_id = $1 order by kind, id";
    NEW = "\
insert into client (id, preferred_name, legal_name, pronouns, language, born_on, address, area, strength, wish, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    /// Only where nobody else has saved in the meantime.
    SAVE = "\
update client
set preferred_name = $3, legal_name = $4, pronouns = $5, language = $6, born_on = $7, address = $8, area = $9,
  strength = $10, wish = $11, version = version + 1
where id = $1
  and version = $2
  and merged_into = ''";
    GROUP_SET = "\
insert into client_group (client_id, dimension, value)
values ($1, $2, $3)
on conflict (client_id, dimension) do update set value = excluded.value";
    PHONE_INSERT = "\
insert into client_phone (id, client_id, number, tail, label, may_leave_message)
values ($1, $2, $3, $4, $5, $6)";
    PHONE_SAVE = "\
update client_phone
set number = $3, tail = $4, label = $5, may_leave_message = $6
where id = $1
  and client_id = $2";
    PHONE_DELETE = "delete from client_phone where id = $1 and client_id = $2";
    IDENTIFIER_INSERT = "\
insert into client_identifier (id, client_id, kind, value, folded)
values ($1, $2, $3, $4, $5)";
    IDENTIFIER_SAVE = "\
update client_identifier
set kind = $3, value = $4, folded = $5
where id = $1
  and client_id = $2";
    IDENTIFIER_DELETE = "delete from client_identifier where id = $1 and client_id = $2";
    AREA_BY_CODE = "select code from area_current where code = $1";
    AREA_BY_NAME = "select code from area_current where lower(name) = $1 order by code limit 1";
    AREAS = "select code, name from area_current order by name, code limit 2000";
    /// Values of a group that the record knows, without those that are no answer.
    VALUES = "\
select distinct value
from stratum_value
where dimension = $1
  and value not in ('client_doesnt_know', 'client_prefers_not_to_answer', 'data_not_collected')
order by value
limit 60";
    LANGUAGES = "select distinct value from stratum_value where dimension = 'language' order by value limit 60";
}

fn gone() -> DbError {
    DbError::Stored("a client that was granted is gone".to_owned())
}

pub(super) async fn details(tx: &Tx, client: &ClientId) -> Result<Details, DbError> {
    let id = || -> Vec<Value> { vec![client.into()] };
    let row = tx.row(DETAILS, id()).await?.ok_or_else(gone)?;
    let mut groups: BTreeMap<String, Answer> =
        DIMENSIONS.iter().map(|dimension| ((*dimension).to_owned(), Answer::NotCollected)).collect();
    for group in tx.rows(GROUPS, id()).await? {
        groups.insert(group.text(0)?, Answer::from_stored(&group.text(1)?));
    }
    let mut phones = Vec::new();
    for row in tx.rows(PHONES, id()).await? {
        phones.push(Phone {
            id: row.text(0)?,
            number: row.text(1)?,
            label: row.text(2)?,
            may_leave_message: row.flag(3)?,
        });
    }
    let mut identifiers = Vec::new();
    for row in tx.rows(IDENTIFIERS, id()).await? {
        identifiers.push(Identifier { id: row.text(0)?, kind: row.text(1)?, value: row.text(2)? });
    }
    Ok(Details {
        version: row.int(0)?,
        person: Person {
            preferred_name: row.text(1)?,
            legal_name: row.text(2)?,
            pronouns: row.text(3)?,
            language: row.text(4)?,
            born_on: row.day_or_none(5)?,
            address: row.text(6)?,
            area: row.text(7)?,
            strength: row.text(8)?,
            wish: row.text(9)?,
            groups,
        },
        area_name: row.text(10)?,
        phones,
        identifiers,
    })
}

fn columns(person: &Person) -> Vec<Value> {
    vec![
        person.preferred_name.clone().into(),
        person.legal_name.clone().into(),
        person.pronouns.clone().into(),
        person.language.clone().into(),
        person.born_on.map(|day| day.to_string()).unwrap_or_default().into(),
        person.address.clone().into(),
        person.area.clone().into(),
        person.strength.clone().into(),
        person.wish.clone().into(),
    ]
}

pub(super) async fn insert(ctx: &Ctx, tx: &Tx, client: &ClientId, person: &Person) -> Result<(), DbError> {
    let mut values: Vec<Value> = vec![client.into()];
    values.extend(columns(person));
    values.push(ctx.now.micros().into());
    tx.execute(NEW, values).await?;
    groups_write(tx, client, person).await?;
    search::index_new(tx, [(client, [person.preferred_name.as_str(), person.legal_name.as_str()])]).await
}

/// False: somebody else has saved in the meantime.
pub(super) async fn save(tx: &Tx, client: &ClientId, version: i64, person: &Person) -> Result<bool, DbError> {
    let mut values: Vec<Value> = vec![client.into(), version.into()];
    values.extend(columns(person));
    if tx.execute(SAVE, values).await? == 0 {
        return Ok(false);
    }
    groups_write(tx, client, person).await?;
    search::index_again(tx, client, false).await?;
    Ok(true)
}

async fn groups_write(tx: &Tx, client: &ClientId, person: &Person) -> Result<(), DbError> {
    for (dimension, answer) in &person.groups {
        let values = vec![client.into(), dimension.clone().into(), answer.stored().into()];
        tx.execute(GROUP_SET, values).await?;
    }
    Ok(())
}

pub(super) async fn phone_write(
    ctx: &Ctx,
    tx: &Tx,
    client: &ClientId,
    phone: &EnteredPhone,
) -> Result<(), DbError> {
    let number = phone.number.trim();
    if number.is_empty() {
        return tx.execute(PHONE_DELETE, vec![phone.id.clone().into(), client.into()]).await.map(drop);
    }
    let is_new = phone.id.is_empty();
    let id = if is_new { ctx.new_id() } else { phone.id.clone() };
    let values = vec![
        id.into(),
        client.into(),
        number.into(),
        words::phone_tail(number).into(),
        phone.label.trim().into(),
        i64::from(phone.may_leave_message).into(),
    ];
    tx.execute(if is_new { PHONE_INSERT } else { PHONE_SAVE }, values).await.map(drop)
}

pub(super) async fn identifier_write(
    ctx: &Ctx,
    tx: &Tx,
    client: &ClientId,
    identifier: &EnteredIdentifier,
) -> Result<(), DbError> {
    let value = identifier.value.trim();
    if value.is_empty() {
        return tx
            .execute(IDENTIFIER_DELETE, vec![identifier.id.clone().into(), client.into()])
            .await
            .map(drop);
    }
    let is_new = identifier.id.is_empty();
    let id = if is_new { ctx.new_id() } else { identifier.id.clone() };
    let values = vec![
        id.into(),
        client.into(),
        identifier.kind.clone().into(),
        value.into(),
        words::fold_identifier(value).into(),
    ];
    tx.execute(if is_new { IDENTIFIER_INSERT } else { IDENTIFIER_SAVE }, values).await.map(drop)
}

/// The code of an area that was typed as its code or its name; None where there is none such.
pub(super) async fn area_code(tx: &Tx, typed: &str) -> Result<Option<String>, DbError> {
    if let Some(row) = tx.row(AREA_BY_CODE, vec![typed.into()]).await? {
        return row.text(0).map(Some);
    }
    let row = tx.row(AREA_BY_NAME, vec![typed.to_lowercase().into()]).await?;
    row.map(|row| row.text(0)).transpose()
}

pub(super) async fn known(tx: &Tx) -> Result<Known, DbError> {
    let mut values = BTreeMap::new();
    for dimension in DIMENSIONS {
        let rows = tx.rows(VALUES, vec![dimension.into()]).await?;
        let found = rows.iter().map(|row| row.text(0)).collect::<Result<Vec<_>, _>>()?;
        values.insert(dimension.to_owned(), found);
    }
    let languages = tx.rows(LANGUAGES, vec![]).await?;
    let areas = tx.rows(AREAS, vec![]).await?;
    Ok(Known {
        values,
        languages: languages.iter().map(|row| row.text(0)).collect::<Result<_, _>>()?,
        areas: areas.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect::<Result<_, DbError>>()?,
    })
}

/// Phones and identifiers of many clients at once: `(client, number, label, may leave a message)` and
/// `(client, kind, value)`.
pub async fn numbers_insert(
    ctx: &Ctx,
    tx: &mut Tx,
    phones: &[(ClientId, String, String, bool)],
    identifiers: &[(ClientId, String, String)],
) -> Result<(), DbError> {
    let mut rows: Vec<Value> = Vec::with_capacity(phones.len() * 6);
    for (client, number, label, may_leave_message) in phones {
        rows.extend([
            ctx.new_id().into(),
            client.into(),
            number.clone().into(),
            words::phone_tail(number).into(),
            label.clone().into(),
            i64::from(*may_leave_message).into(),
        ]);
    }
    tx.insert_many(PHONE_INSERT, 6, rows).await?;
    let mut rows: Vec<Value> = Vec::with_capacity(identifiers.len() * 5);
    for (client, kind, value) in identifiers {
        rows.extend([
            ctx.new_id().into(),
            client.into(),
            kind.clone().into(),
            value.clone().into(),
            words::fold_identifier(value).into(),
        ]);
    }
    tx.insert_many(IDENTIFIER_INSERT, 5, rows).await?;
    Ok(())
}
