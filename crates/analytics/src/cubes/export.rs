//! The evidence as Parquet files, for the lake engine and for whoever analyses it elsewhere.
//!
//! Only what the cubes read leaves the database: codes, places, days, groups, counts and denominators. No name, no note
//! and no pseudonym of a case is in the files. A file set is complete or absent: it is written into a folder of its own,
//! and only then a small `manifest.json` that names the folder takes the place of the one before.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Builder, Int64Builder, RecordBatch, StringBuilder};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::Compression;
use datafusion::parquet::file::properties::WriterProperties;
use domain::evidence;
use domain::kernel::ctx::Ctx;
use domain::kernel::db::{Row, Sql, Tx};
use serde::{Deserialize, Serialize};

use super::lake::failed;
use crate::AnalyticsError;

domain::statements! {
    EVIDENCE_PAGE = "\
select e.seq, e.dataset, e.kind, e.code, e.system, e.area, e.day_from, e.day_to, e.week, e.month, e.stratum_id, e.n, e.exposure
from evidence e
where e.seq > $1
order by e.seq
limit $2";
    STRATUM_VALUES = "\
select v.stratum_id, v.dimension, v.value
from stratum_value v
order by v.stratum_id, v.dimension";
    POPULATIONS = "\
select p.dataset, p.area, p.stratum_id, p.day_from, p.day_to, p.amount, p.unit
from population_current p
order by p.dataset, p.area, p.stratum_id, p.day_from";
    AREAS_PLAIN = "\
select a.code, a.name, a.parent, a.longitude, a.latitude
from area_current a
order by a.code";
}

/// The tables of a lake; each is a file of this name, and what the cube queries call it.
pub(super) const TABLES: &[&str] = &["evidence", "stratum_value", "population_current", "area_current"];

/// Rows of the evidence that are read at once.
const PAGE: i64 = 50_000;

/// What a lake's folder says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The folder with the files, below the lake's.
    pub files: String,
    /// Of the evidence at the time of the export.
    pub fingerprint: String,
    pub rows: u64,
}

impl Manifest {
    const NAME: &str = "manifest.json";

    pub fn read(folder: &Path) -> Result<Self, AnalyticsError> {
        let text = fs::read_to_string(folder.join(Self::NAME)).map_err(|error| failed(folder, &error))?;
        serde_json::from_str(&text).map_err(|error| failed(folder, &error))
    }

    /// Takes the place of the one before, in one step.
    fn publish(&self, folder: &Path) -> Result<(), AnalyticsError> {
        let text = serde_json::to_string_pretty(self).map_err(|error| failed(folder, &error))?;
        let half = folder.join(".manifest.json.new");
        fs::write(&half, text)
            .and_then(|()| File::open(&half)?.sync_all())
            .and_then(|()| fs::rename(&half, folder.join(Self::NAME)))
            .map_err(|error| failed(folder, &error))
    }
}

/// What an export wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    pub rows: u64,
    pub fingerprint: String,
}

/// Writes the evidence as it is now into a lake's folder, which is made where it is missing. What the folder held before
/// stays readable until the new files are complete, and is then removed.
pub async fn export_evidence(ctx: &Ctx, folder: &Path) -> Result<Exported, AnalyticsError> {
    let tx = ctx.db().snapshot().await?;
    let fingerprint = evidence::fingerprint(&tx).await?;
    let mut writer = EvidenceWriter::create(folder, &ctx.new_id())?;
    let mut after = 0_i64;
    loop {
        let page = tx.rows(EVIDENCE_PAGE, vec![after.into(), PAGE.into()]).await?;
        for row in &page {
            after = row.int(0)?;
            writer.evidence(&evidence_row(row)?)?;
        }
        if i64::try_from(page.len()).unwrap_or(i64::MAX) < PAGE {
            break;
        }
    }
    places(&tx, &mut writer).await?;
    writer.finish(&fingerprint)
}

