//! SQL of change reviews.

use super::{HeldWith, Item, ItemKind, NewReview, Precedent, Review, ReviewError, WORDS_MOST, checked};
use crate::casework::tasks::{self, NewTask, TaskSource};
use crate::kernel::access::{self, AccessError, ClientGrant, May};
use crate::kernel::audit::{self, Act};
use crate::kernel::codes::System;
use crate::kernel::ctx::{Ctx, Role};
use crate::kernel::db::{DbError, Reads, Tx};
use crate::kernel::ids::CaseId;

crate::statements! {
    REVIEW_INSERT = "\
insert into change_review (id, case_id, held_on, held_with, system, organization_id, recorded_at, recorded_by)
values ($1, $2, $3, $4, $5, $6, $7, $8)";
    ITEM_INSERT = "\
insert into change_item (id, review_id, kind, words, is_clients_words, is_agreed, task_id, place)
values ($1, $2, $3, $4, $5, $6, $7, $8)";
    REVIEWS = "\
select r.id, r.held_on, r.held_with, r.system, r.organization_id, coalesce(o.name, ''), coalesce(a.name, r.recorded_by)
from change_review r
join client_case cc on cc.id = r.case_id
left join organization o on o.id = r.organization_id
left join account a on a.id = r.recorded_by
where cc.client_id = $1
order by r.held_on desc, r.recorded_at desc
limit 50";
    ITEMS = "\
select i.review_id, i.id, i.kind, i.words, i.is_clients_words, i.is_agreed
from change_item i
join change_review r on r.id = i.review_id
join client_case cc on cc.id = r.case_id
where cc.client_id = $1
order by i.review_id, i.place";
    REVIEW_OFFICE = "select case_id, organization_id, system, held_on from change_review where id = $1 and held_with = 'office'";
    PRECEDENT_INSERT = "\
insert into precedent (id, organization_id, system, barrier, words, agreed_on, review_id, recorded_at, recorded_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    PRECEDENT_WITHDRAW = "\
update precedent
set withdrawn_at = $2
where id = $1
  and withdrawn_at is null
  and (recorded_by = $3 or $4 = 1)";
    /// Of the offices and barriers that a client meets: those of an organization that stands in what happened, and those
    /// of a barrier of the client's in the same system. What was corrected does not count.
    PRECEDENTS_FOR = "\
select p.id, coalesce(o.name, ''), p.system, p.barrier, p.words, p.agreed_on, coalesce(a.name, p.recorded_by), p.recorded_by
from precedent p
left join organization o on o.id = p.organization_id
left join account a on a.id = p.recorded_by
where p.withdrawn_at is null
  and ((p.organization_id <> '' and exists (
          select 1 from case_event e join client_case cc on cc.id = e.case_id
          where cc.client_id = $1 and e.organization_id = p.organization_id
            and not exists (select 1 from case_event s where s.supersedes_seq = e.seq)))
       or (p.barrier <> '' and exists (
          select 1 from case_event e join client_case cc on cc.id = e.case_id
          where cc.client_id = $1 and e.kind = 'barrier' and e.code = p.barrier and e.system = p.system
            and not exists (select 1 from case_event s where s.supersedes_seq = e.seq))))
order by p.agreed_on desc, p.id
limit 20";
}

/// Writes down a review that was held; what was agreed becomes the worker's tasks.
pub async fn hold(ctx: &Ctx, case: CaseId, new: &NewReview) -> Result<String, ReviewError> {
    let items = checked(ctx.now.day(), new)?;
    let mut tx = ctx.begin().await?;
    let grant = access::case(ctx, &mut tx, case, May::Record).await?;
    let id = ctx.new_id();
    let is_office = new.held_with == HeldWith::Office;
    let system = new.system.filter(|_| is_office).map(System::code).unwrap_or_default();
    let organization = if is_office { new.organization.clone() } else { String::new() };
    let by = ctx.actor.label();
    let values = vec![
        id.clone().into(),
        grant.case().into(),
        new.held_on.to_string().into(),
        new.held_with.code().into(),
        system.into(),
        organization.into(),
        ctx.now.micros().into(),
        by.into(),
    ];
    tx.execute(REVIEW_INSERT, values).await?;
    for (place, item) in (0_i64..).zip(&items) {
        let item_id = ctx.new_id();
        let task = if item.is_agreed && matches!(item.kind, ItemKind::Add | ItemKind::TakeAway) {
            let title: String = item.words.chars().take(tasks::TITLE_MOST).collect();
            let task = NewTask {
                source_key: format!("review:{item_id}"),
                ..NewTask::new(TaskSource::Review, title)
            };
            tasks::add_in(ctx, &mut tx, &grant, &task).await?.to_string()
        } else {
            String::new()
        };
        let values = vec![
            item_id.into(),
            id.clone().into(),
            item.kind.code().into(),
            item.words.clone().into(),
            i64::from(item.is_clients_words).into(),
            i64::from(item.is_agreed).into(),
            task.into(),
            place.into(),
        ];
        tx.execute(ITEM_INSERT, values).await?;
    }
    let act = Act {
        action: "review.hold",
        subject_kind: "client_case",
        subject_id: grant.case().as_str(),
        detail: new.held_with.code(),
    };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await?;
    Ok(id)
}

