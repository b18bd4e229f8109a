//! SQL of import batches.

use super::{Batch, BatchKind, BatchState, Begun, ImportError, ImportedEvent, NewBatch, Problem, Progress};
use crate::kernel::audit::{self, Act};
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{Db, DbError, Reads, Row, Sql, Tx, Value};
use crate::kernel::ids::BatchId;
use crate::kernel::places::{self, Area, Population};

crate::statements! {
    BATCH_INSERT = "\
insert into import_batch (id, kind, dataset, title, file_name, content_hash, mapping, state,
  rows_read, rows_good, rows_bad, rows_known, in_evidence, started_at, started_by)
values ($1, $2, $3, $4, $5, $6, $7, 'loading', 0, 0, 0, 0, 0, $8, $9)
returning seq";
    BATCH_BY_CONTENT = "\
select seq, id, kind, dataset, title, file_name, state, rows_read, rows_good, rows_bad, rows_known,
  started_at, finished_at, started_by
from import_batch
where content_hash = $1
  and state in ('loading', 'done')";
    BATCH_BY_ID = "\
select seq, id, kind, dataset, title, file_name, state, rows_read, rows_good, rows_bad, rows_known,
  started_at, finished_at, started_by
from import_batch
where id = $1";
    BATCHES = "\
select seq, id, kind, dataset, title, file_name, state, rows_read, rows_good, rows_bad, rows_known,
  started_at, finished_at, started_by
from import_batch
order by seq desc
limit $1";
    /// Moves the mark only if nobody else moved it meanwhile.
    BATCH_ADVANCE = "\
update import_batch
set rows_read = $3, rows_good = $4, rows_bad = $5, rows_known = rows_known + $6
where seq = $1
  and rows_read = $2
  and state = 'loading'";
    BATCH_STATE = "\
update import_batch
set state = $2, finished_at = $3
where seq = $1
  and state = $4";
    IMPORTED_EVENT_INSERT = "\
insert into imported_event (batch_seq, kind, code, system, area, day_from, day_to, case_ref, stratum_id, n, exposure, record_key)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict do nothing";
    EVENT_CODE_SET = "\
insert into event_code (dataset, kind, code, label)
values ($1, $2, $3, $4)
on conflict (dataset, kind, code) do update set label = excluded.label";
    PROBLEM_INSERT = "\
insert into import_problem (batch_seq, line, field, expected)
values ($1, $2, $3, $4)";
    PROBLEMS = "\
select line, field, expected
from import_problem
where batch_seq = $1
order by line, field
limit $2";
    UNDO_EVENTS = "delete from imported_event where batch_seq = $1";
    UNDO_EVIDENCE = "delete from evidence where source = 'import' and batch_seq = $1";
    UNDO_AREAS = "delete from area where batch_seq = $1";
    UNDO_POPULATION = "delete from population where batch_seq = $1 and batch_seq > 0";
}

/// Finds out what there is to do with this content, and opens a batch if it is new.
pub async fn begin(ctx: &Ctx, new: &NewBatch) -> Result<Begun, ImportError> {
    let mut tx = ctx.begin().await?;
    if let Some(row) = tx.row(BATCH_BY_CONTENT, vec![new.content_hash.clone().into()]).await? {
        let batch = batch_of(&row)?;
        return Ok(match batch.state {
            BatchState::Done => Begun::AlreadyIn(batch),
            BatchState::Loading | BatchState::Undone => Begun::Resume(batch),
        });
    }
    let id = BatchId::from_text(ctx.new_id());
    let detail = format!("kind={} dataset={}", new.kind.code(), new.dataset);
    let act = Act {
        action: "import.begin",
        subject_kind: "import_batch",
        subject_id: id.as_str(),
        detail: &detail,
    };
    audit::append(ctx, &mut tx, act).await?;
    let row = tx
        .row(
            BATCH_INSERT,
            vec![
                (&id).into(),
                new.kind.code().into(),
                new.dataset.clone().into(),
                new.title.clone().into(),
                new.file_name.clone().into(),
                new.content_hash.clone().into(),
                new.mapping.clone().into(),
                ctx.now.micros().into(),
                ctx.actor.label().into(),
            ],
        )
        .await;
    let row = match row {
        Ok(Some(row)) => row,
        Ok(None) => return Err(DbError::Stored("a new batch has no number".to_owned()).into()),
        Err(error) if error.is_unique_violation() => return Err(ImportError::Elsewhere),
        Err(error) => return Err(error.into()),
    };
    let seq = row.int(0)?;
    tx.commit().await?;
    Ok(Begun::New(Batch {
        seq,
        id,
        kind: new.kind,
        dataset: new.dataset.clone(),
        title: new.title.clone(),
        file_name: new.file_name.clone(),
        state: BatchState::Loading,
        rows_read: 0,
        rows_good: 0,
        rows_bad: 0,
        rows_known: 0,
        started_at: ctx.now,
        finished_at: None,
        started_by: ctx.actor.label(),
    }))
}

