//! SQL of contacts.

use super::{
    Contact, ContactError, Medium, MyClient, Note, Outcome, Topic, Version, Visibility, Whom, checked,
};
use crate::kernel::access::{self, AccessError, CaseGrant, ClientGrant, May};
use crate::kernel::audit::{self, Act};
use crate::kernel::codes::System;
use crate::kernel::ctx::{Ctx, Role};
use crate::kernel::db::{DbError, Row, Tx, Value};
use crate::kernel::ids::{AccountId, CaseId, ClientId};

crate::statements! {
    CONTACT_EVENT_INSERT = "\
insert into case_event (id, case_id, kind, code, system, organization_id, occurred_on, ended_on, note, recorded_at,
  recorded_by, supersedes_seq)
values ($1, $2, $3, $4, $5, $6, $7, '', '', $8, $9, $10)";
    CONTACT_NOTE_INSERT = "insert into contact_note (id, author_id, visibility) values ($1, $2, $3)";
    CONTACT_INSERT = "\
insert into contact (event_id, note_id, medium, outcome, whom, minutes, topics, place, words, client_words, is_with_client)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    CONTACT_READER_INSERT = "insert into contact_reader (note_id, account_id) values ($1, $2)";
    CONTACT_READERS_DELETE = "delete from contact_reader where note_id = $1";
    CONTACT_VISIBILITY = "update contact_note set visibility = $2 where id = $1";
    CONTACT_CASE = "\
select e.case_id
from contact_note n
join case_event e on e.id = n.id
where n.id = $1";
    /// A note of this client, if this account reads it: visibility is policy and stands in the statement.
    CONTACT_NOTE = concat!("\
select n.id, e.case_id, n.author_id, coalesce(a.name, n.author_id), n.visibility
from contact_note n
join case_event e on e.id = n.id
join client_case cc on cc.id = e.case_id
left join account a on a.id = n.author_id
where n.id = $1
  and cc.client_id = $2
  and ", crate::note_is_read_by!("n", "$3"));
    /// Who could be named as a reader: those who work with the client, and supervisors; for a restricted client those
    /// named on the restriction. The caller reads their own notes anyway.
    CONTACT_READERS_POSSIBLE = "\
select a.id, a.name
from account a
where a.is_active = 1
  and a.id <> $2
  and (exists (select 1 from client_restriction_member m where m.client_id = $1 and m.account_id = a.id)
       or (not exists (select 1 from client_restriction r where r.client_id = $1)
           and (a.roles like '%supervisor%'
                or exists (select 1 from client_case cc
                           left join case_assignment ca on ca.case_id = cc.id and ca.to_day = ''
                           where cc.client_id = $1
                             and (cc.closed_on = '' or cc.closed_on >= $3)
                             and (cc.worker_id = a.id or ca.account_id = a.id)))))
order by a.name, a.id
limit 200";
    CONTACT_READERS = "\
select r.account_id, coalesce(a.name, r.account_id)
from contact_reader r
left join account a on a.id = r.account_id
where r.note_id = $1
order by 2, 1";
    /// All versions of a note, oldest first, the one that takes it back last.
    CONTACT_VERSIONS = "\
select e.id, e.kind, e.occurred_on, ct.medium, ct.outcome, ct.whom, e.system, e.organization_id, coalesce(o.name, ''),
  ct.minutes, ct.topics, ct.place, ct.words, ct.client_words, ct.is_with_client, e.recorded_at,
  coalesce(a.name, e.recorded_by), e.seq
from contact ct
join case_event e on e.id = ct.event_id
left join organization o on o.id = e.organization_id
left join account a on a.id = e.recorded_by
where ct.note_id = $1
order by e.seq";
    /// Clients of open cases in which the account leads or has a part, by name.
    MY_CLIENTS = concat!("\
select distinct c.id, c.preferred_name
from client_case cc
join client c on c.id = cc.client_id
where (cc.closed_on = '' or cc.closed_on > $2)
  and (cc.worker_id = $1
       or exists (select 1 from case_assignment ca
                  where ca.case_id = cc.id and ca.account_id = $1 and ca.to_day = ''))
  and c.merged_into = ''
  and ", crate::is_seen_by!("c.id", "$1"), "
order by c.preferred_name, c.id
limit 500");
}

const WITHDRAWN: &str = "withdrawn";

/// Writes a contact down in a case, in the caller's transaction. The id of the new note.
pub async fn record_in(
    ctx: &Ctx,
    tx: &mut Tx,
    grant: &CaseGrant,
    contact: &Contact,
    visibility: &Visibility,
) -> Result<String, ContactError> {
    let contact = checked(contact, ctx.now.day())?;
    visibility.checked()?;
    let id = ctx.new_id();
    event_insert(ctx, tx, grant.case(), &id, "contact", &contact, None).await?;
    let author = ctx.actor.label();
    tx.execute(
        CONTACT_NOTE_INSERT,
        vec![id.clone().into(), author.into(), visibility.code().to_owned().into()],
    )
    .await?;
    readers_insert(tx, &id, visibility).await?;
    contact_insert(tx, &id, &id, &contact).await?;
    let detail = format!("visibility={}", visibility.code());
    let act = Act { action: "contact.record", subject_kind: "case_event", subject_id: &id, detail: &detail };
    audit::append(ctx, tx, act).await?;
    Ok(id)
}

async fn event_insert(
    ctx: &Ctx,
    tx: &Tx,
    case: &CaseId,
    id: &str,
    kind: &str,
    contact: &Contact,
    supersedes: Option<i64>,
) -> Result<(), DbError> {
    let values: Vec<Value> = vec![
        id.to_owned().into(),
        case.into(),
        kind.to_owned().into(),
        contact.code().to_owned().into(),
        contact.system.map(System::code).unwrap_or_default().into(),
        contact.organization.clone().into(),
        contact.on.to_string().into(),
        ctx.now.micros().into(),
        ctx.actor.label().into(),
        supersedes.into(),
    ];
    tx.execute(CONTACT_EVENT_INSERT, values).await?;
    Ok(())
}

async fn contact_insert(tx: &Tx, event: &str, note: &str, contact: &Contact) -> Result<(), DbError> {
    let topics: Vec<&str> = contact.topics.iter().map(|topic| topic.code()).collect();
    let values: Vec<Value> = vec![
        event.to_owned().into(),
        note.to_owned().into(),
        contact.medium.code().to_owned().into(),
        contact.outcome.code().to_owned().into(),
        contact.whom.code().to_owned().into(),
        contact.minutes.map(i64::from).into(),
        topics.join(" ").into(),
        contact.place.clone().into(),
        contact.words.clone().into(),
        contact.client_words.clone().into(),
        i64::from(contact.is_with_client).into(),
    ];
    tx.execute(CONTACT_INSERT, values).await?;
    Ok(())
}

async fn readers_insert(tx: &Tx, note: &str, visibility: &Visibility) -> Result<(), DbError> {
    let Visibility::Named(people) = visibility else { return Ok(()) };
    let mut people = people.clone();
    people.sort_unstable();
    people.dedup();
    for account in &people {
        tx.execute(CONTACT_READER_INSERT, vec![note.to_owned().into(), account.into()]).await?;
    }
    Ok(())
}

/// A note of the granted client with all its versions; None where there is none that the caller reads.
pub async fn note(ctx: &Ctx, tx: &Tx, grant: &ClientGrant, id: &str) -> Result<Option<Note>, DbError> {
    let values = vec![id.to_owned().into(), grant.client().into(), ctx.actor.label().into()];
    let Some(head) = tx.row(CONTACT_NOTE, values).await? else { return Ok(None) };
    let readers = tx
        .rows(CONTACT_READERS, vec![id.to_owned().into()])
        .await?
        .iter()
        .map(|row| Ok((AccountId::from_text(row.text(0)?), row.text(1)?)))
        .collect::<Result<Vec<_>, DbError>>()?;
    let named = readers.iter().map(|(account, _)| account.clone()).collect();
    let code = head.text(4)?;
    let visibility =
        Visibility::from_code(&code, named).ok_or_else(|| DbError::Stored("a visibility".to_owned()))?;
    let mut versions = Vec::new();
    let mut withdrawn = None;
    for row in tx.rows(CONTACT_VERSIONS, vec![id.to_owned().into()]).await? {
        if row.text(1)? == WITHDRAWN {
            withdrawn = Some((row.text(16)?, row.instant(15)?));
        } else {
            versions.push(version(&row)?);
        }
    }
    Ok(Some(Note {
        id: head.text(0)?,
        case: CaseId::from_text(head.text(1)?),
        author: head.text(2)?,
        author_name: head.text(3)?,
        visibility,
        readers,
        versions,
        withdrawn,
    }))
}

fn version(row: &Row) -> Result<Version, DbError> {
    let unknown = |what: &str| DbError::Stored(format!("the {what} of a contact"));
    let minutes = row.int_or_none(9)?.map(u32::try_from).transpose();
    Ok(Version {
        event: row.text(0)?,
        contact: Contact {
            on: row.day(2)?,
            medium: Medium::from_code(&row.text(3)?).ok_or_else(|| unknown("medium"))?,
            outcome: Outcome::from_code(&row.text(4)?).ok_or_else(|| unknown("outcome"))?,
            whom: Whom::from_code(&row.text(5)?).ok_or_else(|| unknown("person"))?,
            system: System::from_code(&row.text(6)?),
            organization: row.text(7)?,
            minutes: minutes.map_err(|_| unknown("minutes"))?,
            topics: row.text(10)?.split_whitespace().filter_map(Topic::from_code).collect(),
            place: row.text(11)?,
            words: row.text(12)?,
            client_words: row.text(13)?,
            is_with_client: row.flag(14)?,
        },
        organization_name: row.text(8)?,
        recorded_at: row.instant(15)?,
        recorded_by: row.text(16)?,
    })
}

/// A note opened to be changed: what the caller does not read is not found.
async fn opened(
    ctx: &Ctx,
    tx: &mut Tx,
    client: &ClientId,
    id: &str,
) -> Result<(CaseGrant, Note), ContactError> {
    let row = tx.row(CONTACT_CASE, vec![id.to_owned().into()]).await?;
    let case = row.ok_or(AccessError::NotFound)?.text(0)?;
    let grant = access::case(ctx, tx, CaseId::from_text(case), May::Record).await?;
    if grant.of_client().client() != client {
        return Err(AccessError::NotFound.into());
    }
    let note = note(ctx, tx, grant.of_client(), id).await?.ok_or(AccessError::NotFound)?;
    Ok((grant, note))
}

impl Note {
    /// Whether the caller may correct it or take it back: the author, or a supervisor who reads it.
    pub fn may_correct(&self, ctx: &Ctx) -> bool {
        self.is_own(ctx) || ctx.actor.has(Role::Supervisor)
    }

    /// Whether the caller wrote it.
    pub fn is_own(&self, ctx: &Ctx) -> bool {
        self.author == ctx.actor.label()
    }
}

/// Supersedes the version that the caller saw (`seen`, its event's id). What was written before stays readable.
pub async fn correct(
    ctx: &Ctx,
    client: &ClientId,
    id: &str,
    seen: &str,
    contact: &Contact,
) -> Result<(), ContactError> {
    let contact = checked(contact, ctx.now.day())?;
    supersede(ctx, client, id, seen, Some(&contact)).await
}

/// Takes a note back that should not be in this file. It counts nowhere any more; who did it and when is kept.
pub async fn withdraw(ctx: &Ctx, client: &ClientId, id: &str, seen: &str) -> Result<(), ContactError> {
    supersede(ctx, client, id, seen, None).await
}

async fn supersede(
    ctx: &Ctx,
    client: &ClientId,
    id: &str,
    seen: &str,
    by: Option<&Contact>,
) -> Result<(), ContactError> {
    let mut tx = ctx.begin().await?;
    let (grant, note) = opened(ctx, &mut tx, client, id).await?;
    if !note.may_correct(ctx) {
        return Err(ContactError::NotYours);
    }
    let before = note.current().filter(|version| version.event == seen && note.withdrawn.is_none());
    let before = before.ok_or(ContactError::ChangedMeanwhile)?;
    let rows = tx.rows(CONTACT_VERSIONS, vec![id.to_owned().into()]).await?;
    let seq = rows.last().map(|row| row.int(17)).transpose()?;
    let event = ctx.new_id();
    let (kind, action) = match by {
        Some(_) => ("contact", "contact.correct"),
        None => (WITHDRAWN, "contact.withdraw"),
    };
    let empty = Contact { outcome: Outcome::Attempted, ..Contact::on(before.contact.on) };
    let contact = by.unwrap_or(&empty);
    event_insert(ctx, &tx, grant.case(), &event, kind, contact, seq).await?;
    contact_insert(&tx, &event, id, contact).await?;
    audit::append(ctx, &mut tx, Act { action, subject_kind: "case_event", subject_id: id, detail: "" })
        .await?;
    super::super::drafts::drop_in(ctx, &tx, super::super::drafts::Form::Correction, id).await?;
    Ok(tx.commit().await?)
}

/// Says who reads a note, all its versions. Only its author may.
pub async fn visibility_change(
    ctx: &Ctx,
    client: &ClientId,
    id: &str,
    visibility: &Visibility,
) -> Result<(), ContactError> {
    visibility.checked()?;
    let mut tx = ctx.begin().await?;
    let (_, note) = opened(ctx, &mut tx, client, id).await?;
    if !note.is_own(ctx) {
        return Err(ContactError::NotYours);
    }
    tx.execute(CONTACT_READERS_DELETE, vec![id.to_owned().into()]).await?;
    tx.execute(CONTACT_VISIBILITY, vec![id.to_owned().into(), visibility.code().to_owned().into()]).await?;
    readers_insert(&tx, id, visibility).await?;
    let detail = format!("from={} to={}", note.visibility.code(), visibility.code());
    let act =
        Act { action: "contact.visibility", subject_kind: "case_event", subject_id: id, detail: &detail };
    audit::append(ctx, &mut tx, act).await?;
    Ok(tx.commit().await?)
}

/// Whom a note can be kept for by name.
pub async fn possible_readers(
    ctx: &Ctx,
    tx: &Tx,
    grant: &ClientGrant,
) -> Result<Vec<(AccountId, String)>, DbError> {
    let today = ctx.now.day().to_string();
    let values = vec![grant.client().into(), ctx.actor.label().into(), today.into()];
    let rows = tx.rows(CONTACT_READERS_POSSIBLE, values).await?;
    rows.iter().map(|row| Ok((AccountId::from_text(row.text(0)?), row.text(1)?))).collect()
}

/// The clients whom the caller works with. A list of names is a read of client data: it is audited.
pub async fn my_clients(ctx: &Ctx) -> Result<Vec<MyClient>, DbError> {
    let me = ctx.actor.label();
    let mut tx = ctx.begin().await?;
    let rows = tx.rows(MY_CLIENTS, vec![me.clone().into(), ctx.now.day().to_string().into()]).await?;
    let clients = rows
        .iter()
        .map(|row| Ok(MyClient { client: ClientId::from_text(row.text(0)?), preferred_name: row.text(1)? }))
        .collect::<Result<Vec<_>, DbError>>()?;
    let detail = format!("clients={}", clients.len());
    let act = Act { action: "caseload.read", subject_kind: "account", subject_id: &me, detail: &detail };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await?;
    Ok(clients)
}
