//! SQL of signals and runs.

use super::{
    Detail, Detector, NewRun, Note, Run, RunState, Signal, SignalError, SignalFilter, SignalState,
    StoredSignal,
};
use crate::kernel::audit::{self, Act};
use crate::kernel::codes::EventKind;
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{Db, DbError, Row, Value};
use crate::kernel::ids::RunId;

crate::statements! {
    RUN_INSERT = "\
insert into identify_run (id, state, started_at, started_by, engine, seed, replicates, until_day, fingerprint,
  hypotheses, found, stage, done, total, message, notes)
values ($1, 'running', $2, $3, $4, $5, $6, $7, '', 0, 0, 'evidence', 0, 1, '', '[]')";
    RUN_PROGRESS = "\
update identify_run
set stage = $2, done = $3, total = $4
where id = $1";
    /// A run by command that a server's start took for cut off still ends as done.
    RUN_FINISH = "\
update identify_run
set state = 'done', finished_at = $2, fingerprint = $3, hypotheses = $4, found = $5, notes = $6, stage = 'done',
  done = total
where id = $1
  and state in ('running', 'interrupted')";
    RUN_FAIL = "\
update identify_run
set state = 'failed', finished_at = $2, message = $3
where id = $1
  and state = 'running'";
    RUNS_INTERRUPT = "\
update identify_run
set state = 'interrupted', finished_at = $1
where state = 'running'";
    RUNS = "\
select id, state, started_at, finished_at, engine, seed, replicates, until_day, fingerprint, hypotheses, found,
  stage, done, total, message, notes
from identify_run
order by seq desc
limit $1";
    RUN_BY_ID = "\
select id, state, started_at, finished_at, engine, seed, replicates, until_day, fingerprint, hypotheses, found,
  stage, done, total, message, notes
from identify_run
where id = $1";
    /// What this run no longer finds is gone; a dismissal stays.
    SIGNALS_GONE = "update signal set state = 'gone' where state = 'live'";
    SIGNAL_UPSERT = "\
insert into signal (key, detector, dataset, kind, code, system, dimension, value, areas, day_from, day_to,
  observed, expected, ratio, lower, upper, p, q, score, fingerprint, first_fingerprint, seed, state, reason, detail)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $20, $21, 'live', '', $22)
on conflict (key) do update set
  system = excluded.system, areas = excluded.areas, day_from = excluded.day_from, day_to = excluded.day_to,
  observed = excluded.observed, expected = excluded.expected, ratio = excluded.ratio, lower = excluded.lower,
  upper = excluded.upper, p = excluded.p, q = excluded.q, score = excluded.score,
  fingerprint = excluded.fingerprint, seed = excluded.seed, detail = excluded.detail,
  state = case when signal.state = 'dismissed' then 'dismissed' else 'live' end";
    SIGNALS = "\
select key, detector, dataset, kind, code, system, dimension, value, areas, day_from, day_to,
  observed, expected, ratio, lower, upper, p, q, score, detail, state, reason, fingerprint, first_fingerprint
from signal
where state = $1
  and ($2 = '' or detector = $2)
  and ($3 = '' or dataset = $3)
  and ($4 = '' or code = $4)
order by score desc, key
limit $5";
    SIGNAL_BY_KEY = "\
select key, detector, dataset, kind, code, system, dimension, value, areas, day_from, day_to,
  observed, expected, ratio, lower, upper, p, q, score, detail, state, reason, fingerprint, first_fingerprint
from signal
where key = $1";
    SIGNAL_DISMISS = "\
update signal
set state = 'dismissed', reason = $2
where key = $1";
    SIGNAL_RESTORE = "\
update signal
set state = 'live', reason = ''
where key = $1
  and state = 'dismissed'";
}

