//! Areas and populations: small files, stored in one piece.

use std::io::BufReader;
use std::path::PathBuf;

use domain::evidence::imports::{self, BatchKind, Begun, NewBatch, Problem, Progress};
use domain::evidence::{self, Stratum};
use domain::kernel::clock::Day;
use domain::kernel::ctx::Ctx;
use domain::kernel::places::{Area, Population};
use interop::areas::AreaProperties;
use interop::population::{PopulationColumns, PopulationReader, PopulationRow};

use super::{
    BadRows, ImportFailure, PROBLEMS_KEPT, Report, Source, already_in, give_up, nothing_good, problem_of,
};

/// Brings a map in.
pub async fn areas(
    ctx: &Ctx,
    source: &Source,
    properties: &AreaProperties,
    dry_run: DryRun,
) -> Result<Report, ImportFailure> {
    let (file, _) = source.open()?;
    let read = interop::areas::collect(&source.name, BufReader::new(file), properties)
        .map_err(ImportFailure::File)?;
    let problems: Vec<Problem> = read
        .problems
        .iter()
        .take(PROBLEMS_KEPT)
        .map(|problem| Problem {
            line: problem.feature as u64,
            field: format!("feature {}, {}", problem.feature, problem.property),
            expected: format!("expected {}; found {}", problem.expected, problem.found),
        })
        .collect();
    let mut bad_features: Vec<usize> = read.problems.iter().map(|problem| problem.feature).collect();
    bad_features.dedup();
    let rows = Progress {
        rows_read: (read.rows.len() + bad_features.len()) as u64,
        rows_good: read.rows.len() as u64,
        rows_bad: bad_features.len() as u64,
    };
    let areas: Vec<Area> = read
        .rows
        .into_iter()
        .map(|row| Area {
            code: row.code,
            name: row.name,
            parent: row.parent.unwrap_or_default(),
            longitude: row.longitude,
            latitude: row.latitude,
            geometry: row.geometry.to_string(),
        })
        .collect();
    let report = Report {
        rows,
        problems,
        warnings: read.warnings.iter().map(ToString::to_string).collect(),
        ..Report::default()
    };
    if let Some(failure) = nothing_good(rows, &report.problems) {
        return Err(failure);
    }
    if dry_run == DryRun::Yes {
        return Ok(report);
    }
    let new = NewBatch {
        kind: BatchKind::Areas,
        dataset: String::new(),
        title: source.name.clone(),
        file_name: source.name.clone(),
        content_hash: source.content_hash(&format!("areas\n{properties:?}"))?,
        mapping: String::new(),
    };
    store(ctx, &new, report, &areas, &[]).await
}

/// How a population file is read and what it is for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PopulationOptions {
    pub columns: PopulationColumns,
    /// The data set it is the denominator of; empty: of every data set that has none of its own.
    pub dataset: String,
    /// The unit of every row, where the file has no column for it.
    pub unit: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DryRun {
    Yes,
    No,
}