/// Stores one piece of an events file and moves the batch's mark from `from.rows_read` to `to`; returns how many
/// rows had come in before.
pub async fn events_append(
    ctx: &Ctx,
    batch: &Batch,
    from: Progress,
    to: Progress,
    events: &[ImportedEvent],
    problems: &[Problem],
) -> Result<u64, ImportError> {
    let tx = ctx.begin().await?;
    let mut values: Vec<Value> = Vec::with_capacity(events.len() * 12);
    for event in events {
        values.push(batch.seq.into());
        values.push(event.kind.code().into());
        values.push(event.code.as_str().into());
        values.push(event.system.as_str().into());
        values.push(event.area.as_str().into());
        values.push(event.from.to_string().into());
        values.push(event.to.to_string().into());
        values.push(event.case_ref.as_ref().map_or("", |it| it.as_str()).into());
        values.push(event.stratum_id.into());
        values.push(event.n.into());
        values.push(event.exposure.into());
        values.push(event.record_key.clone().into());
    }
    let stored = tx.insert_many(IMPORTED_EVENT_INSERT, 12, values).await?;
    let known = (events.len() as u64).saturating_sub(stored);
    problems_insert(&tx, batch.seq, problems).await?;
    advance(&tx, batch, from, to, known).await?;
    tx.commit().await?;
    Ok(known)
}

/// Stores areas and populations in one piece with the batch's end: such files are small.
pub async fn places_append(
    ctx: &Ctx,
    batch: &Batch,
    to: Progress,
    areas: &[Area],
    population: &[Population],
    problems: &[Problem],
) -> Result<(), ImportError> {
    let mut tx = ctx.begin().await?;
    places::areas_insert(&mut tx, batch.seq, areas).await?;
    places::population_insert(&mut tx, batch.seq, &batch.dataset, population).await?;
    problems_insert(&tx, batch.seq, problems).await?;
    advance(&tx, batch, Progress::default(), to, 0).await?;
    finish_in(ctx, &mut tx, batch, to).await?;
    tx.commit().await?;
    Ok(())
}

async fn advance(
    tx: &Tx,
    batch: &Batch,
    from: Progress,
    to: Progress,
    known: u64,
) -> Result<(), ImportError> {
    let moved = tx
        .execute(
            BATCH_ADVANCE,
            vec![
                batch.seq.into(),
                count(from.rows_read),
                count(to.rows_read),
                count(to.rows_good),
                count(to.rows_bad),
                count(known),
            ],
        )
        .await?;
    if moved == 1 { Ok(()) } else { Err(ImportError::Elsewhere) }
}

/// Closes a batch: from now on evidence may take it up.
pub async fn finish(ctx: &Ctx, batch: &Batch, total: Progress) -> Result<(), ImportError> {
    let mut tx = ctx.begin().await?;
    finish_in(ctx, &mut tx, batch, total).await?;
    tx.commit().await?;
    Ok(())
}

async fn finish_in(ctx: &Ctx, tx: &mut Tx, batch: &Batch, total: Progress) -> Result<(), ImportError> {
    let closed = tx
        .execute(
            BATCH_STATE,
            vec![
                batch.seq.into(),
                BatchState::Done.code().into(),
                ctx.now.micros().into(),
                BatchState::Loading.code().into(),
            ],
        )
        .await?;
    if closed != 1 {
        return Err(ImportError::Elsewhere);
    }
    let detail = format!("good={} bad={}", total.rows_good, total.rows_bad);
    let act = Act {
        action: "import.finish",
        subject_kind: "import_batch",
        subject_id: batch.id.as_str(),
        detail: &detail,
    };
    audit::append(ctx, tx, act).await?;
    Ok(())
}