pub async fn run_begin(ctx: &Ctx, new: &NewRun) -> Result<RunId, DbError> {
    let mut tx = ctx.begin().await?;
    let id = RunId::from_text(ctx.new_id());
    let act = Act {
        action: "identify.begin",
        subject_kind: "identify_run",
        subject_id: id.as_str(),
        detail: &new.engine,
    };
    audit::append(ctx, &mut tx, act).await?;
    tx.execute(
        RUN_INSERT,
        vec![
            (&id).into(),
            ctx.now.micros().into(),
            ctx.actor.label().into(),
            new.engine.clone().into(),
            i64::try_from(new.seed).unwrap_or(i64::MAX).into(),
            i64::from(new.replicates).into(),
            new.until.map(|day| day.to_string()).unwrap_or_default().into(),
        ],
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}

pub async fn run_progress(ctx: &Ctx, id: &RunId, stage: &str, done: u64, total: u64) -> Result<(), DbError> {
    let tx = ctx.begin().await?;
    tx.execute(RUN_PROGRESS, vec![id.into(), stage.into(), count(done), count(total)]).await?;
    tx.commit().await
}

/// Ends a run with what it found: all signals and the run's end in one transaction. `now` is read by the caller
/// again, since a run takes time.
pub async fn run_finish(
    ctx: &Ctx,
    id: &RunId,
    fingerprint: &str,
    hypotheses: u64,
    seed: u64,
    found: &[Signal],
    notes: &[Note],
) -> Result<(), DbError> {
    let notes = serde_json::to_string(notes).map_err(|error| DbError::Stored(error.to_string()))?;
    let mut tx = ctx.begin().await?;
    let detail = format!("hypotheses={hypotheses} found={}", found.len());
    let act = Act {
        action: "identify.finish",
        subject_kind: "identify_run",
        subject_id: id.as_str(),
        detail: &detail,
    };
    audit::append(ctx, &mut tx, act).await?;
    tx.execute(SIGNALS_GONE, vec![]).await?;
    for signal in found {
        tx.execute(SIGNAL_UPSERT, signal_values(signal, fingerprint, seed)?).await?;
    }
    tx.execute(
        RUN_FINISH,
        vec![
            id.into(),
            ctx.now.micros().into(),
            fingerprint.into(),
            count(hypotheses),
            count(found.len() as u64),
            notes.into(),
        ],
    )
    .await?;
    tx.commit().await
}

fn signal_values(signal: &Signal, fingerprint: &str, seed: u64) -> Result<Vec<Value>, DbError> {
    let json = |error: serde_json::Error| DbError::Stored(error.to_string());
    Ok(vec![
        signal.key.clone().into(),
        signal.detector.code().into(),
        signal.dataset.clone().into(),
        signal.kind.code().into(),
        signal.code.clone().into(),
        signal.system.clone().into(),
        signal.dimension.clone().into(),
        signal.value.clone().into(),
        serde_json::to_string(&signal.areas).map_err(json)?.into(),
        signal.from.to_string().into(),
        signal.to.to_string().into(),
        count(signal.observed),
        signal.expected.into(),
        signal.ratio.into(),
        signal.lower.into(),
        signal.upper.into(),
        signal.p.into(),
        signal.q.into(),
        signal.score.into(),
        fingerprint.into(),
        count(seed),
        serde_json::to_string(&signal.detail).map_err(json)?.into(),
    ])
}

/// `message` is shown to people; it carries no client data.
pub async fn run_fail(ctx: &Ctx, id: &RunId, message: &str) -> Result<(), DbError> {
    let tx = ctx.begin().await?;
    tx.execute(RUN_FAIL, vec![id.into(), ctx.now.micros().into(), message.into()]).await?;
    tx.commit().await
}

/// Called when the server or a command starts on a data folder that it alone uses: what still says "running" was
/// cut off.
pub async fn run_starts_interrupt(ctx: &Ctx) -> Result<u64, DbError> {
    let tx = ctx.begin().await?;
    let interrupted = tx.execute(RUNS_INTERRUPT, vec![ctx.now.micros().into()]).await?;
    tx.commit().await?;
    Ok(interrupted)
}

/// The newest runs first.
pub async fn runs(db: &Db, limit: i64) -> Result<Vec<Run>, DbError> {
    db.rows(RUNS, vec![limit.into()]).await?.iter().map(run_of).collect()
}

pub async fn run(db: &Db, id: &RunId) -> Result<Option<Run>, DbError> {
    db.row(RUN_BY_ID, vec![id.into()]).await?.as_ref().map(run_of).transpose()
}

pub async fn signals(db: &Db, filter: &SignalFilter) -> Result<Vec<StoredSignal>, DbError> {
    let rows = db
        .rows(
            SIGNALS,
            vec![
                filter.state.code().into(),
                filter.detector.clone().into(),
                filter.dataset.clone().into(),
                filter.code.clone().into(),
                filter.limit.into(),
            ],
        )
        .await?;
    rows.iter().map(signal_of).collect()
}

pub async fn signal(db: &Db, key: &str) -> Result<Option<StoredSignal>, DbError> {
    db.row(SIGNAL_BY_KEY, vec![key.into()]).await?.as_ref().map(signal_of).transpose()
}

/// Puts a signal aside with a reason that is kept; later runs leave it aside.
pub async fn dismiss(ctx: &Ctx, key: &str, reason: &str) -> Result<(), SignalError> {
    if reason.trim().is_empty() {
        return Err(SignalError::ReasonMissing);
    }
    let mut tx = ctx.begin().await?;
    let act = Act { action: "signal.dismiss", subject_kind: "signal", subject_id: key, detail: "" };
    audit::append(ctx, &mut tx, act).await?;
    let touched = tx.execute(SIGNAL_DISMISS, vec![key.into(), reason.trim().into()]).await?;
    if touched == 0 {
        return Err(SignalError::NotFound);
    }
    tx.commit().await?;
    Ok(())
}

/// Takes a dismissal back.
pub async fn restore(ctx: &Ctx, key: &str) -> Result<(), SignalError> {
    let mut tx = ctx.begin().await?;
    let act = Act { action: "signal.restore", subject_kind: "signal", subject_id: key, detail: "" };
    audit::append(ctx, &mut tx, act).await?;
    if tx.execute(SIGNAL_RESTORE, vec![key.into()]).await? == 0 {
        return Err(SignalError::NotFound);
    }
    tx.commit().await?;
    Ok(())
}

fn run_of(row: &Row) -> Result<Run, DbError> {
    Ok(Run {
        id: RunId::from_text(row.text(0)?),
        state: RunState::from_code(&row.text(1)?)?,
        started_at: row.instant(2)?,
        finished_at: row.instant_or_none(3)?,
        engine: row.text(4)?,
        seed: row.count(5)?,
        replicates: u32::try_from(row.count(6)?).unwrap_or(u32::MAX),
        until: row.day_or_none(7)?,
        fingerprint: row.text(8)?,
        hypotheses: row.count(9)?,
        found: row.count(10)?,
        stage: row.text(11)?,
        done: row.count(12)?,
        total: row.count(13)?,
        message: row.text(14)?,
        notes: serde_json::from_str(&row.text(15)?).map_err(|error| DbError::Stored(error.to_string()))?,
    })
}

fn signal_of(row: &Row) -> Result<StoredSignal, DbError> {
    let json = |error: serde_json::Error| DbError::Stored(error.to_string());
    let unknown = |what: &str| DbError::Stored(format!("{what} that this version does not know"));
    let detail: Detail = serde_json::from_str(&row.text(19)?).map_err(json)?;
    let signal = Signal {
        key: row.text(0)?,
        detector: Detector::from_code(&row.text(1)?).ok_or_else(|| unknown("a detector"))?,
        dataset: row.text(2)?,
        kind: EventKind::from_code(&row.text(3)?).ok_or_else(|| unknown("an event kind"))?,
        code: row.text(4)?,
        system: row.text(5)?,
        dimension: row.text(6)?,
        value: row.text(7)?,
        areas: serde_json::from_str(&row.text(8)?).map_err(json)?,
        from: row.day(9)?,
        to: row.day(10)?,
        observed: row.count(11)?,
        expected: row.real(12)?,
        ratio: row.real(13)?,
        lower: row.real(14)?,
        upper: row.real_or_none(15)?,
        p: row.real(16)?,
        q: row.real(17)?,
        score: row.real(18)?,
        detail,
    };
    Ok(StoredSignal {
        signal,
        state: SignalState::from_code(&row.text(20)?)?,
        reason: row.text(21)?,
        fingerprint: row.text(22)?,
        first_fingerprint: row.text(23)?,
    })
}

fn count(n: u64) -> Value {
    i64::try_from(n).unwrap_or(i64::MAX).into()
}
