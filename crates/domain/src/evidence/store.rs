//! SQL of the evidence table.

use std::collections::BTreeMap;

use super::{CASEWORK, Code, Stratum, ToppedUp, stratum_key};
use crate::kernel::clock::Day;
use crate::kernel::codes::EventKind;
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{DbError, Reads, Tx, Value};
use crate::kernel::places::{self, Population};

crate::statements! {
    STRATUM_INSERT = "insert into stratum (key) values ($1) on conflict (key) do nothing";
    STRATUM_ID = "select id from stratum where key = $1";
    STRATUM_VALUE_INSERT = "\
insert into stratum_value (stratum_id, dimension, value)
values ($1, $2, $3)
on conflict (stratum_id, dimension) do nothing";
    BATCHES_TO_ADD = "\
select seq
from import_batch
where state = 'done'
  and kind = 'events'
  and in_evidence = 0
order by seq";
    EVIDENCE_FROM_BATCH = "\
insert into evidence (source, source_seq, batch_seq, dataset, kind, code, system, area, day_from, day_to, week, month,
  case_ref, stratum_id, n, exposure)
select 'import', i.seq, i.batch_seq, b.dataset, i.kind, i.code, i.system, i.area, i.day_from, i.day_to, c.week, c.month,
  i.case_ref, i.stratum_id, i.n, i.exposure
from imported_event i
join import_batch b on b.seq = i.batch_seq
join calendar c on c.day = i.day_from
where i.batch_seq = $1
order by i.seq";
    BATCH_IS_IN_EVIDENCE = "update import_batch set in_evidence = 1 where seq = $1";
    WATERMARK = "select seq from evidence_watermark where source = 'case'";
    WATERMARK_SET = "update evidence_watermark set seq = $1 where source = 'case'";
    CASE_EVENT_LAST = "select coalesce(max(seq), 0) from case_event";
    /// The pseudonym, never the case's id; the area and groups of the case; no note. A row that only takes another one
    /// back is no event.
    EVIDENCE_FROM_CASES = "\
insert into evidence (source, source_seq, batch_seq, dataset, kind, code, system, area, day_from, day_to, week, month,
  case_ref, stratum_id, n, exposure)
select 'case', e.seq, 0, 'casework', e.kind, e.code, e.system, cc.area, e.occurred_on, e.occurred_on, c.week, c.month,
  cc.case_ref, cc.stratum_id, 1, null
from case_event e
join client_case cc on cc.id = e.case_id
join calendar c on c.day = e.occurred_on
where e.seq > $1
  and e.seq <= $2
  and e.kind <> 'withdrawn'
order by e.seq";
    EVIDENCE_SUPERSEDED = "\
delete from evidence
where source = 'case'
  and source_seq in (select s.supersedes_seq from case_event s where s.seq > $1 and s.seq <= $2 and s.supersedes_seq is not null)";
    CASES_AT_RISK = "\
select area, stratum_id, opened_on, closed_on
from client_case
order by id";
    LAST_CASE_DAY = "select coalesce(max(day_from), '') from evidence where source = 'case'";
    CASEWORK_POPULATION_DELETE = "delete from population where dataset = 'casework' and batch_seq = 0";
    FINGERPRINT_BATCHES = "\
select content_hash
from import_batch
where state = 'done'
order by content_hash";
    FINGERPRINT_CASES = "\
select cast(count(*) as bigint), cast(coalesce(max(source_seq), 0) as bigint)
from evidence
where source = 'case'";
    CODES = "\
select e.dataset, e.kind, e.code, coalesce(max(l.label), ''), cast(sum(e.n) as bigint),
  cast(count(*) - count(e.exposure) as bigint)
from evidence e
left join event_code l on l.dataset = e.dataset and l.kind = e.kind and l.code = e.code
group by e.dataset, e.kind, e.code
order by e.dataset, e.kind, e.code";
    DIMENSIONS = "\
select distinct v.dimension
from stratum_value v
where v.stratum_id in (select distinct e.stratum_id from evidence e where e.dataset = $1)
order by v.dimension";
}

/// The ids of group combinations, made where they are new. Same order as asked.
pub async fn strata_ids(tx: &Tx, strata: &[Stratum]) -> Result<Vec<i64>, DbError> {
    let mut ids = Vec::with_capacity(strata.len());
    for stratum in strata {
        let key = stratum_key(stratum);
        let made = tx.execute(STRATUM_INSERT, vec![key.clone().into()]).await?;
        let row = tx.row(STRATUM_ID, vec![key.into()]).await?.ok_or_else(|| {
            DbError::Stored("a group combination that was just written is not there".to_owned())
        })?;
        let id = row.int(0)?;
        if made > 0 {
            for (dimension, value) in stratum {
                tx.execute(
                    STRATUM_VALUE_INSERT,
                    vec![id.into(), dimension.clone().into(), value.clone().into()],
                )
                .await?;
            }
        }
        ids.push(id);
    }
    Ok(ids)
}

