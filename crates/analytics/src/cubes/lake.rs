//! The same cubes over Parquet files, by DataFusion.

use std::path::{Path, PathBuf};

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::error::DataFusionError;
use datafusion::execution::context::SessionContext;
use datafusion::prelude::{ParquetReadOptions, SessionConfig};
use datafusion::scalar::ScalarValue;
use domain::kernel::db::Sql;

use super::export::Manifest;
use super::rows::Cells;
use crate::AnalyticsError;

/// Exported evidence, opened.
pub(super) struct Lake {
    context: SessionContext,
    manifest: Manifest,
    folder: PathBuf,
}

impl Lake {
    pub(super) async fn open(folder: &Path) -> Result<Self, AnalyticsError> {
        let manifest = Manifest::read(folder)?;
        let config = SessionConfig::new().with_information_schema(false);
        let context = SessionContext::new_with_config(config);
        for table in super::export::TABLES {
            let path = folder.join(&manifest.files).join(format!("{table}.parquet"));
            let path = path.to_string_lossy();
            context
                .register_parquet(*table, path.as_ref(), ParquetReadOptions::default())
                .await
                .map_err(|error| failed(folder, &error))?;
        }
        Ok(Self { context, manifest, folder: folder.to_owned() })
    }

    pub(super) fn fingerprint(&self) -> &str {
        &self.manifest.fingerprint
    }

    pub(super) async fn read<T>(
        &self,
        sql: Sql,
        parameters: Vec<String>,
        of: impl Fn(&dyn Cells) -> Result<T, AnalyticsError>,
    ) -> Result<Vec<T>, AnalyticsError> {
        let fail = |error: DataFusionError| failed(&self.folder, &error);
        let mut frame = self.context.sql(sql.text).await.map_err(fail)?;
        if !parameters.is_empty() {
            let values: Vec<ScalarValue> =
                parameters.into_iter().map(|text| ScalarValue::Utf8(Some(text))).collect();
            frame = frame.with_param_values(values).map_err(fail)?;
        }
        let mut rows = Vec::new();
        for batch in frame.collect().await.map_err(fail)? {
            let batch = plain(&batch).map_err(|error| failed(&self.folder, &error))?;
            for row in 0..batch.num_rows() {
                rows.push(of(&LakeRow { batch: &batch, row })?);
            }
        }
        Ok(rows)
    }
}

pub(super) fn failed(folder: &Path, error: &dyn std::error::Error) -> AnalyticsError {
    AnalyticsError::Lake { folder: folder.display().to_string(), why: error.to_string() }
}

/// Columns in one of three plain types, whatever the engine chose to compute with.
fn plain(batch: &RecordBatch) -> Result<RecordBatch, datafusion::arrow::error::ArrowError> {
    let columns = batch
        .columns()
        .iter()
        .map(|column| {
            let to = match column.data_type() {
                DataType::Float64 => DataType::Float64,
                other if other.is_integer() => DataType::Int64,
                _ => DataType::Utf8,
            };
            cast(column, &to)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let names = batch.schema_ref().fields().iter().enumerate().map(|(at, _)| at.to_string());
    RecordBatch::try_from_iter(names.zip(columns))
}

struct LakeRow<'a> {
    batch: &'a RecordBatch,
    row: usize,
}

impl LakeRow<'_> {
    fn wrong(&self, column: usize) -> AnalyticsError {
        AnalyticsError::Figure(format!("column {column} of a row of the lake has another type"))
    }

    fn column(&self, column: usize) -> Result<&dyn Array, AnalyticsError> {
        let found = self.batch.columns().get(column).ok_or_else(|| self.wrong(column))?;
        if found.is_null(self.row) { Err(self.wrong(column)) } else { Ok(found.as_ref()) }
    }
}

impl Cells for LakeRow<'_> {
    fn text(&self, column: usize) -> Result<String, AnalyticsError> {
        let texts = self.column(column)?.as_string_opt::<i32>().ok_or_else(|| self.wrong(column))?;
        Ok(texts.value(self.row).to_owned())
    }

    fn int(&self, column: usize) -> Result<i64, AnalyticsError> {
        let ints = self.column(column)?.as_primitive_opt::<Int64Type>().ok_or_else(|| self.wrong(column))?;
        Ok(ints.value(self.row))
    }

    fn real(&self, column: usize) -> Result<f64, AnalyticsError> {
        let reals =
            self.column(column)?.as_primitive_opt::<Float64Type>().ok_or_else(|| self.wrong(column))?;
        Ok(reals.value(self.row))
    }
}