/// Takes a whole batch back, out of the evidence too. The batch stays on record as undone.
pub async fn undo(ctx: &Ctx, id: &BatchId) -> Result<Batch, ImportError> {
    let mut tx = ctx.begin().await?;
    let row = tx.row(BATCH_BY_ID, vec![id.into()]).await?.ok_or(ImportError::NotFound)?;
    let batch = batch_of(&row)?;
    if batch.state == BatchState::Undone {
        return Err(ImportError::UndoneAlready);
    }
    let act = Act {
        action: "import.undo",
        subject_kind: "import_batch",
        subject_id: id.as_str(),
        detail: batch.kind.code(),
    };
    audit::append(ctx, &mut tx, act).await?;
    for sql in [UNDO_EVIDENCE, UNDO_EVENTS, UNDO_AREAS, UNDO_POPULATION] {
        tx.execute(sql, vec![batch.seq.into()]).await?;
    }
    tx.execute(
        BATCH_STATE,
        vec![
            batch.seq.into(),
            BatchState::Undone.code().into(),
            ctx.now.micros().into(),
            batch.state.code().into(),
        ],
    )
    .await?;
    tx.commit().await?;
    Ok(Batch { state: BatchState::Undone, ..batch })
}

/// How people call the codes of a data set.
pub async fn labels_set(
    ctx: &Ctx,
    dataset: &str,
    labels: &[(crate::kernel::codes::EventKind, String, String)],
) -> Result<(), DbError> {
    let tx = ctx.begin().await?;
    for (kind, code, label) in labels {
        tx.execute(
            EVENT_CODE_SET,
            vec![dataset.into(), kind.code().into(), code.clone().into(), label.clone().into()],
        )
        .await?;
    }
    tx.commit().await
}

pub async fn problems_append(ctx: &Ctx, batch: &Batch, problems: &[Problem]) -> Result<(), DbError> {
    let tx = ctx.begin().await?;
    problems_insert(&tx, batch.seq, problems).await?;
    tx.commit().await
}

async fn problems_insert(tx: &Tx, batch_seq: i64, problems: &[Problem]) -> Result<(), DbError> {
    let mut values: Vec<Value> = Vec::with_capacity(problems.len() * 4);
    for problem in problems {
        values.push(batch_seq.into());
        values.push(count(problem.line));
        values.push(problem.field.clone().into());
        values.push(problem.expected.clone().into());
    }
    tx.insert_many(PROBLEM_INSERT, 4, values).await?;
    Ok(())
}

/// The first problems of a batch, by line.
pub async fn problems(on: &impl Reads, batch: &Batch, limit: i64) -> Result<Vec<Problem>, DbError> {
    let rows = on.read(PROBLEMS, vec![batch.seq.into(), limit.into()]).await?;
    rows.iter()
        .map(|row| Ok(Problem { line: row.count(0)?, field: row.text(1)?, expected: row.text(2)? }))
        .collect()
}

/// The newest batches first.
pub async fn batches(db: &Db, limit: i64) -> Result<Vec<Batch>, DbError> {
    list(db, BATCHES, vec![limit.into()]).await
}

pub async fn batch(db: &Db, id: &BatchId) -> Result<Option<Batch>, DbError> {
    Ok(list(db, BATCH_BY_ID, vec![id.into()]).await?.pop())
}

async fn list(db: &Db, sql: Sql, values: Vec<Value>) -> Result<Vec<Batch>, DbError> {
    db.rows(sql, values).await?.iter().map(batch_of).collect()
}

fn batch_of(row: &Row) -> Result<Batch, DbError> {
    Ok(Batch {
        seq: row.int(0)?,
        id: BatchId::from_text(row.text(1)?),
        kind: BatchKind::from_code(&row.text(2)?)?,
        dataset: row.text(3)?,
        title: row.text(4)?,
        file_name: row.text(5)?,
        state: BatchState::from_code(&row.text(6)?)?,
        rows_read: row.count(7)?,
        rows_good: row.count(8)?,
        rows_bad: row.count(9)?,
        rows_known: row.count(10)?,
        started_at: row.instant(11)?,
        finished_at: row.instant_or_none(12)?,
        started_by: row.text(13)?,
    })
}

fn count(n: u64) -> Value {
    i64::try_from(n).unwrap_or(i64::MAX).into()
}