/// Brings populations in; centroids in the file move those of the areas.
pub async fn population(
    ctx: &Ctx,
    source: &Source,
    options: &PopulationOptions,
    bad_rows: Option<PathBuf>,
    dry_run: DryRun,
) -> Result<Report, ImportFailure> {
    let (file, _) = source.open()?;
    let mut reader = PopulationReader::open(&source.name, BufReader::new(file), &options.columns)
        .map_err(ImportFailure::File)?;
    let mut bad = bad_rows.map(|path| BadRows::new(path, reader.header_raw()));
    let mut good: Vec<PopulationRow> = Vec::new();
    let mut report = Report::default();
    for row in reader.by_ref() {
        let row = row.map_err(ImportFailure::File)?;
        report.rows.rows_read += 1;
        match row.outcome {
            Ok(row) => good.push(row),
            Err(problems) => {
                report.rows.rows_bad += 1;
                if let Some(bad) = &mut bad {
                    bad.add(&row.raw)?;
                }
                report.problems.extend(problems.iter().map(problem_of));
            }
        }
    }
    report.problems.truncate(PROBLEMS_KEPT);
    report.rows.rows_good = good.len() as u64;
    report.warnings = reader.warnings().iter().map(ToString::to_string).collect();
    report.bad_rows = bad.map(BadRows::finish).transpose()?.flatten();
    if let Some(failure) = nothing_good(report.rows, &report.problems) {
        return Err(failure);
    }
    if dry_run == DryRun::Yes {
        return Ok(report);
    }
    let tx = ctx.begin().await?;
    let strata: Vec<Stratum> = good.iter().map(|row| row.stratum.values().clone()).collect();
    let strata = distinct_ids(&tx, strata).await?;
    tx.commit().await?;
    let population: Vec<Population> = good
        .iter()
        .zip(strata)
        .map(|(row, stratum_id)| Population {
            area: row.area.to_string(),
            stratum_id,
            period: match (row.from, row.to) {
                (None, None) => None,
                (from, to) => Some((from.unwrap_or(Day::FIRST), to.unwrap_or(Day::LAST))),
            },
            amount: row.amount,
            unit: if row.unit.is_empty() { options.unit.clone() } else { row.unit.to_string() },
        })
        .collect();
    let areas = areas_moved(ctx, &good).await?;
    let new = NewBatch {
        kind: BatchKind::Population,
        dataset: options.dataset.clone(),
        title: source.name.clone(),
        file_name: source.name.clone(),
        content_hash: source.content_hash(&format!("population\n{options:?}"))?,
        mapping: String::new(),
    };
    store(ctx, &new, report, &areas, &population).await
}

/// Ids of combinations, looking each one up once.
async fn distinct_ids(tx: &domain::kernel::db::Tx, strata: Vec<Stratum>) -> Result<Vec<i64>, ImportFailure> {
    let mut known: std::collections::BTreeMap<String, i64> = std::collections::BTreeMap::new();
    let mut ids = Vec::with_capacity(strata.len());
    for stratum in strata {
        let key = evidence::stratum_key(&stratum);
        let id = match known.get(&key) {
            Some(id) => *id,
            None => {
                let made = evidence::strata_ids(tx, &[stratum]).await?;
                let id = made.first().copied().unwrap_or_default();
                known.insert(key, id);
                id
            }
        };
        ids.push(id);
    }
    Ok(ids)
}

/// The areas whose centroid this file gives; an area without a shape gets its point.
async fn areas_moved(ctx: &Ctx, rows: &[PopulationRow]) -> Result<Vec<Area>, ImportFailure> {
    let mut centroids: std::collections::BTreeMap<&str, (f64, f64)> = std::collections::BTreeMap::new();
    for row in rows {
        if let Some(centroid) = row.centroid {
            centroids.insert(&row.area, centroid);
        }
    }
    if centroids.is_empty() {
        return Ok(Vec::new());
    }
    let known = domain::kernel::places::areas(ctx.db()).await?;
    let mut moved = Vec::with_capacity(centroids.len());
    for (code, (longitude, latitude)) in centroids {
        let area = known.iter().find(|area| area.code == code);
        moved.push(match area {
            Some(area) => Area { longitude, latitude, ..area.clone() },
            None => Area {
                code: code.to_owned(),
                name: code.to_owned(),
                parent: String::new(),
                longitude,
                latitude,
                geometry: serde_json::json!({"type": "Point", "coordinates": [longitude, latitude]})
                    .to_string(),
            },
        });
    }
    Ok(moved)
}

async fn store(
    ctx: &Ctx,
    new: &NewBatch,
    report: Report,
    areas: &[Area],
    population: &[Population],
) -> Result<Report, ImportFailure> {
    let batch = match imports::begin(ctx, new).await? {
        Begun::New(batch) | Begun::Resume(batch) => batch,
        Begun::AlreadyIn(batch) => return Ok(already_in(batch)),
    };
    let stored = imports::places_append(ctx, &batch, report.rows, areas, population, &report.problems).await;
    if let Err(error) = stored {
        give_up(ctx, &batch).await?;
        return Err(error.into());
    }
    let batch = imports::batch(ctx.db(), &batch.id).await?;
    Ok(Report { batch, ..report })
}
