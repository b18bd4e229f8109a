//! SQL of organizations, professionals and who is to be called.

use privacy::{Disclosed, Policy, suppress_column};

use super::{
    Contacts, DirectoryError, DirectoryLine, Link, OrganizationRecord, Pick, Professional, SaveLink,
    SaveOrganization, SaveProfessional,
};
use crate::kernel::access::{self, ClientGrant, May};
use crate::kernel::audit::{self, Act};
use crate::kernel::clock::Day;
use crate::kernel::codes::System;
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{DbError, Reads, Row, Tx, Value};
use crate::kernel::ids::ClientId;
use crate::people::coded::anywhere;

crate::statements! {
    DIRECTORY = "\
select o.id, o.name, o.system, coalesce(a.name, o.area), o.phone, o.hours,
  (select cast(count(*) as bigint) from professional p where p.organization_id = o.id and p.left_on = '')
from organization o
left join area_current a on a.code = o.area
where (lower(o.name) like $1 escape '!'
       or exists (select 1 from professional p
                  where p.organization_id = o.id and p.left_on = '' and lower(p.name) like $1 escape '!'))
  and ($2 = '' or o.system = $2)
order by o.name, o.id
limit $3";
    ORGANIZATION_BY_ID = "\
select o.id, o.name, o.system, o.area, coalesce(a.name, o.area), o.address, o.phone, o.hours, o.note, o.version
from organization o
left join area_current a on a.code = o.area
where o.id = $1";
    AREA_IS_THERE = "select code from area_current where code = $1";
    ORGANIZATION_ADD = "\
insert into organization (id, name, system, area, address, phone, hours, note, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, 1)";
    ORGANIZATION_UPDATE = "\
update organization
set name = $2, system = $3, area = $4, address = $5, phone = $6, hours = $7, note = $8, version = version + 1
where id = $1
  and version = $9";
    CONTACTS_UPDATE = "\
update organization
set address = $2, phone = $3, hours = $4, note = $5
where id = $1";
    PROFESSIONALS_OF = "\
select id, organization_id, name, role, phone, email, note, left_on, version
from professional
where organization_id = $1
order by case when left_on = '' then 0 else 1 end, name, id";
    PROFESSIONAL_BY_ID = "\
select id, organization_id, name, role, phone, email, note, left_on, version
from professional
where id = $1";
    PROFESSIONAL_INSERT = "\
insert into professional (id, organization_id, name, role, phone, email, note, left_on, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    PROFESSIONAL_UPDATE = "\
update professional
set name = $2, role = $3, phone = $4, email = $5, note = $6, left_on = $7, version = version + 1
where id = $1
  and version = $8";
    PROFESSIONALS_TO_PICK = "\
select p.id, p.name, p.role, o.name
from professional p
join organization o on o.id = p.organization_id
where p.left_on = ''
order by o.name, p.name, p.id
limit $1";
    WHO_TO_CALL = "\
select l.id, p.id, p.name, case when l.part = '' then p.role else l.part end, o.id, o.name, o.system,
  case when p.phone = '' then o.phone else p.phone end, p.email, l.is_lead, l.talked_on, l.next_step, p.left_on, l.version
from client_professional l
join professional p on p.id = l.professional_id
join organization o on o.id = p.organization_id
where l.client_id = $1
  and l.to_day = ''
order by l.is_lead desc, l.talked_on desc, p.name, l.id";
    LINK_INSERT = "\
insert into client_professional (id, client_id, professional_id, part, is_lead, talked_on, next_step, from_day, to_day, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    LINK_UPDATE = "\
update client_professional
set part = $3, is_lead = $4, talked_on = $5, next_step = $6, version = version + 1
where id = $1
  and client_id = $2
  and to_day = ''
  and version = $7";
    LINK_END = "\
update client_professional
set to_day = $3, is_lead = 0, version = version + 1
where id = $1
  and client_id = $2
  and to_day = ''
  and version = $4";
    LINK_IS_THERE = "select version from client_professional where id = $1 and client_id = $2 and to_day = ''";
    /// A client has one lead.
    LEAD_PASSES_ON = "\
update client_professional
set is_lead = 0
where client_id = $1
  and id <> $2
  and is_lead = 1";
    LINK_TALKED = "\
update client_professional
set talked_on = $3
where client_id = $1
  and professional_id = $2
  and to_day = ''
  and talked_on < $3";
    /// Clients with an open case who are tied to organizations of a system, by organization ('' = to the system as a
    /// whole). Restricted clients count: what leaves this module has passed the privacy gate.
    TIED = "\
select x.organization_id, cast(count(*) as bigint)
from (
  select t.organization_id, t.client_id
  from client_tie t
  where t.system = $1
    and t.kind <> 'ended'
    and not exists (select 1 from client_tie n where n.client_id = t.client_id and n.node = t.node and n.seq > t.seq)
  union
  select o.id, l.client_id
  from organization o
  join professional p on p.organization_id = o.id
  join client_professional l on l.professional_id = p.id and l.to_day = ''
  where o.system = $1
) x
join client c on c.id = x.client_id and c.merged_into = ''
where exists (select 1 from client_case cc
              where cc.client_id = c.id and cc.opened_on <= $2 and (cc.closed_on = '' or cc.closed_on > $2))
group by x.organization_id
order by x.organization_id";
}

