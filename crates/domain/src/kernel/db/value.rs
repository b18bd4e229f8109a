//! Reading columns by position, with one error type.

use sea_orm::QueryResult;

use super::DbError;
use crate::kernel::clock::{Day, Instant};

/// A row that came back. Columns are read in the order in which the statement lists them.
#[derive(Debug)]
pub struct Row(QueryResult);

impl Row {
    pub(super) const fn new(inner: QueryResult) -> Self {
        Self(inner)
    }

    pub fn text(&self, column: usize) -> Result<String, DbError> {
        self.0.try_get_by_index(column).map_err(|source| DbError::Column { column, source })
    }

    pub fn int(&self, column: usize) -> Result<i64, DbError> {
        self.0.try_get_by_index(column).map_err(|source| DbError::Column { column, source })
    }

    pub fn int_or_none(&self, column: usize) -> Result<Option<i64>, DbError> {
        self.0.try_get_by_index(column).map_err(|source| DbError::Column { column, source })
    }

    /// A count: an integer that is never negative.
    pub fn count(&self, column: usize) -> Result<u64, DbError> {
        let value = self.int(column)?;
        u64::try_from(value).map_err(|_| DbError::Stored(format!("a count of {value}")))
    }

    pub fn real(&self, column: usize) -> Result<f64, DbError> {
        self.0.try_get_by_index(column).map_err(|source| DbError::Column { column, source })
    }

    pub fn real_or_none(&self, column: usize) -> Result<Option<f64>, DbError> {
        self.0.try_get_by_index(column).map_err(|source| DbError::Column { column, source })
    }

    pub fn flag(&self, column: usize) -> Result<bool, DbError> {
        Ok(self.int(column)? != 0)
    }

    pub fn instant(&self, column: usize) -> Result<Instant, DbError> {
        self.int(column).map(Instant::from_micros)
    }

    pub fn instant_or_none(&self, column: usize) -> Result<Option<Instant>, DbError> {
        Ok(self.int_or_none(column)?.map(Instant::from_micros))
    }

    pub fn day(&self, column: usize) -> Result<Day, DbError> {
        Day::parse_iso(&self.text(column)?).map_err(|error| DbError::Stored(error.to_string()))
    }

    /// An optional day is stored as the empty text.
    pub fn day_or_none(&self, column: usize) -> Result<Option<Day>, DbError> {
        let text = self.text(column)?;
        if text.is_empty() {
            return Ok(None);
        }
        Day::parse_iso(&text).map(Some).map_err(|error| DbError::Stored(error.to_string()))
    }
}
