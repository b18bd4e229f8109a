//! Whole columns of a table at once, for the methods that see a file as series and panels.

use super::CliError;
use super::table::Table;

pub struct Cells<'t> {
    table: &'t Table,
}

/// A complaint the person can act on; completes "could not ...".
pub fn theirs(message: impl Into<String>) -> CliError {
    CliError::Theirs(message.into())
}

impl<'t> Cells<'t> {
    pub fn new(table: &'t Table) -> Cells<'t> {
        Cells { table }
    }

    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// The line of a row in the file.
    pub fn line(&self, row: usize) -> u64 {
        self.table.line(row)
    }

    /// A column as text in which every row has a value.
    pub fn text(&self, column: &str) -> Result<Vec<&'t str>, CliError> {
        let c = self.table.column(column)?;
        (0..self.len()).map(|row| c.text(row).ok_or_else(|| c.unexpected(row, "a value"))).collect()
    }

    /// A column as text; `None` where there is no value.
    pub fn text_or_missing(&self, column: &str) -> Result<Vec<Option<&'t str>>, CliError> {
        let c = self.table.column(column)?;
        Ok((0..self.len()).map(|row| c.text(row)).collect())
    }

    /// A column of numbers in which every row has one.
    pub fn numbers(&self, column: &str) -> Result<Vec<f64>, CliError> {
        let c = self.table.column(column)?;
        (0..self.len())
            .map(|row| c.number(row)?.ok_or_else(|| c.unexpected(row, "a number, not an empty cell")))
            .collect()
    }

    /// A column of numbers; `None` where there is no value.
    pub fn numbers_or_missing(&self, column: &str) -> Result<Vec<Option<f64>>, CliError> {
        let c = self.table.column(column)?;
        (0..self.len()).map(|row| c.number(row)).collect()
    }

    /// The complaint about one cell.
    pub fn wrong(&self, column: &str, row: usize, expected: &str) -> CliError {
        match self.table.column(column) {
            Ok(c) => c.unexpected(row, expected),
            Err(error) => error,
        }
    }
}