/// A client's reviews, newest first.
pub async fn reviews(tx: &Tx, grant: &ClientGrant) -> Result<Vec<Review>, DbError> {
    let unknown = || DbError::Stored("a word of a review that this version does not know".to_owned());
    let mut reviews = Vec::new();
    for row in tx.rows(REVIEWS, vec![grant.client().into()]).await? {
        reviews.push(Review {
            id: row.text(0)?,
            held_on: row.day(1)?,
            held_with: HeldWith::from_code(&row.text(2)?).ok_or_else(unknown)?,
            system: System::from_code(&row.text(3)?),
            organization: row.text(4)?,
            organization_name: row.text(5)?,
            recorded_by: row.text(6)?,
            items: Vec::new(),
        });
    }
    for row in tx.rows(ITEMS, vec![grant.client().into()]).await? {
        let of = row.text(0)?;
        let item = Item {
            id: row.text(1)?,
            kind: ItemKind::from_code(&row.text(2)?).ok_or_else(unknown)?,
            words: row.text(3)?,
            is_clients_words: row.int(4)? > 0,
            is_agreed: row.int(5)? > 0,
        };
        if let Some(review) = reviews.iter_mut().find(|review: &&mut Review| review.id == of) {
            review.items.push(item);
        }
    }
    Ok(reviews)
}

/// Keeps what an office agreed to, in words for colleagues.
pub async fn precedent_keep(
    ctx: &Ctx,
    review: &str,
    barrier: &str,
    words: &str,
) -> Result<String, ReviewError> {
    let words = words.trim();
    if words.is_empty() || words.chars().count() > WORDS_MOST {
        return Err(ReviewError::Words);
    }
    let mut tx = ctx.begin().await?;
    let row = tx.row(REVIEW_OFFICE, vec![review.to_owned().into()]).await?.ok_or(ReviewError::NoOffice)?;
    access::case(ctx, &mut tx, CaseId::from_text(row.text(0)?), May::Record).await?;
    let id = ctx.new_id();
    let by = ctx.actor.label();
    let values = vec![
        id.clone().into(),
        row.text(1)?.into(),
        row.text(2)?.into(),
        barrier.to_owned().into(),
        words.to_owned().into(),
        row.text(3)?.into(),
        review.to_owned().into(),
        ctx.now.micros().into(),
        by.into(),
    ];
    tx.execute(PRECEDENT_INSERT, values).await?;
    let act = Act { action: "precedent.keep", subject_kind: "precedent", subject_id: &id, detail: "" };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await?;
    Ok(id)
}

/// Takes a precedent away: its author or a supervisor. Not found for everybody else.
pub async fn precedent_withdraw(ctx: &Ctx, id: &str) -> Result<(), ReviewError> {
    let mut tx = ctx.begin().await?;
    let values = vec![
        id.to_owned().into(),
        ctx.now.micros().into(),
        ctx.actor.label().into(),
        i64::from(ctx.actor.has(Role::Supervisor)).into(),
    ];
    if tx.execute(PRECEDENT_WITHDRAW, values).await? == 0 {
        return Err(AccessError::NotFound.into());
    }
    let act = Act { action: "precedent.withdraw", subject_kind: "precedent", subject_id: id, detail: "" };
    audit::append(ctx, &mut tx, act).await?;
    Ok(tx.commit().await?)
}

/// What offices that this client meets once agreed to, newest first.
pub async fn precedents(
    ctx: &Ctx,
    reads: &impl Reads,
    grant: &ClientGrant,
) -> Result<Vec<Precedent>, DbError> {
    let rows = reads.read(PRECEDENTS_FOR, vec![grant.client().into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(Precedent {
                id: row.text(0)?,
                organization_name: row.text(1)?,
                system: System::from_code(&row.text(2)?),
                barrier: row.text(3)?,
                words: row.text(4)?,
                agreed_on: row.day(5)?,
                recorded_by: row.text(6)?,
                may_withdraw: ctx.actor.has(Role::Supervisor) || row.text(7)? == ctx.actor.label(),
            })
        })
        .collect()
}
