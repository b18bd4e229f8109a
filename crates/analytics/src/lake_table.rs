//! A Parquet file as a table of text, for methods that read tables of text.
//!
//! Every value is written so that reading it back gives the same value: numbers with as many digits as they need and no
//! more, days as ISO days, times that are all midnight as days too (that is how many programs store days).

use std::fs::File;
use std::io;
use std::path::Path;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float32Type, Float64Type};
use datafusion::arrow::error::ArrowError;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use datafusion::parquet::errors::ParquetError;

/// Headers and rows of a file; what holds no value is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LakeTable {
    pub headers: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// Completes "could not read FILE: ...".
#[derive(Debug, thiserror::Error)]
pub enum LakeTableError {
    #[error("{0}")]
    Open(#[from] io::Error),
    #[error("it is not a Parquet file that can be read here ({0})")]
    Parquet(#[from] ParquetError),
    #[error("it is not a Parquet file that can be read here ({0})")]
    Arrow(#[from] ArrowError),
    #[error(
        "column \"{header}\" holds {what}; only text, numbers, days, times and true or false have a place in a table"
    )]
    Column { header: String, what: String },
}

/// Reads a whole file.
///
/// # Errors
/// [`LakeTableError`]: no such file, not Parquet, or a column of lists, structures or bytes.
pub fn read(path: &Path) -> Result<LakeTable, LakeTableError> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    let headers: Vec<String> =
        reader.schema().fields().iter().map(|field| field.name().trim().to_owned()).collect();
    let mut rows = Vec::new();
    for batch in reader.build()? {
        rows.extend(rows_of(&batch?, &headers)?);
    }
    Ok(LakeTable { headers, rows })
}

fn rows_of(batch: &RecordBatch, headers: &[String]) -> Result<Vec<Vec<String>>, LakeTableError> {
    let mut rows = vec![Vec::with_capacity(headers.len()); batch.num_rows()];
    for (column, header) in batch.columns().iter().zip(headers) {
        for (row, text) in rows.iter_mut().zip(texts(column, header)?) {
            row.push(text);
        }
    }
    Ok(rows)
}

fn texts(column: &ArrayRef, header: &str) -> Result<Vec<String>, LakeTableError> {
    match column.data_type() {
        DataType::Dictionary(_, values) => return texts(&cast(column, values)?, header),
        DataType::Float16 => return texts(&cast(column, &DataType::Float32)?, header),
        // The shortest text that gives the same number back.
        DataType::Float32 => {
            return Ok(each(column.as_primitive::<Float32Type>().iter(), |x: f32| x.to_string()));
        }
        DataType::Float64 => {
            return Ok(each(column.as_primitive::<Float64Type>().iter(), |x: f64| x.to_string()));
        }
        other if is_plain(other) => {}
        other => {
            return Err(LakeTableError::Column { header: header.to_owned(), what: other.to_string() });
        }
    }
    let is_time = matches!(column.data_type(), DataType::Timestamp(..) | DataType::Date64);
    let column = cast(column, &DataType::Utf8)?;
    let texts = column.as_string::<i32>();
    let is_midnight = is_time && texts.iter().flatten().all(|text| day_of(text).is_some());
    Ok(each(texts.iter(), |text: &str| match day_of(text).filter(|_| is_midnight) {
        Some(day) => day.to_owned(),
        None => text.trim().to_owned(),
    }))
}

fn each<T>(values: impl Iterator<Item = Option<T>>, text: impl Fn(T) -> String) -> Vec<String> {
    values.map(|value| value.map(&text).unwrap_or_default()).collect()
}

/// Types whose values are one word each.
fn is_plain(of: &DataType) -> bool {
    of.is_integer()
        || matches!(
            of,
            DataType::Utf8
                | DataType::LargeUtf8
                | DataType::Utf8View
                | DataType::Boolean
                | DataType::Date32
                | DataType::Date64
                | DataType::Timestamp(..)
                | DataType::Decimal32(..)
                | DataType::Decimal64(..)
                | DataType::Decimal128(..)
                | DataType::Decimal256(..)
                | DataType::Null
        )
}

/// The day of a time that is midnight: `2024-01-05` of `2024-01-05T00:00:00`.
fn day_of(time: &str) -> Option<&str> {
    time.strip_suffix("T00:00:00").or_else(|| time.strip_suffix("T00:00:00Z"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{
        BinaryArray, BooleanArray, Date32Array, Float32Array, Float64Array, Int32Array, StringArray,
        TimestampMicrosecondArray,
    };
    use datafusion::parquet::arrow::ArrowWriter;

    use super::*;

    /// Writes columns as a Parquet file and reads it.
    fn through(columns: Vec<(&str, ArrayRef)>) -> Result<LakeTable, LakeTableError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        read(&path)
    }

    #[test]
    fn every_value_comes_back_as_it_was() {
        let numbers = [0.1 + 0.2, 1.0 / 3.0, 5e-324, f64::MAX, -7.0];
        let day = 86_400_000_000;
        let table = through(vec![
            ("real", Arc::new(Float64Array::from(numbers.to_vec()))),
            ("small", Arc::new(Float32Array::from(vec![Some(0.1), None, Some(1.5), Some(2.0), None]))),
            ("n", Arc::new(Int32Array::from(vec![Some(3), None, Some(-4), Some(0), Some(i32::MAX)]))),
            (
                "text",
                Arc::new(StringArray::from(vec![
                    Some(" a,b "),
                    None,
                    Some("\u{e9}"),
                    Some("\"q\""),
                    Some(""),
                ])),
            ),
            ("day", Arc::new(Date32Array::from(vec![Some(19_727), None, Some(0), Some(-1), Some(1)]))),
            (
                "midnights",
                Arc::new(TimestampMicrosecondArray::from(vec![Some(0), None, Some(day), Some(day), None])),
            ),
            ("times", Arc::new(TimestampMicrosecondArray::from(vec![0, day / 2, day, day, day]))),
            ("flag", Arc::new(BooleanArray::from(vec![Some(true), Some(false), None, None, None]))),
        ])
        .unwrap();
        assert_eq!(table.headers, ["real", "small", "n", "text", "day", "midnights", "times", "flag"]);
        for (row, number) in table.rows.iter().zip(numbers) {
            assert_eq!(row[0].parse::<f64>().unwrap().to_bits(), number.to_bits());
        }
        let first: Vec<&str> = table.rows[0].iter().skip(1).map(String::as_str).collect();
        assert_eq!(first, ["0.1", "3", "a,b", "2024-01-05", "1970-01-01", "1970-01-01T00:00:00", "true"]);
        let second: Vec<&str> = table.rows[1].iter().skip(1).map(String::as_str).collect();
        assert_eq!(second, ["", "", "", "", "", "1970-01-01T12:00:00", "false"]);
    }

    #[test]
    fn what_has_no_place_in_a_table_is_named() {
        let bytes = BinaryArray::from(vec![b"x".as_slice()]);
        let error = through(vec![("blob", Arc::new(bytes))]).unwrap_err().to_string();
        assert!(error.contains("\"blob\""), "{error}");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        std::fs::write(&path, "group,n\n").unwrap();
        assert!(matches!(read(&path), Err(LakeTableError::Parquet(_))));
        assert!(matches!(read(&folder.path().join("absent.parquet")), Err(LakeTableError::Open(_))));
    }
}