async fn places(tx: &Tx, writer: &mut EvidenceWriter) -> Result<(), AnalyticsError> {
    for row in rows(tx, STRATUM_VALUES).await? {
        writer.stratum_value(row.int(0)?, &row.text(1)?, &row.text(2)?)?;
    }
    for row in rows(tx, POPULATIONS).await? {
        let table = &mut writer.population;
        table.texts([&row.text(0)?, &row.text(1)?]);
        table.int(row.int(2)?);
        table.texts([&row.text(3)?, &row.text(4)?]);
        table.real(Some(row.real(5)?));
        table.texts([&row.text(6)?]);
        table.end_of_row()?;
    }
    for row in rows(tx, AREAS_PLAIN).await? {
        let table = &mut writer.area;
        table.texts([&row.text(0)?, &row.text(1)?, &row.text(2)?]);
        table.real(Some(row.real(3)?));
        table.real(Some(row.real(4)?));
        table.end_of_row()?;
    }
    Ok(())
}

async fn rows(tx: &Tx, sql: Sql) -> Result<Vec<Row>, AnalyticsError> {
    Ok(tx.rows(sql, vec![]).await?)
}

fn evidence_row(row: &Row) -> Result<EvidenceRow, AnalyticsError> {
    Ok(EvidenceRow {
        dataset: row.text(1)?,
        kind: row.text(2)?,
        code: row.text(3)?,
        system: row.text(4)?,
        area: row.text(5)?,
        day_from: row.text(6)?,
        day_to: row.text(7)?,
        week: row.text(8)?,
        month: row.text(9)?,
        stratum_id: row.int(10)?,
        n: row.int(11)?,
        exposure: row.real_or_none(12)?,
    })
}

/// A row of the lake's evidence.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EvidenceRow {
    pub dataset: String,
    pub kind: String,
    pub code: String,
    pub system: String,
    pub area: String,
    pub day_from: String,
    pub day_to: String,
    pub week: String,
    pub month: String,
    pub stratum_id: i64,
    pub n: i64,
    pub exposure: Option<f64>,
}

/// Writes a lake row by row; memory does not grow with the number of rows.
pub struct EvidenceWriter {
    folder: std::path::PathBuf,
    half: std::path::PathBuf,
    files: String,
    evidence: Table,
    stratum: Table,
    population: Table,
    area: Table,
    rows: u64,
}

impl EvidenceWriter {
    /// `id` names the new folder; it must not have been used in this lake before.
    pub fn create(folder: &Path, id: &str) -> Result<Self, AnalyticsError> {
        let half = folder.join(format!(".{id}.new"));
        fs::create_dir_all(&half).map_err(|error| failed(folder, &error))?;
        let text = |name: &str| Field::new(name, DataType::Utf8, false);
        let int = |name: &str| Field::new(name, DataType::Int64, false);
        let real = |name: &str, null: bool| Field::new(name, DataType::Float64, null);
        let table = |name: &str, fields: Vec<Field>| {
            Table::create(folder, &half.join(format!("{name}.parquet")), fields)
        };
        let evidence = table(
            "evidence",
            vec![
                text("dataset"),
                text("kind"),
                text("code"),
                text("system"),
                text("area"),
                text("day_from"),
                text("day_to"),
                text("week"),
                text("month"),
                int("stratum_id"),
                int("n"),
                real("exposure", true),
            ],
        )?;
        let stratum = table("stratum_value", vec![int("stratum_id"), text("dimension"), text("value")])?;
        let population = table(
            "population_current",
            vec![
                text("dataset"),
                text("area"),
                int("stratum_id"),
                text("day_from"),
                text("day_to"),
                real("amount", false),
                text("unit"),
            ],
        )?;
        let area = table(
            "area_current",
            vec![
                text("code"),
                text("name"),
                text("parent"),
                real("longitude", false),
                real("latitude", false),
            ],
        )?;
        let files = id.to_owned();
        Ok(Self { folder: folder.to_owned(), half, files, evidence, stratum, population, area, rows: 0 })
    }

    pub fn evidence(&mut self, row: &EvidenceRow) -> Result<(), AnalyticsError> {
        let table = &mut self.evidence;
        table.texts([&row.dataset, &row.kind, &row.code, &row.system, &row.area]);
        table.texts([&row.day_from, &row.day_to, &row.week, &row.month]);
        table.int(row.stratum_id);
        table.int(row.n);
        table.real(row.exposure);
        self.rows += 1;
        table.end_of_row()
    }

