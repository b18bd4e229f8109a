//! SQL of drafts.

use super::{Base, Draft, DraftError, FIELDS_MOST, Form, KEY_FIELD, OWN, Unfinished};
use crate::kernel::access::{self, AccessError, May};
use crate::kernel::audit::{self, Act};
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{DbError, Tx};
use crate::kernel::ids::{CaseId, ClientId};

crate::statements! {
    DRAFT = "\
select fields, updated_at
from draft
where author_id = $1
  and form = $2
  and record_id = $3";
    DRAFT_UPDATE = "\
update draft
set fields = $4, updated_at = $5
where author_id = $1
  and form = $2
  and record_id = $3";
    DRAFT_INSERT = "\
insert into draft (author_id, form, record_id, fields, updated_at)
values ($1, $2, $3, $4, $5)";
    DRAFT_DELETE = "\
delete from draft
where author_id = $1
  and form = $2
  and record_id = $3";
    DRAFT_FORM_IS_DONE = "select form_key from form_done where author_id = $1 and form_key = $2";
    DRAFT_NOTE_CASE = concat!("\
select e.case_id
from contact_note n
join case_event e on e.id = n.id
where n.id = $1
  and ", crate::note_is_read_by!("n", "$2"));
    /// One's own texts that were never sent, the newest first. A client whom the author no longer sees is left out.
    DRAFTS_MINE = concat!("\
select d.form, d.record_id, coalesce(c.id, ''), coalesce(c.preferred_name, ''), d.updated_at
from draft d
left join case_event e on d.form = 'correction' and e.id = d.record_id
left join client_case cc on cc.id = e.case_id
left join client c on c.id = case when d.form = 'log' then d.record_id else cc.client_id end
where d.author_id = $1
  and (d.form = 'mine' or (c.id is not null and c.merged_into = '' and ", crate::is_seen_by!("c.id", "$1"), "))
order by d.updated_at desc
limit 50");
}

/// The caller's draft of a form on a record.
pub async fn draft(ctx: &Ctx, tx: &Tx, form: Form, record: &str) -> Result<Option<Draft>, DbError> {
    let values = vec![ctx.actor.label().into(), form.code().to_owned().into(), record.to_owned().into()];
    let Some(row) = tx.row(DRAFT, values).await? else { return Ok(None) };
    let fields = serde_json::from_str(&row.text(0)?)
        .map_err(|error| DbError::Stored(format!("the fields of a draft: {error}")))?;
    Ok(Some(Draft { fields, updated_at: row.instant(1)? }))
}

/// Keeps what is typed now. It replaces the draft that it came from, never another window's newer one.
pub async fn save(
    ctx: &Ctx,
    form: Form,
    record: &str,
    fields: &[(String, String)],
    base: Base,
) -> Result<Draft, DraftError> {
    let text = serde_json::to_string(fields).map_err(|error| DbError::Stored(error.to_string()))?;
    if text.len() > FIELDS_MOST {
        return Err(DraftError::TooLarge);
    }
    let author = ctx.actor.account().ok_or(AccessError::NotFound)?.clone();
    let mut tx = ctx.begin().await?;
    let kept = Draft { fields: fields.to_vec(), updated_at: ctx.now };
    let key = kept.text(KEY_FIELD).to_owned();
    if tx.row(DRAFT_FORM_IS_DONE, vec![(&author).into(), key.into()]).await?.is_some() {
        return Err(DraftError::Done);
    }
    let values = vec![
        (&author).into(),
        form.code().to_owned().into(),
        record.to_owned().into(),
        text.into(),
        ctx.now.micros().into(),
    ];
    match draft(ctx, &tx, form, record).await? {
        Some(there) => {
            let is_same = there.fields == fields;
            match base {
                Base::Version(at) if at >= there.updated_at || is_same => {}
                Base::Anything => {}
                Base::Nothing if is_same => {}
                Base::Version(_) | Base::Nothing => return Err(DraftError::Newer),
            }
            tx.execute(DRAFT_UPDATE, values).await?;
        }
        None => {
            may_write(ctx, &mut tx, form, record).await?;
            tx.execute(DRAFT_INSERT, values).await?;
            let act =
                Act { action: "draft.begin", subject_kind: "draft", subject_id: record, detail: form.code() };
            audit::append(ctx, &mut tx, act).await?;
        }
    }
    tx.commit().await?;
    Ok(kept)
}

/// Opens the record of a form to be written in, or says "not found".
async fn may_write(ctx: &Ctx, tx: &mut Tx, form: Form, record: &str) -> Result<(), DraftError> {
    match form {
        Form::Log | Form::Assessment => {
            access::client(ctx, tx, ClientId::from_text(record), May::Record).await?;
        }
        Form::Mine if record == OWN => {}
        Form::Mine => return Err(AccessError::NotFound.into()),
        Form::Correction => {
            let values = vec![record.to_owned().into(), ctx.actor.label().into()];
            let row = tx.row(DRAFT_NOTE_CASE, values).await?.ok_or(AccessError::NotFound)?;
            access::case(ctx, tx, CaseId::from_text(row.text(0)?), May::Record).await?;
        }
    }
    Ok(())
}

/// Takes the caller's draft away because the form was recorded, in the transaction that records it.
pub async fn drop_in(ctx: &Ctx, tx: &Tx, form: Form, record: &str) -> Result<(), DbError> {
    let values = vec![ctx.actor.label().into(), form.code().to_owned().into(), record.to_owned().into()];
    tx.execute(DRAFT_DELETE, values).await?;
    Ok(())
}

/// Throws the caller's own draft away.
pub async fn discard(ctx: &Ctx, form: Form, record: &str) -> Result<(), DbError> {
    let mut tx = ctx.begin().await?;
    drop_in(ctx, &tx, form, record).await?;
    let act = Act { action: "draft.discard", subject_kind: "draft", subject_id: record, detail: form.code() };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await
}

/// The caller's unfinished texts, the newest first.
pub async fn mine(ctx: &Ctx) -> Result<Vec<Unfinished>, DbError> {
    let rows = ctx.db().rows(DRAFTS_MINE, vec![ctx.actor.label().into()]).await?;
    let mut unfinished = Vec::with_capacity(rows.len());
    for row in &rows {
        // A form that this version does not know any more stays where it is.
        let Some(form) = Form::from_code(&row.text(0)?) else { continue };
        let client = row.text(2)?;
        unfinished.push(Unfinished {
            form,
            record: row.text(1)?,
            client: if client.is_empty() { None } else { Some((ClientId::from_text(client), row.text(3)?)) },
            updated_at: row.instant(4)?,
        });
    }
    Ok(unfinished)
}