/// Brings what is new since the last time into the evidence table, all of it or nothing.
pub async fn top_up(ctx: &Ctx) -> Result<ToppedUp, DbError> {
    let mut tx = ctx.begin().await?;
    let mut topped = ToppedUp::default();
    for row in tx.rows(BATCHES_TO_ADD, vec![]).await? {
        let batch = row.int(0)?;
        topped.from_files += tx.execute(EVIDENCE_FROM_BATCH, vec![batch.into()]).await?;
        tx.execute(BATCH_IS_IN_EVIDENCE, vec![batch.into()]).await?;
    }
    let after = one_int(&tx, WATERMARK).await?;
    let last = one_int(&tx, CASE_EVENT_LAST).await?;
    if last > after {
        let range: Vec<Value> = vec![after.into(), last.into()];
        topped.from_cases = tx.execute(EVIDENCE_FROM_CASES, range.clone()).await?;
        topped.superseded = tx.execute(EVIDENCE_SUPERSEDED, range).await?;
        tx.execute(WATERMARK_SET, vec![last.into()]).await?;
        casework_population(&mut tx).await?;
    }
    tx.commit().await?;
    Ok(topped)
}

async fn one_int(tx: &Tx, sql: crate::kernel::db::Sql) -> Result<i64, DbError> {
    tx.row(sql, vec![]).await?.map_or(Ok(0), |row| row.int(0))
}

/// Client-months at risk by area, groups and month: how long cases were open, up to the last event on record.
async fn casework_population(tx: &mut Tx) -> Result<(), DbError> {
    let Some(last_day) =
        tx.row(LAST_CASE_DAY, vec![]).await?.map(|row| row.day_or_none(0)).transpose()?.flatten()
    else {
        return Ok(());
    };
    let mut months: BTreeMap<(String, i64, Day), f64> = BTreeMap::new();
    for row in tx.rows(CASES_AT_RISK, vec![]).await? {
        let (area, stratum) = (row.text(0)?, row.int(1)?);
        let opened = row.day(2)?;
        // The day of closing is the first day on which nothing could be recorded any more.
        let closed = row.day_or_none(3)?.map_or(last_day, |day| day.plus_days(-1)).min(last_day);
        let mut month = opened.month_start();
        while month <= closed {
            let next = month.plus_months_start(1);
            let from = opened.max(month);
            let to = closed.min(next.plus_days(-1));
            let open_days = to.days_since(from) + 1;
            if open_days > 0 {
                let share = open_days as f64 / next.days_since(month) as f64;
                *months.entry((area.clone(), stratum, month)).or_insert(0.0) += share;
            }
            month = next;
        }
    }
    let rows: Vec<Population> = months
        .into_iter()
        .map(|((area, stratum_id, month), amount)| Population {
            area,
            stratum_id,
            period: Some((month, month.plus_months_start(1).plus_days(-1))),
            amount,
            unit: "client-months".to_owned(),
        })
        .collect();
    tx.execute(CASEWORK_POPULATION_DELETE, vec![]).await?;
    places::population_insert(tx, 0, CASEWORK, &rows).await
}

/// A hash of what the evidence was made from: equal on two machines that brought in the same files.
pub async fn fingerprint(on: &impl Reads) -> Result<String, DbError> {
    let mut hasher = blake3::Hasher::new();
    for row in on.read(FINGERPRINT_BATCHES, vec![]).await? {
        hasher.update(row.text(0)?.as_bytes());
        hasher.update(b"\n");
    }
    for row in on.read(FINGERPRINT_CASES, vec![]).await? {
        hasher.update(format!("{}:{}", row.int(0)?, row.int(1)?).as_bytes());
    }
    Ok(hasher.finalize().to_hex().chars().take(16).collect())
}

/// Every code that the evidence holds.
pub async fn codes(on: &impl Reads) -> Result<Vec<Code>, DbError> {
    let mut codes = Vec::new();
    for row in on.read(CODES, vec![]).await? {
        let kind = row.text(1)?;
        let kind = EventKind::from_code(&kind)
            .ok_or_else(|| DbError::Stored("an event kind that this version does not know".to_owned()))?;
        let code = row.text(2)?;
        let label = row.text(3)?;
        codes.push(Code {
            dataset: row.text(0)?,
            kind,
            label: if label.is_empty() { code.replace('_', " ") } else { label },
            code,
            n: row.count(4)?,
            has_exposure: row.int(5)? == 0,
        });
    }
    Ok(codes)
}

/// The group dimensions that a data set's evidence carries.
pub async fn dimensions(on: &impl Reads, dataset: &str) -> Result<Vec<String>, DbError> {
    on.read(DIMENSIONS, vec![dataset.into()]).await?.iter().map(|row| row.text(0)).collect()
}