    pub fn stratum_value(&mut self, id: i64, dimension: &str, value: &str) -> Result<(), AnalyticsError> {
        self.stratum.int(id);
        self.stratum.texts([dimension, value]);
        self.stratum.end_of_row()
    }

    /// Closes the files, and only then makes them the lake's.
    pub fn finish(self, fingerprint: &str) -> Result<Exported, AnalyticsError> {
        let Self { folder, half, files, evidence, stratum, population, area, rows } = self;
        for table in [evidence, stratum, population, area] {
            table.close()?;
        }
        let before = Manifest::read(&folder).ok();
        fs::rename(&half, folder.join(&files)).map_err(|error| failed(&folder, &error))?;
        let manifest = Manifest { files, fingerprint: fingerprint.to_owned(), rows };
        manifest.publish(&folder)?;
        if let Some(before) = before.filter(|before| before.files != manifest.files) {
            // The new files are in place; what cannot be removed now only takes room.
            if let Err(error) = fs::remove_dir_all(folder.join(&before.files)) {
                tracing::warn!(%error, "the lake's earlier files could not be removed");
            }
        }
        Ok(Exported { rows, fingerprint: fingerprint.to_owned() })
    }
}

enum Column {
    Text(StringBuilder),
    Int(Int64Builder),
    Real(Float64Builder),
}

/// One Parquet file in the making. Values of a row are given in the order of the columns.
struct Table {
    folder: std::path::PathBuf,
    schema: SchemaRef,
    writer: ArrowWriter<File>,
    columns: Vec<Column>,
    next: usize,
    held: usize,
}

impl Table {
    /// Rows that are held before they are written.
    const BATCH: usize = 16_384;

    fn create(folder: &Path, path: &Path, fields: Vec<Field>) -> Result<Self, AnalyticsError> {
        let columns = fields
            .iter()
            .map(|field| match field.data_type() {
                DataType::Int64 => Column::Int(Int64Builder::new()),
                DataType::Float64 => Column::Real(Float64Builder::new()),
                _ => Column::Text(StringBuilder::new()),
            })
            .collect();
        let schema: SchemaRef = Arc::new(Schema::new(fields));
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let file = File::create(path).map_err(|error| failed(folder, &error))?;
        let writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties))
            .map_err(|error| failed(folder, &error))?;
        Ok(Self { folder: folder.to_owned(), schema, writer, columns, next: 0, held: 0 })
    }

    fn texts<const N: usize>(&mut self, values: [&str; N]) {
        for value in values {
            if let Some(Column::Text(builder)) = self.columns.get_mut(self.next) {
                builder.append_value(value);
            }
            self.next += 1;
        }
    }

    fn int(&mut self, value: i64) {
        if let Some(Column::Int(builder)) = self.columns.get_mut(self.next) {
            builder.append_value(value);
        }
        self.next += 1;
    }

    fn real(&mut self, value: Option<f64>) {
        if let Some(Column::Real(builder)) = self.columns.get_mut(self.next) {
            builder.append_option(value);
        }
        self.next += 1;
    }

    fn end_of_row(&mut self) -> Result<(), AnalyticsError> {
        self.next = 0;
        self.held += 1;
        if self.held < Self::BATCH { Ok(()) } else { self.write() }
    }

    fn write(&mut self) -> Result<(), AnalyticsError> {
        self.held = 0;
        let arrays: Vec<ArrayRef> = self
            .columns
            .iter_mut()
            .map(|column| -> ArrayRef {
                match column {
                    Column::Text(builder) => Arc::new(builder.finish()),
                    Column::Int(builder) => Arc::new(builder.finish()),
                    Column::Real(builder) => Arc::new(builder.finish()),
                }
            })
            .collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays)
            .map_err(|error| failed(&self.folder, &error))?;
        self.writer.write(&batch).map_err(|error| failed(&self.folder, &error))
    }

    /// Writes what is held and the file's end, down to the disk.
    fn close(mut self) -> Result<(), AnalyticsError> {
        if self.held > 0 {
            self.write()?;
        }
        let Self { folder, writer, .. } = self;
        let file = writer.into_inner().map_err(|error| failed(&folder, &error))?;
        file.sync_all().map_err(|error| failed(&folder, &error))
    }
}