/// Organizations whose name, or whose professional's name, holds `text`; of one system or (None) of all.
pub async fn directory(
    reads: &impl Reads,
    text: &str,
    system: Option<System>,
    limit: i64,
) -> Result<Vec<DirectoryLine>, DbError> {
    let system = system.map(System::code).unwrap_or_default();
    let values = vec![anywhere(text).into(), system.into(), limit.into()];
    let line = |row: &Row| {
        Ok(DirectoryLine {
            id: row.text(0)?,
            name: row.text(1)?,
            system: system_of(row, 2)?,
            area_name: row.text(3)?,
            phone: row.text(4)?,
            hours: row.text(5)?,
            n_professionals: row.count(6)?,
        })
    };
    reads.read(DIRECTORY, values).await?.iter().map(line).collect()
}

/// An organization with its professionals, those who left last.
pub async fn organization(
    reads: &impl Reads,
    id: &str,
) -> Result<Option<(OrganizationRecord, Vec<Professional>)>, DbError> {
    let rows = reads.read(ORGANIZATION_BY_ID, vec![id.into()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let record = OrganizationRecord {
        id: row.text(0)?,
        name: row.text(1)?,
        system: system_of(row, 2)?,
        area: row.text(3)?,
        area_name: row.text(4)?,
        contacts: Contacts {
            address: row.text(5)?,
            phone: row.text(6)?,
            hours: row.text(7)?,
            note: row.text(8)?,
        },
        version: row.int(9)?,
    };
    let people = reads.read(PROFESSIONALS_OF, vec![id.into()]).await?;
    Ok(Some((record, people.iter().map(professional_of).collect::<Result<_, _>>()?)))
}

/// Adds an organization; its id.
pub async fn organization_add(ctx: &Ctx, cmd: &SaveOrganization) -> Result<String, DirectoryError> {
    let cmd = cmd.checked()?;
    let mut tx = ctx.begin().await?;
    area_checked(&tx, &cmd.area).await?;
    let id = ctx.new_id();
    written(ctx, &mut tx, "organization.add", "organization", &id).await?;
    tx.execute(ORGANIZATION_ADD, organization_values(&id, &cmd)).await?;
    tx.commit().await?;
    Ok(id)
}

/// Saves an organization's words, if nobody changed them since the version the caller looked at.
pub async fn organization_edit(
    ctx: &Ctx,
    id: &str,
    version: i64,
    cmd: &SaveOrganization,
) -> Result<(), DirectoryError> {
    let cmd = cmd.checked()?;
    let mut tx = ctx.begin().await?;
    if tx.row(ORGANIZATION_BY_ID, vec![id.into()]).await?.is_none() {
        return Err(DirectoryError::NotFound);
    }
    area_checked(&tx, &cmd.area).await?;
    written(ctx, &mut tx, "organization.edit", "organization", id).await?;
    let mut values = organization_values(id, &cmd);
    values.push(version.into());
    if tx.execute(ORGANIZATION_UPDATE, values).await? == 0 {
        return Err(DirectoryError::ChangedMeanwhile);
    }
    Ok(tx.commit().await?)
}

async fn area_checked(tx: &Tx, area: &str) -> Result<(), DirectoryError> {
    if !area.is_empty() && tx.row(AREA_IS_THERE, vec![area.into()]).await?.is_none() {
        return Err(DirectoryError::Area);
    }
    Ok(())
}

fn organization_values(id: &str, cmd: &SaveOrganization) -> Vec<Value> {
    vec![
        id.into(),
        cmd.name.clone().into(),
        cmd.system.code().into(),
        cmd.area.clone().into(),
        cmd.contacts.address.clone().into(),
        cmd.contacts.phone.clone().into(),
        cmd.contacts.hours.clone().into(),
        cmd.contacts.note.clone().into(),
    ]
}

pub async fn professional(reads: &impl Reads, id: &str) -> Result<Option<Professional>, DbError> {
    reads.read(PROFESSIONAL_BY_ID, vec![id.into()]).await?.first().map(professional_of).transpose()
}

/// Adds a professional to an organization; their id.
pub async fn professional_add(
    ctx: &Ctx,
    organization: &str,
    cmd: &SaveProfessional,
) -> Result<String, DirectoryError> {
    let cmd = cmd.checked()?;
    let mut tx = ctx.begin().await?;
    if tx.row(ORGANIZATION_BY_ID, vec![organization.into()]).await?.is_none() {
        return Err(DirectoryError::NotFound);
    }
    let id = ctx.new_id();
    written(ctx, &mut tx, "professional.add", "professional", &id).await?;
    let professional = Professional {
        id: id.clone(),
        organization_id: organization.to_owned(),
        name: cmd.name,
        role: cmd.role,
        phone: cmd.phone,
        email: cmd.email,
        note: cmd.note,
        left_on: cmd.left_on,
        version: 1,
    };
    professionals_insert(&mut tx, &[professional]).await?;
    tx.commit().await?;
    Ok(id)
}

/// Saves a professional's words, if nobody changed them since the version the caller looked at.
pub async fn professional_edit(
    ctx: &Ctx,
    id: &str,
    version: i64,
    cmd: &SaveProfessional,
) -> Result<(), DirectoryError> {
    let cmd = cmd.checked()?;
    let mut tx = ctx.begin().await?;
    if tx.row(PROFESSIONAL_BY_ID, vec![id.into()]).await?.is_none() {
        return Err(DirectoryError::NotFound);
    }
    written(ctx, &mut tx, "professional.edit", "professional", id).await?;
    let values = vec![
        id.into(),
        cmd.name.into(),
        cmd.role.into(),
        cmd.phone.into(),
        cmd.email.into(),
        cmd.note.into(),
        day_text(cmd.left_on).into(),
        version.into(),
    ];
    if tx.execute(PROFESSIONAL_UPDATE, values).await? == 0 {
        return Err(DirectoryError::ChangedMeanwhile);
    }
    Ok(tx.commit().await?)
}

/// Everybody who may be put on a client's list, by organization.
pub async fn professionals_to_pick(reads: &impl Reads, limit: i64) -> Result<Vec<Pick>, DbError> {
    let pick = |row: &Row| {
        Ok(Pick { id: row.text(0)?, name: row.text(1)?, role: row.text(2)?, organization: row.text(3)? })
    };
    reads.read(PROFESSIONALS_TO_PICK, vec![limit.into()]).await?.iter().map(pick).collect()
}

/// Who is to be called about the client: the lead first, then those talked with last.
pub async fn who_to_call(_: &Ctx, tx: &Tx, grant: &ClientGrant) -> Result<Vec<Link>, DbError> {
    let link = |row: &Row| {
        Ok(Link {
            id: row.text(0)?,
            professional_id: row.text(1)?,
            name: row.text(2)?,
            part: row.text(3)?,
            organization_id: row.text(4)?,
            organization: row.text(5)?,
            system: system_of(row, 6)?,
            phone: row.text(7)?,
            email: row.text(8)?,
            is_lead: row.flag(9)?,
            talked_on: row.day_or_none(10)?,
            next_step: row.text(11)?,
            has_left: row.day_or_none(12)?.is_some(),
            version: row.int(13)?,
        })
    };
    tx.rows(WHO_TO_CALL, vec![grant.client().into()]).await?.iter().map(link).collect()
}

/// Puts a professional on a client's list; the link's id.
pub async fn link_add(
    ctx: &Ctx,
    client: ClientId,
    professional: &str,
    cmd: &SaveLink,
) -> Result<String, DirectoryError> {
    let cmd = cmd.checked(ctx.now.day())?;
    let mut tx = ctx.begin().await?;
    let grant = access::client(ctx, &mut tx, client, May::Record).await?;
    if tx.row(PROFESSIONAL_BY_ID, vec![professional.into()]).await?.is_none() {
        return Err(DirectoryError::NotFound);
    }
    let id = ctx.new_id();
    written(ctx, &mut tx, "client.professional_add", "client", grant.client().as_str()).await?;
    let values = link_values(&id, grant.client(), professional, &cmd, ctx.now.day());
    match tx.execute(LINK_INSERT, values).await {
        Err(error) if error.is_unique_violation() => return Err(DirectoryError::AlreadyThere),
        done => done?,
    };
    if cmd.is_lead {
        tx.execute(LEAD_PASSES_ON, vec![grant.client().into(), id.clone().into()]).await?;
    }
    tx.commit().await?;
    Ok(id)
}

/// Saves what a professional is to a client, if nobody changed it since the version the caller looked at.
pub async fn link_change(
    ctx: &Ctx,
    client: ClientId,
    link: &str,
    version: i64,
    cmd: &SaveLink,
) -> Result<(), DirectoryError> {
    let cmd = cmd.checked(ctx.now.day())?;
    let mut tx = ctx.begin().await?;
    let grant = access::client(ctx, &mut tx, client, May::Record).await?;
    link_is_there(&tx, &grant, link).await?;
    written(ctx, &mut tx, "client.professional_change", "client", grant.client().as_str()).await?;
    let values = vec![
        link.into(),
        grant.client().into(),
        cmd.part.clone().into(),
        i64::from(cmd.is_lead).into(),
        day_text(cmd.talked_on).into(),
        cmd.next_step.clone().into(),
        version.into(),
    ];
    if tx.execute(LINK_UPDATE, values).await? == 0 {
        return Err(DirectoryError::ChangedMeanwhile);
    }
    if cmd.is_lead {
        tx.execute(LEAD_PASSES_ON, vec![grant.client().into(), link.into()]).await?;
    }
    Ok(tx.commit().await?)
}

/// Takes a professional off a client's list; the link stays as history.
pub async fn link_end(ctx: &Ctx, client: ClientId, link: &str, version: i64) -> Result<(), DirectoryError> {
    let mut tx = ctx.begin().await?;
    let grant = access::client(ctx, &mut tx, client, May::Record).await?;
    link_is_there(&tx, &grant, link).await?;
    written(ctx, &mut tx, "client.professional_end", "client", grant.client().as_str()).await?;
    let today = ctx.now.day().to_string();
    let values = vec![link.into(), grant.client().into(), today.into(), version.into()];
    if tx.execute(LINK_END, values).await? == 0 {
        return Err(DirectoryError::ChangedMeanwhile);
    }
    Ok(tx.commit().await?)
}

async fn link_is_there(tx: &Tx, grant: &ClientGrant, link: &str) -> Result<(), DirectoryError> {
    let row = tx.row(LINK_IS_THERE, vec![link.into(), grant.client().into()]).await?;
    row.map(drop).ok_or(DirectoryError::NotFound)
}

/// Notes that somebody on the client's list was talked with, in the transaction of the contact. An earlier day than
/// the one that stands there changes nothing; nor does somebody who is not on the list.
pub async fn talked_in(
    _: &Ctx,
    tx: &mut Tx,
    grant: &ClientGrant,
    professional: &str,
    on: Day,
) -> Result<(), DbError> {
    tx.execute(LINK_TALKED, vec![grant.client().into(), professional.into(), on.to_string().into()]).await?;
    Ok(())
}

/// How many clients with an open case are tied to an organization (on their map or through a professional), through the
/// privacy gate: the organizations of its system are one column, so that none follows from the system's total.
pub async fn tied(
    ctx: &Ctx,
    policy: &Policy,
    organization: &OrganizationRecord,
) -> Result<Disclosed<u64>, DbError> {
    let today = ctx.now.day().to_string();
    let rows = ctx.db().rows(TIED, vec![organization.system.code().into(), today.into()]).await?;
    let counts =
        rows.iter().map(|row| Ok((row.text(0)?, row.count(1)?))).collect::<Result<Vec<_>, DbError>>()?;
    let column: Vec<u64> = counts.iter().map(|(_, n)| *n).collect();
    let cells = suppress_column(policy, &column);
    let own = counts.iter().zip(cells).find(|((id, _), _)| *id == organization.id);
    Ok(own.map_or_else(|| policy.count(0), |(_, cell)| cell.count))
}

/// Gives organizations that are there their contacts, many at once.
pub async fn contacts_insert(tx: &mut Tx, contacts: &[(String, Contacts)]) -> Result<(), DbError> {
    for (id, contacts) in contacts {
        let values = vec![
            id.clone().into(),
            contacts.address.clone().into(),
            contacts.phone.clone().into(),
            contacts.hours.clone().into(),
            contacts.note.clone().into(),
        ];
        tx.execute(CONTACTS_UPDATE, values).await?;
    }
    Ok(())
}

/// Adds professionals, many at once.
pub async fn professionals_insert(tx: &mut Tx, professionals: &[Professional]) -> Result<(), DbError> {
    let mut rows: Vec<Value> = Vec::with_capacity(professionals.len() * 9);
    for it in professionals {
        rows.push(it.id.clone().into());
        rows.push(it.organization_id.clone().into());
        rows.push(it.name.clone().into());
        rows.push(it.role.clone().into());
        rows.push(it.phone.clone().into());
        rows.push(it.email.clone().into());
        rows.push(it.note.clone().into());
        rows.push(day_text(it.left_on).into());
        rows.push(it.version.into());
    }
    tx.insert_many(PROFESSIONAL_INSERT, 9, rows).await?;
    Ok(())
}

/// Puts professionals on clients' lists, many at once: client, professional, since when, what they are to them.
pub async fn links_insert(
    ctx: &Ctx,
    tx: &mut Tx,
    links: &[(ClientId, String, Day, SaveLink)],
) -> Result<(), DbError> {
    let mut rows: Vec<Value> = Vec::with_capacity(links.len() * 10);
    for (client, professional, from, link) in links {
        rows.extend(link_values(&ctx.new_id(), client, professional, link, *from));
    }
    tx.insert_many(LINK_INSERT, 10, rows).await?;
    Ok(())
}

fn link_values(id: &str, client: &ClientId, professional: &str, link: &SaveLink, from: Day) -> Vec<Value> {
    vec![
        id.into(),
        client.into(),
        professional.into(),
        link.part.clone().into(),
        i64::from(link.is_lead).into(),
        day_text(link.talked_on).into(),
        link.next_step.clone().into(),
        from.to_string().into(),
        "".into(),
        1_i64.into(),
    ]
}

async fn written(
    ctx: &Ctx,
    tx: &mut Tx,
    action: &'static str,
    subject_kind: &'static str,
    subject_id: &str,
) -> Result<(), DbError> {
    audit::append(ctx, tx, Act { action, subject_kind, subject_id, detail: "" }).await
}

fn professional_of(row: &Row) -> Result<Professional, DbError> {
    Ok(Professional {
        id: row.text(0)?,
        organization_id: row.text(1)?,
        name: row.text(2)?,
        role: row.text(3)?,
        phone: row.text(4)?,
        email: row.text(5)?,
        note: row.text(6)?,
        left_on: row.day_or_none(7)?,
        version: row.int(8)?,
    })
}

/// A code that an older or newer version wrote counts as "other".
fn system_of(row: &Row, at: usize) -> Result<System, DbError> {
    Ok(System::from_code(&row.text(at)?).unwrap_or(System::Other))
}

fn day_text(day: Option<Day>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}
